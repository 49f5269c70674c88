/* Positions, pausing and seeking of a consumer. */
#include "kafka/consumer_impl.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

/* librdkafka 2.0.2 takes this time-out for a thousandth of what it says; it only waits for a local thread. */
enum { SEEK_MS = 10000000 };

static lc_error *with_list(lc_consumer *consumer, lc_assigned *const *partitions, size_t count, bool pause)
{
    lc_assigned **chosen = lc_alloc((count + 1) * sizeof *chosen);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        lc_part *part = lc_part_of(partitions[i]);
        if (part->paused == pause) continue; /* resuming what runs would fetch records anew before 2.4.0 */
        part->paused = pause;
        if (part->attached) chosen[n++] = partitions[i];
    }
    rd_kafka_topic_partition_list_t *list = lc_consumer_part_list(chosen, n, false);
    rd_kafka_t *rk = consumer->client->rk;
    rd_kafka_resp_err_t err = !n      ? RD_KAFKA_RESP_ERR_NO_ERROR
                              : pause ? rd_kafka_pause_partitions(rk, list)
                                      : rd_kafka_resume_partitions(rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    free(chosen);
    return lc_rd_client_error(consumer->client, err, "%s %zu partitions failed",
                              pause ? "Pausing" : "Resuming", n);
}

lc_error *lc_consumer_pause(lc_consumer *consumer, lc_assigned *const *partitions, size_t count)
{
    return with_list(consumer, partitions, count, true);
}

lc_error *lc_consumer_resume(lc_consumer *consumer, lc_assigned *const *partitions, size_t count)
{
    return with_list(consumer, partitions, count, false);
}

lc_error *lc_consumer_pause_all(lc_consumer *consumer)
{
    return with_list(consumer, consumer->assigned, consumer->assigned_count, true);
}

lc_error *lc_consumer_resume_all(lc_consumer *consumer)
{
    return with_list(consumer, consumer->assigned, consumer->assigned_count, false);
}

lc_error *lc_consumer_seek(lc_consumer *consumer, lc_assigned *partition, int64_t offset)
{
    lc_part *part = lc_part_of(partition);
    if (offset < 0 && offset != LC_OFFSET_BEGINNING && offset != LC_OFFSET_END)
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "%s-%d can't be set to offset %lld", partition->topic,
                       partition->partition, (long long)offset);
    if (!part->attached) {
        partition->start = offset;
        return NULL;
    }
    rd_kafka_topic_partition_list_t *list = lc_consumer_part_list(&partition, 1, false);
    list->elems[0].offset = offset;
    rd_kafka_error_t *error = rd_kafka_seek_partitions(consumer->client->rk, list, SEEK_MS);
    rd_kafka_resp_err_t err = error ? rd_kafka_error_code(error) : list->elems[0].err;
    rd_kafka_error_destroy(error);
    rd_kafka_topic_partition_list_destroy(list);
    /* Only what is being read can be moved. Anything else has to be assigned anew. */
    if (err == RD_KAFKA_RESP_ERR__STATE || err == RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS)
        err = lc_consumer_reassign(consumer, part, offset);
    if (err)
        return lc_rd_client_error(consumer->client, err, "Setting %s-%d to offset %lld failed",
                                  partition->topic, partition->partition, (long long)offset);
    atomic_store(&part->position, offset);
    lc_consumer_unstash(consumer, part);
    return NULL;
}

int64_t lc_consumer_position(const lc_assigned *partition)
{
    return atomic_load(&lc_part_of((lc_assigned *)partition)->position);
}

int64_t lc_consumer_lag(lc_consumer *consumer, const lc_assigned *partition)
{
    int64_t low, high, position = lc_consumer_position(partition);
    rd_kafka_resp_err_t err = rd_kafka_get_watermark_offsets(consumer->client->rk, partition->topic,
                                                             partition->partition, &low, &high);
    if (err || high < 0 || position < 0) return -1;
    return high > position ? high - position : 0;
}

