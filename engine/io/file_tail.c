#include "io/file_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"

/* Read size: large enough that system calls don't count, small enough to stay in the cache. */
enum { BLOCK = 256 * 1024, MISSING_WAIT_MS = 1000, WATCHED_WAIT_MS = 1000, UNWATCHED_WAIT_MS = 100 };
/* A watched file that has been quiet for QUIET_READS is looked at less often: what changes it wakes us. Only that
 * a folder above it was renamed is noticed later then. */
enum { QUIET_READS = 10, QUIET_WAIT_MS = 5000 };

struct lc_file_tail {
    lc_file_hub *hub;
    char *path; /* NULL: standard input */
    int fd;     /* -1: not open */
    int event_fd;
    int watch;        /* -1: none */
    int64_t position; /* behind the last line given */
    int64_t read_to;  /* behind the last byte read: position + carry */
    lc_buf carry;     /* bytes read but not given yet, from `given` on */
    size_t given;
    bool more;   /* the carry was left because enough lines were given: it may hold whole ones */
    bool at_end; /* the last read met the end of the data */
    bool finish; /* the file was replaced: an unterminated last line counts */
    bool told_missing;
    bool local; /* what changes the file is always seen by inotify */
    int quiet;  /* reads in a row that met nothing new */
    lc_file_news news;
};

lc_error *lc_file_tail_new(lc_file_hub *hub, const char *path, int64_t position, lc_file_tail **ret_tail)
{
    if (position < 0)
        return lc_fail(LC_E_CONNECT, "A file position can't be negative: %lld", (long long)position);
    lc_file_tail *tail = lc_alloc(sizeof *tail);
    tail->hub = hub;
    tail->path = lc_strdup(path);
    tail->fd = path ? -1 : STDIN_FILENO;
    tail->event_fd = path ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    tail->watch = -1;
    tail->position = tail->read_to = position;
    *ret_tail = tail;
    return NULL;
}

static void close_file(lc_file_tail *tail)
{
    if (tail->watch >= 0) lc_file_hub_unwatch(tail->hub, tail->watch, tail->event_fd);
    if (tail->path && tail->fd >= 0) close(tail->fd);
    tail->watch = -1;
    if (tail->path) tail->fd = -1;
}

void lc_file_tail_free(lc_file_tail *tail)
{
    if (!tail) return;
    close_file(tail);
    if (tail->event_fd >= 0) close(tail->event_fd);
    lc_buf_done(&tail->carry);
    free(tail->path);
    free(tail);
}

static lc_error *problem(const lc_file_tail *tail, const char *what)
{
    return lc_fail(LC_E_IO, "Can't %s %s: %s. Check that it is a readable file.", what,
                   tail->path ? tail->path : "standard input", strerror(errno));
}

/* The carry becomes these bytes, which must not be its own. */
static void keep(lc_file_tail *tail, const char *from, size_t len)
{
    lc_buf_reset(&tail->carry);
    if (len) lc_buf_add(&tail->carry, from, len);
    tail->given = 0;
    tail->more = false;
}

static void start_over(lc_file_tail *tail, lc_file_news news)
{
    tail->position = tail->read_to = 0;
    tail->quiet = 0;
    keep(tail, NULL, 0);
    tail->news = news;
}

/* Other computers change files of network file systems unseen. */
static bool is_local(int fd)
{
    static const long types[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, TMPFS_MAGIC,
                                 F2FS_SUPER_MAGIC};
    struct statfs about;
    if (fstatfs(fd, &about)) return false;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (about.f_type == types[i]) return true;
    return false;
}

