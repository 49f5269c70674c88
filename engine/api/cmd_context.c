/* luaconnect context, completion: where the client asks, and help for shells. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/cli.h"
#include "api/client.h"
#include "base/memory.h"

static int save(const lc_props *contexts)
{
    lc_auto(lc_buf) text = {0};
    char *path = lc_client_contexts_path();
    for (size_t i = 0; i < lc_props_count(contexts); i++) {
        const char *value = lc_props_value_at(contexts, i);
        lc_buf_printf(&text, "%s=", lc_props_key_at(contexts, i));
        for (; *value; value++) {
            if (*value == '\\') lc_buf_put(&text, '\\');
            lc_buf_put(&text, *value);
        }
        lc_buf_put(&text, '\n');
    }
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    bool ok = lc_cli_replace_file(path, text.data ? text.data : "", text.len);
    if (!ok) fprintf(stderr, "luaconnect: %s: %s\n", path, strerror(errno));
    free(path);
    return ok ? 0 : LC_EXIT_CONFIG;
}

static int list(const lc_props *contexts)
{
    const char *current = lc_props_get_or(contexts, "current", "");
    for (size_t i = 0; i < lc_props_count(contexts); i++) {
        const char *key = lc_props_key_at(contexts, i), *dot = strrchr(key, '.');
        if (!dot || strcmp(dot, ".url")) continue;
        size_t len = (size_t)(dot - key);
        bool is_current = strlen(current) == len && !strncmp(key, current, len);
        printf("%s %.*s  %s\n", is_current ? "*" : " ", (int)len, key, lc_props_value_at(contexts, i));
    }
    return 0;
}

/* What an option of `set` is kept as; NULL: there is no such option. */
static const char *member_of(const char *option)
{
    static const char *const names[] = {"--url", "--user", "--cacert", "--cert", "--key"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(option, names[i])) return names[i] + 2;
    return NULL;
}

/* --password and --token are asked for, so that they don't stand in the history of a shell. */
static int set(lc_props *contexts, const char *name, int argc, char **argv)
{
    char secret[1024];
    for (int i = 0; i < argc; i++) {
        bool is_secret = !strcmp(argv[i], "--password") || !strcmp(argv[i], "--token");
        const char *member = is_secret ? argv[i] + 2 : member_of(argv[i]);
        lc_auto(lc_buf) key = {0};
        if (!member)
            return lc_cli_usage_error("context set doesn't know ", argv[i]);
        lc_buf_printf(&key, "%s.%s", name, member);
        if (is_secret) {
            if (!lc_cli_read_secret("Secret: ", secret, sizeof secret)) return LC_EXIT_USAGE;
            lc_props_set(contexts, key.data, secret);
        } else if (++i < argc) {
            lc_props_set(contexts, key.data, argv[i]);
        } else {
            return lc_cli_usage_error("a value is missing after ", argv[i - 1]);
        }
    }
    if (!lc_props_get(contexts, "current")) lc_props_set(contexts, "current", name);
    return save(contexts);
}

static int use(lc_props *contexts, const char *name)
{
    lc_auto(lc_buf) key = {0};
    lc_buf_printf(&key, "%s.url", name);
    if (!lc_props_get(contexts, key.data)) return lc_cli_usage_error("there is no context ", name);
    lc_props_set(contexts, "current", name);
    return save(contexts);
}

int lc_cmd_context(int argc, char **argv)
{
    lc_autoptr(lc_props) contexts = lc_client_contexts();
    if (!argc || (argc == 1 && !strcmp(argv[0], "list"))) return list(contexts);
    if (argc == 2 && !strcmp(argv[0], "use")) return use(contexts, argv[1]);
    if (argc > 2 && !strcmp(argv[0], "set") && !strpbrk(argv[1], ". =\\"))
        return set(contexts, argv[1], argc - 2, argv + 2);
    return lc_cli_usage_error(
        "context takes list, use NAME, or set NAME --url URL [--user USER] [--password] [--token] "
        "[--cacert FILE] [--cert FILE] [--key FILE]",
        "");
}

static const char bash[] =
    "_luaconnect_names() { luaconnect get connectors 2>/dev/null | tail -n +2 | cut -d' ' -f1; }\n"
    "_luaconnect_commands() { luaconnect --help | sed -n 's/^  luaconnect \\([a-z]*\\) .*/\\1/p'; }\n"
    "_luaconnect() {\n"
    "  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
    "  if [ \"$COMP_CWORD\" = 1 ]; then COMPREPLY=($(compgen -W \"$(_luaconnect_commands)\" -- \"$word\"))\n"
    "    return; fi\n"
    "  case $command in\n"
    "    describe|pause|resume|stop|restart|delete|patch|tap|history|record|profile) \n"
    "      COMPREPLY=($(compgen -W \"$(_luaconnect_names)\" -- \"$word\")) ;;\n"
    "    get) COMPREPLY=($(compgen -W 'connectors plugins' -- \"$word\")) ;;\n"
    "    dlq) COMPREPLY=($(compgen -W \"list show retry $(_luaconnect_names)\" -- \"$word\")) ;;\n"
    "    offsets) COMPREPLY=($(compgen -W \"get set reset $(_luaconnect_names)\" -- \"$word\")) ;;\n"
    "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
    "  esac\n"
    "}\n"
    "complete -o filenames -F _luaconnect luaconnect\n";

int lc_cmd_completion(int argc, char **argv)
{
    const char *shell = argc == 1 ? argv[0] : "";
    bool zsh = !strcmp(shell, "zsh");
    if (!zsh && strcmp(shell, "bash")) return lc_cli_usage_error("completion is for bash or zsh", "");
    if (zsh) puts("autoload -Uz bashcompinit && bashcompinit");
    fputs(bash, stdout);
    return 0;
}
