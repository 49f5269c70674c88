#include "runtime/client_settings.h"

#include <stdio.h>

/* Worker properties that are no Kafka client's business: not passed on with the unprefixed rest. */
static const char *const not_for_clients[] = {
    "key.converter",
    "value.converter",
    "header.converter",
    "offset.",
    "plugin.",
    "config.",
    "listeners",
    "rest.",
    "access.control.",
    "admin.listeners",
    "response.http.",
    "task.shutdown.",
    "topic.creation.",
    "topic.tracking.",
    "script.",
    "producer.",
    "consumer.",
    "admin.",
    "connector.client.",
    "status.",
    "group.id",
    "connect.protocol",
    "scheduled.",
    "inter.worker.",
    "exactly.once.",
    "worker.",
    "internal.",
    "metrics.",
    "metric.reporters",
    "log.",
    "heartbeat.interval.ms",
    "session.timeout.ms",
    "rebalance.timeout.ms",
};

static bool is_for_clients(const char *key)
{
    for (size_t i = 0; i < sizeof not_for_clients / sizeof *not_for_clients; i++)
        if (lc_text_starts(lc_text_of(key), not_for_clients[i])) return false;
    return true;
}

static void add_unprefixed(lc_props *into, const lc_props *worker)
{
    for (size_t i = 0; i < lc_props_count(worker); i++)
        if (is_for_clients(lc_props_key_at(worker, i)))
            lc_props_set(into, lc_props_key_at(worker, i), lc_props_value_at(worker, i));
}

static void add_prefixed(lc_props *into, const lc_props *from, const char *prefix)
{
    lc_autoptr(lc_props) part = lc_props_with_prefix(from, prefix, true);
    lc_props_merge(into, part);
}

/* What each use starts from: the worker prefix, the connector's prefix, whether all unprefixed settings of
 * the worker are inherited (only admin clients do in Connect), and the client.id. */
static const struct {
    const char *worker_prefix, *override_prefix, *client_id;
    bool unprefixed, shared;
} uses[] = {
    [LC_USE_SOURCE_PRODUCER] = {"producer.", "producer.override.", "connector-producer", false, true},
    [LC_USE_DLQ_PRODUCER] = {"producer.", "producer.override.", "connector-dlq-producer", false, true},
    [LC_USE_SINK_CONSUMER] = {"consumer.", "consumer.override.", "connector-consumer", false, false},
    [LC_USE_ADMIN] = {"admin.", "admin.override.", "connector-adminclient", true, false},
    [LC_USE_WORKER_ADMIN] = {"admin.", NULL, "worker-adminclient", true, true},
};

/* The group of a sink must find out that a worker has died as fast as the cluster does: until then it gives
 * the partitions of its tasks to nobody. Kafka's own default is 45 s. */
static void add_session(lc_props *settings, const lc_worker_core *worker)
{
    static const char *const keys[][2] = {{"session.timeout.ms", "10000"}, {"heartbeat.interval.ms", "3000"}};
    if (!worker->is_distributed) return;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        lc_props_set(settings, keys[i][0], lc_props_get_or(worker->settings, keys[i][0], keys[i][1]));
}

static void add_identity(lc_props *settings, lc_client_use use, const char *connector, int task)
{
    char text[200];
    /* Producers are shared between tasks, so their id can't name one. */
    if (uses[use].shared) snprintf(text, sizeof text, "%s", uses[use].client_id);
    else snprintf(text, sizeof text, "%s-%s-%d", uses[use].client_id, connector, task);
    if (strlen(text) > 60) text[60] = '\0'; /* librdkafka 2.0.2 corrupts memory with long ids */
    lc_props_set(settings, "client.id", text);
    /* Worker.baseProducerConfigs: records wait for a broker that is away for as long as it takes. */
    if (use == LC_USE_SOURCE_PRODUCER || use == LC_USE_DLQ_PRODUCER)
        lc_props_set(settings, "delivery.timeout.ms", "2147483647");
    if (use != LC_USE_SINK_CONSUMER) return;
    snprintf(text, sizeof text, "connect-%s", connector);
    lc_props_set(settings, "group.id", text);
    lc_props_set(settings, "auto.offset.reset", "earliest");
}

