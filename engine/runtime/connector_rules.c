#include "runtime/connector_rules.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "java/regex.h"

bool lc_rules_blank(const char *text)
{
    return !text || lc_text_trim(lc_text_of(text)).len == 0;
}

bool lc_rules_exactly_once(const lc_props *worker)
{
    return !strcasecmp(lc_props_get_or(worker, "exactly.once.source.support", "disabled"), "enabled");
}

/* The entry of a key, made with the raw value when no definition has it. */
static lc_config_entry *entry_of(lc_config_report *report, const char *name, const char *value)
{
    lc_config_entry *entry = lc_config_report_find(report, name);
    if (entry) return entry;
    entry = lc_config_report_entry(report, name);
    entry->value = lc_strdup(value);
    return entry;
}

void lc_rules_add_error(lc_config_report *report, const lc_props *props, const char *name, const char *message)
{
    lc_strings_add(&entry_of(report, name, lc_props_get(props, name))->errors, message);
}

static void check_topic_choice(const lc_props *props, bool topics, bool regex, lc_config_report *report)
{
    const char *message = NULL;
    if (topics && regex)
        message = "topics and topics.regex are mutually exclusive options, but both are set.";
    if (!topics && !regex) message = "Must configure one of topics or topics.regex";
    if (!message) return;
    lc_rules_add_error(report, props, "topics", message);
    lc_rules_add_error(report, props, "topics.regex", message);
}

/* The topics a list names, each once (SinkConnectorConfig.parseTopicsList). */
static void parse_topics(const char *list, lc_strings *topics)
{
    for (const char *at = list;; at++) {
        size_t len = strcspn(at, ",");
        lc_text topic = lc_text_trim((lc_text){at, len});
        char *name = lc_strndup(topic.data, topic.len);
        if (*name && !lc_strings_has(topics, name)) lc_strings_take(topics, name);
        else free(name);
        at += len;
        if (!*at) return;
    }
}

static void check_dlq_in_topics(const lc_props *props, const char *dlq, lc_config_report *report)
{
    lc_auto(lc_strings) topics = {0};
    parse_topics(lc_props_get(props, "topics"), &topics);
    if (!lc_strings_has(&topics, dlq)) return;
    char *list = lc_strings_join(&topics, ", ");
    lc_auto(lc_buf) message = {0};
    lc_buf_printf(
        &message,
        "The DLQ topic '%s' may not be included in the list of topics ('topics=[%s]') consumed by the "
        "connector",
        dlq, list);
    free(list);
    lc_rules_add_error(report, props, "topics", message.data);
}

static void check_dlq_in_regex(const lc_props *props, const char *dlq, lc_config_report *report)
{
    const char *pattern = lc_props_get(props, "topics.regex");
    bool matched = false;
    lc_autoptr(lc_regex) regex = NULL;
    lc_autoptr(lc_error) invalid =
        lc_regex_new(lc_text_of(pattern), &regex); /* already reported for the key */
    lc_autoptr(lc_error) failed = invalid ? NULL : lc_regex_matches(regex, lc_text_of(dlq), &matched);
    if (failed || !matched) return;
    lc_auto(lc_buf) message = {0};
    lc_buf_printf(
        &message,
        "The DLQ topic '%s' may not be matched by the regex for the topics ('topics.regex=%s') consumed by "
        "the connector",
        dlq, pattern);
    lc_rules_add_error(report, props, "topics.regex", message.data);
}

static void check_group(const lc_validate_options *options, const lc_props *props, lc_config_report *report)
{
    static const char override[] = "consumer.override.group.id";
    const char *worker_group = lc_props_get_or(options->worker, "group.id", "");
    lc_auto(lc_buf) message = {0};
    if (lc_props_has(props, override)) {
        const char *group = lc_props_get(props, override);
        lc_config_entry *entry = entry_of(report, override, group);
        if (!group || strcmp(group, worker_group)) return;
        lc_buf_printf(&message, "Consumer group %s conflicts with Connect worker group %s", group,
                      worker_group);
        lc_strings_add(&entry->errors, message.data);
        return;
    }
    const char *name = entry_of(report, "name", NULL)->value;
    if (strncmp(worker_group, "connect-", 8) || strcmp(worker_group + 8, name ? name : "null")) return;
    lc_buf_printf(&message,
                  "Consumer group for sink connector named %s conflicts with Connect worker group %s", name,
                  worker_group);
    lc_rules_add_error(report, props, "name", message.data);
}

