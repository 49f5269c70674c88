#include "script/coverage.h"

#include <lua.h>

#include "script/internal.h"

static const char COVERAGE_KEY;

static void mark(lua_State *lua, lua_Debug *at)
{
    lua_pushlightuserdata(lua, (void *)&COVERAGE_KEY);
    lua_rawget(lua, LUA_REGISTRYINDEX);
    lc_coverage *coverage = lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    if (!coverage || !lua_getinfo(lua, "S", at) || strcmp(at->short_src, coverage->file) != 0) return;
    if (at->currentline > 0 && (size_t)at->currentline < coverage->count) coverage->lines[at->currentline] = true;
}

static void watch(lua_State *lua, void *arg)
{
    lua_pushlightuserdata(lua, (void *)&COVERAGE_KEY);
    lua_pushlightuserdata(lua, arg);
    lua_rawset(lua, LUA_REGISTRYINDEX);
    lua_sethook(lua, mark, LUA_MASKLINE, 0);
}

void lc_coverage_watch(lc_state *state, lc_coverage *coverage)
{
    lc_error_free(lc_state_run(state, 1, watch, coverage));
}
