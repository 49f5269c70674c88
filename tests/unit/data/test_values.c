#include "data/values.h"

#include <stdlib.h>

#include "check.h"

static lc_types *types;
static lc_arena arena;

static const char *printed(const lc_value *value)
{
    lc_text text;
    bool null;
    lc_autoptr(lc_error) err = lc_values_to_string(&arena, NULL, value, &text, &null);
    return err ? lc_error_message(err) : null ? "null" : lc_arena_copy(&arena, text.data, text.len);
}

static void describe(lc_buf *out, const lc_schema *schema)
{
    if (!schema) {
        lc_buf_put(out, '-');
        return;
    }
    lc_buf_text(out, schema->name.data ? strrchr(schema->name.data, '.') + 1
                                       : lc_type_name((lc_type)schema->type));
    if (schema->optional) lc_buf_put(out, '?');
    if (schema->type == LC_TYPE_ARRAY) {
        lc_buf_put(out, '<');
        describe(out, schema->values);
        lc_buf_put(out, '>');
    }
    if (schema->type == LC_TYPE_MAP) {
        lc_buf_put(out, '<');
        describe(out, schema->keys);
        lc_buf_put(out, ' ');
        describe(out, schema->values);
        lc_buf_put(out, '>');
    }
}

/* "schema value" of a parsed text. */
static const char *parsed(const char *text)
{
    const lc_schema *schema;
    lc_value value;
    lc_auto(lc_buf) out = {0};
    lc_autoptr(lc_error) err = lc_values_parse(types, &arena, lc_text_of(text), &schema, &value);
    if (err) return lc_code_name(lc_error_code(err));
    describe(&out, schema);
    lc_buf_printf(&out, " %s", printed(&value));
    return lc_arena_copy(&arena, out.data, out.len);
}

TEST(parses_scalars)
{
    CHECK_EQ_STR(parsed(""), "string ");
    CHECK_EQ_STR(parsed("null"), "- null");
    CHECK_EQ_STR(parsed(" true "), "boolean true");
    CHECK_EQ_STR(parsed("true"), "boolean true");
    CHECK_EQ_STR(parsed("False"), "string False");
    CHECK_EQ_STR(parsed("abc"), "string abc");
    CHECK_EQ_STR(parsed("\"abc\""), "string \"abc\"");
    CHECK_EQ_STR(parsed("  "), "string   ");
    CHECK_EQ_STR(parsed("10.0.0.1:80"), "string 10.0.0.1:80");
}

TEST(parses_numbers)
{
    CHECK_EQ_STR(parsed("127"), "int8 127");
    CHECK_EQ_STR(parsed("-129"), "int16 -129");
    CHECK_EQ_STR(parsed("+32768"), "int32 32768");
    CHECK_EQ_STR(parsed("2147483648"), "int64 2147483648");
    CHECK_EQ_STR(parsed("1.0"), "int8 1");
    CHECK_EQ_STR(parsed("1e2"), "int8 100");
    CHECK_EQ_STR(parsed("9223372036854775807"), "int64 9223372036854775807");
    CHECK_EQ_STR(parsed("9223372036854775808"), "Decimal 9223372036854775808");
    CHECK_EQ_STR(parsed("0.1"), "float32 0.1");
    CHECK_EQ_STR(parsed("3.141592653589793"), "float32 3.1415927");
    CHECK_EQ_STR(parsed("1e39"), "float64 1.0E39");
    CHECK_EQ_STR(parsed("1e400"), "Decimal 1E+400");
    CHECK_EQ_STR(parsed("1e2147483648"), "string 1e2147483648");
    CHECK_EQ_STR(parsed("12abc"), "string 12abc");
    CHECK_EQ_STR(parsed("٣"), "int8 3");
}

TEST(drops_what_follows_a_number)
{
    CHECK_EQ_STR(parsed("1,2"), "int8 1");
    CHECK_EQ_STR(parsed("8080:tcp"), "int16 8080");
    CHECK_EQ_STR(parsed("[1]x"), "array<int8> [1]");
    CHECK_EQ_STR(parsed("true}"), "string true}");
}

