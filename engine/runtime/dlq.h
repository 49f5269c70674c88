/* The dead letter queue of a sink task: failed records as they were consumed, with Connect's context headers.
 *
 * What is sent is copied, so the batch it came from may end. Task thread only, except that acks arrive on
 * the producer's dispatcher. */
#ifndef LC_RUNTIME_DLQ_H
#define LC_RUNTIME_DLQ_H

#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "runtime/task_internal.h"

typedef struct lc_dlq lc_dlq;

/* Opens the queue that the configuration names and creates its topic (one partition) when it is missing.
 * LC_E_CONNECT "Could not initialize dead letter queue with topic=…". *ret_dlq is NULL when none is
 * configured. */
lc_error *lc_dlq_open(lc_task *task, const lc_connector_config *config, lc_dlq **ret_dlq) LC_RESULT;
/* Sends `raw` with what is known of the failure. A failed send is logged and counted. */
void lc_dlq_report(lc_dlq *dlq, lc_stage stage, const char *class_name, const lc_error *error,
                   const lc_message *raw);
/* Waits until everything reported is stored: before offsets are committed, so that no bad record is lost.
 * LC_E_CONNECT when some could not be; retriable unless Kafka refused one for good. */
lc_error *lc_dlq_flush(lc_dlq *dlq, int64_t timeout_ms) LC_RESULT;
void lc_dlq_close(lc_dlq *dlq); /* accepts NULL */

#endif
