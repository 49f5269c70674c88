#include "convert/json_write.h"

#include <math.h>

#include "convert/field_path.h"
#include "java/base64.h"
#include "java/charset.h"

enum {
    SCALAR_ROOM = 48, /* any number or word with a comma */
    STRING_PIECE = 4096,
    DAY_MS = 86400000
};

void lc_json_writer_start(lc_json_writer *writer, lc_arena *arena)
{
    size_t size = writer->guess + writer->guess / 4 + 128;
    writer->arena = arena;
    writer->start = writer->at = lc_arena_alloc(arena, size);
    writer->end = writer->start + size;
    writer->depth = 0;
}

lc_text lc_json_writer_finish(lc_json_writer *writer)
{
    lc_text text = {writer->start, (size_t)(writer->at - writer->start)};
    writer->guess = text.len;
    /* Numbers may have been made behind the buffer; then it is no longer the newest allocation. */
    if (writer->arena->at - writer->end < 8 && writer->arena->at >= writer->end)
        lc_arena_trim(writer->arena, writer->at);
    return text;
}

void lc_json_writer_grow(lc_json_writer *writer, size_t need)
{
    size_t used = (size_t)(writer->at - writer->start), size = (size_t)(writer->end - writer->start);
    size = size * 2 > used + need ? size * 2 : used + need + size;
    char *larger = lc_arena_alloc(writer->arena, size);
    memcpy(larger, writer->start, used);
    writer->start = larger;
    writer->at = larger + used;
    writer->end = larger + size;
}

void lc_json_writer_bytes(lc_json_writer *writer, lc_text bytes)
{
    lc_json_writer_room(writer, bytes.len);
    if (bytes.len) memcpy(writer->at, bytes.data, bytes.len);
    writer->at += bytes.len;
}

static void put(lc_json_writer *writer, char c)
{
    lc_json_writer_room(writer, 1);
    *writer->at++ = c;
}

/* "\u00XX" */
static char *put_unit(char *to, uint32_t unit)
{
    static const char digits[] = "0123456789ABCDEF";
    *to++ = '\\';
    *to++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4) *to++ = digits[unit >> shift & 15];
    return to;
}

static char *put_escape(char *to, unsigned char c)
{
    static const char letters[] = {
        ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    if (!letters[c]) return put_unit(to, c);
    to[0] = '\\';
    to[1] = letters[c];
    return to + 2;
}

/* The sequence at `p`, whose first byte is at least ED: Jackson escapes surrogates, pairs too. */
static const char *put_sequence(const char *p, const char *end, char **to)
{
    const unsigned char *b = (const unsigned char *)p;
    size_t need = b[0] >= 0xf0 ? 4 : 3;
    bool surrogate = b[0] == 0xed && end - p >= 3 && b[1] >= 0xa0;
    if ((size_t)(end - p) < need || (need == 3 && !surrogate)) {
        *(*to)++ = *p;
        return p + 1;
    }
    uint32_t c = lc_utf8_get(p, &need);
    if (c >= 0x10000) {
        *to = put_unit(*to, 0xd800 | (c - 0x10000) >> 10);
        c = 0xdc00 | ((c - 0x10000) & 0x3ff);
    }
    *to = put_unit(*to, c);
    return p + need;
}

static bool is_special(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\' || c >= 0xed;
}

#ifdef __SSE2__
/* Bit i: byte i has to be looked at. */
static inline unsigned special16(__m128i bytes)
{
    __m128i wide = _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8((char)0xed)), bytes);
    return lc_scan_special16(bytes) | (unsigned)_mm_movemask_epi8(wide);
}

/* Copies 16 bytes at a time up to the first special one; may write 16 bytes more than it moves on. */
static inline const char *copy_plain(const char *p, const char *end, char **to)
{
    while (end - p >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned special = special16(bytes);
        _mm_storeu_si128((__m128i *)(void *)*to, bytes);
        int plain = special ? __builtin_ctz(special) : 16;
        *to += plain;
        p += plain;
        if (special) break;
    }
    return p;
}

