/* Decimals as text: the constructors from String, toString, toPlainString. */
#include "java/decimal.h"

#include "java/decimal_digits.h"
#include "java/digits.h"
#include "java/number.h"

/* Reads digits and, where allowed, one point among them into `out`. */
typedef struct reader {
    const char *p, *end;
    char *out;
    size_t count, fraction;
    bool point;
} reader;

static void read_digits(reader *in, bool point_allowed)
{
    while (in->p < in->end) {
        size_t len;
        int digit = lc_digit_at(in->p, in->end, &len);
        if (digit < 0) {
            if (*in->p != '.' || in->point || !point_allowed) return;
            in->point = true;
            in->p++;
            continue;
        }
        in->out[in->count++] = (char)('0' + digit);
        in->fraction += in->point;
        in->p += len;
    }
}

/* The exponent behind "e": a sign, any zeros, at most 10 digits; it must fit 32 bits by itself. */
static bool read_exponent(reader *in, int64_t *ret)
{
    enum { DIGITS_MAX = 10 };
    size_t len;
    bool negative = in->p < in->end && *in->p == '-';
    if (in->p < in->end && (*in->p == '-' || *in->p == '+')) in->p++;
    if (in->p == in->end) return false;
    int64_t exponent = 0;
    for (int count = 0; in->p < in->end; in->p += len) {
        int digit = lc_digit_at(in->p, in->end, &len);
        count += count || digit;
        if (digit < 0 || count > DIGITS_MAX) return false;
        exponent = exponent * 10 + digit;
    }
    *ret = negative ? -exponent : exponent;
    return *ret >= INT32_MIN && *ret <= INT32_MAX;
}

/* Sign, digits and exponent of all of `in`. */
static bool read_decimal(reader *in, bool *ret_negative, int64_t *ret_scale)
{
    int64_t exponent = 0;
    *ret_negative = in->p < in->end && *in->p == '-';
    if (in->p < in->end && (*in->p == '-' || *in->p == '+')) in->p++;
    read_digits(in, true);
    if (in->p < in->end && (*in->p == 'e' || *in->p == 'E')) {
        in->p++;
        if (!read_exponent(in, &exponent)) return false;
    }
    *ret_scale = (int64_t)in->fraction - exponent;
    return in->p == in->end && in->count > 0 && *ret_scale >= INT32_MIN && *ret_scale <= INT32_MAX;
}

/* Longer texts than this take their digits to the arena. */
enum { TEXT_SHORT = 64 };

bool lc_decimal_parse(lc_arena *arena, lc_text text, lc_decimal *ret)
{
    char room[TEXT_SHORT];
    reader in = {.p = text.data, .end = text.data + text.len, .out = room};
    if (text.len > sizeof room) in.out = lc_arena_alloc(arena, text.len);
    bool negative;
    int64_t scale;
    if (!read_decimal(&in, &negative, &scale)) return false;
    *ret = lc_decimal_of_digits(arena, negative, (lc_text){in.out, in.count}, (int32_t)scale);
    return true;
}

bool lc_bigint_parse(lc_arena *arena, lc_text text, lc_decimal *ret)
{
    char room[TEXT_SHORT];
    reader in = {.p = text.data, .end = text.data + text.len, .out = room};
    if (text.len > sizeof room) in.out = lc_arena_alloc(arena, text.len);
    bool negative = text.len && *in.p == '-';
    if (text.len && (*in.p == '-' || *in.p == '+')) in.p++;
    read_digits(&in, false);
    if (in.p != in.end || in.count == 0) return false;
    *ret = lc_decimal_of_digits(arena, negative, (lc_text){in.out, in.count}, 0);
    return true;
}

/* Text being laid out in memory that was measured before. */
static char *put(char *out, const char *bytes, size_t len)
{
    memcpy(out, bytes, len);
    return out + len;
}

static char *put_zeros(char *out, size_t count)
{
    memset(out, '0', count);
    return out + count;
}

static lc_text finish(lc_arena *arena, char *start, char *end)
{
    *end = '\0';
    lc_arena_trim(arena, end + 1);
    return (lc_text){start, (size_t)(end - start)};
}

/* Digits with a point before the last `fraction` ones. */
static char *put_with_point(char *out, lc_text digits, size_t fraction)
{
    if (digits.len > fraction) {
        out = put(out, digits.data, digits.len - fraction);
        *out++ = '.';
        return put(out, digits.data + digits.len - fraction, fraction);
    }
    out = put(out, "0.", 2);
    out = put_zeros(out, fraction - digits.len);
    return put(out, digits.data, digits.len);
}

static char *put_with_exponent(char *out, lc_text digits, int64_t exponent)
{
    *out++ = digits.data[0];
    if (digits.len > 1) {
        *out++ = '.';
        out = put(out, digits.data + 1, digits.len - 1);
    }
    if (exponent == 0) return out;
    *out++ = 'E';
    if (exponent > 0) *out++ = '+';
    return out + lc_int64_to_text(exponent, out);
}

lc_text lc_decimal_to_text(lc_arena *arena, lc_decimal value)
{
    enum { FRACTION_ZEROS_MAX = 5, SIGN_POINT_EXPONENT = 32 };
    lc_text digits = lc_decimal_digits(arena, value);
    int64_t exponent = (int64_t)digits.len - 1 - value.scale;
    char *start = lc_arena_alloc(arena, digits.len + FRACTION_ZEROS_MAX + SIGN_POINT_EXPONENT), *out = start;
    if (lc_decimal_signum(value) < 0) *out++ = '-';
    if (value.scale == 0) out = put(out, digits.data, digits.len);
    else if (value.scale > 0 && exponent >= -6) out = put_with_point(out, digits, (size_t)value.scale);
    else out = put_with_exponent(out, digits, exponent);
    return finish(arena, start, out);
}

lc_error *lc_decimal_to_plain(lc_arena *arena, lc_decimal value, lc_text *ret)
{
    lc_text digits = lc_decimal_digits(arena, value);
    int sign = lc_decimal_signum(value);
    int64_t scale = value.scale, len = (int64_t)digits.len, zeros = scale < 0 ? -scale : scale - len;
    if (zeros < 0 || (sign == 0 && scale < 0)) zeros = 0;
    if (zeros && zeros + len > LC_DECIMAL_DIGITS_MAX)
        return lc_fail(LC_E_LIMIT, "A decimal of %lld digits is beyond the limit of %d",
                       (long long)(zeros + len), LC_DECIMAL_DIGITS_MAX);
    char *start = lc_arena_alloc(arena, digits.len + (size_t)zeros + 4), *out = start;
    if (sign < 0) *out++ = '-';
    if (scale > 0) out = put_with_point(out, digits, (size_t)scale);
    else out = put_zeros(put(out, digits.data, digits.len), (size_t)zeros);
    *ret = finish(arena, start, out);
    return NULL;
}

lc_text lc_decimal_unscaled_text(lc_arena *arena, lc_decimal value)
{
    value.scale = 0;
    return lc_decimal_to_text(arena, value);
}
