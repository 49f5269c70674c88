/* Clients of engine/kafka against a real broker: what the mock cluster can't show.
 *
 *   test_kafka_clients BOOTSTRAP     one broker without security; makes topics and groups named lcit-… */
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "check.h"
#include "kafka/admin.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "kafka/topic_log.h"

static const char *bootstrap;
static char stamp[32]; /* makes names of this run */

static const char *named(const char *name)
{
    static char texts[8][80];
    static int at;
    char *text = texts[at++ % 8];
    snprintf(text, sizeof texts[0], "lcit-%s-%s", name, stamp);
    return text;
}

static void ok(lc_error *error)
{
    CHECK(error == NULL);
    if (error) fprintf(stderr, "    %s\n", lc_error_message(error));
    lc_error_free(error);
}

static void check_fails(lc_error *error, lc_code code, const char *part)
{
    CHECK_EQ_STR(lc_code_name(error ? lc_error_code(error) : LC_OK), lc_code_name(code));
    CHECK(error && strstr(lc_error_message(error), part));
    if (error && !strstr(lc_error_message(error), part)) fprintf(stderr, "    %s\n", lc_error_message(error));
    lc_error_free(error);
}

static lc_client_config *config_of(lc_client_kind kind)
{
    lc_client_config *config = lc_client_config_new(kind);
    lc_client_config_put(config, "bootstrap.servers", bootstrap);
    return config;
}

static lc_admin *open_admin(const char *servers)
{
    lc_autoptr(lc_client_config) config = config_of(LC_CLIENT_ADMIN);
    lc_client_config_put(config, "bootstrap.servers", servers);
    lc_admin *admin = NULL;
    ok(lc_admin_open(config, NULL, &admin));
    return admin;
}

static void make_topic(lc_admin *admin, const char *name, int32_t partitions, const char *policy)
{
    lc_setting setting = {"cleanup.policy", policy};
    ok(lc_admin_create_topic(admin, &(lc_new_topic){name, partitions, 1, &setting, 1}, 10000));
}

TEST(manages_topics)
{
    lc_admin *admin = open_admin(bootstrap);
    const char *name = named("topics");
    int32_t count = -1;
    char *text = NULL;
    ok(lc_admin_partitions(admin, name, 5000, &count));
    CHECK_EQ_INT(count, 0);
    make_topic(admin, name, 3, "compact");
    ok(lc_admin_partitions(admin, name, 5000, &count));
    CHECK_EQ_INT(count, 3);
    ok(lc_admin_topic_setting(admin, name, "cleanup.policy", 5000, &text));
    CHECK_EQ_STR(text, "compact");
    free(text);
    lc_new_topic same = {name, 3, 1, NULL, 0};
    check_fails(lc_admin_create_topic(admin, &same, 5000), LC_E_EXISTS, name);
    lc_setting wrong = {"cleanup.policy", "maybe"};
    check_fails(lc_admin_create_topic(admin, &(lc_new_topic){named("bad"), 1, 1, &wrong, 1}, 5000),
                LC_E_CONFIG, "maybe");
    check_fails(lc_admin_create_topic(admin, &(lc_new_topic){named("wide"), 1, 3, NULL, 0}, 5000),
                LC_E_CONFIG, "replica");
    check_fails(lc_admin_topic_setting(admin, named("none"), "cleanup.policy", 5000, &text), LC_E_NOT_FOUND,
                "lcit-none");
    ok(lc_admin_create_topic(admin, &(lc_new_topic){named("default"), -1, -1, NULL, 0}, 5000));
    lc_auto(lc_strings) names = {0};
    ok(lc_admin_list_topics(admin, 5000, &names));
    CHECK(lc_strings_has(&names, name));
    char *id = NULL;
    ok(lc_admin_cluster_id(admin, 5000, &id));
    CHECK(id && strlen(id) > 10);
    free(id);
    ok(lc_admin_delete_topic(admin, name, 10000));
    check_fails(lc_admin_delete_topic(admin, named("none"), 5000), LC_E_NOT_FOUND, "lcit-none");
    lc_admin_close(admin, 2000);
}

TEST(names_the_unreachable_broker)
{
    lc_admin *admin = open_admin("127.0.0.1:9");
    char *id = NULL;
    int32_t count;
    check_fails(lc_admin_cluster_id(admin, 1500, &id), LC_E_TIMEOUT, "127.0.0.1:9");
    check_fails(lc_admin_partitions(admin, "t", 1000, &count), LC_E_KAFKA, "127.0.0.1:9");
    check_fails(lc_admin_create_topic(admin, &(lc_new_topic){"t", 1, 1, NULL, 0}, 1000), LC_E_TIMEOUT,
                "127.0.0.1:9");
    lc_admin_close(admin, 2000);
}

