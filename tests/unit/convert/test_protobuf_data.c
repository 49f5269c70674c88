#include "protobuf_kit.h"

#define P3 "syntax = \"proto3\";\n"
#define M(fields) P3 "message M {" fields "}"

TEST(scalars_have_their_types_and_defaults)
{
    proto_kit k = proto_open("");
    CHECK_EQ_STR(proto_read(&k, M("int32 a = 1;"), "0801"), "STRUCT|Struct{a=1}");
    CHECK_EQ_STR(proto_read(&k, M("int32 a = 1;"), "08ffffffffffffffffff01"), "STRUCT|Struct{a=-1}");
    CHECK_EQ_STR(proto_read(&k, M("int32 a = 1;"), ""), "STRUCT|Struct{a=0}");
    CHECK_EQ_STR(proto_read(&k, M("sint32 a = 1;"), "0803"), "STRUCT|Struct{a=-2}");
    CHECK_EQ_STR(proto_read(&k, M("sint64 a = 1;"), "08ffffffffffffffffff01"),
                 "STRUCT|Struct{a=-9223372036854775808}");
    CHECK_EQ_STR(proto_read(&k, M("uint32 a = 1;"), "08ffffffff0f"), "STRUCT|Struct{a=4294967295}");
    CHECK_EQ_STR(proto_read(&k, M("uint64 a = 1;"), "08ffffffffffffffffff01"), "STRUCT|Struct{a=-1}");
    CHECK_EQ_STR(proto_read(&k, M("fixed32 a = 1;"), "0dffffffff"), "STRUCT|Struct{a=4294967295}");
    CHECK_EQ_STR(proto_read(&k, M("sfixed32 a = 1;"), "0dffffffff"), "STRUCT|Struct{a=-1}");
    CHECK_EQ_STR(proto_read(&k, M("sfixed64 a = 1;"), "09feffffffffffffff"), "STRUCT|Struct{a=-2}");
    CHECK_EQ_STR(proto_read(&k, M("float a = 1;"), "0d0000c03f"), "STRUCT|Struct{a=1.5}");
    CHECK_EQ_STR(proto_read(&k, M("double a = 1;"), "09000000000000f83f"), "STRUCT|Struct{a=1.5}");
    CHECK_EQ_STR(proto_read(&k, M("bool a = 1;"), "0802"), "STRUCT|Struct{a=true}");
    CHECK_EQ_STR(proto_read(&k, M("string a = 1;"), "0a03e282ac"), "STRUCT|Struct{a=\xe2\x82\xac}");
    CHECK_EQ_STR(proto_read(&k, M("string a = 1;"), ""), "STRUCT|Struct{a=}");
    CHECK_EQ_STR(proto_read(&k, M("optional int32 a = 1;"), ""), "STRUCT|Struct{}");
    CHECK_EQ_STR(proto_read(&k, M("optional int32 a = 1;"), "0800"), "STRUCT|Struct{a=0}");
    proto_close(&k);
}

TEST(connect_schemas_name_types_and_numbers)
{
    proto_kit k = proto_open("");
    proto_read(
        &k, P3 "package a.b; message Out { fixed64 x = 3; In i = 4; message In {} repeated string s = 5; }",
        "");
    CHECK_EQ_STR(k.schema->name.data, "Out");
    CHECK(!k.schema->optional);
    CHECK_EQ_STR(lc_schema_parameter(k.schema->fields[0], LC_PROTO_TAG).data, "3");
    CHECK_EQ_STR(lc_schema_parameter(k.schema->fields[0], LC_PROTO_TYPE).data, "fixed64");
    CHECK_EQ_INT(k.schema->fields[0]->type, LC_TYPE_INT64);
    CHECK(k.schema->fields[0]->optional);
    CHECK_EQ_STR(k.schema->fields[1]->name.data, "In");
    CHECK_EQ_INT(k.schema->fields[2]->type, LC_TYPE_ARRAY);
    CHECK(k.schema->fields[2]->values->optional);
    CHECK(!lc_schema_parameter(k.schema->fields[2]->values, LC_PROTO_TAG).data);
    proto_close(&k);
    k = proto_open("enhanced.protobuf.schema.support=true optional.for.nullables=true");
    proto_read(&k, P3 "package a.b; message Out { int32 x = 3; optional int32 y = 4; }", "");
    CHECK_EQ_STR(k.schema->name.data, "a.b.Out");
    CHECK(!k.schema->fields[0]->optional && k.schema->fields[1]->optional);
    proto_close(&k);
}

