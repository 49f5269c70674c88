/* Connect schemas into Avro schemas: AvroData.fromConnectSchema. */
#include <stdlib.h>

#include "base/memory.h"
#include "convert/avro_data.h"
#include "convert/avro_default.h"
#include "java/number.h"

enum { DEFAULT_PRECISION = 64 };

typedef struct maker {
    lc_avro_store *store;
    const lc_avro_options *options;
    lc_types *types;
    const lc_avro **known; /* by id of a required Connect schema: what was made of it */
    size_t known_cap;
    lc_table *seen;   /* names of types of fields so far */
    unsigned unnamed; /* types that got a default name */
    unsigned depth;
} maker;

static lc_error *make(maker *m, const lc_schema *schema, bool ignore_optional, const lc_avro **ret);

static lc_error *add_text(maker *m, lc_avro *node, const char *key, lc_text value)
{
    return lc_avro_add_prop(m->store, node, lc_text_of(key), lc_json_new_text(value));
}

static lc_error *add_int(maker *m, lc_avro *node, const char *key, int64_t value)
{
    return lc_avro_add_prop(m->store, node, lc_text_of(key), lc_json_new_int(value));
}

static bool is_called(const lc_schema *schema, const char *name)
{
    return schema->name.data && lc_text_eq_nocase(schema->name, lc_text_of(name));
}

static lc_error *int_parameter(const lc_schema *schema, const char *key, int64_t fallback, int64_t *ret)
{
    lc_text text = lc_schema_parameter(schema, key);
    if (!text.data && fallback >= 0) *ret = fallback;
    else if (!lc_parse_int(text, INT32_MIN, INT32_MAX, ret))
        return lc_fail(LC_E_NUMBER_FORMAT, "Parameter %s of the schema is no number: \"%.*s\"", key,
                       (int)text.len, text.data ? text.data : "");
    return NULL;
}

/* The schema's name, or ConnectDefault, ConnectDefault2, … */
static void name_or_default(maker *m, const lc_schema *schema, lc_text *ret_space, lc_text *ret_name)
{
    if (schema->name.data) {
        lc_avro_split(schema->name, ret_space, ret_name);
        *ret_name = lc_avro_scrub(&m->store->arena, m->options, *ret_name);
        *ret_space = lc_avro_scrub_space(&m->store->arena, m->options, *ret_space);
        return;
    }
    *ret_space = LC_TEXT(LC_AVRO_SPACE);
    *ret_name = LC_TEXT(LC_AVRO_DEFAULT_NAME);
    if (++m->unnamed > 1)
        *ret_name = lc_text_of(lc_arena_printf(&m->store->arena, LC_AVRO_DEFAULT_NAME "%u", m->unnamed));
}

static lc_error *named(maker *m, const lc_schema *schema, lc_avro_type type, lc_avro **ret)
{
    lc_text space, name;
    name_or_default(m, schema, &space, &name);
    *ret = lc_avro_new(m->store, type);
    return lc_avro_set_name(m->store, *ret, name, space);
}

static bool is_named(const lc_avro *avro)
{
    for (uint32_t i = 0; avro->type == LC_AVRO_UNION && i < avro->count; i++)
        if (lc_avro_is_named(avro->branches[i])) return true;
    return lc_avro_is_named(avro);
}

static bool was_seen(maker *m, const lc_schema *schema)
{
    if (!schema->name.data) return false;
    bool seen = lc_table_get_text(m->seen, schema->name);
    if (!seen) lc_table_put_text(m->seen, schema->name, m);
    return seen;
}

static lc_json *parameters_of(maker *m, const lc_schema *schema)
{
    lc_json *object = lc_json_new_object();
    for (uint32_t i = 0; i < schema->parameter_count; i++) {
        const lc_parameter *p = &schema->parameters[i];
        if (!m->options->discard_doc && lc_text_is(p->key, LC_AVRO_FIELD_DEFAULT)) continue;
        lc_json_set_at(object, p->key, lc_json_new_text(p->value));
    }
    if (lc_json_count(object)) return lc_avro_keep(m->store, object);
    lc_json_free(object);
    return NULL;
}