typedef struct answers {
    lc_inflight inflight;
    atomic_int stored, failed;
} answers;

static void count_answer(lc_inflight *inflight, const lc_delivery *delivery)
{
    answers *all = (answers *)inflight;
    atomic_fetch_add(delivery->error ? &all->failed : &all->stored, 1);
    if (delivery->error) fprintf(stderr, "    %s\n", lc_error_message(delivery->error));
}

static void send_some(lc_producer *producer, const char *name, int count, answers *all)
{
    static const char value[] = "value of a record";
    lc_topic *topic;
    lc_error *error = NULL;
    all->inflight.done = count_answer;
    ok(lc_producer_topic(producer, name, &topic));
    for (int i = 0; i < count; i++) {
        lc_outgoing record = {.value = value,
                              .value_len = sizeof value - 1,
                              .timestamp = LC_NO_TIMESTAMP,
                              .partition = LC_PARTITION_ANY,
                              .inflight = &all->inflight};
        CHECK_EQ_INT(lc_producer_send(producer, topic, &record, &error), LC_SEND_OK);
    }
}

static void fill(const char *name, int count, const char *codec)
{
    lc_autoptr(lc_client_config) config = config_of(LC_CLIENT_PRODUCER);
    lc_client_config_put(config, "compression.type", codec);
    lc_producer *producer;
    answers all = {0};
    ok(lc_producer_open(config, NULL, &producer));
    send_some(producer, name, count, &all);
    ok(lc_producer_flush(producer, 10000));
    CHECK_EQ_INT(atomic_load(&all.stored), count);
    lc_producer_close(producer, 2000);
}

typedef struct events {
    lc_consumer *consumer;
    int assigned, revoked, commits;
    size_t partitions;
    bool commit;
} events;

static void on_assigned(void *context, lc_assigned *const *partitions, size_t count)
{
    (void)partitions;
    ((events *)context)->assigned++;
    ((events *)context)->partitions = count;
}

static void on_revoked(void *context, lc_assigned *const *partitions, size_t count)
{
    events *seen = context;
    seen->revoked++;
    if (!seen->commit) return;
    lc_auto(lc_offsets) offsets = {0};
    for (size_t i = 0; i < count; i++)
        if (lc_consumer_position(partitions[i]) >= 0)
            lc_offsets_add(&offsets, partitions[i]->topic, partitions[i]->partition,
                           lc_consumer_position(partitions[i]));
    seen->commits += (int)offsets.count;
    ok(lc_consumer_commit(seen->consumer, &offsets, 5000));
}

static lc_consumer *open_consumer(const char *group, events *seen, const char *name, const char *value)
{
    lc_autoptr(lc_client_config) config = config_of(LC_CLIENT_CONSUMER);
    lc_client_config_put(config, "group.id", group);
    lc_client_config_put(config, "session.timeout.ms", "6000");
    lc_client_config_put(config, "heartbeat.interval.ms", "500");
    if (name) lc_client_config_put(config, name, value);
    lc_rebalance callbacks = {.assigned = on_assigned, .revoked = on_revoked, .context = seen};
    lc_consumer *consumer = NULL;
    ok(lc_consumer_open(config, NULL, &callbacks, &consumer));
    seen->consumer = consumer;
    return consumer;
}

static int read_up_to(lc_consumer *consumer, int want, int64_t timeout_ms)
{
    lc_message batch[100];
    int got = 0;
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    while (got < want && lc_monotonic_ms() < deadline) {
        size_t count;
        ok(lc_consumer_poll(consumer, 50, batch, 100, &count));
        got += (int)count;
        lc_consumer_release(consumer);
    }
    return got;
}

TEST(reads_every_compression)
{
    static const char *const codecs[] = {"none", "gzip", "snappy", "lz4", "zstd"};
    lc_admin *admin = open_admin(bootstrap);
    const char *name = named("codecs");
    make_topic(admin, name, 2, "delete");
    for (size_t i = 0; i < 5; i++) fill(name, 100, codecs[i]);
    events seen = {0};
    lc_consumer *consumer = open_consumer(named("codecs"), &seen, NULL, NULL);
    ok(lc_consumer_subscribe(consumer, &name, 1));
    CHECK_EQ_INT(read_up_to(consumer, 500, 15000), 500);
    CHECK_EQ_INT(read_up_to(consumer, 1, 300), 0);
    CHECK(lc_consumer_close(consumer, 5000));
    lc_admin_close(admin, 2000);
}

