#include "cluster/validate.h"

#include <stdlib.h>

#include "cluster/validate_check.h"
#include "cluster/validate_steps.h"
#include "runtime/connector_defs.h"
#include "runtime/connector_validate.h"
#include "runtime/plugin_version.h"

/* What a reference stands for is not told: the reference is shown, and that its value doesn't do. */
static void hide_value(lc_json *value, const char *key, const char *reference)
{
    lc_json_set_string(value, "value", reference);
    lc_json *errors = lc_json_get(value, "errors");
    size_t count = lc_json_count(errors);
    if (!count) return;
    lc_auto(lc_buf) text = {0};
    lc_buf_printf(&text,
                  "Invalid value for configuration '%s': the value resolved from the config provider "
                  "reference failed validation",
                  key);
    errors = lc_json_set(value, "errors", lc_json_new_array());
    for (size_t i = 0; i < count; i++) lc_json_add(errors, lc_json_new_string(text.data));
}

static void hide_resolved(const lc_props *raw, const lc_props *resolved, lc_validation *validation)
{
    bool hidden = false;
    const lc_json *configs = lc_json_get(validation->answer, "configs");
    for (size_t i = 0; i < lc_json_count(configs); i++) {
        lc_json *value = lc_json_get(lc_json_at(configs, i), "value");
        const char *key = lc_json_string(lc_json_get(value, "name"));
        const char *given = key ? lc_props_get(raw, key) : NULL;
        const char *used = key ? lc_props_get(resolved, key) : NULL;
        if (!given || !used || !strcmp(given, used)) continue;
        hide_value(value, key, given);
        hidden = true;
    }
    if (!hidden) return;
    lc_strings_clear(&validation->messages);
    for (size_t i = 0; i < lc_json_count(configs); i++) {
        const lc_json *errors = lc_json_get(lc_json_get(lc_json_at(configs, i), "value"), "errors");
        for (size_t e = 0; e < lc_json_count(errors); e++)
            lc_strings_add(&validation->messages, lc_json_string(lc_json_at(errors, e)));
    }
}

/* Whether the settings that a script needs are there; without a word of the script it is `unsaid`. */
static lc_support support_of(const lc_strings *needed, const lc_props *props, lc_support unsaid)
{
    for (size_t i = 0; needed && i < needed->count; i++)
        if (!*lc_props_get_or(props, needed->items[i], "")) return LC_SUPPORT_NO;
    return needed ? LC_SUPPORT_YES : unsaid;
}

static lc_error *exactly_once(void *context, const lc_props *props, lc_support *ret_support)
{
    *ret_support = support_of(lc_script_exactly_once(context), props, LC_SUPPORT_UNKNOWN);
    return NULL;
}

static lc_error *transaction_boundaries(void *context, const lc_props *props, lc_support *ret_support)
{
    *ret_support = support_of(lc_script_transaction_boundaries(context), props, LC_SUPPORT_NO);
    return NULL;
}

static lc_error *validate_resolved(lc_worker_core *worker, const lc_props *resolved,
                                   lc_validation *ret_validation)
{
    const char *name = NULL;
    lc_script *script = NULL;
    LC_TRY(lc_validate_class(resolved, &name));
    lc_error *unknown = lc_plugins_connector(worker->plugins, name, &script);
    if (unknown) {
        lc_error *error = lc_fail(LC_E_BAD_REQUEST, "%s", lc_error_message(unknown));
        lc_error_free(unknown);
        return error;
    }
    lc_connector_class klass = {.is_sink = lc_script_kind_of(script) == LC_SCRIPT_SINK,
                                .version = lc_script_version(script),
                                .def = lc_script_config_def(script),
                                .context = script,
                                .exactly_once = exactly_once,
                                .transaction_boundaries = transaction_boundaries};
    lc_validate_options options = {lc_plugin_catalog_view(worker->catalog), worker->settings,
                                   worker->is_distributed, &klass};
    LC_TRY(lc_check_connector(&options, resolved, ret_validation));
    lc_validate_steps(worker, resolved, ret_validation);
    return NULL;
}

/* Their values become names of settings, which answers show: a reference in them would tell what it stands for. */
static lc_error *refuse_references_in_names(const lc_props *raw, const lc_props *resolved)
{
    static const char *const keys[] = {"transforms", "predicates", "topic.creation.groups"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(lc_props_get_or(raw, keys[i], ""), lc_props_get_or(resolved, keys[i], "")) != 0)
            return lc_fail(LC_E_BAD_REQUEST, "%s names settings, so it can't hold a reference to a secret", keys[i]);
    return NULL;
}

/* `with_check`: also look whether the servers that settings name are there. Creating a connector doesn't ask that:
 * its server may come later. */
