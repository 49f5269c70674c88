/* Avro schemas into Connect schemas: AvroData.toConnectSchema. */
#include <stdlib.h>

#include "base/memory.h"
#include "convert/avro_default.h"
#include "java/number.h"

enum { DEFAULT_PRECISION = 64, FIRST_PARAMETERS = 8 };

/* What was found out about a node of the Avro schema. */
typedef struct place {
    const lc_schema *plain[2];      /* required, optional; without default and doc of a field */
    const lc_schema *const *fields; /* RECORD: schemas of its fields, once known */
    bool under_way;
} place;

typedef struct maker {
    const lc_avro_options *options;
    lc_types *types;
    lc_arena arena; /* of what is needed until the schema is interned */
    place *places;  /* by id of the node */
    uint32_t unions;
    unsigned depth;
} maker;

/* How a type is used where it stands. */
typedef struct use {
    bool optional;
    const lc_json *fallback; /* of the field; NULL: none */
    const lc_avro *fallback_type;
    lc_text doc;     /* of the field */
    int32_t version; /* -1: none */
} use;

static const use plain_use = {.version = -1};
static const use branch_use = {.optional = true, .version = -1};

static lc_error *make(maker *m, const lc_avro *avro, const use *u, const lc_schema **ret);

/* Replaces the value of a key that is there; order doesn't count. */
static void put_parameter(maker *m, lc_schema_spec *spec, lc_text key, lc_text value)
{
    lc_parameter *list = (lc_parameter *)(uintptr_t)spec->parameters;
    for (uint32_t i = 0; i < spec->parameter_count; i++) {
        if (!lc_text_eq(list[i].key, key)) continue;
        list[i].value = value;
        return;
    }
    uint32_t count = spec->parameter_count;
    if (count == 0 || (count >= FIRST_PARAMETERS && (count & (count - 1)) == 0)) {
        size_t cap = count ? count * 2 : FIRST_PARAMETERS;
        lc_parameter *larger = lc_arena_alloc(&m->arena, cap * sizeof *larger);
        if (count) memcpy(larger, list, count * sizeof *larger);
        spec->parameters = list = larger;
    }
    list[spec->parameter_count++] = (lc_parameter){key, value};
}

static lc_text number_text(maker *m, int64_t number)
{
    return lc_text_of(lc_arena_printf(&m->arena, "%lld", (long long)number));
}

static lc_text joined(maker *m, const char *prefix, lc_text text)
{
    return lc_text_of(lc_arena_printf(&m->arena, "%s%.*s", prefix, (int)text.len, text.data));
}

static void set_logical(lc_schema_spec *spec, lc_type type, const char *name)
{
    spec->type = type;
    spec->name = lc_text_of(name);
    spec->has_version = true;
    spec->version = 1;
}

/* Java's intValue of a JSON number; false: it is none. */
static bool int_of(const lc_json *json, int32_t *ret)
{
    int64_t whole;
    double real;
    if (lc_json_int(json, &whole)) *ret = (int32_t)whole;
    else if (lc_json_double(json, &real)) *ret = lc_double_to_int32(real);
    else return false;
    return true;
}

static lc_error *make_bytes(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    spec->type = LC_TYPE_BYTES;
    if (lc_text_eq_nocase(lc_avro_prop_text(avro, "logicalType"), LC_TEXT("decimal"))) {
        const lc_json *given = lc_avro_prop_get(avro, "precision");
        int32_t scale = 0, precision = DEFAULT_PRECISION;
        int_of(lc_avro_prop_get(avro, "scale"), &scale);
        if (given && !int_of(given, &precision))
            return lc_fail(LC_E_DATA, "precision property must be a JSON Integer."
                                      " https://avro.apache.org/docs/1.9.1/spec.html#Decimal");
        set_logical(spec, LC_TYPE_BYTES, LC_DECIMAL_NAME);
        put_parameter(m, spec, LC_TEXT("scale"), number_text(m, scale));
        if (precision != DEFAULT_PRECISION)
            put_parameter(m, spec, LC_TEXT(LC_AVRO_PRECISION), number_text(m, precision));
    }
    if (avro->type == LC_AVRO_FIXED)
        put_parameter(m, spec, LC_TEXT(LC_AVRO_FIXED_SIZE), number_text(m, avro->size));
    return NULL;
}

