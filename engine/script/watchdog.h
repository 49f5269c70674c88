/* Looks from outside whether calls into scripts overrun their time: one thread for many states.
 *
 * It stops nothing. Once a call's deadline has passed it takes the call's budget away, so that the script looks at
 * the clock at its next turn, however few turns it makes: see tick in bridge.c. That reaches compiled code too, which
 * reads the budget's lower half from memory at each turn. Samples of where calls are come about in the same way.
 * All functions: any thread. */
#ifndef LC_SCRIPT_WATCHDOG_H
#define LC_SCRIPT_WATCHDOG_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

typedef struct lc_watchdog lc_watchdog;

lc_error *lc_watchdog_new(lc_watchdog **ret_watchdog) LC_RESULT;
void lc_watchdog_free(lc_watchdog *watchdog); /* nothing may be watched; accepts NULL */

/* One state's place with a watchdog. */
typedef struct lc_watch {
    struct lc_watch *next, *prev;
    lc_watchdog *watchdog; /* NULL: not watched */
    double *budget;
    _Atomic int64_t deadline_ns; /* of the running call; INT64_MAX: none */
    atomic_bool sampled;
    _Atomic uint32_t due;   /* samples that the call hasn't taken */
    int64_t next_sample_ns; /* watchdog's thread */
} lc_watch;

void lc_watch_open(lc_watch *watch, lc_watchdog *watchdog, double *budget);
void lc_watch_close(lc_watch *watch);
/* A call runs until then; it ended. No lock is taken unless the watchdog would sleep too long. */
void lc_watch_start(lc_watch *watch, int64_t deadline_ns);
void lc_watch_stop(lc_watch *watch);

/* From now on the budget of a running call goes once a millisecond, and a sample is due: see profile.h. */
void lc_watch_sample(lc_watch *watch, bool on);
/* How many are due, for those who ask at a tick. */
static inline uint32_t lc_watch_take_samples(lc_watch *watch)
{
    return atomic_exchange(&watch->due, 0);
}
static inline bool lc_watch_is_sampled(const lc_watch *watch)
{
    return atomic_load_explicit(&watch->due, memory_order_relaxed) != 0;
}

/* What owners of a budget write with, since a watchdog may do so at the same time. See tick in limits.lua. */
static inline void lc_budget_set(double *budget, uint32_t ticks)
{
    double value = 4503599627370496.0 + ticks;
    __atomic_store(budget, &value, __ATOMIC_RELAXED);
}

#endif
