/* Runs spec files: lua_specs FILE…
 *
 * A spec is a transform (see kit.lua) whose apply runs every case on a fresh record. Each file runs with the
 * JIT as it comes, with the JIT compiling almost at once, and without it; each time on several batches, so
 * that cases run cold and compiled. */
#include <stdio.h>
#include <stdlib.h>

#include "script/chain.h"

enum { RECORDS = 40, ROUNDS = 4 };

static const struct {
    const char *name;
    bool jit_off;
    int hotloop;
} MODES[] = {{"jit", false, 0}, {"hotloop=2", false, 2}, {"jit off", true, 0}};

static void show_line(void *context, lc_log_level level, const char *logger, const char *line, size_t len)
{
    (void)context, (void)level, (void)logger;
    fprintf(stderr, "%.*s\n", (int)len, line);
}

/* Values of every kind, for specs to look at. */
static void fill(lc_batch *batch, lc_types *types)
{
    lc_batch_reset(batch);
    for (int i = 0; i < RECORDS; i++) {
        lc_record *record = lc_batch_add(batch);
        record->side = LC_RECORD_SINK;
        record->topic = "topic";
        record->topic_len = 5;
        record->has_partition = record->has_offset = record->has_timestamp = 1;
        record->partition = 3;
        record->offset = 1000 + i;
        record->timestamp = 1700000000123;
        record->timestamp_type = LC_TIMESTAMP_CREATE;
        record->value = lc_object_new(&batch->arena, lc_shape_empty(types), 8);
    }
    batch->origins = batch->count;
}

static lc_error *check_records(const lc_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        if (batch->records[i].error) return lc_error_copy(batch->records[i].error);
    }
    return NULL;
}

static lc_error *run_rounds(lc_state *state, lc_script *script, lc_types *types)
{
    lc_autoptr(lc_chain) chain = NULL;
    lc_batch batch;
    lc_chain_step step = {.alias = "spec", .transform = script};
    LC_TRY(lc_chain_new(state, &step, 1, &chain));
    lc_batch_init(&batch, types);
    lc_error *error = NULL;
    for (int round = 0; round < ROUNDS && !error; round++) {
        fill(&batch, types);
        error = lc_chain_apply(chain, &batch);
        if (!error) error = check_records(&batch);
    }
    lc_batch_done(&batch);
    return error;
}

static lc_error *run_mode(lc_script *script, int mode, lc_log_t *log)
{
    lc_types *types = lc_types_new();
    lc_state *state = NULL;
    lc_state_options options = {.types = types,
                                .jit_off = MODES[mode].jit_off,
                                .hotloop = MODES[mode].hotloop,
                                .log = log,
                                .task = -1,
                                .timeout_ms = 60000};
    lc_error *error = lc_state_new(&options, &state);
    if (!error) error = run_rounds(state, script, types);
    lc_state_free(state);
    lc_types_free(types);
    return error;
}

static bool report(const char *path, const char *mode, lc_error *error)
{
    if (!error) return true;
    char *text = lc_error_to_text(error);
    fprintf(stderr, "%s (%s): %s", path, mode, text);
    free(text);
    lc_error_free(error);
    return false;
}

static bool run_file(const char *path, lc_log_t *log)
{
    lc_autoptr(lc_script) script = NULL;
    if (!report(path, "loading", lc_script_read_file(path, false, &script))) return false;
    bool ok = true;
    for (int mode = 0; mode < 3; mode++)
        ok = report(path, MODES[mode].name, run_mode(script, mode, log)) && ok;
    if (ok) printf("%s: ok\n", path);
    return ok;
}

int main(int argc, char **argv)
{
    lc_log_t *log = lc_log_new(LC_LOG_LOGFMT, show_line, NULL);
    bool ok = true;
    for (int i = 1; i < argc; i++) ok = run_file(argv[i], log) && ok;
    lc_log_free(log);
    return !ok;
}
