#include "secure/random.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* libsodium allows this from any thread, again and again. */
static void start(void)
{
    if (sodium_init() >= 0) return;
    fprintf(stderr, "luaconnect: libsodium can't start: no source of random numbers\n");
    abort();
}

void lc_random_bytes(void *into, size_t len)
{
    start();
    randombytes_buf(into, len);
}

int64_t lc_random_below(int64_t bound)
{
    if (bound <= 1) return 0;
    uint64_t range = (uint64_t)bound, reject = -range % range, word;
    do lc_random_bytes(&word, sizeof word);
    while (word < reject); /* the first 2^64 mod range words would favour small results */
    return (int64_t)(word % range);
}

void lc_random_uuid(char text[LC_UUID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[16];
    lc_random_bytes(bytes, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    char *out = text;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}
