#include "avro_kit.h"

TEST(prints_as_java_does)
{
    avro_kit k = avro_open("");
    CHECK_EQ_STR(avro_print(&k, "\"int\""), "\"int\"");
    CHECK_EQ_STR(avro_print(&k, "{\"type\":\"int\"}"), "\"int\"");
    CHECK_EQ_STR(avro_print(&k, " { \"p\" : [1, {\"q\":null}] , \"type\":\"long\"} "),
                 "{\"type\":\"long\",\"p\":[1,{\"q\":null}]}");
    CHECK_EQ_STR(
        avro_print(&k, "{\"type\":\"record\",\"name\":\"a.b.R\",\"fields\":[{\"name\":\"f\",\"type\":"
                       "{\"type\":\"fixed\",\"name\":\"a.b.F\",\"size\":2}},{\"name\":\"g\",\"type\":\"F\"},"
                       "{\"name\":\"h\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"namespace\":\"\","
                       "\"symbols\":[\"X\"]},\"order\":\"DESCENDING\",\"doc\":\"d\"}]}"),
        "{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"a.b\",\"fields\":[{\"name\":\"f\",\"type\":"
        "{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}},{\"name\":\"g\",\"type\":\"F\"},{\"name\":\"h\","
        "\"type\":{\"type\":\"enum\",\"name\":\"E\",\"namespace\":\"\",\"symbols\":[\"X\"]},\"doc\":\"d\","
        "\"order\":\"descending\"}]}");
    avro_close(&k);
}

TEST(aliases_are_relative_to_their_type)
{
    avro_kit k = avro_open("");
    CHECK_EQ_STR(
        avro_print(&k, "{\"type\":\"fixed\",\"name\":\"n.F\",\"size\":1,\"aliases\":[\"G\",\"m.H\"]}"),
        "{\"type\":\"fixed\",\"name\":\"F\",\"namespace\":\"n\",\"size\":1,\"aliases\":[\"G\",\"m.H\"]}");
    avro_close(&k);
}

TEST(a_name_may_be_used_before_its_type)
{
    avro_kit k = avro_open("");
    CHECK_EQ_STR(
        avro_print(&k, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"E\"},"
                       "{\"name\":\"b\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"X\"]}}]}"),
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":{\"type\":\"enum\","
        "\"name\":\"E\",\"symbols\":[\"X\"]}},{\"name\":\"b\",\"type\":\"E\"}]}");
    avro_close(&k);
}

TEST(refuses_what_is_no_schema)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{", "LC_E_DATA: The Avro schema is no JSON"},
        {"7", "LC_E_DATA: Schema not yet supported: 7"},
        {"{}", "LC_E_DATA: No type: {}"},
        {"\"nowhere\"", "LC_E_DATA: Undefined schema: nowhere"},
        {"{\"type\":\"array\"}", "LC_E_DATA: Array has no items type: {\"type\":\"array\"}"},
        {"{\"type\":\"map\"}", "LC_E_DATA: Map has no values type: {\"type\":\"map\"}"},
        {"{\"type\":\"fixed\",\"name\":\"F\"}",
         "LC_E_DATA: Invalid or no size: {\"type\":\"fixed\",\"name\":\"F\"}"},
        {"{\"type\":\"record\",\"name\":\"R\"}",
         "LC_E_DATA: Record has no fields: {\"type\":\"record\",\"name\":\"R\"}"},
        {"{\"type\":\"record\",\"fields\":[]}",
         "LC_E_DATA: No name in schema: {\"type\":\"record\",\"fields\":[]}"},
        {"{\"type\":\"record\",\"name\":\"a-b\",\"fields\":[]}", "LC_E_DATA: Illegal character in: a-b"},
        {"{\"type\":\"record\",\"name\":\"9\",\"fields\":[]}", "LC_E_DATA: Illegal initial character: 9"},
        {"{\"type\":\"record\",\"name\":\"int\",\"fields\":[]}",
         "LC_E_DATA: Schemas may not be named after primitives: int"},
        {"[\"int\",\"int\"]", "LC_E_DATA: Duplicate in union:int"},
        {"[\"int\",[\"null\"]]", "LC_E_DATA: Nested union"},
        {"{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"A\"]}",
         "LC_E_DATA: Duplicate enum symbol: A"},
        {"{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"],\"default\":\"B\"}",
         "LC_E_DATA: The Enum Default: B is not in the enum symbol set"},
        {"[{\"type\":\"fixed\",\"name\":\"F\",\"size\":1},{\"type\":\"array\",\"items\":{\"type\":\"fixed\","
         "\"name\":\"F\",\"size\":2}}]",
         "LC_E_DATA: Can't redefine: F"},
        {"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\",\"default\":\"x\"}"
         "]}",
         "LC_E_DATA: Invalid default for field a: \"x\" not a int"},
        {"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"a\","
         "\"type\":\"int\"}]}",
         "LC_E_DATA: Duplicate field a in record R"},
    };
    avro_kit k = avro_open("");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_EQ_STR(avro_print(&k, cases[i].text), cases[i].message);
    avro_close(&k);
}

