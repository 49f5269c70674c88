/* JsonSchemaConverter: JSON with a schema registry. */
#include <stdlib.h>

#include "base/memory.h"
#include "convert/classes.h"
#include "convert/json_read.h"
#include "convert/jsonschema_data.h"
#include "convert/jsonschema_validate.h"
#include "convert/wire.h"

enum {
    REFERENCES_MAX = 500, /* schemas that one schema may bring along */
    TOP = 1               /* depth at which the one-pass reader begins */
};

typedef struct js_converter {
    lc_converter base;
    lc_wire wire;
    lc_js_options options;
    lc_json_key_table keys;
    lc_json_reader fast;
    lc_js_writer out;
    lc_wire_cache reads, writes;
} js_converter;

/* A JSON Schema and what is needed to check values by it. */
typedef struct rulebook {
    lc_js_store store;
    const lc_json *json;
    lc_js_validator *validator; /* NULL: values aren't checked */
} rulebook;

/* A schema of the registry in a topic, and how to read it. */
typedef struct read_entry {
    lc_wire_entry base;
    rulebook book;
    lc_js_store latest; /* the schema to read as, when it is another */
    const lc_schema *schema;
    bool plain; /* the one-pass reader can read it */
} read_entry;

/* A Connect schema in a topic, and how to write it. */
typedef struct write_entry {
    lc_wire_entry base;
    rulebook book;
    uint8_t head[LC_WIRE_HEAD];
} write_entry;

static lc_error *load_read(void *owner, lc_text topic, uint64_t number, lc_wire_entry *entry);
static lc_error *load_write(void *owner, lc_text topic, uint64_t number, lc_wire_entry *entry);

static void done_book(rulebook *book)
{
    lc_js_validator_free(book->validator);
    lc_js_store_done(&book->store);
}

static void done_read(lc_wire_entry *entry)
{
    done_book(&((read_entry *)entry)->book);
    lc_js_store_done(&((read_entry *)entry)->latest);
}

static void done_write(lc_wire_entry *entry)
{
    done_book(&((write_entry *)entry)->book);
}

static void js_define(lc_config_def *def)
{
    lc_wire_define(def);
    lc_js_options_define(def);
}

static void js_close(lc_converter *converter)
{
    js_converter *self = (js_converter *)converter;
    lc_wire_cache_done(&self->reads);
    lc_wire_cache_done(&self->writes);
    lc_json_reader_done(&self->fast);
    lc_json_key_table_done(&self->keys);
    lc_wire_close(&self->wire);
    free(self);
}

static lc_error *js_open(const lc_props *settings, lc_converter_role role, lc_types *types,
                         lc_converter **ret_converter)
{
    js_converter *self = lc_alloc(sizeof *self);
    self->base = (lc_converter){&lc_json_schema_converter_class, role, types};
    lc_error *error = lc_js_options_parse(settings, &self->options);
    if (!error) error = lc_wire_open(&self->wire, "JSON", settings, role);
    if (error) {
        free(self);
        return error;
    }
    lc_wire_cache_init(&self->reads, &self->wire, self, sizeof(read_entry), load_read, done_read);
    lc_wire_cache_init(&self->writes, &self->wire, self, sizeof(write_entry), load_write, done_write);
    lc_json_reader_init(&self->fast, types, &self->keys, true);
    self->fast.keep_missing = TOP + 1; /* Struct.put checks structs that are inside of others */
    self->out = (lc_js_writer){.json = {.keys = &self->keys,
                                        .numeric_decimals = self->options.numeric_decimals,
                                        .deepest = self->options.deepest},
                               .options = &self->options};
    *ret_converter = &self->base;
    return NULL;
}

/* Adds a schema and all that it refers to. */
static lc_error *add_all(js_converter *self, lc_js_store *store, lc_text name,
                         const lc_registry_schema *schema, const lc_json **ret);

static lc_error *add_reference(js_converter *self, lc_js_store *store, const lc_registry_reference *reference)
{
    lc_auto(lc_registry_schema) schema = {0};
    const lc_json *unused;
    if (lc_js_store_has(store, reference->name)) return NULL;
    if (store->document_count > REFERENCES_MAX)
        return lc_fail(LC_E_DATA, "It refers to more than %d schemas", (int)REFERENCES_MAX);
    LC_TRY(lc_registry_by_version(self->wire.registry, reference->subject, reference->version, &schema));
    lc_error *error = add_all(self, store, reference->name, &schema, &unused);
    return error ? lc_wire_name_reference(reference, error) : NULL;
}

