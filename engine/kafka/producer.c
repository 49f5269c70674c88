#include "kafka/producer.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/thread.h"
#include "kafka/rd.h"

struct lc_topic {
    rd_kafka_topic_t *handle;
    const char *name; /* the handle's */
};

struct lc_producer {
    lc_rd_client *client;
    rd_kafka_queue_t *queue;
    lc_thread *dispatcher;
    atomic_bool stopping;
    lc_delivery_watcher *watchers;
    lc_table *topics;
    pthread_mutex_t lock; /* guards watchers, topics, fatal */
    lc_error *fatal;
    pthread_cond_t room; /* signalled after deliveries when somebody waits */
    pthread_mutex_t room_lock;
    atomic_int room_waiters;
    uint64_t room_round; /* batches delivered; guarded by room_lock */
    atomic_int_least64_t sent, acked, failed;
};

lc_rd_client *lc_producer_client(lc_producer *producer)
{
    return producer->client;
}

static lc_inflight *inflight_of(const rd_kafka_message_t *message)
{
    return message->_private;
}

static void deliver_failed(lc_producer *producer, const rd_kafka_message_t *message)
{
    lc_autoptr(lc_error) error =
        lc_rd_client_error(producer->client, message->err, "Writing a record to topic %s failed",
                           rd_kafka_topic_name(message->rkt));
    lc_delivery delivery = {message->partition, LC_OFFSET_NONE, LC_NO_TIMESTAMP, error};
    inflight_of(message)->done(inflight_of(message), &delivery);
}

static void deliver(lc_producer *producer, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message;
    int64_t acked = 0, failed = 0;
    while ((message = rd_kafka_event_message_next(event))) {
        if (__builtin_expect(message->err != 0, 0)) {
            failed++;
            deliver_failed(producer, message);
            continue;
        }
        acked++;
        rd_kafka_timestamp_type_t type;
        lc_delivery delivery = {message->partition, message->offset,
                                rd_kafka_message_timestamp(message, &type), NULL};
        inflight_of(message)->done(inflight_of(message), &delivery);
    }
    atomic_fetch_add(&producer->acked, acked);
    atomic_fetch_add(&producer->failed, failed);
}

static void tell_watchers(lc_producer *producer)
{
    pthread_mutex_lock(&producer->lock);
    for (lc_delivery_watcher *at = producer->watchers; at; at = at->next) at->after(at);
    pthread_mutex_unlock(&producer->lock);
    if (!atomic_load(&producer->room_waiters)) return;
    pthread_mutex_lock(&producer->room_lock);
    producer->room_round++;
    pthread_cond_broadcast(&producer->room);
    pthread_mutex_unlock(&producer->room_lock);
}

static void note_fatal(lc_producer *producer)
{
    char why[512];
    rd_kafka_resp_err_t err = rd_kafka_fatal_error(producer->client->rk, why, sizeof why);
    if (!err) return;
    pthread_mutex_lock(&producer->lock);
    if (!producer->fatal) producer->fatal = lc_rd_error(err, "The producer can't go on: %s", why);
    pthread_mutex_unlock(&producer->lock);
}

static void serve_event(lc_producer *producer, rd_kafka_event_t *event)
{
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
        deliver(producer, event);
        tell_watchers(producer);
        break;
    case RD_KAFKA_EVENT_ERROR:
        lc_rd_note_error(producer->client, rd_kafka_event_error(event), rd_kafka_event_error_string(event));
        if (rd_kafka_event_error_is_fatal(event)) note_fatal(producer);
        break;
    default: break;
    }
    rd_kafka_event_destroy(event);
}

static void dispatch(void *arg)
{
    enum { WAIT_MS = 500 };
    lc_producer *producer = arg;
    while (!atomic_load(&producer->stopping)) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(producer->queue, WAIT_MS);
        if (event) serve_event(producer, event);
    }
}

static void prepare(rd_kafka_conf_t *conf)
{
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    rd_kafka_conf_set_error_cb(conf, NULL);
}

