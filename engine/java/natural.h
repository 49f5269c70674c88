/* Nonnegative integers of any size, in memory of the caller. Private to java.
 *
 * A value is `used` limbs, least significant first, the top one not zero; zero has none. Functions that make
 * a value larger say how many limbs of room it needs. Reading and writing digits is quadratic for short
 * values and takes about n^1.6 steps and heap memory of 12 times the value for long ones. Thread-safe. */
#ifndef LC_JAVA_NATURAL_H
#define LC_JAVA_NATURAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lc_natural {
    uint64_t *limb;
    size_t used;
} lc_natural;

void lc_natural_multiply_add(lc_natural *n, uint64_t factor, uint64_t addend); /* room: used + 1 */
void lc_natural_multiply_pow5(lc_natural *n, uint64_t power);                  /* room: used + power/27 + 1 */
void lc_natural_shift_left(lc_natural *n, uint64_t bits);                      /* room: used + bits/64 + 1 */
int lc_natural_compare(const lc_natural *a, const lc_natural *b);              /* -1, 0, 1 */
void lc_natural_add(lc_natural *a, const lc_natural *b);      /* room: the longer one's limbs + 1 */
void lc_natural_subtract(lc_natural *a, const lc_natural *b); /* a >= b */
/* Quadratic. Room: the limbs of both together. The product is neither factor. */
void lc_natural_multiply(const lc_natural *a, const lc_natural *b, lc_natural *product);
/* a becomes the remainder. b is not zero, and is as before afterwards. Room of a and b: one limb more than they
 * have; of the quotient: a's limbs. Quadratic. */
void lc_natural_divide(lc_natural *a, lc_natural *b, lc_natural *quotient);
/* The value of ASCII digits. Room: lc_natural_limbs(count). */
void lc_natural_read(lc_natural *n, const char *digits, size_t count);
/* Limbs that `count` decimal digits can take. */
static inline size_t lc_natural_limbs(size_t count)
{
    return count / 19 + 1;
}

/* Writes the digits of n, "0" for zero, without leading zeros; returns how many. Room in `out`:
 * lc_natural_digits(n->used). */
size_t lc_natural_write(const lc_natural *n, char *out);
static inline size_t lc_natural_digits(size_t used)
{
    return (used + used / 64 + 2) * 19;
}

/* From big-endian two's complement (its magnitude). Room: len / 8 + 1. */
void lc_natural_of_bytes(lc_natural *n, const uint8_t *bytes, size_t len);
/* To big-endian two's complement, no redundant sign bytes. Room in `out`: 8 × used + 1. Returns the start of
 * the bytes, which end at that room's end. Uses up n. */
uint8_t *lc_natural_to_bytes(lc_natural *n, int negative, uint8_t *out);

#endif