TEST(commits_while_partitions_move)
{
    lc_admin *admin = open_admin(bootstrap);
    const char *name = named("moving"), *group = named("moving");
    make_topic(admin, name, 4, "delete");
    fill(name, 400, "none");
    events one = {.commit = true}, two = {.commit = true};
    lc_consumer *first = open_consumer(group, &one, NULL, NULL),
                *second = open_consumer(group, &two, NULL, NULL);
    ok(lc_consumer_subscribe(first, &name, 1));
    int total = read_up_to(first, 400, 15000);
    CHECK_EQ_INT(total, 400);
    ok(lc_consumer_subscribe(second, &name, 1));
    int again = 0;
    for (int i = 0; i < 100 && two.partitions != 2; i++)
        again += read_up_to(first, 1000, 50) + read_up_to(second, 1000, 50);
    CHECK_EQ_INT(two.partitions, 2);
    CHECK_EQ_INT(again, 0);
    CHECK_EQ_INT(one.revoked, 1);
    CHECK(one.commits > 0);

    lc_auto(lc_offsets) offsets = {0}, wanted = {0}, unwanted = {0};
    lc_offsets_add(&wanted, name, 0, 7);
    check_fails(lc_admin_alter_offsets(admin, group, &wanted, 5000), LC_E_CONFLICT, group);
    CHECK(lc_consumer_close(first, 5000));
    CHECK(lc_consumer_close(second, 5000));
    ok(lc_admin_alter_offsets(admin, group, &wanted, 5000));
    lc_offsets_add(&unwanted, name, 3, 0);
    lc_autoptr(lc_error) gone = lc_admin_delete_offsets(admin, group, &unwanted, 5000);
    if (gone && !lc_offsets_find(&unwanted, name, 3)->error) ok(lc_steal(gone));
    ok(lc_admin_group_offsets(admin, group, 5000, &offsets));
    CHECK(lc_offsets_find(&offsets, name, 0) && lc_offsets_find(&offsets, name, 0)->offset == 7);
    CHECK(!lc_offsets_find(&offsets, name, 3));
    ok(lc_admin_delete_group(admin, group, 5000));
    ok(lc_admin_delete_group(admin, group, 5000));
    lc_admin_close(admin, 2000);
}

TEST(notices_topics_that_come_later)
{
    lc_admin *admin = open_admin(bootstrap);
    const char *name = named("later");
    events seen = {0};
    lc_consumer *consumer = open_consumer(named("later"), &seen, NULL, NULL);
    ok(lc_consumer_subscribe(consumer, &name, 1));
    CHECK_EQ_INT(read_up_to(consumer, 1, 1500), 0);
    make_topic(admin, name, 1, "delete");
    fill(name, 5, "none");
    int64_t begin = lc_monotonic_ms();
    CHECK_EQ_INT(read_up_to(consumer, 5, 20000), 5);
    fprintf(stderr, "    a new topic was noticed after %lld ms\n", (long long)(lc_monotonic_ms() - begin));
    CHECK(lc_consumer_close(consumer, 5000));
    lc_admin_close(admin, 2000);
}

TEST(reads_only_committed_transactions)
{
    lc_admin *admin = open_admin(bootstrap);
    const char *name = named("txn");
    make_topic(admin, name, 1, "delete");
    lc_autoptr(lc_client_config) config = config_of(LC_CLIENT_PRODUCER);
    lc_client_config_put(config, "transactional.id", name);
    lc_client_config_put(config, "delivery.timeout.ms", "2147483647");
    lc_producer *producer, *newer;
    lc_txn_next next = LC_TXN_NONE;
    answers all = {0};
    ok(lc_producer_open(config, NULL, &producer));
    ok(lc_producer_init_transactions(producer, 20000, &next));
    ok(lc_producer_begin(producer, &next));
    send_some(producer, name, 10, &all);
    ok(lc_producer_commit(producer, 20000, &next));
    ok(lc_producer_begin(producer, &next));
    send_some(producer, name, 20, &all);
    ok(lc_producer_flush(producer, 5000));
    ok(lc_producer_abort(producer, 20000, &next));
    CHECK_EQ_INT(atomic_load(&all.stored), 30);

    events seen = {0};
    lc_consumer *consumer = open_consumer(named("txn"), &seen, "isolation.level", "read_committed");
    ok(lc_consumer_subscribe(consumer, &name, 1));
    CHECK_EQ_INT(read_up_to(consumer, 30, 4000), 10);
    CHECK(lc_consumer_close(consumer, 5000));

    ok(lc_producer_open(config, NULL, &newer));
    ok(lc_producer_init_transactions(newer, 20000, &next));
    lc_error *error = lc_producer_begin(producer, &next);
    if (!error) {
        send_some(producer, name, 1, &all);
        error = lc_producer_commit(producer, 20000, &next);
    }
    CHECK_EQ_INT(next, LC_TXN_FATAL);
    check_fails(error, LC_E_CONFLICT, "newer producer");
    check_fails(lc_producer_fatal(producer), LC_E_CONFLICT, "newer producer");
    lc_producer_close(producer, 2000);
    lc_producer_close(newer, 2000);
    lc_admin_close(admin, 2000);
}

