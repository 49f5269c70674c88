#include "cluster/local_connector.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cluster/task_plan.h"
#include "runtime/roster.h"

/* What a task last said of itself. Its thread may outlive the connector (abandoned after a time-out), so both
 * hold a reference; the task's goes with its last report. */
typedef struct report {
    atomic_int refs;
    pthread_mutex_t lock; /* guards state and trace */
    lc_task_state state;
    char *trace;
} report;

typedef struct slot {
    lc_task *task; /* NULL: ended or could not be started */
    lc_props *settings;
    report *said;
} slot;

struct lc_local_connector {
    lc_worker_core *worker;
    pthread_mutex_t lock; /* guards everything that readers of other threads see */
    lc_props *config;
    char *name;
    lc_script *script; /* NULL: the class can't be used */
    lc_target_state target;
    lc_task_state state;
    char *trace;
    slot *slots;
    size_t count;
    lc_strings topics; /* of tasks that have ended */
};

static report *report_new(lc_task_state state)
{
    report *said = lc_alloc(sizeof *said);
    atomic_init(&said->refs, 2);
    pthread_mutex_init(&said->lock, NULL);
    said->state = state;
    return said;
}

static void report_unref(report *said)
{
    if (atomic_fetch_sub(&said->refs, 1) != 1) return;
    pthread_mutex_destroy(&said->lock);
    free(said->trace);
    free(said);
}

static void report_set(report *said, lc_task_state state, const char *trace)
{
    pthread_mutex_lock(&said->lock);
    said->state = state;
    free(said->trace);
    said->trace = lc_strdup(trace);
    pthread_mutex_unlock(&said->lock);
}

static void listen(void *context, const char *connector, int task, lc_task_state state, const char *trace,
                   bool is_last)
{
    (void)connector, (void)task;
    report_set(context, state, trace);
    if (is_last) report_unref(context);
}

static void set_state(lc_local_connector *c, lc_task_state state, lc_error *error)
{
    char *trace = error ? lc_providers_hide(c->worker->providers, lc_error_to_text(error)) : NULL;
    pthread_mutex_lock(&c->lock);
    c->state = state;
    free(c->trace);
    c->trace = trace;
    pthread_mutex_unlock(&c->lock);
    if (error)
        lc_log(c->worker->log, LC_LOG_ERROR, "cluster.local_connector", "connector failed", "connector",
               c->name, "error", lc_error_message(error), NULL);
    lc_error_free(error);
}

static void find_script(lc_local_connector *c)
{
    lc_script *script = lc_connector_script_of(c->worker, c->config);
    lc_script_unref(c->script);
    c->script = script ? lc_script_ref(script) : NULL;
}

lc_local_connector *lc_local_connector_new(lc_worker_core *worker, const lc_props *config)
{
    lc_local_connector *c = lc_alloc(sizeof *c);
    c->worker = worker;
    c->config = lc_props_copy(config);
    c->name = lc_strdup(lc_props_get_or(config, "name", ""));
    c->target = LC_TARGET_STARTED;
    pthread_mutex_init(&c->lock, NULL);
    find_script(c);
    return c;
}

static void add_topic(void *context, const char *topic)
{
    lc_local_connector *c = context;
    if (!lc_strings_has(&c->topics, topic)) lc_strings_add(&c->topics, topic);
}

/* Joins the task's thread; one that overruns the time of task.shutdown.graceful.timeout.ms is left behind. */
static void end_task(lc_local_connector *c, slot *s, int64_t deadline)
{
    if (!s->task) return;
    lc_task *task = s->task;
    pthread_mutex_lock(&c->lock);
    lc_task_each_topic(task, add_topic, c);
    s->task = NULL;
    pthread_mutex_unlock(&c->lock);
    lc_task_stop(task);
    if (lc_task_join(task, deadline)) {
        /* What it drained while it stopped may have gone to topics it hadn't used before. */
        pthread_mutex_lock(&c->lock);
        lc_task_each_topic(task, add_topic, c);
        pthread_mutex_unlock(&c->lock);
        lc_task_free(task);
        return;
    }
    lc_log(c->worker->log, LC_LOG_ERROR, "cluster.local_connector",
           "task did not stop in time and is left behind", "connector", c->name, NULL);
}

static int64_t stop_deadline(const lc_local_connector *c)
{
    return lc_monotonic_ms() + c->worker->task_shutdown_timeout_ms;
}

