#include "avro_kit.h"

#define RECORD(fields) "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" fields "]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define DEFAULT(name, type, value) "{\"name\":\"" name "\",\"type\":" type ",\"default\":" value "}"

TEST(scalars)
{
    avro_kit k = avro_open("");
    CHECK_EQ_STR(avro_read(&k, "\"int\"", NULL, "01"), "INT32|-1");
    CHECK_EQ_STR(avro_read(&k, "\"int\"", NULL, "ffffffff0f"), "INT32|-2147483648");
    CHECK_EQ_STR(avro_read(&k, "\"long\"", NULL, "ffffffffffffffffff01"), "INT64|-9223372036854775808");
    CHECK_EQ_STR(avro_read(&k, "\"boolean\"", NULL, "01"), "BOOLEAN|true");
    CHECK_EQ_STR(avro_read(&k, "\"boolean\"", NULL, "02"), "BOOLEAN|false");
    CHECK_EQ_STR(avro_read(&k, "\"float\"", NULL, "0000c03f"), "FLOAT32|1.5");
    CHECK_EQ_STR(avro_read(&k, "\"double\"", NULL, "000000000000f83f"), "FLOAT64|1.5");
    CHECK_EQ_STR(avro_read(&k, "\"string\"", NULL, "06e282ac"), "STRING|\xe2\x82\xac");
    CHECK_EQ_STR(avro_read(&k, "\"string\"", NULL, "04ff41"), "STRING|\xef\xbf\xbd"
                                                              "A");
    CHECK_EQ_STR(avro_read(&k, "[\"null\",\"int\"]", NULL, "0205"), "INT32?|-3");
    avro_close(&k);
}

TEST(what_follows_the_value_is_ignored)
{
    avro_kit k = avro_open("");
    CHECK_EQ_STR(avro_read(&k, "\"int\"", NULL, "02ffff"), "INT32|1");
    avro_close(&k);
}

TEST(malformed_data_says_where)
{
    static const struct {
        const char *schema, *hex, *message;
    } cases[] = {
        {"\"int\"", "", "Malformed Avro data at byte 0: the data ends early"},
        {"\"int\"", "8080", "Malformed Avro data at byte 0: the data ends early"},
        {"\"int\"", "ffffffffffff", "Malformed Avro data at byte 0: Invalid int encoding"},
        {"\"long\"", "ffffffffffffffffffffff01", "Malformed Avro data at byte 0: Invalid long encoding"},
        {"\"string\"", "0a6162", "Malformed Avro data at byte 1: the data ends early"},
        {"\"string\"", "01", "Malformed Avro data at byte 1: Malformed data. Length is negative"},
        {"\"bytes\"", "feffffffffffffffff01", "Malformed Avro data at byte 10: the data ends early"},
        {"[\"null\",\"int\"]", "04", "Malformed Avro data at byte 1: there is no such branch in the union"},
        {"{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}", "02",
         "Malformed Avro data at byte 1: there is no such symbol in the enum"},
        {"{\"type\":\"array\",\"items\":\"int\"}", "808080808010",
         "Malformed Avro data at byte 6: it claims more items than there is data for"},
    };
    avro_kit k = avro_open("");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lc_auto(lc_buf) expected = {0};
        lc_buf_printf(&expected, "LC_E_DATA: %s", cases[i].message);
        CHECK_EQ_STR(avro_read(&k, cases[i].schema, NULL, cases[i].hex), expected.data);
    }
    const char *inner = "{\"type\":\"record\",\"name\":\"S\",\"fields\":[" FIELD("c", "\"string\"") "]}";
    lc_auto(lc_buf) schema = {0};
    lc_buf_printf(&schema, RECORD(FIELD("a", "\"int\"") ",{\"name\":\"b\",\"type\":%s}"), inner);
    CHECK_EQ_STR(avro_read(&k, schema.data, NULL, "020a61"),
                 "LC_E_DATA: Malformed Avro data at byte 2 in field b.c: the data ends early");
    avro_close(&k);
}

