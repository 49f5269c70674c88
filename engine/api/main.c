/* The program: a thin layer over luaconnect.h. Each command has a file of its own; this one finds it. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "include/luaconnect.h"

static const struct {
    const char *name;
    lc_command_fn *run;
    const char *usage;
} commands[] = {
    {"standalone", lc_cmd_standalone,
     "  luaconnect standalone WORKER.properties [CONNECTOR.properties|CONNECTOR.json ...]\n"
     "        run one worker with these connectors; the files are those of Kafka Connect\n"},
    {"distributed", lc_cmd_distributed,
     "  luaconnect distributed WORKER.properties\n"
     "        run one of the workers that share the connectors of a group.id through Kafka\n"},
    {"check", lc_cmd_check,
     "  luaconnect check [--errors] SCRIPT.lua ...\n"
     "        say what is wrong with scripts, with line and column, and load them as a worker would\n"},
    {"try", lc_cmd_try,
     "  luaconnect try SCRIPT.lua [--config FILE] [--input FILE] [--records] [--count N] [--diff]\n"
     "        run a transform, predicate or connector without a cluster, on lines of JSON\n"},
    {"repl", lc_cmd_repl,
     "  luaconnect repl [--config FILE] [--record FILE] [SCRIPT.lua]\n"
     "        a prompt in the sandbox of scripts, with a record to try things on\n"},
    {"new", lc_cmd_new,
     "  luaconnect new source|sink|transform|predicate NAME\n"
     "        write a script that works, its settings, its test, and what editors need\n"},
    {"test", lc_cmd_test,
     "  luaconnect test [FILE_test.lua ...]\n"
     "        run the tests of scripts, without a cluster\n"},
    {"passwd", lc_cmd_passwd,
     "  luaconnect passwd FILE NAME [--role ROLE] [--connectors PATTERN,...] [--token | --remove]\n"
     "        add a user of the REST API to the file of rest.users.file; the password is asked for\n"},
    {"script", lc_cmd_script,
     "  luaconnect script sign --new-key FILE | --public FILE | --key FILE SCRIPT.lua ...\n"
     "  luaconnect script verify --keys KEY|FILE,... SCRIPT.lua ...\n"
     "        sign scripts for workers with script.signature.required, and check signatures\n"
     "  luaconnect script delete connectors|transforms|predicates NAME [VERSION]\n"
     "        take away what a worker got over REST: what is on disk or comes with luaconnect is used again\n"},
    {"seal", lc_cmd_seal,
     "  luaconnect seal --new-key FILE | --key FILE|PUBLIC-KEY [--renew]\n"
     "        encrypt a secret for a configuration, so that only workers with the key file can read it\n"},
    /* What speaks to a worker. */
    {"get", lc_cmd_get,
     "  luaconnect get connectors|plugins\n"
     "  luaconnect describe NAME\n"
     "        what there is, and how one connector and its tasks are\n"},
    {"describe", lc_cmd_describe, ""},
    {"apply", lc_cmd_apply,
     "  luaconnect apply -f FILE|DIRECTORY [--dry-run]\n"
     "        create or change connectors to be as files say; tells what changes\n"},
    {"patch", lc_cmd_patch,
     "  luaconnect patch NAME KEY=VALUE|KEY- ... [--dry-run]\n"
     "        change some settings of a connector, or take them away\n"},
    {"validate", lc_cmd_validate,
     "  luaconnect validate -f FILE|DIRECTORY\n"
     "        check configurations as the worker would\n"},
    {"pause", lc_cmd_pause,
     "  luaconnect pause|resume|stop|delete NAME ...\n"
     "  luaconnect restart NAME [TASK | --tasks] [--failed]\n"
     "        steer connectors\n"},
    {"resume", lc_cmd_resume, ""},
    {"stop", lc_cmd_stop, ""},
    {"delete", lc_cmd_delete, ""},
    {"restart", lc_cmd_restart, ""},
    {"offsets", lc_cmd_offsets,
     "  luaconnect offsets get|reset NAME\n"
     "  luaconnect offsets set NAME -f FILE\n"
     "        committed offsets; they can be changed while the connector is stopped\n"},
    {"plugins", lc_cmd_plugins,
     "  luaconnect plugins [CLASS]\n"
     "        what can be used, or the settings of one\n"},
    {"logs", lc_cmd_logs,
     "  luaconnect logs [LOGGER LEVEL] [--cluster]\n"
     "        levels of loggers\n"},
    {"tap", lc_cmd_tap,
     "  luaconnect tap NAME [--diff] [--step S] [--count N] [--seconds N] [--rate N] [--tasks 0,1]\n"
     "        show records of a running connector, before and after each transform\n"},
    {"record", lc_cmd_record,
     "  luaconnect record NAME --batches N -o FILE [--seconds N] [--tasks 0,1]\n"
     "        keep batches of a running connector, with all that is in their records\n"},
    {"replay", lc_cmd_replay,
     "  luaconnect replay FILE --script SCRIPT.lua [--config FILE] [--diff]\n"
     "        run a script or a chain on them, without a cluster\n"},
    {"profile", lc_cmd_profile,
     "  luaconnect profile NAME [--task N] [--seconds N] [-o json|folded]\n"
     "        where the scripts of a running connector spend their time, by line and by function\n"},
    {"top", lc_cmd_top,
     "  luaconnect top [--once] [--interval SECONDS]\n"
     "        what the tasks of a worker do right now\n"},
    {"history", lc_cmd_history,
     "  luaconnect history NAME\n"
     "        starts, failures, restarts and moves of a connector's tasks\n"},
    {"dlq", lc_cmd_dlq,
     "  luaconnect dlq list NAME [--limit N]\n"
     "  luaconnect dlq show NAME ID\n"
     "  luaconnect dlq retry NAME ID ... | --all\n"
     "        look into the dead letter queue of a sink, and send records of it back\n"},
    {"context", lc_cmd_context,
     "  luaconnect context [list | use NAME | set NAME --url URL [--user USER] [--password] [--token]]\n"
     "        remember where workers are, and who asks\n"},
    {"completion", lc_cmd_completion,
     "  luaconnect completion bash|zsh\n"
     "        a script that completes commands and names\n"},
};

