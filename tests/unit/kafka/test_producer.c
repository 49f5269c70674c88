/* The producer against a mock cluster that fails on demand. */
#include "../../mock/mock_cluster.h"

static lc_producer *open_with(const mock *cluster, const char *name, const char *value)
{
    lc_autoptr(lc_client_config) config = client_config(cluster, LC_CLIENT_PRODUCER);
    if (name) lc_client_config_put(config, name, value);
    lc_producer *producer = NULL;
    ok(lc_producer_open(config, NULL, &producer));
    return producer;
}

static lc_topic *topic_of(lc_producer *producer, const char *name)
{
    lc_topic *topic = NULL;
    ok(lc_producer_topic(producer, name, &topic));
    return topic;
}

TEST(delivers_in_order)
{
    enum { RECORDS = 5000 };
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "orders", 1, 1);
    lc_producer *producer = open_with(&cluster, NULL, NULL);
    lc_topic *topic = topic_of(producer, "orders");
    CHECK(topic == topic_of(producer, "orders"));
    CHECK_EQ_STR(lc_topic_name(topic), "orders");
    outcome *results = calloc(RECORDS, sizeof *results);
    for (int i = 0; i < RECORDS; i++)
        CHECK_EQ_INT(send_text(producer, topic, 0, "some text", &results[i]), LC_SEND_OK);
    ok(lc_producer_flush(producer, 10000));
    bool in_order = true;
    for (int i = 0; i < RECORDS; i++)
        in_order &= atomic_load(&results[i].calls) == 1 && results[i].offset == i && !results[i].code;
    CHECK(in_order);
    lc_producer_counts counts = lc_producer_errors(producer);
    CHECK_EQ_INT(counts.sent, RECORDS);
    CHECK_EQ_INT(counts.acked, RECORDS);
    CHECK_EQ_INT(counts.queued, 0);
    lc_producer_close(producer, 5000);
    free(results);
    mock_stop(&cluster);
}

TEST(survives_retriable_errors)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    lc_producer *producer = open_with(&cluster, "retry.backoff.ms", "20");
    outcome result = {0};
    rd_kafka_mock_push_request_errors(
        cluster.cluster, API_PRODUCE, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    CHECK_EQ_INT(send_text(producer, topic_of(producer, "t"), 0, "x", &result), LC_SEND_OK);
    CHECK(wait_for(&result.calls, 1, 10000));
    CHECK_EQ_INT(result.code, LC_OK);
    CHECK_EQ_INT(result.offset, 0);
    lc_producer_close(producer, 1000);
    mock_stop(&cluster);
}

static void check_permanent(rd_kafka_resp_err_t err, lc_code code, const char *part_of_text)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    lc_producer *producer = open_with(&cluster, "enable.idempotence", "false");
    outcome result = {0};
    rd_kafka_mock_push_request_errors(cluster.cluster, API_PRODUCE, 1, err);
    CHECK_EQ_INT(send_text(producer, topic_of(producer, "t"), 0, "x", &result), LC_SEND_OK);
    CHECK(wait_for(&result.calls, 1, 10000));
    CHECK_EQ_STR(lc_code_name(result.code), lc_code_name(code));
    CHECK(strstr(result.message, "topic t") && strstr(result.message, part_of_text));
    CHECK(!result.retriable);
    CHECK_EQ_INT(result.offset, LC_OFFSET_NONE);
    CHECK_EQ_INT(lc_producer_errors(producer).failed, 1);
    lc_producer_close(producer, 1000);
    mock_stop(&cluster);
}

TEST(reports_permanent_errors)
{
    check_permanent(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, LC_E_TOO_LARGE, "max.message.bytes");
    check_permanent(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, LC_E_FORBIDDEN, "ACL");
    check_permanent(RD_KAFKA_RESP_ERR_INVALID_RECORD, LC_E_KAFKA, "compacted");
}

TEST(gives_up_after_the_delivery_timeout)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    lc_producer *producer = open_with(&cluster, "delivery.timeout.ms", "1200");
    lc_topic *topic = topic_of(producer, "t");
    outcome first = {0}, second = {0};
    send_text(producer, topic, 0, "x", &first);
    CHECK(wait_for(&first.calls, 1, 10000));
    rd_kafka_mock_broker_set_down(cluster.cluster, 1);
    send_text(producer, topic, 0, "y", &second);
    CHECK(wait_for(&second.calls, 1, 5000));
    CHECK_EQ_STR(lc_code_name(second.code), "LC_E_TIMEOUT");
    CHECK(second.retriable);
    CHECK(strstr(second.message, "last connection failure") && strstr(second.message, "127.0.0.1"));
    lc_producer_close(producer, 1000);
    mock_stop(&cluster);
}

TEST(goes_on_after_an_outage)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    lc_producer *producer = open_with(&cluster, "delivery.timeout.ms", "2147483647");
    lc_topic *topic = topic_of(producer, "t");
    outcome results[3] = {0};
    send_text(producer, topic, 0, "a", &results[0]);
    CHECK(wait_for(&results[0].calls, 1, 10000));
    rd_kafka_mock_broker_set_down(cluster.cluster, 1);
    lc_sleep_ms(100);
    send_text(producer, topic, 0, "b", &results[1]);
    lc_sleep_ms(400);
    CHECK_EQ_INT(atomic_load(&results[1].calls), 0);
    rd_kafka_mock_broker_set_up(cluster.cluster, 1);
    send_text(producer, topic, 0, "c", &results[2]);
    CHECK(wait_for(&results[2].calls, 1, 10000));
    CHECK_EQ_INT(results[1].offset, 1);
    CHECK_EQ_INT(results[2].offset, 2);
    lc_producer_close(producer, 1000);
    mock_stop(&cluster);
}

