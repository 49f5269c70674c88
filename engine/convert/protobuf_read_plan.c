/* Plans for reading. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "convert/protobuf_read_plan.h"
#include "java/number.h"

enum {
    FIELDS_MAX = 60000, /* of one message */
    INDEX_MAX = 4096    /* numbers up to it have a place of their own */
};

typedef struct planner {
    lc_proto_store *store;
    const lc_proto_options *options;
    lc_table *made; /* message and schema ─▶ plan */
} planner;

static lc_error *plan_struct(planner *p, const lc_proto_message *message, const lc_schema *schema,
                             const lc_proto_read_plan **ret);

static const uint8_t kinds[] = {
    [LC_PROTO_DOUBLE] = LC_FLOAT64, [LC_PROTO_FLOAT] = LC_FLOAT32,  [LC_PROTO_INT64] = LC_INT64,
    [LC_PROTO_UINT64] = LC_INT64,   [LC_PROTO_INT32] = LC_INT32,    [LC_PROTO_FIXED64] = LC_INT64,
    [LC_PROTO_FIXED32] = LC_INT64,  [LC_PROTO_BOOL] = LC_BOOLEAN,   [LC_PROTO_STRING] = LC_STRING,
    [LC_PROTO_BYTES] = LC_BYTES,    [LC_PROTO_UINT32] = LC_INT64,   [LC_PROTO_ENUM] = LC_INT32,
    [LC_PROTO_SFIXED32] = LC_INT32, [LC_PROTO_SFIXED64] = LC_INT64, [LC_PROTO_SINT32] = LC_INT32,
    [LC_PROTO_SINT64] = LC_INT64,
};

static bool default_real(lc_text text, double *ret)
{
    bool minus = text.len && text.data[0] == '-';
    lc_text plain = minus ? (lc_text){text.data + 1, text.len - 1} : text;
    if (lc_text_is(plain, "inf")) *ret = minus ? -(double)INFINITY : (double)INFINITY;
    else if (lc_text_is(plain, "nan")) *ret = (double)NAN;
    else return lc_parse_double(text, ret);
    return true;
}

static bool default_integer(lc_text text, int64_t *ret)
{
    char digits[40], *end;
    if (!text.len || text.len >= sizeof digits) return false;
    memcpy(digits, text.data, text.len);
    digits[text.len] = '\0';
    *ret = digits[0] == '-' ? strtoll(digits, &end, 0) : (int64_t)strtoull(digits, &end, 0);
    return !*end;
}

static lc_value default_symbol(const lc_proto_read_field *f, const lc_proto_field *field)
{
    const lc_proto_constant *constant = &field->constants->constants[0];
    for (size_t i = 0; i < field->constants->count && field->fallback.data; i++)
        if (lc_text_eq(field->constants->constants[i].name, field->fallback))
            constant = &field->constants->constants[i];
    return f->op == LC_READ_SYMBOL ? lc_value_text(constant->name) : lc_value_int(LC_INT32, constant->number);
}

/* What a field is worth that the data lacks. */
static lc_value default_of(const lc_proto_read_field *f, const lc_proto_field *field)
{
    lc_value value = {.kind = f->kind};
    double real;
    int64_t whole;
    if (f->op == LC_READ_SYMBOL || f->op == LC_READ_NUMBER) return default_symbol(f, field);
    if (f->kind == LC_STRING || f->kind == LC_BYTES) {
        lc_text text = field->fallback.data ? field->fallback : LC_TEXT("");
        return f->kind == LC_STRING ? lc_value_text(text) : lc_value_bytes(text);
    }
    if (!field->fallback.data) return value;
    if (f->kind == LC_BOOLEAN) value.u.i = lc_text_is(field->fallback, "true");
    else if (f->kind == LC_FLOAT64 || f->kind == LC_FLOAT32) {
        if (default_real(field->fallback, &real))
            value.u.d = f->kind == LC_FLOAT32 ? (double)(float)real : real;
    } else if (default_integer(field->fallback, &whole)) value.u.i = whole;
    return value;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = ((const lc_proto_read_field *)a)->number, y = ((const lc_proto_read_field *)b)->number;
    return x < y ? -1 : x > y;
}

