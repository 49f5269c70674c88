/* The memory layout of records: the one text that both the C compiler and LuaJIT's ffi.cdef read.
 *
 * Everything between the two LC_CDEF marks is embedded into the library as text and given to ffi.cdef, so
 * there is no second copy that could drift. It therefore holds only plain declarations: no macros, no
 * attributes, no bit-fields. Only trusted code (C and lua/prelude) sees these types; scripts hold opaque
 * views.
 *
 *   lc_batch ─▶ records[] ─▶ lc_record ─▶ value: lc_value (16 bytes)
 *                                           │ kind STRUCT, or MAP with only text keys (flag LC_V_OBJECT)
 *                                           ▼
 *                                        lc_object ─▶ shape: names in order, interned ("hidden class")
 *                                           └──────▶ slots[]: one lc_value per name of the shape
 *
 * A field is thus an index: whoever knows the shape knows the place. Structs and maps with text keys share
 * the representation; a struct also has its schema. Maps that behave like data (ever new keys) have an
 * anonymous shape: id 0, in the arena, owned by that one object and changed in place. Maps with other keys
 * are lists of entries (lc_map). Values of strings and bytes point into the batch's arena or into a message
 * that lives as long as the batch.
 *
 * Kinds mirror Java's runtime classes (Byte, Short, …, Date, BigDecimal), because Connect's results depend
 * on the runtime class, not only on the schema. */
#ifndef LC_DATA_LAYOUT_H
#define LC_DATA_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* LC_CDEF BEGIN */
enum {
    LC_NULL = 0,
    LC_BOOLEAN = 1,
    LC_INT8 = 2,
    LC_INT16 = 3,
    LC_INT32 = 4,
    LC_INT64 = 5,
    LC_FLOAT32 = 6,
    LC_FLOAT64 = 7,
    LC_STRING = 8,
    LC_BYTES = 9,
    LC_ARRAY = 10,
    LC_MAP = 11,
    LC_STRUCT = 12,
    LC_DATE = 13,    /* java.util.Date: ms since the epoch in u.i */
    LC_DECIMAL = 14, /* java.math.BigDecimal */
    LC_BIGINT = 15,  /* java.math.BigInteger: an lc_decimal of scale 0; not a Connect type */
    LC_KIND_COUNT = 16
};

enum {
    LC_V_OBJECT = 1 /* of a MAP: u.object (all keys are text), not u.map */
};

typedef struct lc_value lc_value;
typedef struct lc_object lc_object;
typedef struct lc_list lc_list;
typedef struct lc_map lc_map;
typedef struct lc_map_index lc_map_index;
typedef struct lc_decimal lc_decimal;
typedef struct lc_schema lc_schema;
typedef struct lc_shape lc_shape;
typedef struct lc_record lc_record;
typedef struct lc_header lc_header;
typedef struct lc_error lc_error;

struct lc_value {
    uint8_t kind;
    uint8_t flags;
    uint16_t aux;  /* free for the owner of the value's place */
    uint32_t len;  /* bytes of STRING and BYTES */
    union {
        int64_t i; /* BOOLEAN (0, 1), INT8..INT64, DATE */
        double d;  /* FLOAT64; FLOAT32 too, exactly representable as float */
        const char *s; /* STRING (UTF-8; lone surrogates as 3-byte sequences), BYTES; no NUL at the end */
        lc_object *object;
        lc_list *list;
        lc_map *map;
        const lc_decimal *decimal;
    } u;
};

struct lc_object {
    const lc_shape *shape;
    const lc_schema *schema; /* STRUCT: its schema, whose shape is `shape`; MAP: NULL */
    lc_value *slots;         /* shape->count used */
    uint32_t cap;            /* slots allocated */
    uint32_t reserved;
};

struct lc_list {
    lc_value *items;
    uint32_t count;
    uint32_t cap;
};

struct lc_map { /* entries in order; items[2*i] is a key, items[2*i+1] its value */
    lc_value *items;
    uint32_t count; /* entries */
    uint32_t cap;
    lc_map_index *index; /* of maps with many entries; NULL: none (yet) */
};

typedef struct lc_name {
    const char *text; /* NUL-terminated */
    uint32_t len;
    uint32_t hash;
} lc_name;

struct lc_shape {
    uint32_t id;    /* dense from 1, unique in its lc_types, never reused; 0: anonymous */
    uint32_t count; /* names */
    const lc_name *names;
    uint32_t cap;   /* anonymous: room in names */
    uint32_t reserved;
};

struct lc_header {
    const char *name;
    uint32_t name_len;
    uint32_t reserved;
    const lc_schema *schema; /* NULL: schemaless */
    lc_value value;
};

enum { LC_RECORD_SOURCE = 0, LC_RECORD_SINK = 1 };
enum { LC_TIMESTAMP_NONE = 0, LC_TIMESTAMP_CREATE = 1, LC_TIMESTAMP_APPEND = 2, LC_TIMESTAMP_NULL = 3 };
enum { LC_LIVE = 0, LC_DROPPED = 1, LC_FAILED = 2 };

struct lc_record {
    const char *topic; /* NULL: none */
    uint32_t topic_len;
    int32_t partition;
    uint8_t has_partition;
    uint8_t has_timestamp;
    uint8_t has_offset;
    uint8_t timestamp_type; /* LC_TIMESTAMP_… */
    uint8_t side;           /* LC_RECORD_… */
    uint8_t state;          /* LC_LIVE, LC_DROPPED (filtered), LC_FAILED (see error) */
    uint8_t last_of_origin; /* the last live or dropped record made from its origin */
    uint8_t failed_stage;   /* lc_stage, when FAILED */
    uint16_t failed_step;   /* transformation step, when FAILED in the chain */
    uint16_t reserved;
    uint32_t origin;        /* index of the polled or consumed record that this one came from */
    int64_t timestamp;      /* ms since the epoch */
    int64_t offset;         /* sink: Kafka offset */
    const lc_schema *key_schema;
    const lc_schema *value_schema;
    lc_value key;
    lc_value value;
    lc_header *headers;
    uint32_t header_count;
    uint32_t header_cap;
    lc_value source_partition; /* source: MAP or NULL */
    lc_value source_offset;    /* source: MAP or NULL */
    const char *original_topic; /* sink: before any transform (KIP-793) */
    uint32_t original_topic_len;
    int32_t original_partition;
    int64_t original_offset;
    lc_error *error;            /* when FAILED; owned by the batch */
};
/* LC_CDEF END */

_Static_assert(sizeof(lc_value) == 16, "a value is 16 bytes");

#endif
