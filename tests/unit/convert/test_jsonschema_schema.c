/* JSON Schemas ↔ Connect schemas. */
#include "jsonschema_kit.h"

#define INT8 "{\"type\":\"int8\",\"optional\":false}"
#define TO(text, expected) CHECK_EQ_STR(js_to(&k, text), expected)
#define FROM(schema, expected) CHECK_EQ_STR(js_from(&k, schema), expected)

TEST(scalars_from)
{
    js_kit k = js_open("");
    FROM(INT8, "{\"type\":\"integer\",\"connect.type\":\"int8\"}");
    FROM("{\"type\":\"int16\"}", "{\"type\":\"integer\",\"connect.type\":\"int16\"}");
    FROM("{\"type\":\"int32\"}", "{\"type\":\"integer\",\"connect.type\":\"int32\"}");
    FROM("{\"type\":\"int64\"}", "{\"type\":\"integer\",\"connect.type\":\"int64\"}");
    FROM("{\"type\":\"float\"}", "{\"type\":\"number\",\"connect.type\":\"float32\"}");
    FROM("{\"type\":\"double\"}", "{\"type\":\"number\",\"connect.type\":\"float64\"}");
    FROM("{\"type\":\"boolean\"}", "{\"type\":\"boolean\"}");
    FROM("{\"type\":\"string\"}", "{\"type\":\"string\"}");
    FROM("{\"type\":\"bytes\"}", "{\"type\":\"string\",\"connect.type\":\"bytes\"}");
    FROM("{\"type\":\"string\",\"optional\":true}",
         "{\"oneOf\":[{\"type\":\"null\"},{\"type\":\"string\"}]}");
    js_close(&k);
}

TEST(attributes_from)
{
    js_kit k = js_open("");
    FROM("{\"type\":\"int32\",\"name\":\"N\",\"version\":3,\"doc\":\"d\",\"parameters\":{\"a\":\"1\",\"b\":"
         "\"2\"},"
         "\"default\":7}",
         "{\"type\":\"integer\",\"title\":\"N\",\"description\":\"d\",\"default\":7,\"connect.version\":3,"
         "\"connect.type\":\"int32\",\"connect.parameters\":{\"a\":\"1\",\"b\":\"2\"}}");
    js_close(&k);
}

TEST(structs_from)
{
    js_kit k = js_open("");
    const char *schema = "{\"type\":\"struct\",\"name\":\"com.acme.R\",\"fields\":["
                         "{\"type\":\"int8\",\"field\":\"a\"},"
                         "{\"type\":\"string\",\"optional\":true,\"field\":\"b\"},"
                         "{\"type\":\"struct\",\"optional\":true,\"fields\":[],\"field\":\"c\"}]}";
    FROM(schema, "{\"type\":\"object\",\"title\":\"com.acme.R\",\"properties\":{"
                 "\"a\":{\"type\":\"integer\",\"connect.index\":0,\"connect.type\":\"int8\"},"
                 "\"b\":{\"connect.index\":1,\"oneOf\":[{\"type\":\"null\"},{\"type\":\"string\"}]},"
                 "\"c\":{\"connect.index\":2,\"oneOf\":[{\"type\":\"null\"},{\"type\":\"object\"}]}}}");
    js_close(&k);
    k = js_open("object.additional.properties=false");
    FROM("{\"type\":\"struct\",\"fields\":[{\"type\":\"boolean\",\"field\":\"x\"}]}",
         "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":"
         "{\"x\":{\"type\":\"boolean\",\"connect.index\":0}}}");
    js_close(&k);
}

