#include "io/file_tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

enum { LINES = 400000, MAX = 2000, READ_AHEAD = 512 * 1024 };

static char path[] = "/tmp/lc-test-tail-XXXXXX";

static void write_numbers(void)
{
    FILE *file = fdopen(mkstemp(path), "w");
    for (int i = 0; i < LINES; i++) fprintf(file, "%d%s", i, i % 3 ? "\n" : "\r\n");
    fclose(file);
}

/* How far the kernel says that the file has been read: its descriptor is the lowest free one at the open. */
static long long read_to(int fd)
{
    char name[64];
    long long at = -1;
    snprintf(name, sizeof name, "/proc/self/fdinfo/%d", fd);
    FILE *info = fopen(name, "r");
    if (!info || fscanf(info, "pos: %lld", &at) != 1) at = -1;
    if (info) fclose(info);
    return at;
}

/* Reads all in portions of `max` lines, and checks each line, its end, and how far ahead the file is read. */
static void read_numbers(size_t max)
{
    static lc_file_line lines[MAX];
    lc_auto(lc_arena) arena = {0};
    lc_file_tail *tail = NULL;
    CHECK(!lc_file_tail_new(NULL, path, 0, &tail));
    int fd = dup(STDIN_FILENO);
    close(fd);
    size_t count = 0;
    int next = 0, wrong = 0;
    long long furthest = 0, end = 0;
    do {
        lc_arena_reset(&arena, 1 << 20);
        CHECK(!lc_file_tail_read(tail, &arena, lines, max, &count));
        for (size_t i = 0; i < count; i++, next++) {
            char text[16];
            int len = snprintf(text, sizeof text, "%d", next);
            end += len + (next % 3 ? 1 : 2);
            wrong += !lc_text_is(lines[i].text, text) || lines[i].end != end;
        }
        long long ahead = read_to(fd) - lc_file_tail_position(tail);
        if (ahead > furthest) furthest = ahead;
    } while (count);
    lc_file_tail_free(tail);
    CHECK_EQ_INT(next, LINES);
    CHECK_EQ_INT(wrong, 0);
    CHECK(furthest > 0 && furthest <= READ_AHEAD);
}

TEST(reads_short_lines_without_holding_the_file)
{
    write_numbers();
    read_numbers(MAX);
    read_numbers(97);
    read_numbers(1);
    unlink(path);
}

int main(void)
{
    RUN(reads_short_lines_without_holding_the_file);
    return check_report();
}
