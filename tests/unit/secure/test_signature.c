#include "secure/signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static char folder[] = "/tmp/lc-signature-XXXXXX";

static const char *file(const char *name, const char *text)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    if (!out || fputs(text, out) < 0 || fclose(out)) abort();
    return path;
}

static lc_sign_key *new_key(char public[LC_SIGN_PUBLIC_SIZE])
{
    lc_auto(lc_buf) line = {0};
    lc_sign_key *key = NULL;
    lc_sign_key_make(&line);
    CHECK(!lc_sign_key_read(file("key", line.data), &key));
    lc_sign_key_public(key, public);
    return key;
}

static bool fits(const char *keys, const char *text, const char *signature)
{
    lc_autoptr(lc_trusted_keys) trusted = NULL;
    lc_error *error = lc_trusted_keys_read(keys, &trusted);
    CHECK(!error);
    lc_error_free(error);
    return trusted && lc_trusted_keys_signed(trusted, lc_text_of(text), lc_text_of(signature));
}

TEST(only_the_signed_text_and_the_right_key_fit)
{
    char one[LC_SIGN_PUBLIC_SIZE], two[LC_SIGN_PUBLIC_SIZE], both[2 * LC_SIGN_PUBLIC_SIZE + 4],
        signature[LC_SIGN_TEXT_SIZE];
    lc_autoptr(lc_sign_key) a = new_key(one);
    lc_autoptr(lc_sign_key) b = new_key(two);
    lc_sign_text(a, LC_TEXT("return 1"), signature);
    CHECK(fits(one, "return 1", signature));
    CHECK(!fits(one, "return 2", signature));
    CHECK(!fits(one, "return 1", ""));
    CHECK(!fits(one, "return 1", "AAAA"));
    CHECK(!fits(two, "return 1", signature));
    snprintf(both, sizeof both, "%s, %s", two, one);
    CHECK(fits(both, "return 1", signature));
    signature[5] = signature[5] == 'x' ? 'y' : 'x';
    CHECK(!fits(one, "return 1", signature));
}

/* RFC 8410 gives this pair. */
TEST(keys_of_openssl)
{
    lc_autoptr(lc_sign_key) key = NULL;
    char signature[LC_SIGN_TEXT_SIZE];
    CHECK(!lc_sign_key_read(file("pem", "-----BEGIN PRIVATE KEY-----\n"
                                        "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                                        "-----END PRIVATE KEY-----\n"),
                            &key));
    lc_sign_text(key, LC_TEXT("text"), signature);
    CHECK(fits(file("pub", "-----BEGIN PUBLIC KEY-----\n"
                           "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                           "-----END PUBLIC KEY-----\n"),
               "text", signature));
}

TEST(what_is_no_key_is_refused)
{
    static const char *const wrong[] = {"", " , ", "lcsp1:short", "/nonexistent/key", NULL};
    for (size_t i = 0; wrong[i]; i++) {
        lc_trusted_keys *keys = NULL;
        lc_error *error = lc_trusted_keys_read(wrong[i], &keys);
        CHECK(error != NULL);
        lc_error_free(error);
    }
    lc_sign_key *key = NULL;
    lc_error *error = lc_sign_key_read(file("nonsense", "hello\n"), &key);
    CHECK(error != NULL);
    lc_error_free(error);
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    RUN(only_the_signed_text_and_the_right_key_fit);
    RUN(keys_of_openssl);
    RUN(what_is_no_key_is_refused);
    static const char *const names[] = {"key", "pem", "pub", "nonsense", NULL};
    for (size_t i = 0; names[i]; i++) unlink(file(names[i], ""));
    rmdir(folder);
    return check_report();
}
