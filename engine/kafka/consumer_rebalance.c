/* Which partitions a consumer holds, and how they come and go. */
#include "kafka/consumer_impl.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

static lc_topic_parts *parts_of_topic(lc_consumer *consumer, const char *topic)
{
    for (size_t i = 0; i < consumer->topic_count; i++)
        if (!strcmp(consumer->topics[i].topic, topic)) return &consumer->topics[i];
    consumer->topics =
        lc_grow(consumer->topics, &consumer->topic_cap, consumer->topic_count + 1, sizeof *consumer->topics);
    lc_topic_parts *parts = &consumer->topics[consumer->topic_count++];
    *parts = (lc_topic_parts){.topic = lc_strdup(topic)};
    return parts;
}

static lc_part *part_add(lc_consumer *consumer, const char *topic, int32_t partition)
{
    lc_topic_parts *parts = parts_of_topic(consumer, topic);
    size_t at = (size_t)partition, before = parts->cap;
    parts->parts = lc_grow(parts->parts, &parts->cap, at + 1, sizeof *parts->parts);
    if (parts->cap > before) memset(parts->parts + before, 0, (parts->cap - before) * sizeof *parts->parts);
    lc_part *part = parts->parts[at];
    if (part) return part;
    part = parts->parts[at] = lc_alloc(sizeof *part);
    part->seen = (lc_assigned){.topic = lc_strdup(topic),
                               .topic_len = strlen(topic),
                               .partition = partition,
                               .start = LC_OFFSET_NONE};
    atomic_store(&part->position, LC_OFFSET_NONE);
    consumer->assigned = lc_grow(consumer->assigned, &consumer->assigned_cap, consumer->assigned_count + 1,
                                 sizeof *consumer->assigned);
    consumer->assigned[consumer->assigned_count++] = &part->seen;
    return part;
}

void lc_consumer_unstash(lc_consumer *consumer, const lc_part *part)
{
    if (!consumer->stash || lc_consumer_part(consumer, consumer->stash) != part) return;
    rd_kafka_message_destroy(consumer->stash);
    consumer->stash = NULL;
}

/* Takes it out of every index; it stays readable until lc_consumer_bury. */
static void part_drop(lc_consumer *consumer, lc_part *part)
{
    lc_consumer_unstash(consumer, part);
    parts_of_topic(consumer, part->seen.topic)->parts[part->seen.partition] = NULL;
    size_t at = 0;
    while (consumer->assigned[at] != &part->seen) at++;
    consumer->assigned[at] = consumer->assigned[--consumer->assigned_count];
    part->dropped = true;
    consumer->dropped_any = true;
    part->next_dead = consumer->dead;
    consumer->dead = part;
}

void lc_consumer_bury(lc_consumer *consumer)
{
    if (consumer->in_poll) return;
    while (consumer->dead) {
        lc_part *part = consumer->dead;
        consumer->dead = part->next_dead;
        free((char *)part->seen.topic);
        free(part);
    }
}

static lc_part *part_at(const lc_topic_parts *parts, int32_t partition)
{
    return (size_t)partition < parts->cap ? parts->parts[partition] : NULL;
}

lc_part *lc_consumer_part(lc_consumer *consumer, const rd_kafka_message_t *message)
{
    size_t last = consumer->topic_last;
    if (last < consumer->topic_count && consumer->topics[last].handle == message->rkt)
        return part_at(&consumer->topics[last], message->partition);
    if (!message->rkt) return NULL;
    for (size_t i = 0; i < consumer->topic_count; i++) {
        lc_topic_parts *parts = &consumer->topics[i];
        if (parts->handle != message->rkt && strcmp(parts->topic, rd_kafka_topic_name(message->rkt)) != 0)
            continue;
        parts->handle = message->rkt;
        consumer->topic_last = i;
        return part_at(parts, message->partition);
    }
    return NULL;
}

lc_assigned *lc_consumer_find(lc_consumer *consumer, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < consumer->topic_count; i++)
        if (!strcmp(consumer->topics[i].topic, topic)) {
            lc_part *part = partition < 0 ? NULL : part_at(&consumer->topics[i], partition);
            return part ? &part->seen : NULL;
        }
    return NULL;
}

size_t lc_consumer_assignment(lc_consumer *consumer, lc_assigned *const **ret_partitions)
{
    *ret_partitions = consumer->assigned;
    return consumer->assigned_count;
}

rd_kafka_topic_partition_list_t *lc_consumer_part_list(lc_assigned *const *partitions, size_t count,
                                                       bool starts)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_t *item =
            rd_kafka_topic_partition_list_add(list, partitions[i]->topic, partitions[i]->partition);
        /* librdkafka asks for the committed offset itself where none is known. */
        if (starts)
            item->offset =
                partitions[i]->start == LC_OFFSET_NONE ? RD_KAFKA_OFFSET_STORED : partitions[i]->start;
    }
    return list;
}

