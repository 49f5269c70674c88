#include "api/internal.h"

#include <stdlib.h>

#include "api/connector_file.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "cluster/validate.h"
#include "java/properties.h"

enum { LARGEST_FILE = 8 * 1024 * 1024 };

static lc_error *herder_of(lc_worker *worker, lc_herder **ret_herder)
{
    if (!worker->herder)
        return lc_fail(LC_E_ILLEGAL_STATE, "The worker is not running: call lc_worker_start first.");
    *ret_herder = worker->herder;
    return NULL;
}

static int64_t deadline(int64_t timeout_ms)
{
    return lc_monotonic_ms() + timeout_ms;
}

static lc_error *read_config(const char *json_text, lc_props **ret_config)
{
    lc_autoptr(lc_json) json = NULL;
    LC_TRY(lc_json_parse(json_text, strlen(json_text), 0, &json));
    return lc_json_to_props(json, ret_config);
}

static lc_error *put(lc_worker *worker, const char *name, lc_props *config, lc_target_state state,
                     int64_t timeout_ms)
{
    lc_herder *herder = NULL;
    bool created;
    lc_auto(lc_buf) answer = {0};
    const char *inside = lc_props_get(config, "name");
    LC_TRY(herder_of(worker, &herder));
    if (inside && strcmp(inside, name))
        return lc_fail(LC_E_BAD_REQUEST,
                       "Connector name configuration (%s) doesn't match connector name (%s)", inside, name);
    lc_props_set(config, "name", name);
    LC_TRY(lc_validate_or_fail(worker->core, config));
    return herder->klass->put(herder, name, config, state, true, deadline(timeout_ms), &answer, &created);
}

lc_failure *lc_connector_put(lc_worker *worker, const char *name, const char *config_json, int64_t timeout_ms)
{
    lc_autoptr(lc_props) config = NULL;
    lc_error *error = read_config(config_json, &config);
    if (!error) error = put(worker, name, config, LC_TARGET_UNSET, timeout_ms);
    return lc_failure_from(error);
}

static lc_error *read_properties(const char *path, lc_props **ret_config)
{
    lc_auto(lc_properties) file = {0};
    LC_TRY(lc_properties_read(path, &file));
    *ret_config = lc_props_new();
    for (size_t i = 0; i < file.count; i++)
        lc_props_set_text(*ret_config, file.items[i].key, file.items[i].value);
    return NULL;
}

static lc_error *read_state(const lc_json *given, const char *path, lc_target_state *ret_state)
{
    const char *text = lc_json_string(given);
    if (!text) return NULL;
    static const char *const names[] = {"", "RUNNING", "PAUSED", "STOPPED"};
    for (int state = LC_TARGET_STARTED; state <= LC_TARGET_STOPPED; state++)
        if (!strcasecmp(text, names[state])) return *ret_state = (lc_target_state)state, NULL;
    return lc_fail(LC_E_CONFIG, "%s: initial_state must be one of RUNNING, PAUSED, STOPPED, not %s", path,
                   text);
}

lc_error *lc_connector_file_read(const char *path, lc_props **ret_config, lc_target_state *ret_state)
{
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_json) json = NULL;
    LC_TRY(lc_file_read(path, LARGEST_FILE, &text));
    lc_autoptr(lc_error) not_json = lc_json_parse(text.data ? text.data : "", text.len, 0, &json);
    if (not_json || !lc_json_is(json, LC_JSON_OBJECT)) {
        size_t len = strlen(path);
        if (not_json && len > 5 && !strcmp(path + len - 5, ".json"))
            return lc_wrap(lc_steal(not_json), LC_E_CONFIG, "%s is no valid JSON", path);
        return read_properties(path, ret_config);
    }
    const lc_json *config = lc_json_get(json, "config");
    if (!lc_json_is(config, LC_JSON_OBJECT)) return lc_json_to_props(json, ret_config);
    LC_TRY(read_state(lc_json_get(json, "initial_state"), path, ret_state));
    LC_TRY(lc_json_to_props(config, ret_config));
    const char *name = lc_json_string(lc_json_get(json, "name")), *inside = lc_props_get(*ret_config, "name");
    if (name && inside && strcmp(name, inside))
        return lc_fail(LC_E_CONFIG, "%s: config.name (%s) doesn't match name (%s)", path, inside, name);
    if (name) lc_props_set(*ret_config, "name", name);
    return NULL;
}

lc_failure *lc_connector_put_file(lc_worker *worker, const char *path, int64_t timeout_ms, char **ret_name)
{
    lc_autoptr(lc_props) config = NULL;
    lc_target_state state = LC_TARGET_UNSET;
    lc_error *error = lc_connector_file_read(path, &config, &state);
    const char *name = error ? NULL : lc_props_get(config, "name");
    if (!error && !name) error = lc_fail(LC_E_CONFIG, "%s has no \"name\": give the connector one.", path);
    char *copy = lc_strdup(name);
    if (!error) error = put(worker, copy, config, state, timeout_ms);
    if (!error && ret_name) *ret_name = copy;
    else free(copy);
    return lc_failure_from(error);
}

