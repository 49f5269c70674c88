#include "convert/protobuf_data.h"

#define TOGGLE(setting, value, text)                                                                       \
    {                                                                                                      \
        .name = setting, .type = LC_CONFIG_BOOLEAN, .fallback = value, .importance = LC_IMPORTANCE_MEDIUM, \
        .doc = text                                                                                        \
    }

static const lc_config_key keys[] = {
    TOGGLE("enhanced.protobuf.schema.support", "false", "Whether names of schemas keep their packages."),
    TOGGLE("generalized.sum.type.support", "false", "Whether oneofs and enums have Connect's own form."),
    TOGGLE("scrub.invalid.names", "false", "Whether names that Protobuf refuses are changed."),
    TOGGLE("int.for.enums", "false", "Whether enums are read as numbers."),
    TOGGLE("optional.for.nullables", "false", "Whether fields that may be null are written as optional."),
    TOGGLE("optional.for.proto2", "true",
           "Whether optional fields of proto2 are null when they are missing."),
    TOGGLE("wrapper.for.nullables", "false",
           "Whether fields that may be null are written as wrapper messages."),
    TOGGLE("wrapper.for.raw.primitives", "true", "Whether a wrapper message is read as the value in it."),
    TOGGLE("generate.struct.for.nulls", "false",
           "Whether a message that is missing is read as one without data."),
    TOGGLE("generate.index.for.unions", "true", "Whether names of oneofs end with their index."),
    TOGGLE("flatten.unions", "false", "Whether the fields of a oneof stand beside the others."),
    TOGGLE("ignore.default.for.nullables", "false", "Whether null is written where a field has a default."),
    {.name = "protobuf.recursion.depth",
     .type = LC_CONFIG_INT,
     .fallback = "4",
     .importance = LC_IMPORTANCE_LOW,
     .check = {.kind = LC_CHECK_BETWEEN, .min = 0, .max = 20},
     .doc = "How often a message that holds itself is unfolded; what lies deeper is read as bytes."},
};

void lc_proto_options_define(lc_config_def *def)
{
    lc_config_def_add_table(def, keys, sizeof keys / sizeof *keys);
}

lc_error *lc_proto_options_parse(const lc_props *settings, lc_proto_options *ret_options)
{
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_autoptr(lc_config_values) values = NULL;
    lc_proto_options_define(def);
    LC_TRY(lc_config_parse(def, settings, &values));
    *ret_options = (lc_proto_options){
        .enhanced = lc_config_bool(values, "enhanced.protobuf.schema.support"),
        .generalized = lc_config_bool(values, "generalized.sum.type.support"),
        .scrub = lc_config_bool(values, "scrub.invalid.names"),
        .int_enums = lc_config_bool(values, "int.for.enums"),
        .optional_nullables = lc_config_bool(values, "optional.for.nullables"),
        .optional_proto2 = lc_config_bool(values, "optional.for.proto2"),
        .wrapper_nullables = lc_config_bool(values, "wrapper.for.nullables"),
        .wrapper_raw = lc_config_bool(values, "wrapper.for.raw.primitives"),
        .struct_nulls = lc_config_bool(values, "generate.struct.for.nulls"),
        .union_index = lc_config_bool(values, "generate.index.for.unions"),
        .flatten = lc_config_bool(values, "flatten.unions"),
        .ignore_default = lc_config_bool(values, "ignore.default.for.nullables"),
        .recursion_depth = (unsigned)lc_config_int(values, "protobuf.recursion.depth"),
    };
    return NULL;
}

static const struct {
    const char *name, *file;
    lc_proto_special special;
    lc_proto_type type; /* of a wrapper's value */
    lc_logical logical;
} special[] = {
    {"confluent.type.Decimal", "confluent/type/decimal.proto", LC_SPECIAL_DECIMAL, LC_PROTO_NONE,
     LC_LOGICAL_DECIMAL},
    {"google.type.Date", "google/type/date.proto", LC_SPECIAL_DATE, LC_PROTO_NONE, LC_LOGICAL_DATE},
    {"google.type.TimeOfDay", "google/type/timeofday.proto", LC_SPECIAL_TIME, LC_PROTO_NONE, LC_LOGICAL_TIME},
    {"google.protobuf.Timestamp", "google/protobuf/timestamp.proto", LC_SPECIAL_TIMESTAMP, LC_PROTO_NONE,
     LC_LOGICAL_TIMESTAMP},
#define WRAPPER(name, type)                                                                    \
    {                                                                                          \
        "google.protobuf." name, "google/protobuf/wrappers.proto", LC_SPECIAL_WRAPPER, type, 0 \
    }
    WRAPPER("DoubleValue", LC_PROTO_DOUBLE),
    WRAPPER("FloatValue", LC_PROTO_FLOAT),
    WRAPPER("Int64Value", LC_PROTO_INT64),
    WRAPPER("UInt64Value", LC_PROTO_UINT64),
    WRAPPER("Int32Value", LC_PROTO_INT32),
    WRAPPER("UInt32Value", LC_PROTO_UINT32),
    WRAPPER("BoolValue", LC_PROTO_BOOL),
    WRAPPER("StringValue", LC_PROTO_STRING),
    WRAPPER("BytesValue", LC_PROTO_BYTES),
};

