/* Which workers are alive, and which of them leads: an ordinary consumer group on the config topic.
 *
 *   join ─▶ member, with a lease ─▶ (owner of partition 0: leader)
 *               └─▶ the lease runs out, or the group forgets the worker: no member until it is taken back
 *
 * The group is `group.id` itself, so that a running Kafka Connect cluster of Java and this one exclude each
 * other. Brokers tell members nothing of each other here; the coordinator is asked who is in the group, the
 * leader asks several times a second. A member goes by its client.id, which is made when it opens and sorts
 * by age: the assignor gives partition 0 to the oldest, so leadership only moves when the leader goes.
 *
 * A lease is the time up to which the coordinator can't have given up this worker: an answer that named it,
 * plus the session, less a heartbeat. Clocks of machines are never compared. What a worker does for the
 * cluster, it does while its lease lasts; tasks look at it themselves (lc_worker_has_lease). After a lapse
 * they stand still until the herder, which has looked what belongs to it now, calls lc_membership_resume.
 *
 * It knows nothing of connectors. A thread of its own talks to Kafka; everything here is thread-safe. */
#ifndef LC_CLUSTER_MEMBERSHIP_H
#define LC_CLUSTER_MEMBERSHIP_H

#include "base/strings.h"
#include "runtime/worker.h"

typedef struct lc_membership lc_membership;

/* Called on the membership's thread when what lc_membership_look says has changed; must not wait. */
typedef struct lc_membership_listener {
    void (*changed)(void *context);
    void *context;
} lc_membership_listener;

typedef struct lc_membership_view {
    bool is_member;     /* and its lease lasts */
    bool is_leader;     /* the group gave it partition 0 */
    int lapses;         /* how often the lease was not there or has run out */
    lc_strings members; /* ids of all, oldest first; as of the last answer */
} lc_membership_view;

void lc_membership_view_done(lc_membership_view *view);
LC_DEFINE_AUTO(lc_membership_view, lc_membership_view_done)

/* Starts joining; no connection is awaited. session.timeout.ms, heartbeat.interval.ms and
 * rebalance.timeout.ms are those of the worker's settings. LC_E_CONFIG for settings that no client takes. */
lc_error *lc_membership_open(lc_worker_core *worker, const lc_membership_listener *listener,
                             lc_membership **ret_membership) LC_RESULT;
/* Leaves the group. Accepts NULL. */
void lc_membership_close(lc_membership *membership, int64_t timeout_ms);

/* This worker's id in the group; another one after each start. */
const char *lc_membership_id(const lc_membership *membership);
void lc_membership_look(lc_membership *membership, lc_membership_view *ret_view);
/* Tasks may act again, unless the lease has lapsed since the view with so many lapses was taken. */
void lc_membership_resume(lc_membership *membership, int lapses);
/* Why this worker can never become a member as things are (a session that brokers refuse, no right to the
 * group): a copy, or NULL. */
lc_error *lc_membership_failure(lc_membership *membership);
/* Asks the coordinator soon instead of at the next turn. */
void lc_membership_hurry(lc_membership *membership);

#endif
