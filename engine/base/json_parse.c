#include "base/json.h"

#include <stdio.h>

typedef struct reader {
    const char *start;
    const char *at;
    const char *end;
    unsigned flags;
    int depth;
    lc_buf text; /* the string being read, unescaped */
} reader;

static lc_error *read_value(reader *in, lc_json **ret_value);

static lc_error *fail_here(const reader *in, const char *what)
{
    int line = 1, column = 1;
    for (const char *p = in->start; p < in->at; p++) {
        bool continues = ((unsigned char)*p & 0xc0) == 0x80;
        if (*p == '\n') line++, column = 1;
        else if (!continues) column++;
    }
    return lc_fail(LC_E_BAD_REQUEST, "%s at line %d, column %d", what, line, column);
}

static lc_error *fail_unexpected(const reader *in)
{
    char what[48];
    if (in->at >= in->end) return fail_here(in, "Unexpected end of input");
    unsigned char byte = (unsigned char)*in->at;
    const char *format = byte > ' ' && byte < 0x7f ? "Unexpected character '%c'" : "Unexpected byte 0x%02x";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(what, sizeof what, format, byte);
#pragma GCC diagnostic pop
    return fail_here(in, what);
}

static void skip_space(reader *in)
{
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\t' || *in->at == '\n' || *in->at == '\r'))
        in->at++;
}

