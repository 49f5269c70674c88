#include "cluster/herder.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cluster/connector_offsets.h"
#include "cluster/local_connector.h"
#include "cluster/requests.h"

typedef struct standalone {
    lc_herder herder;
    pthread_rwlock_t lock; /* guards the table; only the herder's thread writes */
    lc_table *connectors;
    lc_requests requests;
    lc_thread *thread;
} standalone;

static void write_stage(lc_herder *herder, lc_buf *out)
{
    lc_progress_write(&((standalone *)herder)->requests.progress, out);
}

static void run(void *argument)
{
    standalone *s = argument;
    while (lc_requests_serve(&s->requests, -1)) continue;
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

static void create(standalone *s, lc_request *r)
{
    lc_local_connector *c = lc_local_connector_new(s->herder.worker, r->config);
    pthread_rwlock_wrlock(&s->lock);
    lc_table_put(s->connectors, r->name, c);
    pthread_rwlock_unlock(&s->lock);
    lc_local_connector_steer(c, r->state == LC_TARGET_UNSET ? LC_TARGET_STARTED : r->state);
    r->created = true;
    lc_local_connector_info(c, &r->out);
}

static void do_put(lc_herder *herder, lc_request *r)
{
    standalone *s = (standalone *)herder;
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
    lc_request *r = lc_request_new(do_put, "creating or changing connector", name, deadline);
    r->config = lc_props_copy(props);
    r->state = state;
    r->flag_a = allow_replace;
    return lc_requests_await(&((standalone *)herder)->requests, r, out, ret_created);
}

static void do_remove(lc_herder *herder, lc_request *r)
{
    standalone *s = (standalone *)herder;
    pthread_rwlock_wrlock(&s->lock);
    lc_local_connector *c = lc_table_take(s->connectors, r->name);
    pthread_rwlock_unlock(&s->lock);
    if (!c) r->error = not_found(r->name);
    lc_local_connector_free(c);
}

static lc_error *remove_connector(lc_herder *herder, const char *name, int64_t deadline)
{
    return lc_requests_await(&((standalone *)herder)->requests,
                             lc_request_new(do_remove, "deleting connector", name, deadline), NULL, NULL);
}

static void do_set_state(lc_herder *herder, lc_request *r)
{
    standalone *s = (standalone *)herder;
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
    lc_request *r = lc_request_new(do_set_state, "changing the state of connector", name, deadline);
    r->state = state;
    return lc_requests_await(&((standalone *)herder)->requests, r, NULL, NULL);
}

static void do_restart(lc_herder *herder, lc_request *r)
{
    standalone *s = (standalone *)herder;
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
    lc_request *r = lc_request_new(do_restart, "restarting connector", name, deadline);
    r->flag_a = include_tasks;
    r->flag_b = only_failed;
    return lc_requests_await(&((standalone *)herder)->requests, r, out, NULL);
}

static void do_restart_task(lc_herder *herder, lc_request *r)
{
    standalone *s = (standalone *)herder;
    lc_local_connector *c = find(s, r->name);
    if (!c) r->error = not_found(r->name);
    else if (!lc_local_connector_has_task(c, r->task))
        r->error = lc_fail(LC_E_NOT_FOUND, "Task %s-%d not found", r->name, r->task);
    else lc_local_connector_restart_task(c, r->task);
}

static lc_error *restart_task(lc_herder *herder, const char *name, int task, int64_t deadline)
{
    lc_request *r = lc_request_new(do_restart_task, "restarting a task of connector", name, deadline);
    r->task = task;
    return lc_requests_await(&((standalone *)herder)->requests, r, NULL, NULL);
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

static void do_alter(lc_herder *herder, lc_request *r)
{
    standalone *s = (standalone *)herder;
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
    lc_request *r = lc_request_new(do_alter, "modifying offsets for connector", name, deadline);
    r->body = body ? lc_json_copy(body) : NULL;
    return lc_requests_await(&((standalone *)herder)->requests, r, out, NULL);
}

static void do_nothing(lc_herder *herder, lc_request *r)
{
    (void)herder, (void)r;
}

static lc_error *ping(lc_herder *herder, int64_t deadline)
{
    return lc_requests_await(&((standalone *)herder)->requests,
                             lc_request_new(do_nothing, NULL, "", deadline), NULL, NULL);
}

static void begin_stop(lc_herder *herder)
{
    atomic_store(&((standalone *)herder)->requests.closing, true);
}

static void stop(lc_herder *herder)
{
    standalone *s = (standalone *)herder;
    begin_stop(herder);
    lc_queue_close(s->requests.queue);
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

static void free_standalone(lc_herder *herder)
{
    standalone *s = (standalone *)herder;
    if (s->thread) stop(herder);
    lc_table_free(s->connectors);
    pthread_rwlock_destroy(&s->lock);
    lc_requests_done(&s->requests);
    free(s);
}

lc_error *lc_herder_standalone_new(lc_worker_core *worker, lc_herder **ret_herder)
{
    static const lc_herder_class klass = {
        .connectors = list,
        .info = info,
        .config = config,
        .status = status,
        .task_status = task_status,
        .tasks = tasks,
        .topics = topics,
        .expand = expand,
        .put = put,
        .remove = remove_connector,
        .set_state = set_state,
        .restart = restart,
        .restart_task = restart_task,
        .topics_reset = topics_reset,
        .offsets = offsets,
        .alter_offsets = alter_offsets,
        .ping = ping,
        .stage = write_stage,
        .stop = stop,
        .free = free_standalone,
        .begin_stop = begin_stop,
    };
    standalone *s = lc_alloc(sizeof *s);
    s->herder = (lc_herder){&klass, worker};
    s->connectors = lc_table_new(NULL);
    pthread_rwlock_init(&s->lock, NULL);
    lc_requests_init(&s->requests, &s->herder);
    lc_error *error = lc_thread_start("herder", 0, run, s, &s->thread);
    if (error) free_standalone(&s->herder);
    else *ret_herder = &s->herder;
    return error;
}