TEST(small_integers_are_named_in_the_meta)
{
    proto_kit k = proto_open("");
    const char *schema =
        M("int32 a = 1 [(confluent.field_meta) = {params: [{key: \"connect.type\", value: \"int8\"}]}];"
          "int32 b = 2 [(confluent.field_meta).params = {value: \"int16\" key: \"connect.type\"}, "
          "deprecated = true];");
    CHECK_EQ_STR(proto_read(&k, schema, "0881021001"), "STRUCT|Struct{a=1,b=1}");
    CHECK_EQ_INT(k.schema->fields[0]->type, LC_TYPE_INT8);
    CHECK_EQ_INT(k.schema->fields[1]->type, LC_TYPE_INT16);
    proto_close(&k);
}

TEST(lists_are_read_packed_and_not)
{
    proto_kit k = proto_open("");
    CHECK_EQ_STR(proto_read(&k, M("repeated int32 a = 1;"), "0a03010203"), "STRUCT|Struct{a=[1, 2, 3]}");
    CHECK_EQ_STR(proto_read(&k, M("repeated int32 a = 1;"), "08010a02020308040a00"),
                 "STRUCT|Struct{a=[1, 2, 3, 4]}");
    CHECK_EQ_STR(proto_read(&k, M("repeated fixed32 a = 1 [packed = false];"), "0a04010000000d02000000"),
                 "STRUCT|Struct{a=[1, 2]}");
    CHECK_EQ_STR(proto_read(&k, M("repeated string a = 1;"), "0a01780a00"), "STRUCT|Struct{a=[x, ]}");
    CHECK_EQ_STR(proto_read(&k, M("repeated M a = 1; message M {bool x = 1;}"), "0a0208010a00"),
                 "STRUCT|Struct{a=[Struct{x=true}, Struct{x=false}]}");
    CHECK_EQ_STR(proto_read(&k, M("repeated string a = 1;"), ""), "STRUCT|Struct{a=[]}");
    proto_close(&k);
}

TEST(maps_have_keys_of_any_kind)
{
    proto_kit k = proto_open("");
    CHECK_EQ_STR(
        proto_read(&k, M("map<string, int32> my_map = 1;"), "0a050a01781005 0a021006 0a050a01781007"),
        "STRUCT|Struct{my_map={x=7, =6}}");
    CHECK_EQ_STR(k.schema->fields[0]->name.data, "my_map");
    CHECK_EQ_STR(lc_schema_parameter(k.schema->fields[0]->values, LC_PROTO_TAG).data, "2");
    CHECK_EQ_STR(
        proto_read(&k, M("map<int64, V> m = 1; message V {string s = 1;}"), "0a07080112030a01780a00"),
        "STRUCT|Struct{m={1=Struct{s=x}, 0=Struct{s=}}}");
    CHECK_EQ_STR(
        proto_read(&k, M("repeated ThingEntry m = 1; message ThingEntry {bool key = 1; bool value = 2;}"),
                   "0a020801"),
        "STRUCT|Struct{m={true=false}}");
    CHECK_EQ_STR(k.schema->fields[0]->name.data, "thing");
    proto_close(&k);
}

