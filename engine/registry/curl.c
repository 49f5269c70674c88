#include "registry/curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* Guards what libcurl keeps for the whole process; nothing of ours. */
static pthread_mutex_t setup = PTHREAD_MUTEX_INITIALIZER;

static const char library_name[] = "libcurl.so.4";

static lc_error *load(lc_curl *curl)
{
    const struct {
        const char *name;
        void *place;
    } symbols[] = {
        {"curl_global_init", &curl->global_init},   {"curl_global_cleanup", &curl->global_cleanup},
        {"curl_easy_init", &curl->easy_init},       {"curl_easy_setopt", &curl->easy_setopt},
        {"curl_easy_perform", &curl->easy_perform}, {"curl_easy_getinfo", &curl->easy_getinfo},
        {"curl_easy_cleanup", &curl->easy_cleanup}, {"curl_easy_strerror", &curl->easy_strerror},
        {"curl_slist_append", &curl->slist_append}, {"curl_slist_free_all", &curl->slist_free_all},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        void *symbol = dlsym(curl->library, symbols[i].name);
        if (!symbol) return lc_fail(LC_E_CONNECT, "%s has no function %s", library_name, symbols[i].name);
        memcpy(symbols[i].place, &symbol, sizeof symbol);
    }
    if (curl->global_init(CURL_GLOBAL_DEFAULT))
        return lc_fail(LC_E_CONNECT, "%s can't be initialised", library_name);
    return NULL;
}

lc_error *lc_curl_open(lc_curl *curl)
{
    *curl = (lc_curl){0};
    /* What it brings along registers handlers for the end of the process, so it is never unloaded. */
    curl->library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!curl->library)
        return lc_fail(LC_E_CONNECT,
                       "A schema registry needs %s, which can't be loaded: %s. Install the package libcurl4",
                       library_name, dlerror());
    pthread_mutex_lock(&setup);
    lc_error *error = load(curl);
    pthread_mutex_unlock(&setup);
    if (error) {
        dlclose(curl->library);
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
    dlclose(curl->library);
    *curl = (lc_curl){0};
}
