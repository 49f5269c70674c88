/* Decimal digits of a number's text, and the double or float nearest to them. Shared by the number files.
 *
 * Finding digits and rounding them are apart, so that every grammar (Java's, JSON's) has one scanner and
 * one rounding. Pure, thread-safe. */
#ifndef LC_JAVA_DIGITS_H
#define LC_JAVA_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"

enum { LC_DIGITS_HELD = 19 }; /* as many decimal digits as always fit in 64 bits */

/* Unsigned digits as scanned: value = significand × 10^exponent while count <= LC_DIGITS_HELD. */
typedef struct lc_digits {
    const char *text;     /* the digits, with at most one point among them */
    const char *end;      /* behind the last of them */
    uint64_t significand; /* all digits modulo 2^64 */
    size_t whole;         /* digits before the point */
    size_t fraction;      /* digits after it */
    size_t count;         /* digits from the first nonzero one on */
    int64_t exponent;     /* of the last digit */
    int64_t written;      /* the exponent as it stands in the text, 0 without one */
    size_t marked_digits; /* digits of that exponent */
    bool point, marked;   /* a point, an exponent was written */
} lc_digits;

/* Reads digits, point and exponent at `p`. Returns the end of what was read, or NULL when an exponent mark
 * has no digits behind it; *ret_at is then the byte at fault. Nothing at all to read is 0 digits, not an
 * error: grammars differ on that. */
const char *lc_digits_scan(const char *p, const char *end, lc_digits *ret, const char **ret_at);

/* The nearest double or float, ties to even; infinity when too large. */
double lc_digits_to_double(const lc_digits *digits);
float lc_digits_to_float(const lc_digits *digits);

/* The value of the decimal digit at `p` in any script of the basic plane, as Character.digit(char, 10);
 * -1 when there is none. *ret_len is the bytes it takes. */
int lc_digit_at(const char *p, const char *end, size_t *ret_len);

#endif
