#include "cluster/internal_topic.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "runtime/client_settings.h"

static const struct topic_rule {
    const char *prefix;  /* of its settings */
    const char *setting; /* its name */
    const char *factor, *partitions_setting;
    const char *partitions;
    const char *client; /* end of the client.id */
    const char *purpose;
} rules[LC_TOPIC_COUNT] = {
    [LC_TOPIC_CONFIGS] = {"config.storage.", "config.storage.topic", "config.storage.replication.factor",
                          "config.storage.partitions", "1", "configs", "connector configurations"},
    [LC_TOPIC_OFFSETS] = {"offset.storage.", "offset.storage.topic", "offset.storage.replication.factor",
                          "offset.storage.partitions", "25", "offsets", "source connector offsets"},
    [LC_TOPIC_STATUSES] = {"status.storage.", "status.storage.topic", "status.storage.replication.factor",
                           "status.storage.partitions", "5", "statuses", "connector and task statuses"},
};

#define POLICY "cleanup.policy"
#define COMPACT "compact"

const char *lc_internal_topic_setting(lc_internal_topic topic)
{
    return rules[topic].setting;
}

const char *lc_internal_topic_name(const lc_worker_core *worker, lc_internal_topic topic)
{
    return lc_props_get_or(worker->settings, rules[topic].setting, "");
}

static bool exactly_once_is(const lc_worker_core *worker, const char *state)
{
    const char *given = lc_props_get_or(worker->settings, "exactly.once.source.support", "disabled");
    return lc_text_eq_nocase(lc_text_trim(lc_text_of(given)), lc_text_of(state));
}

bool lc_exactly_once_enabled(const lc_worker_core *worker)
{
    return exactly_once_is(worker, "enabled");
}

bool lc_exactly_once_prepared(const lc_worker_core *worker)
{
    return lc_exactly_once_enabled(worker) || exactly_once_is(worker, "preparing");
}

/* What follows the prefix and is no setting of the topic itself but of Connect. */
static const char *const own_settings[] = {"topic", "replication.factor", "partitions", "file.filename",
                                           POLICY};

static bool is_own_setting(const char *name)
{
    for (size_t i = 0; i < sizeof own_settings / sizeof *own_settings; i++)
        if (!strcmp(name, own_settings[i])) return true;
    return false;
}

/* Settings given for the topic that have no effect: it is always compacted, and configurations have one
 * partition. */
static void warn_ignored(const lc_worker_core *worker, lc_internal_topic topic)
{
    const struct topic_rule *rule = &rules[topic];
    lc_auto(lc_buf) policy = {0};
    lc_buf_printf(&policy, "%s" POLICY, rule->prefix);
    const char *given = lc_props_get(worker->settings, policy.data);
    if (given && strcmp(given, COMPACT) != 0)
        lc_log(worker->log, LC_LOG_WARN, "cluster.internal_topic",
               "setting is ignored: the topic is always compacted", "setting", policy.data, "value", given,
               NULL);
    if (topic == LC_TOPIC_CONFIGS && lc_props_has(worker->settings, rule->partitions_setting))
        lc_log(worker->log, LC_LOG_WARN, "cluster.internal_topic",
               "setting is ignored: the topic always has one partition", "setting", rule->partitions_setting,
               NULL);
}

static lc_error *creation_failed(lc_error *cause, const char *name, const struct topic_rule *rule)
{
    lc_code code = lc_error_code(cause);
    bool retriable = lc_error_is_retriable(cause);
    const char *advice = code == LC_E_FORBIDDEN
                             ? "Let the worker create topics, or create this one beforehand, compacted"
                         : code == LC_E_CONFIG ? "Change the setting, or create the topic beforehand"
                                               : "The worker tries again";
    lc_error *error = lc_wrap(cause, code == LC_E_FORBIDDEN || code == LC_E_CONFIG ? LC_E_CONFIG : code,
                              "The topic '%s' of the '%s' property could not be created with %s: %s. %s.",
                              name, rule->setting, rule->factor, lc_error_message(cause), advice);
    lc_error_set_retriable(error, retriable);
    return error;
}

