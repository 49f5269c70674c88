#include "check.h"
#include "data/schema.h"

#include <stdlib.h>

static lc_types *types;

static const lc_shape *shape(const char *a, const char *b, const char *c)
{
    lc_text names[3];
    uint32_t count = 0;
    if (a) names[count++] = lc_text_of(a);
    if (b) names[count++] = lc_text_of(b);
    if (c) names[count++] = lc_text_of(c);
    return lc_shape_of(types, names, count);
}

static const lc_shape *add(const lc_shape *from, const char *name)
{
    return lc_shape_add(types, from, name, strlen(name));
}

static int find(const lc_shape *from, const char *name)
{
    return lc_shape_find(from, name, strlen(name));
}

TEST(equal_lists_are_one_shape)
{
    const lc_shape *abc = shape("a", "b", "c");
    CHECK(abc == shape("a", "b", "c"));
    CHECK(abc != shape("a", "c", "b"));
    CHECK(abc != shape("a", "b", NULL));
    CHECK(add(add(add(lc_shape_empty(types), "a"), "b"), "c") == abc);
    CHECK(lc_shape_empty(types) == shape(NULL, NULL, NULL));
    CHECK_EQ_INT(lc_shape_empty(types)->count, 0);
    CHECK_EQ_STR(abc->names[1].text, "b");
}

TEST(ids_are_dense)
{
    uint32_t last = add(lc_shape_empty(types), "dense")->id;
    CHECK(last > 0);
    CHECK_EQ_INT(add(lc_shape_empty(types), "denser")->id, last + 1);
    for (uint32_t id = 1; id <= last + 1; id++) CHECK_EQ_INT(lc_shape_by_id(types, id)->id, id);
    CHECK(lc_shape_by_id(types, 0) == NULL);
    CHECK(lc_shape_by_id(types, last + 2) == NULL);
}

TEST(find_needs_the_whole_name)
{
    const lc_shape *names = shape("id", "ident", "");
    CHECK_EQ_INT(find(names, "id"), 0);
    CHECK_EQ_INT(find(names, "ident"), 1);
    CHECK_EQ_INT(find(names, ""), 2);
    CHECK_EQ_INT(find(names, "iden"), -1);
    CHECK_EQ_INT(find(lc_shape_empty(types), ""), -1);
    const lc_shape *odd = lc_shape_add(types, lc_shape_empty(types), "a\0b", 3);
    CHECK_EQ_INT(lc_shape_find(odd, "a\0b", 3), 0);
    CHECK_EQ_INT(lc_shape_find(odd, "a\0c", 3), -1);
    CHECK_EQ_INT(find(odd, "a"), -1);
}

TEST(removing_keeps_order)
{
    const lc_shape *abc = shape("a", "b", "c");
    CHECK(lc_shape_remove(types, abc, 0) == shape("b", "c", NULL));
    CHECK(lc_shape_remove(types, abc, 1) == shape("a", "c", NULL));
    CHECK(lc_shape_remove(types, abc, 2) == shape("a", "b", NULL));
    CHECK(lc_shape_remove(types, abc, 1) == shape("a", "c", NULL));
    CHECK(lc_shape_remove(types, shape("z", NULL, NULL), 0) == lc_shape_empty(types));
}

/* Shapes that grew from one another share their list of names; none may see the others' names. */
TEST(siblings_do_not_mix)
{
    const lc_shape *trunk = lc_shape_empty(types), *left, *right;
    char name[32];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "trunk%d", i);
        trunk = add(trunk, name);
    }
    left = right = trunk;
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "left%d", i);
        left = add(left, name);
        snprintf(name, sizeof name, "right%d", i);
        right = add(right, name);
    }
    CHECK_EQ_INT(find(left, "left39"), 79);
    CHECK_EQ_INT(find(right, "right39"), 79);
    CHECK_EQ_INT(find(left, "right0"), -1);
    CHECK_EQ_INT(find(right, "left0"), -1);
    CHECK_EQ_INT(find(trunk, "left0"), -1);
    CHECK_EQ_INT(find(trunk, "right0"), -1);
    CHECK_EQ_INT(find(trunk, "trunk39"), 39);
    CHECK_EQ_INT(find(left, "trunk0"), 0);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* Random growth and removal against a plain list of names. */
