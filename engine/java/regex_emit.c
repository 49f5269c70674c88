#include "java/regex_node.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* PCRE2 counts no further. Look-behinds of many lengths are written out one by one, within bounds. */
enum { LARGEST_COUNT = 65535, LONGEST_VARIANT = 16 * 1024, MOST_VARIANTS = 1500, MOST_REPEATS = 100 };

typedef struct emitter {
    lc_regex_parser *parser;
    lc_buf *out;
    bool bare; /* groups don't capture here */
    lc_error *error;
} emitter;

static void emit(emitter *e, const lc_regex_node *node);

static void fail(emitter *e, const char *message)
{
    if (!e->error) e->error = lc_fail(LC_E_ILLEGAL_ARGUMENT, "%s", message);
}

static bool is_alnum(int32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void emit_char(emitter *e, const lc_regex_node *node)
{
    int32_t c = node->ch;
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c >= 0xd800 && c <= 0xdfff) lc_buf_text(e->out, "(?!)"); /* no UTF-8 text holds it */
    else if (node->fold == LC_FOLD_ASCII && is_letter) lc_buf_printf(e->out, "[%c%c]", c | 0x20, c & ~0x20);
    else if (node->fold == LC_FOLD_UNICODE) lc_buf_printf(e->out, "(?i:\\x{%x})", (unsigned)c);
    else if (is_alnum(c)) lc_buf_put(e->out, (char)c);
    else lc_buf_printf(e->out, "\\x{%x}", (unsigned)c);
}

static void emit_children(emitter *e, const lc_regex_node *node, const char *between)
{
    for (const lc_regex_node *child = node->child; child; child = child->next) {
        emit(e, child);
        if (child->next) lc_buf_text(e->out, between);
    }
}

static void emit_wrapped(emitter *e, const char *open, const lc_regex_node *child)
{
    lc_buf_text(e->out, open);
    emit(e, child);
    lc_buf_put(e->out, ')');
}

static void emit_counts(emitter *e, const lc_regex_node *node)
{
    if (node->min > LARGEST_COUNT || (node->max != LC_REPEAT_FOREVER && node->max > LARGEST_COUNT))
        fail(e, "Repetition counts above 65535 are not supported");
    else if (node->max == LC_REPEAT_FOREVER) lc_buf_printf(e->out, "{%d,}", node->min);
    else lc_buf_printf(e->out, "{%d,%d}", node->min, node->max);
    if (node->mode) lc_buf_put(e->out, node->mode);
}

/* Is its PCRE2 text one item, which a quantifier can follow? */
static bool is_item(const lc_regex_node *node)
{
    switch (node->kind) {
    case LC_NODE_CHAR:
    case LC_NODE_SET:
    case LC_NODE_GROUP:
    case LC_NODE_ATOMIC:
    case LC_NODE_BACKREF:
    case LC_NODE_LINEBREAK:
    case LC_NODE_GRAPHEME: return true;
    default: return false;
    }
}

/* Once is enough for what takes no characters, and PCRE2 would write it out each time. */
static bool is_assertion(const lc_regex_node *node)
{
    return node->kind == LC_NODE_ASSERT || node->kind == LC_NODE_AHEAD || node->kind == LC_NODE_BEHIND;
}

static void emit_repeat(emitter *e, const lc_regex_node *node)
{
    if (is_assertion(node->child) && node->min > 0) {
        emit(e, node->child);
        return;
    }
    if (node->child->kind == LC_NODE_LINEBREAK)
        lc_buf_text(e->out, "(?>\\r\\n|\\v)"); /* repeated, Java doesn't try \r alone any more */
    else if (is_item(node->child)) emit(e, node->child);
    else emit_wrapped(e, "(?:", node->child);
    emit_counts(e, node);
}

static void emit_backref(emitter *e, const lc_regex_node *node)
{
    if (node->number > e->parser->groups) {
        lc_buf_text(e->out, "(?!)"); /* a group that doesn't exist never matched anything */
        return;
    }
    lc_buf_printf(e->out, node->fold == LC_FOLD_NONE ? "\\g{%d}" : "(?i:\\g{%d})", node->number);
}

/* The number of characters that a node matches, -1 when it varies. */
static int32_t width_of(const lc_regex_node *node);

static int32_t sequence_width(const lc_regex_node *node)
{
    int64_t sum = 0;
    for (const lc_regex_node *child = node->child; child; child = child->next) {
        int32_t width = width_of(child);
        if (width < 0) return -1;
        sum += width;
    }
    return sum > LARGEST_COUNT ? -1 : (int32_t)sum;
}

static int32_t choice_width(const lc_regex_node *node)
{
    int32_t width = width_of(node->child);
    for (const lc_regex_node *child = node->child->next; child; child = child->next)
        if (width_of(child) != width) return -1;
    return width;
}

