/* Metrics of the steps of transforms: histograms of the time that batches take in each. */
#ifndef LC_REST_METRICS_STEPS_H
#define LC_REST_METRICS_STEPS_H

#include "base/buf.h"
#include "runtime/roster.h"

/* Families of the text format of Prometheus. */
void lc_metrics_add_steps(lc_roster *roster, lc_buf *out);
/* Appends `{name="value"`, or with a comma when it isn't the first. */
void lc_metric_label(lc_buf *out, bool first, const char *name, const char *value);

#endif
