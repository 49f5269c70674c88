/* Bytes by a plan into values. */
#include "convert/protobuf_input.h"
#include "convert/protobuf_read_plan.h"
#include "java/charset.h"

enum {
    BUDGET_BASE = 1 << 22, /* values of 16 bytes that any message may become */
    BUDGET_PER_BYTE = 64
};

typedef struct reader {
    lc_proto_input in;
    const uint8_t *start;
    lc_types *types;
    lc_arena *arena;
    size_t budget; /* values that may still be made */
    unsigned depth;
    lc_error *error; /* a value that can't be; NULL: `in.fault` says what is wrong */
    char path[LC_PROTO_PATH];
} reader;

/* Every reader answers false after it left a fault or an error. */
static bool read_fields(reader *r, const lc_proto_read_plan *plan, lc_value *slots);
static bool finish(reader *r, const lc_proto_read_plan *plan, lc_value *slots);

void lc_proto_path_add(char path[LC_PROTO_PATH], lc_text name)
{
    size_t len = strlen(path), room = LC_PROTO_PATH - 1;
    size_t front = name.len < room ? name.len : room;
    size_t dot = len && front < room;
    size_t rest = len < room - front - dot ? len : room - front - dot;
    memmove(path + front + dot, path, rest);
    if (front) memcpy(path, name.data, front);
    if (dot) path[front] = '.';
    path[front + dot + rest] = '\0';
}

static bool fault(reader *r, const char *what)
{
    return lc_proto_fault(&r->in, what);
}

static bool failed(reader *r, lc_error *error)
{
    r->error = error;
    return false;
}

static bool at_field(reader *r, lc_text name)
{
    lc_proto_path_add(r->path, name);
    return false;
}

static bool spend(reader *r, size_t values)
{
    if (__builtin_expect(r->budget < values, 0))
        return fault(r, "it would take far more memory than its length allows for");
    r->budget -= values;
    return true;
}

static const lc_proto_read_field *find_field(const lc_proto_read_plan *plan, uint32_t number)
{
    if (number < plan->index_count)
        return plan->index[number] ? &plan->fields[plan->index[number] - 1] : NULL;
    uint32_t low = 0, high = plan->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (plan->fields[middle].number < number) low = middle + 1;
        else high = middle;
    }
    return low < plan->count && plan->fields[low].number == number ? &plan->fields[low] : NULL;
}

const lc_proto_constant *lc_proto_find_constant(const lc_proto_enum *constants, int32_t number)
{
    size_t count = constants->count;
    if (number >= 0 && (uint32_t)number < count && constants->constants[number].number == number) {
        /* An alias before it would have its name. */
        size_t at = (size_t)number;
        while (at && constants->constants[at - 1].number == number) at--;
        return &constants->constants[at];
    }
    for (size_t i = 0; i < count; i++)
        if (constants->constants[i].number == number) return &constants->constants[i];
    return NULL;
}

