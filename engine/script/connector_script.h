/* Connector scripts of one task: start, poll or put, flush, stop. Owner thread.
 *
 * Each call enters Lua once per batch and runs under the call's limits. Errors carry script:line and a Lua
 * traceback; a hook can raise a retriable error with lc.retry(message). */
#ifndef LC_SCRIPT_CONNECTOR_SCRIPT_H
#define LC_SCRIPT_CONNECTOR_SCRIPT_H

#include "base/map.h"
#include "script/capability.h"
#include "script/state.h"

typedef struct lc_connector_script lc_connector_script;

/* What the script may ask of its task. Calls come on the owner thread. */
typedef struct lc_task_services {
    void *context;
    /* task.offsets:get(partition): the committed offset of a source partition (a MAP), or null. Values go into arena. */
    lc_error *(*offset)(void *context, lc_arena *arena, const lc_value *partition, lc_value *ret_offset);
    /* True once the task is asked to stop: long waits inside capabilities end early. */
    bool (*stopping)(void *context);
    bool transactions; /* task.transaction is there: the script says where transactions end */
} lc_task_services;

typedef struct lc_connector_options {
    lc_script *script;
    const lc_props *settings; /* the task's configuration, references resolved */
    const lc_grants *grants;  /* borrowed for the life of the object */
    lc_task_services services;
    const char *connector;
    int task;
} lc_connector_options;

lc_error *lc_connector_script_new(lc_state *state, const lc_connector_options *options, lc_connector_script **ret) LC_RESULT;
void lc_connector_script_free(lc_connector_script *connector); /* before its state; accepts NULL */
LC_DEFINE_AUTOPTR(lc_connector_script, lc_connector_script_free)

/* tasks(config, max): the configurations of a connector's tasks. Without the hook: one task (min(1, max)) with the
 * connector's own settings. Runs in any state; `ret_configs` is an array of *ret_count owned lc_props. */
lc_error *lc_connector_script_tasks(lc_state *state, lc_script *script, const lc_props *settings, int max,
                                    lc_props ***ret_configs, size_t *ret_count) LC_RESULT;

/* The hook check(task): what is wrong with settings though each by itself is right, by their names, such as a server
 * that doesn't answer. Nothing without the hook; an error is the hook's own. In place of start. */
lc_error *lc_connector_script_check(lc_connector_script *connector, lc_props *into) LC_RESULT;
lc_error *lc_connector_script_start(lc_connector_script *connector) LC_RESULT;
/* Source. Adds at most `room` records to the batch (source_partition, source_offset, topic, value … set). */
typedef struct lc_boundary {
    uint32_t record; /* index, as polled, of the last record before it; LC_BATCH_END: after the whole batch */
    bool aborts;
} lc_boundary;
#define LC_BATCH_END UINT32_MAX
typedef struct lc_poll_result {
    int64_t idle_ms; /* > 0: nothing now, ask again after this long (or when `wake_fd` is readable) */
    int wake_fd;     /* -1, or a descriptor that becomes readable when there is more (a growing file) */
    bool done;       /* the script returned lc.done(): it will never have more; the task stays RUNNING */
    const lc_boundary *boundaries; /* in the order they were asked for; until the next poll */
    size_t boundary_count;
} lc_poll_result;
lc_error *lc_connector_script_poll(lc_connector_script *connector, lc_batch *batch, uint32_t room, lc_poll_result *ret) LC_RESULT;
/* Sink. Records of the batch that are LIVE are seen by put(task, records). A record that the script gave to
 * task:reject(record, message) becomes FAILED with stage TASK_PUT. An empty batch is passed on too. A script that keeps
 * offsets is told, by partition, from where to where the batch goes, dropped records included; giving the same batch again
 * after an error tells the same. */
lc_error *lc_connector_script_put(lc_connector_script *connector, lc_batch *batch) LC_RESULT;
lc_error *lc_connector_script_flush(lc_connector_script *connector) LC_RESULT; /* nothing without the hook */
/* Sink: partitions came or went; nothing without the hooks open/close(task, partitions). A script whose open returns
 * partitions keeps offsets in its target, along with the records: `offset` is set to where reading is to go on. */
typedef struct lc_partition_name {
    lc_text topic;
    int32_t partition;
    int64_t offset;
} lc_partition_name;
lc_error *lc_connector_script_open(lc_connector_script *connector, lc_partition_name *partitions, size_t count) LC_RESULT;
lc_error *lc_connector_script_close(lc_connector_script *connector, const lc_partition_name *partitions, size_t count) LC_RESULT;
bool lc_connector_script_keeps_offsets(const lc_connector_script *connector); /* as its last open said */
/* Source: offsets up to here are durable; nothing without the hook commit(task). */
lc_error *lc_connector_script_commit(lc_connector_script *connector) LC_RESULT;
lc_error *lc_connector_script_stop(lc_connector_script *connector) LC_RESULT;
/* Descriptor that lets another thread interrupt a waiting capability; see services.stopping. */

#endif
