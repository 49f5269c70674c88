#include "api/cli_trial.h"

#include <limits.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "runtime/connector_defs.h"
#include "secure/provider.h"
#include "script/meters.h"

enum { LARGEST_SOURCE = 1 << 20 };

/* What stands in for the parts of a connector that aren't tried. */
static const char STAND_IN_SINK[] = "return require('lc').sink { put = function() end }";
static const char STAND_IN_STEP[] = "return require('lc').transform { apply = function(record) return record end }";
#define STAND_IN "try"
#define STAND_IN_PASS "try.pass"

static const lc_config_key limit_keys[] = {
    {.name = "script.timeout.ms",
     .type = LC_CONFIG_LONG,
     .fallback = "1000",
     .check = {.kind = LC_CHECK_AT_LEAST, .min = 1}},
    {.name = "script.memory.bytes",
     .type = LC_CONFIG_LONG,
     .fallback = "67108864",
     .check = {.kind = LC_CHECK_AT_LEAST, .min = 4194304}},
    {.name = "script.output.bytes",
     .type = LC_CONFIG_LONG,
     .fallback = "0",
     .check = {.kind = LC_CHECK_AT_LEAST, .min = 0}},
    {.name = "script.output.records",
     .type = LC_CONFIG_INT,
     .fallback = "1000000",
     .check = {.kind = LC_CHECK_AT_LEAST, .min = 1}},
    {.name = "script.jit", .type = LC_CONFIG_STRING, .fallback = "on"},
};

/* Keys of a configuration that are no settings of the one script that is tried. */
static const char *const common_keys[] = {"script.",      "plugin.path",      "config.providers", "errors.",
                                          "key.converter", "value.converter", "header.converter", "name",
                                          "connector.class", "tasks.max",     "topics"};

static bool is_common(const lc_trial *t, const char *key)
{
    if (lc_config_def_find(lc_script_config_def(t->script), key)) return false;
    for (size_t i = 0; i < sizeof common_keys / sizeof *common_keys; i++)
        if (!strncmp(key, common_keys[i], strlen(common_keys[i]))) return true;
    return false;
}

/* transforms=x, transforms.x.type=… or the same of predicates. */
static void put_step(lc_props *settings, const char *group, const char *type)
{
    lc_auto(lc_buf) key = {0};
    lc_buf_printf(&key, "%s." STAND_IN ".type", group);
    lc_props_set(settings, group, STAND_IN);
    lc_props_set(settings, key.data, type);
}

/* The settings of one transform or predicate as those of a connector that has it alone. */
static lc_props *wrap_step(const lc_trial *t, const lc_props *given)
{
    bool is_predicate = t->kind == LC_SCRIPT_PREDICATE;
    lc_props *all = lc_props_new();
    const char *type = lc_props_get_or(given, "type", lc_script_name(t->script));
    if (is_predicate) {
        put_step(all, "transforms", STAND_IN_PASS);
        lc_props_set(all, "transforms." STAND_IN ".predicate", STAND_IN);
    }
    put_step(all, is_predicate ? "predicates" : "transforms", type);
    for (size_t i = 0; i < lc_props_count(given); i++) {
        const char *key = lc_props_key_at(given, i);
        lc_auto(lc_buf) name = {0};
        if (!strcmp(key, "type")) continue;
        if (!is_common(t, key))
            lc_buf_printf(&name, "%s." STAND_IN ".", is_predicate ? "predicates" : "transforms");
        lc_buf_text(&name, key);
        lc_props_set_text(all, lc_text_of(name.data), lc_props_text_at(given, i));
    }
    return all;
}

static bool is_connector(const lc_trial *t)
{
    return t->kind == LC_SCRIPT_SOURCE || t->kind == LC_SCRIPT_SINK;
}