/* Sorts what was found, and sees which fields have an end. */
static lc_proto_read_plan *seal(planner *p, lc_proto_read_plan *plan, lc_proto_read_field *fields)
{
    lc_arena *arena = &p->store->arena;
    qsort(fields, plan->count, sizeof *fields, by_number);
    uint32_t top = plan->count ? fields[plan->count - 1].number + 1 : 0;
    plan->index_count = top > INDEX_MAX ? INDEX_MAX : top;
    uint16_t *index = lc_arena_alloc(arena, plan->index_count * sizeof *index + 1);
    uint32_t *finished = lc_arena_alloc(arena, (plan->count + 1) * sizeof *finished);
    memset(index, 0, plan->index_count * sizeof *index);
    for (uint32_t i = 0; i < plan->count; i++) {
        const lc_proto_read_field *f = &fields[i];
        if (f->number < plan->index_count) index[f->number] = (uint16_t)(i + 1);
        bool nested = f->op == LC_READ_SPECIAL || (f->op == LC_READ_STRUCT && f->child->finished_count);
        if (f->is_repeated || f->is_required || f->is_made || nested) finished[plan->finished_count++] = i;
    }
    plan->fields = fields;
    plan->index = index;
    plan->finished = finished;
    return plan;
}

static lc_proto_read_plan *new_plan(planner *p, uint32_t slots, lc_value **ret_start)
{
    lc_proto_read_plan *plan = lc_arena_alloc(&p->store->arena, sizeof *plan);
    *ret_start = lc_arena_alloc(&p->store->arena, (slots + 1) * sizeof **ret_start);
    memset(*ret_start, 0, (slots + 1) * sizeof **ret_start);
    *plan = (lc_proto_read_plan){.start = *ret_start, .slot_count = slots};
    return plan;
}

static lc_proto_read_field field_of(const lc_proto_message *message, const lc_proto_field *field,
                                    uint8_t kind)
{
    lc_proto_type type = (lc_proto_type)field->type;
    bool old = message->file->syntax == LC_PROTO_2;
    return (lc_proto_read_field){
        .number = field->number,
        .op = type == LC_PROTO_STRING ? LC_READ_TEXT : LC_READ_SCALAR,
        .type = field->type,
        .wire = (uint8_t)lc_proto_wire_of(type),
        .kind = kind ? kind : kinds[type],
        .is_repeated = field->label == LC_PROTO_REPEATED,
        .is_closed = old && type == LC_PROTO_ENUM,
        .is_lenient = old,
        .is_required = field->label == LC_PROTO_REQUIRED,
        .constants = field->constants,
        .name = field->name,
    };
}

/* The parts of a special message by their names. */
static lc_error *plan_special(planner *p, const lc_proto_message *message, lc_proto_special special,
                              const lc_proto_read_plan **ret)
{
    static const char *const names[][5] = {
        [LC_SPECIAL_DECIMAL] = {"value", "precision", "scale"},
        [LC_SPECIAL_DATE] = {"year", "month", "day"},
        [LC_SPECIAL_TIME] = {"hours", "minutes", "seconds", "nanos"},
        [LC_SPECIAL_TIMESTAMP] = {"seconds", "nanos"},
    };
    lc_value *start;
    lc_proto_read_plan *plan = new_plan(p, 4, &start);
    lc_proto_read_field *fields = lc_arena_alloc(&p->store->arena, 4 * sizeof *fields);
    for (uint32_t i = 0; i < 4 && names[special][i]; i++) {
        const lc_proto_field *field = lc_proto_find_field(message, lc_text_of(names[special][i]));
        bool bytes = special == LC_SPECIAL_DECIMAL && i == 0;
        start[i] = bytes ? lc_value_bytes(LC_TEXT("")) : lc_value_int(LC_INT64, 0);
        bool fits = field && field->type != LC_PROTO_MESSAGE && field->type != LC_PROTO_ENUM &&
                    field->label != LC_PROTO_REPEATED &&
                    (bytes ? field->type == LC_PROTO_BYTES
                           : kinds[field->type] == LC_INT32 || kinds[field->type] == LC_INT64);
        if (!fits) continue;
        fields[plan->count] = field_of(message, field, bytes ? LC_BYTES : LC_INT64);
        fields[plan->count].is_required = false;
        fields[plan->count++].slot = i;
    }
    *ret = seal(p, plan, fields);
    return NULL;
}

