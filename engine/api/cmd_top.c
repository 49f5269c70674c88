/* luaconnect top: what tasks of a worker do right now, from its metrics. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/cli.h"
#include "api/client.h"
#include "base/clock.h"
#include "base/memory.h"

enum { IN, OUT, LAG, ERRORS, COUNTS };

typedef struct step {
    char *name;
    double ms; /* spent so far */
} step;

typedef struct row {
    char *connector, *task, *state;
    double counts[COUNTS]; /* so far; the lag as it is, < 0: none */
    step *steps;
    size_t step_count, step_cap;
} row;

typedef struct scrape {
    row *rows;
    size_t count, cap;
    int64_t at_ns;
} scrape;

static void scrape_done(scrape *s)
{
    for (size_t i = 0; i < s->count; i++) {
        row *r = &s->rows[i];
        for (size_t j = 0; j < r->step_count; j++) free(r->steps[j].name);
        free(r->steps);
        free(r->connector);
        free(r->task);
        free(r->state);
    }
    free(s->rows);
    *s = (scrape){0};
}
LC_DEFINE_AUTO(scrape, scrape_done)

/* The value of a label in `{a="x",b="y"}`, unescaped; NULL when there is none. The caller frees it. */
static char *label_of(const char *labels, const char *name)
{
    size_t len = strlen(name);
    const char *at = labels;
    for (;; at++) {
        at = strstr(at, name);
        if (!at) return NULL;
        if ((at[-1] == '{' || at[-1] == ',') && !strncmp(at + len, "=\"", 2)) break;
    }
    lc_buf text = {0};
    for (at += len + 2; *at && *at != '"'; at++) {
        if (*at == '\\' && at[1]) at++;
        lc_buf_put(&text, *at == 'n' && at[-1] == '\\' ? '\n' : *at);
    }
    return lc_buf_detach(&text);
}

static row *row_of(scrape *s, const char *connector, const char *task)
{
    for (size_t i = 0; i < s->count; i++)
        if (!strcmp(s->rows[i].connector, connector) && !strcmp(s->rows[i].task, task)) return &s->rows[i];
    s->rows = lc_grow(s->rows, &s->cap, s->count + 1, sizeof *s->rows);
    row *r = &s->rows[s->count++];
    *r = (row){.connector = lc_strdup(connector), .task = lc_strdup(task), .counts = {[LAG] = -1}};
    return r;
}

static void add_step(row *r, const char *labels, double ms)
{
    r->steps = lc_grow(r->steps, &r->step_cap, r->step_count + 1, sizeof *r->steps);
    r->steps[r->step_count++] = (step){label_of(labels, "transform"), ms};
}

static void take_sample(scrape *s, const char *name, const char *labels, double value)
{
    static const struct {
        const char *name;
        int count;
    } counted[] = {{"kafka_connect_source_task_source_record_poll_total", IN},
                   {"kafka_connect_source_task_source_record_write_total", OUT},
                   {"kafka_connect_sink_task_sink_record_read_total", IN},
                   {"kafka_connect_sink_task_sink_record_send_total", OUT},
                   {"kafka_connect_sink_task_sink_record_lag", LAG},
                   {"kafka_connect_task_error_total_record_failures", ERRORS}};
    char *connector = label_of(labels, "connector"), *task = label_of(labels, "task");
    for (size_t i = 0; connector && task && i < sizeof counted / sizeof *counted; i++)
        if (!strcmp(name, counted[i].name)) row_of(s, connector, task)->counts[counted[i].count] = value;
    if (task && !strcmp(name, "kafka_connect_task_status")) {
        row *r = row_of(s, connector, task);
        free(r->state);
        r->state = label_of(labels, "status");
    }
    if (task && !strcmp(name, "kafka_connect_transform_batch_time_ms_sum"))
        add_step(row_of(s, connector, task), labels, value);
    free(connector);
    free(task);
}

/* `name{labels} value`, line by line. */
static void parse(scrape *s, char *text)
{
    for (char *line = strtok_r(text, "\n", &text); line; line = strtok_r(NULL, "\n", &text)) {
        char *labels = strchr(line, '{'), *value = strrchr(line, ' ');
        if (*line == '#' || !labels || !value || strstr(line, "_bucket{")) continue;
        lc_auto(lc_buf) name = {0};
        lc_buf_add(&name, line, (size_t)(labels - line));
        take_sample(s, name.data, labels, strtod(value, NULL));
    }
}

static int look(const lc_client *client, scrape *ret_scrape)
{
    lc_auto(lc_buf) text = {0};
    int status = lc_client_fetch(client, "/metrics", &text);
    ret_scrape->at_ns = lc_monotonic_ns();
    if (!status && text.data) parse(ret_scrape, text.data);
    return status;
}

static double rate(const row *now, const row *before, int count, double seconds)
{
    double more = now->counts[count] - (before ? before->counts[count] : 0);
    return more < 0 ? 0 : more / seconds;
}

