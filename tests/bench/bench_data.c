/* Nanoseconds per operation of the record layer: what a record costs between two converters.
 *
 *   lc_bench_data [milliseconds a case]
 *
 * Records have 12 fields as in the architecture notes. Take ratios, not absolutes. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "data/record.h"
#include "data/reshape.h"

enum { FIELDS = 12, BATCH = 512 };

static const char *const NAMES[FIELDS] = {"id",   "customer", "amount", "currency", "created_at", "status",
                                          "city", "zip",      "street", "latitude", "longitude",  "is_paid"};

typedef struct bench {
    lc_types *types;
    lc_arena arena, other;
    const lc_shape *shape, *wide;
    const lc_schema *schema;
    lc_value object, structure, list;
    lc_plan *drop, *copy, *insert, *checked;
    lc_buf out;
    uint64_t sum; /* keeps results alive */
} bench;

static lc_value sample(uint32_t i)
{
    switch (i % 4) {
    case 0: return lc_value_int(LC_INT64, 1234567 * (int64_t)(i + 1));
    case 1: return lc_value_text(LC_TEXT("some text of a field"));
    case 2: return lc_value_double(12.75 + i);
    default: return lc_value_bool(i & 1);
    }
}

static const lc_schema *sample_schema(bench *b)
{
    static const lc_type KINDS[] = {LC_TYPE_INT64, LC_TYPE_STRING, LC_TYPE_FLOAT64, LC_TYPE_BOOLEAN};
    lc_text names[FIELDS];
    const lc_schema *fields[FIELDS], *schema = NULL;
    for (uint32_t i = 0; i < FIELDS; i++) {
        names[i] = lc_text_of(NAMES[i]);
        fields[i] = lc_schema_primitive(b->types, KINDS[i % 4], false);
    }
    lc_schema_spec spec = {
        .type = LC_TYPE_STRUCT, .field_names = names, .field_schemas = fields, .field_count = FIELDS};
    lc_error *error = lc_schema_intern(b->types, &spec, &schema);
    if (error) abort();
    return schema;
}

static lc_plan *plan_of(bench *b, uint32_t drop_every, unsigned flags, bool constant)
{
    lc_plan *plan = lc_plan_new(b->types, &b->arena, b->shape);
    const lc_shape *to = lc_shape_empty(b->types);
    for (uint32_t i = 0; i < FIELDS; i++) {
        if (drop_every && i % drop_every == 1) continue;
        lc_plan_take(plan, &i, 1, flags);
        to = lc_shape_add(b->types, to, NAMES[i], strlen(NAMES[i]));
    }
    lc_value value = lc_value_text(LC_TEXT("constant"));
    if (constant) lc_plan_constant(plan, &value), to = lc_shape_add(b->types, to, "origin", 6);
    lc_plan_seal(plan, to, NULL);
    return plan;
}

static void prepare(bench *b)
{
    b->types = lc_types_new();
    b->schema = sample_schema(b);
    b->shape = b->schema->shape;
    b->object = lc_object_new(&b->arena, b->shape, 0);
    b->structure = lc_struct_new(&b->arena, b->schema);
    for (uint32_t i = 0; i < FIELDS; i++)
        b->object.u.object->slots[i] = b->structure.u.object->slots[i] = sample(i);
    b->list = lc_list_new(&b->arena, FIELDS);
    for (uint32_t i = 0; i < FIELDS; i++) *lc_list_add(&b->arena, b->list.u.list) = sample(0);
    b->wide = lc_shape_empty(b->types);
    for (int i = 0; i < 200; i++) {
        char name[16];
        int len = snprintf(name, sizeof name, "field_%d", i);
        b->wide = lc_shape_add(b->types, b->wide, name, (size_t)len);
    }
    b->copy = plan_of(b, 0, 0, false);
    b->drop = plan_of(b, 5, 0, false);
    b->insert = plan_of(b, 0, 0, true);
    b->checked = plan_of(b, 0, LC_TAKE_DEFAULT | LC_TAKE_LEAF, false);
}

static void find_first(bench *b)
{
    b->sum += (uint64_t)lc_shape_find(b->shape, "id", 2);
}

static void find_last(bench *b)
{
    b->sum += (uint64_t)lc_shape_find(b->shape, "is_paid", 7);
}

static void find_wide(bench *b)
{
    b->sum += (uint64_t)lc_shape_find(b->wide, "field_150", 9);
}

static void find_absent(bench *b)
{
    b->sum += (uint64_t)lc_shape_find(b->shape, "absent", 6);
}

static void build_map(bench *b)
{
    lc_value map = lc_object_new(&b->other, lc_shape_empty(b->types), FIELDS);
    for (uint32_t i = 0; i < FIELDS; i++) {
        *lc_map_set(b->types, &b->other, &map, (lc_text){NAMES[i], strlen(NAMES[i])}) = lc_value_bool(true);
    }
    b->sum += map.u.object->shape->id;
}

