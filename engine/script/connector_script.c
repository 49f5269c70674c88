#include "script/connector_script.h"

#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "script/handles.h"

enum { START_SHARE = 5, STOP_SHARE = 5, LOOK_MS = 100, LARGEST_HOOKS = 1 << 20 };
static const double LONGEST_IDLE_MS = 366.0 * 86400000;

static lc_error *parse_settings(lc_script *script, const lc_props *settings, lc_config_values **ret_values)
{
    lc_autoptr(lc_props) none = lc_props_new();
    return lc_config_parse(lc_script_settings_def(script), settings ? settings : none, ret_values);
}

/* A call into Lua: the connector and whatever its body needs. */
typedef struct call {
    lc_connector_script *connector;
    const lc_config_values *values;
    const char *hook;
    const lc_partition_name *partitions;
    lc_partition_name *opened; /* the same, of open */
    size_t count;
    lc_poll_result *poll;
    /* of tasks */
    lc_script *script;
    int max;
    lc_props ***configs;
    const lc_props *settings;
    lc_props *found; /* of a check */
} call;

static void make_task(lua_State *lua, void *arg)
{
    call *c = arg;
    const lc_connector_options *options = &c->connector->options;
    lc_state_entry(lua, "new_task");
    lc_state_push_plugin(lua, options->script);
    lc_push_settings(lua, c->values);
    lua_pushstring(lua, options->connector);
    lua_pushnumber(lua, options->task);
    lua_pushboolean(lua, options->services.transactions);
    lua_call(lua, 5, 1);
    c->connector->object = luaL_ref(lua, LUA_REGISTRYINDEX);
}

lc_error *lc_connector_script_new(lc_state *state, const lc_connector_options *options,
                                  lc_connector_script **ret)
{
    lc_autoptr(lc_config_values) values = NULL;
    lc_script_kind kind = lc_script_kind_of(options->script);
    if (kind != LC_SCRIPT_SOURCE && kind != LC_SCRIPT_SINK)
        return lc_fail(LC_E_CONFIG, "%s is no connector", lc_script_name(options->script));
    LC_TRY(parse_settings(options->script, options->settings, &values));
    lc_autoptr(lc_connector_script) connector = lc_alloc(sizeof *connector);
    connector->state = state;
    connector->options = *options;
    connector->object = LUA_NOREF;
    state->connector_script = connector;
    call c = {.connector = connector, .values = values};
    LC_TRY(lc_state_run(state, START_SHARE, make_task, &c));
    *ret = lc_steal(connector);
    return NULL;
}

void lc_connector_script_free(lc_connector_script *connector)
{
    if (!connector) return;
    if (connector->object != LUA_NOREF)
        luaL_unref(connector->state->lua, LUA_REGISTRYINDEX, connector->object);
    lc_handles_close_all(connector->state);
    lc_ranges_done(&connector->ranges);
    free(connector->boundaries);
    connector->state->connector_script = NULL;
    free(connector);
}

/* tasks */

static void read_config(lua_State *lua, lc_props *into)
{
    int table = lua_gettop(lua);
    lua_pushnil(lua);
    while (lua_next(lua, table)) {
        lc_text key, value;
        key.data = lua_tolstring(lua, -2, &key.len);
        value.data = lua_tolstring(lua, -1, &value.len);
        lc_props_set_text(into, key, value);
        lua_pop(lua, 1);
    }
}

static void call_tasks(lua_State *lua, void *arg)
{
    call *c = arg;
    lc_state_entry(lua, "tasks");
    lc_state_push_plugin(lua, c->script);
    lc_push_settings(lua, c->values);
    lua_pushnumber(lua, c->max);
    lua_call(lua, 3, 1);
    size_t count = lua_objlen(lua, 1);
    *c->configs = lc_alloc((count + 1) * sizeof **c->configs);
    for (; c->count < count; c->count++) {
        (*c->configs)[c->count] = lc_props_copy(c->settings);
        lua_rawgeti(lua, 1, (int)c->count + 1);
        read_config(lua, (*c->configs)[c->count]);
        lua_pop(lua, 1);
    }
}