static lc_error *make_int(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    (void)m;
    lc_text logical = lc_avro_prop_text(avro, "logicalType"), type = lc_avro_prop_text(avro, "connect.type");
    spec->type = LC_TYPE_INT32;
    if (lc_text_eq_nocase(logical, LC_TEXT("date"))) set_logical(spec, LC_TYPE_INT32, LC_DATE_NAME);
    else if (lc_text_eq_nocase(logical, LC_TEXT("time-millis")))
        set_logical(spec, LC_TYPE_INT32, LC_TIME_NAME);
    else if (logical.data || !type.data) return NULL;
    else if (lc_text_is(type, "int8")) spec->type = LC_TYPE_INT8;
    else if (lc_text_is(type, "int16")) spec->type = LC_TYPE_INT16;
    else return lc_fail(LC_E_DATA, "Connect type annotation for Avro int field is null");
    return NULL;
}

static lc_error *make_scalar(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    (void)m;
    static const lc_type types[] = {
        [LC_AVRO_BOOLEAN] = LC_TYPE_BOOLEAN, [LC_AVRO_LONG] = LC_TYPE_INT64,
        [LC_AVRO_FLOAT] = LC_TYPE_FLOAT32,   [LC_AVRO_DOUBLE] = LC_TYPE_FLOAT64,
        [LC_AVRO_STRING] = LC_TYPE_STRING,
    };
    spec->type = types[avro->type];
    if (avro->type == LC_AVRO_LONG &&
        lc_text_eq_nocase(lc_avro_prop_text(avro, "logicalType"), LC_TEXT("timestamp-millis")))
        set_logical(spec, LC_TYPE_INT64, LC_TIMESTAMP_NAME);
    return NULL;
}

static lc_error *make_array(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    spec->type = LC_TYPE_ARRAY;
    if (!lc_avro_is_entry(avro->items)) return make(m, avro->items, &plain_use, &spec->values);
    const lc_avro_field *key = lc_avro_find_field(avro->items, LC_TEXT("key"), NULL);
    const lc_avro_field *value = lc_avro_find_field(avro->items, LC_TEXT("value"), NULL);
    if (avro->items->count != 2 || !key || !value)
        return lc_fail(LC_E_DATA, "Found map encoded as array of key-value pairs, but array elements do not "
                                  "match the expected format.");
    spec->type = LC_TYPE_MAP;
    LC_TRY(make(m, key->schema, &plain_use, &spec->keys));
    return make(m, value->schema, &plain_use, &spec->values);
}

static lc_error *make_map(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    spec->type = LC_TYPE_MAP;
    spec->keys = lc_schema_primitive(m->types, LC_TYPE_STRING, false);
    return make(m, avro->items, &plain_use, &spec->values);
}

/* Parameters that stand at the field: those of this use of a named type. */
static lc_error *add_field_parameters(maker *m, const lc_avro_field *field, const lc_schema **schema)
{
    const lc_json *given = NULL;
    for (const lc_avro_prop *prop = field->props.first; prop; prop = prop->next)
        if (lc_text_is(prop->key, "connect.parameters")) given = prop->value;
    if (!lc_json_is(given, LC_JSON_OBJECT)) return NULL;
    lc_schema_spec spec = lc_schema_to_spec(*schema);
    const lc_parameter *own = spec.parameters;
    uint32_t count = spec.parameter_count;
    spec.parameter_count = 0;
    for (uint32_t i = 0; i < count; i++) put_parameter(m, &spec, own[i].key, own[i].value);
    for (size_t i = 0; i < lc_json_count(given); i++) {
        lc_text value = lc_json_text(lc_json_at(given, i));
        if (value.data) put_parameter(m, &spec, lc_json_key_text_at(given, i), value);
    }
    return lc_schema_intern(m->types, &spec, schema);
}

static lc_error *make_fields(maker *m, const lc_avro *avro, place *here)
{
    const lc_schema **fields = lc_arena_alloc(&m->arena, avro->count * sizeof *fields);
    for (uint32_t i = 0; i < avro->count; i++) {
        const lc_avro_field *field = &avro->fields[i];
        use u = {
            .fallback = field->fallback, .fallback_type = field->schema, .doc = field->doc, .version = -1};
        LC_TRY(make(m, field->schema, &u, &fields[i]));
        if (m->options->modern && m->options->meta) LC_TRY(add_field_parameters(m, field, &fields[i]));
    }
    here->fields = fields;
    return NULL;
}