static void free_topic(void *value)
{
    lc_topic *topic = value;
    rd_kafka_topic_destroy(topic->handle);
    free(topic);
}

static void producer_free(lc_producer *producer)
{
    lc_table_free(producer->topics);
    lc_error_free(producer->fatal);
    pthread_mutex_destroy(&producer->lock);
    pthread_mutex_destroy(&producer->room_lock);
    pthread_cond_destroy(&producer->room);
    free(producer);
}

lc_error *lc_producer_open(lc_client_config *config, const lc_client_log *log, lc_producer **ret_producer)
{
    lc_producer *producer = lc_alloc(sizeof *producer);
    pthread_mutex_init(&producer->lock, NULL);
    pthread_mutex_init(&producer->room_lock, NULL);
    lc_cond_init(&producer->room);
    producer->topics = lc_table_new(free_topic);
    lc_error *error = lc_rd_client_open(config, log, prepare, producer, &producer->client);
    if (!error) {
        producer->queue = rd_kafka_queue_get_main(producer->client->rk);
        error = lc_thread_start("lc-deliveries", 0, dispatch, producer, &producer->dispatcher);
        if (error) {
            rd_kafka_queue_destroy(producer->queue);
            lc_rd_client_close(producer->client, LC_RD_DESTROY, 0);
        }
    }
    if (error) producer_free(producer);
    else *ret_producer = producer;
    return error;
}

/* Takes reports until nothing is in flight or time is up. */
static void drain(lc_producer *producer, int64_t deadline_ms)
{
    enum { STEP_MS = 100 };
    while (rd_kafka_outq_len(producer->client->rk) > 0) {
        int left = lc_rd_left(deadline_ms);
        if (!left) return;
        rd_kafka_event_t *event = rd_kafka_queue_poll(producer->queue, left < STEP_MS ? left : STEP_MS);
        if (event) serve_event(producer, event);
    }
}

/* Takes what is in the queue, and waits for reports of records that were given up. */
static void drain_purged(lc_producer *producer)
{
    enum { PURGE_MS = 2000 };
    rd_kafka_purge(producer->client->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    drain(producer, lc_monotonic_ms() + PURGE_MS);
}

void lc_producer_close(lc_producer *producer, int64_t timeout_ms)
{
    enum { DESTROY_MS = 1000 };
    if (!producer) return;
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    int left = lc_rd_left(deadline);
    if (left) rd_kafka_flush(producer->client->rk, left);
    atomic_store(&producer->stopping, true);
    rd_kafka_queue_yield(producer->queue);
    lc_thread_join(producer->dispatcher, -1);
    drain_purged(producer);
    rd_kafka_queue_destroy(producer->queue);
    lc_table_clear(producer->topics);
    left = lc_rd_left(deadline);
    lc_rd_client_close(producer->client, LC_RD_DESTROY, left > DESTROY_MS ? left : DESTROY_MS);
    producer_free(producer);
}

lc_error *lc_producer_topic(lc_producer *producer, const char *name, lc_topic **ret_topic)
{
    lc_error *error = NULL;
    pthread_mutex_lock(&producer->lock);
    lc_topic *topic = lc_table_get(producer->topics, name);
    if (!topic) {
        rd_kafka_topic_t *handle = rd_kafka_topic_new(producer->client->rk, name, NULL);
        if (handle) {
            topic = lc_alloc(sizeof *topic);
            *topic = (lc_topic){handle, rd_kafka_topic_name(handle)};
            lc_table_put(producer->topics, name, topic);
        } else {
            error = lc_rd_error(rd_kafka_last_error(), "'%s' can't be used as a topic", name);
        }
    }
    pthread_mutex_unlock(&producer->lock);
    if (topic) *ret_topic = topic;
    return error;
}

const char *lc_topic_name(const lc_topic *topic)
{
    return topic->name;
}

/* The road for records with headers or a timestamp, which rd_kafka_produce can't take. */
static rd_kafka_resp_err_t produce_full(lc_producer *producer, lc_topic *topic, const lc_outgoing *record)
{
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_vu_t parts[8];
    size_t n = 0;
    parts[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic->handle};
    parts[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = record->partition};
    parts[n++] =
        (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)record->value, record->value_len}};
    parts[n++] =
        (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)record->key, record->key_len}};
    parts[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = record->inflight};
    if (record->timestamp != LC_NO_TIMESTAMP)
        parts[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = record->timestamp};
    if (record->header_count) {
        headers = rd_kafka_headers_new(record->header_count);
        for (size_t i = 0; i < record->header_count; i++) {
            const lc_kafka_header *header = &record->headers[i];
            rd_kafka_header_add(headers, header->key, (ssize_t)header->key_len, header->value,
                                (ssize_t)header->value_len);
        }
        parts[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers};
    }
    rd_kafka_error_t *error = rd_kafka_produceva(producer->client->rk, parts, n);
    if (!error) return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t err = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    if (headers) rd_kafka_headers_destroy(headers);
    return err;
}

