/* AvroConverter: Avro with a schema registry. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "convert/avro_default.h"
#include "convert/avro_read.h"
#include "convert/avro_write.h"
#include "convert/classes.h"
#include "convert/wire.h"

enum {
    REFERENCES_MAX = 500,   /* schemas that one schema may bring along */
    FAILURE_KEPT_MS = 10000 /* how long a schema that can't be used isn't asked for again */
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
    const lc_avro *writer; /* NULL: `error` says why */
    const lc_schema *schema;
    const lc_avro_read_plan *plan;
    lc_error *error;    /* why it can't be read */
    int64_t expires_ms; /* then it is looked at again; INT64_MAX: never */
} read_entry;

/* A Connect schema in a topic, and how to write it. */
typedef struct write_entry {
    lc_wire_entry base;
    lc_avro_store store;
    const lc_avro *avro;
    const lc_avro_write_plan *plan;
    int32_t id;
    uint8_t head[LC_WIRE_HEAD];
    int64_t expires_ms;
} write_entry;

static void free_read(lc_wire_entry *entry)
{
    read_entry *e = (read_entry *)entry;
    lc_avro_store_done(&e->store);
    lc_error_free(e->error);
    free(e);
}

static void free_write(lc_wire_entry *entry)
{
    write_entry *e = (write_entry *)entry;
    lc_avro_store_done(&e->store);
    free(e);
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
    self->reads = (lc_wire_cache){.max = self->wire.cache_max, .free_entry = free_read};
    self->writes = (lc_wire_cache){.max = self->wire.cache_max, .free_entry = free_write};
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
    if (!error) return NULL;
    bool retriable = lc_error_is_retriable(error);
    error =
        lc_wrap(error, LC_E_DATA, "Version %d of subject %.*s, which it refers to: %s", reference->version,
                (int)reference->subject.len, reference->subject.data, lc_error_message(error));
    lc_error_set_retriable(error, retriable);
    return error;
}

