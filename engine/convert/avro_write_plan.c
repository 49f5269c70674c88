/* Plans for writing: which Avro type takes what of a Connect schema. */
#include <stdlib.h>

#include "base/memory.h"
#include "convert/avro_output.h"
#include "convert/avro_write_plan.h"
#include "java/number.h"

typedef struct planner {
    lc_avro_store *store;
    const lc_avro_options *options;
    lc_table *made; /* both schemas ─▶ plan: a schema may be used many times over */
    unsigned depth;
} planner;

static lc_error *plan_for(planner *p, const lc_schema *schema, const lc_avro *avro,
                          const lc_avro_write_plan **ret);

static lc_error *never(planner *p, const lc_schema *schema, const lc_avro *avro, lc_avro_write_plan *plan)
{
    plan->op = LC_WRITE_NEVER;
    plan->problem =
        lc_arena_printf(&p->store->arena, "A Connect %s%s%s can't be written as Avro type %.*s",
                        lc_type_java_name((lc_type)schema->type), schema->name.data ? " " : "",
                        schema->name.data ? schema->name.data : "", (int)avro->full.len, avro->full.data);
    return NULL;
}

/* How well a branch takes the schema; 0: not at all. */
static int fit(planner *p, const lc_schema *schema, const lc_avro *avro)
{
    static const uint8_t fits[LC_STRUCT + 1][LC_AVRO_UNION + 1] = {
        [LC_TYPE_BOOLEAN] = {[LC_AVRO_BOOLEAN] = 9},
        [LC_TYPE_INT8] = {[LC_AVRO_INT] = 9, [LC_AVRO_LONG] = 8, [LC_AVRO_FLOAT] = 6, [LC_AVRO_DOUBLE] = 7},
        [LC_TYPE_INT16] = {[LC_AVRO_INT] = 9, [LC_AVRO_LONG] = 8, [LC_AVRO_FLOAT] = 6, [LC_AVRO_DOUBLE] = 7},
        [LC_TYPE_INT32] = {[LC_AVRO_INT] = 9, [LC_AVRO_LONG] = 8, [LC_AVRO_FLOAT] = 6, [LC_AVRO_DOUBLE] = 7},
        [LC_TYPE_INT64] = {[LC_AVRO_LONG] = 9, [LC_AVRO_FLOAT] = 6, [LC_AVRO_DOUBLE] = 7},
        [LC_TYPE_FLOAT32] = {[LC_AVRO_FLOAT] = 9, [LC_AVRO_DOUBLE] = 8},
        [LC_TYPE_FLOAT64] = {[LC_AVRO_DOUBLE] = 9},
        [LC_TYPE_STRING] = {[LC_AVRO_STRING] = 8, [LC_AVRO_ENUM] = 7, [LC_AVRO_BYTES] = 1},
        [LC_TYPE_BYTES] = {[LC_AVRO_BYTES] = 8, [LC_AVRO_FIXED] = 7},
        [LC_TYPE_ARRAY] = {[LC_AVRO_ARRAY] = 9},
        [LC_TYPE_MAP] = {[LC_AVRO_MAP] = 9, [LC_AVRO_ARRAY] = 8},
        [LC_TYPE_STRUCT] = {[LC_AVRO_RECORD] = 8},
    };
    int score = fits[schema->type][avro->type];
    if (!score || !schema->name.data || !lc_avro_is_named(avro)) return score;
    lc_text space, name;
    lc_avro_split(schema->name, &space, &name);
    name = lc_avro_scrub(&p->store->arena, p->options, name);
    space = lc_avro_scrub_space(&p->store->arena, p->options, space);
    bool same = lc_text_eq(name, avro->name) && lc_text_eq(space, avro->space);
    return same ? score + 10 : score;
}

static int best_branch(planner *p, const lc_schema *schema, const lc_avro *avro)
{
    int best = -1, most = 0;
    for (uint32_t i = 0; i < avro->count; i++) {
        int score = fit(p, schema, avro->branches[i]);
        if (score <= most) continue;
        most = score;
        best = (int)i;
    }
    return best;
}

static int null_branch(const lc_avro *avro)
{
    for (uint32_t i = 0; i < avro->count; i++)
        if (avro->branches[i]->type == LC_AVRO_NULL) return (int)i;
    return -1;
}

