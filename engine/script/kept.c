/* State that scripts hand to their next version: see lua/lc/kept.lua. */
#include <lua.h>

#include "script/internal.h"

static void give(lua_State *lua, void *arg)
{
    lc_buf *into = arg;
    lc_text bytes;
    lc_state_entry(lua, "give_kept");
    lua_call(lua, 0, 1);
    bytes.data = lua_tolstring(lua, -1, &bytes.len);
    if (bytes.data) lc_buf_add(into, bytes.data, bytes.len);
}

static void take(lua_State *lua, void *arg)
{
    const lc_text *kept = arg;
    lc_state_entry(lua, "take_kept");
    lua_pushlstring(lua, kept->data, kept->len);
    lua_call(lua, 1, 0);
}

/* Failing to is no reason to stop: the script starts with what it says itself. */
static void run(lc_state *state, void (*body)(lua_State *lua, void *arg), void *arg)
{
    lc_error *error = lc_state_run(state, 1, body, arg);
    if (error)
        lc_log(state->log, LC_LOG_DEBUG, "script.kept", "state of a script is not handed over", "connector",
               state->connector, "error", lc_error_message(error), NULL);
    lc_error_free(error);
}

void lc_state_give_kept(lc_state *state, lc_buf *into)
{
    run(state, give, into);
}

void lc_state_take_kept(lc_state *state, lc_text kept)
{
    if (kept.len) run(state, take, &kept);
}

void lc_state_hand_over(lc_state *from, lc_state *to)
{
    lc_auto(lc_buf) kept = {0};
    lc_state_give_kept(from, &kept);
    lc_state_take_kept(to, (lc_text){kept.data, kept.len});
}
