/* JsonConverter: JSON with or without the envelope {"schema":…,"payload":…}. */
#include <stdlib.h>

#include "base/config_def.h"
#include "base/memory.h"
#include "convert/classes.h"
#include "convert/json_infer.h"
#include "convert/json_read.h"
#include "convert/json_schema.h"

enum {
    HEADS_MAX = 16,           /* envelope heads remembered at once */
    HEAD_LEN_MAX = 256 * 1024 /* longest one remembered */
};

/* The bytes of an envelope up to its payload, and the schema they say. */
typedef struct envelope_head {
    char *bytes;
    size_t len;
    const lc_schema *schema;
} envelope_head;

typedef struct json_converter {
    lc_converter base;
    bool schemas;
    unsigned deepest; /* max.nesting.depth */
    lc_json_key_table keys;
    lc_json_reader reader;
    lc_json_writer writer;
    envelope_head heads[HEADS_MAX]; /* latest first */
    size_t head_count;
    size_t head_max; /* schemas.cache.size, as far as it is less */
    lc_json_infer *infer; /* NULL: JSON without schemas stays so */
} json_converter;

static const lc_config_key settings_table[] = {
    {.name = "schemas.enable",
     .type = LC_CONFIG_BOOLEAN,
     .fallback = "true",
     .importance = LC_IMPORTANCE_HIGH,
     .doc = "Whether each key and value carries its schema."},
    {.name = "schemas.cache.size",
     .type = LC_CONFIG_INT,
     .fallback = "1000",
     .importance = LC_IMPORTANCE_HIGH,
     .doc = "How many schemas this converter may remember."},
    {.name = "decimal.format",
     .type = LC_CONFIG_STRING,
     .fallback = "BASE64",
     .importance = LC_IMPORTANCE_LOW,
     .check = {.kind = LC_CHECK_ONE_OF_NOCASE, .choices = (const char *const[]){"NUMERIC", "BASE64", NULL}},
     .doc = "How decimals are written: BASE64 or NUMERIC."},
    {.name = "replace.null.with.default",
     .type = LC_CONFIG_BOOLEAN,
     .fallback = "true",
     .importance = LC_IMPORTANCE_LOW,
     .doc = "Whether a null field with a default reads and writes as that default."},
    {.name = "max.nesting.depth",
     .type = LC_CONFIG_INT,
     .fallback = "512",
     .check = {.kind = LC_CHECK_BETWEEN, .min = 1, .max = LC_JSON_DEPTH_MAX},
     .importance = LC_IMPORTANCE_LOW,
     .doc = "How many arrays and objects may be inside each other; more is an error."},
    {.name = "schemas.infer",
     .type = LC_CONFIG_BOOLEAN,
     .fallback = "false",
     .importance = LC_IMPORTANCE_MEDIUM,
     .doc = "Whether plain JSON gets a schema, made of all values of its topic that were read so far."},
    {.name = "schemas.infer.conflict",
     .type = LC_CONFIG_STRING,
     .fallback = "string",
     .check = {.kind = LC_CHECK_ONE_OF, .choices = (const char *const[]){"string", "fail", NULL}},
     .importance = LC_IMPORTANCE_LOW,
     .doc = "What becomes of values of types that have nothing in common: strings of JSON, or an error."},
    {.name = "schemas.infer.max.fields",
     .type = LC_CONFIG_INT,
     .fallback = "1000",
     .check = {.kind = LC_CHECK_BETWEEN, .min = 1, .max = 10000},
     .importance = LC_IMPORTANCE_LOW,
     .doc = "The most fields of an inferred schema, at all depths. A value with more is an error."},
    {.name = "schemas.infer.max.depth",
     .type = LC_CONFIG_INT,
     .fallback = "16",
     .check = {.kind = LC_CHECK_BETWEEN, .min = 1, .max = 100},
     .importance = LC_IMPORTANCE_LOW,
     .doc = "Objects and arrays nested deeper become strings of JSON."},
};

enum { OWN_FROM = 4 }; /* the settings before are Java's */

static void define_own(lc_config_def *def)
{
    lc_config_def_add_table(def, settings_table + OWN_FROM, sizeof settings_table / sizeof *settings_table - OWN_FROM);
}

