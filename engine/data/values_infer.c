#include "data/values.h"

/* What the elements of a list, or the keys or values of a map, have in common. */
typedef struct detector {
    lc_type type;
    bool optional; /* a null was among them */
} detector;

/* Values.SchemaDetector.canDetect: looks at types only. */
static lc_error *detect(detector *all, lc_types *types, const lc_value *value, bool *ret_known)
{
    *ret_known = true;
    if (value->kind == LC_NULL) {
        all->optional = true;
        return NULL;
    }
    const lc_schema *schema;
    LC_TRY(lc_values_infer_schema(types, value, &schema));
    if (!schema || (all->type != LC_TYPE_NONE && (uint8_t)all->type != schema->type)) {
        *ret_known = false;
        return NULL;
    }
    all->type = (lc_type)schema->type;
    return NULL;
}

/* A plain schema of the detected type: containers lose what is known of their elements. */
static lc_error *detected(const detector *all, lc_types *types, const lc_schema **ret_schema)
{
    if (all->type == LC_TYPE_NONE) return lc_fail(LC_E_SCHEMA_BUILDER, "type cannot be null");
    lc_schema_spec spec = {.type = all->type, .optional = all->optional};
    return lc_schema_intern(types, &spec, ret_schema);
}

static lc_error *infer_list(lc_types *types, const lc_list *list, const lc_schema **ret_schema)
{
    detector items = {0};
    if (list->count == 0) return NULL;
    for (uint32_t i = 0; i < list->count; i++) {
        bool known;
        LC_TRY(detect(&items, types, &list->items[i], &known));
        if (!known) return NULL;
    }
    lc_schema_spec spec = {.type = LC_TYPE_ARRAY};
    LC_TRY(detected(&items, types, &spec.values));
    return lc_schema_intern(types, &spec, ret_schema);
}

static lc_error *infer_map(lc_types *types, const lc_value *map, const lc_schema **ret_schema)
{
    detector keys = {0}, values = {0};
    uint32_t size = lc_map_size(map);
    if (size == 0) return NULL;
    for (uint32_t i = 0; i < size; i++) {
        lc_value key, *value;
        bool key_known, value_known = false;
        lc_map_entry(map, i, &key, &value);
        LC_TRY(detect(&keys, types, &key, &key_known));
        if (key_known) LC_TRY(detect(&values, types, value, &value_known));
        if (!value_known) return NULL;
    }
    lc_schema_spec spec = {.type = LC_TYPE_MAP};
    LC_TRY(detected(&keys, types, &spec.keys));
    LC_TRY(detected(&values, types, &spec.values));
    return lc_schema_intern(types, &spec, ret_schema);
}

lc_error *lc_values_infer_schema(lc_types *types, const lc_value *value, const lc_schema **ret_schema)
{
    *ret_schema = NULL;
    switch (value->kind) {
    case LC_ARRAY: return infer_list(types, value->u.list, ret_schema);
    case LC_MAP: return infer_map(types, value, ret_schema);
    case LC_STRUCT: *ret_schema = value->u.object->schema; break;
    case LC_NULL:
    case LC_DATE:
    case LC_DECIMAL:
    case LC_BIGINT: break;
    default: *ret_schema = lc_schema_primitive(types, (lc_type)value->kind, false);
    }
    return NULL;
}

const lc_schema *lc_values_infer(lc_types *types, const lc_value *value)
{
    const lc_schema *schema;
    lc_autoptr(lc_error) failure = lc_values_infer_schema(types, value, &schema);
    return failure ? NULL : schema;
}