static void start_task(lc_local_connector *c, size_t index)
{
    slot *s = &c->slots[index];
    report *said = report_new(LC_TASK_UNASSIGNED);
    lc_task_options options = {
        .worker = c->worker,
        .connector_settings = c->config,
        .task_settings = s->settings,
        .id = (int)index,
        .start_paused = c->target == LC_TARGET_PAUSED,
        .listener = listen,
        .listener_context = said,
    };
    lc_task *task = NULL;
    lc_error *error = lc_task_start(&options, &task);
    if (error) {
        char *trace = lc_error_to_text(error);
        listen(said, c->name, (int)index, LC_TASK_FAILED, trace, true);
        free(trace);
        lc_error_free(error);
    }
    pthread_mutex_lock(&c->lock);
    report *old = s->said;
    s->task = task;
    s->said = said;
    pthread_mutex_unlock(&c->lock);
    if (old) report_unref(old);
}

static void drop_tasks(lc_local_connector *c)
{
    int64_t deadline = stop_deadline(c);
    lc_local_connector_begin_stop(c);
    for (size_t i = 0; i < c->count; i++) end_task(c, &c->slots[i], deadline);
    pthread_mutex_lock(&c->lock);
    slot *slots = c->slots;
    size_t count = c->count;
    c->slots = NULL;
    c->count = 0;
    pthread_mutex_unlock(&c->lock);
    for (size_t i = 0; i < count; i++) {
        if (slots[i].said) report_unref(slots[i].said);
        lc_props_free(slots[i].settings);
    }
    free(slots);
}

void lc_local_connector_begin_stop(lc_local_connector *connector)
{
    for (size_t i = 0; i < connector->count; i++)
        if (connector->slots[i].task) lc_task_stop(connector->slots[i].task);
}

/* Writers to the embedded broker need not wait for it any longer. */
static void forget_reader(const lc_local_connector *c)
{
    if (c->worker->embedded) lc_embedded_forget_reader(c->worker->embedded, c->name);
}

void lc_local_connector_free(lc_local_connector *connector)
{
    if (!connector) return;
    drop_tasks(connector);
    forget_reader(connector);
    lc_script_unref(connector->script);
    lc_props_free(connector->config);
    lc_strings_done(&connector->topics);
    pthread_mutex_destroy(&connector->lock);
    free(connector->trace);
    free(connector->name);
    free(connector);
}

const char *lc_local_connector_name(const lc_local_connector *connector)
{
    return connector->name;
}

const lc_props *lc_local_connector_config(const lc_local_connector *connector)
{
    return connector->config;
}

lc_props *lc_local_connector_copy_config(lc_local_connector *connector)
{
    pthread_mutex_lock(&connector->lock);
    lc_props *copy = lc_props_copy(connector->config);
    pthread_mutex_unlock(&connector->lock);
    return copy;
}

bool lc_local_connector_is_sink(const lc_local_connector *connector)
{
    return connector->script && lc_script_kind_of(connector->script) == LC_SCRIPT_SINK;
}

lc_target_state lc_local_connector_target(const lc_local_connector *connector)
{
    return connector->target;
}

int lc_local_connector_task_count(const lc_local_connector *connector)
{
    return (int)connector->count;
}

bool lc_local_connector_has_task(const lc_local_connector *connector, int task)
{
    return task >= 0 && (size_t)task < connector->count;
}

