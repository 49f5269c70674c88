#include "cluster/config_batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "cluster/config_batch_internal.h"
#include "java/base64.h"

lc_config_batch *lc_config_batch_new(void)
{
    return lc_alloc(sizeof(lc_config_batch));
}

void lc_config_batch_free(lc_config_batch *batch)
{
    if (!batch) return;
    for (size_t i = 0; i < batch->count; i++) {
        free((char *)batch->items[i].key.data);
        free((char *)batch->items[i].value.data);
    }
    free(batch->items);
    free(batch);
}

size_t lc_config_batch_count(const lc_config_batch *batch)
{
    return batch->count;
}

static lc_text detach(lc_buf *buf)
{
    size_t len = buf->len;
    return (lc_text){lc_buf_detach(buf), len};
}

/* Takes `value`; NULL: a tombstone. */
static void add(lc_config_batch *batch, lc_record_kind kind, const char *name, int task, lc_buf *value)
{
    lc_buf key = {0};
    lc_record_key_write(kind, name, task, &key);
    batch->items = lc_grow(batch->items, &batch->cap, batch->count + 1, sizeof *batch->items);
    batch->items[batch->count++] =
        (lc_config_item){kind, detach(&key), value ? detach(value) : (lc_text){NULL, 0}};
}

static void add_json(lc_config_batch *batch, lc_record_kind kind, const char *name, int task,
                     const lc_json *json)
{
    lc_buf value = {0};
    lc_json_dump(json, &value);
    add(batch, kind, name, task, &value);
}

static void add_props(lc_config_batch *batch, lc_record_kind kind, const char *name, int task,
                      const lc_props *props)
{
    lc_autoptr(lc_json) object = lc_json_new_object();
    lc_json_set(object, "properties", lc_json_new_props(props));
    add_json(batch, kind, name, task, object);
}

void lc_config_batch_connector(lc_config_batch *batch, const char *name, const lc_props *config)
{
    add_props(batch, LC_RECORD_CONNECTOR, name, 0, config);
}

void lc_config_batch_remove(lc_config_batch *batch, const char *name)
{
    add(batch, LC_RECORD_CONNECTOR, name, 0, NULL);
    add(batch, LC_RECORD_TARGET, name, 0, NULL);
}

void lc_config_batch_tombstone(lc_config_batch *batch, lc_record_kind kind, const char *name, int task)
{
    add(batch, kind, name, task, NULL);
}

void lc_config_batch_target(lc_config_batch *batch, const char *name, lc_target_state target)
{
    static const struct {
        const char *old, *new;
    } texts[] = {
        [LC_TARGET_UNSET] = {"STARTED", "STARTED"},
        [LC_TARGET_STARTED] = {"STARTED", "STARTED"},
        [LC_TARGET_PAUSED] = {"PAUSED", "PAUSED"},
        [LC_TARGET_STOPPED] = {"PAUSED", "STOPPED"},
    };
    lc_autoptr(lc_json) object = lc_json_new_object();
    lc_json_set_string(object, "state", texts[target].old);
    lc_json_set_string(object, "state.v2", texts[target].new);
    add_json(batch, LC_RECORD_TARGET, name, 0, object);
}

void lc_config_batch_tasks(lc_config_batch *batch, const char *name, const lc_props *const *tasks,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) add_props(batch, LC_RECORD_TASK, name, (int)i, tasks[i]);
    lc_autoptr(lc_json) object = lc_json_new_object();
    lc_json_set_int(object, "tasks", (int64_t)count);
    add_json(batch, LC_RECORD_COMMIT, name, 0, object);
}

void lc_config_batch_fenced(lc_config_batch *batch, const char *name, int task_count)
{
    lc_autoptr(lc_json) object = lc_json_new_object();
    lc_json_set_int(object, "task-count", task_count);
    add_json(batch, LC_RECORD_FENCED, name, 0, object);
}

void lc_config_batch_restart(lc_config_batch *batch, const char *name, bool include_tasks, bool only_failed)
{
    lc_autoptr(lc_json) object = lc_json_new_object();
    lc_json_set_bool(object, "include-tasks", include_tasks);
    lc_json_set_bool(object, "only-failed", only_failed);
    add_json(batch, LC_RECORD_RESTART, name, 0, object);
}

void lc_config_batch_session_key(lc_config_batch *batch, const lc_session_key *key)
{
    lc_autoptr(lc_json) object = lc_json_new_object();
    size_t len = lc_base64_text_len(key->key.len);
    char *text = lc_alloc(len + 1);
    lc_base64_encode(key->key.data, key->key.len, text);
    lc_json_set(object, "key", lc_json_new_text((lc_text){text, len}));
    lc_json_set_string(object, "algorithm", key->algorithm);
    lc_json_set_int(object, "creation-timestamp", key->created_ms);
    add_json(batch, LC_RECORD_SESSION_KEY, NULL, 0, object);
    free(text);
}

void lc_config_batch_logger(lc_config_batch *batch, const char *logger, const char *level)
{
    lc_autoptr(lc_json) object = lc_json_new_object();
    lc_json_set_string(object, "level", level);
    add_json(batch, LC_RECORD_LOGGER, logger, 0, object);
}

void lc_config_batch_own(lc_config_batch *batch, const char *key, lc_text value)
{
    lc_record_key parsed = {.kind = LC_RECORD_OWN};
    lc_record_key_parse(lc_text_of(key), &parsed);
    lc_buf copy = {0};
    lc_buf_add(&copy, value.data, value.len);
    add(batch, parsed.kind, key, 0, value.data ? &copy : NULL);
    lc_buf_done(&copy);
}
