#include "cluster/status_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/thread.h"
#include "cluster/internal_topic.h"
#include "cluster/status_model.h"
#include "cluster/status_record.h"

/* A record that waits to be sent. */
typedef struct pending {
    struct pending *next;
    lc_buf key, value; /* value without data: a tombstone */
    bool is_safe;      /* only while nobody else has a higher generation */
    char *connector, *worker_id;
    int task, generation;
} pending;

struct lc_status_store {
    lc_worker_core *worker;
    lc_status_listener listener;
    lc_topic_log *log;
    lc_thread *sender;
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t changed;
    lc_status_model *model;
    pending *first, **last;
    uint64_t queued, sent; /* records since open */
    bool stalled;          /* brokers don't answer: what a newer record replaces needn't be sent */
    bool closing;
};

static const char *const component = "cluster.status_store";

static int64_t left(int64_t deadline)
{
    int64_t rest = deadline - lc_monotonic_ms();
    return rest > 0 ? rest : 0;
}

static void free_pending(pending *p)
{
    lc_buf_done(&p->key);
    lc_buf_done(&p->value);
    free(p->connector);
    free(p->worker_id);
    free(p);
}

/* Queueing. With the lock held. */

static bool may_write(const lc_status_store *store, const pending *p)
{
    if (!p->is_safe) return true;
    const lc_status *known = lc_status_model_get(store->model, p->connector, p->task);
    return !known || !strcmp(known->worker_id, p->worker_id) || known->generation <= p->generation;
}

static bool has_key(const pending *p, const pending *other)
{
    return p->key.len == other->key.len && !memcmp(p->key.data, other->key.data, p->key.len);
}

static void drop_replaced(lc_status_store *store, const pending *newer)
{
    for (pending **at = &store->first; *at;) {
        pending *p = *at;
        if (!has_key(p, newer)) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        store->sent++;
        free_pending(p);
    }
    store->last = &store->first;
    while (*store->last) store->last = &(*store->last)->next;
}

/* Takes `p`. */
static void enqueue(lc_status_store *store, pending *p)
{
    if (!may_write(store, p)) {
        free_pending(p);
        return;
    }
    if (store->stalled) drop_replaced(store, p);
    *store->last = p;
    store->last = &p->next;
    store->queued++;
    pthread_cond_broadcast(&store->changed);
}

static pending *tombstone(const char *connector, int task)
{
    pending *p = lc_alloc(sizeof *p);
    lc_status_key_write(connector, task, &p->key);
    return p;
}

static pending *topic_tombstone(const char *connector, const char *topic)
{
    pending *p = lc_alloc(sizeof *p);
    lc_topic_status_key_write(connector, topic, &p->key);
    return p;
}

static void put(lc_status_store *store, const char *connector, int task, const lc_status *status,
                bool is_safe)
{
    pending *p = tombstone(connector, task);
    p->is_safe = is_safe;
    p->connector = lc_strdup(connector);
    p->worker_id = lc_strdup(status->worker_id);
    p->task = task;
    p->generation = status->generation;
    if (status->state != LC_STATUS_DESTROYED) lc_status_write(status, &p->value);
    pthread_mutex_lock(&store->lock);
    enqueue(store, p);
    pthread_mutex_unlock(&store->lock);
}

void lc_status_store_put(lc_status_store *store, const char *connector, int task, const lc_status *status)
{
    put(store, connector, task, status, false);
}

void lc_status_store_put_safe(lc_status_store *store, const char *connector, int task,
                              const lc_status *status)
{
    put(store, connector, task, status, true);
}

void lc_status_store_topic(lc_status_store *store, const char *connector, const char *topic, int task)
{
    pthread_mutex_lock(&store->lock);
    if (lc_status_model_add_topic(store->model, connector, topic)) {
        pending *p = topic_tombstone(connector, topic);
        lc_topic_status_write(connector, topic, task, lc_now_ms(), &p->value);
        enqueue(store, p);
    }
    pthread_mutex_unlock(&store->lock);
}

