#include "data/values.h"

#include "java/number.h"

enum {
    MS_PER_DAY = 86400000,
    FIRST_DAY_BC = -1438707 /* 1 January 1970 BC (Julian calendar) in days since the epoch */
};

/* The first day of the Christian era, 1 January 1 (Julian calendar), in ms since the epoch. */
static const int64_t ERA_START = -719164LL * MS_PER_DAY;

typedef struct conversion {
    lc_types *types;
    lc_arena *arena;
    int32_t scale;
    const lc_schema *schema; /* of the value; may be NULL */
    const char *target;      /* Java's text of the target schema, for messages */
} conversion;

static lc_error *fail_null(void)
{
    return lc_fail(LC_E_DATA, "Unable to convert a null value to a schema that requires a value");
}

/* "Unable to convert v (class c) to …", or the failure of asking null for its class. */
static lc_error *fail_to(const conversion *c, const lc_value *value, const char *target)
{
    if (value->kind == LC_NULL) return lc_fail(LC_E_NULL_POINTER, "Unable to convert null to %s", target);
    lc_text text = lc_value_to_text_arena(c->arena, value);
    return lc_fail(LC_E_DATA, "Unable to convert %.*s (class %s) to %s", (int)text.len, text.data,
                   lc_value_java_class(value), target);
}

static lc_error *fail_by_schema(const conversion *c, const lc_value *value)
{
    if (!c->schema) return fail_to(c, value, "a number");
    const char *type = lc_type_java_name((lc_type)c->schema->type);
    bool named = c->schema->name.data != NULL;
    return fail_to(c, value,
                   lc_arena_printf(c->arena, named ? "Schema{%s:%s}" : "Schema{%s%s}",
                                   named ? c->schema->name.data : "", type));
}

static bool is_logical(const lc_schema *schema, lc_logical logical)
{
    return schema && schema->logical == logical;
}

/* Number.longValue; false when the value is no number. */
static bool number_to_long(const conversion *c, const lc_value *value, int64_t *ret)
{
    switch (value->kind) {
    case LC_INT8:
    case LC_INT16:
    case LC_INT32:
    case LC_INT64: *ret = value->u.i; return true;
    case LC_FLOAT32:
    case LC_FLOAT64: *ret = lc_double_to_int64(value->u.d); return true;
    case LC_DECIMAL:
    case LC_BIGINT: *ret = lc_decimal_to_int64(c->arena, *value->u.decimal); return true;
    default: return false;
    }
}

static bool number_to_double(const conversion *c, const lc_value *value, double *ret)
{
    switch (value->kind) {
    case LC_INT8:
    case LC_INT16:
    case LC_INT32:
    case LC_INT64: *ret = (double)value->u.i; return true;
    case LC_FLOAT32:
    case LC_FLOAT64: *ret = value->u.d; return true;
    case LC_DECIMAL:
    case LC_BIGINT: *ret = lc_decimal_to_double(c->arena, *value->u.decimal); return true;
    default: return false;
    }
}

/* Date.fromLogical and its kin, by the value's schema: days, ms of the day or ms. */
static lc_error *date_to_long(const conversion *c, const lc_value *value, int64_t *ret)
{
    lc_value number;
    LC_TRY(lc_logical_encode(c->schema, value, &number));
    *ret = number.u.i;
    return NULL;
}

/* Values.asLong. */
static lc_error *to_long(const conversion *c, const lc_value *value, int64_t *ret)
{
    lc_decimal decimal;
    if (number_to_long(c, value, ret)) return NULL;
    if (value->kind == LC_STRING && lc_decimal_parse(c->arena, lc_value_as_text(value), &decimal)) {
        *ret = lc_decimal_to_int64(c->arena, decimal);
        return NULL;
    }
    bool dated = value->kind == LC_DATE && c->schema && c->schema->logical > LC_LOGICAL_DECIMAL;
    return dated ? date_to_long(c, value, ret) : fail_by_schema(c, value);
}

/* Values.asDouble. */
static lc_error *to_double(const conversion *c, const lc_value *value, double *ret)
{
    lc_decimal decimal;
    if (number_to_double(c, value, ret)) return NULL;
    if (value->kind == LC_STRING && lc_decimal_parse(c->arena, lc_value_as_text(value), &decimal)) {
        *ret = lc_decimal_to_double(c->arena, decimal);
        return NULL;
    }
    int64_t number;
    LC_TRY(to_long(c, value, &number));
    *ret = (double)number;
    return NULL;
}

/* What parseString makes of a string; other values as they are. */
static lc_error *parse_string(const conversion *c, const lc_value *value, lc_value *ret)
{
    const lc_schema *schema;
    *ret = *value;
    if (value->kind != LC_STRING) return NULL;
    return lc_values_parse(c->types, c->arena, lc_value_as_text(value), &schema, ret);
}

