/* How far scripts get beyond their time, on the clock of the process itself: transforms named on the command line, on two
 * records each, with the JIT on and off.
 *   lc_overrun LIMIT_MS FILE…
 * One line per script and mode, "ms-over mode file"; the last line has the largest. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "script/chain.h"

enum { RECORDS = 2, MEMORY = 16 << 20 };

static double worst;

static void add_records(lc_batch *batch, lc_types *types)
{
    for (int i = 0; i < RECORDS; i++) {
        lc_record *record = lc_batch_add(batch);
        record->topic = "t";
        record->topic_len = 1;
        record->side = LC_RECORD_SINK;
        record->value = lc_object_new(&batch->arena, lc_shape_empty(types), 8);
        *lc_map_set(types, &batch->arena, &record->value, LC_TEXT("a")) = lc_value_int(LC_INT64, i);
    }
    batch->origins = batch->count;
}

/* Each record may take its own time, and one that took too long ends the batch. */
static lc_error *run_chain(lc_state *state, lc_types *types, lc_script *script, const char *what, int64_t limit_ms)
{
    lc_chain_step step = {.alias = "t", .transform = script};
    lc_chain *chain = NULL;
    LC_TRY(lc_chain_new(state, &step, 1, &chain));
    lc_batch batch;
    lc_batch_init(&batch, types);
    add_records(&batch, types);
    int64_t began = lc_monotonic_ns();
    lc_error *error = lc_chain_apply(chain, &batch);
    double over = (double)(lc_monotonic_ns() - began) / 1e6 - (double)(limit_ms * RECORDS);
    printf("%.1f %s\n", over, what);
    if (over > worst) worst = over;
    lc_batch_done(&batch);
    lc_chain_free(chain);
    return error;
}

static lc_error *run(const char *path, int64_t limit_ms, bool jit_off)
{
    lc_script *script = NULL;
    lc_state *state = NULL;
    lc_types *types = lc_types_new();
    char what[600];
    snprintf(what, sizeof what, "%s %s", jit_off ? "off" : "on", path);
    lc_state_options options = {.types = types,
                                .task = -1,
                                .timeout_ms = limit_ms,
                                .same_time = true,
                                .memory_limit = MEMORY,
                                .jit_off = jit_off};
    lc_error *error = lc_script_read_file(path, false, &script);
    if (!error && lc_script_kind_of(script) != LC_SCRIPT_TRANSFORM) script = (lc_script_unref(script), NULL);
    if (script) error = lc_state_new(&options, &state);
    if (state) error = run_chain(state, types, script, what, limit_ms);
    lc_state_free(state);
    lc_script_unref(script);
    lc_types_free(types);
    return error;
}

int main(int argc, char **argv)
{
    int64_t limit_ms = argc > 1 ? strtoll(argv[1], NULL, 10) : 0;
    if (argc < 3 || limit_ms <= 0) return 1;
    for (int i = 2; i < argc; i++)
        for (int mode = 0; mode < 2; mode++) lc_error_free(run(argv[i], limit_ms, mode)); /* they all fail */
    printf("worst: %.1f ms\n", worst);
    return 0;
}
