/* ProtobufConverter: Protobuf with a schema registry.
 *
 *   head of wire.h | which message of the file: count and indexes, zig-zag varints; 0 is the first | message
 */
#include <stdlib.h>

#include "base/memory.h"
#include "convert/classes.h"
#include "convert/protobuf_input.h"
#include "convert/protobuf_read.h"
#include "convert/protobuf_write.h"
#include "convert/wire.h"

#define STRATEGIES "io.confluent.kafka.serializers.subject."

enum {
    REFERENCES_MAX = 500, /* schemas that one schema may bring along */
    PATHS_MAX = 1000,     /* paths to messages that are remembered */
    HEAD_MAX = LC_WIRE_HEAD + 5 * (1 + LC_PROTO_DEPTH_MAX)
};

/* The upper half of a cache entry's number: an index at the top of a file, or the place of a path in a table.
 */
static const uint32_t path_in_table = 0x80000000u;

typedef struct protobuf_converter {
    lc_converter base;
    lc_wire wire;
    lc_proto_options options;
    bool skip_known;   /* skip.known.types */
    bool look_up_only; /* reference.lookup.only */
    bool qualified;    /* reference.subject.name.strategy: paths become dotted names */
    lc_proto_output out;
    lc_table *paths; /* bytes of a path ─▶ itself */
    lc_wire_cache reads, writes;
} protobuf_converter;

/* A message type of the registry in a topic, and how to read it. */
typedef struct read_entry {
    lc_wire_entry base;
    lc_proto_store store, latest;
    const lc_schema *schema;
    const lc_proto_read_plan *plan;
} read_entry;

/* A Connect schema in a topic, and how to write it. */
typedef struct write_entry {
    lc_wire_entry base;
    lc_proto_store store, other;
    const lc_proto_write_plan *plan;
    uint8_t *head;
    size_t head_len;
} write_entry;

static const lc_config_key keys[] = {
    {.name = "skip.known.types",
     .type = LC_CONFIG_BOOLEAN,
     .fallback = "true",
     .importance = LC_IMPORTANCE_LOW,
     .doc = "Whether files that everyone knows, such as google/protobuf/timestamp.proto, aren't registered."},
    {.name = "reference.lookup.only",
     .type = LC_CONFIG_BOOLEAN,
     .fallback = "false",
     .importance = LC_IMPORTANCE_LOW,
     .doc = "Whether references are looked up and never registered."},
    {.name = "reference.subject.name.strategy",
     .type = LC_CONFIG_STRING,
     .fallback = STRATEGIES "DefaultReferenceSubjectNameStrategy",
     .importance = LC_IMPORTANCE_LOW,
     .doc = "How subjects of references are named: DefaultReferenceSubjectNameStrategy (as they are "
            "imported) or "
            "QualifiedReferenceSubjectNameStrategy (dots instead of slashes, without .proto)."},
};

static lc_error *load_read(void *owner, lc_text topic, uint64_t number, lc_wire_entry *entry);
static lc_error *load_write(void *owner, lc_text topic, uint64_t number, lc_wire_entry *entry);

static void done_read(lc_wire_entry *entry)
{
    lc_proto_store_done(&((read_entry *)entry)->store);
    lc_proto_store_done(&((read_entry *)entry)->latest);
}

static void done_write(lc_wire_entry *entry)
{
    lc_proto_store_done(&((write_entry *)entry)->store);
    lc_proto_store_done(&((write_entry *)entry)->other);
}

static void protobuf_define(lc_config_def *def)
{
    lc_wire_define(def);
    lc_proto_options_define(def);
    lc_config_def_add_table(def, keys, sizeof keys / sizeof *keys);
}

static void protobuf_close(lc_converter *converter)
{
    protobuf_converter *self = (protobuf_converter *)converter;
    lc_wire_cache_done(&self->reads);
    lc_wire_cache_done(&self->writes);
    lc_wire_close(&self->wire);
    lc_table_free(self->paths);
    free(self);
}

