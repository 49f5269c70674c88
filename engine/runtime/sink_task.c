#include "runtime/task_internal.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "java/regex.h"
#include "runtime/client_settings.h"
#include "runtime/pipeline.h"
#include "runtime/seat.h"
#include "script/gate.h"

enum {
    BATCH = 500,
    POLL_MS = 1000,
    COMMIT_TIMEOUT_MS = 5000,
    CLOSE_TIMEOUT_MS = 5000,
    LIST_TIMEOUT_MS = 3000, /* a stop waits for it */
    LIST_AGAIN_MS = 5000,
    PUT_RETRY_MS = 1000
};

/* What the task knows of a partition it holds: `user` of lc_assigned. */
typedef struct held {
    int64_t next;      /* offset to commit: after the last record delivered (or dropped) */
    int64_t committed; /* -1: not by us yet */
    int64_t safe;      /* what lies before it was flushed; -1: nothing by us yet */
    lc_embedded_lane *room;
    bool tracked; /* its topic was reported */
} held;

typedef struct sink_task {
    lc_task *task;
    lc_pipeline pipeline;
    lc_consumer *consumer;
    lc_batch batch;
    lc_message *messages; /* BATCH of them, borrowed until release */
    size_t message_count;
    struct lc_dlq *letters; /* while there is no pipeline */
    lc_regex *regex;   /* of topics.regex */
    lc_error *failure; /* of a callback inside poll */
    int64_t next_commit_ms;
    int64_t next_listing_ms; /* after one that failed */
    bool paused;
    bool reassigned; /* partitions came or went since the batch was read */
} sink_task;

static bool stopping(void *context)
{
    return lc_task_is_stopping(((sink_task *)context)->task);
}

static lc_error *no_offset(void *context, lc_arena *arena, const lc_value *partition, lc_value *ret_offset)
{
    (void)context, (void)arena, (void)partition;
    *ret_offset = lc_value_null();
    return NULL;
}

