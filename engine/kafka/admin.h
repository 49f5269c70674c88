/* Asking and changing a cluster: topics, their settings, offsets of groups. Synchronous, with a deadline.
 *
 * Errors name the topic or group, the broker when it can't be reached, and what to do next. Codes:
 * LC_E_TIMEOUT (retriable), LC_E_EXISTS, LC_E_NOT_FOUND, LC_E_FORBIDDEN (not authorised), LC_E_CONFIG,
 * LC_E_KAFKA. Thread-safe. */
#ifndef LC_KAFKA_ADMIN_H
#define LC_KAFKA_ADMIN_H

#include "kafka/client_config.h"

typedef struct lc_admin lc_admin;

lc_error *lc_admin_open(lc_client_config *config, const lc_client_log *log, lc_admin **ret_admin) LC_RESULT;
void lc_admin_close(lc_admin *admin, int64_t timeout_ms); /* accepts NULL */

typedef struct lc_setting {
    const char *name;
    const char *value;
} lc_setting;

typedef struct lc_new_topic {
    const char *name;
    int32_t partitions;  /* -1: the broker's default */
    int16_t replication; /* -1: the broker's default */
    const lc_setting *settings;
    size_t setting_count;
} lc_new_topic;

/* LC_E_EXISTS when there is one of that name. Waits until the controller has made it. */
lc_error *lc_admin_create_topic(lc_admin *admin, const lc_new_topic *topic, int64_t timeout_ms) LC_RESULT;
/* Deletes a topic; LC_E_NOT_FOUND when there is none. */
lc_error *lc_admin_delete_topic(lc_admin *admin, const char *topic, int64_t timeout_ms) LC_RESULT;
/* Number of partitions, 0 when the topic doesn't exist. Doesn't create it. */
lc_error *lc_admin_partitions(lc_admin *admin, const char *topic, int64_t timeout_ms,
                              int32_t *ret_count) LC_RESULT;
lc_error *lc_admin_list_topics(lc_admin *admin, int64_t timeout_ms, lc_strings *ret_names) LC_RESULT;
/* The value of one setting of a topic (cleanup.policy), free() it; NULL when the topic has no such. */
lc_error *lc_admin_topic_setting(lc_admin *admin, const char *topic, const char *setting, int64_t timeout_ms,
                                 char **ret_value) LC_RESULT;
/* The id of the cluster, free() it. */
lc_error *lc_admin_cluster_id(lc_admin *admin, int64_t timeout_ms, char **ret_id) LC_RESULT;

/* Everything a group has committed, appended to `ret_offsets`. */
lc_error *lc_admin_group_offsets(lc_admin *admin, const char *group, int64_t timeout_ms,
                                 lc_offsets *ret_offsets) LC_RESULT;
/* Sets committed offsets of a group without members. LC_E_CONFLICT when it has some. */
lc_error *lc_admin_alter_offsets(lc_admin *admin, const char *group, lc_offsets *offsets,
                                 int64_t timeout_ms) LC_RESULT;
/* Removes committed offsets of those partitions. LC_E_CONFLICT when the group still reads them. */
lc_error *lc_admin_delete_offsets(lc_admin *admin, const char *group, lc_offsets *partitions,
                                  int64_t timeout_ms) LC_RESULT;
/* The client.id of every member that the coordinator counts to the group, also while the group rebalances.
 * None for a group that doesn't exist. *ret_are_consumers, unless NULL: whether its members are consumers; those of
 * Kafka Connect's workers of Java, which have a protocol of their own ("connect"), aren't. */
lc_error *lc_admin_group_members(lc_admin *admin, const char *group, int64_t timeout_ms, lc_strings *ret_clients,
                                 bool *ret_are_consumers) LC_RESULT;
/* Removes a group without members; a group that doesn't exist is fine. */
lc_error *lc_admin_delete_group(lc_admin *admin, const char *group, int64_t timeout_ms) LC_RESULT;

#endif
