#include "cluster/membership.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"
#include "cluster/internal_topic.h"
#include "kafka/consumer.h"
#include "runtime/client_settings.h"
#include "secure/random.h"

#define ID_PREFIX "lc-" /* of the client.id of each worker */

enum {
    POLL_MS = 100,
    LEADER_ASKS_MS = 300,
    MEMBER_ASKS_MS = 1000,
    ASKING_MS = 1500,    /* how long an answer is waited for */
    COMPLAIN_MS = 30000, /* how often the same trouble is told */
    NO_LEASE = 1,        /* a time long gone */
    ID_SIZE = 40
};

struct lc_membership {
    lc_worker_core *worker;
    lc_membership_listener listener;
    char id[ID_SIZE];
    const char *group;
    int64_t session_ms, heartbeat_ms;
    lc_consumer *consumer;
    lc_thread *thread;
    atomic_bool closing, hurry;
    pthread_mutex_t lock; /* guards what follows */
    bool is_member, is_leader;
    int lapses;
    bool is_suspended; /* the lease is not passed on to tasks */
    int64_t lease_ms;
    lc_strings members;
    lc_error *failure;
    bool was_member; /* at any time. Of the thread that asks */
    /* The thread's own. */
    int64_t ask_at_ms, complained_ms;
};

void lc_membership_view_done(lc_membership_view *view)
{
    lc_strings_done(&view->members);
}

const char *lc_membership_id(const lc_membership *membership)
{
    return membership->id;
}

void lc_membership_hurry(lc_membership *membership)
{
    atomic_store(&membership->hurry, true);
    lc_consumer_wake(membership->consumer);
}

void lc_membership_look(lc_membership *m, lc_membership_view *ret_view)
{
    *ret_view = (lc_membership_view){0};
    pthread_mutex_lock(&m->lock);
    ret_view->is_member = m->is_member && m->lease_ms > lc_monotonic_ms();
    ret_view->is_leader = m->is_leader && ret_view->is_member;
    ret_view->lapses = m->lapses;
    lc_strings_add_all(&ret_view->members, &m->members);
    pthread_mutex_unlock(&m->lock);
}

lc_error *lc_membership_failure(lc_membership *m)
{
    pthread_mutex_lock(&m->lock);
    lc_error *failure = m->failure ? lc_error_copy(m->failure) : NULL;
    pthread_mutex_unlock(&m->lock);
    return failure;
}

static void tell(lc_membership *m)
{
    m->listener.changed(m->listener.context);
}

static void fail(lc_membership *m, lc_error *failure)
{
    pthread_mutex_lock(&m->lock);
    lc_error_free(m->failure);
    m->failure = failure;
    pthread_mutex_unlock(&m->lock);
    tell(m);
}

/* Sets who leads; true when that is news. */
static bool set_leader(lc_membership *m, bool leads)
{
    pthread_mutex_lock(&m->lock);
    bool changed = m->is_leader != leads;
    m->is_leader = leads;
    pthread_mutex_unlock(&m->lock);
    if (changed)
        lc_log(m->worker->log, LC_LOG_INFO, "cluster.membership",
               leads ? "the group made this worker its leader" : "another worker of the group leads",
               "member", m->id, NULL);
    return changed;
}

static void suspend(lc_membership *m)
{
    pthread_mutex_lock(&m->lock);
    m->lease_ms = NO_LEASE;
    m->worker->lease_ms = NO_LEASE;
    m->is_suspended = true;
    m->lapses++;
    pthread_mutex_unlock(&m->lock);
}

void lc_membership_resume(lc_membership *m, int lapses)
{
    pthread_mutex_lock(&m->lock);
    if (m->lapses == lapses && m->is_suspended && m->lease_ms > lc_monotonic_ms()) {
        m->is_suspended = false;
        m->worker->lease_ms = m->lease_ms;
    }
    pthread_mutex_unlock(&m->lock);
}

static void on_assigned(void *context, lc_assigned *const *partitions, size_t count)
{
    (void)partitions;
    lc_membership *m = context;
    set_leader(m, count > 0);
    if (count) lc_error_free(lc_consumer_pause_all(m->consumer));
    atomic_store(&m->hurry, true);
    tell(m);
}

static void on_lost(void *context, lc_assigned *const *partitions, size_t count)
{
    (void)partitions, (void)count;
    lc_membership *m = context;
    suspend(m);
    set_leader(m, false);
    tell(m);
}

static lc_error *refused_session(const lc_membership *m)
{
    return lc_fail(LC_E_CONFIG,
                   "The brokers refuse session.timeout.ms=%lld: it must be between their "
                   "group.min.session.timeout.ms (6000 unless set) and group.max.session.timeout.ms. Raise "
                   "session.timeout.ms of this worker, or lower group.min.session.timeout.ms of the brokers.",
                   (long long)m->session_ms);
}

