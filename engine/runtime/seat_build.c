#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "runtime/seat_internal.h"
#include "script/connector_script.h"

enum {
    CANARY_RECORDS = 100,
    PATIENCE_MS = 10000 /* a version waits so long for the verdict on another one of the same task */
};

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
    for (size_t i = 0; i < seat->owed_count; i++)
        if (seat->owed[i].version == version) return true;
    return (seat->offer && seat->offer->version == version) || (seat->next && seat->next_version == version);
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
        .output_bytes = worker->script_output_bytes,
        .output_records = worker->script_output_records,
        .timeout_ms = worker->script_timeout_ms,
        .jit_off = worker->script_jit_off,
        .types = types,
        .gate = gate,
        .watchdog = worker->watchdog,
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

static lc_chain_step *steps_with(lc_seat *seat, lc_script *script, size_t *ret_count, uint64_t *ret_changes)
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
    *ret_changes = seat->changes;
    lc_reloader_unlock(seat->reloader);
    return steps;
}

static void unref_steps(lc_chain_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        lc_script_unref(steps[i].transform);
        lc_script_unref(steps[i].predicate);
    }
    free(steps);
}

/* The chain that the task would have, in a state with types of its own: it waits for nobody. */
static lc_error *try_chain(lc_seat *seat, lc_script *script)
{
    size_t count;
    uint64_t changes;
    lc_chain *chain = NULL;
    lc_state *state = NULL;
    lc_types *types = lc_types_new();
    lc_chain_step *steps = steps_with(seat, script, &count, &changes);
    lc_state_options options = state_options(seat, types, NULL);
    lc_error *error = lc_state_new(&options, &state);
    if (!error) error = lc_chain_new(state, steps, count, &chain);
    lc_chain_free(chain);
    lc_state_free(state);
    lc_types_free(types);
    unref_steps(steps, count);
    return error;
}

lc_error *lc_seat_check(lc_seat *seat, lc_script *script)
{
    return lc_seat_connects_with(seat, lc_script_path(script)) ? try_connector(seat, script)
                                                               : try_chain(seat, script);
}

lc_error *lc_seat_build(lc_seat *seat, lc_script *script, lc_offer **ret_offer)
{
    size_t count;
    lc_offer *offer = lc_alloc(sizeof *offer);
    lc_chain_step *steps = steps_with(seat, script, &count, &offer->changes);
    lc_state_options options = state_options(seat, seat->pipeline->types, seat->gate);
    options.meters = seat->task->script_meters;
    lc_error *error = lc_state_new(&options, &offer->state);
    if (!error) error = lc_chain_new(offer->state, steps, count, &offer->chain);
    unref_steps(steps, count);
    offer->script = lc_script_ref(script);
    if (error) lc_offer_free(offer);
    else *ret_offer = offer;
    return error;
}

/* What the task is owed, with the lock */

static bool is_of(const lc_script *script, const lc_script *other)
{
    return script && !strcmp(lc_script_path(script), lc_script_path(other));
}

void lc_seat_owe(lc_seat *seat, lc_script *script, uint64_t version, lc_trial_rule rule)
{
    for (size_t i = seat->owed_count; i-- > 0;)
        if (is_of(seat->owed[i].script, script)) lc_seat_drop_owed(seat, i);
    seat->owed = lc_grow(seat->owed, &seat->owed_cap, seat->owed_count + 1, sizeof *seat->owed);
    seat->owed[seat->owed_count++] =
        (lc_owed){.script = lc_script_ref(script), .version = version, .rule = rule, .since_ms = lc_monotonic_ms()};
}

bool lc_seat_is_waiting(const lc_seat *seat)
{
    return seat->owed_count || seat->offer || seat->next;
}

/* One version at a time is on trial in a task: else a failure could be the other's, and what is built beside one
 * that may still be taken back would be built on it. A stream without records must not hold others up for good. */
static bool may_begin(const lc_seat *seat, const lc_owed *owed, int64_t now_ms)
{
    if (owed->building) return false;
    if (!seat->pipeline && !is_of(seat->config->script, owed->script)) return false;
    if (!seat->deciding || is_of(seat->deciding, owed->script)) return true;
    return !seat->offer && !seat->next && now_ms - owed->since_ms >= PATIENCE_MS;
}

static void begin_deciding(lc_seat *seat, lc_script *script, uint64_t version)
{
    lc_script_unref(seat->deciding);
    seat->deciding = lc_script_ref(script);
    seat->deciding_version = version;
    seat->deciding_since_ms = lc_monotonic_ms();
    seat->told = false;
}

static void wake(lc_seat *seat, int want)
{
    atomic_fetch_or_explicit(&seat->wants, want, memory_order_release);
    lc_task_rouse(seat->task);
}

static void restart_with(lc_seat *seat, const lc_owed *owed)
{
    begin_deciding(seat, owed->script, owed->version);
    lc_script_unref(seat->next);
    seat->next = lc_script_ref(owed->script);
    seat->next_version = owed->version;
    seat->next_rule = owed->rule;
    wake(seat, WANT_RESTART);
}

