#include "java/date_pattern.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const struct {
    char letter;
    lc_date_kind kind;
} LETTERS[] = {
#define X(kind, letter, field) {letter, kind},
    LC_DATE_LETTERS(X)
#undef X
};

typedef struct compiler {
    lc_date_pattern *pattern;
    lc_text source;
    size_t at;
    size_t text_len;   /* bytes used in pattern->texts */
    lc_date_kind kind; /* of the run of letters that is being read */
    size_t count;      /* its length; 0: none */
} compiler;

void lc_date_pattern_done(lc_date_pattern *pattern)
{
    free(pattern->ops);
    free(pattern->texts);
    *pattern = (lc_date_pattern){0};
}

static void add_op(lc_date_pattern *pattern, lc_date_op op)
{
    pattern->ops = lc_grow(pattern->ops, &pattern->cap, pattern->count + 1, sizeof *pattern->ops);
    pattern->ops[pattern->count++] = op;
}

/* Literals that follow each other become one: only whether a literal follows a letter counts. */
static void add_literal(compiler *c, char byte)
{
    lc_date_pattern *pattern = c->pattern;
    char *text = pattern->texts + c->text_len++;
    *text = byte;
    lc_date_op *last = pattern->count ? pattern->ops + pattern->count - 1 : NULL;
    if (last && last->kind == LC_DATE_LITERAL) last->count++;
    else add_op(pattern, (lc_date_op){LC_DATE_LITERAL, 1, text});
}

static lc_error *end_run(compiler *c)
{
    if (!c->count) return NULL;
    if (c->kind == LC_DATE_ISO_ZONE && c->count > 3)
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "invalid ISO 8601 format: length=%zu", c->count);
    add_op(c->pattern, (lc_date_op){c->kind, c->count, NULL});
    c->count = 0;
    return NULL;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static lc_error *read_letter(compiler *c, char letter)
{
    size_t i = 0, count = sizeof LETTERS / sizeof *LETTERS;
    while (i < count && LETTERS[i].letter != letter) i++;
    if (i == count) return lc_fail(LC_E_ILLEGAL_ARGUMENT, "Illegal pattern character '%c'", letter);
    if (c->count && c->kind != LETTERS[i].kind) LC_TRY(end_run(c));
    c->kind = LETTERS[i].kind;
    c->count++;
    return NULL;
}

/* After an opening quote. Two quotes are one, in quoted text and outside. */
static lc_error *read_quoted(compiler *c)
{
    const char *data = c->source.data;
    for (; c->at < c->source.len; c->at++) {
        bool doubled = data[c->at] == '\'' && c->at + 1 < c->source.len && data[c->at + 1] == '\'';
        if (data[c->at] == '\'' && !doubled) {
            c->at++;
            return NULL;
        }
        if (doubled) c->at++;
        add_literal(c, data[c->at]);
    }
    return lc_fail(LC_E_ILLEGAL_ARGUMENT, "Unterminated quote");
}

static lc_error *read_one(compiler *c)
{
    char byte = c->source.data[c->at++];
    if (is_letter(byte)) return read_letter(c, byte);
    LC_TRY(end_run(c));
    if (byte != '\'') {
        add_literal(c, byte);
        return NULL;
    }
    if (c->at < c->source.len && c->source.data[c->at] == '\'') {
        c->at++;
        add_literal(c, '\'');
        return NULL;
    }
    return read_quoted(c);
}

lc_error *lc_date_pattern_compile(lc_text source, lc_date_pattern *ret_pattern)
{
    compiler c = {.pattern = ret_pattern, .source = source};
    *ret_pattern = (lc_date_pattern){.texts = lc_alloc(source.len + 1)};
    lc_error *error = NULL;
    while (!error && c.at < source.len) error = read_one(&c);
    if (!error) error = end_run(&c);
    if (error) lc_date_pattern_done(ret_pattern);
    return error;
}
