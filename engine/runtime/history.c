#include "runtime/history.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/strings.h"

enum { LONGEST_REASON = 1000 };

typedef struct event {
    int64_t at_ms;
    int task;
    const char *what;
    char *by, *reason;
} event;

typedef struct ring {
    event events[LC_HISTORY_EVENTS];
    size_t first, count;
} ring;

struct lc_history {
    pthread_mutex_t lock;
    lc_table *rings;
    lc_strings names; /* of connectors, in the order in which they came */
};

static void free_event(event *e)
{
    free(e->by);
    free(e->reason);
}

static void free_ring(void *value)
{
    ring *r = value;
    for (size_t i = 0; i < r->count; i++) free_event(&r->events[(r->first + i) % LC_HISTORY_EVENTS]);
    free(r);
}

lc_history *lc_history_new(void)
{
    lc_history *history = lc_alloc(sizeof *history);
    pthread_mutex_init(&history->lock, NULL);
    history->rings = lc_table_new(free_ring);
    return history;
}

void lc_history_free(lc_history *history)
{
    if (!history) return;
    pthread_mutex_destroy(&history->lock);
    lc_table_free(history->rings);
    lc_strings_done(&history->names);
    free(history);
}

/* Holds the lock. */
static void forget_first(lc_history *history)
{
    lc_strings kept = {0};
    lc_table_remove(history->rings, history->names.items[0]);
    for (size_t i = 1; i < history->names.count; i++) lc_strings_add(&kept, history->names.items[i]);
    lc_strings_done(&history->names);
    history->names = kept;
}

static ring *ring_of(lc_history *history, const char *connector)
{
    ring *r = lc_table_get(history->rings, connector);
    if (r) return r;
    if (history->names.count == LC_HISTORY_CONNECTORS) forget_first(history);
    r = lc_alloc(sizeof *r);
    lc_table_put(history->rings, connector, r);
    lc_strings_add(&history->names, connector);
    return r;
}

static char *first_line(const char *text)
{
    size_t len = text ? strcspn(text, "\n") : 0;
    return text ? lc_strndup(text, len < LONGEST_REASON ? len : LONGEST_REASON) : NULL;
}

void lc_history_note(lc_history *history, const char *connector, int task, const char *what, const char *by,
                     const char *reason)
{
    event e = {lc_now_ms(), task, what, lc_strdup(by), first_line(reason)};
    pthread_mutex_lock(&history->lock);
    ring *r = ring_of(history, connector);
    if (r->count == LC_HISTORY_EVENTS) {
        free_event(&r->events[r->first]);
        r->first = (r->first + 1) % LC_HISTORY_EVENTS;
        r->count--;
    }
    r->events[(r->first + r->count++) % LC_HISTORY_EVENTS] = e;
    pthread_mutex_unlock(&history->lock);
}

void lc_history_list(lc_history *history, const char *connector, const char *worker, lc_json *events)
{
    pthread_mutex_lock(&history->lock);
    const ring *r = lc_table_get(history->rings, connector);
    for (size_t i = 0; r && i < r->count; i++) {
        const event *e = &r->events[(r->first + i) % LC_HISTORY_EVENTS];
        lc_json *object = lc_json_add(events, lc_json_new_object());
        lc_json_set_int(object, "at", e->at_ms);
        if (e->task >= 0) lc_json_set_int(object, "task", e->task);
        lc_json_set_string(object, "event", e->what);
        lc_json_set_string(object, "worker", worker);
        if (e->by) lc_json_set_string(object, "by", e->by);
        if (e->reason) lc_json_set_string(object, "reason", e->reason);
    }
    pthread_mutex_unlock(&history->lock);
}
