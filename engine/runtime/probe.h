/* What looks into a running task: times of its steps, and the records that taps ask for.
 *
 *   lc_probe_begin(probe, pipeline, batch);      one branch that is never taken while nobody looks
 *   … the chain runs …
 *   lc_probe_ran(probe, batch);           failed records are settled
 *   lc_probe_end(probe, batch);
 *
 * A probe belongs to a task and lives as long. It picks records of a batch before the chain runs, is told by the chain
 * after each step (script/chain.h) and writes down what became of them: see probe_text.h. Task's thread, but for what
 * metrics read. */
#ifndef LC_RUNTIME_PROBE_H
#define LC_RUNTIME_PROBE_H

#include "runtime/pipeline.h"
#include "runtime/tap.h"

enum { LC_STEP_BUCKETS = 16 };
/* Upper bounds of the buckets but the last, which has none, in ms. */
extern const double lc_step_bounds_ms[LC_STEP_BUCKETS - 1];

/* Of one step: how long batches took in it. Written by the task's thread alone. */
typedef struct lc_step_meter {
    char *alias;
    _Atomic int64_t buckets[LC_STEP_BUCKETS]; /* batches, each in one bucket */
    _Atomic int64_t ns, records;
} lc_step_meter;

typedef struct lc_sample lc_sample;

typedef struct lc_probe {
    lc_task *task;
    lc_taps *taps;
    uint32_t quiet; /* version of the taps at which none was for this task */
    uint32_t seen;
    lc_tap *mine[LC_TAPS_MAX];
    size_t count;
    lc_sample *samples; /* of the running batch */
    size_t sample_count, sample_cap;
    lc_pipeline *pipeline; /* of the running batch */
    lc_chain_watcher watcher;
    lc_converter *plain, *exact; /* opened with the first tap */
    lc_arena scratch;
    int64_t batches;
    _Atomic(lc_step_meter *) steps; /* NULL until the first chain */
    size_t step_count;
} lc_probe;

lc_probe *lc_probe_new(lc_task *task);
void lc_probe_free(lc_probe *probe); /* after the task; accepts NULL */
/* The chain's steps are known. */
void lc_probe_enter(lc_probe *probe, const lc_connector_config *config);
/* Gives up what belongs to the pipeline. */
void lc_probe_leave(lc_probe *probe);

void lc_probe_look(lc_probe *probe, lc_pipeline *pipeline, lc_batch *batch);
void lc_probe_tell_failures(lc_probe *probe, const lc_batch *batch);
void lc_probe_tell(lc_probe *probe, lc_batch *batch);
void lc_probe_count(lc_probe *probe, const int64_t *laps, size_t count, uint32_t records);

static inline void lc_probe_begin(lc_probe *probe, lc_pipeline *pipeline, lc_batch *batch)
{
    uint32_t version = atomic_load_explicit(lc_taps_version(probe->taps), memory_order_relaxed);
    if (__builtin_expect(version != probe->quiet, 0)) lc_probe_look(probe, pipeline, batch);
}

/* The chain is through, and what failed has its error still. */
static inline void lc_probe_ran(lc_probe *probe, const lc_batch *batch)
{
    if (__builtin_expect(probe->sample_count != 0, 0)) lc_probe_tell_failures(probe, batch);
}

/* After the failed ones are settled. */
static inline void lc_probe_end(lc_probe *probe, lc_batch *batch)
{
    if (__builtin_expect(probe->sample_count != 0, 0)) lc_probe_tell(probe, batch);
}

#endif
