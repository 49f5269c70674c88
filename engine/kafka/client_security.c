/* Login and TLS settings: JAAS lines, key and trust stores, cipher names. */
#include "kafka/client_keys.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "secure/store.h"

typedef struct jaas {
    char *module; /* the class, in full */
    lc_props *options;
} jaas;

static void jaas_done(jaas *login)
{
    free(login->module);
    lc_props_free(login->options);
}
LC_DEFINE_AUTO(jaas, jaas_done)

static const char *skip_space(const char *at)
{
    while (isspace((unsigned char)*at)) at++;
    return at;
}

/* A word up to a space, '=' or ';', or a text in quotes with backslash escapes. NULL: a quote is left open.
 */
static const char *read_word(const char *at, lc_buf *word)
{
    lc_buf_reset(word);
    char quote = *at == '"' || *at == '\'' ? *at++ : '\0';
    while (*at && (quote ? *at != quote : !isspace((unsigned char)*at) && *at != '=' && *at != ';')) {
        if (quote && *at == '\\' && at[1]) at++;
        lc_buf_put(word, *at++);
    }
    if (!quote) return at;
    return *at == quote ? at + 1 : NULL;
}

static lc_error *bad_jaas(const char *why)
{
    return lc_fail(LC_E_CONFIG,
                   "Invalid value [hidden] for configuration sasl.jaas.config: %s. It has the form: "
                   "LoginModuleClass required name=\"value\" …;",
                   why);
}

/* "Module required name="value" …;" with exactly one module (JaasConfig). */
static lc_error *jaas_parse(const char *text, jaas *login)
{
    lc_auto(lc_buf) word = {0}, name = {0};
    const char *at = read_word(skip_space(text), &word);
    if (!at || !word.len) return bad_jaas("the login module's class is missing");
    login->module = lc_strndup(word.data, word.len);
    login->options = lc_props_new();
    at = read_word(skip_space(at), &word);
    if (!at || !word.len) return bad_jaas("the control flag (required) is missing");
    for (at = skip_space(at); *at && *at != ';'; at = skip_space(at)) {
        at = read_word(at, &name);
        if (!at) return bad_jaas("a quote is not closed");
        at = skip_space(at);
        if (*at != '=' || !name.len) return bad_jaas("an option has no value");
        at = read_word(skip_space(at + 1), &word);
        if (!at) return bad_jaas("a quote is not closed");
        lc_props_set(login->options, name.data, word.data ? word.data : "");
    }
    if (*at != ';') return bad_jaas("the semicolon at the end is missing");
    if (*skip_space(at + 1)) return bad_jaas("only one login module is supported");
    return NULL;
}

static const char *option(const jaas *login, const char *name)
{
    return lc_props_get(login->options, name);
}

static lc_error *set_option(lc_build *build, const jaas *login, const char *name, const char *native)
{
    const char *value = option(login, name);
    return value ? lc_build_set(build, "sasl.jaas.config", native, value, true) : NULL;
}

static lc_error *login_password(lc_build *build, const jaas *login)
{
    if (!option(login, "username") || !option(login, "password"))
        return bad_jaas("username and password are needed");
    LC_TRY(set_option(build, login, "username", "sasl.username"));
    return set_option(build, login, "password", "sasl.password");
}

/* librdkafka puts principal and keytab into a shell command. */
static bool is_shell_safe(const char *text)
{
    return !text || strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/@") ==
                        strlen(text);
}

static lc_error *login_kerberos(lc_build *build, const jaas *login)
{
    if (!is_shell_safe(option(login, "principal")) || !is_shell_safe(option(login, "keyTab")))
        return bad_jaas("principal and keyTab may only hold letters, digits and . _ - / @");
    LC_TRY(set_option(build, login, "principal", "sasl.kerberos.principal"));
    LC_TRY(set_option(build, login, "serviceName", "sasl.kerberos.service.name"));
    return set_option(build, login, "keyTab", "sasl.kerberos.keytab");
}

