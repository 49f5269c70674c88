/* The program: a thin layer over luaconnect.h. Each command has a file of its own; this one finds it. */
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
    {"passwd", lc_cmd_passwd,
     "  luaconnect passwd FILE NAME [--role ROLE] [--connectors PATTERN,...] [--token | --remove]\n"
     "        add a user of the REST API to the file of rest.users.file; the password is asked for\n"},
    {"seal", lc_cmd_seal,
     "  luaconnect seal --new-key FILE | --key FILE|PUBLIC-KEY [--renew]\n"
     "        encrypt a secret for a configuration, so that only workers with the key file can read it\n"},
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
    "the script failed and with 4 when a limit stopped it.\n";

static int help(void)
{
    bool ok = fputs(before, stdout) >= 0;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        ok = ok && fputs(commands[i].usage, stdout) >= 0;
    return ok && fputs(after, stdout) >= 0 ? 0 : LC_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    if (!strcmp(command, "--help") || !strcmp(command, "-h") || !strcmp(command, "help")) return help();
    if (!strcmp(command, "--version")) return printf("luaconnect %s\n", lc_version_text()) < 0;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (!strcmp(command, commands[i].name)) return commands[i].run(argc - 2, argv + 2);
    }
    return lc_cli_usage_error(command[0] ? "unknown command: " : "a command is missing", command);
}