/* A field whose default doesn't fit its type has none. */
static lc_error *add_field(maker *m, lc_avro *record, lc_text name, const lc_schema *schema, lc_text doc)
{
    lc_avro_field *field = &record->fields[record->count];
    lc_json *fallback = NULL;
    if (schema->has_default)
        LC_TRY(lc_avro_default_to_json(m->options, schema, &schema->default_value, &fallback));
    else if (schema->optional) fallback = lc_json_new_null();
    if (fallback) lc_avro_keep(m->store, fallback);
    *field = (lc_avro_field){.name = name, .doc = m->options->discard_doc ? schema->doc : doc};
    bool seen = m->options->modern && was_seen(m, schema);
    LC_TRY(make(m, schema, false, &field->schema));
    LC_TRY(lc_avro_check_name(name));
    /* The type is written where it comes first only, so what this field has of its own goes to the field. */
    lc_json *parameters =
        seen && m->options->meta && is_named(field->schema) ? parameters_of(m, schema) : NULL;
    if (parameters) lc_avro_props_add(m->store, &field->props, LC_TEXT("connect.parameters"), parameters);
    if (fallback && lc_avro_is_default(field->schema, fallback)) field->fallback = fallback;
    record->count++;
    return NULL;
}

static void end_fields(lc_avro *record)
{
    record->has_fields = true;
}

static lc_text field_doc(maker *m, const lc_schema *schema, const lc_name *field)
{
    if (m->options->discard_doc || !schema->parameter_count) return (lc_text){0};
    return lc_schema_parameter(schema,
                               lc_arena_printf(&m->store->arena, LC_AVRO_FIELD_DOC "%s", field->text));
}

static lc_error *make_record(maker *m, const lc_schema *schema, lc_avro **ret)
{
    LC_TRY(named(m, schema, LC_AVRO_RECORD, ret));
    lc_avro *record = *ret;
    record->doc =
        lc_schema_parameter(schema, m->options->discard_doc ? "connect.record.doc" : LC_AVRO_RECORD_DOC);
    record->fields = lc_arena_alloc(&m->store->arena, schema->shape->count * sizeof *record->fields);
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_name *name = &schema->shape->names[i];
        lc_text scrubbed = lc_avro_scrub(&m->store->arena, m->options, (lc_text){name->text, name->len});
        LC_TRY(add_field(m, record, scrubbed, schema->fields[i], field_doc(m, schema, name)));
    }
    end_fields(record);
    return lc_avro_check_fields(record);
}

static lc_error *make_entries(maker *m, const lc_schema *schema, lc_avro *array)
{
    lc_avro *entry;
    if (schema->name.data) {
        LC_TRY(named(m, schema, LC_AVRO_RECORD, &entry));
        LC_TRY(add_text(m, entry, LC_AVRO_INTERNAL_TYPE, LC_TEXT(LC_AVRO_ENTRY)));
    } else {
        entry = lc_avro_new(m->store, LC_AVRO_RECORD);
        LC_TRY(lc_avro_set_name(m->store, entry, LC_TEXT(LC_AVRO_ENTRY), LC_TEXT(LC_AVRO_SPACE)));
    }
    entry->fields = lc_arena_alloc(&m->store->arena, 2 * sizeof *entry->fields);
    LC_TRY(add_field(m, entry, LC_TEXT("key"), schema->keys, (lc_text){0}));
    LC_TRY(add_field(m, entry, LC_TEXT("value"), schema->values, (lc_text){0}));
    end_fields(entry);
    array->items = entry;
    return NULL;
}

static lc_error *make_container(maker *m, const lc_schema *schema, lc_avro **ret)
{
    bool entries = schema->type == LC_TYPE_MAP && !lc_avro_is_plain_map(m->options, schema);
    bool map = schema->type == LC_TYPE_MAP && !entries;
    *ret = lc_avro_new(m->store, map ? LC_AVRO_MAP : LC_AVRO_ARRAY);
    if (!schema->values || (entries && !schema->keys))
        return lc_fail(LC_E_DATA, "A collection without a schema for what is in it has no Avro schema");
    return entries ? make_entries(m, schema, *ret) : make(m, schema->values, false, &(*ret)->items);
}