static lc_error *login_token(lc_build *build, const jaas *login)
{
    const char *subject = option(login, "unsecuredLoginStringClaim_sub");
    if (subject) {
        lc_auto(lc_buf) text = {0};
        lc_buf_printf(&text, "principal=%s", subject);
        LC_TRY(
            lc_build_set(build, "sasl.jaas.config", "enable.sasl.oauthbearer.unsecure.jwt", "true", false));
        return lc_build_set(build, "sasl.jaas.config", "sasl.oauthbearer.config", text.data, true);
    }
    if (rd_kafka_conf_set(build->conf, "sasl.oauthbearer.method", "oidc", NULL, 0) != RD_KAFKA_CONF_OK)
        return bad_jaas("this librdkafka was built without OAUTHBEARER token retrieval (OIDC)");
    LC_TRY(set_option(build, login, "clientId", "sasl.oauthbearer.client.id"));
    LC_TRY(set_option(build, login, "clientSecret", "sasl.oauthbearer.client.secret"));
    return set_option(build, login, "scope", "sasl.oauthbearer.scope");
}

static const struct login_module {
    const char *class_name;
    bool overridable; /* only a name and a password: reads no file, reaches no other host */
    lc_error *(*apply)(lc_build *build, const jaas *login);
} login_modules[] = {
    {"org.apache.kafka.common.security.plain.PlainLoginModule", true, login_password},
    {"org.apache.kafka.common.security.scram.ScramLoginModule", true, login_password},
    {"org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule", false, login_token},
    {"com.sun.security.auth.module.Krb5LoginModule", false, login_kerberos},
};

static const struct login_module *find_module(const char *class_name)
{
    for (size_t i = 0; i < sizeof login_modules / sizeof *login_modules; i++)
        if (!strcmp(login_modules[i].class_name, class_name)) return &login_modules[i];
    return NULL;
}

lc_error *lc_key_jaas(lc_build *build, const lc_key *key, const char *value)
{
    (void)key;
    lc_auto(jaas) login = {0};
    LC_TRY(jaas_parse(value, &login));
    const struct login_module *module = find_module(login.module);
    if (!module)
        return lc_fail(LC_E_CONFIG,
                       "The login module '%s' of sasl.jaas.config is not supported; PlainLoginModule, "
                       "ScramLoginModule, OAuthBearerLoginModule and Krb5LoginModule are",
                       login.module);
    return module->apply(build, &login);
}

lc_error *lc_key_jaas_check_override(const char *value)
{
    lc_auto(jaas) login = {0};
    LC_TRY(jaas_parse(value, &login));
    const struct login_module *module = find_module(login.module);
    if (module && module->overridable) return NULL;
    return lc_fail(
        LC_E_CONFIG,
        "A connector may not use the login module '%s' in sasl.jaas.config: only PlainLoginModule and "
        "ScramLoginModule are allowed there. Set it for the whole worker instead",
        login.module);
}

lc_error *lc_key_endpoint_check(lc_build *build, const lc_key *key, const char *value)
{
    lc_text text = lc_text_trim(lc_text_of(value));
    if (text.len && !lc_text_eq_nocase(text, LC_TEXT("https")))
        return lc_fail(LC_E_CONFIG,
                       "Invalid value %s for configuration %s: it has to be https, or empty for no check",
                       value, key->name);
    return lc_build_set(build, key->name, key->name, text.len ? "https" : "none", false);
}

/* TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 is ECDHE-RSA-AES256-GCM-SHA384 to OpenSSL. False for TLS 1.3 suites,
 * which OpenSSL configures elsewhere. */
static bool openssl_cipher(lc_text iana, lc_buf *out)
{
    if (!lc_text_starts(iana, "TLS_") || !memmem(iana.data, iana.len, "_WITH_", 6)) return false;
    for (size_t i = 4; i < iana.len;) {
        lc_text rest = {iana.data + i, iana.len - i};
        if (lc_text_starts(rest, "_WITH_")) lc_buf_put(out, '-'), i += 6;
        else if (lc_text_starts(rest, "AES_")) lc_buf_text(out, "AES"), i += 4;
        else if (lc_text_starts(rest, "CBC_")) i += 4;
        else lc_buf_put(out, rest.data[0] == '_' ? '-' : rest.data[0]), i++;
    }
    return true;
}

lc_error *lc_key_ciphers(lc_build *build, const lc_key *key, const char *value)
{
    lc_auto(lc_buf) list = {0};
    bool left_out = false;
    for (const char *at = value; *at;) {
        size_t len = strcspn(at, ",:");
        lc_text item = lc_text_trim((lc_text){at, len});
        if (list.len && item.len) lc_buf_put(&list, ':');
        size_t before = list.len;
        if (memchr(item.data, '-', item.len)) lc_buf_add(&list, item.data, item.len);
        else if (!openssl_cipher(item, &list)) left_out = true;
        if (list.len == before && list.len) list.data[--list.len] = '\0';
        at += len + (at[len] != '\0');
    }
    if (left_out) lc_build_note(build, LC_NOTE_DIFFERS, key->name, "leaves the TLS 1.3 suites to OpenSSL");
    return list.len ? lc_build_set(build, key->name, key->name, list.data, false) : NULL;
}

