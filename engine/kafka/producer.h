/* A producer that several task threads may share.
 *
 *   task threads ──lc_producer_send()──▶ librdkafka ──▶ broker
 *   dispatcher thread ◀── delivery reports, whole batches ──┘
 *        └─▶ inflight->done() for each record, then every watcher once
 *
 * A record's value is NOT copied: it must stay readable until done() was called. Keys and headers are
 * copied. Idempotent with acks=all by default (client_config.h says how to get Java's way).
 * It knows nothing of tasks, ledgers or offsets of sources. */
#ifndef LC_KAFKA_PRODUCER_H
#define LC_KAFKA_PRODUCER_H

#include "kafka/client_config.h"

typedef struct lc_producer lc_producer;
typedef struct lc_topic lc_topic; /* a topic of one producer; lives as long as the producer */

typedef struct lc_delivery {
    int32_t partition;     /* -1 when it never got one */
    int64_t offset;        /* LC_OFFSET_NONE when it failed, or with acks=0 */
    int64_t timestamp;     /* as the log has it; LC_NO_TIMESTAMP when unknown */
    const lc_error *error; /* NULL: stored. Otherwise valid during the call only: copy it to keep it */
} lc_delivery;

/* One per record in flight, inside an object of the caller. */
typedef struct lc_inflight lc_inflight;
struct lc_inflight {
    /* Called exactly once for every record that lc_producer_send accepted, on the dispatcher thread (or,
     * while the producer closes, on the closing thread). Must not block nor call the producer. */
    void (*done)(lc_inflight *inflight, const lc_delivery *delivery);
};

/* Called on the dispatcher thread after a batch of done() calls: the place to wake a waiting task once. */
typedef struct lc_delivery_watcher lc_delivery_watcher;
struct lc_delivery_watcher {
    void (*after)(lc_delivery_watcher *watcher);
    lc_delivery_watcher *next; /* the producer's */
};

/* Opens a client; no connection is awaited. `log` may be NULL, and is copied. Errors: LC_E_CONFIG. */
lc_error *lc_producer_open(lc_client_config *config, const lc_client_log *log,
                           lc_producer **ret_producer) LC_RESULT;
/* Sends what is queued for up to `timeout_ms`, then fails the rest: every inflight is done when this
 * returns. The client itself is torn down on a thread of its own if it takes longer. Accepts NULL. */
void lc_producer_close(lc_producer *producer, int64_t timeout_ms);

/* The handle of a topic, made on first use. Thread-safe; ask once per topic, not per record.
 * LC_E_KAFKA for an invalid name. */
lc_error *lc_producer_topic(lc_producer *producer, const char *name, lc_topic **ret_topic) LC_RESULT;
const char *lc_topic_name(const lc_topic *topic);

typedef struct lc_outgoing {
    const void *value; /* NULL: a tombstone */
    size_t value_len;
    const void *key; /* NULL: none */
    size_t key_len;
    const lc_kafka_header *headers;
    size_t header_count;
    int64_t timestamp; /* ms since the epoch, or LC_NO_TIMESTAMP for now */
    int32_t partition; /* or LC_PARTITION_ANY: murmur2 of the key as in Java, sticky without a key */
    lc_inflight *inflight;
} lc_outgoing;

typedef enum lc_send_result {
    LC_SEND_OK,    /* done() will be called */
    LC_SEND_FULL,  /* nothing happened: the queue is full; send again after some done() */
    LC_SEND_FAILED /* nothing happened: *ret_error says why */
} lc_send_result;

/* Queues one record. Thread-safe, never blocks, allocates nothing of ours. */
lc_send_result lc_producer_send(lc_producer *producer, lc_topic *topic, const lc_outgoing *record,
                                lc_error **ret_error);
/* Queues records[0..count) of one topic in order, stops at the first that can't be queued. *ret_sent counts
 * those that were; the result is that of the last one tried. Cheaper per record than single sends. */
lc_send_result lc_producer_send_batch(lc_producer *producer, lc_topic *topic, const lc_outgoing *records,
                                      size_t count, size_t *ret_sent, lc_error **ret_error);
/* Waits for room after LC_SEND_FULL: true when there may be some. */
bool lc_producer_wait_room(lc_producer *producer, int64_t timeout_ms);

/* Waits until every record queued so far by anyone is done. LC_E_TIMEOUT, retriable, when it takes longer. */
lc_error *lc_producer_flush(lc_producer *producer, int64_t timeout_ms) LC_RESULT;
/* Fails everything that is queued or in flight; the done() calls follow on the dispatcher thread. */
void lc_producer_purge(lc_producer *producer);

void lc_producer_watch(lc_producer *producer, lc_delivery_watcher *watcher);
/* After this returns the watcher isn't called any more. Not from within after(). */
void lc_producer_unwatch(lc_producer *producer, lc_delivery_watcher *watcher);

/* The error after which this producer is of no use any more (fenced, sequence lost), or NULL. A new copy. */
lc_error *lc_producer_fatal(lc_producer *producer) LC_RESULT;

typedef struct lc_producer_counts {
    int64_t sent, acked, failed; /* records since open */
    int64_t queued;              /* records not yet done */
} lc_producer_counts;
lc_producer_counts lc_producer_errors(const lc_producer *producer);

/* Partitions of a topic as the cluster knows it; asks the cluster. LC_E_NOT_FOUND, LC_E_TIMEOUT. */
lc_error *lc_producer_partitions(lc_producer *producer, lc_topic *topic, int64_t timeout_ms,
                                 int32_t *ret_count) LC_RESULT;

/* Transactions (KIP-98), for a producer with a transactional.id. One thread. After an error:
 *   LC_TXN_RETRY   call the same function again      LC_TXN_ABORT  call lc_producer_abort, then begin anew
 *   LC_TXN_FATAL   close the producer, open another
 * A commit or abort whose result is unknown reports LC_TXN_FATAL: another producer with the same id settles
 * it. The code LC_E_CONFLICT says that such a one took over. */
typedef enum lc_txn_next { LC_TXN_NONE, LC_TXN_RETRY, LC_TXN_ABORT, LC_TXN_FATAL } lc_txn_next;
lc_error *lc_producer_init_transactions(lc_producer *producer, int64_t timeout_ms,
                                        lc_txn_next *ret_next) LC_RESULT;
lc_error *lc_producer_begin(lc_producer *producer, lc_txn_next *ret_next) LC_RESULT;
lc_error *lc_producer_commit(lc_producer *producer, int64_t timeout_ms, lc_txn_next *ret_next) LC_RESULT;
lc_error *lc_producer_abort(lc_producer *producer, int64_t timeout_ms, lc_txn_next *ret_next) LC_RESULT;

#endif
