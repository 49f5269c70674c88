#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "runtime/line_diff.h"
#include "runtime/reload_internal.h"

/* What REST shows of scripts and their versions. */

const char *lc_reload_kind_name(lc_script_kind kind)
{
    static const char *const kinds[] = {"connectors", "connectors", "transforms", "predicates"};
    return kinds[kind];
}

static const char *kind_of(const lc_script_file *file)
{
    return lc_reload_kind_name(file->kind);
}

lc_script_file *lc_reload_named(lc_reloader *reloader, const char *kind, const char *name)
{
    lc_script_file *found = NULL;
    for (size_t i = 0; i < reloader->file_count; i++) {
        lc_script_file *file = reloader->files[i];
        if (file->count && !strcmp(file->name, name) && !strcmp(kind_of(file), kind)) found = file;
    }
    return found;
}

/* Tasks whose chain or connector is this very version, whatever is on its way to them. */
static lc_json *tasks_json(const lc_reloader *r, const lc_script_file *file, const lc_reload_entry *version)
{
    lc_json *json = lc_json_new_array();
    for (size_t i = 0; i < r->seat_count; i++) {
        lc_auto(lc_buf) name = {0};
        if (!version->script || lc_seat_running(r->seats[i], file->path) != version->script) continue;
        lc_buf_printf(&name, "%s-%d", lc_seat_connector(r->seats[i]), lc_seat_task(r->seats[i]));
        lc_json_add(json, lc_json_new_string(name.data));
    }
    return json;
}

static lc_json *version_json(const lc_reloader *r, const lc_script_file *file, const lc_reload_entry *version)
{
    lc_json *json = lc_json_new_object();
    lc_json_set_int(json, "version", version->number);
    lc_json_set_string(json, "state", lc_version_state_name(version->state));
    lc_json_set_string(json, "sha256", version->sha);
    lc_json_set_int(json, "size", (int64_t)version->text.len);
    lc_json_set_string(json, "by", version->who);
    lc_json_set_int(json, "at", version->when_ms);
    lc_json_set_bool(json, "current", version == file->active);
    lc_json_set(json, "tasks", tasks_json(r, file, version));
    if (version->undecided) lc_json_set_int(json, "undecided_tasks", version->undecided);
    if (version->why) lc_json_set_string(json, "error", version->why);
    if (version->diff) lc_json_set_string(json, "diff", version->diff);
    return json;
}

lc_json *lc_reload_version_json(const lc_reloader *r, const lc_script_file *file, const lc_reload_entry *version)
{
    lc_json *json = version_json(r, file, version);
    lc_json_set_string(json, "name", file->name);
    lc_json_set_string(json, "kind", kind_of(file));
    lc_json_set_string(json, "file", file->path);
    return json;
}

static lc_json *text_json(const lc_reload_entry *version)
{
    return lc_json_new_text((lc_text){version->text.data ? version->text.data : "", version->text.len});
}

/* What one task runs, and what it still waits for. */
static lc_json *running_json(const lc_script_file *file, const lc_seat *seat)
{
    lc_json *json = lc_json_new_object();
    int64_t since_ms = 0;
    const lc_script *script = lc_seat_running(seat, file->path);
    const char *stage = lc_seat_stage(seat, file->path, &since_ms);
    lc_json_set_string(json, "connector", lc_seat_connector(seat));
    lc_json_set_int(json, "task", lc_seat_task(seat));
    for (size_t i = 0; i < file->count; i++)
        if (file->versions[i]->script == script) lc_json_set_int(json, "version", file->versions[i]->number);
    if (stage) lc_json_set_string(json, "waits", stage);
    if (stage) lc_json_set_int(json, "waits_ms", lc_monotonic_ms() - since_ms);
    return json;
}

static lc_json *all_running_json(const lc_reloader *r, const lc_script_file *file)
{
    lc_json *json = lc_json_new_array();
    for (size_t i = 0; i < r->seat_count; i++)
        if (lc_seat_uses(r->seats[i], file->path)) lc_json_add(json, running_json(file, r->seats[i]));
    return json;
}

/* The version in use, and what became of the latest one. */
static lc_json *file_json(lc_reloader *r, const lc_script_file *file)
{
    const lc_reload_entry *last = file->versions[file->count - 1], *now = file->active;
    lc_json *json = lc_json_new_object();
    int64_t tasks = 0;
    for (size_t i = 0; i < r->seat_count; i++) tasks += lc_seat_uses(r->seats[i], file->path);
    lc_json_set_string(json, "name", file->name);
    lc_json_set_string(json, "kind", kind_of(file));
    lc_json_set_string(json, "file", file->path);
    if (now) lc_json_set_int(json, "version", now->number);
    lc_json_set_string(json, "state", lc_version_state_name(now ? now->state : last->state));
    if (now) lc_json_set_string(json, "sha256", now->sha);
    lc_json_set_int(json, "tasks", tasks);
    lc_json_set(json, "running", all_running_json(r, file));
    lc_json_set_int(json, "versions", (int64_t)file->count);
    lc_json_set(json, "latest", version_json(r, file, last));
    return json;
}

