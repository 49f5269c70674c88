/* Shuts out the producers of earlier sets of tasks before a new set of an exactly-once source may start
 * (zombie fencing, KIP-618), on threads of its own: the leader's herder goes on meanwhile.
 *
 *   if (lc_fencer_ask(fencer, c)) … write the number of tasks that may now start …
 *
 * One herder's thread asks. A round that failed is logged and begun again by the next call after a while. */
#ifndef LC_CLUSTER_FENCER_H
#define LC_CLUSTER_FENCER_H

#include "cluster/config_state.h"

typedef struct lc_fencer lc_fencer;

/* `done` is called when a round has ended, on a thread of the fencer. */
lc_fencer *lc_fencer_new(lc_worker_core *worker, void (*done)(void *context), void *context);
void lc_fencer_free(lc_fencer *fencer); /* waits for rounds under way; accepts NULL */

/* Whether tasks of that connector still have to be shut out before its present set may run. */
bool lc_fencer_is_needed(const lc_worker_core *worker, const lc_config_connector *connector);
/* True when all are. False: the round that this call began, or an earlier one did, is under way. */
bool lc_fencer_ask(lc_fencer *fencer, const lc_config_connector *connector);
/* The same at once, on the caller's thread, for all tasks whose number the topic knows. */
lc_error *lc_fencer_shut_out(const lc_worker_core *worker, const lc_config_connector *connector,
                             int64_t deadline) LC_RESULT;

#endif
