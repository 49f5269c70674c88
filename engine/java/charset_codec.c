/* The codecs: each family of charsets, to UTF-8 and back. */
#include "java/charset_codec.h"

#include <errno.h>
#include "java/utf8.h"

/* Output in the arena, of a size known beforehand to be enough; finish() gives the rest back. */
static char *start_output(lc_arena *arena, size_t most)
{
    return lc_arena_alloc(arena, most + 1);
}

static lc_text finish(lc_arena *arena, char *start, char *end)
{
    *end = '\0';
    lc_arena_trim(arena, end + 1);
    return (lc_text){start, (size_t)(end - start)};
}

static lc_text decode_utf8(lc_charset *charset, lc_arena *arena, lc_text bytes)
{
    (void)charset;
    return lc_utf8_decode(arena, bytes);
}

static lc_text encode_utf8(lc_charset *charset, lc_arena *arena, lc_text text)
{
    (void)charset;
    return lc_utf8_encode(arena, text);
}

const lc_codec lc_codec_utf8 = {decode_utf8, encode_utf8};

/* One byte a character; bytes from 0x80 on are themselves or, where `most` is 0x7f, malformed. */
static lc_text decode_bytes(lc_arena *arena, lc_text bytes, uint8_t most)
{
    size_t plain = lc_ascii_prefix(bytes.data, bytes.len);
    if (plain == bytes.len) return bytes;
    char *start = start_output(arena, plain + (bytes.len - plain) * 3), *out = start + plain;
    memcpy(start, bytes.data, plain);
    for (size_t i = plain; i < bytes.len; i++) {
        uint8_t byte = (uint8_t)bytes.data[i];
        out += lc_utf8_put(byte <= most ? byte : LC_REPLACEMENT, out);
    }
    return finish(arena, start, out);
}

static lc_text encode_bytes(lc_arena *arena, lc_text text, uint8_t most)
{
    size_t plain = lc_ascii_prefix(text.data, text.len);
    if (plain == text.len) return text;
    char *start = start_output(arena, text.len), *out = start + plain;
    memcpy(start, text.data, plain);
    for (const char *p = text.data + plain, *end = text.data + text.len; p < end;) {
        uint32_t code = lc_utf8_next(&p, end);
        *out++ = code <= most ? (char)code : '?';
    }
    return finish(arena, start, out);
}

static lc_text decode_ascii(lc_charset *charset, lc_arena *arena, lc_text bytes)
{
    (void)charset;
    return decode_bytes(arena, bytes, 0x7f);
}

static lc_text encode_ascii(lc_charset *charset, lc_arena *arena, lc_text text)
{
    (void)charset;
    return encode_bytes(arena, text, 0x7f);
}

static lc_text decode_latin1(lc_charset *charset, lc_arena *arena, lc_text bytes)
{
    (void)charset;
    return decode_bytes(arena, bytes, 0xff);
}

static lc_text encode_latin1(lc_charset *charset, lc_arena *arena, lc_text text)
{
    (void)charset;
    return encode_bytes(arena, text, 0xff);
}

const lc_codec lc_codec_ascii = {decode_ascii, encode_ascii};
const lc_codec lc_codec_latin1 = {decode_latin1, encode_latin1};

static uint32_t get_unit(const char *p, int width, bool little)
{
    uint32_t unit = 0;
    for (int i = 0; i < width; i++) unit = unit << 8 | (uint8_t)p[little ? width - 1 - i : i];
    return unit;
}

static char *put_unit(char *out, uint32_t unit, int width, bool little)
{
    for (int i = 0; i < width; i++) out[little ? i : width - 1 - i] = (char)(unit >> 8 * i);
    return out + width;
}

static const uint32_t BYTE_ORDER_MARK = 0xfeff;

static bool skip_mark(const char **p, const char *end, int width, bool little)
{
    if (end - *p < width || get_unit(*p, width, little) != BYTE_ORDER_MARK) return false;
    *p += width;
    return true;
}

/* The byte order to read with; moves *p past a mark of either order. */
static bool detect_order(const lc_charset *charset, const char **p, const char *end, int width)
{
    if (skip_mark(p, end, width, charset->little)) return charset->little;
    return skip_mark(p, end, width, !charset->little) ? !charset->little : charset->little;
}

/* The character at *p, which moves past it. A high surrogate takes its neighbour with it, fit or not. */
static uint32_t next_utf16(const char **p, const char *end, bool little)
{
    const char *at = *p;
    ptrdiff_t left = end - at;
    uint32_t unit = left < 2 ? 0 : get_unit(at, 2, little);
    bool pair = lc_is_high_surrogate(unit);
    *p += left < (pair ? 4 : 2) ? left : pair ? 4 : 2;
    if (left < (pair ? 4 : 2) || lc_is_low_surrogate(unit)) return LC_REPLACEMENT;
    if (!pair) return unit;
    uint32_t low = get_unit(at + 2, 2, little);
    return lc_is_low_surrogate(low) ? lc_join_surrogates(unit, low) : LC_REPLACEMENT;
}

static lc_text decode_utf16(lc_charset *charset, lc_arena *arena, lc_text bytes)
{
    const char *p = bytes.data, *end = p + bytes.len;
    bool little = charset->detects ? detect_order(charset, &p, end, 2) : charset->little;
    char *start = start_output(arena, (bytes.len + 1) / 2 * 3), *out = start;
    while (p < end) out += lc_utf8_put(next_utf16(&p, end, little), out);
    return finish(arena, start, out);
}

