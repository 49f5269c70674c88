/* schemas.infer: what schema comes of which values, and how it grows. */
#include "converter_kit.h"

static void show_schema(lc_buf *out, const lc_schema *schema)
{
    if (!schema) return lc_buf_text(out, "-");
    if (schema->type == LC_TYPE_STRUCT) {
        lc_buf_put(out, '{');
        for (uint32_t i = 0; i < schema->shape->count; i++) {
            lc_buf_printf(out, "%s%s:", i ? " " : "", schema->shape->names[i].text);
            show_schema(out, schema->fields[i]);
        }
        lc_buf_put(out, '}');
    } else if (schema->type == LC_TYPE_ARRAY) {
        lc_buf_put(out, '[');
        show_schema(out, schema->values);
        lc_buf_put(out, ']');
    } else {
        lc_buf_text(out, lc_type_name((lc_type)schema->type));
    }
    if (schema->optional) lc_buf_put(out, '?');
}

/* "schema|value" of a message of the topic, or the error. */
static const char *infer_of(kit *k, const char *topic, const char *json)
{
    const lc_schema *schema;
    lc_value value;
    lc_error *error =
        lc_converter_read(k->converter, &k->arena, lc_text_of(topic), lc_text_of(json), &schema, &value);
    if (!error && schema) error = lc_schema_validate(schema, NULL, &value);
    if (error) return kit_error(k, error);
    lc_buf out = {0};
    show_schema(&out, schema);
    lc_buf_put(&out, '|');
    lc_value_to_text(&out, &value);
    return kit_keep(k, lc_buf_detach(&out));
}

static const char *infer(kit *k, const char *json)
{
    return infer_of(k, "t", json);
}

static kit open_infer(const char *more)
{
    char settings[200];
    snprintf(settings, sizeof settings, "schemas.enable=false schemas.infer=true%s%s", *more ? " " : "",
             more);
    return kit_open("JsonConverter", settings);
}

TEST(off_by_default)
{
    kit k = kit_open("JsonConverter", "schemas.enable=false");
    CHECK_EQ_STR(infer(&k, "{\"a\":1}"), "-|{a=1}");
    kit_close(&k);
}

TEST(needs_json_without_schemas)
{
    kit k;
    lc_error *error = kit_try_open(&k, "JsonConverter", "schemas.infer=true", LC_ROLE_VALUE);
    CHECK(error && strstr(lc_error_message(error), "schemas.enable must be false"));
    lc_error_free(error);
    lc_types_free(k.types);
    error = kit_try_open(&k, "JsonConverter",
                         "schemas.enable=false schemas.infer=true schemas.infer.conflict=odd", LC_ROLE_VALUE);
    CHECK(error != NULL);
    lc_error_free(error);
    lc_types_free(k.types);
}

TEST(types_of_fields)
{
    kit k = open_infer("");
    CHECK_EQ_STR(infer(&k, "{\"i\":1,\"d\":1.5,\"b\":true,\"s\":\"x\",\"o\":{\"p\":2},\"l\":[1,2]}"),
                 "{i:int64? d:float64? b:boolean? s:string? o:{p:int64?}? l:[int64?]?}|"
                 "Struct{i=1,d=1.5,b=true,s=x,o=Struct{p=2},l=[1, 2]}");
    kit_close(&k);
}

TEST(numbers_beyond_int64)
{
    kit k = open_infer("");
    CHECK_EQ_STR(infer(&k, "{\"a\":9223372036854775807}"), "{a:int64?}|Struct{a=9223372036854775807}");
    CHECK_EQ_STR(infer_of(&k, "u", "{\"a\":9223372036854775808}"), "{a:float64?}|Struct{a=9.223372036854776E18}");
    CHECK_EQ_STR(infer_of(&k, "u", "{\"a\":-20000000000000000000}"), "{a:float64?}|Struct{a=-2.0E19}");
    kit_close(&k);
}

