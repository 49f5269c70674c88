/* Between digits and limbs. Both directions are one problem: a number written in one radix, 2^64 or 10^19, is
 * evaluated in the other, by halves: value = high × radix^k + low. Products are Karatsuba's, done in the
 * radix that is wanted, so no long division is needed. */
#include "java/natural.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "java/wide.h"

enum { CHUNK = 19 }; /* digits of a decimal limb */
static const uint64_t TEN_19 = UINT64_C(10000000000000000000);

typedef enum radix { BINARY, DECIMAL } radix;

/* (*rest × 2^64 + low) / 10^19 for *rest < 10^19, by multiplying with the reciprocal
 * floor((2^128 - 1) / 10^19) - 2^64 (Möller and Granlund, "Improved division by invariant integers"). */
static inline uint64_t divide_by_ten_19(uint64_t *rest, uint64_t low)
{
    static const uint64_t RECIPROCAL = UINT64_C(0xd83c94fb6d2ac34a);
    lc_wide quotient = lc_wide_multiply(RECIPROCAL, *rest);
    quotient.lo += low;
    quotient.hi += *rest + 1 + (quotient.lo < low);
    uint64_t remainder = low - quotient.hi * TEN_19;
    if (remainder > quotient.lo) {
        quotient.hi--;
        remainder += TEN_19;
    }
    if (__builtin_expect(remainder >= TEN_19, 0)) {
        quotient.hi++;
        remainder -= TEN_19;
    }
    *rest = remainder;
    return quotient.hi;
}

/* a += b over n limbs; returns the carry. */
static bool add(uint64_t *a, const uint64_t *b, size_t n, radix in)
{
    bool carry = false;
    for (size_t i = 0; i < n; i++) {
        uint64_t sum = a[i] + b[i];
        bool over = sum < b[i];
        sum += carry;
        over |= sum < carry;
        if (in == DECIMAL && (over || sum >= TEN_19)) {
            sum -= TEN_19;
            over = true;
        }
        a[i] = sum;
        carry = over;
    }
    return carry;
}

/* The same, the carry going as far as it must: there is room for the sum. */
static void add_into(uint64_t *a, const uint64_t *b, size_t n, radix in)
{
    static const uint64_t ONE = 1;
    bool carry = add(a, b, n, in);
    for (a += n; carry; a++) carry = add(a, &ONE, 1, in);
}

/* a -= b over n limbs, the borrow going as far as it must. a is not less. */
static void subtract_from(uint64_t *a, const uint64_t *b, size_t n, radix in)
{
    bool borrow = false;
    for (size_t i = 0; i < n || borrow; i++) {
        uint64_t less = i < n ? b[i] : 0, difference = a[i] - less - borrow;
        borrow = a[i] < less || (a[i] == less && borrow);
        a[i] = difference + (borrow && in == DECIMAL ? TEN_19 : 0);
    }
}

/* row += a × factor over n limbs; returns the limb that comes next. */
static uint64_t add_product(uint64_t *row, const uint64_t *a, size_t n, uint64_t factor)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < n; i++) {
        lc_wide sum = lc_wide_multiply(a[i], factor);
        sum.lo += carry;
        sum.hi += sum.lo < carry;
        row[i] += sum.lo;
        carry = sum.hi + (row[i] < sum.lo);
    }
    return carry;
}

/* An operand. */
typedef struct span {
    const uint64_t *limb;
    size_t len;
} span;

/* Column by column, so that there is one division for each limb of the product, not for each pair. */
static void multiply_columns(uint64_t *product, span a, span b)
{
    uint64_t low = 0, middle = 0, high = 0;
    for (size_t column = 0; column < a.len + b.len; column++) {
        size_t first = column < b.len ? 0 : column - b.len + 1;
        for (size_t i = first; i < a.len && i <= column; i++) {
            lc_wide term = lc_wide_multiply(a.limb[i], b.limb[column - i]);
            low += term.lo;
            term.hi += low < term.lo; /* products of decimal limbs leave room for the carry */
            middle += term.hi;
            high += middle < term.hi;
        }
        middle = divide_by_ten_19(&high, middle);
        low = divide_by_ten_19(&high, low);
        product[column] = high;
        high = 0;
    }
}

