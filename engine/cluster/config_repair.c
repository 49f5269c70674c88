#include "cluster/config_repair.h"

#include <stdint.h>

#include "base/strings.h"
#include "cluster/config_batch_internal.h"
#include "cluster/config_record.h"
#include "cluster/internal_topic.h"

/* Offsets stand in the table as they are, plus one: pointers to nothing. */
void lc_key_offsets_note(lc_table *offsets, lc_text key, int64_t offset)
{
    lc_table_put_text(offsets, key, (void *)(intptr_t)(offset + 1));
}

int64_t lc_key_offsets_get(const lc_table *offsets, lc_text key)
{
    return (int64_t)(intptr_t)lc_table_get_text(offsets, key) - 1;
}

static void collect(void *context, const lc_log_record *record)
{
    if (record->key) lc_key_offsets_note(context, (lc_text){record->key, record->key_len}, record->offset);
}

lc_error *lc_config_scan(lc_worker_core *worker, int64_t timeout_ms, lc_table **ret_offsets)
{
    enum { CLOSE_MS = 500 };
    lc_autoptr(lc_client_config) consumer = NULL;
    lc_autoptr(lc_table) offsets = lc_table_new(NULL);
    LC_TRY(lc_internal_client(worker, LC_TOPIC_CONFIGS, LC_CLIENT_CONSUMER, "-repair", false, &consumer));
    lc_topic_log_options options = {
        .topic = lc_internal_topic_name(worker, LC_TOPIC_CONFIGS),
        .consumer = consumer,
        .reader = {.record = collect, .context = offsets},
    };
    lc_topic_log *log = NULL;
    LC_TRY(lc_topic_log_open(&options, timeout_ms, &log));
    lc_topic_log_close(log, CLOSE_MS);
    *ret_offsets = lc_steal(offsets);
    return NULL;
}

typedef struct repair {
    const lc_config_state *state;
    lc_config_batch *batch;
    lc_strings tasks_done; /* connectors whose tasks are in the batch */
} repair;

/* One doubtful key; `c` is NULL when there is no such connector. */
typedef void mender(repair *r, const lc_record_key *key, const char *name, const lc_config_connector *c);

static void mend_connector(repair *r, const lc_record_key *key, const char *name,
                           const lc_config_connector *c)
{
    if (c) lc_config_batch_connector(r->batch, name, c->config);
    else lc_config_batch_tombstone(r->batch, key->kind, name, 0);
}

static void mend_target(repair *r, const lc_record_key *key, const char *name, const lc_config_connector *c)
{
    if (c) lc_config_batch_target(r->batch, name, c->target);
    else lc_config_batch_tombstone(r->batch, key->kind, name, 0);
}

/* Readers take tasks only as a whole, so all are written, and what a commit unsettles after them. */
static void mend_tasks(repair *r, const lc_record_key *key, const char *name, const lc_config_connector *c)
{
    bool is_whole = c && c->tasks_offset >= 0 && !c->is_inconsistent;
    if (!is_whole || (key->kind == LC_RECORD_TASK && key->task >= c->task_count))
        lc_config_batch_tombstone(r->batch, key->kind, name, key->task);
    if (!is_whole || lc_strings_has(&r->tasks_done, name)) return;
    lc_strings_add(&r->tasks_done, name);
    lc_config_batch_tasks(r->batch, name, c->tasks, (size_t)c->task_count);
    if (!c->is_pending_fencing && c->fenced_tasks >= 0)
        lc_config_batch_fenced(r->batch, name, c->fenced_tasks);
}

static void mend_fenced(repair *r, const lc_record_key *key, const char *name, const lc_config_connector *c)
{
    if (c && c->fenced_tasks >= 0 && !c->is_pending_fencing)
        lc_config_batch_fenced(r->batch, name, c->fenced_tasks);
    else lc_config_batch_tombstone(r->batch, key->kind, name, 0);
}

/* The rest is passed over by Java, acted upon once, or written anew by every leader. */
static mender *const menders[LC_RECORD_KIND_COUNT] = {
    [LC_RECORD_CONNECTOR] = mend_connector, [LC_RECORD_TARGET] = mend_target, [LC_RECORD_TASK] = mend_tasks,
    [LC_RECORD_COMMIT] = mend_tasks,        [LC_RECORD_FENCED] = mend_fenced,
};

void lc_config_repair(const lc_table *all, const lc_table *committed, const lc_config_state *state,
                      lc_config_batch *batch)
{
    repair r = {.state = state, .batch = batch};
    lc_auto(lc_buf) name = {0};
    for (size_t i = 0; i < lc_table_count(all); i++) {
        lc_text text = lc_table_key_text_at(all, i);
        lc_record_key key;
        if (lc_key_offsets_get(all, text) <= lc_key_offsets_get(committed, text)) continue;
        if (!lc_record_key_parse(text, &key) || !menders[key.kind]) continue;
        lc_buf_reset(&name);
        lc_buf_add(&name, key.name.data, key.name.len);
        menders[key.kind](&r, &key, name.data, lc_config_state_find(state, name.data));
    }
    lc_strings_done(&r.tasks_done);
}
