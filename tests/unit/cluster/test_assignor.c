/* The assignor over random histories of members joining and leaving and connectors coming and going. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cluster/assignor.h"
#include "check.h"

enum { MAX_MEMBERS = 12, MAX_CONNECTORS = 40, MAX_TASKS = 6, MAX_UNITS = MAX_CONNECTORS * (MAX_TASKS + 1) };

static uint64_t seed = 1;

static size_t random_below(size_t bound)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % bound;
}

static size_t distance(const size_t *counts, size_t members)
{
    size_t least = counts[0], most = counts[0];
    for (size_t i = 0; i < members; i++) {
        if (counts[i] < least) least = counts[i];
        if (counts[i] > most) most = counts[i];
    }
    return most - least;
}

static void check_balanced(const lc_assign_unit *units, size_t count, size_t members)
{
    size_t connectors[MAX_MEMBERS] = {0}, tasks[MAX_MEMBERS] = {0}, all[MAX_MEMBERS] = {0};
    for (size_t i = 0; i < count; i++) {
        CHECK(units[i].owner >= 0 && (size_t)units[i].owner < members);
        (units[i].task < 0 ? connectors : tasks)[units[i].owner]++;
        all[units[i].owner]++;
    }
    CHECK(distance(connectors, members) <= 1);
    CHECK(distance(tasks, members) <= 1);
    CHECK(distance(all, members) <= 1);
}

/* Fewest units of one kind that have to leave members that stay, whoever gets the larger shares. */
static size_t surplus(const size_t *had, size_t members, size_t total)
{
    size_t least = total / members, more = total % members, moves = 0, full = 0;
    for (size_t i = 0; i < members; i++) {
        if (had[i] <= least) continue;
        moves += had[i] - least;
        full++;
    }
    return moves - (full < more ? full : more);
}

static void check_moves(const lc_assign_unit *before, const lc_assign_unit *after, size_t count,
                        size_t members)
{
    size_t had[2][MAX_MEMBERS] = {{0}}, moved[2] = {0}, total[2] = {0};
    for (size_t i = 0; i < count; i++) {
        int kind = before[i].task >= 0;
        total[kind]++;
        if (before[i].owner < 0) continue;
        had[kind][before[i].owner]++;
        moved[kind] += before[i].owner != after[i].owner;
    }
    CHECK_EQ_INT(moved[0], surplus(had[0], members, total[0]));
    /* Which members get a task more also depends on the connectors. */
    CHECK(moved[1] >= surplus(had[1], members, total[1]));
    CHECK(moved[1] <= surplus(had[1], members, total[1]) + total[1] % members);
}

/* A cluster: how many members and tasks there are, and who has what. Members are numbers 0 to members-1. */
typedef struct cluster {
    size_t members, connectors;
    size_t tasks[MAX_CONNECTORS];
    int owner[MAX_CONNECTORS][MAX_TASKS + 1];
} cluster;

static size_t list(const cluster *c, lc_assign_unit *units)
{
    size_t count = 0;
    for (size_t i = 0; i < c->connectors; i++)
        for (size_t t = 0; t <= c->tasks[i]; t++)
            units[count++] = (lc_assign_unit){i, (int)t - 1, c->owner[i][t]};
    return count;
}

static void leave(cluster *c, int member)
{
    c->members--;
    for (size_t i = 0; i < c->connectors; i++)
        for (size_t t = 0; t <= c->tasks[i]; t++) {
            int *owner = &c->owner[i][t];
            if (*owner == member) *owner = -1;
            else if (*owner > member) --*owner;
        }
}

static void add_connector(cluster *c)
{
    size_t at = c->connectors++;
    c->tasks[at] = random_below(MAX_TASKS + 1);
    for (size_t t = 0; t <= MAX_TASKS; t++) c->owner[at][t] = -1;
}

static void remove_connector(cluster *c, size_t at)
{
    size_t last = --c->connectors;
    c->tasks[at] = c->tasks[last];
    memcpy(c->owner[at], c->owner[last], sizeof c->owner[at]);
}

static void resize(cluster *c, size_t at)
{
    size_t had = c->tasks[at];
    c->tasks[at] = random_below(MAX_TASKS + 1);
    for (size_t t = had + 1; t <= c->tasks[at]; t++) c->owner[at][t] = -1;
}

static void step(cluster *c)
{
    size_t what = random_below(6);
    if (what == 0 && c->members < MAX_MEMBERS) c->members++;
    if (what == 1 && c->members > 1) leave(c, (int)random_below(c->members));
    if (what == 2 && c->connectors < MAX_CONNECTORS) add_connector(c);
    if (what == 3 && c->connectors) remove_connector(c, random_below(c->connectors));
    if (what == 4 && c->connectors) resize(c, random_below(c->connectors));
    if (what == 5)
        for (size_t n = random_below(8); n && c->connectors < MAX_CONNECTORS; n--) add_connector(c);
}

static void settle(cluster *c)
{
    lc_assign_unit before[MAX_UNITS], after[MAX_UNITS], again[MAX_UNITS];
    size_t count = list(c, before);
    memcpy(after, before, sizeof after);
    lc_assign(after, count, c->members);
    check_balanced(after, count, c->members);
    check_moves(before, after, count, c->members);
    memcpy(again, after, sizeof again);
    lc_assign(again, count, c->members);
    for (size_t i = 0; i < count; i++) CHECK_EQ_INT(again[i].owner, after[i].owner);
    for (size_t i = 0; i < count; i++) c->owner[after[i].connector][after[i].task + 1] = after[i].owner;
}

TEST(random_histories)
{
    for (uint64_t run_seed = 1; run_seed <= 300; run_seed++) {
        seed = run_seed;
        cluster c = {.members = 1 + random_below(4)};
        for (int steps = 0; steps < 60; steps++) {
            step(&c);
            settle(&c);
        }
    }
}

TEST(nobody_there)
{
    lc_assign_unit units[] = {{0, -1, 0}, {0, 0, 1}};
    lc_assign(units, 2, 0);
    CHECK_EQ_INT(units[0].owner, -1);
    CHECK_EQ_INT(units[1].owner, -1);
}

TEST(tasks_of_a_connector_are_spread)
{
    lc_assign_unit units[] = {{0, -1, -1}, {0, 0, -1}, {0, 1, -1}, {0, 2, -1}, {1, -1, -1},
                              {1, 0, -1},  {1, 1, -1}, {1, 2, -1}, {2, -1, -1}};
    lc_assign(units, sizeof units / sizeof *units, 3);
    for (size_t c = 0; c < 2; c++) {
        const lc_assign_unit *tasks = &units[c * 4 + 1];
        CHECK(tasks[0].owner != tasks[1].owner && tasks[1].owner != tasks[2].owner &&
              tasks[0].owner != tasks[2].owner);
    }
}

TEST(one_who_joins_takes_from_the_full_only)
{
    lc_assign_unit units[] = {{0, -1, 0}, {0, 0, 0}, {1, -1, 1}, {1, 0, 1}, {2, -1, 0}, {2, 0, 0}};
    lc_assign(units, sizeof units / sizeof *units, 3);
    CHECK_EQ_INT(units[2].owner, 1);
    CHECK_EQ_INT(units[3].owner, 1);
    CHECK_EQ_INT((units[0].owner == 2) + (units[4].owner == 2), 1);
    CHECK_EQ_INT((units[1].owner == 2) + (units[5].owner == 2), 1);
}

int main(void)
{
    RUN(random_histories);
    RUN(nobody_there);
    RUN(tasks_of_a_connector_are_spread);
    RUN(one_who_joins_takes_from_the_full_only);
    return check_report();
}
