/* The words of JSON: blanks, strings and numbers, read from bytes as Jackson's UTF-8 parser reads them.
 *
 * Knows nothing of values or schemas. Every reading function takes the place to read at and returns the place
 * behind what it read, or NULL after noting in the source what is wrong where. Strings without escapes alias
 * the bytes; others are decoded into the source's arena. One thread at a time. */
#ifndef LC_CONVERT_JSON_SCAN_H
#define LC_CONVERT_JSON_SCAN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "java/number.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define LC_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define LC_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Jackson's StreamReadConstraints. */
enum {
    LC_JSON_DEPTH_MAX = 1000,     /* arrays and objects inside each other */
    LC_JSON_NUMBER_MAX = 1000,    /* digits of a number */
    LC_JSON_NAME_MAX = 50000,     /* UTF-16 units of a member's name */
    LC_JSON_STRING_MAX = 20000000 /* UTF-16 units of a string */
};

/* A text being read. */
typedef struct lc_source {
    const char *start;
    const char *end;
    lc_arena *arena;   /* for decoded strings and everything made of them */
    const char *fault; /* what is wrong, a constant text; NULL: nothing */
    const char *at;    /* where */
    unsigned deepest;  /* arrays and objects inside each other; 0: LC_JSON_DEPTH_MAX */
} lc_source;

/* Whether a text may be nested so deep. */
static inline bool lc_source_takes_depth(const lc_source *source, unsigned depth)
{
    return depth <= (source->deepest ? source->deepest : LC_JSON_DEPTH_MAX);
}

/* Notes what is wrong where. Always NULL, to be returned. */
const char *lc_source_fail(lc_source *source, const char *at, const char *fault);
/* The noted fault as an error of class SerializationException, with line and column. */
lc_error *lc_source_error(const lc_source *source) LC_RESULT;

/* Makes `source` read `bytes`: skips a byte order mark, turns UTF-16 and UTF-32 (recognised as Jackson does,
 * by their zero bytes) into UTF-8 in the arena. False with a fault for mixed byte orders. */
bool lc_source_open(lc_source *source, lc_arena *arena, lc_text bytes);

static inline const char *lc_scan_blanks(const lc_source *source, const char *p)
{
    while (p < source->end && (unsigned char)*p <= ' ' && (UINT64_C(0x100002600) >> *p & 1)) p++;
    return p;
}

/* The string of any kind that begins with the quote at `p`: escapes, control bytes, ill-formed UTF-8.
 * `is_name` chooses Jackson's rules for member names. */
const char *lc_scan_any_string(lc_source *source, const char *p, bool is_name, lc_text *ret);
/* A number that the inline scan did not take: fractions with many digits, exponents, more than 18 digits. */
const char *lc_scan_any_number(lc_source *source, const char *p, lc_number *ret);
/* The word `word` at `p`, of which the first letter is known to fit. At the top of a document (`is_root`) no
 * letter may follow. */
const char *lc_scan_word(lc_source *source, const char *p, lc_text word, bool is_root);
/* Complains when `p`, behind a number at the top of a document, is neither the end nor a blank. */
const char *lc_scan_root_end(lc_source *source, const char *p);

#ifdef __SSE2__
/* Bit i: byte i ends a plain run (quote, backslash or control byte). */
static inline unsigned lc_scan_special16(__m128i bytes)
{
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i escape = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, escape), control));
}
#endif

/* The first byte at or behind `p` that is a quote, a backslash or below 0x20, or the end. *ret_high becomes
 * true when a byte before it is not ASCII. */
static inline const char *lc_scan_plain(const lc_source *source, const char *p, bool *ret_high)
{
#ifdef __SSE2__
    while (source->end - p >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned special = lc_scan_special16(bytes), high = (unsigned)_mm_movemask_epi8(bytes);
        if (special) {
            *ret_high |= (high & (special - 1) & ~special) != 0;
            return p + __builtin_ctz(special);
        }
        *ret_high |= high != 0;
        p += 16;
    }
    if (source->end - source->start >= 16) {
        /* The last 16 bytes once more, without those before `p`. */
        int seen = 16 - (int)(source->end - p);
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(source->end - 16));
        unsigned special = lc_scan_special16(bytes) >> seen,
                 high = (unsigned)_mm_movemask_epi8(bytes) >> seen;
        *ret_high |= (special ? high & (special - 1) & ~special : high) != 0;
        return special ? p + __builtin_ctz(special) : source->end;
    }
#endif
    for (; p < source->end; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\' || c < 0x20) break;
        *ret_high |= c >= 0x80;
    }
    return p;
}

/* The string that begins with the quote at `p`. */
static inline const char *lc_scan_string(lc_source *source, const char *p, lc_text *ret)
{
    bool high = false;
    const char *stop = lc_scan_plain(source, p + 1, &high);
    if (LC_LIKELY(stop < source->end && *stop == '"' && !high && stop - p <= LC_JSON_STRING_MAX)) {
        *ret = (lc_text){p + 1, (size_t)(stop - p - 1)};
        return stop + 1;
    }
    return lc_scan_any_string(source, p, false, ret);
}

extern const double lc_scan_powers_of_ten[16];

/* The number at `p` (a digit or a minus sign). */
static inline const char *lc_scan_numeral(lc_source *source, const char *p, lc_number *ret)
{
    bool negative = *p == '-';
    const char *q = p + negative, *first = q, *end = source->end;
    uint64_t magnitude = 0;
    for (unsigned digit; q < end && (digit = (unsigned char)*q - (unsigned)'0') <= 9; q++)
        magnitude = magnitude * 10 + digit;
    long digits = q - first;
    unsigned char mark = q < end ? (unsigned char)*q : 0;
    if (LC_LIKELY(digits > 0 && digits <= 18 && mark != '.' && (mark | 0x20) != 'e')) {
        *ret = (lc_number){
            .end = q, .integral = true, .i64 = negative ? -(int64_t)magnitude : (int64_t)magnitude};
        return q;
    }
    if (mark != '.' || digits == 0) return lc_scan_any_number(source, p, ret);
    const char *point = q++;
    for (unsigned digit; q < end && (digit = (unsigned char)*q - (unsigned)'0') <= 9; q++)
        magnitude = magnitude * 10 + digit;
    mark = q < end ? (unsigned char)*q : 0;
    /* At most 15 digits: both operands are exact, so the quotient is correctly rounded. */
    if (LC_UNLIKELY(q - first > 16 || q == point + 1 || (mark | 0x20) == 'e'))
        return lc_scan_any_number(source, p, ret);
    double value = (double)magnitude / lc_scan_powers_of_ten[q - point - 1];
    *ret = (lc_number){.end = q, .f64 = negative && magnitude ? -value : value};
    return q;
}

#endif
