/* Protobuf schemas into Connect schemas: ProtobufData.toConnectSchema. */
#include <limits.h>
#include <stdlib.h>

#include "base/memory.h"
#include "convert/protobuf_data.h"
#include "java/number.h"

enum { STRUCTS_MAX = 10000 /* that one schema may unfold into */ };

/* What was found out about a message. */
typedef struct place {
    const lc_schema *schema; /* optional; NULL: not known, or another one in another place */
    unsigned under_way;      /* how often it is on the way to here */
    unsigned level;          /* where it came first */
} place;

typedef struct maker {
    const lc_proto_options *options;
    lc_types *types;
    lc_arena arena;
    lc_table *places; /* full name ─▶ place */
    unsigned depth;   /* messages on the way to here */
    unsigned lowest;  /* level of a message that came again below the one that is made */
    unsigned structs; /* made so far */
} maker;

static lc_error *make_field(maker *m, const lc_proto_message *message, const lc_proto_field *field,
                            const lc_schema **ret);
static lc_error *make_message(maker *m, const lc_proto_message *message, const lc_schema **ret);

static void add_parameter(maker *m, lc_schema_spec *spec, lc_text key, lc_text value)
{
    lc_parameter *list = (lc_parameter *)(uintptr_t)spec->parameters;
    uint32_t count = spec->parameter_count;
    for (uint32_t i = 0; i < count; i++) {
        if (!lc_text_eq(list[i].key, key)) continue;
        list[i].value = value;
        return;
    }
    if (count == 0 || (count & (count - 1)) == 0) {
        spec->parameters = lc_arena_alloc(&m->arena, (count ? count * 2 : 1) * sizeof *list);
        if (count) memcpy((lc_parameter *)(uintptr_t)spec->parameters, list, count * sizeof *list);
        list = (lc_parameter *)(uintptr_t)spec->parameters;
    }
    list[spec->parameter_count++] = (lc_parameter){key, value};
}

static lc_text number_text(maker *m, int64_t number)
{
    return lc_text_of(lc_arena_printf(&m->arena, "%lld", (long long)number));
}

static lc_text meta_of(const lc_proto_field *field, const char *key)
{
    lc_text value = {0};
    for (size_t i = 0; i < field->param_count; i++)
        if (lc_text_is(field->params[i].key, key)) value = field->params[i].value;
    return value;
}

static const lc_type plain_types[] = {
    [LC_PROTO_DOUBLE] = LC_TYPE_FLOAT64, [LC_PROTO_FLOAT] = LC_TYPE_FLOAT32,
    [LC_PROTO_INT64] = LC_TYPE_INT64,    [LC_PROTO_UINT64] = LC_TYPE_INT64,
    [LC_PROTO_INT32] = LC_TYPE_INT32,    [LC_PROTO_FIXED64] = LC_TYPE_INT64,
    [LC_PROTO_FIXED32] = LC_TYPE_INT64,  [LC_PROTO_BOOL] = LC_TYPE_BOOLEAN,
    [LC_PROTO_STRING] = LC_TYPE_STRING,  [LC_PROTO_BYTES] = LC_TYPE_BYTES,
    [LC_PROTO_UINT32] = LC_TYPE_INT64,   [LC_PROTO_SFIXED32] = LC_TYPE_INT32,
    [LC_PROTO_SFIXED64] = LC_TYPE_INT64, [LC_PROTO_SINT32] = LC_TYPE_INT32,
    [LC_PROTO_SINT64] = LC_TYPE_INT64,
};

static void make_scalar(maker *m, const lc_proto_field *field, lc_schema_spec *spec)
{
    spec->type = plain_types[field->type];
    bool whole = spec->type == LC_TYPE_INT32 || spec->type == LC_TYPE_INT64;
    if (spec->type == LC_TYPE_INT32) {
        lc_text type = meta_of(field, "connect.type");
        if (lc_text_is(type, "int8")) spec->type = LC_TYPE_INT8;
        if (lc_text_is(type, "int16")) spec->type = LC_TYPE_INT16;
        if (spec->type != LC_TYPE_INT32) return;
    }
    if (whole && field->type != LC_PROTO_INT32 && field->type != LC_PROTO_INT64)
        add_parameter(m, spec, LC_TEXT(LC_PROTO_TYPE),
                      lc_text_of(lc_proto_type_name((lc_proto_type)field->type)));
}

