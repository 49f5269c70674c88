/* luaconnect profile: where the scripts of a running connector spend their time. */
#include <stdlib.h>
#include <string.h>

#include "api/cli.h"
#include "api/client.h"

enum { MOST_LINES = 15, MOST_SECONDS = 300 };

static bool take(void *context, const char *bytes, size_t len)
{
    lc_buf_add(context, bytes, len);
    return true;
}

static int64_t number_of(const lc_json *entry, const char *key)
{
    int64_t number = 0;
    lc_json_int(lc_json_get(entry, key), &number);
    return number;
}

static const char *text_of(const lc_json *entry, const char *key)
{
    const char *text = lc_json_string(lc_json_get(entry, key));
    return text ? text : "";
}

static void print_table(const lc_client *client, const lc_json *report, const char *list, const char *key)
{
    static const char *const titles[][2] = {{"lines", "LINE"}, {"functions", "FUNCTION AND WHAT IT CALLS"}};
    lc_auto(lc_table_text) table = {.columns = 4};
    const lc_json *entries = lc_json_get(report, list);
    bool lines = !strcmp(list, "lines");
    double all = (double)number_of(report, "samples");
    lc_table_text_add(&table, "SHARE");
    lc_table_text_add(&table, "SAMPLES");
    lc_table_text_add(&table, titles[!lines][1]);
    lc_table_text_add(&table, lines ? "IN" : "");
    for (size_t i = 0; i < lc_json_count(entries) && i < MOST_LINES; i++) {
        const lc_json *entry = lc_json_at(entries, i);
        char share[16], samples[24];
        snprintf(share, sizeof share, "%5.1f %%", all > 0 ? (double)number_of(entry, "samples") * 100 / all : 0);
        snprintf(samples, sizeof samples, "%lld", (long long)number_of(entry, "samples"));
        lc_table_text_add(&table, share);
        lc_table_text_add(&table, samples);
        lc_table_text_add(&table, text_of(entry, key));
        lc_table_text_add(&table, lines ? text_of(entry, "function") : "");
    }
    lc_table_text_print(client, &table);
}

/* One line each stack, as programs that draw flame graphs read them. */
static void print_folded(const lc_json *report)
{
    const lc_json *stacks = lc_json_get(report, "stacks");
    for (size_t i = 0; i < lc_json_count(stacks); i++)
        printf("%s %lld\n", text_of(lc_json_at(stacks, i), "stack"),
               (long long)number_of(lc_json_at(stacks, i), "samples"));
}

static int print_report(const lc_client *client, const lc_buf *text)
{
    lc_autoptr(lc_json) report = NULL;
    lc_autoptr(lc_error) cut = lc_json_parse(text->data ? text->data : "", text->len, 0, &report);
    if (cut) {
        fputs("luaconnect: the worker ended before the profile did\n", stderr);
        return LC_EXIT_UNREACHABLE;
    }
    if (lc_client_has(client, "--folded")) print_folded(report);
    else if (client->json) lc_client_print(client, report);
    else if (!number_of(report, "samples")) puts("no script of the connector ran for long enough to be seen");
    else {
        print_table(client, report, "lines", "line");
        putchar('\n');
        print_table(client, report, "functions", "function");
    }
    return 0;
}

int lc_cmd_profile(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    lc_auto(lc_buf) path = {0};
    lc_auto(lc_buf) text = {0};
    int64_t seconds;
    char folded[] = "--folded"; /* -o folded, whose second word goes */
    for (int i = 0; i + 1 < argc; i++) {
        if (strcmp(argv[i], "-o") || strcmp(argv[i + 1], "folded")) continue;
        argv[i] = folded;
        memmove(&argv[i + 1], &argv[i + 2], (size_t)(argc - i - 2) * sizeof *argv);
        argc--;
    }
    int status = lc_client_open(&client, argc, argv, "--folded --task= --seconds=");
    if (status) return status;
    const char *task = lc_client_value(&client, "--task");
    if (client.words.count != 1) return lc_cli_usage_error("profile needs the name of a connector", "");
    if (task && (!*task || task[strspn(task, "0123456789")])) return lc_cli_usage_error("--task takes a number, not ", task);
    if (!lc_client_number(&client, "--seconds", 5, &seconds)) return LC_EXIT_USAGE;
    if (seconds > MOST_SECONDS) seconds = MOST_SECONDS;
    lc_client_path(&path, client.words.items[0], "/profile");
    lc_buf_printf(&path, "?seconds=%lld", (long long)seconds);
    if (task) lc_buf_printf(&path, "&tasks=%s", task);
    status = lc_client_follow(&client, path.data, seconds, take, &text);
    return status ? status : print_report(&client, &text);
}
