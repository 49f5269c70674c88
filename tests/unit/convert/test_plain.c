#include "converter_kit.h"

TEST(finds_classes_by_any_name)
{
    const lc_converter_class *json =
        lc_converter_find(LC_TEXT("org.apache.kafka.connect.json.JsonConverter"), false);
    CHECK(json != NULL);
    CHECK(lc_converter_find(LC_TEXT("JsonConverter"), false) == json);
    CHECK(lc_converter_find(LC_TEXT("Json"), true) == json);
    CHECK(lc_converter_find(LC_TEXT("json"), false) == NULL);
    CHECK(lc_converter_find(LC_TEXT(""), false) == NULL);
    CHECK(lc_converter_find(LC_TEXT("Converter"), false) == NULL);
    CHECK(lc_converter_find(LC_TEXT("Simple"), true) != NULL);
    CHECK(lc_converter_find(LC_TEXT("SimpleHeaderConverter"), false) == NULL);
    size_t count = 0;
    while (lc_converter_classes()[count]) count++;
    CHECK_EQ_INT(count, 13);
}

TEST(unknown_class_names_the_key)
{
    kit k;
    lc_error *error = kit_try_open(&k, "NoConverter", "", LC_ROLE_KEY);
    const char *text = kit_error(&k, error);
    CHECK(strstr(text, "LC_E_CONFIG: Invalid value NoConverter for configuration key.converter: ") == text);
    CHECK(strstr(text, "StringConverter") && !strstr(text, "SimpleHeaderConverter"));
    kit_close(&k);
}

TEST(string_is_not_copied)
{
    kit k = kit_open("StringConverter", "");
    static const char text[] = "gr\xc3\xbc\xc3\x9f";
    const lc_schema *schema;
    lc_value value;
    lc_text back;
    lc_error *error =
        lc_converter_read(k.converter, &k.arena, LC_TEXT("t"), lc_text_of(text), &schema, &value);
    CHECK(!error && value.u.s == text && schema->optional && schema->type == LC_TYPE_STRING);
    error = lc_converter_write(k.converter, &k.arena, LC_TEXT("t"), schema, &value, &back);
    CHECK(!error && back.data == text);
    CHECK_EQ_STR(kit_read(&k, "a\xff"), "STRING?|a\xef\xbf\xbd");
    CHECK_EQ_STR(kit_read_bytes(&k, (lc_text){0}), "STRING?|null");
    kit_close(&k);
}

TEST(string_of_other_values)
{
    kit k = kit_open("StringConverter", "");
    lc_value number = lc_value_double(1e10), empty = lc_value_text(LC_TEXT("")), null = lc_value_null();
    lc_value list = lc_list_new(&k.arena, 1);
    *lc_list_add(&k.arena, list.u.list) = number;
    CHECK_EQ_STR(kit_write(&k, NULL, &number), "1.0E10");
    CHECK_EQ_STR(kit_write(&k, NULL, &list), "[1.0E10]");
    CHECK_EQ_STR(kit_write(&k, NULL, &empty), "");
    CHECK_EQ_STR(kit_write(&k, NULL, &null), "(null)");
    kit_close(&k);
}

TEST(string_encodings)
{
    kit k = kit_open("StringConverter", "converter.encoding=latin1");
    CHECK_EQ_STR(kit_read(&k, "\xe9"), "STRING?|\xc3\xa9");
    lc_value text = lc_value_text(LC_TEXT("\xc3\xa9\xe2\x82\xac"));
    CHECK_EQ_STR(kit_write(&k, NULL, &text), "\xe9?");
    kit_close(&k);
    k = kit_open("StringConverter", "converter.encoding=latin1 value.serializer.encoding=UTF-8");
    CHECK_EQ_STR(kit_read(&k, "\xe9"), "STRING?|\xc3\xa9");
    CHECK_EQ_STR(kit_write(&k, NULL, &text), "\xc3\xa9\xe2\x82\xac");
    kit_close(&k);
    lc_error *error = kit_try_open(&k, "StringConverter", "converter.encoding=bogus", LC_ROLE_VALUE);
    CHECK_EQ_STR(kit_error(&k, error), "LC_E_SERIALIZATION: Unsupported encoding bogus");
    kit_close(&k);
}

