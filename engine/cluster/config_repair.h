/* What transactions that were taken back have left in the config topic, and how to write over it.
 *
 * Java's workers read the topic uncommitted while exactly-once is off, so to them a record of an aborted
 * transaction is as good as any. Those are the keys whose last record isn't their last committed one. */
#ifndef LC_CLUSTER_CONFIG_REPAIR_H
#define LC_CLUSTER_CONFIG_REPAIR_H

#include "base/map.h"
#include "cluster/config_batch.h"
#include "runtime/worker.h"

/* A table of keys and the offset of the last record of each. */
void lc_key_offsets_note(lc_table *offsets, lc_text key, int64_t offset);
int64_t lc_key_offsets_get(const lc_table *offsets, lc_text key); /* -1: none */

/* Reads the whole topic, uncommitted records too, into `ret_offsets`; the caller frees it. */
lc_error *lc_config_scan(lc_worker_core *worker, int64_t timeout_ms, lc_table **ret_offsets) LC_RESULT;

/* Adds to `batch` what gives the keys their valid values of `state` that `all` has a later record of than
 * `committed`. `committed` must be read at least as far as `all`. */
void lc_config_repair(const lc_table *all, const lc_table *committed, const lc_config_state *state,
                      lc_config_batch *batch);

#endif