static void read_symbols(maker *m, const lc_schema *schema, const char *parameter, lc_avro *node)
{
    size_t len = strlen(parameter);
    lc_text *symbols = lc_arena_alloc(&m->store->arena, schema->parameter_count * sizeof *symbols);
    for (uint32_t i = 0; i < schema->parameter_count; i++) {
        lc_text key = schema->parameters[i].key;
        if (key.len <= len || memcmp(key.data, parameter, len) != 0 || key.data[len] != '.') continue;
        symbols[node->count++] = (lc_text){key.data + len + 1, key.len - len - 1};
    }
    node->symbols = symbols;
}

static lc_error *make_enum(maker *m, const lc_schema *schema, lc_avro **ret)
{
    const char *parameter = lc_avro_enum_parameter(m->options);
    lc_text full = lc_schema_parameter(schema, parameter), space, name;
    if (!full.data) return lc_fail(LC_E_NULL_POINTER, "The schema has no parameter %s", parameter);
    name_or_default(m, schema, &space, &name);
    *ret = lc_avro_new(m->store, LC_AVRO_ENUM);
    LC_TRY(lc_avro_set_name(m->store, *ret, full, (lc_text){0}));
    lc_arena *arena = &m->store->arena;
    const char *doc = lc_arena_printf(arena, LC_AVRO_ENUM_DOC "%.*s", (int)name.len, name.data);
    const char *fallback = lc_arena_printf(arena, LC_AVRO_ENUM_DEFAULT "%.*s", (int)name.len, name.data);
    (*ret)->doc = lc_schema_parameter(schema, m->options->discard_doc ? "connect.enum.doc" : doc);
    if (!m->options->discard_doc) (*ret)->enum_default = lc_schema_parameter(schema, fallback);
    read_symbols(m, schema, parameter, *ret);
    return lc_avro_check_enum(*ret);
}

static lc_error *make_bytes(maker *m, const lc_schema *schema, lc_avro **ret)
{
    int64_t size, scale, precision;
    if (lc_avro_is_fixed(schema)) {
        LC_TRY(named(m, schema, LC_AVRO_FIXED, ret));
        LC_TRY(int_parameter(schema, LC_AVRO_FIXED_SIZE, -1, &size));
        if (size < 0 || size > LC_AVRO_FIXED_MAX)
            return lc_fail(LC_E_DATA, "A fixed can't have %d bytes", (int)size);
        (*ret)->size = (int32_t)size;
    } else {
        *ret = lc_avro_new(m->store, LC_AVRO_BYTES);
    }
    if (!is_called(schema, LC_DECIMAL_NAME)) return NULL;
    LC_TRY(int_parameter(schema, "scale", -1, &scale));
    LC_TRY(int_parameter(schema, LC_AVRO_PRECISION, DEFAULT_PRECISION, &precision));
    LC_TRY(add_int(m, *ret, "scale", scale));
    return add_int(m, *ret, "precision", precision);
}

static lc_error *make_scalar(maker *m, const lc_schema *schema, lc_avro **ret)
{
    static const lc_avro_type types[] = {
        [LC_TYPE_BOOLEAN] = LC_AVRO_BOOLEAN, [LC_TYPE_INT8] = LC_AVRO_INT,
        [LC_TYPE_INT16] = LC_AVRO_INT,       [LC_TYPE_INT32] = LC_AVRO_INT,
        [LC_TYPE_INT64] = LC_AVRO_LONG,      [LC_TYPE_FLOAT32] = LC_AVRO_FLOAT,
        [LC_TYPE_FLOAT64] = LC_AVRO_DOUBLE,  [LC_TYPE_STRING] = LC_AVRO_STRING,
    };
    *ret = lc_avro_new(m->store, types[schema->type]);
    return NULL;
}

