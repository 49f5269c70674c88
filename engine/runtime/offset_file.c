#include "runtime/offset_store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/thread.h"
#include "java/map_file.h"

/* Larger than any offset file that Java could load comfortably. */
enum { LARGEST_FILE = 1 << 30 };

/* Writers meet here: whoever finds no write under way writes for all who are waiting (group commit), so that
 * many tasks that commit at once cost a few fsyncs. */
typedef struct offset_file {
    lc_offset_store store;
    char *path;
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t written;
    lc_props *offsets;
    uint64_t changed; /* number of the newest change */
    uint64_t durable; /* every change up to here is on disk */
    bool writing;
    lc_error *failure; /* of the newest write, if it failed */
} offset_file;

static lc_error *get(lc_offset_store *store, lc_text key, lc_buf *out, bool *ret_found)
{
    offset_file *file = (offset_file *)store;
    char *name = lc_strndup(key.data, key.len);
    pthread_mutex_lock(&file->lock);
    lc_text value = lc_props_text(file->offsets, name);
    *ret_found = value.data != NULL;
    if (value.data) lc_buf_add(out, value.data, value.len);
    pthread_mutex_unlock(&file->lock);
    free(name);
    return NULL;
}

static void encode(const offset_file *file, lc_buf *out)
{
    size_t count = lc_props_count(file->offsets);
    lc_map_entry *entries = lc_alloc((count + 1) * sizeof *entries);
    for (size_t i = 0; i < count; i++)
        entries[i] =
            (lc_map_entry){lc_props_key_text_at(file->offsets, i), lc_props_text_at(file->offsets, i)};
    lc_map_file_encode(entries, count, out);
    free(entries);
}

static lc_error *failed(const char *what, const char *path)
{
    return lc_fail(LC_E_IO,
                   "Could not %s the offset file %s: %s. Check space and rights of its directory "
                   "(offset.storage.file.filename).",
                   what, path, strerror(errno));
}

