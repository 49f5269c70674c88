#include "script/sql_rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "java/charset.h"
#include "java/decimal.h"

enum { MS_PER_DAY = 86400000, MICROS_PER_MS = 1000, MICROS_PER_SECOND = 1000000, TEXT_ROOM = 64 };

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Records to rows */

static int64_t micros_of(int64_t ms)
{
    int64_t micros;
    if (__builtin_mul_overflow(ms, (int64_t)MICROS_PER_MS, &micros)) return ms < 0 ? INT64_MIN : INT64_MAX;
    return micros;
}

static int64_t date_in(const lc_row_plan *plan, uint8_t kind, int64_t ms)
{
    if (kind == LC_SQL_DATE) return floor_div(ms, MS_PER_DAY);
    if (kind == LC_SQL_TIME) return micros_of((ms % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY);
    if (kind == LC_SQL_TIMESTAMP && plan->zone) ms += lc_zone_offset_ms(plan->zone, ms, NULL);
    return micros_of(ms);
}

static bool is_number(uint8_t kind)
{
    return kind >= LC_INT8 && kind <= LC_INT64;
}

static lc_sql_value text_value(uint8_t kind, lc_text text)
{
    return (lc_sql_value){.kind = kind, .len = (uint32_t)text.len, .u.s = text.data};
}

/* A value as a parameter of this kind; false: it is none. */
static bool convert(const lc_row_plan *plan, uint8_t kind, lc_arena *arena, const lc_value *from, lc_sql_value *to)
{
    bool is_moment = kind >= LC_SQL_DATE && kind <= LC_SQL_INSTANT;
    *to = (lc_sql_value){.kind = kind};
    if (from->kind == LC_NULL) to->kind = LC_SQL_NULL;
    else if (from->kind == LC_BOOLEAN && kind == LC_SQL_BOOL) to->u.i = from->u.i;
    else if (is_number(from->kind) && kind == LC_SQL_INT) to->u.i = from->u.i;
    else if (is_number(from->kind) && kind == LC_SQL_DOUBLE) to->u.d = (double)from->u.i;
    else if ((from->kind == LC_FLOAT32 || from->kind == LC_FLOAT64) && kind == LC_SQL_DOUBLE) to->u.d = from->u.d;
    else if (from->kind == LC_DATE && is_moment) to->u.i = date_in(plan, kind, from->u.i);
    else if (from->kind == LC_DATE && kind == LC_SQL_INT) to->u.i = from->u.i;
    else if (from->kind == LC_BOOLEAN && kind == LC_SQL_INT) to->u.i = from->u.i;
    else if (from->kind == LC_STRING && kind == LC_SQL_TEXT) *to = text_value(kind, lc_value_as_text(from));
    else if (from->kind == LC_BYTES && kind == LC_SQL_BYTES) *to = text_value(kind, lc_value_as_text(from));
    else if (from->kind == LC_DECIMAL && kind == LC_SQL_DECIMAL) {
        lc_text digits = {0};
        lc_error *error = lc_decimal_to_plain(arena, *from->u.decimal, &digits);
        lc_error_free(error);
        *to = text_value(kind, digits);
        return !error;
    } else return false;
    return true;
}

static lc_value field_of(const lc_row_field *field, const lc_record *record)
{
    const lc_value *side = field->side == LC_ROW_KEY ? &record->key : &record->value;
    switch (field->side) {
    case LC_ROW_TOPIC: return lc_value_text((lc_text){record->original_topic, record->original_topic_len});
    case LC_ROW_PARTITION: return lc_value_int(LC_INT32, record->original_partition);
    case LC_ROW_OFFSET: return lc_value_int(LC_INT64, record->original_offset);
    default: break;
    }
    if (field->slot < 0 || side->kind == LC_NULL) return *side;
    if (!lc_value_is_object(side) || (uint32_t)field->slot >= side->u.object->shape->count) return lc_value_null();
    const lc_object *object = side->u.object;
    return object->schema ? *lc_struct_get(object, (uint32_t)field->slot) : object->slots[field->slot];
}

static lc_error *fill_row(const lc_row_plan *plan, lc_arena *arena, const lc_record *record, lc_sql_value *row)
{
    for (size_t i = 0; i < plan->count; i++) {
        lc_value value = field_of(&plan->fields[i], record);
        if (!convert(plan, plan->fields[i].kind, arena, &value, &row[i]))
            return lc_fail(LC_E_DATA, "the value of the column %s is of another type than its schema says: %s",
                           plan->fields[i].name, lc_value_java_class(&value));
    }
    return NULL;
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
    for (const unsigned char *at = bytes; len; at++, len--) hash = (hash ^ *at) * 0x100000001b3u;
    return hash;
}

static bool is_text(const lc_sql_value *value)
{
    return value->kind == LC_SQL_TEXT || value->kind == LC_SQL_BYTES || value->kind == LC_SQL_DECIMAL;
}

static uint64_t hash_key(const lc_row_plan *plan, const lc_sql_value *row)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->fields[i].is_key) continue;
        hash = hash_bytes(hash, &row[i].kind, 1);
        hash = is_text(&row[i]) ? hash_bytes(hash, row[i].u.s, row[i].len) : hash_bytes(hash, &row[i].u, sizeof row[i].u);
    }
    return hash;
}

