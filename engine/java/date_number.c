#include "java/date_number.h"

#include <stdlib.h>

/* The zeros of the decimal digits (category Nd) below U+10000, each followed by one to nine. */
static const uint16_t ZEROS[] = {
    0x0030, 0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
};

enum { LONG_DIGITS = 19 };

static size_t char_len(unsigned char first)
{
    return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static int wide_digit(const unsigned char *at, size_t len)
{
    unsigned code = len == 2 ? (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu)
                             : (at[0] & 0x0fu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);
    for (size_t i = 0; i < sizeof ZEROS / sizeof *ZEROS; i++)
        if (code >= ZEROS[i] && code < ZEROS[i] + 10u) return (int)(code - ZEROS[i]);
    return -1;
}

int lc_date_digit(lc_text text, size_t at, size_t *ret_len)
{
    if (at >= text.len) return -1;
    const unsigned char *byte = (const unsigned char *)text.data + at;
    *ret_len = char_len(*byte);
    if (*ret_len == 1) return *byte >= '0' && *byte <= '9' ? *byte - '0' : -1;
    if (*ret_len == 4 || at + *ret_len > text.len) return -1;
    return wide_digit(byte, *ret_len);
}

bool lc_date_cut(lc_text text, size_t from, size_t units, lc_text *ret_cut)
{
    while (units > 0) {
        if (from >= text.len) return false;
        size_t len = char_len((unsigned char)text.data[from]);
        from += len;
        units -= len == 4 && units > 1 ? 2 : 1;
    }
    *ret_cut = (lc_text){text.data, from < text.len ? from : text.len};
    return true;
}

/* Significant digits, as DigitList holds them: value = 0.d1d2d3… × 10^exponent */
typedef struct decimal {
    char digits[LONG_DIGITS + 1]; /* the first ones; more can't matter for an int */
    int64_t count, last_nonzero, exponent;
    bool seen;
} decimal;

static void add_digit(decimal *d, int digit)
{
    d->seen = true;
    if (digit == 0 && d->count == 0) return;
    if (d->count < LONG_DIGITS) d->digits[d->count] = (char)('0' + digit);
    d->count++;
    if (digit) d->last_nonzero = d->count;
}

static size_t read_digits(lc_text text, size_t at, decimal *d)
{
    size_t len = 0;
    for (int digit; (digit = lc_date_digit(text, at, &len)) >= 0; at += len) add_digit(d, digit);
    d->exponent = d->count;
    return at;
}

/* The whole part as a long; false when it isn't a whole number that fits: then it is a double for Java. */
static bool to_long(const decimal *d, bool negative, int64_t *ret_value)
{
    *ret_value = 0;
    if (d->last_nonzero == 0) return true;
    if (d->exponent < d->last_nonzero || d->exponent > LONG_DIGITS) return false;
    uint64_t value = 0;
    for (int64_t i = 0; i < d->exponent; i++)
        value = value * 10 + (uint64_t)(i < d->last_nonzero ? d->digits[i] - '0' : 0);
    if (value > (uint64_t)INT64_MAX + negative) return false;
    *ret_value = (int64_t)(negative ? 0 - value : value);
    return true;
}

static int32_t double_to_int(const decimal *d, bool negative)
{
    int64_t value = 0;
    if (d->exponent > 10) return negative ? INT32_MIN : INT32_MAX;
    for (int64_t i = 0; i < d->exponent; i++) value = value * 10 + (i < d->count ? d->digits[i] - '0' : 0);
    if (negative) value = -value;
    return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

static bool read_exponent(lc_text text, size_t *at, int32_t *ret_exponent)
{
    size_t next = *at + 1;
    bool negative = next < text.len && text.data[next] == '-';
    decimal d = {0};
    next = read_digits(text, next + negative, &d);
    int64_t value;
    if (!d.seen || !to_long(&d, negative, &value)) return false;
    *at = next;
    *ret_exponent = (int32_t)(uint32_t)(uint64_t)value;
    return true;
}

static bool takes(lc_text text, size_t *at, const char *word)
{
    if (*at > text.len || !lc_text_starts((lc_text){text.data + *at, text.len - *at}, word)) return false;
    *at += strlen(word);
    return true;
}

/* Up to nine plain digits with nothing behind them that could belong to a number: nearly every date. */
static bool short_number(lc_text text, size_t *at, int32_t *ret_value)
{
    size_t next = *at, end = *at + 9;
    int32_t value = 0;
    for (; next < text.len && next < end && text.data[next] >= '0' && text.data[next] <= '9'; next++)
        value = value * 10 + text.data[next] - '0';
    if (next == *at) return false;
    if (next < text.len) {
        unsigned char after = (unsigned char)text.data[next];
        if (after >= 0x80 || after == 'E' || (after >= '0' && after <= '9')) return false;
    }
    *at = next;
    *ret_value = value;
    return true;
}

bool lc_date_number(lc_text text, size_t *at, int32_t *ret_value)
{
    if (short_number(text, at, ret_value)) return true;
    *ret_value = 0;
    if (takes(text, at, "NaN")) return true;
    size_t next = *at;
    bool negative = takes(text, &next, "-");
    if (takes(text, &next, "∞")) {
        *at = next;
        *ret_value = negative ? INT32_MIN : INT32_MAX;
        return true;
    }
    decimal d = {0};
    next = read_digits(text, next, &d);
    if (!d.seen) return false;
    int32_t exponent = 0;
    if (next < text.len && text.data[next] == 'E' && read_exponent(text, &next, &exponent))
        d.exponent = (int32_t)((uint32_t)d.exponent + (uint32_t)exponent);
    *at = next;
    int64_t value;
    *ret_value =
        to_long(&d, negative, &value) ? (int32_t)(uint32_t)(uint64_t)value : double_to_int(&d, negative);
    return true;
}
