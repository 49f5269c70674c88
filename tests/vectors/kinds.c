#include "kinds.h"

static const struct {
    const char *name;
    vector_fn *run;
} kinds[] = {
    {"values", kind_values},       {"schema", kind_schema}, {"converter", kind_converter},
    {"transform", kind_transform}, {"chain", kind_chain},   {"predicate", kind_predicate},
    {"configdef", kind_configdef}, {"avro", kind_avro},
};

vector_fn *kind_find(const char *kind)
{
    for (size_t i = 0; kind && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!strcmp(kind, kinds[i].name)) return kinds[i].run;
    }
    return NULL;
}

bool vector_raised(vector *v, const char *phase, lc_error *error)
{
    return vector_raised_as(v, v->expect, phase, error);
}

bool vector_raised_as(vector *v, const lc_json *expect, const char *phase, lc_error *error)
{
    lc_autoptr(lc_error) raised = error;
    const lc_json *expected = lc_json_get(expect, "error");
    const char *java_class = lc_json_string(lc_json_get(expected, "fqcn"));
    const char *in = lc_json_string(lc_json_get(expected, "phase"));
    bool lenient = lc_json_bool(lc_json_get(expected, "lenient"), false);
    bool same_phase = in && !strcmp(in, phase);
    bool same_class = java_class && !strcmp(java_class, lc_error_java_class(raised));
    if (expected && same_phase && (same_class || lenient)) return true;
    lc_buf_text(&v->report, "expected ");
    lc_json_dump(expected ? expected : expect, &v->report);
    lc_buf_printf(&v->report, ", failed in %s with %s: %s", phase, lc_error_java_class(raised),
                  lc_error_message(raised));
    return false;
}

/* Ends a report; `actual` was put there by the caller. */
static bool expects_error(vector *v, const lc_json *expect)
{
    const lc_json *expected = lc_json_get(expect, "error");
    if (!expected) return false;
    lc_buf_text(&v->report, "expected ");
    lc_json_dump(expected, &v->report);
    lc_buf_text(&v->report, ", succeeded with ");
    return true;
}

lc_error *vector_gave_data(vector *v, const char *member, const lc_schema *place, const lc_value *actual,
                           bool *ret_passed)
{
    lc_value expected = {0};
    bool failed = expects_error(v, v->expect);
    *ret_passed = false;
    if (!failed) {
        LC_TRY(tv_data(&v->scope, lc_json_get(v->expect, member), place, &expected));
        *ret_passed = tv_same_data(&expected, actual);
        if (*ret_passed) return NULL;
        lc_buf_printf(&v->report, "expected %s ", member);
        tv_show_data(&v->report, &expected);
        lc_buf_text(&v->report, ", got ");
    }
    tv_show_data(&v->report, actual);
    return NULL;
}

lc_error *vector_gave_pair(vector *v, const lc_schema *schema, const lc_value *value, bool *ret_passed)
{
    bool failed = expects_error(v, v->expect);
    *ret_passed = false;
    if (!failed) {
        const lc_json *json = lc_json_get(v->expect, "tv");
        const lc_schema *expected_schema = NULL;
        lc_value expected = {0};
        if (!lc_json_is(json, LC_JSON_NULL)) LC_TRY(tv_pair(&v->scope, json, &expected_schema, &expected));
        *ret_passed = tv_same_schema(schema, expected_schema) && tv_same_data(value, &expected);
        if (*ret_passed) return NULL;
        lc_buf_text(&v->report, "expected ");
        tv_show_pair(&v->report, expected_schema, &expected);
        lc_buf_text(&v->report, ", got ");
    }
    tv_show_pair(&v->report, schema, value);
    return NULL;
}

lc_error *vector_gave_schema(vector *v, const lc_schema *actual, bool *ret_passed)
{
    bool failed = expects_error(v, v->expect);
    *ret_passed = false;
    if (!failed) {
        const lc_schema *expected;
        LC_TRY(tv_schema(&v->scope, lc_json_get(v->expect, "schema"), &expected));
        *ret_passed = tv_same_schema(expected, actual);
        if (*ret_passed) return NULL;
        lc_buf_text(&v->report, "expected ");
        tv_show_schema(&v->report, expected);
        lc_buf_text(&v->report, ", got ");
    }
    tv_show_schema(&v->report, actual);
    return NULL;
}

static void show_bytes(lc_buf *out, lc_text bytes)
{
    if (bytes.data) lc_json_quote(out, bytes.data, bytes.len);
    else lc_buf_text(out, "null");
}

lc_error *vector_gave_bytes(vector *v, lc_text actual, bool *ret_passed)
{
    bool failed = expects_error(v, v->expect);
    *ret_passed = false;
    if (!failed) {
        lc_text expected;
        LC_TRY(tv_bytes(&v->scope, lc_json_get(v->expect, "bytes"), &expected));
        *ret_passed = !expected.data == !actual.data && lc_text_eq(expected, actual);
        if (*ret_passed) return NULL;
        lc_buf_text(&v->report, "expected ");
        show_bytes(&v->report, expected);
        lc_buf_text(&v->report, ", got ");
    }
    show_bytes(&v->report, actual);
    return NULL;
}

lc_error *vector_gave_bool(vector *v, const char *member, bool actual, bool *ret_passed)
{
    bool failed = expects_error(v, v->expect);
    *ret_passed = !failed && lc_json_bool(lc_json_get(v->expect, member), !actual) == actual;
    if (!*ret_passed) lc_buf_printf(&v->report, "%s is %s", member, actual ? "true" : "false");
    return NULL;
}

lc_error *vector_gave_record(vector *v, const lc_json *expect, const lc_record *actual, bool *ret_passed)
{
    bool failed = expects_error(v, expect);
    *ret_passed = false;
    if (!failed) {
        const lc_json *json = lc_json_get(expect, "record");
        lc_batch batch;
        lc_record *expected = NULL;
        lc_batch_init(&batch, v->scope.types);
        lc_error *broken =
            lc_json_is(json, LC_JSON_NULL) ? NULL : tv_record(&v->scope, json, &batch, &expected);
        *ret_passed =
            !broken && (expected && actual ? tv_same_record(expected, actual) : !expected == !actual);
        if (!broken && !*ret_passed) {
            lc_buf_text(&v->report, "expected ");
            tv_show_record(&v->report, expected);
            lc_buf_text(&v->report, ", got ");
        }
        lc_batch_done(&batch);
        if (broken || *ret_passed) return broken;
    }
    tv_show_record(&v->report, actual);
    return NULL;
}
