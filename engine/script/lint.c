#include "script/lint.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "script/internal.h"

static const lc_embedded *file_named(const char *folder, const char *name)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%s/%s.lua", folder, name);
    const lc_embedded *file = lc_embedded_files;
    while (file->name && strcmp(file->name, wanted)) file++;
    return file;
}

/* require(name) of the checker's own files, each run once. Upvalue 1: what they gave. */
static int require(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    lua_pushvalue(lua, 1);
    lua_rawget(lua, lua_upvalueindex(1));
    if (!lua_isnil(lua, -1)) return 1;
    const lc_embedded *file = file_named("check", name);
    if (!file->name) return luaL_error(lua, "no file check/%s.lua in the library", name);
    if (luaL_loadbuffer(lua, file->text, *file->len, name)) return lua_error(lua);
    lua_call(lua, 0, 1);
    lua_pushvalue(lua, 1);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, lua_upvalueindex(1));
    return 1;
}

static int nearest(lua_State *lua)
{
    size_t len, count = lua_objlen(lua, 2);
    const char *word = luaL_checklstring(lua, 1, &len);
    const char **names = lua_newuserdata(lua, (count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(lua, 2, (int)i + 1);
        names[i] = lua_tostring(lua, -1); /* the table keeps it alive */
        lua_pop(lua, 1);
    }
    const char *found = len < 80 ? lc_nearest(word, names, count) : NULL;
    if (found) lua_pushstring(lua, found);
    else lua_pushnil(lua);
    return 1;
}

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

static void push_libraries(lua_State *lua)
{
    static const lua_CFunction libraries[] = {luaopen_base, luaopen_table, luaopen_string, luaopen_math};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        lua_pushcfunction(lua, libraries[i]);
        lua_call(lua, 0, 0);
    }
    lua_newtable(lua);
    lua_pushcclosure(lua, require, 1);
    lua_setglobal(lua, "require");
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

typedef struct job {
    lc_text text;
    lc_findings *findings;
} job;

static int run(lua_State *lua)
{
    job *j = lua_touserdata(lua, 1);
    push_libraries(lua);
    lua_getglobal(lua, "require");
    lua_pushliteral(lua, "init");
    lua_call(lua, 1, 1);
    lua_pushlstring(lua, j->text.data, j->text.len);
    push_metas(lua);
    lua_pushcfunction(lua, nearest);
    lua_call(lua, 3, 2);
    j->findings->is_plugin = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    size_t count = lua_objlen(lua, -1);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(lua, -1, (int)i);
        take_finding(lua, j->findings);
        lua_pop(lua, 1);
    }
    return 0;
}

lc_error *lc_script_lint(lc_text text, lc_findings *ret)
{
    job j = {text, ret};
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
    *findings = (lc_findings){0};
}
