#include "registry/settings.h"

#include <stdlib.h>

#include "base/memory.h"
#include "secure/secret.h"

#define SSL "schema.registry.ssl."
#define TEXT(setting, text)                                                                        \
    {                                                                                              \
        .name = setting, .type = LC_CONFIG_STRING, .importance = LC_IMPORTANCE_MEDIUM, .doc = text \
    }
#define SECRET(setting, text)                                                                        \
    {                                                                                                \
        .name = setting, .type = LC_CONFIG_PASSWORD, .importance = LC_IMPORTANCE_MEDIUM, .doc = text \
    }
#define NUMBER(setting, value, text)                                                                \
    {                                                                                               \
        .name = setting, .type = LC_CONFIG_INT, .fallback = value, .importance = LC_IMPORTANCE_LOW, \
        .check = {.kind = LC_CHECK_AT_LEAST, .min = 0}, .doc = text                                 \
    }

const lc_config_key lc_registry_keys[] = {
    {.name = "schema.registry.url",
     .type = LC_CONFIG_LIST,
     .required = true,
     .importance = LC_IMPORTANCE_HIGH,
     .doc = "URLs of the schema registry, with commas between them; all of one registry. The next one is "
            "used when one doesn't answer."},
    {.name = "basic.auth.credentials.source",
     .type = LC_CONFIG_STRING,
     .fallback = "URL",
     .importance = LC_IMPORTANCE_MEDIUM,
     .doc = "Where user and password come from: URL, or USER_INFO for basic.auth.user.info."},
    SECRET("basic.auth.user.info", "user:password of the registry."),
    SECRET("schema.registry.basic.auth.user.info", "The same; older name."),
    TEXT("bearer.auth.credentials.source", "STATIC_TOKEN for a bearer token in bearer.auth.token."),
    SECRET("bearer.auth.token", "The token of STATIC_TOKEN."),
    TEXT(SSL "truststore.type", "PEM."),
    TEXT(SSL "truststore.location", "File of trusted certificates. Without it those of the system count."),
    SECRET(SSL "truststore.certificates", "Trusted certificates as text."),
    TEXT(SSL "keystore.type", "PEM or PKCS12."),
    TEXT(SSL "keystore.location", "File of the client's certificate and key."),
    SECRET(SSL "keystore.password", "Password of that file."),
    SECRET(SSL "keystore.certificate.chain", "The client's certificates as text."),
    SECRET(SSL "keystore.key", "The client's private key as text."),
    SECRET(SSL "key.password", "Password of the private key."),
    {.name = SSL "endpoint.identification.algorithm",
     .type = LC_CONFIG_STRING,
     .fallback = "https",
     .importance = LC_IMPORTANCE_LOW,
     .doc = "https: the certificate must be that of the host. Empty: of any."},
    TEXT("proxy.host", "Proxy in front of the registry."),
    NUMBER("proxy.port", "0", "Its port."),
    NUMBER("http.connect.timeout.ms", "60000", "How long connecting may take."),
    NUMBER("http.read.timeout.ms", "60000", "How long an answer may take after that."),
    NUMBER("max.retries", "3", "How often a request is tried again at all URLs before it fails."),
    NUMBER("retries.wait.ms", "100", "The first wait before that; it doubles."),
    NUMBER("retries.max.wait.ms", "2000", "The longest wait."),
};

static const char *const HEADERS[] = {
    "Accept: application/vnd.schemaregistry.v1+json, application/json",
    "Content-Type: application/vnd.schemaregistry.v1+json",
    NULL,
};

const size_t lc_registry_key_count = sizeof lc_registry_keys / sizeof *lc_registry_keys;

static lc_error *invalid(const char *key, const char *value, const char *why)
{
    return lc_config_invalid(key, value, why);
}

/* "https://user:pass@host/path/" ─▶ "https://host/path", user, password. */
static lc_error *add_url(lc_registry_settings *s, const char *url)
{
    const char *host = strstr(url, "://");
    size_t scheme = host ? (size_t)(host - url) + 3 : 0;
    bool known = !strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8);
    if (!host || !known)
        return invalid("schema.registry.url", host ? "[hidden]" : url,
                       "Give URLs that begin with http:// or https://");
    const char *end = url + strlen(url), *at = NULL;
    const char *path = strchr(url + scheme, '/');
    at = memrchr(url + scheme, '@', (size_t)((path ? path : end) - url) - scheme);
    if (at && !s->user) {
        const char *colon = memchr(url + scheme, ':', (size_t)(at - url) - scheme);
        const char *user_end = colon ? colon : at;
        s->user = lc_strndup(url + scheme, (size_t)(user_end - url) - scheme);
        s->password = colon ? lc_strndup(colon + 1, (size_t)(at - colon) - 1) : lc_strdup("");
    }
    while (end[-1] == '/') end--;
    const char *rest = at ? at + 1 : url + scheme;
    lc_strings_printf(&s->urls, "%.*s%.*s", (int)scheme, url, (int)(end - rest), rest);
    return NULL;
}

static lc_error *read_urls(lc_registry_settings *s)
{
    lc_config_list list = lc_config_list_of(s->values, "schema.registry.url");
    for (size_t i = 0; i < list.count; i++) LC_TRY(add_url(s, list.items[i]));
    if (s->urls.count) return NULL;
    return invalid("schema.registry.url", "", "Give the registry's URL, such as http://localhost:8081");
}

