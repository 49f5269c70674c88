#include "script/internal.h"
#include "script/meters.h"
#include "script/place.h"

#include <lauxlib.h>
#include <lua.h>
#include <luajit.h>
#include <lualib.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "java/charset.h"
#include "script/bridge.h"
#include "script/handles.h"
#include "script/profile.h"

enum {
    DEFAULT_MEMORY = 64 << 20,
    DEFAULT_RECORDS = 1000000,
    DEFAULT_TIMEOUT_MS = 1000,
    FIRST_TICKS = 1000,
    LEAST_OUTPUT = 1 << 20 /* blocks of an arena come by the page */
};
/* A trace takes 100 KB with all that comes with the first one: a task that moves a record now and then, or only
 * looks whether there is one, does without. */
enum { WARM_RECORDS = 200, REST_GARBAGE = 64 * 1024 };

/* Keys of the registry. */
static const char STATE_KEY, ENTRIES_KEY, PLUGINS_KEY, CAUGHT_KEY, GLOBALS_KEY;

/* What every state runs; the rest comes when it is asked for, see prelude/parts.lua. */
static const char *const PRELUDE[] = {
    "prelude/boot.lua",   "prelude/parts.lua",  "prelude/errors.lua",   "prelude/view.lua",
    "prelude/schema.lua", "prelude/limits.lua",    "prelude/patterns.lua", "prelude/env.lua",
    "prelude/connector.lua", "lc/config.lua",        "lc/plugin.lua",
};

lc_state *lc_state_of(lua_State *lua)
{
    lua_pushlightuserdata(lua, (void *)&STATE_KEY);
    lua_rawget(lua, LUA_REGISTRYINDEX);
    lc_state *state = lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    return state;
}

static void registry_get(lua_State *lua, const char *key)
{
    lua_pushlightuserdata(lua, (void *)key);
    lua_rawget(lua, LUA_REGISTRYINDEX);
}

/* Takes the value on top. */
static void registry_set(lua_State *lua, const char *key)
{
    lua_pushlightuserdata(lua, (void *)key);
    lua_insert(lua, -2);
    lua_rawset(lua, LUA_REGISTRYINDEX);
}

void lc_state_entry(lua_State *lua, const char *name)
{
    registry_get(lua, &ENTRIES_KEY);
    lua_getfield(lua, -1, name);
    lua_remove(lua, -2);
    if (lua_isnil(lua, -1)) luaL_error(lua, "the prelude has no entry '%s'", name);
}

/* Entering Lua */

typedef struct entry {
    void (*body)(lua_State *lua, void *arg);
    void *arg;
    lc_error *error;
} entry;

static lc_error *plain_error(lua_State *lua)
{
    size_t len = 0;
    const char *text = lua_type(lua, -1) == LUA_TSTRING ? lua_tolstring(lua, -1, &len) : NULL;
    if (!text) return lc_fail(LC_E_SCRIPT, "a script failed and so did describing its error");
    return lc_fail(strncmp(text, "not enough memory", 17) ? LC_E_SCRIPT : LC_E_LIMIT, "%s", text);
}

static const char *text_at(lua_State *lua, int table, int at, size_t *len)
{
    lua_rawgeti(lua, table, at);
    const char *text = lua_type(lua, -1) == LUA_TSTRING ? lua_tolstring(lua, -1, len) : NULL;
    lua_pop(lua, 1); /* the table keeps it alive */
    return text;
}

/* The text of the script or module that a place is in, and its line. */
static lc_text text_of_place(const lc_state *state, lc_text file)
{
    char name[128];
    size_t stem = file.len > 4 ? file.len - 4 : 0;
    if (stem >= sizeof name) return (lc_text){0};
    memcpy(name, file.data, stem);
    name[stem] = '\0';
    for (size_t i = 0; i < state->script_count; i++) {
        const char *path = lc_script_path(state->scripts[i]), *slash = strrchr(path, '/');
        if (lc_text_is(file, slash ? slash + 1 : path)) return lc_script_source(state->scripts[i]);
    }
    for (size_t i = 0; i < state->script_count; i++) {
        lc_text text;
        if (lc_script_module(state->scripts[i], name, &text)) return text;
    }
    return (lc_text){0};
}

