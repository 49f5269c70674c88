#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/strings.h"
#include "check.h"

TEST(props_keep_order_and_nulls)
{
    lc_autoptr(lc_props) props = lc_props_new();
    lc_props_set(props, "b", "1");
    lc_props_set(props, "a", NULL);
    lc_props_set(props, "c", "");
    lc_props_set(props, "b", "2");
    CHECK_EQ_INT(lc_props_count(props), 3);
    CHECK_EQ_STR(lc_props_key_at(props, 0), "b");
    CHECK_EQ_STR(lc_props_value_at(props, 0), "2");
    CHECK(lc_props_has(props, "a"));
    CHECK_EQ_STR(lc_props_get(props, "a"), NULL);
    CHECK_EQ_STR(lc_props_get(props, "c"), "");
    CHECK_EQ_STR(lc_props_get_or(props, "d", "x"), "x");
    CHECK(lc_props_remove(props, "a"));
    CHECK(!lc_props_remove(props, "a"));
    CHECK_EQ_STR(lc_props_get(props, "c"), "");
    CHECK_EQ_STR(lc_props_key_at(props, 1), "c");
}

TEST(props_survive_growth_and_removal)
{
    lc_autoptr(lc_props) props = lc_props_new();
    char key[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "key.%d", i);
        lc_props_set(props, key, key);
    }
    for (int i = 0; i < 1000; i += 2) {
        snprintf(key, sizeof key, "key.%d", i);
        CHECK(lc_props_remove(props, key));
    }
    CHECK_EQ_INT(lc_props_count(props), 500);
    CHECK_EQ_STR(lc_props_get(props, "key.501"), "key.501");
    CHECK(!lc_props_has(props, "key.500"));
    CHECK_EQ_STR(lc_props_key_at(props, 0), "key.1");
}

TEST(props_by_prefix)
{
    lc_autoptr(lc_props) props = lc_props_new();
    lc_props_set(props, "producer.acks", "all");
    lc_props_set(props, "producer.", "x");
    lc_props_set(props, "producers", "y");
    lc_props_set(props, "producer.linger.ms", NULL);
    lc_autoptr(lc_props) part = lc_props_with_prefix(props, "producer.", true);
    CHECK_EQ_INT(lc_props_count(part), 2);
    CHECK_EQ_STR(lc_props_get(part, "acks"), "all");
    CHECK(lc_props_has(part, "linger.ms"));
    lc_autoptr(lc_props) kept = lc_props_with_prefix(props, "producer.", false);
    CHECK_EQ_STR(lc_props_get(kept, "producer.acks"), "all");
}

TEST(props_compare_without_order)
{
    lc_autoptr(lc_props) a = lc_props_new();
    lc_autoptr(lc_props) b = lc_props_new();
    CHECK(lc_props_equal(a, NULL));
    lc_props_set(a, "x", "1");
    lc_props_set(a, "y", NULL);
    lc_props_set(b, "y", NULL);
    lc_props_set(b, "x", "1");
    CHECK(lc_props_equal(a, b));
    lc_props_set(b, "y", "");
    CHECK(!lc_props_equal(a, b));
    lc_props_sort(b);
    CHECK_EQ_STR(lc_props_key_at(b, 0), "x");
    CHECK_EQ_STR(lc_props_get(b, "x"), "1");
}

TEST(props_count_bytes)
{
    lc_autoptr(lc_props) props = lc_props_new();
    lc_props_set_text(props, LC_TEXT("a\0b"), LC_TEXT("v\0w"));
    CHECK_EQ_INT(lc_props_text_at(props, 0).len, 3);
    CHECK(!lc_props_has(props, "a"));
    lc_autoptr(lc_props) copy = lc_props_copy(props);
    CHECK(lc_props_equal(copy, props));
}

TEST(table_owns_values)
{
    lc_autoptr(lc_table) table = lc_table_new(free);
    lc_table_put(table, "a", lc_strdup("1"));
    lc_table_put(table, "a", lc_strdup("2"));
    lc_table_put(table, "b", lc_strdup("3"));
    CHECK_EQ_STR(lc_table_get(table, "a"), "2");
    CHECK(lc_table_get_text(table, (lc_text){"bcd", 1}) == lc_table_get(table, "b"));
    char *taken = lc_table_take(table, "a");
    CHECK_EQ_STR(taken, "2");
    free(taken);
    CHECK(lc_table_get(table, "a") == NULL);
    CHECK(lc_table_remove(table, "b"));
    CHECK_EQ_INT(lc_table_count(table), 0);
    CHECK(lc_table_get(NULL, "a") == NULL);
}

TEST(strings_join_and_sort)
{
    lc_auto(lc_strings) list = {0};
    char *none = lc_strings_join(&list, ",");
    CHECK_EQ_STR(none, "");
    free(none);
    lc_strings_add(&list, "b");
    lc_strings_printf(&list, "a%d", 7);
    lc_strings_sort(&list);
    char *text = lc_strings_join(&list, ", ");
    CHECK_EQ_STR(text, "a7, b");
    free(text);
    CHECK(lc_strings_has(&list, "b"));
    CHECK(!lc_strings_has(&list, "c"));
}

int main(void)
{
    RUN(props_keep_order_and_nulls);
    RUN(props_survive_growth_and_removal);
    RUN(props_by_prefix);
    RUN(props_compare_without_order);
    RUN(props_count_bytes);
    RUN(table_owns_values);
    RUN(strings_join_and_sort);
    return check_report();
}
