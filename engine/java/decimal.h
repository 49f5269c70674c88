/* BigDecimal and BigInteger: an unscaled integer and a scale, value = unscaled × 10^-scale.
 *
 * An lc_decimal is immutable and passed by value; its bytes live in the arena it was made in (or are
 * borrowed, where said so). A BigInteger is one with scale 0. 1.0 (10, 1) and 1.00 (100, 2) are equal in
 * lc_decimal_compare and different in lc_decimal_equals, as in Java. `unscaled` is exactly what
 * BigInteger.toByteArray gives and what the Decimal logical type carries. Thread-safe as the arena is. */
#ifndef LC_JAVA_DECIMAL_H
#define LC_JAVA_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

typedef struct lc_decimal {
    int32_t scale;           /* may be negative */
    uint32_t len;            /* of unscaled, >= 1 */
    const uint8_t *unscaled; /* big-endian two's complement, no redundant sign bytes */
} lc_decimal;

/* Results whose size an exponent decides (plain text, rescaling, integer part) fail with LC_E_LIMIT
 * beyond this many digits, instead of filling memory. */
enum { LC_DECIMAL_DIGITS_MAX = 1 << 18 };

/* new BigDecimal(String): sign, digits of any script, one point, an exponent of at most 10 digits. False
 * (NumberFormatException) for anything else, blanks included, and for a scale outside int32. */
bool lc_decimal_parse(lc_arena *arena, lc_text text, lc_decimal *ret);
/* new BigInteger(String): sign and digits. */
bool lc_bigint_parse(lc_arena *arena, lc_text text, lc_decimal *ret);

/* BigDecimal.valueOf(long, scale); with scale 0 also BigInteger.valueOf. */
lc_decimal lc_decimal_of_int64(lc_arena *arena, int64_t unscaled, int32_t scale);
/* new BigDecimal(new BigInteger(bytes), scale). Borrows `bytes` (redundant sign bytes are skipped, not
 * copied). False for len 0, which Java refuses as "Zero length BigInteger". */
bool lc_decimal_of_bytes(const void *bytes, size_t len, int32_t scale, lc_decimal *ret);
/* new BigDecimal(double): every binary digit. False for NaN and infinities. */
bool lc_decimal_of_double_exact(lc_arena *arena, double value, lc_decimal *ret);
/* BigDecimal.valueOf(double): what Double.toString shows. False for NaN and infinities. */
bool lc_decimal_of_double(lc_arena *arena, double value, lc_decimal *ret);
/* A copy whose bytes live in `arena`. */
lc_decimal lc_decimal_copy(lc_arena *arena, lc_decimal value);

/* BigDecimal.toString: "1.50", "1E+3", "1.2E-7". NUL-terminated in `arena`. */
lc_text lc_decimal_to_text(lc_arena *arena, lc_decimal value);
/* BigDecimal.toPlainString. LC_E_LIMIT beyond LC_DECIMAL_DIGITS_MAX. */
lc_error *lc_decimal_to_plain(lc_arena *arena, lc_decimal value, lc_text *ret) LC_RESULT;
/* BigInteger.toString of the unscaled value: digits, a minus sign where negative. */
lc_text lc_decimal_unscaled_text(lc_arena *arena, lc_decimal value);

/* doubleValue, floatValue: correctly rounded, ±Infinity when too large. `scratch` holds working memory. */
double lc_decimal_to_double(lc_arena *scratch, lc_decimal value);
float lc_decimal_to_float(lc_arena *scratch, lc_decimal value);
/* longValue: the fraction is dropped, the low 64 bits kept; intValue, shortValue and byteValue are C casts
 * of it. Fast for any exponent. */
int64_t lc_decimal_to_int64(lc_arena *scratch, lc_decimal value);
/* longValueExact: false (ArithmeticException) with a nonzero fraction or outside int64. */
bool lc_decimal_to_int64_exact(lc_arena *scratch, lc_decimal value, int64_t *ret);
/* toBigInteger: the fraction is dropped, scale 0. LC_E_LIMIT beyond LC_DECIMAL_DIGITS_MAX. */
lc_error *lc_decimal_to_bigint(lc_arena *arena, lc_decimal value, lc_decimal *ret) LC_RESULT;

int lc_decimal_signum(lc_decimal value);                            /* -1, 0, 1 */
uint32_t lc_decimal_precision(lc_arena *scratch, lc_decimal value); /* digits of the unscaled value */
bool lc_decimal_is_whole(lc_arena *scratch, lc_decimal value);      /* no fraction: 1, 1.0, 1E+3 */
/* compareTo: by value, whatever the scales; -1, 0, 1. */
int lc_decimal_compare(lc_arena *scratch, lc_decimal a, lc_decimal b);
bool lc_decimal_equals(lc_decimal a, lc_decimal b); /* same unscaled value and same scale */

/* setScale(scale): the same value with another scale. LC_E_ARITHMETIC "Rounding necessary" when digits
 * would be lost, LC_E_LIMIT beyond LC_DECIMAL_DIGITS_MAX. */
lc_error *lc_decimal_set_scale(lc_arena *arena, lc_decimal value, int32_t scale, lc_decimal *ret) LC_RESULT;

#endif
