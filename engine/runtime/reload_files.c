#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "io/file_hub.h"
#include "runtime/reload_internal.h"
#include "script/script_data.h"

enum { LARGEST_DATA = 8 << 20 };

static const char *const folders[] = {"", "/connectors", "/transforms", "/predicates"};

lc_script_file *lc_reload_file(lc_reloader *reloader, const char *path)
{
    for (size_t i = 0; i < reloader->file_count; i++)
        if (!strcmp(reloader->files[i]->path, path)) return reloader->files[i];
    return NULL;
}

lc_script_file *lc_reload_add_file(lc_reloader *reloader, const char *path)
{
    lc_script_file *file = lc_alloc(sizeof *file);
    const char *slash = strrchr(path, '/'), *stem = slash ? slash + 1 : path;
    file->path = lc_strdup(path);
    file->name = lc_strndup(stem, strlen(stem) - strlen(".lua"));
    reloader->files =
        lc_grow(reloader->files, &reloader->file_cap, reloader->file_count + 1, sizeof(lc_script_file *));
    reloader->files[reloader->file_count++] = file;
    return file;
}

static void free_version(lc_reload_entry *version)
{
    lc_script_unref(version->script);
    lc_buf_done(&version->text);
    lc_buf_done(&version->signature);
    free(version->who);
    free(version->why);
    free(version->diff);
    free(version);
}

void lc_reload_free_files(lc_reloader *reloader)
{
    for (size_t i = 0; i < reloader->file_count; i++) {
        lc_script_file *file = reloader->files[i];
        for (size_t v = 0; v < file->count; v++) free_version(file->versions[v]);
        free(file->versions);
        lc_strings_done(&file->modules);
        free(file->path);
        free(file->name);
        free(file);
    }
    free(reloader->files);
    for (size_t i = 0; i < reloader->data_count; i++) free(reloader->data[i].path);
    free(reloader->data);
}

lc_reload_entry *lc_reload_from_disk(const lc_script_file *file)
{
    for (size_t i = file->count; i-- > 0;) {
        lc_reload_entry *version = file->versions[i];
        bool passed = version->state != LC_VERSION_REFUSED && version->state != LC_VERSION_ROLLED_BACK;
        if (passed && (!strcmp(version->who, "file") || !strcmp(version->who, "start"))) return version;
    }
    return NULL;
}

static void drop(lc_script_file *file, size_t at)
{
    free_version(file->versions[at]);
    file->count--;
    memmove(file->versions + at, file->versions + at + 1, (file->count - at) * sizeof *file->versions);
}

void lc_reload_drop_version(lc_script_file *file, const lc_reload_entry *version)
{
    for (size_t i = file->count; i-- > 0;)
        if (file->versions[i] == version) drop(file, i);
}

void lc_reload_drop_all(lc_script_file *file)
{
    while (file->count) drop(file, file->count - 1);
    file->active = file->good = NULL;
    lc_strings_clear(&file->modules);
}

static bool is_running(const lc_reloader *r, const lc_reload_entry *version)
{
    for (size_t i = 0; i < r->seat_count; i++)
        if (lc_seat_runs(r->seats[i], version->script)) return true;
    return false;
}

/* What nothing runs or goes back to any more needs no compiled description, and in the end no text. */
static void forget_old(lc_reloader *r, lc_script_file *file)
{
    for (size_t i = 0; i + 1 < file->count; i++) {
        lc_reload_entry *version = file->versions[i];
        if (version == file->active || version == file->good) continue;
        if (version->script && !version->undecided && !is_running(r, version)) lc_script_unref(lc_steal(version->script));
    }
    const lc_reload_entry *of_disk = lc_reload_from_disk(file);
    for (size_t i = 0; i < file->count && file->count > LC_VERSIONS_KEPT;) {
        const lc_reload_entry *version = file->versions[i];
        if (version == file->active || version == file->good || version == of_disk) i++;
        else drop(file, i);
    }
}

