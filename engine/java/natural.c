#include "java/natural.h"

#include <string.h>
#include "java/wide.h"

void lc_natural_multiply_add(lc_natural *n, uint64_t factor, uint64_t addend)
{
    uint64_t carry = addend;
    for (size_t i = 0; i < n->used; i++) {
        lc_wide product = lc_wide_multiply(n->limb[i], factor);
        n->limb[i] = product.lo + carry;
        carry = product.hi + (n->limb[i] < carry);
    }
    if (carry) n->limb[n->used++] = carry;
}

void lc_natural_multiply_pow5(lc_natural *n, uint64_t power)
{
    static const uint64_t POW5_27 = UINT64_C(7450580596923828125);
    for (; power >= 27; power -= 27) lc_natural_multiply_add(n, POW5_27, 0);
    for (; power > 0; power--) lc_natural_multiply_add(n, 5, 0);
}

void lc_natural_shift_left(lc_natural *n, uint64_t bits)
{
    size_t limbs = (size_t)(bits / 64), rest = (size_t)(bits % 64);
    if (n->used == 0 || bits == 0) return;
    n->limb[n->used + limbs] = 0;
    for (size_t i = n->used; i-- > 0;) {
        uint64_t limb = n->limb[i];
        if (rest) n->limb[i + limbs + 1] |= limb >> (64 - rest);
        n->limb[i + limbs] = limb << rest;
    }
    memset(n->limb, 0, limbs * sizeof *n->limb);
    n->used += limbs + 1;
    if (n->limb[n->used - 1] == 0) n->used--;
}

int lc_natural_compare(const lc_natural *a, const lc_natural *b)
{
    if (a->used != b->used) return a->used < b->used ? -1 : 1;
    for (size_t i = a->used; i-- > 0;)
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static void negate(lc_natural *n)
{
    uint64_t carry = 1;
    for (size_t i = 0; i < n->used; i++) {
        n->limb[i] = ~n->limb[i] + carry;
        carry = carry && n->limb[i] == 0;
    }
}

void lc_natural_of_bytes(lc_natural *n, const uint8_t *bytes, size_t len)
{
    uint64_t sign = bytes[0] & 0x80 ? UINT64_MAX : 0;
    n->used = (len + 7) / 8;
    for (size_t i = 0; i < n->used; i++) {
        uint64_t limb = sign;
        size_t end = len - 8 * i, start = end > 8 ? end - 8 : 0;
        for (size_t j = start; j < end; j++) limb = limb << 8 | bytes[j];
        n->limb[i] = limb;
    }
    if (sign) negate(n);
    while (n->used && n->limb[n->used - 1] == 0) n->used--;
}

uint8_t *lc_natural_to_bytes(lc_natural *n, int negative, uint8_t *out)
{
    uint8_t *p = out + 8 * n->used + 1, *end = p, sign = negative && n->used ? 0xff : 0;
    if (sign) negate(n);
    for (size_t i = 0; i < n->used; i++)
        for (int shift = 0; shift < 64; shift += 8) *--p = (uint8_t)(n->limb[i] >> shift);
    *--p = sign;
    while (end - p > 1 && p[0] == sign && ((p[1] ^ sign) & 0x80) == 0) p++;
    return p;
}
