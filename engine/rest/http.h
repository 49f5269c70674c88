/* A request and its answer, free of the server library. One thread each. */
#ifndef LC_REST_HTTP_H
#define LC_REST_HTTP_H

#include "base/buf.h"
#include "base/json.h"
#include "cluster/herder.h"

enum { LC_PATH_PARAMETERS = 3 };

typedef struct lc_rest_request {
    lc_herder *herder;
    struct lc_rest *rest;
    const char *method;
    const char *path;                     /* as sent, percent-encoded */
    char *parameters[LC_PATH_PARAMETERS]; /* decoded values of {…} in the route, in order */
    const lc_props *query;                /* decoded; a key that comes again keeps the last value */
    const lc_strings *expand;             /* every value of ?expand= */
    const lc_buf *body;
    const char *content_type; /* or NULL */
    const char *host;         /* the Host header, or NULL */
    int64_t deadline;         /* monotonic ms */
} lc_rest_request;

typedef struct lc_rest_response {
    int status;
    lc_buf body;              /* JSON unless content_type says otherwise; none when empty */
    const char *content_type; /* NULL: application/json */
    char *location;           /* NULL: none; owned */
} lc_rest_response;

/* A route's function: fills the response, or returns the error to answer with. */
typedef lc_error *lc_rest_handler(lc_rest_request *request, lc_rest_response *response);

typedef struct lc_route {
    const char *method;
    const char *pattern; /* "/connectors/{name}/tasks/{task}/restart" */
    lc_rest_handler *handle;
    const char *summary; /* one sentence, for the API description */
} lc_route;

/* The whole table; ends with a NULL method. */
extern const lc_route lc_routes[];

/* Answers a request by the table: 404, 405 and every error become {"error_code":…,"message":…}. */
void lc_router_answer(lc_rest_request *request, lc_rest_response *response);

/* %XX and, with `plus`, + decoded in place of a copy; NULL when malformed. The caller frees it. */
char *lc_url_decode(const char *text, size_t len, bool plus);

/* Handlers by file. */
lc_rest_handler lc_rest_root, lc_rest_health, lc_rest_loggers, lc_rest_logger_get, lc_rest_logger_put,
    lc_rest_plugins, lc_rest_plugin_config, lc_rest_plugin_validate, lc_rest_connectors, lc_rest_create,
    lc_rest_info, lc_rest_config, lc_rest_put_config, lc_rest_patch_config, lc_rest_status, lc_rest_tasks,
    lc_rest_task_status, lc_rest_delete, lc_rest_pause, lc_rest_resume, lc_rest_stop_connector,
    lc_rest_restart, lc_rest_restart_task, lc_rest_topics, lc_rest_topics_reset, lc_rest_offsets,
    lc_rest_offsets_alter, lc_rest_offsets_reset;

#endif