TEST(parses_dates_and_times)
{
    CHECK_EQ_STR(parsed("2019-08-23"), "Date 2019-08-23");
    CHECK_EQ_STR(parsed("14:34:54.346Z"), "Time 14:34:54.346Z");
    CHECK_EQ_STR(parsed("14\\:34\\:54.346Z"), "Time 14:34:54.346Z");
    CHECK_EQ_STR(parsed("2019-08-23T14:34:54.346Z"), "Timestamp 2019-08-23T14:34:54.346Z");
    CHECK_EQ_STR(parsed("2019-14-35"), "Date 2020-03-06");
    CHECK_EQ_STR(parsed("2019-8-233"), "Date 2020-03-20");
    CHECK_EQ_STR(parsed("2019-08-2x"), "Date 2019-08-02");
    CHECK_EQ_STR(parsed("2019-08-23,x"), "Date 2019-08-23");
    CHECK_EQ_STR(parsed("2019/08/23"), "string 2019/08/23");
    CHECK_EQ_STR(parsed("2019"), "int16 2019");
}

/* Before the Gregorian reform a day is another one. */
TEST(reads_old_dates_in_the_julian_calendar)
{
    const lc_schema *schema;
    lc_value value;
    CHECK(!lc_values_parse(types, &arena, LC_TEXT("1582-10-04"), &schema, &value));
    CHECK_EQ_INT(value.u.i, -12219379200000);
    CHECK(!lc_values_parse(types, &arena, LC_TEXT("1584-03-01"), &schema, &value));
    CHECK_EQ_INT(value.u.i, -12175833600000);
}

TEST(parses_arrays)
{
    CHECK_EQ_STR(parsed("[]"), "array<-> []");
    CHECK_EQ_STR(parsed("[1,2,300]"), "array<int16> [1,2,300]");
    CHECK_EQ_STR(parsed("[1, 2.5 ,100000]"), "array<float32> [1.0,2.5,100000.0]");
    CHECK_EQ_STR(parsed("[\"a\", \"b\"]"), "array<string> [\"a\",\"b\"]");
    CHECK_EQ_STR(parsed("[1,\"a\"]"), "array<-> [1,\"a\"]");
    CHECK_EQ_STR(parsed("[null,null]"), "array<-> [null,null]");
    CHECK_EQ_STR(parsed("[1,null]"), "string [1,null]");
    CHECK_EQ_STR(parsed("[1,]"), "array<int8> [1]");
    CHECK_EQ_STR(parsed("[[1],[2000]]"), "array<array<int16>> [[1],[2000]]");
    CHECK_EQ_STR(parsed("[100000,\"2019-08-23\"]"), "array<Date> [2243-10-17,2019-08-23]");
    CHECK_EQ_STR(parsed("[\"2019-08-23\",100000]"), "string [\"2019-08-23\",100000]");
    CHECK_EQ_STR(parsed("[a]"), "string [a]");
    CHECK_EQ_STR(parsed("[1,,2]"), "string [1,,2]");
    CHECK_EQ_STR(parsed("[1 2]"), "string [1 2]");
    CHECK_EQ_STR(parsed("[1,"), "string [1,");
    CHECK_EQ_STR(parsed(" [a"), "string  ");
}

TEST(parses_maps)
{
    CHECK_EQ_STR(parsed("{}"), "map<- -> {}");
    CHECK_EQ_STR(parsed("{\"a\":1,\"b\":200}"), "map<string int16> {\"a\":1,\"b\":200}");
    CHECK_EQ_STR(parsed("{\"a\":1 \"b\":2}"), "map<string int8> {\"a\":1,\"b\":2}");
    CHECK_EQ_STR(parsed("{\"a\":\"x\"\"b\":\"y\"}"), "map<string string> {\"a\":\"x\",\"b\":\"y\"}");
    CHECK_EQ_STR(parsed("{1:true,2:false,1:false}"), "map<int8 boolean> {1:false,2:false}");
    CHECK_EQ_STR(parsed("{0.1:1,0.10:2}"), "map<float32 int8> {0.1:2}");
    CHECK_EQ_STR(parsed("{\"a\":null}"), "map<string -> {\"a\":null}");
    CHECK_EQ_STR(parsed("{1:1,300:\"x\"}"), "map<int16 -> {1:1,300:\"x\"}");
    CHECK_EQ_STR(parsed("{1:1,\"a\":2}"), "map<- -> {1:1,\"a\":2}");
    CHECK_EQ_STR(parsed("{\"a\":1,\"b\":null}"), "string {\"a\":1,\"b\":null}");
    CHECK_EQ_STR(parsed("{null:1}"), "string {null:1}");
    CHECK_EQ_STR(parsed("{\"a\"}"), "string {\"a\"}");
    CHECK_EQ_STR(parsed("{a:1}"), "string {a:1}");
}

