#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cluster/distributed_internal.h"
#include "cluster/other_cluster.h"
#include "secure/random.h"

enum { CLAIM_MS = 15000, CLAIM_AGAIN_MS = 500, SESSION_KEY_BYTES = 32 };

static const char *const component = "cluster.distributed";

static int64_t setting(const distributed *d, const char *name, int64_t fallback)
{
    const char *given = lc_props_get(d->herder.worker->settings, name);
    return given ? atoll(given) : fallback;
}

bool lc_distributed_leads(distributed *d)
{
    return lc_config_store_epoch(d->configs) > 0;
}

void lc_distributed_assignment(distributed *d, const lc_config_state *state, lc_assignment *ret_assignment)
{
    *ret_assignment = (lc_assignment){0};
    lc_autoptr(lc_error) error =
        lc_assignment_read(lc_config_state_own(state, LC_ASSIGNMENT_KEY), ret_assignment);
    if (error)
        lc_log(d->herder.worker->log, LC_LOG_ERROR, component,
               "the assignment can't be read; it is made anew", "error", lc_error_message(error), NULL);
}

/* When the leader has said goodbye or was started anew, the oldest of those that remain doesn't wait for the
 * group to find out: the group will choose the same one. */
static bool is_deputy(const distributed *d, const lc_cluster_members *members, const lc_membership_view *view)
{
    const char *me = lc_membership_id(d->membership);
    if (!d->assignment.leader || lc_cluster_member_by_id(members, d->assignment.leader)) return false;
    for (size_t i = 0; i < members->count; i++)
        if (lc_strings_has(&view->members, members->items[i].id)) return !strcmp(members->items[i].id, me);
    return false;
}

static void claim(distributed *d)
{
    int64_t epoch = 0;
    lc_progress_begin(&d->requests.progress, "becoming the leader of the cluster", NULL);
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    lc_autoptr(lc_error) error = lc_other_cluster_refuse(d->herder.worker, state, CLAIM_MS);
    if (error && !lc_error_is_retriable(error)) {
        lc_distributed_fail(d, lc_steal(error));
        return;
    }
    if (!error) error = lc_config_store_claim(d->configs, CLAIM_MS, &epoch);
    lc_progress_end(&d->requests.progress);
    d->claim_at_ms = lc_monotonic_ms() + CLAIM_AGAIN_MS;
    if (error) {
        lc_log(d->herder.worker->log, LC_LOG_WARN, component, "leadership could not be taken; tried again",
               "error", lc_error_message(error), NULL);
        return;
    }
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)epoch);
    d->must_claim = false;
    d->lost_deadline_ms = 0;
    lc_log(d->herder.worker->log, LC_LOG_INFO, component, "this worker leads the cluster", "epoch", text,
           "leader_url", d->url, NULL);
}

/* What a round of planning looks at. */
typedef struct round_view {
    lc_config_state *state;
    lc_cluster_members members;
    lc_assign_member *alive;
    size_t alive_count;
    lc_assign_wish *units;
    size_t unit_count;
} round_view;

static void list_alive(round_view *r, const lc_membership_view *view)
{
    r->alive = lc_alloc((r->members.count + 1) * sizeof *r->alive);
    for (size_t i = 0; i < r->members.count; i++) {
        const lc_cluster_member *m = &r->members.items[i];
        if (lc_strings_has(&view->members, m->id))
            r->alive[r->alive_count++] = (lc_assign_member){m->id, m->applied};
    }
}

static void list_units(round_view *r)
{
    size_t connectors = lc_config_state_count(r->state);
    r->units = lc_alloc((connectors + lc_config_state_task_total(r->state) + 1) * sizeof *r->units);
    for (size_t i = 0; i < connectors; i++) {
        const lc_config_connector *c = lc_config_state_at(r->state, i);
        r->units[r->unit_count++] = (lc_assign_wish){c->name, LC_CONNECTOR_ITSELF};
        for (int t = 0; c->tasks && t < c->task_count; t++)
            r->units[r->unit_count++] = (lc_assign_wish){c->name, t};
    }
}

