/* What every task has: schemas, Lua state, chain, converters, connector script, guard. Task thread only. */
#ifndef LC_RUNTIME_PIPELINE_H
#define LC_RUNTIME_PIPELINE_H

#include "convert/converter.h"
#include "runtime/grants.h"
#include "runtime/guard.h"
#include "script/chain.h"
#include "script/connector_script.h"

typedef struct lc_pipeline {
    lc_task *task;
    lc_connector_config *config;
    lc_types *types;
    lc_state *state;
    lc_chain *chain; /* NULL: no transforms */
    lc_state *chain_state;  /* NULL: the chain is in `state`; else that of a reloaded chain */
    lc_chain *ran;          /* what the present batch went through last */
    struct lc_trial *trial; /* NULL: none; runtime/trial.h */
    lc_converter *key, *value, *header;
    lc_connector_script *script;
    lc_grants grants;
    lc_grant_lists granted;
    lc_guard guard;
} lc_pipeline;

/* Makes all of it; `settings` are the task's, resolved. On error everything made so far is released. */
lc_error *lc_pipeline_open(lc_pipeline *pipeline, lc_task *task, lc_connector_config *config,
                           const lc_props *settings, const lc_task_services *services) LC_RESULT;
void lc_pipeline_close(lc_pipeline *pipeline);

/* Runs the chain over the batch and settles every record that fails: retried, then skipped (DROPPED) or the
 * task fails. `raws` are the consumed messages by origin (sinks) or NULL. */
lc_error *lc_pipeline_transform(lc_pipeline *pipeline, lc_batch *batch, const lc_message *raws) LC_RESULT;

/* One converter step with retries; a failure that is tolerated makes the record DROPPED and *ret_skipped
 * true. */
lc_error *lc_pipeline_read(lc_pipeline *pipeline, lc_stage stage, lc_batch *batch, lc_record *record,
                           lc_text name, lc_text bytes, const lc_message *raw, const lc_schema **ret_schema,
                           lc_value *ret_value) LC_RESULT;
lc_error *lc_pipeline_write(lc_pipeline *pipeline, lc_stage stage, lc_batch *batch, lc_record *record,
                            lc_text name, const lc_schema *schema, const lc_value *value,
                            lc_text *ret_bytes) LC_RESULT;

#endif
