/* The stores on internal topics against a real broker: creating and checking topics, leaders that fence each
 * other, transactions that are taken back, statuses, offsets.
 *
 *   test_stores BOOTSTRAP     makes topics named lcst-… */
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "check.h"
#include "cluster/config_store.h"
#include "cluster/internal_topic.h"
#include "cluster/offset_topic.h"
#include "cluster/status_store.h"
#include "cluster/txn_writer.h"
#include "kafka/topic_log.h"
#include "runtime/client_settings.h"
#include "stores_worker.h"

enum { PATIENCE_MS = 20000 };

static const char *bootstrap;
static char stamp[32];

static const char *named(const char *name)
{
    static char texts[8][80];
    static int at;
    char *text = texts[at++ % 8];
    snprintf(text, sizeof texts[0], "lcst-%s-%s", name, stamp);
    return text;
}

static void ok(lc_error *error)
{
    CHECK(error == NULL);
    if (error) {
        char *text = lc_error_to_text(error);
        fprintf(stderr, "    %s\n", text);
        free(text);
    }
    lc_error_free(error);
}

static void check_fails(lc_error *error, lc_code code, const char *part)
{
    CHECK_EQ_STR(lc_code_name(error ? lc_error_code(error) : LC_OK), lc_code_name(code));
    bool says = error && strstr(lc_error_message(error), part);
    CHECK(says);
    if (error && !says) fprintf(stderr, "    %s\n", lc_error_message(error));
    lc_error_free(error);
}

typedef struct cluster {
    lc_props *settings;
    lc_worker_core *worker;
    lc_log_t *log;
} cluster;

static cluster open_worker(lc_props *settings, const char *id)
{
    cluster c = {.settings = settings, .log = lc_log_new(LC_LOG_LOGFMT, lc_log_to_file, stderr)};
    lc_log_set_level(c.log, "root", LC_LOG_ERROR, 0);
    ok(lc_worker_core_new(settings, true, c.log, &c.worker));
    lc_worker_core_set_id(c.worker, id);
    return c;
}

static void close_worker(cluster *c)
{
    lc_worker_core_free(c->worker);
    lc_log_free(c->log);
    lc_props_free(c->settings);
}

static lc_props *config_of(const char *name, const char *value)
{
    lc_props *config = lc_props_new();
    lc_props_set(config, "name", name);
    lc_props_set(config, "v", value);
    return config;
}

static lc_error *write_connector(lc_config_store *store, const char *name, const char *value)
{
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_autoptr(lc_props) config = config_of(name, value);
    lc_config_batch_connector(batch, name, config);
    return lc_config_store_write(store, batch, PATIENCE_MS);
}

static const char *value_of(lc_config_store *store, const char *name, char *text, size_t size)
{
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(store);
    const lc_config_connector *c = lc_config_state_find(state, name);
    snprintf(text, size, "%s", c ? lc_props_get_or(c->config, "v", "") : "(none)");
    return text;
}
#define VALUE_OF(store, name) value_of(store, name, (char[80]){0}, 80)

TEST(makes_topics_and_checks_them)
{
    cluster c = open_worker(stores_settings(bootstrap, named("make")), "w:1");
    lc_admin *admin;
    ok(lc_worker_admin(c.worker, &admin));
    static const struct {
        lc_internal_topic topic;
        const char *suffix;
        int partitions;
    } topics[] = {
        {LC_TOPIC_CONFIGS, "configs", 1}, {LC_TOPIC_OFFSETS, "offsets", 3}, {LC_TOPIC_STATUSES, "status", 2}};
    lc_props_set(c.settings, "config.storage.min.insync.replicas", "1");
    for (size_t i = 0; i < 3; i++) {
        int32_t partitions = 0;
        char *policy = NULL;
        ok(lc_internal_topic_ensure(c.worker, topics[i].topic, PATIENCE_MS));
        ok(lc_internal_topic_ensure(c.worker, topics[i].topic, PATIENCE_MS));
        const char *name = lc_internal_topic_name(c.worker, topics[i].topic);
        /* A broker tells of a topic when it has heard of it itself, which may be a moment after it was made. */
        for (int tries = 0; tries < 100 && !partitions; tries++) {
            if (tries) lc_sleep_ms(50);
            ok(lc_admin_partitions(admin, name, PATIENCE_MS, &partitions));
        }
        CHECK_EQ_INT(partitions, topics[i].partitions);
        ok(lc_admin_topic_setting(admin, name, "cleanup.policy", PATIENCE_MS, &policy));
        CHECK_EQ_STR(policy, "compact");
        free(policy);
    }
    close_worker(&c);
}

