/* JSON Schemas into Connect schemas: JsonSchemaData.toConnectSchema. */
#include "convert/jsonschema_data.h"

enum {
    DEPTH_MAX = 256,
    SCHEMAS_MAX = 20000 /* that one schema may unfold to */
};

/* Where in a schema we are: the objects around the place. */
typedef struct frame {
    const struct frame *outer;
    const lc_js *schema;
} frame;

typedef struct mapper {
    lc_js_store *store;
    const lc_js_options *options;
    lc_types *types;
    lc_arena *arena;
    const frame *frames;
    unsigned depth, unions, made;
    unsigned recursion; /* how often a schema may still appear inside of itself */
} mapper;

static lc_error *map(mapper *m, const lc_js *schema, int32_t version, bool optional, const lc_schema **ret);

static lc_text text_attribute(const lc_js *schema, const char *name)
{
    const lc_json *found = lc_js_attribute(schema, name);
    return lc_json_is(found, LC_JSON_STRING) ? lc_json_text(found) : (lc_text){0};
}

/* Text that holds JSON, for what has no type of Connect's. */
static lc_error *map_anything(const mapper *m, const lc_schema **ret)
{
    lc_parameter mark = {LC_TEXT(LC_JS_ANY), LC_TEXT("")};
    lc_schema_spec spec = {.type = LC_TYPE_STRING,
                           .optional = true,
                           .name = LC_TEXT(LC_JS_ANY_NAME),
                           .has_version = true,
                           .version = 1,
                           .parameters = &mark,
                           .parameter_count = 1};
    return lc_schema_intern(m->types, &spec, ret);
}

static lc_error *map_number(const lc_js *schema, lc_schema_spec *spec)
{
    static const struct {
        const char *name;
        lc_type type;
    } types[] = {{"int8", LC_TYPE_INT8},   {"int16", LC_TYPE_INT16},     {"int32", LC_TYPE_INT32},
                 {"int64", LC_TYPE_INT64}, {"float32", LC_TYPE_FLOAT32}, {"float64", LC_TYPE_FLOAT64},
                 {"bytes", LC_TYPE_BYTES}};
    lc_text name = text_attribute(schema, "connect.type");
    spec->type = schema->kind == LC_JS_INTEGER ? LC_TYPE_INT64 : LC_TYPE_FLOAT64;
    if (!name.data) return NULL;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!lc_text_is(name, types[i].name)) continue;
        spec->type = types[i].type;
        return NULL;
    }
    return lc_fail(LC_E_DATA, "Unsupported type %.*s", (int)name.len, name.data);
}

static lc_text symbol_of(const mapper *m, const lc_json *json)
{
    lc_text text = lc_json_text(json);
    if (text.data) return text;
    if (lc_json_kind_of(json) == LC_JSON_NULL) return LC_TEXT(LC_JS_NULL_SYMBOL);
    lc_auto(lc_buf) dump = {0};
    lc_json_dump(json, &dump);
    return (lc_text){lc_arena_copy(m->arena, dump.data, dump.len), dump.len};
}

static void add_symbol(const mapper *m, lc_schema_spec *spec, lc_text symbol)
{
    lc_parameter *parameters = (lc_parameter *)(uintptr_t)spec->parameters;
    const char *prefix = m->options->generalized ? LC_JS_CONNECT_ENUM : LC_JS_ENUM;
    const char *key = lc_arena_printf(m->arena, "%s.%.*s", prefix, (int)symbol.len, symbol.data);
    for (uint32_t i = 1; i < spec->parameter_count; i++)
        if (lc_text_is(parameters[i].key, key)) return;
    lc_text value = symbol;
    if (m->options->generalized)
        value = lc_text_of(lc_arena_printf(m->arena, "%u", spec->parameter_count - 1));
    parameters[spec->parameter_count++] = (lc_parameter){lc_text_of(key), value};
}

/* Text with its symbols as parameters. */
static lc_error *map_symbols(const mapper *m, const lc_js *schema, lc_schema_spec *spec)
{
    bool single = schema->kind == LC_JS_CONST;
    const lc_json *list = lc_json_get(schema->json, single ? "const" : "enum");
    if (!single && !lc_json_is(list, LC_JSON_ARRAY))
        return lc_fail(LC_E_DATA, "\"enum\" of the JSON Schema is no array");
    size_t count = single ? 1 : lc_json_count(list);
    lc_parameter *parameters = lc_arena_alloc(m->arena, (count + 1) * sizeof *parameters);
    const char *prefix = m->options->generalized ? LC_JS_CONNECT_ENUM : LC_JS_ENUM;
    parameters[0] = (lc_parameter){lc_text_of(prefix), LC_TEXT("")};
    spec->type = LC_TYPE_STRING;
    spec->parameters = parameters;
    spec->parameter_count = 1;
    for (size_t i = 0; i < count; i++) add_symbol(m, spec, symbol_of(m, single ? list : lc_json_at(list, i)));
    return NULL;
}

