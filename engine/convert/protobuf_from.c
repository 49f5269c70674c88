/* Connect schemas into Protobuf schemas: ProtobufData.fromConnectSchema. */
#include <stdlib.h>

#include "base/memory.h"
#include "convert/protobuf_data.h"
#include "java/number.h"

typedef struct maker {
    lc_proto_store *store;
    const lc_proto_options *options;
    lc_proto_file *file;
    unsigned nameless; /* schemas without a name so far */
    unsigned depth;
} maker;

static lc_error *fill_message(maker *m, lc_proto_message *message, const lc_schema *schema);

/* "my-field" is no name that Protobuf has. */
static lc_error *check_name(lc_text name)
{
    bool valid = name.len > 0 && !(name.data[0] >= '0' && name.data[0] <= '9');
    for (size_t i = 0; i < name.len && valid; i++) {
        char c = name.data[i], low = (char)(c | 32);
        valid = (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '_';
    }
    if (valid) return NULL;
    return lc_fail(LC_E_DATA, "\"%.*s\" is not a valid identifier. scrub.invalid.names=true makes it one",
                   name.len > 100 ? 100 : (int)name.len, name.data ? name.data : "");
}

static lc_text full_or_default(maker *m, lc_text name)
{
    if (name.len) return name;
    return lc_text_of(lc_arena_printf(&m->store->arena, "ConnectDefault%u", ++m->nameless));
}

static lc_text last_part(lc_text name)
{
    const char *dot = memrchr(name.data, '.', name.len);
    return dot ? (lc_text){dot + 1, (size_t)(name.data + name.len - dot - 1)} : name;
}

static lc_text unqualified(maker *m, lc_text name)
{
    return lc_proto_scrub(&m->store->arena, m->options, last_part(full_or_default(m, name)));
}

/* A package, part by part. */
static lc_error *scrub_package(maker *m, lc_text package, lc_text *ret)
{
    lc_auto(lc_buf) text = {0};
    for (const char *p = package.data, *end = p + package.len; p < end;) {
        const char *dot = memchr(p, '.', (size_t)(end - p)), *stop = dot ? dot : end;
        lc_text part = lc_proto_scrub(&m->store->arena, m->options, (lc_text){p, (size_t)(stop - p)});
        LC_TRY(check_name(part));
        if (text.len) lc_buf_put(&text, '.');
        lc_buf_add(&text, part.data, part.len);
        p = stop + 1;
    }
    *ret = (lc_text){lc_arena_copy(&m->store->arena, text.data, text.len), text.len};
    return NULL;
}

static const lc_proto_type plain_types[] = {
    [LC_TYPE_BOOLEAN] = LC_PROTO_BOOL,   [LC_TYPE_INT8] = LC_PROTO_INT32,
    [LC_TYPE_INT16] = LC_PROTO_INT32,    [LC_TYPE_INT32] = LC_PROTO_INT32,
    [LC_TYPE_INT64] = LC_PROTO_INT64,    [LC_TYPE_FLOAT32] = LC_PROTO_FLOAT,
    [LC_TYPE_FLOAT64] = LC_PROTO_DOUBLE, [LC_TYPE_STRING] = LC_PROTO_STRING,
    [LC_TYPE_BYTES] = LC_PROTO_BYTES,
};

/* The type that a schema asks for by its parameter, where it fits. */
static lc_proto_type scalar_type(const lc_schema *schema)
{
    lc_proto_type given = lc_proto_type_of(lc_schema_parameter(schema, LC_PROTO_TYPE));
    bool narrow = given == LC_PROTO_INT32 || given == LC_PROTO_SINT32 || given == LC_PROTO_SFIXED32;
    bool wide = given == LC_PROTO_UINT32 || given == LC_PROTO_FIXED32 || given == LC_PROTO_INT64 ||
                given == LC_PROTO_UINT64 || given == LC_PROTO_SINT64 || given == LC_PROTO_FIXED64 ||
                given == LC_PROTO_SFIXED64;
    if (schema->type == LC_TYPE_INT32 && narrow) return given;
    if (schema->type == LC_TYPE_INT64 && wide) return given;
    return plain_types[schema->type];
}

static lc_proto_type wrapped_type(const lc_schema *schema)
{
    lc_proto_type type = scalar_type(schema);
    if (type == LC_PROTO_UINT32 || type == LC_PROTO_FIXED32) return LC_PROTO_UINT32;
    if (type == LC_PROTO_UINT64 || type == LC_PROTO_FIXED64) return LC_PROTO_UINT64;
    return plain_types[schema->type];
}

static void set_import(maker *m, lc_proto_field *field, const char *type)
{
    lc_proto_set_type(field, lc_text_of(type));
    lc_proto_add_import(m->store, m->file, lc_text_of(lc_proto_file_of(lc_text_of(type))));
}

static void set_logical(maker *m, lc_proto_field *field, const lc_schema *schema)
{
    lc_text precision = lc_schema_parameter(schema, LC_PROTO_PRECISION);
    lc_text scale = lc_schema_parameter(schema, "scale");
    set_import(m, field, lc_proto_logical_type((lc_logical)schema->logical));
    if (schema->logical != LC_LOGICAL_DECIMAL) return;
    if (precision.data) lc_proto_add_param(m->store, field, LC_TEXT("precision"), precision);
    if (scale.data) lc_proto_add_param(m->store, field, LC_TEXT("scale"), scale);
}

static void set_scalar(maker *m, lc_proto_field *field, const lc_schema *schema)
{
    bool is_small = schema->type == LC_TYPE_INT8 || schema->type == LC_TYPE_INT16;
    if (is_small)
        lc_proto_add_param(m->store, field, LC_TEXT("connect.type"),
                           schema->type == LC_TYPE_INT8 ? LC_TEXT("int8") : LC_TEXT("int16"));
    if (lc_proto_is_wrapped(m->options, schema, field->oneof >= 0))
        set_import(m, field, lc_proto_wrapper_of(wrapped_type(schema)));
    else field->type = (uint8_t)scalar_type(schema);
}

static int by_number(const void *a, const void *b)
{
    int64_t x = ((const lc_proto_constant *)a)->number, y = ((const lc_proto_constant *)b)->number;
    return (x != 0) - (y != 0) ? (x != 0) - (y != 0) : (x > y) - (x < y);
}

static lc_error *fill_enum(maker *m, lc_proto_enum *into, const lc_schema *schema, const char *parameter)
{
    size_t len = strlen(parameter);
    for (uint32_t i = 0; i < schema->parameter_count; i++) {
        lc_text key = schema->parameters[i].key;
        int64_t number;
        if (!lc_text_starts(key, parameter) || key.len <= len || key.data[len] != '.') continue;
        lc_text name = {key.data + len + 1, key.len - len - 1};
        LC_TRY(check_name(name));
        if (!lc_parse_int(schema->parameters[i].value, INT32_MIN, INT32_MAX, &number))
            return lc_fail(LC_E_NUMBER_FORMAT, "For input string: \"%s\"", schema->parameters[i].value.data);
        lc_proto_add_constant(m->store, into, name, (int32_t)number);
    }
    if (!into->count)
        return lc_fail(LC_E_DATA, "Enum %.*s has no symbols", (int)into->name.len, into->name.data);
    /* The order of the parameters is lost, and the first constant of proto3 must be 0. */
    qsort(into->constants, into->count, sizeof *into->constants, by_number);
    return NULL;
}

static lc_error *set_enum(maker *m, lc_proto_message *message, lc_proto_field *field, const lc_schema *schema)
{
    lc_text type = lc_schema_parameter(schema, LC_PROTO_CONNECT_ENUM);
    const char *parameter = LC_PROTO_CONNECT_ENUM;
    lc_proto_enum *made;
    if (!type.data || schema->type == LC_TYPE_INT32) {
        parameter = LC_PROTO_ENUM_PARAMETER;
        type = lc_schema_parameter(schema, parameter);
    }
    lc_text name = lc_proto_scrub(&m->store->arena, m->options, last_part(type));
    LC_TRY(check_name(name));
    lc_proto_set_type(field, name);
    for (size_t i = 0; i < message->enum_count; i++)
        if (lc_text_eq(message->enums[i]->name, name)) return NULL;
    LC_TRY(lc_proto_new_enum(m->store, m->file, message, name, &made));
    return fill_enum(m, made, schema, parameter);
}

static bool has_message(const lc_proto_message *message, lc_text name)
{
    if (lc_text_eq(message->name, name)) return true; /* a reference to the message around it */
    for (size_t i = 0; i < message->message_count; i++)
        if (lc_text_eq(message->messages[i]->name, name)) return true;
    return false;
}

static lc_error *set_struct(maker *m, lc_proto_message *message, lc_proto_field *field,
                            const lc_schema *schema)
{
    lc_text name = unqualified(m, schema->name);
    lc_proto_message *made;
    if (lc_text_eq(name, field->name))
        name = lc_text_of(lc_arena_printf(&m->store->arena, "%.*sMessage", (int)name.len, name.data));
    LC_TRY(check_name(name));
    lc_proto_set_type(field, name);
    if (has_message(message, name)) return NULL;
    LC_TRY(lc_proto_new_message(m->store, m->file, message, name, &made));
    return fill_message(m, made, schema);
}

static lc_error *set_field(maker *m, lc_proto_message *message, lc_proto_field *field,
                           const lc_schema *schema);

static lc_error *set_entry_part(maker *m, lc_proto_message *entry, uint32_t number, const lc_schema *schema)
{
    lc_proto_field field = {.packed = -1, .oneof = -1, .number = number};
    field.name = number == 1 ? LC_TEXT("key") : LC_TEXT("value");
    if (!schema) return lc_fail(LC_E_DATA, "The keys or values of a map have no schema");
    LC_TRY(set_field(m, entry, &field, schema));
    if (field.label == LC_PROTO_OPTIONAL) field.label = LC_PROTO_PLAIN;
    *lc_proto_add_field(m->store, entry) = field;
    return NULL;
}

/* A map is a repeated message with a key and a value. */
static lc_error *set_map(maker *m, lc_proto_message *message, lc_proto_field *field, const lc_schema *schema)
{
    lc_proto_message *entry;
    lc_text name = lc_proto_entry_name(&m->store->arena, unqualified(m, schema->name));
    LC_TRY(check_name(name));
    field->label = LC_PROTO_REPEATED;
    lc_proto_set_type(field, name);
    LC_TRY(lc_proto_new_message(m->store, m->file, message, name, &entry));
    LC_TRY(set_entry_part(m, entry, 1, schema->keys));
    return set_entry_part(m, entry, 2, schema->values);
}

static lc_error *set_type(maker *m, lc_proto_message *message, lc_proto_field *field, const lc_schema *schema)
{
    if (schema->logical) {
        set_logical(m, field, schema);
        return NULL;
    }
    if (lc_proto_is_enum(schema)) return set_enum(m, message, field, schema);
    if (schema->type == LC_TYPE_STRUCT) return set_struct(m, message, field, schema);
    if (schema->type == LC_TYPE_MAP) return set_map(m, message, field, schema);
    set_scalar(m, field, schema);
    return NULL;
}

static lc_error *set_field(maker *m, lc_proto_message *message, lc_proto_field *field,
                           const lc_schema *schema)
{
    if (schema->type == LC_TYPE_ARRAY && !schema->logical) {
        field->label = LC_PROTO_REPEATED;
        schema = schema->values;
        if (!schema) return lc_fail(LC_E_DATA, "The items of an array have no schema");
        if (schema->type == LC_TYPE_ARRAY || (schema->type == LC_TYPE_MAP && !schema->logical))
            return lc_fail(LC_E_DATA, "Array cannot be nested");
    } else if (m->options->optional_nullables && schema->optional && field->oneof < 0)
        field->label = LC_PROTO_OPTIONAL;
    if (++m->depth > LC_PROTO_DEPTH_MAX) return lc_fail(LC_E_DATA, "The schema is nested too deep");
    LC_TRY(set_type(m, message, field, schema));
    m->depth--;
    return NULL;
}

/* Numbers that fields of a message ask for, so that others get free ones. */
typedef struct numbers {
    uint32_t *taken;
    size_t count, cap;
    uint32_t next;
} numbers;

static uint32_t asked_number(const lc_schema *schema)
{
    int64_t number;
    lc_text tag = lc_schema_parameter(schema, LC_PROTO_TAG);
    return tag.data && lc_parse_int(tag, 1, LC_PROTO_NUMBER_MAX, &number) ? (uint32_t)number : 0;
}

static void collect_numbers(numbers *n, const lc_schema *schema)
{
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_schema *field = schema->fields[i];
        if (field->type == LC_TYPE_STRUCT && lc_proto_is_union(field)) {
            for (uint32_t j = 0; j < field->shape->count; j++) {
                n->taken = lc_grow(n->taken, &n->cap, n->count + 1, sizeof *n->taken);
                n->taken[n->count++] = asked_number(field->fields[j]);
            }
            continue;
        }
        n->taken = lc_grow(n->taken, &n->cap, n->count + 1, sizeof *n->taken);
        n->taken[n->count++] = asked_number(field);
    }
}

