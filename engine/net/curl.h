/* libcurl, loaded when it is first needed: a worker that asks no registry and no
 * API neither links nor loads it.
 *
 * Only this folder uses this header. Thread-safe: libcurl's own set-up and tear-down run under one lock. */
#ifndef LC_NET_CURL_H
#define LC_NET_CURL_H

#include <curl/curl.h>

#include "net/fetch.h"

/* libcurl's functions under their names without "curl_". */
typedef struct lc_curl {
    void *library;
    CURLcode (*global_init)(long flags);
    void (*global_cleanup)(void);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
    CURLcode (*easy_perform)(CURL *handle);
    CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
    CURLcode (*easy_recv)(CURL *handle, void *bytes, size_t room, size_t *ret_len);
    CURLcode (*easy_send)(CURL *handle, const void *bytes, size_t len, size_t *ret_sent);
    void (*easy_cleanup)(CURL *handle);
    const char *(*easy_strerror)(CURLcode code);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_setopt)(CURLM *multi, CURLMoption option, ...);
    CURLMcode (*multi_add_handle)(CURLM *multi, CURL *handle);
    CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *handle);
    CURLMcode (*multi_perform)(CURLM *multi, int *ret_running);
    CURLMcode (*multi_poll)(CURLM *multi, struct curl_waitfd *more, unsigned count, int ms, int *ret_count);
    CURLMsg *(*multi_info_read)(CURLM *multi, int *ret_left);
    CURLMcode (*multi_cleanup)(CURLM *multi);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
} lc_curl;

/* `use` says what asks for it, as in "A schema registry"; static. LC_E_CONNECT names it, the library and the
 * package that has it. */
lc_error *lc_curl_open(const char *use, lc_curl *curl) LC_RESULT;
void lc_curl_close(lc_curl *curl); /* accepts one that isn't open */

/* What an error of libcurl is to a script. */
lc_fetch_problem lc_curl_problem(CURLcode code);

#endif
