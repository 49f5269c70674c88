/* luaconnect get, describe, pause, resume, stop, restart, delete, plugins, logs: what there is, and steering
 * it. */
#include <stdlib.h>
#include <string.h>

#include "api/cli.h"
#include "api/client.h"

static const char *text_of(const lc_json *value, const char *key)
{
    return lc_json_string(lc_json_get(value, key));
}

static int wrong_count(const lc_client *client, size_t least, size_t most, const char *what)
{
    if (client->words.count >= least && client->words.count <= most) return 0;
    return lc_cli_usage_error(what, "");
}

/* "2/3": of tasks that run. */
static void count_tasks(const lc_json *status, char text[48], bool *ret_failed)
{
    const lc_json *tasks = lc_json_get(status, "tasks");
    const char *own = text_of(lc_json_get(status, "connector"), "state");
    size_t running = 0, count = lc_json_count(tasks);
    *ret_failed = own && !strcmp(own, "FAILED");
    for (size_t i = 0; i < count; i++) {
        const char *state = text_of(lc_json_at(tasks, i), "state");
        running += state && !strcmp(state, "RUNNING");
        *ret_failed |= state && !strcmp(state, "FAILED");
    }
    snprintf(text, 48, "%zu/%zu", running, count);
}

static void add_cells(lc_table_text *table, const char *const *cells, size_t count)
{
    table->columns = count;
    for (size_t i = 0; i < count; i++) lc_table_text_add(table, cells[i]);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int get_connectors(const lc_client *client)
{
    static const char *const heads[] = {"NAME", "TYPE", "STATE", "TASKS", "WORKER", "CLASS"};
    lc_autoptr(lc_json) all = NULL;
    lc_auto(lc_table_text) table = {0};
    lc_auto(lc_strings) names = {0};
    int status = lc_client_ask(client, "GET", "/connectors?expand=status&expand=info", NULL, &all);
    if (status) return status;
    if (client->json) return lc_client_print(client, all), 0;
    for (size_t i = 0; i < lc_json_count(all); i++) lc_strings_add(&names, lc_json_key_at(all, i));
    if (names.count) qsort(names.items, names.count, sizeof *names.items, by_name);
    add_cells(&table, heads, 6);
    for (size_t i = 0; i < names.count; i++) {
        const lc_json *entry = lc_json_get(all, names.items[i]), *state = lc_json_get(entry, "status");
        const lc_json *own = lc_json_get(state, "connector");
        char tasks[48];
        bool failed = false;
        count_tasks(state, tasks, &failed);
        const char *const cells[] = {
            names.items[i],
            text_of(state, "type"),
            text_of(own, "state"),
            tasks,
            text_of(own, "worker_id"),
            text_of(lc_json_get(lc_json_get(entry, "info"), "config"), "connector.class")};
        add_cells(&table, cells, 6);
    }
    return lc_table_text_print(client, &table), 0;
}

static int get_plugins(const lc_client *client)
{
    static const char *const heads[] = {"CLASS", "TYPE", "VERSION"};
    lc_autoptr(lc_json) all = NULL;
    lc_auto(lc_table_text) table = {0};
    int status = lc_client_ask(client, "GET", "/connector-plugins?connectorsOnly=false", NULL, &all);
    if (status) return status;
    if (client->json) return lc_client_print(client, all), 0;
    add_cells(&table, heads, 3);
    for (size_t i = 0; i < lc_json_count(all); i++) {
        const lc_json *plugin = lc_json_at(all, i);
        const char *const cells[] = {text_of(plugin, "class"), text_of(plugin, "type"),
                                     text_of(plugin, "version")};
        add_cells(&table, cells, 3);
    }
    return lc_table_text_print(client, &table), 0;
}

/* The settings of one plug-in. */
static int plugin_settings(const lc_client *client, const char *plugin)
{
    static const char *const heads[] = {"NAME", "TYPE", "DEFAULT", "IMPORTANCE"};
    lc_autoptr(lc_json) all = NULL;
    lc_auto(lc_buf) path = {0};
    lc_auto(lc_table_text) table = {0};
    lc_buf_text(&path, "/connector-plugins");
    lc_client_add_name(&path, plugin);
    lc_buf_text(&path, "/config");
    int status = lc_client_ask(client, "GET", path.data, NULL, &all);
    if (status) return status;
    if (client->json) return lc_client_print(client, all), 0;
    add_cells(&table, heads, 4);
    for (size_t i = 0; i < lc_json_count(all); i++) {
        const lc_json *key = lc_json_at(all, i);
        bool required = lc_json_bool(lc_json_get(key, "required"), false);
        const char *const cells[] = {text_of(key, "name"), text_of(key, "type"),
                                     required ? "(required)" : text_of(key, "default_value"),
                                     text_of(key, "importance")};
        add_cells(&table, cells, 4);
    }
    return lc_table_text_print(client, &table), 0;
}

int lc_cmd_plugins(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    int status = lc_client_open(&client, argc, argv, "");
    if (!status) status = wrong_count(&client, 0, 1, "plugins takes one class at most");
    if (status) return status;
    return client.words.count ? plugin_settings(&client, client.words.items[0]) : get_plugins(&client);
}

int lc_cmd_get(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    int status = lc_client_open(&client, argc, argv, "");
    if (status) return status;
    const char *what = client.words.count == 1 ? client.words.items[0] : "";
    if (!strcmp(what, "connectors")) return get_connectors(&client);
    if (!strcmp(what, "plugins")) return get_plugins(&client);
    return lc_cli_usage_error("get takes one of connectors, plugins", "");
}

static void print_indented(const char *text)
{
    while (text && *text) {
        size_t len = strcspn(text, "\n");
        printf("      %.*s\n", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

static void print_part(const char *label, const lc_json *part, const char *colour)
{
    const char *state = text_of(part, "state");
    printf("  %s  %s%s%s on %s\n", label, colour, state, *colour ? "\033[0m" : "",
           text_of(part, "worker_id"));
    print_indented(text_of(part, "trace"));
}

static const char *colour_for(const lc_client *client, const lc_json *part)
{
    const char *state = text_of(part, "state");
    if (!client->colour || !state) return "";
    return !strcmp(state, "RUNNING") ? "\033[32m" : !strcmp(state, "FAILED") ? "\033[31m" : "\033[33m";
}

static void print_description(const lc_client *client, const lc_json *status, const lc_json *config)
{
    const lc_json *tasks = lc_json_get(status, "tasks"), *own = lc_json_get(status, "connector");
    printf("%s (%s)\n", text_of(status, "name"), text_of(status, "type"));
    print_part("connector", own, colour_for(client, own));
    for (size_t i = 0; i < lc_json_count(tasks); i++) {
        const lc_json *task = lc_json_at(tasks, i);
        char label[32];
        int64_t id = 0;
        lc_json_int(lc_json_get(task, "id"), &id);
        snprintf(label, sizeof label, "task %-4lld", (long long)id);
        print_part(label, task, colour_for(client, task));
    }
    puts("  configuration");
    for (size_t i = 0; i < lc_json_count(config); i++)
        printf("      %s=%s\n", lc_json_key_at(config, i), lc_json_string(lc_json_at(config, i)));
}

int lc_cmd_describe(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    lc_auto(lc_buf) status_path = {0}, config_path = {0};
    lc_autoptr(lc_json) state = NULL;
    lc_autoptr(lc_json) config = NULL;
    char tasks[48];
    bool failed = false;
    int status = lc_client_open(&client, argc, argv, "");
    if (!status) status = wrong_count(&client, 1, 1, "describe needs the name of a connector");
    if (status) return status;
    lc_client_path(&status_path, client.words.items[0], "/status");
    lc_client_path(&config_path, client.words.items[0], "/config");
    status = lc_client_ask(&client, "GET", config_path.data, NULL, &config);
    if (!status) status = lc_client_ask(&client, "GET", status_path.data, NULL, &state);
    if (status) return status;
    if (client.json) {
        lc_json_set(state, "config", lc_json_copy(config));
        lc_client_print(&client, state);
    } else {
        print_description(&client, state, config);
    }
    count_tasks(state, tasks, &failed);
    return failed ? LC_EXIT_FAILED : 0;
}

/* One request for each connector that is named; the first that fails ends it. */
static int for_each(int argc, char **argv, const char *method, const char *tail, const char *done)
{
    lc_auto(lc_client) client = {0};
    int status = lc_client_open(&client, argc, argv, "");
    if (!status) status = wrong_count(&client, 1, 10000, "the name of a connector is missing");
    for (size_t i = 0; !status && i < client.words.count; i++) {
        lc_auto(lc_buf) path = {0};
        lc_client_path(&path, client.words.items[i], tail);
        status = lc_client_ask(&client, method, path.data, NULL, NULL);
        if (!status) printf("%s %s\n", client.words.items[i], done);
    }
    return status;
}

int lc_cmd_pause(int argc, char **argv)
{
    return for_each(argc, argv, "PUT", "/pause", "paused");
}

int lc_cmd_resume(int argc, char **argv)
{
    return for_each(argc, argv, "PUT", "/resume", "resumed");
}

int lc_cmd_stop(int argc, char **argv)
{
    return for_each(argc, argv, "PUT", "/stop", "stopped");
}

int lc_cmd_delete(int argc, char **argv)
{
    return for_each(argc, argv, "DELETE", "", "deleted");
}

/* NAME with --tasks and --failed, or NAME and the number of a task. */
int lc_cmd_restart(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    lc_auto(lc_buf) path = {0}, tail = {0};
    int status = lc_client_open(&client, argc, argv, "--tasks --failed");
    if (!status)
        status = wrong_count(&client, 1, 2, "restart needs a connector, and may have the number of a task");
    if (status) return status;
    if (client.words.count == 2) {
        lc_buf_text(&tail, "/tasks");
        lc_client_add_name(&tail, client.words.items[1]);
        lc_buf_text(&tail, "/restart");
    } else {
        lc_buf_printf(&tail, "/restart?includeTasks=%s&onlyFailed=%s",
                      lc_client_has(&client, "--tasks") ? "true" : "false",
                      lc_client_has(&client, "--failed") ? "true" : "false");
    }
    lc_client_path(&path, client.words.items[0], tail.data);
    status = lc_client_ask(&client, "POST", path.data, NULL, NULL);
    if (!status) printf("%s restarted\n", client.words.items[0]);
    return status;
}

static int print_loggers(const lc_client *client)
{
    static const char *const heads[] = {"LOGGER", "LEVEL"};
    lc_autoptr(lc_json) all = NULL;
    lc_auto(lc_table_text) table = {0};
    int status = lc_client_ask(client, "GET", "/admin/loggers", NULL, &all);
    if (status) return status;
    if (client->json) return lc_client_print(client, all), 0;
    add_cells(&table, heads, 2);
    for (size_t i = 0; i < lc_json_count(all); i++) {
        const char *const cells[] = {lc_json_key_at(all, i), text_of(lc_json_at(all, i), "level")};
        add_cells(&table, cells, 2);
    }
    return lc_table_text_print(client, &table), 0;
}

/* logs [LOGGER LEVEL] [--cluster] */
int lc_cmd_logs(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    lc_auto(lc_buf) path = {0};
    lc_autoptr(lc_json) body = lc_json_new_object();
    int status = lc_client_open(&client, argc, argv, "--cluster");
    if (status) return status;
    if (!client.words.count) return print_loggers(&client);
    if (client.words.count != 2) return lc_cli_usage_error("logs takes nothing, or a logger and a level", "");
    lc_buf_text(&path, "/admin/loggers");
    lc_client_add_name(&path, client.words.items[0]);
    if (lc_client_has(&client, "--cluster")) lc_buf_text(&path, "?scope=cluster");
    lc_json_set_string(body, "level", client.words.items[1]);
    status = lc_client_ask(&client, "PUT", path.data, body, NULL);
    if (!status) printf("%s logs %s\n", client.words.items[0], client.words.items[1]);
    return status;
}
