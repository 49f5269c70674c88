/* ns per record of the shipped transforms, each alone and six in a row, on JSON orders of about 190 bytes,
 * with and without a schema. Reading the JSON isn't counted. lc_bench_chain [rounds] [part of a case's name]
 * LC_BENCH_JIT_OFF interprets; LC_JIT_TRACE=file (development builds) writes file.none--1, LuaJIT's trace
 * report. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "convert/converter.h"
#include "script/chain.h"

enum { BATCH = 500, MOST_STEPS = 12 };

typedef struct bench_step {
    const char *script;    /* its file's stem */
    const char *class_end; /* of its name: "$Value" */
    const char *settings;  /* "key=value;key=value" */
} bench_step;

#define FLATTEN                            \
    {                                      \
        "flatten", "$Value", "delimiter=_" \
    }
#define MASK(field)                                                \
    {                                                              \
        "mask_field", "$Value", "fields=" field ";replacement=***" \
    }
#define CAST                                              \
    {                                                     \
        "cast", "$Value", "spec=amount:float64,qty:int32" \
    }
#define REPLACE(renames)                                           \
    {                                                              \
        "replace_field", "$Value", "exclude=note;renames=" renames \
    }
#define TIME                                                                                               \
    {                                                                                                      \
        "timestamp_converter", "$Value", "field=ts;target.type=string;format=yyyy-MM-dd'T'HH:mm:ss.SSS'Z'" \
    }
#define TO_KEY                          \
    {                                   \
        "value_to_key", "", "fields=id" \
    }
#define KEY                                 \
    {                                       \
        "extract_field", "$Key", "field=id" \
    }
#define HEADER                                                   \
    {                                                            \
        "insert_header", "", "header=origin;value.literal=bench" \
    }
#define HEADER_FROM                                                      \
    {                                                                    \
        "header_from", "$Value", "fields=qty;headers=qty;operation=copy" \
    }
#define ROUTE                                                   \
    {                                                           \
        "regex_router", "", "regex=load(.*);replacement=out-$1" \
    }
#define INSERT_TOPIC                                             \
    {                                                            \
        "insert_header", "", "header=to;value.literal=elsewhere" \
    }
#define HOIST                                  \
    {                                          \
        "hoist_field", "$Value", "field=after" \
    }
#define ENVELOPE                                                          \
    {                                                                     \
        "set_schema_metadata", "$Value", "schema.name=db.orders.Envelope" \
    }
#define OPERATION                                                                        \
    {                                                                                    \
        "insert_field", "$Value", "timestamp.field=ts_ms;static.field=op;static.value=c" \
    }
#define UNWRAP                                                 \
    {                                                          \
        "extract_new_record_state", "", "add.headers=op,ts_ms" \
    }
#define OUTBOX                                                                                               \
    {                                                                                                        \
        "event_router", "",                                                                                  \
            "route.by.field=ssn;table.field.event.key=ssn;table.field.event.payload=note;table.field.event." \
            "id=id"                                                                                          \
    }
#define SIX FLATTEN, MASK("ssn"), CAST, REPLACE("user_name:customer"), TIME, INSERT
#define INSERT                                                                                 \
    {                                                                                          \
        "insert_field", "$Value", "offset.field=_offset;static.field=_src;static.value=orders" \
    }

