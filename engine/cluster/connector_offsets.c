#include "cluster/connector_offsets.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "runtime/client_settings.h"

#define STOP_FIRST                                                                                        \
    "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for " \
    "the "                                                                                                \
    "specified connector by issuing a 'PUT' request to the '/connectors/%s/stop' endpoint"
#define DONE_BY_HOOK "{\"message\":\"The offsets for this connector have been %s successfully\"}"
#define DONE_BY_US                                                                                           \
    "{\"message\":\"The Connect framework-managed offsets for this connector have been %s successfully. "    \
    "However, if this connector manages offsets externally, they will need to be manually %s in the system " \
    "that the connector uses.\"}"

static int64_t left(int64_t deadline)
{
    int64_t ms = deadline - lc_monotonic_ms();
    return ms > 0 ? ms : 0;
}

static const char *name_of(const lc_props *config)
{
    return lc_props_get_or(config, "name", "");
}

/* The group of a sink: connect-<name> unless overridden. */
static char *group_of(const lc_worker_core *worker, const lc_props *config)
{
    const char *own = lc_props_get(config, "consumer.override.group.id");
    if (!own) own = lc_props_get(worker->settings, "consumer.group.id");
    lc_buf group = {0};
    lc_buf_printf(&group, own ? "%s" : "connect-%s", own ? own : name_of(config));
    return lc_buf_detach(&group);
}

/* Collects a source's entries of the offset store: keys are ["connector",{partition}]. */
typedef struct collect {
    const char *name;
    lc_json *list; /* of {"partition","offset"} */
    lc_strings keys;
} collect;

static void collect_entry(void *context, lc_text key, lc_text value)
{
    collect *c = context;
    lc_autoptr(lc_json) pair = NULL;
    lc_autoptr(lc_json) offset = NULL;
    if (!value.data) return;
    lc_autoptr(lc_error) bad = lc_json_parse(key.data, key.len, 0, &pair);
    if (bad || lc_json_count(pair) != 2 || !lc_text_is(lc_json_text(lc_json_at(pair, 0)), c->name)) return;
    lc_autoptr(lc_error) bad_value = lc_json_parse(value.data, value.len, 0, &offset);
    if (bad_value || lc_json_is(offset, LC_JSON_NULL)) return;
    lc_json *entry = lc_json_add(c->list, lc_json_new_object());
    lc_json_set(entry, "partition", lc_json_copy(lc_json_at(pair, 1)));
    lc_json_set(entry, "offset", lc_steal(offset));
    lc_strings_add_text(&c->keys, key.data, key.len);
}

static lc_error *source_get(lc_worker_core *worker, const lc_props *config, lc_json *list)
{
    collect c = {.name = name_of(config), .list = list};
    lc_error *error = worker->offsets->klass->each(worker->offsets, collect_entry, &c);
    lc_strings_done(&c.keys);
    return error;
}

static lc_error *sink_get(lc_worker_core *worker, const lc_props *config, int64_t deadline, lc_json *list)
{
    lc_admin *admin;
    lc_auto(lc_offsets) offsets = {0};
    char *group = group_of(worker, config);
    lc_error *error = lc_worker_admin(worker, &admin);
    if (!error) error = lc_admin_group_offsets(admin, group, left(deadline), &offsets);
    free(group);
    if (error)
        return lc_wrap(error, LC_E_CONNECT, "Failed to retrieve consumer group offsets for sink connector %s",
                       name_of(config));
    for (size_t i = 0; i < offsets.count; i++) {
        if (offsets.items[i].offset < 0) continue;
        lc_json *entry = lc_json_add(list, lc_json_new_object());
        lc_json *partition = lc_json_set(entry, "partition", lc_json_new_object());
        lc_json_set_string(partition, "kafka_topic", offsets.items[i].topic);
        lc_json_set_int(partition, "kafka_partition", offsets.items[i].partition);
        lc_json_set_int(lc_json_set(entry, "offset", lc_json_new_object()), "kafka_offset",
                        offsets.items[i].offset);
    }
    return NULL;
}

lc_error *lc_connector_offsets_get(lc_worker_core *worker, const lc_props *config, bool is_sink,
                                   int64_t deadline, lc_buf *out)
{
    lc_autoptr(lc_json) answer = lc_json_new_object();
    lc_json *list = lc_json_set(answer, "offsets", lc_json_new_array());
    LC_TRY(is_sink ? sink_get(worker, config, deadline, list) : source_get(worker, config, list));
    lc_json_dump(answer, out);
    return NULL;
}

