/* Validation of connector configurations for REST and the program: definitions of plug-ins brought together.
 */
#ifndef LC_CLUSTER_VALIDATE_H
#define LC_CLUSTER_VALIDATE_H

#include "base/json.h"
#include "runtime/worker.h"

/* The answer of PUT /connector-plugins/{plugin}/config/validate. `plugin` NULL: not compared with
 * connector.class. LC_E_BAD_REQUEST for an unknown class, a missing one or a mismatch. */
lc_error *lc_validate(lc_worker_core *worker, const char *plugin, const lc_props *config,
                      lc_json **ret_answer) LC_RESULT;
/* LC_E_BAD_REQUEST "Connector configuration is invalid and contains the following N error(s): …" unless
 * valid. */
lc_error *lc_validate_or_fail(lc_worker_core *worker, const lc_props *config) LC_RESULT;
/* What a configuration may have meant: "unknown configuration tasks.maxx, did you mean tasks.max?". Nothing
 * for a class that isn't there. */
void lc_validate_notes(lc_worker_core *worker, const lc_props *config, lc_strings *notes);
/* Settings of any plug-in as GET /connector-plugins/{plugin}/config gives them: an array. `range`: "latest"
 * or the versions that will do. LC_E_NOT_FOUND for an unknown plug-in, LC_E_BAD_REQUEST when no version fits.
 */
lc_error *lc_plugin_settings(lc_worker_core *worker, const char *plugin, const char *range,
                             lc_json **ret_answer) LC_RESULT;

#endif
