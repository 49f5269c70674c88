#include "cluster/other_cluster.h"

#include <string.h>

#include "base/json.h"
#include "cluster/internal_topic.h"
#include "kafka/admin.h"

lc_error *lc_other_cluster_refuse(lc_worker_core *worker, const lc_config_state *state, int64_t timeout_ms)
{
    lc_text leader = lc_config_state_own(state, "lc-leader");
    lc_autoptr(lc_json) record = NULL;
    lc_error_free(leader.len ? lc_json_parse(leader.data, leader.len, 0, &record) : NULL);
    const char *group = lc_json_string(lc_json_get(record, "group"));
    if (!group || !strcmp(group, lc_props_get_or(worker->settings, "group.id", ""))) return NULL;
    lc_admin *admin;
    lc_auto(lc_strings) members = {0};
    LC_TRY(lc_worker_admin(worker, &admin));
    LC_TRY(lc_admin_group_members(admin, group, timeout_ms, &members, NULL));
    if (!members.count) return NULL;
    return lc_fail(LC_E_CONFIG,
                   "The topic '%s' of the 'config.storage.topic' property belongs to the cluster with group.id=%s, of "
                   "which %zu workers run. Set group.id to the same to join it, or give this cluster its own "
                   "config.storage.topic, offset.storage.topic and status.storage.topic.",
                   lc_internal_topic_name(worker, LC_TOPIC_CONFIGS), group, members.count);
}