/* "file.lua:12", and the column where it is known. */
static void set_place(const lc_state *state, lc_error *error, const char *where, lc_text message)
{
    const char *colon = strrchr(where, ':');
    int line = colon ? atoi(colon + 1) : 0;
    lc_text source = line > 0 ? text_of_place(state, (lc_text){where, (size_t)(colon - where)}) : (lc_text){0};
    unsigned column = source.len ? lc_place_column(source, line, message) : 0;
    lc_auto(lc_buf) place = {0};
    lc_buf_text(&place, where);
    if (column) lc_buf_printf(&place, ":%u", column);
    lc_error_set_where(error, place.data ? place.data : where);
}

/* Nothing here may allocate in Lua: rawgeti and tolstring of strings don't. */
lc_error *lc_state_error_at(lua_State *lua, int at)
{
    if (lua_type(lua, at) != LUA_TTABLE) return plain_error(lua);
    if (at < 0) at = lua_gettop(lua) + at + 1;
    lua_rawgeti(lua, at, 1);
    lua_rawgeti(lua, at, 3);
    lua_Integer code = lua_tointeger(lua, -2);
    bool retriable = lua_toboolean(lua, -1);
    lua_pop(lua, 2);
    if (code <= LC_OK || code >= LC_E_COUNT) code = LC_E_SCRIPT;
    size_t len = 0;
    const char *message = text_at(lua, at, 2, &len), *where = text_at(lua, at, 4, &(size_t){0});
    const char *trace = text_at(lua, at, 5, &(size_t){0});
    lc_error *error = message ? lc_fail_text((lc_code)code, message, len) : lc_fail_bare((lc_code)code);
    if (retriable) lc_error_set_retriable(error, true);
    if (where) set_place(lc_state_of(lua), error, where, (lc_text){message ? message : "", len});
    if (trace) lc_error_set_trace(error, trace);
    return error;
}

static int run_body(lua_State *lua)
{
    entry *e = lua_touserdata(lua, 1);
    lua_settop(lua, 0);
    e->body(lua, e->arg);
    return 0;
}

static int run_guarded(lua_State *lua)
{
    entry *e = lua_touserdata(lua, 1);
    registry_get(lua, &CAUGHT_KEY);
    int handler = lua_isnil(lua, -1) ? 0 : lua_gettop(lua);
    lua_pushcfunction(lua, run_body);
    lua_pushlightuserdata(lua, e);
    if (lua_pcall(lua, 1, 0, handler)) e->error = lc_state_error_at(lua, -1);
    return 0;
}

static void start_clock(lc_state *state, int share)
{
    state->looked_ns = lc_monotonic_ns();
    state->deadline_ns = state->looked_ns + state->timeout_ms * (state->same_time ? 1 : share) * 1000000;
    state->ticks = FIRST_TICKS;
    lc_budget_set(&state->frame.budget, FIRST_TICKS);
    lc_watch_start(&state->watch, state->deadline_ns);
    state->frame.spent = 0;
    state->frame.nested = 0;
}

void lc_state_restart_clock(lc_state *state)
{
    start_clock(state, 1);
}

bool lc_state_may_go_on(void *context)
{
    lc_state *state = context;
    if (!state->frame.spent && lc_monotonic_ns() < state->deadline_ns) return true;
    state->frame.spent = 1;
    lc_budget_set(&state->frame.budget, 0);
    return false;
}

/* A call that starts near the limit would be stopped for what the ones before it left behind. */
static int collect(lua_State *lua)
{
    lua_gc(lua, LUA_GCCOLLECT, 0);
    return 0;
}

/* Left alone, the collector would let an idle state grow to twice its size. */
void lc_state_rest(lc_state *state)
{
    if (state->heap.used < state->rested + REST_GARBAGE) return;
    (void)lua_cpcall(state->lua, collect, NULL);
    state->rested = state->heap.used;
}

lc_error *lc_state_run(lc_state *state, int share, void (*body)(lua_State *lua, void *arg), void *arg)
{
    entry e = {body, arg, NULL};
    start_clock(state, share);
    state->timeouts = 0;
    state->in_hook = false;
    if (state->heap.used > state->heap.limit / 3 * 2) (void)lua_cpcall(state->lua, collect, NULL);
    if (lua_cpcall(state->lua, run_guarded, &e) && !e.error) e.error = plain_error(state->lua);
    lc_watch_stop(&state->watch);
    lua_settop(state->lua, 0);
    return e.error;
}

int lc_state_raise(lua_State *lua, lc_error *error)
{
    lc_state *state = lc_state_of(lua);
    (void)lc_state_fail(state, error);
    lc_state_entry(lua, "throw");
    lua_call(lua, 0, 0);
    return 0;
}