/* Copies 4 to 15 bytes as two overlapping words if none is special. */
static inline bool copy_short(const char *p, size_t len, char *to)
{
    uint64_t head, tail;
    if (len >= 8) {
        memcpy(&head, p, 8);
        memcpy(&tail, p + len - 8, 8);
        if (special16(_mm_set_epi64x((long long)tail, (long long)head))) return false;
        memcpy(to, &head, 8);
        memcpy(to + len - 8, &tail, 8);
        return true;
    }
    uint32_t first, last;
    memcpy(&first, p, 4);
    memcpy(&last, p + len - 4, 4);
    head = (uint64_t)last << 32 | first;
    if (special16(_mm_set1_epi64x((long long)head))) return false;
    memcpy(to, &first, 4);
    memcpy(to + len - 4, &last, 4);
    return true;
}
#else
static inline const char *copy_plain(const char *p, const char *end, char **to)
{
    (void)end;
    (void)to;
    return p;
}

static inline bool copy_short(const char *p, size_t len, char *to)
{
    for (size_t i = 0; i < len; i++)
        if (is_special((unsigned char)p[i])) return false;
    memcpy(to, p, len);
    return true;
}
#endif

static inline const char *quote_one(char **to, const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;
    if (!is_special(c)) *(*to)++ = *p++;
    else if (c >= 0xed) p = put_sequence(p, end, to);
    else *to = put_escape(*to, c), p++;
    return p;
}

static char *quote_piece(char *to, const char *p, const char *end)
{
    while (p < end) {
        size_t left = (size_t)(end - p);
        if (left >= 16) {
            p = copy_plain(p, end, &to);
            if (end - p < 16) continue;
        } else if (left >= 4 && copy_short(p, left, to)) {
            return to + left;
        }
        do p = quote_one(&to, p, end);
        while (p < end && end - p < 4);
    }
    return to;
}

char *lc_json_quote_into(char *to, lc_text text)
{
    *to++ = '"';
    to = quote_piece(to, text.data, text.data + text.len);
    *to++ = '"';
    return to;
}

/* Long strings go piece by piece: room for the worst case of all would be six times the string. */
static void put_long_string(lc_json_writer *writer, lc_text text)
{
    const char *p = text.data, *end = p + text.len;
    put(writer, '"');
    while (p < end) {
        const char *stop = end - p > STRING_PIECE ? p + STRING_PIECE : end;
        while (stop < end && stop > p + 8 && ((unsigned char)*stop & 0xc0) == 0x80) stop--;
        lc_json_writer_room(writer, lc_json_quote_room((size_t)(stop - p)));
        writer->at = quote_piece(writer->at, p, stop);
        p = stop;
    }
    put(writer, '"');
}

void lc_json_writer_string(lc_json_writer *writer, lc_text text)
{
    if (text.len > STRING_PIECE) {
        put_long_string(writer, text);
        return;
    }
    lc_json_writer_room(writer, lc_json_quote_room(text.len));
    writer->at = lc_json_quote_into(writer->at, text);
}

/* Up to three decimals are the shortest text whenever they read back as the value: two decimals of at most
 * 15 digits never round to the same double. */
static inline bool put_short_double(char **to, double value)
{
    double magnitude = fabs(value);
    if (!(magnitude >= 1e-3 && magnitude < 1e7)) return false;
    uint64_t thousandths = (uint64_t)(magnitude * 1000 + 0.5);
    if ((double)thousandths / 1000 != magnitude) return false;
    char *p = *to;
    if (value < 0) *p++ = '-';
    p += lc_int64_to_text((int64_t)(thousandths / 1000), p);
    unsigned rest = (unsigned)(thousandths % 1000);
    p[0] = '.';
    p[1] = (char)('0' + rest / 100);
    p[2] = (char)('0' + rest / 10 % 10);
    p[3] = (char)('0' + rest % 10);
    p += rest % 10 ? 4 : rest % 100 ? 3 : 2;
    *to = p;
    return true;
}

static void put_double(lc_json_writer *writer, const lc_value *value)
{
    double d = value->u.d;
    lc_json_writer_room(writer, SCALAR_ROOM);
    if (value->kind == LC_FLOAT64 && put_short_double(&writer->at, d)) return;
    /* Jackson quotes what JSON has no number for. */
    bool quoted = !isfinite(d);
    if (quoted) *writer->at++ = '"';
    writer->at +=
        value->kind == LC_FLOAT32 ? lc_float_to_text((float)d, writer->at) : lc_double_to_text(d, writer->at);
    if (quoted) *writer->at++ = '"';
}

