#include <stdio.h>

#include "base/json.h"

static const char hex[] = "0123456789ABCDEF";

/* What a byte needs: 0 as it is, 'u' \u00XX, '?' a look at the UTF-8 sequence, anything else \ and that. */
/* clang-format off */
static const char escapes[256] = {
    [0 ... 7] = 'u', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [0x0b] = 'u', ['\f'] = 'f', ['\r'] = 'r',
    [0x0e ... 0x1f] = 'u', ['"'] = '"', ['\\'] = '\\', [0x7f] = 'u', [0x80 ... 0xff] = '?',
};
/* clang-format on */

static char escape_of(char byte)
{
    return escapes[(unsigned char)byte];
}

static void add_unicode(lc_buf *into, unsigned char byte)
{
    char text[] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
    lc_buf_add(into, text, sizeof text);
}

/* Bytes of the UTF-8 sequence at `p`, or 0. */
static size_t sequence(const char *p, size_t left)
{
    for (size_t len = 2; len <= 4 && len <= left; len++)
        if (lc_utf8_valid(p, len)) return len;
    return 0;
}

/* Writes what stands at `p`, which is not plain; returns how many bytes it took. */
static size_t add_special(lc_buf *into, const char *p, size_t left)
{
    char how = escape_of(*p);
    if (how == 'u') {
        add_unicode(into, (unsigned char)*p);
        return 1;
    }
    if (how != '?') {
        lc_buf_put(into, '\\');
        lc_buf_put(into, how);
        return 1;
    }
    size_t len = sequence(p, left);
    if (len == 2 && (unsigned char)p[0] == 0xc2 && (unsigned char)p[1] < 0xa0)
        add_unicode(into, (unsigned char)p[1]);
    else if (len) lc_buf_add(into, p, len);
    else lc_buf_text(into, "\xef\xbf\xbd");
    return len ? len : 1;
}

void lc_json_escape(lc_buf *into, const char *text, size_t len)
{
    lc_buf_reserve(into, len);
    for (size_t at = 0; at < len;) {
        size_t start = at;
        while (at < len && !escape_of(text[at])) at++;
        if (at > start) lc_buf_add(into, text + start, at - start);
        if (at < len) at += add_special(into, text + at, len - at);
    }
}

void lc_json_quote(lc_buf *into, const char *text, size_t len)
{
    lc_buf_put(into, '"');
    lc_json_escape(into, text, len);
    lc_buf_put(into, '"');
}

void lc_json_quote_text(lc_buf *into, const char *text)
{
    if (text) lc_json_quote(into, text, strlen(text));
    else lc_buf_text(into, "null");
}

static void dump_array(const lc_json *array, lc_buf *into)
{
    lc_buf_put(into, '[');
    for (size_t i = 0; i < lc_json_count(array); i++) {
        if (i) lc_buf_put(into, ',');
        lc_json_dump(lc_json_at(array, i), into);
    }
    lc_buf_put(into, ']');
}

static void dump_object(const lc_json *object, lc_buf *into)
{
    lc_buf_put(into, '{');
    for (size_t i = 0; i < lc_json_count(object); i++) {
        if (i) lc_buf_put(into, ',');
        lc_text key = lc_json_key_text_at(object, i);
        lc_json_quote(into, key.data, key.len);
        lc_buf_put(into, ':');
        lc_json_dump(lc_json_at(object, i), into);
    }
    lc_buf_put(into, '}');
}

void lc_json_dump(const lc_json *value, lc_buf *into)
{
    lc_text text = lc_json_text(value);
    switch (lc_json_kind_of(value)) {
    case LC_JSON_NULL: lc_buf_text(into, "null"); break;
    case LC_JSON_STRING: lc_json_quote(into, text.data, text.len); break;
    case LC_JSON_ARRAY: dump_array(value, into); break;
    case LC_JSON_OBJECT: dump_object(value, into); break;
    default: lc_buf_add(into, text.data, text.len); break;
    }
}
