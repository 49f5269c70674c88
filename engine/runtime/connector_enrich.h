/* The definition that one connector's configuration is validated against: the tables of connector_defs.h,
 * with the worker's converters as defaults, versions, lists of plug-ins to choose from, and the keys of the
 * transforms and predicates that the configuration names (ConnectorConfig.enrich). One thread at a time. */
#ifndef LC_RUNTIME_CONNECTOR_ENRICH_H
#define LC_RUNTIME_CONNECTOR_ENRICH_H

#include "base/config_def.h"
#include "runtime/catalog.h"

typedef struct lc_enriched lc_enriched;

typedef struct lc_enrich_options {
    const lc_catalog *catalog;
    const lc_props *worker; /* key.converter, value.converter, header.converter */
    bool is_sink;
    const char *version; /* of the connector */
} lc_enrich_options;

/* LC_E_CONFIG when the worker's own converters are unknown. `options` and `props` may go afterwards, its
 * catalog must outlive the result. */
lc_error *lc_enriched_new(const lc_enrich_options *options, const lc_props *props,
                          lc_enriched **ret_enriched) LC_RESULT;
void lc_enriched_free(lc_enriched *enriched); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_enriched, lc_enriched_free)
const lc_config_def *lc_enriched_def(const lc_enriched *enriched);

#endif
