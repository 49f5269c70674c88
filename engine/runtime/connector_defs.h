/* Definitions of what every connector can be configured with: ConnectorConfig, SinkConnectorConfig and
 * SourceConnectorConfig of Connect 4.1, in the order in which validation lists them.
 *
 * Only tables: what depends on the worker, its plug-ins or the configuration itself (defaults of converters,
 * versions, transforms and predicates) is added by connector_enrich.h. Immutable; any thread. */
#ifndef LC_RUNTIME_CONNECTOR_DEFS_H
#define LC_RUNTIME_CONNECTOR_DEFS_H

#include "base/config_def.h"

/* A new definition with the keys of source or sink connectors. */
lc_config_def *lc_connector_def_new(bool is_sink);

/* What a converter of Connect can be configured with ("converter.type" among it), by full class name; NULL
 * for a class that isn't one of Connect's or has no settings. The caller frees it. */
lc_config_def *lc_converter_def_new(const char *java_class);

#endif
