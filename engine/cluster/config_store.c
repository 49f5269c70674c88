#include "cluster/config_store.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/thread.h"
#include "cluster/config_batch_internal.h"
#include "cluster/config_model.h"
#include "cluster/config_repair.h"
#include "cluster/internal_topic.h"
#include "cluster/txn_writer.h"
#include "runtime/client_settings.h"

struct lc_config_store {
    lc_worker_core *worker;
    lc_config_listener listener;
    lc_topic_log *log;
    pthread_mutex_t lock; /* guards everything down to `fenced` */
    pthread_cond_t moved; /* signalled when the model took a record */
    lc_config_model *model;
    lc_table *committed; /* offset of the last record of each key */
    bool started;        /* changes are told */
    int64_t epoch;       /* 0: no right to write */
    bool fenced;
    pthread_mutex_t writing; /* held while claiming or writing; taken before `lock` */
    lc_txn_writer *writer;   /* NULL: no right to write */
    lc_txn_writer *standby;  /* the next one, connected already; NULL: none could be made */
    lc_thread *mender;       /* repairs what a transaction left behind; NULL until the first claim */
    lc_event mend, closing;
};

static const char *const component = "cluster.config_store";

static int64_t left(int64_t deadline)
{
    int64_t rest = deadline - lc_monotonic_ms();
    return rest > 0 ? rest : 0;
}

/* Reading. */

static void log_problem(const lc_config_store *store, lc_text key, int64_t offset, const char *problem)
{
    char *name = lc_strndup(key.data, key.len);
    lc_auto(lc_buf) at = {0};
    lc_buf_printf(&at, "%lld", (long long)offset);
    lc_log(store->worker->log, LC_LOG_WARN, component, "record of the config topic is ignored", "key", name,
           "offset", at.data, "reason", problem, NULL);
    free(name);
}

/* Somebody else's claim in the log says it before the brokers do. */
static void note_leader(lc_config_store *store)
{
    int64_t offset;
    if (!store->epoch || lc_config_model_epoch(store->model, &offset) <= store->epoch) return;
    store->epoch = 0;
    store->fenced = true;
}

static void take_record(void *context, const lc_log_record *record)
{
    lc_config_store *store = context;
    lc_text key = {record->key ? record->key : "", record->key_len};
    lc_text value = {record->value, record->value_len};
    lc_auto(lc_buf) problem = {0};
    lc_config_change change;
    pthread_mutex_lock(&store->lock);
    bool told = lc_config_model_apply(store->model, key, value, record->offset, &change, &problem);
    lc_key_offsets_note(store->committed, key, record->offset);
    note_leader(store);
    bool started = store->started;
    pthread_cond_broadcast(&store->moved);
    pthread_mutex_unlock(&store->lock);
    if (problem.len) log_problem(store, key, record->offset, problem.data);
    /* What the change borrows from the model is only touched on this thread. */
    if (told && started && store->listener.changed) store->listener.changed(store->listener.context, &change);
}

static void take_failure(void *context, const lc_error *error)
{
    lc_config_store *store = context;
    lc_config_change change = {.kind = LC_CHANGED_FAILED, .error = error};
    if (store->listener.changed) store->listener.changed(store->listener.context, &change);
}

static lc_error *open_standby(lc_config_store *store);

lc_error *lc_config_store_open(lc_worker_core *worker, const lc_config_listener *listener, int64_t timeout_ms,
                               lc_config_store **ret_store)
{
    enum { CLOSE_MS = 1000 };
    lc_config_store *store = lc_alloc(sizeof *store);
    lc_log_reader reader = {take_record, take_failure, store};
    store->worker = worker;
    if (listener) store->listener = *listener;
    store->model = lc_config_model_new();
    store->committed = lc_table_new(NULL);
    pthread_mutex_init(&store->lock, NULL);
    pthread_mutex_init(&store->writing, NULL);
    lc_cond_init(&store->moved);
    lc_event_init(&store->mend);
    lc_event_init(&store->closing);
    lc_error *error =
        lc_internal_topic_open(worker, LC_TOPIC_CONFIGS, &reader, true, timeout_ms, &store->log);
    if (!error) error = open_standby(store);
    if (error) {
        lc_config_store_close(store, CLOSE_MS);
        return error;
    }
    pthread_mutex_lock(&store->lock);
    store->started = true;
    pthread_mutex_unlock(&store->lock);
    *ret_store = store;
    return NULL;
}

