/* SimpleHeaderConverter: headers as text, their types guessed from it. */
#include "convert/classes.h"
#include "data/values.h"
#include "java/charset.h"

static lc_error *simple_open(const lc_props *settings, lc_converter_role role, lc_types *types,
                             lc_converter **ret_converter)
{
    (void)settings;
    return lc_plain_converter_open(&lc_simple_header_converter_class, role, types, ret_converter);
}

static lc_error *simple_read(lc_converter *converter, lc_arena *arena, lc_text name, lc_text bytes,
                             const lc_schema **ret_schema, lc_value *ret_value)
{
    (void)name;
    *ret_schema = NULL;
    *ret_value = lc_value_null();
    if (!bytes.data) return NULL;
    lc_autoptr(lc_error) error =
        lc_values_parse(converter->types, arena, lc_utf8_decode(arena, bytes), ret_schema, ret_value);
    if (!error) return NULL;
    /* As in Connect, what cannot be parsed stays as it is. */
    *ret_schema = lc_schema_primitive(converter->types, LC_TYPE_BYTES, false);
    *ret_value = lc_value_bytes(bytes);
    return NULL;
}

static lc_error *simple_write(lc_converter *converter, lc_arena *arena, lc_text name, const lc_schema *schema,
                              const lc_value *value, lc_text *ret_bytes)
{
    (void)converter;
    (void)name;
    lc_text text;
    bool is_null = false;
    *ret_bytes = (lc_text){0};
    if (value->kind == LC_NULL) return NULL;
    LC_TRY(lc_values_to_string(arena, schema, value, &text, &is_null));
    if (!is_null) *ret_bytes = lc_utf8_encode(arena, text.len ? text : LC_TEXT(""));
    return NULL;
}

const lc_converter_class lc_simple_header_converter_class = {
    .java_class = "org.apache.kafka.connect.storage.SimpleHeaderConverter",
    .version = LC_CONVERTER_VERSION,
    .is_header_converter = true,
    .open = simple_open,
    .close = lc_plain_converter_close,
    .read = simple_read,
    .write = simple_write,
};