static lc_error *make_record(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    place *here = &m->places[avro->id];
    bool docs = !m->options->discard_doc && m->options->meta;
    if (here->under_way)
        return lc_fail(LC_E_DATA,
                       "Avro type %.*s contains itself; a Connect schema can't be recursive. Use another "
                       "converter, such as ByteArrayConverter, for this topic",
                       (int)avro->full.len, avro->full.data);
    here->under_way = true;
    lc_error *error = here->fields ? NULL : make_fields(m, avro, here);
    here->under_way = false;
    LC_TRY(error);
    lc_text *names = lc_arena_alloc(&m->arena, avro->count * sizeof *names);
    if (docs && avro->doc.data) put_parameter(m, spec, LC_TEXT(LC_AVRO_RECORD_DOC), avro->doc);
    for (uint32_t i = 0; i < avro->count; i++) {
        const lc_avro_field *field = &avro->fields[i];
        names[i] = field->name;
        if (docs && field->doc.data)
            put_parameter(m, spec, joined(m, LC_AVRO_FIELD_DOC, field->name), field->doc);
    }
    spec->type = LC_TYPE_STRUCT;
    spec->field_names = names;
    spec->field_schemas = here->fields;
    spec->field_count = avro->count;
    return NULL;
}

static lc_error *make_enum(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    const lc_avro_options *o = m->options;
    const char *parameter = lc_avro_enum_parameter(o);
    spec->type = LC_TYPE_STRING;
    if (o->meta && avro->doc.data)
        put_parameter(m, spec,
                      o->discard_doc ? LC_TEXT("connect.enum.doc") : joined(m, LC_AVRO_ENUM_DOC, avro->name),
                      avro->doc);
    if (o->meta && !o->discard_doc && avro->enum_default.data)
        put_parameter(m, spec, joined(m, LC_AVRO_ENUM_DEFAULT, avro->name), avro->enum_default);
    put_parameter(m, spec, lc_text_of(parameter), avro->full);
    const char *prefix = lc_arena_printf(&m->arena, "%s.", parameter);
    for (uint32_t i = 0; i < avro->count; i++)
        put_parameter(m, spec, joined(m, prefix, avro->symbols[i]),
                      o->generalized ? number_text(m, i) : avro->symbols[i]);
    return NULL;
}

static lc_error *make_members(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    lc_text *names = lc_arena_alloc(&m->arena, avro->count * sizeof *names);
    const lc_schema **schemas = lc_arena_alloc(&m->arena, avro->count * sizeof *schemas);
    lc_shape *seen = lc_shape_anonymous(&m->arena, avro->count);
    for (uint32_t i = 0; i < avro->count; i++) {
        if (avro->branches[i]->type == LC_AVRO_NULL) {
            spec->optional = true;
            continue;
        }
        lc_text name = lc_avro_branch_name(&m->arena, m->options, avro->branches[i], i);
        if (lc_shape_find(seen, name.data, name.len) >= 0)
            return lc_fail(LC_E_DATA, "Multiple union schemas map to the Connect union field name");
        lc_shape_append(&m->arena, seen, name.data, name.len);
        names[spec->field_count] = name;
        LC_TRY(make(m, avro->branches[i], &branch_use, &schemas[spec->field_count]));
        spec->field_count++;
    }
    spec->field_names = names;
    spec->field_schemas = schemas;
    return NULL;
}

static lc_error *make_union(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    spec->type = LC_TYPE_STRUCT;
    spec->name = LC_TEXT(LC_AVRO_UNION_NAME);
    if (m->options->generalized) {
        spec->name = lc_text_of(lc_arena_printf(&m->arena, "connect_union_%u", m->unions++));
        put_parameter(m, spec, LC_TEXT(LC_CONNECT_UNION), spec->name);
    }
    return make_members(m, avro, spec);
}

static lc_error *make_null(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    (void)m, (void)avro, (void)spec;
    return lc_fail(LC_E_DATA, "Standalone null schemas are not supported by this converter");
}

static lc_error *make_type(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    static lc_error *(*const makers[])(maker *, const lc_avro *, lc_schema_spec *) = {
        [LC_AVRO_NULL] = make_null,   [LC_AVRO_BOOLEAN] = make_scalar, [LC_AVRO_INT] = make_int,
        [LC_AVRO_LONG] = make_scalar, [LC_AVRO_FLOAT] = make_scalar,   [LC_AVRO_DOUBLE] = make_scalar,
        [LC_AVRO_BYTES] = make_bytes, [LC_AVRO_STRING] = make_scalar,  [LC_AVRO_RECORD] = make_record,
        [LC_AVRO_ENUM] = make_enum,   [LC_AVRO_FIXED] = make_bytes,    [LC_AVRO_ARRAY] = make_array,
        [LC_AVRO_MAP] = make_map,     [LC_AVRO_UNION] = make_union,
    };
    return makers[avro->type](m, avro, spec);
}

