/* A borrowed piece of text: bytes and a length, not NUL-terminated. UTF-8 unless said otherwise. */
#ifndef LC_BASE_TEXT_H
#define LC_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct lc_text {
    const char *data; /* NULL: no text at all (Java null), which differs from "" */
    size_t len;
} lc_text;

#define LC_TEXT(literal) ((lc_text){"" literal, sizeof(literal) - 1})

static inline lc_text lc_text_of(const char *text)
{
    return (lc_text){text, text ? strlen(text) : 0};
}

static inline bool lc_text_eq(lc_text a, lc_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool lc_text_is(lc_text a, const char *b)
{
    return lc_text_eq(a, lc_text_of(b));
}

bool lc_text_eq_nocase(lc_text a, lc_text b);           /* ASCII only */
bool lc_text_starts(lc_text text, const char *prefix);
lc_text lc_text_trim(lc_text text);                     /* Java's String.trim: cuts bytes <= 0x20 at both ends */
/* A good 32-bit hash (keys may be hostile: seeded once a process). */
uint32_t lc_hash(const void *bytes, size_t len);
/* The candidate nearest to `word` by edit distance, for "did you mean"; NULL when none is near. */
const char *lc_nearest(const char *word, const char *const *candidates, size_t count);
/* The same among those that differ in at most `most` places. */
const char *lc_nearest_within(const char *word, const char *const *candidates, size_t count, size_t most);
bool lc_utf8_valid(const char *bytes, size_t len);
/* strtod, and printf's "%.*e" (or f, g, by `style`), in the C locale whatever the process has set. */
double lc_strtod(const char *text, char **ret_end);
void lc_print_double(char *text, size_t size, char style, int digits, double value);

#endif
