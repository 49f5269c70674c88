#include "script/heap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "script/watchdog.h"

enum { FIRST_CHUNK = 8 * 1024, LARGEST_CHUNK = 16 * 1024, HEADROOM = 8 << 20 };

struct lc_heap_chunk {
    lc_heap_chunk *next;
    size_t size;
};

struct lc_heap_block {
    lc_heap_block *next, *prev;
};

void lc_heap_init(lc_heap *heap, double *budget)
{
    *heap = (lc_heap){.limit = SIZE_MAX, .most = SIZE_MAX, .budget = budget};
}

void lc_heap_set_limit(lc_heap *heap, size_t limit)
{
    heap->limit = limit;
    heap->most = limit > (SIZE_MAX - HEADROOM) / 2 ? SIZE_MAX : limit * 2 + HEADROOM;
}

/* LuaJIT loses a block now and then when it runs out of memory: what it didn't free is freed here. */
void lc_heap_done(lc_heap *heap)
{
    while (heap->chunks) {
        lc_heap_chunk *next = heap->chunks->next;
        free(heap->chunks);
        heap->chunks = next;
    }
    while (heap->large) {
        lc_heap_block *next = heap->large->next;
        free(heap->large);
        heap->large = next;
    }
    *heap = (lc_heap){0};
}

static void link_block(lc_heap *heap, lc_heap_block *block)
{
    *block = (lc_heap_block){heap->large, NULL};
    if (heap->large) heap->large->prev = block;
    heap->large = block;
}

static void unlink_block(lc_heap *heap, lc_heap_block *block)
{
    if (block->prev) block->prev->next = block->next;
    else heap->large = block->next;
    if (block->next) block->next->prev = block->prev;
}

static void *large_new(lc_heap *heap, size_t size)
{
    if (size > SIZE_MAX - sizeof(lc_heap_block)) return NULL;
    lc_heap_block *block = malloc(sizeof *block + size);
    if (!block) return NULL;
    link_block(heap, block);
    return block + 1;
}

static void large_free(lc_heap *heap, void *memory)
{
    lc_heap_block *block = (lc_heap_block *)memory - 1;
    unlink_block(heap, block);
    free(block);
}

static void *large_resize(lc_heap *heap, void *memory, size_t size)
{
    lc_heap_block *block = (lc_heap_block *)memory - 1;
    if (size > SIZE_MAX - sizeof *block) return NULL;
    unlink_block(heap, block);
    lc_heap_block *moved = realloc(block, sizeof *block + size);
    link_block(heap, moved ? moved : block);
    return moved ? moved + 1 : NULL;
}

static size_t round_up(size_t size)
{
    return (size + LC_HEAP_GRAIN - 1) & ~(size_t)(LC_HEAP_GRAIN - 1);
}

static size_t class_of(size_t rounded)
{
    return rounded / LC_HEAP_GRAIN - 1;
}

/* The rest of a chunk that is too small for what is wanted goes to the free list of its size. */
static void keep_rest(lc_heap *heap)
{
    size_t rest = (size_t)(heap->end - heap->at);
    if (rest < LC_HEAP_GRAIN) return;
    void **block = (void **)heap->at;
    *block = heap->classes[class_of(rest)];
    heap->classes[class_of(rest)] = block;
}

static bool add_chunk(lc_heap *heap)
{
    size_t size = heap->chunks ? heap->chunks->size * 2 : FIRST_CHUNK;
    if (size > LARGEST_CHUNK) size = LARGEST_CHUNK;
    lc_heap_chunk *chunk = malloc(size);
    if (!chunk) return false;
    keep_rest(heap);
    *chunk = (lc_heap_chunk){heap->chunks, size};
    heap->chunks = chunk;
    heap->chunked += size;
    heap->at = (char *)chunk + round_up(sizeof *chunk);
    heap->end = (char *)chunk + size;
    return true;
}

static void *small_new(lc_heap *heap, size_t rounded)
{
    void **block = heap->classes[class_of(rounded)];
    if (block) {
        heap->classes[class_of(rounded)] = *block;
        return block;
    }
    if ((size_t)(heap->end - heap->at) < rounded && !add_chunk(heap)) return NULL;
    char *fresh = heap->at;
    heap->at += rounded;
    return fresh;
}

static void *block_new(lc_heap *heap, size_t size)
{
    return size <= LC_HEAP_SMALL ? small_new(heap, round_up(size)) : large_new(heap, size);
}

static void block_free(lc_heap *heap, void *block, size_t size)
{
    if (size > LC_HEAP_SMALL) {
        large_free(heap, block);
        return;
    }
    size_t class = class_of(round_up(size));
    *(void **)block = heap->classes[class];
    heap->classes[class] = block;
}

static void *block_move(lc_heap *heap, void *old, size_t old_size, size_t new_size)
{
    if (old_size > LC_HEAP_SMALL && new_size > LC_HEAP_SMALL) return large_resize(heap, old, new_size);
    if (old_size <= LC_HEAP_SMALL && round_up(old_size) == round_up(new_size)) return old;
    void *fresh = block_new(heap, new_size);
    if (!fresh) return NULL;
    memcpy(fresh, old, old_size < new_size ? old_size : new_size);
    block_free(heap, old, old_size);
    return fresh;
}

void *lc_heap_resize(void *context, void *old, size_t old_size, size_t new_size)
{
    lc_heap *heap = context;
    if (!old) old_size = 0;
    if (new_size == 0) {
        if (old) block_free(heap, old, old_size);
        heap->used -= old_size;
        return NULL;
    }
    /* Shrinking always works: Lua counts on it. */
    if (new_size > old_size) {
        if (new_size > heap->most || heap->used - old_size > heap->most - new_size) return NULL;
        if (heap->used > heap->limit) lc_budget_set(heap->budget, 0);
    }
    void *block = old ? block_move(heap, old, old_size, new_size) : block_new(heap, new_size);
    if (block) heap->used += new_size - old_size;
    return block;
}
