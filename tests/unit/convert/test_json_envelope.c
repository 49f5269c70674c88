#include "converter_kit.h"

#define ENVELOPE_ERROR                                                                                       \
    "LC_E_DATA: JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not "   \
    "contain additional fields. If you are trying to deserialize plain JSON data, set schemas.enable=false " \
    "in your converter configuration."

static kit enveloped(void)
{
    return kit_open("JsonConverter", "");
}

static const char *read_with(kit *k, const char *schema, const char *payload)
{
    const char *text = lc_arena_printf(&k->arena, "{\"schema\":%s,\"payload\":%s}", schema, payload);
    char *first = strdup(kit_read(k, text));
    /* Once more, now that the schema is known: the answer must be the same. */
    CHECK_EQ_STR(kit_read(k, text), first);
    free(first);
    return k->text;
}

TEST(reads_each_type)
{
    kit k = enveloped();
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"int8\"}", "300"), "INT8|44");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"int16\"}", "-32769"), "INT16|32767");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"int32\"}", "4294967297"), "INT32|1");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"int64\"}", "18446744073709551617"), "INT64|1");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"int64\"}", "12.9e1"), "INT64|129");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"float\"}", "16777217"), "FLOAT32|1.6777216E7");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"double\"}", "1"), "FLOAT64|1.0");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"string\",\"optional\":true}", "\"a\\tb\""), "STRING?|a\tb");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"boolean\"}", "true"), "BOOLEAN|true");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"array\",\"items\":{\"type\":\"int8\"}}", "[1,2]"),
                 "ARRAY|[1, 2]");
    CHECK_EQ_STR(read_with(&k, "null", "{\"a\":[1]}"), "-|{a=[1]}");
    kit_close(&k);
}

TEST(other_nodes_give_zero)
{
    kit k = enveloped();
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"int32\"}", "\"7\""), "INT32|0");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"double\"}", "[]"), "FLOAT64|0.0");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"boolean\"}", "1"), "BOOLEAN|false");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"string\"}", "5"), "STRING|null");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"bytes\"}", "5"), "BYTES|null");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"array\",\"items\":{\"type\":\"int8\"}}", "{\"a\":1,\"b\":2}"),
                 "ARRAY|[1, 2]");
    CHECK_EQ_STR(read_with(&k, "{\"type\":\"array\",\"items\":{\"type\":\"int8\"}}", "\"x\""), "ARRAY|[]");
    kit_close(&k);
}

TEST(envelope_is_exact)
{
    kit k = enveloped();
    CHECK_EQ_STR(kit_read(&k, ""), ENVELOPE_ERROR);
    CHECK_EQ_STR(kit_read(&k, "1"), ENVELOPE_ERROR);
    CHECK_EQ_STR(kit_read(&k, "{\"schema\":null}"), ENVELOPE_ERROR);
    CHECK_EQ_STR(kit_read(&k, "{\"schema\":null,\"payload\":1,\"x\":2}"), ENVELOPE_ERROR);
    CHECK_EQ_STR(kit_read(&k, "{\"schema\":null,\"payload\":1,\"payload\":2}"), "-|2");
    CHECK_EQ_STR(kit_read(&k, "{\"schema\":null,\"payload\":1,\"schema\":{\"type\":\"int8\"}}"), "INT8|1");
    CHECK_EQ_STR(kit_read(&k, "{\"schema\":null,\"payload\":1}"), "-|1");
    CHECK_EQ_STR(kit_read(&k, "{\"payload\":1,\"schema\":{\"type\":\"int8\"}}"), "INT8|1");
    kit_close(&k);
}

#define PERSON                                                                \
    "{\"type\":\"struct\",\"fields\":[{\"type\":\"int32\",\"field\":\"id\"}," \
    "{\"type\":\"string\",\"optional\":true,\"field\":\"name\"},"             \
    "{\"type\":\"string\",\"optional\":true,\"default\":\"x\",\"field\":\"kind\"}]}"

