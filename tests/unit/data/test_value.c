#include "check.h"
#include "data/value.h"

#include <math.h>

static lc_types *types;
static lc_arena arena;

static lc_value text(const char *s)
{
    return lc_value_text(lc_text_of(s));
}

static lc_value number(int64_t i)
{
    return lc_value_int(LC_INT64, i);
}

static void set(lc_value *map, const char *name, lc_value value)
{
    *lc_map_set(types, &arena, map, lc_text_of(name)) = value;
}

static int64_t get(const lc_value *map, const char *name)
{
    const lc_value *slot = lc_value_field(map, lc_text_of(name));
    return slot ? slot->u.i : -1;
}

static lc_value decimal(int64_t unscaled, int32_t scale)
{
    lc_decimal *d = lc_arena_alloc(&arena, sizeof *d);
    *d = lc_decimal_of_int64(&arena, unscaled, scale);
    return (lc_value){.kind = LC_DECIMAL, .u.decimal = d};
}

TEST(maps_with_text_keys)
{
    lc_value map = lc_object_new(&arena, lc_shape_empty(types), 0),
             twin = lc_object_new(&arena, lc_shape_empty(types), 3);
    CHECK_EQ_INT(lc_map_size(&map), 0);
    set(&map, "a", number(1));
    set(&map, "b", number(2));
    set(&map, "a", number(3));
    set(&twin, "a", number(1));
    set(&twin, "b", number(1));
    CHECK(map.u.object->shape == twin.u.object->shape);
    CHECK_EQ_INT(lc_map_size(&map), 2);
    CHECK_EQ_INT(get(&map, "a"), 3);
    CHECK(lc_value_field(&map, LC_TEXT("c")) == NULL);
    CHECK_EQ_INT(lc_map_set(types, &arena, &map, LC_TEXT("new"))->kind, LC_NULL);
    CHECK(lc_map_remove(types, &map, LC_TEXT("a")));
    CHECK(!lc_map_remove(types, &map, LC_TEXT("a")));
    CHECK_EQ_INT(get(&map, "b"), 2);
    CHECK_EQ_INT(lc_map_size(&map), 2);
    lc_value key, *value;
    lc_map_entry(&map, 0, &key, &value);
    CHECK(lc_text_is(lc_value_as_text(&key), "b") && value->u.i == 2);
}

static void name_of(char out[24], int i)
{
    snprintf(out, 24, "key-%d", i);
}

/* Set, overwrite and remove against plain arrays, past every limit where the representation changes. */
static void exercise(lc_value map, int count)
{
    char name[24];
    for (int i = 0; i < count; i++) name_of(name, i), set(&map, name, number(i));
    CHECK_EQ_INT(lc_map_size(&map), count);
    for (int i = 0; i < count; i += 3) name_of(name, i), set(&map, name, number(-5 - i));
    for (int i = 1; i < count && i < 60; i += 3)
        name_of(name, i), CHECK(lc_map_remove(types, &map, lc_text_of(name)));
    for (int i = 0; i < count; i++) {
        name_of(name, i);
        bool gone = i % 3 == 1 && i < 60;
        CHECK_EQ_INT(get(&map, name), gone ? -1 : i % 3 == 0 ? -5 - i : i);
    }
    lc_value copy = lc_value_copy(&arena, &map);
    CHECK(lc_value_equal(&copy, &map));
    set(&copy, "key-0", number(0));
    CHECK(!lc_value_equal(&copy, &map));
    set(&copy, "one more", number(0));
    CHECK(lc_value_field(&map, LC_TEXT("one more")) == NULL);
}

TEST(maps_of_all_sizes)
{
    const int sizes[] = {1, 4, 5, 16, 17, 33, 200, 5000};
    for (int i = 0; i < 8; i++) {
        exercise(lc_object_new(&arena, lc_shape_empty(types), 0), sizes[i]);
        exercise(lc_map_new(&arena, 0), sizes[i]);
    }
}

TEST(large_maps_are_not_quadratic)
{
    lc_value map = lc_map_new(&arena, 0), object = lc_object_new(&arena, lc_shape_empty(types), 0);
    char name[24];
    for (int i = 0; i < 300000; i++) {
        lc_map_put(&arena, map.u.map, number(i), number(i + 1));
        name_of(name, i);
        set(&object, name, number(i));
    }
    for (int i = 0; i < 300000; i += 1000) {
        lc_value key = number(i);
        CHECK_EQ_INT(lc_map_get(map.u.map, &key)->u.i, i + 1);
    }
    CHECK_EQ_INT(get(&object, "key-299999"), 299999);
    CHECK(lc_types_bytes(types) < 8 << 20);
}

