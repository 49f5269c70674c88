/* The calling side of a TLS connection over a socket that is connected already and doesn't block (GnuTLS).
 *
 * The other side's certificate has to be signed by someone who is trusted and to be made out for the host that
 * was called. One thread. */
#ifndef LC_SECURE_TLS_SESSION_H
#define LC_SECURE_TLS_SESSION_H

#include <sys/types.h>

#include "secure/tls.h"

typedef struct lc_tls_session lc_tls_session;

/* Shakes hands until `deadline` (monotonic ms). LC_E_IO with what is wrong with the connection or with the
 * certificate, LC_E_CONFIG with what is wrong with our own. `tls` is not kept; the socket stays the caller's. */
lc_error *lc_tls_session_open(const lc_tls *tls, int socket, const char *host, int64_t deadline,
                              lc_tls_session **ret_session) LC_RESULT;
/* Says goodbye without waiting. Accepts NULL. */
void lc_tls_session_close(lc_tls_session *session);

/* As send and recv of a socket that doesn't block: bytes, 0 at the end, or -1 with errno: EAGAIN, then
 * *ret_events says what to poll for; EPROTO for what breaks the protocol. */
ssize_t lc_tls_session_send(lc_tls_session *session, const void *bytes, size_t len, short *ret_events);
ssize_t lc_tls_session_receive(lc_tls_session *session, void *bytes, size_t size, short *ret_events);

#endif