TEST(the_last_value_counts_and_messages_are_merged)
{
    proto_kit k = proto_open("");
    CHECK_EQ_STR(proto_read(&k, M("int32 a = 1;"), "08010802"), "STRUCT|Struct{a=2}");
    CHECK_EQ_STR(proto_read(&k,
                            M("N n = 1; message N {int32 a = 1; repeated int32 b = 2; N2 c = 3;} "
                              "message N2 {int32 x = 1; int32 y = 2;}"),
                            "0a081001 0801 1a020801 0a0810020805 1a021007"),
                 "STRUCT|Struct{n=Struct{a=5,b=[1, 2],c=Struct{x=1,y=7}}}");
    const char *stamp =
        P3 "import \"google/protobuf/timestamp.proto\"; message M {google.protobuf.Timestamp t = 1;}";
    CHECK_EQ_STR(proto_read(&k, stamp, "0a0508808dce1c0a0410c0843d"),
                 "STRUCT|Struct{t=Fri Nov 26 10:37:52 UTC 1971}");
    CHECK_EQ_INT(k.value.u.object->slots[0].u.i % 1000, 1);
    proto_close(&k);
}

TEST(a_oneof_is_a_struct_with_one_field)
{
    proto_kit k = proto_open("");
    const char *schema = M("int32 z = 9; oneof kind { int32 a = 1; string b = 2; N c = 3; } message N {int32 "
                           "x = 1; int32 y = 2;}");
    CHECK_EQ_STR(proto_read(&k, schema, "08014803"), "STRUCT|Struct{kind_0=Struct{a=1},z=3}");
    CHECK_EQ_STR(k.schema->fields[0]->name.data, "io.confluent.connect.protobuf.Union.kind");
    CHECK_EQ_STR(proto_read(&k, schema, "0801120178"), "STRUCT|Struct{kind_0=Struct{b=x},z=0}");
    CHECK_EQ_STR(proto_read(&k, schema, "1a02080108001a021002"),
                 "STRUCT|Struct{kind_0=Struct{c=Struct{x=0,y=2}},z=0}");
    CHECK_EQ_STR(proto_read(&k, schema, "1a0208011a021002"),
                 "STRUCT|Struct{kind_0=Struct{c=Struct{x=1,y=2}},z=0}");
    CHECK_EQ_STR(proto_read(&k, schema, "0800"), "STRUCT|Struct{kind_0=Struct{a=0},z=0}");
    CHECK_EQ_STR(proto_read(&k, schema, ""), "STRUCT|Struct{z=0}");
    CHECK_EQ_STR(proto_round(&k, schema, "0801"), "0801");
    proto_close(&k);
    k = proto_open("flatten.unions=true");
    CHECK_EQ_STR(proto_read(&k, schema, "0801120178"), "STRUCT|Struct{b=x,z=0}");
    proto_close(&k);
    k = proto_open("generate.index.for.unions=false generalized.sum.type.support=true");
    CHECK_EQ_STR(proto_read(&k, schema, "0801"), "STRUCT|Struct{kind=Struct{a=1},z=0}");
    CHECK_EQ_STR(k.schema->fields[0]->name.data, "kind");
    CHECK_EQ_STR(proto_round(&k, schema, "0801"), "0801");
    proto_close(&k);
}

#define ENUM "enum E {A = 0; B = 1; C = 7; D = -1;}"

