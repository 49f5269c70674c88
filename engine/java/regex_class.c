#include "java/regex_node.h"

enum { DEEPEST = 200, LARGEST = 0x10ffff };

static bool is_octal(int32_t c)
{
    return c >= '0' && c <= '7';
}

static int hex_value(int32_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* \0n \0nn \0mnn */
static int32_t octal(lc_regex_parser *p)
{
    int32_t first = lc_regex_char_read(p);
    if (!is_octal(first)) {
        lc_regex_fail(p, "Illegal octal escape sequence");
        return 0;
    }
    int32_t value = first - '0';
    for (int digits = 1; digits < (first <= '3' ? 3 : 2); digits++) {
        if (!is_octal(lc_regex_char_peek(p))) break;
        value = value * 8 + lc_regex_char_read(p) - '0';
    }
    return value;
}

/* \x{h…h} */
static int32_t braced_hex(lc_regex_parser *p)
{
    int32_t value = 0, c = lc_regex_char_read(p);
    if (hex_value(c) < 0) lc_regex_fail(p, "Illegal hexadecimal escape sequence");
    for (; hex_value(c) >= 0; c = lc_regex_char_read(p)) {
        value = value * 16 + hex_value(c);
        if (value > LARGEST) lc_regex_fail(p, "Hexadecimal codepoint is too big");
    }
    if (c != '}') lc_regex_fail(p, "Unclosed hexadecimal escape sequence");
    return value;
}

static int32_t hex(lc_regex_parser *p)
{
    int high = hex_value(lc_regex_char_read(p));
    if (high >= 0) {
        int low = hex_value(lc_regex_char_read(p));
        if (low >= 0) return high * 16 + low;
    } else if (lc_regex_char_at(p, p->at - 1) == '{') {
        return braced_hex(p);
    }
    lc_regex_fail(p, "Illegal hexadecimal escape sequence");
    return 0;
}

static int32_t four_hex(lc_regex_parser *p)
{
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(lc_regex_char_read(p));
        if (digit < 0) {
            lc_regex_fail(p, "Illegal Unicode escape sequence");
            return 0;
        }
        value = value * 16 + digit;
    }
    return value;
}

