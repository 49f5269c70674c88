#include "cluster/config_record.h"

#include <stdint.h>

#include "base/error.h"

/* In the order in which Connect tries prefixes. */
static const struct kind_rule {
    const char *prefix;
    bool is_whole; /* the prefix is all there is */
    bool is_open;
    const char *write_failure, *remove_failure;
} kinds[LC_RECORD_KIND_COUNT] = {
    [LC_RECORD_TARGET] = {"target-state-", false, true, "Error writing target state to Kafka", NULL},
    [LC_RECORD_CONNECTOR] = {"connector-", false, false, "Error writing connector configuration to Kafka",
                             "Error removing connector configuration from Kafka"},
    [LC_RECORD_TASK] = {"task-", false, false, "Error writing task configurations to Kafka", NULL},
    [LC_RECORD_COMMIT] = {"commit-", false, false, "Error writing root configuration to Kafka", NULL},
    [LC_RECORD_RESTART] = {"restart-connector-", false, true, "Error writing restart request to Kafka", NULL},
    [LC_RECORD_FENCED] = {"tasks-fencing-", false, false, "Error writing task count record to Kafka", NULL},
    [LC_RECORD_SESSION_KEY] = {"session-key", true, false, "Error writing session key to Kafka", NULL},
    [LC_RECORD_LOGGER] = {"logger-cluster-", false, true, "Error writing logger level to Kafka", NULL},
    [LC_RECORD_MEMBER] = {"lc-member-", false, true, "Error writing a worker's record to Kafka", NULL},
    [LC_RECORD_SCRIPT] = {"lc-script-", false, true, "Error writing a script to Kafka", NULL},
    [LC_RECORD_OWN] = {"lc-", false, false, "Error writing a record of the cluster to Kafka", NULL},
};

static bool has_kind(lc_text key, const struct kind_rule *rule)
{
    return rule->is_whole ? lc_text_is(key, rule->prefix) : lc_text_starts(key, rule->prefix);
}

static lc_text after(lc_text text, size_t cut)
{
    return (lc_text){text.data + cut, text.len - cut};
}

bool lc_split_task_id(lc_text text, lc_text *ret_name, int *ret_task)
{
    size_t dash = text.len;
    while (dash > 0 && text.data[dash - 1] != '-') dash--;
    if (dash < 2 || dash == text.len) return false;
    int64_t number = 0;
    for (size_t i = dash; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') return false;
        number = number * 10 + (text.data[i] - '0');
        if (number > INT32_MAX) return false;
    }
    *ret_name = (lc_text){text.data, dash - 1};
    *ret_task = (int)number;
    return true;
}

/* The name of one is its whole key. */
static bool is_ours(lc_record_kind kind)
{
    return kind == LC_RECORD_OWN || kind == LC_RECORD_MEMBER || kind == LC_RECORD_SCRIPT;
}

bool lc_record_key_parse(lc_text key, lc_record_key *ret_key)
{
    int kind = 0;
    while (kind < LC_RECORD_KIND_COUNT && !has_kind(key, &kinds[kind])) kind++;
    if (kind == LC_RECORD_KIND_COUNT) return false;
    *ret_key = (lc_record_key){.kind = (lc_record_kind)kind, .name = key};
    if (is_ours(ret_key->kind)) return true;
    ret_key->name = after(key, strlen(kinds[kind].prefix));
    return kind != LC_RECORD_TASK || lc_split_task_id(ret_key->name, &ret_key->name, &ret_key->task);
}

void lc_record_key_write(lc_record_kind kind, const char *name, int task, lc_buf *out)
{
    if (!is_ours(kind)) lc_buf_text(out, kinds[kind].prefix);
    if (!kinds[kind].is_whole) lc_buf_text(out, name);
    if (kind == LC_RECORD_TASK) lc_buf_printf(out, "-%d", task);
}

bool lc_record_is_open(lc_record_kind kind)
{
    return kinds[kind].is_open;
}

const char *lc_record_failure(lc_record_kind kind, bool is_removal)
{
    const struct kind_rule *rule = &kinds[kind];
    return is_removal && rule->remove_failure ? rule->remove_failure : rule->write_failure;
}