static void put_int(lc_json_writer *writer, int64_t value)
{
    lc_json_writer_room(writer, SCALAR_ROOM);
    writer->at += lc_int64_to_text(value, writer->at);
}

static void put_bool(lc_json_writer *writer, bool value)
{
    lc_json_writer_bytes(writer, value ? LC_TEXT("true") : LC_TEXT("false"));
}

static void put_base64(lc_json_writer *writer, const void *bytes, size_t len)
{
    size_t text = lc_base64_text_len(len);
    lc_json_writer_room(writer, text + 2);
    *writer->at++ = '"';
    lc_base64_encode(bytes, len, writer->at);
    writer->at += text;
    *writer->at++ = '"';
}

static lc_error *invalid_type(const lc_schema *schema, const lc_value *value)
{
    const char *found = lc_value_java_class(value);
    if (schema && schema->type == LC_TYPE_BYTES)
        return lc_fail(LC_E_DATA, "Invalid type for bytes type: class %s", found);
    return lc_fail(LC_E_DATA, "Invalid type for %s: class %s", lc_type_java_name((lc_type)schema->type),
                   found);
}

static lc_error *enter(lc_json_writer *writer, char open)
{
    unsigned most = writer->deepest ? writer->deepest : LC_JSON_WRITE_DEPTH_MAX;
    if (++writer->depth > most)
        return lc_wrap(
            lc_fail(LC_E_SERIALIZATION, "Document nesting depth (%u) exceeds the maximum allowed (%u)",
                    writer->depth, most),
            LC_E_DATA, "Converting Kafka Connect data to byte[] failed due to serialization error: ");
    put(writer, open);
    return NULL;
}

static void leave(lc_json_writer *writer, char close)
{
    writer->depth--;
    put(writer, close);
}

static lc_error *write_list(lc_json_writer *writer, const lc_schema *items, const lc_list *list)
{
    LC_TRY(enter(writer, '['));
    for (uint32_t i = 0; i < list->count; i++) {
        if (i) put(writer, ',');
        LC_TRY(lc_json_writer_value(writer, items, &list->items[i]));
    }
    leave(writer, ']');
    return NULL;
}

/* The key's text with the comma before it, unless it is the first. */
static inline void put_key(lc_json_writer *writer, const lc_json_key *key, bool first)
{
    lc_json_writer_room(writer, key->len + 16);
#ifdef __SSE2__
    __m128i head = _mm_loadu_si128((const __m128i *)(const void *)(key->text + first));
    _mm_storeu_si128((__m128i *)(void *)writer->at, head);
    if (LC_UNLIKELY(key->len - first > 16))
        memcpy(writer->at + 16, key->text + first + 16, key->len - first - 16);
#else
    memcpy(writer->at, key->text + first, key->len - first);
#endif
    writer->at += key->len - first;
}

static void put_name(lc_json_writer *writer, const lc_name *name, bool first)
{
    if (!first) put(writer, ',');
    lc_json_writer_string(writer, (lc_text){name->text, name->len});
    put(writer, ':');
}

static lc_error *write_object(lc_json_writer *writer, const lc_schema *values, const lc_object *object)
{
    const lc_shape *shape = object->shape;
    const lc_json_keys *keys = shape->id ? lc_json_keys_of(writer->keys, shape) : NULL;
    LC_TRY(enter(writer, '{'));
    for (uint32_t i = 0; i < shape->count; i++) {
        if (keys) put_key(writer, &keys->keys[i], i == 0);
        else put_name(writer, &shape->names[i], i == 0);
        LC_TRY(lc_json_writer_value(writer, values, &object->slots[i]));
    }
    leave(writer, '}');
    return NULL;
}

/* A map's key as the name of a member: the text of whatever its schema makes of it. */
static lc_error *write_map_name(lc_json_writer *writer, const lc_schema *schema, const lc_value *key)
{
    size_t start = (size_t)(writer->at - writer->start);
    LC_TRY(lc_json_writer_value(writer, schema, key));
    if (writer->start[start] == '"') return NULL;
    lc_json_writer_room(writer, 2);
    char *from = writer->start + start;
    memmove(from + 1, from, (size_t)(writer->at - from));
    *from = '"';
    writer->at[1] = '"';
    writer->at += 2;
    return NULL;
}

