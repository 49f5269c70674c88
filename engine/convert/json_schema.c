#include "convert/json_schema.h"

/* JsonConverter's names of types. */
static const char *const type_names[] = {
    [LC_TYPE_BOOLEAN] = "boolean", [LC_TYPE_INT8] = "int8",     [LC_TYPE_INT16] = "int16",
    [LC_TYPE_INT32] = "int32",     [LC_TYPE_INT64] = "int64",   [LC_TYPE_FLOAT32] = "float",
    [LC_TYPE_FLOAT64] = "double",  [LC_TYPE_STRING] = "string", [LC_TYPE_BYTES] = "bytes",
    [LC_TYPE_ARRAY] = "array",     [LC_TYPE_MAP] = "map",       [LC_TYPE_STRUCT] = "struct",
};

static lc_type type_of_name(lc_text name)
{
    for (int type = LC_TYPE_BOOLEAN; type <= LC_TYPE_STRUCT; type++)
        if (lc_text_is(name, type_names[type])) return (lc_type)type;
    return LC_TYPE_NONE;
}

static bool is_missing(const lc_node *node)
{
    return !node || node->kind == LC_NODE_NULL;
}

static lc_error *read_items(const lc_json_context *context, const lc_node *node, lc_schema_spec *spec)
{
    const lc_node *items = lc_node_get(node, "items");
    if (is_missing(items)) return lc_fail(LC_E_DATA, "Array schema did not specify the element type");
    return lc_json_schema_read(context, items, &spec->values);
}

static lc_error *read_entries(const lc_json_context *context, const lc_node *node, lc_schema_spec *spec)
{
    const lc_node *keys = lc_node_get(node, "keys"), *values = lc_node_get(node, "values");
    if (!keys) return lc_fail(LC_E_DATA, "Map schema did not specify the key type");
    if (!values) return lc_fail(LC_E_DATA, "Map schema did not specify the value type");
    LC_TRY(lc_json_schema_read(context, keys, &spec->keys));
    LC_TRY(lc_json_schema_read(context, values, &spec->values));
    if (!spec->keys) return lc_fail(LC_E_SCHEMA_BUILDER, "keySchema cannot be null.");
    return spec->values ? NULL : lc_fail(LC_E_SCHEMA_BUILDER, "valueSchema cannot be null.");
}

static lc_error *read_fields(const lc_json_context *context, const lc_node *node, lc_schema_spec *spec)
{
    const lc_node *fields = lc_node_get(node, "fields");
    if (!fields || fields->kind != LC_NODE_ARRAY)
        return lc_fail(LC_E_DATA, "Struct schema's \"fields\" argument is not an array.");
    lc_text *names = lc_arena_alloc(context->arena, fields->count * sizeof *names);
    const lc_schema **schemas = lc_arena_alloc(context->arena, fields->count * sizeof(void *));
    lc_shape *seen = lc_shape_anonymous(context->arena, fields->count);
    for (uint32_t i = 0; i < fields->count; i++) {
        const lc_node *field = &fields->items[i], *name = lc_node_get(field, "field");
        if (!name || name->kind != LC_NODE_STRING)
            return lc_fail(LC_E_DATA, "Struct schema's field name not specified properly");
        LC_TRY(lc_json_schema_read(context, field, &schemas[i]));
        names[i] = name->text;
        if (names[i].len == 0) return lc_fail(LC_E_SCHEMA_BUILDER, "fieldName cannot be null.");
        if (lc_shape_find(seen, names[i].data, names[i].len) >= 0)
            return lc_fail(LC_E_SCHEMA_BUILDER, "Cannot create field because of field name duplication %.*s",
                           (int)names[i].len, names[i].data);
        lc_shape_append(context->arena, seen, names[i].data, names[i].len);
    }
    spec->field_names = names;
    spec->field_schemas = schemas;
    spec->field_count = fields->count;
    return NULL;
}

