#include "rest/http.h"

#include <stdlib.h>

#include "base/memory.h"
#include "rest/access.h"
#include "rest/policy.h"

#define MAIN LC_ROUTE_MAIN
#define BODY LC_ROUTE_MAIN | LC_ROUTE_BODY
#define ADMIN LC_ROUTE_ADMIN
#define PLAIN LC_ROUTE_MAIN | LC_ROUTE_ANY_TYPE
#define OURS LC_ROUTE_MAIN | LC_ROUTE_OURS
#define INTERNAL LC_ROUTE_MAIN | LC_ROUTE_INTERNAL | LC_ROUTE_LEADER
#define LEADER LC_ROUTE_MAIN | LC_ROUTE_LEADER
#define OWNER LC_ROUTE_MAIN | LC_ROUTE_OWNER
#define SCRIPTS LC_ROUTE_ADMIN | LC_ROUTE_OURS
#define OPERATES LC_ROUTE_MAIN | LC_ROUTE_OPERATES

const lc_route lc_routes[] = {
    {"GET", "/", lc_rest_root, "Version, commit and the id of the Kafka cluster.", PLAIN, NULL, NULL},
    {"GET", "/health", lc_rest_health, "Whether the worker has started and answers.",
     PLAIN | LC_ROUTE_OPEN, NULL, NULL},
    {"GET", "/connectors", lc_rest_connectors, "Names of all connectors, or more of each with expand.", MAIN,
     "expand state", NULL},
    {"POST", "/connectors", lc_rest_create, "Creates a connector.", BODY | LC_ROUTE_LEADER, LC_DRY_RUN,
     NULL},
    {"GET", "/connectors/{name}", lc_rest_info, "A connector: its configuration and tasks.", MAIN, NULL,
     NULL},
    {"DELETE", "/connectors/{name}", lc_rest_delete, "Stops and removes a connector.", LEADER, NULL, NULL},
    {"GET", "/connectors/{name}/config", lc_rest_config, "A connector's configuration.", MAIN, NULL, NULL},
    {"PUT", "/connectors/{name}/config", lc_rest_put_config,
     "Creates a connector or replaces its configuration.", BODY | LC_ROUTE_LEADER, LC_DRY_RUN, NULL},
    {"PATCH", "/connectors/{name}/config", lc_rest_patch_config,
     "Changes some settings of a connector; null removes one.", BODY | LC_ROUTE_LEADER, LC_DRY_RUN, NULL},
    {"GET", "/connectors/{name}/status", lc_rest_status, "State of a connector and its tasks.", MAIN, NULL,
     NULL},
    {"GET", "/connectors/{name}/tasks", lc_rest_tasks, "Configurations of a connector's tasks.", MAIN, NULL,
     NULL},
    {"POST", "/connectors/{name}/tasks", lc_rest_internal_tasks, "New tasks, from the worker that made them.",
     INTERNAL | LC_ROUTE_BODY, "forward", NULL},
    {"PUT", "/connectors/{name}/fence", lc_rest_internal_fence, "Shuts out earlier tasks of a connector.",
     INTERNAL, "forward", NULL},
    {"GET", "/connectors/{name}/tasks/{task}/status", lc_rest_task_status, "State of one task.", MAIN, NULL,
     NULL},
    {"POST", "/connectors/{name}/tasks/{task}/restart", lc_rest_restart_task, "Restarts one task.",
     OWNER | LC_ROUTE_OPERATES, NULL, NULL},
    {"PUT", "/connectors/{name}/pause", lc_rest_pause, "Pauses a connector and its tasks.", OPERATES, NULL,
     NULL},
    {"PUT", "/connectors/{name}/resume", lc_rest_resume, "Resumes a paused or stopped connector.", OPERATES,
     NULL, NULL},
    {"PUT", "/connectors/{name}/stop", lc_rest_stop_connector, "Stops a connector and ends its tasks.",
     LEADER | LC_ROUTE_OPERATES, NULL, NULL},
    {"POST", "/connectors/{name}/restart", lc_rest_restart,
     "Restarts a connector and, if asked, its tasks or those that failed.", OWNER | LC_ROUTE_OPERATES,
     "includeTasks onlyFailed", NULL},
    {"GET", "/connectors/{name}/topics", lc_rest_topics, "Topics a connector has used.", MAIN, NULL, NULL},
    {"PUT", "/connectors/{name}/topics/reset", lc_rest_topics_reset,
     "Forgets the topics a connector has used.", OPERATES, NULL, NULL},
    {"GET", "/connectors/{name}/offsets", lc_rest_offsets, "Committed offsets of a connector.", MAIN, NULL,
     NULL},
    {"PATCH", "/connectors/{name}/offsets", lc_rest_offsets_alter, "Changes offsets of a stopped connector.",
     BODY | LC_ROUTE_LEADER, NULL, NULL},
    {"DELETE", "/connectors/{name}/offsets", lc_rest_offsets_reset,
     "Forgets the offsets of a stopped connector.", LEADER, NULL, NULL},
    {"GET", "/connectors/{name}/history", lc_rest_history,
     "What happened to a connector's tasks: starts, failures, restarts, moves between workers.", OURS, "scope", NULL},
    {"GET", "/connectors/{name}/activity", lc_rest_activity,
     "How much each task of a connector does: records, lag, errors, and the last record that failed.", OURS, "scope",
     NULL},
    {"GET", "/connectors/{name}/dlq", lc_rest_dlq, "The newest records in a sink's dead letter queue.",
     MAIN | LC_ROUTE_DATA | LC_ROUTE_OPERATES, "limit", NULL},
    {"POST", "/connectors/{name}/dlq/retry", lc_rest_dlq_retry,
     "Sends records of the dead letter queue back to where they came from.", BODY | LC_ROUTE_OPERATES, NULL,
     NULL},
    {"GET", "/connectors/{name}/tap", lc_rest_tap,
     "Some of the records that tasks of this worker move, before and after each transform, as server-sent events.",
     OURS | LC_ROUTE_DATA | LC_ROUTE_OPERATES, "tasks step limit rate seconds exact", "text/event-stream"},
    {"GET", "/connectors/{name}/profile", lc_rest_profile,
     "Where the scripts of a connector's tasks on this worker spend their time, by line and by function.",
     OURS | LC_ROUTE_DATA | LC_ROUTE_OPERATES, "tasks seconds", NULL},
    {"GET", "/connector-plugins", lc_rest_plugins,
     "Connectors that can be used; with connectorsOnly=false plug-ins of all kinds.", MAIN, "connectorsOnly",
     NULL},
    {"GET", "/connector-plugins/{plugin}/config", lc_rest_plugin_config, "Settings of a plug-in.", MAIN,
     "version", NULL},
    {"PUT", "/connector-plugins/{plugin}/config/validate", lc_rest_plugin_validate,
     "Checks a configuration and says what is wrong with each setting.", BODY | LC_ROUTE_READS, NULL, NULL},
    {"GET", "/admin/loggers", lc_rest_loggers, "Loggers with a level of their own.", ADMIN, NULL, NULL},
    {"GET", "/admin/loggers/{logger}", lc_rest_logger_get, "Level of a logger.", ADMIN, NULL, NULL},
    {"PUT", "/admin/loggers/{logger}", lc_rest_logger_put, "Sets the level of a logger and those below it.",
     ADMIN | LC_ROUTE_BODY, "scope", NULL},
    {"GET", "/admin/scripts", lc_rest_scripts, "Scripts that can be replaced while the worker runs.", SCRIPTS,
     NULL, NULL},
    {"GET", "/admin/scripts/{kind}/{name}", lc_rest_script_get, "A script: its text and what became of it.",
     SCRIPTS, NULL, NULL},
    {"PUT", "/admin/scripts/{kind}/{name}", lc_rest_script_put,
     "Checks the text of a script, stores it as a new version and brings it to the tasks.", SCRIPTS,
     "signature", NULL},
    {"DELETE", "/admin/scripts/{kind}/{name}", lc_rest_script_delete,
     "Takes away what came over REST of a script: what is on disk or comes with luaconnect is used again.", SCRIPTS,
     NULL, NULL},
    {"GET", "/admin/scripts/{kind}/{name}/versions", lc_rest_script_versions,
     "Versions of a script: who made them, when, and what became of them.", SCRIPTS, NULL, NULL},
    {"GET", "/admin/scripts/{kind}/{name}/versions/{version}", lc_rest_script_version,
     "One version of a script, with its text.", SCRIPTS, NULL, NULL},
    {"DELETE", "/admin/scripts/{kind}/{name}/versions/{version}", lc_rest_script_forget,
     "Forgets a version of a script that isn't in use.", SCRIPTS, NULL, NULL},
    {"GET", "/admin/scripts/{kind}/{name}/diff", lc_rest_script_diff,
     "What changed between two versions of a script, as diff -u shows it.", SCRIPTS, "from to", "text/plain"},
    {"POST", "/admin/scripts/{kind}/{name}/rollback", lc_rest_script_rollback,
     "Makes an earlier text of a script its newest version.", SCRIPTS, "version", NULL},
    {"GET", "/metrics", lc_rest_metrics, "Metrics in the text format of Prometheus.", OURS, NULL,
     "text/plain"},
    {"GET", "/openapi.json", lc_rest_openapi, "This description.", OURS, NULL, NULL},
    {NULL, NULL, NULL, NULL, 0, NULL, NULL},
};

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at `at`, decoded; moves `at` to its last character. -1: malformed. */
static int decoded_byte(const char *text, size_t len, size_t *at, bool plus)
{
    char c = text[*at];
    if (c == '+' && plus) return ' ';
    if (c != '%') return (unsigned char)c;
    if (*at + 2 >= len) return -1;
    int high = hex(text[*at + 1]), low = hex(text[*at + 2]);
    *at += 2;
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

char *lc_url_decode(const char *text, size_t len, bool plus)
{
    char *out = lc_alloc(len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        int byte = decoded_byte(text, len, &i, plus);
        if (byte <= 0) {
            free(out);
            return NULL;
        }
        out[n++] = (char)byte;
    }
    out[n] = '\0';
    if (lc_utf8_valid(out, n)) return out;
    free(out);
    return NULL;
}

void lc_rest_header(lc_rest_response *response, const char *name, const char *value)
{
    if (!response->headers) response->headers = lc_props_new();
    lc_props_set(response->headers, name, value);
}

void lc_rest_error(lc_rest_response *response, int status, const char *message)
{
    lc_buf_reset(&response->body);
    response->content_type = NULL;
    response->status = status;
    lc_buf_printf(&response->body, "{\"error_code\":%d,\"message\":", status);
    lc_json_quote_text(&response->body, message);
    lc_buf_put(&response->body, '}');
}

void lc_rest_response_done(lc_rest_response *response)
{
    lc_buf_done(&response->body);
    lc_props_free(response->headers);
    if (response->stream) response->stream->free(response->stream);
    *response = (lc_rest_response){0};
}

static void forget_parameters(lc_rest_request *request)
{
    for (size_t i = 0; i < LC_PATH_PARAMETERS; i++) {
        free(request->parameters[i]);
        request->parameters[i] = NULL;
    }
}

/* Matches segment by segment; a {…} takes one whole segment. What follows a semicolon belongs to no name
 * (matrix parameters of JAX-RS). The request is given the parameters if it is not NULL. */
static bool matches(const char *path, const char *pattern, lc_rest_request *request)
{
    size_t found = 0;
    while (*pattern == '/' && *path == '/') {
        size_t want = strcspn(++pattern, "/"), have = strcspn(++path, ";/");
        if (*pattern == '{' && have) {
            if (request) request->parameters[found++] = lc_url_decode(path, have, false);
        } else if (want != have || memcmp(pattern, path, want)) {
            return false;
        }
        pattern += want;
        path += strcspn(path, "/");
    }
    return !*pattern && (!*path || !strcmp(path, "/"));
}

static bool has_control_character(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) return true;
    return false;
}

