/* Commits and the ends of a consumer in a group, against a mock cluster that fails on demand. */
#include "../../mock/consuming.h"

static void note_commit(void *context, const lc_offsets *offsets, const lc_error *error)
{
    int *calls = context;
    *calls += error ? 100 : (int)offsets->count;
}

TEST(commits_without_waiting)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    fill(&cluster, "t", 0, 0, 10);
    events seen = {.start_at = 4};
    lc_consumer *consumer = open_consumer(&cluster, NULL, &seen);
    subscribe(consumer, "t");
    CHECK_EQ_INT(expect(consumer, 4, 6, 10000), 6); /* from where the callback said */
    int calls = 0;
    lc_auto(lc_offsets) offsets = {0};
    lc_offsets_add(&offsets, "t", 0, 10);
    ok(lc_consumer_commit_async(consumer, &offsets, note_commit, &calls));
    poll_for(consumer, 300);
    CHECK_EQ_INT(calls, 1);
    rd_kafka_mock_push_request_errors(cluster.cluster, API_OFFSET_COMMIT, 1,
                                      RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION);
    lc_autoptr(lc_error) error = lc_consumer_commit(consumer, &offsets, 5000);
    CHECK(error && strstr(lc_error_message(error), "rebalanced without this member"));
    CHECK(error && !lc_error_is_retriable(error));
    calls = 0;
    rd_kafka_mock_broker_set_down(cluster.cluster, 1);
    ok(lc_consumer_commit_async(consumer, &offsets, note_commit, &calls));
    lc_autoptr(lc_error) late = lc_consumer_commit(consumer, &offsets, 300);
    CHECK(late && lc_error_is_retriable(late));
    lc_consumer_close(consumer, 6000);
    CHECK_EQ_INT(calls, 100);
    mock_stop(&cluster);
}

TEST(closes_in_time_during_an_outage)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    fill(&cluster, "t", 0, 0, 10);
    events seen = {.start_at = LC_OFFSET_NONE};
    lc_consumer *consumer = open_consumer(&cluster, NULL, &seen);
    subscribe(consumer, "t");
    CHECK_EQ_INT(expect(consumer, 0, 10, 10000), 10);
    rd_kafka_mock_broker_set_down(cluster.cluster, 1);
    int64_t begin = lc_monotonic_ms();
    lc_consumer_close(consumer, 5000);
    CHECK(lc_monotonic_ms() - begin < 5500);
    CHECK_EQ_INT(seen.revoked + seen.lost, 1);
    lc_sleep_ms(1000);
    mock_stop(&cluster);
}

TEST(starts_at_the_end_and_misses_nothing)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    fill(&cluster, "t", 0, 0, 20);
    events seen = {.start_at = LC_OFFSET_NONE, .pause = true};
    lc_consumer *consumer = open_consumer(&cluster, "latest", &seen);
    subscribe(consumer, "t");
    wait_assigned(consumer, &seen);
    lc_assigned *part = lc_consumer_find(consumer, "t", 0);
    CHECK(part && part->start == 20);
    fill(&cluster, "t", 0, 20, 25);
    CHECK_EQ_INT(expect(consumer, 20, 1, 500), 0);
    ok(lc_consumer_resume_all(consumer));
    CHECK_EQ_INT(expect(consumer, 20, 5, 10000), 5);
    CHECK(lc_consumer_close(consumer, 10000));
    mock_stop(&cluster);
}

int main(void)
{
    RUN(commits_without_waiting);
    RUN(closes_in_time_during_an_outage);
    RUN(starts_at_the_end_and_misses_nothing);
    return check_report();
}
