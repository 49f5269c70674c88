/* One connector that runs on this worker, with its tasks: starting, steering, ending, and what to say of it.
 *
 * The herder's thread alone changes it; statuses may be read from any thread, because task threads report
 * theirs at any time. It knows nothing of how a herder decided that it runs here. */
#ifndef LC_CLUSTER_LOCAL_CONNECTOR_H
#define LC_CLUSTER_LOCAL_CONNECTOR_H

#include "cluster/herder.h"
#include "runtime/task.h"

typedef struct lc_local_connector lc_local_connector;

/* `config` is copied; it holds "name". The class need not exist: then starting fails and the status says why.
 */
lc_local_connector *lc_local_connector_new(lc_worker_core *worker, const lc_props *config);
/* Stops everything first. */
void lc_local_connector_free(lc_local_connector *connector);

const char *lc_local_connector_name(const lc_local_connector *connector);
const lc_props *lc_local_connector_config(const lc_local_connector *connector); /* herder's thread only */
lc_props *lc_local_connector_copy_config(lc_local_connector *connector);        /* any thread; the caller's */
bool lc_local_connector_is_sink(const lc_local_connector *connector);
lc_target_state lc_local_connector_target(const lc_local_connector *connector);
int lc_local_connector_task_count(const lc_local_connector *connector);
bool lc_local_connector_has_task(const lc_local_connector *connector, int task);

/* Replaces the configuration: running tasks are ended and, unless stopped, made anew. */
void lc_local_connector_reconfigure(lc_local_connector *connector, const lc_props *config);
/* Brings it to a target state: tasks are made for STARTED and PAUSED, ended for STOPPED. A failure (a class
 * that can't be loaded, a tasks hook that raises) makes the connector FAILED. */
void lc_local_connector_steer(lc_local_connector *connector, lc_target_state target);
/* Restarts the connector (its list of tasks stays) and, if asked, its tasks. */
void lc_local_connector_restart(lc_local_connector *connector, bool connector_too, bool tasks,
                                bool only_failed);
void lc_local_connector_restart_task(lc_local_connector *connector, int task);
/* Asks all tasks to end without waiting: for stopping many at once. */
void lc_local_connector_begin_stop(lc_local_connector *connector);

/* JSON texts in the shapes of the REST API, appended to `out`. `restarting` shows those a restart would
 * touch. */
typedef struct lc_restart_view {
    bool connector, tasks, only_failed;
} lc_restart_view;
void lc_local_connector_info(lc_local_connector *connector, lc_buf *out);
void lc_local_connector_status(lc_local_connector *connector, const lc_restart_view *restarting, lc_buf *out);
bool lc_local_connector_task_status(lc_local_connector *connector, int task,
                                    lc_buf *out); /* false: no such task */
void lc_local_connector_tasks(lc_local_connector *connector, lc_buf *out);
void lc_local_connector_topics(lc_local_connector *connector, lc_buf *out);
void lc_local_connector_reset_topics(lc_local_connector *connector);

#endif
