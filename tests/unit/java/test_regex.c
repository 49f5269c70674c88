/* Runs tests/golden/java/regex.tsv (or the file given): pattern, operation, subject, replacement, expected,
 * separated by tabs; \t, \n, \r and \\ are escaped. Operations: n compiles ("ok" or the first line of the
 * error), m matches, g matches and shows the groups, f finds all, r replaces the first, a replaces all.
 * Groups and finds end in ";", groups without a part are "~". */
#include "check.h"
#include "base/memory.h"
#include "java/regex.h"
#include "tsv.h"

#include <stdlib.h>

static void check_text(const tsv_line *line, const char *actual)
{
    char what[3000];
    bool same = !strcmp(actual, line->cell[4]);
    if (!same)
        snprintf(what, sizeof what, "line %d: \"%s\" %s \"%s\" \"%s\" is \"%s\", expected \"%s\"",
                 line->number, line->cell[0], line->cell[1], line->cell[2], line->cell[3], actual,
                 line->cell[4]);
    check_note(same, __FILE__, __LINE__, what);
}

static void put_group(lc_buf *out, lc_text group)
{
    if (group.data) lc_buf_add(out, group.data, group.len);
    else lc_buf_put(out, '~');
    lc_buf_put(out, ';');
}

static lc_error *match_groups(lc_regex *regex, lc_text subject, lc_buf *out)
{
    bool matched;
    LC_TRY(lc_regex_matches(regex, subject, &matched));
    if (!matched) lc_buf_text(out, "false");
    for (size_t i = 0; matched && i <= lc_regex_group_count(regex); i++)
        put_group(out, lc_regex_group(regex, i));
    return NULL;
}

static lc_error *find_all(lc_regex *regex, lc_text subject, lc_buf *out)
{
    bool found;
    LC_TRY(lc_regex_find(regex, subject, 0, &found));
    while (found) {
        put_group(out, lc_regex_group(regex, 0));
        LC_TRY(lc_regex_find(regex, subject, lc_regex_next(regex), &found));
    }
    return NULL;
}

static lc_error *run_operation(lc_regex *regex, const tsv_line *line, lc_buf *out)
{
    lc_text subject = lc_text_of(line->cell[2]), replacement = lc_text_of(line->cell[3]);
    bool matched;
    switch (line->cell[1][0]) {
    case 'm':
        LC_TRY(lc_regex_matches(regex, subject, &matched));
        lc_buf_text(out, matched ? "true" : "false");
        return NULL;
    case 'g': return match_groups(regex, subject, out);
    case 'f': return find_all(regex, subject, out);
    case 'r': return lc_regex_replace_first(regex, subject, replacement, out);
    case 'a': return lc_regex_replace_all(regex, subject, replacement, out);
    default: lc_buf_text(out, "ok"); return NULL;
    }
}

static void run_line(const tsv_line *line, void *context)
{
    (void)context;
    lc_auto(lc_buf) out = {0};
    lc_autoptr(lc_regex) regex = NULL;
    lc_error *error = lc_regex_new(lc_text_of(line->cell[0]), &regex);
    if (!error) error = run_operation(regex, line, &out);
    if (error) {
        lc_buf_reset(&out);
        lc_buf_printf(&out, "!%.*s", (int)strcspn(lc_error_message(error), "\n"), lc_error_message(error));
        lc_error_free(error);
    }
    lc_buf_text(&out, "");
    check_text(line, out.data ? out.data : "");
}

static const char *golden_file;

TEST(golden_lines)
{
    CHECK(tsv_each(golden_file, 5, run_line, NULL) > 0);
}

