#include "java/regex_node.h"

/* Deep nesting would only end in PCRE2's own limit. Longer patterns don't fit into its code either. */
enum { DEEPEST = 200, LONGEST = 65535 };

static lc_regex_node *parse_choice(lc_regex_parser *p);

static const struct {
    char letter;
    unsigned flags;
} FLAGS[] = {
    {'i', LC_REGEX_CASELESS},     {'m', LC_REGEX_MULTILINE},
    {'s', LC_REGEX_DOT_ALL},      {'d', LC_REGEX_UNIX_LINES},
    {'u', LC_REGEX_UNICODE_CASE}, {'c', 0}, /* canonical equivalence, which nothing here knows */
    {'x', LC_REGEX_COMMENTS},     {'U', LC_REGEX_UNICODE | LC_REGEX_UNICODE_CASE},
};

static bool find_flag(int32_t letter, unsigned *ret_flags)
{
    for (size_t i = 0; i < sizeof FLAGS / sizeof *FLAGS; i++) {
        if (FLAGS[i].letter != letter) continue;
        *ret_flags = FLAGS[i].flags;
        return true;
    }
    return false;
}

/* (?idmsux-idmsux up to what isn't a flag. */
static void parse_flags(lc_regex_parser *p)
{
    unsigned flags;
    int32_t c = lc_regex_char_peek(p);
    for (; find_flag(c, &flags); c = lc_regex_char_next(p)) p->flags |= flags;
    if (c != '-') return;
    for (c = lc_regex_char_next(p); find_flag(c, &flags); c = lc_regex_char_next(p)) p->flags &= ~flags;
}

static lc_regex_node *node_with(lc_regex_parser *p, lc_regex_kind kind, lc_regex_node *child)
{
    lc_regex_node *node = lc_regex_node_new(p, kind);
    node->child = child;
    return node;
}

static lc_regex_node *assertion(lc_regex_parser *p, const char *text)
{
    lc_regex_node *node = lc_regex_node_new(p, LC_NODE_ASSERT);
    node->text = text;
    return node;
}

static lc_regex_node *set_node(lc_regex_parser *p, const lc_regex_set *set)
{
    lc_regex_node *node = lc_regex_node_new(p, LC_NODE_SET);
    node->set = set;
    return node;
}

