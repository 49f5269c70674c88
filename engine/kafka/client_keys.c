#include "kafka/client_keys.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/memory.h"

static lc_error *acks(lc_build *build, const lc_key *key, const char *value);
static lc_error *client_id(lc_build *build, const lc_key *key, const char *value);
static lc_error *client_rack(lc_build *build, const lc_key *key, const char *value);
static lc_error *request_timeout(lc_build *build, const lc_key *key, const char *value);
static lc_error *compression_level(lc_build *build, const lc_key *key, const char *value);
static lc_error *partitioner(lc_build *build, const lc_key *key, const char *value);
static lc_error *assignors(lc_build *build, const lc_key *key, const char *value);
static lc_error *offset_reset(lc_build *build, const lc_key *key, const char *value);
static lc_error *must_be_false(lc_build *build, const lc_key *key, const char *value);
static lc_error *fetch_max(lc_build *build, const lc_key *key, const char *value);

#define P LC_FOR_PRODUCER
#define C LC_FOR_CONSUMER
#define ALL LC_FOR_ALL
#define MS_MAX 2147483647
#define NO_CLASSES "no Java classes are loaded here"
#define NO_METRICS "Kafka's own metrics classes don't exist here"
#define DECIDED "is decided by the engine"
#define TLS_OF_OPENSSL "OpenSSL decides"
#define RUNS_CODE "would run foreign code in this process"

/* One line per key. */
/* clang-format off */
#define SAME(key, who, to) {.name = key, .kinds = who, .how = LC_KEY_SAME, .overridable = true, .native = to}
#define TRUSTED(key, who, to) {.name = key, .kinds = who, .how = LC_KEY_SAME, .native = to}
#define SECRET(key, who, to)                                                                                 \
    {.name = key, .kinds = who, .how = LC_KEY_SAME, .overridable = true, .secret = true, .native = to}
#define NUMBER(key, who, to, low, high)                                                                      \
    {.name = key, .kinds = who, .how = LC_KEY_NUMBER, .overridable = true, .native = to, .min = low,         \
     .max = high}
#define OURS(key, who) {.name = key, .kinds = who, .how = LC_KEY_OURS, .overridable = true}
#define IGNORED(key, who, why)                                                                               \
    {.name = key, .kinds = who, .how = LC_KEY_IGNORED, .overridable = true, .text = why}
#define SILENT(key, who) {.name = key, .kinds = who, .how = LC_KEY_SILENT, .overridable = true}
#define REFUSED(key, why) {.name = key, .kinds = ALL, .how = LC_KEY_REFUSED, .text = why}
#define SPECIAL(key, who, function)                                                                          \
    {.name = key, .kinds = who, .how = LC_KEY_SPECIAL, .overridable = true, .translate = function}

