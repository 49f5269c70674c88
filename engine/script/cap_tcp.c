/* The capabilities `tcp` and `tls`: C side of lua/prelude/tcp.lua over engine/net. Nothing here waits but wait():
 * the prelude's scheduler tries steps again and knows the deadlines. It has checked what tables hold. */
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "net/socket.h"
#include "script/handles.h"

enum { LOOK_MS = 100 };

typedef struct lc_tcp_handle {
    lc_handle head;
    lc_sockets *sockets;
} lc_tcp_handle;

typedef struct lc_socket_handle {
    lc_handle head;
    lc_socket *socket;
} lc_socket_handle;

static void free_owner(lc_handle *head)
{
    lc_sockets_free(((lc_tcp_handle *)head)->sockets);
    free(head);
}

static void free_socket(lc_handle *head)
{
    lc_socket_handle *handle = (lc_socket_handle *)head;
    if (handle->socket) lc_socket_close(handle->socket);
    free(handle);
}

/* open(): the one of the task, made before its sockets, which are closed before it. */
static int open_tcp(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    lc_handle *there = state->handles;
    while (there && there->free != free_owner) there = there->next;
    if (there) return lc_give_handle(lua, state, there, NULL);
    lc_tcp_handle *handle = lc_handle_new(state, sizeof *handle, free_owner);
    handle->sockets =
        lc_sockets_new("A connector that opens sockets", lc_state_grants(state)->hosts, state->heap.limit);
    return lc_give_handle(lua, state, &handle->head, NULL);
}

/* A member of the table at 2, which keeps the text alive. NULL: absent. */
static const char *text_of(lua_State *lua, const char *name)
{
    lua_getfield(lua, 2, name);
    const char *text = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : NULL;
    lua_pop(lua, 1);
    return text;
}

static double number_of(lua_State *lua, const char *name)
{
    lua_getfield(lua, 2, name);
    double number = lua_tonumber(lua, -1);
    lua_pop(lua, 1);
    return number;
}

static lc_error *check_spec(const lc_state *state, const lc_socket_spec *spec)
{
    const char *const files[] = {spec->ca_file, spec->cert_file, spec->key_file};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i]) LC_TRY(lc_file_check(state, files[i]));
    LC_TRY(lc_socket_check(lc_state_grants(state)->hosts, spec));
    if (!lc_state_grants(state)->http_double) return NULL;
    return lc_fail(LC_E_CONNECT, "tests have no network: a socket to %s:%d", spec->host, spec->port);
}

/* connect(owner, spec): a socket that begins to connect. */
static int begin_connect(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    lc_tcp_handle *owner = lua_touserdata(lua, 1);
    const lc_socket_spec spec = {
        .host = text_of(lua, "host"),
        .port = (int)number_of(lua, "port"),
        .connect_ms = (int64_t)number_of(lua, "timeout_ms"),
        .tls = number_of(lua, "secure") > 0,
        .insecure = number_of(lua, "insecure") > 0,
        .ca_file = text_of(lua, "ca_file"),
        .cert_file = text_of(lua, "cert_file"),
        .key_file = text_of(lua, "key_file"),
        .key_password = text_of(lua, "key_password"),
    };
    lc_socket_handle *handle = lc_handle_new(state, sizeof *handle, free_socket);
    lc_error *error = check_spec(state, &spec);
    if (!error) error = lc_socket_open(owner->sockets, &spec, &handle->socket);
    return lc_give_handle(lua, state, &handle->head, error);
}

/* step, and what it gives: kind and text of a problem. */
static int give_step(lua_State *lua, const lc_socket_handle *handle, lc_socket_step step)
{
    const char *why;
    lua_pushnumber(lua, step);
    if (step != LC_SOCKET_FAILED) return 1;
    lua_pushstring(lua, lc_fetch_problem_name(lc_socket_problem(handle->socket, &why)));
    lua_pushstring(lua, why);
    return 3;
}

/* connected(socket) */
static int connected(lua_State *lua)
{
    const lc_socket_handle *handle = lua_touserdata(lua, 1);
    return give_step(lua, handle, lc_socket_connected(handle->socket));
}

/* read(socket, unit, size): also the text. */
static int read_some(lua_State *lua)
{
    const lc_socket_handle *handle = lua_touserdata(lua, 1);
    lc_text text = {0};
    lc_socket_step step = lc_socket_read(handle->socket, (lc_socket_unit)lua_tonumber(lua, 2),
                                         (size_t)lua_tonumber(lua, 3), &text);
    if (step != LC_SOCKET_DONE) return give_step(lua, handle, step);
    lua_pushnumber(lua, step);
    lua_pushlstring(lua, text.data ? text.data : "", text.len);
    return 2;
}

/* write(socket, text, at): also how far it is, or how it failed. */
static int write_some(lua_State *lua)
{
    const lc_socket_handle *handle = lua_touserdata(lua, 1);
    lc_text text;
    text.data = lua_tolstring(lua, 2, &text.len);
    size_t at = (size_t)lua_tonumber(lua, 3);
    lc_socket_step step = lc_socket_write(handle->socket, text, &at);
    if (step == LC_SOCKET_FAILED) return give_step(lua, handle, step);
    lua_pushnumber(lua, step);
    lua_pushnumber(lua, (double)at);
    return 2;
}

/* wait(owner, ms, sockets, units, ready): sets the places in `ready` of those that are worth a step; unit true: to
 * write. */
static int wait(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    const lc_tcp_handle *owner = lua_touserdata(lua, 1);
    double ms = lua_tonumber(lua, 2);
    size_t count = lua_objlen(lua, 3);
    lc_socket_watch *watches = lua_newuserdata(lua, (count + 1) * sizeof *watches);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(lua, 3, (int)i + 1);
        lua_rawgeti(lua, 4, (int)i + 1);
        const lc_socket_handle *handle = lua_touserdata(lua, -2);
        watches[i] = (lc_socket_watch){handle->socket, lua_toboolean(lua, -1), false};
        lua_pop(lua, 2);
    }
    int64_t since = lc_monotonic_ns();
    lc_sockets_wait(owner->sockets, watches, count, ms < LOOK_MS ? (int)ms : LOOK_MS);
    lc_state_waited(state, since);
    for (size_t i = 0; i < count; i++) {
        lua_pushboolean(lua, watches[i].is_ready);
        lua_rawseti(lua, 5, (int)i + 1);
    }
    return 0;
}

static int close_socket(lua_State *lua)
{
    lc_handle_close(lc_state_of(lua), lua_touserdata(lua, 1));
    return 0;
}

const lc_native lc_native_tcp[] = {
    {"open", open_tcp},    {"connect", begin_connect}, {"connected", connected}, {"read", read_some},
    {"write", write_some}, {"wait", wait},             {"close", close_socket},  {NULL, NULL},
};
