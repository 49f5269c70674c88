#include "data/types.h"


#include "base/memory.h"
#include "data/value.h"

static uint32_t hash_text(uint32_t hash, lc_text text)
{
    return lc_hash_mix(hash, text.data ? lc_hash(text.data, text.len) : 0);
}

static uint32_t hash_schema(uint32_t hash, const lc_schema *schema)
{
    return lc_hash_mix(hash, schema ? schema->id : 0);
}

/* Equal values have equal hashes; containers only count their members, whose order may not matter. */
static uint32_t hash_default(uint32_t hash, const lc_value *value)
{
    hash = lc_hash_mix(hash, value->kind);
    switch (value->kind) {
    case LC_STRING:
    case LC_BYTES: return lc_hash_mix(hash, lc_hash(value->u.s, value->len));
    case LC_DECIMAL:
    case LC_BIGINT: return lc_hash_mix(hash, lc_hash(value->u.decimal->unscaled, value->u.decimal->len));
    case LC_ARRAY: return lc_hash_mix(hash, value->u.list->count);
    case LC_MAP: return lc_hash_mix(hash, lc_map_size(value));
    case LC_STRUCT: return hash_schema(hash, value->u.object->schema);
    case LC_FLOAT32:
    case LC_FLOAT64: return hash; /* NaN has many patterns */
    default: return lc_hash_mix(hash, (uint32_t)value->u.i);
    }
}

/* Order of parameters doesn't matter: add instead of mixing in sequence. */
static uint32_t hash_parameters(const lc_parameter *parameters, uint32_t count)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += hash_text(hash_text(7, parameters[i].key), parameters[i].value);
    return sum;
}

static uint32_t hash_spec(const lc_schema_spec *spec, const lc_shape *shape)
{
    uint32_t hash = lc_hash_mix((uint32_t)spec->type, spec->optional);
    hash = lc_hash_mix(hash, spec->has_version ? (uint32_t)spec->version : 0x5eed);
    hash = hash_text(hash_text(hash, spec->name), spec->doc);
    hash = lc_hash_mix(hash, hash_parameters(spec->parameters, spec->parameter_count));
    if (spec->has_default) hash = hash_default(hash, &spec->default_value);
    hash = hash_schema(hash_schema(hash, spec->keys), spec->values);
    if (shape) hash = lc_hash_mix(hash, shape->id);
    for (uint32_t i = 0; shape && i < shape->count; i++) hash = hash_schema(hash, spec->field_schemas[i]);
    return hash;
}

static bool same_text(lc_text a, lc_text b)
{
    return !a.data == !b.data && lc_text_eq(a, b);
}

static bool same_parameters(const lc_schema *schema, const lc_schema_spec *spec)
{
    if (schema->parameter_count != spec->parameter_count) return false;
    for (uint32_t i = 0; i < spec->parameter_count; i++) {
        const lc_parameter *wanted = &spec->parameters[i];
        uint32_t at = 0;
        while (at < schema->parameter_count && !lc_text_eq(schema->parameters[at].key, wanted->key)) at++;
        if (at == schema->parameter_count || !same_text(schema->parameters[at].value, wanted->value))
            return false;
    }
    return true;
}

static bool same_fields(const lc_schema *schema, const lc_schema_spec *spec, const lc_shape *shape)
{
    if (schema->shape != shape) return false;
    size_t bytes = shape ? shape->count * sizeof *schema->fields : 0;
    return bytes == 0 || memcmp(schema->fields, spec->field_schemas, bytes) == 0;
}

static bool same(const lc_schema *schema, const lc_schema_spec *spec, const lc_shape *shape)
{
    return schema->type == spec->type && schema->optional == spec->optional &&
           schema->has_version == spec->has_version &&
           (!spec->has_version || schema->version == spec->version) &&
           schema->has_default == spec->has_default && schema->keys == spec->keys &&
           schema->values == spec->values && same_fields(schema, spec, shape) &&
           same_text(schema->name, spec->name) && same_text(schema->doc, spec->doc) &&
           same_parameters(schema, spec) &&
           (!spec->has_default || lc_value_equal(&schema->default_value, &spec->default_value));
}

