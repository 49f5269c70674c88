#include "kafka/rd.h"

#include <stdlib.h>

#include "base/buf.h"

#define UNREACHABLE "check bootstrap.servers, and that the broker runs and can be reached from here"
#define TOO_SLOW "the cluster may be down or overloaded; it is safe to try again"
#define MOVED "the cluster is moving leaders or coordinators; it is safe to try again"
#define NOT_ALLOWED "grant the missing ACL to this client's principal"
#define LOGIN "check sasl.mechanism and sasl.jaas.config against what the broker accepts"
#define REOPEN "the client has to be opened again"
#define IN_USE "stop the members of the group first"

/* Only what is not {LC_E_KAFKA, not retriable, no advice}. */
static const struct meaning {
    rd_kafka_resp_err_t err;
    lc_code code;
    bool retriable;
    const char *advice;
} meanings[] = {
    {RD_KAFKA_RESP_ERR__TRANSPORT, LC_E_KAFKA, true, UNREACHABLE},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, LC_E_KAFKA, true, UNREACHABLE},
    {RD_KAFKA_RESP_ERR__RESOLVE, LC_E_KAFKA, true,
     "check the host names in bootstrap.servers and the name service"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, LC_E_TIMEOUT, true, TOO_SLOW},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, LC_E_TIMEOUT, true, TOO_SLOW},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, LC_E_TIMEOUT, true,
     "the record was not acknowledged within delivery.timeout.ms"},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, LC_E_TIMEOUT, true, TOO_SLOW},
    {RD_KAFKA_RESP_ERR__WAIT_COORD, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR__WAIT_CACHE, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR__RETRY, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, LC_E_KAFKA, true, UNREACHABLE},
    {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_NOT_CONTROLLER, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, LC_E_KAFKA, true,
     "fewer replicas are in sync than min.insync.replicas asks for"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, LC_E_KAFKA, true,
     "fewer replicas are in sync than min.insync.replicas asks for"},
    {RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, LC_E_KAFKA, true, "the broker has trouble with its disk"},
    {RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_INVALID_MSG, LC_E_KAFKA, true,
     "the record was damaged on its way; it is safe to try again"},
    {RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, LC_E_KAFKA, true,
     "the group is rebalancing; commit again after it"},
    {RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, LC_E_KAFKA, true, MOVED},
    {RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, LC_E_KAFKA, true,
     "a transaction on these offsets is still open"},
    {RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, LC_E_KAFKA, true,
     "a quota of the cluster is used up for the moment"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, LC_E_NOT_FOUND, true,
     "create the topic, or allow the broker to create it"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, LC_E_NOT_FOUND, false, "the topic has fewer partitions than that"},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, LC_E_NOT_FOUND, true,
     "create the topic, or allow the broker to create it"},
    {RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND, LC_E_NOT_FOUND, false, "check the name of the group"},
    {RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, LC_E_EXISTS, false,
     "use the topic that exists, or another name"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, LC_E_CONFIG, false,
     "topic names have up to 249 of the characters a-z A-Z 0-9 . _ -"},
    {RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, LC_E_CONFIG, false,
     "ask for at least one partition, or -1 for the default"},
    {RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, LC_E_CONFIG, false,
     "the cluster has fewer brokers than replicas asked for"},
    {RD_KAFKA_RESP_ERR_INVALID_CONFIG, LC_E_CONFIG, false, "correct the topic's settings"},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, LC_E_CONFIG, false, "the cluster's policy refuses it"},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, LC_E_TOO_LARGE, false,
     "raise max.request.size of the producer and max.message.bytes of the topic, or make the record smaller"},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, LC_E_TOO_LARGE, false,
     "raise segment.bytes of the topic, or lower batch.size"},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, LC_E_KAFKA, false,
     "a compacted topic takes only records that have a key"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, LC_E_FORBIDDEN, false, NOT_ALLOWED},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, LC_E_FORBIDDEN, false, NOT_ALLOWED},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, LC_E_FORBIDDEN, false, NOT_ALLOWED},
    {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, LC_E_FORBIDDEN, false, NOT_ALLOWED},
    {RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTHORIZATION_FAILED, LC_E_FORBIDDEN, false, NOT_ALLOWED},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, LC_E_KAFKA, false, LOGIN},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, LC_E_KAFKA, false, LOGIN},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, LC_E_KAFKA, false, LOGIN},
    {RD_KAFKA_RESP_ERR__SSL, LC_E_KAFKA, false,
     "check the ssl.* settings and the certificates of both sides"},
    {RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP, LC_E_CONFLICT, false, IN_USE},
    {RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC, LC_E_CONFLICT, false, IN_USE},
    {RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, LC_E_CONFLICT, true,
     "members of another kind are in this group: stop them, or use another group.id"},
    {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, LC_E_KAFKA, false, "the group has rebalanced without this member"},
    {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, LC_E_KAFKA, false, "the group has rebalanced without this member"},
    {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, LC_E_KAFKA, false,
     "another client uses the same group.instance.id"},
    {RD_KAFKA_RESP_ERR__FENCED, LC_E_CONFLICT, false,
     "a newer producer with the same transactional.id took over"},
    {RD_KAFKA_RESP_ERR_PRODUCER_FENCED, LC_E_CONFLICT, false,
     "a newer producer with the same transactional.id took over"},
    {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, LC_E_CONFLICT, false,
     "a newer producer with the same transactional.id took over"},
    {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, LC_E_KAFKA, false, REOPEN},
    {RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, LC_E_KAFKA, true,
     "the brokers have forgotten this producer; it is safe to begin anew from the committed offsets"},
    {RD_KAFKA_RESP_ERR__FATAL, LC_E_KAFKA, false, REOPEN},
    {RD_KAFKA_RESP_ERR__PURGE_QUEUE, LC_E_TIMEOUT, true,
     "the record had not been sent when sending was given up"},
    {RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, LC_E_TIMEOUT, true,
     "the record had not been acknowledged when sending was given up"},
    {RD_KAFKA_RESP_ERR__QUEUE_FULL, LC_E_KAFKA, true, "wait for records to be acknowledged"},
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, LC_E_KAFKA, false,
     "set auto.offset.reset to earliest or latest, or move the offset"},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, LC_E_KAFKA, false,
     "set auto.offset.reset to earliest or latest, or move the offset"},
    {RD_KAFKA_RESP_ERR__INVALID_ARG, LC_E_ILLEGAL_ARGUMENT, false, NULL},
    {RD_KAFKA_RESP_ERR__STATE, LC_E_ILLEGAL_STATE, false, NULL},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, LC_E_UNSUPPORTED, false,
     "the broker is too old or too new for this"},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, LC_E_UNSUPPORTED, false,
     "the broker is too old or too new for this"},
};