static lc_error *map_inner(mapper *m, const lc_js *inner, const lc_schema **ret)
{
    return inner ? map(m, inner, -1, false, ret) : map_anything(m, ret);
}

static const lc_js *property(const lc_js *object, const char *name)
{
    for (uint32_t i = 0; i < object->count; i++)
        if (lc_text_is(object->names[i], name)) return object->parts[i];
    return NULL;
}

static lc_error *map_array(mapper *m, const lc_js *schema, lc_schema_spec *spec)
{
    if (!schema->inner) return lc_fail(LC_E_DATA, "Array schema did not specify the items type");
    const lc_js *items = schema->inner;
    if (lc_text_is(text_attribute(schema, "connect.type"), "map") && items->kind == LC_JS_OBJECT) {
        spec->type = LC_TYPE_MAP;
        LC_TRY(map_inner(m, property(items, "key"), &spec->keys));
        return map_inner(m, property(items, "value"), &spec->values);
    }
    spec->type = LC_TYPE_ARRAY;
    return map(m, items, -1, false, &spec->values);
}

/* The fields of a struct to be. */
typedef struct fields {
    lc_text *names;
    const lc_js **schemas;
    int64_t *order; /* connect.index; what has none comes after those that have one */
    bool *required;
    uint32_t count;
} fields;

static fields new_fields(const mapper *m, size_t count)
{
    return (fields){.names = lc_arena_alloc(m->arena, count * sizeof(lc_text)),
                    .schemas = lc_arena_alloc(m->arena, count * sizeof(void *)),
                    .order = lc_arena_alloc(m->arena, count * sizeof(int64_t)),
                    .required = lc_arena_alloc(m->arena, count)};
}

static bool is_required(const lc_js *object, lc_text name)
{
    const lc_json *list = lc_json_get(object->json, "required");
    for (size_t i = 0; i < lc_json_count(list) && lc_json_is(list, LC_JSON_ARRAY); i++)
        if (lc_text_eq(lc_json_text(lc_json_at(list, i)), name)) return true;
    return false;
}

static void put_field_at(fields *f, uint32_t at, lc_text name, const lc_js *schema, bool required)
{
    int64_t index;
    f->names[at] = name;
    f->schemas[at] = schema;
    f->required[at] = required;
    f->order[at] = lc_json_int(lc_js_attribute(schema, "connect.index"), &index) ? index : INT64_MAX;
    if (at == f->count) f->count++;
}

/* A later one of the same name replaces the earlier one, in its place. */
static void put_field(fields *f, lc_text name, const lc_js *schema, bool required)
{
    uint32_t at = 0;
    while (at < f->count && !lc_text_eq(f->names[at], name)) at++;
    put_field_at(f, at, name, schema, required);
}

static void swap_fields(fields *f, uint32_t a, uint32_t b)
{
    lc_text name = f->names[a];
    const lc_js *schema = f->schemas[a];
    int64_t order = f->order[a];
    bool required = f->required[a];
    f->names[a] = f->names[b], f->schemas[a] = f->schemas[b];
    f->order[a] = f->order[b], f->required[a] = f->required[b];
    f->names[b] = name, f->schemas[b] = schema;
    f->order[b] = order, f->required[b] = required;
}

/* Insertion: they are nearly always in order already. */
static void sort_fields(fields *f)
{
    for (uint32_t i = 1; i < f->count; i++)
        for (uint32_t k = i; k && f->order[k - 1] > f->order[k]; k--) swap_fields(f, k - 1, k);
}

static lc_error *map_fields(mapper *m, const fields *f, lc_schema_spec *spec)
{
    const lc_schema **schemas = lc_arena_alloc(m->arena, f->count * sizeof *schemas);
    for (uint32_t i = 0; i < f->count; i++) {
        bool optional = m->options->optional_unrequired && !f->required[i];
        LC_TRY(map(m, f->schemas[i], -1, optional, &schemas[i]));
    }
    spec->type = LC_TYPE_STRUCT;
    spec->field_names = f->names;
    spec->field_schemas = schemas;
    spec->field_count = f->count;
    return NULL;
}