static lc_error *make_union(maker *m, const lc_schema *schema, const lc_avro **ret)
{
    lc_avro *node = lc_avro_new(m->store, LC_AVRO_UNION);
    node->branches = lc_arena_alloc(&m->store->arena, (schema->shape->count + 1) * sizeof *node->branches);
    if (schema->optional) node->branches[node->count++] = lc_avro_new(m->store, LC_AVRO_NULL);
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_schema *branch = lc_schema_with_optional(m->types, schema->fields[i], false);
        LC_TRY(make(m, branch, true, &node->branches[node->count++]));
    }
    *ret = node;
    return lc_avro_check_union(node);
}

static void pair(maker *m, const lc_avro *first, const lc_avro *second, const lc_avro **ret)
{
    lc_avro *node = lc_avro_new(m->store, LC_AVRO_UNION);
    node->branches = lc_arena_alloc(&m->store->arena, 2 * sizeof *node->branches);
    node->branches[node->count++] = first;
    node->branches[node->count++] = second;
    *ret = node;
}

static void add_parameters(maker *m, const lc_schema *schema, lc_avro *node)
{
    lc_json *object = parameters_of(m, schema);
    if (object) lc_avro_props_add(m->store, &node->props, LC_TEXT("connect.parameters"), object);
}

static lc_error *add_default(maker *m, const lc_schema *schema, lc_avro *node)
{
    lc_json *value = NULL;
    bool of_field = !m->options->discard_doc && lc_schema_parameter(schema, LC_AVRO_FIELD_DEFAULT).data;
    if (!schema->has_default || of_field) return NULL;
    LC_TRY(lc_avro_default_to_json(m->options, schema, &schema->default_value, &value));
    return lc_avro_add_prop(m->store, node, LC_TEXT("connect.default"), value);
}

static lc_error *add_meta(maker *m, const lc_schema *schema, lc_avro *node)
{
    if (schema->doc.data) LC_TRY(add_text(m, node, "connect.doc", schema->doc));
    if (schema->has_version) LC_TRY(add_int(m, node, "connect.version", schema->version));
    add_parameters(m, schema, node);
    LC_TRY(add_default(m, schema, node));
    if (schema->name.data) LC_TRY(add_text(m, node, "connect.name", schema->name));
    if (schema->type == LC_TYPE_INT8) return add_text(m, node, "connect.type", LC_TEXT("int8"));
    if (schema->type == LC_TYPE_INT16) return add_text(m, node, "connect.type", LC_TEXT("int16"));
    return NULL;
}

static lc_error *add_decimal(maker *m, const lc_schema *schema, lc_avro *node)
{
    int64_t precision, scale;
    LC_TRY(int_parameter(schema, LC_AVRO_PRECISION, DEFAULT_PRECISION, &precision));
    LC_TRY(int_parameter(schema, "scale", 0, &scale));
    bool fits = scale >= 0 && scale <= precision;
    if (fits && node->type != LC_AVRO_BYTES && node->type != LC_AVRO_FIXED)
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "Logical type decimal must be backed by fixed or bytes");
    if (fits && precision <= 0)
        return lc_fail(LC_E_ILLEGAL_ARGUMENT, "Invalid decimal precision: %d (must be positive)",
                       (int)precision);
    LC_TRY(add_text(m, node, "logicalType", LC_TEXT("decimal")));
    if (!fits) return NULL;
    LC_TRY(add_int(m, node, "precision", precision));
    return add_int(m, node, "scale", scale);
}

static lc_error *add_logical(maker *m, const lc_schema *schema, lc_avro *node)
{
    static const struct {
        const char *name, *logical;
        lc_avro_type type;
    } logicals[] = {
        {LC_TIME_NAME, "time-millis", LC_AVRO_INT},
        {LC_TIMESTAMP_NAME, "timestamp-millis", LC_AVRO_LONG},
        {LC_DATE_NAME, "date", LC_AVRO_INT},
    };
    if (is_called(schema, LC_DECIMAL_NAME)) return add_decimal(m, schema, node);
    for (size_t i = 0; i < sizeof logicals / sizeof *logicals; i++) {
        if (!is_called(schema, logicals[i].name)) continue;
        if (node->type != logicals[i].type)
            return lc_fail(LC_E_ILLEGAL_ARGUMENT, "Logical type %s can only be used with type %s",
                           logicals[i].logical, lc_avro_type_name(logicals[i].type));
        return add_text(m, node, "logicalType", lc_text_of(logicals[i].logical));
    }
    return NULL;
}

