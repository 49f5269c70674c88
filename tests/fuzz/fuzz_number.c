/* Numbers and decimals: readers never run past their text; what is shown reads back as the same value. */
#include <math.h>
#include <stdlib.h>
#include "java/decimal.h"
#include "java/number.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { SCALE_SHORT = 2000 };

static void check_double(double value)
{
    char text[LC_DOUBLE_TEXT];
    double back;
    if (!lc_parse_double((lc_text){text, lc_double_to_text(value, text)}, &back)) abort();
    if (isnan(value) ? !isnan(back) : memcmp(&value, &back, sizeof value) != 0) abort();
}

static void check_float(float value)
{
    char text[LC_DOUBLE_TEXT];
    float back;
    if (!lc_parse_float((lc_text){text, lc_float_to_text(value, text)}, &back)) abort();
    if (isnan(value) ? !isnan(back) : memcmp(&value, &back, sizeof value) != 0) abort();
}

static void check_texts(lc_text text)
{
    double wide;
    float narrow;
    int64_t whole;
    lc_number number;
    if (lc_parse_double(text, &wide)) check_double(wide);
    if (lc_parse_float(text, &narrow)) check_float(narrow);
    lc_parse_int(text, INT64_MIN, INT64_MAX, &whole);
    bool found = lc_scan_number(text.data, text.data + text.len, &number);
    if (number.end < text.data || number.end > text.data + text.len) abort();
    if (found && !number.integral) check_double(number.f64);
}

static void check_decimal(lc_arena *arena, lc_decimal value)
{
    lc_decimal back, whole;
    int64_t exact;
    if (!lc_decimal_parse(arena, lc_decimal_to_text(arena, value), &back)) abort();
    if (!lc_decimal_equals(value, back) || lc_decimal_compare(arena, value, back) != 0) abort();
    if (lc_decimal_to_int64_exact(arena, value, &exact) && exact != lc_decimal_to_int64(arena, value))
        abort();
    lc_decimal_to_double(arena, value);
    lc_decimal_to_float(arena, value);
    if (abs(value.scale) > SCALE_SHORT) return; /* right, but slow */
    lc_autoptr(lc_error) error = lc_decimal_to_bigint(arena, value, &whole);
    if (error || lc_decimal_is_whole(arena, value) != (lc_decimal_compare(arena, value, whole) == 0)) abort();
}

/* The bytes as an unscaled value behind four bytes of scale. */
static void check_bytes(lc_arena *arena, const unsigned char *data, size_t size)
{
    int32_t scale;
    lc_decimal value;
    if (size <= sizeof scale) return;
    memcpy(&scale, data, sizeof scale);
    scale %= SCALE_SHORT;
    if (lc_decimal_of_bytes(data + sizeof scale, size - sizeof scale, scale, &value))
        check_decimal(arena, value);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    lc_auto(lc_arena) arena = {0};
    lc_text text = {(const char *)data, size};
    lc_decimal value;
    double bits;
    check_texts(text);
    if (lc_decimal_parse(&arena, text, &value)) check_decimal(&arena, value);
    check_bytes(&arena, data, size);
    if (size < sizeof bits) return 0;
    memcpy(&bits, data, sizeof bits);
    check_double(bits);
    return 0;
}