static bool is_alpha(int32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(int32_t c)
{
    return c >= '0' && c <= '9';
}

static lc_text group_name(lc_regex_parser *p, int32_t c)
{
    size_t len = 0;
    char *name = lc_arena_alloc(&p->arena, p->len + 1);
    if (!is_alpha(c)) lc_regex_fail(p, "capturing group name does not start with a Latin letter");
    for (; is_alpha(c) || is_digit(c); c = lc_regex_char_read(p)) name[len++] = (char)c;
    if (c != '>') lc_regex_fail(p, "named capturing group is missing trailing '>'");
    return (lc_text){name, len};
}

/* (?<name>… behind the name's first letter */
static void add_name(lc_regex_parser *p, int32_t c)
{
    lc_text name = group_name(p, c);
    for (const lc_regex_name *known = p->names; known && !p->error; known = known->next)
        if (lc_text_eq(known->name, name))
            lc_regex_fail(p, "Named capturing group <%.*s> is already defined", (int)name.len, name.data);
    lc_regex_name *entry = lc_arena_alloc(&p->arena, sizeof *entry);
    *entry = (lc_regex_name){name, p->groups + 1, p->names};
    p->names = entry;
}

/* Pattern.study: the largest length of a look-behind, in Java's int, which wraps. That it has no end is
 * noticed only where a repetition makes the sum since the last choice smaller. */
typedef struct extent {
    int32_t longest;     /* since the last choice */
    int32_t before;      /* up to it */
    bool valid, is_loop; /* is_loop: repeating it needs a loop, of which study knows no end */
} extent;

static int32_t wrap32(int64_t value)
{
    return (int32_t)(uint32_t)(uint64_t)value;
}

static void study(const lc_regex_node *node, extent *e);

static int32_t total(const extent *e)
{
    return wrap32((int64_t)e->before + e->longest);
}

static void end_choice(extent *e, int32_t longest)
{
    e->before = wrap32((int64_t)total(e) + longest);
    e->longest = 0;
    e->is_loop = true;
}

static void study_choice(const lc_regex_node *node, extent *e)
{
    int32_t longest = -1;
    for (const lc_regex_node *child = node->child; child; child = child->next) {
        extent inner = {.valid = true};
        study(child, &inner);
        if (total(&inner) > longest) longest = total(&inner);
        e->valid = e->valid && inner.valid;
    }
    end_choice(e, longest);
}

static void study_repeat(const lc_regex_node *node, extent *e)
{
    lc_regex_kind kind = node->child->kind;
    bool is_single = kind == LC_NODE_CHAR || kind == LC_NODE_SET;
    if (is_single && !node->mode && node->max == LC_REPEAT_FOREVER) {
        e->longest = wrap32((int64_t)e->longest + LC_REPEAT_FOREVER);
        return;
    }
    extent inner = {.valid = true};
    study(node->child, &inner);
    e->valid = e->valid && inner.valid;
    if (node->max == 1) {
        end_choice(e, total(&inner));
        return;
    }
    bool loops = inner.is_loop && kind == LC_NODE_GROUP && node->mode != '+';
    int32_t longest = wrap32((int64_t)total(&inner) * node->max + e->longest);
    e->valid = e->valid && longest >= e->longest && !loops;
    e->is_loop = e->is_loop || inner.is_loop || node->min != node->max;
    e->longest = longest;
}

static void study(const lc_regex_node *node, extent *e)
{
    switch (node->kind) {
    case LC_NODE_CHAR:
    case LC_NODE_SET: e->longest = wrap32((int64_t)e->longest + 1); break;
    case LC_NODE_LINEBREAK: e->longest = wrap32((int64_t)e->longest + 2); break;
    case LC_NODE_BACKREF: e->valid = false; break;
    case LC_NODE_CHOICE: study_choice(node, e); break;
    case LC_NODE_REPEAT: study_repeat(node, e); break;
    case LC_NODE_SEQUENCE:
    case LC_NODE_GROUP:
    case LC_NODE_ATOMIC:
        for (const lc_regex_node *child = node->child; child; child = child->next) study(child, e);
        break;
    default: break;
    }
}

static bool has_maximum(const lc_regex_node *node)
{
    extent e = {.valid = true};
    study(node, &e);
    return e.valid;
}

static lc_regex_node *capture(lc_regex_parser *p)
{
    lc_regex_node *node = lc_regex_node_new(p, LC_NODE_GROUP);
    node->number = ++p->groups;
    node->child = parse_choice(p);
    return node;
}

static lc_regex_node *look_behind(lc_regex_parser *p, bool negative)
{
    int32_t before = p->groups;
    lc_regex_node *node = node_with(p, LC_NODE_BEHIND, parse_choice(p));
    node->negative = negative;
    node->groups_inside = p->groups - before;
    if (!has_maximum(node->child))
        lc_regex_fail(p, "Look-behind group does not have an obvious maximum length");
    return node;
}

/* Behind "(?<" */
static lc_regex_node *angled_group(lc_regex_parser *p)
{
    int32_t c = lc_regex_char_read(p);
    if (c == '=' || c == '!') return look_behind(p, c == '!');
    add_name(p, c);
    return capture(p);
}

/* (?i) has no node: it changes what follows up to the end of the group around it. (?i: … ) has. */
static lc_regex_node *flag_group(lc_regex_parser *p, bool *ret_is_bare)
{
    p->at--;
    parse_flags(p);
    int32_t c = lc_regex_char_read(p);
    *ret_is_bare = c == ')';
    if (*ret_is_bare) return NULL;
    if (c != ':') lc_regex_fail(p, "Unknown inline modifier");
    return node_with(p, LC_NODE_GROUP, parse_choice(p));
}

/* Behind "(?" and one more character */
static lc_regex_node *special_group(lc_regex_parser *p, int32_t c, bool *ret_is_bare)
{
    lc_regex_node *node;
    switch (c) {
    case ':': return node_with(p, LC_NODE_GROUP, parse_choice(p));
    case '>': return node_with(p, LC_NODE_ATOMIC, parse_choice(p));
    case '<': return angled_group(p);
    case '=':
    case '!':
        node = node_with(p, LC_NODE_AHEAD, parse_choice(p));
        node->negative = c == '!';
        return node;
    case '$':
    case '@': lc_regex_fail(p, "Unknown group type"); return NULL;
    default: return flag_group(p, ret_is_bare);
    }
}

static lc_regex_node *parse_group(lc_regex_parser *p)
{
    unsigned flags = p->flags;
    bool is_bare = false;
    if (p->depth++ >= DEEPEST) lc_regex_fail(p, "Pattern is nested too deep");
    lc_regex_node *node = NULL;
    if (lc_regex_char_next(p) == '?') node = special_group(p, lc_regex_char_skip(p), &is_bare);
    else if (!p->error) node = capture(p);
    p->depth--;
    if (is_bare) return NULL;
    if (lc_regex_char_read(p) != ')') lc_regex_fail(p, "Unclosed group");
    p->flags = flags;
    return node;
}

static lc_regex_node *any_char(lc_regex_parser *p)
{
    const char *excluded = "\\n\\r\\x{85}\\x{2028}\\x{2029}";
    if (p->flags & LC_REGEX_DOT_ALL) excluded = "";
    else if (p->flags & LC_REGEX_UNIX_LINES) excluded = "\\n";
    return set_node(p, lc_regex_set_not(p, lc_regex_set_items(p, excluded)));
}

#define LINE_ENDS_BUT_CR "[\\n\\x{85}\\x{2028}\\x{2029}]"

static const char *line_start(const lc_regex_parser *p)
{
    if (!(p->flags & LC_REGEX_MULTILINE)) return "\\A";
    if (p->flags & LC_REGEX_UNIX_LINES) return "(?:(?!\\z)(?:\\A|(?<=\\n)))";
    return "(?:(?!\\z)(?:\\A|(?<=" LINE_ENDS_BUT_CR ")|(?<=\\r)(?!\\n)))";
}

static const char *line_end(const lc_regex_parser *p)
{
    bool unix_lines = p->flags & LC_REGEX_UNIX_LINES;
    if (p->flags & LC_REGEX_MULTILINE)
        return unix_lines ? "(?=\\n|\\z)" : "(?:(?<!\\r)(?=\\n)|(?=[\\r\\x{85}\\x{2028}\\x{2029}])|\\z)";
    if (unix_lines) return "(?=\\n?\\z)";
    return "(?:(?=\\r\\n\\z)|(?=[\\r\\x{85}\\x{2028}\\x{2029}]\\z)|(?<!\\r)(?=\\n\\z)|\\z)";
}

static lc_regex_node *char_node(lc_regex_parser *p, int32_t c)
{
    lc_regex_node *node = lc_regex_node_new(p, LC_NODE_CHAR);
    node->ch = c;
    node->fold = lc_regex_current_fold(p);
    return node;
}

static lc_regex_node *parse_escape(lc_regex_parser *p)
{
    int32_t c = lc_regex_char_at(p, p->at + 1);
    lc_regex_node *node = NULL;
    const lc_regex_set *set = NULL;
    if (c == 'p' || c == 'P') {
        p->at++;
        return set_node(p, lc_regex_family(p, c == 'P'));
    }
    c = lc_regex_escape(p, LC_IN_PATTERN, &node, &set);
    if (node) return node;
    return set ? set_node(p, set) : char_node(p, c);
}

/* A quantifier without anything before it is an error, but counts in braces repeat nothing at all. */
static lc_regex_node *parse_atom(lc_regex_parser *p, int32_t c)
{
    switch (c) {
    case '[': return set_node(p, lc_regex_class(p));
    case '\\': return parse_escape(p);
    case '{': return lc_regex_node_new(p, LC_NODE_EMPTY);
    case '^': p->at++; return assertion(p, line_start(p));
    case '$': p->at++; return assertion(p, line_end(p));
    case '.': p->at++; return any_char(p);
    case '*':
    case '+':
    case '?':
        p->at++;
        lc_regex_char_peek(p);
        lc_regex_fail(p, "Dangling meta character '%c'", (char)c);
        return NULL;
    default: p->at++; return char_node(p, c);
    }
}

static bool add_count_digit(int32_t *count, int32_t c)
{
    return !__builtin_mul_overflow(*count, 10, count) && !__builtin_add_overflow(*count, c - '0', count);
}

/* Reads digits from `c` on; returns the character behind them. */
static int32_t parse_count(lc_regex_parser *p, int32_t c, int32_t *ret_count)
{
    *ret_count = 0;
    for (; is_digit(c); c = lc_regex_char_read(p))
        if (!add_count_digit(ret_count, c)) lc_regex_fail(p, "Illegal repetition range");
    return c;
}

/* {n} {n,} {n,m} */
static void parse_counts(lc_regex_parser *p, lc_regex_node *repeat)
{
    int32_t c = lc_regex_char_skip(p);
    if (!is_digit(c)) {
        lc_regex_fail(p, "Illegal repetition");
        return;
    }
    c = parse_count(p, c, &repeat->min);
    repeat->max = repeat->min;
    if (c == ',') {
        c = lc_regex_char_read(p);
        if (c == '}') repeat->max = LC_REPEAT_FOREVER;
        else c = parse_count(p, c, &repeat->max);
    }
    if (c != '}') lc_regex_fail(p, "Unclosed counted closure");
    else if (repeat->max < repeat->min) lc_regex_fail(p, "Illegal repetition range");
}

static lc_regex_node *parse_quantifier(lc_regex_parser *p, lc_regex_node *atom)
{
    int32_t c = lc_regex_char_peek(p);
    if (p->error || (c != '*' && c != '+' && c != '?' && c != '{')) return atom;
    lc_regex_node *repeat = node_with(p, LC_NODE_REPEAT, atom);
    repeat->min = c == '+';
    repeat->max = c == '?' ? 1 : LC_REPEAT_FOREVER;
    if (c == '{') parse_counts(p, repeat);
    else p->at++;
    c = lc_regex_char_peek(p);
    if (c != '?' && c != '+') return repeat;
    p->at++;
    repeat->mode = (char)c;
    return repeat;
}

static lc_regex_node *parse_sequence(lc_regex_parser *p)
{
    lc_regex_node *sequence = lc_regex_node_new(p, LC_NODE_SEQUENCE), **end = &sequence->child;
    while (!p->error) {
        int32_t c = lc_regex_char_peek(p);
        if (c == '|' || c == ')' || lc_regex_ended(p)) break;
        lc_regex_node *node = c == '(' ? parse_group(p) : parse_atom(p, c);
        if (!node) continue;
        *end = parse_quantifier(p, node);
        end = &(*end)->next;
    }
    return sequence;
}

static lc_regex_node *parse_choice(lc_regex_parser *p)
{
    lc_regex_node *first = parse_sequence(p), *last = first;
    if (lc_regex_char_peek(p) != '|' || p->error) return first;
    while (lc_regex_char_peek(p) == '|' && !p->error) {
        p->at++;
        last = last->next = parse_sequence(p);
    }
    return node_with(p, LC_NODE_CHOICE, first);
}

lc_error *lc_regex_parse(lc_text source, lc_regex_parser *parser, const lc_regex_node **ret_root)
{
    if (!lc_utf8_valid(source.data, source.len))
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "Pattern is not valid UTF-8");
    if (source.len > LONGEST)
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "Pattern is longer than %d bytes", LONGEST);
    lc_regex_load(parser, source);
    *ret_root = parse_choice(parser);
    if (!parser->error && parser->at != parser->len)
        lc_regex_fail(parser, lc_regex_char_peek(parser) == ')' ? "Unmatched closing ')'"
                                                                : "Unexpected internal error");
    return lc_steal(parser->error);
}

void lc_regex_parser_done(lc_regex_parser *parser)
{
    lc_error_free(parser->error);
    lc_arena_done(&parser->arena);
}
