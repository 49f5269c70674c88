/* The three topics in which a cluster of workers keeps what it knows: configurations, offsets, statuses.
 *
 *   lc_internal_topic_open = create it if it is missing ─▶ check it ─▶ open a log over it
 *
 * Settings of the clients are those of Connect's internal clients: everything the worker has without a
 * prefix, acks=all, no idempotence, a client.id of <group.id>-configs, -offsets, -statuses. Otherwise than in
 * Java, records of offsets and requests that can't be delivered are given up (offset.flush.timeout.ms, at
 * most half the session; 30 s), so that a worker that was cut off doesn't send them when others have taken
 * over. What the records mean is the stores' business. Source of the rules: KafkaTopicBasedBackingStore,
 * TopicAdmin. */
#ifndef LC_CLUSTER_INTERNAL_TOPIC_H
#define LC_CLUSTER_INTERNAL_TOPIC_H

#include "kafka/topic_log.h"
#include "runtime/worker.h"

typedef enum lc_internal_topic {
    LC_TOPIC_CONFIGS,  /* config.storage.topic: always one partition */
    LC_TOPIC_OFFSETS,  /* offset.storage.topic: offset.storage.partitions, 25 */
    LC_TOPIC_STATUSES, /* status.storage.topic: status.storage.partitions, 5 */
    LC_TOPIC_COUNT
} lc_internal_topic;

/* The name of the topic and of the setting that gives it. Borrowed from the worker. */
const char *lc_internal_topic_name(const lc_worker_core *worker, lc_internal_topic topic);
const char *lc_internal_topic_setting(lc_internal_topic topic);

/* Makes the topic when there is none, checks it when there is. LC_E_CONFIG with Connect's texts, which name
 * the setting and the fix: a cleanup.policy other than compact, more than one partition for configurations,
 * a replication factor that the cluster can't give, no right to create. LC_E_TIMEOUT, retriable, while no
 * broker answers. The check of the policy is passed over where the worker may not ask. */
lc_error *lc_internal_topic_ensure(lc_worker_core *worker, lc_internal_topic topic,
                                   int64_t timeout_ms) LC_RESULT;

/* Settings of one more client of the topic; `suffix` is added to its client.id ("-leader") or "".
 * `committed`: records of transactions are only read once they are committed. */
lc_error *lc_internal_client(lc_worker_core *worker, lc_internal_topic topic, lc_client_kind kind,
                             const char *suffix, bool committed, lc_client_config **ret_config) LC_RESULT;

/* Ensures the topic and reads it to its end through `reader`; see kafka/topic_log.h for the threads.
 * LC_E_TIMEOUT, retriable, when the end wasn't reached in time: open it again. */
lc_error *lc_internal_topic_open(lc_worker_core *worker, lc_internal_topic topic, const lc_log_reader *reader,
                                 bool committed, int64_t timeout_ms, lc_topic_log **ret_log) LC_RESULT;

/* Whether the worker runs sources exactly once (exactly.once.source.support=enabled), and whether it writes
 * as if (also while preparing). */
bool lc_exactly_once_enabled(const lc_worker_core *worker);
bool lc_exactly_once_prepared(const lc_worker_core *worker);

#endif