static lc_error *add_all(js_converter *self, lc_js_store *store, lc_text name,
                         const lc_registry_schema *schema, const lc_json **ret)
{
    LC_TRY(lc_wire_check_format(&self->wire, schema));
    /* First the schema, so that a circle of references ends. */
    LC_TRY(lc_js_store_add(store, name, schema->text, ret));
    for (size_t i = 0; i < schema->reference_count; i++)
        LC_TRY(add_reference(self, store, &schema->references[i]));
    return NULL;
}

static lc_error *open_book(js_converter *self, const lc_registry_schema *schema, bool check, rulebook *book)
{
    LC_TRY(add_all(self, &book->store, LC_TEXT(""), schema, &book->json));
    if (check) book->validator = lc_js_validator_new(&book->store);
    return NULL;
}

/* JsonSchema.name: what the strategies that name subjects by records go by. */
static lc_text record_name(const lc_json *json)
{
    const lc_json *title = lc_json_get(json, "title");
    return lc_json_is(title, LC_JSON_STRING) ? lc_json_text(title) : (lc_text){0};
}

static lc_error *load_reader(js_converter *self, lc_text topic, const lc_registry_schema *schema,
                             read_entry *entry)
{
    lc_auto(lc_registry_schema) latest = {0};
    int32_t version;
    const lc_js *parsed;
    LC_TRY(open_book(self, schema, self->options.validate, &entry->book));
    lc_js_store *store = &entry->book.store;
    const lc_json *json = entry->book.json;
    LC_TRY(lc_wire_find_reader(&self->wire, topic, record_name(json), schema, &latest, &version,
                               &entry->base.expires_ms));
    if (latest.json) {
        store = &entry->latest;
        LC_TRY(add_all(self, store, LC_TEXT(""), &latest, &json));
    }
    LC_TRY(lc_js_parse(store, json, &parsed));
    LC_TRY(lc_js_to_connect(store, &self->options, self->base.types, parsed, version, &entry->schema));
    entry->plain = lc_js_is_plain(entry->schema);
    return NULL;
}

static lc_error *load_read(void *owner, lc_text topic, uint64_t number, lc_wire_entry *entry)
{
    js_converter *self = owner;
    lc_auto(lc_registry_schema) schema = {0};
    lc_error *error = lc_registry_by_id(self->wire.registry, (int32_t)number, &schema);
    if (!error) error = load_reader(self, topic, &schema, (read_entry *)entry);
    return error ? lc_wire_name_schema(&self->wire, (int32_t)number, error) : NULL;
}

/* Everything that the one-pass reader leaves alone, and all errors. */
static lc_error *read_tree(js_converter *self, lc_source *source, const read_entry *entry,
                           lc_value *ret_value)
{
    lc_js_reader reader = {.context = {self->base.types, source->arena, true}};
    lc_node node;
    LC_TRY(lc_tree_read(source, &node));
    if (node.kind == LC_NODE_MISSING) return NULL;
    if (entry->book.validator) LC_TRY(lc_js_validate(entry->book.validator, entry->book.json, &node));
    lc_error *error = lc_js_read(&reader, entry->schema, &node, ret_value);
    if (!error || !*reader.path) return error;
    return lc_wrap(error, LC_E_DATA, "field %s: %s", reader.path, lc_error_message(error));
}

static lc_error *read_payload(js_converter *self, lc_arena *arena, const read_entry *entry, lc_text payload,
                              lc_value *ret_value)
{
    lc_source *source = &self->fast.source;
    if (!lc_source_open(source, arena, payload)) return lc_source_error(source);
    source->deepest = self->options.deepest;
    const char *p = lc_scan_blanks(source, source->start);
    bool container = p < source->end && (*p == '{' || *p == '[');
    if (LC_LIKELY(entry->plain && container && !entry->book.validator) &&
        LC_LIKELY(lc_json_reader_value(&self->fast, p, TOP, entry->schema, ret_value) != NULL))
        return NULL;
    *ret_value = lc_value_null();
    source->fault = NULL;
    return read_tree(self, source, entry, ret_value);
}

static lc_error *read_message(js_converter *self, lc_arena *arena, lc_text topic, lc_text bytes,
                              const lc_schema **ret_schema, lc_value *ret_value)
{
    int32_t id;
    lc_text payload;
    lc_wire_entry *found;
    LC_TRY(lc_wire_split(bytes, &id, &payload));
    LC_TRY(lc_wire_cache_get(&self->reads, (uint32_t)id, topic, &found));
    if (found->error) return lc_error_copy(found->error);
    if (!payload.len) return NULL;
    const read_entry *entry = (const read_entry *)found;
    lc_error *error = read_payload(self, arena, entry, payload, ret_value);
    if (!error) *ret_schema = entry->schema;
    if (!error) return NULL;
    return lc_wrap(error, LC_E_SERIALIZATION, "Message with schema %d: %s", id, lc_error_message(error));
}