static lc_error *parse_all(resolver *r, const lc_registry_schema *schema, const lc_avro **ret)
{
    if (!lc_text_is(schema->type, "AVRO"))
        return lc_fail(LC_E_DATA, "It is a %.*s schema. Use the converter for that", (int)schema->type.len,
                       schema->type.data);
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

/* The version that the subject has the schema under: Connect's schemas carry it. -1 where it has none. */
static lc_error *find_version(avro_converter *self, lc_text subject, const lc_registry_schema *schema,
                              int32_t *ret_version)
{
    lc_registry_request request = {.subject = subject,
                                   .type = schema->type,
                                   .text = schema->text,
                                   .references = schema->references,
                                   .reference_count = schema->reference_count};
    lc_error *error = lc_registry_look_up(self->wire.registry, &request, NULL, ret_version);
    if (!error || lc_error_is_retriable(error)) return error;
    lc_error_free(error);
    *ret_version = -1;
    return NULL;
}

/* With use.latest.version the latest schema of the subject is the reader's. */
static lc_error *find_reader(avro_converter *self, lc_text subject, read_entry *entry,
                             const lc_avro **ret_reader, int32_t *ret_version)
{
    lc_auto(lc_registry_schema) latest = {0};
    LC_TRY(lc_registry_by_version(self->wire.registry, subject, -1, &latest));
    LC_TRY(parse_schema(self, &entry->store, &latest, ret_reader));
    *ret_version = latest.version;
    if (self->wire.latest_ttl_ms >= 0) entry->expires_ms = lc_monotonic_ms() + self->wire.latest_ttl_ms;
    return NULL;
}

static lc_error *load_writer(avro_converter *self, lc_text topic, const lc_registry_schema *schema,
                             read_entry *entry)
{
    const lc_avro *writer = NULL, *reader;
    int32_t version = -1;
    lc_auto(lc_buf) subject = {0};
    LC_TRY(parse_schema(self, &entry->store, schema, &writer));
    entry->writer = reader = writer;
    lc_error *nameless = lc_wire_subject(&self->wire, topic, record_name(writer), &subject);
    bool named = !nameless;
    lc_error_free(nameless);
    lc_text name = {subject.data, subject.len};
    if (named && self->wire.use_latest) LC_TRY(find_reader(self, name, entry, &reader, &version));
    else if (named) LC_TRY(find_version(self, name, schema, &version));
    LC_TRY(lc_avro_to_connect(&self->options, self->base.types, reader, entry->store.node_count, version,
                              &entry->schema));
    return lc_avro_read_plan_make(&entry->store, &self->options, writer, reader, entry->schema, &entry->plan);
}

static lc_error *load_by_id(avro_converter *self, lc_text topic, int32_t id, read_entry *entry)
{
    lc_auto(lc_registry_schema) schema = {0};
    lc_error *error = lc_registry_by_id(self->wire.registry, id, &schema);
    if (!error) error = load_writer(self, topic, &schema, entry);
    if (!error) return NULL;
    bool retriable = lc_error_is_retriable(error);
    error = lc_wrap(error, LC_E_DATA, "Schema %d of registry %s: %s", id,
                    lc_registry_urls(self->wire.registry), lc_error_message(error));
    lc_error_set_retriable(error, retriable);
    return error;
}

/* What can't be used is kept for a while too, so that not every record asks the registry for it. */
static lc_error *load(avro_converter *self, lc_text topic, int32_t id, read_entry **ret)
{
    read_entry *entry = lc_alloc(sizeof *entry);
    lc_avro_store_init(&entry->store);
    entry->expires_ms = INT64_MAX;
    lc_error *error = load_by_id(self, topic, id, entry);
    if (error && lc_error_is_retriable(error)) {
        free_read(&entry->base);
        return error;
    }
    if (error) entry->expires_ms = lc_monotonic_ms() + FAILURE_KEPT_MS;
    entry->error = error;
    lc_wire_cache_add(&self->reads, (uint32_t)id, topic, &entry->base);
    *ret = entry;
    return NULL;
}

static lc_error *find_entry(avro_converter *self, lc_text topic, int32_t id, read_entry **ret)
{
    *ret = (read_entry *)lc_wire_cache_find(&self->reads, (uint32_t)id, topic);
    if (*ret && __builtin_expect((*ret)->expires_ms != INT64_MAX, 0) &&
        (*ret)->expires_ms <= lc_monotonic_ms()) {
        lc_wire_cache_remove(&self->reads, &(*ret)->base);
        *ret = NULL;
    }
    return *ret ? NULL : load(self, topic, id, ret);
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
    read_entry *entry;
    LC_TRY(lc_wire_split(bytes, &id, &payload));
    LC_TRY(find_entry(self, topic, id, &entry));
    if (entry->writer && lc_avro_is_null(entry->writer, payload)) return NULL;
    if (entry->error) return lc_error_copy(entry->error);
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

static lc_error *prepare(avro_converter *self, lc_text topic, const lc_schema *schema, write_entry *entry)
{
    lc_wire_target target = {0};
    lc_auto(lc_buf) text = {0};
    LC_TRY(lc_avro_from_connect(&entry->store, &self->options, self->base.types, schema, &entry->avro));
    lc_avro_print(entry->avro, &text);
    LC_TRY(lc_wire_find_target(&self->wire, topic, record_name(entry->avro), (lc_text){text.data, text.len},
                               &target));
    entry->id = target.id;
    lc_wire_put_head(entry->head, target.id);
    lc_error *error = NULL;
    if (target.is_other) error = parse_schema(self, &entry->store, &target.other, &entry->avro);
    if (target.is_other && self->wire.latest_ttl_ms >= 0)
        entry->expires_ms = lc_monotonic_ms() + self->wire.latest_ttl_ms;
    lc_wire_target_done(&target);
    LC_TRY(error);
    error = lc_avro_write_plan_make(&entry->store, &self->options, schema, entry->avro, &entry->plan);
    if (!error) return NULL;
    return lc_wrap(error, LC_E_DATA, "Schema %d of registry %s: %s", target.id,
                   lc_registry_urls(self->wire.registry), lc_error_message(error));
}

static lc_error *find_write(avro_converter *self, lc_text topic, const lc_schema *schema, write_entry **ret)
{
    uint64_t number = schema ? schema->id : 0;
    *ret = (write_entry *)lc_wire_cache_find(&self->writes, number, topic);
    if (*ret &&
        (__builtin_expect((*ret)->expires_ms == INT64_MAX, 1) || (*ret)->expires_ms > lc_monotonic_ms()))
        return NULL;
    if (*ret) lc_wire_cache_remove(&self->writes, &(*ret)->base);
    write_entry *entry = lc_alloc(sizeof *entry);
    lc_avro_store_init(&entry->store);
    entry->expires_ms = INT64_MAX;
    lc_error *error = prepare(self, topic, schema, entry);
    if (error) {
        free_write(&entry->base);
        return error;
    }
    lc_wire_cache_add(&self->writes, number, topic, &entry->base);
    *ret = entry;
    return NULL;
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
    write_entry *entry;
    LC_TRY(find_write(self, topic, schema, &entry));
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
