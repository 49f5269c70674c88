/* luaconnect standalone | distributed: one worker until a signal ends it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "api/cli.h"
#include "include/luaconnect.h"

enum { CONNECTOR_TIMEOUT_MS = 90000 };

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
        return lc_cli_fail(paths[i], failure, LC_EXIT_START);
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
    lc_failure *failure = path ? lc_settings_read(settings, path) : NULL;
    if (failure) return lc_settings_free(settings), lc_cli_fail(path, failure, LC_EXIT_CONFIG);
    if (!lc_cli_take_environment(settings) && !path)
        return lc_settings_free(settings), lc_cli_usage_error("", "a worker needs a worker.properties file, or "
                                                                  "CONNECT_ variables in its environment");
    lc_worker_options options = {.size = sizeof options, .log = lc_cli_log_line, .distributed = distributed};
    lc_worker *worker = NULL;
    failure = lc_worker_new(settings, &options, &worker);
    lc_settings_free(settings);
    if (failure) return lc_cli_fail(path ? path : "the environment", failure, LC_EXIT_CONFIG);
    failure = lc_worker_start(worker);
    int status = failure ? lc_cli_fail("the worker can't start", failure, LC_EXIT_START)
                         : create_connectors(worker, count, connectors);
    if (!status) failure = wait_for_signal(worker, &signals);
    if (!status && failure) status = lc_cli_fail("the worker can't go on", failure, LC_EXIT_START);
    lc_worker_free(worker);
    return status;
}

int lc_cmd_standalone(int argc, char **argv)
{
    bool has_file = argc > 0;
    return run_worker(false, argv[0], argc - has_file, argv + has_file);
}

int lc_cmd_distributed(int argc, char **argv)
{
    if (argc > 1)
        return lc_cli_usage_error("distributed workers take connectors over REST, not from files: ", argv[1]);
    return run_worker(true, argv[0], 0, NULL);
}
