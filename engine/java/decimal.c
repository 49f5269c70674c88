#include "java/decimal.h"

#include <math.h>
#include "java/decimal_digits.h"
#include "java/digits.h"
#include "java/natural.h"
#include "java/number.h"
#include "java/power_table.h"

lc_decimal lc_decimal_of_int64(lc_arena *arena, int64_t unscaled, int32_t scale)
{
    uint8_t *bytes = lc_arena_alloc(arena, 8);
    uint64_t bits = (uint64_t)unscaled;
    for (int i = 7; i >= 0; i--, bits >>= 8) bytes[i] = (uint8_t)bits;
    lc_decimal value;
    lc_decimal_of_bytes(bytes, 8, scale, &value);
    return value;
}

bool lc_decimal_of_bytes(const void *bytes, size_t len, int32_t scale, lc_decimal *ret)
{
    const uint8_t *p = bytes;
    if (len == 0 || len > UINT32_MAX) return false;
    for (; len > 1 && (p[0] == 0 || p[0] == 0xff) && ((p[0] ^ p[1]) & 0x80) == 0; p++) len--;
    *ret = (lc_decimal){scale, (uint32_t)len, p};
    return true;
}

static lc_decimal of_natural(lc_arena *arena, lc_natural *n, bool negative, int32_t scale)
{
    size_t room = 8 * n->used + 1;
    uint8_t *out = lc_arena_alloc(arena, room), *start = lc_natural_to_bytes(n, negative, out);
    return (lc_decimal){scale, (uint32_t)(out + room - start), start};
}

lc_decimal lc_decimal_of_digits(lc_arena *arena, bool negative, lc_text digits, int32_t scale)
{
    if (digits.len <= 18) {
        int64_t value = 0;
        for (size_t i = 0; i < digits.len; i++) value = value * 10 + (digits.data[i] - '0');
        return lc_decimal_of_int64(arena, negative ? -value : value, scale);
    }
    lc_natural n = {lc_arena_alloc(arena, lc_natural_limbs(digits.len) * sizeof(uint64_t)), 0};
    lc_natural_read(&n, digits.data, digits.len);
    return of_natural(arena, &n, negative, scale);
}

lc_text lc_decimal_digits(lc_arena *arena, lc_decimal value)
{
    int64_t small;
    if (lc_decimal_small(value, &small)) {
        char *text = lc_arena_alloc(arena, LC_INT64_TEXT);
        size_t len = lc_int64_to_text(small, text);
        return (lc_text){text + (small < 0), len - (small < 0)};
    }
    lc_natural n = {lc_arena_alloc(arena, (value.len / 8 + 1) * sizeof(uint64_t)), 0};
    lc_natural_of_bytes(&n, value.unscaled, value.len);
    char *text = lc_arena_alloc(arena, lc_natural_digits(n.used));
    return (lc_text){text, lc_natural_write(&n, text)};
}

bool lc_decimal_of_double_exact(lc_arena *arena, double value, lc_decimal *ret)
{
    enum { LIMBS = 64 };
    uint64_t room[LIMBS];
    int two;
    if (!isfinite(value)) return false;
    double fraction = frexp(fabs(value), &two);
    lc_natural n = {room, 0};
    lc_natural_multiply_add(&n, 1, (uint64_t)ldexp(fraction, 53));
    two -= 53;
    if (n.used == 0) two = 0;
    for (; n.used && (room[0] & 1) == 0; two++) room[0] >>= 1;
    if (two >= 0) lc_natural_shift_left(&n, (uint64_t)two);
    else lc_natural_multiply_pow5(&n, (uint64_t)-two); /* m / 2^k is m × 5^k / 10^k */
    *ret = of_natural(arena, &n, value < 0, two < 0 ? -two : 0);
    return true;
}

bool lc_decimal_of_double(lc_arena *arena, double value, lc_decimal *ret)
{
    char text[LC_DOUBLE_TEXT];
    return isfinite(value) && lc_decimal_parse(arena, (lc_text){text, lc_double_to_text(value, text)}, ret);
}

lc_decimal lc_decimal_copy(lc_arena *arena, lc_decimal value)
{
    value.unscaled = (const uint8_t *)lc_arena_copy(arena, value.unscaled, value.len);
    return value;
}

int lc_decimal_signum(lc_decimal value)
{
    if (value.unscaled[0] & 0x80) return -1;
    return value.len > 1 || value.unscaled[0] != 0;
}

