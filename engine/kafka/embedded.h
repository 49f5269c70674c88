/* A broker inside the process, for trying things out without Kafka: librdkafka's mock cluster.
 *
 *   source ─▶ room? ─▶ [ about 5 MB of newest data per partition, older is thrown away ] ─▶ sink
 *
 * The mock forgets the oldest records of a partition beyond about 5 MB. So that none is lost, producers
 * ask lc_embedded_room first: it holds them while the slowest registered reader is too far behind.
 * Nothing is durable, no compaction, no TLS. Thread-safe. */
#ifndef LC_KAFKA_EMBEDDED_H
#define LC_KAFKA_EMBEDDED_H

#include "kafka/types.h"

typedef struct lc_embedded lc_embedded;

/* Starts a cluster of one broker on a loopback port. */
lc_error *lc_embedded_start(const lc_client_log *log, lc_embedded **ret_embedded) LC_RESULT;
void lc_embedded_stop(lc_embedded *embedded); /* accepts NULL; close all clients of it first */
const char *lc_embedded_bootstrap(const lc_embedded *embedded); /* for bootstrap.servers */

/* Makes a topic; one that exists already is left as it is (false in ret_created, which may be NULL). */
lc_error *lc_embedded_create_topic(lc_embedded *embedded, const char *topic, int32_t partitions,
                                   bool *ret_created) LC_RESULT;
/* 0 when there is no such topic. */
int32_t lc_embedded_partitions(lc_embedded *embedded, const char *topic);

/* The accounting of one partition. Stable from first asking to stop; ask once, not per record. */
typedef struct lc_embedded_lane lc_embedded_lane;
lc_embedded_lane *lc_embedded_lane_of(lc_embedded *embedded, const char *topic, int32_t partition);

/* A record of `bytes` (key + value + headers) was accepted for sending. */
void lc_embedded_note_produced(lc_embedded_lane *lane, size_t bytes);
/* `count` records with `bytes` in all were stored, up to and including `last_offset` (from delivery reports).
 */
void lc_embedded_note_stored(lc_embedded_lane *lane, size_t bytes, size_t count, int64_t last_offset);
/* A record that was noted as produced could not be sent after all. */
void lc_embedded_note_failed(lc_embedded_lane *lane, size_t bytes);
/* Says that a reader (by group or any other name) depends on the lane from `offset` on (its position), which may
 * be further back than before: writers wait until it has come near again. */
void lc_embedded_note_reader(lc_embedded_lane *lane, const char *reader, int64_t offset);
/* The reader has delivered everything before `offset` and will not ask for it again. One that isn't known yet is
 * from now on; a position further back than its own changes nothing. */
void lc_embedded_note_consumed(lc_embedded_lane *lane, const char *reader, int64_t offset);
/* The reader is gone for good: it holds nobody any longer. */
void lc_embedded_forget_reader(lc_embedded *embedded, const char *reader);

/* Whether a record of `bytes` may be sent now. When not, *ret_reason (may be NULL) is a text for a status or
 * a log line, valid until the next call for this lane. */
bool lc_embedded_room(lc_embedded_lane *lane, size_t bytes, const char **ret_reason);

#endif
