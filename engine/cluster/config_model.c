#include "cluster/config_model.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "cluster/config_entry.h"
#include "cluster/config_record.h"

/* A task's configuration that waits for its commit. */
typedef struct waiting_task {
    int id;
    lc_shared_props *props;
} waiting_task;

/* All that is known under one name, also of connectors that are deleted. */
typedef struct unit {
    lc_connector_entry *entry;
    waiting_task *waiting;
    size_t waiting_count, waiting_cap;
} unit;

struct lc_config_model {
    lc_table *units;
    lc_table *own; /* lc_own_record; NULL values: removed */
    lc_counted_session_key *session;
    int64_t offset;
    int64_t epoch, epoch_offset; /* the highest of `lc-leader`, and where it was said first */
    char *leader;
    lc_config_state *state; /* the newest that was asked for; NULL: things have changed since */
    /* Of the record taken last, for the change that is told. */
    lc_buf name;
    lc_json *json;
};

/* One record on its way into the model. */
typedef struct incoming {
    lc_config_model *model;
    lc_record_key key;
    const char *name;
    lc_text value;
    const lc_json *json; /* NULL: a tombstone */
    int64_t offset;
    lc_config_change *change;
    lc_buf *problem;
} incoming;

static unit *unit_of(lc_config_model *model, const char *name)
{
    unit *found = lc_table_get(model->units, name);
    if (found) return found;
    found = lc_alloc(sizeof *found);
    found->entry = lc_connector_entry_new(name);
    lc_table_put(model->units, name, found);
    return found;
}

static lc_connector_entry *change_entry(unit *u)
{
    return u->entry = lc_connector_entry_own(u->entry);
}

static void drop_waiting(unit *u)
{
    for (size_t i = 0; i < u->waiting_count; i++) lc_counted_unref(u->waiting[i].props);
    u->waiting_count = 0;
}

static void free_unit(void *value)
{
    unit *u = value;
    drop_waiting(u);
    free(u->waiting);
    lc_counted_unref(u->entry);
    free(u);
}

/* What goes when a connector is deleted. The count of fenced tasks and the generation stay: they are about
 * producers that may be around. */
static void forget_connector(unit *u)
{
    lc_connector_entry *entry = change_entry(u);
    lc_connector_entry_set_config(entry, NULL);
    lc_connector_entry_set_applied(entry, NULL);
    lc_connector_entry_set_tasks(entry, NULL, 0);
    entry->view.task_count = 0;
    entry->view.is_inconsistent = false;
    entry->view.tasks_offset = -1;
    drop_waiting(u);
}

static bool refuse(const incoming *in, const char *what)
{
    lc_buf_printf(in->problem, "%s", what);
    return false;
}

static bool tell(const incoming *in, lc_config_change_kind kind)
{
    *in->change = (lc_config_change){.kind = kind, .name = in->name, .offset = in->offset};
    return true;
}

static lc_props *properties_of(const incoming *in)
{
    lc_props *props = NULL;
    const lc_json *given = lc_json_get(in->json, "properties");
    if (!lc_json_is(given, LC_JSON_OBJECT)) return NULL;
    lc_error_free(lc_json_to_props(given, &props));
    return props;
}

static bool int_of(const incoming *in, const char *member, int *ret_number)
{
    int64_t number;
    if (!lc_json_int(lc_json_get(in->json, member), &number) || number < 0 || number > INT32_MAX)
        return false;
    *ret_number = (int)number;
    return true;
}

static bool take_connector(const incoming *in)
{
    unit *u = unit_of(in->model, in->name);
    if (!in->json) {
        forget_connector(u);
        u->entry->view.config_offset = in->offset;
        return tell(in, LC_CHANGED_REMOVED);
    }
    lc_props *props = properties_of(in);
    if (!props) return refuse(in, "'properties' is no object of texts");
    lc_connector_entry *entry = change_entry(u);
    lc_connector_entry_set_config(entry, lc_shared_props_new(props));
    entry->view.config_offset = in->offset;
    return tell(in, LC_CHANGED_CONNECTOR);
}