/* By group, as Java's ProducerConfig, ConsumerConfig, AdminClientConfig, SaslConfigs and SslConfigs do. */
static const lc_key keys[] = {
    TRUSTED("bootstrap.servers", ALL, "bootstrap.servers"),
    TRUSTED("bootstrap.controllers", LC_FOR_ADMIN, "bootstrap.servers"),
    {.name = "client.id", .kinds = ALL, .how = LC_KEY_SPECIAL, .overridable = true, .native = "client.id",
     .translate = client_id},
    IGNORED("client.dns.lookup", ALL, "all addresses of a name are tried anyway"),
    NUMBER("connections.max.idle.ms", ALL, "connections.max.idle.ms", 0, MS_MAX),
    NUMBER("metadata.max.age.ms", ALL, "topic.metadata.refresh.interval.ms", 10, 3600000),
    IGNORED("metadata.recovery.strategy", ALL, "brokers are looked up again by librdkafka's own rules"),
    IGNORED("metadata.recovery.rebootstrap.trigger.ms", ALL,
            "brokers are looked up again by librdkafka's own rules"),
    NUMBER("reconnect.backoff.ms", ALL, "reconnect.backoff.ms", 0, 3600000),
    NUMBER("reconnect.backoff.max.ms", ALL, "reconnect.backoff.max.ms", 0, 3600000),
    NUMBER("retry.backoff.ms", P, "retry.backoff.ms", 1, 300000),
    SILENT("retry.backoff.ms", C | LC_FOR_ADMIN),
    IGNORED("retry.backoff.max.ms", ALL, "the back-off between requests doesn't grow"),
    SPECIAL("request.timeout.ms", ALL, request_timeout),
    OURS("default.api.timeout.ms", C | LC_FOR_ADMIN),
    NUMBER("socket.connection.setup.timeout.ms", ALL, "socket.connection.setup.timeout.ms", 1000, MS_MAX),
    IGNORED("socket.connection.setup.timeout.max.ms", ALL, "the time-out doesn't grow"),
    NUMBER("send.buffer.bytes", ALL, "socket.send.buffer.bytes", 0, 100000000),
    NUMBER("receive.buffer.bytes", ALL, "socket.receive.buffer.bytes", 0, 100000000),
    IGNORED("metric.reporters", ALL, NO_METRICS),
    IGNORED("metrics.num.samples", ALL, NO_METRICS),
    IGNORED("metrics.recording.level", ALL, NO_METRICS),
    IGNORED("metrics.sample.window.ms", ALL, NO_METRICS),
    IGNORED("auto.include.jmx.reporter", ALL, NO_METRICS),
    IGNORED("enable.metrics.push", ALL, "client telemetry is not sent"),
    IGNORED("interceptor.classes", P | C, NO_CLASSES),
    IGNORED("security.providers", ALL, NO_CLASSES),
    IGNORED("config.providers", ALL, "the worker has resolved its references already"),

    SPECIAL("acks", P, acks),
    {.name = "buffer.memory", .kinds = P, .how = LC_KEY_KBYTES, .overridable = true,
     .native = "queue.buffering.max.kbytes", .min = 64, .max = 2147483647 / 1024},
    NUMBER("batch.size", P, "batch.size", 1, 2147483647),
    NUMBER("linger.ms", P, "linger.ms", 0, 900000),
    NUMBER("max.request.size", P, "message.max.bytes", 1000, 1000000000),
    /* How long records wait for their topic to come into being. */
    NUMBER("max.block.ms", P, "topic.metadata.propagation.max.ms", 0, 3600000),
    OURS("delivery.timeout.ms", P), /* finish_delivery() in client_config.c */
    NUMBER("retries", P, "retries", 0, 2147483647),
    NUMBER("max.in.flight.requests.per.connection", P, "max.in.flight.requests.per.connection", 1, 1000000),
    SAME("compression.type", P, "compression.codec"),
    SPECIAL("compression.gzip.level", P, compression_level),
    SPECIAL("compression.lz4.level", P, compression_level),
    SPECIAL("compression.zstd.level", P, compression_level),
    SPECIAL("partitioner.class", P, partitioner),
    IGNORED("partitioner.ignore.keys", P, "records with a key always go by their key"),
    SILENT("partitioner.adaptive.partitioning.enable", P),
    SILENT("partitioner.availability.timeout.ms", P),
    SILENT("metadata.max.idle.ms", P),
    OURS("enable.idempotence", P), /* finish_producer() in client_config.c */
    TRUSTED("transactional.id", P, "transactional.id"),
    NUMBER("transaction.timeout.ms", P, "transaction.timeout.ms", 1000, MS_MAX),
    IGNORED("transaction.two.phase.commit.enable", P, "is not supported"),
    SILENT("key.serializer", P),
    SILENT("value.serializer", P),

    SAME("group.id", C, "group.id"),
    SAME("group.instance.id", C, "group.instance.id"),
    IGNORED("group.protocol", C, "the classic group protocol is used"),
    IGNORED("group.remote.assignor", C, "the classic group protocol is used"),
    NUMBER("session.timeout.ms", C, "session.timeout.ms", 1, 3600000),
    NUMBER("heartbeat.interval.ms", C, "heartbeat.interval.ms", 1, 3600000),
    NUMBER("max.poll.interval.ms", C, "max.poll.interval.ms", 1, 86400000),
    OURS("max.poll.records", C),
    SPECIAL("auto.offset.reset", C, offset_reset),
    SAME("isolation.level", C, "isolation.level"),
    SPECIAL("enable.auto.commit", C, must_be_false),
    SILENT("auto.commit.interval.ms", C),
    NUMBER("fetch.min.bytes", C, "fetch.min.bytes", 1, 100000000),
    SPECIAL("fetch.max.bytes", C, fetch_max),
    NUMBER("fetch.max.wait.ms", C, "fetch.wait.max.ms", 0, 300000),
    NUMBER("max.partition.fetch.bytes", C, "max.partition.fetch.bytes", 1, 1000000000),
    SAME("check.crcs", C, "check.crcs"),
    {.name = "client.rack", .kinds = C | P, .how = LC_KEY_SPECIAL, .overridable = true, .native = "client.rack",
     .translate = client_rack},
    SAME("allow.auto.create.topics", C, "allow.auto.create.topics"),
    OURS("exclude.internal.topics", C),
    SPECIAL("partition.assignment.strategy", C, assignors),
    SILENT("internal.leave.group.on.close", C),
    SILENT("key.deserializer", C),
    SILENT("value.deserializer", C),

    SAME("security.protocol", ALL, "security.protocol"),
    SAME("sasl.mechanism", ALL, "sasl.mechanism"),
    {.name = "sasl.jaas.config", .kinds = ALL, .how = LC_KEY_SPECIAL, .overridable = true, .secret = true,
     .translate = lc_key_jaas},
    SAME("sasl.username", ALL, "sasl.username"),
    SECRET("sasl.password", ALL, "sasl.password"),
    TRUSTED("sasl.kerberos.service.name", ALL, "sasl.kerberos.service.name"),
    {.name = "sasl.kerberos.kinit.cmd", .kinds = ALL, .how = LC_KEY_IGNORED,
     .text = "a command is never taken from a setting; librdkafka's own kinit call is used"},
    NUMBER("sasl.kerberos.min.time.before.relogin", ALL, "sasl.kerberos.min.time.before.relogin", 0,
           86400000),
    SILENT("sasl.kerberos.ticket.renew.window.factor", ALL),
    SILENT("sasl.kerberos.ticket.renew.jitter", ALL),
    IGNORED("sasl.client.callback.handler.class", ALL, NO_CLASSES),
    IGNORED("sasl.login.callback.handler.class", ALL, NO_CLASSES),
    IGNORED("sasl.login.class", ALL, NO_CLASSES),
    SILENT("sasl.login.refresh.window.factor", ALL),
    SILENT("sasl.login.refresh.window.jitter", ALL),
    SILENT("sasl.login.refresh.min.period.seconds", ALL),
    SILENT("sasl.login.refresh.buffer.seconds", ALL),
    SILENT("sasl.login.connect.timeout.ms", ALL),
    SILENT("sasl.login.read.timeout.ms", ALL),
    SILENT("sasl.login.retry.backoff.ms", ALL),
    SILENT("sasl.login.retry.backoff.max.ms", ALL),
    TRUSTED("sasl.oauthbearer.token.endpoint.url", ALL, "sasl.oauthbearer.token.endpoint.url"),
    {.name = "sasl.oauthbearer.jwks.endpoint.url", .kinds = ALL, .how = LC_KEY_SILENT},
    {.name = "sasl.oauthbearer.scope.claim.name", .kinds = ALL, .how = LC_KEY_SILENT},
    {.name = "sasl.oauthbearer.sub.claim.name", .kinds = ALL, .how = LC_KEY_SILENT},
    {.name = "sasl.oauthbearer.expected.audience", .kinds = ALL, .how = LC_KEY_SILENT},
    {.name = "sasl.oauthbearer.expected.issuer", .kinds = ALL, .how = LC_KEY_SILENT},
    {.name = "sasl.oauthbearer.clock.skew.seconds", .kinds = ALL, .how = LC_KEY_SILENT},
    {.name = "sasl.oauthbearer.header.urlencode", .kinds = ALL, .how = LC_KEY_SILENT},
    {.name = "sasl.oauthbearer.jwks.endpoint.refresh.ms", .kinds = ALL, .how = LC_KEY_SILENT},
    {.name = "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", .kinds = ALL, .how = LC_KEY_SILENT},
    {.name = "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", .kinds = ALL, .how = LC_KEY_SILENT},

    IGNORED("ssl.protocol", ALL, TLS_OF_OPENSSL),
    IGNORED("ssl.enabled.protocols", ALL, TLS_OF_OPENSSL),
    IGNORED("ssl.provider", ALL, TLS_OF_OPENSSL),
    IGNORED("ssl.keymanager.algorithm", ALL, TLS_OF_OPENSSL),
    IGNORED("ssl.trustmanager.algorithm", ALL, TLS_OF_OPENSSL),
    IGNORED("ssl.secure.random.implementation", ALL, TLS_OF_OPENSSL),
    IGNORED("ssl.engine.factory.class", ALL, NO_CLASSES),
    SPECIAL("ssl.cipher.suites", ALL, lc_key_ciphers),
    SPECIAL("ssl.endpoint.identification.algorithm", ALL, lc_key_endpoint_check),
    SECRET("ssl.key.password", ALL, "ssl.key.password"),
    SECRET("ssl.keystore.key", ALL, "ssl.key.pem"),
    SAME("ssl.keystore.certificate.chain", ALL, "ssl.certificate.pem"),
    SAME("ssl.truststore.certificates", ALL, "ssl.ca.pem"),
    /* Read together by lc_build_stores(). */
    OURS("ssl.keystore.type", ALL),
    OURS("ssl.truststore.type", ALL),
    {.name = "ssl.keystore.location", .kinds = ALL, .how = LC_KEY_OURS},
    {.name = "ssl.truststore.location", .kinds = ALL, .how = LC_KEY_OURS},
    {.name = "ssl.keystore.password", .kinds = ALL, .how = LC_KEY_OURS, .overridable = true, .secret = true},
    {.name = "ssl.truststore.password", .kinds = ALL, .how = LC_KEY_OURS, .overridable = true,
     .secret = true},

    /* librdkafka's own names that are worth tuning for a connector, or that would break the engine. */
    NUMBER("queue.buffering.max.messages", P, "queue.buffering.max.messages", 1, 10000000),
    NUMBER("queue.buffering.max.kbytes", P, "queue.buffering.max.kbytes", 64, 2147483647 / 1024),
    NUMBER("queued.max.messages.kbytes", C, "queued.max.messages.kbytes", 64, 2097151),
    NUMBER("queued.min.messages", C, "queued.min.messages", 1, 10000000),
    IGNORED("enable.auto.offset.store", C, DECIDED),
    IGNORED("enable.partition.eof", C, DECIDED),
    IGNORED("log.queue", ALL, DECIDED),
    IGNORED("delivery.report.only.error", P, DECIDED),
    REFUSED("plugin.library.paths", RUNS_CODE),
    REFUSED("ssl.engine.location", RUNS_CODE),
    REFUSED("ssl.engine.id", RUNS_CODE),
    REFUSED("ssl.providers", RUNS_CODE),
    REFUSED("test.mock.num.brokers", "would talk to a broker that doesn't exist"),
    REFUSED("test.mock.broker.rtt", "would talk to a broker that doesn't exist"),
};
/* clang-format on */

