#include "cluster/herder.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/queue.h"
#include "base/thread.h"
#include "cluster/connector_offsets.h"
#include "cluster/local_connector.h"
#include "cluster/progress.h"

typedef struct standalone {
    lc_herder herder;
    pthread_rwlock_t lock; /* guards the table; only the herder's thread writes */
    lc_table *connectors;
    lc_queue *requests;
    lc_thread *thread;
    lc_progress progress; /* what the thread is doing */
    atomic_bool closing;  /* requests are turned away */
} standalone;

typedef struct request request;
typedef void handler(standalone *s, request *r);

/* A request travels to the herder's thread; whoever is last of the two, asker or thread, frees it. */
struct request {
    handler *run;
    const char *stage; /* "restarting connector"; NULL: not worth telling */
    char *name;
    lc_props *config;
    lc_json *body;
    lc_target_state state;
    bool flag_a, flag_b; /* allow_replace; include_tasks, only_failed */
    bool created;
    int task;
    int64_t deadline;
    lc_buf out;
    lc_error *error;
    lc_event done;
    atomic_int refs;
};

static void unref(request *r)
{
    if (atomic_fetch_sub(&r->refs, 1) != 1) return;
    free(r->name);
    lc_props_free(r->config);
    lc_json_free(r->body);
    lc_buf_done(&r->out);
    lc_error_free(r->error);
    lc_event_done(&r->done);
    free(r);
}

static request *ask(handler *run, const char *stage, const char *name, int64_t deadline)
{
    request *r = lc_alloc(sizeof *r);
    r->run = run;
    r->stage = stage;
    r->name = lc_strdup(name);
    r->deadline = deadline;
    lc_event_init(&r->done);
    atomic_init(&r->refs, 2);
    return r;
}

static void write_stage(lc_herder *herder, lc_buf *out)
{
    lc_progress_write(&((standalone *)herder)->progress, out);
}

static lc_error *closing_down(void)
{
    return lc_fail(LC_E_CONFLICT, "The worker is shutting down.");
}

/* Hands the request over and waits; the answer's text goes to `out`, its error to the caller. */
static lc_error *await(standalone *s, request *r, lc_buf *out, bool *ret_created)
{
    if (!lc_queue_push(s->requests, r)) {
        unref(r);
        unref(r);
        return closing_down();
    }
    lc_error *error = NULL;
    if (!lc_event_wait(&r->done, r->deadline - lc_monotonic_ms())) {
        lc_auto(lc_buf) stage = {0};
        write_stage(&s->herder, &stage);
        error = lc_fail(LC_E_TIMEOUT, "Request timed out%s%s", stage.len ? ". " : "",
                        stage.len ? stage.data : "");
    } else {
        error = lc_steal(r->error);
        if (!error && out) lc_buf_add(out, r->out.data, r->out.len);
        if (ret_created) *ret_created = r->created;
    }
    unref(r);
    return error;
}

/* A request whose asker has given up is not begun any more. */
static void serve(standalone *s, request *r)
{
    if (atomic_load(&s->closing)) {
        r->error = closing_down();
    } else if (atomic_load(&r->refs) > 1) {
        if (r->stage) lc_progress_begin(&s->progress, r->stage, r->name);
        r->run(s, r);
        if (r->stage) lc_progress_end(&s->progress);
    }
    lc_event_set(&r->done);
    unref(r);
}

static void run(void *argument)
{
    standalone *s = argument;
    request *r;
    while ((r = lc_queue_pop(s->requests, -1)) || !lc_queue_is_closed(s->requests))
        if (r) serve(s, r);
}

static lc_local_connector *find(standalone *s, const char *name)
{
    return lc_table_get(s->connectors, name);
}

static lc_error *not_found(const char *name)
{
    return lc_fail(LC_E_NOT_FOUND, "Connector %s not found", name);
}

