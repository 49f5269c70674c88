#include "cluster/fencer.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"
#include "cluster/task_plan.h"
#include "runtime/source_txn.h"

enum { ROUND_MS = 30000, AGAIN_MS = 1000 };

/* The fencing of one connector's earlier tasks. */
typedef struct fencing {
    lc_fencer *fencer;
    char *connector;
    lc_props *config;
    int count;        /* earlier tasks */
    int64_t since;    /* tasks_offset of the set that waits */
    int64_t again_ms; /* after a failure */
    lc_thread *thread;
    bool is_over; /* guarded by the fencer's lock, as what follows */
    bool has_failed;
} fencing;

struct lc_fencer {
    lc_worker_core *worker;
    void (*done)(void *context);
    void *context;
    lc_table *rounds; /* by connector; the herder's thread alone */
    pthread_mutex_t lock;
};

static void free_round(void *value)
{
    fencing *f = value;
    if (f->thread) lc_thread_join(f->thread, -1);
    free(f->connector);
    lc_props_free(f->config);
    free(f);
}

lc_fencer *lc_fencer_new(lc_worker_core *worker, void (*done)(void *context), void *context)
{
    lc_fencer *fencer = lc_alloc(sizeof *fencer);
    *fencer = (lc_fencer){.worker = worker, .done = done, .context = context, .rounds = lc_table_new(free_round)};
    pthread_mutex_init(&fencer->lock, NULL);
    return fencer;
}

void lc_fencer_free(lc_fencer *fencer)
{
    if (!fencer) return;
    lc_table_free(fencer->rounds);
    pthread_mutex_destroy(&fencer->lock);
    free(fencer);
}

static bool is_source(const lc_worker_core *worker, const lc_config_connector *c)
{
    const lc_script *script = lc_connector_script_of((lc_worker_core *)worker, c->config);
    return script && lc_script_kind_of(script) == LC_SCRIPT_SOURCE;
}

bool lc_fencer_is_needed(const lc_worker_core *worker, const lc_config_connector *c)
{
    return lc_source_txn_enabled(worker) && c->is_pending_fencing && c->task_count && is_source(worker, c);
}

static lc_error *shut_out(const lc_worker_core *worker, const char *connector, const lc_props *config, int count,
                          int64_t deadline)
{
    lc_autoptr(lc_props) resolved = NULL;
    LC_TRY(lc_providers_resolve(worker->providers, config, NULL, &resolved));
    for (int task = 0; task < count; task++) {
        int64_t left = deadline - lc_monotonic_ms();
        LC_TRY(lc_source_txn_fence(worker, connector, task, resolved, left > 0 ? left : 0));
    }
    return NULL;
}

lc_error *lc_fencer_shut_out(const lc_worker_core *worker, const lc_config_connector *c, int64_t deadline)
{
    if (!lc_source_txn_enabled(worker) || !is_source(worker, c)) return NULL;
    return shut_out(worker, c->name, c->config, c->fenced_tasks, deadline);
}

static void run(void *argument)
{
    fencing *f = argument;
    lc_fencer *fencer = f->fencer;
    lc_autoptr(lc_error) error =
        shut_out(fencer->worker, f->connector, f->config, f->count, lc_monotonic_ms() + ROUND_MS);
    if (error)
        lc_log(fencer->worker->log, LC_LOG_WARN, "cluster.fencer",
               "earlier tasks could not be shut out; tried again", "connector", f->connector, "error",
               lc_error_message(error), NULL);
    pthread_mutex_lock(&fencer->lock);
    f->is_over = true;
    f->has_failed = error != NULL;
    pthread_mutex_unlock(&fencer->lock);
    fencer->done(fencer->context);
}

static void begin(lc_fencer *fencer, const lc_config_connector *c)
{
    fencing *f = lc_alloc(sizeof *f);
    *f = (fencing){.fencer = fencer,
                   .connector = lc_strdup(c->name),
                   .config = lc_props_copy(c->config),
                   .count = c->fenced_tasks,
                   .since = c->tasks_offset,
                   .again_ms = lc_monotonic_ms() + AGAIN_MS};
    lc_table_put(fencer->rounds, c->name, f);
    lc_error *error = lc_thread_start("fencing", 0, run, f, &f->thread);
    if (error) f->is_over = f->has_failed = true;
    lc_error_free(error);
}

/* Without a number in the topic no task of it ever ran exactly once; one task before and after shuts its
 * predecessor out by itself (Worker.fenceZombies, DistributedHerder.doFenceZombies). */
static bool is_trivial(const lc_config_connector *c)
{
    return c->fenced_tasks <= 0 || (c->fenced_tasks == 1 && c->task_count == 1);
}

bool lc_fencer_ask(lc_fencer *fencer, const lc_config_connector *c)
{
    if (is_trivial(c)) return true;
    fencing *f = lc_table_get(fencer->rounds, c->name);
    if (!f) {
        begin(fencer, c);
        return false;
    }
    pthread_mutex_lock(&fencer->lock);
    bool is_over = f->is_over, fits = f->since == c->tasks_offset, has_failed = f->has_failed;
    pthread_mutex_unlock(&fencer->lock);
    if (!is_over || (has_failed && fits && lc_monotonic_ms() < f->again_ms)) return false;
    bool is_done = fits && !has_failed;
    lc_table_remove(fencer->rounds, c->name);
    if (!is_done) begin(fencer, c);
    return is_done;
}
