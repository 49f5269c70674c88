/* The tasks of a worker while they exist, and how starts went: what metrics are made of. Thread-safe. */
#ifndef LC_RUNTIME_ROSTER_H
#define LC_RUNTIME_ROSTER_H

#include "runtime/task.h"

typedef struct lc_roster lc_roster;

lc_roster *lc_roster_new(void);
void lc_roster_free(lc_roster *roster); /* accepts NULL */

/* A task is listed from its start until whoever started it has ended or abandoned it. */
void lc_roster_add(lc_roster *roster, lc_task *task);
void lc_roster_remove(lc_roster *roster, const lc_task *task);
typedef void lc_roster_visit(void *context, const char *connector, int task, const lc_task_counts *counts);
void lc_roster_each(lc_roster *roster, lc_roster_visit *visit, void *context);

/* Times of the steps of transforms: by step, in order. */
struct lc_step_meter;
typedef void lc_roster_visit_step(void *context, const char *connector, int task, const struct lc_step_meter *step);
void lc_roster_each_step(lc_roster *roster, lc_roster_visit_step *visit, void *context);
/* What the scripts of the tasks count. */
struct lc_meter_reading;
typedef void lc_roster_visit_meter(void *context, const char *connector, int task,
                                   const struct lc_meter_reading *reading);
void lc_roster_each_meter(lc_roster *roster, lc_roster_visit_meter *visit, void *context);
/* Each task of a connector, with its counts and the last record that failed in it. */
typedef void lc_roster_visit_activity(void *context, int task, const lc_task_counts *counts, const lc_task_error *error);
void lc_roster_each_activity(lc_roster *roster, const char *connector, lc_roster_visit_activity *visit, void *context);
/* Ids of the tasks of a connector; their number. */
size_t lc_roster_tasks(lc_roster *roster, const char *connector, int *tasks, size_t most);

/* Starts since the worker began. What is neither a success nor a failure is under way. */
typedef struct lc_startups {
    int64_t attempts, successes, failures;
} lc_startups;
typedef enum lc_startup { LC_STARTUP_ATTEMPT, LC_STARTUP_SUCCESS, LC_STARTUP_FAILURE } lc_startup;
void lc_roster_note_connector(lc_roster *roster, lc_startup what);
void lc_roster_note_task(lc_roster *roster, lc_startup what);
void lc_roster_startups(lc_roster *roster, lc_startups *ret_connectors, lc_startups *ret_tasks);

#endif
