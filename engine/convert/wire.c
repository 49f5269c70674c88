#include "convert/wire.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

#define STRATEGIES "io.confluent.kafka.serializers.subject."

static lc_error *check_strategy(void *context, const char *name, const lc_config_value *value);

#define TOGGLE(setting, value, text)                                                                       \
    {                                                                                                      \
        .name = setting, .type = LC_CONFIG_BOOLEAN, .fallback = value, .importance = LC_IMPORTANCE_MEDIUM, \
        .doc = text                                                                                        \
    }
#define STRATEGY(setting, text)                                                                       \
    {                                                                                                 \
        .name = setting, .type = LC_CONFIG_STRING, .fallback = STRATEGIES "TopicNameStrategy",        \
        .importance = LC_IMPORTANCE_MEDIUM, .check = {.kind = LC_CHECK_CALL, .call = check_strategy}, \
        .doc = text                                                                                   \
    }

static const lc_config_key keys[] = {
    TOGGLE("auto.register.schemas", "true", "Whether a schema that is new is registered when it is written."),
    TOGGLE("use.latest.version", "false",
           "Whether the latest schema of the subject is written with, and read as. Writing so needs "
           "auto.register.schemas=false."),
    TOGGLE("normalize.schemas", "false", "Whether the registry normalises schemas before it compares them."),
    TOGGLE("latest.compatibility.strict", "true",
           "Accepted; schemas are always checked when records are written."),
    TOGGLE("id.compatibility.strict", "true",
           "Accepted; schemas are always checked when records are written."),
    STRATEGY("key.subject.name.strategy", "How the subject of a key's schema is named."),
    STRATEGY("value.subject.name.strategy", "How the subject of a value's schema is named."),
    {.name = "use.schema.id",
     .type = LC_CONFIG_INT,
     .fallback = "-1",
     .importance = LC_IMPORTANCE_LOW,
     .doc = "The id of the schema to write with, when auto.register.schemas=false."},
    {.name = "latest.cache.ttl.sec",
     .type = LC_CONFIG_INT,
     .fallback = "-1",
     .importance = LC_IMPORTANCE_LOW,
     .doc = "After how many seconds the latest version is asked for again; -1: never."},
    {.name = "schemas.cache.config",
     .type = LC_CONFIG_INT,
     .fallback = "1000",
     .importance = LC_IMPORTANCE_LOW,
     .doc = "How many schemas this converter remembers."},
};

static const struct {
    const char *name;
    lc_wire_strategy strategy;
} strategies[] = {
    {"TopicNameStrategy", LC_SUBJECT_TOPIC},
    {"RecordNameStrategy", LC_SUBJECT_RECORD},
    {"TopicRecordNameStrategy", LC_SUBJECT_TOPIC_RECORD},
    {"AssociatedNameStrategy", LC_SUBJECT_TOPIC}, /* names by topic unless the registry says otherwise */
};

/* By full or simple name; -1: none. */
static int find_strategy(const char *name)
{
    size_t cut = strncmp(name, STRATEGIES, sizeof STRATEGIES - 1) ? 0 : sizeof STRATEGIES - 1;
    for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++)
        if (!strcmp(name + cut, strategies[i].name)) return (int)strategies[i].strategy;
    return -1;
}

static lc_error *check_strategy(void *context, const char *name, const lc_config_value *value)
{
    (void)context;
    if (!value->is_null && find_strategy(value->text.data) >= 0) return NULL;
    return lc_config_invalid_value(
        name, value, "There are TopicNameStrategy, RecordNameStrategy and TopicRecordNameStrategy");
}

void lc_wire_define(lc_config_def *def)
{
    lc_config_def_add_table(def, lc_registry_keys, lc_registry_key_count);
    lc_config_def_add_table(def, keys, sizeof keys / sizeof *keys);
}

static void read_settings(lc_wire *wire, const lc_config_values *values)
{
    bool key = wire->role == LC_ROLE_KEY;
    int64_t ttl = lc_config_int(values, "latest.cache.ttl.sec");
    int64_t most = lc_config_int(values, "schemas.cache.config");
    wire->strategy = (lc_wire_strategy)find_strategy(
        lc_config_string(values, key ? "key.subject.name.strategy" : "value.subject.name.strategy"));
    wire->auto_register = lc_config_bool(values, "auto.register.schemas");
    wire->use_latest = lc_config_bool(values, "use.latest.version");
    wire->normalize = lc_config_bool(values, "normalize.schemas");
    wire->use_id = (int32_t)lc_config_int(values, "use.schema.id");
    wire->latest_ttl_ms = ttl < 0 ? -1 : ttl * 1000;
    wire->cache_max = most < 1 ? 1 : (size_t)most;
}

