/* JSON ↔ values by JSON Schemas, and the rules of JSON Schemas. */
#include "jsonschema_kit.h"

#define READ(schema, text, expected) CHECK_EQ_STR(js_read(&k, schema, text), expected)
#define WRITE(schema, value, expected) CHECK_EQ_STR(js_write(&k, schema, value), expected)
#define HOLDS(schema, text, expected) CHECK_EQ_STR(js_check(&k, schema, text), expected)

TEST(reads_scalars)
{
    js_kit k = js_open("");
    READ("{\"type\":\"integer\"}", "5", "INT64|5");
    READ("{\"type\":\"integer\",\"connect.type\":\"int8\"}", "300", "INT8|44");
    READ("{\"type\":\"integer\"}", "\"5\"", "INT64|0");
    READ("{\"type\":\"number\"}", "1.5", "FLOAT64|1.5");
    READ("{\"type\":\"number\"}", "\"NaN\"", "FLOAT64|NaN");
    READ("{\"type\":\"number\",\"connect.type\":\"float32\"}", "\"-Infinity\"", "FLOAT32|-Infinity");
    READ("{\"type\":\"string\"}", "\"x\"", "STRING|x");
    READ("{\"type\":\"boolean\"}", "true", "BOOLEAN|true");
    READ("{\"type\":[\"null\",\"string\"]}", "null", "STRING?|null");
    READ("{\"type\":\"string\"}", "null", "LC_E_DATA: Invalid null value for required STRING field");
    READ("{\"type\":\"string\",\"default\":\"d\"}", "null", "STRING|d");
    READ("{\"type\":\"string\",\"connect.type\":\"bytes\"}", "\"!\"", "LC_E_DATA: Invalid bytes field");
    READ("{\"type\":\"string\",\"connect.type\":\"bytes\"}", "5",
         "LC_E_DATA: Invalid bytes field: it should be base64 but was NUMBER");
    READ("{\"enum\":[1,true]}", "1", "STRING|1");
    READ("{}", "{\"a\" : [1]}", "STRING?|{\"a\" : [1]}");
    js_close(&k);
}

TEST(reads_containers)
{
    js_kit k = js_open("");
    READ("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"string\"}}}",
         "{\"b\":\"x\",\"c\":1}", "STRUCT|Struct{b=x}");
    READ("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"object\",\"properties\":{\"b\":{\"type\":"
         "\"string\"}}}}}",
         "{\"a\":{\"b\":null}}", "a.b: Invalid null value for required STRING field");
    READ("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"object\",\"properties\":{\"b\":{\"type\":"
         "\"string\"}}}}}",
         "{\"a\":{}}", "a: Invalid value: null used for required field: \"b\", schema type: STRING");
    READ("{\"type\":\"object\"}", "[]",
         "LC_E_DATA: Structs should be encoded as JSON objects, but found ARRAY");
    READ("{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}", "[1,2]", "ARRAY|[1, 2]");
    READ("{\"type\":\"object\",\"connect.type\":\"map\",\"additionalProperties\":{\"type\":\"integer\"}}",
         "{\"x\":1,\"y\":2}", "MAP|{x=1, y=2}");
    const char *pairs =
        "{\"type\":\"array\",\"connect.type\":\"map\",\"items\":{\"type\":\"object\",\"properties\":"
        "{\"key\":{\"type\":\"integer\"},\"value\":{\"type\":\"string\"}}}}";
    READ(pairs, "[{\"key\":1,\"value\":\"a\"}]", "MAP|{1=a}");
    READ(pairs, "[{\"key\":1}]", "LC_E_DATA: Found invalid map entry, expected length 2 but found :1");
    READ(pairs, "[5]", "LC_E_DATA: Found invalid map entry instead of object: NUMBER");
    READ(pairs, "{}",
         "LC_E_DATA: Maps with non-string fields should be encoded as JSON array of objects, but "
         "found OBJECT");
    js_close(&k);
}

TEST(reads_logical)
{
    js_kit k = js_open("");
#define LOGICAL(type, name) \
    "{\"type\":\"" type "\",\"title\":\"org.apache.kafka.connect.data." name "\",\"connect."
    READ(LOGICAL("integer", "Date") "type\":\"int32\"}", "1", "INT32|Fri Jan 02 00:00:00 UTC 1970");
    READ(LOGICAL("integer", "Timestamp") "type\":\"int64\"}", "1500", "INT64|Thu Jan 01 00:00:01 UTC 1970");
    READ(LOGICAL("integer", "Date") "type\":\"int32\"}", "\"x\"",
         "LC_E_DATA: Invalid type for Date, underlying representation should be integer but was STRING");
    READ(LOGICAL("string", "Decimal") "type\":\"bytes\",\"connect.parameters\":{\"scale\":\"2\"}}",
         "\"AJw=\"", "BYTES|1.56");
    READ(LOGICAL("number", "Decimal") "type\":\"bytes\",\"connect.parameters\":{\"scale\":\"2\"}}", "1.560",
         "BYTES|1.560");
    js_close(&k);
}

