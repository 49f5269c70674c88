#include "cluster/validate_steps.h"

#include <stdlib.h>

#include "base/memory.h"
#include "runtime/connector_config.h"
#include "script/chain.h"
#include "secure/secret.h"

/* Kafka Connect looks at its own ones no closer than at their settings, and so do answers about them here. */
static bool is_kafkas(const lc_script *script)
{
    return !script || lc_text_starts(lc_text_of(lc_script_java_class(script)), "org.apache.kafka.connect.");
}

/* The value of the first setting of a list: {"name","value","errors",…}; NULL: it has none like that. */
static lc_json *find_value(const lc_validation *validation, const char *key, size_t len, bool with_errors)
{
    const lc_json *configs = lc_json_get(validation->answer, "configs");
    for (size_t i = 0; i < lc_json_count(configs); i++) {
        lc_json *value = lc_json_get(lc_json_at(configs, i), "value");
        const char *name = lc_json_string(lc_json_get(value, "name"));
        if (!name || strncmp(name, key, len) != 0) continue;
        if (!with_errors || lc_json_count(lc_json_get(value, "errors"))) return value;
    }
    return NULL;
}

/* What one transform needs of a configuration, and what every connector does. */
static lc_props *part_of(const lc_props *all, const char *alias)
{
    lc_auto(lc_buf) prefix = {0};
    lc_props *part = lc_props_new();
    lc_buf_printf(&prefix, "transforms.%s.", alias);
    for (size_t i = 0; i < lc_props_count(all); i++) {
        const char *key = lc_props_key_at(all, i);
        bool is_wanted = !strncmp(key, prefix.data, prefix.len) || !strncmp(key, "predicates", 10) ||
                         !strcmp(key, "connector.class") || !strcmp(key, "topics") || !strcmp(key, "topics.regex");
        if (is_wanted) lc_props_set(part, key, lc_props_value_at(all, i));
    }
    lc_props_set(part, "name", lc_props_get_or(all, "name", "validated"));
    lc_props_set(part, "transforms", alias);
    return part;
}

static lc_error *configure(lc_worker_core *worker, const lc_connector_config *config)
{
    lc_state *state = NULL;
    lc_chain *chain = NULL;
    lc_types *types = lc_types_new();
    lc_state_options options = {.memory_limit = worker->script_memory_bytes,
                                .timeout_ms = worker->script_timeout_ms,
                                .jit_off = worker->script_jit_off,
                                .types = types,
                                .log = worker->log,
                                .connector = config->name,
                                .task = -1};
    lc_error *error = lc_state_new(&options, &state);
    if (!error) error = lc_chain_new(state, config->steps, config->step_count, &chain);
    lc_chain_free(chain);
    lc_state_free(state);
    lc_types_free(types);
    return error;
}

void lc_validate_add(lc_worker_core *worker, const char *key, const char *text, lc_validation *validation)
{
    lc_json *value = find_value(validation, key, strlen(key) + 1, false);
    if (!value) return;
    char *shown = lc_providers_hide(worker->providers, lc_strdup(text));
    lc_json_add(lc_json_get(value, "errors"), lc_json_new_string(shown));
    lc_strings_add(&validation->messages, shown);
    free(shown);
    validation->error_count++;
    lc_json_set_int(validation->answer, "error_count", (int64_t)validation->error_count);
}

static void replace_all(lc_buf *text, const char *what, const char *by)
{
    for (size_t at = 0, len = strlen(what);;) {
        const char *found = strstr(text->data + at, what);
        if (!found) return;
        lc_auto(lc_buf) rest = {0};
        size_t before = (size_t)(found - text->data);
        lc_buf_text(&rest, found + len);
        text->len = before;
        lc_buf_text(text, by);
        at = text->len;
        lc_buf_text(text, rest.data);
    }
}

void lc_validate_hide(const lc_props *settings, const lc_script *script, lc_buf *text)
{
    enum { SHORTEST = 4 };
    if (!settings || !script) return;
    lc_autoptr(lc_props) masked = lc_secret_mask(settings, lc_script_config_def(script));
    for (size_t i = 0; i < lc_props_count(settings); i++) {
        const char *value = lc_props_value_at(settings, i), *shown = lc_props_value_at(masked, i);
        if (value && shown && strcmp(value, shown) != 0 && strlen(value) >= SHORTEST) replace_all(text, value, shown);
    }
}