TEST(keeps_what_quotes_hold)
{
    CHECK_EQ_STR(parsed("[\"a, b: c\"]"), "array<string> [\"a, b: c\"]");
    CHECK_EQ_STR(parsed("[\"\"]"), "array<string> [\"\"]");
    CHECK_EQ_STR(parsed("[\" \"]"), "array<string> [\"\"]");
    CHECK_EQ_STR(parsed("[\": :\"]"), "array<string> [\"::\"]");
    CHECK_EQ_STR(parsed("[\"a\\\"b\"]"), "array<string> [\"a\\\\\\\"b\"]");
    CHECK_EQ_STR(parsed("[\"null\"]"), "array<string> [\"null\"]");
    CHECK_EQ_STR(parsed("[\"14:34:54.346Z\"]"), "array<Time> [14:34:54.346Z]");
}

TEST(limits_depth)
{
    char text[2 * LC_VALUES_MAX_DEPTH + 4] = "";
    memset(text, '[', LC_VALUES_MAX_DEPTH + 1);
    CHECK_EQ_STR(parsed(text), "LC_E_LIMIT");
    text[LC_VALUES_MAX_DEPTH] = '\0';
    CHECK(!strcmp(parsed(text) + strlen("string "), text));
    memset(text + LC_VALUES_MAX_DEPTH, ']', LC_VALUES_MAX_DEPTH);
    CHECK(!strncmp(parsed(text), "array<array<", 12));
}

static lc_value text_value(const char *text)
{
    return lc_value_text(lc_text_of(text));
}

static lc_value decimal_value(const char *text)
{
    lc_decimal *decimal = lc_arena_alloc(&arena, sizeof *decimal);
    CHECK(lc_decimal_parse(&arena, lc_text_of(text), decimal));
    return (lc_value){.kind = LC_DECIMAL, .u.decimal = decimal};
}

TEST(prints_values)
{
    lc_value bytes = lc_value_bytes(LC_TEXT("\1\2\3"));
    lc_value list = lc_list_new(&arena, 4), text = text_value("a\"\\"), decimal = decimal_value("1E+3");
    lc_value number = lc_value_float(0.1F), date = lc_value_date(86400000), time = lc_value_date(-1);
    CHECK_EQ_STR(printed(&text), "a\"\\");
    CHECK_EQ_STR(printed(&bytes), "AQID");
    CHECK_EQ_STR(printed(&number), "0.1");
    CHECK_EQ_STR(printed(&decimal), "1E+3");
    CHECK_EQ_STR(printed(&date), "1970-01-02");
    CHECK_EQ_STR(printed(&time), "23:59:59.999Z");
    *lc_list_add(&arena, list.u.list) = text;
    *lc_list_add(&arena, list.u.list) = bytes;
    *lc_list_add(&arena, list.u.list) = lc_value_null();
    *lc_list_add(&arena, list.u.list) = lc_value_date(253402300800001);
    CHECK_EQ_STR(printed(&list), "[\"a\\\"\\\\\",\"AQID\",null,10000-01-01T00:00:00.001Z]");
}

TEST(prints_structs_with_defaults)
{
    lc_schema_spec field = {
        .type = LC_TYPE_INT32, .has_default = true, .default_value = lc_value_int(LC_INT32, 7)};
    lc_schema_spec spec = {.type = LC_TYPE_STRUCT, .field_count = 2};
    lc_text names[] = {LC_TEXT("a"), LC_TEXT("b")};
    const lc_schema *fields[] = {NULL, lc_schema_primitive(types, LC_TYPE_STRING, true)}, *schema;
    CHECK(!lc_schema_intern(types, &field, &fields[0]));
    spec.field_names = names;
    spec.field_schemas = fields;
    CHECK(!lc_schema_intern(types, &spec, &schema));
    lc_value made = lc_struct_new(&arena, schema);
    CHECK_EQ_STR(printed(&made), "{\"a\":7,\"b\":null}");
}

/* The printed result, or the name of the error's code. */
static const char *converted_by(const lc_schema *schema, lc_value value, lc_values_target target)
{
    lc_value result;
    lc_autoptr(lc_error) err = lc_values_convert(types, &arena, target, 2, schema, &value, &result);
    return err ? lc_code_name(lc_error_code(err)) : printed(&result);
}

static const char *converted(lc_value value, lc_values_target target)
{
    return converted_by(NULL, value, target);
}

