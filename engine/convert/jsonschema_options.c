#include "convert/jsonschema_data.h"

#define TOGGLE(setting, value, text)                                                                       \
    {                                                                                                      \
        .name = setting, .type = LC_CONFIG_BOOLEAN, .fallback = value, .importance = LC_IMPORTANCE_MEDIUM, \
        .doc = text                                                                                        \
    }

static const lc_config_key keys[] = {
    TOGGLE("object.additional.properties", "true", "Whether schemas of objects allow other members."),
    TOGGLE("use.optional.for.nonrequired", "false",
           "Whether members that aren't required are optional fields."),
    TOGGLE("flatten.singleton.unions", "true", "Whether a union of one type is read as that type."),
    TOGGLE("generalized.sum.type.support", "false", "Whether unions and enums have Connect's own form."),
    TOGGLE("ignore.default.for.nullables", "false", "Whether null is written where a field has a default."),
    TOGGLE("json.fail.invalid.schema", "false",
           "Whether records are checked against every rule of their JSON Schema."),
    TOGGLE("json.oneof.for.nullables", "true",
           "Accepted; it concerns schemas made of Java's classes. Optional fields are always oneOf."),
    {.name = "json.schema.spec.version",
     .type = LC_CONFIG_STRING,
     .fallback = "draft_7",
     .importance = LC_IMPORTANCE_LOW,
     .check = {.kind = LC_CHECK_ONE_OF_NOCASE,
               .choices = (const char *const[]){"draft_4", "draft_6", "draft_7", "draft_2019_09",
                                                "draft_2020_12", NULL}},
     .doc = "Accepted; it concerns schemas made of Java's classes. Schemas of any draft are read."},
    {.name = "decimal.format",
     .type = LC_CONFIG_STRING,
     .fallback = "BASE64",
     .importance = LC_IMPORTANCE_LOW,
     .check = {.kind = LC_CHECK_ONE_OF_NOCASE, .choices = (const char *const[]){"BASE64", "NUMERIC", NULL}},
     .doc = "How decimals are written: BASE64 or NUMERIC."},
    {.name = "max.nesting.depth",
     .type = LC_CONFIG_INT,
     .fallback = "512",
     .check = {.kind = LC_CHECK_BETWEEN, .min = 1, .max = LC_JSON_DEPTH_MAX},
     .importance = LC_IMPORTANCE_LOW,
     .doc = "How many arrays and objects may be inside each other; more is an error."},
    {.name = "json.recursion.depth",
     .type = LC_CONFIG_INT,
     .fallback = "4",
     .importance = LC_IMPORTANCE_LOW,
     .doc = "How often a schema that refers to itself is unfolded; what is deeper is read as text of JSON."},
};

void lc_js_options_define(lc_config_def *def)
{
    lc_config_def_add_table(def, keys, sizeof keys / sizeof *keys);
}

lc_error *lc_js_options_parse(const lc_props *settings, lc_js_options *ret_options)
{
    enum { RECURSION_MAX = 64 };
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_autoptr(lc_config_values) values = NULL;
    lc_js_options_define(def);
    LC_TRY(lc_config_parse(def, settings, &values));
    int64_t recursion = lc_config_int(values, "json.recursion.depth");
    lc_text decimals = lc_text_of(lc_config_string(values, "decimal.format"));
    *ret_options = (lc_js_options){
        .additional = lc_config_bool(values, "object.additional.properties"),
        .optional_unrequired = lc_config_bool(values, "use.optional.for.nonrequired"),
        .flatten = lc_config_bool(values, "flatten.singleton.unions"),
        .generalized = lc_config_bool(values, "generalized.sum.type.support"),
        .ignore_default = lc_config_bool(values, "ignore.default.for.nullables"),
        .validate = lc_config_bool(values, "json.fail.invalid.schema"),
        .deepest = (unsigned)lc_config_int(values, "max.nesting.depth"),
        .numeric_decimals = lc_text_eq_nocase(decimals, LC_TEXT("NUMERIC")),
        .recursion = recursion < 0               ? 0
                     : recursion > RECURSION_MAX ? RECURSION_MAX
                                                 : (unsigned)recursion,
    };
    return NULL;
}

bool lc_js_is_union(const lc_schema *schema)
{
    return schema->type == LC_TYPE_STRUCT &&
           (lc_text_is(schema->name, LC_JS_ONE_OF) || lc_schema_parameter(schema, LC_JS_CONNECT_UNION).data);
}

bool lc_js_is_enum(const lc_schema *schema)
{
    return schema->type == LC_TYPE_STRING && (lc_schema_parameter(schema, LC_JS_ENUM).data ||
                                              lc_schema_parameter(schema, LC_JS_CONNECT_ENUM).data);
}

bool lc_js_is_any(const lc_schema *schema)
{
    return schema->type == LC_TYPE_STRING && schema->parameter_count &&
           lc_schema_parameter(schema, LC_JS_ANY).data;
}

bool lc_js_is_object_map(const lc_schema *schema)
{
    return schema->keys->type == LC_TYPE_STRING && !schema->keys->optional;
}

void lc_js_path_add(char path[LC_JS_PATH], lc_text name)
{
    size_t len = strlen(path), room = LC_JS_PATH - 1;
    size_t front = name.len < room ? name.len : room;
    size_t dot = len && front < room;
    size_t rest = len < room - front - dot ? len : room - front - dot;
    memmove(path + front + dot, path, rest);
    if (front) memcpy(path, name.data, front);
    if (dot) path[front] = '.';
    path[front + dot + rest] = '\0';
}
