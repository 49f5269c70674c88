/* Certificate and key of HTTPS listeners, from Kafka's ssl.* settings, as PEM texts.
 *
 * PEM (in files or in the settings) and PKCS12 are read; JKS, which only Java reads, is refused with the
 * command that converts it. One thread. */
#ifndef LC_REST_TLS_H
#define LC_REST_TLS_H

#include "base/error.h"
#include "base/map.h"

typedef enum lc_client_auth {
    LC_CLIENT_AUTH_NONE,
    LC_CLIENT_AUTH_REQUESTED,
    LC_CLIENT_AUTH_REQUIRED
} lc_client_auth;

typedef struct lc_tls {
    char *certificates; /* the chain, the server's own first */
    char *key;
    char *key_password; /* NULL: the key isn't encrypted */
    char *trusted;      /* who may sign certificates of clients; NULL: nobody */
    char *priorities;   /* protocols, for GnuTLS */
    lc_client_auth client_auth;
} lc_tls;

/* Settings with `prefix` ("listeners.https.") if there is any, else the plain ones (all or nothing, as in
 * RestServer). LC_E_CONFIG naming the setting or the file. */
lc_error *lc_tls_read(const lc_props *settings, const char *prefix, lc_tls *ret_tls) LC_RESULT;
void lc_tls_done(lc_tls *tls);

/* Whether the client of an established session (gnutls_session_t) showed a certificate that is trusted. */
bool lc_tls_client_is_trusted(void *session);

#endif
