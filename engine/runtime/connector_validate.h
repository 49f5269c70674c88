/* Validation of connector configurations: PUT /connector-plugins/{plugin}/config/validate, and the check
 * before a connector is created or changed.
 *
 * Follows AbstractHerder.validateConnectorConfig of Connect 4.1: keys, order, values and error texts of the
 * answer are the same. Starts nothing and reads no files; references must be resolved before. Any thread. */
#ifndef LC_RUNTIME_CONNECTOR_VALIDATE_H
#define LC_RUNTIME_CONNECTOR_VALIDATE_H

#include "base/config_def.h"
#include "base/error.h"
#include "base/json.h"
#include "runtime/catalog.h"

/* What a connector says of exactly-once for a configuration (KIP-618). UNKNOWN: it doesn't say. */
typedef enum lc_support { LC_SUPPORT_UNKNOWN, LC_SUPPORT_YES, LC_SUPPORT_NO } lc_support;

/* The connector class that a configuration names. */
typedef struct lc_connector_class {
    bool is_sink;
    const char *version;
    const lc_config_def *def; /* its own keys; NULL: none */
    void *context;            /* of the hooks; each may be NULL */
    /* Rules over several keys: adds errors to entries of the report. An error it returns fails the
     * validation. */
    lc_error *(*check)(void *context, const lc_props *props, lc_config_report *report);
    lc_error *(*exactly_once)(void *context, const lc_props *props, lc_support *ret_support);
    lc_error *(*transaction_boundaries)(void *context, const lc_props *props, lc_support *ret_support);
} lc_connector_class;

typedef struct lc_validate_options {
    const lc_catalog *catalog;
    const lc_props *worker; /* the worker's settings: converters, override policy, group.id, exactly once */
    bool is_distributed;
    const lc_connector_class *connector;
} lc_validate_options;

typedef struct lc_validation {
    lc_json *answer;     /* {"name","error_count","groups","configs"} */
    size_t error_count;  /* as in the answer: one a key for converters and overrides, else one a message */
    lc_strings messages; /* all error texts in order of the answer */
} lc_validation;

/* The class of a configuration; LC_E_BAD_REQUEST when it names none. */
lc_error *lc_validate_class(const lc_props *props, const char **ret_class) LC_RESULT;
/* Whether `connector.class` ends with the plug-in of the request's path, both without "Connector" at their
 * end; LC_E_BAD_REQUEST "Included connector type X does not match request type Y". */
lc_error *lc_validate_request_class(const char *plugin, const lc_props *props) LC_RESULT;

/* Errors in the configuration are part of the result. LC_E_CONFIG when an override can't be parsed, or of a
 * hook. */
lc_error *lc_check_connector(const lc_validate_options *options, const lc_props *props,
                             lc_validation *ret_validation) LC_RESULT;
void lc_validation_done(lc_validation *validation);
LC_DEFINE_AUTO(lc_validation, lc_validation_done)
/* What creating a connector answers when its configuration is invalid: LC_E_BAD_REQUEST with all messages;
 * NULL when there are none. */
lc_error *lc_validation_to_error(const lc_validation *validation) LC_RESULT;

#endif