static bool same_key(const lc_row_plan *plan, const lc_sql_value *a, const lc_sql_value *b)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->fields[i].is_key) continue;
        if (a[i].kind != b[i].kind || a[i].len != b[i].len) return false;
        if (is_text(&a[i]) ? memcmp(a[i].u.s, b[i].u.s, a[i].len) : a[i].u.i != b[i].u.i) return false;
    }
    return true;
}

/* Takes out all but the last row of each key; the others stay in order. How many are left. */
static size_t keep_last(const lc_row_plan *plan, lc_arena *arena, lc_sql_value *values, size_t rows)
{
    size_t mask = 1;
    while (mask < 2 * rows) mask *= 2;
    uint32_t *table = lc_arena_alloc(arena, mask * sizeof *table);
    bool *kept = lc_arena_alloc(arena, rows);
    memset(table, 0, mask * sizeof *table);
    size_t left = 0;
    for (size_t i = rows; i-- > 0;) {
        const lc_sql_value *row = values + i * plan->count;
        size_t at = hash_key(plan, row) & (mask - 1);
        while (table[at] && !same_key(plan, values + (table[at] - 1) * plan->count, row)) at = (at + 1) & (mask - 1);
        kept[i] = !table[at];
        if (kept[i]) table[at] = (uint32_t)i + 1;
    }
    for (size_t i = 0; i < rows; i++) {
        if (!kept[i]) continue;
        if (left != i) memcpy(values + left * plan->count, values + i * plan->count, plan->count * sizeof *values);
        left++;
    }
    return left;
}

lc_error *lc_rows_of_records(const lc_row_plan *plan, lc_arena *arena, const lc_record *records,
                             const uint32_t *which, size_t count, lc_sql_value **ret_values, size_t *ret_rows)
{
    lc_sql_value *values = lc_arena_alloc(arena, (count * plan->count + 1) * sizeof *values);
    size_t rows = 0;
    for (size_t i = 0; i < count; i++) {
        if (records[which[i]].state != LC_LIVE) continue;
        LC_TRY(fill_row(plan, arena, &records[which[i]], values + rows * plan->count));
        rows++;
    }
    *ret_values = values;
    *ret_rows = plan->last_wins && rows > 1 ? keep_last(plan, arena, values, rows) : rows;
    return NULL;
}

/* Rows to values */

static lc_text printed(lc_arena *arena, const lc_sql_value *from)
{
    if (is_text(from)) return (lc_text){from->u.s, from->len};
    char *text = lc_arena_alloc(arena, TEXT_ROOM);
    if (from->kind == LC_SQL_BOOL) return from->u.i ? LC_TEXT("true") : LC_TEXT("false");
    if (from->kind == LC_SQL_INT) snprintf(text, TEXT_ROOM, "%lld", (long long)from->u.i);
    else if (from->kind == LC_SQL_DOUBLE) lc_print_double(text, TEXT_ROOM, 'g', 17, from->u.d);
    else lc_sql_print_moment((lc_sql_kind)from->kind, from->u.i, text);
    return lc_text_of(text);
}

