#include "script/pattern.h"

#include <ctype.h>

enum { DEEPEST = 200, STEPS_AT_ONCE = 16384 };
enum { OPEN = -1, POSITION = -2 };

static const char *match_here(lc_match *m, const char *s, const char *p);

static const char *subject_end(const lc_match *m)
{
    return m->subject.data + m->subject.len;
}

static const char *pattern_end(const lc_match *m)
{
    return m->pattern.data + m->pattern.len;
}

static const char *fail(lc_match *m, const char *problem)
{
    if (!m->problem) m->problem = problem;
    return NULL;
}

static bool may_spend(lc_match *m, size_t steps)
{
    if (m->problem) return false;
    m->steps += steps;
    if (m->steps - m->asked_at < STEPS_AT_ONCE) return true;
    m->asked_at = m->steps;
    if (!m->go_on(m->context)) fail(m, "the match takes too long");
    return !m->problem;
}

static bool may_step(lc_match *m)
{
    return may_spend(m, 1);
}

/* A set as long as the pattern is looked through for each character. */
static size_t item_cost(const char *p, const char *end)
{
    return 1 + (size_t)(end - p) / 8;
}

bool lc_capture_is_position(const lc_capture *capture)
{
    return capture->len == POSITION;
}

/* Single characters */

static bool in_class(int c, int class)
{
    bool in;
    switch (tolower(class)) {
    case 'a': in = isalpha(c); break;
    case 'c': in = iscntrl(c); break;
    case 'd': in = isdigit(c); break;
    case 'l': in = islower(c); break;
    case 'p': in = ispunct(c); break;
    case 's': in = isspace(c); break;
    case 'u': in = isupper(c); break;
    case 'w': in = isalnum(c); break;
    case 'x': in = isxdigit(c); break;
    case 'z': in = c == 0; break;
    default: return class == c;
    }
    return isupper(class) ? !in : in;
}

/* Behind the single-character item that starts at `p`; NULL with a problem when it doesn't end. */
static const char *item_end(lc_match *m, const char *p)
{
    const char *end = pattern_end(m);
    char c = *p++;
    if (c == '%') return p < end ? p + 1 : fail(m, "malformed pattern (ends with '%')");
    if (c != '[') return p;
    if (p < end && *p == '^') p++;
    do { /* a ] right at the start is an ordinary member */
        if (p >= end) return fail(m, "malformed pattern (missing ']')");
        if (*p++ == '%') p++;
    } while (p >= end || *p != ']');
    return p < end ? p + 1 : fail(m, "malformed pattern (missing ']')");
}

/* Is `c` in the set between `p` at its [ and `last` at its ]? */
static bool in_set(int c, const char *p, const char *last)
{
    bool in = true;
    if (p[1] == '^') {
        in = false;
        p++;
    }
    while (++p < last) {
        if (*p == '%') {
            if (in_class(c, (unsigned char)*++p)) return in;
        } else if (p[1] == '-' && p + 2 < last) {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2]) return in;
            p += 2;
        } else if ((unsigned char)*p == c) {
            return in;
        }
    }
    return !in;
}

static bool item_matches(const lc_match *m, const char *s, const char *p, const char *end)
{
    if (s >= subject_end(m)) return false;
    int c = (unsigned char)*s;
    switch (*p) {
    case '.': return true;
    case '%': return in_class(c, (unsigned char)p[1]);
    case '[': return in_set(c, p, end - 1);
    default: return (unsigned char)*p == c;
    }
}

/* Items with a repetition */

static const char *match_longest(lc_match *m, const char *s, const char *p, const char *end)
{
    ptrdiff_t count = 0;
    size_t cost = item_cost(p, end);
    while (item_matches(m, s + count, p, end)) {
        if (!may_spend(m, cost)) return NULL;
        count++;
    }
    for (; count >= 0; count--) {
        if (!may_step(m)) return NULL;
        const char *found = match_here(m, s + count, end + 1);
        if (found) return found;
    }
    return NULL;
}

static const char *match_shortest(lc_match *m, const char *s, const char *p, const char *end)
{
    for (size_t cost = item_cost(p, end); may_spend(m, cost); s++) {
        const char *found = match_here(m, s, end + 1);
        if (found) return found;
        if (!item_matches(m, s, p, end)) return NULL;
    }
    return NULL;
}

/* Captures, balances and frontiers */

static const char *open_capture(lc_match *m, const char *s, const char *p, ptrdiff_t kind)
{
    if (m->count >= LC_PATTERN_CAPTURES) return fail(m, "too many captures");
    m->captures[m->count++] = (lc_capture){s, kind};
    const char *found = match_here(m, s, p);
    if (!found) m->count--;
    return found;
}

static const char *close_capture(lc_match *m, const char *s, const char *p)
{
    int i = m->count - 1;
    while (i >= 0 && m->captures[i].len != OPEN) i--;
    if (i < 0) return fail(m, "invalid pattern capture");
    m->captures[i].len = s - m->captures[i].at;
    const char *found = match_here(m, s, p);
    if (!found) m->captures[i].len = OPEN;
    return found;
}