static bool is_taken(const numbers *n, uint32_t number)
{
    for (size_t i = 0; i < n->count; i++)
        if (n->taken[i] == number) return true;
    return false;
}

static uint32_t choose_number(numbers *n, const lc_schema *schema)
{
    uint32_t number = asked_number(schema);
    if (number) return number;
    do n->next++;
    while (is_taken(n, n->next));
    return n->next;
}

static lc_error *add_field(maker *m, lc_proto_message *message, numbers *n, lc_text name,
                           const lc_schema *schema, int32_t oneof)
{
    lc_proto_field field = {.packed = -1, .oneof = oneof, .number = choose_number(n, schema)};
    field.name = lc_proto_scrub(&m->store->arena, m->options, name);
    LC_TRY(check_name(field.name));
    if (lc_proto_find_field(message, field.name))
        return lc_fail(LC_E_DATA, "\"%.*s\" is already defined in \"%.*s\"", (int)field.name.len,
                       field.name.data, (int)message->full.len, message->full.data);
    LC_TRY(set_field(m, message, &field, schema));
    *lc_proto_add_field(m->store, message) = field;
    return NULL;
}

static lc_error *add_oneof(maker *m, lc_proto_message *message, numbers *n, const lc_schema *schema)
{
    lc_text name = lc_schema_parameter(schema, LC_PROTO_CONNECT_UNION);
    if (!m->options->generalized || !name.data)
        name = schema->name.data ? unqualified(m, schema->name) : name;
    LC_TRY(check_name(name));
    int32_t oneof = lc_proto_add_oneof(m->store, message, name);
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_name *field = &schema->shape->names[i];
        if (schema->fields[i]->type == LC_TYPE_ARRAY || schema->fields[i]->type == LC_TYPE_MAP)
            return lc_fail(LC_E_DATA, "Field %s of a union is a list or a map, which a oneof can't hold",
                           field->text);
        LC_TRY(add_field(m, message, n, (lc_text){field->text, field->len}, schema->fields[i], oneof));
    }
    return NULL;
}

