/* Producers shared by tasks: one per distinct set of client settings. Thread-safe. */
#ifndef LC_RUNTIME_PRODUCER_POOL_H
#define LC_RUNTIME_PRODUCER_POOL_H

#include "kafka/producer.h"
#include "runtime/worker.h"

typedef struct lc_producer_pool lc_producer_pool;

lc_producer_pool *lc_producer_pool_new(void);
void lc_producer_pool_free(lc_producer_pool *pool); /* closes what is left; accepts NULL */

/* The producer of these settings, opened when nobody has one. A producer that met a fatal error is not given
 * out again: the next asker gets a new one. */
lc_error *lc_producer_pool_get(lc_producer_pool *pool, const lc_worker_core *worker, const lc_props *settings,
                               const lc_props *overrides, lc_producer **ret_producer) LC_RESULT;
void lc_producer_pool_release(lc_producer_pool *pool, lc_producer *producer);

#endif
