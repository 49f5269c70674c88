/* A mock cluster whose faults a test scripts, and clients of it. */
#ifndef LC_TESTS_MOCK_CLUSTER_H
#define LC_TESTS_MOCK_CLUSTER_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "check.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"

/* Kafka's numbers of requests. */
enum {
    API_PRODUCE = 0,
    API_FETCH = 1,
    API_LIST_OFFSETS = 2,
    API_OFFSET_COMMIT = 8,
    API_OFFSET_FETCH = 9,
    API_JOIN_GROUP = 11
};

typedef struct mock {
    rd_kafka_t *rk;
    rd_kafka_mock_cluster_t *cluster;
} mock;

static inline mock mock_start(int brokers)
{
    char why[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "2", why, sizeof why);
    mock made = {.rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why)};
    made.cluster = rd_kafka_mock_cluster_new(made.rk, brokers);
    return made;
}

static inline void mock_stop(mock *cluster)
{
    rd_kafka_mock_cluster_destroy(cluster->cluster);
    rd_kafka_destroy(cluster->rk);
}

static inline void ok(lc_error *error)
{
    CHECK(error == NULL);
    if (error) fprintf(stderr, "    %s\n", lc_error_message(error));
    lc_error_free(error);
}

static inline lc_client_config *client_config(const mock *cluster, lc_client_kind kind)
{
    lc_client_config *config = lc_client_config_new(kind);
    lc_client_config_put(config, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster->cluster));
    lc_client_config_put(config, "reconnect.backoff.ms", "20");
    lc_client_config_put(config, "reconnect.backoff.max.ms", "100");
    return config;
}

typedef struct outcome {
    lc_inflight inflight;
    atomic_int calls;
    int32_t partition;
    int64_t offset;
    lc_code code;
    bool retriable;
    char message[400];
} outcome;

static inline void outcome_done(lc_inflight *inflight, const lc_delivery *delivery)
{
    outcome *at = (outcome *)inflight;
    at->partition = delivery->partition;
    at->offset = delivery->offset;
    if (delivery->error) {
        at->code = lc_error_code(delivery->error);
        at->retriable = lc_error_is_retriable(delivery->error);
        snprintf(at->message, sizeof at->message, "%s", lc_error_message(delivery->error));
    }
    atomic_fetch_add(&at->calls, 1);
}

static inline bool wait_for(atomic_int *counter, int value, int64_t timeout_ms)
{
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    while (atomic_load(counter) < value && lc_monotonic_ms() < deadline) lc_sleep_ms(2);
    return atomic_load(counter) >= value;
}

static inline lc_send_result send_text(lc_producer *producer, lc_topic *topic, int32_t partition,
                                       const char *value, outcome *result)
{
    lc_error *error = NULL;
    result->inflight.done = outcome_done;
    lc_outgoing record = {.value = value,
                          .value_len = strlen(value),
                          .timestamp = LC_NO_TIMESTAMP,
                          .partition = partition,
                          .inflight = &result->inflight};
    lc_send_result sent = lc_producer_send(producer, topic, &record, &error);
    if (error) fprintf(stderr, "    %s\n", lc_error_message(error));
    lc_error_free(error);
    return sent;
}

#endif
