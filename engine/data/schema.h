/* Schemas and shapes: immutable, interned per task, compared by pointer.
 *
 * An lc_types is the intern table of one task (one thread): it owns all its schemas and shapes, which live
 * until lc_types_free. Equal schemas (all attributes, as ConnectSchema.equals) are the same pointer; equal
 * name lists are the same shape. Small dense ids let Lua keep what it computed per shape or schema in
 * plain arrays. Adding or removing a name of a shape is a cached transition. */
#ifndef LC_DATA_SCHEMA_H
#define LC_DATA_SCHEMA_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "data/layout.h"

typedef struct lc_types lc_types;

/* Connect's Schema.Type, numbered as the kinds of values. */
typedef enum lc_type {
    LC_TYPE_NONE = 0,
    LC_TYPE_BOOLEAN = LC_BOOLEAN,
    LC_TYPE_INT8 = LC_INT8,
    LC_TYPE_INT16 = LC_INT16,
    LC_TYPE_INT32 = LC_INT32,
    LC_TYPE_INT64 = LC_INT64,
    LC_TYPE_FLOAT32 = LC_FLOAT32,
    LC_TYPE_FLOAT64 = LC_FLOAT64,
    LC_TYPE_STRING = LC_STRING,
    LC_TYPE_BYTES = LC_BYTES,
    LC_TYPE_ARRAY = LC_ARRAY,
    LC_TYPE_MAP = LC_MAP,
    LC_TYPE_STRUCT = LC_STRUCT
} lc_type;

/* Logical types, known by the schema's name alone (as Connect does). */
typedef enum lc_logical {
    LC_LOGICAL_NONE, LC_LOGICAL_DECIMAL, LC_LOGICAL_DATE, LC_LOGICAL_TIME, LC_LOGICAL_TIMESTAMP
} lc_logical;

#define LC_DECIMAL_NAME "org.apache.kafka.connect.data.Decimal"
#define LC_DATE_NAME "org.apache.kafka.connect.data.Date"
#define LC_TIME_NAME "org.apache.kafka.connect.data.Time"
#define LC_TIMESTAMP_NAME "org.apache.kafka.connect.data.Timestamp"

typedef struct lc_parameter {
    lc_text key, value;
} lc_parameter;

/* Read its fields freely; never change one: use an lc_schema_spec and lc_schema_intern. */
struct lc_schema {
    uint32_t id; /* dense, from 1; 0 stands for "no schema" */
    uint8_t type;    /* lc_type */
    uint8_t logical; /* lc_logical, from the name */
    bool optional;
    bool has_version;
    int32_t version;
    bool has_default; /* a non-null default */
    lc_text name;     /* data NULL: none; all texts are NUL-terminated too */
    lc_text doc;
    const lc_parameter *parameters; /* in the order of whoever was first; it makes no other schema */
    uint32_t parameter_count;
    uint32_t hash;
    lc_value default_value; /* lives as long as the schema */
    const lc_schema *keys;   /* MAP; may be NULL (only Values.parseString makes such) */
    const lc_schema *values; /* MAP values, ARRAY items; may be NULL */
    const lc_shape *shape;   /* STRUCT: field names in order */
    const lc_schema *const *fields; /* STRUCT: shape->count schemas */
    const void *attachment[4]; /* per-user caches, see lc_schema_attach */
};

/* What a schema to be should be: fill it in, intern it. All memory is the caller's, only borrowed. */
typedef struct lc_schema_spec {
    lc_type type;
    bool optional;
    bool has_version;
    int32_t version;
    bool has_default;
    lc_value default_value; /* deep-copied; structs in it must have interned schemas */
    lc_text name, doc;
    const lc_parameter *parameters;
    uint32_t parameter_count;
    const lc_schema *keys, *values;
    const lc_text *field_names;
    const lc_schema *const *field_schemas;
    uint32_t field_count;
} lc_schema_spec;

lc_types *lc_types_new(void);
void lc_types_free(lc_types *types);
size_t lc_types_bytes(const lc_types *types); /* memory held: for limits */

/* The schema of `spec`. Errors: LC_E_SCHEMA_BUILDER with SchemaBuilder's texts for duplicate field names
 * ("Cannot create field because of field name duplication a"), an empty field name, or a default that doesn't
 * fit ("Invalid default value", caused by what lc_schema_validate says). A struct as default fits a struct
 * schema with the same fields; name and other attributes may differ. A null default is none. */
