#include "runtime/line_diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { AROUND = 3, LARGEST_TABLE = 4 << 20 };

typedef struct lines {
    lc_text *items;
    size_t count;
} lines;

static lines split(lc_text text)
{
    lines l = {0};
    size_t cap = 0;
    for (size_t at = 0; at < text.len;) {
        const char *end = memchr(text.data + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - text.data) - at : text.len - at;
        l.items = lc_grow(l.items, &cap, l.count + 1, sizeof *l.items);
        l.items[l.count++] = (lc_text){text.data + at, len};
        at += len + 1;
    }
    return l;
}

/* One line of the result: kept, taken out or put in. */
typedef struct step {
    char sign;
    lc_text text;
} step;

typedef struct script {
    step *steps;
    size_t count, cap;
} script;

static void add(script *s, char sign, lc_text text)
{
    s->steps = lc_grow(s->steps, &s->cap, s->count + 1, sizeof *s->steps);
    s->steps[s->count++] = (step){sign, text};
}

/* The longest common subsequence of the lines in the middle, by the usual table. */
static void compare_middle(const lc_text *a, size_t n, const lc_text *b, size_t m, script *s)
{
    size_t width = m + 1;
    bool small = (n + 1) * width <= LARGEST_TABLE;
    uint32_t *best = lc_alloc(small ? (n + 1) * width * sizeof *best : sizeof *best);
    for (size_t i = small ? n : 0; i-- > 0;)
        for (size_t j = m; j-- > 0;) {
            uint32_t down = best[(i + 1) * width + j], right = best[i * width + j + 1];
            best[i * width + j] = lc_text_eq(a[i], b[j]) ? best[(i + 1) * width + j + 1] + 1
                                  : down > right         ? down
                                                         : right;
        }
    size_t i = 0, j = 0;
    while (i < n || j < m) {
        bool both = i < n && j < m;
        if (small && both && lc_text_eq(a[i], b[j])) {
            add(s, ' ', a[i++]);
            j++;
        } else if (i < n && (!both || !small || best[(i + 1) * width + j] >= best[i * width + j + 1])) {
            add(s, '-', a[i++]);
        } else {
            add(s, '+', b[j++]);
        }
    }
    free(best);
}

static script compare(lines a, lines b)
{
    script s = {0};
    size_t head = 0, tail = 0;
    while (head < a.count && head < b.count && lc_text_eq(a.items[head], b.items[head]))
        add(&s, ' ', a.items[head++]);
    while (tail < a.count - head && tail < b.count - head &&
           lc_text_eq(a.items[a.count - 1 - tail], b.items[b.count - 1 - tail]))
        tail++;
    compare_middle(a.items + head, a.count - head - tail, b.items + head, b.count - head - tail, &s);
    for (size_t i = a.count - tail; i < a.count; i++) add(&s, ' ', a.items[i]);
    return s;
}

static bool near_change(const script *s, size_t at)
{
    size_t from = at > AROUND ? at - AROUND : 0, to = at + AROUND < s->count ? at + AROUND : s->count - 1;
    for (size_t i = from; i <= to; i++)
        if (s->steps[i].sign != ' ') return true;
    return false;
}

static size_t count_lines(const script *s, size_t from, size_t to, char but)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++) n += s->steps[i].sign != but;
    return n;
}

static void put_hunk(const script *s, size_t from, size_t to, lc_buf *out)
{
    size_t old_at = count_lines(s, 0, from, '+'), new_at = count_lines(s, 0, from, '-');
    size_t old_count = count_lines(s, from, to, '+'), new_count = count_lines(s, from, to, '-');
    lc_buf_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", old_at + (old_count > 0), old_count,
                  new_at + (new_count > 0), new_count);
    for (size_t i = from; i < to; i++) {
        lc_buf_put(out, s->steps[i].sign);
        lc_buf_add(out, s->steps[i].text.data, s->steps[i].text.len);
        lc_buf_put(out, '\n');
    }
}

void lc_line_diff(lc_text from, lc_text to, lc_buf *out)
{
    lines a = split(from), b = split(to);
    script s = compare(a, b);
    for (size_t i = 0; i < s.count;) {
        size_t end = i;
        while (end < s.count && near_change(&s, end)) end++;
        if (end > i) put_hunk(&s, i, end, out);
        i = end > i ? end : i + 1;
    }
    free(a.items);
    free(b.items);
    free(s.steps);
}
