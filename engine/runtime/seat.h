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
bool lc_seat_was_asked(const lc_seat *seat, uint64_t version); /* given it, or told to restart with it */
const char *lc_seat_connector(const lc_seat *seat);
lc_trial_rule lc_seat_rule(const lc_seat *seat); /* script.canary… of its connector */
/* Builds what the task would run with `script` in place of its present version, and checks the settings; for
 * a connector it only checks. The seat must be pinned. */
lc_error *lc_seat_build(lc_seat *seat, lc_script *script, lc_offer **ret_offer) LC_RESULT;
void lc_seat_give(lc_seat *seat, lc_offer *offer); /* takes it */
void lc_seat_restart(lc_seat *seat, lc_script *script, uint64_t version, lc_trial_rule rule);
void lc_seat_recall(lc_seat *seat, uint64_t version); /* ends a trial of it in favour of the version before */

#endif
