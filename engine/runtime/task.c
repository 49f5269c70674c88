#include "runtime/task_internal.h"
#include "script/meters.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/memory.h"
#include "kafka/consumer.h"
#include "runtime/history.h"
#include "runtime/probe.h"
#include "runtime/restart_policy.h"
#include "runtime/roster.h"
#include "runtime/seat.h"
#include "script/gate.h"

/* Scripts may nest C calls (gsub callbacks, coroutines) as deep as LuaJIT allows: that needs about 80 MiB of
 * stack, of which only what is touched becomes real. */
enum { SCRIPT_STACK = 128 * 1024 * 1024 };

static void release(lc_task *task)
{
    if (atomic_fetch_sub(&task->refs, 1) != 1) return;
    close(task->wake_fd);
    lc_props_free(task->connector_settings);
    lc_props_free(task->task_settings);
    lc_strings_done(&task->topics);
    pthread_mutex_destroy(&task->lock);
    lc_probe_free(task->probe);
    lc_meters_unref(task->script_meters);
    free(task->connector);
    free(task);
}

/* What the log says of a new state; a failure is told with its trace where it happens. */
static const char *const state_messages[] = {
    [LC_TASK_RUNNING] = "task runs",
    [LC_TASK_PAUSED] = "task is paused",
    [LC_TASK_STOPPED] = "task stopped",
};

/* How long it was in which state, and how its start went. */
static void meter_state(lc_task *task, lc_task_state state)
{
    lc_task_meters *m = &task->meters;
    int64_t now = lc_monotonic_ms(), spent = now - m->state_since_ms;
    if (task->state == LC_TASK_RUNNING) lc_meter_add(&m->running_ms, spent);
    if (task->state == LC_TASK_PAUSED) lc_meter_add(&m->paused_ms, spent);
    if (task->state == LC_TASK_UNASSIGNED && state != LC_TASK_STOPPED)
        lc_roster_note_task(task->worker->roster,
                            state == LC_TASK_FAILED ? LC_STARTUP_FAILURE : LC_STARTUP_SUCCESS);
    m->state_since_ms = now;
    m->meter_state = state;
}

static const char *const events[] = {[LC_TASK_RUNNING] = "running",
                                     [LC_TASK_PAUSED] = "paused",
                                     [LC_TASK_FAILED] = "failed",
                                     [LC_TASK_STOPPED] = "stopped"};

static void report(lc_task *task, lc_task_state state, const char *trace, bool is_last)
{
    meter_state(task, state);
    task->state = state;
    if (state < sizeof events / sizeof *events && events[state])
        lc_history_note(task->worker->history, task->connector, task->id, events[state], NULL, trace);
    bool told = state < sizeof state_messages / sizeof *state_messages && state_messages[state];
    if (told)
        lc_log(task->worker->log, LC_LOG_INFO, "runtime.task", state_messages[state], "connector",
               task->connector, "task", task->id_text, NULL);
    task->listener(task->listener_context, task->connector, task->id, state, trace, is_last);
}

void lc_task_report(lc_task *task, lc_task_state state)
{
    if (task->state != state) report(task, state, NULL, state == LC_TASK_STOPPED);
}

void lc_task_report_again(lc_task *task)
{
    task->listener(task->listener_context, task->connector, task->id, task->state, NULL, false);
}

void lc_task_log_commit(lc_task *task)
{
    char records[24];
    int64_t written = atomic_load_explicit(&task->meters.written, memory_order_relaxed);
    if (written == task->told_records) return;
    task->told_records = written;
    snprintf(records, sizeof records, "%lld", (long long)written);
    lc_log(task->worker->log, LC_LOG_INFO, "runtime.task", "offsets committed", "connector", task->connector,
           "task", task->id_text, "records", records, NULL);
}

void lc_task_wake(lc_task *task)
{
    uint64_t one = 1;
    if (write(task->wake_fd, &one, sizeof one) < 0) return; /* full: it is readable already */
}

void lc_task_wait(lc_task *task, int fd, int64_t wait_ms)
{
    struct pollfd fds[2] = {{task->wake_fd, POLLIN, 0}, {fd, POLLIN, 0}};
    int limit = wait_ms < 0 ? -1 : wait_ms > 3600000 ? 3600000 : (int)wait_ms;
    lc_gate *gate = lc_seat_gate(task->seat);
    lc_gate_lend(gate);
    int ready = poll(fds, fd < 0 ? 1 : 2, limit);
    lc_gate_reclaim(gate);
    if (ready <= 0 || !(fds[0].revents & POLLIN)) return;
    uint64_t count;
    if (read(task->wake_fd, &count, sizeof count) < 0) return;
}

bool lc_task_hold(lc_task *task)
{
    enum { LOOK_MS = 50 };
    while (!lc_worker_has_lease(task->worker) && !lc_task_is_stopping(task)) lc_task_wait(task, -1, LOOK_MS);
    return !lc_task_is_stopping(task);
}

void lc_task_saw_topic(lc_task *task, const char *topic, size_t len)
{
    char *name = lc_strndup(topic, len);
    pthread_mutex_lock(&task->lock);
    if (!lc_strings_has(&task->topics, name)) lc_strings_add(&task->topics, name);
    pthread_mutex_unlock(&task->lock);
    free(name);
}

