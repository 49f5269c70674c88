/* A consumer in a group, for one sink task.
 *
 *   lc_consumer_poll() ─▶ messages, borrowed ─▶ lc_consumer_release() gives them all back
 *        └─▶ assigned / revoked / lost callbacks, on the polling thread, inside poll and close
 *
 * Offsets are never committed nor stored by the client: the caller commits what it has delivered. A record
 * whose offset is not beyond the last one delivered from its partition is dropped (a rewind by seek
 * or by a new assignment counts). Where a partition starts, and what happens when its offset is out of
 * range, is decided here from auto.offset.reset, not by librdkafka.
 * All calls from one thread, except lc_consumer_wake and lc_consumer_position. */
#ifndef LC_KAFKA_CONSUMER_H
#define LC_KAFKA_CONSUMER_H

#include "base/arena.h"
#include "kafka/client_config.h"

typedef struct lc_consumer lc_consumer;

typedef enum lc_timestamp_type { LC_TIME_NONE, LC_TIME_CREATE, LC_TIME_APPEND } lc_timestamp_type;

/* A partition this consumer was given. Stable from the assigned callback to the end of the revoked one. */
typedef struct lc_assigned {
    const char *topic;
    size_t topic_len;
    int32_t partition;
    int64_t start; /* committed offset, else the beginning or end of the log by auto.offset.reset (as
                      LC_OFFSET_BEGINNING / END when the cluster didn't tell in time, LC_OFFSET_NONE with
                      "none"). The assigned callback may change it: consumption begins there */
    void *user;    /* the caller's own, NULL at first */
} lc_assigned;

typedef struct lc_message {
    const void *value; /* NULL: null */
    size_t value_len;
    const void *key; /* NULL: null */
    size_t key_len;
    int64_t offset;
    int64_t timestamp; /* LC_NO_TIMESTAMP when there is none */
    lc_timestamp_type timestamp_type;
    int32_t partition;
    int32_t leader_epoch; /* -1 when librdkafka can't tell (before 2.1) */
    lc_assigned *from;    /* topic and partition, and the caller's `user` */
    void *handle;         /* private */
} lc_message;

/* Called on the polling thread. `partitions` lives as long as the call; its items as lc_assigned says.
 * In `revoked` offsets can still be committed; in `lost` the group has given them to someone else: don't.
 * With an eager assignor all partitions come and go at once. Any of them may be NULL. */
typedef struct lc_rebalance {
    void (*assigned)(void *context, lc_assigned *const *partitions, size_t count);
    void (*revoked)(void *context, lc_assigned *const *partitions, size_t count);
    void (*lost)(void *context, lc_assigned *const *partitions, size_t count);
    void *context;
    /* An error that librdkafka tries to overcome by itself; `name` is Kafka's ("INVALID_SESSION_TIMEOUT").
     * It is logged unless this returns true. */
    bool (*trouble)(void *context, const char *name, const char *text);
} lc_rebalance;

/* Opens a client; no connection is awaited. The configuration needs a group.id for subscribing. */
lc_error *lc_consumer_open(lc_client_config *config, const lc_client_log *log, const lc_rebalance *rebalance,
                           lc_consumer **ret_consumer) LC_RESULT;
/* Leaves the group: revoked is called for what is still assigned, then the client is torn down on a thread
 * of its own, which is left behind when it takes longer than `timeout_ms` (true: all went well).
 * Releases borrowed messages. Accepts NULL. */
bool lc_consumer_close(lc_consumer *consumer, int64_t timeout_ms);

/* Subscribes to exactly these topics, in place of earlier ones. A topic need not exist yet. */
lc_error *lc_consumer_subscribe(lc_consumer *consumer, const char *const *topics, size_t count) LC_RESULT;
/* Takes partitions without a group, starting at their offsets: no callbacks, no rebalances. */
lc_error *lc_consumer_assign(lc_consumer *consumer, const lc_offsets *partitions) LC_RESULT;
/* All topics of the cluster, internal ones (__…) included; for topics.regex, which the caller matches and
 * refreshes: lc_consumer_topics_due says when metadata.max.age.ms has passed since the last call. */
