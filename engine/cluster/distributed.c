#include "cluster/herder.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cluster/distributed_internal.h"
#include "cluster/internal_topic.h"
#include "cluster/offset_topic.h"
#include "cluster/other_cluster.h"

enum {
    TICK_MS = 1000,
    JOINING_MS = 100, /* between looks at a group that this worker isn't in yet */
    TOPICS_MS = 1000,
    OPEN_MS = 10000,
    REFRESH_MS = 10000,
    POST_MS = 5000,
    SERVING_MS = 200, /* requests are served so long before the next tick */
    LEAVE_MS = 3000,
};

static const char *const component = "cluster.distributed";

static void wake(distributed *d)
{
    atomic_store(&d->changed, true);
    lc_queue_wake(d->requests.queue);
}

static void on_membership(void *context)
{
    wake(context);
}

void lc_distributed_fail(distributed *d, lc_error *failure)
{
    lc_log(d->herder.worker->log, LC_LOG_ERROR, component, "the worker can't go on", "error",
           lc_error_message(failure), NULL);
    pthread_mutex_lock(&d->lock);
    if (d->failure) lc_error_free(failure);
    else d->failure = failure;
    pthread_mutex_unlock(&d->lock);
}

static lc_error *failure(lc_herder *herder)
{
    distributed *d = (distributed *)herder;
    pthread_mutex_lock(&d->lock);
    lc_error *copy = d->failure ? lc_error_copy(d->failure) : NULL;
    pthread_mutex_unlock(&d->lock);
    return copy;
}

static void set_level(distributed *d, const lc_config_change *change)
{
    char *name = lc_strndup(change->value.data, change->value.len);
    lc_log_level level;
    if (lc_log_level_parse(name, &level))
        lc_log_set_level(d->herder.worker->log, change->name, level, lc_now_ms());
    free(name);
}

/* On the config topic's thread. */
static void on_change(void *context, const lc_config_change *change)
{
    distributed *d = context;
    if (change->kind == LC_CHANGED_RESTART)
        lc_distributed_note_restart(d, change->name, change->include_tasks, change->only_failed);
    else if (change->kind == LC_CHANGED_LOGGER) set_level(d, change);
    else if (change->kind == LC_CHANGED_FAILED) lc_distributed_fail(d, lc_error_copy(change->error));
    lc_script_topic_note(d->scripts, change);
    wake(d);
}

/* Starting. */

static lc_error *join(distributed *d, const lc_membership_listener *members)
{
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    LC_TRY(lc_other_cluster_refuse(d->herder.worker, state, OPEN_MS));
    return lc_membership_open(d->herder.worker, members, &d->membership);
}

/* Opens what isn't open yet; called again while brokers don't answer. */
static lc_error *open_stores(distributed *d)
{
    lc_worker_core *worker = d->herder.worker;
    lc_config_listener configs = {on_change, d};
    lc_membership_listener members = {on_membership, d};
    if (!worker->offsets) LC_TRY(lc_offset_topic_open(worker, OPEN_MS, &worker->offsets));
    if (!d->statuses) LC_TRY(lc_status_store_open(worker, NULL, OPEN_MS, &d->statuses));
    if (!d->configs) LC_TRY(lc_config_store_open(worker, &configs, OPEN_MS, &d->configs));
    if (worker->reloader && !lc_script_topic_is_started(d->scripts))
        LC_TRY(lc_script_topic_start(d->scripts, d->configs));
    if (!d->membership) LC_TRY(join(d, &members));
    if (!d->running) d->running = lc_running_new(worker, d->statuses, lc_distributed_publish, d);
    return NULL;
}