static lc_partition_name *names_of(lc_assigned *const *partitions, size_t count)
{
    lc_partition_name *names = lc_alloc((count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++) {
        const held *h = partitions[i]->user;
        names[i] = (lc_partition_name){{partitions[i]->topic, partitions[i]->topic_len},
                                       partitions[i]->partition,
                                       h ? h->next : partitions[i]->start};
    }
    return names;
}

static lc_error *close_partitions(sink_task *s, lc_assigned *const *partitions, size_t count)
{
    lc_partition_name *names = names_of(partitions, count);
    lc_error *error = lc_connector_script_close(s->pipeline.script, names, count);
    free(names);
    return error;
}

/* A target that keeps offsets says where to go on: that is `next` of each then. */
static lc_error *open_partitions(sink_task *s, lc_assigned *const *partitions, size_t count)
{
    lc_partition_name *names = names_of(partitions, count);
    lc_error *error = lc_connector_script_open(s->pipeline.script, names, count);
    for (size_t i = 0; i < count && !error; i++) {
        held *h = partitions[i]->user;
        if (h) h->next = names[i].offset;
    }
    free(names);
    return error;
}

static bool target_keeps_offsets(const sink_task *s)
{
    return lc_connector_script_keeps_offsets(s->pipeline.script);
}

static void keep_failure(sink_task *s, lc_error *error)
{
    if (s->failure) lc_error_free(error);
    else s->failure = error;
}

static lc_gate *gate(const sink_task *s)
{
    return lc_seat_gate(s->task->seat);
}

static void assigned(sink_task *s, lc_assigned *const *partitions, size_t count)
{
    s->reassigned = true;
    for (size_t i = 0; i < count; i++) {
        held *h = lc_alloc(sizeof *h);
        h->next = partitions[i]->start;
        h->committed = h->safe = -1;
        partitions[i]->user = h;
        lc_embedded *embedded = s->task->worker->embedded;
        if (!embedded) continue;
        h->room = lc_embedded_lane_of(embedded, partitions[i]->topic, partitions[i]->partition);
        lc_embedded_note_reader(h->room, s->task->connector, h->next < 0 ? 0 : h->next);
    }
    keep_failure(s, open_partitions(s, partitions, count));
    for (size_t i = 0; i < count; i++) partitions[i]->start = ((const held *)partitions[i]->user)->next;
    if (s->paused) lc_error_free(lc_consumer_pause_all(s->consumer));
}

static void note_committed(const lc_offsets *offsets, sink_task *s)
{
    for (size_t i = 0; i < offsets->count; i++) {
        const lc_assigned *partition =
            lc_consumer_find(s->consumer, offsets->items[i].topic, offsets->items[i].partition);
        held *h = partition ? partition->user : NULL;
        if (!h) continue;
        h->committed = h->safe = offsets->items[i].offset;
        if (h->room) lc_embedded_note_consumed(h->room, s->task->connector, h->committed);
    }
}

static lc_error *send_commit(sink_task *s, lc_offsets *offsets)
{
    LC_GATE_LENT(gate(s));
    return lc_consumer_commit(s->consumer, offsets, COMMIT_TIMEOUT_MS);
}

static lc_error *commit_offsets(sink_task *s, lc_assigned *const *partitions, size_t count)
{
    lc_auto(lc_offsets) offsets = {0};
    for (size_t i = 0; i < count; i++) {
        const held *h = partitions[i]->user;
        if (h && h->next >= 0 && h->next != h->committed && h->next != partitions[i]->start)
            lc_offsets_add(&offsets, partitions[i]->topic, partitions[i]->partition, h->next);
    }
    if (!offsets.count || !lc_task_may_commit(s->task)) return NULL;
    LC_TRY(send_commit(s, &offsets));
    note_committed(&offsets, s);
    return NULL;
}

static lc_error *flush_dead_letters(sink_task *s)
{
    LC_GATE_LENT(gate(s));
    return lc_dlq_flush(s->pipeline.guard.dlq, COMMIT_TIMEOUT_MS);
}

/* flush, then the dead letters, then the offsets: each only when the one before succeeded. */
static lc_error *flush_and_commit(sink_task *s, lc_assigned *const *partitions, size_t count)
{
    LC_TRY(lc_connector_script_flush(s->pipeline.script));
    LC_TRY(flush_dead_letters(s));
    return commit_offsets(s, partitions, count);
}

static void count_commit(sink_task *s, int64_t began_ns)
{
    int64_t took = lc_monotonic_ns() - began_ns;
    lc_meter_add(&s->task->meters.commits, 1);
    lc_task_log_commit(s->task);
    lc_meter_add(&s->task->meters.commit_ns, took);
    lc_meter_max(&s->task->meters.commit_max_ns, took);
    atomic_store_explicit(&s->task->meters.last_commit_ms, lc_now_ms(), memory_order_relaxed);
}

static void log_commit_failure(sink_task *s, const lc_error *error)
{
    lc_meter_add(&s->task->meters.commit_failures, 1);
    lc_log(s->task->worker->log, LC_LOG_ERROR, "runtime.sink_task", "offsets could not be committed",
           "connector", s->task->connector, "task", s->task->id_text, "error", lc_error_message(error), NULL);
}

/* Goes on where the target is, as far as it can be asked. */
static lc_error *rewind_to_target(sink_task *s)
{
    lc_assigned *const *partitions;
    size_t count = lc_consumer_assignment(s->consumer, &partitions);
    LC_TRY(open_partitions(s, partitions, count));
    for (size_t i = 0; i < count; i++) {
        const held *h = partitions[i]->user;
        if (h && h->next != LC_OFFSET_NONE) LC_TRY(lc_consumer_seek(s->consumer, partitions[i], h->next));
    }
    return NULL;
}

/* Connect's answer to a failing flush while running: go back to what is flushed and read it again. */
static lc_error *rewind_to_safe(sink_task *s, lc_assigned *const *partitions, size_t count)
{
    if (target_keeps_offsets(s)) return rewind_to_target(s);
    for (size_t i = 0; i < count; i++) {
        held *h = partitions[i]->user;
        if (!h) continue;
        h->next = h->safe >= 0 ? h->safe : partitions[i]->start;
        LC_TRY(lc_consumer_seek(s->consumer, partitions[i], h->next));
    }
    return NULL;
}

static lc_error *commit(sink_task *s)
{
    lc_assigned *const *partitions;
    int64_t began = lc_monotonic_ns();
    s->next_commit_ms = lc_monotonic_ms() + s->task->worker->offset_flush_interval_ms;
    size_t count = lc_consumer_assignment(s->consumer, &partitions);
    lc_error *error = lc_connector_script_flush(s->pipeline.script);
    if (!error) {
        error = flush_dead_letters(s);
        /* A dead letter that Kafka will never take would come round, with all around it, without end. */
        if (error && !lc_error_is_retriable(error)) return error;
    }
    if (error) {
        log_commit_failure(s, error);
        lc_error_free(error);
        return rewind_to_safe(s, partitions, count);
    }
    error = commit_offsets(s, partitions, count);
    if (error) log_commit_failure(s, error);
    else count_commit(s, began);
    lc_error_free(error);
    return NULL;
}

static void forget(lc_assigned *const *partitions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(partitions[i]->user);
        partitions[i]->user = NULL;
    }
}

