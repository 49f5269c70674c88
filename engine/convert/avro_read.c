/* Bytes by a plan into values. */
#include "convert/avro_default.h"
#include "convert/avro_read_plan.h"
#include "java/charset.h"

enum {
    BUDGET_BASE = 1 << 20, /* values of 16 bytes that any message may become */
    BUDGET_PER_BYTE = 32
};

typedef struct input {
    const uint8_t *at, *end, *start;
    lc_types *types;
    lc_arena *arena;
    size_t budget; /* values that may still be made */
    unsigned depth, deepest;
    const char *fault; /* what is wrong; NULL: nothing yet, or `error` */
    lc_error *error;
    char path[LC_AVRO_PATH];
} input;

/* Every reader answers false after it left a fault or an error. */
static bool read_value(input *in, const lc_avro_read_plan *plan, lc_value *ret);
static bool skip(input *in, const lc_avro *avro);

static bool fault(input *in, const char *what)
{
    in->fault = what;
    return false;
}

static bool failed(input *in, lc_error *error)
{
    in->error = error;
    return false;
}

static bool at_field(input *in, lc_text name)
{
    lc_avro_path_add(in->path, name);
    return false;
}

static const char ends_early[] = "the data ends early";

static bool slow_varint(input *in, unsigned most, uint64_t *ret)
{
    uint64_t bits = 0;
    const uint8_t *p = in->at;
    for (unsigned shift = 0; shift < 7 * most; shift += 7) {
        if (p == in->end) return fault(in, ends_early);
        bits |= (uint64_t)(*p & 0x7f) << shift;
        if (*p++ & 0x80) continue;
        in->at = p;
        *ret = bits;
        return true;
    }
    return fault(in, most == 5 ? "Invalid int encoding" : "Invalid long encoding");
}

static inline bool read_varint(input *in, unsigned most, uint64_t *ret)
{
    if (__builtin_expect(in->at < in->end && !(*in->at & 0x80), 1)) {
        *ret = *in->at++;
        return true;
    }
    return slow_varint(in, most, ret);
}