static void try_to_open(distributed *d)
{
    lc_progress_begin(&d->requests.progress, "initializing and reading to the end of internal topics", NULL);
    lc_autoptr(lc_error) error = open_stores(d);
    lc_progress_end(&d->requests.progress);
    if (!error) {
        atomic_store(&d->ready, true);
        lc_log(d->herder.worker->log, LC_LOG_INFO, component, "the cluster's topics are read", NULL);
        return;
    }
    if (!lc_error_is_retriable(error)) {
        lc_distributed_fail(d, lc_steal(error));
        return;
    }
    if (!d->waiting_since_ms)
        lc_log(d->herder.worker->log, LC_LOG_WARN, component, "waiting for Kafka", "error",
               lc_error_message(error), NULL);
    d->waiting_since_ms = lc_monotonic_ms();
}

/* Ticks. */

/* Writes this worker's record when it has to say more than it did. */
static void tell_of_me(distributed *d, int64_t applied)
{
    if (d->told_applied >= applied) return;
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_cluster_member_put(batch, d->herder.worker->worker_id, lc_membership_id(d->membership), d->url,
                          applied);
    lc_autoptr(lc_error) error = lc_config_store_post(d->configs, batch, POST_MS);
    if (!error) d->told_applied = applied;
    else
        lc_log(d->herder.worker->log, LC_LOG_WARN, component, "the cluster could not be told of this worker",
               "error", lc_error_message(error), NULL);
}

/* The newest assignment is read to the end before anything is done in the name of the cluster again. */
static bool rejoin(distributed *d)
{
    lc_autoptr(lc_error) error = lc_config_store_refresh(d->configs, REFRESH_MS);
    if (error) {
        lc_log(d->herder.worker->log, LC_LOG_WARN, component, "the config topic could not be read to its end",
               "error", lc_error_message(error), NULL);
        return false;
    }
    d->is_member = true;
    d->obeyed_offset = -1;
    d->obey_at_ms = 0;
    lc_log(d->herder.worker->log, LC_LOG_INFO, component, "joined the cluster", "member",
           lc_membership_id(d->membership), NULL);
    return true;
}

/* Tasks have noticed it themselves and stand still. They go on where they are if they still belong here when
 * the group is back: after an outage of the brokers nothing is done twice. */
static void stand_still(distributed *d)
{
    if (d->is_member)
        lc_log(d->herder.worker->log, LC_LOG_WARN, component,
               "this worker is out of touch with the group; its tasks stand still", NULL);
    d->is_member = false;
}

/* Two workers with one address would take each other's place again and again. */
static bool was_replaced(distributed *d, const lc_config_state *state)
{
    lc_auto(lc_cluster_members) members = {0};
    lc_cluster_members_read(state, &members);
    const lc_cluster_member *me = lc_cluster_member_of_worker(&members, d->herder.worker->worker_id);
    return d->told_applied >= 0 && me && strcmp(me->id, lc_membership_id(d->membership)) > 0;
}

static int64_t newest_revocation(const distributed *d)
{
    int64_t newest = 0;
    for (size_t i = 0; i < d->assignment.count; i++) {
        const lc_held *held = &d->assignment.items[i];
        if (held->revoked_since > newest && !strcmp(held->member, lc_membership_id(d->membership)))
            newest = held->revoked_since;
    }
    return newest;
}

/* Does what the newest assignment says, and tells the leader when that took something away from here. */
static void obey(distributed *d)
{
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    if (lc_config_state_offset(state) != d->obeyed_offset && lc_monotonic_ms() >= d->obey_at_ms) {
        if (was_replaced(d, state)) {
            lc_distributed_fail(
                d, lc_fail(LC_E_CONFIG,
                           "Another worker of the group has the address %s. Give each its own listeners or "
                           "rest.advertised.host.name and rest.advertised.port.",
                           d->herder.worker->worker_id));
            return;
        }
        lc_assignment_done(&d->assignment);
        lc_distributed_assignment(d, state, &d->assignment);
        lc_orders orders = lc_distributed_orders(d, state);
        lc_running_apply(d->running, &orders);
        d->obeyed_offset = lc_config_state_offset(state);
        d->obey_at_ms = lc_monotonic_ms() + lc_distributed_pause(d->assignment.count);
    }
    tell_of_me(d, newest_revocation(d));
}

