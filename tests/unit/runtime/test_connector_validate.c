#include "runtime/connector_validate.h"

#include <stdlib.h>

#include "check.h"

#define CONNECT(name) "org.apache.kafka.connect." name
#define JSON CONNECT("json.JsonConverter")
#define SIMPLE CONNECT("storage.SimpleHeaderConverter")

static const lc_config_key mask_keys[] = {
    {.name = "replacement", .type = LC_CONFIG_STRING, .check = {.kind = LC_CHECK_NON_EMPTY}},
    {.name = "fields", .type = LC_CONFIG_LIST, .required = true},
    {.name = "negate", .type = LC_CONFIG_STRING},
};
static const lc_config_key json_keys[] = {
    {.name = "schemas.enable", .type = LC_CONFIG_BOOLEAN, .fallback = "true", .group = "Schemas"},
    {.name = "decimal.format", .type = LC_CONFIG_STRING, .fallback = "BASE64", .group = "Serialization"},
    {.name = "converter.type", .type = LC_CONFIG_STRING, .required = true},
};
static const lc_config_key own_keys[] = {
    {.name = "file", .type = LC_CONFIG_STRING},
    {.name = "tasks.max", .type = LC_CONFIG_INT, .fallback = "7", .doc = "Ours."},
};

static lc_config_def *mask_def, *json_def, *own_def;

static bool find(void *context, const char *name, lc_class_info *ret_info)
{
    const lc_class_info classes[] = {
        {JSON, LC_CLASS_CONVERTER | LC_CLASS_HEADER_CONVERTER, "4.1.0", NULL, json_def, NULL, NULL},
        {SIMPLE, LC_CLASS_HEADER_CONVERTER, "4.1.0", NULL, NULL, NULL, NULL},
        {"Mask$Value", LC_CLASS_TRANSFORMATION, "1.0", NULL, mask_def, NULL, NULL},
        {"Mask", LC_CLASS_TRANSFORMATION, NULL, "Mask$Key, Mask$Value", NULL, NULL, NULL},
        {"IsNull", LC_CLASS_PREDICATE, "2.0", NULL, NULL, NULL, NULL},
    };
    (void)context;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strcmp(classes[i].name, name)) continue;
        *ret_info = classes[i];
        return true;
    }
    return false;
}

static void list(void *context, lc_class_kind kind, lc_strings *names)
{
    (void)context;
    if (kind == LC_CLASS_CONVERTER) lc_strings_add(names, JSON);
}

static const lc_catalog catalog = {NULL, find, list};
static lc_props *worker;
static bool distributed, is_sink;
static lc_support exactly_once, boundaries;

static lc_error *ask_exactly_once(void *context, const lc_props *props, lc_support *ret_support)
{
    (void)context;
    if (lc_props_has(props, "explode")) return lc_fail(LC_E_CONNECT, "boom");
    *ret_support = exactly_once;
    return NULL;
}

static lc_error *ask_boundaries(void *context, const lc_props *props, lc_support *ret_support)
{
    (void)context;
    (void)props;
    *ret_support = boundaries;
    return NULL;
}

/* Validates the pairs (ended by NULL) on top of a configuration that is right. */
static lc_error *validate(lc_validation *ret_validation, const char *const *pairs)
{
    lc_connector_class connector = {.is_sink = is_sink,
                                    .version = "3.0",
                                    .def = own_def,
                                    .exactly_once = ask_exactly_once,
                                    .transaction_boundaries = ask_boundaries};
    lc_validate_options options = {&catalog, worker, distributed, &connector};
    lc_autoptr(lc_props) props = lc_props_new();
    lc_props_set(props, "name", "c");
    lc_props_set(props, "connector.class", "File");
    if (is_sink) lc_props_set(props, "topics", "a,b");
    for (; pairs[0]; pairs += 2) lc_props_set(props, pairs[0], pairs[1]);
    *ret_validation = (lc_validation){0};
    return lc_check_connector(&options, props, ret_validation);
}

static const lc_json *config_of(const lc_validation *validation, const char *name)
{
    const lc_json *configs = lc_json_get(validation->answer, "configs");
    for (size_t i = 0; i < lc_json_count(configs); i++) {
        const lc_json *config = lc_json_at(configs, i);
        if (!strcmp(lc_json_string(lc_json_get(lc_json_get(config, "value"), "name")), name)) return config;
    }
    return NULL;
}

/* The messages of a validation, one a line. */
static char *messages(const char *const *pairs)
{
    lc_auto(lc_validation) validation;
    lc_autoptr(lc_error) error = validate(&validation, pairs);
    if (error) {
        char *text = malloc(strlen(lc_error_message(error)) + 1);
        return strcpy(text, lc_error_message(error));
    }
    return lc_strings_join(&validation.messages, "\n");
}

