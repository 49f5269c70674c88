/* Who runs what: connectors and tasks spread evenly over members, with as few moves as that takes.
 *
 *   lc_assign_unit units[] = {{.connector = 0, .task = -1, .owner = 2}, {0, 0, -1}, …};
 *   lc_assign(units, count, members);          // every .owner is now a member
 *
 * A pure function: the same input gives the same output, and its output given again changes nothing. It
 * knows nothing of Kafka, names or time. What Connect's IncrementalCooperativeAssignor balances by count, for
 * connectors and tasks apart, is balanced for both together as well. */
#ifndef LC_CLUSTER_ASSIGNOR_H
#define LC_CLUSTER_ASSIGNOR_H

#include <stddef.h>

typedef struct lc_assign_unit {
    size_t connector; /* its number; units of one connector stand together */
    int task;         /* -1: the connector itself */
    int owner;        /* in: the member that has it, -1: nobody. out: the member that shall have it */
} lc_assign_unit;

/* After it, any two members differ by at most one connector, by at most one task, and by at most one of both
 * together. A unit moves from one member to another only when the first has more than its share. Unowned
 * tasks go where fewest tasks of the same connector are. With no members every owner is -1. */
void lc_assign(lc_assign_unit *units, size_t count, size_t members);

#endif
