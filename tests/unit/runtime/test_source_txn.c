/* Transactions of a source task under errors that brokers give to each of their requests: they are survived, or the
 * task may begin anew with another producer, or it ends because it was shut out or lacks a right. */
#include "../../mock/mock_cluster.h"
#include "runtime/source_txn.h"
#include "runtime/task_internal.h"

enum { API_FIND_COORDINATOR = 10, API_INIT_PRODUCER_ID = 22, API_ADD_PARTITIONS = 24, API_END_TXN = 26 };

typedef enum ending { DONE, ANEW, OVER } ending;

static const struct scene {
    const char *name;
    bool opening; /* the errors come while the id is claimed */
    int16_t api;
    rd_kafka_resp_err_t error;
    int times;
    ending ending;
    lc_code code; /* when it is over */
} scenes[] = {
    {"looking for the coordinator", true, API_FIND_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, 2, DONE, 0},
    {"claiming, an older one ends", true, API_INIT_PRODUCER_ID, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, 2, DONE, 0},
    {"claiming, coordinator moved", true, API_INIT_PRODUCER_ID, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 1, DONE, 0},
    {"claiming, coordinator loads", true, API_INIT_PRODUCER_ID, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 1, DONE, 0},
    {"claiming isn't allowed", true, API_INIT_PRODUCER_ID, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 1, OVER,
     LC_E_FORBIDDEN},
    {"registering waits", false, API_ADD_PARTITIONS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, 2, DONE, 0},
    {"registering, coordinator moved", false, API_ADD_PARTITIONS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 1, DONE, 0},
    {"registering is fenced", false, API_ADD_PARTITIONS, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1, OVER, LC_E_CONFLICT},
    {"registering isn't allowed", false, API_ADD_PARTITIONS, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1, OVER,
     LC_E_FORBIDDEN},
    {"writing, leader moved", false, API_PRODUCE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 2, DONE, 0},
    {"writing, replicas are missing", false, API_PRODUCE, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, 2, DONE, 0},
    {"writing out of order", false, API_PRODUCE, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 1, ANEW, 0},
    {"writing, the id is forgotten", false, API_PRODUCE, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, 1, ANEW, 0},
    {"writing is fenced", false, API_PRODUCE, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, 1, OVER, LC_E_CONFLICT},
    {"committing, coordinator moved", false, API_END_TXN, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, 1, DONE, 0},
    {"committing, coordinator loads", false, API_END_TXN, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 2, DONE, 0},
    {"committing what has ended", false, API_END_TXN, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, 1, ANEW, 0},
    {"committing is fenced", false, API_END_TXN, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, 1, OVER, LC_E_CONFLICT},
};

static const char *offsets_topic(const lc_offset_store *store)
{
    (void)store;
    return "offsets";
}

static void expand(lc_offset_store *store, const lc_offset_entry *entries, size_t count,
                   void (*each)(void *context, lc_text key, lc_text value), void *context)
{
    (void)store;
    for (size_t i = 0; i < count; i++) each(context, entries[i].key, entries[i].value);
}

static const lc_offset_store_class store_class = {.topic = offsets_topic, .expand = expand};

typedef struct stage {
    mock cluster;
    lc_props *settings, *connector;
    lc_log_t *log;
    lc_worker_core *core;
    lc_offset_store store;
    lc_offset_store *own; /* the worker's */
    char connector_name[2];
    lc_task task;
} stage;

static void silent(void *context, lc_log_level level, const char *logger, const char *line, size_t len)
{
    (void)context, (void)level, (void)logger, (void)line, (void)len;
}

