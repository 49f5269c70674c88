#include "check.h"
#include "data/value.h"

#include <math.h>

static lc_types *types;
static lc_arena arena;

static void check_text(lc_value value, const char *expected)
{
    lc_auto(lc_buf) out = {0};
    lc_buf_text(&out, "before ");
    lc_value_to_text(&out, &value);
    CHECK_EQ_STR(out.data + 7, expected);
    CHECK_EQ_INT(out.len, 7 + strlen(expected));
    lc_text in_arena = lc_value_to_text_arena(&arena, &value);
    CHECK(lc_text_is(in_arena, expected));
}

static lc_value decimal(const char *text)
{
    lc_decimal *d = lc_arena_alloc(&arena, sizeof *d);
    CHECK(lc_decimal_parse(&arena, lc_text_of(text), d));
    return (lc_value){.kind = LC_DECIMAL, .u.decimal = d};
}

TEST(scalars)
{
    check_text(lc_value_null(), "null");
    check_text(lc_value_bool(true), "true");
    check_text(lc_value_bool(false), "false");
    check_text(lc_value_int(LC_INT8, -128), "-128");
    check_text(lc_value_int(LC_INT64, INT64_MIN), "-9223372036854775808");
    check_text(lc_value_float(0.1f), "0.1");
    check_text(lc_value_double(0.1), "0.1");
    check_text(lc_value_double(1e10), "1.0E10");
    check_text(lc_value_double(-0.0), "-0.0");
    check_text(lc_value_double(NAN), "NaN");
    check_text(lc_value_float(-INFINITY), "-Infinity");
    check_text(lc_value_text(LC_TEXT("")), "");
    check_text(lc_value_text(LC_TEXT("é😀")), "é😀");
    check_text(lc_value_bytes(LC_TEXT("abc")), "[B@0");
}

TEST(dates)
{
    check_text(lc_value_date(0), "Thu Jan 01 00:00:00 UTC 1970");
    check_text(lc_value_date(1700000000123), "Tue Nov 14 22:13:20 UTC 2023");
    check_text(lc_value_date(-1), "Wed Dec 31 23:59:59 UTC 1969");
    check_text(lc_value_date(1709164800000), "Thu Feb 29 00:00:00 UTC 2024");
    check_text(lc_value_date(253402300800000), "Sat Jan 01 00:00:00 UTC 10000");
    check_text(lc_value_date(-12219292800000), "Fri Oct 15 00:00:00 UTC 1582");
    check_text(lc_value_date(-12219292800001), "Thu Oct 04 23:59:59 UTC 1582");
    check_text(lc_value_date(-62135769600000), "Sat Jan 01 00:00:00 UTC 1");
    check_text(lc_value_date(-62135769600001), "Fri Dec 31 23:59:59 UTC 1");
    check_text(lc_value_date(INT64_MAX), "Sun Aug 17 07:12:55 UTC 292278994");
    check_text(lc_value_date(INT64_MIN), "Sun Dec 02 16:47:04 UTC 292269055");
}

TEST(decimals)
{
    const char *const texts[] = {"0",
                                 "0.00",
                                 "123.45",
                                 "-123.45",
                                 "1.5",
                                 "-0.01",
                                 "0.000001",
                                 "1E-7",
                                 "1.2E-7",
                                 "0.0000012",
                                 "1E+4",
                                 "9223372036854775807",
                                 "-9223372036854775808",
                                 "-922337203685477580.8",
                                 "123456789012345678901234567890",
                                 "1E-9",
                                 "0E-7",
                                 "0.000000",
                                 "0E-18",
                                 "1E-18",
                                 "0.1000000000000000000",
                                 "1.0000000001"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        lc_value value = decimal(texts[i]);
        check_text(value, texts[i]);
        CHECK(lc_text_is(lc_decimal_to_text(&arena, *value.u.decimal), texts[i]));
    }
}

/* All small decimals print as the general routine prints them. */
TEST(decimals_agree)
{
    for (int64_t unscaled = -1100; unscaled <= 1100; unscaled += 37) {
        for (int32_t scale = -3; scale < 25; scale++) {
            lc_decimal d = lc_decimal_of_int64(&arena, unscaled, scale);
            lc_text expected = lc_decimal_to_text(&arena, d);
            check_text((lc_value){.kind = LC_DECIMAL, .u.decimal = &d}, expected.data);
        }
    }
}

