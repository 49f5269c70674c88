#include "convert/converter.h"
#include "kinds.h"

typedef struct operation {
    const char *name;
    bool header;
    bool write;
} operation;

static const operation operations[] = {
    {"toConnectData", false, false},
    {"fromConnectData", false, true},
    {"toConnectHeader", true, false},
    {"fromConnectHeader", true, true},
};

static const operation *find_operation(lc_text name)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (lc_text_is(name, operations[i].name)) return &operations[i];
    }
    return NULL;
}

static lc_error *run_write(vector *v, lc_converter *converter, lc_text name, bool *ret_passed)
{
    const lc_schema *schema;
    lc_value value;
    lc_text bytes;
    LC_TRY(tv_pair(&v->scope, lc_json_get(v->json, "tv"), &schema, &value));
    lc_error *raised = lc_converter_write(converter, v->scope.arena, name, schema, &value, &bytes);
    if (!raised) return vector_gave_bytes(v, bytes, ret_passed);
    *ret_passed = vector_raised(v, "apply", raised);
    return NULL;
}

static lc_error *run_read(vector *v, lc_converter *converter, lc_text name, bool *ret_passed)
{
    const lc_schema *schema;
    lc_value value;
    lc_text bytes;
    LC_TRY(tv_bytes(&v->scope, lc_json_get(v->json, "bytes"), &bytes));
    lc_error *raised = lc_converter_read(converter, v->scope.arena, name, bytes, &schema, &value);
    if (!raised) return vector_gave_pair(v, schema, &value, ret_passed);
    *ret_passed = vector_raised(v, "apply", raised);
    return NULL;
}

lc_error *kind_converter(vector *v, bool *ret_passed)
{
    const operation *op = find_operation(lc_json_text(lc_json_get(v->json, "op")));
    if (!op) return lc_fail(LC_E_BAD_REQUEST, "unknown op");
    bool key = lc_json_bool(lc_json_get(v->json, "isKey"), false);
    lc_converter_role role = op->header ? LC_ROLE_HEADER : key ? LC_ROLE_KEY : LC_ROLE_VALUE;
    lc_text java_class = lc_json_text(lc_json_get(v->json, "class"));
    lc_text name = lc_json_text(lc_json_get(v->json, op->header ? "headerKey" : "topic"));
    lc_autoptr(lc_props) config = NULL;
    lc_converter *converter = NULL;
    LC_TRY(tv_config(lc_json_get(v->json, "config"), &config));
    lc_error *raised = lc_converter_open(java_class, config, role, v->scope.types, &converter);
    if (raised) {
        *ret_passed = vector_raised(v, "configure", raised);
        return NULL;
    }
    lc_error *broken =
        op->write ? run_write(v, converter, name, ret_passed) : run_read(v, converter, name, ret_passed);
    lc_converter_close(converter);
    return broken;
}
