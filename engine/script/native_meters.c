/* lc.metrics: the C half of lua/prelude/metrics.lua. */
#include <lauxlib.h>
#include <lua.h>

#include "script/bridge.h"
#include "script/meters.h"

/* meter(kind, name, {bounds}, help): its address, or nothing and the error for P.throw. */
static int meter(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    double bounds[LC_METER_BOUNDS];
    lc_meter_spec spec = {.kind = (lc_meter_kind)luaL_checkinteger(lua, 1), .bounds = bounds};
    spec.name.data = luaL_checklstring(lua, 2, &spec.name.len);
    spec.bound_count = lua_objlen(lua, 3);
    if (spec.bound_count > LC_METER_BOUNDS) return luaL_error(lua, "too many bounds");
    for (size_t i = 0; i < spec.bound_count; i++) {
        lua_rawgeti(lua, 3, (int)i + 1);
        bounds[i] = lua_tonumber(lua, -1);
        lua_pop(lua, 1);
    }
    spec.help.data = luaL_optlstring(lua, 4, "", &spec.help.len);
    if (!state->meters) state->meters = lc_meters_new();
    lc_meter *found = NULL;
    lc_error *error = lc_meters_open(state->meters, &spec, &found);
    if (error) {
        (void)lc_state_fail(state, error);
        return 0;
    }
    lua_pushlightuserdata(lua, found);
    return 1;
}

/* Only the task's thread writes; readers must see whole numbers. */
static void add(double *to, double more)
{
    double sum = *to + more;
    __atomic_store(to, &sum, __ATOMIC_RELAXED);
}

void lc_bridge_meter_observe(lc_meter *meter, double x)
{
    size_t at = 0, count = (size_t)meter->bound_count;
    while (at < count && x > meter->bounds[at]) at++;
    add(&meter->hits[at], 1);
    add(&meter->value, x);
}

const lc_native lc_native_meters[] = {
    {"meter", meter},
    {NULL, NULL},
};
