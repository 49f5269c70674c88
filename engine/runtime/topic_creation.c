#include "runtime/topic_creation.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "java/regex.h"
#include "runtime/client_settings.h"

enum { TIMEOUT_MS = 30000 };

/* One group of topic.creation.groups; the last is "default". */
typedef struct rule {
    lc_regex *include; /* NULL: matches nothing; of default: everything */
    lc_regex *exclude; /* NULL: excludes nothing */
    bool everything;
    int32_t partitions;
    int16_t replication;
    lc_props *settings; /* other topic settings */
} rule;

struct lc_topic_creation {
    lc_task *task;
    rule *rules;
    size_t count;
    lc_strings known;
};

static const char *const rule_keys[] = {"include", "exclude", "partitions", "replication.factor"};

/* A list of patterns as the one alternation that has to match a whole name. */
static lc_error *pattern_of(const lc_props *settings, const char *key, lc_regex **ret_regex)
{
    const char *list = lc_props_get(settings, key);
    if (!list || !list[0]) return NULL;
    lc_auto(lc_buf) text = {0};
    char *copy = lc_strdup(list), *rest = copy;
    for (char *item; (item = strsep(&rest, ",")) != NULL;) {
        lc_text pattern = lc_text_trim(lc_text_of(item));
        if (text.len) lc_buf_put(&text, '|');
        lc_buf_add(&text, pattern.data, pattern.len);
    }
    free(copy);
    lc_error *error = lc_regex_new((lc_text){text.data, text.len}, ret_regex);
    return error ? lc_wrap(error, LC_E_CONFIG, "Syntax error in regular expression: %s", text.data) : NULL;
}

static int64_t number_of(const lc_props *settings, const char *key, int64_t fallback)
{
    const char *text = lc_props_get(settings, key);
    return text && text[0] ? strtoll(text, NULL, 10) : fallback;
}

static lc_error *read_rule(const lc_props *all, const char *group, const rule *fallback, rule *r)
{
    lc_auto(lc_buf) prefix = {0};
    lc_buf_printf(&prefix, "topic.creation.%s.", group);
    r->settings = lc_props_with_prefix(all, prefix.data, true);
    LC_TRY(pattern_of(r->settings, "include", &r->include));
    LC_TRY(pattern_of(r->settings, "exclude", &r->exclude));
    r->everything = !fallback && !r->include;
    r->partitions = (int32_t)number_of(r->settings, "partitions", fallback ? fallback->partitions : -1);
    r->replication =
        (int16_t)number_of(r->settings, "replication.factor", fallback ? fallback->replication : -1);
    for (size_t i = 0; i < sizeof rule_keys / sizeof *rule_keys; i++)
        lc_props_remove(r->settings, rule_keys[i]);
    return NULL;
}

static lc_error *read_rules(lc_topic_creation *c, const lc_props *settings)
{
    lc_auto(lc_strings) groups = {0};
    char *copy = lc_strdup(lc_props_get_or(settings, "topic.creation.groups", "")), *rest = copy;
    for (char *item; (item = strsep(&rest, ",")) != NULL;) {
        lc_text name = lc_text_trim(lc_text_of(item));
        if (name.len && !lc_text_is(name, "default")) lc_strings_add_text(&groups, name.data, name.len);
    }
    free(copy);
    c->rules = lc_alloc((groups.count + 1) * sizeof *c->rules);
    c->count = groups.count + 1;
    rule *last = &c->rules[groups.count];
    LC_TRY(read_rule(settings, "default", NULL, last));
    for (size_t i = 0; i < groups.count; i++)
        LC_TRY(read_rule(settings, groups.items[i], last, &c->rules[i]));
    return NULL;
}

lc_error *lc_topic_creation_new(lc_task *task, const lc_connector_config *config, lc_topic_creation **ret)
{
    lc_topic_creation *c = lc_alloc(sizeof *c);
    lc_autoptr(lc_props) none = lc_props_new();
    c->task = task;
    lc_error *error = read_rules(c, task->worker->topic_creation ? config->settings : none);
    if (error) lc_topic_creation_free(c);
    else *ret = c;
    return error;
}

void lc_topic_creation_free(lc_topic_creation *creation)
{
    if (!creation) return;
    for (size_t i = 0; i < creation->count; i++) {
        lc_regex_free(creation->rules[i].include);
        lc_regex_free(creation->rules[i].exclude);
        lc_props_free(creation->rules[i].settings);
    }
    free(creation->rules);
    lc_strings_done(&creation->known);
    free(creation);
}

