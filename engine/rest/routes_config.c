#include <stdlib.h>

#include "base/memory.h"
#include "cluster/connector_offsets.h"
#include "cluster/validate.h"
#include "rest/http.h"
#include "rest/masking.h"

/* Creating connectors and changing their configurations, for real or as a rehearsal (?dry_run=true). */

enum { LONGEST_NOTE = 2000 };

#define NAME (request->parameters[0])
#define HERDER (request->herder->klass)

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
    static const char *const known[] = {"name", "config", "initial_state", "initial_offsets", "offsets"};
    for (size_t i = 0; i < lc_json_count(body); i++) {
        const char *key = lc_json_key_at(body, i);
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++) found |= !strcmp(key, known[k]);
        if (!found)
            return lc_fail(LC_E_BAD_REQUEST,
                           "Unrecognized field \"%s\": a create request has \"name\", \"config\", "
                           "\"initial_state\" and \"initial_offsets\"; a flat configuration goes to PUT "
                           "/connectors/{name}/config.",
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

/* Each text of the list as one header value: no line may end inside it. */
static void write_notes(const lc_strings *notes, lc_buf *out)
{
    for (size_t i = 0; i < notes->count; i++) {
        if (out->len) lc_buf_text(out, "; ");
        lc_json_escape(out, notes->items[i], strlen(notes->items[i]));
    }
}

void lc_rest_add_notes(const lc_rest_request *request, lc_rest_response *response, const lc_props *config)
{
    lc_auto(lc_strings) notes = {0};
    lc_auto(lc_buf) text = {0};
    lc_worker_core *worker = request->herder->worker;
    lc_validate_notes(worker, config, &notes);
    for (size_t i = 0; i < notes.count; i++)
        lc_log(worker->log, LC_LOG_WARN, "rest.routes_config", "setting has no meaning", "connector",
               lc_props_get(config, "name"), "note", notes.items[i], NULL);
    write_notes(&notes, &text);
    if (text.len && text.len < LONGEST_NOTE) lc_rest_header(response, LC_NOTE_HEADER, text.data);
}

/* What is to become of a connector. */
typedef struct change {
    const char *name;
    lc_props *config;       /* complete: its name is inside, its secrets are the real ones */
    const lc_props *before; /* NULL: there is no such connector */
    lc_target_state state;
    const lc_json *offsets; /* {"offsets":[…]}; NULL: as they are */
    bool allow_replace;
} change;

/* The errors of a configuration with what settings may have been meant. */
static lc_error *check(const lc_rest_request *request, const lc_props *config)
{
    lc_auto(lc_strings) notes = {0};
    lc_error *error = lc_validate_or_fail(request->herder->worker, config);
    if (error) lc_validate_notes(request->herder->worker, config, &notes);
    if (!notes.count) return error;
    char *text = lc_strings_join(&notes, "\n");
    error = lc_wrap(error, lc_error_code(error), "%s\n%s", lc_error_message(error), text);
    free(text);
    return error;
}

static lc_error *submit(lc_rest_request *request, const change *c, lc_target_state state, lc_buf *out,
                        bool *ret_created)
{
    return HERDER->put(request->herder, c->name, c->config, state, c->allow_replace, request->deadline, out,
                       ret_created);
}

/* Stopped first, so that no task reads or writes offsets meanwhile (KIP-995). What fails leaves nothing. */
static lc_error *create_at(lc_rest_request *request, const change *c, lc_buf *out)
{
    bool created = false;
    lc_auto(lc_buf) done = {0}, info = {0};
    lc_herder *herder = request->herder;
    LC_TRY(submit(request, c, LC_TARGET_STOPPED, &info, &created));
    lc_error *error = HERDER->alter_offsets(herder, c->name, c->offsets, request->deadline, &done);
    lc_target_state wanted = c->state == LC_TARGET_UNSET ? LC_TARGET_STARTED : c->state;
    if (!error && wanted != LC_TARGET_STOPPED)
        error = HERDER->set_state(herder, c->name, wanted, request->deadline);
    lc_buf_reset(&info);
    if (!error) error = HERDER->info(herder, c->name, &info);
    if (error) {
        lc_error_free(HERDER->remove(herder, c->name, request->deadline));
        return error;
    }
    lc_autoptr(lc_json) answer = NULL;
    lc_autoptr(lc_json) message = NULL;
    LC_TRY(lc_json_parse(info.data, info.len, 0, &answer));
    LC_TRY(lc_json_parse(done.data, done.len, 0, &message));
    lc_json_set(answer, "offsets_status", lc_json_copy(lc_json_get(message, "message")));
    lc_json_dump(answer, out);
    return NULL;
}

static lc_error *carry_out(lc_rest_request *request, lc_rest_response *response, const change *c)
{
    bool created = c->offsets != NULL;
    LC_TRY(check(request, c->config));
    if (c->offsets) LC_TRY(create_at(request, c, &response->body));
    else LC_TRY(submit(request, c, c->state, &response->body, &created));
    lc_mask_answer(request, NULL, &response->body);
    response->status = created ? 201 : 200;
    if (created) lc_rest_location(request, response, c->name);
    return NULL;
}

/* {"key":{"from":…,"to":…}} for settings that become others; secrets only say that they do. */
static void add_differences(const lc_rest_request *request, const change *c, lc_json *answer)
{
    lc_autoptr(lc_props) from = lc_props_copy(c->before);
    lc_autoptr(lc_props) to = lc_props_copy(c->config);
    lc_autoptr(lc_props) keys = lc_props_copy(c->before);
    lc_json *list = lc_json_set(answer, "changes", lc_json_new_object());
    lc_mask_config(request, from);
    lc_mask_config(request, to);
    lc_props_merge(keys, c->config);
    for (size_t i = 0; i < lc_props_count(keys); i++) {
        const char *key = lc_props_key_at(keys, i);
        const char *old = c->before ? lc_props_get(c->before, key) : NULL;
        const char *fresh = lc_props_get(c->config, key);
        if (old == fresh || (old && fresh && !strcmp(old, fresh))) continue;
        lc_json *difference = lc_json_set(list, key, lc_json_new_object());
        lc_json_set_string(difference, "from", lc_props_get(from, key));
        lc_json_set_string(difference, "to", lc_props_get(to, key));
    }
}

static void add_errors(const lc_json *validated, lc_json *answer)
{
    lc_json *list = lc_json_set(answer, "errors", lc_json_new_array());
    const lc_json *configs = lc_json_get(validated, "configs");
    for (size_t i = 0; i < lc_json_count(configs); i++) {
        const lc_json *value = lc_json_get(lc_json_at(configs, i), "value");
        const lc_json *errors = lc_json_get(value, "errors");
        for (size_t e = 0; e < lc_json_count(errors); e++) {
            lc_json *entry = lc_json_add(list, lc_json_new_object());
            lc_json_set_string(entry, "key", lc_json_string(lc_json_get(value, "name")));
            lc_json_set_string(entry, "value", lc_json_string(lc_json_get(value, "value")));
            lc_json_set_string(entry, "message", lc_json_string(lc_json_at(errors, e)));
        }
    }
    lc_json_set_bool(answer, "valid", !lc_json_count(list));
}

static lc_error *rehearse(const lc_rest_request *request, lc_rest_response *response, const change *c)
{
    lc_auto(lc_strings) notes = {0};
    lc_autoptr(lc_json) validated = NULL;
    LC_TRY(lc_validate(request->herder->worker, NULL, c->config, &validated));
    lc_validate_notes(request->herder->worker, c->config, &notes);
    lc_autoptr(lc_json) answer = lc_json_new_object();
    bool same = c->before && lc_props_equal(c->before, c->config);
    lc_json_set_bool(answer, "dry_run", true);
    lc_json_set_string(answer, "name", c->name);
    lc_json_set_string(answer, "action", !c->before ? "create" : same ? "none" : "update");
    add_errors(validated, answer);
    lc_json *list = lc_json_set(answer, "notes", lc_json_new_array());
    for (size_t i = 0; i < notes.count; i++) lc_json_add(list, lc_json_new_string(notes.items[i]));
    add_differences(request, c, answer);
    lc_json_dump(answer, &response->body);
    response->status = 200;
    return NULL;
}

static lc_error *apply(lc_rest_request *request, lc_rest_response *response, change *c)
{
    lc_rest_add_notes(request, response, c->config);
    LC_TRY(lc_unmask_config(request, c->config, c->before));
    if (!lc_rest_flag(request, LC_DRY_RUN)) return carry_out(request, response, c);
    if (c->before && !c->allow_replace) return lc_fail(LC_E_EXISTS, "Connector %s already exists", c->name);
    return rehearse(request, response, c);
}

/* NULL in *ret_config when there is none. */
static lc_error *stored_config(lc_rest_request *request, const char *name, lc_props **ret_config)
{
    lc_error *error = HERDER->config(request->herder, name, ret_config);
    if (!error || lc_error_code(error) != LC_E_NOT_FOUND) return error;
    lc_error_free(error);
    return NULL;
}

/* As a body of PATCH /connectors/{name}/offsets; NULL when none are given. */
static lc_error *read_offsets(const lc_json *body, lc_json **ret_offsets)
{
    const lc_json *given = lc_json_get(body, "initial_offsets");
    if (!given) given = lc_json_get(body, "offsets");
    if (!given || lc_json_is(given, LC_JSON_NULL)) return NULL;
    *ret_offsets = lc_json_new_object();
    lc_json_set(*ret_offsets, "offsets", lc_json_copy(given));
    return lc_connector_offsets_check(*ret_offsets);
}

static lc_error *create(lc_rest_request *request, lc_rest_response *response, const lc_json *body, change *c)
{
    lc_autoptr(lc_props) before = NULL;
    lc_autoptr(lc_json) offsets = NULL;
    LC_TRY(settle_name(c->name, c->config));
    LC_TRY(read_offsets(body, &offsets));
    if (lc_rest_flag(request, LC_DRY_RUN)) LC_TRY(stored_config(request, c->name, &before));
    c->before = before;
    c->offsets = offsets;
    return apply(request, response, c);
}

lc_error *lc_rest_create(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_json) body = NULL;
    lc_autoptr(lc_props) config = NULL;
    change c = {0};
    LC_TRY(lc_rest_read_object(request, &body));
    LC_TRY(check_members(body));
    LC_TRY(read_state(body, &c.state));
    LC_TRY(lc_json_to_props(lc_json_get(body, "config"), &config));
    lc_text trimmed = lc_text_trim(lc_json_text(lc_json_get(body, "name")));
    char *name = lc_strndup(trimmed.data, trimmed.len);
    c.name = name;
    c.config = config;
    lc_error *error = create(request, response, body, &c);
    free(name);
    return error;
}