static void set_up(stage *s)
{
    s->cluster = mock_start(1);
    rd_kafka_mock_topic_create(s->cluster.cluster, "t", 1, 1);
    rd_kafka_mock_topic_create(s->cluster.cluster, "offsets", 1, 1);
    const char *const settings[][2] = {
        {"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(s->cluster.cluster)},
        {"group.id", "g"},
        {"config.storage.topic", "configs"},
        {"offset.storage.topic", "offsets"},
        {"status.storage.topic", "statuses"},
        {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
        {"value.converter", "org.apache.kafka.connect.storage.StringConverter"},
        {"exactly.once.source.support", "enabled"},
        {"producer.retry.backoff.ms", "20"},
    };
    s->settings = lc_props_new();
    s->connector = lc_props_new();
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        lc_props_set(s->settings, settings[i][0], settings[i][1]);
    lc_props_set(s->connector, "name", "c");
    s->log = lc_log_new(LC_LOG_LOGFMT, silent, NULL);
    ok(lc_worker_core_new(s->settings, true, s->log, &s->core));
    s->own = s->core->offsets;
    s->store.klass = &store_class;
    s->core->offsets = &s->store;
    s->connector_name[0] = 'c';
    s->task = (lc_task){.worker = s->core, .connector = s->connector_name, .id_text = "0", .wanted = LC_WANT_RUN};
}

static void tear_down(stage *s)
{
    s->core->offsets = s->own;
    lc_worker_core_free(s->core);
    lc_log_free(s->log);
    lc_props_free(s->connector);
    lc_props_free(s->settings);
    mock_stop(&s->cluster);
}

static void inject(stage *s, const struct scene *scene)
{
    for (int i = 0; scene && i < scene->times; i++)
        rd_kafka_mock_push_request_errors(s->cluster.cluster, scene->api, 1, scene->error);
}

/* What became of a record ends the transaction. A producer that can't go on gives way to another, unless it was
 * shut out. */
static lc_error *stored(lc_source_txn *txn, const outcome *record)
{
    if (!record->code) return NULL;
    lc_error *error = lc_fail(record->code, "%s", record->message);
    lc_autoptr(lc_error) fatal = lc_producer_fatal(lc_source_txn_producer(txn));
    if (record->retriable || (fatal && lc_error_code(fatal) != LC_E_CONFLICT)) lc_error_set_retriable(error, true);
    lc_error *verdict = record->retriable ? lc_source_txn_verdict(txn) : NULL;
    if (verdict) lc_error_free(error);
    return verdict ? verdict : error;
}

/* One record and one offset in a transaction, as a task does it. */
static lc_error *transact(lc_source_txn *txn, outcome *record)
{
    static const lc_offset_entry offset = {LC_TEXT("[\"c\",{}]"), LC_TEXT("{\"at\":1}")};
    lc_producer *producer = lc_source_txn_producer(txn);
    lc_topic *topic = NULL;
    LC_TRY(lc_producer_topic(producer, "t", &topic));
    LC_TRY(lc_source_txn_begin(txn));
    CHECK_EQ_INT(send_text(producer, topic, 0, "x", record), LC_SEND_OK);
    LC_TRY(lc_source_txn_flush(txn));
    LC_TRY(stored(txn, record));
    return lc_source_txn_commit(txn, &offset, 1);
}

static void check_ending(const struct scene *scene, const lc_error *error, const outcome *record)
{
    ending seen = !error ? DONE : lc_error_is_retriable(error) ? ANEW : OVER;
    if (seen != scene->ending)
        fprintf(stderr, "    %s: %s\n", scene->name, error ? lc_error_message(error) : "no error");
    CHECK_EQ_INT(seen, scene->ending);
    if (seen == OVER) CHECK_EQ_STR(lc_code_name(lc_error_code(error)), lc_code_name(scene->code));
    /* What is committed was acknowledged. */
    if (seen == DONE) CHECK(atomic_load(&record->calls) == 1 && !record->code);
}

static lc_error *attempt(stage *s, const struct scene *scene, outcome *record)
{
    lc_source_txn *txn = NULL;
    if (scene && scene->opening) inject(s, scene);
    LC_TRY(lc_source_txn_open(&s->task, s->connector, &txn));
    if (scene && !scene->opening) inject(s, scene);
    lc_error *error = transact(txn, record);
    lc_source_txn_close(txn);
    return error;
}

static void play(const struct scene *scene)
{
    stage s = {0};
    outcome first = {0}, second = {0};
    set_up(&s);
    lc_autoptr(lc_error) error = attempt(&s, scene, &first);
    check_ending(scene, error, &first);
    /* Whoever begins anew has the id to himself again. */
    rd_kafka_mock_clear_request_errors(s.cluster.cluster, scene->api);
    if (scene->ending != OVER) ok(attempt(&s, NULL, &second));
    tear_down(&s);
}

TEST(every_error_has_its_ending)
{
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) play(&scenes[i]);
}

int main(void)
{
    RUN(every_error_has_its_ending);
    return check_report();
}
