/* Media types, encoded texts and the table of routes: what needs no server. */
#include <stdlib.h>

#include "check.h"
#include "rest/http.h"

TEST(content_types)
{
    static const struct {
        const char *text;
        lc_media_match match;
    } cases[] = {
        {NULL, LC_MEDIA_ABSENT},
        {"application/json", LC_MEDIA_JSON},
        {" Application/JSON ; charset=utf-8; x=y", LC_MEDIA_JSON},
        {"application/*", LC_MEDIA_ANY},
        {"*/*", LC_MEDIA_ANY},
        {"text/json", LC_MEDIA_OTHER},
        {"application/merge-patch+json", LC_MEDIA_OTHER},
        {"", LC_MEDIA_MALFORMED},
        {"junk", LC_MEDIA_MALFORMED},
        {"a b/c", LC_MEDIA_MALFORMED},
        {"/json", LC_MEDIA_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_EQ_INT(lc_media_content(cases[i].text), cases[i].match);
}

TEST(accepted_types)
{
    static const struct {
        const char *text;
        lc_media_match match;
    } cases[] = {
        {NULL, LC_MEDIA_ABSENT},
        {"", LC_MEDIA_ABSENT},
        {"*", LC_MEDIA_JSON},
        {"text/html, */*;q=0.1", LC_MEDIA_JSON},
        {"text/plain, application/json", LC_MEDIA_JSON},
        {"text/plain", LC_MEDIA_OTHER},
        {"junk", LC_MEDIA_OTHER},
        {",", LC_MEDIA_MALFORMED},
        {"a/b,,c/d", LC_MEDIA_MALFORMED},
        {"application/json;q=2", LC_MEDIA_MALFORMED},
        {"application/json;q=x", LC_MEDIA_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_EQ_INT(lc_media_accept(cases[i].text, "application/json"), cases[i].match);
}

static void check_decoded(const char *text, bool plus, const char *expected)
{
    char *decoded = lc_url_decode(text, strlen(text), plus);
    CHECK_EQ_STR(decoded ? decoded : "(malformed)", expected);
    free(decoded);
}

TEST(encoded_texts)
{
    check_decoded("a%2Fb%c3%a9", false, "a/b\xc3\xa9");
    check_decoded("a+b", false, "a+b");
    check_decoded("a+b%2B", true, "a b+");
    static const char *const malformed[] = {"%", "%4", "a%zz", "%00", "%ff", "%ed%a0%80"};
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
        check_decoded(malformed[i], false, "(malformed)");
}

TEST(routes_are_told_apart)
{
    for (const lc_route *a = lc_routes; a->method; a++) {
        CHECK(a->summary[strlen(a->summary) - 1] == '.');
        CHECK(a->flags & (LC_ROUTE_MAIN | LC_ROUTE_ADMIN));
        for (const lc_route *b = a + 1; b->method; b++)
            CHECK(strcmp(a->method, b->method) || strcmp(a->pattern, b->pattern));
    }
}

int main(void)
{
    RUN(content_types);
    RUN(accepted_types);
    RUN(encoded_texts);
    RUN(routes_are_told_apart);
    return check_report();
}
