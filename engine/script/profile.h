/* Where scripts spend their time: samples of running calls, by line and by stack of functions.
 *
 *   watchdog thread ──each ms: budget = 0, one more sample is due──▶ the script's next tick ──▶ lc_profile_add
 *
 * Compiled code leaves its trace at a tick whose budget is gone (see watchdog.h), so scripts run with the JIT as ever,
 * and nobody is interrupted by a signal: LuaJIT's own profiler works by SIGPROF with one timer and one state for the whole
 * process, which a library with many states and threads can't have. What this costs: a tick is at the start of a
 * function and at each turn of a loop, so the time of a line without any counts for the next one that has one. Functions
 * of the SDK and of strings that may take long end with a tick of their own. Without a profile nothing is done. */
#ifndef LC_SCRIPT_PROFILE_H
#define LC_SCRIPT_PROFILE_H

#include "base/json.h"
#include "script/state.h"

typedef struct lc_profile lc_profile; /* reference-counted; any thread */

lc_profile *lc_profile_new(void);
lc_profile *lc_profile_ref(lc_profile *profile); /* NULL gives NULL */
void lc_profile_unref(lc_profile *profile);      /* accepts NULL */
/* Nothing more is taken. */
void lc_profile_end(lc_profile *profile);

/* Calls into the state's scripts are sampled from now on, until its end or another one comes (NULL: none). Owner's
 * thread, between calls. */
void lc_state_set_profile(lc_state *state, lc_profile *profile);

/* {"samples":…,"lines":[{"line":"shop.lua:12","function":"mask","samples":…,"share":0.6}],"functions":[{"function":
 * "mask (shop.lua:9)","samples":…,"share":…}],"stacks":[{"stack":"apply (shop.lua:3);mask (shop.lua:9)","samples":…}]},
 * most samples first. A function's are those in which it is anywhere on the stack; time that is nobody's is
 * "(engine)". */
lc_json *lc_profile_report(lc_profile *profile);

#endif
