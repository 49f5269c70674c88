#include "cluster/assignor.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

/* One member while the work is dealt out. */
typedef struct hand {
    size_t had[2];   /* connectors, tasks it had before */
    size_t share[2]; /* that it shall have */
    size_t kept[2];  /* that it has so far */
    size_t same;     /* tasks of the connector that is dealt out */
    bool takes_more; /* one connector above the least share */
} hand;

enum { CONNECTORS, TASKS };

static int kind_of(const lc_assign_unit *unit)
{
    return unit->task < 0 ? CONNECTORS : TASKS;
}

static void count_all(const lc_assign_unit *units, size_t count, hand *hands, size_t totals[2])
{
    for (size_t i = 0; i < count; i++) {
        totals[kind_of(&units[i])]++;
        if (units[i].owner >= 0) hands[units[i].owner].had[kind_of(&units[i])]++;
    }
}

/* The member to whom one more than the least share means the fewest moves; the emptier one among equals. */
static size_t best_for_more(const hand *hands, size_t members, int kind, size_t least, bool busy_too)
{
    size_t best = members;
    for (size_t i = 0; i < members; i++) {
        if (hands[i].share[kind] > least || (hands[i].takes_more && !busy_too)) continue;
        if (best == members) best = i;
        const hand *a = &hands[i], *b = &hands[best];
        bool a_full = a->had[kind] > least, b_full = b->had[kind] > least;
        if (a_full != b_full ? a_full : a->had[!kind] < b->had[!kind]) best = i;
    }
    return best;
}

/* What doesn't divide evenly goes to some members, one each. Tasks go first to those that got no connector
 * more: that keeps the sums within one of each other, too. */
static void divide(hand *hands, size_t members, int kind, size_t total)
{
    size_t least = total / members, rest = total % members;
    for (size_t i = 0; i < members; i++) hands[i].share[kind] = least;
    for (; rest; rest--) {
        size_t to = best_for_more(hands, members, kind, least, false);
        if (to == members) to = best_for_more(hands, members, kind, least, true);
        hands[to].share[kind]++;
    }
    for (size_t i = 0; kind == CONNECTORS && i < members; i++)
        hands[i].takes_more = hands[i].share[kind] > least;
}

static void keep_what_fits(lc_assign_unit *units, size_t count, hand *hands)
{
    for (size_t i = 0; i < count; i++) {
        if (units[i].owner < 0) continue;
        hand *h = &hands[units[i].owner];
        int kind = kind_of(&units[i]);
        if (h->kept[kind] < h->share[kind]) h->kept[kind]++;
        else units[i].owner = -1;
    }
}

static size_t best_for_unit(const hand *hands, size_t members, int kind)
{
    size_t best = members;
    for (size_t i = 0; i < members; i++) {
        const hand *h = &hands[i], *b = &hands[best == members ? i : best];
        if (h->kept[kind] >= h->share[kind]) continue;
        if (best == members) best = i;
        else if (h->same != b->same ? h->same < b->same : h->kept[kind] < b->kept[kind]) best = i;
    }
    return best;
}

/* Deals out the units of one connector that nobody has. */
static void deal(lc_assign_unit *units, size_t count, hand *hands, size_t members)
{
    for (size_t i = 0; i < members; i++) hands[i].same = 0;
    for (size_t i = 0; i < count; i++)
        if (units[i].owner >= 0 && units[i].task >= 0) hands[units[i].owner].same++;
    for (size_t i = 0; i < count; i++) {
        if (units[i].owner >= 0) continue;
        int kind = kind_of(&units[i]);
        size_t to = best_for_unit(hands, members, kind);
        units[i].owner = (int)to;
        hands[to].kept[kind]++;
        if (kind == TASKS) hands[to].same++;
    }
}

void lc_assign(lc_assign_unit *units, size_t count, size_t members)
{
    if (!members) {
        for (size_t i = 0; i < count; i++) units[i].owner = -1;
        return;
    }
    hand *hands = lc_alloc(members * sizeof *hands);
    size_t totals[2] = {0};
    count_all(units, count, hands, totals);
    divide(hands, members, CONNECTORS, totals[CONNECTORS]);
    divide(hands, members, TASKS, totals[TASKS]);
    keep_what_fits(units, count, hands);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && units[to].connector == units[from].connector;) to++;
        deal(units + from, to - from, hands, members);
    }
    free(hands);
}
