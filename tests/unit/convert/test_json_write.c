#include <math.h>

#include "converter_kit.h"
#include "java/number.h"

static kit plain(void)
{
    return kit_open("JsonConverter", "schemas.enable=false");
}

static const char *write_value(kit *k, lc_value value)
{
    return kit_write(k, NULL, &value);
}

TEST(writes_scalars)
{
    kit k = plain();
    CHECK_EQ_STR(write_value(&k, lc_value_null()), "(null)");
    CHECK_EQ_STR(write_value(&k, lc_value_bool(true)), "true");
    CHECK_EQ_STR(write_value(&k, lc_value_int(LC_INT64, INT64_MIN)), "-9223372036854775808");
    CHECK_EQ_STR(write_value(&k, lc_value_bytes(LC_TEXT("\x00\x9c"))), "\"AJw=\"");
    CHECK_EQ_STR(write_value(&k, lc_value_float(0.1f)), "0.1");
    kit_close(&k);
}

TEST(writes_doubles_as_java)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{1, "1.0"},
                 {-0.0, "-0.0"},
                 {12.5, "12.5"},
                 {0.001, "0.001"},
                 {9.99e-4, "9.99E-4"},
                 {1e7, "1.0E7"},
                 {9999999, "9999999.0"},
                 {1.005, "1.005"},
                 {123456.789, "123456.789"},
                 {0.1234, "0.1234"},
                 {-7.25, "-7.25"},
                 {9999999.999, "9999999.999"},
                 {1e300, "1.0E300"},
                 {0, "0.0"},
                 {3.10, "3.1"},
                 {NAN, "\"NaN\""},
                 {INFINITY, "\"Infinity\""},
                 {-INFINITY, "\"-Infinity\""}};
    kit k = plain();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_EQ_STR(write_value(&k, lc_value_double(cases[i].value)), cases[i].text);
    kit_close(&k);
}

/* The quick way for up to three decimals must agree with the slow one. */
TEST(short_doubles_read_back)
{
    kit k = plain();
    for (int i = -5000000; i < 5000000; i += 997) {
        double value = i / 1000.0, back;
        const char *text = write_value(&k, lc_value_double(value));
        char slow[LC_DOUBLE_TEXT + 1] = "";
        lc_double_to_text(value, slow);
        if (strcmp(text, slow) != 0) CHECK_EQ_STR(text, slow);
        if (!lc_parse_double(lc_text_of(text), &back) || back != value) CHECK(!"reads back");
        lc_arena_reset(&k.arena, 1 << 16);
    }
    kit_close(&k);
}

TEST(escapes_as_jackson)
{
    kit k = plain();
    CHECK_EQ_STR(write_value(&k, lc_value_text(LC_TEXT("a\"b\\c/\b\t\n\f\r\x01\x1f\x7f"))),
                 "\"a\\\"b\\\\c/\\b\\t\\n\\f\\r\\u0001\\u001F\x7f\"");
    CHECK_EQ_STR(write_value(&k, lc_value_text(LC_TEXT("\xc3\xa9\xe2\x82\xac\xed\x95\x9c\xef\xbf\xbf"))),
                 "\"\xc3\xa9\xe2\x82\xac\xed\x95\x9c\xef\xbf\xbf\"");
    CHECK_EQ_STR(write_value(&k, lc_value_text(LC_TEXT("\xf0\x9f\x98\x80"))), "\"\\uD83D\\uDE00\"");
    CHECK_EQ_STR(write_value(&k, lc_value_text(LC_TEXT("\xed\xa0\xbd"))), "\"\\uD83D\"");
    kit_close(&k);
}

/* A byte of every kind at every place of strings of every length around the copier's steps. */
TEST(escapes_anywhere)
{
    kit k = plain();
    char text[80], expect[100];
    for (size_t len = 1; len < 40; len++)
        for (size_t at = 0; at < len; at++) {
            memset(text, 'x', len);
            text[at] = '"';
            size_t out = 0;
            expect[out++] = '"';
            for (size_t i = 0; i < len; i++) {
                if (i == at) expect[out++] = '\\';
                expect[out++] = text[i];
            }
            strcpy(expect + out, "\"");
            CHECK_EQ_STR(write_value(&k, lc_value_text((lc_text){text, len})), expect);
        }
    kit_close(&k);
}

TEST(long_strings)
{
    kit k = plain();
    enum { COUNT = 20000 };
    char *text = malloc(COUNT * 4);
    for (size_t i = 0; i < COUNT; i++) memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 4);
    for (size_t from = 0; from < 4; from++) {
        memset(text, 'a', from);
        memmove(text + from, "\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 8);
        size_t len = from + 8;
        while (len + 4 < COUNT * 4) memcpy(text + len, "\xf0\x9f\x98\x80", 4), len += 4;
        const char *json = write_value(&k, lc_value_text((lc_text){text, len}));
        CHECK_EQ_INT(strlen(json), 2 + from + (len - from) / 4 * 12);
        CHECK_EQ_STR(json + strlen(json) - 13, "\\uD83D\\uDE00\"");
    }
    free(text);
    kit_close(&k);
}