static void complete_settings(lc_trial *t, const lc_props *given)
{
    bool alone = !is_connector(t) && !lc_props_has(given, "transforms");
    t->settings = alone ? wrap_step(t, given) : lc_props_copy(given);
    lc_props_set(t->settings, "connector.class", is_connector(t) ? lc_script_name(t->script) : STAND_IN);
    if (!lc_props_get(t->settings, "name")) lc_props_set(t->settings, "name", lc_script_name(t->script));
    bool has_topics = lc_props_has(t->settings, "topics") || lc_props_has(t->settings, "topics.regex");
    if (t->kind != LC_SCRIPT_SOURCE && !has_topics) lc_props_set(t->settings, "topics", "try");
}

static lc_error *resolve(const lc_props *given, lc_props **ret_settings)
{
    lc_autoptr(lc_providers) providers = NULL;
    LC_TRY(lc_providers_new(given, &providers));
    return lc_providers_resolve(providers, given, NULL, ret_settings);
}

static lc_error *read_limits(lc_trial *t, const lc_props *settings, bool *ret_jit_off)
{
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_autoptr(lc_config_values) values = NULL;
    lc_config_def_add_table(def, limit_keys, sizeof limit_keys / sizeof *limit_keys);
    LC_TRY(lc_config_parse(def, settings, &values));
    t->limits.timeout_ms = lc_config_int(values, "script.timeout.ms");
    t->limits.memory_bytes = (size_t)lc_config_int(values, "script.memory.bytes");
    t->output_bytes = (size_t)lc_config_int(values, "script.output.bytes");
    t->output_records = (uint32_t)lc_config_int(values, "script.output.records");
    *ret_jit_off = lc_text_eq_nocase(lc_text_of(lc_config_string(values, "script.jit")), LC_TEXT("off"));
    return NULL;
}

/* Finding the scripts of a chain: the tried one, those beside it, and only then those of a worker. */

static lc_error *add_stand_in(lc_plugins *plugins, const char *name, const char *text)
{
    lc_script *script = NULL;
    LC_TRY(lc_script_new(name, name, lc_text_of(text), true, &script));
    lc_plugins_add(plugins, script);
    return NULL;
}

static bool is_known(const lc_plugins *plugins, const char *type)
{
    lc_script *script = NULL;
    lc_error *as_transform = lc_plugins_transform(plugins, type, &script);
    lc_error *as_predicate = as_transform ? lc_plugins_predicate(plugins, type, &script) : NULL;
    bool known = !as_transform || !as_predicate;
    lc_error_free(as_transform);
    lc_error_free(as_predicate);
    return known;
}

static lc_error *add_beside(lc_trial *t, const char *type, bool *ret_found)
{
    const char *path = lc_script_path(t->script), *slash = strrchr(path, '/');
    lc_auto(lc_buf) beside = {0};
    lc_buf_printf(&beside, "%.*s%s.lua", slash ? (int)(slash - path) + 1 : 0, path, type);
    lc_auto(lc_buf) text = {0};
    lc_error *missing = strchr(type, '/') ? NULL : lc_file_read(beside.data, LARGEST_SOURCE, &text);
    *ret_found = !missing && !strchr(type, '/');
    lc_error_free(missing);
    if (!*ret_found) return NULL;
    lc_script *script = NULL;
    LC_TRY(lc_script_read_file_within(beside.data, false, t->limits, &script));
    lc_plugins_add(t->plugins, script);
    return NULL;
}

static bool is_type_key(const char *key)
{
    size_t len = strlen(key);
    bool is_step = !strncmp(key, "transforms.", 11) || !strncmp(key, "predicates.", 11);
    return is_step && len > 5 && !strcmp(key + len - 5, ".type");
}

static lc_error *find_steps(lc_trial *t, bool *ret_missing)
{
    *ret_missing = false;
    for (size_t i = 0; i < lc_props_count(t->settings); i++) {
        const char *type = lc_props_value_at(t->settings, i);
        bool found = false;
        if (!type || !is_type_key(lc_props_key_at(t->settings, i)) || is_known(t->plugins, type)) continue;
        LC_TRY(add_beside(t, type, &found));
        *ret_missing |= !found;
    }
    return NULL;
}

