/* The embedded broker: nothing is lost although it keeps only the newest megabytes. */
#include <pthread.h>

#include "../../mock/mock_cluster.h"
#include "kafka/embedded.h"

enum { RECORDS = 100000, RECORD_BYTES = 186 };

typedef struct flight {
    lc_inflight inflight;
    lc_embedded_lane *lane;
    atomic_int *failed;
} flight;

static void note_done(lc_inflight *inflight, const lc_delivery *delivery)
{
    flight *at = (flight *)inflight;
    if (delivery->error) atomic_fetch_add(at->failed, 1);
    if (delivery->error) lc_embedded_note_failed(at->lane, RECORD_BYTES);
    else lc_embedded_note_stored(at->lane, RECORD_BYTES, 1, delivery->offset);
}

typedef struct run {
    lc_embedded *embedded;
    lc_embedded_lane *lane;
    atomic_int failed, held;
    flight *flights;
    char *values;
} run;

static lc_client_config *config_for(const lc_embedded *embedded, lc_client_kind kind)
{
    lc_client_config *config = lc_client_config_new(kind);
    lc_client_config_put(config, "bootstrap.servers", lc_embedded_bootstrap(embedded));
    return config;
}

static void *produce_all(void *arg)
{
    run *all = arg;
    lc_autoptr(lc_client_config) config = config_for(all->embedded, LC_CLIENT_PRODUCER);
    lc_producer *producer;
    lc_topic *topic;
    ok(lc_producer_open(config, NULL, &producer));
    ok(lc_producer_topic(producer, "t", &topic));
    for (int i = 0; i < RECORDS; i++) {
        while (!lc_embedded_room(all->lane, RECORD_BYTES, NULL)) {
            atomic_fetch_add(&all->held, 1);
            lc_sleep_ms(1);
        }
        flight *at = &all->flights[i];
        *at = (flight){{note_done}, all->lane, &all->failed};
        char *value = all->values + (size_t)i * RECORD_BYTES;
        memset(value, 'v', RECORD_BYTES);
        snprintf(value, RECORD_BYTES, "%d", i);
        lc_outgoing record = {.value = value,
                              .value_len = RECORD_BYTES,
                              .timestamp = LC_NO_TIMESTAMP,
                              .inflight = &at->inflight};
        lc_error *error = NULL;
        lc_embedded_note_produced(all->lane, RECORD_BYTES);
        while (lc_producer_send(producer, topic, &record, &error) == LC_SEND_FULL)
            lc_producer_wait_room(producer, 100);
        ok(error);
    }
    ok(lc_producer_flush(producer, 20000));
    lc_producer_close(producer, 1000);
    return NULL;
}

/* Reads everything and returns how many records came in order without a gap. */
static int consume_all(run *all, int64_t pause_ms)
{
    lc_autoptr(lc_client_config) config = config_for(all->embedded, LC_CLIENT_CONSUMER);
    lc_client_config_put(config, "group.id", "g");
    lc_consumer *consumer;
    lc_message batch[1000];
    int next = 0;
    const char *topics[] = {"t"};
    lc_embedded_note_reader(all->lane, "g", 0);
    lc_sleep_ms(pause_ms);
    ok(lc_consumer_open(config, NULL, NULL, &consumer));
    ok(lc_consumer_subscribe(consumer, topics, 1));
    int64_t deadline = lc_monotonic_ms() + 40000;
    while (next < RECORDS && lc_monotonic_ms() < deadline) {
        size_t count;
        ok(lc_consumer_poll(consumer, 200, batch, 1000, &count));
        for (size_t i = 0; i < count; i++)
            next += batch[i].value_len == RECORD_BYTES && atoi(batch[i].value) == next;
        if (count) lc_embedded_note_consumed(all->lane, "g", batch[count - 1].offset + 1);
        lc_consumer_release(consumer);
    }
    CHECK(lc_consumer_close(consumer, 10000));
    return next;
}