TEST(schemas_that_nest_without_end_are_refused)
{
    avro_kit k = avro_open("");
    lc_auto(lc_buf) text = {0};
    /* Each record holds the next, which is defined further on. */
    lc_buf_text(&text, "[");
    for (int i = 0; i < 2000; i++)
        lc_buf_printf(
            &text, "%s{\"type\":\"record\",\"name\":\"R%d\",\"fields\":[{\"name\":\"f\",\"type\":\"%s%d\"}]}",
            i ? "," : "", i, i < 1999 ? "R" : "int", i + 1);
    lc_buf_text(&text, "]");
    lc_buf fixed = {0};
    const char *last = strstr(text.data, "int2000");
    lc_buf_add(&fixed, text.data, (size_t)(last - text.data) + 3);
    lc_buf_text(&fixed, last + 7);
    CHECK_EQ_STR(avro_print(&k, fixed.data), "LC_E_DATA: The Avro schema is nested more than 512 deep");
    lc_buf_done(&fixed);
    avro_close(&k);
}

TEST(a_type_that_holds_itself_has_no_connect_schema)
{
    avro_kit k = avro_open("");
    const char *node =
        "{\"type\":\"record\",\"name\":\"Node\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\","
        "\"Node\"],\"default\":null}]}";
    CHECK(strstr(avro_read(&k, node, NULL, "00"), "Node contains itself"));
    avro_close(&k);
}

/* R0 has two fields R1, which has two fields R2, … : small as a text, endless if it were spelled out. */
TEST(types_that_are_used_often_are_made_once)
{
    avro_kit k = avro_open("");
    lc_auto(lc_buf) text = {0};
    lc_buf_text(&text, "{\"type\":\"record\",\"name\":\"R40\",\"fields\":[{\"name\":\"x\",\"type\":\"int\","
                       "\"default\":1}]}");
    for (int i = 39; i >= 0; i--) {
        lc_buf outer = {0};
        lc_buf_printf(
            &outer,
            "{\"type\":\"record\",\"name\":\"R%d\",\"fields\":[{\"name\":\"a\",\"type\":%s,\"default\":{}},"
            "{\"name\":\"b\",\"type\":\"R%d\",\"default\":{}}]}",
            i, text.data, i + 1);
        lc_buf_done(&text);
        text = outer;
    }
    const char *answer = avro_read(&k, text.data, NULL, "");
    CHECK(strstr(answer, "Malformed Avro data at byte 0 in field a.a.a"));
    CHECK(k.schema && k.schema->type == LC_TYPE_STRUCT);
    avro_close(&k);
}

static const lc_schema *struct_of(avro_kit *k, const char *name, lc_text field, const lc_schema *inner)
{
    const lc_schema *schema;
    lc_schema_spec spec = {.type = LC_TYPE_STRUCT,
                           .name = lc_text_of(name),
                           .field_names = &field,
                           .field_schemas = &inner,
                           .field_count = 1};
    CHECK(!lc_schema_intern(k->types, &spec, &schema));
    return schema;
}

TEST(names_can_be_scrubbed)
{
    avro_kit k = avro_open("scrub.invalid.names=true connect.meta.data=false");
    const lc_schema *number = lc_schema_primitive(k.types, LC_TYPE_INT32, false);
    const lc_schema *schema = struct_of(&k, "my-shop.order-line", LC_TEXT("9 net\xc3\xa9.sum"), number);
    CHECK_EQ_STR(avro_of(&k, schema), "{\"type\":\"record\",\"name\":\"order_line\",\"namespace\":\"my_shop\","
                                      "\"fields\":[{\"name\":\"x9_net_C3_A9_sum\",\"type\":\"int\"}]}");
    lc_value row = lc_struct_new(&k.arena, schema);
    row.u.object->slots[0] = lc_value_int(LC_INT32, 3);
    CHECK_EQ_STR(avro_write(&k, schema, &row, NULL), "06");
    avro_close(&k);
}

