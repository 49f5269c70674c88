#include "net/http.h"

#include <stdlib.h>

#include "base/memory.h"
#include "net/curl.h"

enum { REDIRECTS_MAX = 3, KEPT_CONNECTIONS = 4 };

struct lc_http {
    lc_http_options options;
    lc_curl curl;
    CURL *handle; /* NULL: no request was made yet */
    struct curl_slist *headers;
    char why[CURL_ERROR_SIZE];
};

typedef struct answer {
    lc_buf *body;
    bool too_long;
} answer;

lc_http *lc_http_new(const lc_http_options *options)
{
    lc_http *http = lc_alloc(sizeof *http);
    http->options = *options;
    return http;
}

void lc_http_free(lc_http *http)
{
    if (!http) return;
    if (http->handle) http->curl.easy_cleanup(http->handle);
    if (http->headers) http->curl.slist_free_all(http->headers);
    lc_curl_close(&http->curl);
    free(http);
}

static size_t on_data(char *bytes, size_t size, size_t count, void *user)
{
    answer *a = user;
    size_t len = size * count;
    a->too_long = a->body->len + len > LC_HTTP_BODY_MAX;
    if (a->too_long) return 0;
    lc_buf_add(a->body, bytes, len);
    return len;
}

static void set_text(lc_http *http, CURLoption option, const char *text)
{
    if (text) http->curl.easy_setopt(http->handle, option, text);
}

static void set_long(lc_http *http, CURLoption option, long value)
{
    http->curl.easy_setopt(http->handle, option, value);
}

static void set_blob(lc_http *http, CURLoption option, const char *text)
{
    struct curl_blob blob = {(void *)(uintptr_t)text, text ? strlen(text) : 0, CURL_BLOB_COPY};
    if (text) http->curl.easy_setopt(http->handle, option, &blob);
}

static void set_tls(lc_http *http)
{
    const lc_http_options *o = &http->options;
    set_text(http, CURLOPT_CAINFO, o->ca_file);
    set_blob(http, CURLOPT_CAINFO_BLOB, o->ca_text);
    set_text(http, CURLOPT_SSLCERT, o->cert_file);
    set_text(http, CURLOPT_SSLCERTTYPE, o->cert_type);
    set_blob(http, CURLOPT_SSLCERT_BLOB, o->cert_text);
    set_text(http, CURLOPT_SSLKEY, o->cert_file);
    set_text(http, CURLOPT_SSLKEYTYPE, o->cert_type);
    set_blob(http, CURLOPT_SSLKEY_BLOB, o->key_text);
    set_text(http, CURLOPT_KEYPASSWD, o->key_password);
    if (o->any_host) set_long(http, CURLOPT_SSL_VERIFYHOST, 0);
}

static void set_authentication(lc_http *http)
{
    const lc_http_options *o = &http->options;
    if (o->user) {
        set_long(http, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        set_text(http, CURLOPT_USERNAME, o->user);
        set_text(http, CURLOPT_PASSWORD, o->password ? o->password : "");
    } else if (o->token) {
        set_long(http, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        set_text(http, CURLOPT_XOAUTH2_BEARER, o->token);
    }
}

static lc_error *open_handle(lc_http *http)
{
    static const char *const headers[] = {"Expect:", "User-Agent: luaconnect"};
    if (http->handle) return NULL;
    if (!http->curl.library) LC_TRY(lc_curl_open(http->options.use, &http->curl));
    http->handle = http->curl.easy_init();
    if (!http->handle) return lc_fail(LC_E_CONNECT, "libcurl gives no handle");
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        http->headers = http->curl.slist_append(http->headers, headers[i]);
    for (const char *const *line = http->options.headers; line && *line; line++)
        http->headers = http->curl.slist_append(http->headers, *line);
    set_long(http, CURLOPT_NOSIGNAL, 1);
    set_long(http, CURLOPT_FOLLOWLOCATION, 1);
    set_long(http, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    set_long(http, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
    set_long(http, CURLOPT_MAXCONNECTS, KEPT_CONNECTIONS);
    set_long(http, CURLOPT_TCP_KEEPALIVE, 1);
    set_text(http, CURLOPT_PROTOCOLS_STR, "http,https");
    set_text(http, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set_text(http, CURLOPT_ACCEPT_ENCODING, "");
    set_text(http, CURLOPT_PROXY, http->options.proxy ? http->options.proxy : "");
    set_long(http, CURLOPT_CONNECTTIMEOUT_MS, (long)http->options.connect_ms);
    if (http->options.read_ms)
        set_long(http, CURLOPT_TIMEOUT_MS, (long)(http->options.connect_ms + http->options.read_ms));
    set_text(http, CURLOPT_ERRORBUFFER, http->why);
    http->curl.easy_setopt(http->handle, CURLOPT_HTTPHEADER, http->headers);
    http->curl.easy_setopt(http->handle, CURLOPT_WRITEFUNCTION, on_data);
    set_tls(http);
    set_authentication(http);
    return NULL;
}

static bool is_lasting(CURLcode code)
{
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_TOO_MANY_REDIRECTS: return true;
    default: return false;
    }
}

static lc_error *failure(lc_http *http, CURLcode code, const answer *a)
{
    if (a->too_long) return lc_fail(LC_E_CONNECT, "the answer has more than %d bytes", (int)LC_HTTP_BODY_MAX);
    lc_error *error = lc_fail(LC_E_CONNECT, "%s", *http->why ? http->why : http->curl.easy_strerror(code));
    lc_error_set_retriable(error, !is_lasting(code));
    return error;
}

lc_error *lc_http_request(lc_http *http, const char *url, lc_text body, long *ret_status, lc_buf *ret_body)
{
    answer a = {ret_body, false};
    lc_buf_reset(ret_body);
    LC_TRY(open_handle(http));
    *http->why = '\0';
    set_text(http, CURLOPT_URL, url);
    http->curl.easy_setopt(http->handle, CURLOPT_WRITEDATA, &a);
    if (body.data) {
        set_long(http, CURLOPT_POST, 1);
        http->curl.easy_setopt(http->handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
        http->curl.easy_setopt(http->handle, CURLOPT_POSTFIELDS, body.data);
    } else {
        set_long(http, CURLOPT_HTTPGET, 1);
    }
    CURLcode code = http->curl.easy_perform(http->handle);
    if (code) return failure(http, code, &a);
    http->curl.easy_getinfo(http->handle, CURLINFO_RESPONSE_CODE, ret_status);
    return NULL;
}
