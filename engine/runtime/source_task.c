#include "runtime/task_internal.h"

#include "base/clock.h"
#include "base/memory.h"
#include "runtime/client_settings.h"
#include "runtime/ledger.h"
#include "runtime/pipeline.h"
#include "runtime/seat.h"
#include "runtime/source_txn.h"
#include "runtime/topic_creation.h"
#include "script/gate.h"

#include <stdlib.h>

/* Bounds of what may be on its way to Kafka: enough to keep batches full, little enough to stay small. */
enum {
    MAX_FLYING_BYTES = 8 * 1024 * 1024,
    POLL_ROOM = 2000,
    SEND_RUN = 256,
    ROOM_WAIT_MS = 50,
    TELL_OF_ROOM_MS = 5000, /* a sink that starts now needs 3 s to join its group */
    CACHED_TOPICS = 4
};

typedef struct known_topic {
    char *name;
    size_t len;
    lc_topic *topic;
    lc_embedded_lane *room; /* partition 0 of the embedded broker's topic */
    int32_t partitions;     /* embedded only */
} known_topic;

typedef struct source_task {
    lc_task *task;
    lc_pipeline pipeline;
    lc_ledger *ledger;
    lc_producer *producer;
    lc_source_txn *txn; /* NULL: at least once */
    bool script_decides; /* where transactions end */
    const lc_boundary *boundaries; /* of the batch that is sent */
    size_t boundary_count;
    lc_topic_creation *creation;
    known_topic *topics;
    size_t topic_count, topic_cap, last_topic;
    int64_t next_commit_ms;
    bool told_of_room;
    const char *anew; /* why the task is to begin anew from its committed offsets; NULL: it isn't */
    bool is_producer_dead;
    bool again;       /* it has */
} source_task;

static void wake(void *context)
{
    lc_task_wake(context);
}

static lc_error *offset_of(void *context, lc_arena *arena, const lc_value *partition, lc_value *ret_offset)
{
    source_task *s = context;
    lc_auto(lc_buf) stored = {0};
    lc_text key;
    bool found = false;
    *ret_offset = lc_value_null();
    LC_TRY(lc_ledger_key(s->ledger, arena, partition, &key));
    lc_offset_store *store = s->task->worker->offsets;
    LC_TRY(store->klass->get(store, key, &stored, &found));
    if (!found) return NULL;
    lc_text bytes = {lc_arena_copy(arena, stored.data, stored.len), stored.len};
    return lc_ledger_parse(s->ledger, arena, bytes, ret_offset);
}

static bool stopping(void *context)
{
    return lc_task_is_stopping(((source_task *)context)->task);
}

static lc_gate *gate(const source_task *s)
{
    return lc_seat_gate(s->task->seat);
}

static lc_error *open_producer(source_task *s)
{
    LC_GATE_LENT(gate(s));
    if (lc_source_txn_enabled(s->task->worker)) {
        LC_TRY(lc_source_txn_open(s->task, s->pipeline.config->settings, &s->txn));
        s->producer = lc_source_txn_producer(s->txn);
        return NULL;
    }
    lc_autoptr(lc_props) settings = NULL;
    lc_autoptr(lc_props) overrides = NULL;
    lc_client_settings(s->task->worker, s->task->connector, s->task->id, s->pipeline.config->settings,
                       LC_USE_SOURCE_PRODUCER, &settings, &overrides);
    return lc_worker_producer(s->task->worker, settings, overrides, &s->producer);
}

static lc_error *open_all(source_task *s, lc_connector_config *config, const lc_props *settings)
{
    s->script_decides = lc_source_txn_is_connectors(s->task->worker, settings);
    lc_task_services services = {.context = s, .offset = offset_of, .stopping = stopping,
                                 .transactions = s->script_decides};
    LC_TRY(lc_pipeline_open(&s->pipeline, s->task, config, settings, &services));
    s->ledger = lc_ledger_new(s->task->connector, s->pipeline.types, wake, s->task);
    LC_TRY(open_producer(s));
    LC_TRY(lc_topic_creation_new(s->task, config, &s->creation));
    return lc_connector_script_start(s->pipeline.script);
}

static void close_all(source_task *s)
{
    lc_topic_creation_free(s->creation);
    if (s->txn) lc_source_txn_close(s->txn);
    else if (s->producer) lc_worker_producer_release(s->task->worker, s->producer);
    lc_ledger_free(s->ledger);
    lc_pipeline_close(&s->pipeline);
    for (size_t i = 0; i < s->topic_count; i++) free(s->topics[i].name);
    free(s->topics);
}

