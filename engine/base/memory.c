#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory, size_t size)
{
    if (memory || !size) return memory;
    fprintf(stderr, "luaconnect: out of memory (%zu bytes)\n", size);
    abort();
}

void *lc_alloc(size_t size)
{
    return checked(calloc(1, size), size);
}

void *lc_realloc(void *old, size_t size)
{
    return checked(realloc(old, size), size);
}

void *lc_grow(void *old, size_t *cap, size_t need, size_t item)
{
    if (need <= *cap) return old;
    size_t room = *cap > SIZE_MAX / 2 ? need : *cap * 2, bytes;
    if (room < 8) room = 8;
    if (room < need) room = need;
    if (__builtin_mul_overflow(room, item, &bytes)) bytes = SIZE_MAX; /* more than there is: realloc fails */
    *cap = room;
    return lc_realloc(old, bytes);
}

char *lc_strdup(const char *text)
{
    return text ? lc_strndup(text, strlen(text)) : NULL;
}

char *lc_strndup(const char *text, size_t len)
{
    char *copy = lc_alloc(len + 1);
    if (len) memcpy(copy, text, len);
    return copy;
}
