/* Taps: who looks at records of running tasks, and what waits to be read there.
 *
 *   task ──lc_tap_put──▶ queue (bounded) ──lc_tap_take──▶ a REST thread
 *
 * A task never waits for a tap: what doesn't fit, or comes while the queue is being read, is lost and counted. What is
 * put is text of server-sent events; this file doesn't look into it. Any thread. */
#ifndef LC_RUNTIME_TAP_H
#define LC_RUNTIME_TAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "script/profile.h"

enum { LC_TAPS_MAX = 16, LC_TAP_TASKS_MAX = 64, LC_TAP_RATE_MAX = 1000, LC_TAP_BYTES = 8 * 1024 * 1024 };

typedef struct lc_taps lc_taps; /* of a worker */
typedef struct lc_tap lc_tap;

typedef struct lc_tap_options {
    const char *connector; /* copied, as is `step` */
    const char *step;      /* only what the step of this alias did; NULL: all */
    int tasks[LC_TAP_TASKS_MAX];
    size_t task_count; /* 0: all */
    int64_t most;      /* records, or batches when `whole`; then it is over */
    int rate;          /* records per second at most; 0: no limit */
    bool whole;        /* whole batches, written so that they can be read again */
    lc_profile *profile; /* takes no records: where scripts spend their time; referenced. NULL: none */
} lc_tap_options;

typedef enum lc_tap_state { LC_TAP_EVENT, LC_TAP_WAITING, LC_TAP_OVER } lc_tap_state;

lc_taps *lc_taps_new(void);
void lc_taps_free(lc_taps *taps); /* all are closed; accepts NULL */

/* LC_E_CONFLICT when there are LC_TAPS_MAX, or the connector has a profile taken already. */
lc_error *lc_tap_open(lc_taps *taps, const lc_tap_options *options, lc_tap **ret_tap) LC_RESULT;
void lc_tap_close(lc_tap *tap); /* accepts NULL */
/* Ends what waits in lc_tap_take, as when the worker stops. */
void lc_taps_end(lc_taps *taps);
/* Appends the oldest event, waiting up to `wait_ms`. *ret_lost: records lost since the last call. */
lc_tap_state lc_tap_take(lc_tap *tap, int64_t wait_ms, lc_buf *out, int64_t *ret_lost);

/* For tasks. The number changes whenever a tap comes or goes. */
_Atomic uint32_t *lc_taps_version(lc_taps *taps);
/* Taps of a task, each to be released. */
size_t lc_taps_of(lc_taps *taps, const char *connector, int task, lc_tap *found[LC_TAPS_MAX]);
void lc_tap_release(lc_tap *tap);
const lc_tap_options *lc_tap_options_of(const lc_tap *tap);
/* How many of `count` records it would take now; they count as asked for. */
uint32_t lc_tap_room(lc_tap *tap, uint32_t count);
/* `records` events; false when they were lost. */
bool lc_tap_put(lc_tap *tap, const lc_buf *events, uint32_t records);

#endif