static int64_t earlier(int64_t wait_ms, int64_t at_ms)
{
    int64_t left = at_ms - lc_monotonic_ms();
    if (!at_ms || left >= wait_ms) return wait_ms;
    return left > 0 ? left : 0;
}

/* Returns how long nothing needs to be done unless something is told. */
static int64_t tick(distributed *d)
{
    lc_auto(lc_membership_view) view = {0};
    lc_autoptr(lc_error) refused = lc_membership_failure(d->membership);
    if (refused) {
        lc_distributed_fail(d, lc_steal(refused));
        return TICK_MS;
    }
    lc_membership_look(d->membership, &view);
    if (!view.is_member || view.lapses != d->lapses) stand_still(d);
    d->lapses = view.lapses;
    tell_of_me(d, 0);
    if (!view.is_member || (!d->is_member && !rejoin(d))) return JOINING_MS;
    lc_distributed_lead(d, &view);
    obey(d);
    lc_membership_resume(d->membership, d->lapses);
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(d->configs);
    int64_t next = lc_running_publish(d->running, state);
    if (lc_monotonic_ms() >= d->topics_at_ms) {
        lc_running_note_topics(d->running);
        d->topics_at_ms = lc_monotonic_ms() + TOPICS_MS;
    }
    if (lc_config_state_offset(state) != d->obeyed_offset) next = next && next < d->obey_at_ms ? next : d->obey_at_ms;
    return atomic_load(&d->changed) ? 0 : earlier(lc_distributed_lead_wait(d), next);
}

static void run(void *argument)
{
    distributed *d = argument;
    int64_t wait_ms = 0;
    while (lc_requests_serve(&d->requests, wait_ms)) {
        int64_t until = lc_monotonic_ms() + SERVING_MS;
        while (lc_queue_count(d->requests.queue) && lc_monotonic_ms() < until)
            lc_requests_serve(&d->requests, 0);
        atomic_store(&d->changed, false);
        lc_autoptr(lc_error) failed = failure(&d->herder);
        if (failed) wait_ms = TICK_MS;
        else if (atomic_load(&d->ready)) wait_ms = tick(d);
        else try_to_open(d), wait_ms = atomic_load(&d->ready) ? 0 : TICK_MS;
    }
}

/* The rest of the table. */

static void do_nothing(lc_herder *herder, lc_request *r)
{
    (void)herder, (void)r;
}

static lc_error *ping(lc_herder *herder, int64_t deadline)
{
    return lc_requests_await(&((distributed *)herder)->requests,
                             lc_request_new(do_nothing, NULL, "", deadline), NULL, NULL);
}

static bool is_ready(lc_herder *herder)
{
    return atomic_load(&((distributed *)herder)->ready);
}

static void write_stage(lc_herder *herder, lc_buf *out)
{
    lc_progress_write(&((distributed *)herder)->requests.progress, out);
}

static lc_error *set_logger(lc_herder *herder, const char *logger, const char *level)
{
    distributed *d = (distributed *)herder;
    LC_TRY(lc_distributed_check_ready(d));
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_config_batch_logger(batch, logger, level);
    return lc_config_store_post(d->configs, batch, POST_MS);
}

static lc_error *publish_script(lc_herder *herder, const char *kind, const char *name, int version, const char *who)
{
    distributed *d = (distributed *)herder;
    LC_TRY(lc_distributed_check_ready(d));
    return lc_script_topic_publish(d->scripts, kind, name, version, who);
}

static lc_error *publish_removal(lc_herder *herder, const char *kind, const char *name, const char *who)
{
    distributed *d = (distributed *)herder;
    LC_TRY(lc_distributed_check_ready(d));
    return lc_script_topic_publish_removal(d->scripts, kind, name, who);
}

static void show_script(lc_herder *herder, const char *kind, const char *name, lc_json *into)
{
    distributed *d = (distributed *)herder;
    if (atomic_load(&d->ready)) lc_script_topic_show(d->scripts, kind, name, into);
}