TEST(keys_of_any_kind)
{
    lc_value map = lc_map_new(&arena, 2);
    lc_value list = lc_list_new(&arena, 0), same_list = lc_list_new(&arena, 0);
    *lc_list_add(&arena, list.u.list) = number(1);
    *lc_list_add(&arena, same_list.u.list) = number(1);
    const lc_value keys[] = {lc_value_null(),
                             lc_value_bool(true),
                             number(1),
                             lc_value_int(LC_INT32, 1),
                             lc_value_double(1),
                             lc_value_float(1),
                             lc_value_double(NAN),
                             text("1"),
                             lc_value_bytes(LC_TEXT("1")),
                             list,
                             lc_value_date(1),
                             decimal(10, 1),
                             decimal(1, 0),
                             lc_value_double(0.0),
                             lc_value_double(-0.0)};
    int count = sizeof keys / sizeof *keys;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < count; i++) lc_map_put(&arena, map.u.map, keys[i], number(i + 100 * round));
        CHECK_EQ_INT(lc_map_size(&map), count);
    }
    for (int i = 0; i < 40; i++) lc_map_put(&arena, map.u.map, number(1000 + i), number(0));
    for (int i = 0; i < count; i++) CHECK_EQ_INT(lc_map_get(map.u.map, &keys[i])->u.i, 100 + i);
    CHECK_EQ_INT(lc_map_get(map.u.map, &same_list)->u.i, 109);
    lc_value nan = lc_value_double(-NAN);
    CHECK_EQ_INT(lc_map_get(map.u.map, &nan)->u.i, 106);
}

/* A reader that knows its keys are new may fill entries itself. */
TEST(entries_may_be_filled_directly)
{
    lc_value map = lc_map_new(&arena, 100);
    for (uint32_t i = 0; i < 100; i++) {
        map.u.map->items[2 * i] = number(i);
        map.u.map->items[2 * i + 1] = number(2 * i);
        map.u.map->count = i + 1;
    }
    for (uint32_t i = 0; i < 100; i++) {
        lc_value key = number(i);
        CHECK_EQ_INT(lc_map_get(map.u.map, &key)->u.i, 2 * i);
    }
    lc_map_put(&arena, map.u.map, number(5), number(7));
    CHECK_EQ_INT(map.u.map->count, 100);
}

TEST(equality_is_javas)
{
    lc_value a[] = {lc_value_null(),
                    lc_value_bool(false),
                    lc_value_int(LC_INT8, 0),
                    lc_value_int(LC_INT16, 0),
                    lc_value_int(LC_INT32, 0),
                    number(0),
                    lc_value_float(0),
                    lc_value_double(0),
                    lc_value_double(-0.0),
                    lc_value_double(NAN),
                    text(""),
                    lc_value_bytes(LC_TEXT("")),
                    lc_list_new(&arena, 0),
                    lc_map_new(&arena, 0),
                    lc_value_date(0),
                    decimal(0, 0),
                    decimal(0, 1)};
    int count = sizeof a / sizeof *a;
    for (int i = 0; i < count; i++) {
        lc_value copy = lc_value_copy(&arena, &a[i]);
        for (int j = 0; j < count; j++) CHECK(lc_value_equal(&copy, &a[j]) == (i == j));
    }
    lc_value object = lc_object_new(&arena, lc_shape_empty(types), 0), map = lc_map_new(&arena, 0),
             turned = map;
    turned = lc_object_new(&arena, lc_shape_empty(types), 0);
    set(&object, "x", number(1));
    set(&object, "y", number(2));
    set(&turned, "y", number(2));
    set(&turned, "x", number(1));
    lc_map_put(&arena, map.u.map, text("x"), number(1));
    lc_map_put(&arena, map.u.map, text("y"), number(2));
    CHECK(lc_value_equal(&object, &map) && lc_value_equal(&map, &object) && lc_value_equal(&object, &turned));
    lc_map_put(&arena, map.u.map, number(3), number(2));
    set(&object, "3", number(2));
    CHECK(!lc_value_equal(&object, &map) && !lc_value_equal(&map, &object));
}

static const lc_schema *pair_schema(bool with_default)
{
    const lc_text names[] = {LC_TEXT("a"), LC_TEXT("b")};
    lc_schema_spec spec = {.type = LC_TYPE_INT64, .has_default = with_default, .default_value = number(9)};
    const lc_schema *fields[2] = {lc_schema_primitive(types, LC_TYPE_STRING, true), NULL}, *schema = NULL;
    lc_error *error = lc_schema_intern(types, &spec, &fields[1]);
    CHECK(error == NULL);
    error = lc_schema_intern(
        types,
        &(lc_schema_spec){
            .type = LC_TYPE_STRUCT, .field_names = names, .field_schemas = fields, .field_count = 2},
        &schema);
    CHECK(error == NULL);
    return schema;
}

