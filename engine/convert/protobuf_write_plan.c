/* Plans for writing. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "convert/protobuf_write_plan.h"

typedef struct planner {
    lc_proto_store *store;
    const lc_proto_options *options;
    lc_table *made; /* schema and messages ─▶ plan */
} planner;

/* Where a value goes: the message made of its schema, and the one to write as. */
typedef struct target {
    const lc_proto_message *own, *other;
} target;

static lc_error *plan_message(planner *p, const lc_schema *schema, target to,
                              const lc_proto_write_plan **ret);

static lc_error *misfit(const lc_schema *schema, const lc_proto_message *message, const lc_proto_field *field)
{
    const char *logical = schema->logical ? schema->name.data : lc_type_java_name((lc_type)schema->type);
    lc_text type =
        field->type_name.data ? field->type_name : lc_text_of(lc_proto_type_name((lc_proto_type)field->type));
    return lc_fail(LC_E_DATA, "Field %.*s of message %.*s is %s%.*s and can't hold %s", (int)field->name.len,
                   field->name.data, (int)message->full.len, message->full.data,
                   field->label == LC_PROTO_REPEATED ? "repeated " : "", (int)type.len, type.data, logical);
}

static void set_tag(lc_proto_write_field *f, lc_proto_wire wire)
{
    uint32_t tag = f->number << 3 | (uint32_t)wire;
    for (f->tag_len = 0; tag > 0x7f; tag >>= 7) f->tag[f->tag_len++] = (uint8_t)(tag | 0x80);
    f->tag[f->tag_len++] = (uint8_t)tag;
}

static bool is_whole(lc_proto_type type)
{
    static const bool whole[] = {
        [LC_PROTO_INT64] = 1,   [LC_PROTO_UINT64] = 1, [LC_PROTO_INT32] = 1,    [LC_PROTO_FIXED64] = 1,
        [LC_PROTO_FIXED32] = 1, [LC_PROTO_UINT32] = 1, [LC_PROTO_SFIXED32] = 1, [LC_PROTO_SFIXED64] = 1,
        [LC_PROTO_SINT32] = 1,  [LC_PROTO_SINT64] = 1};
    return whole[type];
}

static bool scalar_fits(const lc_schema *schema, lc_proto_type type)
{
    switch ((lc_type)schema->type) {
    case LC_TYPE_BOOLEAN: return type == LC_PROTO_BOOL;
    case LC_TYPE_INT8:
    case LC_TYPE_INT16:
    case LC_TYPE_INT32: return is_whole(type) || type == LC_PROTO_ENUM;
    case LC_TYPE_INT64: return is_whole(type);
    case LC_TYPE_FLOAT32: return type == LC_PROTO_FLOAT || type == LC_PROTO_DOUBLE;
    case LC_TYPE_FLOAT64: return type == LC_PROTO_FLOAT || type == LC_PROTO_DOUBLE;
    case LC_TYPE_STRING: return type == LC_PROTO_STRING || type == LC_PROTO_ENUM;
    case LC_TYPE_BYTES: return type == LC_PROTO_BYTES;
    default: return false;
    }
}

static bool has_presence(const lc_proto_message *message, const lc_proto_field *field)
{
    if (field->type == LC_PROTO_MESSAGE || field->oneof >= 0) return true;
    return field->label == LC_PROTO_OPTIONAL || message->file->syntax != LC_PROTO_3;
}

/* A wrapper's one field, for values in it. */
static lc_error *plan_wrapper(planner *p, const lc_schema *schema, const lc_proto_message *message,
                              const lc_proto_write_plan **ret)
{
    lc_proto_write_plan *plan = lc_arena_alloc(&p->store->arena, sizeof *plan);
    lc_proto_write_field *field = lc_arena_alloc(&p->store->arena, sizeof *field);
    lc_proto_type type = (lc_proto_type)message->fields[0].type;
    if (!scalar_fits(schema, type)) return misfit(schema, message, &message->fields[0]);
    *field = (lc_proto_write_field){.number = message->fields[0].number,
                                    .type = (uint8_t)type,
                                    .schema = schema,
                                    .one = schema,
                                    .name = message->fields[0].name};
    set_tag(field, lc_proto_wire_of(type));
    *plan = (lc_proto_write_plan){.fields = field, .count = 1};
    *ret = plan;
    return NULL;
}

static lc_error *plan_scalar(const lc_schema *schema, const lc_proto_message *message,
                             const lc_proto_field *field, lc_proto_write_field *f)
{
    if (!scalar_fits(schema, (lc_proto_type)field->type)) return misfit(schema, message, field);
    f->op =
        field->type == LC_PROTO_ENUM && schema->type == LC_TYPE_STRING ? LC_WRITE_SYMBOL : LC_WRITE_SCALAR;
    f->constants = field->constants;
    return NULL;
}

