#include "runtime/plugins.h"

#include <dirent.h>
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/script_trust.h"

/* Where `make install` puts scripts; the build tree's own scripts/ is tried first. Both come from CMake. */
#ifndef LC_SCRIPT_DIR_BUILD
#define LC_SCRIPT_DIR_BUILD ""
#endif
#ifndef LC_SCRIPT_DIR_INSTALLED
#define LC_SCRIPT_DIR_INSTALLED "/usr/local/share/luaconnect/scripts"
#endif

/* A script that was replaced: freed when nobody can be using it any more. */
typedef struct retired {
    lc_script *script;
    int64_t since_ms;
} retired;

struct lc_plugins {
    lc_log_t *log;
    const lc_trusted_keys *keys; /* NULL: signatures aren't asked for */
    pthread_rwlock_t lock;       /* guards everything below once tasks may run */
    retired *retired;
    size_t retired_count, retired_cap;
    lc_script **scripts;
    size_t count, cap;
    lc_table *by_name[2]; /* connectors, and transforms with predicates: name or alias → script */
    lc_table *broken;     /* file stem → lc_error */
};

enum { CONNECTORS, STEPS };

static const char *const folders[] = {"", "connectors", "transforms", "predicates"};

static lc_table *table_for(const lc_plugins *plugins, const lc_script *script)
{
    lc_script_kind kind = lc_script_kind_of(script);
    return plugins->by_name[kind == LC_SCRIPT_SOURCE || kind == LC_SCRIPT_SINK ? CONNECTORS : STEPS];
}

/* Connect's short names: the simple class name, and that without the suffix of its kind. */
static void add_short_names(lc_table *table, const char *name, lc_script *script)
{
    static const char *const suffixes[] = {"Connector", "Transformation", "Predicate"};
    const char *dot = strrchr(name, '.');
    if (!dot || strchr(dot, '$')) return;
    lc_table_put(table, dot + 1, script);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t len = strlen(dot + 1), cut = strlen(suffixes[i]);
        if (len <= cut || strcmp(dot + 1 + len - cut, suffixes[i])) continue;
        char *pruned = lc_strndup(dot + 1, len - cut);
        lc_table_put(table, pruned, script);
        free(pruned);
    }
}

static void add_names(lc_plugins *plugins, lc_script *script)
{
    lc_table *table = table_for(plugins, script);
    lc_table_put(table, lc_script_name(script), script);
    for (size_t i = 0; i < lc_script_alias_count(script); i++) {
        add_short_names(table, lc_script_alias(script, i), script);
        lc_table_put(table, lc_script_alias(script, i), script);
    }
}

void lc_plugins_add(lc_plugins *plugins, lc_script *script)
{
    plugins->scripts = lc_grow(plugins->scripts, &plugins->cap, plugins->count + 1, sizeof *plugins->scripts);
    plugins->scripts[plugins->count++] = script;
    add_names(plugins, script);
}

static void free_error(void *error)
{
    lc_error_free(error);
}

static void add_file(lc_plugins *plugins, const char *path, bool shipped)
{
    lc_script *script = NULL;
    lc_error *error =
        shipped ? lc_script_read_file(path, true, &script) : lc_trust_read(plugins->keys, path, &script);
    if (!error) {
        lc_plugins_add(plugins, script);
        return;
    }
    lc_log(plugins->log, LC_LOG_ERROR, "runtime.plugins", "script can't be used", "file", path, "error",
           lc_error_message(error), NULL);
    const char *slash = strrchr(path, '/');
    char *stem = lc_strndup(slash + 1, strlen(slash + 1) - 4);
    lc_table_put(plugins->broken, stem, error);
    free(stem);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);
    return len > tail && !strcmp(text + len - tail, end);
}

static bool add_directory(lc_plugins *plugins, const char *directory, bool shipped)
{
    DIR *dir = opendir(directory);
    if (!dir) return false;
    lc_auto(lc_strings) files = {0};
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const char *name = entry->d_name;
        if (ends_with(name, ".lua") && !ends_with(name, "_test.lua") && !ends_with(name, "_lib.lua"))
            lc_strings_printf(&files, "%s/%s", directory, entry->d_name);
    }
    closedir(dir);
    if (files.count) qsort(files.items, files.count, sizeof *files.items, by_text);
    for (size_t i = 0; i < files.count; i++) add_file(plugins, files.items[i], shipped);
    return true;
}