static bool is_null_text(const lc_value *key)
{
    return key->kind == LC_STRING && lc_text_is(lc_value_as_text(key), "null");
}

/* The entry behind `from` that has the same name as the null key or the text "null" there; the size: none. */
static uint32_t find_other_null(const lc_value *map, uint32_t from, const lc_value *first)
{
    uint32_t at = lc_map_size(map);
    if (first->kind != LC_NULL && !is_null_text(first)) return at;
    for (at = from + 1; at < lc_map_size(map); at++) {
        lc_value key, *value;
        lc_map_entry(map, at, &key, &value);
        if (first->kind == LC_NULL ? is_null_text(&key) : key.kind == LC_NULL) break;
    }
    return at;
}

/* A null key is named like the text "null": there the first one's place and the second one's value count. */
static lc_error *write_named_entries(lc_json_writer *writer, const lc_schema *schema, const lc_value *map)
{
    uint32_t skipped = lc_map_size(map);
    LC_TRY(enter(writer, '{'));
    for (uint32_t i = 0; i < lc_map_size(map); i++) {
        lc_value key, other_key, *value;
        lc_map_entry(map, i, &key, &value);
        if (i == skipped) continue;
        uint32_t other = find_other_null(map, i, &key);
        if (other < lc_map_size(map)) lc_map_entry(map, skipped = other, &other_key, &value);
        if (i) put(writer, ',');
        LC_TRY(write_map_name(writer, schema ? schema->keys : NULL, &key));
        put(writer, ':');
        LC_TRY(lc_json_writer_value(writer, schema ? schema->values : NULL, value));
    }
    leave(writer, '}');
    return NULL;
}

static lc_error *write_pairs(lc_json_writer *writer, const lc_schema *schema, const lc_value *map)
{
    LC_TRY(enter(writer, '['));
    for (uint32_t i = 0; i < lc_map_size(map); i++) {
        lc_value key, *value;
        lc_map_entry(map, i, &key, &value);
        if (i) put(writer, ',');
        LC_TRY(enter(writer, '['));
        LC_TRY(lc_json_writer_value(writer, schema ? schema->keys : NULL, &key));
        put(writer, ',');
        LC_TRY(lc_json_writer_value(writer, schema ? schema->values : NULL, value));
        leave(writer, ']');
    }
    leave(writer, ']');
    return NULL;
}

static bool has_only_text_keys(const lc_map *map)
{
    for (uint32_t i = 0; i < map->count; i++)
        if (map->items[2 * i].kind != LC_STRING) return false;
    return true;
}

static lc_error *write_map(lc_json_writer *writer, const lc_schema *schema, const lc_value *map)
{
    bool is_object = map->flags & LC_V_OBJECT;
    if (schema && !schema->keys) return lc_fail_bare(LC_E_NULL_POINTER);
    bool named = schema ? schema->keys->type == LC_TYPE_STRING : is_object || has_only_text_keys(map->u.map);
    if (!named) return write_pairs(writer, schema, map);
    if (!is_object || (schema && schema->keys->logical)) return write_named_entries(writer, schema, map);
    return write_object(writer, schema ? schema->values : NULL, map->u.object);
}

static lc_error *write_struct(lc_json_writer *writer, const lc_schema *schema, const lc_object *object)
{
    if (object->schema != schema) return lc_fail(LC_E_DATA, "Mismatching schema.");
    const lc_json_keys *keys = lc_json_keys_of(writer->keys, object->shape);
    LC_TRY(enter(writer, '{'));
    for (uint32_t i = 0; i < object->shape->count; i++) {
        put_key(writer, &keys->keys[i], i == 0);
        lc_error *error = lc_json_writer_value(writer, schema->fields[i], &object->slots[i]);
        if (LC_UNLIKELY(error != NULL)) return lc_error_in_field(error, object->shape->names[i].text);
    }
    leave(writer, '}');
    return NULL;
}

