/* AvroConverter: Avro with a schema registry. */
#include <stdlib.h>

#include "base/memory.h"
#include "convert/avro_default.h"
#include "convert/avro_read.h"
#include "convert/avro_write.h"
#include "convert/classes.h"
#include "convert/wire.h"

enum {
    REFERENCES_MAX = 500 /* schemas that one schema may bring along */
};

typedef struct avro_converter {
    lc_converter base;
    lc_wire wire;
    lc_avro_options options;
    lc_avro_output out;
    lc_wire_cache reads, writes;
} avro_converter;

/* A schema of the registry in a topic, and how to read it. */
typedef struct read_entry {
    lc_wire_entry base;
    lc_avro_store store;
    const lc_avro *writer; /* NULL: not even that is known */
    const lc_schema *schema;
    const lc_avro_read_plan *plan;
} read_entry;

/* A Connect schema in a topic, and how to write it. */
typedef struct write_entry {
    lc_wire_entry base;
    lc_avro_store store;
    const lc_avro *avro;
    const lc_avro_write_plan *plan;
    uint8_t head[LC_WIRE_HEAD];
} write_entry;

static lc_error *load_read(void *owner, lc_text topic, uint64_t number, lc_wire_entry *entry);
static lc_error *load_write(void *owner, lc_text topic, uint64_t number, lc_wire_entry *entry);

static void done_read(lc_wire_entry *entry)
{
    lc_avro_store_done(&((read_entry *)entry)->store);
}

static void done_write(lc_wire_entry *entry)
{
    lc_avro_store_done(&((write_entry *)entry)->store);
}

static void avro_define(lc_config_def *def)
{
    lc_wire_define(def);
    lc_avro_options_define(def);
}

static void avro_close(lc_converter *converter)
{
    avro_converter *self = (avro_converter *)converter;
    lc_wire_cache_done(&self->reads);
    lc_wire_cache_done(&self->writes);
    lc_wire_close(&self->wire);
    free(self);
}

static lc_error *avro_open(const lc_props *settings, lc_converter_role role, lc_types *types,
                           lc_converter **ret_converter)
{
    avro_converter *self = lc_alloc(sizeof *self);
    self->base = (lc_converter){&lc_avro_converter_class, role, types};
    lc_error *error = lc_avro_options_parse(settings, &self->options);
    if (!error) error = lc_wire_open(&self->wire, "AVRO", settings, role);
    if (error) {
        free(self);
        return error;
    }
    lc_wire_cache_init(&self->reads, &self->wire, self, sizeof(read_entry), load_read, done_read);
    lc_wire_cache_init(&self->writes, &self->wire, self, sizeof(write_entry), load_write, done_write);
    *ret_converter = &self->base;
    return NULL;
}

/* Schemas that a schema refers to, then the schema itself, all into one set of names. */
typedef struct resolver {
    avro_converter *self;
    lc_avro_store *store;
    lc_avro_names *names;
    lc_table *seen; /* subject and version ─▶ anything */
} resolver;

static lc_error *parse_all(resolver *r, const lc_registry_schema *schema, const lc_avro **ret);

static lc_error *parse_reference(resolver *r, const lc_registry_reference *reference)
{
    lc_auto(lc_registry_schema) schema = {0};
    lc_auto(lc_buf) key = {0};
    const lc_avro *unused;
    lc_buf_printf(&key, "%.*s %d", (int)reference->subject.len, reference->subject.data, reference->version);
    if (lc_table_get(r->seen, key.data)) return NULL;
    lc_table_put(r->seen, key.data, r);
    if (lc_table_count(r->seen) > REFERENCES_MAX)
        return lc_fail(LC_E_DATA, "It refers to more than %d schemas", (int)REFERENCES_MAX);
    LC_TRY(lc_registry_by_version(r->self->wire.registry, reference->subject, reference->version, &schema));
    lc_error *error = parse_all(r, &schema, &unused);
    return error ? lc_wire_name_reference(reference, error) : NULL;
}