lc_error *lc_wire_open(lc_wire *wire, const char *format, const lc_props *settings, lc_converter_role role)
{
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_autoptr(lc_config_values) values = NULL;
    *wire = (lc_wire){.format = format, .role = role};
    lc_config_def_add_table(def, keys, sizeof keys / sizeof *keys);
    LC_TRY(lc_config_parse(def, settings, &values));
    read_settings(wire, values);
    return lc_registry_open(settings, &wire->registry);
}

void lc_wire_close(lc_wire *wire)
{
    lc_registry_close(wire->registry);
    wire->registry = NULL;
}

lc_error *lc_wire_split(lc_text bytes, int32_t *ret_id, lc_text *ret_payload)
{
    const uint8_t *b = (const uint8_t *)bytes.data;
    if (bytes.len && b[0] != 0)
        return lc_fail(
            LC_E_SERIALIZATION,
            "Unknown magic byte! It is 0x%02x, and 0 begins what a schema registry's serializer writes. "
            "Use the converter of the format that the topic has",
            b[0]);
    if (bytes.len < LC_WIRE_HEAD)
        return lc_fail(
            LC_E_SERIALIZATION,
            "The message has %zu bytes; the id of its schema alone takes 5. Use the converter of the "
            "format that the topic has",
            bytes.len);
    *ret_id = (int32_t)((uint32_t)b[1] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 8 | b[4]);
    *ret_payload = (lc_text){bytes.data + LC_WIRE_HEAD, bytes.len - LC_WIRE_HEAD};
    return NULL;
}

void lc_wire_put_head(uint8_t head[LC_WIRE_HEAD], int32_t id)
{
    uint32_t bits = (uint32_t)id;
    head[0] = 0;
    for (int i = 0; i < 4; i++) head[1 + i] = (uint8_t)(bits >> (24 - 8 * i));
}

lc_error *lc_wire_subject(const lc_wire *wire, lc_text topic, lc_text record, lc_buf *subject)
{
    const char *role = wire->role == LC_ROLE_KEY ? "key" : "value";
    if (wire->strategy == LC_SUBJECT_TOPIC) {
        lc_buf_printf(subject, "%.*s-%s", (int)topic.len, topic.data, role);
        return NULL;
    }
    if (!record.data)
        return lc_fail(
            LC_E_SERIALIZATION,
            "In configuration %s.subject.name.strategy = %s, the message %s must only be a record schema",
            role, wire->strategy == LC_SUBJECT_RECORD ? "RecordNameStrategy" : "TopicRecordNameStrategy",
            role);
    if (wire->strategy == LC_SUBJECT_TOPIC_RECORD)
        lc_buf_printf(subject, "%.*s-", (int)topic.len, topic.data);
    lc_buf_add(subject, record.data, record.len);
    return NULL;
}

/* A subject or schema that the registry doesn't have, when schemas may not be registered. */
static lc_error *advise(lc_error *error, lc_text subject, const char *what)
{
    if (lc_error_code(error) != LC_E_NOT_FOUND) return error;
    return lc_wrap(error, LC_E_NOT_FOUND,
                   "%s of subject %.*s isn't registered. Register it, or set auto.register.schemas=true: %s",
                   what, (int)subject.len, subject.data, lc_error_message(error));
}

static lc_error *find_other(lc_wire *wire, lc_text subject, lc_wire_target *ret)
{
    lc_error *error;
    bool by_id = wire->use_id >= 0;
    if (by_id) error = lc_registry_by_id(wire->registry, wire->use_id, &ret->other);
    else error = lc_registry_by_version(wire->registry, subject, -1, &ret->other);
    if (error) return advise(error, subject, by_id ? "The schema with use.schema.id" : "The latest version");
    ret->is_other = true;
    ret->id = ret->other.id;
    if (ret->id >= 0) return NULL;
    return lc_fail(LC_E_CONNECT, "The schema registry says no id for the latest version of subject %.*s",
                   (int)subject.len, subject.data);
}

lc_error *lc_wire_find_target(lc_wire *wire, lc_text topic, lc_text record, lc_text text,
                              lc_wire_target *ret_target)
{
    return lc_wire_find_target_with(wire, topic, record, text, NULL, 0, ret_target);
}

