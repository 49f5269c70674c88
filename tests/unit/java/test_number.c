#include "check.h"
#include "java/number.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

static const char *show_double(double value)
{
    static char text[LC_DOUBLE_TEXT + 1];
    text[lc_double_to_text(value, text)] = '\0';
    return text;
}

static const char *show_float(float value)
{
    static char text[LC_DOUBLE_TEXT + 1];
    text[lc_float_to_text(value, text)] = '\0';
    return text;
}

static const char *show_int64(int64_t value)
{
    static char text[LC_INT64_TEXT + 1];
    text[lc_int64_to_text(value, text)] = '\0';
    return text;
}

/* What reading `text` gives, shown again; "-" when it is refused. */
static const char *reread_double(const char *text)
{
    double value;
    return lc_parse_double(lc_text_of(text), &value) ? show_double(value) : "-";
}

static const char *reread_float(const char *text)
{
    float value;
    return lc_parse_float(lc_text_of(text), &value) ? show_float(value) : "-";
}

static uint64_t random_bits(void)
{
    static uint64_t state = 0x853c49e6748fea9bu;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1du;
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t float_bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

TEST(shows_doubles_as_java)
{
    static const struct {
        double value;
        const char *text;
    } CASES[] = {{0.0, "0.0"},
                 {-0.0, "-0.0"},
                 {1.0, "1.0"},
                 {-1.0, "-1.0"},
                 {10.0, "10.0"},
                 {100.5, "100.5"},
                 {0.1, "0.1"},
                 {0.001, "0.001"},
                 {0.00123, "0.00123"},
                 {0.000999, "9.99E-4"},
                 {1e-5, "1.0E-5"},
                 {1e7, "1.0E7"},
                 {9999999.0, "9999999.0"},
                 {1234567.125, "1234567.125"},
                 {12345678.0, "1.2345678E7"},
                 {1e10, "1.0E10"},
                 {1e21, "1.0E21"},
                 {1e22, "1.0E22"},
                 {1e23, "1.0E23"},
                 {2e23, "2.0E23"},
                 {2e-3, "0.002"},
                 {3.141592653589793, "3.141592653589793"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {1.7976931348623157e308, "1.7976931348623157E308"},
                 {2.2250738585072014e-308, "2.2250738585072014E-308"},
                 {4.9e-324, "4.9E-324"},
                 {9.9e-324, "9.9E-324"},
                 {1.5e-323, "1.5E-323"},
                 {2e-323, "2.0E-323"},
                 {9007199254740991.0, "9.007199254740991E15"},
                 {9007199254740993.0, "9.007199254740992E15"},
                 {9.5367431640625e-7, "9.5367431640625E-7"},
                 {8.41e21, "8.41E21"},
                 {2.0e-44, "2.0E-44"},
                 {123456789012345680.0, "1.2345678901234568E17"},
                 {INFINITY, "Infinity"},
                 {-INFINITY, "-Infinity"},
                 {NAN, "NaN"},
                 {-NAN, "NaN"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        CHECK_EQ_STR(show_double(CASES[i].value), CASES[i].text);
}

TEST(shows_floats_as_java)
{
    static const struct {
        float value;
        const char *text;
    } CASES[] = {{0.0f, "0.0"},
                 {-0.0f, "-0.0"},
                 {1.0f, "1.0"},
                 {3.1415927f, "3.1415927"},
                 {0.1f, "0.1"},
                 {1e10f, "1.0E10"},
                 {1.0e-3f, "0.001"},
                 {3.4028235e38f, "3.4028235E38"},
                 {1.17549435e-38f, "1.1754944E-38"},
                 {1.4e-45f, "1.4E-45"},
                 {2.8e-45f, "2.8E-45"},
                 {7.0e-45f, "7.0E-45"},
                 {9.8e-45f, "9.8E-45"},
                 {1.1e-44f, "1.1E-44"},
                 {16777216.0f, "1.6777216E7"},
                 {33554432.0f, "3.3554432E7"},
                 {8388608.0f, "8388608.0"},
                 {1.0e7f, "1.0E7"},
                 {9999999.0f, "9999999.0"},
                 {-INFINITY, "-Infinity"},
                 {NAN, "NaN"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        CHECK_EQ_STR(show_float(CASES[i].value), CASES[i].text);
}

TEST(shows_whole_numbers)
{
    CHECK_EQ_STR(show_int64(0), "0");
    CHECK_EQ_STR(show_int64(-1), "-1");
    CHECK_EQ_STR(show_int64(INT64_MAX), "9223372036854775807");
    CHECK_EQ_STR(show_int64(INT64_MIN), "-9223372036854775808");
    int64_t power = 1;
    for (int i = 0; i < 19; i++, power *= 10) {
        for (int64_t near = power - 1; near <= power + 1; near++) {
            char want[32];
            snprintf(want, sizeof want, "%" PRId64, near);
            CHECK_EQ_STR(show_int64(near), want);
        }
        if (i == 18) break;
    }
}

/* Digits without sign, point, exponent and zeros at either end: "1.50E10" → 2. */
static int significant_digits(const char *text)
{
    int count = 0, zeros = 0;
    for (; *text && *text != 'E' && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (count == 0 && *text == '0')) continue;
        zeros = *text == '0' ? zeros + 1 : 0;
        count++;
    }
    return count - zeros;
}

/* The fewest digits that read back, and the nearest text among those, found by trying each length. */
static void check_shortest_double(double value)
{
    char text[LC_DOUBLE_TEXT + 1], tried[40];
    double back;
    text[lc_double_to_text(value, text)] = '\0';
    CHECK(lc_parse_double(lc_text_of(text), &back) && bits_of(back) == bits_of(value));
    CHECK(bits_of(strtod(text, NULL)) == bits_of(value));
    int digits = 1;
    do snprintf(tried, sizeof tried, "%.*e", digits - 1, value);
    while (strtod(tried, NULL) != value && digits++ < 17);
    if (digits == 1) snprintf(tried, sizeof tried, "%.1e", value);
    int want = significant_digits(tried), got = significant_digits(text);
    /* The nearest of this length may be rounded out of the interval while another one is inside. */
    if (got < want) CHECK(digits > got);
    else CHECK(got == want && strtod(tried, NULL) == strtod(text, NULL));
}

TEST(doubles_are_shortest_and_read_back)
{
    for (int i = 0; i < 100000; i++) {
        double value = double_of(random_bits());
        if (isfinite(value) && value != 0) check_shortest_double(value);
        check_shortest_double((double)(random_bits() % 1000000 + 1) / 100);
        check_shortest_double(ldexp(1.0, (int)(random_bits() % 2098) - 1074));
        check_shortest_double(double_of(random_bits() >> 12 | 1));
    }
}

static void check_shortest_float(float value)
{
    char text[LC_DOUBLE_TEXT + 1], tried[40];
    float back;
    text[lc_float_to_text(value, text)] = '\0';
    CHECK(lc_parse_float(lc_text_of(text), &back) && float_bits_of(back) == float_bits_of(value));
    int digits = 1;
    do snprintf(tried, sizeof tried, "%.*e", digits - 1, (double)value);
    while (strtof(tried, NULL) != value && digits++ < 9);
    if (digits == 1) snprintf(tried, sizeof tried, "%.1e", (double)value);
    CHECK(significant_digits(text) <= significant_digits(tried));
}

TEST(floats_are_shortest_and_read_back)
{
    for (int i = 0; i < 200000; i++) {
        float value = float_of((uint32_t)random_bits());
        if (isfinite(value) && value != 0) check_shortest_float(value);
    }
    for (int i = 1; i < 255; i++) check_shortest_float(float_of((uint32_t)i << 23));
}

TEST(reads_javas_floating_point_grammar)
{
    static const struct {
        const char *text, *value;
    } CASES[] = {{"1", "1.0"},
                 {" \t1.5\n", "1.5"},
                 {"+1.5", "1.5"},
                 {"-1.5", "-1.5"},
                 {".5", "0.5"},
                 {"5.", "5.0"},
                 {"1e3", "1000.0"},
                 {"1E+3", "1000.0"},
                 {"1e-3", "0.001"},
                 {"1d", "1.0"},
                 {"1D", "1.0"},
                 {"1f", "1.0"},
                 {"1.5F", "1.5"},
                 {"NaN", "NaN"},
                 {"-NaN", "NaN"},
                 {"+NaN", "NaN"},
                 {"Infinity", "Infinity"},
                 {"-Infinity", "-Infinity"},
                 {"-0", "-0.0"},
                 {"-0.0e999999999999999999999", "-0.0"},
                 {"0x1p3", "8.0"},
                 {"0x1.8p1", "3.0"},
                 {"0X.8P1d", "1.0"},
                 {"-0x1.p-1", "-0.5"},
                 {"0x1.fffffffffffff8p0", "2.0"},
                 {"0x1.fffffffffffff7ffp0", "1.9999999999999998"},
                 {"0x1p-1074", "4.9E-324"},
                 {"0x1p-1075", "0.0"},
                 {"0x1.0000000000000000000001p-1075", "4.9E-324"},
                 {"0x1p1024", "Infinity"},
                 {"0x0p99999999999", "0.0"},
                 {"0x1p99999999999", "Infinity"},
                 {"0x1p-99999999999", "0.0"},
                 {"1e400", "Infinity"},
                 {"1e-400", "0.0"},
                 {"1e99999999999999999999", "Infinity"},
                 {"1e-99999999999999999999", "0.0"},
                 {"0000000000000000000000000000001.5", "1.5"},
                 {"0.00000000000000000000000000000015", "1.5E-31"},
                 {"9007199254740993", "9.007199254740992E15"},
                 {"9007199254740993.00000000000000000000000000001", "9.007199254740994E15"},
                 {"2.2250738585072011e-308", "2.225073858507201E-308"},
                 {"2.4703282292062327208e-324", "0.0"},
                 {"2.4703282292062328e-324", "4.9E-324"},
                 {"1.7976931348623158e308", "1.7976931348623157E308"},
                 {"1.7976931348623159e308", "Infinity"},
                 {"179769313486231580793e289", "Infinity"},
                 {"", "-"},
                 {" ", "-"},
                 {".", "-"},
                 {"+", "-"},
                 {"-", "-"},
                 {"e5", "-"},
                 {".e5", "-"},
                 {"1e", "-"},
                 {"1e+", "-"},
                 {"1 2", "-"},
                 {"1_0", "-"},
                 {"nan", "-"},
                 {"inf", "-"},
                 {"INFINITY", "-"},
                 {"1ff", "-"},
                 {"Infinityd", "-"},
                 {"0x", "-"},
                 {"0x1", "-"},
                 {"0xp1", "-"},
                 {"0x.p1", "-"},
                 {"0x1.1.1p1", "-"},
                 {"0x1p", "-"},
                 {"--1", "-"},
                 {"+-1", "-"},
                 {"1.2.3", "-"},
                 {"\xc2\xa0"
                  "1",
                  "-"},
                 {"0x1p1e1", "-"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        CHECK_EQ_STR(reread_double(CASES[i].text), CASES[i].value);
}

TEST(reads_floats_directly)
{
    CHECK_EQ_STR(reread_float("1.1"), "1.1");
    CHECK_EQ_STR(reread_float("1e40"), "Infinity");
    CHECK_EQ_STR(reread_float("1e-50"), "0.0");
    CHECK_EQ_STR(reread_float("-0"), "-0.0");
    CHECK_EQ_STR(reread_float("x"), "-");
    /* Halfway between two floats but for a digit that a double drops. */
    CHECK_EQ_STR(reread_float("1.00000017881393432617187500000000000000000000001"), "1.0000002");
    CHECK_EQ_STR(reread_float("1.000000178813934326171874999999999999999999999"), "1.0000001");
    CHECK_EQ_STR(reread_float("0x1.000003p0"), "1.0000002");
    CHECK_EQ_STR(reread_float("0x1.0000050000000000001p0"), "1.0000004");
    CHECK_EQ_STR(reread_float("0x1p-149"), "1.4E-45");
    CHECK_EQ_STR(reread_float("0x1p-150"), "0.0");
    CHECK_EQ_STR(reread_float("0x1.fffffffp127"), "Infinity");
}

/* The exact decimal of a midpoint between two doubles, and that with its last digit one up or down. */
static void check_around_midpoint(uint64_t bits)
{
    char text[1500];
    double low = double_of(bits), high = double_of(bits + 1);
    /* Long double holds 64 bits, so the midpoint of 53-bit values is exact in it. */
    int len = snprintf(text, sizeof text, "%.1080Lf", ((long double)low + (long double)high) / 2);
    double even = bits & 1 ? high : low, got;
    CHECK(lc_parse_double((lc_text){text, (size_t)len}, &got) && got == even);
    text[len - 1] = '1';
    CHECK(lc_parse_double((lc_text){text, (size_t)len}, &got) && got == high);
    CHECK(strtod(text, NULL) == got);
}

TEST(rounds_long_texts_exactly)
{
    for (int i = 0; i < 2000; i++) {
        check_around_midpoint((random_bits() % 0x7fe) << 52 | random_bits() >> 12);
        check_around_midpoint(random_bits() >> 12);
    }
    check_around_midpoint(0);
}

TEST(agrees_with_the_c_library)
{
    for (int i = 0; i < 300000; i++) {
        char text[64];
        uint64_t digits = random_bits() >> (random_bits() % 64);
        int exponent = (int)(random_bits() % 700) - 360;
        snprintf(text, sizeof text, "%" PRIu64 "%" PRIu64 "e%d", digits,
                 random_bits() >> (random_bits() % 64), exponent);
        double value = -1;
        CHECK(lc_parse_double(lc_text_of(text), &value) && bits_of(value) == bits_of(strtod(text, NULL)));
        snprintf(text, sizeof text, "%" PRIu64 ".%" PRIu64 "e%d", digits, random_bits() % 1000, exponent / 8);
        float narrow = -1;
        CHECK(lc_parse_double(lc_text_of(text), &value) && bits_of(value) == bits_of(strtod(text, NULL)));
        CHECK(lc_parse_float(lc_text_of(text), &narrow) &&
              float_bits_of(narrow) == float_bits_of(strtof(text, NULL)));
    }
}

TEST(ignores_the_locale)
{
    setlocale(LC_ALL, "de_DE.UTF-8");
    CHECK_EQ_STR(reread_double("1234567890123456789012345678901234567890.5"), "1.2345678901234568E39");
    setlocale(LC_ALL, "C");
}

static const char *reread_int(const char *text, int64_t min, int64_t max)
{
    int64_t value;
    return lc_parse_int(lc_text_of(text), min, max, &value) ? show_int64(value) : "-";
}

TEST(reads_whole_numbers)
{
    CHECK_EQ_STR(reread_int("0", INT32_MIN, INT32_MAX), "0");
    CHECK_EQ_STR(reread_int("+12", INT32_MIN, INT32_MAX), "12");
    CHECK_EQ_STR(reread_int("-0", INT32_MIN, INT32_MAX), "0");
    CHECK_EQ_STR(reread_int("00000000000000000000000000007", INT8_MIN, INT8_MAX), "7");
    CHECK_EQ_STR(reread_int("127", INT8_MIN, INT8_MAX), "127");
    CHECK_EQ_STR(reread_int("128", INT8_MIN, INT8_MAX), "-");
    CHECK_EQ_STR(reread_int("-128", INT8_MIN, INT8_MAX), "-128");
    CHECK_EQ_STR(reread_int("-129", INT8_MIN, INT8_MAX), "-");
    CHECK_EQ_STR(reread_int("9223372036854775807", INT64_MIN, INT64_MAX), "9223372036854775807");
    CHECK_EQ_STR(reread_int("9223372036854775808", INT64_MIN, INT64_MAX), "-");
    CHECK_EQ_STR(reread_int("-9223372036854775808", INT64_MIN, INT64_MAX), "-9223372036854775808");
    CHECK_EQ_STR(reread_int("-9223372036854775809", INT64_MIN, INT64_MAX), "-");
    CHECK_EQ_STR(reread_int("99999999999999999999999999", INT64_MIN, INT64_MAX), "-");
    CHECK_EQ_STR(reread_int("\u0663\u0664", INT32_MIN, INT32_MAX), "34");
    CHECK_EQ_STR(reread_int("-\uff11\uff12"
                            "3",
                            INT32_MIN, INT32_MAX),
                 "-123");
    static const char *const REFUSED[] = {"",    "+",   "-",  " 1",     "1 ",   "1_0",      "0x1",
                                          "1.0", "+-1", "1L", "\u00b2", "\xff", "\xe0\xa5", "\U0001d7ce"};
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++)
        CHECK_EQ_STR(reread_int(REFUSED[i], INT64_MIN, INT64_MAX), "-");
}

/* The scan as text: "int 1 @1", "big 1 1.0E19 @20", "real 1.5 @3", "none @1". */
static const char *scan(const char *text)
{
    static char shown[128];
    lc_number number;
    bool ok = lc_scan_number(text, text + strlen(text), &number);
    int at = (int)(number.end - text);
    if (!ok) snprintf(shown, sizeof shown, "none @%d", at);
    else if (!number.integral) snprintf(shown, sizeof shown, "real %s @%d", show_double(number.f64), at);
    else if (!number.overflow) snprintf(shown, sizeof shown, "int %" PRId64 " @%d", number.i64, at);
    else snprintf(shown, sizeof shown, "big %" PRId64 " %s @%d", number.i64, show_double(number.f64), at);
    return shown;
}

TEST(scans_json_numbers)
{
    static const struct {
        const char *text, *found;
    } CASES[] = {{"0", "int 0 @1"},
                 {"-0", "int 0 @2"},
                 {"12,", "int 12 @2"},
                 {"-12}", "int -12 @3"},
                 {"007", "int 7 @3"},
                 {"9223372036854775807", "int 9223372036854775807 @19"},
                 {"-9223372036854775808", "int -9223372036854775808 @20"},
                 {"9223372036854775808", "big -9223372036854775808 9.223372036854776E18 @19"},
                 {"-9223372036854775809", "big 9223372036854775807 -9.223372036854776E18 @20"},
                 {"18446744073709551617", "big 1 1.8446744073709552E19 @20"},
                 {"000000000000000000000000000000000000001", "int 1 @39"},
                 {"1.5", "real 1.5 @3"},
                 {"-1.5e3x", "real -1500.0 @6"},
                 {"1e2", "real 100.0 @3"},
                 {"1E+2", "real 100.0 @4"},
                 {"1e-2", "real 0.01 @4"},
                 {"-0.0", "real 0.0 @4"},
                 {"1e400", "real Infinity @5"},
                 {"0e5", "real 0.0 @3"},
                 {"-1e400", "real -Infinity @6"},
                 {"123456789012345678901234567890.5", "real 1.2345678901234568E29 @32"},
                 {"", "none @0"},
                 {"-", "none @1"},
                 {"+1", "none @0"},
                 {".5", "none @0"},
                 {"1.", "none @2"},
                 {"1.x", "none @2"},
                 {"1e", "none @2"},
                 {"1e+", "none @3"},
                 {"1ex", "none @2"},
                 {"-x", "none @1"},
                 {"1.e5", "none @2"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        CHECK_EQ_STR(scan(CASES[i].text), CASES[i].found);
}

/* What JsonConverter refuses for its size. */
TEST(scans_measure_numbers)
{
    static const struct {
        const char *text;
        size_t digits;
        bool no_decimal;
    } CASES[] = {{"12", 2, false},
                 {"-1.50", 3, false},
                 {"1e-10", 3, false},
                 {"1e2147483647", 11, false},
                 {"1e2147483648", 11, true},
                 {"1.0e-2147483647", 12, true},
                 {"0e99999999999999999999999", 24, true},
                 {"123456789012345678901234567890", 30, false}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        lc_number number;
        CHECK(lc_scan_number(CASES[i].text, CASES[i].text + strlen(CASES[i].text), &number));
        CHECK_EQ_INT(number.digits, CASES[i].digits);
        CHECK_EQ_INT(number.no_decimal, CASES[i].no_decimal);
    }
}

TEST(narrows_as_java)
{
    CHECK_EQ_INT(lc_double_to_int64(1.9), 1);
    CHECK_EQ_INT(lc_double_to_int64(-1.9), -1);
    CHECK_EQ_INT(lc_double_to_int64(NAN), 0);
    CHECK_EQ_INT(lc_double_to_int64(1e300), INT64_MAX);
    CHECK_EQ_INT(lc_double_to_int64(-INFINITY), INT64_MIN);
    CHECK_EQ_INT(lc_double_to_int64(0x1p63), INT64_MAX);
    CHECK_EQ_INT(lc_double_to_int64(-0x1p63), INT64_MIN);
    CHECK_EQ_INT(lc_double_to_int32(2147483647.5), INT32_MAX);
    CHECK_EQ_INT(lc_double_to_int32(-2147483648.5), INT32_MIN);
    CHECK_EQ_INT(lc_double_to_int32(2147483646.9), 2147483646);
    CHECK_EQ_INT(lc_double_to_int32(NAN), 0);
}

int main(void)
{
    RUN(shows_doubles_as_java);
    RUN(shows_floats_as_java);
    RUN(shows_whole_numbers);
    RUN(doubles_are_shortest_and_read_back);
    RUN(floats_are_shortest_and_read_back);
    RUN(reads_javas_floating_point_grammar);
    RUN(reads_floats_directly);
    RUN(rounds_long_texts_exactly);
    RUN(agrees_with_the_c_library);
    RUN(ignores_the_locale);
    RUN(reads_whole_numbers);
    RUN(scans_json_numbers);
    RUN(scans_measure_numbers);
    RUN(narrows_as_java);
    return check_report();
}