static bool is_topic_gone(const lc_error *error)
{
    return lc_error_code(error) == LC_E_NOT_FOUND && lc_error_is_retriable(error);
}

/* A broker that was killed may leave librdkafka with a sequence of its own making, which ends the producer, where
 * Java's begins a new epoch (KIP-360). Whoever was shut out by another producer stays out. */
static bool is_producer_dead(const source_task *s, const lc_error *error)
{
    lc_autoptr(lc_error) fatal = lc_producer_fatal(s->producer);
    lc_code code = lc_error_code(fatal);
    /* Without transactions nobody can be shut out: the broker has forgotten the epoch. */
    if (!s->txn && lc_error_code(error) == LC_E_CONFLICT) return true;
    return fatal && code != LC_E_CONFLICT && code != LC_E_FORBIDDEN && code != LC_E_CONFIG;
}

/* A record that Kafka did not take: tolerated like any other failure, or the end of the task. One whose topic
 * was deleted is read again once the topic is there: Java's producer waits for it, librdkafka gives up. */
static lc_error *not_stored(void *context, lc_entry *entry, const lc_record *record)
{
    source_task *s = context;
    lc_error *error = lc_steal(entry->error);
    /* Of a topic that goes, all partitions are unknown before the topic is. */
    if (lc_error_code(error) == LC_E_NOT_FOUND && !record->has_partition) lc_error_set_retriable(error, true);
    if (is_topic_gone(error)) {
        s->anew = "a topic was deleted; the task goes on from its committed offsets when the topic is there again";
        return error;
    }
    if (s->txn && lc_error_is_retriable(error)) {
        lc_error *verdict = lc_source_txn_verdict(s->txn);
        if (!verdict) return error;
        lc_error_free(error);
        return verdict;
    }
    if (is_producer_dead(s, error)) {
        s->is_producer_dead = true;
        s->anew = "the producer can't go on; the task begins anew from its committed offsets with another";
        return error;
    }
    lc_error *fatal = lc_guard_failed(&s->pipeline.guard, LC_STAGE_KAFKA_PRODUCE,
                                      "org.apache.kafka.clients.producer.KafkaProducer", error, record, NULL);
    return fatal ? lc_wrap(fatal, LC_E_CONNECT, "Unrecoverable exception from producer send callback") : NULL;
}

static lc_error *retire(source_task *s)
{
    lc_error *error = lc_ledger_retire(s->ledger, not_stored, s);
    atomic_store_explicit(&s->task->meters.written, lc_ledger_stored(s->ledger), memory_order_relaxed);
    return error;
}

static void note_commit(source_task *s, int64_t began_ns)
{
    int64_t took = lc_monotonic_ns() - began_ns;
    lc_meter_add(&s->task->meters.commits, 1);
    lc_task_log_commit(s->task);
    lc_meter_add(&s->task->meters.commit_ns, took);
    lc_meter_max(&s->task->meters.commit_max_ns, took);
    atomic_store_explicit(&s->task->meters.last_commit_ms, lc_now_ms(), memory_order_relaxed);
}

static lc_error *store_offsets(source_task *s, const lc_offset_entry *entries, size_t count)
{
    LC_GATE_LENT(gate(s));
    lc_worker_core *worker = s->task->worker;
    return worker->offsets->klass->put(worker->offsets, entries, count, worker->offset_flush_timeout_ms);
}

static lc_error *commit(source_task *s)
{
    const lc_offset_entry *entries;
    size_t count;
    lc_worker_core *worker = s->task->worker;
    int64_t began = lc_monotonic_ns();
    s->next_commit_ms = lc_monotonic_ms() + worker->offset_flush_interval_ms;
    LC_TRY(lc_ledger_committable(s->ledger, &entries, &count));
    if (!count) return NULL;
    if (!lc_task_may_commit(s->task)) return NULL; /* another worker's task may be further by now */
    lc_error *error = store_offsets(s, entries, count);
    if (error) {
        lc_log(worker->log, LC_LOG_ERROR, "runtime.source_task",
               "offsets could not be committed; they are tried again at the next interval", "connector",
               s->task->connector, "task", s->task->id_text, "error", lc_error_message(error), NULL);
        lc_meter_add(&s->task->meters.commit_failures, 1);
        lc_error_free(error);
        return NULL;
    }
    lc_ledger_committed(s->ledger);
    note_commit(s, began);
    return lc_connector_script_commit(s->pipeline.script);
}

