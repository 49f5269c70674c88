/* luaconnect dlq, history: what went wrong with a connector's records, and what happened to its tasks. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/cli.h"
#include "api/client.h"

static const char *text_of(const lc_json *object, const char *key)
{
    const char *text = lc_json_string(lc_json_get(object, key));
    return text ? text : "";
}

static int64_t number_of(const lc_json *object, const char *key)
{
    int64_t number = -1;
    lc_json_int(lc_json_get(object, key), &number);
    return number;
}

static void add_row(lc_table_text *table, const char *const *cells, size_t count)
{
    table->columns = count;
    for (size_t i = 0; i < count; i++) lc_table_text_add(table, cells[i]);
}

/* The first characters of a text, for a cell. */
static void shorten(const char *text, size_t most, lc_buf *out)
{
    size_t len = strcspn(text, "\n");
    if (len > most) {
        len = most;
        while (len && ((unsigned char)text[len] & 0xC0) == 0x80) len--;
    }
    lc_buf_add(out, text, len);
    if (text[len]) lc_buf_text(out, "…");
    if (!out->data) lc_buf_text(out, "");
}

static void add_letter(lc_table_text *table, const lc_json *record)
{
    enum { ERROR_WIDTH = 60, VALUE_WIDTH = 40 };
    const lc_json *error = lc_json_get(record, "error");
    lc_auto(lc_buf) id = {0}, from = {0}, why = {0}, value = {0};
    lc_buf_printf(&id, "%lld:%lld", (long long)number_of(record, "partition"), (long long)number_of(record, "offset"));
    lc_buf_printf(&from, "%s-%s@%s", text_of(error, "topic"), text_of(error, "partition"), text_of(error, "offset"));
    shorten(text_of(error, "exception.message"), ERROR_WIDTH, &why);
    const char *shown = text_of(record, "value");
    shorten(*shown ? shown : text_of(record, "value_base64"), VALUE_WIDTH, &value);
    const char *const cells[] = {id.data, error ? from.data : "", text_of(error, "stage"), why.data, value.data};
    add_row(table, cells, 5);
}

static int fetch(const lc_client *client, const char *name, int64_t limit, lc_json **ret_all)
{
    lc_auto(lc_buf) path = {0};
    lc_client_path(&path, name, "/dlq");
    lc_buf_printf(&path, "?limit=%lld", (long long)limit);
    return lc_client_ask(client, "GET", path.data, NULL, ret_all);
}

static int list(const lc_client *client, const char *name)
{
    static const char *const heads[] = {"ID", "FROM", "STAGE", "ERROR", "VALUE"};
    lc_autoptr(lc_json) all = NULL;
    lc_auto(lc_table_text) table = {0};
    int64_t limit;
    if (!lc_client_number(client, "--limit", 20, &limit)) return LC_EXIT_USAGE;
    int status = fetch(client, name, limit, &all);
    if (status) return status;
    if (client->json) return lc_client_print(client, all), 0;
    const lc_json *records = lc_json_get(all, "records");
    add_row(&table, heads, 5);
    for (size_t i = 0; i < lc_json_count(records); i++) add_letter(&table, lc_json_at(records, i));
    return lc_table_text_print(client, &table), 0;
}

/* "0:17" */
static bool read_id(const char *text, int64_t *ret_partition, int64_t *ret_offset)
{
    char *end, *last;
    *ret_partition = strtoll(text, &end, 10);
    if (end == text || *end != ':') return false;
    *ret_offset = strtoll(end + 1, &last, 10);
    return last != end + 1 && !*last;
}

static int show(const lc_client *client, const char *name, const char *id)
{
    enum { MOST = 1000 };
    int64_t partition, offset;
    lc_autoptr(lc_json) all = NULL;
    if (!read_id(id, &partition, &offset)) return lc_cli_usage_error("an id is PARTITION:OFFSET, not ", id);
    int status = fetch(client, name, MOST, &all);
    if (status) return status;
    const lc_json *records = lc_json_get(all, "records");
    for (size_t i = 0; i < lc_json_count(records); i++) {
        const lc_json *record = lc_json_at(records, i);
        if (number_of(record, "partition") != partition || number_of(record, "offset") != offset) continue;
        lc_client_print(client, record);
        return 0;
    }
    fprintf(stderr, "luaconnect: %s is not among the newest %d records of the queue\n", id, MOST);
    return LC_EXIT_NOT_FOUND;
}

