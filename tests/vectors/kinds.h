/* What runs a vector: one function per kind, and the ways to say whether the outcome is the expected one.
 *
 * A new kind is a file kind_<name>.c with a function kind_<name>; its declaration below is weak, so the table
 * in kinds.c has it as soon as it is linked. Kinds without a function fail. One thread; each vector has its
 * own types and arena. */
#ifndef LC_TESTS_VECTORS_KINDS_H
#define LC_TESTS_VECTORS_KINDS_H

#include "tv.h"

typedef struct vector_options {
    bool jit_off; /* --jit=off: scripts are interpreted */
    int hotloop;  /* --hotloop=N: LuaJIT compiles after N iterations; 0: as it likes */
} vector_options;

typedef struct vector {
    const lc_json *json;   /* the line */
    const lc_json *expect; /* its member */
    tv_scope scope;
    lc_batch batch; /* for kinds with records; its arena is the scope's */
    const vector_options *options;
    lc_buf report; /* why it failed */
} vector;

/* Runs the vector. An error says that the vector can't be read; what the code under test raises goes to
 * vector_raised. */
typedef lc_error *vector_fn(vector *v, bool *ret_passed);

/* NULL: no such kind here. */
vector_fn *kind_find(const char *kind);

vector_fn kind_values, kind_schema, kind_converter;
__attribute__((weak)) vector_fn kind_transform, kind_chain, kind_predicate, kind_configdef, kind_avro;

/* Judges an error (taken over) that came in `phase`, "configure" or "apply". */
bool vector_raised(vector *v, const char *phase, lc_error *error);
/* The same for an outcome that was expected otherwise (one of several results of a chain). */
bool vector_raised_as(vector *v, const lc_json *expect, const char *phase, lc_error *error);

/* Each adds to the report and answers false when the expectation is another one, an error included. `place`
 * is the schema at the place of the expected data, or NULL. */
lc_error *vector_gave_data(vector *v, const char *member, const lc_schema *place, const lc_value *actual,
                           bool *ret_passed) LC_RESULT;
lc_error *vector_gave_pair(vector *v, const lc_schema *schema, const lc_value *value,
                           bool *ret_passed) LC_RESULT;
lc_error *vector_gave_schema(vector *v, const lc_schema *actual, bool *ret_passed) LC_RESULT;
lc_error *vector_gave_bytes(vector *v, lc_text actual, bool *ret_passed) LC_RESULT;
lc_error *vector_gave_bool(vector *v, const char *member, bool actual, bool *ret_passed) LC_RESULT;
/* `expect` holds {"record"} (null: dropped) or an error; `actual` NULL: dropped. */
lc_error *vector_gave_record(vector *v, const lc_json *expect, const lc_record *actual,
                             bool *ret_passed) LC_RESULT;

#endif
