/* luaconnect try: a script on records from a file or standard input, without a cluster. */
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
#include "base/memory.h"
#include "base/thread.h"
#include "runtime/probe_text.h"

enum { EXIT_SCRIPT = 3, EXIT_LIMIT = 4, SINK_BATCH = 500, POLL_ROOM = 100, MOST_IDLE_MS = 60000 };

typedef struct options {
    const char *script, *config, *input;
    bool whole;    /* --records */
    bool replay;   /* tells the speed in the end */
    bool diff;     /* what each step changed; on a terminal */
    bool waits;    /* --count was given: a source is waited for */
    int64_t count; /* records of a source */
} options;

typedef struct job {
    options options;
    lc_trial trial;
    lc_lines lines;
    lc_converter *exact; /* of input that `luaconnect record` wrote; NULL: other input */
    int64_t began_ns, chain_ns;
    lc_batch batch;
    FILE *input;
    int64_t number;    /* lines read, or records polled */
    int64_t first;     /* number of the batch's first record */
    lc_strings opened; /* partitions that the sink has */
    int status;
    bool ended; /* no further records */
} job;

static int fail_setup(const options *o, const lc_trial *t, lc_error *error, lc_trial_fault fault)
{
    int status = fault == LC_FAULT_CONFIG ? LC_EXIT_CONFIG
                 : lc_trial_is_limit(error) ? EXIT_LIMIT
                                            : EXIT_SCRIPT;
    lc_trial_report(t, o->script, error, NULL, 0);
    lc_error_free(error);
    return status;
}

/* The script failed: with errors.tolerance=all the next records come anyway, as in a task. */
static void failed(job *j, const lc_error *error, const lc_record *record)
{
    int64_t number = record ? j->first + record->origin : 0;
    int status = lc_trial_is_limit(error) ? EXIT_LIMIT : EXIT_SCRIPT;
    fflush(stdout);
    lc_trial_report(&j->trial, j->options.script, error, record, number);
    if (status > j->status) j->status = status;
    if (!record || !j->trial.config->tolerate_all) j->ended = true;
}

/* Takes the error; true when there was none. */
static bool went_well(job *j, lc_error *error)
{
    if (!error) return true;
    failed(j, error, NULL);
    j->ended = true;
    lc_error_free(error);
    return false;
}

/* Records that failed are told once, in order, and count no more. */
static void settle(job *j)
{
    for (uint32_t i = 0; i < j->batch.count; i++) {
        lc_record *record = &j->batch.records[i];
        if (record->state != LC_FAILED) continue;
        if (!j->ended) failed(j, record->error, record);
        record->state = LC_DROPPED;
    }
}

/* Showing */

static void show_header(const job *j, const lc_record *record)
{
    printf("record %lld: topic %.*s", (long long)(j->first + record->origin), (int)record->topic_len,
           record->topic ? record->topic : "");
    if (record->has_partition) printf(", partition %d", record->partition);
    if (record->has_offset) printf(", offset %lld", (long long)record->offset);
    putchar('\n');
}

static lc_json **snapshots(job *j, uint32_t *ret_count)
{
    lc_json **all = lc_alloc((j->batch.count + 1) * sizeof *all);
    *ret_count = j->batch.count;
    for (uint32_t i = 0; i < j->batch.count; i++)
        if (j->batch.records[i].state == LC_LIVE)
            all[i] = lc_line_snapshot(&j->lines, &j->batch, &j->batch.records[i]);
    return all;
}

static void show_change(job *j, const lc_json *before, const lc_record *record)
{
    lc_auto(lc_buf) text = {0};
    bool colour = isatty(STDOUT_FILENO);
    if (record->state == LC_DROPPED) {
        puts("    dropped");
        return;
    }
    if (record->state != LC_LIVE) return;
    lc_autoptr(lc_json) after = lc_line_snapshot(&j->lines, &j->batch, record);
    lc_diff_write(&text, "    ", colour, before, after);
    fputs(text.len ? text.data : "    unchanged\n", stdout);
}

/* What a step did to the records that were there; of one that became several, each is compared with it. */
static void show_step(job *j, size_t step, lc_json **before, uint32_t count)
{
    const lc_chain_step *at = &j->trial.config->steps[step];
    bool split = j->batch.count != count;
    for (uint32_t i = 0; i < j->batch.count; i++) {
        const lc_record *record = &j->batch.records[i];
        const lc_json *old = split ? before[record->origin < count ? record->origin : 0] : before[i];
        if (!old) continue;
        printf("  %zu %s%s%s\n", step + 1, lc_script_name(at->transform), split ? ", one of several" : "", "");
        show_change(j, old, record);
    }
}

