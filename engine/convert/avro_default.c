#include "convert/avro_default.h"

#include <math.h>

#include "java/charset.h"
#include "java/number.h"

/* Bytes as text, one character each, and back. */
static lc_json *latin1_to_json(lc_text bytes)
{
    lc_auto(lc_buf) text = {0};
    lc_buf_reserve(&text, bytes.len * 2);
    for (size_t i = 0; i < bytes.len; i++) {
        char two[4];
        lc_buf_add(&text, two, lc_utf8_put((unsigned char)bytes.data[i], two));
    }
    return lc_json_new_text((lc_text){text.data ? text.data : "", text.len});
}

static lc_value latin1_to_bytes(lc_arena *arena, lc_text text)
{
    char *bytes = lc_arena_alloc(arena, text.len + 1);
    size_t count = 0, len;
    for (size_t at = 0; at < text.len; at += len) {
        uint32_t c = lc_utf8_get(text.data + at, &len);
        bytes[count++] = c < 256 ? (char)c : '?';
    }
    return lc_value_bytes((lc_text){bytes, count});
}

static lc_json *real_to_json(const lc_value *value)
{
    char text[LC_DOUBLE_TEXT];
    size_t len = value->kind == LC_FLOAT32 ? lc_float_to_text((float)value->u.d, text)
                                           : lc_double_to_text(value->u.d, text);
    return isfinite(value->u.d) ? lc_json_new_number((lc_text){text, len})
                                : lc_json_new_text((lc_text){text, len});
}

static lc_error *fail_type(const lc_schema *schema, const lc_value *value)
{
    return lc_fail(LC_E_DATA, "Invalid type used for default value of %s field: class %s",
                   lc_type_java_name((lc_type)schema->type), lc_value_java_class(value));
}

static lc_error *list_to_json(const lc_avro_options *options, const lc_schema *schema, const lc_value *value,
                              lc_json *array)
{
    for (uint32_t i = 0; i < value->u.list->count; i++) {
        lc_json *item = NULL;
        LC_TRY(lc_avro_default_to_json(options, schema->values, &value->u.list->items[i], &item));
        lc_json_add(array, item);
    }
    return NULL;
}

static lc_error *map_to_json(const lc_avro_options *options, const lc_schema *schema, const lc_value *value,
                             lc_json *into)
{
    bool plain = lc_avro_is_plain_map(options, schema);
    for (uint32_t i = 0; i < lc_map_size(value); i++) {
        lc_value key, *item;
        lc_json *key_json = NULL, *item_json = NULL;
        lc_map_entry(value, i, &key, &item);
        LC_TRY(lc_avro_default_to_json(options, schema->values, item, &item_json));
        if (plain && key.kind == LC_STRING) {
            lc_json_set_at(into, lc_value_as_text(&key), item_json);
            continue;
        }
        lc_error *error = lc_avro_default_to_json(options, schema->keys, &key, &key_json);
        if (error) lc_json_free(item_json);
        LC_TRY(error);
        lc_json *entry = lc_json_add(into, lc_json_new_array());
        lc_json_add(entry, key_json);
        lc_json_add(entry, item_json);
    }
    return NULL;
}

static lc_error *struct_to_json(const lc_avro_options *options, const lc_schema *schema,
                                const lc_value *value, lc_json **object)
{
    lc_auto(lc_arena) scratch = {0};
    const lc_object *given = value->u.object;
    bool is_union = lc_avro_is_union(schema);
    for (uint32_t i = 0; i < schema->shape->count && i < given->shape->count; i++) {
        const lc_name *name = &schema->shape->names[i];
        lc_json *member = NULL;
        LC_TRY(lc_avro_default_to_json(options, schema->fields[i], lc_struct_get(given, i), &member));
        if (is_union) { /* AvroData looks at the first field alone */
            lc_json_free(*object);
            *object = member;
            return NULL;
        }
        lc_json_set_at(*object, lc_avro_scrub(&scratch, options, (lc_text){name->text, name->len}), member);
    }
    return NULL;
}

