#include "secure/tls.h"

#include <gnutls/gnutls.h>
#include <gnutls/pkcs12.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "secure/store.h"

enum { LARGEST_STORE = 4 * 1024 * 1024 };

static lc_error *read_store(const char *path, lc_buf *bytes)
{
    lc_error *error = lc_file_read(path, LARGEST_STORE, bytes);
    return error ? lc_wrap(error, LC_E_CONFIG, "%s can't be read", path) : NULL;
}

/* The blocks of a PEM text whose label holds `word`; NULL when there are none. */
static char *pem_blocks(const char *pem, const char *word)
{
    lc_buf out = {0};
    for (const char *begin = strstr(pem, "-----BEGIN "); begin;) {
        const char *label_end = strstr(begin + 11, "-----");
        const char *end = strstr(begin, "-----END ");
        const char *close = end ? strstr(end + 9, "-----") : NULL;
        if (!label_end || !close) break;
        if (memmem(begin, (size_t)(label_end - begin), word, strlen(word))) {
            lc_buf_add(&out, begin, (size_t)(close + 5 - begin));
            lc_buf_put(&out, '\n');
        }
        begin = strstr(close, "-----BEGIN ");
    }
    return out.len ? lc_buf_detach(&out) : NULL;
}

static lc_error *store_problem(const char *path, int code)
{
    return lc_fail(LC_E_CONFIG, "The store %s can't be used: %s", path,
                   gnutls_strerror(code));
}

static int add_pem(lc_buf *out, gnutls_x509_crt_t certificate)
{
    gnutls_datum_t pem = {0};
    int code = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem);
    if (!code) lc_buf_add(out, pem.data, pem.size);
    gnutls_free(pem.data);
    return code;
}

/* Key and certificates of the server, its own certificate first. */
static int take_key(gnutls_pkcs12_t store, const char *password, lc_buf *certificates, char **ret_key)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t *chain = NULL;
    unsigned count = 0;
    gnutls_datum_t pem = {0};
    int code = gnutls_pkcs12_simple_parse(store, password, &key, &chain, &count, NULL, NULL, NULL, 0);
    for (unsigned i = 0; !code && i < count; i++) code = add_pem(certificates, chain[i]);
    if (!code && key) code = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem);
    for (unsigned i = 0; i < count; i++) gnutls_x509_crt_deinit(chain[i]);
    gnutls_free(chain);
    if (key) gnutls_x509_privkey_deinit(key);
    if (pem.data) *ret_key = lc_strndup((char *)pem.data, pem.size);
    gnutls_free(pem.data);
    return code;
}

static int take_item(gnutls_pkcs12_bag_t bag, unsigned at, lc_buf *certificates)
{
    gnutls_datum_t der = {0};
    gnutls_x509_crt_t certificate;
    if (gnutls_pkcs12_bag_get_type(bag, at) != GNUTLS_BAG_CERTIFICATE) return 0;
    int code = gnutls_pkcs12_bag_get_data(bag, at, &der);
    if (!code) code = gnutls_x509_crt_init(&certificate);
    if (code) return code;
    code = gnutls_x509_crt_import(certificate, &der, GNUTLS_X509_FMT_DER);
    if (!code) code = add_pem(certificates, certificate);
    gnutls_x509_crt_deinit(certificate);
    return code;
}

static int take_bag(gnutls_pkcs12_t store, int at, const char *password, lc_buf *certificates)
{
    gnutls_pkcs12_bag_t bag;
    int code = gnutls_pkcs12_bag_init(&bag);
    if (code) return code;
    code = gnutls_pkcs12_get_bag(store, at, bag);
    if (!code && gnutls_pkcs12_bag_get_type(bag, 0) == GNUTLS_BAG_ENCRYPTED)
        code = gnutls_pkcs12_bag_decrypt(bag, password);
    int count = code ? 0 : gnutls_pkcs12_bag_get_count(bag);
    for (int i = 0; !code && i < count; i++) code = take_item(bag, (unsigned)i, certificates);
    gnutls_pkcs12_bag_deinit(bag);
    return code;
}

