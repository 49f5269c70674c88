#include "rest/rest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "rest/http.h"

enum {
    REQUEST_TIMEOUT_MS = 90000,
    HEALTH_TIMEOUT_MS = 10000,
    BODY_LIMIT = 8 * 1024 * 1024,
    CONNECTIONS = 512,
    IDLE_SECONDS = 60,
    STACK = 512 * 1024,
    LISTENERS = 8
};

typedef struct listener {
    char *host; /* NULL: all interfaces */
    int port;   /* the real one, also when 0 was asked for */
    int socket;
    struct MHD_Daemon *daemon;
} listener;

struct lc_rest {
    const lc_worker_core *worker;
    lc_herder *herder;
    listener listeners[LISTENERS];
    size_t count;
    char *worker_id;
    char *url;
};

/* "http://host:port": host may be empty or in brackets. */
static lc_error *parse_listener(const char *text, listener *l)
{
    lc_text t = lc_text_trim(lc_text_of(text));
    if (t.len >= 8 && !strncasecmp(t.data, "https://", 8))
        return lc_fail(
            LC_E_CONFIG,
            "Invalid value %s for configuration listeners: https is not available in this version; "
            "put a TLS proxy in front of an http listener.",
            text);
    if (t.len < 7 || strncasecmp(t.data, "http://", 7))
        return lc_fail(LC_E_CONFIG,
                       "Invalid value %s for configuration listeners: Listener protocol must be either "
                       "\"http\" or \"https\".",
                       text);
    const char *host = t.data + 7, *end = t.data + t.len, *colon = end;
    while (colon > host && colon[-1] != ':') colon--;
    char *stop;
    long port = strtol(colon, &stop, 10);
    if (colon == host || stop == colon || stop != end || port < 0 || port > 65535)
        return lc_fail(LC_E_CONFIG,
                       "Invalid value %s for configuration listeners: Listener doesn't have the right format "
                       "(protocol://hostname:port).",
                       text);
    size_t len = (size_t)(colon - 1 - host);
    if (len >= 2 && host[0] == '[' && host[len - 1] == ']') host++, len -= 2;
    l->host = len ? lc_strndup(host, len) : NULL;
    l->port = (int)port;
    return NULL;
}

static int bound_socket(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!bind(fd, address->ai_addr, address->ai_addrlen) && !listen(fd, 256)) return fd;
    int problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

static int real_port(int fd)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    if (getsockname(fd, (struct sockaddr *)&at, &len)) return 0;
    return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
                                          : ((struct sockaddr_in *)&at)->sin_port);
}

static lc_error *open_listener(listener *l)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE},
                    *found = NULL;
    char port[12];
    snprintf(port, sizeof port, "%d", l->port);
    if (!l->host) hints.ai_family = AF_INET;
    int problem = getaddrinfo(l->host, port, &hints, &found);
    if (problem)
        return lc_fail(LC_E_CONFIG, "The REST listener %s:%d can't be resolved: %s.", l->host, l->port,
                       gai_strerror(problem));
    l->socket = -1;
    for (struct addrinfo *a = found; a && l->socket < 0; a = a->ai_next) l->socket = bound_socket(a);
    problem = errno;
    freeaddrinfo(found);
    if (l->socket < 0)
        return lc_fail(
            LC_E_IO,
            "The REST listener %s:%d can't be opened: %s. Choose another address or port in `listeners`.",
            l->host ? l->host : "*", l->port, strerror(problem));
    l->port = real_port(l->socket);
    return NULL;
}

static void advertise(lc_rest *rest)
{
    const lc_props *settings = rest->worker->settings;
    char machine[256] = "localhost";
    const char *host = lc_props_get(settings, "rest.advertised.host.name");
    const char *port = lc_props_get(settings, "rest.advertised.port");
    if (!host) host = rest->listeners[0].host;
    if (!host && !gethostname(machine, sizeof machine - 1)) host = machine;
    lc_buf id = {0}, url = {0};
    if (port) lc_buf_printf(&id, "%s:%s", host, port);
    else lc_buf_printf(&id, "%s:%d", host, rest->listeners[0].port);
    lc_buf_printf(&url, "http://%s", id.data);
    rest->worker_id = lc_buf_detach(&id);
    rest->url = lc_buf_detach(&url);
}

static lc_error *open_listeners(lc_rest *rest)
{
    char *copy = lc_strdup(lc_props_get_or(rest->worker->settings, "listeners", "http://127.0.0.1:8083")),
         *rest_of = copy;
    lc_error *error = NULL;
    for (char *item; !error && (item = strsep(&rest_of, ",")) != NULL;) {
        if (rest->count == LISTENERS)
            error = lc_fail(LC_E_CONFIG, "At most %d listeners are possible.", LISTENERS);
        else error = parse_listener(item, &rest->listeners[rest->count++]);
        if (!error) error = open_listener(&rest->listeners[rest->count - 1]);
    }
    free(copy);
    return error;
}