TEST(reads_structs_in_any_order)
{
    kit k = enveloped();
    CHECK_EQ_STR(read_with(&k, PERSON, "{\"id\":1,\"name\":\"n\",\"kind\":\"k\"}"),
                 "STRUCT|Struct{id=1,name=n,kind=k}");
    CHECK_EQ_STR(read_with(&k, PERSON, "{\"kind\":\"k\",\"id\":1,\"name\":\"n\"}"),
                 "STRUCT|Struct{id=1,name=n,kind=k}");
    CHECK_EQ_STR(read_with(&k, PERSON, "{\"id\":1}"), "STRUCT|Struct{id=1,kind=x}");
    CHECK_EQ_STR(read_with(&k, PERSON, "{\"more\":{\"id\":9},\"id\":1,\"kind\":null}"),
                 "STRUCT|Struct{id=1,kind=x}");
    CHECK_EQ_STR(read_with(&k, PERSON, "{\"id\":\"a\",\"id\":2}"), "STRUCT|Struct{id=2,kind=x}");
    CHECK_EQ_STR(read_with(&k, PERSON, "{\"name\":\"n\"}"),
                 "LC_E_DATA: Invalid null value for required INT32 field (field id)");
    CHECK_EQ_STR(read_with(&k, PERSON, "[]"),
                 "LC_E_DATA: Structs should be encoded as JSON objects, but found ARRAY");
    kit_close(&k);
}

TEST(reads_wide_structs)
{
    kit k = enveloped();
    lc_buf schema = {0}, payload = {0};
    lc_buf_text(&schema, "{\"type\":\"struct\",\"fields\":[");
    lc_buf_text(&payload, "{");
    for (int i = 0; i < 200; i++) {
        lc_buf_printf(&schema, "%s{\"type\":\"int32\",\"optional\":true,\"field\":\"f%d\"}", i ? "," : "", i);
        if (i % 3) lc_buf_printf(&payload, "%s\"f%d\":%d", i > 1 ? "," : "", i, i);
    }
    lc_buf_text(&schema, "]}");
    lc_buf_text(&payload, "}");
    CHECK(strstr(read_with(&k, schema.data, payload.data), "f1=1,f2=2,f4=4") != NULL);
    CHECK(strstr(k.text, "f199=199}") != NULL);
    lc_buf_done(&schema);
    lc_buf_done(&payload);
    kit_close(&k);
}

TEST(schema_errors)
{
    static const struct {
        const char *schema, *error;
    } cases[] = {
        {"{}", "LC_E_DATA: Schema must contain 'type' field"},
        {"5", "LC_E_DATA: Schema must contain 'type' field"},
        {"{\"type\":\"float32\"}", "LC_E_DATA: Unknown schema type: float32"},
        {"{\"type\":\"array\"}", "LC_E_DATA: Array schema did not specify the element type"},
        {"{\"type\":\"map\"}", "LC_E_DATA: Map schema did not specify the key type"},
        {"{\"type\":\"map\",\"keys\":null}", "LC_E_DATA: Map schema did not specify the value type"},
        {"{\"type\":\"map\",\"keys\":null,\"values\":null}",
         "LC_E_SCHEMA_BUILDER: keySchema cannot be null."},
        {"{\"type\":\"struct\"}", "LC_E_DATA: Struct schema's \"fields\" argument is not an array."},
        {"{\"type\":\"struct\",\"fields\":[{}]}",
         "LC_E_DATA: Struct schema's field name not specified properly"},
        {"{\"type\":\"struct\",\"fields\":[{\"type\":\"int8\",\"field\":\"a\"},{\"type\":\"int8\",\"field\":"
         "\"a\"}]}",
         "LC_E_SCHEMA_BUILDER: Cannot create field because of field name duplication a"},
        {"{\"type\":\"struct\",\"fields\":[{\"type\":\"int8\",\"field\":\"\"}]}",
         "LC_E_SCHEMA_BUILDER: fieldName cannot be null."},
        {"{\"type\":\"int8\",\"parameters\":{\"a\":1}}",
         "LC_E_DATA: Schema parameters must have string values."},
        {"{\"type\":\"int8\",\"default\":null}", "LC_E_DATA: Invalid null value for required INT8 field"},
        {"{\"type\":\"string\",\"default\":5}", "LC_E_SCHEMA_BUILDER: Invalid default value"},
        {"{\"type\":\"struct\",\"fields\":[],\"default\":{}}", "LC_E_SCHEMA_BUILDER: Invalid default value"},
    };
    kit k = enveloped();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_EQ_STR(read_with(&k, cases[i].schema, "1"), cases[i].error);
    kit_close(&k);
}