bool lc_decimal_equals(lc_decimal a, lc_decimal b)
{
    return a.scale == b.scale && a.len == b.len && memcmp(a.unscaled, b.unscaled, a.len) == 0;
}

uint32_t lc_decimal_precision(lc_arena *scratch, lc_decimal value)
{
    return (uint32_t)lc_decimal_digits(scratch, value).len;
}

static lc_digits digits_to_round(lc_arena *scratch, lc_decimal value)
{
    lc_text text = lc_decimal_digits(scratch, value);
    lc_digits digits = {.text = text.data,
                        .end = text.data + text.len,
                        .whole = text.len,
                        .count = text.len,
                        .exponent = -(int64_t)value.scale};
    for (size_t i = 0; i < text.len && i < LC_DIGITS_HELD; i++)
        digits.significand = digits.significand * 10 + (uint64_t)(text.data[i] - '0');
    return digits;
}

double lc_decimal_to_double(lc_arena *scratch, lc_decimal value)
{
    int64_t small;
    if (value.scale == 0 && lc_decimal_small(value, &small)) return (double)small;
    lc_digits digits = digits_to_round(scratch, value);
    double magnitude = lc_digits_to_double(&digits);
    return lc_decimal_signum(value) < 0 ? -magnitude : magnitude;
}

float lc_decimal_to_float(lc_arena *scratch, lc_decimal value)
{
    int64_t small;
    if (value.scale == 0 && lc_decimal_small(value, &small)) return (float)small;
    lc_digits digits = digits_to_round(scratch, value);
    float magnitude = lc_digits_to_float(&digits);
    return lc_decimal_signum(value) < 0 ? -magnitude : magnitude;
}

static int64_t low_bits(lc_decimal value)
{
    uint32_t skipped = value.len > 8 ? value.len - 8 : 0;
    int64_t low = 0;
    lc_decimal_small((lc_decimal){0, value.len - skipped, value.unscaled + skipped}, &low);
    return low;
}

static int64_t power_of_ten(int32_t exponent)
{
    return (int64_t)lc_small_power[exponent];
}

enum { POWERS_COUNT = 19 }; /* of those that fit int64 */

/* The digits before the point of a value with scale > 0; none when it is a fraction only. */
static lc_text whole_digits(lc_text digits, int32_t scale)
{
    size_t fraction = (size_t)scale;
    return (lc_text){digits.data, digits.len > fraction ? digits.len - fraction : 0};
}

int64_t lc_decimal_to_int64(lc_arena *scratch, lc_decimal value)
{
    int64_t small;
    if (value.scale <= -64) return 0; /* 10^64 is a multiple of 2^64 */
    if (value.scale <= 0) {
        uint64_t low = (uint64_t)low_bits(value);
        for (int32_t i = value.scale; i < 0; i++) low *= 10;
        return (int64_t)low;
    }
    if (lc_decimal_small(value, &small))
        return value.scale < POWERS_COUNT ? small / power_of_ten(value.scale) : 0;
    lc_text whole = whole_digits(lc_decimal_digits(scratch, value), value.scale);
    uint64_t low = 0;
    for (size_t i = 0; i < whole.len; i++) low = low * 10 + (uint64_t)(whole.data[i] - '0');
    return (int64_t)(lc_decimal_signum(value) < 0 ? 0 - low : low);
}

static bool all_zeros(lc_text digits)
{
    for (size_t i = 0; i < digits.len; i++)
        if (digits.data[i] != '0') return false;
    return true;
}

/* Splits digits into `whole` and the last `fraction` ones, of which leading zeros may be missing. */
static lc_text fraction_digits(lc_text digits, int64_t fraction)
{
    size_t kept = (uint64_t)fraction < digits.len ? (size_t)fraction : digits.len;
    return (lc_text){digits.data + digits.len - kept, kept};
}

bool lc_decimal_is_whole(lc_arena *scratch, lc_decimal value)
{
    int64_t small;
    if (value.scale <= 0) return true;
    if (lc_decimal_small(value, &small))
        return small == 0 || (value.scale < POWERS_COUNT && small % power_of_ten(value.scale) == 0);
    return all_zeros(fraction_digits(lc_decimal_digits(scratch, value), value.scale));
}

