/* ns per record of chains of transforms, memory and time per state. One JSON line per case:
 *   lc_bench_script [rounds]
 * LC_JIT_TRACE=file (development builds) writes file.none--1, LuaJIT's trace report. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "script/chain.h"

enum { BATCH = 500, MOST_STEPS = 6 };

typedef struct bench_case {
    const char *name;
    int steps;
    bool with_schema;
    const char *text; /* of the transform, used for every step */
} bench_case;

#define TRANSFORM(body)                                                                   \
    "local lc = require 'lc'\nreturn lc.transform { apply = function(record, cfg)\n" body \
    "\nreturn record end }"

static const char RESHAPE[] = "local lc = require 'lc'\n"
                              "local reshape = lc.reshaper(function(from, cfg, to)\n"
                              "  to:like(from.schema)\n"
                              "  for _, field in ipairs(from.fields) do\n"
                              "    if field.name ~= 'email' then to:take(field, field.name) end\n"
                              "  end\n"
                              "  to:constant('origin', 'shop', lc.string)\n"
                              "end)\n"
                              "return lc.transform { apply = function(record)\n"
                              "  record.value = reshape(record.value)\n"
                              "  return record end }";

static const bench_case CASES[] = {
    {"empty step", 1, false, TRANSFORM("")},
    {"6 empty steps", 6, false, TRANSFORM("")},
    {"6 field operations", 1, false,
     TRANSFORM("local v = record.value\n"
               "v.amount = v.amount * 1.0001\n"
               "if v.region == 'eu-00009' then return nil end\n"
               "v.tax = v.price + 1\n"
               "v.email = '***'")},
    {"mask", 1, false, TRANSFORM("local v = record.value\nif lc.has(v, 'email') then v.email = '***' end")},
    {"mask, struct", 1, true,
     TRANSFORM("local v = record.value\nif lc.has(v, 'email') then v.email = '***' end")},
    {"cast", 1, false, TRANSFORM("lc.cast(record.value, 'qty', 'int32')")},
    {"read 6 strings and numbers", 1, false,
     TRANSFORM("local v = record.value\nlocal n = #v.region + #v.name + #v.email + v.id + v.qty + "
               "v.price\nif n < 0 then return nil end")},
    {"header", 1, false,
     TRANSFORM("lc.assign(record.headers:add('region'), 'value', record.value, 'region')")},
    {"topic", 1, false, TRANSFORM("record.topic = record.topic .. '-x'")},
    {"reshape", 1, false, RESHAPE},
    {"reshape, struct", 1, true, RESHAPE},
    {"6 masks", 6, false,
     TRANSFORM("local v = record.value\nif lc.has(v, 'email') then v.email = '***' end")},
};

static const char *const NAMES[] = {"id",  "ts",     "qty",  "cents", "price",  "amount",
                                    "tax", "region", "name", "email", "status", "active"};
static const lc_type TYPES[] = {LC_TYPE_INT64,   LC_TYPE_INT64,   LC_TYPE_INT64,   LC_TYPE_INT64,
                                LC_TYPE_FLOAT64, LC_TYPE_FLOAT64, LC_TYPE_FLOAT64, LC_TYPE_STRING,
                                LC_TYPE_STRING,  LC_TYPE_STRING,  LC_TYPE_STRING,  LC_TYPE_BOOLEAN};
enum { FIELDS = sizeof NAMES / sizeof NAMES[0] };

static const lc_schema *order_schema(lc_types *types)
{
    lc_text names[FIELDS];
    const lc_schema *schemas[FIELDS], *made = NULL;
    for (int i = 0; i < FIELDS; i++) {
        names[i] = lc_text_of(NAMES[i]);
        schemas[i] = lc_schema_primitive(types, TYPES[i], false);
    }
    lc_schema_spec spec = {
        .type = LC_TYPE_STRUCT, .field_names = names, .field_schemas = schemas, .field_count = FIELDS};
    lc_error_free(lc_schema_intern(types, &spec, &made));
    return made;
}

