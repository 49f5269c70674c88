/* Hostile scripts, made by a grammar of the input (grammar.h), each run as a transform, source or sink over
 * several batches in a state with small limits. The first byte is the kind and how LuaJIT runs.
 *
 * What counts as found: a crash, a sanitizer's report, a call far beyond its limit, a record that can't be
 * read, an address in a text, or that another script of the same state doesn't work any more. LC_FUZZ_SHOW=1
 * prints scripts. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "grammar.h"
#include "script/chain.h"
#include "script/connector_script.h"

enum { LIMIT_MS = 25, MEMORY = 6 << 20, ROUNDS = 3, RECORDS = 4, SLACK_MS = 4000 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* The neighbour: what a script of another author would find broken. */
static const char WITNESS[] = "local lc = require 'lc'\n"
                              "return lc.transform { apply = function(record)\n"
                              "  assert(('%s-%d'):format('x', 5) == 'x-5' and ('abc'):upper() == 'ABC' and "
                              "('a.b'):gsub('%.', '+') == 'a+b', 'string')\n"
                              "  assert(table.concat({ 1, 2 }, ',') == '1,2' and math.floor(1.5) == 1 and "
                              "bit.band(6, 3) == 2, 'libraries')\n"
                              "  assert(select('#', 1, nil) == 2 and type(print) == 'function' and "
                              "rawequal(_G.lc, nil) and tostring(1) == '1', 'globals')\n"
                              "  assert(lc.json.encode({ 1 }) == '[1]' and getmetatable('') == false and "
                              "shared == nil and os == nil and io == nil, 'lc')\n"
                              "  return record\n"
                              "end }\n";

typedef struct run {
    lc_types *types;
    lc_state *state;
    lc_script *script, *witness;
    lc_chain *chain;
    lc_connector_script *connector;
    lc_props *settings;
    lc_grants grants;
    lc_batch batch;
    lc_buf text;
} run;

static int64_t cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void found(const run *r, const char *what)
{
    fprintf(stderr, "found: %s\n%.*s\n", what, (int)r->text.len, r->text.data);
    abort();
}

/* Errors are what most scripts end with. */
static bool passed(run *r, lc_error *error, int64_t began, int calls)
{
    if (cpu_ms() - began > (int64_t)calls * LIMIT_MS + SLACK_MS) found(r, "far beyond its limit");
    if (error && lc_error_message(error) && strstr(lc_error_message(error), "0x5"))
        found(r, "an address in a message");
    if (error && getenv("LC_FUZZ_SHOW")) fprintf(stderr, "-- %s\n", lc_error_message(error));
    bool ok = !error;
    lc_error_free(error);
    return ok;
}

static lc_value text_value(const char *text)
{
    return lc_value_text(lc_text_of(text));
}

static void put(run *r, lc_value *map, const char *name, lc_value value)
{
    if (map->kind == LC_NULL) *map = lc_object_new(&r->batch.arena, lc_shape_empty(r->types), 8);
    *lc_map_set(r->types, &r->batch.arena, map, lc_text_of(name)) = value;
}

static lc_value some_list(run *r)
{
    lc_value list = lc_list_new(&r->batch.arena, 3);
    for (int i = 0; i < 3; i++) *lc_list_add(&r->batch.arena, list.u.list) = lc_value_int(LC_INT64, i);
    return list;
}

static void add_record(run *r, int number)
{
    lc_record *record = lc_batch_add(&r->batch);
    record->topic = "t";
    record->topic_len = 1;
    record->side = LC_RECORD_SINK;
    record->has_offset = record->has_partition = 1;
    record->offset = number;
    record->key = text_value("key");
    lc_value map = lc_value_null();
    put(r, &map, "b", lc_value_int(LC_INT32, -1));
    put(r, &record->value, "x", number % 2 ? lc_value_int(LC_INT64, INT64_MIN) : text_value("text"));
    put(r, &record->value, "list", some_list(r));
    put(r, &record->value, "map", map);
    put(r, &record->value, "f", lc_value_double(-0.5));
    put(r, &record->value, "none", lc_value_null());
}

static void fill(run *r)
{
    lc_batch_reset(&r->batch);
    for (int i = 0; i < RECORDS; i++) add_record(r, i);
}

/* Reads all that the script left behind: a bad pointer shows here. */
static void read_back(run *r)
{
    lc_buf text = {0};
    for (uint32_t i = 0; i < r->batch.count; i++) {
        const lc_record *record = &r->batch.records[i];
        if (record->state != LC_LIVE) continue;
        if (record->topic_len == 7 && !memcmp(record->topic, "ESCAPED", 7)) found(r, "an address in a text");
        lc_buf_reset(&text);
        lc_value_to_text(&text, &record->key);
        lc_value_to_text(&text, &record->value);
        lc_value_to_text(&text, &record->source_offset);
        for (uint32_t h = 0; h < record->header_count; h++)
            lc_value_to_text(&text, &record->headers[h].value);
    }
    lc_buf_done(&text);
}

