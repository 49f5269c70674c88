#include "runtime/seat.h"

#include <stdlib.h>

#include "base/memory.h"
#include "runtime/reload.h"
#include "runtime/task_internal.h"
#include "runtime/trial.h"
#include "script/connector_script.h"

enum { CANARY_RECORDS = 100 };

/* What the reloader wants; read without the lock to see whether there is anything. */
enum { WANT_NOTHING = 0, WANT_SWAP = 1, WANT_RECALL = 2, WANT_RESTART = 4 };

struct lc_seat {
    lc_reloader *reloader;
    lc_task *task;
    lc_connector_config *config;
    const lc_props *settings; /* the task's, resolved */
    lc_gate *gate;
    atomic_int wants;
    /* Under the reloader's lock. */
    lc_pipeline *pipeline; /* NULL: closed */
    lc_offer *offer;
    uint64_t recalled;
    uint64_t asked;  /* the latest version that it was given */
    lc_script *next; /* of the connector, to restart with */
    uint64_t next_version;
    lc_trial_rule next_rule;
    /* Task's thread: a connector on trial. */
    lc_script *before; /* NULL: no trial */
    uint64_t version;
    int64_t left;
    int64_t lent_ns;            /* to the builder of the next version */
    lc_buf kept, kept_by_chain; /* what a connector's script hands to its next version */
};

void lc_offer_free(lc_offer *offer)
{
    if (!offer) return;
    lc_chain_free(offer->chain);
    lc_state_free(offer->state);
    lc_script_unref(offer->script);
    free(offer);
}

lc_seat *lc_seat_take(lc_reloader *reloader, lc_task *task, lc_connector_config *config,
                      const lc_props *settings)
{
    if (!reloader) return NULL;
    lc_seat *seat = lc_alloc(sizeof *seat);
    *seat = (lc_seat){.reloader = reloader, .task = task, .config = config, .settings = settings};
    seat->gate = lc_gate_new();
    lc_reloader_add_seat(reloader, seat);
    return seat;
}

void lc_seat_leave(lc_seat *seat)
{
    if (!seat) return;
    lc_gate_lend(seat->gate);
    lc_reloader_remove_seat(seat->reloader, seat);
    lc_offer_free(seat->offer);
    lc_script_unref(seat->next);
    lc_script_unref(seat->before);
    lc_buf_done(&seat->kept);
    lc_buf_done(&seat->kept_by_chain);
    lc_gate_free(seat->gate);
    free(seat);
}

lc_gate *lc_seat_gate(lc_seat *seat)
{
    return seat ? seat->gate : NULL;
}

static bool is_outdated(const lc_seat *seat, const lc_script *script)
{
    lc_script *newest =
        script ? lc_plugins_of_file(seat->task->worker->plugins, lc_script_path(script)) : NULL;
    return newest && newest != script;
}

/* Whether a version came out after the configuration was read. */
static bool starts_outdated(const lc_seat *seat)
{
    const lc_connector_config *c = seat->config;
    for (size_t i = 0; i < c->step_count; i++)
        if (is_outdated(seat, c->steps[i].transform) || is_outdated(seat, c->steps[i].predicate)) return true;
    return is_outdated(seat, c->script);
}

void lc_seat_attach(lc_seat *seat, lc_pipeline *pipeline)
{
    if (!seat) return;
    lc_reloader_lock(seat->reloader);
    seat->pipeline = pipeline;
    lc_reloader_unlock(seat->reloader);
    if (starts_outdated(seat)) lc_reloader_look_again(seat->reloader);
    lc_state_take_kept(pipeline->state, (lc_text){seat->kept.data, seat->kept.len});
    lc_state_take_kept(pipeline->state, (lc_text){seat->kept_by_chain.data, seat->kept_by_chain.len});
    lc_buf_reset(&seat->kept);
    lc_buf_reset(&seat->kept_by_chain);
}