static lc_error *read_settings(protobuf_converter *self, const lc_props *settings)
{
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_autoptr(lc_config_values) values = NULL;
    lc_config_def_add_table(def, keys, sizeof keys / sizeof *keys);
    LC_TRY(lc_config_parse(def, settings, &values));
    lc_text strategy = lc_text_of(lc_config_string(values, "reference.subject.name.strategy"));
    if (lc_text_starts(strategy, STRATEGIES)) strategy = lc_text_of(strategy.data + sizeof STRATEGIES - 1);
    self->skip_known = lc_config_bool(values, "skip.known.types");
    self->look_up_only = lc_config_bool(values, "reference.lookup.only");
    self->qualified = lc_text_is(strategy, "QualifiedReferenceSubjectNameStrategy");
    if (self->qualified || lc_text_is(strategy, "DefaultReferenceSubjectNameStrategy")) return NULL;
    return lc_fail(LC_E_CONFIG,
                   "Invalid value %s for configuration reference.subject.name.strategy: There are "
                   "DefaultReferenceSubjectNameStrategy and QualifiedReferenceSubjectNameStrategy",
                   strategy.data);
}

static lc_error *protobuf_open(const lc_props *settings, lc_converter_role role, lc_types *types,
                               lc_converter **ret_converter)
{
    protobuf_converter *self = lc_alloc(sizeof *self);
    self->base = (lc_converter){&lc_protobuf_converter_class, role, types};
    lc_error *error = lc_proto_options_parse(settings, &self->options);
    if (!error) error = read_settings(self, settings);
    if (!error) error = lc_wire_open(&self->wire, "PROTOBUF", settings, role);
    if (error) {
        free(self);
        return error;
    }
    self->paths = lc_table_new(NULL);
    lc_wire_cache_init(&self->reads, &self->wire, self, sizeof(read_entry), load_read, done_read);
    lc_wire_cache_init(&self->writes, &self->wire, self, sizeof(write_entry), load_write, done_write);
    *ret_converter = &self->base;
    return NULL;
}

/* Files that a schema imports, then the schema itself, all into one store. */
typedef struct resolver {
    protobuf_converter *self;
    lc_proto_store *store;
    unsigned count;
} resolver;

static lc_error *parse_all(resolver *r, lc_text path, const lc_registry_schema *schema,
                           const lc_proto_file **ret);

static lc_error *parse_reference(resolver *r, const lc_registry_reference *reference)
{
    lc_auto(lc_registry_schema) schema = {0};
    const lc_proto_file *unused;
    if (lc_table_get_text(r->store->files, reference->name)) return NULL;
    if (++r->count > REFERENCES_MAX)
        return lc_fail(LC_E_DATA, "It refers to more than %d schemas", (int)REFERENCES_MAX);
    LC_TRY(lc_registry_by_version(r->self->wire.registry, reference->subject, reference->version, &schema));
    lc_error *error = parse_all(r, reference->name, &schema, &unused);
    return error ? lc_wire_name_reference(reference, error) : NULL;
}

static lc_error *parse_all(resolver *r, lc_text path, const lc_registry_schema *schema,
                           const lc_proto_file **ret)
{
    LC_TRY(lc_wire_check_format(&r->self->wire, schema));
    /* What references refer to comes after the file itself, so that circles end. */
    LC_TRY(lc_proto_parse(r->store, path, schema->text, ret));
    for (size_t i = 0; i < schema->reference_count; i++) LC_TRY(parse_reference(r, &schema->references[i]));
    return NULL;
}

static lc_error *parse_schema(protobuf_converter *self, lc_proto_store *store,
                              const lc_registry_schema *schema, const lc_proto_file **ret)
{
    resolver r = {self, store, 0};
    lc_proto_store_init(store);
    LC_TRY(parse_all(&r, LC_TEXT("default"), schema, ret));
    return lc_proto_link(store);
}

/* A count and so many indexes. */
static bool read_path(lc_proto_input *in, uint32_t path[LC_PROTO_DEPTH_MAX], size_t *ret_count)
{
    uint64_t bits;
    if (!lc_proto_varint(in, &bits)) return false;
    path[0] = 0;
    *ret_count = bits ? (size_t)(bits >> 1) : 1;
    if ((bits & 1) || *ret_count > LC_PROTO_DEPTH_MAX)
        return lc_proto_fault(in, "it has no such number of indexes");
    for (size_t i = 0; i < *ret_count && bits; i++) {
        uint64_t index;
        if (!lc_proto_varint(in, &index)) return false;
        if ((index & 1) || index > INT32_MAX) return lc_proto_fault(in, "an index is negative or too large");
        path[i] = (uint32_t)(index >> 1);
    }
    return true;
}

