#include "runtime/connector_validate.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kafka/client_config.h"
#include "runtime/client_defs.h"
#include "runtime/connector_enrich.h"
#include "runtime/connector_rules.h"
#include "runtime/restart_policy.h"

/* The answer while it is put together. */
typedef struct answer {
    lc_json *configs;
    lc_strings groups;
    lc_strings messages;
    size_t error_count;
} answer;

/* String.hashCode as java.util.HashMap spreads it, for the names of settings, which are ASCII. */
static uint32_t java_hash(const char *text)
{
    uint32_t hash = 0;
    for (; *text; text++) hash = hash * 31 + (unsigned char)*text;
    return hash ^ hash >> 16;
}

typedef struct slot {
    const char *name;
    size_t bucket;
    size_t at;
} slot;

static int by_bucket(const void *left, const void *right)
{
    const slot *a = left, *b = right;
    if (a->bucket != b->bucket) return a->bucket < b->bucket ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

/* Connect lists converters' keys and overrides in the order of a java.util.HashMap. */
static void sort_as_hash_map(slot *slots, size_t count)
{
    size_t buckets = 16;
    while (count > buckets / 4 * 3) buckets *= 2;
    for (size_t i = 0; i < count; i++) slots[i].bucket = java_hash(slots[i].name) & (buckets - 1);
    qsort(slots, count, sizeof *slots, by_bucket);
}

static void add_group(answer *to, const char *group)
{
    if (group && !lc_strings_has(&to->groups, group)) lc_strings_add(&to->groups, group);
}

static void add_entry(answer *to, const lc_config_entry *entry)
{
    lc_json_add(to->configs, lc_config_entry_to_json(entry));
    lc_strings_add_all(&to->messages, &entry->errors);
}

/* An entry of a part that is configured under a prefix. It counts once, whatever is wrong with it. */
static void add_prefixed(answer *to, const char *prefix, const lc_config_entry *entry)
{
    lc_auto(lc_buf) name = {0};
    lc_buf_printf(&name, "%s%s", prefix, entry->name);
    lc_json *json = lc_json_add(to->configs, lc_config_entry_to_json(entry));
    if (entry->key) lc_json_set_string(lc_json_get(json, "definition"), "name", name.data);
    lc_json_set_string(lc_json_get(json, "value"), "name", name.data);
    lc_strings_add_all(&to->messages, &entry->errors);
    to->error_count += entry->errors.count > 0;
    if (entry->key) add_group(to, entry->key->group);
}

/* The framework's keys, then the connector's; a key of both has its place among the first and is the
 * connector's. Keys that nobody defines come before all others. */
static void add_connector(answer *to, const lc_config_report *framework, const lc_config_report *own)
{
    lc_autoptr(lc_table) known = lc_table_new(NULL);
    const lc_config_report *const reports[] = {framework, own};
    for (int r = 0; r < 2; r++) {
        for (size_t i = 0; reports[r] && i < lc_config_report_count(reports[r]); i++) {
            lc_config_entry *entry = lc_config_report_at(reports[r], i);
            if (entry->key) lc_table_put(known, entry->name, entry);
        }
    }
    for (int r = 0; r < 2; r++) {
        for (size_t i = 0; reports[r] && i < lc_config_report_count(reports[r]); i++) {
            lc_config_entry *entry = lc_config_report_at(reports[r], i);
            if (entry->key || lc_table_get(known, entry->name)) continue;
            add_entry(to, entry);
            to->error_count += entry->errors.count;
        }
    }
    for (size_t i = 0; i < lc_table_count(known); i++) {
        const lc_config_entry *entry = lc_table_value_at(known, i);
        add_entry(to, entry);
        to->error_count += entry->errors.count;
    }
}

static void add_def_groups(answer *to, const lc_config_def *def)
{
    lc_auto(lc_strings) groups = {0};
    if (def) lc_config_def_groups(def, &groups);
    for (size_t i = 0; i < groups.count; i++) add_group(to, groups.items[i]);
}

static const struct {
    const char *key; /* also the prefix */
    const char *role;
    lc_class_kind kind;
} converters[] = {
    {"header.converter", "header", LC_CLASS_HEADER_CONVERTER},
    {"key.converter", "key", LC_CLASS_CONVERTER},
    {"value.converter", "value", LC_CLASS_CONVERTER},
};

static void add_converter_report(answer *to, const char *prefix, const lc_config_report *report)
{
    size_t count = lc_config_report_count(report);
    slot *slots = lc_alloc((count + 1) * sizeof *slots);
    for (size_t i = 0; i < count; i++) slots[i] = (slot){lc_config_report_at(report, i)->name, 0, i};
    sort_as_hash_map(slots, count);
    for (size_t i = 0; i < count; i++) add_prefixed(to, prefix, lc_config_report_at(report, slots[i].at));
    free(slots);
}

/* The settings of a converter that the connector itself names; those of the worker's aren't looked at. */
static void add_converter(answer *to, const lc_catalog *catalog, const lc_props *props,
                          const lc_config_report *framework, size_t which)
{
    const lc_config_entry *entry = lc_config_report_find(framework, converters[which].key);
    lc_class_info info = {0};
    if (!lc_props_get(props, converters[which].key) || entry->errors.count || !entry->value) return;
    if (!catalog->find(catalog->context, entry->value, &info) || !info.def) return;
    lc_auto(lc_buf) prefix = {0};
    lc_buf_printf(&prefix, "%s.", converters[which].key);
    lc_autoptr(lc_props) own = lc_props_with_prefix(props, prefix.data, true);
    if (!lc_props_get(own, "converter.type")) lc_props_set(own, "converter.type", converters[which].role);
    lc_autoptr(lc_config_report) report = lc_config_validate(info.def, own, NULL);
    add_converter_report(to, prefix.data, report);
}

static const char *const override_prefixes[] = {
    [LC_OVERRIDE_PRODUCER] = "producer.override.",
    [LC_OVERRIDE_CONSUMER] = "consumer.override.",
    [LC_OVERRIDE_ADMIN] = "admin.override.",
};

/* "All", "None" or "Principal", from a short or a full class name. */
static const char *policy_of(const lc_props *worker)
{
    static const char *const names[] = {"None", "Principal", "Allowlist"};
    const char *set = lc_props_get_or(worker, "connector.client.config.override.policy", "All");
    const char *dot = strrchr(set, '.');
    const char *simple = dot ? dot + 1 : set;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncmp(simple, names[i], strlen(names[i]))) return names[i];
    return "All";
}

