#include "rest/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/text.h"
#include "rest/http.h"

enum { BACKLOG = 512, LARGEST_PORT = 65535 };

static lc_error *invalid(const char *key, lc_text item, const char *why)
{
    return lc_fail(LC_E_CONFIG, "Invalid value %.*s for configuration %s: %s", (int)item.len, item.data, key,
                   why);
}

/* The part after "://": host may be empty or in brackets. */
static bool parse_address(lc_text address, lc_listener *l)
{
    size_t colon = address.len;
    while (colon > 0 && address.data[colon - 1] != ':') colon--;
    if (!colon || colon == address.len || address.len - colon > 5) return false;
    int port = 0;
    for (size_t i = colon; i < address.len; i++) {
        if (address.data[i] < '0' || address.data[i] > '9') return false;
        port = port * 10 + (address.data[i] - '0');
    }
    lc_text host = {address.data, colon - 1};
    if (host.len >= 2 && host.data[0] == '[' && host.data[host.len - 1] == ']')
        host = (lc_text){host.data + 1, host.len - 2};
    l->host = host.len ? lc_strndup(host.data, host.len) : NULL;
    l->port = port;
    return port <= LARGEST_PORT;
}

static lc_error *parse_listener(const char *key, lc_text text, lc_listener *l)
{
    static const char wrong[] = "Listener doesn't have the right format (protocol://hostname:port).";
    const char *slashes = memmem(text.data, text.len, "://", 3);
    if (!slashes) return invalid(key, text, wrong);
    lc_text protocol = {text.data, (size_t)(slashes - text.data)};
    lc_text address = {slashes + 3, text.len - protocol.len - 3};
    l->is_tls = lc_text_eq_nocase(protocol, LC_TEXT("https"));
    if (!l->is_tls && !lc_text_eq_nocase(protocol, LC_TEXT("http")))
        return invalid(key, text, "Listener protocol must be either \"http\" or \"https\".");
    while (address.len && address.data[address.len - 1] == '/') address.len--;
    return parse_address(address, l) ? NULL : invalid(key, text, wrong);
}

static int bound_socket(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!bind(fd, address->ai_addr, address->ai_addrlen) && !listen(fd, BACKLOG)) return fd;
    int problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static void note_address(lc_listener *l)
{
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof at;
    if (getsockname(l->socket, (struct sockaddr *)&at, &len)) return;
    l->is_loopback = is_loopback((struct sockaddr *)&at);
    l->port = ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
                                             : ((struct sockaddr_in *)&at)->sin_port);
}

static lc_error *open_listener(const char *key, lc_listener *l)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE},
                    *found = NULL;
    char port[12];
    snprintf(port, sizeof port, "%d", l->port);
    if (!l->host) hints.ai_family = AF_INET;
    int problem = getaddrinfo(l->host, port, &hints, &found);
    if (problem)
        return lc_fail(LC_E_CONFIG, "The REST listener %s:%d of `%s` can't be resolved: %s.", l->host,
                       l->port, key, gai_strerror(problem));
    for (struct addrinfo *a = found; a && l->socket < 0; a = a->ai_next) l->socket = bound_socket(a);
    problem = errno;
    freeaddrinfo(found);
    if (l->socket < 0)
        return lc_fail(LC_E_IO,
                       "The REST listener %s:%d can't be opened: %s. Choose another address or port in `%s`.",
                       l->host ? l->host : "*", l->port, strerror(problem), key);
    note_address(l);
    return NULL;
}

static lc_error *add_listener(lc_listeners *listeners, const char *key, lc_text text, unsigned scope)
{
    if (listeners->count == LC_LISTENERS_MAX)
        return lc_fail(LC_E_CONFIG, "At most %d listeners are possible.", LC_LISTENERS_MAX);
    lc_listener *l = &listeners->items[listeners->count++];
    *l = (lc_listener){.socket = -1, .scope = scope};
    LC_TRY(parse_listener(key, text, l));
    return open_listener(key, l);
}

lc_error *lc_listeners_open(lc_listeners *listeners, const char *key, const char *list, unsigned scope)
{
    for (const char *at = list;;) {
        size_t len = strcspn(at, ",");
        lc_text item = lc_text_trim((lc_text){at, len});
        if (!item.len)
            return lc_fail(LC_E_CONFIG,
                           "Invalid value %s for configuration %s: Empty URL found when parsing %s list.",
                           list, key, key);
        LC_TRY(add_listener(listeners, key, item, scope));
        if (!at[len]) return NULL;
        at += len + 1;
    }
}

void lc_listeners_close(lc_listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++) {
        if (listeners->items[i].socket >= 0) close(listeners->items[i].socket);
        free(listeners->items[i].host);
    }
    listeners->count = 0;
}

/* The one that others are told of: of the asked protocol, else the first http one, else the first. */
static const lc_listener *advertised(const lc_listeners *listeners, const char *protocol)
{
    bool tls = protocol && !strcasecmp(protocol, "https");
    for (size_t i = 0; i < listeners->count; i++) {
        const lc_listener *l = &listeners->items[i];
        if (l->scope & LC_ROUTE_MAIN && l->is_tls == tls) return l;
    }
    return protocol ? NULL : &listeners->items[0];
}

lc_error *lc_listeners_advertise(const lc_listeners *listeners, const lc_props *settings, char **ret_id,
                                 char **ret_url)
{
    char machine[256] = "localhost";
    const char *protocol = lc_props_get(settings, "rest.advertised.listener");
    const char *host = lc_props_get(settings, "rest.advertised.host.name");
    const char *port = lc_props_get(settings, "rest.advertised.port");
    const lc_listener *l = advertised(listeners, protocol && *protocol ? protocol : NULL);
    if (!l)
        return lc_fail(LC_E_CONFIG,
                       "Invalid value %s for configuration rest.advertised.listener: `listeners` has none of "
                       "that protocol.",
                       protocol);
    if (!host || !*host) host = l->host;
    if (!host && !gethostname(machine, sizeof machine - 1)) host = machine;
    lc_buf id = {0}, url = {0};
    lc_buf_printf(&id, host && strchr(host, ':') ? "[%s]:" : "%s:", host ? host : machine);
    if (port && *port) lc_buf_text(&id, port);
    else lc_buf_printf(&id, "%d", l->port);
    lc_buf_printf(&url, "%s://%s", l->is_tls ? "https" : "http", id.data);
    *ret_id = lc_buf_detach(&id);
    *ret_url = lc_buf_detach(&url);
    return NULL;
}
