#include "kafka/consumer_impl.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"

static void prepare(rd_kafka_conf_t *conf)
{
    char group[256] = "";
    size_t size = sizeof group;
    rd_kafka_conf_set_rebalance_cb(conf, lc_consumer_on_rebalance);
    /* Without any group librdkafka refuses to poll; it is never joined nor written to. */
    if (rd_kafka_conf_get(conf, "group.id", group, &size) != RD_KAFKA_CONF_OK || !*group)
        rd_kafka_conf_set(conf, "group.id", "luaconnect-without-group", NULL, 0);
}

static lc_reset reset_of(const lc_client_config *config)
{
    const char *given = lc_client_config_get(config, "auto.offset.reset");
    if (given && lc_text_eq_nocase(lc_text_of(given), LC_TEXT("latest"))) return LC_RESET_LATEST;
    if (given && lc_text_eq_nocase(lc_text_of(given), LC_TEXT("none"))) return LC_RESET_NONE;
    return LC_RESET_EARLIEST;
}

static int64_t number_or(const lc_client_config *config, const char *name, int64_t fallback)
{
    const char *given = lc_client_config_get(config, name);
    return given && atoll(given) > 0 ? atoll(given) : fallback;
}

static size_t setting(const rd_kafka_conf_t *conf, const char *name)
{
    char text[32] = "";
    size_t size = sizeof text;
    return rd_kafka_conf_get(conf, name, text, &size) == RD_KAFKA_CONF_OK ? strtoul(text, NULL, 10) : 0;
}

static lc_nudge *nudge_for(rd_kafka_t *rk)
{
    const rd_kafka_conf_t *conf = rd_kafka_conf(rk);
    if (setting(conf, "fetch.queue.backoff.ms")) return NULL;
    return lc_nudge_new(rk, setting(conf, "queued.max.messages.kbytes") * 1024,
                        setting(conf, "queued.min.messages"));
}

lc_error *lc_consumer_open(lc_client_config *config, const lc_client_log *log, const lc_rebalance *rebalance,
                           lc_consumer **ret_consumer)
{
    enum { METADATA_AGE_MS = 300000 };
    lc_consumer *consumer = lc_alloc(sizeof *consumer);
    if (rebalance) consumer->callbacks = *rebalance;
    consumer->reset = reset_of(config);
    consumer->max_records = (size_t)number_or(config, "max.poll.records", INT32_MAX);
    consumer->topics_age_ms = number_or(config, "metadata.max.age.ms", METADATA_AGE_MS);
    lc_error *error = lc_rd_client_open(config, log, prepare, consumer, &consumer->client);
    if (error) {
        free(consumer);
        return error;
    }
    rd_kafka_poll_set_consumer(consumer->client->rk);
    consumer->queue = rd_kafka_queue_get_consumer(consumer->client->rk);
    consumer->commit_queue = rd_kafka_queue_new(consumer->client->rk);
    consumer->missing = lc_table_new(NULL);
    consumer->nudge = nudge_for(consumer->client->rk);
    *ret_consumer = consumer;
    return NULL;
}

static bool is_cooperative_before_assignment(lc_consumer *consumer)
{
    const char *protocol = rd_kafka_rebalance_protocol(consumer->client->rk);
    return protocol && !strcmp(protocol, "COOPERATIVE") && !consumer->assigned_count;
}

bool lc_consumer_close(lc_consumer *consumer, int64_t timeout_ms)
{
    if (!consumer) return true;
    lc_nudge_free(consumer->nudge);
    lc_consumer_drop_all(consumer, rd_kafka_assignment_lost(consumer->client->rk));
    lc_consumer_release(consumer);
    if (consumer->stash) rd_kafka_message_destroy(consumer->stash);
    lc_consumer_end_commits(consumer);
    rd_kafka_queue_destroy(consumer->queue);
    /* librdkafka before 2.3.0 crashes when a cooperative member without an assignment leaves. */
    bool leave = consumer->subscribed && !is_cooperative_before_assignment(consumer);
    lc_rd_goodbye goodbye = leave ? LC_RD_LEAVE_GROUP : LC_RD_DESTROY;
    bool in_time = lc_rd_client_close(consumer->client, goodbye, timeout_ms);
    for (size_t i = 0; i < consumer->topic_count; i++) {
        free(consumer->topics[i].topic);
        free(consumer->topics[i].parts);
    }
    free(consumer->topics);
    free(consumer->assigned);
    free(consumer->borrowed);
    lc_table_free(consumer->missing);
    lc_error_free(consumer->failure);
    free(consumer);
    return in_time;
}

