/* The transactions of a source task with exactly-once support (KIP-618): records and the offsets behind them
 * become visible together, or not at all.
 *
 *   open                                          ends what an earlier holder of the id has left open
 *   begin ─▶ records by its producer ─▶ flush ─▶ commit(offsets) ─▶ begin …
 *                                          └──▶ abort
 *
 * The id is Connect's: group.id-connector-task. Whoever opens it last may write, all others can't: their errors
 * are retriable when beginning anew from the committed offsets may help. Task's thread. It knows nothing of
 * ledgers; who may open it is the cluster's business (cluster/fencer.h). */
#ifndef LC_RUNTIME_SOURCE_TXN_H
#define LC_RUNTIME_SOURCE_TXN_H

#include "kafka/producer.h"
#include "runtime/offset_store.h"
#include "runtime/task.h"

typedef struct lc_source_txn lc_source_txn;

/* Whether sources of this worker run exactly once: a cluster's with exactly.once.source.support=enabled. */
bool lc_source_txn_enabled(const lc_worker_core *worker);

/* Whether a source with these settings says itself where its transactions end (transaction.boundary=connector). */
bool lc_source_txn_is_connectors(const lc_worker_core *worker, const lc_props *settings);

/* `settings` are the connector's, resolved. Waits until the id is this task's. */
lc_error *lc_source_txn_open(lc_task *task, const lc_props *settings, lc_source_txn **ret_txn) LC_RESULT;
void lc_source_txn_close(lc_source_txn *txn); /* aborts what is open; accepts NULL */
lc_producer *lc_source_txn_producer(lc_source_txn *txn);

bool lc_source_txn_is_open(const lc_source_txn *txn);
/* Begins a transaction unless one is open. */
lc_error *lc_source_txn_begin(lc_source_txn *txn) LC_RESULT;
/* When the open transaction is to end (monotonic ms): at once after each batch with transaction.boundary=poll,
 * transaction.boundary.interval.ms after its begin with interval. INT64_MAX when none is open, or the connector
 * says it. */
int64_t lc_source_txn_due(const lc_source_txn *txn);
/* Waits until every record of the transaction is stored or has failed. */
lc_error *lc_source_txn_flush(lc_source_txn *txn) LC_RESULT;
/* Adds the offsets to the open transaction and commits it. After an error nothing of it stays. */
lc_error *lc_source_txn_commit(lc_source_txn *txn, const lc_offset_entry *offsets, size_t count) LC_RESULT;
void lc_source_txn_abort(lc_source_txn *txn);
/* After records were given up unsent: why, when beginning anew can't help (shut out by another, a right is missing).
 * The transaction can then only be aborted. */
lc_error *lc_source_txn_verdict(lc_source_txn *txn) LC_RESULT;

/* Shuts out whoever writes under the id of that task: its open transaction is aborted, and nothing it sends from
 * now on is taken. Any thread. */
lc_error *lc_source_txn_fence(const lc_worker_core *worker, const char *connector, int task,
                              const lc_props *settings, int64_t timeout_ms) LC_RESULT;

#endif
