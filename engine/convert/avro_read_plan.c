/* Plans for reading: resolution of a writer's schema against a reader's and its Connect schema. */
#include <stdlib.h>

#include "base/memory.h"
#include "convert/avro_output.h"
#include "convert/avro_read_plan.h"
#include "java/number.h"

typedef struct planner {
    lc_avro_store *store;
    const lc_avro_options *options;
    lc_table *made; /* the three schemas ─▶ plan */
    unsigned depth;
} planner;

static lc_error *plan_for(planner *p, const lc_avro *w, const lc_avro *r, const lc_schema *schema,
                          const lc_avro_read_plan **ret);

static lc_error *mismatch(planner *p, lc_avro_read_plan *plan, const lc_avro *r)
{
    const lc_avro *w = plan->writer;
    plan->op = LC_READ_NEVER;
    plan->problem = lc_arena_printf(&p->store->arena, "Found %.*s, expecting %.*s", (int)w->full.len,
                                    w->full.data, (int)r->full.len, r->full.data);
    return NULL;
}

static bool has_text(const lc_text *texts, uint32_t count, lc_text text)
{
    for (uint32_t i = 0; i < count; i++)
        if (lc_text_eq(texts[i], text)) return true;
    return false;
}

static bool same_name(const lc_avro *w, const lc_avro *r)
{
    return lc_text_eq(w->full, r->full) || lc_text_eq(w->name, r->name) ||
           has_text(r->aliases, r->alias_count, w->full);
}

static bool promotes(lc_avro_type w, lc_avro_type r)
{
    switch (w) {
    case LC_AVRO_INT: return r == LC_AVRO_LONG || r == LC_AVRO_FLOAT || r == LC_AVRO_DOUBLE;
    case LC_AVRO_LONG: return r == LC_AVRO_FLOAT || r == LC_AVRO_DOUBLE;
    case LC_AVRO_FLOAT: return r == LC_AVRO_DOUBLE;
    case LC_AVRO_STRING: return r == LC_AVRO_BYTES;
    case LC_AVRO_BYTES: return r == LC_AVRO_STRING;
    default: return false;
    }
}

enum { NAME_FULL, NAME_SHORT, NAME_ANY, NAME_END };

static bool branch_matches(const lc_avro *w, const lc_avro *branch, int how)
{
    if (branch->type != w->type) return false;
    if (!lc_avro_is_named(w)) return how == NAME_FULL;
    if (how == NAME_FULL) return lc_text_eq(w->full, branch->full);
    return how == NAME_SHORT ? same_name(w, branch) : w->type == LC_AVRO_RECORD;
}

/* The reader's branch for a type of the writer: the same one, else a record of any name, else a wider one. */
static int find_branch(const lc_avro *w, const lc_avro *r)
{
    for (int how = NAME_FULL; how < NAME_END; how++)
        for (uint32_t i = 0; i < r->count; i++)
            if (branch_matches(w, r->branches[i], how)) return (int)i;
    for (uint32_t i = 0; i < r->count; i++)
        if (promotes(w->type, r->branches[i]->type)) return (int)i;
    return -1;
}

static bool is_nullable(planner *p, const lc_avro *r)
{
    if (r->count == 1) return p->options->flatten;
    if (r->count != 2) return false;
    const lc_avro *a = r->branches[0], *b = r->branches[1];
    return (a->type == LC_AVRO_NULL && !a->props.first) != (b->type == LC_AVRO_NULL && !b->props.first);
}

/* Bytes that a value of the type takes at least, or less: a record in a record counts as nothing. */
static size_t least_bytes(const lc_avro *avro, bool inside)
{
    size_t sum = 0;
    switch (avro->type) {
    case LC_AVRO_NULL: return 0;
    case LC_AVRO_FLOAT: return 4;
    case LC_AVRO_DOUBLE: return 8;
    case LC_AVRO_FIXED: return (size_t)avro->size;
    case LC_AVRO_RECORD:
        for (uint32_t i = 0; i < avro->count && !inside; i++)
            sum += least_bytes(avro->fields[i].schema, true);
        return sum;
    default: return 1;
    }
}