TEST(collections_from)
{
    js_kit k = js_open("");
    FROM("{\"type\":\"array\",\"items\":" INT8 "}",
         "{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"connect.type\":\"int8\"}}");
    FROM("{\"type\":\"map\",\"keys\":{\"type\":\"string\"},\"values\":" INT8 "}",
         "{\"type\":\"object\",\"connect.type\":\"map\",\"additionalProperties\":"
         "{\"type\":\"integer\",\"connect.type\":\"int8\"}}");
    FROM("{\"type\":\"map\",\"keys\":" INT8 ",\"values\":{\"type\":\"string\",\"optional\":true}}",
         "{\"type\":\"array\",\"connect.type\":\"map\",\"items\":{\"type\":\"object\",\"properties\":{"
         "\"value\":{\"connect.index\":1,\"oneOf\":[{\"type\":\"null\"},{\"type\":\"string\"}]},"
         "\"key\":{\"type\":\"integer\",\"connect.index\":0,\"connect.type\":\"int8\"}}}}");
    js_close(&k);
}

#define DECIMAL                                                                             \
    "{\"type\":\"bytes\",\"name\":\"org.apache.kafka.connect.data.Decimal\",\"version\":1," \
    "\"parameters\":{\"scale\":\"2\"}}"

TEST(logical_from)
{
    js_kit k = js_open("");
    FROM(DECIMAL,
         "{\"type\":\"string\",\"title\":\"org.apache.kafka.connect.data.Decimal\","
         "\"connect.version\":1,\"connect.type\":\"bytes\",\"connect.parameters\":{\"scale\":\"2\"}}");
    FROM("{\"type\":\"int64\",\"name\":\"org.apache.kafka.connect.data.Timestamp\",\"version\":1}",
         "{\"type\":\"integer\",\"title\":\"org.apache.kafka.connect.data.Timestamp\",\"connect.version\":1,"
         "\"connect.type\":\"int64\"}");
    js_close(&k);
    k = js_open("decimal.format=numeric");
    FROM(DECIMAL,
         "{\"type\":\"number\",\"title\":\"org.apache.kafka.connect.data.Decimal\","
         "\"connect.version\":1,\"connect.type\":\"bytes\",\"connect.parameters\":{\"scale\":\"2\"}}");
    js_close(&k);
}

/* As the library prints these that Confluent's converter uses. */
TEST(orders_of_java)
{
    js_kit k = js_open("");
    FROM("{\"type\":\"string\",\"parameters\":{\"scale\":\"v\",\"connect.decimal.precision\":\"v\",\"a\":"
         "\"v\","
         "\"b\":\"v\",\"zz\":\"v\",\"other\":\"v\",\"long.parameter.name\":\"v\"}}",
         "{\"type\":\"string\",\"connect.parameters\":{\"zz\":\"v\",\"a\":\"v\",\"b\":\"v\",\"other\":\"v\","
         "\"long.parameter.name\":\"v\",\"scale\":\"v\",\"connect.decimal.precision\":\"v\"}}");
#define SYMBOL(name) "\"io.confluent.connect.json.Enum" name "\":\"" name "\""
    FROM("{\"type\":\"string\",\"parameters\":{" SYMBOL("") "," SYMBOL(".RED") "," SYMBOL(
             ".GREEN") "," SYMBOL(".BLUE") "," SYMBOL(".x y") "}}",
         "{\"enum\":[\"RED\",\"x y\",\"BLUE\",\"GREEN\"]}");
    FROM("{\"type\":\"struct\",\"fields\":[{\"type\":\"boolean\",\"field\":\"field_0\"},"
         "{\"type\":\"boolean\",\"field\":\"field_838\"},{\"type\":\"boolean\",\"field\":\"field_919\"}]}",
         "{\"type\":\"object\",\"properties\":{\"field_0\":{\"type\":\"boolean\",\"connect.index\":0},"
         "\"field_919\":{\"type\":\"boolean\",\"connect.index\":2},"
         "\"field_838\":{\"type\":\"boolean\",\"connect.index\":1}}}");
    FROM("{\"type\":\"float\",\"default\":1.5}",
         "{\"type\":\"number\",\"default\":1.5,\"connect.type\":\"float32\"}");
    FROM("{\"type\":\"double\",\"default\":100.0}",
         "{\"type\":\"number\",\"default\":100,\"connect.type\":\"float64\"}");
    js_close(&k);
}