lc_error *lc_rest_put_config(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_json) body = NULL;
    lc_autoptr(lc_props) config = NULL;
    lc_autoptr(lc_props) before = NULL;
    LC_TRY(lc_rest_read_object(request, &body));
    LC_TRY(lc_json_to_props(body, &config));
    LC_TRY(settle_name(NAME, config));
    LC_TRY(stored_config(request, NAME, &before));
    change c = {.name = NAME, .config = config, .before = before, .allow_replace = true};
    return apply(request, response, &c);
}

lc_error *lc_rest_patch_config(lc_rest_request *request, lc_rest_response *response)
{
    lc_autoptr(lc_json) body = NULL;
    lc_autoptr(lc_props) changes = NULL;
    lc_autoptr(lc_props) before = NULL;
    LC_TRY(lc_rest_read_object(request, &body));
    LC_TRY(lc_json_to_props(body, &changes));
    LC_TRY(HERDER->config(request->herder, NAME, &before));
    lc_autoptr(lc_props) config = lc_props_copy(before);
    for (size_t i = 0; i < lc_props_count(changes); i++) {
        const char *key = lc_props_key_at(changes, i), *value = lc_props_value_at(changes, i);
        if (value) lc_props_set(config, key, value);
        else lc_props_remove(config, key);
    }
    LC_TRY(check_name(NAME, config));
    change c = {.name = NAME, .config = config, .before = before, .allow_replace = true};
    return apply(request, response, &c);
}
