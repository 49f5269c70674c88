#include "protobuf_kit.h"

TEST(a_file_is_printed_as_confluent_does)
{
    proto_kit k = proto_open("");
    const char *text = "syntax = \"proto3\";\n"
                       "package com.acme;\n"
                       "\n"
                       "import \"google/protobuf/timestamp.proto\";\n"
                       "\n"
                       "message R {\n"
                       "  int32 a = 1 [(confluent.field_meta) = {\n"
                       "    params: [\n"
                       "      {\n"
                       "        key: \"connect.type\",\n"
                       "        value: \"int8\"\n"
                       "      }\n"
                       "    ]\n"
                       "  }];\n"
                       "  repeated string b = 2;\n"
                       "  optional google.protobuf.Timestamp t = 3;\n"
                       "\n"
                       "  oneof kind {\n"
                       "    int64 x = 4;\n"
                       "    N y = 5;\n"
                       "  }\n"
                       "\n"
                       "  message N {\n"
                       "    E e = 1;\n"
                       "  \n"
                       "    message Empty {}\n"
                       "    enum E {\n"
                       "      A = 0;\n"
                       "      B = -1;\n"
                       "    }\n"
                       "  }\n"
                       "}\n";
    CHECK_EQ_STR(proto_print(&k, text), text);
    proto_close(&k);
}

TEST(whatever_a_file_may_hold_is_read)
{
    proto_kit k = proto_open("");
    const char *text =
        "/* head */ syntax = 'proto2'; // old\n"
        "package a . b;\n"
        "import public \"x/y.proto\"; import weak 'z.proto';\n"
        "option java_package = \"c\" 'd'; option (my.opt).x = {a: 1, b <c: 'd'> e: [1, 2]};\n"
        "extend google.protobuf.FieldOptions { optional string s = 50000; }\n"
        "service S { rpc F (stream M) returns (.a.b.M) { option deprecated = true; } }\n"
        "message M {\n"
        "  option deprecated = true; option (m) = {x: {y: 1}};;\n"
        "  reserved 5, 7 to 9, 100 to max; reserved \"p\", \"q\"; extensions 200 to 300 [declaration = "
        "{number: 1}];\n"
        "  required group G = 20 { optional int32 x = 1; }\n"
        "  optional .a.b.M.E message = 0x1 [default = B, (o).p = -1.5e3, json_name = \"j\\x41\\n\\u00e9\"];\n"
        "  repeated int32 option_ = 2 [packed=true, deprecated = true];\n"
        "  map < string , bytes > m = 03;\n"
        "  extend M { optional int32 ext = 201; }\n"
        "  enum E { option allow_alias = true; reserved 5; B = 1 [deprecated = true]; C = 1; option = 0x7; "
        "}\n"
        "}\n";
    CHECK_EQ_STR(proto_print(&k, text), "syntax = \"proto2\";\n"
                                        "package a.b;\n"
                                        "\n"
                                        "import \"x/y.proto\";\n"
                                        "import \"z.proto\";\n"
                                        "\n"
                                        "message M {\n"
                                        "  optional .a.b.M.E message = 1 [\n"
                                        "    default = B,\n"
                                        "    json_name = \"jA\\n\xc3\xa9\"\n"
                                        "  ];\n"
                                        "  repeated int32 option_ = 2 [packed = true];\n"
                                        "  map<string, bytes> m = 3;\n"
                                        "\n"
                                        "  enum E {\n"
                                        "    B = 1;\n"
                                        "    C = 1;\n"
                                        "    option = 7;\n"
                                        "  }\n"
                                        "}\n");
    proto_close(&k);
}

TEST(mistakes_say_where)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"message ;", "Syntax error in line 1: expected a name, but there is ';'"},
        {"message M {\n\nint32 a 1;}", "Syntax error in line 3: expected '=', but there is '1'"},
        {"message M {int32 a = 0;}",
         "Syntax error in line 1: expected an integer within its range, but there is '0'"},
        {"message M {int32 a = 99999999999999999999;}",
         "Syntax error in line 1: expected an integer, but there is '99999999999999999999'"},
        {"syntax = \"proto9\";", "Syntax error in line 1: unknown syntax \"proto9\""},
        {"hello;", "Syntax error in line 1: expected message, enum, import, option or another statement of a "
                   ".proto file, but there is 'hello'"},
        {"import \"a", "Syntax error in line 1: a string has no end"},
        {"/* a", "Syntax error in line 1: a comment has no end"},
        {"message M {int32 a = 1; int32 b = 1;}", "Field number 1 has already been used in \"M\""},
        {"message M {} enum M {A = 0;}", "\"M\" is already defined"},
        {"message M {X a = 1;}",
         "Field a of message M has type \"X\", which is defined neither in the schema nor in its references"},
        {"message M {E a = 1; enum E {}}", "Enum M.E has no constants"},
        {"AAAA", "The schema's descriptor is malformed: a field has the number 0"},
    };
    proto_kit k = proto_open("");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lc_auto(lc_buf) expected = {0};
        lc_buf_printf(&expected, "LC_E_DATA: %s", cases[i].message);
        CHECK_EQ_STR(proto_print(&k, cases[i].text), expected.data);
    }
    proto_close(&k);
}