static void check_topic(const char *setting, lc_internal_topic topic, int32_t partitions, const char *policy,
                        const char *part)
{
    const char *name = named(part ? setting : "fine");
    lc_props *settings = stores_settings(bootstrap, named("check"));
    lc_props_set(settings, setting, name);
    cluster c = open_worker(settings, "w:1");
    lc_admin *admin;
    lc_setting given = {"cleanup.policy", policy};
    ok(lc_worker_admin(c.worker, &admin));
    ok(lc_admin_create_topic(admin, &(lc_new_topic){name, partitions, 1, &given, 1}, PATIENCE_MS));
    lc_error *error = lc_internal_topic_ensure(c.worker, topic, PATIENCE_MS);
    if (part) check_fails(error, LC_E_CONFIG, part);
    else ok(error);
    ok(lc_admin_delete_topic(admin, name, PATIENCE_MS));
    close_worker(&c);
}

TEST(refuses_topics_that_are_not_fit)
{
    check_topic(
        "offset.storage.topic", LC_TOPIC_OFFSETS, 1, "delete",
        "'cleanup.policy=compact' to guarantee consistency and durability of source connector offsets, but "
        "found the topic currently has 'cleanup.policy=delete'");
    check_topic(
        "status.storage.topic", LC_TOPIC_STATUSES, 1, "compact,delete",
        "'cleanup.policy=compact,delete'. Continuing would likely result in eventually losing connector and "
        "task statuses");
    check_topic("config.storage.topic", LC_TOPIC_CONFIGS, 2, "compact",
                "required to have a single partition in order to guarantee consistency of connector "
                "configurations, but found 2 partitions.");
    check_topic("config.storage.topic", LC_TOPIC_CONFIGS, 1, "compact", NULL);
}

TEST(names_the_setting_when_a_topic_cannot_be_made)
{
    lc_props *settings = stores_settings(bootstrap, named("factor"));
    lc_props_set(settings, "config.storage.replication.factor", "3");
    cluster c = open_worker(settings, "w:1");
    lc_error *error = lc_internal_topic_ensure(c.worker, LC_TOPIC_CONFIGS, PATIENCE_MS);
    CHECK(error && !lc_error_is_retriable(error));
    check_fails(error, LC_E_CONFIG, "config.storage.replication.factor");
    close_worker(&c);
}

TEST(says_that_brokers_do_not_answer)
{
    cluster c = open_worker(stores_settings("127.0.0.1:1", named("none")), "w:1");
    lc_config_store *store = NULL;
    int64_t before = lc_monotonic_ms();
    lc_error *error = lc_config_store_open(c.worker, NULL, 1000, &store);
    CHECK(lc_monotonic_ms() - before < 3000);
    CHECK(error && lc_error_is_retriable(error));
    lc_error_free(error);
    close_worker(&c);
}

/* Two workers of one group, with stores. */
typedef struct pair {
    cluster a, b;
    lc_config_store *first, *second;
    atomic_int changes;
    char last[200]; /* name of the connector changed last, as the second was told */
} pair;

static void note_change(void *context, const lc_config_change *change)
{
    pair *p = context;
    if (change->kind != LC_CHANGED_CONNECTOR) return;
    snprintf(p->last, sizeof p->last, "%s", change->name);
    atomic_fetch_add(&p->changes, 1);
}

static void open_pair(pair *p, const char *group)
{
    *p = (pair){0};
    lc_config_listener listener = {note_change, p};
    p->a = open_worker(stores_settings(bootstrap, group), "a:1");
    p->b = open_worker(stores_settings(bootstrap, group), "b:1");
    ok(lc_config_store_open(p->a.worker, NULL, PATIENCE_MS, &p->first));
    ok(lc_config_store_open(p->b.worker, &listener, PATIENCE_MS, &p->second));
}

