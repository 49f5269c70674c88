/* Values by a plan into bytes. */
#include "convert/avro_output.h"
#include "convert/avro_write_plan.h"
#include "java/charset.h"

static lc_error *put(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value);

static lc_error *fail_class(const lc_avro_write_plan *plan, const lc_value *value)
{
    return lc_fail(LC_E_DATA, "Invalid type for %s: class %s", lc_type_java_name((lc_type)plan->schema->type),
                   lc_value_java_class(value));
}

/* Puts a name in front of the path of an error. */
static lc_error *at_field(lc_avro_output *out, lc_text name, lc_error *error)
{
    lc_avro_path_add(out->path, name);
    return error;
}

static lc_error *put_null(lc_avro_output *out, const lc_avro_write_plan *plan)
{
    if (plan->op == LC_WRITE_ANYTHING) {
        lc_avro_room(out, 9);
        memset(out->at, 0, 9);
        out->at += 9;
        return NULL;
    }
    if (!plan->optional) return lc_fail(LC_E_DATA, "Found null value for non-optional schema");
    if (plan->null_index >= 0) lc_avro_put_long(out, plan->null_index);
    if (plan->null_index != -1) return NULL;
    return lc_fail(LC_E_DATA, "The Avro schema has no place for the null that the Connect schema allows");
}

static lc_error *put_decimal(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_decimal *decimal)
{
    if (plan->scale == INT32_MIN)
        return lc_fail(LC_E_DATA, "Invalid Decimal schema: scale parameter not found.");
    if (decimal->scale != plan->scale)
        return lc_fail(
            LC_E_DATA,
            "Decimal value has mismatching scale for given Decimal schema. Schema has scale %d, value "
            "has scale %d.",
            plan->scale, decimal->scale);
    if (plan->op == LC_WRITE_BYTES) {
        lc_avro_put_bytes(out, (const char *)decimal->unscaled, decimal->len);
        return NULL;
    }
    uint32_t size = (uint32_t)plan->avro->size;
    if (decimal->len > size || (decimal->len < size && !plan->pads))
        return lc_fail(LC_E_DATA, "A decimal of %u bytes doesn't fit fixed %.*s of %u bytes", decimal->len,
                       (int)plan->avro->full.len, plan->avro->full.data, size);
    lc_avro_room(out, size);
    memset(out->at, decimal->unscaled[0] & 0x80 ? 0xff : 0, size - decimal->len);
    memcpy(out->at + size - decimal->len, decimal->unscaled, decimal->len);
    out->at += size;
    return NULL;
}

/* Logical values by the schema's name: what they are underneath. */
static lc_error *put_logical(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value)
{
    static const char *const names[] = {
        [LC_LOGICAL_DECIMAL] = "Decimal, expected BigDecimal",
        [LC_LOGICAL_DATE] = "Date, expected Date",
        [LC_LOGICAL_TIME] = "Time, expected Date",
        [LC_LOGICAL_TIMESTAMP] = "Timestamp, expected Date",
    };
    bool decimal = plan->logical == LC_LOGICAL_DECIMAL;
    lc_value plain;
    if (value->kind != (decimal ? LC_DECIMAL : LC_DATE))
        return lc_fail(LC_E_DATA, "Invalid type for %s but was class %s", names[plan->logical],
                       lc_value_java_class(value));
    if (plan->op == LC_WRITE_NEVER) return fail_class(plan, value);
    if (decimal && plan->schema->type == LC_TYPE_BYTES) return put_decimal(out, plan, value->u.decimal);
    if (decimal) return fail_class(plan, value);
    LC_TRY(lc_logical_encode(plan->schema, value, &plain));
    if (plain.kind != plan->schema->type) return fail_class(plan, &plain);
    lc_avro_put_long(out, plain.u.i);
    return NULL;
}

