/* Topics of source connectors (KIP-158): created through the admin API by topic.creation.* rules.
 *
 * Without any such rule Connect leaves it to the broker; since our producers don't create topics, a missing
 * topic is then created with the broker's defaults (-1), which gives the same result. With
 * topic.creation.enable=false it is left to the broker, which makes a topic at the first record if
 * auto.create.topics.enable lets it. Names already checked are remembered. Task thread only. */
#ifndef LC_RUNTIME_TOPIC_CREATION_H
#define LC_RUNTIME_TOPIC_CREATION_H

#include "runtime/task_internal.h"

typedef struct lc_topic_creation lc_topic_creation;

lc_error *lc_topic_creation_new(lc_task *task, const lc_connector_config *config,
                                lc_topic_creation **ret) LC_RESULT;
void lc_topic_creation_free(lc_topic_creation *creation); /* accepts NULL */
/* How many partitions `topic` has, 0 when it doesn't exist. Ends early, with an error, when the task is told to
 * stop: an unreachable cluster must not hold up the worker's end. */
lc_error *lc_topic_partitions(lc_task *task, const char *topic, int32_t *ret_count) LC_RESULT;
/* Makes sure that `topic` exists. Errors as Connect's ("Task failed to create new topic …"); retriable ones
 * are tried again by the caller. */
lc_error *lc_topic_creation_ensure(lc_topic_creation *creation, const char *topic) LC_RESULT;

#endif