enum { KEY_COUNT = sizeof keys / sizeof *keys };

bool lc_key_is_for(const lc_key *key, lc_client_kind kind)
{
    return key->kinds >> kind & 1;
}

const lc_key *lc_key_find(lc_client_kind kind, const char *name)
{
    const lc_key *found = NULL;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(keys[i].name, name) != 0) continue;
        found = &keys[i];
        if (lc_key_is_for(found, kind)) break;
    }
    return found;
}

const char *lc_key_nearest(lc_client_kind kind, const char *name)
{
    const char *candidates[KEY_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (lc_key_is_for(&keys[i], kind) && keys[i].how != LC_KEY_REFUSED)
            candidates[count++] = keys[i].name;
    return lc_nearest(name, candidates, count);
}

/* As ConfigDef parses an INT or LONG. */
static lc_error *parse_number(const lc_key *key, const char *value, int64_t *ret_number)
{
    lc_text text = lc_text_trim(lc_text_of(value));
    char *end;
    errno = 0;
    long long number = text.len ? strtoll(text.data, &end, 10) : 0;
    if (!text.len || end != text.data + text.len || errno)
        return lc_fail(LC_E_CONFIG, "Invalid value %s for configuration %s: Not a number of type LONG", value,
                       key->name);
    *ret_number = number;
    return NULL;
}

static int64_t clamp(int64_t number, int64_t min, int64_t max)
{
    return number < min ? min : number > max ? max : number;
}

static lc_error *set_number(lc_build *build, const char *name, const char *native, int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)number);
    return lc_build_set(build, name, native, text, false);
}

