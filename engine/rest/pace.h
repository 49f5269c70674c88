/* How fast one address may send changes: a budget that refills steadily (rest.changes.per.minute). Any thread. */
#ifndef LC_REST_PACE_H
#define LC_REST_PACE_H

#include <stdbool.h>

#include "base/map.h"

typedef struct lc_pace lc_pace;

/* Unset: other machines have LC_PACE_DEFAULT a minute, this one has no limit; 0: nobody has one. */
enum { LC_PACE_DEFAULT = 6000 };
lc_pace *lc_pace_new(const lc_props *settings);
void lc_pace_free(lc_pace *pace); /* accepts NULL */

/* One change from `address`. 0: go on; else the seconds after which the next one is possible. An IPv6 address
 * counts for its network (/64). */
int lc_pace_take(lc_pace *pace, const char *address, bool is_remote);

#endif
