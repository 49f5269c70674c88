#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "rest/http.h"
#include "rest/metrics_scripts.h"
#include "rest/metrics_steps.h"
#include "runtime/roster.h"

/* Kafka Connect's metrics in the text format of Prometheus: kafka_connect_<group>_<attribute>, the tags of
 * JMX as labels. Only what runs on this worker; attributes that are averages over a window are left to
 * Prometheus's rate(). */

typedef struct task_row {
    char *connector;
    int task;
    const char *state; /* "running" */
    bool is_sink;
    bool has_counts; /* a task that could not be started has none */
    lc_task_counts counts;
} task_row;

/* What tasks are counted by; the first is all of them. */
static const char *const states[] = {"total",      "running",   "paused",     "failed",
                                     "unassigned", "destroyed", "restarting", "stopped"};
enum { STATES = sizeof states / sizeof *states, COUNTED_STATES = STATES - 1 };

typedef struct connector_row {
    char *name;
    char *class_name;
    char *version;
    const char *state, *type;
    bool is_here; /* the connector itself, not only tasks of it */
    int tasks[COUNTED_STATES];
} connector_row;

typedef struct rows {
    const char *worker_id;
    connector_row *connectors;
    size_t connector_count, connector_cap;
    task_row *tasks;
    size_t task_count, task_cap;
    lc_table *by_id; /* "connector\n0" → index of the task + 1 */
} rows;

static void rows_done(rows *r)
{
    for (size_t i = 0; i < r->connector_count; i++) {
        free(r->connectors[i].name);
        free(r->connectors[i].class_name);
        free(r->connectors[i].version);
    }
    for (size_t i = 0; i < r->task_count; i++) free(r->tasks[i].connector);
    free(r->connectors);
    free(r->tasks);
    lc_table_free(r->by_id);
}
LC_DEFINE_AUTO(rows, rows_done)

static const char *lower_state(const lc_json *status)
{
    const char *given = lc_json_string(lc_json_get(status, "state"));
    for (size_t i = 1; given && i < STATES; i++)
        if (!strcasecmp(given, states[i])) return states[i];
    return "unassigned";
}

static bool is_here(const rows *r, const lc_json *status)
{
    return lc_text_is(lc_json_text(lc_json_get(status, "worker_id")), r->worker_id);
}

static void id_of(lc_buf *out, const char *connector, int task)
{
    lc_buf_reset(out);
    lc_buf_printf(out, "%s\n%d", connector, task);
}

static void add_task(rows *r, const char *connector, const lc_json *status, bool is_sink)
{
    int64_t id = 0;
    lc_auto(lc_buf) key = {0};
    if (!is_here(r, status) || !lc_json_int(lc_json_get(status, "id"), &id)) return;
    r->tasks = lc_grow(r->tasks, &r->task_cap, r->task_count + 1, sizeof *r->tasks);
    r->tasks[r->task_count++] = (task_row){
        .connector = lc_strdup(connector), .task = (int)id, .state = lower_state(status), .is_sink = is_sink};
    id_of(&key, connector, (int)id);
    lc_table_put(r->by_id, key.data, (void *)(uintptr_t)r->task_count);
}

static void count_tasks(const rows *r, size_t first, connector_row *c)
{
    for (size_t i = first; i < r->task_count; i++) {
        c->tasks[0]++;
        for (size_t s = 1; s < COUNTED_STATES; s++) c->tasks[s] += r->tasks[i].state == states[s];
    }
}

static void add_connector(rows *r, const char *name, const lc_json *entry)
{
    size_t first = r->task_count;
    const lc_json *status = lc_json_get(entry, "status"), *own = lc_json_get(status, "connector");
    const char *type = lc_json_string(lc_json_get(status, "type"));
    const char *class_name =
        lc_json_string(lc_json_get(lc_json_get(lc_json_get(entry, "info"), "config"), "connector.class"));
    bool is_sink = type && !strcmp(type, "sink");
    const lc_json *tasks = lc_json_get(status, "tasks");
    for (size_t i = 0; i < lc_json_count(tasks); i++) add_task(r, name, lc_json_at(tasks, i), is_sink);
    r->connectors = lc_grow(r->connectors, &r->connector_cap, r->connector_count + 1, sizeof *r->connectors);
    r->connectors[r->connector_count++] = (connector_row){
        .name = lc_strdup(name),
        .class_name = lc_strdup(class_name ? class_name : ""),
        .version = lc_strdup(lc_json_string(lc_json_get(own, "version"))),
        .state = lower_state(own),
        .type = is_sink                           ? "sink"
                : type && !strcmp(type, "source") ? "source"
                                                  : "unknown",
        .is_here = is_here(r, own),
    };
    count_tasks(r, first, &r->connectors[r->connector_count - 1]);
}

