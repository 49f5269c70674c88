/* org.apache.kafka.connect.data.Values: text to values and back, conversions between Java types.
 * Used by SimpleHeaderConverter, InsertHeader, MaskField and every script through lc.values.
 *
 * Times of day, dates and timestamps are read and written in UTC (Java takes the default zone of its JVM).
 * Results live in the arena or borrow from the arguments. One thread per lc_types and arena. */
#ifndef LC_DATA_VALUES_H
#define LC_DATA_VALUES_H

#include "data/value.h"

enum { LC_VALUES_MAX_DEPTH = 1000 }; /* arrays and maps within each other in a text */

/* Values.parseString of Kafka Connect 4.1. Whatever is no literal is a STRING; "null" gives schema NULL and
 * null. Fails only with LC_E_LIMIT, for text that opens more than LC_VALUES_MAX_DEPTH arrays and maps
 * (Java overflows its stack). */
lc_error *lc_values_parse(lc_types *types, lc_arena *arena, lc_text text, const lc_schema **ret_schema,
                          lc_value *ret_value) LC_RESULT;
/* Values.convertToString. The text may be the value's own; it is not NUL-terminated. Null gives *ret_null and
 * no text. Never fails. */
lc_error *lc_values_to_string(lc_arena *arena, const lc_schema *schema, const lc_value *value,
                              lc_text *ret_text, bool *ret_null) LC_RESULT;
/* Values.convertToX. `schema` is that of the value, or NULL: only dates are read by it. `scale` counts for
 * LC_TO_DECIMAL alone, and there for bytes. Numbers are narrowed as Java casts. Null stays null for the first
 * eight targets and is an error for the others. Errors LC_E_DATA with Connect's texts; LC_E_NULL_POINTER and
 * LC_E_NUMBER_FORMAT where Java fails so. */
typedef enum lc_values_target {
    LC_TO_BOOLEAN,
    LC_TO_BYTE,
    LC_TO_SHORT,
    LC_TO_INTEGER,
    LC_TO_LONG,
    LC_TO_FLOAT,
    LC_TO_DOUBLE,
    LC_TO_STRING,
    LC_TO_LIST,
    LC_TO_MAP,
    LC_TO_STRUCT,
    LC_TO_TIME,
    LC_TO_DATE,
    LC_TO_TIMESTAMP,
    LC_TO_DECIMAL
} lc_values_target;
lc_error *lc_values_convert(lc_types *types, lc_arena *arena, lc_values_target target, int32_t scale,
                            const lc_schema *schema, const lc_value *value, lc_value *ret_value) LC_RESULT;
/* Values.inferSchema; schema NULL when Java gives null (mixed or empty containers, dates, decimals).
 * Containers that hold nothing but nulls fail: LC_E_SCHEMA_BUILDER "type cannot be null". */
lc_error *lc_values_infer_schema(lc_types *types, const lc_value *value,
                                 const lc_schema **ret_schema) LC_RESULT;
/* The same for those who treat a failure as "no schema". */
const lc_schema *lc_values_infer(lc_types *types, const lc_value *value);

#endif