/* True with a file open at read_to; false when it is missing. */
static lc_error *ensure_open(lc_file_tail *tail, bool *ret_open)
{
    *ret_open = true;
    if (tail->fd >= 0) return NULL;
    tail->fd = open(tail->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (tail->fd < 0) {
        *ret_open = false;
        if (errno != ENOENT) return problem(tail, "open");
        if (!tail->told_missing) tail->news = LC_FILE_MISSING;
        tail->told_missing = true;
        return NULL;
    }
    struct stat about;
    if (fstat(tail->fd, &about)) return problem(tail, "look at");
    if (S_ISDIR(about.st_mode)) return errno = EISDIR, problem(tail, "read");
    if (tail->told_missing) tail->news = LC_FILE_FOUND;
    tail->told_missing = false;
    if (S_ISREG(about.st_mode) && about.st_size < tail->read_to) start_over(tail, LC_FILE_TRUNCATED);
    if (S_ISREG(about.st_mode) && lseek(tail->fd, tail->read_to, SEEK_SET) < 0)
        return problem(tail, "seek in");
    if (tail->hub) tail->watch = lc_file_hub_watch(tail->hub, tail->path, tail->event_fd);
    tail->local = is_local(tail->fd);
    tail->quiet = 0;
    return NULL;
}

/* At the end of the data: was the file cut, or another one put in its place? */
static void look_around(lc_file_tail *tail)
{
    struct stat mine, there;
    if (!tail->path || fstat(tail->fd, &mine) || !S_ISREG(mine.st_mode)) return;
    if (mine.st_size < tail->read_to) {
        start_over(tail, LC_FILE_TRUNCATED);
        if (lseek(tail->fd, 0, SEEK_SET) < 0) close_file(tail);
        return;
    }
    if (stat(tail->path, &there)) {
        tail->quiet = 0;
        return; /* moved away and not yet replaced: it may still grow */
    }
    tail->quiet++;
    tail->finish = there.st_ino != mine.st_ino || there.st_dev != mine.st_dev;
}

static bool is_readable(const lc_file_tail *tail)
{
    struct pollfd fd = {tail->fd, POLLIN, 0};
    return tail->path || poll(&fd, 1, 0) > 0;
}

/* The carry and a fresh block, in the arena. */
static lc_error *read_block(lc_file_tail *tail, lc_arena *arena, char **ret_bytes, size_t *ret_len)
{
    /* A line longer than a block is read in doubling steps, so that it is copied only twice in all. */
    size_t kept = tail->carry.len - tail->given, room = kept >= BLOCK / 2 ? kept : BLOCK - kept;
    char *bytes = lc_arena_alloc(arena, kept + room);
    if (kept) memcpy(bytes, tail->carry.data + tail->given, kept);
    ssize_t got = is_readable(tail) ? read(tail->fd, bytes + kept, room) : 0;
    if (got < 0 && errno != EAGAIN && errno != EINTR) return problem(tail, "read");
    if (got < 0) got = 0;
    lc_arena_trim(arena, bytes + kept + got);
    tail->read_to += got;
    tail->at_end = got == 0;
    *ret_bytes = bytes;
    *ret_len = kept + (size_t)got;
    return NULL;
}

/* The end of the line that starts at `at`: NULL when it isn't complete. *ret_next is behind its terminator.
 */
static const char *end_of_line(const char *at, const char *end, const char **ret_next)
{
    const char *feed = memchr(at, '\n', (size_t)(end - at));
    const char *carriage = memchr(at, '\r', (size_t)((feed ? feed : end) - at));
    if (!carriage) return *ret_next = feed + 1, feed;
    if (carriage + 1 == end) return NULL; /* a \n may follow */
    *ret_next = carriage + 1 + (carriage[1] == '\n');
    return carriage;
}

/* Cuts lines from the front of the bytes; *ret_used is how many bytes they took. */
static size_t cut(lc_file_tail *tail, lc_text bytes, lc_file_line *lines, size_t max, size_t *ret_used)
{
    const char *at = bytes.data, *end = bytes.data + bytes.len, *next;
    size_t count = 0;
    while (count < max && at < end) {
        const char *stop = end_of_line(at, end, &next);
        if (!stop) break;
        tail->position += next - at;
        lines[count++] = (lc_file_line){{at, (size_t)(stop - at)}, tail->position};
        at = next;
    }
    *ret_used = (size_t)(at - bytes.data);
    return count;
}

static size_t split(lc_file_tail *tail, const char *bytes, size_t len, lc_file_line *lines, size_t max)
{
    size_t used, count = cut(tail, (lc_text){bytes, len}, lines, max, &used);
    keep(tail, bytes + used, len - used);
    tail->more = count == max;
    return count;
}

/* Lines that an earlier read left. Only what is given goes into the arena, and nothing is read before the
 * carry is used up: else it would grow to the whole file where lines are short. */
static size_t take_carried(lc_file_tail *tail, lc_arena *arena, lc_file_line *lines, size_t max)
{
    if (!tail->more) return 0;
    const char *from = tail->carry.data + tail->given;
    size_t used, count = cut(tail, (lc_text){from, tail->carry.len - tail->given}, lines, max, &used);
    const char *copy = lc_arena_copy(arena, from, used);
    for (size_t i = 0; i < count; i++) lines[i].text.data = copy + (lines[i].text.data - from);
    tail->given += used;
    tail->more = count == max;
    return count;
}

/* The replaced file ends here: what is left of it is a line; then the new file begins. */
static size_t finish(lc_file_tail *tail, const char *bytes, size_t len, lc_file_line *line)
{
    size_t count = 0;
    if (len) {
        if (bytes[len - 1] == '\r') len--;
        line->text = (lc_text){bytes, len};
        count = 1;
    }
    close_file(tail);
    start_over(tail, LC_FILE_REPLACED);
    line->end = 0;
    tail->finish = false;
    return count;
}

lc_error *lc_file_tail_read(lc_file_tail *tail, lc_arena *arena, lc_file_line *lines, size_t max,
                            size_t *ret_count)
{
    bool open;
    char *bytes = NULL;
    size_t len = 0;
    uint64_t events;
    *ret_count = 0;
    if (tail->event_fd >= 0 && read(tail->event_fd, &events, sizeof events) < 0) events = 0;
    LC_TRY(ensure_open(tail, &open));
    if (!open || !max) return NULL;
    *ret_count = take_carried(tail, arena, lines, max);
    if (*ret_count) return NULL;
    do {
        LC_TRY(read_block(tail, arena, &bytes, &len));
        *ret_count = split(tail, bytes, len, lines, max);
    } while (!*ret_count && !tail->at_end);
    if (*ret_count) return tail->quiet = 0, NULL;
    if (tail->finish) *ret_count = finish(tail, bytes, len, lines);
    else look_around(tail);
    return NULL;
}

int64_t lc_file_tail_position(const lc_file_tail *tail)
{
    return tail->position;
}

int lc_file_tail_wait(const lc_file_tail *tail, int64_t *ret_ms)
{
    bool again = tail->finish || (tail->path && tail->fd < 0 && !tail->told_missing);
    bool asleep = tail->watch >= 0 && tail->local && tail->quiet > QUIET_READS;
    *ret_ms = again                             ? 0
              : tail->fd < 0                    ? MISSING_WAIT_MS
              : asleep                          ? QUIET_WAIT_MS
              : tail->watch >= 0 || !tail->path ? WATCHED_WAIT_MS
                                                : UNWATCHED_WAIT_MS;
    return tail->path ? (tail->watch >= 0 ? tail->event_fd : -1) : tail->at_end ? -1 : tail->fd;
}

lc_file_news lc_file_tail_news(lc_file_tail *tail)
{
    lc_file_news news = tail->news;
    tail->news = LC_FILE_NO_NEWS;
    return news;
}
