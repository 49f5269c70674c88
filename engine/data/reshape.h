/* Plans: a change of fields computed once per shape, then executed per record.
 *
 * A plan says, for objects of one input shape (and, for nested sources, of given nested shapes), which
 * shape or schema the result has and where each of its slots comes from. Transforms such as Flatten,
 * ReplaceField, ValueToKey or InsertField compute plans in Lua when they meet a new shape and run them here
 * for every record. */
#ifndef LC_DATA_RESHAPE_H
#define LC_DATA_RESHAPE_H

#include "data/value.h"

typedef struct lc_plan lc_plan;

enum { LC_PLAN_MAX_DEPTH = 64 };

/* How a field is taken. */
enum {
    LC_TAKE_DEFAULT = 1,     /* a null struct field reads as its schema's default (Struct.get) */
    LC_TAKE_COPY = 2,        /* containers are deep-copied: the source stays reachable elsewhere */
    LC_TAKE_LEAF = 4,        /* refuse (another plan is needed) when the value is a MAP or STRUCT */
    LC_TAKE_OWN_DEFAULT = 8, /* as LC_TAKE_DEFAULT, but for the field at the end alone (Struct.getStruct) */
    LC_TAKE_REQUIRED = 16,   /* refuse a null in an object that is there */
    LC_TAKE_PLAIN = 32,      /* refuse kinds that no type of Connect stands for: DATE, DECIMAL, BIGINT */
    LC_TAKE_CHECKED = 64,    /* of a plan with a schema: refuse what doesn't fit the field's (Struct.put) */
    LC_TAKE_NULL = 128       /* refuse everything but null */
};

/* A plan for inputs of `shape`. It lives as long as `types`, unless one of its shapes (input, guards, result)
 * is anonymous: then it is good for one lc_plan_run before the next lc_plan_new, and every later run of it
 * answers false. `arena` is the batch's. */
lc_plan *lc_plan_new(lc_types *types, lc_arena *arena, const lc_shape *shape);
/* The plan for an object inside of another plan's input; see lc_plan_inside. One that isn't `lasting` is good for
 * one run of the outer plan. */
lc_plan *lc_plan_new_inner(lc_types *types, lc_arena *arena, const lc_shape *shape, bool lasting);
/* Next result slot: taken from the field at path[0..depth), slot indexes from the top. A null object on the
 * way gives null (with LC_TAKE_DEFAULT: its default, at every level). */
void lc_plan_take(lc_plan *plan, const uint32_t *path, uint32_t depth, unsigned flags);
/* Next result slot: the object at path[0..depth) as `inner`, which is sealed, makes it. A null there stays null or,
 * with LC_TAKE_OWN_DEFAULT, counts as its default; LC_TAKE_REQUIRED refuses it. */
void lc_plan_inside(lc_plan *plan, const uint32_t *path, uint32_t depth, unsigned flags, const lc_plan *inner);
/* Next result slot: a constant (deep-copied now), null included. */
void lc_plan_constant(lc_plan *plan, const lc_value *value);
/* Requires that the object at `path` has exactly this shape. A null there is refused unless `may_be_null`. */
void lc_plan_guard(lc_plan *plan, const uint32_t *path, uint32_t depth, const lc_shape *shape,
                   bool may_be_null);
/* Ends the plan: result is a struct of `schema`, or with `schema` NULL a map of `shape`. Slots of the result
 * beyond those that were said are null. */
void lc_plan_seal(lc_plan *plan, const lc_shape *shape, const lc_schema *schema);
/* Runs it: false when a guard doesn't hold (nothing was changed: make another plan). */
bool lc_plan_run(const lc_plan *plan, lc_arena *arena, const lc_value *object, lc_value *ret_value);

#endif
