/* The consumer in a group, against a mock cluster that fails on demand. */
#include "../../mock/consuming.h"

TEST(reads_commits_and_resumes)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 1, 1);
    fill(&cluster, "t", 0, 0, 300);
    events seen = {.start_at = LC_OFFSET_NONE};
    lc_consumer *consumer = open_consumer(&cluster, NULL, &seen);
    subscribe(consumer, "t");
    CHECK_EQ_INT(expect(consumer, 0, 200, 10000), 200);
    CHECK_EQ_INT(seen.assigned, 1);
    CHECK_EQ_INT(seen.assigned_parts, 1);
    lc_assigned *part = lc_consumer_find(consumer, "t", 0);
    CHECK(part && part->start == 0);
    CHECK_EQ_INT(lc_consumer_position(part), 200);
    CHECK_EQ_INT(lc_consumer_lag(consumer, part), 100);
    lc_auto(lc_offsets) offsets = {0};
    lc_offsets_add(&offsets, "t", 0, 150)->metadata = strdup("note");
    ok(lc_consumer_commit(consumer, &offsets, 5000));
    lc_auto(lc_offsets) committed = {0};
    lc_offsets_add(&committed, "t", 0, 0);
    ok(lc_consumer_committed(consumer, &committed, 5000));
    CHECK_EQ_INT(committed.items[0].offset, 150);
    CHECK_EQ_STR(committed.items[0].metadata, "note");
    CHECK(lc_consumer_close(consumer, 10000));
    CHECK_EQ_INT(seen.revoked, 1);

    events again = {.start_at = LC_OFFSET_NONE};
    consumer = open_consumer(&cluster, NULL, &again);
    subscribe(consumer, "t");
    CHECK_EQ_INT(expect(consumer, 150, 150, 10000), 150);
    part = lc_consumer_find(consumer, "t", 0);
    CHECK(part && part->start == 150);
    CHECK(lc_consumer_close(consumer, 10000));
    mock_stop(&cluster);
}

TEST(shares_partitions_with_another_member)
{
    mock cluster = mock_start(1);
    rd_kafka_mock_topic_create(cluster.cluster, "t", 4, 1);
    for (int p = 0; p < 4; p++) fill(&cluster, "t", p, 0, 10);
    events one = {.start_at = LC_OFFSET_NONE}, two = {.start_at = LC_OFFSET_NONE};
    lc_auto(lc_offsets) offsets = {0};
    lc_offsets_add(&offsets, "t", 3, 5);
    one.commit_on_revoke = &offsets;
    lc_consumer *first = open_consumer(&cluster, NULL, &one);
    subscribe(first, "t");
    wait_assigned(first, &one);
    CHECK_EQ_INT(one.assigned_parts, 4);
    CHECK_EQ_INT(lc_consumer_find(first, "t", 3)->start, 0);
    lc_consumer *second = open_consumer(&cluster, NULL, &two);
    subscribe(second, "t");
    int64_t deadline = lc_monotonic_ms() + 20000;
    while (lc_monotonic_ms() < deadline) {
        lc_assigned *const *parts;
        poll_for(first, 60);
        poll_for(second, 60);
        if (lc_consumer_assignment(first, &parts) == 2 && lc_consumer_assignment(second, &parts) == 2) break;
    }
    lc_assigned *const *parts;
    CHECK_EQ_INT(lc_consumer_assignment(first, &parts), 2);
    CHECK_EQ_INT(lc_consumer_assignment(second, &parts), 2);
    CHECK(one.revoked >= 1);
    lc_assigned *moved = lc_consumer_find(second, "t", 3);
    CHECK(moved || lc_consumer_find(first, "t", 3));
    /* The mock refuses commits while it rebalances; brokers take them. */
    if (moved && !one.commits_refused) CHECK_EQ_INT(moved->start, 5);
    one.commit_on_revoke = NULL;
    CHECK(lc_consumer_close(first, 10000));
    CHECK(lc_consumer_close(second, 10000));
    CHECK_EQ_INT(one.lost + two.lost, 0);
    mock_stop(&cluster);
}

int main(void)
{
    RUN(reads_commits_and_resumes);
    RUN(shares_partitions_with_another_member);
    return check_report();
}
