/* Keeps fetching awake in old librdkafka.
 *
 * Before 2.2 a broker thread that stopped fetching because its queue was full looks again only when it wakes
 * up for another reason, at the latest after a second: a fast consumer starves in between. Any request to
 * that broker wakes it. So when a queue that was full is half empty, a thread of ours asks for the
 * partitions' watermarks. Newer versions have fetch.queue.backoff.ms and need none of this. Called by the
 * polling thread. */
#ifndef LC_KAFKA_CONSUMER_NUDGE_H
#define LC_KAFKA_CONSUMER_NUDGE_H

#include "kafka/consumer.h"
#include "kafka/rd.h"

typedef struct lc_nudge lc_nudge;

/* `limit_bytes` is queued.max.messages.kbytes in bytes, `limit_messages` queued.min.messages. */
lc_nudge *lc_nudge_new(rd_kafka_t *rk, size_t limit_bytes, size_t limit_messages);
/* Waits for a request under way, at most its time-out. Accepts NULL. */
void lc_nudge_free(lc_nudge *nudge);
/* After a poll: how long the queue is now, and what was taken from it. Cheap; asks when it is time. */
void lc_nudge_polled(lc_nudge *nudge, size_t queue_length, size_t messages, size_t bytes,
                     lc_assigned *const *partitions, size_t count);

#endif
