/* ByteArrayConverter: bytes as they are. */
#include "convert/classes.h"

static lc_error *bytes_open(const lc_props *settings, lc_converter_role role, lc_types *types,
                            lc_converter **ret_converter)
{
    (void)settings;
    return lc_plain_converter_open(&lc_bytes_converter_class, role, types, ret_converter);
}

static lc_error *bytes_read(lc_converter *converter, lc_arena *arena, lc_text name, lc_text bytes,
                            const lc_schema **ret_schema, lc_value *ret_value)
{
    (void)arena;
    (void)name;
    *ret_schema = lc_schema_primitive(converter->types, LC_TYPE_BYTES, true);
    *ret_value = bytes.data ? lc_value_bytes(bytes) : lc_value_null();
    return NULL;
}

static lc_error *bytes_write(lc_converter *converter, lc_arena *arena, lc_text name, const lc_schema *schema,
                             const lc_value *value, lc_text *ret_bytes)
{
    (void)converter;
    (void)arena;
    (void)name;
    if (schema && schema->type != LC_TYPE_BYTES)
        return lc_fail(LC_E_DATA, "Invalid schema type for ByteArrayConverter: %s",
                       lc_type_java_name((lc_type)schema->type));
    if (value->kind != LC_NULL && value->kind != LC_BYTES)
        return lc_fail(LC_E_DATA, "ByteArrayConverter is not compatible with objects of type class %s",
                       lc_value_java_class(value));
    *ret_bytes = value->kind == LC_NULL ? (lc_text){0} : (lc_text){value->len ? value->u.s : "", value->len};
    return NULL;
}

const lc_converter_class lc_bytes_converter_class = {
    .java_class = "org.apache.kafka.connect.converters.ByteArrayConverter",
    .version = LC_CONVERTER_VERSION,
    .is_converter = true,
    .is_header_converter = true,
    .open = bytes_open,
    .close = lc_plain_converter_close,
    .read = bytes_read,
    .write = bytes_write,
};
