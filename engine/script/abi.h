/* What the prelude sees of C: the frame of the running call and the table of bridge functions.
 *
 * Like data/layout.h, the text between the marks is read by the C compiler and by ffi.cdef alike. The
 * prelude gets the addresses of the state's frame and of the bridge table as light userdata; no symbol is
 * looked up by name. Rules for bridge functions: scalars and pointers only, at most six arguments, nothing
 * by value, no varargs, no calls back into Lua, no longjmp. One that can fail returns 0 for success and
 * leaves the reason in the state (see `raise`); one that returns a pointer gives NULL then. */
#ifndef LC_SCRIPT_ABI_H
#define LC_SCRIPT_ABI_H

#include "data/record.h"
#include "data/reshape.h"

/* LC_CDEF BEGIN */
enum { LC_ABI_VERSION = 1 };

typedef struct lc_plan lc_plan;
typedef struct lc_regex lc_regex;
typedef struct lc_time_format lc_time_format;
typedef struct lc_zone lc_zone;

/* The first members of lc_schema (data/schema.h), which the hot path reads. */
typedef struct lc_schema_head {
    uint32_t id;
    uint8_t type;
    uint8_t logical;
    bool optional;
    bool has_version;
    int32_t version;
    bool has_default;
} lc_schema_head;

typedef struct lc_bytes {
    const char *data;
    size_t len;
} lc_bytes;

/* One per state, at a constant address. Views carry a generation and are good while it is the frame's. */
typedef struct lc_frame {
    double generation;  /* of the running call; 0 outside of one */
    union {
        double budget;      /* 2^52 and the ticks left until the clock is looked at */
        int32_t ticks_left; /* the same ticks: the lower half of such a number */
    };
    lc_record *records; /* of the batch; NULL: the call has none */
    uint32_t count;
    uint32_t step;      /* of the chain, where the record is now */
    const uint32_t *live; /* sink: indexes of the records that put() sees */
    uint32_t live_count;
    uint32_t split;     /* a transform made several records of one */
    uint32_t cursor;    /* where the last lc.pairs was */
    uint32_t room;      /* source: records that may still be added */
    uint32_t spent;     /* the time of the call is over */
    uint32_t nested;    /* coroutines inside of each other */
    uint32_t joined;    /* scripts put containers into others: 1 in this call, 2 outside of one */
    uint32_t hoisted;   /* containers put into fresh ones while this record is in this step */
    uint32_t watched;   /* records that go alone through the chain tell of each step */
    lc_value a, b;      /* operands and results of bridge functions */
    lc_bytes text;      /* result of those that give text; good until the next call */
    const lc_schema *schema; /* second result */
    double number;
    uint32_t muted;     /* a version on trial in the shadow: what it counts in lc.metrics doesn't count */
} lc_frame;

/* One metric of a script: see meters.h. A counter and a gauge are their value; a histogram's is the sum of what it saw, and
 * `hits` how often which bound, and behind the last one none, was the first that held it. */
enum { LC_METER_BOUNDS = 20 };
typedef struct lc_meter {
    double value;
    double bound_count;
    double bounds[20];
    double hits[21];
} lc_meter;

