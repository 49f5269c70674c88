#include "cluster/dead_letters.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"
#include "java/base64.h"
#include "kafka/consumer.h"
#include "runtime/client_settings.h"

enum { LONGEST_WAIT_MS = 30000, POLL_MS = 200, BATCH = 256, CLOSE_MS = 2000, MOST_RETRIED = 10000 };
static const char context_prefix[] = "__connect.errors.";

/* One look into the queue. */
typedef struct look {
    lc_worker_core *worker;
    lc_props *config; /* references resolved */
    const char *topic;
    const char *connector;
    int64_t deadline;
    lc_consumer *consumer;
    lc_offsets starts, ends;
} look;

static void look_done(look *l)
{
    lc_consumer_close(l->consumer, CLOSE_MS);
    lc_offsets_done(&l->starts);
    lc_offsets_done(&l->ends);
    lc_props_free(l->config);
}
LC_DEFINE_AUTO(look, look_done)

static int64_t left(const look *l)
{
    int64_t ms = l->deadline - lc_monotonic_ms();
    return ms < 0 ? 0 : ms;
}

static lc_error *open_consumer(look *l)
{
    lc_autoptr(lc_props) settings = NULL;
    lc_autoptr(lc_props) overrides = NULL;
    lc_autoptr(lc_client_config) client = NULL;
    lc_client_settings(l->worker, l->connector, 0, l->config, LC_USE_SINK_CONSUMER, &settings, &overrides);
    LC_TRY(lc_client_config_from(l->worker, LC_CLIENT_CONSUMER, settings, overrides, &client));
    lc_client_log log = lc_client_logger(l->worker->log);
    lc_rebalance nothing = {0};
    return lc_consumer_open(client, &log, &nothing, &l->consumer);
}

/* Where each partition begins and ends now. */
static lc_error *measure(look *l)
{
    lc_admin *admin = NULL;
    int32_t partitions = 0;
    LC_TRY(lc_worker_admin(l->worker, &admin));
    LC_TRY(lc_admin_partitions(admin, l->topic, left(l), &partitions));
    for (int32_t p = 0; p < partitions; p++) {
        lc_offsets_add(&l->starts, l->topic, p, 0);
        lc_offsets_add(&l->ends, l->topic, p, 0);
    }
    if (!partitions) return NULL;
    LC_TRY(lc_consumer_beginning_offsets(l->consumer, &l->starts, left(l)));
    return lc_consumer_end_offsets(l->consumer, &l->ends, left(l));
}

static lc_error *open_look(look *l, lc_worker_core *worker, const lc_props *config, int64_t deadline)
{
    int64_t latest = lc_monotonic_ms() + LONGEST_WAIT_MS;
    l->worker = worker;
    l->deadline = deadline < latest ? deadline : latest;
    LC_TRY(lc_providers_resolve(worker->providers, config, NULL, &l->config));
    l->connector = lc_props_get_or(l->config, "name", "");
    l->topic = lc_props_get_or(l->config, "errors.deadletterqueue.topic.name", "");
    if (!*l->topic)
        return lc_fail(LC_E_BAD_REQUEST,
                       "Connector %s has no dead letter queue: errors.deadletterqueue.topic.name isn't set.",
                       l->connector);
    LC_TRY(open_consumer(l));
    return measure(l);
}

/* A record of the queue with what its headers say of the failure. */
typedef struct letter {
    const lc_message *message;
    lc_kafka_header *headers;
    size_t header_count;
} letter;

static bool is_context(const lc_kafka_header *header)
{
    return !strncmp(header->key, context_prefix, strlen(context_prefix));
}

static lc_text context_of(const letter *l, const char *name)
{
    for (size_t i = 0; i < l->header_count; i++)
        if (is_context(&l->headers[i]) && !strcmp(l->headers[i].key + strlen(context_prefix), name))
            return (lc_text){l->headers[i].value, l->headers[i].value_len};
    return (lc_text){NULL, 0};
}

/* Queues may be shared; records without a context are everybody's. */
static bool is_ours(const look *l, const letter *one)
{
    lc_text connector = context_of(one, "connector.name");
    return !connector.data || lc_text_is(connector, l->connector);
}

typedef lc_error *visit_fn(void *context, const look *l, const letter *one);

static bool is_complete(const look *l, const int64_t *next)
{
    for (size_t i = 0; i < l->ends.count; i++)
        if (next[i] < l->ends.items[i].offset) return false;
    return true;
}

static lc_error *visit_batch(const look *l, const lc_message *messages, size_t count, int64_t *next,
                             visit_fn *visit, void *context)
{
    for (size_t i = 0; i < count; i++) {
        const lc_message *message = &messages[i];
        lc_auto(lc_arena) arena = {0};
        letter one = {.message = message};
        next[message->partition] = message->offset + 1;
        if (message->offset >= l->ends.items[message->partition].offset) continue;
        LC_TRY(lc_message_headers(message, &arena, &one.headers, &one.header_count));
        if (is_ours(l, &one)) LC_TRY(visit(context, l, &one));
    }
    return NULL;
}

