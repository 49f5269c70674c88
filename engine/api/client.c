#include "api/client.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "cluster/peer.h"
#include "java/base64.h"
#include "java/properties.h"

enum { ANSWER_MS = 100000, LARGEST_PEM = 1024 * 1024 };

char *lc_client_contexts_path(void)
{
    lc_buf path = {0};
    const char *own = getenv("LUACONNECT_CONTEXTS"), *config = getenv("XDG_CONFIG_HOME"),
               *home = getenv("HOME");
    if (own) lc_buf_text(&path, own);
    else if (config && *config) lc_buf_printf(&path, "%s/luaconnect/contexts.properties", config);
    else lc_buf_printf(&path, "%s/.config/luaconnect/contexts.properties", home ? home : "");
    return lc_buf_detach(&path);
}

lc_props *lc_client_contexts(void)
{
    char *path = lc_client_contexts_path();
    lc_auto(lc_properties) file = {0};
    lc_autoptr(lc_error) none = access(path, R_OK) ? NULL : lc_properties_read(path, &file);
    free(path);
    return lc_properties_to_props(&file);
}

static void set_login(lc_client *client, const char *user, const char *password, const char *token)
{
    lc_auto(lc_buf) value = {0};
    if (token && *token) {
        lc_buf_printf(&value, "Bearer %s", token);
    } else if (user && *user) {
        lc_auto(lc_buf) pair = {0};
        lc_buf_printf(&pair, strchr(user, ':') ? "%s" : "%s:%s", user, password ? password : "");
        size_t len = lc_base64_text_len(pair.len);
        lc_buf_text(&value, "Basic ");
        lc_buf_reserve(&value, len);
        lc_base64_encode(pair.data, pair.len, value.data + value.len);
        value.len += len;
        value.data[value.len] = '\0';
    }
    if (value.len) lc_props_set(client->headers, "Authorization", value.data);
}

static const char *in_context(const lc_props *contexts, const char *name, const char *what)
{
    lc_auto(lc_buf) key = {0};
    lc_buf_printf(&key, "%s.%s", name, what);
    return lc_props_get(contexts, key.data);
}

static const char *first_of(const char *a, const char *b, const char *c)
{
    return a ? a : b ? b : c;
}

/* Files of certificates and keys, and what they are to who reads ssl.* settings. */
static const struct {
    const char *option, *variable, *member, *setting;
    bool is_path; /* else the text counts */
} tls_files[] = {{"--cacert", "LUACONNECT_CACERT", "cacert", "ssl.truststore.location", true},
                 {"--cert", "LUACONNECT_CERT", "cert", "ssl.keystore.certificate.chain", false},
                 {"--key", "LUACONNECT_KEY", "key", "ssl.keystore.key", false}};

static int settle_tls(lc_client *client, const lc_props *options, const lc_props *contexts, const char *name)
{
    const char *password = getenv("LUACONNECT_KEY_PASSWORD");
    client->tls = lc_props_new();
    if (password) lc_props_set(client->tls, "ssl.key.password", password);
    for (size_t i = 0; i < sizeof tls_files / sizeof *tls_files; i++) {
        lc_auto(lc_buf) text = {0};
        const char *path = first_of(lc_props_get(options, tls_files[i].option), getenv(tls_files[i].variable),
                                    in_context(contexts, name, tls_files[i].member));
        if (!path || !*path) continue;
        lc_autoptr(lc_error) error = lc_file_read(path, LARGEST_PEM, &text);
        if (error) return lc_cli_usage_error(lc_error_message(error), "");
        lc_props_set(client->tls, tls_files[i].setting, tls_files[i].is_path ? path : text.data);
        /* As with curl, one file may hold both. */
        if (!strcmp(tls_files[i].option, "--cert")) lc_props_set(client->tls, "ssl.keystore.key", text.data);
    }
    return 0;
}

/* What options say counts more than the environment, and that more than the context. */
static int settle(lc_client *client, const lc_props *options)
{
    lc_autoptr(lc_props) contexts = lc_client_contexts();
    const char *name = first_of(lc_props_get(options, "--context"), getenv("LUACONNECT_CONTEXT"),
                                lc_props_get_or(contexts, "current", ""));
    const char *url =
        first_of(lc_props_get(options, "--url"), getenv("LUACONNECT_URL"), in_context(contexts, name, "url"));
    if (!url && *name) return lc_cli_usage_error("there is no context ", name);
    lc_text text = lc_text_of(url ? url : "http://127.0.0.1:8083");
    while (text.len && text.data[text.len - 1] == '/') text.len--;
    client->url = lc_strndup(text.data, text.len);
    const char *user = first_of(lc_props_get(options, "--user"), getenv("LUACONNECT_USER"),
                                in_context(contexts, name, "user"));
    const char *token = lc_props_get(options, "--user")
                            ? NULL
                            : first_of(getenv("LUACONNECT_TOKEN"), in_context(contexts, name, "token"), NULL);
    set_login(client, user,
              first_of(getenv("LUACONNECT_PASSWORD"), in_context(contexts, name, "password"), NULL), token);
    return settle_tls(client, options, contexts, name);
}

