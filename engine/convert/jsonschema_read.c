/* JSON into values: JsonSchemaData.toConnectData. */
#include "convert/jsonschema_data.h"
#include "java/base64.h"

enum { DEPTH_MAX = 512 };

static lc_error *to_null(const lc_js_reader *r, const lc_schema *schema, const lc_node *node, lc_value *ret)
{
    *ret = lc_value_null();
    if (schema->has_default) *ret = lc_value_fork(r->context.arena, &schema->default_value);
    else if (node && !schema->optional)
        return lc_fail(LC_E_DATA, "Invalid null value for required %s field",
                       lc_type_java_name((lc_type)schema->type));
    return NULL;
}

/* An object iterates over its values, anything else that is no array over nothing. */
static lc_error *to_list(lc_js_reader *r, const lc_schema *schema, const lc_node *node, lc_value *ret)
{
    *ret = lc_list_new(r->context.arena, node->count);
    for (uint32_t i = 0; i < node->count; i++) {
        lc_value *item = lc_list_add(r->context.arena, ret->u.list);
        LC_TRY(lc_js_read(r, schema->values, &node->items[i], item));
    }
    return NULL;
}

static lc_error *to_named(lc_js_reader *r, const lc_schema *schema, const lc_node *node, lc_value *ret)
{
    if (node->kind != LC_NODE_OBJECT)
        return lc_fail(LC_E_DATA, "Maps with string fields should be encoded as JSON objects, but found %s",
                       lc_node_kind_name(node));
    *ret = lc_object_new(r->context.arena, lc_shape_empty(r->context.types), node->count);
    for (uint32_t i = 0; i < node->count; i++) {
        lc_value value;
        lc_error *error = lc_js_read(r, schema->values, &node->items[i], &value);
        if (error) lc_js_path_add(r->path, node->names[i]);
        if (error) return error;
        *lc_map_set(r->context.types, r->context.arena, ret, node->names[i]) = value;
    }
    return NULL;
}

static lc_error *to_entries(lc_js_reader *r, const lc_schema *schema, const lc_node *node, lc_value *ret)
{
    if (node->kind != LC_NODE_ARRAY)
        return lc_fail(LC_E_DATA,
                       "Maps with non-string fields should be encoded as JSON array of objects, but found %s",
                       lc_node_kind_name(node));
    *ret = lc_map_new(r->context.arena, node->count);
    for (uint32_t i = 0; i < node->count; i++) {
        const lc_node *entry = &node->items[i];
        lc_value key, value;
        if (entry->kind != LC_NODE_OBJECT)
            return lc_fail(LC_E_DATA, "Found invalid map entry instead of object: %s",
                           lc_node_kind_name(entry));
        if (entry->count != 2)
            return lc_fail(LC_E_DATA, "Found invalid map entry, expected length 2 but found :%u",
                           entry->count);
        LC_TRY(lc_js_read(r, schema->keys, lc_node_get(entry, "key"), &key));
        LC_TRY(lc_js_read(r, schema->values, lc_node_get(entry, "value"), &value));
        lc_map_put(r->context.arena, ret->u.map, key, value);
    }
    return NULL;
}

static lc_error *put_field(lc_js_reader *r, const lc_object *object, uint32_t slot, const lc_node *node)
{
    const lc_schema *schema = object->schema->fields[slot];
    lc_value *value = &object->slots[slot];
    LC_TRY(lc_js_read(r, schema, node, value));
    if (value->kind == LC_NULL) return NULL;
    return lc_schema_validate(schema, object->shape->names[slot].text, value);
}

static lc_error *to_struct(lc_js_reader *r, const lc_schema *schema, const lc_node *node, lc_value *ret)
{
    if (node->kind != LC_NODE_OBJECT)
        return lc_fail(LC_E_DATA, "Structs should be encoded as JSON objects, but found %s",
                       lc_node_kind_name(node));
    *ret = lc_struct_new(r->context.arena, schema);
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        lc_text name = {schema->shape->names[i].text, schema->shape->names[i].len};
        lc_error *error = put_field(r, ret->u.object, i, lc_node_get_text(node, name));
        if (!error) continue;
        lc_js_path_add(r->path, name);
        return error;
    }
    return NULL;
}

/* Whether the node is of the class that a field of a simple type takes. */
static bool is_instance(const lc_schema *schema, const lc_node *node)
{
    if (lc_js_is_any(schema)) return true;
    if (schema->logical == LC_LOGICAL_DECIMAL && node->kind == LC_NODE_STRING) return true;
    switch (schema->type) {
    case LC_TYPE_INT8:
    case LC_TYPE_INT16:
    case LC_TYPE_INT32:
    case LC_TYPE_INT64: return lc_node_is_integral(node);
    case LC_TYPE_FLOAT32:
    case LC_TYPE_FLOAT64: return node->kind == LC_NODE_NUMBER;
    case LC_TYPE_BOOLEAN: return node->kind == LC_NODE_BOOLEAN;
    case LC_TYPE_STRING: return node->kind == LC_NODE_STRING;
    case LC_TYPE_BYTES:
        if (node->kind == LC_NODE_STRING) return !schema->logical;
        return node->kind == LC_NODE_NUMBER && !lc_node_is_integral(node);
    case LC_TYPE_ARRAY: return node->kind == LC_NODE_ARRAY;
    case LC_TYPE_MAP: return node->kind == LC_NODE_OBJECT || node->kind == LC_NODE_ARRAY;
    default: return false;
    }
}

