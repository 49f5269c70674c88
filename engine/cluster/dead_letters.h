/* The dead letter queue of a sink over REST: what is in it, and sending records back to where they came from.
 *
 * Clients are opened for one request and closed after it. Any thread. */
#ifndef LC_CLUSTER_DEAD_LETTERS_H
#define LC_CLUSTER_DEAD_LETTERS_H

#include "base/json.h"
#include "runtime/worker.h"

/* The last `limit` records of each partition that this connector has put there, the newest first:
 * {"topic","records":[{"partition","offset","timestamp","key","value","headers":{…},"error":{…}}]}. Bytes
 * that are no text stand as "key_base64" and "value_base64". LC_E_BAD_REQUEST when the configuration names no
 * queue. */
lc_error *lc_dead_letters_list(lc_worker_core *worker, const lc_props *config, size_t limit, int64_t deadline,
                               lc_buf *out) LC_RESULT;
/* Sends records of the queue to the topics they came from, without the headers of the failure. `body` is
 * {"records":[{"partition","offset"},…]} or {"all":true}. The queue keeps them. Answers {"retried":n}.
 * LC_E_BAD_REQUEST for another shape, or a record that doesn't say where it came from. */
lc_error *lc_dead_letters_retry(lc_worker_core *worker, const lc_props *config, const lc_json *body,
                                int64_t deadline, lc_buf *out) LC_RESULT;

#endif
