/* Data files of a script: see lua/lc/data.lua. Each version of a script reads a file once, so that all of its tasks
 * see the same, and whoever goes back to a version goes back to its data. */
#include <lauxlib.h>
#include <lua.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "script/internal.h"
#include "script/script_data.h"

enum { LARGEST_DATA = 8 << 20 };

struct lc_script_data {
    pthread_mutex_t lock;
    lc_props *files; /* name → content */
};

lc_script_data *lc_script_data_new(void)
{
    lc_script_data *data = lc_alloc(sizeof *data);
    pthread_mutex_init(&data->lock, NULL);
    data->files = lc_props_new();
    return data;
}

void lc_script_data_free(lc_script_data *data)
{
    if (!data) return;
    pthread_mutex_destroy(&data->lock);
    lc_props_free(data->files);
    free(data);
}

void lc_script_data_names(const lc_script *script, lc_strings *names)
{
    lc_script_data *data = lc_script_data_of(script);
    pthread_mutex_lock(&data->lock);
    for (size_t i = 0; i < lc_props_count(data->files); i++) lc_strings_add(names, lc_props_key_at(data->files, i));
    pthread_mutex_unlock(&data->lock);
}

void lc_script_data_path(const lc_script *script, const char *name, lc_buf *path)
{
    const char *own = lc_script_path(script), *slash = strrchr(own, '/');
    lc_buf_printf(path, "%.*s%s", slash ? (int)(slash - own) + 1 : 0, own, name);
}

bool lc_script_data_get(const lc_script *script, const char *name, lc_buf *content)
{
    lc_script_data *data = lc_script_data_of(script);
    pthread_mutex_lock(&data->lock);
    lc_text text = lc_props_text(data->files, name);
    if (text.data) lc_buf_add(content, text.data, text.len);
    pthread_mutex_unlock(&data->lock);
    return text.data != NULL;
}

static lc_error *read_file(const char *path, lc_buf *content)
{
    struct stat info;
    if (stat(path, &info) || !S_ISREG(info.st_mode)) return lc_fail(LC_E_IO, "there is no such file beside the script");
    return lc_file_read(path, LARGEST_DATA, content);
}

/* What another thread has read meanwhile counts. */
static void keep(lc_script_data *data, const char *name, lc_buf *content)
{
    pthread_mutex_lock(&data->lock);
    lc_text there = lc_props_text(data->files, name);
    if (there.data) {
        lc_buf_reset(content);
        lc_buf_add(content, there.data, there.len);
    } else {
        lc_props_set_text(data->files, lc_text_of(name), (lc_text){content->data ? content->data : "", content->len});
    }
    pthread_mutex_unlock(&data->lock);
}

static lc_error *read_data(lc_script *script, const char *name, lc_buf *content)
{
    lc_auto(lc_buf) path = {0};
    if (lc_script_data_get(script, name, content)) return NULL;
    if (lc_script_has_closed_modules(script))
        return lc_fail(LC_E_SCRIPT, "it wasn't read when the script was loaded, which script.signature.required asks for");
    lc_script_data_path(script, name, &path);
    LC_TRY(read_file(path.data, content));
    keep(lc_script_data_of(script), name, content);
    return NULL;
}

static lc_script *script_at(const lc_state *state, const char *path)
{
    for (size_t i = state->script_count; i-- > 0;)
        if (!strcmp(lc_script_path(state->scripts[i]), path)) return state->scripts[i];
    return NULL;
}

/* read_data(path of the script, name): true and the content, or false and why not. */
static int read_for_lua(lua_State *lua)
{
    const char *path = luaL_checkstring(lua, 1), *name = luaL_checkstring(lua, 2);
    lc_state *state = lc_state_of(lua);
    lc_script *script = script_at(state, path);
    lc_buf *content = &state->text;
    lc_buf_reset(content);
    lc_error *error =
        script ? read_data(script, name, content) : lc_fail(LC_E_IO, "there is no such file beside the script");
    lua_pushboolean(lua, !error);
    if (error) lc_state_push_message(lua, error);
    else lua_pushlstring(lua, content->data ? content->data : "", content->len);
    return 2;
}

const lc_native lc_native_data[] = {{"read_data", read_for_lua}, {NULL, NULL}};
