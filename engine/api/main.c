/* The program: a thin layer over luaconnect.h. Signals, arguments and standard streams live here only. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "include/luaconnect.h"

enum { EXIT_USAGE = 1, EXIT_CONFIG = 2, EXIT_START = 3, CONNECTOR_TIMEOUT_MS = 90000 };

static const char usage[] =
    "luaconnect - a connect engine for Kafka, scripted in Lua\n"
    "\n"
    "  luaconnect standalone WORKER.properties [CONNECTOR.properties|CONNECTOR.json ...]\n"
    "        run one worker with these connectors; the files are those of Kafka Connect\n"
    "  luaconnect distributed WORKER.properties\n"
    "        run one of the workers that share the connectors of a group.id through Kafka\n"
    "  luaconnect check SCRIPT.lua ...\n"
    "        load scripts as a worker would and say what is wrong with them\n"
    "  luaconnect --version | --help\n"
    "\n"
    "Without Kafka: put bootstrap.servers=embedded into WORKER.properties.\n"
    "First steps: docs/getting-started.md of the sources, or share/doc/luaconnect when installed.\n"
    "\n"
    "Ends with status 0 after SIGTERM or Ctrl-C, 1 for a wrong command line, 2 for a wrong setting or\n"
    "script, 3 when the worker or a connector of the command line can't be started.\n";

static void log_line(void *context, int severity, const char *line, size_t len)
{
    (void)context, (void)severity;
    flockfile(stderr);
    fwrite_unlocked(line, 1, len, stderr);
    putc_unlocked('\n', stderr);
    fflush_unlocked(stderr);
    funlockfile(stderr);
}

/* A line of a trace without the Java class that Kafka Connect would name: "x.y.ZException: text" is "text". */
static const char *without_class(const char *line)
{
    size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.$_");
    bool is_class = memchr(line, '.', name) && line[name] == ':' && line[name + 1] == ' ';
    return is_class ? line + name + 2 : line;
}

/* The failure and its causes for a person at a terminal. */
static int fail(const char *what, lc_failure *failure, int status)
{
    static const char caused[] = "Caused by: ";
    const char *at = lc_failure_trace(failure), *first = without_class(at);
    bool named = !strncmp(first, what, strlen(what));
    fprintf(stderr, "luaconnect: %s%s", named ? "" : what, named ? "" : ": ");
    for (bool is_first = true; *at; is_first = false) {
        int len = (int)strcspn(at, "\n");
        bool is_cause = !strncmp(at, caused, sizeof caused - 1);
        const char *text = is_first ? first : is_cause ? without_class(at + sizeof caused - 1) : at;
        if (len) fprintf(stderr, "%s%.*s\n", is_cause ? "  because: " : "", len - (int)(text - at), text);
        at += len + (at[len] == '\n');
    }
    lc_failure_free(failure);
    return status;
}

/* Returns what made the worker fail meanwhile, or NULL after a signal. */
static lc_failure *wait_for_signal(const lc_worker *worker, const sigset_t *signals)
{
    static const struct timespec echo = {.tv_nsec = 50 * 1000 * 1000}, look = {.tv_nsec = 500 * 1000 * 1000};
    while (sigtimedwait(signals, NULL, &look) < 0) {
        lc_failure *failure = lc_worker_failed(worker);
        if (failure) return failure;
    }
    /* timeout(1) and some supervisors signal a process and then its group: that is one wish, not two. */
    while (sigtimedwait(signals, NULL, &echo) > 0) continue;
    /* A second signal ends the process at once. */
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
    return NULL;
}

static int create_connectors(lc_worker *worker, int count, char **paths)
{
    for (int i = 0; i < count; i++) {
        lc_failure *failure = lc_connector_put_file(worker, paths[i], CONNECTOR_TIMEOUT_MS, NULL);
        if (!failure) continue;
        return fail(paths[i], failure, EXIT_START);
    }
    return 0;
}

static int run_worker(bool distributed, const char *path, int count, char **connectors)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread exists: all inherit it */
    signal(SIGPIPE, SIG_IGN);
    lc_settings *settings = lc_settings_new();
    lc_failure *failure = lc_settings_read(settings, path);
    if (failure) return lc_settings_free(settings), fail(path, failure, EXIT_CONFIG);
    lc_worker_options options = {.size = sizeof options, .log = log_line, .distributed = distributed};
    lc_worker *worker = NULL;
    failure = lc_worker_new(settings, &options, &worker);
    lc_settings_free(settings);
    if (failure) return fail(path, failure, EXIT_CONFIG);
    failure = lc_worker_start(worker);
    int status = failure ? fail("the worker can't start", failure, EXIT_START)
                         : create_connectors(worker, count, connectors);
    if (!status) failure = wait_for_signal(worker, &signals);
    if (!status && failure) status = fail("the worker can't go on", failure, EXIT_START);
    lc_worker_free(worker);
    return status;
}

static char *read_text(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    struct stat about;
    if (!file || fstat(fileno(file), &about)) {
        if (file) fclose(file);
        return NULL;
    }
    char *text = malloc((size_t)about.st_size + 1);
    *ret_len = text ? fread(text, 1, (size_t)about.st_size, file) : 0;
    fclose(file);
    return text;
}

static int check(int count, char **paths)
{
    int status = 0;
    for (int i = 0; i < count; i++) {
        size_t len = 0;
        char *text = read_text(paths[i], &len), *json = NULL;
        if (!text) {
            fprintf(stderr, "luaconnect: %s: %s\n", paths[i], strerror(errno));
            status = EXIT_CONFIG;
            continue;
        }
        lc_failure *failure = lc_script_check(paths[i], text, len, &json);
        free(text);
        if (failure) status = EXIT_CONFIG, fprintf(stderr, "%s\n", lc_failure_message(failure));
        else printf("%s: ok %s\n", paths[i], json);
        lc_failure_free(failure);
        lc_text_free(json);
    }
    return status;
}

static int usage_error(const char *problem, const char *what)
{
    fprintf(stderr, "luaconnect: %s%s\nTry: luaconnect --help\n", problem, what);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    if (!strcmp(command, "--help") || !strcmp(command, "-h") || !strcmp(command, "help"))
        return fputs(usage, stdout) < 0;
    if (!strcmp(command, "--version")) return printf("luaconnect %s\n", lc_version_text()) < 0;
    bool distributed = !strcmp(command, "distributed");
    if (distributed || !strcmp(command, "standalone")) {
        if (argc < 3) return usage_error(command, " needs a worker.properties file");
        if (distributed && argc > 3)
            return usage_error("distributed workers take connectors over REST, not from files: ", argv[3]);
        return run_worker(distributed, argv[2], argc - 3, argv + 3);
    }
    if (!strcmp(command, "check")) {
        if (argc < 3) return usage_error("check needs at least one script", "");
        return check(argc - 2, argv + 2);
    }
    return usage_error(command[0] ? "unknown command: " : "a command is missing", command);
}