static lc_error *container_to_json(const lc_avro_options *options, const lc_schema *schema,
                                   const lc_value *value, lc_json **ret)
{
    lc_error *error;
    if (value->kind != schema->type) return fail_type(schema, value);
    if (schema->type == LC_TYPE_ARRAY) {
        *ret = lc_json_new_array();
        error = list_to_json(options, schema, value, *ret);
    } else if (schema->type == LC_TYPE_MAP) {
        *ret = lc_avro_is_plain_map(options, schema) ? lc_json_new_object() : lc_json_new_array();
        error = map_to_json(options, schema, value, *ret);
    } else {
        *ret = lc_json_new_object();
        error = struct_to_json(options, schema, value, ret);
    }
    if (!error) return NULL;
    lc_json_free(*ret);
    *ret = NULL;
    return error;
}

static lc_error *from_logical(const lc_schema *schema, lc_value *value)
{
    if (schema->logical == LC_LOGICAL_NONE) return NULL;
    if (schema->logical == LC_LOGICAL_DECIMAL) {
        if (value->kind != LC_DECIMAL) return fail_type(schema, value);
        const lc_decimal *d = value->u.decimal;
        int64_t scale;
        if (!lc_parse_int(lc_schema_parameter(schema, "scale"), INT32_MIN, INT32_MAX, &scale))
            return lc_fail(LC_E_DATA, "Invalid Decimal schema: scale parameter not found.");
        if (scale != d->scale)
            return lc_fail(
                LC_E_DATA,
                "Decimal value has mismatching scale for given Decimal schema. Schema has scale %d, "
                "value has scale %d.",
                (int)scale, d->scale);
        *value = lc_value_bytes((lc_text){(const char *)d->unscaled, d->len});
        return NULL;
    }
    if (value->kind != LC_DATE) return fail_type(schema, value);
    lc_value plain;
    LC_TRY(lc_logical_encode(schema, value, &plain));
    *value = plain;
    return NULL;
}

lc_error *lc_avro_default_to_json(const lc_avro_options *options, const lc_schema *schema,
                                  const lc_value *value, lc_json **ret_json)
{
    lc_value plain = *value;
    *ret_json = NULL;
    if (value->kind == LC_NULL) {
        *ret_json = lc_json_new_null();
        return NULL;
    }
    LC_TRY(from_logical(schema, &plain));
    if (schema->type >= LC_TYPE_ARRAY) return container_to_json(options, schema, &plain, ret_json);
    if (plain.kind != schema->type) return fail_type(schema, value);
    switch (schema->type) {
    case LC_TYPE_BOOLEAN: *ret_json = lc_json_new_bool(plain.u.i); break;
    case LC_TYPE_FLOAT32:
    case LC_TYPE_FLOAT64: *ret_json = real_to_json(&plain); break;
    case LC_TYPE_STRING: *ret_json = lc_json_new_text(lc_value_as_text(&plain)); break;
    case LC_TYPE_BYTES: *ret_json = latin1_to_json(lc_value_as_text(&plain)); break;
    default: *ret_json = lc_json_new_int(plain.u.i); break;
    }
    return NULL;
}

lc_error *lc_avro_to_logical(lc_arena *arena, const lc_schema *schema, lc_value *value)
{
    static const struct {
        const char *name, *wants;
        uint8_t kind;
    } logicals[] = {
        [LC_LOGICAL_DECIMAL] = {"Decimal", "bytes", LC_BYTES},
        [LC_LOGICAL_DATE] = {"Date", "int32", LC_INT32},
        [LC_LOGICAL_TIME] = {"Time", "int32", LC_INT32},
        [LC_LOGICAL_TIMESTAMP] = {"Timestamp", "int64", LC_INT64},
    };
    lc_logical logical = schema->logical;
    if (logical == LC_LOGICAL_NONE || value->kind == LC_NULL) return NULL;
    if (value->kind != logicals[logical].kind)
        return lc_fail(LC_E_DATA,
                       "Invalid type for %s, underlying representation should be %s but was class %s",
                       logicals[logical].name, logicals[logical].wants, lc_value_java_class(value));
    if (logical == LC_LOGICAL_TIME && (value->u.i < 0 || value->u.i > 86400000))
        return lc_fail(LC_E_DATA,
                       "Time values must use number of milliseconds greater than 0 and less than 86400000");
    if (logical != LC_LOGICAL_DECIMAL) {
        *value = lc_value_date(logical == LC_LOGICAL_DATE ? value->u.i * 86400000 : value->u.i);
        return NULL;
    }
    int64_t scale;
    lc_text parameter = lc_schema_parameter(schema, "scale");
    if (!parameter.data) return lc_fail(LC_E_DATA, "Invalid Decimal schema: scale parameter not found.");
    if (!lc_parse_int(parameter, INT32_MIN, INT32_MAX, &scale))
        return lc_fail(LC_E_DATA, "Invalid scale parameter found in Decimal schema: %s", parameter.data);
    lc_decimal *decimal = lc_arena_alloc(arena, sizeof *decimal);
    if (!lc_decimal_of_bytes(value->u.s, value->len, (int32_t)scale, decimal))
        return lc_fail(LC_E_NUMBER_FORMAT, "Zero length BigInteger");
    *value = (lc_value){.kind = LC_DECIMAL, .u.decimal = decimal};
    return NULL;
}

