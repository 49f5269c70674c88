#include "cluster/validate_check.h"

#include "cluster/validate_steps.h"
#include "runtime/connector_config.h"
#include "runtime/grants.h"
#include "script/connector_script.h"

/* What a check needs while it runs. */
typedef struct workshop {
    lc_types *types;
    lc_state *state;
    lc_grant_lists granted;
    lc_grants grants;
    lc_connector_script *connector;
} workshop;

static lc_error *run(lc_worker_core *worker, const lc_connector_config *config, workshop *w, lc_props *found)
{
    w->types = lc_types_new();
    lc_state_options options = {.memory_limit = worker->script_memory_bytes,
                                .timeout_ms = worker->script_timeout_ms,
                                .jit_off = worker->script_jit_off,
                                .types = w->types,
                                .log = worker->log,
                                .connector = config->name,
                                .task = -1};
    LC_TRY(lc_state_new(&options, &w->state));
    lc_grants_make(worker, config, config->settings, &w->granted, &w->grants);
    lc_connector_options connector = {
        .script = config->script, .settings = config->settings, .grants = &w->grants, .connector = config->name};
    LC_TRY(lc_connector_script_new(w->state, &connector, &w->connector));
    return lc_connector_script_check(w->connector, found);
}

static void clear(workshop *w)
{
    lc_connector_script_free(w->connector);
    lc_state_free(w->state);
    lc_grant_lists_done(&w->granted);
    if (w->types) lc_types_free(w->types);
}

static void tell_one(lc_worker_core *worker, const lc_connector_config *config, const char *key, const char *said,
                     lc_validation *validation)
{
    lc_auto(lc_buf) text = {0};
    lc_buf_text(&text, said ? said : "");
    lc_validate_hide(config->settings, config->script, &text);
    lc_validate_add(worker, key, text.data, validation);
}

static void tell(lc_worker_core *worker, const lc_connector_config *config, const lc_props *found,
                 lc_validation *validation)
{
    for (size_t i = 0; i < lc_props_count(found); i++)
        tell_one(worker, config, lc_props_key_at(found, i), lc_props_value_at(found, i), validation);
}

void lc_validate_check(lc_worker_core *worker, const lc_props *resolved, lc_validation *validation)
{
    lc_connector_config *config = NULL;
    if (validation->error_count) return;
    lc_autoptr(lc_error) told = lc_connector_config_new(worker->plugins, worker->settings, resolved, &config);
    if (told) return; /* by the validation itself */
    if (lc_script_has_hook(config->script, "check")) {
        workshop w = {0};
        lc_autoptr(lc_props) found = lc_props_new();
        lc_autoptr(lc_error) error = run(worker, config, &w, found);
        if (error) tell_one(worker, config, "connector.class", lc_error_message(error), validation);
        tell(worker, config, found, validation);
        clear(&w);
    }
    lc_connector_config_free(config);
}
