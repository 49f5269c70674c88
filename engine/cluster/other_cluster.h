/* Two clusters must not share a config topic: each would run, and rewrite, what the other has. */
#ifndef LC_CLUSTER_OTHER_CLUSTER_H
#define LC_CLUSTER_OTHER_CLUSTER_H

#include "cluster/config_state.h"
#include "runtime/worker.h"

/* LC_E_CONFIG, naming the settings, when the config topic was led last by another group.id whose group still has
 * members. A group without any has left the topic to this one. */
lc_error *lc_other_cluster_refuse(lc_worker_core *worker, const lc_config_state *state, int64_t timeout_ms) LC_RESULT;

#endif
