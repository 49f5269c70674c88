#include "runtime/tap.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"

enum { QUEUE = 512, UNUSED_US = 500000 };

typedef struct entry {
    char *text;
    size_t len;
} entry;

struct lc_tap {
    lc_taps *home;
    lc_tap_options options; /* texts are owned */
    atomic_int refs;
    pthread_mutex_t lock; /* guards all below but `lost` */
    pthread_cond_t changed;
    entry queue[QUEUE];
    size_t first, count, bytes;
    int64_t taken;   /* of `most` */
    int64_t next_us; /* when the next record may be taken */
    bool over;
    _Atomic int64_t lost;
};

struct lc_taps {
    pthread_mutex_t lock;
    lc_tap *open[LC_TAPS_MAX];
    size_t count;
    bool ended;
    _Atomic uint32_t version; /* from 1: 0 is what a task has that never looked */
};

lc_taps *lc_taps_new(void)
{
    lc_taps *taps = lc_alloc(sizeof *taps);
    pthread_mutex_init(&taps->lock, NULL);
    atomic_init(&taps->version, 1);
    return taps;
}

void lc_taps_free(lc_taps *taps)
{
    if (!taps) return;
    pthread_mutex_destroy(&taps->lock);
    free(taps);
}

_Atomic uint32_t *lc_taps_version(lc_taps *taps)
{
    return &taps->version;
}

const lc_tap_options *lc_tap_options_of(const lc_tap *tap)
{
    return &tap->options;
}

static void end(lc_tap *tap)
{
    pthread_mutex_lock(&tap->lock);
    tap->over = true;
    pthread_cond_broadcast(&tap->changed);
    pthread_mutex_unlock(&tap->lock);
}

void lc_taps_end(lc_taps *taps)
{
    pthread_mutex_lock(&taps->lock);
    taps->ended = true;
    for (size_t i = 0; i < taps->count; i++) end(taps->open[i]);
    pthread_mutex_unlock(&taps->lock);
}

static bool is_profiled(const lc_taps *taps, const char *connector)
{
    for (size_t i = 0; i < taps->count; i++) {
        const lc_tap_options *o = &taps->open[i]->options;
        if (o->profile && !strcmp(o->connector, connector)) return true;
    }
    return false;
}

lc_error *lc_tap_open(lc_taps *taps, const lc_tap_options *options, lc_tap **ret_tap)
{
    lc_error *error = NULL;
    pthread_mutex_lock(&taps->lock);
    if (taps->ended) error = lc_fail(LC_E_CONFLICT, "The worker is stopping.");
    else if (taps->count == LC_TAPS_MAX)
        error = lc_fail(LC_E_CONFLICT, "There are %d taps on this worker already; close one.", LC_TAPS_MAX);
    if (!error && options->profile && is_profiled(taps, options->connector))
        error = lc_fail(LC_E_CONFLICT, "A profile of %s is being taken already: wait until it is done.",
                        options->connector);
    if (!error) {
        lc_tap *tap = lc_alloc(sizeof *tap);
        tap->home = taps;
        tap->options = *options;
        tap->options.connector = lc_strdup(options->connector);
        tap->options.step = lc_strdup(options->step);
        tap->options.profile = lc_profile_ref(options->profile);
        pthread_mutex_init(&tap->lock, NULL);
        lc_cond_init(&tap->changed);
        atomic_init(&tap->refs, 1);
        taps->open[taps->count++] = tap;
        atomic_fetch_add(&taps->version, 1);
        *ret_tap = tap;
    }
    pthread_mutex_unlock(&taps->lock);
    return error;
}

void lc_tap_release(lc_tap *tap)
{
    if (atomic_fetch_sub(&tap->refs, 1) != 1) return;
    for (size_t i = 0; i < tap->count; i++) free(tap->queue[(tap->first + i) % QUEUE].text);
    pthread_cond_destroy(&tap->changed);
    pthread_mutex_destroy(&tap->lock);
    free((char *)tap->options.connector);
    free((char *)tap->options.step);
    lc_profile_unref(tap->options.profile);
    free(tap);
}

