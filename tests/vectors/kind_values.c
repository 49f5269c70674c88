#include "data/values.h"
#include "kinds.h"

static const struct {
    const char *op;
    lc_values_target target;
} conversions[] = {
    {"convertToBoolean", LC_TO_BOOLEAN}, {"convertToByte", LC_TO_BYTE},
    {"convertToShort", LC_TO_SHORT},     {"convertToInteger", LC_TO_INTEGER},
    {"convertToLong", LC_TO_LONG},       {"convertToFloat", LC_TO_FLOAT},
    {"convertToDouble", LC_TO_DOUBLE},   {"convertToString", LC_TO_STRING},
    {"convertToList", LC_TO_LIST},       {"convertToMap", LC_TO_MAP},
    {"convertToStruct", LC_TO_STRUCT},   {"convertToTime", LC_TO_TIME},
    {"convertToDate", LC_TO_DATE},       {"convertToTimestamp", LC_TO_TIMESTAMP},
    {"convertToDecimal", LC_TO_DECIMAL},
};

static lc_error *run_parse(vector *v, bool *ret_passed)
{
    const lc_schema *schema;
    lc_value value;
    lc_text input = lc_json_text(lc_json_get(v->json, "input"));
    lc_error *raised = lc_values_parse(v->scope.types, v->scope.arena, input, &schema, &value);
    if (!raised) return vector_gave_pair(v, schema, &value, ret_passed);
    *ret_passed = vector_raised(v, "apply", raised);
    return NULL;
}

static lc_error *run_infer(vector *v, bool *ret_passed)
{
    const lc_schema *schema, *inferred;
    lc_value value;
    LC_TRY(tv_pair(&v->scope, lc_json_get(v->json, "tv"), &schema, &value));
    lc_error *raised = lc_values_infer_schema(v->scope.types, &value, &inferred);
    if (!raised) return vector_gave_schema(v, inferred, ret_passed);
    *ret_passed = vector_raised(v, "apply", raised);
    return NULL;
}

static lc_error *run_convert(vector *v, lc_values_target target, bool *ret_passed)
{
    const lc_schema *schema;
    lc_value value, converted;
    int64_t scale = 0;
    LC_TRY(tv_pair(&v->scope, lc_json_get(v->json, "tv"), &schema, &value));
    lc_json_int(lc_json_get(v->json, "scale"), &scale);
    lc_error *raised =
        lc_values_convert(v->scope.types, v->scope.arena, target, (int32_t)scale, schema, &value, &converted);
    if (!raised) return vector_gave_data(v, "data", schema, &converted, ret_passed);
    *ret_passed = vector_raised(v, "apply", raised);
    return NULL;
}

lc_error *kind_values(vector *v, bool *ret_passed)
{
    lc_text op = lc_json_text(lc_json_get(v->json, "op"));
    if (lc_text_is(op, "parseString")) return run_parse(v, ret_passed);
    if (lc_text_is(op, "inferSchema")) return run_infer(v, ret_passed);
    for (size_t i = 0; i < sizeof conversions / sizeof conversions[0]; i++) {
        if (lc_text_is(op, conversions[i].op)) return run_convert(v, conversions[i].target, ret_passed);
    }
    return lc_fail(LC_E_BAD_REQUEST, "unknown op %s", op.data ? op.data : "(none)");
}