static bool is_map(const lc_js *schema)
{
    return lc_text_is(text_attribute(schema, "connect.type"), "map") || (!schema->count && schema->inner);
}

static lc_error *map_object(mapper *m, const lc_js *schema, lc_schema_spec *spec)
{
    if (is_map(schema)) {
        spec->type = LC_TYPE_MAP;
        spec->keys = lc_schema_primitive(m->types, LC_TYPE_STRING, false);
        return map_inner(m, schema->inner, &spec->values);
    }
    fields f = new_fields(m, schema->count);
    if (schema->count > SCHEMAS_MAX)
        return lc_fail(LC_E_DATA, "The JSON Schema has more than %d properties", (int)SCHEMAS_MAX);
    for (uint32_t i = 0; i < schema->count; i++)
        put_field_at(&f, i, schema->names[i], schema->parts[i], is_required(schema, schema->names[i]));
    sort_fields(&f);
    return map_fields(m, &f, spec);
}

static lc_error *map_union(mapper *m, const lc_js *schema, lc_schema_spec *spec)
{
    lc_text *names = lc_arena_alloc(m->arena, schema->count * sizeof *names);
    const lc_schema **schemas = lc_arena_alloc(m->arena, schema->count * sizeof *schemas);
    bool generalized = m->options->generalized;
    const char *name =
        generalized ? lc_arena_printf(m->arena, "connect_union_%u", m->unions++) : LC_JS_ONE_OF;
    const char *prefix = generalized ? "connect_union_field_" : LC_JS_ONE_OF ".field.";
    spec->type = LC_TYPE_STRUCT;
    spec->name = lc_text_of(name);
    for (uint32_t i = 0; i < schema->count; i++) {
        if (schema->parts[i]->kind == LC_JS_NULL) {
            spec->optional = true;
            continue;
        }
        uint32_t at = spec->field_count++;
        names[at] = lc_text_of(lc_arena_printf(m->arena, "%s%u", prefix, at));
        LC_TRY(map(m, schema->parts[i], -1, true, &schemas[at]));
    }
    spec->field_names = names;
    spec->field_schemas = schemas;
    if (!generalized) return NULL;
    lc_parameter *mark = lc_arena_alloc(m->arena, sizeof *mark);
    *mark = (lc_parameter){LC_TEXT(LC_JS_CONNECT_UNION), spec->name};
    spec->parameters = mark;
    spec->parameter_count = 1;
    return NULL;
}

static lc_error *add_parameters(const mapper *m, const lc_js *schema, lc_schema_spec *spec)
{
    const lc_json *given = lc_js_attribute(schema, "connect.parameters");
    if (!lc_json_is(given, LC_JSON_OBJECT)) return NULL;
    size_t count = lc_json_count(given);
    lc_parameter *all = lc_arena_alloc(m->arena, (spec->parameter_count + count) * sizeof *all);
    if (spec->parameter_count) memcpy(all, spec->parameters, spec->parameter_count * sizeof *all);
    for (size_t i = 0; i < count; i++) {
        lc_text key = lc_json_key_text_at(given, i), value = lc_json_text(lc_json_at(given, i));
        uint32_t at = 0;
        if (!value.data) return lc_fail(LC_E_DATA, "Schema parameters must have string values.");
        while (at < spec->parameter_count && !lc_text_eq(all[at].key, key)) at++;
        all[at] = (lc_parameter){key, value};
        if (at == spec->parameter_count) spec->parameter_count++;
    }
    spec->parameters = all;
    return NULL;
}

static lc_error *add_default(const mapper *m, const lc_js *schema, lc_schema_spec *spec)
{
    const lc_json *given = lc_js_attribute(schema, "default");
    const lc_schema *draft;
    lc_auto(lc_buf) text = {0};
    lc_source source;
    lc_node node;
    if (!given || lc_json_kind_of(given) == LC_JSON_NULL) return NULL;
    LC_TRY(lc_schema_intern(m->types, spec, &draft));
    lc_json_dump(given, &text);
    lc_text kept = {lc_arena_copy(m->arena, text.data, text.len), text.len};
    if (!lc_source_open(&source, m->arena, kept)) return lc_source_error(&source);
    LC_TRY(lc_tree_read(&source, &node));
    lc_js_reader reader = {.context = {m->types, m->arena, true}};
    lc_error *error = lc_js_read(&reader, draft, &node, &spec->default_value);
    if (error)
        return lc_wrap(error, LC_E_SCHEMA_BUILDER, "Invalid default value %s: %s", text.data,
                       lc_error_message(error));
    spec->has_default = spec->default_value.kind != LC_NULL;
    return NULL;
}