/* A schema that Confluent's converter (7.0) registered, there and back. */
TEST(texts_of_java_come_back)
{
    js_kit k = js_open("");
    const char *text =
        "{\"type\":\"object\",\"title\":\"io.debezium.connector.postgresql.Source\",\"properties\":{\""
        "schema\":{\"type\":\"string\",\"connect.index\":7},\"sequence\":{\"connect.index\":6,\"oneOf"
        "\":[{\"type\":\"null\"},{\"type\":\"string\"}]},\"xmin\":{\"connect.index\":11,\"oneOf\":[{\""
        "type\":\"null\"},{\"type\":\"integer\",\"connect.type\":\"int64\"}]},\"connector\":{\"type\""
        ":\"string\",\"connect.index\":1},\"lsn\":{\"connect.index\":10,\"oneOf\":[{\"type\":\"null\""
        "},{\"type\":\"integer\",\"connect.type\":\"int64\"}]},\"name\":{\"type\":\"string\",\"connec"
        "t.index\":2},\"txId\":{\"connect.index\":9,\"oneOf\":[{\"type\":\"null\"},{\"type\":\"intege"
        "r\",\"connect.type\":\"int64\"}]},\"version\":{\"type\":\"string\",\"connect.index\":0},\"ts"
        "_ms\":{\"type\":\"integer\",\"connect.index\":3,\"connect.type\":\"int64\"},\"snapshot\":{\""
        "connect.index\":4,\"oneOf\":[{\"type\":\"null\"},{\"type\":\"string\",\"title\":\"io.debeziu"
        "m.data.Enum\",\"default\":\"false\",\"connect.version\":1,\"connect.parameters\":{\"allowed\""
        ":\"true,last,false,incremental\"}}]},\"db\":{\"type\":\"string\",\"connect.index\":5},\"tabl"
        "e\":{\"type\":\"string\",\"connect.index\":8}}}";
    const lc_json *json;
    lc_buf out = {0};
    lc_error *error = js_parse(&k, text, &json, &k.schema);
    if (!error) error = lc_js_from_connect(&k.options, k.types, k.schema, &out);
    CHECK(!error);
    CHECK_EQ_STR(js_keep(&k, &out), text);
    CHECK_EQ_STR(k.schema->shape->names[6].text, "sequence");
    js_close(&k);
}

TEST(round_trips)
{
    static const char *const schemas[] = {
        "{\"type\":\"int8\",\"optional\":false}",
        "{\"type\":\"float\",\"optional\":true,\"default\":1.5}",
        "{\"type\":\"double\",\"optional\":false,\"name\":\"N\",\"version\":2,\"doc\":\"d\"}",
        "{\"type\":\"bytes\",\"optional\":true}",
        "{\"type\":\"bytes\",\"optional\":false,\"name\":\"org.apache.kafka.connect.data.Decimal\","
        "\"version\":1,\"parameters\":{\"scale\":\"2\"},\"default\":\"AJw=\"}",
        "{\"type\":\"int32\",\"optional\":true,\"name\":\"org.apache.kafka.connect.data.Date\",\"version\":"
        "1}",
        "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"optional\":true},\"optional\":false}",
        "{\"type\":\"map\",\"keys\":{\"type\":\"string\",\"optional\":false},\"values\":"
        "{\"type\":\"int64\",\"optional\":false},\"optional\":true}",
        "{\"type\":\"map\",\"keys\":{\"type\":\"string\",\"optional\":true},\"values\":"
        "{\"type\":\"int64\",\"optional\":true},\"optional\":false}",
        "{\"type\":\"struct\",\"fields\":[{\"type\":\"int16\",\"optional\":false,\"field\":\"z\"},"
        "{\"type\":\"struct\",\"fields\":[{\"type\":\"boolean\",\"optional\":true,\"field\":\"x\"}],"
        "\"optional\":true,\"name\":\"In\",\"field\":\"a\"}],\"optional\":false,\"name\":\"Out\"}",
        "{\"type\":\"string\",\"optional\":true,\"parameters\":{\"io.confluent.connect.json.Enum\":\"\","
        "\"io.confluent.connect.json.Enum.A\":\"A\",\"io.confluent.connect.json.Enum.B\":\"B\"}}",
        "{\"type\":\"struct\",\"fields\":[{\"type\":\"string\",\"optional\":true,"
        "\"field\":\"io.confluent.connect.json.OneOf.field.0\"},{\"type\":\"int32\",\"optional\":true,"
        "\"field\":\"io.confluent.connect.json.OneOf.field.1\"}],\"optional\":true,"
        "\"name\":\"io.confluent.connect.json.OneOf\"}",
    };
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        js_kit k = js_open("");
        char *text = strdup(js_from(&k, schemas[i]));
        CHECK_EQ_STR(js_to(&k, text), schemas[i]);
        free(text);
        js_close(&k);
    }
}

