/* A script's own tests, NAME_test.lua beside it, before a version of it is used: run by `luaconnect test` in a process
 * and a folder of their own, so that neither their time nor what they do touches the worker. */
#ifndef LC_RUNTIME_RELOAD_TESTS_H
#define LC_RUNTIME_RELOAD_TESTS_H

#include "base/buf.h"
#include "script/script.h"

/* The program itself; NULL in a worker that is embedded in another one. To be freed. */
char *lc_reload_tester(void);
/* Whether there are tests; appends their path. */
bool lc_reload_test_of(const lc_script *script, lc_buf *path);
/* LC_E_SCRIPT with the failing cases of the text `test`; LC_E_LIMIT when they had to be ended after `limit_ms`. */
lc_error *lc_reload_run_tests(const lc_script *script, lc_text test, const char *program, int64_t limit_ms) LC_RESULT;

#endif
