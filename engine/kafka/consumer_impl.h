/* The inside of a consumer, shared by consumer.c, consumer_rebalance.c and consumer_offsets.c. */
#ifndef LC_KAFKA_CONSUMER_IMPL_H
#define LC_KAFKA_CONSUMER_IMPL_H

#include "base/map.h"
#include "kafka/consumer.h"
#include "kafka/consumer_nudge.h"
#include "kafka/rd.h"

/* An assigned partition; the caller sees its first member. */
typedef struct lc_part {
    lc_assigned seen;
    atomic_int_least64_t position;
    bool paused;
    bool attached;       /* librdkafka was told of it: until then only its start is set */
    bool dropped;        /* given up while a poll was collecting messages */
    int64_t retry_at_ms; /* when an out-of-range offset may be looked at again */
    struct lc_part *next_dead;
} lc_part;

typedef enum lc_reset { LC_RESET_EARLIEST, LC_RESET_LATEST, LC_RESET_NONE } lc_reset;

/* The partitions of one topic by number, for finding a message's in no time. */
typedef struct lc_topic_parts {
    const rd_kafka_topic_t *handle; /* learnt from the first message */
    char *topic;
    lc_part **parts; /* by partition number; holes are NULL */
    size_t cap;
} lc_topic_parts;

typedef struct lc_pending_commit lc_pending_commit;

struct lc_consumer {
    lc_rd_client *client;
    rd_kafka_queue_t *queue; /* the one that polls serve */
    lc_nudge *nudge;         /* NULL: this librdkafka needs none */
    lc_rebalance callbacks;
    lc_reset reset;
    size_t max_records;
    int64_t topics_age_ms, topics_asked_ms;
    bool in_poll, subscribed;
    atomic_bool woken;
    bool dropped_any;  /* a rebalance inside the current poll has dropped partitions */
    lc_error *failure; /* met inside a callback, returned by the poll around it */

    lc_assigned **assigned;
    size_t assigned_count, assigned_cap;
    lc_topic_parts *topics;
    size_t topic_count, topic_cap, topic_last;
    lc_part *dead;     /* given up, but messages still borrowed may point to them */
    lc_table *missing; /* topics reported as missing already */

    rd_kafka_message_t *stash; /* came while none was wanted; goes first when its partition isn't paused */
    rd_kafka_message_t **borrowed;
    size_t borrowed_count, borrowed_cap;
    size_t borrowed_before;         /* of them, by earlier polls than the one under way */
    lc_pending_commit *commits;     /* newest first */
    rd_kafka_queue_t *commit_queue; /* where their answers come to */
};

static inline lc_part *lc_part_of(lc_assigned *assigned)
{
    return (lc_part *)assigned;
}

/* consumer_rebalance.c */
void lc_consumer_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err,
                              rd_kafka_topic_partition_list_t *partitions, void *opaque);
lc_part *lc_consumer_part(lc_consumer *consumer, const rd_kafka_message_t *message);
/* Throws the stash away if it is of this partition, which is going or will be read from elsewhere. */
void lc_consumer_unstash(lc_consumer *consumer, const lc_part *part);
lc_error *lc_consumer_take_partitions(lc_consumer *consumer, const lc_offsets *partitions) LC_RESULT;
/* Assigns anew, with this partition at `offset` and the others where they are. */
rd_kafka_resp_err_t lc_consumer_reassign(lc_consumer *consumer, lc_part *part, int64_t offset);
void lc_consumer_drop_all(lc_consumer *consumer, bool lost);
void lc_consumer_bury(lc_consumer *consumer); /* frees what was given up earlier */
/* The librdkafka list of some partitions; each at its own offset if `starts`. */
rd_kafka_topic_partition_list_t *lc_consumer_part_list(lc_assigned *const *partitions, size_t count,
                                                       bool starts);

/* consumer_offsets.c */
lc_error *lc_consumer_out_of_range(lc_consumer *consumer, lc_part *part, const char *reason) LC_RESULT;

/* consumer_commit.c */
void lc_consumer_serve_commits(lc_consumer *consumer);
void lc_consumer_end_commits(lc_consumer *consumer); /* reports what will never be answered */

#endif
