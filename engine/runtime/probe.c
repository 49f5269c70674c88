#include "runtime/probe.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "runtime/probe_text.h"

enum { PLAIN_MOST = 64 * 1024, SPLIT_MOST = 16 };

const double lc_step_bounds_ms[LC_STEP_BUCKETS - 1] = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,   2.5,
                                                       5,    10,    25,   50,  100,  250, 1000};

/* A record that came of the sampled one, as it was last seen. */
typedef struct seen {
    uint32_t index;
    lc_buf json;
    const lc_schema *key_schema, *value_schema;
    bool ended; /* failed or dropped, and told */
} seen;

struct lc_sample {
    lc_tap *tap;
    uint32_t origin;
    seen records[SPLIT_MOST]; /* the first is the record itself */
    size_t count;
    lc_buf before, steps; /* JSON */
    bool passed;          /* the step that the tap asks for */
    bool failed;
};

lc_probe *lc_probe_new(lc_task *task)
{
    lc_probe *probe = lc_alloc(sizeof *probe);
    probe->task = task;
    probe->taps = task->worker->taps;
    return probe;
}

static void free_steps(lc_probe *probe)
{
    lc_step_meter *steps = atomic_load(&probe->steps);
    for (size_t i = 0; steps && i < probe->step_count; i++) free(steps[i].alias);
    free(steps);
}

void lc_probe_free(lc_probe *probe)
{
    if (!probe) return;
    free_steps(probe);
    lc_arena_done(&probe->scratch);
    free(probe);
}

/* A task that begins anew has the same steps. */
void lc_probe_enter(lc_probe *probe, const lc_connector_config *config)
{
    if (probe->steps || !config->step_count) return;
    lc_step_meter *steps = lc_alloc(config->step_count * sizeof *steps);
    for (size_t i = 0; i < config->step_count; i++) steps[i].alias = lc_strdup(config->steps[i].alias);
    probe->step_count = config->step_count;
    atomic_store_explicit(&probe->steps, steps, memory_order_release);
}

void lc_probe_count(lc_probe *probe, const int64_t *laps, size_t count, uint32_t records)
{
    lc_step_meter *steps = probe->steps;
    for (size_t i = 0; steps && i < count && i < probe->step_count; i++) {
        size_t bucket = 0;
        double ms = (double)laps[i] / 1e6;
        while (bucket < LC_STEP_BUCKETS - 1 && ms > lc_step_bounds_ms[bucket]) bucket++;
        lc_meter_add(&steps[i].buckets[bucket], 1);
        lc_meter_add(&steps[i].ns, laps[i]);
        lc_meter_add(&steps[i].records, records);
    }
}

static void release_taps(lc_probe *probe)
{
    for (size_t i = 0; i < probe->count; i++) lc_tap_release(probe->mine[i]);
    probe->count = 0;
}

static void forget_samples(lc_probe *probe)
{
    for (size_t i = 0; i < probe->sample_count; i++) {
        lc_sample *s = &probe->samples[i];
        for (size_t j = 0; j < s->count; j++) lc_buf_done(&s->records[j].json);
        lc_buf_done(&s->before);
        lc_buf_done(&s->steps);
    }
    probe->sample_count = 0;
}

void lc_probe_leave(lc_probe *probe)
{
    forget_samples(probe);
    free(probe->samples);
    probe->samples = NULL;
    probe->sample_cap = 0;
    release_taps(probe);
    lc_converter_close(probe->plain);
    lc_converter_close(probe->exact);
    probe->plain = probe->exact = NULL;
    probe->pipeline = NULL;
    probe->quiet = probe->seen = 0;
}

static lc_converter *converter_for(lc_probe *probe, const lc_tap *tap)
{
    bool exact = lc_tap_options_of(tap)->whole;
    lc_converter **converter = exact ? &probe->exact : &probe->plain;
    if (!*converter) lc_error_free(lc_probe_converter_open(probe->pipeline->types, exact, converter));
    return *converter;
}

static void write_record(lc_probe *probe, const lc_tap *tap, const lc_record *record, lc_buf *out)
{
    bool exact = lc_tap_options_of(tap)->whole;
    lc_converter *converter = converter_for(probe, tap);
    if (!converter) lc_buf_text(out, "{}");
    else lc_probe_write_record(converter, exact, exact ? 0 : PLAIN_MOST, &probe->scratch, record, out);
}

static void add_sample(lc_probe *probe, lc_tap *tap, const lc_batch *batch, uint32_t index)
{
    const lc_record *record = &batch->records[index];
    probe->samples = lc_grow(probe->samples, &probe->sample_cap, probe->sample_count + 1, sizeof *probe->samples);
    lc_sample *s = &probe->samples[probe->sample_count++];
    *s = (lc_sample){.tap = tap, .origin = record->origin, .count = 1};
    s->records[0] =
        (seen){.index = index, .key_schema = record->key_schema, .value_schema = record->value_schema};
    write_record(probe, tap, record, &s->records[0].json);
    if (!lc_tap_options_of(tap)->step) lc_buf_add(&s->before, s->records[0].json.data, s->records[0].json.len);
}

