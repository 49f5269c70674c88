/* What a connector's script may reach. A shipped script has the grants of its own configuration (the file
 * that its settings name), so that an unchanged configuration runs; a script of plugin.path has what
 * script.grants allows (directories), nothing by default. */
#ifndef LC_RUNTIME_GRANTS_H
#define LC_RUNTIME_GRANTS_H

#include "base/strings.h"
#include "runtime/connector_config.h"
#include "runtime/worker.h"
#include "script/capability.h"

/* `files` owns the texts that `ret_grants` borrows. */
void lc_grants_make(const lc_worker_core *worker, const lc_connector_config *config, const lc_props *settings,
                    lc_strings *files, lc_grants *ret_grants);

#endif