static lc_error *read_store(const char *name, const char *path, lc_buf *bytes)
{
    enum { STORE_BYTES_MAX = 16 << 20 };
    lc_error *error = lc_file_read(path, STORE_BYTES_MAX, bytes);
    return error ? lc_wrap(error, LC_E_CONFIG, "The file of %s can't be read: %s", name, path) : NULL;
}

static lc_error *trust_pkcs12(lc_build *build, const lc_buf *bytes)
{
    const char *password = lc_client_config_get(build->config, "ssl.truststore.password");
    const char *key_password = lc_client_config_get(build->config, "ssl.key.password");
    char why[256];
    /* librdkafka opens any PKCS#12 given in memory with the password of the private key. */
    rd_kafka_conf_set(build->conf, "ssl.key.password", password ? password : "", NULL, 0);
    rd_kafka_conf_res_t result = rd_kafka_conf_set_ssl_cert(
        build->conf, RD_KAFKA_CERT_CA, RD_KAFKA_CERT_ENC_PKCS12, bytes->data, bytes->len, why, sizeof why);
    rd_kafka_conf_set(build->conf, "ssl.key.password", key_password, NULL, 0);
    if (result == RD_KAFKA_CONF_OK) return NULL;
    return lc_fail(
        LC_E_CONFIG,
        "The truststore of ssl.truststore.location can't be used: %s. Check ssl.truststore.password", why);
}

static lc_error *apply_truststore(lc_build *build, const char *path)
{
    lc_auto(lc_buf) bytes = {0}, pem = {0};
    LC_TRY(read_store("ssl.truststore.location", path, &bytes));
    lc_text text = {bytes.data, bytes.len};
    switch (lc_store_format_of(text)) {
    case LC_STORE_PEM: return lc_build_set(build, "ssl.truststore.location", "ssl.ca.location", path, false);
    case LC_STORE_PKCS12: return trust_pkcs12(build, &bytes);
    case LC_STORE_JKS: lc_store_jks_certificates(text, &pem); break;
    default: break;
    }
    if (pem.len) return lc_build_set(build, "ssl.truststore.location", "ssl.ca.pem", pem.data, false);
    return lc_fail(
        LC_E_CONFIG,
        "The truststore '%s' of ssl.truststore.location holds no certificate that can be read here. "
        "Give certificates as PEM and set ssl.truststore.type=PEM",
        path);
}

static lc_error *apply_keystore(lc_build *build, const char *path)
{
    lc_auto(lc_buf) bytes = {0};
    LC_TRY(read_store("ssl.keystore.location", path, &bytes));
    const char *password = lc_client_config_get(build->config, "ssl.keystore.password");
    switch (lc_store_format_of((lc_text){bytes.data, bytes.len})) {
    case LC_STORE_PEM:
        LC_TRY(lc_build_set(build, "ssl.keystore.location", "ssl.certificate.location", path, false));
        return lc_build_set(build, "ssl.keystore.location", "ssl.key.location", path, false);
    case LC_STORE_PKCS12:
        LC_TRY(lc_build_set(build, "ssl.keystore.location", "ssl.keystore.location", path, false));
        return lc_build_set(build, "ssl.keystore.password", "ssl.keystore.password", password ? password : "",
                            true);
    case LC_STORE_JKS:
        return lc_fail(
            LC_E_CONFIG,
            "The keystore '%s' of ssl.keystore.location has the JKS format, which OpenSSL can't read. "
            "Convert it: keytool -importkeystore -srckeystore %s -destkeystore %s.p12 -deststoretype PKCS12",
            path, path, path);
    default:
        return lc_fail(LC_E_CONFIG, "The keystore '%s' of ssl.keystore.location is neither PKCS12 nor PEM",
                       path);
    }
}

lc_error *lc_build_stores(lc_build *build)
{
    const char *trust = lc_client_config_get(build->config, "ssl.truststore.location");
    const char *store = lc_client_config_get(build->config, "ssl.keystore.location");
    if (trust && *trust) LC_TRY(apply_truststore(build, trust));
    if (store && *store) LC_TRY(apply_keystore(build, store));
    return NULL;
}