TEST(round_trips)
{
    static const char *const texts[] = {"{}", "[]",
                                        "{\"a\":1,\"b\":[1.5,\"x\",null,true,{}],\"c\":{\"d\":{\"e\":[[]]}}}",
                                        "{\"a\\\"b\":\"\\\\\",\"a name of more than sixteen bytes\":0}"};
    kit k = plain();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) CHECK_EQ_STR(kit_round(&k, texts[i]), texts[i]);
    kit_close(&k);
}

TEST(maps_with_other_keys_are_pairs)
{
    kit k = plain();
    lc_value map = lc_map_new(&k.arena, 2);
    lc_map_put(&k.arena, map.u.map, lc_value_text(LC_TEXT("a")), lc_value_int(LC_INT32, 1));
    CHECK_EQ_STR(write_value(&k, map), "{\"a\":1}");
    lc_map_put(&k.arena, map.u.map, lc_value_int(LC_INT8, 2), lc_value_null());
    CHECK_EQ_STR(write_value(&k, map), "[[\"a\",1],[2,null]]");
    kit_close(&k);
}

TEST(schema_decides_the_form_of_maps)
{
    kit k = plain();
    const lc_schema *i32 = lc_schema_primitive(k.types, LC_TYPE_INT32, false);
    const lc_schema *text = lc_schema_primitive(k.types, LC_TYPE_STRING, true), *by_text = NULL,
                    *by_int = NULL;
    lc_error *error = lc_schema_intern(
        k.types, &(lc_schema_spec){.type = LC_TYPE_MAP, .keys = text, .values = i32}, &by_text);
    if (!error)
        error = lc_schema_intern(k.types, &(lc_schema_spec){.type = LC_TYPE_MAP, .keys = i32, .values = i32},
                                 &by_int);
    CHECK(!error);
    lc_value map = lc_map_new(&k.arena, 1);
    CHECK_EQ_STR(kit_write(&k, by_text, &map), "{}");
    CHECK_EQ_STR(kit_write(&k, by_int, &map), "[]");
    lc_map_put(&k.arena, map.u.map, lc_value_int(LC_INT32, 1), lc_value_int(LC_INT32, 2));
    CHECK_EQ_STR(kit_write(&k, by_int, &map), "[[1,2]]");
    CHECK_EQ_STR(kit_write(&k, by_text, &map), "LC_E_DATA: Invalid type for STRING: class java.lang.Integer");
    lc_value nulls = lc_map_new(&k.arena, 1);
    lc_map_put(&k.arena, nulls.u.map, lc_value_null(), lc_value_int(LC_INT32, 2));
    CHECK_EQ_STR(kit_write(&k, by_text, &nulls), "{\"null\":2}");
    kit_close(&k);
}

TEST(refuses_what_does_not_fit)
{
    kit k = plain();
    const lc_schema *i32 = lc_schema_primitive(k.types, LC_TYPE_INT32, false);
    const lc_schema *bytes = lc_schema_primitive(k.types, LC_TYPE_BYTES, false);
    const lc_schema *date = lc_schema_logical(k.types, LC_LOGICAL_DATE, false);
    lc_value null = lc_value_null(), text = lc_value_text(LC_TEXT("x")), ms = lc_value_date(1);
    CHECK_EQ_STR(
        kit_write(&k, i32, &null),
        "LC_E_DATA: Conversion error: null value for field that is required and has no default value");
    CHECK_EQ_STR(kit_write(&k, i32, &text), "LC_E_DATA: Invalid type for INT32: class java.lang.String");
    CHECK_EQ_STR(kit_write(&k, bytes, &text),
                 "LC_E_DATA: Invalid type for bytes type: class java.lang.String");
    CHECK_EQ_STR(kit_write(&k, date, &text),
                 "LC_E_DATA: Invalid type for Date, expected Date but was class java.lang.String");
    CHECK_EQ_STR(
        kit_write(&k, date, &ms),
        "LC_E_DATA: Kafka Connect Date type should not have any time fields set to non-zero values.");
    CHECK_EQ_STR(write_value(&k, ms),
                 "LC_E_DATA: Java class class java.util.Date does not have corresponding schema type.");
    kit_close(&k);
}

TEST(nesting_has_a_limit)
{
    kit k = plain();
    lc_value value = lc_value_int(LC_INT32, 1);
    for (int depth = 1; depth <= 513; depth++) {
        lc_value list = lc_list_new(&k.arena, 1);
        *lc_list_add(&k.arena, list.u.list) = value;
        value = list;
        if (depth == 512) CHECK_EQ_INT(strlen(write_value(&k, value)), 1025);
    }
    CHECK_EQ_STR(write_value(&k, value),
                 "LC_E_DATA: Converting Kafka Connect data to byte[] failed due to serialization error: ");
    kit_close(&k);
}

int main(void)
{
    RUN(writes_scalars);
    RUN(writes_doubles_as_java);
    RUN(short_doubles_read_back);
    RUN(escapes_as_jackson);
    RUN(escapes_anywhere);
    RUN(long_strings);
    RUN(round_trips);
    RUN(maps_with_other_keys_are_pairs);
    RUN(schema_decides_the_form_of_maps);
    RUN(refuses_what_does_not_fit);
    RUN(nesting_has_a_limit);
    return check_report();
}
