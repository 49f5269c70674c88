#include "check.h"
#include "java/decimal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static lc_arena arena;

static lc_decimal parse(const char *text)
{
    lc_decimal value = lc_decimal_of_int64(&arena, 424242, 42);
    CHECK(lc_decimal_parse(&arena, lc_text_of(text), &value));
    return value;
}

static const char *show(lc_decimal value)
{
    return lc_decimal_to_text(&arena, value).data;
}

static const char *hex(lc_decimal value)
{
    static char text[200];
    for (uint32_t i = 0; i < value.len && i < 90; i++) snprintf(text + 2 * i, 3, "%02x", value.unscaled[i]);
    return text;
}

/* parse → toString; "-" when refused. */
static const char *reread(const char *text)
{
    lc_decimal value;
    return lc_decimal_parse(&arena, lc_text_of(text), &value) ? show(value) : "-";
}

TEST(shows_what_it_read)
{
    static const struct {
        const char *text, *shown;
    } CASES[] = {{"0", "0"},
                 {"-0", "0"},
                 {"0.0", "0.0"},
                 {"0.00", "0.00"},
                 {"1", "1"},
                 {"+1", "1"},
                 {"-1", "-1"},
                 {"1.0", "1.0"},
                 {"1.50", "1.50"},
                 {".5", "0.5"},
                 {"5.", "5"},
                 {"-.5", "-0.5"},
                 {"001.10", "1.10"},
                 {"1e3", "1E+3"},
                 {"1E+3", "1E+3"},
                 {"1.5e3", "1.5E+3"},
                 {"15e-1", "1.5"},
                 {"1e-6", "0.000001"},
                 {"1e-7", "1E-7"},
                 {"12e-8", "1.2E-7"},
                 {"0e5", "0E+5"},
                 {"0e-6", "0.000000"},
                 {"0e-7", "0E-7"},
                 {"123456789012345678", "123456789012345678"},
                 {"9223372036854775807", "9223372036854775807"},
                 {"9223372036854775808", "9223372036854775808"},
                 {"-9223372036854775808", "-9223372036854775808"},
                 {"-9223372036854775809", "-9223372036854775809"},
                 {"18446744073709551616", "18446744073709551616"},
                 {"123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"},
                 {"1e2147483647", "1E+2147483647"},
                 {"1e-2147483647", "1E-2147483647"},
                 {"1e2147483648", "-"},
                 {"0.00001e2147483648", "-"},
                 {"12e-2147483647", "1.2E-2147483646"},
                 {"1e0000000000000000000000003", "1E+3"},
                 {"\u0661\u0662.\u0665", "12.5"},
                 {"1e\uff13", "1E+3"},
                 {"", "-"},
                 {" 1", "-"},
                 {"1 ", "-"},
                 {".", "-"},
                 {"+", "-"},
                 {"-", "-"},
                 {"e1", "-"},
                 {".e1", "-"},
                 {"1e", "-"},
                 {"1e+", "-"},
                 {"1e1.5", "-"},
                 {"1.2.3", "-"},
                 {"--1", "-"},
                 {"1f", "-"},
                 {"NaN", "-"},
                 {"0x1", "-"},
                 {"1_0", "-"},
                 {"1e12345678901", "-"},
                 {"1e2147483649", "-"},
                 {"1e-2147483648", "-"},
                 {"1.0e-2147483647", "-"},
                 {"\U0001d7ce", "-"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        CHECK_EQ_STR(reread(CASES[i].text), CASES[i].shown);
}

TEST(big_integers)
{
    lc_decimal value;
    CHECK(lc_bigint_parse(&arena, LC_TEXT("-000123456789012345678901234567890"), &value));
    CHECK_EQ_INT(value.scale, 0);
    CHECK_EQ_STR(show(value), "-123456789012345678901234567890");
    CHECK(!lc_bigint_parse(&arena, LC_TEXT("1.0"), &value));
    CHECK(!lc_bigint_parse(&arena, LC_TEXT("1e5"), &value));
    CHECK(!lc_bigint_parse(&arena, LC_TEXT(""), &value));
    CHECK(!lc_bigint_parse(&arena, LC_TEXT("-"), &value));
    CHECK(!lc_bigint_parse(&arena, LC_TEXT("1 "), &value));
}

TEST(bytes_are_minimal_twos_complement)
{
    static const struct {
        const char *text, *bytes;
    } CASES[] = {{"0", "00"},
                 {"1", "01"},
                 {"-1", "ff"},
                 {"127", "7f"},
                 {"128", "0080"},
                 {"-128", "80"},
                 {"-129", "ff7f"},
                 {"1.56", "009c"},
                 {"255", "00ff"},
                 {"256", "0100"},
                 {"-256", "ff00"},
                 {"9223372036854775807", "7fffffffffffffff"},
                 {"9223372036854775808", "008000000000000000"},
                 {"-9223372036854775808", "8000000000000000"},
                 {"-9223372036854775809", "ff7fffffffffffffff"},
                 {"18446744073709551615", "00ffffffffffffffff"},
                 {"-18446744073709551616", "ff0000000000000000"},
                 {"340282366920938463463374607431768211456", "0100000000000000000000000000000000"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        CHECK_EQ_STR(hex(parse(CASES[i].text)), CASES[i].bytes);
}

TEST(takes_bytes_as_they_are)
{
    static const uint8_t PADDED[] = {0xff, 0xff, 0xff, 0x80}, POSITIVE[] = {0, 0, 0x80}, ZERO[] = {0, 0};
    lc_decimal value;
    CHECK(lc_decimal_of_bytes(PADDED, sizeof PADDED, 1, &value));
    CHECK_EQ_STR(show(value), "-12.8");
    CHECK(value.unscaled == PADDED + 3);
    CHECK(lc_decimal_of_bytes(POSITIVE, sizeof POSITIVE, 0, &value));
    CHECK_EQ_STR(hex(value), "0080");
    CHECK(lc_decimal_of_bytes(ZERO, sizeof ZERO, 2, &value));
    CHECK_EQ_STR(show(value), "0.00");
    CHECK(!lc_decimal_of_bytes("", 0, 0, &value));
    CHECK(lc_decimal_equals(lc_decimal_copy(&arena, value), value));
}

static const char *plain(const char *text)
{
    lc_text shown = {NULL, 0};
    lc_autoptr(lc_error) error = lc_decimal_to_plain(&arena, parse(text), &shown);
    return error ? "limit" : shown.data;
}

TEST(shows_plain_text)
{
    CHECK_EQ_STR(plain("1E+3"), "1000");
    CHECK_EQ_STR(plain("-1.5E+3"), "-1500");
    CHECK_EQ_STR(plain("1E-7"), "0.0000001");
    CHECK_EQ_STR(plain("-12E-8"), "-0.00000012");
    CHECK_EQ_STR(plain("0E+5"), "0");
    CHECK_EQ_STR(plain("0E-2"), "0.00");
    CHECK_EQ_STR(plain("0.10"), "0.10");
    CHECK_EQ_STR(plain("12.34"), "12.34");
    CHECK_EQ_STR(plain("1E+1000000000"), "limit");
    CHECK_EQ_STR(plain("1E-1000000000"), "limit");
    CHECK_EQ_STR(plain("0E+1000000000"), "0");
    CHECK_EQ_STR(lc_decimal_unscaled_text(&arena, parse("-12.34")).data, "-1234");
}

TEST(from_numbers)
{
    lc_decimal value;
    CHECK_EQ_STR(show(lc_decimal_of_int64(&arena, INT64_MIN, 3)), "-9223372036854775.808");
    CHECK_EQ_STR(show(lc_decimal_of_int64(&arena, 1, -4)), "1E+4");
    CHECK(lc_decimal_of_double(&arena, 0.1, &value));
    CHECK_EQ_STR(show(value), "0.1");
    CHECK(lc_decimal_of_double(&arena, 1e10, &value));
    CHECK_EQ_STR(show(value), "1.0E+10");
    CHECK(lc_decimal_of_double(&arena, -0.0, &value));
    CHECK_EQ_STR(show(value), "0.0");
    CHECK(lc_decimal_of_double_exact(&arena, 0.1, &value));
    CHECK_EQ_STR(show(value), "0.1000000000000000055511151231257827021181583404541015625");
    CHECK(lc_decimal_of_double_exact(&arena, -2.5, &value));
    CHECK_EQ_STR(show(value), "-2.5");
    CHECK(lc_decimal_of_double_exact(&arena, 0.0, &value));
    CHECK_EQ_STR(show(value), "0");
    CHECK(lc_decimal_of_double_exact(&arena, 100.0, &value));
    CHECK_EQ_STR(show(value), "100");
    CHECK(lc_decimal_of_double_exact(&arena, 1e23, &value));
    CHECK_EQ_STR(show(value), "99999999999999991611392");
    CHECK(lc_decimal_of_double_exact(&arena, DBL_MAX, &value));
    CHECK(lc_decimal_to_double(&arena, value) == DBL_MAX);
    CHECK_EQ_INT(lc_decimal_precision(&arena, value), 309);
    CHECK(lc_decimal_of_double_exact(&arena, 4.9e-324, &value));
    CHECK_EQ_INT(value.scale, 1074);
    CHECK(lc_decimal_to_double(&arena, value) == 4.9e-324);
    CHECK(!lc_decimal_of_double_exact(&arena, NAN, &value));
    CHECK(!lc_decimal_of_double(&arena, INFINITY, &value));
}

TEST(to_floating_point)
{
    CHECK(lc_decimal_to_double(&arena, parse("1.1")) == 1.1);
    CHECK(lc_decimal_to_double(&arena, parse("-123456789012345678901234567890")) ==
          -123456789012345678901234567890.0);
    CHECK(lc_decimal_to_double(&arena, parse("9007199254740993")) == 9007199254740992.0);
    CHECK(lc_decimal_to_double(&arena, parse("9007199254740993.0000000000000000000000001")) ==
          9007199254740994.0);
    CHECK(lc_decimal_to_double(&arena, parse("1e400")) == INFINITY);
    CHECK(lc_decimal_to_double(&arena, parse("-1e2147483647")) == -INFINITY);
    CHECK(lc_decimal_to_double(&arena, parse("1e-2147483647")) == 0);
    CHECK(lc_decimal_to_float(&arena, parse("1.1")) == 1.1f);
    CHECK(lc_decimal_to_float(&arena, parse("1e39")) == INFINITY);
    CHECK(lc_decimal_to_float(&arena, parse("16777217")) == 16777216.0f);
    CHECK(lc_decimal_to_float(&arena, parse("1.00000017881393432617187500000000000000000000001")) ==
          1.0000002f);
}

TEST(to_int64_drops_and_wraps)
{
    CHECK_EQ_INT(lc_decimal_to_int64(&arena, parse("1.99")), 1);
    CHECK_EQ_INT(lc_decimal_to_int64(&arena, parse("-1.99")), -1);
    CHECK_EQ_INT(lc_decimal_to_int64(&arena, parse("0.999999999999999999999999999999")), 0);
    CHECK_EQ_INT(lc_decimal_to_int64(&arena, parse("18446744073709551617")), 1);
    CHECK_EQ_INT(lc_decimal_to_int64(&arena, parse("-18446744073709551617.5")), -1);
    CHECK_EQ_INT(lc_decimal_to_int64(&arena, parse("9223372036854775808")), INT64_MIN);
    CHECK_EQ_INT(lc_decimal_to_int64(&arena, parse("1e3")), 1000);
    CHECK_EQ_INT(lc_decimal_to_int64(&arena, parse("1e20")), 7766279631452241920);
    CHECK_EQ_INT(lc_decimal_to_int64(&arena, parse("3e63")), INT64_MIN);
    CHECK_EQ_INT(lc_decimal_to_int64(&arena, parse("1e64")), 0);
    CHECK_EQ_INT(lc_decimal_to_int64(&arena, parse("1e1000000000")), 0);
    CHECK_EQ_INT(lc_decimal_to_int64(&arena, parse("1e-1000000000")), 0);
}

static const char *exact(const char *text)
{
    int64_t value;
    if (!lc_decimal_to_int64_exact(&arena, parse(text), &value)) return "-";
    return show(lc_decimal_of_int64(&arena, value, 0));
}

TEST(to_int64_exactly)
{
    static const struct {
        const char *text, *value;
    } CASES[] = {{"1", "1"},
                 {"1.0", "1"},
                 {"1e2", "100"},
                 {"0e999999999", "0"},
                 {"0e-999999999", "0"},
                 {"1.5", "-"},
                 {"9223372036854775807", "9223372036854775807"},
                 {"9223372036854775808", "-"},
                 {"-9223372036854775808.000", "-9223372036854775808"},
                 {"-9223372036854775808", "-9223372036854775808"},
                 {"9223372036854775807.00", "9223372036854775807"},
                 {"9223372036854775808.00", "-"},
                 {"-9223372036854775809.0", "-"},
                 {"9e18", "9000000000000000000"},
                 {"10e18", "-"},
                 {"1e19", "-"},
                 {"-9223372036854775809", "-"},
                 {"1e-1", "-"},
                 {"0.00000000000000000000000000000001", "-"},
                 {"123456789.0000000000000000000000000000000000000", "123456789"},
                 {"99999999999999999999.0", "-"},
                 {"1e1000000000", "-"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        CHECK_EQ_STR(exact(CASES[i].text), CASES[i].value);
}

TEST(is_whole)
{
    CHECK(lc_decimal_is_whole(&arena, parse("1.000")));
    CHECK(lc_decimal_is_whole(&arena, parse("0e-999999999")));
    CHECK(lc_decimal_is_whole(&arena, parse("12e5")));
    CHECK(!lc_decimal_is_whole(&arena, parse("0.5")));
    CHECK(!lc_decimal_is_whole(&arena, parse("1e-999999999")));
    CHECK(lc_decimal_is_whole(&arena, parse("99999999999999999999999999.000000")));
    CHECK(!lc_decimal_is_whole(&arena, parse("99999999999999999999999999.000001")));
}

static int compare(const char *a, const char *b)
{
    int order = lc_decimal_compare(&arena, parse(a), parse(b));
    CHECK_EQ_INT(lc_decimal_compare(&arena, parse(b), parse(a)), -order);
    return order;
}

TEST(compares_by_value)
{
    CHECK_EQ_INT(compare("1.0", "1.00"), 0);
    CHECK_EQ_INT(compare("0", "0e5"), 0);
    CHECK_EQ_INT(compare("-1", "1"), -1);
    CHECK_EQ_INT(compare("0", "1e-999999999"), -1);
    CHECK_EQ_INT(compare("1e999999999", "1e999999998"), 1);
    CHECK_EQ_INT(compare("-1e999999999", "-1e999999998"), -1);
    CHECK_EQ_INT(compare("10", "1e1"), 0);
    CHECK_EQ_INT(compare("1.23", "1.2299999999999999999999999999"), 1);
    CHECK_EQ_INT(compare("-1.23", "-1.2299999999999999999999999999"), -1);
    CHECK_EQ_INT(compare("123456789012345678901234567890", "1.23456789012345678901234567890e29"), 0);
    CHECK_EQ_INT(compare("5", "7"), -1);
    CHECK(lc_decimal_equals(parse("1.0"), parse("1.0")));
    CHECK(!lc_decimal_equals(parse("1.0"), parse("1.00")));
    CHECK_EQ_INT(lc_decimal_signum(parse("-0.001")), -1);
    CHECK_EQ_INT(lc_decimal_signum(parse("0.000")), 0);
    CHECK_EQ_INT(lc_decimal_signum(parse("256")), 1);
    CHECK_EQ_INT(lc_decimal_precision(&arena, parse("0.00")), 1);
    CHECK_EQ_INT(lc_decimal_precision(&arena, parse("-12.50")), 4);
}

static const char *rescale(const char *text, int32_t scale)
{
    lc_decimal value;
    lc_autoptr(lc_error) error = lc_decimal_set_scale(&arena, parse(text), scale, &value);
    if (error)
        return lc_error_code(error) == LC_E_LIMIT  ? "limit"
               : lc_error_message(error)[0] == 'R' ? "inexact"
                                                   : "?";
    CHECK_EQ_INT(value.scale, scale);
    return show(value);
}

TEST(sets_the_scale)
{
    CHECK_EQ_STR(rescale("1.5", 3), "1.500");
    CHECK_EQ_STR(rescale("1.500", 1), "1.5");
    CHECK_EQ_STR(rescale("1.55", 1), "inexact");
    CHECK_EQ_STR(rescale("1500", -2), "1.5E+3");
    CHECK_EQ_STR(rescale("1500", -3), "inexact");
    CHECK_EQ_STR(rescale("0.00", -7), "0E+7");
    CHECK_EQ_STR(rescale("1e-5", 0), "inexact");
    CHECK_EQ_STR(rescale("-1e5", 2), "-100000.00");
    CHECK_EQ_STR(rescale("123456789012345678", 5), "123456789012345678.00000");
    CHECK_EQ_STR(rescale("1", 1000000000), "limit");
    CHECK_EQ_STR(rescale("0", 1000000000), "0E-1000000000");
}

TEST(drops_the_fraction)
{
    lc_decimal value;
    CHECK(!lc_decimal_to_bigint(&arena, parse("-123456789012345678901234567890.99"), &value));
    CHECK_EQ_STR(show(value), "-123456789012345678901234567890");
    CHECK(!lc_decimal_to_bigint(&arena, parse("0.99"), &value));
    CHECK_EQ_STR(show(value), "0");
    CHECK(!lc_decimal_to_bigint(&arena, parse("1e25"), &value));
    CHECK_EQ_STR(show(value), "10000000000000000000000000");
    lc_autoptr(lc_error) error = lc_decimal_to_bigint(&arena, parse("1e1000000000"), &value);
    CHECK(error && lc_error_code(error) == LC_E_LIMIT);
}

TEST(long_values_read_back)
{
    enum { DIGITS = 100000 };
    char *text = malloc(DIGITS + 1);
    for (int i = 0; i < DIGITS; i++) text[i] = (char)('0' + (i * 7 + i / 11 + 3) % 10);
    text[DIGITS] = '\0';
    for (int len = DIGITS; len > 0; len /= 3) {
        lc_decimal value;
        CHECK(lc_decimal_parse(&arena, (lc_text){text, (size_t)len}, &value));
        lc_text shown = lc_decimal_to_text(&arena, value);
        CHECK(lc_text_eq(shown, (lc_text){text, (size_t)len}));
    }
    free(text);
}

int main(void)
{
    RUN(shows_what_it_read);
    RUN(big_integers);
    RUN(bytes_are_minimal_twos_complement);
    RUN(takes_bytes_as_they_are);
    RUN(shows_plain_text);
    RUN(from_numbers);
    RUN(to_floating_point);
    RUN(to_int64_drops_and_wraps);
    RUN(to_int64_exactly);
    RUN(is_whole);
    RUN(compares_by_value);
    RUN(sets_the_scale);
    RUN(drops_the_fraction);
    RUN(long_values_read_back);
    lc_arena_done(&arena);
    return check_report();
}
