/* Files of tests: runs the cases of NAME_test.lua, which run scripts through a function of the caller.
 *
 * The framework is lua/test, in a Lua state of its own without the JIT; a case that runs longer than a minute is
 * stopped. Scripts under test run elsewhere, in their sandbox. One thread. */
#ifndef LC_SCRIPT_TEST_FILE_H
#define LC_SCRIPT_TEST_FILE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

typedef struct lc_test_host {
    void *context;
    /* Runs a script as the request says and appends the answer, both JSON (see cmd_test.c). */
    void (*trial)(void *context, lc_text request, lc_buf *answer);
    /* A case ended; `problem` is NULL when it passed. */
    void (*report)(void *context, const char *name, const char *problem);
} lc_test_host;

/* `file` is the name without folders. Failing cases are no error. */
lc_error *lc_test_file_run(const char *file, lc_text text, const lc_test_host *host) LC_RESULT;

#endif
