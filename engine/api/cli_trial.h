/* A script set up as in a task, but without a cluster: what `luaconnect try` and `luaconnect test` run.
 *
 * A transform or predicate alone becomes a chain of one step; a configuration with `transforms` gives the whole
 * chain of a connector. Each step is a chain of its own, so that one can look between them; all share one state,
 * as in a task. Thread that made it only; it needs LC_TRIAL_STACK bytes of stack. */
#ifndef LC_API_CLI_TRIAL_H
#define LC_API_CLI_TRIAL_H

#include "runtime/connector_config.h"
#include "runtime/grants.h"
#include "runtime/worker.h"
#include "convert/converter.h"
#include "script/connector_script.h"
#include "script/coverage.h"

enum { LC_TRIAL_STACK = 128 * 1024 * 1024 };

/* Whose fault a failure of the setting up is. */
typedef enum lc_trial_fault { LC_FAULT_NONE, LC_FAULT_CONFIG, LC_FAULT_SCRIPT } lc_trial_fault;

typedef struct lc_trial {
    lc_script_kind kind;
    lc_script *script;
    lc_props *settings; /* of a connector, whatever was given */
    lc_plugins *plugins;
    lc_connector_config *config;
    lc_script_limits limits;
    size_t output_bytes;
    uint32_t output_records;
    lc_types *types;
    lc_state *state;
    lc_chain **steps; /* config->step_count */
    lc_converter *key, *value, *header;
    lc_worker_core core; /* only what grants are made of */
    lc_grant_lists granted;
    lc_grants grants;
    lc_connector_script *connector; /* sources and sinks */
    lc_log_t *log;
    lc_text typed; /* what a prompt ran last, where errors name "repl" as their file; else empty */
    struct lc_meters *meters; /* what the script counts in lc.metrics */
    double *clock_ms;       /* a test's time, set before opening; NULL: the machine's */
    const lc_json *offsets; /* that task.offsets gives: [{"partition":…,"offset":…}]; borrowed, NULL: none */
} lc_trial;

/* Sets all up for the script at `path` (NULL: none, only what `given` names as transforms) with the settings of `given`
 * (references not resolved, may be empty). `log` may be NULL, and so may `coverage`, which marks lines that run from here
 * on. On failure *ret_fault says whose it is; what was made is released by lc_trial_close, which is to be called in any
 * case. Of what `trial` holds before, `clock_ms` alone counts: it is to be set, or zero. */
lc_error *lc_trial_open(lc_trial *trial, const char *path, const lc_props *given, lc_log_t *log,
                        lc_coverage *coverage, lc_trial_fault *ret_fault) LC_RESULT;
void lc_trial_close(lc_trial *trial);

/* Whether a limit stopped the script: the error or one of its causes says so. */
bool lc_trial_is_limit(const lc_error *error);
/* Tells a person what failed: script:line, the line itself, the limit, the record (may be NULL), the trace. */
void lc_trial_report(const lc_trial *trial, const char *path, const lc_error *error, const lc_record *record,
                     int64_t number);

#endif
