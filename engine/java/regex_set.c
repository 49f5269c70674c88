#include "java/regex_node.h"

static const lc_regex_set *make(lc_regex_parser *p, lc_regex_set value)
{
    lc_regex_set *set = lc_arena_alloc(&p->arena, sizeof *set);
    *set = value;
    return set;
}

const lc_regex_set *lc_regex_set_items(lc_regex_parser *p, const char *items)
{
    return make(p, (lc_regex_set){.kind = LC_SET_ITEMS, .items = lc_text_of(items)});
}

const lc_regex_set *lc_regex_set_of(lc_regex_parser *p, const lc_buf *items, bool folds)
{
    lc_text text = {lc_arena_copy(&p->arena, items->data, items->len), items->len};
    return make(p, (lc_regex_set){.kind = LC_SET_ITEMS, .items = text, .folds = folds});
}

const lc_regex_set *lc_regex_set_not(lc_regex_parser *p, const lc_regex_set *a)
{
    if (a->kind == LC_SET_NOT) return a->a;
    return make(p, (lc_regex_set){.kind = LC_SET_NOT, .a = a});
}

static bool is_plain(const lc_regex_set *set)
{
    return set->kind == LC_SET_ITEMS && !set->folds;
}

const lc_regex_set *lc_regex_set_union(lc_regex_parser *p, const lc_regex_set *a, const lc_regex_set *b)
{
    if (!a || !b) return a ? a : b;
    if (!is_plain(a) || !is_plain(b)) return make(p, (lc_regex_set){.kind = LC_SET_UNION, .a = a, .b = b});
    char *items = lc_arena_alloc(&p->arena, a->items.len + b->items.len + 1);
    if (a->items.len) memcpy(items, a->items.data, a->items.len);
    if (b->items.len) memcpy(items + a->items.len, b->items.data, b->items.len);
    return make(p, (lc_regex_set){.kind = LC_SET_ITEMS, .items = {items, a->items.len + b->items.len}});
}

const lc_regex_set *lc_regex_set_both(lc_regex_parser *p, const lc_regex_set *a, const lc_regex_set *b)
{
    return make(p, (lc_regex_set){.kind = LC_SET_BOTH, .a = a, .b = b});
}

static void add_plain_range(lc_buf *items, int32_t low, int32_t high)
{
    if (low > high) return;
    lc_buf_printf(items, "\\x{%x}", (unsigned)low);
    if (high > low) lc_buf_printf(items, "-\\x{%x}", (unsigned)high);
}

/* UTF-8 has no surrogates, so a range goes around them. */
void lc_regex_add_range(lc_buf *items, int32_t low, int32_t high)
{
    add_plain_range(items, low, high < 0xd800 ? high : 0xd7ff);
    add_plain_range(items, low > 0xdfff ? low : 0xe000, high);
}

static void add_shifted(lc_buf *items, int32_t low, int32_t high, int32_t first, int32_t shift)
{
    int32_t last = first + 25;
    if (low < first) low = first;
    if (high > last) high = last;
    add_plain_range(items, low + shift, high + shift);
}

void lc_regex_add_folded_range(lc_buf *items, int32_t low, int32_t high)
{
    lc_regex_add_range(items, low, high);
    add_shifted(items, low, high, 'a', 'A' - 'a');
    add_shifted(items, low, high, 'A', 'a' - 'A');
}

static void emit_items(const lc_regex_set *set, bool negative, lc_buf *out)
{
    if (set->items.len == 0) {
        lc_buf_text(out, negative ? "." : "(?!)");
        return;
    }
    if (set->folds) lc_buf_text(out, "(?i:");
    lc_buf_text(out, negative ? "[^" : "[");
    lc_buf_add(out, set->items.data, set->items.len);
    lc_buf_text(out, set->folds ? "])" : "]");
}

/* Both sets must hold: look ahead for the first, take the second. Negation turns one form into the other. */
static void emit_pair(const lc_regex_set *set, bool negative, lc_buf *out)
{
    bool is_union = (set->kind == LC_SET_UNION) != negative;
    lc_buf_text(out, is_union ? "(?:" : "(?:(?=");
    lc_regex_emit_set(set->a, negative, out);
    lc_buf_text(out, is_union ? "|" : ")");
    lc_regex_emit_set(set->b, negative, out);
    lc_buf_put(out, ')');
}

void lc_regex_emit_set(const lc_regex_set *set, bool negative, lc_buf *out)
{
    if (set->kind == LC_SET_NOT) lc_regex_emit_set(set->a, !negative, out);
    else if (set->kind == LC_SET_ITEMS) emit_items(set, negative, out);
    else emit_pair(set, negative, out);
}
