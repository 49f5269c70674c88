/* How java.text.DecimalFormat reads the integers of a date: any Unicode digits, "-", an exponent, "NaN".
 *
 * Positions are bytes, but widths count UTF-16 units as Java does. Thread-safe: no state. */
#ifndef LC_JAVA_DATE_NUMBER_H
#define LC_JAVA_DATE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* The value of the decimal digit at `at` and, in `ret_len`, its bytes; -1 when there is none. */
int lc_date_digit(lc_text text, size_t at, size_t *ret_len);

/* Reads a number at `*at` and moves `*at` behind it. The value is Number.intValue(): whole numbers beyond int
 * lose their upper bits, those beyond long saturate. */
bool lc_date_number(lc_text text, size_t *at, int32_t *ret_value);

/* The text up to `units` UTF-16 units after `from`; false when it is shorter. */
bool lc_date_cut(lc_text text, size_t from, size_t units, lc_text *ret_cut);

#endif
