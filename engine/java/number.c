#include "java/number.h"

#include <math.h>
#include "java/digits.h"

/* What Java's floating point grammar makes of a text, before it is rounded to a format. */
typedef struct literal {
    enum { DECIMAL, HEXADECIMAL, SPECIAL } kind;
    bool negative;
    double special;
    lc_digits digits;
    uint64_t significand; /* hexadecimal: × 2^exponent; the last bit stands for all that was cut off */
    int64_t exponent;
} literal;

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits and point behind "0x". Returns their end, NULL without any digit. */
static const char *read_hex_digits(const char *p, const char *end, literal *ret)
{
    bool point = false, any = false;
    for (; p < end; p++) {
        int digit = hex_value(*p);
        if (digit < 0 && (*p != '.' || point)) break;
        if (digit < 0) {
            point = true;
            continue;
        }
        any = true;
        if (ret->significand >> 56) ret->significand |= digit != 0, ret->exponent += 4;
        else ret->significand = ret->significand << 4 | (uint64_t)digit;
        if (point) ret->exponent -= 4;
    }
    return any ? p : NULL;
}

/* The decimal number behind "p", required; far too large ones stop growing. */
static const char *read_binary_exponent(const char *p, const char *end, literal *ret)
{
    if (p == end || (*p | 0x20) != 'p') return NULL;
    bool negative = ++p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    const char *first = p;
    int64_t exponent = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        if (exponent < INT64_C(1) << 50) exponent = exponent * 10 + (*p - '0');
    ret->exponent += negative ? -exponent : exponent;
    return p == first ? NULL : p;
}

static const char *read_hex(const char *p, const char *end, literal *ret)
{
    ret->kind = HEXADECIMAL;
    p = read_hex_digits(p + 2, end, ret);
    return p ? read_binary_exponent(p, end, ret) : NULL;
}

static const char *read_decimal(const char *p, const char *end, literal *ret)
{
    const char *at;
    ret->kind = DECIMAL;
    p = lc_digits_scan(p, end, &ret->digits, &at);
    return p && ret->digits.whole + ret->digits.fraction ? p : NULL;
}

static bool read_special(lc_text text, literal *ret)
{
    ret->kind = SPECIAL;
    ret->special = lc_text_is(text, "NaN") ? NAN : INFINITY;
    return lc_text_is(text, "NaN") || lc_text_is(text, "Infinity");
}

static bool read_literal(lc_text text, literal *ret)
{
    *ret = (literal){.kind = SPECIAL};
    text = lc_text_trim(text);
    const char *p = text.data, *end = p + text.len;
    if (p == end) return false;
    ret->negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    if (p < end && (*p == 'N' || *p == 'I')) return read_special((lc_text){p, (size_t)(end - p)}, ret);
    bool hex = end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x';
    p = hex ? read_hex(p, end, ret) : read_decimal(p, end, ret);
    if (p && p < end && strchr("dDfF", *p) && *p) p++;
    return p == end;
}

/* significand × 2^exponent to `bits` significant bits, ties to even, at normal exponents from `least` on. */
static double round_binary(const literal *hex, int bits, int least)
{
    if (hex->significand == 0) return 0;
    int len = 64 - __builtin_clzll(hex->significand);
    int64_t magnitude = hex->exponent + len - 1;
    if (magnitude > 2000) return INFINITY;
    int64_t kept = magnitude >= least ? bits : bits - (least - magnitude);
    if (kept < 0) return 0;
    if (kept >= len) return ldexp((double)hex->significand, (int)hex->exponent);
    int drop = len - (int)kept;
    uint64_t half = UINT64_C(1) << (drop - 1), rest = hex->significand & (2 * half - 1);
    uint64_t whole = hex->significand >> (drop - 1) >> 1;
    whole += rest > half || (rest == half && (whole & 1));
    return ldexp((double)whole, (int)hex->exponent + drop);
}

