#include "runtime/dlq.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "runtime/client_settings.h"
#include "runtime/topic_creation.h"

enum { CONTEXT_HEADERS = 10, CREATE_TIMEOUT_MS = 30000, SEND_TIMEOUT_MS = 30000 };

struct lc_dlq {
    lc_task *task;
    const lc_connector_config *config;
    lc_producer *producer;
    lc_topic *topic;
    atomic_int pending;
    atomic_int failed;
    _Atomic(lc_error *) reason; /* of the first failure since the last flush */
};

/* One record on its way, with its own copy of everything. */
typedef struct parcel {
    lc_inflight inflight;
    lc_dlq *dlq;
    lc_arena arena;
} parcel;

static void delivered(lc_inflight *inflight, const lc_delivery *delivery)
{
    parcel *p = (parcel *)inflight;
    lc_dlq *dlq = p->dlq;
    if (delivery->error) {
        lc_log(dlq->task->worker->log, LC_LOG_ERROR, "runtime.dlq",
               "Could not produce message to dead letter queue", "topic", dlq->config->dlq_topic, "error",
               lc_error_message(delivery->error), NULL);
        lc_error *none = NULL, *reason = lc_error_copy(delivery->error);
        if (!atomic_compare_exchange_strong(&dlq->reason, &none, reason)) lc_error_free(reason);
        atomic_fetch_add(&dlq->failed, 1);
        atomic_fetch_add(&dlq->task->meters.dlq_failed, 1);
    }
    lc_arena_done(&p->arena);
    free(p);
    atomic_fetch_sub(&dlq->pending, 1);
}

static lc_error *create_topic(lc_task *task, const lc_connector_config *config)
{
    if (task->worker->embedded)
        return lc_embedded_create_topic(task->worker->embedded, config->dlq_topic, 1, NULL);
    lc_admin *admin = NULL;
    int32_t partitions = 0;
    LC_TRY(lc_topic_partitions(task, config->dlq_topic, &partitions));
    if (partitions > 0) return NULL;
    LC_TRY(lc_worker_admin(task->worker, &admin));
    lc_new_topic topic = {config->dlq_topic, 1, (int16_t)config->dlq_replication, NULL, 0};
    lc_error *error = lc_admin_create_topic(admin, &topic, CREATE_TIMEOUT_MS);
    if (lc_error_code(error) != LC_E_EXISTS) return error;
    lc_error_free(error);
    return NULL;
}

static lc_error *open_producer(lc_dlq *dlq)
{
    lc_autoptr(lc_props) settings = NULL;
    lc_autoptr(lc_props) overrides = NULL;
    lc_client_settings(dlq->task->worker, dlq->task->connector, dlq->task->id, dlq->config->settings,
                       LC_USE_DLQ_PRODUCER, &settings, &overrides);
    LC_TRY(lc_worker_producer(dlq->task->worker, settings, overrides, &dlq->producer));
    return lc_producer_topic(dlq->producer, dlq->config->dlq_topic, &dlq->topic);
}

lc_error *lc_dlq_open(lc_task *task, const lc_connector_config *config, lc_dlq **ret_dlq)
{
    *ret_dlq = NULL;
    if (!config->dlq_topic || !config->dlq_topic[0]) return NULL;
    lc_error *error = create_topic(task, config);
    lc_dlq *dlq = lc_alloc(sizeof *dlq);
    dlq->task = task;
    dlq->config = config;
    if (!error) error = open_producer(dlq);
    if (error) {
        lc_dlq_close(dlq);
        return lc_wrap(error, LC_E_CONNECT, "Could not initialize dead letter queue with topic=%s",
                       config->dlq_topic);
    }
    *ret_dlq = dlq;
    return NULL;
}

static void add_text(parcel *p, lc_kafka_header *headers, size_t *count, const char *key, const char *text)
{
    lc_kafka_header *header = &headers[(*count)++];
    header->key = key;
    header->key_len = strlen(key);
    header->value = text ? lc_arena_copy(&p->arena, text, strlen(text)) : NULL;
    header->value_len = text ? strlen(text) : 0;
}

static void add_number(parcel *p, lc_kafka_header *headers, size_t *count, const char *key, long long number)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", number);
    add_text(p, headers, count, key, text);
}