lc_error *lc_consumer_subscribe(lc_consumer *consumer, const char *const *topics, size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, topics[i], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t err = rd_kafka_subscribe(consumer->client->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    lc_table_clear(consumer->missing);
    consumer->subscribed = true;
    return lc_rd_client_error(consumer->client, err, "Subscribing to %zu topics failed", count);
}

lc_error *lc_consumer_assign(lc_consumer *consumer, const lc_offsets *partitions)
{
    return lc_consumer_take_partitions(consumer, partitions);
}

lc_error *lc_consumer_list_topics(lc_consumer *consumer, int64_t timeout_ms, lc_strings *ret_names)
{
    LC_TRY(lc_rd_topics(consumer->client, timeout_ms, ret_names));
    consumer->topics_asked_ms = lc_monotonic_ms();
    return NULL;
}

bool lc_consumer_topics_due(const lc_consumer *consumer)
{
    return !consumer->topics_asked_ms ||
           lc_monotonic_ms() - consumer->topics_asked_ms >= consumer->topics_age_ms;
}

/* A message of an assigned partition that is new: fills `out`. False: it is a leftover or was delivered
 * before. */
static bool accept_message(lc_consumer *consumer, rd_kafka_message_t *message, lc_message *out)
{
    lc_part *part = lc_consumer_part(consumer, message);
    if (!part || message->offset < atomic_load_explicit(&part->position, memory_order_relaxed)) return false;
    atomic_store_explicit(&part->position, message->offset + 1, memory_order_relaxed);
    rd_kafka_timestamp_type_t type;
    int64_t timestamp = rd_kafka_message_timestamp(message, &type);
    *out = (lc_message)
    {
        .value = message->payload, .value_len = message->len, .key = message->key,
        .key_len = message->key_len, .offset = message->offset, .timestamp = timestamp,
        .timestamp_type = type == RD_KAFKA_TIMESTAMP_CREATE_TIME       ? LC_TIME_CREATE
                          : type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? LC_TIME_APPEND
                                                                       : LC_TIME_NONE,
        .partition = message->partition,
#if RD_KAFKA_VERSION >= 0x020100ff
        .leader_epoch = rd_kafka_message_leader_epoch(message),
#else
        .leader_epoch = -1,
#endif
        .from = &part->seen, .handle = message,
    };
    return true;
}

static bool is_missing_topic(rd_kafka_resp_err_t err)
{
    return err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

static bool ends_consumption(rd_kafka_resp_err_t err)
{
    return err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
           err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
           err == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID || err == RD_KAFKA_RESP_ERR__FATAL;
}

/* An error that came in place of a message. What heals by itself is logged, the rest is returned. */
static lc_error *judge_error(lc_consumer *consumer, const rd_kafka_message_t *message)
{
    const char *topic = message->rkt ? rd_kafka_topic_name(message->rkt) : "",
               *text = rd_kafka_message_errstr(message);
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        lc_part *part = lc_consumer_part(consumer, message);
        return part ? lc_consumer_out_of_range(consumer, part, text) : NULL;
    }
    if (is_missing_topic(message->err)) {
        if (lc_table_get(consumer->missing, topic)) return NULL;
        lc_table_put(consumer->missing, topic, consumer);
    }
    if (ends_consumption(message->err))
        return lc_rd_client_error(consumer->client, message->err, "Reading %s failed: %s",
                                  *topic ? topic : "from Kafka", text);
    const lc_rebalance *tell = &consumer->callbacks;
    if (!tell->trouble || !tell->trouble(tell->context, rd_kafka_err2name(message->err), text))
        lc_rd_log(consumer->client, LC_LOG_WARN, "%s: %s", rd_kafka_err2name(message->err), text);
    return NULL;
}

static void borrow(lc_consumer *consumer, rd_kafka_message_t *message)
{
    consumer->borrowed = lc_grow(consumer->borrowed, &consumer->borrowed_cap, consumer->borrowed_count + 1,
                                 sizeof *consumer->borrowed);
    consumer->borrowed[consumer->borrowed_count++] = message;
}

/* Takes out of `out` what belongs to partitions that a rebalance in the same poll has taken away: the caller
 * was told that they are gone before it saw these messages. */
static size_t drop_taken_away(lc_message *out, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!lc_part_of(out[i].from)->dropped) out[kept++] = out[i];
    return kept;
}

/* Puts a message into `out`, or throws it away. */
static void take_message(lc_consumer *consumer, rd_kafka_message_t *message, lc_message *out, size_t *count)
{
    if (accept_message(consumer, message, &out[*count])) {
        borrow(consumer, message);
        ++*count;
    } else {
        rd_kafka_message_destroy(message);
    }
}

/* One message, waiting up to `wait_ms`; without `room` it is kept for later. *ret_taken: something came,
 * though maybe not a message for `out`. */
