/* A queue of pointers from many threads to one: operations for the owner of some state.
 *
 * Unbounded and first in, first out. Closing lets the consumer drain what is there and turns producers
 * away. All functions but lc_queue_free may be called from any thread. */
#ifndef LC_BASE_QUEUE_H
#define LC_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/cleanup.h"

typedef struct lc_queue lc_queue;

lc_queue *lc_queue_new(void (*free_item)(void *item)); /* NULL: items left at the end are not released */
/* Releases items still inside. No other thread may use the queue any more. */
void lc_queue_free(lc_queue *queue);
LC_DEFINE_AUTOPTR(lc_queue, lc_queue_free)

/* False when closed: the item stays with the caller. */
bool lc_queue_push(lc_queue *queue, void *item);
bool lc_queue_push_front(lc_queue *queue, void *item);
/* The oldest item, waiting up to `wait_ms` (0: don't wait, < 0: as long as it takes). NULL: time is up, woken
 * by lc_queue_wake, or closed and empty. */
void *lc_queue_pop(lc_queue *queue, int64_t wait_ms);
/* The present, or else the next, lc_queue_pop on an empty queue returns at once. */
void lc_queue_wake(lc_queue *queue);
void lc_queue_close(lc_queue *queue); /* idempotent */
bool lc_queue_is_closed(lc_queue *queue);
size_t lc_queue_count(lc_queue *queue);

#endif
