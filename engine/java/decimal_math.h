/* BigDecimal's arithmetic: exact, or rounded as one of Java's RoundingModes says.
 *
 * Operands and results as in decimal.h; working memory and results live in the arena that is given. Scales of results
 * are Java's: the larger of both for sums, their sum for products, their difference for exact quotients. Work is
 * quadratic in the number of digits, so operands and results have at most LC_DECIMAL_MATH_DIGITS: LC_E_LIMIT
 * beyond. LC_E_ARITHMETIC carries Java's messages. Thread-safe as the arena is. */
#ifndef LC_JAVA_DECIMAL_MATH_H
#define LC_JAVA_DECIMAL_MATH_H

#include "java/decimal.h"

enum { LC_DECIMAL_MATH_DIGITS = 10000 };

typedef enum lc_rounding {
    LC_ROUND_UP,
    LC_ROUND_DOWN,
    LC_ROUND_CEILING,
    LC_ROUND_FLOOR,
    LC_ROUND_HALF_UP,
    LC_ROUND_HALF_DOWN,
    LC_ROUND_HALF_EVEN,
    LC_ROUND_UNNECESSARY /* digits lost are LC_E_ARITHMETIC "Rounding necessary" */
} lc_rounding;

lc_error *lc_decimal_add(lc_arena *arena, lc_decimal a, lc_decimal b, lc_decimal *ret) LC_RESULT;
lc_error *lc_decimal_subtract(lc_arena *arena, lc_decimal a, lc_decimal b, lc_decimal *ret) LC_RESULT;
lc_error *lc_decimal_multiply(lc_arena *arena, lc_decimal a, lc_decimal b, lc_decimal *ret) LC_RESULT;
/* divide(BigDecimal): "Division by zero", "Non-terminating decimal expansion; no exact representable decimal
 * result." */
lc_error *lc_decimal_divide_exact(lc_arena *arena, lc_decimal a, lc_decimal b, lc_decimal *ret) LC_RESULT;
/* remainder(BigDecimal): has the sign of a. */
lc_error *lc_decimal_remainder(lc_arena *arena, lc_decimal a, lc_decimal b, lc_decimal *ret) LC_RESULT;
/* divide(BigDecimal, scale, RoundingMode); with b = 1 also setScale(scale, RoundingMode). */
lc_error *lc_decimal_divide(lc_arena *arena, const lc_decimal pair[2], int32_t scale, lc_rounding mode,
                            lc_decimal *ret) LC_RESULT;
lc_error *lc_decimal_negate(lc_arena *arena, lc_decimal a, lc_decimal *ret) LC_RESULT;
/* stripTrailingZeros(): zero has scale 0. */
lc_error *lc_decimal_strip(lc_arena *arena, lc_decimal a, lc_decimal *ret) LC_RESULT;

#endif