static void forget(char **text)
{
    if (*text) lc_secret_wipe(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

static lc_error *read_user(lc_registry_settings *s)
{
    const char *key = "basic.auth.credentials.source", *source = lc_config_string(s->values, key);
    const char *info = lc_config_string(s->values, "basic.auth.user.info");
    if (!info) info = lc_config_string(s->values, "schema.registry.basic.auth.user.info");
    if (!strcmp(source, "URL")) return NULL;
    forget(&s->user);
    forget(&s->password);
    if (strcmp(source, "USER_INFO") != 0)
        return invalid(key, source, "There are URL and USER_INFO, which takes basic.auth.user.info");
    const char *colon = info ? strchr(info, ':') : NULL;
    if (!colon) return invalid("basic.auth.user.info", "[hidden]", "USER_INFO needs user:password here");
    s->user = lc_strndup(info, (size_t)(colon - info));
    s->password = lc_strdup(colon + 1);
    return NULL;
}

static lc_error *read_token(lc_registry_settings *s)
{
    const char *key = "bearer.auth.credentials.source", *source = lc_config_string(s->values, key);
    if (!source || !*source) return NULL;
    if (strcmp(source, "STATIC_TOKEN") != 0)
        return invalid(key, source, "There is only STATIC_TOKEN, which takes bearer.auth.token");
    s->http.token = lc_config_string(s->values, "bearer.auth.token");
    if (!s->http.token) return invalid("bearer.auth.token", NULL, "STATIC_TOKEN needs the token here");
    if (s->user) return invalid(key, source, "Basic authentication is set too; give one of the two");
    return NULL;
}

static lc_error *read_trust(lc_registry_settings *s)
{
    const char *type = lc_config_string(s->values, SSL "truststore.type");
    const char *location = lc_config_string(s->values, SSL "truststore.location");
    s->http.ca_text = lc_config_string(s->values, SSL "truststore.certificates");
    if (!location) return NULL;
    if (!type || strcasecmp(type, "PEM") != 0)
        return invalid(
            SSL "truststore.type", type,
            "Certificates of the registry are read as PEM. Convert the store with: keytool -exportcert "
            "-rfc -keystore FILE -alias ALIAS, and set the type to PEM");
    if (s->http.ca_text)
        return invalid(SSL "truststore.certificates", "[hidden]", "truststore.location is set too");
    s->http.ca_file = location;
    return NULL;
}

static lc_error *read_identity(lc_registry_settings *s)
{
    const char *type = lc_config_string(s->values, SSL "keystore.type");
    const char *password = lc_config_string(s->values, SSL "keystore.password");
    s->http.key_password = lc_config_string(s->values, SSL "key.password");
    s->http.cert_file = lc_config_string(s->values, SSL "keystore.location");
    s->http.cert_text = lc_config_string(s->values, SSL "keystore.certificate.chain");
    s->http.key_text = lc_config_string(s->values, SSL "keystore.key");
    if (!s->http.cert_file) {
        if (!s->http.cert_text == !s->http.key_text) return NULL;
        return invalid(SSL "keystore.key", NULL, "Give keystore.certificate.chain and keystore.key together");
    }
    s->http.cert_type = "PEM";
    if (type && !strcasecmp(type, "PKCS12")) s->http.cert_type = "P12";
    else if (!type || strcasecmp(type, "PEM") != 0)
        return invalid(SSL "keystore.type", type,
                       "A keystore is read as PEM or PKCS12. Convert it with: keytool -importkeystore "
                       "-srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12");
    if (password && (*s->http.cert_type == 'P' || !s->http.key_password)) s->http.key_password = password;
    return NULL;
}

static void read_rest(lc_registry_settings *s)
{
    const char *algorithm = lc_config_string(s->values, SSL "endpoint.identification.algorithm");
    const char *proxy = lc_config_string(s->values, "proxy.host");
    s->http.any_host = !algorithm || !*algorithm;
    if (proxy && *proxy) {
        lc_buf text = {0};
        lc_buf_printf(&text, "%s:%d", proxy, (int)lc_config_int(s->values, "proxy.port"));
        s->proxy = lc_buf_detach(&text);
        s->http.proxy = s->proxy;
    }
    s->http.use = "A schema registry";
    s->http.headers = HEADERS;
    s->http.user = s->user;
    s->http.password = s->password;
    s->http.connect_ms = lc_config_int(s->values, "http.connect.timeout.ms");
    s->http.read_ms = lc_config_int(s->values, "http.read.timeout.ms");
    s->max_retries = lc_config_int(s->values, "max.retries");
    s->wait_ms = lc_config_int(s->values, "retries.wait.ms");
    s->max_wait_ms = lc_config_int(s->values, "retries.max.wait.ms");
}

static lc_error *parse(const lc_props *settings, lc_registry_settings *s)
{
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_config_def_add_table(def, lc_registry_keys, lc_registry_key_count);
    LC_TRY(lc_config_parse(def, settings, &s->values));
    LC_TRY(read_urls(s));
    LC_TRY(read_user(s));
    LC_TRY(read_token(s));
    LC_TRY(read_trust(s));
    LC_TRY(read_identity(s));
    read_rest(s);
    return NULL;
}

lc_error *lc_registry_settings_parse(const lc_props *settings, lc_registry_settings *ret)
{
    *ret = (lc_registry_settings){0};
    lc_error *error = parse(settings, ret);
    if (error) lc_registry_settings_done(ret);
    return error;
}

void lc_registry_settings_done(lc_registry_settings *settings)
{
    forget(&settings->user);
    forget(&settings->password);
    free(settings->proxy);
    lc_strings_done(&settings->urls);
    lc_config_values_free(settings->values);
    *settings = (lc_registry_settings){0};
}
