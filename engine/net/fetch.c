#include "net/fetch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "net/curl.h"
#include "net/url.h"

enum { LOOK_MS = 100, GRACE_MS = 2000, KEPT_CONNECTIONS = 16, HEADERS_MAX = 256 * 1024 };

struct lc_fetcher {
    const char *use;
    lc_fetch_guard guard;
    lc_curl curl;
    CURLM *multi;        /* NULL: no request was made yet */
    size_t received;     /* bytes of bodies in the present run */
    int64_t stopping_ms; /* when the task was first seen to be stopping; 0: it isn't */
};

/* One request on its way. */
typedef struct transfer {
    lc_fetcher *fetcher;
    const lc_fetch_request *request;
    lc_fetch_answer *answer;
    CURL *handle; /* NULL: it is over */
    struct curl_slist *headers;
    char *url; /* where it goes now */
    int hops;
    bool is_elsewhere; /* another host than the request named: no credentials go there */
    char why[CURL_ERROR_SIZE];
} transfer;

static const char *const NAMES[] = {
    [LC_FETCH_NONE] = "none",       [LC_FETCH_TIMEOUT] = "timeout", [LC_FETCH_DNS] = "dns",
    [LC_FETCH_CONNECT] = "connect", [LC_FETCH_TLS] = "tls",         [LC_FETCH_CLOSED] = "closed",
    [LC_FETCH_SIZE] = "size",       [LC_FETCH_REDIRECT] = "redirect",
    [LC_FETCH_STOPPED] = "stopped", [LC_FETCH_OTHER] = "other",
};

const char *lc_fetch_problem_name(lc_fetch_problem problem)
{
    return NAMES[problem];
}

void lc_fetch_answer_done(lc_fetch_answer *answer)
{
    free(answer->why);
    lc_buf_done(&answer->headers);
    lc_buf_done(&answer->body);
    *answer = (lc_fetch_answer){0};
}

lc_fetcher *lc_fetcher_new(const char *use, const lc_fetch_guard *guard)
{
    lc_fetcher *fetcher = lc_alloc(sizeof *fetcher);
    fetcher->use = use;
    fetcher->guard = *guard;
    return fetcher;
}

void lc_fetcher_free(lc_fetcher *fetcher)
{
    if (!fetcher) return;
    if (fetcher->multi) fetcher->curl.multi_cleanup(fetcher->multi);
    lc_curl_close(&fetcher->curl);
    free(fetcher);
}

static lc_error *open_fetcher(lc_fetcher *fetcher)
{
    if (fetcher->multi) return NULL;
    if (!fetcher->curl.library) LC_TRY(lc_curl_open(fetcher->use, &fetcher->curl));
    fetcher->multi = fetcher->curl.multi_init();
    if (!fetcher->multi) return lc_fail(LC_E_CONNECT, "libcurl gives no handle");
    fetcher->curl.multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
    return NULL;
}

static lc_error *check_host(const char *const *hosts, const lc_url *url)
{
    int len = (int)url->host.len;
    if (lc_host_is_granted(hosts, url->host, url->port)) return NULL;
    return lc_fail(LC_E_CONNECT,
                   "the host %.*s:%d isn't granted to this connector: add host:%.*s:%d to the worker's setting "
                   "script.grants",
                   len, url->host.data, url->port, len, url->host.data, url->port);
}

lc_error *lc_fetch_check(const char *const *hosts, const char *url)
{
    lc_url parsed;
    LC_TRY(lc_url_parse(lc_text_of(url), &parsed));
    return check_host(hosts, &parsed);
}

/* What libcurl gets is put together from what was checked. */
static char *rebuild(const lc_url *url)
{
    lc_buf text = {0};
    lc_buf_printf(&text, "%s://%.*s:%d", url->tls ? "https" : "http", (int)url->host.len, url->host.data, url->port);
    if (!url->rest.len || *url->rest.data != '/') lc_buf_put(&text, '/');
    lc_buf_add(&text, url->rest.data, url->rest.len);
    return lc_buf_detach(&text);
}

