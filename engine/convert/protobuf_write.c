/* Values by a plan into bytes. */
#include "convert/protobuf_input.h"
#include "convert/protobuf_write_plan.h"
#include "java/calendar.h"
#include "java/charset.h"
#include "java/number.h"

enum { SCALAR_ROOM = 10 /* the longest varint */ };

static lc_error *put_slots(lc_proto_output *out, const lc_proto_write_plan *plan, const lc_value *slots);

static void grow(lc_proto_output *out, size_t need)
{
    size_t used = (size_t)(out->at - out->start), size = (size_t)(out->end - out->start);
    size = size * 2 > used + need ? size * 2 : used + need + size;
    uint8_t *larger = lc_arena_alloc(out->arena, size);
    memcpy(larger, out->start, used);
    out->start = larger;
    out->at = larger + used;
    out->end = larger + size;
}

static inline void need_room(lc_proto_output *out, size_t need)
{
    if (__builtin_expect((size_t)(out->end - out->at) < need, 0)) grow(out, need);
}

static inline uint8_t *varint_at(uint8_t *at, uint64_t bits)
{
    for (; bits > 0x7f; bits >>= 7) *at++ = (uint8_t)(bits | 0x80);
    *at++ = (uint8_t)bits;
    return at;
}

static inline void put_varint(lc_proto_output *out, uint64_t bits)
{
    need_room(out, SCALAR_ROOM);
    out->at = varint_at(out->at, bits);
}

static inline void put_bytes(lc_proto_output *out, const void *bytes, size_t len)
{
    need_room(out, len);
    if (len) memcpy(out->at, bytes, len);
    out->at += len;
}

static inline void put_tag(lc_proto_output *out, const lc_proto_write_field *f)
{
    put_bytes(out, f->tag, f->tag_len);
}

void lc_proto_output_start(lc_proto_output *out, lc_arena *arena, const void *head, size_t len)
{
    size_t size = out->guess + out->guess / 4 + 64 + len;
    out->arena = arena;
    out->start = out->at = lc_arena_alloc(arena, size);
    out->end = out->start + size;
    out->path[0] = '\0';
    put_bytes(out, head, len);
}

lc_text lc_proto_output_finish(lc_proto_output *out)
{
    lc_text bytes = {(const char *)out->start, (size_t)(out->at - out->start)};
    out->guess = bytes.len;
    /* Something else may have been made behind the buffer; then it is no longer the newest allocation. */
    const char *end = (const char *)out->end;
    if (out->arena->at >= end && out->arena->at - end < 8) lc_arena_trim(out->arena, (char *)out->at);
    return bytes;
}

/* Room for the length of what follows: a byte, until it turns out to be longer. */
static size_t begin_length(lc_proto_output *out)
{
    need_room(out, 1);
    return (size_t)(++out->at - out->start);
}

static void end_length(lc_proto_output *out, size_t begin)
{
    size_t len = (size_t)(out->at - out->start) - begin, extra = 0;
    for (size_t rest = len >> 7; rest; rest >>= 7) extra++;
    need_room(out, extra);
    uint8_t *body = out->start + begin;
    if (extra) memmove(body + extra, body, len);
    varint_at(body - 1, len);
    out->at += extra;
}

static lc_error *fail_class(const lc_schema *schema, const lc_value *value)
{
    return lc_fail(LC_E_DATA, "Invalid type for %s: class %s", lc_type_java_name((lc_type)schema->type),
                   lc_value_java_class(value));
}

static bool is_number(const lc_value *value)
{
    return value->kind >= LC_INT8 && value->kind <= LC_FLOAT64;
}

static int64_t whole_of(const lc_value *value, bool narrow)
{
    if (value->kind < LC_FLOAT32) return narrow ? (int32_t)value->u.i : value->u.i;
    return narrow ? lc_double_to_int32(value->u.d) : lc_double_to_int64(value->u.d);
}

