/* What changed between two JSON values, a line for each place:
 *
 *   ~ value.card: "4111" → "***"
 *   + value.origin: "shop"
 *   - value.tmp: 5 */
#ifndef LC_API_CLI_DIFF_H
#define LC_API_CLI_DIFF_H

#include "base/json.h"

/* Appends the lines, each after `indent`; nothing when both are equal. With `colour` for a terminal. */
void lc_diff_write(lc_buf *out, const char *indent, bool colour, const lc_json *before, const lc_json *after);

#endif