static lc_error *js_read(lc_converter *converter, lc_arena *arena, lc_text name, lc_text bytes,
                         const lc_schema **ret_schema, lc_value *ret_value)
{
    js_converter *self = (js_converter *)converter;
    *ret_schema = NULL;
    *ret_value = lc_value_null();
    if (!bytes.data) return NULL;
    lc_error *error = read_message(self, arena, name, bytes, ret_schema, ret_value);
    return error ? lc_wire_fail(&self->wire, true, name, error) : NULL;
}

/* The schema that the text is written with, to check it by. */
static lc_error *load_target(js_converter *self, lc_text own, const lc_wire_target *target,
                             write_entry *entry)
{
    lc_registry_schema mine = {.type = LC_TEXT("JSON"), .text = own};
    lc_wire_put_head(entry->head, target->id);
    if (target->is_other) entry->base.expires_ms = lc_wire_latest_expires(&self->wire);
    if (!target->is_other && !self->options.validate) return NULL;
    return open_book(self, target->is_other ? &target->other : &mine, true, &entry->book);
}

static lc_error *load_write(void *owner, lc_text topic, uint64_t number, lc_wire_entry *base)
{
    js_converter *self = owner;
    lc_wire_target target = {0};
    lc_auto(lc_buf) text = {0};
    const lc_schema *schema = lc_schema_by_id(self->base.types, (uint32_t)number);
    LC_TRY(lc_js_from_connect(&self->options, self->base.types, schema, &text));
    lc_text own = {text.data, text.len};
    bool nameless = schema->optional || lc_js_is_union(schema) || lc_js_is_any(schema);
    LC_TRY(lc_wire_find_target(&self->wire, topic, nameless ? (lc_text){0} : schema->name, own, &target));
    lc_error *error = load_target(self, own, &target, (write_entry *)base);
    if (error) error = lc_wire_name_schema(&self->wire, target.id, error);
    lc_wire_target_done(&target);
    return error;
}

static lc_error *check_text(const rulebook *book, lc_arena *arena, lc_text text)
{
    lc_source source;
    lc_node node;
    if (!lc_source_open(&source, arena, text)) return lc_source_error(&source);
    LC_TRY(lc_tree_read(&source, &node));
    return lc_js_validate(book->validator, book->json, &node);
}

static lc_error *write_payload(js_converter *self, const write_entry *entry, const lc_schema *schema,
                               const lc_value *value, lc_text *ret_bytes)
{
    bool nothing;
    lc_js_writer *out = &self->out;
    *out->path = '\0';
    lc_json_writer_bytes(&out->json, (lc_text){(const char *)entry->head, sizeof entry->head});
    lc_error *error = lc_js_write(out, schema, value, &nothing);
    *ret_bytes = lc_json_writer_finish(&out->json);
    if (error)
        return *out->path ? lc_wrap(error, LC_E_DATA, "field %s: %s", out->path, lc_error_message(error))
                          : error;
    if (nothing) *ret_bytes = (lc_text){0};
    if (nothing || !entry->book.validator) return NULL;
    lc_text text = {ret_bytes->data + LC_WIRE_HEAD, ret_bytes->len - LC_WIRE_HEAD};
    return check_text(&entry->book, out->json.arena, text);
}

static lc_error *write_message(js_converter *self, lc_arena *arena, lc_text topic, const lc_schema *schema,
                               const lc_value *value, lc_text *ret_bytes)
{
    lc_wire_entry *found;
    if (!schema)
        return lc_fail(LC_E_DATA, "The value has no schema, and a JSON Schema is made of one. Use "
                                  "JsonConverter, or a transform that gives it a schema");
    LC_TRY(lc_wire_cache_get(&self->writes, schema->id, topic, &found));
    if (found->error) return lc_error_copy(found->error);
    lc_json_writer_start(&self->out.json, arena);
    return write_payload(self, (const write_entry *)found, schema, value, ret_bytes);
}

static lc_error *js_write(lc_converter *converter, lc_arena *arena, lc_text name, const lc_schema *schema,
                          const lc_value *value, lc_text *ret_bytes)
{
    js_converter *self = (js_converter *)converter;
    *ret_bytes = (lc_text){0};
    if (value->kind == LC_NULL && !schema) return NULL;
    lc_error *error = write_message(self, arena, name, schema, value, ret_bytes);
    if (!error) return NULL;
    *ret_bytes = (lc_text){0};
    return lc_wire_fail(&self->wire, false, name, error);
}

const lc_converter_class lc_json_schema_converter_class = {
    .java_class = "io.confluent.connect.json.JsonSchemaConverter",
    .version = LC_CONVERTER_VERSION,
    .is_converter = true,
    .open = js_open,
    .close = js_close,
    .read = js_read,
    .write = js_write,
    .define = js_define,
};
