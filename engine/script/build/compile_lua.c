/* Build tool: compiles one Lua file to bytecode, so that a state starts without parsing.
 *   lc_compile_lua FILE CHUNK OUT        lc_compile_lua -version - OUT writes the version of LuaJIT instead
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>

/* string.dump(f, true): without the names of locals and lines, which scripts never see and every state would hold. */
static int write_stripped(lua_State *lua, FILE *out)
{
    size_t size;
    lua_getglobal(lua, "string");
    lua_getfield(lua, -1, "dump");
    lua_pushvalue(lua, 1);
    lua_pushboolean(lua, 1);
    lua_call(lua, 2, 1);
    const char *bytes = lua_tolstring(lua, -1, &size);
    return fwrite(bytes, 1, size, out) != size;
}

static int compile(const char *path, const char *chunk, FILE *out)
{
    lua_State *lua = luaL_newstate();
    char name[256];
    snprintf(name, sizeof name, "=%s", chunk);
    FILE *in = fopen(path, "rb");
    if (!in || !lua) return 1;
    static char text[1 << 20];
    size_t size = fread(text, 1, sizeof text, in);
    fclose(in);
    luaL_openlibs(lua);
    lua_settop(lua, 0);
    int failed = luaL_loadbuffer(lua, text, size, name);
    if (failed) fprintf(stderr, "%s\n", lua_tostring(lua, -1));
    else failed = write_stripped(lua, out);
    lua_close(lua);
    return failed;
}

static int write_version(FILE *out)
{
    lua_State *lua = luaL_newstate();
    if (!lua) return 1;
    luaL_openlibs(lua);
    lua_getglobal(lua, "jit");
    lua_getfield(lua, -1, "version");
    int failed = fputs(lua_tostring(lua, -1), out) < 0;
    lua_close(lua);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc != 4) return 1;
    FILE *out = fopen(argv[3], "wb");
    if (!out) return 1;
    int failed = strcmp(argv[1], "-version") ? compile(argv[1], argv[2], out) : write_version(out);
    return fclose(out) || failed;
}