static double real_of(const lc_value *value)
{
    return value->kind < LC_FLOAT32 ? (double)value->u.i : value->u.d;
}

/* Java refuses what isn't of the schema's type; any number will do for a number. */
static bool has_kind(const lc_schema *schema, const lc_value *value)
{
    bool number = schema->type >= LC_TYPE_INT8 && schema->type <= LC_TYPE_FLOAT64;
    return number ? is_number(value) : value->kind == schema->type;
}

/* The varint that an integer is in a type. LC_E_DATA when the message has a narrower type than the schema. */
static lc_error *whole_bits(const lc_proto_write_field *f, const lc_value *value, uint64_t *ret)
{
    bool narrow = f->one->type != LC_TYPE_INT64;
    int64_t whole = f->type == LC_PROTO_BOOL ? value->u.i : whole_of(value, narrow);
    bool fits = true;
    *ret = (uint64_t)whole;
    switch ((lc_proto_type)f->type) {
    case LC_PROTO_INT32:
    case LC_PROTO_ENUM:
    case LC_PROTO_SFIXED32: fits = whole == (int32_t)whole; break;
    case LC_PROTO_UINT32:
    case LC_PROTO_FIXED32: *ret = (uint32_t)whole; break;
    case LC_PROTO_SINT32:
        fits = whole == (int32_t)whole;
        *ret = (uint32_t)(((uint32_t)whole << 1) ^ (uint32_t)((int32_t)whole >> 31));
        break;
    case LC_PROTO_SINT64: *ret = ((uint64_t)whole << 1) ^ (uint64_t)(whole >> 63); break;
    default: break;
    }
    if (fits) return NULL;
    return lc_fail(LC_E_DATA, "%lld is beyond %s, the type that the schema of the registry has",
                   (long long)whole, lc_proto_type_name((lc_proto_type)f->type));
}

static void put_real(lc_proto_output *out, const lc_proto_write_field *f, double real)
{
    float single = (float)real;
    if (f->type == LC_PROTO_FLOAT) put_bytes(out, &single, sizeof single);
    else put_bytes(out, &real, sizeof real);
}

static lc_text text_of(lc_proto_output *out, const lc_proto_write_field *f, const lc_value *value)
{
    lc_text text = lc_value_as_text(value);
    /* Lone surrogates, the only thing to replace, begin with ED. */
    bool odd = f->type == LC_PROTO_STRING && text.len && memchr(text.data, 0xed, text.len);
    return odd ? lc_utf8_encode(out->arena, text) : text;
}

/* A scalar without its tag. */
static lc_error *put_plain(lc_proto_output *out, const lc_proto_write_field *f, const lc_value *value)
{
    uint64_t bits;
    if (f->type == LC_PROTO_STRING || f->type == LC_PROTO_BYTES) {
        lc_text text = text_of(out, f, value);
        put_varint(out, text.len);
        put_bytes(out, text.data, text.len);
        return NULL;
    }
    if (f->type == LC_PROTO_FLOAT || f->type == LC_PROTO_DOUBLE) {
        put_real(out, f, real_of(value));
        return NULL;
    }
    LC_TRY(whole_bits(f, value, &bits));
    lc_proto_wire wire = lc_proto_wire_of((lc_proto_type)f->type);
    if (wire == LC_PROTO_VARINT) put_varint(out, bits);
    else put_bytes(out, &bits, wire == LC_PROTO_FIXED_32 ? 4 : 8);
    return NULL;
}

static bool is_default(const lc_proto_write_field *f, const lc_value *value)
{
    if (f->type == LC_PROTO_STRING || f->type == LC_PROTO_BYTES) return value->len == 0;
    if (value->kind == LC_FLOAT32 || value->kind == LC_FLOAT64) {
        uint64_t bits;
        memcpy(&bits, &value->u.d, sizeof bits);
        return bits == 0; /* -0.0 is no default */
    }
    return value->u.i == 0;
}