static bool target_of(const incoming *in, lc_target_state *ret_target)
{
    static const struct {
        const char *text;
        lc_target_state target;
    } targets[] = {
        {"STARTED", LC_TARGET_STARTED}, {"PAUSED", LC_TARGET_PAUSED}, {"STOPPED", LC_TARGET_STOPPED}};
    const char *text = lc_json_string(lc_json_get(in->json, "state.v2"));
    if (!text) text = lc_json_string(lc_json_get(in->json, "state"));
    for (size_t i = 0; text && i < sizeof targets / sizeof *targets; i++)
        if (!strcmp(text, targets[i].text)) {
            *ret_target = targets[i].target;
            return true;
        }
    return false;
}

/* A removed state isn't told: the connector's own removal is. */
static bool take_target(const incoming *in)
{
    lc_target_state target = LC_TARGET_STARTED;
    if (in->json && !target_of(in, &target)) return refuse(in, "'state' is none of STARTED, PAUSED, STOPPED");
    lc_connector_entry *entry = change_entry(unit_of(in->model, in->name));
    entry->view.target = target;
    entry->view.target_offset = in->offset;
    return in->json && tell(in, LC_CHANGED_TARGET);
}

static waiting_task *find_waiting(const unit *u, int id)
{
    for (size_t i = 0; i < u->waiting_count; i++)
        if (u->waiting[i].id == id) return &u->waiting[i];
    return NULL;
}

static bool take_task(const incoming *in)
{
    if (!in->json) return refuse(in, "a task's configuration can't be null");
    lc_props *props = properties_of(in);
    if (!props) return refuse(in, "'properties' is no object of texts");
    unit *u = unit_of(in->model, in->name);
    waiting_task *task = find_waiting(u, in->key.task);
    if (!task) {
        u->waiting = lc_grow(u->waiting, &u->waiting_cap, u->waiting_count + 1, sizeof *u->waiting);
        task = &u->waiting[u->waiting_count++];
        *task = (waiting_task){.id = in->key.task};
    }
    lc_counted_unref(task->props);
    task->props = lc_shared_props_new(props);
    return false;
}

/* Whether 0…count-1 are all there; more are fine (compaction keeps what an earlier, larger set left). */
static bool is_complete(const unit *u, int count)
{
    if (u->waiting_count < (size_t)count) return false;
    bool *seen = lc_alloc((size_t)count + 1);
    int missing = count;
    for (size_t i = 0; i < u->waiting_count; i++) {
        int id = u->waiting[i].id;
        if (id >= count || seen[id]) continue;
        seen[id] = true;
        missing--;
    }
    free(seen);
    return missing == 0;
}

static void commit_tasks(unit *u, int count)
{
    lc_connector_entry *entry = change_entry(u);
    lc_shared_props **tasks = lc_alloc((size_t)(count + 1) * sizeof(lc_shared_props *));
    for (size_t i = 0; i < u->waiting_count; i++)
        if (u->waiting[i].id < count) tasks[u->waiting[i].id] = lc_counted_ref(u->waiting[i].props);
    lc_connector_entry_set_tasks(entry, tasks, count);
    lc_connector_entry_set_applied(entry, lc_counted_ref(entry->config));
    if (u->waiting_count) entry->view.task_generation++;
}

static bool take_commit(const incoming *in)
{
    unit *u = unit_of(in->model, in->name);
    if (!u->entry->view.config) {
        /* Deleted since, and compaction took the traces. */
        forget_connector(u);
        return false;
    }
    int count;
    if (!in->json || !int_of(in, "tasks", &count)) return refuse(in, "'tasks' is no number of tasks");
    bool complete = is_complete(u, count);
    if (complete) commit_tasks(u, count);
    lc_connector_entry *entry = change_entry(u);
    if (!complete) lc_connector_entry_set_tasks(entry, NULL, 0);
    drop_waiting(u);
    entry->view.is_inconsistent = !complete;
    entry->view.task_count = count;
    entry->view.is_pending_fencing = true;
    entry->view.tasks_offset = in->offset;
    return tell(in, LC_CHANGED_TASKS);
}