static void reset_topics(lc_status_store *store, const char *connector)
{
    lc_auto(lc_strings) topics = {0};
    lc_status_model_topics(store->model, connector, &topics);
    for (size_t i = 0; i < topics.count; i++) {
        lc_status_model_remove_topic(store->model, connector, topics.items[i]);
        enqueue(store, topic_tombstone(connector, topics.items[i]));
    }
}

void lc_status_store_topics_reset(lc_status_store *store, const char *connector)
{
    pthread_mutex_lock(&store->lock);
    reset_topics(store, connector);
    pthread_mutex_unlock(&store->lock);
}

static void forget_tasks(lc_status_store *store, const char *connector, int from)
{
    int task;
    for (size_t i = 0; (task = lc_status_model_task_at(store->model, connector, i)) >= 0; i++)
        if (task >= from) enqueue(store, tombstone(connector, task));
}

void lc_status_store_forget_tasks(lc_status_store *store, const char *connector, int count)
{
    pthread_mutex_lock(&store->lock);
    forget_tasks(store, connector, count);
    pthread_mutex_unlock(&store->lock);
}

void lc_status_store_forget(lc_status_store *store, const char *connector)
{
    pthread_mutex_lock(&store->lock);
    reset_topics(store, connector);
    forget_tasks(store, connector, 0);
    if (lc_status_model_get(store->model, connector, LC_CONNECTOR_ITSELF))
        enqueue(store, tombstone(connector, LC_CONNECTOR_ITSELF));
    pthread_mutex_unlock(&store->lock);
}

/* Sending. */

static bool wants_again(const lc_status_store *store, const pending *p)
{
    for (const pending *newer = store->first; newer; newer = newer->next)
        if (has_key(newer, p)) return false;
    return may_write(store, p);
}

/* Puts what failed and is still true in front of the queue. With the lock held. */
static void take_back(lc_status_store *store, pending *batch)
{
    pending **at = &batch;
    while (*at) {
        pending *p = *at;
        if (wants_again(store, p)) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        store->sent++;
        free_pending(p);
    }
    *at = store->first;
    if (!store->first) store->last = at == &batch ? &store->first : at;
    store->first = batch;
}

static size_t count_of(const pending *batch)
{
    size_t count = 0;
    for (; batch; batch = batch->next) count++;
    return count;
}

static lc_error *send(lc_status_store *store, const pending *batch, size_t count)
{
    enum { PATIENCE_MS = 5000 };
    lc_text *keys = lc_alloc(count * sizeof *keys), *values = lc_alloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++, batch = batch->next) {
        keys[i] = (lc_text){batch->key.data, batch->key.len};
        values[i] = (lc_text){batch->value.data, batch->value.len};
    }
    lc_error *error = lc_topic_log_send_all(store->log, keys, values, count, PATIENCE_MS);
    free(keys);
    free(values);
    return error;
}

static void free_all(pending *batch)
{
    while (batch) {
        pending *next = batch->next;
        free_pending(batch);
        batch = next;
    }
}

/* With the lock held, which it lets go while it sends. Records that were not acknowledged in time are still
 * on their way: the client goes on trying, in order. */
static void send_queue(lc_status_store *store)
{
    pending *batch = store->first;
    size_t count = count_of(batch);
    store->first = NULL;
    store->last = &store->first;
    pthread_mutex_unlock(&store->lock);
    lc_autoptr(lc_error) error = send(store, batch, count);
    bool is_late = error && lc_error_code(error) == LC_E_TIMEOUT;
    bool again = error && !is_late && lc_error_is_retriable(error);
    if (error)
        lc_log(store->worker->log, again || is_late ? LC_LOG_WARN : LC_LOG_ERROR, component,
               is_late ? "statuses are not acknowledged yet" : "failed to write statuses", "error",
               lc_error_message(error), NULL);
    pthread_mutex_lock(&store->lock);
    store->stalled = is_late || again;
    if (again) take_back(store, batch);
    else {
        store->sent += count;
        free_all(batch);
    }
    pthread_cond_broadcast(&store->changed);
}

