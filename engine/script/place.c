#include "script/place.h"

#include <ctype.h>
#include <string.h>

enum { MOST_TOKENS = 400 };

typedef struct token {
    const char *at;
    size_t len;
    char kind; /* 'n': a name; 's': a string; otherwise the character itself */
} token;

typedef struct tokens {
    token all[MOST_TOKENS + 1]; /* the last one is empty */
    size_t count;
} tokens;

static lc_text line_of(lc_text source, int line)
{
    const char *at = source.data, *end = source.data + source.len;
    for (; line > 1 && at; line--) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (at) at++;
    }
    if (!at) return (lc_text){0};
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    return (lc_text){at, (size_t)((stop ? stop : end) - at)};
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

/* The end of a string that begins with a quote, or of a bracket that opens a long one: both on this line. */
static const char *string_end(const char *at, const char *end)
{
    char quote = *at++;
    for (; at < end && *at != quote; at++)
        if (*at == '\\') at++;
    return at < end ? at + 1 : end;
}

static void split(lc_text line, tokens *into)
{
    const char *at = line.data, *end = line.data + line.len;
    while (at < end && into->count < MOST_TOKENS) {
        const char *start = at;
        char kind = *at;
        if (isspace((unsigned char)*at)) {
            at++;
            continue;
        }
        if (end - at >= 2 && at[0] == '-' && at[1] == '-') break;
        if (kind == '"' || kind == '\'') {
            at = string_end(at, end);
            kind = 's';
        } else if (is_name(kind)) {
            while (at < end && is_name(*at)) at++;
            kind = 'n';
        } else {
            at++;
        }
        into->all[into->count++] = (token){start, (size_t)(at - start), kind};
    }
}

static bool token_is(const token *t, lc_text name)
{
    return t->kind == 'n' && t->len == name.len && !memcmp(t->at, name.data, name.len);
}

/* What stands before the token, and behind it. */
static char before(const tokens *t, size_t i)
{
    if (i == 0) return 0;
    bool is_range = t->all[i - 1].kind == '.' && i > 1 && t->all[i - 2].kind == '.';
    return is_range ? 0 : t->all[i - 1].kind;
}

static bool is_called(const tokens *t, size_t i)
{
    char next = t->all[i + 1].kind;
    return next == '(' || next == 's' || next == '{';
}

static bool is_indexed(const tokens *t, size_t i)
{
    char next = t->all[i + 1].kind, second = next ? t->all[i + 2].kind : 0;
    return next == '[' || next == ':' || (next == '.' && second != '.');
}

/* "attempt to index field 'address' (a nil value)" */
typedef struct fault {
    lc_text name;
    char mark;        /* what stands before the name: '.', ':' or 0 */
    bool call, index; /* what was tried with it */
} fault;

static bool read_fault(lc_text message, fault *ret)
{
    static const struct {
        const char *word;
        char mark;
    } kinds[] = {{"field '", '.'}, {"method '", ':'}, {"local '", 0}, {"upvalue '", 0}, {"global '", 0}};
    char text[200];
    size_t len = message.len < sizeof text ? message.len : sizeof text - 1;
    memcpy(text, message.data, len);
    text[len] = '\0';
    if (strncmp(text, "attempt to ", 11) != 0) return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *found = strstr(text, kinds[i].word);
        if (!found) continue;
        const char *name = found + strlen(kinds[i].word), *end = strchr(name, '\'');
        if (!end || found > text + 40) return false;
        ret->name = (lc_text){message.data + (name - text), (size_t)(end - name)};
        ret->mark = kinds[i].mark;
        ret->call = !strncmp(text + 11, "call ", 5);
        ret->index = !strncmp(text + 11, "index ", 6);
        return true;
    }
    return false;
}

/* a.name, a["name"], a:name or name, by what the message says. */
static bool is_fault(const tokens *t, size_t i, const fault *f)
{
    const token *at = &t->all[i];
    if (f->mark == '.' && at->kind == 's' && i > 0 && t->all[i - 1].kind == '[')
        return at->len == f->name.len + 2 && !memcmp(at->at + 1, f->name.data, f->name.len);
    if (!token_is(at, f->name)) return false;
    char mark = before(t, i);
    if (f->mark ? mark != f->mark : mark == '.' || mark == ':') return false;
    if (f->call && !is_called(t, i)) return false;
    return !f->index || is_indexed(t, i);
}

static unsigned only_fault(const tokens *t, lc_text line, const fault *f)
{
    unsigned column = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (!is_fault(t, i, f)) continue;
        if (column) return 0;
        column = (unsigned)(t->all[i].at - line.data) + 1;
    }
    return column;
}

static bool is_word(const token *t)
{
    static const char *const words[] = {"if", "elseif", "while", "until", "return", "and", "or", "not", "in", "for", "then",
                                        "else", "do", "end", "local", "function", "repeat", "nil", "true", "false"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (token_is(t, lc_text_of(words[i]))) return true;
    return false;
}

/* The only call of the line, as long as nothing there is assigned to a field, which may fail as well. */
static unsigned only_call(const tokens *t, lc_text line)
{
    unsigned column = 0;
    for (size_t i = 0; i < t->count; i++) {
        const token *at = &t->all[i];
        bool ends_path = i > 0 && (at[-1].kind == 'n' ? before(t, i - 1) == '.' : at[-1].kind == ']');
        if (at->kind == '=' && at[1].kind != '=' && ends_path) return 0;
        if (at->kind == ')' && (at[1].kind == '(' || at[1].kind == ':' || at[1].kind == '.')) return 0;
        if (at->kind != 'n' || is_word(at) || !is_called(t, i)) continue;
        size_t first = i;
        while (first >= 2 && strchr(".:", before(t, first) ? before(t, first) : ' ') && t->all[first - 2].kind == 'n')
            first -= 2;
        bool is_definition = first > 0 && token_is(&t->all[first - 1], LC_TEXT("function"));
        if (column || is_definition) return 0;
        column = (unsigned)(t->all[first].at - line.data) + 1;
    }
    return column;
}

unsigned lc_place_column(lc_text source, int line, lc_text message)
{
    fault f = {0};
    tokens t = {.count = 0};
    lc_text text = line_of(source, line);
    if (!text.len) return 0;
    split(text, &t);
    if (read_fault(message, &f)) return only_fault(&t, text, &f);
    bool is_of_lua = message.len >= 11 && !memcmp(message.data, "attempt to ", 11);
    return is_of_lua ? 0 : only_call(&t, text);
}
