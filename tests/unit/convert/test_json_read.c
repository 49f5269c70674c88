#include "converter_kit.h"

#define BROKEN "LC_E_DATA: Converting byte[] to Kafka Connect data failed due to serialization error: "

static kit plain(void)
{
    return kit_open("JsonConverter", "schemas.enable=false");
}

TEST(reads_scalars)
{
    kit k = plain();
    CHECK_EQ_STR(kit_read(&k, "1"), "-|1");
    CHECK_EQ_STR(kit_read(&k, " -12 "), "-|-12");
    CHECK_EQ_STR(kit_read(&k, "007"), "-|7");
    CHECK_EQ_STR(kit_read(&k, "1.50"), "-|1.5");
    CHECK_EQ_STR(kit_read(&k, "-0.0"), "-|0.0");
    CHECK_EQ_STR(kit_read(&k, "-1e-400"), "-|-0.0");
    CHECK_EQ_STR(kit_read(&k, "1e400"), "-|Infinity");
    CHECK_EQ_STR(kit_read(&k, "9223372036854775808"), "-|-9223372036854775808");
    CHECK_EQ_STR(kit_read(&k, "true"), "-|true");
    CHECK_EQ_STR(kit_read(&k, "null"), "-|null");
    CHECK_EQ_STR(kit_read(&k, "\"a\\u00e9\\n\\ud83d\\ude00\""), "-|a\xc3\xa9\n\xf0\x9f\x98\x80");
    kit_close(&k);
}

TEST(nothing_is_null)
{
    kit k = plain();
    CHECK_EQ_STR(kit_read(&k, ""), "-|null");
    CHECK_EQ_STR(kit_read(&k, " \n"), "-|null");
    CHECK_EQ_STR(kit_read_bytes(&k, (lc_text){0}), "-|null");
    kit_close(&k);
}

TEST(only_the_first_value_counts)
{
    kit k = plain();
    CHECK_EQ_STR(kit_read(&k, "{}x"), "-|{}");
    CHECK_EQ_STR(kit_read(&k, "1 2"), "-|1");
    CHECK_EQ_STR(kit_read(&k, "true]"), "-|true");
    CHECK_EQ_STR(kit_read(&k, "truex"), BROKEN);
    CHECK_EQ_STR(kit_read(&k, "1,2"), BROKEN);
    kit_close(&k);
}

TEST(refuses_malformed)
{
    static const char *const texts[] = {"{",         "[1",  "[1,]",    "{\"a\":1,}",   "{a:1}",
                                        "{\"a\" 1}", "\"a", "\"\\x\"", "\"\\u12\"",    "\"\t\"",
                                        "nul",       "NaN", "+1",      ".5",           "5.",
                                        "-",         "1e",  "'a'",     "\"\xff\"",     "\"\xc3\"",
                                        "[1 2]",     "{,}", "/**/1",   "1e2147483648", "{\"a\":1 \"b\":2}"};
    kit k = plain();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) CHECK_EQ_STR(kit_read(&k, texts[i]), BROKEN);
    kit_close(&k);
}

TEST(tells_where_it_broke)
{
    kit k = plain();
    const lc_schema *schema;
    lc_value value;
    lc_autoptr(lc_error) error = lc_converter_read(k.converter, &k.arena, LC_TEXT("t"),
                                                   LC_TEXT("{\"a\":1,\n \"b\":x}"), &schema, &value);
    CHECK(error != NULL);
    const lc_error *cause = lc_error_cause(error);
    CHECK_EQ_INT(lc_error_code(cause), LC_E_SERIALIZATION);
    CHECK(strstr(lc_error_message(cause), "'x'") && strstr(lc_error_message(cause), "line 2, column 6"));
    kit_close(&k);
}

TEST(duplicates_keep_their_place)
{
    kit k = plain();
    for (int i = 0; i < 3; i++) {
        CHECK_EQ_STR(kit_read(&k, "{\"a\":1,\"b\":2,\"a\":3}"), "-|{a=3, b=2}");
        CHECK_EQ_STR(kit_read(&k, "{\"a\":1,\"b\":2,\"\\u0061\":4}"), "-|{a=4, b=2}");
        CHECK_EQ_STR(kit_read(&k, "{\"a\":1,\"b\":2}"), "-|{a=1, b=2}");
    }
    kit_close(&k);
}