TEST(generalized_round_trips)
{
    js_kit k = js_open("generalized.sum.type.support=true");
    const char *schema = "{\"type\":\"struct\",\"fields\":["
                         "{\"type\":\"string\",\"optional\":true,\"field\":\"connect_union_field_0\"},"
                         "{\"type\":\"boolean\",\"optional\":true,\"field\":\"connect_union_field_1\"}],"
                         "\"optional\":false,\"name\":\"connect_union_0\",\"parameters\":{"
                         "\"org.apache.kafka.connect.data.Union\":\"connect_union_0\"}}";
    char *text = strdup(js_from(&k, schema));
    CHECK_EQ_STR(text, "{\"oneOf\":[{\"type\":\"string\",\"connect.index\":0},"
                       "{\"type\":\"boolean\",\"connect.index\":1}]}");
    CHECK_EQ_STR(js_to(&k, text), schema);
    free(text);
    TO("{\"enum\":[\"B\",\"A\"]}",
       "{\"type\":\"string\",\"optional\":false,\"parameters\":{\"org.apache.kafka.connect.data.Enum\":\"\","
       "\"org.apache.kafka.connect.data.Enum.B\":\"0\",\"org.apache.kafka.connect.data.Enum.A\":\"1\"}}");
    js_close(&k);
}

#define PLAIN(type) "{\"type\":\"" type "\",\"optional\":false}"
#define OPTIONAL(type) "{\"type\":\"" type "\",\"optional\":true}"
#define FIELD(type, optional, name) "{\"type\":\"" type "\",\"optional\":" optional ",\"field\":\"" name "\"}"
#define ANY(tail)                                                                              \
    "{\"type\":\"string\",\"optional\":true,\"name\":\"io.debezium.data.Json\",\"version\":1," \
    "\"parameters\":{\"io.confluent.connect.json.Any\":\"\"}" tail "}"

TEST(types_to)
{
    js_kit k = js_open("");
    TO("{\"type\":\"integer\"}", PLAIN("int64"));
    TO("{\"type\":\"number\"}", PLAIN("double"));
    TO("{\"type\":\"integer\",\"connect.type\":\"int16\"}", PLAIN("int16"));
    TO("{\"type\":\"number\",\"connect.type\":\"bytes\"}", PLAIN("bytes"));
    TO("{\"type\":[\"null\",\"string\"]}", OPTIONAL("string"));
    TO("{\"anyOf\":[{\"type\":\"boolean\"},{\"type\":\"null\"}]}", OPTIONAL("boolean"));
    TO("{\"type\":[\"null\",\"string\"],\"format\":\"date\"}", OPTIONAL("string"));
    TO("{\"type\":[\"boolean\",\"string\"],\"maxLength\":3,\"description\":\"d\"}",
       "{\"type\":\"struct\",\"fields\":[" FIELD(
           "boolean",
           "true", "io.confluent.connect.json.OneOf.field.0") "," FIELD("string", "true",
                                                                        "io.confluent.connect.json.OneOf."
                                                                        "field.1") "],\"optional\":false,"
                                                                                   "\"name\":\"io.confluent."
                                                                                   "connect.json.OneOf\","
                                                                                   "\"doc\":\"d\"}");
    TO("{\"minLength\":3}", PLAIN("string"));
    TO("{\"minimum\":3}", PLAIN("double"));
    TO("{\"oneOf\":[{\"type\":\"string\"}]}", PLAIN("string"));
    TO("{\"type\":\"integer\",\"connect.type\":\"int9\"}", "LC_E_DATA: Unsupported type int9");
    TO("{\"type\":\"what\"}", "LC_E_DATA: The JSON Schema has an unknown type: [what]");
    TO("{\"type\":\"array\"}", "LC_E_DATA: Array schema did not specify the items type");
    TO("[1]", "LC_E_DATA: Invalid JSON schema: expected an object or boolean, found a array");
    TO("{}", ANY(""));
    TO("true", ANY(""));
    js_close(&k);
}

