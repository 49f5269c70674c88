/* The leader's plan, driven by a simulated cluster: members join, leave cleanly, die, stop late, and leaders
 * change, in thousands of random interleavings. The one thing that must never happen: two members that are
 * alive run the same unit. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cluster/assignment.h"
#include "check.h"

enum { MEMBERS = 8, CONNECTORS = 7, TASKS = 3, UNITS = CONNECTORS * (TASKS + 1) };

static uint64_t seed;

static size_t random_below(size_t bound)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % bound;
}

typedef struct member {
    bool is_alive;    /* in the group */
    int64_t applied;  /* generation it has put into force and told */
    int64_t seen;     /* generation it has read */
    bool runs[UNITS]; /* what really runs there */
} member;

typedef struct world {
    member members[MEMBERS];
    bool wanted[UNITS];
    lc_assignment log[4000]; /* every record, by generation */
    int64_t newest;
    bool keep_lost;
} world;

static const char *member_id(size_t m)
{
    static const char *const ids[MEMBERS] = {"lc-0", "lc-1", "lc-2", "lc-3", "lc-4", "lc-5", "lc-6", "lc-7"};
    return ids[m];
}

static const char *connector_of(size_t unit)
{
    static const char *const names[CONNECTORS] = {"a", "b-1", "c", "d", "e", "f", "g"};
    return names[unit / (TASKS + 1)];
}

static int task_of(size_t unit)
{
    return (int)(unit % (TASKS + 1)) - 1;
}

static bool is_held(const lc_assignment *a, size_t unit, size_t m)
{
    for (size_t i = 0; i < a->count; i++)
        if (!a->items[i].revoked_since && a->items[i].task == task_of(unit) &&
            !strcmp(a->items[i].connector, connector_of(unit)) && !strcmp(a->items[i].member, member_id(m)))
            return true;
    return false;
}

static const lc_held *held_by_any(const lc_assignment *a, const lc_held *like)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->items[i].task == like->task && !a->items[i].revoked_since &&
            !strcmp(a->items[i].connector, like->connector))
            return &a->items[i];
    return NULL;
}

/* Whoever keeps a unit sees the same `since`; whoever gets it, even back, sees a new one. */
static void check_since(const lc_assignment *before, const lc_assignment *after)
{
    for (size_t i = 0; i < after->count; i++) {
        const lc_held *now = &after->items[i];
        if (now->revoked_since) continue;
        const lc_held *was = held_by_any(before, now);
        bool kept = was && !strcmp(was->member, now->member);
        CHECK_EQ_INT(now->since, kept ? was->since : after->generation);
    }
}

/* A leader that has read the whole log plans; false when there is nothing to do. */
static bool lead(world *w, size_t leader)
{
    lc_assign_member alive[MEMBERS];
    lc_assign_wish units[UNITS];
    lc_assign_view view = {
        .members = alive, .units = units, .leader = member_id(leader), .keep_lost = w->keep_lost};
    for (size_t m = 0; m < MEMBERS; m++)
        if (w->members[m].is_alive)
            alive[view.member_count++] = (lc_assign_member){member_id(m), w->members[m].applied};
    for (size_t u = 0; u < UNITS; u++)
        if (w->wanted[u] && w->wanted[u - u % (TASKS + 1)])
            units[view.unit_count++] = (lc_assign_wish){connector_of(u), task_of(u)};
    size_t lost;
    lc_auto(lc_buf) text = {0};
    lc_assignment next = {0};
    if (!lc_assignment_plan(&w->log[w->newest], &view, &next, &lost)) return false;
    CHECK_EQ_INT(next.generation, w->newest + 1);
    lc_assignment_write(&next, &text);
    lc_assignment_done(&next);
    w->newest++;
    CHECK(!lc_assignment_read((lc_text){text.data, text.len}, &w->log[w->newest]));
    check_since(&w->log[w->newest - 1], &w->log[w->newest]);
    return true;
}