/* All certificates of a store without keys. */
static int take_certificates(gnutls_pkcs12_t store, const char *password, lc_buf *certificates)
{
    int code = 0;
    for (int at = 0; !code; at++) code = take_bag(store, at, password, certificates);
    return code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE ? 0 : code;
}

/* `ret_key` NULL: a store of certificates that are trusted. */
static lc_error *read_pkcs12(const char *path, const lc_buf *bytes, const char *password,
                             char **ret_certificates, char **ret_key)
{
    lc_auto(lc_buf) certificates = {0};
    gnutls_pkcs12_t store;
    gnutls_datum_t data = {(unsigned char *)bytes->data, (unsigned)bytes->len};
    int code = gnutls_pkcs12_init(&store);
    if (code) return store_problem(path, code);
    if (!password) password = "";
    code = gnutls_pkcs12_import(store, &data, GNUTLS_X509_FMT_DER, 0);
    if (!code) code = gnutls_pkcs12_verify_mac(store, password);
    if (!code && ret_key) code = take_key(store, password, &certificates, ret_key);
    else if (!code) code = take_certificates(store, password, &certificates);
    gnutls_pkcs12_deinit(store);
    if (certificates.len) *ret_certificates = lc_buf_detach(&certificates);
    return code ? store_problem(path, code) : NULL;
}

/* The settings of one listener group, looked up under the prefix that counts. */
typedef struct lookup {
    const lc_props *settings;
    const char *prefix;
} lookup;

static const char *get(const lookup *from, const char *key)
{
    char name[128];
    snprintf(name, sizeof name, "%s%s", from->prefix, key);
    const char *value = lc_props_get(from->settings, name);
    return value && *value ? value : NULL;
}

static lc_error *jks_key(const char *path)
{
    return lc_fail(LC_E_CONFIG,
                   "The key store %s has the JKS format, which only Java reads. Convert it: keytool "
                   "-importkeystore -srckeystore %s -destkeystore %s.p12 -deststoretype PKCS12",
                   path, path, path);
}

static lc_error *read_key_file(const lookup *from, const char *path, lc_tls *tls)
{
    lc_auto(lc_buf) bytes = {0};
    LC_TRY(read_store(path, &bytes));
    switch (lc_store_format_of((lc_text){bytes.data, bytes.len})) {
    case LC_STORE_PEM:
        tls->certificates = pem_blocks(bytes.data, "CERTIFICATE");
        tls->key = pem_blocks(bytes.data, "PRIVATE KEY");
        return NULL;
    case LC_STORE_PKCS12:
        return read_pkcs12(path, &bytes, get(from, "ssl.keystore.password"), &tls->certificates, &tls->key);
    case LC_STORE_JKS: return jks_key(path);
    default: return lc_fail(LC_E_CONFIG, "The key store %s is neither PKCS12 nor PEM.", path);
    }
}

static lc_error *read_key_store(const lookup *from, lc_tls *tls)
{
    const char *location = get(from, "ssl.keystore.location"), *key = get(from, "ssl.keystore.key");
    const char *chain = get(from, "ssl.keystore.certificate.chain");
    const char *key_password = get(from, "ssl.key.password");
    if (key_password) tls->key_password = lc_strdup(key_password);
    if (chain && key) {
        tls->certificates = lc_strdup(chain);
        tls->key = lc_strdup(key);
        return NULL;
    }
    return location ? read_key_file(from, location, tls) : NULL;
}

static lc_error *read_trust_store(const lookup *from, lc_tls *tls)
{
    lc_auto(lc_buf) bytes = {0};
    lc_auto(lc_buf) pem = {0};
    const char *path = get(from, "ssl.truststore.location"), *inside = get(from, "ssl.truststore.certificates");
    if (inside) tls->trusted = lc_strdup(inside);
    if (inside || !path) return NULL;
    LC_TRY(read_store(path, &bytes));
    lc_text text = {bytes.data, bytes.len};
    switch (lc_store_format_of(text)) {
    case LC_STORE_PEM: tls->trusted = lc_buf_detach(&bytes); return NULL;
    case LC_STORE_PKCS12:
        LC_TRY(read_pkcs12(path, &bytes, get(from, "ssl.truststore.password"), &tls->trusted, NULL));
        break;
    case LC_STORE_JKS:
        lc_store_jks_certificates(text, &pem);
        if (pem.len) tls->trusted = lc_buf_detach(&pem);
        break;
    default: break;
    }
    return tls->trusted ? NULL : lc_fail(LC_E_CONFIG, "The trust store %s holds no certificate.", path);
}

