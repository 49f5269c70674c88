/* A connector's configuration, typed: what tasks need to know of the properties a user gave.
 *
 * The rules and defaults are Connect's (ConnectorConfig, SourceConnectorConfig, SinkConnectorConfig of 4.1);
 * definitions for validation are in connector_defs.h. Immutable; any thread. */
#ifndef LC_RUNTIME_CONNECTOR_CONFIG_H
#define LC_RUNTIME_CONNECTOR_CONFIG_H

#include "base/map.h"
#include "runtime/plugins.h"
#include "script/chain.h"

typedef struct lc_connector_config {
    lc_props *settings; /* all of it, references resolved */
    char *name;
    lc_script *script; /* referenced */
    bool is_sink;
    int tasks_max;
    bool tasks_max_enforce;
    /* Converters: class and settings without prefix, from the connector or else from the worker (never
     * mixed). */
    char *key_converter, *value_converter, *header_converter;
    lc_props *key_converter_settings, *value_converter_settings, *header_converter_settings;
    lc_chain_step *steps; /* transforms in order */
    size_t step_count;
    /* errors.* */
    bool tolerate_all;
    int64_t retry_timeout_ms; /* errors.retry.timeout; -1: forever */
    int64_t retry_delay_max_ms;
    bool log_errors, log_messages;
    /* sink */
    char *topics;       /* comma-separated, or NULL */
    char *topics_regex; /* or NULL */
    char *dlq_topic;    /* or NULL */
    int dlq_replication;
    bool dlq_context_headers;
} lc_connector_config;

/* From resolved properties. `worker` gives converter defaults. Errors LC_E_CONFIG with Connect's texts:
 * missing class, bad numbers, unknown transform class, a transform's own configuration is not looked at. */
lc_error *lc_connector_config_new(const lc_plugins *plugins, const lc_props *worker, const lc_props *settings,
                                  lc_connector_config **ret_config) LC_RESULT;
void lc_connector_config_free(lc_connector_config *config); /* accepts NULL */

#endif
