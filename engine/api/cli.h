/* The program's commands: one file cmd_<name>.c each, listed in the table of main.c.
 *
 * Signals, arguments and standard streams are touched in these files only; none of them is part of the library. */
#ifndef LC_API_CLI_H
#define LC_API_CLI_H

#include <stdbool.h>
#include <stddef.h>

struct lc_failure;
struct lc_settings;

/* Exit statuses of all commands; some have more (see their help). */
enum { LC_EXIT_USAGE = 1, LC_EXIT_CONFIG = 2, LC_EXIT_START = 3 };

/* A command gets what follows its name. Returns the exit status. */
typedef int lc_command_fn(int argc, char **argv);
lc_command_fn lc_cmd_standalone, lc_cmd_distributed, lc_cmd_check, lc_cmd_try, lc_cmd_new,
    lc_cmd_test, lc_cmd_passwd, lc_cmd_script, lc_cmd_seal, lc_cmd_get, lc_cmd_describe, lc_cmd_apply, lc_cmd_patch,
    lc_cmd_pause, lc_cmd_resume, lc_cmd_stop, lc_cmd_restart, lc_cmd_delete, lc_cmd_offsets,
    lc_cmd_validate, lc_cmd_plugins, lc_cmd_logs, lc_cmd_context, lc_cmd_completion, lc_cmd_tap, lc_cmd_dlq,
    lc_cmd_history, lc_cmd_top, lc_cmd_record, lc_cmd_replay, lc_cmd_repl, lc_cmd_profile;

/* A line from standard input without its end; a terminal is asked with `prompt` and doesn't show it. False at the
 * end of input. */
bool lc_cli_read_secret(const char *prompt, char *text, size_t size);
/* A file's new content in place of the old one, at once, for its owner's eyes only. False with errno set. */
bool lc_cli_replace_file(const char *path, const char *text, size_t len);
/* "luaconnect: <problem><what>" and where to find help. Returns LC_EXIT_USAGE. */
int lc_cli_usage_error(const char *problem, const char *what);
/* The failure and its causes for a person at a terminal. Frees it and returns `status`. */
int lc_cli_fail(const char *what, struct lc_failure *failure, int status);
/* Worker settings from variables CONNECT_FOO_BAR (foo.bar; `__` is an underscore, `___` a dash), as container
 * images of Kafka Connect take them. They replace settings of the same key. Returns how many there were. */
size_t lc_cli_take_environment(struct lc_settings *settings);
/* An lc_line_fn: whole lines to standard error. */
void lc_cli_log_line(void *context, int severity, const char *line, size_t len);

#endif
