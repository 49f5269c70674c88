/* Runs a fuzz harness without libFuzzer: fuzz_<name> MILLISECONDS [FOLDER…] gives it every file of the folders, then
 * mutations of them until the time is over. The seed of the random numbers is printed; LC_FUZZ_SEED sets it. An input
 * that crashes, aborts or takes longer than SLOW seconds is printed in hexadecimal. */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

enum { FILE_MAX = 1 << 20, GROWTH = 64, MOST_EDITS = 6, SLOW = 20 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

typedef struct corpus {
    lc_buf *items;
    size_t count, cap;
    uint64_t random;
} corpus;

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* xorshift64* */
static size_t below(corpus *c, size_t limit)
{
    c->random ^= c->random >> 12;
    c->random ^= c->random << 25;
    c->random ^= c->random >> 27;
    return (size_t)((c->random * 2685821657736338717u) >> 33) % limit;
}

static void add_file(corpus *c, const char *path)
{
    lc_buf text = {0};
    lc_error *error = lc_file_read(path, FILE_MAX, &text);
    if (error) {
        lc_error_free(error);
        return;
    }
    if (c->count == c->cap) c->items = lc_grow(c->items, &c->cap, c->count + 1, sizeof *c->items);
    c->items[c->count++] = text;
}

static void add_folder(corpus *c, const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.') add_file(c, path);
    }
    if (dir) closedir(dir);
}

/* What runs, for the handler. */
static struct {
    const unsigned char *data;
    size_t len;
} current;

static void show_input(int number)
{
    dprintf(STDERR_FILENO, "signal %d, input: ", number);
    for (size_t i = 0; i < current.len; i++) dprintf(STDERR_FILENO, "%02x", current.data[i]);
    dprintf(STDERR_FILENO, "\n");
    signal(number, SIG_DFL);
    raise(number);
}

static void watch_signals(void)
{
    static const int numbers[] = {SIGALRM, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) signal(numbers[i], show_input);
}

static void run_copy(const void *data, size_t len)
{
    unsigned char *copy = lc_alloc(len ? len : 1);
    if (len) memcpy(copy, data, len);
    current.data = data;
    current.len = len;
    alarm(SLOW);
    LLVMFuzzerTestOneInput(copy, len);
    alarm(0);
    free(copy);
}

/* One edit of `text`, which has room for GROWTH more bytes at most. */
static size_t edit(corpus *c, unsigned char *text, size_t len, size_t room)
{
    static const unsigned char edges[] = {0, 1, 0x7f, 0x80, 0xff, '"', '\\', '{', '[', ',', '-', '9', '\n'};
    size_t at = len ? below(c, len) : 0;
    switch (below(c, 5)) {
        case 0:
            if (len) text[at] ^= (unsigned char)(1u << below(c, 8));
            return len;
        case 1:
            if (len) text[at] = edges[below(c, sizeof edges)];
            return len;
        case 2: return len ? at : len;
        case 3:
            if (len == room) return len;
            memmove(text + at + 1, text + at, len - at);
            text[at] = edges[below(c, sizeof edges)];
            return len + 1;
        default: {
            size_t part = len ? 1 + below(c, len - at) : 0;
            if (part > room - len) part = room - len;
            memmove(text + at + part, text + at, len - at);
            return len + part;
        }
    }
}

static void run_mutation(corpus *c)
{
    const lc_buf *seed = &c->items[below(c, c->count)];
    size_t len = seed->len, room = seed->len + GROWTH;
    unsigned char *text = lc_alloc(room);
    if (len) memcpy(text, seed->data, len);
    for (size_t edits = 1 + below(c, MOST_EDITS); edits; edits--) len = edit(c, text, len, room);
    run_copy(text, len);
    free(text);
}

int main(int argc, char **argv)
{
    const char *seed = getenv("LC_FUZZ_SEED");
    corpus c = {.random = seed ? strtoull(seed, NULL, 10) : now_ms() | 1};
    uint64_t end = now_ms() + (argc > 1 ? strtoull(argv[1], NULL, 10) : 0), runs = 0;
    printf("LC_FUZZ_SEED=%llu\n", (unsigned long long)c.random);
    fflush(stdout);
    watch_signals();
    for (int i = 2; i < argc; i++) add_folder(&c, argv[i]);
    for (size_t i = 0; i < c.count; i++) run_copy(c.items[i].data, c.items[i].len);
    for (; c.count && now_ms() < end; runs++) run_mutation(&c);
    printf("%zu seeds, %llu mutations\n", c.count, (unsigned long long)runs);
    for (size_t i = 0; i < c.count; i++) lc_buf_done(&c.items[i]);
    free(c.items);
    return c.count == 0;
}
