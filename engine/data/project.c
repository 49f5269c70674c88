#include "data/project.h"

#include "java/number.h"

typedef struct projection {
    lc_types *types;
    lc_arena *arena;
} projection;

static bool is_number_type(uint8_t type)
{
    return type >= LC_TYPE_INT8 && type <= LC_TYPE_FLOAT64;
}

static bool is_promotable(const lc_schema *source, const lc_schema *target)
{
    return is_number_type(source->type) && is_number_type(target->type) && source->type <= target->type;
}

static bool same_text(lc_text a, lc_text b)
{
    return !a.data == !b.data && lc_text_eq(a, b);
}

static bool same_parameters(const lc_schema *a, const lc_schema *b)
{
    if (a->parameter_count != b->parameter_count) return false;
    for (uint32_t i = 0; i < a->parameter_count; i++) {
        if (!lc_text_eq(a->parameters[i].key, b->parameters[i].key)) return false;
        if (!same_text(a->parameters[i].value, b->parameters[i].value)) return false;
    }
    return true;
}

static const char *or_null(lc_text text)
{
    return text.data ? text.data : "null";
}

/* A map of parameters as Java prints it; none is null. */
static void parameters_to_text(lc_buf *out, const lc_schema *schema)
{
    if (schema->parameter_count == 0) {
        lc_buf_text(out, "null");
        return;
    }
    for (uint32_t i = 0; i < schema->parameter_count; i++) {
        const lc_parameter *p = &schema->parameters[i];
        lc_buf_printf(out, "%s%s=%s", i ? ", " : "{", p->key.data, or_null(p->value));
    }
    lc_buf_put(out, '}');
}

static lc_error *fail_parameters(const lc_schema *source, const lc_schema *target)
{
    lc_auto(lc_buf) from = {0};
    lc_auto(lc_buf) to = {0};
    parameters_to_text(&from, source);
    parameters_to_text(&to, target);
    return lc_fail(LC_E_SCHEMA_PROJECTOR,
                   "Schema parameters not equal. source parameters: %s and target parameters: %s", from.data,
                   to.data);
}

static lc_error *check_compatible(const lc_schema *source, const lc_schema *target)
{
    if (source->type != target->type && !is_promotable(source, target)) {
        return lc_fail(LC_E_SCHEMA_PROJECTOR, "Schema type mismatch. source type: %s and target type: %s",
                       lc_type_java_name((lc_type)source->type), lc_type_java_name((lc_type)target->type));
    }
    if (!same_text(source->name, target->name)) {
        return lc_fail(LC_E_SCHEMA_PROJECTOR, "Schema name mismatch. source name: %s and target name: %s",
                       or_null(source->name), or_null(target->name));
    }
    return same_parameters(source, target) ? NULL : fail_parameters(source, target);
}

static int64_t real_to_int(double number, lc_type target)
{
    return target == LC_TYPE_INT64 ? lc_double_to_int64(number) : lc_double_to_int32(number);
}

static lc_value make_int(lc_type target, int64_t number)
{
    switch (target) {
    case LC_TYPE_INT8: return lc_value_int(LC_INT8, (int8_t)number);
    case LC_TYPE_INT16: return lc_value_int(LC_INT16, (int16_t)number);
    case LC_TYPE_INT32: return lc_value_int(LC_INT32, (int32_t)number);
    default: return lc_value_int(LC_INT64, number);
    }
}

static lc_value promote_int(int64_t number, lc_type target)
{
    if (target == LC_TYPE_FLOAT32) return lc_value_float((float)number);
    if (target == LC_TYPE_FLOAT64) return lc_value_double((double)number);
    return make_int(target, number);
}

static lc_value promote_real(double number, lc_type target)
{
    if (target == LC_TYPE_FLOAT32) return lc_value_float((float)number);
    if (target == LC_TYPE_FLOAT64) return lc_value_double(number);
    return make_int(target, real_to_int(number, target));
}

static lc_value promote_decimal(lc_arena *arena, lc_decimal number, lc_type target)
{
    if (target == LC_TYPE_FLOAT32) return lc_value_float(lc_decimal_to_float(arena, number));
    if (target == LC_TYPE_FLOAT64) return lc_value_double(lc_decimal_to_double(arena, number));
    return make_int(target, lc_decimal_to_int64(arena, number));
}

/* The number as the target's type, by Number.xValue(): what a value is decides, not its schema. Values that
 * are no numbers stay. */
static lc_value promote(lc_arena *arena, const lc_value *value, lc_type target)
{
    switch (value->kind) {
    case LC_INT8:
    case LC_INT16:
    case LC_INT32:
    case LC_INT64: return promote_int(value->u.i, target);
    case LC_FLOAT32:
    case LC_FLOAT64: return promote_real(value->u.d, target);
    case LC_DECIMAL:
    case LC_BIGINT: return promote_decimal(arena, *value->u.decimal, target);
    default: return *value;
    }
}

static lc_error *project(const projection *p, const lc_schema *source, const lc_value *value,
                         const lc_schema *target, lc_value *ret);

static lc_error *fail_cast(const lc_value *value, const char *expected)
{
    return lc_fail(LC_E_CLASS_CAST, "class %s cannot be cast to class %s", lc_value_java_class(value),
                   expected);
}