/* Items without bytes of their own, and few bytes that claim many. */
TEST(little_data_can_not_take_much_memory)
{
    avro_kit k = avro_open("");
    const char *empty = "{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"N\",\"fields\":[]}}";
    CHECK(strstr(avro_read(&k, empty, NULL, "feffffffffff0f00"), "claims more items"));
    CHECK(strstr(avro_read(&k, empty, NULL, "8080800800"), "far more memory"));
    CHECK(k.arena.held < 64u << 20);
    avro_close(&k);
}

TEST(deep_data_is_refused)
{
    avro_kit k = avro_open("");
    lc_auto(lc_buf) text = {0};
    lc_avro_store store;
    lc_avro_store_init(&store);
    lc_avro_print(lc_avro_anything(&store), &text);
    lc_avro_store_done(&store);
    lc_auto(lc_buf) data = {0};
    /* Seven fields of null, then an array of one: the same again. */
    for (int i = 0; i < 600; i++) lc_buf_add(&data, "\0\0\0\0\0\0\0\2\2", 9);
    CHECK(strstr(avro_read_bytes(&k, text.data, NULL, (lc_text){data.data, data.len}), "nested too deep"));
    avro_close(&k);
}

TEST(arrays_may_come_in_sized_blocks)
{
    avro_kit k = avro_open("");
    const char *array = "{\"type\":\"array\",\"items\":\"int\"}";
    CHECK_EQ_STR(avro_read(&k, array, NULL,
                           "0204"
                           "0202"
                           "00"),
                 "ARRAY|[2, 1]");
    CHECK_EQ_STR(avro_read(&k, array, NULL,
                           "0304"
                           "0204"
                           "00"),
                 "ARRAY|[1, 2]");
    CHECK_EQ_STR(avro_read(&k, "{\"type\":\"map\",\"values\":\"int\"}", NULL,
                           "0102"
                           "026102"
                           "00"),
                 "MAP|{a=1}");
    avro_close(&k);
}

TEST(readers_fields_are_found_by_name_and_alias)
{
    avro_kit k = avro_open("");
    const char *writer =
        RECORD(FIELD("a", "\"int\"") "," FIELD("b", "\"string\"") "," FIELD("old", "\"int\""));
    const char *reader =
        RECORD(FIELD("b", "\"string\"") ",{\"name\":\"new\",\"aliases\":[\"old\"],\"type\":\"int\"}," DEFAULT(
            "c", "\"long\"", "7") "," DEFAULT("d", "[\"null\",\"int\"]", "null"));
    CHECK_EQ_STR(avro_read(&k, writer, reader, "02027806"), "STRUCT|Struct{b=x,new=3,c=7}");
    CHECK_EQ_STR(avro_read(&k, RECORD(FIELD("a", "\"int\"")), reader, "02"),
                 "LC_E_DATA: Found R, expecting R, missing required field b");
    avro_close(&k);
}

TEST(what_the_reader_lacks_is_skipped)
{
    avro_kit k = avro_open("");
    const char *writer =
        RECORD(
            FIELD("a", "{\"type\":\"array\",\"items\":\"string\"}") "," FIELD("m", "{\"type\":\"map\","
                                                                                   "\"values\":[\"null\","
                                                                                   "\"double\"]}") "," FIELD(
                "n", "[\"null\",\"R\"]") "," FIELD("e", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":["
                                                        "\"A\"]}") "," FIELD("f", "{\"type\":\"fixed\","
                                                                                  "\"name\":\"F\",\"size\":"
                                                                                  "2}") "," FIELD("z",
                                                                                                  "\"int\""));
    const char *reader = RECORD(FIELD("z", "\"int\""));
    /* a: ["x"], m: {}, n: a record with nothing but z = 5 of its own, e, f, z = 6 */
    CHECK_EQ_STR(avro_read(&k, writer, reader,
                           "02027800"
                           "00"
                           "02"
                           "000000"
                           "00"
                           "6162"
                           "0a"
                           "00"
                           "6162"
                           "0c"),
                 "STRUCT|Struct{z=6}");
    avro_close(&k);
}