static int64_t zigzag(uint64_t bits)
{
    return (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
}

static int64_t varint_value(lc_proto_type type, uint64_t bits)
{
    switch (type) {
    case LC_PROTO_INT32:
    case LC_PROTO_ENUM: return (int32_t)bits;
    case LC_PROTO_UINT32: return (uint32_t)bits;
    case LC_PROTO_SINT32: return (int32_t)zigzag((uint32_t)bits);
    case LC_PROTO_SINT64: return zigzag(bits);
    case LC_PROTO_BOOL: return bits != 0;
    default: return (int64_t)bits;
    }
}

static bool read_fixed(reader *r, const lc_proto_read_field *f, lc_value *ret)
{
    const void *bytes;
    uint64_t wide = 0;
    size_t size = f->wire == LC_PROTO_FIXED_32 ? 4 : 8;
    if (!lc_proto_bytes(&r->in, size, &bytes)) return false;
    memcpy(&wide, bytes, size);
    *ret = (lc_value){.kind = f->kind};
    if (f->type == LC_PROTO_DOUBLE) memcpy(&ret->u.d, &wide, sizeof wide);
    else if (f->type == LC_PROTO_FLOAT) {
        float real;
        memcpy(&real, &wide, sizeof real);
        ret->u.d = (double)real;
    } else ret->u.i = f->type == LC_PROTO_SFIXED32 ? (int32_t)wide : (int64_t)wide;
    return true;
}

static bool read_text(reader *r, const lc_proto_read_field *f, lc_value *ret)
{
    lc_text text;
    const uint8_t *start = r->in.at;
    if (!lc_proto_span(&r->in, &text)) return false;
    if (f->op == LC_READ_TEXT && !lc_utf8_valid(text.data, text.len)) {
        if (!f->is_lenient) {
            r->in.at = start;
            return fault(r, "a string has invalid UTF-8");
        }
        text = lc_utf8_decode(r->arena, text);
    }
    *ret = (lc_value){.kind = f->kind, .len = (uint32_t)text.len, .u.s = text.data};
    return true;
}

/* A number without a constant: text of its own, or, in proto2, no value at all (*ret stays null). */
static void read_symbol(reader *r, const lc_proto_read_field *f, lc_value *ret)
{
    int32_t number = (int32_t)ret->u.i;
    const lc_proto_constant *constant = lc_proto_find_constant(f->constants, number);
    if (!constant && f->is_closed) *ret = lc_value_null();
    else if (constant && f->op == LC_READ_SYMBOL) *ret = lc_value_text(constant->name);
    else if (f->op == LC_READ_SYMBOL)
        *ret = lc_value_text(
            lc_text_of(lc_arena_printf(r->arena, "UNKNOWN_ENUM_VALUE_%.*s_%d", (int)f->constants->name.len,
                                       f->constants->name.data, number)));
}

static bool read_scalar(reader *r, const lc_proto_read_field *f, lc_value *ret)
{
    uint64_t bits;
    if (f->wire == LC_PROTO_LENGTH) return read_text(r, f, ret);
    if (f->wire != LC_PROTO_VARINT) return read_fixed(r, f, ret);
    if (!lc_proto_varint(&r->in, &bits)) return false;
    *ret = lc_value_int(f->kind, varint_value((lc_proto_type)f->type, bits));
    if (f->kind == LC_INT8) ret->u.i = (int8_t)ret->u.i;
    if (f->kind == LC_INT16) ret->u.i = (int16_t)ret->u.i;
    if (f->constants) read_symbol(r, f, ret);
    return true;
}

/* Reads a message that is a field's value into slots. */
static bool read_inside(reader *r, const lc_proto_read_plan *plan, lc_text span, lc_value *slots)
{
    const uint8_t *end = r->in.end, *after = r->in.at;
    if (r->depth >= LC_PROTO_DEPTH_MAX) return fault(r, "it is nested too deep");
    r->depth++;
    r->in.at = (const uint8_t *)span.data;
    r->in.end = r->in.at + span.len;
    if (!read_fields(r, plan, slots)) return false;
    r->in.at = after;
    r->in.end = end;
    r->depth--;
    return true;
}

static void copy_slots(const lc_proto_read_plan *plan, lc_value *slots)
{
    memcpy(slots, plan->start, plan->slot_count * sizeof *slots);
}

/* Makes the value that messages of a field are read into, with nothing read; its slots. */
static lc_value *begin_message(reader *r, const lc_proto_read_field *f, lc_value *place)
{
    const lc_proto_read_plan *plan = f->child;
    if (f->op == LC_READ_STRUCT) {
        *place = lc_struct_new(r->arena, plan->schema);
        copy_slots(plan, place->u.object->slots);
        return place->u.object->slots;
    }
    if (f->op == LC_READ_WRAPPER) {
        *place = plan->start[0];
        return place;
    }
    /* Until the message around is over, the place holds the parts. */
    lc_value *parts = lc_arena_alloc(r->arena, plan->slot_count * sizeof *parts);
    copy_slots(plan, parts);
    *place = (lc_value){.kind = LC_BYTES, .u.s = (const char *)parts};
    return parts;
}

static lc_value *slots_of(const lc_proto_read_field *f, const lc_value *place)
{
    if (f->op == LC_READ_STRUCT) return place->u.object->slots;
    return f->op == LC_READ_WRAPPER ? (lc_value *)(uintptr_t)place : (lc_value *)(uintptr_t)place->u.s;
}

static bool read_message(reader *r, const lc_proto_read_field *f, lc_value *place)
{
    lc_text span;
    if (!lc_proto_span(&r->in, &span)) return false;
    if (place->kind == LC_NULL && !spend(r, f->child->slot_count + 3)) return false;
    lc_value *slots = place->kind == LC_NULL ? begin_message(r, f, place) : slots_of(f, place);
    return read_inside(r, f->child, span, slots);
}

/* Parts become a value; what is inside of a struct comes to its end. */
static bool finish_value(reader *r, const lc_proto_read_field *f, lc_value *place)
{
    if (f->op == LC_READ_STRUCT) return finish(r, f->child, place->u.object->slots);
    if (f->op != LC_READ_SPECIAL) return true;
    lc_error *error = lc_proto_special_value(r->arena, (lc_proto_special)f->special,
                                             (const lc_value *)(const void *)place->u.s, place);
    return !error || failed(r, error);
}

static bool make_missing(reader *r, const lc_proto_read_field *f, lc_value *place)
{
    if (f->op == LC_READ_MAP)
        *place = f->child->keys_are_text ? lc_object_new(r->arena, lc_shape_empty(r->types), 0)
                                         : lc_map_new(r->arena, 0);
    else if (f->is_repeated) *place = lc_list_new(r->arena, 0);
    else if (f->is_required)
        return failed(
            r, lc_fail(LC_E_DATA, "Message missing required fields: %.*s", (int)f->name.len, f->name.data));
    else if (f->is_made) {
        if (!spend(r, f->child->slot_count + 3)) return false;
        begin_message(r, f, place);
        return finish_value(r, f, place);
    }
    return true;
}

static bool finish(reader *r, const lc_proto_read_plan *plan, lc_value *slots)
{
    for (uint32_t i = 0; i < plan->finished_count; i++) {
        const lc_proto_read_field *f = &plan->fields[plan->finished[i]];
        lc_value *place = &slots[f->slot];
        if (f->oneof) {
            if (place->kind == LC_NULL) continue;
            place = &place->u.object->slots[f->member];
            if (place->kind == LC_NULL) continue;
        }
        if (place->kind == LC_NULL ? !make_missing(r, f, place)
                                   : !f->is_repeated && !finish_value(r, f, place))
            return at_field(r, f->name);
    }
    return true;
}

static bool read_value(reader *r, const lc_proto_read_field *f, lc_value *ret)
{
    if (f->op < LC_READ_STRUCT) return read_scalar(r, f, ret);
    *ret = lc_value_null();
    return read_message(r, f, ret) && finish_value(r, f, ret);
}

static lc_list *list_at(reader *r, lc_value *place, uint32_t cap)
{
    if (place->kind == LC_NULL) *place = lc_list_new(r->arena, cap);
    return place->u.list;
}

static bool read_item(reader *r, const lc_proto_read_field *f, lc_value *place)
{
    lc_value item;
    if (!spend(r, 1) || !read_value(r, f, &item)) return false;
    if (item.kind != LC_NULL) *lc_list_add(r->arena, list_at(r, place, 4)) = item;
    return true;
}

static uint32_t packed_count(const lc_proto_read_field *f, lc_text span)
{
    uint32_t count = 0;
    if (f->wire != LC_PROTO_VARINT) return (uint32_t)(span.len / (f->wire == LC_PROTO_FIXED_32 ? 4 : 8));
    for (size_t i = 0; i < span.len; i++) count += !(span.data[i] & 0x80);
    return count;
}

static bool read_packed(reader *r, const lc_proto_read_field *f, lc_value *place)
{
    lc_text span;
    const uint8_t *end = r->in.end;
    if (!lc_proto_span(&r->in, &span)) return false;
    uint32_t count = packed_count(f, span);
    if (!spend(r, count)) return false;
    lc_list *list = list_at(r, place, count);
    r->in.end = r->in.at;
    r->in.at = (const uint8_t *)span.data;
    while (r->in.at < r->in.end) {
        lc_value item;
        if (!read_scalar(r, f, &item)) return false;
        if (item.kind != LC_NULL) *lc_list_add(r->arena, list) = item;
    }
    r->in.end = end;
    return true;
}

static bool read_entry(reader *r, const lc_proto_read_field *f, lc_value *place)
{
    lc_text span;
    lc_value parts[2];
    const lc_proto_read_plan *plan = f->child;
    if (!lc_proto_span(&r->in, &span) || !spend(r, 4)) return false;
    copy_slots(plan, parts);
    if (!read_inside(r, plan, span, parts) || !finish(r, plan, parts)) return false;
    if (place->kind == LC_NULL) make_missing(r, f, place);
    if (plan->keys_are_text) *lc_map_set(r->types, r->arena, place, lc_value_as_text(&parts[0])) = parts[1];
    else lc_map_put(r->arena, place->u.map, parts[0], parts[1]);
    return true;
}

/* The place of a field of a oneof, after the field that was there is gone. */
static lc_value *oneof_place(reader *r, const lc_proto_read_field *f, lc_value *slots)
{
    lc_value *place = &slots[f->slot];
    for (uint32_t i = 0; i < f->other_count; i++) slots[f->others[i]] = lc_value_null();
    if (!f->oneof) return place;
    if (place->kind == LC_NULL || place->u.object->slots[f->member].kind == LC_NULL)
        *place = lc_struct_new(r->arena, f->oneof);
    return &place->u.object->slots[f->member];
}

static bool read_single(reader *r, const lc_proto_read_field *f, lc_value *slots)
{
    lc_value value;
    bool chosen = f->oneof || f->other_count;
    if (f->oneof && !spend(r, f->oneof->shape->count + 3)) return false;
    if (f->op >= LC_READ_STRUCT)
        return read_message(r, f, chosen ? oneof_place(r, f, slots) : &slots[f->slot]);
    if (!read_scalar(r, f, &value)) return false;
    if (value.kind != LC_NULL) *(chosen ? oneof_place(r, f, slots) : &slots[f->slot]) = value;
    return true;
}

static bool read_field(reader *r, const lc_proto_read_field *f, unsigned wire, lc_value *slots)
{
    if (wire != f->wire) {
        bool packed = f->is_repeated && wire == LC_PROTO_LENGTH;
        if (packed) return read_packed(r, f, &slots[f->slot]);
        return lc_proto_skip(&r->in, f->number, wire, r->depth);
    }
    if (!f->is_repeated) return read_single(r, f, slots);
    return f->op == LC_READ_MAP ? read_entry(r, f, &slots[f->slot]) : read_item(r, f, &slots[f->slot]);
}

static bool read_fields(reader *r, const lc_proto_read_plan *plan, lc_value *slots)
{
    while (r->in.at < r->in.end) {
        uint32_t number;
        unsigned wire;
        if (!lc_proto_tag(&r->in, &number, &wire)) return false;
        const lc_proto_read_field *f = find_field(plan, number);
        if (__builtin_expect(!f, 0)) {
            if (!lc_proto_skip(&r->in, number, wire, r->depth)) return false;
        } else if (__builtin_expect(!read_field(r, f, wire, slots), 0)) return at_field(r, f->name);
    }
    return true;
}

static bool read_root(reader *r, const lc_proto_read_plan *plan, lc_value *ret)
{
    if (plan->schema) *ret = lc_struct_new(r->arena, plan->schema);
    lc_value *slots = plan->schema ? ret->u.object->slots : ret;
    copy_slots(plan, slots);
    return read_fields(r, plan, slots) && finish(r, plan, slots);
}

lc_error *lc_proto_read(lc_types *types, lc_arena *arena, const lc_proto_read_plan *plan, lc_text bytes,
                        lc_value *ret_value)
{
    static const uint8_t none[1];
    const uint8_t *start = bytes.data ? (const uint8_t *)bytes.data : none;
    reader r = {
        .in = {.at = start, .end = start + bytes.len}, .start = start, .types = types, .arena = arena};
    r.budget = BUDGET_BASE + BUDGET_PER_BYTE * bytes.len;
    if (read_root(&r, plan, ret_value)) return NULL;
    const char *in_field = *r.path ? " in field " : "";
    if (!r.error)
        return lc_fail(LC_E_DATA, "Malformed Protobuf data at byte %td%s%s: %s", r.in.at - r.start, in_field,
                       r.path, r.in.fault);
    return *r.path ? lc_wrap(r.error, LC_E_DATA, "Protobuf data%s%s: %s", in_field, r.path,
                             lc_error_message(r.error))
                   : r.error;
}
