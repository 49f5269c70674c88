/* One LuaJIT state: the sandbox of one task. Owner thread only; made and freed on that thread.
 *
 * A state has a capped allocator, the trusted prelude (lua/prelude, the only code that sees ffi) and the SDK
 * (lua/lc, what `require "lc"` gives). Several scripts of one task (its connector, its transforms and
 * predicates) live in one state; states share nothing. */
#ifndef LC_SCRIPT_STATE_H
#define LC_SCRIPT_STATE_H

#include "base/buf.h"
#include "base/log.h"
#include "script/gate.h"
#include "data/record.h"
#include "script/script.h"

typedef struct lc_state lc_state;

typedef struct lc_state_options {
    size_t memory_limit; /* bytes of Lua values; 0: 64 MiB (script.memory.bytes). Scripts fail beyond it; one step
                          * may overshoot it, twice it and 8 MiB are never exceeded */
    size_t output_bytes; /* of values that one call may make, 1 MiB at least; 0: four times memory_limit
                          * (script.output.bytes) */
    uint32_t output_records; /* that one call may make; 0: 1,000,000 (script.output.records) */
    int64_t timeout_ms;  /* per call; 0: 1000 … used by the budget (script.timeout.ms); start and stop get five times it */
    bool same_time;      /* start and stop get no more time than other calls */
    bool jit_off;        /* script.jit=off */
    int hotloop;         /* > 0: LuaJIT's hotloop parameter, for tests */
    lc_types *types;     /* the task's; must outlive the state */
    lc_gate *gate;       /* NULL, or turns at `types`, which the thread of another state has: until lc_state_settle */
    struct lc_watchdog *watchdog; /* NULL, or one that outlives the state: see watchdog.h; else it makes its own */
    lc_log_t *log;       /* lc.log and print; may be NULL */
    const char *connector; /* for log lines and errors; may be NULL */
    int task;              /* -1: not a task */
    struct lc_meters *meters; /* the task's (script/meters.h), which the state takes a reference to; NULL: its own */
    double *clock_ms; /* NULL: the machine's time; else a test's, in ms since 1970, which waits move on at once */
} lc_state_options;

lc_error *lc_state_new(const lc_state_options *options, lc_state **ret_state) LC_RESULT;
void lc_state_free(lc_state *state); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_state, lc_state_free)
/* The state was built by another thread than that of the task, which takes it over by this call. */
void lc_state_settle(lc_state *state);
/* What its scripts keep with lc.kept, as bytes; and back, into the scripts of another state. What can't be kept is
 * left out. */
void lc_state_give_kept(lc_state *state, lc_buf *into);
void lc_state_take_kept(lc_state *state, lc_text kept);
void lc_state_hand_over(lc_state *from, lc_state *to);
/* What its scripts count in lc.metrics doesn't count, until it is said to. */
void lc_state_mute(lc_state *state, bool muted);
size_t lc_state_memory(const lc_state *state); /* bytes held by Lua now */

#endif
