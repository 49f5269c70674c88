#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/memory.h"
#include "check.h"

TEST(arena_aligns_and_keeps)
{
    lc_auto(lc_arena) arena = {0};
    char *first = lc_arena_alloc(&arena, 3), *second = lc_arena_alloc(&arena, 5);
    CHECK_EQ_INT((uintptr_t)first % 8, 0);
    CHECK_EQ_INT(second - first, 8);
    char *text = lc_arena_copy(&arena, "a\0b", 3);
    CHECK(!memcmp(text, "a\0b", 4));
    CHECK_EQ_STR(lc_arena_copy(&arena, NULL, 0), "");
    CHECK_EQ_STR(lc_arena_printf(&arena, "%d-%s", 4, "x"), "4-x");
}

TEST(arena_grows_and_reuses_blocks)
{
    lc_auto(lc_arena) arena = {0};
    for (int i = 0; i < 1000; i++) memset(lc_arena_alloc(&arena, 1000), i, 1000);
    char *large = lc_arena_alloc(&arena, 5 * 1024 * 1024);
    memset(large, 1, 5 * 1024 * 1024);
    size_t held = arena.held;
    CHECK(held >= 6 * 1024 * 1024);
    lc_arena_reset(&arena, SIZE_MAX);
    CHECK_EQ_INT(arena.held, held);
    for (int i = 0; i < 1000; i++) memset(lc_arena_alloc(&arena, 1000), i, 1000);
    CHECK_EQ_INT(arena.held, held);
    lc_arena_reset(&arena, 0);
    CHECK(arena.held > 0 && arena.held < 64 * 1024);
    CHECK(lc_arena_alloc(&arena, 10) != NULL);
}

TEST(arena_trims_the_tail)
{
    lc_auto(lc_arena) arena = {0};
    char *text = lc_arena_alloc(&arena, 100);
    lc_arena_trim(&arena, text + 9);
    CHECK_EQ_INT((char *)lc_arena_alloc(&arena, 1) - text, 16);
    char *whole = lc_arena_alloc(&arena, (size_t)(arena.end - arena.at));
    lc_arena_trim(&arena, whole);
    CHECK(arena.at == whole);
}

TEST(buf_grows)
{
    lc_auto(lc_buf) buf = {0};
    for (int i = 0; i < 1000; i++) lc_buf_printf(&buf, "%03d", i);
    CHECK_EQ_INT(buf.len, 3000);
    CHECK(!memcmp(buf.data + 2997, "999", 4));
    lc_buf_reset(&buf);
    CHECK_EQ_STR(buf.data, "");
    lc_buf_put(&buf, '\0');
    lc_buf_text(&buf, NULL);
    lc_buf_text(&buf, "x");
    CHECK_EQ_INT(buf.len, 2);
    char *text = lc_buf_detach(&buf);
    CHECK_EQ_STR(text + 1, "x");
    free(text);
    char *empty = lc_buf_detach(&buf);
    CHECK_EQ_STR(empty, "");
    free(empty);
}

TEST(buf_printf_of_nothing_is_text)
{
    lc_auto(lc_buf) buf = {0};
    lc_buf_printf(&buf, "%s", "");
    CHECK_EQ_STR(buf.data, "");
}

TEST(strings_are_copied)
{
    char *copy = lc_strndup("abc", 2);
    CHECK_EQ_STR(copy, "ab");
    free(copy);
    CHECK(lc_strdup(NULL) == NULL);
    char *zeroed = lc_alloc(16);
    CHECK_EQ_INT(zeroed[15], 0);
    free(zeroed);
}

TEST(files_are_read_whole)
{
    char path[] = "/tmp/lc-test-file-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    for (int i = 0; i < 10000; i++) fprintf(file, "line %d\n", i);
    long size = ftell(file);
    fclose(file);
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_error) error = lc_file_read(path, 1 << 20, &text);
    CHECK(!error);
    CHECK_EQ_INT(text.len, size);
    CHECK(!strncmp(text.data, "line 0\nline 1\n", 14));
    lc_autoptr(lc_error) large = lc_file_read(path, 100, &text);
    CHECK_EQ_INT(lc_error_code(large), LC_E_IO);
    remove(path);
    lc_autoptr(lc_error) missing = lc_file_read(path, 100, &text);
    CHECK(missing && strstr(lc_error_message(missing), "No such file"));
}

int main(void)
{
    RUN(arena_aligns_and_keeps);
    RUN(arena_grows_and_reuses_blocks);
    RUN(arena_trims_the_tail);
    RUN(buf_grows);
    RUN(buf_printf_of_nothing_is_text);
    RUN(strings_are_copied);
    RUN(files_are_read_whole);
    return check_report();
}
