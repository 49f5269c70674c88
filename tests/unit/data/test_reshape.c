#include "check.h"
#include "data/reshape.h"

static lc_types *types;
static lc_arena arena;

static const lc_shape *shape(const char *names)
{
    const lc_shape *made = lc_shape_empty(types);
    for (; *names; names++) made = lc_shape_add(types, made, names, 1);
    return made;
}

/* A map whose fields hold 1, 2, 3… */
static lc_value numbered(const lc_shape *of)
{
    lc_value map = lc_object_new(&arena, of, 0);
    for (uint32_t i = 0; i < of->count; i++) map.u.object->slots[i] = lc_value_int(LC_INT64, i + 1);
    return map;
}

static void check_text(const lc_value *value, const char *expected)
{
    lc_text text = lc_value_to_text_arena(&arena, value);
    CHECK_EQ_STR(text.data, expected);
}

static void take(lc_plan *plan, uint32_t index, unsigned flags)
{
    lc_plan_take(plan, &index, 1, flags);
}

TEST(takes_and_constants)
{
    lc_value in = numbered(shape("abc")), out, constant = lc_value_text(LC_TEXT("k"));
    lc_plan *plan = lc_plan_new(types, &arena, shape("abc"));
    take(plan, 2, 0);
    lc_plan_constant(plan, &constant);
    take(plan, 0, 0);
    lc_plan_seal(plan, shape("xyz"), NULL);
    CHECK(lc_plan_run(plan, &arena, &in, &out));
    check_text(&out, "{x=3, y=k, z=1}");
    CHECK(out.u.object->shape == shape("xyz"));
    check_text(&in, "{a=1, b=2, c=3}");
    lc_value other = numbered(shape("acb"));
    CHECK(!lc_plan_run(plan, &arena, &other, &out));
    lc_value scalar = lc_value_null();
    CHECK(!lc_plan_run(plan, &arena, &scalar, &out));
}

TEST(results_outlive_the_batch_of_the_plan)
{
    lc_auto(lc_arena) batch = {0};
    lc_value in = numbered(shape("abc")), out, list = lc_list_new(&batch, 1);
    *lc_list_add(&batch, list.u.list) = lc_value_text((lc_text){lc_arena_copy(&batch, "text", 4), 4});
    lc_plan *plan = lc_plan_new(types, &batch, shape("abc"));
    uint32_t path[] = {1};
    lc_plan_take(plan, path, 1, LC_TAKE_COPY);
    lc_plan_constant(plan, &list);
    lc_plan_guard(plan, path, 0, shape("abc"), false);
    lc_plan_seal(plan, shape("pq"), NULL);
    path[0] = 99;
    lc_arena_reset(&batch, 0);
    memset(lc_arena_alloc(&batch, 8000), 0xee, 8000);
    for (int i = 0; i < 3; i++) {
        CHECK(lc_plan_run(plan, &arena, &in, &out));
        check_text(&out, "{p=2, q=[text]}");
        *lc_list_add(&arena, out.u.object->slots[1].u.list) = lc_value_null();
    }
}

TEST(nested_paths_and_guards)
{
    const uint32_t path[] = {1, 0}, inner[] = {1};
    lc_value in = numbered(shape("ab")), nested = numbered(shape("uv")), out;
    lc_plan *plan = lc_plan_new(types, &arena, shape("ab"));
    lc_plan_guard(plan, inner, 1, shape("uv"), true);
    take(plan, 0, 0);
    lc_plan_take(plan, path, 2, 0);
    lc_plan_seal(plan, shape("fg"), NULL);
    CHECK(!lc_plan_run(plan, &arena, &in, &out));
    in.u.object->slots[1] = nested;
    CHECK(lc_plan_run(plan, &arena, &in, &out));
    check_text(&out, "{f=1, g=1}");
    in.u.object->slots[1] = lc_value_null();
    CHECK(lc_plan_run(plan, &arena, &in, &out));
    check_text(&out, "{f=1, g=null}");
    in.u.object->slots[1] = numbered(shape("vu"));
    CHECK(!lc_plan_run(plan, &arena, &in, &out));
    plan = lc_plan_new(types, &arena, shape("ab"));
    lc_plan_guard(plan, inner, 1, shape("uv"), false);
    lc_plan_seal(plan, shape(""), NULL);
    in.u.object->slots[1] = lc_value_null();
    CHECK(!lc_plan_run(plan, &arena, &in, &out));
}