static void add_doc(maker *m, const lc_avro *avro, const use *u, lc_schema_spec *spec)
{
    lc_text doc = lc_avro_prop_text(avro, "connect.doc");
    if (!m->options->discard_doc) {
        if (m->options->meta) spec->doc = doc;
        return;
    }
    if (avro->doc.data) doc = avro->doc;
    if (u->doc.data) doc = u->doc;
    spec->doc = doc;
    if (m->options->meta && avro->doc.data) put_parameter(m, spec, LC_TEXT("connect.record.doc"), avro->doc);
}

static lc_error *add_version(const lc_avro *avro, const use *u, lc_schema_spec *spec)
{
    const lc_json *given = lc_avro_prop_get(avro, "connect.version");
    int32_t version = u->version;
    if (given && !int_of(given, &version)) {
        lc_auto(lc_buf) text = {0};
        if (lc_json_text(given).data) lc_buf_text(&text, lc_json_text(given).data);
        else lc_json_dump(given, &text);
        return lc_fail(LC_E_DATA, "Invalid Connect version found: %s", text.data);
    }
    if (version < 0) return NULL;
    if (spec->has_version && spec->version != version)
        return lc_fail(
            LC_E_DATA,
            "Mismatched versions: version already added to SchemaBuilder (%d) differs from version "
            "in source schema (%d)",
            spec->version, version);
    spec->has_version = true;
    spec->version = version;
    return NULL;
}

static lc_error *fail_parameters(const char *what, const lc_json *json)
{
    lc_auto(lc_buf) text = {0};
    lc_json_dump(json, &text);
    return lc_fail(LC_E_DATA, "Expected %s but found: %s", what, text.data);
}

static lc_error *add_parameters(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    const lc_json *given = m->options->meta ? lc_avro_prop_get(avro, "connect.parameters") : NULL;
    if (given && !lc_json_is(given, LC_JSON_OBJECT))
        return fail_parameters("JSON object for schema parameters", given);
    for (size_t i = 0; i < lc_json_count(given); i++) {
        lc_text key = lc_json_key_text_at(given, i);
        const lc_json *value = lc_json_at(given, i);
        if (!lc_json_is(value, LC_JSON_STRING))
            return fail_parameters("schema parameter values to be strings", value);
        put_parameter(m, spec, key, lc_json_text(value));
    }
    for (const lc_avro_prop *prop = avro->props.first; prop; prop = prop->next) {
        if (!lc_text_starts(prop->key, "avro")) continue;
        lc_text text = lc_json_text(prop->value);
        lc_auto(lc_buf) shown = {0};
        if (!text.data) lc_json_dump(prop->value, &shown);
        if (!text.data) text = (lc_text){lc_arena_copy(&m->arena, shown.data, shown.len), shown.len};
        put_parameter(m, spec, prop->key, text);
    }
    return NULL;
}

static lc_error *add_name(maker *m, const lc_avro *avro, lc_schema_spec *spec)
{
    const lc_json *given = lc_avro_prop_get(avro, "connect.name");
    lc_text name = lc_avro_is_named(avro) ? avro->full : (lc_text){0};
    if (given && !lc_json_is(given, LC_JSON_STRING)) {
        lc_auto(lc_buf) text = {0};
        lc_json_dump(given, &text);
        return lc_fail(LC_E_DATA, "Invalid schema name: %s", text.data);
    }
    bool decimal =
        m->options->modern && avro->type == LC_AVRO_FIXED && lc_text_is(spec->name, LC_DECIMAL_NAME);
    if (decimal) name = (lc_text){0};
    if (given) name = lc_json_text(given);
    if (!name.data || lc_text_starts(name, LC_AVRO_SPACE "." LC_AVRO_DEFAULT_NAME)) return NULL;
    if (!spec->name.data) spec->name = name;
    if (lc_text_eq(spec->name, name)) return NULL;
    return lc_fail(LC_E_DATA,
                   "Mismatched names: name already added to SchemaBuilder (%.*s) differs from name in source "
                   "schema (%.*s)",
                   (int)spec->name.len, spec->name.data, (int)name.len, name.data);
}