static lc_error *flush_transaction(source_task *s)
{
    LC_GATE_LENT(gate(s));
    return lc_source_txn_is_open(s->txn) ? lc_source_txn_flush(s->txn) : NULL;
}

static lc_error *commit_transaction(source_task *s, const lc_offset_entry *entries, size_t count)
{
    LC_GATE_LENT(gate(s));
    LC_TRY(lc_source_txn_begin(s->txn));
    return lc_source_txn_commit(s->txn, entries, count);
}

/* Exactly once: everything that was read and the offsets behind it, or nothing. */
static lc_error *end_transaction(source_task *s)
{
    const lc_offset_entry *entries;
    size_t count;
    int64_t began = lc_monotonic_ns();
    s->next_commit_ms = lc_monotonic_ms() + s->task->worker->offset_flush_interval_ms;
    LC_TRY(flush_transaction(s));
    LC_TRY(retire(s));
    LC_TRY(lc_ledger_report(s->ledger, not_stored, s));
    LC_TRY(lc_ledger_committable(s->ledger, &entries, &count));
    if (!count && !lc_source_txn_is_open(s->txn)) return NULL;
    LC_TRY(commit_transaction(s, entries, count));
    lc_ledger_committed(s->ledger);
    note_commit(s, began);
    return lc_connector_script_commit(s->pipeline.script);
}

static lc_error *commit_when_due(source_task *s)
{
    int64_t now = lc_monotonic_ms();
    if (s->txn && now >= lc_source_txn_due(s->txn)) return end_transaction(s);
    if (now < s->next_commit_ms) return NULL;
    if (!s->txn) return commit(s);
    if (s->script_decides) {
        s->next_commit_ms = now + s->task->worker->offset_flush_interval_ms;
        return NULL;
    }
    return lc_source_txn_is_open(s->txn) ? NULL : end_transaction(s); /* of records that were all dropped */
}

static void tell_of_topic(source_task *s, const char *topic, const lc_error *error)
{
    lc_log(s->task->worker->log, LC_LOG_WARN, "runtime.source_task",
           "a topic is not usable now and is tried again", "connector", s->task->connector, "task",
           s->task->id_text, "topic", topic, "error", lc_error_message(error), NULL);
}

static lc_error *ensure_topic(source_task *s, const char *topic)
{
    LC_GATE_LENT(gate(s));
    return lc_topic_creation_ensure(s->creation, topic);
}

/* Kafka Connect goes on asking for as long as the cluster doesn't answer. */
static lc_error *create_topic(source_task *s, const char *topic)
{
    enum { PAUSE_MS = 1000 };
    for (;;) {
        lc_error *error = ensure_topic(s, topic);
        if (!error || !lc_error_is_retriable(error) || lc_task_is_stopping(s->task)) return error;
        tell_of_topic(s, topic, error);
        lc_error_free(error);
        lc_task_wait(s->task, -1, PAUSE_MS);
    }
}

static lc_error *ask_partitions(source_task *s, lc_topic *topic, int64_t wait_ms)
{
    int32_t partitions;
    LC_GATE_LENT(gate(s));
    return lc_producer_partitions(s->producer, topic, wait_ms, &partitions);
}

/* The producer refuses records for a topic that it knows as deleted until it has seen the new one. */
static void await_topic(source_task *s, const char *name, lc_topic *topic)
{
    enum { ASK_MS = 1000, TELL_AFTER = 10 };
    lc_error *error = NULL;
    for (int tried = 1; !lc_task_is_stopping(s->task); tried++) {
        lc_error_free(error);
        if (!(error = ask_partitions(s, topic, ASK_MS))) return;
        if (tried % TELL_AFTER == 0) tell_of_topic(s, name, error);
        lc_task_wait(s->task, -1, ASK_MS);
    }
    lc_error_free(error);
}

