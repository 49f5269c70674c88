#include "base/text.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

bool lc_text_eq_nocase(lc_text a, lc_text b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.data[i]) != lower(b.data[i])) return false;
    return true;
}

bool lc_text_starts(lc_text text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && (len == 0 || memcmp(text.data, prefix, len) == 0);
}

lc_text lc_text_trim(lc_text text)
{
    while (text.len && (unsigned char)text.data[0] <= ' ') text.data++, text.len--;
    while (text.len && (unsigned char)text.data[text.len - 1] <= ' ') text.len--;
    return text;
}

static uint64_t seed(void)
{
    /* Written once: whoever loses the race takes the winner's value. */
    static uint64_t value;
    uint64_t now = __atomic_load_n(&value, __ATOMIC_RELAXED);
    if (now) return now;
    uint64_t fresh = 0;
    if (getrandom(&fresh, sizeof fresh, 0) != sizeof fresh) fresh = 0x9e3779b97f4a7c15u;
    fresh |= 1;
    uint64_t none = 0;
    if (__atomic_compare_exchange_n(&value, &none, fresh, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return fresh;
    return none;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint32_t lc_hash(const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    uint64_t h = seed() ^ len, word;
    for (; len >= 8; p += 8, len -= 8) {
        memcpy(&word, p, 8);
        h = mix(h ^ word, 0xa0761d6478bd642fu);
    }
    word = 0;
    if (len) memcpy(&word, p, len);
    h = mix(h ^ word, 0xe7037ed1a0b428dbu);
    return (uint32_t)(h ^ (h >> 32));
}

enum { LONGEST_WORD = 80 };

static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), row[LONGEST_WORD + 1];
    if (n > LONGEST_WORD || m > LONGEST_WORD) return n + m;
    for (size_t j = 0; j <= m; j++) row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t up = row[j];
            size_t cost = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
            row[j] = up + 1 < row[j - 1] + 1 ? up + 1 : row[j - 1] + 1;
            if (cost < row[j]) row[j] = cost;
            diagonal = up;
        }
    }
    return row[m];
}

const char *lc_nearest(const char *word, const char *const *candidates, size_t count)
{
    return lc_nearest_within(word, candidates, count, strlen(word) / 3 + 1);
}

const char *lc_nearest_within(const char *word, const char *const *candidates, size_t count, size_t most)
{
    const char *best = NULL;
    size_t best_distance = most + 1;
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(word, candidates[i]);
        if (d < best_distance) best = candidates[i], best_distance = d;
    }
    return best;
}

static size_t sequence_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80) return 1;
    size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || left < len) return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    if (p[0] == 0xe0 && p[1] < 0xa0) return 0;
    if (p[0] == 0xed && p[1] > 0x9f) return 0;
    if (p[0] == 0xf0 && p[1] < 0x90) return 0;
    if (p[0] == 0xf4 && p[1] > 0x8f) return 0;
    return len;
}

bool lc_utf8_valid(const char *bytes, size_t len)
{
    const unsigned char *p = (const unsigned char *)bytes;
    for (size_t i = 0; i < len;) {
        size_t step = sequence_length(p + i, len - i);
        if (!step) return false;
        i += step;
    }
    return true;
}

double lc_strtod(const char *text, char **ret_end)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double value = strtod_l(text, ret_end, c);
    freelocale(c);
    return value;
}

void lc_print_double(char *text, size_t size, char style, int digits, double value)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = uselocale(c);
    if (style == 'e') snprintf(text, size, "%.*e", digits, value);
    else if (style == 'f') snprintf(text, size, "%.*f", digits, value);
    else snprintf(text, size, "%.*g", digits, value);
    uselocale(before);
    freelocale(c);
}
