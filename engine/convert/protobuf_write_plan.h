/* Inside of a plan for writing: for each message, its fields in the order of their numbers. Private to
 * protobuf_write*.c. */
#ifndef LC_CONVERT_PROTOBUF_WRITE_PLAN_H
#define LC_CONVERT_PROTOBUF_WRITE_PLAN_H

#include "convert/protobuf_write.h"

enum { LC_PROTO_TAG_MAX = 5 };

typedef enum lc_proto_write_op {
    LC_WRITE_SCALAR,
    LC_WRITE_SYMBOL, /* text as an enum */
    LC_WRITE_STRUCT,
    LC_WRITE_WRAPPER,
    LC_WRITE_SPECIAL,
    LC_WRITE_MAP
} lc_proto_write_op;

typedef struct lc_proto_write_field {
    uint32_t number;
    uint8_t op;
    uint8_t type; /* lc_proto_type of the value */
    bool is_list;
    bool is_packed;
    bool has_presence; /* defaults are written, too */
    bool is_required;
    uint8_t tag[LC_PROTO_TAG_MAX];
    uint8_t tag_len;
    uint32_t slot;
    uint32_t member;         /* of the struct of a oneof */
    const lc_schema *oneof;  /* the schema of that struct; NULL: the field is in no oneof */
    const lc_schema *schema; /* of the field */
    const lc_schema *one;    /* of an item of a list, otherwise of the field */
    const lc_proto_write_plan *child;
    const lc_proto_enum *constants;
    lc_text name;
} lc_proto_write_field;

struct lc_proto_write_plan {
    const lc_schema *schema; /* of the struct; NULL: entries, and single values */
    const lc_proto_write_field *fields;
    uint32_t count;
    const uint32_t *oneofs; /* slots of structs that stand for oneofs */
    uint32_t oneof_count;
    bool ignores_defaults;
};

#endif