void lc_task_set_consumer(lc_task *task, struct lc_consumer *consumer)
{
    pthread_mutex_lock(&task->lock);
    task->consumer = consumer;
    pthread_mutex_unlock(&task->lock);
}

void lc_task_each_topic(lc_task *task, void (*each)(void *context, const char *topic), void *context)
{
    pthread_mutex_lock(&task->lock);
    for (size_t i = 0; i < task->topics.count; i++) each(context, task->topics.items[i]);
    pthread_mutex_unlock(&task->lock);
}

static lc_error *resolve(lc_task *task, const lc_props *raw, lc_props **ret_props)
{
    lc_auto(lc_strings) notes = {0};
    lc_error *error = lc_providers_resolve(task->worker->providers, raw, &notes, ret_props);
    for (size_t i = 0; i < notes.count; i++)
        lc_log(task->worker->log, LC_LOG_WARN, "runtime.task", notes.items[i], "connector", task->connector,
               "task", task->id_text, NULL);
    return error;
}

/* What stands in the configuration itself is told in no trace or message either. */
static void note_secrets(lc_providers *providers, const lc_connector_config *config)
{
    lc_providers_note_secrets(providers, config->settings, lc_script_config_def(config->script));
    for (size_t i = 0; i < config->step_count; i++) {
        const lc_chain_step *step = &config->steps[i];
        lc_providers_note_secrets(providers, step->settings, lc_script_config_def(step->transform));
        if (step->predicate)
            lc_providers_note_secrets(providers, step->predicate_settings, lc_script_config_def(step->predicate));
    }
}

static lc_error *set_up_and_run(lc_task *task)
{
    lc_autoptr(lc_props) connector = NULL;
    lc_autoptr(lc_props) settings = NULL;
    LC_TRY(resolve(task, task->connector_settings, &connector));
    LC_TRY(resolve(task, task->task_settings, &settings));
    lc_connector_config *config = NULL;
    LC_TRY(lc_connector_config_new(task->worker->plugins, task->worker->settings, connector, &config));
    note_secrets(task->worker->providers, config);
    lc_error *error = lc_task_confine(task, config);
    if (error) {
        lc_connector_config_free(config);
        return error;
    }
    task->seat = lc_seat_take(task->worker->reloader, task, config, settings);
    do {
        error = config->is_sink ? lc_sink_task_run(task, config, settings)
                                : lc_source_task_run(task, config, settings);
    } while (lc_seat_next(task->seat, &error));
    lc_seat_leave(task->seat);
    task->seat = NULL;
    lc_connector_config_free(config);
    return error;
}

/* Tells a failure, and when the task starts again by itself: `wait_ms` < 0 is never. */
static void tell_failure(lc_task *task, const lc_error *error, int64_t wait_ms, int64_t restarts)
{
    char *text = lc_providers_hide(task->worker->providers, lc_error_to_text(error));
    lc_auto(lc_buf) trace = {0};
    lc_buf_text(&trace, text);
    if (wait_ms >= 0)
        lc_buf_printf(&trace, "The task starts again by itself in %lld ms: restart %lld by "
                              "errors.restart.policy=on-failure\n",
                      (long long)wait_ms, (long long)restarts);
    lc_log(task->worker->log, LC_LOG_ERROR, "runtime.task",
           wait_ms < 0 ? "task failed; it will not recover until it is restarted"
                       : "task failed; it will be restarted",
           "connector", task->connector, "task", task->id_text, "error", trace.data, NULL);
    report(task, LC_TASK_FAILED, trace.data, wait_ms < 0);
    free(text);
}

static void sleep_until(lc_task *task, int64_t until_ms)
{
    int64_t now;
    while (!lc_task_is_stopping(task) && (now = lc_monotonic_ms()) < until_ms)
        lc_task_wait(task, -1, until_ms - now);
}

/* Whether the task is to start again after a failure, which is freed; waits until it is time. */
static bool starts_again(lc_task *task, lc_restart_policy *policy, lc_error **error, int64_t began_ms)
{
    int64_t now = lc_monotonic_ms();
    /* One that was shut out must not come back by itself: its work may be somebody else's. */
    bool stays = lc_task_is_stopping(task) || lc_error_code(*error) == LC_E_CONFLICT;
    int64_t wait_ms = stays ? -1 : lc_restart_policy_next(policy, now - began_ms);
    tell_failure(task, *error, wait_ms, policy->restarts);
    lc_error_free(lc_steal(*error));
    if (wait_ms < 0) return false;
    sleep_until(task, now + wait_ms);
    if (!lc_task_is_stopping(task))
        lc_history_note(task->worker->history, task->connector, task->id, "restarted", "errors.restart.policy",
                        NULL);
    return true;
}

static void run_until_done(lc_task *task)
{
    lc_restart_policy policy = {0};
    lc_error *error = lc_restart_policy_read(task->connector_settings, &policy);
    int64_t began;
    do {
        began = lc_monotonic_ms();
        if (!error && !lc_task_is_stopping(task)) error = set_up_and_run(task);
        if (!error) lc_task_report(task, LC_TASK_STOPPED);
    } while (error && starts_again(task, &policy, &error, began));
}