static lc_error *read_client_auth(const lookup *from, lc_tls *tls)
{
    static const char *const names[] = {"none", "requested", "required"};
    const char *given = get(from, "ssl.client.auth");
    for (int i = LC_CLIENT_AUTH_NONE; i <= LC_CLIENT_AUTH_REQUIRED; i++)
        if (!strcasecmp(given ? given : "none", names[i])) return tls->client_auth = (lc_client_auth)i, NULL;
    return lc_fail(LC_E_CONFIG,
                   "Invalid value %s for configuration ssl.client.auth: String must be one of (case "
                   "insensitive): none, requested, required",
                   given);
}

/* ssl.enabled.protocols as GnuTLS says it. Nothing older than TLS 1.2 is offered, whatever it says. */
static void read_protocols(const lookup *from, lc_tls *tls)
{
    const char *given = get(from, "ssl.enabled.protocols");
    if (!given) given = "TLSv1.2,TLSv1.3";
    lc_buf text = {0};
    lc_buf_text(&text, "NORMAL:-VERS-ALL");
    if (strstr(given, "TLSv1.2")) lc_buf_text(&text, ":+VERS-TLS1.2");
    if (strstr(given, "TLSv1.3")) lc_buf_text(&text, ":+VERS-TLS1.3");
    tls->priorities = lc_buf_detach(&text);
}

static lc_error *read_all(const lookup *from, lc_tls *tls)
{
    char key[128];
    snprintf(key, sizeof key, "%sssl.endpoint.identification.algorithm", from->prefix);
    const char *names = lc_props_get(from->settings, key);
    tls->skips_names = names && !*names;
    read_protocols(from, tls);
    LC_TRY(read_key_store(from, tls));
    LC_TRY(read_trust_store(from, tls));
    LC_TRY(read_client_auth(from, tls));
    if (!tls->certificates == !tls->key) return NULL;
    return lc_fail(LC_E_CONFIG, "The key store of `ssl.keystore.` holds no %s.",
                   tls->certificates ? "private key" : "certificate");
}

static lc_error *check_server(const lookup *from, const lc_tls *tls)
{
    if (!tls->certificates)
        return lc_fail(LC_E_CONFIG, "An HTTPS listener needs %sssl.keystore.location (PEM or PKCS12).",
                       from->prefix);
    if (tls->client_auth != LC_CLIENT_AUTH_REQUIRED || tls->trusted) return NULL;
    return lc_fail(LC_E_CONFIG, "ssl.client.auth=required needs %sssl.truststore.location.", from->prefix);
}

static lc_error *read_side(const lc_props *settings, const char *prefix, bool is_server, lc_tls *ret_tls)
{
    lc_autoptr(lc_props) own = lc_props_with_prefix(settings, prefix, true);
    lookup from = {settings, lc_props_count(own) ? prefix : ""};
    lc_tls tls = {0};
    lc_error *error = read_all(&from, &tls);
    if (!error && is_server) error = check_server(&from, &tls);
    if (error) lc_tls_done(&tls);
    else *ret_tls = tls;
    return error;
}

lc_error *lc_tls_read(const lc_props *settings, const char *prefix, lc_tls *ret_tls)
{
    return read_side(settings, prefix, true, ret_tls);
}

lc_error *lc_tls_read_client(const lc_props *settings, const char *prefix, lc_tls *ret_tls)
{
    return read_side(settings, prefix, false, ret_tls);
}

void lc_tls_done(lc_tls *tls)
{
    free(tls->certificates);
    if (tls->key) explicit_bzero(tls->key, strlen(tls->key));
    free(tls->key);
    free(tls->key_password);
    free(tls->trusted);
    free(tls->priorities);
    *tls = (lc_tls){0};
}

bool lc_tls_client_is_trusted(void *session)
{
    unsigned status = 0;
    return !gnutls_certificate_verify_peers2(session, &status) && !status;
}
