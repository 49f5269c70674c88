/* Scripts that come over REST, in a cluster: a record each in the config topic, which every worker follows.
 *
 *   PUT at one worker ─▶ checked there ─▶ lc-script-text-KIND-NAME ─▶ each worker: checked, stored, brought to its tasks
 *                                         lc-script-seen-KIND-NAME-WORKER ◀─ what became of it there
 *
 * One that is taken away leaves a record with "removed" and no text. The newest record of a name counts; a worker that
 * joins reads them before it runs anything. Any thread. */
#ifndef LC_CLUSTER_SCRIPT_TOPIC_H
#define LC_CLUSTER_SCRIPT_TOPIC_H

#include "cluster/config_store.h"

typedef struct lc_script_topic lc_script_topic;

lc_script_topic *lc_script_topic_new(lc_worker_core *worker);
void lc_script_topic_stop(lc_script_topic *topic); /* waits for what it is at; before the store closes */
void lc_script_topic_free(lc_script_topic *topic); /* nothing is told any more; accepts NULL */
/* The store is open: uses all that it holds, then follows it. It is to outlive the topic. */
lc_error *lc_script_topic_start(lc_script_topic *topic, lc_config_store *store) LC_RESULT;
bool lc_script_topic_is_started(const lc_script_topic *topic);
/* On the config topic's thread. */
void lc_script_topic_note(lc_script_topic *topic, const lc_config_change *change);
/* Hands this version of a script to the others, and waits a little until each has said what it makes of it. By its
 * number: what another worker wrote before may be in use here again by now, until this record comes back. */
lc_error *lc_script_topic_publish(lc_script_topic *topic, const char *kind, const char *name, int version,
                                  const char *who) LC_RESULT;
/* The same for a script that was taken away here. */
lc_error *lc_script_topic_publish_removal(lc_script_topic *topic, const char *kind, const char *name,
                                          const char *who) LC_RESULT;
/* Adds "workers": for each its version, its state and, when it was refused or taken back, why. */
void lc_script_topic_show(lc_script_topic *topic, const char *kind, const char *name, lc_json *into);

#endif
