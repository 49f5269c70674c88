/* The status topic as it is read: the newest status of every connector and task, the topics of connectors.
 *
 * It knows neither Kafka nor threads; its owner sees to it that one thread at a time uses it. */
#ifndef LC_CLUSTER_STATUS_MODEL_H
#define LC_CLUSTER_STATUS_MODEL_H

#include "cluster/status_store.h"

typedef struct lc_status_model lc_status_model;

lc_status_model *lc_status_model_new(void);
void lc_status_model_free(lc_status_model *model); /* accepts NULL */

typedef struct lc_status_change {
    const char *connector;
    int task;
    lc_status_state state; /* DESTROYED: removed */
} lc_status_change;

/* Takes the next record (value data NULL: a tombstone). True: a status has changed; *ret_change is borrowed
 * until the next call. False: none has; `problem` says why a record can't be used. */
bool lc_status_model_apply(lc_status_model *model, lc_text key, lc_text value, int64_t timestamp,
                           lc_status_change *ret_change, lc_buf *problem);

/* Borrowed until the next change; NULL: none is known. */
const lc_status *lc_status_model_get(const lc_status_model *model, const char *connector, int task);
/* Numbers of tasks with a status, in order: the one at `at`, or -1 beyond the last. */
int lc_status_model_task_at(const lc_status_model *model, const char *connector, size_t at);
/* Names of connectors of which anything is known, and topics of one, sorted. */
void lc_status_model_connectors(const lc_status_model *model, lc_strings *ret_names);
void lc_status_model_topics(const lc_status_model *model, const char *connector, lc_strings *ret_topics);
/* Notes a topic; false when it was known. */
bool lc_status_model_add_topic(lc_status_model *model, const char *connector, const char *topic);
void lc_status_model_remove_topic(lc_status_model *model, const char *connector, const char *topic);
int lc_status_model_generation(const lc_status_model *model);

#endif
