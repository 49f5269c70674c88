#include <stdarg.h>
#include <stdlib.h>

#include "base/memory.h"
#include "java/regex_node.h"

int32_t lc_regex_char_at(const lc_regex_parser *p, size_t index)
{
    return index < p->len ? p->chars[index] : 0;
}

bool lc_regex_ended(const lc_regex_parser *p)
{
    return p->at >= p->len;
}

static bool is_space(int32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_line_end(const lc_regex_parser *p, int32_t c)
{
    if (p->flags & LC_REGEX_UNIX_LINES) return c == '\n';
    return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* With (?x), the first position from `at` on that is neither blank nor comment. */
static size_t past_comments(const lc_regex_parser *p, size_t at)
{
    if (!(p->flags & LC_REGEX_COMMENTS)) return at;
    for (;;) {
        while (at < p->len && is_space(p->chars[at])) at++;
        if (lc_regex_char_at(p, at) != '#') return at;
        while (at < p->len && !is_line_end(p, p->chars[at])) at++;
        at += at < p->len;
    }
}

int32_t lc_regex_char_peek(lc_regex_parser *p)
{
    p->at = past_comments(p, p->at);
    return lc_regex_char_at(p, p->at);
}

int32_t lc_regex_char_read(lc_regex_parser *p)
{
    p->at = past_comments(p, p->at);
    return lc_regex_char_at(p, p->at++);
}

int32_t lc_regex_char_next(lc_regex_parser *p)
{
    p->at++;
    return lc_regex_char_peek(p);
}

int32_t lc_regex_char_skip(lc_regex_parser *p)
{
    p->at += 2;
    return lc_regex_char_at(p, p->at - 1);
}

/* PatternSyntaxException.getMessage: the description, the place, the pattern and a mark below the place. */
static lc_error *syntax_error(const lc_regex_parser *p, const char *description)
{
    lc_auto(lc_buf) text = {0};
    lc_buf_text(&text, description);
    if (p->at > 0) lc_buf_printf(&text, " near index %zu", p->at - 1);
    lc_buf_put(&text, '\n');
    lc_buf_add(&text, p->source.data, p->source.len);
    if (p->at > 0 && p->at - 1 < p->source.len) {
        lc_buf_put(&text, '\n');
        for (size_t i = 0; i + 1 < p->at; i++) lc_buf_put(&text, p->source.data[i] == '\t' ? '\t' : ' ');
        lc_buf_put(&text, '^');
    }
    return lc_fail_text(LC_E_ILLEGAL_ARGUMENT, text.data, text.len);
}

void lc_regex_fail(lc_regex_parser *p, const char *format, ...)
{
    if (p->error) return;
    lc_auto(lc_buf) description = {0};
    va_list args;
    va_start(args, format);
    lc_buf_vprintf(&description, format, args);
    va_end(args);
    p->error = syntax_error(p, description.data);
    p->at = p->len; /* ends every loop */
}

static size_t decode(lc_text text, size_t at, int32_t *ret_char)
{
    const unsigned char *byte = (const unsigned char *)text.data + at;
    size_t len = byte[0] < 0x80 ? 1 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    int32_t c = len == 1 ? byte[0] : byte[0] & (0x7f >> len);
    for (size_t i = 1; i < len; i++) c = c << 6 | (byte[i] & 0x3f);
    *ret_char = c;
    return len;
}

static bool is_alpha(int32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Writes a quoted character so that it means itself; a digit that starts a quote could end an escape before
 * it. */
static size_t put_quoted(int32_t *to, int32_t c, bool starts)
{
    size_t n = 0;
    bool is_digit = c >= '0' && c <= '9';
    if (is_digit && starts) {
        to[n++] = '\\';
        to[n++] = 'x';
        to[n++] = '3';
    } else if (c < 0x80 && !is_alpha(c) && !is_digit) {
        to[n++] = '\\';
    }
    to[n++] = c;
    return n;
}

/* Pattern.RemoveQEQuoting. An \E without a \Q stays, and is an error later. */
static size_t unquote(const int32_t *from, size_t len, int32_t *to)
{
    size_t n = 0;
    bool quoted = false, starts = false;
    for (size_t i = 0; i < len; i++) {
        int32_t following = i + 1 < len ? from[i + 1] : 0;
        bool escape = from[i] == '\\';
        if (escape && following == (quoted ? 'E' : 'Q')) {
            quoted = !quoted;
            starts = quoted;
            i++;
            continue;
        }
        if (quoted) {
            n += put_quoted(to + n, from[i], starts);
        } else {
            to[n++] = from[i];
            if (escape && i + 1 < len) to[n++] = from[++i];
        }
        starts = false;
    }
    return n;
}

void lc_regex_load(lc_regex_parser *p, lc_text source)
{
    int32_t *raw = lc_arena_alloc(&p->arena, (source.len + 1) * sizeof *raw);
    size_t count = 0;
    for (size_t i = 0; i < source.len; count++) i += decode(source, i, raw + count);
    p->source = source;
    p->chars = lc_arena_alloc(&p->arena, (4 * count + 1) * sizeof *p->chars);
    p->len = unquote(raw, count, p->chars);
}

lc_regex_fold lc_regex_current_fold(const lc_regex_parser *p)
{
    if (!(p->flags & LC_REGEX_CASELESS)) return LC_FOLD_NONE;
    return p->flags & LC_REGEX_UNICODE_CASE ? LC_FOLD_UNICODE : LC_FOLD_ASCII;
}

lc_regex_node *lc_regex_node_new(lc_regex_parser *p, lc_regex_kind kind)
{
    lc_regex_node *node = lc_arena_alloc(&p->arena, sizeof *node);
    *node = (lc_regex_node){.kind = kind};
    return node;
}