enum { SPECIAL_COUNT = sizeof special / sizeof *special };

static bool is_wrapper(const lc_proto_message *message, lc_proto_type type)
{
    return message->field_count == 1 && message->fields[0].type == type && message->fields[0].oneof < 0 &&
           message->fields[0].label == LC_PROTO_PLAIN;
}

lc_proto_special lc_proto_special_of(const lc_proto_message *message)
{
    for (size_t i = 0; i < SPECIAL_COUNT; i++) {
        if (!lc_text_is(message->full, special[i].name)) continue;
        bool looks_so = special[i].special != LC_SPECIAL_WRAPPER || is_wrapper(message, special[i].type);
        return looks_so ? special[i].special : LC_SPECIAL_NONE;
    }
    return LC_SPECIAL_NONE;
}

const char *lc_proto_file_of(lc_text type_name)
{
    for (size_t i = 0; i < SPECIAL_COUNT; i++)
        if (lc_text_is(type_name, special[i].name)) return special[i].file;
    return NULL;
}

const char *lc_proto_wrapper_of(lc_proto_type type)
{
    for (size_t i = 0; i < SPECIAL_COUNT; i++)
        if (type != LC_PROTO_NONE && special[i].type == type) return special[i].name;
    return NULL;
}

const char *lc_proto_logical_type(lc_logical logical)
{
    for (size_t i = 0; i < SPECIAL_COUNT; i++)
        if (logical != LC_LOGICAL_NONE && special[i].logical == logical) return special[i].name;
    return NULL;
}

bool lc_proto_is_union(const lc_schema *schema)
{
    return lc_text_starts(schema->name, LC_PROTO_UNION_NAME) ||
           lc_schema_parameter(schema, LC_PROTO_CONNECT_UNION).data;
}

const char *lc_proto_enum_parameter(const lc_proto_options *options)
{
    return options->generalized ? LC_PROTO_CONNECT_ENUM : LC_PROTO_ENUM_PARAMETER;
}

bool lc_proto_is_enum(const lc_schema *schema)
{
    if (schema->type == LC_TYPE_INT32) return lc_schema_parameter(schema, LC_PROTO_ENUM_PARAMETER).data;
    return schema->type == LC_TYPE_STRING && (lc_schema_parameter(schema, LC_PROTO_CONNECT_ENUM).data ||
                                              lc_schema_parameter(schema, LC_PROTO_ENUM_PARAMETER).data);
}

lc_text lc_proto_union_field(lc_arena *arena, const lc_proto_options *options,
                             const lc_proto_message *message, int32_t oneof)
{
    lc_text name = message->oneofs[oneof];
    if (!options->union_index) return name;
    return lc_text_of(lc_arena_printf(arena, "%.*s_%d", (int)name.len, name.data, oneof));
}

bool lc_proto_is_optional(const lc_proto_options *options, const lc_proto_message *message,
                          const lc_proto_field *field)
{
    if (field->label != LC_PROTO_OPTIONAL) return false;
    return message->file->syntax == LC_PROTO_3 ||
           (message->file->syntax == LC_PROTO_2 && options->optional_proto2);
}

bool lc_proto_is_wrapped(const lc_proto_options *options, const lc_schema *schema, bool in_oneof)
{
    if (!options->wrapper_nullables || !schema->optional) return false;
    return !in_oneof || lc_text_eq_nocase(lc_schema_parameter(schema, LC_PROTO_WRAPPER), LC_TEXT("true"));
}

static bool is_word(unsigned char c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_proper(lc_text name)
{
    if (!name.len || name.data[0] == '_' || (name.data[0] >= '0' && name.data[0] <= '9')) return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_word((unsigned char)name.data[i])) return false;
    return true;
}

/* URL encoding, "x" before what no name begins with, "_" for all that is no letter, digit or "_". */
lc_text lc_proto_scrub(lc_arena *arena, const lc_proto_options *options, lc_text name)
{
    static const char digits[] = "0123456789ABCDEF";
    if (!options->scrub || !name.len || is_proper(name)) return name;
    char *start = lc_arena_alloc(arena, name.len * 3 + 2), *to = start;
    if (name.data[0] == '_' || (name.data[0] >= '0' && name.data[0] <= '9')) *to++ = 'x';
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        bool kept = is_word(c);
        *to++ = kept ? (char)c : '_';
        if (kept || strchr(" .-*", c)) continue;
        *to++ = digits[c >> 4];
        *to++ = digits[c & 15];
    }
    *to = '\0';
    return (lc_text){start, (size_t)(to - start)};
}
