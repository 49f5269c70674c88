/* Rules over several keys of a connector's configuration, added to the report of its keys. Any thread. */
#ifndef LC_RUNTIME_CONNECTOR_RULES_H
#define LC_RUNTIME_CONNECTOR_RULES_H

#include "runtime/connector_validate.h"

/* topics or topics.regex, the dead letter queue, and (distributed) the consumer group
 * (SinkConnectorConfig.validate, DistributedHerder). */
void lc_rules_sink(const lc_validate_options *options, const lc_props *props, lc_config_report *report);
/* Exactly-once support and transaction boundaries, which only distributed workers look at; the embedded broker
 * serves neither. */
void lc_rules_source(const lc_validate_options *options, const lc_props *props, lc_config_report *report);
/* A version that isn't there is an error of the class, too. */
void lc_rules_version(lc_config_report *report);
/* Null is no value. */
void lc_rules_null(const lc_props *props, lc_config_report *report);

/* Adds an error to the entry of a key, which is made when no definition has it. */
void lc_rules_add_error(lc_config_report *report, const lc_props *props, const char *name, const char *message);

/* Whether a text is absent or only white space. */
bool lc_rules_blank(const char *text);
bool lc_rules_exactly_once(const lc_props *worker); /* exactly.once.source.support=enabled */

#endif