void lc_state_push_message(lua_State *lua, lc_error *error)
{
    lc_buf *text = &lc_state_of(lua)->text;
    lc_buf_reset(text);
    lc_buf_text(text, lc_error_message(error));
    lc_error_free(error);
    lua_pushlstring(lua, text->data ? text->data : "", text->len);
}

int lc_state_fail(lc_state *state, lc_error *error)
{
    lc_error_free(state->error);
    state->error = error;
    return 1;
}

void lc_state_enter(lc_state *state, lc_batch *batch)
{
    lc_frame *frame = &state->frame;
    frame->generation = state->calls += 1;
    frame->records = batch ? batch->records : NULL;
    frame->count = batch ? batch->count : 0;
    frame->split = frame->step = frame->room = frame->live_count = 0;
    frame->live = NULL;
    state->batch = batch;
    state->arena = batch ? &batch->arena : &state->permanent;
    state->arena_room = state->arena_limit;
    state->record_room = state->record_limit;
    state->overruns = 0;
    state->order_count = state->order_cap = 0;
    state->order = NULL;
}

static bool cut_endless(lc_frame *frame, lc_value *value)
{
    if (lc_frame_is_bounded(frame, value)) return false;
    *value = lc_value_null();
    return true;
}

/* After this no record holds a value that can't be gone down. */
static void fail_endless(lc_state *state, lc_record *record)
{
    lc_frame *frame = &state->frame;
    bool cut = cut_endless(frame, &record->key);
    cut |= cut_endless(frame, &record->value);
    cut |= cut_endless(frame, &record->source_partition);
    cut |= cut_endless(frame, &record->source_offset);
    for (uint32_t i = 0; i < record->header_count; i++) cut |= cut_endless(frame, &record->headers[i].value);
    if (!cut || record->state != LC_LIVE || frame->live) return;
    lc_record_fail(record, LC_STAGE_TRANSFORMATION, state->error);
    state->error = NULL;
}

static void warm_up(lc_state *state, uint32_t records)
{
    if (state->warming == 0) return;
    state->warming -= records < state->warming ? records : state->warming;
    if (state->warming == 0) luaJIT_setmode(state->lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_ON);
}

void lc_state_leave(lc_state *state)
{
    lc_frame *frame = &state->frame;
    warm_up(state, state->batch ? state->batch->count : 0);
    for (uint32_t i = 0; frame->joined && state->batch && i < state->batch->count; i++)
        fail_endless(state, &state->batch->records[i]);
    if (frame->joined == 1) frame->joined = 0;
    frame->generation = 0;
    frame->records = NULL;
    frame->count = frame->live_count = frame->room = 0;
    frame->live = NULL;
    state->batch = NULL;
    state->arena = &state->permanent;
    state->arena_room = state->arena_limit;
}

/* Making a state */

static void open_library(lua_State *lua, const char *name, lua_CFunction open)
{
    lua_pushcfunction(lua, open);
    lua_pushstring(lua, name);
    lua_call(lua, 1, 0);
}

static void open_libraries(lua_State *lua)
{
    open_library(lua, "", luaopen_base);
    open_library(lua, LUA_TABLIBNAME, luaopen_table);
    open_library(lua, LUA_STRLIBNAME, luaopen_string);
    open_library(lua, LUA_MATHLIBNAME, luaopen_math);
    open_library(lua, LUA_BITLIBNAME, luaopen_bit);
    open_library(lua, LUA_DBLIBNAME, luaopen_debug);
    open_library(lua, LUA_JITLIBNAME, luaopen_jit);
    lua_pushcfunction(lua, luaopen_ffi);
    lua_call(lua, 0, 1);
    lua_setglobal(lua, LUA_FFILIBNAME);
}

/* LuaJIT's own defaults suit small traces; a chain of transforms is one long one. */
static void tune_jit(lua_State *lua, const lc_state_options *options)
{
    char hotloop[32];
    snprintf(hotloop, sizeof hotloop, "hotloop=%d", options->hotloop > 0 ? options->hotloop : 56);
    const char *const settings[] = {"maxrecord=20000", "maxirconst=4000", "maxsnap=2000",  "maxtrace=4000",
                                    "maxmcode=4096",   "maxside=300",     "loopunroll=60", hotloop};
    lua_getglobal(lua, "jit");
    lua_getfield(lua, -1, "opt");
    lua_getfield(lua, -1, "start");
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) lua_pushstring(lua, settings[i]);
    lua_call(lua, (int)(sizeof settings / sizeof settings[0]), 0);
    lua_pop(lua, 2);
}

