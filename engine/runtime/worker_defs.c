#include "runtime/worker_defs.h"

static const char *const jit_choices[] = {"on", "off", NULL};
static const char *const isolation_choices[] = {"none", "seccomp", "process", "thread", NULL};
static const char *const eos_choices[] = {"disabled", "preparing", "enabled", NULL};
static const char *const protocol_choices[] = {"eager", "compatible", "sessioned", NULL};
static const char *const format_choices[] = {"logfmt", "json", NULL};

#define STRING(key, value)                                       \
    {                                                            \
        .name = key, .type = LC_CONFIG_STRING, .fallback = value \
    }
#define LIST(key, value)                                       \
    {                                                          \
        .name = key, .type = LC_CONFIG_LIST, .fallback = value \
    }
#define BOOLEAN(key, value)                                       \
    {                                                             \
        .name = key, .type = LC_CONFIG_BOOLEAN, .fallback = value \
    }
#define AT_LEAST(key, of, value, least)                                                                 \
    {                                                                                                   \
        .name = key, .type = of, .fallback = value, .check = {.kind = LC_CHECK_AT_LEAST, .min = least } \
    }
#define ONE_OF(key, value, list)                                             \
    {                                                                        \
        .name = key, .type = LC_CONFIG_STRING, .fallback = value, .check = { \
            .kind = LC_CHECK_ONE_OF_NOCASE,                                  \
            .choices = list                                                  \
        }                                                                    \
    }
#define REQUIRED(key, of)                         \
    {                                             \
        .name = key, .type = of, .required = true \
    }

static const lc_config_key common[] = {
    LIST("bootstrap.servers", "localhost:9092"),
    STRING("client.dns.lookup", "use_all_dns_ips"),
    REQUIRED("key.converter", LC_CONFIG_STRING),
    REQUIRED("value.converter", LC_CONFIG_STRING),
    STRING("header.converter", "org.apache.kafka.connect.storage.SimpleHeaderConverter"),
    AT_LEAST("task.shutdown.graceful.timeout.ms", LC_CONFIG_LONG, "5000", 0),
    AT_LEAST("offset.flush.interval.ms", LC_CONFIG_LONG, "60000", 0),
    AT_LEAST("offset.flush.timeout.ms", LC_CONFIG_LONG, "5000", 0),
    STRING("plugin.path", NULL),
    STRING("plugin.discovery", "HYBRID_WARN"),
    LIST("config.providers", ""),
    STRING("connector.client.config.override.policy", "All"),
    LIST("connector.client.config.override.allowlist", ""),
    BOOLEAN("topic.creation.enable", "true"),
    BOOLEAN("topic.tracking.enable", "true"),
    BOOLEAN("topic.tracking.allow.reset", "true"),
    AT_LEAST("metrics.sample.window.ms", LC_CONFIG_LONG, "30000", 0),
    AT_LEAST("metrics.num.samples", LC_CONFIG_INT, "2", 1),
    STRING("metrics.recording.level", "INFO"),
    LIST("metric.reporters", ""),
    LIST("listeners", "http://127.0.0.1:8083"),
    STRING("rest.advertised.host.name", NULL),
    {.name = "rest.advertised.port", .type = LC_CONFIG_INT},
    STRING("rest.advertised.listener", NULL),
    STRING("access.control.allow.origin", ""),
    STRING("access.control.allow.methods", ""),
    LIST("admin.listeners", NULL),
    LIST("rest.extension.classes", ""),
    STRING("response.http.headers.config", ""),
    BOOLEAN("rest.allow.unauthenticated", "false"),
    LIST("rest.allowed.hosts", ""),
    {.name = "rest.changes.per.minute", .type = LC_CONFIG_INT},
    AT_LEAST("rest.request.timeout.ms", LC_CONFIG_LONG, "90000", 100),
    STRING("rest.users.file", NULL),
    STRING("java.security.auth.login.config", NULL),
    BOOLEAN("rest.show.secrets", "false"),
    STRING("internal.key.converter", NULL),
    STRING("internal.value.converter", NULL),
    STRING("client.id", ""),
    STRING("security.protocol", "PLAINTEXT"),
    /* Ours. */
    ONE_OF("script.isolation", "none", isolation_choices),
    ONE_OF("script.jit", "on", jit_choices),
    AT_LEAST("script.timeout.ms", LC_CONFIG_LONG, "1000", 1),
    AT_LEAST("script.memory.bytes", LC_CONFIG_LONG, "67108864", 4194304),
    AT_LEAST("script.output.bytes", LC_CONFIG_LONG, "0", 0),
    AT_LEAST("script.output.records", LC_CONFIG_INT, "1000000", 1),
    STRING("script.grants", ""),
    STRING("script.directory", NULL),
    BOOLEAN("script.reload", "true"),
    STRING("script.canary", NULL),
    AT_LEAST("script.canary.records", LC_CONFIG_LONG, "100", 0),
    BOOLEAN("script.tests", "true"),
    AT_LEAST("script.tests.timeout.ms", LC_CONFIG_LONG, "10000", 1),
    STRING("script.upload.dir", NULL),
    BOOLEAN("script.upload", "true"),
    BOOLEAN("script.signature.required", "false"),
    STRING("script.signature.keys", NULL),
    ONE_OF("log.format", "logfmt", format_choices),
    STRING("log.level", "INFO"),
};