bool lc_decimal_to_int64_exact(lc_arena *scratch, lc_decimal value, int64_t *ret)
{
    int64_t small;
    bool is_small = lc_decimal_small(value, &small);
    if (!lc_decimal_is_whole(scratch, value)) return false;
    if (is_small && (value.scale == 0 || small == 0)) return *ret = small, true;
    if (value.scale < 0) {
        if (!is_small || value.scale <= -POWERS_COUNT) return false;
        return !__builtin_mul_overflow(small, power_of_ten(-value.scale), ret);
    }
    lc_text whole = whole_digits(lc_decimal_digits(scratch, value), value.scale);
    if (whole.len > LC_DIGITS_HELD) return false;
    int64_t low = lc_decimal_to_int64(scratch, value);
    bool negative = lc_decimal_signum(value) < 0;
    if (whole.len == LC_DIGITS_HELD && (low < 0) != negative) return false;
    return *ret = low, true;
}

static int sign_of(int64_t difference)
{
    return (difference > 0) - (difference < 0);
}

/* Compares 0.a × 10^n with 0.b × 10^n. */
static int compare_digits(lc_text a, lc_text b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.data, b.data, common);
    if (order) return sign_of(order);
    if (!all_zeros((lc_text){a.data + common, a.len - common})) return 1;
    return all_zeros((lc_text){b.data + common, b.len - common}) ? 0 : -1;
}

int lc_decimal_compare(lc_arena *scratch, lc_decimal a, lc_decimal b)
{
    int64_t small_a, small_b;
    int sign = lc_decimal_signum(a), sign_b = lc_decimal_signum(b);
    if (sign != sign_b || sign == 0) return sign_of(sign - sign_b);
    if (a.scale == b.scale && lc_decimal_small(a, &small_a) && lc_decimal_small(b, &small_b))
        return (small_a > small_b) - (small_a < small_b);
    lc_text digits_a = lc_decimal_digits(scratch, a), digits_b = lc_decimal_digits(scratch, b);
    int64_t point_a = (int64_t)digits_a.len - a.scale, point_b = (int64_t)digits_b.len - b.scale;
    if (point_a != point_b) return sign * sign_of(point_a - point_b);
    return sign * compare_digits(digits_a, digits_b);
}

static lc_decimal append_zeros(lc_arena *arena, lc_decimal value, size_t zeros, int32_t scale)
{
    int64_t small;
    if (lc_decimal_small(value, &small) && zeros < POWERS_COUNT &&
        !__builtin_mul_overflow(small, power_of_ten((int32_t)zeros), &small))
        return lc_decimal_of_int64(arena, small, scale);
    lc_text digits = lc_decimal_digits(arena, value);
    char *longer = lc_arena_alloc(arena, digits.len + zeros);
    memcpy(longer, digits.data, digits.len);
    memset(longer + digits.len, '0', zeros);
    return lc_decimal_of_digits(arena, lc_decimal_signum(value) < 0, (lc_text){longer, digits.len + zeros},
                                scale);
}

static lc_error *too_long(int64_t digits)
{
    return lc_fail(LC_E_LIMIT, "A decimal of %lld digits is beyond the limit of %d", (long long)digits,
                   LC_DECIMAL_DIGITS_MAX);
}

lc_error *lc_decimal_set_scale(lc_arena *arena, lc_decimal value, int32_t scale, lc_decimal *ret)
{
    int64_t more = (int64_t)scale - value.scale;
    if (more == 0 || lc_decimal_signum(value) == 0) {
        *ret = value;
        ret->scale = scale;
        return NULL;
    }
    if (more > 0) {
        int64_t digits = more + (int64_t)value.len * 5 / 2; /* 2.41 digits a byte */
        if (digits > LC_DECIMAL_DIGITS_MAX) return too_long(digits);
        *ret = append_zeros(arena, value, (size_t)more, scale);
        return NULL;
    }
    lc_text digits = lc_decimal_digits(arena, value), lost = fraction_digits(digits, -more);
    if (!all_zeros(lost)) return lc_fail(LC_E_ARITHMETIC, "Rounding necessary");
    lc_text kept = {digits.data, digits.len - lost.len};
    *ret = lc_decimal_of_digits(arena, lc_decimal_signum(value) < 0, kept, scale);
    return NULL;
}

lc_error *lc_decimal_to_bigint(lc_arena *arena, lc_decimal value, lc_decimal *ret)
{
    if (value.scale <= 0) return lc_decimal_set_scale(arena, value, 0, ret);
    lc_text whole = whole_digits(lc_decimal_digits(arena, value), value.scale);
    *ret = lc_decimal_of_digits(arena, lc_decimal_signum(value) < 0, whole, 0);
    return NULL;
}
