/* Values: making, copying, comparing, printing, casting. Layout: layout.h. All memory comes from the
 * batch's arena; nothing here keeps or frees anything. One thread per arena. */
#ifndef LC_DATA_VALUE_H
#define LC_DATA_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "data/schema.h"
#include "java/decimal.h"

static inline lc_value lc_value_null(void) { return (lc_value){0}; }
static inline lc_value lc_value_int(uint8_t kind, int64_t i) { return (lc_value){.kind = kind, .u.i = i}; }
static inline lc_value lc_value_bool(bool b) { return (lc_value){.kind = LC_BOOLEAN, .u.i = b}; }
static inline lc_value lc_value_double(double d) { return (lc_value){.kind = LC_FLOAT64, .u.d = d}; }
static inline lc_value lc_value_float(float f) { return (lc_value){.kind = LC_FLOAT32, .u.d = (double)f}; }
static inline lc_value lc_value_date(int64_t ms) { return (lc_value){.kind = LC_DATE, .u.i = ms}; }
/* Borrow the bytes: they must live as long as the batch. */
static inline lc_value lc_value_text(lc_text t)
{
    return (lc_value){.kind = LC_STRING, .len = (uint32_t)t.len, .u.s = t.data};
}
static inline lc_value lc_value_bytes(lc_text t)
{
    return (lc_value){.kind = LC_BYTES, .len = (uint32_t)t.len, .u.s = t.data};
}
static inline lc_text lc_value_as_text(const lc_value *v) { return (lc_text){v->u.s, v->len}; }
static inline bool lc_value_is_object(const lc_value *v)
{
    return v->kind == LC_STRUCT || (v->kind == LC_MAP && (v->flags & LC_V_OBJECT));
}

/* Containers, made here alone. An object starts with all slots null. */
lc_value lc_object_new(lc_arena *arena, const lc_shape *shape, uint32_t spare); /* MAP; room for more names */
lc_value lc_struct_new(lc_arena *arena, const lc_schema *schema);              /* STRUCT */
lc_value lc_list_new(lc_arena *arena, uint32_t cap);
lc_value lc_map_new(lc_arena *arena, uint32_t cap); /* entries */
lc_value *lc_list_add(lc_arena *arena, lc_list *list);                          /* the new item, null */
void lc_map_put(lc_arena *arena, lc_map *map, lc_value key, lc_value value);    /* replaces an equal key */
lc_value *lc_map_get(lc_map *map, const lc_value *key);                         /* NULL when absent */

/* Fields by name of any MAP or STRUCT value, shaped or not. The slot, or NULL when absent. */
lc_value *lc_value_field(const lc_value *container, lc_text name);
/* As Struct.get: the schema's default when the field is null and has one. NULL when there's no such field. */
const lc_value *lc_struct_get(const lc_object *object, uint32_t index);
/* Sets a field of a MAP, adding the name when absent (the object's shape changes; entries grow). The name is
 * copied where needed. Returns the slot, which holds null when it is new. */
lc_value *lc_map_set(lc_types *types, lc_arena *arena, lc_value *map, lc_text name);
/* Removes a field of a MAP; false when absent. */
bool lc_map_remove(lc_types *types, lc_value *map, lc_text name);
uint32_t lc_map_size(const lc_value *map);
/* Iterates a MAP in order: key (a STRING value for objects) and value of entry i < lc_map_size. */
void lc_map_entry(const lc_value *map, uint32_t i, lc_value *ret_key, lc_value **ret_value);

/* Deep copy of everything into `arena`. Within one batch, scalars and strings need no copy, but a
 * container that gets a second parent does: views change values in place. */
lc_value lc_value_copy(lc_arena *arena, const lc_value *value);
/* The same for use within one batch: containers are copied, strings, bytes and decimals are shared. */
lc_value lc_value_fork(lc_arena *arena, const lc_value *value);
/* Java equals: kinds must match; -0.0 differs from 0.0, NaN equals NaN; bytes by content; maps in any order. */
bool lc_value_equal(const lc_value *a, const lc_value *b);

/* Java's toString as Connect's StringConverter and FileStreamSink print it: "{a=1, b=x}", "Struct{a=1,b=x}"
 * (null fields left out), "[a, b]", "1.0", "null", "[B@0" for bytes, dates as "Tue Nov 14 22:13:20 UTC 2023". */
void lc_value_to_text(lc_buf *out, const lc_value *value);
/* The first `max` bytes or so of it, cut between characters and marked with "…" when it was longer. */
void lc_value_to_text_cut(lc_buf *out, const lc_value *value, size_t max);
/* Same into an arena; `ret` may alias a string value's own bytes. */
lc_text lc_value_to_text_arena(lc_arena *arena, const lc_value *value);
/* Name of the Java class of the value: "java.lang.String", "java.util.HashMap", "null"…, for messages. */
const char *lc_value_java_class(const lc_value *value);
/* Name of a kind as scripts see it: "null", "boolean", "int8"…, "date", "decimal", "bigint". */
const char *lc_kind_name(uint8_t kind);

/* Connect's Cast transform on one value (transforms.md §1): target is one of int8 int16 int32 int64 float32
 * float64 boolean string. `schema` is the value's schema or NULL. Errors LC_E_DATA with Connect's texts. */
lc_error *lc_value_cast(lc_arena *arena, const lc_schema *schema, const lc_value *value, lc_type target,
                        lc_value *ret_value) LC_RESULT;

/* fromLogical of Date, Time and Timestamp, chosen by the schema's name: a date becomes INT32 days, INT32 ms
 * or INT64 ms; values of other schemas (Decimal too) stay. LC_E_DATA with Connect's texts, LC_E_CLASS_CAST
 * when the value is no date. */
lc_error *lc_logical_encode(const lc_schema *schema, const lc_value *value, lc_value *ret_value) LC_RESULT;

/* ConnectSchema.validateValue: does `value` fit `schema`? LC_E_DATA with Connect's text. `field` may be NULL. */
lc_error *lc_schema_validate(const lc_schema *schema, const char *field, const lc_value *value) LC_RESULT;
/* Struct.validate: required fields are set, recursively as Connect does. */
lc_error *lc_struct_validate(const lc_object *object) LC_RESULT;

#endif