static lc_error *put_enum(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value)
{
    lc_text text = lc_value_as_text(value);
    for (uint32_t at = lc_hash(text.data, text.len);; at++) {
        uint32_t place = plan->symbols[at & plan->count];
        if (!place) break;
        if (!lc_text_eq(plan->avro->symbols[place - 1], text)) continue;
        lc_avro_put_long(out, place - 1);
        return NULL;
    }
    return lc_fail(LC_E_DATA, "enum value '%.*s' is not in the enum symbol set of %.*s",
                   text.len > 100 ? 100 : (int)text.len, text.data, (int)plan->avro->full.len,
                   plan->avro->full.data);
}

static lc_error *put_fixed(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value)
{
    if (value->len != (uint32_t)plan->avro->size)
        return lc_fail(LC_E_DATA, "%u bytes don't fit fixed %.*s of %d bytes", value->len,
                       (int)plan->avro->full.len, plan->avro->full.data, plan->avro->size);
    lc_avro_output_bytes(out, value->u.s, value->len);
    return NULL;
}

static lc_error *put_array(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value)
{
    const lc_list *list = value->u.list;
    if (list->count) lc_avro_put_long(out, list->count);
    for (uint32_t i = 0; i < list->count; i++) LC_TRY(put(out, plan->values, &list->items[i]));
    lc_avro_put_long(out, 0);
    return NULL;
}

/* String.hashCode with HashMap's spread of its bits. */
static uint32_t java_hash(lc_text text)
{
    uint32_t hash = 0;
    for (size_t at = 0, len; at < text.len; at += len) {
        uint32_t c = (unsigned char)text.data[at];
        len = 1;
        if (c >= 0x80) c = lc_utf8_get(text.data + at, &len);
        if (c >= 0x10000) {
            hash = hash * 31 + (0xd800 | (c - 0x10000) >> 10);
            c = 0xdc00 | ((c - 0x10000) & 0x3ff);
        }
        hash = hash * 31 + c;
    }
    return hash ^ hash >> 16;
}

/* AvroData copies a map into a HashMap, whose order is that of its buckets: the entries of `map` in the order
 * in which that would give them. */
static uint32_t *hash_order(lc_arena *arena, const lc_value *map, uint32_t count)
{
    uint32_t buckets = 16;
    while (count > buckets / 4 * 3) buckets *= 2;
    uint32_t *order = lc_arena_alloc(arena, (2 * (size_t)count + 2 * (size_t)buckets) * sizeof *order);
    uint32_t *next = order + count, *first = next + count, *last = first + buckets, at = 0;
    memset(first, 0xff, buckets * sizeof *first);
    for (uint32_t i = 0; i < count; i++) {
        lc_value key, *value;
        lc_map_entry(map, i, &key, &value);
        uint32_t bucket = java_hash(lc_value_as_text(&key)) & (buckets - 1);
        if (first[bucket] == UINT32_MAX) first[bucket] = i;
        else next[last[bucket]] = i;
        last[bucket] = i;
        next[i] = UINT32_MAX;
    }
    for (uint32_t bucket = 0; bucket < buckets; bucket++)
        for (uint32_t i = first[bucket]; i != UINT32_MAX; i = next[i]) order[at++] = i;
    return order;
}

static lc_error *check_keys(const lc_avro_write_plan *plan, const lc_value *value, uint32_t count)
{
    for (uint32_t i = 0; i < count && !(value->flags & LC_V_OBJECT); i++) {
        lc_value key, *item;
        lc_map_entry(value, i, &key, &item);
        if (key.kind == LC_NULL) return lc_fail(LC_E_NULL_POINTER, "null key in map");
        if (key.kind != LC_STRING) return fail_class(plan, value);
    }
    return NULL;
}