static int32_t repeat_width(const lc_regex_node *node)
{
    int32_t width = width_of(node->child);
    int64_t total = (int64_t)width * node->min;
    return width < 0 || node->min != node->max || total > LARGEST_COUNT ? -1 : (int32_t)total;
}

static int32_t width_of(const lc_regex_node *node)
{
    switch (node->kind) {
    case LC_NODE_EMPTY:
    case LC_NODE_ASSERT:
    case LC_NODE_AHEAD:
    case LC_NODE_BEHIND: return 0;
    case LC_NODE_CHAR:
    case LC_NODE_SET: return 1;
    case LC_NODE_SEQUENCE:
    case LC_NODE_GROUP:
    case LC_NODE_ATOMIC: return sequence_width(node);
    case LC_NODE_CHOICE: return choice_width(node);
    case LC_NODE_REPEAT: return repeat_width(node);
    case LC_NODE_LINEBREAK:
    case LC_NODE_GRAPHEME:
    case LC_NODE_BACKREF: break;
    }
    return -1;
}

/* One way in which a part of a look-behind can match: PCRE2 text of a fixed length. */
typedef struct variant {
    char *text;
    int32_t width;
} variant;

typedef struct variants {
    variant *list;
    size_t count, cap;
} variants;

static void variants_done(variants *v)
{
    for (size_t i = 0; i < v->count; i++) free(v->list[i].text);
    free(v->list);
    *v = (variants){0};
}
LC_DEFINE_AUTO(variants, variants_done)

static void add_variant(emitter *e, variants *v, char *text, int32_t width)
{
    if (v->count >= MOST_VARIANTS) fail(e, "Look-behind group has too many lengths");
    if (strlen(text) > LONGEST_VARIANT) fail(e, "Look-behind group is too long");
    if (e->error) {
        free(text);
        return;
    }
    v->list = lc_grow(v->list, &v->cap, v->count + 1, sizeof *v->list);
    v->list[v->count++] = (variant){text, width};
}

static void copy_variants(emitter *e, const variants *from, variants *to)
{
    for (size_t i = 0; i < from->count; i++)
        add_variant(e, to, lc_strdup(from->list[i].text), from->list[i].width);
}

static void expand(emitter *e, const lc_regex_node *node, bool leads, variants *ret);

static char *emit_text(emitter *e, const lc_regex_node *node)
{
    lc_buf text = {0};
    emitter inner = {.parser = e->parser, .out = &text, .bare = true};
    emit(&inner, node);
    if (inner.error) {
        fail(e, lc_error_message(inner.error));
        lc_error_free(inner.error);
    }
    return lc_buf_detach(&text);
}

/* Every variant of `a` followed by every one of `b`. */
static void multiply(emitter *e, variants *a, const variants *b)
{
    variants product = {0};
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count && !e->error; j++) {
            lc_buf text = {0};
            lc_buf_printf(&text, "%s%s", a->list[i].text, b->list[j].text);
            add_variant(e, &product, lc_buf_detach(&text), a->list[i].width + b->list[j].width);
        }
    variants_done(a);
    *a = product;
}

static void expand_sequence(emitter *e, const lc_regex_node *node, bool leads, variants *ret)
{
    lc_auto(variants) product = {0};
    add_variant(e, &product, lc_strdup(""), 0);
    for (const lc_regex_node *child = node->child; child && !e->error; child = child->next) {
        lc_auto(variants) part = {0};
        expand(e, child, leads && child == node->child, &part);
        multiply(e, &product, &part);
    }
    copy_variants(e, &product, ret);
}

static void expand_single_repeat(emitter *e, const lc_regex_node *node, int32_t width, int32_t max,
                                 variants *ret)
{
    char *text = emit_text(e, node->child);
    for (int32_t n = node->min; n <= max && !e->error; n++) {
        lc_buf repeated = {0};
        lc_buf_printf(&repeated, is_item(node->child) ? "%s{%d}" : "(?:%s){%d}", text, n);
        if (node->mode == '+' && width > 0 && n < node->max)
            lc_buf_printf(&repeated, "(?!%s)", text); /* took all it could */
        add_variant(e, ret, lc_buf_detach(&repeated), width * n);
    }
    free(text);
}

