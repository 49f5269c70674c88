/* What is wrong with the text of a script, found without running it: unknown names and fields, wrong numbers of
 * arguments, unused and hidden names, code that is never reached, capabilities that aren't declared.
 *
 * The work is done by lua/check, in a Lua state of its own; what it knows of the SDK comes from lua/meta. Any
 * thread. */
#ifndef LC_SCRIPT_LINT_H
#define LC_SCRIPT_LINT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

typedef struct lc_finding {
    int line, column; /* from 1; columns count bytes */
    bool is_error;    /* else a warning */
    char *message;
} lc_finding;

typedef struct lc_findings {
    lc_finding *items; /* by line and column */
    size_t count, cap;
    bool is_plugin; /* the text makes a plug-in; else it is a module */
    int *lines;     /* of statements inside of functions, in order */
    size_t line_count;
} lc_findings;

/* `is_test` for files of tests, which see other names. `ret` must be zeroed; what is wrong with the text is no error. */
lc_error *lc_script_lint(lc_text text, bool is_test, lc_findings *ret) LC_RESULT;
void lc_findings_done(lc_findings *findings);
LC_DEFINE_AUTO(lc_findings, lc_findings_done)

#endif
