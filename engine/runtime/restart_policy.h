/* Automatic restarts of failed tasks: errors.restart.policy and its keys, which are ours. Opt-in per connector.
 *
 * A failed task waits, longer each time, and begins anew on the same worker; a task that then ran for long
 * enough starts with a short wait again. It knows nothing of tasks. Any thread. */
#ifndef LC_RUNTIME_RESTART_POLICY_H
#define LC_RUNTIME_RESTART_POLICY_H

#include "runtime/connector_rules.h"

typedef struct lc_restart_policy {
    bool on_failure;      /* false: a failed task stays so, as in Kafka Connect */
    int64_t first_ms;     /* wait before the first restart; doubled for each that follows */
    int64_t longest_ms;   /* the waits' bound */
    int64_t most;         /* restarts without a healthy time between; < 0: any number */
    int64_t healthy_ms;   /* a run of at least this is forgiven what was before it */
    int64_t restarts;     /* made since the last healthy time */
} lc_restart_policy;

/* Reads it from a connector's configuration. LC_E_CONFIG for a value that can't be taken. */
lc_error *lc_restart_policy_read(const lc_props *config, lc_restart_policy *ret_policy) LC_RESULT;
/* How long a task that failed after running for `ran_ms` waits for its next start; < 0: it stays failed.
 * Counts the restart. */
int64_t lc_restart_policy_next(lc_restart_policy *policy, int64_t ran_ms);
/* Adds what is wrong with the keys to a report; keys that aren't there are not mentioned, because Kafka Connect
 * doesn't know them. */
void lc_restart_policy_check(const lc_props *config, lc_config_report *report);

#endif
