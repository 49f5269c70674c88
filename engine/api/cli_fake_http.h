/* The network of a test: requests that are expected in turn, and canned answers.
 *
 * Expected: [{"method":"GET","url":"…","answer":{"status":200,"headers":{…},"body":"…"}}], or "answer":{"problem":
 * "timeout"}. Whoever makes another request fails, and so does the test. */
#ifndef LC_API_CLI_FAKE_HTTP_H
#define LC_API_CLI_FAKE_HTTP_H

#include "base/json.h"
#include "script/capability.h"

typedef struct lc_fake_http {
    const lc_json *expected; /* NULL: none */
    lc_json *requests;       /* an array that gets what was asked: method, url, headers by small names, body */
    size_t count;            /* that were answered */
    char *unexpected;        /* the first request that nobody expected, as text; NULL: none */
} lc_fake_http;

/* As lc_http_double's run; `context` is an lc_fake_http. */
lc_error *lc_fake_http_run(void *context, const lc_fetch_request *requests, size_t count,
                           lc_fetch_answer *ret_answers) LC_RESULT;

#endif
