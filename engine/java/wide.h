/* Products of 64-bit integers, all 128 bits. Private to java. */
#ifndef LC_JAVA_WIDE_H
#define LC_JAVA_WIDE_H

#include <stdint.h>

typedef struct lc_wide {
    uint64_t hi, lo;
} lc_wide;

static inline lc_wide lc_wide_multiply(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (lc_wide){(uint64_t)(product >> 64), (uint64_t)product};
}

#endif
