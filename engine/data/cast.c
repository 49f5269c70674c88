#include "data/value.h"

#include "java/base64.h"
#include "java/calendar.h"
#include "java/number.h"

enum { DATE_ROOM = 48 };

static const char SUPPORTED[] = "[INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES]";

static lc_error *fail_class(const lc_value *value)
{
    return lc_fail(LC_E_DATA, "Unexpected type in Cast transformation: class %s", lc_value_java_class(value));
}

/* Cast tells of the value as it was before a logical type was taken off. */
static lc_error *fail_number(const lc_value *value, lc_error *cause)
{
    lc_auto(lc_buf) text = {0};
    lc_value_to_text(&text, value);
    return lc_wrap(cause, LC_E_DATA, "Value (%s) was out of range for requested data type", text.data);
}

typedef struct int_range {
    int64_t min, max;
    bool narrow; /* Byte and Short have a text of their own for numbers that fit an int */
} int_range;

static const int_range RANGES[] = {
    [LC_INT8] = {INT8_MIN, INT8_MAX, true},
    [LC_INT16] = {INT16_MIN, INT16_MAX, true},
    [LC_INT32] = {INT32_MIN, INT32_MAX, false},
    [LC_INT64] = {INT64_MIN, INT64_MAX, false},
};

static lc_error *fail_input(lc_text text)
{
    return lc_fail(LC_E_NUMBER_FORMAT, "For input string: \"%.*s\"", (int)text.len, text.data);
}

static lc_error *parse_int(const lc_value *value, lc_type target, int64_t *ret)
{
    const int_range *range = &RANGES[target];
    lc_text text = lc_value_as_text(value);
    if (lc_parse_int(text, range->min, range->max, ret)) return NULL;
    int64_t wide;
    bool fits_int = range->narrow && lc_parse_int(text, INT32_MIN, INT32_MAX, &wide);
    if (!fits_int) return fail_number(value, fail_input(text));
    return fail_number(value, lc_fail(LC_E_NUMBER_FORMAT, "Value out of range. Value:\"%.*s\" Radix:10",
                                      (int)text.len, text.data));
}

static lc_error *fail_double(const lc_value *value)
{
    lc_text text = lc_text_trim(lc_value_as_text(value));
    if (text.len == 0) return fail_number(value, lc_fail(LC_E_NUMBER_FORMAT, "empty String"));
    return fail_number(value, fail_input(text));
}

/* Number.byteValue, shortValue, intValue and longValue: floats go through int, but for long. */
static int64_t double_to_int(double number, lc_type target)
{
    return target == LC_TYPE_INT64 ? lc_double_to_int64(number) : lc_double_to_int32(number);
}

static int64_t narrowed(int64_t number, lc_type target)
{
    switch (target) {
    case LC_TYPE_INT8: return (int8_t)number;
    case LC_TYPE_INT16: return (int16_t)number;
    case LC_TYPE_INT32: return (int32_t)number;
    default: return number;
    }
}

static lc_error *to_int(lc_arena *arena, const lc_value *value, lc_type target, lc_value *ret_value)
{
    int64_t number = value->u.i;
    switch (value->kind) {
    case LC_BOOLEAN:
    case LC_INT8:
    case LC_INT16:
    case LC_INT32:
    case LC_INT64: break;
    case LC_FLOAT32:
    case LC_FLOAT64: number = double_to_int(value->u.d, target); break;
    case LC_DECIMAL:
    case LC_BIGINT: number = lc_decimal_to_int64(arena, *value->u.decimal); break;
    case LC_STRING: LC_TRY(parse_int(value, target, &number)); break;
    default: return fail_class(value);
    }
    *ret_value = lc_value_int((uint8_t)target, narrowed(number, target));
    return NULL;
}