TEST(enums_are_text_or_numbers)
{
    proto_kit k = proto_open("");
    CHECK_EQ_STR(proto_read(&k, M("E e = 1; repeated E f = 2;" ENUM), "08071202010008ffffffffffffffffff01"),
                 "STRUCT|Struct{e=D,f=[B, A]}");
    CHECK_EQ_STR(lc_schema_parameter(k.schema->fields[0], LC_PROTO_ENUM_PARAMETER).data, "E");
    CHECK_EQ_STR(lc_schema_parameter(k.schema->fields[0], LC_PROTO_ENUM_PARAMETER ".C").data, "7");
    CHECK_EQ_STR(proto_read(&k, M("E e = 1;" ENUM), "0809"), "STRUCT|Struct{e=UNKNOWN_ENUM_VALUE_E_9}");
    CHECK_EQ_STR(proto_read(&k, M("E e = 1;" ENUM), ""), "STRUCT|Struct{e=A}");
    CHECK_EQ_STR(proto_round(&k, M("E e = 1;" ENUM), "0809"), "0809");
    CHECK_EQ_STR(proto_round(&k, M("E e = 1; repeated E f = 2;" ENUM), "0807120b07ffffffffffffffffff01"),
                 "0807120b07ffffffffffffffffff01");
    CHECK_EQ_STR(proto_read(&k, "message M {optional E e = 1; repeated E f = 2;" ENUM "}", "080910091001"),
                 "STRUCT|Struct{f=[B]}");
    proto_close(&k);
    k = proto_open("int.for.enums=true");
    CHECK_EQ_STR(proto_read(&k, M("E e = 1;" ENUM), "0809"), "STRUCT|Struct{e=9}");
    CHECK_EQ_STR(proto_round(&k, M("E e = 1;" ENUM), "0807"), "0807");
    proto_close(&k);
}

TEST(proto2_has_defaults_and_required_fields)
{
    proto_kit k = proto_open("");
    const char *schema = "message M {optional int32 a = 1 [default = -5]; required string b = 2; "
                         "optional E e = 3 [default = B]; optional double d = 4 [default = -inf]; " ENUM "}";
    CHECK_EQ_STR(proto_read(&k, schema, "120178"), "STRUCT|Struct{b=x}");
    CHECK_EQ_STR(proto_read(&k, schema, "0801"),
                 "LC_E_DATA: Protobuf data in field b: Message missing required fields: b");
    proto_close(&k);
    k = proto_open("optional.for.proto2=false");
    CHECK_EQ_STR(proto_read(&k, schema, "120178"), "STRUCT|Struct{a=-5,b=x,e=B,d=-Infinity}");
    proto_close(&k);
}

#define IMPORTS                                                                           \
    P3 "import \"google/protobuf/timestamp.proto\"; import \"google/type/date.proto\";"   \
       "import \"google/type/timeofday.proto\"; import \"confluent/type/decimal.proto\";" \
       "import \"google/protobuf/wrappers.proto\"; message M {"

TEST(logical_types)
{
    proto_kit k = proto_open("");
    CHECK_EQ_STR(proto_read(&k, IMPORTS "google.type.Date d = 1;}", "0a0708e40f1002181d"),
                 "STRUCT|Struct{d=Sat Feb 29 00:00:00 UTC 2020}");
    CHECK(strstr(proto_read(&k, IMPORTS "google.type.Date d = 1;}", "0a0708e50f1002181d"),
                 "2021-2-29 is no date"));
    CHECK(strstr(proto_read(&k, IMPORTS "google.type.Date d = 1;}", "0a00"),
                 "in field d: google.type.Date 0-0-0 is no date"));
    CHECK_EQ_STR(proto_read(&k, IMPORTS "google.type.TimeOfDay t = 1;}", "0a0a0817103b183b20c0843d"),
                 "STRUCT|Struct{t=Thu Jan 01 23:59:59 UTC 1970}");
    CHECK_EQ_INT(k.value.u.object->slots[0].u.i, 86399001);
    CHECK(strstr(proto_read(&k, IMPORTS "google.type.TimeOfDay t = 1;}", "0a020818"),
                 "Invalid value for HourOfDay"));
    CHECK_EQ_STR(proto_read(&k, IMPORTS "google.protobuf.Timestamp t = 1;}", "0a0b08ffffffffffffffffff01"),
                 "STRUCT|Struct{t=Wed Dec 31 23:59:59 UTC 1969}");
    CHECK(strstr(proto_read(&k, IMPORTS "google.protobuf.Timestamp t = 1;}", "0a0b10ffffffffffffffffff01"),
                 "Timestamp is not valid"));
    const char *decimal =
        IMPORTS "confluent.type.Decimal d = 1 [(confluent.field_meta) = {params: [{value: \"4\", "
                "key: \"precision\"}, {value: \"2\", key: \"scale\"}]}];}";
    CHECK_EQ_STR(proto_read(&k, decimal, "0a080a02009c10031802"), "STRUCT|Struct{d=1.56}");
    CHECK_EQ_STR(lc_schema_parameter(k.schema->fields[0], LC_PROTO_PRECISION).data, "4");
    CHECK_EQ_STR(proto_read(&k, decimal, "0a080a02009c10021802"), "STRUCT|Struct{d=1.6}");
    CHECK_EQ_STR(proto_read(&k, decimal, "0a080a0203e7100218 02"), "STRUCT|Struct{d=10}");
    CHECK_EQ_STR(proto_read(&k, decimal, "0a080a02fc19100118 02"), "STRUCT|Struct{d=-1E+1}");
    CHECK(strstr(proto_read(&k, decimal, "0a00"), "Zero length BigInteger"));
    proto_close(&k);
}

