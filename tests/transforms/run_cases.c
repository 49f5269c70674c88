/* Runs transforms and predicates on records written as plain JSON: transform_cases FILE…
 *
 * A line of a file is a case: `class` and `config` of the transform (or of a predicate, with `test`: true or false),
 * `record` with any of topic, partition, timestamp, key, value, headers ([[name, value], …]) and `source`: true, and
 * `expect`, an array of the records that come out, of which only the given members are compared; or `error`, a part of
 * the message. A key or value that has "schema" and "payload" has a schema, in JsonConverter's form. Lines that begin
 * with # are comments. Each case runs with LuaJIT as it comes, compiling almost at once, and not at all; each time on
 * several batches of several records. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "convert/converter.h"
#include "script/chain.h"

enum { RECORDS = 12, ROUNDS = 4, MOST_SCRIPTS = 100, LARGEST_FILE = 16 << 20 };

static const struct {
    const char *name;
    bool jit_off;
    int hotloop;
} MODES[] = {{"jit", false, 0}, {"hotloop=2", false, 2}, {"jit off", true, 0}};

static lc_script *scripts[MOST_SCRIPTS];
static size_t script_count;

static lc_error *read_scripts(const char *pattern)
{
    glob_t found = {0};
    lc_error *error = NULL;
    (void)glob(pattern, 0, NULL, &found);
    for (size_t i = 0; !error && i < found.gl_pathc && script_count < MOST_SCRIPTS; i++) {
        error = lc_script_read_file(found.gl_pathv[i], true, &scripts[script_count]);
        if (!error) script_count++;
    }
    globfree(&found);
    return error;
}

static lc_script *find_script(const char *class_name)
{
    for (size_t i = 0; class_name && i < script_count; i++) {
        if (!strcmp(lc_script_name(scripts[i]), class_name)) return scripts[i];
        for (size_t j = 0; j < lc_script_alias_count(scripts[i]); j++) {
            if (!strcmp(lc_script_alias(scripts[i], j), class_name)) return scripts[i];
        }
    }
    return NULL;
}

/* One case in one mode. */
typedef struct run {
    const lc_json *about;
    lc_types *types;
    lc_state *state;
    lc_chain *chain;
    lc_converter *plain, *enveloped;
    lc_batch batch;
} run;

static lc_error *open_converter(run *r, const char *enabled, lc_converter **ret_converter)
{
    lc_autoptr(lc_props) settings = lc_props_new();
    lc_props_set(settings, "schemas.enable", enabled);
    lc_props_set(settings, "decimal.format", "NUMERIC");
    return lc_converter_open(LC_TEXT("org.apache.kafka.connect.json.JsonConverter"), settings, LC_ROLE_VALUE,
                             r->types, ret_converter);
}

static lc_error *open_chain(run *r)
{
    const char *class_name = lc_json_string(lc_json_get(r->about, "class"));
    lc_script *script = find_script(class_name);
    if (!script) return lc_fail(LC_E_BAD_REQUEST, "no script for %s", class_name ? class_name : "null");
    lc_autoptr(lc_props) settings = lc_props_new();
    const lc_json *config = lc_json_get(r->about, "config");
    if (config) {
        lc_props_free(settings);
        settings = NULL;
        LC_TRY(lc_json_to_props(config, &settings));
    }
    lc_chain_step step = {.alias = "t", .transform = script, .class_name = class_name, .settings = settings};
    if (lc_script_kind_of(script) == LC_SCRIPT_PREDICATE)
        step = (lc_chain_step){.alias = "t",
                               .transform = find_script("org.apache.kafka.connect.transforms.Filter"),
                               .predicate = script,
                               .predicate_alias = "p",
                               .predicate_class = class_name,
                               .predicate_settings = settings,
                               .negate = true};
    return lc_chain_new(r->state, &step, 1, &r->chain);
}

static bool is_enveloped(const lc_json *json)
{
    return lc_json_count(json) == 2 && lc_json_get(json, "schema") && lc_json_get(json, "payload");
}

static lc_error *read_value(run *r, const lc_json *json, const lc_schema **ret_schema, lc_value *ret_value)
{
    if (!json || lc_json_is(json, LC_JSON_NULL)) return NULL;
    lc_auto(lc_buf) text = {0};
    lc_json_dump(json, &text);
    lc_text bytes = {lc_arena_copy(&r->batch.arena, text.data, text.len), text.len};
    return lc_converter_read(is_enveloped(json) ? r->enveloped : r->plain, &r->batch.arena, LC_TEXT("t"), bytes,
                             ret_schema, ret_value);
}

