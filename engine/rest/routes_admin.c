#include "base/clock.h"
#include "rest/http.h"

/* The version of Kafka Connect whose API this is. */
#define API_VERSION "4.1.0"
#ifndef LC_COMMIT
#define LC_COMMIT "luaconnect"
#endif
enum { CLUSTER_ID_TIMEOUT_MS = 5000 };

lc_error *lc_rest_root(lc_rest_request *request, lc_rest_response *response)
{
    const char *id = NULL;
    lc_autoptr(lc_error) unknown = lc_worker_cluster_id(request->herder->worker, CLUSTER_ID_TIMEOUT_MS, &id);
    response->status = 200;
    lc_buf_printf(&response->body, "{\"version\":\"%s\",\"commit\":\"%s\",\"kafka_cluster_id\":", API_VERSION,
                  LC_COMMIT);
    lc_json_quote_text(&response->body, unknown ? NULL : id);
    lc_buf_put(&response->body, '}');
    return NULL;
}

static void put_health(lc_rest_response *response, int status, const char *word, const char *message,
                       const char *stage)
{
    response->status = status;
    lc_buf_printf(&response->body, "{\"status\":\"%s\",\"message\":\"%s", word, message);
    if (stage && stage[0]) lc_buf_printf(&response->body, " %s", stage);
    lc_buf_text(&response->body, "\"}");
}

lc_error *lc_rest_health(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_error) dead = request->herder->klass->ping(request->herder, request->deadline);
    if (!dead) {
        put_health(response, 200, "healthy", "Worker has completed startup and is ready to handle requests.",
                   NULL);
        return NULL;
    }
    lc_auto(lc_buf) stage = {0};
    request->herder->klass->stage(request->herder, &stage);
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

lc_error *lc_rest_logger_get(lc_rest_request *request, lc_rest_response *response)
{
    int64_t modified = 0;
    lc_log_level level = lc_log_get_level(request->herder->worker->log, request->parameters[0], &modified);
    response->status = 200;
    put_level(&response->body, level, modified);
    return NULL;
}

lc_error *lc_rest_logger_put(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_json) body = NULL;
    lc_log_level level;
    LC_TRY(lc_json_parse(request->body->data, request->body->len, 0, &body));
    const char *name = lc_json_string(lc_json_get(body, "level"));
    if (!name) return lc_fail(LC_E_BAD_REQUEST, "Desired 'level' parameter was not specified in request.");
    if (!lc_log_level_parse(name, &level)) return lc_fail(LC_E_NOT_FOUND, "invalid log level '%s'.", name);
    bool changed = lc_log_set_level(request->herder->worker->log, request->parameters[0], level, lc_now_ms());
    if (!strcmp(lc_props_get_or(request->query, "scope", "worker"), "cluster")) {
        response->status = 204;
        return NULL;
    }
    response->status = 200;
    lc_buf_put(&response->body, '[');
    if (changed) lc_json_quote_text(&response->body, request->parameters[0]);
    lc_buf_put(&response->body, ']');
    return NULL;
}
