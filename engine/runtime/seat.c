#include "runtime/seat.h"

#include <stdlib.h>

#include "base/memory.h"
#include "runtime/seat_internal.h"
#include "runtime/trial.h"

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

/* The task ends before it could say anything. */
static void abstain(lc_seat *seat, uint64_t version)
{
    lc_reloader_verdict(seat->reloader, version, seat->task->connector, seat->task->id, NULL, NULL);
}

void lc_seat_drop_owed(lc_seat *seat, size_t at)
{
    lc_script_unref(seat->owed[at].script);
    seat->owed_count--;
    memmove(seat->owed + at, seat->owed + at + 1, (seat->owed_count - at) * sizeof *seat->owed);
}

void lc_seat_decided(lc_seat *seat, uint64_t version)
{
    if (!seat->deciding || seat->deciding_version != version) return;
    lc_script_unref(lc_steal(seat->deciding));
}

void lc_seat_leave(lc_seat *seat)
{
    if (!seat) return;
    lc_gate_lend(seat->gate);
    lc_reloader_remove_seat(seat->reloader, seat);
    lc_offer_free(seat->offer);
    while (seat->owed_count) abstain(seat, seat->owed[0].version), lc_seat_drop_owed(seat, 0);
    free(seat->owed);
    if (seat->deciding) lc_seat_promoted(seat, seat->deciding_version);
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
    if (seat->owed_count || starts_outdated(seat)) lc_reloader_look_again(seat->reloader);
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
    if (offer) { /* the next pipeline starts with it */
        lc_script_unref(lc_seat_replace(seat, offer->script));
        lc_seat_promoted(seat, offer->version);
    }
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
    if (old) seat->changes++;
    lc_reloader_unlock(seat->reloader);
    return old;
}

/* What was built before another script of the chain changed would bring that one back: it is built anew. */
static bool is_stale(lc_seat *seat, lc_offer *offer)
{
    lc_reloader_lock(seat->reloader);
    bool stale = offer->changes != seat->changes;
    if (stale) lc_seat_owe(seat, offer->script, offer->version, offer->rule);
    if (stale) lc_seat_decided(seat, offer->version);
    lc_reloader_unlock(seat->reloader);
    if (stale) lc_reloader_look_again(seat->reloader);
    return stale;
}

static void swap_or_recall(lc_seat *seat)
{
    lc_reloader_lock(seat->reloader);
    uint64_t recalled = seat->recalled;
    seat->recalled = 0;
    atomic_fetch_and(&seat->wants, ~(WANT_SWAP | WANT_RECALL));
    lc_offer *offer = lc_steal(seat->offer);
    lc_reloader_unlock(seat->reloader);
    if (recalled) lc_trial_recall(seat->pipeline, recalled, "another task rolled it back");
    if (!offer) return;
    if (is_stale(seat, offer)) {
        lc_offer_free(offer);
        return;
    }
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
    seat->changes++;
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

bool lc_seat_may_change(lc_seat *seat, bool has_failed)
{
    if (!seat || lc_task_is_stopping(seat->task)) return false;
    return has_failed ? seat->before != NULL : lc_seat_wants_restart(seat);
}

void lc_seat_note_change(lc_seat *seat, int64_t ns)
{
    lc_reloader_note_pause(seat->reloader, ns);
    lc_task_report_again(seat->task);
}

bool lc_seat_next(lc_seat *seat, lc_error **error)
{
    if (!lc_seat_may_change(seat, *error != NULL)) return false;
    if (!*error) return start_next(seat);
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

static void say(lc_seat *seat, uint64_t version, const char *why, const char *diff)
{
    lc_reloader_lock(seat->reloader);
    lc_seat_decided(seat, version);
    lc_reloader_unlock(seat->reloader);
    lc_reloader_verdict(seat->reloader, version, lc_seat_connector(seat), seat->task->id, why, diff);
}

void lc_seat_promoted(lc_seat *seat, uint64_t version)
{
    say(seat, version, NULL, NULL);
}

void lc_seat_rolled_back(lc_seat *seat, uint64_t version, const char *why, const char *diff)
{
    say(seat, version, why, diff);
}