/* Spread over the batch, and not the same places each time. */
static void choose(lc_probe *probe, lc_tap *tap, const lc_batch *batch)
{
    uint32_t count = batch->count, room = count ? lc_tap_room(tap, count) : 0;
    if (!room) return;
    uint32_t gap = count / room, shift = gap > 1 ? (uint32_t)(probe->batches % gap) : 0;
    for (uint32_t i = 0; i < room; i++) {
        uint32_t index = (uint32_t)((uint64_t)i * count / room) + shift;
        if (index < count && batch->records[index].state == LC_LIVE) add_sample(probe, tap, batch, index);
    }
}

static void passed(void *context, lc_batch *batch, size_t step, int index);

/* The states of a task are others after a reload. */
static void profile(lc_probe *probe, lc_pipeline *pipeline)
{
    lc_profile *wanted = NULL;
    for (size_t i = 0; i < probe->count; i++)
        if (lc_tap_options_of(probe->mine[i])->profile) wanted = lc_tap_options_of(probe->mine[i])->profile;
    lc_state_set_profile(pipeline->state, wanted);
    if (pipeline->chain_state) lc_state_set_profile(pipeline->chain_state, wanted);
}

/* A new version of a script on trial may run twice over a batch, so that nothing is sampled meanwhile. */
void lc_probe_look(lc_probe *probe, lc_pipeline *pipeline, lc_batch *batch)
{
    uint32_t version = atomic_load_explicit(lc_taps_version(probe->taps), memory_order_acquire);
    probe->pipeline = pipeline;
    probe->batches++;
    if (version != probe->seen) {
        release_taps(probe);
        probe->count = lc_taps_of(probe->taps, probe->task->connector, probe->task->id, probe->mine);
        probe->seen = version;
        probe->quiet = probe->count ? 0 : version;
    }
    profile(probe, pipeline);
    forget_samples(probe); /* of a batch that ended in an error */
    if (pipeline->trial) return;
    for (size_t i = 0; i < probe->count; i++) choose(probe, probe->mine[i], batch);
    probe->watcher = (lc_chain_watcher){passed, probe};
    if (probe->sample_count && pipeline->chain) lc_chain_watch(pipeline->chain, &probe->watcher);
}

static const char *alias_of(const lc_probe *probe, size_t step)
{
    const lc_connector_config *config = probe->pipeline->config;
    return step < config->step_count ? config->steps[step].alias : "";
}

static seen *record_of(lc_sample *s, uint32_t index)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->records[i].index == index) return &s->records[i];
    if (s->count == SPLIT_MOST) return NULL;
    seen *copy = &s->records[s->count++];
    const seen *own = &s->records[0];
    *copy = (seen){.index = index, .key_schema = own->key_schema, .value_schema = own->value_schema};
    lc_buf_add(&copy->json, own->json.data, own->json.len);
    return copy;
}

static void add_error(const lc_record *record, lc_buf *out)
{
    const lc_error *place = record->error;
    if (!place) return;
    lc_buf_text(out, ",\"error\":");
    lc_json_quote_text(out, lc_error_message(place));
    while (place && !lc_error_where(place)) place = lc_error_cause(place);
    if (!place) return;
    lc_buf_text(out, ",\"where\":");
    lc_json_quote_text(out, lc_error_where(place));
}

static void add_step(lc_probe *probe, lc_sample *s, size_t step, const char *result)
{
    lc_buf_text(&s->steps, s->steps.len ? ",{\"step\":" : "{\"step\":");
    lc_json_quote_text(&s->steps, alias_of(probe, step));
    lc_buf_printf(&s->steps, ",\"result\":\"%s\"", result);
}

/* What a live record has become since it was seen last. */
static void tell_change(lc_probe *probe, lc_sample *s, seen *was, const lc_record *record, size_t step, bool told)
{
    lc_auto(lc_buf) now = {0};
    write_record(probe, s->tap, record, &now);
    bool same_schemas = was->key_schema == record->key_schema && was->value_schema == record->value_schema;
    bool same = was->json.len == now.len && !memcmp(was->json.data, now.data, now.len);
    if (told) {
        add_step(probe, s, step, same && same_schemas ? "unchanged" : "changed");
        if (was != &s->records[0]) lc_buf_text(&s->steps, ",\"copy\":true");
        if (!same_schemas) lc_buf_text(&s->steps, ",\"schema_changed\":true");
        if (!same) {
            lc_buf_text(&s->steps, ",\"record\":");
            lc_buf_add(&s->steps, now.data, now.len);
        }
        lc_buf_put(&s->steps, '}');
    }
    lc_buf_reset(&was->json);
    lc_buf_add(&was->json, now.data, now.len);
    was->key_schema = record->key_schema;
    was->value_schema = record->value_schema;
}