static bool is_surrogate(uint32_t code)
{
    return lc_is_high_surrogate(code) || lc_is_low_surrogate(code);
}

static lc_text encode_utf16(lc_charset *charset, lc_arena *arena, lc_text text)
{
    if (text.len == 0) return text;
    bool little = charset->little;
    char *start = start_output(arena, 2 + text.len * 2), *out = start;
    if (charset->marks) out = put_unit(out, BYTE_ORDER_MARK, 2, little);
    for (const char *p = text.data, *end = p + text.len; p < end;) {
        uint32_t code = lc_utf8_next(&p, end);
        if (is_surrogate(code)) code = LC_REPLACEMENT;
        if (code >= 0x10000) {
            out = put_unit(out, 0xd800 + ((code - 0x10000) >> 10), 2, little);
            code = 0xdc00 + (code & 0x3ff);
        }
        out = put_unit(out, code, 2, little);
    }
    return finish(arena, start, out);
}

const lc_codec lc_codec_utf16 = {decode_utf16, encode_utf16};

/* Surrogates pass, as Java lets them; two that make a pair are one character from then on. */
static uint32_t next_utf32(const char **p, const char *end, bool little)
{
    const char *at = *p;
    bool whole = end - at >= 4;
    *p += whole ? 4 : end - at;
    uint32_t code = whole ? get_unit(at, 4, little) : LC_REPLACEMENT;
    if (lc_is_high_surrogate(code) && end - *p >= 4 && lc_is_low_surrogate(get_unit(*p, 4, little))) {
        *p += 4;
        return lc_join_surrogates(code, get_unit(at + 4, 4, little));
    }
    return code <= 0x10ffff ? code : LC_REPLACEMENT;
}

static lc_text decode_utf32(lc_charset *charset, lc_arena *arena, lc_text bytes)
{
    const char *p = bytes.data, *end = p + bytes.len;
    bool little = charset->little; /* a mark of the own order is skipped, asked for or not */
    if (charset->detects) little = detect_order(charset, &p, end, 4);
    else skip_mark(&p, end, 4, little);
    char *start = start_output(arena, bytes.len + 4), *out = start;
    while (p < end) out += lc_utf8_put(next_utf32(&p, end, little), out);
    return finish(arena, start, out);
}

static lc_text encode_utf32(lc_charset *charset, lc_arena *arena, lc_text text)
{
    if (text.len == 0) return text;
    char *start = start_output(arena, 4 + text.len * 4), *out = start;
    if (charset->marks) out = put_unit(out, BYTE_ORDER_MARK, 4, charset->little);
    for (const char *p = text.data, *end = p + text.len; p < end;) {
        uint32_t code = lc_utf8_next(&p, end);
        out = put_unit(out, is_surrogate(code) ? LC_REPLACEMENT : code, 4, charset->little);
    }
    return finish(arena, start, out);
}

const lc_codec lc_codec_utf32 = {decode_utf32, encode_utf32};

/* How iconv is used: what it can't convert is skipped, `step` bytes long, and `substitute` written for it. */
typedef struct conversion {
    iconv_t with;
    lc_text substitute;
    size_t (*step)(const char *p, const char *end);
    int growth; /* most bytes of output for one of input */
} conversion;

static lc_text convert(const conversion *how, lc_arena *arena, lc_text in)
{
    enum { SHIFT_MAX = 16 }; /* what a stateful charset needs to return to its first state */
    size_t left = in.len, room = in.len * (size_t)how->growth + SHIFT_MAX;
    char *start = start_output(arena, room), *out = start, *p = (char *)(uintptr_t)in.data, *end = p + left;
    iconv(how->with, NULL, NULL, NULL, NULL);
    while (left) {
        size_t free_space = room - (size_t)(out - start);
        if (iconv(how->with, &p, &left, &out, &free_space) != (size_t)-1 || errno == E2BIG) break;
        size_t skipped = errno == EINVAL ? left : how->step(p, end);
        p += skipped;
        left -= skipped;
        memcpy(out, how->substitute.data, how->substitute.len);
        out += how->substitute.len;
    }
    size_t free_space = room - (size_t)(out - start);
    iconv(how->with, NULL, NULL, &out, &free_space);
    return finish(arena, start, out);
}

static size_t one_byte(const char *p, const char *end)
{
    (void)p, (void)end;
    return 1;
}

static size_t one_character(const char *p, const char *end)
{
    const char *next = p;
    lc_utf8_next(&next, end);
    return (size_t)(next - p);
}

static lc_text decode_iconv(lc_charset *charset, lc_arena *arena, lc_text bytes)
{
    conversion how = {charset->reads, LC_TEXT("\xef\xbf\xbd"), one_byte, 6};
    return convert(&how, arena, bytes);
}

static lc_text encode_iconv(lc_charset *charset, lc_arena *arena, lc_text text)
{
    conversion how = {charset->writes, LC_TEXT("?"), one_character, 8};
    return convert(&how, arena, text);
}

const lc_codec lc_codec_iconv = {decode_iconv, encode_iconv};