static void close_pair(pair *p)
{
    lc_config_store_close(p->first, 3000);
    lc_config_store_close(p->second, 3000);
    close_worker(&p->a);
    close_worker(&p->b);
}

TEST(a_leader_writes_and_others_see_it)
{
    pair p;
    int64_t epoch = 0;
    open_pair(&p, named("lead"));
    check_fails(write_connector(p.first, "c", "0"), LC_E_CONFLICT,
                "Error writing connector configuration to Kafka");
    int64_t before = lc_monotonic_ms();
    ok(lc_config_store_claim(p.first, PATIENCE_MS, &epoch));
    printf("claim: %lld ms\n", (long long)(lc_monotonic_ms() - before));
    CHECK_EQ_INT(epoch, 1);
    CHECK_EQ_INT(lc_config_store_epoch(p.first), 1);
    before = lc_monotonic_ms();
    ok(write_connector(p.first, "c", "1"));
    printf("write: %lld ms\n", (long long)(lc_monotonic_ms() - before));
    CHECK_EQ_STR(VALUE_OF(p.first, "c"), "1");
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(p.first);
    CHECK(lc_config_store_await(p.second, lc_config_state_offset(state), PATIENCE_MS));
    CHECK_EQ_STR(VALUE_OF(p.second, "c"), "1");
    for (int i = 0; i < 100 && !atomic_load(&p.changes); i++) lc_sleep_ms(10);
    CHECK_EQ_STR(p.last, "c");
    const char *worker;
    lc_autoptr(lc_config_state) seen = lc_config_store_snapshot(p.second);
    CHECK_EQ_INT(lc_config_state_leader(seen, &worker), 1);
    CHECK_EQ_STR(worker, "a:1");
    before = lc_monotonic_ms();
    for (int i = 0; i < 20; i++) ok(write_connector(p.first, "c", "many"));
    printf("20 writes: %lld ms\n", (long long)(lc_monotonic_ms() - before));
    close_pair(&p);
}

TEST(a_new_leader_fences_the_old_one)
{
    pair p;
    int64_t epoch = 0;
    open_pair(&p, named("fence"));
    ok(lc_config_store_claim(p.first, PATIENCE_MS, &epoch));
    ok(write_connector(p.first, "c", "first"));
    lc_sleep_ms(200); /* the markers of the first one's transaction are written behind it */
    int64_t before = lc_monotonic_ms();
    ok(lc_config_store_claim(p.second, PATIENCE_MS, &epoch));
    printf("second claim: %lld ms\n", (long long)(lc_monotonic_ms() - before));
    CHECK_EQ_INT(epoch, 2);
    CHECK_EQ_STR(VALUE_OF(p.second, "c"), "first");
    check_fails(write_connector(p.first, "c", "stale"), LC_E_CONFLICT,
                "Error writing connector configuration to Kafka");
    CHECK(lc_config_store_is_fenced(p.first));
    CHECK_EQ_INT(lc_config_store_epoch(p.first), 0);
    ok(write_connector(p.second, "c", "second"));
    ok(lc_config_store_refresh(p.first, PATIENCE_MS));
    CHECK_EQ_STR(VALUE_OF(p.first, "c"), "second");
    /* And back. */
    ok(lc_config_store_claim(p.first, PATIENCE_MS, &epoch));
    CHECK_EQ_INT(epoch, 3);
    ok(write_connector(p.first, "c", "third"));
    check_fails(write_connector(p.second, "c", "stale"), LC_E_CONFLICT, "connector configuration");
    lc_config_store_release(p.first);
    check_fails(write_connector(p.first, "c", "late"), LC_E_CONFLICT, "connector configuration");
    ok(lc_config_store_refresh(p.second, PATIENCE_MS));
    CHECK_EQ_STR(VALUE_OF(p.second, "c"), "third");
    close_pair(&p);
}

