#include <stdlib.h>

#include "base/memory.h"
#include "cluster/connector_offsets.h"
#include "rest/http.h"
#include "rest/masking.h"

#define NAME (request->parameters[0])
#define HERDER (request->herder->klass)

static lc_error *ok(lc_rest_response *response, int status, lc_error *error)
{
    response->status = status;
    return error;
}

bool lc_rest_flag(const lc_rest_request *request, const char *name)
{
    const char *text = lc_props_get(request->query, name);
    return text && lc_text_eq_nocase(lc_text_of(text), LC_TEXT("true"));
}

static bool is_in_state(const lc_json *status, const char *state)
{
    const char *own = lc_json_string(lc_json_get(lc_json_get(status, "connector"), "state"));
    const lc_json *tasks = lc_json_get(status, "tasks");
    bool found = own && !strcasecmp(own, state);
    for (size_t i = 0; !found && i < lc_json_count(tasks); i++) {
        const char *task = lc_json_string(lc_json_get(lc_json_at(tasks, i), "state"));
        found = task && !strcasecmp(task, state);
    }
    return found;
}

/* Names of connectors that are in a state, or have a task that is. */
static lc_error *names_in_state(lc_rest_request *request, const char *state, lc_strings *names)
{
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_json) all = NULL;
    LC_TRY(HERDER->expand(request->herder, true, false, &text));
    LC_TRY(lc_json_parse(text.data, text.len, 0, &all));
    for (size_t i = 0; i < lc_json_count(all); i++)
        if (is_in_state(lc_json_get(lc_json_at(all, i), "status"), state))
            lc_strings_add(names, lc_json_key_at(all, i));
    return NULL;
}

static void write_names(lc_strings *names, lc_buf *out)
{
    lc_strings_sort(names);
    lc_buf_put(out, '[');
    for (size_t i = 0; i < names->count; i++) {
        if (i) lc_buf_put(out, ',');
        lc_json_quote_text(out, names->items[i]);
    }
    lc_buf_put(out, ']');
}

/* Drops from the map of ?expand= what isn't in the list. */
static lc_error *keep_only(const lc_strings *names, lc_buf *body)
{
    lc_autoptr(lc_json) all = NULL;
    LC_TRY(lc_json_parse(body->data, body->len, 0, &all));
    lc_autoptr(lc_json) kept = lc_json_new_object();
    for (size_t i = 0; i < names->count; i++)
        if (lc_json_get(all, names->items[i]))
            lc_json_set(kept, names->items[i], lc_json_copy(lc_json_get(all, names->items[i])));
    lc_buf_reset(body);
    lc_json_dump(kept, body);
    return NULL;
}

/* Drops connectors that the user may not use. */
static void drop_foreign(const lc_rest_request *request, lc_strings *names)
{
    lc_strings kept = {0};
    for (size_t i = 0; i < names->count; i++)
        if (lc_user_may_use(request->user, names->items[i])) lc_strings_add(&kept, names->items[i]);
    lc_strings_done(names);
    *names = kept;
}

lc_error *lc_rest_connectors(lc_rest_request *request, lc_rest_response *response)
{
    const char *state = lc_props_get(request->query, "state");
    lc_auto(lc_strings) names = {0};
    response->status = 200;
    bool is_limited = request->user && request->user->connectors.count;
    if (state) LC_TRY(names_in_state(request, state, &names));
    else if (is_limited || !request->expand->count) LC_TRY(HERDER->connectors(request->herder, &names));
    if (is_limited) drop_foreign(request, &names);
    if (request->expand->count) {
        LC_TRY(HERDER->expand(request->herder, lc_strings_has(request->expand, "status"),
                              lc_strings_has(request->expand, "info"), &response->body));
        if (lc_strings_has(request->expand, "info")) lc_mask_answer(request, NULL, &response->body);
        return state || is_limited ? keep_only(&names, &response->body) : NULL;
    }
    write_names(&names, &response->body);
    return NULL;
}

/* Names and settings are C strings: what follows a NUL would be cut off without a word. At the end of a text there is
 * nothing to cut; Connect trims it off names, too. */
static bool has_escaped_nul(lc_text json)
{
    static const char nul[] = "\\u0000";
    size_t len = strlen(nul);
    for (size_t i = 0; i + len < json.len; i++) {
        if (json.data[i] != '\\') continue;
        if (memcmp(json.data + i, nul, len) != 0) {
            i++;
            continue;
        }
        while (i + len < json.len && !memcmp(json.data + i, nul, len)) i += len;
        if (json.data[i] != '"') return true;
    }
    return false;
}

lc_error *lc_rest_read_body(const lc_rest_request *request, lc_json **ret_json)
{
    static const char mark[] = "\xef\xbb\xbf"; /* a byte order mark, which Jackson skips, too */
    lc_text text = {request->body->data, request->body->len};
    if (lc_text_starts(text, mark)) text = (lc_text){text.data + strlen(mark), text.len - strlen(mark)};
    if (!lc_text_trim(text).len)
        return lc_fail(LC_E_BAD_REQUEST, "The request has no body; send a JSON object.");
    if (has_escaped_nul(text))
        return lc_fail(LC_E_BAD_REQUEST, "The body has a NUL character (\\u0000), which nothing here may hold.");
    lc_error *error = lc_json_parse(text.data, text.len, 0, ret_json);
    return error ? lc_wrap(error, LC_E_BAD_REQUEST, "The body is not valid JSON: %s", lc_error_message(error))
                 : NULL;
}

