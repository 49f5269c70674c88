/* Golden vectors as engine objects: schemas, data, values with schemas, records; comparing and showing them.
 *
 * Format and rules of comparison are told in tests/golden/README.md. What is
 * decoded lives in the scope's arena and types, or borrows from the JSON. One thread. */
#ifndef LC_TESTS_VECTORS_TV_H
#define LC_TESTS_VECTORS_TV_H

#include "base/json.h"
#include "data/record.h"

typedef struct tv_scope {
    lc_types *types;
    lc_arena *arena;
} tv_scope;

/* Decoding. Errors are LC_E_BAD_REQUEST (the vector is malformed) or what the schema table says. */
lc_error *tv_schema(const tv_scope *scope, const lc_json *json, const lc_schema **ret_schema) LC_RESULT;
/* DATA at a place that has `schema`, which may be NULL: structs take it unless they bring their own. */
lc_error *tv_data(const tv_scope *scope, const lc_json *json, const lc_schema *schema,
                  lc_value *ret_value) LC_RESULT;
/* {"schema","data"} */
lc_error *tv_pair(const tv_scope *scope, const lc_json *json, const lc_schema **ret_schema,
                  lc_value *ret_value) LC_RESULT;
/* Base64 text, or null (data NULL). */
lc_error *tv_bytes(const tv_scope *scope, const lc_json *json, lc_text *ret_bytes) LC_RESULT;
/* Adds the record to the batch, whose types are the scope's and whose arena should be; it may move others. */
lc_error *tv_record(const tv_scope *scope, const lc_json *json, lc_batch *batch,
                    lc_record **ret_record) LC_RESULT;
/* An object of strings and nulls; a missing one is empty. */
lc_error *tv_config(const lc_json *json, lc_props **ret_config) LC_RESULT;

/* Equality by the rules of the vectors, looked up without the engine's own equality. */
bool tv_same_schema(const lc_schema *a, const lc_schema *b);
bool tv_same_data(const lc_value *a, const lc_value *b);
bool tv_same_record(const lc_record *a, const lc_record *b);

/* For people. */
void tv_show_schema(lc_buf *out, const lc_schema *schema);
void tv_show_data(lc_buf *out, const lc_value *value);
void tv_show_pair(lc_buf *out, const lc_schema *schema, const lc_value *value);
void tv_show_record(lc_buf *out, const lc_record *record);

#endif