static lc_error *is_for(const rule *r, lc_text topic, bool *ret_is)
{
    bool excluded = false, included = r->everything;
    if (r->exclude) LC_TRY(lc_regex_matches(r->exclude, topic, &excluded));
    if (!excluded && r->include) LC_TRY(lc_regex_matches(r->include, topic, &included));
    *ret_is = included && !excluded;
    return NULL;
}

static lc_error *rule_for(const lc_topic_creation *c, const char *topic, const rule **ret_rule)
{
    for (size_t i = 0; i < c->count; i++) {
        bool found = false;
        LC_TRY(is_for(&c->rules[i], lc_text_of(topic), &found));
        *ret_rule = &c->rules[i];
        if (found) return NULL;
    }
    return NULL;
}

static lc_error *create(lc_topic_creation *c, lc_admin *admin, const char *name, const rule *r)
{
    size_t count = lc_props_count(r->settings);
    lc_setting *settings = lc_alloc((count + 1) * sizeof *settings);
    for (size_t i = 0; i < count; i++)
        settings[i] = (lc_setting){lc_props_key_at(r->settings, i), lc_props_value_at(r->settings, i)};
    lc_new_topic topic = {name, r->partitions, r->replication, settings, count};
    lc_error *error = lc_admin_create_topic(admin, &topic, TIMEOUT_MS);
    free(settings);
    if (!error)
        lc_log(c->task->worker->log, LC_LOG_INFO, "runtime.topic_creation", "created topic", "connector",
               c->task->connector, "topic", name, NULL);
    if (lc_error_code(error) == LC_E_EXISTS) {
        lc_error_free(error);
        return NULL;
    }
    return error;
}

/* librdkafka's request can't be cut short, so it is made in portions, longer each time for clusters that are
 * slow to answer. */
lc_error *lc_topic_partitions(lc_task *task, const char *topic, int32_t *ret_count)
{
    enum { FIRST_MS = 1000, LONGEST_MS = 4000 };
    lc_admin *admin = NULL;
    LC_TRY(lc_worker_admin(task->worker, &admin));
    int64_t deadline = lc_monotonic_ms() + TIMEOUT_MS;
    for (int64_t portion = FIRST_MS;; portion = portion * 2 < LONGEST_MS ? portion * 2 : LONGEST_MS) {
        lc_error *error = lc_admin_partitions(admin, topic, portion, ret_count);
        bool again = error && lc_error_is_retriable(error) && lc_monotonic_ms() + portion < deadline;
        if (!again || lc_task_is_stopping(task)) return error;
        lc_error_free(error);
    }
}

static lc_error *ensure_on_cluster(lc_topic_creation *c, const char *topic)
{
    lc_admin *admin = NULL;
    int32_t partitions = 0;
    LC_TRY(lc_topic_partitions(c->task, topic, &partitions));
    if (partitions > 0) return NULL;
    LC_TRY(lc_worker_admin(c->task->worker, &admin));
    const rule *r;
    LC_TRY(rule_for(c, topic, &r));
    return create(c, admin, topic, r);
}

static lc_error *ensure_embedded(lc_topic_creation *c, const char *topic)
{
    const rule *r;
    LC_TRY(rule_for(c, topic, &r));
    return lc_embedded_create_topic(c->task->worker->embedded, topic, r->partitions > 0 ? r->partitions : 1,
                                    NULL);
}

lc_error *lc_topic_creation_ensure(lc_topic_creation *creation, const char *topic)
{
    if (lc_strings_has(&creation->known, topic)) return NULL;
    const lc_worker_core *worker = creation->task->worker;
    if (!worker->topic_creation && !worker->embedded) return NULL;
    lc_error *error =
        worker->embedded ? ensure_embedded(creation, topic) : ensure_on_cluster(creation, topic);
    if (error) {
        bool retriable = lc_error_is_retriable(error);
        error = lc_wrap(
            error, LC_E_CONNECT,
            "Task failed to create new topic %s. Ensure that the task is authorized to create topics or "
            "that the topic exists and restart the task",
            topic);
        lc_error_set_retriable(error, retriable);
        return error;
    }
    lc_strings_add(&creation->known, topic);
    return NULL;
}
