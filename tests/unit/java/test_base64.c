#include "check.h"
#include "java/base64.h"

#include <stdlib.h>

static const char *encode(const char *text)
{
    static char out[100];
    size_t len = strlen(text);
    lc_base64_encode(text, len, out);
    out[lc_base64_text_len(len)] = '\0';
    return out;
}

/* The decoded bytes in hex; "-" when refused. */
static const char *decode(lc_base64 kind, const char *text)
{
    static char shown[200];
    uint8_t out[100];
    size_t len = 77;
    if (!lc_base64_decode(kind, lc_text_of(text), out, &len)) {
        CHECK_EQ_INT(len, 77);
        return "-";
    }
    CHECK(len <= lc_base64_bytes_max(strlen(text)));
    shown[0] = '\0';
    for (size_t i = 0; i < len; i++) snprintf(shown + 2 * i, 3, "%02x", out[i]);
    return shown;
}

TEST(encodes)
{
    CHECK_EQ_STR(encode(""), "");
    CHECK_EQ_STR(encode("f"), "Zg==");
    CHECK_EQ_STR(encode("fo"), "Zm8=");
    CHECK_EQ_STR(encode("foo"), "Zm9v");
    CHECK_EQ_STR(encode("foob"), "Zm9vYg==");
    CHECK_EQ_STR(encode("\xfb\xff\xfe"), "+//+");
}

TEST(decodes_as_the_basic_decoder)
{
    static const struct {
        const char *text, *bytes;
    } CASES[] = {{"", ""},          {"Zg==", "66"},     {"Zg", "66"},       {"Zm8=", "666f"},
                 {"Zm8", "666f"},   {"Zm9v", "666f6f"}, {"+//+", "fbfffe"}, {"Zh==", "66"},
                 {"Zm9", "666f"},   {"Z", "-"},         {"=", "-"},         {"==", "-"},
                 {"Z===", "-"},     {"Z=", "-"},        {"Zg=", "-"},       {"Zg=x", "-"},
                 {"Zg==x", "-"},    {"Zg===", "-"},     {"Zm8==", "-"},     {"Zm9v=", "-"},
                 {"Zm9v====", "-"}, {"Zm9vZ", "-"},     {"Zg== ", "-"},     {" Zg==", "-"},
                 {"Zm\n9v", "-"},   {"-__-", "-"},      {"Zg==Zg==", "-"},  {"Z\xc3\xa9==", "-"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        CHECK_EQ_STR(decode(LC_BASE64_BASIC, CASES[i].text), CASES[i].bytes);
}

TEST(decodes_the_url_alphabet)
{
    CHECK_EQ_STR(decode(LC_BASE64_URL, "-__-"), "fbfffe");
    CHECK_EQ_STR(decode(LC_BASE64_URL, "Zg"), "66");
    CHECK_EQ_STR(decode(LC_BASE64_URL, "+//+"), "-");
}

TEST(decodes_as_jackson)
{
    static const struct {
        const char *text, *bytes;
    } CASES[] = {{"", ""},
                 {"  \t ", ""},
                 {"Zg==", "66"},
                 {" Zg== ", "66"},
                 {"Zm8=", "666f"},
                 {"Zm9v", "666f6f"},
                 {"Zm9v\r\nZg==", "666f6f66"},
                 {"Zg==Zg==", "6666"},
                 {"Zg==\nZm8=", "66666f"},
                 {"Zh==", "66"},
                 {"Zg", "-"},
                 {"Zm8", "-"},
                 {"Z", "-"},
                 {"Zg=", "-"},
                 {"Zg=x", "-"},
                 {"Z===", "-"},
                 {"====", "-"},
                 {"Zm 9v", "-"},
                 {"Zm9v=", "-"},
                 {"-__-", "-"},
                 {"Zm\xc2\xa0v", "-"},
                 {"!", "-"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        CHECK_EQ_STR(decode(LC_BASE64_MIME, CASES[i].text), CASES[i].bytes);
}

TEST(round_trips)
{
    uint8_t bytes[300], back[304];
    char text[404];
    for (size_t len = 0; len < sizeof bytes; len++) {
        for (size_t i = 0; i < len; i++) bytes[i] = (uint8_t)(i * 37 + len);
        lc_base64_encode(bytes, len, text);
        for (int kind = LC_BASE64_BASIC; kind <= LC_BASE64_MIME; kind += LC_BASE64_MIME - LC_BASE64_BASIC) {
            size_t got = 0;
            CHECK(lc_base64_decode((lc_base64)kind, (lc_text){text, lc_base64_text_len(len)}, back, &got));
            CHECK(got == len && memcmp(bytes, back, len) == 0);
        }
    }
}

int main(void)
{
    RUN(encodes);
    RUN(decodes_as_the_basic_decoder);
    RUN(decodes_the_url_alphabet);
    RUN(decodes_as_jackson);
    RUN(round_trips);
    return check_report();
}
