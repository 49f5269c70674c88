/* The catalog of a worker's plug-ins: what its scripts and converters answer to validation (catalog.h).
 *
 * Made once for a set of plug-ins, which must outlive it. What it answers lives as long as their scripts
 * (plugins.h). Thread-safe. */
#ifndef LC_RUNTIME_PLUGIN_CATALOG_H
#define LC_RUNTIME_PLUGIN_CATALOG_H

#include "runtime/catalog.h"
#include "runtime/plugins.h"

typedef struct lc_plugin_catalog lc_plugin_catalog;

lc_plugin_catalog *lc_plugin_catalog_new(const lc_plugins *plugins);
/* A script that was added, or that replaces `old`. */
void lc_plugin_catalog_put(lc_plugin_catalog *catalog, const lc_script *script, const lc_script *old);
/* `old` was taken out of the plug-ins: what it had won over is seen again. */
void lc_plugin_catalog_remove(lc_plugin_catalog *catalog, const lc_plugins *plugins, const lc_script *old);
void lc_plugin_catalog_free(lc_plugin_catalog *catalog); /* accepts NULL */
const lc_catalog *lc_plugin_catalog_view(const lc_plugin_catalog *catalog);

#endif