/* No topic and no error: the task is to stop, and need not know. */
static lc_error *learn_topic(source_task *s, const char *name, size_t len, known_topic **ret_topic)
{
    char *text = lc_strndup(name, len);
    lc_topic *topic = NULL;
    lc_error *error = create_topic(s, text);
    if (!error) error = lc_producer_topic(s->producer, text, &topic);
    if (topic && s->again) await_topic(s, text, topic);
    if (error && lc_task_is_stopping(s->task)) {
        lc_error_free(error);
        error = NULL;
    }
    if (!topic) {
        free(text);
        return error;
    }
    s->topics = lc_grow(s->topics, &s->topic_cap, s->topic_count + 1, sizeof *s->topics);
    known_topic *known = &s->topics[s->topic_count++];
    *known = (known_topic){.name = text, .len = len, .topic = topic};
    lc_embedded *embedded = s->task->worker->embedded;
    if (embedded) known->partitions = lc_embedded_partitions(embedded, text);
    lc_task_saw_topic(s->task, name, len);
    *ret_topic = known;
    return NULL;
}

static lc_error *topic_of(source_task *s, const lc_record *record, known_topic **ret_topic)
{
    if (!record->topic)
        return lc_fail(LC_E_DATA, "A record has no topic: the connector or a transform must set one.");
    for (size_t tried = 0; tried < s->topic_count; tried++) {
        size_t i = (s->last_topic + tried) % s->topic_count;
        if (s->topics[i].len != record->topic_len ||
            memcmp(s->topics[i].name, record->topic, record->topic_len))
            continue;
        s->last_topic = i;
        *ret_topic = &s->topics[i];
        return NULL;
    }
    return learn_topic(s, record->topic, record->topic_len, ret_topic);
}

static lc_error *write_headers(source_task *s, lc_batch *batch, lc_record *record, lc_outgoing *out)
{
    if (!record->header_count) return NULL;
    lc_kafka_header *headers = lc_arena_alloc(&batch->arena, record->header_count * sizeof *headers);
    for (uint32_t i = 0; i < record->header_count && record->state == LC_LIVE; i++) {
        lc_header *h = &record->headers[i];
        lc_text bytes = {0};
        LC_TRY(lc_pipeline_write(&s->pipeline, LC_STAGE_HEADER_CONVERTER, batch, record,
                                 (lc_text){h->name, h->name_len}, h->schema, &h->value, &bytes));
        headers[i] = (lc_kafka_header){h->name, h->name_len, bytes.data, bytes.len};
    }
    out->headers = headers;
    out->header_count = record->header_count;
    return NULL;
}

/* Headers first, then key, then value: the order of AbstractWorkerSourceTask. */
static lc_error *convert(source_task *s, lc_batch *batch, lc_record *record, lc_outgoing *out)
{
    lc_text topic = {record->topic, record->topic_len}, key = {0}, value = {0};
    *out = (lc_outgoing){.partition = record->has_partition ? record->partition : LC_PARTITION_ANY,
                         .timestamp = record->has_timestamp ? record->timestamp : LC_NO_TIMESTAMP};
    LC_TRY(write_headers(s, batch, record, out));
    if (record->state == LC_LIVE)
        LC_TRY(lc_pipeline_write(&s->pipeline, LC_STAGE_KEY_CONVERTER, batch, record, topic,
                                 record->key_schema, &record->key, &key));
    if (record->state == LC_LIVE)
        LC_TRY(lc_pipeline_write(&s->pipeline, LC_STAGE_VALUE_CONVERTER, batch, record, topic,
                                 record->value_schema, &record->value, &value));
    out->key = key.data;
    out->key_len = key.len;
    out->value = value.data;
    out->value_len = value.len;
    return NULL;
}

static void tell_of_room(source_task *s, const char *reason)
{
    if (!s->told_of_room)
        lc_log(s->task->worker->log, LC_LOG_WARN, "runtime.source_task", "waiting for the embedded broker",
               "connector", s->task->connector, "task", s->task->id_text, "reason", reason, NULL);
    s->told_of_room = true;
}

/* The embedded broker forgets what is too old: waits until its readers are near enough. False when the task
 * is to stop first. */
static bool await_room(source_task *s, known_topic *topic, lc_outgoing *out, lc_entry *entry)
{
    lc_embedded *embedded = s->task->worker->embedded;
    if (out->partition == LC_PARTITION_ANY)
        out->partition = out->key && topic->partitions > 1
                             ? (int32_t)(lc_hash(out->key, out->key_len) % (uint32_t)topic->partitions)
                             : 0;
    if (out->partition != 0 || !topic->room)
        topic->room = lc_embedded_lane_of(embedded, topic->name, out->partition);
    entry->room = topic->room;
    entry->bytes = (uint32_t)(out->key_len + out->value_len);
    const char *reason = NULL;
    int64_t began = 0;
    while (!lc_embedded_room(entry->room, entry->bytes, &reason)) {
        if (lc_task_is_stopping(s->task)) return false;
        if (!began) began = lc_monotonic_ms();
        if (lc_monotonic_ms() - began > TELL_OF_ROOM_MS) tell_of_room(s, reason);
        atomic_store(&s->task->meters.waiting_for_room, true);
        lc_task_wait(s->task, -1, ROOM_WAIT_MS);
    }
    atomic_store(&s->task->meters.waiting_for_room, false);
    lc_embedded_note_produced(entry->room, entry->bytes);
    return true;
}