TEST(loses_nothing)
{
    run all = {.flights = calloc(RECORDS, sizeof(flight)), .values = malloc((size_t)RECORDS * RECORD_BYTES)};
    ok(lc_embedded_start(NULL, &all.embedded));
    bool created;
    ok(lc_embedded_create_topic(all.embedded, "t", 1, &created));
    CHECK(created);
    ok(lc_embedded_create_topic(all.embedded, "t", 3, &created));
    CHECK(!created);
    CHECK_EQ_INT(lc_embedded_partitions(all.embedded, "t"), 1);
    CHECK_EQ_INT(lc_embedded_partitions(all.embedded, "other"), 0);
    all.lane = lc_embedded_lane_of(all.embedded, "t", 0);
    pthread_t thread;
    pthread_create(&thread, NULL, produce_all, &all);
    CHECK_EQ_INT(consume_all(&all, 500), RECORDS);
    pthread_join(thread, NULL);
    CHECK_EQ_INT(atomic_load(&all.failed), 0);
    CHECK(atomic_load(&all.held) > 0);
    lc_embedded_stop(all.embedded);
    free(all.flights);
    free(all.values);
}

TEST(holds_writers_without_a_reader)
{
    lc_embedded *embedded;
    ok(lc_embedded_start(NULL, &embedded));
    lc_embedded_lane *lane = lc_embedded_lane_of(embedded, "t", 0);
    CHECK(lane == lc_embedded_lane_of(embedded, "t", 0));
    const char *reason = "";
    int64_t offset = 0;
    while (lc_embedded_room(lane, 1000, &reason) && offset < 100000) {
        lc_embedded_note_produced(lane, 1000);
        lc_embedded_note_stored(lane, 1000, 1, offset++);
    }
    CHECK(offset > 3000 && offset < 4200);
    CHECK(strstr(reason, "t-0") && strstr(reason, "nobody reads"));
    lc_embedded_note_reader(lane, "connect-sink", 0);
    CHECK(!lc_embedded_room(lane, 1000, &reason));
    CHECK(strstr(reason, "connect-sink"));
    lc_embedded_note_consumed(lane, "connect-sink", offset);
    CHECK(lc_embedded_room(lane, 1000, &reason));
    lc_embedded_note_reader(lane, "second", offset - 100);
    lc_embedded_forget_reader(embedded, "second");
    lc_embedded_forget_reader(embedded, "connect-sink");
    CHECK(lc_embedded_room(lane, 3000000, &reason));
    lc_embedded_stop(embedded);
}

static int64_t fill(lc_embedded_lane *lane, int64_t offset)
{
    while (lc_embedded_room(lane, 1000, NULL)) {
        lc_embedded_note_produced(lane, 1000);
        lc_embedded_note_stored(lane, 1000, 1, offset++);
    }
    return offset;
}

/* A second reader that begins later gets everything that is still there before writers go on. */
TEST(late_readers_count)
{
    lc_embedded *embedded;
    ok(lc_embedded_start(NULL, &embedded));
    lc_embedded_lane *lane = lc_embedded_lane_of(embedded, "t", 0);
    lc_embedded_note_reader(lane, "fast", 0);
    int64_t first = fill(lane, 0);
    lc_embedded_note_consumed(lane, "fast", first);
    CHECK(lc_embedded_room(lane, 1000, NULL));
    lc_embedded_note_reader(lane, "late", 0);
    CHECK(!lc_embedded_room(lane, 1000, NULL));
    lc_embedded_note_consumed(lane, "late", first / 2);
    int64_t second = fill(lane, first);
    CHECK(second > first && second < first + first / 2 + 100);
    lc_embedded_note_consumed(lane, "fast", second);
    CHECK(!lc_embedded_room(lane, 1000, NULL));
    lc_embedded_note_consumed(lane, "late", 10);
    CHECK(!lc_embedded_room(lane, 1000, NULL));
    lc_embedded_note_consumed(lane, "late", second);
    CHECK(lc_embedded_room(lane, 3000000, NULL));
    lc_embedded_stop(embedded);
}

int main(void)
{
    RUN(loses_nothing);
    RUN(late_readers_count);
    RUN(holds_writers_without_a_reader);
    return check_report();
}
