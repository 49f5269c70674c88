#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "runtime/reload_internal.h"

/* Scripts that come over REST: one file each, and beside them a history.
 *
 *   DIR/transforms/measure.lua                     what is in use
 *   DIR/.versions/transforms/measure/3.lua, 3.json what was put, by whom and when */

enum { LARGEST_SCRIPT = 1 << 20, LARGEST_NOTE = 64 * 1024, LONGEST_NAME = 128, PATIENCE_MS = 60000 };

static lc_error *io_error(const char *path)
{
    return lc_fail(LC_E_IO, "%s: %s", path, strerror(errno));
}

/* Every directory on the way to the file. */
static lc_error *make_folders(const char *path)
{
    char *copy = lc_strdup(path);
    lc_error *error = NULL;
    for (char *at = copy + 1; !error && (at = strchr(at, '/')); *at++ = '/') {
        *at = '\0';
        if (mkdir(copy, 0755) && errno != EEXIST) error = io_error(copy);
    }
    free(copy);
    return error;
}

static lc_error *write_all(int fd, const char *path, lc_text text)
{
    for (size_t done = 0; done < text.len;) {
        ssize_t n = write(fd, text.data + done, text.len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return io_error(path);
        done += (size_t)n;
    }
    return fsync(fd) ? io_error(path) : NULL;
}

/* The whole text or what was there before, whatever happens in between. */
static lc_error *replace_file(const char *path, lc_text text)
{
    lc_auto(lc_buf) temporary = {0};
    LC_TRY(make_folders(path));
    lc_buf_printf(&temporary, "%s.tmp", path);
    int fd = open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) return io_error(temporary.data);
    lc_error *error = write_all(fd, temporary.data, text);
    close(fd);
    if (!error && rename(temporary.data, path)) error = io_error(path);
    if (error) unlink(temporary.data);
    return error;
}

/* Names are parts of paths and of configurations. */
static lc_error *check_name(const char *name)
{
    size_t len = strlen(name),
           good = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
    bool is_test = len > 5 && !strcmp(name + len - 5, "_test");
    if (len && len <= LONGEST_NAME && good == len && name[0] != '.' && !is_test) return NULL;
    return lc_fail(
        LC_E_BAD_REQUEST,
        "%s can't be the name of a script: up to %d letters, digits, _, - and ., no . at the beginning "
        "and no _test at the end.",
        name, LONGEST_NAME);
}

static lc_error *check_kind(const char *kind)
{
    if (!strcmp(kind, "connectors") || !strcmp(kind, "transforms") || !strcmp(kind, "predicates"))
        return NULL;
    return lc_fail(LC_E_NOT_FOUND, "There are connectors, transforms and predicates, but no %s.", kind);
}

lc_error *lc_reload_check_name(const char *kind, const char *name)
{
    LC_TRY(check_kind(kind));
    return check_name(name);
}

void lc_reload_history_path(const lc_reloader *r, const lc_script_file *file, int number, const char *end,
                            lc_buf *path)
{
    lc_buf_reset(path);
    lc_buf_printf(path, "%s/.versions/%s/%s/%d.%s", r->upload_dir, lc_reload_kind_name(file->kind),
                  file->name, number, end);
}

/* Files to be written. They are gathered with the lock, and written without it: tasks wait for it, and disks are slow. */
typedef struct lc_write {
    char *path;
    lc_buf text;
} lc_write;

typedef struct lc_writes {
    lc_write *items;
    size_t count, cap;
} lc_writes;

static void lc_writes_done(lc_writes *writes)
{
    for (size_t i = 0; i < writes->count; i++) {
        free(writes->items[i].path);
        lc_buf_done(&writes->items[i].text);
    }
    free(writes->items);
}
LC_DEFINE_AUTO(lc_writes, lc_writes_done)

static void add_write(lc_writes *writes, const char *path, const lc_buf *text)
{
    writes->items = lc_grow(writes->items, &writes->cap, writes->count + 1, sizeof *writes->items);
    lc_write *write = &writes->items[writes->count++];
    *write = (lc_write){.path = lc_strdup(path)};
    lc_buf_add(&write->text, text->data, text->len);
}

