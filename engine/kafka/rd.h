/* What the files of this folder share about librdkafka. The only header that includes rdkafka.h.
 *
 * An lc_rd_client is one rd_kafka_t with its log callback, its last connection failure (so that time-outs can
 * name the broker) and a way to be destroyed with a deadline: rd_kafka_destroy of 2.0.2 may block for ever,
 * so it runs on a thread that is left behind when it takes too long. */
#ifndef LC_KAFKA_RD_H
#define LC_KAFKA_RD_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>
#include "kafka/client_config.h"

typedef struct lc_rd_client {
    rd_kafka_t *rk;
    char *id; /* client.id */
    lc_client_kind kind;
    void *owner;                          /* what callbacks of the owner work on; NULL while closing */
    pthread_mutex_t lock;                 /* guards log and last_failure */
    lc_client_log log;                    /* .line is NULL once the owner has gone */
    char *last_failure;                   /* the newest connection failure, or NULL */
    rd_kafka_resp_err_t last_failure_err; /* its kind */
    /* Commits that nobody waits for any longer, and the queue of their answers (consumer_commit.c). */
    struct lc_pending_commit *attic;
    rd_kafka_queue_t *attic_queue;
} lc_rd_client;

/* What a user of a client adds to its librdkafka configuration before the handle is made. */
typedef void lc_rd_prepare(rd_kafka_conf_t *conf);

/* Translates `config`, makes the handle. Errors: LC_E_CONFIG. */
lc_error *lc_rd_client_open(lc_client_config *config, const lc_client_log *log, lc_rd_prepare *prepare,
                            void *owner, lc_rd_client **ret_client) LC_RESULT;

typedef enum lc_rd_goodbye {
    LC_RD_DESTROY,    /* just destroy */
    LC_RD_LEAVE_GROUP /* leave the consumer group first, if its coordinator answers */
} lc_rd_goodbye;

/* Destroys handle and client on a thread; false when it was left behind after `timeout_ms`. From now on
 * nothing is logged and owner callbacks do nothing. Everything taken from the handle must have been given
 * back. */
bool lc_rd_client_close(lc_rd_client *client, lc_rd_goodbye goodbye, int64_t timeout_ms);

void lc_rd_log(lc_rd_client *client, lc_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Called for RD_KAFKA_EVENT_ERROR and by error_cb: remembers and logs. */
void lc_rd_note_error(lc_rd_client *client, rd_kafka_resp_err_t err, const char *reason);

/* An error from a code of Kafka's or librdkafka's: "<what>: <its text> (<NAME>). <what to do>"; NULL from
 * RD_KAFKA_RESP_ERR_NO_ERROR. */
lc_error *lc_rd_error(rd_kafka_resp_err_t err, const char *what, ...)
    __attribute__((format(printf, 2, 3))) LC_RESULT;
/* Same, and for time-outs and transport errors with the client's last connection failure. */
lc_error *lc_rd_client_error(lc_rd_client *client, rd_kafka_resp_err_t err, const char *what, ...)
    __attribute__((format(printf, 3, 4))) LC_RESULT;
/* Same from an error object, which is destroyed; NULL gives NULL. */
lc_error *lc_rd_take(lc_rd_client *client, rd_kafka_error_t *error, const char *what) LC_RESULT;
bool lc_rd_is_retriable(rd_kafka_resp_err_t err);

/* Finds the conf of a configuration (client_config.c). */
lc_error *lc_rd_conf_build(lc_client_config *config, rd_kafka_conf_t **ret_conf) LC_RESULT;

/* List conversion. The caller destroys the librdkafka list. */
rd_kafka_topic_partition_list_t *lc_rd_list(const lc_offsets *offsets);
/* Copies offsets, metadata and errors of `list` back into the items of the same partitions. */
void lc_rd_list_back(lc_rd_client *client, const rd_kafka_topic_partition_list_t *list, lc_offsets *offsets,
                     const char *what);
/* The first error among a request and its partitions; a partition without an offset is none. */
rd_kafka_resp_err_t lc_rd_worst(rd_kafka_resp_err_t err, const rd_kafka_topic_partition_list_t *list);
/* Milliseconds left until a monotonic deadline, 0 when it has passed, at most INT_MAX. */
int lc_rd_left(int64_t deadline_ms);

/* The client inside of a producer (producer.c), for asking its cluster. */
struct lc_producer;
lc_rd_client *lc_producer_client(struct lc_producer *producer);

/* Frees the commits of an attic that were never answered (consumer_commit.c). */
void lc_rd_clear_attic(lc_rd_client *client);

/* All topic names through a metadata request. */
lc_error *lc_rd_topics(lc_rd_client *client, int64_t timeout_ms, lc_strings *ret_names) LC_RESULT;

#endif