lc_error *lc_wire_find_target_with(lc_wire *wire, lc_text topic, lc_text record, lc_text text,
                                   const lc_registry_reference *references, size_t reference_count,
                                   lc_wire_target *ret_target)
{
    lc_auto(lc_buf) name = {0};
    *ret_target = (lc_wire_target){.id = -1};
    LC_TRY(lc_wire_subject(wire, topic, record, &name));
    lc_text subject = {name.data, name.len};
    lc_registry_request request = {.subject = subject,
                                   .type = lc_text_of(wire->format),
                                   .text = text,
                                   .references = references,
                                   .reference_count = reference_count,
                                   .normalize = wire->normalize};
    if (wire->auto_register) return lc_registry_register(wire->registry, &request, &ret_target->id);
    if (wire->use_id >= 0 || wire->use_latest) {
        lc_error *error = find_other(wire, subject, ret_target);
        if (error) lc_wire_target_done(ret_target);
        return error;
    }
    lc_error *error = lc_registry_look_up(wire->registry, &request, &ret_target->id, NULL);
    return error ? advise(error, subject, "The schema") : NULL;
}

void lc_wire_target_done(lc_wire_target *target)
{
    if (target->is_other) lc_registry_schema_done(&target->other);
    target->is_other = false;
}

int64_t lc_wire_latest_expires(const lc_wire *wire)
{
    return wire->latest_ttl_ms < 0 ? INT64_MAX : lc_monotonic_ms() + wire->latest_ttl_ms;
}

/* What the registry refuses to say doesn't matter: a schema may be read without its version. */
static lc_error *find_version(lc_wire *wire, lc_text subject, const lc_registry_schema *schema,
                              int32_t *ret_version)
{
    lc_registry_request request = {.subject = subject,
                                   .type = schema->type,
                                   .text = schema->text,
                                   .references = schema->references,
                                   .reference_count = schema->reference_count};
    lc_error *error = lc_registry_look_up(wire->registry, &request, NULL, ret_version);
    if (!error || lc_error_is_retriable(error)) return error;
    lc_error_free(error);
    *ret_version = -1;
    return NULL;
}

lc_error *lc_wire_find_reader(lc_wire *wire, lc_text topic, lc_text record, const lc_registry_schema *schema,
                              lc_registry_schema *ret_latest, int32_t *ret_version, int64_t *ret_expires_ms)
{
    lc_auto(lc_buf) name = {0};
    *ret_latest = (lc_registry_schema){0};
    *ret_version = -1;
    lc_error *nameless = lc_wire_subject(wire, topic, record, &name);
    if (nameless) {
        lc_error_free(nameless);
        return NULL;
    }
    lc_text subject = {name.data, name.len};
    if (!wire->use_latest) return find_version(wire, subject, schema, ret_version);
    LC_TRY(lc_registry_by_version(wire->registry, subject, -1, ret_latest));
    *ret_version = ret_latest->version;
    *ret_expires_ms = lc_wire_latest_expires(wire);
    return NULL;
}

lc_error *lc_wire_fail(const lc_wire *wire, bool reading, lc_text topic, lc_error *cause)
{
    bool retriable = lc_error_is_retriable(cause);
    const char *format = !strcmp(wire->format, "AVRO")   ? "Avro"
                         : !strcmp(wire->format, "JSON") ? "JSON Schema"
                                                         : "Protobuf";
    lc_error *error =
        lc_wrap(cause, retriable ? LC_E_RETRIABLE : LC_E_DATA, "Failed to %s data %s topic %.*s %s %s: %s",
                reading ? "deserialize" : "serialize", reading ? "for" : "of", (int)topic.len, topic.data,
                reading ? "to" : "as", format, lc_error_message(cause));
    lc_error_set_retriable(error, retriable);
    return error;
}

lc_error *lc_wire_name_schema(const lc_wire *wire, int32_t id, lc_error *cause)
{
    bool retriable = lc_error_is_retriable(cause);
    lc_error *error = lc_wrap(cause, LC_E_DATA, "Schema %d of registry %s: %s", id,
                              lc_registry_urls(wire->registry), lc_error_message(cause));
    lc_error_set_retriable(error, retriable);
    return error;
}

lc_error *lc_wire_check_format(const lc_wire *wire, const lc_registry_schema *schema)
{
    if (lc_text_is(schema->type, wire->format)) return NULL;
    return lc_fail(LC_E_DATA, "It is a %.*s schema. Use the converter for that", (int)schema->type.len,
                   schema->type.data);
}

lc_error *lc_wire_name_reference(const lc_registry_reference *reference, lc_error *cause)
{
    bool retriable = lc_error_is_retriable(cause);
    lc_error *error =
        lc_wrap(cause, LC_E_DATA, "Version %d of subject %.*s, which it refers to: %s", reference->version,
                (int)reference->subject.len, reference->subject.data, lc_error_message(cause));
    lc_error_set_retriable(error, retriable);
    return error;
}