static bool whole_number(lc_arena *arena, const lc_sql_value *from, int64_t *ret)
{
    lc_decimal decimal;
    if (from->kind == LC_SQL_INT || from->kind == LC_SQL_BOOL) {
        *ret = from->u.i;
        return true;
    }
    if (from->kind == LC_SQL_DOUBLE) {
        *ret = (int64_t)from->u.d;
        return from->u.d >= -0x1p63 && from->u.d < 0x1p63;
    }
    return is_text(from) && lc_decimal_parse(arena, (lc_text){from->u.s, from->len}, &decimal) &&
           lc_decimal_to_int64_exact(arena, decimal, ret);
}

static bool to_integer(lc_arena *arena, const lc_schema *schema, const lc_sql_value *from, lc_value *ret)
{
    static const int bits[] = {[LC_INT8] = 8, [LC_INT16] = 16, [LC_INT32] = 32, [LC_INT64] = 64};
    int64_t i;
    if (!whole_number(arena, from, &i)) return false;
    int spare = 64 - bits[schema->type];
    *ret = lc_value_int(schema->type, i);
    return (int64_t)((uint64_t)i << spare) >> spare == i;
}

static bool to_double(lc_arena *arena, const lc_schema *schema, const lc_sql_value *from, lc_value *ret)
{
    double d = from->u.d;
    if (from->kind == LC_SQL_INT || from->kind == LC_SQL_BOOL) d = (double)from->u.i;
    else if (is_text(from)) {
        char *end, *text = lc_arena_copy(arena, from->u.s, from->len);
        d = lc_strtod(text, &end);
        if (end == text || *end) return false;
    } else if (from->kind != LC_SQL_DOUBLE) return false;
    *ret = schema->type == LC_TYPE_FLOAT32 ? lc_value_float((float)d) : lc_value_double(d);
    return true;
}

static bool to_decimal(lc_arena *arena, const lc_schema *schema, const lc_sql_value *from, lc_value *ret)
{
    lc_text scale = lc_schema_parameter(schema, "scale");
    lc_decimal *decimal = lc_arena_alloc(arena, sizeof *decimal);
    if (from->kind == LC_SQL_INT) *decimal = lc_decimal_of_int64(arena, from->u.i, 0);
    else if (from->kind == LC_SQL_DOUBLE) {
        if (!lc_decimal_of_double(arena, from->u.d, decimal)) return false;
    } else if (!is_text(from) || !lc_decimal_parse(arena, (lc_text){from->u.s, from->len}, decimal)) return false;
    lc_error *error = lc_decimal_set_scale(arena, *decimal, scale.data ? atoi(scale.data) : 0, decimal);
    lc_error_free(error);
    *ret = (lc_value){.kind = LC_DECIMAL, .u.decimal = decimal};
    return !error;
}

/* Microseconds of a moment, and whether they count in UTC. */
static bool moment_of(const lc_sql_value *from, int64_t *ret_micros, bool *ret_is_utc)
{
    *ret_is_utc = from->kind == LC_SQL_INSTANT || from->kind == LC_SQL_INT;
    *ret_micros = from->u.i;
    if (from->kind == LC_SQL_INSTANT || from->kind == LC_SQL_TIMESTAMP || from->kind == LC_SQL_TIME) return true;
    if (from->kind == LC_SQL_DATE) return !__builtin_mul_overflow(from->u.i, (int64_t)MS_PER_DAY * 1000, ret_micros);
    if (from->kind == LC_SQL_INT) return !__builtin_mul_overflow(from->u.i, (int64_t)MICROS_PER_MS, ret_micros);
    return from->kind == LC_SQL_TEXT && lc_sql_parse_moment(LC_SQL_TIMESTAMP, from->u.s, from->len, ret_micros);
}

