/* luaconnect repl: a prompt in the sandbox of a script, with a record to try things on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli.h"
#include "api/cli_diff.h"
#include "api/cli_lines.h"
#include "api/cli_trial.h"
#include "api/connector_file.h"
#include "base/clock.h"
#include "base/thread.h"
#include "runtime/probe_text.h"
#include "script/console.h"

enum { EXIT_FAILED = 3 };

static const char SAMPLE[] =
    "{\"topic\":\"orders\",\"partition\":0,\"offset\":7,\"timestamp\":1700000000000,\"key\":\"o-7\",\"value\":{\"id\":7,"
    "\"customer\":\"Ada\",\"card\":\"4111111111111111\",\"price\":19.9,\"address\":{\"city\":\"Rome\",\"zip\":null},"
    "\"items\":[{\"sku\":\"A1\",\"count\":2},{\"sku\":\"B7\",\"count\":1}]},\"headers\":{\"origin\":\"shop\"}}";

static const char HELP[] =
    "  an expression is shown with its types; a statement runs; what changes in `record` is shown after it\n"
    "  lc         the SDK; `require` takes modules beside the script\n"
    "  record     the record to try things on\n"
    "  apply(r)   what the script, or the transforms of --config, make of a record (test(r) of a predicate)\n"
    "  plugin, cfg  what the script returned, and its settings\n"
    "  :record    shows the record; :record 3 takes the third one of the file of --record\n"
    "  :reset     gives up an unfinished statement, and takes the record as it was\n"
    "  :quit      ends, as the end of input does\n"
    "  Globals stay from line to line; local variables end with the text that they are in.\n";

typedef struct session {
    const char *script, *config, *records;
    lc_log_t *log;
    lc_props *settings;
    lc_trial trial;
    lc_console *console;
    lc_lines lines;
    lc_converter *exact; /* of a file that `luaconnect record` wrote */
    lc_batch batch;
    int64_t number;  /* of the record in its file, from 1 */
    lc_buf text;     /* lines of a statement that isn't whole */
    bool is_terminal;
    bool told_locals;
    bool ended;
    int status;
} session;

static void print(void *context, const char *text, size_t len)
{
    (void)context;
    fwrite(text, 1, len, stdout);
}

/* Takes the error; true when there was none. */
static bool went_well(session *s, lc_error *error)
{
    if (!error) return true;
    fflush(stdout);
    lc_trial_report(&s->trial, s->script, error, NULL, 0);
    lc_error_free(error);
    if (!s->is_terminal) s->status = EXIT_FAILED;
    return false;
}

/* The record */

static lc_error *read_head(session *s, lc_text line, bool *ret_is_head)
{
    *ret_is_head = lc_line_is_head(line);
    if (!*ret_is_head || s->exact) return NULL;
    LC_TRY(lc_probe_converter_open(s->trial.types, true, &s->exact));
    s->lines.exact = s->exact;
    return NULL;
}

static lc_error *find_record(session *s, FILE *file, int64_t wanted)
{
    static const char blank[] = " \t\r\n";
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    int64_t number = 0;
    lc_error *error = NULL;
    while (!error && number < wanted && (len = getline(&line, &cap, file)) >= 0) {
        bool is_head = false;
        if (strspn(line, blank) >= (size_t)len) continue;
        if (!number) error = read_head(s, (lc_text){line, (size_t)len}, &is_head);
        if (error || is_head || ++number < wanted) continue;
        error = lc_line_read(&s->lines, &s->batch, (lc_text){line, (size_t)len}, number);
    }
    free(line);
    if (error || number == wanted) return error;
    return lc_fail(LC_E_BAD_REQUEST, "%s has %lld records", s->records, (long long)number);
}

static lc_error *read_record(session *s, int64_t wanted)
{
    lc_batch_reset(&s->batch);
    if (!s->records) return lc_line_read(&s->lines, &s->batch, lc_text_of(SAMPLE), 1);
    FILE *file = fopen(s->records, "re");
    if (!file) return lc_fail(LC_E_BAD_REQUEST, "%s: %s", s->records, strerror(errno));
    lc_error *error = find_record(s, file, wanted);
    fclose(file);
    return error;
}

/* The record of that number, or where there is none the one that was there. */
static void take_record(session *s, int64_t number)
{
    bool taken = went_well(s, read_record(s, number));
    if (taken) s->number = number;
    else if (s->number) lc_error_free(read_record(s, s->number));
    lc_console_bind(s->console, &s->batch);
}