#define DECIMAL                                                                                              \
    "{\"type\":\"bytes\",\"optional\":false,\"name\":\"org.apache.kafka.connect.data.Decimal\",\"version\":" \
    "1,"                                                                                                     \
    "\"parameters\":{\"scale\":\"2\"}}"

TEST(logical_types)
{
    kit k = enveloped();
    CHECK_EQ_STR(read_with(&k, DECIMAL, "\"AJw=\""), "BYTES|1.56");
    CHECK_EQ_STR(read_with(&k, DECIMAL, "1.5"), "BYTES|1.5");
    CHECK_EQ_STR(read_with(&k, DECIMAL, "\"?\""), "LC_E_DATA: Invalid bytes for Decimal field");
    CHECK_EQ_STR(read_with(&k, DECIMAL, "true"), "LC_E_DATA: Invalid type for Decimal, underlying "
                                                 "representation should be numeric or bytes but was BOOLEAN");
    CHECK_EQ_STR(
        read_with(&k, "{\"type\":\"int32\",\"name\":\"org.apache.kafka.connect.data.Time\"}", "86400001"),
        "LC_E_DATA: Time values must use number of milliseconds greater than 0 and less than 86400000");
    CHECK_EQ_STR(
        read_with(&k, "{\"type\":\"int32\",\"name\":\"org.apache.kafka.connect.data.Date\"}", "2147483648"),
        "LC_E_DATA: Invalid type for Date, underlying representation should be integer but was NUMBER");
    kit_close(&k);
}

/* One text per setting, even where both converters of a task share the schema. */
TEST(writes_defaults_by_its_own_settings)
{
    static const char base64[] =
        "{\"schema\":{\"type\":\"bytes\",\"optional\":true,\"name\":\"org.apache.kafka.connect.data."
        "Decimal\",\"version\":1,\"parameters\":{\"scale\":\"2\"},\"default\":\"AJw=\"},\"payload\":\"AJw="
        "\"}";
    static const char numeric[] =
        "{\"schema\":{\"type\":\"bytes\",\"optional\":true,\"name\":\"org.apache.kafka.connect.data."
        "Decimal\",\"version\":1,\"parameters\":{\"scale\":\"2\"},\"default\":1.56},\"payload\":1.56}";
    kit k = enveloped();
    lc_autoptr(lc_props) settings = lc_props_new();
    lc_props_set(settings, "decimal.format", "numeric");
    lc_converter *other = NULL, *own = k.converter;
    lc_error *error = lc_converter_open(LC_TEXT("Json"), settings, LC_ROLE_KEY, k.types, &other);
    CHECK(!error);
    const lc_schema *schema;
    lc_value value;
    for (int i = 0; i < 2; i++) {
        error = lc_converter_read(k.converter, &k.arena, LC_TEXT("t"), lc_text_of(base64), &schema, &value);
        CHECK(!error);
        CHECK_EQ_STR(kit_write(&k, schema, &value), base64);
        k.converter = other;
        CHECK_EQ_STR(kit_write(&k, schema, &value), numeric);
        k.converter = own;
    }
    lc_converter_close(other);
    kit_close(&k);
}

