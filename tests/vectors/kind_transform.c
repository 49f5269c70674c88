/* Vectors of transforms and predicates: by themselves, and in chains. Scripts are read from the source tree
 * and run as a task runs them. */
#include <glob.h>
#include <stdlib.h>

#include "base/memory.h"
#include "kinds.h"
#include "script/chain.h"

/* With a hotloop the record comes several times, so that LuaJIT compiles the loop before it ends. */
enum { MOST_SCRIPTS = 100, MOST_STEPS = 50, HOT_COPIES = 12 };

/* The scripts by their Java names; read once a process. */
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

static bool has_alias(const lc_script *script, const char *java_class)
{
    for (size_t i = 0; i < lc_script_alias_count(script); i++) {
        if (!strcmp(lc_script_alias(script, i), java_class)) return true;
    }
    return false;
}

static lc_error *find_script(const char *java_class, lc_script **ret_script)
{
    if (!script_count) {
        LC_TRY(read_scripts(LC_SCRIPTS "/transforms/*.lua"));
        LC_TRY(read_scripts(LC_SCRIPTS "/predicates/*.lua"));
    }
    for (size_t i = 0; java_class && i < script_count; i++) {
        if (!has_alias(scripts[i], java_class)) continue;
        *ret_script = scripts[i];
        return NULL;
    }
    return lc_fail(LC_E_BAD_REQUEST, "no script for %s", java_class ? java_class : "(none)");
}

/* A chain in the making; its settings must outlive it. */
typedef struct plan {
    lc_chain_step steps[MOST_STEPS];
    lc_props *settings[2 * MOST_STEPS];
    size_t count, setting_count;
    lc_state *state;
    lc_chain *chain;
} plan;

static lc_error *read_plugin(plan *p, const lc_json *json, lc_script **ret_script, const char **ret_class,
                             const lc_props **ret_settings)
{
    *ret_class = lc_json_string(lc_json_get(json, "class"));
    LC_TRY(find_script(*ret_class, ret_script));
    LC_TRY(tv_config(lc_json_get(json, "config"), &p->settings[p->setting_count]));
    *ret_settings = p->settings[p->setting_count++];
    return NULL;
}

static lc_error *read_step(plan *p, const lc_json *json)
{
    if (p->count == MOST_STEPS) return lc_fail(LC_E_BAD_REQUEST, "too many steps");
    lc_chain_step *step = &p->steps[p->count++];
    step->alias = "t";
    LC_TRY(read_plugin(p, json, &step->transform, &step->class_name, &step->settings));
    const lc_json *predicate = lc_json_get(json, "predicate");
    if (!predicate || lc_json_is(predicate, LC_JSON_NULL)) return NULL;
    step->predicate_alias = "p";
    step->negate = lc_json_bool(lc_json_get(json, "negate"), false);
    return read_plugin(p, predicate, &step->predicate, &step->predicate_class, &step->predicate_settings);
}

/* A predicate is tested as the condition of a step that does nothing. */
static lc_error *read_predicate(plan *p, const lc_json *json)
{
    lc_chain_step *step = &p->steps[p->count++];
    step->alias = "t";
    step->predicate_alias = "p";
    LC_TRY(find_script("org.apache.kafka.connect.transforms.Filter", &step->transform));
    return read_plugin(p, json, &step->predicate, &step->predicate_class, &step->predicate_settings);
}

static lc_error *open_chain(plan *p, const vector *v)
{
    lc_state_options options = {
        .types = v->scope.types, .task = -1, .jit_off = v->options->jit_off, .hotloop = v->options->hotloop};
    LC_TRY(lc_state_new(&options, &p->state));
    return lc_chain_new(p->state, p->steps, p->count, &p->chain);
}

static void close_plan(plan *p)
{
    lc_chain_free(p->chain);
    lc_state_free(p->state);
    for (size_t i = 0; i < p->setting_count; i++) lc_props_free(p->settings[i]);
}

