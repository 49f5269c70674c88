/* Runs tests/golden/java/date_format.tsv (or the file given): pattern, operation, input, expected, separated
 * by tabs; \t, \n, \r and \\ are escaped. Operations: n makes a format and expects an error text or "ok";
 * f formats milliseconds; p parses a text and expects milliseconds or "error". F and P go on with the object
 * of the line before; R formats what that line parsed. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "check.h"
#include "java/date_format.h"
#include "java/time_unit.h"
#include "tsv.h"

static void check_text(const tsv_line *line, const char *actual)
{
    char what[3000];
    bool same = !strcmp(actual, line->cell[3]);
    if (!same)
        snprintf(what, sizeof what, "line %d: \"%s\" %s \"%s\" is \"%s\", expected \"%s\"", line->number,
                 line->cell[0], line->cell[1], line->cell[2], actual, line->cell[3]);
    check_note(same, __FILE__, __LINE__, what);
}

static void check_write(lc_date_format *format, const tsv_line *line, int64_t ms)
{
    lc_auto(lc_buf) text = {0};
    lc_buf_reserve(&text, lc_date_format_room(format));
    size_t len = lc_date_format_write(format, ms, text.data, text.cap - 1);
    CHECK(len <= lc_date_format_room(format));
    text.data[len] = '\0';
    check_text(line, text.data);
}

static void check_parse(lc_date_format *format, const tsv_line *line, int64_t *ret_ms)
{
    char text[32] = "error";
    bool ok = lc_date_format_parse(format, lc_text_of(line->cell[2]), ret_ms);
    if (ok) snprintf(text, sizeof text, "%" PRId64, *ret_ms);
    if (strcmp(line->cell[3], "?") != 0 || !ok) check_text(line, text);
}

typedef struct state {
    lc_date_format *format;
    int64_t parsed;
} state;

static void run_line(const tsv_line *line, void *context)
{
    state *s = context;
    char op = line->cell[1][0];
    if (op == 'n' || op == 'f' || op == 'p') {
        lc_date_format_free(s->format);
        s->format = NULL;
        lc_autoptr(lc_error) error = lc_date_format_new(lc_text_of(line->cell[0]), &s->format);
        if (op == 'n') check_text(line, error ? lc_error_message(error) : "ok");
    }
    if (!s->format) return;
    if (op == 'f' || op == 'F') check_write(s->format, line, strtoll(line->cell[2], NULL, 10));
    if (op == 'p' || op == 'P') check_parse(s->format, line, &s->parsed);
    if (op == 'R') check_write(s->format, line, s->parsed);
}

static const char *golden_file;

TEST(golden_lines)
{
    state s = {0};
    CHECK(tsv_each(golden_file, 4, run_line, &s) > 0);
    lc_date_format_free(s.format);
}

TEST(zone_changes_by_hand)
{
    lc_autoptr(lc_date_format) format = NULL;
    lc_autoptr(lc_zone) berlin = NULL;
    lc_error_free(lc_date_format_new(LC_TEXT("yyyy-MM-dd HH:mm z XXX"), &format));
    lc_error_free(lc_zone_open(LC_TEXT("Europe/Berlin"), &berlin));
    CHECK(berlin != NULL);
    if (!berlin) return;
    lc_date_format_set_zone(format, berlin);
    char text[200];
    text[lc_date_format_write(format, 1700000000123, text, sizeof text)] = '\0';
    CHECK_EQ_STR(text, "2023-11-14 23:13 CET +01:00");
    text[lc_date_format_write(format, 1690000000123, text, sizeof text)] = '\0';
    CHECK_EQ_STR(text, "2023-07-22 06:26 CEST +02:00");
}

static int year_of_two_digits(int year)
{
    lc_autoptr(lc_date_format) format = NULL;
    lc_error_free(lc_date_format_new(LC_TEXT("yy-DDD"), &format));
    char text[16];
    int64_t ms = 0;
    snprintf(text, sizeof text, "%02d-180", year % 100);
    CHECK(lc_date_format_parse(format, lc_text_of(text), &ms));
    lc_autoptr(lc_date_format) full = NULL;
    lc_error_free(lc_date_format_new(LC_TEXT("yyyy"), &full));
    text[lc_date_format_write(full, ms, text, sizeof text)] = '\0';
    return atoi(text);
}

TEST(two_digit_years_reach_80_back_and_20_ahead)
{
    int now = 1970 + (int)(lc_now_ms() / 31556952000);
    for (int year = now - 79; year < now + 20; year++) CHECK_EQ_INT(year_of_two_digits(year), year);
}

TEST(small_buffers_get_the_length_only)
{
    lc_autoptr(lc_date_format) format = NULL;
    lc_error_free(lc_date_format_new(LC_TEXT("yyyy-MM-dd"), &format));
    char text[4] = "abc";
    CHECK_EQ_INT(lc_date_format_write(format, 0, text, 2), 10);
    CHECK_EQ_STR(text, "abc");
}

TEST(time_units_saturate)
{
    CHECK_EQ_INT(lc_time_unit_convert(1500, LC_TIME_MILLIS, LC_TIME_SECONDS), 1);
    CHECK_EQ_INT(lc_time_unit_convert(-1500, LC_TIME_MILLIS, LC_TIME_SECONDS), -1);
    CHECK_EQ_INT(lc_time_unit_convert(7, LC_TIME_SECONDS, LC_TIME_NANOS), 7000000000);
    CHECK_EQ_INT(lc_time_unit_convert(INT64_MAX / 2, LC_TIME_MILLIS, LC_TIME_MICROS), INT64_MAX);
    CHECK_EQ_INT(lc_time_unit_convert(INT64_MIN / 2, LC_TIME_SECONDS, LC_TIME_NANOS), INT64_MIN);
    CHECK_EQ_INT(lc_time_unit_convert(INT64_MIN, LC_TIME_MICROS, LC_TIME_MICROS), INT64_MIN);
}

int main(int argc, char **argv)
{
    golden_file = argc > 1 ? argv[1] : tsv_golden(__FILE__, "java/date_format.tsv");
    RUN(golden_lines);
    RUN(zone_changes_by_hand);
    RUN(two_digit_years_reach_80_back_and_20_ahead);
    RUN(small_buffers_get_the_length_only);
    RUN(time_units_saturate);
    return check_report();
}
