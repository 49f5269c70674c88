/* A task's place at the reloader: through it a new version of a script comes to a task that runs.
 *
 *   reloader's thread                          task's thread, between two batches
 *   build a chain in a state of its own ─────▶ swap: the new chain runs, the old one waits (trial.h)
 *   or name the connector's new script  ─────▶ drain, commit, stop, start again with it
 *   hear the verdict, bury what is over ◀───── promoted, or rolled back and why
 *
 * Functions say whose thread may call them. The reloader's lock guards what both touch. */
#ifndef LC_RUNTIME_SEAT_H
#define LC_RUNTIME_SEAT_H

#include "base/buf.h"
#include "runtime/connector_config.h"
#include "runtime/task.h"

typedef struct lc_seat lc_seat;
struct lc_reloader;
struct lc_pipeline;

typedef struct lc_trial_rule {
    int64_t records; /* the first so many live records decide; 0: none do */
    bool shadow;     /* beside the old version, whose records are the ones that count */
} lc_trial_rule;

/* A chain that was built for a task, with the version of one script that is new in it. */
typedef struct lc_offer {
    uint64_t version; /* the reloader's number of it */
    lc_script *script;
    lc_state *state;
    lc_chain *chain;
    lc_trial_rule rule;
    uint64_t changes; /* of the seat, when it was built */
} lc_offer;
void lc_offer_free(lc_offer *offer); /* accepts NULL */

/* Task's thread. `config` is the task's own: its scripts are replaced when versions change. */
lc_seat *lc_seat_take(struct lc_reloader *reloader, lc_task *task, lc_connector_config *config,
                      const lc_props *settings);
void lc_seat_leave(lc_seat *seat); /* accepts NULL; waits for a build that is under way */
void lc_seat_attach(lc_seat *seat, struct lc_pipeline *pipeline); /* from here on it may be built for */
void lc_seat_detach(lc_seat *seat);
struct lc_gate *lc_seat_gate(lc_seat *seat); /* accepts NULL */

/* Where no batch is under way: lets a builder have its turn and does what the reloader asks for. */
void lc_seat_pass(lc_seat *seat);
/* Whether the task is to drain, commit and end its pipeline for another version of its connector. */
bool lc_seat_wants_restart(lc_seat *seat);
/* Whether lc_seat_next would say yes. Accepts NULL. */
bool lc_seat_may_change(lc_seat *seat, bool has_failed);
/* The connector's next version runs: how long the stream stood still. Its status is told anew. */
void lc_seat_note_change(lc_seat *seat, int64_t ns);
/* What follows when the pipeline has ended with `*error` (NULL: none): true to open it again, with another
 * script; then the error is taken. */
bool lc_seat_next(lc_seat *seat, lc_error **error);
/* Counts records that the connector dealt with; ends its trial after enough of them. */
void lc_seat_count(lc_seat *seat, size_t records);

/* Task's thread, from trial.c: the version is in use for good, or was taken back. */
void lc_seat_promoted(lc_seat *seat, uint64_t version);
void lc_seat_rolled_back(lc_seat *seat, uint64_t version, const char *why, const char *diff);
/* Puts `script` in place of the one of the same file in the task's configuration. Gives the one before, with
 * its reference, or NULL when the chain doesn't use it. */
lc_script *lc_seat_replace(lc_seat *seat, lc_script *script);

/* Reloader's thread. */
bool lc_seat_uses(const lc_seat *seat, const char *path); /* as a step or as the connector */
bool lc_seat_connects_with(const lc_seat *seat, const char *path);
bool lc_seat_runs(const lc_seat *seat, const lc_script *script); /* this very version */
bool lc_seat_was_asked(const lc_seat *seat, uint64_t version); /* it is on its way there */
const char *lc_seat_connector(const lc_seat *seat);
lc_trial_rule lc_seat_rule(const lc_seat *seat); /* script.canary… of its connector */
/* Whether the task's configuration is right for `script` in place of its present version: in a state and with types
 * of its own, so that no task is waited for. The seat must be pinned. */
lc_error *lc_seat_check(lc_seat *seat, lc_script *script) LC_RESULT;

/* What a task is to get and hasn't got yet: with the lock, but for building. A version of the same file takes the
 * place of one before it. `version` 0: nobody waits for a verdict. */
void lc_seat_owe(lc_seat *seat, lc_script *script, uint64_t version, lc_trial_rule rule);
bool lc_seat_is_waiting(const lc_seat *seat); /* a version is on its way */
/* Begins what may begin now: a connector's version is handed to the task; one of the chain is given back, with a
 * reference, to be built. NULL: nothing to build. */
lc_script *lc_seat_begin_next(lc_seat *seat);
/* Builds the chain that the task would run with `script`; takes turns at its types (script/gate.h). The seat must
 * be pinned. Without the lock. */
lc_error *lc_seat_build(lc_seat *seat, lc_script *script, lc_offer **ret_offer) LC_RESULT;
/* Hands over what was built; takes it. NULL: it failed. Gives the version, or 0 when it isn't wanted any more or
 * is to be built again. */
uint64_t lc_seat_end_building(lc_seat *seat, const lc_script *script, lc_offer *offer);
void lc_seat_put_off(lc_seat *seat, const lc_script *script); /* it wasn't built: it still is to be */
/* Takes a version back that is on its way or on trial there; false: neither, or the task has to start again. */
bool lc_seat_recall(lc_seat *seat, uint64_t version);

/* With the lock: how the reloader's threads keep a seat, and what REST shows of it. */
void lc_seat_pin(lc_seat *seat);
void lc_seat_unpin(lc_seat *seat);
bool lc_seat_is_pinned(const lc_seat *seat);
int lc_seat_task(const lc_seat *seat);
/* The version of the file that the task runs; NULL: none. */
const lc_script *lc_seat_running(const lc_seat *seat, const char *path);
/* What it waits for before it has the newest version of the file, and since when (monotonic); NULL: for nothing. */
const char *lc_seat_stage(const lc_seat *seat, const char *path, int64_t *ret_since_ms);
/* The file of which a version is on its way for longer than `wait_ms`, once for each; NULL: none. */
const char *lc_seat_overdue(lc_seat *seat, int64_t wait_ms);

#endif