TEST(numbers_are_widened)
{
    avro_kit k = avro_open("");
    CHECK_EQ_STR(avro_read(&k, "\"int\"", "\"long\"", "0a"), "INT64|5");
    CHECK_EQ_STR(avro_read(&k, "\"int\"", "\"float\"", "0a"), "FLOAT32|5.0");
    CHECK_EQ_STR(avro_read(&k, "\"long\"", "\"double\"", "0a"), "FLOAT64|5.0");
    CHECK_EQ_STR(avro_read(&k, "\"float\"", "\"double\"", "0000c03f"), "FLOAT64|1.5");
    CHECK_EQ_STR(avro_read(&k, "\"bytes\"", "\"string\"", "0278"), "STRING|x");
    CHECK_EQ_STR(avro_read(&k, "\"int\"", "[\"null\",\"double\"]", "0a"), "FLOAT64?|5.0");
    CHECK_EQ_STR(avro_read(&k, "[\"null\",\"int\"]", "\"long\"", "020a"), "INT64|5");
    CHECK_EQ_STR(avro_read(&k, "[\"null\",\"int\"]", "\"long\"", "00"),
                 "LC_E_DATA: Malformed Avro data at byte 1: Found null, expecting long");
    CHECK_EQ_STR(avro_read(&k, "\"long\"", "\"int\"", "0a"),
                 "LC_E_DATA: Malformed Avro data at byte 0: Found long, expecting int");
    avro_close(&k);
}

TEST(symbols_are_found_by_name)
{
    avro_kit k = avro_open("");
    const char *writer = "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\",\"C\"]}";
    CHECK_EQ_STR(avro_read(&k, writer, "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"C\",\"A\"]}", "04"),
                 "STRING|C");
    CHECK_EQ_STR(avro_read(&k, writer,
                           "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"Z\"],\"default\":\"Z\"}", "02"),
                 "STRING|Z");
    CHECK_EQ_STR(
        avro_read(&k, writer, "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}", "02"),
        "LC_E_DATA: Malformed Avro data at byte 1: the reader's enum has no such symbol and no default");
    avro_close(&k);
}

TEST(unions_are_resolved_by_branch)
{
    avro_kit k = avro_open("");
    CHECK_EQ_STR(avro_read(&k, "[\"int\",\"string\"]", "[\"string\",\"long\",\"boolean\"]", "000a"),
                 "STRUCT|Struct{long=5}");
    CHECK_EQ_STR(avro_read(&k, "[\"int\",\"string\"]", "[\"string\",\"long\",\"boolean\"]", "020278"),
                 "STRUCT|Struct{string=x}");
    avro_close(&k);
}

TEST(bytes_among_fixed_types_go_by_their_number)
{
    avro_kit k = avro_open("");
    const char *either =
        "[{\"type\":\"fixed\",\"name\":\"F\",\"size\":2},{\"type\":\"bytes\",\"logicalType\":\"decimal\","
        "\"precision\":9,\"scale\":1}]";
    CHECK(strstr(avro_read(&k, either, NULL,
                           "020430"
                           "39"),
                 "STRUCT|Struct{F="));
    CHECK_EQ_STR(avro_read(&k, either, NULL,
                           "02060030"
                           "39"),
                 "STRUCT|Struct{bytes=1234.5}");
    avro_close(&k);
}

static const lc_schema *order_schema(avro_kit *k)
{
    const lc_schema *schema;
    lc_text names[] = {LC_TEXT("id"), LC_TEXT("note")};
    const lc_schema *fields[] = {lc_schema_primitive(k->types, LC_TYPE_INT32, false),
                                 lc_schema_primitive(k->types, LC_TYPE_STRING, true)};
    lc_schema_spec spec = {.type = LC_TYPE_STRUCT,
                           .name = LC_TEXT("R"),
                           .field_names = names,
                           .field_schemas = fields,
                           .field_count = 2};
    CHECK(!lc_schema_intern(k->types, &spec, &schema));
    return schema;
}

