#include "kafka/client_config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/memory.h"
#include "kafka/client_keys.h"

struct lc_client_config {
    lc_client_kind kind;
    lc_props *settings;
    lc_client_note *notes;
    size_t note_count, note_cap;
};

static void reset_notes(lc_client_config *config)
{
    for (size_t i = 0; i < config->note_count; i++) {
        free((char *)config->notes[i].name);
        free((char *)config->notes[i].text);
    }
    config->note_count = 0;
}

lc_client_config *lc_client_config_new(lc_client_kind kind)
{
    lc_client_config *config = lc_alloc(sizeof *config);
    config->kind = kind;
    config->settings = lc_props_new();
    return config;
}

void lc_client_config_free(lc_client_config *config)
{
    if (!config) return;
    reset_notes(config);
    free(config->notes);
    lc_props_free(config->settings);
    free(config);
}

lc_client_config *lc_client_config_as(const lc_client_config *config, lc_client_kind kind)
{
    lc_client_config *other = lc_client_config_new(kind);
    for (size_t i = 0; i < lc_props_count(config->settings); i++)
        lc_client_config_put_inherited(other, lc_props_key_at(config->settings, i),
                                       lc_props_value_at(config->settings, i));
    return other;
}

lc_client_kind lc_client_config_kind(const lc_client_config *config)
{
    return config->kind;
}

void lc_client_config_put(lc_client_config *config, const char *name, const char *value)
{
    if (value) lc_props_set(config->settings, name, value);
    else lc_props_remove(config->settings, name);
}

void lc_client_config_put_inherited(lc_client_config *config, const char *name, const char *value)
{
    const lc_key *key = lc_key_find(config->kind, name);
    if (key && key->how != LC_KEY_REFUSED && lc_key_is_for(key, config->kind))
        lc_client_config_put(config, name, value);
}

lc_error *lc_client_config_put_override(lc_client_config *config, const char *name, const char *value)
{
    LC_TRY(lc_client_override_check(config->kind, name, value));
    lc_client_config_put(config, name, value);
    return NULL;
}

const char *lc_client_config_get(const lc_client_config *config, const char *name)
{
    return lc_props_get(config->settings, name);
}

/* Resetting a property tells whether librdkafka knows it; asking for its value doesn't, when it has none. */
static bool is_native(const char *name)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool known = rd_kafka_conf_set(conf, name, NULL, NULL, 0) != RD_KAFKA_CONF_UNKNOWN;
    rd_kafka_conf_destroy(conf);
    return known;
}

lc_error *lc_client_override_check(lc_client_kind kind, const char *name, const char *value)
{
    const lc_key *key = lc_key_find(kind, name);
    if (key && key->translate == lc_key_jaas) return value ? lc_key_jaas_check_override(value) : NULL;
    if (key ? key->overridable : !is_native(name)) return NULL;
    return lc_fail(
        LC_E_CONFIG,
        "A connector may not override the client setting '%s': it can run code, read files or reach "
        "other hosts. Set it for the whole worker instead",
        name);
}

void lc_build_note(lc_build *build, lc_note_kind kind, const char *name, const char *format, ...)
{
    lc_client_config *config = build->config;
    lc_buf text = {0};
    va_list args;
    va_start(args, format);
    lc_buf_vprintf(&text, format, args);
    va_end(args);
    config->notes = lc_grow(config->notes, &config->note_cap, config->note_count + 1, sizeof *config->notes);
    config->notes[config->note_count++] = (lc_client_note){kind, lc_strdup(name), lc_buf_detach(&text)};
}

lc_error *lc_build_set(lc_build *build, const char *name, const char *native, const char *value, bool secret)
{
    char why[512];
    rd_kafka_conf_res_t result = rd_kafka_conf_set(build->conf, native, value, why, sizeof why);
    if (result == RD_KAFKA_CONF_OK) return NULL;
    return lc_fail(LC_E_CONFIG, "Invalid value %s for configuration %s: %s", secret ? "[hidden]" : value,
                   name, secret ? "it is not accepted" : why);
}

/* A key that is in no table: librdkafka's own name, or a mistake. */
static lc_error *apply_stranger(lc_build *build, const char *name, const char *value)
{
    if (is_native(name)) return lc_build_set(build, name, name, value, true);
    const char *nearest = lc_key_nearest(build->config->kind, name);
    lc_build_note(build, LC_NOTE_UNKNOWN, name,
                  nearest ? "is not a known client setting; did you mean '%s'?"
                          : "is not a known client setting",
                  nearest);
    return NULL;
}

