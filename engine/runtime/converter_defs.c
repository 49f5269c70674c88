#include <string.h>

#include "convert/converter.h"
#include "runtime/connector_defs.h"

static const char *const converter_types[] = {"key", "value", "header", NULL};
static const char *const decimal_formats[] = {"numeric", "base64", NULL};

static const lc_config_key type_key =
    {.name = "converter.type", .type = LC_CONFIG_STRING, .required = true,
     .check = {.kind = LC_CHECK_ONE_OF, .choices = converter_types}, .importance = LC_IMPORTANCE_LOW,
     .doc = "How this converter will be used."};

static const lc_config_key json_keys[] = {
    {.name = "schemas.enable", .type = LC_CONFIG_BOOLEAN, .fallback = "true",
     .importance = LC_IMPORTANCE_HIGH, .group = "Schemas", .order = 0, .width = LC_WIDTH_MEDIUM,
     .display = "Enable Schemas",
     .doc = "Include schemas within each of the serialized values and keys."},
    {.name = "schemas.cache.size", .type = LC_CONFIG_INT, .fallback = "1000",
     .importance = LC_IMPORTANCE_HIGH, .group = "Schemas", .order = 1, .width = LC_WIDTH_MEDIUM,
     .display = "Schema Cache Size",
     .doc = "The maximum number of schemas that can be cached in this converter instance."},
    {.name = "decimal.format", .type = LC_CONFIG_STRING, .fallback = "BASE64",
     .check = {.kind = LC_CHECK_ONE_OF_NOCASE, .choices = decimal_formats},
     .importance = LC_IMPORTANCE_LOW, .group = "Serialization", .order = 0, .width = LC_WIDTH_MEDIUM,
     .display = "Decimal Format",
     .doc = "Controls which format this converter will serialize decimals in. This value is case "
            "insensitive and can be either 'BASE64' (default) or 'NUMERIC'"},
    {.name = "replace.null.with.default", .type = LC_CONFIG_BOOLEAN, .fallback = "true",
     .importance = LC_IMPORTANCE_LOW, .group = "Serialization", .order = 1, .width = LC_WIDTH_MEDIUM,
     .display = "Replace null with default",
     .doc = "Whether to replace fields that have a default value and that are null to the default value. "
            "When set to true, the default value is used, otherwise null is used."},
};

static const lc_config_key string_keys[] = {
    {.name = "converter.encoding", .type = LC_CONFIG_STRING, .fallback = "UTF-8",
     .importance = LC_IMPORTANCE_HIGH, .width = LC_WIDTH_MEDIUM, .display = "Encoding",
     .doc = "The name of the character set that text is stored in."},
};

#define CLASS(name) "org.apache.kafka.connect." name
#define KEYS(table) table, sizeof table / sizeof *table

static const struct {
    const char *name;
    const lc_config_key *keys;
    size_t count;
} classes[] = {
    {CLASS("json.JsonConverter"), KEYS(json_keys)},
    {CLASS("storage.StringConverter"), KEYS(string_keys)},
    {CLASS("converters.ByteArrayConverter"), NULL, 0},
    {CLASS("converters.BooleanConverter"), NULL, 0},
    {CLASS("converters.DoubleConverter"), NULL, 0},
    {CLASS("converters.FloatConverter"), NULL, 0},
    {CLASS("converters.IntegerConverter"), NULL, 0},
    {CLASS("converters.LongConverter"), NULL, 0},
    {CLASS("converters.ShortConverter"), NULL, 0},
};

lc_config_def *lc_converter_def_new(const char *java_class)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strcmp(classes[i].name, java_class)) continue;
        lc_config_def *def = lc_config_def_new();
        lc_config_def_add_table(def, &type_key, 1);
        lc_config_def_add_table(def, classes[i].keys, classes[i].count);
        return def;
    }
    const lc_converter_class *klass = lc_converter_find(lc_text_of(java_class), false);
    if (!klass || !klass->define) return NULL;
    lc_config_def *def = lc_config_def_new();
    lc_config_def_add_table(def, &type_key, 1);
    klass->define(def);
    return def;
}