/* Whether what is lost stays where it was for now. A worker that joins meanwhile ends the wait, and so does
 * the loss of all: then there is nobody whose work would be disturbed. */
static bool keeps_lost(const distributed *d, size_t alive)
{
    if (!setting(d, "scheduled.rebalance.max.delay.ms", 0)) return false;
    if (!d->lost_deadline_ms) return true;
    return lc_monotonic_ms() < d->lost_deadline_ms && alive <= d->members_when_lost;
}

static bool anybody_remains(const distributed *d, const round_view *r)
{
    for (size_t i = 0; i < d->assignment.count; i++)
        for (size_t k = 0; k < r->alive_count; k++)
            if (!strcmp(d->assignment.items[i].member, r->alive[k].id)) return true;
    return false;
}

static void note_lost(distributed *d, size_t lost, size_t alive)
{
    if (!lost) {
        d->lost_deadline_ms = 0;
    } else if (!d->lost_deadline_ms) {
        d->lost_deadline_ms = lc_monotonic_ms() + setting(d, "scheduled.rebalance.max.delay.ms", 0);
        d->members_when_lost = alive;
    }
}

static bool key_is_due(const distributed *d, const lc_config_state *state)
{
    const lc_session_key *key = lc_config_state_session_key(state);
    int64_t ttl = setting(d, "inter.worker.key.ttl.ms", 3600000);
    return !key || (ttl && lc_now_ms() - key->created_ms >= ttl);
}

static void add_key(const distributed *d, lc_config_batch *batch)
{
    unsigned char bytes[256];
    int64_t size = setting(d, "inter.worker.key.size", SESSION_KEY_BYTES * 8) / 8;
    if (size < 16 || size > (int64_t)sizeof bytes) size = SESSION_KEY_BYTES;
    lc_random_bytes(bytes, (size_t)size);
    lc_session_key key = {{(const char *)bytes, (size_t)size}, "HmacSHA256", lc_now_ms()};
    lc_config_batch_session_key(batch, &key);
}

static void write_batch(distributed *d, const lc_config_batch *batch)
{
    lc_autoptr(lc_error) error = lc_config_store_write(d->configs, batch, LC_STORE_MS);
    if (!error) return;
    d->must_claim = lc_error_code(error) == LC_E_TIMEOUT;
    lc_log(d->herder.worker->log, LC_LOG_WARN, component, "the assignment could not be written", "error",
           lc_error_message(error), NULL);
}

/* Statuses of earlier clusters may have higher generations than this one's first. */
static int64_t last_generation(const distributed *d)
{
    int64_t in_statuses = lc_status_store_generation(d->statuses);
    return d->assignment.generation ? d->assignment.generation : in_statuses;
}

static void log_plan(const distributed *d, const lc_assignment *next, const round_view *r)
{
    char generation[24], workers[24], units[24], revoked[24];
    size_t taken = 0;
    for (size_t i = 0; i < next->count; i++) taken += next->items[i].revoked_since > 0;
    snprintf(generation, sizeof generation, "%lld", (long long)next->generation);
    snprintf(workers, sizeof workers, "%zu", r->alive_count);
    snprintf(units, sizeof units, "%zu", r->unit_count);
    snprintf(revoked, sizeof revoked, "%zu", taken);
    lc_log(d->herder.worker->log, LC_LOG_INFO, component, "work is assigned", "generation", generation,
           "workers", workers, "units", units, "revoked", revoked, NULL);
}

/* Sets of tasks of exactly-once sources start once their predecessors can't write any more. */
static void add_fenced(distributed *d, const lc_config_state *state, lc_config_batch *batch)
{
    for (size_t i = 0; i < lc_config_state_count(state); i++) {
        const lc_config_connector *c = lc_config_state_at(state, i);
        if (lc_fencer_is_needed(d->herder.worker, c) && lc_fencer_ask(d->fencer, c))
            lc_config_batch_fenced(batch, c->name, c->task_count);
    }
}

