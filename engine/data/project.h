/* SchemaProjector: reads a value written with one schema as another (numeric promotion, defaults). */
#ifndef LC_DATA_PROJECT_H
#define LC_DATA_PROJECT_H

#include "data/value.h"

/* Errors LC_E_SCHEMA_PROJECTOR with Connect's texts. */
lc_error *lc_schema_project(lc_types *types, lc_arena *arena, const lc_schema *source, const lc_value *value,
                            const lc_schema *target, lc_value *ret_value) LC_RESULT;

#endif