/* A leader that hasn't read of the other's claim yet is fenced by the broker. */
TEST(the_broker_fences_a_leader_that_knows_nothing_of_it)
{
    cluster c = open_worker(stores_settings(bootstrap, named("blind")), "w:1");
    lc_client_log log = lc_client_logger(c.log);
    lc_autoptr(lc_client_config) config = NULL;
    ok(lc_internal_topic_ensure(c.worker, LC_TOPIC_CONFIGS, PATIENCE_MS));
    ok(lc_internal_client(c.worker, LC_TOPIC_CONFIGS, LC_CLIENT_PRODUCER, "", true, &config));
    lc_client_config_put(config, "transactional.id", named("blind-id"));
    lc_client_config_put(config, "enable.idempotence", "true");
    lc_client_config_put(config, "delivery.timeout.ms", NULL);
    const char *topic = lc_internal_topic_name(c.worker, LC_TOPIC_CONFIGS);
    lc_txn_writer *old = NULL, *new = NULL;
    lc_txn_record record = {LC_TEXT("lc-x"), LC_TEXT("{}")};
    lc_txn_outcome outcome;
    int64_t offset;
    ok(lc_txn_writer_open(config, &log, topic, &old));
    ok(lc_txn_writer_open(config, &log, topic, &new));
    ok(lc_txn_writer_claim(old, PATIENCE_MS));
    ok(lc_txn_writer_write(old, &record, 1, PATIENCE_MS, &outcome, &offset));
    CHECK_EQ_INT(outcome, LC_WRITE_DONE);
    CHECK_EQ_INT(offset, 0);
    ok(lc_txn_writer_claim(new, PATIENCE_MS));
    int64_t before = lc_monotonic_ms();
    check_fails(lc_txn_writer_write(old, &record, 1, PATIENCE_MS, &outcome, &offset), LC_E_CONFLICT, "");
    printf("fenced after %lld ms\n", (long long)(lc_monotonic_ms() - before));
    CHECK_EQ_INT(outcome, LC_WRITE_FENCED);
    ok(lc_txn_writer_write(new, &record, 1, PATIENCE_MS, &outcome, &offset));
    lc_txn_writer_close(old);
    lc_txn_writer_close(new);
    close_worker(&c);
}

TEST(a_write_that_was_refused_leaves_nothing_behind)
{
    lc_props *settings = stores_settings(bootstrap, named("refuse"));
    lc_props_set(settings, "config.storage.max.message.bytes", "2000");
    cluster c = open_worker(settings, "w:1");
    lc_config_store *store = NULL;
    int64_t epoch;
    char large[4000];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    ok(lc_config_store_open(c.worker, NULL, PATIENCE_MS, &store));
    ok(lc_config_store_claim(store, PATIENCE_MS, &epoch));
    ok(write_connector(store, "c", "good"));
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_autoptr(lc_props) small = config_of("c", "half");
    lc_autoptr(lc_props) big = config_of("d", large);
    lc_config_batch_connector(batch, "c", small);
    lc_config_batch_connector(batch, "d", big);
    check_fails(lc_config_store_write(store, batch, PATIENCE_MS), LC_E_CONNECT, "connector configuration");
    CHECK(!lc_config_store_is_fenced(store));
    CHECK_EQ_STR(VALUE_OF(store, "c"), "good");
    ok(write_connector(store, "e", "next"));
    CHECK_EQ_STR(VALUE_OF(store, "c"), "good");
    CHECK_EQ_STR(VALUE_OF(store, "d"), "(none)");
    CHECK_EQ_STR(VALUE_OF(store, "e"), "next");
    lc_config_store_close(store, 3000);
    close_worker(&c);
}

TEST(anyone_may_post_some_records)
{
    pair p;
    open_pair(&p, named("post"));
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_config_batch_target(batch, "c", LC_TARGET_PAUSED);
    lc_config_batch_own(batch, "lc-member-x", LC_TEXT("{\"url\":\"u\"}"));
    ok(lc_config_store_post(p.first, batch, PATIENCE_MS));
    ok(lc_config_store_refresh(p.second, PATIENCE_MS));
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(p.second);
    CHECK(lc_text_is(lc_config_state_own(state, "lc-member-x"), "{\"url\":\"u\"}"));
    lc_config_batch_fenced(batch, "c", 1);
    check_fails(lc_config_store_post(p.first, batch, PATIENCE_MS), LC_E_ILLEGAL_STATE, "tasks-fencing-c");
    close_pair(&p);
}

/* The last record of each key as a reader sees it who takes uncommitted ones for good. */
static void note_value(void *context, const lc_log_record *record)
{
    lc_props_set_text(context, (lc_text){record->key, record->key_len},
                      (lc_text){record->value, record->value_len});
}

