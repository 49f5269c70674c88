#include "tv.h"

#include <inttypes.h>
#include <stdlib.h>

#include "java/base64.h"
#include "java/number.h"

static lc_error *malformed(const lc_json *json, const char *what)
{
    lc_auto(lc_buf) text = {0};
    if (json) lc_json_dump(json, &text);
    return lc_fail(LC_E_BAD_REQUEST, "%s: %s", what, json ? text.data : "(missing)");
}

static lc_error *int64_of(const lc_json *json, int64_t *ret)
{
    if (lc_json_int(json, ret)) return NULL;
    lc_text text = lc_json_text(json);
    if (text.data && lc_parse_int(text, INT64_MIN, INT64_MAX, ret)) return NULL;
    return malformed(json, "not an integer");
}

static lc_error *bits_of(const lc_json *json, uint64_t *ret)
{
    const char *hex = lc_json_string(lc_json_get(json, "bits"));
    char *end;
    if (!hex) return malformed(json, "float without bits");
    *ret = strtoull(hex, &end, 16);
    return *end ? malformed(json, "bits are not hexadecimal") : NULL;
}

lc_error *tv_bytes(const tv_scope *scope, const lc_json *json, lc_text *ret_bytes)
{
    *ret_bytes = (lc_text){0};
    if (lc_json_is(json, LC_JSON_NULL)) return NULL;
    const char *text = lc_json_string(json);
    if (!text) return malformed(json, "bytes are not a string");
    size_t len = 0;
    uint8_t *bytes = lc_arena_alloc(scope->arena, lc_base64_bytes_max(strlen(text)) + 1);
    if (!lc_base64_decode(LC_BASE64_BASIC, lc_text_of(text), bytes, &len))
        return malformed(json, "not base64");
    *ret_bytes = (lc_text){(const char *)bytes, len};
    return NULL;
}

/* One function per tag of DATA; `kind` is the tag's kind. */
typedef lc_error *decode_fn(const tv_scope *scope, const lc_json *json, const lc_schema *schema, uint8_t kind,
                            lc_value *ret);

static lc_error *decode_int(const tv_scope *scope, const lc_json *json, const lc_schema *schema, uint8_t kind,
                            lc_value *ret)
{
    (void)scope, (void)schema;
    *ret = (lc_value){.kind = kind};
    return int64_of(lc_json_get(json, "v"), &ret->u.i);
}

static lc_error *decode_float32(const tv_scope *scope, const lc_json *json, const lc_schema *schema,
                                uint8_t kind, lc_value *ret)
{
    (void)scope, (void)schema, (void)kind;
    uint64_t bits;
    LC_TRY(bits_of(json, &bits));
    uint32_t narrow = (uint32_t)bits;
    float number;
    memcpy(&number, &narrow, sizeof number);
    *ret = lc_value_float(number);
    return NULL;
}

static lc_error *decode_float64(const tv_scope *scope, const lc_json *json, const lc_schema *schema,
                                uint8_t kind, lc_value *ret)
{
    (void)scope, (void)schema, (void)kind;
    uint64_t bits;
    LC_TRY(bits_of(json, &bits));
    double number;
    memcpy(&number, &bits, sizeof number);
    *ret = lc_value_double(number);
    return NULL;
}

static lc_error *decode_boolean(const tv_scope *scope, const lc_json *json, const lc_schema *schema,
                                uint8_t kind, lc_value *ret)
{
    (void)scope, (void)schema, (void)kind;
    *ret = lc_value_bool(lc_json_bool(lc_json_get(json, "v"), false));
    return NULL;
}

static lc_error *decode_string(const tv_scope *scope, const lc_json *json, const lc_schema *schema,
                               uint8_t kind, lc_value *ret)
{
    (void)scope, (void)schema, (void)kind;
    const lc_json *v = lc_json_get(json, "v");
    if (!lc_json_is(v, LC_JSON_STRING)) return malformed(json, "not a string");
    *ret = lc_value_text(lc_json_text(v));
    return NULL;
}

static lc_error *decode_bytes(const tv_scope *scope, const lc_json *json, const lc_schema *schema,
                              uint8_t kind, lc_value *ret)
{
    (void)schema, (void)kind;
    lc_text bytes;
    LC_TRY(tv_bytes(scope, lc_json_get(json, "v"), &bytes));
    *ret = lc_value_bytes(bytes);
    return NULL;
}