static void revoked(sink_task *s, lc_assigned *const *partitions, size_t count)
{
    s->reassigned = true;
    lc_error *error = s->pipeline.script ? flush_and_commit(s, partitions, count) : NULL;
    if (error) log_commit_failure(s, error);
    lc_error_free(error);
    if (s->pipeline.script) keep_failure(s, close_partitions(s, partitions, count));
    forget(partitions, count);
}

static void lost(sink_task *s, lc_assigned *const *partitions, size_t count)
{
    s->reassigned = true;
    if (s->pipeline.script) keep_failure(s, close_partitions(s, partitions, count));
    forget(partitions, count);
}

/* Waits for Kafka: the types are free meanwhile. */
static lc_error *poll_kafka(sink_task *s, int64_t wait_ms, lc_message *messages, size_t most, size_t *ret_count)
{
    lc_gate_lend(gate(s));
    lc_error *error = lc_consumer_poll(s->consumer, wait_ms, messages, most, ret_count);
    lc_gate_reclaim(gate(s));
    return error;
}

static void close_consumer(sink_task *s)
{
    lc_gate_lend(gate(s));
    lc_consumer_close(s->consumer, CLOSE_TIMEOUT_MS);
    s->consumer = NULL;
    lc_gate_reclaim(gate(s));
}

/* They come inside of a poll or of the end of the consumer, with the types lent. */
static void in_turn(sink_task *s, lc_assigned *const *partitions, size_t count,
                    void (*call)(sink_task *, lc_assigned *const *, size_t))
{
    lc_gate_reclaim(gate(s));
    call(s, partitions, count);
    lc_gate_lend(gate(s));
}

static void on_assigned(void *context, lc_assigned *const *partitions, size_t count)
{
    in_turn(context, partitions, count, assigned);
}

static void on_revoked(void *context, lc_assigned *const *partitions, size_t count)
{
    in_turn(context, partitions, count, revoked);
}

static void on_lost(void *context, lc_assigned *const *partitions, size_t count)
{
    in_turn(context, partitions, count, lost);
}

/* The embedded broker is to keep what this sink will read, from before its group has formed. */
static void announce(sink_task *s, const lc_strings *topics)
{
    lc_embedded *embedded = s->task->worker->embedded;
    for (size_t i = 0; embedded && i < topics->count; i++)
        for (int32_t p = 0; p < lc_embedded_partitions(embedded, topics->items[i]); p++)
            lc_embedded_note_consumed(lc_embedded_lane_of(embedded, topics->items[i], p), s->task->connector,
                                      0);
}