TEST(bytes)
{
    kit k = kit_open("ByteArrayConverter", "");
    lc_value value = lc_value_bytes(LC_TEXT("ab")), empty = lc_value_bytes((lc_text){0}),
             text = lc_value_text(LC_TEXT("x"));
    CHECK_EQ_STR(kit_write(&k, NULL, &value), "ab");
    CHECK_EQ_STR(kit_write(&k, NULL, &empty), "");
    CHECK_EQ_STR(
        kit_write(&k, NULL, &text),
        "LC_E_DATA: ByteArrayConverter is not compatible with objects of type class java.lang.String");
    CHECK_EQ_STR(kit_write(&k, lc_schema_primitive(k.types, LC_TYPE_INT8, false), &value),
                 "LC_E_DATA: Invalid schema type for ByteArrayConverter: INT8");
    CHECK_EQ_STR(kit_read_bytes(&k, (lc_text){0}), "BYTES?|null");
    kit_close(&k);
}

TEST(numbers_round_trip)
{
    static const struct {
        const char *name, *text;
        lc_text bytes;
    } cases[] = {
        {"ShortConverter", "INT16?|-2", LC_TEXT("\xff\xfe")},
        {"IntegerConverter", "INT32?|258", LC_TEXT("\0\0\x01\x02")},
        {"LongConverter", "INT64?|-1", LC_TEXT("\xff\xff\xff\xff\xff\xff\xff\xff")},
        {"FloatConverter", "FLOAT32?|1.5", LC_TEXT("\x3f\xc0\0\0")},
        {"DoubleConverter", "FLOAT64?|-2.0", LC_TEXT("\xc0\0\0\0\0\0\0\0")},
        {"BooleanConverter", "BOOLEAN?|true", LC_TEXT("\x01")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kit k = kit_open(cases[i].name, "");
        const lc_schema *schema;
        lc_value value;
        lc_text back = {0};
        CHECK_EQ_STR(kit_read_bytes(&k, cases[i].bytes), cases[i].text);
        lc_error *error =
            lc_converter_read(k.converter, &k.arena, LC_TEXT("t"), cases[i].bytes, &schema, &value);
        if (!error) error = lc_converter_write(k.converter, &k.arena, LC_TEXT("t"), schema, &value, &back);
        CHECK(!error && lc_text_eq(back, cases[i].bytes));
        CHECK(strstr(kit_read(&k, "123"), "LC_E_DATA: Failed to deserialize ") == k.text);
        CHECK(strstr(kit_read_bytes(&k, (lc_text){0}), "|null") != NULL);
        kit_close(&k);
    }
}

TEST(numbers_check_classes)
{
    kit k = kit_open("Integer", "");
    lc_value wide = lc_value_int(LC_INT64, 1);
    CHECK_EQ_STR(kit_write(&k, NULL, &wide),
                 "LC_E_DATA: Failed to serialize to integer (was class java.lang.Long): ");
    kit_close(&k);
    k = kit_open("Boolean", "");
    CHECK_EQ_STR(kit_write(&k, NULL, &wide),
                 "LC_E_DATA: BooleanConverter is not compatible with objects of type class java.lang.Long");
    CHECK_EQ_STR(kit_write(&k, lc_schema_primitive(k.types, LC_TYPE_INT64, false), &wide),
                 "LC_E_DATA: Invalid schema type for BooleanConverter: INT64");
    CHECK_EQ_STR(kit_read(&k, "\x02"), "LC_E_DATA: Failed to deserialize boolean: ");
    kit_close(&k);
}

TEST(headers)
{
    kit k;
    lc_error *error = kit_try_open(&k, "Simple", "", LC_ROLE_HEADER);
    CHECK(!error);
    CHECK_EQ_STR(kit_read(&k, "1234"), "INT16|1234");
    CHECK_EQ_STR(kit_read(&k, "some text"), "STRING|some text");
    CHECK_EQ_STR(kit_read(&k, "null"), "-|null");
    CHECK_EQ_STR(kit_read(&k, "[1,300]"), "ARRAY|[1, 300]");
    CHECK_EQ_STR(kit_round(&k, "{\"a\":[1,2]}"), "{\"a\":[1,2]}");
    lc_value null = lc_value_null();
    CHECK_EQ_STR(kit_write(&k, NULL, &null), "(null)");
    kit_close(&k);
}

int main(void)
{
    RUN(finds_classes_by_any_name);
    RUN(unknown_class_names_the_key);
    RUN(string_is_not_copied);
    RUN(string_of_other_values);
    RUN(string_encodings);
    RUN(bytes);
    RUN(numbers_round_trip);
    RUN(numbers_check_classes);
    RUN(headers);
    return check_report();
}