static rd_kafka_resp_err_t produce(lc_producer *producer, lc_topic *topic, const lc_outgoing *record)
{
    if (record->header_count || record->timestamp != LC_NO_TIMESTAMP)
        return produce_full(producer, topic, record);
    int result = rd_kafka_produce(topic->handle, record->partition, 0, (void *)record->value,
                                  record->value_len, record->key, record->key_len, record->inflight);
    return result ? rd_kafka_last_error() : RD_KAFKA_RESP_ERR_NO_ERROR;
}

lc_send_result lc_producer_send(lc_producer *producer, lc_topic *topic, const lc_outgoing *record,
                                lc_error **ret_error)
{
    size_t sent;
    return lc_producer_send_batch(producer, topic, record, 1, &sent, ret_error);
}

lc_send_result lc_producer_send_batch(lc_producer *producer, lc_topic *topic, const lc_outgoing *records,
                                      size_t count, size_t *ret_sent, lc_error **ret_error)
{
    size_t sent = 0;
    rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;
    while (sent < count && !(err = produce(producer, topic, &records[sent]))) sent++;
    atomic_fetch_add(&producer->sent, (int_least64_t)sent);
    *ret_sent = sent;
    if (!err) return LC_SEND_OK;
    if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL) return LC_SEND_FULL;
    *ret_error =
        lc_rd_client_error(producer->client, err, "A record for topic %s was not accepted", topic->name);
    return LC_SEND_FAILED;
}

bool lc_producer_wait_room(lc_producer *producer, int64_t timeout_ms)
{
    struct timespec deadline = lc_deadline(timeout_ms);
    int result = 0;
    pthread_mutex_lock(&producer->room_lock);
    atomic_fetch_add(&producer->room_waiters, 1);
    uint64_t round = producer->room_round;
    while (round == producer->room_round && !result)
        result = pthread_cond_timedwait(&producer->room, &producer->room_lock, &deadline);
    bool delivered = round != producer->room_round;
    atomic_fetch_sub(&producer->room_waiters, 1);
    pthread_mutex_unlock(&producer->room_lock);
    return delivered;
}

lc_error *lc_producer_flush(lc_producer *producer, int64_t timeout_ms)
{
    rd_kafka_resp_err_t err =
        rd_kafka_flush(producer->client->rk, lc_rd_left(lc_monotonic_ms() + timeout_ms));
    return lc_rd_client_error(producer->client, err, "%d records were not acknowledged within %lld ms",
                              rd_kafka_outq_len(producer->client->rk), (long long)timeout_ms);
}