lc_error *lc_connector_script_tasks(lc_state *state, lc_script *script, const lc_props *settings, int max,
                                    lc_props ***ret_configs, size_t *ret_count)
{
    lc_autoptr(lc_config_values) values = NULL;
    LC_TRY(parse_settings(script, settings, &values));
    if (!lc_script_has_hook(script, "tasks")) {
        *ret_count = max >= 1;
        *ret_configs = lc_alloc(2 * sizeof **ret_configs);
        if (max >= 1) (*ret_configs)[0] = lc_props_copy(settings);
        return NULL;
    }
    lc_props **configs = NULL;
    call c = {.script = script, .values = values, .max = max, .configs = &configs, .settings = settings};
    lc_error *error = lc_state_run(state, START_SHARE, call_tasks, &c);
    if (!error && c.count > (size_t)max)
        error = lc_fail(LC_E_CONNECT, "%s made %zu task configurations where at most %d are allowed",
                        lc_script_name(script), c.count, max);
    if (!error) {
        *ret_configs = configs;
        *ret_count = c.count;
        return NULL;
    }
    for (size_t i = 0; i < c.count; i++) lc_props_free(configs[i]);
    free(configs);
    return error;
}

/* Hooks */

static void push_object(lua_State *lua, const lc_connector_script *connector)
{
    connector->state->in_hook = true;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, connector->object);
}

static void push_partitions(lua_State *lua, const lc_partition_name *partitions, size_t count)
{
    lua_createtable(lua, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_createtable(lua, 0, 3);
        lua_pushlstring(lua, partitions[i].topic.data, partitions[i].topic.len);
        lua_setfield(lua, -2, "topic");
        lua_pushnumber(lua, partitions[i].partition);
        lua_setfield(lua, -2, "partition");
        lua_pushnumber(lua, (double)partitions[i].offset);
        lua_setfield(lua, -2, "offset");
        lua_rawseti(lua, -2, (int)i + 1);
    }
}

static void call_hook(lua_State *lua, void *arg)
{
    call *c = arg;
    lc_state_entry(lua, "call");
    push_object(lua, c->connector);
    lua_pushstring(lua, c->hook);
    if (c->partitions) push_partitions(lua, c->partitions, c->count);
    else lua_pushnil(lua);
    lua_call(lua, 3, 0);
}

static lc_error *run_hook(lc_connector_script *connector, const char *hook, int share)
{
    if (!lc_script_has_hook(connector->options.script, hook)) return NULL;
    call c = {.connector = connector, .hook = hook};
    return lc_state_run(connector->state, share, call_hook, &c);
}

static void call_check(lua_State *lua, void *arg)
{
    call *c = arg;
    lc_state_entry(lua, "call");
    push_object(lua, c->connector);
    lua_pushstring(lua, "check");
    lua_call(lua, 2, 1);
    if (lua_istable(lua, 1)) read_config(lua, c->found);
}

lc_error *lc_connector_script_check(lc_connector_script *connector, lc_props *into)
{
    if (!lc_script_has_hook(connector->options.script, "check")) return NULL;
    call c = {.connector = connector, .found = into};
    return lc_state_run(connector->state, START_SHARE, call_check, &c);
}

lc_error *lc_connector_script_start(lc_connector_script *connector)
{
    return run_hook(connector, "start", START_SHARE);
}

lc_error *lc_connector_script_flush(lc_connector_script *connector)
{
    return run_hook(connector, "flush", START_SHARE);
}

lc_error *lc_connector_script_commit(lc_connector_script *connector)
{
    return run_hook(connector, "commit", 1);
}

lc_error *lc_connector_script_stop(lc_connector_script *connector)
{
    lc_error *error = run_hook(connector, "stop", STOP_SHARE);
    lc_handles_close_all(connector->state);
    return error;
}

static lc_error *run_partitions(lc_connector_script *connector, const char *hook,
                                const lc_partition_name *partitions, size_t count)
{
    if (!lc_script_has_hook(connector->options.script, hook)) return NULL;
    static const lc_partition_name none;
    call c = {
        .connector = connector, .hook = hook, .partitions = partitions ? partitions : &none, .count = count};
    return lc_state_run(connector->state, 1, call_hook, &c);
}