static lc_error *fill_plugins(lc_trial *t)
{
    lc_plugins_add(t->plugins, lc_script_ref(t->script));
    LC_TRY(add_stand_in(t->plugins, STAND_IN, STAND_IN_SINK));
    if (!strcmp(lc_script_name(t->script), STAND_IN_PASS)) return NULL;
    return add_stand_in(t->plugins, STAND_IN_PASS, STAND_IN_STEP);
}

static lc_error *gather_plugins(lc_trial *t)
{
    bool missing;
    t->plugins = lc_plugins_new(t->log);
    LC_TRY(fill_plugins(t));
    LC_TRY(find_steps(t, &missing));
    if (!missing) return NULL;
    lc_plugins_free(lc_steal(t->plugins));
    LC_TRY(lc_plugins_load(lc_props_get(t->settings, "script.directory"),
                           lc_props_get(t->settings, "plugin.path"), t->log, &t->plugins));
    LC_TRY(fill_plugins(t));
    return find_steps(t, &missing);
}

/* Checks */

static lc_error *refuse_misspelt(const lc_config_def *def, const lc_props *settings)
{
    lc_auto(lc_strings) notes = {0};
    lc_config_near_misses(def, settings, &notes);
    return notes.count ? lc_fail(LC_E_CONFIG, "%s", notes.items[0]) : NULL;
}

/* An error of a step's settings, which knows them without the prefix that they have in a file. */
static lc_error *name_step(const char *group, const char *alias, lc_error *error)
{
    if (!error || !strcmp(alias, STAND_IN)) return error;
    return lc_wrap(error, lc_error_code(error), "%s.%s: %s", group, alias, lc_error_message(error));
}

static lc_error *check_spelling(const lc_trial *t)
{
    for (size_t i = 0; i < t->config->step_count; i++) {
        const lc_chain_step *step = &t->config->steps[i];
        LC_TRY(name_step("transforms", step->alias,
                         refuse_misspelt(lc_script_config_def(step->transform), step->settings)));
        if (step->predicate)
            LC_TRY(name_step("predicates", step->predicate_alias,
                             refuse_misspelt(lc_script_config_def(step->predicate), step->predicate_settings)));
    }
    if (!is_connector(t)) return NULL;
    lc_autoptr(lc_config_def) all = lc_connector_def_new(t->kind == LC_SCRIPT_SINK);
    const lc_config_def *own = lc_script_config_def(t->script);
    for (size_t i = 0; i < lc_config_def_count(own); i++)
        LC_TRY(lc_config_def_put(all, lc_config_def_at(own, i)));
    return refuse_misspelt(all, t->settings);
}

static lc_error *check_use(const lc_trial *t)
{
    if (is_connector(t) || !strcmp(lc_script_name(t->script), STAND_IN_PASS)) return NULL;
    for (size_t i = 0; i < t->config->step_count; i++)
        if (t->config->steps[i].transform == t->script || t->config->steps[i].predicate == t->script) return NULL;
    return lc_fail(LC_E_CONFIG, "none of the steps in transforms is %s: name it as the type of one",
                   lc_script_name(t->script));
}

/* Opening */

static lc_error *open_converter(lc_trial *t, const char *key, const char *chosen, const lc_props *chosen_settings,
                                lc_converter_role role, lc_converter **ret)
{
    if (lc_props_get(t->settings, key))
        return lc_converter_open(lc_text_of(chosen), chosen_settings, role, t->types, ret);
    lc_autoptr(lc_props) plain = lc_props_new();
    lc_props_set(plain, "schemas.enable", "false");
    lc_props_set(plain, "decimal.format", "NUMERIC");
    return lc_converter_open(LC_TEXT("JsonConverter"), plain, role, t->types, ret);
}