static lc_error *parse_all(resolver *r, const lc_registry_schema *schema, const lc_avro **ret)
{
    LC_TRY(lc_wire_check_format(&r->self->wire, schema));
    for (size_t i = 0; i < schema->reference_count; i++) LC_TRY(parse_reference(r, &schema->references[i]));
    /* Names of the parsed schema point into its text's tree, which the store keeps. */
    return lc_avro_parse(r->store, r->names, schema->text, ret);
}

static lc_error *parse_schema(avro_converter *self, lc_avro_store *store, const lc_registry_schema *schema,
                              const lc_avro **ret)
{
    resolver r = {self, store, lc_avro_names_new(), lc_table_new(NULL)};
    lc_error *error = parse_all(&r, schema, ret);
    lc_avro_names_free(r.names);
    lc_table_free(r.seen);
    return error;
}

static lc_text record_name(const lc_avro *avro)
{
    return avro->type == LC_AVRO_RECORD ? avro->full : (lc_text){0};
}

static lc_error *load_writer(avro_converter *self, lc_text topic, const lc_registry_schema *schema,
                             read_entry *entry)
{
    const lc_avro *reader;
    int32_t version;
    lc_auto(lc_registry_schema) latest = {0};
    LC_TRY(parse_schema(self, &entry->store, schema, &entry->writer));
    reader = entry->writer;
    LC_TRY(lc_wire_find_reader(&self->wire, topic, record_name(entry->writer), schema, &latest, &version,
                               &entry->base.expires_ms));
    if (latest.json) LC_TRY(parse_schema(self, &entry->store, &latest, &reader));
    LC_TRY(lc_avro_to_connect(&self->options, self->base.types, reader, entry->store.node_count, version,
                              &entry->schema));
    return lc_avro_read_plan_make(&entry->store, &self->options, entry->writer, reader, entry->schema,
                                  &entry->plan);
}

static lc_error *load_read(void *owner, lc_text topic, uint64_t number, lc_wire_entry *entry)
{
    avro_converter *self = owner;
    lc_auto(lc_registry_schema) schema = {0};
    lc_error *error = lc_registry_by_id(self->wire.registry, (int32_t)number, &schema);
    if (!error) error = load_writer(self, topic, &schema, (read_entry *)entry);
    return error ? lc_wire_name_schema(&self->wire, (int32_t)number, error) : NULL;
}

/* The one type that isn't in Avro's binary form at the top: bytes are as they are. */
static lc_error *read_raw(const read_entry *entry, lc_arena *arena, lc_text payload, lc_value *ret_value)
{
    *ret_value = lc_value_bytes(payload);
    return lc_avro_to_logical(arena, entry->schema, ret_value);
}

static lc_error *read_message(avro_converter *self, lc_arena *arena, lc_text topic, lc_text bytes,
                              const lc_schema **ret_schema, lc_value *ret_value)
{
    int32_t id;
    lc_text payload;
    lc_wire_entry *found;
    LC_TRY(lc_wire_split(bytes, &id, &payload));
    LC_TRY(lc_wire_cache_get(&self->reads, (uint32_t)id, topic, &found));
    const read_entry *entry = (const read_entry *)found;
    if (entry->writer && lc_avro_is_null(entry->writer, payload)) return NULL;
    if (found->error) return lc_error_copy(found->error);
    *ret_schema = entry->schema;
    if (entry->writer->type == LC_AVRO_BYTES && entry->schema && entry->schema->type == LC_TYPE_BYTES)
        return read_raw(entry, arena, payload, ret_value);
    lc_error *error = lc_avro_read(self->base.types, arena, entry->plan, payload, ret_value);
    if (!error) return NULL;
    return lc_wrap(error, LC_E_SERIALIZATION, "Message with schema %d: %s", id, lc_error_message(error));
}