/* A JSON value that must be a whole number from `least` to `most`, given as a number or as text. */
static bool whole_number(const lc_json *value, int64_t least, int64_t most, int64_t *ret_number)
{
    lc_text text = lc_json_text(value);
    char digits[32], *end;
    if (!text.data || !text.len || text.len >= sizeof digits) return false;
    memcpy(digits, text.data, text.len);
    digits[text.len] = '\0';
    errno = 0;
    *ret_number = strtoll(digits, &end, 10);
    return !*end && !errno && *ret_number >= least && *ret_number <= most;
}

static const int64_t FORGET = INT64_MIN; /* in place of an offset */

/* Of several entries for a partition the last one counts. */
static void want(lc_offsets *wanted, const char *topic, int64_t partition, int64_t offset)
{
    lc_topic_offset *known = lc_offsets_find(wanted, topic, (int32_t)partition);
    if (known) known->offset = offset;
    else lc_offsets_add(wanted, topic, (int32_t)partition, offset);
}

/* Checks one entry of a sink's request and adds it. Texts as SinkUtils has them. */
static lc_error *read_sink_entry(const lc_json *entry, lc_offsets *wanted)
{
    int64_t partition_number, offset_number;
    const lc_json *partition = lc_json_get(entry, "partition"), *offset = lc_json_get(entry, "offset");
    if (!lc_json_is(partition, LC_JSON_OBJECT))
        return lc_fail(LC_E_BAD_REQUEST,
                       "The partition for a sink connector offset cannot be null or missing");
    const lc_json *topic = lc_json_get(partition, "kafka_topic"),
                  *number = lc_json_get(partition, "kafka_partition");
    if (!topic || !number)
        return lc_fail(LC_E_BAD_REQUEST, "The partition for a sink connector offset must contain the keys "
                                         "'kafka_topic' and 'kafka_partition'");
    if (!lc_json_text(topic).data)
        return lc_fail(LC_E_BAD_REQUEST, "Kafka topic names must be valid strings and may not be null");
    if (!lc_json_text(number).data)
        return lc_fail(LC_E_BAD_REQUEST, "Kafka partitions must be valid numbers and may not be null");
    if (!whole_number(number, INT32_MIN, INT32_MAX, &partition_number))
        return lc_fail(LC_E_BAD_REQUEST,
                       "Failed to parse the following Kafka partition value in the provided offsets: '%s'. "
                       "Partition values for sink connectors need to be integers.",
                       lc_json_text(number).data);
    char *name = lc_strndup(lc_json_text(topic).data, lc_json_text(topic).len);
    lc_error *error = NULL;
    if (!offset || lc_json_is(offset, LC_JSON_NULL)) {
        want(wanted, name, partition_number, FORGET);
    } else if (!lc_json_get(offset, "kafka_offset")) {
        error = lc_fail(
            LC_E_BAD_REQUEST,
            "The offset for a sink connector should either be null or contain the key 'kafka_offset'");
    } else if (!whole_number(lc_json_get(offset, "kafka_offset"), INT64_MIN, INT64_MAX, &offset_number)) {
        error =
            lc_fail(LC_E_BAD_REQUEST,
                    "Failed to parse the following Kafka offset value in the provided offsets: '%s'. Offset "
                    "values for sink connectors need to be integers.",
                    lc_json_text(lc_json_get(offset, "kafka_offset")).data);
    } else {
        want(wanted, name, partition_number, offset_number);
    }
    free(name);
    return error;
}

static lc_error *sink_alter(lc_worker_core *worker, const lc_props *config, const lc_json *list,
                            int64_t deadline)
{
    lc_admin *admin;
    lc_auto(lc_offsets) wanted = {0};
    lc_auto(lc_offsets) change = {0};
    lc_auto(lc_offsets) forget = {0};
    for (size_t i = 0; list && i < lc_json_count(list); i++)
        LC_TRY(read_sink_entry(lc_json_at(list, i), &wanted));
    for (size_t i = 0; i < wanted.count; i++) {
        const lc_topic_offset *w = &wanted.items[i];
        bool gone = w->offset == FORGET;
        lc_offsets_add(gone ? &forget : &change, w->topic, w->partition, gone ? LC_OFFSET_NONE : w->offset);
    }
    LC_TRY(lc_worker_admin(worker, &admin));
    char *group = group_of(worker, config);
    lc_error *error = list ? NULL : lc_admin_delete_group(admin, group, left(deadline));
    if (change.count) error = lc_admin_alter_offsets(admin, group, &change, left(deadline));
    if (!error && forget.count) error = lc_admin_delete_offsets(admin, group, &forget, left(deadline));
    free(group);
    if (!error) return NULL;
    return lc_wrap(
        error, LC_E_CONNECT,
        "Failed to alter consumer group offsets for connector %s either because its tasks haven't stopped "
        "completely "
        "yet or the connector was resumed before the request to alter its offsets could be successfully "
        "completed. "
        "If the connector is in a stopped state, this operation can be safely retried. If it doesn't "
        "eventually "
        "succeed, the Connect cluster may need to be restarted to get rid of the zombie sink tasks.",
        name_of(config));
}

