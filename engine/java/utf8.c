#include "java/utf8.h"

#include "java/charset.h"

size_t lc_ascii_prefix(const char *bytes, size_t len)
{
    size_t i = 0;
    for (uint64_t word; len - i >= 8; i += 8) {
        memcpy(&word, bytes + i, 8);
        if (word & UINT64_C(0x8080808080808080)) break;
    }
    while (i < len && (bytes[i] & 0x80) == 0) i++;
    return i;
}

static bool continues(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Whether `second` can follow `first`, a lead byte of three or four. Surrogates (ED A0 …) can, here. */
static bool can_follow(uint8_t first, uint8_t second)
{
    if (!continues(second)) return false;
    if (first == 0xe0) return second >= 0xa0;
    if (first == 0xf0) return second >= 0x90;
    if (first == 0xf4) return second < 0x90;
    return true;
}

static size_t length_by_lead(uint8_t byte)
{
    if (byte < 0x80) return 1;
    if (byte < 0xc2 || byte > 0xf4) return 0;
    return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/* A sequence at `p`: how many of its bytes are there, and whether that is all of them. A broken one is as
 * many bytes as could have begun one, at least 1. */
typedef struct sequence {
    size_t len;
    bool whole;
} sequence;

static sequence sequence_at(const uint8_t *p, const uint8_t *end)
{
    size_t want = length_by_lead(p[0]), left = (size_t)(end - p);
    if (want <= 1) return (sequence){1, want == 1};
    if (left < 2 || (want == 2 ? !continues(p[1]) : !can_follow(p[0], p[1]))) return (sequence){1, false};
    size_t len = 2;
    while (len < want && len < left && continues(p[len])) len++;
    return (sequence){len, len == want};
}

static bool is_surrogate(const uint8_t *p, size_t len)
{
    return len == 3 && p[0] == 0xed && p[1] >= 0xa0;
}

static uint32_t code_point(const uint8_t *p, size_t len)
{
    static const uint8_t LEAD_BITS[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = p[0] & LEAD_BITS[len];
    for (size_t i = 1; i < len; i++) code = code << 6 | (p[i] & 0x3fu);
    return code;
}

/* The first byte that is not part of a valid sequence, surrogates being invalid; `end` when there is none. */
static const uint8_t *valid_prefix(const uint8_t *p, const uint8_t *end)
{
    while (p < end) {
        p += lc_ascii_prefix((const char *)p, (size_t)(end - p));
        while (p < end && *p >= 0x80) {
            sequence at = sequence_at(p, end);
            if (!at.whole || is_surrogate(p, at.len)) return p;
            p += at.len;
        }
    }
    return end;
}

/* Copies text, exchanging each invalid sequence for `replacement`. */
static lc_text replace_invalid(lc_arena *arena, lc_text text, size_t valid, lc_text replacement,
                               const uint8_t *fix(const uint8_t *p, const uint8_t *end, char **out))
{
    const uint8_t *p = (const uint8_t *)text.data, *end = p + text.len;
    char *start = lc_arena_alloc(arena, valid + (text.len - valid) * 3 + 1), *out = start;
    while (p < end) {
        const uint8_t *good = valid_prefix(p, end);
        memcpy(out, p, (size_t)(good - p));
        out += good - p;
        p = good;
        if (p == end) break;
        const uint8_t *fixed = fix ? fix(p, end, &out) : NULL;
        if (!fixed) {
            memcpy(out, replacement.data, replacement.len);
            out += replacement.len;
        }
        p = fixed ? fixed : p + sequence_at(p, end).len;
    }
    *out = '\0';
    lc_arena_trim(arena, out + 1);
    return (lc_text){start, (size_t)(out - start)};
}

static size_t valid_length(lc_text text)
{
    const uint8_t *p = (const uint8_t *)text.data;
    return (size_t)(valid_prefix(p, p + text.len) - p);
}

lc_text lc_utf8_decode(lc_arena *arena, lc_text bytes)
{
    size_t valid = valid_length(bytes);
    if (valid == bytes.len) return bytes;
    return replace_invalid(arena, bytes, valid, LC_TEXT("\xef\xbf\xbd"), NULL);
}

/* A pair of surrogates becomes the one character that it is in UTF-16. */
static const uint8_t *fix_pair(const uint8_t *p, const uint8_t *end, char **out)
{
    if (end - p < 6 || p[0] != 0xed || p[3] != 0xed || !sequence_at(p, end).whole ||
        !sequence_at(p + 3, end).whole)
        return NULL;
    uint32_t high = code_point(p, 3), low = code_point(p + 3, 3);
    if (!lc_is_high_surrogate(high) || !lc_is_low_surrogate(low)) return NULL;
    *out += lc_utf8_put(lc_join_surrogates(high, low), *out);
    return p + 6;
}

lc_text lc_utf8_encode(lc_arena *arena, lc_text text)
{
    size_t valid = valid_length(text);
    if (valid == text.len) return text;
    return replace_invalid(arena, text, valid, LC_TEXT("?"), fix_pair);
}

size_t lc_utf8_put(uint32_t code_point, char *out)
{
    if (code_point < 0x80) return out[0] = (char)code_point, 1;
    size_t len = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const uint8_t LEAD[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--, code_point >>= 6) out[i] = (char)(0x80 | (code_point & 0x3f));
    out[0] = (char)(LEAD[len] | code_point);
    return len;
}

uint32_t lc_utf8_get(const char *p, size_t *ret_len)
{
    const uint8_t *bytes = (const uint8_t *)p;
    size_t len = length_by_lead(bytes[0]);
    *ret_len = len ? len : 1;
    return len ? code_point(bytes, len) : LC_REPLACEMENT;
}

uint32_t lc_utf8_next(const char **p, const char *end)
{
    const uint8_t *at = (const uint8_t *)*p, *stop = (const uint8_t *)end;
    char joined[4], *out = joined;
    sequence found = sequence_at(at, stop);
    *p += found.len;
    if (!found.whole) return LC_REPLACEMENT;
    uint32_t code = code_point(at, found.len);
    if (!lc_is_high_surrogate(code) || !fix_pair(at, stop, &out)) return code;
    *p += 3;
    return code_point((const uint8_t *)joined, 4);
}

size_t lc_utf8_utf16_len(lc_text text)
{
    size_t units = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        units += (size_t)!continues(byte) + (byte >= 0xf0);
    }
    return units;
}
