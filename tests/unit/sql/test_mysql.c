/* Statements with literals, as MySQL reads them, and its times. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "sql/mysql.h"

static lc_sql_value text(lc_sql_kind kind, const char *s)
{
    return (lc_sql_value){.kind = (uint8_t)kind, .len = (uint32_t)strlen(s), .u.s = s};
}

static void literal(lc_sql_value value, const char *expected)
{
    lc_auto(lc_buf) out = {0};
    CHECK(lc_mysql_literal(&out, &value));
    lc_buf_put(&out, '\0');
    CHECK_EQ_STR(out.data, expected);
}

TEST(values_as_literals)
{
    literal((lc_sql_value){.kind = LC_SQL_NULL}, "NULL");
    literal((lc_sql_value){.kind = LC_SQL_INT, .u.i = INT64_MIN}, "-9223372036854775808");
    literal((lc_sql_value){.kind = LC_SQL_DOUBLE, .u.d = 0.5}, "5.0000000000000000e-01");
    literal(text(LC_SQL_DECIMAL, "-12.50"), "-12.50");
    literal(text(LC_SQL_TEXT, "it's \\ \"so\""), "'it''s \\\\ \"so\"'");
    literal(text(LC_SQL_TEXT, "'"), "''''");
    literal(text(LC_SQL_BYTES, "\xff\x01"), "x'ff01'");
    literal(text(LC_SQL_BYTES, ""), "x''");
    literal((lc_sql_value){.kind = LC_SQL_TIMESTAMP, .u.i = 1500000}, "'1970-01-01 00:00:01.500000'");
    lc_auto(lc_buf) out = {0};
    CHECK(!lc_mysql_literal(&out, &(lc_sql_value){.kind = LC_SQL_DOUBLE, .u.d = (double)NAN}));
}

static void statement(const char *given, const char *expected)
{
    const lc_sql_value params[] = {{.kind = LC_SQL_INT, .u.i = 1}, text(LC_SQL_TEXT, "?1")};
    lc_auto(lc_buf) out = {0};
    CHECK(lc_mysql_statement(&out, lc_text_of(given), params, 2));
    lc_buf_put(&out, '\0');
    CHECK_EQ_STR(out.data, expected);
}

TEST(placeholders_are_replaced_outside_of_quotes)
{
    statement("SELECT ?2, ?1, ?1", "SELECT '?1', 1, 1");
    statement("'?1' \"?1\" `?1` ?1", "'?1' \"?1\" `?1` 1");
    statement("'it''s ?1' '\\'?1' ?1", "'it''s ?1' '\\'?1' 1");
    statement("a /* ?1 */ ?1 -- ?1\n?1 # ?1", "a /* ?1 */ 1 -- ?1\n1 # ?1");
    statement("'never ends ?1", "'never ends ?1");
    lc_auto(lc_buf) out = {0};
    CHECK(!lc_mysql_statement(&out, LC_TEXT("?3"), &(lc_sql_value){.kind = LC_SQL_NULL}, 1));
}

TEST(times_become_microseconds)
{
    const MYSQL_TIME leap = {.year = 2024, .month = 2, .day = 29, .hour = 12, .second_part = 5}, zeros = {0};
    const MYSQL_TIME negative = {.hour = 1, .neg = 1};
    CHECK_EQ_INT(lc_mysql_moment(LC_SQL_DATE, &leap).u.i, 19782);
    CHECK_EQ_INT(lc_mysql_moment(LC_SQL_TIMESTAMP, &leap).u.i, 1709208000000005);
    CHECK_EQ_INT(lc_mysql_moment(LC_SQL_TIMESTAMP, &zeros).kind, LC_SQL_NULL);
    CHECK_EQ_INT(lc_mysql_moment(LC_SQL_TIME, &negative).u.i, -3600000000);
}

int main(void)
{
    RUN(values_as_literals);
    RUN(placeholders_are_replaced_outside_of_quotes);
    RUN(times_become_microseconds);
    return check_report();
}
