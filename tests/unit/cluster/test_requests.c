/* Requests to a herder's thread: answers, time-outs that say what it was doing, and the end. */
#include <stdlib.h>

#include "base/clock.h"
#include "check.h"
#include "cluster/requests.h"

static void echo(lc_herder *herder, lc_request *request)
{
    (void)herder;
    lc_buf_text(&request->out, request->name);
}

static void fail(lc_herder *herder, lc_request *request)
{
    (void)herder;
    request->error = lc_fail(LC_E_NOT_FOUND, "no %s", request->name);
}

static void serve(void *requests)
{
    while (lc_requests_serve(requests, -1)) continue;
}

static void check_error(lc_error *error, const char *expected)
{
    CHECK_EQ_STR(error ? lc_error_message(error) : "(none)", expected);
    lc_error_free(error);
}

TEST(answers)
{
    lc_requests requests;
    lc_thread *thread = NULL;
    lc_auto(lc_buf) out = {0};
    lc_requests_init(&requests, NULL);
    lc_error_free(lc_thread_start("herder", 0, serve, &requests, &thread));
    int64_t deadline = lc_monotonic_ms() + 10000;
    check_error(lc_requests_await(&requests, lc_request_new(echo, "echoing", "x", deadline), &out, NULL),
                "(none)");
    CHECK_EQ_STR(out.data, "x");
    check_error(lc_requests_await(&requests, lc_request_new(fail, NULL, "y", deadline), &out, NULL), "no y");
    lc_queue_close(requests.queue);
    lc_thread_join(thread, -1);
    lc_requests_done(&requests);
}

/* "…began at 2026-01-01T00:00:00.000Z": the instant is cut out. */
static void check_stage(const char *text, const char *before, const char *after)
{
    size_t len = strlen(before);
    CHECK(!strncmp(text, before, len));
    CHECK(strlen(text) > len + 24 && text[len + 10] == 'T' && text[len + 23] == 'Z');
    CHECK(strlen(text) > len + 24 && !strncmp(text + len + 24, after, strlen(after)));
}

TEST(time_outs_say_the_stage)
{
    lc_requests requests;
    lc_requests_init(&requests, NULL);
    check_error(
        lc_requests_await(&requests, lc_request_new(echo, "echoing", "x", lc_monotonic_ms() + 20), NULL, NULL),
        "Request timed out");
    lc_progress_begin(&requests.progress, "restarting connector", "a b");
    lc_error *error =
        lc_requests_await(&requests, lc_request_new(echo, NULL, "x", lc_monotonic_ms() + 20), NULL, NULL);
    check_stage(lc_error_message(error),
                "Request timed out. The worker is currently restarting connector a b, which began at ", ".");
    CHECK_EQ_INT(lc_error_http_status(error), 500);
    lc_error_free(error);
    lc_progress_end(&requests.progress);
    lc_auto(lc_buf) text = {0};
    lc_progress_write(&requests.progress, &text);
    check_stage(text.data,
                "The last operation the worker completed was restarting connector a b, which began at ",
                " and completed at ");
    lc_queue_close(requests.queue);
    lc_requests_done(&requests);
}

TEST(nothing_is_begun_at_the_end)
{
    lc_requests requests;
    lc_thread *thread = NULL;
    lc_requests_init(&requests, NULL);
    atomic_store(&requests.closing, true);
    lc_error_free(lc_thread_start("herder", 0, serve, &requests, &thread));
    int64_t deadline = lc_monotonic_ms() + 10000;
    check_error(lc_requests_await(&requests, lc_request_new(echo, "echoing", "x", deadline), NULL, NULL),
                "The worker is shutting down.");
    lc_queue_close(requests.queue);
    lc_thread_join(thread, -1);
    check_error(lc_requests_await(&requests, lc_request_new(echo, "echoing", "x", deadline), NULL, NULL),
                "The worker is shutting down.");
    lc_requests_done(&requests);
}

int main(void)
{
    RUN(answers);
    RUN(time_outs_say_the_stage);
    RUN(nothing_is_begun_at_the_end);
    return check_report();
}