TEST(leaf_and_copy)
{
    lc_value in = numbered(shape("ab")), out;
    lc_plan *leaf = lc_plan_new(types, &arena, shape("ab")), *copy = lc_plan_new(types, &arena, shape("ab"));
    take(leaf, 0, LC_TAKE_LEAF);
    take(leaf, 1, LC_TAKE_LEAF);
    lc_plan_seal(leaf, shape("ab"), NULL);
    take(copy, 0, 0);
    take(copy, 1, LC_TAKE_COPY);
    lc_plan_seal(copy, shape("ab"), NULL);
    CHECK(lc_plan_run(leaf, &arena, &in, &out));
    in.u.object->slots[1] = lc_list_new(&arena, 0);
    CHECK(lc_plan_run(leaf, &arena, &in, &out));
    CHECK(out.u.object->slots[1].u.list == in.u.object->slots[1].u.list);
    CHECK(lc_plan_run(copy, &arena, &in, &out));
    CHECK(out.u.object->slots[1].u.list != in.u.object->slots[1].u.list);
    in.u.object->slots[1] = numbered(shape("u"));
    CHECK(!lc_plan_run(leaf, &arena, &in, &out));
    CHECK(lc_plan_run(copy, &arena, &in, &out));
    CHECK(out.u.object->slots[1].u.object != in.u.object->slots[1].u.object);
}

static const lc_schema *one_field(const char *name, const lc_schema *field)
{
    const lc_text text = lc_text_of(name);
    const lc_schema *schema = NULL;
    lc_schema_spec spec = {
        .type = LC_TYPE_STRUCT, .field_names = &text, .field_schemas = &field, .field_count = 1};
    lc_error *error = lc_schema_intern(types, &spec, &schema);
    CHECK(error == NULL);
    return schema;
}

static const lc_schema *with_default(const lc_schema *schema, lc_value value)
{
    lc_schema_spec spec = lc_schema_to_spec(schema);
    spec.has_default = true;
    spec.default_value = value;
    lc_error *error = lc_schema_intern(types, &spec, &schema);
    CHECK(error == NULL);
    return schema;
}

/* outer { d: struct { n: int64 = 7 } = {} } */
TEST(defaults)
{
    const lc_schema *n =
        with_default(lc_schema_primitive(types, LC_TYPE_INT64, false), lc_value_int(LC_INT64, 7));
    const lc_schema *inner = one_field("n", n);
    const lc_schema *rich = with_default(inner, lc_struct_new(&arena, inner));
    const lc_schema *outer = one_field("d", rich);
    const uint32_t path[] = {0, 0};
    lc_value in = lc_struct_new(&arena, outer), out;
    lc_plan *plan = lc_plan_new(types, &arena, outer->shape);
    lc_plan_take(plan, path, 2, LC_TAKE_DEFAULT);
    lc_plan_take(plan, path, 2, 0);
    lc_plan_take(plan, path, 1, LC_TAKE_DEFAULT);
    lc_plan_take(plan, path, 1, 0);
    lc_plan_seal(plan, shape("pqrs"), NULL);
    CHECK(lc_plan_run(plan, &arena, &in, &out));
    check_text(&out, "{p=7, q=null, r=Struct{}, s=null}");
    CHECK(out.u.object->slots[2].u.object != rich->default_value.u.object);
    out.u.object->slots[2].u.object->slots[0] = lc_value_int(LC_INT64, 1);
    CHECK(lc_plan_run(plan, &arena, &in, &out));
    check_text(&out, "{p=7, q=null, r=Struct{}, s=null}");
    in.u.object->slots[0] = out.u.object->slots[2];
    in.u.object->slots[0].u.object->slots[0] = lc_value_int(LC_INT64, 3);
    CHECK(lc_plan_run(plan, &arena, &in, &out));
    check_text(&out, "{p=3, q=3, r=Struct{n=3}, s=Struct{n=3}}");
}

/* Runs a plan that takes the one field of `in` with these flags into a struct of `schema`. */
static bool takes(const lc_schema *schema, const lc_value *in, const uint32_t *path, uint32_t depth,
                  unsigned flags)
{
    lc_value out;
    lc_plan *plan = lc_plan_new(types, &arena, in->u.object->shape);
    lc_plan_take(plan, path, depth, flags);
    lc_plan_seal(plan, NULL, schema);
    return lc_plan_run(plan, &arena, in, &out);
}

TEST(refusals)
{
    const lc_schema *number = lc_schema_primitive(types, LC_TYPE_INT64, false);
    const lc_schema *inner = one_field("n", number), *outer = one_field("d", inner);
    const uint32_t path[] = {0, 0};
    lc_value in = lc_struct_new(&arena, outer);
    CHECK(takes(outer, &in, path, 1, 0));
    CHECK(!takes(outer, &in, path, 1, LC_TAKE_REQUIRED));
    CHECK(takes(inner, &in, path, 2, LC_TAKE_REQUIRED)); /* nothing is there at all */
    in.u.object->slots[0] = lc_struct_new(&arena, inner);
    CHECK(!takes(inner, &in, path, 2, LC_TAKE_REQUIRED));
    CHECK(takes(outer, &in, path, 1, LC_TAKE_REQUIRED));
    CHECK(!takes(outer, &in, path, 1, LC_TAKE_CHECKED)); /* n is missing in it */
    in.u.object->slots[0].u.object->slots[0] = lc_value_int(LC_INT64, 1);
    CHECK(takes(outer, &in, path, 1, LC_TAKE_CHECKED));
    CHECK(takes(inner, &in, path, 2, LC_TAKE_PLAIN));
    in.u.object->slots[0].u.object->slots[0] = lc_value_date(1);
    CHECK(!takes(inner, &in, path, 2, LC_TAKE_PLAIN));
    CHECK(!takes(inner, &in, path, 2, LC_TAKE_CHECKED));
}

