#include "api/cli_play.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/cli_fake_http.h"
#include "api/cli_lines.h"
#include "api/cli_trial.h"
#include "base/file.h"
#include "script/meters.h"

enum { MOST_POLLED = 100, MOST_IDLE = 1000, LARGEST_FILE = 8 << 20 };

typedef struct play {
    const lc_play *options;
    const lc_json *request;
    char dir[32]; /* of its files; "": none */
    lc_trial trial;
    lc_lines lines;
    lc_batch batch;
    lc_json *records, *results, *failures;
    lc_fake_http http;
    lc_http_double http_double;
    double clock_ms, step_ms; /* of the fake clock */
    int idles;                /* polls in a row that gave nothing, while there is one */
    const char *hooks[2]; /* files of hooks are among its files */
    char hook_folder[40];
} play;

static bool is_plain_name(const char *name)
{
    return *name && *name != '.' && !strchr(name, '/');
}

static lc_error *write_files(play *p)
{
    const lc_json *files = lc_json_get(p->request, "files");
    if (!files) return NULL;
    strcpy(p->dir, "/tmp/luaconnect_test_XXXXXX");
    if (!mkdtemp(p->dir)) return p->dir[0] = '\0', lc_fail(LC_E_IO, "no folder can be made in /tmp");
    for (size_t i = 0; i < lc_json_count(files); i++) {
        const char *name = lc_json_key_at(files, i);
        lc_text text = lc_json_text(lc_json_at(files, i));
        lc_auto(lc_buf) path = {0};
        if (!is_plain_name(name)) return lc_fail(LC_E_BAD_REQUEST, "a file's name has no folders: %s", name);
        lc_buf_printf(&path, "%s/%s", p->dir, name);
        FILE *file = fopen(path.data, "we");
        if (!file) return lc_fail(LC_E_IO, "%s can't be written", path.data);
        fwrite(text.data ? text.data : "", 1, text.len, file);
        fclose(file);
    }
    return NULL;
}

/* Adds what the folder holds to the answer, and removes it. */
static void take_files(play *p, lc_json *answer)
{
    DIR *dir = p->dir[0] ? opendir(p->dir) : NULL;
    lc_json *files = dir ? lc_json_set(answer, "files", lc_json_new_object()) : NULL;
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        lc_auto(lc_buf) path = {0};
        lc_auto(lc_buf) text = {0};
        if (!is_plain_name(entry->d_name)) continue;
        lc_buf_printf(&path, "%s/%s", p->dir, entry->d_name);
        lc_error_free(lc_file_read(path.data, LARGEST_FILE, &text));
        lc_json_set(files, entry->d_name, lc_json_new_text((lc_text){text.data ? text.data : "", text.len}));
        unlink(path.data);
    }
    if (!dir) return;
    closedir(dir);
    rmdir(p->dir);
}

/* Config values with ${dir} replaced. */
static lc_error *read_settings(const play *p, lc_props **ret_settings)
{
    static const char mark[] = "${dir}";
    lc_autoptr(lc_props) given = NULL;
    LC_TRY(lc_json_to_props(lc_json_get(p->request, "config"), &given));
    lc_props *settings = lc_props_new();
    lc_props_set(settings, "script.jit", "off"); /* so that lines can be counted */
    for (size_t i = 0; i < lc_props_count(given); i++) {
        const char *value = lc_props_value_at(given, i), *at;
        lc_auto(lc_buf) text = {0};
        while (value && p->dir[0] && (at = strstr(value, mark)) != NULL) {
            lc_buf_add(&text, value, (size_t)(at - value));
            lc_buf_text(&text, p->dir);
            value = at + sizeof mark - 1;
        }
        lc_buf_text(&text, value ? value : "");
        lc_props_set(settings, lc_props_key_at(given, i), text.data ? text.data : "");
    }
    lc_auto(lc_buf) grants = {0};
    lc_buf_printf(&grants, "dir:%s", p->dir);
    if (p->dir[0]) lc_props_set(settings, "script.grants", grants.data);
    *ret_settings = settings;
    return NULL;
}

static lc_json *error_text(const lc_error *error)
{
    lc_auto(lc_buf) text = {0};
    const lc_error *place = error;
    while (place && !lc_error_where(place)) place = lc_error_cause(place);
    const char *where = place ? lc_error_where(place) : NULL;
    if (where && strchr(where, ':') && !strstr(lc_error_message(error), where)) lc_buf_printf(&text, "%s: ", where);
    lc_buf_text(&text, lc_error_has_message(error) ? lc_error_message(error) : lc_error_java_class(error));
    return lc_json_new_text((lc_text){text.data, text.len});
}