static lc_error *subscribe_list(sink_task *s, const char *list)
{
    char *copy = lc_strdup(list), *rest = copy;
    lc_auto(lc_strings) topics = {0};
    for (char *item; (item = strsep(&rest, ",")) != NULL;) {
        lc_text topic = lc_text_trim(lc_text_of(item));
        if (topic.len) lc_strings_add_text(&topics, topic.data, topic.len);
    }
    free(copy);
    lc_embedded *embedded = s->task->worker->embedded;
    for (size_t i = 0; embedded && i < topics.count; i++)
        LC_TRY(lc_embedded_create_topic(embedded, topics.items[i], 1, NULL));
    announce(s, &topics);
    return lc_consumer_subscribe(s->consumer, (const char *const *)topics.items, topics.count);
}

/* Kafka's own topics, which exclude.internal.topics of the Java client keeps out of patterns. */
static bool is_internal(const char *topic)
{
    static const char *const internal[] = {"__consumer_offsets", "__transaction_state",
                                           "__share_group_state"};
    for (size_t i = 0; i < sizeof internal / sizeof *internal; i++)
        if (!strcmp(topic, internal[i])) return true;
    return false;
}

static lc_error *list_topics(sink_task *s, lc_strings *all)
{
    LC_GATE_LENT(gate(s));
    return lc_consumer_list_topics(s->consumer, LIST_TIMEOUT_MS, all);
}

static lc_error *subscribe_matching(sink_task *s)
{
    lc_auto(lc_strings) all = {0};
    lc_auto(lc_strings) topics = {0};
    LC_TRY(list_topics(s, &all));
    for (size_t i = 0; i < all.count; i++) {
        bool matched = false;
        if (is_internal(all.items[i])) continue;
        LC_TRY(lc_regex_matches(s->regex, lc_text_of(all.items[i]), &matched));
        if (matched) lc_strings_add(&topics, all.items[i]);
    }
    announce(s, &topics);
    return topics.count ? lc_consumer_subscribe(s->consumer, (const char *const *)topics.items, topics.count)
                        : NULL;
}

/* A cluster that can't be reached is asked again a little later, as a list of topics waits for it too. */
static lc_error *follow_topics(sink_task *s)
{
    if (!lc_consumer_topics_due(s->consumer) || lc_monotonic_ms() < s->next_listing_ms) return NULL;
    lc_error *error = subscribe_matching(s);
    if (!error || !lc_error_is_retriable(error)) return error;
    lc_log(s->task->worker->log, LC_LOG_WARN, "runtime.sink_task",
           "the topics that match topics.regex are not known yet; asking again", "connector",
           s->task->connector, "task", s->task->id_text, "error", lc_error_message(error), NULL);
    lc_error_free(error);
    s->next_listing_ms = lc_monotonic_ms() + LIST_AGAIN_MS;
    return NULL;
}

static lc_error *subscribe(sink_task *s)
{
    const lc_connector_config *config = s->pipeline.config;
    if (config->topics) return subscribe_list(s, config->topics);
    LC_TRY(lc_regex_new(lc_text_of(config->topics_regex), &s->regex));
    return follow_topics(s);
}

static lc_error *open_consumer(sink_task *s)
{
    lc_autoptr(lc_props) settings = NULL;
    lc_autoptr(lc_props) overrides = NULL;
    lc_autoptr(lc_client_config) client = NULL;
    lc_worker_core *worker = s->task->worker;
    lc_client_settings(worker, s->task->connector, s->task->id, s->pipeline.config->settings,
                       LC_USE_SINK_CONSUMER, &settings, &overrides);
    LC_TRY(lc_client_config_from(worker, LC_CLIENT_CONSUMER, settings, overrides, &client));
    lc_client_log log = lc_client_logger(worker->log);
    lc_rebalance rebalance = {.assigned = on_assigned, .revoked = on_revoked, .lost = on_lost, .context = s};
    LC_TRY(lc_consumer_open(client, &log, &rebalance, &s->consumer));
    lc_task_set_consumer(s->task, s->consumer);
    return subscribe(s);
}

