#include "base/confine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/confine_filter.h"
#include "base/memory.h"
#include "base/thread.h"

/* The calls that a confined thread asks for, one at a time. */
typedef struct companion {
    lc_thread *thread;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    void (*call)(void *arg); /* NULL: nothing to do */
    void *arg;
    bool ends;
} companion;

static _Thread_local companion *mine; /* as the filter, it belongs to one thread */

static void serve(void *arg)
{
    companion *c = arg;
    pthread_mutex_lock(&c->lock);
    while (!c->ends) {
        if (!c->call) {
            pthread_cond_wait(&c->changed, &c->lock);
            continue;
        }
        pthread_mutex_unlock(&c->lock);
        c->call(c->arg);
        pthread_mutex_lock(&c->lock);
        c->call = NULL;
        pthread_cond_broadcast(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
}

static void end(companion *c)
{
    pthread_mutex_lock(&c->lock);
    c->ends = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    lc_thread_join(c->thread, -1);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->changed);
    free(c);
}

static lc_error *start(companion **ret_companion)
{
    companion *c = lc_alloc(sizeof *c);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, NULL);
    lc_error *error = lc_thread_start("lc-companion", 0, serve, c, &c->thread);
    if (error) end(c);
    else *ret_companion = c;
    return error;
}

lc_error *lc_confine_check(void)
{
    int failed = lc_filter_check();
    return failed ? lc_fail(LC_E_CONFIG, "this kernel has no seccomp filters: %s", strerror(failed)) : NULL;
}

lc_error *lc_confine(const lc_leave *leave)
{
    companion *c = NULL;
    if (mine) return NULL;
    LC_TRY(start(&c));
    int failed = lc_filter_put_on(leave);
    if (failed) {
        end(c);
        return lc_fail(LC_E_CONFIG, "The kernel refuses a filter for the thread: %s. Set script.isolation=none.",
                       strerror(failed));
    }
    mine = c;
    return NULL;
}

bool lc_is_confined(void)
{
    return mine != NULL;
}

void lc_confine_end(void)
{
    companion *c = mine;
    mine = NULL;
    if (c) end(c);
}

void lc_unconfined_call(void (*call)(void *arg), void *arg)
{
    companion *c = mine;
    if (!c) {
        call(arg);
        return;
    }
    pthread_mutex_lock(&c->lock);
    c->arg = arg;
    c->call = call;
    pthread_cond_broadcast(&c->changed);
    while (c->call) pthread_cond_wait(&c->changed, &c->lock);
    pthread_mutex_unlock(&c->lock);
}