static void print_record(job *j, const lc_record *record)
{
    lc_auto(lc_buf) text = {0};
    lc_line_write(&j->lines, &j->batch, record, &text);
    if (j->options.diff) fputs("  = ", stdout);
    lc_buf_put(&text, '\n');
    fwrite(text.data, 1, text.len, stdout);
}

/* Running */

static void run_step(job *j, size_t step)
{
    uint32_t count = 0;
    lc_json **before = j->options.diff ? snapshots(j, &count) : NULL;
    int64_t began = lc_monotonic_ns();
    bool ok = went_well(j, lc_chain_apply(j->trial.steps[step], &j->batch));
    j->chain_ns += lc_monotonic_ns() - began;
    if (ok && before) show_step(j, step, before, count);
    settle(j);
    for (uint32_t i = 0; before && i < count; i++) lc_json_free(before[i]);
    free(before);
}

static void print_live(job *j)
{
    for (uint32_t i = 0; i < j->batch.count; i++)
        if (j->batch.records[i].state == LC_LIVE) print_record(j, &j->batch.records[i]);
}

/* The records before one that failed came out already. */
static void print_converted(job *j)
{
    for (uint32_t i = 0; i < j->batch.count && !j->ended; i++) {
        lc_record *record = &j->batch.records[i];
        if (record->state == LC_LIVE) print_record(j, record);
        if (record->state == LC_FAILED) failed(j, record->error, record);
        if (record->state == LC_FAILED) record->state = LC_DROPPED;
    }
}

static void run_test(job *j)
{
    bool result = false;
    lc_error *error = lc_chain_test(j->trial.steps[0], 0, &j->batch, 0, &result);
    if (!error) {
        printf("%s%s\n", j->options.diff ? "  = " : "", result ? "true" : "false");
        return;
    }
    failed(j, error, &j->batch.records[0]);
    lc_error_free(error);
}

static bool is_lone_predicate(const job *j)
{
    return j->trial.kind == LC_SCRIPT_PREDICATE && j->trial.config->step_count == 1 &&
           j->trial.config->steps[0].predicate == j->trial.script &&
           lc_script_is_shipped(j->trial.config->steps[0].transform);
}

static void run_chain(job *j)
{
    if (j->options.diff && j->batch.count == 1) show_header(j, &j->batch.records[0]);
    if (is_lone_predicate(j)) {
        run_test(j);
        return;
    }
    for (size_t i = 0; i < j->trial.config->step_count && !j->ended; i++) run_step(j, i);
}

/* Partitions that the sink has not seen yet. */
static size_t new_partitions(job *j, lc_partition_name *names)
{
    size_t count = 0;
    for (uint32_t i = 0; i < j->batch.count; i++) {
        const lc_record *r = &j->batch.records[i];
        lc_auto(lc_buf) key = {0};
        lc_buf_printf(&key, "%.*s-%d", (int)r->original_topic_len, r->original_topic, r->original_partition);
        if (lc_strings_has(&j->opened, key.data)) continue;
        lc_strings_add(&j->opened, key.data);
        names[count++] = (lc_partition_name){
            {r->original_topic, r->original_topic_len}, r->original_partition, r->original_offset};
    }
    return count;
}

static void put(job *j)
{
    lc_partition_name *names = lc_alloc((j->batch.count + 1) * sizeof *names);
    size_t count = new_partitions(j, names);
    lc_error *error = count ? lc_connector_script_open(j->trial.connector, names, count) : NULL;
    free(names);
    if (!went_well(j, error)) return;
    run_chain(j);
    if (j->ended || !went_well(j, lc_connector_script_put(j->trial.connector, &j->batch))) return;
    settle(j);
    print_live(j);
}

/* A converter that can't read a record fails that record alone; what is no JSON is no record. */
static bool is_tolerated(const job *j, const lc_error *error)
{
    return j->trial.config->tolerate_all && lc_error_code(error) != LC_E_BAD_REQUEST;
}

/* The first line of a recording says how the others are written. */
static bool reads_head(job *j, const char *line, size_t len)
{
    if (j->number || j->exact || !lc_line_is_head((lc_text){line, len})) return false;
    (void)went_well(j, lc_probe_converter_open(j->trial.types, true, &j->exact));
    j->lines.exact = j->exact;
    j->lines.whole = true;
    return true;
}

