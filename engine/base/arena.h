/* Bump allocation for everything that belongs to one batch.
 *
 *   block ──▶ block ──▶ block       lc_arena_reset() rewinds to the first block and keeps them,
 *   [used|free] [used|free]         so a steady flow allocates nothing.
 *
 * What belongs to a batch lives in its arena and is never freed one by one. Memory is 8-byte aligned,
 * not zeroed. Running out of memory ends the process (see memory.h). One thread at a time. */
#ifndef LC_BASE_ARENA_H
#define LC_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/cleanup.h"

typedef struct lc_arena_block lc_arena_block;

typedef struct lc_arena {
    char *at;   /* next free byte */
    char *end;  /* end of the current block */
    lc_arena_block *current;
    lc_arena_block *first;
    size_t held; /* bytes in all blocks */
} lc_arena;

void *lc_arena_slow(lc_arena *arena, size_t size); /* internal: takes the next block */

/* `size` bytes, 8-byte aligned, valid until the next reset. */
static inline void *lc_arena_alloc(lc_arena *arena, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    if (__builtin_expect((size_t)(arena->end - arena->at) < size, 0)) return lc_arena_slow(arena, size);
    void *memory = arena->at;
    arena->at += size;
    return memory;
}

/* Copy of bytes, with a NUL after them (not counted). */
static inline char *lc_arena_copy(lc_arena *arena, const void *bytes, size_t len)
{
    char *copy = lc_arena_alloc(arena, len + 1);
    if (len) memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

char *lc_arena_printf(lc_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives back the tail of the newest allocation: it now ends at `end` (inside the current block). */
static inline void lc_arena_trim(lc_arena *arena, char *end)
{
    arena->at = (char *)(((uintptr_t)end + 7) & ~(uintptr_t)7);
}

/* Everything allocated so far is gone; blocks are kept up to `keep` bytes, the rest is freed. */
void lc_arena_reset(lc_arena *arena, size_t keep);
void lc_arena_done(lc_arena *arena);
LC_DEFINE_AUTO(lc_arena, lc_arena_done)

#endif