static bool is_listed(const lc_props *worker, const char *name)
{
    const char *list = lc_props_get_or(worker, "connector.client.config.override.allowlist", "");
    for (const char *at = list; *at;) {
        size_t len = strcspn(at, ",");
        if (lc_text_is(lc_text_trim((lc_text){at, len}), name)) return true;
        at += len + (at[len] == ',');
    }
    return false;
}

static bool is_override_allowed(const lc_props *worker, const char *policy, const char *name)
{
    if (!strcmp(policy, "All")) return true;
    if (!strcmp(policy, "Allowlist")) return is_listed(worker, name);
    if (!strcmp(policy, "None")) return false;
    return !strcmp(name, "sasl.jaas.config") || !strcmp(name, "sasl.mechanism") ||
           !strcmp(name, "security.protocol");
}

static lc_error *parse_override(const lc_config_key *key, const char *raw, char **ret_text)
{
    const lc_props *none = NULL;
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_autoptr(lc_props) props = lc_props_copy(none);
    lc_autoptr(lc_config_values) values = NULL;
    lc_config_def_add_table(def, key, 1);
    lc_props_set(props, key->name, raw);
    LC_TRY(lc_config_parse(def, props, &values));
    *ret_text = lc_config_value_to_text(lc_config_get(values, key->name));
    return NULL;
}

/* Whatever the policy. Of login modules, which a reference may name, the client judges when it is made. */
static void refuse_harmful(lc_override_client client, const char *name, lc_strings *errors)
{
    static const lc_client_kind kinds[] = {[LC_OVERRIDE_PRODUCER] = LC_CLIENT_PRODUCER,
                                           [LC_OVERRIDE_CONSUMER] = LC_CLIENT_CONSUMER,
                                           [LC_OVERRIDE_ADMIN] = LC_CLIENT_ADMIN};
    lc_autoptr(lc_error) harm = lc_client_override_check(kinds[client], name, NULL);
    if (harm) lc_strings_add(errors, lc_error_message(harm));
}

