/* A prompt inside of a state: texts of a person run in the globals of its script, one after another, and what they give
 * is written out with its types.
 *
 * The first record of a batch is the global `record`. Views of it last from one text to the next, until the batch is bound
 * anew. Limits are those of a call into a script, for each text. Owner thread of the state. */
#ifndef LC_SCRIPT_CONSOLE_H
#define LC_SCRIPT_CONSOLE_H

#include "script/chain.h"

typedef struct lc_console lc_console;

typedef struct lc_console_options {
    lc_state *state;
    lc_chain *const *chains; /* what apply() runs: each of one step */
    size_t chain_count;
    lc_script *script; /* whose globals they are; NULL: globals of their own */
    const char *alias; /* under which a chain uses it; "" for a connector */
    void (*write)(void *context, const char *text, size_t len); /* what is printed, whole lines */
    void *context;
} lc_console_options;

/* Borrows what the options name, but for the list of chains. */
lc_error *lc_console_new(const lc_console_options *options, lc_console **ret_console) LC_RESULT;
void lc_console_free(lc_console *console); /* before its chains and its state; accepts NULL */
LC_DEFINE_AUTOPTR(lc_console, lc_console_free)

/* From now on texts see this batch, which has a record; views of others are stale. */
void lc_console_bind(lc_console *console, lc_batch *batch);
/* Runs a text: statements, or an expression. *ret_whole is false when it ends too early: then nothing ran. A record that
 * came to nest without end has failed, see lc_state_leave. Errors: what the text raised, with the place "repl:LINE", and
 * LC_E_LIMIT. */
lc_error *lc_console_run(lc_console *console, lc_text text, bool *ret_whole) LC_RESULT;

#endif