static void build_turned(bench *b)
{
    lc_value map = lc_object_new(&b->other, lc_shape_empty(b->types), FIELDS);
    uint32_t from = (uint32_t)(b->sum++ & 3);
    for (uint32_t i = 0; i < FIELDS; i++) {
        const char *name = NAMES[(from + i) % FIELDS];
        *lc_map_set(b->types, &b->other, &map, (lc_text){name, strlen(name)}) = lc_value_bool(true);
    }
}

static void overwrite(bench *b)
{
    *lc_map_set(b->types, &b->other, &b->object, LC_TEXT("street")) = lc_value_bool(true);
}

static void run(bench *b, const lc_plan *plan)
{
    lc_value out;
    if (!lc_plan_run(plan, &b->other, &b->object, &out)) abort();
    b->sum += out.u.object->shape->count;
}

static void plan_copy(bench *b)
{
    run(b, b->copy);
}
static void plan_drop(bench *b)
{
    run(b, b->drop);
}
static void plan_insert(bench *b)
{
    run(b, b->insert);
}
static void plan_checked(bench *b)
{
    run(b, b->checked);
}

static void text_of(bench *b, const lc_value *value)
{
    lc_buf_reset(&b->out);
    lc_value_to_text(&b->out, value);
    b->sum += b->out.len;
}

static void text_struct(bench *b)
{
    text_of(b, &b->structure);
}
static void text_map(bench *b)
{
    text_of(b, &b->object);
}
static void text_list(bench *b)
{
    text_of(b, &b->list);
}

static void text_arena(bench *b)
{
    b->sum += lc_value_to_text_arena(&b->other, &b->structure).len;
}

static void text_date(bench *b)
{
    lc_value date = lc_value_date(1700000000123);
    text_of(b, &date);
}

static void text_int(bench *b)
{
    lc_value number = sample(0);
    b->sum += lc_value_to_text_arena(&b->other, &number).len;
}

static void cast(bench *b, lc_value value, lc_type target)
{
    lc_value out;
    lc_error *error = lc_value_cast(&b->other, NULL, &value, target, &out);
    if (error) abort();
    b->sum += out.len;
}

static void cast_int_string(bench *b)
{
    cast(b, lc_value_int(LC_INT64, 123456), LC_TYPE_STRING);
}
static void cast_string_int(bench *b)
{
    cast(b, lc_value_text(LC_TEXT("123456")), LC_TYPE_INT32);
}
static void cast_string_double(bench *b)
{
    cast(b, lc_value_text(LC_TEXT("1234.56")), LC_TYPE_FLOAT64);
}
static void cast_int_double(bench *b)
{
    cast(b, lc_value_int(LC_INT64, 123456), LC_TYPE_FLOAT64);
}

static void fork_struct(bench *b)
{
    b->sum += lc_value_fork(&b->other, &b->structure).kind;
}

static void validate(bench *b)
{
    lc_error *error = lc_struct_validate(b->structure.u.object);
    if (error) abort();
}

static void intern_known(bench *b)
{
    b->sum += sample_schema(b)->id;
}

static const struct {
    const char *name;
    void (*run)(bench *b);
} CASES[] = {
    {"shape find, first of 12", find_first},
    {"shape find, last of 12", find_last},
    {"shape find, one of 200", find_wide},
    {"shape find, absent", find_absent},
    {"map of 12 by lc_map_set", build_map},
    {"map of 12, four orders", build_turned},
    {"overwrite a field", overwrite},
    {"plan: take 12", plan_copy},
    {"plan: drop 3 of 12", plan_drop},
    {"plan: take 12, add 1", plan_insert},
    {"plan: take 12 with checks", plan_checked},
    {"text of a struct of 12", text_struct},
    {"text of a map of 12", text_map},
    {"text of 12 int64", text_list},
    {"text of a struct, arena", text_arena},
    {"text of a date", text_date},
    {"text of an int64, arena", text_int},
    {"cast int64 to string", cast_int_string},
    {"cast string to int32", cast_string_int},
    {"cast string to float64", cast_string_double},
    {"cast int64 to float64", cast_int_double},
    {"fork a struct of 12", fork_struct},
    {"validate a struct of 12", validate},
    {"intern a known schema of 12", intern_known},
};

static double measure(bench *b, void (*operation)(bench *b), int64_t budget_ns)
{
    int64_t spent = 0, count = 0;
    while (spent < budget_ns) {
        int64_t start = lc_thread_cpu_ns();
        for (int i = 0; i < BATCH; i++) operation(b);
        spent += lc_thread_cpu_ns() - start;
        count += BATCH;
        lc_arena_reset(&b->other, 4 << 20);
    }
    return (double)spent / (double)count;
}

int main(int argc, char **argv)
{
    int64_t budget = (argc > 1 ? atoll(argv[1]) : 200) * 1000000;
    bench b = {0};
    prepare(&b);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        printf("%-30s %8.1f ns\n", CASES[i].name, measure(&b, CASES[i].run, budget));
    }
    lc_buf_done(&b.out);
    lc_arena_done(&b.arena);
    lc_arena_done(&b.other);
    lc_types_free(b.types);
    return b.sum == 1;
}
