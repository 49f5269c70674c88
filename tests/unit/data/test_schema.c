#include "check.h"
#include "data/value.h"

static lc_types *types;

static const lc_schema *intern(const lc_schema_spec *spec)
{
    const lc_schema *schema = NULL;
    lc_error *error = lc_schema_intern(types, spec, &schema);
    CHECK(error == NULL);
    lc_error_free(error);
    return schema;
}

static void check_fails(const lc_schema_spec *spec, const char *message, const char *cause)
{
    const lc_schema *schema = NULL;
    lc_autoptr(lc_error) error = lc_schema_intern(types, spec, &schema);
    CHECK(schema == NULL);
    CHECK_EQ_INT(lc_error_code(error), LC_E_SCHEMA_BUILDER);
    CHECK_EQ_STR(lc_error_message(error), message);
    if (!cause) return;
    CHECK_EQ_INT(lc_error_code(lc_error_cause(error)), LC_E_DATA);
    CHECK_EQ_STR(lc_error_message(lc_error_cause(error)), cause);
}

TEST(every_attribute_counts)
{
    const lc_parameter ab[] = {{LC_TEXT("a"), LC_TEXT("1")}, {LC_TEXT("b"), LC_TEXT("2")}};
    const lc_parameter ba[] = {ab[1], ab[0]};
    const lc_schema_spec base = {.type = LC_TYPE_INT32,
                                 .name = LC_TEXT("n"),
                                 .doc = LC_TEXT("d"),
                                 .parameters = ab,
                                 .parameter_count = 2,
                                 .has_version = true,
                                 .version = 3,
                                 .has_default = true,
                                 .default_value = lc_value_int(LC_INT32, 7)};
    const lc_schema *schema = intern(&base);
    lc_schema_spec same = base;
    same.parameters = ba;
    CHECK(intern(&same) == schema);
    same.doc = LC_TEXT("their order stays");
    CHECK_EQ_STR(intern(&same)->parameters[0].key.data, "b");
    lc_schema_spec other[9];
    for (int i = 0; i < 9; i++) other[i] = base;
    other[0].optional = true;
    other[1].name = LC_TEXT("m");
    other[2].doc = (lc_text){0};
    other[3].parameter_count = 1;
    other[4].version = 4;
    other[5].has_version = false;
    other[6].default_value.u.i = 8;
    other[7].has_default = false;
    other[8].doc = LC_TEXT("");
    for (int i = 0; i < 9; i++) {
        CHECK(intern(&other[i]) != schema);
        for (int j = 0; j < i; j++) CHECK(intern(&other[i]) != intern(&other[j]));
    }
    CHECK_EQ_STR(schema->parameters[0].key.data, "a");
    CHECK_EQ_STR(lc_schema_parameter(schema, "b").data, "2");
    CHECK(lc_schema_parameter(schema, "c").data == NULL);
}

TEST(texts_are_copied)
{
    char name[] = "volatile";
    const lc_schema *schema = intern(&(lc_schema_spec){.type = LC_TYPE_STRING, .name = lc_text_of(name)});
    name[0] = 'X';
    CHECK_EQ_STR(schema->name.data, "volatile");
}

TEST(primitives_and_logical_types)
{
    for (lc_type type = LC_TYPE_BOOLEAN; type <= LC_TYPE_BYTES; type++) {
        const lc_schema *required = lc_schema_primitive(types, type, false);
        const lc_schema *optional = lc_schema_primitive(types, type, true);
        CHECK(required == intern(&(lc_schema_spec){.type = type}));
        CHECK(optional == lc_schema_with_optional(types, required, true));
        CHECK(required == lc_schema_with_optional(types, optional, false));
        CHECK(lc_schema_by_id(types, required->id) == required);
    }
    const lc_schema *time = lc_schema_logical(types, LC_LOGICAL_TIMESTAMP, true);
    CHECK(time == intern(&(lc_schema_spec){.type = LC_TYPE_INT64,
                                           .name = LC_TEXT(LC_TIMESTAMP_NAME),
                                           .optional = true,
                                           .has_version = true,
                                           .version = 1}));
    CHECK_EQ_INT(time->logical, LC_LOGICAL_TIMESTAMP);
    CHECK_EQ_INT(lc_schema_logical(types, LC_LOGICAL_DATE, false)->type, LC_TYPE_INT32);
    CHECK_EQ_INT(lc_logical_of_name(LC_TEXT(LC_DECIMAL_NAME)), LC_LOGICAL_DECIMAL);
    CHECK_EQ_INT(lc_logical_of_name(LC_TEXT("org.apache.kafka.connect.data.Dat")), LC_LOGICAL_NONE);
    CHECK(lc_schema_by_id(types, 0) == NULL);
}