static void wait_a_little(lc_status_store *store)
{
    enum { AGAIN_MS = 500 };
    struct timespec until = lc_deadline(AGAIN_MS);
    int result = 0;
    while (!store->closing && !result) result = pthread_cond_timedwait(&store->changed, &store->lock, &until);
}

static void run_sender(void *arg)
{
    lc_status_store *store = arg;
    pthread_mutex_lock(&store->lock);
    while (!store->closing || (store->first && !store->stalled)) {
        if (store->first) send_queue(store);
        else pthread_cond_wait(&store->changed, &store->lock);
        if (store->first && store->stalled) wait_a_little(store);
    }
    pthread_mutex_unlock(&store->lock);
}

static bool is_all_sent(lc_status_store *store, int64_t deadline)
{
    struct timespec until = lc_deadline(left(deadline));
    int result = 0;
    pthread_mutex_lock(&store->lock);
    uint64_t upto = store->queued;
    while (store->sent < upto && !result)
        result = pthread_cond_timedwait(&store->changed, &store->lock, &until);
    bool done = store->sent >= upto && !store->stalled;
    pthread_mutex_unlock(&store->lock);
    return done;
}

lc_error *lc_status_store_flush(lc_status_store *store, int64_t timeout_ms)
{
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    if (!is_all_sent(store, deadline))
        return lc_fail(LC_E_TIMEOUT, "The statuses were not written within %lld ms", (long long)timeout_ms);
    return lc_topic_log_read_to_end(store->log, left(deadline));
}

/* Reading. */

static void take_record(void *context, const lc_log_record *record)
{
    lc_status_store *store = context;
    lc_text key = {record->key ? record->key : "", record->key_len};
    lc_text value = {record->value, record->value_len};
    lc_auto(lc_buf) problem = {0};
    lc_status_change change;
    pthread_mutex_lock(&store->lock);
    bool changed = lc_status_model_apply(store->model, key, value, record->timestamp, &change, &problem);
    pthread_mutex_unlock(&store->lock);
    if (problem.len) {
        char *name = lc_strndup(key.data, key.len);
        lc_log(store->worker->log, LC_LOG_WARN, component, "record of the status topic is ignored", "key",
               name, "reason", problem.data, NULL);
        free(name);
    }
    if (changed && store->listener.changed)
        store->listener.changed(store->listener.context, change.connector, change.task, change.state);
}

static void take_failure(void *context, const lc_error *error)
{
    lc_status_store *store = context;
    lc_log(store->worker->log, LC_LOG_ERROR, component, "the status topic can't be read", "error",
           lc_error_message(error), NULL);
}

lc_error *lc_status_store_open(lc_worker_core *worker, const lc_status_listener *listener, int64_t timeout_ms,
                               lc_status_store **ret_store)
{
    lc_status_store *store = lc_alloc(sizeof *store);
    lc_log_reader reader = {take_record, take_failure, store};
    store->worker = worker;
    if (listener) store->listener = *listener;
    store->model = lc_status_model_new();
    store->last = &store->first;
    pthread_mutex_init(&store->lock, NULL);
    lc_cond_init(&store->changed);
    lc_error *error =
        lc_internal_topic_open(worker, LC_TOPIC_STATUSES, &reader, false, timeout_ms, &store->log);
    if (!error) error = lc_thread_start("lc-statuses", 0, run_sender, store, &store->sender);
    if (error) lc_status_store_close(store, 0);
    else *ret_store = store;
    return error;
}

void lc_status_store_close(lc_status_store *store, int64_t timeout_ms)
{
    enum { LEAST_MS = 500 };
    if (!store) return;
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    if (store->sender) is_all_sent(store, deadline);
    pthread_mutex_lock(&store->lock);
    store->closing = true;
    pthread_cond_broadcast(&store->changed);
    pthread_mutex_unlock(&store->lock);
    lc_thread_join(store->sender, -1);
    lc_topic_log_close(store->log, left(deadline) > LEAST_MS ? left(deadline) : LEAST_MS);
    free_all(store->first);
    lc_status_model_free(store->model);
    pthread_mutex_destroy(&store->lock);
    pthread_cond_destroy(&store->changed);
    free(store);
}

