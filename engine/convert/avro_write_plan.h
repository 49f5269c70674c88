/* Inside of a plan for writing: a tree of steps beside the two schemas. Private to avro_write*.c. */
#ifndef LC_CONVERT_AVRO_WRITE_PLAN_H
#define LC_CONVERT_AVRO_WRITE_PLAN_H

#include "convert/avro_write.h"

typedef enum lc_avro_write_op {
    LC_WRITE_BOOLEAN,
    LC_WRITE_LONG, /* Avro int too */
    LC_WRITE_FLOAT,
    LC_WRITE_DOUBLE,
    LC_WRITE_STRING,
    LC_WRITE_ENUM,
    LC_WRITE_BYTES,
    LC_WRITE_FIXED,
    LC_WRITE_ARRAY,
    LC_WRITE_MAP,
    LC_WRITE_ENTRIES, /* a map as array of records */
    LC_WRITE_RECORD,
    LC_WRITE_MEMBER, /* a struct that stands for a union: its first field that is set */
    LC_WRITE_ANYTHING,
    LC_WRITE_NEVER /* any value but null fails with `problem` */
} lc_avro_write_op;

typedef struct lc_avro_write_field {
    const lc_avro_write_plan *plan; /* NULL: not in the record, `fixed` is written */
    uint32_t slot;                  /* of the struct */
    lc_text fixed;
} lc_avro_write_field;

struct lc_avro_write_plan {
    uint8_t op;
    uint8_t logical;
    bool optional;      /* null is allowed by the Connect schema */
    int32_t null_index; /* branch for null; -1: none; -2: null is written as nothing */
    int32_t index;      /* branch for values; -1: no union */
    int32_t scale;      /* Decimal; INT32_MIN: the schema has none */
    bool ignore_default;
    bool pads;      /* FIXED of a decimal */
    bool swapped;   /* ENTRIES: the value comes first */
    uint32_t count; /* fields, symbols or slots of symbols - 1 */
    const lc_schema *schema;
    const lc_avro *avro;
    const lc_avro_write_plan *keys, *values;
    const lc_avro_write_field *fields; /* RECORD by Avro field, MEMBER by slot */
    const uint32_t *symbols;           /* ENUM: index + 1 by hash */
    const char *problem;
};

#endif
