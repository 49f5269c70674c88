#include "rest/policy.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "java/regex.h"
#include "rest/pace.h"

/* One item of response.http.headers.config. */
typedef struct extra_header {
    char *name;
    char *value;
    bool is_date; /* value is an offset in ms from now */
} extra_header;

struct lc_policy {
    bool trusts_everyone;
    lc_pace *pace;
    lc_strings hosts;     /* rest.allowed.hosts */
    char *own_host;       /* rest.advertised.host.name, or NULL */
    lc_strings origins;   /* access.control.allow.origin; empty: no CORS */
    lc_strings methods;   /* access.control.allow.methods */
    pthread_mutex_t lock; /* a compiled expression serves one thread at a time */
    lc_regex **patterns;  /* of origins; NULL where one is no expression */
    extra_header *headers;
    size_t header_count;
    bool has_headers; /* response.http.headers.config is set: it decides alone */
};

static void split(const char *list, lc_strings *into)
{
    for (const char *at = list ? list : ""; *at;) {
        size_t len = strcspn(at, ",");
        lc_text item = lc_text_trim((lc_text){at, len});
        if (item.len) lc_strings_add_text(into, item.data, item.len);
        at += len + (at[len] == ',');
    }
}

/* The next item of a list in which quotes guard commas; false at the end. */
static bool next_quoted_item(const char **at, lc_buf *item)
{
    bool quoted = false;
    lc_buf_reset(item);
    if (!**at) return false;
    for (; **at && (quoted || **at != ','); (*at)++) {
        if (**at == '"') quoted = !quoted;
        else lc_buf_put(item, **at);
    }
    if (**at == ',') (*at)++;
    lc_buf_text(item, "");
    return true;
}

static lc_error *header_problem(const char *format_of, const char *what, const char *expected)
{
    return lc_fail(LC_E_CONFIG, "%s '%s'.%s", format_of, what, expected);
}

static bool has_space(lc_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (isspace((unsigned char)text.data[i])) return true;
    return false;
}

/* "[action] [header name]:[header value]", checked as RestServerConfig does. */
static lc_error *add_header(lc_policy *policy, const char *config)
{
    static const char *const actions[] = {"set", "add", "setDate", "addDate"};
    lc_text text = lc_text_trim(lc_text_of(config));
    size_t space = 0;
    while (space < text.len && !isspace((unsigned char)text.data[space])) space++;
    lc_text action = {text.data, space}, pair = lc_text_trim((lc_text){text.data + space, text.len - space});
    if (!pair.len)
        return header_problem("Invalid format of header config", config,
                              " Expected: '[action] [header name]:[header value]'");
    size_t which = 0;
    while (which < 4 && !lc_text_eq_nocase(action, lc_text_of(actions[which]))) which++;
    if (which == 4)
        return lc_fail(LC_E_CONFIG,
                       "Invalid header config action: '%.*s'. Expected one of [set, add, setDate, addDate]",
                       (int)action.len, action.data);
    const char *colon = memchr(pair.data, ':', pair.len);
    lc_text name = lc_text_trim((lc_text){pair.data, colon ? (size_t)(colon - pair.data) : pair.len});
    lc_text value = {colon ? colon + 1 : "", colon ? pair.len - (size_t)(colon + 1 - pair.data) : 0};
    if (memchr(value.data, ':', value.len))
        return header_problem("Invalid format of header name and header value pair", config,
                              " Expected: '[header name]:[header value]'");
    if (!name.len || has_space(name))
        return header_problem("Invalid header name", config,
                              " The '[header name]' cannot contain whitespace");
    if (!colon) return header_problem("Invalid header config", config, "");
    value = lc_text_trim(value);
    policy->headers = lc_realloc(policy->headers, (policy->header_count + 1) * sizeof *policy->headers);
    policy->headers[policy->header_count++] =
        (extra_header){lc_strndup(name.data, name.len), lc_strndup(value.data, value.len), which >= 2};
    return NULL;
}

static lc_error *read_headers(lc_policy *policy, const char *list)
{
    lc_auto(lc_buf) item = {0};
    for (const char *at = list; next_quoted_item(&at, &item);) LC_TRY(add_header(policy, item.data));
    policy->has_headers = policy->header_count > 0;
    return NULL;
}