static inline bool read_long(input *in, int64_t *ret)
{
    uint64_t bits;
    if (!read_varint(in, 10, &bits)) return false;
    *ret = (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
    return true;
}

static inline bool read_int(input *in, int64_t *ret)
{
    uint64_t bits;
    if (!read_varint(in, 5, &bits)) return false;
    uint32_t low = (uint32_t)bits;
    *ret = (int32_t)((low >> 1) ^ -(low & 1));
    return true;
}

static inline bool take(input *in, size_t len, const char **ret)
{
    if ((size_t)(in->end - in->at) < len) return fault(in, ends_early);
    *ret = (const char *)in->at;
    in->at += len;
    return true;
}

static inline bool read_bytes(input *in, lc_text *ret)
{
    int64_t len;
    if (!read_long(in, &len)) return false;
    if (len < 0) return fault(in, "Malformed data. Length is negative");
    if (len > in->end - in->at) return fault(in, ends_early);
    ret->data = (const char *)in->at;
    ret->len = (size_t)len;
    in->at += len;
    return true;
}

static inline bool spend(input *in, size_t values)
{
    if (__builtin_expect(in->budget < values, 0))
        return fault(in, "it would take far more memory than its length allows for");
    in->budget -= values;
    return true;
}

static bool enter(input *in)
{
    if (++in->depth <= in->deepest) return true;
    return fault(in, "it is nested too deep");
}

/* The next block of an array or a map: items in it; 0 ends it. `least` is what one takes at least. */
static bool read_block(input *in, size_t least, uint32_t *ret)
{
    int64_t count, size;
    if (!read_long(in, &count)) return false;
    if (count < 0 && !read_long(in, &size)) return false;
    uint64_t items = count < 0 ? -(uint64_t)count : (uint64_t)count;
    if (items > UINT32_MAX || (least && items > (uint64_t)(in->end - in->at) / least))
        return fault(in, "it claims more items than there is data for");
    *ret = (uint32_t)items;
    return spend(in, items);
}

static bool read_array(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    uint32_t count;
    if (!read_block(in, plan->least, &count)) return false;
    *ret = lc_list_new(in->arena, count);
    lc_list *list = ret->u.list;
    while (count) {
        for (uint32_t i = 0; i < count; i++) {
            lc_value item;
            if (!read_value(in, plan->values, &item)) return false;
            *lc_list_add(in->arena, list) = item;
        }
        if (!read_block(in, plan->least, &count)) return false;
    }
    return true;
}

static bool read_map(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    uint32_t count;
    *ret = lc_object_new(in->arena, lc_shape_empty(in->types), 0);
    do {
        if (!read_block(in, plan->least, &count)) return false;
        for (uint32_t i = 0; i < count; i++) {
            lc_text key;
            lc_value item;
            if (!read_bytes(in, &key)) return false;
            key = lc_utf8_decode(in->arena, key);
            if (!read_value(in, plan->values, &item)) return at_field(in, key);
            *lc_map_set(in->types, in->arena, ret, key) = item;
        }
    } while (count);
    return true;
}

static bool read_entries(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    uint32_t count;
    *ret = lc_map_new(in->arena, 0);
    do {
        if (!read_block(in, plan->least, &count)) return false;
        for (uint32_t i = 0; i < count; i++) {
            lc_value key, item;
            if (plan->swapped && !read_value(in, plan->values, &item)) return false;
            if (!read_value(in, plan->keys, &key)) return false;
            if (!plan->swapped && !read_value(in, plan->values, &item)) return false;
            lc_map_put(in->arena, ret->u.map, key, item);
        }
    } while (count);
    return true;
}

static bool read_default(input *in, const lc_avro_read_field *field, lc_value *ret)
{
    const uint8_t *at = in->at, *end = in->end, *start = in->start;
    in->at = in->start = (const uint8_t *)field->fixed.data;
    in->end = in->at + field->fixed.len;
    bool ok = read_value(in, field->plan, ret);
    in->at = at;
    in->end = end;
    in->start = start;
    return ok;
}

static bool read_record(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    if (!spend(in, plan->schema->shape->count + 3)) return false;
    *ret = lc_struct_new(in->arena, plan->schema);
    lc_value *slots = ret->u.object->slots;
    for (uint32_t i = 0; i < plan->count; i++) {
        const lc_avro_read_field *field = &plan->fields[i];
        bool ok = field->is_default ? read_default(in, field, &slots[field->slot])
                  : field->plan     ? read_value(in, field->plan, &slots[field->slot])
                                    : skip(in, field->skipped);
        if (__builtin_expect(!ok, 0)) {
            const lc_avro *writer = plan->writer;
            return at_field(in, i < writer->count ? writer->fields[i].name : (lc_text){"?", 1});
        }
    }
    return true;
}

static bool read_union(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    int64_t branch;
    if (!read_int(in, &branch)) return false;
    if (branch < 0 || branch >= plan->count) return fault(in, "there is no such branch in the union");
    return read_value(in, plan->branches[branch], ret);
}

static bool read_text(input *in, lc_value *ret)
{
    lc_text text;
    if (!read_bytes(in, &text)) return false;
    *ret = lc_value_text(lc_utf8_decode(in->arena, text));
    return true;
}

static bool read_blob(input *in, lc_value *ret)
{
    lc_text bytes;
    if (!read_bytes(in, &bytes)) return false;
    *ret = lc_value_bytes(bytes);
    return true;
}

/* Bytes in a union with fixed types: their number says which field AvroData puts them into. */
static bool read_sized(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    lc_value member;
    if (!read_blob(in, &member)) return false;
    for (uint32_t slot = 0; slot < plan->schema->shape->count; slot++) {
        int32_t size = plan->sizes[slot];
        if (size != -1 && !(size >= 0 && member.len == (uint32_t)size)) continue;
        lc_error *error = lc_avro_to_logical(in->arena, plan->schema->fields[slot], &member);
        if (error) return failed(in, error);
        *ret = lc_struct_new(in->arena, plan->schema);
        ret->u.object->slots[slot] = member;
        return true;
    }
    return fault(in, "Did not find matching union field for data");
}

static bool read_member(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    lc_value member;
    if (!spend(in, plan->schema->shape->count + 3)) return false;
    if (plan->sized) return read_sized(in, plan, ret);
    if (!read_value(in, plan->values, &member)) return false;
    *ret = lc_struct_new(in->arena, plan->schema);
    ret->u.object->slots[plan->slot] = member;
    return true;
}

static bool read_anything(input *in, lc_value *ret);

static bool read_any_array(input *in, lc_value *ret)
{
    uint32_t count;
    *ret = lc_list_new(in->arena, 0);
    do {
        if (!read_block(in, 9, &count)) return false;
        for (uint32_t i = 0; i < count; i++) {
            lc_value item;
            if (!read_anything(in, &item)) return false;
            *lc_list_add(in->arena, ret->u.list) = item;
        }
    } while (count);
    return true;
}

/* Text keys make an object as long as there are only such. */
static void put_any(input *in, lc_value *map, const lc_value *key, lc_value item)
{
    if ((map->flags & LC_V_OBJECT) && key->kind == LC_STRING) {
        *lc_map_set(in->types, in->arena, map, lc_value_as_text(key)) = item;
        return;
    }
    if (map->flags & LC_V_OBJECT) {
        lc_value general = lc_map_new(in->arena, lc_map_size(map) + 1);
        for (uint32_t i = 0; i < lc_map_size(map); i++) {
            lc_value old, *value;
            lc_map_entry(map, i, &old, &value);
            lc_map_put(in->arena, general.u.map, old, *value);
        }
        *map = general;
    }
    lc_map_put(in->arena, map->u.map, *key, item);
}

static bool read_any_map(input *in, lc_value *ret)
{
    uint32_t count;
    *ret = lc_object_new(in->arena, lc_shape_empty(in->types), 0);
    do {
        if (!read_block(in, 18, &count)) return false;
        for (uint32_t i = 0; i < count; i++) {
            lc_value key, item;
            if (!read_anything(in, &key) || !read_anything(in, &item)) return false;
            put_any(in, ret, &key, item);
        }
    } while (count);
    return true;
}

static bool read_bool(input *in, lc_value *ret)
{
    const char *byte;
    if (!take(in, 1, &byte)) return false;
    *ret = lc_value_bool(*byte == 1);
    return true;
}

static bool read_whole(input *in, uint8_t kind, lc_value *ret)
{
    int64_t number;
    if (!(kind == LC_INT64 ? read_long(in, &number) : read_int(in, &number))) return false;
    *ret = lc_value_int(kind, number);
    return true;
}

static bool read_real(input *in, uint8_t kind, lc_value *ret)
{
    const char *bytes;
    float single;
    double real;
    if (!take(in, kind == LC_FLOAT32 ? sizeof single : sizeof real, &bytes)) return false;
    memcpy(&single, bytes, sizeof single);
    if (kind == LC_FLOAT64) memcpy(&real, bytes, sizeof real);
    *ret = kind == LC_FLOAT32 ? lc_value_float(single) : lc_value_double(real);
    return true;
}

/* The fields of Anything, in order. */
static bool read_any_field(input *in, int field, lc_value *ret)
{
    switch (field) {
    case 0: return read_bool(in, ret);
    case 1: return read_blob(in, ret);
    case 2: return read_real(in, LC_FLOAT64, ret);
    case 3: return read_real(in, LC_FLOAT32, ret);
    case 4: return read_whole(in, LC_INT32, ret);
    case 5: return read_whole(in, LC_INT64, ret);
    case 6: return read_text(in, ret);
    case 7: return read_any_array(in, ret);
    default: return read_any_map(in, ret);
    }
}

static bool read_anything(input *in, lc_value *ret)
{
    if (!spend(in, 2) || !enter(in)) return false;
    *ret = lc_value_null();
    for (int field = 0; field < 9; field++) {
        int64_t branch;
        lc_value value;
        if (!read_int(in, &branch)) return false;
        if (branch < 0 || branch > 1) return fault(in, "there is no such branch in the union");
        if (branch == 0) continue;
        if (!read_any_field(in, field, &value)) return false;
        if (ret->kind == LC_NULL) *ret = value;
    }
    in->depth--;
    return true;
}

static bool skip_items(input *in, const lc_avro *avro)
{
    uint32_t count;
    do {
        if (!read_block(in, 0, &count)) return false;
        for (uint32_t i = 0; i < count; i++) {
            lc_text key;
            if (avro->type == LC_AVRO_MAP && !read_bytes(in, &key)) return false;
            if (!skip(in, avro->items)) return false;
        }
    } while (count);
    return true;
}

static bool skip_container(input *in, const lc_avro *avro)
{
    int64_t branch;
    if (avro->type == LC_AVRO_ARRAY || avro->type == LC_AVRO_MAP) return skip_items(in, avro);
    if (avro->type == LC_AVRO_UNION) {
        if (!read_int(in, &branch)) return false;
        if (branch < 0 || branch >= avro->count) return fault(in, "there is no such branch in the union");
        return skip(in, avro->branches[branch]);
    }
    for (uint32_t i = 0; i < avro->count; i++)
        if (!skip(in, avro->fields[i].schema)) return false;
    return true;
}

static bool skip(input *in, const lc_avro *avro)
{
    const char *bytes;
    int64_t number;
    lc_text text;
    switch (avro->type) {
    case LC_AVRO_NULL: return true;
    case LC_AVRO_BOOLEAN: return take(in, 1, &bytes);
    case LC_AVRO_INT:
    case LC_AVRO_ENUM: return read_int(in, &number);
    case LC_AVRO_LONG: return read_long(in, &number);
    case LC_AVRO_FLOAT: return take(in, 4, &bytes);
    case LC_AVRO_DOUBLE: return take(in, 8, &bytes);
    case LC_AVRO_BYTES:
    case LC_AVRO_STRING: return read_bytes(in, &text);
    case LC_AVRO_FIXED: return take(in, (size_t)avro->size, &bytes);
    default: break;
    }
    if (!spend(in, 1) || !enter(in) || !skip_container(in, avro)) return false;
    in->depth--;
    return true;
}

static bool read_enum(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    int64_t symbol;
    if (!read_int(in, &symbol)) return false;
    if (symbol < 0 || symbol >= plan->count) return fault(in, "there is no such symbol in the enum");
    *ret = plan->symbols[symbol];
    return ret->kind == LC_STRING || fault(in, "the reader's enum has no such symbol and no default");
}

static bool read_fixed(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    const char *bytes;
    if (!take(in, (size_t)plan->size, &bytes)) return false;
    *ret = lc_value_bytes((lc_text){bytes, (size_t)plan->size});
    return true;
}

/* Numbers that the reader has as float or double. */
static bool read_promoted(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    lc_value from;
    uint8_t kind = plan->op == LC_READ_INT_AS_REAL    ? LC_INT32
                   : plan->op == LC_READ_LONG_AS_REAL ? LC_INT64
                                                      : LC_FLOAT32;
    if (!(kind == LC_FLOAT32 ? read_real(in, kind, &from) : read_whole(in, kind, &from))) return false;
    double real = kind == LC_FLOAT32 ? from.u.d : (double)from.u.i;
    *ret = plan->kind == LC_FLOAT32 ? lc_value_float(kind == LC_FLOAT32 ? (float)real : (float)from.u.i)
                                    : lc_value_double(real);
    return true;
}

static bool read_container(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    switch (plan->op) {
    case LC_READ_ARRAY: return read_array(in, plan, ret);
    case LC_READ_MAP: return read_map(in, plan, ret);
    case LC_READ_ENTRIES: return read_entries(in, plan, ret);
    case LC_READ_RECORD: return read_record(in, plan, ret);
    case LC_READ_MEMBER: return read_member(in, plan, ret);
    case LC_READ_ANYTHING: return read_anything(in, ret);
    default: return fault(in, plan->problem);
    }
}

static bool read_plain(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    switch (plan->op) {
    case LC_READ_NULL: *ret = lc_value_null(); return true;
    case LC_READ_BOOLEAN: return read_bool(in, ret);
    case LC_READ_INT:
        if (!read_whole(in, plan->kind == LC_INT64 ? LC_INT32 : plan->kind, ret)) return false;
        if (plan->kind == LC_INT64) ret->kind = LC_INT64;
        if (plan->kind == LC_INT8) ret->u.i = (int8_t)ret->u.i;
        if (plan->kind == LC_INT16) ret->u.i = (int16_t)ret->u.i;
        return true;
    case LC_READ_LONG: return read_whole(in, LC_INT64, ret);
    case LC_READ_FLOAT: return read_real(in, LC_FLOAT32, ret);
    case LC_READ_DOUBLE: return read_real(in, LC_FLOAT64, ret);
    case LC_READ_STRING: return read_text(in, ret);
    case LC_READ_BYTES: return read_blob(in, ret);
    case LC_READ_ENUM: return read_enum(in, plan, ret);
    case LC_READ_FIXED: return read_fixed(in, plan, ret);
    case LC_READ_INT_AS_REAL:
    case LC_READ_LONG_AS_REAL:
    case LC_READ_FLOAT_AS_DOUBLE: return read_promoted(in, plan, ret);
    default: return read_container(in, plan, ret);
    }
}

static bool to_logical(input *in, const lc_avro_read_plan *plan, lc_value *value)
{
    if (plan->logical != LC_LOGICAL_DECIMAL || plan->scale == INT32_MIN || value->kind != LC_BYTES) {
        lc_error *error = lc_avro_to_logical(in->arena, plan->schema, value);
        return !error || failed(in, error);
    }
    lc_decimal *decimal = lc_arena_alloc(in->arena, sizeof *decimal);
    if (!lc_decimal_of_bytes(value->u.s, value->len, plan->scale, decimal))
        return failed(in, lc_fail(LC_E_NUMBER_FORMAT, "Zero length BigInteger"));
    *value = (lc_value){.kind = LC_DECIMAL, .u.decimal = decimal};
    return true;
}

static bool read_value(input *in, const lc_avro_read_plan *plan, lc_value *ret)
{
    if (plan->op == LC_READ_UNION) return read_union(in, plan, ret);
    if (__builtin_expect(!read_plain(in, plan, ret), 0)) return false;
    return !plan->logical || to_logical(in, plan, ret);
}

lc_error *lc_avro_read(lc_types *types, lc_arena *arena, const lc_avro_read_plan *plan, lc_text bytes,
                       lc_value *ret_value)
{
    static const uint8_t none[1];
    const uint8_t *start = bytes.data ? (const uint8_t *)bytes.data : none;
    input in = {.at = start, .start = start, .end = start + bytes.len, .types = types, .arena = arena};
    in.deepest = plan->deepest;
    in.budget = BUDGET_BASE + BUDGET_PER_BYTE * bytes.len;
    if (read_value(&in, plan, ret_value)) return NULL;
    const char *in_field = *in.path ? " in field " : "";
    if (!in.error)
        return lc_fail(LC_E_DATA, "Malformed Avro data at byte %td%s%s: %s", in.at - in.start, in_field,
                       in.path, in.fault);
    return *in.path ? lc_wrap(in.error, LC_E_DATA, "Avro data%s%s: %s", in_field, in.path,
                              lc_error_message(in.error))
                    : in.error;
}

bool lc_avro_is_null(const lc_avro *writer, lc_text bytes)
{
    if (writer->type == LC_AVRO_NULL) return true;
    if (writer->type != LC_AVRO_UNION || !bytes.len) return false;
    unsigned char first = (unsigned char)bytes.data[0];
    return !(first & 0x81) && first >> 1 < writer->count &&
           writer->branches[first >> 1]->type == LC_AVRO_NULL;
}
