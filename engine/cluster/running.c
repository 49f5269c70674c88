#include "cluster/running.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cluster/fencer.h"
#include "cluster/task_plan.h"
#include "runtime/roster.h"
#include "runtime/task.h"

/* What a task's thread says of itself. The thread may outlive its unit (left behind after a time-out), so
 * both hold a reference; the task's goes with its last report. */
typedef struct report {
    atomic_int refs;
    pthread_mutex_t lock;
    lc_status_store *statuses; /* NULL: nobody listens any longer */
    const char *worker_id;
    char *version;
    int generation;
    bool has_failed;
} report;

typedef struct unit {
    char *connector;
    int task; /* LC_CONNECTOR_ITSELF */
    bool is_wanted;
    int64_t held_since, wanted_since; /* generations that gave it: of what runs, and of the orders */
    lc_target_state target;
    int64_t from;     /* offset of the record it was started from; -1: it isn't started */
    lc_task *running; /* NULL: a connector, or a task that couldn't be started */
    report *said;     /* of a task */
    bool has_failed;  /* a connector */
    /* A connector's tasks that the leader has yet to write. */
    lc_task_plan plan;
    bool has_plan;
    int64_t publish_at_ms, publish_wait_ms;
} unit;

struct lc_running {
    lc_worker_core *worker;
    lc_status_store *statuses;
    lc_publish_tasks *publish;
    void *context;
    lc_table *units; /* "task:connector" */
};

enum { FIRST_WAIT_MS = 250, LAST_WAIT_MS = 60000 };

static report *report_new(const lc_running *r, const char *version, int generation)
{
    report *said = lc_alloc(sizeof *said);
    atomic_init(&said->refs, 2);
    pthread_mutex_init(&said->lock, NULL);
    said->statuses = r->statuses;
    said->worker_id = r->worker->worker_id;
    said->version = lc_strdup(version);
    said->generation = generation;
    return said;
}

static void report_unref(report *said)
{
    if (!said || atomic_fetch_sub(&said->refs, 1) != 1) return;
    pthread_mutex_destroy(&said->lock);
    free(said->version);
    free(said);
}

/* After this the task's thread writes no status. */
static void report_mute(report *said)
{
    pthread_mutex_lock(&said->lock);
    said->statuses = NULL;
    pthread_mutex_unlock(&said->lock);
}

static const lc_status_state told_states[] = {
    [LC_TASK_UNASSIGNED] = LC_STATUS_UNASSIGNED, [LC_TASK_RUNNING] = LC_STATUS_RUNNING,
    [LC_TASK_PAUSED] = LC_STATUS_PAUSED,         [LC_TASK_FAILED] = LC_STATUS_FAILED,
    [LC_TASK_STOPPED] = LC_STATUS_UNASSIGNED,
};

static void listen(void *context, const char *connector, int task, lc_task_state state, const char *trace,
                   bool is_last)
{
    report *said = context;
    pthread_mutex_lock(&said->lock);
    lc_status status = {told_states[state], trace, said->worker_id, said->generation, said->version};
    said->has_failed = state == LC_TASK_FAILED;
    if (said->statuses && state == LC_TASK_FAILED)
        lc_status_store_put_safe(said->statuses, connector, task, &status);
    else if (said->statuses && state != LC_TASK_STOPPED)
        lc_status_store_put(said->statuses, connector, task, &status);
    pthread_mutex_unlock(&said->lock);
    if (is_last) report_unref(said);
}

static bool has_failed(const unit *u)
{
    if (!u->said) return u->has_failed;
    pthread_mutex_lock(&u->said->lock);
    bool failed = u->said->has_failed;
    pthread_mutex_unlock(&u->said->lock);
    return failed;
}

static void forget_plan(unit *u)
{
    lc_task_plan_done(&u->plan);
    u->has_plan = false;
}

static void free_unit(void *value)
{
    unit *u = value;
    forget_plan(u);
    report_unref(u->said);
    free(u->connector);
    free(u);
}

lc_running *lc_running_new(lc_worker_core *worker, lc_status_store *statuses, lc_publish_tasks *publish,
                           void *context)
{
    lc_running *r = lc_alloc(sizeof *r);
    *r = (lc_running){worker, statuses, publish, context, lc_table_new(free_unit)};
    return r;
}

void lc_running_free(lc_running *running)
{
    if (!running) return;
    lc_table_free(running->units);
    free(running);
}

static char *key_of(const char *connector, int task)
{
    lc_buf key = {0};
    lc_buf_printf(&key, "%d:%s", task, connector);
    return lc_buf_detach(&key);
}

