#include <inttypes.h>
#include <math.h>

#include "java/number.h"
#include "tv.h"

static bool same_text(lc_text a, lc_text b)
{
    return !a.data == !b.data && lc_text_eq(a, b);
}

static bool same_parameters(const lc_schema *a, const lc_schema *b)
{
    if (a->parameter_count != b->parameter_count) return false;
    for (uint32_t i = 0; i < a->parameter_count; i++) {
        lc_text other = lc_schema_parameter(b, a->parameters[i].key.data);
        if (!same_text(a->parameters[i].value, other)) return false;
    }
    return true;
}

static bool same_fields(const lc_schema *a, const lc_schema *b)
{
    if (a->shape->count != b->shape->count) return false;
    for (uint32_t i = 0; i < a->shape->count; i++) {
        const lc_name *x = &a->shape->names[i], *y = &b->shape->names[i];
        if (!lc_text_eq((lc_text){x->text, x->len}, (lc_text){y->text, y->len})) return false;
        if (!tv_same_schema(a->fields[i], b->fields[i])) return false;
    }
    return true;
}

bool tv_same_schema(const lc_schema *a, const lc_schema *b)
{
    if (!a || !b) return a == b;
    if (a->type != b->type || a->optional != b->optional || a->has_version != b->has_version) return false;
    if (a->has_version && a->version != b->version) return false;
    if (!same_text(a->name, b->name) || !same_text(a->doc, b->doc) || !same_parameters(a, b)) return false;
    if (a->has_default != b->has_default) return false;
    if (a->has_default && !tv_same_data(&a->default_value, &b->default_value)) return false;
    if (!tv_same_schema(a->keys, b->keys) || !tv_same_schema(a->values, b->values)) return false;
    return a->type != LC_TYPE_STRUCT || same_fields(a, b);
}

static bool same_double(double a, double b)
{
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
    return memcmp(&a, &b, sizeof a) == 0;
}

static bool same_list(const lc_list *a, const lc_list *b)
{
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (!tv_same_data(&a->items[i], &b->items[i])) return false;
    }
    return true;
}

static bool has_entry(const lc_value *map, const lc_value *key, const lc_value *value)
{
    for (uint32_t i = 0; i < lc_map_size(map); i++) {
        lc_value other, *there;
        lc_map_entry(map, i, &other, &there);
        if (tv_same_data(key, &other) && tv_same_data(value, there)) return true;
    }
    return false;
}

/* As sets of pairs. */
static bool same_map(const lc_value *a, const lc_value *b)
{
    if (lc_map_size(a) != lc_map_size(b)) return false;
    for (uint32_t i = 0; i < lc_map_size(a); i++) {
        lc_value key, *value;
        lc_map_entry(a, i, &key, &value);
        if (!has_entry(b, &key, value)) return false;
    }
    return true;
}

static bool same_struct(const lc_object *a, const lc_object *b)
{
    if (a->shape->count != b->shape->count) return false;
    for (uint32_t i = 0; i < a->shape->count; i++) {
        const lc_name *x = &a->shape->names[i], *y = &b->shape->names[i];
        if (!lc_text_eq((lc_text){x->text, x->len}, (lc_text){y->text, y->len})) return false;
        if (!tv_same_data(&a->slots[i], &b->slots[i])) return false;
    }
    return true;
}

static bool same_decimal(const lc_decimal *a, const lc_decimal *b)
{
    return a->scale == b->scale && a->len == b->len && memcmp(a->unscaled, b->unscaled, a->len) == 0;
}

bool tv_same_data(const lc_value *a, const lc_value *b)
{
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case LC_NULL: return true;
    case LC_FLOAT32:
    case LC_FLOAT64: return same_double(a->u.d, b->u.d);
    case LC_STRING:
    case LC_BYTES: return lc_text_eq(lc_value_as_text(a), lc_value_as_text(b));
    case LC_ARRAY: return same_list(a->u.list, b->u.list);
    case LC_MAP: return same_map(a, b);
    case LC_STRUCT: return same_struct(a->u.object, b->u.object);
    case LC_DECIMAL:
    case LC_BIGINT: return same_decimal(a->u.decimal, b->u.decimal);
    default: return a->u.i == b->u.i;
    }
}

