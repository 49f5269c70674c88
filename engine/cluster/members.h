/* What workers of a cluster tell each other of themselves: records `lc-member-<host:port>` of the config
 * topic.
 *
 *   {"id":"lc-0193…","url":"http://host:8083","applied":12}
 *
 * A worker writes its record before it joins the group, again when it has put an assignment into force that
 * took something away from it, and removes it when it leaves. A record with another id means that the worker
 * was started anew: its former self is gone, whatever the group still thinks. Pure. */
#ifndef LC_CLUSTER_MEMBERS_H
#define LC_CLUSTER_MEMBERS_H

#include "cluster/config_batch.h"
#include "cluster/config_state.h"

typedef struct lc_cluster_member {
    char *worker_id; /* host:port */
    char *id;        /* in the group */
    char *url;
    int64_t applied; /* generation of the assignment in force there */
} lc_cluster_member;

typedef struct lc_cluster_members {
    lc_cluster_member *items; /* oldest first */
    size_t count, cap;
} lc_cluster_members;

/* All records that can be read. */
void lc_cluster_members_read(const lc_config_state *state, lc_cluster_members *ret_members);
void lc_cluster_members_done(lc_cluster_members *members);
LC_DEFINE_AUTO(lc_cluster_members, lc_cluster_members_done)

/* NULL: none. */
const lc_cluster_member *lc_cluster_member_by_id(const lc_cluster_members *members, const char *id);
const lc_cluster_member *lc_cluster_member_of_worker(const lc_cluster_members *members,
                                                     const char *worker_id);

/* Adds the record to a batch; `id` NULL: its removal. */
void lc_cluster_member_put(lc_config_batch *batch, const char *worker_id, const char *id, const char *url,
                           int64_t applied);

#endif