TEST(fields_come_and_stay)
{
    kit k = open_infer("");
    CHECK_EQ_STR(infer(&k, "{\"a\":1}"), "{a:int64?}|Struct{a=1}");
    CHECK_EQ_STR(infer(&k, "{\"b\":\"x\"}"), "{a:int64? b:string?}|Struct{b=x}");
    CHECK_EQ_STR(infer(&k, "{\"a\":null,\"b\":\"y\"}"), "{a:int64? b:string?}|Struct{b=y}");
    CHECK_EQ_STR(infer_of(&k, "other", "{\"b\":true}"), "{b:boolean?}|Struct{b=true}");
    CHECK_EQ_STR(infer(&k, "{\"a\":3}"), "{a:int64? b:string?}|Struct{a=3}");
    kit_close(&k);
}

TEST(nothing_known_is_no_field)
{
    kit k = open_infer("");
    CHECK_EQ_STR(infer(&k, "null"), "-|null");
    CHECK_EQ_STR(infer(&k, ""), "-|null");
    CHECK_EQ_STR(infer(&k, "{}"), "{}|Struct{}");
    CHECK_EQ_STR(infer(&k, "{\"n\":null,\"l\":[],\"o\":{},\"x\":[[],[]]}"), "{}|Struct{}");
    CHECK_EQ_STR(infer(&k, "{\"l\":[{}],\"o\":{\"p\":1}}"), "{o:{p:int64?}?}|Struct{o=Struct{p=1}}");
    CHECK_EQ_STR(infer(&k, "{\"l\":[{\"q\":1},{}]}"),
                 "{l:[{q:int64?}?]? o:{p:int64?}?}|Struct{l=[Struct{q=1}, Struct{}]}");
    kit_close(&k);
}

TEST(types_widen)
{
    kit k = open_infer("");
    CHECK_EQ_STR(infer(&k, "{\"a\":1}"), "{a:int64?}|Struct{a=1}");
    CHECK_EQ_STR(infer(&k, "{\"a\":1.5}"), "{a:float64?}|Struct{a=1.5}");
    CHECK_EQ_STR(infer(&k, "{\"a\":2}"), "{a:float64?}|Struct{a=2.0}");
    CHECK_EQ_STR(infer(&k, "{\"a\":true}"), "{a:string?}|Struct{a=true}");
    CHECK_EQ_STR(infer(&k, "{\"a\":{\"b\":[1,\"x\"]}}"), "{a:string?}|Struct{a={\"b\":[1,\"x\"]}}");
    CHECK_EQ_STR(infer(&k, "{\"a\":\"text\"}"), "{a:string?}|Struct{a=text}");
    CHECK_EQ_STR(infer(&k, "{\"m\":[1,\"x\",null,{\"y\":1}]}"),
                 "{a:string? m:[string?]?}|Struct{m=[1, x, null, {\"y\":1}]}");
    kit_close(&k);
}

TEST(roots_of_any_kind)
{
    kit k = open_infer("");
    CHECK_EQ_STR(infer_of(&k, "a", "5"), "int64|5");
    CHECK_EQ_STR(infer_of(&k, "a", "true"), "string|true");
    CHECK_EQ_STR(infer_of(&k, "b", "[]"), "[string?]|[]");
    CHECK_EQ_STR(infer_of(&k, "b", "[{\"x\":1}]"), "[{x:int64?}?]|[Struct{x=1}]");
    kit_close(&k);
}

/* One odd value must not turn every object behind it into text. */
TEST(objects_stay_objects)
{
    static const char *const odd[] = {"5", "[]", "\"text\"", "true"};
    kit k = open_infer("");
    CHECK_EQ_STR(infer_of(&k, "a", "\"first\""), "string|first");
    CHECK_EQ_STR(infer_of(&k, "a", "{\"x\":1}"), "{x:int64?}|Struct{x=1}");
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        CHECK_EQ_STR(infer_of(&k, "a", odd[i]),
                     "LC_E_DATA: No schema can be inferred for field (the whole value) of topic a: values of the "
                     "topic are objects, and this one isn't");
    CHECK_EQ_STR(infer_of(&k, "a", "{\"x\":2}"), "{x:int64?}|Struct{x=2}");
    kit_close(&k);
}