static lc_error *write_files(const lc_writes *writes)
{
    for (size_t i = 0; i < writes->count; i++) {
        const lc_buf *text = &writes->items[i].text;
        LC_TRY(replace_file(writes->items[i].path, (lc_text){text->data ? text->data : "", text->len}));
    }
    return NULL;
}

static void add_version(const lc_reloader *r, const lc_script_file *file, const lc_reload_entry *version,
                        lc_writes *writes)
{
    lc_auto(lc_buf) path = {0};
    lc_auto(lc_buf) note = {0};
    lc_autoptr(lc_json) json = lc_json_new_object();
    lc_reload_history_path(r, file, version->number, "lua", &path);
    add_write(writes, path.data, &version->text);
    lc_json_set_string(json, "by", version->who);
    lc_json_set_int(json, "at", version->when_ms);
    lc_json_set_string(json, "sha256", version->sha);
    if (version->signature.len) lc_json_set_string(json, "signature", version->signature.data);
    if (version->why) lc_json_set_string(json, "error", version->why);
    lc_json_set_bool(json, "refused", version->state == LC_VERSION_REFUSED);
    lc_json_dump(json, &note);
    lc_reload_history_path(r, file, version->number, "json", &path);
    add_write(writes, path.data, &note);
}

/* All versions that aren't there yet. */
static void add_history(const lc_reloader *r, const lc_script_file *file, lc_writes *writes)
{
    for (size_t i = 0; i < file->count && r->upload_dir; i++) {
        lc_auto(lc_buf) path = {0};
        lc_reload_history_path(r, file, file->versions[i]->number, "json", &path);
        if (access(path.data, F_OK)) add_version(r, file, file->versions[i], writes);
    }
}

/* The signature before the script, so that whoever reads it finds both. */
static void add_script(const lc_script_file *file, const lc_reload_entry *version, lc_writes *writes)
{
    lc_auto(lc_buf) path = {0};
    lc_buf_printf(&path, "%s.sig", file->path);
    if (version->signature.len) add_write(writes, path.data, &version->signature);
    add_write(writes, file->path, &version->text);
}

static void read_note(lc_reload_entry *version, const lc_json *note)
{
    lc_buf_text(&version->signature, lc_json_string(lc_json_get(note, "signature")));
    const char *who = lc_json_string(lc_json_get(note, "by")),
               *why = lc_json_string(lc_json_get(note, "error"));
    free(version->who);
    version->who = lc_strdup(who ? who : "");
    version->why = lc_strdup(why);
    (void)lc_json_int(lc_json_get(note, "at"), &version->when_ms);
    version->state = lc_json_bool(lc_json_get(note, "refused"), false) ? LC_VERSION_REFUSED
                     : why                                             ? LC_VERSION_ROLLED_BACK
                                                                       : LC_VERSION_REPLACED;
}

static void read_version(lc_reloader *r, lc_script_file *file, int number)
{
    lc_auto(lc_buf) path = {0};
    lc_auto(lc_buf) text = {0};
    lc_auto(lc_buf) note = {0};
    lc_autoptr(lc_json) json = NULL;
    lc_reload_history_path(r, file, number, "json", &path);
    lc_autoptr(lc_error) error = lc_file_read(path.data, LARGEST_NOTE, &note);
    lc_reload_history_path(r, file, number, "lua", &path);
    if (!error) error = lc_file_read(path.data, LARGEST_SCRIPT, &text);
    if (!error) error = lc_json_parse(note.data, note.len, 0, &json);
    if (error) return;
    lc_reload_entry *version = lc_reload_add_version(r, file, NULL, (lc_text){text.data, text.len}, "");
    version->number = number;
    read_note(version, json);
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

void lc_reload_read_history(lc_reloader *reloader, lc_script_file *file)
{
    int *numbers = NULL;
    size_t count = 0, cap = 0;
    lc_auto(lc_buf) folder = {0};
    if (!reloader->upload_dir) return;
    lc_buf_printf(&folder, "%s/.versions/%s/%s", reloader->upload_dir, lc_reload_kind_name(file->kind),
                  file->name);
    DIR *dir = opendir(folder.data);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        char *end;
        long number = strtol(entry->d_name, &end, 10);
        if (strcmp(end, ".json") || number < 1 || number > 1000000000) continue;
        numbers = lc_grow(numbers, &cap, count + 1, sizeof *numbers);
        numbers[count++] = (int)number;
    }
    if (dir) closedir(dir);
    if (count) qsort(numbers, count, sizeof *numbers, by_number);
    for (size_t i = 0; i < count; i++) read_version(reloader, file, numbers[i]);
    free(numbers);
}

