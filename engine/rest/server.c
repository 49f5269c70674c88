#include "rest/rest.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "rest/access.h"
#include "rest/connections.h"
#include "rest/http.h"
#include "rest/listener.h"
#include "rest/policy.h"
#include "runtime/tap.h"
#include "secure/tls.h"

enum {
    HEALTH_TIMEOUT_MS = 10000,
    HEADER_MS = 10000,
    BODY_MS = 30000,
    ANSWER_MS = 30000,
    IDLE_MS = 60000,
    BODY_LIMIT = 8 * 1024 * 1024,
    HEADER_LIMIT = 32 * 1024, /* the server maps and unmaps what is larger for each connection */
    CONNECTIONS = 512,
    SURPLUS_CONNECTIONS = 64, /* are told that there are too many */
    STACK = 512 * 1024
};

typedef struct server {
    lc_rest *rest;
    lc_listener *listener;
    struct MHD_Daemon *daemon;
} server;

struct lc_rest {
    const lc_worker_core *worker;
    lc_herder *herder;
    lc_policy *policy;
    lc_access *access;
    lc_connections *connections;
    lc_listeners listeners;
    server servers[LC_LISTENERS_MAX];
    lc_tls tls[2]; /* of listeners and of admin.listeners */
    int64_t request_ms; /* until a request is given up */
    char *worker_id;
    char *url;
};

/* `admin.listeners`: absent, the routes are with the others; empty, there are none (KIP-495). */
static lc_error *open_listeners(lc_rest *rest)
{
    const lc_props *settings = rest->worker->settings;
    bool apart = lc_props_has(settings, "admin.listeners");
    const char *main_list = lc_props_get_or(settings, "listeners", "http://127.0.0.1:8083");
    lc_text admin_list = lc_text_trim(lc_props_text(settings, "admin.listeners"));
    LC_TRY(lc_listeners_open(&rest->listeners, "listeners", main_list,
                             apart ? LC_ROUTE_MAIN : LC_ROUTE_MAIN | LC_ROUTE_ADMIN));
    if (!admin_list.len) return NULL;
    return lc_listeners_open(&rest->listeners, "admin.listeners", admin_list.data, LC_ROUTE_ADMIN);
}

static lc_tls *tls_of(lc_rest *rest, const lc_listener *l)
{
    return &rest->tls[!(l->scope & LC_ROUTE_MAIN)];
}

static lc_error *read_tls(lc_rest *rest)
{
    for (size_t i = 0; i < rest->listeners.count; i++) {
        const lc_listener *l = &rest->listeners.items[i];
        lc_tls *tls = tls_of(rest, l);
        const char *prefix = l->scope & LC_ROUTE_MAIN ? "listeners.https." : "admin.listeners.https.";
        if (l->is_tls && !tls->certificates) LC_TRY(lc_tls_read(rest->worker->settings, prefix, tls));
    }
    return NULL;
}

static void warn_if_open(const lc_rest *rest)
{
    if (lc_access_is_set_up(rest->access)) return;
    for (size_t i = 0; i < rest->listeners.count; i++) {
        const lc_listener *l = &rest->listeners.items[i];
        if (l->is_loopback || (l->is_tls && rest->tls[0].client_auth == LC_CLIENT_AUTH_REQUIRED)) continue;
        bool trusts = lc_policy_trusts_everyone(rest->policy);
        lc_log(rest->worker->log, LC_LOG_WARN, "rest.server",
               trusts
                   ? "anyone who reaches the REST listener can change connectors: there is no authentication"
                   : "clients of other machines may only read, because there is no authentication; "
                     "rest.allow.unauthenticated=true lets them change connectors, too",
               "listener", l->host ? l->host : "*", NULL);
        return;
    }
}

/* Passwords and tokens that travel as they are. */
static void warn_if_readable(const lc_rest *rest)
{
    for (size_t i = 0; lc_access_is_set_up(rest->access) && i < rest->listeners.count; i++) {
        const lc_listener *l = &rest->listeners.items[i];
        if (l->is_loopback || l->is_tls) continue;
        lc_log(rest->worker->log, LC_LOG_WARN, "rest.server",
               "passwords and tokens can be read on their way to this listener: it speaks http, not https",
               "listener", l->host ? l->host : "*", NULL);
        return;
    }
}

static lc_error *open_all(lc_rest *rest)
{
    LC_TRY(lc_policy_new(rest->worker->settings, &rest->policy));
    LC_TRY(lc_access_new(rest->worker->settings, rest->worker->log, &rest->access));
    LC_TRY(open_listeners(rest));
    LC_TRY(read_tls(rest));
    warn_if_open(rest);
    warn_if_readable(rest);
    return lc_listeners_advertise(&rest->listeners, rest->worker->settings, &rest->worker_id, &rest->url);
}

