/* Connect schemas ↔ Protobuf schemas, as Confluent's ProtobufData maps them.
 *
 *   STRUCT com.acme.R {a: int8, t: Timestamp?}
 *   syntax = "proto3";
 *   package com.acme;
 *   import "google/protobuf/timestamp.proto";
 *   message R {
 *     int32 a = 1 [(confluent.field_meta) = {params: [{key: "connect.type", value: "int8"}]}];
 *     google.protobuf.Timestamp t = 2;
 *   }
 *
 * Both directions are computed once per schema; values are moved by protobuf_write.h and protobuf_read.h.
 * Knows nothing of registries. One thread at a time. */
#ifndef LC_CONVERT_PROTOBUF_DATA_H
#define LC_CONVERT_PROTOBUF_DATA_H

#include "base/config_def.h"
#include "convert/protobuf_schema.h"
#include "data/schema.h"

typedef struct lc_proto_options {
    bool enhanced;            /* enhanced.protobuf.schema.support: names keep their packages */
    bool generalized;         /* generalized.sum.type.support: oneofs and enums in Connect's own form */
    bool scrub;               /* scrub.invalid.names: makes Protobuf names of any names */
    bool int_enums;           /* int.for.enums */
    bool optional_nullables;  /* optional.for.nullables */
    bool optional_proto2;     /* optional.for.proto2 */
    bool wrapper_nullables;   /* wrapper.for.nullables */
    bool wrapper_raw;         /* wrapper.for.raw.primitives */
    bool struct_nulls;        /* generate.struct.for.nulls */
    bool union_index;         /* generate.index.for.unions */
    bool flatten;             /* flatten.unions */
    bool ignore_default;      /* ignore.default.for.nullables */
    unsigned recursion_depth; /* protobuf.recursion.depth */
} lc_proto_options;

/* Reads these from a converter's settings. LC_E_CONFIG. */
lc_error *lc_proto_options_parse(const lc_props *settings, lc_proto_options *ret_options) LC_RESULT;
/* Adds them to the definition of a converter. */
void lc_proto_options_define(lc_config_def *def);

#define LC_PROTO_SPACE "io.confluent.connect.protobuf"
#define LC_PROTO_ENUM_PARAMETER LC_PROTO_SPACE ".Enum"
#define LC_PROTO_UNION_NAME LC_PROTO_SPACE ".Union"
#define LC_PROTO_TAG LC_PROTO_SPACE ".Tag"
#define LC_PROTO_TYPE LC_PROTO_SPACE ".Type"
#define LC_PROTO_WRAPPER LC_PROTO_SPACE ".Wrapper"
#define LC_PROTO_RAW LC_PROTO_SPACE ".Message" /* on BYTES: they are a message of that type */
#define LC_PROTO_CONNECT_UNION "org.apache.kafka.connect.data.Union"
#define LC_PROTO_CONNECT_ENUM "org.apache.kafka.connect.data.Enum"
#define LC_PROTO_PRECISION "connect.decimal.precision"

/* Types of messages that stand for one value. */
typedef enum lc_proto_special {
    LC_SPECIAL_NONE,
    LC_SPECIAL_DECIMAL,
    LC_SPECIAL_DATE,
    LC_SPECIAL_TIME,
    LC_SPECIAL_TIMESTAMP,
    LC_SPECIAL_WRAPPER /* one of google/protobuf/wrappers.proto */
} lc_proto_special;

/* By full name; a wrapper must have the looks of one, too. */
lc_proto_special lc_proto_special_of(const lc_proto_message *message);
/* The message type of a wrapper's value; "google.protobuf.Int32Value" for LC_PROTO_INT32. NULL: none. */
const char *lc_proto_wrapper_of(lc_proto_type type);
/* "google.protobuf.Timestamp" and its file. */
const char *lc_proto_logical_type(lc_logical logical);
const char *lc_proto_file_of(lc_text type_name); /* NULL: no type of those that schemas made here import */

/* The Protobuf schema of `schema`: a file of `store`, linked, and the message that values of it become. It
 * borrows texts from the schema, whose lc_types must outlive the store. LC_E_DATA where Protobuf has no place
 * for a type or a name. */
lc_error *lc_proto_from_connect(lc_proto_store *store, const lc_proto_options *options,
                                const lc_schema *schema, const lc_proto_file **ret_file,
                                const lc_proto_message **ret_message) LC_RESULT;

/* The Connect schema of a message. `version` is the registry's, or -1. A message that holds itself is
 * unfolded; what lies deeper is BYTES with LC_PROTO_RAW. LC_E_DATA. */
lc_error *lc_proto_to_connect(const lc_proto_options *options, lc_types *types,
                              const lc_proto_message *message, int32_t version,
                              const lc_schema **ret_schema) LC_RESULT;

/* What both directions and the codecs must agree upon. */
bool lc_proto_is_union(const lc_schema *schema); /* a struct that stands for a oneof */
/* The parameter that marks an enum under these options; whether a schema has one. */
const char *lc_proto_enum_parameter(const lc_proto_options *options);
bool lc_proto_is_enum(const lc_schema *schema);
/* The field name of a oneof's struct. In `arena`. */
lc_text lc_proto_union_field(lc_arena *arena, const lc_proto_options *options,
                             const lc_proto_message *message, int32_t oneof);
/* The Protobuf name of a Connect name: itself, or scrubbed. In `arena`. */
lc_text lc_proto_scrub(lc_arena *arena, const lc_proto_options *options, lc_text name);
/* A field that is null when the data lacks it. */
bool lc_proto_is_optional(const lc_proto_options *options, const lc_proto_message *message,
                          const lc_proto_field *field);
/* A wrapper in place of the plain type, when values of `schema` are written (`in_oneof`: of a oneof). */
bool lc_proto_is_wrapped(const lc_proto_options *options, const lc_schema *schema, bool in_oneof);

#endif
