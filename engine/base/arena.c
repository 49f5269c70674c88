#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)0)
#endif

enum { FIRST_BLOCK = 2 * 1024, LARGEST_STEP = 1024 * 1024 };

struct lc_arena_block {
    lc_arena_block *next;
    size_t size;
    _Alignas(16) char data[];
};

static void enter(lc_arena *arena, lc_arena_block *block)
{
    ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
    arena->current = block;
    arena->at = block->data;
    arena->end = block->data + block->size;
}

static lc_arena_block *new_block(lc_arena *arena, size_t size)
{
    size_t room = arena->held < LARGEST_STEP ? (arena->held ? arena->held : FIRST_BLOCK) : LARGEST_STEP;
    if (room < size) room = size;
    lc_arena_block *block = lc_realloc(NULL, sizeof *block + room);
    block->size = room;
    arena->held += room;
    return block;
}

void *lc_arena_slow(lc_arena *arena, size_t size)
{
    lc_arena_block *next = arena->current ? arena->current->next : arena->first;
    if (!next || next->size < size) {
        lc_arena_block *fresh = new_block(arena, size);
        fresh->next = next;
        if (arena->current) arena->current->next = fresh;
        else arena->first = fresh;
        next = fresh;
    }
    enter(arena, next);
    void *memory = arena->at;
    arena->at += size;
    return memory;
}

char *lc_arena_printf(lc_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = lc_arena_alloc(arena, (size_t)need + 1);
    vsnprintf(text, (size_t)need + 1, format, again);
    va_end(again);
    return text;
}

void lc_arena_reset(lc_arena *arena, size_t keep)
{
    lc_arena_block **link = &arena->first;
    size_t kept = 0;
    while (*link) {
        lc_arena_block *block = *link;
        if (kept + block->size <= keep || kept == 0) {
            kept += block->size;
            ASAN_POISON_MEMORY_REGION(block->data, block->size);
            link = &block->next;
            continue;
        }
        *link = block->next;
        ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
        free(block);
    }
    arena->held = kept;
    arena->current = NULL;
    arena->at = arena->end = NULL;
    if (arena->first) enter(arena, arena->first);
}

void lc_arena_done(lc_arena *arena)
{
    for (lc_arena_block *block = arena->first; block;) {
        lc_arena_block *next = block->next;
        ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
        free(block);
        block = next;
    }
    *arena = (lc_arena){0};
}
