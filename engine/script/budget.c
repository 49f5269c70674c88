/* The budget rewrite: inserts a call into a script's text wherever it could begin to run for long.
 *
 *   while busy() do work() end   ─▶   while busy() do tick(); work() end
 *   function f(a) … end          ─▶   function f(a) tick(); … end
 *   repeat … until x             ─▶   repeat tick(); … until x
 *   goto again                   ─▶   tick(); goto again
 *
 * Compiled loops of LuaJIT never look at hooks, so this is how a script is stopped. The lexer below splits
 * text exactly as LuaJIT's does; everything between the insertions is copied byte by byte, line ends
 * included. */
#include "script/internal.h"

typedef struct lexer {
    const char *at, *end;
    const char *copied; /* up to here the text is in `out` */
    const char *tick;
    size_t tick_len;
    lc_buf *out;
    bool in_parameters; /* after `function`, before the `)` of its parameters */
    bool after_dot;     /* the last token was a single dot: a field name follows */
} lexer;

static bool is_ident(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (c & 0x80);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Copies what was passed so far and adds a tick. */
static void insert_tick(lexer *l, const char *at, const char *before)
{
    lc_buf_add(l->out, l->copied, (size_t)(at - l->copied));
    lc_buf_printf(l->out, "%s%s(); ", before, l->tick);
    l->copied = at;
}

/* At `[`: the level of a long bracket, or -1. */
static int long_bracket(const lexer *l, const char *at)
{
    const char *p = at + 1;
    while (p < l->end && *p == '=') p++;
    return p < l->end && *p == '[' ? (int)(p - at - 1) : -1;
}

static void skip_long(lexer *l, const char *at, int level)
{
    for (at += level + 2; at < l->end; at++) {
        if (*at != ']') continue;
        const char *p = at + 1;
        while (p < l->end && *p == '=') p++;
        if (p < l->end && *p == ']' && p - at - 1 == level) {
            l->at = p + 1;
            return;
        }
    }
    l->at = l->end;
}

static void skip_string(lexer *l)
{
    char quote = *l->at++;
    while (l->at < l->end && *l->at != quote) l->at += *l->at == '\\' && l->at + 1 < l->end ? 2 : 1;
    if (l->at < l->end) l->at++;
}

static void skip_comment(lexer *l)
{
    const char *p = l->at + 2;
    int level = p < l->end && *p == '[' ? long_bracket(l, p) : -1;
    if (level >= 0) {
        skip_long(l, p, level);
        return;
    }
    while (l->at < l->end && *l->at != '\n' && *l->at != '\r') l->at++;
}

static void skip_number(lexer *l)
{
    char mark = 'e', before = *l->at++;
    if (before == '0' && l->at < l->end && (*l->at | 0x20) == 'x') mark = 'p';
    while (l->at < l->end) {
        char c = *l->at;
        if (!is_ident(c) && c != '.' && !((c == '-' || c == '+') && (before | 0x20) == mark)) break;
        before = c;
        l->at++;
    }
}

static bool word_is(const char *word, size_t len, const char *keyword)
{
    return strlen(keyword) == len && !memcmp(word, keyword, len);
}

/* `goto` is a statement only before a name; elsewhere it is a name itself. */
static bool is_goto(const lexer *l)
{
    const char *p = l->at;
    while (p < l->end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' || *p == '\v' || *p == '\f'))
        p++;
    return p < l->end && is_ident(*p) && !is_digit(*p) && !l->after_dot;
}

static lc_error *take_word(lexer *l)
{
    const char *word = l->at;
    while (l->at < l->end && is_ident(*l->at)) l->at++;
    size_t len = (size_t)(l->at - word);
    if (len == l->tick_len && !memcmp(word, l->tick, len))
        return lc_fail(LC_E_SCRIPT, "the name %s is reserved", l->tick);
    if (word_is(word, len, "do") || word_is(word, len, "repeat")) insert_tick(l, l->at, " ");
    else if (word_is(word, len, "function")) l->in_parameters = true;
    else if (word_is(word, len, "goto") && is_goto(l)) insert_tick(l, word, "");
    return NULL;
}

/* One, two or three dots are different tokens. */
static size_t dots(const lexer *l)
{
    size_t count = 0;
    while (count < 3 && l->at + count < l->end && l->at[count] == '.') count++;
    return count;
}

static void take_mark(lexer *l)
{
    bool ends_parameters = *l->at++ == ')' && l->in_parameters;
    if (!ends_parameters) return;
    l->in_parameters = false;
    insert_tick(l, l->at, " ");
}

static lc_error *take_token(lexer *l)
{
    const char *from = l->at;
    char c = *from, next = from + 1 < l->end ? from[1] : '\0';
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f') {
        l->at++;
        return NULL;
    }
    if (c == '-' && next == '-') {
        skip_comment(l);
        return NULL;
    }
    bool is_dot = false;
    if (is_digit(c) || (c == '.' && is_digit(next))) {
        skip_number(l);
    } else if (c == '.') {
        is_dot = dots(l) == 1;
        l->at += dots(l);
    } else if (is_ident(c)) LC_TRY(take_word(l));
    else if (c == '"' || c == '\'') skip_string(l);
    else if (c == '[' && long_bracket(l, from) >= 0) skip_long(l, from, long_bracket(l, from));
    else take_mark(l);
    l->after_dot = is_dot;
    return NULL;
}

/* LuaJIT passes over a byte order mark and a first line that starts with #. */
static void skip_start(lexer *l)
{
    if (l->end - l->at >= 3 && !memcmp(l->at, "\xef\xbb\xbf", 3)) l->at += 3;
    if (l->at < l->end && *l->at == '#') {
        while (l->at < l->end && *l->at != '\n' && *l->at != '\r') l->at++;
    }
    l->copied = l->at;
}

lc_error *lc_budget_rewrite(lc_text source, const char *tick, lc_buf *out)
{
    lexer l = {.at = source.data,
               .end = source.data + source.len,
               .tick = tick,
               .tick_len = strlen(tick),
               .out = out};
    skip_start(&l);
    while (l.at < l.end) LC_TRY(take_token(&l));
    lc_buf_add(out, l.copied, (size_t)(l.end - l.copied));
    return NULL;
}
