/* Named threads that can be waited for with a deadline, and an event to wake them.
 *
 * A thread that doesn't end in time is abandoned: lc_thread_abandon gives up the handle and lets it run
 * out by itself, as Connect does with tasks that overrun task.shutdown.graceful.timeout.ms. */
#ifndef LC_BASE_THREAD_H
#define LC_BASE_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/cleanup.h"
#include "base/error.h"

typedef struct lc_thread lc_thread;

/* Starts `run(arg)`. The name shows in debuggers, cut to 15 bytes; stack_size 0 is the system's default. All
 * signals are blocked in the new thread: they belong to the host. It is never confined (base/confine.h), whoever
 * starts it. LC_E_LIMIT when no thread can be made. */
lc_error *lc_thread_start(const char *name, size_t stack_size, void (*run)(void *arg), void *arg,
                          lc_thread **ret_thread) LC_RESULT;
/* Waits up to `wait_ms` (< 0: as long as it takes). True: it has ended and the handle is released, or it was
 * NULL. */
bool lc_thread_join(lc_thread *thread, int64_t wait_ms);
bool lc_thread_has_ended(lc_thread *thread);
void lc_thread_abandon(lc_thread *thread);
bool lc_thread_is_self(const lc_thread *thread);
void lc_thread_set_name(const char *name); /* of the calling thread */

/* A flag that threads can wait for. lc_event_is_set costs one atomic load. */
typedef struct lc_event {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    atomic_bool set;
} lc_event;

void lc_event_init(lc_event *event); /* not set */
void lc_event_done(lc_event *event);
void lc_event_set(lc_event *event);
void lc_event_clear(lc_event *event);
/* Whether it was set within `wait_ms` (0: now, < 0: as long as it takes). */
bool lc_event_wait(lc_event *event, int64_t wait_ms);
static inline bool lc_event_is_set(const lc_event *event)
{
    return atomic_load_explicit(&event->set, memory_order_acquire);
}

/* A condition variable on the monotonic clock, and the time `wait_ms` from now for pthread_cond_timedwait. */
void lc_cond_init(pthread_cond_t *cond);
struct timespec lc_deadline(int64_t wait_ms);

#endif
