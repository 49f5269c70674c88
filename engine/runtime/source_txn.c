#include "runtime/source_txn.h"

#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/memory.h"
#include "runtime/client_settings.h"
#include "runtime/connector_rules.h"
#include "runtime/task_internal.h"

enum {
    CLAIM_MS = 60000,
    COMMIT_MS = 60000, /* the default of transaction.timeout.ms: after that the broker ends it anyway */
    STEP_MS = 500,     /* between looks at whether the task was left behind */
    AGAIN_MS = 50,
    ABORT_MS = 5000,
    CLOSE_MS = 500,
};

struct lc_source_txn {
    lc_task *task;
    lc_producer *producer;
    lc_topic *offsets;
    int64_t interval_ms; /* 0: each poll is a transaction; INT64_MAX: the connector says where one ends */
    int64_t began_ms;
    bool is_open;
};

bool lc_source_txn_enabled(const lc_worker_core *worker)
{
    return worker->is_distributed && lc_rules_exactly_once(worker->settings);
}

static int64_t left(int64_t deadline)
{
    int64_t rest = deadline - lc_monotonic_ms();
    return rest > 0 ? rest : 0;
}

/* Worker.exactlyOnceSourceTaskProducerConfigs: settings that a connector can't override away. */
static lc_error *open_producer(const lc_worker_core *worker, const char *connector, int task,
                               const lc_props *settings, lc_producer **ret_producer)
{
    lc_autoptr(lc_props) base = NULL;
    lc_autoptr(lc_props) overrides = NULL;
    lc_autoptr(lc_client_config) config = NULL;
    lc_auto(lc_buf) id = {0};
    lc_client_settings(worker, connector, task, settings, LC_USE_SOURCE_PRODUCER, &base, &overrides);
    lc_buf_printf(&id, "%s-%s-%d", lc_props_get_or(worker->settings, "group.id", ""), connector, task);
    lc_props_set(base, "transactional.id", id.data);
    lc_props_set(base, "enable.idempotence", "true");
    lc_props_remove(base, "delivery.timeout.ms"); /* the transaction's time is up first */
    lc_props_remove(overrides, "enable.idempotence");
    LC_TRY(lc_client_config_from(worker, LC_CLIENT_PRODUCER, base, overrides, &config));
    lc_client_log log = lc_client_logger(worker->log);
    return lc_producer_open(config, &log, ret_producer);
}

static lc_error *claim(lc_producer *producer, int64_t timeout_ms)
{
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    for (;;) {
        lc_txn_next next;
        int64_t turn = left(deadline) < STEP_MS * 10 ? left(deadline) : STEP_MS * 10;
        lc_error *error = lc_producer_init_transactions(producer, turn, &next);
        if (!error || next != LC_TXN_RETRY || !left(deadline)) return error;
        lc_error_free(error);
        lc_sleep_ms(AGAIN_MS);
    }
}

lc_error *lc_source_txn_fence(const lc_worker_core *worker, const char *connector, int task,
                              const lc_props *settings, int64_t timeout_ms)
{
    lc_producer *producer = NULL;
    LC_TRY(open_producer(worker, connector, task, settings, &producer));
    lc_error *error = claim(producer, timeout_ms);
    lc_producer_close(producer, CLOSE_MS);
    return error;
}

/* It lacks a right, or was shut out: then its work may be somebody else's (Kafka Connect fails such a task too). */
static bool is_final(const lc_error *error)
{
    lc_code code = lc_error_code(error);
    return code == LC_E_FORBIDDEN || code == LC_E_CONFIG || code == LC_E_CONFLICT;
}

/* A transaction that can't go on may be begun anew by a producer of its own. */
static lc_error *may_begin_anew(lc_error *error)
{
    if (error && !is_final(error)) lc_error_set_retriable(error, true);
    return error;
}

static bool has_boundary(const lc_props *settings, const char *kind)
{
    return !strcasecmp(lc_props_get_or(settings, "transaction.boundary", "poll"), kind);
}

bool lc_source_txn_is_connectors(const lc_worker_core *worker, const lc_props *settings)
{
    return lc_source_txn_enabled(worker) && has_boundary(settings, "connector");
}

static void read_boundary(lc_source_txn *txn, const lc_props *settings)
{
    if (has_boundary(settings, "connector")) txn->interval_ms = INT64_MAX;
    if (!has_boundary(settings, "interval")) return;
    const char *given = lc_props_get(settings, "transaction.boundary.interval.ms");
    txn->interval_ms = given ? atoll(given) : txn->task->worker->offset_flush_interval_ms;
}

static lc_error *open_all(lc_source_txn *txn, const lc_props *settings)
{
    lc_task *task = txn->task;
    read_boundary(txn, settings);
    LC_TRY(open_producer(task->worker, task->connector, task->id, settings, &txn->producer));
    LC_TRY(may_begin_anew(claim(txn->producer, CLAIM_MS)));
    lc_offset_store *store = task->worker->offsets;
    return lc_producer_topic(txn->producer, store->klass->topic(store), &txn->offsets);
}

lc_error *lc_source_txn_open(lc_task *task, const lc_props *settings, lc_source_txn **ret_txn)
{
    lc_source_txn *txn = lc_alloc(sizeof *txn);
    txn->task = task;
    lc_error *error = open_all(txn, settings);
    if (error) lc_source_txn_close(txn);
    else *ret_txn = txn;
    return error;
}

void lc_source_txn_close(lc_source_txn *txn)
{
    if (!txn) return;
    if (txn->is_open) lc_source_txn_abort(txn);
    lc_producer_close(txn->producer, CLOSE_MS);
    free(txn);
}