/* The number of an enum's symbol: by the message's own constants, else by what the schema says. */
static lc_error *symbol_number(const lc_proto_write_field *f, const lc_value *value, lc_value *ret)
{
    lc_text text = lc_value_as_text(value);
    for (size_t i = 0; i < f->constants->count; i++) {
        if (!lc_text_eq(f->constants->constants[i].name, text)) continue;
        *ret = lc_value_int(LC_INT32, f->constants->constants[i].number);
        return NULL;
    }
    static const char unknown[] = "UNKNOWN_ENUM_VALUE_";
    const char *number =
        text.len > sizeof unknown && lc_text_starts(text, unknown) ? memrchr(text.data, '_', text.len) : NULL;
    int64_t parsed;
    if (number && lc_parse_int((lc_text){number + 1, (size_t)(text.data + text.len - number - 1)}, INT32_MIN,
                               INT32_MAX, &parsed)) {
        *ret = lc_value_int(LC_INT32, parsed);
        return NULL;
    }
    return lc_fail(LC_E_DATA, "%.*s is no symbol of enum %.*s", text.len > 100 ? 100 : (int)text.len,
                   text.data, (int)f->constants->full.len, f->constants->full.data);
}

/* Parts of special messages: what is 0 is left out. */
static void put_part(lc_proto_output *out, uint8_t number, int64_t value)
{
    if (!value) return;
    uint8_t tag = (uint8_t)(number << 3);
    put_bytes(out, &tag, 1);
    put_varint(out, (uint64_t)value);
}

static lc_error *put_date(lc_proto_output *out, int64_t ms)
{
    lc_calendar_day day;
    if (ms % LC_DAY_MS)
        return lc_fail(LC_E_DATA,
                       "Kafka Connect Date type should not have any time fields set to non-zero values.");
    lc_calendar_day_of(ms / LC_DAY_MS, &day);
    put_part(out, 1, day.year);
    put_part(out, 2, day.month + 1);
    put_part(out, 3, day.day_of_month);
    return NULL;
}

static lc_error *put_time(lc_proto_output *out, int64_t ms)
{
    if (ms < 0 || ms > LC_DAY_MS)
        return lc_fail(LC_E_DATA,
                       "Time values must use number of millis greater than 0 and less than 86400000");
    put_part(out, 1, ms / 3600000 % 24);
    put_part(out, 2, ms / 60000 % 60);
    put_part(out, 3, ms / 1000 % 60);
    put_part(out, 4, ms % 1000 * 1000000);
    return NULL;
}

static lc_error *put_timestamp(lc_proto_output *out, int64_t ms)
{
    int64_t rest = ms % 1000, seconds = ms / 1000 - (rest < 0);
    if (seconds < -62135596800 || seconds > 253402300799)
        return lc_fail(
            LC_E_ILLEGAL_ARGUMENT,
            "Timestamp is not valid. See proto definition for valid values. Seconds (%lld) must be in range "
            "[-62,135,596,800, +253,402,300,799]. Nanos (%lld) must be in range [0, +999,999,999].",
            (long long)seconds, (long long)(rest + (rest < 0 ? 1000 : 0)) * 1000000);
    put_part(out, 1, seconds);
    put_part(out, 2, (rest + (rest < 0 ? 1000 : 0)) * 1000000);
    return NULL;
}

static void put_decimal(lc_proto_output *out, const lc_decimal *decimal)
{
    uint32_t precision = lc_decimal_precision(out->arena, *decimal);
    put_bytes(out, "\x0a", 1);
    put_varint(out, decimal->len);
    put_bytes(out, decimal->unscaled, decimal->len);
    put_part(out, 2, precision);
    put_part(out, 3, decimal->scale);
}

