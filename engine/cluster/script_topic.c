#include "cluster/script_topic.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"
#include "cluster/members.h"
#include "runtime/reload.h"
#include "secure/sign.h"

enum { POST_MS = 10000, SAY_MS = 5000, ASK_MS = 50, LOOK_MS = 500 };

static const char texts[] = "lc-script-text-", seens[] = "lc-script-seen-";

struct lc_script_topic {
    lc_worker_core *worker;
    lc_config_store *store; /* NULL: not started */
    lc_thread *thread;
    pthread_mutex_t lock; /* guards: pending, stopping */
    pthread_cond_t changed;
    bool stopping;
    lc_strings pending; /* keys whose records are to be looked at */
    lc_strings tried;   /* its thread: those that tasks try, to be looked at again */
    lc_props *said;     /* its thread: by key, what was written last */
};

lc_script_topic *lc_script_topic_new(lc_worker_core *worker)
{
    lc_script_topic *topic = lc_alloc(sizeof *topic);
    topic->worker = worker;
    topic->said = lc_props_new();
    pthread_mutex_init(&topic->lock, NULL);
    lc_cond_init(&topic->changed);
    return topic;
}

void lc_script_topic_stop(lc_script_topic *topic)
{
    pthread_mutex_lock(&topic->lock);
    topic->stopping = true;
    pthread_cond_broadcast(&topic->changed);
    pthread_mutex_unlock(&topic->lock);
    lc_thread_join(topic->thread, -1);
    topic->thread = NULL;
}

void lc_script_topic_free(lc_script_topic *topic)
{
    if (!topic) return;
    lc_strings_done(&topic->pending);
    lc_strings_done(&topic->tried);
    lc_props_free(topic->said);
    pthread_mutex_destroy(&topic->lock);
    pthread_cond_destroy(&topic->changed);
    free(topic);
}

static bool starts_with(const char *text, const char *start)
{
    return !strncmp(text, start, strlen(start));
}

void lc_script_topic_note(lc_script_topic *topic, const lc_config_change *change)
{
    if (!topic || change->kind != LC_CHANGED_OWN || !starts_with(change->name, texts)) return;
    pthread_mutex_lock(&topic->lock);
    if (!lc_strings_has(&topic->pending, change->name)) lc_strings_add(&topic->pending, change->name);
    pthread_cond_broadcast(&topic->changed);
    pthread_mutex_unlock(&topic->lock);
}

/* Using a record */

static const char *field(const lc_json *record, const char *name)
{
    const char *text = lc_json_string(lc_json_get(record, name));
    return text ? text : "";
}

static bool is_removal(const lc_json *record)
{
    return lc_json_bool(lc_json_get(record, "removed"), false);
}

/* What isn't there, or didn't come over REST, stays as it is. */
static lc_error *take_away(lc_script_topic *topic, const lc_json *record, lc_json **ret_left)
{
    const char *kind = field(record, "kind"), *name = field(record, "name");
    lc_reloader *reloader = topic->worker->reloader;
    bool ends;
    char *path = NULL;
    lc_error *nothing_to_do = lc_reloader_would_end(reloader, kind, name, &ends, &path);
    free(path);
    lc_error_free(nothing_to_do);
    return nothing_to_do ? NULL : lc_reloader_remove(reloader, kind, name, field(record, "by"), ret_left);
}

static lc_error *use(lc_script_topic *topic, const lc_json *record, lc_json **ret_version)
{
    const char *kind = field(record, "kind"), *name = field(record, "name");
    lc_text text = lc_json_text(lc_json_get(record, "text"));
    lc_reloader *reloader = topic->worker->reloader;
    if (is_removal(record)) return take_away(topic, record, ret_version);
    lc_error *none = lc_reloader_version(reloader, kind, name, 0, ret_version);
    lc_error_free(none);
    if (!none && lc_text_eq(lc_json_text(lc_json_get(*ret_version, "text")), text)) return NULL;
    if (!none) lc_json_free(lc_steal(*ret_version));
    bool created;
    return lc_reloader_put(reloader, kind, name, text, lc_text_of(field(record, "signature")), field(record, "by"),
                           &created, ret_version);
}

/* The version of this text, whatever became of it. */
static lc_json *version_of(lc_script_topic *topic, const lc_json *record)
{
    lc_json *versions = NULL, *found = NULL;
    lc_error *none =
        lc_reloader_versions(topic->worker->reloader, field(record, "kind"), field(record, "name"), &versions);
    lc_error_free(none);
    if (none) return NULL;
    for (size_t i = lc_json_count(versions); i-- > 0 && !found;)
        if (!strcmp(field(lc_json_at(versions, i), "sha256"), field(record, "sha256")))
            found = lc_json_copy(lc_json_at(versions, i));
    lc_json_free(versions);
    return found;
}