static lc_error *put_map(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value)
{
    uint32_t count = lc_map_size(value);
    LC_TRY(check_keys(plan, value, count));
    const uint32_t *order = count > 1 ? hash_order(out->arena, value, count) : NULL;
    if (count) lc_avro_put_long(out, count);
    for (uint32_t i = 0; i < count; i++) {
        lc_value key, *item;
        lc_map_entry(value, order ? order[i] : i, &key, &item);
        lc_avro_put_string(out, lc_value_as_text(&key));
        lc_error *error = put(out, plan->values, item);
        if (error) return at_field(out, lc_value_as_text(&key), error);
    }
    lc_avro_put_long(out, 0);
    return NULL;
}

static lc_error *put_entries(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value)
{
    uint32_t count = lc_map_size(value);
    if (count) lc_avro_put_long(out, count);
    for (uint32_t i = 0; i < count; i++) {
        lc_value key, *item;
        lc_map_entry(value, i, &key, &item);
        if (plan->swapped) LC_TRY(put(out, plan->values, item));
        LC_TRY(put(out, plan->keys, &key));
        if (!plan->swapped) LC_TRY(put(out, plan->values, item));
    }
    lc_avro_put_long(out, 0);
    return NULL;
}

static const lc_value *field_of(const lc_avro_write_plan *plan, const lc_object *object, uint32_t slot)
{
    const lc_value *value = &object->slots[slot];
    if (value->kind != LC_NULL || plan->ignore_default) return value;
    const lc_schema *schema = plan->schema->fields[slot];
    return schema->has_default ? &schema->default_value : value;
}

static lc_error *put_record(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value)
{
    const lc_object *object = value->u.object;
    for (uint32_t i = 0; i < plan->count; i++) {
        const lc_avro_write_field *field = &plan->fields[i];
        if (!field->plan) {
            lc_avro_output_bytes(out, field->fixed.data, field->fixed.len);
            continue;
        }
        lc_error *error = put(out, field->plan, field_of(plan, object, field->slot));
        if (error) return at_field(out, plan->avro->fields[i].name, error);
    }
    return NULL;
}

static lc_error *put_member(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value)
{
    const lc_object *object = value->u.object;
    for (uint32_t i = 0; i < plan->count; i++) {
        const lc_value *member = field_of(plan, object, i);
        if (member->kind != LC_NULL) return put(out, plan->fields[i].plan, member);
    }
    return put_null(out, plan);
}

/* Schemaless values: the record Anything, whose nine fields are nullable and of which one is set. */
enum {
    ANY_BOOLEAN,
    ANY_BYTES,
    ANY_DOUBLE,
    ANY_FLOAT,
    ANY_INT,
    ANY_LONG,
    ANY_STRING,
    ANY_ARRAY,
    ANY_MAP,
    ANY_END
};

static const int8_t any_fields[LC_KIND_COUNT] = {
    [LC_NULL] = -1,           [LC_BOOLEAN] = ANY_BOOLEAN,
    [LC_INT8] = ANY_INT,      [LC_INT16] = ANY_INT,
    [LC_INT32] = ANY_INT,     [LC_INT64] = ANY_LONG,
    [LC_FLOAT32] = ANY_FLOAT, [LC_FLOAT64] = ANY_DOUBLE,
    [LC_STRING] = ANY_STRING, [LC_BYTES] = -1,
    [LC_ARRAY] = ANY_ARRAY,   [LC_MAP] = ANY_MAP,
    [LC_STRUCT] = -1,         [LC_DATE] = -1,
    [LC_DECIMAL] = -1,        [LC_BIGINT] = -1,
};

static lc_error *put_anything(lc_avro_output *out, const lc_value *value);

static lc_error *put_any_list(lc_avro_output *out, const lc_list *list)
{
    if (list->count) lc_avro_put_long(out, list->count);
    for (uint32_t i = 0; i < list->count; i++) LC_TRY(put_anything(out, &list->items[i]));
    lc_avro_put_long(out, 0);
    return NULL;
}

