/* TLS of the REST API, from Kafka's ssl.* settings: certificate, key and trust of listeners and of those who
 * call them, as PEM texts.
 *
 * PEM (in files or in the settings), PKCS12 and the certificates of JKS are read, by their bytes; keys in JKS,
 * which only Java reads, are refused with the command that converts them. One thread. */
#ifndef LC_SECURE_TLS_H
#define LC_SECURE_TLS_H

#include "base/cleanup.h"
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
    char *trusted;      /* who may sign certificates of the other side; NULL: nobody (clients: the system knows) */
    char *priorities;   /* protocols, for GnuTLS */
    lc_client_auth client_auth;
    bool skips_names; /* a certificate counts whatever host it is for */
} lc_tls;

/* Settings with `prefix` ("listeners.https.") if there is any, else the plain ones (all or nothing, as in
 * RestServer). LC_E_CONFIG naming the setting or the file. */
lc_error *lc_tls_read(const lc_props *settings, const char *prefix, lc_tls *ret_tls) LC_RESULT;
/* The same for the calling side, which needs no certificate of its own (Connect's RestClient). */
lc_error *lc_tls_read_client(const lc_props *settings, const char *prefix, lc_tls *ret_tls) LC_RESULT;
void lc_tls_done(lc_tls *tls);
LC_DEFINE_AUTO(lc_tls, lc_tls_done)

/* Whether the client of an established session (gnutls_session_t) showed a certificate that is trusted. */
bool lc_tls_client_is_trusted(void *session);

#endif
