/* One HTTP/1.1 request to another worker: what is forwarded, and new tasks for the leader.
 *
 * Over TCP or TLS, one connection a request, with a deadline for all of it. Redirects are not followed. Any
 * thread. */
#ifndef LC_CLUSTER_PEER_H
#define LC_CLUSTER_PEER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"

typedef struct lc_peer_request {
    const char *url; /* "http://host:port" or "https://host:port" */
    const char *method;
    const char *path;        /* percent-encoded, with the query */
    lc_text body;            /* JSON; data NULL: none */
    const lc_props *headers; /* further ones; may be NULL */
    int64_t deadline;        /* monotonic ms */
    /* For https: `listeners.https.ssl.*`, or `ssl.*` when there is none of them, as in Connect's RestClient;
     * NULL: no certificate, and those that the system trusts. */
    const lc_props *tls_settings;
    /* NULL, or takes the body of an answer 200 as it comes, in place of lc_peer_answer; false: enough of it. */
    bool (*take)(void *context, const char *bytes, size_t len);
    void *take_context;
} lc_peer_request;

typedef struct lc_peer_answer {
    int status;
    lc_buf body;
} lc_peer_answer;

void lc_peer_answer_done(lc_peer_answer *answer);
LC_DEFINE_AUTO(lc_peer_answer, lc_peer_answer_done)

/* LC_E_IO "IO Error trying to forward REST request: …" when there is no whole answer in time,
 * or no certificate that can be trusted; LC_E_CONFIG for settings of TLS. Every status is an answer. */
lc_error *lc_peer_ask(const lc_peer_request *request, lc_peer_answer *ret_answer) LC_RESULT;

#endif
