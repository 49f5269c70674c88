#include "convert/avro_output.h"
#include "java/charset.h"
#include "java/number.h"

void lc_avro_output_start(lc_avro_output *out, lc_arena *arena, const void *head, size_t len)
{
    size_t size = out->guess + out->guess / 4 + 64 + len;
    out->arena = arena;
    out->start = out->at = lc_arena_alloc(arena, size);
    out->end = out->start + size;
    out->depth = 0;
    out->path[0] = '\0';
    lc_avro_output_bytes(out, head, len);
}

lc_text lc_avro_output_finish(lc_avro_output *out)
{
    lc_text bytes = {(const char *)out->start, (size_t)(out->at - out->start)};
    out->guess = bytes.len;
    /* Something else may have been made behind the buffer; then it is no longer the newest allocation. */
    const char *end = (const char *)out->end;
    if (out->arena->at >= end && out->arena->at - end < 8) lc_arena_trim(out->arena, (char *)out->at);
    return bytes;
}

void lc_avro_output_grow(lc_avro_output *out, size_t need)
{
    size_t used = (size_t)(out->at - out->start), size = (size_t)(out->end - out->start);
    size = size * 2 > used + need ? size * 2 : used + need + size;
    uint8_t *larger = lc_arena_alloc(out->arena, size);
    memcpy(larger, out->start, used);
    out->start = larger;
    out->at = larger + used;
    out->end = larger + size;
}

void lc_avro_output_bytes(lc_avro_output *out, const void *bytes, size_t len)
{
    lc_avro_room(out, len);
    if (len) memcpy(out->at, bytes, len);
    out->at += len;
}

void lc_avro_put_string(lc_avro_output *out, lc_text text)
{
    /* Lone surrogates, the only thing to replace, begin with ED. */
    if (text.len && memchr(text.data, 0xed, text.len)) text = lc_utf8_encode(out->arena, text);
    lc_avro_put_bytes(out, text.data, text.len);
}

static bool put_latin1(lc_avro_output *out, lc_text text, int32_t fixed)
{
    size_t count = 0, len;
    for (size_t at = 0; at < text.len; at += len, count++) lc_utf8_get(text.data + at, &len);
    if (fixed >= 0 && count != (size_t)fixed) return false;
    if (fixed < 0) lc_avro_put_long(out, (int64_t)count);
    for (size_t at = 0; at < text.len; at += len) {
        char byte = (char)lc_utf8_get(text.data + at, &len);
        lc_avro_output_bytes(out, &byte, 1);
    }
    return true;
}

static bool put_symbol(lc_avro_output *out, const lc_avro *avro, lc_text symbol)
{
    for (uint32_t i = 0; i < avro->count; i++) {
        if (!lc_text_eq(avro->symbols[i], symbol)) continue;
        lc_avro_put_long(out, i);
        return true;
    }
    return false;
}

static bool put_items(lc_avro_output *out, const lc_avro *avro, const lc_json *json)
{
    size_t count = lc_json_count(json);
    if (count) lc_avro_put_long(out, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        lc_text key = avro->type == LC_AVRO_MAP ? lc_json_key_text_at(json, i) : (lc_text){0};
        if (key.data) lc_avro_put_string(out, key);
        if (!lc_avro_write_default(out, avro->items, lc_json_at(json, i))) return false;
    }
    lc_avro_put_long(out, 0);
    return true;
}

static bool put_record(lc_avro_output *out, const lc_avro *avro, const lc_json *json)
{
    if (++out->depth > LC_AVRO_DEPTH_MAX) return false;
    for (uint32_t i = 0; i < avro->count; i++) {
        const lc_json *member = lc_json_get(json, avro->fields[i].name.data);
        if (!member) member = avro->fields[i].fallback;
        if (!member || !lc_avro_write_default(out, avro->fields[i].schema, member)) return false;
    }
    out->depth--;
    return true;
}

static bool put_branch(lc_avro_output *out, const lc_avro *avro, const lc_json *json)
{
    for (uint32_t i = 0; i < avro->count; i++) {
        if (!lc_avro_is_default(avro->branches[i], json)) continue;
        lc_avro_put_long(out, i);
        return lc_avro_write_default(out, avro->branches[i], json);
    }
    return false;
}

bool lc_avro_write_default(lc_avro_output *out, const lc_avro *avro, const lc_json *json)
{
    int64_t whole = 0;
    double real = 0;
    if (!lc_avro_is_default(avro, json)) return false;
    lc_json_int(json, &whole);
    lc_avro_real(json, &real);
    switch (avro->type) {
    case LC_AVRO_NULL: return true;
    case LC_AVRO_BOOLEAN: lc_avro_output_bytes(out, lc_json_bool(json, false) ? "\1" : "\0", 1); return true;
    case LC_AVRO_INT:
    case LC_AVRO_LONG: lc_avro_put_long(out, whole); return true;
    case LC_AVRO_FLOAT: lc_avro_put_float(out, (float)real); return true;
    case LC_AVRO_DOUBLE: lc_avro_put_double(out, real); return true;
    case LC_AVRO_STRING: lc_avro_put_string(out, lc_json_text(json)); return true;
    case LC_AVRO_BYTES: return put_latin1(out, lc_json_text(json), -1);
    case LC_AVRO_FIXED: return put_latin1(out, lc_json_text(json), avro->size);
    case LC_AVRO_ENUM: return put_symbol(out, avro, lc_json_text(json));
    case LC_AVRO_ARRAY:
    case LC_AVRO_MAP: return put_items(out, avro, json);
    case LC_AVRO_RECORD: return put_record(out, avro, json);
    case LC_AVRO_UNION: return put_branch(out, avro, json);
    }
    return false;
}
