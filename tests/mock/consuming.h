/* Consumers of a mock cluster, and checks of what they read. */
#ifndef LC_TESTS_CONSUMING_H
#define LC_TESTS_CONSUMING_H

#include "mock_cluster.h"

typedef struct events {
    int assigned, revoked, lost;       /* calls */
    int assigned_parts, revoked_parts; /* partitions in them */
    int64_t start_at;                  /* where the callback lets partitions begin, or LC_OFFSET_NONE */
    bool pause;
    lc_consumer *consumer;
    lc_offsets *commit_on_revoke;
    int commits_refused;
} events;

static inline void on_assigned(void *context, lc_assigned *const *partitions, size_t count)
{
    events *seen = context;
    seen->assigned++;
    seen->assigned_parts += (int)count;
    for (size_t i = 0; i < count; i++)
        if (seen->start_at != LC_OFFSET_NONE) partitions[i]->start = seen->start_at;
    if (seen->pause) ok(lc_consumer_pause(seen->consumer, partitions, count));
}

static inline void on_revoked(void *context, lc_assigned *const *partitions, size_t count)
{
    events *seen = context;
    (void)partitions;
    seen->revoked++;
    seen->revoked_parts += (int)count;
    if (!seen->commit_on_revoke) return;
    lc_autoptr(lc_error) error = lc_consumer_commit(seen->consumer, seen->commit_on_revoke, 5000);
    seen->commits_refused += error != NULL;
}

static inline void on_lost(void *context, lc_assigned *const *partitions, size_t count)
{
    (void)partitions, (void)count;
    ((events *)context)->lost++;
}

static inline lc_consumer *open_consumer(const mock *cluster, const char *reset, events *seen)
{
    lc_autoptr(lc_client_config) config = client_config(cluster, LC_CLIENT_CONSUMER);
    lc_client_config_put(config, "group.id", "g");
    lc_client_config_put(config, "session.timeout.ms", "6000");
    lc_client_config_put(config, "heartbeat.interval.ms", "200");
    if (reset) lc_client_config_put(config, "auto.offset.reset", reset);
    lc_rebalance callbacks = {.assigned = on_assigned, .revoked = on_revoked, .lost = on_lost, .context = seen};
    lc_consumer *consumer = NULL;
    ok(lc_consumer_open(config, NULL, &callbacks, &consumer));
    seen->consumer = consumer;
    return consumer;
}

static inline void subscribe(lc_consumer *consumer, const char *topic)
{
    ok(lc_consumer_subscribe(consumer, &topic, 1));
}

static inline void fill(const mock *cluster, const char *name, int32_t partition, int from, int to)
{
    lc_autoptr(lc_client_config) config = client_config(cluster, LC_CLIENT_PRODUCER);
    lc_producer *producer;
    lc_topic *topic;
    ok(lc_producer_open(config, NULL, &producer));
    ok(lc_producer_topic(producer, name, &topic));
    outcome *results = calloc((size_t)(to - from), sizeof *results);
    char(*texts)[16] = calloc((size_t)(to - from), sizeof *texts);
    for (int i = from; i < to; i++) {
        snprintf(texts[i - from], sizeof *texts, "%d", i);
        send_text(producer, topic, partition, texts[i - from], &results[i - from]);
    }
    ok(lc_producer_flush(producer, 10000));
    lc_producer_close(producer, 1000);
    free(results);
    free(texts);
}

/* Polls until `want` records came; each has to carry the next number from `from` on. Returns how many did. */
static inline int expect(lc_consumer *consumer, int from, int want, int64_t timeout_ms)
{
    lc_message batch[64];
    int got = 0;
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    while (got < want && lc_monotonic_ms() < deadline) {
        size_t count = 0, room = (size_t)(want - got);
        ok(lc_consumer_poll(consumer, 100, batch, room < 64 ? room : 64, &count));
        for (size_t i = 0; i < count; i++) {
            char text[16] = "";
            memcpy(text, batch[i].value, batch[i].value_len);
            if (atoi(text) == from + got) got++;
            else
                fprintf(stderr, "    got %s at offset %lld, expected %d\n", text, (long long)batch[i].offset,
                        from + got);
        }
        lc_consumer_release(consumer);
    }
    return got;
}

static inline void poll_for(lc_consumer *consumer, int64_t ms)
{
    lc_message batch[64];
    int64_t deadline = lc_monotonic_ms() + ms;
    while (lc_monotonic_ms() < deadline) {
        size_t count;
        ok(lc_consumer_poll(consumer, 50, batch, 64, &count));
        lc_consumer_release(consumer);
    }
}

static inline void wait_assigned(lc_consumer *consumer, const events *seen)
{
    for (int i = 0; i < 100 && !seen->assigned; i++) poll_for(consumer, 100);
}

/* Without a group: one partition from an offset on. */
static inline lc_consumer *open_at(const mock *cluster, const char *reset, int64_t offset)
{
    events none = {.start_at = LC_OFFSET_NONE};
    lc_consumer *consumer = open_consumer(cluster, reset, &none);
    lc_auto(lc_offsets) parts = {0};
    lc_offsets_add(&parts, "t", 0, offset);
    ok(lc_consumer_assign(consumer, &parts));
    return consumer;
}

#endif
