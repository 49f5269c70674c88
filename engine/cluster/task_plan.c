#include "cluster/task_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "runtime/connector_config.h"
#include "script/connector_script.h"

/* The class that Java would run the task with: FooConnector → FooTask. */
static void add_task_class(const lc_script *script, lc_props *settings)
{
    lc_auto(lc_buf) name = {0};
    lc_buf_text(&name, lc_script_java_class(script));
    size_t cut = strlen("Connector");
    if (name.len > cut && !strcmp(name.data + name.len - cut, "Connector")) name.len -= cut;
    lc_buf_text(&name, "Task");
    lc_props_set(settings, "task.class", name.data);
}

static lc_error *too_many(lc_worker_core *worker, const char *name, size_t count, int max, bool enforce)
{
    if (count <= (size_t)max) return NULL;
    if (enforce)
        return lc_fail(LC_E_CONNECT,
                       "The connector %s has generated %zu tasks, which is greater than %d, the maximum "
                       "number of tasks it is "
                       "configured to create. This behaviour should be considered a bug and is disallowed. "
                       "If necessary, "
                       "it can be permitted by reconfiguring the connector with 'tasks.max.enforce' set to "
                       "false; however, "
                       "this option will be removed in a future release of Kafka Connect.",
                       name, count, max);
    lc_log(worker->log, LC_LOG_WARN, "cluster.task_plan", "more tasks than tasks.max", "connector", name,
           NULL);
    return NULL;
}

/* What is asked, and of whom. */
typedef struct question {
    lc_worker_core *worker;
    lc_script *script;
    const lc_props *config, *resolved;
    const char *name;
    int max;
} question;

/* Tasks of a script without a `tasks` hook have the connector's own settings. A source has one; of a sink
 * there may be as many as allowed, because their group shares out the partitions. */
static void plan_without_hook(const question *q, lc_task_plan *plan)
{
    plan->count = lc_script_kind_of(q->script) == LC_SCRIPT_SINK ? (size_t)q->max : 1;
    plan->tasks = lc_alloc(plan->count * sizeof *plan->tasks);
    for (size_t i = 0; i < plan->count; i++) plan->tasks[i] = lc_props_copy(q->config);
}

static lc_error *ask(const question *q, lc_task_plan *plan)
{
    if (!lc_script_has_hook(q->script, "tasks")) {
        plan_without_hook(q, plan);
        return NULL;
    }
    lc_types *types = lc_types_new();
    lc_state_options options = {.memory_limit = q->worker->script_memory_bytes,
                                .timeout_ms = q->worker->script_timeout_ms,
                                .types = types,
                                .watchdog = q->worker->watchdog,
                                .log = q->worker->log,
                                .connector = q->name,
                                .task = -1};
    lc_state *state = NULL;
    lc_error *error = lc_state_new(&options, &state);
    if (!error)
        error = lc_connector_script_tasks(state, q->script, q->resolved, q->max, &plan->tasks, &plan->count);
    lc_state_free(state);
    lc_types_free(types);
    return error;
}

void lc_task_plan_done(lc_task_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) lc_props_free(plan->tasks[i]);
    free(plan->tasks);
    *plan = (lc_task_plan){0};
}

lc_error *lc_task_plan_make(lc_worker_core *worker, const lc_props *config, lc_task_plan *ret_plan)
{
    lc_autoptr(lc_props) resolved = NULL;
    lc_auto(lc_task_plan) plan = {0};
    question q = {.worker = worker, .config = config, .name = lc_props_get_or(config, "name", "")};
    LC_TRY(lc_plugins_connector(worker->plugins, lc_props_get_or(config, "connector.class", ""), &q.script));
    LC_TRY(lc_providers_resolve(worker->providers, config, NULL, &resolved));
    lc_connector_config *typed = NULL;
    LC_TRY(lc_connector_config_new(worker->plugins, worker->settings, resolved, &typed));
    lc_providers_note_secrets(worker->providers, resolved, lc_script_config_def(q.script));
    q.max = typed->tasks_max;
    bool enforce = typed->tasks_max_enforce;
    lc_connector_config_free(typed);
    q.resolved = resolved;
    LC_TRY(ask(&q, &plan));
    for (size_t i = 0; i < plan.count; i++) {
        lc_restore_references(plan.tasks[i], config);
        add_task_class(q.script, plan.tasks[i]);
    }
    LC_TRY(too_many(worker, q.name, plan.count, q.max, enforce));
    *ret_plan = plan;
    plan = (lc_task_plan){0};
    return NULL;
}

lc_script *lc_connector_script_of(lc_worker_core *worker, const lc_props *config)
{
    lc_script *script = NULL;
    lc_error_free(
        lc_plugins_connector(worker->plugins, lc_props_get_or(config, "connector.class", ""), &script));
    return script;
}

const char *lc_connector_type_of(const lc_script *script)
{
    if (!script) return "unknown";
    return lc_script_kind_of(script) == LC_SCRIPT_SINK ? "sink" : "source";
}
