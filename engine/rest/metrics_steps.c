#include "rest/metrics_steps.h"

#include "base/text.h"
#include "runtime/probe.h"
#include "runtime/roster.h"

#define TIME "kafka_connect_transform_batch_time_ms"
#define RECORDS "kafka_connect_transform_record_total"

typedef struct families {
    lc_buf *time, *records;
} families;

static void add_labels(lc_buf *out, const char *connector, int task, const char *transform)
{
    lc_metric_label(out, true, "connector", connector);
    lc_buf_printf(out, ",task=\"%d\"", task);
    lc_metric_label(out, false, "transform", transform);
}

static void add_bucket(lc_buf *out, const lc_buf *labels, size_t bucket, int64_t batches)
{
    char bound[40] = "+Inf";
    if (bucket < LC_STEP_BUCKETS - 1) lc_print_double(bound, sizeof bound, 'g', 15, lc_step_bounds_ms[bucket]);
    lc_buf_printf(out, TIME "_bucket%s,le=\"%s\"} %lld\n", labels->data, bound, (long long)batches);
}

static void add_step(void *context, const char *connector, int task, const lc_step_meter *step)
{
    families *f = context;
    lc_auto(lc_buf) labels = {0};
    char sum[40];
    int64_t batches = 0;
    add_labels(&labels, connector, task, step->alias);
    for (size_t i = 0; i < LC_STEP_BUCKETS; i++) add_bucket(f->time, &labels, i, batches += step->buckets[i]);
    lc_print_double(sum, sizeof sum, 'g', 15, (double)step->ns / 1e6);
    lc_buf_printf(f->time, TIME "_sum%s} %s\n" TIME "_count%s} %lld\n", labels.data, sum, labels.data,
                  (long long)batches);
    lc_buf_printf(f->records, RECORDS "%s} %lld\n", labels.data, (long long)step->records);
}

void lc_metrics_add_steps(lc_roster *roster, lc_buf *out)
{
    lc_auto(lc_buf) records = {0};
    families f = {out, &records};
    lc_buf_text(out, "# HELP " TIME " Time that batches took in a transform.\n# TYPE " TIME " histogram\n");
    lc_roster_each_step(roster, add_step, &f);
    lc_buf_text(out, "# HELP " RECORDS " Records of these batches.\n# TYPE " RECORDS " counter\n");
    lc_buf_add(out, records.data, records.len);
}