static lc_value sample(lc_arena *arena, int field, int at)
{
    if (TYPES[field] == LC_TYPE_INT64) return lc_value_int(LC_INT64, at * 13 + field);
    if (TYPES[field] == LC_TYPE_FLOAT64) return lc_value_double(at * 1.5 + field);
    if (TYPES[field] == LC_TYPE_BOOLEAN) return lc_value_bool(true);
    const char *text = lc_arena_printf(arena, "%s-%05d", field == 7 ? "eu" : "val", field == 7 ? at % 5 : at);
    return lc_value_text(lc_text_of(text));
}

static void fill(lc_batch *batch, const lc_schema *schema, bool with_schema)
{
    lc_batch_reset(batch);
    for (int i = 0; i < BATCH; i++) {
        lc_record *record = lc_batch_add(batch);
        record->topic = "orders";
        record->topic_len = 6;
        record->value_schema = with_schema ? schema : NULL;
        record->value = with_schema ? lc_struct_new(&batch->arena, schema)
                                    : lc_object_new(&batch->arena, schema->shape, 2);
        for (int f = 0; f < FIELDS; f++) record->value.u.object->slots[f] = sample(&batch->arena, f, i);
    }
    batch->origins = batch->count;
}

static lc_error *measure(const bench_case *c, int rounds)
{
    lc_types *types = lc_types_new();
    lc_state *state = NULL;
    lc_script *script = NULL;
    lc_chain *chain = NULL;
    lc_batch batch;
    lc_chain_step steps[MOST_STEPS];
    lc_state_options options = {.types = types, .task = -1, .jit_off = getenv("LC_BENCH_JIT_OFF") != NULL};
    LC_TRY(lc_state_new(&options, &state));
    LC_TRY(lc_script_new("bench", "bench.lua", lc_text_of(c->text), true, &script));
    for (int i = 0; i < c->steps; i++) steps[i] = (lc_chain_step){.alias = "b", .transform = script};
    LC_TRY(lc_chain_new(state, steps, (size_t)c->steps, &chain));
    lc_batch_init(&batch, types);
    const lc_schema *schema = order_schema(types);
    int64_t best = INT64_MAX;
    for (int round = 0; round < rounds; round++) {
        fill(&batch, schema, c->with_schema);
        int64_t from = lc_monotonic_ns();
        LC_TRY(lc_chain_apply(chain, &batch));
        int64_t took = lc_monotonic_ns() - from;
        if (took < best) best = took;
    }
    if (batch.records[0].error) LC_TRY(lc_error_copy(batch.records[0].error));
    printf("{\"case\":\"%s\",\"ns_per_record\":%.1f,\"state_bytes\":%zu}\n", c->name, (double)best / BATCH,
           lc_state_memory(state));
    fflush(stdout);
    lc_batch_done(&batch);
    lc_chain_free(chain);
    lc_state_free(state);
    lc_types_free(types);
    lc_script_unref(script);
    return NULL;
}

static lc_error *measure_states(void)
{
    enum { STATES = 50 };
    int64_t from = lc_monotonic_ns();
    size_t bytes = 0;
    for (int i = 0; i < STATES; i++) {
        lc_types *types = lc_types_new();
        lc_state *state = NULL;
        lc_state_options options = {.types = types, .task = -1};
        LC_TRY(lc_state_new(&options, &state));
        bytes = lc_state_memory(state);
        lc_state_free(state);
        lc_types_free(types);
    }
    printf("{\"case\":\"state\",\"us\":%.1f,\"bytes\":%zu}\n",
           (double)(lc_monotonic_ns() - from) / STATES / 1000, bytes);
    return NULL;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 2000;
    const char *only = argc > 2 ? argv[2] : NULL;
    lc_error *error = measure_states();
    for (size_t i = 0; !error && i < sizeof CASES / sizeof CASES[0]; i++) {
        if (!only || strstr(CASES[i].name, only)) error = measure(&CASES[i], rounds);
    }
    if (!error) return 0;
    char *text = lc_error_to_text(error);
    fprintf(stderr, "%s", text);
    free(text);
    lc_error_free(error);
    return 1;
}