static lc_error *apply_all(lc_build *build)
{
    const lc_props *settings = build->config->settings;
    for (size_t i = 0; i < lc_props_count(settings); i++) {
        const char *name = lc_props_key_at(settings, i), *value = lc_props_value_at(settings, i);
        if (!value || lc_text_starts(lc_text_of(name), "metrics.context.")) continue;
        const lc_key *key = lc_key_find(build->config->kind, name);
        if (!key) LC_TRY(apply_stranger(build, name, value));
        else if (!lc_key_is_for(key, build->config->kind))
            lc_build_note(build, LC_NOTE_FOREIGN, name, "is a setting of another kind of client");
        else LC_TRY(lc_key_apply(build, key, value));
    }
    return NULL;
}

static const struct {
    unsigned kinds;
    const char *native, *value;
} defaults[] = {
    {LC_FOR_ALL, "client.id", "luaconnect"},
    {LC_FOR_ALL, "client.software.name", "luaconnect"},
    {LC_FOR_ALL, "socket.keepalive.enable", "true"},
    {LC_FOR_ALL, "socket.nagle.disable", "true"},
    {LC_FOR_ALL, "log.connection.close", "false"},
    {LC_FOR_ALL, "reconnect.backoff.max.ms", "1000"},
    /* Java's default: bounds how long a dead peer holds a synchronous call. */
    {LC_FOR_CONSUMER | LC_FOR_ADMIN, "socket.timeout.ms", "30000"},
    /* A batch forms by itself while earlier ones are in flight; waiting on top costs latency and saves
       little. */
    {LC_FOR_PRODUCER, "linger.ms", "0"},
    {LC_FOR_PRODUCER, "message.max.bytes", "1048576"}, /* Java's max.request.size */
    {LC_FOR_PRODUCER, "batch.size", "1000000"},
    {LC_FOR_PRODUCER, "queue.buffering.max.kbytes", "32768"},
    {LC_FOR_PRODUCER, "queue.buffering.max.messages", "500000"},
    {LC_FOR_PRODUCER, "partitioner", "murmur2_random"},
    {LC_FOR_PRODUCER, "sticky.partitioning.linger.ms", "10"},
    {LC_FOR_PRODUCER, "topic.metadata.propagation.max.ms", "60000"},
    {LC_FOR_CONSUMER, "enable.auto.commit", "false"},
    {LC_FOR_CONSUMER, "enable.auto.offset.store", "false"},
    {LC_FOR_CONSUMER, "auto.offset.reset", "error"},
    {LC_FOR_CONSUMER, "allow.auto.create.topics", "false"},
    {LC_FOR_CONSUMER, "check.crcs", "true"},
    /* For a producer: which end of a log it is told when it asks. */
    {LC_FOR_ALL, "isolation.level", "read_uncommitted"},
    {LC_FOR_CONSUMER, "queued.max.messages.kbytes", "8192"},
    {LC_FOR_CONSUMER, "partition.assignment.strategy", "range"},
};

static void apply_defaults(lc_build *build)
{
    unsigned kind = 1u << build->config->kind;
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (defaults[i].kinds & kind)
            rd_kafka_conf_set(build->conf, defaults[i].native, defaults[i].value, NULL, 0);
}

static bool is_value(const lc_client_config *config, const char *name, const char *value)
{
    const char *given = lc_props_get(config->settings, name);
    return given && lc_text_eq_nocase(lc_text_trim(lc_text_of(given)), lc_text_of(value));
}

static bool wants_idempotence(lc_build *build, lc_error **ret_error)
{
    const lc_client_config *config = build->config;
    bool weak_acks = lc_client_config_get(config, "acks") && !is_value(config, "acks", "all") &&
                     !is_value(config, "acks", "-1");
    bool no_retries = is_value(config, "retries", "0");
    bool demanded =
        is_value(config, "enable.idempotence", "true") || lc_client_config_get(config, "transactional.id");
    if (is_value(config, "enable.idempotence", "false")) return false;
    if (demanded && weak_acks)
        *ret_error = lc_fail(
            LC_E_CONFIG, "Must set acks to all in order to use the idempotent producer. Otherwise we cannot "
                         "guarantee idempotence.");
    else if (demanded && no_retries)
        *ret_error = lc_fail(LC_E_CONFIG, "Must set retries to non-zero when using the idempotent producer.");
    else if (!demanded && (weak_acks || no_retries)) {
        lc_build_note(
            build, LC_NOTE_DIFFERS, weak_acks ? "acks" : "retries",
            "switches the idempotent producer off: records may be doubled when the broker is asked again");
        return false;
    }
    return true;
}