/* An assignment holds all units: writing and following one for each of many changes would cost the more the more there
 * are. */
int64_t lc_distributed_pause(size_t units)
{
    enum { FEW_UNITS = 500, UNITS_PER_MS = 10, LONGEST_MS = 1000 };
    if (units < FEW_UNITS) return 0;
    return units / UNITS_PER_MS < LONGEST_MS ? (int64_t)(units / UNITS_PER_MS) : LONGEST_MS;
}

/* True when the assignment stays as it is. */
static bool plan(distributed *d, round_view *r)
{
    lc_assign_view view = {r->alive,
                           r->alive_count,
                           r->units,
                           r->unit_count,
                           lc_membership_id(d->membership),
                           keeps_lost(d, r->alive_count) && anybody_remains(d, r)};
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_auto(lc_assignment) next = {0};
    lc_auto(lc_buf) text = {0};
    size_t lost = 0;
    lc_assignment now = d->assignment;
    now.generation = last_generation(d);
    if (key_is_due(d, r->state)) add_key(d, batch);
    add_fenced(d, r->state, batch);
    bool changes = lc_assignment_plan(&now, &view, &next, &lost);
    if (changes) {
        lc_assignment_write(&next, &text);
        lc_config_batch_own(batch, LC_ASSIGNMENT_KEY, (lc_text){text.data, text.len});
        d->swept = false;
        d->plan_at_ms = lc_monotonic_ms() + lc_distributed_pause(r->unit_count);
        log_plan(d, &next, r);
    }
    note_lost(d, view.keep_lost ? lost : 0, r->alive_count);
    write_batch(d, batch);
    return !changes;
}

/* Statuses of connectors and tasks that are gone, once nobody runs any of them: whoever ran them would say so, but
 * may be gone too. */
static void sweep(distributed *d, const lc_config_state *state)
{
    lc_auto(lc_strings) names = {0};
    if (d->swept) return;
    for (size_t i = 0; i < d->assignment.count; i++)
        if (d->assignment.items[i].revoked_since) return;
    d->swept = true;
    lc_status_store_connectors(d->statuses, &names);
    for (size_t i = 0; i < names.count; i++) {
        const lc_config_connector *c = lc_config_state_find(state, names.items[i]);
        if (c) lc_status_store_forget_tasks(d->statuses, names.items[i], c->task_count);
        else lc_status_store_forget(d->statuses, names.items[i]);
    }
}

void lc_distributed_lead(distributed *d, const lc_membership_view *view)
{
    round_view r = {.state = lc_config_store_snapshot(d->configs)};
    lc_cluster_members_read(r.state, &r.members);
    bool should = view->is_leader || is_deputy(d, &r.members, view);
    bool leads = lc_distributed_leads(d) && !d->must_claim;
    if (should && !leads && lc_monotonic_ms() >= d->claim_at_ms) claim(d);
    if (lc_distributed_leads(d) && !d->must_claim && lc_monotonic_ms() >= d->plan_at_ms) {
        lc_config_state_unref(r.state);
        lc_cluster_members_done(&r.members);
        r = (round_view){.state = lc_config_store_snapshot(d->configs)};
        lc_cluster_members_read(r.state, &r.members);
        lc_assignment_done(&d->assignment);
        lc_distributed_assignment(d, r.state, &d->assignment);
        list_alive(&r, view);
        list_units(&r);
        if (plan(d, &r)) sweep(d, r.state);
    }
    free(r.alive);
    free(r.units);
    lc_cluster_members_done(&r.members);
    lc_config_state_unref(r.state);
}

int64_t lc_distributed_lead_wait(const distributed *d)
{
    int64_t now = lc_monotonic_ms(), left = d->lost_deadline_ms - now, wait = 1000;
    if (d->lost_deadline_ms && left < wait) wait = left > 0 ? left : 0;
    if (d->plan_at_ms > now && d->plan_at_ms - now < wait) wait = d->plan_at_ms - now;
    return wait;
}