static lc_text keep_text(lc_types *types, lc_text text)
{
    if (!text.data) return text;
    return (lc_text){lc_arena_copy(&types->arena, text.data, text.len), text.len};
}

static const lc_parameter *keep_parameters(lc_types *types, const lc_schema_spec *spec)
{
    if (!spec->parameter_count) return NULL;
    lc_parameter *kept = lc_types_alloc(types, spec->parameter_count * sizeof *kept);
    for (uint32_t i = 0; i < spec->parameter_count; i++) {
        kept[i] = (lc_parameter){keep_text(types, spec->parameters[i].key),
                                 keep_text(types, spec->parameters[i].value)};
    }
    return kept;
}

static const lc_schema *const *keep_fields(lc_types *types, const lc_schema_spec *spec)
{
    if (!spec->field_count) return NULL;
    size_t bytes = spec->field_count * sizeof *spec->field_schemas;
    return memcpy(lc_types_alloc(types, bytes), spec->field_schemas, bytes);
}

static const lc_text *field_names(lc_types *types, const lc_shape *shape)
{
    if (!shape->count) return NULL;
    lc_text *names = lc_types_alloc(types, shape->count * sizeof *names);
    for (uint32_t i = 0; i < shape->count; i++)
        names[i] = (lc_text){shape->names[i].text, shape->names[i].len};
    return names;
}

static const lc_schema *make(lc_types *types, const lc_schema_spec *spec, const lc_shape *shape,
                             uint32_t hash)
{
    lc_schema_node *node = lc_types_alloc(types, sizeof *node);
    types->schema_by_id =
        lc_grow(types->schema_by_id, &types->schema_cap, (size_t)types->schema_count + 1, sizeof node);
    types->schema_by_id[types->schema_count] = node;
    node->schema = (lc_schema){
        .id = ++types->schema_count,
        .type = (uint8_t)spec->type,
        .logical = (uint8_t)(spec->name.data ? lc_logical_of_name(spec->name) : LC_LOGICAL_NONE),
        .optional = spec->optional,
        .has_version = spec->has_version,
        .version = spec->has_version ? spec->version : 0,
        .has_default = spec->has_default,
        .name = keep_text(types, spec->name),
        .doc = keep_text(types, spec->doc),
        .parameters = keep_parameters(types, spec),
        .parameter_count = spec->parameter_count,
        .hash = hash,
        .keys = spec->keys,
        .values = spec->values,
        .shape = shape,
        .fields = shape ? keep_fields(types, spec) : NULL,
    };
    if (shape) node->field_names = field_names(types, shape);
    if (spec->has_default) node->schema.default_value = lc_value_copy(&types->arena, &spec->default_value);
    lc_hash_set_put(&types->schemas, hash, node);
    return &node->schema;
}

static const lc_shape *shape_of(lc_types *types, const lc_schema_spec *spec)
{
    return spec->type == LC_TYPE_STRUCT ? lc_shape_of(types, spec->field_names, spec->field_count) : NULL;
}

static const lc_schema *find(lc_types *types, const lc_schema_spec *spec, const lc_shape *shape,
                             uint32_t hash)
{
    uint32_t at = hash;
    for (lc_schema_node *node; (node = lc_hash_set_next(&types->schemas, hash, &at));) {
        if (same(&node->schema, spec, shape)) return &node->schema;
    }
    return NULL;
}

const lc_schema *lc_schema_intern_unchecked(lc_types *types, const lc_schema_spec *spec)
{
    const lc_shape *shape = shape_of(types, spec);
    uint32_t hash = hash_spec(spec, shape);
    const lc_schema *schema = find(types, spec, shape, hash);
    return schema ? schema : make(types, spec, shape, hash);
}

