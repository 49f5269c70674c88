/* The connectors and tasks that run on this worker of a cluster: starting, steering and ending them, and
 * their statuses in the status topic.
 *
 *   lc_running_apply(running, &orders)      whatever is not as the orders say is changed, nothing else
 *
 * It knows nothing of how a cluster decides. The herder's thread alone calls it; tasks report their states on
 * threads of their own. */
#ifndef LC_CLUSTER_RUNNING_H
#define LC_CLUSTER_RUNNING_H

#include "cluster/assignment.h"
#include "cluster/config_state.h"
#include "cluster/status_store.h"

typedef struct lc_running lc_running;

/* New tasks of a connector that runs here, for the leader to write. False: try again later. */
typedef bool lc_publish_tasks(void *context, const char *connector, const lc_props *const *tasks,
                              size_t count);

lc_running *lc_running_new(lc_worker_core *worker, lc_status_store *statuses, lc_publish_tasks *publish,
                           void *context);
void lc_running_free(lc_running *running); /* nothing may run any more; accepts NULL */

typedef struct lc_orders {
    const lc_config_state *state;
    const lc_assignment *assignment;
    const char *member; /* this worker's id in it */
    int generation;     /* for statuses */
} lc_orders;

/* Ends what this worker doesn't hold or what is gone, restarts connectors whose configuration and tasks whose
 * settings are new, pauses and resumes, starts the rest. When it returns, nothing that the orders take away
 * runs here, except for tasks that overran task.shutdown.graceful.timeout.ms and were left behind. */
void lc_running_apply(lc_running *running, const lc_orders *orders);
/* Ends everything. `tell`: statuses become UNASSIGNED; else nothing is written, because others may know
 * better by now. */
void lc_running_stop_all(lc_running *running, bool tell);

bool lc_running_has(const lc_running *running, const char *connector, int task);
size_t lc_running_count(const lc_running *running);
/* Ends and starts again what of the connector runs here and is asked for. */
void lc_running_restart(lc_running *running, const lc_orders *orders, const char *connector,
                        bool connector_too, bool tasks, bool only_failed);
void lc_running_restart_task(lc_running *running, const lc_orders *orders, const char *connector, int task);

/* Hands over tasks that are due to be published; the time of the next try (monotonic ms), 0: none is due. */
int64_t lc_running_publish(lc_running *running, const lc_config_state *state);
/* Notes the topics that tasks have used since. */
void lc_running_note_topics(lc_running *running);

#endif
