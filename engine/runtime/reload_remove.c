#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "runtime/reload_internal.h"

/* Taking away what came over REST. */

static lc_error *no_script(const char *kind, const char *name)
{
    return lc_fail(LC_E_NOT_FOUND, "There is no script %s among the %s of plugin.path.", name, kind);
}

/* With the lock when it gives no error. */
static lc_error *find(lc_reloader *r, const char *kind, const char *name, lc_script_file **ret_file)
{
    LC_TRY(lc_reload_check_name(kind, name));
    if (!r) return no_script(kind, name);
    lc_reloader_lock(r);
    *ret_file = lc_reload_named(r, kind, name);
    if (*ret_file) return NULL;
    lc_reloader_unlock(r);
    return no_script(kind, name);
}

/* With the lock. */
static lc_error *check_came_by_rest(const lc_script_file *file)
{
    const lc_reload_entry *of_disk = lc_reload_from_disk(file), *now = file->active;
    if (now && now != of_disk && (!of_disk || strcmp(of_disk->sha, now->sha) != 0)) return NULL;
    return lc_fail(LC_E_CONFLICT, "What is in use of %s didn't come over REST: it is the file %s.", file->name,
                   file->path);
}

lc_error *lc_reloader_would_end(lc_reloader *reloader, const char *kind, const char *name, bool *ret_ends,
                                char **ret_path)
{
    lc_script_file *file;
    LC_TRY(find(reloader, kind, name, &file));
    lc_error *error = check_came_by_rest(file);
    *ret_ends = !lc_reload_from_disk(file);
    if (!error) *ret_path = lc_strdup(file->path);
    lc_reloader_unlock(reloader);
    return error;
}

/* With the lock. */
static lc_error *check_unused(const lc_reloader *r, const lc_script_file *file)
{
    for (size_t i = 0; i < r->seat_count; i++)
        if (lc_seat_uses(r->seats[i], file->path))
            return lc_fail(LC_E_CONFLICT, "%s is used by connector %s, and there is no other version of it on disk.",
                           file->name, lc_seat_connector(r->seats[i]));
    return NULL;
}

static lc_error *remove_file(const char *path)
{
    if (!unlink(path) || errno == ENOENT) return NULL;
    return lc_fail(LC_E_IO, "The script is not used any more but could not be removed: %s: %s", path, strerror(errno));
}

static lc_error *remove_history(const lc_reloader *r, const lc_script_file *file, int number)
{
    lc_auto(lc_buf) path = {0};
    if (!r->upload_dir) return NULL;
    lc_reload_history_path(r, file, number, "json", &path);
    LC_TRY(remove_file(path.data));
    lc_reload_history_path(r, file, number, "lua", &path);
    return remove_file(path.data);
}

static lc_error *remove_files(const lc_reloader *r, const lc_script_file *file)
{
    lc_auto(lc_buf) signature = {0};
    lc_buf_printf(&signature, "%s.sig", file->path);
    LC_TRY(remove_file(file->path));
    LC_TRY(remove_file(signature.data));
    for (size_t i = 0; i < file->count; i++) LC_TRY(remove_history(r, file, file->versions[i]->number));
    return NULL;
}

static void take_out_of_plugins(lc_reloader *r, const lc_script_file *file)
{
    lc_script *script = lc_plugins_of_file(r->core->plugins, file->path);
    if (!script) return;
    lc_plugins_remove(r->core->plugins, file->path);
    lc_plugin_catalog_remove(r->core->catalog, r->core->plugins, script);
}

/* Reloader's thread, which alone makes and frees versions. */
static lc_error *take_away(lc_reloader *r, const lc_reload_job *job)
{
    lc_script_file *file = job->file;
    lc_reloader_lock(r);
    lc_error *error = check_came_by_rest(file);
    if (!error) error = check_unused(r, file);
    lc_reloader_unlock(r);
    if (error) return error;
    take_out_of_plugins(r, file);
    pthread_mutex_lock(&r->storing);
    error = remove_files(r, file);
    lc_reloader_lock(r);
    lc_reload_drop_all(file);
    lc_reloader_unlock(r);
    pthread_mutex_unlock(&r->storing);
    lc_log(r->core->log, LC_LOG_INFO, "runtime.reload", "script is taken away", "script", file->name, "file",
           file->path, "by", job->who, NULL);
    return error;
}