static lc_error *avro_read(lc_converter *converter, lc_arena *arena, lc_text name, lc_text bytes,
                           const lc_schema **ret_schema, lc_value *ret_value)
{
    avro_converter *self = (avro_converter *)converter;
    *ret_schema = NULL;
    *ret_value = lc_value_null();
    if (!bytes.data) return NULL;
    lc_error *error = read_message(self, arena, name, bytes, ret_schema, ret_value);
    return error ? lc_wire_fail(&self->wire, true, name, error) : NULL;
}

static lc_error *load_target(avro_converter *self, const lc_schema *schema, const lc_wire_target *target,
                             write_entry *entry)
{
    lc_wire_put_head(entry->head, target->id);
    if (target->is_other) {
        LC_TRY(parse_schema(self, &entry->store, &target->other, &entry->avro));
        entry->base.expires_ms = lc_wire_latest_expires(&self->wire);
    }
    return lc_avro_write_plan_make(&entry->store, &self->options, schema, entry->avro, &entry->plan);
}

static lc_error *load_write(void *owner, lc_text topic, uint64_t number, lc_wire_entry *base)
{
    avro_converter *self = owner;
    write_entry *entry = (write_entry *)base;
    lc_wire_target target = {0};
    lc_auto(lc_buf) text = {0};
    const lc_schema *schema = number ? lc_schema_by_id(self->base.types, (uint32_t)number) : NULL;
    LC_TRY(lc_avro_from_connect(&entry->store, &self->options, self->base.types, schema, &entry->avro));
    lc_avro_print(entry->avro, &text);
    LC_TRY(lc_wire_find_target(&self->wire, topic, record_name(entry->avro), (lc_text){text.data, text.len},
                               &target));
    lc_error *error = load_target(self, schema, &target, entry);
    if (error) error = lc_wire_name_schema(&self->wire, target.id, error);
    lc_wire_target_done(&target);
    return error;
}

/* Cuts the length that stands between the head and the bytes. */
static lc_text without_length(lc_text bytes)
{
    char *data = (char *)(uintptr_t)bytes.data;
    size_t length = 1;
    while (data[LC_WIRE_HEAD + length - 1] & 0x80) length++;
    memmove(data + length, data, LC_WIRE_HEAD);
    return (lc_text){data + length, bytes.len - length};
}

static lc_error *write_message(avro_converter *self, lc_arena *arena, lc_text topic, const lc_schema *schema,
                               const lc_value *value, lc_text *ret_bytes)
{
    lc_wire_entry *found;
    LC_TRY(lc_wire_cache_get(&self->writes, schema ? schema->id : 0, topic, &found));
    if (found->error) return lc_error_copy(found->error);
    const write_entry *entry = (const write_entry *)found;
    lc_avro_output_start(&self->out, arena, entry->head, sizeof entry->head);
    lc_error *error = lc_avro_write(&self->out, entry->plan, value);
    *ret_bytes = lc_avro_output_finish(&self->out);
    if (!error && entry->avro->type == LC_AVRO_BYTES) *ret_bytes = without_length(*ret_bytes);
    if (!error || !*self->out.path) return error;
    return lc_wrap(error, LC_E_DATA, "field %s: %s", self->out.path, lc_error_message(error));
}

static lc_error *avro_write(lc_converter *converter, lc_arena *arena, lc_text name, const lc_schema *schema,
                            const lc_value *value, lc_text *ret_bytes)
{
    avro_converter *self = (avro_converter *)converter;
    lc_error *error = NULL;
    *ret_bytes = (lc_text){0};
    if (value->kind == LC_NULL && (!schema || schema->optional)) return NULL;
    error = write_message(self, arena, name, schema, value, ret_bytes);
    if (!error) return NULL;
    *ret_bytes = (lc_text){0};
    return lc_wire_fail(&self->wire, false, name, error);
}

const lc_converter_class lc_avro_converter_class = {
    .java_class = "io.confluent.connect.avro.AvroConverter",
    .version = LC_CONVERTER_VERSION,
    .is_converter = true,
    .open = avro_open,
    .close = avro_close,
    .read = avro_read,
    .write = avro_write,
    .define = avro_define,
};