lc_producer *lc_source_txn_producer(lc_source_txn *txn)
{
    return txn->producer;
}

bool lc_source_txn_is_open(const lc_source_txn *txn)
{
    return txn->is_open;
}

lc_error *lc_source_txn_begin(lc_source_txn *txn)
{
    if (txn->is_open) return NULL;
    lc_txn_next next;
    LC_TRY(may_begin_anew(lc_producer_begin(txn->producer, &next)));
    txn->is_open = true;
    txn->began_ms = lc_monotonic_ms();
    return NULL;
}

int64_t lc_source_txn_due(const lc_source_txn *txn)
{
    if (!txn->is_open || txn->interval_ms == INT64_MAX) return INT64_MAX;
    return txn->began_ms + txn->interval_ms;
}

static bool is_left_behind(const lc_source_txn *txn)
{
    return lc_task_wanted(txn->task) == LC_WANT_LEFT;
}

static lc_error *expired(const lc_source_txn *txn)
{
    lc_error *error = lc_fail(
        LC_E_TIMEOUT,
        "The task %s-%d was unable to finish writing records to Kafka before its producer transaction expired. "
        "It may be necessary to reconfigure this connector in order for it to run healthily with exactly-once "
        "support. Options for this include: tune the connector's producer configuration for higher throughput, "
        "increase the transaction timeout for the connector's producers, decrease the offset commit interval "
        "(if using interval-based transaction boundaries), or use the 'poll' transaction boundary",
        txn->task->connector, txn->task->id);
    return may_begin_anew(error);
}

lc_error *lc_source_txn_flush(lc_source_txn *txn)
{
    int64_t deadline = lc_monotonic_ms() + COMMIT_MS;
    while (!is_left_behind(txn) && left(deadline)) {
        lc_error *late = lc_producer_flush(txn->producer, STEP_MS);
        if (!late) return NULL;
        lc_error_free(late);
    }
    return expired(txn);
}

/* One offset on its way: the value is read until it is answered. */
typedef struct offset_item {
    lc_inflight inflight;
    char value[];
} offset_item;

/* What became of it the commit says. */
static void item_done(lc_inflight *inflight, const lc_delivery *delivery)
{
    (void)delivery;
    free(inflight);
}

typedef struct sending {
    lc_source_txn *txn;
    lc_error *error;
    int64_t deadline;
} sending;

static lc_error *send(const sending *s, lc_text key, lc_text value)
{
    lc_source_txn *txn = s->txn;
    lc_error *error = NULL;
    offset_item *item = lc_alloc(sizeof *item + value.len + 1);
    item->inflight.done = item_done;
    if (value.len) memcpy(item->value, value.data, value.len);
    lc_outgoing out = {.key = key.data,
                       .key_len = key.len,
                       .value = value.data ? item->value : NULL,
                       .value_len = value.len,
                       .timestamp = LC_NO_TIMESTAMP,
                       .partition = LC_PARTITION_ANY,
                       .inflight = &item->inflight};
    lc_send_result result;
    while ((result = lc_producer_send(txn->producer, txn->offsets, &out, &error)) == LC_SEND_FULL && left(s->deadline))
        lc_producer_wait_room(txn->producer, STEP_MS);
    if (result == LC_SEND_OK) return NULL;
    free(item);
    return result == LC_SEND_FULL ? expired(txn) : error;
}

static void send_each(void *context, lc_text key, lc_text value)
{
    sending *s = context;
    if (!s->error) s->error = send(s, key, value);
}

static lc_error *send_offsets(lc_source_txn *txn, const lc_offset_entry *offsets, size_t count, int64_t deadline)
{
    lc_offset_store *store = txn->task->worker->offsets;
    sending s = {txn, NULL, deadline};
    store->klass->expand(store, offsets, count, send_each, &s);
    return s.error;
}

static lc_error *commit(lc_source_txn *txn, int64_t deadline, lc_txn_next *ret_next)
{
    for (;;) {
        lc_error *error = lc_producer_commit(txn->producer, left(deadline), ret_next);
        if (!error || *ret_next != LC_TXN_RETRY || !left(deadline) || is_left_behind(txn)) return error;
        lc_error_free(error);
        lc_sleep_ms(AGAIN_MS);
    }
}

lc_error *lc_source_txn_commit(lc_source_txn *txn, const lc_offset_entry *offsets, size_t count)
{
    int64_t deadline = lc_monotonic_ms() + COMMIT_MS;
    lc_txn_next next = LC_TXN_ABORT;
    lc_error *error = send_offsets(txn, offsets, count, deadline);
    if (!error) error = commit(txn, deadline, &next);
    if (!error) {
        txn->is_open = false;
        return NULL;
    }
    if (next == LC_TXN_ABORT) lc_source_txn_abort(txn);
    else error = may_begin_anew(error);
    txn->is_open = false;
    return error;
}

void lc_source_txn_abort(lc_source_txn *txn)
{
    lc_txn_next next;
    if (!txn->is_open) return;
    txn->is_open = false;
    lc_producer_purge(txn->producer);
    /* What can't be aborted now is aborted by the next claim, or when its time is up. */
    lc_error_free(lc_producer_abort(txn->producer, ABORT_MS, &next));
}

lc_error *lc_source_txn_verdict(lc_source_txn *txn)
{
    lc_txn_next next;
    lc_error *error = lc_producer_fatal(txn->producer);
    /* A transaction that has lost a record can't be committed: the client says what it met first. */
    if (!error) error = lc_producer_commit(txn->producer, ABORT_MS, &next);
    if (is_final(error)) return error;
    lc_error_free(error);
    return NULL;
}
