/* Metrics that scripts keep with lc.metrics, in the text format of Prometheus. */
#ifndef LC_REST_METRICS_SCRIPTS_H
#define LC_REST_METRICS_SCRIPTS_H

#include "base/buf.h"
#include "runtime/roster.h"

/* One family for each name, kafka_connect_script_<name>, with connector and task as labels. A family has one kind and one text
 * of help: the first task's; a metric of the same name and another kind is left out, which a comment says. */
void lc_metrics_add_scripts(lc_roster *roster, lc_buf *out);

#endif
