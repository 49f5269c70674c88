/* luaconnect record: whole batches of a running connector in a file, a line of JSON each record.
 *
 *   {"luaconnect":"record","version":1,"connector":"orders"}
 *   {"topic":"t","partition":0,"offset":5,"timestamp":1,"key":{"schema":…,"payload":…},"value":…,"headers":[…]}
 *
 * Keys, values and headers are as runtime/probe_text.h writes them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli.h"
#include "api/client.h"

typedef struct recording {
    FILE *file;
    lc_buf line; /* that isn't whole yet */
    bool is_exact;
    int64_t records, batches, last_batch, last_task;
    bool failed;
} recording;

static void write_record(recording *r, const char *text)
{
    lc_autoptr(lc_json) data = NULL;
    lc_auto(lc_buf) line = {0};
    int64_t batch = 0, task = 0;
    lc_autoptr(lc_error) broken = lc_json_parse(text, strlen(text), 0, &data);
    if (broken) return;
    lc_json_int(lc_json_get(data, "batch"), &batch);
    lc_json_int(lc_json_get(data, "task"), &task);
    r->batches += !r->records || batch != r->last_batch || task != r->last_task;
    r->last_batch = batch;
    r->last_task = task;
    r->records++;
    lc_json_dump(lc_json_get(data, "record"), &line);
    lc_buf_put(&line, '\n');
    r->failed |= fwrite(line.data, 1, line.len, r->file) != line.len;
}

static void take_line(recording *r, const char *line)
{
    if (!strcmp(line, "event: tap")) fflush(r->file); /* from here on nothing is missed */
    if (!strncmp(line, "event: ", 7)) r->is_exact = !strcmp(line + 7, "exact");
    else if (!strncmp(line, "data: ", 6) && r->is_exact) write_record(r, line + 6);
}

static bool take(void *context, const char *bytes, size_t len)
{
    recording *r = context;
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\n') {
            lc_buf_put(&r->line, bytes[i]);
            continue;
        }
        take_line(r, r->line.data ? r->line.data : "");
        lc_buf_reset(&r->line);
        if (r->line.data) r->line.data[0] = '\0';
    }
    return !r->failed;
}

static int run(const lc_client *client, const char *name, int64_t batches, int64_t seconds, FILE *file)
{
    lc_auto(lc_buf) path = {0};
    lc_auto(lc_buf) head = {0};
    const char *tasks = lc_client_value(client, "--tasks");
    recording r = {.file = file};
    lc_buf_text(&head, "{\"luaconnect\":\"record\",\"version\":1,\"connector\":");
    lc_json_quote_text(&head, name);
    lc_buf_text(&head, "}\n");
    r.failed = fwrite(head.data, 1, head.len, file) != head.len;
    lc_client_path(&path, name, "/tap");
    lc_buf_printf(&path, "?exact=true&limit=%lld&seconds=%lld", (long long)batches, (long long)seconds);
    if (tasks) lc_buf_printf(&path, "&tasks=%s", tasks);
    int status = lc_client_follow(client, path.data, seconds, take, &r);
    lc_buf_done(&r.line);
    if (status) return status;
    if (!r.failed) fprintf(stderr, "%lld records of %lld batches\n", (long long)r.records, (long long)r.batches);
    return r.failed ? LC_EXIT_FAILED : 0;
}

int lc_cmd_record(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    int64_t batches, seconds;
    char output[] = "--output"; /* here -o is a file */
    for (int i = 0; i < argc; i++)
        if (!strcmp(argv[i], "-o")) argv[i] = output;
    int status = lc_client_open(&client, argc, argv, "--batches= --seconds= --tasks= --output=");
    if (status) return status;
    const char *path = lc_client_value(&client, "--output"), *tasks = lc_client_value(&client, "--tasks");
    if (client.words.count != 1 || !path)
        return lc_cli_usage_error("record needs the name of a connector and -o FILE", "");
    if (tasks && tasks[strspn(tasks, "0123456789,")])
        return lc_cli_usage_error("--tasks takes numbers with commas, not ", tasks);
    if (!lc_client_number(&client, "--batches", 1, &batches) || !lc_client_number(&client, "--seconds", 60, &seconds))
        return LC_EXIT_USAGE;
    FILE *file = fopen(path, "we");
    if (!file) {
        fprintf(stderr, "luaconnect: %s: %s\n", path, strerror(errno));
        return LC_EXIT_FAILED;
    }
    status = run(&client, client.words.items[0], batches, seconds, file);
    if (fclose(file) && !status) {
        fprintf(stderr, "luaconnect: %s: %s\n", path, strerror(errno));
        status = LC_EXIT_FAILED;
    }
    return status;
}
