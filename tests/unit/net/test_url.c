#include "check.h"
#include "net/url.h"

static bool parses(const char *text, lc_url *url)
{
    lc_autoptr(lc_error) error = lc_url_parse(lc_text_of(text), url);
    return !error;
}

TEST(parts)
{
    lc_url url;
    CHECK(parses("https://api.example.com/v1?a=b#part", &url));
    CHECK(url.tls);
    CHECK_EQ_INT(url.port, 443);
    CHECK(lc_text_is(url.host, "api.example.com"));
    CHECK(lc_text_is(url.rest, "/v1?a=b"));
    CHECK(parses("HTTP://Example.com:8080", &url));
    CHECK_EQ_INT(url.port, 8080);
    CHECK_EQ_INT(url.rest.len, 0);
    CHECK(parses("http://[::1]:99?q", &url));
    CHECK(lc_text_is(url.host, "[::1]"));
    CHECK_EQ_INT(url.port, 99);
    CHECK(lc_text_is(url.rest, "?q"));
}

TEST(refused)
{
    static const char *const bad[] = {
        "", "ftp://a/", "file:///etc/passwd", "http://", "http:///x", "http://a:0/", "http://a:65536/", "http://a:/",
        "http://a:99999999999999999999/", "http://user@a/", "http://a@b:80/", "http://a b/", "http://a\\@b/",
        "http://a/\r\nX: y", "http://[::1", "http://[a]b/", "http://\xc3\xa4/", "http://a,b/", "http://a:80:80/",
        "gopher://a/", "http://%31/", "http://a\t/", "//a/", "javascript:1",
    };
    lc_url url;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(!parses(bad[i], &url));
}

static bool granted(const char *pattern, const char *host, int port)
{
    const char *const patterns[] = {"other.example.com:1", pattern, NULL};
    return lc_host_is_granted(patterns, lc_text_of(host), port);
}

TEST(grants)
{
    CHECK(granted("api.example.com:443", "API.example.com", 443));
    CHECK(!granted("api.example.com:443", "api.example.com", 80));
    CHECK(!granted("api.example.com:443", "api.example.com.", 443));
    CHECK(!granted("api.example.com:443", "xapi.example.com", 443));
    CHECK(granted("*.internal:8080", "a.b.internal", 8080));
    CHECK(!granted("*.internal:8080", "internal", 8080));
    CHECK(!granted("*.internal:8080", ".internal", 8080));
    CHECK(!granted("*.internal:8080", "xinternal", 8080));
    CHECK(granted("*:443", "anything", 443));
    CHECK(granted("a:*", "a", 7));
    CHECK(!granted("a", "a", 80));
    CHECK(!granted("a:80x", "a", 80));
    CHECK(!lc_host_is_granted(NULL, LC_TEXT("a"), 80));
}

int main(void)
{
    RUN(parts);
    RUN(refused);
    RUN(grants);
    return check_report();
}
