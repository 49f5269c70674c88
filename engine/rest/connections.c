#include "rest/connections.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"

enum { LOOK_EVERY_MS = 500, PART_OF_ONE_ADDRESS = 2 };

struct lc_connection {
    lc_connections *set;
    lc_connection *next, *before;
    int socket;           /* a descriptor of our own: the server may close its one at any time */
    struct in6_addr peer; /* IPv4 as a mapped address */
    bool is_surplus;
    int64_t deadline; /* monotonic ms */
};

struct lc_connections {
    pthread_mutex_t lock; /* guards the list and all in it */
    lc_connection *first;
    size_t count, limit;
    lc_event stop;
    lc_thread *thread;
};

static void close_overdue(lc_connections *set)
{
    int64_t now = lc_monotonic_ms();
    pthread_mutex_lock(&set->lock);
    for (lc_connection *c = set->first; c; c = c->next)
        if (c->deadline < now && c->socket >= 0) shutdown(c->socket, SHUT_RDWR);
    pthread_mutex_unlock(&set->lock);
}

static void look_after(void *argument)
{
    lc_connections *set = argument;
    while (!lc_event_wait(&set->stop, LOOK_EVERY_MS)) close_overdue(set);
}

lc_error *lc_connections_new(size_t limit, lc_connections **ret_connections)
{
    lc_connections *set = lc_alloc(sizeof *set);
    set->limit = limit;
    pthread_mutex_init(&set->lock, NULL);
    lc_event_init(&set->stop);
    lc_error *error = lc_thread_start("rest-connections", 0, look_after, set, &set->thread);
    if (error) lc_connections_free(set);
    else *ret_connections = set;
    return error;
}

void lc_connections_free(lc_connections *connections)
{
    if (!connections) return;
    lc_event_set(&connections->stop);
    lc_thread_join(connections->thread, -1);
    lc_event_done(&connections->stop);
    pthread_mutex_destroy(&connections->lock);
    free(connections);
}

static struct in6_addr peer_of(int socket)
{
    struct sockaddr_storage from = {0};
    struct in6_addr peer = IN6ADDR_LOOPBACK_INIT;
    socklen_t len = sizeof from;
    if (getpeername(socket, (struct sockaddr *)&from, &len)) return peer;
    if (from.ss_family == AF_INET6) return ((struct sockaddr_in6 *)&from)->sin6_addr;
    if (from.ss_family != AF_INET) return peer;
    peer = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
    memcpy(&peer.s6_addr[12], &((struct sockaddr_in *)&from)->sin_addr, 4);
    return peer;
}

/* This machine's own tools: a proxy, a probe. */
static bool is_exempt(const struct in6_addr *peer)
{
    static const unsigned char own[4] = {127, 0, 0, 1};
    return IN6_IS_ADDR_LOOPBACK(peer) || (IN6_IS_ADDR_V4MAPPED(peer) && !memcmp(&peer->s6_addr[12], own, 4));
}

/* Holds the lock. */
static bool is_too_much(const lc_connections *set, const struct in6_addr *peer)
{
    size_t same = 0;
    if (set->count >= set->limit) return true;
    if (is_exempt(peer)) return false;
    for (const lc_connection *c = set->first; c; c = c->next)
        same += IN6_ARE_ADDR_EQUAL(&c->peer, peer) ? 1 : 0;
    return same >= set->limit / PART_OF_ONE_ADDRESS;
}

lc_connection *lc_connection_open(lc_connections *connections, int socket, int64_t header_ms)
{
    lc_connection *c = lc_alloc(sizeof *c);
    c->set = connections;
    c->peer = peer_of(socket);
    c->socket = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    c->deadline = lc_monotonic_ms() + header_ms;
    pthread_mutex_lock(&connections->lock);
    c->is_surplus = is_too_much(connections, &c->peer);
    connections->count++;
    c->next = connections->first;
    if (c->next) c->next->before = c;
    connections->first = c;
    pthread_mutex_unlock(&connections->lock);
    return c;
}

void lc_connection_close(lc_connection *connection)
{
    if (!connection) return;
    lc_connections *set = connection->set;
    pthread_mutex_lock(&set->lock);
    set->count--;
    if (connection->next) connection->next->before = connection->before;
    if (connection->before) connection->before->next = connection->next;
    else set->first = connection->next;
    pthread_mutex_unlock(&set->lock);
    if (connection->socket >= 0) close(connection->socket);
    free(connection);
}

bool lc_connection_is_surplus(const lc_connection *connection)
{
    return connection->is_surplus;
}

void lc_connection_expect(lc_connection *connection, int64_t ms)
{
    pthread_mutex_lock(&connection->set->lock);
    connection->deadline = ms < 0 ? INT64_MAX : lc_monotonic_ms() + ms;
    pthread_mutex_unlock(&connection->set->lock);
}