static lc_error *create(lc_worker_core *worker, lc_admin *admin, lc_internal_topic topic, int64_t timeout_ms)
{
    const struct topic_rule *rule = &rules[topic];
    const char *name = lc_internal_topic_name(worker, topic);
    const char *partitions =
        topic == LC_TOPIC_CONFIGS
            ? rule->partitions
            : lc_props_get_or(worker->settings, rule->partitions_setting, rule->partitions);
    lc_autoptr(lc_props) extra = lc_props_with_prefix(worker->settings, rule->prefix, true);
    lc_setting *settings = lc_alloc((lc_props_count(extra) + 1) * sizeof *settings);
    size_t count = 0;
    settings[count++] = (lc_setting){POLICY, COMPACT};
    for (size_t i = 0; i < lc_props_count(extra); i++)
        if (!is_own_setting(lc_props_key_at(extra, i)) && lc_props_value_at(extra, i))
            settings[count++] = (lc_setting){lc_props_key_at(extra, i), lc_props_value_at(extra, i)};
    lc_new_topic wanted = {
        .name = name,
        .partitions = atoi(partitions),
        .replication = (int16_t)atoi(lc_props_get_or(worker->settings, rule->factor, "3")),
        .settings = settings,
        .setting_count = count,
    };
    warn_ignored(worker, topic);
    lc_error *error = lc_admin_create_topic(admin, &wanted, timeout_ms);
    free(settings);
    if (error && lc_error_code(error) != LC_E_EXISTS) return creation_failed(error, name, rule);
    if (!error)
        lc_log(worker->log, LC_LOG_INFO, "cluster.internal_topic", "topic created", "topic", name, "purpose",
               rule->purpose, NULL);
    lc_error_free(error); /* another worker was faster */
    return NULL;
}

/* TopicAdmin.verifyTopicCleanupPolicyOnlyCompact: whoever may not ask goes on without. */
static lc_error *check_policy(lc_worker_core *worker, lc_admin *admin, lc_internal_topic topic,
                              int64_t timeout_ms)
{
    const struct topic_rule *rule = &rules[topic];
    const char *name = lc_internal_topic_name(worker, topic);
    char *policy = NULL;
    lc_error *error = lc_admin_topic_setting(admin, name, POLICY, timeout_ms, &policy);
    lc_code code = error ? lc_error_code(error) : LC_OK;
    if (code == LC_E_FORBIDDEN || code == LC_E_UNSUPPORTED || code == LC_E_NOT_FOUND) {
        lc_log(worker->log, LC_LOG_WARN, "cluster.internal_topic",
               "whether the topic is compacted is unknown", "topic", name, "error", lc_error_message(error),
               NULL);
        lc_error_free(error);
        return NULL;
    }
    LC_TRY(error);
    if (policy && strcmp(policy, COMPACT) != 0)
        error = lc_fail(
            LC_E_CONFIG,
            "Topic '%s' supplied via the '%s' property is required to have '" POLICY "=" COMPACT
            "' to guarantee consistency and durability of %s, but found the topic currently has '" POLICY
            "=%s'. Continuing would likely result in eventually losing %s and problems restarting this "
            "Connect cluster in the future. Change the '%s' property in the Connect worker configurations to "
            "use a topic with '" POLICY "=" COMPACT "'.",
            name, rule->setting, rule->purpose, policy, rule->purpose, rule->setting);
    free(policy);
    return error;
}

static lc_error *check_partitions(const char *name, int32_t count)
{
    if (count <= 1) return NULL;
    return lc_fail(
        LC_E_CONFIG,
        "Topic '%s' supplied via the '%s' property is required to have a single partition in order "
        "to guarantee consistency of connector configurations, but found %d partitions.",
        name, rules[LC_TOPIC_CONFIGS].setting, count);
}

static int64_t left(int64_t deadline)
{
    int64_t rest = deadline - lc_monotonic_ms();
    return rest > 0 ? rest : 0;
}

lc_error *lc_internal_topic_ensure(lc_worker_core *worker, lc_internal_topic topic, int64_t timeout_ms)
{
    const char *name = lc_internal_topic_name(worker, topic);
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    lc_admin *admin;
    int32_t count = 0;
    if (!*name)
        return lc_fail(LC_E_CONFIG, "Missing required configuration \"%s\" which has no default value.",
                       rules[topic].setting);
    LC_TRY(lc_worker_admin(worker, &admin));
    LC_TRY(lc_admin_partitions(admin, name, left(deadline), &count));
    if (!count) LC_TRY(create(worker, admin, topic, left(deadline)));
    else LC_TRY(check_policy(worker, admin, topic, left(deadline)));
    return topic == LC_TOPIC_CONFIGS ? check_partitions(name, count) : NULL;
}

/* Settings of the worker that Java's clients know under the same name but that mean the worker's own group.
 */
static const char *const of_the_worker[] = {"group.id",
                                            "client.id",
                                            "session.timeout.ms",
                                            "heartbeat.interval.ms",
                                            "group.instance.id",
                                            "transactional.id",
                                            "rebalance.timeout.ms",
                                            "max.poll.interval.ms",
                                            "allow.auto.create.topics"};

static bool is_of_the_worker(const char *name)
{
    for (size_t i = 0; i < sizeof of_the_worker / sizeof *of_the_worker; i++)
        if (!strcmp(name, of_the_worker[i])) return true;
    return false;
}