TEST(nesting_has_an_end)
{
    proto_kit k = proto_open("");
    lc_auto(lc_buf) text = {0};
    for (int i = 0; i < 5000; i++) lc_buf_printf(&text, "message M%d {", i);
    CHECK(strstr(proto_print(&k, text.data), "fewer messages within each other"));
    lc_buf_reset(&text);
    lc_buf_text(&text, "option (a) = ");
    for (int i = 0; i < 100000; i++) lc_buf_put(&text, '{');
    CHECK(strstr(proto_print(&k, text.data), "a closing bracket"));
    proto_close(&k);
}

TEST(messages_that_hold_themselves_are_unfolded)
{
    static const char tree[] = "syntax = \"proto3\"; message N {int32 v = 1; N l = 2; repeated N r = 3;}";
    static const char deep[] = "0801 12020802 1a0e 0803 120a 0804 1206 0805 12020806";
    proto_kit k = proto_open("protobuf.recursion.depth=1");
    CHECK_EQ_STR(proto_read(&k, tree, deep),
                 "STRUCT|Struct{v=1,l=Struct{v=2,r=[]},r=[Struct{v=3,l=[B@0,r=[]}]}");
    const lc_schema *below = k.schema->fields[1]->fields[1];
    CHECK_EQ_INT(below->type, LC_TYPE_BYTES);
    CHECK_EQ_STR(lc_schema_parameter(below, LC_PROTO_RAW).data, "N");
    CHECK_EQ_STR(proto_write(&k, k.schema, &k.value, NULL), "0801120208021a0e0803120a08041206080512020806");
    CHECK_EQ_STR(proto_write(&k, k.schema, &k.value, tree), "0801120208021a0e0803120a08041206080512020806");
    proto_close(&k);
    k = proto_open("");
    const char *json = "syntax = \"proto3\"; import \"google/protobuf/struct.proto\"; message M "
                       "{google.protobuf.Struct s = 1; "
                       "google.protobuf.Value v = 2;}";
    CHECK_EQ_STR(proto_read(&k, json, "0a0c 0a0a 0a0161 1205 1a03 787878 1202 2001"),
                 "STRUCT|Struct{s=Struct{fields={a=Struct{kind_0=Struct{string_value=xxx}}}},v=Struct{kind_0="
                 "Struct{bool_value=true}}}");
    CHECK_EQ_STR(proto_round(&k, json, "0a0c 0a0a 0a0161 1205 1a03 787878 1202 2001"),
                 "0a0c0a0a0a016112051a0378787812022001");
    lc_auto(lc_buf) text = {0};
    lc_buf_text(&text, "message M {");
    for (int i = 1; i < 40; i++) lc_buf_printf(&text, "optional M f%d = %d;", i, i);
    lc_buf_text(&text, "}");
    CHECK(strstr(proto_read(&k, text.data, ""), "unfolds into more than 10000 structs"));
    proto_close(&k);
    k = proto_open("protobuf.recursion.depth=0 generate.struct.for.nulls=true");
    CHECK_EQ_STR(
        proto_read(&k, "message A {optional B b = 1; optional A a = 2;} message B {map<int32, A> m = 1;}",
                   "0a020a00"),
        "STRUCT|Struct{b=Struct{m={0=[B@0}}}");
    proto_close(&k);
}

/* Each message uses the next one twice: the schema itself is small. */
TEST(types_in_common_are_made_once)
{
    proto_kit k = proto_open("");
    lc_auto(lc_buf) text = {0};
    for (int i = 0; i < 60; i++)
        lc_buf_printf(&text, "message M%d {optional M%d a = 1; optional M%d b = 2;}", i, i + 1, i + 1);
    lc_buf_text(&text, "message M60 {optional int32 x = 1;}");
    CHECK_EQ_STR(proto_read(&k, text.data, ""), "STRUCT|Struct{}");
    proto_close(&k);
}

TEST(types_are_found_from_the_inside_out)
{
    proto_kit k = proto_open("");
    const char *text =
        "syntax = \"proto3\"; package p.q; message M { N n = 1; q.N o = 2; message N {bool b = 1;} } "
        "message N {int32 i = 1;}";
    CHECK_EQ_STR(proto_read(&k, text, "0a0208011202 0805"), "STRUCT|Struct{n=Struct{b=true},o=Struct{i=5}}");
    proto_close(&k);
}

