#include "runtime/connector_defs.h"

#include <string.h>

#include "java/regex.h"

static const char *const reload_actions[] = {"none", "restart", NULL};
static const char *const tolerances[] = {"none", "all", NULL};
static const char *const support_levels[] = {"required", "requested", NULL};
static const char *const boundaries[] = {"interval", "poll", "connector", NULL};
static const lc_config_check unique = {.kind = LC_CHECK_UNIQUE};

static lc_error *check_interval(void *context, const char *name, const lc_config_value *value)
{
    (void)context;
    if (value->is_null || value->number >= 0) return NULL;
    return lc_config_invalid_value(name, value, "Value must be at least 0");
}

static lc_error *check_regex(void *context, const char *name, const lc_config_value *value)
{
    (void)context;
    lc_autoptr(lc_regex) regex = NULL;
    if (value->is_null) return NULL;
    lc_autoptr(lc_error) wrong = lc_regex_new(value->text, &regex);
    if (!wrong) return NULL;
    lc_auto(lc_buf) detail = {0};
    lc_buf_printf(&detail, "Invalid regex: %s", lc_error_message(wrong));
    return lc_config_invalid_value(name, value, detail.data);
}

static const lc_config_key common_keys[] = {
    {.name = "name", .type = LC_CONFIG_STRING, .required = true,
     .check = {.kind = LC_CHECK_NO_CONTROL_CHARS}, .importance = LC_IMPORTANCE_HIGH, .group = "Common",
     .order = 1, .width = LC_WIDTH_MEDIUM, .display = "Connector name",
     .doc = "Globally unique name to use for this connector."},
    {.name = "connector.class", .type = LC_CONFIG_STRING, .required = true,
     .importance = LC_IMPORTANCE_HIGH, .group = "Common", .order = 2, .width = LC_WIDTH_LONG,
     .display = "Connector class",
     .doc = "Name or alias of the class for this connector. Must be a subclass of "
            "org.apache.kafka.connect.connector.Connector. If the connector is "
            "org.apache.kafka.connect.file.FileStreamSinkConnector, you can either specify this full "
            "name,  or use \"FileStreamSink\" or \"FileStreamSinkConnector\" to make the configuration a "
            "bit shorter"},
    {.name = "connector.plugin.version", .type = LC_CONFIG_STRING, .importance = LC_IMPORTANCE_MEDIUM,
     .group = "Common", .order = 3, .width = LC_WIDTH_MEDIUM, .display = "Connector version",
     .doc = "Version of the connector."},
    {.name = "tasks.max", .type = LC_CONFIG_INT, .fallback = "1",
     .check = {.kind = LC_CHECK_AT_LEAST, .min = 1}, .importance = LC_IMPORTANCE_HIGH, .group = "Common",
     .order = 4, .width = LC_WIDTH_SHORT, .display = "Tasks max",
     .doc = "Maximum number of tasks to use for this connector."},
    {.name = "tasks.max.enforce", .type = LC_CONFIG_BOOLEAN, .fallback = "true",
     .importance = LC_IMPORTANCE_LOW, .group = "Common", .order = 5, .width = LC_WIDTH_SHORT,
     .display = "Enforce tasks max",
     .doc = "(Deprecated) Whether to enforce that the tasks.max property is respected by the connector. "
            "By default, connectors that generate too many tasks will fail, and existing sets of tasks "
            "that exceed the tasks.max property will also be failed. If this property is set to false, "
            "then connectors will be allowed to generate more than the maximum number of tasks, and "
            "existing sets of tasks that exceed the tasks.max property will be allowed to run. This "
            "property is deprecated and will be removed in an upcoming major release."},
    {.name = "key.converter", .type = LC_CONFIG_CLASS, .importance = LC_IMPORTANCE_LOW, .group = "Common",
     .order = 6, .width = LC_WIDTH_SHORT, .display = "Key converter class",
     .doc = "Converter class used to convert between Kafka Connect format and the serialized form that "
            "is written to Kafka. This controls the format of the keys in messages written to or read "
            "from Kafka, and since this is independent of connectors it allows any connector to work "
            "with any serialization format. Examples of common formats include JSON and Avro."},
    {.name = "key.converter.plugin.version", .type = LC_CONFIG_STRING, .importance = LC_IMPORTANCE_LOW,
     .group = "Common", .order = 7, .width = LC_WIDTH_SHORT, .display = "Key converter version",
     .doc = "Version of the key converter."},
    {.name = "value.converter", .type = LC_CONFIG_CLASS, .importance = LC_IMPORTANCE_LOW,
     .group = "Common", .order = 8, .width = LC_WIDTH_SHORT, .display = "Value converter class",
     .doc = "Converter class used to convert between Kafka Connect format and the serialized form that "
            "is written to Kafka. This controls the format of the values in messages written to or read "
            "from Kafka, and since this is independent of connectors it allows any connector to work "
            "with any serialization format. Examples of common formats include JSON and Avro."},
    {.name = "value.converter.plugin.version", .type = LC_CONFIG_STRING, .importance = LC_IMPORTANCE_LOW,
     .group = "Common", .order = 9, .width = LC_WIDTH_SHORT, .display = "Value converter version",
     .doc = "Version of the value converter."},
    {.name = "header.converter", .type = LC_CONFIG_CLASS, .importance = LC_IMPORTANCE_LOW,
     .group = "Common", .order = 10, .width = LC_WIDTH_SHORT, .display = "Header converter class",
     .doc = "HeaderConverter class used to convert between Kafka Connect format and the serialized form "
            "that is written to Kafka. This controls the format of the header values in messages written "
            "to or read from Kafka, and since this is independent of connectors it allows any connector "
            "to work with any serialization format. Examples of common formats include JSON and Avro. By "
            "default, the SimpleHeaderConverter is used to serialize header values to strings and "
            "deserialize them by inferring the schemas."},
    {.name = "header.converter.plugin.version", .type = LC_CONFIG_STRING, .importance = LC_IMPORTANCE_LOW,
     .group = "Common", .order = 11, .width = LC_WIDTH_SHORT, .display = "Header converter version",
     .doc = "Version of the header converter."},
    {.name = "transforms", .type = LC_CONFIG_LIST, .fallback = "",
     .check = {.kind = LC_CHECK_NON_NULL, .next = &unique}, .importance = LC_IMPORTANCE_LOW,
     .group = "Transforms", .order = 12, .width = LC_WIDTH_LONG, .display = "Transforms",
     .doc = "Aliases for the transformations to be applied to records."},
    {.name = "predicates", .type = LC_CONFIG_LIST, .fallback = "",
     .check = {.kind = LC_CHECK_NON_NULL, .next = &unique}, .importance = LC_IMPORTANCE_LOW,
     .group = "Predicates", .order = 13, .width = LC_WIDTH_LONG, .display = "Predicates",
     .doc = "Aliases for the predicates used by transformations."},
    {.name = "config.action.reload", .type = LC_CONFIG_STRING, .fallback = "restart",
     .check = {.kind = LC_CHECK_ONE_OF, .choices = reload_actions}, .importance = LC_IMPORTANCE_LOW,
     .group = "Common", .order = 14, .width = LC_WIDTH_MEDIUM, .display = "Reload Action",
     .doc = "The action that Connect should take on the connector when changes in external configuration "
            "providers result in a change in the connector's configuration properties. A value of 'none' "
            "indicates that Connect will do nothing. A value of 'restart' indicates that Connect should "
            "restart/reload the connector with the updated configuration properties.The restart may "
            "actually be scheduled in the future if the external configuration provider indicates that a "
            "configuration value will expire in the future."},
    {.name = "errors.retry.timeout", .type = LC_CONFIG_LONG, .fallback = "0",
     .importance = LC_IMPORTANCE_MEDIUM, .group = "Error Handling", .order = 1, .width = LC_WIDTH_MEDIUM,
     .display = "Retry Timeout for Errors",
     .doc = "The maximum duration in milliseconds that a failed operation will be reattempted. The "
            "default is 0, which means no retries will be attempted. Use -1 for infinite retries."},
    {.name = "errors.retry.delay.max.ms", .type = LC_CONFIG_LONG, .fallback = "60000",
     .importance = LC_IMPORTANCE_MEDIUM, .group = "Error Handling", .order = 2, .width = LC_WIDTH_MEDIUM,
     .display = "Maximum Delay Between Retries for Errors",
     .doc = "The maximum duration in milliseconds between consecutive retry attempts. Jitter will be "
            "added to the delay once this limit is reached to prevent thundering herd issues."},
    {.name = "errors.tolerance", .type = LC_CONFIG_STRING, .fallback = "none",
     .check = {.kind = LC_CHECK_ONE_OF, .choices = tolerances}, .importance = LC_IMPORTANCE_MEDIUM,
     .group = "Error Handling", .order = 3, .width = LC_WIDTH_SHORT, .display = "Error Tolerance",
     .doc = "Behavior for tolerating errors during connector operation. 'none' is the default value and "
            "signals that any error will result in an immediate connector task failure; 'all' changes "
            "the behavior to skip over problematic records."},
    {.name = "errors.log.enable", .type = LC_CONFIG_BOOLEAN, .fallback = "false",
     .importance = LC_IMPORTANCE_MEDIUM, .group = "Error Handling", .order = 4, .width = LC_WIDTH_SHORT,
     .display = "Log Errors",
     .doc = "If true, write each error and the details of the failed operation and problematic record to "
            "the Connect application log. This is 'false' by default, so that only errors that are not "
            "tolerated are reported."},
    {.name = "errors.log.include.messages", .type = LC_CONFIG_BOOLEAN, .fallback = "false",
     .importance = LC_IMPORTANCE_MEDIUM, .group = "Error Handling", .order = 5, .width = LC_WIDTH_SHORT,
     .display = "Log Error Details",
     .doc = "Whether to include in the log the Connect record that resulted in a failure. For sink "
            "records, the topic, partition, offset, and timestamp will be logged. For source records, "
            "the key and value (and their schemas), all headers, and the timestamp, Kafka topic, Kafka "
            "partition, source partition, and source offset will be logged. This is 'false' by default, "
            "which will prevent record keys, values, and headers from being written to log files."},
};

