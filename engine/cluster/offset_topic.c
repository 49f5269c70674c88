#include "cluster/offset_topic.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/thread.h"
#include "cluster/internal_topic.h"
#include "cluster/offset_key.h"

/* One of the keys under which a partition stands in the topic. */
typedef struct variant {
    char *key;
    size_t key_len;
    char *value; /* NULL: removed */
    size_t value_len;
    int64_t timestamp;
} variant;

/* A partition of a source. */
typedef struct partition {
    variant *variants; /* the newest first; mostly there is one */
    size_t count, cap;
} partition;

typedef struct offset_topic {
    lc_offset_store store;
    lc_worker_core *worker;
    lc_topic_log *log;
    pthread_mutex_t lock; /* guards the tables and the guard */
    bool (*may_write)(void *context);
    void *guard_context;
    lc_table *by_key;     /* every key as it stands in the topic; partitions are the other table's */
    lc_table *partitions; /* by normalised key */
    /* Readings to the end are shared: whoever comes while one is under way waits for the next. */
    pthread_mutex_t turn; /* guards what follows */
    pthread_cond_t turned;
    uint64_t begun, ended;
    lc_error *failure; /* of the reading that ended last */
} offset_topic;

enum { READ_MS = 30000, CLOSE_MS = 2000 };

static lc_text key_of(const variant *v)
{
    return (lc_text){v->key, v->key_len};
}

static lc_text value_of(const variant *v)
{
    return (lc_text){v->value, v->value_len};
}

static void free_partition(void *value)
{
    partition *p = value;
    for (size_t i = 0; i < p->count; i++) {
        free(p->variants[i].key);
        free(p->variants[i].value);
    }
    free(p->variants);
    free(p);
}

/* With the lock held. NULL: the topic has no such partition. */
static partition *find(const offset_topic *topic, lc_text key)
{
    partition *p = lc_table_get_text(topic->by_key, key);
    if (p) return p;
    lc_auto(lc_buf) normal = {0};
    lc_offset_key_normalise(key, &normal);
    return lc_table_get_text(topic->partitions, (lc_text){normal.data, normal.len});
}

static partition *make(offset_topic *topic, lc_text key)
{
    partition *p = find(topic, key);
    if (!p) {
        lc_auto(lc_buf) normal = {0};
        lc_offset_key_normalise(key, &normal);
        p = lc_alloc(sizeof *p);
        lc_table_put_text(topic->partitions, (lc_text){normal.data, normal.len}, p);
    }
    if (!lc_table_get_text(topic->by_key, key)) lc_table_put_text(topic->by_key, key, p);
    return p;
}

static variant take_variant(partition *p, lc_text key)
{
    for (size_t i = 0; i < p->count; i++) {
        if (!lc_text_eq(key_of(&p->variants[i]), key)) continue;
        variant found = p->variants[i];
        memmove(&p->variants[i], &p->variants[i + 1], (p->count - i - 1) * sizeof found);
        p->count--;
        return found;
    }
    return (variant){.key = lc_strndup(key.data, key.len), .key_len = key.len};
}

/* Variants may be in different Kafka partitions, so the time says which is newer. */
static void insert_variant(partition *p, variant v)
{
    size_t at = 0;
    while (at < p->count && p->variants[at].timestamp > v.timestamp) at++;
    p->variants = lc_grow(p->variants, &p->cap, p->count + 1, sizeof *p->variants);
    memmove(&p->variants[at + 1], &p->variants[at], (p->count - at) * sizeof v);
    p->variants[at] = v;
    p->count++;
}

static void take_record(void *context, const lc_log_record *record)
{
    offset_topic *topic = context;
    lc_text key = {record->key, record->key_len};
    if (!key.data) return;
    pthread_mutex_lock(&topic->lock);
    partition *p = make(topic, key);
    variant v = take_variant(p, key);
    free(v.value);
    v.value = record->value ? lc_strndup(record->value, record->value_len) : NULL;
    v.value_len = record->value_len;
    v.timestamp = record->timestamp;
    insert_variant(p, v);
    pthread_mutex_unlock(&topic->lock);
}

static void take_failure(void *context, const lc_error *error)
{
    const offset_topic *topic = context;
    lc_log(topic->worker->log, LC_LOG_ERROR, "cluster.offset_topic", "the offsets topic can't be read",
           "error", lc_error_message(error), NULL);
}

/* Reads what is in the topic now. */
static lc_error *refresh(offset_topic *topic)
{
    pthread_mutex_lock(&topic->turn);
    uint64_t mine = topic->begun + 1;
    while (topic->ended < mine) {
        if (topic->begun > topic->ended) {
            pthread_cond_wait(&topic->turned, &topic->turn);
            continue;
        }
        topic->begun++;
        pthread_mutex_unlock(&topic->turn);
        lc_error *error = lc_topic_log_read_to_end(topic->log, READ_MS);
        pthread_mutex_lock(&topic->turn);
        topic->ended = topic->begun;
        lc_error_free(topic->failure);
        topic->failure = error;
        pthread_cond_broadcast(&topic->turned);
    }
    lc_error *error = topic->failure ? lc_error_copy(topic->failure) : NULL;
    pthread_mutex_unlock(&topic->turn);
    return error ? lc_wrap(error, LC_E_CONNECT, "Failed to fetch offsets.") : NULL;
}

static lc_error *get(lc_offset_store *store, lc_text key, lc_buf *out, bool *ret_found)
{
    offset_topic *topic = (offset_topic *)store;
    LC_TRY(refresh(topic));
    pthread_mutex_lock(&topic->lock);
    const partition *p = find(topic, key);
    *ret_found = p && p->variants[0].value;
    if (*ret_found) lc_buf_add(out, p->variants[0].value, p->variants[0].value_len);
    pthread_mutex_unlock(&topic->lock);
    return NULL;
}