/* The text between the marks of a header, which ffi.cdef reads. */
static void add_cdef(lc_buf *out, const char *header)
{
    const char *from = strstr(header, "/* LC_CDEF BEGIN */"),
               *to = from ? strstr(from, "/* LC_CDEF END */") : NULL;
    if (to) lc_buf_add(out, from, (size_t)(to - from));
}

static const lc_embedded *embedded_file(const char *name)
{
    const lc_embedded *file = lc_embedded_files;
    while (file->name && strcmp(file->name, name)) file++;
    return file;
}

static void set_functions(lua_State *lua, const lc_native *list)
{
    for (; list->name; list++) {
        lua_pushcfunction(lua, list->call);
        lua_setfield(lua, -2, list->name);
    }
}

static void set_table(lua_State *lua, const char *name, const lc_native *list)
{
    lua_newtable(lua);
    set_functions(lua, list);
    lua_setfield(lua, -2, name);
}

static void push_cdef(lua_State *lua, lc_state *state)
{
    lc_buf_reset(&state->text);
    add_cdef(&state->text, embedded_file("data/layout.h")->text);
    add_cdef(&state->text, embedded_file("script/abi.h")->text);
    lua_pushlstring(lua, state->text.data, state->text.len);
}

/* Bytecode is only good for the LuaJIT that made it. */
static bool is_compiled_for_us(lua_State *lua)
{
    const lc_embedded *made_by = embedded_file("version.compiled");
    size_t len = 0;
    registry_get(lua, &GLOBALS_KEY);
    lua_getfield(lua, -1, "jit");
    lua_getfield(lua, -1, "version");
    const char *version = lua_tolstring(lua, -1, &len);
    bool same = version && *made_by->len == len && !memcmp(made_by->text, version, len);
    lua_pop(lua, 3);
    return same;
}

static void load_prelude(lua_State *lua, const char *name)
{
    char chunk[64], compiled[64];
    snprintf(chunk, sizeof chunk, "=lc/%s", name);
    snprintf(compiled, sizeof compiled, "%s.compiled", name);
    const lc_embedded *file = embedded_file(compiled);
    if (!file->name || !is_compiled_for_us(lua)) file = embedded_file(name);
    if (!file->name) luaL_error(lua, "no file %s in the library", name);
    if (luaL_loadbuffer(lua, file->text, *file->len, chunk)) lua_error(lua);
}

/* The real globals, which outlive erase_globals: parts of the prelude that come later run with them. */
static void run_part(lua_State *lua)
{
    load_prelude(lua, luaL_checkstring(lua, 1));
    registry_get(lua, &GLOBALS_KEY);
    lua_setfenv(lua, -2);
    lua_pushvalue(lua, 2);
    lua_call(lua, 1, 0);
}

static int run_part_guarded(lua_State *lua)
{
    run_part(lua);
    return 0;
}

/* load_part(file, P): runs a file of the prelude that the state was made without. What it takes isn't the
 * script's doing, and a part that is there by half would be of no use: the script's limit doesn't count. */
static int load_part(lua_State *lua)
{
    lc_heap *heap = &lc_state_of(lua)->heap;
    size_t limit = heap->limit;
    lua_pushcfunction(lua, run_part_guarded);
    lua_insert(lua, 1);
    lc_heap_set_limit(heap, SIZE_MAX);
    int failed = lua_pcall(lua, 2, 0, 0);
    lc_heap_set_limit(heap, limit);
    return failed ? lua_error(lua) : 0;
}

static void push_native(lua_State *lua)
{
    lua_newtable(lua);
    set_functions(lua, lc_native_state);
    set_functions(lua, lc_native_json);
    set_functions(lua, lc_native_data);
    set_functions(lua, lc_native_task);
    set_functions(lua, lc_native_meters);
    lua_pushcfunction(lua, load_part);
    lua_setfield(lua, -2, "load_part");
    for (const lc_capability *c = lc_capabilities; c->name; c++) set_table(lua, c->name, c->functions);
    set_table(lua, "patterns", lc_native_patterns);
}

