#include "net/socket.h"

#include <stdlib.h>

#include "base/memory.h"
#include "net/curl.h"
#include "net/url.h"

enum { CHUNK = 16 * 1024, TEXT_MAX = 300 };

struct lc_sockets {
    const char *use;
    const char *const *hosts;
    size_t most, held;
    size_t count;
    lc_curl curl;
    CURLM *multi; /* NULL: none was opened yet */
    lc_socket *first;
};

struct lc_socket {
    lc_socket *next;
    lc_sockets *sockets;
    CURL *handle;
    curl_socket_t fd; /* CURL_SOCKET_BAD while it connects */
    lc_buf in;
    size_t at;      /* what was taken of `in` */
    size_t scanned; /* where no line ends */
    lc_fetch_problem problem;
    char why[CURL_ERROR_SIZE];
};

lc_sockets *lc_sockets_new(const char *use, const char *const *hosts, size_t most)
{
    lc_sockets *sockets = lc_alloc(sizeof *sockets);
    sockets->use = use;
    sockets->hosts = hosts;
    sockets->most = most;
    return sockets;
}

void lc_sockets_free(lc_sockets *sockets)
{
    if (!sockets) return;
    while (sockets->first) lc_socket_close(sockets->first);
    if (sockets->multi) sockets->curl.multi_cleanup(sockets->multi);
    lc_curl_close(&sockets->curl);
    free(sockets);
}

/* libcurl takes addresses as URLs, and so do grants. */
static lc_error *url_of(const lc_socket_spec *spec, char url[TEXT_MAX])
{
    bool is_bare = strchr(spec->host, ':') && *spec->host != '[';
    lc_url parsed;
    int len = snprintf(url, TEXT_MAX, is_bare ? "%s://[%s]:%d" : "%s://%s:%d", spec->tls ? "https" : "http", spec->host,
                       spec->port);
    if (len < 0 || len >= TEXT_MAX) return lc_fail(LC_E_CONNECT, "the name of the host is too long");
    LC_TRY(lc_url_parse(lc_text_of(url), &parsed));
    if (parsed.rest.len || parsed.port != spec->port) return lc_fail(LC_E_CONNECT, "that is no name of a host");
    return NULL;
}

lc_error *lc_socket_check(const char *const *hosts, const lc_socket_spec *spec)
{
    char url[TEXT_MAX];
    LC_TRY(url_of(spec, url));
    return lc_fetch_check(hosts, url);
}

static lc_error *open_sockets(lc_sockets *sockets)
{
    if (sockets->count >= LC_SOCKETS_MOST)
        return lc_fail(LC_E_CONNECT, "at most %d sockets can be open in a task", (int)LC_SOCKETS_MOST);
    if (sockets->multi) return NULL;
    if (!sockets->curl.library) LC_TRY(lc_curl_open(sockets->use, &sockets->curl));
    sockets->multi = sockets->curl.multi_init();
    return sockets->multi ? NULL : lc_fail(LC_E_CONNECT, "libcurl gives no handle");
}

static void set_text(const lc_socket *socket, CURLoption option, const char *text)
{
    if (text) socket->sockets->curl.easy_setopt(socket->handle, option, text);
}

static void set_long(const lc_socket *socket, CURLoption option, long value)
{
    socket->sockets->curl.easy_setopt(socket->handle, option, value);
}

static void set_tls(const lc_socket *socket, const lc_socket_spec *spec)
{
    set_long(socket, CURLOPT_SSL_ENABLE_ALPN, 0); /* it won't be HTTP */
    set_text(socket, CURLOPT_CAINFO, spec->ca_file);
    set_text(socket, CURLOPT_SSLCERT, spec->cert_file);
    set_text(socket, CURLOPT_SSLKEY, spec->key_file);
    set_text(socket, CURLOPT_KEYPASSWD, spec->key_password);
    if (!spec->insecure) return;
    set_long(socket, CURLOPT_SSL_VERIFYPEER, 0);
    set_long(socket, CURLOPT_SSL_VERIFYHOST, 0);
}