static void wait_for_queue(source_task *s)
{
    LC_GATE_LENT(gate(s));
    lc_producer_wait_room(s->producer, 100);
}

/* Hands a run of records of one topic to the producer, waiting while its queue is full. A record that the
 * client refuses fails as if the broker had. */
static void send_run(source_task *s, lc_topic *topic, const lc_outgoing *run, size_t count)
{
    size_t done = 0;
    while (done < count) {
        size_t sent = 0;
        lc_error *error = NULL;
        lc_send_result result =
            lc_producer_send_batch(s->producer, topic, run + done, count - done, &sent, &error);
        done += sent;
        if (result == LC_SEND_FULL) wait_for_queue(s);
        if (result != LC_SEND_FAILED) continue;
        lc_delivery failed = {.partition = -1, .offset = LC_OFFSET_NONE, .error = error};
        run[done].inflight->done(run[done].inflight, &failed);
        lc_error_free(error);
        done++;
    }
}

typedef struct sending {
    lc_outgoing run[SEND_RUN];
    size_t count;
    lc_topic *topic;
} sending;

static void flush_run(source_task *s, sending *out)
{
    size_t count = out->count;
    out->count = 0;
    if (count) send_run(s, out->topic, out->run, count);
}

static lc_error *send_record(source_task *s, lc_flight *flight, lc_record *record, lc_entry *entry,
                             sending *out)
{
    known_topic *topic = NULL;
    lc_outgoing outgoing = {0};
    if (record->state == LC_LIVE) LC_TRY(convert(s, &flight->batch, record, &outgoing));
    if (record->state == LC_LIVE) LC_TRY(topic_of(s, record, &topic));
    if (record->state != LC_LIVE) {
        lc_ledger_settle(entry, true);
        return NULL;
    }
    if (!topic) return lc_ledger_settle(entry, false), NULL;
    if (s->task->worker->embedded) {
        flush_run(s, out);
        if (!await_room(s, topic, &outgoing, entry)) return lc_ledger_settle(entry, false), NULL;
    }
    if (out->count == SEND_RUN || (out->count && out->topic != topic->topic)) flush_run(s, out);
    if (s->txn) LC_TRY(lc_source_txn_begin(s->txn));
    outgoing.inflight = &entry->inflight;
    flight->bytes += outgoing.key_len + outgoing.value_len;
    out->topic = topic->topic;
    out->run[out->count++] = outgoing;
    return NULL;
}

/* Throws away what the transaction holds. Its offsets belong to the next one: the script wants it gone, not read
 * again (TransactionContext.abortTransaction). */
static lc_error *abort_transaction(source_task *s)
{
    if (!lc_source_txn_is_open(s->txn)) return NULL;
    LC_TRY(lc_source_txn_flush(s->txn));
    lc_log(s->task->worker->log, LC_LOG_INFO, "runtime.source_task", "transaction aborted as the connector asked",
           "connector", s->task->connector, "task", s->task->id_text, NULL);
    lc_source_txn_abort(s->txn);
    return NULL;
}

/* Ends the transaction if the script asked for that behind this record of its poll. */
static lc_error *end_where_asked(source_task *s, uint32_t record, sending *out)
{
    for (size_t i = 0; i < s->boundary_count; i++) {
        if (s->boundaries[i].record != record) continue;
        if (out) flush_run(s, out);
        if (s->boundaries[i].aborts) LC_TRY(abort_transaction(s));
        LC_TRY(end_transaction(s));
    }
    return NULL;
}

/* Gives how many records were sent or settled. */
static lc_error *send_records(source_task *s, lc_flight *flight, sending *out, uint32_t *ret_sent)
{
    lc_batch *batch = &flight->batch;
    for (*ret_sent = 0; *ret_sent < batch->count;) {
        const lc_record *record = &batch->records[*ret_sent];
        LC_TRY(send_record(s, flight, &batch->records[*ret_sent], &flight->entries[*ret_sent], out));
        ++*ret_sent;
        if (record->last_of_origin) LC_TRY(end_where_asked(s, record->origin, out));
    }
    return NULL;
}

