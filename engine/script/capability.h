/* What a script may do beyond computing: capabilities, granted by the runtime.
 *
 * A connector that declares needs = {"file"} finds task.cap.file only when the runtime granted it. The Lua
 * side of each capability is a file cap_<name>.c of this folder over a plain C implementation in engine/io or
 * engine/net.
 * A grant says what may be reached; an empty one reaches nothing. */
#ifndef LC_SCRIPT_CAPABILITY_H
#define LC_SCRIPT_CAPABILITY_H

#include <stdbool.h>
#include <stddef.h>

#include "net/fetch.h"

/* Answers requests in place of the network, for tests; as lc_fetcher_run. Waits of scripts end at once, too. */
typedef struct lc_http_double {
    lc_error *(*run)(void *context, const lc_fetch_request *requests, size_t count, lc_fetch_answer *ret_answers);
    void *context;
} lc_http_double;

/* Everything a task's script may reach. */
typedef struct lc_grants {
    const char *const *files; /* exact paths, or directories ending in '/', that may be opened; NULL-terminated */
    bool stdio;               /* standard input and output (FileStream connectors without `file`) */
    const char *const *hosts; /* patterns of lc_host_is_granted */
    const char *const *hooks; /* directories, ending in '/', of files that task:hooks may load */
    const lc_http_double *http_double; /* NULL: the network */
    bool any_sql;             /* the databases that a shipped script's own configuration names */
    const char *sql;          /* the worker's script.grants, of which items "sql:…" count; may be NULL */
    struct lc_file_hub *file_hub; /* shared watcher of growing files; owned by the worker */
} lc_grants;

#endif
