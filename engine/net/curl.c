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
