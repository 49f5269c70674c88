/* Text of numbers. Doubles and floats by Schubfach (Raffaello Giulietti, "The Schubfach way to render
 * doubles"), the algorithm that JDK 19 took up. */
#include "java/number.h"

#include "java/power_table.h"
#include "java/wide.h"

static const char PAIRS[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

static int count_digits(uint64_t value)
{
    value |= 1; /* 0 has a digit too */
    int guess = (64 - __builtin_clzll(value)) * 1233 >> 12;
    return guess + (value >= lc_small_power[guess]);
}

/* Writes exactly the digits of `value`, ending at `end`. */
static void write_digits(uint64_t value, char *end)
{
    for (; value >= 100; value /= 100) memcpy(end -= 2, PAIRS + 2 * (value % 100), 2);
    if (value >= 10) memcpy(end - 2, PAIRS + 2 * value, 2);
    else end[-1] = (char)('0' + value);
}

size_t lc_int64_to_text(int64_t value, char out[LC_INT64_TEXT])
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t sign = value < 0;
    size_t len = sign + (size_t)count_digits(magnitude);
    out[0] = '-';
    write_digits(magnitude, out + len);
    return len;
}

/* 0.001 <= |value| < 10^7: no exponent. The value is 0.DIGITS × 10^point. */
static char *write_plain(const char *digits, int count, int point, char *out)
{
    if (point <= 0) {
        memcpy(out, "0.00", 4);
        out += 2 - point;
        memcpy(out, digits, (size_t)count);
        return out + count;
    }
    if (point < count) {
        memcpy(out, digits, (size_t)point);
        out[point] = '.';
        memcpy(out + point + 1, digits + point, (size_t)(count - point));
        return out + count + 1;
    }
    memset(out, '0', (size_t)point + 2);
    memcpy(out, digits, (size_t)count);
    out[point] = '.';
    return out + point + 2;
}

static char *write_scientific(const char *digits, int count, int point, char *out)
{
    *out++ = digits[0];
    *out++ = '.';
    if (count == 1) *out++ = '0';
    memcpy(out, digits + 1, (size_t)count - 1);
    out += count - 1;
    *out++ = 'E';
    return out + lc_int64_to_text(point - 1, out);
}

/* `significand` × 10^ten in Java's layout. */
static char *write_decimal(uint64_t significand, int ten, char *out)
{
    char digits[20];
    int count = count_digits(significand), point = count + ten;
    write_digits(significand, digits + count);
    while (count > 1 && digits[count - 1] == '0') count--;
    bool plain = point > -3 && point <= 7;
    return plain ? write_plain(digits, count, point, out) : write_scientific(digits, count, point, out);
}

/* A value in quarters of a power of ten, and the ends of what reads back as it. */
typedef struct interval {
    uint64_t value, lower, upper;
    bool open; /* the ends themselves read back as a neighbour */
} interval;

static bool holds(const interval *around, uint64_t quarters)
{
    return quarters >= around->lower + around->open && quarters + around->open <= around->upper;
}

/* The shortest decimal in the interval, nearest to the value; two digits are taken for as short as one. */
static uint64_t shortest(const interval *around)
{
    uint64_t floor = around->value >> 2;
    if (floor >= 100) {
        uint64_t tens = floor / 10 * 10;
        bool low = holds(around, tens << 2), high = holds(around, (tens + 10) << 2);
        if (low != high) return low ? tens : tens + 10;
    }
    bool low = holds(around, floor << 2), high = holds(around, (floor + 1) << 2);
    if (low != high) return low ? floor : floor + 1;
    uint64_t rest = around->value & 3;
    return rest < 2 || (rest == 2 && (floor & 1) == 0) ? floor : floor + 1;
}

/* Rounded to odd: floor(g × c / 2^128), its last bit set when anything was cut off. */
static uint64_t scale_double(lc_power g, uint64_t c)
{
    lc_wide high = lc_wide_multiply(g.hi, c);
    uint64_t low = high.lo + lc_wide_multiply(g.lo, c).hi;
    uint64_t top = high.hi + (low < high.lo);
    return top | (low > 1);
}

/* 64 bits of the power are enough for a float. */
static uint64_t scale_float(lc_power g, uint64_t c)
{
    lc_wide product = lc_wide_multiply(g.hi + (g.lo != 0), c);
    return product.hi | (product.lo >> 32 > 1);
}

/* A binary format, and how many of its smallest values need a digit more than their interval shows. */
typedef struct format {
    int bits, exponent_bits, two_min;
    unsigned tiny;
    uint64_t (*scale)(lc_power g, uint64_t c);
} format;

/* A positive value: significand × 2^two; `uneven`: its lower neighbour is only half as far away. */
typedef struct binary {
    uint64_t significand;
    int two;
    bool uneven;
} binary;

static inline binary take_apart(uint64_t fraction, int stored, const format *f)
{
    if (stored == 0) return (binary){fraction, f->two_min, false};
    return (binary){fraction | UINT64_C(1) << f->bits, f->two_min + stored - 1, stored > 1 && fraction == 0};
}

static inline interval surround(binary value, int ten, const format *f)
{
    int shift = value.two + lc_floor_log2_pow10(-ten) + 1;
    lc_power g = lc_power_of_ten(-ten);
    uint64_t quarters = value.significand << 2;
    return (interval){.value = f->scale(g, quarters << shift),
                      .lower = f->scale(g, (quarters - (value.uneven ? 1 : 2)) << shift),
                      .upper = f->scale(g, (quarters + 2) << shift),
                      .open = value.significand & 1};
}

/* Whole numbers this small have no shorter decimal than their own digits. */
static inline bool is_small_whole(binary value, const format *f)
{
    return value.two <= 0 && value.two >= -f->bits &&
           (value.significand & ((UINT64_C(1) << -value.two) - 1)) == 0;
}

static inline char *write_finite(binary value, const format *f, char *out)
{
    if (is_small_whole(value, f)) return write_decimal(value.significand >> -value.two, 0, out);
    int finer = value.significand < f->tiny;
    if (finer) value.significand *= 10;
    int ten = value.uneven ? lc_floor_log10_three_quarters_pow2(value.two) : lc_floor_log10_pow2(value.two);
    interval around = surround(value, ten, f);
    return write_decimal(shortest(&around), ten - finer, out);
}

static inline __attribute__((always_inline)) size_t write_value(uint64_t bits, const format *f, char *out)
{
    uint64_t fraction = bits & ((UINT64_C(1) << f->bits) - 1);
    int special = (1 << f->exponent_bits) - 1, stored = (int)(bits >> f->bits) & special;
    char *p = out;
    if (stored == special && fraction) return memcpy(p, "NaN", 3), 3;
    if (bits >> (f->bits + f->exponent_bits)) *p++ = '-';
    if (stored == special) return memcpy(p, "Infinity", 8), (size_t)(p + 8 - out);
    if (stored == 0 && fraction == 0) return memcpy(p, "0.0", 3), (size_t)(p + 3 - out);
    return (size_t)(write_finite(take_apart(fraction, stored, f), f, p) - out);
}

size_t lc_double_to_text(double value, char out[LC_DOUBLE_TEXT])
{
    static const format DOUBLE = {52, 11, -1074, 3, scale_double};
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return write_value(bits, &DOUBLE, out);
}

size_t lc_float_to_text(float value, char out[LC_DOUBLE_TEXT])
{
    static const format FLOAT = {23, 8, -149, 8, scale_float};
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return write_value(bits, &FLOAT, out);
}