/* All entries are made before the first record is sent: they must not move once Kafka knows them. The flight is held
 * until the last one is: it must not retire at the end of a transaction within. */
static lc_error *send_flight(source_task *s, lc_flight *flight)
{
    lc_batch *batch = &flight->batch;
    for (uint32_t i = 0; i < batch->count; i++)
        LC_TRY(lc_ledger_enter(s->ledger, flight, &batch->records[i]));
    lc_ledger_depart(s->ledger, flight);
    sending *out = lc_arena_alloc(&batch->arena, sizeof *out);
    out->count = 0;
    uint32_t sent = 0;
    lc_ledger_hold(flight);
    lc_error *error = send_records(s, flight, out, &sent);
    flush_run(s, out);
    /* After an error the task ends: the rest will never be sent, and no offset beyond the failure is committed. */
    for (uint32_t i = sent; i < batch->count; i++) lc_ledger_settle(&flight->entries[i], false);
    lc_ledger_let_go(flight);
    return error ? error : end_where_asked(s, LC_BATCH_END, NULL);
}

static lc_error *transform(source_task *s, lc_batch *batch)
{
    batch->origins = batch->count;
    LC_TRY(lc_pipeline_transform(&s->pipeline, batch, NULL));
    for (uint32_t i = 0; i < batch->count; i++)
        batch->records[i].last_of_origin =
            i + 1 == batch->count || batch->records[i + 1].origin != batch->records[i].origin;
    return NULL;
}

/* Nothing to send: sleeps as long as the script asked, until its file grows, the task is woken or a commit is
 * due. */
static void idle(source_task *s, int64_t idle_ms, int fd)
{
    int64_t due = s->txn ? lc_source_txn_due(s->txn) : INT64_MAX;
    if (due == INT64_MAX) due = s->next_commit_ms;
    int64_t until_commit = due - lc_monotonic_ms();
    if (until_commit < 0) until_commit = 0;
    if (lc_task_wanted(s->task) == LC_WANT_RUN)
        lc_task_wait(s->task, fd, idle_ms < until_commit ? idle_ms : until_commit);
}

static lc_error *poll_failed(source_task *s, lc_error *error)
{
    if (!lc_error_is_retriable(error)) return error;
    lc_log(s->task->worker->log, LC_LOG_WARN, "runtime.source_task", "poll failed and is tried again",
           "connector", s->task->connector, "task", s->task->id_text, "error", lc_error_message(error), NULL);
    lc_error_free(error);
    idle(s, 1000, -1);
    return NULL;
}

static lc_error *poll_once(source_task *s)
{
    lc_poll_result result = {.wake_fd = -1};
    lc_flight *flight = lc_ledger_board(s->ledger);
    int64_t began = lc_monotonic_ns();
    lc_error *error = lc_connector_script_poll(s->pipeline.script, &flight->batch, POLL_ROOM, &result);
    s->boundaries = result.boundaries;
    s->boundary_count = s->script_decides ? result.boundary_count : 0;
    uint32_t count = flight->batch.count;
    if (count) lc_meter_call(&s->task->meters, began);
    if (error || !count) {
        lc_ledger_cancel(s->ledger, flight);
        if (error) return poll_failed(s, error);
        LC_TRY(end_where_asked(s, LC_BATCH_END, NULL));
        idle(s, result.done ? INT64_MAX : result.idle_ms, result.wake_fd);
        return NULL;
    }
    lc_meter_add(&s->task->meters.polled, count);
    lc_meter_max(&s->task->meters.batch_max, count);
    error = transform(s, &flight->batch);
    lc_seat_count(s->task->seat, count);
    if (!error && lc_task_hold(s->task)) return send_flight(s, flight);
    lc_ledger_cancel(s->ledger, flight);
    return error;
}

/* Keeps what is in flight bounded: sleeps until acks come. */
static void hold_back(source_task *s)
{
    lc_ledger_await(s->ledger);
    if (lc_ledger_bytes(s->ledger) < MAX_FLYING_BYTES) return;
    lc_task_wait(s->task, -1, 100);
}