#define CHECK_MESSAGES(expected, ...)                                         \
    do {                                                                      \
        const char *check_pairs_[] = {__VA_ARGS__ __VA_OPT__(, ) NULL, NULL}; \
        char *check_text_of_ = messages(check_pairs_);                        \
        CHECK_EQ_STR(check_text_of_, expected);                               \
        free(check_text_of_);                                                 \
    } while (0)

#define MISSING(key) "Missing required configuration \"" key "\" which has no default value."

TEST(right_is_right)
{
    is_sink = true;
    CHECK_MESSAGES("");
    is_sink = false;
    CHECK_MESSAGES("");
}

TEST(sink_topics)
{
    static const char none[] = "Must configure one of topics or topics.regex";
    static const char both[] = "topics and topics.regex are mutually exclusive options, but both are set.";
    char twice[300];
    is_sink = true;
    snprintf(twice, sizeof twice, "%s\n%s", none, none);
    CHECK_MESSAGES(twice, "topics", " ");
    snprintf(twice, sizeof twice, "%s\n%s", both, both);
    CHECK_MESSAGES(twice, "topics.regex", "x");
    CHECK_MESSAGES(
        "The DLQ topic 'a' may not be included in the list of topics ('topics=[a, b]') consumed by the "
        "connector",
        "errors.deadletterqueue.topic.name", " a ");
    CHECK_MESSAGES(
        "The DLQ topic 'dlq' may not be matched by the regex for the topics ('topics.regex=d.*') consumed "
        "by the connector",
        "errors.deadletterqueue.topic.name", "dlq", "topics", "", "topics.regex", "d.*");
}

TEST(null_values)
{
    is_sink = true;
    CHECK_MESSAGES("Null value can not be supplied as the configuration value.", "some.key", NULL);
    lc_auto(lc_validation) validation;
    const char *pairs[] = {"some.key", NULL, NULL};
    lc_autoptr(lc_error) error = validate(&validation, pairs);
    CHECK(!error);
    const lc_json *first = lc_json_at(lc_json_get(validation.answer, "configs"), 0);
    CHECK_EQ_STR(lc_json_string(lc_json_get(lc_json_get(first, "value"), "name")), "some.key");
    CHECK(lc_json_is(lc_json_get(first, "definition"), LC_JSON_NULL));
}

TEST(transforms)
{
    is_sink = true;
    CHECK_MESSAGES(MISSING("transforms.m.type"), "transforms", "m");
    CHECK_MESSAGES(MISSING("transforms.m.fields"), "transforms", "m", "transforms.m.type", "Mask$Value");
    CHECK_MESSAGES("Invalid value X for configuration transforms.m.type: Class X could not be found.",
                   "transforms", "m", "transforms.m.type", "X");
    CHECK_MESSAGES("This class is abstract and cannot be created. Did you mean Mask$Key, Mask$Value?",
                   "transforms", "m", "transforms.m.type", "Mask");
    CHECK_MESSAGES("Class class IsNull does not implement the Transformation interface", "transforms", "m",
                   "transforms.m.type", "IsNull");
    CHECK_MESSAGES("Invalid value  for configuration replacement: String must be non-empty", "transforms",
                   "m", "transforms.m.type", "Mask$Value", "transforms.m.fields", "a",
                   "transforms.m.replacement", "");
    CHECK_MESSAGES(
        "Config 'transforms.m.negate' was provided but there is no config 'transforms.m.predicate' "
        "defining a predicate to be negated.",
        "transforms", "m", "transforms.m.type", "Mask$Value", "transforms.m.fields", "a",
        "transforms.m.negate", "true");
    CHECK_MESSAGES("Invalid value [m, m] for configuration transforms: Duplicate alias provided.",
                   "transforms", "m,m", "transforms.m.type", "Mask$Value", "transforms.m.fields", "a");
    CHECK_MESSAGES(MISSING("predicates.p.type"), "predicates", "p");
}

