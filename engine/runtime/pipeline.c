#include "runtime/pipeline.h"

#include "runtime/probe.h"
#include "runtime/trial.h"

static lc_error *open_converters(lc_pipeline *p)
{
    const lc_connector_config *c = p->config;
    LC_TRY(lc_converter_open(lc_text_of(c->key_converter), c->key_converter_settings, LC_ROLE_KEY, p->types,
                             &p->key));
    LC_TRY(lc_converter_open(lc_text_of(c->value_converter), c->value_converter_settings, LC_ROLE_VALUE,
                             p->types, &p->value));
    return lc_converter_open(lc_text_of(c->header_converter), c->header_converter_settings, LC_ROLE_HEADER,
                             p->types, &p->header);
}

static lc_error *open_state(lc_pipeline *p)
{
    const lc_worker_core *worker = p->task->worker;
    lc_state_options options = {
        .memory_limit = worker->script_memory_bytes,
        .output_bytes = worker->script_output_bytes,
        .output_records = worker->script_output_records,
        .timeout_ms = worker->script_timeout_ms,
        .jit_off = worker->script_jit_off,
        .types = p->types,
        .watchdog = worker->watchdog,
        .log = worker->log,
        .connector = p->task->connector,
        .task = p->task->id,
        .meters = p->task->script_meters,
    };
    return lc_state_new(&options, &p->state);
}

static lc_error *open_all(lc_pipeline *p, const lc_props *settings, const lc_task_services *services)
{
    LC_TRY(open_state(p));
    LC_TRY(open_converters(p));
    if (p->config->step_count)
        LC_TRY(lc_chain_new(p->state, p->config->steps, p->config->step_count, &p->chain));
    lc_grants_make(p->task->worker, p->config, settings, &p->granted, &p->grants);
    lc_connector_options options = {
        .script = p->config->script,
        .settings = settings,
        .grants = &p->grants,
        .services = *services,
        .connector = p->task->connector,
        .task = p->task->id,
    };
    return lc_connector_script_new(p->state, &options, &p->script);
}

lc_error *lc_pipeline_open(lc_pipeline *pipeline, lc_task *task, lc_connector_config *config,
                           const lc_props *settings, const lc_task_services *services)
{
    *pipeline = (lc_pipeline){.task = task, .config = config, .guard = {task, config, NULL}};
    pipeline->types = lc_types_new();
    lc_error *error = open_all(pipeline, settings, services);
    if (error) lc_pipeline_close(pipeline);
    else lc_seat_attach(task->seat, pipeline);
    if (!error) lc_probe_enter(task->probe, config);
    return error;
}

void lc_pipeline_close(lc_pipeline *pipeline)
{
    if (pipeline->task) lc_seat_detach(pipeline->task->seat);
    if (pipeline->task) lc_probe_leave(pipeline->task->probe);
    lc_connector_script_free(pipeline->script);
    lc_chain_free(pipeline->chain);
    lc_state_free(pipeline->chain_state);
    lc_converter_close(pipeline->key);
    lc_converter_close(pipeline->value);
    lc_converter_close(pipeline->header);
    lc_state_free(pipeline->state);
    lc_grant_lists_done(&pipeline->granted);
    if (pipeline->types) lc_types_free(pipeline->types);
    *pipeline = (lc_pipeline){0};
}

/* Tries a failed record again while the guard allows it, then lets the guard decide. */
static lc_error *settle(lc_pipeline *p, lc_batch *batch, uint32_t index, const lc_message *raws)
{
    lc_retry retry = {0};
    lc_stage stage = (lc_stage)batch->records[index].failed_stage;
    while (stage == LC_STAGE_TRANSFORMATION &&
           lc_guard_retry(&p->guard, &retry, batch->records[index].error)) {
        LC_TRY(lc_chain_retry(p->ran, batch, index));
        if (batch->records[index].state != LC_FAILED) return NULL;
    }
    lc_record *record = &batch->records[index];
    lc_error *error = lc_steal(record->error);
    record->state = LC_DROPPED;
    const char *class_name = stage == LC_STAGE_TRANSFORMATION
                                 ? lc_chain_step_class(p->ran, record->failed_step)
                                 : lc_script_java_class(p->config->script);
    return lc_guard_failed(&p->guard, stage, class_name, error, record, raws ? &raws[record->origin] : NULL);
}

static lc_error *settle_all(lc_pipeline *p, lc_batch *batch, const lc_message *raws)
{
    int64_t filtered = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (batch->records[i].state == LC_LIVE) continue;
        if (batch->records[i].state == LC_FAILED) LC_TRY(settle(p, batch, i, raws));
        else filtered++;
    }
    lc_meter_add(&p->task->meters.filtered, filtered);
    return NULL;
}

lc_error *lc_pipeline_transform(lc_pipeline *pipeline, lc_batch *batch, const lc_message *raws)
{
    lc_probe *probe = pipeline->task->probe;
    uint32_t records = batch->count;
    pipeline->ran = pipeline->chain;
    lc_probe_begin(probe, pipeline, batch);
    if (pipeline->trial) LC_TRY(lc_trial_apply(pipeline, batch));
    else if (pipeline->chain) LC_TRY(lc_chain_apply(pipeline->chain, batch));
    if (pipeline->ran && records)
        lc_probe_count(probe, lc_chain_laps(pipeline->ran), lc_chain_length(pipeline->ran), records);
    lc_probe_ran(probe, batch);
    lc_error *error = settle_all(pipeline, batch, raws);
    lc_probe_end(probe, batch);
    return error;
}

static lc_converter *converter_of(lc_pipeline *p, lc_stage stage)
{
    return stage == LC_STAGE_KEY_CONVERTER     ? p->key
           : stage == LC_STAGE_VALUE_CONVERTER ? p->value
                                               : p->header;
}

static lc_error *skip(lc_pipeline *p, lc_stage stage, lc_record *record, const lc_message *raw,
                      lc_error *error)
{
    record->state = LC_DROPPED;
    return lc_guard_failed(&p->guard, stage, converter_of(p, stage)->klass->java_class, error, record, raw);
}

lc_error *lc_pipeline_read(lc_pipeline *pipeline, lc_stage stage, lc_batch *batch, lc_record *record,
                           lc_text name, lc_text bytes, const lc_message *raw, const lc_schema **ret_schema,
                           lc_value *ret_value)
{
    lc_converter *converter = converter_of(pipeline, stage);
    lc_retry retry = {0};
    for (;;) {
        lc_error *error = lc_converter_read(converter, &batch->arena, name, bytes, ret_schema, ret_value);
        if (!error) return NULL;
        if (!lc_guard_retry(&pipeline->guard, &retry, error))
            return skip(pipeline, stage, record, raw, error);
        lc_error_free(error);
    }
}

lc_error *lc_pipeline_write(lc_pipeline *pipeline, lc_stage stage, lc_batch *batch, lc_record *record,
                            lc_text name, const lc_schema *schema, const lc_value *value, lc_text *ret_bytes)
{
    lc_converter *converter = converter_of(pipeline, stage);
    lc_retry retry = {0};
    for (;;) {
        lc_error *error = lc_converter_write(converter, &batch->arena, name, schema, value, ret_bytes);
        if (!error) return NULL;
        if (!lc_guard_retry(&pipeline->guard, &retry, error))
            return skip(pipeline, stage, record, NULL, error);
        lc_error_free(error);
    }
}