/* JacksonUtils.toObject: JSON as the Java object that the Avro type suggests (NULL: none known). What fits
 * none of these is null. Records and maps become text-keyed maps. */
static lc_value to_object(const lc_avro_defaults *context, const lc_avro *avro, const lc_json *json);

static lc_value number_to_object(const lc_avro *avro, const lc_json *json)
{
    int64_t whole = 0;
    double real = 0;
    bool is_whole = lc_json_int(json, &whole), is_int = is_whole && whole == (int32_t)whole;
    lc_json_double(json, &real);
    int type = avro ? (int)avro->type : is_int ? LC_AVRO_INT : is_whole ? LC_AVRO_LONG : LC_AVRO_DOUBLE;
    if (type == LC_AVRO_DOUBLE) return lc_value_double(real);
    if (type == LC_AVRO_FLOAT) return lc_value_float((float)real);
    if (type == LC_AVRO_INT && is_whole) return lc_value_int(is_int ? LC_INT32 : LC_INT64, whole);
    if (type == LC_AVRO_LONG && is_whole) return lc_value_int(LC_INT64, whole);
    return lc_value_null();
}

static lc_value array_to_object(const lc_avro_defaults *context, const lc_avro *avro, const lc_json *json)
{
    size_t count = lc_json_count(json);
    lc_value list = lc_list_new(context->arena, (uint32_t)count);
    const lc_avro *items = avro && avro->type == LC_AVRO_ARRAY ? avro->items : NULL;
    if (avro && !items && count) *context->broken = true;
    for (size_t i = 0; i < count; i++)
        *lc_list_add(context->arena, list.u.list) = to_object(context, items, lc_json_at(json, i));
    return list;
}

static lc_value members_to_object(const lc_avro_defaults *context, const lc_avro *avro, const lc_json *json)
{
    lc_value map = lc_object_new(context->arena, lc_shape_empty(context->types), 0);
    for (size_t i = 0; i < lc_json_count(json); i++) {
        lc_text key = lc_json_key_text_at(json, i);
        const lc_avro *part = NULL;
        if (avro && avro->type == LC_AVRO_MAP) part = avro->items;
        const lc_avro_field *field =
            avro && avro->type == LC_AVRO_RECORD ? lc_avro_find_field(avro, key, NULL) : NULL;
        if (field) part = field->schema;
        lc_value member = to_object(context, part, lc_json_at(json, i));
        *lc_map_set(context->types, context->arena, &map, key) = member;
    }
    return map;
}

static lc_value text_to_object(const lc_avro_defaults *context, const lc_avro *avro, const lc_json *json)
{
    if (avro && (avro->type == LC_AVRO_FLOAT || avro->type == LC_AVRO_DOUBLE)) {
        double real;
        if (!lc_avro_real(json, &real)) return lc_value_null();
        return avro->type == LC_AVRO_FLOAT ? lc_value_float((float)real) : lc_value_double(real);
    }
    lc_text text = lc_json_text(json);
    if (!avro || avro->type == LC_AVRO_STRING || avro->type == LC_AVRO_ENUM) return lc_value_text(text);
    bool binary = avro->type == LC_AVRO_BYTES || avro->type == LC_AVRO_FIXED;
    return binary ? latin1_to_bytes(context->arena, text) : lc_value_null();
}

