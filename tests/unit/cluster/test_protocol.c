/* The protocol of a cluster, played through: every order of a few steps of workers, clock and coordinator, from several
 * beginnings. Records, members and plans are the product's; clock, group and log are simulated. A leader plans in one
 * step and writes in another, so that it may be replaced or sleep in between.
 *
 * At each step: no unit is worked on by two workers, and what a replaced leader writes isn't believed. In the end,
 * undisturbed: every unit runs once, the load differs by one at most, and nothing is written any more. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "check.h"
#include "cluster/assignment.h"
#include "cluster/config_batch_internal.h"
#include "cluster/config_model.h"
#include "cluster/members.h"

enum { WORKERS = 3, UNITS = 4, LOG = 64, SESSION = 3, HEARTBEAT = 1 };

static const lc_assign_wish wishes[UNITS] = {{"a", -1}, {"a", 0}, {"b", -1}, {"b", 0}};

typedef struct worker {
    bool is_up, sleeps, in_group;
    bool is_held;           /* its tasks stand still until it has read to the end */
    int life;               /* part of its id: a start makes another member */
    int beat, lease;        /* when the coordinator heard of it last; until when it may act */
    int read;               /* records of the log it has read */
    int64_t applied;        /* the generation it has put into force */
    unsigned runs;          /* units */
    int epoch;              /* under which it leads; 0: it doesn't */
    int planned;            /* a record it is about to write, -1: none */
    char group[WORKERS][32]; /* members by its last answer of the coordinator */
} worker;

typedef struct world {
    int clock, epoch, length;
    int log[LOG]; /* numbers of texts */
    worker workers[WORKERS];
} world;

/* Records are kept for good, so that worlds can be copied. */
static struct record {
    char *key, *value;
} *records;
static size_t record_count, record_cap;
static long steps, leaves, refused;

static int keep(const char *key, const char *value)
{
    records = lc_grow(records, &record_cap, record_count + 1, sizeof *records);
    records[record_count] = (struct record){lc_strdup(key), lc_strdup(value)};
    return (int)record_count++;
}

static void append(world *w, int record)
{
    CHECK(w->length < LOG);
    if (w->length < LOG) w->log[w->length++] = record;
}

static void name_of(const world *w, int n, char out[32])
{
    snprintf(out, 32, "lc-%d%02d", n, w->workers[n].life);
}

static lc_config_state *state_at(const world *w, int end)
{
    lc_config_model *model = lc_config_model_new();
    lc_auto(lc_buf) problem = {0};
    lc_config_change change;
    for (int i = 0; i < end; i++) {
        const struct record *r = &records[w->log[i]];
        lc_config_model_apply(model, lc_text_of(r->key), r->value ? lc_text_of(r->value) : (lc_text){0}, i, &change,
                              &problem);
    }
    lc_config_state *state = lc_config_model_state(model);
    lc_config_model_free(model);
    return state;
}

static void read_assignment(const lc_config_state *state, lc_assignment *ret)
{
    *ret = (lc_assignment){0};
    CHECK(!lc_assignment_read(lc_config_state_own(state, LC_ASSIGNMENT_KEY), ret));
}

static void post_member(world *w, int n, bool leaves_group)
{
    char id[32], address[32];
    name_of(w, n, id);
    snprintf(address, sizeof address, "h:%d", n);
    lc_config_batch *batch = lc_config_batch_new();
    lc_cluster_member_put(batch, address, leaves_group ? NULL : id, "u", w->workers[n].applied);
    append(w, keep(batch->items[0].key.data, batch->items[0].value.data));
    lc_config_batch_free(batch);
}

static bool is_awake(const worker *me)
{
    return me->is_up && !me->sleeps;
}

static bool has_lease(const world *w, const worker *me)
{
    return is_awake(me) && me->lease > w->clock;
}

static void ask(world *w, int n)
{
    worker *me = &w->workers[n];
    if (!me->in_group) {
        me->in_group = true;
        me->is_held = true;
    }
    if (me->lease <= w->clock) me->is_held = true;
    me->beat = w->clock;
    me->lease = w->clock + SESSION - HEARTBEAT;
    for (int i = 0; i < WORKERS; i++) {
        me->group[i][0] = 0;
        if (w->workers[i].in_group) name_of(w, i, me->group[i]);
    }
}

