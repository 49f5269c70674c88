#include "check.h"
#include "data/value.h"

#include <math.h>

static lc_types *types;
static lc_arena arena;

static void check_cast(const lc_schema *schema, lc_value from, lc_type target, lc_value expected)
{
    lc_value to = lc_value_null();
    lc_error *error = lc_value_cast(&arena, schema, &from, target, &to);
    CHECK(error == NULL);
    CHECK(lc_value_equal(&to, &expected));
    if (!error && !lc_value_equal(&to, &expected)) {
        fprintf(stderr, "  cast of %s to %s gave %s\n", lc_value_to_text_arena(&arena, &from).data,
                lc_type_name(target), lc_value_to_text_arena(&arena, &to).data);
    }
    lc_error_free(error);
}

static void check_fails(const lc_schema *schema, lc_value from, lc_type target, const char *message)
{
    lc_value to = lc_value_null();
    lc_autoptr(lc_error) error = lc_value_cast(&arena, schema, &from, target, &to);
    CHECK_EQ_STR(error ? lc_error_message(error) : "no error", message);
    CHECK_EQ_INT(lc_error_code(error), LC_E_DATA);
}

static lc_value text(const char *s)
{
    return lc_value_text(lc_text_of(s));
}

static lc_value int_of(lc_type type, int64_t i)
{
    return lc_value_int((uint8_t)type, i);
}

static lc_value decimal(const char *s)
{
    lc_decimal *d = lc_arena_alloc(&arena, sizeof *d);
    CHECK(lc_decimal_parse(&arena, lc_text_of(s), d));
    return (lc_value){.kind = LC_DECIMAL, .u.decimal = d};
}

TEST(numbers_narrow_as_in_java)
{
    check_cast(NULL, int_of(LC_TYPE_INT64, 300), LC_TYPE_INT8, int_of(LC_TYPE_INT8, 44));
    check_cast(NULL, int_of(LC_TYPE_INT64, 0x123456789), LC_TYPE_INT32, int_of(LC_TYPE_INT32, 0x23456789));
    check_cast(NULL, lc_value_double(-3.99), LC_TYPE_INT64, int_of(LC_TYPE_INT64, -3));
    check_cast(NULL, lc_value_double(NAN), LC_TYPE_INT32, int_of(LC_TYPE_INT32, 0));
    check_cast(NULL, lc_value_double(1e300), LC_TYPE_INT64, int_of(LC_TYPE_INT64, INT64_MAX));
    check_cast(NULL, lc_value_double(1e300), LC_TYPE_INT32, int_of(LC_TYPE_INT32, INT32_MAX));
    check_cast(NULL, lc_value_double(1e300), LC_TYPE_INT16, int_of(LC_TYPE_INT16, -1));
    check_cast(NULL, lc_value_double(-1e300), LC_TYPE_INT8, int_of(LC_TYPE_INT8, 0));
    check_cast(NULL, lc_value_float(300.7f), LC_TYPE_INT8, int_of(LC_TYPE_INT8, 44));
    check_cast(NULL, lc_value_double(1e40), LC_TYPE_FLOAT32, lc_value_float(INFINITY));
    check_cast(NULL, int_of(LC_TYPE_INT64, 0x7fffffbfffffffff), LC_TYPE_FLOAT32,
               lc_value_float(9.223371487098962e18f));
    check_cast(NULL, lc_value_bool(true), LC_TYPE_FLOAT64, lc_value_double(1));
    check_cast(NULL, lc_value_bool(true), LC_TYPE_INT16, int_of(LC_TYPE_INT16, 1));
    check_cast(NULL, lc_value_null(), LC_TYPE_INT16, lc_value_null());
}

TEST(decimals_are_numbers_with_a_schema)
{
    lc_schema_spec spec = {
        .type = LC_TYPE_BYTES, .name = LC_TEXT(LC_DECIMAL_NAME), .has_version = true, .version = 1};
    const lc_schema *schema = lc_schema_primitive(types, LC_TYPE_BYTES, false);
    lc_error *error = lc_schema_intern(types, &spec, &schema);
    CHECK(error == NULL);
    check_cast(schema, decimal("12.50"), LC_TYPE_INT32, int_of(LC_TYPE_INT32, 12));
    check_cast(schema, decimal("12.50"), LC_TYPE_FLOAT64, lc_value_double(12.5));
    check_cast(schema, decimal("12.50"), LC_TYPE_STRING, text("12.50"));
    check_cast(schema, decimal("1E+3"), LC_TYPE_STRING, text("1E+3"));
    check_cast(schema, decimal("0.9"), LC_TYPE_BOOLEAN, lc_value_bool(false));
    check_cast(schema, decimal("18446744073709551617"), LC_TYPE_INT8, int_of(LC_TYPE_INT8, 1));
    check_fails(
        NULL, decimal("1"), LC_TYPE_INT32,
        "Cast transformation was passed a value of type class java.math.BigDecimal which is not supported by "
        "Connect's data API");
}

TEST(texts_are_parsed)
{
    check_cast(NULL, text("+12"), LC_TYPE_INT8, int_of(LC_TYPE_INT8, 12));
    check_cast(NULL, text(" 1.5f "), LC_TYPE_FLOAT64, lc_value_double(1.5));
    check_cast(NULL, text("0x1.8p1"), LC_TYPE_FLOAT32, lc_value_float(3));
    check_cast(NULL, text("TRUE"), LC_TYPE_BOOLEAN, lc_value_bool(true));
    check_cast(NULL, text("yes"), LC_TYPE_BOOLEAN, lc_value_bool(false));
    check_fails(NULL, text(" 12"), LC_TYPE_INT32, "Value ( 12) was out of range for requested data type");
    check_fails(NULL, text("300"), LC_TYPE_INT8, "Value (300) was out of range for requested data type");
    check_fails(NULL, text("3.7"), LC_TYPE_INT64, "Value (3.7) was out of range for requested data type");
    check_fails(NULL, text(""), LC_TYPE_FLOAT32, "Value () was out of range for requested data type");
}

