#include "java/digits.h"

#include "java/natural.h"
#include "java/power_table.h"
#include "java/wide.h"

static const char *scan_run(const char *p, const char *end, lc_digits *digits)
{
    uint64_t significand = digits->significand;
    for (unsigned digit; p < end && (digit = (unsigned char)*p - (unsigned)'0') <= 9; p++)
        significand = significand * 10 + digit;
    digits->significand = significand;
    return p;
}

static size_t leading_zeros(const lc_digits *digits)
{
    size_t zeros = 0;
    for (const char *p = digits->text; p < digits->end && (*p == '0' || *p == '.'); p++) zeros += *p == '0';
    return zeros;
}

/* Written exponents beyond this behave alike: no text is long enough to bring them back. */
static const int64_t EXPONENT_CAP = INT64_C(1) << 60;

static const char *scan_exponent(const char *p, const char *end, lc_digits *ret)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    const char *first = p;
    int64_t exponent = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        if (exponent < EXPONENT_CAP / 10) exponent = exponent * 10 + (*p - '0');
        else exponent = EXPONENT_CAP;
    ret->written = negative ? -exponent : exponent;
    ret->marked_digits = (size_t)(p - first);
    return p == first ? NULL : p;
}

const char *lc_digits_scan(const char *p, const char *end, lc_digits *ret, const char **ret_at)
{
    *ret = (lc_digits){.text = p};
    const char *from = p;
    p = scan_run(p, end, ret);
    ret->whole = (size_t)(p - from);
    ret->end = p;
    if (p < end && *p == '.') {
        from = ++p;
        p = scan_run(p, end, ret);
        ret->fraction = (size_t)(p - from);
        ret->end = p;
        ret->point = true;
    }
    ret->count = ret->whole + ret->fraction;
    if (ret->count && (*ret->text == '0' || *ret->text == '.')) ret->count -= leading_zeros(ret);
    if (p < end && (*p == 'e' || *p == 'E')) {
        ret->marked = true;
        const char *mark = p;
        p = scan_exponent(p + 1, end, ret);
        if (!p) {
            *ret_at = mark + 1 < end && (mark[1] == '-' || mark[1] == '+') ? mark + 2 : mark + 1;
            return NULL;
        }
    }
    ret->exponent = ret->written - (int64_t)ret->fraction;
    return p;
}

/* A binary floating point format. */
typedef struct format {
    int bits;               /* of the stored significand */
    int exponent_min;       /* of the value 1.0 in units of the stored exponent, negated: -1023 */
    int exponent_inf;       /* stored exponent of infinity */
    int ten_min, ten_max;   /* powers of ten that can matter to 19 digits */
    int even_min, even_max; /* powers of ten among which a tie is possible at all */
    int exact_max;          /* largest exact power of ten */
} format;

static const format DOUBLE = {52, -1023, 0x7ff, -342, 308, -4, 23, 22};
static const format FLOAT = {23, -127, 0xff, -65, 38, -17, 10, 10};

/* The leading 128 bits of significand × 10^ten, or as many of them as decide the rounding. */
static lc_wide approximate(uint64_t significand, int ten, int bits)
{
    lc_power power = lc_power_of_ten(ten);
    /* The bound of the error was proven (Mushtak and Lemire, 2023) for a table that is rounded down there. */
    if (ten < -27 || ten > LC_POWER_EXACT_MAX) {
        power.hi -= power.lo == 0;
        power.lo--;
    }
    lc_wide product = lc_wide_multiply(significand, power.hi);
    uint64_t undecided = UINT64_MAX >> bits;
    if ((product.hi & undecided) == undecided) {
        uint64_t low = product.lo + lc_wide_multiply(significand, power.lo).hi;
        product.hi += low < product.lo;
        product.lo = low;
    }
    return product;
}

static uint64_t infinity_of(const format *f)
{
    return (uint64_t)f->exponent_inf << f->bits;
}

/* Stored bits of the value nearest to significand × 10^ten: the algorithm of Eisel and Lemire. */
static uint64_t nearest(uint64_t significand, int64_t exponent, const format *f)
{
    if (significand == 0 || exponent < f->ten_min) return 0;
    if (exponent > f->ten_max) return infinity_of(f);
    int ten = (int)exponent, shift = __builtin_clzll(significand);
    lc_wide product = approximate(significand << shift, ten, f->bits + 3);
    int top = (int)(product.hi >> 63), drop = top + 64 - f->bits - 3;
    uint64_t mantissa = product.hi >> drop;
    int stored = lc_floor_log2_pow10(ten) + 63 + top - shift - f->exponent_min;
    if (stored <= 0) {
        if (stored <= -63) return 0;
        mantissa >>= 1 - stored;
        return (mantissa + (mantissa & 1)) >> 1; /* a carry makes it the smallest normal value */
    }
    bool tie = product.lo <= 1 && ten >= f->even_min && ten <= f->even_max && (mantissa & 3) == 1 &&
               mantissa << drop == product.hi;
    if (tie) mantissa--;
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    uint64_t bits = ((uint64_t)stored << f->bits) + mantissa - (UINT64_C(1) << f->bits);
    return bits < infinity_of(f) ? bits : infinity_of(f);
}

