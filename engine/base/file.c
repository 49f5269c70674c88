#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static lc_error *read_all(int fd, const char *path, size_t limit, lc_buf *into)
{
    size_t start = into->len;
    for (;;) {
        lc_buf_reserve(into, 16 * 1024);
        ssize_t got = read(fd, into->data + into->len, into->cap - into->len - 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return lc_fail(LC_E_IO, "%s: %s", path, strerror(errno));
        if (got == 0) break;
        into->len += (size_t)got;
        if (into->len - start > limit) return lc_fail(LC_E_IO, "%s: larger than %zu bytes", path, limit);
    }
    into->data[into->len] = '\0';
    return NULL;
}

lc_error *lc_file_read(const char *path, size_t limit, lc_buf *into)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return lc_fail(LC_E_IO, "%s: %s", path, strerror(errno));
    lc_error *error = read_all(fd, path, limit, into);
    close(fd);
    return error;
}