TEST(wrappers_are_what_is_in_them)
{
    proto_kit k = proto_open("");
    const char *schema = IMPORTS "google.protobuf.StringValue s = 1; google.protobuf.UInt32Value u = 2;}";
    CHECK_EQ_STR(proto_read(&k, schema, "0a030a01781200"), "STRUCT|Struct{s=x,u=0}");
    CHECK_EQ_INT(k.schema->fields[1]->type, LC_TYPE_INT64);
    CHECK_EQ_STR(proto_read(&k, schema, "0a030a01780a00"), "STRUCT|Struct{s=x}");
    proto_close(&k);
    k = proto_open("wrapper.for.raw.primitives=false");
    CHECK_EQ_STR(proto_read(&k, schema, "0a030a0178"), "STRUCT|Struct{s=Struct{value=x}}");
    proto_close(&k);
    k = proto_open("");
    const char *root = P3 "package google.protobuf; message Int32Value { int32 value = 1; }";
    CHECK_EQ_STR(proto_read(&k, root, "0805"), "INT32|5");
    CHECK_EQ_STR(proto_read(&k, root, ""), "INT32|0");
    const char *odd = P3 "package google.protobuf; message Int32Value { Int32Value value = 1; }";
    CHECK_EQ_STR(proto_read(&k, odd, ""), "STRUCT|Struct{}");
    proto_close(&k);
    k = proto_open("wrapper.for.nullables=true");
    CHECK_EQ_STR(proto_round(&k, schema, "0a030a01781200"), "0a030a01781200");
    CHECK_EQ_STR(
        proto_round(&k, IMPORTS "oneof o {google.protobuf.StringValue s = 1; string t = 2;}}", "0a00"),
        "0a00");
    CHECK_EQ_STR(
        proto_round(&k, IMPORTS "oneof o {google.protobuf.StringValue s = 1; string t = 2;}}", "1200"),
        "1200");
    proto_close(&k);
}

TEST(missing_messages_can_be_made)
{
    proto_kit k = proto_open("generate.struct.for.nulls=true");
    CHECK_EQ_STR(proto_read(&k, M("N n = 1; message N {int32 x = 1; optional int32 y = 2;}"), ""),
                 "STRUCT|Struct{n=Struct{x=0,y=0}}");
    proto_close(&k);
}

TEST(unknown_fields_and_other_wire_types_are_passed_over)
{
    proto_kit k = proto_open("");
    CHECK_EQ_STR(
        proto_read(&k, M("int32 a = 1;"), "2805 320178 3d01000000 4101 00000000000000 4b 5801 4c 0807"),
        "STRUCT|Struct{a=7}");
    CHECK_EQ_STR(proto_read(&k, M("int32 a = 1; string b = 2;"), "0a0178 1005 0d01000000"),
                 "STRUCT|Struct{a=0,b=}");
    CHECK_EQ_STR(
        proto_read(&k, M("int32 a = 1; int32 b = 5000; int32 c = 536870911;"), "c0b80203 f8ffffff0f04"),
        "STRUCT|Struct{a=0,b=3,c=4}");
    proto_close(&k);
}

