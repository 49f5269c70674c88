/* The capability `file`: C side of lua/prelude/file.lua over engine/io. A handle is light userdata that only
 * the prelude holds; whatever a script leaves open is closed with its connector. */
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/file_append.h"
#include "io/file_tail.h"
#include "io/file_whole.h"
#include "java/charset.h"
#include "script/bridge.h"
#include "script/handles.h"

typedef struct lc_file_handle {
    lc_handle head;
    lc_file_tail *tail; /* one of the two */
    lc_file_append *append;
    lc_charset *charset; /* NULL: UTF-8 */
} lc_file_handle;

/* Where a path really leads, links followed; of a file that is missing, its directory counts. False: nowhere.
 */
static bool resolve(const char *path, char real[PATH_MAX])
{
    if (realpath(path, real)) return true;
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (!*name || !strcmp(name, "..") || len >= sizeof folder) return false;
    memcpy(folder, path, len);
    folder[len] = '\0';
    if (!realpath(slash ? (len ? folder : "/") : ".", real)) return false;
    size_t used = strlen(real);
    return snprintf(real + used, PATH_MAX - used, "%s%s", used > 1 ? "/" : "", name) < (int)(PATH_MAX - used);
}

static bool is_inside(const char *folder, const char *path)
{
    char real_folder[PATH_MAX + 1], real[PATH_MAX];
    if (!realpath(folder, real_folder) || !resolve(path, real)) return false;
    size_t len = strlen(real_folder);
    if (len > 1) real_folder[len++] = '/', real_folder[len] = '\0';
    return !strncmp(real, real_folder, len) && real[len];
}

/* Is `path` one of the granted files, or inside of a granted directory? */
static bool is_granted(const lc_grants *grants, const char *path)
{
    for (const char *const *file = grants->files; file && *file; file++) {
        size_t len = strlen(*file);
        bool is_folder = len && (*file)[len - 1] == '/';
        if (is_folder ? is_inside(*file, path) : !strcmp(*file, path)) return true;
    }
    return false;
}

lc_error *lc_file_check(const lc_state *state, const char *path)
{
    const lc_grants *grants = lc_state_grants(state);
    if (path ? is_granted(grants, path) : grants->stdio) return NULL;
    if (!path) return lc_fail(LC_E_CONNECT, "standard input and output aren't granted to this connector");
    return lc_fail(
        LC_E_CONNECT,
        "the file %s isn't granted to this connector: add it, or its directory with a / at the end, "
        "to the worker's setting script.grants",
        path);
}

static void free_handle(lc_handle *head)
{
    lc_file_handle *handle = (lc_file_handle *)head;
    lc_error_free(lc_file_append_close(handle->append));
    lc_file_tail_free(handle->tail);
    lc_charset_close(handle->charset);
    free(handle);
}

static lc_file_handle *new_handle(lc_state *state)
{
    return lc_handle_new(state, sizeof(lc_file_handle), free_handle);
}

/* Lines are cut at bytes \n and \r, so only encodings that hold ASCII as it is will do. */
static lc_error *open_charset(const char *name, lc_charset **ret_charset)
{
    lc_autoptr(lc_charset) charset = NULL;
    if (!name) return NULL;
    LC_TRY(lc_charset_open(name, &charset));
    if (lc_charset_is_utf8(charset)) return NULL;
    const char *canonical = lc_charset_name(charset);
    if (!strncmp(canonical, "UTF-16", 6) || !strncmp(canonical, "UTF-32", 6))
        return lc_fail(LC_E_CONFIG, "files in %s can't be read line by line", canonical);
    *ret_charset = lc_steal(charset);
    return NULL;
}

static lc_error *open_tail(lc_state *state, const char *path, int64_t position, const char *encoding,
                           lc_file_handle *handle)
{
    const lc_grants *grants = lc_state_grants(state);
    LC_TRY(lc_file_check(state, path));
    LC_TRY(open_charset(encoding, &handle->charset));
    return lc_file_tail_new(grants->file_hub, path, position, &handle->tail);
}

/* tail(path or nil, position, encoding or nil) */
static int tail(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    const char *path = luaL_optstring(lua, 1, NULL), *encoding = luaL_optstring(lua, 3, NULL);
    double asked = luaL_checknumber(lua, 2);
    int64_t position = asked >= 1 && asked <= 9007199254740992.0 ? (int64_t)asked : 0;
    lc_file_handle *handle = new_handle(state);
    return lc_give_handle(lua, state, &handle->head, open_tail(state, path, position, encoding, handle));
}

static lc_value position_offset(lc_state *state, const lc_shape *shape, int64_t position)
{
    lc_value offset = lc_object_new(&state->batch->arena, shape, 0);
    offset.u.object->slots[0] = lc_value_int(LC_INT64, position);
    return offset;
}

/* Adds one record per line. The partition in frame->a and the topic are shared by all of them. */
static void add_lines(lc_state *state, lc_file_handle *handle, lc_text topic, const lc_file_line *lines,
                      size_t count)
{
    lc_batch *batch = state->batch;
    lc_text name = LC_TEXT("position");
    const lc_shape *shape = lc_shape_of(state->types, &name, 1);
    const lc_value partition = state->frame.a;
    for (size_t i = 0; i < count; i++) {
        lc_record *record = lc_batch_add(batch);
        lc_text text = lines[i].text;
        text = handle->charset ? lc_charset_decode(handle->charset, &batch->arena, text)
                               : lc_utf8_decode(&batch->arena, text);
        record->topic = topic.data;
        record->topic_len = (uint32_t)topic.len;
        record->value_schema = state->frame.schema;
        record->value = lc_value_text(text);
        record->source_partition = partition;
        if (partition.kind != LC_NULL) record->source_offset = position_offset(state, shape, lines[i].end);
    }
    state->frame.records = batch->records;
    state->frame.count = batch->count;
    state->frame.room -= (uint32_t)count;
}

