#include "java/base64.h"

static const char ALPHABET[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void lc_base64_encode(const void *bytes, size_t len, char *out)
{
    const uint8_t *p = bytes;
    for (; len >= 3; p += 3, len -= 3) {
        uint32_t bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        *out++ = ALPHABET[bits >> 18];
        *out++ = ALPHABET[bits >> 12 & 63];
        *out++ = ALPHABET[bits >> 6 & 63];
        *out++ = ALPHABET[bits & 63];
    }
    if (len == 0) return;
    uint32_t bits = (uint32_t)p[0] << 16 | (len == 2 ? (uint32_t)p[1] << 8 : 0);
    *out++ = ALPHABET[bits >> 18];
    *out++ = ALPHABET[bits >> 12 & 63];
    *out++ = len == 2 ? ALPHABET[bits >> 6 & 63] : '=';
    *out = '=';
}

/* Values of characters, one more than they are: 0 marks a foreign byte. */
typedef struct table {
    uint8_t of[256];
} table;

#define CHARACTERS                                                                                          \
    ['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,      \
    26, ['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, \
    50, 51, 52, ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62
static const table STANDARD = {{CHARACTERS, ['+'] = 63, ['/'] = 64}};
static const table URL_SAFE = {{CHARACTERS, ['-'] = 63, ['_'] = 64}};
#undef CHARACTERS

/* Up to four characters of the alphabet at `p` as bits; returns how many there are. */
static int read_group(const table *values, const uint8_t *p, const uint8_t *end, uint32_t *ret_bits)
{
    int count = 0;
    uint32_t bits = 0;
    for (; count < 4 && p + count < end; count++) {
        uint8_t value = values->of[p[count]];
        if (value == 0) break;
        bits = bits << 6 | (uint32_t)(value - 1);
    }
    *ret_bits = bits << 6 * (4 - count);
    return count;
}

/* The bytes of a group of 2 to 4 characters; bits left over are dropped, whatever they are. */
static uint8_t *write_group(int count, uint32_t bits, uint8_t *out)
{
    *out++ = (uint8_t)(bits >> 16);
    if (count > 2) *out++ = (uint8_t)(bits >> 8);
    if (count > 3) *out++ = (uint8_t)bits;
    return out;
}

/* What may stand behind a last group of `count` characters: nothing at all, or its whole padding. */
static bool ends_well(int count, const uint8_t *p, const uint8_t *end)
{
    if (p == end) return true;
    return end - p == 4 - count && p[0] == '=' && end[-1] == '=';
}

static bool decode_strict(const table *values, lc_text text, uint8_t *out, size_t *ret_len)
{
    const uint8_t *p = (const uint8_t *)text.data, *end = p + text.len;
    uint8_t *start = out;
    while (p < end) {
        uint32_t bits;
        int count = read_group(values, p, end, &bits);
        p += count;
        if (count < 2) return false;
        out = write_group(count, bits, out);
        if (count == 4) continue;
        if (!ends_well(count, p, end)) return false;
        break;
    }
    *ret_len = (size_t)(out - start);
    return true;
}

/* Groups stand alone: each is padded if short, blanks may come before it, and a padded one ends nothing. */
static bool decode_mime(lc_text text, uint8_t *out, size_t *ret_len)
{
    const uint8_t *p = (const uint8_t *)text.data, *end = p + text.len;
    uint8_t *start = out;
    for (;;) {
        while (p < end && *p <= ' ') p++;
        if (p == end) break;
        uint32_t bits;
        int count = read_group(&STANDARD, p, end, &bits);
        if (count < 2 || end - p < 4) return false;
        for (int i = count; i < 4; i++)
            if (p[i] != '=') return false;
        out = write_group(count, bits, out);
        p += 4;
    }
    *ret_len = (size_t)(out - start);
    return true;
}

bool lc_base64_decode(lc_base64 kind, lc_text text, uint8_t *out, size_t *ret_len)
{
    if (kind == LC_BASE64_MIME) return decode_mime(text, out, ret_len);
    return decode_strict(kind == LC_BASE64_URL ? &URL_SAFE : &STANDARD, text, out, ret_len);
}
