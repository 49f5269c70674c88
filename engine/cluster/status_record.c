#include "cluster/status_record.h"

#include <string.h>

#include "cluster/config_record.h"

#define OF_CONNECTOR "status-connector-"
#define OF_TASK "status-task-"
#define OF_TOPIC "status-topic-"
#define BEFORE_CONNECTOR ":connector-"

static const char *const names[] = {
    [LC_STATUS_UNASSIGNED] = "UNASSIGNED", [LC_STATUS_RUNNING] = "RUNNING",
    [LC_STATUS_PAUSED] = "PAUSED",         [LC_STATUS_FAILED] = "FAILED",
    [LC_STATUS_STOPPED] = "STOPPED",       [LC_STATUS_RESTARTING] = "RESTARTING",
    [LC_STATUS_DESTROYED] = "DESTROYED",
};

const char *lc_status_state_name(lc_status_state state)
{
    return names[state];
}

static bool state_of(const char *name, lc_status_state *ret_state)
{
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i])) {
            *ret_state = (lc_status_state)i;
            return true;
        }
    return false;
}

static lc_text after(lc_text text, const char *prefix)
{
    size_t cut = strlen(prefix);
    return (lc_text){text.data + cut, text.len - cut};
}

/* Names of topics hold no colon, those of connectors may. */
static bool parse_topic(lc_text rest, lc_status_key *key)
{
    const char *colon = rest.len ? memchr(rest.data, ':', rest.len) : NULL;
    if (!colon) return false;
    key->topic = (lc_text){rest.data, (size_t)(colon - rest.data)};
    lc_text tail = {colon, rest.len - key->topic.len};
    if (!lc_text_starts(tail, BEFORE_CONNECTOR)) return false;
    key->connector = after(tail, BEFORE_CONNECTOR);
    return key->topic.len && key->connector.len;
}

bool lc_status_key_parse(lc_text key, lc_status_key *ret_key)
{
    *ret_key = (lc_status_key){.task = LC_CONNECTOR_ITSELF};
    if (lc_text_starts(key, OF_CONNECTOR)) {
        ret_key->connector = after(key, OF_CONNECTOR);
        return ret_key->connector.len > 0;
    }
    if (lc_text_starts(key, OF_TASK)) {
        ret_key->kind = LC_STATUS_OF_TASK;
        return lc_split_task_id(after(key, OF_TASK), &ret_key->connector, &ret_key->task);
    }
    ret_key->kind = LC_STATUS_OF_TOPIC;
    return lc_text_starts(key, OF_TOPIC) && parse_topic(after(key, OF_TOPIC), ret_key);
}

void lc_status_key_write(const char *connector, int task, lc_buf *out)
{
    if (task == LC_CONNECTOR_ITSELF) lc_buf_printf(out, OF_CONNECTOR "%s", connector);
    else lc_buf_printf(out, OF_TASK "%s-%d", connector, task);
}

void lc_topic_status_key_write(const char *connector, const char *topic, lc_buf *out)
{
    lc_buf_printf(out, OF_TOPIC "%s" BEFORE_CONNECTOR "%s", topic, connector);
}

bool lc_status_parse(const lc_json *json, lc_status *ret_status)
{
    int64_t generation;
    lc_status status = {
        .trace = lc_json_string(lc_json_get(json, "trace")),
        .worker_id = lc_json_string(lc_json_get(json, "worker_id")),
        .version = lc_json_string(lc_json_get(json, "version")),
    };
    if (!state_of(lc_json_string(lc_json_get(json, "state")), &status.state) || !status.worker_id ||
        !lc_json_int(lc_json_get(json, "generation"), &generation))
        return false;
    status.generation = (int)generation;
    *ret_status = status;
    return true;
}

void lc_status_write(const lc_status *status, lc_buf *out)
{
    lc_buf_printf(out, "{\"state\":\"%s\",\"trace\":", names[status->state]);
    lc_json_quote_text(out, status->trace);
    lc_buf_text(out, ",\"worker_id\":");
    lc_json_quote_text(out, status->worker_id);
    lc_buf_printf(out, ",\"generation\":%d,\"version\":", status->generation);
    lc_json_quote_text(out, status->version);
    lc_buf_put(out, '}');
}

void lc_topic_status_write(const char *connector, const char *topic, int task, int64_t discovered_ms,
                           lc_buf *out)
{
    lc_buf_text(out, "{\"topic\":{\"name\":");
    lc_json_quote_text(out, topic);
    lc_buf_text(out, ",\"connector\":");
    lc_json_quote_text(out, connector);
    lc_buf_printf(out, ",\"task\":%d,\"discoverTimestamp\":%lld}}", task, (long long)discovered_ms);
}

void lc_status_write_members(const lc_status *status, lc_buf *out)
{
    lc_buf_printf(out, "\"state\":\"%s\",\"worker_id\":", names[status->state]);
    lc_json_quote_text(out, status->worker_id);
    if (status->trace) {
        lc_buf_text(out, ",\"trace\":");
        lc_json_quote_text(out, status->trace);
    }
    if (status->version && strcmp(status->version, "undefined") != 0) {
        lc_buf_text(out, ",\"version\":");
        lc_json_quote_text(out, status->version);
    }
}