static bool add_tree(lc_plugins *plugins, const char *root, bool shipped)
{
    bool found = false;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        lc_auto(lc_buf) path = {0};
        lc_buf_printf(&path, folders[i][0] ? "%s/%s" : "%s%s", root, folders[i]);
        found |= add_directory(plugins, path.data, shipped);
    }
    return found;
}

/* share/luaconnect/scripts beside the bin/ or lib/ directory of the object that holds this very function. */
static bool add_beside_library(lc_plugins *plugins)
{
    Dl_info info;
    char path[PATH_MAX];
    if (!dladdr((void *)&lc_plugins_load, &info) || !info.dli_fname || !realpath(info.dli_fname, path))
        return false;
    for (int up = 0; up < 3; up++) {
        char *slash = strrchr(path, '/');
        if (!slash) return false;
        *slash = '\0';
        lc_auto(lc_buf) candidate = {0};
        lc_buf_printf(&candidate, "%s/share/luaconnect/scripts", path);
        if (!access(candidate.data, R_OK)) return add_tree(plugins, candidate.data, true);
    }
    return false;
}

static lc_error *add_shipped(lc_plugins *plugins, const char *script_dir)
{
    if (script_dir) {
        if (add_tree(plugins, script_dir, true)) return NULL;
        return lc_fail(LC_E_CONFIG, "The directory of shipped scripts %s can't be read.", script_dir);
    }
    if (add_beside_library(plugins)) return NULL;
    if (LC_SCRIPT_DIR_BUILD[0] && add_tree(plugins, LC_SCRIPT_DIR_BUILD, true)) return NULL;
    if (add_tree(plugins, LC_SCRIPT_DIR_INSTALLED, true)) return NULL;
    return lc_fail(LC_E_CONFIG,
                   "The shipped scripts are neither beside the program nor in %s. Install them, or set "
                   "script.directory.",
                   LC_SCRIPT_DIR_INSTALLED);
}

static void add_plugin_path(lc_plugins *plugins, const char *plugin_path)
{
    char *copy = lc_strdup(plugin_path), *rest = copy;
    for (char *item; (item = strsep(&rest, ",")) != NULL;) {
        lc_text directory = lc_text_trim(lc_text_of(item));
        if (!directory.len) continue;
        char *path = lc_strndup(directory.data, directory.len);
        if (!add_tree(plugins, path, false))
            lc_log(plugins->log, LC_LOG_WARN, "runtime.plugins", "directory of plugin.path can't be read",
                   "directory", path, NULL);
        free(path);
    }
    free(copy);
}

lc_plugins *lc_plugins_new(lc_log_t *log)
{
    lc_plugins *plugins = lc_alloc(sizeof *plugins);
    pthread_rwlock_init(&plugins->lock, NULL);
    plugins->log = log;
    plugins->by_name[CONNECTORS] = lc_table_new(NULL);
    plugins->by_name[STEPS] = lc_table_new(NULL);
    plugins->broken = lc_table_new(free_error);
    return plugins;
}

lc_error *lc_plugins_load(const char *script_dir, const char *plugin_path, lc_log_t *log,
                          lc_plugins **ret_plugins)
{
    return lc_plugins_load_signed(script_dir, plugin_path, NULL, log, ret_plugins);
}

lc_error *lc_plugins_load_signed(const char *script_dir, const char *plugin_path, const lc_trusted_keys *keys,
                                 lc_log_t *log, lc_plugins **ret_plugins)
{
    lc_plugins *plugins = lc_plugins_new(log);
    plugins->keys = keys;
    lc_error *error = add_shipped(plugins, script_dir);
    if (error) {
        lc_plugins_free(plugins);
        return error;
    }
    if (plugin_path) add_plugin_path(plugins, plugin_path);
    *ret_plugins = plugins;
    return NULL;
}

