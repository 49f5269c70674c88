#include "cluster/progress.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"

void lc_progress_init(lc_progress *progress)
{
    *progress = (lc_progress){0};
    pthread_mutex_init(&progress->lock, NULL);
}

void lc_progress_done(lc_progress *progress)
{
    pthread_mutex_destroy(&progress->lock);
    free(progress->stage);
}

void lc_progress_begin(lc_progress *progress, const char *what, const char *name)
{
    lc_buf text = {0};
    lc_buf_printf(&text, name ? "%s %s" : "%s", what, name);
    pthread_mutex_lock(&progress->lock);
    free(progress->stage);
    progress->stage = lc_buf_detach(&text);
    progress->began_ms = lc_now_ms();
    progress->ended_ms = 0;
    pthread_mutex_unlock(&progress->lock);
}

void lc_progress_end(lc_progress *progress)
{
    pthread_mutex_lock(&progress->lock);
    progress->ended_ms = lc_now_ms();
    pthread_mutex_unlock(&progress->lock);
}

/* As java.time.Instant prints it. */
static void add_instant(lc_buf *out, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    char text[32];
    gmtime_r(&seconds, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    lc_buf_printf(out, "%s.%03dZ", text, (int)(ms % 1000));
}

void lc_progress_write(lc_progress *progress, lc_buf *out)
{
    pthread_mutex_lock(&progress->lock);
    if (progress->stage) {
        bool over = progress->ended_ms != 0;
        lc_buf_printf(out, "%s %s, which began at ",
                      over ? "The last operation the worker completed was" : "The worker is currently",
                      progress->stage);
        add_instant(out, progress->began_ms);
        if (over) {
            lc_buf_text(out, " and completed at ");
            add_instant(out, progress->ended_ms);
        }
        lc_buf_put(out, '.');
    }
    pthread_mutex_unlock(&progress->lock);
}
