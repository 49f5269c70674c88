#include "runtime/roster.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "runtime/probe.h"
#include "runtime/task_internal.h"
#include "script/meters.h"

struct lc_roster {
    pthread_mutex_t lock;
    lc_task **tasks;
    size_t count, cap;
    lc_startups connectors, task_starts;
};

lc_roster *lc_roster_new(void)
{
    lc_roster *roster = lc_alloc(sizeof *roster);
    pthread_mutex_init(&roster->lock, NULL);
    return roster;
}

void lc_roster_free(lc_roster *roster)
{
    if (!roster) return;
    pthread_mutex_destroy(&roster->lock);
    free(roster->tasks);
    free(roster);
}

void lc_roster_add(lc_roster *roster, lc_task *task)
{
    pthread_mutex_lock(&roster->lock);
    roster->tasks = lc_grow(roster->tasks, &roster->cap, roster->count + 1, sizeof(lc_task *));
    roster->tasks[roster->count++] = task;
    pthread_mutex_unlock(&roster->lock);
}

void lc_roster_remove(lc_roster *roster, const lc_task *task)
{
    pthread_mutex_lock(&roster->lock);
    for (size_t i = 0; i < roster->count; i++) {
        if (roster->tasks[i] != task) continue;
        roster->tasks[i] = roster->tasks[--roster->count];
        break;
    }
    pthread_mutex_unlock(&roster->lock);
}

void lc_roster_each(lc_roster *roster, lc_roster_visit *visit, void *context)
{
    pthread_mutex_lock(&roster->lock);
    for (size_t i = 0; i < roster->count; i++) {
        lc_task_counts counts;
        lc_task_get_counts(roster->tasks[i], &counts);
        visit(context, roster->tasks[i]->connector, roster->tasks[i]->id, &counts);
    }
    pthread_mutex_unlock(&roster->lock);
}

void lc_roster_each_step(lc_roster *roster, lc_roster_visit_step *visit, void *context)
{
    pthread_mutex_lock(&roster->lock);
    for (size_t i = 0; i < roster->count; i++) {
        const lc_task *task = roster->tasks[i];
        const lc_step_meter *steps = atomic_load_explicit(&task->probe->steps, memory_order_acquire);
        for (size_t s = 0; steps && s < task->probe->step_count; s++)
            visit(context, task->connector, task->id, &steps[s]);
    }
    pthread_mutex_unlock(&roster->lock);
}

typedef struct meter_visit {
    lc_roster_visit_meter *visit;
    void *context;
    const lc_task *task;
} meter_visit;

static void visit_meter(void *context, const lc_meter_reading *reading)
{
    const meter_visit *v = context;
    v->visit(v->context, v->task->connector, v->task->id, reading);
}

void lc_roster_each_meter(lc_roster *roster, lc_roster_visit_meter *visit, void *context)
{
    meter_visit v = {visit, context, NULL};
    pthread_mutex_lock(&roster->lock);
    for (size_t i = 0; i < roster->count; i++) {
        v.task = roster->tasks[i];
        lc_meters_each(v.task->script_meters, visit_meter, &v);
    }
    pthread_mutex_unlock(&roster->lock);
}

void lc_roster_each_activity(lc_roster *roster, const char *connector, lc_roster_visit_activity *visit, void *context)
{
    pthread_mutex_lock(&roster->lock);
    for (size_t i = 0; i < roster->count; i++) {
        lc_task_counts counts;
        lc_task_error error;
        if (strcmp(roster->tasks[i]->connector, connector) != 0) continue;
        lc_task_get_counts(roster->tasks[i], &counts);
        lc_task_last_error(roster->tasks[i], &error);
        visit(context, roster->tasks[i]->id, &counts, &error);
    }
    pthread_mutex_unlock(&roster->lock);
}

size_t lc_roster_tasks(lc_roster *roster, const char *connector, int *tasks, size_t most)
{
    size_t n = 0;
    pthread_mutex_lock(&roster->lock);
    for (size_t i = 0; i < roster->count; i++)
        if (!strcmp(roster->tasks[i]->connector, connector) && n < most) tasks[n++] = roster->tasks[i]->id;
    pthread_mutex_unlock(&roster->lock);
    return n;
}

static void note(lc_roster *roster, lc_startups *startups, lc_startup what)
{
    pthread_mutex_lock(&roster->lock);
    if (what == LC_STARTUP_ATTEMPT) startups->attempts++;
    else if (what == LC_STARTUP_SUCCESS) startups->successes++;
    else startups->failures++;
    pthread_mutex_unlock(&roster->lock);
}

void lc_roster_note_connector(lc_roster *roster, lc_startup what)
{
    note(roster, &roster->connectors, what);
}

void lc_roster_note_task(lc_roster *roster, lc_startup what)
{
    note(roster, &roster->task_starts, what);
}

void lc_roster_startups(lc_roster *roster, lc_startups *ret_connectors, lc_startups *ret_tasks)
{
    pthread_mutex_lock(&roster->lock);
    *ret_connectors = roster->connectors;
    *ret_tasks = roster->task_starts;
    pthread_mutex_unlock(&roster->lock);
}