/* Whether every % has its two digits, and none is a NUL. */
static bool is_encoded(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (decoded_byte(text, len, &i, false) <= 0) return false;
    return true;
}

/* NULL: a path that can be looked up. Jetty refuses the same ones; *ret_odd: it is well-formed nevertheless.
 */
static const char *path_problem(const char *path, bool *ret_odd)
{
    char *whole = lc_url_decode(path, strlen(path), false);
    bool control = whole && has_control_character(whole);
    free(whole);
    *ret_odd = is_encoded(path);
    if (!whole) return "The path is not valid: % needs two hexadecimal digits, and the text must be UTF-8.";
    if (*path != '/') return "The path is not valid: it has no slash at its beginning.";
    if (control) return "The path is not valid: it has control characters.";
    return strstr(path, "//") ? "The path is not valid: it has an empty segment (//)." : NULL;
}

static bool is_method(const lc_route *route, const char *method)
{
    return !strcmp(route->method, method) || (!strcmp(route->method, "GET") && !strcmp(method, "HEAD"));
}

/* The route for path and method; *ret_allow gets the methods of the path, none when there is no such path. */
static const lc_route *find(const lc_rest_request *request, lc_buf *ret_allow)
{
    const lc_route *found = NULL;
    for (const lc_route *route = lc_routes; route->method; route++) {
        if (!(route->flags & request->scope) || !matches(request->path, route->pattern, NULL)) continue;
        lc_buf_printf(ret_allow, "%s%s%s", ret_allow->len ? "," : "", route->method,
                      strcmp(route->method, "GET") ? "" : ",HEAD");
        if (!found && is_method(route, request->method)) found = route;
    }
    if (ret_allow->len) lc_buf_text(ret_allow, ",OPTIONS");
    return found;
}