TEST(conflicts_fail_when_asked)
{
    kit k = open_infer("schemas.infer.conflict=fail");
    CHECK_EQ_STR(infer(&k, "{\"o\":{\"l\":[1]}}"), "{o:{l:[int64?]?}?}|Struct{o=Struct{l=[1]}}");
    CHECK_EQ_STR(
        infer(&k, "{\"new\":1,\"o\":{\"l\":[2.5,true]}}"),
        "LC_E_DATA: No schema can be inferred for field o.l[] of topic t: it was FLOAT64 and is BOOLEAN");
    CHECK_EQ_STR(infer(&k, "{\"o\":{\"l\":[1]}}"),
                 "{o:{l:[float64?]?}? new:int64?}|Struct{o=Struct{l=[1.0]}}");
    kit_close(&k);
}

TEST(fields_are_limited)
{
    kit k = open_infer("schemas.infer.max.fields=3");
    CHECK_EQ_STR(infer(&k, "{\"a\":1,\"o\":{\"b\":1}}"),
                 "{a:int64? o:{b:int64?}?}|Struct{a=1,o=Struct{b=1}}");
    CHECK_EQ_STR(
        infer(&k, "{\"a\":\"x\",\"o\":{\"c\":1}}"),
        "LC_E_DATA: No schema can be inferred for field o of topic t: the topic has more fields than "
        "schemas.infer.max.fields");
    CHECK_EQ_STR(infer(&k, "{\"a\":1}"), "{a:string? o:{b:int64?}?}|Struct{a=1}");
    CHECK_EQ_STR(infer(&k, "{\"\":1}"),
                 "LC_E_DATA: No schema can be inferred for field (the whole value) of topic t: a "
                 "name in it is empty");
    kit_close(&k);
}

TEST(depth_is_limited)
{
    kit k = open_infer("schemas.infer.max.depth=2");
    CHECK_EQ_STR(infer(&k, "{\"a\":{\"b\":{\"c\":{\"d\":1}}}}"),
                 "{a:{b:{c:string?}?}?}|Struct{a=Struct{b=Struct{c={\"d\":1}}}}");
    CHECK_EQ_STR(infer(&k, "{\"a\":{\"b\":{\"c\":5,\"e\":6}}}"),
                 "{a:{b:{c:string? e:int64?}?}?}|Struct{a=Struct{b=Struct{c=5,e=6}}}");
    kit_close(&k);
}

TEST(topics_are_limited)
{
    kit k = open_infer("");
    char topic[20];
    for (int i = 0; i < 1000; i++) {
        snprintf(topic, sizeof topic, "t%d", i);
        CHECK_EQ_STR(infer_of(&k, topic, "{\"a\":1}"), "{a:int64?}|Struct{a=1}");
    }
    CHECK_EQ_STR(infer_of(&k, "more", "1"),
                 "LC_E_DATA: Schemas are inferred for 1000 topics at most, more is one more");
    kit_close(&k);
}

int main(void)
{
    RUN(off_by_default);
    RUN(needs_json_without_schemas);
    RUN(types_of_fields);
    RUN(numbers_beyond_int64);
    RUN(fields_come_and_stay);
    RUN(nothing_known_is_no_field);
    RUN(types_widen);
    RUN(roots_of_any_kind);
    RUN(objects_stay_objects);
    RUN(conflicts_fail_when_asked);
    RUN(fields_are_limited);
    RUN(depth_is_limited);
    RUN(topics_are_limited);
    return check_report();
}
