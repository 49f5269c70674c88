/* Numbers as Java reads and writes them: text of int64, double and float, and back.
 *
 *   double ──lc_double_to_text──▶ "1.0E10"      shortest text that reads back, in Java's layout
 *   text   ──lc_parse_double────▶ double        Double.parseDouble's grammar, correctly rounded
 *   JSON   ──lc_scan_number─────▶ int64|double  one pass over the bytes
 *
 * Free of the process locale, of errno and of the heap in all but absurdly long input. Knows nothing of
 * records. Every function is pure and thread-safe. */
#ifndef LC_JAVA_NUMBER_H
#define LC_JAVA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"

enum {
    LC_DOUBLE_TEXT = 32, /* room that any double or float text fits in */
    LC_INT64_TEXT = 24   /* room that any int64 text fits in */
};

/* Double.toString and Float.toString: the shortest decimal that reads back as the same value, nearest to
 * it among the shortest (JDK 19 and later; JDK-4511638). "1.0", "-0.0", "1.0E10", "1.0E-5", "NaN",
 * "-Infinity". Returns the length; `out` is not NUL-terminated. */
size_t lc_double_to_text(double value, char out[LC_DOUBLE_TEXT]);
size_t lc_float_to_text(float value, char out[LC_DOUBLE_TEXT]);
/* Long.toString (and that of the narrower types). Returns the length; no NUL. */
size_t lc_int64_to_text(int64_t value, char out[LC_INT64_TEXT]);

/* Double.parseDouble and Float.parseFloat: white space (<= 0x20) around it, sign, decimal or hexadecimal
 * floats, exponent, suffix d D f F, "NaN", "Infinity". Correctly rounded; a float directly, not through
 * double. False (NumberFormatException) leaves *ret alone. */
bool lc_parse_double(lc_text text, double *ret);
bool lc_parse_float(lc_text text, float *ret);

/* Long.parseLong with a range (Byte, Short, Integer likewise): an optional sign, then decimal digits of
 * any script, nothing else. False (NumberFormatException) leaves *ret alone. */
bool lc_parse_int(lc_text text, int64_t min, int64_t max, int64_t *ret);

/* A JSON number, as lc_scan_number finds it. */
typedef struct lc_number {
    const char *end; /* the first byte after the number */
    int64_t i64;     /* integral: its low 64 bits, as BigInteger.longValue; else 0 */
    double f64;      /* not integral, or overflow: the value, correctly rounded, without a negative zero */
    bool integral;   /* neither a fraction nor an exponent was written: Java sees int, long or BigInteger */
    bool overflow;   /* integral, and outside int64: BigInteger */
    bool no_decimal; /* not integral, and its exponent is beyond BigDecimal: JsonConverter fails to read it */
    size_t digits; /* how many were written, those of the exponent included; JsonConverter's limit is 1000 */
} lc_number;

/* Reads the JSON number at `p`: -? digits+ (. digits+)? ([eE] [+-]? digits+)?; leading zeros are accepted,
 * and "-0.0" is 0.0, as JsonConverter has it (its reals pass through BigDecimal). The exact text is [p,
 * ret->end). False when there is none at `p` or it breaks off ("-", "1.", "1e"); ret->end is then the byte at
 * fault. What may follow a number is for the caller to check. */
bool lc_scan_number(const char *p, const char *end, lc_number *ret);

/* Java's narrowing casts (long) and (int) of a double: toward zero, saturating, NaN is 0. From there to
 * short and byte Java wraps, as C's casts do. */
int64_t lc_double_to_int64(double value);
int32_t lc_double_to_int32(double value);

#endif