TEST(malformed_data_says_where)
{
    static const struct {
        const char *schema, *hex, *message;
    } cases[] = {
        {M("int32 a = 1;"), "08", "1 in field a: the data ends early"},
        {M("int32 a = 1;"), "08ffffffffffffffffffff01", "1 in field a: a varint has more than 10 bytes"},
        {M("int32 a = 1;"), "00", "0: a field has the number 0"},
        {M("int32 a = 1;"), "0f", "1 in field a: a field has an invalid wire type"},
        {M("int32 a = 1;"), "0c", "1 in field a: a group ends that didn't begin"},
        {M("int32 a = 1;"), "14", "1: a group ends that didn't begin"},
        {M("int32 a = 1;"), "131c", "2: a group ends with the number of another one"},
        {M("int32 a = 1;"), "13", "1: the data ends early"},
        {M("string a = 1;"), "0a05616263", "1 in field a: the data ends early"},
        {M("string a = 1;"), "0affffffff0f", "1 in field a: a length is negative"},
        {M("string a = 1;"), "0a01ff", "1 in field a: a string has invalid UTF-8"},
        {M("string a = 1;"), "0a03eda080", "1 in field a: a string has invalid UTF-8"},
        {M("N n = 1; message N {int64 x = 1;}"), "0a0108", "3 in field n.x: the data ends early"},
        {M("repeated fixed64 a = 1;"), "0a0101", "2 in field a: the data ends early"},
    };
    proto_kit k = proto_open("");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lc_auto(lc_buf) expected = {0};
        lc_buf_printf(&expected, "LC_E_DATA: Malformed Protobuf data at byte %s", cases[i].message);
        CHECK_EQ_STR(proto_read(&k, cases[i].schema, cases[i].hex), expected.data);
    }
    CHECK_EQ_STR(proto_read(&k, "message M {optional string a = 1;}", "0a01ff"),
                 "STRUCT|Struct{a=\xef\xbf\xbd}");
    proto_close(&k);
}

TEST(deep_groups_and_much_from_little_are_refused)
{
    proto_kit k = proto_open("");
    lc_auto(lc_buf) bytes = {0};
    for (int i = 0; i < 100000; i++) lc_buf_put(&bytes, 0x13);
    CHECK(
        strstr(proto_read_bytes(&k, M("int32 a = 1;"), (lc_text){bytes.data, bytes.len}), "nested too deep"));
    lc_auto(lc_buf) schema = {0};
    lc_buf_text(&schema, P3 "message M {repeated N n = 1; message N {");
    for (int i = 1; i < 2000; i++) lc_buf_printf(&schema, "int32 f%d = %d;", i, i);
    lc_buf_text(&schema, "}}");
    lc_buf_reset(&bytes);
    for (int i = 0; i < 100000; i++) lc_buf_add(&bytes, "\x0a\0", 2);
    CHECK(strstr(proto_read_bytes(&k, schema.data, (lc_text){bytes.data, bytes.len}), "far more memory"));
    proto_close(&k);
}

int main(void)
{
    RUN(scalars_have_their_types_and_defaults);
    RUN(connect_schemas_name_types_and_numbers);
    RUN(small_integers_are_named_in_the_meta);
    RUN(lists_are_read_packed_and_not);
    RUN(maps_have_keys_of_any_kind);
    RUN(the_last_value_counts_and_messages_are_merged);
    RUN(a_oneof_is_a_struct_with_one_field);
    RUN(enums_are_text_or_numbers);
    RUN(proto2_has_defaults_and_required_fields);
    RUN(logical_types);
    RUN(wrappers_are_what_is_in_them);
    RUN(missing_messages_can_be_made);
    RUN(unknown_fields_and_other_wire_types_are_passed_over);
    RUN(malformed_data_says_where);
    RUN(deep_groups_and_much_from_little_are_refused);
    return check_report();
}
