#include "kafka/rd.h"

#include <limits.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/confine.h"
#include "base/memory.h"
#include "base/thread.h"

static lc_log_level level_of(int syslog_level)
{
    static const lc_log_level levels[] = {LC_LOG_FATAL, LC_LOG_FATAL, LC_LOG_FATAL, LC_LOG_ERROR,
                                          LC_LOG_WARN,  LC_LOG_INFO,  LC_LOG_INFO,  LC_LOG_DEBUG};
    return levels[syslog_level & 7];
}

static void log_line(lc_rd_client *client, lc_log_level level, const char *text)
{
    pthread_mutex_lock(&client->lock);
    if (client->log.line) client->log.line(client->log.context, level, client->id, text);
    pthread_mutex_unlock(&client->lock);
}

void lc_rd_log(lc_rd_client *client, lc_log_level level, const char *format, ...)
{
    lc_auto(lc_buf) text = {0};
    va_list args;
    va_start(args, format);
    lc_buf_vprintf(&text, format, args);
    va_end(args);
    log_line(client, level, text.data);
}

/* Said elsewhere: connection failures come as errors, too, and settings are judged by client_config.c. */
static bool is_repetition(const char *facility)
{
    return !strcmp(facility, "FAIL") || !strcmp(facility, "CONFWARN");
}

/* librdkafka's "[thrd:…]: " prefix tells users nothing. */
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    lc_rd_client *client = rd_kafka_opaque(rk);
    const char *thread_end = !strncmp(text, "[thrd:", 6) ? strstr(text, "]: ") : NULL;
    lc_log_level shown = is_repetition(facility) ? LC_LOG_DEBUG : level_of(level);
    lc_rd_log(client, shown, "%s: %s", facility, thread_end ? thread_end + 3 : text);
}

static bool is_connection_failure(rd_kafka_resp_err_t err)
{
    return err == RD_KAFKA_RESP_ERR__TRANSPORT || err == RD_KAFKA_RESP_ERR__RESOLVE ||
           err == RD_KAFKA_RESP_ERR__SSL || err == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
           err == RD_KAFKA_RESP_ERR__TIMED_OUT;
}

void lc_rd_note_error(lc_rd_client *client, rd_kafka_resp_err_t err, const char *reason)
{
    if (is_connection_failure(err) && reason) {
        pthread_mutex_lock(&client->lock);
        free(client->last_failure);
        client->last_failure = lc_strdup(reason);
        client->last_failure_err = err;
        pthread_mutex_unlock(&client->lock);
    }
    bool severe = err == RD_KAFKA_RESP_ERR__FATAL || err == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
                  err == RD_KAFKA_RESP_ERR__SSL;
    lc_rd_log(client, severe ? LC_LOG_ERROR : LC_LOG_WARN, "%s: %s", rd_kafka_err2name(err),
              reason ? reason : rd_kafka_err2str(err));
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
    (void)rk;
    lc_rd_note_error(opaque, (rd_kafka_resp_err_t)err, reason);
}

static void client_free(lc_rd_client *client)
{
    free(client->id);
    free(client->last_failure);
    pthread_mutex_destroy(&client->lock);
    free(client);
}

static char *client_id(const rd_kafka_conf_t *conf)
{
    char id[256] = "";
    size_t size = sizeof id;
    rd_kafka_conf_get(conf, "client.id", id, &size);
    return lc_strdup(id);
}

typedef struct birth {
    rd_kafka_type_t type;
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk;
    char why[512];
} birth;

/* Its threads have the filter of the thread that makes them, and reach the network. */
static void give_birth(void *arg)
{
    birth *b = arg;
    b->rk = rd_kafka_new(b->type, b->conf, b->why, sizeof b->why);
}

lc_error *lc_rd_client_open(lc_client_config *config, const lc_client_log *log, lc_rd_prepare *prepare,
                            void *owner, lc_rd_client **ret_client)
{
    rd_kafka_conf_t *conf;
    LC_TRY(lc_rd_conf_build(config, &conf));
    lc_rd_client *client = lc_alloc(sizeof *client);
    pthread_mutex_init(&client->lock, NULL);
    client->id = client_id(conf);
    client->kind = lc_client_config_kind(config);
    client->owner = owner;
    if (log) client->log = *log;
    rd_kafka_conf_set_opaque(conf, client);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (prepare) prepare(conf);
    rd_kafka_type_t type = client->kind == LC_CLIENT_CONSUMER ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
    birth b = {.type = type, .conf = conf};
    lc_unconfined_call(give_birth, &b);
    client->rk = b.rk;
    if (client->rk) {
        *ret_client = client;
        return NULL;
    }
    rd_kafka_conf_destroy(conf);
    lc_error *error =
        lc_fail(LC_E_CONFIG, "The Kafka client '%s' can't be made from its settings: %s", client->id, b.why);
    client_free(client);
    return error;
}