static lc_error *add_attributes(const mapper *m, const lc_js *schema, int32_t version, lc_schema_spec *spec)
{
    int64_t given;
    if (!spec->name.data) spec->name = text_attribute(schema, "title");
    spec->doc = text_attribute(schema, "description");
    if (lc_json_int(lc_js_attribute(schema, "connect.version"), &given)) version = (int32_t)given;
    spec->has_version = version >= 0;
    if (spec->has_version) spec->version = version;
    LC_TRY(add_parameters(m, schema, spec));
    return add_default(m, schema, spec);
}

static lc_error *map_typed(mapper *m, const lc_js *schema, lc_schema_spec *spec)
{
    switch (schema->kind) {
    case LC_JS_BOOLEAN: spec->type = LC_TYPE_BOOLEAN; return NULL;
    case LC_JS_INTEGER:
    case LC_JS_NUMBER: return map_number(schema, spec);
    case LC_JS_STRING: {
        bool bytes = lc_text_is(text_attribute(schema, "connect.type"), "bytes");
        spec->type = bytes ? LC_TYPE_BYTES : LC_TYPE_STRING;
        return NULL;
    }
    case LC_JS_CONST:
    case LC_JS_SYMBOLS: return map_symbols(m, schema, spec);
    case LC_JS_ARRAY: return map_array(m, schema, spec);
    case LC_JS_OBJECT: return map_object(m, schema, spec);
    default: return map_union(m, schema, spec);
    }
}

/* What a union of null and one type is of; NULL: it is no such union. */
static const lc_js *nullable(const lc_js *schema)
{
    if (schema->kind != LC_JS_ONE || schema->count != 2) return NULL;
    bool first = schema->parts[0]->kind == LC_JS_NULL, second = schema->parts[1]->kind == LC_JS_NULL;
    return first == second ? NULL : schema->parts[first ? 1 : 0];
}

static size_t count_properties(mapper *m, const lc_js *schema, unsigned depth)
{
    size_t sum = schema->kind == LC_JS_OBJECT ? schema->count : 0;
    const lc_js *target;
    if (depth > DEPTH_MAX || ++m->made > SCHEMAS_MAX) return sum;
    if (schema->kind == LC_JS_REF) {
        lc_error *error = lc_js_follow(m->store, schema, &target);
        if (!error) return count_properties(m, target, depth + 1);
        lc_error_free(error);
    }
    for (uint32_t i = 0; schema->kind == LC_JS_ALL && i < schema->count; i++)
        sum += count_properties(m, schema->parts[i], depth + 1);
    return sum;
}

/* The properties of all that must hold together. */
static lc_error *collect(mapper *m, const lc_js *schema, unsigned depth, fields *into)
{
    const lc_js *target;
    if (depth > DEPTH_MAX || ++m->made > SCHEMAS_MAX)
        return lc_fail(LC_E_DATA, "allOf of the JSON Schema contains itself");
    if (schema->kind == LC_JS_REF) {
        LC_TRY(lc_js_follow(m->store, schema, &target));
        return collect(m, target, depth + 1, into);
    }
    for (uint32_t i = 0; schema->kind == LC_JS_ALL && i < schema->count; i++)
        LC_TRY(collect(m, schema->parts[i], depth + 1, into));
    for (uint32_t i = 0; schema->kind == LC_JS_OBJECT && i < schema->count; i++)
        put_field(into, schema->names[i], schema->parts[i], is_required(schema, schema->names[i]));
    return NULL;
}

static const lc_js *part_of(const lc_js *schema, lc_js_kind kind)
{
    const lc_js *found = NULL;
    for (uint32_t i = 0; i < schema->count; i++)
        if (schema->parts[i]->kind == kind) found = schema->parts[i];
    return found;
}

static const lc_js *combined_part(const lc_js *schema)
{
    const lc_js *found = NULL;
    for (uint32_t i = 0; i < schema->count; i++)
        if (schema->parts[i]->kind == LC_JS_ONE || schema->parts[i]->kind == LC_JS_ALL)
            found = schema->parts[i];
    return found;
}

