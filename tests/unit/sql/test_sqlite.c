/* The interface for databases, through SQLite in memory; dates and times as text; PostgreSQL's binary form. */
#include <string.h>

#include "check.h"
#include "sql/postgresql_value.h"
#include "sql/sql.h"

static lc_sql *open_memory(void)
{
    const lc_sql_options options = {.driver = "sqlite", .database = ":memory:"};
    lc_sql *sql = NULL;
    CHECK(!lc_sql_open(&options, &sql));
    return sql;
}

static void run(lc_sql *sql, const char *statement)
{
    CHECK(!lc_sql_execute(sql, lc_text_of(statement), NULL, 0, NULL));
}

static lc_sql_value text(const char *s)
{
    return (lc_sql_value){.kind = LC_SQL_TEXT, .len = (uint32_t)strlen(s), .u.s = s};
}

TEST(rows_go_in_and_come_out)
{
    lc_autoptr(lc_sql) sql = open_memory();
    run(sql, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, at TIMESTAMP)");
    const lc_sql_value values[] = {
        {.kind = LC_SQL_INT, .u.i = INT64_MAX}, text("one"), {.kind = LC_SQL_TIMESTAMP, .u.i = 1500000},
        {.kind = LC_SQL_INT, .u.i = 2}, {.kind = LC_SQL_NULL}, {.kind = LC_SQL_NULL},
    };
    const lc_sql_bulk bulk = {.head = LC_TEXT("INSERT INTO t VALUES (?1, ?2, ?3)"), .columns = 3};
    int64_t changed = 0;
    CHECK(!lc_sql_write(sql, &bulk, values, 2, &changed));
    CHECK_EQ_INT(changed, 2);
    lc_sql_cursor *cursor = NULL;
    const lc_sql_value *row = NULL;
    const lc_sql_value from = {.kind = LC_SQL_INT, .u.i = 2};
    CHECK(!lc_sql_query(sql, LC_TEXT("SELECT * FROM t WHERE id > ?1"), &from, 1, 10, &cursor));
    size_t columns;
    CHECK_EQ_STR(lc_sql_columns(cursor, &columns)[2].type, "TIMESTAMP");
    CHECK_EQ_INT(columns, 3);
    CHECK(!lc_sql_next(cursor, &row));
    CHECK_EQ_INT(row[0].u.i, INT64_MAX);
    CHECK(row[2].len == 26 && !memcmp(row[2].u.s, "1970-01-01 00:00:01.500000", 26));
    CHECK(!lc_sql_next(cursor, &row) && !row);
    lc_sql_cursor_close(cursor);
}

TEST(errors_say_what_they_are)
{
    lc_autoptr(lc_sql) sql = open_memory();
    run(sql, "CREATE TABLE t (id INTEGER PRIMARY KEY)");
    run(sql, "INSERT INTO t VALUES (1)");
    lc_error *error = lc_sql_execute(sql, LC_TEXT("INSERT INTO t VALUES (1)"), NULL, 0, NULL);
    CHECK(error && lc_error_code(error) == LC_E_DATA);
    CHECK_EQ_INT(lc_sql_fault_of(sql), LC_SQL_DATA);
    CHECK_EQ_STR(lc_sql_state(sql), "23000");
    lc_error_free(error);
    error = lc_sql_execute(sql, LC_TEXT("ATTACH ':memory:' AS other"), NULL, 0, NULL);
    CHECK(error);
    lc_error_free(error);
    error = lc_sql_execute(sql, LC_TEXT("SELECT nonsense"), NULL, 0, NULL);
    CHECK(error && !lc_error_is_retriable(error));
    CHECK_EQ_INT(lc_sql_fault_of(sql), LC_SQL_OTHER);
    lc_error_free(error);
}

static void round_trip(lc_sql_kind kind, int64_t value, const char *expected)
{
    char shown[48];
    int64_t back = -1;
    size_t len = lc_sql_print_moment(kind, value, shown);
    CHECK_EQ_STR(shown, expected);
    if (strstr(expected, "BC")) return;
    CHECK(lc_sql_parse_moment(kind, shown, len, &back));
    CHECK_EQ_INT(back, value);
}

TEST(moments_as_text)
{
    int64_t none;
    round_trip(LC_SQL_DATE, 0, "1970-01-01");
    round_trip(LC_SQL_DATE, 19782, "2024-02-29");
    round_trip(LC_SQL_DATE, -719162, "0001-01-01");
    round_trip(LC_SQL_DATE, -719163, "0001-12-31 BC");
    round_trip(LC_SQL_TIMESTAMP, -1, "1969-12-31 23:59:59.999999");
    round_trip(LC_SQL_TIMESTAMP, 253402300799000000, "9999-12-31 23:59:59");
    round_trip(LC_SQL_TIME, 45296789000, "12:34:56.789000");
    CHECK(!lc_sql_parse_moment(LC_SQL_DATE, "no date", 7, &none));
    CHECK(!lc_sql_parse_moment(LC_SQL_TIMESTAMP, "2024-13-01", 10, &none));
}

/* Digits of base 10,000 as the server sends them. */
static void numeric(const char *bytes, size_t len, const char *expected)
{
    lc_auto(lc_arena) arena = {0};
    lc_sql_column column;
    lc_sql_value value;
    lc_pg_type type = lc_pg_type_of(1700, -1, &column);
    CHECK(lc_pg_read(type, (lc_text){bytes, len}, &arena, &value));
    char shown[64];
    snprintf(shown, sizeof shown, "%.*s", (int)value.len, value.u.s);
    CHECK_EQ_STR(shown, expected);
}

TEST(numeric_of_postgresql)
{
    numeric("\0\2\0\0\0\0\0\2\0\1\x13\x88", 12, "1.50");
    numeric("\0\1\0\1\x40\0\0\0\0\x0c", 10, "-120000");
    numeric("\0\1\xff\xff\0\0\0\4\0\1", 10, "0.0001");
    numeric("\0\1\xff\xfe\0\0\0\7\0\x64", 10, "0.0000010");
    numeric("\0\0\0\0\0\0\0\3", 8, "0.000");
    numeric("\0\0\0\0\xc0\0\0\0", 8, "NaN");
    lc_auto(lc_arena) arena = {0};
    lc_sql_column column;
    lc_sql_value value;
    CHECK(!lc_pg_read(lc_pg_type_of(1700, -1, &column), (lc_text){"\0\2\0\0\0\0\0\0", 8}, &arena, &value));
    CHECK(!lc_pg_read(lc_pg_type_of(23, -1, &column), (lc_text){"\0\1", 2}, &arena, &value));
    CHECK_EQ_STR((lc_pg_type_of(1700, ((20 << 16) | 4) + 4, &column), column.type), "numeric");
    CHECK_EQ_INT(column.precision, 20);
    CHECK_EQ_INT(column.scale, 4);
}

int main(void)
{
    RUN(rows_go_in_and_come_out);
    RUN(errors_say_what_they_are);
    RUN(moments_as_text);
    RUN(numeric_of_postgresql);
    return check_report();
}