static void show_record(session *s)
{
    lc_auto(lc_buf) text = {0};
    lc_line_write(&s->lines, &s->batch, &s->batch.records[0], &text);
    lc_buf_put(&text, '\n');
    fwrite(text.data, 1, text.len, stdout);
}

/* The state */

static void close_state(session *s)
{
    lc_console_free(s->console);
    s->console = NULL;
    lc_batch_done(&s->batch);
    lc_converter_close(s->exact);
    s->exact = NULL;
    lc_trial_close(&s->trial);
}

/* Which step is the script's own. */
static const char *alias_of(const lc_trial *t)
{
    for (size_t i = 0; i < t->config->step_count; i++) {
        const lc_chain_step *step = &t->config->steps[i];
        if (step->transform == t->script) return step->alias;
        if (step->predicate == t->script) return step->predicate_alias;
    }
    return "";
}

static lc_error *open_console(session *s)
{
    const lc_trial *t = &s->trial;
    lc_console_options options = {.state = t->state,
                                  .chains = t->steps,
                                  .chain_count = t->config->step_count,
                                  .script = s->script ? t->script : NULL,
                                  .alias = alias_of(t),
                                  .write = print};
    return lc_console_new(&options, &s->console);
}

static lc_error *open_state(session *s, lc_trial_fault *ret_fault)
{
    LC_TRY(lc_trial_open(&s->trial, s->script, s->settings, s->log, NULL, ret_fault));
    lc_trial *t = &s->trial;
    s->lines = (lc_lines){t->key, t->value, t->header, true, lc_now_ms(), NULL};
    lc_batch_init(&s->batch, t->types);
    LC_TRY(open_console(s));
    *ret_fault = LC_FAULT_CONFIG;
    LC_TRY(read_record(s, s->number));
    lc_console_bind(s->console, &s->batch);
    return NULL;
}

static bool open_session(session *s)
{
    lc_trial_fault fault = LC_FAULT_CONFIG;
    lc_target_state state;
    lc_error *error = s->config ? lc_connector_file_read(s->config, &s->settings, &state) : NULL;
    if (!s->config) s->settings = lc_props_new();
    if (!error) error = open_state(s, &fault);
    if (!error) return true;
    (void)went_well(s, error);
    s->status = fault == LC_FAULT_CONFIG ? LC_EXIT_CONFIG : EXIT_FAILED;
    return false;
}

/* After a lack of memory parts of a state may be missing. */
static void renew_state(session *s)
{
    lc_trial_fault fault;
    int64_t number = s->number;
    close_state(s);
    fputs("  the sandbox was made anew: globals of the session are gone, the record is as it was\n", stderr);
    s->number = number;
    if (!went_well(s, open_state(s, &fault))) s->ended = true;
}

/* Lines */

static void show_change(session *s, const lc_json *before)
{
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_json) after = lc_line_snapshot(&s->lines, &s->batch, &s->batch.records[0]);
    lc_diff_write(&text, "  ", s->is_terminal && isatty(STDOUT_FILENO), before, after);
    fwrite(text.data ? text.data : "", 1, text.len, stdout);
}

/* Values that nest without end were taken out of the record; it goes on without them. */
static void revive_record(session *s)
{
    lc_record *record = &s->batch.records[0];
    lc_error *error = record->error;
    if (record->state != LC_FAILED) return;
    record->error = NULL;
    record->state = LC_LIVE;
    (void)went_well(s, error);
}

static void tell_locals(session *s)
{
    const char *at = s->text.data + strspn(s->text.data, " \t");
    if (s->told_locals || strncmp(at, "local", 5) != 0 || !strchr(" \t", at[5])) return;
    s->told_locals = true;
    puts("  (a local variable ends with its line: leave out `local` to keep it)");
}

static bool lacks_memory(const lc_error *error)
{
    while (lc_error_cause(error)) error = lc_error_cause(error);
    return lc_error_code(error) == LC_E_LIMIT && strstr(lc_error_message(error), "not enough memory");
}

static void finish_text(session *s, lc_error *error, const lc_json *before)
{
    bool anew = error && lacks_memory(error);
    if (went_well(s, error)) tell_locals(s);
    if (anew) renew_state(s);
    else {
        revive_record(s);
        show_change(s, before);
    }
    lc_buf_reset(&s->text);
}

