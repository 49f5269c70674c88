/* Writes records to one topic in transactions, under an id that only the newest holder may use.
 *
 * Claiming fences all that have claimed before with the same id, in any process: their next write is
 * LC_E_CONFLICT, and nothing of it is ever seen. One thread at a time. It knows nothing of what it writes. */
#ifndef LC_CLUSTER_TXN_WRITER_H
#define LC_CLUSTER_TXN_WRITER_H

#include "kafka/producer.h"

typedef struct lc_txn_writer lc_txn_writer;

typedef struct lc_txn_record {
    lc_text key;
    lc_text value; /* data NULL: a tombstone */
} lc_txn_record;

/* How a write ended. After UNKNOWN and FENCED the writer is of no use any more. */
typedef enum lc_txn_outcome {
    LC_WRITE_DONE,
    LC_WRITE_REFUSED, /* nothing was written */
    LC_WRITE_UNKNOWN, /* perhaps: claiming with another writer settles it */
    LC_WRITE_FENCED   /* another one has claimed; nothing was written unless that came after the commit */
} lc_txn_outcome;

/* `config` is of a producer with a transactional.id. Waits for nothing: the client connects in the background,
 * which saves whoever claims later the time. */
lc_error *lc_txn_writer_open(lc_client_config *config, const lc_client_log *log, const char *topic,
                             lc_txn_writer **ret_writer) LC_RESULT;
/* Takes the id over, once in a writer's life: returns when older transactions of the id are ended.
 * LC_E_TIMEOUT, retriable with another writer; LC_E_FORBIDDEN without the right to use the id. */
lc_error *lc_txn_writer_claim(lc_txn_writer *writer, int64_t timeout_ms) LC_RESULT;
void lc_txn_writer_close(lc_txn_writer *writer); /* accepts NULL */

/* Writes all or none. *ret_offset is the highest offset that was written. Keys and values are copied. */
lc_error *lc_txn_writer_write(lc_txn_writer *writer, const lc_txn_record *records, size_t count,
                              int64_t timeout_ms, lc_txn_outcome *ret_outcome, int64_t *ret_offset) LC_RESULT;

#endif