/* Requests */

static lc_error *file_for(lc_reloader *r, const char *kind, const char *name, lc_script_file **ret_file)
{
    lc_reloader_lock(r);
    lc_script_file *file = lc_reload_named(r, kind, name);
    if (!file && r->upload_dir) {
        lc_auto(lc_buf) path = {0};
        lc_buf_printf(&path, "%s/%s/%s.lua", r->upload_dir, kind, name);
        file = lc_reload_file(r, path.data);
        if (!file) {
            file = lc_reload_add_file(r, path.data);
            file->kind = *kind == 'c'   ? LC_SCRIPT_SOURCE
                         : *kind == 't' ? LC_SCRIPT_TRANSFORM
                                        : LC_SCRIPT_PREDICATE;
        }
    }
    lc_reloader_unlock(r);
    *ret_file = file;
    if (file) return NULL;
    return lc_fail(LC_E_FORBIDDEN, "This worker stores no scripts: set script.upload.dir or plugin.path.");
}

void lc_reload_free_job(lc_reload_job *job)
{
    if (!job) return;
    lc_error_free(job->error);
    lc_buf_done(&job->own);
    free(job);
}

/* Outlives the request that it is of, when its check does. */
lc_reload_job *lc_reload_new_job(lc_script_file *file, lc_text text, lc_text signature, const char *who,
                                 const char *kind)
{
    lc_reload_job *job = lc_alloc(sizeof *job);
    lc_buf_add(&job->own, text.data, text.len);
    lc_buf_add(&job->own, signature.data, signature.len);
    lc_buf_printf(&job->own, "%c%s%c%s%c", 0, who, 0, kind, 0);
    const char *at = job->own.data;
    job->file = file;
    job->text = (lc_text){at, text.len};
    job->signature = (lc_text){at + text.len, signature.len};
    job->who = at + text.len + signature.len + 1;
    job->kind = job->who + strlen(job->who) + 1;
    return job;
}

static lc_error *too_late(const lc_reloader *r, const lc_reload_job *job)
{
    return lc_fail(LC_E_CONFLICT, "The check of %s has not ended after %d s. It is at: %s. Nothing was changed.",
                   job->file->name, PATIENCE_MS / 1000, r->stage);
}

/* The reloader's thread does it, which has the stack that scripts need. With the lock; NULL in *job: it isn't ours
 * any more. */
static lc_error *await_job(lc_reloader *r, lc_reload_job **job)
{
    struct timespec until = lc_deadline(PATIENCE_MS);
    while (r->job && !pthread_cond_timedwait(&r->changed, &r->lock, &until)) continue;
    if (r->job) return lc_fail(LC_E_CONFLICT, "Another script is being checked: %s. Try again later.", r->stage);
    r->job = *job;
    lc_reload_poke(r);
    while (!(*job)->done && !pthread_cond_timedwait(&r->changed, &r->lock, &until)) continue;
    if ((*job)->done) return NULL;
    lc_error *error = too_late(r, *job);
    (*job)->abandoned = true;
    *job = NULL;
    return error;
}

lc_error *lc_reload_run_job(lc_reloader *r, lc_reload_job **job)
{
    lc_reloader_lock(r);
    lc_error *error = await_job(r, job);
    lc_reloader_unlock(r);
    if (error || !(*job)->error) return error;
    if ((*job)->instead) return lc_steal((*job)->error);
    return lc_fail(LC_E_BAD_REQUEST, "The script is refused: %s", lc_error_message((*job)->error));
}

static void lock_to_store(lc_reloader *r)
{
    pthread_mutex_lock(&r->storing);
    lc_reloader_lock(r);
}

static void unlock_stored(lc_reloader *r)
{
    lc_reloader_unlock(r);
    pthread_mutex_unlock(&r->storing);
}