static lc_error *add_avro_parameters(maker *m, const lc_schema *schema, lc_avro *node)
{
    for (uint32_t i = 0; i < schema->parameter_count; i++) {
        const lc_parameter *p = &schema->parameters[i];
        if (lc_text_starts(p->key, "avro"))
            LC_TRY(lc_avro_add_prop(m->store, node, p->key, lc_json_new_text(p->value)));
    }
    return NULL;
}

static lc_error *make_base(maker *m, const lc_schema *schema, lc_avro **ret)
{
    bool enums = m->options->generalized || m->options->enhanced;
    switch (schema->type) {
    case LC_TYPE_STRUCT: return make_record(m, schema, ret);
    case LC_TYPE_ARRAY:
    case LC_TYPE_MAP: return make_container(m, schema, ret);
    case LC_TYPE_BYTES: return make_bytes(m, schema, ret);
    default:
        return enums && lc_avro_is_enum(schema) ? make_enum(m, schema, ret) : make_scalar(m, schema, ret);
    }
}

static const lc_avro **known(maker *m, const lc_schema *schema)
{
    size_t before = m->known_cap;
    m->known = lc_grow(m->known, &m->known_cap, (size_t)schema->id + 1, sizeof *m->known);
    if (m->known_cap > before) memset(m->known + before, 0, (m->known_cap - before) * sizeof *m->known);
    return &m->known[schema->id];
}

static lc_error *make_new(maker *m, const lc_schema *schema, bool ignore_optional, const lc_avro **ret)
{
    lc_avro *base = NULL;
    LC_TRY(make_base(m, schema, &base));
    if (m->options->meta) LC_TRY(add_meta(m, schema, base));
    if (schema->name.data) LC_TRY(add_logical(m, schema, base));
    LC_TRY(add_avro_parameters(m, schema, base));
    *ret = base;
    if (ignore_optional || !schema->optional) return NULL;
    const lc_avro *none = lc_avro_new(m->store, LC_AVRO_NULL);
    if (schema->has_default) pair(m, base, none, ret);
    else pair(m, none, base, ret);
    return NULL;
}

static lc_error *make_optional_struct(maker *m, const lc_schema *schema, const lc_avro **ret)
{
    const lc_avro *none = lc_avro_new(m->store, LC_AVRO_NULL), *record;
    LC_TRY(make(m, lc_schema_with_optional(m->types, schema, false), false, &record));
    pair(m, none, record, ret);
    return NULL;
}

static lc_error *make_one(maker *m, const lc_schema *schema, bool ignore_optional, const lc_avro **ret)
{
    bool is_struct = schema->type == LC_TYPE_STRUCT;
    if (is_struct && lc_avro_is_union(schema)) return make_union(m, schema, ret);
    if (is_struct && schema->optional) return make_optional_struct(m, schema, ret);
    if (!schema->optional && *known(m, schema)) {
        *ret = *known(m, schema);
        return NULL;
    }
    LC_TRY(make_new(m, schema, ignore_optional, ret));
    if (!schema->optional) *known(m, schema) = *ret;
    return NULL;
}

static lc_error *make(maker *m, const lc_schema *schema, bool ignore_optional, const lc_avro **ret)
{
    if (m->depth == LC_AVRO_DEPTH_MAX)
        return lc_fail(LC_E_DATA, "The schema is nested more than %d deep", (int)LC_AVRO_DEPTH_MAX);
    m->depth++;
    lc_error *error = make_one(m, schema, ignore_optional, ret);
    m->depth--;
    return error;
}

lc_error *lc_avro_from_connect(lc_avro_store *store, const lc_avro_options *options, lc_types *types,
                               const lc_schema *schema, const lc_avro **ret_avro)
{
    if (!schema) {
        *ret_avro = lc_avro_anything(store);
        return NULL;
    }
    maker m = {.store = store, .options = options, .types = types, .seen = lc_table_new(NULL)};
    lc_error *error = make(&m, schema, false, ret_avro);
    lc_table_free(m.seen);
    free(m.known);
    return error;
}
