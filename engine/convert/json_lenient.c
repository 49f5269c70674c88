/* JsonNode to Connect values: Jackson's accessors give 0, false or null for nodes of another kind. */
#include "convert/field_path.h"
#include "convert/json_schema.h"

#include "java/base64.h"

enum { DAY_MS = 86400000 };

static lc_error *to_null(const lc_json_context *context, const lc_schema *schema, lc_value *ret)
{
    *ret = lc_value_null();
    if (!schema) return NULL;
    if (schema->has_default && context->replace_null)
        *ret = lc_value_fork(context->arena, &schema->default_value);
    else if (!schema->optional)
        return lc_fail(LC_E_DATA, "Invalid null value for required %s field",
                       lc_type_java_name((lc_type)schema->type));
    return NULL;
}

static bool decode_base64(lc_arena *arena, lc_text text, lc_text *ret)
{
    uint8_t *bytes = lc_arena_alloc(arena, lc_base64_bytes_max(text.len));
    size_t len;
    if (!lc_base64_decode(LC_BASE64_MIME, text, bytes, &len)) return false;
    *ret = (lc_text){(char *)bytes, len};
    return true;
}

static lc_error *to_decimal(const lc_json_context *context, const lc_schema *schema, const lc_node *node,
                            lc_value *ret)
{
    lc_decimal *decimal = lc_arena_alloc(context->arena, sizeof *decimal);
    *ret = (lc_value){.kind = LC_DECIMAL, .u.decimal = decimal};
    if (node->kind == LC_NODE_NUMBER && lc_decimal_parse(context->arena, node->text, decimal)) return NULL;
    if (node->kind != LC_NODE_STRING)
        return lc_fail(
            LC_E_DATA,
            "Invalid type for Decimal, underlying representation should be numeric or bytes but was %s",
            lc_node_kind_name(node));
    lc_text bytes, scale = lc_schema_parameter(schema, "scale");
    int64_t value;
    bool fits = decode_base64(context->arena, node->text, &bytes) && scale.data &&
                lc_parse_int(scale, INT32_MIN, INT32_MAX, &value) &&
                lc_decimal_of_bytes(bytes.data, bytes.len, (int32_t)value, decimal);
    return fits ? NULL : lc_fail(LC_E_DATA, "Invalid bytes for Decimal field");
}

static lc_error *to_date(const lc_json_context *context, const lc_schema *schema, const lc_node *node,
                         lc_value *ret)
{
    bool is_timestamp = schema->logical == LC_LOGICAL_TIMESTAMP;
    if (is_timestamp ? !lc_node_is_integral(node) : !lc_node_is_int32(node))
        return lc_fail(LC_E_DATA, "Invalid type for %s, underlying representation should be %s but was %s",
                       is_timestamp                         ? "Timestamp"
                       : schema->logical == LC_LOGICAL_DATE ? "Date"
                                                            : "Time",
                       is_timestamp ? "integral" : "integer", lc_node_kind_name(node));
    int64_t ms = lc_node_long(node, context->arena);
    if (schema->logical == LC_LOGICAL_TIME && (ms < 0 || ms > DAY_MS))
        return lc_fail(LC_E_DATA,
                       "Time values must use number of milliseconds greater than 0 and less than 86400000");
    *ret = lc_value_date(schema->logical == LC_LOGICAL_DATE ? ms * DAY_MS : ms);
    return NULL;
}

/* An object iterates over its values, anything else that is no array over nothing. */
static lc_error *to_array(const lc_json_context *context, const lc_schema *schema, const lc_node *node,
                          lc_value *ret)
{
    *ret = lc_list_new(context->arena, node->count);
    for (uint32_t i = 0; i < node->count; i++) {
        lc_value *item = lc_list_add(context->arena, ret->u.list);
        LC_TRY(lc_json_node_to_value(context, schema ? schema->values : NULL, &node->items[i], item));
    }
    return NULL;
}

static lc_error *to_text_map(const lc_json_context *context, const lc_schema *values, const lc_node *node,
                             lc_value *ret)
{
    if (node->kind != LC_NODE_OBJECT)
        return lc_fail(LC_E_DATA, "Maps with string fields should be encoded as JSON objects, but found %s",
                       lc_node_kind_name(node));
    *ret = lc_object_new(context->arena, lc_shape_empty(context->types), node->count);
    for (uint32_t i = 0; i < node->count; i++) {
        lc_value value;
        LC_TRY(lc_json_node_to_value(context, values, &node->items[i], &value));
        *lc_map_set(context->types, context->arena, ret, node->names[i]) = value;
    }
    return NULL;
}

