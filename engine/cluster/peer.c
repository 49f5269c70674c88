#include "cluster/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "secure/tls_session.h"

enum { ANSWER_LIMIT = 64 * 1024 * 1024, HOST_SIZE = 256 };

void lc_peer_answer_done(lc_peer_answer *answer)
{
    lc_buf_done(&answer->body);
}

static lc_error *io_failed(const char *cause)
{
    return lc_fail(LC_E_IO, "IO Error trying to forward REST request: %s", cause);
}

/* The connection, over TLS or as it is. */
typedef struct channel {
    int fd;
    lc_tls_session *tls; /* NULL: http */
} channel;

static bool is_https(const char *url)
{
    return !strncmp(url, "https://", 8);
}

/* "http[s]://host:port[/]"; the host of an IPv6 address comes without brackets. */
static lc_error *split_url(const char *url, char host[HOST_SIZE], char port[8])
{
    if (!is_https(url) && strncmp(url, "http://", 7) != 0)
        return io_failed("the address of the worker is not a URL");
    const char *from = strstr(url, "://") + 3, *end = from + strcspn(from, "/");
    const char *colon = end;
    while (colon > from && *colon != ':') colon--;
    bool bracketed = *from == '[' && colon > from && colon[-1] == ']';
    size_t host_len = (size_t)(colon - from) - (bracketed ? 2 : 0), port_len = (size_t)(end - colon);
    if (colon == from || host_len >= HOST_SIZE || port_len < 2 || port_len > 6)
        return io_failed("the address of the worker has no host and port");
    memcpy(host, from + bracketed, host_len);
    host[host_len] = '\0';
    memcpy(port, colon + 1, port_len - 1);
    port[port_len - 1] = '\0';
    return NULL;
}

static bool wait_for(int fd, short events, int64_t deadline)
{
    struct pollfd item = {fd, events, 0};
    int64_t left = deadline - lc_monotonic_ms();
    return left > 0 && poll(&item, 1, left > 3600000 ? 3600000 : (int)left) > 0;
}

/* Connects to one address; -1 with errno set when that fails. */
static int connect_to(const struct addrinfo *address, int64_t deadline)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int problem = 0;
    socklen_t size = sizeof problem;
    if (fd < 0) return -1;
    if (!connect(fd, address->ai_addr, address->ai_addrlen)) return fd;
    if (errno == EINPROGRESS && !wait_for(fd, POLLOUT, deadline)) problem = ETIMEDOUT;
    else if (errno != EINPROGRESS) problem = errno;
    else getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size);
    if (!problem) return fd;
    close(fd);
    errno = problem;
    return -1;
}

static lc_error *open_connection(const char *host, const char *port, int64_t deadline, int *ret_fd)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int wrong = getaddrinfo(host, port, &hints, &found);
    if (wrong) return io_failed(gai_strerror(wrong));
    int fd = -1;
    for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next) fd = connect_to(a, deadline);
    int problem = errno;
    freeaddrinfo(found);
    if (fd < 0)
        return lc_fail(LC_E_IO, "IO Error trying to forward REST request: %s:%s: %s", host, port,
                       strerror(problem));
    *ret_fd = fd;
    return NULL;
}

static ssize_t send_some(const channel *to, const void *bytes, size_t len, short *ret_events)
{
    *ret_events = POLLOUT;
    return to->tls ? lc_tls_session_send(to->tls, bytes, len, ret_events)
                   : send(to->fd, bytes, len, MSG_NOSIGNAL);
}

static ssize_t receive_some(const channel *from, void *bytes, size_t size, short *ret_events)
{
    *ret_events = POLLIN;
    return from->tls ? lc_tls_session_receive(from->tls, bytes, size, ret_events)
                     : recv(from->fd, bytes, size, 0);
}

static lc_error *send_all(const channel *to, const lc_buf *text, int64_t deadline)
{
    short events;
    for (size_t sent = 0; sent < text->len;) {
        ssize_t n = send_some(to, text->data + sent, text->len - sent, &events);
        if (n > 0) sent += (size_t)n;
        else if (n < 0 && errno != EAGAIN && errno != EINTR) return io_failed(strerror(errno));
        else if (!wait_for(to->fd, events, deadline))
            return io_failed("the request could not be sent in time");
    }
    return NULL;
}