typedef struct store {
    int records;
    char last[64];
} store;

static void on_record(void *context, const lc_log_record *record)
{
    store *into = context;
    into->records++;
    snprintf(into->last, sizeof into->last, "%.*s=%.*s", (int)record->key_len, (const char *)record->key,
             (int)record->value_len, record->value ? (const char *)record->value : "");
}

static lc_error *open_log(const char *name, store *into, bool writes, lc_topic_log **ret_log)
{
    lc_autoptr(lc_client_config) reading = config_of(LC_CLIENT_CONSUMER);
    lc_autoptr(lc_client_config) writing = config_of(LC_CLIENT_PRODUCER);
    lc_client_config_put(reading, "isolation.level", "read_committed");
    lc_topic_log_options options = {.topic = name,
                                    .consumer = reading,
                                    .producer = writes ? writing : NULL,
                                    .reader = {.record = on_record, .context = into}};
    return lc_topic_log_open(&options, 5000, ret_log);
}

static lc_text text(const char *of)
{
    return lc_text_of(of);
}

TEST(follows_a_log)
{
    lc_admin *admin = open_admin(bootstrap);
    const char *name = named("log");
    lc_topic_log *log = NULL, *reader = NULL;
    store mine = {0}, theirs = {0};
    check_fails(open_log(named("nolog"), &mine, true, &log), LC_E_NOT_FOUND, "lcit-nolog");
    make_topic(admin, name, 5, "compact");
    ok(open_log(name, &mine, true, &log));
    CHECK_EQ_INT(lc_topic_log_partitions(log), 5);
    CHECK_EQ_INT(mine.records, 0);
    for (int i = 0; i < 100; i++) {
        char key[20];
        snprintf(key, sizeof key, "key-%d", i);
        ok(lc_topic_log_send(log, text(key), text("value"), 5000));
    }
    ok(lc_topic_log_read_to_end(log, 5000));
    CHECK_EQ_INT(mine.records, 100);
    CHECK(strstr(mine.last, "=value"));
    ok(lc_topic_log_send(log, text("key-99"), (lc_text){0}, 5000));
    ok(open_log(name, &theirs, false, &reader));
    CHECK_EQ_INT(theirs.records, 101);
    int64_t begin = lc_monotonic_ms();
    for (int i = 0; i < 10; i++) ok(lc_topic_log_read_to_end(reader, 5000));
    CHECK(lc_monotonic_ms() - begin < 1000);
    check_fails(lc_topic_log_send(reader, text("k"), text("v"), 1000), LC_E_ILLEGAL_STATE,
                "only for reading");

    /* Markers of transactions have offsets, too. */
    lc_autoptr(lc_client_config) config = config_of(LC_CLIENT_PRODUCER);
    lc_client_config_put(config, "transactional.id", name);
    lc_producer *producer;
    lc_txn_next next;
    answers all = {0};
    static const char value[] = "in a transaction";
    lc_topic *topic;
    lc_error *error = NULL;
    ok(lc_producer_open(config, NULL, &producer));
    ok(lc_producer_init_transactions(producer, 20000, &next));
    ok(lc_producer_topic(producer, name, &topic));
    ok(lc_producer_begin(producer, &next));
    all.inflight.done = count_answer;
    lc_outgoing record = {.value = value,
                          .value_len = sizeof value - 1,
                          .key = "t",
                          .key_len = 1,
                          .timestamp = LC_NO_TIMESTAMP,
                          .partition = LC_PARTITION_ANY,
                          .inflight = &all.inflight};
    CHECK_EQ_INT(lc_producer_send(producer, topic, &record, &error), LC_SEND_OK);
    ok(lc_producer_commit(producer, 20000, &next));
    ok(lc_topic_log_read_to_end(reader, 5000));
    CHECK_EQ_INT(theirs.records, 102);
    ok(lc_topic_log_read_to_end(reader, 5000));
    lc_producer_close(producer, 2000);
    lc_topic_log_close(log, 3000);
    lc_topic_log_close(reader, 3000);
    lc_admin_close(admin, 2000);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: test_kafka_clients BOOTSTRAP\n");
        return 2;
    }
    bootstrap = argv[1];
    snprintf(stamp, sizeof stamp, "%lld-%d", (long long)time(NULL), (int)getpid());
    RUN(manages_topics);
    RUN(names_the_unreachable_broker);
    RUN(reads_every_compression);
    RUN(commits_while_partitions_move);
    RUN(notices_topics_that_come_later);
    RUN(reads_only_committed_transactions);
    RUN(follows_a_log);
    return check_report();
}