static void follow(world *w, int n)
{
    worker *me = &w->workers[n];
    char id[32];
    name_of(w, n, id);
    me->read = w->length;
    lc_config_state *state = state_at(w, me->read);
    lc_auto(lc_assignment) now = {0};
    read_assignment(state, &now);
    unsigned runs = 0;
    for (size_t i = 0; i < now.count; i++)
        for (unsigned u = 0; u < UNITS; u++)
            if (!now.items[i].revoked_since && !strcmp(now.items[i].member, id) &&
                now.items[i].task == wishes[u].task && !strcmp(now.items[i].connector, wishes[u].connector))
                runs |= 1u << u;
    me->runs = runs;
    me->is_held = false;
    bool is_news = me->applied != now.generation;
    me->applied = now.generation;
    if (is_news) post_member(w, n, false);
    lc_config_state_unref(state);
}

static void claim(world *w, int n)
{
    worker *me = &w->workers[n];
    me->epoch = ++w->epoch;
    me->planned = -1;
    me->read = w->length;
}

/* As the leader does it: alive is who is in the group and has a record with that id. */
static bool plan(world *w, int n)
{
    worker *me = &w->workers[n];
    char id[32];
    size_t lost;
    name_of(w, n, id);
    lc_config_state *state = state_at(w, w->length);
    lc_auto(lc_assignment) now = {0};
    lc_auto(lc_assignment) next = {0};
    lc_auto(lc_cluster_members) members = {0};
    read_assignment(state, &now);
    lc_cluster_members_read(state, &members);
    lc_assign_member alive[WORKERS];
    lc_assign_view view = {.members = alive, .units = wishes, .unit_count = UNITS, .leader = id};
    for (int i = 0; i < WORKERS; i++) {
        const lc_cluster_member *member = me->group[i][0] ? lc_cluster_member_by_id(&members, me->group[i]) : NULL;
        if (member) alive[view.member_count++] = (lc_assign_member){member->id, member->applied};
    }
    bool is_new = view.member_count && lc_assignment_plan(&now, &view, &next, &lost);
    if (is_new) {
        lc_auto(lc_buf) text = {0};
        lc_assignment_write(&next, &text);
        me->planned = keep(LC_ASSIGNMENT_KEY, text.data);
    }
    lc_config_state_unref(state);
    return is_new;
}

/* The brokers take it from the newest leader only. */
static void commit(world *w, int n)
{
    worker *me = &w->workers[n];
    if (me->epoch == w->epoch) {
        append(w, me->planned);
    } else {
        me->epoch = 0;
        refused++;
    }
    me->planned = -1;
}

static void tick(world *w)
{
    w->clock++;
    for (int n = 0; n < WORKERS; n++)
        if (w->workers[n].beat + SESSION <= w->clock) w->workers[n].in_group = false;
}

static void start(world *w, int n)
{
    int life = w->workers[n].life + 1;
    w->workers[n] = (worker){.is_up = true, .life = life, .planned = -1, .is_held = true};
    post_member(w, n, false);
}

static void end(world *w, int n, bool cleanly)
{
    worker *me = &w->workers[n];
    if (cleanly) {
        post_member(w, n, true);
        me->in_group = false;
    }
    me->is_up = me->sleeps = false;
    me->runs = 0;
    me->epoch = 0;
    me->planned = -1;
}

enum { ASK, FOLLOW, LEAD, WRITE, SLEEP, WAKE, KILL, LEAVE, START, KINDS };

/* One step of a worker; false when it can't take it. */
static bool act(world *w, int n, int kind)
{
    worker *me = &w->workers[n];
    bool awake = is_awake(me), may = has_lease(w, me);
    switch (kind) {
    case ASK: return awake && me->beat != w->clock ? (ask(w, n), true) : false;
    case FOLLOW: return may && (me->read < w->length || me->is_held) ? (follow(w, n), true) : false;
    case LEAD:
        if (!may || me->planned >= 0) return false;
        if (!me->epoch) claim(w, n);
        return plan(w, n);
    case WRITE: return awake && me->planned >= 0 ? (commit(w, n), true) : false;
    case SLEEP: return awake ? (me->sleeps = true) : false;
    case WAKE: return me->sleeps ? (me->sleeps = false, true) : false;
    case KILL: return me->is_up ? (end(w, n, false), true) : false;
    case LEAVE: return may ? (end(w, n, true), true) : false;
    default: return !me->is_up && !me->in_group && me->life < 9 ? (start(w, n), true) : false;
    }
}