void lc_producer_purge(lc_producer *producer)
{
    rd_kafka_purge(producer->client->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

void lc_producer_watch(lc_producer *producer, lc_delivery_watcher *watcher)
{
    pthread_mutex_lock(&producer->lock);
    watcher->next = producer->watchers;
    producer->watchers = watcher;
    pthread_mutex_unlock(&producer->lock);
}

void lc_producer_unwatch(lc_producer *producer, lc_delivery_watcher *watcher)
{
    pthread_mutex_lock(&producer->lock);
    lc_delivery_watcher **at = &producer->watchers;
    while (*at && *at != watcher) at = &(*at)->next;
    if (*at) *at = watcher->next;
    pthread_mutex_unlock(&producer->lock);
}

lc_error *lc_producer_fatal(lc_producer *producer)
{
    note_fatal(producer); /* records fail before the event says why */
    pthread_mutex_lock(&producer->lock);
    lc_error *copy = producer->fatal ? lc_error_copy(producer->fatal) : NULL;
    pthread_mutex_unlock(&producer->lock);
    return copy;
}

lc_producer_counts lc_producer_errors(const lc_producer *producer)
{
    lc_producer *counters = (lc_producer *)producer;
    return (lc_producer_counts){atomic_load(&counters->sent), atomic_load(&counters->acked),
                                atomic_load(&counters->failed), rd_kafka_outq_len(producer->client->rk)};
}

lc_error *lc_producer_partitions(lc_producer *producer, lc_topic *topic, int64_t timeout_ms,
                                 int32_t *ret_count)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err = rd_kafka_metadata(producer->client->rk, 0, topic->handle, &metadata,
                                                lc_rd_left(lc_monotonic_ms() + timeout_ms));
    if (err)
        return lc_rd_client_error(producer->client, err, "Asking for the partitions of topic %s failed",
                                  topic->name);
    err = metadata->topic_cnt ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (!err) *ret_count = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    return lc_rd_error(err, "Topic %s is not usable", topic->name);
}

/* What to do after a transactional call. A time-out of commit or abort may have taken effect or not: only a
 * new producer with the same id can settle that (KIP-98; see also KIP-890). */
static lc_error *txn_result(lc_producer *producer, rd_kafka_error_t *error, const char *what, bool is_end,
                            lc_txn_next *ret_next)
{
    *ret_next = LC_TXN_NONE;
    if (!error) return NULL;
    bool timed_out = rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (rd_kafka_error_is_fatal(error) || (is_end && timed_out)) *ret_next = LC_TXN_FATAL;
    else if (rd_kafka_error_txn_requires_abort(error)) *ret_next = LC_TXN_ABORT;
    else *ret_next = rd_kafka_error_is_retriable(error) ? LC_TXN_RETRY : LC_TXN_FATAL;
    note_fatal(producer);
    return lc_rd_take(producer->client, error, what);
}

lc_error *lc_producer_init_transactions(lc_producer *producer, int64_t timeout_ms, lc_txn_next *ret_next)
{
    int left = lc_rd_left(lc_monotonic_ms() + timeout_ms);
    return txn_result(producer, rd_kafka_init_transactions(producer->client->rk, left),
                      "Setting up transactions failed", false, ret_next);
}

lc_error *lc_producer_begin(lc_producer *producer, lc_txn_next *ret_next)
{
    return txn_result(producer, rd_kafka_begin_transaction(producer->client->rk),
                      "Beginning a transaction failed", false, ret_next);
}

lc_error *lc_producer_commit(lc_producer *producer, int64_t timeout_ms, lc_txn_next *ret_next)
{
    int left = lc_rd_left(lc_monotonic_ms() + timeout_ms);
    return txn_result(producer, rd_kafka_commit_transaction(producer->client->rk, left),
                      "Committing a transaction failed", true, ret_next);
}

lc_error *lc_producer_abort(lc_producer *producer, int64_t timeout_ms, lc_txn_next *ret_next)
{
    int left = lc_rd_left(lc_monotonic_ms() + timeout_ms);
    return txn_result(producer, rd_kafka_abort_transaction(producer->client->rk, left),
                      "Aborting a transaction failed", true, ret_next);
}