static void set_all(lc_socket *socket, const lc_socket_spec *spec, const char *url)
{
    const lc_curl *curl = &socket->sockets->curl;
    set_long(socket, CURLOPT_NOSIGNAL, 1);
#if LIBCURL_VERSION_NUM >= 0x075700
    set_long(socket, CURLOPT_QUICK_EXIT, 1); /* a name that nobody resolves holds up no task that ends */
#endif
    set_long(socket, CURLOPT_CONNECT_ONLY, 1);
    set_long(socket, CURLOPT_TCP_KEEPALIVE, 1);
    set_long(socket, CURLOPT_TCP_NODELAY, 1);
    set_text(socket, CURLOPT_PROXY, "");
    set_long(socket, CURLOPT_CONNECTTIMEOUT_MS, (long)spec->connect_ms);
    set_text(socket, CURLOPT_URL, url);
    curl->easy_setopt(socket->handle, CURLOPT_ERRORBUFFER, socket->why);
    curl->easy_setopt(socket->handle, CURLOPT_PRIVATE, socket);
    if (spec->tls) set_tls(socket, spec);
}

lc_error *lc_socket_open(lc_sockets *sockets, const lc_socket_spec *spec, lc_socket **ret_socket)
{
    char url[TEXT_MAX];
    LC_TRY(url_of(spec, url));
    LC_TRY(lc_fetch_check(sockets->hosts, url));
    LC_TRY(open_sockets(sockets));
    CURL *handle = sockets->curl.easy_init();
    if (!handle) return lc_fail(LC_E_CONNECT, "libcurl gives no handle");
    lc_socket *socket = lc_alloc(sizeof *socket);
    *socket = (lc_socket){
        .next = sockets->first, .sockets = sockets, .handle = handle, .fd = CURL_SOCKET_BAD};
    sockets->first = socket;
    sockets->count++;
    set_all(socket, spec, url);
    sockets->curl.multi_add_handle(sockets->multi, handle);
    *ret_socket = socket;
    return NULL;
}

/* What was received is counted by what it holds, taken or not. */
static void count_again(lc_socket *socket, size_t before)
{
    socket->sockets->held += socket->in.len - before;
}

void lc_socket_close(lc_socket *socket)
{
    lc_sockets *sockets = socket->sockets;
    lc_socket **at = &sockets->first;
    while (*at && *at != socket) at = &(*at)->next;
    if (*at) *at = socket->next;
    sockets->count--;
    sockets->held -= socket->in.len;
    sockets->curl.multi_remove_handle(sockets->multi, socket->handle);
    sockets->curl.easy_cleanup(socket->handle);
    lc_buf_done(&socket->in);
    free(socket);
}

static void fail(lc_socket *socket, lc_fetch_problem problem, const char *why)
{
    socket->problem = problem;
    if (why != socket->why) snprintf(socket->why, sizeof socket->why, "%s", why);
}

static void fail_by(lc_socket *socket, CURLcode code)
{
    fail(socket, lc_curl_problem(code), *socket->why ? socket->why : socket->sockets->curl.easy_strerror(code));
}

/* Moves on those that connect. */
static void go_on(lc_sockets *sockets)
{
    const lc_curl *curl = &sockets->curl;
    int running, left;
    CURLMsg *message;
    curl->multi_perform(sockets->multi, &running);
    while ((message = curl->multi_info_read(sockets->multi, &left)) != NULL) {
        lc_socket *socket = NULL;
        if (message->msg != CURLMSG_DONE) continue;
        CURLcode code = message->data.result;
        curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&socket);
        if (code) fail_by(socket, code);
        else curl->easy_getinfo(socket->handle, CURLINFO_ACTIVESOCKET, &socket->fd);
    }
}

lc_socket_step lc_socket_connected(lc_socket *socket)
{
    if (socket->fd == CURL_SOCKET_BAD && !socket->problem) go_on(socket->sockets);
    if (socket->problem) return LC_SOCKET_FAILED;
    return socket->fd == CURL_SOCKET_BAD ? LC_SOCKET_WAIT : LC_SOCKET_DONE;
}

static void drop_taken(lc_socket *socket)
{
    size_t before = socket->in.len, rest = before - socket->at;
    if (!socket->at) return;
    if (rest) memmove(socket->in.data, socket->in.data + socket->at, rest);
    socket->in.len = rest;
    socket->at = 0;
    count_again(socket, before);
}