static lc_error *fill_fields(maker *m, lc_proto_message *message, numbers *n, const lc_schema *schema)
{
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_schema *field = schema->fields[i];
        const lc_name *name = &schema->shape->names[i];
        if (field->type == LC_TYPE_STRUCT && lc_proto_is_union(field))
            LC_TRY(add_oneof(m, message, n, field));
        else LC_TRY(add_field(m, message, n, (lc_text){name->text, name->len}, field, -1));
    }
    return NULL;
}

static lc_error *fill_message(maker *m, lc_proto_message *message, const lc_schema *schema)
{
    numbers n = {0};
    collect_numbers(&n, schema);
    lc_error *error = fill_fields(m, message, &n, schema);
    free(n.taken);
    return error;
}

static lc_error *make_struct(maker *m, const lc_schema *schema, const lc_proto_message **ret)
{
    lc_proto_message *message;
    lc_text full = full_or_default(m, schema->name), name = last_part(full);
    lc_text package = {full.data, full.len > name.len ? full.len - name.len - 1 : 0};
    m->file = lc_proto_new_file(m->store, LC_TEXT("default"));
    m->file->syntax = LC_PROTO_3;
    if (package.len) LC_TRY(scrub_package(m, package, &m->file->package));
    name = lc_proto_scrub(&m->store->arena, m->options, name);
    LC_TRY(check_name(name));
    LC_TRY(lc_proto_new_message(m->store, m->file, NULL, name, &message));
    LC_TRY(fill_message(m, message, schema));
    for (size_t i = 0; i < m->file->import_count; i++) {
        const lc_proto_file *unused;
        lc_text known = lc_text_of(lc_proto_known(m->file->imports[i]));
        LC_TRY(lc_proto_parse(m->store, m->file->imports[i], known, &unused));
    }
    *ret = message;
    return lc_proto_link(m->store);
}