static bool same_long(bool has_a, int64_t a, bool has_b, int64_t b)
{
    return has_a == has_b && (!has_a || a == b);
}

static bool same_headers(const lc_record *a, const lc_record *b)
{
    if (a->header_count != b->header_count) return false;
    for (uint32_t i = 0; i < a->header_count; i++) {
        const lc_header *x = &a->headers[i], *y = &b->headers[i];
        if (!lc_text_eq((lc_text){x->name, x->name_len}, (lc_text){y->name, y->name_len})) return false;
        if (!tv_same_schema(x->schema, y->schema) || !tv_same_data(&x->value, &y->value)) return false;
    }
    return true;
}

bool tv_same_record(const lc_record *a, const lc_record *b)
{
    return a->side == b->side &&
           same_text((lc_text){a->topic, a->topic_len}, (lc_text){b->topic, b->topic_len}) &&
           same_long(a->has_partition, a->partition, b->has_partition, b->partition) &&
           same_long(a->has_timestamp, a->timestamp, b->has_timestamp, b->timestamp) &&
           same_long(a->has_offset, a->offset, b->has_offset, b->offset) &&
           a->timestamp_type == b->timestamp_type && tv_same_schema(a->key_schema, b->key_schema) &&
           tv_same_data(&a->key, &b->key) && tv_same_schema(a->value_schema, b->value_schema) &&
           tv_same_data(&a->value, &b->value) && same_headers(a, b);
}

static void show_attribute(lc_buf *out, const char *label, lc_text text)
{
    if (!text.data) return;
    lc_buf_printf(out, " %s=", label);
    lc_json_quote(out, text.data, text.len);
}

static void show_fields(lc_buf *out, const lc_schema *schema)
{
    lc_buf_put(out, '{');
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        lc_buf_printf(out, "%s%s: ", i ? ", " : "", schema->shape->names[i].text);
        tv_show_schema(out, schema->fields[i]);
    }
    lc_buf_put(out, '}');
}

void tv_show_schema(lc_buf *out, const lc_schema *schema)
{
    if (!schema) {
        lc_buf_text(out, "none");
        return;
    }
    lc_buf_printf(out, "%s%s", lc_type_name((lc_type)schema->type), schema->optional ? "?" : "");
    if (schema->type == LC_TYPE_MAP || schema->type == LC_TYPE_ARRAY) {
        lc_buf_put(out, '<');
        if (schema->type == LC_TYPE_MAP) tv_show_schema(out, schema->keys);
        if (schema->type == LC_TYPE_MAP) lc_buf_text(out, ", ");
        tv_show_schema(out, schema->values);
        lc_buf_put(out, '>');
    }
    if (schema->type == LC_TYPE_STRUCT) show_fields(out, schema);
    show_attribute(out, "name", schema->name);
    if (schema->has_version) lc_buf_printf(out, " version=%d", (int)schema->version);
    show_attribute(out, "doc", schema->doc);
    for (uint32_t i = 0; i < schema->parameter_count; i++) {
        show_attribute(out, schema->parameters[i].key.data, schema->parameters[i].value);
    }
    if (!schema->has_default) return;
    lc_buf_text(out, " default=");
    tv_show_data(out, &schema->default_value);
}

static void show_float(lc_buf *out, const lc_value *value)
{
    char text[LC_DOUBLE_TEXT];
    bool narrow = value->kind == LC_FLOAT32;
    size_t len = narrow ? lc_float_to_text((float)value->u.d, text) : lc_double_to_text(value->u.d, text);
    lc_buf_printf(out, "%s %.*s", narrow ? "float32" : "float64", (int)len, text);
}

static void show_bytes(lc_buf *out, const lc_value *value)
{
    lc_buf_text(out, "bytes ");
    for (uint32_t i = 0; i < value->len; i++) lc_buf_printf(out, "%02x", (unsigned char)value->u.s[i]);
}