static lc_error *open_dead_letters(sink_task *s, lc_connector_config *config)
{
    LC_GATE_LENT(gate(s));
    return lc_dlq_open(s->task, config, &s->pipeline.guard.dlq);
}

static lc_error *open_all(sink_task *s, lc_connector_config *config, const lc_props *settings)
{
    lc_task_services services = {.context = s, .offset = no_offset, .stopping = stopping};
    LC_TRY(lc_pipeline_open(&s->pipeline, s->task, config, settings, &services));
    lc_batch_init(&s->batch, s->pipeline.types);
    s->messages = lc_alloc(BATCH * sizeof *s->messages);
    LC_TRY(open_dead_letters(s, config));
    LC_TRY(lc_connector_script_start(s->pipeline.script));
    return open_consumer(s);
}

static void close_all(sink_task *s)
{
    lc_task_set_consumer(s->task, NULL);
    close_consumer(s);
    lc_dlq_close(s->pipeline.guard.dlq);
    lc_dlq_close(s->letters);
    if (s->batch.types) lc_batch_done(&s->batch);
    lc_pipeline_close(&s->pipeline);
    lc_regex_free(s->regex);
    lc_error_free(s->failure);
    free(s->messages);
}

static void fill_coordinates(lc_record *record, const lc_message *message)
{
    record->side = LC_RECORD_SINK;
    record->topic = record->original_topic = message->from->topic;
    record->topic_len = record->original_topic_len = (uint32_t)message->from->topic_len;
    record->partition = record->original_partition = message->partition;
    record->has_partition = record->has_offset = 1;
    record->offset = record->original_offset = message->offset;
    record->timestamp = message->timestamp;
    record->has_timestamp = message->timestamp != LC_NO_TIMESTAMP;
    record->timestamp_type = message->timestamp_type == LC_TIME_APPEND   ? LC_TIMESTAMP_APPEND
                             : message->timestamp_type == LC_TIME_CREATE ? LC_TIMESTAMP_CREATE
                                                                         : LC_TIMESTAMP_NONE;
}

static lc_error *read_headers(sink_task *s, lc_record *record, const lc_message *message)
{
    lc_kafka_header *headers;
    size_t count;
    LC_TRY(lc_message_headers(message, &s->batch.arena, &headers, &count));
    for (size_t i = 0; i < count && record->state == LC_LIVE; i++) {
        const lc_schema *schema = NULL;
        lc_value value = lc_value_null();
        lc_text name = {headers[i].key, headers[i].key_len};
        LC_TRY(lc_pipeline_read(&s->pipeline, LC_STAGE_HEADER_CONVERTER, &s->batch, record, name,
                                (lc_text){headers[i].value, headers[i].value_len}, message, &schema, &value));
        if (record->state == LC_LIVE) lc_record_add_header(&s->batch, record, name, schema, value);
    }
    return NULL;
}

/* Key, value, headers: the order of WorkerSinkTask. */
static lc_error *read_record(sink_task *s, lc_record *record, const lc_message *m)
{
    lc_text topic = {m->from->topic, m->from->topic_len};
    LC_TRY(lc_pipeline_read(&s->pipeline, LC_STAGE_KEY_CONVERTER, &s->batch, record, topic,
                            (lc_text){m->key, m->key_len}, m, &record->key_schema, &record->key));
    if (record->state != LC_LIVE) return NULL;
    LC_TRY(lc_pipeline_read(&s->pipeline, LC_STAGE_VALUE_CONVERTER, &s->batch, record, topic,
                            (lc_text){m->value, m->value_len}, m, &record->value_schema, &record->value));
    if (record->state != LC_LIVE) return NULL;
    return read_headers(s, record, m);
}

