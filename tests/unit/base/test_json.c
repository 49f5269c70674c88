#include "base/json.h"

#include <stdlib.h>

#include "check.h"

/* What the text becomes when it is read and written again, or the message of the error. */
static char *again(const char *text, size_t len)
{
    lc_buf out = {0};
    lc_autoptr(lc_json) value = NULL;
    lc_autoptr(lc_error) error = lc_json_parse(text, len, 0, &value);
    if (error) lc_buf_text(&out, lc_error_message(error));
    else lc_json_dump(value, &out);
    return lc_buf_detach(&out);
}

static void check_again(const char *text, const char *expected)
{
    char *actual = again(text, strlen(text));
    CHECK_EQ_STR(actual, expected);
    free(actual);
}

TEST(writes_what_it_read)
{
    check_again(" {\"b\" : [1, 2.50,1e3, -0 ] ,\n\"a\":{ }, \"c\":[null,true,false]} ",
                "{\"b\":[1,2.50,1e3,-0],\"a\":{},\"c\":[null,true,false]}");
    check_again("123456789012345678901234567890", "123456789012345678901234567890");
    check_again("\"\\u00e4\\ud83d\\ude00\\n\\/\\\"\\\\\\u0001\"", "\"\u00e4\U0001F600\\n/\\\"\\\\\\u0001\"");
    check_again("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}");
    check_again("\"\"", "\"\"");
}

TEST(says_where_it_failed)
{
    check_again("", "Unexpected end of input at line 1, column 1");
    check_again("{\"a\":1,}", "Unexpected character '}' at line 1, column 8");
    check_again("[1\n,x]", "Unexpected character 'x' at line 2, column 2");
    check_again("[\"\u00e4\" 1]", "Unexpected character '1' at line 1, column 6");
    check_again("01", "Unexpected character '1' at line 1, column 2");
    check_again("1 2", "Unexpected character '2' at line 1, column 3");
    check_again("[1.]", "Unexpected character ']' at line 1, column 4");
    check_again("tru", "Unexpected character 't' at line 1, column 1");
    check_again("\"a\nb\"", "Unexpected byte 0x0a at line 1, column 3");
    check_again("\"\\x\"", "Unexpected character 'x' at line 1, column 3");
    check_again("\"\\ud83d\"", "Incomplete surrogate pair at line 1, column 8");
    check_again("{\"a\" 1}", "Unexpected character '1' at line 1, column 6");
    check_again("{", "Unexpected end of input at line 1, column 2");
    check_again("[\"a\xff\"]", "Invalid UTF-8 at line 1, column 4");
    check_again("[\"\u20ac\xe2\x82", "Invalid UTF-8 at line 1, column 4");
}

TEST(limits_depth)
{
    char text[LC_JSON_MAX_DEPTH * 2 + 3] = "";
    memset(text, '[', LC_JSON_MAX_DEPTH);
    memset(text + LC_JSON_MAX_DEPTH, ']', LC_JSON_MAX_DEPTH);
    check_again(text, text);
    memset(text, '[', sizeof text - 1);
    char *message = again(text, strlen(text));
    CHECK(strstr(message, "Nested too deeply") == message);
    free(message);
}

TEST(refuses_duplicates_when_asked)
{
    static const char text[] = "{\"a\":1,\"a\":2}";
    lc_autoptr(lc_json) value = NULL;
    lc_autoptr(lc_error) error = lc_json_parse(text, sizeof text - 1, LC_JSON_UNIQUE_KEYS, &value);
    CHECK(error && strstr(lc_error_message(error), "Duplicate key") != NULL);
    CHECK_EQ_INT(lc_error_code(error), LC_E_BAD_REQUEST);
}