/* Leaves P, the prelude's table. */
static void run_prelude(lua_State *lua, lc_state *state)
{
    load_prelude(lua, PRELUDE[0]);
    push_native(lua);
    lua_pushlightuserdata(lua, &state->frame);
    lua_pushlightuserdata(lua, (void *)&lc_bridge_table);
    push_cdef(lua, state);
    lua_call(lua, 4, 1);
    int prelude = lua_gettop(lua);
    for (size_t i = 1; i < sizeof PRELUDE / sizeof PRELUDE[0]; i++) {
        load_prelude(lua, PRELUDE[i]);
        lua_pushvalue(lua, prelude);
        lua_call(lua, 1, 0);
    }
}

static void keep_entries(lua_State *lua)
{
    lua_getfield(lua, -1, "entries");
    lua_getfield(lua, -1, "caught");
    registry_set(lua, &CAUGHT_KEY);
    registry_set(lua, &ENTRIES_KEY);
    lua_newtable(lua);
    registry_set(lua, &PLUGINS_KEY);
    lua_getfield(lua, -1, "finish_sandbox");
    lua_call(lua, 0, 0);
}

/* What scripts must never reach: the real globals, and every library in the registry. */
static void erase_globals(lua_State *lua)
{
    lua_newtable(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, "_LOADED");
    lua_newtable(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, "_PRELOAD");
    lua_newtable(lua);
    lua_replace(lua, LUA_GLOBALSINDEX);
}

#ifdef LC_DEV
/* For the engine's own developers: LC_JIT_TRACE is where the names of files begin that get jit.v's report, one for
 * each state. */
static void trace_jit(lua_State *lua)
{
    char path[512];
    const lc_state *state = lc_state_of(lua);
    const char *start = getenv("LC_JIT_TRACE");
    if (!start) return;
    snprintf(path, sizeof path, "%s.%s-%d", start, state->connector ? state->connector : "none", state->task);
    open_library(lua, LUA_LOADLIBNAME, luaopen_package);
    lua_getglobal(lua, "require");
    lua_pushstring(lua, getenv("LC_JIT_DUMP") ? "jit.dump" : "jit.v");
    lua_pushcfunction(lua, luaopen_io);
    lua_pushstring(lua, LUA_IOLIBNAME);
    lua_call(lua, 1, 0);
    lua_pushcfunction(lua, luaopen_os);
    lua_pushstring(lua, LUA_OSLIBNAME);
    lua_call(lua, 1, 0);
    lua_call(lua, 1, 1);
    lua_getfield(lua, -1, "on");
    if (getenv("LC_JIT_DUMP")) lua_pushstring(lua, getenv("LC_JIT_DUMP"));
    lua_pushstring(lua, path);
    lua_call(lua, getenv("LC_JIT_DUMP") ? 2 : 1, 0);
    lua_pop(lua, 1);
}
#endif

typedef struct boot {
    lc_state *state;
    const lc_state_options *options;
} boot;

static void boot_state(lua_State *lua, void *arg)
{
    boot *b = arg;
    lua_pushlightuserdata(lua, b->state);
    registry_set(lua, &STATE_KEY);
    open_libraries(lua);
    lua_pushvalue(lua, LUA_GLOBALSINDEX);
    registry_set(lua, &GLOBALS_KEY);
    luaJIT_setmode(lua, 0,
                   LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF); /* code that runs once isn't worth a trace */
    tune_jit(lua, b->options);
#ifdef LC_DEV
    trace_jit(lua);
#endif
    run_prelude(lua, b->state);
    lc_buf_done(&b->state->text); /* held the declarations */
    keep_entries(lua);
    erase_globals(lua);
    lua_gc(lua, LUA_GCCOLLECT, 0);
    if (b->options->jit_off) return;
    b->state->warming = WARM_RECORDS;
    if (b->options->hotloop) warm_up(b->state, WARM_RECORDS);
}

/* Reached only when the engine calls Lua outside of lc_state_run. */
static int panic(lua_State *lua)
{
    fprintf(stderr, "luaconnect: unprotected call into Lua: %s\n", lua_tostring(lua, -1));
    abort();
}

/* A state that nobody lends a watchdog has one of its own. */
static lc_error *watch(lc_state *state, lc_watchdog *lent)
{
    if (!lent) LC_TRY(lc_watchdog_new(&state->own_watchdog));
    lc_watch_open(&state->watch, lent ? lent : state->own_watchdog, &state->frame.budget);
    return NULL;
}