static lc_error *to_boolean(const conversion *c, const lc_value *value, lc_value *ret)
{
    lc_value parsed;
    int64_t number;
    LC_TRY(parse_string(c, value, &parsed));
    if (parsed.kind == LC_BOOLEAN) {
        *ret = parsed;
        return NULL;
    }
    LC_TRY(to_long(c, value, &number));
    *ret = lc_value_bool(number != 0);
    return NULL;
}

static lc_error *to_byte(const conversion *c, const lc_value *value, lc_value *ret)
{
    int64_t number;
    LC_TRY(to_long(c, value, &number));
    *ret = lc_value_int(LC_INT8, (int8_t)number);
    return NULL;
}

static lc_error *to_short(const conversion *c, const lc_value *value, lc_value *ret)
{
    int64_t number;
    LC_TRY(to_long(c, value, &number));
    *ret = lc_value_int(LC_INT16, (int16_t)number);
    return NULL;
}

static lc_error *to_integer(const conversion *c, const lc_value *value, lc_value *ret)
{
    int64_t number;
    LC_TRY(to_long(c, value, &number));
    *ret = lc_value_int(LC_INT32, (int32_t)number);
    return NULL;
}

static lc_error *to_int64(const conversion *c, const lc_value *value, lc_value *ret)
{
    int64_t number;
    LC_TRY(to_long(c, value, &number));
    *ret = lc_value_int(LC_INT64, number);
    return NULL;
}

static lc_error *to_float32(const conversion *c, const lc_value *value, lc_value *ret)
{
    double number;
    LC_TRY(to_double(c, value, &number));
    *ret = lc_value_float((float)number);
    return NULL;
}

static lc_error *to_float64(const conversion *c, const lc_value *value, lc_value *ret)
{
    double number;
    LC_TRY(to_double(c, value, &number));
    *ret = lc_value_double(number);
    return NULL;
}

static lc_error *to_string(const conversion *c, const lc_value *value, lc_value *ret)
{
    lc_text text;
    bool null;
    LC_TRY(lc_values_to_string(c->arena, c->schema, value, &text, &null));
    *ret = lc_value_text(text);
    return NULL;
}

static lc_error *to_container(const conversion *c, const lc_value *value, uint8_t kind, lc_value *ret)
{
    if (value->kind != kind) return fail_to(c, value, c->target);
    *ret = *value;
    return NULL;
}

static lc_error *to_list(const conversion *c, const lc_value *value, lc_value *ret)
{
    lc_value parsed;
    LC_TRY(parse_string(c, value, &parsed));
    return to_container(c, &parsed, LC_ARRAY, ret);
}

static lc_error *to_map(const conversion *c, const lc_value *value, lc_value *ret)
{
    lc_value parsed;
    LC_TRY(parse_string(c, value, &parsed));
    return to_container(c, &parsed, LC_MAP, ret);
}

static lc_error *to_struct(const conversion *c, const lc_value *value, lc_value *ret)
{
    return to_container(c, value, LC_STRUCT, ret);
}

/* Time.toLogical */
static lc_error *time_of(int32_t ms, lc_value *ret)
{
    if (ms < 0 || ms > MS_PER_DAY) {
        return lc_fail(LC_E_DATA,
                       "Time values must use number of milliseconds greater than 0 and less than 86400000");
    }
    *ret = lc_value_date(ms);
    return NULL;
}

/* The time of day as ms on 1 January 1970. Java sets only the year of the calendar, not its era, and narrows
 * to int: times before the Christian era land anywhere. */
static int32_t time_of_day(int64_t ms)
{
    int64_t in_day = ms % MS_PER_DAY;
    if (in_day < 0) in_day += MS_PER_DAY;
    return (int32_t)(ms < ERA_START ? in_day + (int64_t)FIRST_DAY_BC * MS_PER_DAY : in_day);
}

static lc_error *to_time(const conversion *c, const lc_value *value, lc_value *ret)
{
    lc_value parsed;
    int64_t number;
    LC_TRY(parse_string(c, value, &parsed));
    if (parsed.kind == LC_DATE && (!c->schema || c->schema->logical == LC_LOGICAL_TIME)) {
        *ret = parsed;
        return NULL;
    }
    if (parsed.kind == LC_DATE && is_logical(c->schema, LC_LOGICAL_TIMESTAMP)) {
        return time_of(time_of_day(parsed.u.i), ret);
    }
    LC_TRY(to_long(c, &parsed, &number));
    return time_of((int32_t)number, ret);
}

static lc_error *to_date(const conversion *c, const lc_value *value, lc_value *ret)
{
    lc_value parsed;
    int64_t days;
    LC_TRY(parse_string(c, value, &parsed));
    if (parsed.kind == LC_DATE && (!c->schema || c->schema->logical == LC_LOGICAL_DATE)) {
        *ret = parsed;
        return NULL;
    }
    if (parsed.kind == LC_DATE && is_logical(c->schema, LC_LOGICAL_TIMESTAMP)) days = parsed.u.i / MS_PER_DAY;
    else LC_TRY(to_long(c, &parsed, &days));
    *ret = lc_value_date((int64_t)(int32_t)days * MS_PER_DAY);
    return NULL;
}

