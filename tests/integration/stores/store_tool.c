/* Reads and writes the internal topics of a cluster by hand, as a worker would.
 *
 *   store_tool BOOTSTRAP GROUP dump             {"connectors":…,"statuses":…,"offsets":…} on standard output
 *   store_tool BOOTSTRAP GROUP write < STEPS    becomes leader, then one step a line, as JSON arrays:
 *       ["connector", NAME, CONFIG, "STARTED"|"PAUSED"|"STOPPED"|null]   ["tasks", NAME, [CONFIG…]]
 *       ["target", NAME, STATE]   ["remove", NAME]   ["restart", NAME]   ["offset", KEY, VALUE|null]
 *       ["status", NAME, TASK|-1, STATE, TRACE|null] */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cluster/config_store.h"
#include "cluster/offset_topic.h"
#include "cluster/status_store.h"
#include "stores_worker.h"

enum { PATIENCE_MS = 30000, GENERATION = 1 };

typedef struct stores {
    lc_config_store *configs;
    lc_status_store *statuses;
    lc_offset_store *offsets;
} stores;

static void check(lc_error *error)
{
    if (!error) return;
    char *text = lc_error_to_text(error);
    fprintf(stderr, "store_tool: %s\n", text);
    free(text);
    lc_error_free(error);
    exit(1);
}

static const char *const targets[] = {[LC_TARGET_UNSET] = "",
                                      [LC_TARGET_STARTED] = "STARTED",
                                      [LC_TARGET_PAUSED] = "PAUSED",
                                      [LC_TARGET_STOPPED] = "STOPPED"};

static lc_target_state target_of(const lc_json *value)
{
    const char *name = lc_json_string(value);
    int target = LC_TARGET_STOPPED;
    while (target > 0 && (!name || strcmp(name, targets[target]) != 0)) target--;
    return (lc_target_state)target;
}

/* Dumping. */

static lc_json *show_connector(const lc_config_connector *c)
{
    lc_json *shown = lc_json_new_object();
    lc_json_set(shown, "config", lc_json_new_props(c->config));
    lc_json_set_string(shown, "target", targets[c->target]);
    lc_json_set_bool(shown, "inconsistent", c->is_inconsistent);
    lc_json_set_int(shown, "task_count", c->task_count);
    lc_json *tasks = lc_json_set(shown, "tasks", lc_json_new_array());
    for (int i = 0; c->tasks && i < c->task_count; i++) lc_json_add(tasks, lc_json_new_props(c->tasks[i]));
    return shown;
}

static void show_offset(void *context, lc_text key, lc_text value)
{
    lc_json *pair = lc_json_add(context, lc_json_new_array());
    lc_json_add(pair, lc_json_new_text(key));
    lc_json_add(pair, lc_json_new_text(value));
}

static void dump(stores *s)
{
    lc_autoptr(lc_json) all = lc_json_new_object();
    lc_autoptr(lc_config_state) state = lc_config_store_snapshot(s->configs);
    lc_json *connectors = lc_json_set(all, "connectors", lc_json_new_object());
    lc_json *statuses = lc_json_set(all, "statuses", lc_json_new_object());
    lc_json *topics = lc_json_set(all, "topics", lc_json_new_object());
    for (size_t i = 0; i < lc_config_state_count(state); i++) {
        const lc_config_connector *c = lc_config_state_at(state, i);
        lc_auto(lc_buf) text = {0};
        lc_json *status = NULL, *used = NULL;
        lc_json_set(connectors, c->name, show_connector(c));
        if (lc_status_store_write(s->statuses, c->name, -1, "unknown", &text))
            check(lc_json_parse(text.data, text.len, 0, &status));
        lc_json_set(statuses, c->name, status);
        lc_buf_reset(&text);
        lc_status_store_write_topics(s->statuses, c->name, &text);
        check(lc_json_parse(text.data, text.len, 0, &used));
        lc_json_set(topics, c->name, used);
    }
    check(s->offsets->klass->each(s->offsets, show_offset, lc_json_set(all, "offsets", lc_json_new_array())));
    lc_json_set_bool(all, "session_key", lc_config_state_session_key(state) != NULL);
    lc_auto(lc_buf) out = {0};
    lc_json_dump(all, &out);
    puts(out.data);
}

/* Writing. */

static lc_props *props_of(const lc_json *object)
{
    lc_props *props = NULL;
    check(lc_json_to_props(object, &props));
    return props;
}

static void write_batch(stores *s, lc_config_batch *batch)
{
    check(lc_config_store_write(s->configs, batch, PATIENCE_MS));
    lc_config_batch_free(batch);
}

static void put_connector(stores *s, const char *name, const lc_json *step)
{
    lc_config_batch *batch = lc_config_batch_new();
    lc_autoptr(lc_props) config = props_of(lc_json_at(step, 2));
    lc_target_state target = target_of(lc_json_at(step, 3));
    if (target != LC_TARGET_UNSET) lc_config_batch_target(batch, name, target);
    lc_config_batch_connector(batch, name, config);
    write_batch(s, batch);
}

