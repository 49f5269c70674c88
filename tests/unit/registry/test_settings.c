#include "check.h"
#include "registry/client.h"

typedef struct pair {
    const char *key, *value;
} pair;

static lc_error *parse(const pair *pairs, size_t count, lc_registry_settings *ret)
{
    lc_autoptr(lc_props) props = lc_props_new();
    lc_props_set(props, "schema.registry.url", "http://a:8081");
    for (size_t i = 0; i < count; i++) lc_props_set(props, pairs[i].key, pairs[i].value);
    return lc_registry_settings_parse(props, ret);
}

#define PARSE(settings, ...) \
    parse((const pair[]){__VA_ARGS__}, sizeof((const pair[]){__VA_ARGS__}) / sizeof(pair), settings)

TEST(urls_lose_their_credentials)
{
    lc_registry_settings s;
    CHECK(!PARSE(&s, {"schema.registry.url", "https://ann:se:cr%40et@one:8081/api/, http://two/"}));
    CHECK_EQ_INT(s.urls.count, 2);
    CHECK_EQ_STR(s.urls.items[0], "https://one:8081/api");
    CHECK_EQ_STR(s.urls.items[1], "http://two");
    CHECK_EQ_STR(s.http.user, "ann");
    CHECK_EQ_STR(s.http.password, "se:cr%40et");
    lc_registry_settings_done(&s);
}

TEST(user_info_replaces_the_urls_user)
{
    lc_registry_settings s;
    CHECK(!PARSE(&s, {"schema.registry.url", "http://ann:x@one"},
                 {"basic.auth.credentials.source", "USER_INFO"},
                 {"schema.registry.basic.auth.user.info", "bob:pw:d"}));
    CHECK_EQ_STR(s.http.user, "bob");
    CHECK_EQ_STR(s.http.password, "pw:d");
    lc_registry_settings_done(&s);
}

TEST(defaults)
{
    lc_registry_settings s;
    CHECK(!PARSE(&s, {"unknown", "x"}));
    CHECK(!s.http.user && !s.http.token && !s.http.ca_file && !s.http.any_host && !s.http.proxy);
    CHECK_EQ_INT(s.http.connect_ms, 60000);
    CHECK_EQ_INT(s.http.read_ms, 60000);
    lc_registry_settings_done(&s);
}

TEST(tls)
{
    lc_registry_settings s;
    CHECK(!PARSE(&s, {"schema.registry.ssl.truststore.type", "PEM"},
                 {"schema.registry.ssl.truststore.location", "/ca.pem"},
                 {"schema.registry.ssl.keystore.type", "PKCS12"},
                 {"schema.registry.ssl.keystore.location", "/me.p12"},
                 {"schema.registry.ssl.keystore.password", "pw"}, {"proxy.host", "p"}, {"proxy.port", "3128"},
                 {"schema.registry.ssl.endpoint.identification.algorithm", ""}));
    CHECK_EQ_STR(s.http.ca_file, "/ca.pem");
    CHECK_EQ_STR(s.http.cert_type, "P12");
    CHECK_EQ_STR(s.http.cert_file, "/me.p12");
    CHECK_EQ_STR(s.http.key_password, "pw");
    CHECK_EQ_STR(s.http.proxy, "p:3128");
    CHECK(s.http.any_host);
    lc_registry_settings_done(&s);
}

TEST(mistakes_are_named)
{
    static const struct {
        pair settings[2];
        const char *word;
    } cases[] = {
        {{{"schema.registry.url", ""}, {"x", ""}}, "schema.registry.url"},
        {{{"schema.registry.url", "localhost:8081"}, {"x", ""}}, "http://"},
        {{{"schema.registry.url", "mock://test"}, {"x", ""}}, "http://"},
        {{{"basic.auth.credentials.source", "USER_INFO"}, {"basic.auth.user.info", "nocolon"}},
         "user:password"},
        {{{"basic.auth.credentials.source", "SASL_INHERIT"}, {"x", ""}}, "USER_INFO"},
        {{{"bearer.auth.credentials.source", "OAUTHBEARER"}, {"x", ""}}, "STATIC_TOKEN"},
        {{{"bearer.auth.credentials.source", "STATIC_TOKEN"}, {"x", ""}}, "bearer.auth.token"},
        {{{"schema.registry.ssl.truststore.location", "/x"}, {"x", ""}}, "PEM"},
        {{{"schema.registry.ssl.keystore.location", "/x"}, {"schema.registry.ssl.keystore.type", "JKS"}},
         "PKCS12"},
        {{{"schema.registry.ssl.keystore.key", "x"}, {"x", ""}}, "together"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lc_registry_settings s;
        lc_autoptr(lc_error) error = parse(cases[i].settings, 2, &s);
        CHECK_EQ_INT(error ? lc_error_code(error) : LC_OK, LC_E_CONFIG);
        CHECK(error && strstr(lc_error_message(error), cases[i].word));
    }
}

TEST(opening_makes_no_request)
{
    lc_registry *registry = NULL;
    lc_autoptr(lc_props) props = lc_props_new();
    lc_props_set(props, "schema.registry.url", "http://u:p@nowhere.invalid:1,http://b:2/");
    CHECK(!lc_registry_open(props, &registry));
    CHECK_EQ_STR(lc_registry_urls(registry), "http://nowhere.invalid:1, http://b:2");
    lc_registry_close(registry);
}

int main(void)
{
    RUN(urls_lose_their_credentials);
    RUN(user_info_replaces_the_urls_user);
    RUN(defaults);
    RUN(tls);
    RUN(mistakes_are_named);
    RUN(opening_makes_no_request);
    return check_report();
}