static const lc_config_key sink_keys[] = {
    {.name = "topics", .type = LC_CONFIG_LIST, .fallback = "", .importance = LC_IMPORTANCE_HIGH,
     .group = "Common", .order = 4, .width = LC_WIDTH_LONG, .display = "Topics",
     .doc = "List of topics to consume, separated by commas"},
    {.name = "topics.regex", .type = LC_CONFIG_STRING, .fallback = "",
     .check = {.kind = LC_CHECK_CALL, .call = check_regex}, .importance = LC_IMPORTANCE_HIGH,
     .group = "Common", .order = 4, .width = LC_WIDTH_LONG, .display = "Topics regex",
     .doc = "Regular expression giving topics to consume. Under the hood, the regex is compiled to a "
            "<code>java.util.regex.Pattern</code>. Only one of topics or topics.regex should be "
            "specified."},
    {.name = "errors.deadletterqueue.topic.name", .type = LC_CONFIG_STRING, .fallback = "",
     .importance = LC_IMPORTANCE_MEDIUM, .group = "Error Handling", .order = 6, .width = LC_WIDTH_MEDIUM,
     .display = "Dead Letter Queue Topic Name",
     .doc = "The name of the topic to be used as the dead letter queue (DLQ) for messages that result in "
            "an error when processed by this sink connector, or its transformations or converters. The "
            "topic name is blank by default, which means that no messages are to be recorded in the DLQ."},
    {.name = "errors.deadletterqueue.topic.replication.factor", .type = LC_CONFIG_SHORT, .fallback = "3",
     .importance = LC_IMPORTANCE_MEDIUM, .group = "Error Handling", .order = 7, .width = LC_WIDTH_MEDIUM,
     .display = "Dead Letter Queue Topic Replication Factor",
     .doc = "Replication factor used to create the dead letter queue topic when it doesn't already exist."},
    {.name = "errors.deadletterqueue.context.headers.enable", .type = LC_CONFIG_BOOLEAN,
     .fallback = "false", .importance = LC_IMPORTANCE_MEDIUM, .group = "Error Handling", .order = 8,
     .width = LC_WIDTH_MEDIUM, .display = "Enable Error Context Headers",
     .doc = "If true, add headers containing error context to the messages written to the dead letter "
            "queue. To avoid clashing with headers from the original record, all error context header "
            "keys, all error context header keys will start with <code>__connect.errors.</code>"},
};

