/* Metrics that the scripts of one task keep (lc.metrics), for whoever shows them.
 *
 * The task owns the set and every state of the task refers to it, so a count outlives a script's versions. The prelude
 * writes a meter's numbers in place, on the task's thread; readers take them as they are, each number whole. Opening takes a
 * lock, counting takes none. All functions: any thread. */
#ifndef LC_SCRIPT_METERS_H
#define LC_SCRIPT_METERS_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "script/abi.h"

enum { LC_METERS_MOST = 50 }; /* of a task */

typedef struct lc_meters lc_meters;
typedef enum lc_meter_kind { LC_METER_COUNTER, LC_METER_GAUGE, LC_METER_HISTOGRAM } lc_meter_kind;

typedef struct lc_meter_spec {
    lc_meter_kind kind;
    lc_text name;
    lc_text help;         /* one line; may be empty */
    const double *bounds; /* of a histogram: upper bounds, rising */
    size_t bound_count;   /* LC_METER_BOUNDS at most */
} lc_meter_spec;

lc_meters *lc_meters_new(void);
lc_meters *lc_meters_ref(lc_meters *meters); /* accepts NULL */
void lc_meters_unref(lc_meters *meters);     /* accepts NULL */

/* The meter of that name, which lives as long as the set; made at the first call. LC_E_ILLEGAL_ARGUMENT for a name that
 * Prometheus wouldn't take or that is another kind of meter's, and for one too many. */
lc_error *lc_meters_open(lc_meters *meters, const lc_meter_spec *spec, lc_meter **ret_meter) LC_RESULT;

/* A meter as it was when it was looked at. */
typedef struct lc_meter_reading {
    const char *name, *help; /* as long as the set */
    lc_meter_kind kind;
    lc_meter now;
} lc_meter_reading;
typedef void lc_meters_visit(void *context, const lc_meter_reading *reading);
void lc_meters_each(lc_meters *meters, lc_meters_visit *visit, void *context);

#endif