/* For a short b. */
static void multiply_short(uint64_t *product, span a, span b, radix in)
{
    if (in == DECIMAL) {
        multiply_columns(product, a, b);
        return;
    }
    memset(product, 0, a.len * sizeof *product);
    for (size_t i = 0; i < b.len; i++)
        product[i + a.len] = add_product(product + i, a.limb, a.len, b.limb[i]);
}

enum {
    KARATSUBA_MIN = 32, /* limbs from which on halving pays */
    EVALUATE_MIN = 48,
    SCRATCH_SLACK = 4096
};

/* product = a × b, all of n limbs. Takes at most 4n + 512 limbs of scratch. */
static void multiply_even(uint64_t *product, const uint64_t *a, const uint64_t *b, size_t n, radix in,
                          uint64_t *scratch)
{
    if (n < KARATSUBA_MIN) {
        multiply_short(product, (span){a, n}, (span){b, n}, in);
        return;
    }
    size_t low = n / 2, high = n - low, sum = high + 1;
    uint64_t *sum_a = scratch, *sum_b = sum_a + sum, *middle = sum_b + sum, *rest = middle + 2 * sum;
    memcpy(sum_a, a + low, high * sizeof *a);
    memcpy(sum_b, b + low, high * sizeof *b);
    sum_a[high] = sum_b[high] = 0;
    add_into(sum_a, a, low, in);
    add_into(sum_b, b, low, in);
    multiply_even(middle, sum_a, sum_b, sum, in, rest);
    multiply_even(product, a, b, low, in, rest);
    multiply_even(product + 2 * low, a + low, b + low, high, in, rest);
    subtract_from(middle, product, 2 * low, in);
    subtract_from(middle, product + 2 * low, 2 * high, in);
    add_into(product + low, middle, n + 1, in);
}

/* product = a × b for any lengths, in pieces as long as the shorter one. */
static void multiply(uint64_t *product, span a, span b, radix in, uint64_t *scratch)
{
    if (a.len < b.len) {
        multiply(product, b, a, in, scratch);
        return;
    }
    if (b.len < KARATSUBA_MIN) {
        multiply_short(product, a, b, in);
        return;
    }
    memset(product, 0, (a.len + b.len) * sizeof *product);
    uint64_t *piece = scratch, *rest = scratch + 2 * b.len;
    for (size_t at = 0; at < a.len; at += b.len) {
        span part = {a.limb + at, a.len - at < b.len ? a.len - at : b.len};
        if (part.len == b.len) multiply_even(piece, part.limb, b.limb, b.len, in, rest);
        else multiply(piece, b, part, in, rest);
        add_into(product + at, piece, b.len + part.len, in);
    }
}

/* Limbs in the other radix that n limbs can take: 10^19 < 2^64 < 10^(19 × 65/64). */
static size_t limbs_in(radix to, size_t n)
{
    return to == BINARY ? n : n + n / 64 + 1;
}

/* value = value × (the other radix) + limb; returns how many limbs it has now. */
static size_t append(uint64_t *value, size_t used, uint64_t limb, radix to)
{
    if (to == BINARY) {
        lc_natural n = {value, used};
        lc_natural_multiply_add(&n, TEN_19, limb);
        return n.used;
    }
    for (size_t i = 0; i < used; i++) limb = divide_by_ten_19(&value[i], limb);
    if (limb) value[used++] = limb % TEN_19;
    if (limb >= TEN_19) value[used++] = 1;
    return used;
}

/* An evaluation of limbs in the other radix than `to`. */
typedef struct evaluation {
    radix to;
    uint64_t *power[64]; /* power[i] = (the other radix)^(EVALUATE_MIN << i), in limbs_in(that many) limbs */
} evaluation;

