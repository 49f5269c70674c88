#include <string.h>

#include "base/confine.h"
#include "runtime/task_internal.h"

static bool is_foreign(const lc_script *script)
{
    return script && !lc_script_is_shipped(script);
}

static bool runs_foreign(const lc_connector_config *config)
{
    for (size_t i = 0; i < config->step_count; i++)
        if (is_foreign(config->steps[i].transform) || is_foreign(config->steps[i].predicate)) return true;
    return is_foreign(config->script);
}

static bool asks_registry(const lc_props *settings)
{
    for (size_t i = 0; settings && i < lc_props_count(settings); i++)
        if (strstr(lc_props_key_at(settings, i), "registry.url")) return true;
    return false;
}

/* What script.grants allows any script of plugin.path, as its next version may declare more needs than this one. */
static void leave_granted(const char *grants, lc_leave *leave)
{
    bool sql = strstr(grants, "sql:") != NULL;
    leave->network |= sql || strstr(grants, "host:") != NULL;
    leave->writing |= sql || strchr(grants, '/') != NULL;
}

static void leave_declared(const lc_script *script, lc_leave *leave)
{
    bool sql = lc_script_needs(script, "sql");
    leave->network |= sql || lc_script_needs(script, "http") ||
                      lc_script_needs(script, "tcp") || lc_script_needs(script, "tls");
    leave->writing |= sql || lc_script_needs(script, "file");
}

static lc_leave leave_of(const lc_worker_core *worker, const lc_connector_config *config)
{
    lc_leave leave = {.network = asks_registry(config->key_converter_settings) ||
                                 asks_registry(config->value_converter_settings) ||
                                 asks_registry(config->header_converter_settings)};
    if (is_foreign(config->script)) leave_granted(lc_props_get_or(worker->settings, "script.grants", ""), &leave);
    else leave_declared(config->script, &leave);
    return leave;
}

lc_error *lc_task_confine(lc_task *task, const lc_connector_config *config)
{
    if (!task->worker->script_seccomp || lc_is_confined() || !runs_foreign(config)) return NULL;
    lc_leave leave = leave_of(task->worker, config);
    LC_TRY(lc_confine(&leave));
    lc_log(task->worker->log, LC_LOG_INFO, "runtime.task", "task is confined", "connector", task->connector, "task",
           task->id_text, "network", leave.network ? "left" : "refused", "writing",
           leave.writing ? "left" : "refused", NULL);
    return NULL;
}
