#include "java/properties.h"

#include <stdlib.h>
#include "base/buf.h"
#include "base/file.h"
#include "base/memory.h"
#include "java/charset.h"
#include "java/utf8.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

static bool is_end_of_line(char c)
{
    return c == '\n' || c == '\r';
}

/* The text, read line by line. */
typedef struct reader {
    const char *p, *end;
    int line;       /* the one p is in */
    int first_line; /* the one the logical line began in */
    lc_buf logical; /* the logical line: natural lines joined, escapes still in it */
} reader;

static void skip_line_end(reader *in)
{
    if (in->p < in->end && *in->p == '\r') {
        in->p++;
        if (in->p < in->end && *in->p == '\n') in->p++;
    } else if (in->p < in->end) {
        in->p++;
    }
    in->line++;
}

static void skip_blanks(reader *in)
{
    while (in->p < in->end && is_blank(*in->p)) in->p++;
}

/* Appends what is left of the natural line. True when an odd number of backslashes ends it; the last of them
 * is not part of the text. */
static bool append_natural_line(reader *in)
{
    const char *start = in->p;
    bool escaped = false;
    for (; in->p < in->end && !is_end_of_line(*in->p); in->p++) escaped = *in->p == '\\' && !escaped;
    lc_buf_add(&in->logical, start, (size_t)(in->p - start) - escaped);
    return escaped;
}

/* The next logical line into in->logical; false at the end. */
static bool next_logical_line(reader *in)
{
    lc_buf_reset(&in->logical);
    while (in->p < in->end) {
        skip_blanks(in);
        if (in->p == in->end) break;
        if (!in->logical.len) {
            in->first_line = in->line;
            bool comment = *in->p == '#' || *in->p == '!';
            while (comment && in->p < in->end && !is_end_of_line(*in->p)) in->p++;
            if (in->p == in->end) break;
            if (is_end_of_line(*in->p)) {
                skip_line_end(in);
                continue;
            }
        }
        bool continued = append_natural_line(in);
        if (in->p < in->end) skip_line_end(in);
        if (in->p == in->end || (!continued && in->logical.len)) return true;
    }
    return in->logical.len > 0;
}

/* Where the key ends and the value starts, as Java finds them: at the first free =, : or blank. */
static size_t split(lc_text line, size_t *ret_value)
{
    size_t key = 0;
    bool escaped = false;
    for (; key < line.len; key++) {
        char c = line.data[key];
        if (!escaped && (c == '=' || c == ':' || is_blank(c))) break;
        escaped = c == '\\' && !escaped;
    }
    size_t value = key;
    bool separated = false;
    for (; value < line.len; value++) {
        char c = line.data[value];
        if (is_blank(c)) continue;
        if (separated || (c != '=' && c != ':')) break;
        separated = true;
    }
    *ret_value = value;
    return key;
}

/* Four hexadecimal digits behind "\u"; negative when they are not there. */
static int read_unit(const char *p, const char *end)
{
    int unit = 0;
    if (end - p < 4) return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i], lower = (char)(c | 0x20);
        int digit = c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static char escaped_character(char c)
{
    switch (c) {
    case 't': return '\t';
    case 'n': return '\n';
    case 'r': return '\r';
    case 'f': return '\f';
    default: return c;
    }
}

/* Puts a UTF-16 unit; a low surrogate behind a high one, which the last three bytes are, joins it. */
static char *put_unit(uint32_t unit, uint32_t previous, char *out)
{
    if (!lc_is_high_surrogate(previous) || !lc_is_low_surrogate(unit)) return out + lc_utf8_put(unit, out);
    return out - 3 + lc_utf8_put(lc_join_surrogates(previous, unit), out - 3);
}

/* Resolves escapes into the arena. False at a malformed \u. */
static bool unescape(lc_arena *arena, lc_text raw, lc_text *ret)
{
    char *start = lc_arena_alloc(arena, raw.len + 1), *out = start;
    const char *p = raw.data, *end = p + raw.len;
    uint32_t previous = 0;
    while (p < end) {
        uint32_t unit = 0;
        if (*p != '\\' || p + 1 == end) {
            *out++ = *p++;
        } else if (p[1] != 'u') {
            *out++ = escaped_character(p[1]);
            p += 2;
        } else {
            int read = read_unit(p + 2, end);
            if (read < 0) return false;
            unit = (uint32_t)read;
            out = put_unit(unit, previous, out);
            p += 6;
        }
        previous = unit;
    }
    *out = '\0';
    *ret = (lc_text){start, (size_t)(out - start)};
    return true;
}

static void store(lc_properties *properties, lc_table *places, lc_property item)
{
    uintptr_t place = (uintptr_t)lc_table_get_text(places, item.key);
    if (place) {
        properties->items[place - 1] = item;
        return;
    }
    properties->items = lc_grow(properties->items, &properties->cap, properties->count + 1, sizeof item);
    properties->items[properties->count++] = item;
    lc_table_put_text(places, item.key, (void *)(uintptr_t)properties->count);
}

static lc_error *parse_lines(reader *in, const char *source, lc_properties *ret)
{
    lc_autoptr(lc_table) places = lc_table_new(NULL);
    while (next_logical_line(in)) {
        lc_text line = {in->logical.data ? in->logical.data : "", in->logical.len};
        size_t value, key = split(line, &value);
        lc_property item = {.line = in->first_line};
        if (!unescape(&ret->texts, (lc_text){line.data, key}, &item.key) ||
            !unescape(&ret->texts, (lc_text){line.data + value, line.len - value}, &item.value))
            return lc_fail(LC_E_ILLEGAL_ARGUMENT, "%s, line %d: Malformed \\uxxxx encoding.", source,
                           item.line);
        store(ret, places, item);
    }
    return NULL;
}

static lc_text to_utf8(lc_arena *arena, lc_text text)
{
    static const char MARK[] = "\xef\xbb\xbf";
    if (lc_text_starts(text, MARK)) text = (lc_text){text.data + 3, text.len - 3};
    if (lc_utf8_valid(text.data, text.len)) return text;
    char *start = lc_arena_alloc(arena, text.len * 2), *out = start;
    for (size_t i = 0; i < text.len; i++) out += lc_utf8_put((uint8_t)text.data[i], out);
    return (lc_text){start, (size_t)(out - start)};
}

lc_error *lc_properties_parse(lc_text text, const char *source, lc_properties *ret)
{
    text = to_utf8(&ret->texts, text);
    reader in = {.p = text.data, .end = text.data + text.len, .line = 1};
    lc_error *error = parse_lines(&in, source, ret);
    lc_buf_done(&in.logical);
    return error;
}

lc_error *lc_properties_read(const char *path, lc_properties *ret)
{
    lc_auto(lc_buf) content = {0};
    LC_TRY(lc_file_read(path, LC_PROPERTIES_MAX, &content));
    return lc_properties_parse((lc_text){content.data, content.len}, path, ret);
}

const char *lc_properties_get(const lc_properties *properties, const char *key)
{
    for (size_t i = 0; i < properties->count; i++)
        if (lc_text_is(properties->items[i].key, key)) return properties->items[i].value.data;
    return NULL;
}

lc_props *lc_properties_to_props(const lc_properties *properties)
{
    lc_props *props = lc_props_new();
    for (size_t i = 0; i < properties->count; i++)
        lc_props_set_text(props, properties->items[i].key, properties->items[i].value);
    return props;
}

void lc_properties_done(lc_properties *properties)
{
    free(properties->items);
    lc_arena_done(&properties->texts);
    *properties = (lc_properties){0};
}
