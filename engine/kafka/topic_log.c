#include "kafka/topic_log.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"
#include "kafka/producer.h"
#include "kafka/rd.h"

struct lc_topic_log {
    lc_rd_client *client;
    lc_producer *producer; /* NULL: only read */
    lc_topic *target;
    /* Who is asked for the ends: the reading connection answers nothing else while it waits for records. */
    lc_rd_client *asker;
    bool owns_asker;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue;
    lc_thread *thread;
    lc_log_reader reader;
    atomic_bool stopping;
    int32_t partitions;
    pthread_mutex_t lock; /* guards positions */
    pthread_cond_t moved; /* signalled when positions went on */
    int64_t *positions;   /* next offset to read, by partition */
    int64_t missing_ms;   /* since when the topic seems to be gone; 0: it doesn't. Reader's thread */
};

static void prepare(rd_kafka_conf_t *conf)
{
    rd_kafka_conf_set(conf, "enable.partition.eof", "true", NULL, 0);
}

static void set_position(lc_topic_log *log, int32_t partition, int64_t position)
{
    pthread_mutex_lock(&log->lock);
    log->positions[partition] = position;
    pthread_cond_broadcast(&log->moved);
    pthread_mutex_unlock(&log->lock);
}

static void fail_reader(lc_topic_log *log, rd_kafka_resp_err_t err)
{
    lc_autoptr(lc_error) error =
        lc_rd_client_error(log->client, err, "Reading topic %s failed", rd_kafka_topic_name(log->topic));
    lc_rd_log(log->client, LC_LOG_ERROR, "%s", lc_error_message(error));
    if (log->reader.failed) log->reader.failed(log->reader.context, error);
}

/* The offset wasn't accepted: goes on where it is if that exists, otherwise (truncated, created anew) at the
 * beginning. */
static void restart_partition(lc_topic_log *log, int32_t partition)
{
    enum { ASK_MS = 5000 };
    const char *name = rd_kafka_topic_name(log->topic);
    int64_t low, high, position = log->positions[partition];
    rd_kafka_resp_err_t err =
        rd_kafka_query_watermark_offsets(log->client->rk, name, partition, &low, &high, ASK_MS);
    bool gone = !err && (position < low || position > high);
    lc_rd_log(log->client, LC_LOG_WARN, "reading %s-%d was interrupted at offset %lld, going on at the %s",
              name, partition, (long long)position, gone ? "beginning" : "same place");
    if (gone) set_position(log, partition, position = 0);
    rd_kafka_consume_stop(log->topic, partition);
    rd_kafka_consume_start_queue(log->topic, partition,
                                 gone || position == 0 ? RD_KAFKA_OFFSET_BEGINNING : position, log->queue);
}

static bool is_missing(rd_kafka_resp_err_t err)
{
    return err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

/* A broker that has just started may not know a topic yet that it holds: only one that stays away is gone.
 * librdkafka reads on by itself when it is back. */
static void look_for_topic(lc_topic_log *log)
{
    enum { GONE_MS = 30000, ASK_MS = 5000 };
    int64_t low, high;
    if (!log->missing_ms || lc_monotonic_ms() - log->missing_ms < GONE_MS) return;
    rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(
        log->client->rk, rd_kafka_topic_name(log->topic), 0, &low, &high, ASK_MS);
    log->missing_ms = err && !is_missing(err) ? lc_monotonic_ms() : 0;
    if (is_missing(err)) fail_reader(log, err);
}

static void take_error(lc_topic_log *log, const rd_kafka_message_t *message)
{
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        /* Says how far reading has come, over the markers of transactions too. */
        if (message->offset > log->positions[message->partition])
            set_position(log, message->partition, message->offset);
        break;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: restart_partition(log, message->partition); break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED: fail_reader(log, message->err); break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        if (!log->missing_ms) log->missing_ms = lc_monotonic_ms();
        break;
    default:
        lc_rd_log(log->client, LC_LOG_WARN, "%s: %s", rd_kafka_err2name(message->err),
                  rd_kafka_message_errstr(message));
    }
}

static void take_record(lc_topic_log *log, const rd_kafka_message_t *message)
{
    if (message->offset < log->positions[message->partition]) return;
    rd_kafka_timestamp_type_t type;
    lc_log_record record = {
        .key = message->key,
        .key_len = message->key_len,
        .value = message->payload,
        .value_len = message->len,
        .partition = message->partition,
        .offset = message->offset,
        .timestamp = rd_kafka_message_timestamp(message, &type),
    };
    log->reader.record(log->reader.context, &record);
    set_position(log, message->partition, message->offset + 1);
}