static lc_error *read_all(sink_task *s)
{
    for (size_t i = 0; i < s->message_count; i++) {
        lc_record *record = lc_batch_add(&s->batch);
        fill_coordinates(record, &s->messages[i]);
        held *h = s->messages[i].from->user;
        if (h && !h->tracked) {
            h->tracked = true;
            lc_task_saw_topic(s->task, record->topic, record->topic_len);
        }
        LC_TRY(read_record(s, record, &s->messages[i]));
    }
    s->batch.origins = s->batch.count;
    return NULL;
}

/* Records that the script rejected in put: reported, then skipped or the end of the task. */
static lc_error *settle_rejected(sink_task *s)
{
    for (uint32_t i = 0; i < s->batch.count; i++) {
        lc_record *record = &s->batch.records[i];
        if (record->state != LC_FAILED) continue;
        lc_error *error = lc_steal(record->error);
        record->state = LC_DROPPED;
        LC_TRY(lc_guard_failed(&s->pipeline.guard, LC_STAGE_TASK_PUT,
                               "org.apache.kafka.connect.sink.SinkTask", error, record,
                               s->message_count ? &s->messages[record->origin] : NULL));
    }
    return NULL;
}

/* Nothing of the batch is to be put: each partition that is still held is read again from where the target is. */
static lc_error *abandon(sink_task *s)
{
    for (uint32_t i = 0; i < s->batch.count; i++) s->batch.records[i].state = LC_DROPPED;
    s->message_count = 0;
    LC_TRY(rewind_to_target(s));
    return s->paused ? NULL : lc_consumer_resume_all(s->consumer);
}

/* The batch is given again until the script takes it; meanwhile partitions are paused and the group is kept
 * alive. */
static lc_error *put_again(sink_task *s, lc_error *error)
{
    LC_TRY(lc_consumer_pause_all(s->consumer));
    while (error && lc_error_is_retriable(error) && !lc_task_is_stopping(s->task)) {
        lc_log(s->task->worker->log, LC_LOG_WARN, "runtime.sink_task", "put failed and is tried again",
               "connector", s->task->connector, "task", s->task->id_text, "error", lc_error_message(error),
               NULL);
        lc_error_free(error);
        lc_meter_add(&s->task->meters.retries, 1);
        lc_task_wait(s->task, -1, PUT_RETRY_MS);
        size_t none = 0;
        lc_message unexpected;
        LC_TRY(poll_kafka(s, 0, &unexpected, 0, &none));
        if (s->reassigned && target_keeps_offsets(s)) return abandon(s);
        error = lc_connector_script_put(s->pipeline.script, &s->batch);
    }
    if (error) return error;
    return s->paused ? NULL : lc_consumer_resume_all(s->consumer);
}

static lc_error *put(sink_task *s)
{
    int64_t began = lc_monotonic_ns();
    s->reassigned = false;
    lc_error *error = lc_connector_script_put(s->pipeline.script, &s->batch);
    lc_meter_call(&s->task->meters, began);
    if (error && lc_error_is_retriable(error)) error = put_again(s, error);
    if (error) return lc_wrap(error, LC_E_CONNECT, "Exiting WorkerSinkTask due to unrecoverable exception.");
    return settle_rejected(s);
}

static void advance(sink_task *s)
{
    int64_t lag = 0;
    for (size_t i = 0; i < s->message_count; i++) {
        held *h = s->messages[i].from->user;
        if (h) h->next = s->messages[i].offset + 1;
    }
    lc_assigned *const *partitions;
    size_t count = lc_consumer_assignment(s->consumer, &partitions);
    for (size_t i = 0; i < count; i++) {
        const held *h = partitions[i]->user;
        int64_t behind = lc_consumer_lag(s->consumer, partitions[i]);
        if (behind > 0) lag += behind;
        /* Delivered is enough here: the embedded broker's data does not outlive the process anyway. */
        if (h && h->room && h->next >= 0) lc_embedded_note_consumed(h->room, s->task->connector, h->next);
    }
    atomic_store_explicit(&s->task->meters.lag, lag, memory_order_relaxed);
    lc_meter_add(&s->task->meters.written, s->batch.count);
}