static lc_error *make_slots(lc_local_connector *c)
{
    lc_auto(lc_task_plan) plan = {0};
    find_script(c);
    LC_TRY(lc_task_plan_make(c->worker, c->config, &plan));
    slot *slots = lc_alloc((plan.count + 1) * sizeof *slots);
    for (size_t i = 0; i < plan.count; i++) slots[i].settings = lc_steal(plan.tasks[i]);
    pthread_mutex_lock(&c->lock);
    c->slots = slots;
    c->count = plan.count;
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static void start_all(lc_local_connector *c)
{
    lc_error *error = make_slots(c);
    lc_roster_note_connector(c->worker->roster, LC_STARTUP_ATTEMPT);
    lc_roster_note_connector(c->worker->roster, error ? LC_STARTUP_FAILURE : LC_STARTUP_SUCCESS);
    if (error) {
        drop_tasks(c);
        set_state(c, LC_TASK_FAILED, error);
        return;
    }
    for (size_t i = 0; i < c->count; i++) start_task(c, i);
    set_state(c, c->target == LC_TARGET_PAUSED ? LC_TASK_PAUSED : LC_TASK_RUNNING, NULL);
}

void lc_local_connector_reconfigure(lc_local_connector *connector, const lc_props *config)
{
    bool idle = connector->target == LC_TARGET_PAUSED && !connector->count;
    drop_tasks(connector);
    forget_reader(connector);
    lc_props *copy = lc_props_copy(config);
    pthread_mutex_lock(&connector->lock);
    lc_props *old = connector->config;
    connector->config = copy;
    pthread_mutex_unlock(&connector->lock);
    lc_props_free(old);
    find_script(connector);
    if (connector->target != LC_TARGET_STOPPED && !idle) start_all(connector);
}

void lc_local_connector_steer(lc_local_connector *c, lc_target_state target)
{
    c->target = target;
    if (target == LC_TARGET_STOPPED) {
        drop_tasks(c);
        set_state(c, LC_TASK_STOPPED, NULL);
        return;
    }
    /* Connect leaves a connector without tasks when it is paused before it ran, or while it is stopped. */
    if (!c->count && target == LC_TARGET_PAUSED) {
        if (c->state != LC_TASK_FAILED) set_state(c, LC_TASK_PAUSED, NULL);
        return;
    }
    if (!c->count) {
        start_all(c);
        return;
    }
    for (size_t i = 0; i < c->count; i++) {
        if (!c->slots[i].task) continue;
        if (target == LC_TARGET_PAUSED) lc_task_pause(c->slots[i].task);
        else lc_task_resume(c->slots[i].task);
    }
    if (c->state != LC_TASK_FAILED)
        set_state(c, target == LC_TARGET_PAUSED ? LC_TASK_PAUSED : LC_TASK_RUNNING, NULL);
}

static lc_task_state state_of(const slot *s)
{
    if (!s->said) return LC_TASK_UNASSIGNED;
    pthread_mutex_lock(&s->said->lock);
    lc_task_state state = s->said->state;
    pthread_mutex_unlock(&s->said->lock);
    return state;
}

void lc_local_connector_restart_task(lc_local_connector *connector, int task)
{
    slot *s = &connector->slots[task];
    end_task(connector, s, stop_deadline(connector));
    start_task(connector, (size_t)task);
}

void lc_local_connector_restart(lc_local_connector *c, bool connector_too, bool tasks, bool only_failed)
{
    if (c->target == LC_TARGET_STOPPED) return;
    if (connector_too && c->state == LC_TASK_FAILED) {
        drop_tasks(c);
        start_all(c);
        return;
    }
    for (size_t i = 0; tasks && i < c->count; i++)
        if (!only_failed || state_of(&c->slots[i]) == LC_TASK_FAILED)
            lc_local_connector_restart_task(c, (int)i);
}

static const char *const state_names[] = {
    [LC_TASK_UNASSIGNED] = "UNASSIGNED", [LC_TASK_RUNNING] = "RUNNING", [LC_TASK_PAUSED] = "PAUSED",
    [LC_TASK_FAILED] = "FAILED",         [LC_TASK_STOPPED] = "STOPPED",
};

static void put_state(const lc_local_connector *c, const char *state, const char *trace, lc_buf *out)
{
    lc_buf_text(out, "\"state\":\"");
    lc_buf_text(out, state);
    lc_buf_text(out, "\",\"worker_id\":");
    lc_json_quote_text(out, c->worker->worker_id);
    if (trace) {
        lc_buf_text(out, ",\"trace\":");
        lc_json_quote_text(out, trace);
    }
    /* A reload may have put a later version in its place. */
    lc_script *newest = c->script ? lc_plugins_of_file(c->worker->plugins, lc_script_path(c->script)) : NULL;
    const char *version = c->script ? lc_script_version(newest ? newest : c->script) : NULL;
    if (version && strcmp(version, "undefined")) {
        lc_buf_text(out, ",\"version\":");
        lc_json_quote_text(out, version);
    }
}

static void put_task(const lc_local_connector *c, size_t index, bool restarting, lc_buf *out)
{
    const slot *s = &c->slots[index];
    lc_buf_printf(out, "{\"id\":%zu,", index);
    if (!s->said) {
        put_state(c, state_names[LC_TASK_UNASSIGNED], NULL, out);
    } else {
        pthread_mutex_lock(&s->said->lock);
        put_state(c, restarting ? "RESTARTING" : state_names[s->said->state], s->said->trace, out);
        pthread_mutex_unlock(&s->said->lock);
    }
    lc_buf_put(out, '}');
}

static bool touches(const lc_restart_view *view, bool wanted, lc_task_state state)
{
    return view && wanted && (!view->only_failed || state == LC_TASK_FAILED);
}

void lc_local_connector_status(lc_local_connector *c, const lc_restart_view *view, lc_buf *out)
{
    pthread_mutex_lock(&c->lock);
    lc_buf_text(out, "{\"name\":");
    lc_json_quote_text(out, c->name);
    lc_buf_text(out, ",\"connector\":{");
    put_state(c, touches(view, view && view->connector, c->state) ? "RESTARTING" : state_names[c->state],
              c->trace, out);
    lc_buf_text(out, "},\"tasks\":[");
    for (size_t i = 0; i < c->count; i++) {
        if (i) lc_buf_put(out, ',');
        put_task(c, i, touches(view, view && view->tasks, state_of(&c->slots[i])), out);
    }
    lc_buf_text(out, "],\"type\":\"");
    lc_buf_text(out, lc_connector_type_of(c->script));
    lc_buf_text(out, "\"}");
    pthread_mutex_unlock(&c->lock);
}

bool lc_local_connector_task_status(lc_local_connector *c, int task, lc_buf *out)
{
    pthread_mutex_lock(&c->lock);
    bool found = lc_local_connector_has_task(c, task);
    if (found) put_task(c, (size_t)task, false, out);
    pthread_mutex_unlock(&c->lock);
    return found;
}

static void put_props(const lc_props *props, lc_buf *out)
{
    lc_buf_put(out, '{');
    for (size_t i = 0; i < lc_props_count(props); i++) {
        if (i) lc_buf_put(out, ',');
        lc_text key = lc_props_key_text_at(props, i), value = lc_props_text_at(props, i);
        lc_json_quote(out, key.data, key.len);
        lc_buf_put(out, ':');
        if (value.data) lc_json_quote(out, value.data, value.len);
        else lc_buf_text(out, "null");
    }
    lc_buf_put(out, '}');
}

static void put_task_id(const lc_local_connector *c, size_t task, lc_buf *out)
{
    lc_buf_text(out, "{\"connector\":");
    lc_json_quote_text(out, c->name);
    lc_buf_printf(out, ",\"task\":%zu}", task);
}

void lc_local_connector_info(lc_local_connector *c, lc_buf *out)
{
    pthread_mutex_lock(&c->lock);
    lc_buf_text(out, "{\"name\":");
    lc_json_quote_text(out, c->name);
    lc_buf_text(out, ",\"config\":");
    put_props(c->config, out);
    lc_buf_text(out, ",\"tasks\":[");
    for (size_t i = 0; i < c->count; i++) {
        if (i) lc_buf_put(out, ',');
        put_task_id(c, i, out);
    }
    lc_buf_printf(out, "],\"type\":\"%s\"}", lc_connector_type_of(c->script));
    pthread_mutex_unlock(&c->lock);
}

void lc_local_connector_tasks(lc_local_connector *c, lc_buf *out)
{
    pthread_mutex_lock(&c->lock);
    lc_buf_put(out, '[');
    for (size_t i = 0; i < c->count; i++) {
        lc_buf_text(out, i ? ",{\"id\":" : "{\"id\":");
        put_task_id(c, i, out);
        lc_buf_text(out, ",\"config\":");
        put_props(c->slots[i].settings, out);
        lc_buf_put(out, '}');
    }
    lc_buf_put(out, ']');
    pthread_mutex_unlock(&c->lock);
}

void lc_local_connector_topics(lc_local_connector *c, lc_buf *out)
{
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->count; i++)
        if (c->slots[i].task) lc_task_each_topic(c->slots[i].task, add_topic, c);
    lc_strings_sort(&c->topics);
    lc_buf_put(out, '{');
    lc_json_quote_text(out, c->name);
    lc_buf_text(out, ":{\"topics\":[");
    for (size_t i = 0; i < c->topics.count; i++) {
        if (i) lc_buf_put(out, ',');
        lc_json_quote_text(out, c->topics.items[i]);
    }
    lc_buf_text(out, "]}}");
    pthread_mutex_unlock(&c->lock);
}

void lc_local_connector_reset_topics(lc_local_connector *c)
{
    pthread_mutex_lock(&c->lock);
    lc_strings_clear(&c->topics);
    pthread_mutex_unlock(&c->lock);
}