/* What was judged meanwhile, or gave way to a later one, doesn't come into the file. */
static lc_error *store(lc_reloader *r, lc_reload_job *job, lc_json **ret)
{
    lc_auto(lc_writes) writes = {0};
    lock_to_store(r);
    lc_script_file *file = job->file;
    const lc_reload_entry *version = lc_reload_find(r, job->version_id, &file);
    if (!version) {
        unlock_stored(r);
        return lc_fail(LC_E_CONFLICT, "The script was taken away meanwhile.");
    }
    *ret = lc_reload_version_json(r, file, version);
    if (version->state != LC_VERSION_ROLLED_BACK) add_history(r, file, &writes);
    if (version == file->active) add_script(file, version, &writes);
    lc_reloader_unlock(r);
    lc_error *error = write_files(&writes);
    lc_reloader_lock(r);
    lc_reload_knows(file);
    unlock_stored(r);
    if (!error) return NULL;
    lc_json_free(lc_steal(*ret));
    return lc_wrap(error, LC_E_IO, "The script is in use but could not be stored: %s", lc_error_message(error));
}

/* A file that can't be written is told, though the version is in use: it would be gone with the worker. */
lc_error *lc_reload_bring_out(lc_reloader *r, lc_reload_job *job, lc_json **ret)
{
    lc_error *error = lc_reload_run_job(r, &job);
    if (!error) error = store(r, job, ret);
    lc_reload_free_job(job);
    return error;
}

lc_error *lc_reloader_put(lc_reloader *reloader, const char *kind, const char *name, lc_text text,
                          lc_text signature, const char *who, bool *ret_created, lc_json **ret)
{
    lc_script_file *file;
    LC_TRY(lc_reload_check_name(kind, name));
    if (!reloader)
        return lc_fail(LC_E_FORBIDDEN,
                       "This worker stores no scripts: set script.upload.dir or plugin.path.");
    if (text.len > LARGEST_SCRIPT) return lc_fail(LC_E_BAD_REQUEST, "The script is larger than 1 MiB.");
    LC_TRY(file_for(reloader, kind, name, &file));
    *ret_created = !file->active;
    return lc_reload_bring_out(reloader, lc_reload_new_job(file, text, signature, who, kind), ret);
}

/* The latest one that tasks ran before the present one did. */
static int version_before(const lc_script_file *file)
{
    int number = 0;
    for (size_t i = 0; i < file->count && file->versions[i] != file->active; i++)
        if (file->versions[i]->state == LC_VERSION_REPLACED) number = file->versions[i]->number;
    return number;
}

lc_error *lc_reloader_roll_back(lc_reloader *reloader, const char *kind, const char *name, int number,
                                const char *who, lc_json **ret)
{
    lc_autoptr(lc_json) shown = NULL;
    lc_auto(lc_buf) text = {0};
    lc_auto(lc_buf) signature = {0};
    LC_TRY(lc_reloader_show(reloader, kind, name, &shown));
    lc_reloader_lock(reloader);
    lc_script_file *file = lc_reload_named(reloader, kind, name);
    if (!number) number = version_before(file);
    const lc_reload_entry *version = number ? lc_reload_numbered(file, number) : NULL;
    if (version) lc_buf_add(&text, version->text.data, version->text.len);
    if (version) lc_buf_add(&signature, version->signature.data, version->signature.len);
    lc_reloader_unlock(reloader);
    if (!version && number) return lc_fail(LC_E_NOT_FOUND, "%s has no version %d.", name, number);
    if (!version) return lc_fail(LC_E_CONFLICT, "%s has no version before the present one.", name);
    lc_text old = {text.data ? text.data : "", text.len}, seal = {signature.data, signature.len};
    return lc_reload_bring_out(reloader, lc_reload_new_job(file, old, seal, who, kind), ret);
}

void lc_reload_restore_file(lc_reloader *reloader, lc_script_file *file, const lc_reload_entry *failed)
{
    lc_auto(lc_writes) writes = {0};
    add_script(file, file->good, &writes);
    if (reloader->upload_dir) add_version(reloader, file, failed, &writes);
    lc_reloader_unlock(reloader);
    pthread_mutex_lock(&reloader->storing);
    lc_autoptr(lc_error) error = write_files(&writes);
    if (error)
        lc_log(reloader->core->log, LC_LOG_WARN, "runtime.reload",
               "the script's file still has the failed version", "file", file->path, "error",
               lc_error_message(error), NULL);
    lc_reloader_lock(reloader);
    lc_reload_knows(file);
    pthread_mutex_unlock(&reloader->storing);
}