/* The step that took most of the time, and its ms of each second. */
static const step *slowest(const row *now, const row *before, double seconds, double *ret_ms)
{
    const step *found = NULL;
    *ret_ms = 0;
    for (size_t i = 0; i < now->step_count; i++) {
        bool known = before && i < before->step_count;
        double ms = (now->steps[i].ms - (known ? before->steps[i].ms : 0)) / seconds;
        if (found && ms <= *ret_ms) continue;
        found = &now->steps[i];
        *ret_ms = ms;
    }
    return found;
}

static const row *same_row(const scrape *s, const row *wanted)
{
    for (size_t i = 0; i < s->count; i++)
        if (!strcmp(s->rows[i].connector, wanted->connector) && !strcmp(s->rows[i].task, wanted->task))
            return &s->rows[i];
    return NULL;
}

static void add_row(lc_table_text *table, const row *now, const row *before, double seconds)
{
    char in[24], out[24], lag[24] = "", errors[24], slow[96] = "";
    double ms;
    const step *slow_one = slowest(now, before, seconds, &ms);
    snprintf(in, sizeof in, "%.0f", rate(now, before, IN, seconds));
    snprintf(out, sizeof out, "%.0f", rate(now, before, OUT, seconds));
    if (now->counts[LAG] >= 0) snprintf(lag, sizeof lag, "%.0f", now->counts[LAG]);
    snprintf(errors, sizeof errors, "%.0f", now->counts[ERRORS]);
    if (slow_one) snprintf(slow, sizeof slow, "%s %.1f ms/s", slow_one->name ? slow_one->name : "", ms);
    const char *const cells[] = {now->connector, now->task, now->state, in, out, lag, errors, slow};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) lc_table_text_add(table, cells[i]);
}

static void print_table(const lc_client *client, const scrape *now, const scrape *before, double seconds)
{
    static const char *const heads[] = {"CONNECTOR", "TASK", "STATE", "IN/s", "OUT/s", "LAG", "ERRORS", "SLOWEST STEP"};
    lc_auto(lc_table_text) table = {.columns = sizeof heads / sizeof *heads};
    for (size_t i = 0; i < table.columns; i++) lc_table_text_add(&table, heads[i]);
    for (size_t i = 0; i < now->count; i++)
        add_row(&table, &now->rows[i], same_row(before, &now->rows[i]), seconds);
    lc_table_text_print(client, &table);
}

static void print_json(const lc_client *client, const scrape *now, const scrape *before, double seconds)
{
    lc_autoptr(lc_json) all = lc_json_new_array();
    for (size_t i = 0; i < now->count; i++) {
        const row *r = &now->rows[i], *old = same_row(before, r);
        lc_json *object = lc_json_add(all, lc_json_new_object());
        double ms;
        const step *slow_one = slowest(r, old, seconds, &ms);
        lc_json_set_string(object, "connector", r->connector);
        lc_json_set_int(object, "task", atoi(r->task));
        lc_json_set_string(object, "state", r->state);
        lc_json_set(object, "in_per_second", lc_json_new_double(rate(r, old, IN, seconds)));
        lc_json_set(object, "out_per_second", lc_json_new_double(rate(r, old, OUT, seconds)));
        if (r->counts[LAG] >= 0) lc_json_set_int(object, "lag", (int64_t)r->counts[LAG]);
        lc_json_set_int(object, "errors", (int64_t)r->counts[ERRORS]);
        if (!slow_one) continue;
        lc_json_set_string(object, "slowest_step", slow_one->name);
        lc_json_set(object, "slowest_step_ms_per_second", lc_json_new_double(ms));
    }
    lc_client_print(client, all);
}

static int turn(const lc_client *client, int64_t seconds, bool clear, scrape *before)
{
    scrape now = {0};
    sleep((unsigned)seconds);
    int status = look(client, &now);
    double passed = (double)(now.at_ns - before->at_ns) / 1e9;
    if (clear) fputs("\033[H\033[2J", stdout);
    if (!status && client->json) print_json(client, &now, before, passed);
    else if (!status) print_table(client, &now, before, passed);
    fflush(stdout);
    scrape_done(before);
    *before = now;
    return status;
}

int lc_cmd_top(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    lc_auto(scrape) before = {0};
    int64_t seconds;
    int status = lc_client_open(&client, argc, argv, "--once --interval=");
    if (status) return status;
    if (client.words.count) return lc_cli_usage_error("top takes no name, but ", client.words.items[0]);
    if (!lc_client_number(&client, "--interval", lc_client_has(&client, "--once") ? 1 : 2, &seconds))
        return LC_EXIT_USAGE;
    bool once = lc_client_has(&client, "--once") || !isatty(STDOUT_FILENO);
    status = look(&client, &before);
    while (!status) {
        status = turn(&client, seconds, !once && !client.json, &before);
        if (once) break;
    }
    return status;
}