/* An origin is taken literally; one with the marks of an expression also as that. */
static lc_error *read_origins(lc_policy *policy, const char *list)
{
    split(list, &policy->origins);
    policy->patterns = lc_alloc((policy->origins.count + 1) * sizeof(lc_regex *));
    for (size_t i = 0; i < policy->origins.count; i++) {
        const char *origin = policy->origins.items[i];
        if (!strpbrk(origin, "*+?[](|)\\") || !strcmp(origin, "*")) continue;
        lc_auto(lc_buf) pattern = {0};
        lc_buf_printf(&pattern, "(?i)%s", origin);
        LC_TRY(lc_regex_new((lc_text){pattern.data, pattern.len}, &policy->patterns[i]));
    }
    return NULL;
}

static bool is_true(const char *text)
{
    return text && !strcasecmp(text, "true");
}

static lc_error *fill(lc_policy *policy, const lc_props *settings)
{
    const char *host = lc_props_get(settings, "rest.advertised.host.name");
    policy->trusts_everyone = is_true(lc_props_get(settings, "rest.allow.unauthenticated")) ||
                              is_true(getenv("LUACONNECT_REST_ALLOW_UNAUTHENTICATED"));
    policy->pace = lc_pace_new(settings);
    policy->own_host = host ? lc_strdup(host) : NULL;
    split(lc_props_get(settings, "rest.allowed.hosts"), &policy->hosts);
    split(lc_props_get(settings, "access.control.allow.methods"), &policy->methods);
    if (!policy->methods.count) split("GET,POST,HEAD", &policy->methods);
    LC_TRY(read_headers(policy, lc_props_get_or(settings, "response.http.headers.config", "")));
    return read_origins(policy, lc_props_get(settings, "access.control.allow.origin"));
}

lc_error *lc_policy_new(const lc_props *settings, lc_policy **ret_policy)
{
    lc_policy *policy = lc_alloc(sizeof *policy);
    pthread_mutex_init(&policy->lock, NULL);
    lc_error *error = fill(policy, settings);
    if (error) lc_policy_free(policy);
    else *ret_policy = policy;
    return error;
}

void lc_policy_free(lc_policy *policy)
{
    if (!policy) return;
    lc_pace_free(policy->pace);
    for (size_t i = 0; policy->patterns && i < policy->origins.count; i++) lc_regex_free(policy->patterns[i]);
    for (size_t i = 0; i < policy->header_count; i++) {
        free(policy->headers[i].name);
        free(policy->headers[i].value);
    }
    free(policy->headers);
    free(policy->patterns);
    free(policy->own_host);
    lc_strings_done(&policy->hosts);
    lc_strings_done(&policy->origins);
    lc_strings_done(&policy->methods);
    pthread_mutex_destroy(&policy->lock);
    free(policy);
}

bool lc_policy_trusts_everyone(const lc_policy *policy)
{
    return policy->trusts_everyone;
}

/* The name of "name:port" or "[address]:port". */
static lc_text host_name(const char *host)
{
    lc_text text = lc_text_trim(lc_text_of(host));
    const char *bracket = text.len && text.data[0] == '[' ? memchr(text.data, ']', text.len) : NULL;
    if (bracket) return (lc_text){text.data + 1, (size_t)(bracket - text.data) - 1};
    const char *colon = memchr(text.data, ':', text.len);
    return (lc_text){text.data, colon ? (size_t)(colon - text.data) : text.len};
}