static void run(void *argument)
{
    lc_task *task = argument;
    run_until_done(task);
    lc_confine_end();
    atomic_fetch_sub(&task->worker->living_tasks, 1); /* the last use of the worker */
    release(task);
}

lc_error *lc_task_start(const lc_task_options *options, lc_task **ret_task)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return lc_fail(LC_E_LIMIT, "No event descriptor for a task: %m. Raise the limit of open files.");
    lc_task *task = lc_alloc(sizeof *task);
    task->worker = options->worker;
    task->connector_settings = lc_props_copy(options->connector_settings);
    task->task_settings = lc_props_copy(options->task_settings);
    task->connector = lc_strdup(lc_props_get_or(options->connector_settings, "name", ""));
    task->id = options->id;
    snprintf(task->id_text, sizeof task->id_text, "%d", options->id);
    task->listener = options->listener;
    task->listener_context = options->listener_context;
    task->wake_fd = fd;
    task->meters.lag = -1;
    task->meters.started_ms = task->meters.state_since_ms = lc_monotonic_ms();
    pthread_mutex_init(&task->lock, NULL);
    task->probe = lc_probe_new(task);
    task->script_meters = lc_meters_new();
    atomic_init(&task->wanted, options->start_paused ? LC_WANT_PAUSE : LC_WANT_RUN);
    atomic_init(&task->refs, 2);
    atomic_fetch_add(&task->worker->living_tasks, 1);
    lc_roster_note_task(task->worker->roster, LC_STARTUP_ATTEMPT);
    lc_history_note(task->worker->history, task->connector, task->id, "started", NULL, NULL);
    lc_error *error = lc_thread_start(task->connector, SCRIPT_STACK, run, task, &task->thread);
    if (error) {
        atomic_fetch_sub(&task->worker->living_tasks, 1);
        release(task);
        release(task);
        return error;
    }
    lc_roster_add(task->worker->roster, task);
    *ret_task = task;
    return NULL;
}

void lc_task_rouse(lc_task *task)
{
    lc_task_wake(task);
    pthread_mutex_lock(&task->lock);
    if (task->consumer) lc_consumer_wake(task->consumer);
    pthread_mutex_unlock(&task->lock);
}

static void want(lc_task *task, int what)
{
    if (lc_task_is_stopping(task)) return;
    atomic_store_explicit(&task->wanted, what, memory_order_release);
    lc_task_rouse(task);
}

void lc_task_pause(lc_task *task)
{
    want(task, LC_WANT_PAUSE);
}

void lc_task_resume(lc_task *task)
{
    want(task, LC_WANT_RUN);
}

void lc_task_stop(lc_task *task)
{
    want(task, LC_WANT_STOP);
}

bool lc_task_join(lc_task *task, int64_t deadline_monotonic_ms)
{
    int64_t left = deadline_monotonic_ms - lc_monotonic_ms();
    if (lc_thread_join(task->thread, left > 0 ? left : 0)) {
        task->thread = NULL;
        return true;
    }
    lc_roster_remove(task->worker->roster, task);
    atomic_store(&task->wanted, LC_WANT_LEFT);
    lc_thread_abandon(task->thread);
    task->thread = NULL;
    release(task);
    return false;
}

void lc_task_free(lc_task *task)
{
    if (!task) return;
    lc_roster_remove(task->worker->roster, task);
    release(task);
}

void lc_task_last_error(lc_task *task, lc_task_error *ret_error)
{
    pthread_mutex_lock(&task->lock);
    *ret_error = task->last_error;
    pthread_mutex_unlock(&task->lock);
}

void lc_task_get_counts(const lc_task *task, lc_task_counts *ret_counts)
{
    const lc_task_meters *m = &task->meters;
    int64_t now = lc_monotonic_ms(), spent = now - m->state_since_ms;
    *ret_counts = (lc_task_counts){
        .polled = m->polled,
        .written = m->written,
        .filtered = m->filtered,
        .failed = m->failed,
        .skipped = m->skipped,
        .retries = m->retries,
        .dlq_produced = m->dlq_produced,
        .dlq_failed = m->dlq_failed,
        .errors_logged = m->errors_logged,
        .commits = m->commits,
        .commit_failures = m->commit_failures,
        .last_commit_ms = m->last_commit_ms,
        .lag = m->lag,
        .last_error_ms = m->last_error_ms,
        .batches = m->batches,
        .batch_max = m->batch_max,
        .put_or_poll_ns = m->put_or_poll_ns,
        .put_or_poll_max_ns = m->put_or_poll_max_ns,
        .age_ms = now - m->started_ms,
        .running_ms = m->running_ms + (m->meter_state == LC_TASK_RUNNING ? spent : 0),
        .paused_ms = m->paused_ms + (m->meter_state == LC_TASK_PAUSED ? spent : 0),
        .commit_ns = m->commit_ns,
        .commit_max_ns = m->commit_max_ns,
        .waiting_for_room = m->waiting_for_room,
    };
}