/* The part that says which type something is, of those that have no properties. NULL: none does. */
static const lc_js *telling_part(const lc_js *schema)
{
    static const lc_js_kind others[] = {LC_JS_REF, LC_JS_OBJECT, LC_JS_ARRAY, LC_JS_BOOLEAN, LC_JS_NULL};
    const lc_js *combined = combined_part(schema), *symbols = part_of(schema, LC_JS_SYMBOLS);
    const lc_js *text = part_of(schema, LC_JS_STRING), *number = part_of(schema, LC_JS_NUMBER);
    if (part_of(schema, LC_JS_INTEGER)) number = part_of(schema, LC_JS_INTEGER);
    if (combined) return combined;
    if (part_of(schema, LC_JS_CONST)) return text ? text : number ? number : part_of(schema, LC_JS_CONST);
    if (symbols) return text || !number ? symbols : number;
    /* A format alone makes text of it; with a number it is the number's. */
    if (number && (!text || text->has_format)) return number;
    if (text) return text;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (part_of(schema, others[i])) return part_of(schema, others[i]);
    return NULL;
}

static lc_error *map_all(mapper *m, const lc_js *schema, int32_t version, bool optional,
                         const lc_schema **ret)
{
    size_t most = count_properties(m, schema, 0);
    lc_schema_spec spec = {.optional = optional};
    if (!most) {
        const lc_js *part = telling_part(schema);
        return part ? map(m, part, version, optional, ret) : map_anything(m, ret);
    }
    fields f = new_fields(m, most);
    LC_TRY(collect(m, schema, 0, &f));
    LC_TRY(map_fields(m, &f, &spec));
    return lc_schema_intern(m->types, &spec, ret);
}

static bool is_around(const mapper *m, const lc_js *schema)
{
    for (const frame *f = m->frames; f; f = f->outer)
        if (f->schema == schema) return true;
    return false;
}

static lc_error *map_reference(mapper *m, const lc_js *schema, int32_t version, bool optional,
                               const lc_schema **ret)
{
    const lc_js *target;
    LC_TRY(lc_js_follow(m->store, schema, &target));
    if (!is_around(m, target)) return map(m, target, version, optional, ret);
    if (!m->recursion) return map_anything(m, ret);
    m->recursion--;
    lc_error *error = map(m, target, version, optional, ret);
    m->recursion++;
    return error;
}

static lc_error *map_here(mapper *m, const lc_js *schema, int32_t version, bool optional,
                          const lc_schema **ret)
{
    const lc_js *inside = nullable(schema);
    if (schema->kind == LC_JS_REF) return map_reference(m, schema, version, optional, ret);
    if (schema->kind == LC_JS_ANYTHING || schema->kind == LC_JS_NULL) return map_anything(m, ret);
    bool several = schema->kind == LC_JS_ONE || schema->kind == LC_JS_ALL;
    if (several && schema->count == 1 && m->options->flatten)
        return map(m, schema->parts[0], version, optional, ret);
    if (several && schema->count == 0) return map_anything(m, ret);
    if (inside) return map(m, inside, version, true, ret);
    if (schema->kind == LC_JS_ALL) return map_all(m, schema, version, optional, ret);
    lc_schema_spec spec = {0};
    LC_TRY(map_typed(m, schema, &spec));
    LC_TRY(add_attributes(m, schema, version, &spec));
    spec.optional |= optional;
    return lc_schema_intern(m->types, &spec, ret);
}

static lc_error *map(mapper *m, const lc_js *schema, int32_t version, bool optional, const lc_schema **ret)
{
    frame here = {m->frames, schema};
    if (m->depth >= DEPTH_MAX)
        return lc_fail(LC_E_DATA, "The JSON Schema is nested more than %d deep", (int)DEPTH_MAX);
    if (++m->made > SCHEMAS_MAX)
        return lc_fail(
            LC_E_DATA,
            "The JSON Schema unfolds to more than %d schemas. A smaller json.recursion.depth may help",
            (int)SCHEMAS_MAX);
    m->depth++;
    m->frames = &here;
    lc_error *error = map_here(m, schema, version, optional, ret);
    m->frames = here.outer;
    m->depth--;
    return error;
}

lc_error *lc_js_to_connect(lc_js_store *store, const lc_js_options *options, lc_types *types,
                           const lc_js *schema, int32_t version, const lc_schema **ret_schema)
{
    lc_auto(lc_arena) arena = {0};
    mapper m = {
        .store = store, .options = options, .types = types, .arena = &arena, .recursion = options->recursion};
    *ret_schema = NULL;
    return map(&m, schema, version, false, ret_schema);
}
