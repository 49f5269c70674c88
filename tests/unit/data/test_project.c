#include "data/project.h"

#include "check.h"

static lc_types *types;
static lc_arena arena;

static const lc_schema *schema_of(lc_schema_spec spec)
{
    const lc_schema *schema = NULL;
    lc_autoptr(lc_error) err = lc_schema_intern(types, &spec, &schema);
    if (err) fprintf(stderr, "%s\n", lc_error_message(err));
    return schema;
}

static const lc_schema *plain(lc_type type)
{
    return lc_schema_primitive(types, type, false);
}

static const lc_schema *optional(lc_type type)
{
    return lc_schema_primitive(types, type, true);
}

static const lc_schema *struct_of(const char *name_a, const lc_schema *a, const char *name_b,
                                  const lc_schema *b)
{
    lc_text names[] = {lc_text_of(name_a), lc_text_of(name_b)};
    const lc_schema *fields[] = {a, b};
    return schema_of((lc_schema_spec){
        .type = LC_TYPE_STRUCT, .field_names = names, .field_schemas = fields, .field_count = b ? 2 : 1});
}

/* Java's text of the result, or the error's code and message. */
static const char *projected(const lc_schema *source, lc_value value, const lc_schema *target)
{
    lc_value result;
    lc_autoptr(lc_error) err = lc_schema_project(types, &arena, source, &value, target, &result);
    if (err)
        return lc_arena_printf(&arena, "%s: %s", lc_code_name(lc_error_code(err)), lc_error_message(err));
    lc_text text = lc_value_to_text_arena(&arena, &result);
    return lc_arena_printf(&arena, "%s %.*s", lc_kind_name(result.kind), (int)text.len, text.data);
}

TEST(promotes_numbers)
{
    CHECK_EQ_STR(projected(plain(LC_TYPE_INT8), lc_value_int(LC_INT8, -5), plain(LC_TYPE_INT64)), "int64 -5");
    CHECK_EQ_STR(projected(plain(LC_TYPE_INT32), lc_value_int(LC_INT32, 16777217), plain(LC_TYPE_FLOAT32)),
                 "float32 1.6777216E7");
    CHECK_EQ_STR(projected(plain(LC_TYPE_FLOAT32), lc_value_float(1.5F), plain(LC_TYPE_FLOAT64)),
                 "float64 1.5");
    CHECK_EQ_STR(projected(plain(LC_TYPE_STRING), lc_value_text(LC_TEXT("x")), plain(LC_TYPE_STRING)),
                 "string x");
}

/* The value's own class counts, whatever the source schema says. */
TEST(narrows_values_that_contradict_their_schema)
{
    CHECK_EQ_STR(projected(plain(LC_TYPE_INT8), lc_value_int(LC_INT32, 300), plain(LC_TYPE_INT8)), "int8 44");
    CHECK_EQ_STR(projected(plain(LC_TYPE_INT8), lc_value_double(1e20), plain(LC_TYPE_INT16)), "int16 -1");
    CHECK_EQ_STR(projected(plain(LC_TYPE_INT8), lc_value_text(LC_TEXT("x")), plain(LC_TYPE_INT16)),
                 "string x");
}

TEST(refuses_other_types_names_and_parameters)
{
    lc_parameter parameter = {LC_TEXT("k"), LC_TEXT("v")};
    const lc_schema *named = schema_of((lc_schema_spec){.type = LC_TYPE_INT32, .name = LC_TEXT("n")});
    const lc_schema *with =
        schema_of((lc_schema_spec){.type = LC_TYPE_INT32, .parameters = &parameter, .parameter_count = 1});
    lc_value one = lc_value_int(LC_INT32, 1);
    CHECK_EQ_STR(projected(plain(LC_TYPE_INT32), one, plain(LC_TYPE_INT16)),
                 "LC_E_SCHEMA_PROJECTOR: Schema type mismatch. source type: INT32 and target type: INT16");
    CHECK_EQ_STR(projected(named, one, plain(LC_TYPE_INT32)),
                 "LC_E_SCHEMA_PROJECTOR: Schema name mismatch. source name: n and target name: null");
    CHECK_EQ_STR(projected(with, one, plain(LC_TYPE_INT32)),
                 "LC_E_SCHEMA_PROJECTOR: Schema parameters not equal. source parameters: {k=v} and target "
                 "parameters: null");
}

TEST(needs_a_default_where_null_is_no_longer_allowed)
{
    const lc_schema *with_default = schema_of((lc_schema_spec){
        .type = LC_TYPE_INT32, .has_default = true, .default_value = lc_value_int(LC_INT32, 9)});
    lc_value one = lc_value_int(LC_INT32, 1);
    CHECK_EQ_STR(projected(optional(LC_TYPE_INT32), lc_value_null(), with_default), "int32 9");
    CHECK_EQ_STR(projected(optional(LC_TYPE_INT32), one, with_default), "int32 1");
    CHECK_EQ_STR(projected(optional(LC_TYPE_INT32), lc_value_null(), optional(LC_TYPE_INT32)), "null null");
    CHECK_EQ_STR(
        projected(optional(LC_TYPE_INT32), one, plain(LC_TYPE_INT32)),
        "LC_E_SCHEMA_PROJECTOR: Writer schema is optional, however, target schema does not provide a "
        "default value.");
}