static const char *cause_of(const char *from, lc_type target)
{
    lc_value value = text(from), to;
    lc_autoptr(lc_error) error = lc_value_cast(&arena, NULL, &value, target, &to);
    const lc_error *cause = lc_error_cause(error);
    CHECK_EQ_INT(lc_error_code(cause), LC_E_NUMBER_FORMAT);
    return lc_arena_printf(&arena, "%s", lc_error_message(cause));
}

TEST(causes_are_javas)
{
    CHECK_EQ_STR(cause_of("300", LC_TYPE_INT8), "Value out of range. Value:\"300\" Radix:10");
    CHECK_EQ_STR(cause_of("3000000000", LC_TYPE_INT16), "For input string: \"3000000000\"");
    CHECK_EQ_STR(cause_of("x", LC_TYPE_INT64), "For input string: \"x\"");
    CHECK_EQ_STR(cause_of("x", LC_TYPE_FLOAT64), "For input string: \"x\"");
    CHECK_EQ_STR(cause_of(" ", LC_TYPE_FLOAT64), "empty String");
}

TEST(dates)
{
    const lc_schema *date = lc_schema_logical(types, LC_LOGICAL_DATE, false);
    const lc_schema *time = lc_schema_logical(types, LC_LOGICAL_TIME, false);
    const lc_schema *stamp = lc_schema_logical(types, LC_LOGICAL_TIMESTAMP, false);
    check_cast(date, lc_value_date(19000 * 86400000LL), LC_TYPE_INT64, int_of(LC_TYPE_INT64, 19000));
    check_cast(date, lc_value_date(-86400000), LC_TYPE_FLOAT64, lc_value_double(-1));
    check_cast(time, lc_value_date(86400000), LC_TYPE_INT32, int_of(LC_TYPE_INT32, 86400000));
    check_cast(stamp, lc_value_date(1700000000123), LC_TYPE_INT64, int_of(LC_TYPE_INT64, 1700000000123));
    check_cast(stamp, lc_value_date(1700000000123), LC_TYPE_STRING, text("2023-11-14T22:13:20.123Z"));
    check_cast(stamp, lc_value_date(1699920000000), LC_TYPE_STRING, text("2023-11-14"));
    check_cast(stamp, lc_value_date(86399999), LC_TYPE_STRING, text("23:59:59.999Z"));
    check_cast(stamp, lc_value_date(86400000), LC_TYPE_STRING, text("1970-01-02"));
    check_cast(stamp, lc_value_date(-1), LC_TYPE_STRING, text("23:59:59.999Z"));
    check_cast(stamp, lc_value_date(0), LC_TYPE_STRING, text("00:00:00.000Z"));
    check_cast(stamp, lc_value_date(253402300800001), LC_TYPE_STRING, text("10000-01-01T00:00:00.001Z"));
    check_cast(stamp, lc_value_date(INT64_MAX), LC_TYPE_STRING, text("292278994-08-17T07:12:55.807Z"));
    check_fails(date, lc_value_date(1), LC_TYPE_INT32,
                "Kafka Connect Date type should not have any time fields set to non-zero values.");
    check_fails(time, lc_value_date(-1), LC_TYPE_INT32,
                "Kafka Connect Time type should not have any date fields set to non-zero values.");
    check_fails(NULL, lc_value_date(1), LC_TYPE_STRING,
                "Cast transformation was passed a value of type class java.util.Date which is not supported "
                "by Connect's data API");
    lc_value wrong = int_of(LC_TYPE_INT32, 1), to;
    lc_autoptr(lc_error) error = lc_value_cast(&arena, date, &wrong, LC_TYPE_INT32, &to);
    CHECK_EQ_INT(lc_error_code(error), LC_E_CLASS_CAST);
}

TEST(strings)
{
    check_cast(NULL, lc_value_double(1), LC_TYPE_STRING, text("1.0"));
    check_cast(NULL, lc_value_float(1e10f), LC_TYPE_STRING, text("1.0E10"));
    check_cast(NULL, int_of(LC_TYPE_INT8, -5), LC_TYPE_STRING, text("-5"));
    check_cast(NULL, lc_value_bool(false), LC_TYPE_STRING, text("false"));
    check_cast(NULL, lc_value_bytes(LC_TEXT("hi")), LC_TYPE_STRING, text("aGk="));
    check_cast(NULL, lc_value_bytes(LC_TEXT("")), LC_TYPE_STRING, text(""));
}

TEST(refused)
{
    static const char SUPPORTED[] = "[INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES]";
    char message[300];
    check_fails(NULL, lc_value_bytes(LC_TEXT("1")), LC_TYPE_INT32,
                "Unexpected type in Cast transformation: class [B");
    snprintf(message, sizeof message,
             "Cast transformation does not support casting from ARRAY; supported types are %s", SUPPORTED);
    check_fails(NULL, lc_list_new(&arena, 0), LC_TYPE_STRING, message);
    check_fails(NULL, text("x"), LC_TYPE_BYTES, "BYTES is not supported in the Cast transformation.");
}

int main(void)
{
    types = lc_types_new();
    RUN(numbers_narrow_as_in_java);
    RUN(decimals_are_numbers_with_a_schema);
    RUN(texts_are_parsed);
    RUN(causes_are_javas);
    RUN(dates);
    RUN(strings);
    RUN(refused);
    lc_arena_done(&arena);
    lc_types_free(types);
    return check_report();
}
