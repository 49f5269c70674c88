/* Addresses the REST server listens on: reading `listeners`, opening sockets. Knows no HTTP. One thread. */
#ifndef LC_REST_LISTENER_H
#define LC_REST_LISTENER_H

#include "base/error.h"
#include "base/map.h"
#include "base/strings.h"

enum { LC_LISTENERS_MAX = 8 };

typedef struct lc_listener {
    char *host; /* NULL: all interfaces */
    int port;   /* the real one, also when 0 was asked for */
    int socket; /* -1: not open */
    bool is_tls;
    bool is_loopback; /* reachable from this machine only */
    unsigned scope;   /* lc_route_flag's */
} lc_listener;

typedef struct lc_listeners {
    lc_listener items[LC_LISTENERS_MAX];
    size_t count;
} lc_listeners;

/* Reads a list of http(s)://host:port and opens them; `key` is the setting's name, for errors. LC_E_CONFIG
 * with Connect's texts, LC_E_IO naming an address that can't be bound. What was opened stays in `listeners`.
 */
lc_error *lc_listeners_open(lc_listeners *listeners, const char *key, const char *list,
                            unsigned scope) LC_RESULT;
void lc_listeners_close(lc_listeners *listeners); /* sockets that nobody took over (socket = -1) */

/* "host:port" and "http://host:port" under which others reach this worker (RestServer.advertisedUrl): from
 * rest.advertised.*, else the first http listener, else the first. The caller frees both. LC_E_CONFIG for a
 * rest.advertised.listener that isn't there. */
lc_error *lc_listeners_advertise(const lc_listeners *listeners, const lc_props *settings, char **ret_id,
                                 char **ret_url) LC_RESULT;

#endif