void lc_config_store_close(lc_config_store *store, int64_t timeout_ms)
{
    if (!store) return;
    lc_event_set(&store->closing);
    lc_event_set(&store->mend);
    lc_thread_join(store->mender, -1);
    lc_txn_writer_close(store->writer);
    lc_txn_writer_close(store->standby);
    lc_topic_log_close(store->log, timeout_ms);
    lc_config_model_free(store->model);
    lc_table_free(store->committed);
    lc_event_done(&store->mend);
    lc_event_done(&store->closing);
    pthread_cond_destroy(&store->moved);
    pthread_mutex_destroy(&store->writing);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

lc_config_state *lc_config_store_snapshot(lc_config_store *store)
{
    pthread_mutex_lock(&store->lock);
    lc_config_state *state = lc_config_model_state(store->model);
    pthread_mutex_unlock(&store->lock);
    return state;
}

lc_error *lc_config_store_refresh(lc_config_store *store, int64_t timeout_ms)
{
    return lc_topic_log_read_to_end(store->log, timeout_ms);
}

bool lc_config_store_await(lc_config_store *store, int64_t offset, int64_t timeout_ms)
{
    struct timespec deadline = lc_deadline(timeout_ms);
    int result = 0;
    pthread_mutex_lock(&store->lock);
    while (lc_config_model_offset(store->model) < offset && !result)
        result = pthread_cond_timedwait(&store->moved, &store->lock, &deadline);
    bool reached = lc_config_model_offset(store->model) >= offset;
    pthread_mutex_unlock(&store->lock);
    return reached;
}

int64_t lc_config_store_epoch(lc_config_store *store)
{
    pthread_mutex_lock(&store->lock);
    int64_t epoch = store->epoch;
    pthread_mutex_unlock(&store->lock);
    return epoch;
}

bool lc_config_store_is_fenced(lc_config_store *store)
{
    pthread_mutex_lock(&store->lock);
    bool fenced = store->fenced;
    pthread_mutex_unlock(&store->lock);
    return fenced;
}

static void set_right(lc_config_store *store, int64_t epoch, bool fenced)
{
    pthread_mutex_lock(&store->lock);
    store->epoch = epoch;
    store->fenced = fenced;
    pthread_mutex_unlock(&store->lock);
}

/* Writing. */

static lc_error *begin_writing(lc_config_store *store, int64_t deadline)
{
    struct timespec until = lc_deadline(left(deadline));
    if (!pthread_mutex_clocklock(&store->writing, CLOCK_MONOTONIC, &until)) return NULL;
    lc_error *error = lc_fail(LC_E_TIMEOUT, "Another write to the config topic is still under way");
    lc_error_set_retriable(error, true);
    return error;
}

static void drop_writer(lc_config_store *store, bool fenced)
{
    set_right(store, 0, fenced);
    lc_txn_writer_close(store->writer);
    store->writer = NULL;
}

static lc_error *not_leader(void)
{
    return lc_fail(LC_E_CONFLICT,
                   "This worker is not the leader of the cluster, or another one has taken over: "
                   "it may not write to the config topic");
}

/* What a write that ended so is for the caller. */
static const struct {
    lc_code code;
    bool retriable, keeps_writer;
} outcomes[] = {
    [LC_WRITE_DONE] = {LC_OK, false, true},
    [LC_WRITE_REFUSED] = {LC_E_CONNECT, false, true},
    [LC_WRITE_UNKNOWN] = {LC_E_TIMEOUT, true, false},
    [LC_WRITE_FENCED] = {LC_E_CONFLICT, false, false},
};

static lc_error *write_failed(lc_config_store *store, lc_error *cause, lc_txn_outcome outcome)
{
    if (outcome == LC_WRITE_REFUSED) lc_event_set(&store->mend);
    if (!outcomes[outcome].keeps_writer) drop_writer(store, outcome == LC_WRITE_FENCED);
    lc_error *error =
        lc_wrap(cause, outcomes[outcome].code, "%s",
                outcome == LC_WRITE_FENCED
                    ? "Another worker has taken over as leader: this one may no longer write to "
                      "the config topic"
                : outcome == LC_WRITE_UNKNOWN ? "Whether the records were written is unknown"
                                              : "The records were not written");
    lc_error_set_retriable(error, outcomes[outcome].retriable);
    return error;
}

/* With `writing` held. *ret_offset is that of the last record. */
static lc_error *write_records(lc_config_store *store, const lc_config_batch *batch, int64_t deadline,
                               int64_t *ret_offset)
{
    if (!store->writer) return not_leader();
    if (!batch->count) return NULL;
    lc_txn_record *records = lc_alloc(batch->count * sizeof *records);
    for (size_t i = 0; i < batch->count; i++)
        records[i] = (lc_txn_record){batch->items[i].key, batch->items[i].value};
    lc_txn_outcome outcome;
    lc_error *error =
        lc_txn_writer_write(store->writer, records, batch->count, left(deadline), &outcome, ret_offset);
    free(records);
    if (error) return write_failed(store, error, outcome);
    if (lc_config_store_await(store, *ret_offset + 1, left(deadline))) return NULL;
    error = lc_fail(LC_E_TIMEOUT, "The records were written but not read back in time");
    lc_error_set_retriable(error, true);
    return error;
}

/* The same with Connect's text on top. */
static lc_error *in_words(const lc_config_batch *batch, lc_error *cause)
{
    if (!cause) return NULL;
    bool retriable = lc_error_is_retriable(cause);
    lc_code code = lc_error_code(cause);
    const lc_config_item *first = &batch->items[0];
    lc_error *error = lc_wrap(cause, code == LC_E_CONFLICT || code == LC_E_TIMEOUT ? code : LC_E_CONNECT,
                              "%s", lc_record_failure(first->kind, !first->value.data));
    lc_error_set_retriable(error, retriable);
    return error;
}

lc_error *lc_config_store_write(lc_config_store *store, const lc_config_batch *batch, int64_t timeout_ms)
{
    int64_t deadline = lc_monotonic_ms() + timeout_ms, offset;
    if (!batch->count) return NULL;
    lc_error *error = begin_writing(store, deadline);
    if (!error) {
        error =
            lc_config_store_is_fenced(store) ? not_leader() : write_records(store, batch, deadline, &offset);
        pthread_mutex_unlock(&store->writing);
    }
    return in_words(batch, error);
}

lc_error *lc_config_store_post(lc_config_store *store, const lc_config_batch *batch, int64_t timeout_ms)
{
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    for (size_t i = 0; i < batch->count; i++)
        if (!lc_record_is_open(batch->items[i].kind))
            return lc_fail(LC_E_ILLEGAL_STATE, "Only the leader writes the record %s",
                           batch->items[i].key.data);
    lc_error *error = NULL;
    for (size_t i = 0; i < batch->count && !error; i++)
        error = lc_topic_log_send(store->log, batch->items[i].key, batch->items[i].value, left(deadline));
    return in_words(batch, error);
}

/* Leading. */

static lc_error *leader_config(lc_config_store *store, lc_client_config **ret_config)
{
    lc_auto(lc_buf) id = {0};
    lc_autoptr(lc_client_config) config = NULL;
    LC_TRY(lc_internal_client(store->worker, LC_TOPIC_CONFIGS, LC_CLIENT_PRODUCER, "-leader", true, &config));
    lc_buf_printf(&id, "connect-cluster-%s", lc_props_get_or(store->worker->settings, "group.id", ""));
    lc_client_config_put(config, "transactional.id", id.data);
    lc_client_config_put(config, "enable.idempotence", "true");
    lc_client_config_put(config, "max.in.flight.requests.per.connection", "5");
    lc_client_config_put(config, "delivery.timeout.ms", NULL); /* the transaction's time is up first */
    /* Transactions take milliseconds; what a leader leaves open holds up readers for as long as this. */
    lc_client_config_put(config, "transaction.timeout.ms", "10000");
    *ret_config = lc_steal(config);
    return NULL;
}

/* The right that Java's workers only need for exactly-once. */
static lc_error *explain_claim(const lc_config_store *store, lc_error *error)
{
    if (!error || lc_error_code(error) != LC_E_FORBIDDEN) return error;
    return lc_wrap(error, LC_E_CONFIG,
                   "The worker may not lead the cluster of group.id=%s: grant it Write and Describe on the "
                   "TransactionalId connect-cluster-%s, with which leaders fence each other",
                   lc_props_get_or(store->worker->settings, "group.id", ""),
                   lc_props_get_or(store->worker->settings, "group.id", ""));
}

static lc_error *open_standby(lc_config_store *store)
{
    if (store->standby) return NULL;
    lc_autoptr(lc_client_config) config = NULL;
    LC_TRY(leader_config(store, &config));
    lc_client_log log = lc_client_logger(store->worker->log);
    return lc_txn_writer_open(config, &log, lc_internal_topic_name(store->worker, LC_TOPIC_CONFIGS),
                              &store->standby);
}

static lc_error *claim_writer(lc_config_store *store, int64_t deadline)
{
    LC_TRY(open_standby(store));
    store->writer = lc_steal(store->standby);
    return explain_claim(store, lc_txn_writer_claim(store->writer, left(deadline)));
}

static void add_epoch(const lc_config_store *store, int64_t epoch, lc_config_batch *batch)
{
    lc_autoptr(lc_json) value = lc_json_new_object();
    lc_auto(lc_buf) text = {0};
    lc_json_set_int(value, "epoch", epoch);
    lc_json_set_string(value, "worker", store->worker->worker_id);
    lc_json_set_string(value, "group", lc_props_get_or(store->worker->settings, "group.id", ""));
    lc_json_dump(value, &text);
    lc_config_batch_own(batch, "lc-leader", (lc_text){text.data, text.len});
}

static int64_t known_epoch(lc_config_store *store, int64_t *ret_offset)
{
    pthread_mutex_lock(&store->lock);
    int64_t epoch = lc_config_model_epoch(store->model, ret_offset);
    pthread_mutex_unlock(&store->lock);
    return epoch;
}

/* Once the record is read back, so is everything that older leaders have written. That may hold epochs that
 * were not known before: then the next number is tried. */
static lc_error *write_epoch(lc_config_store *store, int64_t deadline, int64_t *ret_epoch)
{
    for (;;) {
        int64_t said_at, offset;
        int64_t epoch = known_epoch(store, &said_at) + 1;
        lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
        add_epoch(store, epoch, batch);
        LC_TRY(write_records(store, batch, deadline, &offset));
        *ret_epoch = epoch;
        if (known_epoch(store, &said_at) == epoch && said_at == offset) return NULL;
    }
}

static void mend(void *arg);

static lc_error *claim(lc_config_store *store, int64_t deadline, int64_t *ret_epoch)
{
    drop_writer(store, false);
    LC_TRY(claim_writer(store, deadline));
    LC_TRY(write_epoch(store, deadline, ret_epoch));
    if (!store->mender) LC_TRY(lc_thread_start("lc-config-mend", 0, mend, store, &store->mender));
    set_right(store, *ret_epoch, false);
    pthread_mutex_lock(&store->lock);
    note_leader(store);
    pthread_mutex_unlock(&store->lock);
    lc_event_set(&store->mend);
    return NULL;
}

lc_error *lc_config_store_claim(lc_config_store *store, int64_t timeout_ms, int64_t *ret_epoch)
{
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    LC_TRY(begin_writing(store, deadline));
    lc_error *error = claim(store, deadline, ret_epoch);
    if (error) drop_writer(store, lc_error_code(error) == LC_E_CONFLICT);
    pthread_mutex_unlock(&store->writing);
    return error;
}

void lc_config_store_release(lc_config_store *store)
{
    pthread_mutex_lock(&store->writing);
    drop_writer(store, false);
    pthread_mutex_unlock(&store->writing);
}

/* Repairing. */

/* With `writing` held, so that nothing newer is written over. */
static lc_error *mend_locked(lc_config_store *store, const lc_table *all, int64_t deadline)
{
    if (!lc_config_store_epoch(store)) return NULL;
    LC_TRY(lc_config_store_refresh(store, left(deadline)));
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(store);
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    pthread_mutex_lock(&store->lock);
    lc_config_repair(all, store->committed, state, batch);
    pthread_mutex_unlock(&store->lock);
    if (batch->count)
        lc_log(store->worker->log, LC_LOG_INFO, component,
               "writing over what a transaction that was taken back has left", "first_key",
               batch->items[0].key.data, NULL);
    int64_t offset;
    return write_records(store, batch, deadline, &offset);
}

static lc_error *mend_once(lc_config_store *store)
{
    enum { PATIENCE_MS = 30000 };
    int64_t deadline = lc_monotonic_ms() + PATIENCE_MS;
    lc_autoptr(lc_table) all = NULL;
    if (!lc_config_store_epoch(store)) return NULL;
    LC_TRY(lc_config_scan(store->worker, PATIENCE_MS, &all));
    LC_TRY(begin_writing(store, deadline));
    lc_error *error = mend_locked(store, all, deadline);
    pthread_mutex_unlock(&store->writing);
    return error;
}

static void mend(void *arg)
{
    enum { AGAIN_MS = 5000 };
    lc_config_store *store = arg;
    while (!lc_event_is_set(&store->closing)) {
        lc_event_wait(&store->mend, -1);
        lc_event_clear(&store->mend);
        if (lc_event_is_set(&store->closing)) return;
        lc_autoptr(lc_error) error = mend_once(store);
        if (!error || !lc_config_store_epoch(store)) continue;
        lc_log(store->worker->log, LC_LOG_WARN, component,
               "the config topic could not be checked for leftovers", "error", lc_error_message(error), NULL);
        lc_event_wait(&store->closing, AGAIN_MS);
        lc_event_set(&store->mend);
    }
}
