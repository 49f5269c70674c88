/* The settings of a registry client, under Confluent's names. */
#ifndef LC_REGISTRY_SETTINGS_H
#define LC_REGISTRY_SETTINGS_H

#include "base/config_def.h"
#include "net/http.h"

/* schema.registry.url, basic.auth.…, bearer.auth.…, schema.registry.ssl.…, http.…, retries.…: for the
 * definition of a converter that uses a registry. */
extern const lc_config_key lc_registry_keys[];
extern const size_t lc_registry_key_count;

typedef struct lc_registry_settings {
    lc_config_values *values; /* what the texts of `http` point into */
    lc_strings urls;          /* without credentials and without a slash at the end */
    char *user, *password;    /* from a URL or basic.auth.user.info */
    char *proxy;
    lc_http_options http;
    int64_t max_retries, wait_ms, max_wait_ms;
} lc_registry_settings;

/* LC_E_CONFIG names the key and what to give instead. */
lc_error *lc_registry_settings_parse(const lc_props *settings, lc_registry_settings *ret) LC_RESULT;
void lc_registry_settings_done(lc_registry_settings *settings);

#endif
