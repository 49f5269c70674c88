/* Connect schemas into JSON Schemas: JsonSchemaData.fromConnectSchema. Members come in the order in which
 * Java's library prints them, as a registry tells texts apart by it. */
#include "convert/jsonschema_data.h"
#include "java/charset.h"

enum { NO_INDEX = -1, DEPTH_MAX = 180 };

typedef struct maker {
    const lc_js_options *options;
    lc_types *types;
    lc_arena *arena;
    lc_buf *out;
    unsigned depth;
    lc_table *ids; /* LC_JS_ID of the schemas so far */
} maker;

static lc_error *make(maker *m, const lc_schema *schema, int index, bool ignore_optional);

static void put_key(lc_buf *out, const char *key)
{
    lc_buf_printf(out, "%s\"%s\":", out->data[out->len - 1] == '{' ? "" : ",", key);
}

static void put_text(lc_buf *out, const char *key, lc_text text)
{
    if (!text.data) return;
    put_key(out, key);
    lc_json_quote(out, text.data, text.len);
}

static void put_number(lc_buf *out, const char *key, int64_t number)
{
    put_key(out, key);
    lc_buf_printf(out, "%lld", (long long)number);
}

static const char *connect_type(const lc_schema *schema)
{
    static const char *const names[] = {
        [LC_TYPE_INT8] = "int8",   [LC_TYPE_INT16] = "int16",     [LC_TYPE_INT32] = "int32",
        [LC_TYPE_INT64] = "int64", [LC_TYPE_FLOAT32] = "float32", [LC_TYPE_FLOAT64] = "float64",
        [LC_TYPE_BYTES] = "bytes", [LC_TYPE_MAP] = "map",         [LC_TYPE_STRUCT] = NULL,
    };
    return names[schema->type];
}

static const char *json_type(const maker *m, const lc_schema *schema)
{
    switch (schema->type) {
    case LC_TYPE_INT8:
    case LC_TYPE_INT16:
    case LC_TYPE_INT32:
    case LC_TYPE_INT64: return "integer";
    case LC_TYPE_FLOAT32:
    case LC_TYPE_FLOAT64: return "number";
    case LC_TYPE_BOOLEAN: return "boolean";
    case LC_TYPE_BYTES:
        return schema->logical == LC_LOGICAL_DECIMAL && m->options->numeric_decimals ? "number" : "string";
    case LC_TYPE_ARRAY: return "array";
    case LC_TYPE_MAP: return lc_js_is_object_map(schema) ? "object" : "array";
    case LC_TYPE_STRUCT: return "object";
    default: return "string";
    }
}

/* String.hashCode with HashMap's spread of its bits. */
static uint32_t java_hash(lc_text text)
{
    uint32_t hash = 0;
    for (size_t at = 0, len; at < text.len; at += len) {
        uint32_t c = (unsigned char)text.data[at];
        len = 1;
        if (c >= 0x80) c = lc_utf8_get(text.data + at, &len);
        if (c >= 0x10000) {
            hash = hash * 31 + (0xd800 | (c - 0x10000) >> 10);
            c = 0xdc00 | ((c - 0x10000) & 0x3ff);
        }
        hash = hash * 31 + c;
    }
    return hash ^ hash >> 16;
}

/* Sorts by the buckets of a HashMap; within one by the order so far. */
static void hash_sort(lc_parameter *entries, uint32_t count, uint32_t buckets)
{
    for (uint32_t i = 1; i < count; i++) {
        lc_parameter entry = entries[i];
        uint32_t bucket = java_hash(entry.key) & (buckets - 1), k = i;
        for (; k && (java_hash(entries[k - 1].key) & (buckets - 1)) > bucket; k--)
            entries[k] = entries[k - 1];
        entries[k] = entry;
    }
}

/* How large a HashMap is that began with `buckets`. */
static uint32_t buckets_of(uint32_t count, uint32_t buckets)
{
    while (count * 4 > buckets * 3) buckets *= 2;
    return buckets;
}

static uint32_t power_of_two(uint32_t count)
{
    uint32_t power = 1;
    while (power < count) power *= 2;
    return power;
}

/* {"enum":[…]}: a set of the parameters' names. */
static void put_symbols(maker *m, const lc_schema *schema)
{
    const char *prefix = m->options->generalized ? LC_JS_CONNECT_ENUM "." : LC_JS_ENUM ".";
    size_t cut = strlen(prefix);
    lc_parameter *symbols = lc_arena_alloc(m->arena, schema->parameter_count * sizeof *symbols);
    uint32_t count = 0;
    for (uint32_t i = 0; i < schema->parameter_count; i++) {
        lc_text key = schema->parameters[i].key;
        if (lc_text_starts(key, prefix)) symbols[count++].key = (lc_text){key.data + cut, key.len - cut};
    }
    hash_sort(symbols, count, buckets_of(count, 16));
    put_key(m->out, "enum");
    lc_buf_put(m->out, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i) lc_buf_put(m->out, ',');
        if (lc_text_is(symbols[i].key, LC_JS_NULL_SYMBOL)) lc_buf_text(m->out, "null");
        else lc_json_quote(m->out, symbols[i].key.data, symbols[i].key.len);
    }
    lc_buf_put(m->out, ']');
}