static bool on_trouble(void *context, const char *name, const char *text)
{
    lc_membership *m = context;
    if (!strcmp(name, "INVALID_SESSION_TIMEOUT")) {
        fail(m, refused_session(m));
        return true;
    }
    if (strcmp(name, "INCONSISTENT_GROUP_PROTOCOL") != 0) return false;
    if (m->complained_ms && lc_monotonic_ms() - m->complained_ms < COMPLAIN_MS) return true;
    m->complained_ms = lc_monotonic_ms();
    lc_log(m->worker->log, LC_LOG_WARN, "cluster.membership",
           "the group has members of another kind: a Kafka Connect cluster of Java with this group.id still "
           "runs, or a consumer uses its name; this worker joins as soon as they have left",
           "group.id", m->group, "error", text, NULL);
    return true;
}

static int64_t setting(const lc_worker_core *worker, const char *name, int64_t fallback)
{
    const char *given = lc_props_get(worker->settings, name);
    return given ? atoll(given) : fallback;
}

/* Ids sort by age: the time of the start comes first. */
static void make_id(lc_membership *m)
{
    unsigned char salt[4];
    lc_random_bytes(salt, sizeof salt);
    snprintf(m->id, sizeof m->id, ID_PREFIX "%012llx-%02x%02x%02x%02x", (unsigned long long)lc_now_ms(), salt[0],
             salt[1], salt[2], salt[3]);
}