/* A single value is written as a wrapper. */
static lc_error *make_wrapper(maker *m, const lc_schema *schema, const lc_proto_file **ret_file,
                              const lc_proto_message **ret_message)
{
    lc_text type = lc_text_of(lc_proto_wrapper_of(plain_types[schema->type]));
    lc_text path = lc_text_of(lc_proto_file_of(type));
    LC_TRY(lc_proto_parse(m->store, path, lc_text_of(lc_proto_known(path)), ret_file));
    LC_TRY(lc_proto_link(m->store));
    *ret_message = lc_proto_find(m->store, type);
    return NULL;
}

lc_error *lc_proto_from_connect(lc_proto_store *store, const lc_proto_options *options,
                                const lc_schema *schema, const lc_proto_file **ret_file,
                                const lc_proto_message **ret_message)
{
    maker m = {.store = store, .options = options};
    if (!schema) return lc_fail(LC_E_DATA, "Protobuf has no form for data without a schema");
    if (schema->logical || schema->type == LC_TYPE_ARRAY || schema->type == LC_TYPE_MAP)
        return lc_fail(LC_E_DATA, "Unsupported root schema of type %s",
                       schema->logical ? schema->name.data : lc_type_java_name((lc_type)schema->type));
    if (schema->type != LC_TYPE_STRUCT) return make_wrapper(&m, schema, ret_file, ret_message);
    LC_TRY(make_struct(&m, schema, ret_message));
    *ret_file = m.file;
    return NULL;
}