static bool is_listed(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = strstr(list, word); at; at = strstr(at + 1, word))
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || !at[len])) return true;
    return false;
}

/* A switch that ends with =. */
static bool takes_value(const char *switches, const char *word)
{
    lc_auto(lc_buf) with = {0};
    lc_buf_printf(&with, "%s=", word);
    return is_listed(switches, with.data);
}

static int read_arguments(lc_client *client, int argc, char **argv, const char *switches, lc_props *options)
{
    static const char with_value[] = "--url --user --context --cacert --cert --key -o -f";
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (word[0] != '-' || !word[1]) {
            lc_strings_add(&client->words, word);
        } else if (is_listed(with_value, word)) {
            if (i + 1 == argc) return lc_cli_usage_error("a value is missing after ", word);
            if (!strcmp(word, "-f")) lc_strings_add(&client->files, argv[++i]);
            else lc_props_set(options, word, argv[++i]);
        } else if (takes_value(switches, word)) {
            if (i + 1 == argc) return lc_cli_usage_error("a value is missing after ", word);
            lc_props_set(client->values, word, argv[++i]);
        } else if (is_listed(switches, word)) {
            lc_strings_add(&client->switches, word);
        } else {
            return lc_cli_usage_error("unknown option: ", word);
        }
    }
    return 0;
}

int lc_client_open(lc_client *client, int argc, char **argv, const char *switches)
{
    lc_autoptr(lc_props) options = lc_props_new();
    client->headers = lc_props_new();
    client->values = lc_props_new();
    int status = read_arguments(client, argc, argv, switches, options);
    const char *form = lc_props_get_or(options, "-o", "table");
    client->json = !strcmp(form, "json");
    client->colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    if (status) return status;
    if (!client->json && strcmp(form, "table"))
        return lc_cli_usage_error("-o is one of json and table, not ", form);
    return settle(client, options);
}

void lc_client_close(lc_client *client)
{
    free(client->url);
    lc_props_free(client->headers);
    lc_props_free(client->tls);
    lc_props_free(client->values);
    lc_strings_done(&client->words);
    lc_strings_done(&client->switches);
    lc_strings_done(&client->files);
    *client = (lc_client){0};
}

bool lc_client_has(const lc_client *client, const char *option)
{
    return lc_strings_has(&client->switches, option);
}

const char *lc_client_value(const lc_client *client, const char *option)
{
    return lc_props_get(client->values, option);
}

bool lc_client_number(const lc_client *client, const char *option, int64_t fallback, int64_t *ret_number)
{
    const char *text = lc_client_value(client, option);
    char *end = NULL;
    *ret_number = text ? strtoll(text, &end, 10) : fallback;
    if (!text || (end != text && !*end && *ret_number > 0)) return true;
    fprintf(stderr, "luaconnect: %s takes a number, not %s\n", option, text);
    return false;
}

void lc_client_add_name(lc_buf *path, const char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~";
    bool dots = !strcmp(name, ".") || !strcmp(name, "..");
    lc_buf_put(path, '/');
    for (const char *c = name; *c; c++) {
        if (strchr(plain, *c) || (*c == '.' && !dots)) lc_buf_put(path, *c);
        else lc_buf_printf(path, "%%%02X", (unsigned char)*c);
    }
}

void lc_client_path(lc_buf *path, const char *name, const char *tail)
{
    lc_buf_text(path, "/connectors");
    lc_client_add_name(path, name);
    lc_buf_text(path, tail);
}

static int unreachable(const lc_client *client, const lc_error *error)
{
    static const char said[] = "IO Error trying to forward REST request: ";
    const char *text = lc_error_message(error);
    if (!strncmp(text, said, strlen(said))) text += strlen(said);
    bool distrusts = strstr(text, "can't be trusted");
    fprintf(stderr, "luaconnect: no answer from %s: %s\n%s\n", client->url, text,
            distrusts ? "--cacert FILE, LUACONNECT_CACERT or a context name the certificates to trust."
            : strstr(text, "TLS handshake")
                ? "Is it an https:// listener? If it asks for a certificate: --cert FILE --key FILE."
                : "Is a worker running there? --url, LUACONNECT_URL or `luaconnect context` say where to ask.");
    return LC_EXIT_UNREACHABLE;
}

static int refused(const lc_peer_answer *answer)
{
    lc_autoptr(lc_json) body = NULL;
    lc_autoptr(lc_error) no_json = lc_json_parse(answer->body.data, answer->body.len, 0, &body);
    const char *message = no_json ? answer->body.data : lc_json_string(lc_json_get(body, "message"));
    const char *advice = answer->status == 401
                             ? "\nSay who you are: --user NAME with LUACONNECT_PASSWORD, or "
                               "LUACONNECT_TOKEN."
                         : answer->status == 409 ? "\nTry again in a moment if the cluster is busy."
                                                 : "";
    fprintf(stderr, "luaconnect: %s%s\n", message ? message : "the worker says no", advice);
    return answer->status == 404 ? LC_EXIT_NOT_FOUND : LC_EXIT_REFUSED;
}

