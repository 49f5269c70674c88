#include "convert/avro_data.h"

#define TOGGLE(setting, value, text)                                                                       \
    {                                                                                                      \
        .name = setting, .type = LC_CONFIG_BOOLEAN, .fallback = value, .importance = LC_IMPORTANCE_MEDIUM, \
        .doc = text                                                                                        \
    }

static const lc_config_key keys[] = {
    TOGGLE("connect.meta.data", "true", "Whether Avro schemas carry connect.* properties."),
    TOGGLE("enhanced.avro.schema.support", "false",
           "Whether enums stay enums and names keep their packages."),
    TOGGLE("generalized.sum.type.support", "false", "Whether unions and enums have Connect's own form."),
    TOGGLE("ignore.default.for.nullables", "false", "Whether null is written where a field has a default."),
    TOGGLE("scrub.invalid.names", "false", "Whether names that Avro refuses are changed."),
    TOGGLE("discard.type.doc.default", "false", "Whether docs and defaults of types are left out."),
    TOGGLE("allow.optional.map.keys", "false", "Whether optional text keys make an Avro map."),
    TOGGLE("flatten.singleton.unions", "true", "Whether a union of one type is read as that type."),
    {.name = "max.nesting.depth",
     .type = LC_CONFIG_INT,
     .fallback = "512",
     .check = {.kind = LC_CHECK_BETWEEN, .min = 1, .max = LC_AVRO_DEPTH_MAX},
     .importance = LC_IMPORTANCE_LOW,
     .doc = "How many records, arrays and maps may be inside each other when data is read."},
};

void lc_avro_options_define(lc_config_def *def)
{
    lc_config_def_add_table(def, keys, sizeof keys / sizeof *keys);
}

lc_error *lc_avro_options_parse(const lc_props *settings, lc_avro_options *ret_options)
{
    lc_autoptr(lc_config_def) def = lc_config_def_new();
    lc_autoptr(lc_config_values) values = NULL;
    lc_avro_options_define(def);
    LC_TRY(lc_config_parse(def, settings, &values));
    *ret_options = (lc_avro_options){
        .meta = lc_config_bool(values, "connect.meta.data"),
        .enhanced = lc_config_bool(values, "enhanced.avro.schema.support"),
        .generalized = lc_config_bool(values, "generalized.sum.type.support"),
        .ignore_default = lc_config_bool(values, "ignore.default.for.nullables"),
        .scrub = lc_config_bool(values, "scrub.invalid.names"),
        .discard_doc = lc_config_bool(values, "discard.type.doc.default"),
        .optional_keys = lc_config_bool(values, "allow.optional.map.keys"),
        .flatten = lc_config_bool(values, "flatten.singleton.unions"),
        .modern = true,
        .deepest = (uint32_t)lc_config_int(values, "max.nesting.depth"),
    };
    return NULL;
}