static const struct {
    const char *name;
    bench_step steps[MOST_STEPS];
} CASES[] = {
    {"flatten", {FLATTEN}},
    {"mask_field", {MASK("ssn")}},
    {"cast", {CAST}},
    {"replace_field", {REPLACE("qty:quantity")}},
    {"timestamp_converter", {TIME}},
    {"insert_field", {INSERT}},
    {"six", {SIX}},
    {"twelve", {SIX, TO_KEY, KEY, HEADER, HEADER_FROM, MASK("user_email"), ROUTE}},
    {"mask_field, 3 times", {MASK("ssn"), MASK("note"), MASK("amount")}},
    {"mask_field, 3 fields", {MASK("ssn,note,amount")}},
    {"value_to_key", {TO_KEY}},
    {"value_to_key, extract_field", {TO_KEY, KEY}},
    {"extract_field", {{"extract_field", "$Value", "field=user.city;field.syntax.version=V2"}}},
    {"insert_header", {HEADER}},
    {"header_from", {HEADER_FROM}},
    {"hoist_field", {{"hoist_field", "$Value", "field=order"}}},
    {"regex_router", {ROUTE}},
    {"timestamp_router", {{"timestamp_router", "", ""}}},
    {"drop_headers", {{"drop_headers", "", "headers=a,b"}}},
    {"set_schema_metadata", {{"set_schema_metadata", "$Value", "schema.name=Order"}}},
    {"filter", {{"filter", "", ""}}},
    {"cast, nested", {{"cast", "$Value", "spec=user.city:string;field.syntax.version=V2"}}},
    {"mask_field, nested", {{"mask_field", "$Value", "fields=user.email;field.syntax.version=V2"}}},
    {"replace_field, nested", {{"replace_field", "$Value", "exclude=user.city;field.syntax.version=V2"}}},
    {"insert_field, nested", {{"insert_field", "$Value", "topic.field=user.topic;field.syntax.version=V2"}}},
    {"base64", {{"base64", "$Value", "fields=note"}}},
    {"hash", {{"hash", "$Value", "fields=ssn"}}},
    {"hash, with a key", {{"hash", "$Value", "fields=ssn;secret=0123456789abcdef"}}},
    {"hash, siphash", {{"hash", "$Value", "fields=ssn;algorithm=siphash;secret=0123456789abcdef"}}},
    {"to_json", {{"to_json", "$Value", "fields=user"}}},
    {"to_json, parse_json", {{"to_json", "$Value", "fields=user"}, {"parse_json", "$Value", "fields=user"}}},
    {"join_fields", {{"join_fields", "$Value", "fields=id,ssn;into=both;separator=-"}}},
    {"split_field", {{"split_field", "$Value", "field=amount;separator=.;into=whole,part"}}},
    {"split_field, explode",
     {{"split_field", "$Value", "field=amount;separator=."}, {"explode", "$Value", "field=amount"}}},
    {"regex_extract", {{"regex_extract", "$Value", "field=amount;pattern=([0-9]+)[.](.*);into=whole,part"}}},
    {"filter_expression", {{"filter_expression", "", "condition=value.qty > 3 and topic ~= 'x'"}}},
    {"timezone_converter", {{"timezone_converter", "$Value", "fields=ts;converted.timezone=Europe/Oslo"}}},
    {"drop", {{"drop", "$Value", ""}}},
    {"extract_topic", {{"extract_topic", "$Value", "field=ssn"}}},
    {"extract_topic_header", {INSERT_TOPIC, {"extract_topic_header", "", "field=to"}}},
    {"tombstone_handler", {{"tombstone_handler", "", ""}}},
    {"message_timestamp_router", {{"message_timestamp_router", "", "message.timestamp.keys=ts"}}},
    {"an envelope", {HOIST, ENVELOPE, OPERATION}},
    {"extract_new_record_state, of an envelope", {HOIST, ENVELOPE, OPERATION, UNWRAP}},
    {"event_router, of an envelope", {HOIST, ENVELOPE, OPERATION, OUTBOX}},
};

typedef struct bench {
    lc_types *types;
    lc_state *state;
    lc_chain *chain;
    lc_converter *converter;
    lc_script *scripts[MOST_STEPS];
    lc_props *settings[MOST_STEPS];
    char classes[MOST_STEPS][64];
    size_t count;
    char *json[BATCH];
} bench;

static const char SCHEMA[] = "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"field\":\"id\",\"type\":"
                             "\"int64\"},{\"field\":\"user\",\"type\":\"struct\","
                             "\"fields\":[{\"field\":\"name\",\"type\":\"string\"},{\"field\":\"email\","
                             "\"type\":\"string\"},{\"field\":\"city\","
                             "\"type\":\"string\",\"optional\":true}]},{\"field\":\"ssn\",\"type\":"
                             "\"string\"},{\"field\":\"amount\",\"type\":\"string\"},"
                             "{\"field\":\"qty\",\"type\":\"int64\"},{\"field\":\"ts\",\"type\":\"int64\"},{"
                             "\"field\":\"note\",\"type\":\"string\"}]},"
                             "\"payload\":";

static char *order(int at, bool with_schema)
{
    static const char *const cities[] = {"Berlin", "Paris", "Oslo",  "Lima",
                                         "Kyoto",  "Accra", "Quito", "Perth"};
    char text[1200];
    unsigned r = (unsigned)at * 2654435761u;
    snprintf(text, sizeof text,
             "%s{\"id\":%d,\"user\":{\"name\":\"user%06u\",\"email\":\"u%u@example.com\",\"city\":\"%s\"},"
             "\"ssn\":\"%09u\","
             "\"amount\":\"%u.%02u\",\"qty\":%u,\"ts\":%" PRId64 ",\"note\":\"%.*s\"}%s",
             with_schema ? SCHEMA : "", at, r % 1000000, r % 999983, cities[r % 8], r % 1000000000, r % 1000,
             r % 100, 1 + r % 19, INT64_C(1700000000000) + at * 37, (int)(10 + r % 30),
             "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", with_schema ? "}" : "");
    return strdup(text);
}