/* How many members of the object a struct has, inside of it too. */
static size_t shared_members(const lc_schema *schema, const lc_node *node)
{
    size_t sum = 0;
    if (schema->type != LC_TYPE_STRUCT || node->kind != LC_NODE_OBJECT) return 0;
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_name *name = &schema->shape->names[i];
        const lc_node *member = lc_node_get_text(node, (lc_text){name->text, name->len});
        if (member) sum += 1 + shared_members(schema->fields[i], member);
    }
    return sum;
}

static lc_error *to_union(lc_js_reader *r, const lc_schema *schema, const lc_node *node, lc_value *ret)
{
    size_t most = 0;
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        bool simple = is_instance(schema->fields[i], node);
        size_t shared = simple ? 0 : shared_members(schema->fields[i], node);
        if (!simple && shared <= most) continue;
        most = shared;
        best = i;
        if (simple) break;
    }
    if (best == UINT32_MAX) return lc_fail(LC_E_DATA, "Did not find matching oneof field for data");
    *ret = lc_struct_new(r->context.arena, schema);
    return put_field(r, ret->u.object, best, node);
}

static lc_text raw_text(const lc_node *node)
{
    return (lc_text){node->start, (size_t)(node->end - node->start)};
}

static lc_error *to_text(const lc_schema *schema, const lc_node *node, lc_value *ret)
{
    bool word = node->kind == LC_NODE_NUMBER || node->kind == LC_NODE_BOOLEAN;
    if (lc_js_is_any(schema)) *ret = lc_value_text(raw_text(node));
    else if (node->kind == LC_NODE_STRING) *ret = lc_value_text(node->text);
    else if (word && lc_js_is_enum(schema)) *ret = lc_value_text(raw_text(node));
    else *ret = lc_value_null();
    return NULL;
}

static lc_error *to_bytes(const lc_js_reader *r, const lc_node *node, lc_value *ret)
{
    if (node->kind != LC_NODE_STRING)
        return lc_fail(LC_E_DATA, "Invalid bytes field: it should be base64 but was %s",
                       lc_node_kind_name(node));
    uint8_t *bytes = lc_arena_alloc(r->context.arena, lc_base64_bytes_max(node->text.len));
    size_t len;
    if (!lc_base64_decode(LC_BASE64_MIME, node->text, bytes, &len))
        return lc_fail(LC_E_DATA, "Invalid bytes field");
    *ret = lc_value_bytes((lc_text){(char *)bytes, len});
    return NULL;
}

/* What the writer makes of numbers that JSON doesn't have. */
static bool to_special(const lc_schema *schema, const lc_node *node, lc_value *ret)
{
    static const char *const names[] = {"NaN", "Infinity", "-Infinity"};
    double value;
    bool is_float = schema->type == LC_TYPE_FLOAT32 || schema->type == LC_TYPE_FLOAT64;
    if (!is_float || node->kind != LC_NODE_STRING) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!lc_text_is(node->text, names[i]) || !lc_parse_double(node->text, &value)) continue;
        *ret = (lc_value){.kind = schema->type, .u.d = value};
        return true;
    }
    return false;
}

static lc_error *read_inside(lc_js_reader *r, const lc_schema *schema, const lc_node *node, lc_value *ret)
{
    if (schema->logical) return lc_json_node_to_value(&r->context, schema, node, ret);
    switch (schema->type) {
    case LC_TYPE_STRING: return to_text(schema, node, ret);
    case LC_TYPE_BYTES: return to_bytes(r, node, ret);
    case LC_TYPE_ARRAY: return to_list(r, schema, node, ret);
    case LC_TYPE_MAP:
        return lc_js_is_object_map(schema) ? to_named(r, schema, node, ret)
                                           : to_entries(r, schema, node, ret);
    case LC_TYPE_STRUCT:
        return lc_js_is_union(schema) ? to_union(r, schema, node, ret) : to_struct(r, schema, node, ret);
    default:
        return to_special(schema, node, ret) ? NULL : lc_json_node_to_value(&r->context, schema, node, ret);
    }
}

lc_error *lc_js_read(lc_js_reader *reader, const lc_schema *schema, const lc_node *node, lc_value *ret_value)
{
    if (!node || node->kind == LC_NODE_NULL) return to_null(reader, schema, node, ret_value);
    if (reader->depth == DEPTH_MAX)
        return lc_fail(LC_E_DATA, "Data is nested more than %d deep", (int)DEPTH_MAX);
    reader->depth++;
    lc_error *error = read_inside(reader, schema, node, ret_value);
    reader->depth--;
    return error;
}

bool lc_js_is_plain(const lc_schema *schema)
{
    switch (schema->type) {
    case LC_TYPE_STRING: return !lc_js_is_any(schema);
    case LC_TYPE_ARRAY: return lc_js_is_plain(schema->values);
    case LC_TYPE_MAP: return lc_js_is_object_map(schema) && lc_js_is_plain(schema->values);
    case LC_TYPE_STRUCT:
        for (uint32_t i = 0; i < schema->shape->count; i++)
            if (!lc_js_is_plain(schema->fields[i])) return false;
        return !lc_js_is_union(schema);
    default: return true;
    }
}