/* Reads to the end of the stream: the request asked for the connection to be closed. */
static lc_error *read_all(const channel *from, lc_buf *into, int64_t deadline)
{
    short events;
    for (;;) {
        lc_buf_reserve(into, 16384);
        ssize_t n = receive_some(from, into->data + into->len, 16384, &events);
        if (!n) return NULL;
        if (n > 0) {
            into->len += (size_t)n;
            into->data[into->len] = '\0';
            if (into->len > ANSWER_LIMIT) return io_failed("the answer is too large");
        } else if (errno != EAGAIN && errno != EINTR) {
            return io_failed(strerror(errno));
        } else if (!wait_for(from->fd, events, deadline)) {
            return io_failed("no answer in time");
        }
    }
}

/* The value of a header in the head of an answer, or NULL. */
static const char *header(const char *head, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = head; (line = strstr(line, "\r\n")); line += 2)
        if (!strncasecmp(line + 2, name, len) && line[2 + len] == ':')
            return line + 3 + len + strspn(line + 3 + len, " ");
    return NULL;
}

static lc_error *unchunk(const char *from, lc_buf *into)
{
    for (;;) {
        char *end;
        unsigned long size = strtoul(from, &end, 16);
        const char *data = strstr(end, "\r\n");
        if (end == from || !data || strlen(data + 2) < size) return io_failed("the answer was cut off");
        if (!size) return NULL;
        lc_buf_add(into, data + 2, size);
        from = data + 2 + size;
        from += strspn(from, "\r\n");
    }
}

static lc_error *parse(const lc_buf *text, lc_peer_answer *ret_answer)
{
    char *body = text->data ? strstr(text->data, "\r\n\r\n") : NULL;
    if (!body || sscanf(text->data, "HTTP/1.%*d %d", &ret_answer->status) != 1)
        return io_failed("the answer is not HTTP");
    body[2] = '\0';
    body += 4;
    const char *encoding = header(text->data, "Transfer-Encoding");
    if (encoding && !strncasecmp(encoding, "chunked", 7)) return unchunk(body, &ret_answer->body);
    const char *length = header(text->data, "Content-Length");
    size_t have = text->len - (size_t)(body - text->data);
    size_t want = length ? strtoul(length, NULL, 10) : have;
    if (have < want) return io_failed("the answer was cut off");
    lc_buf_add(&ret_answer->body, body, want);
    return NULL;
}

/* The body of an answer while it comes. */
typedef struct inflow {
    const lc_peer_request *request;
    bool is_chunked, is_over;
    size_t left; /* of the running chunk */
    size_t at;   /* bytes of the buffer that were dealt with */
} inflow;

static void take(inflow *f, const char *bytes, size_t len)
{
    if (len && !f->request->take(f->request->take_context, bytes, len)) f->is_over = true;
    f->at += len;
}

/* The line between two chunks; false when it isn't whole yet. */
static bool next_chunk(inflow *f, const lc_buf *in)
{
    const char *line = in->data + f->at, *end = strstr(line, "\r\n");
    if (!end) return false;
    f->at += (size_t)(end - line) + 2;
    if (end == line) return true; /* the end of the chunk before */
    f->left = strtoul(line, NULL, 16);
    f->is_over = !f->left;
    return true;
}

static void hand_on(inflow *f, lc_buf *in)
{
    bool more = true;
    while (more && !f->is_over && f->at < in->len) {
        size_t have = in->len - f->at;
        if (!f->is_chunked) take(f, in->data + f->at, have);
        else if (!f->left) more = next_chunk(f, in);
        else {
            size_t len = have < f->left ? have : f->left;
            f->left -= len;
            take(f, in->data + f->at, len);
        }
    }
    memmove(in->data, in->data + f->at, in->len - f->at + 1);
    in->len -= f->at;
    f->at = 0;
}

static lc_error *read_some(const channel *from, lc_buf *into, int64_t deadline, bool *ret_ended)
{
    short events;
    for (;;) {
        lc_buf_reserve(into, 16384);
        ssize_t n = receive_some(from, into->data + into->len, 16384, &events);
        if (n >= 0) into->len += (size_t)n;
        if (n >= 0) into->data[into->len] = '\0';
        *ret_ended = !n;
        if (n >= 0) return into->len > ANSWER_LIMIT ? io_failed("the answer is too large") : NULL;
        if (errno != EAGAIN && errno != EINTR) return io_failed(strerror(errno));
        if (!wait_for(from->fd, events, deadline)) return io_failed("no answer in time");
    }
}

