#include "secure/tls_session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

struct lc_tls_session {
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
};

static gnutls_datum_t datum(const char *text)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)};
}

static lc_error *set_trust(gnutls_certificate_credentials_t credentials, const lc_tls *tls)
{
    if (!tls->trusted) {
        gnutls_certificate_set_x509_system_trust(credentials);
        return NULL;
    }
    gnutls_datum_t pem = datum(tls->trusted);
    int found = gnutls_certificate_set_x509_trust_mem(credentials, &pem, GNUTLS_X509_FMT_PEM);
    return found > 0 ? NULL : lc_fail(LC_E_CONFIG, "The trust store holds no certificate that can be read");
}

static lc_error *set_key(gnutls_certificate_credentials_t credentials, const lc_tls *tls)
{
    if (!tls->certificates) return NULL;
    gnutls_datum_t chain = datum(tls->certificates), key = datum(tls->key);
    int code = gnutls_certificate_set_x509_key_mem2(credentials, &chain, &key, GNUTLS_X509_FMT_PEM,
                                                    tls->key_password, 0);
    return code < 0 ? lc_fail(LC_E_CONFIG, "The certificate and key of the key store can't be used: %s",
                              gnutls_strerror(code))
                    : NULL;
}

static bool is_address(const char *host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/* Everything up to the handshake. */
static lc_error *prepare(lc_tls_session *s, const lc_tls *tls, int socket, const char *host)
{
    int code = gnutls_certificate_allocate_credentials(&s->credentials);
    if (!code) code = gnutls_init(&s->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    if (!code) code = gnutls_priority_set_direct(s->session, tls->priorities, NULL);
    if (!code) code = gnutls_credentials_set(s->session, GNUTLS_CRD_CERTIFICATE, s->credentials);
    if (!code && !is_address(host))
        code = gnutls_server_name_set(s->session, GNUTLS_NAME_DNS, host, strlen(host));
    if (code) return lc_fail(LC_E_IO, "TLS can't be set up: %s", gnutls_strerror(code));
    LC_TRY(set_trust(s->credentials, tls));
    LC_TRY(set_key(s->credentials, tls));
    gnutls_session_set_verify_cert(s->session, tls->skips_names ? NULL : host, 0);
    gnutls_transport_set_int(s->session, socket);
    return NULL;
}

static short events_of(const lc_tls_session *s)
{
    return gnutls_record_get_direction(s->session) ? POLLOUT : POLLIN;
}

static lc_error *untrusted(const lc_tls_session *s, const char *host)
{
    gnutls_datum_t text = {0};
    unsigned status = gnutls_session_get_verify_cert_status(s->session);
    gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0);
    lc_error *error = lc_fail(LC_E_IO, "the certificate of %s can't be trusted: %s", host,
                              text.data ? (const char *)text.data : "it doesn't verify");
    gnutls_free(text.data);
    return error;
}

static lc_error *failed(const lc_tls_session *s, int code, const char *host)
{
    if (code == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) return untrusted(s, host);
    if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
        return lc_fail(LC_E_IO, "the other side ends the TLS handshake: %s",
                       gnutls_alert_get_name(gnutls_alert_get(s->session)));
    return lc_fail(LC_E_IO, "TLS handshake failed: %s", gnutls_strerror(code));
}

static lc_error *shake_hands(lc_tls_session *s, int socket, const char *host, int64_t deadline)
{
    for (;;) {
        int code = gnutls_handshake(s->session);
        if (code == GNUTLS_E_SUCCESS) return NULL;
        if (gnutls_error_is_fatal(code)) return failed(s, code, host);
        if (code != GNUTLS_E_AGAIN) continue;
        struct pollfd item = {socket, events_of(s), 0};
        int64_t left = deadline - lc_monotonic_ms();
        if (left <= 0 || poll(&item, 1, left > 3600000 ? 3600000 : (int)left) == 0)
            return lc_fail(LC_E_IO, "no TLS handshake in time");
    }
}

lc_error *lc_tls_session_open(const lc_tls *tls, int socket, const char *host, int64_t deadline,
                              lc_tls_session **ret_session)
{
    lc_tls_session *s = lc_alloc(sizeof *s);
    lc_error *error = prepare(s, tls, socket, host);
    if (!error) error = shake_hands(s, socket, host, deadline);
    if (error) lc_tls_session_close(s);
    else *ret_session = s;
    return error;
}

void lc_tls_session_close(lc_tls_session *session)
{
    if (!session) return;
    if (session->session) {
        gnutls_bye(session->session, GNUTLS_SHUT_WR);
        gnutls_deinit(session->session);
    }
    if (session->credentials) gnutls_certificate_free_credentials(session->credentials);
    free(session);
}

static ssize_t outcome(const lc_tls_session *s, ssize_t n, short *ret_events)
{
    if (n >= 0) return n;
    *ret_events = events_of(s);
    errno = gnutls_error_is_fatal((int)n) ? EPROTO : EAGAIN;
    return -1;
}

ssize_t lc_tls_session_send(lc_tls_session *session, const void *bytes, size_t len, short *ret_events)
{
    return outcome(session, gnutls_record_send(session->session, bytes, len), ret_events);
}

/* Who ends without a goodbye just ends: an answer says itself how long it is. */
ssize_t lc_tls_session_receive(lc_tls_session *session, void *bytes, size_t size, short *ret_events)
{
    ssize_t n = gnutls_record_recv(session->session, bytes, size);
    return n == GNUTLS_E_PREMATURE_TERMINATION ? 0 : outcome(session, n, ret_events);
}