static void call_open(lua_State *lua, void *arg)
{
    call *c = arg;
    lc_state_entry(lua, "open");
    push_object(lua, c->connector);
    push_partitions(lua, c->opened, c->count);
    lua_call(lua, 2, 1);
    lc_ranges_open(&c->connector->ranges, lua, c->opened, c->count);
}

lc_error *lc_connector_script_open(lc_connector_script *connector, lc_partition_name *partitions,
                                   size_t count)
{
    if (!lc_script_has_hook(connector->options.script, "open")) return NULL;
    call c = {.connector = connector, .opened = partitions, .count = count};
    return lc_state_run(connector->state, 1, call_open, &c);
}

bool lc_connector_script_keeps_offsets(const lc_connector_script *connector)
{
    return connector->ranges.are_kept;
}

lc_error *lc_connector_script_close(lc_connector_script *connector, const lc_partition_name *partitions,
                                    size_t count)
{
    lc_ranges_close(&connector->ranges, partitions, count);
    return run_partitions(connector, "close", partitions, count);
}

static void call_poll(lua_State *lua, void *arg)
{
    call *c = arg;
    lc_state_entry(lua, "poll");
    push_object(lua, c->connector);
    lua_call(lua, 1, 2);
    double ms = lua_tonumber(lua, 1);
    *c->poll = (lc_poll_result){
        .idle_ms = ms > 0 ? (int64_t)(ms < LONGEST_IDLE_MS ? ms : LONGEST_IDLE_MS) : 0,
        .wake_fd = (int)lua_tonumber(lua, 2),
        .done = ms < 0};
}

lc_error *lc_connector_script_poll(lc_connector_script *connector, lc_batch *batch, uint32_t room,
                                   lc_poll_result *ret)
{
    call c = {.connector = connector, .poll = ret};
    *ret = (lc_poll_result){.wake_fd = -1};
    connector->boundary_count = 0;
    lc_state_enter(connector->state, batch);
    uint32_t most = connector->state->record_limit;
    connector->state->frame.room = room < most ? room : most;
    lc_error *error = lc_state_run(connector->state, 1, call_poll, &c);
    ret->boundaries = connector->boundaries;
    ret->boundary_count = connector->boundary_count;
    lc_state_leave(connector->state);
    if (!batch->count) lc_state_rest(connector->state);
    return error;
}

static void call_put(lua_State *lua, void *arg)
{
    call *c = arg;
    lc_state_entry(lua, "put");
    push_object(lua, c->connector);
    if (lc_script_has_hook(c->connector->options.script, "open")) lc_ranges_push(&c->connector->ranges, lua);
    else lua_pushnil(lua);
    lua_call(lua, 2, 0);
}

lc_error *lc_connector_script_put(lc_connector_script *connector, lc_batch *batch)
{
    lc_state *state = connector->state;
    call c = {.connector = connector};
    uint32_t *live = lc_arena_alloc(&batch->arena, (batch->count + 1) * sizeof *live), count = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (batch->records[i].state == LC_LIVE) live[count++] = i;
    }
    lc_ranges_measure(&connector->ranges, batch);
    lc_state_enter(state, batch);
    state->frame.live = live;
    state->frame.live_count = count;
    lc_error *error = lc_state_run(state, 1, call_put, &c);
    if (!error) lc_ranges_advance(&connector->ranges);
    lc_state_leave(state);
    return error;
}

/* What scripts ask of their task */

/* offset(): the committed offset of the partition in frame->a, in frame->b. True, or false with the error
 * left. */
static int offset(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    const lc_connector_script *connector = state->connector_script;
    lc_value partition = state->frame.a;
    state->frame.b = lc_value_null();
    lc_error *error = NULL;
    if (connector && connector->options.services.offset)
        error = connector->options.services.offset(connector->options.services.context, state->arena,
                                                   &partition, &state->frame.b);
    if (error) (void)lc_state_fail(state, error);
    lua_pushboolean(lua, !error);
    return 1;
}