static lc_error *fill(bench *b, lc_batch *batch)
{
    lc_batch_reset(batch);
    for (int i = 0; i < BATCH; i++) {
        lc_record *record = lc_batch_add(batch);
        record->side = LC_RECORD_SINK;
        record->topic = "load-a";
        record->topic_len = 6;
        record->has_partition = record->has_offset = record->has_timestamp = 1;
        record->offset = 100000 + i;
        record->timestamp = INT64_C(1700000000000) + i;
        LC_TRY(lc_converter_read(b->converter, &batch->arena, LC_TEXT("load-a"), lc_text_of(b->json[i]),
                                 &record->value_schema, &record->value));
    }
    batch->origins = batch->count;
    return NULL;
}

static lc_props *settings_of(const char *text)
{
    lc_props *props = lc_props_new();
    lc_auto(lc_buf) copy = {0};
    lc_buf_text(&copy, text);
    for (char *at = copy.data, *rest; at && (at = strtok_r(at, ";", &rest)); at = NULL) {
        do {
            char *equals = strchr(at, '=');
            *equals = '\0';
            lc_props_set(props, at, equals + 1);
        } while ((at = strtok_r(NULL, ";", &rest)));
        break;
    }
    return props;
}

static lc_error *open_chain(bench *b, const bench_step *steps)
{
    lc_chain_step chain[MOST_STEPS] = {{0}};
    lc_state_options options = {.types = b->types, .task = -1, .jit_off = getenv("LC_BENCH_JIT_OFF") != NULL};
    LC_TRY(lc_state_new(&options, &b->state));
    for (; b->count < MOST_STEPS && steps[b->count].script; b->count++) {
        char path[500];
        const bench_step *step = &steps[b->count];
        snprintf(path, sizeof path, "%s/transforms/%s.lua", LC_SCRIPTS, step->script);
        snprintf(b->classes[b->count], sizeof b->classes[0], "bench%s", step->class_end);
        b->settings[b->count] = settings_of(step->settings);
        LC_TRY(lc_script_read_file(path, true, &b->scripts[b->count]));
        chain[b->count] = (lc_chain_step){.alias = step->script,
                                          .transform = b->scripts[b->count],
                                          .class_name = b->classes[b->count],
                                          .settings = b->settings[b->count]};
    }
    return lc_chain_new(b->state, chain, b->count, &b->chain);
}

static void close_bench(bench *b)
{
    lc_chain_free(b->chain);
    lc_state_free(b->state);
    for (size_t i = 0; i < b->count; i++) {
        lc_script_unref(b->scripts[i]);
        lc_props_free(b->settings[i]);
    }
    for (int i = 0; i < BATCH; i++) free(b->json[i]);
    if (b->converter) lc_converter_close(b->converter);
    lc_types_free(b->types);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static lc_error *run_rounds(bench *b, lc_batch *batch, int rounds, int64_t *times)
{
    for (int round = 0; round < rounds; round++) {
        LC_TRY(fill(b, batch));
        int64_t from = lc_monotonic_ns();
        LC_TRY(lc_chain_apply(b->chain, batch));
        times[round] = lc_monotonic_ns() - from;
    }
    return batch->records[0].error ? lc_error_copy(batch->records[0].error) : NULL;
}

static lc_error *measure(bench *b, const char *name, const bench_step *steps, bool with_schema, int rounds)
{
    lc_autoptr(lc_props) settings = settings_of(with_schema ? "schemas.enable=true" : "schemas.enable=false");
    lc_text json = LC_TEXT("org.apache.kafka.connect.json.JsonConverter");
    lc_batch batch;
    b->types = lc_types_new();
    for (int i = 0; i < BATCH; i++) b->json[i] = order(i, with_schema);
    LC_TRY(lc_converter_open(json, settings, LC_ROLE_VALUE, b->types, &b->converter));
    LC_TRY(open_chain(b, steps));
    lc_batch_init(&batch, b->types);
    int64_t *times = calloc((size_t)rounds, sizeof *times);
    lc_error *error = run_rounds(b, &batch, rounds, times);
    qsort(times, (size_t)rounds, sizeof *times, compare);
    printf("{\"case\":\"%s%s\",\"ns_per_record\":%.1f,\"median\":%.1f}\n", name,
           with_schema ? ", schema" : "", (double)times[0] / BATCH, (double)times[rounds / 2] / BATCH);
    fflush(stdout);
    free(times);
    lc_batch_done(&batch);
    return error;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 1000;
    if (rounds < 1) rounds = 1;
    for (size_t i = 0; i < 2 * sizeof CASES / sizeof CASES[0]; i++) {
        bench b = {0};
        const char *name = CASES[i / 2].name;
        if (argc > 2 && !strstr(name, argv[2])) continue;
        if (i % 2 == 0 && (strstr(name, "envelope") || strstr(name, "set_schema")))
            continue; /* they need one */
        lc_error *error = measure(&b, name, CASES[i / 2].steps, i % 2, rounds);
        if (error) printf("{\"case\":\"%s\",\"error\":\"%s\"}\n", name, lc_error_message(error));
        lc_error_free(error);
        close_bench(&b);
    }
    return 0;
}