static const lc_config_key standalone[] = {
    REQUIRED("offset.storage.file.filename", LC_CONFIG_STRING),
};

static const lc_config_key distributed_keys[] = {
    REQUIRED("group.id", LC_CONFIG_STRING),
    AT_LEAST("session.timeout.ms", LC_CONFIG_INT, "10000", 1),
    AT_LEAST("heartbeat.interval.ms", LC_CONFIG_INT, "3000", 1),
    AT_LEAST("rebalance.timeout.ms", LC_CONFIG_INT, "60000", 1),
    ONE_OF("connect.protocol", "sessioned", protocol_choices),
    AT_LEAST("scheduled.rebalance.max.delay.ms", LC_CONFIG_INT, "0", 0),
    ONE_OF("exactly.once.source.support", "disabled", eos_choices),
    AT_LEAST("worker.sync.timeout.ms", LC_CONFIG_INT, "3000", 0),
    AT_LEAST("worker.unsync.backoff.ms", LC_CONFIG_INT, "300000", 0),
    REQUIRED("config.storage.topic", LC_CONFIG_STRING),
    REQUIRED("offset.storage.topic", LC_CONFIG_STRING),
    REQUIRED("status.storage.topic", LC_CONFIG_STRING),
    AT_LEAST("config.storage.replication.factor", LC_CONFIG_SHORT, "3", -1),
    AT_LEAST("offset.storage.replication.factor", LC_CONFIG_SHORT, "3", -1),
    AT_LEAST("status.storage.replication.factor", LC_CONFIG_SHORT, "3", -1),
    AT_LEAST("offset.storage.partitions", LC_CONFIG_INT, "25", -1),
    AT_LEAST("status.storage.partitions", LC_CONFIG_INT, "5", -1),
    LIST("inter.worker.verification.algorithms", "HmacSHA256"),
    STRING("inter.worker.key.generation.algorithm", "HmacSHA256"),
    STRING("inter.worker.signature.algorithm", "HmacSHA256"),
    AT_LEAST("inter.worker.key.ttl.ms", LC_CONFIG_INT, "3600000", 0),
    {.name = "inter.worker.key.size", .type = LC_CONFIG_INT},
};

/* Groups of keys that pass through: clients, converters, providers, TLS and SASL. */
static const char *const open_prefixes[] = {
    "producer.",
    "consumer.",
    "admin.",
    "key.converter.",
    "value.converter.",
    "header.converter.",
    "config.providers.",
    "ssl.",
    "sasl.",
    "listeners.https.",
    "admin.listeners.https.",
    "config.storage.",
    "offset.storage.",
    "status.storage.",
    "metrics.context.",
    "metadata.",
    "reconnect.",
    "retry.",
    "request.timeout.ms",
    "connections.max.idle.ms",
    "socket.",
    "send.buffer.bytes",
    "receive.buffer.bytes",
    "internal.",
};

lc_config_def *lc_worker_def(bool distributed)
{
    lc_config_def *def = lc_config_def_new();
    lc_config_def_add_table(def, common, sizeof common / sizeof *common);
    if (distributed)
        lc_config_def_add_table(def, distributed_keys, sizeof distributed_keys / sizeof *distributed_keys);
    else lc_config_def_add_table(def, standalone, sizeof standalone / sizeof *standalone);
    return def;
}

bool lc_worker_key_is_open(const char *key)
{
    for (size_t i = 0; i < sizeof open_prefixes / sizeof *open_prefixes; i++)
        if (lc_text_starts(lc_text_of(key), open_prefixes[i])) return true;
    return false;
}
