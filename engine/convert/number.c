/* The converters of single numbers and booleans: big-endian bytes of a fixed size. */
#include "convert/classes.h"

typedef struct number_format {
    const lc_converter_class *klass;
    uint8_t kind;
    uint8_t size;
    const char *word;         /* in the converter's messages */
    const char *deserializer; /* in those of the deserializer */
} number_format;

static const number_format formats[] = {
    {&lc_short_converter_class, LC_INT16, 2, "short", "ShortDeserializer"},
    {&lc_integer_converter_class, LC_INT32, 4, "integer", "IntegerDeserializer"},
    {&lc_long_converter_class, LC_INT64, 8, "long", "LongDeserializer"},
    {&lc_float_converter_class, LC_FLOAT32, 4, "float", "Deserializer"},
    {&lc_double_converter_class, LC_FLOAT64, 8, "double", "Deserializer"},
    {&lc_boolean_converter_class, LC_BOOLEAN, 1, "boolean", "BooleanDeserializer"},
};

static const number_format *format_of(const lc_converter *converter)
{
    const number_format *format = formats;
    while (format->klass != converter->klass) format++;
    return format;
}

static lc_error *check_bytes(const number_format *format, lc_text bytes)
{
    lc_error *cause = NULL;
    if (bytes.len != format->size)
        cause = lc_fail(LC_E_SERIALIZATION, "Size of data received by %s is not %d", format->deserializer,
                        format->size);
    else if (format->kind == LC_BOOLEAN && (unsigned char)bytes.data[0] > 1)
        cause = lc_fail(LC_E_SERIALIZATION, "Unexpected byte received by BooleanDeserializer: %d",
                        (signed char)bytes.data[0]);
    return cause ? lc_wrap(cause, LC_E_DATA, "Failed to deserialize %s: ", format->word) : NULL;
}

static lc_value decode(const number_format *format, lc_text bytes)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < bytes.len; i++) bits = bits << 8 | (unsigned char)bytes.data[i];
    if (format->kind == LC_FLOAT32) {
        uint32_t narrow = (uint32_t)bits;
        float value;
        memcpy(&value, &narrow, sizeof value);
        return lc_value_float(value);
    }
    if (format->kind == LC_FLOAT64) {
        double value;
        memcpy(&value, &bits, sizeof value);
        return lc_value_double(value);
    }
    if (format->kind == LC_INT16) return lc_value_int(LC_INT16, (int16_t)bits);
    if (format->kind == LC_INT32) return lc_value_int(LC_INT32, (int32_t)bits);
    return lc_value_int(format->kind, (int64_t)bits);
}

static lc_error *number_read(lc_converter *converter, lc_arena *arena, lc_text name, lc_text bytes,
                             const lc_schema **ret_schema, lc_value *ret_value)
{
    (void)arena;
    (void)name;
    const number_format *format = format_of(converter);
    if (bytes.data) LC_TRY(check_bytes(format, bytes));
    *ret_schema = lc_schema_primitive(converter->types, (lc_type)format->kind, true);
    *ret_value = bytes.data ? decode(format, bytes) : lc_value_null();
    return NULL;
}

/* Only BooleanConverter looks at the schema. */
static lc_error *check_value(const number_format *format, const lc_schema *schema, const lc_value *value)
{
    bool fits = value->kind == LC_NULL || value->kind == format->kind;
    if (format->kind == LC_BOOLEAN && schema && schema->type != LC_TYPE_BOOLEAN)
        return lc_fail(LC_E_DATA, "Invalid schema type for BooleanConverter: %s",
                       lc_type_java_name((lc_type)schema->type));
    if (fits) return NULL;
    const char *found = lc_value_java_class(value);
    if (format->kind == LC_BOOLEAN)
        return lc_fail(LC_E_DATA, "BooleanConverter is not compatible with objects of type class %s", found);
    return lc_wrap(lc_fail_bare(LC_E_CLASS_CAST), LC_E_DATA,
                   "Failed to serialize to %s (was class %s): ", format->word, found);
}

static lc_error *number_write(lc_converter *converter, lc_arena *arena, lc_text name, const lc_schema *schema,
                              const lc_value *value, lc_text *ret_bytes)
{
    (void)name;
    const number_format *format = format_of(converter);
    LC_TRY(check_value(format, schema, value));
    *ret_bytes = (lc_text){0};
    if (value->kind == LC_NULL) return NULL;
    uint64_t bits = (uint64_t)value->u.i;
    if (format->kind == LC_FLOAT32) {
        float narrow = (float)value->u.d;
        uint32_t narrow_bits;
        memcpy(&narrow_bits, &narrow, sizeof narrow_bits);
        bits = narrow_bits;
    }
    char *out = lc_arena_alloc(arena, format->size);
    for (int i = format->size - 1; i >= 0; i--, bits >>= 8) out[i] = (char)bits;
    *ret_bytes = (lc_text){out, format->size};
    return NULL;
}

#define LC_NUMBER_CONVERTER(word, name)                                                             \
    static lc_error *word##_open(const lc_props *settings, lc_converter_role role, lc_types *types, \
                                 lc_converter **ret_converter)                                      \
    {                                                                                               \
        (void)settings;                                                                             \
        return lc_plain_converter_open(&lc_##word##_converter_class, role, types, ret_converter);   \
    }                                                                                               \
    const lc_converter_class lc_##word##_converter_class = {                                        \
        .java_class = "org.apache.kafka.connect.converters." name,                                  \
        .version = LC_CONVERTER_VERSION,                                                            \
        .is_converter = true,                                                                       \
        .is_header_converter = true,                                                                \
        .open = word##_open,                                                                        \
        .close = lc_plain_converter_close,                                                          \
        .read = number_read,                                                                        \
        .write = number_write,                                                                      \
    };

LC_NUMBER_CONVERTER(short, "ShortConverter")
LC_NUMBER_CONVERTER(integer, "IntegerConverter")
LC_NUMBER_CONVERTER(long, "LongConverter")
LC_NUMBER_CONVERTER(float, "FloatConverter")
LC_NUMBER_CONVERTER(double, "DoubleConverter")
LC_NUMBER_CONVERTER(boolean, "BooleanConverter")
