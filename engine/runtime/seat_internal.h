/* Inside of a seat, for seat.c and seat_build.c alone. */
#ifndef LC_RUNTIME_SEAT_INTERNAL_H
#define LC_RUNTIME_SEAT_INTERNAL_H

#include "runtime/pipeline.h"
#include "runtime/reload.h"
#include "runtime/task_internal.h"
#include "script/gate.h"

/* What the reloader wants; read without the lock to see whether there is anything. */
enum { WANT_NOTHING = 0, WANT_SWAP = 1, WANT_RECALL = 2, WANT_RESTART = 4 };

/* A version that the task is to get, in the order in which they came out. */
typedef struct lc_owed {
    lc_script *script;
    uint64_t version;
    lc_trial_rule rule;
    int64_t since_ms;
    bool building;
    bool told; /* that it takes long */
} lc_owed;

struct lc_seat {
    lc_reloader *reloader;
    lc_task *task;
    lc_connector_config *config;
    const lc_props *settings; /* the task's, resolved */
    lc_gate *gate;
    atomic_int wants;
    /* Under the reloader's lock. */
    int pins;              /* threads of the reloader that look at it */
    lc_pipeline *pipeline; /* NULL: closed */
    lc_owed *owed;
    size_t owed_count, owed_cap;
    uint64_t changes; /* how often a script of `config` was replaced: what is built goes by it */
    lc_script *deciding; /* what it was given and has said nothing of yet; NULL: nothing */
    uint64_t deciding_version;
    int64_t deciding_since_ms;
    bool told; /* that it takes long */
    lc_offer *offer;
    uint64_t recalled;
    lc_script *next; /* of the connector, to restart with */
    uint64_t next_version;
    lc_trial_rule next_rule;
    /* Task's thread: a connector on trial. */
    lc_script *before; /* NULL: no trial */
    uint64_t version;
    int64_t left;
    int64_t lent_ns;            /* to the builder of the next version */
    lc_buf kept, kept_by_chain; /* what a connector's script hands to its next version */
};

/* With the lock: the task said what became of the version that it was given. */
void lc_seat_decided(lc_seat *seat, uint64_t version);
void lc_seat_drop_owed(lc_seat *seat, size_t at);

#endif