typedef struct farewell {
    lc_rd_client *client;
    lc_rd_goodbye goodbye;
} farewell;

/* Leaving a group while its coordinator is away crashes librdkafka before 2.14.2; the session time-out cleans
 * up. */
static bool coordinator_answers(rd_kafka_t *rk)
{
    enum { PROBE_MS = 2000 };
    rd_kafka_topic_partition_list_t *probe = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(probe, "lc-probe", 0);
    rd_kafka_resp_err_t err = rd_kafka_committed(rk, probe, PROBE_MS);
    rd_kafka_topic_partition_list_destroy(probe);
    return err != RD_KAFKA_RESP_ERR__TIMED_OUT && err != RD_KAFKA_RESP_ERR__TRANSPORT &&
           err != RD_KAFKA_RESP_ERR__WAIT_COORD;
}

/* A handle that is destroyed while commits wait for a coordinator that is away keeps a processor busy until
 * they time out (2.0.2): this waits without that. They time out after session.timeout.ms. */
static void wait_for_attic(lc_rd_client *client)
{
    enum { PATIENCE_MS = 90000, STEP_MS = 1000 };
    if (!client->attic_queue) return;
    int64_t deadline = lc_monotonic_ms() + PATIENCE_MS;
    while (client->attic && lc_rd_left(deadline)) rd_kafka_queue_poll_callback(client->attic_queue, STEP_MS);
    rd_kafka_queue_destroy(client->attic_queue);
}

static void run_farewell(void *arg)
{
    farewell *task = arg;
    rd_kafka_t *rk = task->client->rk;
    int flags = RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE;
    if (task->goodbye == LC_RD_LEAVE_GROUP && coordinator_answers(rk)) rd_kafka_consumer_close(rk);
    wait_for_attic(task->client);
    rd_kafka_destroy_flags(rk, flags);
    lc_rd_clear_attic(task->client);
    client_free(task->client);
    free(task);
}

bool lc_rd_client_close(lc_rd_client *client, lc_rd_goodbye goodbye, int64_t timeout_ms)
{
    pthread_mutex_lock(&client->lock);
    client->log.line = NULL;
    client->owner = NULL;
    pthread_mutex_unlock(&client->lock);
    farewell *task = lc_alloc(sizeof *task);
    *task = (farewell){client, goodbye};
    lc_thread *thread;
    lc_error *error = lc_thread_start("lc-kafka-close", 0, run_farewell, task, &thread);
    if (error) {
        lc_error_free(error);
        run_farewell(task);
        return true;
    }
    if (lc_thread_join(thread, timeout_ms < 0 ? 0 : timeout_ms)) return true;
    lc_thread_abandon(thread);
    return false;
}

int lc_rd_left(int64_t deadline_ms)
{
    int64_t left = deadline_ms - lc_monotonic_ms();
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

rd_kafka_topic_partition_list_t *lc_rd_list(const lc_offsets *offsets)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)offsets->count);
    for (size_t i = 0; i < offsets->count; i++) {
        const lc_topic_offset *item = &offsets->items[i];
        rd_kafka_topic_partition_t *to =
            rd_kafka_topic_partition_list_add(list, item->topic, item->partition);
        to->offset = item->offset;
        if (!item->metadata) continue;
        to->metadata_size = strlen(item->metadata);
        to->metadata = strdup(item->metadata);
    }
    return list;
}

void lc_rd_list_back(lc_rd_client *client, const rd_kafka_topic_partition_list_t *list, lc_offsets *offsets,
                     const char *what)
{
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *from = &list->elems[i];
        lc_topic_offset *item = lc_offsets_find(offsets, from->topic, from->partition);
        if (!item) continue;
        item->offset = from->offset;
        free((char *)item->metadata);
        item->metadata = from->metadata ? lc_strndup(from->metadata, from->metadata_size) : NULL;
        lc_error_free(item->error);
        item->error = lc_rd_client_error(client, from->err, "%s %s-%d", what, from->topic, from->partition);
    }
}

lc_error *lc_rd_topics(lc_rd_client *client, int64_t timeout_ms, lc_strings *ret_names)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err =
        rd_kafka_metadata(client->rk, 1, NULL, &metadata, lc_rd_left(lc_monotonic_ms() + timeout_ms));
    if (err) return lc_rd_client_error(client, err, "Listing the topics of the cluster failed");
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (!metadata->topics[i].err) lc_strings_add(ret_names, metadata->topics[i].topic);
    rd_kafka_metadata_destroy(metadata);
    return NULL;
}

rd_kafka_resp_err_t lc_rd_worst(rd_kafka_resp_err_t err, const rd_kafka_topic_partition_list_t *list)
{
    if (err && err != RD_KAFKA_RESP_ERR__NO_OFFSET) return err;
    for (int i = 0; list && i < list->cnt; i++)
        if (list->elems[i].err) return list->elems[i].err;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}