TEST(behaves_like_a_list)
{
    uint32_t seed = 7;
    for (int round = 0; round < 200; round++) {
        char names[64][12];
        uint32_t count = 0;
        const lc_shape *now = lc_shape_empty(types);
        for (int step = 0; step < 60; step++) {
            if (count && next_random(&seed) % 4 == 0) {
                uint32_t at = next_random(&seed) % count;
                now = lc_shape_remove(types, now, at);
                memmove(names[at], names[at + 1], (count - at - 1) * sizeof names[0]);
                count--;
                continue;
            }
            snprintf(names[count], sizeof names[0], "n%u", next_random(&seed) % 30);
            if (find(now, names[count]) < 0) now = add(now, names[count++]);
        }
        CHECK_EQ_INT(now->count, count);
        for (uint32_t i = 0; i < count; i++) {
            CHECK_EQ_STR(now->names[i].text, names[i]);
            CHECK_EQ_INT(find(now, names[i]), i);
        }
    }
}

TEST(anonymous_shapes_change_in_place)
{
    lc_auto(lc_arena) arena = {0};
    lc_shape *own = lc_shape_anonymous(&arena, 2);
    char name[16];
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "key%u", i);
        CHECK_EQ_INT(lc_shape_append(&arena, own, name, strlen(name)), i);
    }
    CHECK_EQ_INT(own->id, 0);
    CHECK_EQ_INT(find(own, "key0"), 0);
    CHECK_EQ_INT(find(own, "key999"), 999);
    lc_shape_drop(own, 500);
    CHECK_EQ_INT(own->count, 999);
    CHECK_EQ_INT(find(own, "key500"), -1);
    CHECK_EQ_INT(find(own, "key501"), 500);
    CHECK(add(shape("x", NULL, NULL), "y") == shape("x", "y", NULL));
    lc_shape *small = lc_shape_anonymous(&arena, 0);
    lc_shape_append(&arena, small, "x", 1);
    CHECK(add(small, "y") == shape("x", "y", NULL));
    CHECK(lc_shape_remove(types, small, 0) == lc_shape_empty(types));
}

TEST(extension_stops_making_shapes)
{
    lc_types *own = lc_types_new();
    lc_auto(lc_arena) arena = {0};
    uint32_t made = 0, stayed = 0;
    char name[24];
    for (int i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "user-%d", i);
        const lc_shape *extended = lc_shape_extend(own, &arena, lc_shape_empty(own), name, strlen(name));
        CHECK_EQ_INT(extended->count, 1);
        CHECK_EQ_STR(extended->names[0].text, name);
        if (extended->id) made++;
        else stayed++;
    }
    CHECK(made > 0 && made < 10000 && stayed > 10000);
    CHECK(lc_types_bytes(own) < 4 << 20);
    /* What is known stays known. */
    CHECK(lc_shape_extend(own, &arena, lc_shape_empty(own), "user-0", 6)->id != 0);
    lc_types_free(own);
}

TEST(wide_objects_become_anonymous)
{
    lc_auto(lc_arena) arena = {0};
    const lc_shape *wide = lc_shape_empty(types);
    char name[24];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "wide-%d", i);
        wide = lc_shape_extend(types, &arena, wide, name, strlen(name));
    }
    CHECK_EQ_INT(wide->id, 0);
    CHECK_EQ_INT(wide->count, 5000);
    CHECK_EQ_INT(find(wide, "wide-0"), 0);
    CHECK_EQ_INT(find(wide, "wide-4999"), 4999);
    CHECK(lc_types_may_shape(types));
}

int main(void)
{
    types = lc_types_new();
    RUN(equal_lists_are_one_shape);
    RUN(ids_are_dense);
    RUN(find_needs_the_whole_name);
    RUN(removing_keeps_order);
    RUN(siblings_do_not_mix);
    RUN(wide_objects_become_anonymous);
    RUN(behaves_like_a_list);
    RUN(anonymous_shapes_change_in_place);
    RUN(extension_stops_making_shapes);
    lc_types_free(types);
    return check_report();
}