static lc_value to_object(const lc_avro_defaults *context, const lc_avro *avro, const lc_json *json)
{
    if (avro && avro->type == LC_AVRO_UNION) avro = avro->count ? avro->branches[0] : NULL;
    switch (lc_json_kind_of(json)) {
    case LC_JSON_NULL: return lc_value_null();
    case LC_JSON_BOOL: return lc_value_bool(lc_json_bool(json, false));
    case LC_JSON_INT:
    case LC_JSON_NUMBER: return number_to_object(avro, json);
    case LC_JSON_STRING: return text_to_object(context, avro, json);
    case LC_JSON_ARRAY: return array_to_object(context, avro, json);
    case LC_JSON_OBJECT: return members_to_object(context, avro, json);
    }
    return lc_value_null();
}

static lc_error *to_value(const lc_avro_defaults *context, const lc_schema *schema, const lc_value *object,
                          lc_value *ret);

static lc_error *fail_object(const lc_schema *schema, const lc_value *object)
{
    return lc_fail(LC_E_DATA, "Invalid type for %s: class %s", lc_type_java_name((lc_type)schema->type),
                   lc_value_java_class(object));
}

static lc_error *to_list(const lc_avro_defaults *context, const lc_schema *schema, const lc_value *object,
                         lc_value *ret)
{
    if (object->kind != LC_ARRAY) return fail_object(schema, object);
    *ret = lc_list_new(context->arena, object->u.list->count);
    for (uint32_t i = 0; i < object->u.list->count; i++)
        LC_TRY(to_value(context, schema->values, &object->u.list->items[i],
                        lc_list_add(context->arena, ret->u.list)));
    return NULL;
}

static lc_error *to_map(const lc_avro_defaults *context, const lc_schema *schema, const lc_value *object,
                        lc_value *ret)
{
    bool plain = schema->keys->type == LC_TYPE_STRING && !schema->keys->optional;
    if (object->kind != (plain ? LC_MAP : LC_ARRAY)) return fail_object(schema, object);
    if (!plain && object->u.list->count) return fail_object(schema, object);
    *ret = lc_object_new(context->arena, lc_shape_empty(context->types), 0);
    for (uint32_t i = 0; plain && i < lc_map_size(object); i++) {
        lc_value key, *item, converted;
        lc_map_entry(object, i, &key, &item);
        LC_TRY(to_value(context, schema->values, item, &converted));
        *lc_map_set(context->types, context->arena, ret, lc_value_as_text(&key)) = converted;
    }
    return NULL;
}

/* The first field that a value of this class may be in. */
static lc_error *to_union(const lc_avro_defaults *context, const lc_schema *schema, const lc_value *object,
                          lc_value *ret)
{
    *ret = lc_struct_new(context->arena, schema);
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_schema *field = schema->fields[i];
        if (field->type != object->kind || field->type == LC_TYPE_STRUCT || lc_avro_is_enum(field)) continue;
        return to_value(context, field, object, &ret->u.object->slots[i]);
    }
    return lc_fail(LC_E_DATA, "Did not find matching union field for data");
}

static lc_error *to_struct(const lc_avro_defaults *context, const lc_schema *schema, const lc_value *object,
                           lc_value *ret)
{
    if (lc_avro_is_union(schema)) return to_union(context, schema, object, ret);
    if (object->kind != LC_MAP) return fail_object(schema, object);
    *ret = lc_struct_new(context->arena, schema);
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_name *name = &schema->shape->names[i];
        const lc_schema *field = schema->fields[i];
        lc_text key = lc_avro_scrub(context->arena, context->options, (lc_text){name->text, name->len});
        const lc_value *given = lc_value_field(object, key);
        if (!given && field->has_default) given = &field->default_value;
        if (given) LC_TRY(to_value(context, field, given, &ret->u.object->slots[i]));
        else if (!field->optional) return lc_fail(LC_E_DATA, "Found null value for non-optional schema");
    }
    return NULL;
}