static int ask(const lc_client *client, const char *method, const char *path, const lc_json *body,
               lc_peer_answer *ret_answer)
{
    lc_auto(lc_buf) text = {0};
    if (body) lc_json_dump(body, &text);
    lc_peer_request request = {client->url,
                               method,
                               path,
                               {text.data, text.len},
                               client->headers,
                               lc_monotonic_ms() + ANSWER_MS,
                               client->tls,
                               NULL,
                               NULL};
    lc_autoptr(lc_error) error = lc_peer_ask(&request, ret_answer);
    if (error) return unreachable(client, error);
    return ret_answer->status < 300 ? 0 : refused(ret_answer);
}

int lc_client_ask(const lc_client *client, const char *method, const char *path, const lc_json *body,
                  lc_json **ret_answer)
{
    lc_auto(lc_peer_answer) answer = {0};
    int status = ask(client, method, path, body, &answer);
    if (status || !ret_answer) return status;
    *ret_answer = NULL;
    if (!answer.body.len) return 0;
    lc_autoptr(lc_error) error = lc_json_parse(answer.body.data, answer.body.len, 0, ret_answer);
    if (!error) return 0;
    fprintf(stderr, "luaconnect: %s doesn't answer as a worker does\n", client->url);
    return LC_EXIT_UNREACHABLE;
}

int lc_client_fetch(const lc_client *client, const char *path, lc_buf *ret_text)
{
    lc_auto(lc_peer_answer) answer = {0};
    int status = ask(client, "GET", path, NULL, &answer);
    if (!status) lc_buf_add(ret_text, answer.body.data, answer.body.len);
    return status;
}

int lc_client_follow(const lc_client *client, const char *path, int64_t seconds,
                     bool (*take)(void *context, const char *bytes, size_t len), void *context)
{
    enum { PATIENCE_MS = 20000 };
    lc_auto(lc_peer_answer) answer = {0};
    lc_peer_request request = {.url = client->url,
                               .method = "GET",
                               .path = path,
                               .headers = client->headers,
                               .deadline = lc_monotonic_ms() + seconds * 1000 + PATIENCE_MS,
                               .tls_settings = client->tls,
                               .take = take,
                               .take_context = context};
    lc_autoptr(lc_error) error = lc_peer_ask(&request, &answer);
    if (error) return unreachable(client, error);
    return answer.status < 300 ? 0 : refused(&answer);
}

static void print_value(const lc_json *value, int depth, lc_buf *out)
{
    bool is_object = lc_json_is(value, LC_JSON_OBJECT);
    size_t count = is_object || lc_json_is(value, LC_JSON_ARRAY) ? lc_json_count(value) : 0;
    if (!count) {
        lc_json_dump(value, out);
        return;
    }
    lc_buf_put(out, is_object ? '{' : '[');
    for (size_t i = 0; i < count; i++) {
        lc_buf_printf(out, "%s\n%*s", i ? "," : "", depth * 2 + 2, "");
        if (is_object) {
            lc_json_quote_text(out, lc_json_key_at(value, i));
            lc_buf_text(out, ": ");
        }
        print_value(lc_json_at(value, i), depth + 1, out);
    }
    lc_buf_printf(out, "\n%*s%c", depth * 2, "", is_object ? '}' : ']');
}

void lc_client_print(const lc_client *client, const lc_json *value)
{
    lc_auto(lc_buf) out = {0};
    if (client->colour) print_value(value, 0, &out);
    else lc_json_dump(value, &out);
    puts(out.data);
}

void lc_table_text_add(lc_table_text *table, const char *cell)
{
    lc_strings_add(&table->cells, cell ? cell : "");
}

void lc_table_text_done(lc_table_text *table)
{
    lc_strings_done(&table->cells);
}

/* Characters, not bytes. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++) width += (*text & 0xc0) != 0x80;
    return width;
}

static const char *colour_of(const char *cell)
{
    static const char *const colours[][2] = {{"RUNNING", "\033[32m"},    {"FAILED", "\033[31m"},
                                             {"PAUSED", "\033[33m"},     {"STOPPED", "\033[33m"},
                                             {"UNASSIGNED", "\033[33m"}, {"RESTARTING", "\033[33m"}};
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
        if (!strcmp(cell, colours[i][0])) return colours[i][1];
    return NULL;
}

void lc_table_text_print(const lc_client *client, const lc_table_text *table)
{
    size_t *widths = lc_alloc((table->columns + 1) * sizeof *widths);
    for (size_t i = 0; i < table->cells.count; i++) {
        size_t width = width_of(table->cells.items[i]);
        if (width > widths[i % table->columns]) widths[i % table->columns] = width;
    }
    for (size_t i = 0; i < table->cells.count; i++) {
        const char *cell = table->cells.items[i], *colour = client->colour ? colour_of(cell) : NULL;
        bool is_last = (i + 1) % table->columns == 0;
        int fill = is_last ? 0 : (int)(widths[i % table->columns] - width_of(cell)) + 2;
        printf("%s%s%s%*s%s", colour ? colour : "", cell, colour ? "\033[0m" : "", fill, "",
               is_last ? "\n" : "");
    }
    free(widths);
}
