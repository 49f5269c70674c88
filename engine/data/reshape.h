/* Plans: a change of fields computed once per shape, then executed per record.
 *
 * A plan says, for objects of one input shape (and, for nested sources, of given nested shapes), which
 * shape or schema the result has and where each of its slots comes from. Transforms such as Flatten,
 * ReplaceField, ValueToKey or InsertField compute plans in Lua when they meet a new shape and run them here
 * for every record. A plan lives as long as the lc_types it was made with. */
#ifndef LC_DATA_RESHAPE_H
#define LC_DATA_RESHAPE_H

#include "data/value.h"

typedef struct lc_plan lc_plan;

enum { LC_PLAN_MAX_DEPTH = 64 };

/* A plan for inputs of `shape`. Result: a struct of `schema`, or, with `schema` NULL, a map. */
lc_plan *lc_plan_new(lc_types *types, const lc_shape *shape);
/* Next result slot: taken from the field at path[0..depth) (slot indexes; a deeper level is entered through the
 * nested object, whose shape must be guard[i] for i ≥ 1; a null on the way gives null). With `with_default`
 * a null struct field reads as its schema's default (Struct.get). Containers are moved, not copied, unless
 * `copy`: use it when the source stays reachable elsewhere. */
void lc_plan_take(lc_plan *plan, const uint32_t *path, const lc_shape *const *guards, uint32_t depth, bool with_default, bool copy);
/* Next result slot: a constant (deep-copied now), null included. */
void lc_plan_constant(lc_plan *plan, const lc_value *value);
/* Next result slot: filled per call from `inputs[index]` of lc_plan_run (record metadata). */
void lc_plan_input(lc_plan *plan, uint32_t index);
/* Requires that the object at `path` (not a result slot) has shape guard; a null there is refused too unless `may_be_null`. */
void lc_plan_guard(lc_plan *plan, const uint32_t *path, uint32_t depth, const lc_shape *guard, bool may_be_null);
/* Ends the plan: the names of the result. `schema` (a struct's) or NULL and a shape. */
void lc_plan_seal(lc_plan *plan, const lc_shape *result_shape, const lc_schema *result_schema);
/* Runs it: false when a guard doesn't hold (nothing was changed: make another plan). */
bool lc_plan_run(const lc_plan *plan, lc_arena *arena, const lc_value *object, const lc_value *inputs, lc_value *ret_value);

#endif