/* Reads up to `most` lines; false at the end of the input. */
static bool read_batch(job *j, uint32_t most)
{
    static const char blank[] = " \t\r\n";
    char *line = NULL;
    size_t cap = 0;
    ssize_t len = 0;
    lc_batch_reset(&j->batch);
    j->first = j->number + 1;
    while (j->batch.count < most && (len = getline(&line, &cap, j->input)) >= 0) {
        if (strspn(line, blank) >= (size_t)len || reads_head(j, line, (size_t)len)) continue;
        lc_error *error = lc_line_read(&j->lines, &j->batch, (lc_text){line, (size_t)len}, ++j->number);
        if (!error) continue;
        fflush(stdout);
        fprintf(stderr, "luaconnect: %s, record %lld: %s\n", j->options.input ? j->options.input : "input",
                (long long)j->number, lc_error_message(error));
        if (!j->status) j->status = LC_EXIT_CONFIG;
        j->ended = !is_tolerated(j, error);
        lc_error_free(error);
        if (j->ended) break;
    }
    free(line);
    return !j->ended && j->batch.count > 0;
}

static void run_lines(job *j)
{
    bool is_sink = j->trial.kind == LC_SCRIPT_SINK;
    while (!j->ended && read_batch(j, is_sink ? SINK_BATCH : 1)) {
        if (is_sink) put(j);
        else {
            run_chain(j);
            if (!j->ended && !is_lone_predicate(j)) print_live(j);
        }
    }
}

/* Waits as the script asks; false when it has no more records. */
static bool wait_for_source(const job *j, const lc_poll_result *poll)
{
    if (poll->done || !j->options.waits) return false;
    int64_t ms = poll->idle_ms > MOST_IDLE_MS ? MOST_IDLE_MS : poll->idle_ms;
    usleep((useconds_t)(ms > 0 ? ms : 1) * 1000);
    return true;
}

static void poll_source(job *j)
{
    while (!j->ended && j->number < j->options.count) {
        lc_poll_result result;
        int64_t left = j->options.count - j->number;
        lc_batch_reset(&j->batch);
        j->first = j->number + 1;
        uint32_t room = left < POLL_ROOM ? (uint32_t)left : POLL_ROOM;
        if (!went_well(j, lc_connector_script_poll(j->trial.connector, &j->batch, room, &result))) return;
        j->batch.origins = j->batch.count;
        j->number += j->batch.count;
        bool empty = !j->batch.count;
        settle(j);
        if (!j->ended) run_chain(j);
        lc_lines_convert(&j->lines, &j->batch);
        print_converted(j);
        if ((empty || result.done) && !wait_for_source(j, &result)) return;
    }
}

static void run_connector(job *j)
{
    lc_connector_script *connector = j->trial.connector;
    if (!went_well(j, lc_connector_script_start(connector))) return;
    if (j->trial.kind == LC_SCRIPT_SOURCE) poll_source(j);
    else run_lines(j);
    if (!j->status && j->trial.kind == LC_SCRIPT_SINK) {
        lc_batch_reset(&j->batch); /* a sink is called without records too */
        (void)(went_well(j, lc_connector_script_put(connector, &j->batch)) &&
               went_well(j, lc_connector_script_flush(connector)));
    }
    if (!j->status && j->trial.kind == LC_SCRIPT_SOURCE) (void)went_well(j, lc_connector_script_commit(connector));
    if (j->status != EXIT_LIMIT) (void)went_well(j, lc_connector_script_stop(connector));
}

static void tell_speed(const job *j)
{
    double whole = (double)(lc_monotonic_ns() - j->began_ns) / 1e9, chain = (double)j->chain_ns / 1e9;
    fflush(stdout);
    fprintf(stderr, "%lld records in %.3f s; transforms took %.1f ms of it, %.2f µs a record\n", (long long)j->number,
            whole, chain * 1e3, j->number ? chain * 1e6 / (double)j->number : 0);
}

static void run_opened(job *j)
{
    lc_trial *t = &j->trial;
    j->lines = (lc_lines){t->key, t->value, t->header, j->options.whole, lc_now_ms(), NULL};
    j->began_ns = lc_monotonic_ns();
    lc_batch_init(&j->batch, t->types);
    if (t->connector) run_connector(j);
    else run_lines(j);
    if (j->options.replay) tell_speed(j);
    lc_batch_done(&j->batch);
    lc_strings_done(&j->opened);
    lc_converter_close(j->exact);
}