static bool take_fenced(const incoming *in)
{
    int count;
    if (!in->json || !int_of(in, "task-count", &count))
        return refuse(in, "'task-count' is no number of tasks");
    lc_connector_entry *entry = change_entry(unit_of(in->model, in->name));
    entry->view.fenced_tasks = count;
    entry->view.is_pending_fencing = false;
    return tell(in, LC_CHANGED_FENCED);
}

static bool take_restart(const incoming *in)
{
    if (!in->json) return refuse(in, "a restart request can't be null");
    if (!lc_json_is(in->json, LC_JSON_OBJECT)) return refuse(in, "a restart request is an object");
    tell(in, LC_CHANGED_RESTART);
    in->change->include_tasks = lc_json_bool(lc_json_get(in->json, "include-tasks"), false);
    in->change->only_failed = lc_json_bool(lc_json_get(in->json, "only-failed"), false);
    return true;
}

static bool take_session_key(const incoming *in)
{
    lc_text key = {0};
    const lc_json *given = lc_json_get(in->json, "key");
    if (lc_json_is(given, LC_JSON_STRING)) key = lc_json_text(given);
    const char *algorithm = lc_json_string(lc_json_get(in->json, "algorithm"));
    int64_t created;
    if (!key.data || !algorithm || !lc_json_int(lc_json_get(in->json, "creation-timestamp"), &created))
        return refuse(in, "a session key needs 'key', 'algorithm' and 'creation-timestamp'");
    lc_counted_session_key *session = lc_session_key_new(key, algorithm, created);
    if (!session) return refuse(in, "'key' is no Base64");
    lc_counted_unref(in->model->session);
    in->model->session = session;
    return tell(in, LC_CHANGED_SESSION_KEY);
}

static bool take_logger(const incoming *in)
{
    const lc_json *level = lc_json_get(in->json, "level");
    if (!lc_json_is(level, LC_JSON_STRING)) return refuse(in, "'level' is no text");
    tell(in, LC_CHANGED_LOGGER);
    in->change->value = lc_json_text(level);
    return true;
}

/* Epochs only grow: whoever says one that was there isn't believed. */
static void note_leader(const incoming *in)
{
    int64_t epoch = 0;
    lc_config_model *model = in->model;
    if (!lc_json_int(lc_json_get(in->json, "epoch"), &epoch) || epoch <= model->epoch) return;
    model->epoch = epoch;
    model->epoch_offset = in->offset;
    free(model->leader);
    model->leader = lc_strdup(lc_json_string(lc_json_get(in->json, "worker")));
}

static void unref_value(void *value)
{
    lc_counted_unref(value);
}

static bool take_own(const incoming *in)
{
    lc_own_record *own = lc_own_record_new(in->name, in->value);
    lc_table_put(in->model->own, own->key, own);
    if (!strcmp(own->key, "lc-leader")) note_leader(in);
    tell(in, LC_CHANGED_OWN);
    in->change->value = (lc_text){own->value, own->len};
    return true;
}

static bool (*const takers[LC_RECORD_KIND_COUNT])(const incoming *in) = {
    [LC_RECORD_TARGET] = take_target,
    [LC_RECORD_CONNECTOR] = take_connector,
    [LC_RECORD_TASK] = take_task,
    [LC_RECORD_COMMIT] = take_commit,
    [LC_RECORD_RESTART] = take_restart,
    [LC_RECORD_FENCED] = take_fenced,
    [LC_RECORD_SESSION_KEY] = take_session_key,
    [LC_RECORD_LOGGER] = take_logger,
    [LC_RECORD_MEMBER] = take_own,
    [LC_RECORD_SCRIPT] = take_own,
    [LC_RECORD_OWN] = take_own,
};

