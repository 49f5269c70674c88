#include "data/values.h"

#include "java/base64.h"
#include "java/number.h"

enum { MS_PER_DAY = 86400000, FIRST_ROOM = 64 };

/* Text that grows at the end of an arena. */
typedef struct output {
    lc_arena *arena;
    char *data;
    size_t len;
    size_t cap;
} output;

static char *reserve(output *out, size_t more)
{
    if (out->cap - out->len < more) {
        size_t cap = (out->cap ? out->cap * 2 : FIRST_ROOM) + more;
        char *data = lc_arena_alloc(out->arena, cap);
        if (out->len) memcpy(data, out->data, out->len);
        out->data = data;
        out->cap = cap;
    }
    return out->data + out->len;
}

static void put(output *out, char byte)
{
    *reserve(out, 1) = byte;
    out->len++;
}

static void put_bytes(output *out, const void *bytes, size_t len)
{
    if (len) memcpy(reserve(out, len), bytes, len);
    out->len += len;
}

static void put_text(output *out, const lc_value *value, bool embedded)
{
    if (!embedded) {
        put_bytes(out, value->u.s, value->len);
        return;
    }
    char *to = reserve(out, 2 * (size_t)value->len + 2);
    char *start = to;
    *to++ = '"';
    for (uint32_t i = 0; i < value->len; i++) {
        char c = value->u.s[i];
        if (c == '\\' || c == '"') *to++ = '\\';
        *to++ = c;
    }
    *to++ = '"';
    out->len += (size_t)(to - start);
}

static void put_base64(output *out, const lc_value *value, bool embedded)
{
    size_t len = lc_base64_text_len(value->len);
    if (embedded) put(out, '"');
    lc_base64_encode(value->u.s, value->len, reserve(out, len));
    out->len += len;
    if (embedded) put(out, '"');
}

static void put_int(output *out, int64_t number)
{
    out->len += lc_int64_to_text(number, reserve(out, LC_INT64_TEXT));
}

static void put_padded(output *out, int64_t number, int digits)
{
    char *to = reserve(out, LC_INT64_TEXT);
    char text[LC_INT64_TEXT];
    int len = (int)lc_int64_to_text(number, text);
    int zeros = len < digits ? digits - len : 0;
    memset(to, '0', (size_t)zeros);
    memcpy(to + zeros, text, (size_t)len);
    out->len += (size_t)(zeros + len);
}

/* yyyy-MM-dd of a day that is not before 1970, so that the calendar is Gregorian. Years are counted from
 * March, which puts the leap day at their end. */
static void put_day(output *out, int64_t day)
{
    int64_t shifted = day + 719468; /* days since 0000-03-01 */
    int64_t era = shifted / 146097;
    int64_t in_era = shifted % 146097;
    int64_t year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * in_year + 2) / 153;
    int64_t day_of_month = in_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    put_padded(out, year_of_era + era * 400 + (month <= 2), 4);
    put(out, '-');
    put_padded(out, month, 2);
    put(out, '-');
    put_padded(out, day_of_month, 2);
}

static void put_clock(output *out, int64_t ms)
{
    put_padded(out, ms / 3600000, 2);
    put(out, ':');
    put_padded(out, ms / 60000 % 60, 2);
    put(out, ':');
    put_padded(out, ms / 1000 % 60, 2);
    put(out, '.');
    put_padded(out, ms % 1000, 3);
    put(out, 'Z');
}

/* Values.dateFormatFor: what lies before the second day is a time, whole days are dates. */
static void put_date(output *out, int64_t ms)
{
    if (ms < MS_PER_DAY) {
        int64_t in_day = ms % MS_PER_DAY;
        put_clock(out, in_day < 0 ? in_day + MS_PER_DAY : in_day);
        return;
    }
    put_day(out, ms / MS_PER_DAY);
    if (ms % MS_PER_DAY == 0) return;
    put(out, 'T');
    put_clock(out, ms % MS_PER_DAY);
}

static void put_value(output *out, const lc_value *value, bool embedded);

static void put_list(output *out, const lc_list *list)
{
    put(out, '[');
    for (uint32_t i = 0; i < list->count; i++) {
        if (i) put(out, ',');
        put_value(out, &list->items[i], true);
    }
    put(out, ']');
}

static void put_map(output *out, const lc_value *map)
{
    put(out, '{');
    uint32_t size = lc_map_size(map);
    for (uint32_t i = 0; i < size; i++) {
        lc_value key, *value;
        lc_map_entry(map, i, &key, &value);
        if (i) put(out, ',');
        put_value(out, &key, true);
        put(out, ':');
        put_value(out, value, true);
    }
    put(out, '}');
}

static void put_struct(output *out, const lc_object *object)
{
    put(out, '{');
    for (uint32_t i = 0; i < object->shape->count; i++) {
        const lc_name *name = &object->shape->names[i];
        lc_value key = lc_value_text((lc_text){name->text, name->len});
        if (i) put(out, ',');
        put_text(out, &key, true);
        put(out, ':');
        put_value(out, lc_struct_get(object, i), true);
    }
    put(out, '}');
}

static void put_decimal(output *out, const lc_decimal *decimal)
{
    lc_text text = lc_decimal_to_text(out->arena, *decimal);
    put_bytes(out, text.data, text.len);
}

static void put_value(output *out, const lc_value *value, bool embedded)
{
    switch (value->kind) {
    case LC_BOOLEAN: put_bytes(out, value->u.i ? "true" : "false", value->u.i ? 4 : 5); break;
    case LC_INT8:
    case LC_INT16:
    case LC_INT32:
    case LC_INT64: put_int(out, value->u.i); break;
    case LC_FLOAT32: out->len += lc_float_to_text((float)value->u.d, reserve(out, LC_DOUBLE_TEXT)); break;
    case LC_FLOAT64: out->len += lc_double_to_text(value->u.d, reserve(out, LC_DOUBLE_TEXT)); break;
    case LC_STRING: put_text(out, value, embedded); break;
    case LC_BYTES: put_base64(out, value, embedded); break;
    case LC_ARRAY: put_list(out, value->u.list); break;
    case LC_MAP: put_map(out, value); break;
    case LC_STRUCT: put_struct(out, value->u.object); break;
    case LC_DATE: put_date(out, value->u.i); break;
    case LC_DECIMAL:
    case LC_BIGINT: put_decimal(out, value->u.decimal); break;
    default: put_bytes(out, "null", 4);
    }
}

lc_error *lc_values_to_string(lc_arena *arena, const lc_schema *schema, const lc_value *value,
                              lc_text *ret_text, bool *ret_null)
{
    (void)schema; /* Java's signature has it too, and ignores it */
    *ret_null = value->kind == LC_NULL;
    *ret_text = (lc_text){0};
    if (*ret_null) return NULL;
    if (value->kind == LC_STRING) {
        *ret_text = lc_value_as_text(value);
        return NULL;
    }
    output out = {.arena = arena};
    put_value(&out, value, false);
    *ret_text = (lc_text){out.data ? out.data : "", out.len};
    return NULL;
}