lc_error *lc_schema_intern(lc_types *types, const lc_schema_spec *spec,
                           const lc_schema **ret_schema) LC_RESULT;
/* The spec that would make `schema` again, to change a part of it. Borrows from `schema`; field arrays are
 * borrowed too (copy before changing them). */
lc_schema_spec lc_schema_to_spec(const lc_schema *schema);
/* Plain schemas (no name), required or optional. */
const lc_schema *lc_schema_primitive(lc_types *types, lc_type type, bool optional);
/* Date, Time, Timestamp of version 1; for Decimal use a spec with parameter "scale". */
const lc_schema *lc_schema_logical(lc_types *types, lc_logical logical, bool optional);
const lc_schema *lc_schema_by_id(lc_types *types, uint32_t id);
/* Same schema apart from `optional`; name, default and so on are kept. */
const lc_schema *lc_schema_with_optional(lc_types *types, const lc_schema *schema, bool optional);
/* LC_LOGICAL_NONE for all names but Connect's four. */
lc_logical lc_logical_of_name(lc_text name);
/* The parameter's value; data NULL when absent. */
lc_text lc_schema_parameter(const lc_schema *schema, const char *key);
/* "INT32", as Java prints a type; "int32", as JSON and scripts write it ("float"/"double" are
 * "float32"/"float64" here). */
const char *lc_type_java_name(lc_type type);
const char *lc_type_name(lc_type type);
bool lc_type_parse(lc_text name, lc_type *ret_type); /* script spelling, case-insensitive */

/* Small caches tied to a schema (JSON converter: its envelope text). `slot` is one of the enum. */
enum { LC_ATTACH_JSON = 0, LC_ATTACH_AVRO = 1, LC_ATTACH_SCRIPT = 2, LC_ATTACH_OTHER = 3 };
void lc_schema_attach(const lc_schema *schema, int slot, const void *value);
/* Memory that lives as long as the table (for attachments). */
void *lc_types_alloc(lc_types *types, size_t size);

/* The empty shape; the shape of these names in order (duplicates are the caller's fault). */
const lc_shape *lc_shape_empty(lc_types *types);
const lc_shape *lc_shape_of(lc_types *types, const lc_text *names, uint32_t count);
const lc_shape *lc_shape_by_id(lc_types *types, uint32_t id);
/* Cached transitions of interned shapes (an anonymous one counts as the interned shape of the same names).
 * lc_shape_add: the name must not be there. lc_shape_remove: order of the rest is kept. */
const lc_shape *lc_shape_add(lc_types *types, const lc_shape *shape, const char *name, size_t len);
const lc_shape *lc_shape_remove(lc_types *types, const lc_shape *shape, uint32_t index);
/* An anonymous shape (id 0) in `arena`, with room for `cap` names; the owner of its one object may append. */
lc_shape *lc_shape_anonymous(lc_arena *arena, uint32_t cap);
/* Index of a name, or -1. Interned shapes are hashed: constant time whatever the size. */
int32_t lc_shape_find(const lc_shape *shape, const char *name, size_t len);
/* lc_shape_add for maps, whose names may be data: past a limit of shapes, of names or of ways to go on from
 * `shape` the result is an anonymous copy in `arena`; an anonymous shape is changed in place and returned.
 * The name must not be there; it is copied where needed. */
const lc_shape *lc_shape_extend(lc_types *types, lc_arena *arena, const lc_shape *shape, const char *name,
                                size_t len);
/* Appends to an anonymous shape in place and returns the new name's index; the text is copied to `arena`,
 * which must be the one of lc_shape_anonymous. */
uint32_t lc_shape_append(lc_arena *arena, lc_shape *shape, const char *name, size_t len);
/* Removes a name of an anonymous shape in place; the order of the rest is kept. */
void lc_shape_drop(lc_shape *shape, uint32_t index);
/* True while new shapes may be made freely: false once so many exist that new name lists should stay
 * anonymous (data-like maps with ever new keys must not fill memory). lc_shape_extend and lc_map_set obey it
 * by themselves; lc_shape_of, lc_shape_add and lc_shape_remove always answer with an interned shape. */
bool lc_types_may_shape(const lc_types *types);

#endif
