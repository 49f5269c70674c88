/* The budget rewrite: any text that is Lua stays Lua, and the tick's name can't be smuggled in. */
#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <luajit-2.1/lualib.h>
#include <stdlib.h>
#include "script/internal.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static bool is_lua(const char *text, size_t len)
{
    lua_State *lua = luaL_newstate();
    luaL_openlibs(lua);
    bool ok = luaL_loadbufferx(lua, text, len, "=x", "t") == 0;
    lua_close(lua);
    return ok;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    lc_auto(lc_buf) out = {0};
    lc_text source = {(const char *)data, size};
    lc_error *error = lc_budget_rewrite(source, "T", &out);
    lc_error_free(error);
    /* `goto` as the name of a variable before another name is refused instead of rewritten. */
    if (error || !is_lua(source.data, size) || memmem(data, size, "goto", 4)) return 0;
    if (!is_lua(out.data ? out.data : "", out.len)) abort();
    return 0;
}