static void take_counts(void *context, const char *connector, int task, const lc_task_counts *counts)
{
    rows *r = context;
    lc_auto(lc_buf) key = {0};
    id_of(&key, connector, task);
    size_t at = (uintptr_t)lc_table_get(r->by_id, key.data);
    if (!at) return;
    r->tasks[at - 1].counts = *counts;
    r->tasks[at - 1].has_counts = true;
}

static lc_error *collect(const lc_rest_request *request, rows *r)
{
    lc_herder *herder = request->herder;
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_json) all = NULL;
    r->worker_id = herder->worker->worker_id;
    r->by_id = lc_table_new(NULL);
    LC_TRY(herder->klass->expand(herder, true, true, &text));
    LC_TRY(lc_json_parse(text.data, text.len, 0, &all));
    for (size_t i = 0; i < lc_json_count(all); i++)
        add_connector(r, lc_json_key_at(all, i), lc_json_at(all, i));
    lc_roster_each(herder->worker->roster, take_counts, r);
    return NULL;
}

/* Text format: \, " and newline are escaped in the values of labels. */
void lc_metric_label(lc_buf *out, bool first, const char *name, const char *value)
{
    lc_buf_printf(out, "%c%s=\"", first ? '{' : ',', name);
    for (const char *c = value; *c; c++) {
        if (*c == '\n') lc_buf_text(out, "\\n");
        else {
            if (*c == '\\' || *c == '"') lc_buf_put(out, '\\');
            lc_buf_put(out, *c);
        }
    }
    lc_buf_put(out, '"');
}

static void add_head(lc_buf *out, const char *group, const char *name, const char *type, const char *help)
{
    lc_buf_printf(out, "# HELP kafka_connect_%s_%s %s\n# TYPE kafka_connect_%s_%s %s\n", group, name, help,
                  group, name, type);
}

static void add_name(lc_buf *out, const char *group, const char *name)
{
    lc_buf_printf(out, "kafka_connect_%s_%s", group, name);
}

static void add_value(lc_buf *out, double value)
{
    char text[40];
    lc_print_double(text, sizeof text, 'g', 15, value);
    lc_buf_printf(out, " %s\n", text);
}

