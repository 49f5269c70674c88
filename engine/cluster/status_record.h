/* Keys and values of the status topic as text. Pure. Source of the format: KafkaStatusBackingStore. */
#ifndef LC_CLUSTER_STATUS_RECORD_H
#define LC_CLUSTER_STATUS_RECORD_H

#include "base/json.h"
#include "cluster/status_store.h"

typedef enum lc_status_kind { LC_STATUS_OF_CONNECTOR, LC_STATUS_OF_TASK, LC_STATUS_OF_TOPIC } lc_status_kind;

typedef struct lc_status_key {
    lc_status_kind kind;
    lc_text connector; /* borrowed from the key */
    lc_text topic;
    int task; /* LC_CONNECTOR_ITSELF for a connector */
} lc_status_key;

/* False for keys that nobody knows. */
bool lc_status_key_parse(lc_text key, lc_status_key *ret_key);
/* status-connector-<connector>, or with a task's number status-task-<connector>-<task>. */
void lc_status_key_write(const char *connector, int task, lc_buf *out);
/* status-topic-<topic>:connector-<connector> */
void lc_topic_status_key_write(const char *connector, const char *topic, lc_buf *out);

/* False when a member is missing or of another type. Texts are borrowed from `json`. */
bool lc_status_parse(const lc_json *json, lc_status *ret_status);
void lc_status_write(const lc_status *status, lc_buf *out);
void lc_topic_status_write(const char *connector, const char *topic, int task, int64_t discovered_ms,
                           lc_buf *out);

/* The members of a status as REST shows them: "state":…,"worker_id":… and, if any, trace and version. */
void lc_status_write_members(const lc_status *status, lc_buf *out);

#endif
