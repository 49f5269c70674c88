/* What a URL names, and whether it was granted. Strict on purpose: what this accepts means the same to every
 * reader, so what was checked is what is asked. Thread-safe. */
#ifndef LC_NET_URL_H
#define LC_NET_URL_H

#include "base/error.h"
#include "base/text.h"

/* Points into the parsed text. */
typedef struct lc_url {
    bool tls;
    lc_text host; /* a name, an IPv4 address, or an IPv6 address in brackets */
    int port;     /* 80 or 443 when the text names none */
    lc_text rest; /* path and query; "" or begins with / or ? */
} lc_url;

/* Only http and https, no user before the host, printable ASCII only; a fragment is cut off. LC_E_CONNECT says
 * what is wrong, never the URL, which may hold a secret. */
lc_error *lc_url_parse(lc_text text, lc_url *ret) LC_RESULT;

/* Does one of the patterns name this host? "api.example.com:443"; "*.internal:8080" for the names below one;
 * "*" in place of the host or the port for any. Case doesn't count. `patterns` ends with NULL; NULL: none. */
bool lc_host_is_granted(const char *const *patterns, lc_text host, int port);

#endif