static unit *find(const lc_running *r, const char *connector, int task)
{
    char *key = key_of(connector, task);
    unit *u = lc_table_get(r->units, key);
    free(key);
    return u;
}

bool lc_running_has(const lc_running *running, const char *connector, int task)
{
    return find(running, connector, task) != NULL;
}

size_t lc_running_count(const lc_running *running)
{
    return lc_table_count(running->units);
}

static const char *version_of(const lc_running *r, const lc_props *config)
{
    const lc_script *script = lc_connector_script_of(r->worker, config);
    const char *version = script ? lc_script_version(script) : NULL;
    return version && strcmp(version, "undefined") ? version : NULL;
}

/* Writes a status of this worker's. UNASSIGNED doesn't replace what a later owner has said. */
static void put(const lc_running *r, const unit *u, lc_status_state state, const char *trace,
                const char *version, int generation)
{
    lc_status status = {state, trace, r->worker->worker_id, generation, version};
    if (state == LC_STATUS_UNASSIGNED) lc_status_store_put_safe(r->statuses, u->connector, u->task, &status);
    else lc_status_store_put(r->statuses, u->connector, u->task, &status);
}

typedef struct topic_note {
    lc_status_store *statuses;
    const unit *unit;
} topic_note;

static void note_topic(void *context, const char *topic)
{
    const topic_note *note = context;
    lc_status_store_topic(note->statuses, note->unit->connector, topic, note->unit->task);
}

static void note_topics(const lc_running *r, const unit *u)
{
    topic_note note = {r->statuses, u};
    if (u->running) lc_task_each_topic(u->running, note_topic, &note);
}

void lc_running_note_topics(lc_running *running)
{
    for (size_t i = 0; i < lc_table_count(running->units); i++)
        note_topics(running, lc_table_value_at(running->units, i));
}

/* Ending. */

static void begin_end(unit *u)
{
    if (u->running) lc_task_stop(u->running);
}

/* Joins what begin_end asked to end. */
static void end(const lc_running *r, unit *u, int64_t deadline)
{
    u->from = -1;
    forget_plan(u);
    if (!u->said) return;
    if (u->running) {
        if (lc_task_join(u->running, deadline)) {
            note_topics(r, u);
            lc_task_free(u->running);
        } else {
            lc_log(r->worker->log, LC_LOG_ERROR, "cluster.running",
                   "task did not stop in time and is left behind", "connector", u->connector, NULL);
        }
        u->running = NULL;
    }
    report_mute(u->said);
    report_unref(u->said);
    u->said = NULL;
}

static int64_t stop_deadline(const lc_running *r)
{
    return lc_monotonic_ms() + r->worker->task_shutdown_timeout_ms;
}

/* Whether the configuration still knows the unit; else its status goes. */
static bool still_exists(const lc_config_state *state, const unit *u)
{
    const lc_config_connector *c = lc_config_state_find(state, u->connector);
    return c && (u->task < 0 || (c->tasks && u->task < c->task_count));
}

static void drop(lc_running *r, unit *u)
{
    char *key = key_of(u->connector, u->task);
    lc_table_remove(r->units, key);
    free(key);
}

void lc_running_stop_all(lc_running *r, bool tell)
{
    int64_t deadline = stop_deadline(r);
    for (size_t i = 0; i < lc_table_count(r->units); i++) {
        unit *u = lc_table_value_at(r->units, i);
        if (u->said && !tell) report_mute(u->said);
        begin_end(u);
    }
    for (size_t i = 0; i < lc_table_count(r->units); i++) {
        unit *u = lc_table_value_at(r->units, i);
        int generation = u->said ? u->said->generation : 0;
        end(r, u, deadline);
        if (tell) put(r, u, LC_STATUS_UNASSIGNED, NULL, NULL, generation);
    }
    lc_table_clear(r->units);
}

/* Starting. */

static void start_task(lc_running *r, unit *u, const lc_config_connector *c, int generation)
{
    u->from = c->tasks_offset;
    u->said = report_new(r, version_of(r, c->config), generation);
    lc_task_options options = {
        .worker = r->worker,
        .connector_settings = c->applied ? c->applied : c->config,
        .task_settings = c->tasks[u->task],
        .id = u->task,
        .start_paused = c->target == LC_TARGET_PAUSED,
        .listener = listen,
        .listener_context = u->said,
    };
    lc_error *error = lc_task_start(&options, &u->running);
    if (!error) return;
    char *trace = lc_error_to_text(error);
    listen(u->said, u->connector, u->task, LC_TASK_FAILED, trace, true);
    free(trace);
    lc_error_free(error);
}