static lc_props *read_uncommitted(lc_worker_core *worker)
{
    lc_props *values = lc_props_new();
    lc_autoptr(lc_client_config) consumer = NULL;
    ok(lc_internal_client(worker, LC_TOPIC_CONFIGS, LC_CLIENT_CONSUMER, "", false, &consumer));
    lc_topic_log_options options = {.topic = lc_internal_topic_name(worker, LC_TOPIC_CONFIGS),
                                    .consumer = consumer,
                                    .reader = {note_value, NULL, values}};
    lc_topic_log *log = NULL;
    ok(lc_topic_log_open(&options, PATIENCE_MS, &log));
    lc_topic_log_close(log, 1000);
    return values;
}

static void forget(lc_inflight *inflight, const lc_delivery *delivery)
{
    (void)inflight, (void)delivery;
}

/* Leaves records of a transaction in the topic that is never committed. */
static void leave_open(lc_worker_core *worker, const char *id)
{
    lc_autoptr(lc_client_config) config = NULL;
    lc_producer *producer = NULL;
    lc_topic *topic;
    lc_txn_next next;
    ok(lc_internal_client(worker, LC_TOPIC_CONFIGS, LC_CLIENT_PRODUCER, "", true, &config));
    lc_client_config_put(config, "transactional.id", id);
    lc_client_config_put(config, "enable.idempotence", "true");
    lc_client_config_put(config, "delivery.timeout.ms", NULL);
    ok(lc_producer_open(config, NULL, &producer));
    ok(lc_producer_init_transactions(producer, PATIENCE_MS, &next));
    ok(lc_producer_begin(producer, &next));
    ok(lc_producer_topic(producer, lc_internal_topic_name(worker, LC_TOPIC_CONFIGS), &topic));
    static const char *const keys[] = {"connector-c", "connector-ghost", "task-c-0"};
    static lc_inflight nobody = {forget};
    for (size_t i = 0; i < 3; i++) {
        lc_error *error = NULL;
        lc_outgoing out = {.value = "{\"properties\":{\"v\":\"never\"}}",
                           .value_len = strlen("{\"properties\":{\"v\":\"never\"}}"),
                           .key = keys[i],
                           .key_len = strlen(keys[i]),
                           .timestamp = LC_NO_TIMESTAMP,
                           .partition = LC_PARTITION_ANY,
                           .inflight = &nobody};
        CHECK_EQ_INT(lc_producer_send(producer, topic, &out, &error), LC_SEND_OK);
    }
    ok(lc_producer_flush(producer, PATIENCE_MS));
    lc_producer_close(producer, 0);
}

TEST(leftovers_of_a_dead_leader_are_written_over)
{
    const char *group = named("repair");
    char id[120];
    pair p;
    int64_t epoch;
    snprintf(id, sizeof id, "connect-cluster-%s", group);
    open_pair(&p, group);
    ok(lc_config_store_claim(p.first, PATIENCE_MS, &epoch));
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_autoptr(lc_props) config = config_of("c", "good");
    const lc_props *tasks[] = {config, config};
    lc_config_batch_connector(batch, "c", config);
    lc_config_batch_tasks(batch, "c", tasks, 2);
    lc_config_batch_fenced(batch, "c", 2);
    ok(lc_config_store_write(p.first, batch, PATIENCE_MS));
    leave_open(p.a.worker, id);
    /* A store opens beside the open transaction. */
    cluster c = open_worker(stores_settings(bootstrap, group), "c:1");
    lc_config_store *third = NULL;
    int64_t before = lc_monotonic_ms();
    ok(lc_config_store_open(c.worker, NULL, PATIENCE_MS, &third));
    CHECK(lc_monotonic_ms() - before < 5000);
    CHECK_EQ_STR(VALUE_OF(third, "c"), "good");
    lc_autoptr(lc_props) seen = read_uncommitted(p.a.worker);
    CHECK(strstr(lc_props_get_or(seen, "connector-c", ""), "never") != NULL);
    ok(lc_config_store_claim(p.second, PATIENCE_MS, &epoch));
    CHECK_EQ_STR(VALUE_OF(p.second, "c"), "good");
    CHECK_EQ_STR(VALUE_OF(p.second, "ghost"), "(none)");
    bool repaired = false;
    for (int i = 0; i < 50 && !repaired; i++) {
        lc_sleep_ms(100);
        lc_autoptr(lc_props) now = read_uncommitted(p.a.worker);
        repaired = strstr(lc_props_get_or(now, "connector-c", ""), "good") &&
                   strstr(lc_props_get_or(now, "task-c-0", ""), "good") &&
                   !lc_props_get(now, "connector-ghost");
    }
    CHECK(repaired);
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(p.second);
    const lc_config_connector *seen_c = lc_config_state_find(state, "c");
    CHECK_EQ_INT(seen_c->task_count, 2);
    CHECK(!seen_c->is_inconsistent && !seen_c->is_pending_fencing);
    lc_config_store_close(third, 3000);
    close_worker(&c);
    close_pair(&p);
}

