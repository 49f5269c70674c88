/* What a connector's script may reach. A shipped script has the grants of its own configuration (the files and
 * hosts that its settings name), so that an unchanged configuration runs; a script of plugin.path has what
 * script.grants allows (directories, hosts), nothing by default. */
#ifndef LC_RUNTIME_GRANTS_H
#define LC_RUNTIME_GRANTS_H

#include "base/strings.h"
#include "runtime/connector_config.h"
#include "runtime/worker.h"
#include "script/capability.h"

/* The texts that grants borrow; each list ends with NULL. */
typedef struct lc_grant_lists {
    lc_strings files, hosts, hooks;
} lc_grant_lists;

/* `lists` must be zeroed; `ret_grants` borrows from it. */
void lc_grants_make(const lc_worker_core *worker, const lc_connector_config *config, const lc_props *settings,
                    lc_grant_lists *lists, lc_grants *ret_grants);
void lc_grant_lists_done(lc_grant_lists *lists);

#endif
