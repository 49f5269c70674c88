/* HTTP for scripts: several requests at once, over connections that are kept between calls.
 *
 * Every wait ends: by its own deadline, or soon after the task was asked to stop. Hosts are asked only when they
 * were granted, and so are those that an answer redirects to. A fetcher belongs to one thread. Knows no Lua. */
#ifndef LC_NET_FETCH_H
#define LC_NET_FETCH_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

enum { LC_FETCH_AT_ONCE = 64 };

/* What may be reached, and when to end. Borrowed for the fetcher's life. */
typedef struct lc_fetch_guard {
    const char *const *hosts; /* patterns of lc_host_is_granted */
    bool (*stopping)(void *context); /* looked at ten times a second; NULL: never. Requests end 2 s after it is true */
    void *context;
    size_t most; /* bytes of all bodies of a run together; 0: any */
} lc_fetch_guard;

/* One request. Texts are borrowed for the call; NULL: not set. */
typedef struct lc_fetch_request {
    const char *method;         /* in capitals */
    const char *url;
    const char *const *headers; /* "Name: value" lines; NULL-terminated; the caller has checked them */
    lc_text body;               /* data NULL: none */
    int64_t timeout_ms;         /* of all of it */
    int64_t connect_ms;         /* of the connection */
    size_t limit;               /* bytes of the answer's body, unpacked */
    int redirects;              /* that are followed, for GET and HEAD, and for all methods at status 307 and 308 */
    const char *proxy;          /* "http://host:port" */
    const char *proxy_user, *proxy_password;
    const char *ca_file, *cert_file, *key_file, *key_password; /* PEM */
    bool insecure;              /* the server's certificate isn't checked */
} lc_fetch_request;

/* Why there is no answer. */
typedef enum lc_fetch_problem {
    LC_FETCH_NONE,
    LC_FETCH_TIMEOUT,
    LC_FETCH_DNS,
    LC_FETCH_CONNECT,
    LC_FETCH_TLS,
    LC_FETCH_CLOSED,   /* the connection ended before the answer did */
    LC_FETCH_SIZE,
    LC_FETCH_REDIRECT, /* to where it may not go, or too often */
    LC_FETCH_STOPPED,  /* the task ends */
    LC_FETCH_OTHER,
} lc_fetch_problem;

typedef struct lc_fetch_answer {
    lc_fetch_problem problem;
    char *why; /* with a problem; never holds a URL's query */
    long status;
    lc_buf headers; /* "name: value\n" lines as they came */
    lc_buf body;
} lc_fetch_answer;

typedef struct lc_fetcher lc_fetcher;

/* Loads nothing yet. `use` as in lc_curl_open. */
lc_fetcher *lc_fetcher_new(const char *use, const lc_fetch_guard *guard);
void lc_fetcher_free(lc_fetcher *fetcher); /* accepts NULL */

/* Makes the requests, at most LC_FETCH_AT_ONCE, all at once, and returns when each has an answer or a problem.
 * `ret_answers` are zeroed ones, released by lc_fetch_answer_done. Errors only for what no request can overcome:
 * a host that isn't granted (the message names script.grants), a URL that can't be read, no libcurl. */
lc_error *lc_fetcher_run(lc_fetcher *fetcher, const lc_fetch_request *requests, size_t count,
                         lc_fetch_answer *ret_answers) LC_RESULT;
void lc_fetch_answer_done(lc_fetch_answer *answer);

/* LC_E_CONNECT when the URL can't be read or its host isn't granted. */
lc_error *lc_fetch_check(const char *const *hosts, const char *url) LC_RESULT;

const char *lc_fetch_problem_name(lc_fetch_problem problem); /* "timeout", "dns", "connect" … */

#endif
