#include "script/watchdog.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"

enum { AGAIN_NS = 2000000, SAMPLE_NS = 1000000, LONGEST_SLEEP_MS = 3600000, MOST_MISSED = 100, STACK = 64 * 1024 };

struct lc_watchdog {
    lc_thread *thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    lc_watch *watches;
    bool stopping;
    _Atomic int64_t wakes_ns; /* it looks by itself then */
};

/* A sample is due while a call runs, one for each interval that has passed since the last. */
static int64_t sample(lc_watch *watch, int64_t now, int64_t deadline)
{
    if (!atomic_load_explicit(&watch->sampled, memory_order_relaxed)) return INT64_MAX;
    if (now < watch->next_sample_ns) return watch->next_sample_ns;
    int64_t missed = watch->next_sample_ns ? (now - watch->next_sample_ns) / SAMPLE_NS : 0;
    watch->next_sample_ns = now + SAMPLE_NS;
    if (deadline == INT64_MAX) return watch->next_sample_ns;
    atomic_fetch_add(&watch->due, missed < MOST_MISSED ? 1 + (uint32_t)missed : 1);
    lc_budget_set(watch->budget, 0);
    return watch->next_sample_ns;
}

/* The budgets of calls that are late go. A compiled loop may write its own once more right then, so this is
 * done again and again. Gives when the next one is due. */
static int64_t look(lc_watchdog *watchdog, int64_t now)
{
    int64_t next = INT64_MAX;
    for (lc_watch *watch = watchdog->watches; watch; watch = watch->next) {
        int64_t deadline = atomic_load(&watch->deadline_ns), sample_ns = sample(watch, now, deadline);
        if (deadline <= now) {
            lc_budget_set(watch->budget, 0);
            deadline = now + AGAIN_NS;
        }
        if (deadline < next) next = deadline;
        if (sample_ns < next) next = sample_ns;
    }
    return next;
}

static void sleep_until(lc_watchdog *watchdog, int64_t when_ns, int64_t now)
{
    int64_t ms = when_ns == INT64_MAX ? LONGEST_SLEEP_MS : (when_ns - now) / 1000000 + 1;
    struct timespec until = lc_deadline(ms < LONGEST_SLEEP_MS ? ms : LONGEST_SLEEP_MS);
    pthread_cond_timedwait(&watchdog->changed, &watchdog->lock, &until);
}

static void run(void *arg)
{
    lc_watchdog *watchdog = arg;
    pthread_mutex_lock(&watchdog->lock);
    while (!watchdog->stopping) {
        int64_t now = lc_monotonic_ns(), next = look(watchdog, now);
        atomic_store(&watchdog->wakes_ns, next);
        /* A call may have started between the look and the store; one that starts now sees the store. */
        if (look(watchdog, now) < next) continue;
        sleep_until(watchdog, next, now);
    }
    pthread_mutex_unlock(&watchdog->lock);
}

lc_error *lc_watchdog_new(lc_watchdog **ret_watchdog)
{
    lc_watchdog *watchdog = lc_alloc(sizeof *watchdog);
    pthread_mutex_init(&watchdog->lock, NULL);
    lc_cond_init(&watchdog->changed);
    atomic_init(&watchdog->wakes_ns, INT64_MAX);
    lc_error *error = lc_thread_start("lc-watchdog", STACK, run, watchdog, &watchdog->thread);
    if (error) lc_watchdog_free(watchdog);
    else *ret_watchdog = watchdog;
    return error;
}

void lc_watchdog_free(lc_watchdog *watchdog)
{
    if (!watchdog) return;
    pthread_mutex_lock(&watchdog->lock);
    watchdog->stopping = true;
    pthread_cond_signal(&watchdog->changed);
    pthread_mutex_unlock(&watchdog->lock);
    (void)lc_thread_join(watchdog->thread, -1);
    pthread_cond_destroy(&watchdog->changed);
    pthread_mutex_destroy(&watchdog->lock);
    free(watchdog);
}

void lc_watch_open(lc_watch *watch, lc_watchdog *watchdog, double *budget)
{
    watch->watchdog = watchdog;
    watch->budget = budget;
    watch->prev = NULL;
    atomic_init(&watch->deadline_ns, INT64_MAX);
    atomic_init(&watch->sampled, false);
    atomic_init(&watch->due, 0);
    watch->next_sample_ns = 0;
    pthread_mutex_lock(&watchdog->lock);
    watch->next = watchdog->watches;
    if (watch->next) watch->next->prev = watch;
    watchdog->watches = watch;
    pthread_mutex_unlock(&watchdog->lock);
}

void lc_watch_close(lc_watch *watch)
{
    lc_watchdog *watchdog = watch->watchdog;
    if (!watchdog) return;
    pthread_mutex_lock(&watchdog->lock);
    if (watch->prev) watch->prev->next = watch->next;
    else watchdog->watches = watch->next;
    if (watch->next) watch->next->prev = watch->prev;
    pthread_mutex_unlock(&watchdog->lock);
    watch->watchdog = NULL;
}

void lc_watch_sample(lc_watch *watch, bool on)
{
    atomic_store(&watch->sampled, on);
    atomic_store(&watch->due, 0);
    if (!on || !watch->watchdog) return;
    pthread_mutex_lock(&watch->watchdog->lock);
    watch->next_sample_ns = 0;
    pthread_cond_signal(&watch->watchdog->changed);
    pthread_mutex_unlock(&watch->watchdog->lock);
}

void lc_watch_start(lc_watch *watch, int64_t deadline_ns)
{
    lc_watchdog *watchdog = watch->watchdog;
    if (!watchdog) return;
    atomic_store(&watch->deadline_ns, deadline_ns);
    if (atomic_load(&watchdog->wakes_ns) <= deadline_ns) return;
    pthread_mutex_lock(&watchdog->lock);
    pthread_cond_signal(&watchdog->changed);
    pthread_mutex_unlock(&watchdog->lock);
}

void lc_watch_stop(lc_watch *watch)
{
    atomic_store_explicit(&watch->deadline_ns, INT64_MAX, memory_order_relaxed);
}