TEST(converts_numbers)
{
    CHECK_EQ_STR(converted(lc_value_int(LC_INT32, 300), LC_TO_BYTE), "44");
    CHECK_EQ_STR(converted(lc_value_double(1e20), LC_TO_INTEGER), "-1");
    CHECK_EQ_STR(converted(lc_value_double(1e20), LC_TO_LONG), "9223372036854775807");
    CHECK_EQ_STR(converted(lc_value_float(2.5F), LC_TO_SHORT), "2");
    CHECK_EQ_STR(converted(text_value("12.9"), LC_TO_LONG), "12");
    CHECK_EQ_STR(converted(text_value(" 12"), LC_TO_LONG), "LC_E_DATA");
    CHECK_EQ_STR(converted(text_value("1e-3"), LC_TO_DOUBLE), "0.001");
    CHECK_EQ_STR(converted(decimal_value("18446744073709551617.5"), LC_TO_LONG), "1");
    CHECK_EQ_STR(converted(lc_value_bool(true), LC_TO_INTEGER), "LC_E_DATA");
    CHECK_EQ_STR(converted(lc_value_null(), LC_TO_INTEGER), "null");
}

TEST(converts_to_boolean)
{
    CHECK_EQ_STR(converted(text_value("true"), LC_TO_BOOLEAN), "true");
    CHECK_EQ_STR(converted(text_value("0"), LC_TO_BOOLEAN), "false");
    CHECK_EQ_STR(converted(text_value("yes"), LC_TO_BOOLEAN), "LC_E_DATA");
    CHECK_EQ_STR(converted(lc_value_double(0.5), LC_TO_BOOLEAN), "false");
}

TEST(converts_to_decimal)
{
    CHECK_EQ_STR(converted(lc_value_bytes(LC_TEXT("\1\0")), LC_TO_DECIMAL), "2.56");
    CHECK_EQ_STR(converted(lc_value_bytes(LC_TEXT("")), LC_TO_DECIMAL), "LC_E_NUMBER_FORMAT");
    CHECK_EQ_STR(converted(lc_value_int(LC_INT8, 5), LC_TO_DECIMAL), "5.0");
    CHECK_EQ_STR(converted(text_value("1.50"), LC_TO_DECIMAL), "1.50");
    CHECK_EQ_STR(converted(text_value("x"), LC_TO_DECIMAL), "LC_E_NUMBER_FORMAT");
    CHECK_EQ_STR(converted(lc_value_double(__builtin_inf()), LC_TO_DECIMAL), "LC_E_NUMBER_FORMAT");
    CHECK_EQ_STR(converted(lc_value_null(), LC_TO_DECIMAL), "LC_E_DATA");
}

TEST(converts_containers)
{
    CHECK_EQ_STR(converted(text_value("[1,2]"), LC_TO_LIST), "[1,2]");
    CHECK_EQ_STR(converted(text_value("1"), LC_TO_LIST), "LC_E_DATA");
    CHECK_EQ_STR(converted(text_value("null"), LC_TO_LIST), "LC_E_NULL_POINTER");
    CHECK_EQ_STR(converted(text_value("{\"a\":1}"), LC_TO_MAP), "{\"a\":1}");
    CHECK_EQ_STR(converted(text_value("{\"a\":1}"), LC_TO_STRUCT), "LC_E_DATA");
}

TEST(converts_dates_by_their_schema)
{
    const lc_schema *date = lc_schema_logical(types, LC_LOGICAL_DATE, false);
    const lc_schema *time = lc_schema_logical(types, LC_LOGICAL_TIME, false);
    const lc_schema *stamp = lc_schema_logical(types, LC_LOGICAL_TIMESTAMP, false);
    lc_value noon = lc_value_date(43200000), later = lc_value_date(1566570894346),
             day = lc_value_date(172800000);
    CHECK_EQ_STR(converted_by(stamp, later, LC_TO_DATE), "2019-08-23");
    CHECK_EQ_STR(converted_by(stamp, later, LC_TO_TIME), "14:34:54.346Z");
    CHECK_EQ_STR(converted_by(stamp, later, LC_TO_LONG), "1566570894346");
    CHECK_EQ_STR(converted_by(time, noon, LC_TO_TIMESTAMP), "12:00:00.000Z");
    CHECK_EQ_STR(converted_by(date, day, LC_TO_TIMESTAMP), "1970-01-03");
    CHECK_EQ_STR(converted_by(date, day, LC_TO_INTEGER), "2");
    CHECK_EQ_STR(converted_by(date, noon, LC_TO_TIMESTAMP), "LC_E_DATA");
    CHECK_EQ_STR(converted_by(NULL, later, LC_TO_TIME), "2019-08-23T14:34:54.346Z");
    CHECK_EQ_STR(converted_by(NULL, later, LC_TO_LONG), "LC_E_DATA");
    CHECK_EQ_STR(converted(text_value("2019-08-23"), LC_TO_DATE), "2019-08-23");
    CHECK_EQ_STR(converted(text_value("3"), LC_TO_DATE), "1970-01-04");
    CHECK_EQ_STR(converted(text_value("86400001"), LC_TO_TIME), "LC_E_DATA");
    CHECK_EQ_STR(converted(text_value("null"), LC_TO_DATE), "LC_E_NULL_POINTER");
}