static void follow(void *arg)
{
    enum { WAIT_MS = 200 };
    lc_topic_log *log = arg;
    while (!atomic_load(&log->stopping)) {
        rd_kafka_message_t *message = rd_kafka_consume_queue(log->queue, WAIT_MS);
        look_for_topic(log);
        if (!message) {
            rd_kafka_poll(log->client->rk, 0);
            continue;
        }
        if (message->err) take_error(log, message);
        else take_record(log, message);
        rd_kafka_message_destroy(message);
    }
    for (int32_t p = 0; p < log->partitions; p++) rd_kafka_consume_stop(log->topic, p);
}

/* Looks the topic up until it has partitions with leaders, or time is up. */
static lc_error *find_partitions(lc_topic_log *log, int64_t deadline_ms)
{
    enum { AGAIN_MS = 100 };
    for (;;) {
        const struct rd_kafka_metadata *metadata;
        rd_kafka_resp_err_t err =
            rd_kafka_metadata(log->client->rk, 0, log->topic, &metadata, lc_rd_left(deadline_ms));
        if (!err) {
            err = metadata->topic_cnt ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
            log->partitions = metadata->topic_cnt ? metadata->topics[0].partition_cnt : 0;
            rd_kafka_metadata_destroy(metadata);
        }
        if (!err && log->partitions > 0) return NULL;
        rd_kafka_poll(log->client->rk, 0);
        /* A topic that was made a moment ago may be unknown to the broker that was asked. */
        if (lc_rd_left(deadline_ms) <= AGAIN_MS || err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
            return lc_rd_client_error(log->client, err ? err : RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                                      "Opening topic %s failed", rd_kafka_topic_name(log->topic));
        lc_sleep_ms(AGAIN_MS);
    }
}

/* Not before the topic was found: a producer might create it by asking for it. */
static lc_error *open_others(lc_topic_log *log, const lc_topic_log_options *options)
{
    if (options->producer) {
        LC_TRY(lc_producer_open(options->producer, &options->log, &log->producer));
        log->asker = lc_producer_client(log->producer);
        return lc_producer_topic(log->producer, options->topic, &log->target);
    }
    lc_autoptr(lc_client_config) config = lc_client_config_as(options->consumer, LC_CLIENT_ADMIN);
    log->owns_asker = true;
    return lc_rd_client_open(config, &options->log, NULL, NULL, &log->asker);
}

/* Asks for the beginnings or ends of all partitions. The caller destroys the list. */
static lc_error *find_offsets(lc_topic_log *log, lc_rd_client *asker, int64_t special, int64_t deadline_ms,
                              rd_kafka_topic_partition_list_t **ret_offsets)
{
    const char *name = rd_kafka_topic_name(log->topic);
    for (;;) {
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(log->partitions);
        for (int32_t p = 0; p < log->partitions; p++)
            rd_kafka_topic_partition_list_add(list, name, p)->offset = special;
        rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(asker->rk, list, lc_rd_left(deadline_ms));
        for (int i = 0; !err && i < list->cnt; i++) err = list->elems[i].err;
        if (!err) {
            *ret_offsets = list;
            return NULL;
        }
        rd_kafka_topic_partition_list_destroy(list);
        if (!(lc_rd_is_retriable(err) || is_missing(err)) || !lc_rd_left(deadline_ms)) {
            lc_error *error = lc_rd_client_error(asker, err, "Finding the offsets of topic %s failed", name);
            if (is_missing(err)) lc_error_set_retriable(error, true); /* it was found a moment ago */
            return error;
        }
        lc_sleep_ms(100);
    }
}

static lc_error *await_positions(lc_topic_log *log, const rd_kafka_topic_partition_list_t *ends,
                                 int64_t deadline_ms);

static lc_error *start_partitions(lc_topic_log *log, const rd_kafka_topic_partition_list_t *starts)
{
    for (int i = 0; i < starts->cnt; i++) {
        int32_t partition = starts->elems[i].partition;
        log->positions[partition] = starts->elems[i].offset;
        if (rd_kafka_consume_start_queue(log->topic, partition, starts->elems[i].offset, log->queue))
            return lc_rd_error(rd_kafka_last_error(), "Reading topic %s can't begin",
                               rd_kafka_topic_name(log->topic));
    }
    return NULL;
}

/* The ends are asked for as the reader sees them: a transaction that somebody left open doesn't hold up the
 * start of a reader of committed records. */
static lc_error *start_reading(lc_topic_log *log, const lc_topic_log_options *options, int64_t deadline_ms)
{
    LC_TRY(find_partitions(log, deadline_ms));
    LC_TRY(open_others(log, options));
    log->positions = lc_alloc((size_t)log->partitions * sizeof *log->positions);
    rd_kafka_topic_partition_list_t *starts = NULL, *ends = NULL;
    LC_TRY(find_offsets(log, log->client, RD_KAFKA_OFFSET_END, deadline_ms, &ends));
    lc_error *error = find_offsets(log, log->client, RD_KAFKA_OFFSET_BEGINNING, deadline_ms, &starts);
    if (!error) error = start_partitions(log, starts);
    if (!error) error = lc_thread_start("lc-topic-log", 0, follow, log, &log->thread);
    if (!error) error = await_positions(log, ends, deadline_ms);
    if (starts) rd_kafka_topic_partition_list_destroy(starts);
    rd_kafka_topic_partition_list_destroy(ends);
    return error;
}

lc_error *lc_topic_log_open(const lc_topic_log_options *options, int64_t timeout_ms, lc_topic_log **ret_log)
{
    enum { CLOSE_MS = 2000 };
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    lc_topic_log *log = lc_alloc(sizeof *log);
    log->reader = options->reader;
    pthread_mutex_init(&log->lock, NULL);
    lc_cond_init(&log->moved);
    lc_error *error = lc_rd_client_open(options->consumer, &options->log, prepare, log, &log->client);
    if (!error) {
        log->topic = rd_kafka_topic_new(log->client->rk, options->topic, NULL);
        log->queue = rd_kafka_queue_new(log->client->rk);
        error = log->topic
                    ? start_reading(log, options, deadline)
                    : lc_rd_error(rd_kafka_last_error(), "'%s' can't be used as a topic", options->topic);
    }
    if (error) lc_topic_log_close(log, CLOSE_MS);
    else *ret_log = log;
    return error;
}

void lc_topic_log_close(lc_topic_log *log, int64_t timeout_ms)
{
    if (!log) return;
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    if (log->owns_asker && log->asker) lc_rd_client_close(log->asker, LC_RD_DESTROY, lc_rd_left(deadline));
    lc_producer_close(log->producer, lc_rd_left(deadline));
    atomic_store(&log->stopping, true);
    if (log->queue) rd_kafka_queue_yield(log->queue);
    if (!lc_thread_join(log->thread, lc_rd_left(deadline) + 100)) {
        /* The reader's callback doesn't come back: the thread keeps what it uses. */
        lc_thread_abandon(log->thread);
        return;
    }
    if (log->topic) rd_kafka_topic_destroy(log->topic);
    if (log->queue) rd_kafka_queue_destroy(log->queue);
    if (log->client) lc_rd_client_close(log->client, LC_RD_DESTROY, lc_rd_left(deadline) + 100);
    pthread_mutex_destroy(&log->lock);
    pthread_cond_destroy(&log->moved);
    free(log->positions);
    free(log);
}

int32_t lc_topic_log_partitions(const lc_topic_log *log)
{
    return log->partitions;
}

static bool has_reached(const lc_topic_log *log, const rd_kafka_topic_partition_list_t *ends)
{
    for (int i = 0; i < ends->cnt; i++)
        if (log->positions[ends->elems[i].partition] < ends->elems[i].offset) return false;
    return true;
}

static lc_error *await_positions(lc_topic_log *log, const rd_kafka_topic_partition_list_t *ends,
                                 int64_t deadline_ms)
{
    struct timespec until = lc_deadline(lc_rd_left(deadline_ms));
    int result = 0;
    pthread_mutex_lock(&log->lock);
    while (!has_reached(log, ends) && !result)
        result = pthread_cond_timedwait(&log->moved, &log->lock, &until);
    bool reached = has_reached(log, ends);
    pthread_mutex_unlock(&log->lock);
    return reached
               ? NULL
               : lc_rd_client_error(log->client, RD_KAFKA_RESP_ERR__TIMED_OUT,
                                    "Reading topic %s to its end failed", rd_kafka_topic_name(log->topic));
}

/* The ends count records of open transactions, too: a reader of committed ones waits until those are decided.
 */
lc_error *lc_topic_log_read_to_end(lc_topic_log *log, int64_t timeout_ms)
{
    rd_kafka_topic_partition_list_t *ends = NULL;
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    LC_TRY(find_offsets(log, log->asker, RD_KAFKA_OFFSET_END, deadline, &ends));
    lc_error *error = await_positions(log, ends, deadline);
    rd_kafka_topic_partition_list_destroy(ends);
    return error;
}

/* Records written together. Two hold it: the sender, who may run out of patience, and the records in flight.
 */
typedef struct parcel {
    pthread_mutex_t lock;
    pthread_cond_t done;
    size_t waiting;  /* records without an answer */
    bool left;       /* the sender has gone */
    lc_error *error; /* the first */
} parcel;

typedef struct parcel_item {
    lc_inflight inflight;
    parcel *home;
    char value[]; /* librdkafka reads it until it is answered */
} parcel_item;

static void parcel_free(parcel *home)
{
    pthread_mutex_destroy(&home->lock);
    pthread_cond_destroy(&home->done);
    lc_error_free(home->error);
    free(home);
}

/* Takes `count` records off the parcel; the last one frees it when the sender has gone. */
static void parcel_answer(parcel *home, size_t count, const lc_error *error)
{
    pthread_mutex_lock(&home->lock);
    if (error && !home->error) home->error = lc_error_copy(error);
    home->waiting -= count;
    bool last = home->waiting == 0, orphan = home->left;
    if (last) pthread_cond_signal(&home->done);
    pthread_mutex_unlock(&home->lock);
    if (last && orphan) parcel_free(home);
}

static void item_done(lc_inflight *inflight, const lc_delivery *delivery)
{
    parcel_item *item = (parcel_item *)inflight;
    parcel *home = item->home;
    free(item);
    parcel_answer(home, 1, delivery->error);
}

static lc_error *send_item(lc_topic_log *log, parcel *home, lc_text key, lc_text value, int64_t deadline_ms)
{
    parcel_item *item = lc_alloc(sizeof *item + value.len + 1);
    *item = (parcel_item){{item_done}, home};
    if (value.len) memcpy(item->value, value.data, value.len);
    lc_outgoing record = {.value = value.data ? item->value : NULL,
                          .value_len = value.len,
                          .key = key.data,
                          .key_len = key.len,
                          .timestamp = LC_NO_TIMESTAMP,
                          .partition = LC_PARTITION_ANY,
                          .inflight = &item->inflight};
    lc_error *error = NULL;
    lc_send_result result;
    while ((result = lc_producer_send(log->producer, log->target, &record, &error)) == LC_SEND_FULL &&
           lc_rd_left(deadline_ms))
        lc_producer_wait_room(log->producer, lc_rd_left(deadline_ms));
    if (result == LC_SEND_OK) return NULL;
    free(item);
    if (result == LC_SEND_FULL)
        error = lc_rd_error(RD_KAFKA_RESP_ERR__QUEUE_FULL, "Writing to topic %s failed",
                            lc_topic_name(log->target));
    return error;
}

/* Waits for all answers, then takes the outcome; leaves the parcel to its records when time is up. */
static lc_error *parcel_wait(lc_topic_log *log, parcel *home, int64_t deadline_ms)
{
    struct timespec until = lc_deadline(lc_rd_left(deadline_ms));
    int result = 0;
    pthread_mutex_lock(&home->lock);
    while (home->waiting && !result) result = pthread_cond_timedwait(&home->done, &home->lock, &until);
    bool complete = home->waiting == 0;
    home->left = !complete;
    lc_error *error = lc_steal(home->error);
    pthread_mutex_unlock(&home->lock);
    if (complete) parcel_free(home);
    else if (!error)
        error = lc_rd_client_error(log->client, RD_KAFKA_RESP_ERR__TIMED_OUT,
                                   "Writing to topic %s was not acknowledged in time",
                                   lc_topic_name(log->target));
    return error;
}

lc_error *lc_topic_log_send_all(lc_topic_log *log, const lc_text *keys, const lc_text *values, size_t count,
                                int64_t timeout_ms)
{
    if (!log->producer)
        return lc_fail(LC_E_ILLEGAL_STATE, "This log of topic %s is only for reading",
                       rd_kafka_topic_name(log->topic));
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    parcel *home = lc_alloc(sizeof *home);
    pthread_mutex_init(&home->lock, NULL);
    lc_cond_init(&home->done);
    home->waiting = count + 1; /* one of the sender's, so that early answers don't complete it */
    size_t sent = 0;
    lc_error *error = NULL;
    while (sent < count && !error) {
        error = send_item(log, home, keys[sent], values[sent], deadline);
        if (!error) sent++;
    }
    parcel_answer(home, 1 + count - sent, error);
    lc_error_free(error);
    return parcel_wait(log, home, deadline);
}

lc_error *lc_topic_log_send(lc_topic_log *log, lc_text key, lc_text value, int64_t timeout_ms)
{
    return lc_topic_log_send_all(log, &key, &value, 1, timeout_ms);
}