static lc_error *plan_wrapper(planner *p, const lc_proto_message *message, const lc_proto_read_plan **ret)
{
    lc_value *start;
    lc_proto_read_plan *plan = new_plan(p, 1, &start);
    lc_proto_read_field *field = lc_arena_alloc(&p->store->arena, sizeof *field);
    *field = field_of(message, &message->fields[0], 0);
    start[0] = default_of(field, &message->fields[0]);
    plan->count = 1;
    *ret = seal(p, plan, field);
    return NULL;
}

static lc_error *plan_entry(planner *p, const lc_proto_message *entry, const lc_schema *schema,
                            const lc_proto_read_plan **ret);

static lc_error *plan_message_field(planner *p, const lc_proto_field *field, const lc_schema *schema,
                                    lc_proto_read_field *f)
{
    f->special = (uint8_t)lc_proto_special_of(field->message);
    if (schema->type == LC_TYPE_MAP) {
        f->op = LC_READ_MAP;
        return plan_entry(p, field->message, schema, &f->child);
    }
    if (schema->type == LC_TYPE_STRUCT) {
        f->op = LC_READ_STRUCT;
        return plan_struct(p, field->message, schema, &f->child);
    }
    if (f->special == LC_SPECIAL_NONE) { /* unfolded often enough: bytes */
        f->op = LC_READ_SCALAR;
        f->type = LC_PROTO_BYTES;
        f->kind = LC_BYTES;
        return NULL;
    }
    f->op = f->special == LC_SPECIAL_WRAPPER ? LC_READ_WRAPPER : LC_READ_SPECIAL;
    if (f->op == LC_READ_WRAPPER) return plan_wrapper(p, field->message, &f->child);
    return plan_special(p, field->message, (lc_proto_special)f->special, &f->child);
}

/* A field and its schema: what to do with its data, and what it is without. */
static lc_error *plan_field(planner *p, const lc_proto_message *message, const lc_proto_field *field,
                            const lc_schema *schema, lc_proto_read_field *f, lc_value *start)
{
    bool list = field->label == LC_PROTO_REPEATED;
    const lc_schema *one = list && schema->type == LC_TYPE_ARRAY ? schema->values : schema;
    bool small = one->type == LC_TYPE_INT8 || one->type == LC_TYPE_INT16;
    *f = field_of(message, field, small ? one->type : 0);
    if (field->type == LC_PROTO_ENUM) f->op = one->type == LC_TYPE_STRING ? LC_READ_SYMBOL : LC_READ_NUMBER;
    if (field->type == LC_PROTO_MESSAGE) {
        LC_TRY(plan_message_field(p, field, one, f));
        f->is_made = p->options->struct_nulls && !list && field->oneof < 0 && f->op >= LC_READ_STRUCT;
        return NULL;
    }
    bool null = list || f->is_required || field->oneof >= 0 ||
                (lc_proto_is_optional(p->options, message, field) && !p->options->struct_nulls);
    if (!null) *start = default_of(f, field);
    return NULL;
}

static lc_error *plan_entry(planner *p, const lc_proto_message *entry, const lc_schema *schema,
                            const lc_proto_read_plan **ret)
{
    lc_value *start;
    lc_proto_read_plan *plan = new_plan(p, 2, &start);
    lc_proto_read_field *fields = lc_arena_alloc(&p->store->arena, 2 * sizeof *fields);
    for (uint32_t i = 0; i < 2; i++) {
        const lc_schema *part = i ? schema->values : schema->keys;
        LC_TRY(plan_field(p, entry, &entry->fields[i], part, &fields[i], &start[i]));
        bool scalar = fields[i].op < LC_READ_STRUCT;
        if (scalar) start[i] = default_of(&fields[i], &entry->fields[i]);
        fields[i].is_made = !scalar && !fields[i].is_repeated;
        fields[i].is_required = false;
        fields[i].slot = i;
    }
    plan->count = 2;
    plan->keys_are_text = schema->keys->type == LC_TYPE_STRING;
    *ret = seal(p, plan, fields);
    return NULL;
}

