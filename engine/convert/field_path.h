/* Which field of a value an error is about: "Invalid null value for required INT32 field (field order.id)".
 * Kafka Connect's texts don't say. */
#ifndef LC_CONVERT_FIELD_PATH_H
#define LC_CONVERT_FIELD_PATH_H

#include "base/error.h"

/* The same error with the name of one more struct field around the place; takes `error`, which may be NULL. */
lc_error *lc_error_in_field(lc_error *error, const char *name) LC_RESULT;

#endif