void lc_tap_close(lc_tap *tap)
{
    if (!tap) return;
    lc_taps *taps = tap->home;
    pthread_mutex_lock(&taps->lock);
    for (size_t i = 0; i < taps->count; i++) {
        if (taps->open[i] != tap) continue;
        taps->open[i] = taps->open[--taps->count];
        break;
    }
    atomic_fetch_add(&taps->version, 1);
    pthread_mutex_unlock(&taps->lock);
    end(tap);
    lc_tap_release(tap);
}

static bool fits(const lc_tap_options *o, const char *connector, int task)
{
    if (strcmp(o->connector, connector) != 0) return false;
    for (size_t i = 0; i < o->task_count; i++)
        if (o->tasks[i] == task) return true;
    return !o->task_count;
}

size_t lc_taps_of(lc_taps *taps, const char *connector, int task, lc_tap *found[LC_TAPS_MAX])
{
    size_t n = 0;
    pthread_mutex_lock(&taps->lock);
    for (size_t i = 0; i < taps->count; i++) {
        if (!fits(&taps->open[i]->options, connector, task)) continue;
        found[n++] = taps->open[i];
        atomic_fetch_add(&taps->open[i]->refs, 1);
    }
    pthread_mutex_unlock(&taps->lock);
    return n;
}

static bool is_over(const lc_tap *tap)
{
    return tap->over || tap->taken >= tap->options.most;
}

/* Holds the lock. Records are spread: one each 1/rate seconds; what was not used within half a second may be used
 * up at once. */
static uint32_t room(lc_tap *tap, uint32_t count)
{
    const lc_tap_options *o = &tap->options;
    int64_t left = o->most - tap->taken, now = lc_monotonic_ns() / 1000;
    if (o->profile || is_over(tap) || tap->count == QUEUE || tap->bytes > LC_TAP_BYTES / 2) return 0;
    if (o->whole) return count;
    if (o->rate > 0) {
        int64_t each = 1000000 / o->rate, earliest = now - UNUSED_US;
        if (tap->next_us < earliest) tap->next_us = earliest;
        int64_t due = tap->next_us > now ? 0 : (now - tap->next_us) / each + 1;
        if (count > due) count = (uint32_t)due;
        if (count > left) count = (uint32_t)left;
        tap->next_us += each * count;
        return count;
    }
    return count > left ? (uint32_t)left : count;
}

uint32_t lc_tap_room(lc_tap *tap, uint32_t count)
{
    if (pthread_mutex_trylock(&tap->lock)) return 0;
    count = room(tap, count);
    pthread_mutex_unlock(&tap->lock);
    return count;
}

/* Holds the lock. */
static bool enqueue(lc_tap *tap, const lc_buf *events, uint32_t records)
{
    if (is_over(tap)) return true;
    if (tap->count == QUEUE || tap->bytes + events->len > LC_TAP_BYTES) return false;
    entry *e = &tap->queue[(tap->first + tap->count++) % QUEUE];
    *e = (entry){lc_strndup(events->data, events->len), events->len};
    tap->bytes += events->len;
    tap->taken += tap->options.whole ? 1 : records;
    pthread_cond_signal(&tap->changed);
    return true;
}

bool lc_tap_put(lc_tap *tap, const lc_buf *events, uint32_t records)
{
    bool done = false;
    if (!pthread_mutex_trylock(&tap->lock)) {
        done = enqueue(tap, events, records);
        pthread_mutex_unlock(&tap->lock);
    }
    if (!done) atomic_fetch_add(&tap->lost, records);
    return done;
}

lc_tap_state lc_tap_take(lc_tap *tap, int64_t wait_ms, lc_buf *out, int64_t *ret_lost)
{
    entry e = {0};
    struct timespec until = lc_deadline(wait_ms);
    pthread_mutex_lock(&tap->lock);
    int timed_out = 0;
    while (!tap->count && !is_over(tap) && !timed_out)
        timed_out = pthread_cond_timedwait(&tap->changed, &tap->lock, &until);
    bool over = is_over(tap);
    if (tap->count) {
        e = tap->queue[tap->first];
        tap->first = (tap->first + 1) % QUEUE;
        tap->count--;
        tap->bytes -= e.len;
    }
    pthread_mutex_unlock(&tap->lock);
    *ret_lost = atomic_exchange(&tap->lost, 0);
    if (!e.text) return over ? LC_TAP_OVER : LC_TAP_WAITING;
    lc_buf_add(out, e.text, e.len);
    free(e.text);
    return LC_TAP_EVENT;
}