static void add_for_embedded(lc_props *settings, lc_client_use use)
{
    if (use != LC_USE_SINK_CONSUMER) return;
    /* It knows no such request; topics are made beforehand anyway. */
    lc_props_set(settings, "allow.auto.create.topics", "true");
    /* It answers a fetch that found nothing only when its time is up, whatever arrives meanwhile. */
    lc_props_set(settings, "fetch.max.wait.ms", "20");
    /* After the last member left, its group admits nobody for a session's time. */
    lc_props_set(settings, "session.timeout.ms", "6000");
    lc_props_set(settings, "heartbeat.interval.ms", "1000");
}

void lc_client_settings(const lc_worker_core *worker, const char *connector, int task,
                        const lc_props *connector_settings, lc_client_use use, lc_props **ret_settings,
                        lc_props **ret_overrides)
{
    lc_props *settings = lc_props_new();
    if (uses[use].unprefixed) add_unprefixed(settings, worker->settings);
    lc_props_set(settings, "bootstrap.servers",
                 worker->embedded ? lc_embedded_bootstrap(worker->embedded)
                                  : lc_props_get_or(worker->settings, "bootstrap.servers", "localhost:9092"));
    if (worker->embedded) add_for_embedded(settings, use);
    add_identity(settings, use, connector, task);
    if (use == LC_USE_SINK_CONSUMER) add_session(settings, worker);
    add_prefixed(settings, worker->settings, uses[use].worker_prefix);
    lc_props_remove(settings, "listeners"); /* admin.listeners is REST's */
    *ret_settings = settings;
    *ret_overrides = connector_settings && uses[use].override_prefix
                         ? lc_props_with_prefix(connector_settings, uses[use].override_prefix, true)
                         : lc_props_new();
}

static void log_note(const lc_worker_core *worker, const lc_client_note *note)
{
    lc_auto(lc_buf) said = {0};
    lc_buf_printf(&said, "%s %s", note->name, note->text);
    if (!lc_worker_says_first(worker, said.data)) return;
    lc_log(worker->log, note->kind == LC_NOTE_FOREIGN ? LC_LOG_DEBUG : LC_LOG_WARN, "runtime.client_settings",
           "client setting", "name", note->name, "note", note->text, NULL);
}

/* Many connectors have clients of the same settings: each note is logged once. */
static void log_notes(const lc_worker_core *worker, const lc_client_config *config)
{
    const lc_client_note *notes;
    size_t count = lc_client_config_notes(config, &notes);
    for (size_t i = 0; i < count; i++) log_note(worker, &notes[i]);
}

lc_error *lc_client_config_from(const lc_worker_core *worker, lc_client_kind kind, const lc_props *settings,
                                const lc_props *overrides, lc_client_config **ret_config)
{
    lc_autoptr(lc_client_config) config = lc_client_config_new(kind);
    for (size_t i = 0; i < lc_props_count(settings); i++)
        lc_client_config_put(config, lc_props_key_at(settings, i), lc_props_value_at(settings, i));
    for (size_t i = 0; i < lc_props_count(overrides); i++)
        LC_TRY(lc_client_config_put_override(config, lc_props_key_at(overrides, i),
                                             lc_props_value_at(overrides, i)));
    LC_TRY(lc_client_config_check(config));
    log_notes(worker, config);
    *ret_config = lc_steal(config);
    return NULL;
}

static void client_line(void *context, lc_log_level level, const char *client, const char *text)
{
    bool none_answers = strstr(text, "_ALL_BROKERS_DOWN") != NULL;
    lc_log(context, level, "kafka.client", text, "client", client, "hint",
           none_answers ? "check bootstrap.servers, and that the broker runs; connecting is tried on" : NULL, NULL);
}

lc_client_log lc_client_logger(lc_log_t *log)
{
    return (lc_client_log){client_line, log};
}