/* Digits beyond this only matter as "more than that": a midpoint between doubles has at most 767. */
enum {
    DIGITS_DECISIVE = 800,
    LIMBS = 64 /* that many digits, and what a midpoint is scaled by, stay below 2800 bits */
};

static bool any_nonzero(const char *p, const char *end)
{
    while (p < end && (*p == '0' || *p == '.')) p++;
    return p < end;
}

/* All decisive digits; one more stands for the rest, 1 if any of it is nonzero. Returns digits taken. */
static size_t take_digits(const lc_digits *digits, lc_natural *ret)
{
    size_t taken = 0;
    ret->used = 0;
    for (const char *p = digits->text; p < digits->end; p++) {
        if (*p == '.' || (*p == '0' && !taken)) continue;
        if (taken == DIGITS_DECISIVE) {
            lc_natural_multiply_add(ret, 10, any_nonzero(p, digits->end));
            return taken + 1;
        }
        lc_natural_multiply_add(ret, 10, (uint64_t)(*p - '0'));
        taken++;
    }
    return taken;
}

/* Compares the digits with the midpoint between the value of stored bits `low` and the next one. */
static int compare_to_midpoint(const lc_digits *digits, uint64_t low, const format *f)
{
    uint64_t decimal_room[LIMBS], binary_room[LIMBS];
    lc_natural decimal = {decimal_room, 0}, binary = {binary_room, 0};
    int64_t ten = digits->exponent + (int64_t)(digits->count - take_digits(digits, &decimal));
    uint64_t mantissa = low & ((UINT64_C(1) << f->bits) - 1);
    int stored = (int)(low >> f->bits);
    if (stored) mantissa |= UINT64_C(1) << f->bits;
    int64_t two = (stored ? stored : 1) + f->exponent_min - f->bits - 1;
    lc_natural_multiply_add(&binary, 1, 2 * mantissa + 1);
    if (ten >= 0) lc_natural_multiply_pow5(&decimal, (uint64_t)ten);
    else lc_natural_multiply_pow5(&binary, (uint64_t)-ten);
    if (ten > two) lc_natural_shift_left(&decimal, (uint64_t)(ten - two));
    else lc_natural_shift_left(&binary, (uint64_t)(two - ten));
    return lc_natural_compare(&decimal, &binary);
}

/* The first 19 digits as a significand; the value lies between it and its successor. */
static uint64_t first_digits(const lc_digits *digits)
{
    uint64_t significand = 0;
    int taken = 0;
    for (const char *p = digits->text; taken < LC_DIGITS_HELD; p++) {
        if (*p == '.' || (*p == '0' && !taken)) continue;
        significand = significand * 10 + (uint64_t)(*p - '0');
        taken++;
    }
    return significand;
}

static uint64_t nearest_of_many(const lc_digits *digits, const format *f)
{
    uint64_t significand = first_digits(digits);
    int64_t exponent = digits->exponent + (int64_t)digits->count - LC_DIGITS_HELD;
    uint64_t low = nearest(significand, exponent, f), high = nearest(significand + 1, exponent, f);
    if (low == high) return low;
    int order = compare_to_midpoint(digits, low, f);
    return order < 0 || (order == 0 && (low & 1) == 0) ? low : high;
}

static uint64_t nearest_bits(const lc_digits *digits, const format *f)
{
    if (digits->count <= LC_DIGITS_HELD) return nearest(digits->significand, digits->exponent, f);
    return nearest_of_many(digits, f);
}

double lc_digits_to_double(const lc_digits *digits)
{
    static const double EXACT[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int64_t ten = digits->exponent;
    /* Both operands are exact, so the one rounding is the right one (Clinger). */
    if (digits->count <= 15 && ten >= -DOUBLE.exact_max && ten <= DOUBLE.exact_max) {
        double value = (double)digits->significand;
        return ten < 0 ? value / EXACT[-ten] : value * EXACT[ten];
    }
    uint64_t bits = nearest_bits(digits, &DOUBLE);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float lc_digits_to_float(const lc_digits *digits)
{
    uint32_t bits = (uint32_t)nearest_bits(digits, &FLOAT);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The zeros of the decimal digits of the basic plane beyond ASCII, as Java 17's Unicode 13 has them. */
static const uint16_t ZEROS[] = {0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6,
                                 0x0c66, 0x0ce6, 0x0d66, 0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090,
                                 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
                                 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10};

/* A two- or three-byte sequence, 0 for anything else. */
static unsigned code_point_at(const unsigned char *p, size_t left, size_t *ret_len)
{
    if (left >= 2 && (p[0] & 0xe0) == 0xc0 && (p[1] & 0xc0) == 0x80) {
        *ret_len = 2;
        return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    }
    if (left >= 3 && (p[0] & 0xf0) == 0xe0 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
        *ret_len = 3;
        return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    }
    return 0;
}

int lc_digit_at(const char *p, const char *end, size_t *ret_len)
{
    if (p == end) return -1;
    unsigned char c = (unsigned char)*p;
    if (c < 0x80) {
        *ret_len = 1;
        return c >= '0' && c <= '9' ? c - '0' : -1;
    }
    unsigned code = code_point_at((const unsigned char *)p, (size_t)(end - p), ret_len);
    for (size_t i = 0; i < sizeof ZEROS / sizeof ZEROS[0]; i++)
        if (code - ZEROS[i] <= 9) return (int)(code - ZEROS[i]);
    return -1;
}
