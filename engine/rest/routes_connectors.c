#include <stdlib.h>

#include "base/memory.h"
#include "cluster/connector_offsets.h"
#include "cluster/validate.h"
#include "rest/http.h"

enum { LONGEST_NOTE = 2000 };

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
        lc_json_set(kept, names->items[i], lc_json_copy(lc_json_get(all, names->items[i])));
    lc_buf_reset(body);
    lc_json_dump(kept, body);
    return NULL;
}

lc_error *lc_rest_connectors(lc_rest_request *request, lc_rest_response *response)
{
    const char *state = lc_props_get(request->query, "state");
    lc_auto(lc_strings) names = {0};
    response->status = 200;
    if (state) LC_TRY(names_in_state(request, state, &names));
    if (request->expand->count) {
        LC_TRY(HERDER->expand(request->herder, lc_strings_has(request->expand, "status"),
                              lc_strings_has(request->expand, "info"), &response->body));
        return state ? keep_only(&names, &response->body) : NULL;
    }
    if (!state) LC_TRY(HERDER->connectors(request->herder, &names));
    write_names(&names, &response->body);
    return NULL;
}

lc_error *lc_rest_read_body(const lc_rest_request *request, lc_json **ret_json)
{
    if (!lc_text_trim((lc_text){request->body->data, request->body->len}).len)
        return lc_fail(LC_E_BAD_REQUEST, "The request has no body; send a JSON object.");
    lc_error *error = lc_json_parse(request->body->data, request->body->len, 0, ret_json);
    return error ? lc_wrap(error, LC_E_BAD_REQUEST, "The body is not valid JSON: %s", lc_error_message(error))
                 : NULL;
}

/* LC_E_BAD_REQUEST for anything but an object. */
static lc_error *read_object(const lc_rest_request *request, lc_json **ret_json)
{
    LC_TRY(lc_rest_read_body(request, ret_json));
    if (lc_json_is(*ret_json, LC_JSON_OBJECT)) return NULL;
    return lc_fail(LC_E_BAD_REQUEST, "The body must be a JSON object, not %s.", lc_json_kind_name(*ret_json));
}

static lc_error *read_state(const lc_json *body, lc_target_state *ret_state)
{
    static const struct {
        const char *name;
        lc_target_state state;
    } states[] = {
        {"RUNNING", LC_TARGET_STARTED}, {"PAUSED", LC_TARGET_PAUSED}, {"STOPPED", LC_TARGET_STOPPED}};
    const lc_json *given = lc_json_get(body, "initial_state");
    if (!given || lc_json_is(given, LC_JSON_NULL)) return NULL;
    const char *text = lc_json_string(given);
    for (size_t i = 0; text && i < sizeof states / sizeof *states; i++) {
        if (!lc_text_eq_nocase(lc_text_of(text), lc_text_of(states[i].name))) continue;
        *ret_state = states[i].state;
        return NULL;
    }
    return lc_fail(LC_E_BAD_REQUEST, "initial_state must be one of RUNNING, PAUSED, STOPPED, not %s",
                   text ? text : "another type");
}

static lc_error *check_members(const lc_json *body)
{
    static const char *const known[] = {"name", "config", "initial_state"};
    for (size_t i = 0; i < lc_json_count(body); i++) {
        const char *key = lc_json_key_at(body, i);
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++) found |= !strcmp(key, known[k]);
        if (!found)
            return lc_fail(LC_E_BAD_REQUEST,
                           "Unrecognized field \"%s\": a create request has \"name\", \"config\" and "
                           "\"initial_state\"; a flat configuration goes to PUT /connectors/{name}/config.",
                           key);
    }
    const lc_json *config = lc_json_get(body, "config"), *name = lc_json_get(body, "name");
    if (!config || lc_json_is(config, LC_JSON_NULL))
        return lc_fail(LC_E_BAD_REQUEST, "The request has no \"config\".");
    if (name && !lc_json_is(name, LC_JSON_NULL) && !lc_json_text(name).data)
        return lc_fail(LC_E_BAD_REQUEST, "\"name\" must be a string, not %s.", lc_json_kind_name(name));
    return NULL;
}

/* config.name must agree with the request's when it is there. */
static lc_error *check_name(const char *name, const lc_props *config)
{
    const char *inside = lc_props_get(config, "name");
    if (!inside || !strcmp(inside, name)) return NULL;
    return lc_fail(LC_E_BAD_REQUEST,
                   "Connector name configuration (%s) doesn't match connector name in the URL (%s)", inside,
                   name);
}

