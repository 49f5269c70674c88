/* The config topic: connectors, tasks, target states, restart requests, the session key and records of this
 * cluster's own (`lc-…`).
 *
 *   lc_config_store_open ─▶ follower: lc_config_store_snapshot, changes are told
 *   lc_config_store_claim ─▶ leader: lc_config_store_write; every older leader is fenced by the brokers
 *
 * Leaders write whole transactions under one transactional.id (connect-cluster-<group.id>, which is Java's,
 * too), and readers here see committed records only. A leader that was replaced finds its next write refused
 * (LC_E_CONFLICT, see lc_config_store_is_fenced): none of it is ever seen. Java reads the topic uncommitted
 * while exactly-once is off, so whoever claims writes the valid values anew of all keys that a transaction
 * of older leaders touched and did not commit.
 *
 * Threads: changes are told on the topic's thread; a listener must not write nor wait there, but may take
 * snapshots. Writing and claiming: one at a time, the store sees to it. All else from any thread.
 * Source of the rules: KafkaConfigBackingStore. */
#ifndef LC_CLUSTER_CONFIG_STORE_H
#define LC_CLUSTER_CONFIG_STORE_H

#include "cluster/config_batch.h"
#include "cluster/config_state.h"
#include "runtime/worker.h"

typedef struct lc_config_store lc_config_store;

typedef enum lc_config_change_kind {
    LC_CHANGED_CONNECTOR, /* name */
    LC_CHANGED_REMOVED,   /* name */
    LC_CHANGED_TASKS,     /* name: a commit, complete or not */
    LC_CHANGED_TARGET,    /* name */
    LC_CHANGED_FENCED,    /* name: a count of fenced tasks */
    LC_CHANGED_SESSION_KEY,
    LC_CHANGED_RESTART, /* name, include_tasks, only_failed */
    LC_CHANGED_LOGGER,  /* name (the logger), value (its level) */
    LC_CHANGED_OWN,     /* name (the key), value (data NULL: removed) */
    LC_CHANGED_FAILED   /* error: the topic can't be read on (gone, not authorised) */
} lc_config_change_kind;

typedef struct lc_config_change {
    lc_config_change_kind kind;
    const char *name;
    lc_text value;
    bool include_tasks, only_failed;
    int64_t offset; /* of the record */
    const lc_error *error;
} lc_config_change;

/* Everything is borrowed for the call. Records read while the store opens are not told: take a snapshot when
 * it has. A state that shows the change is what snapshot gives from within the call on. */
typedef struct lc_config_listener {
    void (*changed)(void *context, const lc_config_change *change);
    void *context;
} lc_config_listener;

/* Creates, checks and reads the topic. LC_E_CONFIG with Connect's texts when the topic is not fit;
 * LC_E_TIMEOUT, retriable, when no broker answers in time: call it again. */
lc_error *lc_config_store_open(lc_worker_core *worker, const lc_config_listener *listener, int64_t timeout_ms,
                               lc_config_store **ret_store) LC_RESULT;
void lc_config_store_close(lc_config_store *store, int64_t timeout_ms); /* accepts NULL */

/* The newest state; unref it. Cheap when nothing changed since the last call. */
lc_config_state *lc_config_store_snapshot(lc_config_store *store);
/* Waits until everything that is in the topic now is in the snapshot (Connect's refresh). LC_E_TIMEOUT. */
lc_error *lc_config_store_refresh(lc_config_store *store, int64_t timeout_ms) LC_RESULT;
/* Waits until the snapshot's offset is at least `offset`. False when time is up. */
bool lc_config_store_await(lc_config_store *store, int64_t offset, int64_t timeout_ms);

/* Becomes the only writer: fences older leaders, waits until all they wrote is in the snapshot, repairs what
 * they left half done, and writes `lc-leader` with a new epoch, one more than any before:
 * {"epoch":7,"worker":"host:8083"}. LC_E_TIMEOUT, retriable; LC_E_CONFIG naming the right that is missing on
 * the transactional.id. A second claim renews: a new epoch, and a writer that was fenced may write again. */
lc_error *lc_config_store_claim(lc_config_store *store, int64_t timeout_ms, int64_t *ret_epoch) LC_RESULT;
/* Gives the right to write back (a clean stop); writing is then LC_E_CONFLICT. */
void lc_config_store_release(lc_config_store *store);
/* The epoch this store writes under; 0: it holds none, or was fenced. */
int64_t lc_config_store_epoch(lc_config_store *store);
bool lc_config_store_is_fenced(lc_config_store *store);
/* Writes all records of the batch or none, as leader, and returns when the snapshot shows them. An empty
 * batch is fine. Errors carry Connect's text for the first record ("Error writing connector configuration to
 * Kafka") with its cause:
 *   LC_E_CONFLICT  another leader has taken over, or claim was never called: stop leading, or claim again
 *                  when the group says so. Nothing was written, unless the other came during the commit
 *   LC_E_TIMEOUT   retriable; whether it was written is unknown: claim again, which settles it, then look
 *   LC_E_CONNECT   everything else: nothing was written */
lc_error *lc_config_store_write(lc_config_store *store, const lc_config_batch *batch,
                                int64_t timeout_ms) LC_RESULT;
/* Writes records that anyone may write (target states, restarts, loggers, `lc-member-…`, `lc-script-…`) without being
 * leader, one by one, and returns when they are acknowledged; the snapshot shows them soon (refresh waits).
 * LC_E_ILLEGAL_STATE for other records. */
lc_error *lc_config_store_post(lc_config_store *store, const lc_config_batch *batch,
                               int64_t timeout_ms) LC_RESULT;

#endif
