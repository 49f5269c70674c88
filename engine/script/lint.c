#include "script/lint.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>

#include "base/memory.h"
#include "script/internal.h"
#include "script/tool_state.h"

/* The annotations: texts of all embedded files of meta/. */
static void push_metas(lua_State *lua)
{
    int at = 0;
    lua_newtable(lua);
    for (const lc_embedded *file = lc_embedded_files; file->name; file++) {
        if (strncmp(file->name, "meta/", 5) != 0) continue;
        lua_pushlstring(lua, file->text, *file->len);
        lua_rawseti(lua, -2, ++at);
    }
}

static void take_finding(lua_State *lua, lc_findings *into)
{
    into->items = lc_grow(into->items, &into->cap, into->count + 1, sizeof *into->items);
    lc_finding *finding = &into->items[into->count++];
    for (int i = 1; i <= 4; i++) lua_rawgeti(lua, -i, i);
    *finding = (lc_finding){.line = (int)lua_tointeger(lua, -4),
                            .column = (int)lua_tointeger(lua, -3),
                            .is_error = !strcmp(lua_tostring(lua, -2), "error"),
                            .message = lc_strdup(lua_tostring(lua, -1))};
    lua_pop(lua, 4);
}

static void take_lines(lua_State *lua, lc_findings *into)
{
    into->line_count = lua_objlen(lua, -1);
    into->lines = lc_alloc((into->line_count + 1) * sizeof *into->lines);
    for (size_t i = 0; i < into->line_count; i++) {
        lua_rawgeti(lua, -1, (int)i + 1);
        into->lines[i] = (int)lua_tointeger(lua, -1);
        lua_pop(lua, 1);
    }
}

typedef struct job {
    lc_text text;
    bool is_test;
    lc_findings *findings;
} job;

static int run(lua_State *lua)
{
    job *j = lua_touserdata(lua, 1);
    lc_tool_state_open(lua, "check");
    lua_pushlstring(lua, j->text.data, j->text.len);
    push_metas(lua);
    lua_pushboolean(lua, j->is_test);
    lua_call(lua, 3, 3);
    take_lines(lua, j->findings);
    j->findings->is_plugin = lua_toboolean(lua, -2);
    lua_pop(lua, 2);
    size_t count = lua_objlen(lua, -1);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(lua, -1, (int)i);
        take_finding(lua, j->findings);
        lua_pop(lua, 1);
    }
    return 0;
}

lc_error *lc_script_lint(lc_text text, bool is_test, lc_findings *ret)
{
    job j = {text, is_test, ret};
    lua_State *lua = luaL_newstate();
    if (!lua) return lc_fail(LC_E_LIMIT, "no memory for a script state");
    lc_error *error = NULL;
    if (lua_cpcall(lua, run, &j))
        error = lc_fail(LC_E_SCRIPT, "can't be checked: %s", lua_isstring(lua, -1) ? lua_tostring(lua, -1) : "?");
    lua_close(lua);
    return error;
}

void lc_findings_done(lc_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) free(findings->items[i].message);
    free(findings->items);
    free(findings->lines);
    *findings = (lc_findings){0};
}