/* JAX-RS's order: Content-Type is looked at before Accept. 0: both fit; else 400, 415 or 406. */
static int media_problem(const lc_route *route, const lc_rest_request *request)
{
    lc_media_match content = lc_media_content(request->content_type);
    if (route->flags & LC_ROUTE_OURS) return 0;
    if (content == LC_MEDIA_OTHER && !(route->flags & LC_ROUTE_ANY_TYPE)) return 415;
    lc_media_match accept =
        lc_media_accept(request->accept, route->produces ? route->produces : "application/json");
    if (accept == LC_MEDIA_OTHER) return 406;
    if (accept == LC_MEDIA_MALFORMED) return 400;
    return route->flags & LC_ROUTE_BODY && request->body->len && content != LC_MEDIA_JSON ? 415 : 0;
}

static const char *status_text(int status)
{
    switch (status) {
    case 400: return "HTTP 400 Bad Request";
    case 404: return "HTTP 404 Not Found";
    case 405: return "HTTP 405 Method Not Allowed";
    case 406: return "HTTP 406 Not Acceptable";
    default: return "HTTP 415 Unsupported Media Type";
    }
}

/* Requests between workers are told apart by their signature, not by where they come from. */
bool lc_route_changes(const lc_route *route)
{
    if (route->flags & LC_ROUTE_DATA) return true;
    return strcmp(route->method, "GET") && !(route->flags & (LC_ROUTE_READS | LC_ROUTE_INTERNAL));
}