static void make_enum(maker *m, const lc_proto_field *field, lc_schema_spec *spec)
{
    const lc_proto_enum *from = field->constants;
    const char *parameter = lc_proto_enum_parameter(m->options);
    spec->type = m->options->int_enums ? LC_TYPE_INT32 : LC_TYPE_STRING;
    spec->name = m->options->enhanced ? from->full : from->name;
    spec->optional = true;
    add_parameter(m, spec, lc_text_of(parameter), from->name);
    for (size_t i = 0; i < from->count; i++) {
        const lc_proto_constant *constant = &from->constants[i];
        char *key =
            lc_arena_printf(&m->arena, "%s.%.*s", parameter, (int)constant->name.len, constant->name.data);
        add_parameter(m, spec, lc_text_of(key), number_text(m, constant->number));
    }
}

static void set_logical(lc_schema_spec *spec, lc_type type, const char *name)
{
    spec->type = type;
    spec->name = lc_text_of(name);
    spec->has_version = true;
    spec->version = 1;
}

static void make_decimal(maker *m, const lc_proto_field *field, lc_schema_spec *spec)
{
    int64_t scale = 0, precision;
    lc_text given = meta_of(field, "precision"), given_scale = meta_of(field, "scale");
    set_logical(spec, LC_TYPE_BYTES, LC_DECIMAL_NAME);
    if (given_scale.data) lc_parse_int(given_scale, INT32_MIN, INT32_MAX, &scale);
    add_parameter(m, spec, LC_TEXT("scale"), number_text(m, scale));
    if (given.data && lc_parse_int(given, INT32_MIN, INT32_MAX, &precision))
        add_parameter(m, spec, LC_TEXT(LC_PROTO_PRECISION), number_text(m, precision));
}

static lc_error *make_map(maker *m, const lc_proto_field *field, lc_schema_spec *spec)
{
    const lc_proto_message *entry = field->message;
    spec->type = LC_TYPE_MAP;
    spec->name = lc_proto_map_name(&m->arena, m->options->enhanced ? entry->full : entry->name);
    LC_TRY(make_field(m, entry, &entry->fields[0], &spec->keys));
    return make_field(m, entry, &entry->fields[1], &spec->values);
}

static bool is_unwrapped(const maker *m, const lc_proto_message *message)
{
    return (m->options->wrapper_raw || m->options->wrapper_nullables) &&
           lc_proto_special_of(message) == LC_SPECIAL_WRAPPER;
}

static lc_error *make_nested(maker *m, const lc_proto_field *field, lc_schema_spec *spec)
{
    const lc_schema *schema;
    if (lc_proto_is_map(field)) return make_map(m, field, spec);
    if (is_unwrapped(m, field->message)) {
        spec->type = plain_types[field->message->fields[0].type];
        return NULL;
    }
    LC_TRY(make_message(m, field->message, &schema));
    *spec = lc_schema_to_spec(schema);
    return NULL;
}

static lc_error *make_message_field(maker *m, const lc_proto_field *field, lc_schema_spec *spec)
{
    switch (lc_proto_special_of(field->message)) {
    case LC_SPECIAL_DECIMAL: make_decimal(m, field, spec); break;
    case LC_SPECIAL_DATE: set_logical(spec, LC_TYPE_INT32, LC_DATE_NAME); break;
    case LC_SPECIAL_TIME: set_logical(spec, LC_TYPE_INT32, LC_TIME_NAME); break;
    case LC_SPECIAL_TIMESTAMP: set_logical(spec, LC_TYPE_INT64, LC_TIMESTAMP_NAME); break;
    default: LC_TRY(make_nested(m, field, spec)); break;
    }
    spec->optional = true;
    return NULL;
}

