#include "convert/json_scan.h"

#include "java/charset.h"
#include "java/decimal.h"

const double lc_scan_powers_of_ten[16] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                          1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

const char *lc_source_fail(lc_source *source, const char *at, const char *fault)
{
    source->fault = fault;
    source->at = at;
    return NULL;
}

lc_error *lc_source_error(const lc_source *source)
{
    size_t line = 1, column = 1;
    for (const char *p = source->start; p < source->at; p++) {
        column++;
        if (*p == '\n') line++, column = 1;
    }
    if (source->at >= source->end)
        return lc_fail(LC_E_SERIALIZATION, "Unexpected end of input: %s, at line %zu, column %zu",
                       source->fault, line, column);
    unsigned char c = (unsigned char)*source->at;
    if (c > ' ' && c < 0x7f)
        return lc_fail(LC_E_SERIALIZATION,
                       "Unexpected character ('%c' (code %d)): %s, at line %zu, column %zu", c, c,
                       source->fault, line, column);
    return lc_fail(LC_E_SERIALIZATION, "Unexpected byte 0x%02x: %s, at line %zu, column %zu", c,
                   source->fault, line, column);
}

static uint32_t wide_unit(const unsigned char *p, bool big_endian)
{
    return big_endian ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
                      : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static bool open_utf32(lc_source *source, lc_text bytes, bool big_endian)
{
    char *out = lc_arena_alloc(source->arena, bytes.len + 1), *to = out;
    for (size_t i = 0; i + 4 <= bytes.len; i += 4) {
        uint32_t c = wide_unit((const unsigned char *)bytes.data + i, big_endian);
        if (c > 0x10ffff) {
            lc_source_fail(source, bytes.data + i, "invalid UTF-32 character");
            return false;
        }
        to += lc_utf8_put(c, to);
    }
    source->start = out;
    source->end = to;
    return true;
}

static bool open_utf16(lc_source *source, lc_text bytes, bool big_endian)
{
    lc_autoptr(lc_charset) charset = NULL;
    lc_autoptr(lc_error) error = lc_charset_open(big_endian ? "UTF-16BE" : "UTF-16LE", &charset);
    if (error) {
        lc_source_fail(source, bytes.data, "UTF-16 is not supported");
        return false;
    }
    lc_text text = lc_charset_decode(charset, source->arena, bytes);
    source->start = text.data;
    source->end = text.data + text.len;
    return true;
}

static bool open_mixed(lc_source *source)
{
    lc_source_fail(source, source->start, "unsupported UCS-4 byte order");
    return false;
}

/* Jackson's ByteSourceJsonBootstrapper, for at least four bytes: marks first, then zero bytes. */
static bool open_by_four(lc_source *source, lc_text bytes)
{
    uint32_t quad = wide_unit((const unsigned char *)bytes.data, true);
    lc_text rest4 = {bytes.data + 4, bytes.len - 4}, rest2 = {bytes.data + 2, bytes.len - 2};
    if (quad == 0x0000feff || quad == 0xfffe0000) return open_utf32(source, rest4, quad == 0x0000feff);
    if (quad == 0x0000fffe || quad == 0xfeff0000) return open_mixed(source);
    if (quad >> 16 == 0xfeff || quad >> 16 == 0xfffe) return open_utf16(source, rest2, quad >> 16 == 0xfeff);
    if (quad >> 8 == 0xefbbbf) {
        source->start += 3;
        return true;
    }
    if (quad >> 8 == 0 || (quad & 0x00ffffff) == 0) return open_utf32(source, bytes, quad >> 8 == 0);
    if ((quad & 0xff00ffff) == 0 || (quad & 0xffff00ff) == 0) return open_mixed(source);
    if ((quad >> 24) == 0 || (quad >> 16 & 0xff) == 0) return open_utf16(source, bytes, quad >> 24 == 0);
    return true;
}

bool lc_source_open(lc_source *source, lc_arena *arena, lc_text bytes)
{
    *source = (lc_source){.start = bytes.data, .end = bytes.data + bytes.len, .arena = arena};
    if (bytes.len < 2) return true;
    unsigned char a = (unsigned char)bytes.data[0], b = (unsigned char)bytes.data[1];
    if (LC_LIKELY(a && b && a < 0xef)) return true;
    if (bytes.len >= 4) return open_by_four(source, bytes);
    if (a == 0 || b == 0) return open_utf16(source, bytes, a == 0);
    return true;
}

/* UTF-16 units on their way to UTF-8: a high surrogate waits for its low one. */
typedef struct units {
    char *out;
    uint32_t high;
} units;

static void put_unit(units *to, uint32_t unit)
{
    if (to->high) {
        uint32_t high = to->high;
        to->high = 0;
        if (unit >> 10 == 0xdc00 >> 10) {
            to->out += lc_utf8_put(0x10000 + ((high & 0x3ff) << 10) + (unit & 0x3ff), to->out);
            return;
        }
        to->out += lc_utf8_put(high, to->out);
    }
    if (unit >> 10 == 0xd800 >> 10) to->high = unit;
    else to->out += lc_utf8_put(unit, to->out);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The escape behind the backslash at `p`. */
static const char *read_escape(lc_source *source, const char *p, const char *end, units *to)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *known = p + 1 < end && p[1] ? strchr(letters, p[1]) : NULL;
    if (known) {
        put_unit(to, (unsigned char)meanings[known - letters]);
        return p + 2;
    }
    if (p + 1 >= end || p[1] != 'u') return lc_source_fail(source, p + 1, "unrecognized character escape");
    uint32_t unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = p + i < end ? hex_value(p[i]) : -1;
        if (digit < 0)
            return lc_source_fail(source, p + i, "expected a hex-digit for character escape sequence");
        unit = unit << 4 | (uint32_t)digit;
    }
    put_unit(to, unit);
    return p + 6;
}

