/* The consumer with partitions it was given, against a mock cluster that fails on demand. */
#include "../../mock/consuming.h"

TEST(pauses_and_resumes)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    fill(&cluster, "t", 0, 0, 100);
    lc_consumer *consumer = open_at(&cluster, NULL, 0);
    ok(lc_consumer_resume_all(consumer));
    CHECK_EQ_INT(expect(consumer, 0, 30, 10000), 30);
    ok(lc_consumer_pause_all(consumer));
    ok(lc_consumer_pause_all(consumer));
    CHECK_EQ_INT(expect(consumer, 30, 1, 500), 0);
    fill(&cluster, "t", 0, 100, 120);
    ok(lc_consumer_resume_all(consumer));
    CHECK_EQ_INT(expect(consumer, 30, 90, 10000), 90);
    CHECK(lc_consumer_close(consumer, 10000));
    mock_stop(&cluster);
}

TEST(serves_callbacks_without_taking_messages)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    fill(&cluster, "t", 0, 0, 30);
    lc_consumer *consumer = open_at(&cluster, NULL, 0);
    lc_message none;
    size_t count = 1;
    for (int i = 0; i < 3; i++) {
        ok(lc_consumer_poll(consumer, 300, &none, 0, &count));
        CHECK_EQ_INT(count, 0);
    }
    CHECK_EQ_INT(expect(consumer, 0, 10, 5000), 10);
    for (int i = 0; i < 3; i++) ok(lc_consumer_poll(consumer, 10, &none, 0, &count));
    ok(lc_consumer_pause_all(consumer));
    CHECK_EQ_INT(expect(consumer, 10, 1, 300), 0);
    ok(lc_consumer_resume_all(consumer));
    CHECK_EQ_INT(expect(consumer, 10, 10, 5000), 10);
    for (int i = 0; i < 3; i++) ok(lc_consumer_poll(consumer, 10, &none, 0, &count));
    ok(lc_consumer_seek(consumer, lc_consumer_find(consumer, "t", 0), 5));
    CHECK_EQ_INT(expect(consumer, 5, 25, 5000), 25);
    CHECK(lc_consumer_close(consumer, 10000));
    mock_stop(&cluster);
}

TEST(seeks_both_ways)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    fill(&cluster, "t", 0, 0, 100);
    lc_consumer *consumer = open_at(&cluster, NULL, 5);
    lc_assigned *part = lc_consumer_find(consumer, "t", 0);
    ok(lc_consumer_seek(consumer, part, 0)); /* at once, before reading has begun */
    CHECK_EQ_INT(expect(consumer, 0, 60, 10000), 60);
    ok(lc_consumer_seek(consumer, part, 20));
    CHECK_EQ_INT(expect(consumer, 20, 5, 10000), 5);
    ok(lc_consumer_seek(consumer, part, 90));
    CHECK_EQ_INT(expect(consumer, 90, 10, 10000), 10);
    ok(lc_consumer_seek(consumer, part, LC_OFFSET_BEGINNING));
    CHECK_EQ_INT(expect(consumer, 0, 100, 10000), 100);
    lc_autoptr(lc_error) error = lc_consumer_seek(consumer, part, -7);
    CHECK(error && lc_error_code(error) == LC_E_ILLEGAL_ARGUMENT);
    CHECK(lc_consumer_close(consumer, 10000));
    mock_stop(&cluster);
}

static lc_error *poll_until_error(lc_consumer *consumer)
{
    lc_message batch[8];
    size_t count;
    lc_error *error = NULL;
    for (int i = 0; i < 50 && !error; i++) error = lc_consumer_poll(consumer, 100, batch, 8, &count);
    return error;
}

TEST(resets_by_policy)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    fill(&cluster, "t", 0, 0, 20);
    lc_consumer *earliest = open_at(&cluster, "earliest", 1000);
    CHECK_EQ_INT(expect(earliest, 0, 20, 10000), 20);
    CHECK(lc_consumer_close(earliest, 10000));

    lc_consumer *strict = open_at(&cluster, "none", 1000);
    lc_autoptr(lc_error) error = poll_until_error(strict);
    CHECK(error &&
          strstr(lc_error_message(error), "Undefined offset with no reset policy for partitions: [t-0]"));
    CHECK(lc_consumer_close(strict, 10000));
    mock_stop(&cluster);
}