static lc_error *list(lc_herder *herder, lc_strings *ret_names)
{
    standalone *s = (standalone *)herder;
    pthread_rwlock_rdlock(&s->lock);
    for (size_t i = 0; i < lc_table_count(s->connectors); i++)
        lc_strings_add(ret_names, lc_table_key_at(s->connectors, i));
    pthread_rwlock_unlock(&s->lock);
    return NULL;
}

/* Finds a connector for reading: unless NULL, the lock is held until give_back. */
static lc_local_connector *borrow(standalone *s, const char *name)
{
    pthread_rwlock_rdlock(&s->lock);
    lc_local_connector *c = find(s, name);
    if (!c) pthread_rwlock_unlock(&s->lock);
    return c;
}

static void give_back(standalone *s)
{
    pthread_rwlock_unlock(&s->lock);
}

static lc_error *info(lc_herder *herder, const char *name, lc_buf *out)
{
    standalone *s = (standalone *)herder;
    lc_local_connector *c = borrow(s, name);
    if (!c) return not_found(name);
    lc_local_connector_info(c, out);
    give_back(s);
    return NULL;
}

static lc_error *config(lc_herder *herder, const char *name, lc_props **ret_config)
{
    standalone *s = (standalone *)herder;
    lc_local_connector *c = borrow(s, name);
    if (!c) return not_found(name);
    *ret_config = lc_local_connector_copy_config(c);
    give_back(s);
    return NULL;
}

static lc_error *status(lc_herder *herder, const char *name, lc_buf *out)
{
    standalone *s = (standalone *)herder;
    lc_local_connector *c = borrow(s, name);
    if (!c) return lc_fail(LC_E_NOT_FOUND, "No status found for connector %s", name);
    lc_local_connector_status(c, NULL, out);
    give_back(s);
    return NULL;
}

static lc_error *task_status(lc_herder *herder, const char *name, int task, lc_buf *out)
{
    standalone *s = (standalone *)herder;
    lc_local_connector *c = borrow(s, name);
    bool found = c && lc_local_connector_task_status(c, task, out);
    if (c) give_back(s);
    return found ? NULL : lc_fail(LC_E_NOT_FOUND, "No status found for task %s-%d", name, task);
}

static lc_error *tasks(lc_herder *herder, const char *name, lc_buf *out)
{
    standalone *s = (standalone *)herder;
    lc_local_connector *c = borrow(s, name);
    if (!c) return not_found(name);
    lc_local_connector_tasks(c, out);
    give_back(s);
    return NULL;
}

static lc_error *topics(lc_herder *herder, const char *name, lc_buf *out)
{
    standalone *s = (standalone *)herder;
    lc_local_connector *c = borrow(s, name);
    if (c) {
        lc_local_connector_topics(c, out);
        give_back(s);
        return NULL;
    }
    lc_buf_put(out, '{');
    lc_json_quote_text(out, name);
    lc_buf_text(out, ":{\"topics\":[]}}");
    return NULL;
}

static lc_error *topics_reset(lc_herder *herder, const char *name)
{
    standalone *s = (standalone *)herder;
    lc_local_connector *c = borrow(s, name);
    if (!c) return NULL;
    lc_local_connector_reset_topics(c);
    give_back(s);
    return NULL;
}

static lc_error *expand(lc_herder *herder, bool with_status, bool with_info, lc_buf *out)
{
    standalone *s = (standalone *)herder;
    pthread_rwlock_rdlock(&s->lock);
    lc_buf_put(out, '{');
    for (size_t i = 0; i < lc_table_count(s->connectors); i++) {
        lc_local_connector *c = lc_table_value_at(s->connectors, i);
        if (i) lc_buf_put(out, ',');
        lc_json_quote_text(out, lc_table_key_at(s->connectors, i));
        lc_buf_text(out, ":{");
        if (with_status) {
            lc_buf_text(out, "\"status\":");
            lc_local_connector_status(c, NULL, out);
        }
        if (with_info) {
            lc_buf_text(out, with_status ? ",\"info\":" : "\"info\":");
            lc_local_connector_info(c, out);
        }
        lc_buf_put(out, '}');
    }
    lc_buf_put(out, '}');
    pthread_rwlock_unlock(&s->lock);
    return NULL;
}

