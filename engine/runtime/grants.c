#include "runtime/grants.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/url.h"

/* Calls `add` with each item of a list with commas. */
static void each_item(lc_grant_lists *lists, const char *list, void (*add)(lc_grant_lists *lists, lc_text item))
{
    char *copy = lc_strdup(list), *rest = copy;
    for (char *item; (item = strsep(&rest, ",")) != NULL;) add(lists, lc_text_trim(lc_text_of(item)));
    free(copy);
}

static lc_text after(lc_text text, const char *prefix)
{
    size_t len = strlen(prefix);
    return lc_text_starts(text, prefix) ? (lc_text){text.data + len, text.len - len} : text;
}

/* An item of script.grants: "host:api.example.com:443", "dir:/data" or "/tmp/in.txt", which counts as a file and,
 * ending in a slash, as a directory. */
static void add_grant(lc_grant_lists *lists, lc_text item)
{
    lc_text host = after(item, "host:"), path = after(item, "dir:");
    if (host.len != item.len) {
        lc_strings_add_text(&lists->hosts, host.data, host.len);
        return;
    }
    if (!path.len || path.data[0] != '/') return;
    lc_strings_add_text(&lists->files, path.data, path.len);
    if (path.data[path.len - 1] != '/') lc_strings_printf(&lists->files, "%.*s/", (int)path.len, path.data);
}

/* tcp://host:port and tls://host:port, read as URLs of HTTP are. */
static void add_socket(lc_grant_lists *lists, lc_text item)
{
    lc_auto(lc_buf) text = {0};
    lc_url url;
    if (!lc_text_starts(item, "tcp://") && !lc_text_starts(item, "tls://")) return;
    lc_buf_printf(&text, "http%.*s", (int)item.len - 3, item.data + 3);
    lc_autoptr(lc_error) error = lc_url_parse((lc_text){text.data, text.len}, &url);
    if (!error) lc_strings_printf(&lists->hosts, "%.*s:%d", (int)url.host.len, url.host.data, url.port);
}

/* A URL, whose path may still be a template. */
static void add_url(lc_grant_lists *lists, lc_text item)
{
    size_t scheme = lc_text_starts(item, "http://") ? 7 : lc_text_starts(item, "https://") ? 8 : 0;
    lc_url url;
    if (!scheme) return;
    item.len = scheme + strcspn(item.data + scheme, "/?#");
    lc_autoptr(lc_error) error = lc_url_parse(item, &url);
    if (!error) lc_strings_printf(&lists->hosts, "%.*s:%d", (int)url.host.len, url.host.data, url.port);
}

static void add_host(lc_grant_lists *lists, lc_text item)
{
    if (item.len) lc_strings_add_text(&lists->hosts, item.data, item.len);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);
    return len >= tail && !strcmp(text + len - tail, end);
}

static void add_proxy(lc_grant_lists *lists, const lc_props *settings, const char *key, const char *host)
{
    lc_auto(lc_buf) port_key = {0};
    lc_buf_printf(&port_key, "%.*sport", (int)(strlen(key) - strlen("host")), key);
    const char *port = lc_props_get(settings, port_key.data);
    if (*host) lc_strings_printf(&lists->hosts, "%s:%s", host, port ? port : "3128");
}

/* What a shipped script's own settings name. */
static void add_own(lc_grant_lists *lists, const lc_props *settings)
{
    for (size_t i = 0; i < lc_props_count(settings); i++) {
        const char *key = lc_props_key_at(settings, i), *value = lc_props_value_at(settings, i);
        if (!value) continue;
        bool is_store = strstr(key, "ssl.") && ends_with(key, ".location");
        if (!strcmp(key, "file") || is_store) lc_strings_add(&lists->files, value);
        else if (!strcmp(key, "http.allowed.hosts")) each_item(lists, value, add_host);
        else if (ends_with(key, ".proxy.host")) add_proxy(lists, settings, key, value);
        else if (!strncmp(value, "http", 4)) each_item(lists, value, add_url);
        else if (!strncmp(value, "tcp:", 4) || !strncmp(value, "tls:", 4)) each_item(lists, value, add_socket);
    }
}

static void add_hook_folder(lc_grant_lists *lists, lc_text item)
{
    if (item.len) lc_strings_printf(&lists->hooks, "%.*s/hooks/", (int)item.len, item.data);
}

static const char *const *ended(lc_strings *list)
{
    lc_strings_take(list, NULL);
    list->count--;
    return (const char *const *)list->items;
}

void lc_grants_make(const lc_worker_core *worker, const lc_connector_config *config, const lc_props *settings,
                    lc_grant_lists *lists, lc_grants *ret_grants)
{
    bool shipped = lc_script_is_shipped(config->script);
    const char *granted = lc_props_get(worker->settings, "script.grants");
    const char *plugin_path = lc_props_get(worker->settings, "plugin.path");
    if (shipped) add_own(lists, settings);
    else if (granted) each_item(lists, granted, add_grant);
    if (plugin_path && !worker->trusted) each_item(lists, plugin_path, add_hook_folder);
    *ret_grants = (lc_grants){
        .files = ended(&lists->files),
        .hosts = ended(&lists->hosts),
        .hooks = ended(&lists->hooks),
        .stdio = shipped,
        .any_sql = shipped,
        .sql = granted,
        .file_hub = worker->file_hub,
    };
}

void lc_grant_lists_done(lc_grant_lists *lists)
{
    lc_strings_done(&lists->files);
    lc_strings_done(&lists->hosts);
    lc_strings_done(&lists->hooks);
}