static void note_status(void *context, int task, const lc_status *status)
{
    (void)task;
    *(lc_status_state *)context = status->state;
}

static lc_status_state state_of(lc_status_store *store, const char *connector, int task)
{
    lc_status_state state = LC_STATUS_DESTROYED;
    lc_status_store_get(store, connector, task, note_status, &state);
    return state;
}

TEST(statuses_travel)
{
    const char *group = named("status");
    cluster a = open_worker(stores_settings(bootstrap, group), "a:1");
    cluster b = open_worker(stores_settings(bootstrap, group), "b:1");
    lc_status_store *first = NULL, *second = NULL;
    ok(lc_status_store_open(a.worker, NULL, PATIENCE_MS, &first));
    ok(lc_status_store_open(b.worker, NULL, PATIENCE_MS, &second));
    lc_status running = {LC_STATUS_RUNNING, NULL, "a:1", 5, "1.0"};
    lc_status failed = {LC_STATUS_FAILED, "boom", "b:1", 4, NULL};
    lc_status_store_put(first, "c", LC_CONNECTOR_ITSELF, &running);
    lc_status_store_put(first, "c", 1, &running);
    lc_status_store_put(first, "c", 0, &running);
    lc_status_store_topic(first, "c", "t", 0);
    lc_status_store_topic(first, "c", "t", 1);
    ok(lc_status_store_flush(first, PATIENCE_MS));
    CHECK_EQ_INT(state_of(first, "c", 0), LC_STATUS_RUNNING);
    /* Another worker of an older generation isn't believed. */
    ok(lc_status_store_flush(second, PATIENCE_MS));
    lc_status_store_put_safe(second, "c", 0, &failed);
    ok(lc_status_store_flush(second, PATIENCE_MS));
    CHECK_EQ_INT(state_of(second, "c", 0), LC_STATUS_RUNNING);
    failed.generation = 6;
    lc_status_store_put_safe(second, "c", 0, &failed);
    ok(lc_status_store_flush(second, PATIENCE_MS));
    ok(lc_status_store_flush(first, PATIENCE_MS));
    CHECK_EQ_INT(lc_status_store_generation(first), 6);
    lc_auto(lc_buf) out = {0};
    CHECK(lc_status_store_write(first, "c", -1, "source", &out));
    CHECK_EQ_STR(
        out.data,
        "{\"name\":\"c\",\"connector\":{\"state\":\"RUNNING\",\"worker_id\":\"a:1\",\"version\":\"1.0\"},"
        "\"tasks\":[{\"id\":0,\"state\":\"FAILED\",\"worker_id\":\"b:1\",\"trace\":\"boom\"},"
        "{\"id\":1,\"state\":\"RUNNING\",\"worker_id\":\"a:1\",\"version\":\"1.0\"}],\"type\":\"source\"}");
    lc_buf_reset(&out);
    lc_status_store_write_topics(second, "c", &out);
    CHECK_EQ_STR(out.data, "{\"c\":{\"topics\":[\"t\"]}}");
    lc_status_store_forget(second, "c");
    ok(lc_status_store_flush(second, PATIENCE_MS));
    ok(lc_status_store_flush(first, PATIENCE_MS));
    lc_auto(lc_strings) names = {0};
    lc_status_store_connectors(first, &names);
    CHECK_EQ_INT(names.count, 0);
    lc_buf_reset(&out);
    CHECK(!lc_status_store_write(first, "c", -1, "source", &out));
    CHECK_EQ_INT(out.len, 0);
    lc_status_store_close(first, 3000);
    lc_status_store_close(second, 3000);
    close_worker(&a);
    close_worker(&b);
}

