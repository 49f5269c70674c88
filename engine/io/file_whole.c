#include "io/file_whole.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

lc_error *lc_file_whole_read(const char *path, size_t limit, lc_buf *into, bool *ret_found)
{
    *ret_found = !access(path, F_OK) || errno != ENOENT;
    return *ret_found ? lc_file_read(path, limit, into) : NULL;
}

static lc_error *failed(const char *path, int reason)
{
    return lc_fail(LC_E_IO, "Can't write to %s: %s%s", path, strerror(reason),
                   reason == ENOSPC ? ". Free some space and restart the task." : ".");
}

static bool write_all(int fd, lc_text content)
{
    while (content.len) {
        ssize_t n = write(fd, content.data, content.len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        content.data += n;
        content.len -= (size_t)n;
    }
    return !fchmod(fd, 0644) && !fsync(fd);
}

/* A name lasts when its directory is on the disk, too. */
static bool sync_folder(const char *path)
{
    char *copy = lc_strdup(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool well = fd >= 0 && !fsync(fd);
    int reason = errno;
    if (fd >= 0) close(fd);
    free(copy);
    errno = reason;
    return well;
}

/* Writes to a name of its own beside `path`, then `place` gives it the real one: 0, or errno. */
static int write_beside(const char *path, lc_text content, int (*place)(const char *, const char *))
{
    lc_auto(lc_buf) name = {0};
    lc_buf_printf(&name, "%s.XXXXXX", path);
    int fd = mkostemp(name.data, O_CLOEXEC);
    if (fd < 0) return errno;
    bool well = write_all(fd, content);
    int reason = errno;
    if (close(fd) && well) {
        well = false;
        reason = errno;
    }
    if (well && place(name.data, path)) {
        well = false;
        reason = errno;
    }
    unlink(name.data); /* after a rename there is none */
    if (well && !sync_folder(path)) {
        well = false;
        reason = errno;
    }
    return well ? 0 : reason;
}

lc_error *lc_file_whole_create(const char *path, lc_text content, bool *ret_created)
{
    int reason = write_beside(path, content, link);
    *ret_created = !reason;
    return reason && reason != EEXIST ? failed(path, reason) : NULL;
}

lc_error *lc_file_whole_replace(const char *path, lc_text content)
{
    int reason = write_beside(path, content, rename);
    return reason ? failed(path, reason) : NULL;
}
