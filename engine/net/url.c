#include "net/url.h"

#include <ctype.h>

static lc_error *refuse(const char *why)
{
    return lc_fail(LC_E_CONNECT, "a URL can't be used: %s", why);
}

static bool is_plain(lc_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c <= ' ' || c >= 0x7f || c == '\\' || c == '"' || c == '<' || c == '>') return false;
    }
    return true;
}

static bool is_host(lc_text host)
{
    bool is_address = host.len > 2 && host.data[0] == '[' && host.data[host.len - 1] == ']';
    if (!host.len) return false;
    for (size_t i = is_address; i < host.len - is_address; i++) {
        unsigned char c = (unsigned char)host.data[i];
        if (is_address ? !isxdigit(c) && c != ':' && c != '.' : !isalnum(c) && !strchr("-._", c)) return false;
    }
    return true;
}

static bool read_port(lc_text digits, int *ret_port)
{
    int port = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!isdigit((unsigned char)digits.data[i]) || port > 65535) return false;
        port = port * 10 + (digits.data[i] - '0');
    }
    *ret_port = port;
    return digits.len && port > 0 && port <= 65535;
}

/* "host:port" or "host" */
static bool read_authority(lc_text text, lc_url *url)
{
    const char *bracket = text.len && *text.data == '[' ? memchr(text.data, ']', text.len) : text.data;
    if (!bracket) return false;
    size_t before = (size_t)(bracket - text.data);
    const char *colon = memchr(bracket, ':', text.len - before);
    url->host = (lc_text){text.data, colon ? (size_t)(colon - text.data) : text.len};
    if (!is_host(url->host)) return false;
    return !colon || read_port((lc_text){colon + 1, text.len - url->host.len - 1}, &url->port);
}

lc_error *lc_url_parse(lc_text text, lc_url *ret)
{
    size_t scheme = text.len > 7 && !strncasecmp(text.data, "http://", 7)    ? 7
                    : text.len > 8 && !strncasecmp(text.data, "https://", 8) ? 8
                                                                             : 0;
    if (!scheme) return refuse("it must begin with http:// or https://");
    if (!is_plain(text)) return refuse("it has characters that must be written as %XX");
    const char *from = text.data + scheme, *fragment = memchr(text.data, '#', text.len);
    size_t len = (fragment ? (size_t)(fragment - text.data) : text.len) - scheme, authority = 0;
    while (authority < len && from[authority] != '/' && from[authority] != '?') authority++;
    *ret = (lc_url){.tls = scheme == 8, .port = scheme == 8 ? 443 : 80};
    ret->rest = (lc_text){from + authority, len - authority};
    if (memchr(from, '@', authority)) return refuse("give user and password in settings of their own, not in it");
    if (!read_authority((lc_text){from, authority}, ret)) return refuse("its host or port can't be read");
    return NULL;
}

static bool fits_host(lc_text pattern, lc_text host)
{
    if (lc_text_is(pattern, "*")) return true;
    if (!lc_text_starts(pattern, "*.")) return lc_text_eq_nocase(pattern, host);
    lc_text below = {pattern.data + 1, pattern.len - 1};
    if (host.len <= below.len) return false;
    return lc_text_eq_nocase(below, (lc_text){host.data + host.len - below.len, below.len});
}

bool lc_host_is_granted(const char *const *patterns, lc_text host, int port)
{
    for (; patterns && *patterns; patterns++) {
        const char *colon = strrchr(*patterns, ':');
        int wanted = 0;
        if (!colon || !fits_host((lc_text){*patterns, (size_t)(colon - *patterns)}, host)) continue;
        if (!strcmp(colon, ":*") || (read_port(lc_text_of(colon + 1), &wanted) && wanted == port)) return true;
    }
    return false;
}