static lc_error *add_override(answer *to, const lc_props *worker, lc_override_client client, const char *name,
                              const char *raw)
{
    lc_config_key key;
    bool known = lc_client_key(client, name, &key);
    char *value = NULL;
    if (known) LC_TRY(parse_override(&key, raw, &value));
    else value = lc_strdup(raw);
    lc_config_entry entry = {(char *)(uintptr_t)name, known ? &key : NULL, value, {0}, {0}, true};
    const char *policy = policy_of(worker);
    if (!is_override_allowed(worker, policy, name))
        lc_strings_printf(
            &entry.errors,
            "The '%s' policy does not allow '%s' to be overridden in the connector configuration.", policy,
            name);
    else refuse_harmful(client, name, &entry.errors);
    add_prefixed(to, override_prefixes[client], &entry);
    lc_strings_done(&entry.errors);
    free(value);
    return NULL;
}

static lc_error *add_overrides(answer *to, const lc_props *worker, const lc_props *props,
                               lc_override_client client)
{
    lc_error *error = NULL;
    lc_autoptr(lc_props) own = lc_props_with_prefix(props, override_prefixes[client], true);
    size_t count = lc_props_count(own);
    slot *slots = lc_alloc((count + 1) * sizeof *slots);
    for (size_t i = 0; i < count; i++) slots[i] = (slot){lc_props_key_at(own, i), 0, i};
    sort_as_hash_map(slots, count);
    for (size_t i = 0; i < count && !error; i++)
        error = add_override(to, worker, client, slots[i].name, lc_props_value_at(own, slots[i].at));
    free(slots);
    return error;
}

static bool uses_topic_creation(const lc_props *props)
{
    for (size_t i = 0; i < lc_props_count(props); i++)
        if (lc_text_starts(lc_props_key_text_at(props, i), "topic.creation.")) return true;
    return false;
}

static lc_error *add_clients(answer *to, const lc_validate_options *options, const lc_props *props)
{
    bool is_sink = options->connector->is_sink;
    bool dlq = !lc_rules_blank(lc_props_get(props, "errors.deadletterqueue.topic.name"));
    bool own_offsets = !is_sink && options->is_distributed &&
                       (lc_rules_exactly_once(options->worker) ||
                        !lc_rules_blank(lc_props_get(props, "offsets.storage.topic")));
    bool admin = is_sink ? dlq : uses_topic_creation(props) || own_offsets;
    if (!is_sink || dlq) LC_TRY(add_overrides(to, options->worker, props, LC_OVERRIDE_PRODUCER));
    if (is_sink || own_offsets) LC_TRY(add_overrides(to, options->worker, props, LC_OVERRIDE_CONSUMER));
    if (admin) LC_TRY(add_overrides(to, options->worker, props, LC_OVERRIDE_ADMIN));
    return NULL;
}

static lc_error *validate_own(const lc_connector_class *connector, const lc_props *props,
                              lc_config_report **ret_report)
{
    if (!connector->def) return NULL;
    lc_autoptr(lc_config_report) report = lc_config_validate(connector->def, props, NULL);
    if (connector->check) LC_TRY(connector->check(connector->context, props, report));
    *ret_report = lc_steal(report);
    return NULL;
}