static const lc_shape *shape_of(kit *k, const char *text)
{
    const lc_schema *schema;
    lc_value value;
    lc_error *error =
        lc_converter_read(k->converter, &k->arena, LC_TEXT("t"), lc_text_of(text), &schema, &value);
    if (error) abort();
    return value.u.object->shape;
}

TEST(same_names_are_the_same_shape)
{
    kit k = plain();
    const lc_shape *shape = shape_of(&k, "{\"id\":1,\"name\":\"x\"}");
    CHECK(shape->id > 0);
    CHECK(shape_of(&k, "{\"id\":2,\"name\":\"y\"}") == shape);
    CHECK(shape_of(&k, "{ \"id\" : 2 , \"n\\u0061me\" : null }") == shape);
    CHECK(shape_of(&k, "{\"name\":\"y\",\"id\":2}") != shape);
    CHECK(shape_of(&k, "{\"id\":2}") != shape);
    CHECK(shape_of(&k, "{\"id\":2,\"name\":\"y\",\"more\":[]}") != shape);
    CHECK(shape_of(&k, "{\"id\":3,\"name\":\"z\"}") == shape);
    kit_close(&k);
}

/* Names that hold a quote or a backslash must not be guessed from their bytes. */
TEST(special_names_are_not_guessed)
{
    kit k = plain();
    for (int i = 0; i < 3; i++)
        CHECK_EQ_STR(kit_read(&k, "{\"a\\\"b\":1,\"c\\\\d\":2}"), "-|{a\"b=1, c\\d=2}");
    CHECK_EQ_STR(kit_read(&k, "{\"a\"b\":1}"), BROKEN);
    kit_close(&k);
}

TEST(data_like_keys_stay_correct)
{
    kit k = plain();
    char text[80], expect[80];
    for (int i = 0; i < 20000; i++) {
        snprintf(text, sizeof text, "{\"k%d\":1,\"fixed\":{\"u%d\":[2]}}", i, i);
        snprintf(expect, sizeof expect, "-|{k%d=1, fixed={u%d=[2]}}", i, i);
        if (strcmp(kit_read(&k, text), expect) != 0) CHECK_EQ_STR(k.text, expect);
        lc_arena_reset(&k.arena, 1 << 20);
    }
    CHECK(!lc_types_may_shape(k.types) || lc_types_bytes(k.types) < 16u << 20);
    kit_close(&k);
}

TEST(alternating_shapes)
{
    static const char *const texts[] = {"{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":1,\"c\":3}", "{\"a\":1}", "{}",
                                        "{\"a\":1,\"b\":2,\"d\":4}", "{\"b\":2}"};
    static const char *const values[] = {"-|{a=1, b=2, c=3}", "-|{a=1, c=3}", "-|{a=1}", "-|{}",
                                         "-|{a=1, b=2, d=4}", "-|{b=2}"};
    kit k = plain();
    for (unsigned i = 0; i < 200; i++) {
        unsigned at = (i * 7 + i / 5) % 6;
        CHECK_EQ_STR(kit_read(&k, texts[at]), values[at]);
    }
    kit_close(&k);
}

static bool reads_depth(kit *k, int depth)
{
    char text[2100];
    memset(text, '[', (size_t)depth);
    memset(text + depth, ']', (size_t)depth);
    text[2 * depth] = '\0';
    return strcmp(kit_read(k, text), BROKEN) != 0;
}

TEST(nesting_has_a_limit)
{
    kit k = plain();
    CHECK(reads_depth(&k, 512));
    CHECK(!reads_depth(&k, 513));
    kit_close(&k);
    k = kit_open("JsonConverter", "schemas.enable=false max.nesting.depth=1000");
    CHECK(reads_depth(&k, 1000));
    CHECK(!reads_depth(&k, 1001));
    kit_close(&k);
    k = kit_open("JsonConverter", "schemas.enable=true max.nesting.depth=3");
    CHECK_EQ_STR(kit_read(&k, "{\"schema\":null,\"payload\":[[1]]}"), "-|[[1]]");
    CHECK_EQ_STR(kit_read(&k, "{\"schema\":null,\"payload\":[[[1]]]}"), BROKEN);
    kit_close(&k);
}