/* Jackson checks the form of a sequence but not its range: overlong forms, surrogates and code points past
 * 10FFFF give the UTF-16 units that its arithmetic yields, which differs for names. */
static const char *read_sequence(lc_source *source, const char *p, const char *end, bool is_name, units *to)
{
    const unsigned char *b = (const unsigned char *)p;
    int more = (b[0] & 0xe0) == 0xc0 ? 1 : (b[0] & 0xf0) == 0xe0 ? 2 : (b[0] & 0xf8) == 0xf0 ? 3 : 0;
    if (!more) return lc_source_fail(source, p, "invalid UTF-8 start byte");
    uint32_t c = b[0] & (0x3fu >> more);
    for (int i = 1; i <= more; i++) {
        if (p + i >= end || (b[i] & 0xc0) != 0x80)
            return lc_source_fail(source, p + i, "invalid UTF-8 middle byte");
        c = c << 6 | (b[i] & 0x3f);
    }
    if (more < 3) {
        put_unit(to, c);
        return p + more + 1;
    }
    int32_t above = (int32_t)c - 0x10000;
    int32_t top = above >> 10;
    put_unit(to, (uint32_t)(is_name ? 0xd800 + top : 0xd800 | top) & 0xffff);
    put_unit(to, 0xdc00 | ((uint32_t)above & 0x3ff));
    return p + 4;
}

/* The closing quote, by pairs of backslash and byte. */
static const char *find_close(const lc_source *source, const char *p)
{
    for (; p < source->end && *p != '"'; p++)
        if (*p == '\\') p++;
    return p < source->end ? p : NULL;
}

static const char *decode(lc_source *source, const char *p, const char *end, bool is_name, lc_text *ret)
{
    char *start = lc_arena_alloc(source->arena, (size_t)(end - p) / 2 * 3 + 8);
    units to = {.out = start};
    while (p && p < end) {
        unsigned char c = (unsigned char)*p;
        if (c == '\\') p = read_escape(source, p, end, &to);
        else if (c >= 0x80) p = read_sequence(source, p, end, is_name, &to);
        else if (c < 0x20) p = lc_source_fail(source, p, "illegal unquoted control character");
        else put_unit(&to, c), p++;
    }
    if (!p) return NULL;
    if (to.high) to.out += lc_utf8_put(to.high, to.out);
    *to.out = '\0';
    lc_arena_trim(source->arena, to.out + 1);
    *ret = (lc_text){start, (size_t)(to.out - start)};
    return end + 1;
}