static void put_parameters(maker *m, const lc_schema *schema)
{
    lc_parameter *kept = lc_arena_alloc(m->arena, schema->parameter_count * sizeof *kept);
    uint32_t count = 0;
    for (uint32_t i = 0; i < schema->parameter_count; i++)
        if (!lc_text_starts(schema->parameters[i].key, LC_JS_SPACE)) kept[count++] = schema->parameters[i];
    if (!count) return;
    /* One HashMap copied into another that was made for this many. */
    hash_sort(kept, count, buckets_of(count, 16));
    hash_sort(kept, count, buckets_of(count, power_of_two(count)));
    put_key(m->out, "connect.parameters");
    for (uint32_t i = 0; i < count; i++) {
        lc_buf_put(m->out, i ? ',' : '{');
        lc_json_quote(m->out, kept[i].key.data, kept[i].key.len);
        lc_buf_put(m->out, ':');
        if (kept[i].value.data) lc_json_quote(m->out, kept[i].value.data, kept[i].value.len);
        else lc_buf_text(m->out, "null");
    }
    lc_buf_put(m->out, '}');
}

/* Java's library writes 1.50 as 1.5 and 100.0 as 100. */
static lc_text without_zeros(lc_text number)
{
    if (!memchr(number.data, '.', number.len) || memchr(number.data, 'E', number.len)) return number;
    while (number.data[number.len - 1] == '0') number.len--;
    if (number.data[number.len - 1] == '.') number.len--;
    return number;
}

static lc_error *put_default(maker *m, const lc_schema *schema)
{
    lc_json_key_table keys = {0};
    lc_js_writer writer = {.json = {.keys = &keys, .numeric_decimals = m->options->numeric_decimals},
                           .options = m->options};
    bool nothing;
    if (!schema->has_default) return NULL;
    lc_json_writer_start(&writer.json, m->arena);
    lc_error *error = lc_js_write(&writer, schema, &schema->default_value, &nothing);
    lc_text text = lc_json_writer_finish(&writer.json);
    bool is_float = schema->type == LC_TYPE_FLOAT32 || schema->type == LC_TYPE_FLOAT64;
    if (!error && !nothing) {
        if (is_float) text = without_zeros(text);
        put_key(m->out, "default");
        lc_buf_add(m->out, text.data, text.len);
    }
    lc_json_key_table_done(&keys);
    return error;
}

/* What describes any type. */
static lc_error *put_common(maker *m, const lc_schema *schema, int index)
{
    put_text(m->out, "title", schema->name);
    put_text(m->out, "description", schema->doc);
    LC_TRY(put_default(m, schema));
    put_text(m->out, "id", lc_schema_parameter(schema, LC_JS_ID));
    if (index != NO_INDEX) put_number(m->out, "connect.index", index);
    if (schema->has_version) put_number(m->out, "connect.version", schema->version);
    put_text(m->out, "connect.type", lc_text_of(connect_type(schema)));
    put_parameters(m, schema);
    return NULL;
}

/* What is inside of another: itself, or a reference to where it is written already. */
static lc_error *make_inside(maker *m, const lc_schema *schema, int index)
{
    lc_text id = schema ? lc_schema_parameter(schema, LC_JS_ID) : (lc_text){0};
    if (!id.data || !lc_table_get_text(m->ids, id)) return make(m, schema, index, false);
    lc_buf_text(m->out, "{\"$ref\":");
    lc_json_quote(m->out, id.data, id.len);
    lc_buf_put(m->out, '}');
    return NULL;
}

static lc_error *put_fields(maker *m, const lc_schema *schema)
{
    uint32_t count = schema->shape->count;
    if (!count) return NULL;
    /* A HashMap of the names; the length of a value is the field's place. */
    lc_parameter *fields = lc_arena_alloc(m->arena, count * sizeof *fields);
    for (uint32_t i = 0; i < count; i++) {
        const lc_name *name = &schema->shape->names[i];
        fields[i] = (lc_parameter){{name->text, name->len}, {NULL, i}};
    }
    hash_sort(fields, count, buckets_of(count, 16));
    put_key(m->out, "properties");
    for (uint32_t i = 0; i < count; i++) {
        size_t place = fields[i].value.len;
        lc_buf_put(m->out, i ? ',' : '{');
        lc_json_quote(m->out, fields[i].key.data, fields[i].key.len);
        lc_buf_put(m->out, ':');
        LC_TRY(make_inside(m, schema->fields[place], (int)place));
    }
    lc_buf_put(m->out, '}');
    return NULL;
}

