#include "protobuf_kit.h"

/* A schema that lives as long as the kit. */
static const lc_schema *intern(proto_kit *k, const lc_schema_spec *spec)
{
    const lc_schema *schema = NULL;
    lc_error *error = lc_schema_intern(k->types, spec, &schema);
    if (error) abort();
    return schema;
}

static const lc_schema *plain(proto_kit *k, lc_type type)
{
    return lc_schema_primitive(k->types, type, false);
}

static const lc_schema *optional(proto_kit *k, lc_type type)
{
    return lc_schema_primitive(k->types, type, true);
}

static const lc_schema *struct_of(proto_kit *k, const char *name, const char *const *names,
                                  const lc_schema *const *schemas)
{
    lc_text fields[20];
    uint32_t count = 0;
    for (; names[count]; count++) fields[count] = lc_text_of(names[count]);
    const lc_schema_spec spec = {.type = LC_TYPE_STRUCT,
                                 .name = lc_text_of(name),
                                 .field_names = fields,
                                 .field_schemas = schemas,
                                 .field_count = count};
    return intern(k, &spec);
}

static const lc_schema *list_of(proto_kit *k, const lc_schema *items)
{
    const lc_schema_spec spec = {.type = LC_TYPE_ARRAY, .values = items};
    return intern(k, &spec);
}

static const lc_schema *map_of(proto_kit *k, const lc_schema *keys, const lc_schema *values)
{
    const lc_schema_spec spec = {.type = LC_TYPE_MAP, .keys = keys, .values = values};
    return intern(k, &spec);
}

static lc_value *slots(proto_kit *k, const lc_schema *schema, lc_value *ret)
{
    *ret = lc_struct_new(&k->arena, schema);
    return ret->u.object->slots;
}

TEST(schemas_have_confluents_shape)
{
    proto_kit k = proto_open("");
    static const char *const inner[] = {"s", NULL};
    const lc_schema *text[] = {plain(&k, LC_TYPE_STRING)};
    const lc_schema *nested = struct_of(&k, "x.nested", inner, text);
    static const char *const names[] = {"i8", "l", "m", "nested", "t", "anonymous", "list", NULL};
    const lc_parameter scale[] = {{LC_TEXT("scale"), LC_TEXT("2")}};
    const lc_schema_spec decimal = {.type = LC_TYPE_BYTES,
                                    .name = LC_TEXT(LC_DECIMAL_NAME),
                                    .has_version = true,
                                    .version = 1,
                                    .parameters = scale,
                                    .parameter_count = 1};
    const lc_schema *fields[] = {plain(&k, LC_TYPE_INT8),
                                 list_of(&k, intern(&k, &decimal)),
                                 map_of(&k, plain(&k, LC_TYPE_STRING), optional(&k, LC_TYPE_INT16)),
                                 nested,
                                 lc_schema_logical(k.types, LC_LOGICAL_TIMESTAMP, true),
                                 struct_of(&k, NULL, inner, text),
                                 list_of(&k, nested)};
    CHECK_EQ_STR(proto_of(&k, struct_of(&k, "com.acme.R", names, fields)),
                 "syntax = \"proto3\";\n"
                 "package com.acme;\n"
                 "\n"
                 "import \"confluent/type/decimal.proto\";\n"
                 "import \"google/protobuf/timestamp.proto\";\n"
                 "\n"
                 "message R {\n"
                 "  int32 i8 = 1 [(confluent.field_meta) = {\n"
                 "    params: [\n"
                 "      {\n"
                 "        key: \"connect.type\",\n"
                 "        value: \"int8\"\n"
                 "      }\n"
                 "    ]\n"
                 "  }];\n"
                 "  repeated confluent.type.Decimal l = 2 [(confluent.field_meta) = {\n"
                 "    params: [\n"
                 "      {\n"
                 "        value: \"2\",\n"
                 "        key: \"scale\"\n"
                 "      }\n"
                 "    ]\n"
                 "  }];\n"
                 "  repeated ConnectDefault1Entry m = 3;\n"
                 "  nestedMessage nested = 4;\n"
                 "  google.protobuf.Timestamp t = 5;\n"
                 "  ConnectDefault2 anonymous = 6;\n"
                 "  repeated nested list = 7;\n"
                 "\n"
                 "  message ConnectDefault1Entry {\n"
                 "    string key = 1;\n"
                 "    int32 value = 2 [(confluent.field_meta) = {\n"
                 "      params: [\n"
                 "        {\n"
                 "          key: \"connect.type\",\n"
                 "          value: \"int16\"\n"
                 "        }\n"
                 "      ]\n"
                 "    }];\n"
                 "  }\n"
                 "  message nestedMessage {\n"
                 "    string s = 1;\n"
                 "  }\n"
                 "  message ConnectDefault2 {\n"
                 "    string s = 1;\n"
                 "  }\n"
                 "  message nested {\n"
                 "    string s = 1;\n"
                 "  }\n"
                 "}\n");
    proto_close(&k);
}