static lc_error *plan_entries(planner *p, lc_avro_read_plan *plan, const lc_avro *r)
{
    const lc_avro *items = plan->writer->items, *reader = r->items;
    const lc_schema *schema = plan->schema;
    uint32_t key, value;
    if (!lc_avro_is_entry(items) || items->count != 2 || !lc_avro_find_field(items, LC_TEXT("key"), &key) ||
        !lc_avro_find_field(items, LC_TEXT("value"), &value))
        return mismatch(p, plan, r);
    plan->op = LC_READ_ENTRIES;
    plan->swapped = key > value;
    plan->least = least_bytes(items, false);
    const lc_avro *reader_key = lc_avro_find_field(reader, LC_TEXT("key"), NULL)->schema;
    const lc_avro *reader_value = lc_avro_find_field(reader, LC_TEXT("value"), NULL)->schema;
    LC_TRY(plan_for(p, items->fields[key].schema, reader_key, schema->keys, &plan->keys));
    LC_TRY(plan_for(p, items->fields[value].schema, reader_value, schema->values, &plan->values));
    if (schema->keys->type != LC_TYPE_STRING || schema->keys->optional) return NULL;
    /* AvroData takes required text keys for an Avro map and then finds an array. */
    plan->op = LC_READ_NEVER;
    plan->problem = "Invalid type for MAP: class org.apache.avro.generic.GenericData$Array";
    return NULL;
}

static lc_error *plan_items(planner *p, lc_avro_read_plan *plan, const lc_avro *r)
{
    bool is_map = r->type == LC_AVRO_MAP;
    if (!is_map && plan->schema->type == LC_TYPE_MAP) return plan_entries(p, plan, r);
    plan->op = is_map ? LC_READ_MAP : LC_READ_ARRAY;
    plan->least = least_bytes(plan->writer->items, false) + is_map;
    return plan_for(p, plan->writer->items, r->items, plan->schema->values, &plan->values);
}

static lc_error *plan_enum(planner *p, lc_avro_read_plan *plan, const lc_avro *r)
{
    const lc_avro *w = plan->writer;
    if (!same_name(w, r)) return mismatch(p, plan, r);
    lc_value *symbols = lc_arena_alloc(&p->store->arena, w->count * sizeof *symbols);
    lc_autoptr(lc_table) known = lc_table_new(NULL);
    for (uint32_t i = 0; w != r && i < r->count; i++) lc_table_put_text(known, r->symbols[i], known);
    for (uint32_t i = 0; i < w->count; i++) {
        lc_text symbol = w->symbols[i];
        if (w != r && !lc_table_get_text(known, symbol)) symbol = r->enum_default;
        symbols[i] = symbol.data ? lc_value_text(symbol) : lc_value_null();
    }
    plan->op = LC_READ_ENUM;
    plan->symbols = symbols;
    plan->count = w->count;
    return NULL;
}

static int32_t reader_slot(const lc_avro *r, lc_text name, uint32_t guess)
{
    if (guess < r->count && lc_text_eq(r->fields[guess].name, name)) return (int32_t)guess;
    for (uint32_t i = 0; i < r->count; i++)
        if (lc_text_eq(r->fields[i].name, name)) return (int32_t)i;
    for (uint32_t i = 0; i < r->count; i++)
        if (has_text(r->fields[i].aliases, r->fields[i].alias_count, name)) return (int32_t)i;
    return -1;
}

static lc_error *plan_default(planner *p, const lc_avro *r, uint32_t slot, const lc_schema *schema,
                              lc_avro_read_field *field)
{
    const lc_avro_field *from = &r->fields[slot];
    lc_avro_output out = {0};
    lc_avro_output_start(&out, &p->store->arena, NULL, 0);
    if (!from->fallback || !lc_avro_write_default(&out, from->schema, from->fallback))
        return lc_fail(LC_E_DATA, "Found %.*s, expecting %.*s, missing required field %.*s", (int)r->full.len,
                       r->full.data, (int)r->full.len, r->full.data, (int)from->name.len, from->name.data);
    *field = (lc_avro_read_field){.slot = slot, .is_default = true, .fixed = lc_avro_output_finish(&out)};
    return plan_for(p, from->schema, from->schema, schema, &field->plan);
}

static lc_error *plan_fields(planner *p, lc_avro_read_plan *plan, const lc_avro *r, uint8_t *given)
{
    const lc_avro *w = plan->writer;
    const lc_schema *const *schemas = plan->schema->fields;
    size_t room = (size_t)w->count + r->count;
    lc_avro_read_field *fields = lc_arena_alloc(&p->store->arena, room * sizeof *fields);
    plan->fields = fields;
    for (uint32_t i = 0; i < w->count; i++, plan->count++) {
        int32_t slot = w == r ? (int32_t)i : reader_slot(r, w->fields[i].name, i);
        fields[i] = (lc_avro_read_field){.slot = (uint32_t)slot, .skipped = w->fields[i].schema};
        if (slot < 0 || given[slot]) continue;
        given[slot] = 1;
        LC_TRY(plan_for(p, w->fields[i].schema, r->fields[slot].schema, schemas[slot], &fields[i].plan));
    }
    for (uint32_t i = 0; i < r->count; i++) {
        if (given[i]) continue;
        LC_TRY(plan_default(p, r, i, schemas[i], &fields[plan->count++]));
    }
    return NULL;
}