/* Answers other than 200 are read as usual. */
static lc_error *read_stream(const channel *from, const lc_peer_request *request, lc_buf *in, int *ret_status)
{
    bool ended = false;
    char *body = NULL;
    while (!body && !ended) {
        LC_TRY(read_some(from, in, request->deadline, &ended));
        body = strstr(in->data, "\r\n\r\n");
    }
    if (!body || sscanf(in->data, "HTTP/1.%*d %d", ret_status) != 1) return io_failed("the answer is not HTTP");
    if (*ret_status != 200) return ended ? NULL : read_all(from, in, request->deadline);
    body[2] = '\0';
    const char *encoding = header(in->data, "Transfer-Encoding");
    inflow f = {.request = request, .is_chunked = encoding && !strncasecmp(encoding, "chunked", 7)};
    f.at = (size_t)(body - in->data) + 4;
    for (;;) {
        hand_on(&f, in);
        if (f.is_over || ended) return NULL;
        LC_TRY(read_some(from, in, request->deadline, &ended));
    }
}

static void write_request(const lc_peer_request *r, const char *authority, lc_buf *out)
{
    lc_buf_printf(out,
                  "%s %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nUser-Agent: kafka-connect\r\n"
                  "Connection: close\r\n",
                  r->method, r->path, authority);
    for (size_t i = 0; r->headers && i < lc_props_count(r->headers); i++)
        lc_buf_printf(out, "%s: %s\r\n", lc_props_key_at(r->headers, i), lc_props_value_at(r->headers, i));
    if (r->body.data) lc_buf_text(out, "Content-Type: application/json\r\n");
    if (r->body.data || strcmp(r->method, "GET") != 0)
        lc_buf_printf(out, "Content-Length: %zu\r\n", r->body.len);
    lc_buf_text(out, "\r\n");
    lc_buf_add(out, r->body.data, r->body.len);
}

static lc_error *exchange(const channel *with, const lc_peer_request *request, lc_peer_answer *ret_answer)
{
    lc_auto(lc_buf) out = {0};
    lc_auto(lc_buf) in = {0};
    const char *authority = strstr(request->url, "://") + 3;
    char *trimmed = lc_strndup(authority, strcspn(authority, "/"));
    write_request(request, trimmed, &out);
    free(trimmed);
    LC_TRY(send_all(with, &out, request->deadline));
    if (request->take) {
        LC_TRY(read_stream(with, request, &in, &ret_answer->status));
        if (ret_answer->status == 200) return NULL;
        return parse(&in, ret_answer);
    }
    LC_TRY(read_all(with, &in, request->deadline));
    return parse(&in, ret_answer);
}

/* The stores are read for each request, as Connect's RestClient does: a certificate that was renewed counts. */
static lc_error *secure(const lc_peer_request *request, const char *host, channel *ret_channel)
{
    lc_auto(lc_tls) tls = {0};
    lc_autoptr(lc_props) none = lc_props_new();
    LC_TRY(lc_tls_read_client(request->tls_settings ? request->tls_settings : none, "listeners.https.", &tls));
    lc_error *error = lc_tls_session_open(&tls, ret_channel->fd, host, request->deadline, &ret_channel->tls);
    if (!error || lc_error_code(error) == LC_E_CONFIG) return error;
    lc_error *told = io_failed(lc_error_message(error));
    lc_error_free(error);
    return told;
}

lc_error *lc_peer_ask(const lc_peer_request *request, lc_peer_answer *ret_answer)
{
    char host[HOST_SIZE], port[8];
    channel with = {.fd = -1};
    LC_TRY(split_url(request->url, host, port));
    LC_TRY(open_connection(host, port, request->deadline, &with.fd));
    lc_error *error = is_https(request->url) ? secure(request, host, &with) : NULL;
    if (!error) error = exchange(&with, request, ret_answer);
    lc_tls_session_close(with.tls);
    close(with.fd);
    return error;
}
