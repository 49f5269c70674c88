#include "script/console.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>

#include "base/memory.h"
#include "script/internal.h"

struct lc_console {
    lc_console_options options;
    int object; /* reference of the prelude's console */
    lc_batch *batch;
    double generation; /* of all views since the batch was bound; 0: not yet given */
};

/* write(text) of the prelude's console. */
static int write_text(lua_State *lua)
{
    const lc_console *console = lua_touserdata(lua, lua_upvalueindex(1));
    size_t len;
    const char *text = luaL_checklstring(lua, 1, &len);
    console->options.write(console->options.context, text, len);
    return 0;
}

static void open_console(lua_State *lua, void *arg)
{
    lc_console *console = arg;
    const lc_console_options *o = &console->options;
    lc_state_entry(lua, "console_new");
    lua_pushlightuserdata(lua, console);
    lua_pushcclosure(lua, write_text, 1);
    lua_createtable(lua, (int)o->chain_count, 0);
    for (size_t i = 0; i < o->chain_count; i++) {
        lc_chain_push(lua, o->chains[i]);
        lua_rawseti(lua, -2, (int)i + 1);
    }
    if (o->script) lc_state_push_instance(lua, o->script, o->alias);
    else lua_pushnil(lua);
    lua_call(lua, 3, 1);
    console->object = luaL_ref(lua, LUA_REGISTRYINDEX);
}

lc_error *lc_console_new(const lc_console_options *options, lc_console **ret_console)
{
    lc_autoptr(lc_console) console = lc_alloc(sizeof *console);
    console->options = *options;
    console->object = LUA_NOREF;
    LC_TRY(lc_state_run(options->state, 5, open_console, console));
    *ret_console = lc_steal(console);
    return NULL;
}

void lc_console_free(lc_console *console)
{
    if (!console) return;
    luaL_unref(console->options.state->lua, LUA_REGISTRYINDEX, console->object);
    free(console);
}

void lc_console_bind(lc_console *console, lc_batch *batch)
{
    console->batch = batch;
    console->generation = 0;
}

typedef struct text_run {
    lc_console *console;
    lc_text text;
    bool anew, whole;
} text_run;

static void run_text(lua_State *lua, void *arg)
{
    text_run *r = arg;
    lc_state_entry(lua, "console_run");
    lua_rawgeti(lua, LUA_REGISTRYINDEX, r->console->object);
    lua_pushlstring(lua, r->text.data, r->text.len);
    lua_pushboolean(lua, r->anew);
    lua_call(lua, 3, 1);
    r->whole = lua_toboolean(lua, -1);
}

lc_error *lc_console_run(lc_console *console, lc_text text, bool *ret_whole)
{
    lc_state *state = console->options.state;
    text_run r = {.console = console, .text = text, .anew = !console->generation};
    lc_state_enter(state, console->batch);
    if (r.anew) console->generation = state->frame.generation;
    state->frame.generation = console->generation;
    lc_error *error = lc_state_run(state, 1, run_text, &r);
    state->frame.joined = 1; /* views of earlier texts may nest as well */
    lc_state_leave(state);
    *ret_whole = error || r.whole;
    return error;
}
