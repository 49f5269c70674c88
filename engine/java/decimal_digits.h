/* Between a decimal and the digits of its unscaled value. Private to decimal*.c. */
#ifndef LC_JAVA_DECIMAL_DIGITS_H
#define LC_JAVA_DECIMAL_DIGITS_H

#include "java/decimal.h"

/* |unscaled| in ASCII digits without leading zeros, "0" for zero. In `arena`. */
lc_text lc_decimal_digits(lc_arena *arena, lc_decimal value);
/* The value of ASCII digits, leading zeros allowed. */
lc_decimal lc_decimal_of_digits(lc_arena *arena, bool negative, lc_text digits, int32_t scale);

/* Whether the unscaled value fits int64; then *ret is it. */
static inline bool lc_decimal_small(lc_decimal value, int64_t *ret)
{
    if (value.len > 8) return false;
    uint64_t bits = value.unscaled[0] & 0x80 ? UINT64_MAX : 0;
    for (uint32_t i = 0; i < value.len; i++) bits = bits << 8 | value.unscaled[i];
    *ret = (int64_t)bits;
    return true;
}

#endif