TEST(type_names)
{
    lc_type type;
    CHECK(lc_type_parse(LC_TEXT("Float32"), &type));
    CHECK_EQ_INT(type, LC_TYPE_FLOAT32);
    CHECK(!lc_type_parse(LC_TEXT("float"), &type));
    CHECK(!lc_type_parse(LC_TEXT("null"), &type));
    CHECK(!lc_type_parse(LC_TEXT(""), &type));
    for (type = LC_TYPE_BOOLEAN; type <= LC_TYPE_STRUCT; type++) {
        lc_type back;
        CHECK(lc_type_parse(lc_text_of(lc_type_name(type)), &back) && back == type);
        CHECK(lc_text_eq_nocase(lc_text_of(lc_type_java_name(type)), lc_text_of(lc_type_name(type))));
    }
}

TEST(structs)
{
    const lc_schema *i = lc_schema_primitive(types, LC_TYPE_INT32, false),
                    *s = lc_schema_primitive(types, LC_TYPE_STRING, true);
    const lc_text ab[] = {LC_TEXT("a"), LC_TEXT("b")}, aa[] = {LC_TEXT("a"), LC_TEXT("a")},
                  none[] = {LC_TEXT("a"), LC_TEXT("")};
    const lc_schema *is[] = {i, s}, *si[] = {s, i};
    lc_schema_spec spec = {.type = LC_TYPE_STRUCT, .field_names = ab, .field_schemas = is, .field_count = 2};
    const lc_schema *schema = intern(&spec);
    CHECK(intern(&spec) == schema);
    CHECK_EQ_INT(lc_shape_find(schema->shape, "b", 1), 1);
    CHECK(schema->fields[1] == s);
    spec.field_schemas = si;
    CHECK(intern(&spec) != schema);
    CHECK(intern(&spec)->shape == schema->shape);
    spec.field_names = aa;
    check_fails(&spec, "Cannot create field because of field name duplication a", NULL);
    spec.field_names = none;
    check_fails(&spec, "fieldName cannot be null.", NULL);
    CHECK_EQ_INT(intern(&(lc_schema_spec){.type = LC_TYPE_STRUCT})->shape->count, 0);
}

TEST(spec_gives_the_schema_again)
{
    const lc_schema *i = lc_schema_primitive(types, LC_TYPE_INT32, false);
    const lc_text names[] = {LC_TEXT("x")};
    const lc_parameter parameter = {LC_TEXT("k"), LC_TEXT("v")};
    const lc_schema *schema = intern(&(lc_schema_spec){.type = LC_TYPE_STRUCT,
                                                       .field_names = names,
                                                       .field_schemas = &i,
                                                       .field_count = 1,
                                                       .name = LC_TEXT("rec"),
                                                       .doc = LC_TEXT("text"),
                                                       .parameters = &parameter,
                                                       .parameter_count = 1,
                                                       .has_version = true,
                                                       .version = -1,
                                                       .optional = true});
    lc_schema_spec spec = lc_schema_to_spec(schema);
    CHECK(intern(&spec) == schema);
    const lc_schema *map = intern(&(lc_schema_spec){.type = LC_TYPE_MAP, .keys = i, .values = schema});
    spec = lc_schema_to_spec(map);
    CHECK(intern(&spec) == map);
    CHECK(map->keys == i && map->values == schema);
    const lc_schema *empty = intern(&(lc_schema_spec){.type = LC_TYPE_ARRAY});
    CHECK(empty->values == NULL && empty != intern(&(lc_schema_spec){.type = LC_TYPE_ARRAY, .values = i}));
}