TEST(writes_schemas_in_connects_order)
{
    static const char text[] = "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"type\":\"int32\","
                               "\"optional\":false,\"default\":5,\"field\":\"a\"},"
                               "{\"type\":\"map\",\"keys\":{\"type\":\"string\",\"optional\":false},"
                               "\"values\":{\"type\":\"array\",\"items\":{\"type\":"
                               "\"double\",\"optional\":true},\"optional\":false},\"optional\":true,"
                               "\"field\":\"m\"}],\"optional\":false,\"name\":"
                               "\"rec\",\"version\":3,\"doc\":\"d\",\"parameters\":{\"k\":\"v\"}},"
                               "\"payload\":{\"a\":1,\"m\":{\"x\":[1.5,null]}}}";
    kit k = enveloped();
    CHECK_EQ_STR(kit_round(&k, text), text);
    CHECK_EQ_STR(kit_round(&k, text), text);
    kit_close(&k);
}

TEST(null_and_default)
{
    kit k = enveloped(), keep = kit_open("JsonConverter", "replace.null.with.default=false");
    static const char schema[] = "{\"type\":\"int32\",\"optional\":true,\"default\":7}";
    CHECK_EQ_STR(read_with(&k, schema, "null"), "INT32?|7");
    CHECK_EQ_STR(read_with(&keep, schema, "null"), "INT32?|null");
    lc_value null = lc_value_null();
    const lc_schema *optional = lc_schema_primitive(k.types, LC_TYPE_INT32, true);
    CHECK_EQ_STR(kit_write(&k, optional, &null),
                 "{\"schema\":{\"type\":\"int32\",\"optional\":true},\"payload\":null}");
    CHECK_EQ_STR(kit_write(&k, NULL, &null), "(null)");
    kit_close(&k);
    kit_close(&keep);
}

/* A default that is a container must not be shared by the records that read it. */
TEST(defaults_are_copies)
{
    kit k = enveloped();
    static const char text[] =
        "{\"schema\":{\"type\":\"array\",\"items\":{\"type\":\"int8\"},\"default\":[1]},\"payload\":null}";
    const lc_schema *schema;
    lc_value value;
    for (int i = 0; i < 3; i++) {
        lc_error *error =
            lc_converter_read(k.converter, &k.arena, LC_TEXT("t"), lc_text_of(text), &schema, &value);
        CHECK(!error && value.u.list->count == 1 && value.u.list->items[0].u.i == 1);
        value.u.list->items[0].u.i = 9;
    }
    kit_close(&k);
}

TEST(many_schemas_in_turn)
{
    kit k = kit_open("JsonConverter", "schemas.cache.size=3");
    char schema[64], payload[16], expect[32];
    for (int i = 0; i < 100; i++) {
        snprintf(schema, sizeof schema, "{\"type\":\"int32\",\"name\":\"n%d\"}", i % 7);
        snprintf(payload, sizeof payload, "%d", i);
        snprintf(expect, sizeof expect, "INT32|%d", i);
        CHECK_EQ_STR(read_with(&k, schema, payload), expect);
    }
    kit_close(&k);
}

TEST(refuses_settings)
{
    static const char *const settings[] = {"schemas.enable=yes", "decimal.format=hex",
                                           "replace.null.with.default=no", "schemas.cache.size=x"};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        kit k;
        lc_autoptr(lc_error) error = kit_try_open(&k, "JsonConverter", settings[i], LC_ROLE_VALUE);
        CHECK_EQ_INT(lc_error_code(error), LC_E_CONFIG);
        kit_close(&k);
    }
}

int main(void)
{
    RUN(reads_each_type);
    RUN(other_nodes_give_zero);
    RUN(envelope_is_exact);
    RUN(reads_structs_in_any_order);
    RUN(reads_wide_structs);
    RUN(schema_errors);
    RUN(logical_types);
    RUN(writes_defaults_by_its_own_settings);
    RUN(writes_schemas_in_connects_order);
    RUN(null_and_default);
    RUN(defaults_are_copies);
    RUN(many_schemas_in_turn);
    RUN(refuses_settings);
    return check_report();
}
