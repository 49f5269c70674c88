#include "check.h"
#include "kafka/client_config.h"
#include "kafka/rd.h"

#include <stdlib.h>
#include <unistd.h>

static lc_client_config *with(lc_client_kind kind, const char *const settings[][2])
{
    lc_client_config *config = lc_client_config_new(kind);
    lc_client_config_put(config, "bootstrap.servers", "127.0.0.1:1");
    for (size_t i = 0; settings && settings[i][0]; i++)
        lc_client_config_put(config, settings[i][0], settings[i][1]);
    return config;
}

/* The native value that a set of Java settings leads to. */
static const char *native(lc_client_kind kind, const char *name, const char *const settings[][2])
{
    static char value[600];
    size_t size = sizeof value;
    lc_autoptr(lc_client_config) config = with(kind, settings);
    rd_kafka_conf_t *conf = NULL;
    lc_autoptr(lc_error) error = lc_rd_conf_build(config, &conf);
    if (error) {
        snprintf(value, sizeof value, "error: %s", lc_error_message(error));
        return value;
    }
    if (rd_kafka_conf_get(conf, name, value, &size) != RD_KAFKA_CONF_OK)
        snprintf(value, sizeof value, "(unset)");
    rd_kafka_conf_destroy(conf);
    return value;
}

#define SETTINGS(...) ((const char *const[][2]){__VA_ARGS__, {NULL, NULL}})

TEST(translates_producer_keys)
{
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "enable.idempotence", NULL), "true");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "acks", NULL), "-1");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "queue.buffering.max.kbytes", NULL), "32768");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "partitioner", NULL), "murmur2_random");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "message.timeout.ms", NULL), "120000");
    CHECK_EQ_STR(
        native(LC_CLIENT_PRODUCER, "message.timeout.ms", SETTINGS({"delivery.timeout.ms", "2147483647"})),
        "0");
    CHECK_EQ_STR(
        native(LC_CLIENT_PRODUCER, "queue.buffering.max.kbytes", SETTINGS({"buffer.memory", "33554433"})),
        "32769");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "message.max.bytes", SETTINGS({"max.request.size", "5000000"})),
                 "5000000");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "compression.codec", SETTINGS({"compression.type", "zstd"})),
                 "zstd");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "compression.level",
                        SETTINGS({"compression.type", "gzip"}, {"compression.gzip.level", "6"},
                                 {"compression.zstd.level", "3"})),
                 "6");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "max.in.flight", SETTINGS({"enable.idempotence", "false"})), "1");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "enable.idempotence", SETTINGS({"acks", "1"})), "false");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "max.in.flight",
                        SETTINGS({"max.in.flight.requests.per.connection", "10"})),
                 "5");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "socket.timeout.ms", SETTINGS({"request.timeout.ms", "20000"})),
                 "20000");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "linger.ms", SETTINGS({"linger.ms", " 7 "})), "7");
}

TEST(cuts_long_client_ids)
{
    const char *id = native(LC_CLIENT_ADMIN, "client.id",
                            SETTINGS({"client.id", "connector-producer-a-very-long-name-of-a-connector-that"
                                                   "-somebody-liked-7"}));
    CHECK(rd_kafka_version() >= 0x020500ff || strlen(id) == 63);
    CHECK(!strncmp(id, "connector-producer-a-very-long", 30) && !strcmp(id + strlen(id) - 8, "-liked-7"));
}

TEST(translates_consumer_keys)
{
    CHECK_EQ_STR(native(LC_CLIENT_CONSUMER, "enable.auto.commit", SETTINGS({"enable.auto.commit", "true"})),
                 "false");
    CHECK_EQ_STR(native(LC_CLIENT_CONSUMER, "auto.offset.reset", SETTINGS({"auto.offset.reset", "latest"})),
                 "error");
    CHECK_EQ_STR(native(LC_CLIENT_CONSUMER, "fetch.wait.max.ms", SETTINGS({"fetch.max.wait.ms", "123"})),
                 "123");
    CHECK_EQ_STR(native(LC_CLIENT_CONSUMER, "max.partition.fetch.bytes",
                        SETTINGS({"max.partition.fetch.bytes", "2000"})),
                 "2000");
    CHECK_EQ_STR(native(LC_CLIENT_CONSUMER, "partition.assignment.strategy",
                        SETTINGS({"partition.assignment.strategy",
                                  "org.apache.kafka.clients.consumer.RangeAssignor,"
                                  "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"})),
                 "range");
    CHECK_EQ_STR(native(LC_CLIENT_CONSUMER, "partition.assignment.strategy",
                        SETTINGS({"partition.assignment.strategy",
                                  "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"})),
                 "cooperative-sticky");
    CHECK_EQ_STR(
        native(LC_CLIENT_CONSUMER, "isolation.level", SETTINGS({"isolation.level", "read_committed"})),
        "read_committed");
}