static lc_error *fill_record(run *r, const lc_json *json, int number)
{
    int64_t i;
    lc_record *record = lc_batch_add(&r->batch);
    const char *topic = lc_json_string(lc_json_get(json, "topic"));
    bool is_source = lc_json_bool(lc_json_get(json, "source"), false);
    record->side = is_source ? LC_RECORD_SOURCE : LC_RECORD_SINK;
    record->topic = record->original_topic = topic ? topic : "topic";
    record->topic_len = record->original_topic_len = (uint32_t)strlen(record->topic);
    if (!is_source) record->has_offset = 1;
    record->offset = number;
    if (lc_json_int(lc_json_get(json, "partition"), &i)) {
        record->has_partition = 1;
        record->partition = (int32_t)i;
    }
    if (lc_json_int(lc_json_get(json, "timestamp"), &i)) {
        record->has_timestamp = 1;
        record->timestamp = i;
    }
    const lc_json *headers = lc_json_get(json, "headers");
    for (size_t at = 0; at < lc_json_count(headers); at++) {
        const lc_schema *schema = NULL;
        lc_value value = lc_value_null();
        LC_TRY(read_value(r, lc_json_at(lc_json_at(headers, at), 1), &schema, &value));
        lc_record_add_header(&r->batch, record, lc_json_text(lc_json_at(lc_json_at(headers, at), 0)), schema, value);
    }
    LC_TRY(read_value(r, lc_json_get(json, "key"), &record->key_schema, &record->key));
    return read_value(r, lc_json_get(json, "value"), &record->value_schema, &record->value);
}

static lc_error *differs(const char *what, const lc_json *expected, const char *made)
{
    lc_auto(lc_buf) text = {0};
    lc_json_dump(expected, &text);
    return lc_fail(LC_E_DATA, "%s is %s instead of %s", what, made ? made : "missing", text.data ? text.data : "");
}

static lc_error *compare_value(run *r, const char *what, const lc_json *expected, const lc_schema *schema,
                               const lc_value *value)
{
    lc_text bytes;
    lc_converter *converter = is_enveloped(expected) ? r->enveloped : r->plain;
    LC_TRY(lc_converter_write(converter, &r->batch.arena, LC_TEXT("t"), schema, value, &bytes));
    if (!bytes.data) return lc_json_is(expected, LC_JSON_NULL) ? NULL : differs(what, expected, "null");
    lc_autoptr(lc_json) made = NULL;
    LC_TRY(lc_json_parse(bytes.data, bytes.len, 0, &made));
    if (lc_json_equal(made, expected)) return NULL;
    return differs(what, expected, lc_arena_copy(&r->batch.arena, bytes.data, bytes.len));
}

static lc_error *compare_number(const char *what, const lc_json *expected, bool has, int64_t number)
{
    char text[32];
    int64_t wanted;
    if (!expected || (!has && lc_json_is(expected, LC_JSON_NULL))) return NULL;
    snprintf(text, sizeof text, "%lld", (long long)number);
    if (!has || !lc_json_int(expected, &wanted) || wanted != number) return differs(what, expected, has ? text : "null");
    return NULL;
}

static lc_error *compare_headers(run *r, const lc_json *expected, const lc_record *record)
{
    if (!expected) return NULL;
    if (lc_json_count(expected) != record->header_count) return differs("the number of headers", expected, "another");
    for (uint32_t i = 0; i < record->header_count; i++) {
        const lc_header *header = &record->headers[i];
        const lc_json *wanted = lc_json_at(expected, i);
        lc_text name = lc_json_text(lc_json_at(wanted, 0));
        if (name.len != header->name_len || memcmp(name.data, header->name, name.len) != 0)
            return differs("a header's name", wanted, header->name);
        LC_TRY(compare_value(r, "a header", lc_json_at(wanted, 1), header->schema, &header->value));
    }
    return NULL;
}

static lc_error *compare_record(run *r, const lc_json *expected, const lc_record *record)
{
    if (record->error) return lc_error_copy(record->error);
    const lc_json *topic = lc_json_get(expected, "topic"), *key = lc_json_get(expected, "key"),
                  *value = lc_json_get(expected, "value");
    lc_text wanted = lc_json_text(topic);
    if (topic && (wanted.len != record->topic_len || memcmp(wanted.data, record->topic, wanted.len) != 0))
        return differs("the topic", topic, lc_arena_copy(&r->batch.arena, record->topic, record->topic_len));
    LC_TRY(compare_number("the partition", lc_json_get(expected, "partition"), record->has_partition,
                          record->partition));
    LC_TRY(compare_number("the timestamp", lc_json_get(expected, "timestamp"), record->has_timestamp,
                          record->timestamp));
    LC_TRY(compare_headers(r, lc_json_get(expected, "headers"), record));
    if (key) LC_TRY(compare_value(r, "the key", key, record->key_schema, &record->key));
    return value ? compare_value(r, "the value", value, record->value_schema, &record->value) : NULL;
}

