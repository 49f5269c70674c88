#include "io/file_append.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct lc_file_append {
    char *path;
    int fd;
    bool is_regular;
    lc_buf buffer;
};

/* Whether a write was cut off when the process died: then the next line must not stick to that piece. */
static bool ends_within_line(const char *path, off_t size)
{
    char last = '\n';
    int fd = size > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return false;
    if (pread(fd, &last, 1, size - 1) != 1) last = '\n';
    close(fd);
    return last != '\n';
}

lc_error *lc_file_append_open(const char *path, lc_file_append **ret_file)
{
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : STDOUT_FILENO;
    if (fd < 0)
        return lc_fail(
            LC_E_CONNECT,
            "Couldn't find or create file '%s' for FileStreamSinkTask: %s. Check its directory and rights.",
            path, strerror(errno));
    struct stat about;
    lc_file_append *file = lc_alloc(sizeof *file);
    file->path = lc_strdup(path);
    file->fd = fd;
    file->is_regular = !fstat(fd, &about) && S_ISREG(about.st_mode);
    if (path && file->is_regular && ends_within_line(path, about.st_size)) lc_buf_put(&file->buffer, '\n');
    *ret_file = file;
    return NULL;
}

lc_buf *lc_file_append_buffer(lc_file_append *file)
{
    return &file->buffer;
}

/* Takes back `written` bytes behind `before`, unless another task has appended to the file meanwhile. */
static void take_back(const lc_file_append *file, off_t before, size_t written)
{
    struct stat about;
    if (!file->is_regular || before < 0 || fstat(file->fd, &about)) return;
    if (about.st_size == before + (off_t)written && ftruncate(file->fd, before)) return;
}

static lc_error *failed(const lc_file_append *file, int reason)
{
    return lc_fail(LC_E_IO, "Can't write to %s: %s%s", file->path ? file->path : "standard output",
                   strerror(reason), reason == ENOSPC ? ". Free some space and restart the task." : ".");
}

lc_error *lc_file_append_write(lc_file_append *file)
{
    off_t before = file->is_regular ? lseek(file->fd, 0, SEEK_END) : -1;
    for (size_t done = 0; done < file->buffer.len;) {
        ssize_t n = write(file->fd, file->buffer.data + done, file->buffer.len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            int reason = errno;
            take_back(file, before, done);
            lc_buf_reset(&file->buffer);
            return failed(file, reason);
        }
        done += (size_t)n;
    }
    lc_buf_reset(&file->buffer);
    return NULL;
}

lc_error *lc_file_append_close(lc_file_append *file)
{
    if (!file) return NULL;
    lc_error *error = lc_file_append_write(file);
    if (file->path && close(file->fd) && !error) error = failed(file, errno);
    lc_buf_done(&file->buffer);
    free(file->path);
    free(file);
    return error;
}
