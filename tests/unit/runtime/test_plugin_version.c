#include "runtime/plugin_version.h"

#include <stddef.h>

#include "check.h"

TEST(versions_are_ordered)
{
    static const char *const rising[] = {"0.9", "1.0-alpha", "1.0-beta2", "1.0-rc1", "1.0-SNAPSHOT",
                                         "1",   "1.0-sp",    "1.0.1",     "1.2",     "1.10",
                                         "2",   "10.0",      "11.0.0.1"};
    size_t count = sizeof rising / sizeof *rising;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            CHECK_EQ_INT(lc_version_compare(rising[i], rising[j]), i < j ? -1 : i > j ? 1 : 0);
    CHECK_EQ_INT(lc_version_compare("1.0", "1.0.0-final"), 0);
    CHECK_EQ_INT(lc_version_compare("01.2", "1.02"), 0);
}

static void check_range(const char *range, const char *version, bool expected)
{
    bool matches = !expected;
    lc_autoptr(lc_error) error = lc_version_matches(range, version, &matches);
    CHECK_EQ_STR(error ? lc_error_message(error) : NULL, NULL);
    CHECK_EQ_INT(matches, expected);
}

TEST(ranges_hold_versions)
{
    check_range("latest", "4.1.0", true);
    check_range("", "4.1.0", true);
    check_range("4.1", "4.1.0", true);
    check_range("4.1.1", "4.1.0", false);
    check_range("[4.0,4.1]", "4.1.0", true);
    check_range("[4.0,4.1)", "4.1.0", false);
    check_range("(4.1,)", "4.1.0", false);
    check_range("[4.1,)", "4.1.0", true);
    check_range("(,4.0], [4.1]", "4.1.0", true);
    check_range("(,)", "4.1.0", true);
}

static void check_bad(const char *range, const char *message)
{
    bool matches;
    lc_autoptr(lc_error) error = lc_version_matches(range, NULL, &matches);
    CHECK_EQ_STR(error ? lc_error_message(error) : NULL, message);
}

TEST(bad_ranges)
{
    check_bad("[1", "Unbounded range: [1");
    check_bad("(1,2", "Unbounded range: (1,2");
    check_bad("[2,1]", "Range defies version ordering: [2,1]");
    check_bad("(1]", "Single version must be surrounded by []: (1]");
    check_bad("[1],x", "Only fully-qualified sets allowed in multiple set scenario: [1],x");
    check_bad("abc", NULL);
}

int main(void)
{
    RUN(versions_are_ordered);
    RUN(ranges_hold_versions);
    RUN(bad_ranges);
    return check_report();
}