static lc_error *apply_number(lc_build *build, const lc_key *key, const char *value)
{
    int64_t number;
    LC_TRY(parse_number(key, value, &number));
    int64_t taken = clamp(number, key->min, key->max);
    /* -1 is Java's word for "the default" or "never", which 0 is here; unbounded values need no remark
     * either. */
    if (taken != number && number != -1 && number < INT32_MAX)
        lc_build_note(build, LC_NOTE_DIFFERS, key->name,
                      "is brought from %s to %lld, the nearest value possible", value, (long long)taken);
    return set_number(build, key->name, key->native, taken);
}

static lc_error *apply_kbytes(lc_build *build, const lc_key *key, const char *value)
{
    int64_t bytes;
    LC_TRY(parse_number(key, value, &bytes));
    return set_number(build, key->name, key->native, clamp((bytes + 1023) / 1024, key->min, key->max));
}

static lc_error *acks(lc_build *build, const lc_key *key, const char *value)
{
    static const char *const allowed[] = {"all", "-1", "0", "1"};
    lc_text text = lc_text_trim(lc_text_of(value));
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (lc_text_is(text, allowed[i]))
            return lc_build_set(build, key->name, "acks", i == 1 ? "all" : allowed[i], false);
    return lc_fail(LC_E_CONFIG,
                   "Invalid value %s for configuration acks: String must be one of: all, -1, 0, 1", value);
}