lc_error *lc_consumer_list_topics(lc_consumer *consumer, int64_t timeout_ms, lc_strings *ret_names) LC_RESULT;
bool lc_consumer_topics_due(const lc_consumer *consumer);

/* Waits up to `timeout_ms` for a first message, then takes what is there without waiting, up to `max` and
 * max.poll.records. With `max` 0 it takes none, but serves callbacks and keeps the membership alive. Zero
 * messages is not an error. Messages stay borrowed over several polls until
 * lc_consumer_release. Errors: LC_E_KAFKA when the client can't go on (fenced, not authorised), or an offset
 * is out of range with auto.offset.reset=none; outages of brokers are not errors, they are logged. */
lc_error *lc_consumer_poll(lc_consumer *consumer, int64_t timeout_ms, lc_message *out, size_t max,
                           size_t *ret_count) LC_RESULT;
/* Gives back every message polled so far. */
void lc_consumer_release(lc_consumer *consumer);
/* Ends a waiting poll soon. From any thread. */
void lc_consumer_wake(lc_consumer *consumer);

/* The headers of a message in order; keys and values are borrowed from it, the array is in `arena`. */
lc_error *lc_message_headers(const lc_message *message, lc_arena *arena, lc_kafka_header **ret_headers,
                             size_t *ret_count) LC_RESULT;

/* The partitions held now. Borrowed until the next poll. */
size_t lc_consumer_assignment(lc_consumer *consumer, lc_assigned *const **ret_partitions);
lc_assigned *lc_consumer_find(lc_consumer *consumer, const char *topic, int32_t partition); /* or NULL */

/* Stop and go on fetching, for some partitions or for all that are held. Pausing what is paused and resuming
 * what is not are no-ops. A new assignment is not paused. */
lc_error *lc_consumer_pause(lc_consumer *consumer, lc_assigned *const *partitions, size_t count) LC_RESULT;
lc_error *lc_consumer_resume(lc_consumer *consumer, lc_assigned *const *partitions, size_t count) LC_RESULT;
lc_error *lc_consumer_pause_all(lc_consumer *consumer) LC_RESULT;
lc_error *lc_consumer_resume_all(lc_consumer *consumer) LC_RESULT;

/* The next message of the partition will be the first at or after `offset` (or LC_OFFSET_BEGINNING / END).
 * Messages already polled stay as they are. */
lc_error *lc_consumer_seek(lc_consumer *consumer, lc_assigned *partition, int64_t offset) LC_RESULT;
/* The offset after the last message that poll returned, where consumption started before that, or
 * LC_OFFSET_BEGINNING / END as long as that is not known in numbers. From any thread. */
int64_t lc_consumer_position(const lc_assigned *partition);

/* Commits offset (of the next record to read) and metadata of each item; errors of single partitions are
 * put into the items and summed up in the result. Retriable errors say so. */
lc_error *lc_consumer_commit(lc_consumer *consumer, lc_offsets *offsets, int64_t timeout_ms) LC_RESULT;
/* Same without waiting: `done` is called with the outcome (NULL: committed; owned by the callee's caller) on
 * the polling thread, inside a later poll or close. */
typedef void lc_commit_done(void *context, const lc_offsets *offsets, const lc_error *error);
lc_error *lc_consumer_commit_async(lc_consumer *consumer, const lc_offsets *offsets, lc_commit_done *done,
                                   void *context) LC_RESULT;
/* Fills in what the group has committed for each item: LC_OFFSET_NONE where nothing is. */
lc_error *lc_consumer_committed(lc_consumer *consumer, lc_offsets *offsets, int64_t timeout_ms) LC_RESULT;
/* Fills in the first / the next offset of each partition's log. */
lc_error *lc_consumer_beginning_offsets(lc_consumer *consumer, lc_offsets *offsets,
                                        int64_t timeout_ms) LC_RESULT;
lc_error *lc_consumer_end_offsets(lc_consumer *consumer, lc_offsets *offsets, int64_t timeout_ms) LC_RESULT;
/* Records between position and the end of the log as last seen by fetching; -1 when not known yet. */
int64_t lc_consumer_lag(lc_consumer *consumer, const lc_assigned *partition);

#endif