lc_error *lc_rest_open(const lc_worker_core *worker, lc_rest **ret_rest)
{
    lc_rest *rest = lc_alloc(sizeof *rest);
    rest->worker = worker;
    rest->request_ms = strtoll(lc_props_get_or(worker->settings, "rest.request.timeout.ms", "90000"), NULL, 10);
    lc_error *error = open_all(rest);
    if (error) lc_rest_close(rest);
    else *ret_rest = rest;
    return error;
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
    bool has_body;
    bool is_streamed; /* the answer */
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
    if (name && !strcmp(name, "expand")) lc_strings_add(&x->expand, text ? text : "");
    free(name);
    free(text);
    return MHD_YES;
}

/* A stream and what of it isn't sent yet. */
typedef struct outflow {
    lc_rest_stream *stream;
    lc_buf text;
    size_t sent;
    bool over;
} outflow;

static ssize_t read_outflow(void *context, uint64_t position, char *buf, size_t max)
{
    (void)position;
    outflow *o = context;
    if (o->sent == o->text.len) {
        lc_buf_reset(&o->text);
        o->sent = 0;
        if (o->over) return MHD_CONTENT_READER_END_OF_STREAM;
        o->over = !o->stream->read(o->stream, &o->text);
        if (o->over && !o->text.len) return MHD_CONTENT_READER_END_OF_STREAM;
    }
    size_t len = o->text.len - o->sent < max ? o->text.len - o->sent : max;
    memcpy(buf, o->text.data + o->sent, len);
    o->sent += len;
    return (ssize_t)len;
}

static void free_outflow(void *context)
{
    outflow *o = context;
    o->stream->free(o->stream);
    lc_buf_done(&o->text);
    free(o);
}

static struct MHD_Response *streamed(lc_rest_response *r)
{
    enum { BLOCK = 16 * 1024 };
    outflow *o = lc_alloc(sizeof *o);
    o->stream = lc_steal(r->stream);
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_outflow, o, free_outflow);
}

static enum MHD_Result queue(struct MHD_Connection *connection, lc_rest_response *r)
{
    size_t len = r->body.len;
    const char *type = r->content_type ? r->content_type : len ? "application/json" : NULL;
    struct MHD_Response *answer =
        r->stream ? streamed(r)
                  : MHD_create_response_from_buffer(len, lc_buf_detach(&r->body), MHD_RESPMEM_MUST_FREE);
    if (type) MHD_add_response_header(answer, "Content-Type", type);
    for (size_t i = 0; r->headers && i < lc_props_count(r->headers); i++)
        MHD_add_response_header(answer, lc_props_key_at(r->headers, i), lc_props_value_at(r->headers, i));
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)r->status, answer);
    MHD_destroy_response(answer);
    return result;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static lc_connection *record_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* Headers that two servers in a row could read differently (request smuggling). */
typedef struct framing {
    int lengths, encodings;
    bool odd;
} framing;

static enum MHD_Result look_at_header(void *context, enum MHD_ValueKind kind, const char *key,
                                      const char *value)
{
    (void)kind;
    framing *f = context;
    if (!strcasecmp(key, "Content-Length")) {
        f->lengths++;
        f->odd |= !value || !*value || value[strspn(value, "0123456789")];
    } else if (!strcasecmp(key, "Transfer-Encoding")) {
        f->encodings++;
        f->odd |= !value || strcasecmp(value, "chunked");
    }
    return MHD_YES;
}

/* 0, or the status of a request that is turned away before its body is read. */
static int early_refusal(struct MHD_Connection *connection, const lc_connection *record, exchange *x)
{
    framing f = {0};
    if (record && lc_connection_is_surplus(record)) return 503;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_header, &f);
    x->has_body = f.lengths || f.encodings;
    if (f.odd || f.lengths + f.encodings > 1) return 400;
    const char *length = header(connection, "Content-Length");
    return length && strtoull(length, NULL, 10) > BODY_LIMIT ? 413 : 0;
}

static void address_text(const struct sockaddr *address, char *text, socklen_t size)
{
    const void *bytes = address->sa_family == AF_INET6
                            ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                            : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    if (!inet_ntop(address->sa_family, bytes, text, size)) text[0] = '\0';
}

/* The sender's address, and whether it is another machine: neither a loopback address nor our own end's. */
static bool is_remote(struct MHD_Connection *connection, char *client, socklen_t size)
{
    const union MHD_ConnectionInfo *peer =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct sockaddr_storage own = {0};
    socklen_t len = sizeof own;
    char own_text[INET6_ADDRSTRLEN] = "";
    client[0] = '\0';
    if (!peer || !peer->client_addr) return true;
    address_text(peer->client_addr, client, size);
    if (fd && !getsockname(fd->connect_fd, (struct sockaddr *)&own, &len))
        address_text((struct sockaddr *)&own, own_text, sizeof own_text);
    return strncmp(client, "127.", 4) && strcmp(client, "::1") && strcmp(client, own_text);
}

