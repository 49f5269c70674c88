#include "runtime/connector_config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/config_def.h"
#include "base/memory.h"

#define SIMPLE_HEADER_CONVERTER "org.apache.kafka.connect.storage.SimpleHeaderConverter"

static const char *const tolerances[] = {"none", "all", NULL};

/* The keys that tasks act on, with Connect's types, defaults and checks. */
static const lc_config_key keys[] = {
    {.name = "name", .type = LC_CONFIG_STRING, .required = true},
    {.name = "connector.class", .type = LC_CONFIG_STRING, .required = true},
    {.name = "tasks.max",
     .type = LC_CONFIG_INT,
     .fallback = "1",
     .check = {.kind = LC_CHECK_AT_LEAST, .min = 1}},
    {.name = "tasks.max.enforce", .type = LC_CONFIG_BOOLEAN, .fallback = "true"},
    {.name = "key.converter", .type = LC_CONFIG_STRING},
    {.name = "value.converter", .type = LC_CONFIG_STRING},
    {.name = "header.converter", .type = LC_CONFIG_STRING},
    {.name = "transforms", .type = LC_CONFIG_LIST, .fallback = "", .check = {.kind = LC_CHECK_UNIQUE}},
    {.name = "predicates", .type = LC_CONFIG_LIST, .fallback = "", .check = {.kind = LC_CHECK_UNIQUE}},
    {.name = "errors.retry.timeout", .type = LC_CONFIG_LONG, .fallback = "0"},
    {.name = "errors.retry.delay.max.ms", .type = LC_CONFIG_LONG, .fallback = "60000"},
    {.name = "errors.tolerance",
     .type = LC_CONFIG_STRING,
     .fallback = "none",
     .check = {.kind = LC_CHECK_ONE_OF, .choices = tolerances}},
    {.name = "errors.log.enable", .type = LC_CONFIG_BOOLEAN, .fallback = "false"},
    {.name = "errors.log.include.messages", .type = LC_CONFIG_BOOLEAN, .fallback = "false"},
    {.name = "topics", .type = LC_CONFIG_STRING},
    {.name = "topics.regex", .type = LC_CONFIG_STRING},
    {.name = "errors.deadletterqueue.topic.name", .type = LC_CONFIG_STRING, .fallback = ""},
    {.name = "errors.deadletterqueue.topic.replication.factor", .type = LC_CONFIG_SHORT, .fallback = "3"},
    {.name = "errors.deadletterqueue.context.headers.enable", .type = LC_CONFIG_BOOLEAN, .fallback = "false"},
};

static char *text_of(const lc_config_values *values, const char *name)
{
    const char *text = lc_config_string(values, name);
    return text && text[0] ? lc_strdup(text) : NULL;
}

static void read_plain(lc_connector_config *c, const lc_config_values *v)
{
    c->name = lc_strdup(lc_config_string(v, "name"));
    c->tasks_max = (int)lc_config_int(v, "tasks.max");
    c->tasks_max_enforce = lc_config_bool(v, "tasks.max.enforce");
    c->tolerate_all = !strcmp(lc_config_string(v, "errors.tolerance"), "all");
    c->retry_timeout_ms = lc_config_int(v, "errors.retry.timeout");
    c->retry_delay_max_ms = lc_config_int(v, "errors.retry.delay.max.ms");
    c->log_errors = lc_config_bool(v, "errors.log.enable");
    c->log_messages = lc_config_bool(v, "errors.log.include.messages");
    c->topics = text_of(v, "topics");
    c->topics_regex = text_of(v, "topics.regex");
    c->dlq_topic = text_of(v, "errors.deadletterqueue.topic.name");
    c->dlq_replication = (int)lc_config_int(v, "errors.deadletterqueue.topic.replication.factor");
    c->dlq_context_headers = lc_config_bool(v, "errors.deadletterqueue.context.headers.enable");
}

/* A converter and its settings come from one place, never mixed: the connector when it names a class, else
 * the worker. */
static void pick_converter(const lc_props *own, const lc_props *worker, const char *key, const char *fallback,
                           char **ret_class, lc_props **ret_settings)
{
    char prefix[32];
    snprintf(prefix, sizeof prefix, "%s.", key);
    const char *chosen = lc_props_get(own, key);
    const lc_props *from = chosen && chosen[0] ? own : worker;
    *ret_class = lc_strdup(lc_props_get_or(from, key, fallback));
    *ret_settings = lc_props_with_prefix(from, prefix, true);
}

static void read_converters(lc_connector_config *c, const lc_props *worker)
{
    pick_converter(c->settings, worker, "key.converter", "", &c->key_converter, &c->key_converter_settings);
    pick_converter(c->settings, worker, "value.converter", "", &c->value_converter,
                   &c->value_converter_settings);
    pick_converter(c->settings, worker, "header.converter", SIMPLE_HEADER_CONVERTER, &c->header_converter,
                   &c->header_converter_settings);
}

static char *joined(const char *a, const char *b, const char *c)
{
    lc_buf text = {0};
    lc_buf_printf(&text, "%s%s%s", a, b, c);
    return lc_buf_detach(&text);
}

/* The settings under "transforms.<alias>." or "predicates.<alias>.". */
static lc_props *settings_of(const lc_props *all, const char *group, const char *alias)
{
    char *prefix = joined(group, alias, ".");
    lc_props *settings = lc_props_with_prefix(all, prefix, true);
    free(prefix);
    return settings;
}