static lc_error *validate(lc_worker_core *worker, const lc_props *config, bool with_check,
                          lc_validation *ret_validation)
{
    lc_autoptr(lc_props) resolved = NULL;
    LC_TRY(lc_providers_resolve(worker->providers, config, NULL, &resolved));
    LC_TRY(refuse_references_in_names(config, resolved));
    LC_TRY(validate_resolved(worker, resolved, ret_validation));
    if (with_check) lc_validate_check(worker, resolved, ret_validation);
    hide_resolved(config, resolved, ret_validation);
    return NULL;
}

lc_error *lc_validate(lc_worker_core *worker, const char *plugin, const lc_props *config,
                      lc_json **ret_answer)
{
    lc_auto(lc_validation) validation = {0};
    if (plugin) LC_TRY(lc_validate_request_class(plugin, config));
    LC_TRY(validate(worker, config, true, &validation));
    *ret_answer = lc_steal(validation.answer);
    return NULL;
}

lc_error *lc_validate_or_fail(lc_worker_core *worker, const lc_props *config)
{
    lc_auto(lc_validation) validation = {0};
    LC_TRY(validate(worker, config, false, &validation));
    return lc_validation_to_error(&validation);
}

static void add_keys(const lc_config_def *def, const lc_config_def *unless_in, lc_json *list)
{
    for (size_t i = 0; def && i < lc_config_def_count(def); i++) {
        const lc_config_key *key = lc_config_def_at(def, i);
        if (!unless_in || !lc_config_def_find(unless_in, key->name))
            lc_json_add(list, lc_config_key_to_json(key));
    }
}

/* Its own settings, then those that every connector has and it doesn't define itself. */
static lc_error *add_connector_keys(const lc_script *script, lc_json *list)
{
    const lc_config_def *own = lc_script_config_def(script);
    lc_autoptr(lc_config_def) common = lc_connector_def_new(lc_script_kind_of(script) == LC_SCRIPT_SINK);
    lc_config_key version = *lc_config_def_find(common, "connector.plugin.version");
    version.fallback = lc_script_version(script);
    LC_TRY(lc_config_def_put(common, &version));
    add_keys(own, NULL, list);
    add_keys(common, own, list);
    return NULL;
}

static lc_error *check_version(const char *plugin, const char *range, const char *version)
{
    bool fits = true, blank = lc_text_trim(lc_text_of(range)).len == 0;
    if (!strcmp(range, "latest")) return NULL;
    lc_autoptr(lc_error) malformed = blank ? NULL : lc_version_matches(range, version, &fits);
    if (malformed || blank)
        return lc_fail(LC_E_BAD_REQUEST, "Invalid version specification: %s",
                       malformed ? lc_error_message(malformed) : "it is empty");
    if (fits) return NULL;
    return lc_fail(LC_E_BAD_REQUEST,
                   "Plugin %s not found that matches the version range %s, available versions: [%s]", plugin,
                   range, version ? version : "undefined");
}

lc_error *lc_plugin_settings(lc_worker_core *worker, const char *plugin, const char *range,
                             lc_json **ret_answer)
{
    lc_script *script = NULL;
    lc_class_info info = {0};
    const lc_catalog *catalog = lc_plugin_catalog_view(worker->catalog);
    lc_autoptr(lc_error) no_connector = lc_plugins_connector(worker->plugins, plugin, &script);
    if (no_connector && !catalog->find(catalog->context, plugin, &info))
        return lc_fail(LC_E_NOT_FOUND, "Unknown plugin %s.", plugin);
    if (no_connector && !info.kinds)
        return lc_fail(LC_E_BAD_REQUEST,
                       "Invalid plugin class %s. Valid types are sink, source, converter, header_converter, "
                       "transformation, predicate.",
                       plugin);
    LC_TRY(check_version(plugin, range, no_connector ? info.version : lc_script_version(script)));
    *ret_answer = lc_json_new_array();
    if (!no_connector) return add_connector_keys(script, *ret_answer);
    add_keys(info.def, NULL, *ret_answer);
    return NULL;
}

void lc_validate_notes(lc_worker_core *worker, const lc_props *config, lc_strings *notes)
{
    lc_script *script = NULL;
    lc_autoptr(lc_error) unknown =
        lc_plugins_connector(worker->plugins, lc_props_get_or(config, "connector.class", ""), &script);
    if (unknown) return;
    const lc_config_def *own = lc_script_config_def(script);
    lc_autoptr(lc_config_def) def = lc_connector_def_new(lc_script_kind_of(script) == LC_SCRIPT_SINK);
    for (size_t i = 0; own && i < lc_config_def_count(own); i++)
        lc_error_free(lc_config_def_put(def, lc_config_def_at(own, i)));
    lc_config_near_misses(def, config, notes);
}