TEST(numbers_have_a_limit)
{
    kit k = plain();
    char text[1100] = "";
    memset(text, '0', 50);
    memset(text + 50, '1', 1000);
    CHECK_EQ_STR(kit_read(&k, text), "-|8198552921648689607");
    memset(text + 50, '1', 1001);
    CHECK_EQ_STR(kit_read(&k, text), BROKEN);
    kit_close(&k);
}

TEST(other_encodings)
{
    kit k = plain();
    CHECK_EQ_STR(kit_read_bytes(&k, LC_TEXT("\xef\xbb\xbf"
                                            "12")),
                 "-|12");
    CHECK_EQ_STR(kit_read_bytes(&k, LC_TEXT("\xfe\xff\0[\0"
                                            "1\0]")),
                 "-|[1]");
    CHECK_EQ_STR(kit_read_bytes(&k, LC_TEXT("[\0"
                                            "1\0]\0")),
                 "-|[1]");
    CHECK_EQ_STR(kit_read_bytes(&k, LC_TEXT("\0\0\0"
                                            "7")),
                 "-|7");
    CHECK_EQ_STR(kit_read_bytes(&k, LC_TEXT("7\0\0\0")), "-|7");
    CHECK_EQ_STR(kit_read_bytes(&k, LC_TEXT("\0"
                                            "7\0\0")),
                 BROKEN);
    kit_close(&k);
}

/* What Jackson's UTF-8 parser lets pass becomes well-formed text: pairs are joined, lone surrogates stay. */
TEST(lenient_utf8)
{
    kit k = plain();
    CHECK_EQ_STR(kit_read(&k, "\"\xed\xa0\xbd\xed\xb8\x80\""), "-|\xf0\x9f\x98\x80");
    CHECK_EQ_STR(kit_read(&k, "\"\xed\xa0\xbdx\""), "-|\xed\xa0\xbdx");
    CHECK_EQ_STR(kit_read(&k, "\"\\ud83d\""), "-|\xed\xa0\xbd");
    CHECK_EQ_STR(kit_read(&k, "\"\xc1\x81\""), "-|A");
    CHECK_EQ_STR(kit_read(&k, "{\"\\ud83d\\ude00\":\"\xf0\x9f\x98\x80\"}"),
                 "-|{\xf0\x9f\x98\x80=\xf0\x9f\x98\x80}");
    kit_close(&k);
}

/* Strings of every length around the scanner's step, at every distance from the end. */
TEST(string_lengths)
{
    kit k = plain();
    char text[128], expect[128];
    for (int len = 0; len < 50; len++)
        for (int blanks = 0; blanks < 20; blanks++) {
            snprintf(text, sizeof text, "[\"%.*s\"]%*s", len,
                     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", blanks, "");
            snprintf(expect, sizeof expect, "-|[%.*s]", len,
                     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
            CHECK_EQ_STR(kit_read(&k, text), expect);
            text[2 + len] = '\x01';
            CHECK_EQ_STR(kit_read(&k, text), BROKEN);
        }
    kit_close(&k);
}

TEST(strings_alias_the_message)
{
    kit k = plain();
    static const char text[] = "{\"a\":\"plain \xc3\xa9\",\"b\":\"esc\\n\"}";
    const lc_schema *schema;
    lc_value value;
    lc_error *error = lc_converter_read(k.converter, &k.arena, LC_TEXT("t"), (lc_text){text, sizeof text - 1},
                                        &schema, &value);
    CHECK(!error);
    const lc_value *slots = value.u.object->slots;
    CHECK(slots[0].u.s == text + 6);
    CHECK(slots[1].u.s < text || slots[1].u.s >= text + sizeof text);
    kit_close(&k);
}

int main(void)
{
    RUN(reads_scalars);
    RUN(nothing_is_null);
    RUN(only_the_first_value_counts);
    RUN(refuses_malformed);
    RUN(tells_where_it_broke);
    RUN(duplicates_keep_their_place);
    RUN(same_names_are_the_same_shape);
    RUN(special_names_are_not_guessed);
    RUN(data_like_keys_stay_correct);
    RUN(alternating_shapes);
    RUN(nesting_has_a_limit);
    RUN(numbers_have_a_limit);
    RUN(other_encodings);
    RUN(lenient_utf8);
    RUN(string_lengths);
    RUN(strings_alias_the_message);
    return check_report();
}
