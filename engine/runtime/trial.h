/* A new chain on trial: the first live records decide whether it stays.
 *
 *   canary  copy of the batch is kept ▶ new chain runs ▶ a record fails ▶ batch is put back, the old chain
 * runs shadow  old chain runs, its records count ▶ new chain runs on a copy ▶ results differ ▶ new chain goes
 *
 * A record that fails in both versions says nothing against the new one. Task's thread. */
#ifndef LC_RUNTIME_TRIAL_H
#define LC_RUNTIME_TRIAL_H

#include "runtime/pipeline.h"
#include "runtime/seat.h"

/* Makes the offered chain the pipeline's, or the shadow of it. Takes the offer. */
void lc_trial_begin(lc_pipeline *pipeline, lc_offer *offer);
/* Runs the batch through whichever chain counts; it is pipeline->ran then. */
lc_error *lc_trial_apply(lc_pipeline *pipeline, lc_batch *batch) LC_RESULT;
/* Goes back to the version before, or does nothing when there is no trial of `version`. */
void lc_trial_recall(lc_pipeline *pipeline, uint64_t version, const char *why);
/* The pipeline is about to close: nothing is decided. */
void lc_trial_drop(lc_pipeline *pipeline);

#endif
