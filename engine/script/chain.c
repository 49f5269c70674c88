#include "script/chain.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"
#include "script/internal.h"

struct lc_chain {
    lc_state *state;
    int function; /* reference of the prelude's chain object */
    lc_strings classes;
    lc_laps laps;
};

typedef struct build {
    lc_chain *chain;
    const lc_chain_step *steps;
    size_t count;
    lc_config_values **values; /* two a step: the transform's, the predicate's */
    const char *alias;         /* of what is being configured */
} build;

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && !strcmp(text + len - end_len, end);
}

/* Pushes what `configure` gives for a plug-in, below it the plug-in itself. */
static void push_configured(lua_State *lua, const char *alias, lc_script *script, const char *class_name,
                            const lc_config_values *values)
{
    lc_state_push_instance(lua, script, alias ? alias : "");
    lc_state_entry(lua, "configure");
    lua_pushvalue(lua, -2);
    lc_push_settings(lua, values);
    if (class_name && (ends_with(class_name, "$Key") || ends_with(class_name, "$Value"))) {
        lua_pushstring(lua, ends_with(class_name, "$Key") ? "key" : "value");
        lua_setfield(lua, -2, "side");
    }
    lua_call(lua, 2, 1);
}

/* Pushes one step as the prelude wants it. */
static void push_step(lua_State *lua, build *b, size_t at)
{
    const lc_chain_step *step = &b->steps[at];
    lua_newtable(lua);
    int table = lua_gettop(lua);
    b->alias = step->alias;
    push_configured(lua, step->alias, step->transform, step->class_name, b->values[2 * at]);
    lua_setfield(lua, table, "cfg");
    lua_setfield(lua, table, "plugin");
    if (!step->predicate) return;
    b->alias = step->predicate_alias;
    push_configured(lua, step->predicate_alias, step->predicate, step->predicate_class, b->values[2 * at + 1]);
    lua_setfield(lua, table, "test_cfg");
    lua_setfield(lua, table, "test_plugin");
    lua_pushboolean(lua, step->negate);
    lua_setfield(lua, table, "negate");
}

static void build_chain(lua_State *lua, void *arg)
{
    build *b = arg;
    lc_state_entry(lua, "new_chain");
    lua_createtable(lua, (int)b->count, 0);
    for (size_t i = 0; i < b->count; i++) {
        push_step(lua, b, i);
        lua_rawseti(lua, 2, (int)i + 1);
    }
    b->alias = NULL;
    lua_call(lua, 1, 1);
    b->chain->function = luaL_ref(lua, LUA_REGISTRYINDEX);
}

void lc_chain_push(lua_State *lua, const lc_chain *chain)
{
    lua_rawgeti(lua, LUA_REGISTRYINDEX, chain->function);
}

static lc_error *expect_kind(const char *alias, lc_script *script, lc_script_kind kind)
{
    if (lc_script_kind_of(script) == kind) return NULL;
    return lc_fail(LC_E_CONFIG, "%s: %s is no %s", alias, lc_script_name(script),
                   kind == LC_SCRIPT_TRANSFORM ? "transform" : "predicate");
}

static lc_error *parse_settings(lc_script *script, const lc_props *settings, lc_config_values **ret_values)
{
    lc_autoptr(lc_props) none = lc_props_new();
    return lc_config_parse(lc_script_settings_def(script), settings ? settings : none, ret_values);
}

static lc_error *parse_steps(build *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const lc_chain_step *step = &b->steps[i];
        LC_TRY(expect_kind(step->alias, step->transform, LC_SCRIPT_TRANSFORM));
        LC_TRY(parse_settings(step->transform, step->settings, &b->values[2 * i]));
        if (!step->predicate) continue;
        LC_TRY(expect_kind(step->predicate_alias, step->predicate, LC_SCRIPT_PREDICATE));
        LC_TRY(parse_settings(step->predicate, step->predicate_settings, &b->values[2 * i + 1]));
    }
    return NULL;
}

static void free_values(build *b)
{
    for (size_t i = 0; i < 2 * b->count; i++) lc_config_values_free(b->values[i]);
    free(b->values);
}

lc_error *lc_chain_new(lc_state *state, const lc_chain_step *steps, size_t count, lc_chain **ret_chain)
{
    lc_autoptr(lc_chain) chain = lc_alloc(sizeof *chain);
    chain->state = state;
    chain->function = LUA_NOREF;
    for (size_t i = 0; i < count; i++) {
        const char *class_name = steps[i].class_name;
        lc_strings_add(&chain->classes, class_name ? class_name : lc_script_java_class(steps[i].transform));
    }
    chain->laps.count = count;
    chain->laps.ns = lc_alloc((count + 1) * sizeof *chain->laps.ns);
    build b = {.chain = chain, .steps = steps, .count = count};
    b.values = lc_alloc((2 * count + 1) * sizeof *b.values);
    lc_error *error = parse_steps(&b);
    if (!error) error = lc_state_run(state, 5, build_chain, &b);
    free_values(&b);
    if (error && b.alias && !lc_error_where(error)) lc_error_set_where(error, b.alias);
    if (error) return error;
    *ret_chain = lc_steal(chain);
    return NULL;
}

void lc_chain_free(lc_chain *chain)
{
    if (!chain) return;
    if (chain->function != LUA_NOREF) luaL_unref(chain->state->lua, LUA_REGISTRYINDEX, chain->function);
    lc_strings_done(&chain->classes);
    free(chain->laps.ns);
    free(chain);
}

typedef struct run {
    lc_chain *chain;
    uint32_t index, step, done;
    bool result;
} run;