static bool take(reader *in, char byte)
{
    if (in->at >= in->end || *in->at != byte) return false;
    in->at++;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Four hexadecimal digits; -1 and `at` on the culprit when there are fewer. */
static int read_unit(reader *in)
{
    int unit = 0;
    for (int i = 0; i < 4; i++, in->at++) {
        int digit = in->at < in->end ? hex_digit(*in->at) : -1;
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static void add_code_point(lc_buf *text, unsigned c)
{
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    if (c < 0x80) {
        lc_buf_put(text, (char)c);
        return;
    }
    int len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    lc_buf_put(text, (char)(lead[len] | c >> (6 * (len - 1))));
    for (int i = len - 2; i >= 0; i--) lc_buf_put(text, (char)(0x80 | (c >> (6 * i) & 0x3f)));
}

static lc_error *read_unicode(reader *in)
{
    int unit = read_unit(in);
    if (unit < 0) return fail_unexpected(in);
    if (unit < 0xd800 || unit > 0xdfff) {
        add_code_point(&in->text, (unsigned)unit);
        return NULL;
    }
    int low = -1;
    if (unit < 0xdc00 && take(in, '\\') && take(in, 'u')) low = read_unit(in);
    if (low < 0xdc00 || low > 0xdfff) return fail_here(in, "Incomplete surrogate pair");
    add_code_point(&in->text, 0x10000 + (((unsigned)unit - 0xd800) << 10) + ((unsigned)low - 0xdc00));
    return NULL;
}

static lc_error *read_escape(reader *in)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (in->at >= in->end) return fail_unexpected(in);
    if (take(in, 'u')) return read_unicode(in);
    const char *found = *in->at ? strchr(from, *in->at) : NULL;
    if (!found) return fail_unexpected(in);
    lc_buf_put(&in->text, to[found - from]);
    in->at++;
    return NULL;
}

/* A string up to its closing quote into in->text; its opening quote is behind us. */
static lc_error *read_string(reader *in)
{
    lc_buf_reset(&in->text);
    for (;;) {
        const char *from = in->at;
        while (in->at < in->end && *in->at != '"' && *in->at != '\\' && (unsigned char)*in->at >= ' ')
            in->at++;
        lc_buf_add(&in->text, from, (size_t)(in->at - from));
        if (take(in, '"')) return NULL;
        if (!take(in, '\\')) return fail_unexpected(in);
        LC_TRY(read_escape(in));
    }
}

static bool skip_digits(reader *in)
{
    const char *from = in->at;
    while (in->at < in->end && *in->at >= '0' && *in->at <= '9') in->at++;
    return in->at > from;
}

static lc_error *read_number(reader *in, lc_json **ret_value)
{
    const char *from = in->at;
    take(in, '-');
    if (!take(in, '0') && !skip_digits(in)) return fail_unexpected(in);
    if (take(in, '.') && !skip_digits(in)) return fail_unexpected(in);
    if (take(in, 'e') || take(in, 'E')) {
        if (!take(in, '+')) take(in, '-');
        if (!skip_digits(in)) return fail_unexpected(in);
    }
    *ret_value = lc_json_new_number((lc_text){from, (size_t)(in->at - from)});
    return NULL;
}

static lc_error *read_items(reader *in, lc_json *array)
{
    skip_space(in);
    if (take(in, ']')) return NULL;
    for (;;) {
        lc_json *item = NULL;
        LC_TRY(read_value(in, &item));
        lc_json_add(array, item);
        skip_space(in);
        if (take(in, ']')) return NULL;
        if (!take(in, ',')) return fail_unexpected(in);
    }
}

static lc_error *read_member(reader *in, lc_json *object)
{
    skip_space(in);
    if (!take(in, '"')) return fail_unexpected(in);
    LC_TRY(read_string(in));
    skip_space(in);
    if (!take(in, ':')) return fail_unexpected(in);
    lc_auto(lc_buf) key = in->text;
    in->text = (lc_buf){0};
    lc_json *value = NULL;
    LC_TRY(read_value(in, &value));
    size_t before = lc_json_count(object);
    lc_json_set_at(object, (lc_text){key.data, key.len}, value);
    bool is_new = lc_json_count(object) > before;
    return is_new || !(in->flags & LC_JSON_UNIQUE_KEYS) ? NULL : fail_here(in, "Duplicate key");
}

static lc_error *read_members(reader *in, lc_json *object)
{
    skip_space(in);
    if (take(in, '}')) return NULL;
    for (;;) {
        LC_TRY(read_member(in, object));
        skip_space(in);
        if (take(in, '}')) return NULL;
        if (!take(in, ',')) return fail_unexpected(in);
    }
}

static lc_error *read_container(reader *in, lc_json **ret_value)
{
    if (++in->depth > LC_JSON_MAX_DEPTH) return fail_here(in, "Nested too deeply");
    bool is_array = *in->at++ == '[';
    lc_autoptr(lc_json) value = is_array ? lc_json_new_array() : lc_json_new_object();
    LC_TRY(is_array ? read_items(in, value) : read_members(in, value));
    in->depth--;
    *ret_value = lc_steal(value);
    return NULL;
}

static lc_error *read_word(reader *in, lc_json **ret_value)
{
    static const struct {
        lc_text word;
        lc_json_kind kind;
        bool value;
    } words[] = {
        {LC_TEXT("null"),  LC_JSON_NULL, false},
        {LC_TEXT("true"),  LC_JSON_BOOL, true },
        {LC_TEXT("false"), LC_JSON_BOOL, false},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        lc_text word = words[i].word;
        if ((size_t)(in->end - in->at) < word.len || memcmp(in->at, word.data, word.len)) continue;
        in->at += word.len;
        *ret_value = words[i].kind == LC_JSON_NULL ? lc_json_new_null() : lc_json_new_bool(words[i].value);
        return NULL;
    }
    return fail_unexpected(in);
}

static lc_error *read_value(reader *in, lc_json **ret_value)
{
    skip_space(in);
    char first = in->at < in->end ? *in->at : '\0';
    if (first == '{' || first == '[') return read_container(in, ret_value);
    if (first == '-' || (first >= '0' && first <= '9')) return read_number(in, ret_value);
    if (first != '"') return read_word(in, ret_value);
    in->at++;
    LC_TRY(read_string(in));
    *ret_value = lc_json_new_text((lc_text){in->text.data, in->text.len});
    return NULL;
}

static lc_error *read_document(reader *in, lc_json **ret_value)
{
    lc_json *value = NULL;
    LC_TRY(read_value(in, &value));
    skip_space(in);
    if (in->at < in->end) {
        lc_json_free(value);
        return fail_unexpected(in);
    }
    *ret_value = value;
    return NULL;
}

/* The first byte that belongs to no valid UTF-8 sequence. */
static const char *first_bad_byte(const char *text, size_t len)
{
    const char *at = text, *end = text + len;
    for (size_t step = 1; at < end && step <= 4 && step <= (size_t)(end - at);) {
        if (!lc_utf8_valid(at, step)) {
            step++;
            continue;
        }
        at += step;
        step = 1;
    }
    return at;
}

lc_error *lc_json_parse(const char *text, size_t len, unsigned flags, lc_json **ret_value)
{
    reader in = {.start = text, .at = text, .end = text + len, .flags = flags};
    if (!lc_utf8_valid(text, len)) {
        in.at = first_bad_byte(text, len);
        return fail_here(&in, "Invalid UTF-8");
    }
    lc_error *error = read_document(&in, ret_value);
    lc_buf_done(&in.text);
    return error;
}
