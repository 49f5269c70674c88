#include "script/tool_state.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>

#include "script/internal.h"

static const lc_embedded *file_named(const char *folder, const char *name)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%s/%s.lua", folder, name);
    const lc_embedded *file = lc_embedded_files;
    while (file->name && strcmp(file->name, wanted)) file++;
    return file;
}

/* require(name) of the tool's own files, each run once. Upvalues: what they gave, the folder. */
static int require(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1), *folder = lua_tostring(lua, lua_upvalueindex(2));
    lua_pushvalue(lua, 1);
    lua_rawget(lua, lua_upvalueindex(1));
    if (!lua_isnil(lua, -1)) return 1;
    const lc_embedded *file = file_named(folder, name);
    if (!file->name) return luaL_error(lua, "no file %s/%s.lua in the library", folder, name);
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

void lc_tool_state_open(lua_State *lua, const char *folder)
{
    static const lua_CFunction libraries[] = {luaopen_base, luaopen_table, luaopen_string, luaopen_math};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        lua_pushcfunction(lua, libraries[i]);
        lua_call(lua, 0, 0);
    }
    lua_pushcfunction(lua, nearest);
    lua_setglobal(lua, "nearest");
    lua_newtable(lua);
    lua_pushstring(lua, folder);
    lua_pushcclosure(lua, require, 2);
    lua_pushvalue(lua, -1);
    lua_setglobal(lua, "require");
    lua_pushliteral(lua, "init");
    lua_call(lua, 1, 1);
}