static lc_error *decode_decimal(const tv_scope *scope, const lc_json *json, const lc_schema *schema,
                                uint8_t kind, lc_value *ret)
{
    (void)schema;
    const lc_json *unscaled = lc_json_get(json, kind == LC_BIGINT ? "v" : "unscaled");
    lc_decimal *decimal = lc_arena_alloc(scope->arena, sizeof *decimal);
    int64_t scale = 0;
    if (!lc_bigint_parse(scope->arena, lc_json_text(unscaled), decimal))
        return malformed(json, "not an integer");
    if (kind == LC_DECIMAL) LC_TRY(int64_of(lc_json_get(json, "scale"), &scale));
    decimal->scale = (int32_t)scale;
    *ret = (lc_value){.kind = kind, .u.decimal = decimal};
    return NULL;
}

static const lc_schema *element_schema(const lc_schema *schema, lc_type type, bool key)
{
    if (!schema || schema->type != (uint8_t)type) return NULL;
    return key ? schema->keys : schema->values;
}

static lc_error *decode_array(const tv_scope *scope, const lc_json *json, const lc_schema *schema,
                              uint8_t kind, lc_value *ret)
{
    (void)kind;
    const lc_json *items = lc_json_get(json, "v");
    lc_value list = lc_list_new(scope->arena, (uint32_t)lc_json_count(items));
    for (size_t i = 0; i < lc_json_count(items); i++) {
        lc_value item;
        LC_TRY(tv_data(scope, lc_json_at(items, i), element_schema(schema, LC_TYPE_ARRAY, false), &item));
        *lc_list_add(scope->arena, list.u.list) = item;
    }
    *ret = list;
    return NULL;
}

static bool all_keys_are_text(const lc_json *entries)
{
    for (size_t i = 0; i < lc_json_count(entries); i++) {
        const char *tag = lc_json_string(lc_json_get(lc_json_at(lc_json_at(entries, i), 0), "t"));
        if (!tag || strcmp(tag, "string") != 0) return false;
    }
    return true;
}

static lc_error *decode_map(const tv_scope *scope, const lc_json *json, const lc_schema *schema, uint8_t kind,
                            lc_value *ret)
{
    (void)kind;
    const lc_json *entries = lc_json_get(json, "v");
    uint32_t count = (uint32_t)lc_json_count(entries);
    bool object = all_keys_are_text(entries);
    lc_value map = object ? lc_object_new(scope->arena, lc_shape_empty(scope->types), count)
                          : lc_map_new(scope->arena, count);
    for (uint32_t i = 0; i < count; i++) {
        const lc_json *entry = lc_json_at(entries, i);
        lc_value key, value;
        LC_TRY(tv_data(scope, lc_json_at(entry, 0), element_schema(schema, LC_TYPE_MAP, true), &key));
        LC_TRY(tv_data(scope, lc_json_at(entry, 1), element_schema(schema, LC_TYPE_MAP, false), &value));
        if (object) *lc_map_set(scope->types, scope->arena, &map, lc_value_as_text(&key)) = value;
        else lc_map_put(scope->arena, map.u.map, key, value);
    }
    *ret = map;
    return NULL;
}

static lc_error *decode_struct(const tv_scope *scope, const lc_json *json, const lc_schema *schema,
                               uint8_t kind, lc_value *ret)
{
    (void)kind;
    const lc_json *fields = lc_json_get(json, "v"), *own = lc_json_get(json, "schema");
    if (own) LC_TRY(tv_schema(scope, own, &schema));
    if (!schema || schema->type != LC_TYPE_STRUCT) return malformed(json, "struct without a schema");
    lc_value made = lc_struct_new(scope->arena, schema);
    for (size_t i = 0; i < lc_json_count(fields); i++) {
        const lc_json *field = lc_json_at(fields, i);
        lc_text name = lc_json_text(lc_json_at(field, 0));
        int32_t at = name.data ? lc_shape_find(schema->shape, name.data, name.len) : -1;
        if (at < 0) return malformed(field, "field is not in the schema");
        LC_TRY(tv_data(scope, lc_json_at(field, 1), schema->fields[at], &made.u.object->slots[at]));
    }
    *ret = made;
    return NULL;
}