TEST(translates_security_keys)
{
    static const char *const plain =
        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"al\\\"ice\" "
        "password='s3;cr=et' ;";
    CHECK_EQ_STR(native(LC_CLIENT_ADMIN, "sasl.username", SETTINGS({"sasl.jaas.config", plain})), "al\"ice");
    CHECK_EQ_STR(native(LC_CLIENT_ADMIN, "sasl.password", SETTINGS({"sasl.jaas.config", plain})), "s3;cr=et");
    CHECK_EQ_STR(native(LC_CLIENT_ADMIN, "sasl.mechanism", SETTINGS({"sasl.mechanism", "SCRAM-SHA-512"})),
                 "SCRAM-SHA-512");
    CHECK_EQ_STR(native(LC_CLIENT_ADMIN, "security.protocol", SETTINGS({"security.protocol", "SASL_SSL"})),
                 "sasl_ssl");
    CHECK_EQ_STR(native(LC_CLIENT_ADMIN, "ssl.endpoint.identification.algorithm",
                        SETTINGS({"ssl.endpoint.identification.algorithm", ""})),
                 "none");
    CHECK_EQ_STR(
        native(LC_CLIENT_ADMIN, "ssl.cipher.suites",
               SETTINGS({"ssl.cipher.suites", "TLS_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,"
                                              "TLS_RSA_WITH_AES_128_CBC_SHA"})),
        "ECDHE-RSA-AES256-GCM-SHA384:RSA-AES128-SHA");
    CHECK(strstr(native(LC_CLIENT_ADMIN, "client.id",
                        SETTINGS({"sasl.jaas.config", "com.sun.security.auth.module.JndiLoginModule "
                                                      "required user.provider.url=\"x\";"})),
                 "JndiLoginModule' of sasl.jaas.config is not supported"));
}

static const char *refusal(const char *name, const char *value)
{
    static char text[600];
    lc_autoptr(lc_error) error = lc_client_override_check(LC_CLIENT_PRODUCER, name, value);
    snprintf(text, sizeof text, "%s", error ? lc_error_message(error) : "");
    return text;
}

TEST(refuses_dangerous_overrides)
{
    static const char *const dangerous[] = {
        "plugin.library.paths",
        "sasl.kerberos.kinit.cmd",
        "ssl.engine.location",
        "ssl.providers",
        "ssl.ca.location",
        "ssl.key.location",
        "ssl.certificate.location",
        "ssl.crl.location",
        "ssl.keystore.location",
        "ssl.truststore.location",
        "sasl.kerberos.keytab",
        "sasl.kerberos.principal",
        "sasl.oauthbearer.config",
        "sasl.oauthbearer.method",
        "sasl.oauthbearer.token.endpoint.url",
        "debug",
        "log_level",
        "test.mock.num.brokers",
        "bootstrap.servers",
        "metadata.broker.list",
        "transactional.id",
        "client.software.name",
        "broker.address.family",
        "statistics.interval.ms",
    };
    for (size_t i = 0; i < sizeof dangerous / sizeof *dangerous; i++) {
        CHECK(strstr(refusal(dangerous[i], "x"), dangerous[i]));
        lc_autoptr(lc_client_config) config = with(LC_CLIENT_PRODUCER, NULL);
        lc_autoptr(lc_error) error = lc_client_config_put_override(config, dangerous[i], "x");
        CHECK(error != NULL);
    }
    CHECK(*refusal("sasl.jaas.config",
                   "com.sun.security.auth.module.Krb5LoginModule required keyTab=\"/etc/x\";"));
    CHECK(*refusal("sasl.jaas.config",
                   "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;"));
    CHECK_EQ_STR(refusal("sasl.jaas.config",
                         "org.apache.kafka.common.security.scram.ScramLoginModule required username=a "
                         "password=b;"),
                 "");
    static const char *const fine[] = {"acks",
                                       "linger.ms",
                                       "batch.size",
                                       "compression.type",
                                       "interceptor.classes",
                                       "client.id",
                                       "some.thing.of.an.interceptor"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) CHECK_EQ_STR(refusal(fine[i], "x"), "");
}