static void run_witness(run *r)
{
    lc_chain *chain = NULL;
    lc_chain_step step = {.alias = "witness", .transform = r->witness};
    lc_error *error = lc_chain_new(r->state, &step, 1, &chain);
    fill(r);
    if (!error) error = lc_chain_apply(chain, &r->batch);
    const lc_error *failed = error ? error : r->batch.records[0].error;
    if (failed && lc_error_code(failed) != LC_E_LIMIT) found(r, lc_error_message(failed));
    lc_error_free(error);
    lc_chain_free(chain);
}

static void run_transform(run *r)
{
    lc_chain_step step = {.alias = "fuzz", .transform = r->script};
    int64_t began = cpu_ms();
    if (!passed(r, lc_chain_new(r->state, &step, 1, &r->chain), began, 1)) return;
    for (int round = 0; round < ROUNDS; round++) {
        fill(r);
        began = cpu_ms();
        if (passed(r, lc_chain_apply(r->chain, &r->batch), began, RECORDS)) read_back(r);
        for (uint32_t i = 0; round == 0 && i < r->batch.count; i++) {
            if (r->batch.records[i].state != LC_FAILED) continue;
            began = cpu_ms();
            if (!passed(r, lc_chain_retry(r->chain, &r->batch, i), began, 1)) break;
        }
    }
}

static lc_error *no_offset(void *context, lc_arena *arena, const lc_value *partition, lc_value *ret_offset)
{
    (void)context, (void)arena, (void)partition;
    *ret_offset = lc_value_null();
    return NULL;
}

static bool never(void *context)
{
    (void)context;
    return false;
}

static lc_error *call_connector(run *r, bool is_source)
{
    lc_poll_result result;
    if (!is_source) fill(r);
    else lc_batch_reset(&r->batch);
    return is_source ? lc_connector_script_poll(r->connector, &r->batch, 8, &result)
                     : lc_connector_script_put(r->connector, &r->batch);
}

static void run_connector(run *r, bool is_source)
{
    lc_connector_options options = {.script = r->script,
                                    .settings = r->settings,
                                    .grants = &r->grants,
                                    .connector = "c",
                                    .services = {.context = r, .offset = no_offset, .stopping = never}};
    int64_t began = cpu_ms();
    if (!passed(r, lc_connector_script_new(r->state, &options, &r->connector), began, 5)) return;
    if (!passed(r, lc_connector_script_start(r->connector), began, 10)) return;
    for (int round = 0; round < ROUNDS; round++) {
        began = cpu_ms();
        if (passed(r, call_connector(r, is_source), began, 1)) read_back(r);
        began = cpu_ms();
        (void)passed(
            r, is_source ? lc_connector_script_commit(r->connector) : lc_connector_script_flush(r->connector),
            began, 5);
    }
    began = cpu_ms();
    (void)passed(r, lc_connector_script_stop(r->connector), began, 5);
}

static bool prepare(run *r, const char *text, int mode)
{
    lc_script_limits limits = {MEMORY, LIMIT_MS};
    lc_state_options options = {.types = r->types,
                                .jit_off = mode == 0,
                                .hotloop = mode == 1 ? 2 : 0,
                                .task = -1,
                                .timeout_ms = LIMIT_MS,
                                .memory_limit = MEMORY,
                                .same_time = true};
    int64_t began = cpu_ms();
    if (!passed(r, lc_script_new_within("fuzz", "fuzz.lua", lc_text_of(text), false, limits, &r->script),
                began, 10))
        return false;
    lc_error *error = lc_script_new("witness", "witness.lua", lc_text_of(WITNESS), false, &r->witness);
    if (!error) error = lc_state_new(&options, &r->state);
    if (error) found(r, lc_error_message(error));
    return true;
}

static void finish(run *r)
{
    lc_chain_free(r->chain);
    lc_connector_script_free(r->connector);
    lc_batch_done(&r->batch);
    lc_state_free(r->state);
    lc_script_unref(r->script);
    lc_script_unref(r->witness);
    lc_props_free(r->settings);
    lc_types_free(r->types);
    lc_buf_done(&r->text);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size < 2) return 0;
    run r = {.types = lc_types_new(), .settings = lc_props_new()};
    grammar_kind kind = (grammar_kind)(data[0] % GRAMMAR_KINDS);
    grammar_write(kind, data + 1, size - 1, &r.text);
    lc_buf_put(&r.text, '\0');
    if (getenv("LC_FUZZ_SHOW")) fprintf(stderr, "%s", r.text.data);
    lc_batch_init(&r.batch, r.types);
    if (prepare(&r, r.text.data, data[0] / GRAMMAR_KINDS % 3)) {
        if (kind == GRAMMAR_TRANSFORM) run_transform(&r);
        else run_connector(&r, kind == GRAMMAR_SOURCE);
        run_witness(&r);
    }
    finish(&r);
    return 0;
}
