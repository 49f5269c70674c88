#include "java/decimal_math.h"
#include "check.h"

static lc_decimal decimal(lc_arena *arena, const char *text)
{
    lc_decimal value;
    CHECK(lc_decimal_parse(arena, lc_text_of(text), &value));
    return value;
}

typedef lc_error *binary(lc_arena *, lc_decimal, lc_decimal, lc_decimal *);

static void check_binary(binary *f, const char *a, const char *b, const char *expected)
{
    lc_auto(lc_arena) arena = {0};
    lc_decimal result;
    lc_autoptr(lc_error) error = f(&arena, decimal(&arena, a), decimal(&arena, b), &result);
    CHECK_EQ_STR(error ? lc_error_message(error) : lc_decimal_to_text(&arena, result).data, expected);
}

TEST(sums_and_products)
{
    check_binary(lc_decimal_add, "0.1", "0.2", "0.3");
    check_binary(lc_decimal_add, "18446744073709551615", "1", "18446744073709551616");
    check_binary(lc_decimal_subtract, "1", "1.000", "0.000");
    check_binary(lc_decimal_subtract, "18446744073709551616", "1", "18446744073709551615");
    check_binary(lc_decimal_subtract, "-1", "18446744073709551616", "-18446744073709551617");
    check_binary(lc_decimal_multiply, "-1.50", "2", "-3.00");
    check_binary(lc_decimal_multiply, "0", "-5", "0");
    check_binary(lc_decimal_multiply, "1E+2147483647", "1E+2", "Overflow");
    check_binary(lc_decimal_multiply, "1E-2147483647", "1E-1", "Underflow");
    check_binary(lc_decimal_add, "1E+20000", "1", "Arithmetic on decimals of more than 10000 digits");
}

TEST(exact_quotients)
{
    check_binary(lc_decimal_divide_exact, "1", "8", "0.125");
    check_binary(lc_decimal_divide_exact, "1.00", "0.5", "2.0");
    check_binary(lc_decimal_divide_exact, "0.00", "5", "0.00");
    check_binary(lc_decimal_divide_exact, "-7", "1.25", "-5.6");
    check_binary(lc_decimal_divide_exact, "1", "1024", "0.0009765625");
    check_binary(lc_decimal_divide_exact, "1", "3",
                 "Non-terminating decimal expansion; no exact representable decimal result.");
    check_binary(lc_decimal_divide_exact, "1", "0.0", "Division by zero");
    check_binary(lc_decimal_remainder, "-7.5", "2", "-1.5");
    check_binary(lc_decimal_remainder, "7", "0.30", "0.10");
}

/* Digits of a quotient that are guessed too large at first. */
TEST(corrected_digits)
{
    check_binary(lc_decimal_remainder, "170141183460469231731687303715884105728", "9223372036854775809", "2");
    check_binary(lc_decimal_divide_exact, "1461501637330902918441369320240629288362854842365",
                 "79228162514264337593543950335", "18446744073709551619");
    check_binary(lc_decimal_remainder, "3138550867693340381917894711603833208051177722232017256448",
                 "170141183460469231731687303715884105729", "170141183460469231713240559642174554113");
    check_binary(lc_decimal_remainder, "6277101735386680763495507056286727952620534092958556749824",
                 "340282366920938463463374607431768211455", "340282366920938463463374607431768211454");
}

TEST(rounding_of_halves)
{
    static const char *const expected[] = {"-3", "-2", "-2", "-3", "-3", "-2", "-2"};
    lc_auto(lc_arena) arena = {0};
    for (int mode = LC_ROUND_UP; mode <= LC_ROUND_HALF_EVEN; mode++) {
        lc_decimal result, pair[2] = {decimal(&arena, "-5"), decimal(&arena, "2")};
        CHECK(!lc_decimal_divide(&arena, pair, 0, (lc_rounding)mode, &result));
        CHECK_EQ_STR(lc_decimal_to_text(&arena, result).data, expected[mode]);
    }
}

int main(void)
{
    RUN(sums_and_products);
    RUN(exact_quotients);
    RUN(corrected_digits);
    RUN(rounding_of_halves);
    return check_report();
}