/* <group.id>-[<client.id>-]configs… (ConnectUtils.clientIdBase) */
static void name_client(const lc_worker_core *worker, lc_internal_topic topic, const char *suffix,
                        lc_client_config *config)
{
    enum { LONGEST = 60 }; /* librdkafka 2.0.2 corrupts memory with long ids */
    const char *given = lc_props_get_or(worker->settings, "client.id", "");
    lc_auto(lc_buf) id = {0};
    lc_buf_printf(&id, "%s-%s%s", lc_props_get_or(worker->settings, "group.id", "connect"), given,
                  *given ? "-" : "");
    size_t room = LONGEST - strlen(rules[topic].client) - strlen(suffix);
    if (id.len > room) id.len = room;
    lc_buf_printf(&id, "%s%s", rules[topic].client, suffix);
    lc_client_config_put(config, "client.id", id.data);
}

/* What Connect's internal clients have whatever the worker says (KafkaBasedLog, KafkaConfigBackingStore). */
static const struct {
    lc_client_kind kind;
    const char *name, *value;
} forced[] = {
    {LC_CLIENT_PRODUCER, "acks", "all"},
    {LC_CLIENT_PRODUCER, "enable.idempotence", "false"},
    {LC_CLIENT_PRODUCER, "max.in.flight.requests.per.connection", "1"},
    {LC_CLIENT_PRODUCER, "partitioner.class", NULL},
    {LC_CLIENT_CONSUMER, "auto.offset.reset", "earliest"},
    {LC_CLIENT_CONSUMER, "enable.auto.commit", "false"},
};

static int64_t number_of(const lc_worker_core *worker, const char *setting, int64_t fallback)
{
    const char *given = lc_props_get(worker->settings, setting);
    return given ? atoll(given) : fallback;
}

/* How long a record may be on its way. Java's may for ever, and then speak of a state long gone: an offset of
 * a task that has moved must not come after those of its successor, nor a request after it was given up.
 * Statuses are told apart by their generation. */
static int64_t longest_way_ms(const lc_worker_core *worker, lc_internal_topic topic)
{
    enum { REQUEST_MS = 30000, FLUSH_MS = 5000, SESSION_MS = 10000 };
    if (topic == LC_TOPIC_STATUSES) return INT32_MAX;
    if (topic == LC_TOPIC_CONFIGS) return REQUEST_MS;
    int64_t flush = number_of(worker, "offset.flush.timeout.ms", FLUSH_MS);
    int64_t half_session = number_of(worker, "session.timeout.ms", SESSION_MS) / 2;
    return flush < half_session ? flush : half_session;
}

static void set_longest_way(const lc_worker_core *worker, lc_internal_topic topic, lc_client_config *config)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)longest_way_ms(worker, topic));
    lc_client_config_put(config, "delivery.timeout.ms", text);
}

lc_error *lc_internal_client(lc_worker_core *worker, lc_internal_topic topic, lc_client_kind kind,
                             const char *suffix, bool committed, lc_client_config **ret_config)
{
    lc_autoptr(lc_client_config) config = lc_client_config_new(kind);
    const lc_props *settings = worker->settings;
    for (size_t i = 0; i < lc_props_count(settings); i++)
        if (!is_of_the_worker(lc_props_key_at(settings, i)))
            lc_client_config_put_inherited(config, lc_props_key_at(settings, i),
                                           lc_props_value_at(settings, i));
    lc_client_config_put(config, "bootstrap.servers",
                         lc_props_get_or(settings, "bootstrap.servers", "localhost:9092"));
    for (size_t i = 0; i < sizeof forced / sizeof *forced; i++)
        if (forced[i].kind == kind) lc_client_config_put(config, forced[i].name, forced[i].value);
    if (kind == LC_CLIENT_PRODUCER) set_longest_way(worker, topic, config);
    if (kind == LC_CLIENT_CONSUMER)
        lc_client_config_put(config, "isolation.level", committed ? "read_committed" : "read_uncommitted");
    /* That a transaction's marker was passed shows when the next fetch comes back empty. */
    if (kind == LC_CLIENT_CONSUMER && committed) lc_client_config_put(config, "fetch.max.wait.ms", "100");
    name_client(worker, topic, suffix, config);
    LC_TRY(lc_client_config_check(config));
    *ret_config = lc_steal(config);
    return NULL;
}

lc_error *lc_internal_topic_open(lc_worker_core *worker, lc_internal_topic topic, const lc_log_reader *reader,
                                 bool committed, int64_t timeout_ms, lc_topic_log **ret_log)
{
    int64_t deadline = lc_monotonic_ms() + timeout_ms;
    lc_autoptr(lc_client_config) consumer = NULL;
    lc_autoptr(lc_client_config) producer = NULL;
    LC_TRY(lc_internal_topic_ensure(worker, topic, timeout_ms));
    LC_TRY(lc_internal_client(worker, topic, LC_CLIENT_CONSUMER, "", committed, &consumer));
    LC_TRY(lc_internal_client(worker, topic, LC_CLIENT_PRODUCER, "", committed, &producer));
    lc_topic_log_options options = {
        .topic = lc_internal_topic_name(worker, topic),
        .consumer = consumer,
        .producer = producer,
        .log = lc_client_logger(worker->log),
        .reader = *reader,
    };
    return lc_topic_log_open(&options, left(deadline), ret_log);
}