/* The offer was made for a pipeline that ends. */
void lc_seat_detach(lc_seat *seat)
{
    if (!seat || !seat->pipeline) return;
    lc_pipeline *pipeline = seat->pipeline;
    lc_gate_lend(seat->gate);
    lc_reloader_lock_unpinned(seat->reloader, seat);
    seat->pipeline = NULL;
    lc_offer *offer = lc_steal(seat->offer);
    lc_reloader_unlock(seat->reloader);
    lc_gate_reclaim(seat->gate);
    if (offer) lc_script_unref(lc_seat_replace(seat, offer->script)); /* the next pipeline starts with it */
    lc_offer_free(offer);
    lc_trial_drop(pipeline);
    if (!seat->next && !seat->before) return;
    lc_state_give_kept(pipeline->state, &seat->kept);
    if (pipeline->chain_state) lc_state_give_kept(pipeline->chain_state, &seat->kept_by_chain);
}

/* Task's side */

lc_script *lc_seat_replace(lc_seat *seat, lc_script *script)
{
    const char *path = lc_script_path(script);
    lc_script *old = NULL;
    lc_reloader_lock(seat->reloader);
    lc_connector_config *c = seat->config;
    for (size_t i = 0; i < c->step_count; i++) {
        lc_script **places[] = {&c->steps[i].transform, &c->steps[i].predicate};
        for (size_t k = 0; k < 2; k++) {
            if (!*places[k] || strcmp(lc_script_path(*places[k]), path)) continue;
            if (old) lc_script_unref(*places[k]);
            else old = *places[k];
            *places[k] = lc_script_ref(script);
        }
    }
    lc_reloader_unlock(seat->reloader);
    return old;
}

static void swap_or_recall(lc_seat *seat)
{
    lc_reloader_lock(seat->reloader);
    lc_offer *offer = lc_steal(seat->offer);
    uint64_t recalled = seat->recalled;
    seat->recalled = 0;
    atomic_fetch_and(&seat->wants, ~(WANT_SWAP | WANT_RECALL));
    lc_reloader_unlock(seat->reloader);
    if (recalled) lc_trial_recall(seat->pipeline, recalled, "another task rolled it back");
    if (!offer) return;
    int64_t began = lc_monotonic_ns();
    lc_trial_begin(seat->pipeline, offer);
    lc_reloader_note_pause(seat->reloader, seat->lent_ns + lc_monotonic_ns() - began);
    seat->lent_ns = 0;
}

static void lend_a_turn(lc_seat *seat)
{
    int64_t began = lc_monotonic_ns();
    lc_gate_pass(seat->gate);
    seat->lent_ns += lc_monotonic_ns() - began;
}

void lc_seat_pass(lc_seat *seat)
{
    if (!seat) return;
    if (lc_gate_is_wanted(seat->gate)) lend_a_turn(seat);
    int wants = atomic_load_explicit(&seat->wants, memory_order_acquire);
    if (wants & (WANT_SWAP | WANT_RECALL)) swap_or_recall(seat);
}

bool lc_seat_wants_restart(lc_seat *seat)
{
    return seat && atomic_load_explicit(&seat->wants, memory_order_relaxed) & WANT_RESTART;
}

static void use_connector(lc_seat *seat, lc_script *script)
{
    lc_reloader_lock(seat->reloader);
    seat->config->script = script;
    lc_reloader_unlock(seat->reloader);
}

static bool start_next(lc_seat *seat)
{
    lc_reloader_lock(seat->reloader);
    lc_script *next = lc_steal(seat->next);
    seat->version = seat->next_version;
    seat->left = seat->next_rule.records;
    atomic_fetch_and(&seat->wants, ~WANT_RESTART);
    lc_reloader_unlock(seat->reloader);
    if (!next) return false;
    lc_script *old = seat->config->script;
    use_connector(seat, next);
    if (seat->before) lc_script_unref(old); /* on trial still: the one before it is what to go back to */
    else seat->before = old;
    return true;
}

