/* Offsets of source connectors in offset.storage.topic: the lc_offset_store of distributed mode.
 *
 * Keys and values are the JSON bytes that Java's workers write; the partition is murmur2 of the key.
 * Everything is in memory; get reads the topic to its end first, so that it sees what a task on another
 * worker wrote last.
 *
 * Java finds an offset by the exact bytes of its key, and orders members of a partition as its maps happen
 * to. Here {"a":1,"b":2} and {"b":2,"a":1} are the same partition: the newest of its keys gives the value,
 * puts go on under that key, removals under every one that is in the topic. Source of the rules:
 * KafkaOffsetBackingStore.
 *
 * offsets.storage.topic of single connectors is not supported: such offsets are kept in the worker's topic.
 */
#ifndef LC_CLUSTER_OFFSET_TOPIC_H
#define LC_CLUSTER_OFFSET_TOPIC_H

#include "runtime/offset_store.h"
#include "runtime/worker.h"

/* Creates, checks and reads the topic; errors as lc_config_store_open. Set it as worker->offsets; it is
 * closed by its class's close. */
lc_error *lc_offset_topic_open(lc_worker_core *worker, int64_t timeout_ms,
                               lc_offset_store **ret_store) LC_RESULT;

/* `may_write` is asked before every put, on the thread that puts; when it says no, nothing is written and put
 * is LC_E_CONFLICT: for workers that may have lost their tasks (no contact with the group for a session). A
 * record that was let through is given up before half a session has passed. NULL: everyone may. */
void lc_offset_topic_set_guard(lc_offset_store *store, bool (*may_write)(void *context), void *context);

/* What has to be written to lc_offset_topic_name for these entries, for a task that writes it in a
 * transaction of its own: the keys as the topic has them, removals once per key. Doesn't write. */
void lc_offset_topic_records(lc_offset_store *store, const lc_offset_entry *entries, size_t count,
                             void (*each)(void *context, lc_text key, lc_text value), void *context);
const char *lc_offset_topic_name(const lc_offset_store *store); /* borrowed */

#endif