static bool is_authenticated(struct MHD_Connection *connection, const server *s)
{
    if (!s->listener->is_tls || !tls_of(s->rest, s->listener)->trusted) return false;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info && info->tls_session && lc_tls_client_is_trusted(info->tls_session);
}

static void answer(lc_rest_request *request, lc_rest_response *response)
{
    if (!lc_policy_refuses_host(request->policy, request, response)) lc_router_answer(request, response);
    lc_policy_decorate(request->policy, request, response);
}

/* The audit trail: every change that was asked for, whatever came of it. */
static void note(const lc_rest *rest, const lc_rest_request *request, int status, int64_t began)
{
    bool is_change = strcmp(request->method, "GET") && strcmp(request->method, "HEAD") &&
                     strcmp(request->method, "OPTIONS");
    lc_log_level level = is_change ? LC_LOG_INFO : LC_LOG_DEBUG;
    if (!lc_log_enabled(rest->worker->log, level, "rest.audit")) return;
    char status_text[12], ms[24];
    bool is_rehearsal = request->query && lc_rest_flag(request, LC_DRY_RUN);
    snprintf(status_text, sizeof status_text, "%d", status);
    snprintf(ms, sizeof ms, "%lld", (long long)(lc_monotonic_ms() - began));
    lc_log(rest->worker->log, level, "rest.audit", "request", "method", request->method, "path",
           request->path, "status", status_text, "ms", ms, "client", request->client, "user",
           request->user ? request->user->name : NULL, LC_DRY_RUN, is_rehearsal ? "true" : NULL, NULL);
}

/* Before there is a request: it is only told of. */
static void note_refusal(const server *s, struct MHD_Connection *connection, const char *path,
                         const char *method, int status)
{
    char client[INET6_ADDRSTRLEN];
    (void)is_remote(connection, client, sizeof client);
    lc_rest_request request = {.method = method, .path = path, .client = client};
    note(s->rest, &request, status, lc_monotonic_ms());
}

static enum MHD_Result refuse(struct MHD_Connection *connection, int status)
{
    lc_auto(lc_rest_response) response = {0};
    lc_rest_error(&response, status,
                  status == 503   ? "There are too many connections to this worker; try again later."
                  : status == 413 ? "The body is larger than 8 MiB."
                                  : "The request's Content-Length and Transfer-Encoding don't agree.");
    lc_rest_header(&response, "Connection", "close");
    return queue(connection, &response);
}

