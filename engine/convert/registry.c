#include <stdlib.h>

#include "base/buf.h"
#include "base/memory.h"
#include "convert/classes.h"

static const lc_converter_class *const classes[] = {
    &lc_avro_converter_class,
    &lc_json_schema_converter_class,
    &lc_protobuf_converter_class,
    &lc_boolean_converter_class,
    &lc_bytes_converter_class,
    &lc_double_converter_class,
    &lc_float_converter_class,
    &lc_integer_converter_class,
    &lc_long_converter_class,
    &lc_short_converter_class,
    &lc_json_converter_class,
    &lc_simple_header_converter_class,
    &lc_string_converter_class,
    NULL,
};

const lc_converter_class *const *lc_converter_classes(void)
{
    return classes;
}

static const char *simple_name(const lc_converter_class *klass)
{
    return strrchr(klass->java_class, '.') + 1;
}

static bool is_simple_without(const lc_converter_class *klass, lc_text name, const char *suffix)
{
    const char *simple = simple_name(klass);
    size_t len = strlen(simple), cut = strlen(suffix);
    return len == name.len + cut && !strcmp(simple + name.len, suffix) &&
           !memcmp(simple, name.data, name.len);
}

/* PluginUtils' aliases: the simple name, and that without the name of the plug-in's kind. */
static bool has_name(const lc_converter_class *klass, lc_text name)
{
    return lc_text_is(name, klass->java_class) || lc_text_is(name, simple_name(klass)) ||
           (klass->is_converter && is_simple_without(klass, name, "Converter")) ||
           (klass->is_header_converter && is_simple_without(klass, name, "HeaderConverter"));
}

const lc_converter_class *lc_converter_find(lc_text name, bool header)
{
    for (size_t i = 0; classes[i]; i++) {
        bool usable = header ? classes[i]->is_header_converter : classes[i]->is_converter;
        if (usable && name.len && has_name(classes[i], name)) return classes[i];
    }
    return NULL;
}

static lc_error *unknown_class(lc_text name, lc_converter_role role)
{
    static const char *const keys[] = {"key.converter", "value.converter", "header.converter"};
    lc_auto(lc_buf) known = {0};
    for (size_t i = 0; classes[i]; i++) {
        if (role == LC_ROLE_HEADER ? !classes[i]->is_header_converter : !classes[i]->is_converter) continue;
        lc_buf_printf(&known, "%s%s", known.len ? ", " : "", simple_name(classes[i]));
    }
    return lc_fail(LC_E_CONFIG,
                   "Invalid value %.*s for configuration %s: Class %.*s could not be found; there are %s.",
                   (int)name.len, name.data ? name.data : "", keys[role], (int)name.len,
                   name.data ? name.data : "", known.data);
}

lc_error *lc_converter_open(lc_text java_class, const lc_props *settings, lc_converter_role role,
                            lc_types *types, lc_converter **ret_converter)
{
    const lc_converter_class *klass = lc_converter_find(java_class, role == LC_ROLE_HEADER);
    if (!klass) return unknown_class(java_class, role);
    return klass->open(settings, role, types, ret_converter);
}

void lc_converter_close(lc_converter *converter)
{
    if (converter) converter->klass->close(converter);
}

lc_error *lc_plain_converter_open(const lc_converter_class *klass, lc_converter_role role, lc_types *types,
                                  lc_converter **ret_converter)
{
    lc_converter *converter = lc_alloc(sizeof *converter);
    *converter = (lc_converter){klass, role, types};
    *ret_converter = converter;
    return NULL;
}

void lc_plain_converter_close(lc_converter *converter)
{
    free(converter);
}
