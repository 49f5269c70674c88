/* Records of a running task as JSON.
 *
 *   plain   {"topic":"t","partition":0,"offset":5,"timestamp":1700000000000,"key":"k","value":{"a":1},"headers":{"h":1}}
 *   exact   the same with key, value and headers as {"schema":…,"payload":…}, which is what JsonConverter writes with
 *           schemas.enable=true; headers are a list of {"key","value"}; a value without a schema whose JSON doesn't tell
 *           its kind has "kind" (the type of a schema) beside its payload, and one that JSON can't hold is a "text"
 *
 * Any thread that may use the converter. */
#ifndef LC_RUNTIME_PROBE_TEXT_H
#define LC_RUNTIME_PROBE_TEXT_H

#include "base/buf.h"
#include "convert/converter.h"

/* A converter for either form. */
lc_error *lc_probe_converter_open(lc_types *types, bool exact, lc_converter **ret_converter) LC_RESULT;
/* Appends the record; uses `scratch`, whose memory is free again afterwards. Values beyond `most` bytes are cut:
 * {"cut":bytes,"text":"…"}; 0: none is. */
void lc_probe_write_record(lc_converter *converter, bool exact, size_t most, lc_arena *scratch, const lc_record *record,
                           lc_buf *out);

#endif