static lc_error *fill(answer *to, const lc_validate_options *options, const lc_props *props)
{
    const lc_connector_class *connector = options->connector;
    lc_enrich_options enrich = {options->catalog, options->worker, connector->is_sink, connector->version};
    lc_autoptr(lc_enriched) enriched = NULL;
    LC_TRY(lc_enriched_new(&enrich, props, &enriched));
    lc_autoptr(lc_config_report) framework = lc_config_validate(lc_enriched_def(enriched), props, NULL);
    lc_autoptr(lc_config_report) own = NULL;
    if (connector->is_sink) lc_rules_sink(options, props, framework);
    else lc_rules_source(options, props, framework);
    lc_rules_version(framework);
    lc_rules_null(props, framework);
    lc_restart_policy_check(props, framework);
    LC_TRY(validate_own(connector, props, &own));
    add_def_groups(to, lc_enriched_def(enriched));
    add_def_groups(to, connector->def);
    add_connector(to, framework, own);
    LC_TRY(add_clients(to, options, props));
    for (size_t i = 0; i < sizeof converters / sizeof *converters; i++)
        add_converter(to, options->catalog, props, framework, i);
    return NULL;
}

static lc_json *answer_to_json(answer *from, const char *class_name)
{
    lc_json *json = lc_json_new_object();
    lc_json_set_string(json, "name", class_name);
    lc_json_set_int(json, "error_count", (int64_t)from->error_count);
    lc_json *groups = lc_json_set(json, "groups", lc_json_new_array());
    for (size_t i = 0; i < from->groups.count; i++)
        lc_json_add(groups, lc_json_new_string(from->groups.items[i]));
    lc_json_set(json, "configs", lc_steal(from->configs));
    return json;
}

lc_error *lc_check_connector(const lc_validate_options *options, const lc_props *props,
                             lc_validation *ret_validation)
{
    const char *class_name = NULL;
    LC_TRY(lc_validate_class(props, &class_name));
    answer to = {.configs = lc_json_new_array()};
    lc_error *error = fill(&to, options, props);
    if (!error) {
        *ret_validation = (lc_validation){answer_to_json(&to, class_name), to.error_count, to.messages};
        to.messages = (lc_strings){0};
    }
    lc_json_free(to.configs);
    lc_strings_done(&to.groups);
    lc_strings_done(&to.messages);
    return error;
}

void lc_validation_done(lc_validation *validation)
{
    lc_json_free(validation->answer);
    lc_strings_done(&validation->messages);
    *validation = (lc_validation){0};
}

lc_error *lc_validation_to_error(const lc_validation *validation)
{
    if (!validation->error_count) return NULL;
    lc_auto(lc_buf) text = {0};
    lc_buf_printf(&text, "Connector configuration is invalid and contains the following %zu error(s):",
                  validation->error_count);
    for (size_t i = 0; i < validation->messages.count; i++)
        lc_buf_printf(&text, "\n%s", validation->messages.items[i]);
    lc_buf_text(&text, "\nYou can also find the above list of errors at the endpoint "
                       "`/connector-plugins/{connectorType}/config/validate`");
    return lc_fail_text(LC_E_BAD_REQUEST, text.data, text.len);
}

lc_error *lc_validate_class(const lc_props *props, const char **ret_class)
{
    *ret_class = lc_props_get(props, "connector.class");
    if (*ret_class) return NULL;
    lc_auto(lc_buf) text = {0};
    for (size_t i = 0; i < lc_props_count(props); i++) {
        const char *value = lc_props_value_at(props, i);
        lc_buf_printf(&text, "%s%s=%s", i ? ", " : "", lc_props_key_at(props, i), value ? value : "null");
    }
    return lc_fail(LC_E_BAD_REQUEST, "Connector config {%s} contains no connector type: set connector.class",
                   text.data ? text.data : "");
}

/* A class name without "Connector" at its end: an alias stays what it is (ConnectorPluginsResource). */
static lc_text without_suffix(const char *name)
{
    static const char suffix[] = "Connector";
    size_t len = strlen(name), cut = sizeof suffix - 1;
    return (lc_text){name, len > cut && !strcmp(name + len - cut, suffix) ? len - cut : len};
}

lc_error *lc_validate_request_class(const char *plugin, const lc_props *props)
{
    const char *class_name = NULL;
    LC_TRY(lc_validate_class(props, &class_name));
    lc_text included = without_suffix(class_name), asked = without_suffix(plugin);
    if (included.len >= asked.len && !memcmp(included.data + included.len - asked.len, asked.data, asked.len))
        return NULL;
    return lc_fail(LC_E_BAD_REQUEST, "Included connector type %s does not match request type %s", class_name,
                   plugin);
}