TEST(nullables_are_plain_or_optional_or_wrapped)
{
    static const char *const names[] = {"a", "b", NULL};
    proto_kit k = proto_open("");
    const lc_schema *fields[] = {optional(&k, LC_TYPE_INT32), plain(&k, LC_TYPE_STRING)};
    CHECK_EQ_STR(proto_of(&k, struct_of(&k, NULL, names, fields)),
                 "syntax = \"proto3\";\n\nmessage ConnectDefault1 {\n  int32 a = 1;\n  string b = 2;\n}\n");
    proto_close(&k);
    k = proto_open("optional.for.nullables=true");
    const lc_schema *again[] = {optional(&k, LC_TYPE_INT32), plain(&k, LC_TYPE_STRING)};
    const lc_schema *schema = struct_of(&k, NULL, names, again);
    CHECK_EQ_STR(
        proto_of(&k, schema),
        "syntax = \"proto3\";\n\nmessage ConnectDefault1 {\n  optional int32 a = 1;\n  string b = 2;\n}\n");
    lc_value value;
    slots(&k, schema, &value)[0] = lc_value_int(LC_INT32, 0);
    value.u.object->slots[1] = lc_value_text(LC_TEXT(""));
    CHECK_EQ_STR(proto_write(&k, schema, &value, NULL), "0800");
    proto_close(&k);
    k = proto_open("wrapper.for.nullables=true");
    const lc_schema *third[] = {optional(&k, LC_TYPE_INT32), plain(&k, LC_TYPE_STRING)};
    schema = struct_of(&k, NULL, names, third);
    CHECK_EQ_STR(proto_of(&k, schema),
                 "syntax = \"proto3\";\n\nimport \"google/protobuf/wrappers.proto\";\n\n"
                 "message ConnectDefault1 {\n  google.protobuf.Int32Value a = 1;\n"
                 "  string b = 2;\n}\n");
    slots(&k, schema, &value)[0] = lc_value_int(LC_INT32, 0);
    CHECK_EQ_STR(proto_write(&k, schema, &value, NULL), "0a00");
    value.u.object->slots[0] = lc_value_int(LC_INT32, 5);
    CHECK_EQ_STR(proto_write(&k, schema, &value, NULL), "0a020805");
    proto_close(&k);
}

TEST(values_are_written_by_number_without_defaults)
{
    proto_kit k = proto_open("");
    CHECK_EQ_STR(
        proto_round(&k,
                    "syntax = \"proto3\"; message M {string b = 2; int32 a = 1; bool c = 16; bytes d = 17; "
                    "double e = 18; float f = 19;}",
                    "12 0178 0805 800101 8a010101 9101000000000000f03f 9d0100000080"),
        "08051201788001018a0101019101000000000000f03f9d0100000080");
    CHECK_EQ_STR(proto_round(&k, "syntax = \"proto3\"; message M {string b = 2; int32 a = 1; double e = 18;}",
                             "08001200"),
                 "");
    CHECK_EQ_STR(
        proto_round(&k,
                    "syntax = \"proto3\"; message M {repeated int32 a = 1; repeated string s = 2; N n = 3; "
                    "map<string, int32> m = 4; message N {}}",
                    "0800 0801 1200 1a00 22050a01781007 2200"),
        "0a0200011200"
        "1a00"
        "22050a01781007"
        "2200");
    CHECK_EQ_STR(
        proto_round(
            &k,
            "syntax = \"proto3\"; message M {sint32 a = 1; sint64 b = 2; uint32 c = 3; fixed32 d = 4; "
            "sfixed64 e = 5; uint64 f = 6;}",
            "0803 1003 18ffffffff0f 25ffffffff 29feffffffffffffff 30ffffffffffffffffff01"),
        "0803100318ffffffff0f25ffffffff29feffffffffffffff30ffffffffffffffffff01");
    proto_close(&k);
}

