/* SchemaProjector: reads a value written with one schema as another (numeric promotion, defaults).
 * Pure but for the arena; one thread per lc_types and arena. */
#ifndef LC_DATA_PROJECT_H
#define LC_DATA_PROJECT_H

#include "data/value.h"

/* The value for `target`: containers are new, other values may be shared with `value`. Errors
 * LC_E_SCHEMA_PROJECTOR with Connect's texts, LC_E_DATA for a result that doesn't fit its field, and
 * LC_E_CLASS_CAST or LC_E_NULL_POINTER where a value or an element schema contradicts `source`. */
lc_error *lc_schema_project(lc_types *types, lc_arena *arena, const lc_schema *source, const lc_value *value,
                            const lc_schema *target, lc_value *ret_value) LC_RESULT;

#endif