/* outer { d: struct { n: int64 = 7 } = {} }: the default of d isn't looked into. */
TEST(own_defaults)
{
    const lc_schema *n =
        with_default(lc_schema_primitive(types, LC_TYPE_INT64, false), lc_value_int(LC_INT64, 7));
    const lc_schema *inner = one_field("n", n);
    const lc_schema *outer = one_field("d", with_default(inner, lc_struct_new(&arena, inner)));
    const uint32_t path[] = {0, 0};
    lc_value in = lc_struct_new(&arena, outer), out;
    lc_plan *plan = lc_plan_new(types, &arena, outer->shape);
    lc_plan_take(plan, path, 2, LC_TAKE_OWN_DEFAULT);
    lc_plan_seal(plan, shape("p"), NULL);
    CHECK(lc_plan_run(plan, &arena, &in, &out));
    check_text(&out, "{p=null}");
    in.u.object->slots[0] = lc_struct_new(&arena, inner);
    CHECK(lc_plan_run(plan, &arena, &in, &out));
    check_text(&out, "{p=7}");
}

TEST(structs_are_filled_with_nulls)
{
    const lc_schema *i = lc_schema_primitive(types, LC_TYPE_INT64, true);
    const lc_text names[] = {LC_TEXT("a"), LC_TEXT("b"), LC_TEXT("c")};
    const lc_schema *fields[] = {i, i, i}, *schema = NULL;
    lc_error *error = lc_schema_intern(
        types,
        &(lc_schema_spec){
            .type = LC_TYPE_STRUCT, .field_names = names, .field_schemas = fields, .field_count = 3},
        &schema);
    CHECK(error == NULL);
    lc_value in = numbered(shape("z")), out;
    lc_plan *plan = lc_plan_new(types, &arena, shape("z"));
    take(plan, 0, 0);
    take(plan, 5, 0);
    lc_plan_seal(plan, NULL, schema);
    memset(lc_arena_alloc(&arena, 1000), 0xdd, 1000);
    CHECK(lc_plan_run(plan, &arena, &in, &out));
    CHECK_EQ_INT(out.kind, LC_STRUCT);
    CHECK(out.u.object->schema == schema && out.u.object->shape == schema->shape);
    check_text(&out, "Struct{a=1}");
    CHECK_EQ_INT(out.u.object->slots[2].kind, LC_NULL);
}

TEST(anonymous_shapes_allow_one_run)
{
    lc_auto(lc_arena) batch = {0};
    lc_value in = numbered(shape("ab")), data = lc_object_new(&batch, lc_shape_anonymous(&batch, 1), 1), out;
    lc_shape_append(&batch, (lc_shape *)data.u.object->shape, "k", 1);
    data.u.object->slots[0] = lc_value_int(LC_INT64, 5);
    in.u.object->slots[1] = data;
    const uint32_t path[] = {1, 0};
    size_t before = lc_types_bytes(types);
    lc_plan *plan = NULL;
    for (int i = 0; i < 100000; i++) {
        plan = lc_plan_new(types, &batch, shape("ab"));
        lc_plan_guard(plan, path, 1, data.u.object->shape, false);
        take(plan, 0, 0);
        lc_plan_take(plan, path, 2, 0);
        lc_plan_seal(plan, shape("ak"), NULL);
        CHECK(lc_plan_run(plan, &batch, &in, &out));
        CHECK_EQ_INT(out.u.object->slots[1].u.i, 5);
    }
    CHECK(!lc_plan_run(plan, &batch, &in, &out));
    CHECK(lc_types_bytes(types) == before);
    plan = lc_plan_new(types, &batch, data.u.object->shape);
    take(plan, 0, 0);
    lc_plan_seal(plan, shape("x"), NULL);
    CHECK(lc_plan_run(plan, &batch, &data, &out));
    CHECK_EQ_INT(out.u.object->slots[0].u.i, 5);
    CHECK(!lc_plan_run(plan, &batch, &data, &out));
}

int main(void)
{
    types = lc_types_new();
    RUN(takes_and_constants);
    RUN(results_outlive_the_batch_of_the_plan);
    RUN(nested_paths_and_guards);
    RUN(leaf_and_copy);
    RUN(defaults);
    RUN(refusals);
    RUN(own_defaults);
    RUN(structs_are_filled_with_nulls);
    RUN(anonymous_shapes_allow_one_run);
    lc_arena_done(&arena);
    lc_types_free(types);
    return check_report();
}
