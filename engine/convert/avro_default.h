/* Defaults of schemas: Connect values ↔ JSON in an Avro schema. Private to avro_from.c and avro_to.c.
 *
 * An Avro schema has a default in two places: on a field, in Avro's own form, and as property connect.default
 * on the type. Both follow AvroData, leniency included; whatever is wrong is an LC_E_DATA. */
#ifndef LC_CONVERT_AVRO_DEFAULT_H
#define LC_CONVERT_AVRO_DEFAULT_H

#include "convert/avro_data.h"
#include "data/value.h"

/* AvroData.defaultValueFromConnect; the caller owns the tree. */
lc_error *lc_avro_default_to_json(const lc_avro_options *options, const lc_schema *schema,
                                  const lc_value *value, lc_json **ret_json) LC_RESULT;

typedef struct lc_avro_defaults {
    const lc_avro_options *options;
    lc_types *types;
    lc_arena *arena; /* of the values */
    bool *broken;    /* internal */
} lc_avro_defaults;

/* The default of a field of type `avro` as a value of `schema`. */
lc_error *lc_avro_default_of_field(const lc_avro_defaults *context, const lc_schema *schema,
                                   const lc_avro *avro, const lc_json *json, lc_value *ret_value) LC_RESULT;
/* The property connect.default of `avro` as a value of `schema`. */
lc_error *lc_avro_default_of_prop(const lc_avro_defaults *context, const lc_schema *schema,
                                  const lc_avro *avro, const lc_json *json, lc_value *ret_value) LC_RESULT;
/* Date, Time, Timestamp and Decimal by the schema's name, from the value that Avro has. */
lc_error *lc_avro_to_logical(lc_arena *arena, const lc_schema *schema, lc_value *value) LC_RESULT;

#endif