/* The values that offsets may hold (OffsetUtils.validateFormat). */
static lc_error *check_primitive(const lc_json *object)
{
    for (size_t i = 0; i < lc_json_count(object); i++) {
        const lc_json *value = lc_json_get(object, lc_json_key_at(object, i));
        if (!lc_json_is(value, LC_JSON_OBJECT) && !lc_json_is(value, LC_JSON_ARRAY)) continue;
        return lc_fail(LC_E_BAD_REQUEST,
                       "Offsets may only contain primitive types as values, but field %s contains %s",
                       lc_json_key_at(object, i), lc_json_is(value, LC_JSON_ARRAY) ? "ARRAY" : "MAP");
    }
    return NULL;
}

static bool reads_files(const lc_props *config)
{
    return strstr(lc_props_get_or(config, "connector.class", ""), "FileStreamSource") != NULL;
}

static lc_error *check_has_file(const lc_props *config)
{
    if (!reads_files(config) || lc_props_get(config, "file")) return NULL;
    return lc_fail(LC_E_BAD_REQUEST,
                   "Offsets cannot be modified if the 'file' configuration is unspecified. This is because "
                   "stdin is used for input and offsets are not tracked.");
}

/* What FileStreamSourceConnector checks, for every source whose partitions are files. */
static lc_error *check_file_entry(const lc_props *config, const lc_json *entry)
{
    const lc_json *offset = lc_json_get(entry, "offset"), *partition = lc_json_get(entry, "partition");
    if (!reads_files(config)) return NULL;
    if (!lc_json_get(partition, "filename"))
        return lc_fail(LC_E_BAD_REQUEST, "Partition objects should contain the key 'filename'");
    if (!offset || lc_json_is(offset, LC_JSON_NULL)) return NULL;
    int64_t position;
    if (!lc_json_get(offset, "position"))
        return lc_fail(LC_E_BAD_REQUEST,
                       "Offset objects should either be null or contain the key 'position'");
    if (!lc_json_int(lc_json_get(offset, "position"), &position))
        return lc_fail(LC_E_BAD_REQUEST,
                       "The value for the 'position' key in the offset is expected to be a Long value");
    if (position < 0)
        return lc_fail(LC_E_BAD_REQUEST,
                       "The value for the 'position' key in the offset should be a non-negative value");
    return NULL;
}

static void source_key(const lc_props *config, const lc_json *partition, lc_buf *out)
{
    lc_buf_put(out, '[');
    lc_json_quote_text(out, name_of(config));
    lc_buf_put(out, ',');
    lc_json_dump(partition, out);
    lc_buf_put(out, ']');
}

static lc_error *source_put(lc_worker_core *worker, const lc_strings *keys, const lc_strings *values,
                            int64_t deadline)
{
    lc_offset_entry *entries = lc_alloc((keys->count + 1) * sizeof *entries);
    for (size_t i = 0; i < keys->count; i++) {
        const char *value = values ? values->items[i] : "";
        entries[i].key = lc_text_of(keys->items[i]);
        if (value[0]) entries[i].value = lc_text_of(value);
    }
    lc_error *error = worker->offsets->klass->put(worker->offsets, entries, keys->count, left(deadline));
    free(entries);
    return error;
}