TEST(logical_values)
{
    static const char *const names[] = {"d", "t", "s", NULL};
    proto_kit k = proto_open("");
    const lc_schema *fields[] = {lc_schema_logical(k.types, LC_LOGICAL_DATE, true),
                                 lc_schema_logical(k.types, LC_LOGICAL_TIME, true),
                                 lc_schema_logical(k.types, LC_LOGICAL_TIMESTAMP, true)};
    const lc_schema *schema = struct_of(&k, "R", names, fields);
    lc_value value, *at = slots(&k, schema, &value);
    at[0] = lc_value_date(1582934400000);
    at[1] = lc_value_date(86399001);
    at[2] = lc_value_date(-1);
    CHECK_EQ_STR(proto_write(&k, schema, &value, NULL), "0a0708e40f1002181d"
                                                        "120a0817103b183b20c0843d"
                                                        "1a1108ffffffffffffffffff0110c08faedc03");
    at[0] = lc_value_date(1);
    CHECK_EQ_STR(
        proto_write(&k, schema, &value, NULL),
        "LC_E_DATA: Kafka Connect Date type should not have any time fields set to non-zero values.");
    at[0] = lc_value_int(LC_INT32, 1);
    CHECK_EQ_STR(proto_write(&k, schema, &value, NULL),
                 "LC_E_DATA: Invalid type for Date, expected Date but was class java.lang.Integer");
    at[0] = lc_value_null();
    at[1] = lc_value_date(86400001);
    CHECK(strstr(proto_write(&k, schema, &value, NULL), "Time values must use number of millis"));
    proto_close(&k);
}

TEST(long_messages_make_room_for_their_length)
{
    static const char *const inner[] = {"s", NULL}, *const outer[] = {"n", "e", NULL};
    proto_kit k = proto_open("");
    const lc_schema *text[] = {plain(&k, LC_TYPE_STRING)};
    const lc_schema *in = struct_of(&k, "N", inner, text);
    const lc_schema *fields[] = {in, plain(&k, LC_TYPE_INT32)};
    const lc_schema *schema = struct_of(&k, "R", outer, fields);
    lc_value value, *at = slots(&k, schema, &value);
    char *long_text = lc_arena_alloc(&k.arena, 100000);
    memset(long_text, 'x', 100000);
    slots(&k, in, &at[0])[0] = lc_value_text((lc_text){long_text, 100000});
    at[1] = lc_value_int(LC_INT32, 7);
    const char *hex = proto_write(&k, schema, &value, NULL);
    CHECK_EQ_INT(strlen(hex), 2 * (100000 + 10));
    CHECK(!strncmp(hex, "0aa48d060aa08d067878", 20));
    CHECK_EQ_STR(hex + strlen(hex) - 6, "781007");
    proto_close(&k);
}

/* Whatever is left of the buffer when a message ends. */
TEST(messages_of_every_length_are_whole)
{
    static const char *const inner[] = {"s", NULL}, *const outer[] = {"n", NULL};
    proto_kit k = proto_open("");
    const lc_schema *text[] = {plain(&k, LC_TYPE_STRING)};
    const lc_schema *in = struct_of(&k, "N", inner, text);
    const lc_schema *fields[] = {in};
    const lc_schema *schema = struct_of(&k, "R", outer, fields);
    char xs[400];
    memset(xs, 'x', sizeof xs);
    for (size_t len = 1; len < sizeof xs; len++) {
        lc_value value;
        slots(&k, in, &slots(&k, schema, &value)[0])[0] = lc_value_text((lc_text){xs, len});
        const char *hex = proto_write(&k, schema, &value, NULL);
        size_t inside = len + (len < 128 ? 2 : 3), all = inside + (inside < 128 ? 2 : 3);
        CHECK_EQ_INT(strlen(hex), 2 * all);
        CHECK(!strcmp(hex + strlen(hex) - 2, "78"));
    }
    proto_close(&k);
}

TEST(names_must_be_protobufs)
{
    static const char *const names[] = {"a-b", "1x", NULL};
    proto_kit k = proto_open("");
    const lc_schema *fields[] = {plain(&k, LC_TYPE_INT32), plain(&k, LC_TYPE_INT32)};
    CHECK(strstr(proto_of(&k, struct_of(&k, "my.odd-name", names, fields)),
                 "\"odd-name\" is not a valid identifier"));
    CHECK(strstr(proto_of(&k, struct_of(&k, "R", names, fields)), "\"a-b\" is not a valid identifier"));
    proto_close(&k);
    k = proto_open("scrub.invalid.names=true");
    const lc_schema *again[] = {plain(&k, LC_TYPE_INT32), plain(&k, LC_TYPE_INT32)};
    const lc_schema *schema = struct_of(&k, "my.odd-name+", names, again);
    CHECK_EQ_STR(proto_of(&k, schema),
                 "syntax = \"proto3\";\npackage my;\n\nmessage odd_name_2B {\n  int32 a_b = 1;\n"
                 "  int32 x1x = 2;\n}\n");
    lc_value value;
    slots(&k, schema, &value)[0] = lc_value_int(LC_INT32, 3);
    CHECK_EQ_STR(proto_write(&k, schema, &value, NULL), "0803");
    proto_close(&k);
}