/* Everything from the starts to the ends, in order of each partition. */
static lc_error *visit_all(look *l, visit_fn *visit, void *context)
{
    lc_error *error = NULL;
    int64_t *next = lc_alloc((l->starts.count + 1) * sizeof *next);
    lc_message *messages = lc_alloc(BATCH * sizeof *messages);
    for (size_t i = 0; i < l->starts.count; i++) next[i] = l->starts.items[i].offset;
    if (!is_complete(l, next)) error = lc_consumer_assign(l->consumer, &l->starts);
    while (!error && !is_complete(l, next)) {
        size_t count = 0;
        error = lc_consumer_poll(l->consumer, POLL_MS, messages, BATCH, &count);
        if (!error) error = visit_batch(l, messages, count, next, visit, context);
        lc_consumer_release(l->consumer);
        if (!error && !left(l))
            error = lc_fail(LC_E_TIMEOUT, "The topic %s could not be read in time.", l->topic);
    }
    free(messages);
    free(next);
    return error;
}

/* Text as it is, anything else in base64 under a name that says so. */
static void set_bytes(lc_json *object, const char *key, const void *bytes, size_t len)
{
    if (!bytes || lc_utf8_valid(bytes, len)) {
        lc_json_set(object, key, lc_json_new_text((lc_text){bytes, len}));
        return;
    }
    lc_auto(lc_buf) name = {0}, text = {0};
    lc_buf_printf(&name, "%s_base64", key);
    lc_buf_reserve(&text, lc_base64_text_len(len));
    lc_base64_encode(bytes, len, text.data);
    lc_json_set(object, name.data, lc_json_new_text((lc_text){text.data, lc_base64_text_len(len)}));
}

static lc_error *add_letter(void *context, const look *l, const letter *one)
{
    const lc_message *message = one->message;
    lc_json *entry = lc_json_add(context, lc_json_new_object());
    (void)l;
    lc_json_set_int(entry, "partition", message->partition);
    lc_json_set_int(entry, "offset", message->offset);
    lc_json_set_int(entry, "timestamp", message->timestamp);
    set_bytes(entry, "key", message->key, message->key_len);
    set_bytes(entry, "value", message->value, message->value_len);
    lc_json *headers = lc_json_set(entry, "headers", lc_json_new_object());
    lc_json *error = lc_json_set(entry, "error", lc_json_new_object());
    for (size_t i = 0; i < one->header_count; i++) {
        const lc_kafka_header *header = &one->headers[i];
        bool is_error = is_context(header);
        set_bytes(is_error ? error : headers, header->key + (is_error ? strlen(context_prefix) : 0),
                  header->value, header->value_len);
    }
    return NULL;
}

lc_error *lc_dead_letters_list(lc_worker_core *worker, const lc_props *config, size_t limit, int64_t deadline,
                               lc_buf *out)
{
    lc_auto(look) l = {0};
    lc_autoptr(lc_json) found = lc_json_new_array();
    LC_TRY(open_look(&l, worker, config, deadline));
    for (size_t i = 0; i < l.starts.count; i++) {
        int64_t newest = l.ends.items[i].offset - (int64_t)limit;
        if (newest > l.starts.items[i].offset) l.starts.items[i].offset = newest;
    }
    LC_TRY(visit_all(&l, add_letter, found));
    lc_autoptr(lc_json) answer = lc_json_new_object();
    lc_json_set_string(answer, "topic", l.topic);
    lc_json *records = lc_json_set(answer, "records", lc_json_new_array());
    for (size_t i = lc_json_count(found); i > 0; i--)
        lc_json_add(records, lc_json_copy(lc_json_at(found, i - 1)));
    lc_json_dump(answer, out);
    return NULL;
}

/* Sending back. */
typedef struct retry {
    const lc_json *wanted; /* {"partition","offset"}s; NULL: all */
    lc_producer *producer;
    struct sent {
        lc_inflight inflight;
        struct retry *owner;
    } * sent;
    size_t room, count;
    lc_arena texts; /* of what is on its way: the producer copies nothing */
    atomic_int failed;
} retry;

static void on_sent(lc_inflight *inflight, const lc_delivery *delivery)
{
    if (delivery->error) atomic_fetch_add(&((struct sent *)inflight)->owner->failed, 1);
}

static bool is_wanted(const lc_json *wanted, const lc_message *message)
{
    for (size_t i = 0; wanted && i < lc_json_count(wanted); i++) {
        int64_t partition = -1, offset = -1;
        lc_json_int(lc_json_get(lc_json_at(wanted, i), "partition"), &partition);
        lc_json_int(lc_json_get(lc_json_at(wanted, i), "offset"), &offset);
        if (partition == message->partition && offset == message->offset) return true;
    }
    return !wanted;
}

static lc_error *send(retry *r, lc_topic *topic, lc_outgoing *outgoing)
{
    lc_error *error = NULL;
    for (;;) {
        lc_send_result result = lc_producer_send(r->producer, topic, outgoing, &error);
        if (result == LC_SEND_OK) return NULL;
        if (result == LC_SEND_FAILED) return error;
        if (!lc_producer_wait_room(r->producer, LONGEST_WAIT_MS))
            return lc_fail(LC_E_TIMEOUT, "Kafka does not take the records.");
    }
}