/* A member reads the log up to some record and does what it says; it tells so later, or never. */
static void follow(world *w, size_t m, bool tell)
{
    member *me = &w->members[m];
    if (!me->is_alive) return;
    me->seen += (int64_t)random_below((size_t)(w->newest - me->seen) + 1);
    const lc_assignment *a = &w->log[me->seen];
    for (size_t u = 0; u < UNITS; u++) me->runs[u] = is_held(a, u, m);
    if (tell) me->applied = me->seen;
}

static void die(world *w, size_t m)
{
    memset(&w->members[m], 0, sizeof w->members[m]);
}

/* What comes back is another member: it starts from the newest record. A slot is used once it is forgotten.
 */
static void join(world *w, size_t m)
{
    for (size_t u = 0; u < UNITS; u++)
        if (is_held(&w->log[w->newest], u, m)) return;
    for (size_t i = 0; i < w->log[w->newest].count; i++)
        if (!strcmp(w->log[w->newest].items[i].member, member_id(m))) return;
    w->members[m] = (member){.is_alive = true, .seen = w->newest, .applied = w->newest};
}

static void check_exclusive(const world *w)
{
    for (size_t u = 0; u < UNITS; u++) {
        int running = 0;
        for (size_t m = 0; m < MEMBERS; m++) running += w->members[m].is_alive && w->members[m].runs[u];
        CHECK(running <= 1);
    }
}

static size_t any_alive(const world *w)
{
    size_t start = random_below(MEMBERS);
    for (size_t i = 0; i < MEMBERS; i++)
        if (w->members[(start + i) % MEMBERS].is_alive) return (start + i) % MEMBERS;
    return MEMBERS;
}

static void step(world *w)
{
    size_t m = random_below(MEMBERS), u = random_below(UNITS);
    switch (random_below(9)) {
    case 0:
        if (!w->members[m].is_alive) join(w, m);
        break;
    case 1:
        if (random_below(3) == 0) die(w, m);
        break;
    case 2: w->wanted[u] = !w->wanted[u]; break;
    case 3: w->keep_lost = random_below(4) == 0; break;
    case 4:
    case 5:
        if ((m = any_alive(w)) < MEMBERS) lead(w, m);
        break;
    case 6: follow(w, m, false); break;
    default: follow(w, m, true); break;
    }
}

/* With everybody quick and nothing new, the cluster comes to rest, balanced, with all that is wanted. */
static void come_to_rest(world *w)
{
    join(w, 0);
    size_t leader = any_alive(w), rounds = 0, quiet = 0;
    w->keep_lost = false;
    for (; quiet < 2 && rounds < 20; rounds++) {
        quiet = lead(w, leader) ? 0 : quiet + 1;
        for (size_t m = 0; m < MEMBERS; m++) {
            if (!w->members[m].is_alive) continue;
            while (w->members[m].seen < w->newest) follow(w, m, true);
            follow(w, m, true);
        }
        check_exclusive(w);
    }
    CHECK(rounds <= 6);
    size_t least = UNITS, most = 0;
    for (size_t m = 0; m < MEMBERS; m++) {
        size_t count = 0;
        for (size_t u = 0; u < UNITS; u++) count += w->members[m].runs[u];
        if (!w->members[m].is_alive) continue;
        if (count < least) least = count;
        if (count > most) most = count;
    }
    CHECK(most - least <= 1);
    for (size_t u = 0; u < UNITS; u++) {
        int running = 0;
        for (size_t m = 0; m < MEMBERS; m++) running += w->members[m].runs[u];
        CHECK_EQ_INT(running, w->wanted[u] && w->wanted[u - u % (TASKS + 1)]);
    }
}

