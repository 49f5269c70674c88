#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "runtime/reload_internal.h"

enum {
    BUILD_STACK = 128 * 1024 * 1024, /* as for tasks */
    MOST_BUILDERS = 32,
    STUCK_MS = 20,  /* when no builder took anything for so long, they all stand waiting */
    LOOK_MS = 500,  /* while something is on its way */
    TELL_MS = 10000 /* what is on its way for so long is told once */
};

void lc_reload_forget_builds(lc_reloader *reloader, lc_seat *seat)
{
    for (size_t i = reloader->build_count; i-- > 0;) {
        lc_reload_build *build = &reloader->builds[i];
        if (build->seat != seat) continue;
        lc_seat_put_off(seat, build->script);
        lc_seat_unpin(seat);
        lc_script_unref(build->script);
        reloader->build_count--;
        memmove(build, build + 1, (reloader->build_count - i) * sizeof *build);
    }
}

static void failed(lc_reloader *r, const lc_reload_build *build, uint64_t version, const lc_error *error)
{
    lc_auto(lc_buf) why = {0};
    const char *where = lc_error_where(error);
    lc_buf_printf(&why, "connector %s: %s%s%s", lc_seat_connector(build->seat), where ? where : "",
                  where ? ": " : "", lc_error_message(error));
    lc_reload_note_verdict(r, version, lc_seat_connector(build->seat), lc_seat_task(build->seat), why.data, NULL);
}

static void build_one(lc_reloader *r, lc_reload_build *build)
{
    lc_offer *offer = NULL;
    lc_error *error = lc_seat_build(build->seat, build->script, &offer);
    lc_reloader_lock(r);
    uint64_t version = lc_seat_end_building(build->seat, build->script, offer);
    if (error && version) failed(r, build, version, error);
    lc_error_free(error);
    lc_seat_unpin(build->seat);
    lc_script_unref(build->script);
    pthread_cond_broadcast(&r->changed);
    lc_reloader_unlock(r);
    lc_reload_poke(r);
}

static bool pick(lc_reloader *r, lc_reload_build *ret_build)
{
    lc_reloader_lock(r);
    bool any = r->build_count > 0;
    if (any) {
        *ret_build = r->builds[0];
        memmove(r->builds, r->builds + 1, --r->build_count * sizeof *r->builds);
        r->picked_ms = lc_monotonic_ms();
    } else {
        r->builders--;
        pthread_cond_broadcast(&r->changed);
    }
    lc_reloader_unlock(r);
    return any;
}

static void run(void *argument)
{
    lc_reloader *r = argument;
    lc_reload_build build;
    while (pick(r, &build)) build_one(r, &build);
}

/* With the lock. */
static void add_builder(lc_reloader *r)
{
    lc_thread *thread;
    bool stuck = !r->builders || lc_monotonic_ms() - r->picked_ms >= STUCK_MS;
    if (!r->build_count || !stuck || r->builders >= MOST_BUILDERS) return;
    lc_autoptr(lc_error) error = lc_thread_start("script-build", BUILD_STACK, run, r, &thread);
    if (error) return; /* tried again at the next look */
    r->builders++;
    r->picked_ms = lc_monotonic_ms();
    lc_thread_abandon(thread);
}

/* With the lock, which it gives up. */
static void tell(lc_reloader *r, lc_seat *seat, const char *path)
{
    char number[12];
    int64_t since_ms = 0;
    const char *stage = lc_seat_stage(seat, path, &since_ms);
    lc_auto(lc_buf) file = {0};
    lc_buf_text(&file, path);
    snprintf(number, sizeof number, "%d", lc_seat_task(seat));
    lc_seat_pin(seat);
    lc_reloader_unlock(r);
    lc_log(r->core->log, LC_LOG_WARN, "runtime.reload", "a task doesn't have the new version of a script yet",
           "connector", lc_seat_connector(seat), "task", number, "file", file.data, "stage", stage, NULL);
    lc_reloader_lock(r);
    lc_seat_unpin(seat);
    pthread_cond_broadcast(&r->changed);
}

int lc_reload_tend(lc_reloader *reloader)
{
    bool waiting = false;
    lc_reloader_lock(reloader);
    for (size_t i = 0; i < reloader->seat_count; i++) {
        lc_seat *seat = reloader->seats[i];
        lc_script *script = lc_seat_begin_next(seat);
        if (script) {
            reloader->builds = lc_grow(reloader->builds, &reloader->build_cap, reloader->build_count + 1,
                                       sizeof *reloader->builds);
            reloader->builds[reloader->build_count++] = (lc_reload_build){seat, script};
            lc_seat_pin(seat);
        }
        waiting = waiting || lc_seat_is_waiting(seat);
        const char *late = lc_seat_overdue(seat, TELL_MS);
        if (late) tell(reloader, seat, late);
    }
    add_builder(reloader);
    int look = reloader->build_count ? STUCK_MS : waiting ? LOOK_MS : -1;
    lc_reloader_unlock(reloader);
    return look;
}

void lc_reload_end_builders(lc_reloader *reloader)
{
    lc_reloader_lock(reloader);
    while (reloader->builders) pthread_cond_wait(&reloader->changed, &reloader->lock);
    lc_reloader_unlock(reloader);
}
