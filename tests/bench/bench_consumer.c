/* What the consumer of engine/kafka costs against a bare loop over rd_kafka_consumer_poll.
 *
 *   lc_bench_consumer BOOTSTRAP TOPIC RECORDS     partition 0 from its beginning, both in turn, three rounds
 *
 * Both add up the bytes of every value. CPU time is that of the whole process. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "kafka/consumer.h"

typedef struct cost {
    double wall, cpu;
} cost;

static cost now(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (cost){(double)lc_monotonic_ns() / 1e9,
                  (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                      (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6};
}

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void must(lc_error *error)
{
    if (error) fail(lc_error_message(error));
}

static size_t bytes_seen;

static void touch(const void *value, size_t len)
{
    const unsigned char *bytes = value;
    for (size_t i = 0; i < len; i += 64) bytes_seen += bytes[i];
}

static cost run_bare(const char *bootstrap, const char *topic, long count)
{
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, why, sizeof why);
    rd_kafka_conf_set(conf, "group.id", "bare", why, sizeof why);
    rd_kafka_conf_set(conf, "enable.auto.commit", "false", why, sizeof why);
    cost begin = now();
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    rd_kafka_topic_partition_list_t *parts = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(parts, topic, 0)->offset = 0;
    rd_kafka_assign(rk, parts);
    for (long n = 0; n < count;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(rk, 1000);
        if (!message) continue;
        if (!message->err) touch(message->payload, message->len), n++;
        rd_kafka_message_destroy(message);
    }
    cost end = now();
    rd_kafka_topic_partition_list_destroy(parts);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return (cost){end.wall - begin.wall, end.cpu - begin.cpu};
}

static cost run_ours(const char *bootstrap, const char *topic, long count)
{
    enum { BATCH = 500 };
    static lc_message batch[BATCH];
    lc_consumer *consumer;
    cost begin = now();
    lc_autoptr(lc_client_config) config = lc_client_config_new(LC_CLIENT_CONSUMER);
    lc_client_config_put(config, "bootstrap.servers", bootstrap);
    if (getenv("QUEUE_KB")) lc_client_config_put(config, "queued.max.messages.kbytes", getenv("QUEUE_KB"));
    must(lc_consumer_open(config, NULL, NULL, &consumer));
    lc_auto(lc_offsets) parts = {0};
    lc_offsets_add(&parts, topic, 0, LC_OFFSET_BEGINNING);
    must(lc_consumer_assign(consumer, &parts));
    for (long n = 0; n < count;) {
        size_t got, room = (size_t)(count - n);
        must(lc_consumer_poll(consumer, 1000, batch, room < BATCH ? room : BATCH, &got));
        for (size_t i = 0; i < got; i++) touch(batch[i].value, batch[i].value_len);
        n += (long)got;
        lc_consumer_release(consumer);
    }
    cost end = now();
    lc_consumer_close(consumer, 5000);
    return (cost){end.wall - begin.wall, end.cpu - begin.cpu};
}

int main(int argc, char **argv)
{
    if (argc != 4) fail("usage: see the head of bench_consumer.c");
    for (int round = 0; round < 3; round++) {
        cost bare = run_bare(argv[1], argv[2], atol(argv[3])),
             ours = run_ours(argv[1], argv[2], atol(argv[3]));
        printf("bare %.2f s cpu %.2f s wall   ours %.2f s cpu %.2f s wall   ratio %.2f\n", bare.cpu,
               bare.wall, ours.cpu, ours.wall, ours.cpu / bare.cpu);
    }
    return bytes_seen == 0;
}
