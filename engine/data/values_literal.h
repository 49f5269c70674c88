/* What a token of Values.parseString may be: a time, a date, a timestamp, a number. Private to data.
 * Each is false when the text is no such thing, and then leaves its results alone. */
#ifndef LC_DATA_VALUES_LITERAL_H
#define LC_DATA_VALUES_LITERAL_H

#include "data/value.h"

/* Date ("2019-08-23"), Time ("14:34:54.346Z") or Timestamp by the number of characters of head and tail
 * together, in which "\:" counts as ":". Read leniently, as SimpleDateFormat does. */
bool lc_literal_temporal(lc_types *types, lc_text head, lc_text tail, const lc_schema **ret_schema,
                         lc_value *ret_value);
/* A number in BigDecimal's grammar. Whole numbers become the smallest integer that holds them, others the
 * smallest finite float; what is beyond those, or whole and beyond int64 without a scale, stays a decimal. */
bool lc_literal_number(lc_types *types, lc_arena *arena, lc_text text, const lc_schema **ret_schema,
                       lc_value *ret_value);

#endif