TEST(names_lead_to_groups)
{
    lc_autoptr(lc_regex) regex = NULL;
    bool matched = false;
    lc_error_free(lc_regex_new(LC_TEXT("(?<topic>.*)-(?<n>\\d+)(?<none>x)?"), &regex));
    lc_error_free(lc_regex_matches(regex, LC_TEXT("orders-12"), &matched));
    CHECK(matched);
    CHECK_EQ_INT(lc_regex_group_count(regex), 3);
    CHECK(lc_text_is(lc_regex_group_named(regex, LC_TEXT("topic")), "orders"));
    CHECK(lc_text_is(lc_regex_group_named(regex, LC_TEXT("n")), "12"));
    CHECK(lc_regex_group_named(regex, LC_TEXT("none")).data == NULL);
    CHECK(lc_regex_group_named(regex, LC_TEXT("absent")).data == NULL);
    CHECK(lc_regex_group(regex, 4).data == NULL);
    CHECK(lc_text_is(lc_regex_pattern(regex), "(?<topic>.*)-(?<n>\\d+)(?<none>x)?"));
}

TEST(error_codes)
{
    lc_autoptr(lc_regex) regex = NULL;
    lc_autoptr(lc_error) bad = lc_regex_new(LC_TEXT("(ab"), &regex);
    CHECK_EQ_STR(lc_error_message(bad), "Unclosed group near index 3\n(ab");
    CHECK_EQ_INT(lc_error_code(bad), LC_E_ILLEGAL_ARGUMENT);
    lc_error_free(lc_regex_new(LC_TEXT("(a)"), &regex));
    lc_auto(lc_buf) out = {0};
    lc_buf_text(&out, "kept");
    lc_autoptr(lc_error) index = lc_regex_replace_all(regex, LC_TEXT("ba"), LC_TEXT("$2"), &out);
    CHECK_EQ_INT(lc_error_code(index), LC_E_INDEX);
    CHECK_EQ_STR(out.data, "kept");
    lc_autoptr(lc_error) illegal = lc_regex_replace_all(regex, LC_TEXT("ba"), LC_TEXT("${x}"), &out);
    CHECK_EQ_INT(lc_error_code(illegal), LC_E_ILLEGAL_ARGUMENT);
}

TEST(endless_matches_are_cut_off)
{
    lc_autoptr(lc_regex) regex = NULL;
    lc_error_free(lc_regex_new(LC_TEXT("(x+x+)+y\\1(?<=a)"), &regex));
    bool matched = true;
    lc_autoptr(lc_error) error = lc_regex_matches(
        regex, LC_TEXT("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxy"), &matched);
    CHECK_EQ_INT(lc_error_code(error), LC_E_LIMIT);
    CHECK(!matched);
}

TEST(broken_subjects_never_match)
{
    lc_autoptr(lc_regex) regex = NULL;
    lc_error_free(lc_regex_new(LC_TEXT("(?s).*"), &regex));
    bool matched = true;
    lc_error_free(lc_regex_matches(regex, (lc_text){"a\xff", 2}, &matched));
    CHECK(!matched);
    lc_error_free(lc_regex_matches(regex, (lc_text){NULL, 0}, &matched));
    CHECK(matched);
}

TEST(long_subjects_need_no_deep_stack)
{
    enum { LEN = 1000000 };
    lc_autoptr(lc_regex) regex = NULL;
    lc_error_free(lc_regex_new(LC_TEXT("(?:a|b)*+c"), &regex));
    char *text = lc_alloc(LEN);
    memset(text, 'a', LEN - 1);
    text[LEN - 1] = 'c';
    bool matched = false;
    lc_error_free(lc_regex_matches(regex, (lc_text){text, LEN}, &matched));
    CHECK(matched);
    free(text);
}

int main(int argc, char **argv)
{
    golden_file = argc > 1 ? argv[1] : tsv_golden(__FILE__, "java/regex.tsv");
    RUN(golden_lines);
    RUN(names_lead_to_groups);
    RUN(error_codes);
    RUN(endless_matches_are_cut_off);
    RUN(broken_subjects_never_match);
    RUN(long_subjects_need_no_deep_stack);
    return check_report();
}
