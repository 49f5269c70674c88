/* Schemas from plain JSON (schemas.infer): what the values of a topic have looked like so far becomes a schema,
 * and each value is given in the shape of it, so that sinks that need structs get them.
 *
 * What a topic's schema says only ever grows:
 *
 *   nothing ─▶ boolean ───────────────┐
 *           ─▶ int64 ─▶ float64 ──────┤
 *           ─▶ array, by its items ───┼─▶ string, holding the value's JSON text
 *           ─▶ struct, by its fields ─┘
 *
 * Every field is optional and comes in the order in which it was first seen with a value; nulls, empty arrays
 * and empty objects say nothing, so they make no field. Knows nothing of bytes. One table belongs to one
 * converter, so to one thread. */
#ifndef LC_CONVERT_JSON_INFER_H
#define LC_CONVERT_JSON_INFER_H

#include "convert/json_write.h"

typedef struct lc_json_infer lc_json_infer;

typedef struct lc_json_infer_limits {
    bool fail_on_conflict; /* instead of becoming a string */
    uint32_t most_fields;  /* of one topic, at all depths */
    uint32_t deepest;      /* structs and arrays nested deeper are strings of JSON */
} lc_json_infer_limits;

/* `keys` is borrowed. */
lc_json_infer *lc_json_infer_new(lc_types *types, lc_json_key_table *keys,
                                 const lc_json_infer_limits *limits);
void lc_json_infer_free(lc_json_infer *infer); /* accepts NULL */

/* Takes note of a schemaless value that was read from JSON and replaces it by one of the topic's schema, made
 * in `arena`. A null gets no schema. LC_E_DATA names topic and field: too many fields, an empty name, a
 * conflict, or too many topics. */
lc_error *lc_json_infer_apply(lc_json_infer *infer, lc_arena *arena, lc_text topic, lc_value *value,
                              const lc_schema **ret_schema) LC_RESULT;

#endif