/* librdkafka stopped reading the partition because its offset was not accepted. If the offset is there after
 * all (2.0.2 says so for errors that pass, too), go on; otherwise the policy decides (auto.offset.reset). */
lc_error *lc_consumer_out_of_range(lc_consumer *consumer, lc_part *part, const char *reason)
{
    enum { ASK_MS = 2000, AGAIN_MS = 200 };
    int64_t position = atomic_load(&part->position), low, high, now = lc_monotonic_ms();
    if (position == LC_OFFSET_BEGINNING || position == LC_OFFSET_END) {
        lc_sleep_ms(AGAIN_MS);
        return lc_consumer_seek(consumer, &part->seen, position);
    }
    const char *topic = part->seen.topic;
    rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(consumer->client->rk, topic,
                                                               part->seen.partition, &low, &high, ASK_MS);
    if (position >= 0 && (err || (position >= low && position <= high))) {
        if (now < part->retry_at_ms) lc_sleep_ms(AGAIN_MS);
        part->retry_at_ms = now + AGAIN_MS;
        return lc_consumer_seek(consumer, &part->seen, position);
    }
    if (consumer->reset == LC_RESET_NONE)
        return lc_rd_error(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET,
                           "Undefined offset with no reset policy for partitions: [%s-%d] (%s)", topic,
                           part->seen.partition, reason);
    bool earliest = consumer->reset == LC_RESET_EARLIEST;
    if (position >= 0)
        lc_rd_log(consumer->client, LC_LOG_WARN,
                  "%s-%d: offset %lld is out of range (%lld to %lld), going on at the %s", topic,
                  part->seen.partition, (long long)position, (long long)low, (long long)high,
                  earliest ? "beginning" : "end");
    return lc_consumer_seek(consumer, &part->seen, earliest ? LC_OFFSET_BEGINNING : LC_OFFSET_END);
}

lc_error *lc_consumer_committed(lc_consumer *consumer, lc_offsets *offsets, int64_t timeout_ms)
{
    if (!offsets->count) return NULL;
    rd_kafka_topic_partition_list_t *list = lc_rd_list(offsets);
    rd_kafka_resp_err_t err =
        rd_kafka_committed(consumer->client->rk, list, lc_rd_left(lc_monotonic_ms() + timeout_ms));
    err = lc_rd_worst(err, list);
    if (!err) lc_rd_list_back(consumer->client, list, offsets, "Reading the committed offset of");
    rd_kafka_topic_partition_list_destroy(list);
    return lc_rd_client_error(consumer->client, err, "Reading the committed offsets failed");
}

/* ListOffsets with one of its special timestamps: librdkafka 2.0.2's watermark queries may overrun their
 * time-out. */
static lc_error *list_offsets(lc_consumer *consumer, lc_offsets *offsets, int64_t special, int64_t timeout_ms)
{
    if (!offsets->count) return NULL;
    rd_kafka_topic_partition_list_t *list = lc_rd_list(offsets);
    for (int i = 0; i < list->cnt; i++) list->elems[i].offset = special;
    rd_kafka_resp_err_t err =
        rd_kafka_offsets_for_times(consumer->client->rk, list, lc_rd_left(lc_monotonic_ms() + timeout_ms));
    err = lc_rd_worst(err, list);
    if (!err) lc_rd_list_back(consumer->client, list, offsets, "Reading the offsets of");
    rd_kafka_topic_partition_list_destroy(list);
    return lc_rd_client_error(consumer->client, err, "Reading the offsets of %zu partitions failed",
                              offsets->count);
}

lc_error *lc_consumer_beginning_offsets(lc_consumer *consumer, lc_offsets *offsets, int64_t timeout_ms)
{
    return list_offsets(consumer, offsets, LC_OFFSET_BEGINNING, timeout_ms);
}

lc_error *lc_consumer_end_offsets(lc_consumer *consumer, lc_offsets *offsets, int64_t timeout_ms)
{
    return list_offsets(consumer, offsets, LC_OFFSET_END, timeout_ms);
}