static void copy_field(lc_json *to, const lc_json *from, const char *name)
{
    if (*field(from, name)) lc_json_set_string(to, name, field(from, name));
}

static void write_report(lc_script_topic *topic, const lc_json *record, const lc_json *version, const lc_error *error,
                         lc_buf *out)
{
    int64_t number;
    lc_autoptr(lc_json) report = lc_json_new_object();
    lc_json_set_string(report, "worker", topic->worker->worker_id);
    copy_field(report, record, "sha256");
    if (version && lc_json_int(lc_json_get(version, "version"), &number)) lc_json_set_int(report, "version", number);
    lc_json_set_string(report, "state", version ? field(version, "state") : is_removal(record) && !error ? "removed" : "refused");
    if (version) copy_field(report, version, "error");
    if (!version && error) lc_json_set_string(report, "error", lc_error_message(error));
    lc_json_dump(report, out);
}

static void log_failure(lc_script_topic *topic, const char *message, const lc_error *error)
{
    if (error)
        lc_log(topic->worker->log, LC_LOG_WARN, "cluster.script_topic", message, "error", lc_error_message(error),
               NULL);
}

static void say(lc_script_topic *topic, const char *key, const lc_buf *report)
{
    lc_auto(lc_buf) seen = {0};
    const char *last = lc_props_get(topic->said, key);
    if (last && !strcmp(last, report->data)) return;
    lc_buf_printf(&seen, "%s%s-%s", seens, key + strlen(texts), topic->worker->worker_id);
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_config_batch_own(batch, seen.data, (lc_text){report->data, report->len});
    lc_autoptr(lc_error) error = lc_config_store_post(topic->store, batch, POST_MS);
    log_failure(topic, "the cluster could not be told of a script", error);
    if (!error) lc_props_set(topic->said, key, report->data);
}

static void look_at(lc_script_topic *topic, const char *key, bool is_new)
{
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(topic->store);
    lc_text value = lc_config_state_own(state, key);
    lc_autoptr(lc_json) record = NULL;
    lc_auto(lc_buf) report = {0};
    if (!value.data) return;
    lc_autoptr(lc_error) error = lc_json_parse(value.data, value.len, 0, &record);
    lc_json *used = NULL;
    if (!error && is_new) error = use(topic, record, &used);
    lc_json_free(used);
    log_failure(topic, "a script of the cluster is not used here", error);
    if (!record) return;
    lc_autoptr(lc_json) version = version_of(topic, record);
    write_report(topic, record, version, error, &report);
    say(topic, key, &report);
    if (version && !strcmp(field(version, "state"), "trial")) lc_strings_add(&topic->tried, key);
}

static void look_again(lc_script_topic *topic)
{
    lc_strings tried = topic->tried;
    topic->tried = (lc_strings){0};
    for (size_t i = 0; i < tried.count; i++) look_at(topic, tried.items[i], false);
    lc_strings_done(&tried);
}

/* False: it is to end. */
static bool await_pending(lc_script_topic *topic, lc_strings *keys)
{
    pthread_mutex_lock(&topic->lock);
    struct timespec until = lc_deadline(LOOK_MS);
    while (!topic->stopping && !topic->pending.count) {
        if (!topic->tried.count) pthread_cond_wait(&topic->changed, &topic->lock);
        else if (pthread_cond_timedwait(&topic->changed, &topic->lock, &until)) break;
    }
    *keys = topic->pending;
    topic->pending = (lc_strings){0};
    bool go_on = !topic->stopping;
    pthread_mutex_unlock(&topic->lock);
    return go_on;
}

static void run(void *argument)
{
    lc_script_topic *topic = argument;
    for (bool go_on = true; go_on;) {
        lc_auto(lc_strings) keys = {0};
        go_on = await_pending(topic, &keys);
        if (go_on) look_again(topic);
        for (size_t i = 0; i < keys.count && go_on; i++) look_at(topic, keys.items[i], true);
    }
}

static void add_key(void *context, const char *key, lc_text value)
{
    (void)value;
    lc_strings_add(context, key);
}

lc_error *lc_script_topic_start(lc_script_topic *topic, lc_config_store *store)
{
    lc_auto(lc_strings) keys = {0};
    topic->store = store;
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(store);
    lc_config_state_each_own(state, texts, add_key, &keys);
    for (size_t i = 0; i < keys.count; i++) look_at(topic, keys.items[i], true);
    return lc_thread_start("script-topic", 0, run, topic, &topic->thread);
}

bool lc_script_topic_is_started(const lc_script_topic *topic)
{
    return topic->thread != NULL;
}

/* Requests */

