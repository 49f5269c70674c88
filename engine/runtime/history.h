/* What happened to the connectors of a worker and their tasks: the newest events of each, in memory. Any thread. */
#ifndef LC_RUNTIME_HISTORY_H
#define LC_RUNTIME_HISTORY_H

#include "base/json.h"

enum { LC_HISTORY_EVENTS = 100, LC_HISTORY_CONNECTORS = 2000 };

typedef struct lc_history lc_history;

lc_history *lc_history_new(void);
void lc_history_free(lc_history *history); /* accepts NULL */

/* `task` -1: the connector. `event`: a constant. `by`, who or what did it, may be NULL, as may `reason`, whose first
 * line is kept. Beyond LC_HISTORY_EVENTS the oldest one of the connector goes, beyond LC_HISTORY_CONNECTORS the
 * connector that was told of first. */
void lc_history_note(lc_history *history, const char *connector, int task, const char *event, const char *by,
                     const char *reason);
/* Adds objects {"at","task","event","worker","by","reason"} to an array, oldest first. */
void lc_history_list(lc_history *history, const char *connector, const char *worker, lc_json *events);

#endif