static lc_error *to_float(lc_arena *arena, const lc_value *value, lc_type target, lc_value *ret_value)
{
    (void)target;
    float number = (float)value->u.i; /* from the long itself: through a double it would be rounded twice */
    switch (value->kind) {
    case LC_BOOLEAN:
    case LC_INT8:
    case LC_INT16:
    case LC_INT32:
    case LC_INT64: break;
    case LC_FLOAT32:
    case LC_FLOAT64: number = (float)value->u.d; break;
    case LC_DECIMAL:
    case LC_BIGINT: number = lc_decimal_to_float(arena, *value->u.decimal); break;
    case LC_STRING:
        if (!lc_parse_float(lc_value_as_text(value), &number)) return fail_double(value);
        break;
    default: return fail_class(value);
    }
    *ret_value = lc_value_float(number);
    return NULL;
}

static lc_error *to_double(lc_arena *arena, const lc_value *value, lc_type target, lc_value *ret_value)
{
    (void)target;
    double number = (double)value->u.i;
    switch (value->kind) {
    case LC_BOOLEAN:
    case LC_INT8:
    case LC_INT16:
    case LC_INT32:
    case LC_INT64: break;
    case LC_FLOAT32:
    case LC_FLOAT64: number = value->u.d; break;
    case LC_DECIMAL:
    case LC_BIGINT: number = lc_decimal_to_double(arena, *value->u.decimal); break;
    case LC_STRING:
        if (!lc_parse_double(lc_value_as_text(value), &number)) return fail_double(value);
        break;
    default: return fail_class(value);
    }
    *ret_value = lc_value_double(number);
    return NULL;
}

static lc_error *to_boolean(lc_arena *arena, const lc_value *value, lc_type target, lc_value *ret_value)
{
    (void)target;
    bool truth = value->u.i != 0;
    switch (value->kind) {
    case LC_BOOLEAN:
    case LC_INT8:
    case LC_INT16:
    case LC_INT32:
    case LC_INT64: break;
    case LC_FLOAT32:
    case LC_FLOAT64: truth = lc_double_to_int64(value->u.d) != 0; break;
    case LC_DECIMAL:
    case LC_BIGINT: truth = lc_decimal_to_int64(arena, *value->u.decimal) != 0; break;
    case LC_STRING: truth = lc_text_eq_nocase(lc_value_as_text(value), LC_TEXT("true")); break;
    default: return fail_class(value);
    }
    *ret_value = lc_value_bool(truth);
    return NULL;
}

static char *put_digits(char *at, uint32_t number, int width)
{
    for (int i = width - 1; i >= 0; i--, number /= 10) at[i] = (char)('0' + number % 10);
    return at + width;
}

static char *put_date(char *at, int64_t ms)
{
    lc_calendar_day day;
    lc_calendar_day_of(ms / LC_DAY_MS, &day);
    if (day.year > 9999) at += lc_int64_to_text(day.year, at);
    else at = put_digits(at, (uint32_t)day.year, 4);
    *at++ = '-';
    at = put_digits(at, (uint32_t)day.month + 1, 2);
    *at++ = '-';
    return put_digits(at, (uint32_t)day.day_of_month, 2);
}

static char *put_time(char *at, uint32_t ms)
{
    at = put_digits(at, ms / 3600000, 2);
    *at++ = ':';
    at = put_digits(at, ms / 60000 % 60, 2);
    *at++ = ':';
    at = put_digits(at, ms / 1000 % 60, 2);
    *at++ = '.';
    at = put_digits(at, ms % 1000, 3);
    *at++ = 'Z';
    return at;
}

/* Times of the epoch's day (and all before it) show no date, midnights no time. */
static lc_text date_text(lc_arena *arena, int64_t ms)
{
    char *text = lc_arena_alloc(arena, DATE_ROOM), *at = text;
    int64_t of_day = (ms % LC_DAY_MS + LC_DAY_MS) % LC_DAY_MS;
    if (ms >= LC_DAY_MS) at = put_date(at, ms);
    if (ms >= LC_DAY_MS && of_day) *at++ = 'T';
    if (ms < LC_DAY_MS || of_day) at = put_time(at, (uint32_t)of_day);
    return (lc_text){text, (size_t)(at - text)};
}

static lc_text base64_text(lc_arena *arena, const lc_value *value)
{
    size_t len = lc_base64_text_len(value->len);
    char *text = lc_arena_alloc(arena, len);
    lc_base64_encode(value->u.s, value->len, text);
    return (lc_text){text, len};
}

