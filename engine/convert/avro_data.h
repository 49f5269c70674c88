/* Connect schemas ↔ Avro schemas, as Confluent's AvroData maps them.
 *
 *   STRUCT com.acme.R {a: int8, b: string?}
 *   {"type":"record","name":"R","namespace":"com.acme","fields":[
 *     {"name":"a","type":{"type":"int","connect.type":"int8"}},
 *     {"name":"b","type":["null","string"],"default":null}],"connect.name":"com.acme.R"}
 *
 * Both directions are computed once per schema; values are moved by avro_write.h and avro_read.h. Knows
 * nothing of registries. One thread at a time. */
#ifndef LC_CONVERT_AVRO_DATA_H
#define LC_CONVERT_AVRO_DATA_H

#include "base/config_def.h"
#include "convert/avro_schema.h"
#include "data/schema.h"

typedef struct lc_avro_options {
    bool meta;           /* connect.meta.data: connect.* properties, docs and defaults of types */
    bool enhanced;       /* enhanced.avro.schema.support: enums stay enums, names keep their packages */
    bool generalized;    /* generalized.sum.type.support: unions and enums in Connect's own form */
    bool ignore_default; /* ignore.default.for.nullables: null stays null where a field has a default */
    bool scrub;          /* scrub.invalid.names: makes Avro names of any names */
    bool discard_doc;    /* discard.type.doc.default: docs of fields only */
    bool optional_keys;  /* allow.optional.map.keys: optional text keys make a map too */
    uint32_t deepest;    /* max.nesting.depth of data that is read; 0: LC_AVRO_DEPTH_MAX */
    bool flatten;        /* flatten.singleton.unions: a union of one type is that type */
    bool modern; /* as of 2026: a decimal on a fixed is named Decimal and padded; parameters of a named type
                    that was there before stand at the field */
} lc_avro_options;

/* Reads these from a converter's settings; defaults are Confluent's current ones (`modern` has no setting: it
 * is on). LC_E_CONFIG. */
lc_error *lc_avro_options_parse(const lc_props *settings, lc_avro_options *ret_options) LC_RESULT;

/* Adds them to the definition of a converter. */
void lc_avro_options_define(lc_config_def *def);

#define LC_AVRO_SPACE "io.confluent.connect.avro"
#define LC_AVRO_DEFAULT_NAME "ConnectDefault"
#define LC_AVRO_ANYTHING LC_AVRO_SPACE ".Anything"
#define LC_AVRO_UNION_NAME LC_AVRO_SPACE ".Union"
#define LC_AVRO_ENUM_PARAMETER LC_AVRO_SPACE ".Enum"
#define LC_AVRO_RECORD_DOC LC_AVRO_SPACE ".record.doc"
#define LC_AVRO_FIELD_DOC LC_AVRO_SPACE ".field.doc."
#define LC_AVRO_ENUM_DOC LC_AVRO_SPACE ".enum.doc."
#define LC_AVRO_ENUM_DEFAULT LC_AVRO_SPACE ".enum.default."
#define LC_AVRO_FIELD_DEFAULT LC_AVRO_SPACE ".field.default"
#define LC_AVRO_FIXED_SIZE "connect.fixed.size"
#define LC_AVRO_PRECISION "connect.decimal.precision"
#define LC_CONNECT_UNION "org.apache.kafka.connect.data.Union"
#define LC_CONNECT_ENUM "org.apache.kafka.connect.data.Enum"
#define LC_AVRO_ENTRY "MapEntry"
#define LC_AVRO_INTERNAL_TYPE "connect.internal.type"

/* The Avro schema of `schema`; NULL (schemaless) gives the record Anything. It borrows texts from the schema,
 * whose lc_types must outlive the store. LC_E_DATA when names, symbols or sizes are none of Avro's. */
lc_error *lc_avro_from_connect(lc_avro_store *store, const lc_avro_options *options, lc_types *types,
                               const lc_schema *schema, const lc_avro **ret_avro) LC_RESULT;

/* io.confluent.connect.avro.Anything: what schemaless values are written with. */
const lc_avro *lc_avro_anything(lc_avro_store *store);

/* The Connect schema of `avro`; NULL (schemaless) for Anything. `version` is the registry's, or -1; it counts
 * where the schema has no connect.version. LC_E_DATA with AvroData's texts, also for recursive types, which
 * Connect schemas can't express. */
lc_error *lc_avro_to_connect(const lc_avro_options *options, lc_types *types, const lc_avro *avro,
                             uint32_t node_count, int32_t version, const lc_schema **ret_schema) LC_RESULT;

enum { LC_AVRO_PATH = 200 };

/* Puts the name of a field and a dot in front of the path of an error; what has no room is cut off. */
void lc_avro_path_add(char path[LC_AVRO_PATH], lc_text name);

/* What both directions and the codecs must agree upon. */
bool lc_avro_is_union(const lc_schema *schema); /* a struct that stands for a union: one field a branch */
bool lc_avro_is_fixed(const lc_schema *schema);
/* The parameter that marks an enum under these options; whether a schema has it. */
const char *lc_avro_enum_parameter(const lc_avro_options *options);
bool lc_avro_is_enum(const lc_schema *schema);
/* A map that Avro can have as such: keys are text. */
bool lc_avro_is_plain_map(const lc_avro_options *options, const lc_schema *schema);
/* An array of key-value records that stands for a map. */
bool lc_avro_is_entry(const lc_avro *items);
/* The field of a union's struct for a branch, by Avro or by Connect schema. data NULL: it has no name. */
lc_text lc_avro_branch_name(lc_arena *arena, const lc_avro_options *options, const lc_avro *branch,
                            uint32_t index);
lc_text lc_avro_member_name(lc_arena *arena, const lc_avro_options *options, const lc_schema *schema,
                            uint32_t index);
/* The Avro name of a Connect name: itself, or scrubbed. */
lc_text lc_avro_scrub(lc_arena *arena, const lc_avro_options *options, lc_text name);
/* The same for each part of a namespace. */
lc_text lc_avro_scrub_space(lc_arena *arena, const lc_avro_options *options, lc_text space);
/* "a.b" and "c" of "a.b.c"; the space has data NULL when there is no dot. */
void lc_avro_split(lc_text name, lc_text *ret_space, lc_text *ret_name);

#endif
