#include "check.h"
#include "java/charset.h"

static lc_arena arena;

static const char *hex(lc_text bytes)
{
    static char shown[400];
    shown[0] = '\0';
    for (size_t i = 0; i < bytes.len && i < 190; i++)
        snprintf(shown + 2 * i, 3, "%02x", (unsigned char)bytes.data[i]);
    return shown;
}

static lc_text unhex(const char *digits)
{
    size_t len = strlen(digits) / 2;
    char *bytes = lc_arena_alloc(&arena, len + 1);
    for (size_t i = 0; i < len; i++) {
        unsigned byte;
        sscanf(digits + 2 * i, "%2x", &byte);
        bytes[i] = (char)byte;
    }
    return (lc_text){bytes, len};
}

static const char *decode(const char *name, const char *bytes)
{
    lc_autoptr(lc_charset) charset = NULL;
    lc_autoptr(lc_error) error = lc_charset_open(name, &charset);
    return error ? "unknown" : hex(lc_charset_decode(charset, &arena, unhex(bytes)));
}

static const char *encode(const char *name, const char *text)
{
    lc_autoptr(lc_charset) charset = NULL;
    lc_autoptr(lc_error) error = lc_charset_open(name, &charset);
    return error ? "unknown" : hex(lc_charset_encode(charset, &arena, lc_text_of(text)));
}

static const char *canonical(const char *name)
{
    static char shown[50];
    lc_autoptr(lc_charset) charset = NULL;
    lc_autoptr(lc_error) error = lc_charset_open(name, &charset);
    if (error) {
        CHECK_EQ_INT(lc_error_code(error), LC_E_ILLEGAL_ARGUMENT);
        CHECK_EQ_STR(lc_error_message(error), name);
        return "unknown";
    }
    snprintf(shown, sizeof shown, "%s", lc_charset_name(charset));
    return shown;
}

TEST(finds_names_and_aliases)
{
    CHECK_EQ_STR(canonical("UTF-8"), "UTF-8");
    CHECK_EQ_STR(canonical("utf8"), "UTF-8");
    CHECK_EQ_STR(canonical("Latin1"), "ISO-8859-1");
    CHECK_EQ_STR(canonical("ISO8859_1"), "ISO-8859-1");
    CHECK_EQ_STR(canonical("ascii"), "US-ASCII");
    CHECK_EQ_STR(canonical("utf-16le"), "UTF-16LE");
    CHECK_EQ_STR(canonical("Cp1252"), "Cp1252");
    CHECK_EQ_STR(canonical("windows-1251"), "windows-1251");
    static const char *const UNKNOWN[] = {
        "bogus", "",      " UTF-8",  "UTF-8//IGNORE",
        "UTF-7", "UCS-2", "WCHAR_T", "-x",
        "é",     "x-",    "cp",      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof UNKNOWN[0]; i++)
        CHECK_EQ_STR(canonical(UNKNOWN[i]), "unknown");
}

TEST(valid_utf8_is_not_copied)
{
    lc_text text = lc_text_of("h\u00e9llo \u65e5\u672c \U0001f600 and a good deal of plain text");
    CHECK(lc_utf8_decode(&arena, text).data == text.data);
    CHECK(lc_utf8_encode(&arena, text).data == text.data);
    lc_text none = {NULL, 0};
    CHECK_EQ_INT(lc_utf8_decode(&arena, none).len, 0);
}

