/* What the config topic says at one offset: an immutable snapshot that any thread may read.
 *
 *   lc_config_state *state = lc_config_store_snapshot(store);
 *   const lc_config_connector *c = lc_config_state_find(state, "orders");
 *   …
 *   lc_config_state_unref(state);
 *
 * Everything reached from a state lives as long as it. Source of the rules: ClusterConfigState. */
#ifndef LC_CLUSTER_CONFIG_STATE_H
#define LC_CLUSTER_CONFIG_STATE_H

#include "base/map.h"
#include "cluster/herder.h"

typedef struct lc_config_state lc_config_state;

typedef struct lc_config_connector {
    const char *name;
    const lc_props *config;
    /* The configuration that the tasks were made from; NULL before the first commit. Differs from `config`
     * (see lc_props_equal) when the tasks have yet to be made anew. */
    const lc_props *applied;
    lc_target_state target;       /* never UNSET */
    int task_count;               /* what the newest commit says; 0 without one */
    const lc_props *const *tasks; /* runnable tasks: task_count of them, or NULL when there is none to run */
    bool is_inconsistent;    /* the commit named tasks that the topic doesn't have: they must be made anew */
    int64_t task_generation; /* counts complete commits with tasks, from 0; -1: none yet */
    bool is_pending_fencing; /* a commit came after the last count of fenced tasks (KIP-618) */
    int fenced_tasks;        /* that count; -1: none */
    /* Offsets of the records that said so last, -1: none. Two states differ in a connector's configuration
     * exactly when config_offset differs, and so on. */
    int64_t config_offset, target_offset, tasks_offset;
} lc_config_connector;

typedef struct lc_session_key {
    lc_text key;           /* raw bytes */
    const char *algorithm; /* "HmacSHA256" */
    int64_t created_ms;    /* wall clock */
} lc_session_key;

lc_config_state *lc_config_state_ref(lc_config_state *state);
void lc_config_state_unref(lc_config_state *state); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_config_state, lc_config_state_unref)

/* One more than the offset of the last record in it; what members tell each other. 0: an empty topic. */
int64_t lc_config_state_offset(const lc_config_state *state);

/* Connectors that have a configuration, by position in order of their names, and by name (NULL: none). */
size_t lc_config_state_count(const lc_config_state *state);
const lc_config_connector *lc_config_state_at(const lc_config_state *state, size_t at);
const lc_config_connector *lc_config_state_find(const lc_config_state *state, const char *name);
/* The newest key of workers, or NULL. */
const lc_session_key *lc_config_state_session_key(const lc_config_state *state);
/* Connectors that have run: those with a configuration and those that are deleted, whose statuses may still
 * be around. Sum of their tasks: for metrics and planning. */
size_t lc_config_state_task_total(const lc_config_state *state);

/* Records of this cluster's own, whose keys start with `lc-`. The value of one (data NULL: none), and all
 * whose keys start with `prefix` in order of their keys. */
lc_text lc_config_state_own(const lc_config_state *state, const char *key);
void lc_config_state_each_own(const lc_config_state *state, const char *prefix,
                              void (*each)(void *context, const char *key, lc_text value), void *context);

/* The epoch and worker of `lc-leader` as the topic has it: who leads. 0 and NULL when nobody ever has.
 * The text lives as long as the state. */
int64_t lc_config_state_leader(const lc_config_state *state, const char **ret_worker);

#endif