static void go_back(lc_seat *seat, lc_error *error)
{
    lc_auto(lc_buf) why = {0};
    const lc_error *root = error;
    while (lc_error_cause(root)) root = lc_error_cause(root);
    const char *where = lc_error_where(root);
    lc_buf_printf(&why, "%s%s%s", where ? where : "", where ? ": " : "", lc_error_message(root));
    lc_error_free(error);
    lc_script *bad = seat->config->script;
    use_connector(seat, lc_steal(seat->before));
    lc_script_unref(bad);
    lc_seat_rolled_back(seat, seat->version, why.data, NULL);
}

bool lc_seat_next(lc_seat *seat, lc_error **error)
{
    if (!seat || lc_task_is_stopping(seat->task)) return false;
    if (!*error) return lc_seat_wants_restart(seat) && start_next(seat);
    if (!seat->before) return false;
    go_back(seat, lc_steal(*error));
    return true;
}

void lc_seat_count(lc_seat *seat, size_t records)
{
    if (!seat || !seat->before) return;
    seat->left -= (int64_t)records;
    if (seat->left > 0) return;
    lc_script_unref(lc_steal(seat->before));
    lc_seat_promoted(seat, seat->version);
}

void lc_seat_promoted(lc_seat *seat, uint64_t version)
{
    lc_reloader_verdict(seat->reloader, version, lc_seat_connector(seat), seat->task->id, NULL, NULL);
}

void lc_seat_rolled_back(lc_seat *seat, uint64_t version, const char *why, const char *diff)
{
    lc_reloader_verdict(seat->reloader, version, lc_seat_connector(seat), seat->task->id, why, diff);
}

/* Reloader's side */

bool lc_seat_connects_with(const lc_seat *seat, const char *path)
{
    return !strcmp(lc_script_path(seat->config->script), path);
}

bool lc_seat_uses(const lc_seat *seat, const char *path)
{
    const lc_connector_config *c = seat->config;
    for (size_t i = 0; i < c->step_count; i++) {
        const lc_chain_step *step = &c->steps[i];
        if (!strcmp(lc_script_path(step->transform), path)) return true;
        if (step->predicate && !strcmp(lc_script_path(step->predicate), path)) return true;
    }
    return lc_seat_connects_with(seat, path);
}

bool lc_seat_runs(const lc_seat *seat, const lc_script *script)
{
    const lc_connector_config *c = seat->config;
    for (size_t i = 0; i < c->step_count; i++)
        if (c->steps[i].transform == script || c->steps[i].predicate == script) return true;
    return c->script == script || seat->next == script;
}

bool lc_seat_was_asked(const lc_seat *seat, uint64_t version)
{
    return seat->asked == version;
}

const char *lc_seat_connector(const lc_seat *seat)
{
    return seat->task->connector;
}

/* "100", or "shadow:1000"; the connector's own goes before the worker's. */
lc_trial_rule lc_seat_rule(const lc_seat *seat)
{
    lc_trial_rule rule = {.records = CANARY_RECORDS};
    const lc_props *own = seat->config->settings, *worker = seat->task->worker->settings;
    const char *records =
        lc_props_get_or(own, "script.canary.records", lc_props_get_or(worker, "script.canary.records", NULL));
    const char *canary =
        lc_props_get_or(own, "script.canary", lc_props_get_or(worker, "script.canary", NULL));
    if (records && *records) rule.records = strtoll(records, NULL, 10);
    if (!canary || !*canary) return rule;
    if (!strcasecmp(canary, "off")) rule.records = 0;
    rule.shadow = !strncasecmp(canary, "shadow", 6);
    if (rule.shadow && canary[6] == ':') rule.records = strtoll(canary + 7, NULL, 10);
    if (rule.shadow && rule.records <= 0) rule.records = CANARY_RECORDS;
    return rule;
}

static lc_state_options state_options(const lc_seat *seat, lc_types *types, lc_gate *gate)
{
    const lc_worker_core *worker = seat->task->worker;
    return (lc_state_options){
        .memory_limit = worker->script_memory_bytes,
        .timeout_ms = worker->script_timeout_ms,
        .jit_off = worker->script_jit_off,
        .types = types,
        .gate = gate,
        .log = worker->log,
        .connector = seat->task->connector,
        .task = seat->task->id,
    };
}