static void check_world(const world *w)
{
    unsigned busy = 0;
    for (int n = 0; n < WORKERS; n++) {
        const worker *me = &w->workers[n];
        if (!has_lease(w, me) || me->is_held) continue;
        CHECK(!(busy & me->runs));
        busy |= me->runs;
    }
}

/* Everybody is awake and prompt; the first worker leads. */
static void come_to_rest(const world *from)
{
    world w = *from;
    int quiet = 0, rounds = 0;
    for (int n = 0; n < WORKERS; n++) w.workers[n].sleeps = false;
    for (; quiet < SESSION + 1 && rounds < 25; rounds++) {
        bool wrote = false;
        tick(&w);
        for (int n = 0; n < WORKERS; n++) {
            act(&w, n, START);
            act(&w, n, ASK);
            act(&w, n, FOLLOW);
        }
        if (w.workers[0].epoch != w.epoch) w.workers[0].epoch = 0;
        w.workers[0].planned = -1;
        if (act(&w, 0, LEAD)) wrote = act(&w, 0, WRITE);
        for (int n = 0; n < WORKERS; n++) act(&w, n, FOLLOW);
        check_world(&w);
        quiet = wrote ? 0 : quiet + 1;
    }
    CHECK(quiet > SESSION);
    unsigned all = 0;
    int least = UNITS, most = 0;
    for (int n = 0; n < WORKERS; n++) {
        int count = __builtin_popcount(w.workers[n].runs);
        all |= w.workers[n].runs;
        least = count < least ? count : least;
        most = count > most ? count : most;
    }
    CHECK_EQ_INT(all, (1u << UNITS) - 1);
    CHECK(most - least <= 1);
}

static void explore(const world *from, int depth)
{
    if (!depth) {
        if (leaves++ % 256 == 0) come_to_rest(from);
        return;
    }
    world next = *from;
    tick(&next);
    check_world(&next);
    explore(&next, depth - 1);
    for (int n = 0; n < WORKERS; n++)
        for (int kind = 0; kind < KINDS; kind++) {
            size_t kept = record_count;
            next = *from;
            if (!act(&next, n, kind)) continue;
            steps++;
            check_world(&next);
            explore(&next, depth - 1);
            while (record_count > kept) {
                free(records[--record_count].key);
                free(records[record_count].value);
            }
        }
}

static world begin(int workers)
{
    world w = {0};
    for (int n = 0; n < WORKERS; n++) w.workers[n] = (worker){.planned = -1, .beat = -SESSION};
    for (int n = 0; n < workers; n++) start(&w, n);
    for (int n = 0; n < workers; n++) ask(&w, n);
    for (int i = 0; i < 4; i++) {
        if (act(&w, 0, LEAD)) act(&w, 0, WRITE);
        for (int n = 0; n < workers; n++) act(&w, n, FOLLOW);
    }
    return w;
}

TEST(a_quiet_cluster)
{
    world w = begin(3);
    explore(&w, 4);
}

TEST(a_worker_joins)
{
    world w = begin(2);
    start(&w, 2);
    ask(&w, 2);
    ask(&w, 0);
    CHECK(act(&w, 0, LEAD)); /* what moves is about to be taken away */
    explore(&w, 4);
}

TEST(a_move_under_way)
{
    world w = begin(2);
    start(&w, 2);
    ask(&w, 2);
    ask(&w, 0);
    CHECK(act(&w, 0, LEAD) && act(&w, 0, WRITE));
    explore(&w, 5);
}

TEST(a_worker_is_away)
{
    world w = begin(3);
    CHECK(act(&w, 1, SLEEP));
    tick(&w);
    tick(&w);
    ask(&w, 0);
    ask(&w, 2);
    tick(&w);
    ask(&w, 0);
    CHECK(act(&w, 0, LEAD));
    explore(&w, 4);
}

int main(void)
{
    RUN(a_quiet_cluster);
    RUN(a_worker_joins);
    RUN(a_move_under_way);
    RUN(a_worker_is_away);
    printf("%ld steps, %ld histories, %ld writes refused\n", steps, leaves, refused);
    CHECK(leaves > 10000 && refused > 0);
    return check_report();
}