static lc_error *plan_record(planner *p, lc_avro_read_plan *plan, const lc_avro *r)
{
    plan->op = LC_READ_RECORD;
    uint8_t *given = lc_alloc(r->count + 1);
    lc_error *error = plan_fields(p, plan, r, given);
    free(given);
    return error;
}

static lc_error *plan_scalar(planner *p, lc_avro_read_plan *plan, const lc_avro *r)
{
    static const uint8_t ops[] = {
        [LC_AVRO_NULL] = LC_READ_NULL,   [LC_AVRO_BOOLEAN] = LC_READ_BOOLEAN,
        [LC_AVRO_INT] = LC_READ_INT,     [LC_AVRO_LONG] = LC_READ_LONG,
        [LC_AVRO_FLOAT] = LC_READ_FLOAT, [LC_AVRO_DOUBLE] = LC_READ_DOUBLE,
        [LC_AVRO_BYTES] = LC_READ_BYTES, [LC_AVRO_STRING] = LC_READ_STRING,
    };
    lc_avro_type from = plan->writer->type, to = r->type;
    (void)p;
    plan->op = ops[from];
    if (from == to) return NULL;
    if (from == LC_AVRO_FLOAT) plan->op = LC_READ_FLOAT_AS_DOUBLE;
    else if (from == LC_AVRO_STRING || from == LC_AVRO_BYTES) plan->op = ops[to];
    else if (to != LC_AVRO_LONG) plan->op = from == LC_AVRO_INT ? LC_READ_INT_AS_REAL : LC_READ_LONG_AS_REAL;
    return NULL;
}

static lc_error *plan_type(planner *p, lc_avro_read_plan *plan, const lc_avro *r)
{
    const lc_avro *w = plan->writer;
    if (w->type != r->type && !promotes(w->type, r->type)) return mismatch(p, plan, r);
    switch (r->type) {
    case LC_AVRO_RECORD: return plan_record(p, plan, r);
    case LC_AVRO_ENUM: return plan_enum(p, plan, r);
    case LC_AVRO_ARRAY:
    case LC_AVRO_MAP: return plan_items(p, plan, r);
    case LC_AVRO_FIXED:
        if (!same_name(w, r) || w->size != r->size) return mismatch(p, plan, r);
        plan->op = LC_READ_FIXED;
        plan->size = w->size;
        return NULL;
    default: return plan_scalar(p, plan, r);
    }
}

static lc_error *plan_branches(planner *p, lc_avro_read_plan *plan, const lc_avro *r)
{
    const lc_avro *w = plan->writer;
    const lc_avro_read_plan **branches = lc_arena_alloc(&p->store->arena, w->count * sizeof *branches);
    plan->op = LC_READ_UNION;
    plan->branches = branches;
    plan->count = w->count;
    for (uint32_t i = 0; i < w->count; i++)
        LC_TRY(plan_for(p, w->branches[i], r, plan->schema, &branches[i]));
    return NULL;
}

/* Whether AvroData puts data of the branch into this field; for bytes into a fixed their number decides. */
static bool takes(planner *p, const lc_schema *field, const lc_schema *own, const lc_avro *branch)
{
    static const lc_type types[] = {
        [LC_AVRO_BOOLEAN] = LC_TYPE_BOOLEAN, [LC_AVRO_INT] = LC_TYPE_INT32,
        [LC_AVRO_LONG] = LC_TYPE_INT64,      [LC_AVRO_FLOAT] = LC_TYPE_FLOAT32,
        [LC_AVRO_DOUBLE] = LC_TYPE_FLOAT64,  [LC_AVRO_BYTES] = LC_TYPE_BYTES,
        [LC_AVRO_STRING] = LC_TYPE_STRING,   [LC_AVRO_FIXED] = LC_TYPE_BYTES,
        [LC_AVRO_ARRAY] = LC_TYPE_ARRAY,     [LC_AVRO_MAP] = LC_TYPE_MAP,
        [LC_AVRO_ENUM] = LC_TYPE_NONE,
    };
    if (branch->type == LC_AVRO_RECORD) return field == own;
    if (lc_avro_is_enum(field))
        return branch->type == LC_AVRO_ENUM &&
               lc_text_eq(lc_schema_parameter(field, lc_avro_enum_parameter(p->options)), branch->full);
    if (types[branch->type] != (lc_type)field->type) return false;
    if (branch->type != LC_AVRO_FIXED || !lc_avro_is_fixed(field)) return true;
    return lc_text_eq(lc_avro_member_name(&p->store->arena, p->options, field, 0),
                      lc_avro_branch_name(&p->store->arena, p->options, branch, 0));
}

