#include "base/text.h"

#include "check.h"

TEST(null_differs_from_empty_by_data)
{
    CHECK(lc_text_of(NULL).data == NULL);
    CHECK(lc_text_eq(lc_text_of(NULL), LC_TEXT("")));
    CHECK(lc_text_is(LC_TEXT("ab"), "ab"));
    CHECK(!lc_text_is(LC_TEXT("ab"), "abc"));
    CHECK(lc_text_eq_nocase(LC_TEXT("TrUe"), LC_TEXT("true")));
    CHECK(lc_text_starts(LC_TEXT("abc"), ""));
    CHECK(!lc_text_starts(LC_TEXT("ab"), "abc"));
}

TEST(trims_like_java)
{
    CHECK(lc_text_is(lc_text_trim(LC_TEXT(" \t\x01 a b\n ")), "a b"));
    CHECK_EQ_INT(lc_text_trim(LC_TEXT(" \t ")).len, 0);
    CHECK_EQ_INT(lc_text_trim(LC_TEXT("\u00a0")).len, 2);
}

TEST(hashes_the_same_each_time)
{
    CHECK(lc_hash("abc", 3) == lc_hash("abc", 3));
    CHECK(lc_hash("abc", 3) != lc_hash("abd", 3));
    CHECK(lc_hash("", 0) == lc_hash(NULL, 0));
    int collisions = 0;
    for (int i = 0; i < 1000; i++)
        for (int j = i + 1; j < 1000; j++) collisions += lc_hash(&i, sizeof i) == lc_hash(&j, sizeof j);
    CHECK(collisions <= 2);
}

TEST(finds_the_nearest_word)
{
    static const char *const words[] = {"tasks.max", "topics", "topics.regex", "name"};
    CHECK_EQ_STR(lc_nearest("task.max", words, 4), "tasks.max");
    CHECK_EQ_STR(lc_nearest("Topics", words, 4), "topics");
    CHECK_EQ_STR(lc_nearest("completely.else", words, 4), NULL);
    CHECK_EQ_STR(lc_nearest("x", words, 4), NULL);
    CHECK_EQ_STR(lc_nearest("x", words, 0), NULL);
}

TEST(knows_utf8)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool valid;
    } cases[] = {
        {"",                                     0, true },
        {"a\0b",                                 3, true },
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9, true },
        {"\xc0\x80",                             2, false},
        {"\xc1\xbf",                             2, false},
        {"\xe0\x9f\xbf",                         3, false},
        {"\xed\xa0\x80",                         3, false},
        {"\xed\x9f\xbf",                         3, true },
        {"\xf0\x8f\xbf\xbf",                     4, false},
        {"\xf4\x8f\xbf\xbf",                     4, true },
        {"\xf4\x90\x80\x80",                     4, false},
        {"\xf5\x80\x80\x80",                     4, false},
        {"\xe2\x82",                             2, false},
        {"\x80",                                 1, false},
        {"\xff",                                 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_EQ_INT(lc_utf8_valid(cases[i].bytes, cases[i].len), cases[i].valid);
}

int main(void)
{
    RUN(null_differs_from_empty_by_data);
    RUN(trims_like_java);
    RUN(hashes_the_same_each_time);
    RUN(finds_the_nearest_word);
    RUN(knows_utf8);
    return check_report();
}
