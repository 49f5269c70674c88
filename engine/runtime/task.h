/* One task: a thread with its own Lua state, batch, converters and Kafka clients.
 *
 *   source: poll ─▶ chain ─▶ convert ─▶ ledger ─▶ produce …acks…▶ offsets committed
 *   sink:   consume ─▶ convert ─▶ chain ─▶ put ─▶ flush ─▶ offsets committed
 *
 * The herder makes, steers and ends tasks; it never waits for one except in lc_task_join. All functions may
 * be called from any one thread at a time (the herder's), except lc_task_counts. */
#ifndef LC_RUNTIME_TASK_H
#define LC_RUNTIME_TASK_H

#include "runtime/connector_config.h"
#include "runtime/worker.h"

typedef struct lc_task lc_task;

typedef enum lc_task_state {
    LC_TASK_UNASSIGNED,
    LC_TASK_RUNNING,
    LC_TASK_PAUSED,
    LC_TASK_FAILED,
    LC_TASK_STOPPED
} lc_task_state;

/* Called on the task's thread when its state changes; `trace` is set for FAILED (a Java-like trace, see
 * lc_error_to_text). The task has ended with the call that `is_last`, and no other follows: STOPPED, or FAILED
 * unless the task starts again by itself. Must not call the task; hand it to a queue. */
typedef void lc_task_listener(void *context, const char *connector, int task, lc_task_state state,
                              const char *trace, bool is_last);

typedef struct lc_task_options {
    lc_worker_core *worker;
    const lc_props
        *connector_settings;       /* the connector's, unresolved: the task resolves them when it starts */
    const lc_props *task_settings; /* what the connector's tasks() gave, unresolved */
    int id;
    bool start_paused;
    lc_task_listener *listener;
    void *listener_context;
} lc_task_options;

/* Starts the thread and returns. Everything that can fail, fails on the thread and is reported as FAILED. */
lc_error *lc_task_start(const lc_task_options *options, lc_task **ret_task) LC_RESULT;
void lc_task_pause(lc_task *task); /* asynchronous; PAUSED is reported */
void lc_task_resume(lc_task *task);
void lc_task_stop(lc_task *task); /* asks it to drain, commit and end */
/* Waits for the end; false when it still runs at the deadline: it is then abandoned and frees itself when it
 * ends. */
bool lc_task_join(lc_task *task, int64_t deadline_monotonic_ms);
void lc_task_free(lc_task *task); /* after a successful join; accepts NULL */

/* What it has done so far; any thread. */
typedef struct lc_task_counts {
    int64_t polled;  /* source: records polled; sink: records consumed */
    int64_t written; /* source: acknowledged by Kafka; sink: given to put */
    int64_t filtered, failed, skipped, retries, dlq_produced, dlq_failed, errors_logged;
    int64_t commits, commit_failures, last_commit_ms;
    int64_t lag; /* sink: records behind; -1 unknown */
    int64_t last_error_ms;
    int64_t batches, batch_max, put_or_poll_ns, put_or_poll_max_ns, commit_ns, commit_max_ns;
    int64_t age_ms, running_ms, paused_ms; /* since it was started, and of that in these states */
    bool waiting_for_room; /* held back by the embedded broker or a full queue */
} lc_task_counts;
void lc_task_get_counts(const lc_task *task, lc_task_counts *ret_counts);

/* The last record that failed in a task. */
typedef struct lc_task_error {
    int64_t at_ms; /* 0: none has */
    int stage;     /* lc_stage */
    char class_name[128], message[512], where[128], topic[256];
    int32_t partition;
    int64_t offset; /* -1: a record of a source */
} lc_task_error;
void lc_task_last_error(lc_task *task, lc_task_error *ret_error); /* any thread */

/* Topics this task has seen (before the transforms for sinks, after for sources), for /topics; any thread. */
void lc_task_each_topic(lc_task *task, void (*each)(void *context, const char *topic), void *context);

#endif
