/* Pieces of UTF-8 that the charset files share. Private to java. */
#ifndef LC_JAVA_UTF8_H
#define LC_JAVA_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"

enum {
    LC_REPLACEMENT = 0xfffd /* for malformed input */
};

static inline bool lc_is_high_surrogate(uint32_t unit)
{
    return (unit & 0xfffffc00u) == 0xd800;
}

static inline bool lc_is_low_surrogate(uint32_t unit)
{
    return (unit & 0xfffffc00u) == 0xdc00;
}

static inline uint32_t lc_join_surrogates(uint32_t high, uint32_t low)
{
    return 0x10000 + ((high - 0xd800) << 10 | (low - 0xdc00));
}

/* Length of the ASCII prefix. */
size_t lc_ascii_prefix(const char *bytes, size_t len);

/* The character at *p of engine text, which moves past it. A surrogate pair written as two sequences is one
 * character, a lone surrogate is itself, any other malformed byte is LC_REPLACEMENT. */
uint32_t lc_utf8_next(const char **p, const char *end);

#endif