static double percentage(int64_t part, int64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static double average_ms(int64_t ns, int64_t count)
{
    return count ? (double)ns / 1e6 / (double)count : 0;
}

static void add_worker_value(lc_buf *out, const char *name, const char *type, const char *help, double value)
{
    add_head(out, "worker", name, type, help);
    add_name(out, "worker", name);
    add_value(out, value);
}

static void add_startups(lc_buf *out, const char *what, const lc_startups *s)
{
    char name[64], help[96];
    const struct {
        const char *suffix, *type, *help;
        double value;
    } values[] = {
        {"attempts_total", "counter", "Starts that were tried", (double)s->attempts},
        {"success_total", "counter", "Starts that succeeded", (double)s->successes},
        {"success_percentage", "gauge", "Part of starts that succeeded, in percent",
         percentage(s->successes, s->attempts)},
        {"failure_total", "counter", "Starts that failed", (double)s->failures},
        {"failure_percentage", "gauge", "Part of starts that failed, in percent",
         percentage(s->failures, s->attempts)},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        snprintf(name, sizeof name, "%s_startup_%s", what, values[i].suffix);
        snprintf(help, sizeof help, "%s (%ss).", values[i].help, what);
        add_worker_value(out, name, values[i].type, help, values[i].value);
    }
}

static void add_worker(const lc_rest_request *request, const rows *r, lc_buf *out)
{
    lc_startups connectors, tasks;
    size_t here = 0;
    for (size_t i = 0; i < r->connector_count; i++) here += r->connectors[i].is_here;
    lc_roster_startups(request->herder->worker->roster, &connectors, &tasks);
    add_worker_value(out, "connector_count", "gauge", "Connectors that run on this worker.", (double)here);
    add_worker_value(out, "task_count", "gauge", "Tasks that run on this worker.", (double)r->task_count);
    add_startups(out, "connector", &connectors);
    add_startups(out, "task", &tasks);
    for (size_t s = 0; s < COUNTED_STATES; s++) {
        char name[64];
        snprintf(name, sizeof name, "connector_%s_task_count", states[s]);
        add_head(out, "worker", name, "gauge", "Tasks of a connector on this worker, by state.");
        for (size_t i = 0; i < r->connector_count; i++) {
            add_name(out, "worker", name);
            lc_metric_label(out, true, "connector", r->connectors[i].name);
            lc_buf_put(out, '}');
            add_value(out, r->connectors[i].tasks[s]);
        }
    }
}

/* Attributes that are texts: the value is a label and the number 1. */
static void add_connector_texts(const rows *r, lc_buf *out)
{
    static const char *const names[] = {"status", "connector_class", "connector_type", "connector_version"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        add_head(out, "connector", names[n], "gauge", "1; what it is stands in the label.");
        for (size_t i = 0; i < r->connector_count; i++) {
            const connector_row *c = &r->connectors[i];
            const char *const values[] = {c->state, c->class_name, c->type, c->version};
            if (!c->is_here || !values[n]) continue;
            add_name(out, "connector", names[n]);
            lc_metric_label(out, true, "connector", c->name);
            lc_metric_label(out, false, names[n], values[n]);
            lc_buf_text(out, "} 1\n");
        }
    }
}

static void add_task_labels(lc_buf *out, const task_row *row)
{
    char task[16];
    snprintf(task, sizeof task, "%d", row->task);
    lc_metric_label(out, true, "connector", row->connector);
    lc_metric_label(out, false, "task", task);
}

static void add_task_states(const rows *r, lc_buf *out)
{
    add_head(out, "task", "status", "gauge", "1; the state stands in the label.");
    for (size_t i = 0; i < r->task_count; i++) {
        add_name(out, "task", "status");
        add_task_labels(out, &r->tasks[i]);
        lc_metric_label(out, false, "status", r->tasks[i].state);
        lc_buf_text(out, "} 1\n");
    }
}

typedef double reading(const lc_task_counts *c);

static double running_ratio(const lc_task_counts *c)
{
    return c->age_ms ? (double)c->running_ms / (double)c->age_ms : 0;
}

static double pause_ratio(const lc_task_counts *c)
{
    return c->age_ms ? (double)c->paused_ms / (double)c->age_ms : 0;
}

static double commit_success(const lc_task_counts *c)
{
    return percentage(c->commits, c->commits + c->commit_failures);
}

static double commit_failure(const lc_task_counts *c)
{
    return percentage(c->commit_failures, c->commits + c->commit_failures);
}

static double commit_average(const lc_task_counts *c)
{
    return average_ms(c->commit_ns, c->commits);
}

static double commit_max(const lc_task_counts *c)
{
    return (double)c->commit_max_ns / 1e6;
}

static double batch_average(const lc_task_counts *c)
{
    return c->batches ? (double)c->polled / (double)c->batches : 0;
}

static double call_average(const lc_task_counts *c)
{
    return average_ms(c->put_or_poll_ns, c->batches);
}

static double call_max(const lc_task_counts *c)
{
    return (double)c->put_or_poll_max_ns / 1e6;
}

/* Records that were taken and are neither done nor dropped. */
static double active(const lc_task_counts *c)
{
    int64_t left = c->polled - c->written - c->filtered - c->skipped;
    return left > 0 ? (double)left : 0;
}

#define READ(name, field)                       \
    static double name(const lc_task_counts *c) \
    {                                           \
        return (double)c->field;                \
    }
READ(batch_max, batch_max)
READ(polled, polled)
READ(written, written)
READ(filtered, filtered)
READ(lag, lag)
READ(commits, commits)
READ(failed, failed)
READ(skipped, skipped)
READ(retries, retries)
READ(errors_logged, errors_logged)
READ(dlq_produced, dlq_produced)
READ(dlq_failed, dlq_failed)
READ(last_error, last_error_ms)

static const struct {
    const char *group, *name, *type;
    reading *read;
    const char *help;
} families[] = {
    {"task", "running_ratio", "gauge", running_ratio, "Part of its time the task was running."},
    {"task", "pause_ratio", "gauge", pause_ratio, "Part of its time the task was paused."},
    {"task", "offset_commit_success_percentage", "gauge", commit_success,
     "Commits of offsets that succeeded, in percent."},
    {"task", "offset_commit_failure_percentage", "gauge", commit_failure,
     "Commits of offsets that failed, in percent."},
    {"task", "offset_commit_avg_time_ms", "gauge", commit_average, "Time of a commit, on average."},
    {"task", "offset_commit_max_time_ms", "gauge", commit_max, "Time of the longest commit."},
    {"task", "batch_size_avg", "gauge", batch_average, "Records in a batch, on average."},
    {"task", "batch_size_max", "gauge", batch_max, "Records in the largest batch."},
    {"source_task", "source_record_poll_total", "counter", polled, "Records that the connector gave."},
    {"source_task", "source_record_write_total", "counter", written, "Records that Kafka has acknowledged."},
    {"source_task", "source_record_filter_total", "counter", filtered, "Records that transforms dropped."},
    {"source_task", "source_record_active_count", "gauge", active, "Records given and not acknowledged yet."},
    {"source_task", "poll_batch_avg_time_ms", "gauge", call_average,
     "Time of a poll that gave records, on average."},
    {"source_task", "poll_batch_max_time_ms", "gauge", call_max, "Time of the longest poll."},
    {"sink_task", "sink_record_read_total", "counter", polled, "Records read from Kafka."},
    {"sink_task", "sink_record_send_total", "counter", written, "Records given to the connector."},
    {"sink_task", "sink_record_filter_total", "counter", filtered, "Records that transforms dropped."},
    {"sink_task", "sink_record_active_count", "gauge", active,
     "Records read and not given to the connector yet."},
    {"sink_task", "sink_record_lag", "gauge", lag, "Records that wait in Kafka; -1 when that is not known."},
    {"sink_task", "offset_commit_completion_total", "counter", commits, "Commits of offsets that succeeded."},
    {"sink_task", "put_batch_avg_time_ms", "gauge", call_average, "Time of a put, on average."},
    {"sink_task", "put_batch_max_time_ms", "gauge", call_max, "Time of the longest put."},
    {"task_error", "total_record_failures", "counter", failed, "Records that failed in a stage."},
    {"task_error", "total_record_errors", "counter", failed, "Errors of records."},
    {"task_error", "total_records_skipped", "counter", skipped, "Records dropped because of errors."},
    {"task_error", "total_retries", "counter", retries, "Operations that were tried again."},
    {"task_error", "total_errors_logged", "counter", errors_logged, "Errors that were logged."},
    {"task_error", "deadletterqueue_produce_requests", "counter", dlq_produced,
     "Records sent to the dead letter queue."},
    {"task_error", "deadletterqueue_produce_failures", "counter", dlq_failed,
     "Records that could not be sent there."},
    {"task_error", "last_error_timestamp", "gauge", last_error,
     "When the last error was, in ms since 1970; 0: never."},
};

static bool is_of_group(const task_row *row, const char *group)
{
    if (!row->has_counts) return false;
    if (!strcmp(group, "source_task")) return !row->is_sink;
    return strcmp(group, "sink_task") || row->is_sink;
}

static void add_tasks(const rows *r, lc_buf *out)
{
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        add_head(out, families[f].group, families[f].name, families[f].type, families[f].help);
        for (size_t i = 0; i < r->task_count; i++) {
            const task_row *row = &r->tasks[i];
            if (!is_of_group(row, families[f].group)) continue;
            add_name(out, families[f].group, families[f].name);
            add_task_labels(out, row);
            lc_buf_put(out, '}');
            add_value(out, families[f].read(&row->counts));
        }
    }
}

lc_error *lc_rest_metrics(lc_rest_request *request, lc_rest_response *response)
{
    lc_auto(rows) all = {0};
    LC_TRY(collect(request, &all));
    response->status = 200;
    response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    add_worker(request, &all, &response->body);
    add_connector_texts(&all, &response->body);
    add_task_states(&all, &response->body);
    add_tasks(&all, &response->body);
    lc_metrics_add_steps(request->herder->worker->roster, &response->body);
    lc_metrics_add_scripts(request->herder->worker->roster, &response->body);
    return NULL;
}