/* That the message of what failed, if it did, has the text of the case. */
static lc_error *compare_error(const lc_json *about, const lc_error *error)
{
    const char *wanted = lc_json_string(lc_json_get(about, "error"));
    if (error && strstr(lc_error_message(error), wanted)) return NULL;
    return lc_fail(LC_E_DATA, "the error is '%s' instead of '%s'", error ? lc_error_message(error) : "", wanted);
}

static lc_error *compare_origin(run *r, const lc_json *expected, uint32_t *at, uint32_t origin)
{
    size_t made = 0, count = lc_json_count(expected);
    for (; *at < r->batch.count && r->batch.records[*at].origin == origin; ++*at) {
        const lc_record *record = &r->batch.records[*at];
        if (record->state == LC_DROPPED) continue;
        if (made == count) return record->error ? lc_error_copy(record->error) : lc_fail(LC_E_DATA, "too many records");
        LC_TRY(compare_record(r, lc_json_at(expected, made++), record));
    }
    return made == count ? NULL : lc_fail(LC_E_DATA, "%zu records instead of %zu", made, count);
}

static lc_error *compare(run *r, lc_json *expected)
{
    uint32_t at = 0;
    if (lc_json_get(r->about, "error")) return compare_error(r->about, r->batch.records[0].error);
    for (uint32_t origin = 0; origin < RECORDS; origin++) LC_TRY(compare_origin(r, expected, &at, origin));
    return NULL;
}

static lc_error *run_rounds(run *r)
{
    lc_autoptr(lc_json) tested = lc_json_new_array();
    lc_json *expected = lc_json_get(r->about, "expect");
    if (lc_json_bool(lc_json_get(r->about, "test"), false)) lc_json_add(tested, lc_json_new_object());
    for (int round = 0; round < ROUNDS; round++) {
        lc_batch_reset(&r->batch);
        for (int i = 0; i < RECORDS; i++) LC_TRY(fill_record(r, lc_json_get(r->about, "record"), i));
        r->batch.origins = r->batch.count;
        LC_TRY(lc_chain_apply(r->chain, &r->batch));
        LC_TRY(compare(r, expected ? expected : tested));
    }
    return NULL;
}

static lc_error *open_and_run(run *r)
{
    LC_TRY(open_converter(r, "false", &r->plain));
    LC_TRY(open_converter(r, "true", &r->enveloped));
    lc_error *error = open_chain(r);
    if (!error) return run_rounds(r);
    if (!lc_json_get(r->about, "error")) return error;
    lc_error *other = compare_error(r->about, error);
    lc_error_free(error);
    return other;
}

static lc_error *run_case(const lc_json *about, int mode)
{
    run r = {.about = about, .types = lc_types_new()};
    lc_state_options options = {
        .types = r.types, .task = 0, .jit_off = MODES[mode].jit_off, .hotloop = MODES[mode].hotloop, .timeout_ms = 20000};
    lc_batch_init(&r.batch, r.types);
    lc_error *error = lc_state_new(&options, &r.state);
    if (!error) error = open_and_run(&r);
    lc_chain_free(r.chain);
    lc_converter_close(r.plain);
    lc_converter_close(r.enveloped);
    lc_batch_done(&r.batch);
    lc_state_free(r.state);
    lc_types_free(r.types);
    return error;
}

static bool report(const char *place, int line, const char *mode, lc_error *error)
{
    if (!error) return true;
    fprintf(stderr, "%s:%d (%s): %s\n", place, line, mode, lc_error_message(error));
    lc_error_free(error);
    return false;
}

static bool run_line(const char *path, int line, const char *text)
{
    bool ok = true;
    lc_autoptr(lc_json) about = NULL;
    if (!report(path, line, "reading", lc_json_parse(text, strlen(text), LC_JSON_UNIQUE_KEYS, &about))) return false;
    for (int mode = 0; mode < 3; mode++) ok = report(path, line, MODES[mode].name, run_case(about, mode)) && ok;
    return ok;
}

static bool run_file(const char *path)
{
    lc_auto(lc_buf) text = {0};
    if (!report(path, 0, "reading", lc_file_read(path, LARGEST_FILE, &text))) return false;
    int line = 1, cases = 0, failed = 0;
    for (char *at = text.data, *end; at && *at; at = end ? end + 1 : NULL, line++) {
        end = strchr(at, '\n');
        if (end) *end = '\0';
        if (!*at || *at == '#') continue;
        cases++;
        failed += !run_line(path, line, at);
    }
    printf("%s: %d cases, %d failed\n", path, cases, failed);
    return !failed;
}

int main(int argc, char **argv)
{
    bool ok = report("scripts", 0, "reading", read_scripts(LC_SCRIPTS "/transforms/*.lua")) &&
              report("scripts", 0, "reading", read_scripts(LC_SCRIPTS "/predicates/*.lua"));
    for (int i = 1; i < argc; i++) ok = run_file(argv[i]) && ok;
    for (size_t i = 0; i < script_count; i++) lc_script_unref(scripts[i]);
    return !ok;
}
