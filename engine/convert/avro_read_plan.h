/* Inside of a plan for reading: a tree of steps beside the schemas. Private to avro_read*.c. */
#ifndef LC_CONVERT_AVRO_READ_PLAN_H
#define LC_CONVERT_AVRO_READ_PLAN_H

#include "convert/avro_read.h"

typedef enum lc_avro_read_op {
    LC_READ_NULL,
    LC_READ_BOOLEAN,
    LC_READ_INT,
    LC_READ_LONG,
    LC_READ_FLOAT,
    LC_READ_DOUBLE,
    LC_READ_BYTES,
    LC_READ_STRING,
    LC_READ_INT_AS_REAL, /* promoted to float or double, by `kind` */
    LC_READ_LONG_AS_REAL,
    LC_READ_FLOAT_AS_DOUBLE,
    LC_READ_ENUM,
    LC_READ_FIXED,
    LC_READ_ARRAY,
    LC_READ_MAP,
    LC_READ_ENTRIES,
    LC_READ_RECORD,
    LC_READ_UNION,  /* by the writer's branch */
    LC_READ_MEMBER, /* into a field of a struct that stands for a union */
    LC_READ_ANYTHING,
    LC_READ_NEVER
} lc_avro_read_op;

/* A field in the order of the writer, then those that only the reader has. */
typedef struct lc_avro_read_field {
    const lc_avro_read_plan *plan; /* NULL: skipped */
    const lc_avro *skipped;
    uint32_t slot;
    bool is_default;
    lc_text fixed; /* the default in binary form */
} lc_avro_read_field;

struct lc_avro_read_plan {
    uint8_t op;
    uint8_t kind; /* of the value before any logical type */
    uint8_t logical;
    bool swapped;   /* ENTRIES: the value comes first */
    bool sized;     /* MEMBER: the slot depends on the number of bytes */
    int32_t size;   /* FIXED; Decimal's scale otherwise */
    int32_t scale;  /* Decimal; INT32_MIN: the schema has none */
    uint32_t count; /* fields, symbols, branches */
    uint32_t slot;  /* MEMBER */
    size_t least;   /* ARRAY, MAP, ENTRIES: bytes that an item takes at least */
    const lc_avro *writer;
    const lc_schema *schema;
    const lc_avro_read_plan *keys, *values; /* `values` is the member of MEMBER too */
    const lc_avro_read_field *fields;
    const lc_avro_read_plan *const *branches;
    const lc_value *symbols; /* ENUM: as the reader knows them; null: unknown to it */
    const int32_t *sizes;    /* MEMBER, sized: by slot; -1 any, -2 none */
    const char *problem;
    uint32_t deepest; /* of the whole: nesting of data */
};

#endif