void lc_plugins_free(lc_plugins *plugins)
{
    if (!plugins) return;
    for (size_t i = 0; i < plugins->count; i++) lc_script_unref(plugins->scripts[i]);
    for (size_t i = 0; i < plugins->retired_count; i++) lc_script_unref(plugins->retired[i].script);
    free(plugins->retired);
    pthread_rwlock_destroy(&plugins->lock);
    free(plugins->scripts);
    lc_table_free(plugins->by_name[CONNECTORS]);
    lc_table_free(plugins->by_name[STEPS]);
    lc_table_free(plugins->broken);
    free(plugins);
}

enum { RETIRED_MS = 60000 };

static void retire(lc_plugins *plugins, lc_script *script)
{
    int64_t now = lc_monotonic_ms();
    size_t over = 0;
    while (over < plugins->retired_count && now - plugins->retired[over].since_ms > RETIRED_MS)
        lc_script_unref(plugins->retired[over++].script);
    plugins->retired_count -= over;
    if (plugins->retired_count && over)
        memmove(plugins->retired, plugins->retired + over, plugins->retired_count * sizeof(retired));
    plugins->retired =
        lc_grow(plugins->retired, &plugins->retired_cap, plugins->retired_count + 1, sizeof(retired));
    plugins->retired[plugins->retired_count++] = (retired){script, now};
}

/* Names that only the old version had lead nowhere. */
static void take_out(lc_plugins *plugins, lc_script *old)
{
    lc_table *table = table_for(plugins, old);
    for (size_t i = lc_table_count(table); i-- > 0;) {
        if (lc_table_value_at(table, i) != old) continue;
        char *name = lc_strdup(lc_table_key_at(table, i));
        lc_table_remove(table, name);
        free(name);
    }
    for (size_t i = 0; i < plugins->count; i++) {
        if (plugins->scripts[i] != old) continue;
        memmove(plugins->scripts + i, plugins->scripts + i + 1, (--plugins->count - i) * sizeof(lc_script *));
        break;
    }
    retire(plugins, old);
}

void lc_plugins_put(lc_plugins *plugins, lc_script *script)
{
    pthread_rwlock_wrlock(&plugins->lock);
    for (size_t i = plugins->count; i-- > 0;)
        if (!strcmp(lc_script_path(plugins->scripts[i]), lc_script_path(script)))
            take_out(plugins, plugins->scripts[i]);
    lc_plugins_add(plugins, lc_script_ref(script));
    lc_table_remove(plugins->broken, lc_script_name(script));
    pthread_rwlock_unlock(&plugins->lock);
}

void lc_plugins_remove(lc_plugins *plugins, const char *path)
{
    pthread_rwlock_wrlock(&plugins->lock);
    for (size_t i = plugins->count; i-- > 0;)
        if (!strcmp(lc_script_path(plugins->scripts[i]), path)) take_out(plugins, plugins->scripts[i]);
    for (size_t i = 0; i < plugins->count; i++) add_names(plugins, plugins->scripts[i]);
    pthread_rwlock_unlock(&plugins->lock);
}

/* Names of classes are long and alike: only a slip of the pen is near. */
enum { SLIP = 2 };

