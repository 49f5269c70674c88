/* Errors name the field, from the outermost struct on. */
#include "check.h"
#include "convert/field_path.h"

TEST(names_are_put_in_front)
{
    lc_autoptr(lc_error) error = lc_error_in_field(lc_fail(LC_E_DATA, "Odd (as said)"), "c");
    CHECK_EQ_STR(lc_error_message(error), "Odd (as said) (field c)");
    error = lc_error_in_field(lc_error_in_field(error, "b"), "a (field x");
    CHECK_EQ_STR(lc_error_message(error), "Odd (as said) (field a (field x.b.c)");
    CHECK_EQ_INT(lc_error_code(error), LC_E_DATA);
}

TEST(causes_stay)
{
    lc_error *cause = lc_fail(LC_E_NUMBER_FORMAT, "why");
    lc_autoptr(lc_error) error = lc_error_in_field(lc_wrap(cause, LC_E_SERIALIZATION, "what: "), "f");
    CHECK_EQ_STR(lc_error_message(error), "what:  (field f)");
    CHECK_EQ_STR(lc_error_message(lc_error_cause(error)), "why");
    CHECK(lc_error_cause(lc_error_cause(error)) == NULL);
}

TEST(nothing_and_bare_errors_stay)
{
    CHECK(lc_error_in_field(NULL, "f") == NULL);
    lc_autoptr(lc_error) error = lc_error_in_field(lc_fail_bare(LC_E_NULL_POINTER), "f");
    CHECK(!lc_error_has_message(error));
}

int main(void)
{
    RUN(names_are_put_in_front);
    RUN(causes_stay);
    RUN(nothing_and_bare_errors_stay);
    return check_report();
}