static const lc_config_key source_keys[] = {
    {.name = "topic.creation.groups", .type = LC_CONFIG_LIST, .fallback = "",
     .check = {.kind = LC_CHECK_NON_NULL, .next = &unique}, .importance = LC_IMPORTANCE_LOW,
     .group = "Topic Creation", .order = 1, .width = LC_WIDTH_LONG, .display = "Topic Creation Groups",
     .doc = "Groups of configurations for topics created by source connectors"},
    {.name = "exactly.once.support", .type = LC_CONFIG_STRING, .fallback = "requested",
     .check = {.kind = LC_CHECK_ONE_OF_NOCASE, .choices = support_levels},
     .importance = LC_IMPORTANCE_MEDIUM, .group = "Exactly Once Support", .order = 2,
     .width = LC_WIDTH_SHORT, .display = "Exactly once support",
     .doc = "Permitted values are requested, required. If set to \"required\", forces a preflight check "
            "for the connector to ensure that it can provide exactly-once semantics with the given "
            "configuration. Some connectors may be capable of providing exactly-once semantics but not "
            "signal to Connect that they support this; in that case, documentation for the connector "
            "should be consulted carefully before creating it, and the value for this property should be "
            "set to \"requested\". Additionally, if the value is set to \"required\" but the worker that "
            "performs preflight validation does not have exactly-once support enabled for source "
            "connectors, requests to create or validate the connector will fail."},
    {.name = "transaction.boundary", .type = LC_CONFIG_STRING, .fallback = "poll",
     .check = {.kind = LC_CHECK_ONE_OF_NOCASE, .choices = boundaries}, .importance = LC_IMPORTANCE_MEDIUM,
     .group = "Exactly Once Support", .order = 3, .width = LC_WIDTH_SHORT,
     .display = "Transaction Boundary",
     .doc = "Permitted values are: poll, interval, connector. If set to 'poll', a new producer "
            "transaction will be started and committed for every batch of records that each task from "
            "this connector provides to Connect. If set to 'connector', relies on connector-defined "
            "transaction boundaries; note that not all connectors are capable of defining their own "
            "transaction boundaries, and in that case, attempts to instantiate a connector with this "
            "value will fail. Finally, if set to 'interval', commits transactions only after a "
            "user-defined time interval has passed."},
    {.name = "transaction.boundary.interval.ms", .type = LC_CONFIG_LONG,
     .check = {.kind = LC_CHECK_CALL, .call = check_interval}, .importance = LC_IMPORTANCE_LOW,
     .group = "Exactly Once Support", .order = 4, .width = LC_WIDTH_SHORT,
     .display = "Transaction boundary interval",
     .doc = "If 'transaction.boundary' is set to 'interval', determines the interval for producer "
            "transaction commits by connector tasks. If unset, defaults to the value of the worker-level "
            "'offset.flush.interval.ms' property. It has no effect if a different transaction.boundary "
            "is specified."},
    {.name = "offsets.storage.topic", .type = LC_CONFIG_STRING, .check = {.kind = LC_CHECK_NON_EMPTY},
     .importance = LC_IMPORTANCE_LOW, .group = "offsets.topic", .order = 1, .width = LC_WIDTH_LONG,
     .display = "Offsets topic",
     .doc = "The name of a separate offsets topic to use for this connector. If empty or not specified, "
            "the worker’s global offsets topic name will be used. If specified, the offsets topic will "
            "be created if it does not already exist on the Kafka cluster targeted by this connector "
            "(which may be different from the one used for the worker's global offsets topic if the "
            "bootstrap.servers property of the connector's producer has been overridden from the "
            "worker's). Only applicable in distributed mode; in standalone mode, setting this property "
            "will have no effect."},
};

lc_config_def *lc_connector_def_new(bool is_sink)
{
    lc_config_def *def = lc_config_def_new();
    lc_config_def_add_table(def, common_keys, sizeof common_keys / sizeof *common_keys);
    if (is_sink) lc_config_def_add_table(def, sink_keys, sizeof sink_keys / sizeof *sink_keys);
    else lc_config_def_add_table(def, source_keys, sizeof source_keys / sizeof *source_keys);
    return def;
}
