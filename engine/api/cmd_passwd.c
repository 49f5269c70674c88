/* luaconnect passwd: users of the REST API, in the file of rest.users.file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/cli.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "secure/password.h"
#include "secure/secret.h"
#include "secure/users.h"

enum { LARGEST_FILE = 4 * 1024 * 1024, SHORTEST_PASSWORD = 8 };

typedef struct order {
    const char *path, *name, *role, *connectors;
    bool token, remove;
} order;

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "luaconnect: %s: %s\n", what, why);
    return LC_EXIT_CONFIG;
}

/* Asks for a password, on a terminal twice. NULL: it is in `text`; else what is wrong. */
static const char *ask_password(char text[LC_LONGEST_PASSWORD])
{
    char again[LC_LONGEST_PASSWORD];
    if (!lc_cli_read_secret("Password: ", text, LC_LONGEST_PASSWORD)) return "no password was given";
    if (strlen(text) < SHORTEST_PASSWORD) return "a password has 8 characters at least";
    if (!isatty(STDIN_FILENO)) return NULL;
    bool same = lc_cli_read_secret("Again: ", again, sizeof again) && !strcmp(text, again);
    lc_secret_wipe(again, sizeof again);
    return same ? NULL : "the two are not the same";
}

/* Whether a line is the one that the order replaces: this name, with a password or a token as asked. */
static bool is_replaced(const order *o, lc_text line)
{
    size_t len = strlen(o->name);
    if (line.len <= len || memcmp(line.data, o->name, len) || line.data[len] != ':') return false;
    if (o->remove) return true;
    bool is_token = lc_text_starts((lc_text){line.data + len + 1, line.len - len - 1}, "token$");
    return !o->token && !is_token;
}

static void keep_others(const order *o, lc_text text, lc_buf *out)
{
    while (text.len) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end ? (size_t)(end - text.data) : text.len;
        if (!is_replaced(o, lc_text_trim((lc_text){text.data, len}))) {
            lc_buf_add(out, text.data, len);
            lc_buf_put(out, '\n');
        }
        text.data += len + (end != NULL);
        text.len -= len + (end != NULL);
    }
}

static int write_file(const order *o, const char *proof)
{
    lc_auto(lc_buf) before = {0}, after = {0};
    struct stat about;
    if (!stat(o->path, &about)) {
        lc_autoptr(lc_error) error = lc_file_read(o->path, LARGEST_FILE, &before);
        if (error) return fail(o->path, lc_error_message(error));
    }
    keep_others(o, (lc_text){before.data, before.len}, &after);
    if (o->remove && after.len == before.len) return fail(o->name, "there is no such user");
    if (proof) {
        lc_buf_printf(&after, "%s:%s:%s", o->name, proof, o->role);
        if (o->connectors) lc_buf_printf(&after, ":%s", o->connectors);
        lc_buf_put(&after, '\n');
    }
    return lc_cli_replace_file(o->path, after.data ? after.data : "", after.len)
               ? 0
               : fail(o->path, strerror(errno));
}

static int set_password(const order *o)
{
    char password[LC_LONGEST_PASSWORD], proof[LC_PROOF_SIZE];
    const char *problem = ask_password(password);
    if (!problem && !lc_password_store(lc_text_of(password), proof)) problem = "there isn't enough memory";
    lc_secret_wipe(password, sizeof password);
    return problem ? fail(o->name, problem) : write_file(o, proof);
}

static int make_token(const order *o)
{
    char token[LC_TOKEN_SIZE], proof[LC_PROOF_SIZE];
    lc_token_make(token);
    lc_token_store(lc_text_of(token), proof);
    int status = write_file(o, proof);
    if (!status) puts(token);
    lc_secret_wipe(token, sizeof token);
    return status;
}

/* False when something is no option, or has no value. */
static bool read_options(int argc, char **argv, order *o)
{
    const char **places[] = {&o->path, &o->name};
    size_t placed = 0;
    for (int i = 0; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (!strcmp(argv[i], "--token")) o->token = true;
        else if (!strcmp(argv[i], "--remove")) o->remove = true;
        else if (!strcmp(argv[i], "--role") && has_value) o->role = argv[++i];
        else if (!strcmp(argv[i], "--connectors") && has_value) o->connectors = argv[++i];
        else if (argv[i][0] != '-' && placed < 2) *places[placed++] = argv[i];
        else return false;
    }
    return placed == 2;
}

int lc_cmd_passwd(int argc, char **argv)
{
    lc_role role;
    order o = {.role = "view"};
    if (!read_options(argc, argv, &o))
        return lc_cli_usage_error("passwd needs a file and a name, and knows --role, --connectors, --token, "
                                  "--remove",
                                  "");
    if (!o.name[0] || strpbrk(o.name, ":\n#")) return lc_cli_usage_error("a name can't be ", o.name);
    if (!lc_role_parse(lc_text_of(o.role), &role))
        return lc_cli_usage_error("a role is one of view, operate, admin, not ", o.role);
    if (o.remove) return write_file(&o, NULL);
    return o.token ? make_token(&o) : set_password(&o);
}