static void take_failures(play *p)
{
    for (uint32_t i = 0; i < p->batch.count; i++) {
        lc_record *record = &p->batch.records[i];
        if (record->state != LC_FAILED) continue;
        lc_json_add(p->failures, error_text(record->error));
        record->state = LC_DROPPED;
    }
}

static void take_records(play *p)
{
    for (uint32_t i = 0; i < p->batch.count; i++)
        if (p->batch.records[i].state == LC_LIVE)
            lc_json_add(p->records, lc_line_snapshot(&p->lines, &p->batch, &p->batch.records[i]));
}

static lc_error *run_chain(play *p)
{
    for (size_t i = 0; i < p->trial.config->step_count; i++) {
        LC_TRY(lc_chain_apply(p->trial.steps[i], &p->batch));
        take_failures(p);
    }
    return NULL;
}

static lc_error *run_test(play *p)
{
    bool result = false;
    LC_TRY(lc_chain_test(p->trial.steps[0], 0, &p->batch, 0, &result));
    lc_json_add(p->results, lc_json_new_bool(result));
    return NULL;
}

static lc_error *read_record(play *p, size_t at)
{
    lc_auto(lc_buf) text = {0};
    lc_json_dump(lc_json_at(lc_json_get(p->request, "records"), at), &text);
    return lc_line_read(&p->lines, &p->batch, (lc_text){text.data, text.len}, (int64_t)at + 1);
}

static size_t record_count(const play *p)
{
    return lc_json_count(lc_json_get(p->request, "records"));
}

static lc_error *run_one(play *p)
{
    bool is_lone = p->trial.kind == LC_SCRIPT_PREDICATE && p->trial.config->step_count == 1;
    if (is_lone) return run_test(p);
    LC_TRY(run_chain(p));
    take_records(p);
    return NULL;
}

static lc_error *run_records(play *p)
{
    for (size_t i = 0; i < record_count(p); i++) {
        if (i) p->clock_ms += p->step_ms;
        lc_batch_reset(&p->batch);
        LC_TRY(read_record(p, i));
        lc_error *error = run_one(p);
        if (!error) continue;
        lc_json_add(p->failures, error_text(error));
        lc_error_free(error);
    }
    return NULL;
}

static lc_error *run_sink(play *p)
{
    lc_connector_script *connector = p->trial.connector;
    lc_partition_name partition = {LC_TEXT("try"), 0, 0};
    LC_TRY(lc_connector_script_open(connector, &partition, 1));
    for (size_t i = 0; i < record_count(p); i++) LC_TRY(read_record(p, i));
    LC_TRY(run_chain(p));
    LC_TRY(lc_connector_script_put(connector, &p->batch));
    take_failures(p);
    take_records(p);
    LC_TRY(lc_connector_script_flush(connector));
    return lc_connector_script_close(connector, &partition, 1);
}

/* A source that waits, in a test with a clock: the clock goes on, and it is asked again. */
static bool wait_fake(play *p, const lc_poll_result *result)
{
    if (!p->trial.clock_ms || result->idle_ms <= 0 || ++p->idles > MOST_IDLE) return false;
    p->clock_ms += (double)result->idle_ms;
    return true;
}

static lc_error *run_source(play *p)
{
    int64_t count = MOST_POLLED, had = 0;
    (void)lc_json_int(lc_json_get(p->request, "count"), &count);
    while (had < count) {
        lc_poll_result result;
        lc_batch_reset(&p->batch);
        LC_TRY(lc_connector_script_poll(p->trial.connector, &p->batch, (uint32_t)(count - had), &result));
        p->batch.origins = p->batch.count;
        had += p->batch.count;
        bool ends = result.done || (!p->batch.count && !wait_fake(p, &result));
        if (p->batch.count) p->idles = 0;
        take_failures(p);
        LC_TRY(run_chain(p));
        lc_lines_convert(&p->lines, &p->batch);
        take_failures(p);
        take_records(p);
        if (ends) break;
        p->clock_ms += p->step_ms;
    }
    return lc_connector_script_commit(p->trial.connector);
}