static const char *nearest(const lc_table *table, const char *name, size_t most)
{
    size_t count = lc_table_count(table);
    const char **names = lc_alloc((count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++) names[i] = lc_table_key_at(table, i);
    const char *best = lc_nearest_within(name, names, count, most);
    free(names);
    return best;
}

static lc_error *load_error(const lc_plugins *plugins, const char *name)
{
    const lc_error *error = lc_table_get(plugins->broken, name);
    return error ? lc_error_copy(error) : NULL;
}

static void list_connectors(const lc_plugins *plugins, lc_buf *text)
{
    for (size_t i = 0; i < plugins->count; i++) {
        lc_script *script = plugins->scripts[i];
        lc_script_kind kind = lc_script_kind_of(script);
        if (kind != LC_SCRIPT_SOURCE && kind != LC_SCRIPT_SINK) continue;
        const char *type = kind == LC_SCRIPT_SOURCE ? "source" : "sink";
        lc_buf_printf(
            text,
            "%sPluginDesc{klass=class %s, name='%s', version='%s', type=%s, typeName='%s', location='%s'}",
            text->len ? ", " : "", lc_script_java_class(script), lc_script_java_class(script),
            lc_script_version(script), type, type, lc_script_path(script));
    }
}

static void read_lock(const lc_plugins *plugins)
{
    pthread_rwlock_rdlock((pthread_rwlock_t *)&plugins->lock);
}

static void unlock(const lc_plugins *plugins)
{
    pthread_rwlock_unlock((pthread_rwlock_t *)&plugins->lock);
}

lc_script *lc_plugins_of_file(const lc_plugins *plugins, const char *path)
{
    lc_script *found = NULL;
    read_lock(plugins);
    for (size_t i = 0; i < plugins->count; i++)
        if (!strcmp(lc_script_path(plugins->scripts[i]), path)) found = plugins->scripts[i];
    unlock(plugins);
    return found;
}

static lc_error *find_connector(const lc_plugins *plugins, const char *name, lc_script **ret_script)
{
    lc_script *script = lc_table_get(plugins->by_name[CONNECTORS], name);
    if (script) {
        *ret_script = script;
        return NULL;
    }
    LC_TRY(load_error(plugins, name));
    lc_auto(lc_buf) available = {0};
    list_connectors(plugins, &available);
    const char *near = nearest(plugins->by_name[CONNECTORS], name, strlen(name) / 3 + 1);
    return lc_fail(
        LC_E_CONNECT,
        "Failed to find any class that implements Connector and which name matches %s%s%s%s, available "
        "connectors are: %s",
        name, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "", available.data);
}

lc_error *lc_plugins_connector(const lc_plugins *plugins, const char *name, lc_script **ret_script)
{
    read_lock(plugins);
    lc_error *error = find_connector(plugins, name, ret_script);
    unlock(plugins);
    return error;
}

static lc_error *find_step(const lc_plugins *plugins, const char *name, lc_script_kind kind, const char *what,
                           lc_script **ret_script)
{
    lc_script *script = lc_table_get(plugins->by_name[STEPS], name);
    if (script && lc_script_kind_of(script) == kind) {
        *ret_script = script;
        return NULL;
    }
    if (script) return lc_fail(LC_E_CONFIG, "%s is not a %s", name, what);
    LC_TRY(load_error(plugins, name));
    const char *near = nearest(plugins->by_name[STEPS], name, SLIP);
    return lc_fail(LC_E_CONFIG, "Class %s could not be found.%s%s%s", name, near ? " Did you mean " : "",
                   near ? near : "", near ? "?" : "");
}

static lc_error *step(const lc_plugins *plugins, const char *name, lc_script_kind kind, const char *what,
                      lc_script **ret_script)
{
    read_lock(plugins);
    lc_error *error = find_step(plugins, name, kind, what, ret_script);
    unlock(plugins);
    return error;
}

lc_error *lc_plugins_transform(const lc_plugins *plugins, const char *name, lc_script **ret_script)
{
    return step(plugins, name, LC_SCRIPT_TRANSFORM, "Transformation", ret_script);
}

lc_error *lc_plugins_predicate(const lc_plugins *plugins, const char *name, lc_script **ret_script)
{
    return step(plugins, name, LC_SCRIPT_PREDICATE, "Predicate", ret_script);
}

size_t lc_plugins_count(const lc_plugins *plugins)
{
    read_lock(plugins);
    size_t count = plugins->count;
    unlock(plugins);
    return count;
}

lc_script *lc_plugins_at(const lc_plugins *plugins, size_t at)
{
    read_lock(plugins);
    lc_script *script = plugins->scripts[at < plugins->count ? at : plugins->count - 1];
    unlock(plugins);
    return script;
}

size_t lc_plugins_broken_count(const lc_plugins *plugins)
{
    return lc_table_count(plugins->broken);
}

const char *lc_plugins_broken_at(const lc_plugins *plugins, size_t at, const lc_error **ret_why)
{
    *ret_why = lc_table_value_at(plugins->broken, at);
    return lc_table_key_at(plugins->broken, at);
}