static void end_with(transfer *t, lc_fetch_problem problem, const char *why)
{
    t->answer->problem = problem;
    free(t->answer->why);
    t->answer->why = lc_strdup(why);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    transfer *t = user;
    size_t len = size * count;
    if (t->answer->body.len + len > t->request->limit) {
        char why[64];
        snprintf(why, sizeof why, "the answer has more than %zu bytes", t->request->limit);
        end_with(t, LC_FETCH_SIZE, why);
        return 0;
    }
    t->fetcher->received += len;
    if (t->fetcher->guard.most && t->fetcher->received > t->fetcher->guard.most) {
        end_with(t, LC_FETCH_SIZE, "the answers together are larger than the script's memory");
        return 0;
    }
    lc_buf_add(&t->answer->body, bytes, len);
    return len;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
    transfer *t = user;
    size_t len = size * count;
    lc_text line = lc_text_trim((lc_text){bytes, len});
    if (lc_text_starts(line, "HTTP/")) {
        lc_buf_reset(&t->answer->headers); /* of an interim answer, or of one before a redirect */
        return len;
    }
    if (t->answer->headers.len + len > HEADERS_MAX) {
        end_with(t, LC_FETCH_SIZE, "the answer's headers are too long");
        return 0;
    }
    if (!line.len) return len;
    lc_buf_add(&t->answer->headers, line.data, line.len);
    lc_buf_put(&t->answer->headers, '\n');
    return len;
}

static void set_text(transfer *t, CURLoption option, const char *text)
{
    if (text) t->fetcher->curl.easy_setopt(t->handle, option, text);
}

static void set_long(transfer *t, CURLoption option, long value)
{
    t->fetcher->curl.easy_setopt(t->handle, option, value);
}

static bool is_credential(const char *line)
{
    return !strncasecmp(line, "Authorization:", 14) || !strncasecmp(line, "Cookie:", 7);
}

static void set_headers(transfer *t)
{
    const lc_curl *curl = &t->fetcher->curl;
    curl->slist_free_all(t->headers);
    t->headers = curl->slist_append(NULL, "Expect:");
    bool has_type = false;
    for (const char *const *line = t->request->headers; line && *line; line++) {
        has_type |= !strncasecmp(*line, "Content-Type:", 13);
        if (!t->is_elsewhere || !is_credential(*line)) t->headers = curl->slist_append(t->headers, *line);
    }
    if (t->request->body.data && !has_type) t->headers = curl->slist_append(t->headers, "Content-Type:");
    curl->easy_setopt(t->handle, CURLOPT_HTTPHEADER, t->headers);
}

