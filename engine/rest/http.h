/* A request and its answer, free of the server library. One thread each. */
#ifndef LC_REST_HTTP_H
#define LC_REST_HTTP_H

#include "base/buf.h"
#include "base/json.h"
#include "cluster/herder.h"
#include "secure/users.h"

enum { LC_PATH_PARAMETERS = 3 };

/* The version of Kafka Connect whose API this is. */
#define LC_API_VERSION "4.1.0"

#define LC_SIGNATURE_HEADER "X-Connect-Authorization"
#define LC_SIGNATURE_ALGORITHM_HEADER "X-Connect-Request-Signature-Algorithm"
/* Ours: says that a request of a user was let in by another worker of the cluster. */
#define LC_FORWARD_SIGNATURE_HEADER "Lc-Forward-Signature"

typedef struct lc_rest_request {
    lc_herder *herder;
    struct lc_rest *rest;
    const char *method;
    const char *path;                     /* as sent, percent-encoded */
    char *parameters[LC_PATH_PARAMETERS]; /* decoded values of {…} in the route, in order */
    const lc_props *query;                /* decoded; a key that comes again keeps the last value */
    const lc_strings *expand;             /* every value of ?expand= */
    const lc_buf *body;
    bool has_body;            /* a body was announced, even an empty one */
    const char *content_type; /* headers; NULL: not sent */
    const char *accept;
    const char *host;
    const char *origin;
    const char *preflight_method; /* Access-Control-Request-Method */
    const char *authorization;
    const char *signature; /* X-Connect-… of requests between workers */
    const char *signature_algorithm;
    const char *forward_signature;
    const char *scheme;        /* "http" or "https" */
    const char *client;        /* address of the sender */
    unsigned scope;            /* routes that this listener serves: LC_ROUTE_MAIN, LC_ROUTE_ADMIN */
    bool is_local_listener;    /* reachable from this machine only */
    const char *listener_host; /* as in `listeners`, or NULL */
    bool is_remote;            /* sent from another machine */
    bool is_authenticated;     /* by a certificate that is trusted, a password or a token */
    struct lc_policy *policy;
    struct lc_access *access;
    lc_users *users;     /* held until lc_access_done; NULL: nobody was asked for */
    const lc_user *user; /* one of them; NULL: nobody in particular */
    int64_t deadline;    /* monotonic ms */
} lc_rest_request;

/* A body that comes bit by bit, as server-sent events do. */
typedef struct lc_rest_stream {
    /* Appends what there is, or anything to see whether the client is still there, within about a second. False: the
     * body ends, after what was appended. */
    bool (*read)(struct lc_rest_stream *stream, lc_buf *out);
    void (*free)(struct lc_rest_stream *stream);
} lc_rest_stream;

typedef struct lc_rest_response {
    int status;
    lc_buf body;              /* JSON unless content_type says otherwise; none when empty */
    const char *content_type; /* NULL: application/json, if there is a body */
    lc_props *headers;        /* further ones; NULL: none; owned */
    lc_rest_stream *stream;   /* in place of a body; owned; NULL: none */
    bool is_bare;             /* no headers are added: the request didn't get as far as the API */
} lc_rest_response;

/* Sets a header of the answer. */
void lc_rest_header(lc_rest_response *response, const char *name, const char *value);
/* Makes the answer {"error_code":…,"message":…}; message NULL is null. Headers stay. */
void lc_rest_error(lc_rest_response *response, int status, const char *message);
void lc_rest_response_done(lc_rest_response *response);
LC_DEFINE_AUTO(lc_rest_response, lc_rest_response_done)

/* A route's function: fills the response, or returns the error to answer with. */
typedef lc_error *lc_rest_handler(lc_rest_request *request, lc_rest_response *response);

typedef enum lc_route_flag {
    LC_ROUTE_MAIN = 1,       /* served by `listeners` */
    LC_ROUTE_ADMIN = 2,      /* served by `admin.listeners` if there are any, else by `listeners` */
    LC_ROUTE_BODY = 4,       /* reads a JSON body */
    LC_ROUTE_ANY_TYPE = 8,   /* takes no notice of Content-Type: Connect's root and health */
    LC_ROUTE_READS = 16,     /* changes nothing, although its method isn't GET */
    LC_ROUTE_INTERNAL = 32,  /* between workers; left out of the description */
    LC_ROUTE_LEADER = 64,    /* a cluster's leader does it */
    LC_ROUTE_OWNER = 128,    /* the worker that runs the connector or task does it */
    LC_ROUTE_OURS = 256,     /* not one of Connect's: its answer has one type, whatever Accept says */
    LC_ROUTE_OPERATES = 512, /* changes how something runs, not what there is */
    LC_ROUTE_OPEN = 1024,    /* tells nothing: answered to everybody */
    LC_ROUTE_DATA = 2048     /* shows records: for those who may operate */
} lc_route_flag;

typedef struct lc_route {
    const char *method;
    const char *pattern; /* "/connectors/{name}/tasks/{task}/restart" */
    lc_rest_handler *handle;
    const char *summary; /* one sentence, for the description of the API */
    unsigned flags;
    const char *query;    /* names of query parameters, separated by spaces; NULL: none */
    const char *produces; /* NULL: application/json */
} lc_route;