/* Every property that librdkafka has, the newest included: only these may come from a connector. */
TEST(allows_only_known_natives)
{
    static const char *const allowed[] = {
        "acks",
        "allow.auto.create.topics",
        "auto.commit.interval.ms",
        "auto.offset.reset",
        "batch.size",
        "check.crcs",
        "client.dns.lookup",
        "client.id",
        "client.rack",
        "compression.type",
        "connections.max.idle.ms",
        "delivery.report.only.error",
        "delivery.timeout.ms",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "enable.idempotence",
        "enable.metrics.push",
        "enable.partition.eof",
        "fetch.max.bytes",
        "fetch.min.bytes",
        "group.id",
        "group.instance.id",
        "group.protocol",
        "group.remote.assignor",
        "heartbeat.interval.ms",
        "isolation.level",
        "linger.ms",
        "log.queue",
        "max.in.flight.requests.per.connection",
        "max.partition.fetch.bytes",
        "max.poll.interval.ms",
        "metadata.max.age.ms",
        "metadata.recovery.rebootstrap.trigger.ms",
        "metadata.recovery.strategy",
        "partition.assignment.strategy",
        "queue.buffering.max.kbytes",
        "queue.buffering.max.messages",
        "queued.max.messages.kbytes",
        "queued.min.messages",
        "reconnect.backoff.max.ms",
        "reconnect.backoff.ms",
        "request.timeout.ms",
        "retries",
        "retry.backoff.max.ms",
        "retry.backoff.ms",
        "sasl.mechanism",
        "sasl.password",
        "sasl.username",
        "security.protocol",
        "session.timeout.ms",
        "socket.connection.setup.timeout.ms",
        "ssl.cipher.suites",
        "ssl.endpoint.identification.algorithm",
        "ssl.key.password",
        "ssl.keystore.password",
        "transaction.timeout.ms",
        "sasl.kerberos.min.time.before.relogin",
    };
    char *text = NULL, *line, *rest;
    size_t size, seen = 0;
    FILE *out = open_memstream(&text, &size);
    rd_kafka_conf_properties_show(out);
    fclose(out);
    for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char name[100];
        if (!strchr(line, '|') || sscanf(line, "%99s", name) != 1 || !strchr(name, '.')) continue;
        bool expected = false;
        for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) expected |= !strcmp(allowed[i], name);
        bool is_allowed = !*refusal(name, "x");
        if (is_allowed && !expected) fprintf(stderr, "    %s may be overridden\n", name);
        CHECK(!is_allowed || expected);
        seen++;
    }
    CHECK(seen > 100);
    free(text);
}

TEST(no_key_runs_code)
{
    char canary[] = "/tmp/lc-canary-XXXXXX";
    int made = mkstemp(canary);
    close(made);
    unlink(canary);
    char command[100];
    snprintf(command, sizeof command, "touch %s", canary);
    const char *kinit =
        native(LC_CLIENT_PRODUCER, "sasl.kerberos.kinit.cmd", SETTINGS({"sasl.kerberos.kinit.cmd", command}));
    CHECK(!strstr(kinit, canary));
    CHECK(strstr(native(LC_CLIENT_PRODUCER, "client.id", SETTINGS({"plugin.library.paths", "/tmp/x.so"})),
                 "never accepted"));
    CHECK(strstr(native(LC_CLIENT_PRODUCER, "client.id",
                        SETTINGS({"sasl.jaas.config",
                                  "com.sun.security.auth.module.Krb5LoginModule required keyTab=\"/x\" "
                                  "principal=\"a; touch /tmp/x\";"})),
                 "may only hold"));
    CHECK(access(canary, F_OK) != 0);
}

static const char *note_about(lc_client_config *config, const char *name)
{
    const lc_client_note *notes;
    size_t count = lc_client_config_notes(config, &notes);
    for (size_t i = 0; i < count; i++)
        if (!strcmp(notes[i].name, name)) return notes[i].text;
    return NULL;
}

TEST(notes_what_it_cannot_honour)
{
    lc_autoptr(lc_client_config) config =
        with(LC_CLIENT_PRODUCER,
             SETTINGS({"interceptor.classes", "a.B"}, {"liner.ms", "3"}, {"session.timeout.ms", "6000"}));
    lc_client_config_put_inherited(config, "offset.storage.topic", "connect-offsets");
    lc_client_config_put_inherited(config, "group.id", "connect-cluster");
    lc_autoptr(lc_error) error = lc_client_config_check(config);
    CHECK(error == NULL);
    CHECK(note_about(config, "interceptor.classes") != NULL);
    CHECK_EQ_STR(note_about(config, "liner.ms"), "is not a known client setting; did you mean 'linger.ms'?");
    CHECK_EQ_STR(note_about(config, "session.timeout.ms"), "is a setting of another kind of client");
    CHECK(note_about(config, "offset.storage.topic") == NULL);
    CHECK(note_about(config, "group.id") == NULL);
}

