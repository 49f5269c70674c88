/* Powers of ten to 128 bits: what both directions of number text rest on. Private to the number files.
 *
 * Entry k holds the leading 128 bits of 10^k, its top bit set, rounded up: 10^k <= (hi·2^64 + lo)·2^e with
 * equality for 0 <= k <= 55, where e = floor(log2(10^k)) - 127. */
#ifndef LC_JAVA_POWER_TABLE_H
#define LC_JAVA_POWER_TABLE_H

#include <stdint.h>

enum {
    LC_POWER_MIN = -342, /* below it, any 19 digits are less than half the smallest double */
    LC_POWER_MAX = 324,  /* what the smallest double must be scaled by */
    LC_POWER_EXACT_MAX = 55
};

typedef struct lc_power {
    uint64_t hi, lo;
} lc_power;

extern const lc_power lc_power_table[LC_POWER_MAX - LC_POWER_MIN + 1];

extern const uint64_t lc_small_power[20]; /* 10^0 to 10^19 */

static inline lc_power lc_power_of_ten(int k)
{
    return lc_power_table[k - LC_POWER_MIN];
}

/* floor(log2(10^k)) for |k| <= 1233, floor(log10(2^e)) for |e| <= 1500. */
static inline int lc_floor_log2_pow10(int k)
{
    return (k * 1741647) >> 19;
}

static inline int lc_floor_log10_pow2(int e)
{
    return (e * 1262611) >> 22;
}

/* floor(log10(3/4 × 2^e)), |e| <= 1000. */
static inline int lc_floor_log10_three_quarters_pow2(int e)
{
    return (e * 1262611 - 524031) >> 22;
}

#endif