lc_error *lc_state_new(const lc_state_options *options, lc_state **ret_state)
{
    lc_autoptr(lc_state) state = lc_alloc(sizeof *state);
    size_t limit = options->memory_limit ? options->memory_limit : DEFAULT_MEMORY;
    lc_heap_init(&state->heap, &state->frame.budget);
    LC_TRY(watch(state, options->watchdog));
    state->types = options->types;
    state->gate = options->gate;
    state->log = options->log;
    state->connector = lc_strdup(options->connector);
    state->task = options->task;
    state->meters = lc_meters_ref(options->meters);
    state->clock_ms = options->clock_ms;
    state->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
    state->arena_limit = options->output_bytes ? options->output_bytes : limit * 4;
    if (state->arena_limit < LEAST_OUTPUT) state->arena_limit = LEAST_OUTPUT;
    state->record_limit = options->output_records ? options->output_records : DEFAULT_RECORDS;
    state->arena = &state->permanent;
    state->arena_room = state->arena_limit;
    state->lua = lua_newstate(lc_heap_resize, &state->heap);
    if (!state->lua) return lc_fail(LC_E_LIMIT, "no memory for a script state");
    lc_heap_set_limit(&state->heap, limit);
    lua_atpanic(state->lua, panic);
    if (!lc_secret_name(state->tick_name))
        return lc_fail(LC_E_ILLEGAL_STATE, "the system gives no random numbers");
    boot b = {state, options};
    LC_TRY(lc_state_run(state, 5, boot_state, &b));
    state->same_time = options->same_time;
    *ret_state = lc_steal(state);
    return NULL;
}

void lc_state_free(lc_state *state)
{
    if (!state) return;
    if (state->lua) lua_close(state->lua);
    lc_watch_close(&state->watch);
    lc_profile_unref(state->profile);
    lc_watchdog_free(state->own_watchdog);
    for (size_t i = 0; i < state->script_count; i++) lc_script_unref(state->scripts[i]);
    free(state->scripts);
    lc_heap_done(&state->heap);
    lc_meters_unref(state->meters);
    for (size_t i = 0; i < state->charset_count; i++) lc_charset_close(state->charsets[i]);
    lc_error_free(state->error);
    lc_arena_done(&state->permanent);
    lc_arena_done(&state->scratch);
    lc_arena_done(&state->numbers);
    lc_buf_done(&state->text);
    lc_json_free(state->json);
    free(state->spec.parameters);
    free(state->spec.names);
    free((void *)state->spec.schemas);
    free(state->connector);
    free(state);
}

void lc_state_settle(lc_state *state)
{
    state->gate = NULL;
}

void lc_state_mute(lc_state *state, bool muted)
{
    state->frame.muted = muted;
}

size_t lc_state_memory(const lc_state *state)
{
    return state->heap.used;
}

/* Scripts of a state */

static void push_folder(lua_State *lua, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash) lua_pushlstring(lua, path, (size_t)(slash - path) + 1);
    else lua_pushliteral(lua, "./");
}

/* Its modules are needed as long as the state lives. */
static void keep_script(lc_state *state, lc_script *script)
{
    state->scripts = lc_grow(state->scripts, &state->script_cap, state->script_count + 1, sizeof *state->scripts);
    state->scripts[state->script_count++] = lc_script_ref(script);
}

void lc_state_push_plugin(lua_State *lua, lc_script *script)
{
    lc_state_push_instance(lua, script, "");
}

/* Scripts that come with the engine hold nothing of their own, so one serves all. */
static void push_key(lua_State *lua, lc_script *script, const char *alias)
{
    lua_pushfstring(lua, "%p %s", (void *)script, lc_script_is_shipped(script) ? "" : alias);
}

void lc_state_push_instance(lua_State *lua, lc_script *script, const char *alias)
{
    registry_get(lua, &PLUGINS_KEY);
    push_key(lua, script, alias);
    lua_rawget(lua, -2);
    if (!lua_isnil(lua, -1)) {
        lua_remove(lua, -2);
        return;
    }
    lua_pop(lua, 1);
    keep_script(lc_state_of(lua), script);
    lc_text text = lc_script_source(script);
    const char *path = lc_script_path(script), *slash = strrchr(path, '/');
    lc_state_entry(lua, "check_plugin");
    lc_state_entry(lua, "load_script");
    lua_pushlstring(lua, text.data, text.len);
    lua_pushstring(lua, slash ? slash + 1 : path);
    push_folder(lua, path);
    lua_pushstring(lua, alias);
    lua_call(lua, 4, 1);
    lua_call(lua, 1, 1);
    push_key(lua, script, alias);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, -4);
    lua_remove(lua, -2);
}