static lc_error *to_pair_map(const lc_json_context *context, const lc_schema *schema, const lc_node *node,
                             lc_value *ret)
{
    if (node->kind != LC_NODE_ARRAY)
        return lc_fail(LC_E_DATA,
                       "Maps with non-string fields should be encoded as JSON array of tuples, but found %s",
                       lc_node_kind_name(node));
    *ret = lc_map_new(context->arena, node->count);
    for (uint32_t i = 0; i < node->count; i++) {
        const lc_node *pair = &node->items[i];
        if (pair->kind != LC_NODE_ARRAY)
            return lc_fail(LC_E_DATA, "Found invalid map entry instead of array tuple: %s",
                           lc_node_kind_name(pair));
        if (pair->count != 2)
            return lc_fail(LC_E_DATA, "Found invalid map entry, expected length 2 but found :%u",
                           pair->count);
        lc_value key, value;
        LC_TRY(lc_json_node_to_value(context, schema->keys, &pair->items[0], &key));
        LC_TRY(lc_json_node_to_value(context, schema->values, &pair->items[1], &value));
        lc_map_put(context->arena, ret->u.map, key, value);
    }
    return NULL;
}

static lc_error *to_struct(const lc_json_context *context, const lc_schema *schema, const lc_node *node,
                           lc_value *ret)
{
    if (node->kind != LC_NODE_OBJECT)
        return lc_fail(LC_E_DATA, "Structs should be encoded as JSON objects, but found %s",
                       lc_node_kind_name(node));
    *ret = lc_struct_new(context->arena, schema);
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_name *name = &schema->shape->names[i];
        const lc_node *member = lc_node_get_text(node, (lc_text){name->text, name->len});
        lc_value *slot = &ret->u.object->slots[i];
        lc_error *error = lc_json_node_to_value(context, schema->fields[i], member, slot);
        if (LC_UNLIKELY(error != NULL)) return lc_error_in_field(error, name->text);
        LC_TRY(lc_schema_validate(schema->fields[i], name->text, slot));
    }
    return NULL;
}

static lc_error *to_bytes(const lc_json_context *context, const lc_node *node, lc_value *ret)
{
    lc_text bytes;
    *ret = lc_value_null();
    if (node->kind != LC_NODE_STRING) return NULL;
    if (!decode_base64(context->arena, node->text, &bytes)) return lc_fail(LC_E_DATA, "Invalid bytes field");
    *ret = lc_value_bytes(bytes);
    return NULL;
}

static lc_error *to_typed(const lc_json_context *context, const lc_schema *schema, const lc_node *node,
                          lc_value *ret)
{
    lc_arena *arena = context->arena;
    switch (schema->type) {
    case LC_TYPE_BOOLEAN: *ret = lc_value_bool(node->kind == LC_NODE_BOOLEAN && node->truth); return NULL;
    case LC_TYPE_INT8: *ret = lc_value_int(LC_INT8, (int8_t)lc_node_long(node, arena)); return NULL;
    case LC_TYPE_INT16: *ret = lc_value_int(LC_INT16, (int16_t)lc_node_long(node, arena)); return NULL;
    case LC_TYPE_INT32: *ret = lc_value_int(LC_INT32, (int32_t)lc_node_long(node, arena)); return NULL;
    case LC_TYPE_INT64: *ret = lc_value_int(LC_INT64, lc_node_long(node, arena)); return NULL;
    case LC_TYPE_FLOAT32: *ret = lc_value_float(lc_node_float(node)); return NULL;
    case LC_TYPE_FLOAT64: *ret = lc_value_double(lc_node_double(node)); return NULL;
    case LC_TYPE_STRING:
        *ret = node->kind == LC_NODE_STRING ? lc_value_text(node->text) : lc_value_null();
        return NULL;
    case LC_TYPE_BYTES: return to_bytes(context, node, ret);
    case LC_TYPE_ARRAY: return to_array(context, schema, node, ret);
    case LC_TYPE_MAP:
        if (schema->keys->type == LC_TYPE_STRING) return to_text_map(context, schema->values, node, ret);
        return to_pair_map(context, schema, node, ret);
    default: return to_struct(context, schema, node, ret);
    }
}

static lc_error *to_any(const lc_json_context *context, const lc_node *node, lc_value *ret)
{
    switch (node->kind) {
    case LC_NODE_BOOLEAN: *ret = lc_value_bool(node->truth); return NULL;
    case LC_NODE_NUMBER:
        *ret = node->number.integral ? lc_value_int(LC_INT64, node->number.i64)
                                     : lc_value_double(node->number.f64);
        return NULL;
    case LC_NODE_STRING: *ret = lc_value_text(node->text); return NULL;
    case LC_NODE_ARRAY: return to_array(context, NULL, node, ret);
    case LC_NODE_OBJECT: return to_text_map(context, NULL, node, ret);
    default: *ret = lc_value_null(); return NULL;
    }
}

lc_error *lc_json_node_to_value(const lc_json_context *context, const lc_schema *schema, const lc_node *node,
                                lc_value *ret_value)
{
    if (!node || node->kind == LC_NODE_NULL) return to_null(context, schema, ret_value);
    if (!schema) return to_any(context, node, ret_value);
    if (schema->logical == LC_LOGICAL_DECIMAL) return to_decimal(context, schema, node, ret_value);
    if (schema->logical) return to_date(context, schema, node, ret_value);
    return to_typed(context, schema, node, ret_value);
}
