#include "rest/pace.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

enum { ADDRESSES = 1024, SLOTS_OF_ADDRESS = 8, MINUTE_MS = 60000 };

/* Whose budget, and what is left of it in ms: one change costs MINUTE_MS / limit of them. */
typedef struct account {
    struct in6_addr address;
    double left_ms;
    int64_t at_ms; /* 0: free */
} account;

struct lc_pace {
    double cost_ms; /* 0: no limit */
    bool spares_own;
    pthread_mutex_t lock; /* guards accounts */
    account accounts[ADDRESSES];
};

lc_pace *lc_pace_new(const lc_props *settings)
{
    lc_pace *pace = lc_alloc(sizeof *pace);
    const char *given = lc_props_get(settings, "rest.changes.per.minute");
    long limit = given && *given ? strtol(given, NULL, 10) : LC_PACE_DEFAULT;
    pace->spares_own = !given || !*given;
    pace->cost_ms = limit > 0 ? (double)MINUTE_MS / (double)limit : 0;
    pthread_mutex_init(&pace->lock, NULL);
    return pace;
}

void lc_pace_free(lc_pace *pace)
{
    if (!pace) return;
    pthread_mutex_destroy(&pace->lock);
    free(pace);
}

/* Whoever has one IPv6 address has 2^64 of them. */
static struct in6_addr network_of(const char *address)
{
    struct in6_addr net = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
    if (inet_pton(AF_INET, address, &net.s6_addr[12]) == 1) return net;
    if (inet_pton(AF_INET6, address, &net) != 1) return (struct in6_addr){.s6_addr = {0}};
    if (!IN6_IS_ADDR_V4MAPPED(&net)) memset(&net.s6_addr[8], 0, 8);
    return net;
}

/* The account of a network, or the one of its places that was used longest ago. Holds the lock. */
static account *account_of(lc_pace *pace, const struct in6_addr *net, int64_t now)
{
    uint32_t first = lc_hash(net, sizeof *net);
    account *oldest = NULL;
    for (uint32_t i = 0; i < SLOTS_OF_ADDRESS; i++) {
        account *a = &pace->accounts[(first + i) % ADDRESSES];
        if (a->at_ms && IN6_ARE_ADDR_EQUAL(&a->address, net)) return a;
        if (!oldest || a->at_ms < oldest->at_ms) oldest = a;
    }
    *oldest = (account){*net, MINUTE_MS, now};
    return oldest;
}

int lc_pace_take(lc_pace *pace, const char *address, bool is_remote)
{
    if (pace->cost_ms <= 0 || (pace->spares_own && !is_remote)) return 0;
    struct in6_addr net = network_of(address);
    int64_t now = lc_monotonic_ms();
    pthread_mutex_lock(&pace->lock);
    account *a = account_of(pace, &net, now);
    a->left_ms += (double)(now - a->at_ms);
    if (a->left_ms > MINUTE_MS) a->left_ms = MINUTE_MS;
    a->at_ms = now;
    double missing = pace->cost_ms - a->left_ms;
    if (missing <= 0) a->left_ms -= pace->cost_ms;
    pthread_mutex_unlock(&pace->lock);
    return missing <= 0 ? 0 : 1 + (int)(missing / 1000);
}