lc_error *lc_rest_open(const lc_worker_core *worker, lc_rest **ret_rest)
{
    lc_rest *rest = lc_alloc(sizeof *rest);
    rest->worker = worker;
    for (size_t i = 0; i < LISTENERS; i++) rest->listeners[i].socket = -1;
    lc_error *error = open_listeners(rest);
    if (error) {
        lc_rest_close(rest);
        return error;
    }
    advertise(rest);
    *ret_rest = rest;
    return NULL;
}

const char *lc_rest_url(const lc_rest *rest)
{
    return rest->url;
}

const char *lc_rest_worker_id(const lc_rest *rest)
{
    return rest->worker_id;
}

/* One HTTP exchange while its body arrives. */
typedef struct exchange {
    lc_buf body;
    bool too_large;
    lc_props *query;
    lc_strings expand;
} exchange;

static void free_exchange(exchange *x)
{
    lc_buf_done(&x->body);
    lc_props_free(x->query);
    lc_strings_done(&x->expand);
    free(x);
}

static enum MHD_Result add_query(void *context, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    exchange *x = context;
    char *name = lc_url_decode(key, strlen(key), true);
    char *text = value ? lc_url_decode(value, strlen(value), true) : NULL;
    if (name) lc_props_set(x->query, name, text ? text : "");
    if (name && text && !strcmp(name, "expand")) lc_strings_add(&x->expand, text);
    free(name);
    free(text);
    return MHD_YES;
}

static enum MHD_Result send_response(struct MHD_Connection *connection, lc_rest_response *r)
{
    size_t len = r->body.len;
    struct MHD_Response *answer =
        MHD_create_response_from_buffer(len, lc_buf_detach(&r->body), MHD_RESPMEM_MUST_FREE);
    if (len)
        MHD_add_response_header(answer, "Content-Type",
                                r->content_type ? r->content_type : "application/json");
    if (r->location) MHD_add_response_header(answer, "Location", r->location);
    MHD_add_response_header(answer, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(answer, "Cache-Control", "no-store");
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)r->status, answer);
    MHD_destroy_response(answer);
    free(r->location);
    return result;
}

static void refuse(lc_rest_response *response, int status, const char *message)
{
    response->status = status;
    lc_buf_printf(&response->body, "{\"error_code\":%d,\"message\":\"%s\"}", status, message);
}

static bool is_json_type(const char *type)
{
    return !type || !strncasecmp(type, "application/json", 16);
}

static enum MHD_Result finish(lc_rest *rest, struct MHD_Connection *connection, const char *path,
                              const char *method, exchange *x)
{
    lc_rest_response response = {0};
    bool health = !strcmp(path, "/health");
    x->query = lc_props_new();
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_query, x);
    lc_rest_request request = {
        .herder = rest->herder,
        .rest = rest,
        .method = method,
        .path = path,
        .query = x->query,
        .expand = &x->expand,
        .body = &x->body,
        .content_type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type"),
        .host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host"),
        .deadline = lc_monotonic_ms() + (health ? HEALTH_TIMEOUT_MS : REQUEST_TIMEOUT_MS),
    };
    if (x->too_large) refuse(&response, 413, "The body is larger than 8 MiB.");
    else if (x->body.len && !is_json_type(request.content_type))
        refuse(&response, 415, "HTTP 415 Unsupported Media Type");
    else lc_router_answer(&request, &response);
    return send_response(connection, &response);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **state)
{
    (void)version;
    exchange *x = *state;
    if (!x) {
        *state = lc_alloc(sizeof *x);
        return MHD_YES;
    }
    if (*size) {
        x->too_large |= x->body.len + *size > BODY_LIMIT;
        if (!x->too_large) lc_buf_add(&x->body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    return finish(context, connection, url, method, x);
}

static void on_end(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode why)
{
    (void)context, (void)connection, (void)why;
    if (*state) free_exchange(*state);
    *state = NULL;
}

/* Paths and arguments stay encoded: a name may hold an encoded slash. */
static size_t keep_encoded(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context, (void)connection;
    return strlen(text);
}

lc_error *lc_rest_serve(lc_rest *rest, lc_herder *herder)
{
    rest->herder = herder;
    for (size_t i = 0; i < rest->count; i++) {
        listener *l = &rest->listeners[i];
        l->daemon = MHD_start_daemon(
            MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0,
            NULL, NULL, on_request, rest, MHD_OPTION_LISTEN_SOCKET, l->socket, MHD_OPTION_NOTIFY_COMPLETED,
            on_end, NULL, MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded, NULL, MHD_OPTION_CONNECTION_LIMIT,
            (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
            MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK, MHD_OPTION_END);
        if (!l->daemon) return lc_fail(LC_E_IO, "The REST server can't be started on port %d.", l->port);
    }
    return NULL;
}

void lc_rest_close(lc_rest *rest)
{
    if (!rest) return;
    for (size_t i = 0; i < rest->count; i++) {
        listener *l = &rest->listeners[i];
        if (l->daemon) MHD_stop_daemon(l->daemon); /* closes the socket too */
        else if (l->socket >= 0) close(l->socket);
        free(l->host);
    }
    free(rest->worker_id);
    free(rest->url);
    free(rest);
}
