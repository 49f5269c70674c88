#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "rest/http.h"

#ifndef LC_COMMIT
#define LC_COMMIT "luaconnect"
#endif
enum { CLUSTER_ID_TIMEOUT_MS = 5000 };

lc_error *lc_rest_root(lc_rest_request *request, lc_rest_response *response)
{
    const char *id = NULL;
    lc_autoptr(lc_error) unknown = lc_worker_cluster_id(request->herder->worker, CLUSTER_ID_TIMEOUT_MS, &id);
    response->status = 200;
    lc_buf_printf(&response->body,
                  "{\"version\":\"%s\",\"commit\":\"%s\",\"kafka_cluster_id\":", LC_API_VERSION, LC_COMMIT);
    lc_json_quote_text(&response->body, unknown ? NULL : id);
    lc_buf_put(&response->body, '}');
    return NULL;
}

static void put_health(lc_rest_response *response, int status, const char *word, const char *message,
                       const char *stage)
{
    response->status = status;
    lc_auto(lc_buf) text = {0};
    lc_buf_printf(&text, stage && stage[0] ? "%s %s" : "%s", message, stage);
    lc_buf_printf(&response->body, "{\"status\":\"%s\",\"message\":", word);
    lc_json_quote_text(&response->body, text.data);
    lc_buf_put(&response->body, '}');
}

lc_error *lc_rest_health(lc_rest_request *request, lc_rest_response *response)
{
    const lc_herder_class *klass = request->herder->klass;
    if (klass->is_ready && !klass->is_ready(request->herder)) {
        lc_auto(lc_buf) stage = {0};
        klass->stage(request->herder, &stage);
        put_health(response, 503, "starting", "Worker is still starting up.", stage.data);
        return NULL;
    }
    lc_autoptr(lc_error) dead = klass->ping(request->herder, request->deadline);
    if (!dead) {
        put_health(response, 200, "healthy", "Worker has completed startup and is ready to handle requests.",
                   NULL);
        return NULL;
    }
    lc_auto(lc_buf) stage = {0};
    klass->stage(request->herder, &stage);
    put_health(response, 500, "unhealthy",
               "Worker was unable to handle this request and may be unable to handle other requests.",
               stage.data);
    return NULL;
}

static void put_level(lc_buf *out, lc_log_level level, int64_t modified_ms)
{
    lc_buf_printf(out, "{\"level\":\"%s\",\"last_modified\":", lc_log_level_name(level));
    if (modified_ms) lc_buf_printf(out, "%lld}", (long long)modified_ms);
    else lc_buf_text(out, "null}");
}

static void add_logger(void *context, const char *logger, lc_log_level level, int64_t modified_ms)
{
    lc_buf *out = context;
    if (out->len > 1) lc_buf_put(out, ',');
    lc_json_quote_text(out, logger);
    lc_buf_put(out, ':');
    put_level(out, level, modified_ms);
}

lc_error *lc_rest_loggers(lc_rest_request *request, lc_rest_response *response)
{
    response->status = 200;
    lc_buf_put(&response->body, '{');
    lc_log_each(request->herder->worker->log, add_logger, &response->body);
    lc_buf_put(&response->body, '}');
    return NULL;
}

/* A logger by its exact name. */
typedef struct wanted {
    const char *name;
    bool found;
    lc_log_level level;
    int64_t modified_ms;
} wanted;

static void look_at(void *context, const char *logger, lc_log_level level, int64_t modified_ms)
{
    wanted *w = context;
    if (!strcmp(logger, w->name)) *w = (wanted){w->name, true, level, modified_ms};
}

lc_error *lc_rest_logger_get(lc_rest_request *request, lc_rest_response *response)
{
    wanted logger = {.name = request->parameters[0]};
    if (!strcasecmp(logger.name, "root")) logger.name = "root";
    lc_log_each(request->herder->worker->log, look_at, &logger);
    if (!logger.found) return lc_fail(LC_E_NOT_FOUND, "Logger %s not found.", logger.name);
    response->status = 200;
    put_level(&response->body, logger.level, logger.modified_ms);
    return NULL;
}

static void remember(void *context, const char *logger, lc_log_level level, int64_t modified_ms)
{
    (void)modified_ms;
    lc_props_set(context, logger, lc_log_level_name(level));
}

/* The loggers whose level changed, as a sorted JSON list. One that wasn't known before had `inherited`. */
static void put_changed(const lc_props *before, const char *inherited, const lc_props *after, lc_buf *out)
{
    lc_auto(lc_strings) changed = {0};
    for (size_t i = 0; i < lc_props_count(after); i++) {
        const char *name = lc_props_key_at(after, i);
        if (strcmp(lc_props_get_or(before, name, inherited), lc_props_value_at(after, i)))
            lc_strings_add(&changed, name);
    }
    lc_strings_sort(&changed);
    lc_buf_put(out, '[');
    for (size_t i = 0; i < changed.count; i++) {
        if (i) lc_buf_put(out, ',');
        lc_json_quote_text(out, changed.items[i]);
    }
    lc_buf_put(out, ']');
}

static lc_error *read_level(const lc_rest_request *request, lc_log_level *ret_level)
{
    lc_autoptr(lc_json) body = NULL;
    LC_TRY(lc_rest_read_body(request, &body));
    if (!lc_json_is(body, LC_JSON_OBJECT))
        return lc_fail(LC_E_BAD_REQUEST, "The body must be a JSON object such as {\"level\":\"DEBUG\"}.");
    lc_text given = lc_json_text(lc_json_get(body, "level"));
    if (!given.data)
        return lc_fail(LC_E_BAD_REQUEST, "Desired 'level' parameter was not specified in request.");
    given = lc_text_trim(given);
    char *name = lc_strndup(given.data, given.len);
    lc_error *error =
        lc_log_level_parse(name, ret_level) ? NULL : lc_fail(LC_E_NOT_FOUND, "invalid log level '%s'.", name);
    free(name);
    return error;
}

lc_error *lc_rest_logger_put(lc_rest_request *request, lc_rest_response *response)
{
    lc_log_level level;
    lc_log_t *log = request->herder->worker->log;
    const char *name = strcasecmp(request->parameters[0], "root") ? request->parameters[0] : "root";
    const char *inherited = lc_log_level_name(lc_log_get_level(log, name, NULL));
    const lc_herder_class *klass = request->herder->klass;
    bool for_all = !strcasecmp(lc_props_get_or(request->query, "scope", "worker"), "cluster");
    lc_autoptr(lc_props) before = lc_props_new();
    lc_autoptr(lc_props) after = lc_props_new();
    LC_TRY(read_level(request, &level));
    lc_log_each(log, remember, before);
    lc_log_set_level(log, name, level, lc_now_ms());
    lc_log_each(log, remember, after);
    response->status = 204;
    if (for_all)
        return klass->set_logger ? klass->set_logger(request->herder, name, lc_log_level_name(level)) : NULL;
    response->status = 200;
    put_changed(before, inherited, after, &response->body);
    return NULL;
}