lc_reload_entry *lc_reload_add_version(lc_reloader *reloader, lc_script_file *file, lc_script *script,
                                       lc_text text, const char *who)
{
    lc_reload_entry *version = lc_alloc(sizeof *version);
    version->number = file->count ? file->versions[file->count - 1]->number + 1 : 1;
    version->id = ++reloader->next_id;
    version->script = script;
    lc_buf_add(&version->text, text.data, text.len);
    lc_sha256(text, version->sha);
    version->when_ms = lc_now_ms();
    version->state = LC_VERSION_TRIAL;
    version->who = lc_strdup(who);
    file->versions = lc_grow(file->versions, &file->cap, file->count + 1, sizeof(lc_reload_entry *));
    file->versions[file->count++] = version;
    forget_old(reloader, file);
    return version;
}

lc_reload_entry *lc_reload_find(lc_reloader *reloader, uint64_t id, lc_script_file **ret_file)
{
    for (size_t i = 0; i < reloader->file_count; i++) {
        lc_script_file *file = reloader->files[i];
        for (size_t v = 0; v < file->count; v++) {
            if (file->versions[v]->id != id) continue;
            *ret_file = file;
            return file->versions[v];
        }
    }
    return NULL;
}

/* Whether the file is another than the one that was seen last. */
static bool has_changed(lc_script_file *file)
{
    struct stat now, signature = {0};
    lc_auto(lc_buf) beside = {0};
    if (stat(file->path, &now)) return false; /* gone: what runs goes on, and so it does when it comes back */
    lc_buf_printf(&beside, "%s.sig", file->path);
    (void)stat(beside.data, &signature);
    bool same = signature.st_mtim.tv_sec == file->signed_at.tv_sec &&
                signature.st_mtim.tv_nsec == file->signed_at.tv_nsec &&
                now.st_mtim.tv_sec == file->modified.tv_sec &&
                now.st_mtim.tv_nsec == file->modified.tv_nsec && now.st_size == file->size &&
                now.st_ino == file->inode;
    file->modified = now.st_mtim;
    file->signed_at = signature.st_mtim;
    file->size = now.st_size;
    file->inode = now.st_ino;
    return !same;
}

void lc_reload_knows(lc_script_file *file)
{
    (void)has_changed(file);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);
    return len > tail && !strcmp(text + len - tail, end);
}

static void watch_directory(lc_reloader *reloader, const char *directory)
{
    if (!reloader->watch || lc_strings_has(&reloader->watched, directory)) return;
    int number = lc_file_hub_watch_directory(reloader->core->file_hub, directory, reloader->changed_fd);
    if (number < 0) return;
    lc_strings_add(&reloader->watched, directory);
    lc_strings_printf(&reloader->watches, "%d", number);
}

static void list_scripts(lc_reloader *reloader, const char *directory, lc_strings *paths)
{
    DIR *dir = opendir(directory);
    if (!dir) return;
    watch_directory(reloader, directory);
    struct stat info;
    if (!lstat(directory, &info) && S_ISLNK(info.st_mode)) reloader->has_links = true;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.' && ends_with(entry->d_name, ".lua") &&
            !ends_with(entry->d_name, "_test.lua") && !ends_with(entry->d_name, "_lib.lua"))
            lc_strings_printf(paths, "%s/%s", directory, entry->d_name);
    closedir(dir);
}

static lc_script_file *file_of(lc_reloader *reloader, const char *path)
{
    lc_reloader_lock(reloader);
    lc_script_file *file = lc_reload_file(reloader, path);
    if (!file) file = lc_reload_add_file(reloader, path);
    lc_reloader_unlock(reloader);
    return file;
}

/* Scripts that have this path among the modules they require. */
static bool reload_users(lc_reloader *reloader, const char *path,
                         void (*each)(lc_reloader *reloader, lc_script_file *file))
{
    bool found = false;
    for (size_t i = 0; i < reloader->file_count; i++) {
        if (!lc_strings_has(&reloader->files[i]->modules, path)) continue;
        found = true;
        each(reloader, reloader->files[i]);
    }
    return found;
}