static lc_value sample_list(void)
{
    lc_value list = lc_list_new(&arena, 0);
    *lc_list_add(&arena, list.u.list) = lc_value_int(LC_INT32, 1);
    *lc_list_add(&arena, list.u.list) = lc_value_null();
    *lc_list_add(&arena, list.u.list) = lc_list_new(&arena, 0);
    return list;
}

TEST(containers)
{
    lc_value list = sample_list(), map = lc_map_new(&arena, 0),
             object = lc_object_new(&arena, lc_shape_empty(types), 0);
    check_text(list, "[1, null, []]");
    check_text(map, "{}");
    check_text(object, "{}");
    lc_map_put(&arena, map.u.map, lc_value_int(LC_INT32, 1), lc_value_text(LC_TEXT("x")));
    lc_map_put(&arena, map.u.map, lc_value_null(), list);
    check_text(map, "{1=x, null=[1, null, []]}");
    *lc_map_set(types, &arena, &object, LC_TEXT("a")) = lc_value_double(1);
    *lc_map_set(types, &arena, &object, LC_TEXT("b")) = lc_value_null();
    *lc_map_set(types, &arena, &object, LC_TEXT("c")) = map;
    check_text(object, "{a=1.0, b=null, c={1=x, null=[1, null, []]}}");
}

TEST(structs_leave_out_nulls)
{
    const lc_text names[] = {LC_TEXT("a"), LC_TEXT("b"), LC_TEXT("c")};
    const lc_schema *s = lc_schema_primitive(types, LC_TYPE_STRING, true), *fields[] = {s, s, s},
                    *schema = NULL;
    lc_error *error = lc_schema_intern(
        types,
        &(lc_schema_spec){
            .type = LC_TYPE_STRUCT, .field_names = names, .field_schemas = fields, .field_count = 3},
        &schema);
    CHECK(error == NULL);
    lc_value value = lc_struct_new(&arena, schema);
    check_text(value, "Struct{}");
    value.u.object->slots[1] = lc_value_text(LC_TEXT("x"));
    check_text(value, "Struct{b=x}");
    value.u.object->slots[2] = lc_value_text(LC_TEXT(""));
    check_text(value, "Struct{b=x,c=}");
}

TEST(strings_are_not_copied)
{
    lc_value value = lc_value_text(LC_TEXT("borrowed"));
    CHECK(lc_value_to_text_arena(&arena, &value).data == value.u.s);
}

/* Texts longer than any block of the arena, and blocks of every fill. */
TEST(long_texts)
{
    for (uint32_t count = 1; count < 40000; count = count * 3 + 1) {
        lc_auto(lc_arena) own = {0};
        lc_auto(lc_buf) out = {0};
        lc_value list = lc_list_new(&own, 0);
        for (uint32_t i = 0; i < count; i++)
            *lc_list_add(&own, list.u.list) = lc_value_int(LC_INT64, i * 7919LL);
        lc_value_to_text(&out, &list);
        lc_text text = lc_value_to_text_arena(&own, &list);
        char *next = lc_arena_alloc(&own, 64);
        memset(next, 'x', 64);
        CHECK(lc_text_eq(text, (lc_text){out.data, out.len}));
        CHECK_EQ_INT(text.data[text.len], 0);
        CHECK_EQ_INT(strlen(out.data), out.len);
    }
}

TEST(cut)
{
    lc_auto(lc_buf) out = {0};
    lc_value value = lc_value_text(LC_TEXT("abcdé"));
    lc_value_to_text_cut(&out, &value, 6);
    CHECK_EQ_STR(out.data, "abcdé");
    lc_buf_reset(&out);
    lc_value_to_text_cut(&out, &value, 5);
    CHECK_EQ_STR(out.data, "abcd…");
    lc_buf_reset(&out);
    lc_value list = lc_list_new(&arena, 0);
    for (int i = 0; i < 100000; i++) *lc_list_add(&arena, list.u.list) = value;
    lc_value_to_text_cut(&out, &list, 100);
    CHECK(out.len <= 103 && strstr(out.data, "…") == out.data + out.len - 3);
    CHECK(out.cap < 10000);
}

int main(void)
{
    types = lc_types_new();
    RUN(scalars);
    RUN(dates);
    RUN(decimals);
    RUN(decimals_agree);
    RUN(containers);
    RUN(structs_leave_out_nulls);
    RUN(strings_are_not_copied);
    RUN(long_texts);
    RUN(cut);
    lc_arena_done(&arena);
    lc_types_free(types);
    return check_report();
}