TEST(survives_fetch_errors_and_outages)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    fill(&cluster, "t", 0, 0, 10);
    lc_consumer *consumer = open_at(&cluster, NULL, LC_OFFSET_BEGINNING);
    CHECK_EQ_INT(expect(consumer, 0, 10, 10000), 10);
    rd_kafka_mock_push_request_errors(
        cluster.cluster, API_FETCH, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
    fill(&cluster, "t", 0, 10, 20);
    CHECK_EQ_INT(expect(consumer, 10, 10, 15000), 10);
    rd_kafka_mock_broker_set_down(cluster.cluster, 1);
    poll_for(consumer, 700);
    rd_kafka_mock_broker_set_up(cluster.cluster, 1);
    fill(&cluster, "t", 0, 20, 30);
    CHECK_EQ_INT(expect(consumer, 20, 10, 15000), 10);
    CHECK(lc_consumer_close(consumer, 10000));
    mock_stop(&cluster);
}

TEST(reads_given_partitions_and_headers)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 2, 1);
    lc_autoptr(lc_client_config) config = client_config(&cluster, LC_CLIENT_PRODUCER);
    lc_producer *producer;
    lc_topic *topic;
    ok(lc_producer_open(config, NULL, &producer));
    ok(lc_producer_topic(producer, "t", &topic));
    lc_kafka_header headers[] = {{"a", 1, "1", 1}, {"a", 1, NULL, 0}, {"b", 1, "", 0}};
    outcome result = {.inflight.done = outcome_done};
    lc_outgoing record = {.key = "k",
                          .key_len = 1,
                          .headers = headers,
                          .header_count = 3,
                          .timestamp = 1700000000123,
                          .partition = 1,
                          .inflight = &result.inflight};
    lc_error *error = NULL;
    CHECK_EQ_INT(lc_producer_send(producer, topic, &record, &error), LC_SEND_OK);
    ok(lc_producer_flush(producer, 5000));
    lc_producer_close(producer, 1000);

    lc_autoptr(lc_client_config) reading = client_config(&cluster, LC_CLIENT_CONSUMER);
    lc_consumer *consumer;
    ok(lc_consumer_open(reading, NULL, NULL, &consumer));
    lc_auto(lc_offsets) parts = {0};
    lc_offsets_add(&parts, "t", 1, LC_OFFSET_BEGINNING);
    ok(lc_consumer_assign(consumer, &parts));
    lc_message batch[4];
    size_t count = 0;
    for (int i = 0; i < 50 && !count; i++) ok(lc_consumer_poll(consumer, 100, batch, 4, &count));
    CHECK_EQ_INT(count, 1);
    if (count) {
        lc_auto(lc_arena) arena = {0};
        lc_kafka_header *list;
        size_t n;
        CHECK(batch[0].value == NULL && batch[0].key_len == 1 && batch[0].timestamp == 1700000000123);
        CHECK_EQ_INT(batch[0].timestamp_type, LC_TIME_CREATE);
        CHECK_EQ_STR(batch[0].from->topic, "t");
        ok(lc_message_headers(&batch[0], &arena, &list, &n));
        CHECK_EQ_INT(n, 3);
        CHECK(n == 3 && list[1].value == NULL && list[2].value != NULL && list[2].value_len == 0);
        CHECK_EQ_STR(list[0].key, "a");
    }
    lc_auto(lc_offsets) ends = {0};
    lc_offsets_add(&ends, "t", 1, 0);
    ok(lc_consumer_end_offsets(consumer, &ends, 5000));
    CHECK_EQ_INT(ends.items[0].offset, 1);
    ok(lc_consumer_beginning_offsets(consumer, &ends, 5000));
    CHECK_EQ_INT(ends.items[0].offset, 0);
    lc_auto(lc_strings) names = {0};
    ok(lc_consumer_list_topics(consumer, 5000, &names));
    CHECK_EQ_INT(names.count, 1);
    CHECK(lc_consumer_close(consumer, 10000));
    mock_stop(&cluster);
}

int main(void)
{
    RUN(pauses_and_resumes);
    RUN(serves_callbacks_without_taking_messages);
    RUN(seeks_both_ways);
    RUN(resets_by_policy);
    RUN(survives_fetch_errors_and_outages);
    RUN(reads_given_partitions_and_headers);
    return check_report();
}