TEST(says_what_cannot_be_converted)
{
    lc_value list = lc_list_new(&arena, 1), result;
    *lc_list_add(&arena, list.u.list) = lc_value_int(LC_INT32, 1);
    lc_autoptr(lc_error) number = lc_values_convert(types, &arena, LC_TO_LONG, 0, NULL, &list, &result);
    CHECK_EQ_STR(lc_error_message(number), "Unable to convert [1] (class java.util.ArrayList) to a number");
    lc_autoptr(lc_error) map = lc_values_convert(types, &arena, LC_TO_MAP, 0, NULL, &list, &result);
    CHECK_EQ_STR(lc_error_message(map), "Unable to convert [1] (class java.util.ArrayList) to Schema{MAP}");
}

static const char *inferred(const char *text)
{
    const lc_schema *schema;
    lc_value value;
    lc_auto(lc_buf) out = {0};
    if (lc_values_parse(types, &arena, lc_text_of(text), &schema, &value)) return "unparsed";
    lc_autoptr(lc_error) err = lc_values_infer_schema(types, &value, &schema);
    if (err) return lc_code_name(lc_error_code(err));
    describe(&out, schema);
    return lc_arena_copy(&arena, out.data, out.len);
}

TEST(infers_schemas)
{
    CHECK_EQ_STR(inferred("abc"), "string");
    CHECK_EQ_STR(inferred("5"), "int8");
    CHECK_EQ_STR(inferred("2019-08-23"), "-");
    CHECK_EQ_STR(inferred("[]"), "-");
    CHECK_EQ_STR(inferred("[1,2]"), "array<int8>");
    CHECK_EQ_STR(inferred("[1,\"x\"]"), "-");
    CHECK_EQ_STR(inferred("[null]"), "LC_E_SCHEMA_BUILDER");
    CHECK_EQ_STR(inferred("[null,[1]]"), "string");
    CHECK_EQ_STR(inferred("[[1],[2]]"), "array<array<->>");
    CHECK_EQ_STR(inferred("{\"a\":1}"), "map<string int8>");
    CHECK_EQ_STR(inferred("{\"a\":null}"), "LC_E_SCHEMA_BUILDER");
}

TEST(infers_optional_elements)
{
    lc_value list = lc_list_new(&arena, 2);
    const lc_schema *schema;
    *lc_list_add(&arena, list.u.list) = lc_value_null();
    *lc_list_add(&arena, list.u.list) = lc_value_int(LC_INT64, 1);
    CHECK(!lc_values_infer_schema(types, &list, &schema));
    CHECK(schema && schema->values->optional);
    CHECK_EQ_INT(schema->values->type, LC_TYPE_INT64);
    list.u.list->count = 1;
    CHECK(lc_values_infer(types, &list) == NULL);
}

int main(void)
{
    types = lc_types_new();
    RUN(parses_scalars);
    RUN(parses_numbers);
    RUN(drops_what_follows_a_number);
    RUN(parses_dates_and_times);
    RUN(reads_old_dates_in_the_julian_calendar);
    RUN(parses_arrays);
    RUN(parses_maps);
    RUN(keeps_what_quotes_hold);
    RUN(limits_depth);
    RUN(prints_values);
    RUN(prints_structs_with_defaults);
    RUN(converts_numbers);
    RUN(converts_to_boolean);
    RUN(converts_to_decimal);
    RUN(converts_containers);
    RUN(converts_dates_by_their_schema);
    RUN(says_what_cannot_be_converted);
    RUN(infers_schemas);
    RUN(infers_optional_elements);
    lc_arena_done(&arena);
    lc_types_free(types);
    return check_report();
}
