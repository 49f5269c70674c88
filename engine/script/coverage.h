/* Which lines of a script ran: for tests. The state must have its JIT off. Owner thread. */
#ifndef LC_SCRIPT_COVERAGE_H
#define LC_SCRIPT_COVERAGE_H

#include "script/state.h"

typedef struct lc_coverage {
    const char *file; /* whose lines count: the script's file name without folders */
    bool *lines;      /* by number */
    size_t count;     /* lines that there is room for: others don't count */
} lc_coverage;

/* Marks what runs from now on. `coverage` must live as long as the state. */
void lc_coverage_watch(lc_state *state, lc_coverage *coverage);

#endif