/* read(handle, topic, room): true, how many records were added, and news (see lc_file_news). */
static int read_lines(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    lc_file_handle *handle = lua_touserdata(lua, 1);
    lc_text topic = {0};
    topic.data = luaL_checklstring(lua, 2, &topic.len);
    double asked = luaL_checknumber(lua, 3);
    size_t room = asked < 0 ? 0 : asked > state->frame.room ? state->frame.room : (size_t)asked, count = 0;
    if (!state->batch) return luaL_error(lua, "read_lines is for poll, while it runs");
    lc_arena *arena = &state->batch->arena;
    topic.data = lc_arena_copy(arena, topic.data, topic.len);
    lc_file_line *lines = lc_arena_alloc(arena, (room + 1) * sizeof *lines);
    lc_error *error = lc_file_tail_read(handle->tail, arena, lines, room, &count);
    if (error) return lc_give_result(lua, state, error);
    add_lines(state, handle, topic, lines, count);
    lua_pushboolean(lua, true);
    lua_pushnumber(lua, (double)count);
    lua_pushnumber(lua, lc_file_tail_news(handle->tail));
    return 3;
}

static int position(lua_State *lua)
{
    const lc_file_handle *handle = lua_touserdata(lua, 1);
    lua_pushnumber(lua, (double)lc_file_tail_position(handle->tail));
    return 1;
}

/* wait(handle): how many ms at most, and the descriptor to wait for. */
static int wait_for(lua_State *lua)
{
    const lc_file_handle *handle = lua_touserdata(lua, 1);
    int64_t ms;
    int fd = lc_file_tail_wait(handle->tail, &ms);
    lua_pushnumber(lua, (double)ms);
    lua_pushnumber(lua, fd);
    return 2;
}

static lc_error *open_append(lc_state *state, const char *path, lc_file_handle *handle)
{
    LC_TRY(lc_file_check(state, path));
    return lc_file_append_open(path, &handle->append);
}

/* append(path or nil) */
static int append(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    const char *path = luaL_optstring(lua, 1, NULL);
    lc_file_handle *handle = new_handle(state);
    return lc_give_handle(lua, state, &handle->head, open_append(state, path, handle));
}

/* write(handle): the value of every record that put() sees and hasn't rejected, a line each, in one write. */
static int write_lines(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    lc_file_handle *handle = lua_touserdata(lua, 1);
    lc_buf *out = lc_file_append_buffer(handle->append);
    for (uint32_t i = 0; i < state->frame.live_count; i++) {
        const lc_record *record = &state->batch->records[state->frame.live[i]];
        const lc_value *value = &record->value;
        if (record->state != LC_LIVE) continue;
        if (value->kind == LC_STRING) lc_buf_add(out, value->u.s, value->len);
        else if (lc_frame_is_bounded(&state->frame, value)) lc_value_to_text(out, value);
        lc_buf_put(out, '\n');
    }
    return lc_give_result(lua, state, lc_file_append_write(handle->append));
}

static int flush(lua_State *lua)
{
    lc_file_handle *handle = lua_touserdata(lua, 1);
    return lc_give_result(lua, lc_state_of(lua), lc_file_append_write(handle->append));
}

static int close_file(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    lc_file_handle *handle = lua_touserdata(lua, 1);
    lc_error *error = lc_file_append_close(handle->append);
    handle->append = NULL;
    lc_handle_close(state, &handle->head);
    return lc_give_result(lua, state, error);
}

enum { MOST_LOADED = 16 * 1024 * 1024 };

static lc_error *load_into(lc_state *state, const char *path, bool *ret_found)
{
    lc_buf_reset(&state->text);
    LC_TRY(lc_file_check(state, path));
    return lc_file_whole_read(path, MOST_LOADED, &state->text, ret_found);
}

/* load(path): true and the content, or nil without such a file. */
static int load(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    bool found = false;
    lc_error *error = load_into(state, luaL_checkstring(lua, 1), &found);
    if (error) return lc_give_result(lua, state, error);
    lua_pushboolean(lua, true);
    if (found) lua_pushlstring(lua, state->text.data, state->text.len);
    else lua_pushnil(lua);
    return 2;
}

static lc_error *create_file(const lc_state *state, const char *path, lc_text content, bool *ret_created)
{
    LC_TRY(lc_file_check(state, path));
    return lc_file_whole_create(path, content, ret_created);
}

/* create(path, text): true, and whether there was none of that name. */
static int create(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    bool created = false;
    lc_text content;
    content.data = luaL_checklstring(lua, 2, &content.len);
    lc_error *error = create_file(state, luaL_checkstring(lua, 1), content, &created);
    if (error) return lc_give_result(lua, state, error);
    lua_pushboolean(lua, true);
    lua_pushboolean(lua, created);
    return 2;
}

static lc_error *replace_file(const lc_state *state, const char *path, lc_text content)
{
    LC_TRY(lc_file_check(state, path));
    return lc_file_whole_replace(path, content);
}

/* replace(path, text) */
static int replace(lua_State *lua)
{
    lc_state *state = lc_state_of(lua);
    lc_text content;
    content.data = luaL_checklstring(lua, 2, &content.len);
    return lc_give_result(lua, state, replace_file(state, luaL_checkstring(lua, 1), content));
}

const lc_native lc_native_file[] = {
    {"tail", tail},     {"read", read_lines},  {"position", position},
    {"wait", wait_for}, {"append", append},    {"write", write_lines},
    {"flush", flush},   {"close", close_file}, {"load", load},
    {"create", create}, {"replace", replace},  {NULL, NULL},
};