static lc_error *plan_enum(planner *p, lc_avro_write_plan *plan)
{
    uint32_t slots = 4;
    while (slots < plan->avro->count * 2) slots *= 2;
    uint32_t *symbols = lc_arena_alloc(&p->store->arena, slots * sizeof *symbols);
    memset(symbols, 0, slots * sizeof *symbols);
    for (uint32_t i = 0; i < plan->avro->count; i++) {
        lc_text symbol = plan->avro->symbols[i];
        uint32_t at = lc_hash(symbol.data, symbol.len);
        while (symbols[at & (slots - 1)]) at++;
        symbols[at & (slots - 1)] = i + 1;
    }
    plan->op = LC_WRITE_ENUM;
    plan->symbols = symbols;
    plan->count = slots - 1;
    return NULL;
}

static lc_error *plan_bytes(planner *p, lc_avro_write_plan *plan)
{
    int64_t scale = INT32_MIN;
    (void)p;
    plan->op = plan->avro->type == LC_AVRO_FIXED ? LC_WRITE_FIXED : LC_WRITE_BYTES;
    plan->pads = p->options->modern;
    if (plan->logical == LC_LOGICAL_DECIMAL)
        lc_parse_int(lc_schema_parameter(plan->schema, "scale"), INT32_MIN, INT32_MAX, &scale);
    plan->scale = (int32_t)scale;
    return NULL;
}

static lc_error *plan_map(planner *p, lc_avro_write_plan *plan)
{
    const lc_schema *schema = plan->schema;
    const lc_avro *avro = plan->avro;
    uint32_t key, value;
    if (avro->type == LC_AVRO_MAP) {
        plan->op = LC_WRITE_MAP;
        return plan_for(p, schema->values, avro->items, &plan->values);
    }
    if (!lc_avro_is_entry(avro->items) || avro->items->count != 2 ||
        !lc_avro_find_field(avro->items, LC_TEXT("key"), &key) ||
        !lc_avro_find_field(avro->items, LC_TEXT("value"), &value))
        return never(p, schema, avro, plan);
    plan->op = LC_WRITE_ENTRIES;
    plan->swapped = key > value;
    LC_TRY(plan_for(p, schema->keys, avro->items->fields[key].schema, &plan->keys));
    return plan_for(p, schema->values, avro->items->fields[value].schema, &plan->values);
}

static lc_error *plan_default(planner *p, const lc_avro *avro, const lc_avro_field *avro_field,
                              lc_avro_write_field *field)
{
    lc_avro_output out = {0};
    lc_avro_output_start(&out, &p->store->arena, NULL, 0);
    if (!avro_field->fallback || !lc_avro_write_default(&out, avro_field->schema, avro_field->fallback))
        return lc_fail(
            LC_E_DATA,
            "Field %.*s of the registered Avro schema %.*s is neither in the Connect schema nor has "
            "it a default",
            (int)avro_field->name.len, avro_field->name.data, (int)avro->full.len, avro->full.data);
    field->fixed = lc_avro_output_finish(&out);
    return NULL;
}

/* The struct's field for an Avro field: by position where schemas agree, else by name. */
static int32_t find_slot(planner *p, const lc_schema *schema, lc_text name, uint32_t guess)
{
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        uint32_t at = (guess + i) % schema->shape->count;
        const lc_name *own = &schema->shape->names[at];
        lc_text scrubbed = lc_avro_scrub(&p->store->arena, p->options, (lc_text){own->text, own->len});
        if (lc_text_eq(scrubbed, name)) return (int32_t)at;
    }
    return -1;
}

static lc_error *plan_record(planner *p, lc_avro_write_plan *plan)
{
    const lc_avro *avro = plan->avro;
    lc_avro_write_field *fields = lc_arena_alloc(&p->store->arena, avro->count * sizeof *fields);
    plan->op = LC_WRITE_RECORD;
    plan->count = avro->count;
    plan->fields = fields;
    for (uint32_t i = 0; i < avro->count; i++) {
        int32_t slot = find_slot(p, plan->schema, avro->fields[i].name, i);
        fields[i] = (lc_avro_write_field){.slot = (uint32_t)slot};
        if (slot < 0) LC_TRY(plan_default(p, avro, &avro->fields[i], &fields[i]));
        else LC_TRY(plan_for(p, plan->schema->fields[slot], avro->fields[i].schema, &fields[i].plan));
    }
    return NULL;
}

static lc_error *plan_union(planner *p, lc_avro_write_plan *plan)
{
    const lc_schema *schema = plan->schema;
    lc_avro_write_field *fields = lc_arena_alloc(&p->store->arena, schema->shape->count * sizeof *fields);
    plan->op = LC_WRITE_MEMBER;
    plan->count = schema->shape->count;
    plan->fields = fields;
    for (uint32_t i = 0; i < plan->count; i++) {
        fields[i] = (lc_avro_write_field){.slot = i};
        LC_TRY(plan_for(p, schema->fields[i], plan->avro, &fields[i].plan));
    }
    return NULL;
}

