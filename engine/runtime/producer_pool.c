#include "runtime/producer_pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "runtime/client_settings.h"

enum { CLOSE_TIMEOUT_MS = 5000 };

typedef struct shared {
    lc_producer *producer;
    lc_props *settings, *overrides;
    unsigned users;
    bool retired; /* met a fatal error */
    struct shared *next;
} shared;

struct lc_producer_pool {
    pthread_mutex_t lock; /* guards the list */
    shared *list;
};

lc_producer_pool *lc_producer_pool_new(void)
{
    lc_producer_pool *pool = lc_alloc(sizeof *pool);
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

static void close_shared(shared *s)
{
    lc_producer_close(s->producer, CLOSE_TIMEOUT_MS);
    lc_props_free(s->settings);
    lc_props_free(s->overrides);
    free(s);
}

void lc_producer_pool_free(lc_producer_pool *pool)
{
    if (!pool) return;
    while (pool->list) {
        shared *s = pool->list;
        pool->list = s->next;
        close_shared(s);
    }
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static bool is_fatal(shared *s)
{
    lc_autoptr(lc_error) fatal = lc_producer_fatal(s->producer);
    s->retired |= fatal != NULL;
    return s->retired;
}

static shared *find(lc_producer_pool *pool, const lc_props *settings, const lc_props *overrides)
{
    for (shared *s = pool->list; s; s = s->next)
        if (lc_props_equal(s->settings, settings) && lc_props_equal(s->overrides, overrides) && !is_fatal(s))
            return s;
    return NULL;
}

static lc_error *open_shared(const lc_worker_core *worker, const lc_props *settings,
                             const lc_props *overrides, shared **ret)
{
    lc_autoptr(lc_client_config) config = NULL;
    lc_producer *producer = NULL;
    LC_TRY(lc_client_config_from(worker, LC_CLIENT_PRODUCER, settings, overrides, &config));
    lc_client_log log = lc_client_logger(worker->log);
    LC_TRY(lc_producer_open(config, &log, &producer));
    shared *s = lc_alloc(sizeof *s);
    *s = (shared){
        .producer = producer, .settings = lc_props_copy(settings), .overrides = lc_props_copy(overrides)};
    *ret = s;
    return NULL;
}

lc_error *lc_producer_pool_get(lc_producer_pool *pool, const lc_worker_core *worker, const lc_props *settings,
                               const lc_props *overrides, lc_producer **ret_producer)
{
    pthread_mutex_lock(&pool->lock);
    shared *s = find(pool, settings, overrides);
    lc_error *error = NULL;
    if (!s && !(error = open_shared(worker, settings, overrides, &s))) {
        s->next = pool->list;
        pool->list = s;
    }
    if (!error) {
        s->users++;
        *ret_producer = s->producer;
    }
    pthread_mutex_unlock(&pool->lock);
    return error;
}

/* Takes the entry out of the list when nobody uses it any more. */
static shared *leave(lc_producer_pool *pool, const lc_producer *producer)
{
    for (shared **link = &pool->list; *link; link = &(*link)->next) {
        shared *s = *link;
        if (s->producer != producer) continue;
        if (--s->users) return NULL;
        *link = s->next;
        return s;
    }
    return NULL;
}

void lc_producer_pool_release(lc_producer_pool *pool, lc_producer *producer)
{
    pthread_mutex_lock(&pool->lock);
    shared *unused = leave(pool, producer);
    pthread_mutex_unlock(&pool->lock);
    if (unused) close_shared(unused);
}