TEST(struct_reads_defaults)
{
    lc_value plain = lc_struct_new(&arena, pair_schema(false)),
             rich = lc_struct_new(&arena, pair_schema(true));
    CHECK_EQ_INT(lc_struct_get(plain.u.object, 1)->kind, LC_NULL);
    CHECK_EQ_INT(lc_struct_get(rich.u.object, 1)->u.i, 9);
    CHECK_EQ_INT(lc_struct_get(rich.u.object, 0)->kind, LC_NULL);
    CHECK(lc_struct_get(rich.u.object, 2) == NULL);
    CHECK_EQ_INT(lc_value_field(&rich, LC_TEXT("b"))->kind, LC_NULL);
    CHECK(!lc_value_equal(&plain, &rich));
    lc_value again = lc_struct_new(&arena, pair_schema(true));
    CHECK(lc_value_equal(&again, &rich));
    *lc_value_field(&again, LC_TEXT("b")) = number(9);
    CHECK(!lc_value_equal(&again, &rich));
    CHECK(lc_value_field(&(lc_value){.kind = LC_INT8}, LC_TEXT("b")) == NULL);
}

TEST(deep_copies_share_nothing)
{
    lc_auto(lc_arena) source = {0};
    char bytes[] = "bytes", letters[] = "letters";
    lc_value list = lc_list_new(&source, 0), object = lc_object_new(&source, lc_shape_empty(types), 0), copy;
    *lc_list_add(&source, list.u.list) = text(letters);
    *lc_list_add(&source, list.u.list) = lc_value_bytes(lc_text_of(bytes));
    lc_decimal big = lc_decimal_of_int64(&source, 12345, 2);
    *lc_list_add(&source, list.u.list) = (lc_value){.kind = LC_DECIMAL, .u.decimal = &big};
    *lc_map_set(types, &source, &object, LC_TEXT("list")) = list;
    copy = lc_value_copy(&arena, &object);
    letters[0] = bytes[0] = 'X';
    lc_arena_reset(&source, 0);
    memset(lc_arena_alloc(&source, 4000), 0xff, 4000);
    const lc_list *copied = lc_value_field(&copy, LC_TEXT("list"))->u.list;
    CHECK(lc_text_is(lc_value_as_text(&copied->items[0]), "letters"));
    CHECK(lc_text_is(lc_value_as_text(&copied->items[1]), "bytes"));
    CHECK_EQ_INT(copied->items[2].u.decimal->scale, 2);
}

TEST(forks_share_texts_only)
{
    lc_value list = lc_list_new(&arena, 0), fork;
    *lc_list_add(&arena, list.u.list) = text("same");
    *lc_list_add(&arena, list.u.list) = lc_list_new(&arena, 0);
    fork = lc_value_fork(&arena, &list);
    CHECK(fork.u.list->items[0].u.s == list.u.list->items[0].u.s);
    CHECK(fork.u.list->items[1].u.list != list.u.list->items[1].u.list);
    *lc_list_add(&arena, fork.u.list) = number(1);
    CHECK_EQ_INT(list.u.list->count, 2);
}

TEST(lists_grow)
{
    lc_value list = lc_list_new(&arena, 1);
    for (int i = 0; i < 1000; i++) {
        lc_value *item = lc_list_add(&arena, list.u.list);
        CHECK_EQ_INT(item->kind, LC_NULL);
        *item = number(i);
    }
    for (uint32_t i = 0; i < 1000; i++) CHECK_EQ_INT(list.u.list->items[i].u.i, i);
}

TEST(names_of_kinds)
{
    CHECK_EQ_STR(lc_value_java_class(&(lc_value){.kind = LC_BYTES}), "[B");
    CHECK_EQ_STR(lc_value_java_class(&(lc_value){.kind = LC_BIGINT}), "java.math.BigInteger");
    CHECK_EQ_STR(lc_value_java_class(&(lc_value){.kind = LC_NULL}), "null");
    for (uint8_t kind = 0; kind < LC_KIND_COUNT; kind++) CHECK(lc_kind_name(kind) != NULL);
    CHECK_EQ_STR(lc_kind_name(LC_FLOAT32), "float32");
}

int main(void)
{
    types = lc_types_new();
    RUN(maps_with_text_keys);
    RUN(maps_of_all_sizes);
    RUN(large_maps_are_not_quadratic);
    RUN(keys_of_any_kind);
    RUN(entries_may_be_filled_directly);
    RUN(equality_is_javas);
    RUN(struct_reads_defaults);
    RUN(deep_copies_share_nothing);
    RUN(forks_share_texts_only);
    RUN(lists_grow);
    RUN(names_of_kinds);
    lc_arena_done(&arena);
    lc_types_free(types);
    return check_report();
}