/* … and is added when it isn't. */
static lc_error *settle_name(const char *name, lc_props *config)
{
    if (!lc_props_get(config, "name")) lc_props_set(config, "name", name);
    return check_name(name, config);
}

void lc_rest_location(const lc_rest_request *request, lc_rest_response *response, const char *name)
{
    static const char safe[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@";
    lc_auto(lc_buf) url = {0};
    lc_buf_printf(&url, "%s://%s/connectors/", request->scheme,
                  request->host ? request->host : request->herder->worker->worker_id);
    for (const char *c = name; *c; c++) {
        if (strchr(safe, *c)) lc_buf_put(&url, *c);
        else lc_buf_printf(&url, "%%%02X", (unsigned char)*c);
    }
    lc_rest_header(response, "Location", url.data);
}

void lc_rest_add_notes(const lc_rest_request *request, lc_rest_response *response, const lc_props *config)
{
    lc_auto(lc_strings) notes = {0};
    lc_auto(lc_buf) text = {0};
    lc_worker_core *worker = request->herder->worker;
    lc_validate_notes(worker, config, &notes);
    for (size_t i = 0; i < notes.count; i++) {
        lc_log(worker->log, LC_LOG_WARN, "rest.routes_connectors", "setting has no meaning", "connector",
               lc_props_get(config, "name"), "note", notes.items[i], NULL);
        if (text.len) lc_buf_text(&text, "; ");
        lc_json_escape(&text, notes.items[i], strlen(notes.items[i])); /* no line may end inside a header */
    }
    if (text.len && text.len < LONGEST_NOTE) lc_rest_header(response, LC_NOTE_HEADER, text.data);
}

static lc_error *put(lc_rest_request *request, lc_rest_response *response, const char *name,
                     const lc_props *config, lc_target_state state, bool replace)
{
    bool created = false;
    lc_rest_add_notes(request, response, config);
    LC_TRY(lc_validate_or_fail(request->herder->worker, config));
    LC_TRY(HERDER->put(request->herder, name, config, state, replace, request->deadline, &response->body,
                       &created));
    response->status = created ? 201 : 200;
    if (created) lc_rest_location(request, response, name);
    return NULL;
}

lc_error *lc_rest_create(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_json) body = NULL;
    lc_autoptr(lc_props) config = NULL;
    lc_target_state state = LC_TARGET_UNSET;
    LC_TRY(read_object(request, &body));
    LC_TRY(check_members(body));
    LC_TRY(read_state(body, &state));
    LC_TRY(lc_json_to_props(lc_json_get(body, "config"), &config));
    lc_text trimmed = lc_text_trim(lc_json_text(lc_json_get(body, "name")));
    char *name = lc_strndup(trimmed.data, trimmed.len);
    lc_error *error = settle_name(name, config);
    if (!error) error = put(request, response, name, config, state, false);
    free(name);
    return error;
}

lc_error *lc_rest_put_config(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_json) body = NULL;
    lc_autoptr(lc_props) config = NULL;
    LC_TRY(read_object(request, &body));
    LC_TRY(lc_json_to_props(body, &config));
    LC_TRY(settle_name(NAME, config));
    return put(request, response, NAME, config, LC_TARGET_UNSET, true);
}

lc_error *lc_rest_patch_config(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_json) body = NULL;
    lc_autoptr(lc_props) changes = NULL;
    lc_autoptr(lc_props) config = NULL;
    LC_TRY(read_object(request, &body));
    LC_TRY(lc_json_to_props(body, &changes));
    LC_TRY(HERDER->config(request->herder, NAME, &config));
    for (size_t i = 0; i < lc_props_count(changes); i++) {
        const char *key = lc_props_key_at(changes, i), *value = lc_props_value_at(changes, i);
        if (value) lc_props_set(config, key, value);
        else lc_props_remove(config, key);
    }
    LC_TRY(check_name(NAME, config));
    return put(request, response, NAME, config, LC_TARGET_UNSET, true);
}

lc_error *lc_rest_info(lc_rest_request *request, lc_rest_response *response)
{
    return ok(response, 200, HERDER->info(request->herder, NAME, &response->body));
}

lc_error *lc_rest_config(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_props) config = NULL;
    LC_TRY(HERDER->config(request->herder, NAME, &config));
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
    return ok(response, 200, HERDER->tasks(request->herder, NAME, &response->body));
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
