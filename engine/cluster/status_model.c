#include "cluster/status_model.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "cluster/status_record.h"

/* A status and where its texts are. */
typedef struct cell {
    int task;
    bool is_known;
    int64_t timestamp; /* when its record was written, by its writer's clock */
    lc_status status;
    char *texts; /* trace, worker and version behind each other */
} cell;

typedef struct unit {
    cell self;
    cell *tasks; /* in order of their numbers */
    size_t count, cap;
    lc_table *topics; /* a set */
} unit;

struct lc_status_model {
    lc_table *units;
    int generation; /* the highest */
    lc_buf name;    /* of the change told last */
};

static void free_unit(void *value)
{
    unit *u = value;
    free(u->self.texts);
    for (size_t i = 0; i < u->count; i++) free(u->tasks[i].texts);
    free(u->tasks);
    lc_table_free(u->topics);
    free(u);
}

static unit *unit_of(lc_status_model *model, const char *connector)
{
    unit *u = lc_table_get(model->units, connector);
    if (u) return u;
    u = lc_alloc(sizeof *u);
    u->self.task = LC_CONNECTOR_ITSELF;
    u->topics = lc_table_new(NULL);
    lc_table_put(model->units, connector, u);
    return u;
}

/* Where the task is or would be. */
static size_t place_of(const unit *u, int task)
{
    size_t low = 0, high = u->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (u->tasks[middle].task < task) low = middle + 1;
        else high = middle;
    }
    return low;
}

static cell *find_cell(unit *u, int task)
{
    if (task == LC_CONNECTOR_ITSELF) return &u->self;
    size_t at = place_of(u, task);
    return at < u->count && u->tasks[at].task == task ? &u->tasks[at] : NULL;
}

static cell *make_cell(unit *u, int task)
{
    cell *found = find_cell(u, task);
    if (found) return found;
    size_t at = place_of(u, task);
    u->tasks = lc_grow(u->tasks, &u->cap, u->count + 1, sizeof *u->tasks);
    memmove(&u->tasks[at + 1], &u->tasks[at], (u->count - at) * sizeof *u->tasks);
    u->count++;
    u->tasks[at] = (cell){.task = task};
    return &u->tasks[at];
}

static void clear_cell(cell *c)
{
    free(c->texts);
    *c = (cell){.task = c->task};
}

static void drop_task(unit *u, int task)
{
    cell *found = find_cell(u, task);
    if (!found) return;
    size_t at = (size_t)(found - u->tasks);
    free(found->texts);
    memmove(&u->tasks[at], &u->tasks[at + 1], (u->count - at - 1) * sizeof *u->tasks);
    u->count--;
}

static const char *keep(char **at, const char *text)
{
    if (!text) return NULL;
    size_t size = strlen(text) + 1;
    char *kept = memcpy(*at, text, size);
    *at += size;
    return kept;
}

static size_t size_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static void set_cell(cell *c, const lc_status *status, int64_t timestamp)
{
    char *texts =
        lc_alloc(size_of(status->trace) + size_of(status->worker_id) + size_of(status->version) + 1);
    char *at = texts;
    free(c->texts);
    c->texts = texts;
    c->is_known = true;
    c->timestamp = timestamp;
    c->status = *status;
    c->status.trace = keep(&at, status->trace);
    c->status.worker_id = keep(&at, status->worker_id);
    c->status.version = keep(&at, status->version);
}

/* Whether a worker says late what no longer counts. A task that another one runs already isn't unassigned
 * (KAFKA-12525), and what a worker that was cut off had to say before others took over is of no interest. */
static bool is_stale(const cell *known, const lc_status *status, int64_t timestamp)
{
    if (!known->is_known) return false;
    bool from_other = strcmp(known->status.worker_id, status->worker_id) != 0;
    if (from_other && status->generation < known->status.generation && timestamp < known->timestamp)
        return true;
    return known->task != LC_CONNECTOR_ITSELF && status->state == LC_STATUS_UNASSIGNED &&
           known->status.state == LC_STATUS_RUNNING && known->status.generation >= status->generation;
}

/* A connector's removal takes its tasks along, unless they say more recently that they are back: other
 * partitions may have been read further. */
static void remove_connector(unit *u, int64_t timestamp)
{
    clear_cell(&u->self);
    for (size_t i = u->count; i-- > 0;)
        if (u->tasks[i].timestamp <= timestamp) drop_task(u, u->tasks[i].task);
}