/* A default that is broken is none, as in AvroData. */
static void find_default(maker *m, const lc_avro *avro, const use *u, lc_schema_spec *spec, lc_value *ret)
{
    const lc_json *prop = lc_avro_prop_get(avro, "connect.default");
    const lc_schema *base = NULL;
    lc_error *error = NULL;
    *ret = lc_value_null();
    if (u->fallback && !m->options->discard_doc && m->options->meta && !prop)
        put_parameter(m, spec, LC_TEXT(LC_AVRO_FIELD_DEFAULT), LC_TEXT("true"));
    if (!u->fallback && !prop) return;
    lc_avro_defaults context = {m->options, m->types, &m->arena, NULL};
    error = lc_schema_intern(m->types, spec, &base);
    if (!error) {
        error = u->fallback ? lc_avro_default_of_field(&context, base, u->fallback_type, u->fallback, ret)
                            : lc_avro_default_of_prop(&context, base, avro, prop, ret);
    }
    if (error) *ret = lc_value_null();
    lc_error_free(error);
}

static lc_error *make_spec(maker *m, const lc_avro *avro, const use *u, const lc_schema **ret)
{
    lc_schema_spec spec = {0};
    LC_TRY(make_type(m, avro, &spec));
    add_doc(m, avro, u, &spec);
    LC_TRY(add_version(avro, u, &spec));
    LC_TRY(add_parameters(m, avro, &spec));
    find_default(m, avro, u, &spec, &spec.default_value);
    LC_TRY(add_name(m, avro, &spec));
    spec.has_default = spec.default_value.kind != LC_NULL;
    if (u->optional) spec.optional = true;
    lc_error *error = lc_schema_intern(m->types, &spec, ret);
    if (!error || !spec.has_default) return error;
    lc_error_free(error);
    spec.has_default = false;
    return lc_schema_intern(m->types, &spec, ret);
}

/* The other branch of a union of null and one type; NULL when it is none such. */
static const lc_avro *nullable(const lc_avro *avro)
{
    if (avro->type != LC_AVRO_UNION || avro->count != 2) return NULL;
    const lc_avro *a = avro->branches[0], *b = avro->branches[1];
    bool a_null = a->type == LC_AVRO_NULL && !a->props.first,
         b_null = b->type == LC_AVRO_NULL && !b->props.first;
    return a_null == b_null ? NULL : a_null ? b : a;
}

static lc_error *make_once(maker *m, const lc_avro *avro, const use *u, const lc_schema **ret)
{
    const lc_avro *other = nullable(avro);
    if (other) {
        use through = {.optional = true, .doc = u->doc, .version = -1};
        return make(m, other, &through, ret);
    }
    if (avro->type == LC_AVRO_UNION && avro->count == 1 && m->options->flatten) {
        use through = {.doc = u->doc, .version = -1};
        return make(m, avro->branches[0], &through, ret);
    }
    /* What depends on the type alone is remembered: types may be used many times over. */
    bool reusable = !u->fallback && !u->doc.data && u->version < 0 && lc_avro_is_named(avro);
    const lc_schema **known = &m->places[avro->id].plain[u->optional];
    if (reusable && *known && !m->places[avro->id].under_way) {
        *ret = *known;
        return NULL;
    }
    LC_TRY(make_spec(m, avro, u, ret));
    if (reusable) *known = *ret;
    return NULL;
}

static lc_error *make(maker *m, const lc_avro *avro, const use *u, const lc_schema **ret)
{
    if (m->depth == LC_AVRO_DEPTH_MAX)
        return lc_fail(LC_E_DATA, "The Avro schema is nested more than %d deep", (int)LC_AVRO_DEPTH_MAX);
    m->depth++;
    lc_error *error = make_once(m, avro, u, ret);
    m->depth--;
    return error;
}

static bool is_anything(const lc_avro *avro)
{
    if (!lc_text_is(avro->full, LC_AVRO_ANYTHING)) return false;
    lc_avro_store store;
    lc_avro_store_init(&store);
    bool same = lc_avro_equal(avro, lc_avro_anything(&store));
    lc_avro_store_done(&store);
    return same;
}

lc_error *lc_avro_to_connect(const lc_avro_options *options, lc_types *types, const lc_avro *avro,
                             uint32_t node_count, int32_t version, const lc_schema **ret_schema)
{
    *ret_schema = NULL;
    if (is_anything(avro)) return NULL;
    maker m = {.options = options, .types = types, .places = lc_alloc(node_count * sizeof(place))};
    use u = {.version = version};
    lc_error *error = make(&m, avro, &u, ret_schema);
    lc_arena_done(&m.arena);
    free(m.places);
    return error;
}