static lc_error *to_string(lc_arena *arena, const lc_value *value, lc_type target, lc_value *ret_value)
{
    (void)target;
    switch (value->kind) {
    case LC_STRING: *ret_value = *value; break;
    case LC_BYTES: *ret_value = lc_value_text(base64_text(arena, value)); break;
    case LC_DATE: *ret_value = lc_value_text(date_text(arena, value->u.i)); break;
    default: *ret_value = lc_value_text(lc_value_to_text_arena(arena, value)); break;
    }
    return NULL;
}

typedef lc_error *cast_function(lc_arena *arena, const lc_value *value, lc_type target, lc_value *ret_value);

static cast_function *const CASTS[LC_STRUCT + 1] = {
    [LC_BOOLEAN] = to_boolean, [LC_INT8] = to_int,      [LC_INT16] = to_int,      [LC_INT32] = to_int,
    [LC_INT64] = to_int,       [LC_FLOAT32] = to_float, [LC_FLOAT64] = to_double, [LC_STRING] = to_string,
};

/* The schema decides what may be cast; without one the class does: dates and big numbers have no type. */
static lc_error *check_source(const lc_schema *schema, const lc_value *value)
{
    lc_type type = (lc_type)(schema ? schema->type : value->kind);
    if (type > LC_TYPE_STRUCT) {
        return lc_fail(LC_E_DATA,
                       "Cast transformation was passed a value of type class %s which is not supported by "
                       "Connect's data API",
                       lc_value_java_class(value));
    }
    if (type <= LC_TYPE_BYTES) return NULL;
    return lc_fail(LC_E_DATA, "Cast transformation does not support casting from %s; supported types are %s",
                   lc_type_java_name(type), SUPPORTED);
}

lc_error *lc_value_cast(lc_arena *arena, const lc_schema *schema, const lc_value *value, lc_type target,
                        lc_value *ret_value)
{
    if (value->kind == LC_NULL) {
        *ret_value = *value;
        return NULL;
    }
    LC_TRY(check_source(schema, value));
    cast_function *cast = target <= LC_TYPE_STRUCT ? CASTS[target] : NULL;
    if (!cast)
        return lc_fail(LC_E_DATA, "%s is not supported in the Cast transformation.",
                       lc_type_java_name(target));
    lc_value plain = *value;
    if (schema && target != LC_TYPE_STRING) LC_TRY(lc_logical_encode(schema, value, &plain));
    return cast(arena, &plain, target, ret_value);
}

static lc_error *encode_date(int64_t ms, lc_value *ret_value)
{
    if (ms % LC_DAY_MS) {
        return lc_fail(LC_E_DATA,
                       "Kafka Connect Date type should not have any time fields set to non-zero values.");
    }
    *ret_value = lc_value_int(LC_INT32, (int32_t)(ms / LC_DAY_MS));
    return NULL;
}

static lc_error *encode_time(int64_t ms, lc_value *ret_value)
{
    if (ms < 0 || ms > LC_DAY_MS) {
        return lc_fail(LC_E_DATA,
                       "Kafka Connect Time type should not have any date fields set to non-zero values.");
    }
    *ret_value = lc_value_int(LC_INT32, ms);
    return NULL;
}

lc_error *lc_logical_encode(const lc_schema *schema, const lc_value *value, lc_value *ret_value)
{
    if (schema->logical <= LC_LOGICAL_DECIMAL) {
        *ret_value = *value;
        return NULL;
    }
    if (value->kind != LC_DATE) {
        const char *java = lc_value_java_class(value);
        return lc_fail(LC_E_CLASS_CAST, "class %s cannot be cast to class java.util.Date", java);
    }
    int64_t ms = value->u.i;
    if (schema->logical == LC_LOGICAL_DATE) return encode_date(ms, ret_value);
    if (schema->logical == LC_LOGICAL_TIME) return encode_time(ms, ret_value);
    *ret_value = lc_value_int(LC_INT64, ms);
    return NULL;
}
