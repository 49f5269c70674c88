/* What the producer of engine/kafka costs against a bare loop over rd_kafka_produce.
 *
 *   lc_bench_producer BOOTSTRAP TOPIC [RECORDS [BYTES]]     both, in turn, three rounds: CPU and wall time
 *   lc_bench_producer latency BOOTSTRAP TOPIC RATE SECONDS  paced sends: time from send to done()
 *
 * The topic must exist. CPU time is that of the whole process: application and client threads. */
#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "kafka/producer.h"

typedef struct cost {
    double wall, cpu;
} cost;

static double cpu_seconds(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static cost now(void)
{
    return (cost){(double)lc_monotonic_ns() / 1e9, cpu_seconds()};
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

static cost run_bare(const char *bootstrap, const char *topic_name, const char *data, size_t bytes,
                     size_t records)
{
    static const char *const settings[][2] = {{"linger.ms", "5"},
                                              {"batch.size", "1000000"},
                                              {"acks", "all"},
                                              {"enable.idempotence", "true"},
                                              {"queue.buffering.max.messages", "500000"}};
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, why, sizeof why);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof why)) fail(why);
    cost begin = now();
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, topic_name, NULL);
    for (size_t i = 0; i < records; i++) {
        void *value = (void *)(data + i % 1000 * bytes);
        while (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, value, bytes, NULL, 0, NULL) == -1)
            rd_kafka_poll(rk, 5);
        rd_kafka_poll(rk, 0);
    }
    rd_kafka_flush(rk, 60000);
    cost end = now();
    if (rd_kafka_outq_len(rk)) fail("the bare loop has records left");
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
    return (cost){end.wall - begin.wall, end.cpu - begin.cpu};
}

typedef struct item {
    lc_inflight inflight;
    int64_t sent_ns;
} item;

static atomic_size_t stored, failed;
static double *delays;

static void count_done(lc_inflight *inflight, const lc_delivery *delivery)
{
    (void)inflight;
    atomic_fetch_add_explicit(delivery->error ? &failed : &stored, 1, memory_order_relaxed);
}

static void time_done(lc_inflight *inflight, const lc_delivery *delivery)
{
    item *at = (item *)inflight;
    if (delivery->error) fail(lc_error_message(delivery->error));
    delays[atomic_fetch_add(&stored, 1)] = (double)(lc_monotonic_ns() - at->sent_ns) / 1e6;
}

static lc_producer *open_producer(const char *bootstrap)
{
    lc_producer *producer;
    lc_client_config *config = lc_client_config_new(LC_CLIENT_PRODUCER);
    lc_client_config_put(config, "bootstrap.servers", bootstrap);
    if (getenv("LINGER")) lc_client_config_put(config, "linger.ms", getenv("LINGER"));
    must(lc_producer_open(config, NULL, &producer));
    lc_client_config_free(config);
    return producer;
}

static void send_one(lc_producer *producer, lc_topic *topic, const lc_outgoing *record)
{
    lc_error *error = NULL;
    lc_send_result result;
    while ((result = lc_producer_send(producer, topic, record, &error)) == LC_SEND_FULL)
        lc_producer_wait_room(producer, 100);
    if (result == LC_SEND_FAILED) must(error);
}

static cost run_ours(const char *bootstrap, const char *topic_name, const char *data, size_t bytes,
                     size_t records)
{
    item *items = calloc(records, sizeof *items);
    lc_topic *topic;
    atomic_store(&stored, 0);
    cost begin = now();
    lc_producer *producer = open_producer(bootstrap);
    must(lc_producer_topic(producer, topic_name, &topic));
    for (size_t i = 0; i < records; i++) {
        items[i].inflight.done = count_done;
        send_one(producer, topic,
                 &(lc_outgoing){.value = data + i % 1000 * bytes,
                                .value_len = bytes,
                                .timestamp = LC_NO_TIMESTAMP,
                                .inflight = &items[i].inflight});
    }
    must(lc_producer_flush(producer, 60000));
    cost end = now();
    lc_producer_close(producer, 5000);
    free(items);
    if (atomic_load(&stored) != records) fail("records are missing");
    return (cost){end.wall - begin.wall, end.cpu - begin.cpu};
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static int latency(const char *bootstrap, const char *topic_name, int64_t rate, int64_t seconds)
{
    size_t records = (size_t)(rate * seconds);
    item *items = calloc(records, sizeof *items);
    char value[190];
    lc_topic *topic;
    memset(value, 'v', sizeof value);
    delays = calloc(records, sizeof *delays);
    lc_producer *producer = open_producer(bootstrap);
    must(lc_producer_topic(producer, topic_name, &topic));
    int32_t partitions;
    must(lc_producer_partitions(producer, topic, 5000, &partitions));
    cost begin = now();
    int64_t start = lc_monotonic_ns();
    for (size_t i = 0; i < records; i++) {
        int64_t due = start + (int64_t)i * 1000000000 / rate;
        while (lc_monotonic_ns() < due) lc_sleep_ms(1);
        items[i] = (item){{time_done}, lc_monotonic_ns()};
        send_one(producer, topic,
                 &(lc_outgoing){.value = value,
                                .value_len = sizeof value,
                                .timestamp = LC_NO_TIMESTAMP,
                                .inflight = &items[i].inflight});
    }
    must(lc_producer_flush(producer, 10000));
    cost end = now();
    lc_producer_close(producer, 5000);
    qsort(delays, records, sizeof *delays, by_value);
    printf("%lld/s: p50 %.2f ms  p90 %.2f  p99 %.2f  max %.2f  cpu %.2f s in %.1f s\n", (long long)rate,
           delays[records / 2], delays[records * 9 / 10], delays[records * 99 / 100], delays[records - 1],
           end.cpu - begin.cpu, end.wall - begin.wall);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && !strcmp(argv[1], "latency"))
        return latency(argv[2], argv[3], atol(argv[4]), atol(argv[5]));
    if (argc < 3) fail("usage: see the head of bench_producer.c");
    size_t records = argc > 3 ? (size_t)atol(argv[3]) : 2000000,
           bytes = argc > 4 ? (size_t)atol(argv[4]) : 186;
    char *data = malloc(1000 * bytes);
    for (size_t i = 0; i < 1000 * bytes; i++) data[i] = (char)('a' + (i * 2654435761u >> 13) % 26);
    for (int round = 0; round < 3; round++) {
        cost bare = run_bare(argv[1], argv[2], data, bytes, records);
        cost ours = run_ours(argv[1], argv[2], data, bytes, records);
        printf("bare %.2f s cpu %.2f s wall   ours %.2f s cpu %.2f s wall   ratio %.2f\n", bare.cpu,
               bare.wall, ours.cpu, ours.wall, ours.cpu / bare.cpu);
    }
    free(data);
    return 0;
}