/* A field that a transform added has no number of its own. */
TEST(new_fields_get_free_numbers)
{
    static const char *const names[] = {"new", "old", "newer", NULL};
    proto_kit k = proto_open("");
    const lc_parameter tag[] = {{LC_TEXT(LC_PROTO_TAG), LC_TEXT("1")}};
    const lc_schema_spec old = {.type = LC_TYPE_INT32, .parameters = tag, .parameter_count = 1};
    const lc_schema *fields[] = {plain(&k, LC_TYPE_INT32), intern(&k, &old), plain(&k, LC_TYPE_INT32)};
    CHECK_EQ_STR(
        proto_of(&k, struct_of(&k, "R", names, fields)),
        "syntax = \"proto3\";\n\nmessage R {\n  int32 new = 2;\n  int32 old = 1;\n  int32 newer = 3;\n}\n");
    proto_close(&k);
}

TEST(another_schema_is_matched_by_names)
{
    static const char *const names[] = {"a", "b", NULL};
    proto_kit k = proto_open("");
    const lc_schema *fields[] = {plain(&k, LC_TYPE_INT64), plain(&k, LC_TYPE_STRING)};
    const lc_schema *schema = struct_of(&k, "R", names, fields);
    lc_value value, *at = slots(&k, schema, &value);
    at[0] = lc_value_int(LC_INT64, 1);
    at[1] = lc_value_text(LC_TEXT("B"));
    CHECK_EQ_STR(
        proto_write(&k, schema, &value,
                    "syntax = \"proto3\"; message R {sint32 a = 7; E b = 3; enum E {A = 0; B = 4;}}"),
        "18043802");
    CHECK_EQ_STR(
        proto_write(&k, schema, &value, "message R {optional fixed64 a = 1; required string b = 3;}"),
        "0901000000000000001a0142");
    CHECK_EQ_STR(proto_write(&k, schema, &value,
                             "syntax = \"proto3\"; import \"google/protobuf/wrappers.proto\"; message R {"
                             "google.protobuf.Int32Value a = 3; string c = 4;}"),
                 "1201421a020801");
    CHECK(strstr(proto_write(&k, schema, &value, "message R {optional int64 a = 2;}"),
                 "has no field b, and its number 2 there is that of a"));
    CHECK(strstr(proto_write(&k, schema, &value, "message R {optional string a = 2;}"),
                 "Field a of message R is string and can't hold INT64"));
    CHECK(strstr(proto_write(&k, schema, &value, "message R {required string c = 9;}"),
                 "Message missing required fields: c"));
    at[0] = lc_value_int(LC_INT64, 1LL << 40);
    CHECK(
        strstr(proto_write(&k, schema, &value, "syntax = \"proto3\"; message R {int32 a = 1; string b = 2;}"),
               "1099511627776 is beyond int32"));
    proto_close(&k);
}

TEST(what_protobuf_has_no_place_for_is_refused)
{
    static const char *const names[] = {"l", NULL};
    proto_kit k = proto_open("");
    const lc_schema *lists = list_of(&k, list_of(&k, plain(&k, LC_TYPE_INT32)));
    const lc_schema *fields[] = {lists};
    CHECK_EQ_STR(proto_of(&k, struct_of(&k, "R", names, fields)), "LC_E_DATA: Array cannot be nested");
    CHECK_EQ_STR(proto_of(&k, lists), "LC_E_DATA: Unsupported root schema of type ARRAY");
    CHECK_EQ_STR(proto_of(&k, NULL), "LC_E_DATA: Protobuf has no form for data without a schema");
    const lc_schema *list[] = {list_of(&k, optional(&k, LC_TYPE_INT32))};
    const lc_schema *schema = struct_of(&k, "R", names, list);
    lc_value value;
    slots(&k, schema, &value)[0] = lc_list_new(&k.arena, 1);
    lc_list_add(&k.arena, value.u.object->slots[0].u.list);
    CHECK(strstr(proto_write(&k, schema, &value, NULL), "null in a list"));
    proto_close(&k);
}

int main(void)
{
    RUN(schemas_have_confluents_shape);
    RUN(nullables_are_plain_or_optional_or_wrapped);
    RUN(values_are_written_by_number_without_defaults);
    RUN(logical_values);
    RUN(long_messages_make_room_for_their_length);
    RUN(messages_of_every_length_are_whole);
    RUN(names_must_be_protobufs);
    RUN(new_fields_get_free_numbers);
    RUN(another_schema_is_matched_by_names);
    RUN(what_protobuf_has_no_place_for_is_refused);
    return check_report();
}