static lc_error *to_timestamp(const conversion *c, const lc_value *value, lc_value *ret)
{
    lc_value parsed;
    int64_t number;
    LC_TRY(parse_string(c, value, &parsed));
    if (parsed.kind == LC_DATE && (!c->schema || c->schema->logical == LC_LOGICAL_TIMESTAMP)) {
        *ret = parsed;
        return NULL;
    }
    LC_TRY(to_long(c, &parsed, &number));
    bool days = parsed.kind == LC_DATE && is_logical(c->schema, LC_LOGICAL_DATE);
    *ret = lc_value_date(days ? number * MS_PER_DAY : number);
    return NULL;
}

static lc_error *keep_decimal(const conversion *c, lc_decimal decimal, lc_value *ret)
{
    lc_decimal *kept = lc_arena_alloc(c->arena, sizeof *kept);
    *kept = decimal;
    *ret = (lc_value){.kind = LC_DECIMAL, .u.decimal = kept};
    return NULL;
}

static lc_error *to_decimal(const conversion *c, const lc_value *value, lc_value *ret)
{
    lc_decimal decimal;
    double number;
    if (value->kind == LC_DECIMAL) {
        *ret = *value;
        return NULL;
    }
    if (value->kind == LC_BYTES) {
        bool empty = !lc_decimal_of_bytes(value->u.s, value->len, c->scale, &decimal);
        if (empty) return lc_fail(LC_E_NUMBER_FORMAT, "Zero length BigInteger");
        return keep_decimal(c, decimal, ret);
    }
    if (number_to_double(c, value, &number)) {
        if (lc_decimal_of_double(c->arena, number, &decimal)) return keep_decimal(c, decimal, ret);
        return lc_fail(LC_E_NUMBER_FORMAT, "Infinite or NaN");
    }
    if (value->kind != LC_STRING) return fail_to(c, value, c->target);
    if (lc_decimal_parse(c->arena, lc_value_as_text(value), &decimal)) return keep_decimal(c, decimal, ret);
    return lc_fail(LC_E_NUMBER_FORMAT, "Not a decimal number: %.*s", (int)value->len, value->u.s);
}

typedef struct target {
    lc_error *(*convert)(const conversion *c, const lc_value *value, lc_value *ret);
    uint8_t kind; /* values of it stay as they are; LC_NULL: convert sees to it */
    bool required;
    const char *schema;
} target;

static const target targets[] = {
    [LC_TO_BOOLEAN] = {to_boolean, LC_BOOLEAN, false, NULL},
    [LC_TO_BYTE] = {to_byte, LC_INT8, false, NULL},
    [LC_TO_SHORT] = {to_short, LC_INT16, false, NULL},
    [LC_TO_INTEGER] = {to_integer, LC_INT32, false, NULL},
    [LC_TO_LONG] = {to_int64, LC_INT64, false, NULL},
    [LC_TO_FLOAT] = {to_float32, LC_FLOAT32, false, NULL},
    [LC_TO_DOUBLE] = {to_float64, LC_FLOAT64, false, NULL},
    [LC_TO_STRING] = {to_string, LC_STRING, false, NULL},
    [LC_TO_LIST] = {to_list, LC_ARRAY, true, "Schema{ARRAY}"},
    [LC_TO_MAP] = {to_map, LC_MAP, true, "Schema{MAP}"},
    [LC_TO_STRUCT] = {to_struct, LC_STRUCT, true, "Schema{STRUCT}"},
    [LC_TO_TIME] = {to_time, LC_NULL, true, NULL},
    [LC_TO_DATE] = {to_date, LC_NULL, true, NULL},
    [LC_TO_TIMESTAMP] = {to_timestamp, LC_NULL, true, NULL},
    [LC_TO_DECIMAL] = {to_decimal, LC_DECIMAL, true, "Schema{" LC_DECIMAL_NAME ":BYTES}"},
};

lc_error *lc_values_convert(lc_types *types, lc_arena *arena, lc_values_target to, int32_t scale,
                            const lc_schema *schema, const lc_value *value, lc_value *ret_value)
{
    const target *t = &targets[to];
    if (value->kind == LC_NULL && t->required) return fail_null();
    if (value->kind == LC_NULL || value->kind == t->kind) {
        *ret_value = *value;
        return NULL;
    }
    conversion c = {.types = types, .arena = arena, .scale = scale, .schema = schema, .target = t->schema};
    lc_value result;
    LC_TRY(t->convert(&c, value, &result));
    *ret_value = result;
    return NULL;
}