lc_json *lc_reloader_list(lc_reloader *reloader)
{
    lc_json *list = lc_json_new_array();
    if (!reloader) return list;
    lc_reloader_lock(reloader);
    for (size_t i = 0; i < reloader->file_count; i++)
        if (reloader->files[i]->count) lc_json_add(list, file_json(reloader, reloader->files[i]));
    lc_reloader_unlock(reloader);
    return list;
}

static lc_error *missing(const char *kind, const char *name)
{
    static const char *const kinds[] = {"connectors", "transforms", "predicates"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i], kind))
            return lc_fail(LC_E_NOT_FOUND, "There is no script %s among the %s of plugin.path.", name, kind);
    return lc_fail(LC_E_NOT_FOUND, "There are connectors, transforms and predicates, but no %s.", kind);
}

/* With the lock when it gives no error. */
static lc_error *find(lc_reloader *r, const char *kind, const char *name, lc_script_file **ret_file)
{
    if (!r) return missing(kind, name);
    lc_reloader_lock(r);
    *ret_file = lc_reload_named(r, kind, name);
    if (*ret_file) return NULL;
    lc_reloader_unlock(r);
    return missing(kind, name);
}

static int by_length(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* How long tasks stood still for a swap, of the latest ones of this worker. */
/* To the microsecond. */
static void set_ms(lc_json *object, const char *name, int64_t ns)
{
    int64_t us = ns / 1000;
    lc_json_set(object, name, lc_json_new_double((double)us / 1000));
}

static lc_json *pauses_json(const lc_reloader *r)
{
    lc_json *json = lc_json_new_object();
    size_t count = r->pause_count < LC_PAUSES_KEPT ? r->pause_count : LC_PAUSES_KEPT;
    int64_t *sorted = lc_alloc((count + 1) * sizeof *sorted);
    if (count) memcpy(sorted, r->pauses, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_length);
    lc_json_set_int(json, "count", (int64_t)r->pause_count);
    if (count) set_ms(json, "p99_ms", sorted[(count * 99 - 1) / 100]);
    if (count) set_ms(json, "max_ms", sorted[count - 1]);
    free(sorted);
    return json;
}

lc_error *lc_reloader_show(lc_reloader *reloader, const char *kind, const char *name, lc_json **ret)
{
    lc_script_file *file;
    LC_TRY(find(reloader, kind, name, &file));
    *ret = file_json(reloader, file);
    lc_json_set(*ret, "pauses", pauses_json(reloader));
    if (file->active) lc_json_set(*ret, "text", text_json(file->active));
    lc_reloader_unlock(reloader);
    return NULL;
}

lc_error *lc_reloader_versions(lc_reloader *reloader, const char *kind, const char *name, lc_json **ret)
{
    lc_script_file *file;
    LC_TRY(find(reloader, kind, name, &file));
    *ret = lc_json_new_array();
    for (size_t i = 0; i < file->count; i++) lc_json_add(*ret, version_json(reloader, file, file->versions[i]));
    lc_reloader_unlock(reloader);
    return NULL;
}

lc_reload_entry *lc_reload_numbered(const lc_script_file *file, int number)
{
    if (!number) return file->active ? file->active : file->versions[file->count - 1];
    for (size_t i = 0; i < file->count; i++)
        if (file->versions[i]->number == number) return file->versions[i];
    return NULL;
}

static lc_error *no_version(const lc_script_file *file, int number)
{
    return lc_fail(LC_E_NOT_FOUND, "%s has no version %d.", file->name, number);
}

lc_error *lc_reloader_version(lc_reloader *reloader, const char *kind, const char *name, int number,
                              lc_json **ret)
{
    lc_script_file *file;
    LC_TRY(find(reloader, kind, name, &file));
    const lc_reload_entry *version = lc_reload_numbered(file, number);
    lc_error *error = version ? NULL : no_version(file, number);
    if (version) *ret = lc_reload_version_json(reloader, file, version);
    if (version) lc_json_set(*ret, "text", text_json(version));
    lc_reloader_unlock(reloader);
    return error;
}

lc_error *lc_reloader_text(lc_reloader *reloader, const char *kind, const char *name, int number, lc_buf *text,
                           lc_buf *signature)
{
    lc_script_file *file;
    LC_TRY(find(reloader, kind, name, &file));
    const lc_reload_entry *version = lc_reload_numbered(file, number);
    lc_error *error = version ? NULL : no_version(file, number);
    if (version) lc_buf_add(text, version->text.data, version->text.len);
    if (version) lc_buf_add(signature, version->signature.data, version->signature.len);
    lc_reloader_unlock(reloader);
    return error;
}

lc_error *lc_reloader_diff(lc_reloader *reloader, const char *kind, const char *name, int from, int to,
                           lc_buf *ret)
{
    lc_script_file *file;
    LC_TRY(find(reloader, kind, name, &file));
    const lc_reload_entry *a = lc_reload_numbered(file, from), *b = lc_reload_numbered(file, to);
    lc_error *error = !a ? no_version(file, from) : !b ? no_version(file, to) : NULL;
    if (!error) {
        lc_buf_printf(ret, "--- %s version %d\n+++ %s version %d\n", file->name, a->number, file->name,
                      b->number);
        lc_line_diff((lc_text){a->text.data, a->text.len}, (lc_text){b->text.data, b->text.len}, ret);
    }
    lc_reloader_unlock(reloader);
    return error;
}