static lc_error *project_array(const projection *p, const lc_schema *source, const lc_value *value,
                               const lc_schema *target, lc_value *ret)
{
    if (value->kind != LC_ARRAY) return fail_cast(value, "java.util.List");
    const lc_list *from = value->u.list;
    lc_value list = lc_list_new(p->arena, from->count);
    for (uint32_t i = 0; i < from->count; i++) {
        lc_value item;
        LC_TRY(project(p, source->values, &from->items[i], target->values, &item));
        *lc_list_add(p->arena, list.u.list) = item;
    }
    *ret = list;
    return NULL;
}

static lc_error *project_map(const projection *p, const lc_schema *source, const lc_value *value,
                             const lc_schema *target, lc_value *ret)
{
    if (value->kind != LC_MAP) return fail_cast(value, "java.util.Map");
    bool object = lc_value_is_object(value);
    uint32_t size = lc_map_size(value);
    lc_value map =
        object ? lc_object_new(p->arena, lc_shape_empty(p->types), size) : lc_map_new(p->arena, size);
    for (uint32_t i = 0; i < size; i++) {
        lc_value key, *from, to_key, to;
        lc_map_entry(value, i, &key, &from);
        LC_TRY(project(p, source->keys, &key, target->keys, &to_key));
        LC_TRY(project(p, source->values, from, target->values, &to));
        if (object) *lc_map_set(p->types, p->arena, &map, lc_value_as_text(&to_key)) = to;
        else lc_map_put(p->arena, map.u.map, to_key, to);
    }
    *ret = map;
    return NULL;
}

/* Struct.put: the value must fit the field. */
static lc_error *put(lc_object *object, uint32_t index, lc_value value)
{
    LC_TRY(lc_schema_validate(object->schema->fields[index], object->shape->names[index].text, &value));
    object->slots[index] = value;
    return NULL;
}

/* A field that both schemas have. Failures of the projection are told with the field's name. */
static lc_error *project_field(const projection *p, const lc_schema *source, const lc_object *from,
                               lc_object *to, uint32_t index)
{
    const lc_name *name = &to->shape->names[index];
    int32_t at = lc_shape_find(from->shape, name->text, name->len);
    if (at < 0) return lc_fail(LC_E_DATA, "%s is not a valid field name", name->text);
    lc_value value;
    lc_error *err = project(p, source, lc_struct_get(from, (uint32_t)at), to->schema->fields[index], &value);
    if (err && lc_error_code(err) == LC_E_SCHEMA_PROJECTOR) {
        return lc_wrap(err, LC_E_SCHEMA_PROJECTOR, "Error projecting %s", name->text);
    }
    return err ? err : put(to, index, value);
}

static lc_error *fill_missing(const projection *p, const lc_schema *source, lc_object *to, uint32_t index)
{
    const lc_schema *field = to->schema->fields[index];
    if (field->optional) return NULL;
    if (field->has_default) return put(to, index, lc_value_fork(p->arena, &field->default_value));
    return lc_fail(LC_E_SCHEMA_PROJECTOR,
                   "Required field `%s` is missing from source schema: Schema{%s%sSTRUCT}",
                   to->shape->names[index].text, source->name.data ? source->name.data : "",
                   source->name.data ? ":" : "");
}

static lc_error *project_struct(const projection *p, const lc_schema *source, const lc_value *value,
                                const lc_schema *target, lc_value *ret)
{
    if (value->kind != LC_STRUCT) return fail_cast(value, "org.apache.kafka.connect.data.Struct");
    lc_value made = lc_struct_new(p->arena, target);
    for (uint32_t i = 0; i < target->shape->count; i++) {
        const lc_name *name = &target->shape->names[i];
        int32_t at = lc_shape_find(source->shape, name->text, name->len);
        LC_TRY(at < 0 ? fill_missing(p, source, made.u.object, i)
                      : project_field(p, source->fields[at], value->u.object, made.u.object, i));
    }
    *ret = made;
    return NULL;
}

static lc_error *project_value(const projection *p, const lc_schema *source, const lc_value *value,
                               const lc_schema *target, lc_value *ret)
{
    switch (target->type) {
    case LC_TYPE_STRUCT: return project_struct(p, source, value, target, ret);
    case LC_TYPE_ARRAY: return project_array(p, source, value, target, ret);
    case LC_TYPE_MAP: return project_map(p, source, value, target, ret);
    default: break;
    }
    *ret = is_promotable(source, target) ? promote(p->arena, value, (lc_type)target->type) : *value;
    return NULL;
}

static lc_error *project(const projection *p, const lc_schema *source, const lc_value *value,
                         const lc_schema *target, lc_value *ret)
{
    if (!source || !target) return lc_fail_bare(LC_E_NULL_POINTER);
    LC_TRY(check_compatible(source, target));
    bool tightened = source->optional && !target->optional;
    if (tightened && !target->has_default) {
        return lc_fail(LC_E_SCHEMA_PROJECTOR,
                       "Writer schema is optional, however, target schema does not provide a default value.");
    }
    if (value->kind != LC_NULL) return project_value(p, source, value, target, ret);
    *ret = tightened ? lc_value_fork(p->arena, &target->default_value) : lc_value_null();
    return NULL;
}

lc_error *lc_schema_project(lc_types *types, lc_arena *arena, const lc_schema *source, const lc_value *value,
                            const lc_schema *target, lc_value *ret_value)
{
    projection p = {types, arena};
    return project(&p, source, value, target, ret_value);
}
