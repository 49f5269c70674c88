#include "kafka/consumer_nudge.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/thread.h"

/* Partitions asked about in one go: they share few brokers, and the next ones follow at the next time. */
enum { MOST_ASKED = 8, ANSWER_TIMEOUT_MS = 1000, THREAD_STACK = 256 * 1024 };

struct lc_nudge {
    rd_kafka_t *rk;
    size_t limit_bytes, limit_messages;
    size_t average;       /* bytes of a message, as seen lately */
    bool was_full;        /* since the last time we asked */
    size_t next;          /* partition to ask about first */
    lc_thread *thread;    /* started when first needed */
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t asked;
    bool quit;
    struct {
        char *topic;
        int32_t partition;
    } wanted[MOST_ASKED];
    size_t wanted_count;
};

lc_nudge *lc_nudge_new(rd_kafka_t *rk, size_t limit_bytes, size_t limit_messages)
{
    lc_nudge *nudge = lc_alloc(sizeof *nudge);
    nudge->rk = rk;
    nudge->limit_bytes = limit_bytes;
    nudge->limit_messages = limit_messages;
    pthread_mutex_init(&nudge->lock, NULL);
    lc_cond_init(&nudge->asked);
    return nudge;
}

void lc_nudge_free(lc_nudge *nudge)
{
    if (!nudge) return;
    pthread_mutex_lock(&nudge->lock);
    nudge->quit = true;
    pthread_cond_signal(&nudge->asked);
    pthread_mutex_unlock(&nudge->lock);
    lc_thread_join(nudge->thread, -1);
    while (nudge->wanted_count) free(nudge->wanted[--nudge->wanted_count].topic);
    pthread_cond_destroy(&nudge->asked);
    pthread_mutex_destroy(&nudge->lock);
    free(nudge);
}

/* Entered and left with the lock held. */
static void ask_one(lc_nudge *nudge)
{
    char *topic = nudge->wanted[--nudge->wanted_count].topic;
    int32_t partition = nudge->wanted[nudge->wanted_count].partition;
    int64_t low, high;
    pthread_mutex_unlock(&nudge->lock);
    /* The answer doesn't matter: sending the request woke the broker's thread. */
    rd_kafka_query_watermark_offsets(nudge->rk, topic, partition, &low, &high, ANSWER_TIMEOUT_MS);
    free(topic);
    pthread_mutex_lock(&nudge->lock);
}

static void run(void *argument)
{
    lc_nudge *nudge = argument;
    pthread_mutex_lock(&nudge->lock);
    while (!nudge->quit) {
        if (nudge->wanted_count) ask_one(nudge);
        else pthread_cond_wait(&nudge->asked, &nudge->lock);
    }
    pthread_mutex_unlock(&nudge->lock);
}

static void ask(lc_nudge *nudge, lc_assigned *const *partitions, size_t count)
{
    if (!nudge->thread)
        lc_error_free(lc_thread_start("kafka-nudge", THREAD_STACK, run, nudge, &nudge->thread));
    pthread_mutex_lock(&nudge->lock);
    for (size_t i = 0; i < count && nudge->wanted_count < MOST_ASKED; i++) {
        const lc_assigned *partition = partitions[nudge->next++ % count];
        nudge->wanted[nudge->wanted_count].topic = lc_strdup(partition->topic);
        nudge->wanted[nudge->wanted_count++].partition = partition->partition;
    }
    pthread_cond_signal(&nudge->asked);
    pthread_mutex_unlock(&nudge->lock);
}

void lc_nudge_polled(lc_nudge *nudge, size_t queue_length, size_t messages, size_t bytes,
                     lc_assigned *const *partitions, size_t count)
{
    if (messages) nudge->average = (nudge->average * 7 + bytes / messages) / 8 + 1;
    /* Counting keys and values only, a full queue looks somewhat less than full. */
    size_t held = queue_length * nudge->average;
    if (queue_length >= nudge->limit_messages || held >= nudge->limit_bytes / 4 * 3) nudge->was_full = true;
    bool drained = held < nudge->limit_bytes / 2 && queue_length < nudge->limit_messages / 2;
    if (!nudge->was_full || !drained || !count) return;
    nudge->was_full = false;
    ask(nudge, partitions, count);
}
