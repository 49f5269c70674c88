/* tests/golden/java/map_*.bin were written by Java 17: ObjectOutputStream.writeObject of
 *   map_empty    new HashMap
 *   map_one      one offset
 *   map_many     13 entries, every fourth value null
 *   map_odd      a null key, an empty key, one array both value and key, 300 zeros
 *   map_linked   a LinkedHashMap
 *   map_strings  a HashMap of strings
 * With an argument, writes sample maps into that folder, to be read by Java. */
#include "check.h"
#include "base/file.h"
#include "java/map_file.h"

#include <stdlib.h>

static lc_arena arena;

static lc_buf read_golden(const char *name)
{
    char path[1000];
    const char *slash = strrchr(__FILE__, '/');
    snprintf(path, sizeof path, "%.*s/../../golden/java/%s", (int)(slash - __FILE__), __FILE__, name);
    lc_buf content = {0};
    lc_autoptr(lc_error) error = lc_file_read(path, 1 << 20, &content);
    CHECK(!error);
    return content;
}

static lc_text text_of(const lc_buf *buf)
{
    return (lc_text){buf->data, buf->len};
}

static lc_text find(const lc_map_entry *entries, size_t count, lc_text key)
{
    for (size_t i = 0; i < count; i++)
        if (lc_text_eq(entries[i].key, key) && !entries[i].key.data == !key.data) return entries[i].value;
    return LC_TEXT("(absent)");
}

TEST(reads_an_empty_map)
{
    lc_auto(lc_buf) content = read_golden("map_empty.bin");
    lc_map_entry *entries;
    size_t count = 99;
    CHECK(!lc_map_file_decode(&arena, text_of(&content), &entries, &count));
    CHECK_EQ_INT(count, 0);
    CHECK(!lc_map_file_decode(&arena, (lc_text){"", 0}, &entries, &count));
    CHECK(!lc_map_file_decode(&arena, (lc_text){NULL, 0}, &entries, &count));
    CHECK_EQ_INT(count, 0);
}

TEST(reads_what_java_wrote)
{
    lc_auto(lc_buf) one = read_golden("map_one.bin"), many = read_golden("map_many.bin");
    lc_map_entry *entries;
    size_t count;
    CHECK(!lc_map_file_decode(&arena, text_of(&one), &entries, &count));
    CHECK_EQ_INT(count, 1);
    CHECK(lc_text_is(entries[0].key, "[\"local-file-source\",{\"filename\":\"/tmp/in.txt\"}]"));
    CHECK(lc_text_is(entries[0].value, "{\"position\":30}"));
    CHECK(!lc_map_file_decode(&arena, text_of(&many), &entries, &count));
    CHECK_EQ_INT(count, 13);
    for (int i = 0; i < 13; i++) {
        char key[100], value[100];
        snprintf(key, sizeof key, "[\"c%d\",{\"p\":\"\u00e9\"}]", i);
        snprintf(value, sizeof value, "{\"o\":%lld}", i * 1000000007LL);
        lc_text found = find(entries, count, lc_text_of(key));
        CHECK(i % 4 == 3 ? found.data == NULL : lc_text_is(found, value));
    }
}

TEST(reads_nulls_and_shared_arrays)
{
    lc_auto(lc_buf) odd = read_golden("map_odd.bin");
    lc_map_entry *entries;
    size_t count;
    CHECK(!lc_map_file_decode(&arena, text_of(&odd), &entries, &count));
    CHECK_EQ_INT(count, 4);
    CHECK(lc_text_is(find(entries, count, (lc_text){NULL, 0}), "\1\2\3"));
    CHECK(lc_text_is(find(entries, count, LC_TEXT("")), "\1\2\3"));
    CHECK(find(entries, count, LC_TEXT("\1\2\3")).data == NULL);
    char zeros[300] = {0};
    CHECK(lc_text_is(find(entries, count, (lc_text){zeros, sizeof zeros}), "\xac\xed"));
}

/* One entry is written in one way only, so the bytes must be Java's. */
TEST(writes_what_java_writes)
{
    lc_auto(lc_buf) empty = read_golden("map_empty.bin"), one = read_golden("map_one.bin");
    lc_auto(lc_buf) out = {0};
    lc_map_file_encode(NULL, 0, &out);
    CHECK(lc_text_eq(text_of(&out), text_of(&empty)));
    lc_map_entry *entries;
    size_t count;
    CHECK(!lc_map_file_decode(&arena, text_of(&one), &entries, &count));
    lc_buf_reset(&out);
    lc_map_file_encode(entries, count, &out);
    CHECK(lc_text_eq(text_of(&out), text_of(&one)));
}

/* In the stream's own order, many entries come out as Java wrote them too. */
TEST(writes_back_what_it_read)
{
    lc_auto(lc_buf) many = read_golden("map_many.bin"), out = {0};
    lc_map_entry *entries;
    size_t count;
    CHECK(!lc_map_file_decode(&arena, text_of(&many), &entries, &count));
    lc_map_file_encode(entries, count, &out);
    CHECK(lc_text_eq(text_of(&out), text_of(&many)));
}

