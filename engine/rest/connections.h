/* Connections that are open, each with the time by which its client must have done the next thing. One thread
 * of its own closes those that overrun it: slow headers, bodies that trickle, answers that nobody reads. */
#ifndef LC_REST_CONNECTIONS_H
#define LC_REST_CONNECTIONS_H

#include <stdint.h>

#include "base/error.h"

typedef struct lc_connections lc_connections;
typedef struct lc_connection lc_connection;

/* At most `limit` are served at a time, half of them for one address of another machine; those beyond it are
 * told so. */
lc_error *lc_connections_new(size_t limit, lc_connections **ret_connections) LC_RESULT;
void lc_connections_free(lc_connections *connections); /* all must be closed; accepts NULL */

/* Any thread. The socket stays the caller's; `header_ms`: time for the first request's header. */
lc_connection *lc_connection_open(lc_connections *connections, int socket, int64_t header_ms);
void lc_connection_close(lc_connection *connection); /* accepts NULL */
/* Whether there were too many when it came. */
bool lc_connection_is_surplus(const lc_connection *connection);
/* The client has `ms` from now for what comes next; < 0: it isn't its turn. */
void lc_connection_expect(lc_connection *connection, int64_t ms);

#endif