TEST(reads_unions)
{
    js_kit k = js_open("");
    const char *one =
        "{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"string\"},"
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}},"
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"string\"}}}]}";
    READ(one, "5", "STRUCT|Struct{io.confluent.connect.json.OneOf.field.0=5}");
    READ(one, "\"x\"", "STRUCT|Struct{io.confluent.connect.json.OneOf.field.1=x}");
    READ(one, "{\"a\":\"x\"}", "STRUCT|Struct{io.confluent.connect.json.OneOf.field.2=Struct{a=x}}");
    READ(one, "{\"a\":\"x\",\"b\":\"y\"}",
         "STRUCT|Struct{io.confluent.connect.json.OneOf.field.3=Struct{a=x,b=y}}");
    READ(one, "true", "LC_E_DATA: Did not find matching oneof field for data");
    js_read(&k, one, "{\"a\":\"x\",\"b\":\"y\"}");
    CHECK_EQ_STR(js_write_value(&k), "{\"a\":\"x\",\"b\":\"y\"}");
    js_close(&k);
}

#define ROW(fields) "{\"type\":\"struct\",\"fields\":[" fields "]}"

TEST(writes)
{
    js_kit k = js_open("");
    const char *row =
        ROW("{\"type\":\"int8\",\"field\":\"a\"},{\"type\":\"string\",\"optional\":true,\"field\":\"b\"},"
            "{\"type\":\"bytes\",\"optional\":true,\"field\":\"c\"}");
    WRITE(row, "{\"a\":1,\"b\":null,\"c\":\"AQI=\"}", "{\"a\":1,\"b\":null,\"c\":\"AQI=\"}");
    WRITE(ROW("{\"type\":\"int8\",\"optional\":true,\"default\":7,\"field\":\"a\"}"), "{}", "{\"a\":7}");
    WRITE("{\"type\":\"map\",\"keys\":{\"type\":\"int32\"},\"values\":{\"type\":\"string\"}}",
          "[[1,\"x\"],[2,\"y\"]]", "[{\"key\":1,\"value\":\"x\"},{\"key\":2,\"value\":\"y\"}]");
    WRITE("{\"type\":\"map\",\"keys\":{\"type\":\"string\"},\"values\":{\"type\":\"string\",\"optional\":"
          "true}}",
          "{\"a\":null}", "{\"a\":null}");
    WRITE("{\"type\":\"int32\",\"name\":\"org.apache.kafka.connect.data.Date\"}", "3", "3");
    WRITE("{\"type\":\"float\"}", "1.5", "1.5");
    js_close(&k);
    k = js_open("ignore.default.for.nullables=true decimal.format=NUMERIC");
    WRITE(ROW("{\"type\":\"int8\",\"optional\":true,\"default\":7,\"field\":\"a\"}"), "{}", "{\"a\":null}");
    WRITE("{\"type\":\"bytes\",\"name\":\"org.apache.kafka.connect.data.Decimal\",\"parameters\":{\"scale\":"
          "\"2\"}}",
          "\"AJw=\"", "1.56");
    js_close(&k);
}

TEST(writes_what_has_no_type)
{
    js_kit k = js_open("");
    const char *schema = "{\"type\":\"object\",\"properties\":{\"any\":{}}}";
    READ(schema, "{\"any\":{\"x\":[1, 2]}}", "STRUCT|Struct{any={\"x\":[1, 2]}}");
    CHECK_EQ_STR(js_write_value(&k), "{\"any\":{\"x\":[1, 2]}}");
    k.value.u.object->slots[0] = lc_value_text(LC_TEXT("{]"));
    CHECK(strstr(js_write_value(&k), "any: The text should be JSON, and isn't") != NULL);
    k.value.u.object->slots[0] = lc_value_text(LC_TEXT("1 2"));
    CHECK_EQ_STR(js_write_value(&k), "any: The text should be JSON, and isn't one value");
    js_close(&k);
}

TEST(refuses_wrong_values)
{
    js_kit k = js_open("");
    js_read(&k, "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}", "{\"a\":1}");
    k.value.u.object->slots[0] = lc_value_text(LC_TEXT("x"));
    CHECK_EQ_STR(js_write_value(&k), "a: Invalid type for INT64: class java.lang.String");
    k.value.u.object->slots[0] = lc_value_null();
    CHECK_EQ_STR(js_write_value(&k), "{}");
    js_close(&k);
}

TEST(types_hold)
{
    js_kit k = js_open("");
    HOLDS("{\"type\":\"string\"}", "5", "#: expected type: string, found: NUMBER");
    HOLDS("{\"type\":[\"string\",\"null\"]}", "null", "ok");
    HOLDS("{\"type\":\"integer\"}", "1.0", "ok");
    HOLDS("{\"type\":\"integer\"}", "1.5", "#: expected type: integer, found: NUMBER");
    HOLDS("{\"const\":{\"a\":[1,\"x\"]}}", "{\"a\":[1.0,\"x\"]}", "ok");
    HOLDS("{\"enum\":[\"a\",1]}", "\"b\"", "#: the value is not one of the enum's");
    HOLDS("false", "1", "#: false schema always fails");
    HOLDS("true", "1", "ok");
    js_close(&k);
}

