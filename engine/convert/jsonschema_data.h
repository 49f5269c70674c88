/* Connect schemas and values ↔ JSON Schemas and JSON, as Confluent's JsonSchemaData maps them.
 *
 *   STRUCT com.acme.R {a: int8, b: string?}
 *   {"type":"object","title":"com.acme.R","properties":{
 *     "a":{"type":"integer","connect.index":0,"connect.type":"int8"},
 *     "b":{"connect.index":1,"oneOf":[{"type":"null"},{"type":"string"}]}}}
 *
 * Schemas are mapped once; values go by the Connect schema alone. Knows nothing of registries. One thread at
 * a time. */
#ifndef LC_CONVERT_JSONSCHEMA_DATA_H
#define LC_CONVERT_JSONSCHEMA_DATA_H

#include "base/config_def.h"
#include "convert/json_schema.h"
#include "convert/jsonschema_model.h"

typedef struct lc_js_options {
    bool additional;          /* object.additional.properties: objects may have members of any name */
    bool optional_unrequired; /* use.optional.for.nonrequired: what isn't required is optional */
    bool flatten;             /* flatten.singleton.unions: a union of one type is that type */
    bool generalized;         /* generalized.sum.type.support: unions and enums in Connect's own form */
    bool ignore_default;      /* ignore.default.for.nullables: null is written where a field has a default */
    bool numeric_decimals;    /* decimal.format=NUMERIC */
    bool validate;            /* json.fail.invalid.schema */
    unsigned recursion;       /* json.recursion.depth: how often a schema is unfolded in itself */
    unsigned deepest;         /* max.nesting.depth of data; 0: LC_JSON_DEPTH_MAX */
} lc_js_options;

/* Reads these from a converter's settings. LC_E_CONFIG. */
lc_error *lc_js_options_parse(const lc_props *settings, lc_js_options *ret_options) LC_RESULT;
/* Adds them to the definition of a converter. */
void lc_js_options_define(lc_config_def *def);

#define LC_JS_SPACE "io.confluent.connect.json"
#define LC_JS_ONE_OF LC_JS_SPACE ".OneOf"
#define LC_JS_ENUM LC_JS_SPACE ".Enum"
#define LC_JS_ID LC_JS_SPACE ".Id"
#define LC_JS_ANY LC_JS_SPACE ".Any"
#define LC_JS_NULL_SYMBOL "<NULL>"
#define LC_JS_CONNECT_UNION "org.apache.kafka.connect.data.Union"
#define LC_JS_CONNECT_ENUM "org.apache.kafka.connect.data.Enum"
#define LC_JS_ANY_NAME "io.debezium.data.Json" /* text fields that hold JSON, for the sinks that know it */

/* The Connect schema of a JSON Schema. `version` is the registry's, or -1; it counts where the schema has no
 * connect.version. What has no type is text that holds JSON (LC_JS_ANY). LC_E_DATA with JsonSchemaData's
 * texts, LC_E_SCHEMA_BUILDER for defaults that don't fit. */
lc_error *lc_js_to_connect(lc_js_store *store, const lc_js_options *options, lc_types *types,
                           const lc_js *schema, int32_t version, const lc_schema **ret_schema) LC_RESULT;

/* The text of the JSON Schema of a Connect schema, its members in the order of Java's library. LC_E_DATA. */
lc_error *lc_js_from_connect(const lc_js_options *options, lc_types *types, const lc_schema *schema,
                             lc_buf *out) LC_RESULT;

enum { LC_JS_PATH = 200 };

/* A value being read or written, and where in it. */
typedef struct lc_js_reader {
    lc_json_context context;
    char path[LC_JS_PATH]; /* of the field at fault, after an error */
    unsigned depth;
} lc_js_reader;

/* `node` (NULL: no such member) as `schema` says. LC_E_DATA. */
lc_error *lc_js_read(lc_js_reader *reader, const lc_schema *schema, const lc_node *node,
                     lc_value *ret_value) LC_RESULT;
/* Whether JsonConverter's one-pass reader takes values of this schema as lc_js_read does. */
bool lc_js_is_plain(const lc_schema *schema);

typedef struct lc_js_writer {
    lc_json_writer json;
    const lc_js_options *options;
    char path[LC_JS_PATH];
} lc_js_writer;

/* Writes `value`; *ret_nothing says that there is nothing to write. LC_E_DATA. */
lc_error *lc_js_write(lc_js_writer *writer, const lc_schema *schema, const lc_value *value,
                      bool *ret_nothing) LC_RESULT;

/* What both directions must agree upon. */
bool lc_js_is_union(const lc_schema *schema); /* a struct that stands for a union: one field a branch */
bool lc_js_is_enum(const lc_schema *schema);
bool lc_js_is_any(const lc_schema *schema);        /* text that holds JSON */
bool lc_js_is_object_map(const lc_schema *schema); /* a map that JSON has as an object */
void lc_js_path_add(char path[LC_JS_PATH], lc_text name);

#endif
