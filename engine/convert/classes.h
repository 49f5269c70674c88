/* The converter classes of this folder; registry.c lists them. */
#ifndef LC_CONVERT_CLASSES_H
#define LC_CONVERT_CLASSES_H

#include "convert/converter.h"

#define LC_CONVERTER_VERSION "4.1.0" /* of the Kafka release whose behaviour these have */

extern const lc_converter_class lc_json_converter_class;
extern const lc_converter_class lc_avro_converter_class;
extern const lc_converter_class lc_protobuf_converter_class;
extern const lc_converter_class lc_json_schema_converter_class;
extern const lc_converter_class lc_string_converter_class;
extern const lc_converter_class lc_bytes_converter_class;
extern const lc_converter_class lc_short_converter_class;
extern const lc_converter_class lc_integer_converter_class;
extern const lc_converter_class lc_long_converter_class;
extern const lc_converter_class lc_float_converter_class;
extern const lc_converter_class lc_double_converter_class;
extern const lc_converter_class lc_boolean_converter_class;
extern const lc_converter_class lc_simple_header_converter_class;

/* open and close of converters that have no settings and no state. */
lc_error *lc_plain_converter_open(const lc_converter_class *klass, lc_converter_role role, lc_types *types,
                                  lc_converter **ret_converter) LC_RESULT;
void lc_plain_converter_close(lc_converter *converter);

#endif