static void connector_failed(lc_running *r, unit *u, lc_error *error, const char *version, int generation)
{
    char *trace = lc_providers_hide(r->worker->providers, lc_error_to_text(error));
    u->has_failed = true;
    put(r, u, LC_STATUS_FAILED, trace, version, generation);
    lc_log(r->worker->log, LC_LOG_ERROR, "cluster.running", "connector failed", "connector", u->connector,
           "error", trace, NULL);
    free(trace);
    lc_error_free(error);
}

/* Connect asks connectors for their tasks whenever they start or are resumed, not while they are paused. */
static void start_connector(lc_running *r, unit *u, const lc_config_connector *c, int generation)
{
    static const lc_status_state states[] = {[LC_TARGET_UNSET] = LC_STATUS_RUNNING,
                                             [LC_TARGET_STARTED] = LC_STATUS_RUNNING,
                                             [LC_TARGET_PAUSED] = LC_STATUS_PAUSED,
                                             [LC_TARGET_STOPPED] = LC_STATUS_STOPPED};
    const char *version = version_of(r, c->config);
    u->from = c->config_offset;
    u->has_failed = false;
    forget_plan(u);
    lc_error *error =
        c->target == LC_TARGET_STARTED ? lc_task_plan_make(r->worker, c->config, &u->plan) : NULL;
    lc_roster_note_connector(r->worker->roster, LC_STARTUP_ATTEMPT);
    lc_roster_note_connector(r->worker->roster, error ? LC_STARTUP_FAILURE : LC_STARTUP_SUCCESS);
    if (error) {
        connector_failed(r, u, error, version, generation);
        return;
    }
    put(r, u, states[c->target], NULL, version, generation);
    u->has_plan = c->target == LC_TARGET_STARTED;
    u->publish_at_ms = 0;
    u->publish_wait_ms = FIRST_WAIT_MS;
}

/* Tasks of an exactly-once source wait until their predecessors are shut out; the record that says so brings
 * the next look. */
static void start(lc_running *r, unit *u, const lc_config_connector *c, int generation)
{
    if (u->task >= 0 && lc_fencer_is_needed(r->worker, c)) return;
    u->target = c->target;
    u->held_since = u->wanted_since;
    if (u->task < 0) start_connector(r, u, c, generation);
    else start_task(r, u, c, generation);
}

/* Pausing and resuming what runs. */
static void steer(lc_running *r, unit *u, const lc_config_connector *c, int generation)
{
    if (u->target == c->target) return;
    u->target = c->target;
    if (u->task < 0) start_connector(r, u, c, generation);
    else if (u->running && c->target == LC_TARGET_PAUSED) lc_task_pause(u->running);
    else if (u->running) lc_task_resume(u->running);
}

/* Bringing into force. */

static bool is_outdated(const unit *u, const lc_config_state *state)
{
    const lc_config_connector *c = lc_config_state_find(state, u->connector);
    if (!c || !u->is_wanted || u->from < 0) return true;
    if (u->held_since != u->wanted_since) return true; /* somebody else had it meanwhile */
    return u->from != (u->task < 0 ? c->config_offset : c->tasks_offset);
}

static void want(lc_running *r, const lc_orders *orders)
{
    for (size_t i = 0; i < lc_table_count(r->units); i++)
        ((unit *)lc_table_value_at(r->units, i))->is_wanted = false;
    for (size_t i = 0; i < orders->assignment->count; i++) {
        const lc_held *held = &orders->assignment->items[i];
        if (held->revoked_since || strcmp(held->member, orders->member) != 0) continue;
        unit *u = find(r, held->connector, held->task);
        if (!u) {
            u = lc_alloc(sizeof *u);
            u->connector = lc_strdup(held->connector);
            u->task = held->task;
            u->from = -1;
            char *key = key_of(held->connector, held->task);
            lc_table_put(r->units, key, u);
            free(key);
        }
        u->is_wanted = still_exists(orders->state, u);
        u->wanted_since = held->since;
    }
}

/* Connect says of everything that ends by request that it is UNASSIGNED, also when it is started again. */
static void end_and_tell(lc_running *r, unit *u, int64_t deadline, int generation)
{
    bool tell = u->from >= 0 && !has_failed(u);
    end(r, u, deadline);
    if (tell) put(r, u, LC_STATUS_UNASSIGNED, NULL, NULL, generation);
}

