/* What happens to a record that fails: retry, report, tolerate or fail the task (KIP-298).
 *
 * Stages run a whole batch; the guard is asked only about the records that failed. Retriable errors are
 * tried again inside their stage while errors.retry.timeout lasts; then every failure is reported (log,
 * dead letter queue) and errors.tolerance decides. Task thread only. */
#ifndef LC_RUNTIME_GUARD_H
#define LC_RUNTIME_GUARD_H

#include "data/record.h"
#include "kafka/consumer.h"
#include "runtime/dlq.h"
#include "runtime/task_internal.h"

typedef struct lc_guard {
    lc_task *task;
    const lc_connector_config *config;
    lc_dlq *dlq; /* NULL: none */
} lc_guard;

/* The waiting between attempts of one operation: 300 ms doubled each time, a random part of
 * errors.retry.delay.max.ms beyond that, never past the deadline. */
typedef struct lc_retry {
    int64_t deadline_ms; /* monotonic; 0: not begun */
    int attempts;
} lc_retry;

/* Waits before another attempt after `error`. False when it is not retriable, time is up or the task is asked
 * to stop: then `error` is final. */
bool lc_guard_retry(lc_guard *guard, lc_retry *retry, const lc_error *error);

/* A record failed for good at `stage` in `class_name`. Takes `error`. Reports it and returns NULL when it is
 * to be skipped, else the error that fails the task ("Tolerance exceeded in error handler"). `raw` is the
 * consumed message (sinks) or NULL; `record` may be NULL. */
lc_error *lc_guard_failed(lc_guard *guard, lc_stage stage, const char *class_name, lc_error *error,
                          const lc_record *record, const lc_message *raw) LC_RESULT;

#endif