static lc_error *run_connector(play *p)
{
    LC_TRY(lc_connector_script_start(p->trial.connector));
    LC_TRY(p->trial.kind == LC_SCRIPT_SINK ? run_sink(p) : run_source(p));
    return lc_connector_script_stop(p->trial.connector);
}

/* A test never reaches the network: any host may be asked, and a fake answers. */
static void fake_network(play *p)
{
    static const char *const any[] = {"*:*", NULL};
    lc_grants *grants = &p->trial.grants;
    p->http_double = (lc_http_double){lc_fake_http_run, &p->http};
    p->http.expected = lc_json_get(p->request, "http");
    p->hooks[0] = p->dir[0] ? p->hook_folder : NULL;
    snprintf(p->hook_folder, sizeof p->hook_folder, "%s/", p->dir);
    grants->http_double = &p->http_double;
    grants->hosts = any;
    grants->hooks = p->hooks;
}

static void set_clock(play *p)
{
    const lc_json *clock = lc_json_get(p->request, "clock");
    int64_t at = 0, step = 0;
    if (!clock) return;
    (void)lc_json_int(lc_json_get(clock, "at"), &at);
    (void)lc_json_int(lc_json_get(clock, "step"), &step);
    p->clock_ms = (double)at;
    p->step_ms = (double)step;
    p->trial.clock_ms = &p->clock_ms;
}

/* A histogram is how many values it saw, and their sum. */
static void take_meter(void *context, const lc_meter_reading *reading)
{
    lc_json *metrics = context;
    double seen = 0;
    for (size_t i = 0; i <= LC_METER_BOUNDS; i++) seen += reading->now.hits[i];
    lc_json *value = lc_json_new_double(reading->now.value);
    if (reading->kind == LC_METER_HISTOGRAM) {
        lc_json *both = lc_json_new_object();
        lc_json_set(both, "count", lc_json_new_double(seen));
        lc_json_set(both, "sum", value);
        value = both;
    }
    lc_json_set(metrics, reading->name, value);
}

static lc_error *run_all(play *p)
{
    lc_autoptr(lc_props) settings = NULL;
    lc_auto(lc_buf) path = {0};
    lc_trial_fault fault;
    const char *script = lc_json_string(lc_json_get(p->request, "script"));
    LC_TRY(write_files(p));
    LC_TRY(read_settings(p, &settings));
    lc_buf_printf(&path, "%s%s.lua", p->options->folder, script ? script : "");
    const lc_play *o = p->options;
    set_clock(p);
    lc_coverage *coverage = o->coverage ? o->coverage(o->context, path.data) : NULL;
    LC_TRY(lc_trial_open(&p->trial, path.data, settings, o->log, coverage, &fault));
    fake_network(p);
    p->trial.offsets = lc_json_get(p->request, "offsets");
    p->lines = (lc_lines){p->trial.key, p->trial.value, p->trial.header, true, 0, NULL};
    lc_batch_init(&p->batch, p->trial.types);
    lc_error *error = p->trial.connector ? run_connector(p) : run_records(p);
    lc_batch_done(&p->batch);
    return error;
}

void lc_play_run(const lc_play *options, lc_text request, lc_buf *answer)
{
    lc_autoptr(lc_json) parsed = NULL;
    lc_autoptr(lc_json) all = lc_json_new_object();
    lc_error *error = lc_json_parse(request.data, request.len, 0, &parsed);
    play p = {.options = options, .request = parsed};
    p.records = lc_json_set(all, "records", lc_json_new_array());
    p.results = lc_json_set(all, "results", lc_json_new_array());
    p.failures = lc_json_set(all, "failures", lc_json_new_array());
    p.http.requests = lc_json_set(all, "requests", lc_json_new_array());
    if (!error) error = run_all(&p);
    if (error) lc_json_set(all, "error", error_text(error));
    lc_error_free(error);
    if (p.http.unexpected) lc_json_set(all, "unexpected", lc_json_new_string(p.http.unexpected));
    free(p.http.unexpected);
    if (p.trial.meters) lc_meters_each(p.trial.meters, take_meter, lc_json_set(all, "metrics", lc_json_new_object()));
    if (p.trial.clock_ms) lc_json_set(all, "clock", lc_json_new_int((int64_t)p.clock_ms));
    lc_trial_close(&p.trial);
    take_files(&p, all);
    lc_json_dump(all, answer);
}
