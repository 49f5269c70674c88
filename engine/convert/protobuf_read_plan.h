/* Inside of a plan for reading: for each message, its fields by number. Private to protobuf_read*.c.
 *
 * A message is read into slots: those of a struct; key and value of a map's entry; the one value of a
 * wrapper; or the parts of a Decimal, Date, TimeOfDay or Timestamp, which become a value at the end of the
 * message around them, when no more pieces of them can come. */
#ifndef LC_CONVERT_PROTOBUF_READ_PLAN_H
#define LC_CONVERT_PROTOBUF_READ_PLAN_H

#include "convert/protobuf_read.h"

typedef enum lc_proto_read_op {
    LC_READ_SCALAR,
    LC_READ_TEXT,   /* UTF-8, checked */
    LC_READ_SYMBOL, /* an enum as text */
    LC_READ_NUMBER, /* an enum as number */
    LC_READ_STRUCT,
    LC_READ_WRAPPER,
    LC_READ_SPECIAL, /* parts that become a value */
    LC_READ_MAP
} lc_proto_read_op;

typedef struct lc_proto_read_field {
    uint32_t number;
    uint8_t op;
    uint8_t type; /* lc_proto_type */
    uint8_t wire;
    uint8_t kind; /* of the value */
    bool is_repeated;
    bool is_closed;   /* an enum of proto2: numbers without a constant are passed over */
    bool is_lenient;  /* TEXT of proto2: what is no UTF-8 is replaced */
    bool is_required; /* of proto2 */
    bool is_made;     /* a message that is missing is read as one without data */
    uint32_t slot;
    uint32_t member;        /* of the struct of a oneof */
    uint8_t special;        /* lc_proto_special */
    const lc_schema *oneof; /* the schema of that struct; NULL: the field is in no oneof, or they are flat */
    const uint32_t *others; /* flat oneofs: slots of its other fields */
    uint32_t other_count;
    const lc_proto_read_plan *child;
    const lc_proto_enum *constants;
    lc_text name;
} lc_proto_read_field;

struct lc_proto_read_plan {
    const lc_schema *schema; /* of the struct; NULL: slots of another kind */
    const lc_value *start;   /* what the slots hold before a message is read */
    uint32_t slot_count;
    const lc_proto_read_field *fields; /* by number */
    uint32_t count;
    const uint16_t *index; /* number ─▶ place in `fields` + 1; 0: none */
    uint32_t index_count;
    const uint32_t *finished; /* places of fields that have something to be done at the end */
    uint32_t finished_count;
    bool keys_are_text; /* of an entry */
};

const lc_proto_constant *lc_proto_find_constant(const lc_proto_enum *constants, int32_t number);

/* What the parts of a special message are worth. LC_E_DATA with Java's texts. */
lc_error *lc_proto_special_value(lc_arena *arena, lc_proto_special special, const lc_value *parts,
                                 lc_value *ret_value) LC_RESULT;

#endif