static const char *refusal(lc_text bytes)
{
    static char shown[300];
    lc_map_entry *entries = NULL;
    size_t count = 77;
    lc_autoptr(lc_error) error = lc_map_file_decode(&arena, bytes, &entries, &count);
    CHECK(!error || (entries == NULL && count == 77 && lc_error_code(error) == LC_E_CONNECT));
    const char *found = error ? strstr(lc_error_message(error), "found ") : NULL;
    snprintf(shown, sizeof shown, "%s", found ? found + 6 : "accepted");
    return shown;
}

TEST(refuses_other_content)
{
    lc_auto(lc_buf) linked = read_golden("map_linked.bin"), strings = read_golden("map_strings.bin");
    CHECK_EQ_STR(refusal(text_of(&linked)), "class java.util.LinkedHashMap at offset 6");
    CHECK_EQ_STR(refusal(text_of(&strings)), "a string (0x74) instead of a byte array or null at offset 81");
    CHECK_EQ_STR(refusal(LC_TEXT("{\"a\":1}")),
                 "byte 0x7b in the header of a Java object stream at offset 0");
    CHECK_EQ_STR(refusal(LC_TEXT("\xac\xed\x00\x04p")),
                 "byte 0x04 in the header of a Java object stream at offset 3");
    CHECK_EQ_STR(refusal(LC_TEXT("\xac\xed\x00\x05p")), "null (0x70) instead of an object at offset 4");
    CHECK_EQ_STR(refusal(LC_TEXT("\xac\xed\x00\x05t\x00\x01x")),
                 "a string (0x74) instead of an object at offset 4");
    CHECK_EQ_STR(refusal(LC_TEXT("\xac")), "the end of the data at offset 1");
}

TEST(refuses_every_cut)
{
    lc_auto(lc_buf) odd = read_golden("map_odd.bin");
    for (size_t len = 1; len < odd.len; len++) {
        /* A copy of exactly that size, so that tools notice a read beyond it. */
        char *cut = malloc(len);
        memcpy(cut, odd.data, len);
        CHECK(strcmp(refusal((lc_text){cut, len}), "accepted") != 0);
        free(cut);
    }
    lc_buf_put(&odd, 'x');
    CHECK(strstr(refusal(text_of(&odd)), "1 bytes more") != NULL);
}

/* No changed byte may crash it; those that Java checks must be refused. */
TEST(survives_every_changed_byte)
{
    lc_auto(lc_buf) odd = read_golden("map_odd.bin");
    for (size_t i = 0; i < odd.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            odd.data[i] = (char)(odd.data[i] ^ 1 << bit);
            lc_map_entry *entries;
            size_t count;
            lc_autoptr(lc_error) error = lc_map_file_decode(&arena, text_of(&odd), &entries, &count);
            CHECK(error || i >= 62); /* all before loadFactor is fixed */
            odd.data[i] = (char)(odd.data[i] ^ 1 << bit);
        }
    }
}

TEST(refuses_absurd_sizes)
{
    lc_auto(lc_buf) one = read_golden("map_one.bin");
    memcpy(one.data + 77, "\x7f\xff\xff\xff", 4);
    CHECK_EQ_STR(refusal(text_of(&one)), "a size of 2147483647 at offset 77");
    memcpy(one.data + 77, "\xff\xff\xff\xff", 4);
    CHECK_EQ_STR(refusal(text_of(&one)), "a size of -1 at offset 77");
    memcpy(one.data + 77, "\x00\x00\x00\x01", 4);
    memcpy(one.data + 100, "\x7f\xff\xff\xff", 4);
    CHECK_EQ_STR(refusal(text_of(&one)), "an array of 2147483647 bytes where 74 are left at offset 100");
}

static void write_sample(const char *folder, const char *name, const lc_map_entry *entries, size_t count)
{
    char path[1000];
    lc_auto(lc_buf) out = {0};
    lc_map_file_encode(entries, count, &out);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(out.data, 1, out.len, file) == out.len);
    if (file) fclose(file);
}

static void write_samples(const char *folder)
{
    enum { MANY = 1000 };
    static lc_map_entry many[MANY];
    lc_map_entry nulls[] = {{{NULL, 0}, LC_TEXT("v")}, {LC_TEXT("k"), {NULL, 0}}, {LC_TEXT(""), LC_TEXT("")}};
    for (int i = 0; i < MANY; i++)
        many[i] = (lc_map_entry){lc_text_of(lc_arena_printf(&arena, "key %d", i)),
                                 lc_text_of(lc_arena_printf(&arena, "{\"offset\":%d}", i))};
    write_sample(folder, "empty", NULL, 0);
    write_sample(folder, "nulls", nulls, 3);
    write_sample(folder, "twelve", many, 12);
    write_sample(folder, "thirteen", many, 13);
    write_sample(folder, "many", many, MANY);
}

int main(int argc, char **argv)
{
    if (argc > 1) write_samples(argv[1]);
    RUN(reads_an_empty_map);
    RUN(reads_what_java_wrote);
    RUN(reads_nulls_and_shared_arrays);
    RUN(writes_what_java_writes);
    RUN(writes_back_what_it_read);
    RUN(refuses_other_content);
    RUN(refuses_every_cut);
    RUN(survives_every_changed_byte);
    RUN(refuses_absurd_sizes);
    lc_arena_done(&arena);
    return check_report();
}
