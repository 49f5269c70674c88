/* luaconnect tap: records of a running connector, before and after each transform. */
#include <stdlib.h>
#include <string.h>

#include "api/cli.h"
#include "api/cli_diff.h"
#include "api/client.h"

typedef struct tap {
    const lc_client *client;
    bool diff;
    lc_buf line; /* that isn't whole yet */
    char event[16];
} tap;

static const char *colour_of(const tap *t, const char *result)
{
    if (!t->client->colour) return "";
    return !strcmp(result, "failed") ? "\033[31m" : !strcmp(result, "passed") ? "\033[32m" : "\033[33m";
}

static const char *text_of(const lc_json *object, const char *key)
{
    const char *text = lc_json_string(lc_json_get(object, key));
    return text ? text : "";
}

static void print_place(const lc_json *data, const lc_json *record)
{
    int64_t task = 0, number;
    lc_json_int(lc_json_get(data, "task"), &task);
    printf("%s-%lld  %s", text_of(data, "connector"), (long long)task, text_of(record, "topic"));
    if (lc_json_int(lc_json_get(record, "partition"), &number)) printf("-%lld", (long long)number);
    if (lc_json_int(lc_json_get(record, "offset"), &number)) printf("@%lld", (long long)number);
}

static void print_json(const char *before, const lc_json *value)
{
    lc_auto(lc_buf) text = {0};
    lc_json_dump(value, &text);
    printf("%s%s\n", before, text.data);
}

/* Prints the step; `before` becomes the record that it made. */
static void print_step(const tap *t, const lc_json *step, const lc_json **before)
{
    lc_auto(lc_buf) lines = {0};
    const char *result = text_of(step, "result");
    bool is_copy = lc_json_bool(lc_json_get(step, "copy"), false);
    const lc_json *after = lc_json_get(step, "record");
    printf("  %s%s: %s%s%s", text_of(step, "step"), is_copy ? ", a copy" : "", colour_of(t, result), result,
           t->client->colour ? "\033[0m" : "");
    if (*text_of(step, "error")) printf(": %s (%s)", text_of(step, "error"), text_of(step, "where"));
    putchar('\n');
    if (!after) return;
    if (t->diff) lc_diff_write(&lines, "    ", t->client->colour, *before, after);
    fputs(lines.len ? lines.data : "", stdout);
    if (!is_copy) *before = after;
}

static void print_record(const tap *t, const lc_json *data)
{
    const lc_json *record = lc_json_get(data, "record"), *steps = lc_json_get(data, "steps"), *last = record;
    const char *result = text_of(data, "result");
    print_place(data, record);
    printf("  %s%s%s\n", colour_of(t, result), result, t->client->colour ? "\033[0m" : "");
    print_json("  < ", record);
    for (size_t i = 0; i < lc_json_count(steps); i++) print_step(t, lc_json_at(steps, i), &last);
    if (last != record && !strcmp(result, "passed")) print_json("  > ", last);
}

static void print_elsewhere(const lc_json *data)
{
    const lc_json *all = lc_json_get(data, "elsewhere");
    for (size_t i = 0; i < lc_json_count(all); i++) {
        int64_t task = 0;
        lc_json_int(lc_json_get(lc_json_at(all, i), "task"), &task);
        fprintf(stderr, "task %lld runs on %s: look there with --url\n", (long long)task,
                text_of(lc_json_at(all, i), "worker"));
    }
}

static void print_event(const tap *t, const char *text)
{
    lc_autoptr(lc_json) data = NULL;
    int64_t lost = 0;
    if (t->client->json) {
        if (!strcmp(t->event, "record")) puts(text);
        return;
    }
    lc_autoptr(lc_error) broken = lc_json_parse(text, strlen(text), 0, &data);
    if (broken) return;
    if (!strcmp(t->event, "record")) print_record(t, data);
    else if (!strcmp(t->event, "tap")) print_elsewhere(data);
    else if (!strcmp(t->event, "lost") && lc_json_int(lc_json_get(data, "records"), &lost))
        fprintf(stderr, "%lld records were not shown\n", (long long)lost);
}

static void take_line(tap *t, const char *line)
{
    if (!strncmp(line, "event: ", 7)) snprintf(t->event, sizeof t->event, "%s", line + 7);
    else if (!strncmp(line, "data: ", 6)) print_event(t, line + 6);
}

static bool take(void *context, const char *bytes, size_t len)
{
    tap *t = context;
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\n') {
            lc_buf_put(&t->line, bytes[i]);
            continue;
        }
        take_line(t, t->line.data ? t->line.data : "");
        lc_buf_reset(&t->line);
        if (t->line.data) t->line.data[0] = '\0';
    }
    return fflush(stdout) == 0;
}

/* Adds the options as a query. */
static void add_query(const lc_client *client, int64_t count, int64_t seconds, lc_buf *path)
{
    static const struct {
        const char *option, *name;
    } texts[] = {{"--step", "step"}, {"--rate", "rate"}, {"--tasks", "tasks"}};
    lc_buf_printf(path, "?limit=%lld&seconds=%lld", (long long)count, (long long)seconds);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        lc_auto(lc_buf) value = {0};
        if (!lc_client_value(client, texts[i].option)) continue;
        lc_client_add_name(&value, lc_client_value(client, texts[i].option));
        lc_buf_printf(path, "&%s=%s", texts[i].name, value.data + 1);
    }
}

int lc_cmd_tap(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    lc_auto(lc_buf) path = {0};
    int64_t count, seconds;
    int status =
        lc_client_open(&client, argc, argv, "--diff --step= --count= --seconds= --rate= --tasks=");
    if (status) return status;
    if (client.words.count != 1) return lc_cli_usage_error("tap needs the name of a connector", "");
    if (!lc_client_number(&client, "--count", 10, &count) || !lc_client_number(&client, "--seconds", 60, &seconds))
        return LC_EXIT_USAGE;
    lc_client_path(&path, client.words.items[0], "/tap");
    add_query(&client, count, seconds, &path);
    tap t = {.client = &client, .diff = lc_client_has(&client, "--diff")};
    status = lc_client_follow(&client, path.data, seconds, take, &t);
    lc_buf_done(&t.line);
    return status;
}
