/* Charsets for scripts: lua/prelude/charset.lua. */
#include "java/charset.h"
#include "script/bridge.h"

int lc_bridge_charset_find(lc_frame *frame, const char *name, size_t len)
{
    lc_state *state = lc_frame_state(frame);
    char text[64] = "";
    lc_autoptr(lc_charset) charset = NULL;
    if (len < sizeof text && !memchr(name, 0, len)) memcpy(text, name, len);
    lc_error *error = lc_charset_open(text, &charset);
    if (error) {
        lc_error_free(error);
        return -1;
    }
    for (size_t i = 0; i < state->charset_count; i++)
        if (!strcmp(lc_charset_name(state->charsets[i]), lc_charset_name(charset))) return (int)i;
    if (state->charset_count == LC_CHARSETS_MOST) return -2;
    state->charsets[state->charset_count++] = lc_steal(charset);
    return (int)state->charset_count - 1;
}

/* What a script calls text may be any bytes: malformed ones are U+FFFD, as everywhere. */
void lc_bridge_charset_convert(lc_frame *frame, int number, const char *bytes, size_t len, int encode)
{
    lc_state *state = lc_frame_state(frame);
    lc_charset *charset = state->charsets[number];
    lc_arena arena = {0};
    lc_text in = {bytes, len}, out;
    if (encode) out = lc_charset_encode(charset, &arena, lc_utf8_decode(&arena, in));
    else out = lc_charset_decode(charset, &arena, in);
    lc_buf_reset(&state->text);
    if (out.len) lc_buf_add(&state->text, out.data, out.len);
    lc_arena_done(&arena);
    lc_frame_text(frame, out.len ? state->text.data : "", out.len);
}
