/* A compacted topic read from its beginning to its end and followed from there: the store behind
 * configurations, offsets and states (Connect's KafkaBasedLog).
 *
 * A thread of its own consumes every partition without a group and hands each record to the reader in
 * order of its partition. It knows nothing of what the records mean. */
#ifndef LC_KAFKA_TOPIC_LOG_H
#define LC_KAFKA_TOPIC_LOG_H

#include "kafka/client_config.h"

typedef struct lc_topic_log lc_topic_log;

typedef struct lc_log_record {
    const void *key; /* NULL: null */
    size_t key_len;
    const void *value; /* NULL: a tombstone */
    size_t value_len;
    int32_t partition;
    int64_t offset;
    int64_t timestamp;
} lc_log_record;

typedef struct lc_log_reader {
    /* Called for each record, on the log's thread (during start: also there). */
    void (*record)(void *context, const lc_log_record *record);
    /* Called when the log can't go on by itself (topic gone, not authorised); may be NULL. */
    void (*failed)(void *context, const lc_error *error);
    void *context;
} lc_log_reader;

typedef struct lc_topic_log_options {
    const char *topic;
    lc_client_config *consumer; /* kind consumer; isolation.level is honoured */
    lc_client_config *producer; /* kind producer, or NULL for a log that is only read */
    lc_client_log log;
    lc_log_reader reader;
} lc_topic_log_options;

/* Opens the clients, starts the thread and reads to the end once; a reader of committed records to where the
 * oldest open transaction begins. The topic must exist: LC_E_NOT_FOUND. */
lc_error *lc_topic_log_open(const lc_topic_log_options *options, int64_t timeout_ms,
                            lc_topic_log **ret_log) LC_RESULT;
void lc_topic_log_close(lc_topic_log *log, int64_t timeout_ms); /* accepts NULL */

/* Returns when every record that was in the topic at the time of the call went through the reader; with
 * committed records only, also when open transactions were decided. LC_E_TIMEOUT, retriable. From any thread
 * but the log's. */
lc_error *lc_topic_log_read_to_end(lc_topic_log *log, int64_t timeout_ms) LC_RESULT;
/* Writes one record and waits for the brokers' acknowledgement. A NULL value is a tombstone. Key and value
 * are only needed during the call. From any thread but the log's. */
lc_error *lc_topic_log_send(lc_topic_log *log, lc_text key, lc_text value, int64_t timeout_ms) LC_RESULT;
/* Same for several records: sent together, waits for all. */
lc_error *lc_topic_log_send_all(lc_topic_log *log, const lc_text *keys, const lc_text *values, size_t count,
                                int64_t timeout_ms) LC_RESULT;
int32_t lc_topic_log_partitions(const lc_topic_log *log);

#endif