static bool get_offset(lc_offset_store *store, const char *key, char *text, size_t size)
{
    lc_auto(lc_buf) out = {0};
    bool found = false;
    ok(store->klass->get(store, lc_text_of(key), &out, &found));
    snprintf(text, size, "%s", found ? out.data : "");
    return found;
}

static void put_offset(lc_offset_store *store, const char *key, const char *value)
{
    lc_offset_entry entry = {lc_text_of(key), lc_text_of(value)};
    ok(store->klass->put(store, &entry, 1, PATIENCE_MS));
}

static void count_entry(void *context, lc_text key, lc_text value)
{
    (void)key, (void)value;
    ++*(int *)context;
}

static bool say_no(void *context)
{
    ++*(int *)context;
    return false;
}

TEST(offsets_travel)
{
    const char *group = named("offset");
    cluster a = open_worker(stores_settings(bootstrap, group), "a:1");
    cluster b = open_worker(stores_settings(bootstrap, group), "b:1");
    lc_offset_store *first = NULL, *second = NULL;
    char text[80];
    ok(lc_offset_topic_open(a.worker, PATIENCE_MS, &first));
    put_offset(first, "[\"c\",{\"x\":1,\"y\":\"2\"}]", "{\"position\":1}");
    put_offset(first, "[\"c\",{\"x\":2}]", "{\"position\":7}");
    ok(lc_offset_topic_open(b.worker, PATIENCE_MS, &second));
    CHECK(get_offset(second, "[\"c\",{\"x\":1,\"y\":\"2\"}]", text, sizeof text));
    CHECK_EQ_STR(text, "{\"position\":1}");
    /* The same partition in another order goes on under the key that is there. */
    put_offset(second, "[\"c\",{\"y\":\"2\",\"x\":1}]", "{\"position\":2}");
    int64_t before = lc_monotonic_ms();
    CHECK(get_offset(first, "[\"c\",{\"x\":1,\"y\":\"2\"}]", text, sizeof text));
    printf("get: %lld ms\n", (long long)(lc_monotonic_ms() - before));
    CHECK_EQ_STR(text, "{\"position\":2}");
    int count = 0;
    ok(first->klass->each(first, count_entry, &count));
    CHECK_EQ_INT(count, 2);
    lc_offset_entry late = {LC_TEXT("[\"c\",{\"x\":2}]"), LC_TEXT("{\"position\":0}")};
    lc_offset_topic_set_guard(first, say_no, &count);
    check_fails(first->klass->put(first, &late, 1, PATIENCE_MS), LC_E_CONFLICT, "Offsets are not written");
    lc_offset_topic_set_guard(first, NULL, NULL);
    CHECK_EQ_INT(count, 3);
    CHECK(get_offset(second, "[\"c\",{\"x\":2}]", text, sizeof text));
    CHECK_EQ_STR(text, "{\"position\":7}");
    put_offset(first, "[\"c\",{\"y\":\"2\",\"x\":1}]", NULL);
    CHECK(!get_offset(second, "[\"c\",{\"x\":1,\"y\":\"2\"}]", text, sizeof text));
    CHECK(!get_offset(second, "[\"d\",{}]", text, sizeof text));
    first->klass->close(first);
    second->klass->close(second);
    close_worker(&a);
    close_worker(&b);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    bootstrap = argv[1];
    snprintf(stamp, sizeof stamp, "%lld-%d", (long long)time(NULL), (int)getpid());
    RUN(makes_topics_and_checks_them);
    RUN(refuses_topics_that_are_not_fit);
    RUN(names_the_setting_when_a_topic_cannot_be_made);
    RUN(says_that_brokers_do_not_answer);
    RUN(a_leader_writes_and_others_see_it);
    RUN(a_new_leader_fences_the_old_one);
    RUN(the_broker_fences_a_leader_that_knows_nothing_of_it);
    RUN(a_write_that_was_refused_leaves_nothing_behind);
    RUN(anyone_may_post_some_records);
    RUN(leftovers_of_a_dead_leader_are_written_over);
    RUN(statuses_travel);
    RUN(offsets_travel);
    return check_report();
}