static lc_error *source_alter(lc_worker_core *worker, const lc_props *config, const lc_json *list,
                              int64_t deadline)
{
    lc_auto(lc_strings) keys = {0};
    lc_auto(lc_strings) values = {0};
    for (size_t i = 0; i < lc_json_count(list); i++) {
        const lc_json *entry = lc_json_at(list, i), *partition = lc_json_get(entry, "partition"),
                      *offset = lc_json_get(entry, "offset");
        if (!lc_json_is(partition, LC_JSON_OBJECT))
            return lc_fail(LC_E_BAD_REQUEST, "Partition objects cannot be null");
        if (offset && !lc_json_is(offset, LC_JSON_OBJECT) && !lc_json_is(offset, LC_JSON_NULL))
            return lc_fail(LC_E_BAD_REQUEST, "An offset is an object, or null to forget it, not %s",
                           lc_json_kind_name(offset));
        LC_TRY(check_file_entry(config, entry));
        LC_TRY(check_primitive(partition));
        LC_TRY(check_primitive(offset));
        lc_buf key = {0}, value = {0};
        source_key(config, partition, &key);
        if (lc_json_is(offset, LC_JSON_OBJECT)) lc_json_dump(offset, &value);
        lc_strings_take(&keys, lc_buf_detach(&key));
        lc_strings_take(&values, lc_buf_detach(&value));
    }
    return source_put(worker, &keys, &values, deadline);
}

static lc_error *source_reset(lc_worker_core *worker, const lc_props *config, int64_t deadline)
{
    lc_autoptr(lc_json) list = lc_json_new_array();
    collect c = {.name = name_of(config), .list = list};
    lc_error *error = worker->offsets->klass->each(worker->offsets, collect_entry, &c);
    if (!error && c.keys.count) error = source_put(worker, &c.keys, NULL, deadline);
    lc_strings_done(&c.keys);
    return error;
}

static lc_error *check_members(const lc_json *object, const char *const *known, const char *what)
{
    for (size_t i = 0; i < lc_json_count(object); i++) {
        const char *key = lc_json_key_at(object, i);
        if (!strcmp(key, known[0]) || (known[1] && !strcmp(key, known[1]))) continue;
        return lc_fail(LC_E_BAD_REQUEST, "Unrecognized field \"%s\": %s.", key, what);
    }
    return NULL;
}

lc_error *lc_connector_offsets_check(const lc_json *body)
{
    static const char *const outer[] = {"offsets", NULL}, *const inner[] = {"partition", "offset"};
    const lc_json *list = lc_json_get(body, "offsets");
    if (!lc_json_is(body, LC_JSON_OBJECT))
        return lc_fail(LC_E_BAD_REQUEST, "The body must be an object with \"offsets\", not %s.",
                       lc_json_kind_name(body));
    LC_TRY(check_members(body, outer, "the body has \"offsets\" only"));
    if (lc_json_is(list, LC_JSON_NULL) || (lc_json_is(list, LC_JSON_ARRAY) && !lc_json_count(list)))
        return lc_fail(LC_E_BAD_REQUEST,
                       "Partitions / offsets need to be provided for an alter offsets request");
    if (!lc_json_is(list, LC_JSON_ARRAY))
        return lc_fail(LC_E_BAD_REQUEST, "\"offsets\" must be a list, not %s.", lc_json_kind_name(list));
    for (size_t i = 0; i < lc_json_count(list); i++) {
        const lc_json *entry = lc_json_at(list, i);
        if (!lc_json_is(entry, LC_JSON_OBJECT))
            return lc_fail(
                LC_E_BAD_REQUEST,
                "An entry of \"offsets\" must be an object with \"partition\" and \"offset\", not %s.",
                lc_json_kind_name(entry));
        LC_TRY(check_members(entry, inner, "an entry has \"partition\" and \"offset\" only"));
    }
    return NULL;
}

lc_error *lc_connector_offsets_alter(lc_worker_core *worker, const lc_props *config, bool is_sink,
                                     bool is_stopped, const lc_json *body, int64_t deadline, lc_buf *out)
{
    const lc_json *list = lc_json_get(body, "offsets");
    if (body) LC_TRY(lc_connector_offsets_check(body));
    if (!is_stopped) return lc_fail(LC_E_BAD_REQUEST, STOP_FIRST, name_of(config));
    const char *verb = body ? "altered" : "reset";
    if (is_sink) {
        if (worker->embedded)
            return lc_fail(LC_E_BAD_REQUEST, "The embedded broker keeps no offsets of sinks that could be changed: use a "
                                             "real Kafka, or another name for the connector.");
        LC_TRY(sink_alter(worker, config, list, deadline));
        lc_buf_printf(out, DONE_BY_US, verb, verb);
        return NULL;
    }
    LC_TRY(check_has_file(config));
    LC_TRY(body ? source_alter(worker, config, list, deadline) : source_reset(worker, config, deadline));
    if (reads_files(config)) lc_buf_printf(out, DONE_BY_HOOK, verb);
    else lc_buf_printf(out, DONE_BY_US, verb, verb);
    return NULL;
}
