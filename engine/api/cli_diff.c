#include "api/cli_diff.h"

#include <string.h>

enum { LONGEST = 200 };

typedef struct diff {
    lc_buf *out;
    const char *indent;
    bool colour;
    lc_buf path;
} diff;

static void add_value(lc_buf *out, const lc_json *value)
{
    lc_auto(lc_buf) text = {0};
    lc_json_dump(value, &text);
    size_t len = text.len;
    if (len > LONGEST) {
        len = LONGEST;
        while (len && ((unsigned char)text.data[len] & 0xC0) == 0x80) len--;
    }
    lc_buf_add(out, text.data, len);
    if (len < text.len) lc_buf_text(out, "…");
}

/* One line; `before` or `after` may be missing (NULL). */
static void add_line(diff *d, char mark, const lc_json *before, const lc_json *after)
{
    const char *colour = mark == '+' ? "\033[32m" : mark == '-' ? "\033[31m" : "\033[33m";
    lc_buf_printf(d->out, "%s%s%c %s: ", d->indent, d->colour ? colour : "", mark,
                  d->path.len ? d->path.data : "record");
    if (before) add_value(d->out, before);
    if (before && after) lc_buf_text(d->out, " → ");
    if (after) add_value(d->out, after);
    lc_buf_printf(d->out, "%s\n", d->colour ? "\033[0m" : "");
}

static void compare(diff *d, const lc_json *before, const lc_json *after);

static size_t enter_name(diff *d, const char *name)
{
    size_t len = d->path.len;
    lc_buf_printf(&d->path, len ? ".%s" : "%s", name);
    return len;
}

static void leave(diff *d, size_t len)
{
    d->path.len = len;
    if (d->path.data) d->path.data[len] = '\0';
}

static void compare_objects(diff *d, const lc_json *before, const lc_json *after)
{
    for (size_t i = 0; i < lc_json_count(before); i++) {
        const char *name = lc_json_key_at(before, i);
        const lc_json *now = lc_json_get(after, name);
        size_t len = enter_name(d, name);
        if (now) compare(d, lc_json_at(before, i), now);
        else add_line(d, '-', lc_json_at(before, i), NULL);
        leave(d, len);
    }
    for (size_t i = 0; i < lc_json_count(after); i++) {
        const char *name = lc_json_key_at(after, i);
        if (lc_json_get(before, name)) continue;
        size_t len = enter_name(d, name);
        add_line(d, '+', NULL, lc_json_at(after, i));
        leave(d, len);
    }
}

static void compare_arrays(diff *d, const lc_json *before, const lc_json *after)
{
    size_t had = lc_json_count(before), has = lc_json_count(after);
    for (size_t i = 0; i < had || i < has; i++) {
        size_t len = d->path.len;
        lc_buf_printf(&d->path, "[%zu]", i + 1);
        if (i < had && i < has) compare(d, lc_json_at(before, i), lc_json_at(after, i));
        else if (i < had) add_line(d, '-', lc_json_at(before, i), NULL);
        else add_line(d, '+', NULL, lc_json_at(after, i));
        leave(d, len);
    }
}

static void compare(diff *d, const lc_json *before, const lc_json *after)
{
    if (lc_json_equal(before, after)) return;
    lc_json_kind kind = lc_json_kind_of(before);
    if (kind != lc_json_kind_of(after)) add_line(d, '~', before, after);
    else if (kind == LC_JSON_OBJECT) compare_objects(d, before, after);
    else if (kind == LC_JSON_ARRAY) compare_arrays(d, before, after);
    else add_line(d, '~', before, after);
}

void lc_diff_write(lc_buf *out, const char *indent, bool colour, const lc_json *before, const lc_json *after)
{
    diff d = {.out = out, .indent = indent, .colour = colour};
    compare(&d, before, after);
    lc_buf_done(&d.path);
}
