#include "cluster/config_entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "java/base64.h"

void *lc_counted_new(size_t size, void (*free)(lc_counted *))
{
    lc_counted *counted = lc_alloc(size);
    atomic_init(&counted->refs, 1);
    counted->free = free;
    return counted;
}

void *lc_counted_ref(void *object)
{
    lc_counted *counted = object;
    if (counted) atomic_fetch_add_explicit(&counted->refs, 1, memory_order_relaxed);
    return object;
}

void lc_counted_unref(void *object)
{
    lc_counted *counted = object;
    if (counted && atomic_fetch_sub_explicit(&counted->refs, 1, memory_order_acq_rel) == 1)
        counted->free(counted);
}

static void free_props(lc_counted *counted)
{
    lc_shared_props *shared = (lc_shared_props *)counted;
    lc_props_free(shared->props);
    free(shared);
}

static void free_entry(lc_counted *counted)
{
    lc_connector_entry *entry = (lc_connector_entry *)counted;
    lc_counted_unref(entry->config);
    lc_counted_unref(entry->applied);
    for (int i = 0; i < entry->task_slots; i++) lc_counted_unref(entry->tasks[i]);
    free((void *)entry->view.tasks);
    free(entry->tasks);
    free(entry->name);
    free(entry);
}

static void free_own(lc_counted *counted)
{
    lc_own_record *own = (lc_own_record *)counted;
    free(own->key);
    free(own->value);
    free(own);
}

static void free_session(lc_counted *counted)
{
    free(((lc_counted_session_key *)counted)->algorithm);
    free(counted);
}

lc_shared_props *lc_shared_props_new(lc_props *props)
{
    lc_shared_props *shared = lc_counted_new(sizeof *shared, free_props);
    shared->props = props;
    return shared;
}

lc_own_record *lc_own_record_new(const char *key, lc_text value)
{
    lc_own_record *own = lc_counted_new(sizeof *own, free_own);
    own->key = lc_strdup(key);
    own->len = value.len;
    own->value = value.data ? lc_strndup(value.data, value.len) : NULL;
    return own;
}

lc_counted_session_key *lc_session_key_new(lc_text base64, const char *algorithm, int64_t created_ms)
{
    lc_counted_session_key *session =
        lc_counted_new(sizeof *session + lc_base64_bytes_max(base64.len), free_session);
    session->algorithm = lc_strdup(algorithm);
    session->view = (lc_session_key){{(char *)session->key, 0}, session->algorithm, created_ms};
    if (lc_base64_decode(LC_BASE64_BASIC, base64, session->key, &session->view.key.len)) return session;
    lc_counted_unref(session);
    return NULL;
}

lc_connector_entry *lc_connector_entry_new(const char *name)
{
    lc_connector_entry *entry = lc_counted_new(sizeof *entry, free_entry);
    entry->name = lc_strdup(name);
    entry->view = (lc_config_connector){
        .name = entry->name,
        .target = LC_TARGET_STARTED,
        .task_generation = -1,
        .fenced_tasks = -1,
        .config_offset = -1,
        .target_offset = -1,
        .tasks_offset = -1,
    };
    return entry;
}

void lc_connector_entry_set_tasks(lc_connector_entry *entry, lc_shared_props **tasks, int count)
{
    for (int i = 0; i < entry->task_slots; i++) lc_counted_unref(entry->tasks[i]);
    free((void *)entry->view.tasks);
    free(entry->tasks);
    entry->tasks = tasks;
    entry->task_slots = tasks ? count : 0;
    entry->view.tasks = NULL;
    if (!entry->task_slots) return;
    const lc_props **shown = lc_alloc((size_t)count * sizeof *shown);
    for (int i = 0; i < count; i++) shown[i] = tasks[i]->props;
    entry->view.tasks = shown;
}

static lc_connector_entry *entry_copy(const lc_connector_entry *from)
{
    lc_connector_entry *entry = lc_connector_entry_new(from->name);
    lc_shared_props **tasks = NULL;
    entry->view = from->view;
    entry->view.name = entry->name;
    entry->view.tasks = NULL;
    entry->config = lc_counted_ref(from->config);
    entry->applied = lc_counted_ref(from->applied);
    if (from->task_slots) tasks = lc_alloc((size_t)from->task_slots * sizeof *tasks);
    for (int i = 0; i < from->task_slots; i++) tasks[i] = lc_counted_ref(from->tasks[i]);
    lc_connector_entry_set_tasks(entry, tasks, from->task_slots);
    return entry;
}

lc_connector_entry *lc_connector_entry_own(lc_connector_entry *entry)
{
    if (atomic_load_explicit(&entry->counted.refs, memory_order_acquire) == 1) return entry;
    lc_connector_entry *copy = entry_copy(entry);
    lc_counted_unref(entry);
    return copy;
}

void lc_connector_entry_set_config(lc_connector_entry *entry, lc_shared_props *config)
{
    lc_counted_unref(entry->config);
    entry->config = config;
    entry->view.config = config ? config->props : NULL;
}

void lc_connector_entry_set_applied(lc_connector_entry *entry, lc_shared_props *applied)
{
    lc_counted_unref(entry->applied);
    entry->applied = applied;
    entry->view.applied = applied ? applied->props : NULL;
}