static void tell_end(lc_probe *probe, lc_sample *s, seen *was, const lc_record *record, size_t step, bool told)
{
    was->ended = true;
    s->failed |= record->state == LC_FAILED;
    if (!told) return;
    add_step(probe, s, step, record->state == LC_FAILED ? "failed" : "dropped");
    if (record->state == LC_FAILED) add_error(record, &s->steps);
    lc_buf_put(&s->steps, '}');
}

static void tell_step(lc_probe *probe, lc_sample *s, const lc_batch *batch, size_t step, uint32_t index)
{
    const lc_record *record = &batch->records[index];
    const char *wanted = lc_tap_options_of(s->tap)->step;
    if (lc_tap_options_of(s->tap)->whole) return;
    bool told = !wanted || !strcmp(wanted, alias_of(probe, step));
    seen *was = record_of(s, index);
    if (!was || (was->ended && record->state != LC_LIVE)) return;
    if (told && wanted && !s->before.len) lc_buf_add(&s->before, was->json.data, was->json.len);
    s->passed |= told;
    if (record->state == LC_LIVE) tell_change(probe, s, was, record, step, told);
    else tell_end(probe, s, was, record, step, told);
}

/* Called between the steps. */
static void passed(void *context, lc_batch *batch, size_t step, int index)
{
    lc_probe *probe = context;
    for (size_t i = 0; i < probe->sample_count; i++) {
        lc_sample *s = &probe->samples[i];
        if (index < 0) tell_step(probe, s, batch, step, s->records[0].index);
        else if (batch->records[index].origin == s->origin) tell_step(probe, s, batch, step, (uint32_t)index);
    }
}

/* Those that went alone through the chain. Their places may be others by now. */
void lc_probe_tell_failures(lc_probe *probe, const lc_batch *batch)
{
    for (size_t i = 0; i < probe->sample_count; i++) {
        lc_sample *s = &probe->samples[i];
        const char *wanted = lc_tap_options_of(s->tap)->step;
        for (uint32_t r = 0; r < batch->count && !s->failed && !lc_tap_options_of(s->tap)->whole; r++) {
            const lc_record *record = &batch->records[r];
            if (record->origin != s->origin || record->state != LC_FAILED) continue;
            bool told = !wanted || !strcmp(wanted, alias_of(probe, record->failed_step));
            if (told && !s->before.len)
                lc_buf_add(&s->before, s->records[0].json.data, s->records[0].json.len);
            s->passed |= told;
            tell_end(probe, s, &s->records[0], record, record->failed_step, told);
        }
    }
}

/* What became of all that came of it; a record that failed in the chain is dropped by now, or the task ends. */
static const char *outcome(const lc_sample *s, const lc_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++)
        if (batch->records[i].origin == s->origin && batch->records[i].state == LC_LIVE) return "passed";
    return s->failed ? "failed" : "dropped";
}

static void write_event(lc_probe *probe, const lc_sample *s, const lc_batch *batch, lc_buf *out)
{
    lc_buf_text(out, "event: record\ndata: {\"connector\":");
    lc_json_quote_text(out, probe->task->connector);
    lc_buf_printf(out, ",\"task\":%d,\"at\":%lld,\"record\":", probe->task->id, (long long)lc_now_ms());
    lc_buf_add(out, s->before.data, s->before.len);
    lc_buf_text(out, ",\"steps\":[");
    lc_buf_add(out, s->steps.data, s->steps.len);
    lc_buf_printf(out, "],\"result\":\"%s\"}\n\n", outcome(s, batch));
}

/* A batch as it came, record by record. */
static void write_exact(lc_probe *probe, const lc_sample *s, lc_buf *out)
{
    lc_buf_printf(out, "event: exact\ndata: {\"task\":%d,\"batch\":%lld,\"record\":", probe->task->id,
                  (long long)probe->batches);
    lc_buf_add(out, s->before.data, s->before.len);
    lc_buf_text(out, "}\n\n");
}

static void tell_tap(lc_probe *probe, lc_tap *tap, const lc_batch *batch)
{
    lc_auto(lc_buf) events = {0};
    uint32_t records = 0;
    const lc_tap_options *o = lc_tap_options_of(tap);
    for (size_t i = 0; i < probe->sample_count; i++) {
        const lc_sample *s = &probe->samples[i];
        if (s->tap != tap || (o->step && !s->passed)) continue;
        records++;
        if (o->whole) write_exact(probe, s, &events);
        else write_event(probe, s, batch, &events);
    }
    if (records) (void)lc_tap_put(tap, &events, records);
}

void lc_probe_tell(lc_probe *probe, lc_batch *batch)
{
    if (probe->pipeline->chain) lc_chain_watch(probe->pipeline->chain, NULL);
    for (size_t i = 0; i < probe->count; i++) tell_tap(probe, probe->mine[i], batch);
    forget_samples(probe);
}
