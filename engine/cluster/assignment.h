/* The leader's record `lc-assignment`: which worker has which connectors and tasks. And the next one.
 *
 * A unit that is to move is first taken from its worker (`revoked`), which stops it and says so by writing
 * the generation it has put into force; only then, or when that worker is no member any longer, a later
 * record gives it to another. So at no time two workers may run the same unit.
 *
 *   generation 7   A holds x, y                 C joins
 *   generation 8   A holds x, y is revoked      A stops y, writes that it is at 8
 *   generation 9   A holds x, C holds y         C starts y
 *
 * What a worker held that is gone stays in its name until the leader lets it go
 * (scheduled.rebalance.max.delay.ms), so that a new leader knows it, too.
 *
 * Pure: no clock, no Kafka. One thread at a time. */
#ifndef LC_CLUSTER_ASSIGNMENT_H
#define LC_CLUSTER_ASSIGNMENT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#define LC_ASSIGNMENT_KEY "lc-assignment"

typedef struct lc_held {
    char *connector;
    int task;              /* -1: the connector itself */
    char *member;          /* id of the member that has it */
    int64_t since;         /* the generation that gave it: another one means that somebody had it between */
    int64_t revoked_since; /* the generation that took it away; 0: it has it */
} lc_held;

typedef struct lc_assignment {
    int64_t generation; /* 0: none was ever written */
    char *leader;       /* id of the member that wrote it */
    lc_held *items;     /* in order of connector, task, member */
    size_t count, cap;
} lc_assignment;

void lc_assignment_done(lc_assignment *assignment);
LC_DEFINE_AUTO(lc_assignment, lc_assignment_done)

/* The JSON of the record and back; data NULL is an empty assignment. LC_E_DATA for anything else. */
lc_error *lc_assignment_read(lc_text json, lc_assignment *ret_assignment) LC_RESULT;
void lc_assignment_write(const lc_assignment *assignment, lc_buf *out);

typedef struct lc_assign_member {
    const char *id;
    int64_t applied; /* the generation it has put into force */
} lc_assign_member;

typedef struct lc_assign_wish {
    const char *connector;
    int task;
} lc_assign_wish;

typedef struct lc_assign_view {
    const lc_assign_member *members; /* alive */
    size_t member_count;
    const lc_assign_wish *units; /* all that is to run; tasks right after their connector */
    size_t unit_count;
    const char *leader; /* id of the member that plans */
    bool keep_lost;     /* units of members that are gone are not given to others yet */
} lc_assign_view;

/* What the next record has to say. False, and nothing in `ret_next`, when `now` is fine as it is.
 * *ret_lost counts units held in the name of members that are gone. */
bool lc_assignment_plan(const lc_assignment *now, const lc_assign_view *view, lc_assignment *ret_next,
                        size_t *ret_lost);

#endif
