#include "data/values_literal.h"

#include "java/charset.h"
#include "java/date_format.h"

enum {
    TEMPORAL_BYTES = 160, /* more than any text of TIMESTAMP_LENGTH characters has, escapes included */
    DATE_LENGTH = 10,
    TIME_LENGTH = 13,
    TIMESTAMP_LENGTH = 24,
    SHORT_NUMBER = 18 /* digits that fit int64 whatever they are */
};

static int two_digits(const char *at)
{
    return (at[0] - '0') * 10 + at[1] - '0';
}

static bool matches_shape(const char *text, const char *shape)
{
    for (; *shape; shape++, text++) {
        if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape) return false;
    }
    return true;
}

/* Days since the epoch in the Gregorian calendar; months and days beyond their ranges carry over. */
static int64_t day_of(int64_t year, int64_t month, int64_t day)
{
    int64_t months = year * 12 + month - 3; /* since March of year 0 */
    int64_t era_year = months / 12;
    int64_t in_year = (153 * (months % 12) + 2) / 5;
    return era_year * 365 + era_year / 4 - era_year / 100 + era_year / 400 + in_year + day - 1 - 719468;
}

static int64_t clock_of(const char *text)
{
    int64_t seconds = (two_digits(text) * 60 + two_digits(text + 3)) * 60 + two_digits(text + 6);
    return seconds * 1000 + (text[9] - '0') * 100 + two_digits(text + 10);
}

/* The usual spelling, without SimpleDateFormat: all digits in place, and after the reform of 1582. */
static bool parse_plain(const char *text, lc_logical logical, int64_t *ret_ms)
{
    static const char *const shapes[] = {
        [LC_LOGICAL_DATE] = "0000-00-00",
        [LC_LOGICAL_TIME] = "00:00:00.000Z",
        [LC_LOGICAL_TIMESTAMP] = "0000-00-00T00:00:00.000Z",
    };
    if (!matches_shape(text, shapes[logical])) return false;
    *ret_ms = 0;
    if (logical == LC_LOGICAL_TIME) {
        *ret_ms = clock_of(text);
        return true;
    }
    int64_t year = two_digits(text) * 100 + two_digits(text + 2);
    if (year < 1584) return false;
    *ret_ms = day_of(year, two_digits(text + 5), two_digits(text + 8)) * 86400000;
    if (logical == LC_LOGICAL_TIMESTAMP) *ret_ms += clock_of(text + DATE_LENGTH + 1);
    return true;
}

/* Any other spelling that SimpleDateFormat reads. */
static bool parse_lenient(lc_text text, lc_logical logical, int64_t *ret_ms)
{
    static const char *const patterns[] = {
        [LC_LOGICAL_DATE] = "yyyy-MM-dd",
        [LC_LOGICAL_TIME] = "HH:mm:ss.SSS'Z'",
        [LC_LOGICAL_TIMESTAMP] = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
    };
    lc_autoptr(lc_date_format) format = NULL;
    lc_autoptr(lc_error) failure = lc_date_format_new(lc_text_of(patterns[logical]), &format);
    return !failure && lc_date_format_parse(format, text, ret_ms);
}

static lc_logical temporal_of_length(size_t length)
{
    switch (length) {
    case DATE_LENGTH: return LC_LOGICAL_DATE;
    case TIME_LENGTH: return LC_LOGICAL_TIME;
    case TIMESTAMP_LENGTH: return LC_LOGICAL_TIMESTAMP;
    default: return LC_LOGICAL_NONE;
    }
}

bool lc_literal_temporal(lc_types *types, lc_text head, lc_text tail, const lc_schema **ret_schema,
                         lc_value *ret_value)
{
    char text[TEMPORAL_BYTES + 1];
    size_t len = 0, all = head.len + tail.len;
    if (all < DATE_LENGTH || all > TEMPORAL_BYTES) return false;
    memcpy(text, head.data, head.len);
    if (tail.len) memcpy(text + head.len, tail.data, tail.len);
    for (size_t i = 0; i < all; i++) {
        if (text[i] == '\\' && i + 1 < all && text[i + 1] == ':') continue;
        text[len++] = text[i];
    }
    text[len] = '\0';
    lc_logical logical = temporal_of_length(lc_utf8_utf16_len((lc_text){text, len}));
    if (logical == LC_LOGICAL_NONE) return false;
    int64_t ms;
    if (!parse_plain(text, logical, &ms) && !parse_lenient((lc_text){text, len}, logical, &ms)) return false;
    *ret_schema = lc_schema_logical(types, logical, false);
    *ret_value = lc_value_date(ms);
    return true;
}

static lc_type smallest_type(int64_t number)
{
    if (number == (int8_t)number) return LC_TYPE_INT8;
    if (number == (int16_t)number) return LC_TYPE_INT16;
    return number == (int32_t)number ? LC_TYPE_INT32 : LC_TYPE_INT64;
}

static bool parse_short_int(lc_text text, int64_t *ret)
{
    size_t at = text.data[0] == '-' || text.data[0] == '+';
    if (text.len == at || text.len - at > SHORT_NUMBER) return false;
    int64_t number = 0;
    for (size_t i = at; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') return false;
        number = number * 10 + text.data[i] - '0';
    }
    *ret = text.data[0] == '-' ? -number : number;
    return true;
}

static const lc_schema *decimal_schema(lc_types *types, lc_arena *arena, int32_t scale)
{
    lc_parameter parameter = {LC_TEXT("scale"), lc_text_of(lc_arena_printf(arena, "%d", (int)scale))};
    lc_schema_spec spec = {.type = LC_TYPE_BYTES,
                           .name = LC_TEXT(LC_DECIMAL_NAME),
                           .has_version = true,
                           .version = 1,
                           .parameters = &parameter,
                           .parameter_count = 1};
    const lc_schema *schema = NULL;
    lc_autoptr(lc_error) failure = lc_schema_intern(types, &spec, &schema);
    return failure ? NULL : schema;
}

/* What int64 doesn't hold. */
static lc_value narrowest(lc_arena *arena, lc_decimal decimal)
{
    if (decimal.scale != 0) {
        float narrow = lc_decimal_to_float(arena, decimal);
        if (!__builtin_isinf(narrow)) return lc_value_float(narrow);
        double wide = lc_decimal_to_double(arena, decimal);
        if (!__builtin_isinf(wide)) return lc_value_double(wide);
    }
    lc_decimal *kept = lc_arena_alloc(arena, sizeof *kept);
    *kept = decimal;
    return (lc_value){.kind = LC_DECIMAL, .u.decimal = kept};
}

bool lc_literal_number(lc_types *types, lc_arena *arena, lc_text text, const lc_schema **ret_schema,
                       lc_value *ret_value)
{
    int64_t whole;
    lc_decimal decimal;
    bool is_short = parse_short_int(text, &whole);
    if (!is_short && !lc_decimal_parse(arena, text, &decimal)) return false;
    if (is_short || lc_decimal_to_int64_exact(arena, decimal, &whole)) {
        *ret_value = lc_value_int((uint8_t)smallest_type(whole), whole);
    } else {
        *ret_value = narrowest(arena, decimal);
    }
    bool is_decimal = ret_value->kind == LC_DECIMAL;
    *ret_schema = is_decimal ? decimal_schema(types, arena, decimal.scale)
                             : lc_schema_primitive(types, (lc_type)ret_value->kind, false);
    return true;
}