static lc_error *plan_nested(planner *p, const lc_schema *schema, const lc_proto_message *message,
                             const lc_proto_field *field, const lc_proto_field *own, lc_proto_write_field *f)
{
    const target to = {own->message, field->message};
    lc_proto_special special = lc_proto_special_of(field->message);
    if (schema->logical) {
        f->op = LC_WRITE_SPECIAL;
        bool same = lc_text_is(field->message->full, lc_proto_logical_type((lc_logical)schema->logical));
        return same ? NULL : misfit(schema, message, field);
    }
    if (schema->type == LC_TYPE_STRUCT || schema->type == LC_TYPE_MAP) {
        f->op = schema->type == LC_TYPE_MAP ? LC_WRITE_MAP : LC_WRITE_STRUCT;
        if (schema->type == LC_TYPE_MAP && field->label != LC_PROTO_REPEATED)
            return misfit(schema, message, field);
        return plan_message(p, schema, to, &f->child);
    }
    f->op = LC_WRITE_WRAPPER;
    if (special != LC_SPECIAL_WRAPPER) return misfit(schema, message, field);
    return plan_wrapper(p, schema, field->message, &f->child);
}

/* Bytes that are a message. */
static bool is_raw(const lc_schema *schema)
{
    return schema->type == LC_TYPE_BYTES && lc_schema_parameter(schema, LC_PROTO_RAW).data;
}

/* `field` is of the message to write as, `own` of the one made of the schema. */
static lc_error *plan_field(planner *p, const lc_schema *schema, const lc_proto_message *message,
                            const lc_proto_field *field, const lc_proto_field *own, lc_proto_write_field *f)
{
    lc_proto_type type = (lc_proto_type)field->type;
    bool list = schema->type == LC_TYPE_ARRAY && !schema->logical;
    bool repeated = field->label == LC_PROTO_REPEATED;
    *f = (lc_proto_write_field){.number = field->number,
                                .type = field->type,
                                .schema = schema,
                                .one = list ? schema->values : schema,
                                .is_list = list,
                                .is_required = field->label == LC_PROTO_REQUIRED,
                                .has_presence = has_presence(message, field),
                                .name = field->name};
    if (list != repeated && !(repeated && schema->type == LC_TYPE_MAP)) return misfit(schema, message, field);
    bool plain = message->file->syntax != LC_PROTO_2;
    f->is_packed = list && lc_proto_is_packable(type) && (field->packed < 0 ? plain : field->packed > 0);
    set_tag(f, f->is_packed ? LC_PROTO_LENGTH : lc_proto_wire_of(type));
    if (type == LC_PROTO_MESSAGE && is_raw(f->one)) {
        f->type = LC_PROTO_BYTES;
        return NULL;
    }
    if (type == LC_PROTO_MESSAGE) return plan_nested(p, f->one, message, field, own, f);
    return plan_scalar(f->one, message, field, f);
}

/* The field of the other message with this name; the own one where that has none and its number is free. */
static lc_error *choose_field(target to, lc_text name, const lc_proto_field **ret_field,
                              const lc_proto_field **ret_own, const lc_proto_message **ret_message)
{
    *ret_own = lc_proto_find_field(to.own, name);
    *ret_message = to.other;
    *ret_field = to.other == to.own ? *ret_own : lc_proto_find_field(to.other, name);
    if (!*ret_own)
        return lc_fail(LC_E_DATA, "Cannot find field with name %.*s in message %.*s", (int)name.len,
                       name.data, (int)to.own->full.len, to.own->full.data);
    if (*ret_field) return NULL;
    for (size_t i = 0; i < to.other->field_count; i++)
        if (to.other->fields[i].number == (*ret_own)->number)
            return lc_fail(
                LC_E_DATA, "Message %.*s has no field %.*s, and its number %u there is that of %.*s",
                (int)to.other->full.len, to.other->full.data, (int)name.len, name.data, (*ret_own)->number,
                (int)to.other->fields[i].name.len, to.other->fields[i].name.data);
    *ret_field = *ret_own;
    *ret_message = to.own;
    return NULL;
}

static lc_error *plan_named(planner *p, lc_text name, const lc_schema *schema, target to,
                            lc_proto_write_field *f)
{
    const lc_proto_field *field, *own;
    const lc_proto_message *message;
    LC_TRY(choose_field(to, lc_proto_scrub(&p->store->arena, p->options, name), &field, &own, &message));
    return plan_field(p, schema, message, field, own, f);
}

static lc_text name_at(const lc_schema *schema, uint32_t slot)
{
    return (lc_text){schema->shape->names[slot].text, schema->shape->names[slot].len};
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = ((const lc_proto_write_field *)a)->number, y = ((const lc_proto_write_field *)b)->number;
    return x < y ? -1 : x > y;
}

