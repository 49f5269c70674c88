/* luaconnect apply, patch, validate, offsets: connectors from files, and changes to them. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/cli.h"
#include "api/client.h"
#include "base/file.h"
#include "base/memory.h"
#include "java/properties.h"

enum { LARGEST_FILE = 16 * 1024 * 1024 };

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "luaconnect: %s: %s\n", what, why);
    return LC_EXIT_REFUSED;
}

static bool ends_with(const char *text, const char *tail)
{
    size_t len = strlen(text), cut = strlen(tail);
    return len >= cut && !strcmp(text + len - cut, tail);
}

static lc_error *read_json(const char *path, lc_json **ret_json)
{
    lc_auto(lc_buf) text = {0};
    LC_TRY(lc_file_read(path, LARGEST_FILE, &text));
    return lc_json_parse(text.data, text.len, 0, ret_json);
}

/* A file as the body of a create request, {"name","config", …}: JSON with both, a flat one or properties. */
static lc_error *read_connector(const char *path, lc_json **ret_body)
{
    lc_autoptr(lc_json) given = NULL;
    if (ends_with(path, ".properties")) {
        lc_auto(lc_properties) file = {0};
        LC_TRY(lc_properties_read(path, &file));
        lc_autoptr(lc_props) props = lc_properties_to_props(&file);
        given = lc_json_new_props(props);
    } else {
        LC_TRY(read_json(path, &given));
    }
    if (lc_json_is(lc_json_get(given, "config"), LC_JSON_OBJECT)) {
        *ret_body = lc_steal(given);
    } else {
        *ret_body = lc_json_new_object();
        lc_json_set_string(*ret_body, "name", lc_json_string(lc_json_get(given, "name")));
        lc_json_set(*ret_body, "config", lc_steal(given));
    }
    if (lc_json_string(lc_json_get(*ret_body, "name"))) return NULL;
    return lc_fail(LC_E_CONFIG, "the connector has no name");
}

static void print_differences(const lc_json *rehearsed)
{
    const lc_json *changes = lc_json_get(rehearsed, "changes");
    for (size_t i = 0; i < lc_json_count(changes); i++) {
        const char *from = lc_json_string(lc_json_get(lc_json_at(changes, i), "from"));
        const char *to = lc_json_string(lc_json_get(lc_json_at(changes, i), "to"));
        if (from) printf("  - %s=%s\n", lc_json_key_at(changes, i), from);
        if (to) printf("  + %s=%s\n", lc_json_key_at(changes, i), to);
    }
    const lc_json *notes = lc_json_get(rehearsed, "notes");
    for (size_t i = 0; i < lc_json_count(notes); i++)
        printf("  ? %s\n", lc_json_string(lc_json_at(notes, i)));
}

static int print_errors(const char *path, const lc_json *rehearsed)
{
    const lc_json *errors = lc_json_get(rehearsed, "errors");
    for (size_t i = 0; i < lc_json_count(errors); i++) {
        const lc_json *error = lc_json_at(errors, i);
        fprintf(stderr, "luaconnect: %s: %s: %s\n", path, lc_json_string(lc_json_get(error, "key")),
                lc_json_string(lc_json_get(error, "message")));
    }
    return lc_json_count(errors) ? LC_EXIT_REFUSED : 0;
}

/* What it would do, then, unless it is a rehearsal or changes nothing, the thing itself. */
static int apply_body(const lc_client *client, const char *path, const lc_json *body)
{
    lc_auto(lc_buf) url = {0};
    lc_autoptr(lc_json) rehearsed = NULL;
    const char *name = lc_json_string(lc_json_get(body, "name"));
    const lc_json *config = lc_json_get(body, "config");
    lc_client_path(&url, name, "/config?dry_run=true");
    int status = lc_client_ask(client, "PUT", url.data, config, &rehearsed);
    if (!status) status = print_errors(path, rehearsed);
    if (status) return status;
    const char *action = lc_json_string(lc_json_get(rehearsed, "action"));
    bool is_rehearsal = lc_client_has(client, "--dry-run"), is_new = !strcmp(action, "create");
    const char *done = !strcmp(action, "none") ? "unchanged"
                       : is_rehearsal          ? (is_new ? "would be created" : "would be changed")
                       : is_new                ? "created"
                                               : "changed";
    if (!is_rehearsal && is_new) {
        status = lc_client_ask(client, "POST", "/connectors", body, NULL);
    } else if (!is_rehearsal && strcmp(action, "none") != 0) {
        lc_buf_reset(&url);
        lc_client_path(&url, name, "/config");
        status = lc_client_ask(client, "PUT", url.data, config, NULL);
    }
    if (status) return status;
    printf("%s %s\n", name, done);
    print_differences(rehearsed);
    return 0;
}

static int apply_file(const lc_client *client, const char *path)
{
    lc_autoptr(lc_json) body = NULL;
    lc_autoptr(lc_error) error = read_connector(path, &body);
    return error ? fail(path, lc_error_message(error)) : apply_body(client, path, body);
}

/* Among the files of a directory may be some for other purposes, such as a worker's. */
static bool names_a_connector(const char *path)
{
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_error) unreadable = lc_file_read(path, LARGEST_FILE, &text);
    if (unreadable || (text.data && strstr(text.data, "connector.class"))) return true;
    fprintf(stderr, "luaconnect: %s is left out: it has no connector.class\n", path);
    return false;
}