static lc_error *write_decimal(lc_json_writer *writer, const lc_schema *schema, const lc_value *value)
{
    if (value->kind != LC_DECIMAL)
        return lc_fail(LC_E_DATA, "Invalid type for Decimal, expected BigDecimal but was class %s",
                       lc_value_java_class(value));
    const lc_decimal *decimal = value->u.decimal;
    if (writer->numeric_decimals) {
        lc_json_writer_bytes(writer, lc_decimal_to_text(writer->arena, *decimal));
        return NULL;
    }
    lc_text text = lc_schema_parameter(schema, "scale");
    int64_t scale;
    if (!schema->parameter_count) return lc_fail_bare(LC_E_NULL_POINTER);
    if (!text.data) return lc_fail(LC_E_DATA, "Invalid Decimal schema: scale parameter not found.");
    if (!lc_parse_int(text, INT32_MIN, INT32_MAX, &scale))
        return lc_fail(LC_E_DATA, "Invalid scale parameter found in Decimal schema: ");
    if (scale != decimal->scale)
        return lc_fail(
            LC_E_DATA,
            "Decimal value has mismatching scale for given Decimal schema. Schema has scale %d, value has "
            "scale %d.",
            (int)scale, decimal->scale);
    put_base64(writer, decimal->unscaled, decimal->len);
    return NULL;
}

static lc_error *write_logical(lc_json_writer *writer, const lc_schema *schema, const lc_value *value)
{
    static const char *const names[] = {
        [LC_LOGICAL_DATE] = "Date", [LC_LOGICAL_TIME] = "Time", [LC_LOGICAL_TIMESTAMP] = "Timestamp"};
    if (schema->logical == LC_LOGICAL_DECIMAL) return write_decimal(writer, schema, value);
    if (value->kind != LC_DATE)
        return lc_fail(LC_E_DATA, "Invalid type for %s, expected Date but was class %s",
                       names[schema->logical], lc_value_java_class(value));
    lc_value encoded;
    LC_TRY(lc_logical_encode(schema, value, &encoded));
    put_int(writer, encoded.u.i);
    return NULL;
}

static lc_error *write_unknown(const lc_value *value)
{
    if (value->kind == LC_STRUCT) return lc_fail(LC_E_DATA, "Mismatching schema.");
    return lc_fail(LC_E_DATA, "Java class class %s does not have corresponding schema type.",
                   lc_value_java_class(value));
}

/* A value that is no null and, if there is a schema, of its type. */
static lc_error *write_plain(lc_json_writer *writer, const lc_schema *schema, const lc_value *value)
{
    switch (value->kind) {
    case LC_BOOLEAN: put_bool(writer, value->u.i); return NULL;
    case LC_INT8:
    case LC_INT16:
    case LC_INT32:
    case LC_INT64: put_int(writer, value->u.i); return NULL;
    case LC_FLOAT32:
    case LC_FLOAT64: put_double(writer, value); return NULL;
    case LC_STRING: lc_json_writer_string(writer, lc_value_as_text(value)); return NULL;
    case LC_BYTES: put_base64(writer, value->u.s, value->len); return NULL;
    case LC_ARRAY: return write_list(writer, schema ? schema->values : NULL, value->u.list);
    case LC_MAP: return write_map(writer, schema, value);
    default: return schema ? write_struct(writer, schema, value->u.object) : write_unknown(value);
    }
}

static lc_error *write_null(lc_json_writer *writer, const lc_schema *schema)
{
    if (schema && schema->has_default && writer->replace_null)
        return lc_json_writer_value(writer, schema, &schema->default_value);
    if (schema && !schema->optional)
        return lc_fail(LC_E_DATA,
                       "Conversion error: null value for field that is required and has no default value");
    lc_json_writer_bytes(writer, LC_TEXT("null"));
    return NULL;
}

lc_error *lc_json_writer_value(lc_json_writer *writer, const lc_schema *schema, const lc_value *value)
{
    if (LC_UNLIKELY(value->kind == LC_NULL)) return write_null(writer, schema);
    if (schema) {
        if (schema->logical) return write_logical(writer, schema, value);
        if (LC_UNLIKELY(value->kind != schema->type)) return invalid_type(schema, value);
    }
    return write_plain(writer, schema, value);
}