static const struct meaning *meaning_of(rd_kafka_resp_err_t err)
{
    static const struct meaning plain = {.code = LC_E_KAFKA};
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].err == err) return &meanings[i];
    return &plain;
}

bool lc_rd_is_retriable(rd_kafka_resp_err_t err)
{
    return meaning_of(err)->retriable;
}

/* What went wrong: a code, its text if it has a better one than its own, and the connection failure behind
 * it. */
typedef struct trouble {
    rd_kafka_resp_err_t err;
    const char *detail;
    const char *failure;
    rd_kafka_resp_err_t failure_err;
} trouble;

/* "<what>: <text> (<NAME>)[; last connection failure: <failure>]. What to do: <advice>" */
__attribute__((format(printf, 2, 0))) static lc_error *compose(const trouble *found, const char *what,
                                                               va_list args)
{
    const struct meaning *meaning = meaning_of(found->err);
    const char *advice = found->failure ? meaning_of(found->failure_err)->advice : meaning->advice;
    lc_auto(lc_buf) text = {0};
    lc_buf_vprintf(&text, what, args);
    lc_buf_printf(&text, ": %s (%s)", found->detail ? found->detail : rd_kafka_err2str(found->err),
                  rd_kafka_err2name(found->err));
    if (found->failure) lc_buf_printf(&text, "; last connection failure: %s", found->failure);
    if (advice) lc_buf_printf(&text, ". What to do: %s", advice);
    lc_error *error = lc_fail_text(meaning->code, text.data, text.len);
    lc_error_set_retriable(error, meaning->retriable);
    return error;
}

lc_error *lc_rd_error(rd_kafka_resp_err_t err, const char *what, ...)
{
    if (!err) return NULL;
    va_list args;
    va_start(args, what);
    lc_error *error = compose(&(trouble){.err = err}, what, args);
    va_end(args);
    return error;
}

static bool wants_failure(rd_kafka_resp_err_t err)
{
    lc_code code = meaning_of(err)->code;
    return code == LC_E_TIMEOUT || err == RD_KAFKA_RESP_ERR__TRANSPORT ||
           err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

__attribute__((format(printf, 4, 0))) static lc_error *
compose_for(lc_rd_client *client, rd_kafka_resp_err_t err, const char *detail, const char *what, va_list args)
{
    pthread_mutex_lock(&client->lock);
    trouble found = {.err = err, .detail = detail};
    if (wants_failure(err))
        found.failure = client->last_failure, found.failure_err = client->last_failure_err;
    lc_error *error = compose(&found, what, args);
    pthread_mutex_unlock(&client->lock);
    return error;
}

lc_error *lc_rd_client_error(lc_rd_client *client, rd_kafka_resp_err_t err, const char *what, ...)
{
    if (!err) return NULL;
    va_list args;
    va_start(args, what);
    lc_error *error = compose_for(client, err, NULL, what, args);
    va_end(args);
    return error;
}

__attribute__((format(printf, 4, 5))) static lc_error *detailed(lc_rd_client *client, rd_kafka_resp_err_t err,
                                                                const char *detail, const char *what, ...)
{
    va_list args;
    va_start(args, what);
    lc_error *error = compose_for(client, err, detail, what, args);
    va_end(args);
    return error;
}

lc_error *lc_rd_take(lc_rd_client *client, rd_kafka_error_t *error, const char *what)
{
    if (!error) return NULL;
    lc_error *taken = detailed(client, rd_kafka_error_code(error), rd_kafka_error_string(error), "%s", what);
    if (rd_kafka_error_is_retriable(error)) lc_error_set_retriable(taken, true);
    rd_kafka_error_destroy(error);
    return taken;
}
