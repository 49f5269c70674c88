/* The herder: who administers connectors. REST and the C API talk to this table of functions only.
 *
 * Standalone and distributed herders fill it. All functions are thread-safe and may be called from REST
 * threads; reading looks at what is known here, changing hands the request to the herder's own thread and
 * waits for its answer, at most until `deadline` (monotonic ms). Answers are JSON in the shapes of Kafka
 * Connect's REST API 4.1; texts and codes of errors too (LC_E_NOT_FOUND → 404, LC_E_EXISTS → 409,
 * LC_E_BAD_REQUEST → 400, …). Answers belong to the caller. */
#ifndef LC_CLUSTER_HERDER_H
#define LC_CLUSTER_HERDER_H

#include "base/json.h"
#include "base/map.h"
#include "runtime/worker.h"

typedef struct lc_herder lc_herder;

/* What a connector is to be: UNSET keeps what it is (or RUNNING for a new one). */
typedef enum lc_target_state {
    LC_TARGET_UNSET,
    LC_TARGET_STARTED,
    LC_TARGET_PAUSED,
    LC_TARGET_STOPPED
} lc_target_state;

/* Which worker of a cluster a request is for. */
typedef enum lc_herder_place {
    LC_PLACE_ANY,
    LC_PLACE_LEADER,
    LC_PLACE_CONNECTOR, /* where the connector runs */
    LC_PLACE_TASK       /* where the task runs */
} lc_herder_place;

/* The signature of a request between workers (KIP-507); texts of its headers, data NULL: not sent. */
typedef struct lc_herder_signature {
    lc_text signature; /* base64 */
    lc_text algorithm;
} lc_herder_signature;

typedef struct lc_herder_class {
    /* Reading: answers are JSON texts appended to `out`. */
    lc_error *(*connectors)(lc_herder *, lc_strings *ret_names);
    lc_error *(*info)(lc_herder *, const char *name, lc_buf *out); /* {"name","config","tasks","type"} */
    lc_error *(*config)(lc_herder *, const char *name, lc_props **ret_config);
    lc_error *(*status)(lc_herder *, const char *name, lc_buf *out);
    lc_error *(*task_status)(lc_herder *, const char *name, int task, lc_buf *out);
    lc_error *(*tasks)(lc_herder *, const char *name, lc_buf *out);
    lc_error *(*topics)(lc_herder *, const char *name, lc_buf *out);
    /* All connectors at once: {"a":{"status":{…},"info":{…}},…}; made for speed. */
    lc_error *(*expand)(lc_herder *, bool status, bool info, lc_buf *out);
    /* Create or replace, without validating (see cluster/validate.h). `allow_replace` false: LC_E_EXISTS when
     * it is there. Answers as info. */
    lc_error *(*put)(lc_herder *, const char *name, const lc_props *config, lc_target_state state,
                     bool allow_replace, int64_t deadline, lc_buf *out, bool *ret_created);
    lc_error *(*remove)(lc_herder *, const char *name, int64_t deadline);
    lc_error *(*set_state)(lc_herder *, const char *name, lc_target_state state, int64_t deadline);
    /* Nothing is appended when only the connector was restarted (204); else the state to answer with 202. */
    lc_error *(*restart)(lc_herder *, const char *name, bool include_tasks, bool only_failed,
                         int64_t deadline, lc_buf *out);
    lc_error *(*restart_task)(lc_herder *, const char *name, int task, int64_t deadline);
    lc_error *(*topics_reset)(lc_herder *, const char *name);
    lc_error *(*offsets)(lc_herder *, const char *name, int64_t deadline, lc_buf *out);
    /* body NULL: reset all (DELETE). Answers {"message":…}. */
    lc_error *(*alter_offsets)(lc_herder *, const char *name, const lc_json *body, int64_t deadline,
                               lc_buf *out);
    /* A no-op through the main loop: NULL proves it is alive. */
    lc_error *(*ping)(lc_herder *, int64_t deadline);
    void (*stage)(lc_herder *, lc_buf *out); /* "The worker is currently …": for time-outs */
    /* Stops every task (drain, commit), then the herder's thread. Then free. */
    void (*stop)(lc_herder *);
    void (*free)(lc_herder *);
    /* From now on requests are refused, also those that wait: whoever asked them gets an answer soon. NULL:
     * stop does it. */
    void (*begin_stop)(lc_herder *);

    /* What only a cluster has; a herder of one worker leaves all of it NULL. */
    /* The URL of the worker that a request is for, NULL when that is this one (also when there is no such
     * connector: then this one says so). LC_E_CONFLICT with Connect's text while nobody knows. */
    lc_error *(*locate)(lc_herder *, lc_herder_place place, const char *name, int task, char **ret_url);
    /* From worker to worker: new tasks of a connector, an array of objects; earlier producers to shut out. */
    lc_error *(*put_tasks)(lc_herder *, const char *name, const lc_json *tasks, int64_t deadline);
    lc_error *(*fence)(lc_herder *, const char *name, int64_t deadline);
    /* NULL: the request comes from a worker of this cluster. *ret_status is what to answer otherwise. */
    lc_error *(*verify)(lc_herder *, const lc_herder_signature *signature, lc_text body, int *ret_status);
    /* What `verify` takes for this message, in base64; LC_E_CONFLICT while there is no key. */
    lc_error *(*sign)(lc_herder *, lc_text message, lc_buf *out);
    /* URLs of the other workers of the cluster. */
    lc_error *(*workers)(lc_herder *, lc_strings *ret_urls);
    lc_error *(*set_logger)(lc_herder *, const char *logger, const char *level);
    /* Hands a version of a script, which this worker has brought out already, to all others; adds to the answer what
     * workers make of it. */
    lc_error *(*publish_script)(lc_herder *, const char *kind, const char *name, int version, const char *who);
    /* The same for one that was taken away. */
    lc_error *(*publish_removal)(lc_herder *, const char *kind, const char *name, const char *who);
    void (*show_script)(lc_herder *, const char *kind, const char *name, lc_json *into);
    /* Whether all that the cluster knows has been read. */
    bool (*is_ready)(lc_herder *);
    /* Why this worker can't go on and should end; NULL: it can. */
    lc_error *(*failure)(lc_herder *);
} lc_herder_class;

struct lc_herder {
    const lc_herder_class *klass;
    lc_worker_core *worker;
};

/* One of many processes that share the work through Kafka. `url` is where the others reach this one. Starts
 * its thread, which reads the cluster's topics, waiting for brokers as long as it takes: see is_ready,
 * failure. */
lc_error *lc_herder_distributed_new(lc_worker_core *worker, const char *url,
                                    lc_herder **ret_herder) LC_RESULT;
/* One process, connectors in memory, offsets in a file. Starts its thread. */
lc_error *lc_herder_standalone_new(lc_worker_core *worker, lc_herder **ret_herder) LC_RESULT;

#endif