/* With the lock held. A partition that isn't known goes under the key given. */
static void expand(offset_topic *topic, const lc_offset_entry *entry,
                   void (*call)(void *context, lc_text key, lc_text value), void *context)
{
    const partition *p = find(topic, entry->key);
    if (!p) {
        call(context, entry->key, entry->value);
        return;
    }
    if (entry->value.data) {
        call(context, key_of(&p->variants[0]), entry->value);
        return;
    }
    for (size_t i = 0; i < p->count; i++)
        if (i == 0 || p->variants[i].value) call(context, key_of(&p->variants[i]), entry->value);
}

void lc_offset_topic_records(lc_offset_store *store, const lc_offset_entry *entries, size_t count,
                             void (*each)(void *context, lc_text key, lc_text value), void *context)
{
    offset_topic *topic = (offset_topic *)store;
    pthread_mutex_lock(&topic->lock);
    for (size_t i = 0; i < count; i++) expand(topic, &entries[i], each, context);
    pthread_mutex_unlock(&topic->lock);
}

typedef struct records {
    char **kept; /* copies of the keys */
    lc_text *keys, *values;
    size_t count, kept_cap, key_cap, value_cap;
} records;

static void add_record(void *context, lc_text key, lc_text value)
{
    records *r = context;
    r->kept = lc_grow(r->kept, &r->kept_cap, r->count + 1, sizeof *r->kept);
    r->keys = lc_grow(r->keys, &r->key_cap, r->count + 1, sizeof *r->keys);
    r->values = lc_grow(r->values, &r->value_cap, r->count + 1, sizeof *r->values);
    r->kept[r->count] = lc_strndup(key.data, key.len);
    r->keys[r->count] = (lc_text){r->kept[r->count], key.len};
    r->values[r->count++] = value;
}

static void records_done(records *r)
{
    for (size_t i = 0; i < r->count; i++) free(r->kept[i]);
    free(r->kept);
    free(r->keys);
    free(r->values);
}
LC_DEFINE_AUTO(records, records_done)

void lc_offset_topic_set_guard(lc_offset_store *store, bool (*may_write)(void *context), void *context)
{
    offset_topic *topic = (offset_topic *)store;
    pthread_mutex_lock(&topic->lock);
    topic->may_write = may_write;
    topic->guard_context = context;
    pthread_mutex_unlock(&topic->lock);
}

static lc_error *ask_guard(offset_topic *topic)
{
    pthread_mutex_lock(&topic->lock);
    bool (*may_write)(void *context) = topic->may_write;
    void *context = topic->guard_context;
    pthread_mutex_unlock(&topic->lock);
    if (!may_write || may_write(context)) return NULL;
    return lc_fail(
        LC_E_CONFLICT,
        "Offsets are not written: this worker has lost contact with its group, and its tasks may run "
        "elsewhere");
}

static lc_error *put(lc_offset_store *store, const lc_offset_entry *entries, size_t count, int64_t timeout_ms)
{
    offset_topic *topic = (offset_topic *)store;
    lc_auto(records) r = {0};
    LC_TRY(ask_guard(topic));
    lc_offset_topic_records(store, entries, count, add_record, &r);
    return r.count ? lc_topic_log_send_all(topic->log, r.keys, r.values, r.count, timeout_ms) : NULL;
}

static lc_error *each(lc_offset_store *store, void (*call)(void *context, lc_text key, lc_text value),
                      void *context)
{
    offset_topic *topic = (offset_topic *)store;
    LC_TRY(refresh(topic));
    pthread_mutex_lock(&topic->lock);
    for (size_t i = 0; i < lc_table_count(topic->partitions); i++) {
        const partition *p = lc_table_value_at(topic->partitions, i);
        if (p->variants[0].value) call(context, key_of(&p->variants[0]), value_of(&p->variants[0]));
    }
    pthread_mutex_unlock(&topic->lock);
    return NULL;
}

static void close_topic(lc_offset_store *store)
{
    offset_topic *topic = (offset_topic *)store;
    lc_topic_log_close(topic->log, CLOSE_MS);
    lc_table_free(topic->by_key);
    lc_table_free(topic->partitions);
    lc_error_free(topic->failure);
    pthread_cond_destroy(&topic->turned);
    pthread_mutex_destroy(&topic->turn);
    pthread_mutex_destroy(&topic->lock);
    free(topic);
}

const char *lc_offset_topic_name(const lc_offset_store *store)
{
    return lc_internal_topic_name(((const offset_topic *)store)->worker, LC_TOPIC_OFFSETS);
}

lc_error *lc_offset_topic_open(lc_worker_core *worker, int64_t timeout_ms, lc_offset_store **ret_store)
{
    static const lc_offset_store_class klass = {
        get, put, each, close_topic, lc_offset_topic_name, lc_offset_topic_records};
    offset_topic *topic = lc_alloc(sizeof *topic);
    lc_log_reader reader = {take_record, take_failure, topic};
    topic->store.klass = &klass;
    topic->worker = worker;
    topic->by_key = lc_table_new(NULL);
    topic->partitions = lc_table_new(free_partition);
    pthread_mutex_init(&topic->lock, NULL);
    pthread_mutex_init(&topic->turn, NULL);
    lc_cond_init(&topic->turned);
    lc_error *error = lc_internal_topic_open(worker, LC_TOPIC_OFFSETS, &reader,
                                             lc_exactly_once_enabled(worker), timeout_ms, &topic->log);
    if (error) close_topic(&topic->store);
    else *ret_store = &topic->store;
    return error;
}