static lc_error *read_config(const options *o, lc_props **ret_settings)
{
    lc_target_state state;
    if (o->config) return lc_connector_file_read(o->config, ret_settings, &state);
    *ret_settings = lc_props_new();
    return NULL;
}

static void run(void *arg)
{
    job *j = arg;
    lc_autoptr(lc_props) settings = NULL;
    lc_trial_fault fault = LC_FAULT_CONFIG;
    lc_log_t *log = lc_log_new(LC_LOG_LOGFMT, lc_log_to_file, stderr);
    lc_error *error = read_config(&j->options, &settings);
    if (!error) error = lc_trial_open(&j->trial, j->options.script, settings, log, NULL, &fault);
    if (error) j->status = fail_setup(&j->options, &j->trial, error, fault);
    else run_opened(j);
    lc_trial_close(&j->trial);
    lc_log_free(log);
    fflush(stdout);
}

/* Arguments */

static bool take_count(const char *text, int64_t *ret_count)
{
    char *end;
    long long count = strtoll(text, &end, 10);
    *ret_count = count;
    return *text && !*end && count > 0;
}

/* The value of an option, or NULL; moves on to it. */
static const char *value_of(int argc, char **argv, int *at)
{
    return *at + 1 < argc ? argv[++*at] : NULL;
}

static int parse(int argc, char **argv, options *o)
{
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i], *value = NULL;
        bool takes = !strcmp(arg, "--config") || !strcmp(arg, "--input") || !strcmp(arg, "--count");
        if (takes && !(value = value_of(argc, argv, &i))) return lc_cli_usage_error(arg, " needs a value");
        if (!strcmp(arg, "--config")) o->config = value;
        else if (!strcmp(arg, "--input")) o->input = value;
        else if (!strcmp(arg, "--records")) o->whole = true;
        else if (!strcmp(arg, "--diff")) o->diff = true;
        else if (!strcmp(arg, "--no-diff")) o->diff = false;
        else if (!strcmp(arg, "--count")) {
            if (!take_count(value, &o->count)) return lc_cli_usage_error("--count takes a number, not ", value);
            o->waits = true;
        } else if (arg[0] == '-' && arg[1]) return lc_cli_usage_error("try has no option ", arg);
        else if (o->script) return lc_cli_usage_error("try takes one script, not also ", arg);
        else o->script = arg;
    }
    return o->script ? 0 : lc_cli_usage_error("try needs a script", "");
}

static int run_job(const options *o)
{
    job j = {.options = *o, .input = stdin};
    lc_thread *thread = NULL;
    if (j.options.input && strcmp(j.options.input, "-") != 0) j.input = fopen(j.options.input, "re");
    if (!j.input) {
        fprintf(stderr, "luaconnect: %s: %s\n", j.options.input, strerror(errno));
        return LC_EXIT_CONFIG;
    }
    lc_error *error = lc_thread_start("try", LC_TRIAL_STACK, run, &j, &thread);
    if (error) {
        fprintf(stderr, "luaconnect: %s\n", lc_error_message(error));
        lc_error_free(error);
        return LC_EXIT_CONFIG;
    }
    (void)lc_thread_join(thread, -1);
    if (j.input != stdin) fclose(j.input);
    return j.status;
}

int lc_cmd_try(int argc, char **argv)
{
    options o = {.count = 100, .diff = isatty(STDOUT_FILENO)};
    int wrong = parse(argc, argv, &o);
    return wrong ? wrong : run_job(&o);
}

/* replay FILE --script X.lua: `try` on what was recorded. */
int lc_cmd_replay(int argc, char **argv)
{
    options o = {.count = 100, .diff = isatty(STDOUT_FILENO), .whole = true, .replay = true};
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        bool takes = !strcmp(arg, "--script") || !strcmp(arg, "--config");
        const char *value = takes ? value_of(argc, argv, &i) : NULL;
        if (takes && !value) return lc_cli_usage_error(arg, " needs a value");
        if (!strcmp(arg, "--script")) o.script = value;
        else if (!strcmp(arg, "--config")) o.config = value;
        else if (!strcmp(arg, "--diff")) o.diff = true;
        else if (!strcmp(arg, "--no-diff")) o.diff = false;
        else if (arg[0] == '-' && arg[1]) return lc_cli_usage_error("replay has no option ", arg);
        else if (o.input) return lc_cli_usage_error("replay takes one file, not also ", arg);
        else o.input = arg;
    }
    if (!o.input || !o.script) return lc_cli_usage_error("replay needs a file and --script SCRIPT.lua", "");
    return run_job(&o);
}