lc_script *lc_seat_begin_next(lc_seat *seat)
{
    int64_t now_ms = lc_monotonic_ms();
    for (size_t i = 0; i < seat->owed_count && !seat->pins; i++) {
        lc_owed *owed = &seat->owed[i];
        if (!may_begin(seat, owed, now_ms)) continue;
        if (is_of(seat->config->script, owed->script)) {
            restart_with(seat, owed);
            lc_seat_drop_owed(seat, i--);
            continue;
        }
        owed->building = true;
        return lc_script_ref(owed->script);
    }
    return NULL;
}

static void give(lc_seat *seat, const lc_owed *owed, lc_offer *offer)
{
    offer->version = owed->version;
    offer->rule = owed->rule;
    begin_deciding(seat, owed->script, owed->version);
    lc_offer_free(seat->offer);
    seat->offer = offer;
    wake(seat, WANT_SWAP);
}

uint64_t lc_seat_end_building(lc_seat *seat, const lc_script *script, lc_offer *offer)
{
    for (size_t i = 0; i < seat->owed_count; i++) {
        lc_owed *owed = &seat->owed[i];
        if (owed->script != script || !owed->building) continue;
        uint64_t version = owed->version;
        owed->building = false;
        if (offer && offer->changes != seat->changes) break;
        if (offer) give(seat, owed, lc_steal(offer));
        lc_seat_drop_owed(seat, i);
        return version;
    }
    lc_offer_free(offer);
    return 0;
}

void lc_seat_put_off(lc_seat *seat, const lc_script *script)
{
    for (size_t i = 0; i < seat->owed_count; i++)
        if (seat->owed[i].script == script) seat->owed[i].building = false;
}

static bool is_in_chain(const lc_seat *seat, const lc_script *script)
{
    return !is_of(seat->config->script, script);
}

bool lc_seat_recall(lc_seat *seat, uint64_t version)
{
    for (size_t i = seat->owed_count; i-- > 0;)
        if (seat->owed[i].version == version) lc_seat_drop_owed(seat, i);
    if (!seat->deciding || seat->deciding_version != version) return false;
    if (seat->next || seat->offer) {
        lc_script_unref(lc_steal(seat->next));
        lc_offer_free(lc_steal(seat->offer));
        atomic_fetch_and(&seat->wants, ~(WANT_RESTART | WANT_SWAP));
        lc_seat_decided(seat, version);
        return true;
    }
    if (!is_in_chain(seat, seat->deciding)) return false;
    seat->recalled = version;
    wake(seat, WANT_RECALL);
    return true;
}

/* How it stands, with the lock */

void lc_seat_pin(lc_seat *seat)
{
    seat->pins++;
}

void lc_seat_unpin(lc_seat *seat)
{
    seat->pins--;
}

bool lc_seat_is_pinned(const lc_seat *seat)
{
    return seat->pins > 0;
}

int lc_seat_task(const lc_seat *seat)
{
    return seat->task->id;
}

const lc_script *lc_seat_running(const lc_seat *seat, const char *path)
{
    const lc_connector_config *c = seat->config;
    for (size_t i = 0; i < c->step_count; i++) {
        if (!strcmp(lc_script_path(c->steps[i].transform), path)) return c->steps[i].transform;
        if (c->steps[i].predicate && !strcmp(lc_script_path(c->steps[i].predicate), path))
            return c->steps[i].predicate;
    }
    return lc_seat_connects_with(seat, path) ? c->script : NULL;
}

static const char *stage_of_owed(const lc_seat *seat, const lc_owed *owed)
{
    if (owed->building) return "it is being built, in turns with the task's batches";
    if (seat->deciding && !is_of(seat->deciding, owed->script))
        return "another script of the task has no verdict yet";
    return "it is about to be built";
}

const char *lc_seat_stage(const lc_seat *seat, const char *path, int64_t *ret_since_ms)
{
    for (size_t i = 0; i < seat->owed_count; i++) {
        if (strcmp(lc_script_path(seat->owed[i].script), path)) continue;
        *ret_since_ms = seat->owed[i].since_ms;
        return stage_of_owed(seat, &seat->owed[i]);
    }
    if (!seat->deciding || strcmp(lc_script_path(seat->deciding), path)) return NULL;
    *ret_since_ms = seat->deciding_since_ms;
    if (seat->offer) return "the task has not come by between two batches";
    if (seat->next) return "the task has not come to its end between two batches";
    return "the first records decide";
}

const char *lc_seat_overdue(lc_seat *seat, int64_t wait_ms)
{
    int64_t now_ms = lc_monotonic_ms();
    bool on_its_way = seat->deciding && (seat->offer || seat->next);
    if (on_its_way && !seat->told && now_ms - seat->deciding_since_ms >= wait_ms) {
        seat->told = true;
        return lc_script_path(seat->deciding);
    }
    for (size_t i = 0; i < seat->owed_count; i++) {
        if (seat->owed[i].told || now_ms - seat->owed[i].since_ms < wait_ms) continue;
        seat->owed[i].told = true;
        return lc_script_path(seat->owed[i].script);
    }
    return NULL;
}