static int64_t ms_in_utc(int64_t micros, bool is_utc, const lc_zone *zone)
{
    int64_t ms = floor_div(micros, MICROS_PER_MS);
    if (micros == INT64_MAX) return 9223372036825200000LL;  /* as PostgreSQL's Java driver gives infinity */
    if (micros == INT64_MIN) return -9223372036832400000LL;
    return !is_utc && zone ? ms - lc_zone_local_offset_ms(zone, ms, NULL) : ms;
}

static bool to_date(const lc_schema *schema, const lc_zone *zone, const lc_sql_value *from, lc_value *ret)
{
    int64_t micros;
    bool is_utc;
    bool is_time = schema->logical == LC_LOGICAL_TIME;
    if (is_time && from->kind == LC_SQL_TEXT) {
        if (!lc_sql_parse_moment(LC_SQL_TIME, from->u.s, from->len, &micros)) return false;
        *ret = lc_value_date(micros / MICROS_PER_MS);
        return true;
    }
    if (!moment_of(from, &micros, &is_utc)) return false;
    int64_t ms = ms_in_utc(micros, is_utc || schema->logical != LC_LOGICAL_TIMESTAMP, zone);
    if (schema->logical == LC_LOGICAL_DATE && ms > -8e15 && ms < 8e15) ms = floor_div(ms, MS_PER_DAY) * MS_PER_DAY;
    if (is_time) ms = (ms % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY;
    *ret = lc_value_date(ms);
    return true;
}

static bool to_text(lc_arena *arena, const lc_schema *schema, const lc_sql_value *from, lc_value *ret)
{
    lc_text text = printed(arena, from);
    if (is_text(from)) text.data = lc_arena_copy(arena, text.data, text.len);
    if (schema->type == LC_TYPE_BYTES) *ret = lc_value_bytes(text);
    else *ret = lc_value_text(lc_utf8_decode(arena, text));
    return true;
}

static bool to_boolean(lc_arena *arena, const lc_sql_value *from, lc_value *ret)
{
    int64_t i;
    if (!whole_number(arena, from, &i)) return false;
    *ret = lc_value_bool(i != 0);
    return true;
}

static bool fit(lc_arena *arena, const lc_schema *schema, const lc_zone *zone, const lc_sql_value *from, lc_value *ret)
{
    if (schema->logical == LC_LOGICAL_DECIMAL) return to_decimal(arena, schema, from, ret);
    if (schema->logical != LC_LOGICAL_NONE) return to_date(schema, zone, from, ret);
    switch ((lc_type)schema->type) {
    case LC_TYPE_BOOLEAN: return to_boolean(arena, from, ret);
    case LC_TYPE_INT8: case LC_TYPE_INT16: case LC_TYPE_INT32: case LC_TYPE_INT64:
        return to_integer(arena, schema, from, ret);
    case LC_TYPE_FLOAT32: case LC_TYPE_FLOAT64: return to_double(arena, schema, from, ret);
    case LC_TYPE_STRING: case LC_TYPE_BYTES: return to_text(arena, schema, from, ret);
    default: return false;
    }
}

lc_error *lc_value_of_sql(lc_arena *arena, const lc_schema *schema, const lc_zone *zone, const lc_sql_value *from,
                          lc_value *ret_value)
{
    *ret_value = lc_value_null();
    if (from->kind == LC_SQL_NULL || fit(arena, schema, zone, from, ret_value)) return NULL;
    lc_text text = printed(arena, from);
    return lc_fail(LC_E_DATA, "the value %.*s is no %s", (int)(text.len < 100 ? text.len : 100), text.data,
                   schema->name.data ? schema->name.data : lc_type_name((lc_type)schema->type));
}

bool lc_moment_of_sql(const lc_sql_value *from, const lc_zone *zone, int64_t *ret_ms, int64_t *ret_nanos)
{
    int64_t micros;
    bool is_utc;
    if (from->kind == LC_SQL_NULL || !moment_of(from, &micros, &is_utc)) return false;
    *ret_ms = ms_in_utc(micros, is_utc, zone);
    *ret_nanos = (micros - floor_div(micros, MICROS_PER_SECOND) * MICROS_PER_SECOND) * 1000;
    return true;
}