static void put_tasks(stores *s, const char *name, const lc_json *step)
{
    const lc_json *given = lc_json_at(step, 2);
    size_t count = lc_json_count(given);
    lc_props **tasks = calloc(count + 1, sizeof *tasks);
    for (size_t i = 0; i < count; i++) tasks[i] = props_of(lc_json_at(given, i));
    lc_config_batch *batch = lc_config_batch_new();
    lc_config_batch_tasks(batch, name, (const lc_props *const *)tasks, count);
    write_batch(s, batch);
    for (size_t i = 0; i < count; i++) lc_props_free(tasks[i]);
    free(tasks);
}

static void put_target(stores *s, const char *name, const lc_json *step)
{
    lc_autoptr(lc_config_batch) batch = lc_config_batch_new();
    lc_config_batch_target(batch, name, target_of(lc_json_at(step, 2)));
    check(lc_config_store_post(s->configs, batch, PATIENCE_MS));
}

static void remove_connector(stores *s, const char *name, const lc_json *step)
{
    (void)step;
    lc_config_batch *batch = lc_config_batch_new();
    lc_config_batch_remove(batch, name);
    write_batch(s, batch);
    lc_status_store_forget(s->statuses, name);
}

static void restart(stores *s, const char *name, const lc_json *step)
{
    (void)step;
    lc_config_batch *batch = lc_config_batch_new();
    lc_config_batch_restart(batch, name, true, false);
    write_batch(s, batch);
}

static void put_offset(stores *s, const char *key, const lc_json *step)
{
    lc_offset_entry entry = {lc_text_of(key), lc_json_text(lc_json_at(step, 2))};
    check(s->offsets->klass->put(s->offsets, &entry, 1, PATIENCE_MS));
}

static void put_status(stores *s, const char *name, const lc_json *step)
{
    int64_t task = -1;
    lc_status status = {LC_STATUS_UNASSIGNED, lc_json_string(lc_json_at(step, 4)), "tool:1", GENERATION,
                        NULL};
    const char *state = lc_json_string(lc_json_at(step, 3));
    lc_json_int(lc_json_at(step, 2), &task);
    for (int i = 0; i <= LC_STATUS_DESTROYED; i++)
        if (!strcmp(state, lc_status_state_name((lc_status_state)i))) status.state = (lc_status_state)i;
    lc_status_store_put(s->statuses, name, (int)task, &status);
}

static const struct {
    const char *name;
    void (*run)(stores *s, const char *subject, const lc_json *step);
} steps[] = {
    {"connector", put_connector}, {"tasks", put_tasks}, {"target", put_target},
    {"remove", remove_connector}, {"restart", restart}, {"offset", put_offset},
    {"status", put_status},
};

static void run_step(stores *s, const char *line)
{
    lc_autoptr(lc_json) step = NULL;
    check(lc_json_parse(line, strlen(line), 0, &step));
    const char *name = lc_json_string(lc_json_at(step, 0)), *subject = lc_json_string(lc_json_at(step, 1));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (name && subject && !strcmp(name, steps[i].name)) {
            steps[i].run(s, subject, step);
            return;
        }
    fprintf(stderr, "store_tool: no such step: %s", line);
    exit(1);
}

static void write_steps(stores *s)
{
    char *line = NULL;
    size_t size = 0;
    int64_t epoch;
    check(lc_config_store_claim(s->configs, PATIENCE_MS, &epoch));
    while (getline(&line, &size, stdin) > 0) run_step(s, line);
    free(line);
    check(lc_status_store_flush(s->statuses, PATIENCE_MS));
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    lc_log_t *log = lc_log_new(LC_LOG_LOGFMT, lc_log_to_file, stderr);
    lc_props *settings = stores_settings(argv[1], argv[2]);
    lc_worker_core *worker = NULL;
    stores s = {0};
    lc_log_set_level(log, "root", LC_LOG_WARN, 0);
    check(lc_worker_core_new(settings, true, log, &worker));
    lc_worker_core_set_id(worker, "tool:1");
    check(lc_config_store_open(worker, NULL, PATIENCE_MS, &s.configs));
    check(lc_status_store_open(worker, NULL, PATIENCE_MS, &s.statuses));
    check(lc_offset_topic_open(worker, PATIENCE_MS, &s.offsets));
    if (!strcmp(argv[3], "dump")) dump(&s);
    else write_steps(&s);
    lc_config_store_close(s.configs, 3000);
    lc_status_store_close(s.statuses, 3000);
    s.offsets->klass->close(s.offsets);
    lc_worker_core_free(worker);
    lc_props_free(settings);
    lc_log_free(log);
    return 0;
}