static int stopping(lua_State *lua)
{
    lua_pushboolean(lua, lc_state_is_stopping(lc_state_of(lua)));
    return 1;
}

/* in_hook(): whether it is a hook of the connector that runs, and no transform. */
static int in_hook(lua_State *lua)
{
    lua_pushboolean(lua, lc_state_of(lua)->in_hook);
    return 1;
}

/* now(): milliseconds of a clock that only goes forward. */
static int now(lua_State *lua)
{
    lua_pushnumber(lua, (double)lc_monotonic_ns() / 1e6);
    return 1;
}

/* pause(ms): waits, for a tenth of a second at most; how much of it passes only in the minds of tests. */
static int pause_ms(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    double ms = luaL_checknumber(lua, 1);
    bool is_real = !state->clock_ms && !lc_state_grants(state)->http_double;
    int64_t since = lc_monotonic_ns();
    ms = ms < LOOK_MS || !is_real ? ms : LOOK_MS;
    if (is_real) lc_sleep_ms((int64_t)ceil(ms));
    else if (state->clock_ms) *state->clock_ms += ms;
    lc_state_waited(state, since);
    lua_pushnumber(lua, is_real ? 0 : ms);
    return 1;
}

/* sleep(ms): false when it ended early because the task was asked to stop. Looks ten times a second. */
static int sleep_ms(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    double ms = luaL_checknumber(lua, 1);
    int64_t since = lc_monotonic_ns(), until = since / 1000000, left;
    ms = ms > LONGEST_IDLE_MS ? LONGEST_IDLE_MS : ms > 0 ? ms : 0;
    until += (int64_t)ms;
    if (state->clock_ms) *state->clock_ms += ms;
    if (state->clock_ms || lc_state_grants(state)->http_double) until = 0;
    while (!lc_state_is_stopping(state) && (left = until - lc_monotonic_ms()) > 0)
        lc_sleep_ms(left < LOOK_MS ? left : LOOK_MS);
    lc_state_waited(state, since);
    lua_pushboolean(lua, !lc_state_is_stopping(state));
    return 1;
}

/* read_hooks(name): true, the text and the folder of the first hooks/name.lua that there is. */
static int read_hooks(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    const char *name = luaL_checkstring(lua, 1), *const *folder = lc_state_grants(state)->hooks;
    for (; folder && *folder; folder++) {
        lua_pushfstring(lua, "%s%s.lua", *folder, name);
        if (!access(lua_tostring(lua, -1), R_OK)) break;
        lua_pop(lua, 1);
    }
    if (!folder || !*folder)
        return lc_give_result(lua, state,
                              lc_fail(LC_E_CONFIG, "there is no hooks/%s.lua in a directory of plugin.path", name));
    lc_buf_reset(&state->text);
    lc_error *error = lc_file_read(lua_tostring(lua, -1), LARGEST_HOOKS, &state->text);
    (void)lc_give_result(lua, state, error);
    if (error) return 1;
    lua_pushlstring(lua, state->text.data ? state->text.data : "", state->text.len);
    lua_pushstring(lua, *folder);
    return 3;
}

/* boundary(index of a record or -1, aborts) */
static int boundary(lua_State *lua)
{
    lc_connector_script *connector = lc_state_of(lua)->connector_script;
    double index = luaL_checknumber(lua, 1);
    if (!connector) return 0;
    connector->boundaries = lc_grow(connector->boundaries, &connector->boundary_cap,
                                    connector->boundary_count + 1, sizeof *connector->boundaries);
    connector->boundaries[connector->boundary_count++] =
        (lc_boundary){index < 0 ? LC_BATCH_END : (uint32_t)index, lua_toboolean(lua, 2)};
    return 0;
}

const lc_native lc_native_task[] = {
    {"offset", offset},         {"stopping", stopping}, {"sleep", sleep_ms},
    {"in_hook", in_hook},       {"now", now},           {"pause", pause_ms},
    {"read_hooks", read_hooks}, {"boundary", boundary}, {NULL, NULL},
};