/* Settings of a producer that depend on each other (ProducerConfig.postProcessAndValidateIdempotenceConfigs).
 */
static lc_error *finish_producer(lc_build *build)
{
    lc_error *error = NULL;
    bool idempotent = wants_idempotence(build, &error);
    LC_TRY(error);
    LC_TRY(lc_build_set(build, "enable.idempotence", "enable.idempotence", idempotent ? "true" : "false",
                        false));
    if (!lc_client_config_get(build->config, "acks"))
        LC_TRY(lc_build_set(build, "acks", "acks", "all", false));
    const char *in_flight = "max.in.flight.requests.per.connection";
    const char *given = lc_client_config_get(build->config, in_flight);
    if (!given && !idempotent) return lc_build_set(build, in_flight, in_flight, "1", false);
    if (given && idempotent && atoi(given) > 5) {
        lc_build_note(build, LC_NOTE_DIFFERS, in_flight,
                      "is brought down to 5, which the idempotent producer needs");
        return lc_build_set(build, in_flight, in_flight, "5", false);
    }
    return NULL;
}

/* A message time-out beyond the transaction's is refused by librdkafka; without one it takes the
 * transaction's. */
static lc_error *finish_delivery(lc_build *build)
{
    const char *given = lc_client_config_get(build->config, "delivery.timeout.ms");
    const char *linger = lc_client_config_get(build->config, "linger.ms");
    int64_t timeout = given ? atoll(given) : 120000;
    bool transactional = lc_client_config_get(build->config, "transactional.id") != NULL;
    const char *limit = lc_client_config_get(build->config, "transaction.timeout.ms");
    if (transactional && timeout > (limit ? atoll(limit) : 60000)) return NULL;
    char text[32] = "0";
    if (timeout < INT32_MAX) snprintf(text, sizeof text, "%lld", (long long)timeout);
    if (linger && timeout > 0 && timeout <= atoll(linger))
        return lc_fail(
            LC_E_CONFIG,
            "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms");
    return lc_build_set(build, "delivery.timeout.ms", "message.timeout.ms", text, false);
}

/* Before 2.6.1 librdkafka repeats its nonce in the last message of SCRAM, which brokers refuse since
 * CVE-2024-56128. */
static void note_scram(lc_build *build)
{
    enum { FIRST_CORRECT = 0x020601ff };
    const char *mechanism = lc_client_config_get(build->config, "sasl.mechanism");
    if (!mechanism || strncmp(mechanism, "SCRAM-", 6) != 0 || rd_kafka_version() >= FIRST_CORRECT) return;
    lc_build_note(
        build, LC_NOTE_DIFFERS, "sasl.mechanism",
        "needs librdkafka 2.6.1 or later with brokers 3.7.2, 3.8.1, 3.9 and later, and this one is %s: they "
        "refuse its logins. Use PLAIN over TLS or client certificates with it",
        rd_kafka_version_str());
}

static lc_error *finish(lc_build *build)
{
    note_scram(build);
    LC_TRY(lc_build_stores(build));
    if (build->config->kind != LC_CLIENT_PRODUCER) return NULL;
    LC_TRY(finish_producer(build));
    return finish_delivery(build);
}

lc_error *lc_rd_conf_build(lc_client_config *config, rd_kafka_conf_t **ret_conf)
{
    lc_build build = {config, rd_kafka_conf_new()};
    reset_notes(config);
    apply_defaults(&build);
    lc_error *error = apply_all(&build);
    if (!error) error = finish(&build);
    if (!error && !lc_client_config_get(config, "bootstrap.servers"))
        error = lc_fail(LC_E_CONFIG,
                        "Missing required configuration \"bootstrap.servers\" which has no default value.");
    if (error) rd_kafka_conf_destroy(build.conf);
    else *ret_conf = build.conf;
    return error;
}

lc_error *lc_client_config_check(lc_client_config *config)
{
    rd_kafka_conf_t *conf;
    LC_TRY(lc_rd_conf_build(config, &conf));
    rd_kafka_conf_destroy(conf);
    return NULL;
}

size_t lc_client_config_notes(const lc_client_config *config, const lc_client_note **ret_notes)
{
    *ret_notes = config->notes;
    return config->note_count;
}