static void evaluate(const evaluation *e, const uint64_t *from, size_t n, uint64_t *value, uint64_t *scratch)
{
    size_t len = limbs_in(e->to, n), low = EVALUATE_MIN, level = 0;
    if (n <= EVALUATE_MIN) {
        size_t used = 0;
        for (size_t i = n; i-- > 0;) used = append(value, used, from[i], e->to);
        memset(value + used, 0, (len - used) * sizeof *value);
        return;
    }
    while (2 * low < n) low *= 2, level++;
    size_t high_len = limbs_in(e->to, n - low), low_len = limbs_in(e->to, low);
    uint64_t *high = scratch, *product = high + high_len, *rest = product + high_len + low_len;
    evaluate(e, from + low, n - low, high, rest);
    multiply(product, (span){high, high_len}, (span){e->power[level], low_len}, e->to, rest);
    evaluate(e, from, low, value, rest);
    add_into(product, value, low_len, e->to);
    memcpy(value, product, len * sizeof *value);
}

/* The powers for n limbs, each the square of the one before. */
static uint64_t *make_powers(evaluation *e, size_t n, uint64_t *room)
{
    static const uint64_t ONE_ABOVE[EVALUATE_MIN + 1] = {[EVALUATE_MIN] = 1};
    size_t limbs = EVALUATE_MIN, used = 0;
    for (size_t level = 0; limbs < n; level++, limbs *= 2) {
        size_t len = limbs_in(e->to, limbs), half = limbs_in(e->to, limbs / 2);
        uint64_t *power = e->power[level] = room;
        room += level ? 2 * half : len + 1;
        if (level) {
            span root = {e->power[level - 1], half};
            multiply(power, root, root, e->to, room);
            continue;
        }
        for (size_t i = EVALUATE_MIN + 1; i-- > 0;) used = append(power, used, ONE_ABOVE[i], e->to);
        memset(power + used, 0, (len + 1 - used) * sizeof *power);
    }
    return room;
}

/* Evaluates n limbs into limbs_in(to, n) ones. */
static void convert(const uint64_t *from, size_t n, radix to, uint64_t *value)
{
    evaluation e = {.to = to};
    if (n <= EVALUATE_MIN) {
        evaluate(&e, from, n, value, NULL);
        return;
    }
    uint64_t *room = lc_realloc(NULL, (12 * limbs_in(to, n) + SCRATCH_SLACK) * sizeof *room);
    evaluate(&e, from, n, value, make_powers(&e, n, room));
    free(room);
}

static uint64_t read_chunk(const char *digits, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) value = value * 10 + (uint64_t)(digits[i] - '0');
    return value;
}

static void write_chunk(uint64_t chunk, char *out)
{
    for (int i = CHUNK; i-- > 0; chunk /= 10) out[i] = (char)('0' + chunk % 10);
}

void lc_natural_read(lc_natural *n, const char *digits, size_t count)
{
    uint64_t brief[EVALUATE_MIN];
    size_t first = count % CHUNK, limbs = count / CHUNK + (first != 0);
    uint64_t *chunks = limbs > EVALUATE_MIN ? lc_realloc(NULL, limbs * sizeof *chunks) : brief;
    if (first) chunks[limbs - 1] = read_chunk(digits, first);
    for (size_t i = count / CHUNK; i-- > 0; digits += CHUNK) chunks[i] = read_chunk(digits + first, CHUNK);
    convert(chunks, limbs, BINARY, n->limb);
    if (chunks != brief) free(chunks);
    n->used = limbs;
    while (n->used && n->limb[n->used - 1] == 0) n->used--;
}

size_t lc_natural_write(const lc_natural *n, char *out)
{
    uint64_t brief[EVALUATE_MIN + EVALUATE_MIN / 64 + 1];
    size_t limbs = limbs_in(DECIMAL, n->used), zeros = 0;
    uint64_t *chunks = n->used > EVALUATE_MIN ? lc_realloc(NULL, limbs * sizeof *chunks) : brief;
    convert(n->limb, n->used, DECIMAL, chunks);
    for (size_t i = limbs; i-- > 0;) write_chunk(chunks[i], out + (limbs - 1 - i) * CHUNK);
    if (chunks != brief) free(chunks);
    while (zeros + 1 < limbs * CHUNK && out[zeros] == '0') zeros++;
    memmove(out, out + zeros, limbs * CHUNK - zeros);
    return limbs * CHUNK - zeros;
}
