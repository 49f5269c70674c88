/* Schemas in JsonConverter's JSON form, and values read from a tree with all of its leniency.
 *
 * A schema is written as {"type":…, "items"|"keys","values"|"fields":…, "optional":…, "name":…, "version":…,
 * "doc":…, "parameters":…, "default":…, "field":…}. */
#ifndef LC_CONVERT_JSON_SCHEMA_H
#define LC_CONVERT_JSON_SCHEMA_H

#include "convert/json_tree.h"
#include "convert/json_write.h"
#include "data/value.h"

typedef struct lc_json_context {
    lc_types *types;
    lc_arena *arena;
    bool replace_null;
} lc_json_context;

/* JsonConverter.asConnectSchema; *ret_schema is NULL for a JSON null. Errors LC_E_DATA and
 * LC_E_SCHEMA_BUILDER with Connect's texts. */
lc_error *lc_json_schema_read(const lc_json_context *context, const lc_node *node,
                              const lc_schema **ret_schema) LC_RESULT;

/* JsonConverter.convertToConnect: `node` (NULL: no such member) as `schema` says, NULL: schemaless.
 * LC_E_DATA. */
lc_error *lc_json_node_to_value(const lc_json_context *context, const lc_schema *schema, const lc_node *node,
                                lc_value *ret_value) LC_RESULT;

/* {"schema":…,"payload": as text, kept with the schema from the first call on. The schema
 * part is JsonConverter.asJsonSchema; LC_E_DATA when a default cannot be written. */
lc_error *lc_json_envelope_of(lc_json_writer *writer, lc_types *types, const lc_schema *schema,
                              lc_text *ret_text) LC_RESULT;

#endif