TEST(records_are_written_as_another_schema)
{
    avro_kit k = avro_open("");
    const lc_schema *schema = order_schema(&k);
    lc_value row = lc_struct_new(&k.arena, schema);
    row.u.object->slots[0] = lc_value_int(LC_INT32, 5);
    CHECK_EQ_STR(avro_write(&k, schema, &row, NULL), "0a00");
    CHECK_EQ_STR(avro_write(&k, schema, &row,
                            RECORD(DEFAULT("x", "[\"null\",\"int\"]", "null") "," FIELD(
                                "note", "[\"string\",\"null\"]") "," FIELD("id", "\"double\""))),
                 "0002"
                 "0000000000001440");
    CHECK_EQ_STR(avro_write(&k, schema, &row, RECORD(FIELD("note", "\"string\""))),
                 "LC_E_DATA: The Avro schema has no place for the null that the Connect schema allows");
    CHECK_EQ_STR(avro_write(&k, schema, &row, RECORD(FIELD("id", "\"boolean\""))),
                 "LC_E_DATA: A Connect INT32 can't be written as Avro type boolean");
    avro_close(&k);
}

TEST(lone_surrogates_become_question_marks)
{
    avro_kit k = avro_open("");
    const lc_schema *string = lc_schema_primitive(k.types, LC_TYPE_STRING, false);
    lc_value value = lc_value_text(LC_TEXT("a\xed\xa0\x80z"));
    CHECK_EQ_STR(avro_write(&k, string, &value, NULL), "06613f7a");
    value = lc_value_text(LC_TEXT("\xed\x95\x9c"));
    CHECK_EQ_STR(avro_write(&k, string, &value, NULL), "06ed959c");
    avro_close(&k);
}

TEST(maps_are_written_in_the_order_of_a_hash_map)
{
    avro_kit k = avro_open("");
    const lc_schema *schema;
    lc_schema_spec spec = {.type = LC_TYPE_MAP,
                           .keys = lc_schema_primitive(k.types, LC_TYPE_STRING, false),
                           .values = lc_schema_primitive(k.types, LC_TYPE_BOOLEAN, false)};
    CHECK(!lc_schema_intern(k.types, &spec, &schema));
    lc_value map = lc_object_new(&k.arena, lc_shape_empty(k.types), 0);
    static const char *const keys[] = {"zeta", "b", "Aa", "BB", "a"};
    for (size_t i = 0; i < 5; i++)
        *lc_map_set(k.types, &k.arena, &map, lc_text_of(keys[i])) = lc_value_bool(true);
    CHECK_EQ_STR(avro_write(&k, schema, &map, NULL), "0a"
                                                     "087a65746101"
                                                     "04416101"
                                                     "04424201"
                                                     "026101"
                                                     "026201"
                                                     "00");
    avro_close(&k);
}

TEST(paths_are_cut_to_their_room)
{
    char path[LC_AVRO_PATH] = "";
    char name[150];
    memset(name, 'n', sizeof name);
    lc_avro_path_add(path, LC_TEXT("last"));
    CHECK_EQ_STR(path, "last");
    lc_avro_path_add(path, LC_TEXT("first"));
    CHECK_EQ_STR(path, "first.last");
    lc_avro_path_add(path, (lc_text){name, sizeof name});
    CHECK_EQ_INT(strlen(path), 161);
    lc_avro_path_add(path, (lc_text){name, sizeof name});
    CHECK_EQ_INT(strlen(path), LC_AVRO_PATH - 1);
    lc_avro_path_add(path, (lc_text){name, sizeof name});
    CHECK_EQ_INT(strlen(path), LC_AVRO_PATH - 1);
}

int main(void)
{
    RUN(scalars);
    RUN(what_follows_the_value_is_ignored);
    RUN(malformed_data_says_where);
    RUN(little_data_can_not_take_much_memory);
    RUN(deep_data_is_refused);
    RUN(arrays_may_come_in_sized_blocks);
    RUN(readers_fields_are_found_by_name_and_alias);
    RUN(what_the_reader_lacks_is_skipped);
    RUN(numbers_are_widened);
    RUN(symbols_are_found_by_name);
    RUN(unions_are_resolved_by_branch);
    RUN(bytes_among_fixed_types_go_by_their_number);
    RUN(records_are_written_as_another_schema);
    RUN(lone_surrogates_become_question_marks);
    RUN(maps_are_written_in_the_order_of_a_hash_map);
    RUN(paths_are_cut_to_their_room);
    return check_report();
}