static lc_error *put_special(lc_proto_output *out, const lc_schema *schema, const lc_value *value)
{
    static const char *const names[] = {
        [LC_LOGICAL_DECIMAL] = "Decimal, expected BigDecimal",
        [LC_LOGICAL_DATE] = "Date, expected Date",
        [LC_LOGICAL_TIME] = "Time, expected Date",
        [LC_LOGICAL_TIMESTAMP] = "Timestamp, expected Date",
    };
    bool decimal = schema->logical == LC_LOGICAL_DECIMAL;
    if (value->kind != (decimal ? LC_DECIMAL : LC_DATE))
        return lc_fail(LC_E_DATA, "Invalid type for %s but was class %s", names[schema->logical],
                       lc_value_java_class(value));
    if (schema->logical == LC_LOGICAL_DATE) return put_date(out, value->u.i);
    if (schema->logical == LC_LOGICAL_TIME) return put_time(out, value->u.i);
    if (schema->logical == LC_LOGICAL_TIMESTAMP) return put_timestamp(out, value->u.i);
    put_decimal(out, value->u.decimal);
    return NULL;
}

/* What a value is inside of the message that a field has. */
static lc_error *put_inside(lc_proto_output *out, const lc_proto_write_field *f, const lc_value *value)
{
    if (f->op == LC_WRITE_SPECIAL) return put_special(out, f->one, value);
    if (!has_kind(f->one, value)) return fail_class(f->one, value);
    if (f->op == LC_WRITE_WRAPPER) return put_slots(out, f->child, value);
    if (value->u.object->schema != f->child->schema) return lc_fail(LC_E_DATA, "Mismatching struct schema");
    return put_slots(out, f->child, value->u.object->slots);
}

static lc_error *put_message(lc_proto_output *out, const lc_proto_write_field *f, const lc_value *value)
{
    put_tag(out, f);
    size_t begin = begin_length(out);
    LC_TRY(put_inside(out, f, value));
    end_length(out, begin);
    return NULL;
}

static lc_error *put_single(lc_proto_output *out, const lc_proto_write_field *f, const lc_value *value,
                            bool always)
{
    lc_value number;
    if (f->op >= LC_WRITE_STRUCT) return put_message(out, f, value);
    if (!has_kind(f->one, value)) return fail_class(f->one, value);
    if (f->op == LC_WRITE_SYMBOL) {
        LC_TRY(symbol_number(f, value, &number));
        value = &number;
    }
    if (!always && is_default(f, value)) return NULL;
    put_tag(out, f);
    return put_plain(out, f, value);
}

static lc_error *put_packed(lc_proto_output *out, const lc_proto_write_field *f, const lc_list *list)
{
    put_tag(out, f);
    size_t begin = begin_length(out);
    for (uint32_t i = 0; i < list->count; i++) {
        lc_value number;
        const lc_value *item = &list->items[i];
        if (!has_kind(f->one, item)) return fail_class(f->one, item);
        if (f->op == LC_WRITE_SYMBOL) {
            LC_TRY(symbol_number(f, item, &number));
            item = &number;
        }
        LC_TRY(put_plain(out, f, item));
    }
    end_length(out, begin);
    return NULL;
}

static lc_error *put_list(lc_proto_output *out, const lc_proto_write_field *f, const lc_value *value)
{
    if (value->kind != LC_ARRAY) return fail_class(f->schema, value);
    const lc_list *list = value->u.list;
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].kind == LC_NULL)
            return lc_fail(LC_E_NULL_POINTER, "null in a list, which Protobuf can't hold");
    if (f->is_packed) return list->count ? put_packed(out, f, list) : NULL;
    for (uint32_t i = 0; i < list->count; i++) LC_TRY(put_single(out, f, &list->items[i], true));
    return NULL;
}

