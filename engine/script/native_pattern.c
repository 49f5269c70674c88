/* string.find, match and gsub over pattern.h: the C half of lua/prelude/patterns.lua. */
#include <lauxlib.h>
#include <lua.h>

#include "script/internal.h"
#include "script/pattern.h"

static void begin(lua_State *lua, lc_match *match)
{
    *match = (lc_match){.go_on = lc_state_may_go_on, .context = lc_state_of(lua)};
    match->subject.data = luaL_checklstring(lua, 1, &match->subject.len);
    match->pattern.data = luaL_checklstring(lua, 2, &match->pattern.len);
}

static int raise_problem(lua_State *lua, const lc_match *match)
{
    const lc_state *state = match->context;
    if (!state->frame.spent) return luaL_error(lua, "%s", match->problem);
    lc_state_entry(lua, "tick"); /* raises, since the time is spent */
    lua_call(lua, 0, 0);
    return 0;
}

/* The byte to start at, from 0, of Lua's init argument; past the end: false. */
static bool start_of(lua_State *lua, int at, size_t len, size_t *ret_from)
{
    double init = luaL_optnumber(lua, at, 1);
    if (init < 0) init = (double)len + init + 1;
    if (!(init >= 1)) init = 1; /* or no number */
    if (init > (double)len + 1) return false;
    *ret_from = (size_t)init - 1;
    return true;
}

static void push_capture(lua_State *lua, const lc_match *match, int i)
{
    const lc_capture *capture = &match->captures[i];
    if (lc_capture_is_position(capture)) lua_pushnumber(lua, (double)(capture->at - match->subject.data + 1));
    else if (capture->len < 0) luaL_error(lua, "unfinished capture");
    else lua_pushlstring(lua, capture->at, (size_t)capture->len);
}

/* The captures, or the whole match when there are none. */
static int push_captures(lua_State *lua, const lc_match *match, size_t start, size_t end)
{
    luaL_checkstack(lua, match->count + 1, "too many captures");
    if (!match->count) {
        lua_pushlstring(lua, match->subject.data + start, end - start);
        return 1;
    }
    for (int i = 0; i < match->count; i++) push_capture(lua, match, i);
    return match->count;
}

static int find_plain(lua_State *lua, const lc_match *match, size_t from)
{
    const char *found = match->subject.data + from;
    if (match->pattern.len)
        found = memmem(match->subject.data + from, match->subject.len - from, match->pattern.data,
                       match->pattern.len);
    if (!found) return 0;
    size_t start = (size_t)(found - match->subject.data);
    lua_pushnumber(lua, (double)start + 1);
    lua_pushnumber(lua, (double)(start + match->pattern.len));
    return 2;
}

static bool has_specials(lc_text pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (strchr("^$*+?.([%-", pattern.data[i]) && pattern.data[i]) return true;
    }
    return false;
}

/* find(text, pattern, init, plain) */
static int find(lua_State *lua)
{
    lc_match match;
    size_t from, start, end;
    begin(lua, &match);
    if (!start_of(lua, 3, match.subject.len, &from)) return 0;
    if (lua_toboolean(lua, 4) || !has_specials(match.pattern)) return find_plain(lua, &match, from);
    if (!lc_pattern_find(&match, from, &start, &end)) return match.problem ? raise_problem(lua, &match) : 0;
    lua_pushnumber(lua, (double)start + 1);
    lua_pushnumber(lua, (double)end);
    int count = 2;
    for (int i = 0; i < match.count; i++, count++) {
        luaL_checkstack(lua, 1, "too many captures");
        push_capture(lua, &match, i);
    }
    return count;
}

/* match(text, pattern, init) */
static int match_text(lua_State *lua)
{
    lc_match match;
    size_t from, start, end;
    begin(lua, &match);
    if (!start_of(lua, 3, match.subject.len, &from)) return 0;
    if (!lc_pattern_find(&match, from, &start, &end)) return match.problem ? raise_problem(lua, &match) : 0;
    return push_captures(lua, &match, start, end);
}

/* next_match(text, pattern, init): start, end and captures (the whole match when there are none), or nothing.
 */
static int next_match(lua_State *lua)
{
    lc_match match;
    size_t from, start, end;
    begin(lua, &match);
    if (!start_of(lua, 3, match.subject.len, &from)) return 0;
    if (!lc_pattern_find(&match, from, &start, &end)) return match.problem ? raise_problem(lua, &match) : 0;
    lua_pushnumber(lua, (double)start + 1);
    lua_pushnumber(lua, (double)end);
    return 2 + push_captures(lua, &match, start, end);
}

/* gsub with a text as replacement, whole in C. */

static void add_capture(lua_State *lua, lc_buf *out, const lc_match *match, int i, size_t start, size_t end)
{
    if (i == 0 || (i == 1 && !match->count)) {
        lc_buf_add(out, match->subject.data + start, end - start);
        return;
    }
    if (i > match->count) luaL_error(lua, "invalid capture index");
    const lc_capture *capture = &match->captures[i - 1];
    if (lc_capture_is_position(capture)) lc_buf_printf(out, "%td", capture->at - match->subject.data + 1);
    else if (capture->len < 0) luaL_error(lua, "unfinished capture");
    else lc_buf_add(out, capture->at, (size_t)capture->len);
}

static void add_replacement(lua_State *lua, lc_buf *out, const lc_match *match, lc_text with, size_t start,
                            size_t end)
{
    for (size_t i = 0; i < with.len; i++) {
        if (with.data[i] != '%') {
            lc_buf_put(out, with.data[i]);
            continue;
        }
        char c = ++i < with.len ? with.data[i] : '\0';
        if (c >= '0' && c <= '9') add_capture(lua, out, match, c - '0', start, end);
        else lc_buf_put(out, c);
    }
}

static void check_size(lua_State *lua, const lc_state *state)
{
    if (state->text.len > state->heap.most) luaL_error(lua, "not enough memory");
}

/* gsub_text(text, pattern, replacement, max) */
static int gsub_text(lua_State *lua)
{
    lc_match match;
    lc_text with = {0};
    begin(lua, &match);
    with.data = luaL_checklstring(lua, 3, &with.len);
    double max = luaL_optnumber(lua, 4, (double)match.subject.len + 1), count = 0;
    lc_state *state = match.context;
    lc_buf *out = &state->text;
    size_t from = 0, start, end;
    lc_buf_reset(out);
    while (count < max && lc_pattern_find(&match, from, &start, &end)) {
        lc_buf_add(out, match.subject.data + from, start - from);
        add_replacement(lua, out, &match, with, start, end);
        check_size(lua, state);
        count++;
        if (end == start && end < match.subject.len) lc_buf_put(out, match.subject.data[end]);
        from = end == start ? end + 1 : end;
        if (from > match.subject.len || match.pattern.data[0] == '^') break;
    }
    if (match.problem) return raise_problem(lua, &match);
    if (from < match.subject.len) lc_buf_add(out, match.subject.data + from, match.subject.len - from);
    lua_pushlstring(lua, out->data ? out->data : "", out->len);
    lua_pushnumber(lua, count);
    return 2;
}

const lc_native lc_native_patterns[] = {
    {"find", find}, {"match", match_text}, {"next_match", next_match}, {"gsub_text", gsub_text}, {NULL, NULL},
};
