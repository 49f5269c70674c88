/* Keys of the config topic: their kinds, and how names and numbers stand in them.
 *
 * One line per kind says the prefix, who may write it and what Connect says when that fails. Pure. */
#ifndef LC_CLUSTER_CONFIG_RECORD_H
#define LC_CLUSTER_CONFIG_RECORD_H

#include "base/buf.h"
#include "base/text.h"

typedef enum lc_record_kind {
    LC_RECORD_TARGET,
    LC_RECORD_CONNECTOR,
    LC_RECORD_TASK,
    LC_RECORD_COMMIT,
    LC_RECORD_RESTART,
    LC_RECORD_FENCED,
    LC_RECORD_SESSION_KEY,
    LC_RECORD_LOGGER,
    LC_RECORD_MEMBER, /* lc-member-… */
    LC_RECORD_SCRIPT, /* lc-script-… */
    LC_RECORD_OWN,    /* lc-… */
    LC_RECORD_KIND_COUNT
} lc_record_kind;

typedef struct lc_record_key {
    lc_record_kind kind;
    lc_text name; /* connector or logger; of an own record the whole key. Borrowed from the key */
    int task;     /* of LC_RECORD_TASK */
} lc_record_key;

/* False for keys that nobody knows, or task keys without a number. */
bool lc_record_key_parse(lc_text key, lc_record_key *ret_key);
/* Appends the key; `name` and `task` as in lc_record_key. */
void lc_record_key_write(lc_record_kind kind, const char *name, int task, lc_buf *out);
/* Whether a worker that isn't leader may write it. */
bool lc_record_is_open(lc_record_kind kind);
/* "Error writing connector configuration to Kafka": what Connect says when writing or removing one fails. */
const char *lc_record_failure(lc_record_kind kind, bool is_removal);

/* The number after the last dash, as in task-<name>-<number>; the name before it. */
bool lc_split_task_id(lc_text text, lc_text *ret_name, int *ret_task);

#endif
