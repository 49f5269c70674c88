/* What a field contains: JSON text in it as values and back, digests of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "java/base64.h"
#include "java/number.h"
#include "script/bridge.h"
#include "secure/digest.h"

static int failed(lc_frame *frame, lc_error *error)
{
    (void)lc_state_fail(lc_frame_state(frame), error);
    return -1;
}

/* JSON text to values: objects become maps in their order, whole numbers int64, others float64. */

static lc_value value_of(lc_state *state, const lc_json *json);

static lc_value text_value(lc_arena *arena, lc_text text)
{
    return lc_value_text((lc_text){lc_arena_copy(arena, text.data ? text.data : "", text.len), text.len});
}

static lc_value map_of(lc_state *state, const lc_json *json)
{
    lc_value map = lc_object_new(state->arena, lc_shape_empty(state->types), (uint32_t)lc_json_count(json));
    for (size_t i = 0; i < lc_json_count(json); i++) {
        lc_value value = value_of(state, lc_json_at(json, i));
        *lc_map_set(state->types, state->arena, &map, lc_json_key_text_at(json, i)) = value;
    }
    return map;
}

static lc_value list_of(lc_state *state, const lc_json *json)
{
    lc_value list = lc_list_new(state->arena, (uint32_t)lc_json_count(json));
    for (size_t i = 0; i < lc_json_count(json); i++) {
        lc_value value = value_of(state, lc_json_at(json, i));
        *lc_list_add(state->arena, list.u.list) = value;
    }
    return list;
}

static lc_value value_of(lc_state *state, const lc_json *json)
{
    int64_t whole = 0;
    double real = 0;
    switch (lc_json_kind_of(json)) {
    case LC_JSON_BOOL: return lc_value_bool(lc_json_bool(json, false));
    case LC_JSON_INT: (void)lc_json_int(json, &whole); return lc_value_int(LC_INT64, whole);
    case LC_JSON_NUMBER: (void)lc_json_double(json, &real); return lc_value_double(real);
    case LC_JSON_STRING: return text_value(state->arena, lc_json_text(json));
    case LC_JSON_ARRAY: return list_of(state, json);
    case LC_JSON_OBJECT: return map_of(state, json);
    default: return lc_value_null();
    }
}

int lc_content_json_read(lc_frame *frame, const char *text, size_t len, lc_value *cell)
{
    lc_state *state = lc_frame_state(frame);
    lc_autoptr(lc_json) json = NULL;
    if (!lc_frame_has_room(frame)) return lc_frame_no_room(frame), -1;
    lc_error *error = lc_json_fits(state, text, len)
                          ? lc_json_parse(text, len, 0, &json)
                          : lc_fail(LC_E_LIMIT, "the text is too long for lc.json.read");
    if (error) {
        lc_buf_reset(&state->text);
        lc_buf_text(&state->text, lc_error_message(error));
        lc_frame_text(frame, state->text.data, state->text.len);
        lc_error_free(error);
        return 1;
    }
    *cell = value_of(state, json);
    return 0;
}

/* Values to JSON text: bytes as base64, dates as their milliseconds, decimals as numbers. */

typedef struct writer {
    lc_buf *out;
    lc_arena *arena;
} writer;

static void write_value(writer *w, const lc_value *value);

static void write_key(writer *w, const lc_value *key)
{
    lc_auto(lc_buf) text = {0};
    if (key->kind != LC_STRING) lc_value_to_text(&text, key);
    if (key->kind == LC_STRING) lc_json_quote(w->out, key->u.s, key->len);
    else lc_json_quote(w->out, text.data ? text.data : "", text.len);
    lc_buf_put(w->out, ':');
}

static void write_struct(writer *w, const lc_object *object)
{
    lc_buf_put(w->out, '{');
    for (uint32_t i = 0; i < object->shape->count; i++) {
        if (i) lc_buf_put(w->out, ',');
        lc_json_quote(w->out, object->shape->names[i].text, object->shape->names[i].len);
        lc_buf_put(w->out, ':');
        write_value(w, object->schema ? lc_struct_get(object, i) : &object->slots[i]);
    }
    lc_buf_put(w->out, '}');
}

