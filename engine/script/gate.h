/* Turns at a task's types: the task's thread has them; a thread that builds a state for that task borrows
 * them for a moment at a time.
 *
 *   task     ── batch ──▶ pass ── batch ──▶ lend … waits for Kafka … reclaim ── batch ──▶
 *   builder          enter·leave             enter·leave
 *
 * Nothing is paid for while nobody builds: a pass is one relaxed load. A builder that wants a turn waits for the
 * task to come by, so it is stopped for as long as a batch takes, and the task for as long as one bridge function
 * takes, or for a millisecond when the builder's thread doesn't get to run. Lua code of the builder runs outside
 * of turns. */
#ifndef LC_SCRIPT_GATE_H
#define LC_SCRIPT_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

typedef struct lc_gate lc_gate;

lc_gate *lc_gate_new(void);       /* the task's turn, until it lends */
void lc_gate_free(lc_gate *gate); /* nobody may wait; accepts NULL */
/* The task's thread, where nothing of the types is being changed: lets one waiting builder have its turn. */
void lc_gate_pass(lc_gate *gate);
bool lc_gate_is_wanted(const lc_gate *gate); /* somebody waits; accepts NULL */
/* Around a wait of the task's thread. All four accept NULL. */
void lc_gate_lend(lc_gate *gate);
void lc_gate_reclaim(lc_gate *gate);
/* The builder's. */
void lc_gate_enter(lc_gate *gate);
void lc_gate_leave(lc_gate *gate);

static inline lc_gate *lc_gate_lent(lc_gate *gate)
{
    lc_gate_lend(gate);
    return gate;
}
static inline void lc_gate_take_back(lc_gate **gate)
{
    lc_gate_reclaim(*gate);
}
/* Lends the task's turn for the rest of the block, which waits for Kafka; nothing for NULL. */
#define LC_GATE_LENT(gate) \
    __attribute__((cleanup(lc_gate_take_back), unused)) lc_gate *lent_of_block = lc_gate_lent(gate)

static inline lc_gate *lc_gate_turn(lc_gate *gate)
{
    if (__builtin_expect(gate != NULL, 0)) lc_gate_enter(gate);
    return gate;
}
static inline void lc_gate_turn_over(lc_gate **gate)
{
    if (__builtin_expect(*gate != NULL, 0)) lc_gate_leave(*gate);
}
/* A turn for the rest of the block; nothing for NULL. */
#define LC_GATE_TURN(gate) \
    __attribute__((cleanup(lc_gate_turn_over), unused)) lc_gate *turn_of_block = lc_gate_turn(gate)

#endif
