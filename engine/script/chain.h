/* The chain of transforms of one task: one compiled Lua loop over a batch.
 *
 * Each step is a transform script with its settings and, perhaps, a predicate. The driver runs all steps
 * for each record of the batch under one pcall, so that a record that fails harms no other. Owner thread. */
#ifndef LC_SCRIPT_CHAIN_H
#define LC_SCRIPT_CHAIN_H

#include "base/map.h"
#include "script/state.h"

typedef struct lc_chain lc_chain;

typedef struct lc_chain_step {
    const char *alias;           /* the user's name of the step, for messages */
    lc_script *transform;
    const char *class_name;      /* as configured; "…$Key" or "…$Value" decides cfg.side */
    const lc_props *settings;    /* without the prefix transforms.<alias>. */
    lc_script *predicate;        /* NULL: always */
    const char *predicate_alias;
    const char *predicate_class;
    const lc_props *predicate_settings;
    bool negate;
} lc_chain_step;

/* Configures every step: parses settings by the script's config definitions, runs its `configure` hook if it
 * has one (configure(cfg) may raise; what it returns replaces cfg). Errors LC_E_CONFIG (or what a hook raised)
 * naming the alias. Borrows nothing after return but `state`. */
lc_error *lc_chain_new(lc_state *state, const lc_chain_step *steps, size_t count, lc_chain **ret_chain) LC_RESULT;
void lc_chain_free(lc_chain *chain); /* before its state; accepts NULL */
LC_DEFINE_AUTOPTR(lc_chain, lc_chain_free)

/* Runs every LIVE record of the batch through the chain. A record that is dropped becomes DROPPED; one that
 * fails becomes FAILED with error, stage TRANSFORMATION and failed_step (its place in the batch is kept). A
 * transform that returns several records makes clones with the same origin, in order, right behind one
 * another. Returns an error only when the state itself is unusable (out of memory). */
lc_error *lc_chain_apply(lc_chain *chain, lc_batch *batch) LC_RESULT;
/* Runs one FAILED record again from the step that failed (the guard's retry). */
lc_error *lc_chain_retry(lc_chain *chain, lc_batch *batch, uint32_t index) LC_RESULT;
/* Whoever wants to see records between the steps. `index` -1: all records of the batch have passed the step, else that
 * one and those of its origin that are behind; called on the owner's thread, from inside of the chain: it must not
 * change the batch. Records that failed or were dropped in a step may not be told of. */
typedef struct lc_chain_watcher {
    void (*passed)(void *context, lc_batch *batch, size_t step, int index);
    void *context;
} lc_chain_watcher;
/* From the next call on; borrowed. NULL: nobody. */
void lc_chain_watch(lc_chain *chain, const lc_chain_watcher *watcher);
/* Nanoseconds that each step took of the last lc_chain_apply; an estimate by one of its records when steps make several
 * of one. */
const int64_t *lc_chain_laps(const lc_chain *chain);
size_t lc_chain_length(const lc_chain *chain);
const char *lc_chain_step_class(const lc_chain *chain, size_t step); /* Java class, for DLQ headers and logs */
/* One predicate by itself (golden vectors). */
lc_error *lc_chain_test(lc_chain *chain, size_t step, lc_batch *batch, uint32_t index, bool *ret_result) LC_RESULT;

#endif