lc_failure *lc_connector_delete(lc_worker *worker, const char *name, int64_t timeout_ms)
{
    lc_herder *herder = NULL;
    lc_error *error = herder_of(worker, &herder);
    return lc_failure_from(error ? error : herder->klass->remove(herder, name, deadline(timeout_ms)));
}

static lc_failure *steer(lc_worker *worker, const char *name, lc_target_state state, int64_t timeout_ms)
{
    lc_herder *herder = NULL;
    lc_error *error = herder_of(worker, &herder);
    return lc_failure_from(error ? error
                                 : herder->klass->set_state(herder, name, state, deadline(timeout_ms)));
}

lc_failure *lc_connector_pause(lc_worker *worker, const char *name, int64_t timeout_ms)
{
    return steer(worker, name, LC_TARGET_PAUSED, timeout_ms);
}

lc_failure *lc_connector_resume(lc_worker *worker, const char *name, int64_t timeout_ms)
{
    return steer(worker, name, LC_TARGET_STARTED, timeout_ms);
}

lc_failure *lc_connector_stop(lc_worker *worker, const char *name, int64_t timeout_ms)
{
    return steer(worker, name, LC_TARGET_STOPPED, timeout_ms);
}

lc_failure *lc_connector_restart(lc_worker *worker, const char *name, bool tasks, bool only_failed,
                                 int64_t timeout_ms)
{
    lc_herder *herder = NULL;
    lc_auto(lc_buf) answer = {0};
    lc_error *error = herder_of(worker, &herder);
    return lc_failure_from(
        error ? error
              : herder->klass->restart(herder, name, tasks, only_failed, deadline(timeout_ms), &answer));
}

static lc_failure *text_or_failure(lc_error *error, lc_buf *text, char **ret_json)
{
    if (!error) *ret_json = lc_buf_detach(text);
    return lc_failure_from(error);
}

lc_failure *lc_connector_list(lc_worker *worker, char **ret_json)
{
    lc_herder *herder = NULL;
    lc_auto(lc_strings) names = {0};
    lc_auto(lc_buf) text = {0};
    lc_error *error = herder_of(worker, &herder);
    if (!error) error = herder->klass->connectors(herder, &names);
    lc_buf_put(&text, '[');
    for (size_t i = 0; i < names.count; i++) {
        if (i) lc_buf_put(&text, ',');
        lc_json_quote_text(&text, names.items[i]);
    }
    lc_buf_put(&text, ']');
    return text_or_failure(error, &text, ret_json);
}

lc_failure *lc_connector_status(lc_worker *worker, const char *name, char **ret_json)
{
    lc_herder *herder = NULL;
    lc_auto(lc_buf) text = {0};
    lc_error *error = herder_of(worker, &herder);
    return text_or_failure(error ? error : herder->klass->status(herder, name, &text), &text, ret_json);
}

lc_failure *lc_connector_offsets(lc_worker *worker, const char *name, int64_t timeout_ms, char **ret_json)
{
    lc_herder *herder = NULL;
    lc_auto(lc_buf) text = {0};
    lc_error *error = herder_of(worker, &herder);
    return text_or_failure(error ? error : herder->klass->offsets(herder, name, deadline(timeout_ms), &text),
                           &text, ret_json);
}

lc_failure *lc_connector_config(lc_worker *worker, const char *name, char **ret_json)
{
    lc_herder *herder = NULL;
    lc_autoptr(lc_props) config = NULL;
    lc_auto(lc_buf) text = {0};
    lc_error *error = herder_of(worker, &herder);
    if (!error) error = herder->klass->config(herder, name, &config);
    if (error) return lc_failure_from(error);
    lc_autoptr(lc_json) json = lc_json_new_props(config);
    lc_json_dump(json, &text);
    return text_or_failure(NULL, &text, ret_json);
}

lc_failure *lc_connector_validate(lc_worker *worker, const char *plugin, const char *config_json,
                                  char **ret_json)
{
    lc_autoptr(lc_props) config = NULL;
    lc_autoptr(lc_json) answer = NULL;
    lc_auto(lc_buf) text = {0};
    lc_error *error = read_config(config_json, &config);
    if (!error) error = lc_validate(worker->core, plugin, config, &answer);
    if (!error) lc_json_dump(answer, &text);
    return text_or_failure(error, &text, ret_json);
}

lc_failure *lc_script_check(const char *name, const char *text, size_t len, char **ret_json)
{
    static const char *const kinds[] = {"source", "sink", "transform", "predicate"};
    lc_autoptr(lc_script) script = NULL;
    lc_auto(lc_buf) out = {0};
    const char *slash = strrchr(name, '/'), *stem = slash ? slash + 1 : name, *dot = strrchr(stem, '.');
    char *plugin = lc_strndup(stem, dot ? (size_t)(dot - stem) : strlen(stem));
    lc_error *error = lc_script_new(plugin, name, (lc_text){text, len}, false, &script);
    free(plugin);
    if (error || !ret_json) return lc_failure_from(error);
    lc_buf_printf(&out, "{\"kind\":\"%s\",\"name\":", kinds[lc_script_kind_of(script)]);
    lc_json_quote_text(&out, lc_script_name(script));
    lc_buf_text(&out, ",\"version\":");
    lc_json_quote_text(&out, lc_script_version(script));
    lc_buf_put(&out, '}');
    return text_or_failure(NULL, &out, ret_json);
}