static void write_map(writer *w, const lc_map *map)
{
    lc_buf_put(w->out, '{');
    for (uint32_t i = 0; i < map->count; i++) {
        if (i) lc_buf_put(w->out, ',');
        write_key(w, &map->items[2 * i]);
        write_value(w, &map->items[2 * i + 1]);
    }
    lc_buf_put(w->out, '}');
}

static void write_list(writer *w, const lc_list *list)
{
    lc_buf_put(w->out, '[');
    for (uint32_t i = 0; i < list->count; i++) {
        if (i) lc_buf_put(w->out, ',');
        write_value(w, &list->items[i]);
    }
    lc_buf_put(w->out, ']');
}

static void write_bytes(writer *w, const lc_value *value)
{
    size_t len = lc_base64_text_len(value->len);
    lc_buf_put(w->out, '"');
    lc_buf_reserve(w->out, len);
    lc_base64_encode(value->u.s, value->len, w->out->data + w->out->len);
    w->out->len += len;
    lc_buf_put(w->out, '"');
}

static void write_real(writer *w, const lc_value *value)
{
    char text[LC_DOUBLE_TEXT];
    if (!isfinite(value->u.d)) {
        lc_buf_text(w->out, "null");
        return;
    }
    size_t len = value->kind == LC_FLOAT32 ? lc_float_to_text((float)value->u.d, text)
                                           : lc_double_to_text(value->u.d, text);
    lc_buf_add(w->out, text, len);
}

static void write_value(writer *w, const lc_value *value)
{
    lc_text text;
    switch (value->kind) {
    case LC_BOOLEAN: lc_buf_text(w->out, value->u.i ? "true" : "false"); break;
    case LC_INT8:
    case LC_INT16:
    case LC_INT32:
    case LC_INT64:
    case LC_DATE: lc_buf_printf(w->out, "%lld", (long long)value->u.i); break;
    case LC_FLOAT32:
    case LC_FLOAT64: write_real(w, value); break;
    case LC_STRING: lc_json_quote(w->out, value->u.s, value->len); break;
    case LC_BYTES: write_bytes(w, value); break;
    case LC_ARRAY: write_list(w, value->u.list); break;
    case LC_STRUCT: write_struct(w, value->u.object); break;
    case LC_MAP:
        if (value->flags & LC_V_OBJECT) write_struct(w, value->u.object);
        else write_map(w, value->u.map);
        break;
    case LC_DECIMAL:
    case LC_BIGINT:
        text = lc_decimal_to_text(w->arena, *value->u.decimal);
        lc_buf_add(w->out, text.data, text.len);
        break;
    default: lc_buf_text(w->out, "null"); break;
    }
}

int lc_content_json_write(lc_frame *frame, const lc_value *cell)
{
    lc_state *state = lc_frame_state(frame);
    if (!lc_frame_is_bounded(frame, cell)) return -1;
    lc_buf_reset(&state->text);
    writer w = {&state->text, state->arena};
    write_value(&w, cell);
    lc_frame_text(frame, state->text.data, state->text.len);
    return 0;
}

/* Digests. */

int lc_content_digest_find(lc_frame *frame, const char *name, size_t len, size_t key_len)
{
    lc_digest_kind kind;
    if (!lc_digest_find((lc_text){name, len}, &kind))
        return failed(frame, lc_fail(LC_E_CONFIG, "there is no digest '%.*s'", (int)len, name));
    lc_error *error = lc_digest_check_key(kind, key_len);
    return error ? failed(frame, error) : (int)kind;
}

static void add_hex(lc_buf *out, const unsigned char *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        lc_buf_put(out, digits[bytes[i] >> 4]);
        lc_buf_put(out, digits[bytes[i] & 15]);
    }
}

/* frame->a: the message; frame->b: the key. */
void lc_content_digest(lc_frame *frame, int kind, int as_hex)
{
    unsigned char digest[LC_DIGEST_MAX];
    lc_buf *out = &lc_frame_state(frame)->text;
    lc_text message = {frame->a.u.s, frame->a.len}, key = {frame->b.u.s, frame->b.len};
    size_t len = lc_digest((lc_digest_kind)kind, key, message, digest);
    lc_buf_reset(out);
    if (as_hex) add_hex(out, digest, len);
    else lc_buf_add(out, digest, len);
    lc_frame_text(frame, out->data, out->len);
}
