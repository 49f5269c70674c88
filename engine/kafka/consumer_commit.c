/* Commits of a consumer's offsets. All answers come to one queue, which is served by whoever waits:
 * lc_consumer_commit, lc_consumer_poll while commits are out, or the thread that closes the client. */
#include "kafka/consumer_impl.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

/* A commit on its way: in the consumer's list or, once given up, in the attic of its client. */
struct lc_pending_commit {
    lc_consumer *consumer; /* NULL: in the attic */
    lc_commit_done *done;  /* NULL: nobody wants to know any longer */
    void *context;
    lc_offsets offsets;
    lc_pending_commit *next, **link;
};

static void pending_free(lc_pending_commit *pending)
{
    lc_offsets_done(&pending->offsets);
    free(pending);
}

static void link_pending(lc_pending_commit *pending, lc_pending_commit **head)
{
    pending->next = *head;
    pending->link = head;
    if (pending->next) pending->next->link = &pending->next;
    *head = pending;
}

static void unlink_pending(lc_pending_commit *pending)
{
    *pending->link = pending->next;
    if (pending->next) pending->next->link = pending->link;
}

static lc_error *commit_failed(lc_consumer *consumer, rd_kafka_resp_err_t err, size_t count)
{
    return lc_rd_client_error(consumer->client, err, "Committing the offsets of %zu partitions failed",
                              count);
}

static void on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list,
                      void *opaque)
{
    (void)rk;
    lc_pending_commit *pending = opaque;
    lc_consumer *consumer = pending->consumer;
    unlink_pending(pending);
    if (consumer && pending->done) {
        if (list) lc_rd_list_back(consumer->client, list, &pending->offsets, "Committing");
        err = lc_rd_worst(err, list);
        lc_autoptr(lc_error) error = commit_failed(consumer, err, pending->offsets.count);
        pending->done(pending->context, &pending->offsets, error);
    }
    pending_free(pending);
}

static void copy_offsets(const lc_offsets *from, lc_offsets *to)
{
    for (size_t i = 0; i < from->count; i++) {
        const lc_topic_offset *item = &from->items[i];
        lc_offsets_add(to, item->topic, item->partition, item->offset)->metadata = lc_strdup(item->metadata);
    }
}

lc_error *lc_consumer_commit_async(lc_consumer *consumer, const lc_offsets *offsets, lc_commit_done *done,
                                   void *context)
{
    lc_pending_commit *pending = lc_alloc(sizeof *pending);
    *pending = (lc_pending_commit){.consumer = consumer, .done = done, .context = context};
    copy_offsets(offsets, &pending->offsets);
    link_pending(pending, &consumer->commits);
    rd_kafka_topic_partition_list_t *list = lc_rd_list(offsets);
    rd_kafka_resp_err_t err =
        rd_kafka_commit_queue(consumer->client->rk, list, consumer->commit_queue, on_commit, pending);
    rd_kafka_topic_partition_list_destroy(list);
    if (!err) return NULL;
    unlink_pending(pending);
    pending_free(pending);
    return commit_failed(consumer, err, offsets->count);
}

/* What lc_consumer_commit waits for. */
typedef struct outcome {
    lc_offsets *offsets; /* the caller's */
    bool answered;
    lc_error *error;
} outcome;

static void take_outcome(void *context, const lc_offsets *offsets, const lc_error *error)
{
    outcome *result = context;
    for (size_t i = 0; i < offsets->count; i++) {
        const lc_topic_offset *from = &offsets->items[i];
        lc_topic_offset *item = lc_offsets_find(result->offsets, from->topic, from->partition);
        if (item && from->error) {
            lc_error_free(item->error);
            item->error = lc_error_copy(from->error);
        }
    }
    result->answered = true;
    result->error = error ? lc_error_copy(error) : NULL;
}

lc_error *lc_consumer_commit(lc_consumer *consumer, lc_offsets *offsets, int64_t timeout_ms)
{
    if (!offsets->count) return NULL;
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    outcome result = {.offsets = offsets};
    LC_TRY(lc_consumer_commit_async(consumer, offsets, take_outcome, &result));
    lc_pending_commit *pending = consumer->commits;
    while (!result.answered && lc_rd_left(deadline))
        rd_kafka_queue_poll_callback(consumer->commit_queue, lc_rd_left(deadline));
    if (result.answered) return result.error;
    pending->done = NULL;
    return commit_failed(consumer, RD_KAFKA_RESP_ERR__TIMED_OUT, offsets->count);
}

void lc_consumer_serve_commits(lc_consumer *consumer)
{
    rd_kafka_queue_poll_callback(consumer->commit_queue, 0);
}

/* The answers, if they come at all, find their commits in the attic: on_commit only frees them. */
void lc_consumer_end_commits(lc_consumer *consumer)
{
    lc_consumer_serve_commits(consumer);
    consumer->client->attic_queue = consumer->commit_queue;
    while (consumer->commits) {
        lc_pending_commit *pending = consumer->commits;
        unlink_pending(pending);
        link_pending(pending, &consumer->client->attic);
        pending->consumer = NULL;
        lc_autoptr(lc_error) error =
            lc_fail(LC_E_TIMEOUT, "The consumer was closed before its commit was answered");
        if (pending->done) pending->done(pending->context, &pending->offsets, error);
    }
}

void lc_rd_clear_attic(lc_rd_client *client)
{
    while (client->attic) {
        lc_pending_commit *pending = client->attic;
        unlink_pending(pending);
        pending_free(pending);
    }
}
