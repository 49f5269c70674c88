/* The capability `http`: C side of lua/prelude/http.lua over engine/net. The prelude has checked what the tables
 * of requests hold; whatever C owns here is kept by the handle, since Lua may raise at any push. */
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "script/handles.h"

typedef struct lc_http_handle {
    lc_handle head;
    lc_fetcher *fetcher;
    lc_fetch_answer answers[LC_FETCH_AT_ONCE];
    size_t answered;
} lc_http_handle;

static void forget_answers(lc_http_handle *handle)
{
    while (handle->answered) lc_fetch_answer_done(&handle->answers[--handle->answered]);
}

static void free_handle(lc_handle *head)
{
    lc_http_handle *handle = (lc_http_handle *)head;
    forget_answers(handle);
    lc_fetcher_free(handle->fetcher);
    free(handle);
}

static bool is_stopping(void *context)
{
    return lc_state_is_stopping(context);
}

/* open() */
static int open_http(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    lc_http_handle *handle = lc_handle_new(state, sizeof *handle, free_handle);
    const lc_fetch_guard guard = {lc_state_grants(state)->hosts, is_stopping, state, state->heap.limit};
    handle->fetcher = lc_fetcher_new("A connector that makes HTTP requests", &guard);
    return lc_give_handle(lua, state, &handle->head, NULL);
}

/* A member of the table on top; the table keeps the text alive. NULL: absent. */
static const char *text_of(lua_State *lua, const char *name, size_t *ret_len)
{
    lua_getfield(lua, -1, name);
    const char *text = lua_type(lua, -1) == LUA_TSTRING ? lua_tolstring(lua, -1, ret_len) : NULL;
    lua_pop(lua, 1);
    return text;
}

static double number_of(lua_State *lua, const char *name)
{
    lua_getfield(lua, -1, name);
    double number = lua_tonumber(lua, -1);
    lua_pop(lua, 1);
    return number;
}

/* The array goes into the table on top, which keeps it alive. */
static const char *const *read_headers(lua_State *lua)
{
    lua_getfield(lua, -1, "headers");
    size_t count = lua_objlen(lua, -1);
    const char **lines = lua_newuserdata(lua, (count + 1) * sizeof *lines);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(lua, -2, (int)i + 1);
        lines[i] = lua_tostring(lua, -1);
        lua_pop(lua, 1);
    }
    lines[count] = NULL;
    lua_setfield(lua, -3, "lines");
    lua_pop(lua, 1);
    return lines;
}

static void read_request(lua_State *lua, const lc_state *state, lc_fetch_request *r)
{
    size_t len = 0, limit = state->heap.limit / 2;
    double wanted = number_of(lua, "max_bytes");
    *r = (lc_fetch_request){
        .method = text_of(lua, "method", &len),
        .url = text_of(lua, "url", &len),
        .proxy = text_of(lua, "proxy", &len),
        .proxy_user = text_of(lua, "proxy_user", &len),
        .proxy_password = text_of(lua, "proxy_password", &len),
        .ca_file = text_of(lua, "ca_file", &len),
        .cert_file = text_of(lua, "cert_file", &len),
        .key_file = text_of(lua, "key_file", &len),
        .key_password = text_of(lua, "key_password", &len),
        .timeout_ms = (int64_t)number_of(lua, "timeout_ms"),
        .connect_ms = (int64_t)number_of(lua, "connect_ms"),
        .redirects = (int)number_of(lua, "redirects"),
        .limit = wanted < (double)limit ? (size_t)wanted : limit,
        .insecure = number_of(lua, "insecure") > 0,
        .headers = read_headers(lua),
    };
    r->body.data = text_of(lua, "body", &r->body.len);
}

static lc_error *check_files(const lc_state *state, const lc_fetch_request *r)
{
    const char *const files[] = {r->ca_file, r->cert_file, r->key_file};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i]) LC_TRY(lc_file_check(state, files[i]));
    return NULL;
}

static lc_error *run_requests(lc_state *state, lc_http_handle *handle, const lc_fetch_request *requests, size_t count)
{
    const lc_grants *grants = lc_state_grants(state);
    for (size_t i = 0; i < count; i++) LC_TRY(check_files(state, &requests[i]));
    if (!grants->http_double) return lc_fetcher_run(handle->fetcher, requests, count, handle->answers);
    for (size_t i = 0; i < count; i++) LC_TRY(lc_fetch_check(grants->hosts, requests[i].url));
    return grants->http_double->run(grants->http_double->context, requests, count, handle->answers);
}

static void push_buf(lua_State *lua, const lc_buf *buf)
{
    lua_pushlstring(lua, buf->data ? buf->data : "", buf->len);
}

/* { problem, why } or { nil, nil, status, header lines, body } */
static void push_answer(lua_State *lua, const lc_fetch_answer *answer)
{
    lua_createtable(lua, 5, 0);
    if (answer->problem) {
        lua_pushstring(lua, lc_fetch_problem_name(answer->problem));
        lua_rawseti(lua, -2, 1);
        lua_pushstring(lua, answer->why);
        lua_rawseti(lua, -2, 2);
        return;
    }
    lua_pushnumber(lua, (double)answer->status);
    lua_rawseti(lua, -2, 3);
    push_buf(lua, &answer->headers);
    lua_rawseti(lua, -2, 4);
    push_buf(lua, &answer->body);
    lua_rawseti(lua, -2, 5);
}

/* run(handle, { request, … }): true and the list of answers. */
static int run(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    lc_http_handle *handle = lua_touserdata(lua, 1);
    size_t count = lua_objlen(lua, 2);
    lc_fetch_request *requests = lua_newuserdata(lua, (count + 1) * sizeof *requests);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(lua, 2, (int)i + 1);
        read_request(lua, state, &requests[i]);
        lua_pop(lua, 1);
    }
    forget_answers(handle);
    if (count > LC_FETCH_AT_ONCE)
        return lc_give_result(lua, state, lc_fail(LC_E_CONNECT, "more than %d requests at once", LC_FETCH_AT_ONCE));
    handle->answered = count;
    int64_t since = lc_monotonic_ns();
    lc_error *error = run_requests(state, handle, requests, count);
    lc_state_waited(state, since);
    if (error) return lc_give_result(lua, state, error);
    lua_pushboolean(lua, true);
    lua_createtable(lua, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        push_answer(lua, &handle->answers[i]);
        lua_rawseti(lua, -2, (int)i + 1);
    }
    forget_answers(handle);
    return 2;
}

const lc_native lc_native_http[] = {{"open", open_http}, {"run", run}, {NULL, NULL}};