/* What a target holds is never read again: its dead letters are safe before it holds more. */
static lc_error *settle_letters(sink_task *s, bool *ret_go_on)
{
    *ret_go_on = true;
    if (!target_keeps_offsets(s)) return NULL;
    lc_error *error = lc_dlq_flush(s->pipeline.guard.dlq, COMMIT_TIMEOUT_MS);
    if (!error || !lc_error_is_retriable(error)) return error;
    log_commit_failure(s, error);
    lc_error_free(error);
    *ret_go_on = false;
    return abandon(s);
}

static lc_error *deliver(sink_task *s)
{
    bool go_on;
    lc_batch_reset(&s->batch);
    lc_meter_add(&s->task->meters.polled, (int64_t)s->message_count);
    lc_meter_max(&s->task->meters.batch_max, (int64_t)s->message_count);
    LC_TRY(read_all(s));
    LC_TRY(lc_pipeline_transform(&s->pipeline, &s->batch, s->messages));
    LC_TRY(settle_letters(s, &go_on));
    if (!go_on) return NULL;
    LC_TRY(put(s));
    advance(s);
    lc_seat_count(s->task->seat, s->message_count);
    return NULL;
}

static lc_error *take_failure(sink_task *s)
{
    return lc_steal(s->failure);
}

static int64_t poll_time(const sink_task *s)
{
    int64_t until_commit = s->next_commit_ms - lc_monotonic_ms();
    return until_commit < 0 ? 0 : until_commit < POLL_MS ? until_commit : POLL_MS;
}

static lc_error *turn(sink_task *s)
{
    if (lc_monotonic_ms() >= s->next_commit_ms) LC_TRY(commit(s));
    if (s->regex) LC_TRY(follow_topics(s));
    LC_TRY(poll_kafka(s, poll_time(s), s->messages, BATCH, &s->message_count));
    lc_error *error = take_failure(s);
    if (!error && lc_task_hold(s->task) && (s->message_count || !s->paused)) error = deliver(s);
    lc_consumer_release(s->consumer);
    s->message_count = 0;
    return error;
}

static lc_error *follow_wishes(sink_task *s)
{
    bool pause = lc_task_wanted(s->task) == LC_WANT_PAUSE;
    if (pause != s->paused) {
        s->paused = pause;
        LC_TRY(pause ? lc_consumer_pause_all(s->consumer) : lc_consumer_resume_all(s->consumer));
        if (pause) LC_TRY(commit(s));
    }
    lc_task_report(s->task, pause ? LC_TASK_PAUSED : LC_TASK_RUNNING);
    return NULL;
}

static lc_error *loop(sink_task *s)
{
    s->next_commit_ms = lc_monotonic_ms() + s->task->worker->offset_flush_interval_ms;
    while (!lc_task_is_stopping(s->task)) {
        lc_seat_pass(s->task->seat);
        if (lc_seat_wants_restart(s->task->seat)) return NULL;
        LC_TRY(follow_wishes(s));
        if (!lc_task_is_stopping(s->task)) LC_TRY(turn(s));
    }
    return NULL;
}

/* Another version of the script takes over where the one before is; the consumer stays in its group. */

static void note_flushed(lc_assigned *const *partitions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        held *h = partitions[i]->user;
        if (h && h->next >= 0) h->safe = h->next;
    }
}

/* Letters that are on their way stay so. */
static void close_version(sink_task *s)
{
    if (s->pipeline.guard.dlq) s->letters = s->pipeline.guard.dlq;
    if (s->batch.types) lc_batch_done(&s->batch);
    s->batch = (lc_batch){0};
    lc_pipeline_close(&s->pipeline);
}

