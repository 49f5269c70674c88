/* Avro's binary form into values of a Connect schema, by a plan that is made once per pair of schemas.
 *
 *   writer's Avro schema ─┐
 *   reader's Avro schema ─┼─▶ plan ─▶ per record: bytes ─▶ value in the batch's arena, no heap
 *   Connect schema       ─┘
 *
 * The Connect schema is the one made of the reader's (avro_data.h). Where writer and reader differ, Avro's
 * rules of resolution hold: fields by name or alias, defaults for what the writer lacks, wider numbers,
 * symbols by name, branches of unions. Follows GenericDatumReader and AvroData.toConnectData. Bytes may be
 * hostile: lengths, depth and what a message may grow to are limited. One thread at a time. */
#ifndef LC_CONVERT_AVRO_READ_H
#define LC_CONVERT_AVRO_READ_H

#include "convert/avro_data.h"
#include "data/value.h"

typedef struct lc_avro_read_plan lc_avro_read_plan;

/* The plan lives in `store`. `schema` NULL: `reader` is Anything. LC_E_DATA when the writer's type can't be
 * read as the reader's whatever the data. */
lc_error *lc_avro_read_plan_make(lc_avro_store *store, const lc_avro_options *options, const lc_avro *writer,
                                 const lc_avro *reader, const lc_schema *schema,
                                 const lc_avro_read_plan **ret_plan) LC_RESULT;

/* Strings and bytes of the value point into `bytes`. What follows the value is ignored, as Avro does.
 * LC_E_DATA says at which byte and in which field. */
lc_error *lc_avro_read(lc_types *types, lc_arena *arena, const lc_avro_read_plan *plan, lc_text bytes,
                       lc_value *ret_value) LC_RESULT;

/* Whether `bytes` of the type `writer` are a null: its Connect schema then doesn't matter. */
bool lc_avro_is_null(const lc_avro *writer, lc_text bytes);

#endif