static void create(standalone *s, request *r)
{
    lc_local_connector *c = lc_local_connector_new(s->herder.worker, r->config);
    pthread_rwlock_wrlock(&s->lock);
    lc_table_put(s->connectors, r->name, c);
    pthread_rwlock_unlock(&s->lock);
    lc_local_connector_steer(c, r->state == LC_TARGET_UNSET ? LC_TARGET_STARTED : r->state);
    r->created = true;
    lc_local_connector_info(c, &r->out);
}

static void do_put(standalone *s, request *r)
{
    lc_local_connector *c = find(s, r->name);
    if (!c) {
        create(s, r);
    } else if (!r->flag_a) {
        r->error = lc_fail(LC_E_EXISTS, "Connector %s already exists", r->name);
    } else {
        lc_local_connector_reconfigure(c, r->config);
        lc_local_connector_info(c, &r->out);
    }
}

static lc_error *put(lc_herder *herder, const char *name, const lc_props *props, lc_target_state state,
                     bool allow_replace, int64_t deadline, lc_buf *out, bool *ret_created)
{
    request *r = ask(do_put, "creating or changing connector", name, deadline);
    r->config = lc_props_copy(props);
    r->state = state;
    r->flag_a = allow_replace;
    return await((standalone *)herder, r, out, ret_created);
}

static void do_remove(standalone *s, request *r)
{
    pthread_rwlock_wrlock(&s->lock);
    lc_local_connector *c = lc_table_take(s->connectors, r->name);
    pthread_rwlock_unlock(&s->lock);
    if (!c) r->error = not_found(r->name);
    lc_local_connector_free(c);
}

static lc_error *remove_connector(lc_herder *herder, const char *name, int64_t deadline)
{
    return await((standalone *)herder, ask(do_remove, "deleting connector", name, deadline), NULL, NULL);
}

static void do_set_state(standalone *s, request *r)
{
    lc_local_connector *c = find(s, r->name);
    if (!c)
        r->error = lc_fail(LC_E_NOT_FOUND,
                           r->state == LC_TARGET_STOPPED ? "Connector %s not found" : "Unknown connector %s",
                           r->name);
    else if (lc_local_connector_target(c) != r->state || r->state == LC_TARGET_STOPPED)
        lc_local_connector_steer(c, r->state);
}

static lc_error *set_state(lc_herder *herder, const char *name, lc_target_state state, int64_t deadline)
{
    request *r = ask(do_set_state, "changing the state of connector", name, deadline);
    r->state = state;
    return await((standalone *)herder, r, NULL, NULL);
}

static void do_restart(standalone *s, request *r)
{
    lc_local_connector *c = find(s, r->name);
    if (!c) {
        r->error = lc_fail(LC_E_NOT_FOUND, "Unknown connector: %s", r->name);
        return;
    }
    lc_restart_view view = {true, r->flag_a, r->flag_b};
    if (r->flag_a || r->flag_b) lc_local_connector_status(c, &view, &r->out);
    lc_local_connector_restart(c, true, r->flag_a, r->flag_b);
}

static lc_error *restart(lc_herder *herder, const char *name, bool include_tasks, bool only_failed,
                         int64_t deadline, lc_buf *out)
{
    request *r = ask(do_restart, "restarting connector", name, deadline);
    r->flag_a = include_tasks;
    r->flag_b = only_failed;
    return await((standalone *)herder, r, out, NULL);
}

static void do_restart_task(standalone *s, request *r)
{
    lc_local_connector *c = find(s, r->name);
    if (!c) r->error = not_found(r->name);
    else if (!lc_local_connector_has_task(c, r->task))
        r->error = lc_fail(LC_E_NOT_FOUND, "Task %s-%d not found", r->name, r->task);
    else lc_local_connector_restart_task(c, r->task);
}