TEST(malformed_utf8_is_replaced_as_java_does)
{
    static const struct {
        const char *bytes, *text;
    } CASES[] = {{"41ff42", "41efbfbd42"},
                 {"c0af", "efbfbdefbfbd"},
                 {"c3", "efbfbd"},
                 {"c341", "efbfbd41"},
                 {"e282", "efbfbd"},
                 {"e28241", "efbfbd41"},
                 {"e241", "efbfbd41"},
                 {"e08080", "efbfbdefbfbdefbfbd"},
                 {"eda080", "efbfbd"},
                 {"eda0", "efbfbd"},
                 {"eda041", "efbfbd41"},
                 {"eda080edb080", "efbfbdefbfbd"},
                 {"f09f98", "efbfbd"},
                 {"f09f9841", "efbfbd41"},
                 {"f0808080", "efbfbdefbfbdefbfbdefbfbd"},
                 {"f4908080", "efbfbdefbfbdefbfbdefbfbd"},
                 {"f5808080", "efbfbdefbfbdefbfbdefbfbd"},
                 {"f09f9880ff", "f09f9880efbfbd"},
                 {"80bf", "efbfbdefbfbd"},
                 {"00", "00"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        CHECK_EQ_STR(decode("UTF-8", CASES[i].bytes), CASES[i].text);
        CHECK_EQ_STR(hex(lc_utf8_decode(&arena, unhex(CASES[i].bytes))), CASES[i].text);
    }
}

TEST(lone_surrogates_become_question_marks)
{
    CHECK_EQ_STR(hex(lc_utf8_encode(&arena, unhex("41eda08042"))), "413f42");
    CHECK_EQ_STR(hex(lc_utf8_encode(&arena, unhex("edbfbf"))), "3f");
    CHECK_EQ_STR(hex(lc_utf8_encode(&arena, unhex("eda0bdedb880"))), "f09f9880");
    CHECK_EQ_STR(hex(lc_utf8_encode(&arena, unhex("edb880eda0bd"))), "3f3f");
}

TEST(single_byte_charsets)
{
    CHECK_EQ_STR(decode("US-ASCII", "4180ff"), "41efbfbdefbfbd");
    CHECK_EQ_STR(encode("US-ASCII", "a\u00e9\U0001f600z"), "613f3f7a");
    CHECK_EQ_STR(decode("ISO-8859-1", "4180ff"), "41c280c3bf");
    CHECK_EQ_STR(encode("ISO-8859-1", "\u00e9\u0100\u00ff"), "e93fff");
    CHECK_EQ_STR(decode("windows-1252", "418081"), "41e282acefbfbd");
    CHECK_EQ_STR(encode("windows-1252", "\u20ac\u65e5\U0001f600."), "803f3f2e");
    CHECK_EQ_STR(encode("IBM037", "a\u65e5"), "813f");
    CHECK_EQ_STR(decode("KOI8-R", "c1"), "d0b0");
}

TEST(utf16_and_its_marks)
{
    CHECK_EQ_STR(encode("UTF-16", ""), "");
    CHECK_EQ_STR(encode("UTF-16", "a\U0001f600"), "feff0061d83dde00");
    CHECK_EQ_STR(encode("UTF-16BE", "a"), "0061");
    CHECK_EQ_STR(encode("UTF-16LE", "a\u65e5"), "6100e565");
    CHECK_EQ_STR(encode("x-UTF-16LE-BOM", "a"), "fffe6100");
    CHECK_EQ_STR(hex(unhex(encode("UTF-16BE", "\xed\xa0\x80"))), "fffd");
    CHECK_EQ_STR(decode("UTF-16", "feff0061"), "61");
    CHECK_EQ_STR(decode("UTF-16", "fffe6100"), "61");
    CHECK_EQ_STR(decode("UTF-16", "0061"), "61");
    CHECK_EQ_STR(decode("UTF-16", "feff"), "");
    CHECK_EQ_STR(decode("UTF-16LE", "fffe6100"), "efbbbf61");
    CHECK_EQ_STR(decode("UTF-16BE", "d83dde00"), "f09f9880");
    CHECK_EQ_STR(decode("UTF-16BE", "d83d0041"), "efbfbd");
    CHECK_EQ_STR(decode("UTF-16BE", "de000041"), "efbfbd41");
    CHECK_EQ_STR(decode("UTF-16BE", "0041d83d"), "41efbfbd");
    CHECK_EQ_STR(decode("UTF-16BE", "004100"), "41efbfbd");
}

TEST(utf32_and_its_marks)
{
    CHECK_EQ_STR(encode("UTF-32", "a\U0001f600"), "000000610001f600");
    CHECK_EQ_STR(encode("X-UTF-32LE-BOM", "a"), "fffe000061000000");
    CHECK_EQ_STR(decode("UTF-32", "fffe000061000000"), "61");
    CHECK_EQ_STR(decode("UTF-32BE", "0000feff00000061"), "61");
    CHECK_EQ_STR(decode("UTF-32LE", "fffe000061000000"), "61");
    CHECK_EQ_STR(decode("UTF-32BE", "0011000000000061"), "efbfbd61");
    CHECK_EQ_STR(decode("UTF-32BE", "0000006100"), "61efbfbd");
    CHECK_EQ_STR(decode("UTF-32BE", "0000d83d0000de00"), "f09f9880");
}

TEST(multi_byte_charsets)
{
    CHECK_EQ_STR(encode("Shift_JIS", "\u65e5\u672ca"), "93fa967b61");
    CHECK_EQ_STR(decode("Shift_JIS", "93fa967b61"), "e697a5e69cac61");
    CHECK_EQ_STR(encode("GB18030", "\u65e5\U0001f600"), "c8d59439fc36");
    CHECK_EQ_STR(decode("EUC-JP", "c6fc"), "e697a5");
    CHECK_EQ_STR(decode("EUC-JP", "c6"), "efbfbd");
}

TEST(code_points)
{
    char out[4];
    static const uint32_t POINTS[] = {0, 0x7f, 0x80, 0x7ff, 0x800, 0xd800, 0xffff, 0x10000, 0x10ffff};
    static const size_t LENGTHS[] = {1, 1, 2, 2, 3, 3, 3, 4, 4};
    for (size_t i = 0; i < sizeof POINTS / sizeof POINTS[0]; i++) {
        size_t len = lc_utf8_put(POINTS[i], out), back;
        CHECK_EQ_INT(len, LENGTHS[i]);
        CHECK_EQ_INT(lc_utf8_get(out, &back), POINTS[i]);
        CHECK_EQ_INT(back, len);
    }
    CHECK_EQ_INT(lc_utf8_utf16_len(lc_text_of("a\u00e9\u65e5\U0001f600")), 5);
    CHECK_EQ_INT(lc_utf8_utf16_len(lc_text_of("\xed\xa0\x80")), 1);
}

int main(void)
{
    RUN(finds_names_and_aliases);
    RUN(valid_utf8_is_not_copied);
    RUN(malformed_utf8_is_replaced_as_java_does);
    RUN(lone_surrogates_become_question_marks);
    RUN(single_byte_charsets);
    RUN(utf16_and_its_marks);
    RUN(utf32_and_its_marks);
    RUN(multi_byte_charsets);
    RUN(code_points);
    lc_arena_done(&arena);
    return check_report();
}
