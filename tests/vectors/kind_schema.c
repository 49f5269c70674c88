#include "data/project.h"
#include "kinds.h"

static lc_error *run_project(vector *v, bool *ret_passed)
{
    const lc_schema *source, *target;
    lc_value value, projected;
    LC_TRY(tv_schema(&v->scope, lc_json_get(v->json, "source"), &source));
    LC_TRY(tv_schema(&v->scope, lc_json_get(v->json, "target"), &target));
    LC_TRY(tv_data(&v->scope, lc_json_get(v->json, "data"), source, &value));
    lc_error *raised = lc_schema_project(v->scope.types, v->scope.arena, source, &value, target, &projected);
    if (!raised) return vector_gave_data(v, "data", target, &projected, ret_passed);
    *ret_passed = vector_raised(v, "apply", raised);
    return NULL;
}

static lc_error *run_validate(vector *v, bool *ret_passed)
{
    const lc_schema *schema;
    lc_value value;
    LC_TRY(tv_schema(&v->scope, lc_json_get(v->json, "schema"), &schema));
    LC_TRY(tv_data(&v->scope, lc_json_get(v->json, "data"), schema, &value));
    lc_error *raised = lc_schema_validate(schema, NULL, &value);
    if (!raised) return vector_gave_bool(v, "valid", true, ret_passed);
    *ret_passed = vector_raised(v, "apply", raised);
    return NULL;
}

static lc_error *run_struct_validate(vector *v, bool *ret_passed)
{
    const lc_schema *schema;
    lc_value value;
    LC_TRY(tv_pair(&v->scope, lc_json_get(v->json, "tv"), &schema, &value));
    if (value.kind != LC_STRUCT) return lc_fail(LC_E_BAD_REQUEST, "tv is no struct");
    lc_error *raised = lc_struct_validate(value.u.object);
    if (!raised) return vector_gave_bool(v, "valid", true, ret_passed);
    *ret_passed = vector_raised(v, "apply", raised);
    return NULL;
}

/* The slot of `field` in a new struct, or Connect's error. */
static lc_error *put(const lc_object *object, const char *field, const lc_value *value, int32_t *ret_at)
{
    *ret_at = lc_shape_find(object->shape, field, strlen(field));
    if (*ret_at < 0) return lc_fail(LC_E_DATA, "%s is not a valid field name", field);
    LC_TRY(lc_schema_validate(object->schema->fields[*ret_at], field, value));
    object->slots[*ret_at] = *value;
    return NULL;
}

static lc_error *run_struct_put(vector *v, bool *ret_passed)
{
    const lc_schema *schema;
    const char *field = lc_json_string(lc_json_get(v->json, "field"));
    lc_value value;
    int32_t at;
    LC_TRY(tv_schema(&v->scope, lc_json_get(v->json, "schema"), &schema));
    if (!field || !schema || schema->type != LC_TYPE_STRUCT)
        return lc_fail(LC_E_BAD_REQUEST, "no field to put");
    at = lc_shape_find(schema->shape, field, strlen(field));
    const lc_schema *place = at < 0 ? NULL : schema->fields[at];
    LC_TRY(tv_data(&v->scope, lc_json_get(v->json, "data"), place, &value));
    lc_value made = lc_struct_new(v->scope.arena, schema);
    lc_error *raised = put(made.u.object, field, &value, &at);
    if (raised) {
        *ret_passed = vector_raised(v, "apply", raised);
        return NULL;
    }
    LC_TRY(vector_gave_data(v, "get", place, lc_struct_get(made.u.object, (uint32_t)at), ret_passed));
    if (!*ret_passed) return NULL;
    return vector_gave_data(v, "getWithoutDefault", place, &made.u.object->slots[at], ret_passed);
}

static lc_error *run_default(vector *v, bool *ret_passed)
{
    const lc_schema *schema, *with_default;
    LC_TRY(tv_schema(&v->scope, lc_json_get(v->json, "schema"), &schema));
    lc_schema_spec spec = lc_schema_to_spec(schema);
    spec.has_default = true;
    LC_TRY(tv_data(&v->scope, lc_json_get(v->json, "data"), schema, &spec.default_value));
    lc_error *raised = lc_schema_intern(v->scope.types, &spec, &with_default);
    if (!raised) return vector_gave_schema(v, with_default, ret_passed);
    *ret_passed = vector_raised(v, "apply", raised);
    return NULL;
}

static const struct {
    const char *name;
    vector_fn *run;
} ops[] = {
    {"project", run_project},      {"validateValue", run_validate}, {"structValidate", run_struct_validate},
    {"structPut", run_struct_put}, {"defaultValue", run_default},
};

lc_error *kind_schema(vector *v, bool *ret_passed)
{
    lc_text op = lc_json_text(lc_json_get(v->json, "op"));
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (lc_text_is(op, ops[i].name)) return ops[i].run(v, ret_passed);
    }
    return lc_fail(LC_E_BAD_REQUEST, "unknown op %s", op.data ? op.data : "(none)");
}
