/* What a herder's thread is doing, for the messages of requests that time out (TickThreadStage, KIP-1017).
 *
 * One thread begins and ends stages, any thread writes them down. */
#ifndef LC_CLUSTER_PROGRESS_H
#define LC_CLUSTER_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

typedef struct lc_progress {
    pthread_mutex_t lock;
    char *stage;      /* NULL: none yet */
    int64_t began_ms; /* wall clock */
    int64_t ended_ms; /* 0: it goes on */
} lc_progress;

void lc_progress_init(lc_progress *progress);
void lc_progress_done(lc_progress *progress);
/* `what` is a gerund phrase; " " and `name` follow unless NULL. Ends the stage before it. */
void lc_progress_begin(lc_progress *progress, const char *what, const char *name);
void lc_progress_end(lc_progress *progress);
/* "The worker is currently <stage>, which began at <instant>." or "The last operation the worker completed
 * was <stage>, which began at <instant> and completed at <instant>."; nothing before the first stage. */
void lc_progress_write(lc_progress *progress, lc_buf *out);

#endif
