/* The inside of lc_connector_script, for the files of this folder that serve capabilities. */
#ifndef LC_SCRIPT_CONNECTOR_INTERNAL_H
#define LC_SCRIPT_CONNECTOR_INTERNAL_H

#include "script/connector_script.h"
#include "script/internal.h"

/* How far the target of a sink is in a partition: connector_ranges.c. */
typedef struct lc_kept_range {
    char *topic;
    size_t topic_len;
    int32_t partition;
    int64_t next;  /* offset after what the target holds; -1: not known yet */
    int64_t first; /* of the batch that is put; -1: it has nothing of this partition */
    int64_t end;   /* offset after that batch */
} lc_kept_range;

typedef struct lc_kept_ranges {
    lc_kept_range *items;
    size_t count, cap, last;
    bool are_kept;
} lc_kept_ranges;

struct lc_connector_script {
    lc_state *state;
    lc_connector_options options;
    int object; /* reference of the prelude's connector object */
    lc_kept_ranges ranges;
    lc_boundary *boundaries; /* that the running poll asked for */
    size_t boundary_count, boundary_cap;
};

void lc_ranges_done(lc_kept_ranges *ranges);
/* The table of numbers at the top of the stack, by places, goes into the partitions; they are followed from now on. */
void lc_ranges_open(lc_kept_ranges *ranges, struct lua_State *lua, lc_partition_name *partitions, size_t count);
void lc_ranges_close(lc_kept_ranges *ranges, const lc_partition_name *partitions, size_t count);
void lc_ranges_measure(lc_kept_ranges *ranges, const lc_batch *batch); /* before put */
void lc_ranges_push(const lc_kept_ranges *ranges, struct lua_State *lua);
void lc_ranges_advance(lc_kept_ranges *ranges); /* after a put that went well */

/* Closes what a script left open (handles.c). */
void lc_handles_close_all(lc_state *state);

#endif