void lc_rules_sink(const lc_validate_options *options, const lc_props *props, lc_config_report *report)
{
    bool topics = !lc_rules_blank(lc_props_get(props, "topics"));
    bool regex = !lc_rules_blank(lc_props_get(props, "topics.regex"));
    check_topic_choice(props, topics, regex, report);
    lc_text dlq = lc_text_trim(lc_text_of(lc_props_get_or(props, "errors.deadletterqueue.topic.name", "")));
    if (dlq.len) {
        char *name = lc_strndup(dlq.data, dlq.len);
        if (topics) check_dlq_in_topics(props, name, report);
        if (regex) check_dlq_in_regex(props, name, report);
        free(name);
    }
    if (options->is_distributed) check_group(options, props, report);
}

typedef lc_error *support_hook(void *context, const lc_props *props, lc_support *ret_support);

/* Asks the connector; false and an error in the entry when it fails. */
static bool ask(const lc_connector_class *connector, support_hook *hook, const lc_props *props,
                lc_config_entry *entry, lc_support *ret_support)
{
    *ret_support = LC_SUPPORT_UNKNOWN;
    lc_autoptr(lc_error) error = hook ? hook(connector->context, props, ret_support) : NULL;
    if (!error) return true;
    lc_text why = lc_text_trim(lc_text_of(lc_error_message(error)));
    if (why.len)
        lc_strings_printf(&entry->errors, "An unexpected error occurred during validation: %.*s",
                          (int)why.len, why.data);
    else
        lc_strings_add(
            &entry->errors,
            "An unexpected error occurred during validation; please see the worker logs for more details.");
    return false;
}

static void check_exactly_once(const lc_validate_options *options, const lc_props *props,
                               lc_config_entry *entry)
{
    static const char *const refusals[] = {
        [LC_SUPPORT_UNKNOWN] =
            "The connector does not implement the API required for preflight validation of exactly-once "
            "source "
            "support. Please consult the documentation for the connector to determine whether it supports "
            "exactly-once semantics, and then consider reconfiguring the connector to use the value "
            "\"requested\" for "
            "this property (which will disable this preflight check and allow the connector to be created).",
        [LC_SUPPORT_YES] = NULL,
        [LC_SUPPORT_NO] =
            "The connector does not support exactly-once semantics with the provided configuration.",
    };
    if (entry->errors.count || !entry->value || strcasecmp(entry->value, "required")) return;
    if (!lc_rules_exactly_once(options->worker))
        lc_strings_add(&entry->errors, "This worker does not have exactly-once source support enabled.");
    lc_support support;
    if (!ask(options->connector, options->connector->exactly_once, props, entry, &support)) return;
    if (refusals[support]) lc_strings_add(&entry->errors, refusals[support]);
}

static void check_boundaries(const lc_validate_options *options, const lc_props *props,
                             lc_config_entry *entry)
{
    if (entry->errors.count || !entry->value || strcasecmp(entry->value, "connector")) return;
    lc_support support;
    if (!ask(options->connector, options->connector->transaction_boundaries, props, entry, &support)) return;
    if (support == LC_SUPPORT_YES) return;
    lc_strings_add(&entry->errors,
                   "The connector does not support connector-defined transaction boundaries with the "
                   "given configuration. Please reconfigure it to use a different transaction "
                   "boundary definition.");
}

/* Connect's standalone mode overlooks the setting; on a broker without transactions that would be a lie. */
static void check_embedded(const lc_validate_options *options, lc_config_entry *entry)
{
    bool embedded = !strcmp(lc_props_get_or(options->worker, "bootstrap.servers", ""), "embedded");
    if (!embedded || entry->errors.count || !entry->value || strcasecmp(entry->value, "required")) return;
    lc_strings_add(&entry->errors, "The embedded broker has no transactions, so exactly-once support can't be "
                                   "required: use a real Kafka in distributed mode, or leave the setting out.");
}

void lc_rules_source(const lc_validate_options *options, const lc_props *props, lc_config_report *report)
{
    check_embedded(options, lc_config_report_entry(report, "exactly.once.support"));
    if (!options->is_distributed) return;
    check_exactly_once(options, props, lc_config_report_entry(report, "exactly.once.support"));
    check_boundaries(options, props, lc_config_report_entry(report, "transaction.boundary"));
}

void lc_rules_version(lc_config_report *report)
{
    const lc_config_entry *version = lc_config_report_entry(report, "connector.plugin.version");
    lc_config_entry *class_name = lc_config_report_entry(report, "connector.class");
    for (size_t i = 0; i < version->errors.count; i++)
        if (!strncmp(version->errors.items[i], "Plugin ", 7))
            lc_strings_add(&class_name->errors, version->errors.items[i]);
}

void lc_rules_null(const lc_props *props, lc_config_report *report)
{
    for (size_t i = 0; i < lc_props_count(props); i++)
        if (!lc_props_value_at(props, i))
            lc_rules_add_error(report, props, lc_props_key_at(props, i),
                      "Null value can not be supplied as the configuration value.");
}