static void apply(lua_State *lua, void *arg)
{
    run *r = arg;
    lc_state_entry(lua, "apply");
    lua_rawgeti(lua, LUA_REGISTRYINDEX, r->chain->function);
    lua_pushnumber(lua, r->index);
    lua_call(lua, 2, 1);
    r->done = (uint32_t)lua_tonumber(lua, -1);
}

static void retry(lua_State *lua, void *arg)
{
    run *r = arg;
    lc_state_entry(lua, "retry");
    lua_rawgeti(lua, LUA_REGISTRYINDEX, r->chain->function);
    lua_pushnumber(lua, r->index);
    lua_pushnumber(lua, r->step);
    lua_call(lua, 3, 0);
}

static void test(lua_State *lua, void *arg)
{
    run *r = arg;
    lc_state_entry(lua, "test");
    lua_rawgeti(lua, LUA_REGISTRYINDEX, r->chain->function);
    lua_pushnumber(lua, r->step);
    lua_pushnumber(lua, r->index);
    lua_call(lua, 3, 1);
    r->result = lua_toboolean(lua, -1);
}

/* Records `from` to `end` weren't reached because the time of the call ran out several times. */
static void fail_rest(lc_batch *batch, uint32_t from, uint32_t end)
{
    for (uint32_t i = from; i < end; i++) {
        lc_record *record = &batch->records[i];
        if (record->state != LC_LIVE) continue;
        lc_record_fail(
            record, LC_STAGE_TRANSFORMATION,
            lc_fail(LC_E_LIMIT,
                    "not run: other records of the batch took longer than script.timeout.ms allows"));
    }
}

static void mark_last(lc_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        batch->records[i].last_of_origin =
            i + 1 == batch->count || batch->records[i + 1].origin != batch->records[i].origin;
    }
}

/* Puts records where they belong after a split: each right behind the one before it in the order in which
 * they were finished; copies that no transform returned are gone. */
static void reorder(lc_state *state, lc_batch *batch, uint32_t before)
{
    uint32_t count = state->order_count;
    lc_record *sorted = lc_arena_alloc(&batch->arena, (count + 1) * sizeof *sorted);
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = batch->records[state->order[i]];
        sorted[i].reserved = 0;
        batch->records[state->order[i]].error = NULL;
    }
    for (uint32_t i = before; i < batch->count; i++) lc_error_free(batch->records[i].error);
    memcpy(batch->records, sorted, count * sizeof *sorted);
    batch->count = count;
}

static void finish(lc_chain *chain, lc_batch *batch, uint32_t from, uint32_t before)
{
    lc_state *state = chain->state;
    if (state->frame.split) {
        for (uint32_t i = from; i < before; i++) (void)lc_bridge_table.record_done(&state->frame, i);
        reorder(state, batch, before);
    }
    mark_last(batch);
}

void lc_chain_watch(lc_chain *chain, const lc_chain_watcher *watcher)
{
    chain->laps.watcher = watcher;
}

const int64_t *lc_chain_laps(const lc_chain *chain)
{
    return chain->laps.ns;
}

static void begin_laps(lc_chain *chain)
{
    lc_laps *laps = &chain->laps;
    memset(laps->ns, 0, laps->count * sizeof *laps->ns);
    laps->records = 0;
    laps->last_ns = lc_monotonic_ns();
    chain->state->laps = laps;
    chain->state->frame.watched = laps->watcher != NULL;
}

/* What was timed one by one stands for all. */
static void end_laps(lc_chain *chain, uint32_t records)
{
    lc_laps *laps = &chain->laps;
    for (size_t i = 0; laps->records && i < laps->count; i++) laps->ns[i] = laps->ns[i] / laps->records * records;
    chain->state->laps = NULL;
    chain->state->frame.watched = 0;
}

lc_error *lc_chain_apply(lc_chain *chain, lc_batch *batch)
{
    uint32_t before = batch->count;
    run r = {.chain = chain, .index = before};
    if (!chain->classes.count || !before) {
        mark_last(batch);
        return NULL;
    }
    lc_state_enter(chain->state, batch);
    begin_laps(chain);
    lc_error *error = lc_state_run(chain->state, 1, apply, &r);
    end_laps(chain, before);
    if (!error && r.done < before) fail_rest(batch, r.done, before);
    if (!error) finish(chain, batch, r.done, before);
    lc_state_leave(chain->state);
    return error;
}

lc_error *lc_chain_retry(lc_chain *chain, lc_batch *batch, uint32_t index)
{
    lc_record *record = &batch->records[index];
    run r = {.chain = chain, .index = index, .step = record->failed_step};
    uint32_t before = batch->count;
    lc_error_free(record->error);
    record->error = NULL;
    lc_state_enter(chain->state, batch);
    chain->state->laps = chain->laps.watcher ? &chain->laps : NULL;
    chain->state->frame.watched = chain->laps.watcher != NULL;
    lc_error *error = lc_state_run(chain->state, 1, retry, &r);
    chain->state->laps = NULL;
    chain->state->frame.watched = 0;
    if (!error) finish(chain, batch, index + 1, before);
    lc_state_leave(chain->state);
    return error;
}

size_t lc_chain_length(const lc_chain *chain)
{
    return chain->classes.count;
}

const char *lc_chain_step_class(const lc_chain *chain, size_t step)
{
    return chain->classes.items[step];
}

lc_error *lc_chain_test(lc_chain *chain, size_t step, lc_batch *batch, uint32_t index, bool *ret_result)
{
    run r = {.chain = chain, .index = index, .step = (uint32_t)step};
    lc_state_enter(chain->state, batch);
    lc_error *error = lc_state_run(chain->state, 1, test, &r);
    lc_state_leave(chain->state);
    if (!error) *ret_result = r.result;
    return error;
}
