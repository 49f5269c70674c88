/* C functions of the prelude that work on the Lua stack: for what is rare or needs Lua's own objects. Those
 * that fail give false and a text, or leave the error for P.throw; none holds memory while it may raise. */
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strings.h"
#include "script/bridge.h"
#include "script/chain.h"

enum { LOG_BYTES_PER_SECOND = 64 * 1024, LOG_LINE = 8 * 1024, LARGEST_MODULE = 1 << 20, LOG_PAIRS = 8 };

bool lc_secret_name(char name[LC_SECRET_NAME])
{
    unsigned char bytes[16];
    if (getentropy(bytes, sizeof bytes)) return false;
    name[0] = '_';
    for (size_t i = 0; i < sizeof bytes; i++) snprintf(name + 1 + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

/* secret(): a name nobody can guess. */
static int secret(lua_State *lua)
{
    char name[LC_SECRET_NAME];
    if (!lc_secret_name(name)) return luaL_error(lua, "the system gives no random numbers");
    lua_pushstring(lua, name);
    return 1;
}

/* nearest(word, {candidates}): the one that was meant, or nil. */
static int nearest(lua_State *lua)
{
    const char *word = luaL_checkstring(lua, 1);
    size_t count = lua_objlen(lua, 2);
    const char **names = lua_newuserdata(lua, (count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(lua, 2, (int)i + 1);
        names[i] = lua_tostring(lua, -1); /* the table keeps it alive */
        lua_pop(lua, 1);
    }
    const char *found = strlen(word) < 80 ? lc_nearest(word, names, count) : NULL;
    if (found) lua_pushstring(lua, found);
    else lua_pushnil(lua);
    return 1;
}

static int load(lua_State *lua, const char *text, size_t len, const char *chunk)
{
    char name[128];
    snprintf(name, sizeof name, "=%s", chunk);
    return luaL_loadbufferx(lua, text, len, name, "t");
}

/* The text between `before` and `after`, rewritten to spend from the budget by calling `tick`. */
static int load_rewritten(lua_State *lua, lc_text source, const char *chunk, const char *tick,
                          const char *before, const char *after)
{
    lc_buf text = {0};
    lc_buf_text(&text, before);
    lc_error *error = lc_budget_rewrite(source, tick, &text);
    if (error) {
        lc_buf_done(&text);
        lc_state_push_message(lua, error);
        return LUA_ERRSYNTAX;
    }
    lc_buf_text(&text, after);
    int status = load(lua, text.data, text.len, chunk);
    lc_buf_done(&text);
    return status;
}

/* nil and the message on top. */
static int no_function(lua_State *lua)
{
    lua_pushnil(lua);
    lua_insert(lua, -2);
    return 2;
}

/* compile(text, chunk): a function, or nil and the reason. The text as it is says what is wrong with it. The
 * tick is an upvalue of the script; where that breaks LuaJIT's limit of 60, a global that scripts can't name.
 */
static int compile(lua_State *lua)
{
    lc_text source = {0};
    source.data = luaL_checklstring(lua, 1, &source.len);
    const char *chunk = luaL_checkstring(lua, 2);
    if (load(lua, source.data, source.len, chunk)) return no_function(lua);
    lua_pop(lua, 1);
    if (!load_rewritten(lua, source, chunk, LC_TICK, "local " LC_TICK " = ... return function(...) ",
                        "\nend")) {
        lc_state_entry(lua, "tick");
        lua_call(lua, 1, 1); /* binds the tick and gives the script's own function */
        return 1;
    }
    lua_pop(lua, 1);
    if (load_rewritten(lua, source, chunk, lc_state_of(lua)->tick_name, "", "")) return no_function(lua);
    return 1;
}

/* tick_name(): the global of the second way. */
static int tick_name(lua_State *lua)
{
    lua_pushstring(lua, lc_state_of(lua)->tick_name);
    return 1;
}

static bool is_beside(const lc_script *script, const char *folder)
{
    const char *path = lc_script_path(script), *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) + 1 : 0;
    return slash ? strlen(folder) == len && !memcmp(path, folder, len) : !strcmp(folder, "./");
}

/* A script keeps the modules that it came with. */
static bool kept_module(const lc_state *state, const char *folder, const char *name, lc_text *ret_text)
{
    for (size_t i = state->script_count; i-- > 0;)
        if (is_beside(state->scripts[i], folder) && lc_script_module(state->scripts[i], name, ret_text))
            return true;
    return false;
}

static bool may_read(const lc_state *state, const char *folder)
{
    for (size_t i = 0; i < state->script_count; i++)
        if (is_beside(state->scripts[i], folder) && lc_script_has_closed_modules(state->scripts[i]))
            return false;
    return true;
}

/* read_module(folder, name): true and the text of folder/name.lua, or false and why not. */
static int read_module(lua_State *lua)
{
    const char *folder = luaL_checkstring(lua, 1), *name = luaL_checkstring(lua, 2);
    lua_pushfstring(lua, "%s%s.lua", folder, name);
    const char *path = lua_tostring(lua, -1);
    struct stat info;
    lc_state *state = lc_state_of(lua);
    lc_text kept;
    if (!state->inspected && kept_module(state, folder, name, &kept)) {
        lua_pushboolean(lua, true);
        lua_pushlstring(lua, kept.data, kept.len);
        return 2;
    }
    if (!may_read(state, folder)) {
        lua_pushboolean(lua, false);
        lua_pushliteral(
            lua, "it wasn't required when the script was loaded, which script.signature.required asks for");
        return 2;
    }
    if (!*folder || lstat(path, &info) || !S_ISREG(info.st_mode)) {
        lua_pushboolean(lua, false);
        lua_pushliteral(lua, "there is no such file beside the script");
        return 2;
    }
    lc_buf *text = &state->text;
    lc_buf_reset(text);
    lc_error *error = lc_file_read(path, LARGEST_MODULE, text);
    if (!error && state->inspected)
        lc_script_keep_module(state->inspected, name, (lc_text){text->data ? text->data : "", text->len});
    lua_pushboolean(lua, !error);
    if (error) lc_state_push_message(lua, error);
    else lua_pushlstring(lua, text->data ? text->data : "", text->len);
    return 2;
}

static lc_log_level log_level(const char *name)
{
    lc_log_level level;
    return lc_log_level_parse(name, &level) ? level : LC_LOG_INFO;
}

/* Lets through so many bytes in each second. */
static bool may_log(lc_state *state, size_t bytes)
{
    uint64_t second = (uint64_t)lc_monotonic_ms() / 1000;
    if (second != state->log_window_ms) {
        state->log_window_ms = second;
        state->log_bytes = 0;
    }
    state->log_bytes += bytes;
    return state->log_bytes <= LOG_BYTES_PER_SECOND;
}

/* log(level, message, {key, value, …}): at most LOG_PAIRS pairs. */
static int log_line(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    lc_log_level level = log_level(luaL_checkstring(lua, 1));
    size_t len;
    const char *message = luaL_checklstring(lua, 2, &len);
    if (!state->log || !may_log(state, len) || !lc_log_enabled(state->log, level, "script")) return 0;
    lua_pushlstring(lua, message, len < LOG_LINE ? len : LOG_LINE);
    message = lua_tostring(lua, -1);
    const char *pair[2 * LOG_PAIRS] = {0};
    for (int i = 0; i < 2 * LOG_PAIRS; i++) {
        lua_rawgeti(lua, 3, i + 1);
        pair[i] = lua_tostring(lua, -1);
        lua_pop(lua, 1);
        if (!pair[i]) break;
    }
    char task[16] = "";
    if (state->task >= 0) snprintf(task, sizeof task, "%d", state->task);
    lc_log(state->log, level, "script", message, "connector", state->connector, "task", *task ? task : NULL,
           pair[0] ? pair[0] : "", pair[1], pair[2] ? pair[2] : "", pair[3], pair[4] ? pair[4] : "", pair[5],
           pair[6] ? pair[6] : "", pair[7], pair[8] ? pair[8] : "", pair[9], pair[10] ? pair[10] : "",
           pair[11], pair[12] ? pair[12] : "", pair[13], pair[14] ? pair[14] : "", pair[15], NULL);
    return 0;
}

/* The error in arguments `at`…: code, message, retriable, where, trace. */
static lc_error *error_argument(lua_State *lua, int at)
{
    lua_createtable(lua, 5, 0);
    for (int i = 0; i < 5; i++) {
        lua_pushvalue(lua, at + i);
        lua_rawseti(lua, -2, i + 1);
    }
    lc_error *error = lc_state_error_at(lua, -1);
    lua_pop(lua, 1);
    return error;
}

/* A record that filled the batch's memory shan't make all others fail. */
static void make_room(lc_state *state)
{
    bool has_room = state->arena->held <= state->arena_room && state->record_room;
    if (has_room || ++state->overruns > 3) return;
    state->arena_room = state->arena->held + state->arena_limit / 4;
    state->record_room += state->record_limit / 4;
}

/* fail_record(index, step, code, message, retriable, where, trace) */
static int fail_record(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    uint32_t index = (uint32_t)lua_tonumber(lua, 1);
    if (!state->batch || index >= state->batch->count) return 0;
    lc_record *record = &state->batch->records[index];
    lc_error *error = error_argument(lua, 3);
    lc_error_set_stage(error, LC_STAGE_TRANSFORMATION);
    lc_record_fail(record, LC_STAGE_TRANSFORMATION, error);
    record->failed_step = (uint16_t)lua_tonumber(lua, 2);
    (void)lc_state_may_go_on(state); /* what this record took isn't the next one's time: see go_on */
    make_room(state);
    return 0;
}

/* collect(): after an error for lack of memory, so that it can be told. */
static int collect(lua_State *lua)
{
    lua_gc(lua, LUA_GCCOLLECT, 0);
    return 0;
}

/* go_on(): after the time of a call was spent on one record, may the next ones have some? Three times. */
static int go_on(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    bool again = ++state->timeouts < 3;
    if (again) lc_state_restart_clock(state);
    lua_pushboolean(lua, again);
    return 1;
}

/* lap(step, index): the record is through the step, -1: all are; without an index only time has passed. lap(-1): it
 * begins to. */
static int lap(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    lc_laps *laps = state->laps;
    int step = (int)lua_tonumber(lua, 1);
    if (!laps) return 0;
    if (step >= 0 && (size_t)step < laps->count) laps->ns[step] += lc_monotonic_ns() - laps->last_ns;
    if (step < 0 && !laps->watcher) laps->records++;
    if (laps->watcher && step >= 0 && lua_isnumber(lua, 2))
        laps->watcher->passed(laps->watcher->context, state->batch, (size_t)step, (int)lua_tonumber(lua, 2));
    laps->last_ns = lc_monotonic_ns();
    return 0;
}

/* reject(index, message, is_poll): a record that its connector doesn't want. */
static int reject(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    uint32_t index = (uint32_t)lua_tonumber(lua, 1);
    size_t len;
    const char *message = luaL_checklstring(lua, 2, &len);
    lc_stage stage = lua_toboolean(lua, 3) ? LC_STAGE_TASK_POLL : LC_STAGE_TASK_PUT;
    if (!state->batch || index >= state->batch->count) return 0;
    lc_error *error = lc_fail_text(LC_E_DATA, message, len);
    lc_error_set_stage(error, stage);
    lc_record_fail(&state->batch->records[index], stage, error);
    return 0;
}

const lc_native lc_native_state[] = {
    {"secret", secret},
    {"nearest", nearest},
    {"compile", compile},
    {"read_module", read_module},
    {"tick_name", tick_name},
    {"log", log_line},
    {"fail_record", fail_record},
    {"go_on", go_on},
    {"lap", lap},
    {"sample", lc_profile_sample},
    {"collect", collect},
    {"reject", reject},
    {NULL, NULL},
};
