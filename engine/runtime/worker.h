/* The worker: what all connectors and tasks of one process share. Made once, torn down last.
 *
 * It holds the settings, the plug-ins, the config providers, the shared producers, the offset store, the
 * watcher of files, the embedded broker. It starts nothing by itself: a herder (cluster/) decides which
 * connectors and tasks run here. Thread-safe unless said otherwise. */
#ifndef LC_RUNTIME_WORKER_H
#define LC_RUNTIME_WORKER_H

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "kafka/admin.h"
#include "kafka/embedded.h"
#include "kafka/producer.h"
#include "runtime/offset_store.h"
#include "runtime/plugin_catalog.h"
#include "runtime/plugins.h"
#include "secure/provider.h"

typedef struct lc_worker_core {
    const lc_props *settings; /* as given, references resolved */
    const char *worker_id;    /* "host:port" of the advertised REST listener */
    bool is_distributed;
    lc_log_t *log;
    lc_plugins *plugins;
    lc_plugin_catalog *catalog; /* what validation asks of them */
    lc_providers *providers;
    lc_offset_store *offsets;
    struct lc_file_hub *file_hub; /* engine/io */
    struct lc_watchdog *watchdog; /* engine/script: of all tasks' states */
    lc_embedded *embedded;        /* NULL: a real cluster */
    struct lc_producer_pool *producers;
    struct lc_said *said;          /* what was logged already */
    lc_admin *admin; /* the worker's own; opened on first use: lc_worker_admin */
    /* Typed settings with Connect's defaults. */
    int64_t offset_flush_interval_ms; /* 60000 */
    int64_t offset_flush_timeout_ms;  /* 5000 */
    int64_t task_shutdown_timeout_ms; /* task.shutdown.graceful.timeout.ms 5000 */
    bool topic_creation;              /* topic.creation.enable */
    size_t script_memory_bytes;       /* script.memory.bytes 64 MiB */
    size_t script_output_bytes;       /* script.output.bytes; 0: four times script.memory.bytes */
    uint32_t script_output_records;   /* script.output.records 1,000,000 */
    int64_t script_timeout_ms;        /* script.timeout.ms 1000 */
    bool script_jit_off;
    bool script_seccomp;              /* script.isolation=seccomp */
    /* Until when (monotonic ms) tasks may act in the name of a cluster: its group counts this worker as alive
     * for as long. 0: there is no cluster. Moved by the cluster's membership. */
    _Atomic int64_t lease_ms;
    struct lc_trusted_keys *trusted; /* who may sign scripts; NULL: signatures aren't asked for */
    struct lc_reloader *reloader; /* runtime/reload.h; NULL: scripts stay as they are */
    struct lc_history *history; /* what happened to connectors: runtime/history.h */
    struct lc_taps *taps;     /* who looks at records: runtime/tap.h */
    struct lc_roster *roster; /* tasks that exist: runtime/roster.h */
    _Atomic int living_tasks;         /* task threads that have not ended; kept by task.c */
} lc_worker_core;

/* Checks the settings (unknown or mistyped ones are logged with a suggestion; bad values are LC_E_CONFIG
 * naming the key), resolves references, loads plug-ins, starts the embedded broker for
 * bootstrap.servers=embedded, opens the offset file in standalone mode. No connection to Kafka is awaited.
 * `settings` and `log` must outlive it. */
lc_error *lc_worker_core_new(const lc_props *settings, bool distributed, lc_log_t *log,
                             lc_worker_core **ret_core) LC_RESULT;
/* The worker's name in statuses, once REST knows its advertised address; before any task starts. */
void lc_worker_core_set_id(lc_worker_core *core, const char *worker_id);
/* All tasks must have been told to end. When one is still stuck in its script two seconds later, what it uses
 * is left alone instead of freed. Accepts NULL. */
void lc_worker_core_free(lc_worker_core *core);

/* Whether tasks may act: other workers may have taken over what a worker without its lease still runs. */
static inline bool lc_worker_has_lease(lc_worker_core *core)
{
    int64_t until = core->lease_ms;
    return !until || until > lc_monotonic_ms();
}

/* The id of the cluster; asks it at most `timeout_ms` on the first call. LC_E_KAFKA naming bootstrap.servers.
 */
lc_error *lc_worker_cluster_id(lc_worker_core *core, int64_t timeout_ms, const char **ret_id) LC_RESULT;
lc_error *lc_worker_admin(lc_worker_core *core, lc_admin **ret_admin) LC_RESULT;

/* True when nothing of this text was asked before: for log lines that are worth one time. */
bool lc_worker_says_first(const lc_worker_core *core, const char *text);

/* A producer for these client settings, shared by all who ask with the same ones; give it back with release.
 * The layers of Connect (worker defaults, producer.*, producer.override.*) are put together by
 * lc_client_settings (runtime/client_settings.h). */
lc_error *lc_worker_producer(lc_worker_core *core, const lc_props *client_settings, const lc_props *overrides,
                             lc_producer **ret_producer) LC_RESULT;
void lc_worker_producer_release(lc_worker_core *core, lc_producer *producer);

#endif
