#include "secure/secret.h"

#include <ctype.h>
#include <stdint.h>

#include "check.h"
#include "secure/random.h"

TEST(keeps_bytes)
{
    lc_autoptr(lc_secret) secret = lc_secret_new("p\0w", 3);
    CHECK_EQ_INT(lc_secret_len(secret), 3);
    CHECK(!memcmp(lc_secret_bytes(secret), "p\0w", 4));
    CHECK(lc_secret_same("abc", "abc", 3));
    CHECK(!lc_secret_same("abc", "abd", 3));
    lc_autoptr(lc_secret) a = lc_secret_new_random(32);
    lc_autoptr(lc_secret) b = lc_secret_new_random(32);
    CHECK(!lc_secret_same(lc_secret_bytes(a), lc_secret_bytes(b), 32));
    char text[] = "wipe";
    lc_secret_wipe(text, 4);
    CHECK_EQ_STR(text, "");
    lc_secret_free(NULL);
}

TEST(knows_secret_keys)
{
    static const char *const secret[] = {
        "ssl.key.password",
        "connection.password",
        "sasl.jaas.config",
        "producer.override.sasl.jaas.config",
        "aws.secret.access.key",
        "aws_secret_access_key",
        "basic.auth.credentials",
        "api.key",
        "apiToken.token",
        "oauth.client.secret",
        "DB_PASSWORD",
        "userPassword",
        "ssl.keystore.key",
        "gcs.credentials.json",
        "schema.registry.basic.auth.user.info",
        "value.converter.basic.auth.user.info",
    };
    static const char *const open[] = {"message.key",
                                       "key.converter",
                                       "name",
                                       "topics",
                                       "key",
                                       "store.kafka.keys",
                                       "password.file.path",
                                       "token.endpoint.url",
                                       "keystore.location"};
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        check_note(lc_secret_key_name(secret[i]), __FILE__, __LINE__, secret[i]);
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        check_note(!lc_secret_key_name(open[i]), __FILE__, __LINE__, open[i]);
}

TEST(masks_for_logs)
{
    static const lc_config_key keys[] = {
        {.name = "pin", .type = LC_CONFIG_PASSWORD}
    };
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_config_def_add_table(def, keys, 1);
    lc_autoptr(lc_props) props = lc_props_new();
    lc_props_set(props, "pin", "1234");
    lc_props_set(props, "password", "x");
    lc_props_set(props, "other.password", "${file:/etc/s:db}");
    lc_props_set(props, "mixed.password", "${file:/etc/s:db}x");
    lc_props_set(props, "none.password", NULL);
    lc_props_set(props, "topic", "t");
    lc_autoptr(lc_props) masked = lc_secret_mask(props, def);
    CHECK_EQ_STR(lc_props_get(masked, "pin"), LC_HIDDEN);
    CHECK_EQ_STR(lc_props_get(masked, "password"), LC_HIDDEN);
    CHECK_EQ_STR(lc_props_get(masked, "other.password"), "${file:/etc/s:db}");
    CHECK_EQ_STR(lc_props_get(masked, "mixed.password"), LC_HIDDEN);
    CHECK_EQ_STR(lc_props_get(masked, "none.password"), NULL);
    CHECK_EQ_STR(lc_props_get(masked, "topic"), "t");
}

TEST(random_is_in_range)
{
    bool seen[5] = {0};
    for (int i = 0; i < 1000; i++) {
        int64_t number = lc_random_below(5);
        CHECK(number >= 0 && number < 5);
        seen[number] = true;
    }
    CHECK(seen[0] && seen[1] && seen[2] && seen[3] && seen[4]);
    CHECK_EQ_INT(lc_random_below(1), 0);
    CHECK_EQ_INT(lc_random_below(-3), 0);
    CHECK(lc_random_below(INT64_MAX) >= 0);
}

TEST(uuid_has_its_form)
{
    char a[LC_UUID_SIZE], b[LC_UUID_SIZE];
    lc_random_uuid(a);
    lc_random_uuid(b);
    CHECK(strcmp(a, b) != 0);
    CHECK_EQ_INT(strlen(a), 36);
    CHECK(a[8] == '-' && a[13] == '-' && a[18] == '-' && a[23] == '-');
    CHECK(a[14] == '4' && strchr("89ab", a[19]));
    for (int i = 0; i < 36; i++) CHECK(a[i] == '-' || isxdigit((unsigned char)a[i]));
}

int main(void)
{
    RUN(keeps_bytes);
    RUN(knows_secret_keys);
    RUN(masks_for_logs);
    RUN(random_is_in_range);
    RUN(uuid_has_its_form);
    return check_report();
}