TEST(structs_to)
{
    js_kit k = js_open("");
    const char *object =
        "{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"string\",\"connect.index\":1},"
        "\"c\":{\"type\":\"boolean\"},\"a\":{\"type\":\"integer\",\"connect.index\":0}},"
        "\"required\":[\"a\"]}";
    TO(object, "{\"type\":\"struct\",\"fields\":[" FIELD("int64", "false", "a") "," FIELD(
                   "string", "false", "b") "," FIELD("boolean", "false", "c") "],\"optional\":false}");
    js_close(&k);
    k = js_open("use.optional.for.nonrequired=true");
    TO(object, "{\"type\":\"struct\",\"fields\":[" FIELD("int64", "false", "a") "," FIELD(
                   "string", "true", "b") "," FIELD("boolean", "true", "c") "],\"optional\":false}");
    TO("{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
       "{\"type\":\"map\",\"keys\":" PLAIN("string") ",\"values\":" PLAIN("string") ",\"optional\":false}");
    js_close(&k);
}

TEST(unions_to)
{
    js_kit k = js_open("");
    TO("{\"oneOf\":[{\"type\":\"null\"},{\"type\":\"string\"},{\"type\":\"integer\"}]}",
       "{\"type\":\"struct\",\"fields\":[" FIELD(
           "string", "true",
           "io.confluent.connect.json.OneOf.field.0") "," FIELD("int64", "true",
                                                                "io.confluent.connect.json.OneOf."
                                                                "field.1") "],\"optional\":true,"
                                                                           "\"name\":\"io.confluent."
                                                                           "connect.json."
                                                                           "OneOf\"}");
    TO("{\"allOf\":[{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}},"
       "{\"properties\":{\"b\":{\"type\":\"boolean\"}},\"required\":[\"b\"]}]}",
       "{\"type\":\"struct\",\"fields\":[" FIELD("string", "false", "a") "," FIELD(
           "boolean", "false", "b") "],"
                                    "\"optional\":false}");
    TO("{\"type\":\"string\",\"const\":\"x\"}", PLAIN("string"));
    TO("{\"type\":\"integer\",\"enum\":[1,2]}", PLAIN("int64"));
    TO("{\"type\":\"string\",\"format\":\"date\"}", PLAIN("string"));
    TO("{\"type\":\"integer\",\"format\":\"int64\"}", PLAIN("int64"));
    TO("{\"const\":\"x\"}",
       "{\"type\":\"string\",\"optional\":false,\"parameters\":{"
       "\"io.confluent.connect.json.Enum\":\"\",\"io.confluent.connect.json.Enum.x\":\"x\"}}");
    TO("{\"type\":\"string\",\"enum\":[\"x\",null]}",
       "{\"type\":\"string\",\"optional\":false,\"parameters\":{\"io.confluent.connect.json.Enum\":\"\","
       "\"io.confluent.connect.json.Enum.x\":\"x\",\"io.confluent.connect.json.Enum.<NULL>\":\"<NULL>\"}}");
    js_close(&k);
}