typedef lc_error *find_offsets(lc_consumer *consumer, lc_offsets *offsets, int64_t timeout_ms);

static void pin_special(lc_consumer *consumer, lc_assigned *const *parts, size_t count, int64_t special,
                        find_offsets *find)
{
    enum { PIN_MS = 3000 };
    lc_auto(lc_offsets) offsets = {0};
    for (size_t i = 0; i < count; i++)
        if (parts[i]->start == special)
            lc_offsets_add(&offsets, parts[i]->topic, parts[i]->partition, special);
    lc_error *error = find(consumer, &offsets, PIN_MS);
    for (size_t i = 0; !error && i < offsets.count; i++) {
        lc_assigned *part = lc_consumer_find(consumer, offsets.items[i].topic, offsets.items[i].partition);
        if (part && offsets.items[i].offset >= 0) part->start = offsets.items[i].offset;
    }
    if (error)
        lc_rd_log(consumer->client, LC_LOG_WARN, "Where to begin is not known yet: %s",
                  lc_error_message(error));
    lc_error_free(error);
}

/* Puts numbers in place of LC_OFFSET_BEGINNING and LC_OFFSET_END. librdkafka would find them out half a
 * second later; and what arrives at the end from now on is not missed, even if the partition is assigned anew
 * before its first message. */
static void pin_starts(lc_consumer *consumer, lc_assigned *const *parts, size_t count)
{
    pin_special(consumer, parts, count, LC_OFFSET_BEGINNING, lc_consumer_beginning_offsets);
    pin_special(consumer, parts, count, LC_OFFSET_END, lc_consumer_end_offsets);
}

static int64_t start_without_commit(const lc_consumer *consumer)
{
    static const int64_t starts[] = {LC_OFFSET_BEGINNING, LC_OFFSET_END, LC_OFFSET_NONE};
    return starts[consumer->reset];
}

/* Where partitions begin: what the group has committed, else the reset policy. If the coordinator doesn't
 * answer in time, the start stays unknown and librdkafka finds it out later. */
static void find_starts(lc_consumer *consumer, lc_assigned *const *parts,
                        const rd_kafka_topic_partition_list_t *partitions)
{
    enum { COMMITTED_MS = 10000 };
    rd_kafka_topic_partition_list_t *committed = rd_kafka_topic_partition_list_copy(partitions);
    rd_kafka_resp_err_t err = rd_kafka_committed(consumer->client->rk, committed, COMMITTED_MS);
    for (int i = 0; !err && i < committed->cnt; i++) {
        if (committed->elems[i].err) continue;
        int64_t offset = committed->elems[i].offset;
        parts[i]->start = offset >= 0 ? offset : start_without_commit(consumer);
    }
    if (err)
        lc_rd_log(consumer->client, LC_LOG_WARN, "The committed offsets can't be read yet: %s",
                  rd_kafka_err2str(err));
    rd_kafka_topic_partition_list_destroy(committed);
    pin_starts(consumer, parts, (size_t)partitions->cnt);
}

static bool is_cooperative(rd_kafka_t *rk)
{
    const char *protocol = rd_kafka_rebalance_protocol(rk);
    return protocol && !strcmp(protocol, "COOPERATIVE");
}

/* Tells librdkafka where to begin, and holds back what was paused in the callback. */
static rd_kafka_resp_err_t attach(lc_consumer *consumer, lc_assigned **parts, size_t count, bool incremental)
{
    rd_kafka_t *rk = consumer->client->rk;
    rd_kafka_topic_partition_list_t *list = lc_consumer_part_list(parts, count, true);
    rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (incremental) {
        rd_kafka_error_t *error = rd_kafka_incremental_assign(rk, list);
        if (error) err = rd_kafka_error_code(error);
        rd_kafka_error_destroy(error);
    } else {
        err = rd_kafka_assign(rk, list);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_topic_partition_list_t *paused = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        lc_part *part = lc_part_of(parts[i]);
        part->attached = true;
        atomic_store(&part->position, part->seen.start);
        if (part->paused) rd_kafka_topic_partition_list_add(paused, part->seen.topic, part->seen.partition);
    }
    if (paused->cnt) rd_kafka_pause_partitions(rk, paused);
    rd_kafka_topic_partition_list_destroy(paused);
    return err;
}

