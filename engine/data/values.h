/* org.apache.kafka.connect.data.Values: text to values and back, conversions between Java types.
 * Used by SimpleHeaderConverter, InsertHeader, MaskField and every script through lc.values. */
#ifndef LC_DATA_VALUES_H
#define LC_DATA_VALUES_H

#include "data/value.h"

/* Values.parseString (converters.md §6.2): never fails but for texts that Java fails on. */
lc_error *lc_values_parse(lc_types *types, lc_arena *arena, lc_text text, const lc_schema **ret_schema, lc_value *ret_value) LC_RESULT;
/* Values.convertToString. */
lc_error *lc_values_to_string(lc_arena *arena, const lc_schema *schema, const lc_value *value, lc_text *ret_text, bool *ret_null) LC_RESULT;
/* Values.convertToX for X in boolean…string, bytes by kind of the target, and logical/containers. `scale` only for LC_DECIMAL. */
typedef enum lc_values_target {
    LC_TO_BOOLEAN, LC_TO_BYTE, LC_TO_SHORT, LC_TO_INTEGER, LC_TO_LONG, LC_TO_FLOAT, LC_TO_DOUBLE, LC_TO_STRING,
    LC_TO_LIST, LC_TO_MAP, LC_TO_STRUCT, LC_TO_TIME, LC_TO_DATE, LC_TO_TIMESTAMP, LC_TO_DECIMAL
} lc_values_target;
lc_error *lc_values_convert(lc_types *types, lc_arena *arena, lc_values_target target, int32_t scale, const lc_schema *schema,
                            const lc_value *value, lc_value *ret_value) LC_RESULT;
/* Values.inferSchema; NULL when Java gives null. */
const lc_schema *lc_values_infer(lc_types *types, const lc_value *value);

#endif