static lc_error *to_value(const lc_avro_defaults *context, const lc_schema *schema, const lc_value *object,
                          lc_value *ret)
{
    *ret = lc_value_null();
    if (object->kind == LC_NULL) return NULL;
    switch (schema->type) {
    case LC_TYPE_ARRAY: return to_list(context, schema, object, ret);
    case LC_TYPE_MAP: return to_map(context, schema, object, ret);
    case LC_TYPE_STRUCT: return to_struct(context, schema, object, ret);
    case LC_TYPE_INT8:
        if (object->kind != LC_INT32) return fail_object(schema, object);
        *ret = lc_value_int(LC_INT8, (int8_t)object->u.i);
        break;
    case LC_TYPE_INT16:
        if (object->kind != LC_INT32) return fail_object(schema, object);
        *ret = lc_value_int(LC_INT16, (int16_t)object->u.i);
        break;
    default:
        if (object->kind != schema->type) return fail_object(schema, object);
        *ret = *object;
    }
    return lc_avro_to_logical(context->arena, schema, ret);
}

lc_error *lc_avro_default_of_field(const lc_avro_defaults *context, const lc_schema *schema,
                                   const lc_avro *avro, const lc_json *json, lc_value *ret_value)
{
    bool broken = false;
    lc_avro_defaults inner = *context;
    inner.broken = &broken;
    lc_value object = to_object(&inner, avro, json);
    if (broken) return lc_fail(LC_E_DATA, "Not an array");
    return to_value(context, schema, &object, ret_value);
}

/* Accessors of Jackson's nodes: what isn't a number is 0. */
static int64_t long_of(const lc_json *json)
{
    int64_t whole = 0;
    double real;
    if (!lc_json_int(json, &whole) && lc_json_double(json, &real)) whole = lc_double_to_int64(real);
    return whole;
}

static int32_t int_of(const lc_json *json)
{
    int64_t whole = 0;
    double real;
    if (!lc_json_int(json, &whole) && lc_json_double(json, &real)) return lc_double_to_int32(real);
    return (int32_t)whole;
}

static bool bool_of(const lc_json *json)
{
    if (lc_json_is(json, LC_JSON_STRING)) return lc_text_is(lc_text_trim(lc_json_text(json)), "true");
    if (lc_json_is(json, LC_JSON_INT)) return long_of(json) != 0;
    return lc_json_bool(json, false);
}

static lc_value text_of(const lc_json *json)
{
    lc_text text = lc_json_text(json);
    if (!text.data) text = lc_json_is(json, LC_JSON_NULL) ? LC_TEXT("null") : LC_TEXT("");
    return lc_value_text(text);
}

static lc_error *prop_list(const lc_avro_defaults *context, const lc_schema *schema, const lc_avro *avro,
                           const lc_json *json, lc_value *ret)
{
    if (!lc_json_is(json, LC_JSON_ARRAY) || !schema->values)
        return lc_fail(LC_E_DATA, "Invalid JSON for array default value");
    *ret = lc_list_new(context->arena, (uint32_t)lc_json_count(json));
    for (size_t i = 0; i < lc_json_count(json); i++)
        LC_TRY(lc_avro_default_of_prop(context, schema->values, avro->items, lc_json_at(json, i),
                                       lc_list_add(context->arena, ret->u.list)));
    return NULL;
}

static lc_error *prop_map(const lc_avro_defaults *context, const lc_schema *schema, const lc_avro *avro,
                          const lc_json *json, lc_value *ret)
{
    if (!lc_json_is(json, LC_JSON_OBJECT) || !schema->values)
        return lc_fail(LC_E_DATA, "Invalid JSON for map default value");
    *ret = lc_object_new(context->arena, lc_shape_empty(context->types), 0);
    for (size_t i = 0; i < lc_json_count(json); i++) {
        lc_text key = lc_json_key_text_at(json, i);
        lc_value item;
        LC_TRY(lc_avro_default_of_prop(context, schema->values, avro->items, lc_json_at(json, i), &item));
        *lc_map_set(context->types, context->arena, ret, key) = item;
    }
    return NULL;
}