rd_kafka_resp_err_t lc_consumer_reassign(lc_consumer *consumer, lc_part *part, int64_t offset)
{
    rd_kafka_t *rk = consumer->client->rk;
    lc_assigned *one = &part->seen;
    for (size_t i = 0; i < consumer->assigned_count; i++)
        consumer->assigned[i]->start = atomic_load(&lc_part_of(consumer->assigned[i])->position);
    one->start = offset;
    /* What is read anew will bring the stash again. */
    if (consumer->stash) lc_consumer_unstash(consumer, lc_consumer_part(consumer, consumer->stash));
    if (!is_cooperative(rk)) return attach(consumer, consumer->assigned, consumer->assigned_count, false);
    rd_kafka_topic_partition_list_t *list = lc_consumer_part_list(&one, 1, false);
    rd_kafka_error_destroy(rd_kafka_incremental_unassign(rk, list));
    rd_kafka_topic_partition_list_destroy(list);
    return attach(consumer, &one, 1, true);
}

static void take(lc_consumer *consumer, const rd_kafka_topic_partition_list_t *partitions)
{
    size_t count = (size_t)partitions->cnt;
    lc_assigned **parts = lc_alloc((count + 1) * sizeof *parts);
    for (size_t i = 0; i < count; i++)
        parts[i] = &part_add(consumer, partitions->elems[i].topic, partitions->elems[i].partition)->seen;
    if (count) find_starts(consumer, parts, partitions);
    if (consumer->callbacks.assigned) consumer->callbacks.assigned(consumer->callbacks.context, parts, count);
    rd_kafka_resp_err_t err = attach(consumer, parts, count, is_cooperative(consumer->client->rk));
    if (err && !consumer->failure)
        consumer->failure =
            lc_rd_client_error(consumer->client, err, "Taking over %zu partitions failed", count);
    free(parts);
}

/* Tells the caller that partitions go, then forgets them. `parts` may be the consumer's own array. */
static void give_up(lc_consumer *consumer, lc_assigned **parts, size_t count, bool lost)
{
    void (*tell)(void *, lc_assigned *const *, size_t) =
        lost ? consumer->callbacks.lost : consumer->callbacks.revoked;
    if (tell && count && consumer->subscribed) tell(consumer->callbacks.context, parts, count);
    for (size_t i = 0; i < count; i++) part_drop(consumer, lc_part_of(parts[i]));
}

void lc_consumer_drop_all(lc_consumer *consumer, bool lost)
{
    size_t count = consumer->assigned_count;
    lc_assigned **parts = lc_alloc((count + 1) * sizeof *parts);
    if (count) memcpy(parts, consumer->assigned, count * sizeof *parts);
    give_up(consumer, parts, count, lost);
    free(parts);
}

static void give_up_some(lc_consumer *consumer, const rd_kafka_topic_partition_list_t *partitions, bool lost)
{
    lc_assigned **parts = lc_alloc((size_t)(partitions->cnt + 1) * sizeof *parts);
    size_t count = 0;
    for (int i = 0; i < partitions->cnt; i++) {
        lc_assigned *part =
            lc_consumer_find(consumer, partitions->elems[i].topic, partitions->elems[i].partition);
        if (part) parts[count++] = part;
    }
    give_up(consumer, parts, count, lost);
    free(parts);
}

static void detach(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *partitions)
{
    if (is_cooperative(rk)) rd_kafka_error_destroy(rd_kafka_incremental_unassign(rk, partitions));
    else rd_kafka_assign(rk, NULL);
}

void lc_consumer_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err,
                              rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    lc_rd_client *client = opaque;
    lc_consumer *consumer = client->owner;
    if (!consumer) {
        if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) rd_kafka_assign(rk, NULL);
        else detach(rk, partitions);
        return;
    }
    if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        take(consumer, partitions);
        return;
    }
    if (err != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
        lc_rd_log(client, LC_LOG_WARN, "the group gave an error: %s", rd_kafka_err2str(err));
    bool lost = rd_kafka_assignment_lost(rk);
    if (is_cooperative(rk)) give_up_some(consumer, partitions, lost);
    else lc_consumer_drop_all(consumer, lost);
    detach(rk, partitions);
}

lc_error *lc_consumer_take_partitions(lc_consumer *consumer, const lc_offsets *partitions)
{
    lc_consumer_drop_all(consumer, false);
    for (size_t i = 0; i < partitions->count; i++) {
        const lc_topic_offset *item = &partitions->items[i];
        part_add(consumer, item->topic, item->partition)->seen.start = item->offset;
    }
    pin_starts(consumer, consumer->assigned, consumer->assigned_count);
    rd_kafka_resp_err_t err = attach(consumer, consumer->assigned, consumer->assigned_count, false);
    return lc_rd_client_error(consumer->client, err, "Taking %zu partitions failed", partitions->count);
}