/* The number that stands for a path in the cache. */
static uint32_t path_code(protobuf_converter *self, lc_text bytes, const uint32_t *path, size_t count)
{
    if (count == 1) return path[0];
    uintptr_t place = (uintptr_t)lc_table_get_text(self->paths, bytes);
    if (place) return path_in_table | (uint32_t)(place - 1);
    if (lc_table_count(self->paths) >= PATHS_MAX) {
        lc_wire_cache_done(&self->reads);
        lc_table_clear(self->paths);
    }
    place = lc_table_count(self->paths) + 1;
    lc_table_put_text(self->paths, bytes, (void *)place);
    return path_in_table | (uint32_t)(place - 1);
}

static size_t path_of_code(const protobuf_converter *self, uint32_t code, uint32_t path[LC_PROTO_DEPTH_MAX])
{
    size_t count = 1;
    path[0] = code;
    if (!(code & path_in_table)) return count;
    lc_text bytes = lc_table_key_text_at(self->paths, code & ~path_in_table);
    lc_proto_input in = {.at = (const uint8_t *)bytes.data, .end = (const uint8_t *)bytes.data + bytes.len};
    return read_path(&in, path, &count) ? count : 0;
}

static lc_error *find_message(const protobuf_converter *self, uint32_t code, const lc_proto_file *file,
                              const lc_proto_message **ret)
{
    uint32_t path[LC_PROTO_DEPTH_MAX];
    size_t count = path_of_code(self, code, path);
    *ret = lc_proto_at(file, path, count);
    if (*ret) return NULL;
    lc_auto(lc_buf) text = {0};
    for (size_t i = 0; i < count; i++) lc_buf_printf(&text, "%s%u", i ? ", " : "", path[i]);
    return lc_fail(LC_E_DATA, "Invalid message indexes: [%s]", text.data ? text.data : "");
}

static lc_error *load_writer(protobuf_converter *self, lc_text topic, uint32_t code,
                             const lc_registry_schema *schema, read_entry *entry)
{
    const lc_proto_file *file;
    const lc_proto_message *message;
    lc_proto_store *store = &entry->store;
    int32_t version;
    lc_auto(lc_registry_schema) latest = {0};
    LC_TRY(parse_schema(self, &entry->store, schema, &file));
    LC_TRY(find_message(self, code, file, &message));
    LC_TRY(lc_wire_find_reader(&self->wire, topic, message->full, schema, &latest, &version,
                               &entry->base.expires_ms));
    if (latest.json) {
        store = &entry->latest;
        LC_TRY(parse_schema(self, store, &latest, &file));
        message = lc_proto_find(store, message->full);
        if (!message) LC_TRY(find_message(self, 0, file, &message));
    }
    LC_TRY(lc_proto_to_connect(&self->options, self->base.types, message, version, &entry->schema));
    return lc_proto_read_plan_make(store, &self->options, message, entry->schema, &entry->plan);
}

static lc_error *load_read(void *owner, lc_text topic, uint64_t number, lc_wire_entry *entry)
{
    protobuf_converter *self = owner;
    lc_auto(lc_registry_schema) schema = {0};
    lc_error *error = lc_registry_by_id(self->wire.registry, (int32_t)number, &schema);
    if (!error) error = load_writer(self, topic, (uint32_t)(number >> 32), &schema, (read_entry *)entry);
    return error ? lc_wire_name_schema(&self->wire, (int32_t)number, error) : NULL;
}

static lc_error *split_path(protobuf_converter *self, lc_text *payload, uint32_t *ret_code)
{
    uint32_t path[LC_PROTO_DEPTH_MAX];
    size_t count;
    const uint8_t *start = (const uint8_t *)payload->data;
    lc_proto_input in = {.at = start, .end = start + payload->len};
    if (!read_path(&in, path, &count))
        return lc_fail(LC_E_SERIALIZATION, "The indexes of the message type are malformed: %s", in.fault);
    size_t used = (size_t)(in.at - start);
    *ret_code = path_code(self, (lc_text){payload->data, used}, path, count);
    *payload = (lc_text){payload->data + used, payload->len - used};
    return NULL;
}

