/* The layers of a task's Kafka clients, put together as Connect does (worker-config: producer.*, consumer.*,
 * admin.*; connector: producer.override.* …). Source of the rules: org.apache.kafka.connect.runtime.Worker.
 */
#ifndef LC_RUNTIME_CLIENT_SETTINGS_H
#define LC_RUNTIME_CLIENT_SETTINGS_H

#include "runtime/connector_config.h"
#include "runtime/worker.h"

/* Settings of the task's producer, consumer (group connect-<name>), DLQ producer or admin client, without
 * overrides; `ret_overrides` has those of the connector, with the prefix stripped. Both are the caller's. */
typedef enum lc_client_use {
    LC_USE_SOURCE_PRODUCER,
    LC_USE_SINK_CONSUMER,
    LC_USE_DLQ_PRODUCER,
    LC_USE_ADMIN,
    LC_USE_WORKER_ADMIN
} lc_client_use;
void lc_client_settings(const lc_worker_core *worker, const char *connector, int task,
                        const lc_props *connector_settings, lc_client_use use, lc_props **ret_settings,
                        lc_props **ret_overrides);
/* A client configuration from both; logs its notes once. LC_E_CONFIG for a refused override. */
lc_error *lc_client_config_from(const lc_worker_core *worker, lc_client_kind kind, const lc_props *settings,
                                const lc_props *overrides, lc_client_config **ret_config) LC_RESULT;
/* Passes client log lines to the worker's log. */
lc_client_log lc_client_logger(lc_log_t *log);

#endif
