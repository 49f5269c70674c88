#include "java/decimal_math.h"

#include "java/decimal_digits.h"
#include "java/natural.h"

enum { MOST_BYTES = LC_DECIMAL_MATH_DIGITS * 5 / 12 }; /* 2.41 digits a byte */

/* Sign and magnitude. */
typedef struct operand {
    lc_natural n;
    bool negative;
} operand;

static lc_error *too_long(void)
{
    return lc_fail(LC_E_LIMIT, "Arithmetic on decimals of more than %d digits", LC_DECIMAL_MATH_DIGITS);
}

static lc_error *check_scale(int64_t scale)
{
    if (scale > INT32_MAX) return lc_fail(LC_E_ARITHMETIC, "Underflow");
    return scale < INT32_MIN ? lc_fail(LC_E_ARITHMETIC, "Overflow") : NULL;
}

static size_t limbs_for(int64_t digits)
{
    return (size_t)digits / 19 + 1;
}

static bool is_too_long(lc_decimal value)
{
    return value.len > MOST_BYTES;
}

/* The unscaled value × 10^zeros, with room for one more limb. */
static lc_error *scaled_up(lc_arena *arena, lc_decimal value, int64_t zeros, operand *ret)
{
    bool is_zero = lc_decimal_signum(value) == 0;
    if (is_zero) zeros = 0;
    if (is_too_long(value) || zeros > LC_DECIMAL_MATH_DIGITS) return too_long();
    size_t room = value.len / 8 + 3 + 2 * limbs_for(zeros);
    ret->n = (lc_natural){lc_arena_alloc(arena, room * sizeof(uint64_t)), 0};
    ret->negative = lc_decimal_signum(value) < 0;
    lc_natural_of_bytes(&ret->n, value.unscaled, value.len);
    lc_natural_multiply_pow5(&ret->n, (uint64_t)zeros);
    lc_natural_shift_left(&ret->n, (uint64_t)zeros);
    return NULL;
}

static lc_error *finish(lc_arena *arena, operand *value, int64_t scale, lc_decimal *ret)
{
    LC_TRY(check_scale(scale));
    size_t room = 8 * value->n.used + 1;
    if (room > MOST_BYTES + 8) return too_long();
    uint8_t *out = lc_arena_alloc(arena, room), *start = lc_natural_to_bytes(&value->n, value->negative, out);
    *ret = (lc_decimal){(int32_t)scale, (uint32_t)(out + room - start), start};
    return is_too_long(*ret) ? too_long() : NULL;
}

static lc_error *sum(lc_arena *arena, lc_decimal a, lc_decimal b, bool negate, lc_decimal *ret)
{
    int64_t scale = a.scale > b.scale ? a.scale : b.scale;
    operand x, y;
    LC_TRY(scaled_up(arena, a, scale - a.scale, &x));
    LC_TRY(scaled_up(arena, b, scale - b.scale, &y));
    y.negative ^= negate;
    bool is_less = lc_natural_compare(&x.n, &y.n) < 0;
    operand larger = is_less ? y : x, smaller = is_less ? x : y;
    if (x.negative != y.negative) {
        lc_natural_subtract(&larger.n, &smaller.n);
    } else {
        uint64_t *limbs = lc_arena_alloc(arena, (larger.n.used + 1) * sizeof(uint64_t));
        memcpy(limbs, larger.n.limb, larger.n.used * sizeof(uint64_t));
        larger.n.limb = limbs;
        lc_natural_add(&larger.n, &smaller.n);
    }
    return finish(arena, &larger, scale, ret);
}

lc_error *lc_decimal_add(lc_arena *arena, lc_decimal a, lc_decimal b, lc_decimal *ret)
{
    return sum(arena, a, b, false, ret);
}

lc_error *lc_decimal_subtract(lc_arena *arena, lc_decimal a, lc_decimal b, lc_decimal *ret)
{
    return sum(arena, a, b, true, ret);
}

lc_error *lc_decimal_negate(lc_arena *arena, lc_decimal a, lc_decimal *ret)
{
    operand x;
    LC_TRY(scaled_up(arena, a, 0, &x));
    x.negative = !x.negative;
    return finish(arena, &x, a.scale, ret);
}

lc_error *lc_decimal_multiply(lc_arena *arena, lc_decimal a, lc_decimal b, lc_decimal *ret)
{
    operand x, y;
    LC_TRY(scaled_up(arena, a, 0, &x));
    LC_TRY(scaled_up(arena, b, 0, &y));
    operand product = {.negative = x.negative != y.negative};
    product.n.limb = lc_arena_alloc(arena, (x.n.used + y.n.used + 1) * sizeof(uint64_t));
    lc_natural_multiply(&x.n, &y.n, &product.n);
    return finish(arena, &product, (int64_t)a.scale + b.scale, ret);
}

/* Whether the magnitude of a quotient goes up by one, from how its remainder compares with half of the divisor. */
static bool rounds_up(lc_rounding mode, int half, bool is_odd, bool negative)
{
    switch (mode) {
    case LC_ROUND_UP: return true;
    case LC_ROUND_CEILING: return !negative;
    case LC_ROUND_FLOOR: return negative;
    case LC_ROUND_HALF_UP: return half >= 0;
    case LC_ROUND_HALF_DOWN: return half > 0;
    case LC_ROUND_HALF_EVEN: return half > 0 || (half == 0 && is_odd);
    case LC_ROUND_DOWN:
    case LC_ROUND_UNNECESSARY: break;
    }
    return false;
}