/* Judges what became of a record. */
static lc_error *judge(vector *v, const lc_json *expect, lc_record *record, bool *ret_passed)
{
    if (record->state != LC_FAILED) {
        return vector_gave_record(v, expect, record->state == LC_LIVE ? record : NULL, ret_passed);
    }
    lc_error *raised = record->error;
    record->error = NULL;
    *ret_passed = vector_raised_as(v, expect, "apply", raised);
    return NULL;
}

static lc_error *apply_to(vector *v, plan *p, lc_batch *batch, const lc_json *json, const lc_json *expect,
                          bool *ret_passed)
{
    lc_record *record;
    uint32_t copies = v->options->hotloop > 0 ? HOT_COPIES : 1;
    v->scope.arena = &batch->arena;
    for (uint32_t i = 0; i < copies; i++) LC_TRY(tv_record(&v->scope, json, batch, &record));
    LC_TRY(lc_chain_apply(p->chain, batch));
    if (batch->count != copies) return lc_fail(LC_E_BAD_REQUEST, "one record became several");
    *ret_passed = true;
    for (uint32_t i = 0; *ret_passed && i < copies; i++)
        LC_TRY(judge(v, expect, &batch->records[i], ret_passed));
    return NULL;
}

static lc_error *apply_one(vector *v, plan *p, const lc_json *json, const lc_json *expect, bool *ret_passed)
{
    lc_batch batch;
    lc_batch_init(&batch, v->scope.types);
    lc_error *error = apply_to(v, p, &batch, json, expect, ret_passed);
    v->scope.arena = &v->batch.arena;
    lc_batch_done(&batch);
    return error;
}

static lc_error *run_transform(vector *v, plan *p, bool *ret_passed)
{
    LC_TRY(read_step(p, v->json));
    lc_error *raised = open_chain(p, v);
    if (!raised) return apply_one(v, p, lc_json_get(v->json, "record"), v->expect, ret_passed);
    *ret_passed = vector_raised(v, "configure", raised);
    return NULL;
}

static lc_error *run_chain(vector *v, plan *p, bool *ret_passed)
{
    const lc_json *steps = lc_json_get(v->json, "steps"), *records = lc_json_get(v->json, "records");
    for (size_t i = 0; i < lc_json_count(steps); i++) LC_TRY(read_step(p, lc_json_at(steps, i)));
    lc_error *raised = open_chain(p, v);
    if (raised) {
        *ret_passed = vector_raised(v, "configure", raised);
        return NULL;
    }
    const lc_json *results = lc_json_get(v->expect, "results");
    if (lc_json_count(results) != lc_json_count(records))
        return lc_fail(LC_E_BAD_REQUEST, "a result is missing");
    *ret_passed = true;
    for (size_t i = 0; *ret_passed && i < lc_json_count(records); i++) {
        LC_TRY(apply_one(v, p, lc_json_at(records, i), lc_json_at(results, i), ret_passed));
    }
    return NULL;
}

static lc_error *run_predicate(vector *v, plan *p, bool *ret_passed)
{
    bool answer = false;
    lc_record *record;
    LC_TRY(read_predicate(p, v->json));
    lc_error *raised = open_chain(p, v);
    if (raised) {
        *ret_passed = vector_raised(v, "configure", raised);
        return NULL;
    }
    LC_TRY(tv_record(&v->scope, lc_json_get(v->json, "record"), &v->batch, &record));
    raised = lc_chain_test(p->chain, 0, &v->batch, 0, &answer);
    if (!raised) return vector_gave_bool(v, "test", answer, ret_passed);
    *ret_passed = vector_raised(v, "apply", raised);
    return NULL;
}

static lc_error *with_plan(vector *v, lc_error *(*run)(vector *v, plan *p, bool *ret_passed),
                           bool *ret_passed)
{
    plan *p = lc_alloc(sizeof *p);
    lc_error *error = run(v, p, ret_passed);
    close_plan(p);
    free(p);
    return error;
}

lc_error *kind_transform(vector *v, bool *ret_passed)
{
    return with_plan(v, run_transform, ret_passed);
}

lc_error *kind_chain(vector *v, bool *ret_passed)
{
    return with_plan(v, run_chain, ret_passed);
}

lc_error *kind_predicate(vector *v, bool *ret_passed)
{
    return with_plan(v, run_predicate, ret_passed);
}