static bool take(incoming *in, lc_text key)
{
    lc_config_model *model = in->model;
    lc_json_free(model->json);
    model->json = NULL;
    if (!lc_record_key_parse(key, &in->key)) return refuse(in, "nobody knows this key");
    if (in->value.data) {
        lc_autoptr(lc_error) error = lc_json_parse(in->value.data, in->value.len, 0, &model->json);
        if (error) return refuse(in, lc_error_message(error));
    }
    lc_buf_reset(&model->name);
    lc_buf_add(&model->name, in->key.name.data, in->key.name.len);
    in->name = model->name.data;
    /* JSON's null is Java's null. */
    in->json = lc_json_kind_of(model->json) == LC_JSON_NULL ? NULL : model->json;
    return takers[in->key.kind](in);
}

bool lc_config_model_apply(lc_config_model *model, lc_text key, lc_text value, int64_t offset,
                           lc_config_change *ret_change, lc_buf *problem)
{
    incoming in = {
        .model = model, .value = value, .offset = offset, .change = ret_change, .problem = problem};
    lc_config_state_unref(model->state);
    model->state = NULL;
    model->offset = offset + 1;
    return take(&in, key);
}

static void free_state(lc_counted *counted)
{
    lc_config_state *state = (lc_config_state *)counted;
    for (size_t i = 0; i < state->count; i++) lc_counted_unref(state->entries[i]);
    for (size_t i = 0; i < state->own_count; i++) lc_counted_unref(state->own[i]);
    lc_counted_unref(state->session);
    free(state->entries);
    free(state->own);
    free(state->leader);
    free(state);
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp((*(lc_connector_entry *const *)a)->name, (*(lc_connector_entry *const *)b)->name);
}

static int compare_own(const void *a, const void *b)
{
    return strcmp((*(lc_own_record *const *)a)->key, (*(lc_own_record *const *)b)->key);
}

static void show_connectors(const lc_config_model *model, lc_config_state *state)
{
    size_t count = lc_table_count(model->units);
    state->entries = lc_alloc((count + 1) * sizeof *state->entries);
    for (size_t i = 0; i < count; i++) {
        const unit *u = lc_table_value_at(model->units, i);
        if (!u->entry->view.config) continue;
        state->entries[state->count++] = lc_counted_ref(u->entry);
        state->task_total += (size_t)u->entry->task_slots;
    }
    qsort(state->entries, state->count, sizeof *state->entries, compare_entries);
}

static void show_own(const lc_config_model *model, lc_config_state *state)
{
    size_t count = lc_table_count(model->own);
    state->own = lc_alloc((count + 1) * sizeof *state->own);
    for (size_t i = 0; i < count; i++) {
        lc_own_record *own = lc_table_value_at(model->own, i);
        if (own->value) state->own[state->own_count++] = lc_counted_ref(own);
    }
    qsort(state->own, state->own_count, sizeof *state->own, compare_own);
}

lc_config_state *lc_config_model_state(lc_config_model *model)
{
    if (model->state) return lc_config_state_ref(model->state);
    lc_config_state *state = lc_counted_new(sizeof *state, free_state);
    state->offset = model->offset;
    state->epoch = model->epoch;
    state->leader = lc_strdup(model->leader);
    state->session = lc_counted_ref(model->session);
    show_connectors(model, state);
    show_own(model, state);
    model->state = lc_config_state_ref(state);
    return state;
}

int64_t lc_config_model_offset(const lc_config_model *model)
{
    return model->offset;
}

int64_t lc_config_model_epoch(const lc_config_model *model, int64_t *ret_offset)
{
    *ret_offset = model->epoch_offset;
    return model->epoch;
}

lc_config_model *lc_config_model_new(void)
{
    lc_config_model *model = lc_alloc(sizeof *model);
    model->units = lc_table_new(free_unit);
    model->own = lc_table_new(unref_value);
    return model;
}

void lc_config_model_free(lc_config_model *model)
{
    if (!model) return;
    lc_table_free(model->units);
    lc_table_free(model->own);
    lc_counted_unref(model->session);
    lc_config_state_unref(model->state);
    lc_buf_done(&model->name);
    lc_json_free(model->json);
    free(model->leader);
    free(model);
}
