#include "data/value.h"

/* Where in a value: "element of array value of map field: "f"". Spelled out only when something is wrong. */
typedef struct place {
    const char *kind; /* "element of array ", …; NULL at the top */
    const struct place *in;
    const char *field; /* at the top: the field's name, or NULL */
} place;

static void put_place(lc_buf *out, const place *where)
{
    for (; where->kind; where = where->in) lc_buf_text(out, where->kind);
    if (!where->field) lc_buf_text(out, "value");
    else lc_buf_printf(out, "field: \"%s\"", where->field);
}

static lc_error *fail_missing(const lc_schema *schema, const place *where)
{
    lc_auto(lc_buf) at = {0};
    put_place(&at, where);
    return lc_fail(LC_E_DATA, "Invalid value: null used for required %s, schema type: %s", at.data,
                   lc_type_java_name((lc_type)schema->type));
}

static lc_error *fail_class(const lc_schema *schema, const lc_value *value, const place *where)
{
    lc_auto(lc_buf) text = {0};
    lc_buf_text(&text, "Invalid Java object for schema");
    if (schema->name.data) lc_buf_printf(&text, " \"%.*s\"", (int)schema->name.len, schema->name.data);
    lc_buf_printf(&text, " with type %s: class %s for ", lc_type_java_name((lc_type)schema->type),
                  lc_value_java_class(value));
    put_place(&text, where);
    return lc_fail_text(LC_E_DATA, text.data, text.len);
}

static bool class_fits(const lc_schema *schema, const lc_value *value)
{
    if (schema->logical == LC_LOGICAL_NONE) return value->kind == schema->type;
    return value->kind == (schema->logical == LC_LOGICAL_DECIMAL ? LC_DECIMAL : LC_DATE);
}

static lc_error *check(const lc_schema *schema, const lc_value *value, const place *where);

static lc_error *check_inner(const lc_schema *schema, const lc_value *value, const place *where)
{
    if (schema) return check(schema, value, where);
    lc_auto(lc_buf) at = {0};
    put_place(&at, where);
    return lc_fail(LC_E_DATA, "No schema defined for %s", at.data);
}

static lc_error *check_array(const lc_schema *schema, const lc_list *list, const place *where)
{
    const place item = {"element of array ", where, NULL};
    if (!schema->values) return check_inner(NULL, NULL, &item);
    for (uint32_t i = 0; i < list->count; i++) LC_TRY(check(schema->values, &list->items[i], &item));
    return NULL;
}

static lc_error *check_map(const lc_schema *schema, const lc_value *map, const place *where)
{
    const place key_place = {"key of map ", where, NULL}, value_place = {"value of map ", where, NULL};
    if (!schema->keys) return check_inner(NULL, NULL, &key_place);
    if (!schema->values) return check_inner(NULL, NULL, &value_place);
    for (uint32_t i = 0; i < lc_map_size(map); i++) {
        lc_value key, *value;
        lc_map_entry(map, i, &key, &value);
        LC_TRY(check(schema->keys, &key, &key_place));
        LC_TRY(check(schema->values, value, &value_place));
    }
    return NULL;
}

static lc_error *check(const lc_schema *schema, const lc_value *value, const place *where)
{
    if (value->kind == LC_NULL) return schema->optional ? NULL : fail_missing(schema, where);
    if (!class_fits(schema, value)) return fail_class(schema, value, where);
    if (value->kind != schema->type) return NULL;
    switch (schema->type) {
    case LC_TYPE_STRUCT:
        if (value->u.object->schema != schema) return lc_fail(LC_E_DATA, "Struct schemas do not match.");
        return lc_struct_validate(value->u.object);
    case LC_TYPE_ARRAY: return check_array(schema, value->u.list, where);
    case LC_TYPE_MAP: return check_map(schema, value, where);
    default: return NULL;
    }
}

lc_error *lc_schema_validate(const lc_schema *schema, const char *field, const lc_value *value)
{
    return check(schema, value, &(place){NULL, NULL, field});
}

lc_error *lc_struct_validate(const lc_object *object)
{
    const lc_schema *schema = object->schema;
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_schema *field = schema->fields[i];
        const lc_value *value = &object->slots[i];
        if (value->kind == LC_NULL && (field->optional || field->has_default)) continue;
        if (value->kind == field->type && value->kind < LC_ARRAY && !field->logical) continue;
        LC_TRY(check(field, value, &(place){NULL, NULL, schema->shape->names[i].text}));
    }
    return NULL;
}