/* The files themselves, and the connectors of directories: .json and .properties, by name. */
static void list_files(const char *path, lc_strings *files)
{
    DIR *dir = opendir(path);
    lc_auto(lc_strings) found = {0};
    if (!dir) {
        lc_strings_add(files, path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.' &&
            (ends_with(entry->d_name, ".json") || ends_with(entry->d_name, ".properties")))
            lc_strings_printf(&found, "%s/%s", path, entry->d_name);
    closedir(dir);
    lc_strings_sort(&found);
    for (size_t i = 0; i < found.count; i++)
        if (names_a_connector(found.items[i])) lc_strings_add(files, found.items[i]);
}

int lc_cmd_apply(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    lc_auto(lc_strings) files = {0};
    int status = lc_client_open(&client, argc, argv, "--dry-run");
    if (status) return status;
    for (size_t i = 0; i < client.files.count; i++) list_files(client.files.items[i], &files);
    if (!files.count || client.words.count)
        return lc_cli_usage_error("apply needs -f with a file, or a directory of .json and .properties files",
                                  "");
    for (size_t i = 0; i < files.count; i++) {
        int one = apply_file(&client, files.items[i]);
        if (one == LC_EXIT_UNREACHABLE) return one;
        if (one > status) status = one;
    }
    return status;
}

/* patch NAME key=value … key- : a minus takes the setting away. */
int lc_cmd_patch(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    lc_auto(lc_buf) path = {0};
    lc_autoptr(lc_json) body = lc_json_new_object();
    lc_autoptr(lc_json) rehearsed = NULL;
    int status = lc_client_open(&client, argc, argv, "--dry-run");
    if (status) return status;
    for (size_t i = 1; i < client.words.count; i++) {
        const char *word = client.words.items[i], *equals = strchr(word, '=');
        size_t len = strlen(word);
        if (equals)
            lc_json_set_at(body, (lc_text){word, (size_t)(equals - word)}, lc_json_new_string(equals + 1));
        else if (len > 1 && word[len - 1] == '-')
            lc_json_set_at(body, (lc_text){word, len - 1}, lc_json_new_null());
        else return lc_cli_usage_error("neither key=value nor key- : ", word);
    }
    if (!lc_json_count(body)) return lc_cli_usage_error("patch needs a connector and key=value or key-", "");
    lc_client_path(&path, client.words.items[0], "/config?dry_run=true");
    status = lc_client_ask(&client, "PATCH", path.data, body, &rehearsed);
    if (!status) status = print_errors(client.words.items[0], rehearsed);
    lc_buf_reset(&path);
    lc_client_path(&path, client.words.items[0], "/config");
    if (!status && !lc_client_has(&client, "--dry-run"))
        status = lc_client_ask(&client, "PATCH", path.data, body, NULL);
    if (status) return status;
    printf("%s %s\n", client.words.items[0],
           lc_client_has(&client, "--dry-run") ? "would be changed" : "changed");
    print_differences(rehearsed);
    return 0;
}

static int validate_file(const lc_client *client, const char *file)
{
    lc_auto(lc_buf) path = {0};
    lc_autoptr(lc_json) body = NULL;
    lc_autoptr(lc_json) rehearsed = NULL;
    lc_autoptr(lc_error) error = read_connector(file, &body);
    if (error) return fail(file, lc_error_message(error));
    lc_client_path(&path, lc_json_string(lc_json_get(body, "name")), "/config?dry_run=true");
    int status = lc_client_ask(client, "PUT", path.data, lc_json_get(body, "config"), &rehearsed);
    if (status) return status;
    if (client->json) return lc_client_print(client, rehearsed), 0;
    status = print_errors(file, rehearsed);
    if (!status) printf("%s: valid\n", file);
    return status;
}

int lc_cmd_validate(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    lc_auto(lc_strings) files = {0};
    int status = lc_client_open(&client, argc, argv, "");
    for (size_t i = 0; i < client.files.count; i++) list_files(client.files.items[i], &files);
    if (!status && !files.count)
        return lc_cli_usage_error("validate needs -f with a file or a directory", "");
    for (size_t i = 0; i < files.count && status != LC_EXIT_UNREACHABLE; i++) {
        int one = validate_file(&client, files.items[i]);
        if (one > status) status = one;
    }
    return status;
}

static int set_offsets(const lc_client *client, const char *url)
{
    lc_autoptr(lc_json) body = NULL;
    lc_autoptr(lc_json) answer = NULL;
    if (client->files.count != 1) return lc_cli_usage_error("offsets set needs -f with a JSON file", "");
    lc_autoptr(lc_error) error = read_json(client->files.items[0], &body);
    if (error) return fail(client->files.items[0], lc_error_message(error));
    int status = lc_client_ask(client, "PATCH", url, body, &answer);
    if (!status) puts(lc_json_string(lc_json_get(answer, "message")));
    return status;
}

/* offsets get NAME, offsets set NAME -f FILE, offsets reset NAME */
int lc_cmd_offsets(int argc, char **argv)
{
    lc_auto(lc_client) client = {0};
    lc_auto(lc_buf) url = {0};
    lc_autoptr(lc_json) answer = NULL;
    int status = lc_client_open(&client, argc, argv, "");
    if (status) return status;
    if (client.words.count != 2)
        return lc_cli_usage_error("offsets needs one of get, set, reset and the name of a connector", "");
    const char *what = client.words.items[0];
    lc_client_path(&url, client.words.items[1], "/offsets");
    if (!strcmp(what, "set")) return set_offsets(&client, url.data);
    bool is_get = !strcmp(what, "get");
    if (!is_get && strcmp(what, "reset"))
        return lc_cli_usage_error("offsets needs one of get, set, reset, not ", what);
    status = lc_client_ask(&client, is_get ? "GET" : "DELETE", url.data, NULL, &answer);
    if (status) return status;
    if (is_get) lc_client_print(&client, answer);
    else puts(lc_json_string(lc_json_get(answer, "message")));
    return 0;
}
