/* The tasks that a connector wants: its script is asked, as Connect asks Connector.taskConfigs.
 *
 * Any thread; each call has a Lua state of its own. */
#ifndef LC_CLUSTER_TASK_PLAN_H
#define LC_CLUSTER_TASK_PLAN_H

#include "runtime/worker.h"
#include "script/script.h"

typedef struct lc_task_plan {
    lc_props **tasks; /* settings of each, with references of the configuration left unresolved */
    size_t count;
} lc_task_plan;

/* LC_E_CONNECT for more tasks than tasks.max while tasks.max.enforce is on; errors of the script and of the
 * configuration as they are. */
lc_error *lc_task_plan_make(lc_worker_core *worker, const lc_props *config, lc_task_plan *ret_plan) LC_RESULT;
void lc_task_plan_done(lc_task_plan *plan);
LC_DEFINE_AUTO(lc_task_plan, lc_task_plan_done)

/* The script of a configuration's connector.class, or NULL; borrowed from the plug-ins. */
lc_script *lc_connector_script_of(lc_worker_core *worker, const lc_props *config);
/* "source", "sink" or "unknown". */
const char *lc_connector_type_of(const lc_script *script);

#endif