static bool is_nullable(const maker *m, const lc_proto_message *message, const lc_proto_field *field)
{
    if (field->oneof >= 0) return true;
    if (m->options->optional_nullables)
        return field->label == LC_PROTO_OPTIONAL && message->file->syntax != LC_PROTO_EDITION;
    return !m->options->wrapper_nullables;
}

static lc_error *make_field(maker *m, const lc_proto_message *message, const lc_proto_field *field,
                            const lc_schema **ret)
{
    lc_schema_spec spec = {0};
    if (field->type == LC_PROTO_ENUM) make_enum(m, field, &spec);
    else if (field->type == LC_PROTO_MESSAGE) LC_TRY(make_message_field(m, field, &spec));
    else make_scalar(m, field, &spec);
    if (field->label == LC_PROTO_REPEATED && spec.type != LC_TYPE_MAP) {
        const lc_schema *items;
        spec.optional = true;
        LC_TRY(lc_schema_intern(m->types, &spec, &items));
        spec = (lc_schema_spec){.type = LC_TYPE_ARRAY, .values = items, .optional = true};
    }
    if (is_nullable(m, message, field)) spec.optional = true;
    bool marked = field->oneof >= 0 && m->options->wrapper_nullables && field->type == LC_PROTO_MESSAGE &&
                  lc_proto_special_of(field->message) == LC_SPECIAL_WRAPPER;
    if (marked) add_parameter(m, &spec, LC_TEXT(LC_PROTO_WRAPPER), LC_TEXT("true"));
    add_parameter(m, &spec, LC_TEXT(LC_PROTO_TAG), number_text(m, field->number));
    return lc_schema_intern(m->types, &spec, ret);
}

/* Names and schemas of a struct's fields while they are found. */
typedef struct fields {
    lc_text *names;
    const lc_schema **schemas;
    uint32_t count;
} fields;

static fields new_fields(maker *m, size_t most)
{
    return (fields){.names = lc_arena_alloc(&m->arena, (most + 1) * sizeof(lc_text)),
                    .schemas = lc_arena_alloc(&m->arena, (most + 1) * sizeof(lc_schema *))};
}

static lc_error *add_field(maker *m, const lc_proto_message *message, const lc_proto_field *field,
                           fields *into)
{
    into->names[into->count] = field->name;
    return make_field(m, message, field, &into->schemas[into->count++]);
}

static lc_error *add_members(maker *m, const lc_proto_message *message, int32_t oneof, fields *into)
{
    for (size_t i = 0; i < message->field_count; i++)
        if (message->fields[i].oneof == oneof) LC_TRY(add_field(m, message, &message->fields[i], into));
    return NULL;
}

static lc_error *intern_struct(maker *m, lc_schema_spec *spec, const fields *from, const lc_schema **ret)
{
    spec->type = LC_TYPE_STRUCT;
    spec->field_names = from->names;
    spec->field_schemas = from->schemas;
    spec->field_count = from->count;
    return lc_schema_intern(m->types, spec, ret);
}

static lc_error *make_union(maker *m, const lc_proto_message *message, int32_t oneof, const lc_schema **ret)
{
    lc_text name = message->oneofs[oneof];
    fields members = new_fields(m, message->field_count);
    lc_schema_spec spec = {.optional = true, .name = name};
    LC_TRY(add_members(m, message, oneof, &members));
    if (m->options->generalized) add_parameter(m, &spec, LC_TEXT(LC_PROTO_CONNECT_UNION), name);
    else {
        lc_text full = m->options->enhanced ? message->full : (lc_text){0};
        spec.name = lc_text_of(lc_arena_printf(&m->arena, "%s.%.*s%s%.*s", LC_PROTO_UNION_NAME, (int)full.len,
                                               full.len ? full.data : "", full.len ? "." : "", (int)name.len,
                                               name.data));
    }
    return intern_struct(m, &spec, &members, ret);
}