static bool is_shipped(const lc_reloader *r, const char *kind, const char *name)
{
    lc_script *script = NULL;
    lc_error *none = *kind == 'c'   ? lc_plugins_connector(r->core->plugins, name, &script)
                     : *kind == 't' ? lc_plugins_transform(r->core->plugins, name, &script)
                                    : lc_plugins_predicate(r->core->plugins, name, &script);
    lc_error_free(none);
    return !none;
}

static lc_error *end_script(lc_reloader *r, lc_reload_job *job, lc_json **ret)
{
    lc_auto(lc_buf) kind = {0};
    lc_auto(lc_buf) name = {0};
    lc_buf_text(&kind, job->kind);
    lc_buf_text(&name, job->file->name);
    job->instead = take_away;
    lc_error *error = lc_reload_run_job(r, &job);
    lc_reload_free_job(job);
    if (error) return error;
    *ret = lc_json_new_object();
    lc_json_set_string(*ret, "name", name.data);
    lc_json_set_string(*ret, "kind", kind.data);
    lc_json_set_string(*ret, "left", is_shipped(r, kind.data, name.data) ? "shipped" : "nothing");
    return NULL;
}

lc_error *lc_reloader_remove(lc_reloader *reloader, const char *kind, const char *name, const char *who, lc_json **ret)
{
    lc_script_file *file;
    lc_reload_job *job = NULL;
    LC_TRY(find(reloader, kind, name, &file));
    lc_error *error = check_came_by_rest(file);
    const lc_reload_entry *of_disk = lc_reload_from_disk(file);
    if (!error && of_disk) {
        lc_text text = {of_disk->text.data ? of_disk->text.data : "", of_disk->text.len},
                signature = {of_disk->signature.data ? of_disk->signature.data : "", of_disk->signature.len};
        job = lc_reload_new_job(file, text, signature, who, kind);
    }
    lc_reloader_unlock(reloader);
    if (error) return error;
    if (!job) return end_script(reloader, lc_reload_new_job(file, (lc_text){"", 0}, (lc_text){"", 0}, who, kind), ret);
    LC_TRY(lc_reload_bring_out(reloader, job, ret));
    lc_json_set_string(*ret, "left", "file");
    return NULL;
}

static bool is_needed(const lc_reloader *r, const lc_script_file *file, const lc_reload_entry *version)
{
    bool needed = version == file->active || version == file->good || version->undecided ||
                  version == lc_reload_from_disk(file);
    for (size_t i = 0; i < r->seat_count && !needed && version->script; i++)
        needed = lc_seat_runs(r->seats[i], version->script);
    return needed;
}

/* Reloader's thread. */
static lc_error *forget(lc_reloader *r, const lc_reload_job *job)
{
    lc_error *error = NULL;
    lc_script_file *file = job->file;
    lc_reloader_lock(r);
    lc_reload_entry *version = file->count ? lc_reload_numbered(file, job->number) : NULL;
    if (!version) error = lc_fail(LC_E_NOT_FOUND, "%s has no version %d.", file->name, job->number);
    else if (is_needed(r, file, version))
        error = lc_fail(LC_E_CONFLICT, "Version %d of %s is in use, or is what would be gone back to.", job->number,
                        file->name);
    else lc_reload_drop_version(file, version);
    lc_reloader_unlock(r);
    if (error) return error;
    pthread_mutex_lock(&r->storing);
    error = remove_history(r, file, job->number);
    pthread_mutex_unlock(&r->storing);
    return error;
}

lc_error *lc_reloader_forget(lc_reloader *reloader, const char *kind, const char *name, int number)
{
    lc_script_file *file;
    LC_TRY(find(reloader, kind, name, &file));
    lc_reload_job *job = lc_reload_new_job(file, (lc_text){"", 0}, (lc_text){"", 0}, "", kind);
    lc_reloader_unlock(reloader);
    job->instead = forget;
    job->number = number;
    lc_error *error = lc_reload_run_job(reloader, &job);
    lc_reload_free_job(job);
    return error;
}