bool lc_status_store_get(lc_status_store *store, const char *connector, int task,
                         void (*each)(void *context, int task, const lc_status *status), void *context)
{
    pthread_mutex_lock(&store->lock);
    const lc_status *known = lc_status_model_get(store->model, connector, task);
    if (known) each(context, task, known);
    pthread_mutex_unlock(&store->lock);
    return known != NULL;
}

void lc_status_store_each_task(lc_status_store *store, const char *connector,
                               void (*each)(void *context, int task, const lc_status *status), void *context)
{
    int task;
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; (task = lc_status_model_task_at(store->model, connector, i)) >= 0; i++)
        each(context, task, lc_status_model_get(store->model, connector, task));
    pthread_mutex_unlock(&store->lock);
}

void lc_status_store_connectors(lc_status_store *store, lc_strings *ret_names)
{
    pthread_mutex_lock(&store->lock);
    lc_status_model_connectors(store->model, ret_names);
    pthread_mutex_unlock(&store->lock);
}

void lc_status_store_topics(lc_status_store *store, const char *connector, lc_strings *ret_topics)
{
    pthread_mutex_lock(&store->lock);
    lc_status_model_topics(store->model, connector, ret_topics);
    pthread_mutex_unlock(&store->lock);
}

int lc_status_store_generation(lc_status_store *store)
{
    pthread_mutex_lock(&store->lock);
    int generation = lc_status_model_generation(store->model);
    pthread_mutex_unlock(&store->lock);
    return generation;
}

static void write_task(const lc_status_model *model, const char *connector, int task, lc_buf *out)
{
    lc_buf_printf(out, "{\"id\":%d,", task);
    lc_status_write_members(lc_status_model_get(model, connector, task), out);
    lc_buf_put(out, '}');
}

static void write_connector(const lc_status_model *model, const char *connector, int task_count,
                            const char *type, lc_buf *out)
{
    lc_buf_text(out, "{\"name\":");
    lc_json_quote_text(out, connector);
    lc_buf_text(out, ",\"connector\":{");
    lc_status_write_members(lc_status_model_get(model, connector, LC_CONNECTOR_ITSELF), out);
    lc_buf_text(out, "},\"tasks\":[");
    int task;
    for (size_t i = 0; (task = lc_status_model_task_at(model, connector, i)) >= 0; i++) {
        if (task_count >= 0 && task >= task_count) break;
        if (i) lc_buf_put(out, ',');
        write_task(model, connector, task, out);
    }
    lc_buf_text(out, "],\"type\":\"");
    lc_buf_text(out, type);
    lc_buf_text(out, "\"}");
}

bool lc_status_store_write(lc_status_store *store, const char *connector, int task_count, const char *type,
                           lc_buf *out)
{
    pthread_mutex_lock(&store->lock);
    bool found = lc_status_model_get(store->model, connector, LC_CONNECTOR_ITSELF) != NULL;
    if (found) write_connector(store->model, connector, task_count, type, out);
    pthread_mutex_unlock(&store->lock);
    return found;
}

bool lc_status_store_write_task(lc_status_store *store, const char *connector, int task, lc_buf *out)
{
    pthread_mutex_lock(&store->lock);
    bool found = task >= 0 && lc_status_model_get(store->model, connector, task) != NULL;
    if (found) write_task(store->model, connector, task, out);
    pthread_mutex_unlock(&store->lock);
    return found;
}

void lc_status_store_write_topics(lc_status_store *store, const char *connector, lc_buf *out)
{
    lc_auto(lc_strings) topics = {0};
    lc_status_store_topics(store, connector, &topics);
    lc_buf_put(out, '{');
    lc_json_quote_text(out, connector);
    lc_buf_text(out, ":{\"topics\":[");
    for (size_t i = 0; i < topics.count; i++) {
        if (i) lc_buf_put(out, ',');
        lc_json_quote_text(out, topics.items[i]);
    }
    lc_buf_text(out, "]}}");
}