TEST(getters_accept_anything)
{
    static const char text[] =
        "{\"n\":9223372036854775807,\"big\":9223372036854775808,\"d\":0.5,\"s\":\"x\",\"b\":true}";
    lc_autoptr(lc_json) value = NULL;
    lc_autoptr(lc_error) error = lc_json_parse(text, sizeof text - 1, 0, &value);
    CHECK(!error);
    int64_t number = 0;
    double real = 0;
    CHECK(lc_json_int(lc_json_get(value, "n"), &number));
    CHECK(number == INT64_MAX);
    CHECK(!lc_json_int(lc_json_get(value, "big"), &number));
    CHECK(lc_json_is(lc_json_get(value, "big"), LC_JSON_NUMBER));
    CHECK(lc_json_double(lc_json_get(value, "d"), &real) && real > 0.49 && real < 0.51);
    CHECK_EQ_STR(lc_json_string(lc_json_get(value, "s")), "x");
    CHECK_EQ_STR(lc_json_string(lc_json_get(value, "n")), NULL);
    CHECK(lc_json_bool(lc_json_get(value, "b"), false));
    CHECK(lc_json_get(lc_json_get(value, "s"), "x") == NULL);
    CHECK(lc_json_get(NULL, "x") == NULL);
    CHECK(lc_json_at(value, 9) == NULL);
    CHECK_EQ_STR(lc_json_key_at(value, 1), "big");
    CHECK_EQ_STR(lc_json_kind_name(lc_json_get(value, "none")), "null");
}

TEST(builds_and_copies)
{
    lc_autoptr(lc_json) object = lc_json_new_object();
    lc_json *array = lc_json_set(object, "list", lc_json_new_array());
    lc_json_add(array, lc_json_new_double(1));
    lc_json_add(array, lc_json_new_double(0.1));
    lc_json_add(array, lc_json_new_text(LC_TEXT("a\0b")));
    lc_json_add(array, NULL);
    lc_json_set_string(object, "none", NULL);
    lc_json_set_int(object, "min", INT64_MIN);
    lc_json_set_bool(object, "yes", true);
    lc_autoptr(lc_json) copy = lc_json_copy(object);
    CHECK(lc_json_equal(copy, object));
    lc_auto(lc_buf) text = {0};
    lc_json_dump(copy, &text);
    CHECK_EQ_STR(
        text.data,
        "{\"list\":[1.0,0.1,\"a\\u0000b\",null],\"none\":null,\"min\":-9223372036854775808,\"yes\":true}");
    CHECK(lc_json_remove(copy, "yes"));
    CHECK(!lc_json_equal(copy, object));
}

TEST(escapes_for_terminals_and_logs)
{
    lc_auto(lc_buf) text = {0};
    lc_json_quote(&text, "\x1b[0m\x7f\xc2\x85\xff\xe2\x82\t", 11);
    CHECK_EQ_STR(text.data, "\"\\u001B[0m\\u007F\\u0085\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\t\"");
}

TEST(becomes_a_configuration)
{
    static const char text[] = "{\"name\":\"x\",\"tasks.max\":1.50,\"on\":true,\"none\":null}";
    static const char nested[] = "{\"a\":{}}";
    lc_autoptr(lc_json) value = NULL;
    lc_autoptr(lc_json) bad = NULL;
    lc_autoptr(lc_error) error = lc_json_parse(text, sizeof text - 1, 0, &value);
    lc_autoptr(lc_props) props = NULL;
    lc_autoptr(lc_error) failed = lc_json_to_props(value, &props);
    CHECK(!error && !failed);
    CHECK_EQ_STR(lc_props_get(props, "tasks.max"), "1.50");
    CHECK_EQ_STR(lc_props_get(props, "on"), "true");
    CHECK(lc_props_has(props, "none") && !lc_props_get(props, "none"));
    lc_autoptr(lc_error) parsed = lc_json_parse(nested, sizeof nested - 1, 0, &bad);
    lc_props *none = NULL;
    lc_autoptr(lc_error) refused = lc_json_to_props(bad, &none);
    CHECK(!parsed && refused && !none);
    lc_autoptr(lc_json) back = lc_json_new_props(props);
    CHECK_EQ_STR(lc_json_string(lc_json_get(back, "tasks.max")), "1.50");
}

int main(void)
{
    RUN(writes_what_it_read);
    RUN(says_where_it_failed);
    RUN(limits_depth);
    RUN(refuses_duplicates_when_asked);
    RUN(getters_accept_anything);
    RUN(builds_and_copies);
    RUN(escapes_for_terminals_and_logs);
    RUN(becomes_a_configuration);
    return check_report();
}