/* The slot that the data of this branch goes to, found the way AvroData looks for it; -1: none. */
static int32_t member_slot(planner *p, const lc_schema *schema, const lc_avro *r, uint32_t branch)
{
    uint32_t own = 0;
    for (uint32_t i = 0; i < branch; i++) own += r->branches[i]->type != LC_AVRO_NULL;
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_schema *field = schema->fields[i];
        if (!takes(p, field, schema->fields[own], r->branches[branch])) continue;
        if (p->options->generalized) return (int32_t)i;
        lc_text name = lc_avro_member_name(&p->store->arena, p->options, field, i);
        return name.data ? lc_shape_find(schema->shape, name.data, name.len) : -1;
    }
    return -1;
}

static void plan_sizes(planner *p, lc_avro_read_plan *plan)
{
    uint32_t count = plan->schema->shape->count;
    int32_t *sizes = lc_arena_alloc(&p->store->arena, count * sizeof *sizes);
    for (uint32_t i = 0; i < count; i++) {
        const lc_schema *field = plan->schema->fields[i];
        int64_t size = field->type == LC_TYPE_BYTES ? -1 : -2;
        if (lc_avro_is_fixed(field)) {
            lc_parse_int(lc_schema_parameter(field, LC_AVRO_FIXED_SIZE), 0, INT32_MAX, &size);
            plan->sized = true;
        }
        sizes[i] = (int32_t)size;
    }
    plan->sizes = sizes;
}

static lc_error *plan_member(planner *p, lc_avro_read_plan *plan, const lc_avro *r)
{
    int branch = find_branch(plan->writer, r);
    if (branch < 0) return mismatch(p, plan, r);
    plan->op = LC_READ_NULL;
    if (plan->writer->type == LC_AVRO_NULL) return NULL;
    int32_t slot = member_slot(p, plan->schema, r, (uint32_t)branch);
    plan->op = slot < 0 ? LC_READ_NEVER : LC_READ_MEMBER;
    plan->problem = "Did not find matching union field for data";
    plan->slot = (uint32_t)slot;
    if (slot < 0) return NULL;
    if (r->branches[branch]->type == LC_AVRO_BYTES) plan_sizes(p, plan);
    return plan_for(p, plan->writer, r->branches[branch], plan->schema->fields[slot], &plan->values);
}

static lc_error *plan_reader_union(planner *p, lc_avro_read_plan *plan, const lc_avro *r)
{
    if (!is_nullable(p, r)) return plan_member(p, plan, r);
    int branch = find_branch(plan->writer, r);
    if (branch < 0) return mismatch(p, plan, r);
    return plan_type(p, plan, r->branches[branch]);
}

static lc_error *make(planner *p, const lc_avro *w, const lc_avro *r, const lc_schema *schema,
                      lc_avro_read_plan *plan)
{
    int64_t scale = INT32_MIN;
    uint32_t deepest = p->options->deepest ? p->options->deepest : LC_AVRO_DEPTH_MAX;
    *plan = (lc_avro_read_plan){.writer = w, .schema = schema, .deepest = deepest};
    if (!schema) {
        plan->op = LC_READ_ANYTHING;
        return lc_text_is(w->full, LC_AVRO_ANYTHING) ? NULL : mismatch(p, plan, r);
    }
    if (w->type == LC_AVRO_UNION) return plan_branches(p, plan, r);
    plan->kind = schema->type;
    plan->logical = schema->logical;
    if (plan->logical == LC_LOGICAL_DECIMAL)
        lc_parse_int(lc_schema_parameter(schema, "scale"), INT32_MIN, INT32_MAX, &scale);
    plan->scale = (int32_t)scale;
    return r->type == LC_AVRO_UNION ? plan_reader_union(p, plan, r) : plan_type(p, plan, r);
}

static lc_error *plan_for(planner *p, const lc_avro *w, const lc_avro *r, const lc_schema *schema,
                          const lc_avro_read_plan **ret)
{
    const void *key[3] = {w, r, schema};
    lc_text text = {(const char *)key, sizeof key};
    *ret = lc_table_get_text(p->made, text);
    if (*ret) return NULL;
    if (p->depth == LC_AVRO_DEPTH_MAX)
        return lc_fail(LC_E_DATA, "The Avro schema is nested more than %d deep", (int)LC_AVRO_DEPTH_MAX);
    lc_avro_read_plan *plan = lc_arena_alloc(&p->store->arena, sizeof *plan);
    lc_table_put_text(p->made, text, plan);
    *ret = plan;
    p->depth++;
    lc_error *error = make(p, w, r, schema, plan);
    p->depth--;
    return error;
}

lc_error *lc_avro_read_plan_make(lc_avro_store *store, const lc_avro_options *options, const lc_avro *writer,
                                 const lc_avro *reader, const lc_schema *schema,
                                 const lc_avro_read_plan **ret_plan)
{
    planner p = {store, options, lc_table_new(NULL), 0};
    lc_error *error = plan_for(&p, writer, reader, schema, ret_plan);
    lc_table_free(p.made);
    return error;
}
