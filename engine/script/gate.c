#include "script/gate.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/thread.h"

enum { PATIENCE_MS = 1 };

struct lc_gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool taken;         /* by the task or by a builder */
    atomic_int waiting; /* builders */
};

lc_gate *lc_gate_new(void)
{
    lc_gate *gate = lc_alloc(sizeof *gate);
    pthread_mutex_init(&gate->lock, NULL);
    lc_cond_init(&gate->changed);
    gate->taken = true;
    return gate;
}

void lc_gate_free(lc_gate *gate)
{
    if (!gate) return;
    pthread_mutex_destroy(&gate->lock);
    pthread_cond_destroy(&gate->changed);
    free(gate);
}

static void take(lc_gate *gate)
{
    while (gate->taken) pthread_cond_wait(&gate->changed, &gate->lock);
    gate->taken = true;
}

static void give(lc_gate *gate)
{
    gate->taken = false;
    pthread_cond_broadcast(&gate->changed);
}

bool lc_gate_is_wanted(const lc_gate *gate)
{
    return gate && atomic_load_explicit(&gate->waiting, memory_order_relaxed);
}

void lc_gate_pass(lc_gate *gate)
{
    if (!lc_gate_is_wanted(gate)) return;
    pthread_mutex_lock(&gate->lock);
    give(gate);
    /* A mutex alone would come back to the thread that is awake. One that isn't quick gets its turn later. */
    struct timespec until = lc_deadline(PATIENCE_MS);
    while (!gate->taken && gate->waiting && !pthread_cond_timedwait(&gate->changed, &gate->lock, &until))
        continue;
    take(gate);
    pthread_mutex_unlock(&gate->lock);
}

void lc_gate_lend(lc_gate *gate)
{
    if (!gate) return;
    pthread_mutex_lock(&gate->lock);
    give(gate);
    pthread_mutex_unlock(&gate->lock);
}

void lc_gate_reclaim(lc_gate *gate)
{
    if (!gate) return;
    pthread_mutex_lock(&gate->lock);
    take(gate);
    pthread_mutex_unlock(&gate->lock);
}

void lc_gate_enter(lc_gate *gate)
{
    if (!gate) return;
    pthread_mutex_lock(&gate->lock);
    gate->waiting++;
    take(gate);
    gate->waiting--;
    pthread_mutex_unlock(&gate->lock);
}

void lc_gate_leave(lc_gate *gate)
{
    if (!gate) return;
    pthread_mutex_lock(&gate->lock);
    give(gate);
    pthread_mutex_unlock(&gate->lock);
}