static const char *match_back_reference(lc_match *m, const char *s, char digit)
{
    int i = digit - '1';
    if (i < 0 || i >= m->count || m->captures[i].len == OPEN) return fail(m, "invalid capture index");
    size_t len = m->captures[i].len < 0 ? 0 : (size_t)m->captures[i].len;
    if (!may_spend(m, 1 + len / 64)) return NULL;
    if ((size_t)(subject_end(m) - s) < len || memcmp(m->captures[i].at, s, len)) return NULL;
    return s + len;
}

static const char *match_balance(lc_match *m, const char *s, const char *p)
{
    if (p + 1 >= pattern_end(m)) return fail(m, "missing arguments to '%b'");
    if (s >= subject_end(m) || *s != *p) return NULL;
    size_t level = 1;
    while (++s < subject_end(m) && may_step(m)) {
        if (*s == p[1]) {
            if (--level == 0) return s + 1;
        } else if (*s == *p) {
            level++;
        }
    }
    return NULL;
}

/* %f[set]: between a character outside of the set and one inside; *ret_next is behind the item. */
static bool match_frontier(lc_match *m, const char *s, const char *p, const char **ret_next)
{
    if (p >= pattern_end(m) || *p != '[') return fail(m, "missing '[' after '%f' in pattern");
    const char *end = item_end(m, p);
    if (!end || !may_spend(m, item_cost(p, end))) return false;
    int before = s == m->subject.data ? 0 : (unsigned char)s[-1],
        here = s == subject_end(m) ? 0 : (unsigned char)*s;
    *ret_next = end;
    return !in_set(before, p, end - 1) && in_set(here, p, end - 1);
}

/* The whole pattern: a loop over items, recursion where there is a choice. */

static const char *match_item(lc_match *m, const char **s, const char **p);

static const char *match_special(lc_match *m, const char **s, const char **p)
{
    const char *at = *p, *next;
    if (at[1] == 'b') {
        *s = match_balance(m, *s, at + 2);
        *p = at + 4;
    } else if (at[1] == 'f') {
        bool in = match_frontier(m, *s, at + 2, &next);
        if (in) *p = next;
        else *s = NULL;
    } else {
        *s = match_back_reference(m, *s, at[1]);
        *p = at + 2;
    }
    return *s;
}

static const char *match_item(lc_match *m, const char **s, const char **p)
{
    const char *at = *p, *end = item_end(m, at);
    if (!end || !may_spend(m, item_cost(at, end))) return *s = NULL;
    char repeat = end < pattern_end(m) ? *end : '\0';
    bool one = repeat != '*' && repeat != '-' && item_matches(m, *s, at, end);
    if (repeat == '?') {
        const char *found = one ? match_here(m, *s + 1, end + 1) : NULL;
        if (found) {
            *p = NULL; /* the recursion did the rest */
            return *s = found;
        }
        *p = end + 1;
        return *s;
    }
    if (repeat == '*' || repeat == '-' || repeat == '+') {
        *p = NULL;
        if (repeat == '+' && !one) return *s = NULL;
        if (repeat == '-') return *s = match_shortest(m, *s, at, end);
        return *s = match_longest(m, repeat == '+' ? *s + 1 : *s, at, end);
    }
    *p = end;
    return *s = one ? *s + 1 : NULL;
}

static bool is_special(const lc_match *m, const char *p)
{
    return *p == '%' && p + 1 < pattern_end(m) &&
           (p[1] == 'b' || p[1] == 'f' || isdigit((unsigned char)p[1]));
}

static const char *match_sequence(lc_match *m, const char *s, const char *p)
{
    while (p && p < pattern_end(m)) {
        if (!may_step(m)) return NULL;
        if (*p == '(')
            return p + 1 < pattern_end(m) && p[1] == ')' ? open_capture(m, s, p + 2, POSITION)
                                                         : open_capture(m, s, p + 1, OPEN);
        if (*p == ')') return close_capture(m, s, p + 1);
        if (*p == '$' && p + 1 == pattern_end(m)) return s == subject_end(m) ? s : NULL;
        const char *next = is_special(m, p) ? match_special(m, &s, &p) : match_item(m, &s, &p);
        if (!next) return NULL;
    }
    return s;
}

static const char *match_here(lc_match *m, const char *s, const char *p)
{
    if (m->depth >= DEEPEST) return fail(m, "pattern too complex");
    m->depth++;
    const char *found = match_sequence(m, s, p);
    m->depth--;
    return found;
}

bool lc_pattern_find(lc_match *m, size_t from, size_t *ret_start, size_t *ret_end)
{
    const char *p = m->pattern.data;
    bool anchored = m->pattern.len && *p == '^';
    for (const char *s = m->subject.data + from; s <= subject_end(m); s++) {
        if (!may_step(m)) return false;
        m->count = m->depth = 0;
        const char *end = match_here(m, s, p + anchored);
        if (m->problem) return false;
        if (end) {
            *ret_start = (size_t)(s - m->subject.data);
            *ret_end = (size_t)(end - m->subject.data);
            return true;
        }
        if (anchored) return false;
    }
    return false;
}