static bool is_ascii(const char *p, size_t len)
{
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        if (word & UINT64_C(0x8080808080808080)) return false;
    }
    for (; len; p++, len--)
        if (*p & 0x80) return false;
    return true;
}

const char *lc_scan_any_string(lc_source *source, const char *p, bool is_name, lc_text *ret)
{
    bool high = false;
    const char *first = p + 1, *stop = lc_scan_plain(source, first, &high), *next;
    size_t len = (size_t)(stop - first);
    bool plain = stop < source->end && *stop == '"' && (!high || lc_utf8_valid(first, len));
    if (plain) {
        *ret = (lc_text){first, len};
        next = stop + 1;
    } else {
        const char *close = find_close(source, stop);
        if (!close) return lc_source_fail(source, source->end, "a string is not closed");
        next = decode(source, first, close, is_name, ret);
    }
    size_t most = is_name ? LC_JSON_NAME_MAX : LC_JSON_STRING_MAX;
    if (!next || ret->len <= most) return next;
    size_t count = is_ascii(ret->data, ret->len) ? ret->len : lc_utf8_utf16_len(*ret);
    return count <= most ? next
                         : lc_source_fail(source, p, is_name ? "a name is too long" : "a string is too long");
}

/* How Jackson counts digits against its limit: signs, point and leading zeros are not counted, those of the
 * exponent are. */
static size_t count_digits(const char *p, const char *end)
{
    p += *p == '-';
    while (p + 1 < end && *p == '0' && p[1] >= '0' && p[1] <= '9') p++;
    size_t count = 0;
    for (; p < end; p++) count += *p >= '0' && *p <= '9';
    return count;
}

static bool has_nonzero_digit(const char *p, const char *end)
{
    for (; p < end && (*p | 0x20) != 'e'; p++)
        if (*p >= '1' && *p <= '9') return true;
    return false;
}

/* Reals pass through BigDecimal, whose scale has 32 bits. */
static bool exponent_fits(lc_source *source, const char *p, const char *end)
{
    const char *mark = end - 1;
    while (mark > p && (*mark | 0x20) != 'e') mark--;
    if (mark == p || end - mark < 9) return true;
    lc_decimal ignored;
    return lc_decimal_parse(source->arena, (lc_text){p, (size_t)(end - p)}, &ignored);
}

const char *lc_scan_any_number(lc_source *source, const char *p, lc_number *ret)
{
    if (!lc_scan_number(p, source->end, ret))
        return lc_source_fail(source, ret->end, "a digit is missing in a number");
    if (ret->end - p > LC_JSON_NUMBER_MAX && count_digits(p, ret->end) > LC_JSON_NUMBER_MAX)
        return lc_source_fail(source, p, "a number is too long");
    if (ret->integral) return ret->end;
    if (!exponent_fits(source, p, ret->end))
        return lc_source_fail(source, p, "the exponent of a number is too large");
    /* BigDecimal has no negative zero, but a tiny negative one still rounds to it. */
    if (ret->f64 == 0) ret->f64 = *p == '-' && has_nonzero_digit(p, ret->end) ? -0.0 : 0.0;
    return ret->end;
}

/* Java's isJavaIdentifierPart as far as ASCII goes; bytes below '0' were let pass before. */
static bool continues_word(unsigned char c)
{
    return c >= 0x7f || c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

const char *lc_scan_word(lc_source *source, const char *p, lc_text word, bool is_root)
{
    size_t left = (size_t)(source->end - p);
    if (left < word.len || memcmp(p, word.data, word.len) != 0)
        return lc_source_fail(source, p,
                              "expected a value (string, number, array, object, null, true or false)");
    p += word.len;
    if (is_root && p < source->end && continues_word((unsigned char)*p))
        return lc_source_fail(source, p, "a letter follows null, true or false");
    return p;
}

const char *lc_scan_root_end(lc_source *source, const char *p)
{
    if (p == source->end || lc_scan_blanks(source, p) > p) return p;
    return lc_source_fail(source, p, "expected space separating root-level values");
}