static lc_error *read_record(protobuf_converter *self, lc_arena *arena, lc_text topic, lc_text bytes,
                             const lc_schema **ret_schema, lc_value *ret_value)
{
    int32_t id;
    uint32_t code;
    lc_text payload;
    lc_wire_entry *found;
    LC_TRY(lc_wire_split(bytes, &id, &payload));
    LC_TRY(split_path(self, &payload, &code));
    LC_TRY(lc_wire_cache_get(&self->reads, (uint64_t)code << 32 | (uint32_t)id, topic, &found));
    if (found->error) return lc_error_copy(found->error);
    const read_entry *entry = (const read_entry *)found;
    lc_error *error = lc_proto_read(self->base.types, arena, entry->plan, payload, ret_value);
    *ret_schema = entry->schema;
    if (!error) return NULL;
    return lc_wrap(error, LC_E_SERIALIZATION, "Message with schema %d: %s", id, lc_error_message(error));
}

static lc_error *protobuf_read(lc_converter *converter, lc_arena *arena, lc_text name, lc_text bytes,
                               const lc_schema **ret_schema, lc_value *ret_value)
{
    protobuf_converter *self = (protobuf_converter *)converter;
    *ret_schema = NULL;
    *ret_value = lc_value_null();
    if (!bytes.data) return NULL;
    lc_error *error = read_record(self, arena, name, bytes, ret_schema, ret_value);
    return error ? lc_wire_fail(&self->wire, true, name, error) : NULL;
}