/* What the version has taken is in its target, or will be given to the next one. */
static lc_error *end_version(sink_task *s, bool *ret_flushed)
{
    lc_assigned *const *partitions;
    size_t count = lc_consumer_assignment(s->consumer, &partitions);
    lc_error *late = lc_connector_script_flush(s->pipeline.script);
    *ret_flushed = !late;
    if (late) log_commit_failure(s, late);
    else note_flushed(partitions, count);
    lc_error_free(late);
    lc_error *error = close_partitions(s, partitions, count);
    lc_error *at_end = lc_connector_script_stop(s->pipeline.script);
    if (!error) error = lc_steal(at_end);
    lc_error_free(at_end);
    close_version(s);
    return error;
}

static lc_error *reopen(sink_task *s, lc_connector_config *config, const lc_props *settings)
{
    lc_task_services services = {.context = s, .offset = no_offset, .stopping = stopping};
    LC_TRY(lc_pipeline_open(&s->pipeline, s->task, config, settings, &services));
    s->pipeline.guard.dlq = lc_steal(s->letters);
    lc_batch_init(&s->batch, s->pipeline.types);
    return lc_connector_script_start(s->pipeline.script);
}

static lc_error *go_on(sink_task *s, bool is_behind)
{
    lc_assigned *const *partitions;
    size_t count = lc_consumer_assignment(s->consumer, &partitions);
    if (target_keeps_offsets(s)) LC_TRY(rewind_to_target(s));
    else if (is_behind) LC_TRY(rewind_to_safe(s, partitions, count));
    if (!target_keeps_offsets(s)) LC_TRY(open_partitions(s, partitions, count));
    return s->paused || !is_behind ? NULL : lc_consumer_resume_all(s->consumer);
}

/* Whether another version runs now, the next one or, after a failure, the one before; else the task ends with
 * *error. */
static bool changes_version(sink_task *s, lc_connector_config *config, const lc_props *settings, lc_error **error)
{
    int64_t began = lc_monotonic_ns();
    bool has_failed = *error != NULL, flushed = true;
    if (!lc_seat_may_change(s->task->seat, has_failed)) return false;
    lc_error *at_end = end_version(s, &flushed);
    if (!has_failed) *error = lc_steal(at_end);
    lc_error_free(at_end);
    while (lc_seat_next(s->task->seat, error)) {
        *error = reopen(s, config, settings);
        if (!*error) *error = go_on(s, has_failed || !flushed);
        if (!*error) {
            lc_seat_note_change(s->task->seat, lc_monotonic_ns() - began);
            return true;
        }
        has_failed = true;
        if (s->pipeline.script) lc_error_free(lc_connector_script_stop(s->pipeline.script));
        close_version(s);
    }
    return false;
}

static lc_error *run_versions(sink_task *s, lc_connector_config *config, const lc_props *settings)
{
    lc_error *error;
    do error = loop(s);
    while (changes_version(s, config, settings, &error));
    return error;
}

lc_error *lc_sink_task_run(lc_task *task, lc_connector_config *config, const lc_props *settings)
{
    sink_task s = {.task = task};
    lc_error *error = open_all(&s, config, settings);
    if (!error) error = run_versions(&s, config, settings);
    if (s.consumer) {
        /* Leaving the group calls on_revoked, which flushes and commits what was delivered. */
        lc_task_set_consumer(task, NULL);
        close_consumer(&s);
        lc_error *at_end = take_failure(&s);
        if (!error) error = lc_steal(at_end);
        lc_error_free(at_end);
        at_end = s.pipeline.script ? lc_connector_script_stop(s.pipeline.script) : NULL;
        if (!error) error = lc_steal(at_end);
        lc_error_free(at_end);
    }
    close_all(&s);
    return error;
}