/* \uhhhh, and a pair of them that is one character. */
static int32_t unicode(lc_regex_parser *p)
{
    int32_t c = four_hex(p);
    if (c < 0xd800 || c > 0xdbff) return c;
    size_t before = p->at;
    if (lc_regex_char_read(p) == '\\' && lc_regex_char_read(p) == 'u') {
        int32_t low = four_hex(p);
        if (low >= 0xdc00 && low <= 0xdfff) return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    p->at = before;
    return c;
}

static int32_t control(lc_regex_parser *p)
{
    if (!lc_regex_ended(p)) return lc_regex_char_read(p) ^ 64;
    lc_regex_fail(p, "Illegal control escape sequence");
    return 0;
}

/* The text from `start` up to the character read last. */
static lc_text braced_name(lc_regex_parser *p, size_t start)
{
    char *name = lc_arena_alloc(&p->arena, p->len + 1);
    size_t len = 0;
    for (size_t i = start; i < p->at - 1; i++) name[len++] = (char)(p->chars[i] < 0x80 ? p->chars[i] : '?');
    return (lc_text){name, len};
}

/* \N{LATIN SMALL LETTER A} */
static int32_t named_char(lc_regex_parser *p)
{
    if (lc_regex_char_read(p) != '{') {
        lc_regex_fail(p, "Illegal character name escape sequence");
        return 0;
    }
    size_t start = p->at;
    int32_t c;
    while ((c = lc_regex_char_read(p)) != '}')
        if (p->at >= p->len) {
            lc_regex_fail(p, "Unclosed character name escape sequence");
            return 0;
        }
    lc_text name = braced_name(p, start);
    if (!lc_unicode_char(name, &c))
        lc_regex_fail(p, "Unknown character name [%.*s]", (int)name.len, name.data);
    return c;
}

/* The predefined classes, and what (?U) makes of them. */
static const struct {
    char letter;
    const char *items, *unicode_items;
} PREDEFINED[] = {
    {'d', "\\d", "\\p{Nd}"},
    {'h', "\\h", "\\h"},
    {'s', "\\s", "\\p{White_Space}"},
    {'v', "\\v", "\\v"},
    {'w', "\\w", "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}"},
};

static const lc_regex_set *predefined(lc_regex_parser *p, int32_t letter)
{
    for (size_t i = 0; i < sizeof PREDEFINED / sizeof *PREDEFINED; i++) {
        if ((letter | 0x20) != PREDEFINED[i].letter) continue;
        bool unicode_classes = (p->flags & LC_REGEX_UNICODE) != 0;
        const char *items = unicode_classes ? PREDEFINED[i].unicode_items : PREDEFINED[i].items;
        const lc_regex_set *set = lc_regex_set_items(p, items);
        return letter & 0x20 ? set : lc_regex_set_not(p, set);
    }
    return NULL;
}

/* Word characters of \b: letters and digits of any script; marks belong to the letter before them. */
#define WORD "[\\p{L}\\p{Nd}\\p{Mn}_]"
#define UNICODE_WORD "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]"
#define EDGE(word) "(?:(?<=" word ")(?!" word ")|(?<!" word ")(?=" word "))"
#define NO_EDGE(word) "(?:(?<=" word ")(?=" word ")|(?<!" word ")(?!" word "))"
#define LAST_LINE_END "(?:(?=\\r\\n\\z)|(?=[\\r\\x{85}\\x{2028}\\x{2029}]\\z)|(?<!\\r)(?=\\n\\z)|\\z)"

static const char *assertion(const lc_regex_parser *p, int32_t letter)
{
    bool unicode_words = (p->flags & LC_REGEX_UNICODE) != 0;
    switch (letter) {
    case 'A': return "\\A";
    case 'B': return unicode_words ? NO_EDGE(UNICODE_WORD) : NO_EDGE(WORD);
    case 'G': return "\\G";
    case 'Z': return p->flags & LC_REGEX_UNIX_LINES ? "(?=\\n?\\z)" : LAST_LINE_END;
    case 'b': return unicode_words ? EDGE(UNICODE_WORD) : EDGE(WORD);
    case 'z': return "\\z";
    default: return NULL;
    }
}

static int32_t node_of(lc_regex_parser *p, lc_regex_kind kind, lc_regex_node **ret_node)
{
    *ret_node = lc_regex_node_new(p, kind);
    (*ret_node)->fold = lc_regex_current_fold(p);
    return -1;
}

/* Further digits belong to the number as long as it names a group that has begun. */
static int32_t numbered_backref(lc_regex_parser *p, int32_t first, lc_regex_node **ret_node)
{
    int32_t number = first - '0';
    for (int32_t c; (c = lc_regex_char_peek(p)) >= '0' && c <= '9'; p->at++) {
        int32_t longer = number * 10 + c - '0';
        if (longer > p->groups) break;
        number = longer;
    }
    node_of(p, LC_NODE_BACKREF, ret_node);
    (*ret_node)->number = number;
    return -1;
}

static bool is_alnum(int32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* \k<name> */
static int32_t named_backref(lc_regex_parser *p, lc_regex_node **ret_node)
{
    if (lc_regex_char_read(p) != '<') {
        lc_regex_fail(p, "\\k is not followed by '<' for named capturing group");
        return -1;
    }
    size_t start = p->at;
    while (is_alnum(lc_regex_char_read(p))) continue;
    lc_text name = braced_name(p, start);
    if (lc_regex_char_at(p, p->at - 1) != '>')
        lc_regex_fail(p, "named capturing group is missing trailing '>'");
    node_of(p, LC_NODE_BACKREF, ret_node);
    for (const lc_regex_name *known = p->names; known; known = known->next)
        if (lc_text_eq(known->name, name)) (*ret_node)->number = known->group;
    if (!(*ret_node)->number)
        lc_regex_fail(p, "named capturing group <%.*s> does not exist", (int)name.len, name.data);
    return -1;
}

static int32_t simple_char(int32_t letter)
{
    switch (letter) {
    case 'a': return 7;
    case 'e': return 27;
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return -1;
    }
}

static int32_t coded_char(lc_regex_parser *p, int32_t letter)
{
    switch (letter) {
    case '0': return octal(p);
    case 'N': return named_char(p);
    case 'c': return control(p);
    case 'u': return unicode(p);
    case 'x': return hex(p);
    default: return -1;
    }
}

/* What only a pattern can hold, not a class. */
static int32_t escape_in_pattern(lc_regex_parser *p, int32_t letter, lc_regex_node **ret_node)
{
    if (letter >= '1' && letter <= '9') return numbered_backref(p, letter, ret_node);
    if (letter == 'k') return named_backref(p, ret_node);
    if (letter == 'R') return node_of(p, LC_NODE_LINEBREAK, ret_node);
    if (letter == 'X') return node_of(p, LC_NODE_GRAPHEME, ret_node);
    const char *text = assertion(p, letter);
    if (text) {
        node_of(p, LC_NODE_ASSERT, ret_node);
        (*ret_node)->text = text;
    } else {
        lc_regex_fail(p, "Illegal/unsupported escape sequence");
    }
    return -1;
}

int32_t lc_regex_escape(lc_regex_parser *p, lc_regex_place place, lc_regex_node **ret_node,
                        const lc_regex_set **ret_set)
{
    int32_t c = lc_regex_char_skip(p);
    if (place == LC_IN_RANGE && c == 'v') return '\v';
    if (simple_char(c) >= 0) return simple_char(c);
    bool is_coded = c == '0' || c == 'N' || c == 'c' || c == 'u' || c == 'x';
    if (is_coded) return coded_char(p, c);
    if ((*ret_set = predefined(p, c)) != NULL) return -1;
    if (!is_alnum(c)) return c;
    if (place == LC_IN_PATTERN) return escape_in_pattern(p, c, ret_node);
    lc_regex_fail(p, "Illegal/unsupported escape sequence");
    return -1;
}

/* The single characters and ranges of a class, apart from the sets in it. */
typedef struct bits {
    lc_buf plain, folded;
    bool any;
} bits;

static void bits_done(bits *b)
{
    lc_buf_done(&b->plain);
    lc_buf_done(&b->folded);
}

static void add_bits(lc_regex_parser *p, bits *b, int32_t low, int32_t high)
{
    lc_regex_fold fold = lc_regex_current_fold(p);
    b->any = true;
    if (fold == LC_FOLD_UNICODE) lc_regex_add_range(&b->folded, low, high);
    else if (fold == LC_FOLD_ASCII) lc_regex_add_folded_range(&b->plain, low, high);
    else lc_regex_add_range(&b->plain, low, high);
}

static const lc_regex_set *take_bits(lc_regex_parser *p, bits *b)
{
    const lc_regex_set *plain = lc_regex_set_of(p, &b->plain, false), *set = plain;
    if (b->folded.len) {
        const lc_regex_set *folded = lc_regex_set_of(p, &b->folded, true);
        set = b->plain.len ? lc_regex_set_union(p, plain, folded) : folded;
    }
    lc_buf_reset(&b->plain);
    lc_buf_reset(&b->folded);
    b->any = false;
    return set;
}

/* The other end of a range behind "-". */
static int32_t range_end(lc_regex_parser *p)
{
    lc_regex_node *node = NULL;
    const lc_regex_set *set = NULL;
    int32_t c = lc_regex_char_next(p);
    if (c == '\\') return lc_regex_escape(p, LC_IN_RANGE, &node, &set);
    p->at++;
    return c;
}

/* One escape of a class: a set, or NULL and the character it stands for. */
static const lc_regex_set *class_escape(lc_regex_parser *p, int32_t *ret_char)
{
    lc_regex_node *node = NULL;
    const lc_regex_set *set = NULL;
    int32_t c = lc_regex_char_at(p, p->at + 1);
    if (c == 'p' || c == 'P') {
        p->at++;
        return lc_regex_family(p, c == 'P');
    }
    bool in_range = lc_regex_char_at(p, p->at + 2) == '-';
    if (in_range && c == 'v') {
        p->at += 2;
        *ret_char = '\v';
        return NULL;
    }
    *ret_char = lc_regex_escape(p, LC_IN_CLASS, &node, &set);
    return set;
}

/* A character, a range or an escape. A set is returned, characters go to the bits. */
static const lc_regex_set *class_item(lc_regex_parser *p, bits *b)
{
    int32_t c = lc_regex_char_peek(p);
    if (c == '\\') {
        const lc_regex_set *set = class_escape(p, &c);
        if (set || p->error) return set;
    } else {
        p->at++;
    }
    int32_t end = c;
    if (lc_regex_char_peek(p) == '-') {
        int32_t after = lc_regex_char_at(p, p->at + 1);
        if (after != '[' && after != ']') end = range_end(p);
    }
    if (end < c) lc_regex_fail(p, "Illegal character range");
    if (!p->error) add_bits(p, b, c, end);
    return NULL;
}

static const lc_regex_set *parse_class(lc_regex_parser *p, bool is_nested);

/* One side of "&&": classes in brackets, and items up to the end or the next "&&". */
static const lc_regex_set *right_side(lc_regex_parser *p)
{
    const lc_regex_set *right = NULL;
    int32_t c = lc_regex_char_peek(p);
    while (c != ']' && c != '&' && !p->error) {
        bool bracket = c == '[';
        if (!bracket) p->at--;
        right = lc_regex_set_union(p, right, parse_class(p, bracket));
        c = lc_regex_char_peek(p);
    }
    return right;
}

typedef struct class_state {
    const lc_regex_set *all, *last; /* so far, and the newest part */
    bits bits;
} class_state;

static void intersect(lc_regex_parser *p, class_state *s)
{
    const lc_regex_set *right = right_side(p);
    if (s->bits.any) {
        bool was_empty = !s->all;
        s->all = lc_regex_set_union(p, s->all, take_bits(p, &s->bits));
        if (was_empty) s->last = s->all;
    }
    if (right) s->last = right;
    if (!s->all && !right) lc_regex_fail(p, "Bad class syntax");
    if (p->error) return;
    s->all = s->all ? lc_regex_set_both(p, s->all, s->last) : right;
}

static void add_part(lc_regex_parser *p, class_state *s, const lc_regex_set *part)
{
    s->last = part;
    if (part) s->all = lc_regex_set_union(p, s->all, part);
}

/* Takes the next part; false at the end of the class. */
static bool class_step(lc_regex_parser *p, class_state *s)
{
    int32_t c = lc_regex_char_peek(p);
    if (c == '[') {
        add_part(p, s, parse_class(p, true));
    } else if (c == '&' && lc_regex_char_next(p) == '&') {
        p->at++;
        intersect(p, s);
    } else if (c == ']' && (s->all || s->bits.any)) {
        return false;
    } else {
        if (c == '&') p->at--;
        if (lc_regex_ended(p)) lc_regex_fail(p, "Unclosed character class");
        const lc_regex_set *part = p->error ? NULL : class_item(p, &s->bits);
        if (part) add_part(p, s, part);
    }
    return !p->error;
}

/* `is_nested`: the position is on "[", and "]" is taken; else the class is the rest of the one around it. */
static const lc_regex_set *parse_class(lc_regex_parser *p, bool is_nested)
{
    if (p->depth++ >= DEEPEST) lc_regex_fail(p, "Pattern is nested too deep");
    bool opened = lc_regex_char_at(p, p->at) == '[';
    int32_t c = lc_regex_char_next(p);
    bool negative = c == '^' && opened;
    if (negative) p->at++;
    class_state s = {0};
    while (class_step(p, &s)) continue;
    const lc_regex_set *set = NULL;
    if (!p->error) {
        if (is_nested) p->at++;
        set = s.bits.any ? lc_regex_set_union(p, s.all, take_bits(p, &s.bits)) : s.all;
        if (negative) set = lc_regex_set_not(p, set);
    }
    bits_done(&s.bits);
    p->depth--;
    return set;
}

const lc_regex_set *lc_regex_class(lc_regex_parser *p)
{
    return parse_class(p, true);
}
