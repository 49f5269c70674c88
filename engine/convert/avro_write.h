/* Values of a Connect schema into Avro's binary form, by a plan that is made once per pair of schemas.
 *
 *   Connect schema ─┐
 *                   ├─▶ plan ─▶ per record: value ─▶ bytes in the batch's arena, no heap
 *   Avro schema    ─┘
 *
 * The Avro schema is the one made of the Connect schema (avro_data.h), or another that a registry asks for:
 * then fields are matched by name, numbers are widened, and what the record lacks is written as the field's
 * default. Follows AvroData.fromConnectData and GenericDatumWriter. One thread at a time. */
#ifndef LC_CONVERT_AVRO_WRITE_H
#define LC_CONVERT_AVRO_WRITE_H

#include "convert/avro_data.h"
#include "data/value.h"

typedef struct lc_avro_write_plan lc_avro_write_plan;

/* Where bytes go. Start with {0}. */
typedef struct lc_avro_output {
    lc_arena *arena;
    uint8_t *start, *at, *end;
    size_t guess; /* length of the latest output */
    unsigned depth;
    char path[LC_AVRO_PATH]; /* after an error: the field it happened in, "" at the top */
} lc_avro_output;

/* The plan lives in `store`. NULL as schema is schemaless data, written as Anything. LC_E_DATA when nothing
 * of the schema could ever be written so; what only some values can't do fails with them. */
lc_error *lc_avro_write_plan_make(lc_avro_store *store, const lc_avro_options *options,
                                  const lc_schema *schema, const lc_avro *avro,
                                  const lc_avro_write_plan **ret_plan) LC_RESULT;

/* Begins with the given bytes (a header), which may be none. */
void lc_avro_output_start(lc_avro_output *out, lc_arena *arena, const void *head, size_t len);
lc_text lc_avro_output_finish(lc_avro_output *out);
void lc_avro_output_bytes(lc_avro_output *out, const void *bytes, size_t len);

/* LC_E_DATA with AvroData's texts. */
lc_error *lc_avro_write(lc_avro_output *out, const lc_avro_write_plan *plan, const lc_value *value) LC_RESULT;

/* The binary form of a JSON default of `avro`; false when it doesn't fit. */
bool lc_avro_write_default(lc_avro_output *out, const lc_avro *avro, const lc_json *json);

#endif