static lc_error *open_consumer(lc_membership *m)
{
    lc_autoptr(lc_client_config) config = NULL;
    LC_TRY(lc_internal_client(m->worker, LC_TOPIC_CONFIGS, LC_CLIENT_CONSUMER, "-group", false, &config));
    char session[24], heartbeat[24], poll[24];
    int64_t rebalance = setting(m->worker, "rebalance.timeout.ms", 60000);
    snprintf(session, sizeof session, "%lld", (long long)m->session_ms);
    snprintf(heartbeat, sizeof heartbeat, "%lld", (long long)m->heartbeat_ms);
    snprintf(poll, sizeof poll, "%lld", (long long)(rebalance > m->session_ms ? rebalance : m->session_ms));
    const char *const settings[][2] = {
        {"group.id", m->group},
        {"client.id", m->id},
        {"session.timeout.ms", session},
        {"heartbeat.interval.ms", heartbeat},
        {"max.poll.interval.ms", poll},
        {"auto.offset.reset", "latest"},
        {"partition.assignment.strategy", "org.apache.kafka.clients.consumer.RangeAssignor"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        lc_client_config_put(config, settings[i][0], settings[i][1]);
    lc_client_log log = lc_client_logger(m->worker->log);
    lc_rebalance rebalances = {.assigned = on_assigned, .lost = on_lost, .trouble = on_trouble, .context = m};
    LC_TRY(lc_consumer_open(config, &log, &rebalances, &m->consumer));
    const char *topic = lc_internal_topic_name(m->worker, LC_TOPIC_CONFIGS);
    return lc_consumer_subscribe(m->consumer, &topic, 1);
}

static bool same(const lc_strings *a, const lc_strings *b)
{
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0) return false;
    return true;
}

/* Consumers, such as those of a sink, may use the same protocol as workers and so get into their group. One that
 * comes later is only told of: it must not end a cluster that runs. */
static void look_for_strangers(lc_membership *m, const lc_strings *clients)
{
    for (size_t i = 0; i < clients->count; i++) {
        if (!strncmp(clients->items[i], ID_PREFIX, strlen(ID_PREFIX))) continue;
        if (!m->was_member) {
            fail(m, lc_fail(LC_E_CONFIG,
                            "The group '%s' of the 'group.id' property has a member that is no worker (client.id %s): a "
                            "consumer, perhaps of a sink, uses its name. Give the cluster a group.id of its own.",
                            m->group, clients->items[i]));
        } else if (!m->complained_ms || lc_monotonic_ms() - m->complained_ms >= COMPLAIN_MS) {
            m->complained_ms = lc_monotonic_ms();
            lc_log(m->worker->log, LC_LOG_WARN, "cluster.membership",
                   "a consumer that is no worker is in the cluster's group; give it another group.id", "group.id",
                   m->group, "client.id", clients->items[i], NULL);
        }
        return;
    }
}

/* Takes over an answer of the coordinator to a question sent at `sent_ms`; true when it says anything new. */
static bool take_answer(lc_membership *m, lc_strings *members, int64_t sent_ms)
{
    bool is_member = lc_strings_has(members, m->id);
    m->was_member |= is_member;
    /* The newest heartbeat may be as old as the interval between two. */
    int64_t lease = is_member ? sent_ms + m->session_ms - m->heartbeat_ms : NO_LEASE;
    pthread_mutex_lock(&m->lock);
    /* A task that saw the lease end must be found out: the time is looked at after the lease was passed on.
     */
    int64_t before = m->is_suspended ? lease : atomic_exchange(&m->worker->lease_ms, lease);
    bool lapsed = !m->is_suspended && (before <= lc_monotonic_ms() || !is_member);
    if (lapsed) m->worker->lease_ms = NO_LEASE;
    m->is_suspended |= lapsed;
    m->lapses += lapsed;
    m->lease_ms = lease;
    bool changed = lapsed || m->is_member != is_member || !same(&m->members, members);
    m->is_member = is_member;
    if (!is_member) m->is_leader = false;
    lc_strings old = m->members;
    m->members = *members;
    *members = old;
    pthread_mutex_unlock(&m->lock);
    return changed;
}

/* Members of the group that are no workers are left out. */
static void keep_workers(lc_strings *clients, lc_strings *ret_members)
{
    for (size_t i = 0; i < clients->count; i++)
        if (lc_text_starts(lc_text_of(clients->items[i]), "lc-"))
            lc_strings_add(ret_members, clients->items[i]);
    lc_strings_sort(ret_members);
}

static void ask(lc_membership *m)
{
    lc_admin *admin;
    lc_auto(lc_strings) clients = {0};
    lc_auto(lc_strings) members = {0};
    int64_t sent = lc_monotonic_ms();
    bool are_consumers = false;
    lc_error *error = lc_worker_admin(m->worker, &admin);
    if (!error) error = lc_admin_group_members(admin, m->group, ASKING_MS, &clients, &are_consumers);
    if (error) {
        if (lc_error_code(error) == LC_E_FORBIDDEN) fail(m, lc_error_copy(error));
        lc_log(m->worker->log, LC_LOG_DEBUG, "cluster.membership", "the coordinator did not answer", "error",
               lc_error_message(error), NULL);
        lc_error_free(error);
        return;
    }
    /* Workers of Java, killed a moment ago perhaps, are waited for. */
    if (are_consumers) look_for_strangers(m, &clients);
    keep_workers(&clients, &members);
    if (take_answer(m, &members, sent)) tell(m);
}

static int64_t asking_interval(lc_membership *m)
{
    int64_t interval = m->heartbeat_ms / 2 < MEMBER_ASKS_MS ? m->heartbeat_ms / 2 : MEMBER_ASKS_MS;
    pthread_mutex_lock(&m->lock);
    bool leads = m->is_leader, joined = m->is_member;
    pthread_mutex_unlock(&m->lock);
    return (leads || !joined) && interval > LEADER_ASKS_MS ? LEADER_ASKS_MS : interval;
}

static void run(void *argument)
{
    lc_membership *m = argument;
    bool had_lease = false;
    while (!atomic_load(&m->closing)) {
        size_t none;
        lc_error *error = lc_consumer_poll(m->consumer, POLL_MS, NULL, 0, &none);
        if (error) {
            fail(m, error);
            return;
        }
        bool has_lease = m->lease_ms > lc_monotonic_ms();
        if (had_lease && !has_lease) tell(m);
        had_lease = has_lease;
        if (!atomic_exchange(&m->hurry, false) && lc_monotonic_ms() < m->ask_at_ms) continue;
        ask(m);
        m->ask_at_ms = lc_monotonic_ms() + asking_interval(m);
    }
}

lc_error *lc_membership_open(lc_worker_core *worker, const lc_membership_listener *listener,
                             lc_membership **ret_membership)
{
    lc_membership *m = lc_alloc(sizeof *m);
    m->worker = worker;
    m->listener = *listener;
    m->group = lc_props_get_or(worker->settings, "group.id", "");
    m->session_ms = setting(worker, "session.timeout.ms", 10000);
    m->heartbeat_ms = setting(worker, "heartbeat.interval.ms", 3000);
    pthread_mutex_init(&m->lock, NULL);
    m->lease_ms = NO_LEASE;
    worker->lease_ms = NO_LEASE;
    m->is_suspended = true;
    make_id(m);
    lc_error *error = open_consumer(m);
    if (!error) error = lc_thread_start("membership", 0, run, m, &m->thread);
    if (error) lc_membership_close(m, 0);
    else *ret_membership = m;
    return error;
}

void lc_membership_close(lc_membership *m, int64_t timeout_ms)
{
    if (!m) return;
    atomic_store(&m->closing, true);
    if (m->thread) lc_consumer_wake(m->consumer);
    lc_thread_join(m->thread, -1);
    lc_consumer_close(m->consumer, timeout_ms);
    lc_strings_done(&m->members);
    lc_error_free(m->failure);
    pthread_mutex_destroy(&m->lock);
    free(m);
}
