#include "net/curl.h"

#include <pthread.h>
#include <stddef.h>

#include "base/dynlib.h"

/* Guards what libcurl keeps for the whole process; nothing of ours. */
static pthread_mutex_t setup = PTHREAD_MUTEX_INITIALIZER;

#define FUNCTION(name) {"curl_" #name, offsetof(lc_curl, name)}

static const lc_dynlib_symbol SYMBOLS[] = {
    FUNCTION(global_init),  FUNCTION(global_cleanup), FUNCTION(easy_init),     FUNCTION(easy_setopt),
    FUNCTION(easy_perform), FUNCTION(easy_getinfo),   FUNCTION(easy_cleanup),  FUNCTION(easy_strerror),
    FUNCTION(multi_init),   FUNCTION(multi_setopt),   FUNCTION(multi_add_handle), FUNCTION(multi_remove_handle),
    FUNCTION(multi_perform), FUNCTION(multi_poll),    FUNCTION(multi_info_read),  FUNCTION(multi_cleanup),
    FUNCTION(easy_recv),    FUNCTION(easy_send),
    FUNCTION(slist_append), FUNCTION(slist_free_all), {NULL, 0},
};

static const char SONAME[] = "libcurl.so.4";

static lc_error *initialise(lc_curl *curl)
{
    pthread_mutex_lock(&setup);
    CURLcode code = curl->global_init(CURL_GLOBAL_DEFAULT);
    pthread_mutex_unlock(&setup);
    return code ? lc_fail(LC_E_CONNECT, "%s can't be initialised", SONAME) : NULL;
}

lc_error *lc_curl_open(const char *use, lc_curl *curl)
{
    const lc_dynlib_spec library = {SONAME, "libcurl4", use, SYMBOLS};
    *curl = (lc_curl){0};
    LC_TRY(lc_dynlib_open(&library, curl, &curl->library));
    lc_error *error = initialise(curl);
    if (error) {
        lc_dynlib_close(curl->library);
        curl->library = NULL;
    }
    return error;
}

void lc_curl_close(lc_curl *curl)
{
    if (!curl->library) return;
    pthread_mutex_lock(&setup);
    curl->global_cleanup();
    pthread_mutex_unlock(&setup);
    lc_dynlib_close(curl->library);
    *curl = (lc_curl){0};
}

lc_fetch_problem lc_curl_problem(CURLcode code)
{
    static const struct {
        CURLcode code;
        lc_fetch_problem problem;
    } table[] = {
        {CURLE_OPERATION_TIMEDOUT, LC_FETCH_TIMEOUT},     {CURLE_COULDNT_RESOLVE_HOST, LC_FETCH_DNS},
        {CURLE_COULDNT_RESOLVE_PROXY, LC_FETCH_DNS},      {CURLE_COULDNT_CONNECT, LC_FETCH_CONNECT},
        {CURLE_SSL_CONNECT_ERROR, LC_FETCH_TLS},          {CURLE_PEER_FAILED_VERIFICATION, LC_FETCH_TLS},
        {CURLE_SSL_CERTPROBLEM, LC_FETCH_TLS},            {CURLE_SSL_CACERT_BADFILE, LC_FETCH_TLS},
        {CURLE_SSL_CIPHER, LC_FETCH_TLS},                 {CURLE_GOT_NOTHING, LC_FETCH_CLOSED},
        {CURLE_SEND_ERROR, LC_FETCH_CLOSED},              {CURLE_RECV_ERROR, LC_FETCH_CLOSED},
        {CURLE_PARTIAL_FILE, LC_FETCH_CLOSED},            {CURLE_HTTP2, LC_FETCH_CLOSED},
        {CURLE_HTTP2_STREAM, LC_FETCH_CLOSED},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].code == code) return table[i].problem;
    return LC_FETCH_OTHER;
}
