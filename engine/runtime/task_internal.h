/* What the files of a task share: its thread's view of itself. Not for other folders. */
#ifndef LC_RUNTIME_TASK_INTERNAL_H
#define LC_RUNTIME_TASK_INTERNAL_H

#include <stdatomic.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/strings.h"
#include "base/thread.h"
#include "runtime/task.h"

/* What the herder wants of a task. */
enum { LC_WANT_RUN, LC_WANT_PAUSE, LC_WANT_STOP, LC_WANT_LEFT /* behind: it ends without a commit */ };

struct lc_consumer;

/* Written by the task's thread alone, read by any. */
typedef struct lc_task_meters {
    _Atomic int64_t polled, written, filtered, failed, skipped, retries, dlq_produced, dlq_failed,
        errors_logged;
    _Atomic int64_t commits, commit_failures, last_commit_ms, lag, last_error_ms, batch_max;
    _Atomic int64_t put_or_poll_ns, put_or_poll_max_ns, commit_ns, commit_max_ns, batches;
    _Atomic int64_t started_ms, state_since_ms, running_ms, paused_ms; /* monotonic; completed stays */
    _Atomic int64_t meter_state;                                       /* lc_task_state */
    atomic_bool waiting_for_room;
} lc_task_meters;

struct lc_task {
    lc_worker_core *worker;
    lc_props *connector_settings; /* owned copies, unresolved */
    lc_props *task_settings;
    char *connector;
    int id;
    char id_text[12];
    lc_task_listener *listener;
    void *listener_context;
    lc_thread *thread;
    atomic_int wanted;
    atomic_int refs; /* the herder's and the thread's */
    int wake_fd;     /* eventfd: readable when `wanted` changed or acks came */
    lc_task_state state;
    lc_task_meters meters;
    int64_t told_records; /* of the last line of progress; task thread */
    pthread_mutex_t lock; /* guards: topics, consumer, last_error */
    lc_task_error last_error;
    lc_strings topics;
    struct lc_probe *probe;       /* runtime/probe.h */
    struct lc_meters *script_meters; /* script/meters.h: what its scripts count; for all their versions */
    struct lc_seat *seat;         /* runtime/seat.h; NULL: its scripts stay as they are. Task thread */
    struct lc_consumer *consumer; /* while a sink polls: to be woken */
};

static inline int lc_task_wanted(const lc_task *task)
{
    return atomic_load_explicit(&task->wanted, memory_order_acquire);
}

static inline bool lc_task_is_stopping(const lc_task *task)
{
    return lc_task_wanted(task) >= LC_WANT_STOP;
}

/* Whether offsets may be committed: not by a task that was left behind, nor while others may run it. */
static inline bool lc_task_may_commit(const lc_task *task)
{
    return lc_task_wanted(task) != LC_WANT_LEFT && lc_worker_has_lease(task->worker);
}

/* Holds the task still while its worker has no lease: one that slept longer than its session must not touch
 * another record. False when the task is to end. */
bool lc_task_hold(lc_task *task);

/* Adds to a meter. Only the task's own thread writes, so no locked instruction is needed. */
static inline void lc_meter_add(_Atomic int64_t *meter, int64_t more)
{
    atomic_store_explicit(meter, atomic_load_explicit(meter, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

static inline void lc_meter_max(_Atomic int64_t *meter, int64_t value)
{
    if (atomic_load_explicit(meter, memory_order_relaxed) < value)
        atomic_store_explicit(meter, value, memory_order_relaxed);
}

/* Counts one call of poll or put that began at `began_ns` (monotonic). */
static inline void lc_meter_call(lc_task_meters *meters, int64_t began_ns)
{
    int64_t took = lc_monotonic_ns() - began_ns;
    lc_meter_add(&meters->put_or_poll_ns, took);
    lc_meter_max(&meters->put_or_poll_max_ns, took);
    lc_meter_add(&meters->batches, 1);
}

/* Reports a state other than FAILED to the listener, and to the log, when it is a new one. */
void lc_task_report(lc_task *task, lc_task_state state);
void lc_task_report_again(lc_task *task); /* its present state: another version of its connector runs */
/* One line of progress, when there was any: how many records the task has dealt with so far. */
void lc_task_log_commit(lc_task *task);
/* Waits until woken, until `fd` (-1: none) is readable, or `wait_ms` has passed (< 0: no limit). */
void lc_task_wait(lc_task *task, int fd, int64_t wait_ms);
void lc_task_wake(lc_task *task); /* any thread */
void lc_task_rouse(lc_task *task); /* the same, and from a poll of Kafka */
void lc_task_saw_topic(lc_task *task, const char *topic, size_t len);
/* While a sink polls Kafka a wake must end that poll too; NULL when it no longer does. */
void lc_task_set_consumer(lc_task *task, struct lc_consumer *consumer);

/* With script.isolation=seccomp, confines the task's thread before scripts of plugin.path run on it (base/confine.h):
 * to what script.grants allows, or the connector's own needs when that came with luaconnect. */
lc_error *lc_task_confine(lc_task *task, const lc_connector_config *config) LC_RESULT;

/* The bodies of the two kinds: everything from setting up to the last commit, on the task's thread. An error
 * fails the task. */
lc_error *lc_source_task_run(lc_task *task, lc_connector_config *config, const lc_props *settings) LC_RESULT;
lc_error *lc_sink_task_run(lc_task *task, lc_connector_config *config, const lc_props *settings) LC_RESULT;

#endif
