#include "check.h"
#include "java/properties.h"

#include <stdlib.h>
#include <unistd.h>

/* The parsed text as "key=value@line;…"; the error message when refused. */
static const char *parse_bytes(const char *bytes, size_t len)
{
    static char shown[1000];
    lc_auto(lc_properties) properties = {0};
    lc_autoptr(lc_error) error = lc_properties_parse((lc_text){bytes, len}, "f.properties", &properties);
    size_t at = 0;
    shown[0] = '\0';
    if (error) snprintf(shown, sizeof shown, "%s", lc_error_message(error));
    for (size_t i = 0; i < properties.count && !error; i++) {
        const lc_property *item = &properties.items[i];
        CHECK_EQ_INT(strlen(item->key.data), item->key.len);
        at += (size_t)snprintf(shown + at, sizeof shown - at, "%s=%s@%d;", item->key.data, item->value.data,
                               item->line);
    }
    return shown;
}

static const char *parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

TEST(separators)
{
    CHECK_EQ_STR(parse("a=1\nb:2\nc 3\nd\t4\n"), "a=1@1;b=2@2;c=3@3;d=4@4;");
    CHECK_EQ_STR(parse("a = 1\nb  :  2\nc\t=3\n"), "a=1@1;b=2@2;c=3@3;");
    CHECK_EQ_STR(parse("a==1\nb:=2\nc = =3\n"), "a==1@1;b==2@2;c==3@3;");
    CHECK_EQ_STR(parse("a\nb=\nc:\n=x\n"), "a=@1;b=@2;c=@3;=x@4;");
    CHECK_EQ_STR(parse("a=1  \n  b=2\t"), "a=1  @1;b=2\t@2;");
    CHECK_EQ_STR(parse("a=b=c:d e"), "a=b=c:d e@1;");
}

TEST(comments_and_blank_lines)
{
    CHECK_EQ_STR(parse("# x=1\n  ! y=2\n\n \t\f\na=1 # no comment\n"), "a=1 # no comment@5;");
    CHECK_EQ_STR(parse("# goes on \\\na=1"), "a=1@2;");
    CHECK_EQ_STR(parse(""), "");
    CHECK_EQ_STR(parse("#"), "");
    CHECK_EQ_STR(parse(" "), "");
}

TEST(line_ends)
{
    CHECK_EQ_STR(parse("a=1\r\nb=2\rc=3\nd=4"), "a=1@1;b=2@2;c=3@3;d=4@4;");
    CHECK_EQ_STR(parse("a=1\r\r\nb=2"), "a=1@1;b=2@3;");
}

TEST(continued_lines)
{
    CHECK_EQ_STR(parse("a=1,\\\n    2,\\\r\n\t3\nb=4"), "a=1,2,3@1;b=4@4;");
    CHECK_EQ_STR(parse("a=1\\\\\nb=2"), "a=1\\@1;b=2@2;");
    CHECK_EQ_STR(parse("a=1\\\\\\\n2"), "a=1\\2@1;");
    CHECK_EQ_STR(parse("a=1\\\n\nb=2"), "a=1@1;b=2@3;");
    CHECK_EQ_STR(parse("a=1\\\n# not a comment"), "a=1# not a comment@1;");
    CHECK_EQ_STR(parse("\\\n# a comment\nb=2"), "b=2@3;");
    CHECK_EQ_STR(parse("ke\\\n  y=1"), "key=1@1;");
    CHECK_EQ_STR(parse("a=1\\"), "a=1@1;");
    CHECK_EQ_STR(parse("\\"), "=@1;");
    CHECK_EQ_STR(parse("\\\n"), "=@1;");
}

TEST(escapes)
{
    CHECK_EQ_STR(parse("a\\ b\\:\\=c=x"), "a b:=c=x@1;");
    CHECK_EQ_STR(parse("a=\\t\\n\\r\\f|\\q\\\\\\\"\\ "), "a=\t\n\r\f|q\\\" @1;");
    CHECK_EQ_STR(parse("a=\\ x\nb=\\u0041\\u00e9\\u65e5"), "a= x@1;b=A\u00e9\u65e5@2;");
    CHECK_EQ_STR(parse("a=\\ud83d\\ude00"), "a=\U0001f600@1;");
    CHECK_EQ_STR(parse("a=\\ud83dx\\ude00"), "a=\xed\xa0\xbdx\xed\xb8\x80@1;");
    CHECK_EQ_STR(parse("a=1\n\nb=\\u00g0"), "f.properties, line 3: Malformed \\uxxxx encoding.");
    CHECK_EQ_STR(parse("a\\u12"), "f.properties, line 1: Malformed \\uxxxx encoding.");
    CHECK_EQ_STR(parse("a=\\U0041"), "a=U0041@1;");
}

TEST(last_duplicate_wins)
{
    CHECK_EQ_STR(parse("a=1\nb=2\n\\u0061=3\n"), "a=3@3;b=2@2;");
}

TEST(encodings)
{
    CHECK_EQ_STR(parse("a=\xc3\xa9"), "a=\u00e9@1;");
    CHECK_EQ_STR(parse("a=\xe9"), "a=\u00e9@1;");
    CHECK_EQ_STR(parse("\xef\xbb\xbf"
                       "a=1"),
                 "a=1@1;");
}

TEST(nul_bytes_are_kept)
{
    lc_auto(lc_properties) properties = {0};
    CHECK(!lc_properties_parse(LC_TEXT("a=x\0y\nb=\\u0000"), "f", &properties));
    CHECK_EQ_INT(properties.items[0].value.len, 3);
    CHECK_EQ_INT(properties.items[1].value.len, 1);
}

TEST(files)
{
    char path[] = "/tmp/lc_properties_XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, "a=1\nb=2\n", 8) == 8);
    close(fd);
    lc_auto(lc_properties) properties = {0};
    CHECK(!lc_properties_read(path, &properties));
    CHECK_EQ_STR(lc_properties_get(&properties, "b"), "2");
    CHECK_EQ_STR(lc_properties_get(&properties, "c"), NULL);
    lc_autoptr(lc_props) props = lc_properties_to_props(&properties);
    CHECK_EQ_INT(lc_props_count(props), 2);
    CHECK_EQ_STR(lc_props_get(props, "a"), "1");
    unlink(path);
    lc_auto(lc_properties) none = {0};
    lc_autoptr(lc_error) error = lc_properties_read(path, &none);
    CHECK(error && lc_error_code(error) == LC_E_IO);
}

int main(void)
{
    RUN(separators);
    RUN(comments_and_blank_lines);
    RUN(line_ends);
    RUN(continued_lines);
    RUN(escapes);
    RUN(last_duplicate_wins);
    RUN(encodings);
    RUN(nul_bytes_are_kept);
    RUN(files);
    return check_report();
}
