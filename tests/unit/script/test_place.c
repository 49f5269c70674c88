#include "check.h"
#include "script/place.h"

static const char source[] =
    "local lc = require 'lc'\n"
    "local city = record.value.address.city\n"            /* 2 */
    "a.b.c = a.b.c + x[\"b\"].d -- .b.\n"                  /* 3 */
    "  total = total .. name\n"                            /* 4 */
    "if check(value) then lc.raise('DataException', 'x') end\n" /* 5 */
    "  error('no (good)')\n"                               /* 6 */
    "value:missing(1)\n"                                   /* 7 */
    "record.value.x = convert(1)\n"                        /* 8 */
    "for i, v in ipairs(record.values) do\n"               /* 9 */
    "local n = item[\"price\"] * 2 .. 'price'\n"           /* 10 */
    "  local t = lc.put(record, 'value', 1, 'int99')";     /* 11 */

static unsigned column(int line, const char *message)
{
    return lc_place_column(lc_text_of(source), line, lc_text_of(message));
}

TEST(names_in_messages)
{
    CHECK_EQ_INT(column(2, "attempt to index field 'address' (a nil value)"), 27);
    CHECK_EQ_INT(column(2, "attempt to index global 'record' (a nil value)"), 14);
    CHECK_EQ_INT(column(2, "attempt to index field 'city' (a nil value)"), 0);
    CHECK_EQ_INT(column(3, "attempt to index field 'b' (a nil value)"), 0);
    CHECK_EQ_INT(column(3, "attempt to perform arithmetic on field 'd' (a nil value)"), 24);
    CHECK_EQ_INT(column(4, "attempt to concatenate global 'name' (a nil value)"), 20);
    CHECK_EQ_INT(column(4, "attempt to concatenate local 'total' (a nil value)"), 0);
    CHECK_EQ_INT(column(7, "attempt to call method 'missing' (a nil value)"), 7);
    CHECK_EQ_INT(column(10, "attempt to perform arithmetic on field 'price' (a nil value)"), 16);
    CHECK_EQ_INT(column(2, "attempt to compare nil with number"), 0);
}

TEST(calls)
{
    CHECK_EQ_INT(column(5, "x"), 0);
    CHECK_EQ_INT(column(6, "no (good)"), 3);
    CHECK_EQ_INT(column(8, "x"), 0);
    CHECK_EQ_INT(column(9, "x"), 13);
    CHECK_EQ_INT(column(11, "unknown type int99"), 13);
}

TEST(lines_that_do_not_exist)
{
    CHECK_EQ_INT(column(99, "attempt to index field 'b' (a nil value)"), 0);
    CHECK_EQ_INT(lc_place_column((lc_text){"", 0}, 1, LC_TEXT("x")), 0);
}

int main(void)
{
    RUN(names_in_messages);
    RUN(calls);
    RUN(lines_that_do_not_exist);
    return check_report();
}