static lc_error *write_all(int fd, const lc_buf *bytes, const char *path)
{
    for (size_t done = 0; done < bytes->len;) {
        ssize_t n = write(fd, bytes->data + done, bytes->len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed("write", path);
        done += (size_t)n;
    }
    return fsync(fd) ? failed("sync", path) : NULL;
}

static lc_error *sync_directory(const char *path)
{
    char *directory = lc_strdup(path), *slash = strrchr(directory, '/');
    if (slash) slash[slash == directory] = '\0';
    int fd = open(slash ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    if (fd < 0) return failed("open the directory of", path);
    lc_error *error = fsync(fd) ? failed("sync the directory of", path) : NULL;
    close(fd);
    return error;
}

static lc_error *replace(const char *path, const lc_buf *bytes)
{
    lc_auto(lc_buf) temporary = {0};
    lc_buf_printf(&temporary, "%s.tmp", path);
    int fd = open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return failed("create", temporary.data);
    lc_error *error = write_all(fd, bytes, temporary.data);
    close(fd);
    if (!error && rename(temporary.data, path)) error = failed("replace", path);
    if (error) unlink(temporary.data);
    return error ? error : sync_directory(path);
}

typedef struct replacement {
    const char *path;
    lc_buf bytes;
    lc_error *error;
} replacement;

static void replace_unconfined(void *arg)
{
    replacement *r = arg;
    r->error = replace(r->path, &r->bytes);
}

/* Called and left with the lock held; writes without it. */
static void write_out(offset_file *file)
{
    replacement r = {.path = file->path};
    uint64_t upto = file->changed;
    encode(file, &r.bytes);
    file->writing = true;
    pthread_mutex_unlock(&file->lock);
    lc_unconfined_call(replace_unconfined, &r);
    lc_buf_done(&r.bytes);
    pthread_mutex_lock(&file->lock);
    file->writing = false;
    lc_error_free(file->failure);
    file->failure = r.error;
    if (!r.error) file->durable = upto;
    pthread_cond_broadcast(&file->written);
}

static lc_error *make_durable(offset_file *file, uint64_t mine, int64_t timeout_ms)
{
    struct timespec deadline = lc_deadline(timeout_ms);
    while (file->durable < mine) {
        if (!file->writing) {
            write_out(file);
            if (file->failure && file->durable < mine) return lc_error_copy(file->failure);
            continue;
        }
        if (pthread_cond_timedwait(&file->written, &file->lock, &deadline))
            return lc_fail(LC_E_TIMEOUT,
                           "Timed out waiting to flush offsets to storage; will try again on next flush "
                           "interval with latest offsets");
    }
    return NULL;
}

static void change(offset_file *file, const lc_offset_entry *entry)
{
    if (entry->value.data) {
        lc_props_set_text(file->offsets, entry->key, entry->value);
        return;
    }
    char *name = lc_strndup(entry->key.data, entry->key.len);
    lc_props_remove(file->offsets, name);
    free(name);
}

static lc_error *put(lc_offset_store *store, const lc_offset_entry *entries, size_t count, int64_t timeout_ms)
{
    offset_file *file = (offset_file *)store;
    pthread_mutex_lock(&file->lock);
    for (size_t i = 0; i < count; i++) change(file, &entries[i]);
    lc_error *error = make_durable(file, ++file->changed, timeout_ms);
    pthread_mutex_unlock(&file->lock);
    return error;
}

static lc_error *each(lc_offset_store *store, void (*call)(void *context, lc_text key, lc_text value),
                      void *context)
{
    offset_file *file = (offset_file *)store;
    pthread_mutex_lock(&file->lock);
    for (size_t i = 0; i < lc_props_count(file->offsets); i++)
        call(context, lc_props_key_text_at(file->offsets, i), lc_props_text_at(file->offsets, i));
    pthread_mutex_unlock(&file->lock);
    return NULL;
}

static void close_file(lc_offset_store *store)
{
    offset_file *file = (offset_file *)store;
    lc_props_free(file->offsets);
    lc_error_free(file->failure);
    pthread_mutex_destroy(&file->lock);
    pthread_cond_destroy(&file->written);
    free(file->path);
    free(file);
}

static lc_error *load(offset_file *file)
{
    if (access(file->path, F_OK)) return NULL;
    lc_auto(lc_buf) bytes = {0};
    lc_auto(lc_arena) arena = {0};
    lc_map_entry *entries;
    size_t count;
    LC_TRY(lc_file_read(file->path, LARGEST_FILE, &bytes));
    lc_error *error = lc_map_file_decode(&arena, (lc_text){bytes.data, bytes.len}, &entries, &count);
    if (error)
        return lc_wrap(error, LC_E_CONNECT,
                       "%s is not an offset file of Kafka Connect; it is left as it is. Point "
                       "offset.storage.file.filename at another file, or move this one away",
                       file->path);
    for (size_t i = 0; i < count; i++)
        if (entries[i].key.data) lc_props_set_text(file->offsets, entries[i].key, entries[i].value);
    return NULL;
}

/* Better said at the start than at the first commit, when records are already in Kafka. */
static lc_error *check_folder(const offset_file *file)
{
    if (!file->path[0])
        return lc_fail(LC_E_CONFIG,
                       "offset.storage.file.filename is empty: set it to the file that shall keep the "
                       "offsets of sources.");
    const char *slash = strrchr(file->path, '/');
    char *folder = lc_strndup(file->path, slash ? (size_t)(slash - file->path) + 1 : 0);
    lc_error *error = NULL;
    if (access(folder[0] ? folder : ".", W_OK | X_OK))
        error =
            lc_fail(LC_E_CONFIG,
                    "The file of source offsets %s can't be written: %s. Make its directory, writable for "
                    "this user, or set offset.storage.file.filename to another file.",
                    file->path, strerror(errno));
    free(folder);
    return error;
}

lc_error *lc_offset_file_open(const char *path, lc_offset_store **ret_store)
{
    static const lc_offset_store_class klass = {.get = get, .put = put, .each = each, .close = close_file};
    offset_file *file = lc_alloc(sizeof *file);
    file->store.klass = &klass;
    file->path = lc_strdup(path);
    file->offsets = lc_props_new();
    pthread_mutex_init(&file->lock, NULL);
    lc_cond_init(&file->written);
    lc_error *error = check_folder(file);
    if (!error) error = load(file);
    if (error) close_file(&file->store);
    else *ret_store = &file->store;
    return error;
}