typedef struct lc_bridge {
    uint32_t abi_version;
    uint32_t size_value, size_object, size_shape, size_record, size_header, size_frame, size_bridge;

    /* Errors: the code of the pending one, its message in frame->text; the number of a class name. */
    int (*take_error)(lc_frame *frame);
    int (*error_code)(const char *java_class, size_t len);
    const char *(*error_class)(int code);
    int (*tick)(lc_frame *frame); /* 0: go on; 1: the time is over; 2: too much memory; 3: sample, go on */

    /* Cells and containers. */
    int (*set_text)(lc_frame *frame, lc_value *cell, const char *text, size_t len, int kind);
    int (*copy)(lc_frame *frame, lc_value *to, const lc_value *from);
    int (*find)(const lc_shape *shape, const char *name, size_t len); /* -1: absent */
    lc_value *(*map_add)(lc_frame *frame, lc_object *map, const char *name, size_t len);
    int (*map_remove)(lc_frame *frame, lc_object *map, const char *name, size_t len); /* 1: was there */
    lc_object *(*map_new)(lc_frame *frame);
    lc_object *(*struct_new)(lc_frame *frame, const lc_schema *schema);
    lc_list *(*list_new)(lc_frame *frame);
    lc_value *(*list_add)(lc_frame *frame, lc_list *list);
    const lc_value *(*field_default)(lc_frame *frame, const lc_object *object, uint32_t at);
    lc_value *(*box_new)(lc_frame *frame);
    int (*cast)(lc_frame *frame, lc_value *cell, const lc_schema *schema, int type);
    int (*convert)(lc_frame *frame, lc_value *cell, const lc_schema *schema, int target);
    int (*validate)(lc_frame *frame, const lc_schema *schema, const char *field, const lc_value *cell);
    int (*equals)(lc_frame *frame, const lc_value *a, const lc_value *b);
    int (*to_text)(lc_frame *frame, const lc_value *cell);
    const char *(*java_class)(const lc_value *cell);
    int (*set_decimal)(lc_frame *frame, lc_value *cell, const char *text, size_t len, int kind);
    /* Operands in a and b; the result in frame->text (unscaled) and frame->number (its scale). */
    int (*decimal_read)(lc_frame *frame, const char *text, size_t len);
    int (*decimal_math)(lc_frame *frame, int operation, int scale, int rounding);
    int (*decimal_ask)(lc_frame *frame, int question); /* the answer in frame->number, frame->text or a.u.i */
    int (*parse_value)(lc_frame *frame, const char *text, size_t len, lc_value *cell); /* schema in frame->schema */
    const lc_schema *(*infer)(lc_frame *frame, const lc_value *cell);

    /* Records. */
    int (*set_topic)(lc_frame *frame, uint32_t record, const char *topic, size_t len);
    int (*clone)(lc_frame *frame, uint32_t record); /* index of the copy; -1: failed */
    int (*header_add)(lc_frame *frame, uint32_t record, const char *name, size_t len, const lc_schema *schema);
    int (*header_remove)(lc_frame *frame, uint32_t record, const char *name, size_t len);
    int (*record_text)(lc_frame *frame, uint32_t record);
    int (*record_done)(lc_frame *frame, uint32_t record); /* after a split: its place is next */
    int (*split)(lc_frame *frame, uint32_t record);       /* the first split of the batch is at this record */
    int (*record_add)(lc_frame *frame);                   /* source: index of a new record */

    /* Schemas. A spec is built part by part; texts are copied. */
    int (*schema_text)(lc_frame *frame, const lc_schema *schema, int part);
    const lc_schema *(*schema_part)(const lc_schema *schema, int part);
    const lc_shape *(*schema_shape)(const lc_schema *schema);
    const lc_schema *(*schema_field)(const lc_schema *schema, uint32_t at);
    const lc_value *(*schema_default)(const lc_schema *schema);
    int (*schema_parameter)(lc_frame *frame, const lc_schema *schema, uint32_t at, int value);
    const lc_schema *(*schema_plain)(lc_frame *frame, int type, int logical, int optional);
    void (*spec_begin)(lc_frame *frame, int type, const lc_schema *from);
    void (*spec_flag)(lc_frame *frame, int part, int value);
    void (*spec_text)(lc_frame *frame, int part, const char *text, size_t len);
    void (*spec_parameter)(lc_frame *frame, const char *key, size_t key_len, const char *value, size_t len);
    void (*spec_parts)(lc_frame *frame, const lc_schema *keys, const lc_schema *values);
    void (*spec_field)(lc_frame *frame, const char *name, size_t len, const lc_schema *schema);
    void (*spec_default)(lc_frame *frame, const lc_value *value);
    const lc_schema *(*spec_end)(lc_frame *frame);

    /* Plans. A result without schema takes its names from the fields of a spec. */
    lc_plan *(*plan_new)(lc_frame *frame, const lc_shape *shape);
    lc_plan *(*plan_new_inner)(lc_frame *frame, const lc_shape *shape, int lasting);
    int (*plan_take)(lc_plan *plan, const uint32_t *path, uint32_t depth, unsigned flags);
    int (*plan_inside)(lc_plan *plan, const uint32_t *path, uint32_t depth, unsigned flags, const lc_plan *inner);
    void (*plan_constant)(lc_plan *plan, const lc_value *value);
    void (*plan_guard)(lc_plan *plan, const uint32_t *path, uint32_t depth, const lc_shape *shape, int may_be_null);
    void (*plan_seal)(lc_frame *frame, lc_plan *plan, const lc_schema *schema, int lasting);
    lc_object *(*plan_run)(lc_frame *frame, const lc_plan *plan, lc_object *object);

    /* Tools. */
    lc_regex *(*regex_new)(lc_frame *frame, const char *pattern, size_t len);
    void (*regex_free)(lc_regex *regex);
    int (*regex_matches)(lc_frame *frame, lc_regex *regex, const char *text, size_t len); /* 1, 0; -1: failed */
    int (*regex_find)(lc_frame *frame, lc_regex *regex, const char *text, size_t len);
    int (*regex_group)(lc_frame *frame, lc_regex *regex, uint32_t group); /* 0: took no part */
    /* From byte `from` on; places of the match (from 0) and where the next may be: frame->a.u.i, b.u.i, number. */
    int (*regex_find_from)(lc_frame *frame, lc_regex *regex, const char *text, size_t len, size_t from);
    int (*regex_name)(lc_regex *regex, const char *name, size_t len); /* number of the named group; -1: none */
    int (*regex_replace)(lc_frame *frame, lc_regex *regex, int all);      /* subject in a, replacement in b */
    lc_time_format *(*time_format_new)(lc_frame *frame, const char *pattern, size_t len);
    void (*time_format_free)(lc_time_format *format);
    void (*time_write)(lc_frame *frame, lc_time_format *format, int64_t ms);
    int (*time_parse)(lc_frame *frame, lc_time_format *format, const char *text, size_t len); /* 1: a.u.i has it */
    int (*time_convert)(lc_frame *frame, lc_time_format *format, lc_value *cell, int source, int target, int unit);
    lc_zone *(*zone_new)(lc_frame *frame, const char *name, size_t len);
    void (*zone_free)(lc_zone *zone);
    int (*zone_offset)(const lc_zone *zone, int64_t ms, int is_local); /* what to add to UTC, in ms */
    double (*now)(lc_frame *frame);
    int (*charset_find)(lc_frame *frame, const char *name, size_t len); /* its number; -1: unknown, -2: too many */
    void (*charset_convert)(lc_frame *frame, int number, const char *bytes, size_t len, int encode);
    int (*base64)(lc_frame *frame, const char *text, size_t len, int decode);
    void (*meter_observe)(lc_meter *meter, double x); /* a histogram's */
    int (*json_read)(lc_frame *frame, const char *text, size_t len, lc_value *cell); /* 1: no JSON, says frame->text */
    int (*json_write)(lc_frame *frame, const lc_value *cell);
    int (*digest_find)(lc_frame *frame, const char *name, size_t len, size_t key_len); /* its number; -1: failed */
    void (*digest)(lc_frame *frame, int kind, int as_hex); /* message in a, key in b */

} lc_bridge;

