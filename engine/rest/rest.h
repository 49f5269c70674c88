/* The REST server of a worker: Kafka Connect's API over libmicrohttpd.
 *
 * Listens where `listeners` says, one thread a connection, at most 512. Knows the herder's table of functions
 * and nothing of tasks. */
#ifndef LC_REST_REST_H
#define LC_REST_REST_H

#include "cluster/herder.h"

typedef struct lc_rest lc_rest;

/* Opens the sockets (so that the advertised address is known) without answering yet; requests wait.
 * LC_E_CONFIG for a malformed listener, LC_E_IO naming the address that can't be bound. */
lc_error *lc_rest_open(const lc_worker_core *worker, lc_rest **ret_rest) LC_RESULT;
const char *lc_rest_url(const lc_rest *rest);       /* advertised, without a slash at the end */
const char *lc_rest_worker_id(const lc_rest *rest); /* advertised host:port */
/* Answers from now on. */
lc_error *lc_rest_serve(lc_rest *rest, lc_herder *herder) LC_RESULT;
/* No new requests; those under way are answered first. Accepts NULL. */
void lc_rest_close(lc_rest *rest);

#endif
