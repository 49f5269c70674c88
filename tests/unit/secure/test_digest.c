#include <stdio.h>

#include "check.h"
#include "secure/digest.h"

static const char *hex(const char *name, const char *key, const char *message)
{
    static char text[2 * LC_DIGEST_MAX + 1];
    unsigned char digest[LC_DIGEST_MAX];
    lc_digest_kind kind;
    if (!lc_digest_find(lc_text_of(name), &kind)) return "none";
    lc_autoptr(lc_error) error = lc_digest_check_key(kind, strlen(key));
    if (error) return "key";
    size_t len = lc_digest(kind, lc_text_of(key), lc_text_of(message), digest);
    for (size_t i = 0; i < len; i++) snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}

/* FIPS 180-2, RFC 7693, RFC 4231 (case 2), the SipHash paper. */
TEST(known_answers)
{
    CHECK_EQ_STR(hex("sha256", "", "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_EQ_STR(hex("sha512", "", "abc"),
                 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd45"
                 "4d4423643ce80e2a9ac94fa54ca49f");
    CHECK_EQ_STR(hex("blake2b", "", "abc"),
                 "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518"
                 "d38aa8dbf1925ab92386edd4009923");
    CHECK_EQ_STR(hex("sha256", "Jefe", "what do ya want for nothing?"),
                 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(keys)
{
    CHECK_EQ_STR(hex("md5", "", "x"), "none");
    CHECK_EQ_STR(hex("siphash", "", "x"), "key");
    CHECK_EQ_STR(hex("blake2b", "short", "x"), "key");
    CHECK_EQ_INT(strlen(hex("siphash", "0123456789abcdef", "x")), 16);
    CHECK_EQ_INT(strlen(hex("blake2b-256", "0123456789abcdef", "x")), 64);
}

int main(void)
{
    RUN(known_answers);
    RUN(keys);
    return check_report();
}
