/* The vectors of RFC 4231. */
#include "secure/sign.h"
#include "check.h"

static void check(lc_text key, lc_text message, const char *expected)
{
    unsigned char signature[LC_SIGNATURE_SIZE];
    char text[2 * LC_SIGNATURE_SIZE + 1];
    lc_sign(key, message, signature);
    for (size_t i = 0; i < sizeof signature; i++) snprintf(text + 2 * i, 3, "%02x", signature[i]);
    CHECK_EQ_STR(text, expected);
    CHECK(lc_signature_fits(key, message, (lc_text){(const char *)signature, sizeof signature}));
    CHECK(!lc_signature_fits(key, message, (lc_text){(const char *)signature, sizeof signature - 1}));
    signature[3] ^= 1;
    CHECK(!lc_signature_fits(key, message, (lc_text){(const char *)signature, sizeof signature}));
}

TEST(vectors)
{
    check(LC_TEXT("Jefe"), LC_TEXT("what do ya want for nothing?"),
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    char key[131];
    memset(key, 0xaa, sizeof key);
    check((lc_text){key, sizeof key}, LC_TEXT("Test Using Larger Than Block-Size Key - Hash Key First"),
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(nothing_to_sign)
{
    unsigned char signature[LC_SIGNATURE_SIZE];
    lc_sign(LC_TEXT("key"), (lc_text){0}, signature);
    CHECK(lc_signature_fits(LC_TEXT("key"), LC_TEXT(""), (lc_text){(const char *)signature, 32}));
}

int main(void)
{
    RUN(vectors);
    RUN(nothing_to_sign);
    return check_report();
}