static enum MHD_Result finish(const server *s, struct MHD_Connection *connection, const char *path,
                              const char *method, exchange *x)
{
    lc_rest *rest = s->rest;
    lc_auto(lc_rest_response) response = {0};
    char client[INET6_ADDRSTRLEN];
    int64_t now = lc_monotonic_ms();
    x->query = lc_props_new();
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_query, x);
    lc_rest_request request = {
        .herder = rest->herder,
        .rest = rest,
        .policy = rest->policy,
        .access = rest->access,
        .method = method,
        .path = path,
        .query = x->query,
        .expand = &x->expand,
        .body = &x->body,
        .has_body = x->has_body,
        .content_type = header(connection, "Content-Type"),
        .accept = header(connection, "Accept"),
        .host = header(connection, "Host"),
        .origin = header(connection, "Origin"),
        .preflight_method = header(connection, "Access-Control-Request-Method"),
        .authorization = header(connection, "Authorization"),
        .signature = header(connection, LC_SIGNATURE_HEADER),
        .signature_algorithm = header(connection, LC_SIGNATURE_ALGORITHM_HEADER),
        .forward_signature = header(connection, LC_FORWARD_SIGNATURE_HEADER),
        .scheme = s->listener->is_tls ? "https" : "http",
        .client = client,
        .scope = s->listener->scope,
        .is_local_listener = s->listener->is_loopback,
        .listener_host = s->listener->host,
        .is_remote = is_remote(connection, client, sizeof client),
        .is_authenticated = is_authenticated(connection, s),
        .deadline = now + (strcmp(path, "/health") ? rest->request_ms : HEALTH_TIMEOUT_MS),
    };
    bool needs_certificate =
        s->listener->is_tls && tls_of(rest, s->listener)->client_auth == LC_CLIENT_AUTH_REQUIRED;
    if (needs_certificate && !request.is_authenticated)
        lc_rest_error(&response, 403, "This listener asks for a client certificate that it trusts.");
    else answer(&request, &response);
    note(rest, &request, response.status, now);
    lc_access_done(&request);
    x->is_streamed = response.stream != NULL;
    return queue(connection, &response);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **state)
{
    (void)version;
    exchange *x = *state;
    lc_connection *record = record_of(connection);
    if (!x) {
        *state = x = lc_alloc(sizeof *x);
        int status = early_refusal(connection, record, x);
        if (record) lc_connection_expect(record, status ? ANSWER_MS : BODY_MS);
        if (status) note_refusal(context, connection, url, method, status);
        return status ? refuse(connection, status) : MHD_YES;
    }
    if (*size) {
        if (x->body.len + *size > BODY_LIMIT) { /* a chunked body: there is no other way to stop it */
            note_refusal(context, connection, url, method, 413);
            return MHD_NO;
        }
        lc_buf_add(&x->body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (record) lc_connection_expect(record, -1);
    enum MHD_Result result = finish(context, connection, url, method, x);
    if (record && !x->is_streamed) lc_connection_expect(record, ANSWER_MS);
    return result;
}

static void on_end(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode why)
{
    (void)context, (void)why;
    lc_connection *record = record_of(connection);
    if (record) lc_connection_expect(record, IDLE_MS);
    if (*state) free_exchange(*state);
    *state = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **record,
                          enum MHD_ConnectionNotificationCode what)
{
    lc_rest *rest = context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        lc_connection_close(*record);
        *record = NULL;
        return;
    }
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (fd) *record = lc_connection_open(rest->connections, fd->connect_fd, HEADER_MS);
}

/* Paths and arguments stay encoded: a name may hold an encoded slash. */
static size_t keep_encoded(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context, (void)connection;
    return strlen(text);
}

static void tell_listener(const lc_rest *rest, const lc_listener *l)
{
    lc_auto(lc_buf) url = {0};
    const char *host = l->host ? l->host : "0.0.0.0";
    lc_buf_printf(&url, strchr(host, ':') ? "%s://[%s]:%d" : "%s://%s:%d", l->is_tls ? "https" : "http", host,
                  l->port);
    lc_log(rest->worker->log, LC_LOG_INFO, "rest.server", "listening", "url", url.data, "routes",
           !(l->scope & LC_ROUTE_MAIN)    ? "admin"
           : !(l->scope & LC_ROUTE_ADMIN) ? "all but admin"
                                          : "all",
           NULL);
}

static lc_error *start_server(lc_rest *rest, server *s)
{
    const lc_listener *l = s->listener;
    const lc_tls *tls = tls_of(rest, l);
    struct MHD_OptionItem secure[6] = {{MHD_OPTION_END, 0, NULL}};
    size_t n = 0;
    unsigned flags =
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC;
    if (l->is_tls) {
        flags |= MHD_USE_TLS;
        secure[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, tls->certificates};
        secure[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, tls->key};
        secure[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, tls->priorities};
        if (tls->key_password)
            secure[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_KEY_PASSWORD, 0, tls->key_password};
        if (tls->trusted && tls->client_auth != LC_CLIENT_AUTH_NONE)
            secure[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, tls->trusted};
        secure[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    }
    s->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, s, MHD_OPTION_ARRAY, secure, MHD_OPTION_LISTEN_SOCKET, l->socket,
        MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, rest,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)(CONNECTIONS + SURPLUS_CONNECTIONS), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)(IDLE_MS / 1000), MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_LIMIT,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (!s->daemon)
        return lc_fail(LC_E_IO, "The REST server can't be started on port %d%s.", l->port,
                       l->is_tls ? ": certificate and key of the HTTPS listener may not fit" : "");
    s->listener->socket = -1; /* the daemon's from now on */
    tell_listener(rest, l);
    return NULL;
}

lc_error *lc_rest_serve(lc_rest *rest, lc_herder *herder)
{
    rest->herder = herder;
    LC_TRY(lc_connections_new(CONNECTIONS, &rest->connections));
    for (size_t i = 0; i < rest->listeners.count; i++) {
        rest->servers[i] = (server){rest, &rest->listeners.items[i], NULL};
        LC_TRY(start_server(rest, &rest->servers[i]));
    }
    return NULL;
}

void lc_rest_close(lc_rest *rest)
{
    if (!rest) return;
    if (rest->worker->taps) lc_taps_end(rest->worker->taps);
    for (size_t i = 0; i < LC_LISTENERS_MAX; i++)
        if (rest->servers[i].daemon) MHD_stop_daemon(rest->servers[i].daemon); /* closes the socket too */
    lc_connections_free(rest->connections);
    lc_listeners_close(&rest->listeners);
    lc_policy_free(rest->policy);
    lc_access_free(rest->access);
    lc_tls_done(&rest->tls[0]);
    lc_tls_done(&rest->tls[1]);
    free(rest->worker_id);
    free(rest->url);
    free(rest);
}