/* Parts of a schema for schema_text, schema_part, spec_flag and spec_text. */
enum {
    LC_PART_NAME = 1, LC_PART_DOC = 2, LC_PART_KEYS = 3, LC_PART_VALUES = 4, LC_PART_OPTIONAL = 5,
    LC_PART_VERSION = 6, LC_PART_NO_VERSION = 7, LC_PART_NO_DEFAULT = 8, LC_PART_NO_PARAMETERS = 9,
    LC_PART_NO_FIELDS = 10, LC_PART_JAVA = 11
};

/* Operations for decimal_math, questions for decimal_ask. */
enum {
    LC_DECIMAL_ADD = 0, LC_DECIMAL_SUBTRACT = 1, LC_DECIMAL_MULTIPLY = 2, LC_DECIMAL_DIVIDE_EXACT = 3,
    LC_DECIMAL_REMAINDER = 4, LC_DECIMAL_DIVIDE = 5, LC_DECIMAL_NEGATE = 6, LC_DECIMAL_STRIP = 7, LC_DECIMAL_COPY = 8
};
enum {
    LC_DECIMAL_COMPARE = 0, LC_DECIMAL_EQUALS = 1, LC_DECIMAL_SIGN = 2, LC_DECIMAL_PRECISION = 3,
    LC_DECIMAL_SCALE = 4, LC_DECIMAL_INT64 = 5, LC_DECIMAL_PLAIN = 6, LC_DECIMAL_UNSCALED = 7
};
/* LC_CDEF END */

#endif