static lc_socket_step receive(lc_socket *socket)
{
    lc_sockets *sockets = socket->sockets;
    char bytes[CHUNK];
    size_t len = 0;
    if (socket->problem) return LC_SOCKET_FAILED;
    if (sockets->held + sizeof bytes > sockets->most) {
        fail(socket, LC_FETCH_SIZE, "what was received and not read is larger than the script's memory");
        return LC_SOCKET_FAILED;
    }
    CURLcode code = sockets->curl.easy_recv(socket->handle, bytes, sizeof bytes, &len);
    if (code == CURLE_AGAIN) return LC_SOCKET_WAIT;
    if (code) fail_by(socket, code);
    else if (!len) fail(socket, LC_FETCH_CLOSED, "the other side closed the connection");
    if (socket->problem) return LC_SOCKET_FAILED;
    drop_taken(socket);
    lc_buf_add(&socket->in, bytes, len);
    sockets->held += len;
    return LC_SOCKET_DONE;
}

static bool take(lc_socket *socket, size_t len, size_t more, lc_text *ret_text)
{
    *ret_text = (lc_text){socket->in.data + socket->at, len};
    socket->at += len + more;
    socket->scanned = 0;
    return true;
}

static bool take_line(lc_socket *socket, size_t most, lc_text *ret_text)
{
    lc_text rest = {socket->in.data + socket->at, socket->in.len - socket->at};
    const char *end = rest.len > socket->scanned
                          ? memchr(rest.data + socket->scanned, '\n', rest.len - socket->scanned)
                          : NULL;
    size_t len = end ? (size_t)(end - rest.data) : rest.len;
    socket->scanned = len;
    if (len > most + 1) {
        char why[64];
        snprintf(why, sizeof why, "a line has more than %zu bytes", most);
        fail(socket, LC_FETCH_SIZE, why);
        return false;
    }
    if (!end) return false;
    bool has_return = len && rest.data[len - 1] == '\r';
    return take(socket, len - has_return, 1 + (size_t)has_return, ret_text);
}

static bool take_unit(lc_socket *socket, lc_socket_unit unit, size_t size, lc_text *ret_text)
{
    size_t there = socket->in.len - socket->at;
    if (unit == LC_SOCKET_LINE) return take_line(socket, size, ret_text);
    if (unit == LC_SOCKET_SIZE) return there >= size && take(socket, size, 0, ret_text);
    return there && take(socket, there < size ? there : size, 0, ret_text);
}

lc_socket_step lc_socket_read(lc_socket *socket, lc_socket_unit unit, size_t size, lc_text *ret_text)
{
    lc_socket_step step = lc_socket_connected(socket);
    if (step == LC_SOCKET_WAIT) return step;
    while (!take_unit(socket, unit, size, ret_text)) {
        step = receive(socket);
        if (step != LC_SOCKET_DONE) return step;
    }
    return LC_SOCKET_DONE;
}

lc_socket_step lc_socket_write(lc_socket *socket, lc_text text, size_t *at)
{
    lc_socket_step step = lc_socket_connected(socket);
    while (step == LC_SOCKET_DONE && *at < text.len) {
        size_t sent = 0;
        CURLcode code =
            socket->sockets->curl.easy_send(socket->handle, text.data + *at, text.len - *at, &sent);
        if (code == CURLE_AGAIN) return LC_SOCKET_WAIT;
        if (code) {
            fail_by(socket, code);
            return LC_SOCKET_FAILED;
        }
        *at += sent;
    }
    return step;
}

lc_fetch_problem lc_socket_problem(const lc_socket *socket, const char **ret_why)
{
    *ret_why = socket->why;
    return socket->problem;
}

/* One that connects is libcurl's to wait for. */
static unsigned gather(lc_socket_watch *watches, size_t count, struct curl_waitfd *fds)
{
    unsigned used = 0;
    for (size_t i = 0; i < count; i++) {
        watches[i].is_ready = watches[i].socket->fd == CURL_SOCKET_BAD;
        if (watches[i].is_ready) continue;
        fds[used++] = (struct curl_waitfd){
            .fd = watches[i].socket->fd, .events = watches[i].to_write ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN};
    }
    return used;
}

void lc_sockets_wait(lc_sockets *sockets, lc_socket_watch *watches, size_t count, int ms)
{
    struct curl_waitfd *fds = lc_alloc((count + 1) * sizeof *fds);
    unsigned used = gather(watches, count, fds);
    int found = 0;
    sockets->curl.multi_poll(sockets->multi, fds, used, ms, &found);
    for (size_t i = 0, at = 0; i < count; i++)
        if (!watches[i].is_ready) watches[i].is_ready = fds[at++].revents != 0;
    free(fds);
}
