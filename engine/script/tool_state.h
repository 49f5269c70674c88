/* A plain Lua state for the tools of lua/check and lua/test: basic libraries, `require` of the tool's own files and
 * `nearest(word, names)`. Scripts never run in it. */
#ifndef LC_SCRIPT_TOOL_STATE_H
#define LC_SCRIPT_TOOL_STATE_H

struct lua_State;

/* Opens the libraries and leaves what the folder's init.lua gives on the stack. Raises. */
void lc_tool_state_open(struct lua_State *lua, const char *folder);

#endif
