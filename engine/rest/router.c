#include "rest/http.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

const lc_route lc_routes[] = {
    {"GET", "/", lc_rest_root, "Version, commit and the id of the Kafka cluster."},
    {"GET", "/health", lc_rest_health, "Whether the worker has started and answers."},
    {"GET", "/connectors", lc_rest_connectors,
     "Names of all connectors; ?expand=status and ?expand=info for more."},
    {"POST", "/connectors", lc_rest_create, "Creates a connector."},
    {"GET", "/connectors/{name}", lc_rest_info, "A connector: its configuration and tasks."},
    {"DELETE", "/connectors/{name}", lc_rest_delete, "Stops and removes a connector."},
    {"GET", "/connectors/{name}/config", lc_rest_config, "A connector's configuration."},
    {"PUT", "/connectors/{name}/config", lc_rest_put_config,
     "Creates a connector or replaces its configuration."},
    {"PATCH", "/connectors/{name}/config", lc_rest_patch_config, "Changes some settings; null removes one."},
    {"GET", "/connectors/{name}/status", lc_rest_status, "State of a connector and its tasks."},
    {"GET", "/connectors/{name}/tasks", lc_rest_tasks, "Configurations of a connector's tasks."},
    {"GET", "/connectors/{name}/tasks/{task}/status", lc_rest_task_status, "State of one task."},
    {"POST", "/connectors/{name}/tasks/{task}/restart", lc_rest_restart_task, "Restarts one task."},
    {"PUT", "/connectors/{name}/pause", lc_rest_pause, "Pauses a connector and its tasks."},
    {"PUT", "/connectors/{name}/resume", lc_rest_resume, "Resumes a paused or stopped connector."},
    {"PUT", "/connectors/{name}/stop", lc_rest_stop_connector, "Stops a connector and ends its tasks."},
    {"POST", "/connectors/{name}/restart", lc_rest_restart,
     "Restarts a connector; ?includeTasks, ?onlyFailed."},
    {"GET", "/connectors/{name}/topics", lc_rest_topics, "Topics a connector has used."},
    {"PUT", "/connectors/{name}/topics/reset", lc_rest_topics_reset,
     "Forgets the topics a connector has used."},
    {"GET", "/connectors/{name}/offsets", lc_rest_offsets, "Committed offsets of a connector."},
    {"PATCH", "/connectors/{name}/offsets", lc_rest_offsets_alter, "Changes offsets of a stopped connector."},
    {"DELETE", "/connectors/{name}/offsets", lc_rest_offsets_reset,
     "Forgets the offsets of a stopped connector."},
    {"GET", "/connector-plugins", lc_rest_plugins, "Plug-ins; ?connectorsOnly=false for all kinds."},
    {"GET", "/connector-plugins/{plugin}/config", lc_rest_plugin_config, "Settings of a plug-in."},
    {"PUT", "/connector-plugins/{plugin}/config/validate", lc_rest_plugin_validate,
     "Checks a configuration."},
    {"GET", "/admin/loggers", lc_rest_loggers, "Loggers with a level of their own."},
    {"GET", "/admin/loggers/{logger}", lc_rest_logger_get, "Level of a logger."},
    {"PUT", "/admin/loggers/{logger}", lc_rest_logger_put, "Sets the level of a logger and those below it."},
    {NULL, NULL, NULL, NULL},
};

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *lc_url_decode(const char *text, size_t len, bool plus)
{
    char *out = lc_alloc(len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '+' && plus) c = ' ';
        if (text[i] == '%') {
            int high = i + 2 < len ? hex(text[i + 1]) : -1, low = i + 2 < len ? hex(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                free(out);
                return NULL;
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        out[n++] = c;
    }
    out[n] = '\0';
    return out;
}

static void forget_parameters(lc_rest_request *request)
{
    for (size_t i = 0; i < LC_PATH_PARAMETERS; i++) {
        free(request->parameters[i]);
        request->parameters[i] = NULL;
    }
}

static size_t segment_length(const char *at)
{
    return strcspn(at, "/");
}

/* Matches segment by segment; a {…} takes one whole segment, decoded. */
static bool matches(lc_rest_request *request, const char *pattern)
{
    const char *path = request->path;
    size_t found = 0;
    while (*pattern == '/' && *path == '/') {
        size_t want = segment_length(++pattern), have = segment_length(++path);
        if (*pattern == '{' && have) {
            request->parameters[found++] = lc_url_decode(path, have, false);
            if (!request->parameters[found - 1]) return false;
        } else if (want != have || memcmp(pattern, path, want)) {
            return false;
        }
        pattern += want;
        path += have;
    }
    return !*pattern && (!*path || !strcmp(path, "/"));
}

static void put_error(lc_rest_response *response, int status, const char *message)
{
    lc_buf_reset(&response->body);
    response->content_type = NULL;
    response->status = status;
    lc_buf_printf(&response->body, "{\"error_code\":%d,\"message\":", status);
    lc_json_quote_text(&response->body, message);
    lc_buf_put(&response->body, '}');
}

static void call(const lc_route *route, lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_error) error = route->handle(request, response);
    if (error)
        put_error(response, lc_error_http_status(error),
                  lc_error_has_message(error) ? lc_error_message(error) : NULL);
}

static bool is_method(const lc_route *route, const char *method)
{
    return !strcmp(route->method, method) || (!strcmp(route->method, "GET") && !strcmp(method, "HEAD"));
}

void lc_router_answer(lc_rest_request *request, lc_rest_response *response)
{
    bool known = false;
    for (const lc_route *route = lc_routes; route->method; route++) {
        bool hit = matches(request, route->pattern);
        known |= hit;
        if (hit && is_method(route, request->method)) {
            call(route, request, response);
            forget_parameters(request);
            return;
        }
        forget_parameters(request);
    }
    put_error(response, known ? 405 : 404, known ? "HTTP 405 Method Not Allowed" : "HTTP 404 Not Found");
}
