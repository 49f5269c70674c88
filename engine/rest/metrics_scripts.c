#include "rest/metrics_scripts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "rest/metrics_steps.h"
#include "script/meters.h"

#define FAMILY "kafka_connect_script_"

typedef struct row {
    char *connector, *name, *help;
    int task;
    size_t order; /* of being met: sorting keeps it */
    lc_meter_kind kind;
    lc_meter meter;
} row;

typedef struct rows {
    row *items;
    size_t count, cap;
} rows;

static void rows_done(rows *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->items[i].connector);
        free(r->items[i].name);
        free(r->items[i].help);
    }
    free(r->items);
}
LC_DEFINE_AUTO(rows, rows_done)

/* Names are copied: a task may end while the text is made. */
static void take(void *context, const char *connector, int task, const lc_meter_reading *reading)
{
    rows *r = context;
    r->items = lc_grow(r->items, &r->cap, r->count + 1, sizeof *r->items);
    r->items[r->count] = (row){.connector = lc_strdup(connector),
                               .name = lc_strdup(reading->name),
                               .help = lc_strdup(reading->help),
                               .task = task,
                               .order = r->count,
                               .kind = reading->kind,
                               .meter = reading->now};
    r->count++;
}

static int by_name(const void *a, const void *b)
{
    const row *x = a, *y = b;
    int names = strcmp(x->name, y->name);
    return names ? names : x->order < y->order ? -1 : 1;
}

static const char *number(char text[static 40], double value)
{
    if (isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    lc_print_double(text, 40, 'g', 15, value);
    return text;
}

static void add_labels(lc_buf *out, const row *r)
{
    lc_metric_label(out, true, "connector", r->connector);
    lc_buf_printf(out, ",task=\"%d\"", r->task);
}

static void add_sample(lc_buf *out, const row *r, const char *suffix, double value)
{
    char text[40];
    lc_buf_printf(out, FAMILY "%s%s", r->name, suffix);
    add_labels(out, r);
    lc_buf_printf(out, "} %s\n", number(text, value));
}

static void add_histogram(lc_buf *out, const row *r)
{
    double seen = 0;
    size_t bounds = (size_t)r->meter.bound_count;
    for (size_t b = 0; b <= bounds; b++) {
        char bound[40], count[40];
        seen += r->meter.hits[b];
        lc_buf_printf(out, FAMILY "%s_bucket", r->name);
        add_labels(out, r);
        lc_buf_printf(out, ",le=\"%s\"} %s\n", number(bound, b < bounds ? r->meter.bounds[b] : INFINITY), number(count, seen));
    }
    add_sample(out, r, "_sum", r->meter.value);
    add_sample(out, r, "_count", seen);
}

/* Text format: \ and newline are escaped. */
static void add_help(lc_buf *out, const row *r)
{
    lc_buf_printf(out, "# HELP " FAMILY "%s ", r->name);
    for (const char *c = *r->help ? r->help : "Kept by a script."; *c; c++) {
        if (*c == '\n') lc_buf_text(out, "\\n");
        else if (*c == '\\') lc_buf_text(out, "\\\\");
        else lc_buf_put(out, *c);
    }
    lc_buf_put(out, '\n');
}

static void add_row(lc_buf *out, const row *r, const row *first)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    if (r == first) {
        add_help(out, r);
        lc_buf_printf(out, "# TYPE " FAMILY "%s %s\n", r->name, kinds[r->kind]);
    }
    if (r->kind != first->kind)
        lc_buf_printf(out, "# " FAMILY "%s of another task is a %s: left out\n", r->name, kinds[r->kind]);
    else if (r->kind == LC_METER_HISTOGRAM) add_histogram(out, r);
    else add_sample(out, r, "", r->meter.value);
}

void lc_metrics_add_scripts(lc_roster *roster, lc_buf *out)
{
    lc_auto(rows) all = {0};
    const row *first = NULL;
    lc_roster_each_meter(roster, take, &all);
    if (all.count) qsort(all.items, all.count, sizeof *all.items, by_name);
    for (size_t i = 0; i < all.count; i++) {
        if (!first || strcmp(first->name, all.items[i].name) != 0) first = &all.items[i];
        add_row(out, &all.items[i], first);
    }
}