/* Names under which nothing but this machine is reached, whatever a name server says. */
static bool is_loopback_name(lc_text name)
{
    static const char *const names[] = {"localhost", "::1", "0:0:0:0:0:0:0:1"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (lc_text_eq_nocase(name, lc_text_of(names[i]))) return true;
    for (size_t i = 0; i < name.len; i++)
        if (!isdigit((unsigned char)name.data[i]) && name.data[i] != '.') return false;
    return lc_text_starts(name, "127.");
}

static bool is_listed_host(const lc_policy *policy, lc_text name)
{
    for (size_t i = 0; i < policy->hosts.count; i++)
        if (lc_text_eq_nocase(name, lc_text_of(policy->hosts.items[i]))) return true;
    return policy->own_host && lc_text_eq_nocase(name, lc_text_of(policy->own_host));
}

bool lc_policy_refuses_host(const lc_policy *policy, const lc_rest_request *request,
                            lc_rest_response *response)
{
    if (!request->host || (!request->is_local_listener && !policy->hosts.count)) return false;
    lc_text name = host_name(request->host);
    if (is_loopback_name(name) || is_listed_host(policy, name)) return false;
    if (request->listener_host && lc_text_eq_nocase(name, lc_text_of(request->listener_host))) return false;
    lc_rest_error(response, 403,
                  "The request's Host is not one of this worker's. If it should be, add it to "
                  "rest.allowed.hosts in the worker's properties.");
    return true;
}

static bool origin_is_allowed(lc_policy *policy, const char *origin)
{
    bool allowed = false;
    for (size_t i = 0; !allowed && i < policy->origins.count; i++) {
        const char *item = policy->origins.items[i];
        allowed = !strcmp(item, "*") || !strcasecmp(item, origin);
        if (allowed || !policy->patterns[i]) continue;
        pthread_mutex_lock(&policy->lock);
        lc_error_free(lc_regex_matches(policy->patterns[i], lc_text_of(origin), &allowed));
        pthread_mutex_unlock(&policy->lock);
    }
    return allowed;
}

static bool is_own_origin(const lc_rest_request *request)
{
    const char *slashes = strstr(request->origin, "://");
    return slashes && request->host && !strcasecmp(slashes + 3, request->host);
}

bool lc_policy_refuses_pace(lc_policy *policy, const lc_rest_request *request, lc_rest_response *response)
{
    char seconds[16];
    int wait = lc_pace_take(policy->pace, request->client, request->is_remote);
    if (!wait) return false;
    snprintf(seconds, sizeof seconds, "%d", wait);
    lc_rest_error(response, 429,
                  "Your address has sent too many changes; wait a moment. rest.changes.per.minute says how "
                  "many are allowed.");
    lc_rest_header(response, "Retry-After", seconds);
    return true;
}

bool lc_policy_refuses_change(lc_policy *policy, const lc_rest_request *request, lc_rest_response *response)
{
    if (request->is_remote && !request->is_authenticated && !policy->trusts_everyone) {
        lc_rest_error(response, 403,
                      "Other machines may only read while no authentication is set up. Set up "
                      "rest.users.file, or set rest.allow.unauthenticated=true in the worker's properties or "
                      "LUACONNECT_REST_ALLOW_UNAUTHENTICATED=true in its environment, to let them change "
                      "connectors.");
        return true;
    }
    /* What is sent as JSON, and every method but POST, makes browsers ask first (a preflight request). */
    if (!request->origin || strcmp(request->method, "POST") || request->content_type) return false;
    if (is_own_origin(request) || origin_is_allowed(policy, request->origin)) return false;
    lc_rest_error(response, 403,
                  "The request comes from a page of another site. If that is right, add its origin to "
                  "access.control.allow.origin.");
    return true;
}

static void add_cors(lc_policy *policy, const lc_rest_request *request, lc_rest_response *response)
{
    lc_rest_header(response, "Vary", "Origin");
    if (!request->origin || !origin_is_allowed(policy, request->origin)) return;
    bool preflight = request->preflight_method && !strcmp(request->method, "OPTIONS");
    lc_rest_header(response, "Access-Control-Allow-Origin", request->origin);
    if (!preflight) return;
    lc_auto(lc_buf) methods = {0};
    for (size_t i = 0; i < policy->methods.count; i++)
        lc_buf_printf(&methods, "%s%s", i ? "," : "", policy->methods.items[i]);
    lc_rest_header(response, "Access-Control-Allow-Methods", methods.data);
    lc_rest_header(response, "Access-Control-Allow-Headers", "Content-Type");
    lc_rest_header(response, "Access-Control-Max-Age", "60");
}

static void add_extra(const extra_header *header, lc_rest_response *response)
{
    if (!header->is_date) {
        lc_rest_header(response, header->name, header->value);
        return;
    }
    time_t when = (time_t)((lc_now_ms() + strtoll(header->value, NULL, 10)) / 1000);
    struct tm utc;
    char text[48];
    gmtime_r(&when, &utc);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    lc_rest_header(response, header->name, text);
}

void lc_policy_decorate(lc_policy *policy, const lc_rest_request *request, lc_rest_response *response)
{
    if (response->is_bare) return;
    if (policy->origins.count) add_cors(policy, request, response);
    for (size_t i = 0; i < policy->header_count; i++) add_extra(&policy->headers[i], response);
    if (policy->has_headers) return;
    lc_rest_header(response, "X-Content-Type-Options", "nosniff");
    lc_rest_header(response, "Cache-Control", "no-store");
    lc_rest_header(response, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
}