static void begin_stop(lc_herder *herder)
{
    atomic_store(&((distributed *)herder)->requests.closing, true);
}

/* Survivors learn of it from the record that goes, at once: the group would tell them with its next
 * heartbeat. It goes when nothing runs here any more. */
static void leave(distributed *d)
{
    lc_running_stop_all(d->running, true);
    lc_autoptr(lc_error) error = lc_status_store_flush(d->statuses, LEAVE_MS);
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_cluster_member_put(batch, d->herder.worker->worker_id, NULL, NULL, 0);
    if (lc_distributed_leads(d)) lc_config_store_release(d->configs);
    if (d->told_applied >= 0 && !error) error = lc_config_store_post(d->configs, batch, LEAVE_MS);
    if (error)
        lc_log(d->herder.worker->log, LC_LOG_WARN, component, "the cluster could not be told of the stop",
               "error", lc_error_message(error), NULL);
}

static void stop(lc_herder *herder)
{
    distributed *d = (distributed *)herder;
    begin_stop(herder);
    lc_queue_close(d->requests.queue);
    lc_thread_join(d->thread, -1);
    d->thread = NULL;
    if (d->running) leave(d);
}

static void free_distributed(lc_herder *herder)
{
    distributed *d = (distributed *)herder;
    if (d->thread) stop(herder);
    lc_script_topic_stop(d->scripts);
    lc_membership_close(d->membership, LEAVE_MS);
    lc_fencer_free(d->fencer);
    lc_running_free(d->running);
    lc_config_store_close(d->configs, LEAVE_MS);
    lc_script_topic_free(d->scripts);
    lc_status_store_close(d->statuses, LEAVE_MS);
    lc_requests_done(&d->requests);
    lc_assignment_done(&d->assignment);
    lc_error_free(d->failure);
    pthread_mutex_destroy(&d->lock);
    free(d->url);
    free(d);
}

lc_error *lc_herder_distributed_new(lc_worker_core *worker, const char *url, lc_herder **ret_herder)
{
    static const lc_herder_class klass = {
        .connectors = lc_distributed_list,
        .info = lc_distributed_info,
        .config = lc_distributed_config,
        .status = lc_distributed_status,
        .task_status = lc_distributed_task_status,
        .tasks = lc_distributed_tasks,
        .topics = lc_distributed_topics,
        .expand = lc_distributed_expand,
        .put = lc_distributed_put,
        .remove = lc_distributed_remove,
        .set_state = lc_distributed_set_state,
        .restart = lc_distributed_restart,
        .restart_task = lc_distributed_restart_task,
        .topics_reset = lc_distributed_topics_reset,
        .offsets = lc_distributed_offsets,
        .alter_offsets = lc_distributed_alter,
        .ping = ping,
        .stage = write_stage,
        .stop = stop,
        .free = free_distributed,
        .begin_stop = begin_stop,
        .locate = lc_distributed_locate,
        .workers = lc_distributed_workers,
        .put_tasks = lc_distributed_put_tasks,
        .fence = lc_distributed_fence,
        .verify = lc_distributed_verify,
        .sign = lc_distributed_sign,
        .set_logger = set_logger,
        .publish_script = publish_script,
        .publish_removal = publish_removal,
        .show_script = show_script,
        .is_ready = is_ready,
        .failure = failure,
    };
    distributed *d = lc_alloc(sizeof *d);
    d->herder = (lc_herder){&klass, worker};
    d->url = lc_strdup(url);
    d->told_applied = -1;
    d->obeyed_offset = -1;
    d->obey_at_ms = 0;
    pthread_mutex_init(&d->lock, NULL);
    lc_requests_init(&d->requests, &d->herder);
    d->fencer = lc_fencer_new(worker, on_membership, d);
    d->scripts = lc_script_topic_new(worker);
    lc_error *error = lc_thread_start("herder", 0, run, d, &d->thread);
    if (error) free_distributed(&d->herder);
    else *ret_herder = &d->herder;
    return error;
}