/* The other fields of a oneof without a struct of its own. */
static void plan_others(planner *p, const lc_proto_message *message, const lc_proto_field *field,
                        const lc_schema *schema, lc_proto_read_field *f)
{
    uint32_t *others = lc_arena_alloc(&p->store->arena, (message->field_count + 1) * sizeof *others);
    for (size_t i = 0; i < message->field_count; i++) {
        const lc_proto_field *other = &message->fields[i];
        if (other->oneof != field->oneof || other == field) continue;
        others[f->other_count++] = (uint32_t)lc_shape_find(schema->shape, other->name.data, other->name.len);
    }
    f->others = others;
}

static lc_error *plan_member(planner *p, const lc_proto_message *message, const lc_proto_field *field,
                             const lc_schema *schema, lc_proto_read_field *f)
{
    lc_value unused;
    lc_text name = lc_proto_union_field(&p->store->arena, p->options, message, field->oneof);
    uint32_t slot = (uint32_t)lc_shape_find(schema->shape, name.data, name.len);
    const lc_schema *oneof = schema->fields[slot];
    uint32_t member = (uint32_t)lc_shape_find(oneof->shape, field->name.data, field->name.len);
    LC_TRY(plan_field(p, message, field, oneof->fields[member], f, &unused));
    f->oneof = oneof;
    f->slot = slot;
    f->member = member;
    return NULL;
}

static lc_error *plan_any(planner *p, const lc_proto_message *message, const lc_proto_field *field,
                          const lc_schema *schema, lc_proto_read_field *f, lc_value *start)
{
    if (field->oneof >= 0 && !p->options->flatten) return plan_member(p, message, field, schema, f);
    uint32_t slot = (uint32_t)lc_shape_find(schema->shape, field->name.data, field->name.len);
    LC_TRY(plan_field(p, message, field, schema->fields[slot], f, &start[slot]));
    f->slot = slot;
    if (field->oneof >= 0) plan_others(p, message, field, schema, f);
    return NULL;
}

static lc_error *plan_struct(planner *p, const lc_proto_message *message, const lc_schema *schema,
                             const lc_proto_read_plan **ret)
{
    char key[64];
    int len = snprintf(key, sizeof key, "%p %p", (const void *)message, (const void *)schema);
    lc_value *start;
    *ret = lc_table_get_text(p->made, (lc_text){key, (size_t)len});
    if (*ret) return NULL;
    if (message->field_count > FIELDS_MAX)
        return lc_fail(LC_E_DATA, "Message %.*s has more than %d fields", (int)message->full.len,
                       message->full.data, (int)FIELDS_MAX);
    lc_proto_read_plan *plan = new_plan(p, schema->shape->count, &start);
    lc_proto_read_field *fields =
        lc_arena_alloc(&p->store->arena, (message->field_count + 1) * sizeof *fields);
    plan->schema = schema;
    for (size_t i = 0; i < message->field_count; i++)
        LC_TRY(plan_any(p, message, &message->fields[i], schema, &fields[plan->count++], start));
    *ret = seal(p, plan, fields);
    lc_table_put_text(p->made, (lc_text){key, (size_t)len}, plan);
    return NULL;
}

lc_error *lc_proto_read_plan_make(lc_proto_store *store, const lc_proto_options *options,
                                  const lc_proto_message *message, const lc_schema *schema,
                                  const lc_proto_read_plan **ret_plan)
{
    planner p = {store, options, lc_table_new(NULL)};
    lc_error *error = schema->type == LC_TYPE_STRUCT ? plan_struct(&p, message, schema, ret_plan)
                                                     : plan_wrapper(&p, message, ret_plan);
    lc_table_free(p.made);
    return error;
}