static const struct {
    const char *tag;
    uint8_t kind;
    decode_fn *decode;
} tags[] = {
    {"int8", LC_INT8, decode_int},           {"int16", LC_INT16, decode_int},
    {"int32", LC_INT32, decode_int},         {"int64", LC_INT64, decode_int},
    {"float32", LC_FLOAT32, decode_float32}, {"float64", LC_FLOAT64, decode_float64},
    {"boolean", LC_BOOLEAN, decode_boolean}, {"string", LC_STRING, decode_string},
    {"bytes", LC_BYTES, decode_bytes},       {"date", LC_DATE, decode_int},
    {"decimal", LC_DECIMAL, decode_decimal}, {"bigint", LC_BIGINT, decode_decimal},
    {"array", LC_ARRAY, decode_array},       {"map", LC_MAP, decode_map},
    {"struct", LC_STRUCT, decode_struct},
};

lc_error *tv_data(const tv_scope *scope, const lc_json *json, const lc_schema *schema, lc_value *ret_value)
{
    *ret_value = lc_value_null();
    if (lc_json_is(json, LC_JSON_NULL)) return NULL;
    const char *tag = lc_json_string(lc_json_get(json, "t"));
    for (size_t i = 0; tag && i < sizeof tags / sizeof tags[0]; i++) {
        if (!strcmp(tag, tags[i].tag)) return tags[i].decode(scope, json, schema, tags[i].kind, ret_value);
    }
    return malformed(json, "unknown kind of data");
}

lc_error *tv_pair(const tv_scope *scope, const lc_json *json, const lc_schema **ret_schema,
                  lc_value *ret_value)
{
    LC_TRY(tv_schema(scope, lc_json_get(json, "schema"), ret_schema));
    return tv_data(scope, lc_json_get(json, "data"), *ret_schema, ret_value);
}

static lc_error *type_of(const lc_json *json, lc_type *ret_type)
{
    lc_text name = lc_json_text(lc_json_get(json, "type"));
    if (lc_text_is(name, "float")) name = LC_TEXT("float32");
    if (lc_text_is(name, "double")) name = LC_TEXT("float64");
    return name.data && lc_type_parse(name, ret_type) ? NULL : malformed(json, "unknown type of schema");
}

static void decode_parameters(const tv_scope *scope, const lc_json *json, lc_schema_spec *spec)
{
    uint32_t count = (uint32_t)lc_json_count(json);
    lc_parameter *parameters = lc_arena_alloc(scope->arena, (count + 1) * sizeof *parameters);
    for (uint32_t i = 0; i < count; i++) {
        parameters[i] = (lc_parameter){lc_json_key_text_at(json, i), lc_json_text(lc_json_at(json, i))};
    }
    spec->parameters = parameters;
    spec->parameter_count = count;
}

static lc_error *decode_fields(const tv_scope *scope, const lc_json *json, lc_schema_spec *spec)
{
    uint32_t count = (uint32_t)lc_json_count(json);
    lc_text *names = lc_arena_alloc(scope->arena, (count + 1) * sizeof *names);
    const lc_schema **schemas = lc_arena_alloc(scope->arena, (count + 1) * sizeof *schemas);
    for (uint32_t i = 0; i < count; i++) {
        const lc_json *field = lc_json_at(json, i);
        names[i] = lc_json_text(lc_json_get(field, "field"));
        LC_TRY(tv_schema(scope, field, &schemas[i]));
    }
    spec->field_names = names;
    spec->field_schemas = schemas;
    spec->field_count = count;
    return NULL;
}

/* A default may be a struct of the schema that it is the default of: that schema without the default. */
static lc_error *decode_default(const tv_scope *scope, const lc_json *json, lc_schema_spec *spec)
{
    const lc_schema *bare;
    LC_TRY(lc_schema_intern(scope->types, spec, &bare));
    LC_TRY(tv_data(scope, json, bare, &spec->default_value));
    spec->has_default = true;
    return NULL;
}

