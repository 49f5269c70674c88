#include "cluster/validate.h"

#include <stdlib.h>

#include "convert/converter.h"
#include "runtime/connector_validate.h"
#include "script/script.h"

static const struct {
    lc_script_kind script;
    lc_class_kind kind;
} step_kinds[] = {{LC_SCRIPT_TRANSFORM, LC_CLASS_TRANSFORMATION}, {LC_SCRIPT_PREDICATE, LC_CLASS_PREDICATE}};

static bool find_script(const lc_plugins *plugins, const char *name, lc_class_info *ret_info)
{
    lc_script *script = NULL;
    unsigned kinds = LC_CLASS_TRANSFORMATION;
    lc_error *error = lc_plugins_transform(plugins, name, &script);
    if (error) {
        lc_error_free(error);
        kinds = LC_CLASS_PREDICATE;
        error = lc_plugins_predicate(plugins, name, &script);
    }
    if (error) {
        lc_error_free(error);
        return false;
    }
    *ret_info = (lc_class_info){.name = lc_script_java_class(script), .kinds = kinds, .version = lc_script_version(script),
                                .def = lc_script_config_def(script)};
    /* "…$Key" and "…$Value" are classes of their own that one script serves. */
    for (size_t i = 0; i < lc_script_alias_count(script); i++)
        if (!strcmp(lc_script_alias(script, i), name)) ret_info->name = lc_script_alias(script, i);
    return true;
}

static bool find(void *context, const char *name, lc_class_info *ret_info)
{
    const lc_converter_class *converter = lc_converter_find(lc_text_of(name), false);
    if (!converter) converter = lc_converter_find(lc_text_of(name), true);
    if (!converter) return find_script(context, name, ret_info);
    unsigned kinds = (converter->is_converter ? LC_CLASS_CONVERTER : 0u) | (converter->is_header_converter ? LC_CLASS_HEADER_CONVERTER : 0u);
    *ret_info = (lc_class_info){.name = converter->java_class, .kinds = kinds, .version = converter->version};
    return true;
}

static void list_converters(bool header, lc_strings *names)
{
    const lc_converter_class *const *classes = lc_converter_classes();
    for (size_t i = 0; classes[i]; i++)
        if (header ? classes[i]->is_header_converter : classes[i]->is_converter) lc_strings_add(names, classes[i]->java_class);
}

static void list(void *context, lc_class_kind kind, lc_strings *names)
{
    const lc_plugins *plugins = context;
    if (kind == LC_CLASS_CONVERTER || kind == LC_CLASS_HEADER_CONVERTER) list_converters(kind == LC_CLASS_HEADER_CONVERTER, names);
    for (size_t k = 0; k < sizeof step_kinds / sizeof *step_kinds; k++) {
        if (step_kinds[k].kind != kind) continue;
        for (size_t i = 0; i < lc_plugins_count(plugins); i++) {
            lc_script *script = lc_plugins_at(plugins, i);
            if (lc_script_kind_of(script) != step_kinds[k].script) continue;
            for (size_t a = 0; a < lc_script_alias_count(script); a++)
                if (strchr(lc_script_alias(script, a), '.')) lc_strings_add(names, lc_script_alias(script, a));
        }
    }
    lc_strings_sort(names);
}

static lc_error *validate(lc_worker_core *worker, const lc_props *config, lc_validation *ret_validation)
{
    const char *name = NULL;
    lc_script *script = NULL;
    lc_autoptr(lc_props) resolved = NULL;
    LC_TRY(lc_providers_resolve(worker->providers, config, NULL, &resolved));
    LC_TRY(lc_validate_class(resolved, &name));
    lc_error *unknown = lc_plugins_connector(worker->plugins, name, &script);
    if (unknown) {
        lc_error *error = lc_fail(LC_E_BAD_REQUEST, "%s", lc_error_message(unknown));
        lc_error_free(unknown);
        return error;
    }
    lc_catalog catalog = {worker->plugins, find, list};
    lc_connector_class klass = {.is_sink = lc_script_kind_of(script) == LC_SCRIPT_SINK,
                                .version = lc_script_version(script),
                                .def = lc_script_config_def(script)};
    lc_validate_options options = {&catalog, worker->settings, worker->is_distributed, &klass};
    return lc_connector_validate(&options, resolved, ret_validation);
}

lc_error *lc_validate(lc_worker_core *worker, const char *plugin, const lc_props *config, lc_json **ret_answer)
{
    lc_auto(lc_validation) validation = {0};
    if (plugin) LC_TRY(lc_validate_request_class(plugin, config));
    LC_TRY(validate(worker, config, &validation));
    *ret_answer = lc_steal(validation.answer);
    return NULL;
}

lc_error *lc_validate_or_fail(lc_worker_core *worker, const lc_props *config)
{
    lc_auto(lc_validation) validation = {0};
    LC_TRY(validate(worker, config, &validation));
    return lc_validation_to_error(&validation);
}

lc_error *lc_plugin_settings(lc_worker_core *worker, const char *plugin, lc_json **ret_answer)
{
    lc_script *script = NULL;
    lc_class_info info = {0};
    lc_error *error = lc_plugins_connector(worker->plugins, plugin, &script);
    if (!error) info.def = lc_script_config_def(script);
    else if (!find(worker->plugins, plugin, &info)) return lc_error_free(error), lc_fail(LC_E_NOT_FOUND, "Unknown plugin %s.", plugin);
    lc_error_free(error);
    *ret_answer = lc_json_new_array();
    for (size_t i = 0; info.def && i < lc_config_def_count(info.def); i++)
        lc_json_add(*ret_answer, lc_config_key_to_json(lc_config_def_at(info.def, i)));
    return NULL;
}