static lc_error *put_any_map(lc_avro_output *out, const lc_value *map)
{
    uint32_t count = lc_map_size(map);
    if (count) lc_avro_put_long(out, count);
    for (uint32_t i = 0; i < count; i++) {
        lc_value key, *item;
        lc_map_entry(map, i, &key, &item);
        LC_TRY(put_anything(out, &key));
        LC_TRY(put_anything(out, item));
    }
    lc_avro_put_long(out, 0);
    return NULL;
}

static lc_error *put_any_value(lc_avro_output *out, const lc_value *value)
{
    switch (value->kind) {
    case LC_BOOLEAN: lc_avro_output_bytes(out, value->u.i ? "\1" : "\0", 1); return NULL;
    case LC_FLOAT32: lc_avro_put_float(out, (float)value->u.d); return NULL;
    case LC_FLOAT64: lc_avro_put_double(out, value->u.d); return NULL;
    case LC_STRING: lc_avro_put_string(out, lc_value_as_text(value)); return NULL;
    case LC_ARRAY: return put_any_list(out, value->u.list);
    case LC_MAP: return put_any_map(out, value);
    default: lc_avro_put_long(out, value->u.i); return NULL;
    }
}

static lc_error *put_anything(lc_avro_output *out, const lc_value *value)
{
    int set = any_fields[value->kind];
    if (value->kind != LC_NULL && set < 0)
        return lc_fail(LC_E_DATA, "Unknown Java type for schemaless data: class %s",
                       lc_value_java_class(value));
    if (++out->depth > LC_AVRO_DEPTH_MAX)
        return lc_fail(LC_E_DATA, "Data is nested more than %d deep", (int)LC_AVRO_DEPTH_MAX);
    for (int i = 0; i < ANY_END; i++) {
        lc_avro_put_long(out, i == set);
        if (i == set) LC_TRY(put_any_value(out, value));
    }
    out->depth--;
    return NULL;
}

static lc_error *put_container(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value)
{
    switch (plan->op) {
    case LC_WRITE_ARRAY: return put_array(out, plan, value);
    case LC_WRITE_MAP: return put_map(out, plan, value);
    case LC_WRITE_ENTRIES: return put_entries(out, plan, value);
    default: break;
    }
    if (value->u.object->schema != plan->schema) return lc_fail(LC_E_DATA, "Mismatching struct schema");
    return plan->op == LC_WRITE_RECORD ? put_record(out, plan, value) : put_member(out, plan, value);
}

static lc_error *put(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value)
{
    if (value->kind == LC_NULL) return put_null(out, plan);
    if (plan->op == LC_WRITE_ANYTHING) return put_anything(out, value);
    if (plan->index >= 0) lc_avro_put_long(out, plan->index);
    if (plan->logical) return put_logical(out, plan, value);
    if (value->kind != plan->schema->type) return fail_class(plan, value);
    switch (plan->op) {
    case LC_WRITE_BOOLEAN: lc_avro_output_bytes(out, value->u.i ? "\1" : "\0", 1); return NULL;
    case LC_WRITE_LONG: lc_avro_put_long(out, value->u.i); return NULL;
    case LC_WRITE_FLOAT:
        lc_avro_put_float(out, value->kind < LC_FLOAT32 ? (float)value->u.i : (float)value->u.d);
        return NULL;
    case LC_WRITE_DOUBLE:
        lc_avro_put_double(out, value->kind < LC_FLOAT32 ? (double)value->u.i : value->u.d);
        return NULL;
    case LC_WRITE_STRING: lc_avro_put_string(out, lc_value_as_text(value)); return NULL;
    case LC_WRITE_BYTES: lc_avro_put_bytes(out, value->u.s, value->len); return NULL;
    case LC_WRITE_ENUM: return put_enum(out, plan, value);
    case LC_WRITE_FIXED: return put_fixed(out, plan, value);
    case LC_WRITE_NEVER: return lc_fail(LC_E_DATA, "%s", plan->problem);
    default: return put_container(out, plan, value);
    }
}

lc_error *lc_avro_write(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value)
{
    return put(out, plan, value);
}