lc_error *lc_rest_read_object(const lc_rest_request *request, lc_json **ret_json)
{
    LC_TRY(lc_rest_read_body(request, ret_json));
    if (lc_json_is(*ret_json, LC_JSON_OBJECT)) return NULL;
    return lc_fail(LC_E_BAD_REQUEST, "The body must be a JSON object, not %s.", lc_json_kind_name(*ret_json));
}

lc_error *lc_rest_info(lc_rest_request *request, lc_rest_response *response)
{
    LC_TRY(HERDER->info(request->herder, NAME, &response->body));
    lc_mask_answer(request, NULL, &response->body);
    return ok(response, 200, NULL);
}

lc_error *lc_rest_config(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_props) config = NULL;
    LC_TRY(HERDER->config(request->herder, NAME, &config));
    lc_mask_config(request, config);
    lc_autoptr(lc_json) json = lc_json_new_props(config);
    lc_json_dump(json, &response->body);
    return ok(response, 200, NULL);
}

lc_error *lc_rest_status(lc_rest_request *request, lc_rest_response *response)
{
    return ok(response, 200, HERDER->status(request->herder, NAME, &response->body));
}

lc_error *lc_rest_tasks(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_props) config = NULL;
    LC_TRY(HERDER->tasks(request->herder, NAME, &response->body));
    lc_autoptr(lc_error) gone = HERDER->config(request->herder, NAME, &config);
    lc_mask_answer(request, gone ? NULL : lc_props_get(config, "connector.class"), &response->body);
    return ok(response, 200, NULL);
}

/* A task is a number; anything else is no such resource. */
static lc_error *task_of(const lc_rest_request *request, int *ret_task)
{
    char *end;
    long task = strtol(request->parameters[1], &end, 10);
    if (*end || end == request->parameters[1] || task < -1000000 || task > 1000000)
        return lc_fail(LC_E_NOT_FOUND, "HTTP 404 Not Found");
    *ret_task = (int)task;
    return NULL;
}

lc_error *lc_rest_task_status(lc_rest_request *request, lc_rest_response *response)
{
    int task;
    LC_TRY(task_of(request, &task));
    return ok(response, 200, HERDER->task_status(request->herder, NAME, task, &response->body));
}

lc_error *lc_rest_restart_task(lc_rest_request *request, lc_rest_response *response)
{
    int task;
    LC_TRY(task_of(request, &task));
    return ok(response, 204, HERDER->restart_task(request->herder, NAME, task, request->deadline));
}

lc_error *lc_rest_delete(lc_rest_request *request, lc_rest_response *response)
{
    return ok(response, 204, HERDER->remove(request->herder, NAME, request->deadline));
}

lc_error *lc_rest_pause(lc_rest_request *request, lc_rest_response *response)
{
    return ok(response, 202, HERDER->set_state(request->herder, NAME, LC_TARGET_PAUSED, request->deadline));
}

lc_error *lc_rest_resume(lc_rest_request *request, lc_rest_response *response)
{
    return ok(response, 202, HERDER->set_state(request->herder, NAME, LC_TARGET_STARTED, request->deadline));
}

lc_error *lc_rest_stop_connector(lc_rest_request *request, lc_rest_response *response)
{
    return ok(response, 204, HERDER->set_state(request->herder, NAME, LC_TARGET_STOPPED, request->deadline));
}

lc_error *lc_rest_restart(lc_rest_request *request, lc_rest_response *response)
{
    LC_TRY(HERDER->restart(request->herder, NAME, lc_rest_flag(request, "includeTasks"),
                           lc_rest_flag(request, "onlyFailed"), request->deadline, &response->body));
    return ok(response, response->body.len ? 202 : 204, NULL);
}

lc_error *lc_rest_topics(lc_rest_request *request, lc_rest_response *response)
{
    const lc_props *settings = request->herder->worker->settings;
    if (!strcasecmp(lc_props_get_or(settings, "topic.tracking.enable", "true"), "false"))
        return lc_fail(LC_E_FORBIDDEN, "Topic tracking is disabled.");
    return ok(response, 200, HERDER->topics(request->herder, NAME, &response->body));
}

lc_error *lc_rest_topics_reset(lc_rest_request *request, lc_rest_response *response)
{
    const lc_props *settings = request->herder->worker->settings;
    if (!strcasecmp(lc_props_get_or(settings, "topic.tracking.enable", "true"), "false"))
        return lc_fail(LC_E_FORBIDDEN, "Topic tracking is disabled.");
    if (!strcasecmp(lc_props_get_or(settings, "topic.tracking.allow.reset", "true"), "false"))
        return lc_fail(LC_E_FORBIDDEN, "Topic tracking reset is disabled.");
    return ok(response, 202, HERDER->topics_reset(request->herder, NAME));
}

lc_error *lc_rest_offsets(lc_rest_request *request, lc_rest_response *response)
{
    return ok(response, 200, HERDER->offsets(request->herder, NAME, request->deadline, &response->body));
}

lc_error *lc_rest_offsets_alter(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_json) body = NULL;
    LC_TRY(lc_rest_read_body(request, &body));
    LC_TRY(lc_connector_offsets_check(body));
    return ok(response, 200,
              HERDER->alter_offsets(request->herder, NAME, body, request->deadline, &response->body));
}

lc_error *lc_rest_offsets_reset(lc_rest_request *request, lc_rest_response *response)
{
    return ok(response, 200,
              HERDER->alter_offsets(request->herder, NAME, NULL, request->deadline, &response->body));
}
