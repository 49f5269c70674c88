/* What others ask of a herder, brought to its one thread: a queue of requests with their answers.
 *
 *   lc_request *r = lc_request_new(do_put, "creating connector", name, deadline);
 *   …its fields…
 *   return lc_requests_await(&herder->requests, r, out, NULL);      any thread
 *   lc_requests_serve(&herder->requests, wait_ms);                  the herder's thread
 *
 * A request whose asker has given up is not begun any more. */
#ifndef LC_CLUSTER_REQUESTS_H
#define LC_CLUSTER_REQUESTS_H

#include "base/queue.h"
#include "base/thread.h"
#include "cluster/herder.h"
#include "cluster/progress.h"

typedef struct lc_request lc_request;
typedef void lc_request_handler(lc_herder *herder, lc_request *request);

/* Whoever is last of the two, asker or thread, frees it. */
struct lc_request {
    lc_request_handler *run;
    const char *stage; /* "restarting connector"; NULL: not worth telling */
    char *name;
    lc_props *config;
    lc_json *body;
    lc_target_state state;
    bool flag_a, flag_b; /* allow_replace; include_tasks, only_failed */
    bool created;
    int task;
    int64_t deadline; /* monotonic ms */
    lc_buf out;
    lc_error *error;
    /* Private. */
    lc_event done;
    atomic_int refs;
    bool is_note;
};

typedef struct lc_requests {
    lc_herder *herder;
    lc_queue *queue;
    lc_progress progress; /* what the thread is doing */
    atomic_bool closing;  /* requests are turned away */
} lc_requests;

void lc_requests_init(lc_requests *requests, lc_herder *herder);
void lc_requests_done(lc_requests *requests);

/* `stage` lives as long as the request; `name` is copied. */
lc_request *lc_request_new(lc_request_handler *run, const char *stage, const char *name, int64_t deadline);
/* Hands the request over and waits; the answer's text goes to `out` (NULL: dropped), its error to the caller.
 */
lc_error *lc_requests_await(lc_requests *requests, lc_request *request, lc_buf *out,
                            bool *ret_created) LC_RESULT;
/* Hands it over; nobody waits for it. */
void lc_requests_note(lc_requests *requests, lc_request *request);
/* Serves one request, waiting for it up to `wait_ms` (< 0: as long as it takes) or until the queue is woken.
 * False when the queue is closed and empty. */
bool lc_requests_serve(lc_requests *requests, int64_t wait_ms);

#endif
