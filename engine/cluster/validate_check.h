/* The hook `check` of a connector: it looks whether what its settings name is there. Any thread. */
#ifndef LC_CLUSTER_VALIDATE_CHECK_H
#define LC_CLUSTER_VALIDATE_CHECK_H

#include "runtime/connector_validate.h"
#include "runtime/worker.h"

/* Runs the hook, if the connector has one and its settings (references resolved) are right so far; it may take as long
 * as its requests do. What it finds is added to the settings that it names, and its own failure to
 * `connector.class`. */
void lc_validate_check(lc_worker_core *worker, const lc_props *resolved, lc_validation *validation);

#endif
