#include "base/error.h"

#include <stdlib.h>

#include "check.h"

static lc_error *fails(bool fail)
{
    return fail ? lc_fail(LC_E_DATA, "bad %s %d", "thing", 7) : NULL;
}

static lc_error *tries(bool fail)
{
    LC_TRY(fails(fail));
    return lc_fail_bare(LC_E_NULL_POINTER);
}

TEST(carries_code_and_message)
{
    lc_autoptr(lc_error) error = tries(true);
    CHECK_EQ_STR(lc_error_message(error), "bad thing 7");
    CHECK_EQ_INT(lc_error_code(error), LC_E_DATA);
    CHECK_EQ_STR(lc_error_java_class(error), "org.apache.kafka.connect.errors.DataException");
    CHECK_EQ_INT(lc_error_http_status(error), 500);
    CHECK(!lc_error_is_retriable(error));
}

TEST(bare_has_no_message)
{
    lc_autoptr(lc_error) error = tries(false);
    CHECK(!lc_error_has_message(error));
    CHECK_EQ_STR(lc_error_message(error), "");
    CHECK_EQ_INT(lc_error_code(NULL), LC_OK);
    CHECK_EQ_STR(lc_error_message(NULL), "");
    lc_error_free(NULL);
}

TEST(prints_like_a_java_trace)
{
    lc_error *cause = lc_fail(LC_E_NUMBER_FORMAT, "For input string: \"x\"");
    lc_error_set_where(cause, "a.lua:3");
    lc_error_set_stage(cause, LC_STAGE_TRANSFORMATION);
    lc_autoptr(lc_error) error = lc_wrap(cause, LC_E_CONNECT, "Tolerance exceeded in error handler");
    char *text = lc_error_to_text(error);
    CHECK_EQ_STR(text,
                 "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler\n"
                 "Caused by: java.lang.NumberFormatException: For input string: \"x\"\n"
                 "\tat a.lua:3\n");
    free(text);
    CHECK_EQ_INT(lc_error_stage(error), LC_STAGE_TRANSFORMATION);
    CHECK_EQ_STR(lc_stage_name(lc_error_stage(error)), "TRANSFORMATION");
    CHECK_EQ_INT(lc_error_code(lc_error_cause(error)), LC_E_NUMBER_FORMAT);
}

TEST(copies_deeply)
{
    lc_error *cause = lc_fail_text(LC_E_IO, "disk", 4);
    lc_error_set_trace(cause, "trace");
    lc_error *error = lc_wrap(cause, LC_E_RETRIABLE, "again");
    lc_error_set_retriable(error, false);
    lc_autoptr(lc_error) copy = lc_error_copy(error);
    lc_error_free(error);
    CHECK_EQ_STR(lc_error_message(copy), "again");
    CHECK(!lc_error_is_retriable(copy));
    CHECK_EQ_STR(lc_error_trace(lc_error_cause(copy)), "trace");
    CHECK(lc_error_copy(NULL) == NULL);
}

TEST(knows_java_classes)
{
    CHECK_EQ_INT(lc_code_of_java_class("DataException"), LC_E_DATA);
    CHECK_EQ_INT(lc_code_of_java_class("java.lang.NullPointerException"), LC_E_NULL_POINTER);
    CHECK_EQ_INT(lc_code_of_java_class("Exception"), LC_OK);
    for (int code = LC_OK + 1; code < LC_E_COUNT; code++)
        CHECK(strchr(lc_code_java_class((lc_code)code), '.'));
    CHECK_EQ_STR(lc_code_name(LC_E_LIMIT), "LC_E_LIMIT");
}

int main(void)
{
    RUN(carries_code_and_message);
    RUN(bare_has_no_message);
    RUN(prints_like_a_java_trace);
    RUN(copies_deeply);
    RUN(knows_java_classes);
    return check_report();
}