/* NULL, or the error of the first field that is nameless, without a schema, or there already. */
static lc_error *check_fields(const lc_schema_spec *spec, const lc_shape *shape)
{
    for (uint32_t i = 0; i < spec->field_count; i++) {
        lc_text name = spec->field_names[i];
        if (name.len == 0) return lc_fail(LC_E_SCHEMA_BUILDER, "fieldName cannot be null.");
        if (!spec->field_schemas[i]) {
            return lc_fail(LC_E_SCHEMA_BUILDER, "fieldSchema for field %.*s cannot be null.", (int)name.len,
                           name.data);
        }
        if (lc_shape_find(shape, name.data, name.len) != (int32_t)i) {
            return lc_fail(LC_E_SCHEMA_BUILDER, "Cannot create field because of field name duplication %.*s",
                           (int)name.len, name.data);
        }
    }
    return NULL;
}

static bool fits_struct(const lc_schema_spec *spec, const lc_schema *schema)
{
    if (!schema || schema->shape->count != spec->field_count) return false;
    for (uint32_t i = 0; i < spec->field_count; i++) {
        const lc_name *name = &schema->shape->names[i];
        if (schema->fields[i] != spec->field_schemas[i]) return false;
        if (!lc_text_eq((lc_text){name->text, name->len}, spec->field_names[i])) return false;
    }
    return true;
}

/* Java asks the builder itself, which at that moment is the schema without a default. */
static lc_error *check_default(const lc_schema_spec *spec)
{
    const lc_value *value = &spec->default_value;
    lc_schema draft = {
        .type = (uint8_t)spec->type,
        .logical = (uint8_t)(spec->name.data ? lc_logical_of_name(spec->name) : LC_LOGICAL_NONE),
        .optional = spec->optional,
        .name = spec->name,
        .keys = spec->keys,
        .values = spec->values,
    };
    if (spec->type == LC_TYPE_STRUCT && value->kind == LC_STRUCT && !draft.logical) {
        if (!fits_struct(spec, value->u.object->schema))
            return lc_fail(LC_E_DATA, "Struct schemas do not match.");
        return lc_struct_validate(value->u.object);
    }
    return lc_schema_validate(&draft, NULL, value);
}

lc_error *lc_schema_intern(lc_types *types, const lc_schema_spec *spec, const lc_schema **ret_schema)
{
    lc_schema_spec wanted = *spec;
    if (spec->has_default && spec->default_value.kind == LC_NULL && spec->optional)
        wanted.has_default = false;
    const lc_shape *shape = shape_of(types, spec);
    uint32_t hash = hash_spec(&wanted, shape);
    const lc_schema *schema = find(types, &wanted, shape, hash);
    if (!schema) {
        if (shape) LC_TRY(check_fields(spec, shape));
        lc_error *misfit = wanted.has_default ? check_default(spec) : NULL;
        if (misfit) return lc_wrap(misfit, LC_E_SCHEMA_BUILDER, "Invalid default value");
        schema = make(types, &wanted, shape, hash);
    }
    *ret_schema = schema;
    return NULL;
}

lc_schema_spec lc_schema_to_spec(const lc_schema *schema)
{
    return (lc_schema_spec){
        .type = (lc_type)schema->type,
        .optional = schema->optional,
        .has_version = schema->has_version,
        .version = schema->version,
        .has_default = schema->has_default,
        .default_value = schema->default_value,
        .name = schema->name,
        .doc = schema->doc,
        .parameters = schema->parameters,
        .parameter_count = schema->parameter_count,
        .keys = schema->keys,
        .values = schema->values,
        .field_names = ((const lc_schema_node *)schema)->field_names,
        .field_schemas = schema->fields,
        .field_count = schema->shape ? schema->shape->count : 0,
    };
}

const lc_schema *lc_schema_with_optional(lc_types *types, const lc_schema *schema, bool optional)
{
    if (schema->optional == optional) return schema;
    lc_schema_node *node = (lc_schema_node *)schema;
    if (!node->toggled) {
        lc_schema_spec spec = lc_schema_to_spec(schema);
        spec.optional = optional;
        node->toggled = lc_schema_intern_unchecked(types, &spec);
        ((lc_schema_node *)node->toggled)->toggled = schema;
    }
    return node->toggled;
}