static lc_error *put_map(lc_proto_output *out, const lc_proto_write_field *f, const lc_value *value)
{
    if (value->kind != LC_MAP) return fail_class(f->schema, value);
    uint32_t count = lc_map_size(value);
    for (uint32_t i = 0; i < count; i++) {
        lc_value parts[2], *item;
        lc_map_entry(value, i, &parts[0], &item);
        parts[1] = *item;
        put_tag(out, f);
        size_t begin = begin_length(out);
        LC_TRY(put_slots(out, f->child, parts));
        end_length(out, begin);
    }
    return NULL;
}

static lc_error *put_field(lc_proto_output *out, const lc_proto_write_field *f, const lc_value *value)
{
    if (f->is_list) return put_list(out, f, value);
    if (f->op == LC_WRITE_MAP) return put_map(out, f, value);
    return put_single(out, f, value, f->has_presence);
}

static const lc_value *or_default(const lc_proto_write_plan *plan, const lc_schema *schema,
                                  const lc_value *value)
{
    bool filled = value->kind == LC_NULL && schema->has_default && !plan->ignores_defaults;
    return filled ? &schema->default_value : value;
}

static lc_error *check_oneof(const lc_proto_write_plan *plan, const lc_schema *oneof, const lc_value *value)
{
    if (value->kind == LC_NULL) return NULL;
    if (value->kind != LC_STRUCT) return fail_class(oneof, value);
    if (value->u.object->schema != oneof) return lc_fail(LC_E_DATA, "Mismatching struct schema");
    for (uint32_t i = 0; i < oneof->shape->count; i++)
        if (or_default(plan, oneof->fields[i], &value->u.object->slots[i])->kind != LC_NULL) return NULL;
    return lc_fail(LC_E_DATA, "Cannot find non-null field");
}

/* The value of a field of a oneof: null unless it is the first one there. */
static const lc_value *member_of(const lc_proto_write_plan *plan, const lc_proto_write_field *f,
                                 const lc_value *value)
{
    static const lc_value null;
    if (value->kind == LC_NULL) return value;
    const lc_value *slots = value->u.object->slots, *own = or_default(plan, f->schema, &slots[f->member]);
    if (own->kind == LC_NULL) return own;
    for (uint32_t i = 0; i < f->member; i++)
        if (or_default(plan, f->oneof->fields[i], &slots[i])->kind != LC_NULL) return &null;
    return own;
}

static lc_error *put_slots(lc_proto_output *out, const lc_proto_write_plan *plan, const lc_value *slots)
{
    for (uint32_t i = 0; i < plan->oneof_count; i++) {
        const lc_schema *oneof = plan->schema->fields[plan->oneofs[i]];
        LC_TRY(check_oneof(plan, oneof, or_default(plan, oneof, &slots[plan->oneofs[i]])));
    }
    for (uint32_t i = 0; i < plan->count; i++) {
        const lc_proto_write_field *f = &plan->fields[i];
        const lc_value *value = &slots[f->slot];
        if (f->oneof) value = member_of(plan, f, or_default(plan, f->oneof, value));
        else if (plan->schema) value = or_default(plan, f->schema, value);
        lc_error *error = NULL;
        if (value->kind != LC_NULL) error = put_field(out, f, value);
        else if (f->is_required)
            error =
                lc_fail(LC_E_DATA, "Message missing required fields: %.*s", (int)f->name.len, f->name.data);
        if (!error) continue;
        if (plan->schema) lc_proto_path_add(out->path, f->name);
        return error;
    }
    return NULL;
}

lc_error *lc_proto_write(lc_proto_output *out, const lc_proto_write_plan *plan, const lc_value *value)
{
    if (!plan->schema) {
        const lc_schema *schema = plan->fields[0].schema;
        return has_kind(schema, value) ? put_slots(out, plan, value) : fail_class(schema, value);
    }
    if (value->kind != LC_STRUCT) return fail_class(plan->schema, value);
    if (value->u.object->schema != plan->schema) return lc_fail(LC_E_DATA, "Mismatching struct schema");
    return put_slots(out, plan, value->u.object->slots);
}