static int retry(const lc_client *client, const char *name)
{
    lc_autoptr(lc_json) body = lc_json_new_object();
    lc_autoptr(lc_json) answer = NULL;
    lc_auto(lc_buf) path = {0};
    bool all = lc_client_has(client, "--all");
    if (all == (client->words.count > 2))
        return lc_cli_usage_error("dlq retry takes ids as `dlq list` shows them, or --all", "");
    if (all) lc_json_set_bool(body, "all", true);
    lc_json *records = all ? NULL : lc_json_set(body, "records", lc_json_new_array());
    for (size_t i = 2; i < client->words.count; i++) {
        int64_t partition, offset;
        if (!read_id(client->words.items[i], &partition, &offset))
            return lc_cli_usage_error("an id is PARTITION:OFFSET, not ", client->words.items[i]);
        lc_json *record = lc_json_add(records, lc_json_new_object());
        lc_json_set_int(record, "partition", partition);
        lc_json_set_int(record, "offset", offset);
    }
    lc_client_path(&path, name, "/dlq/retry");
    int status = lc_client_ask(client, "POST", path.data, body, &answer);
    if (status) return status;
    if (client->json) lc_client_print(client, answer);
    else printf("%lld records sent back\n", (long long)number_of(answer, "retried"));
    return 0;
}

int lc_cmd_dlq(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    int status = lc_client_open(&client, argc, argv, "--limit= --all");
    if (status) return status;
    const char *what = client.words.count > 1 ? client.words.items[0] : "";
    if (!strcmp(what, "list") && client.words.count == 2) return list(&client, client.words.items[1]);
    if (!strcmp(what, "show") && client.words.count == 3)
        return show(&client, client.words.items[1], client.words.items[2]);
    if (!strcmp(what, "retry")) return retry(&client, client.words.items[1]);
    return lc_cli_usage_error("dlq takes list NAME, show NAME ID, or retry NAME ID ... | --all", "");
}

static void add_event(lc_table_text *table, const lc_json *event)
{
    char when[32] = "", task[24] = "";
    struct tm parts;
    int64_t at = number_of(event, "at"), id = number_of(event, "task");
    time_t seconds = (time_t)(at / 1000);
    lc_auto(lc_buf) why = {0};
    if (localtime_r(&seconds, &parts)) strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &parts);
    if (id >= 0) snprintf(task, sizeof task, "%lld", (long long)id);
    if (*text_of(event, "moved_from")) lc_buf_printf(&why, "moved from %s", text_of(event, "moved_from"));
    if (*text_of(event, "by")) lc_buf_printf(&why, "%sby %s", why.len ? ", " : "", text_of(event, "by"));
    if (*text_of(event, "reason")) lc_buf_printf(&why, "%s%s", why.len ? ", " : "", text_of(event, "reason"));
    const char *const cells[] = {when, task, text_of(event, "event"), text_of(event, "worker"), why.data};
    add_row(table, cells, 5);
}

int lc_cmd_history(int argc, char **argv)
{
    static const char *const heads[] = {"TIME", "TASK", "EVENT", "WORKER", "WHY"};
    lc_auto(lc_client) client = {0};
    lc_auto(lc_buf) path = {0};
    lc_auto(lc_table_text) table = {0};
    lc_autoptr(lc_json) all = NULL;
    int status = lc_client_open(&client, argc, argv, "");
    if (status) return status;
    if (client.words.count != 1) return lc_cli_usage_error("history needs the name of a connector", "");
    lc_client_path(&path, client.words.items[0], "/history");
    status = lc_client_ask(&client, "GET", path.data, NULL, &all);
    if (status) return status;
    if (client.json) return lc_client_print(&client, all), 0;
    const lc_json *events = lc_json_get(all, "events");
    add_row(&table, heads, 5);
    for (size_t i = 0; i < lc_json_count(events); i++) add_event(&table, lc_json_at(events, i));
    return lc_table_text_print(&client, &table), 0;
}