/* A rehearsal of what has none must not become the real thing. */
static lc_error *check_rehearsal(const lc_route *route, const lc_rest_request *request)
{
    bool has_none = !route->query || !strstr(route->query, LC_DRY_RUN);
    if (!has_none || !lc_route_changes(route) || !lc_rest_flag(request, LC_DRY_RUN)) return NULL;
    return lc_fail(LC_E_BAD_REQUEST, "This request has no " LC_DRY_RUN "; nothing was changed.");
}

static void call(const lc_route *route, lc_rest_request *request, lc_rest_response *response)
{
    matches(request->path, route->pattern, request);
    response->content_type = route->produces;
    bool done = false;
    lc_autoptr(lc_error) error = lc_access_check_named(route, request);
    if (!error) error = check_rehearsal(route, request);
    if (!error) error = lc_rest_forward(route, request, response, &done);
    if (!error && !done) error = route->handle(request, response);
    bool counts = !error && response->status < 300 && !lc_rest_is_forwarded(request) && !lc_rest_flag(request, LC_DRY_RUN);
    if (counts) lc_rest_note_steering(route, request, request->parameters[0], request->parameters[1]);
    forget_parameters(request);
    if (!error) return;
    char *message = lc_error_has_message(error) ? lc_strdup(lc_error_message(error)) : NULL;
    message = lc_providers_hide(request->herder->worker->providers, message);
    lc_rest_error(response, lc_error_http_status(error), message);
    free(message);
}

/* A path that can't be read never gets to the API: Jetty's answer is a page; if it is only odd, GET and POST
 * get one. */
static void put_page(const lc_rest_request *request, lc_rest_response *response, const char *message,
                     bool is_odd)
{
    response->status = 400;
    response->is_bare = true;
    if (is_odd && strcmp(request->method, "GET") && strcmp(request->method, "POST")) return;
    response->content_type = "text/html; charset=utf-8";
    lc_buf_printf(&response->body,
                  "<html><head><title>Error 400</title></head><body><p>%s</p></body></html>\n", message);
}

/* The route to call; else NULL and the answer is filled. */
static const lc_route *route_for(const lc_rest_request *request, lc_rest_response *response)
{
    lc_auto(lc_buf) allow = {0};
    const lc_route *route = find(request, &allow);
    int status = lc_media_content(request->content_type) == LC_MEDIA_MALFORMED ? 400
                 : !allow.len                                                  ? 404
                 : !route                                                      ? 405
                          : media_problem(route, request);
    if (status == 405) lc_rest_header(response, "Allow", allow.data);
    if (status == 405 && !strcmp(request->method, "OPTIONS")) {
        response->status = 200;
        response->content_type = "application/json";
        return NULL;
    }
    if (!status) return route;
    lc_rest_error(response, status, status_text(status));
    return NULL;
}

/* Another worker of the cluster has asked already who sends what it forwards. */
static bool is_refused(const lc_route *route, lc_rest_request *request, lc_rest_response *response)
{
    if (route->flags & LC_ROUTE_INTERNAL || lc_rest_is_forwarded(request)) return false;
    if (lc_route_changes(route) && lc_policy_refuses_pace(request->policy, request, response)) return true;
    if (lc_access_refuses(request->access, route, request, response)) return true;
    return lc_route_changes(route) && lc_policy_refuses_change(request->policy, request, response);
}

void lc_router_answer(lc_rest_request *request, lc_rest_response *response)
{
    bool odd = false;
    const char *problem = path_problem(request->path, &odd);
    if (problem) {
        put_page(request, response, problem, odd);
        return;
    }
    const lc_route *route = route_for(request, response);
    if (!route) return;
    if (!is_refused(route, request, response)) call(route, request, response);
}