/* What leads a look-behind may as well match as little as it can: the rest of it isn't looked at. */
static void expand_repeat(emitter *e, const lc_regex_node *node, bool leads, variants *ret)
{
    int64_t most = (int64_t)node->min + MOST_REPEATS;
    int32_t max = node->max < most ? node->max : (int32_t)most, width = width_of(node->child);
    if (leads && node->mode != '+') max = node->min;
    if (width >= 0 && node->min <= LARGEST_COUNT) {
        expand_single_repeat(e, node, width, width ? max : node->min, ret);
        return;
    }
    lc_auto(variants) power = {0}, part = {0};
    expand(e, node->child, false, &part);
    add_variant(e, &power, lc_strdup(""), 0);
    for (int32_t n = 0; n <= max && !e->error; n++) {
        if (n >= node->min) copy_variants(e, &power, ret);
        if (n < max) multiply(e, &power, &part);
    }
}

static void expand(emitter *e, const lc_regex_node *node, bool leads, variants *ret)
{
    int32_t width = width_of(node);
    if (e->error) return;
    if (width >= 0) {
        char *text = emit_text(e, node);
        lc_buf wrapped = {0};
        lc_buf_printf(&wrapped, "(?:%s)", text);
        free(text);
        add_variant(e, ret, lc_buf_detach(&wrapped), width);
    } else if (node->kind == LC_NODE_CHOICE) {
        for (const lc_regex_node *child = node->child; child; child = child->next)
            expand(e, child, leads, ret);
    } else if (node->kind == LC_NODE_REPEAT) {
        expand_repeat(e, node, leads, ret);
    } else if (node->kind == LC_NODE_LINEBREAK) {
        add_variant(e, ret, lc_strdup("\\v"), 1);
        add_variant(e, ret, lc_strdup("\\r\\n"), 2);
    } else if (node->kind == LC_NODE_GRAPHEME) {
        fail(e, "\\X in a look-behind group is not supported");
    } else {
        expand_sequence(e, node, leads, ret);
    }
}

static int by_width(const void *a, const void *b)
{
    return ((const variant *)a)->width - ((const variant *)b)->width;
}

/* PCRE2 looks back by a fixed number of characters, so a look-behind of several lengths becomes several.
 * Groups in it don't capture, but keep their numbers. */
static void emit_variants(emitter *e, const lc_regex_node *node)
{
    lc_auto(variants) list = {0};
    expand(e, node->child, true, &list);
    if (list.count) qsort(list.list, list.count, sizeof *list.list, by_width);
    lc_buf_text(e->out, node->negative ? "(?:(?!" : "(?:(?=");
    for (size_t i = 0; i < list.count; i++)
        lc_buf_printf(e->out, "%s(?<=%s)", i ? "|" : "", list.list[i].text);
    lc_buf_text(e->out, "))");
    if (!node->groups_inside || e->bare) return;
    lc_buf_text(e->out, "(?:|(?!)");
    for (int32_t i = 0; i < node->groups_inside; i++) lc_buf_text(e->out, "()");
    lc_buf_put(e->out, ')');
}

static bool is_fixed(const lc_regex_node *body)
{
    if (body->kind != LC_NODE_CHOICE) return width_of(body) >= 0;
    for (const lc_regex_node *child = body->child; child; child = child->next)
        if (width_of(child) < 0) return false;
    return true;
}

static void emit_behind(emitter *e, const lc_regex_node *node)
{
    if (is_fixed(node->child)) emit_wrapped(e, node->negative ? "(?<!" : "(?<=", node->child);
    else emit_variants(e, node);
}

static void emit(emitter *e, const lc_regex_node *node)
{
    switch (node->kind) {
    case LC_NODE_EMPTY: break;
    case LC_NODE_CHAR: emit_char(e, node); break;
    case LC_NODE_SET: lc_regex_emit_set(node->set, false, e->out); break;
    case LC_NODE_ASSERT: lc_buf_text(e->out, node->text); break;
    case LC_NODE_LINEBREAK: lc_buf_text(e->out, "(?:\\r\\n|\\v)"); break;
    case LC_NODE_GRAPHEME: lc_buf_text(e->out, "\\X"); break;
    case LC_NODE_SEQUENCE: emit_children(e, node, ""); break;
    case LC_NODE_CHOICE: emit_children(e, node, "|"); break;
    case LC_NODE_GROUP: emit_wrapped(e, node->number && !e->bare ? "(" : "(?:", node->child); break;
    case LC_NODE_ATOMIC: emit_wrapped(e, "(?>", node->child); break;
    case LC_NODE_AHEAD: emit_wrapped(e, node->negative ? "(?!" : "(?=", node->child); break;
    case LC_NODE_BEHIND: emit_behind(e, node); break;
    case LC_NODE_REPEAT: emit_repeat(e, node); break;
    case LC_NODE_BACKREF: emit_backref(e, node); break;
    }
}

lc_error *lc_regex_emit(lc_regex_parser *parser, const lc_regex_node *root, lc_buf *out)
{
    emitter e = {.parser = parser, .out = out};
    emit(&e, root);
    return e.error;
}