static lc_error *prop_record(const lc_avro_defaults *context, const lc_schema *schema, const lc_avro *avro,
                             const lc_json *json, lc_value *ret)
{
    if (!lc_json_is(json, LC_JSON_OBJECT) || schema->type != LC_TYPE_STRUCT)
        return lc_fail(LC_E_DATA, "Invalid JSON for record default value");
    *ret = lc_struct_new(context->arena, schema);
    for (uint32_t i = 0; i < avro->count && i < schema->shape->count; i++) {
        const lc_json *member = lc_json_get(json, avro->fields[i].name.data);
        lc_value *slot = &ret->u.object->slots[i];
        if (member)
            LC_TRY(lc_avro_default_of_prop(context, schema->fields[i], avro->fields[i].schema, member, slot));
        if (slot->kind == LC_NULL && !schema->fields[i]->optional)
            return lc_fail(LC_E_DATA, "Invalid value: null used for required field: \"%s\"",
                           schema->shape->names[i].text);
    }
    return NULL;
}

/* In a nullable field the Connect schema is that of the other branch; AvroData then looks for a union. */
static lc_error *prop_union(const lc_avro_defaults *context, const lc_schema *schema, const lc_avro *avro,
                            const lc_json *json, lc_value *ret)
{
    const lc_avro *first = avro->count ? avro->branches[0] : NULL;
    if (!first || first->type == LC_AVRO_NULL) return NULL;
    if (avro->count == 1 && context->options->flatten)
        return lc_avro_default_of_prop(context, schema, first, json, ret);
    if (schema->type != LC_TYPE_STRUCT) return fail_object(schema, ret);
    lc_text name = lc_avro_branch_name(context->arena, context->options, first, 0);
    int32_t at = lc_shape_find(schema->shape, name.data, name.len);
    if (at < 0) return lc_fail(LC_E_DATA, "%.*s is not a valid field name", (int)name.len, name.data);
    return lc_avro_default_of_prop(context, schema->fields[at], first, json, ret);
}

static lc_error *prop_scalar(const lc_avro_defaults *context, const lc_schema *schema, const lc_avro *avro,
                             const lc_json *json, lc_value *ret)
{
    switch (avro->type) {
    case LC_AVRO_INT:
        if (schema->type == LC_TYPE_INT8) *ret = lc_value_int(LC_INT8, (int8_t)int_of(json));
        if (schema->type == LC_TYPE_INT16) *ret = lc_value_int(LC_INT16, (int16_t)int_of(json));
        if (schema->type == LC_TYPE_INT32) *ret = lc_value_int(LC_INT32, int_of(json));
        break;
    case LC_AVRO_LONG: *ret = lc_value_int(LC_INT64, long_of(json)); break;
    case LC_AVRO_FLOAT:
    case LC_AVRO_DOUBLE: {
        double real = 0;
        lc_avro_real(json, &real);
        *ret = avro->type == LC_AVRO_FLOAT ? lc_value_float((float)real) : lc_value_double(real);
        break;
    }
    case LC_AVRO_BOOLEAN: *ret = lc_value_bool(bool_of(json)); break;
    case LC_AVRO_STRING:
    case LC_AVRO_ENUM: *ret = text_of(json); break;
    case LC_AVRO_BYTES:
    case LC_AVRO_FIXED:
        if (lc_json_is(json, LC_JSON_STRING)) *ret = latin1_to_bytes(context->arena, lc_json_text(json));
        break;
    default: break;
    }
    return lc_avro_to_logical(context->arena, schema, ret);
}

lc_error *lc_avro_default_of_prop(const lc_avro_defaults *context, const lc_schema *schema,
                                  const lc_avro *avro, const lc_json *json, lc_value *ret_value)
{
    *ret_value = lc_value_null();
    switch (avro->type) {
    case LC_AVRO_ARRAY: return prop_list(context, schema, avro, json, ret_value);
    case LC_AVRO_MAP: return prop_map(context, schema, avro, json, ret_value);
    case LC_AVRO_RECORD: return prop_record(context, schema, avro, json, ret_value);
    case LC_AVRO_UNION: return prop_union(context, schema, avro, json, ret_value);
    default: return prop_scalar(context, schema, avro, json, ret_value);
    }
}
