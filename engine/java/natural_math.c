#include "java/natural.h"

#include <string.h>
#include "java/wide.h"

static void trim(lc_natural *n)
{
    while (n->used && n->limb[n->used - 1] == 0) n->used--;
}

void lc_natural_add(lc_natural *a, const lc_natural *b)
{
    uint64_t carry = 0;
    size_t longest = a->used > b->used ? a->used : b->used;
    for (size_t i = 0; i < longest; i++) {
        uint64_t x = i < a->used ? a->limb[i] : 0, y = i < b->used ? b->limb[i] : 0, sum = x + y;
        uint64_t over = sum < x;
        a->limb[i] = sum + carry;
        carry = over | (a->limb[i] < sum);
    }
    a->used = longest;
    if (carry) a->limb[a->used++] = carry;
}

void lc_natural_subtract(lc_natural *a, const lc_natural *b)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < a->used; i++) {
        uint64_t x = a->limb[i], y = i < b->used ? b->limb[i] : 0, difference = x - y;
        a->limb[i] = difference - borrow;
        borrow = (uint64_t)(x < y) | (uint64_t)(difference < borrow);
    }
    trim(a);
}

/* a[from…] += b × factor over `count` limbs; returns the carry. */
static uint64_t add_product(uint64_t *a, const uint64_t *b, size_t count, uint64_t factor)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        lc_wide product = lc_wide_multiply(b[i], factor);
        product.lo += carry;
        product.hi += product.lo < carry;
        a[i] += product.lo;
        carry = product.hi + (a[i] < product.lo);
    }
    return carry;
}

void lc_natural_multiply(const lc_natural *a, const lc_natural *b, lc_natural *product)
{
    product->used = a->used + b->used;
    memset(product->limb, 0, product->used * sizeof *product->limb);
    for (size_t i = 0; i < a->used; i++)
        product->limb[i + b->used] = add_product(product->limb + i, b->limb, b->used, a->limb[i]);
    trim(product);
}

static uint64_t divide_small(lc_natural *a, uint64_t divisor, lc_natural *quotient)
{
    uint64_t rest = 0;
    quotient->used = a->used;
    for (size_t i = a->used; i-- > 0;) {
        __extension__ unsigned __int128 both = (unsigned __int128)rest << 64 | a->limb[i];
        quotient->limb[i] = (uint64_t)(both / divisor);
        rest = (uint64_t)(both % divisor);
    }
    trim(quotient);
    return rest;
}

/* a[0…count] -= b × factor; whether that went below zero. */
static bool subtract_product(uint64_t *a, const uint64_t *b, size_t count, uint64_t factor)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        lc_wide product = lc_wide_multiply(b[i], factor);
        product.lo += carry;
        product.hi += product.lo < carry;
        carry = product.hi + (a[i] < product.lo);
        a[i] -= product.lo;
    }
    bool below = a[count] < carry;
    a[count] -= carry;
    return below;
}

static void add_back(uint64_t *a, const uint64_t *b, size_t count)
{
    a[count] += add_product(a, b, count, 1);
}

/* A digit of the quotient, or one or two more than it (Knuth, volume 2, 4.3.1, algorithm D). */
static uint64_t guess(const uint64_t *a, const uint64_t *b, size_t count)
{
    __extension__ typedef unsigned __int128 wide;
    uint64_t top = b[count - 1], next = b[count - 2];
    wide both = (wide)a[count] << 64 | a[count - 1];
    wide digit = a[count] >= top ? (wide)UINT64_MAX : both / top;
    wide rest = both - digit * top;
    while (rest >> 64 == 0 && digit * next > (rest << 64 | a[count - 2])) {
        digit--;
        rest += top;
    }
    return (uint64_t)digit;
}

static void shift_right(lc_natural *n, unsigned bits)
{
    for (size_t i = 0; bits && i < n->used; i++) {
        uint64_t above = i + 1 < n->used ? n->limb[i + 1] : 0;
        n->limb[i] = n->limb[i] >> bits | above << (64 - bits);
    }
    trim(n);
}

void lc_natural_divide(lc_natural *a, lc_natural *b, lc_natural *quotient)
{
    size_t count = b->used, digits = a->used;
    quotient->used = 0;
    if (lc_natural_compare(a, b) < 0) return;
    if (count == 1) {
        uint64_t rest = divide_small(a, b->limb[0], quotient);
        a->limb[0] = rest;
        a->used = rest != 0;
        return;
    }
    unsigned shift = (unsigned)__builtin_clzll(b->limb[count - 1]);
    lc_natural_shift_left(a, shift);
    lc_natural_shift_left(b, shift);
    if (a->used == digits) a->limb[digits] = 0;
    for (size_t i = digits - count + 1; i-- > 0;) {
        uint64_t digit = guess(a->limb + i, b->limb, count);
        if (subtract_product(a->limb + i, b->limb, count, digit)) {
            digit--;
            add_back(a->limb + i, b->limb, count);
        }
        quotient->limb[i] = digit;
    }
    quotient->used = digits - count + 1;
    trim(quotient);
    a->used = count;
    trim(a);
    shift_right(a, shift);
    shift_right(b, shift);
}
