/* What a script has open through its capabilities, and which capabilities there are. Private to this folder.
 *
 * A capability X is a file cap_X.c with a list of functions, a line of the table in handles.c, a file
 * lua/prelude/X.lua with its line in prelude/parts.lua, and annotations in lua/meta. Owner thread. */
#ifndef LC_SCRIPT_HANDLES_H
#define LC_SCRIPT_HANDLES_H

#include "script/connector_internal.h"

/* Begins every capability's own handle. Scripts never hold one: the prelude does, as light userdata. */
typedef struct lc_handle {
    struct lc_handle *next;
    void (*free)(struct lc_handle *handle); /* closes what it stands for, and frees it */
} lc_handle;

/* A zeroed handle of `size` bytes that the state closes with its connector at the latest. */
void *lc_handle_new(lc_state *state, size_t size, void (*free)(lc_handle *handle));
void lc_handle_close(lc_state *state, lc_handle *handle);

/* What the connector of the state may reach; nothing without one. */
const lc_grants *lc_state_grants(const lc_state *state);
/* The task was asked to stop. */
bool lc_state_is_stopping(const lc_state *state);

/* LC_E_CONNECT when the file isn't granted; NULL: standard input and output. (cap_file.c) */
lc_error *lc_file_check(const lc_state *state, const char *path) LC_RESULT;
/* What passed since then was no time of the script: the running call gets it back. */
void lc_state_waited(lc_state *state, int64_t since_ns);

/* Results of the capabilities' functions: true, or false with the error left in the state; and a handle behind
 * true. An error closes the handle. */
int lc_give_result(struct lua_State *lua, lc_state *state, lc_error *error);
int lc_give_handle(struct lua_State *lua, lc_state *state, lc_handle *handle, lc_error *error);

typedef struct lc_capability {
    const char *name;
    const lc_native *functions;
} lc_capability;
extern const lc_capability lc_capabilities[]; /* ends with a NULL name */

#endif