static lc_error *restart_task(lc_herder *herder, const char *name, int task, int64_t deadline)
{
    request *r = ask(do_restart_task, "restarting a task of connector", name, deadline);
    r->task = task;
    return await((standalone *)herder, r, NULL, NULL);
}

static lc_error *offsets(lc_herder *herder, const char *name, int64_t deadline, lc_buf *out)
{
    standalone *s = (standalone *)herder;
    lc_local_connector *c = borrow(s, name);
    if (!c) return not_found(name);
    lc_autoptr(lc_props) props = lc_local_connector_copy_config(c);
    bool is_sink = lc_local_connector_is_sink(c);
    give_back(s);
    return lc_connector_offsets_get(herder->worker, props, is_sink, deadline, out);
}

static void do_alter(standalone *s, request *r)
{
    lc_local_connector *c = find(s, r->name);
    if (!c) {
        r->error = not_found(r->name);
        return;
    }
    bool stopped = lc_local_connector_target(c) == LC_TARGET_STOPPED && !lc_local_connector_task_count(c);
    r->error =
        lc_connector_offsets_alter(s->herder.worker, lc_local_connector_config(c),
                                   lc_local_connector_is_sink(c), stopped, r->body, r->deadline, &r->out);
}

static lc_error *alter_offsets(lc_herder *herder, const char *name, const lc_json *body, int64_t deadline,
                               lc_buf *out)
{
    request *r = ask(do_alter, "modifying offsets for connector", name, deadline);
    r->body = body ? lc_json_copy(body) : NULL;
    return await((standalone *)herder, r, out, NULL);
}

static void do_nothing(standalone *s, request *r)
{
    (void)s, (void)r;
}

static lc_error *ping(lc_herder *herder, int64_t deadline)
{
    return await((standalone *)herder, ask(do_nothing, NULL, "", deadline), NULL, NULL);
}

static void begin_stop(lc_herder *herder)
{
    atomic_store(&((standalone *)herder)->closing, true);
}

static void stop(lc_herder *herder)
{
    standalone *s = (standalone *)herder;
    begin_stop(herder);
    lc_queue_close(s->requests);
    lc_thread_join(s->thread, -1);
    s->thread = NULL;
    for (size_t i = 0; i < lc_table_count(s->connectors); i++)
        lc_local_connector_begin_stop(lc_table_value_at(s->connectors, i));
    pthread_rwlock_wrlock(&s->lock);
    while (lc_table_count(s->connectors))
        lc_local_connector_free(
            lc_table_take(s->connectors, lc_table_key_at(s->connectors, lc_table_count(s->connectors) - 1)));
    pthread_rwlock_unlock(&s->lock);
}

static void free_request(void *r)
{
    unref(r);
}

static void free_standalone(lc_herder *herder)
{
    standalone *s = (standalone *)herder;
    if (s->thread) stop(herder);
    lc_queue_free(s->requests);
    lc_table_free(s->connectors);
    pthread_rwlock_destroy(&s->lock);
    lc_progress_done(&s->progress);
    free(s);
}

lc_error *lc_herder_standalone_new(lc_worker_core *worker, lc_herder **ret_herder)
{
    static const lc_herder_class klass = {
        list,          info,    config,       status,       task_status,
        tasks,         topics,  expand,       put,          remove_connector,
        set_state,     restart, restart_task, topics_reset, offsets,
        alter_offsets, ping,    write_stage,  stop,         free_standalone,
        begin_stop,
    };
    standalone *s = lc_alloc(sizeof *s);
    s->herder = (lc_herder){&klass, worker};
    s->connectors = lc_table_new(NULL);
    s->requests = lc_queue_new(free_request);
    pthread_rwlock_init(&s->lock, NULL);
    lc_progress_init(&s->progress);
    lc_error *error = lc_thread_start("herder", 0, run, s, &s->thread);
    if (error) free_standalone(&s->herder);
    else *ret_herder = &s->herder;
    return error;
}