static bool take_removal(unit *u, const lc_status_key *key, int64_t timestamp, lc_status_change *change)
{
    change->state = LC_STATUS_DESTROYED;
    if (key->kind == LC_STATUS_OF_CONNECTOR) remove_connector(u, timestamp);
    else drop_task(u, key->task);
    return true;
}

static bool take_status(lc_status_model *model, unit *u, const lc_status_key *key, const lc_json *json,
                        int64_t timestamp, lc_status_change *change, lc_buf *problem)
{
    lc_status status;
    if (!lc_status_parse(json, &status)) {
        lc_buf_text(problem, "'state', 'worker_id' or 'generation' is missing or not what it should be");
        return false;
    }
    if (status.generation > model->generation) model->generation = status.generation;
    cell *known = make_cell(u, key->task);
    if (is_stale(known, &status, timestamp)) return false;
    set_cell(known, &status, timestamp);
    change->state = status.state;
    return true;
}

static void take_topic(unit *u, const lc_status_key *key, bool is_removal)
{
    char *topic = lc_strndup(key->topic.data, key->topic.len);
    if (is_removal) lc_table_remove(u->topics, topic);
    else lc_table_put(u->topics, topic, u);
    free(topic);
}

bool lc_status_model_apply(lc_status_model *model, lc_text key, lc_text value, int64_t timestamp,
                           lc_status_change *ret_change, lc_buf *problem)
{
    lc_status_key parsed;
    lc_autoptr(lc_json) json = NULL;
    if (!lc_status_key_parse(key, &parsed)) {
        if (!lc_text_starts(key, "lc-")) lc_buf_text(problem, "nobody knows this key");
        return false;
    }
    if (value.data) {
        lc_autoptr(lc_error) error = lc_json_parse(value.data, value.len, 0, &json);
        if (error) lc_buf_text(problem, lc_error_message(error));
        if (error) return false;
    }
    lc_buf_reset(&model->name);
    lc_buf_add(&model->name, parsed.connector.data, parsed.connector.len);
    unit *u = unit_of(model, model->name.data);
    *ret_change = (lc_status_change){.connector = model->name.data, .task = parsed.task};
    bool is_removal = lc_json_kind_of(json) == LC_JSON_NULL;
    if (parsed.kind == LC_STATUS_OF_TOPIC) {
        take_topic(u, &parsed, is_removal);
        return false;
    }
    if (is_removal) return take_removal(u, &parsed, timestamp, ret_change);
    return take_status(model, u, &parsed, json, timestamp, ret_change, problem);
}

const lc_status *lc_status_model_get(const lc_status_model *model, const char *connector, int task)
{
    unit *u = lc_table_get(model->units, connector);
    const cell *found = u ? find_cell(u, task) : NULL;
    return found && found->is_known ? &found->status : NULL;
}

int lc_status_model_task_at(const lc_status_model *model, const char *connector, size_t at)
{
    const unit *u = lc_table_get(model->units, connector);
    return u && at < u->count ? u->tasks[at].task : -1;
}

void lc_status_model_connectors(const lc_status_model *model, lc_strings *ret_names)
{
    for (size_t i = 0; i < lc_table_count(model->units); i++) {
        const unit *u = lc_table_value_at(model->units, i);
        if (u->self.is_known || u->count || lc_table_count(u->topics))
            lc_strings_add(ret_names, lc_table_key_at(model->units, i));
    }
    lc_strings_sort(ret_names);
}

void lc_status_model_topics(const lc_status_model *model, const char *connector, lc_strings *ret_topics)
{
    const unit *u = lc_table_get(model->units, connector);
    for (size_t i = 0; u && i < lc_table_count(u->topics); i++)
        lc_strings_add(ret_topics, lc_table_key_at(u->topics, i));
    lc_strings_sort(ret_topics);
}

bool lc_status_model_add_topic(lc_status_model *model, const char *connector, const char *topic)
{
    unit *u = unit_of(model, connector);
    if (lc_table_get(u->topics, topic)) return false;
    lc_table_put(u->topics, topic, u);
    return true;
}

void lc_status_model_remove_topic(lc_status_model *model, const char *connector, const char *topic)
{
    unit *u = lc_table_get(model->units, connector);
    if (u) lc_table_remove(u->topics, topic);
}

int lc_status_model_generation(const lc_status_model *model)
{
    return model->generation;
}

lc_status_model *lc_status_model_new(void)
{
    lc_status_model *model = lc_alloc(sizeof *model);
    model->units = lc_table_new(free_unit);
    return model;
}

void lc_status_model_free(lc_status_model *model)
{
    if (!model) return;
    lc_table_free(model->units);
    lc_buf_done(&model->name);
    free(model);
}
