#include "base/thread.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/confine.h"
#include "base/memory.h"

enum { NAME_SIZE = 16 }; /* what the kernel keeps, with a NUL */

/* Shared by the thread and its handle; the last of the two to let go frees it. */
struct lc_thread {
    pthread_t id;
    char name[NAME_SIZE];
    void (*run)(void *arg);
    void *arg;
    lc_event ended;
    atomic_int holders;
};

static void let_go(lc_thread *thread)
{
    if (atomic_fetch_sub(&thread->holders, 1) > 1) return;
    lc_event_done(&thread->ended);
    free(thread);
}

static void *enter(void *arg)
{
    lc_thread *thread = arg;
    lc_thread_set_name(thread->name);
    thread->run(thread->arg);
    lc_event_set(&thread->ended);
    let_go(thread);
    return NULL;
}

typedef struct creation {
    lc_thread *thread;
    size_t stack_size;
    int failed;
} creation;

static void create(void *arg)
{
    creation *c = arg;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (c->stack_size) pthread_attr_setstacksize(&attributes, c->stack_size);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    c->failed = pthread_create(&c->thread->id, &attributes, enter, c->thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

lc_error *lc_thread_start(const char *name, size_t stack_size, void (*run)(void *arg), void *arg,
                          lc_thread **ret_thread)
{
    lc_thread *thread = lc_alloc(sizeof *thread);
    snprintf(thread->name, sizeof thread->name, "%s", name);
    thread->run = run;
    thread->arg = arg;
    lc_event_init(&thread->ended);
    atomic_init(&thread->holders, 2);
    creation c = {thread, stack_size, 0};
    lc_unconfined_call(create, &c);
    if (!c.failed) {
        *ret_thread = thread;
        return NULL;
    }
    lc_event_done(&thread->ended);
    free(thread);
    return lc_fail(LC_E_LIMIT, "can't start thread %s: %s; raise the limit of threads", name,
                   strerror(c.failed));
}

bool lc_thread_join(lc_thread *thread, int64_t wait_ms)
{
    if (!thread) return true;
    if (!lc_event_wait(&thread->ended, wait_ms)) return false;
    pthread_join(thread->id, NULL);
    let_go(thread);
    return true;
}

bool lc_thread_has_ended(lc_thread *thread)
{
    return lc_event_is_set(&thread->ended);
}

void lc_thread_abandon(lc_thread *thread)
{
    if (!thread) return;
    pthread_detach(thread->id);
    let_go(thread);
}

bool lc_thread_is_self(const lc_thread *thread)
{
    return pthread_equal(thread->id, pthread_self());
}

void lc_thread_set_name(const char *name)
{
    char cut[NAME_SIZE];
    snprintf(cut, sizeof cut, "%s", name);
    pthread_setname_np(pthread_self(), cut);
}

void lc_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct timespec lc_deadline(int64_t wait_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    int64_t longest = INT64_C(1000) * 3600 * 24 * 365 * 10; /* keeps the sum inside time_t */
    if (wait_ms > longest) wait_ms = longest;
    at.tv_sec += wait_ms / 1000;
    at.tv_nsec += wait_ms % 1000 * 1000000;
    if (at.tv_nsec >= 1000000000) at.tv_sec++, at.tv_nsec -= 1000000000;
    return at;
}

void lc_event_init(lc_event *event)
{
    pthread_mutex_init(&event->mutex, NULL);
    lc_cond_init(&event->changed);
    atomic_init(&event->set, false);
}

void lc_event_done(lc_event *event)
{
    pthread_cond_destroy(&event->changed);
    pthread_mutex_destroy(&event->mutex);
}

void lc_event_set(lc_event *event)
{
    pthread_mutex_lock(&event->mutex);
    atomic_store_explicit(&event->set, true, memory_order_release);
    pthread_cond_broadcast(&event->changed);
    pthread_mutex_unlock(&event->mutex);
}

void lc_event_clear(lc_event *event)
{
    pthread_mutex_lock(&event->mutex);
    atomic_store_explicit(&event->set, false, memory_order_release);
    pthread_mutex_unlock(&event->mutex);
}

static bool wait_until_set(lc_event *event, int64_t wait_ms)
{
    struct timespec until = wait_ms > 0 ? lc_deadline(wait_ms) : (struct timespec){0};
    while (!lc_event_is_set(event)) {
        if (wait_ms < 0) pthread_cond_wait(&event->changed, &event->mutex);
        else if (pthread_cond_timedwait(&event->changed, &event->mutex, &until) == ETIMEDOUT) break;
    }
    return lc_event_is_set(event);
}

bool lc_event_wait(lc_event *event, int64_t wait_ms)
{
    if (wait_ms == 0 || lc_event_is_set(event)) return lc_event_is_set(event);
    pthread_mutex_lock(&event->mutex);
    bool set = wait_until_set(event, wait_ms);
    pthread_mutex_unlock(&event->mutex);
    return set;
}