static lc_error *pause_here(source_task *s)
{
    if (s->txn && lc_source_txn_is_open(s->txn) && !s->script_decides) LC_TRY(end_transaction(s));
    lc_task_report(s->task, LC_TASK_PAUSED);
    int64_t until_commit = s->next_commit_ms - lc_monotonic_ms();
    lc_task_wait(s->task, -1, until_commit > 0 ? until_commit : 0);
    return NULL;
}

static lc_error *loop(source_task *s)
{
    s->next_commit_ms = lc_monotonic_ms() + s->task->worker->offset_flush_interval_ms;
    while (lc_task_hold(s->task)) {
        lc_seat_pass(s->task->seat);
        if (lc_seat_wants_restart(s->task->seat)) return NULL;
        LC_TRY(retire(s));
        LC_TRY(commit_when_due(s));
        if (lc_task_wanted(s->task) == LC_WANT_PAUSE) {
            LC_TRY(pause_here(s));
            continue;
        }
        lc_task_report(s->task, LC_TASK_RUNNING);
        if (lc_ledger_bytes(s->ledger) >= MAX_FLYING_BYTES) hold_back(s);
        else LC_TRY(poll_once(s));
    }
    return NULL;
}

static lc_error *flush_producer(source_task *s)
{
    LC_GATE_LENT(gate(s));
    return lc_producer_flush(s->producer, s->task->worker->offset_flush_timeout_ms);
}

/* Waits for what is on its way, then commits a last time. */
static lc_error *drain(source_task *s)
{
    lc_error *error = flush_producer(s);
    if (error)
        lc_log(s->task->worker->log, LC_LOG_WARN, "runtime.source_task",
               "not all records were acknowledged before stopping; they will be sent again", "connector",
               s->task->connector, "task", s->task->id_text, "error", lc_error_message(error), NULL);
    lc_error_free(error);
    while ((error = retire(s))) lc_error_free(error);
    return commit(s);
}

/* The last commit of a task that is to end. What fails now is read again by whoever goes on. */
static lc_error *finish(source_task *s, bool has_failed)
{
    lc_error *error = NULL;
    if (!s->txn) return drain(s);
    if (!has_failed && !s->script_decides) error = end_transaction(s);
    if (error)
        lc_log(s->task->worker->log, LC_LOG_WARN, "runtime.source_task",
               "the last transaction was not committed; its records will be sent again", "connector",
               s->task->connector, "task", s->task->id_text, "error", lc_error_message(error), NULL);
    lc_error_free(error);
    LC_GATE_LENT(gate(s));
    lc_source_txn_abort(s->txn);
    return NULL;
}

/* Whether what happened can be mended by beginning anew from the committed offsets; then there is no error, and
 * true unless the task is to stop. */
static bool begins_anew(source_task *s, lc_error **error)
{
    enum { PAUSE_MS = 1000 };
    bool is_lost = lc_source_txn_enabled(s->task->worker) && lc_error_is_retriable(*error);
    if (is_lost) s->anew = "the transaction was lost; the task begins anew from its committed offsets";
    if (!s->anew || !(is_lost || s->is_producer_dead || is_topic_gone(*error))) return false;
    lc_log(s->task->worker->log, LC_LOG_WARN, "runtime.source_task", s->anew, "connector", s->task->connector,
           "task", s->task->id_text, "error", lc_error_message(*error), NULL);
    lc_error_free(lc_steal(*error));
    if (is_lost || s->is_producer_dead) lc_task_wait(s->task, -1, PAUSE_MS);
    return lc_task_hold(s->task);
}

static lc_error *run_once(source_task *s, lc_connector_config *config, const lc_props *settings)
{
    lc_error *error = open_all(s, config, settings);
    if (!error) {
        error = loop(s);
        lc_error *at_end = finish(s, error != NULL);
        if (!error) error = lc_steal(at_end);
        lc_error_free(at_end);
        at_end = lc_connector_script_stop(s->pipeline.script);
        if (!error) error = lc_steal(at_end);
        lc_error_free(at_end);
    }
    close_all(s);
    return error;
}

lc_error *lc_source_task_run(lc_task *task, lc_connector_config *config, const lc_props *settings)
{
    source_task s = {.task = task};
    lc_error *error;
    if (!lc_task_hold(task)) return NULL; /* opening a transaction would shut out whoever may run it now */
    while ((error = run_once(&s, config, settings)) && begins_anew(&s, &error))
        s = (source_task){.task = task, .again = true};
    return error;
}