bool lc_parse_double(lc_text text, double *ret)
{
    literal read;
    if (!read_literal(text, &read)) return false;
    double value = read.kind == DECIMAL       ? lc_digits_to_double(&read.digits)
                   : read.kind == HEXADECIMAL ? round_binary(&read, 53, -1022)
                                              : read.special;
    *ret = read.negative && !isnan(value) ? -value : value;
    return true;
}

bool lc_parse_float(lc_text text, float *ret)
{
    literal read;
    if (!read_literal(text, &read)) return false;
    float value = read.kind == DECIMAL       ? lc_digits_to_float(&read.digits)
                  : read.kind == HEXADECIMAL ? (float)round_binary(&read, 24, -126)
                                             : (float)read.special;
    *ret = read.negative && !isnan(value) ? -value : value;
    return true;
}

bool lc_parse_int(lc_text text, int64_t min, int64_t max, int64_t *ret)
{
    const char *p = text.data, *end = p + text.len;
    if (text.len == 0) return false;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    if (p == end) return false;
    uint64_t magnitude = 0, limit = (uint64_t)INT64_MAX + negative;
    while (p < end) {
        size_t len;
        int digit = lc_digit_at(p, end, &len);
        if (digit < 0 || magnitude > (limit - (unsigned)digit) / 10) return false;
        magnitude = magnitude * 10 + (unsigned)digit;
        p += len;
    }
    int64_t value = (int64_t)(negative ? 0 - magnitude : magnitude);
    if (value < min || value > max) return false;
    *ret = value;
    return true;
}

static bool outside_int64(const lc_digits *digits, bool negative)
{
    if (digits->count < LC_DIGITS_HELD) return false;
    return digits->count > LC_DIGITS_HELD || digits->significand > (uint64_t)INT64_MAX + negative;
}

/* BigDecimal: the exponent and the scale both have 32 bits. */
static bool is_beyond_decimal(const lc_digits *digits)
{
    int64_t written = digits->written, scale = -digits->exponent;
    return written < INT32_MIN || written > INT32_MAX || scale < INT32_MIN || scale > INT32_MAX;
}

static bool scan_any_number(const char *p, const char *end, bool negative, lc_number *ret)
{
    lc_digits digits;
    const char *stop = lc_digits_scan(p, end, &digits, &ret->end);
    bool broken = digits.whole == 0 || (digits.point && digits.fraction == 0);
    if (broken) ret->end = digits.whole == 0 ? p : digits.end;
    if (broken || !stop) return false;
    ret->end = stop;
    ret->digits = digits.whole + digits.fraction + digits.marked_digits;
    ret->integral = !digits.point && !digits.marked;
    ret->overflow = ret->integral && outside_int64(&digits, negative);
    if (ret->integral) ret->i64 = (int64_t)(negative ? 0 - digits.significand : digits.significand);
    if (ret->integral && !ret->overflow) return true;
    ret->no_decimal = is_beyond_decimal(&digits);
    double value = lc_digits_to_double(&digits);
    ret->f64 = negative && value != 0 ? -value : value;
    return true;
}

bool lc_scan_number(const char *p, const char *end, lc_number *ret)
{
    bool negative = p < end && *p == '-';
    const char *first = p + negative, *q = first;
    uint64_t magnitude = 0;
    for (unsigned digit; q < end && (digit = (unsigned char)*q - (unsigned)'0') <= 9; q++)
        magnitude = magnitude * 10 + digit;
    *ret = (lc_number){.end = q};
    bool more = q < end && (*q == '.' || *q == 'e' || *q == 'E');
    if (q == first || q - first >= LC_DIGITS_HELD || more) return scan_any_number(first, end, negative, ret);
    ret->i64 = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    ret->integral = true;
    ret->digits = (size_t)(q - first);
    return true;
}

int64_t lc_double_to_int64(double value)
{
    if (isnan(value)) return 0;
    if (value >= 0x1p63) return INT64_MAX;
    if (value <= -0x1p63) return INT64_MIN;
    return (int64_t)value;
}

int32_t lc_double_to_int32(double value)
{
    if (isnan(value)) return 0;
    if (value >= INT32_MAX) return INT32_MAX;
    if (value <= INT32_MIN) return INT32_MIN;
    return (int32_t)value;
}