static void set_body(transfer *t)
{
    const lc_fetch_request *r = t->request;
    if (r->body.data) {
        t->fetcher->curl.easy_setopt(t->handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
        t->fetcher->curl.easy_setopt(t->handle, CURLOPT_POSTFIELDS, r->body.data);
    }
    if (!strcmp(r->method, "HEAD")) set_long(t, CURLOPT_NOBODY, 1);
    else set_text(t, CURLOPT_CUSTOMREQUEST, r->method);
}

static void set_tls(transfer *t)
{
    const lc_fetch_request *r = t->request;
    set_text(t, CURLOPT_CAINFO, r->ca_file);
    set_text(t, CURLOPT_SSLCERT, r->cert_file);
    set_text(t, CURLOPT_SSLKEY, r->key_file);
    set_text(t, CURLOPT_KEYPASSWD, r->key_password);
    if (!r->insecure) return;
    set_long(t, CURLOPT_SSL_VERIFYPEER, 0);
    set_long(t, CURLOPT_SSL_VERIFYHOST, 0);
}

static void set_all(transfer *t)
{
    const lc_fetch_request *r = t->request;
    const lc_curl *curl = &t->fetcher->curl;
    set_long(t, CURLOPT_NOSIGNAL, 1);
#if LIBCURL_VERSION_NUM >= 0x075700
    set_long(t, CURLOPT_QUICK_EXIT, 1); /* a name that nobody resolves holds up no task that ends */
#endif
    set_long(t, CURLOPT_FOLLOWLOCATION, 0);
    set_long(t, CURLOPT_TCP_KEEPALIVE, 1);
    set_text(t, CURLOPT_PROTOCOLS_STR, "http,https");
    set_text(t, CURLOPT_ACCEPT_ENCODING, "");
    set_text(t, CURLOPT_USERAGENT, "luaconnect");
    set_text(t, CURLOPT_PROXY, r->proxy ? r->proxy : "");
    set_text(t, CURLOPT_PROXYUSERNAME, r->proxy_user);
    set_text(t, CURLOPT_PROXYPASSWORD, r->proxy_password);
    set_long(t, CURLOPT_CONNECTTIMEOUT_MS, (long)r->connect_ms);
    set_long(t, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
    curl->easy_setopt(t->handle, CURLOPT_ERRORBUFFER, t->why);
    curl->easy_setopt(t->handle, CURLOPT_PRIVATE, t);
    curl->easy_setopt(t->handle, CURLOPT_WRITEFUNCTION, on_body);
    curl->easy_setopt(t->handle, CURLOPT_WRITEDATA, t);
    curl->easy_setopt(t->handle, CURLOPT_HEADERFUNCTION, on_header);
    curl->easy_setopt(t->handle, CURLOPT_HEADERDATA, t);
    set_text(t, CURLOPT_URL, t->url);
    set_body(t);
    set_tls(t);
    set_headers(t);
}

static lc_error *start(transfer *t)
{
    lc_url url;
    const char *const *hosts = t->fetcher->guard.hosts;
    LC_TRY(lc_url_parse(lc_text_of(t->request->url), &url));
    LC_TRY(check_host(hosts, &url));
    if (t->request->proxy) LC_TRY(lc_fetch_check(hosts, t->request->proxy));
    t->url = rebuild(&url);
    t->handle = t->fetcher->curl.easy_init();
    if (!t->handle) return lc_fail(LC_E_CONNECT, "libcurl gives no handle");
    set_all(t);
    t->fetcher->curl.multi_add_handle(t->fetcher->multi, t->handle);
    return NULL;
}

static void release(transfer *t)
{
    lc_curl *curl = &t->fetcher->curl;
    if (t->handle) {
        curl->multi_remove_handle(t->fetcher->multi, t->handle);
        curl->easy_cleanup(t->handle);
    }
    curl->slist_free_all(t->headers);
    free(t->url);
    t->handle = NULL;
    t->headers = NULL;
    t->url = NULL;
}

static bool may_follow(const transfer *t, long status)
{
    bool is_read = !strcmp(t->request->method, "GET") || !strcmp(t->request->method, "HEAD");
    if (t->request->redirects <= 0) return false;
    return status == 307 || status == 308 || (is_read && (status == 301 || status == 302 || status == 303));
}

static bool same_origin(const char *one, const char *other)
{
    lc_url a = {0}, b = {0};
    lc_error_free(lc_url_parse(lc_text_of(one), &a));
    lc_error_free(lc_url_parse(lc_text_of(other), &b));
    return a.tls == b.tls && a.port == b.port && lc_text_eq_nocase(a.host, b.host);
}

static void refuse_redirect(transfer *t, lc_error *error)
{
    lc_buf why = {0};
    lc_buf_printf(&why, "the answer redirects elsewhere: %s", lc_error_message(error));
    end_with(t, LC_FETCH_REDIRECT, why.data);
    lc_buf_done(&why);
    lc_error_free(error);
}

/* True when the request is on its way again. */
static bool follow(transfer *t)
{
    lc_curl *curl = &t->fetcher->curl;
    const char *to = NULL;
    curl->easy_getinfo(t->handle, CURLINFO_REDIRECT_URL, &to);
    if (!to || !may_follow(t, t->answer->status)) return false;
    lc_url url;
    lc_error *error = lc_url_parse(lc_text_of(to), &url);
    if (!error && !url.tls && !strncmp(t->url, "https:", 6))
        error = lc_fail(LC_E_CONNECT, "from https to http, which isn't followed");
    if (!error) error = check_host(t->fetcher->guard.hosts, &url);
    if (!error && ++t->hops > t->request->redirects)
        error = lc_fail(LC_E_CONNECT, "more than %d times", t->request->redirects);
    if (error) return refuse_redirect(t, error), false;
    char *next = rebuild(&url);
    t->is_elsewhere |= !same_origin(t->url, next);
    free(t->url);
    t->url = next;
    lc_buf_reset(&t->answer->body);
    curl->multi_remove_handle(t->fetcher->multi, t->handle);
    set_text(t, CURLOPT_URL, t->url);
    set_headers(t);
    curl->multi_add_handle(t->fetcher->multi, t->handle);
    return true;
}

/* True when the transfer is over. */
static bool finish(transfer *t, CURLcode code)
{
    const lc_curl *curl = &t->fetcher->curl;
    if (!code) {
        curl->easy_getinfo(t->handle, CURLINFO_RESPONSE_CODE, &t->answer->status);
        if (follow(t)) return false;
    } else if (!t->answer->problem) {
        end_with(t, lc_curl_problem(code), *t->why ? t->why : curl->easy_strerror(code));
    }
    release(t);
    return true;
}

static size_t take_finished(lc_fetcher *fetcher)
{
    CURLMsg *message;
    size_t over = 0;
    int left;
    while ((message = fetcher->curl.multi_info_read(fetcher->multi, &left)) != NULL) {
        transfer *t = NULL;
        if (message->msg != CURLMSG_DONE) continue;
        CURLcode code = message->data.result;
        fetcher->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        over += finish(t, code);
    }
    return over;
}

static bool must_end(lc_fetcher *fetcher)
{
    const lc_fetch_guard *guard = &fetcher->guard;
    if (!guard->stopping || !guard->stopping(guard->context)) return false;
    int64_t now = lc_monotonic_ms();
    if (!fetcher->stopping_ms) fetcher->stopping_ms = now;
    return now - fetcher->stopping_ms >= GRACE_MS;
}

static void wait_for_all(lc_fetcher *fetcher, size_t count)
{
    while (count) {
        int running;
        fetcher->curl.multi_perform(fetcher->multi, &running);
        size_t over = take_finished(fetcher);
        count -= over;
        if (!count || must_end(fetcher)) return;
        if (!over) fetcher->curl.multi_poll(fetcher->multi, NULL, 0, LOOK_MS, NULL);
    }
}

static lc_error *run(lc_fetcher *fetcher, transfer *transfers, size_t count)
{
    LC_TRY(open_fetcher(fetcher));
    fetcher->received = 0;
    for (size_t i = 0; i < count; i++) LC_TRY(start(&transfers[i]));
    wait_for_all(fetcher, count);
    for (size_t i = 0; i < count; i++)
        if (transfers[i].handle) end_with(&transfers[i], LC_FETCH_STOPPED, "the task ends");
    return NULL;
}

lc_error *lc_fetcher_run(lc_fetcher *fetcher, const lc_fetch_request *requests, size_t count,
                         lc_fetch_answer *ret_answers)
{
    if (count > LC_FETCH_AT_ONCE)
        return lc_fail(LC_E_CONNECT, "at most %d requests can be made at once", (int)LC_FETCH_AT_ONCE);
    transfer *transfers = lc_alloc((count + 1) * sizeof *transfers);
    for (size_t i = 0; i < count; i++) {
        transfers[i].fetcher = fetcher;
        transfers[i].request = &requests[i];
        transfers[i].answer = &ret_answers[i];
    }
    lc_error *error = run(fetcher, transfers, count);
    for (size_t i = 0; i < count && fetcher->curl.library; i++) release(&transfers[i]);
    free(transfers);
    return error;
}