static lc_error *apply_same(lc_build *build, const lc_key *key, const char *value)
{
    lc_text text = key->secret ? lc_text_of(value) : lc_text_trim(lc_text_of(value));
    char *trimmed = lc_strndup(text.data, text.len);
    lc_error *error = lc_build_set(build, key->name, key->native, trimmed, key->secret);
    free(trimmed);
    return error;
}

lc_error *lc_key_apply(lc_build *build, const lc_key *key, const char *value)
{
    switch (key->how) {
    case LC_KEY_SAME: return apply_same(build, key, value);
    case LC_KEY_NUMBER: return apply_number(build, key, value);
    case LC_KEY_KBYTES: return apply_kbytes(build, key, value);
    case LC_KEY_SPECIAL: return key->translate(build, key, value);
    case LC_KEY_IGNORED:
        lc_build_note(build, LC_NOTE_IGNORED, key->name, "is ignored: %s", key->text);
        return NULL;
    case LC_KEY_REFUSED:
        return lc_fail(LC_E_CONFIG, "The client setting '%s' is never accepted: it %s. Remove it", key->name,
                       key->text);
    default: return NULL;
    }
}

/* librdkafka before 2.5.0 may crash on a long one: it keeps its beginning, and its end with the task's
 * number. */
static lc_error *client_id(lc_build *build, const lc_key *key, const char *value)
{
    enum { ID_MAX = 63, HEAD = 40, FIRST_SAFE = 0x020500ff };
    size_t len = strlen(value);
    if (len <= ID_MAX || rd_kafka_version() >= FIRST_SAFE) return apply_same(build, key, value);
    char id[ID_MAX + 1];
    snprintf(id, sizeof id, "%.*s~%s", HEAD, value, value + len - (ID_MAX - HEAD - 1));
    lc_build_note(build, LC_NOTE_DIFFERS, key->name, "is cut to %s: it is too long for this librdkafka", id);
    return lc_build_set(build, key->name, key->name, id, false);
}

/* Reading from followers makes librdkafka before 2.6.1 ask for offsets without end. */
static lc_error *client_rack(lc_build *build, const lc_key *key, const char *value)
{
    enum { FIRST_SAFE = 0x020601ff };
    if (rd_kafka_version() >= FIRST_SAFE) return apply_same(build, key, value);
    lc_build_note(build, LC_NOTE_IGNORED, key->name,
                  "is ignored: reading from followers needs librdkafka 2.6.1");
    return NULL;
}

static lc_error *request_timeout(lc_build *build, const lc_key *key, const char *value)
{
    int64_t timeout;
    LC_TRY(parse_number(key, value, &timeout));
    if (lc_client_config_kind(build->config) == LC_CLIENT_PRODUCER)
        LC_TRY(set_number(build, key->name, "request.timeout.ms", clamp(timeout, 1, 900000)));
    /* The socket's time-out of a transactional producer follows its transaction time-out. */
    if (lc_client_config_get(build->config, "transactional.id")) return NULL;
    return set_number(build, key->name, "socket.timeout.ms", clamp(timeout, 1000, 300000));
}

static lc_error *compression_level(lc_build *build, const lc_key *key, const char *value)
{
    int64_t level;
    LC_TRY(parse_number(key, value, &level));
    const char *type = lc_client_config_get(build->config, "compression.type");
    size_t at = strlen("compression.");
    if (!type || strncmp(key->name + at, type, strlen(type))) return NULL;
    int64_t max = !strcmp(type, "gzip") ? 9 : 12;
    if (level > max)
        lc_build_note(build, LC_NOTE_DIFFERS, key->name, "is brought down to %lld", (long long)max);
    return set_number(build, key->name, "compression.level", clamp(level, -1, max));
}

