#include "cluster/requests.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

static void unref(lc_request *r)
{
    if (atomic_fetch_sub(&r->refs, 1) != 1) return;
    free(r->name);
    lc_props_free(r->config);
    lc_json_free(r->body);
    lc_buf_done(&r->out);
    lc_error_free(r->error);
    lc_event_done(&r->done);
    free(r);
}

static void free_request(void *r)
{
    unref(r);
}

void lc_requests_init(lc_requests *requests, lc_herder *herder)
{
    *requests = (lc_requests){.herder = herder};
    requests->queue = lc_queue_new(free_request);
    lc_progress_init(&requests->progress);
}

void lc_requests_done(lc_requests *requests)
{
    lc_queue_free(requests->queue);
    lc_progress_done(&requests->progress);
}

lc_request *lc_request_new(lc_request_handler *run, const char *stage, const char *name, int64_t deadline)
{
    lc_request *r = lc_alloc(sizeof *r);
    r->run = run;
    r->stage = stage;
    r->name = lc_strdup(name);
    r->deadline = deadline;
    lc_event_init(&r->done);
    atomic_init(&r->refs, 2);
    return r;
}

static lc_error *closing_down(void)
{
    return lc_fail(LC_E_CONFLICT, "The worker is shutting down.");
}

lc_error *lc_requests_await(lc_requests *requests, lc_request *r, lc_buf *out, bool *ret_created)
{
    if (!lc_queue_push(requests->queue, r)) {
        unref(r);
        unref(r);
        return closing_down();
    }
    lc_error *error = NULL;
    if (!lc_event_wait(&r->done, r->deadline - lc_monotonic_ms())) {
        lc_auto(lc_buf) stage = {0};
        lc_progress_write(&requests->progress, &stage);
        error = lc_fail(LC_E_TIMEOUT, "Request timed out%s%s", stage.len ? ". " : "",
                        stage.len ? stage.data : "");
    } else {
        error = lc_steal(r->error);
        if (!error && out) lc_buf_add(out, r->out.data, r->out.len);
        if (ret_created) *ret_created = r->created;
    }
    unref(r);
    return error;
}

void lc_requests_note(lc_requests *requests, lc_request *r)
{
    r->is_note = true;
    unref(r);
    if (!lc_queue_push(requests->queue, r)) unref(r);
}

static void serve(lc_requests *requests, lc_request *r)
{
    if (atomic_load(&requests->closing)) {
        r->error = closing_down();
    } else if (r->is_note || atomic_load(&r->refs) > 1) {
        if (r->stage) lc_progress_begin(&requests->progress, r->stage, r->name);
        r->run(requests->herder, r);
        if (r->stage) lc_progress_end(&requests->progress);
    }
    lc_event_set(&r->done);
    unref(r);
}

bool lc_requests_serve(lc_requests *requests, int64_t wait_ms)
{
    lc_request *r = lc_queue_pop(requests->queue, wait_ms);
    if (r) serve(requests, r);
    return r || !lc_queue_is_closed(requests->queue);
}