/* Fields that data can't do without. */
static lc_error *check_required(const lc_proto_write_plan *plan, const lc_proto_message *message)
{
    for (size_t i = 0; i < message->field_count; i++) {
        bool given = message->fields[i].label != LC_PROTO_REQUIRED;
        for (uint32_t j = 0; j < plan->count && !given; j++)
            given = plan->fields[j].number == message->fields[i].number;
        if (!given)
            return lc_fail(LC_E_DATA, "Message missing required fields: %.*s",
                           (int)message->fields[i].name.len, message->fields[i].name.data);
    }
    return NULL;
}

static lc_error *seal(lc_proto_write_plan *plan, lc_proto_write_field *fields, target to)
{
    qsort(fields, plan->count, sizeof *fields, by_number);
    plan->fields = fields;
    for (uint32_t i = 1; i < plan->count; i++)
        if (fields[i].number == fields[i - 1].number)
            return lc_fail(LC_E_DATA, "Field number %u has already been used in \"%.*s\"", fields[i].number,
                           (int)to.other->full.len, to.other->full.data);
    return check_required(plan, to.other);
}

static uint32_t count_fields(const lc_schema *schema)
{
    uint32_t count = 2;
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_schema *field = schema->fields[i];
        count += field->type == LC_TYPE_STRUCT ? field->shape->count + 1 : 1;
    }
    return count;
}

static lc_error *plan_struct(planner *p, const lc_schema *schema, target to, lc_proto_write_plan *plan)
{
    lc_proto_write_field *fields = lc_arena_alloc(&p->store->arena, count_fields(schema) * sizeof *fields);
    uint32_t *oneofs = lc_arena_alloc(&p->store->arena, (schema->shape->count + 1) * sizeof *oneofs);
    plan->schema = schema;
    plan->oneofs = oneofs;
    for (uint32_t slot = 0; slot < schema->shape->count; slot++) {
        const lc_schema *field = schema->fields[slot];
        bool is_oneof = field->type == LC_TYPE_STRUCT && lc_proto_is_union(field);
        uint32_t count = is_oneof ? field->shape->count : 1;
        if (is_oneof) oneofs[plan->oneof_count++] = slot;
        for (uint32_t i = 0; i < count; i++) {
            lc_proto_write_field *f = &fields[plan->count++];
            LC_TRY(plan_named(p, is_oneof ? name_at(field, i) : name_at(schema, slot),
                              is_oneof ? field->fields[i] : field, to, f));
            f->slot = slot;
            f->member = i;
            f->oneof = is_oneof ? field : NULL;
        }
    }
    return seal(plan, fields, to);
}

static lc_error *plan_entry(planner *p, const lc_schema *schema, target to, lc_proto_write_plan *plan)
{
    lc_proto_write_field *fields = lc_arena_alloc(&p->store->arena, 2 * sizeof *fields);
    for (uint32_t i = 0; i < 2; i++) {
        LC_TRY(plan_named(p, i ? LC_TEXT("value") : LC_TEXT("key"), i ? schema->values : schema->keys, to,
                          &fields[i]));
        fields[i].slot = i;
    }
    plan->count = 2;
    return seal(plan, fields, to);
}

static lc_error *plan_message(planner *p, const lc_schema *schema, target to, const lc_proto_write_plan **ret)
{
    char key[80];
    int len = snprintf(key, sizeof key, "%p %p %p", (const void *)schema, (const void *)to.own,
                       (const void *)to.other);
    *ret = lc_table_get_text(p->made, (lc_text){key, (size_t)len});
    if (*ret) return NULL;
    lc_proto_write_plan *plan = lc_arena_alloc(&p->store->arena, sizeof *plan);
    *plan = (lc_proto_write_plan){.ignores_defaults = p->options->ignore_default};
    LC_TRY(schema->type == LC_TYPE_MAP ? plan_entry(p, schema, to, plan) : plan_struct(p, schema, to, plan));
    lc_table_put_text(p->made, (lc_text){key, (size_t)len}, plan);
    *ret = plan;
    return NULL;
}

lc_error *lc_proto_write_plan_make(lc_proto_store *store, const lc_proto_options *options,
                                   const lc_schema *schema, const lc_proto_message *own,
                                   const lc_proto_message *other, const lc_proto_write_plan **ret_plan)
{
    const target to = {own, other ? other : own};
    planner p = {store, options, NULL};
    if (schema->type != LC_TYPE_STRUCT) {
        bool fits = lc_proto_special_of(to.other) == LC_SPECIAL_WRAPPER;
        return plan_wrapper(&p, schema, fits ? to.other : own, ret_plan);
    }
    p.made = lc_table_new(NULL);
    lc_error *error = plan_message(&p, schema, to, ret_plan);
    lc_table_free(p.made);
    return error;
}
