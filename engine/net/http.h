/* HTTP requests, one at a time over connections that are kept.
 *
 * A client belongs to one thread at a time. Answers are bounded in size and in time. For what needs one answer
 * after another; scripts have net/fetch.h. */
#ifndef LC_NET_HTTP_H
#define LC_NET_HTTP_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

enum { LC_HTTP_BODY_MAX = 16 * 1024 * 1024 };

/* What every request has in common. All texts are borrowed for the client's life; NULL: not set. PEM texts
 * and files of one kind exclude each other. */
typedef struct lc_http_options {
    const char *user, *password; /* basic authentication */
    const char *token;           /* bearer authentication */
    const char *ca_file, *ca_text;
    const char *cert_file, *cert_type; /* "PEM", "P12" */
    const char *cert_text, *key_text;  /* PEM */
    const char *key_password;
    const char *use;            /* what makes the requests, as in "A schema registry" */
    const char *const *headers; /* "Name: value" lines of every request; NULL-terminated */
    bool any_host;      /* the certificate's host name isn't checked */
    const char *proxy;  /* host:port */
    int64_t connect_ms; /* time-out of connecting; 0: none */
    int64_t read_ms;    /* and of the answer after that */
} lc_http_options;

typedef struct lc_http lc_http;

lc_http *lc_http_new(const lc_http_options *options);
void lc_http_free(lc_http *http); /* accepts NULL */

/* GET, or POST when there is a body (data NULL: none). LC_E_CONNECT, retriable where another attempt may do
 * better, says what libcurl says and never a password. An answer of any status is a success. */
lc_error *lc_http_request(lc_http *http, const char *url, lc_text body, long *ret_status,
                          lc_buf *ret_body) LC_RESULT;

#endif
