/* StringConverter: text in a charset; any other value by Java's toString. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "convert/classes.h"
#include "java/charset.h"

typedef struct string_converter {
    lc_converter base;
    lc_charset *encoder; /* NULL: UTF-8 */
    lc_charset *decoder;
} string_converter;

static void string_close(lc_converter *converter)
{
    string_converter *self = (string_converter *)converter;
    lc_charset_close(self->encoder);
    lc_charset_close(self->decoder);
    free(self);
}

static lc_error *open_charset(const char *name, lc_charset **ret)
{
    lc_charset *charset = NULL;
    lc_error *error = lc_charset_open(name, &charset);
    if (error) return lc_wrap(error, LC_E_SERIALIZATION, "Unsupported encoding %s", name);
    if (lc_charset_is_utf8(charset)) {
        lc_charset_close(charset);
        charset = NULL;
    }
    *ret = charset;
    return NULL;
}

/* The converter hands all its settings to Kafka's StringSerializer and StringDeserializer, where a setting
 * for keys or values alone wins over the one that converter.encoding becomes. */
static const char *encoding_of(const lc_props *settings, lc_converter_role role, const char *whose)
{
    char key[64];
    snprintf(key, sizeof key, "%s.%s.encoding", role == LC_ROLE_KEY ? "key" : "value", whose);
    const char *own = settings ? lc_props_get(settings, key) : NULL;
    if (own) return own;
    bool given = settings && lc_props_has(settings, "converter.encoding");
    const char *name = given ? lc_props_get(settings, "converter.encoding") : NULL;
    return name ? name : "UTF-8";
}

static lc_error *string_open(const lc_props *settings, lc_converter_role role, lc_types *types,
                             lc_converter **ret_converter)
{
    string_converter *self = lc_alloc(sizeof *self);
    self->base = (lc_converter){&lc_string_converter_class, role, types};
    lc_error *error = open_charset(encoding_of(settings, role, "serializer"), &self->encoder);
    if (!error) error = open_charset(encoding_of(settings, role, "deserializer"), &self->decoder);
    if (error) string_close(&self->base);
    else *ret_converter = &self->base;
    return error;
}

static lc_error *string_read(lc_converter *converter, lc_arena *arena, lc_text name, lc_text bytes,
                             const lc_schema **ret_schema, lc_value *ret_value)
{
    (void)name;
    string_converter *self = (string_converter *)converter;
    *ret_schema = lc_schema_primitive(converter->types, LC_TYPE_STRING, true);
    *ret_value = lc_value_null();
    if (!bytes.data) return NULL;
    *ret_value = lc_value_text(self->decoder ? lc_charset_decode(self->decoder, arena, bytes)
                                             : lc_utf8_decode(arena, bytes));
    return NULL;
}

static lc_error *string_write(lc_converter *converter, lc_arena *arena, lc_text name, const lc_schema *schema,
                              const lc_value *value, lc_text *ret_bytes)
{
    (void)name;
    (void)schema;
    string_converter *self = (string_converter *)converter;
    *ret_bytes = (lc_text){0};
    if (value->kind == LC_NULL) return NULL;
    lc_text text = value->kind == LC_STRING ? lc_value_as_text(value) : lc_value_to_text_arena(arena, value);
    if (!text.len) text = LC_TEXT("");
    *ret_bytes = self->encoder ? lc_charset_encode(self->encoder, arena, text) : lc_utf8_encode(arena, text);
    return NULL;
}

const lc_converter_class lc_string_converter_class = {
    .java_class = "org.apache.kafka.connect.storage.StringConverter",
    .version = LC_CONVERTER_VERSION,
    .is_converter = true,
    .is_header_converter = true,
    .open = string_open,
    .close = string_close,
    .read = string_read,
    .write = string_write,
};
