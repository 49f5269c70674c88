#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/thread.h"

/* A ring of pointers: `count` items from `head` on. */
struct lc_queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    void **ring;
    size_t cap; /* a power of two */
    size_t head;
    size_t count;
    bool closed;
    bool woken;
    void (*free_item)(void *item);
};

lc_queue *lc_queue_new(void (*free_item)(void *item))
{
    lc_queue *queue = lc_alloc(sizeof *queue);
    pthread_mutex_init(&queue->mutex, NULL);
    lc_cond_init(&queue->changed);
    queue->cap = 16;
    queue->ring = lc_alloc(queue->cap * sizeof *queue->ring);
    queue->free_item = free_item;
    return queue;
}

void lc_queue_free(lc_queue *queue)
{
    if (!queue) return;
    for (size_t i = 0; queue->free_item && i < queue->count; i++)
        queue->free_item(queue->ring[(queue->head + i) & (queue->cap - 1)]);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->mutex);
    free(queue->ring);
    free(queue);
}

static void make_room(lc_queue *queue)
{
    if (queue->count < queue->cap) return;
    void **ring = lc_alloc(queue->cap * 2 * sizeof *ring);
    for (size_t i = 0; i < queue->count; i++) ring[i] = queue->ring[(queue->head + i) & (queue->cap - 1)];
    free(queue->ring);
    queue->ring = ring;
    queue->cap *= 2;
    queue->head = 0;
}

static bool push(lc_queue *queue, void *item, bool front)
{
    pthread_mutex_lock(&queue->mutex);
    bool taken = !queue->closed;
    if (taken) {
        make_room(queue);
        if (front) queue->head = (queue->head - 1) & (queue->cap - 1);
        size_t at = front ? queue->head : (queue->head + queue->count) & (queue->cap - 1);
        queue->ring[at] = item;
        queue->count++;
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->mutex);
    return taken;
}

bool lc_queue_push(lc_queue *queue, void *item)
{
    return push(queue, item, false);
}

bool lc_queue_push_front(lc_queue *queue, void *item)
{
    return push(queue, item, true);
}

static void wait_for_item(lc_queue *queue, int64_t wait_ms)
{
    struct timespec until = wait_ms > 0 ? lc_deadline(wait_ms) : (struct timespec){0};
    while (!queue->count && !queue->closed && !queue->woken) {
        if (wait_ms < 0) pthread_cond_wait(&queue->changed, &queue->mutex);
        else if (wait_ms == 0 || pthread_cond_timedwait(&queue->changed, &queue->mutex, &until) == ETIMEDOUT)
            return;
    }
}

void *lc_queue_pop(lc_queue *queue, int64_t wait_ms)
{
    void *item = NULL;
    pthread_mutex_lock(&queue->mutex);
    wait_for_item(queue, wait_ms);
    if (queue->count) {
        item = queue->ring[queue->head];
        queue->head = (queue->head + 1) & (queue->cap - 1);
        queue->count--;
    } else {
        queue->woken = false;
    }
    pthread_mutex_unlock(&queue->mutex);
    return item;
}

void lc_queue_wake(lc_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->woken = true;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
}

void lc_queue_close(lc_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
}

bool lc_queue_is_closed(lc_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    bool closed = queue->closed;
    pthread_mutex_unlock(&queue->mutex);
    return closed;
}

size_t lc_queue_count(lc_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->mutex);
    return count;
}