lc_error *tv_schema(const tv_scope *scope, const lc_json *json, const lc_schema **ret_schema)
{
    *ret_schema = NULL;
    if (lc_json_is(json, LC_JSON_NULL)) return NULL;
    lc_schema_spec spec = {0};
    int64_t version = 0;
    LC_TRY(type_of(json, &spec.type));
    spec.optional = lc_json_bool(lc_json_get(json, "optional"), false);
    spec.has_version = lc_json_int(lc_json_get(json, "version"), &version);
    spec.version = (int32_t)version;
    spec.name = lc_json_text(lc_json_get(json, "name"));
    spec.doc = lc_json_text(lc_json_get(json, "doc"));
    decode_parameters(scope, lc_json_get(json, "parameters"), &spec);
    if (spec.type == LC_TYPE_ARRAY) LC_TRY(tv_schema(scope, lc_json_get(json, "items"), &spec.values));
    if (spec.type == LC_TYPE_MAP) {
        LC_TRY(tv_schema(scope, lc_json_get(json, "keys"), &spec.keys));
        LC_TRY(tv_schema(scope, lc_json_get(json, "values"), &spec.values));
    }
    if (spec.type == LC_TYPE_STRUCT) LC_TRY(decode_fields(scope, lc_json_get(json, "fields"), &spec));
    const lc_json *fallback = lc_json_get(json, "default");
    if (!lc_json_is(fallback, LC_JSON_NULL)) LC_TRY(decode_default(scope, fallback, &spec));
    return lc_schema_intern(scope->types, &spec, ret_schema);
}

static const char *const timestamp_types[] = {
    [LC_TIMESTAMP_NONE] = "NoTimestampType",
    [LC_TIMESTAMP_CREATE] = "CreateTime",
    [LC_TIMESTAMP_APPEND] = "LogAppendTime",
};

static lc_error *decode_timestamp_type(const lc_json *json, uint8_t *ret)
{
    const char *name = lc_json_string(json);
    *ret = LC_TIMESTAMP_NULL;
    if (!name) return NULL;
    for (uint8_t i = 0; i < sizeof timestamp_types / sizeof timestamp_types[0]; i++) {
        if (!strcmp(name, timestamp_types[i])) *ret = i;
    }
    return *ret == LC_TIMESTAMP_NULL ? malformed(json, "unknown type of timestamp") : NULL;
}

static lc_error *decode_long(const lc_json *json, uint8_t *ret_has, int64_t *ret)
{
    *ret_has = !lc_json_is(json, LC_JSON_NULL);
    return *ret_has ? int64_of(json, ret) : NULL;
}

static lc_error *decode_headers(const tv_scope *scope, const lc_json *json, lc_batch *batch,
                                lc_record *record)
{
    for (size_t i = 0; i < lc_json_count(json); i++) {
        const lc_json *header = lc_json_at(json, i);
        const lc_schema *schema;
        lc_value value;
        LC_TRY(tv_pair(scope, lc_json_get(header, "tv"), &schema, &value));
        lc_record_add_header(batch, record, lc_json_text(lc_json_get(header, "key")), schema, value);
    }
    return NULL;
}

static void keep_original(lc_record *record)
{
    record->original_topic = record->topic;
    record->original_topic_len = record->topic_len;
    record->original_partition = record->partition;
    record->original_offset = record->offset;
}

lc_error *tv_record(const tv_scope *scope, const lc_json *json, lc_batch *batch, lc_record **ret_record)
{
    lc_record *record = lc_batch_add(batch);
    lc_text topic = lc_json_text(lc_json_get(json, "topic")), kind = lc_json_text(lc_json_get(json, "kind"));
    int64_t partition = 0;
    record->side = lc_text_is(kind, "sink") ? LC_RECORD_SINK : LC_RECORD_SOURCE;
    record->topic = topic.data;
    record->topic_len = (uint32_t)topic.len;
    LC_TRY(decode_long(lc_json_get(json, "partition"), &record->has_partition, &partition));
    record->partition = (int32_t)partition;
    LC_TRY(decode_long(lc_json_get(json, "timestamp"), &record->has_timestamp, &record->timestamp));
    LC_TRY(decode_long(lc_json_get(json, "offset"), &record->has_offset, &record->offset));
    LC_TRY(decode_timestamp_type(lc_json_get(json, "timestampType"), &record->timestamp_type));
    LC_TRY(tv_pair(scope, lc_json_get(json, "key"), &record->key_schema, &record->key));
    LC_TRY(tv_pair(scope, lc_json_get(json, "value"), &record->value_schema, &record->value));
    LC_TRY(decode_headers(scope, lc_json_get(json, "headers"), batch, record));
    keep_original(record);
    *ret_record = record;
    return NULL;
}

lc_error *tv_config(const lc_json *json, lc_props **ret_config)
{
    if (json) return lc_json_to_props(json, ret_config);
    *ret_config = lc_props_new();
    return NULL;
}
