/* The memory of one Lua state: small blocks from free lists, with two limits.
 *
 * Beyond `limit` the script's budget is taken away: at its next turn or call it is stopped in order (see
 * lua/prelude/limits.lua). Only beyond `most` is memory refused: LuaJIT 2.1 as distributions have it can
 * break when that happens while it compiles, so it is for the single step that asks for an absurd amount.
 *
 *   classes[3] ──▶ 64-byte block ──▶ 64-byte block     freed blocks wait here for the next of their size
 *   chunks ─────▶ 16 KiB ──▶ 8 KiB                     small blocks are cut from these; freed at the end
 *   large ──────▶ block ◀──▶ block                     those above 512 bytes, each from malloc
 *
 * Lua hands the old size back when it frees, so small blocks carry no header. One thread. */
#ifndef LC_SCRIPT_HEAP_H
#define LC_SCRIPT_HEAP_H

#include <stdbool.h>
#include <stddef.h>

enum { LC_HEAP_GRAIN = 16, LC_HEAP_SMALL = 512, LC_HEAP_CLASSES = LC_HEAP_SMALL / LC_HEAP_GRAIN };

typedef struct lc_heap_chunk lc_heap_chunk;
typedef struct lc_heap_block lc_heap_block;

typedef struct lc_heap {
    size_t used;  /* bytes that Lua holds */
    size_t limit; /* SIZE_MAX: none (yet) */
    size_t most;
    double *budget; /* set to 0 beyond the limit */
    size_t chunked; /* bytes in chunks */
    void *classes[LC_HEAP_CLASSES];
    char *at, *end; /* uncut rest of the newest chunk */
    lc_heap_chunk *chunks;
    lc_heap_block *large;
} lc_heap;

void lc_heap_init(lc_heap *heap, double *budget); /* without limits at first */
void lc_heap_set_limit(lc_heap *heap, size_t limit);
void lc_heap_done(lc_heap *heap); /* after lua_close */
/* A lua_Alloc function; `heap` is an lc_heap. NULL beyond `most`. */
void *lc_heap_resize(void *heap, void *old, size_t old_size, size_t new_size);

#endif