static void write_record(const char *kind, const char *name, const char *who, lc_text all, const lc_buf *signature,
                         lc_buf *value)
{
    char sha[LC_SHA256_TEXT];
    lc_autoptr(lc_json) record = lc_json_new_object();
    lc_sha256(all, sha);
    lc_json_set_string(record, "kind", kind);
    lc_json_set_string(record, "name", name);
    lc_json_set_string(record, "sha256", sha);
    lc_json_set(record, "text", lc_json_new_text(all));
    if (signature->len) lc_json_set_string(record, "signature", signature->data);
    lc_json_set_string(record, "by", who);
    lc_json_set_int(record, "at", lc_now_ms());
    lc_json_dump(record, value);
}

static void write_removal(const char *kind, const char *name, const char *who, lc_buf *key, lc_buf *value)
{
    lc_autoptr(lc_json) record = lc_json_new_object();
    lc_buf_printf(key, "%s%s-%s", texts, kind, name);
    lc_json_set_string(record, "kind", kind);
    lc_json_set_string(record, "name", name);
    lc_json_set_bool(record, "removed", true);
    lc_json_set_string(record, "by", who);
    lc_json_set_int(record, "at", lc_now_ms());
    lc_json_dump(record, value);
}

static lc_json *seen_by(const lc_config_state *state, const char *kind, const char *name, const char *worker)
{
    lc_auto(lc_buf) key = {0};
    lc_json *seen = NULL;
    lc_buf_printf(&key, "%s%s-%s-%s", seens, kind, name, worker);
    lc_text value = lc_config_state_own(state, key.data);
    if (value.data) lc_error_free(lc_json_parse(value.data, value.len, 0, &seen));
    return seen;
}

static bool all_have_said(lc_script_topic *topic, const char *kind, const char *name, const char *sha)
{
    lc_auto(lc_cluster_members) members = {0};
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(topic->store);
    lc_cluster_members_read(state, &members);
    bool all = true;
    for (size_t i = 0; i < members.count && all; i++) {
        lc_autoptr(lc_json) seen = seen_by(state, kind, name, members.items[i].worker_id);
        all = seen && !strcmp(field(seen, "sha256"), sha);
    }
    return all;
}

static lc_error *post(lc_script_topic *topic, const lc_buf *key, const lc_buf *value)
{
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_config_batch_own(batch, key->data, (lc_text){value->data, value->len});
    lc_error *error = lc_config_store_post(topic->store, batch, POST_MS);
    if (!error) return NULL;
    return lc_wrap(error, LC_E_KAFKA, "This worker has done it, but the others could not be told: %s",
                   lc_error_message(error));
}

/* `sha` is empty when the script was taken away. */
static void await_all(lc_script_topic *topic, const char *kind, const char *name, const char *sha)
{
    int64_t until = lc_monotonic_ms() + SAY_MS;
    while (!all_have_said(topic, kind, name, sha) && lc_monotonic_ms() < until) lc_sleep_ms(ASK_MS);
}

lc_error *lc_script_topic_publish(lc_script_topic *topic, const char *kind, const char *name, int version,
                                  const char *who)
{
    lc_auto(lc_buf) key = {0};
    lc_auto(lc_buf) value = {0};
    lc_auto(lc_buf) text = {0};
    lc_auto(lc_buf) signature = {0};
    char sha[LC_SHA256_TEXT];
    LC_TRY(lc_reloader_text(topic->worker->reloader, kind, name, version, &text, &signature));
    lc_text all = {text.data ? text.data : "", text.len};
    lc_sha256(all, sha);
    lc_buf_printf(&key, "%s%s-%s", texts, kind, name);
    write_record(kind, name, who, all, &signature, &value);
    LC_TRY(post(topic, &key, &value));
    await_all(topic, kind, name, sha);
    return NULL;
}

lc_error *lc_script_topic_publish_removal(lc_script_topic *topic, const char *kind, const char *name, const char *who)
{
    lc_auto(lc_buf) key = {0};
    lc_auto(lc_buf) value = {0};
    write_removal(kind, name, who, &key, &value);
    LC_TRY(post(topic, &key, &value));
    await_all(topic, kind, name, "");
    return NULL;
}

void lc_script_topic_show(lc_script_topic *topic, const char *kind, const char *name, lc_json *into)
{
    lc_auto(lc_cluster_members) members = {0};
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(topic->store);
    lc_json *workers = lc_json_new_array();
    lc_cluster_members_read(state, &members);
    for (size_t i = 0; i < members.count; i++) {
        lc_json *seen = seen_by(state, kind, name, members.items[i].worker_id);
        if (seen) lc_json_add(workers, seen);
    }
    lc_json_set(into, "workers", workers);
}