TEST(references_to)
{
    js_kit k = js_open("");
    const char *struct_a =
        "{\"type\":\"struct\",\"fields\":[" FIELD("string", "false", "a") "],\"optional\":false}";
    TO("{\"$ref\":\"#/definitions/X~1y\",\"definitions\":{\"X/"
       "y\":{\"properties\":{\"a\":{\"type\":\"string\"}}}}}",
       struct_a);
    TO("{\"$ref\":\"#/$defs/X\",\"definitions\":{\"X\":{\"properties\":{\"a\":{\"type\":\"string\"}}}}}",
       struct_a);
    TO("{\"$ref\":\"#here\",\"$defs\":{\"X\":{\"$anchor\":\"here\",\"properties\":{\"a\":{\"type\":"
       "\"string\"}}}}}",
       struct_a);
    js_add(&k, "inner.json",
           "{\"properties\":{\"a\":{\"$ref\":\"#/definitions/T\"}},"
           "\"definitions\":{\"T\":{\"type\":\"string\"}}}");
    TO("{\"$ref\":\"inner.json\"}", struct_a);
    TO("{\"$ref\":\"./inner.json#\"}", struct_a);
    TO("{\"$ref\":\"http://x/inner.json#/definitions/T\"}", PLAIN("string"));
    TO("{\"$id\":\"http://x/"
       "tree\",\"properties\":{\"a\":{\"$ref\":\"node\"}},\"definitions\":{\"n\":{\"$id\":"
       "\"http://x/node\",\"type\":\"string\"}}}",
       struct_a);
    TO("{\"$ref\":\"other.json\"}",
       "LC_E_DATA: The schema refers to other.json, but no schema of that name came with it");
    TO("{\"$ref\":\"#/x\"}", "LC_E_DATA: The schema refers to #/x, where there is nothing");
    js_close(&k);
}

TEST(recursion_to)
{
    js_kit k = js_open("json.recursion.depth=1");
    TO("{\"type\":\"object\",\"properties\":{\"v\":{\"type\":\"string\"},\"next\":{\"$ref\":\"#\"}}}",
       "{\"type\":\"struct\",\"fields\":[" FIELD(
           "string", "false",
           "v") ",{\"type\":\"struct\",\"fields\":[" FIELD("string", "false",
                                                           "v") "," ANY(",\"field\":\"next\"") "],"
                                                                                               "\"optional\":"
                                                                                               "false,"
                                                                                               "\"field\":"
                                                                                               "\"next\"}],"
                                                                                               "\"optional\":"
                                                                                               "false}");
    TO("{\"$ref\":\"#\"}", ANY(""));
    TO("{\"$ref\":\"#/definitions/a\",\"definitions\":{\"a\":{\"$ref\":\"#/definitions/b\"},"
       "\"b\":{\"$ref\":\"#/definitions/a\"}}}",
       ANY(""));
    js_close(&k);
    k = js_open("json.recursion.depth=64");
    CHECK(
        strstr(js_to(&k, "{\"type\":\"object\",\"properties\":{\"l\":{\"$ref\":\"#\"},\"r\":{\"$ref\":\"#\"},"
                         "\"m\":{\"$ref\":\"#\"}}}"),
               "unfolds to more than") != NULL);
    js_close(&k);
}

TEST(defaults_to)
{
    js_kit k = js_open("");
    TO("{\"type\":\"integer\",\"default\":5}", "{\"type\":\"int64\",\"optional\":false,\"default\":5}");
    TO("{\"type\":\"string\",\"default\":null}", PLAIN("string"));
    TO("{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"default\":[\"a\"]}",
       "{\"type\":\"array\",\"items\":" PLAIN("string") ",\"optional\":false,\"default\":[\"a\"]}");
    CHECK(strstr(js_to(&k, "{\"type\":\"object\",\"connect.type\":\"map\",\"default\":5}"),
                 "Invalid default value"));
    js_close(&k);
}

int main(void)
{
    RUN(scalars_from);
    RUN(attributes_from);
    RUN(structs_from);
    RUN(collections_from);
    RUN(logical_from);
    RUN(orders_of_java);
    RUN(texts_of_java_come_back);
    RUN(round_trips);
    RUN(generalized_round_trips);
    RUN(types_to);
    RUN(structs_to);
    RUN(unions_to);
    RUN(references_to);
    RUN(recursion_to);
    RUN(defaults_to);
    return check_report();
}