TEST(defaults_must_fit)
{
    lc_schema_spec spec = {
        .type = LC_TYPE_INT32, .has_default = true, .default_value = lc_value_text(LC_TEXT("x"))};
    check_fails(&spec, "Invalid default value",
                "Invalid Java object for schema with type INT32: class java.lang.String for value");
    spec.default_value = lc_value_null();
    check_fails(&spec, "Invalid default value",
                "Invalid value: null used for required value, schema type: INT32");
    spec.optional = true;
    CHECK(intern(&spec) == lc_schema_primitive(types, LC_TYPE_INT32, true));
    spec = (lc_schema_spec){.type = LC_TYPE_INT64,
                            .name = LC_TEXT(LC_TIMESTAMP_NAME),
                            .has_default = true,
                            .default_value = lc_value_int(LC_INT64, 1)};
    check_fails(
        &spec, "Invalid default value",
        "Invalid Java object for schema \"org.apache.kafka.connect.data.Timestamp\" with type INT64: class "
        "java.lang.Long for value");
    spec.default_value = lc_value_date(1);
    CHECK_EQ_INT(intern(&spec)->default_value.u.i, 1);
}

TEST(defaults_live_with_the_schema)
{
    lc_auto(lc_arena) arena = {0};
    char text[] = "first";
    lc_value list = lc_list_new(&arena, 0);
    *lc_list_add(&arena, list.u.list) = lc_value_text(lc_text_of(text));
    lc_schema_spec spec = {.type = LC_TYPE_ARRAY,
                           .values = lc_schema_primitive(types, LC_TYPE_STRING, false),
                           .has_default = true,
                           .default_value = list};
    const lc_schema *schema = intern(&spec);
    CHECK(intern(&spec) == schema);
    text[0] = 'X';
    CHECK(intern(&spec) != schema);
    lc_arena_reset(&arena, 0);
    const lc_value *item = &schema->default_value.u.list->items[0];
    CHECK(lc_text_is(lc_value_as_text(item), "first"));
}

TEST(a_struct_may_be_a_default)
{
    lc_auto(lc_arena) arena = {0};
    const lc_schema *i = lc_schema_primitive(types, LC_TYPE_INT32, false);
    const lc_text names[] = {LC_TEXT("a")}, others[] = {LC_TEXT("b")};
    lc_schema_spec spec = {
        .type = LC_TYPE_STRUCT, .field_names = names, .field_schemas = &i, .field_count = 1};
    const lc_schema *bare = intern(&spec);
    lc_value value = lc_struct_new(&arena, bare);
    spec.has_default = true;
    spec.default_value = value;
    check_fails(&spec, "Invalid default value",
                "Invalid value: null used for required field: \"a\", schema type: INT32");
    value.u.object->slots[0] = lc_value_int(LC_INT32, 4);
    spec.name = LC_TEXT("renamed");
    const lc_schema *schema = intern(&spec);
    CHECK(schema->default_value.u.object->schema == bare);
    CHECK(intern(&spec) == schema);
    CHECK(lc_schema_with_optional(types, schema, true)->has_default);
    spec.field_names = others;
    check_fails(&spec, "Invalid default value", "Struct schemas do not match.");
}

TEST(attachments)
{
    const lc_schema *schema = lc_schema_primitive(types, LC_TYPE_INT8, false);
    CHECK(schema->attachment[LC_ATTACH_JSON] == NULL);
    int *cache = lc_types_alloc(types, sizeof *cache);
    CHECK_EQ_INT(*cache, 0);
    lc_schema_attach(schema, LC_ATTACH_JSON, cache);
    CHECK(schema->attachment[LC_ATTACH_JSON] == cache);
    CHECK(schema->attachment[LC_ATTACH_AVRO] == NULL);
}

TEST(many_schemas)
{
    char name[32];
    const lc_schema *first = NULL;
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "many%d", i);
        const lc_schema *schema = intern(&(lc_schema_spec){.type = LC_TYPE_STRING, .name = lc_text_of(name)});
        if (i == 0) first = schema;
        CHECK(lc_schema_by_id(types, schema->id) == schema);
    }
    CHECK(first == intern(&(lc_schema_spec){.type = LC_TYPE_STRING, .name = LC_TEXT("many0")}));
    CHECK(lc_types_bytes(types) > 5000 * sizeof(lc_schema));
}

int main(void)
{
    types = lc_types_new();
    RUN(every_attribute_counts);
    RUN(texts_are_copied);
    RUN(primitives_and_logical_types);
    RUN(type_names);
    RUN(structs);
    RUN(spec_gives_the_schema_again);
    RUN(defaults_must_fit);
    RUN(defaults_live_with_the_schema);
    RUN(a_struct_may_be_a_default);
    RUN(attachments);
    RUN(many_schemas);
    lc_types_free(types);
    return check_report();
}