/* While this worker slept its work was given away: what there is to say of it is for the new owner to say. */
static bool is_with_another(const lc_orders *orders, const unit *u)
{
    for (size_t i = 0; i < orders->assignment->count; i++) {
        const lc_held *held = &orders->assignment->items[i];
        if (!held->revoked_since && held->task == u->task && !strcmp(held->connector, u->connector))
            return strcmp(held->member, orders->member) != 0;
    }
    return false;
}

static void end_outdated(lc_running *r, const lc_orders *orders)
{
    int64_t deadline = stop_deadline(r);
    for (size_t i = 0; i < lc_table_count(r->units); i++) {
        unit *u = lc_table_value_at(r->units, i);
        if (is_outdated(u, orders->state)) begin_end(u);
    }
    for (size_t i = lc_table_count(r->units); i-- > 0;) {
        unit *u = lc_table_value_at(r->units, i);
        if (!is_outdated(u, orders->state)) continue;
        if (is_with_another(orders, u)) end(r, u, deadline);
        else end_and_tell(r, u, deadline, orders->generation);
        if (u->is_wanted) continue;
        if (!still_exists(orders->state, u)) put(r, u, LC_STATUS_DESTROYED, NULL, NULL, orders->generation);
        drop(r, u);
    }
}

void lc_running_apply(lc_running *r, const lc_orders *orders)
{
    want(r, orders);
    end_outdated(r, orders);
    for (size_t i = 0; i < lc_table_count(r->units); i++) {
        unit *u = lc_table_value_at(r->units, i);
        const lc_config_connector *c = lc_config_state_find(orders->state, u->connector);
        if (u->from < 0) start(r, u, c, orders->generation);
        else steer(r, u, c, orders->generation);
    }
}

static void restart(lc_running *r, const lc_orders *orders, unit *u, bool tell)
{
    const lc_config_connector *c = lc_config_state_find(orders->state, u->connector);
    if (!c || !still_exists(orders->state, u) || c->target == LC_TARGET_STOPPED) return;
    begin_end(u);
    end_and_tell(r, u, stop_deadline(r), orders->generation);
    if (tell) put(r, u, LC_STATUS_RESTARTING, NULL, version_of(r, c->config), orders->generation);
    start(r, u, c, orders->generation);
}

void lc_running_restart_task(lc_running *running, const lc_orders *orders, const char *connector, int task)
{
    unit *u = find(running, connector, task);
    if (u) restart(running, orders, u, false);
}

void lc_running_restart(lc_running *running, const lc_orders *orders, const char *connector,
                        bool connector_too, bool tasks, bool only_failed)
{
    bool is_planned = tasks || only_failed; /* Connect tells of RESTARTING only then */
    for (size_t i = 0; i < lc_table_count(running->units); i++) {
        unit *u = lc_table_value_at(running->units, i);
        if (strcmp(u->connector, connector) != 0 || !(u->task < 0 ? connector_too : tasks)) continue;
        if (!only_failed || has_failed(u)) restart(running, orders, u, is_planned);
    }
}

/* Publishing. */

static bool is_known(const lc_config_connector *c, const lc_task_plan *plan)
{
    if (!c->applied || c->is_inconsistent || !lc_props_equal(c->applied, c->config)) return false;
    if ((size_t)c->task_count != plan->count) return false;
    for (size_t i = 0; i < plan->count; i++)
        if (!lc_props_equal(c->tasks[i], plan->tasks[i])) return false;
    return true;
}

static void publish(lc_running *r, unit *u, const lc_config_state *state)
{
    const lc_config_connector *c = lc_config_state_find(state, u->connector);
    if (!c || c->config_offset != u->from || c->target == LC_TARGET_STOPPED || is_known(c, &u->plan) ||
        r->publish(r->context, u->connector, (const lc_props *const *)u->plan.tasks, u->plan.count)) {
        forget_plan(u);
        return;
    }
    u->publish_at_ms = lc_monotonic_ms() + u->publish_wait_ms;
    u->publish_wait_ms = u->publish_wait_ms * 2 < LAST_WAIT_MS ? u->publish_wait_ms * 2 : LAST_WAIT_MS;
}

int64_t lc_running_publish(lc_running *running, const lc_config_state *state)
{
    int64_t next = 0;
    for (size_t i = 0; i < lc_table_count(running->units); i++) {
        unit *u = lc_table_value_at(running->units, i);
        if (!u->has_plan) continue;
        if (u->publish_at_ms <= lc_monotonic_ms()) publish(running, u, state);
        if (u->has_plan && (!next || u->publish_at_ms < next)) next = u->publish_at_ms;
    }
    return next;
}