/* What there is of a statement; without more to come it fails when it isn't whole. */
static void run_text(session *s, bool is_last)
{
    bool whole = false;
    lc_autoptr(lc_json) before = lc_line_snapshot(&s->lines, &s->batch, &s->batch.records[0]);
    s->trial.typed = (lc_text){s->text.data, s->text.len};
    lc_error *error = lc_console_run(s->console, s->trial.typed, &whole);
    if (!whole && is_last) error = lc_fail(LC_E_SCRIPT, "the input ends within a statement");
    if (whole || is_last) finish_text(s, error, before);
    s->trial.typed = (lc_text){0};
    fflush(stdout);
}

static void reset(session *s)
{
    lc_buf_reset(&s->text);
    take_record(s, s->number);
}

/* A line that starts with a colon; false when it is none of ours, as in a call of a method on a line of its own. */
static bool run_command(session *s, const char *line)
{
    char word[16] = "", rest[32] = "";
    if (line[0] != ':' || sscanf(line + 1, "%15s %31s", word, rest) < 1) return false;
    long long number = strtoll(rest, NULL, 10);
    if (!strcmp(word, "quit")) s->ended = true;
    else if (!strcmp(word, "help")) fputs(HELP, stdout);
    else if (!strcmp(word, "reset")) reset(s);
    else if (!strcmp(word, "record") && *rest && (number < 1 || (number > 1 && !s->records)))
        (void)went_well(s, lc_fail(LC_E_BAD_REQUEST, ":record takes the number of a record in the file of --record"));
    else if (!strcmp(word, "record")) {
        if (*rest) take_record(s, number);
        show_record(s);
    } else if (s->text.len) return false;
    else (void)went_well(s, lc_fail(LC_E_BAD_REQUEST, "there is no :%s; :help tells what there is", word));
    fflush(stdout);
    return true;
}

static void take_line(session *s, char *line)
{
    static const char blank[] = " \t\r";
    line[strcspn(line, "\n")] = '\0';
    if (run_command(s, line) || (!s->text.len && !line[strspn(line, blank)])) return;
    if (s->text.len) lc_buf_put(&s->text, '\n');
    lc_buf_text(&s->text, line);
    run_text(s, false);
}

static void prompt(const session *s)
{
    if (!s->is_terminal) return;
    fputs(s->text.len ? ">> " : "> ", stdout);
    fflush(stdout);
}

static void run_lines(session *s)
{
    char *line = NULL;
    size_t cap = 0;
    if (s->is_terminal) puts("luaconnect repl: lines of Lua in the sandbox of scripts; :help tells what there is");
    for (prompt(s); !s->ended && getline(&line, &cap, stdin) >= 0;) {
        take_line(s, line);
        if (!s->ended) prompt(s);
    }
    if (s->is_terminal && !s->ended) putchar('\n');
    if (!s->ended && s->text.len) run_text(s, true);
    free(line);
}

static void run(void *arg)
{
    session *s = arg;
    s->log = lc_log_new(LC_LOG_LOGFMT, lc_log_to_file, stderr);
    if (open_session(s)) run_lines(s);
    close_state(s);
    lc_props_free(s->settings);
    lc_buf_done(&s->text);
    lc_log_free(s->log);
    fflush(stdout);
}

int lc_cmd_repl(int argc, char **argv)
{
    session s = {.number = 1, .is_terminal = isatty(STDIN_FILENO)};
    lc_thread *thread = NULL;
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        bool takes = !strcmp(arg, "--config") || !strcmp(arg, "--record");
        if (takes && i + 1 == argc) return lc_cli_usage_error(arg, " needs a value");
        if (!strcmp(arg, "--config")) s.config = argv[++i];
        else if (!strcmp(arg, "--record")) s.records = argv[++i];
        else if (arg[0] == '-') return lc_cli_usage_error("repl has no option ", arg);
        else if (s.script) return lc_cli_usage_error("repl takes one script, not also ", arg);
        else s.script = arg;
    }
    lc_error *error = lc_thread_start("repl", LC_TRIAL_STACK, run, &s, &thread);
    if (error) {
        fprintf(stderr, "luaconnect: %s\n", lc_error_message(error));
        lc_error_free(error);
        return LC_EXIT_CONFIG;
    }
    (void)lc_thread_join(thread, -1);
    return s.status;
}