static void json_close(lc_converter *converter)
{
    json_converter *self = (json_converter *)converter;
    lc_json_infer_free(self->infer);
    lc_json_reader_done(&self->reader);
    lc_json_key_table_done(&self->keys);
    for (size_t i = 0; i < self->head_count; i++) free(self->heads[i].bytes);
    free(self);
}

static lc_error *parse_settings(const lc_props *settings, lc_config_values **ret_values)
{
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_config_def_add_table(def, settings_table, sizeof settings_table / sizeof *settings_table);
    lc_autoptr(lc_props) given = lc_props_copy(settings);
    return lc_config_parse(def, given, ret_values);
}

static lc_error *open_infer(json_converter *self, const lc_config_values *values)
{
    if (!lc_config_bool(values, "schemas.infer")) return NULL;
    if (self->schemas)
        return lc_fail(LC_E_CONFIG, "Invalid value true for configuration schemas.infer: schemas are inferred "
                                    "from JSON without schemas only, so schemas.enable must be false");
    lc_json_infer_limits limits = {
        .fail_on_conflict = !strcmp(lc_config_string(values, "schemas.infer.conflict"), "fail"),
        .most_fields = (uint32_t)lc_config_int(values, "schemas.infer.max.fields"),
        .deepest = (uint32_t)lc_config_int(values, "schemas.infer.max.depth")};
    self->infer = lc_json_infer_new(self->base.types, &self->keys, &limits);
    return NULL;
}

static lc_error *json_open(const lc_props *settings, lc_converter_role role, lc_types *types,
                           lc_converter **ret_converter)
{
    lc_autoptr(lc_config_values) values = NULL;
    LC_TRY(parse_settings(settings, &values));
    json_converter *self = lc_alloc(sizeof *self);
    bool replace_null = lc_config_bool(values, "replace.null.with.default");
    int64_t heads = lc_config_int(values, "schemas.cache.size");
    self->base = (lc_converter){&lc_json_converter_class, role, types};
    self->schemas = lc_config_bool(values, "schemas.enable");
    self->head_max = heads < 0 ? 0 : heads < HEADS_MAX ? (size_t)heads : HEADS_MAX;
    lc_json_reader_init(&self->reader, types, &self->keys, replace_null);
    self->deepest = (unsigned)lc_config_int(values, "max.nesting.depth");
    self->writer.deepest = self->deepest;
    self->writer.keys = &self->keys;
    self->writer.replace_null = replace_null;
    self->writer.numeric_decimals =
        lc_text_eq_nocase(lc_text_of(lc_config_string(values, "decimal.format")), LC_TEXT("NUMERIC"));
    lc_error *error = open_infer(self, values);
    self->reader.large_as_real = self->infer != NULL;
    if (error) json_close(&self->base);
    else *ret_converter = &self->base;
    return error;
}

static lc_error *malformed(lc_error *cause)
{
    return lc_wrap(cause, LC_E_DATA,
                   "Converting byte[] to Kafka Connect data failed due to serialization error: ");
}

static lc_error *read_plain(json_converter *self, lc_value *ret)
{
    lc_source *source = &self->reader.source;
    const char *p = lc_scan_blanks(source, source->start);
    if (p == source->end) {
        *ret = lc_value_null();
        return NULL;
    }
    if (LC_LIKELY(lc_json_reader_value(&self->reader, p, 0, NULL, ret) != NULL)) return NULL;
    return malformed(lc_source_error(source));
}

/* The remembered head that the source begins with, moved to the front. */
static const envelope_head *find_head(json_converter *self)
{
    const lc_source *source = &self->reader.source;
    size_t len = (size_t)(source->end - source->start);
    for (size_t i = 0; i < self->head_count; i++) {
        envelope_head head = self->heads[i];
        if (head.len > len || memcmp(head.bytes, source->start, head.len) != 0) continue;
        memmove(self->heads + 1, self->heads, i * sizeof head);
        self->heads[0] = head;
        return &self->heads[0];
    }
    return NULL;
}

static void remember_head(json_converter *self, const char *end, const lc_schema *schema)
{
    const lc_source *source = &self->reader.source;
    size_t len = (size_t)(end - source->start);
    if (!self->head_max || len > HEAD_LEN_MAX) return;
    if (self->head_count == self->head_max) free(self->heads[--self->head_count].bytes);
    memmove(self->heads + 1, self->heads, self->head_count * sizeof *self->heads);
    self->heads[0] = (envelope_head){lc_strndup(source->start, len), len, schema};
    self->head_count++;
}