static lc_error *take_one(lc_consumer *consumer, int wait_ms, bool room, lc_message *out, size_t *count,
                          bool *ret_taken)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->client->rk, wait_ms);
    *ret_taken = message != NULL;
    if (!message) return NULL;
    if (__builtin_expect(message->err != 0, 0)) {
        lc_error *error = judge_error(consumer, message);
        rd_kafka_message_destroy(message);
        return error;
    }
    if (room) take_message(consumer, message, out, count);
    else consumer->stash = message;
    return NULL;
}

static void take_stash(lc_consumer *consumer, lc_message *out, size_t *count)
{
    const lc_part *part = lc_consumer_part(consumer, consumer->stash);
    if (part && part->paused) return;
    take_message(consumer, lc_steal(consumer->stash), out, count);
}

/* Polls until `max` messages are there, or after the first one nothing is; with `max` 0 until something came.
 */
static lc_error *collect(lc_consumer *consumer, int64_t deadline_ms, lc_message *out, size_t max,
                         size_t *count)
{
    enum { COMMITS_OUT_MS = 50 }; /* how long an answer to a commit may lie about */
    lc_error *error = NULL;
    if (consumer->stash && max) take_stash(consumer, out, count);
    while ((*count < max || (!max && !consumer->stash)) && !error) {
        bool taken;
        int wait = *count ? 0 : lc_rd_left(deadline_ms);
        if (consumer->commits) {
            lc_consumer_serve_commits(consumer);
            if (wait > COMMITS_OUT_MS) wait = COMMITS_OUT_MS;
        }
        error = take_one(consumer, wait, max > 0, out, count, &taken);
        if (!taken && (*count || !lc_rd_left(deadline_ms))) break;
        if (atomic_exchange(&consumer->woken, false)) break;
    }
    return error;
}

static void report_poll(lc_consumer *consumer, const lc_message *out, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) bytes += out[i].value_len + out[i].key_len;
    lc_nudge_polled(consumer->nudge, rd_kafka_queue_length(consumer->queue), count, bytes, consumer->assigned,
                    consumer->assigned_count);
}

lc_error *lc_consumer_poll(lc_consumer *consumer, int64_t timeout_ms, lc_message *out, size_t max,
                           size_t *ret_count)
{
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    *ret_count = 0;
    if (consumer->failure) return lc_steal(consumer->failure);
    consumer->in_poll = true;
    consumer->borrowed_before = consumer->borrowed_count;
    consumer->dropped_any = false;
    size_t count = 0, limit = max < consumer->max_records ? max : consumer->max_records;
    lc_error *error = collect(consumer, deadline, out, limit, &count);
    if (consumer->dropped_any) count = drop_taken_away(out, count);
    consumer->in_poll = false;
    if (consumer->nudge) report_poll(consumer, out, count);
    if (!error) error = lc_steal(consumer->failure);
    *ret_count = count;
    if (!error || !count) return error;
    /* Hand out what came before the error; the next poll fails. */
    lc_error_free(consumer->failure);
    consumer->failure = error;
    return NULL;
}

void lc_consumer_release(lc_consumer *consumer)
{
    /* From within a callback only earlier polls' messages: the caller hasn't seen those of this one yet. */
    size_t count = consumer->in_poll ? consumer->borrowed_before : consumer->borrowed_count;
    for (size_t i = 0; i < count; i++) rd_kafka_message_destroy(consumer->borrowed[i]);
    consumer->borrowed_count -= count;
    if (consumer->borrowed_count)
        memmove(consumer->borrowed, consumer->borrowed + count,
                consumer->borrowed_count * sizeof *consumer->borrowed);
    consumer->borrowed_before = 0;
    lc_consumer_bury(consumer);
}

void lc_consumer_wake(lc_consumer *consumer)
{
    atomic_store(&consumer->woken, true);
    rd_kafka_queue_yield(consumer->queue);
}

lc_error *lc_message_headers(const lc_message *message, lc_arena *arena, lc_kafka_header **ret_headers,
                             size_t *ret_count)
{
    rd_kafka_headers_t *headers;
    *ret_headers = NULL;
    *ret_count = 0;
    rd_kafka_resp_err_t err = rd_kafka_message_headers(message->handle, &headers);
    if (err == RD_KAFKA_RESP_ERR__NOENT) return NULL;
    if (err)
        return lc_rd_error(err, "The headers of the record at %s-%d offset %lld can't be read",
                           message->from->topic, message->partition, (long long)message->offset);
    size_t count = rd_kafka_header_cnt(headers);
    lc_kafka_header *list = lc_arena_alloc(arena, count * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        lc_kafka_header *to = &list[i];
        rd_kafka_header_get_all(headers, i, &to->key, &to->value, &to->value_len);
        to->key_len = strlen(to->key);
    }
    *ret_headers = list;
    *ret_count = count;
    return NULL;
}