TEST(keys_of_transforms_have_their_place)
{
    static const char *const expected[] = {"transforms.m.type",
                                           "transforms.m.plugin.version",
                                           "transforms.m.fields",
                                           "transforms.m.replacement",
                                           "transforms.m.negate",
                                           "transforms.m.predicate",
                                           "file"};
    is_sink = true;
    lc_auto(lc_validation) validation;
    const char *pairs[] = {"transforms", "m", "transforms.m.type", "Mask$Value", "transforms.m.fields",
                           "a",          NULL};
    lc_autoptr(lc_error) error = validate(&validation, pairs);
    CHECK(!error);
    const lc_json *configs = lc_json_get(validation.answer, "configs");
    size_t first = lc_json_count(configs) - 7;
    for (size_t i = 0; i < 7; i++) {
        const lc_json *value = lc_json_get(lc_json_at(configs, first + i), "value");
        CHECK_EQ_STR(lc_json_string(lc_json_get(value, "name")), expected[i]);
    }
    const lc_json *version = config_of(&validation, "transforms.m.plugin.version");
    CHECK_EQ_STR(lc_json_string(lc_json_get(lc_json_get(version, "value"), "value")), "1.0");
}

TEST(versions)
{
    static const char wrong[] =
        "Plugin File not found that matches the version range [4.0,5.0), available versions: [3.0]";
    char twice[300];
    is_sink = true;
    CHECK_MESSAGES("", "connector.plugin.version", "[3.0,4.0)", "value.converter.plugin.version", "latest");
    CHECK_MESSAGES("Unbounded range: [3", "connector.plugin.version", "[3");
    snprintf(twice, sizeof twice, "%s\n%s", wrong, wrong);
    CHECK_MESSAGES(twice, "connector.plugin.version", "[4.0,5.0)");
    CHECK_MESSAGES("Plugin " JSON " not found that matches the version range 9, available versions: [4.1.0]",
                   "key.converter.plugin.version", "9");
}

TEST(own_keys_replace_those_of_the_framework)
{
    is_sink = true;
    lc_auto(lc_validation) validation;
    const char *pairs[] = {NULL};
    lc_autoptr(lc_error) error = validate(&validation, pairs);
    CHECK(!error);
    const lc_json *tasks = lc_json_at(lc_json_get(validation.answer, "configs"), 3);
    CHECK_EQ_STR(lc_json_string(lc_json_get(lc_json_get(tasks, "definition"), "documentation")), "Ours.");
    CHECK_EQ_STR(lc_json_string(lc_json_get(lc_json_get(tasks, "value"), "value")), "7");
}

TEST(converters_of_the_connector)
{
    is_sink = true;
    CHECK_MESSAGES(
        "Invalid value maybe for configuration schemas.enable: Expected value to be either true or false",
        "value.converter", JSON, "value.converter.schemas.enable", "maybe");
    CHECK_MESSAGES("", "value.converter.schemas.enable", "maybe");
    CHECK_MESSAGES("Class class " SIMPLE " does not implement the Converter interface", "key.converter",
                   SIMPLE);
    lc_auto(lc_validation) validation;
    const char *pairs[] = {"key.converter", JSON, NULL};
    lc_autoptr(lc_error) error = validate(&validation, pairs);
    CHECK(!error);
    const lc_json *type = config_of(&validation, "key.converter.converter.type");
    CHECK_EQ_STR(lc_json_string(lc_json_get(lc_json_get(type, "value"), "value")), "key");
    CHECK_EQ_STR(lc_json_string(lc_json_get(lc_json_get(type, "definition"), "name")),
                 "key.converter.converter.type");
    const lc_json *recommended =
        lc_json_get(lc_json_get(config_of(&validation, "key.converter"), "value"), "recommended_values");
    CHECK_EQ_STR(lc_json_string(lc_json_at(recommended, 0)), JSON);
}

TEST(overrides)
{
    is_sink = true;
    CHECK_MESSAGES("", "consumer.override.max.poll.records", "5", "producer.override.linger.ms", "ignored");
    CHECK_MESSAGES("Invalid value x for configuration max.poll.records: Not a number of type INT",
                   "consumer.override.max.poll.records", "x");
    lc_props_set(worker, "connector.client.config.override.policy", "Principal");
    CHECK_MESSAGES("The 'Principal' policy does not allow 'client.id' to be overridden in the connector "
                   "configuration.",
                   "consumer.override.client.id", "x", "consumer.override.sasl.mechanism", "PLAIN");
    lc_props_remove(worker, "connector.client.config.override.policy");
    lc_auto(lc_validation) validation;
    const char *pairs[] = {"consumer.override.sasl.jaas.config", "secret", "consumer.override.x", "1", NULL};
    lc_autoptr(lc_error) error = validate(&validation, pairs);
    CHECK(!error);
    const lc_json *jaas = config_of(&validation, "consumer.override.sasl.jaas.config");
    CHECK_EQ_STR(lc_json_string(lc_json_get(lc_json_get(jaas, "value"), "value")), "[hidden]");
    CHECK(lc_json_is(lc_json_get(config_of(&validation, "consumer.override.x"), "definition"), LC_JSON_NULL));
}