static lc_error *missing_type(const char *group, const char *alias)
{
    return lc_fail(LC_E_CONFIG, "Missing required configuration \"%s%s.type\" which has no default value.",
                   group, alias);
}

static bool in_list(lc_config_list list, const char *item)
{
    for (size_t i = 0; i < list.count; i++)
        if (!strcmp(list.items[i], item)) return true;
    return false;
}

static lc_error *read_predicate(lc_connector_config *c, const lc_plugins *plugins, lc_config_list predicates,
                                lc_chain_step *step, const lc_props *settings)
{
    const char *alias = lc_props_get(settings, "predicate");
    const char *negate = lc_props_get(settings, "negate");
    if (!alias || !alias[0]) {
        if (!negate) return NULL;
        return lc_fail(
            LC_E_CONFIG,
            "Config 'transforms.%s.negate' was provided but there is no config 'transforms.%s.predicate' "
            "defining a predicate to be negated.",
            step->alias, step->alias);
    }
    if (!in_list(predicates, alias))
        return lc_fail(LC_E_CONFIG,
                       "Invalid value %s for configuration transforms.%s.predicate: no predicate of that "
                       "name is listed in 'predicates'.",
                       alias, step->alias);
    lc_props *own = settings_of(c->settings, "predicates.", alias);
    step->predicate_settings = own;
    step->predicate_alias = lc_strdup(alias);
    const char *type = lc_props_get(own, "type");
    if (!type) return missing_type("predicates.", alias);
    step->predicate_class = lc_strdup(type);
    step->negate = negate && lc_text_eq_nocase(lc_text_trim(lc_text_of(negate)), LC_TEXT("true"));
    LC_TRY(lc_plugins_predicate(plugins, type, &step->predicate));
    lc_script_ref(step->predicate);
    lc_props_remove(own, "type");
    return NULL;
}

static lc_error *read_step(lc_connector_config *c, const lc_plugins *plugins, lc_config_list predicates,
                           const char *alias, lc_chain_step *step)
{
    step->alias = lc_strdup(alias);
    lc_props *settings = settings_of(c->settings, "transforms.", alias);
    step->settings = settings;
    const char *type = lc_props_get(settings, "type");
    if (!type) return missing_type("transforms.", alias);
    step->class_name = lc_strdup(type);
    LC_TRY(lc_plugins_transform(plugins, type, &step->transform));
    lc_script_ref(step->transform);
    LC_TRY(read_predicate(c, plugins, predicates, step, settings));
    static const char *const ours[] = {"type", "predicate", "negate", "plugin.version"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) lc_props_remove(settings, ours[i]);
    return NULL;
}

static lc_error *read_chain(lc_connector_config *c, const lc_plugins *plugins, const lc_config_values *v)
{
    lc_config_list aliases = lc_config_list_of(v, "transforms");
    lc_config_list predicates = lc_config_list_of(v, "predicates");
    c->steps = lc_alloc((aliases.count + 1) * sizeof *c->steps);
    for (size_t i = 0; i < aliases.count; i++) {
        c->step_count++;
        LC_TRY(read_step(c, plugins, predicates, aliases.items[i], &c->steps[i]));
    }
    return NULL;
}

static lc_error *read_all(lc_connector_config *c, const lc_plugins *plugins, const lc_props *worker)
{
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_autoptr(lc_config_values) values = NULL;
    lc_config_def_add_table(def, keys, sizeof keys / sizeof *keys);
    LC_TRY(lc_config_parse(def, c->settings, &values));
    LC_TRY(lc_plugins_connector(plugins, lc_config_string(values, "connector.class"), &c->script));
    lc_script_ref(c->script);
    c->is_sink = lc_script_kind_of(c->script) == LC_SCRIPT_SINK;
    read_plain(c, values);
    read_converters(c, worker);
    if (c->is_sink && !c->topics == !c->topics_regex)
        return lc_fail(LC_E_CONFIG,
                       c->topics ? "topics and topics.regex are mutually exclusive options, but both are set."
                                 : "Must configure one of topics or topics.regex");
    return read_chain(c, plugins, values);
}

lc_error *lc_connector_config_new(const lc_plugins *plugins, const lc_props *worker, const lc_props *settings,
                                  lc_connector_config **ret_config)
{
    lc_connector_config *config = lc_alloc(sizeof *config);
    config->settings = lc_props_copy(settings);
    lc_error *error = read_all(config, plugins, worker);
    if (error) lc_connector_config_free(config);
    else *ret_config = config;
    return error;
}

static void free_step(lc_chain_step *step)
{
    free((char *)step->alias);
    free((char *)step->class_name);
    free((char *)step->predicate_alias);
    free((char *)step->predicate_class);
    lc_props_free((lc_props *)step->settings);
    lc_props_free((lc_props *)step->predicate_settings);
    lc_script_unref(step->transform);
    lc_script_unref(step->predicate);
}

void lc_connector_config_free(lc_connector_config *config)
{
    if (!config) return;
    for (size_t i = 0; i < config->step_count; i++) free_step(&config->steps[i]);
    char *texts[] = {config->name,   config->key_converter, config->value_converter, config->header_converter,
                     config->topics, config->topics_regex,  config->dlq_topic};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) free(texts[i]);
    lc_props_free(config->key_converter_settings);
    lc_props_free(config->value_converter_settings);
    lc_props_free(config->header_converter_settings);
    lc_props_free(config->settings);
    lc_script_unref(config->script);
    free(config->steps);
    free(config);
}
