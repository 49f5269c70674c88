#include "script/handles.h"

#include <lua.h>

#include "base/clock.h"
#include "base/memory.h"

const lc_capability lc_capabilities[] = {
    {"file", lc_native_file},
    {"http", lc_native_http},
    {"sql", lc_native_sql},
    {"tcp", lc_native_tcp},
    {NULL, NULL},
};

void *lc_handle_new(lc_state *state, size_t size, void (*free)(lc_handle *handle))
{
    lc_handle *handle = lc_alloc(size);
    handle->free = free;
    handle->next = state->handles;
    state->handles = handle;
    return handle;
}

void lc_handle_close(lc_state *state, lc_handle *handle)
{
    lc_handle **at = &state->handles;
    while (*at && *at != handle) at = &(*at)->next;
    if (*at) *at = handle->next;
    handle->free(handle);
}

void lc_handles_close_all(lc_state *state)
{
    while (state->handles) lc_handle_close(state, state->handles);
}

const lc_grants *lc_state_grants(const lc_state *state)
{
    static const lc_grants nothing;
    const lc_connector_script *connector = state->connector_script;
    return connector && connector->options.grants ? connector->options.grants : &nothing;
}

bool lc_state_is_stopping(const lc_state *state)
{
    const lc_connector_script *connector = state->connector_script;
    return connector && connector->options.services.stopping &&
           connector->options.services.stopping(connector->options.services.context);
}

void lc_state_waited(lc_state *state, int64_t since_ns)
{
    int64_t now = lc_monotonic_ns();
    state->deadline_ns += now - since_ns;
    state->looked_ns = now;
}

int lc_give_result(lua_State *lua, lc_state *state, lc_error *error)
{
    if (error) (void)lc_state_fail(state, error);
    lua_pushboolean(lua, !error);
    return 1;
}

int lc_give_handle(lua_State *lua, lc_state *state, lc_handle *handle, lc_error *error)
{
    if (error) lc_handle_close(state, handle);
    (void)lc_give_result(lua, state, error);
    if (error) return 1;
    lua_pushlightuserdata(lua, handle);
    return 2;
}