TEST(distributed_rules)
{
    lc_props_set(worker, "group.id", "connect-c");
    distributed = true;
    is_sink = true;
    CHECK_MESSAGES("Consumer group for sink connector named c conflicts with Connect worker group connect-c");
    CHECK_MESSAGES("Consumer group connect-c conflicts with Connect worker group connect-c",
                   "consumer.override.group.id", "connect-c");
    is_sink = false;
    exactly_once = LC_SUPPORT_YES;
    CHECK_MESSAGES("This worker does not have exactly-once source support enabled.", "exactly.once.support",
                   "REQUIRED");
    lc_props_set(worker, "exactly.once.source.support", "enabled");
    CHECK_MESSAGES("", "exactly.once.support", "required");
    CHECK_MESSAGES("An unexpected error occurred during validation: boom", "exactly.once.support", "required",
                   "explode", "1");
    exactly_once = LC_SUPPORT_NO;
    CHECK_MESSAGES("The connector does not support exactly-once semantics with the provided configuration.",
                   "exactly.once.support", "required");
    boundaries = LC_SUPPORT_YES;
    CHECK_MESSAGES("", "transaction.boundary", "connector");
    boundaries = LC_SUPPORT_NO;
    CHECK_MESSAGES("The connector does not support connector-defined transaction boundaries with the given "
                   "configuration. Please reconfigure it to use a different transaction boundary definition.",
                   "transaction.boundary", "connector");
    distributed = false;
    CHECK_MESSAGES("", "transaction.boundary", "connector", "exactly.once.support", "required");
}

TEST(one_error_for_all)
{
    is_sink = false;
    lc_auto(lc_validation) validation;
    const char *pairs[] = {"errors.tolerance", "some", "name", "", NULL};
    lc_autoptr(lc_error) failed = validate(&validation, pairs);
    CHECK(!failed);
    CHECK_EQ_INT(validation.error_count, 2);
    lc_autoptr(lc_error) error = lc_validation_to_error(&validation);
    CHECK_EQ_INT(lc_error_code(error), LC_E_BAD_REQUEST);
    CHECK_EQ_STR(lc_error_message(error),
                 "Connector configuration is invalid and contains the following 2 error(s):\n"
                 "Invalid value  for configuration name: String may not be empty\n"
                 "Invalid value some for configuration errors.tolerance: String must be one of: none, all\n"
                 "You can also find the above list of errors at the endpoint "
                 "`/connector-plugins/{connectorType}/config/validate`");
}

static void check_request(const char *plugin, const char *class_name, const char *message)
{
    lc_autoptr(lc_props) props = lc_props_new();
    if (class_name) lc_props_set(props, "connector.class", class_name);
    else lc_props_set(props, "a", "b");
    lc_autoptr(lc_error) error = lc_validate_request_class(plugin, props);
    CHECK_EQ_STR(error ? lc_error_message(error) : NULL, message);
}

TEST(class_of_the_request)
{
    check_request("FileStreamSink", CONNECT("file.FileStreamSinkConnector"), NULL);
    check_request(CONNECT("file.FileStreamSinkConnector"), "FileStreamSink",
                  "Included connector type FileStreamSink does not match request type "
                  CONNECT("file.FileStreamSinkConnector"));
    check_request("FileStreamSink", "FileStreamSource",
                  "Included connector type FileStreamSource does not match request type FileStreamSink");
    check_request("FileStreamSink", "",
                  "Included connector type  does not match request type FileStreamSink");
    check_request("FileStreamSink", NULL, "Connector config {a=b} contains no connector type: set connector.class");
}

int main(void)
{
    mask_def = lc_config_def_new();
    json_def = lc_config_def_new();
    own_def = lc_config_def_new();
    lc_config_def_add_table(mask_def, mask_keys, 3);
    lc_config_def_add_table(json_def, json_keys, 3);
    lc_config_def_add_table(own_def, own_keys, 2);
    worker = lc_props_new();
    lc_props_set(worker, "key.converter", JSON);
    lc_props_set(worker, "value.converter", JSON);
    RUN(right_is_right);
    RUN(sink_topics);
    RUN(null_values);
    RUN(transforms);
    RUN(keys_of_transforms_have_their_place);
    RUN(versions);
    RUN(own_keys_replace_those_of_the_framework);
    RUN(converters_of_the_connector);
    RUN(overrides);
    RUN(distributed_rules);
    RUN(one_error_for_all);
    RUN(class_of_the_request);
    lc_config_def_free(mask_def);
    lc_config_def_free(json_def);
    lc_config_def_free(own_def);
    lc_props_free(worker);
    return check_report();
}