/* The part after the last dot, for class names. */
static const char *simple_name(const char *class_name)
{
    const char *dot = strrchr(class_name, '.');
    return dot ? dot + 1 : class_name;
}

static lc_error *partitioner(lc_build *build, const lc_key *key, const char *value)
{
    const char *name = simple_name(value);
    if (!*name || !strcmp(name, "DefaultPartitioner") || !strcmp(name, "UniformStickyPartitioner"))
        return NULL;
    if (strcmp(name, "RoundRobinPartitioner")) {
        lc_build_note(build, LC_NOTE_IGNORED, key->name, "is ignored: %s; murmur2 of the key is used",
                      NO_CLASSES);
        return NULL;
    }
    lc_build_note(build, LC_NOTE_DIFFERS, key->name, "spreads records at random instead of in turn");
    LC_TRY(lc_build_set(build, key->name, "sticky.partitioning.linger.ms", "0", false));
    return lc_build_set(build, key->name, "partitioner", "random", false);
}

static const struct {
    const char *java, *native;
    bool cooperative;
} assignor_names[] = {
    {"RangeAssignor", "range", false},
    {"RoundRobinAssignor", "roundrobin", false},
    {"StickyAssignor", "range", false},
    {"CooperativeStickyAssignor", "cooperative-sticky", true},
    {"range", "range", false},
    {"roundrobin", "roundrobin", false},
    {"cooperative-sticky", "cooperative-sticky", true},
};

/* librdkafka can't offer eager and cooperative assignors at once, so a mixed list keeps the eager ones. */
static lc_error *assignors(lc_build *build, const lc_key *key, const char *value)
{
    lc_auto(lc_buf) eager = {0};
    bool cooperative = false;
    const char *at = value;
    while (*at) {
        size_t len = strcspn(at, ",");
        lc_text item = lc_text_trim((lc_text){at, len});
        char *name = lc_strndup(item.data, item.len);
        size_t i = 0, count = sizeof assignor_names / sizeof *assignor_names;
        while (i < count && strcmp(simple_name(name), assignor_names[i].java) != 0) i++;
        if (i == count)
            lc_build_note(build, LC_NOTE_IGNORED, key->name, "leaves out '%s': %s", name, NO_CLASSES);
        else if (assignor_names[i].cooperative) cooperative = true;
        else if (!eager.len || !strstr(eager.data, assignor_names[i].native))
            lc_buf_printf(&eager, "%s%s", eager.len ? "," : "", assignor_names[i].native);
        free(name);
        at += len + (at[len] == ',');
    }
    if (strstr(value, "StickyAssignor") && !cooperative)
        lc_build_note(build, LC_NOTE_DIFFERS, key->name, "takes the range assignor for the eager sticky one");
    if (eager.len && cooperative)
        lc_build_note(build, LC_NOTE_DIFFERS, key->name, "takes only the eager assignors of the list");
    const char *list = eager.len ? eager.data : cooperative ? "cooperative-sticky" : "range";
    return lc_build_set(build, key->name, key->name, list, false);
}

/* librdkafka is always told "error": the consumer decides where to go on (librdkafka 2.0.2 resets on errors
 * that are none, see KIP-320 and the TLS close handling fixed in 2.2.0). */
static lc_error *offset_reset(lc_build *build, const lc_key *key, const char *value)
{
    (void)build;
    static const char *const allowed[] = {"earliest", "latest", "none"};
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (lc_text_eq_nocase(lc_text_of(value), lc_text_of(allowed[i]))) return NULL;
    return lc_fail(LC_E_CONFIG,
                   "Invalid value %s for configuration %s: it has to be earliest, latest or none", value,
                   key->name);
}

static lc_error *must_be_false(lc_build *build, const lc_key *key, const char *value)
{
    if (lc_text_eq_nocase(lc_text_trim(lc_text_of(value)), LC_TEXT("true")))
        lc_build_note(build, LC_NOTE_DIFFERS, key->name,
                      "stays false: offsets are committed when their records are done");
    return NULL;
}

/* librdkafka wants fetch.max.bytes >= message.max.bytes, which says nothing else to a consumer. */
static lc_error *fetch_max(lc_build *build, const lc_key *key, const char *value)
{
    int64_t bytes;
    LC_TRY(parse_number(key, value, &bytes));
    bytes = clamp(bytes, 1000, 2147483135 - 512);
    if (bytes < 1000000) LC_TRY(set_number(build, key->name, "message.max.bytes", bytes));
    return set_number(build, key->name, key->name, bytes);
}