static const void *copy(lc_arena *arena, const void *bytes, size_t len)
{
    return bytes ? lc_arena_copy(arena, bytes, len) : NULL;
}

/* Those that the record had before it failed. */
static lc_kafka_header *copy_headers(lc_arena *arena, const letter *one, size_t *ret_count)
{
    lc_kafka_header *copies = lc_arena_alloc(arena, (one->header_count + 1) * sizeof *copies);
    for (size_t i = 0; i < one->header_count; i++) {
        const lc_kafka_header *header = &one->headers[i];
        if (is_context(header)) continue;
        copies[(*ret_count)++] =
            (lc_kafka_header){copy(arena, header->key, header->key_len), header->key_len,
                              copy(arena, header->value, header->value_len), header->value_len};
    }
    return copies;
}

/* Key, value, time and the record's own headers, to the topic it was read from. */
static lc_error *send_back(void *context, const look *l, const letter *one)
{
    retry *r = context;
    lc_topic *topic = NULL;
    size_t kept = 0;
    if (!is_wanted(r->wanted, one->message)) return NULL;
    lc_text from = context_of(one, "topic");
    if (!from.data)
        return lc_fail(LC_E_BAD_REQUEST,
                       "The record %d:%lld doesn't say where it came from: "
                       "errors.deadletterqueue.context.headers.enable=true makes those that follow do so.",
                       (int)one->message->partition, (long long)one->message->offset);
    if (lc_text_is(from, l->topic) || r->count == r->room) return NULL;
    char *name = lc_strndup(from.data, from.len);
    lc_error *error = lc_producer_topic(r->producer, name, &topic);
    free(name);
    LC_TRY(error);
    lc_kafka_header *headers = copy_headers(&r->texts, one, &kept);
    struct sent *place = &r->sent[r->count];
    *place = (struct sent){{on_sent}, r};
    const lc_message *m = one->message;
    lc_outgoing outgoing = {copy(&r->texts, m->value, m->value_len),
                            m->value_len,
                            copy(&r->texts, m->key, m->key_len),
                            m->key_len,
                            headers,
                            kept,
                            m->timestamp,
                            LC_PARTITION_ANY,
                            &place->inflight};
    LC_TRY(send(r, topic, &outgoing));
    r->count++;
    return NULL;
}

static lc_error *check_body(const lc_json *body, const lc_json **ret_wanted)
{
    const lc_json *records = lc_json_get(body, "records");
    bool all = lc_json_bool(lc_json_get(body, "all"), false), listed = lc_json_is(records, LC_JSON_ARRAY);
    int64_t number;
    for (size_t i = 0; listed && i < lc_json_count(records); i++)
        listed = lc_json_int(lc_json_get(lc_json_at(records, i), "partition"), &number) &&
                 lc_json_int(lc_json_get(lc_json_at(records, i), "offset"), &number);
    if (listed == all)
        return lc_fail(LC_E_BAD_REQUEST, "The body must be {\"records\":[{\"partition\":0,\"offset\":0}]} or "
                                         "{\"all\":true}.");
    *ret_wanted = all ? NULL : records;
    return NULL;
}

static lc_error *send_all(look *l, retry *r)
{
    lc_autoptr(lc_props) settings = NULL;
    lc_autoptr(lc_props) overrides = NULL;
    lc_client_settings(l->worker, l->connector, 0, l->config, LC_USE_DLQ_PRODUCER, &settings, &overrides);
    LC_TRY(lc_worker_producer(l->worker, settings, overrides, &r->producer));
    lc_error *error = visit_all(l, send_back, r);
    /* What was queued must be done before its places go. */
    lc_error *flushed = lc_producer_flush(r->producer, LONGEST_WAIT_MS);
    if (flushed)
        lc_producer_purge(r->producer), lc_error_free(lc_producer_flush(r->producer, LONGEST_WAIT_MS));
    lc_worker_producer_release(l->worker, r->producer);
    if (error) lc_error_free(flushed);
    return error ? error : flushed;
}

lc_error *lc_dead_letters_retry(lc_worker_core *worker, const lc_props *config, const lc_json *body,
                                int64_t deadline, lc_buf *out)
{
    lc_auto(look) l = {0};
    retry r = {.room = MOST_RETRIED};
    LC_TRY(check_body(body, &r.wanted));
    LC_TRY(open_look(&l, worker, config, deadline));
    r.sent = lc_alloc(r.room * sizeof *r.sent);
    lc_error *error = send_all(&l, &r);
    int failed = atomic_load(&r.failed);
    free(r.sent);
    lc_arena_done(&r.texts);
    if (!error && failed)
        error = lc_fail(LC_E_KAFKA, "%d of %zu records could not be sent.", failed, r.count);
    LC_TRY(error);
    lc_buf_printf(out, "{\"retried\":%zu}", r.count);
    return NULL;
}