static void add_error(lc_worker_core *worker, const char *key, const lc_chain_step *step, const lc_error *error,
                      lc_validation *validation)
{
    lc_auto(lc_buf) text = {0};
    const char *where = lc_error_where(error);
    lc_buf_text(&text, lc_error_message(error));
    if (where && !strstr(text.data, where)) lc_buf_printf(&text, " (%s)", where);
    lc_validate_hide(step->settings, step->transform, &text);
    lc_validate_hide(step->predicate_settings, step->predicate, &text);
    lc_validate_add(worker, key, text.data, validation);
}

/* Says which class may have been meant in place of one that isn't there. */
static void suggest(lc_worker_core *worker, const lc_props *all, const char *key, lc_validation *validation)
{
    lc_script *script = NULL;
    lc_json *value = find_value(validation, key, strlen(key) + 1, true);
    lc_json *errors = lc_json_get(value, "errors");
    const char *said = lc_json_string(lc_json_at(errors, 0));
    if (!said || !strstr(said, "could not be found.")) return;
    bool is_transform = !strncmp(key, "transforms.", 11);
    lc_autoptr(lc_error) error = (is_transform ? lc_plugins_transform : lc_plugins_predicate)(
        worker->plugins, lc_props_get_or(all, key, ""), &script);
    const char *advice = error ? strstr(lc_error_message(error), " Did you mean ") : NULL;
    if (!advice) return;
    lc_auto(lc_buf) text = {0};
    lc_buf_printf(&text, "%s%s", said, advice);
    for (size_t i = 0; i < validation->messages.count; i++) {
        char **message = &validation->messages.items[i];
        if (strcmp(*message, said) != 0) continue;
        free(*message);
        *message = lc_strdup(text.data);
    }
    errors = lc_json_set(value, "errors", lc_json_new_array());
    lc_json_add(errors, lc_json_new_string(text.data));
}

static void try_step(lc_worker_core *worker, const lc_props *all, const char *alias, lc_validation *validation)
{
    lc_auto(lc_buf) key = {0};
    lc_buf_printf(&key, "transforms.%s.", alias);
    if (find_value(validation, key.data, key.len, true) || find_value(validation, "predicates", 10, true)) return;
    lc_autoptr(lc_props) part = part_of(all, alias);
    lc_connector_config *config = NULL;
    lc_autoptr(lc_error) not_yet = lc_connector_config_new(worker->plugins, worker->settings, part, &config);
    if (not_yet) return; /* the validation has told of it, or the connector's class will */
    const lc_chain_step *step = config->step_count ? &config->steps[0] : NULL;
    if (step && !(is_kafkas(step->transform) && is_kafkas(step->predicate))) {
        lc_autoptr(lc_error) error = configure(worker, config);
        lc_buf_text(&key, "type");
        if (error) add_error(worker, key.data, step, error, validation);
    }
    lc_connector_config_free(config);
}

/* Calls `look` for each alias of a list. */
static void each(lc_worker_core *worker, const lc_props *all, const char *list, lc_validation *validation,
                 void (*look)(lc_worker_core *, const lc_props *, const char *, lc_validation *))
{
    for (const char *at = lc_props_get_or(all, list, ""); *at;) {
        size_t len = strcspn(at, ",");
        lc_text item = lc_text_trim((lc_text){at, len});
        char *alias = lc_strndup(item.data, item.len);
        if (item.len) look(worker, all, alias, validation);
        free(alias);
        at += len + (at[len] == ',');
    }
}

static void suggest_transform(lc_worker_core *worker, const lc_props *all, const char *alias, lc_validation *validation)
{
    lc_auto(lc_buf) key = {0};
    lc_buf_printf(&key, "transforms.%s.type", alias);
    suggest(worker, all, key.data, validation);
}

static void suggest_predicate(lc_worker_core *worker, const lc_props *all, const char *alias, lc_validation *validation)
{
    lc_auto(lc_buf) key = {0};
    lc_buf_printf(&key, "predicates.%s.type", alias);
    suggest(worker, all, key.data, validation);
}

void lc_validate_steps(lc_worker_core *worker, const lc_props *resolved, lc_validation *validation)
{
    each(worker, resolved, "transforms", validation, suggest_transform);
    each(worker, resolved, "predicates", validation, suggest_predicate);
    each(worker, resolved, "transforms", validation, try_step);
}