typedef struct quotient {
    operand value;
    lc_natural remainder, divisor;
} quotient;

/* a × 10^shift / b, or a / (b × 10^-shift). */
static lc_error *divide(lc_arena *arena, const lc_decimal pair[2], int64_t shift, quotient *ret)
{
    operand x, y;
    if (lc_decimal_signum(pair[1]) == 0) return lc_fail(LC_E_ARITHMETIC, "Division by zero");
    /* A divisor that is larger by far gives the same quotient and the same rounding. */
    int64_t enough = (int64_t)pair[0].len * 5 / 2 + 4;
    int64_t down = shift >= 0 ? 0 : -shift < enough ? -shift : enough;
    LC_TRY(scaled_up(arena, pair[0], shift > 0 ? shift : 0, &x));
    LC_TRY(scaled_up(arena, pair[1], down, &y));
    ret->value = (operand){.negative = x.negative != y.negative};
    ret->value.n.limb = lc_arena_alloc(arena, (x.n.used + 2) * sizeof(uint64_t));
    lc_natural_divide(&x.n, &y.n, &ret->value.n);
    ret->remainder = x.n;
    ret->divisor = y.n;
    return NULL;
}

lc_error *lc_decimal_divide(lc_arena *arena, const lc_decimal pair[2], int32_t scale, lc_rounding mode,
                            lc_decimal *ret)
{
    quotient q;
    LC_TRY(divide(arena, pair, (int64_t)scale - pair[0].scale + pair[1].scale, &q));
    if (q.remainder.used) {
        if (mode == LC_ROUND_UNNECESSARY) return lc_fail(LC_E_ARITHMETIC, "Rounding necessary");
        lc_natural_multiply_add(&q.remainder, 2, 0);
        int half = lc_natural_compare(&q.remainder, &q.divisor);
        bool is_odd = q.value.n.used && (q.value.n.limb[0] & 1);
        if (rounds_up(mode, half, is_odd, q.value.negative)) {
            lc_natural one = {(uint64_t[]){1}, 1};
            lc_natural_add(&q.value.n, &one);
        }
    }
    return finish(arena, &q.value, scale, ret);
}

/* Takes zeros off the end, down to a scale. */
static lc_decimal strip(lc_arena *arena, lc_decimal value, int64_t least)
{
    lc_text digits = lc_decimal_digits(arena, value);
    size_t zeros = 0;
    while (zeros + 1 < digits.len && digits.data[digits.len - 1 - zeros] == '0') zeros++;
    if ((int64_t)value.scale - (int64_t)zeros < least) zeros = (size_t)(value.scale - least);
    if (zeros == 0) return value;
    return lc_decimal_of_digits(arena, lc_decimal_signum(value) < 0, (lc_text){digits.data, digits.len - zeros},
                                value.scale - (int32_t)zeros);
}

lc_error *lc_decimal_strip(lc_arena *arena, lc_decimal a, lc_decimal *ret)
{
    if (is_too_long(a)) return too_long();
    *ret = lc_decimal_signum(a) == 0 ? lc_decimal_of_int64(arena, 0, 0) : strip(arena, a, INT32_MIN);
    return NULL;
}

lc_error *lc_decimal_divide_exact(lc_arena *arena, lc_decimal a, lc_decimal b, lc_decimal *ret)
{
    int64_t preferred = (int64_t)a.scale - b.scale;
    quotient q;
    if (lc_decimal_signum(b) == 0) return lc_fail(LC_E_ARITHMETIC, "Division by zero");
    if (preferred > INT32_MAX) preferred = INT32_MAX;
    if (preferred < INT32_MIN) preferred = INT32_MIN;
    if (lc_decimal_signum(a) == 0) {
        *ret = lc_decimal_of_int64(arena, 0, (int32_t)preferred);
        return NULL;
    }
    /* Nothing but twos and fives divides the divisor of a fraction that ends, so it has at most as many digits as the
     * divisor has bits. */
    int64_t most = 8 * (int64_t)b.len;
    if (is_too_long(a) || is_too_long(b) || most > LC_DECIMAL_MATH_DIGITS) return too_long();
    LC_TRY(divide(arena, (lc_decimal[]){a, b}, most, &q));
    if (q.remainder.used)
        return lc_fail(LC_E_ARITHMETIC,
                       "Non-terminating decimal expansion; no exact representable decimal result.");
    LC_TRY(finish(arena, &q.value, preferred + most, ret));
    *ret = strip(arena, *ret, preferred);
    return NULL;
}

lc_error *lc_decimal_remainder(lc_arena *arena, lc_decimal a, lc_decimal b, lc_decimal *ret)
{
    int64_t scale = a.scale > b.scale ? a.scale : b.scale;
    operand x, y;
    if (lc_decimal_signum(b) == 0) return lc_fail(LC_E_ARITHMETIC, "Division by zero");
    LC_TRY(scaled_up(arena, a, scale - a.scale, &x));
    LC_TRY(scaled_up(arena, b, scale - b.scale, &y));
    lc_natural whole = {lc_arena_alloc(arena, (x.n.used + 2) * sizeof(uint64_t)), 0};
    lc_natural_divide(&x.n, &y.n, &whole);
    return finish(arena, &x, scale, ret);
}