static lc_error *add_oneofs(maker *m, const lc_proto_message *message, fields *into)
{
    for (int32_t i = 0; i < (int32_t)message->oneof_count; i++) {
        if (m->options->flatten) {
            LC_TRY(add_members(m, message, i, into));
            continue;
        }
        into->names[into->count] = lc_proto_union_field(&m->arena, m->options, message, i);
        LC_TRY(make_union(m, message, i, &into->schemas[into->count++]));
    }
    return NULL;
}

static lc_error *make_struct(maker *m, const lc_proto_message *message, const lc_schema **ret)
{
    fields all = new_fields(m, message->field_count + message->oneof_count);
    lc_schema_spec spec = {.optional = true, .name = m->options->enhanced ? message->full : message->name};
    LC_TRY(add_oneofs(m, message, &all));
    LC_TRY(add_members(m, message, -1, &all));
    return intern_struct(m, &spec, &all, ret);
}

static place *place_of(maker *m, const lc_proto_message *message)
{
    place *found = lc_table_get_text(m->places, message->full);
    if (found) return found;
    found = lc_arena_alloc(&m->arena, sizeof *found);
    *found = (place){0};
    lc_table_put_text(m->places, message->full, found);
    return found;
}

/* Too deep in a message that holds itself: bytes. */
static lc_error *make_raw(maker *m, const lc_proto_message *message, const lc_schema **ret)
{
    lc_schema_spec spec = {.type = LC_TYPE_BYTES, .optional = true};
    add_parameter(m, &spec, LC_TEXT(LC_PROTO_RAW), message->full);
    return lc_schema_intern(m->types, &spec, ret);
}

/* A schema is kept for other places when nothing in it depends on the way to here. */
static lc_error *make_new(maker *m, const lc_proto_message *message, place *here, const lc_schema **ret)
{
    unsigned level = m->depth, above = m->lowest;
    if (!here->under_way) here->level = level;
    else if (here->level < above) above = here->level;
    if (m->depth >= LC_PROTO_DEPTH_MAX)
        return lc_fail(LC_E_DATA, "Message %.*s is nested too deep", (int)message->full.len,
                       message->full.data);
    if (++m->structs > STRUCTS_MAX)
        return lc_fail(LC_E_DATA,
                       "Message %.*s, which holds itself, unfolds into more than %d structs. A smaller "
                       "protobuf.recursion.depth makes them fewer",
                       (int)message->full.len, message->full.data, (int)STRUCTS_MAX);
    m->lowest = UINT_MAX;
    m->depth++;
    here->under_way++;
    LC_TRY(make_struct(m, message, ret));
    here->under_way--;
    m->depth--;
    if (!here->under_way && m->lowest >= level) here->schema = *ret;
    else if (m->lowest < above) above = m->lowest;
    m->lowest = above;
    return NULL;
}

static lc_error *make_message(maker *m, const lc_proto_message *message, const lc_schema **ret)
{
    place *here = place_of(m, message);
    *ret = here->schema;
    if (*ret) return NULL;
    if (here->under_way <= m->options->recursion_depth) return make_new(m, message, here, ret);
    if (here->level < m->lowest) m->lowest = here->level;
    return make_raw(m, message, ret);
}

static lc_error *make_root(maker *m, const lc_proto_message *message, int32_t version, const lc_schema **ret)
{
    lc_schema_spec spec = {0};
    if (m->options->wrapper_raw && lc_proto_special_of(message) == LC_SPECIAL_WRAPPER)
        spec.type = plain_types[message->fields[0].type];
    else {
        const lc_schema *schema;
        LC_TRY(make_message(m, message, &schema));
        spec = lc_schema_to_spec(schema);
    }
    spec.optional = false;
    spec.has_version = version >= 0;
    spec.version = version;
    return lc_schema_intern(m->types, &spec, ret);
}

lc_error *lc_proto_to_connect(const lc_proto_options *options, lc_types *types,
                              const lc_proto_message *message, int32_t version, const lc_schema **ret_schema)
{
    maker m = {.options = options, .types = types, .lowest = UINT_MAX, .places = lc_table_new(NULL)};
    lc_error *error = make_root(&m, message, version, ret_schema);
    lc_table_free(m.places);
    lc_arena_done(&m.arena);
    return error;
}
