/* Inside of lc_types, shared by the files that keep something in it.
 *
 *   lc_types ─▶ names   set of lc_name: one text per distinct name, so names compare by pointer
 *            ─▶ shapes  set and array by id of lc_shape_node
 *            ─▶ schemas set and array by id of lc_schema_node
 *
 * Names, shapes and schemas lie in the table's arena; only the sets and id arrays are on the heap.
 *
 * Shapes that grew from each other share one list of names, of which each sees a prefix:
 *
 *   list.names   id  city  zip  street        list.marks: a byte per name, to find it among a few
 *                └ shape 2 ┘                  list.index: hash of a name ─▶ its place, among many
 *                └ shape 3 ─────┘             a place that is not below the shape's count: not there */
#ifndef LC_DATA_TYPES_H
#define LC_DATA_TYPES_H

#include "data/schema.h"

typedef struct lc_name_list {
    lc_arena *arena;
    lc_name *names;
    uint8_t *marks; /* whole words of 8; after the names */
    uint32_t count;
    uint32_t cap;
    uint32_t *index; /* place + 1 by hash, 0: free; NULL until a search needs it */
    uint32_t mask;
    uint32_t indexed; /* names in the index so far */
} lc_name_list;

/* What every shape really is; anonymous ones are no longer than this. */
typedef struct lc_shape_head {
    lc_shape shape;
    lc_name_list *list;
} lc_shape_head;

typedef struct lc_shape_node lc_shape_node;
struct lc_shape_node {
    lc_shape_head head;
    uint32_t hash;
    uint32_t ways;            /* shapes made by adding a name to this one */
    lc_shape_node *parent;    /* the shape this one extends; NULL: not known */
    lc_shape_node *last_add;  /* the latest answer of lc_shape_add */
    const lc_shape **removed; /* answers of lc_shape_remove by index; NULL: none yet */
};

typedef struct lc_schema_node {
    lc_schema schema;
    const lc_text *field_names; /* STRUCT: for lc_schema_to_spec */
    const lc_schema *toggled;   /* the same with the other `optional`; NULL: not asked for yet */
} lc_schema_node;

typedef struct lc_hash_slot {
    void *item;
    uint32_t hash;
} lc_hash_slot;

/* Open addressing with linear probing; never shrinks. */
typedef struct lc_hash_set {
    lc_hash_slot *slots;
    uint32_t mask; /* slots - 1, when there are any */
    uint32_t used;
} lc_hash_set;

struct lc_types {
    lc_arena arena;
    lc_hash_set names, shapes, schemas;
    lc_shape_node **shape_by_id; /* [id - 1] */
    size_t shape_cap;
    uint32_t shape_count;
    lc_schema_node **schema_by_id; /* [id - 1] */
    size_t schema_cap;
    uint32_t schema_count;
    const lc_shape *empty;
    const lc_schema *plain[LC_STRUCT + 1][2]; /* lc_schema_primitive */
    const lc_schema *logical[LC_LOGICAL_TIMESTAMP + 1][2];
    void *spent_plan; /* reshape.c: memory of a plan whose one call is over; NULL: none */
};

/* The shape that the latest lc_shape_add or lc_shape_extend of `shape` gave, if that added this very name
 * (which then can't be in `shape`); else NULL. */
const lc_shape *lc_shape_predict(const lc_shape *shape, const char *name, size_t len);

/* The next item with this hash; start with *at = hash. NULL: no more. */
void *lc_hash_set_next(const lc_hash_set *set, uint32_t hash, uint32_t *at);
void lc_hash_set_put(lc_hash_set *set, uint32_t hash, void *item);
void lc_hash_set_done(lc_hash_set *set);

static inline uint32_t lc_hash_mix(uint32_t hash, uint32_t more)
{
    hash = (hash ^ more) * 0x9e3779b1u;
    return hash ^ (hash >> 15);
}

/* The schema of `spec` without a look at whether its default fits. */
const lc_schema *lc_schema_intern_unchecked(lc_types *types, const lc_schema_spec *spec);

#endif