/* One pass over the payload behind a known head. False: read a tree. */
static bool read_known(json_converter *self, const envelope_head *head, lc_value *ret)
{
    const lc_source *source = &self->reader.source;
    const char *p = lc_scan_blanks(source, source->start + head->len);
    p = lc_json_reader_value(&self->reader, p, 1, head->schema, ret);
    if (!p) return false;
    p = lc_scan_blanks(source, p);
    return p < source->end && *p == '}';
}

static lc_error *check_envelope(const lc_node *root)
{
    if (root->count == 2 && lc_node_get(root, "schema") && lc_node_get(root, "payload")) return NULL;
    return lc_fail(
        LC_E_DATA,
        "JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not contain "
        "additional fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in "
        "your converter configuration.");
}

static lc_error *read_tree(json_converter *self, const lc_schema **ret_schema, lc_value *ret)
{
    lc_source *source = &self->reader.source;
    source->fault = NULL;
    lc_node root;
    lc_error *error = lc_tree_read(source, &root);
    if (error) return malformed(error);
    LC_TRY(check_envelope(&root));
    const lc_node *schema = lc_node_get(&root, "schema"), *payload = lc_node_get(&root, "payload");
    lc_json_context context = {self->base.types, source->arena, self->reader.replace_null};
    LC_TRY(lc_json_schema_read(&context, schema, ret_schema));
    /* A schema that comes again behind the payload would not be in the head. */
    bool in_order = schema->end <= payload->start;
    if (in_order && !find_head(self)) remember_head(self, payload->start, *ret_schema);
    return lc_json_node_to_value(&context, *ret_schema, payload, ret);
}

static lc_error *read_envelope(json_converter *self, const lc_schema **ret_schema, lc_value *ret)
{
    const envelope_head *head = find_head(self);
    if (LC_UNLIKELY(!head || !read_known(self, head, ret))) return read_tree(self, ret_schema, ret);
    *ret_schema = head->schema;
    return NULL;
}

static lc_error *json_read(lc_converter *converter, lc_arena *arena, lc_text name, lc_text bytes,
                           const lc_schema **ret_schema, lc_value *ret_value)
{
    json_converter *self = (json_converter *)converter;
    *ret_schema = NULL;
    *ret_value = lc_value_null();
    if (!bytes.data) return NULL;
    if (!lc_source_open(&self->reader.source, arena, bytes))
        return malformed(lc_source_error(&self->reader.source));
    self->reader.source.deepest = self->deepest;
    if (self->schemas) return read_envelope(self, ret_schema, ret_value);
    LC_TRY(read_plain(self, ret_value));
    return self->infer ? lc_json_infer_apply(self->infer, arena, name, ret_value, ret_schema) : NULL;
}

static lc_error *write_envelope(json_converter *self, const lc_schema *schema, const lc_value *value)
{
    lc_json_writer *writer = &self->writer;
    lc_text head;
    LC_TRY(lc_json_envelope_of(writer, self->base.types, schema, &head));
    lc_json_writer_bytes(writer, head);
    writer->depth = 1;
    LC_TRY(lc_json_writer_value(writer, schema, value));
    lc_json_writer_bytes(writer, LC_TEXT("}"));
    return NULL;
}

static lc_error *json_write(lc_converter *converter, lc_arena *arena, lc_text name, const lc_schema *schema,
                            const lc_value *value, lc_text *ret_bytes)
{
    (void)name;
    json_converter *self = (json_converter *)converter;
    *ret_bytes = (lc_text){0};
    if (!schema && value->kind == LC_NULL) return NULL;
    lc_json_writer_start(&self->writer, arena);
    LC_TRY(self->schemas ? write_envelope(self, schema, value)
                         : lc_json_writer_value(&self->writer, schema, value));
    *ret_bytes = lc_json_writer_finish(&self->writer);
    return NULL;
}

const lc_converter_class lc_json_converter_class = {
    .java_class = "org.apache.kafka.connect.json.JsonConverter",
    .version = LC_CONVERTER_VERSION,
    .is_converter = true,
    .is_header_converter = true,
    .open = json_open,
    .close = json_close,
    .read = json_read,
    .write = json_write,
    .define_own = define_own,
};