static uint8_t *put_zigzag(uint8_t *at, uint32_t value)
{
    for (value <<= 1; value > 0x7f; value >>= 7) *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

/* Id and path; a message that isn't found counts as the first one. */
static void put_head(write_entry *entry, int32_t id, const lc_proto_message *message)
{
    uint32_t path[LC_PROTO_DEPTH_MAX] = {0};
    size_t count = 1;
    lc_proto_path_of(message, path, &count);
    entry->head = lc_arena_alloc(&entry->store.arena, HEAD_MAX);
    lc_wire_put_head(entry->head, id);
    uint8_t *at = entry->head + LC_WIRE_HEAD;
    bool is_first = count == 1 && path[0] == 0;
    at = put_zigzag(at, is_first ? 0 : (uint32_t)count);
    for (size_t i = 0; i < count && !is_first; i++) at = put_zigzag(at, path[i]);
    entry->head_len = (size_t)(at - entry->head);
}

/* "google/type/date.proto" as the subject of a reference. */
static lc_text reference_subject(const protobuf_converter *self, lc_arena *arena, lc_text path)
{
    if (!self->qualified) return path;
    char *name = lc_arena_copy(arena, path.data, path.len);
    char *suffix = strstr(name, ".proto");
    if (suffix) *suffix = '\0';
    for (char *p = name; *p; p++)
        if (*p == '/') *p = '.';
    return lc_text_of(name);
}

static lc_error *find_reference(protobuf_converter *self, lc_arena *arena, lc_text path,
                                lc_registry_reference *ret)
{
    lc_wire *wire = &self->wire;
    lc_auto(lc_registry_schema) latest = {0};
    lc_registry_request request = {.subject = reference_subject(self, arena, path),
                                   .type = lc_text_of(wire->format),
                                   .text = lc_text_of(lc_proto_known(path)),
                                   .normalize = wire->normalize};
    int32_t id;
    *ret = (lc_registry_reference){.name = path, .subject = request.subject};
    if (wire->auto_register && !self->look_up_only)
        LC_TRY(lc_registry_register(wire->registry, &request, &id));
    else if (wire->use_latest && !self->look_up_only) {
        LC_TRY(lc_registry_by_version(wire->registry, request.subject, -1, &latest));
        ret->version = latest.version;
        return NULL;
    }
    return lc_registry_look_up(wire->registry, &request, NULL, &ret->version);
}

/* References to the files that the schema imports, where they aren't left out. */
static lc_error *find_references(protobuf_converter *self, lc_arena *arena, const lc_proto_file *file,
                                 lc_registry_reference **ret, size_t *ret_count)
{
    *ret_count = self->skip_known ? 0 : file->import_count;
    *ret = lc_arena_alloc(arena, (*ret_count + 1) * sizeof **ret);
    for (size_t i = 0; i < *ret_count; i++) LC_TRY(find_reference(self, arena, file->imports[i], &(*ret)[i]));
    return NULL;
}

/* The message of another schema to write as: the one of the same name, or the first one. */
static lc_error *find_other(protobuf_converter *self, const lc_wire_target *target, write_entry *entry,
                            const lc_proto_message *own, const lc_proto_message **ret)
{
    const lc_proto_file *file;
    *ret = own;
    if (!target->is_other) return NULL;
    LC_TRY(parse_schema(self, &entry->other, &target->other, &file));
    entry->base.expires_ms = lc_wire_latest_expires(&self->wire);
    *ret = lc_proto_find(&entry->other, own->full);
    return *ret ? NULL : find_message(self, 0, file, ret);
}

static lc_error *load_target(protobuf_converter *self, const lc_schema *schema, const lc_wire_target *target,
                             const lc_proto_message *own, write_entry *entry)
{
    const lc_proto_message *other;
    LC_TRY(find_other(self, target, entry, own, &other));
    put_head(entry, target->id, other);
    return lc_proto_write_plan_make(&entry->store, &self->options, schema, own, other, &entry->plan);
}

static lc_error *load_write(void *owner, lc_text topic, uint64_t number, lc_wire_entry *base)
{
    protobuf_converter *self = owner;
    write_entry *entry = (write_entry *)base;
    lc_wire_target target = {0};
    lc_auto(lc_buf) text = {0};
    const lc_proto_file *file;
    const lc_proto_message *message;
    lc_registry_reference *references;
    size_t count;
    const lc_schema *schema = number ? lc_schema_by_id(self->base.types, (uint32_t)number) : NULL;
    lc_proto_store_init(&entry->store);
    LC_TRY(lc_proto_from_connect(&entry->store, &self->options, schema, &file, &message));
    LC_TRY(find_references(self, &entry->store.arena, file, &references, &count));
    const char *known = lc_proto_known(file->path);
    if (known) lc_buf_text(&text, known);
    else lc_proto_print(file, &text);
    LC_TRY(lc_wire_find_target_with(&self->wire, topic, message->full, (lc_text){text.data, text.len},
                                    references, count, &target));
    lc_error *error = load_target(self, schema, &target, message, entry);
    if (error) error = lc_wire_name_schema(&self->wire, target.id, error);
    lc_wire_target_done(&target);
    return error;
}

static lc_error *write_record(protobuf_converter *self, lc_arena *arena, lc_text topic,
                              const lc_schema *schema, const lc_value *value, lc_text *ret_bytes)
{
    lc_wire_entry *found;
    LC_TRY(lc_wire_cache_get(&self->writes, schema ? schema->id : 0, topic, &found));
    if (found->error) return lc_error_copy(found->error);
    const write_entry *entry = (const write_entry *)found;
    lc_proto_output_start(&self->out, arena, entry->head, entry->head_len);
    lc_error *error = lc_proto_write(&self->out, entry->plan, value);
    *ret_bytes = lc_proto_output_finish(&self->out);
    if (!error || !*self->out.path) return error;
    return lc_wrap(error, LC_E_DATA, "field %s: %s", self->out.path, lc_error_message(error));
}

static lc_error *protobuf_write(lc_converter *converter, lc_arena *arena, lc_text name,
                                const lc_schema *schema, const lc_value *value, lc_text *ret_bytes)
{
    protobuf_converter *self = (protobuf_converter *)converter;
    *ret_bytes = (lc_text){0};
    if (value->kind == LC_NULL) return NULL;
    lc_error *error = write_record(self, arena, name, schema, value, ret_bytes);
    if (!error) return NULL;
    *ret_bytes = (lc_text){0};
    return lc_wire_fail(&self->wire, false, name, error);
}

const lc_converter_class lc_protobuf_converter_class = {
    .java_class = "io.confluent.connect.protobuf.ProtobufConverter",
    .version = LC_CONVERTER_VERSION,
    .is_converter = true,
    .open = protobuf_open,
    .close = protobuf_close,
    .read = protobuf_read,
    .write = protobuf_write,
    .define = protobuf_define,
};