/* Its text runs once in a state with types of its own, with the task's settings; `start` isn't called. */
static lc_error *try_connector(lc_seat *seat, lc_script *script)
{
    lc_types *types = lc_types_new();
    lc_autoptr(lc_state) state = NULL;
    lc_connector_script *connector = NULL;
    lc_state_options in = state_options(seat, types, NULL);
    lc_grants none = {0};
    lc_connector_options options = {.script = script,
                                    .settings = seat->settings,
                                    .grants = &none,
                                    .connector = seat->task->connector,
                                    .task = seat->task->id};
    lc_error *error = lc_state_new(&in, &state);
    if (!error) error = lc_connector_script_new(state, &options, &connector);
    lc_connector_script_free(connector);
    lc_state_free(lc_steal(state));
    lc_types_free(types);
    return error;
}

static lc_chain_step *steps_with(lc_seat *seat, lc_script *script, size_t *ret_count)
{
    lc_reloader_lock(seat->reloader);
    const lc_connector_config *c = seat->config;
    lc_chain_step *steps = lc_alloc((c->step_count + 1) * sizeof *steps);
    memcpy(steps, c->steps, c->step_count * sizeof *steps);
    for (size_t i = 0; i < c->step_count; i++) {
        lc_script **places[] = {&steps[i].transform, &steps[i].predicate};
        for (size_t k = 0; k < 2; k++) {
            if (!*places[k]) continue;
            bool is_it = !strcmp(lc_script_path(*places[k]), lc_script_path(script));
            *places[k] = lc_script_ref(is_it ? script : *places[k]);
        }
    }
    *ret_count = c->step_count;
    lc_reloader_unlock(seat->reloader);
    return steps;
}

static lc_error *build_chain(lc_seat *seat, lc_script *script, lc_offer *offer)
{
    size_t count;
    lc_chain_step *steps = steps_with(seat, script, &count);
    lc_state_options options = state_options(seat, seat->pipeline->types, seat->gate);
    lc_error *error = lc_state_new(&options, &offer->state);
    if (!error) error = lc_chain_new(offer->state, steps, count, &offer->chain);
    for (size_t i = 0; i < count; i++) {
        lc_script_unref(steps[i].transform);
        lc_script_unref(steps[i].predicate);
    }
    free(steps);
    return error;
}

lc_error *lc_seat_build(lc_seat *seat, lc_script *script, lc_offer **ret_offer)
{
    *ret_offer = NULL;
    if (lc_seat_connects_with(seat, lc_script_path(script))) return try_connector(seat, script);
    if (!seat->pipeline) return NULL;
    lc_offer *offer = lc_alloc(sizeof *offer);
    offer->script = lc_script_ref(script);
    lc_error *error = build_chain(seat, script, offer);
    if (error) lc_offer_free(offer);
    else *ret_offer = offer;
    return error;
}

static void wake(lc_seat *seat, int want)
{
    atomic_fetch_or_explicit(&seat->wants, want, memory_order_release);
    lc_task_rouse(seat->task);
}

void lc_seat_give(lc_seat *seat, lc_offer *offer)
{
    lc_offer *missed = seat->offer;
    seat->asked = offer->version;
    seat->offer = offer;
    lc_offer_free(missed);
    wake(seat, WANT_SWAP);
}

void lc_seat_restart(lc_seat *seat, lc_script *script, uint64_t version, lc_trial_rule rule)
{
    seat->asked = version;
    lc_script_unref(seat->next);
    seat->next = lc_script_ref(script);
    seat->next_version = version;
    seat->next_rule = rule;
    wake(seat, WANT_RESTART);
}

void lc_seat_recall(lc_seat *seat, uint64_t version)
{
    if (seat->offer && seat->offer->version == version) lc_offer_free(lc_steal(seat->offer));
    seat->recalled = version;
    wake(seat, WANT_RECALL);
}
