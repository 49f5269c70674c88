#include "script/test_file.h"

#include <lauxlib.h>
#include <lua.h>
#include <luajit.h>

#include "base/clock.h"
#include "script/tool_state.h"

enum { CASE_MS = 60000, LOOK_EVERY = 100000 };

typedef struct job {
    const char *file;
    lc_text text;
    const lc_test_host *host;
    int64_t deadline_ms;
} job;

static const char JOB_KEY;

static job *job_of(lua_State *lua)
{
    lua_pushlightuserdata(lua, (void *)&JOB_KEY);
    lua_rawget(lua, LUA_REGISTRYINDEX);
    job *j = lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    return j;
}

static void look_at_clock(lua_State *lua, lua_Debug *info)
{
    (void)info;
    if (lc_monotonic_ms() > job_of(lua)->deadline_ms) luaL_error(lua, "the case runs longer than a minute");
}

static int start_case(lua_State *lua)
{
    job_of(lua)->deadline_ms = lc_monotonic_ms() + CASE_MS;
    return 0;
}

/* run_trial(request): the answer. */
static int run_trial(lua_State *lua)
{
    job *j = job_of(lua);
    lc_text request;
    request.data = luaL_checklstring(lua, 1, &request.len);
    lc_buf answer = {0};
    j->host->trial(j->host->context, request, &answer);
    lua_pushlstring(lua, answer.data ? answer.data : "", answer.len);
    lc_buf_done(&answer);
    return 1;
}

/* report(name, passed, problem) */
static int report(lua_State *lua)
{
    job *j = job_of(lua);
    const char *problem = lua_toboolean(lua, 2) ? NULL : luaL_optstring(lua, 3, "failed");
    j->host->report(j->host->context, luaL_checkstring(lua, 1), problem);
    return 0;
}

static int run(lua_State *lua)
{
    job *j = lua_touserdata(lua, 1);
    luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF); /* compiled loops don't look at the clock */
    lua_pushlightuserdata(lua, (void *)&JOB_KEY);
    lua_pushlightuserdata(lua, j);
    lua_rawset(lua, LUA_REGISTRYINDEX);
    lua_pushcfunction(lua, run_trial);
    lua_setglobal(lua, "run_trial");
    lua_pushcfunction(lua, start_case);
    lua_setglobal(lua, "start_case");
    start_case(lua);
    lua_sethook(lua, look_at_clock, LUA_MASKCOUNT, LOOK_EVERY);
    lc_tool_state_open(lua, "test");
    lua_pushlstring(lua, j->text.data, j->text.len);
    lua_pushstring(lua, j->file);
    lua_pushcfunction(lua, report);
    lua_call(lua, 3, 0);
    return 0;
}

lc_error *lc_test_file_run(const char *file, lc_text text, const lc_test_host *host)
{
    job j = {.file = file, .text = text, .host = host};
    lua_State *lua = luaL_newstate();
    if (!lua) return lc_fail(LC_E_LIMIT, "no memory for a script state");
    lc_error *error = NULL;
    if (lua_cpcall(lua, run, &j))
        error = lc_fail(LC_E_SCRIPT, "%s: %s", file, lua_isstring(lua, -1) ? lua_tostring(lua, -1) : "?");
    lua_close(lua);
    return error;
}