static const char before[] = "luaconnect - a connect engine for Kafka, scripted in Lua\n\n";
static const char after[] =
    "  luaconnect --version | --help\n"
    "\n"
    "CONNECT_ variables of the environment are worker settings too: CONNECT_GROUP_ID=a is group.id=a.\n"
    "Without Kafka: put bootstrap.servers=embedded into WORKER.properties.\n"
    "First steps: docs/getting-started.md of the sources, or share/doc/luaconnect when installed.\n"
    "\n"
    "Ends with status 0 after SIGTERM or Ctrl-C, 1 for a wrong command line, 2 for a wrong setting or\n"
    "script, 3 when the worker or a connector of the command line can't be started. `try` ends with 3 when\n"
    "the script failed and with 4 when a limit stopped it, `repl` with 3 when a line that came through\n"
    "a pipe failed. What speaks to a worker takes --url, --user,\n"
    "--context, --cacert, --cert, --key and -o json, and ends with 2 when the worker refuses, 3 when there is\n"
    "no answer, 4 when there is no such thing, 5 when what `describe` shows has failed.\n";

static int help(void)
{
    bool ok = fputs(before, stdout) >= 0;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        ok = ok && fputs(commands[i].usage, stdout) >= 0;
    return ok && fputs(after, stdout) >= 0 ? 0 : LC_EXIT_USAGE;
}

static bool is_help(const char *word)
{
    return !strcmp(word, "--help") || !strcmp(word, "-h");
}

/* Commands that are told of together stand behind the one that tells. */
static int help_on(size_t command)
{
    while (!*commands[command].usage) command--;
    return fputs(commands[command].usage, stdout) >= 0 ? 0 : LC_EXIT_USAGE;
}

static int run(size_t command, int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_help(argv[i])) return help_on(command);
    return commands[command].run(argc, argv);
}

/* The place of a command in the table, or -1. */
static int find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(name, commands[i].name)) return (int)i;
    return -1;
}

/* `luaconnect --url URL get …` is `luaconnect get … --url URL`: what is said of the worker moves behind the command. */
static void move_options(int argc, char **argv)
{
    static const char *const with_value[] = {"--url", "--user", "--context", "-o"};
    int from = 1;
    for (size_t i = 0; from + 1 < argc && i < sizeof with_value / sizeof *with_value; i++) {
        if (strcmp(argv[from], with_value[i]) != 0) continue;
        from += 2;
        i = (size_t)-1;
    }
    if (from == 1 || from >= argc) return;
    char *command = argv[from];
    memmove(argv + 2, argv + 1, (size_t)(from - 1) * sizeof *argv);
    argv[1] = command;
}

int main(int argc, char **argv)
{
    move_options(argc, argv);
    const char *command = argc > 1 ? argv[1] : "";
    int about = argc > 2 && !strcmp(command, "help") ? find(argv[2]) : -1, found = find(command);
    if (about >= 0) return help_on((size_t)about);
    if (is_help(command) || !strcmp(command, "help")) return help();
    if (!strcmp(command, "--version")) return printf("luaconnect %s\n", lc_version_text()) < 0;
    if (found >= 0) return run((size_t)found, argc - 2, argv + 2);
    return lc_cli_usage_error(command[0] ? "unknown command: " : "a command is missing", command);
}