static lc_error *read_type(const lc_json_context *context, const lc_node *node, lc_schema_spec *spec)
{
    const lc_node *type = lc_node_get(node, "type");
    if (!type || type->kind != LC_NODE_STRING) return lc_fail(LC_E_DATA, "Schema must contain 'type' field");
    spec->type = type_of_name(type->text);
    switch (spec->type) {
    case LC_TYPE_NONE:
        return lc_fail(LC_E_DATA, "Unknown schema type: %.*s", (int)type->text.len, type->text.data);
    case LC_TYPE_ARRAY: return read_items(context, node, spec);
    case LC_TYPE_MAP: return read_entries(context, node, spec);
    case LC_TYPE_STRUCT: return read_fields(context, node, spec);
    default: return NULL;
    }
}

static lc_error *read_parameters(const lc_json_context *context, const lc_node *node, lc_schema_spec *spec)
{
    const lc_node *parameters = lc_node_get(node, "parameters");
    if (!parameters || parameters->kind != LC_NODE_OBJECT) return NULL;
    lc_parameter *read = lc_arena_alloc(context->arena, parameters->count * sizeof *read);
    for (uint32_t i = 0; i < parameters->count; i++) {
        if (parameters->items[i].kind != LC_NODE_STRING)
            return lc_fail(LC_E_DATA, "Schema parameters must have string values.");
        read[i] = (lc_parameter){parameters->names[i], parameters->items[i].text};
    }
    spec->parameters = read;
    spec->parameter_count = parameters->count;
    return NULL;
}

static lc_text text_member(const lc_node *node, const char *name)
{
    const lc_node *member = lc_node_get(node, name);
    return member && member->kind == LC_NODE_STRING ? member->text : (lc_text){0};
}

static lc_error *read_default(const lc_json_context *context, const lc_node *node, lc_schema_spec *spec)
{
    const lc_node *fallback = lc_node_get(node, "default");
    if (!fallback) return NULL;
    const lc_schema *draft;
    LC_TRY(lc_schema_intern(context->types, spec, &draft));
    LC_TRY(lc_json_node_to_value(context, draft, fallback, &spec->default_value));
    spec->has_default = true;
    /* A struct's schema equals the finished schema, never the builder that asks (ConnectSchema.equals). */
    if (spec->default_value.kind == LC_STRUCT)
        return lc_wrap(lc_fail(LC_E_DATA, "Struct schemas do not match."), LC_E_SCHEMA_BUILDER,
                       "Invalid default value");
    return NULL;
}

static lc_error *read_attributes(const lc_json_context *context, const lc_node *node, lc_schema_spec *spec)
{
    const lc_node *optional = lc_node_get(node, "optional"), *version = lc_node_get(node, "version");
    spec->optional = optional && optional->kind == LC_NODE_BOOLEAN && optional->truth;
    spec->name = text_member(node, "name");
    spec->doc = text_member(node, "doc");
    spec->has_version = version && lc_node_is_integral(version);
    if (spec->has_version) spec->version = (int32_t)version->number.i64;
    LC_TRY(read_parameters(context, node, spec));
    return read_default(context, node, spec);
}

lc_error *lc_json_schema_read(const lc_json_context *context, const lc_node *node,
                              const lc_schema **ret_schema)
{
    *ret_schema = NULL;
    if (node->kind == LC_NODE_NULL) return NULL;
    lc_schema_spec spec = {0};
    LC_TRY(read_type(context, node, &spec));
    LC_TRY(read_attributes(context, node, &spec));
    return lc_schema_intern(context->types, &spec, ret_schema);
}

static void put_text(lc_json_writer *writer, const char *text)
{
    lc_json_writer_bytes(writer, lc_text_of(text));
}

static lc_error *write_schema(lc_json_writer *writer, const lc_schema *schema, const lc_name *field);

static lc_error *write_fields(lc_json_writer *writer, const lc_schema *schema)
{
    put_text(writer, ",\"fields\":[");
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        if (i) put_text(writer, ",");
        LC_TRY(write_schema(writer, schema->fields[i], &schema->shape->names[i]));
    }
    put_text(writer, "]");
    return NULL;
}