static lc_error *open_converters(lc_trial *t)
{
    const lc_connector_config *c = t->config;
    LC_TRY(open_converter(t, "key.converter", c->key_converter, c->key_converter_settings, LC_ROLE_KEY, &t->key));
    LC_TRY(open_converter(t, "value.converter", c->value_converter, c->value_converter_settings, LC_ROLE_VALUE,
                          &t->value));
    return open_converter(t, "header.converter", c->header_converter, c->header_converter_settings,
                          LC_ROLE_HEADER, &t->header);
}

static lc_error *open_state(lc_trial *t, bool jit_off)
{
    lc_state_options options = {.memory_limit = t->limits.memory_bytes,
                                .output_bytes = t->output_bytes,
                                .output_records = t->output_records,
                                .timeout_ms = t->limits.timeout_ms,
                                .same_time = true,
                                .jit_off = jit_off,
                                .types = t->types,
                                .log = t->log,
                                .clock_ms = t->clock_ms,
                                .meters = t->meters,
                                .connector = t->config->name,
                                .task = is_connector(t) ? 0 : -1};
    return lc_state_new(&options, &t->state);
}

static lc_error *open_plain(lc_types *types, lc_converter **ret)
{
    lc_autoptr(lc_props) settings = lc_props_new();
    lc_props_set(settings, "schemas.enable", "false");
    return lc_converter_open(LC_TEXT("JsonConverter"), settings, LC_ROLE_VALUE, types, ret);
}

static lc_error *partition_json(lc_converter *plain, lc_arena *arena, const lc_value *partition, lc_json **ret)
{
    lc_text bytes = {0};
    LC_TRY(lc_converter_write(plain, arena, LC_TEXT("offsets"), NULL, partition, &bytes));
    return lc_json_parse(bytes.data, bytes.len, 0, ret);
}

static lc_error *find_offset(const lc_trial *t, lc_converter *plain, lc_arena *arena, const lc_value *partition,
                             lc_value *ret_offset)
{
    lc_autoptr(lc_json) wanted = NULL;
    const lc_schema *schema;
    LC_TRY(partition_json(plain, arena, partition, &wanted));
    for (size_t i = 0; i < lc_json_count(t->offsets); i++) {
        const lc_json *at = lc_json_at(t->offsets, i);
        if (!lc_json_equal(lc_json_get(at, "partition"), wanted)) continue;
        lc_auto(lc_buf) text = {0};
        lc_json_dump(lc_json_get(at, "offset"), &text);
        lc_text kept = {lc_arena_copy(arena, text.data, text.len), text.len};
        return lc_converter_read(plain, arena, LC_TEXT("offsets"), kept, &schema, ret_offset);
    }
    return NULL;
}

/* The offset that a test gave for a partition. */
static lc_error *given_offset(void *context, lc_arena *arena, const lc_value *partition, lc_value *ret_offset)
{
    const lc_trial *t = context;
    lc_converter *plain = NULL;
    *ret_offset = lc_value_null();
    if (!t->offsets) return NULL;
    LC_TRY(open_plain(t->types, &plain));
    lc_error *error = find_offset(t, plain, arena, partition, ret_offset);
    lc_converter_close(plain);
    return error;
}

static bool never_stopping(void *context)
{
    (void)context;
    return false;
}

/* The settings of the first task. */
static lc_error *first_task(lc_trial *t, lc_props **ret_settings)
{
    lc_props **configs = NULL;
    size_t count = 0;
    LC_TRY(lc_connector_script_tasks(t->state, t->script, t->settings, t->config->tasks_max, &configs, &count));
    if (count) *ret_settings = lc_steal(configs[0]);
    for (size_t i = 0; i < count; i++) lc_props_free(configs[i]);
    free(configs);
    return count ? NULL : lc_fail(LC_E_CONFIG, "the connector has no tasks with these settings");
}