TEST(never_twice)
{
    for (uint64_t run = 1; run <= 2000; run++) {
        seed = run;
        world *w = lc_alloc(sizeof *w);
        for (size_t u = 0; u < UNITS; u++) w->wanted[u] = random_below(2);
        for (int i = 0; i < 150; i++) {
            step(w);
            check_exclusive(w);
        }
        if (any_alive(w) < MEMBERS) come_to_rest(w);
        for (int64_t g = 0; g <= w->newest; g++) lc_assignment_done(&w->log[g]);
        free(w);
    }
}

static lc_assignment planned(const lc_assignment *now, const char *const *members, size_t member_count,
                             int64_t applied, bool keep_lost, size_t *ret_lost)
{
    static const lc_assign_wish units[] = {{"x", -1}, {"x", 0}, {"y", -1}, {"y", 0}};
    lc_assign_member alive[4];
    for (size_t i = 0; i < member_count; i++) alive[i] = (lc_assign_member){members[i], applied};
    lc_assign_view view = {alive, member_count, units, 4, members[0], keep_lost};
    lc_assignment next = {0};
    lc_assignment_plan(now, &view, &next, ret_lost);
    return next;
}

TEST(a_move_takes_two_records)
{
    size_t lost;
    lc_assignment none = {0};
    lc_auto(lc_assignment) first = planned(&none, (const char *[]){"A"}, 1, 0, false, &lost);
    CHECK_EQ_INT(first.count, 4);
    lc_auto(lc_assignment) second = planned(&first, (const char *[]){"A", "B"}, 2, 1, false, &lost);
    size_t revoked = 0;
    for (size_t i = 0; i < second.count; i++) {
        CHECK_EQ_STR(second.items[i].member, "A");
        revoked += second.items[i].revoked_since == 2;
    }
    CHECK_EQ_INT(revoked, 2);
    lc_auto(lc_assignment) same = planned(&second, (const char *[]){"A", "B"}, 2, 1, false, &lost);
    CHECK_EQ_INT(same.count, 0);
    lc_auto(lc_assignment) third = planned(&second, (const char *[]){"A", "B"}, 2, 2, false, &lost);
    size_t of_b = 0;
    for (size_t i = 0; i < third.count; i++) of_b += !strcmp(third.items[i].member, "B");
    CHECK_EQ_INT(of_b, 2);
    CHECK_EQ_INT(third.count, 4);
}

TEST(what_is_lost_waits)
{
    size_t lost;
    lc_assignment none = {0};
    lc_auto(lc_assignment) first = planned(&none, (const char *[]){"A", "B"}, 2, 0, false, &lost);
    lc_auto(lc_assignment) kept = planned(&first, (const char *[]){"A"}, 1, 1, true, &lost);
    CHECK_EQ_INT(lost, 2);
    CHECK_EQ_INT(kept.count, 0); /* nothing to write: B's units stay in its name */
    lc_auto(lc_assignment) given = planned(&first, (const char *[]){"A"}, 1, 1, false, &lost);
    CHECK_EQ_INT(lost, 2);
    for (size_t i = 0; i < given.count; i++) CHECK_EQ_STR(given.items[i].member, "A");
    CHECK_EQ_INT(given.count, 4);
}

TEST(bad_records)
{
    static const char *const texts[] = {"{}", "[]", "x", "{\"generation\":1,\"members\":{\"a\":[[1,2,3]]}}",
                                        "{\"generation\":1,\"members\":{\"a\":[[\"c\",1,1,\"x\"]]}}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        lc_auto(lc_assignment) read = {0};
        lc_autoptr(lc_error) error = lc_assignment_read(lc_text_of(texts[i]), &read);
        CHECK(error != NULL);
    }
    lc_auto(lc_assignment) none = {0};
    CHECK(!lc_assignment_read((lc_text){0}, &none));
    CHECK_EQ_INT(none.generation, 0);
}

int main(void)
{
    RUN(never_twice);
    RUN(a_move_takes_two_records);
    RUN(what_is_lost_waits);
    RUN(bad_records);
    return check_report();
}
