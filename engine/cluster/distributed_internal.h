/* What the files of the distributed herder share.
 *
 * Its thread serves requests and, between them, brings the worker in line: a tick. Everything a tick does
 * follows from what the config topic and the group say at that moment; nothing depends on having seen every
 * change. Stores are opened by the thread; others may touch them once `ready` is set. */
#ifndef LC_CLUSTER_DISTRIBUTED_INTERNAL_H
#define LC_CLUSTER_DISTRIBUTED_INTERNAL_H

#include <pthread.h>

#include "cluster/assignment.h"
#include "cluster/config_store.h"
#include "cluster/fencer.h"
#include "cluster/members.h"
#include "cluster/membership.h"
#include "cluster/requests.h"
#include "cluster/running.h"
#include "cluster/script_topic.h"
#include "cluster/status_store.h"

typedef struct distributed {
    lc_herder herder;
    lc_requests requests;
    lc_thread *thread;
    char *url;
    atomic_bool ready;
    atomic_bool changed;  /* something was told since the last tick */
    pthread_mutex_t lock; /* guards: failure */
    lc_error *failure;
    lc_config_store *configs;
    lc_status_store *statuses;
    lc_membership *membership;
    lc_running *running;
    lc_fencer *fencer;
    lc_script_topic *scripts;
    /* The thread's own from here on. */
    int64_t waiting_since_ms; /* for brokers */
    bool is_member;
    int lapses;               /* of the lease, as known when it joined */
    lc_assignment assignment; /* the newest, as read */
    int64_t told_applied;     /* what this worker's record says; -1: there is none */
    int64_t obeyed_offset;    /* of the state that was brought into force last */
    int64_t obey_at_ms;       /* not again before, unless nothing is to be obeyed */
    int64_t topics_at_ms;
    /* Leading. */
    int64_t claim_at_ms;
    bool must_claim;          /* whether the last write took place is unknown */
    int64_t lost_deadline_ms; /* 0: nothing is lost */
    size_t members_when_lost;
    int64_t plan_at_ms; /* no new assignment before */
    bool swept; /* statuses of what is gone were removed under this assignment */
} distributed;

enum { LC_STORE_MS = 30000 }; /* Connect's limit for changes of the config topic */

extern const char lc_busy_text[]; /* of a 409 while work moves */

/* distributed_lead.c: the leader's part of a tick. */
void lc_distributed_lead(distributed *d, const lc_membership_view *view);
bool lc_distributed_leads(distributed *d); /* any thread */
/* How long changes of a cluster with that many units are gathered before all of them are looked at again: 0 for few. */
int64_t lc_distributed_pause(size_t units);
/* Milliseconds until the leader has to look again by itself. */
int64_t lc_distributed_lead_wait(const distributed *d);
/* The assignment that a state holds; an unreadable record is logged and counts as none. */
void lc_distributed_assignment(distributed *d, const lc_config_state *state, lc_assignment *ret_assignment);

/* distributed_change.c: requests that change something. */
lc_error *lc_distributed_put(lc_herder *, const char *name, const lc_props *config, lc_target_state state,
                             bool allow_replace, int64_t deadline, lc_buf *out, bool *ret_created);
lc_error *lc_distributed_remove(lc_herder *, const char *name, int64_t deadline);
lc_error *lc_distributed_set_state(lc_herder *, const char *name, lc_target_state state, int64_t deadline);
lc_error *lc_distributed_restart(lc_herder *, const char *name, bool include_tasks, bool only_failed,
                                 int64_t deadline, lc_buf *out);
lc_error *lc_distributed_restart_task(lc_herder *, const char *name, int task, int64_t deadline);
lc_error *lc_distributed_alter(lc_herder *, const char *name, const lc_json *body, int64_t deadline,
                               lc_buf *out);
lc_error *lc_distributed_put_tasks(lc_herder *, const char *name, const lc_json *tasks, int64_t deadline);
lc_error *lc_distributed_fence(lc_herder *, const char *name, int64_t deadline);
/* A restart record was read: what of it runs here is restarted. */
void lc_distributed_note_restart(distributed *d, const char *name, bool include_tasks, bool only_failed);
/* lc_publish_tasks. */
bool lc_distributed_publish(void *context, const char *connector, const lc_props *const *tasks, size_t count);
/* What the worker is to run now; the state belongs to the caller. */
lc_orders lc_distributed_orders(distributed *d, const lc_config_state *state);

/* distributed_read.c: requests that look. */
lc_error *lc_distributed_list(lc_herder *, lc_strings *ret_names);
lc_error *lc_distributed_info(lc_herder *, const char *name, lc_buf *out);
lc_error *lc_distributed_config(lc_herder *, const char *name, lc_props **ret_config);
lc_error *lc_distributed_status(lc_herder *, const char *name, lc_buf *out);
lc_error *lc_distributed_task_status(lc_herder *, const char *name, int task, lc_buf *out);
lc_error *lc_distributed_tasks(lc_herder *, const char *name, lc_buf *out);
lc_error *lc_distributed_topics(lc_herder *, const char *name, lc_buf *out);
lc_error *lc_distributed_topics_reset(lc_herder *, const char *name);
lc_error *lc_distributed_expand(lc_herder *, bool status, bool info, lc_buf *out);
lc_error *lc_distributed_offsets(lc_herder *, const char *name, int64_t deadline, lc_buf *out);
lc_error *lc_distributed_locate(lc_herder *, lc_herder_place place, const char *name, int task,
                                char **ret_url);
lc_error *lc_distributed_workers(lc_herder *, lc_strings *ret_urls);
lc_error *lc_distributed_verify(lc_herder *, const lc_herder_signature *signature, lc_text body,
                                int *ret_status);
lc_error *lc_distributed_sign(lc_herder *, lc_text message, lc_buf *out);
/* This worker can't go on; takes the error. Any thread. */
void lc_distributed_fail(distributed *d, lc_error *failure);
/* LC_E_CONFLICT until everything was read. */
lc_error *lc_distributed_check_ready(const distributed *d) LC_RESULT;
void lc_distributed_write_info(distributed *d, const lc_config_connector *c, lc_buf *out);
/* The URL of the worker that leads; LC_E_CONFLICT when nobody does. NULL: this one. */
lc_error *lc_distributed_leader_url(distributed *d, char **ret_url) LC_RESULT;

#endif
