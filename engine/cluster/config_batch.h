/* Changes of the config topic that belong together, as Kafka Connect 4.1 writes them.
 *
 *   lc_config_batch *batch = lc_config_batch_new();
 *   lc_config_batch_tasks(batch, "orders", NULL, 0);
 *   lc_config_batch_target(batch, "orders", LC_TARGET_STOPPED);
 *   error = lc_config_store_write(store, batch, timeout_ms);
 *
 * The records are written in the order of the calls. Keys and values are those that Java's workers write and
 * read (KafkaConfigBackingStore); keys that start with `lc-` are passed over by them. One thread at a time.
 */
#ifndef LC_CLUSTER_CONFIG_BATCH_H
#define LC_CLUSTER_CONFIG_BATCH_H

#include "cluster/config_state.h"

typedef struct lc_config_batch lc_config_batch;

lc_config_batch *lc_config_batch_new(void);
void lc_config_batch_free(lc_config_batch *batch); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_config_batch, lc_config_batch_free)
size_t lc_config_batch_count(const lc_config_batch *batch); /* records in it */

/* connector-<name>. Connect writes the target state of a new connector before it. */
void lc_config_batch_connector(lc_config_batch *batch, const char *name, const lc_props *config);
/* Tombstones for connector-<name> and target-state-<name>. Task records stay, as in Connect. */
void lc_config_batch_remove(lc_config_batch *batch, const char *name);
/* target-state-<name>; STOPPED is PAUSED for workers that don't know it. Anyone may write it. */
void lc_config_batch_target(lc_config_batch *batch, const char *name, lc_target_state target);
/* All of task-<name>-<0…count-1> and then commit-<name>. */
void lc_config_batch_tasks(lc_config_batch *batch, const char *name, const lc_props *const *tasks,
                           size_t count);
/* tasks-fencing-<name>: so many producers were fenced before the tasks at hand may start (KIP-618). */
void lc_config_batch_fenced(lc_config_batch *batch, const char *name, int task_count);
/* restart-connector-<name>. Anyone may write it. */
void lc_config_batch_restart(lc_config_batch *batch, const char *name, bool include_tasks, bool only_failed);
/* session-key; `key` is raw bytes. */
void lc_config_batch_session_key(lc_config_batch *batch, const lc_session_key *key);
/* logger-cluster-<logger>. Anyone may write it. */
void lc_config_batch_logger(lc_config_batch *batch, const char *logger, const char *level);
/* A record of this cluster's own; the key starts with `lc-`. The value is JSON, data NULL removes it. Anyone
 * may write keys that start with `lc-member-` or `lc-script-`; all others are the leader's. */
void lc_config_batch_own(lc_config_batch *batch, const char *key, lc_text value);

#endif