static lc_error *open_connector(lc_trial *t)
{
    lc_autoptr(lc_props) settings = NULL;
    LC_TRY(first_task(t, &settings));
    t->core.settings = t->settings;
    lc_grants_make(&t->core, t->config, settings, &t->granted, &t->grants);
    lc_connector_options options = {.script = t->script,
                                    .settings = settings,
                                    .grants = &t->grants,
                                    .services = {.context = t, .offset = given_offset, .stopping = never_stopping},
                                    .connector = t->config->name};
    return lc_connector_script_new(t->state, &options, &t->connector);
}

static lc_error *open_steps(lc_trial *t)
{
    t->steps = lc_alloc((t->config->step_count + 1) * sizeof(lc_chain *));
    for (size_t i = 0; i < t->config->step_count; i++)
        LC_TRY(name_step("transforms", t->config->steps[i].alias,
                         lc_chain_new(t->state, &t->config->steps[i], 1, &t->steps[i])));
    return is_connector(t) ? open_connector(t) : NULL;
}

/* A bad setting was found by its definition, or by a hook that says so itself. */
static bool is_setting_error(const lc_error *error)
{
    while (lc_error_cause(error)) error = lc_error_cause(error);
    return lc_error_code(error) == LC_E_CONFIG;
}

static lc_error *read_script(lc_trial *t, const char *path, lc_trial_fault *ret_fault)
{
    if (!path) return lc_script_new(STAND_IN_PASS, STAND_IN_PASS, lc_text_of(STAND_IN_STEP), true, &t->script);
    lc_auto(lc_buf) readable = {0};
    LC_TRY(lc_file_read(path, LARGEST_SOURCE, &readable));
    *ret_fault = LC_FAULT_SCRIPT;
    return lc_script_read_file_within(path, false, t->limits, &t->script);
}

lc_error *lc_trial_open(lc_trial *t, const char *path, const lc_props *given, lc_log_t *log,
                        lc_coverage *coverage, lc_trial_fault *ret_fault)
{
    lc_autoptr(lc_props) resolved = NULL;
    bool jit_off;
    *t = (lc_trial){.log = log, .clock_ms = t->clock_ms};
    *ret_fault = LC_FAULT_CONFIG;
    LC_TRY(resolve(given, &resolved));
    LC_TRY(read_limits(t, resolved, &jit_off));
    LC_TRY(read_script(t, path, ret_fault));
    t->kind = lc_script_kind_of(t->script);
    complete_settings(t, resolved);
    LC_TRY(gather_plugins(t));
    *ret_fault = LC_FAULT_CONFIG;
    LC_TRY(lc_connector_config_new(t->plugins, t->settings, t->settings, &t->config));
    LC_TRY(check_use(t));
    LC_TRY(check_spelling(t));
    t->types = lc_types_new();
    LC_TRY(open_converters(t));
    *ret_fault = LC_FAULT_SCRIPT;
    t->meters = lc_meters_new();
    LC_TRY(open_state(t, jit_off));
    if (coverage) lc_coverage_watch(t->state, coverage);
    lc_error *error = open_steps(t);
    if (error && is_setting_error(error)) *ret_fault = LC_FAULT_CONFIG;
    return error;
}

void lc_trial_close(lc_trial *t)
{
    lc_connector_script_free(t->connector);
    for (size_t i = 0; t->steps && i < t->config->step_count; i++) lc_chain_free(t->steps[i]);
    free(t->steps);
    lc_converter_close(t->key);
    lc_converter_close(t->value);
    lc_converter_close(t->header);
    lc_state_free(t->state);
    lc_meters_unref(t->meters);
    lc_grant_lists_done(&t->granted);
    if (t->types) lc_types_free(t->types);
    lc_connector_config_free(t->config);
    lc_plugins_free(t->plugins);
    lc_script_unref(t->script);
    lc_props_free(t->settings);
    *t = (lc_trial){0};
}