TEST(names_the_bad_value)
{
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "linger.ms", SETTINGS({"linger.ms", "5x"})),
                 "error: Invalid value 5x for configuration linger.ms: Not a number of type LONG");
    CHECK_EQ_STR(native(LC_CLIENT_PRODUCER, "acks", SETTINGS({"acks", "2"})),
                 "error: Invalid value 2 for configuration acks: String must be one of: all, -1, 0, 1");
    CHECK(strstr(native(LC_CLIENT_PRODUCER, "acks", SETTINGS({"acks", "1"}, {"enable.idempotence", "true"})),
                 "Must set acks to all"));
    CHECK(strstr(native(LC_CLIENT_CONSUMER, "acks", SETTINGS({"auto.offset.reset", "never"})),
                 "earliest, latest or none"));
    lc_autoptr(lc_client_config) config = lc_client_config_new(LC_CLIENT_ADMIN);
    lc_autoptr(lc_error) error = lc_client_config_check(config);
    CHECK(error && strstr(lc_error_message(error), "bootstrap.servers"));
}

TEST(reads_stores)
{
    char path[] = "/tmp/lc-store-XXXXXX";
    int file = mkstemp(path);
    CHECK(write(file, "\xfe\xed\xfe\xed\0\0\0\2\0\0\0\0", 12) == 12);
    close(file);
    CHECK(strstr(native(LC_CLIENT_ADMIN, "client.id", SETTINGS({"ssl.keystore.location", path})),
                 "keytool -importkeystore"));
    CHECK(strstr(native(LC_CLIENT_ADMIN, "client.id", SETTINGS({"ssl.truststore.location", path})),
                 "holds no certificate"));
    CHECK(
        strstr(native(LC_CLIENT_ADMIN, "client.id", SETTINGS({"ssl.truststore.location", "/nowhere/x.pem"})),
               "can't be read"));
    unlink(path);
}

/* A JKS truststore with one entry whose certificate is the given bytes. */
static void write_jks(const char *path, const unsigned char *der, unsigned char len)
{
    static const unsigned char head[] = "\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1" /* magic, version, entries */
                                        "\0\0\0\2\0\2ca"                   /* trusted certificate, alias */
                                        "\0\0\0\0\0\0\0\0\0\5X.509\0\0\0"; /* date, kind, length */
    FILE *file = fopen(path, "w");
    fwrite(head, 1, sizeof head - 1, file);
    fputc(len, file);
    fwrite(der, 1, len, file);
    fwrite("signature", 1, 9, file);
    fclose(file);
}

TEST(takes_certificates_out_of_jks)
{
    char path[] = "/tmp/lc-store-XXXXXX";
    unsigned char der[60];
    for (unsigned char i = 0; i < sizeof der; i++) der[i] = i;
    close(mkstemp(path));
    write_jks(path, der, sizeof der);
    CHECK_EQ_STR(native(LC_CLIENT_ADMIN, "ssl.ca.pem",
                        SETTINGS({"ssl.truststore.location", path}, {"ssl.truststore.password", "x"})),
                 "-----BEGIN CERTIFICATE-----\n"
                 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v\n"
                 "MDEyMzQ1Njc4OTo7\n"
                 "-----END CERTIFICATE-----\n");
    /* Cut short anywhere, it is refused or gives less, but never reads beyond its end. */
    for (off_t len = 0; len < 110; len++) {
        write_jks(path, der, sizeof der);
        CHECK(truncate(path, len) == 0);
        native(LC_CLIENT_ADMIN, "ssl.ca.pem", SETTINGS({"ssl.truststore.location", path}));
    }
    unlink(path);
}

TEST(warns_of_scram_that_brokers_refuse)
{
    lc_autoptr(lc_client_config) config =
        with(LC_CLIENT_ADMIN, SETTINGS({"sasl.mechanism", "SCRAM-SHA-256"}));
    lc_autoptr(lc_error) error = lc_client_config_check(config);
    CHECK(error == NULL);
    CHECK((note_about(config, "sasl.mechanism") != NULL) == (rd_kafka_version() < 0x020601ff));
}

int main(void)
{
    RUN(takes_certificates_out_of_jks);
    RUN(warns_of_scram_that_brokers_refuse);
    RUN(translates_producer_keys);
    RUN(cuts_long_client_ids);
    RUN(translates_consumer_keys);
    RUN(translates_security_keys);
    RUN(refuses_dangerous_overrides);
    RUN(allows_only_known_natives);
    RUN(no_key_runs_code);
    RUN(notes_what_it_cannot_honour);
    RUN(names_the_bad_value);
    RUN(reads_stores);
    return check_report();
}