static lc_error *write_type(lc_json_writer *writer, const lc_schema *schema)
{
    put_text(writer, "{\"type\":\"");
    put_text(writer, type_names[schema->type]);
    put_text(writer, "\"");
    if (schema->type == LC_TYPE_STRUCT) return write_fields(writer, schema);
    if (schema->type == LC_TYPE_MAP) {
        put_text(writer, ",\"keys\":");
        LC_TRY(write_schema(writer, schema->keys, NULL));
        put_text(writer, ",\"values\":");
        return write_schema(writer, schema->values, NULL);
    }
    if (schema->type != LC_TYPE_ARRAY) return NULL;
    put_text(writer, ",\"items\":");
    return write_schema(writer, schema->values, NULL);
}

static void write_text_member(lc_json_writer *writer, const char *start, lc_text text)
{
    if (!text.data) return;
    put_text(writer, start);
    lc_json_writer_string(writer, text);
}

static void write_parameters(lc_json_writer *writer, const lc_schema *schema)
{
    if (!schema->parameter_count) return;
    put_text(writer, ",\"parameters\":{");
    for (uint32_t i = 0; i < schema->parameter_count; i++) {
        if (i) put_text(writer, ",");
        lc_json_writer_string(writer, schema->parameters[i].key);
        put_text(writer, ":");
        if (schema->parameters[i].value.data) lc_json_writer_string(writer, schema->parameters[i].value);
        else put_text(writer, "null");
    }
    put_text(writer, "}");
}

static lc_error *write_schema(lc_json_writer *writer, const lc_schema *schema, const lc_name *field)
{
    if (!schema) {
        put_text(writer, "null");
        return NULL;
    }
    LC_TRY(write_type(writer, schema));
    put_text(writer, schema->optional ? ",\"optional\":true" : ",\"optional\":false");
    write_text_member(writer, ",\"name\":", schema->name);
    if (schema->has_version) {
        char digits[LC_INT64_TEXT];
        put_text(writer, ",\"version\":");
        lc_json_writer_bytes(writer, (lc_text){digits, lc_int64_to_text(schema->version, digits)});
    }
    write_text_member(writer, ",\"doc\":", schema->doc);
    write_parameters(writer, schema);
    if (schema->has_default) {
        put_text(writer, ",\"default\":");
        LC_TRY(lc_json_writer_value(writer, schema, &schema->default_value));
    }
    if (field) write_text_member(writer, ",\"field\":", (lc_text){field->text, field->len});
    put_text(writer, "}");
    return NULL;
}

/* The settings that show in a schema's text, through its defaults. */
typedef struct envelopes {
    lc_text texts[4];
} envelopes;

static lc_error *make_envelope(lc_json_writer *writer, lc_types *types, const lc_schema *schema, lc_text *ret)
{
    lc_auto(lc_arena) scratch = {0};
    lc_json_writer own = {.keys = writer->keys,
                          .numeric_decimals = writer->numeric_decimals,
                          .replace_null = writer->replace_null};
    lc_json_writer_start(&own, &scratch);
    put_text(&own, "{\"schema\":");
    LC_TRY(write_schema(&own, schema, NULL));
    put_text(&own, ",\"payload\":");
    lc_text text = lc_json_writer_finish(&own);
    *ret = (lc_text){memcpy(lc_types_alloc(types, text.len), text.data, text.len), text.len};
    return NULL;
}

lc_error *lc_json_envelope_of(lc_json_writer *writer, lc_types *types, const lc_schema *schema,
                              lc_text *ret_text)
{
    if (!schema) {
        *ret_text = LC_TEXT("{\"schema\":null,\"payload\":");
        return NULL;
    }
    envelopes *kept = (envelopes *)schema->attachment[LC_ATTACH_JSON];
    if (LC_UNLIKELY(!kept)) {
        kept = lc_types_alloc(types, sizeof *kept);
        *kept = (envelopes){0};
        lc_schema_attach(schema, LC_ATTACH_JSON, kept);
    }
    lc_text *text = &kept->texts[writer->numeric_decimals | writer->replace_null << 1];
    if (LC_UNLIKELY(!text->data)) LC_TRY(make_envelope(writer, types, schema, text));
    *ret_text = *text;
    return NULL;
}
