#include "api/cli.h"
#include "include/luaconnect.h"

#include <stdio.h>
#include <string.h>

void lc_cli_log_line(void *context, int severity, const char *line, size_t len)
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

int lc_cli_fail(const char *what, lc_failure *failure, int status)
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

int lc_cli_usage_error(const char *problem, const char *what)
{
    fprintf(stderr, "luaconnect: %s%s\nTry: luaconnect --help\n", problem, what);
    return LC_EXIT_USAGE;
}