static lc_error *put_entry(maker *m, const lc_schema *schema)
{
    put_key(m->out, "items");
    lc_buf_text(m->out, "{\"type\":\"object\",\"properties\":{\"value\":");
    LC_TRY(make(m, schema->values, 1, false));
    lc_buf_text(m->out, ",\"key\":");
    LC_TRY(make(m, schema->keys, 0, false));
    lc_buf_text(m->out, "}}");
    return NULL;
}

static lc_error *put_inside(maker *m, const lc_schema *schema)
{
    switch (schema->type) {
    case LC_TYPE_STRUCT: return put_fields(m, schema);
    case LC_TYPE_ARRAY: put_key(m->out, "items"); return make_inside(m, schema->values, NO_INDEX);
    case LC_TYPE_MAP:
        if (!lc_js_is_object_map(schema)) return put_entry(m, schema);
        put_key(m->out, "additionalProperties");
        return make(m, schema->values, NO_INDEX, false);
    default: return NULL;
    }
}

static lc_error *put_type(maker *m, const lc_schema *schema, int index)
{
    lc_buf_put(m->out, '{');
    if (lc_js_is_enum(schema)) put_symbols(m, schema);
    else put_text(m->out, "type", lc_text_of(json_type(m, schema)));
    if (schema->type == LC_TYPE_STRUCT && !m->options->additional) {
        put_key(m->out, "additionalProperties");
        lc_buf_text(m->out, "false");
    }
    LC_TRY(put_common(m, schema, index));
    LC_TRY(put_inside(m, schema));
    lc_buf_put(m->out, '}');
    return NULL;
}

static void open_one_of(maker *m, int index)
{
    lc_buf_put(m->out, '{');
    if (index != NO_INDEX) put_number(m->out, "connect.index", index);
    put_key(m->out, "oneOf");
    lc_buf_put(m->out, '[');
}

static lc_error *put_union(maker *m, const lc_schema *schema, int index)
{
    open_one_of(m, index);
    if (schema->optional) lc_buf_text(m->out, "{\"type\":\"null\"}");
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        if (i || schema->optional) lc_buf_put(m->out, ',');
        LC_TRY(make(m, lc_schema_with_optional(m->types, schema->fields[i], false), (int)i, true));
    }
    lc_buf_text(m->out, "]}");
    return NULL;
}

/* Nothing is said of what may be anything. */
static void put_anything(maker *m, int index)
{
    lc_buf_put(m->out, '{');
    if (index != NO_INDEX) put_number(m->out, "connect.index", index);
    lc_buf_put(m->out, '}');
}

static lc_error *make_one(maker *m, const lc_schema *schema, int index, bool ignore_optional)
{
    lc_text id = lc_schema_parameter(schema, LC_JS_ID);
    if (id.data) lc_table_put_text(m->ids, id, m);
    if (lc_js_is_union(schema)) return put_union(m, schema, index);
    if (lc_js_is_any(schema)) {
        put_anything(m, index);
        return NULL;
    }
    if (!schema->optional || ignore_optional) return put_type(m, schema, index);
    open_one_of(m, index);
    lc_buf_text(m->out, "{\"type\":\"null\"},");
    LC_TRY(put_type(m, schema, NO_INDEX));
    lc_buf_text(m->out, "]}");
    return NULL;
}

static lc_error *make(maker *m, const lc_schema *schema, int index, bool ignore_optional)
{
    if (!schema || (schema->type == LC_TYPE_MAP && !schema->keys))
        return lc_fail(LC_E_DATA, "A collection without a schema for what is in it has no JSON Schema");
    if (m->depth == DEPTH_MAX)
        return lc_fail(LC_E_DATA, "The schema is nested more than %d deep", (int)DEPTH_MAX);
    m->depth++;
    lc_error *error = make_one(m, schema, index, ignore_optional);
    m->depth--;
    return error;
}

lc_error *lc_js_from_connect(const lc_js_options *options, lc_types *types, const lc_schema *schema,
                             lc_buf *out)
{
    lc_auto(lc_arena) arena = {0};
    lc_autoptr(lc_table) ids = lc_table_new(NULL);
    maker m = {.options = options, .types = types, .arena = &arena, .out = out, .ids = ids};
    return make(&m, schema, NO_INDEX, false);
}