/* The headers of DeadLetterQueueReporter, in its order. */
static void add_context(parcel *p, lc_kafka_header *headers, size_t *count, lc_stage stage,
                        const char *class_name, const lc_error *error, const lc_message *raw)
{
    lc_providers *providers = p->dlq->task->worker->providers;
    char *trace = lc_providers_hide(providers, lc_error_to_text(error));
    char *message = lc_error_has_message(error) ? lc_strdup(lc_error_message(error)) : NULL;
    message = lc_providers_hide(providers, message);
    add_text(p, headers, count, "__connect.errors.topic", raw->from->topic);
    add_number(p, headers, count, "__connect.errors.partition", raw->partition);
    add_number(p, headers, count, "__connect.errors.offset", raw->offset);
    add_text(p, headers, count, "__connect.errors.connector.name", p->dlq->task->connector);
    add_number(p, headers, count, "__connect.errors.task.id", p->dlq->task->id);
    add_text(p, headers, count, "__connect.errors.stage", lc_stage_name(stage));
    add_text(p, headers, count, "__connect.errors.class.name", class_name);
    add_text(p, headers, count, "__connect.errors.exception.class.name", lc_error_java_class(error));
    add_text(p, headers, count, "__connect.errors.exception.message", message);
    add_text(p, headers, count, "__connect.errors.exception.stacktrace", trace);
    free(message);
    free(trace);
}

static lc_error *fill(parcel *p, lc_outgoing *out, lc_stage stage, const char *class_name,
                      const lc_error *error, const lc_message *raw)
{
    lc_kafka_header *given = NULL;
    size_t count = 0;
    LC_TRY(lc_message_headers(raw, &p->arena, &given, &count));
    lc_kafka_header *headers = lc_arena_alloc(&p->arena, (count + CONTEXT_HEADERS) * sizeof *headers);
    if (count) memcpy(headers, given, count * sizeof *headers);
    if (p->dlq->config->dlq_context_headers) add_context(p, headers, &count, stage, class_name, error, raw);
    *out = (lc_outgoing){
        .value = raw->value ? lc_arena_copy(&p->arena, raw->value, raw->value_len) : NULL,
        .value_len = raw->value_len,
        .key = raw->key,
        .key_len = raw->key_len,
        .headers = headers,
        .header_count = count,
        .timestamp = raw->timestamp_type == LC_TIME_NONE ? LC_NO_TIMESTAMP : raw->timestamp,
        .partition = LC_PARTITION_ANY,
        .inflight = &p->inflight,
    };
    return NULL;
}

static lc_error *send(lc_dlq *dlq, const lc_outgoing *out)
{
    int64_t deadline = lc_monotonic_ms() + SEND_TIMEOUT_MS;
    for (;;) {
        lc_error *error = NULL;
        lc_send_result result = lc_producer_send(dlq->producer, dlq->topic, out, &error);
        if (result == LC_SEND_OK) return NULL;
        if (result == LC_SEND_FAILED) return error;
        if (lc_monotonic_ms() > deadline) return lc_fail(LC_E_TIMEOUT, "The queue to Kafka stays full");
        lc_producer_wait_room(dlq->producer, 100);
    }
}

void lc_dlq_report(lc_dlq *dlq, lc_stage stage, const char *class_name, const lc_error *error,
                   const lc_message *raw)
{
    parcel *p = lc_alloc(sizeof *p);
    p->dlq = dlq;
    p->inflight.done = delivered;
    lc_outgoing out;
    lc_meter_add(&dlq->task->meters.dlq_produced, 1);
    atomic_fetch_add(&dlq->pending, 1);
    lc_error *problem = fill(p, &out, stage, class_name, error, raw);
    if (!problem) problem = send(dlq, &out);
    if (!problem) return;
    lc_delivery failed = {.partition = -1, .offset = LC_OFFSET_NONE, .error = problem};
    delivered(&p->inflight, &failed);
    lc_error_free(problem);
}

lc_error *lc_dlq_flush(lc_dlq *dlq, int64_t timeout_ms)
{
    if (!dlq) return NULL;
    if (atomic_load(&dlq->pending)) LC_TRY(lc_producer_flush(dlq->producer, timeout_ms));
    int failed = atomic_exchange(&dlq->failed, 0);
    if (!failed) return NULL;
    lc_error *reason = atomic_exchange(&dlq->reason, NULL);
    bool retriable = reason && lc_error_is_retriable(reason);
    lc_error *error =
        lc_wrap(reason, LC_E_CONNECT,
                "%d failed records could not be written to the dead letter queue %s; their offsets are not "
                "committed, so they are consumed again",
                failed, dlq->config->dlq_topic);
    lc_error_set_retriable(error, retriable);
    return error;
}

void lc_dlq_close(lc_dlq *dlq)
{
    if (!dlq) return;
    if (dlq->producer) {
        if (atomic_load(&dlq->pending)) lc_error_free(lc_producer_flush(dlq->producer, 5000));
        while (atomic_load(&dlq->pending)) {
            lc_producer_purge(dlq->producer);
            lc_sleep_ms(10);
        }
        lc_worker_producer_release(dlq->task->worker, dlq->producer);
    }
    lc_error_free(dlq->reason);
    free(dlq);
}