static lc_error *plan_scalar(planner *p, lc_avro_write_plan *plan)
{
    static const uint8_t ops[] = {
        [LC_AVRO_BOOLEAN] = LC_WRITE_BOOLEAN, [LC_AVRO_INT] = LC_WRITE_LONG,
        [LC_AVRO_LONG] = LC_WRITE_LONG,       [LC_AVRO_FLOAT] = LC_WRITE_FLOAT,
        [LC_AVRO_DOUBLE] = LC_WRITE_DOUBLE,   [LC_AVRO_STRING] = LC_WRITE_STRING,
        [LC_AVRO_BYTES] = LC_WRITE_STRING,
    };
    (void)p;
    plan->op = ops[plan->avro->type];
    return NULL;
}

static lc_error *plan_value(planner *p, lc_avro_write_plan *plan)
{
    const lc_schema *schema = plan->schema;
    bool is_date = plan->logical >= LC_LOGICAL_DATE;
    bool is_whole = plan->avro->type == LC_AVRO_INT || plan->avro->type == LC_AVRO_LONG;
    if (!fit(p, schema, plan->avro) || (is_date && !is_whole)) return never(p, schema, plan->avro, plan);
    switch (schema->type) {
    case LC_TYPE_STRUCT: return plan_record(p, plan);
    case LC_TYPE_MAP: return plan_map(p, plan);
    case LC_TYPE_BYTES: return plan_bytes(p, plan);
    case LC_TYPE_ARRAY:
        plan->op = LC_WRITE_ARRAY;
        return plan_for(p, schema->values, plan->avro->items, &plan->values);
    default: return plan->avro->type == LC_AVRO_ENUM ? plan_enum(p, plan) : plan_scalar(p, plan);
    }
}

static lc_error *fill(planner *p, lc_avro_write_plan *plan)
{
    const lc_schema *schema = plan->schema;
    const lc_avro *avro = plan->avro;
    plan->null_index = avro->type == LC_AVRO_NULL ? -2 : -1;
    if (avro->type == LC_AVRO_UNION) plan->null_index = null_branch(avro);
    if (schema->type == LC_TYPE_STRUCT && lc_avro_is_union(schema)) return plan_union(p, plan);
    if (avro->type != LC_AVRO_UNION) return plan_value(p, plan);
    plan->index = best_branch(p, schema, avro);
    if (plan->index < 0) return never(p, schema, avro, plan);
    plan->avro = avro->branches[plan->index];
    return plan_value(p, plan);
}

static lc_error *make(planner *p, const lc_schema *schema, const lc_avro *avro, lc_avro_write_plan *plan)
{
    *plan = (lc_avro_write_plan){.schema = schema, .avro = avro, .index = -1, .null_index = -1};
    if (!schema) {
        plan->op = LC_WRITE_ANYTHING;
        if (lc_text_is(avro->full, LC_AVRO_ANYTHING)) return NULL;
        return lc_fail(LC_E_DATA,
                       "A value without a schema can only be written as " LC_AVRO_ANYTHING ", not as %.*s",
                       (int)avro->full.len, avro->full.data);
    }
    plan->logical = schema->logical;
    plan->optional = schema->optional;
    plan->ignore_default = p->options->ignore_default;
    return fill(p, plan);
}

static lc_error *plan_for(planner *p, const lc_schema *schema, const lc_avro *avro,
                          const lc_avro_write_plan **ret)
{
    const void *key[2] = {schema, avro};
    lc_text text = {(const char *)key, sizeof key};
    *ret = lc_table_get_text(p->made, text);
    if (*ret) return NULL;
    if (p->depth == LC_AVRO_DEPTH_MAX)
        return lc_fail(LC_E_DATA, "The schema is nested more than %d deep", (int)LC_AVRO_DEPTH_MAX);
    lc_avro_write_plan *plan = lc_arena_alloc(&p->store->arena, sizeof *plan);
    lc_table_put_text(p->made, text, plan);
    *ret = plan;
    p->depth++;
    lc_error *error = make(p, schema, avro, plan);
    p->depth--;
    return error;
}

lc_error *lc_avro_write_plan_make(lc_avro_store *store, const lc_avro_options *options,
                                  const lc_schema *schema, const lc_avro *avro,
                                  const lc_avro_write_plan **ret_plan)
{
    planner p = {store, options, lc_table_new(NULL), 0};
    lc_error *error = plan_for(&p, schema, avro, ret_plan);
    lc_table_free(p.made);
    return error;
}