TEST(optional_text_keys_can_make_a_map)
{
    avro_kit k = avro_open("allow.optional.map.keys=true");
    const lc_schema *schema;
    lc_schema_spec spec = {.type = LC_TYPE_MAP,
                           .keys = lc_schema_primitive(k.types, LC_TYPE_STRING, true),
                           .values = lc_schema_primitive(k.types, LC_TYPE_INT64, false)};
    CHECK(!lc_schema_intern(k.types, &spec, &schema));
    CHECK_EQ_STR(avro_of(&k, schema), "{\"type\":\"map\",\"values\":\"long\"}");
    avro_close(&k);
}

TEST(a_union_of_one_type_is_that_type)
{
    avro_kit k = avro_open("");
    CHECK_EQ_STR(avro_read(&k, "[\"int\"]", NULL, "000a"), "INT32|5");
    k.options.flatten = false;
    CHECK_EQ_STR(avro_read(&k, "[\"int\"]", NULL, "000a"), "STRUCT|Struct{int=5}");
    avro_close(&k);
}

TEST(a_decimal_on_a_fixed_is_padded)
{
    avro_kit k = avro_open("");
    const char *fixed =
        "{\"type\":\"fixed\",\"name\":\"D\",\"size\":4,\"logicalType\":\"decimal\",\"precision\":9,"
        "\"scale\":2}";
    CHECK_EQ_STR(avro_read(&k, fixed, NULL, "00003039"), "BYTES|123.45");
    CHECK_EQ_STR(avro_write(&k, k.schema, &k.value, fixed), "00003039");
    lc_decimal minus = lc_decimal_of_int64(&k.arena, -5, 2);
    lc_value value = {.kind = LC_DECIMAL, .u.decimal = &minus};
    CHECK_EQ_STR(avro_write(&k, k.schema, &value, NULL), "fffffffb");
    lc_decimal large = lc_decimal_of_int64(&k.arena, 1LL << 40, 2);
    value.u.decimal = &large;
    CHECK(strstr(avro_write(&k, k.schema, &value, NULL), "doesn't fit fixed"));
    avro_close(&k);
}

TEST(generalized_unions_are_numbered)
{
    avro_kit k = avro_open("generalized.sum.type.support=true");
    CHECK_EQ_STR(avro_read(&k, "[\"null\",\"int\",\"string\"]", NULL, "040278"),
                 "STRUCT?|Struct{connect_union_field_2=x}");
    CHECK_EQ_STR(avro_write(&k, k.schema, &k.value, NULL), "040278");
    avro_close(&k);
}

TEST(docs_of_types_can_be_left_out)
{
    avro_kit k = avro_open("discard.type.doc.default=true");
    avro_read(
        &k,
        "{\"type\":\"record\",\"name\":\"R\",\"doc\":\"rd\",\"fields\":[{\"name\":\"a\",\"type\":\"int\","
        "\"doc\":\"fd\",\"default\":4}]}",
        NULL, "02");
    CHECK_EQ_STR(k.schema->doc.data, "rd");
    CHECK_EQ_STR(k.schema->fields[0]->doc.data, "fd");
    CHECK_EQ_INT(k.schema->fields[0]->parameter_count, 0);
    CHECK_EQ_STR(avro_of(&k, k.schema),
                 "{\"type\":\"record\",\"name\":\"R\",\"doc\":\"rd\",\"fields\":[{\"name\":"
                 "\"a\",\"type\":{\"type\":\"int\",\"connect.doc\":\"fd\",\"connect.default\":4},"
                 "\"doc\":\"fd\",\"default\":4}],\"connect.doc\":\"rd\",\"connect.parameters\":"
                 "{\"connect.record.doc\":\"rd\"},\"connect.name\":\"R\"}");
    avro_close(&k);
}

int main(void)
{
    RUN(prints_as_java_does);
    RUN(aliases_are_relative_to_their_type);
    RUN(a_name_may_be_used_before_its_type);
    RUN(refuses_what_is_no_schema);
    RUN(schemas_that_nest_without_end_are_refused);
    RUN(a_type_that_holds_itself_has_no_connect_schema);
    RUN(types_that_are_used_often_are_made_once);
    RUN(names_can_be_scrubbed);
    RUN(optional_text_keys_can_make_a_map);
    RUN(a_union_of_one_type_is_that_type);
    RUN(a_decimal_on_a_fixed_is_padded);
    RUN(generalized_unions_are_numbered);
    RUN(docs_of_types_can_be_left_out);
    return check_report();
}
