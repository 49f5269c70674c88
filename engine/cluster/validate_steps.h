/* Transforms and predicates of one's own, configured for real: what their `configure` says belongs to a validation. Any
 * thread. */
#ifndef LC_CLUSTER_VALIDATE_STEPS_H
#define LC_CLUSTER_VALIDATE_STEPS_H

#include "runtime/connector_validate.h"
#include "runtime/worker.h"

/* Adds a text to the errors of a setting; secrets in it are hidden. Nothing when the answer hasn't that setting. */
void lc_validate_add(lc_worker_core *worker, const char *key, const char *text, lc_validation *validation);

/* Makes each transform of a configuration (references resolved) with its predicate, if one of both isn't Kafka
 * Connect's and their settings are right so far. What fails is added to `transforms.<alias>.type`; a script that takes
 * longer than script.timeout.ms is stopped. */
void lc_validate_steps(lc_worker_core *worker, const lc_props *resolved, lc_validation *validation);

/* Puts [hidden] in place of literal secrets of these settings: a script may tell of them, and `[hidden]` in a request
 * stands for what its sender need not know. Accepts NULLs. */
void lc_validate_hide(const lc_props *settings, const lc_script *script, lc_buf *text);

#endif