TEST(projects_containers)
{
    const lc_schema *ints = schema_of((lc_schema_spec){.type = LC_TYPE_ARRAY, .values = plain(LC_TYPE_INT8)});
    const lc_schema *longs =
        schema_of((lc_schema_spec){.type = LC_TYPE_ARRAY, .values = plain(LC_TYPE_INT64)});
    const lc_schema *open = schema_of((lc_schema_spec){.type = LC_TYPE_ARRAY});
    lc_schema_spec spec = {.type = LC_TYPE_MAP, .keys = plain(LC_TYPE_STRING), .values = plain(LC_TYPE_INT8)};
    const lc_schema *from = schema_of(spec);
    spec.values = plain(LC_TYPE_FLOAT64);
    lc_value list = lc_list_new(&arena, 1), map = lc_object_new(&arena, lc_shape_empty(types), 1);
    *lc_list_add(&arena, list.u.list) = lc_value_int(LC_INT8, 1);
    *lc_map_set(types, &arena, &map, LC_TEXT("a")) = lc_value_int(LC_INT8, 1);
    CHECK_EQ_STR(projected(ints, list, longs), "array [1]");
    CHECK_EQ_STR(projected(from, map, schema_of(spec)), "map {a=1.0}");
    CHECK_EQ_STR(projected(open, list, longs), "LC_E_NULL_POINTER: ");
    CHECK(!strncmp(projected(ints, map, longs), "LC_E_CLASS_CAST", 15));
}

TEST(projects_maps_with_any_keys)
{
    lc_schema_spec spec = {.type = LC_TYPE_MAP, .keys = plain(LC_TYPE_INT8), .values = plain(LC_TYPE_STRING)};
    const lc_schema *from = schema_of(spec);
    lc_value map = lc_map_new(&arena, 1);
    spec.keys = plain(LC_TYPE_INT32);
    lc_map_put(&arena, map.u.map, lc_value_int(LC_INT8, 1), lc_value_text(LC_TEXT("x")));
    CHECK_EQ_STR(projected(from, map, schema_of(spec)), "map {1=x}");
}

TEST(projects_structs)
{
    const lc_schema *with_default = schema_of((lc_schema_spec){
        .type = LC_TYPE_INT32, .has_default = true, .default_value = lc_value_int(LC_INT32, 9)});
    const lc_schema *source = struct_of("a", plain(LC_TYPE_INT8), "b", plain(LC_TYPE_STRING));
    lc_value value = lc_struct_new(&arena, source);
    value.u.object->slots[0] = lc_value_int(LC_INT8, 1);
    value.u.object->slots[1] = lc_value_text(LC_TEXT("x"));
    CHECK_EQ_STR(projected(source, value, struct_of("b", plain(LC_TYPE_STRING), "a", plain(LC_TYPE_INT64))),
                 "struct Struct{b=x,a=1}");
    CHECK_EQ_STR(projected(source, value, struct_of("a", plain(LC_TYPE_INT8), "c", with_default)),
                 "struct Struct{a=1,c=9}");
    CHECK_EQ_STR(projected(source, value, struct_of("a", plain(LC_TYPE_INT8), "c", optional(LC_TYPE_INT8))),
                 "struct Struct{a=1}");
    CHECK_EQ_STR(projected(source, value, struct_of("c", plain(LC_TYPE_INT8), NULL, NULL)),
                 "LC_E_SCHEMA_PROJECTOR: Required field `c` is missing from source schema: Schema{STRUCT}");
    CHECK_EQ_STR(projected(source, value, struct_of("a", plain(LC_TYPE_STRING), NULL, NULL)),
                 "LC_E_SCHEMA_PROJECTOR: Error projecting a");
}

/* A null that the target's required field can't take fails as Struct.put does, not as a projection. */
TEST(checks_fields_as_put_does)
{
    const lc_schema *source = struct_of("a", plain(LC_TYPE_INT8), NULL, NULL);
    lc_value value = lc_struct_new(&arena, source);
    CHECK_EQ_STR(projected(source, value, struct_of("a", plain(LC_TYPE_INT16), NULL, NULL)),
                 "LC_E_DATA: Invalid value: null used for required field: \"a\", schema type: INT16");
}

int main(void)
{
    types = lc_types_new();
    RUN(promotes_numbers);
    RUN(narrows_values_that_contradict_their_schema);
    RUN(refuses_other_types_names_and_parameters);
    RUN(needs_a_default_where_null_is_no_longer_allowed);
    RUN(projects_containers);
    RUN(projects_maps_with_any_keys);
    RUN(projects_structs);
    RUN(checks_fields_as_put_does);
    lc_arena_done(&arena);
    lc_types_free(types);
    return check_report();
}