TEST(sizes_hold)
{
    js_kit k = js_open("");
    HOLDS("{\"minimum\":5}", "4", "#: 4 is not greater or equal to 5");
    HOLDS("{\"minimum\":5,\"exclusiveMinimum\":true}", "5", "#: 5 is not greater than 5");
    HOLDS("{\"exclusiveMaximum\":5}", "5", "#: 5 is not less than 5");
    HOLDS("{\"multipleOf\":0.1}", "0.3", "ok");
    HOLDS("{\"multipleOf\":3}", "7", "#: 7 is not a multiple of 3");
    HOLDS("{\"maxLength\":2}", "\"日本\"", "ok");
    HOLDS("{\"minLength\":3}", "\"日本\"", "#: expected minLength: 3, actual: 2");
    HOLDS("{\"pattern\":\"^a+$\"}", "\"aab\"", "#: the string does not match pattern ^a+$");
    HOLDS("{\"maxItems\":1}", "[1,2]", "#: expected maximum item count: 1, actual: 2");
    HOLDS("{\"uniqueItems\":true}", "[{\"a\":1,\"b\":2},{\"b\":2.0,\"a\":1}]",
          "#: array items are not unique");
    HOLDS("{\"uniqueItems\":true}", "[1,\"1\",true,null,[1]]", "ok");
    HOLDS("{\"format\":\"date-time\"}", "\"2023-11-14T10:00:00.5Z\"", "ok");
    HOLDS("{\"format\":\"date-time\"}", "\"2023-11-14\"", "#: the string is not a valid date-time");
    HOLDS("{\"format\":\"date\"}", "\"2100-02-29\"", "#: the string is not a valid date");
    HOLDS("{\"format\":\"time\"}", "\"23:59:60+01:00\"", "#: the string is not a valid time");
    HOLDS("{\"format\":\"email\"}", "\"a..b@x\"", "#: the string is not a valid email");
    HOLDS("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"date\"}", "\"x\"",
          "ok");
    HOLDS("{\"format\":\"ipv4\"}", "\"1.2.3.256\"", "#: the string is not a valid ipv4");
    js_close(&k);
}

TEST(objects_hold)
{
    js_kit k = js_open("");
    const char *object =
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"object\",\"required\":[\"b\"]}},"
        "\"patternProperties\":{\"^x\":{\"type\":\"integer\"}},\"additionalProperties\":false}";
    HOLDS(object, "{\"a\":{\"b\":1},\"x1\":5}", "ok");
    HOLDS(object, "{\"a\":{}}", "#/a: required key [b] not found");
    HOLDS(object, "{\"x1\":\"s\"}", "#/x1: expected type: integer, found: STRING");
    HOLDS(object, "{\"y\":1}", "#: extraneous key [y] is not permitted");
    HOLDS("{\"propertyNames\":{\"maxLength\":1}}", "{\"ab\":1}", "#/ab: expected maxLength: 1, actual: 2");
    HOLDS("{\"dependencies\":{\"a\":[\"b\"]}}", "{\"a\":1}", "#: required key [b] not found");
    HOLDS("{\"items\":{\"type\":\"integer\"}}", "[1,\"x\"]", "#/1: expected type: integer, found: STRING");
    HOLDS("{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false}", "[\"x\",1]",
          "#: expected: 1 array items, found: 2");
    HOLDS("{\"contains\":{\"type\":\"string\"}}", "[1]", "#: 0 items match the schema of \"contains\"");
    js_close(&k);
}

TEST(combinations_hold)
{
    js_kit k = js_open("");
    HOLDS("{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"number\"}]}", "1",
          "#: 2 subschemas matched instead of one");
    HOLDS("{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}", "true",
          "#: no subschema matched out of the total 2 subschemas");
    HOLDS("{\"not\":{\"type\":\"string\"}}", "\"x\"",
          "#: subject must not be valid against the schema of \"not\"");
    HOLDS("{\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":2},\"else\":{\"minimum\":2}}", "1",
          "#: 1 is not greater or equal to 2");
    HOLDS("{\"$ref\":\"#/definitions/n\",\"definitions\":{\"n\":{\"properties\":{\"v\":{\"type\":\"string\"},"
          "\"n\":{\"$ref\":\"#/definitions/n\"}}}}}",
          "{\"v\":\"x\",\"n\":{\"n\":{\"v\":1}}}", "#/n/n/v: expected type: string, found: NUMBER");
    HOLDS("{\"$ref\":\"#\"}", "1", "#: schemas are nested more than 400 deep");
    CHECK(strstr(js_check(&k, "{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}", "1"), "takes more than") !=
          NULL);
    js_close(&k);
}

int main(void)
{
    RUN(reads_scalars);
    RUN(reads_containers);
    RUN(reads_logical);
    RUN(reads_unions);
    RUN(writes);
    RUN(writes_what_has_no_type);
    RUN(refuses_wrong_values);
    RUN(types_hold);
    RUN(sizes_hold);
    RUN(objects_hold);
    RUN(combinations_hold);
    return check_report();
}
