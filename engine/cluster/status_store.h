/* The status topic: states of connectors and tasks, and the topics that connectors use.
 *
 * Putting never waits: a thread of the store's own sends in order and again when brokers don't answer.
 * Reading looks at memory. Safe from any thread, task threads included. Records are those of Java's
 * KafkaStatusBackingStore. */
#ifndef LC_CLUSTER_STATUS_STORE_H
#define LC_CLUSTER_STATUS_STORE_H

#include "base/strings.h"
#include "runtime/worker.h"

typedef struct lc_status_store lc_status_store;

typedef enum lc_status_state {
    LC_STATUS_UNASSIGNED,
    LC_STATUS_RUNNING,
    LC_STATUS_PAUSED,
    LC_STATUS_FAILED,
    LC_STATUS_STOPPED,
    LC_STATUS_RESTARTING,
    LC_STATUS_DESTROYED /* never written as such: a tombstone */
} lc_status_state;

enum { LC_CONNECTOR_ITSELF = -1 }; /* in place of a task's number */

typedef struct lc_status {
    lc_status_state state;
    const char *trace;     /* NULL: none */
    const char *worker_id; /* of who wrote it */
    int generation;        /* of the group or cluster, as its writer saw it */
    const char *version;   /* of the plug-in; NULL: not known */
} lc_status;

/* Told on the topic's thread whenever a status of that connector changed; must not wait. May be NULL. */
typedef struct lc_status_listener {
    void (*changed)(void *context, const char *connector, int task, lc_status_state state);
    void *context;
} lc_status_listener;

/* Creates, checks and reads the topic; errors as lc_config_store_open. */
lc_error *lc_status_store_open(lc_worker_core *worker, const lc_status_listener *listener, int64_t timeout_ms,
                               lc_status_store **ret_store) LC_RESULT;
/* Sends what is queued for up to `timeout_ms`. Accepts NULL. */
void lc_status_store_close(lc_status_store *store, int64_t timeout_ms);

/* Writes a status whatever is known (RUNNING, PAUSED, STOPPED, RESTARTING, DESTROYED…). Copies it. */
void lc_status_store_put(lc_status_store *store, const char *connector, int task, const lc_status *status);
/* Writes it unless another worker wrote one with a higher generation (FAILED of a task, UNASSIGNED); also not
 * again after a failure when there is a newer one. */
void lc_status_store_put_safe(lc_status_store *store, const char *connector, int task,
                              const lc_status *status);
/* Notes that a task uses a topic: written once, also over restarts. */
void lc_status_store_topic(lc_status_store *store, const char *connector, const char *topic, int task);
/* Tombstones for all topics of a connector. */
void lc_status_store_topics_reset(lc_status_store *store, const char *connector);
/* Tombstones for everything known of a connector: itself, its tasks, its topics. */
void lc_status_store_forget(lc_status_store *store, const char *connector);
/* Tombstones for the statuses of tasks from number `count` on. */
void lc_status_store_forget_tasks(lc_status_store *store, const char *connector, int count);
/* Waits until all that was put so far is acknowledged and read back. LC_E_TIMEOUT. */
lc_error *lc_status_store_flush(lc_status_store *store, int64_t timeout_ms) LC_RESULT;

/* Calls `each` with a connector's or task's status, borrowed for the call; false when none is known. */
bool lc_status_store_get(lc_status_store *store, const char *connector, int task,
                         void (*each)(void *context, int task, const lc_status *status), void *context);
/* All tasks with a status, by number. */
void lc_status_store_each_task(lc_status_store *store, const char *connector,
                               void (*each)(void *context, int task, const lc_status *status), void *context);
/* Names of connectors of which a status (of itself, a task or a topic) is known, sorted. */
void lc_status_store_connectors(lc_status_store *store, lc_strings *ret_names);
/* Topics a connector uses, sorted. */
void lc_status_store_topics(lc_status_store *store, const char *connector, lc_strings *ret_topics);
/* The highest generation in any status. A cluster that takes over should go on above it: safe puts and late
 * statuses are judged by it. */
int lc_status_store_generation(lc_status_store *store);

/* Texts of the REST API, appended to `out`. Tasks: those with a status, numbers below `task_count` (-1: all);
 * a task without a status is left out as in Connect. `type` is "source", "sink" or "unknown". False: nothing
 * is known, nothing is appended. */
bool lc_status_store_write(lc_status_store *store, const char *connector, int task_count, const char *type,
                           lc_buf *out);
bool lc_status_store_write_task(lc_status_store *store, const char *connector, int task, lc_buf *out);
/* {"<connector>":{"topics":[…]}} */
void lc_status_store_write_topics(lc_status_store *store, const char *connector, lc_buf *out);
const char *lc_status_state_name(lc_status_state state);

#endif