/* Whether it changes something, or shows what is in records. */
bool lc_route_changes(const lc_route *route);

/* The whole table; ends with a NULL method. */
extern const lc_route lc_routes[];

/* Sends a request for another worker of the cluster there and takes over its answer: *ret_done. Otherwise it
 * is this worker's to answer. LC_E_CONFLICT while nobody knows whose it is. */
lc_error *lc_rest_forward(const lc_route *route, lc_rest_request *request, lc_rest_response *response,
                          bool *ret_done) LC_RESULT;
/* Whether a worker of this cluster has forwarded the request, by its signature. */
bool lc_rest_is_forwarded(const lc_rest_request *request);
/* Headers by which another worker knows that this one has let the request in. */
void lc_rest_sign_forward(const lc_rest_request *request, lc_props *headers);
/* Takes note of a request that steers a connector and was done; `task` may be NULL. */
void lc_rest_note_steering(const lc_route *route, const lc_rest_request *request, const char *name, const char *task);
/* The Location header of a connector that was created. */
void lc_rest_location(const lc_rest_request *request, lc_rest_response *response, const char *name);

/* Answers a request by the table: OPTIONS, 404, 405, 415, 406 and every error as Connect does. */
void lc_router_answer(lc_rest_request *request, lc_rest_response *response);

/* %XX and, with `plus`, + decoded in place of a copy; NULL when malformed or not UTF-8. The caller frees it.
 */
char *lc_url_decode(const char *text, size_t len, bool plus);

/* How a media type in a header fits JSON, or for Accept what a route gives. */
typedef enum lc_media_match {
    LC_MEDIA_ABSENT, /* no such header */
    LC_MEDIA_JSON,   /* it fits */
    LC_MEDIA_ANY,    /* a wildcard, which says nothing of a body */
    LC_MEDIA_OTHER,
    LC_MEDIA_MALFORMED
} lc_media_match;
lc_media_match lc_media_content(const char *content_type);
/* Never LC_MEDIA_ANY. */
lc_media_match lc_media_accept(const char *accept, const char *type);

/* Settings that nearly have the name of a known one: to the log, and to whoever asked in a header. */
#define LC_NOTE_HEADER "Lc-Note"
void lc_rest_add_notes(const lc_rest_request *request, lc_rest_response *response, const lc_props *config);
/* The body as JSON; LC_E_BAD_REQUEST without one. */
lc_error *lc_rest_read_body(const lc_rest_request *request, lc_json **ret_json) LC_RESULT;
/* The same; LC_E_BAD_REQUEST for anything but an object. */
lc_error *lc_rest_read_object(const lc_rest_request *request, lc_json **ret_json) LC_RESULT;
/* The query parameter of a rehearsal: what a change would do is answered, and nothing is done. */
#define LC_DRY_RUN "dry_run"
/* Query flags are Java booleans: only "true", in any case, is true. */
bool lc_rest_flag(const lc_rest_request *request, const char *name);

struct lc_tap_options;
/* What looking at running tasks has in common (routes_tap.c): numbers of the query, `fallback` when not given and `most`
 * at most; the tasks that it names; the first event of a tap, or LC_E_CONFLICT that says which worker has the tasks. */
lc_error *lc_rest_tap_number(const lc_rest_request *request, const char *name, int64_t fallback, int64_t most,
                             int64_t *ret_number) LC_RESULT;
lc_error *lc_rest_tap_tasks(const lc_rest_request *request, struct lc_tap_options *options) LC_RESULT;
lc_error *lc_rest_tap_places(const lc_rest_request *request, const struct lc_tap_options *options, lc_buf *first) LC_RESULT;

/* Handlers by file. */
lc_rest_handler lc_rest_root, lc_rest_health, lc_rest_loggers, lc_rest_logger_get, lc_rest_logger_put,
    lc_rest_plugins, lc_rest_plugin_config, lc_rest_plugin_validate, lc_rest_connectors, lc_rest_create,
    lc_rest_info, lc_rest_config, lc_rest_put_config, lc_rest_patch_config, lc_rest_status, lc_rest_tasks,
    lc_rest_task_status, lc_rest_delete, lc_rest_pause, lc_rest_resume, lc_rest_stop_connector,
    lc_rest_restart, lc_rest_restart_task, lc_rest_topics, lc_rest_topics_reset, lc_rest_offsets,
    lc_rest_offsets_alter, lc_rest_offsets_reset, lc_rest_internal_tasks, lc_rest_internal_fence,
    lc_rest_metrics, lc_rest_tap, lc_rest_profile,
    lc_rest_history, lc_rest_activity, lc_rest_dlq, lc_rest_dlq_retry, lc_rest_openapi, lc_rest_scripts, lc_rest_script_get,
    lc_rest_script_put, lc_rest_script_versions, lc_rest_script_version, lc_rest_script_diff,
    lc_rest_script_rollback, lc_rest_script_delete, lc_rest_script_forget;

#endif
