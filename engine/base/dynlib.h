/* Third-party libraries that only some connectors use: loaded when the first of them starts, with dlopen, so
 * that the library neither links them nor needs them installed.
 *
 * Who wraps one keeps a struct of function pointers and a table that says where each belongs. Thread-safe. */
#ifndef LC_BASE_DYNLIB_H
#define LC_BASE_DYNLIB_H

#include <stddef.h>

#include "base/error.h"

typedef struct lc_dynlib_symbol {
    const char *name; /* as the library exports it; NULL ends a table */
    size_t offset;    /* of the function pointer in the struct that is filled */
} lc_dynlib_symbol;

/* What a library is called, and who has it. Static. */
typedef struct lc_dynlib_spec {
    const char *soname;              /* "libcurl.so.4" */
    const char *package;             /* Debian's, for the message: "libcurl4" */
    const char *use;                 /* what asks for it, begins the message: "A schema registry" */
    const lc_dynlib_symbol *symbols; /* all of them are needed */
} lc_dynlib_spec;

/* Loads the library, whose symbols stay its own, and fills the pointers in `functions`. It stays loaded until
 * the process ends even after it is closed: such libraries register handlers for that end. LC_E_CONNECT names
 * the library, the package and what asked. */
lc_error *lc_dynlib_open(const lc_dynlib_spec *spec, void *functions, void **ret_library) LC_RESULT;

void lc_dynlib_close(void *library); /* accepts NULL */

#endif