static void show_entries(lc_buf *out, const lc_value *map)
{
    lc_buf_text(out, "map{");
    for (uint32_t i = 0; i < lc_map_size(map); i++) {
        lc_value key, *value;
        lc_map_entry(map, i, &key, &value);
        if (i) lc_buf_text(out, ", ");
        tv_show_data(out, &key);
        lc_buf_text(out, ": ");
        tv_show_data(out, value);
    }
    lc_buf_put(out, '}');
}

static void show_slots(lc_buf *out, const lc_object *object)
{
    lc_buf_text(out, "struct{");
    for (uint32_t i = 0; i < object->shape->count; i++) {
        lc_buf_printf(out, "%s%s: ", i ? ", " : "", object->shape->names[i].text);
        tv_show_data(out, &object->slots[i]);
    }
    lc_buf_put(out, '}');
}

static void show_list(lc_buf *out, const lc_list *list)
{
    lc_buf_put(out, '[');
    for (uint32_t i = 0; i < list->count; i++) {
        if (i) lc_buf_text(out, ", ");
        tv_show_data(out, &list->items[i]);
    }
    lc_buf_put(out, ']');
}

static void show_decimal(lc_buf *out, const lc_value *value)
{
    lc_auto(lc_arena) scratch = {0};
    lc_text digits = lc_decimal_unscaled_text(&scratch, *value->u.decimal);
    lc_buf_printf(out, "%s %.*s scale %d", lc_kind_name(value->kind), (int)digits.len, digits.data,
                  (int)value->u.decimal->scale);
}

void tv_show_data(lc_buf *out, const lc_value *value)
{
    switch (value->kind) {
    case LC_NULL: lc_buf_text(out, "null"); break;
    case LC_BOOLEAN: lc_buf_text(out, value->u.i ? "true" : "false"); break;
    case LC_FLOAT32:
    case LC_FLOAT64: show_float(out, value); break;
    case LC_STRING: lc_json_quote(out, value->u.s, value->len); break;
    case LC_BYTES: show_bytes(out, value); break;
    case LC_ARRAY: show_list(out, value->u.list); break;
    case LC_MAP: show_entries(out, value); break;
    case LC_STRUCT: show_slots(out, value->u.object); break;
    case LC_DECIMAL:
    case LC_BIGINT: show_decimal(out, value); break;
    default: lc_buf_printf(out, "%s %" PRId64, lc_kind_name(value->kind), value->u.i);
    }
}

void tv_show_pair(lc_buf *out, const lc_schema *schema, const lc_value *value)
{
    lc_buf_put(out, '(');
    tv_show_schema(out, schema);
    lc_buf_text(out, ") ");
    tv_show_data(out, value);
}

static void show_long(lc_buf *out, const char *label, bool has, int64_t number)
{
    if (has) lc_buf_printf(out, "%s %" PRId64 ", ", label, number);
    else lc_buf_printf(out, "%s null, ", label);
}

void tv_show_record(lc_buf *out, const lc_record *record)
{
    if (!record) {
        lc_buf_text(out, "dropped");
        return;
    }
    lc_buf_printf(out, "%s topic %.*s, ", record->side == LC_RECORD_SINK ? "sink" : "source",
                  record->topic ? (int)record->topic_len : 4, record->topic ? record->topic : "null");
    show_long(out, "partition", record->has_partition, record->partition);
    show_long(out, "timestamp", record->has_timestamp, record->timestamp);
    show_long(out, "type", true, record->timestamp_type);
    show_long(out, "offset", record->has_offset, record->offset);
    lc_buf_text(out, "key ");
    tv_show_pair(out, record->key_schema, &record->key);
    lc_buf_text(out, ", value ");
    tv_show_pair(out, record->value_schema, &record->value);
    for (uint32_t i = 0; i < record->header_count; i++) {
        const lc_header *header = &record->headers[i];
        lc_buf_printf(out, ", header %.*s ", (int)header->name_len, header->name);
        tv_show_pair(out, header->schema, &header->value);
    }
}