TEST(close_fails_what_was_not_sent)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    lc_producer *producer = open_with(&cluster, "delivery.timeout.ms", "2147483647");
    lc_topic *topic = topic_of(producer, "t");
    outcome results[10] = {0};
    rd_kafka_mock_broker_set_down(cluster.cluster, 1);
    for (int i = 0; i < 10; i++) send_text(producer, topic, 0, "x", &results[i]);
    lc_autoptr(lc_error) error = lc_producer_flush(producer, 200);
    CHECK(error && lc_error_code(error) == LC_E_TIMEOUT && lc_error_is_retriable(error));
    int64_t begin = lc_monotonic_ms();
    lc_producer_close(producer, 300);
    CHECK(lc_monotonic_ms() - begin < 4000);
    for (int i = 0; i < 10; i++) CHECK_EQ_INT(atomic_load(&results[i].calls), 1);
    CHECK_EQ_STR(lc_code_name(results[9].code), "LC_E_TIMEOUT");
    mock_stop(&cluster);
}

TEST(says_when_it_is_full)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    lc_producer *producer = open_with(&cluster, "buffer.memory", "65536");
    lc_topic *topic = topic_of(producer, "t");
    static char big[10000];
    memset(big, 'b', sizeof big - 1);
    outcome results[20] = {0};
    rd_kafka_mock_broker_set_down(cluster.cluster, 1);
    int sent = 0;
    while (sent < 20 && send_text(producer, topic, 0, big, &results[sent]) == LC_SEND_OK) sent++;
    CHECK(sent > 3 && sent < 10);
    CHECK(!lc_producer_wait_room(producer, 50));
    rd_kafka_mock_broker_set_up(cluster.cluster, 1);
    CHECK(lc_producer_wait_room(producer, 10000));
    ok(lc_producer_flush(producer, 10000));
    CHECK_EQ_INT(send_text(producer, topic, 0, big, &results[19]), LC_SEND_OK);
    lc_producer_close(producer, 5000);
    CHECK_EQ_INT(atomic_load(&results[19].calls), 1);
    mock_stop(&cluster);
}

static void count_batch(lc_delivery_watcher *watcher);
typedef struct counter {
    lc_delivery_watcher watcher;
    atomic_int batches;
} counter;

static void count_batch(lc_delivery_watcher *watcher)
{
    atomic_fetch_add(&((counter *)watcher)->batches, 1);
}

TEST(tells_watchers_per_batch)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    lc_producer *producer = open_with(&cluster, "linger.ms", "100");
    lc_topic *topic = topic_of(producer, "t");
    counter counts = {.watcher.after = count_batch};
    lc_producer_watch(producer, &counts.watcher);
    outcome results[100] = {0};
    for (int i = 0; i < 100; i++) send_text(producer, topic, 0, "x", &results[i]);
    CHECK(wait_for(&results[99].calls, 1, 10000));
    CHECK(wait_for(&counts.batches, 1, 1000));
    int seen = atomic_load(&counts.batches);
    CHECK(seen >= 1 && seen < 20);
    lc_producer_unwatch(producer, &counts.watcher);
    send_text(producer, topic, 0, "x", &results[0]);
    CHECK(wait_for(&results[0].calls, 2, 10000));
    CHECK_EQ_INT(atomic_load(&counts.batches), seen);
    lc_producer_close(producer, 1000);
    mock_stop(&cluster);
}

TEST(refuses_too_large_records)
{
    mock cluster = mock_start(1);
    lc_producer *producer = open_with(&cluster, "max.request.size", "2000");
    static char big[3000];
    memset(big, 'b', sizeof big - 1);
    outcome result = {.inflight.done = outcome_done};
    lc_error *error = NULL;
    lc_outgoing record = {
        .value = big, .value_len = sizeof big, .timestamp = LC_NO_TIMESTAMP, .inflight = &result.inflight};
    CHECK_EQ_INT(lc_producer_send(producer, topic_of(producer, "t"), &record, &error), LC_SEND_FAILED);
    CHECK_EQ_STR(lc_error_java_class(error), "org.apache.kafka.common.errors.RecordTooLargeException");
    lc_error_free(error);
    lc_producer_close(producer, 1000);
    CHECK_EQ_INT(atomic_load(&result.calls), 0);
    mock_stop(&cluster);
}

TEST(commits_a_transaction)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    lc_producer *producer = open_with(&cluster, "transactional.id", "task-0");
    lc_txn_next next;
    outcome result = {0};
    ok(lc_producer_init_transactions(producer, 10000, &next));
    ok(lc_producer_begin(producer, &next));
    send_text(producer, topic_of(producer, "t"), 0, "x", &result);
    ok(lc_producer_commit(producer, 10000, &next));
    CHECK_EQ_INT(next, LC_TXN_NONE);
    CHECK_EQ_INT(atomic_load(&result.calls), 1);
    ok(lc_producer_begin(producer, &next));
    ok(lc_producer_abort(producer, 10000, &next));
    lc_producer_close(producer, 1000);
    mock_stop(&cluster);
}

int main(void)
{
    RUN(delivers_in_order);
    RUN(survives_retriable_errors);
    RUN(reports_permanent_errors);
    RUN(gives_up_after_the_delivery_timeout);
    RUN(goes_on_after_an_outage);
    RUN(close_fails_what_was_not_sent);
    RUN(says_when_it_is_full);
    RUN(tells_watchers_per_batch);
    RUN(refuses_too_large_records);
    RUN(commits_a_transaction);
    return check_report();
}