static const lc_proto_message *message_at(proto_kit *k, const char *text, uint32_t a, uint32_t b)
{
    const lc_proto_file *file;
    const uint32_t path[] = {a, b};
    uint32_t back[LC_PROTO_DEPTH_MAX];
    size_t count;
    lc_error_free(proto_parse(proto_store(k), text, &file));
    const lc_proto_message *message = lc_proto_at(file, path, 2);
    if (message) CHECK(lc_proto_path_of(message, back, &count) && count == 2 && back[0] == a && back[1] == b);
    return message;
}

TEST(messages_have_indexes)
{
    proto_kit k = proto_open("");
    const char *text =
        "message A {} message B { map<int32, int32> m = 1; message C {} enum X {Y = 0;} message D {} }";
    CHECK_EQ_STR(message_at(&k, text, 1, 1)->full.data, "B.D");
    CHECK(!message_at(&k, text, 1, 2));
    CHECK(!message_at(&k, text, 0, 0));
    proto_close(&k);
}

/* As protoc makes it of a file with a meta, an optional field, a map, a oneof and more. */
TEST(descriptors_are_schemas_too)
{
    proto_kit k = proto_open("");
    const char *text =
        "CgdkLnByb3RvEgFwGhRjb25mbHVlbnQvbWV0YS5wcm90byKIAgoBTRInCgFhGAEgASgFQhmCRBYSFAoMY29ubmVjdC50eXBl"
        "EgRpbnQ4UgFhEhEKAWIYAiABKAlIAVIBYogBARIZCgFtGAMgAygLMgsucC5NLk1FbnRyeVIBbRIWCgF4GAQgASgOMgYucC5N"
        "LkVIAFIBeBIQCgFyGAUgAygDQgIQAFIBchIUCgFuGAYgASgLMgYucC5NLk5SAW4aNAoGTUVudHJ5EhAKA2tleRgBIAEoCVID"
        "a2V5EhQKBXZhbHVlGAIgASgFUgV2YWx1ZToCOAEaGAoBThITCgFxGAEgASgLMgUucC5NMlIBcSIRCgFFEgUKAUEQABIFCgFC"
        "EAdCAwoBb0IECgJfYiISCgJNMhIMCgFiGAEgASgIUgFiYgZwcm90bzM=";
    CHECK_EQ_STR(proto_read(&k, text, "0881021201780a0178 1a050a01611003 2007 2801"),
                 "STRUCT|Struct{o_0=Struct{x=B},a=1,b=x,m={a=3},r=[1]}");
    CHECK_EQ_INT(k.schema->fields[1]->type, LC_TYPE_INT8);
    const char *printed = proto_print(&k, text);
    CHECK(strstr(printed, "  optional string b = 2 [json_name = \"b\"];\n"));
    CHECK(strstr(printed, "  repeated .p.M.MEntry m = 3 [json_name = \"m\"];\n"));
    CHECK(strstr(printed, "  message MEntry {\n    option map_entry = true;\n  \n    string key = 1"));
    CHECK_EQ_STR(message_at(&k, text, 0, 1)->full.data, "p.M.N");
    CHECK(strstr(proto_print(&k, "CgdkLnByb3RvEgFwIpQBCgFN"), "The schema's descriptor is malformed"));
    proto_close(&k);
}

TEST(names_of_maps)
{
    lc_auto(lc_arena) arena = {0};
    CHECK_EQ_STR(lc_proto_entry_name(&arena, LC_TEXT("my_map")).data, "MyMapEntry");
    CHECK_EQ_STR(lc_proto_entry_name(&arena, LC_TEXT("myMap")).data, "myMapEntry");
    CHECK_EQ_STR(lc_proto_map_name(&arena, LC_TEXT("a.B.MyMapEntry")).data, "a.B.my_map");
    CHECK_EQ_STR(lc_proto_map_name(&arena, LC_TEXT("myMapEntry")).data, "my_map");
    CHECK_EQ_STR(lc_proto_map_name(&arena, LC_TEXT("Other")).data, "Other");
}

TEST(known_files_are_valid)
{
    static const char *const paths[] = {"google/protobuf/wrappers.proto",  "google/protobuf/struct.proto",
                                        "google/type/datetime.proto",      "google/type/color.proto",
                                        "google/type/phone_number.proto",  "confluent/meta.proto",
                                        "google/type/postal_address.proto"};
    proto_kit k = proto_open("");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        lc_auto(lc_buf) text = {0};
        lc_buf_printf(&text, "import \"%s\"; message X {}", paths[i]);
        CHECK(strstr(proto_print(&k, text.data), "message X {}"));
    }
    proto_close(&k);
}

int main(void)
{
    RUN(a_file_is_printed_as_confluent_does);
    RUN(whatever_a_file_may_hold_is_read);
    RUN(mistakes_say_where);
    RUN(nesting_has_an_end);
    RUN(messages_that_hold_themselves_are_unfolded);
    RUN(types_in_common_are_made_once);
    RUN(types_are_found_from_the_inside_out);
    RUN(messages_have_indexes);
    RUN(descriptors_are_schemas_too);
    RUN(names_of_maps);
    RUN(known_files_are_valid);
    return check_report();
}