static bool has_moved_on(lc_reloader *r, const char *path)
{
    struct stat now;
    if (stat(path, &now)) return false;
    lc_data_file *seen = NULL;
    for (size_t i = 0; i < r->data_count && !seen; i++)
        if (!strcmp(r->data[i].path, path)) seen = &r->data[i];
    bool same = seen && now.st_mtim.tv_sec == seen->modified.tv_sec &&
                now.st_mtim.tv_nsec == seen->modified.tv_nsec && now.st_size == seen->size &&
                now.st_ino == seen->inode;
    if (same) return false;
    if (!seen) {
        r->data = lc_grow(r->data, &r->data_cap, r->data_count + 1, sizeof *r->data);
        seen = &r->data[r->data_count++];
        seen->path = lc_strdup(path);
    }
    seen->modified = now.st_mtim;
    seen->size = now.st_size;
    seen->inode = now.st_ino;
    return true;
}

/* By content: it may have changed between the time when the script read it and the first look at it. */
static bool is_other(const lc_script *script, const char *name, const char *path)
{
    lc_auto(lc_buf) now = {0};
    lc_auto(lc_buf) read = {0};
    lc_autoptr(lc_error) gone = lc_file_read(path, LARGEST_DATA, &now);
    if (gone || !lc_script_data_get(script, name, &read)) return false;
    return now.len != read.len || (now.len && memcmp(now.data, read.data, now.len) != 0);
}

static bool data_changed(const lc_script *script, const lc_strings *moved)
{
    lc_auto(lc_strings) names = {0};
    bool changed = false;
    lc_script_data_names(script, &names);
    for (size_t i = 0; i < names.count && !changed; i++) {
        lc_auto(lc_buf) path = {0};
        lc_script_data_path(script, names.items[i], &path);
        changed = lc_strings_has(moved, path.data) && is_other(script, names.items[i], path.data);
    }
    return changed;
}

static void list_moved(lc_reloader *r, const lc_script *script, lc_strings *moved)
{
    lc_auto(lc_strings) names = {0};
    lc_script_data_names(script, &names);
    for (size_t i = 0; i < names.count; i++) {
        lc_auto(lc_buf) path = {0};
        lc_script_data_path(script, names.items[i], &path);
        if (!lc_strings_has(moved, path.data) && has_moved_on(r, path.data)) lc_strings_add(moved, path.data);
    }
}

static const lc_script *script_of(const lc_script_file *file)
{
    return file->active ? file->active->script : NULL;
}

/* Scripts whose data files have changed. */
static void scan_data(lc_reloader *r, void (*each)(lc_reloader *reloader, lc_script_file *file))
{
    lc_auto(lc_strings) moved = {0};
    for (size_t i = 0; i < r->file_count; i++)
        if (script_of(r->files[i])) list_moved(r, script_of(r->files[i]), &moved);
    for (size_t i = 0; i < r->file_count && moved.count; i++)
        if (script_of(r->files[i]) && data_changed(script_of(r->files[i]), &moved)) each(r, r->files[i]);
}

void lc_reload_scan(lc_reloader *reloader, void (*each)(lc_reloader *reloader, lc_script_file *file))
{
    lc_auto(lc_strings) paths = {0};
    for (size_t i = 0; i < reloader->roots.count; i++) {
        for (size_t k = 0; k < sizeof folders / sizeof *folders; k++) {
            lc_auto(lc_buf) directory = {0};
            lc_buf_printf(&directory, "%s%s", reloader->roots.items[i], folders[k]);
            list_scripts(reloader, directory.data, &paths);
        }
    }
    lc_strings_sort(&paths);
    for (size_t i = 0; i < paths.count; i++) {
        lc_script_file *file = file_of(reloader, paths.items[i]);
        lc_reloader_lock(reloader);
        bool changed = has_changed(file);
        lc_reloader_unlock(reloader);
        if (!changed || !each) continue;
        if (!reload_users(reloader, file->path, each)) each(reloader, file);
    }
    if (each) scan_data(reloader, each);
}
