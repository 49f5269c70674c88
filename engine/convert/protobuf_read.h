/* Protobuf's binary form into values of a Connect schema, by a plan that is made once per schema.
 *
 *   Protobuf message ─┐
 *                     ├─▶ plan ─▶ per record: bytes ─▶ value in the batch's arena, no heap
 *   Connect schema   ─┘
 *
 * The Connect schema is the one made of the message (protobuf_data.h). Reads as Java does: the last value of
 * a field counts, messages that come in pieces are merged, numbers may be packed or not, unknown fields and
 * those of another wire type are passed over. Follows DynamicMessage and ProtobufData.toConnectData. Bytes
 * may be hostile: lengths, depth and what a message may grow to are limited. One thread at a time. */
#ifndef LC_CONVERT_PROTOBUF_READ_H
#define LC_CONVERT_PROTOBUF_READ_H

#include "convert/protobuf_data.h"
#include "data/value.h"

typedef struct lc_proto_read_plan lc_proto_read_plan;

/* The plan lives in `store`. LC_E_DATA. */
lc_error *lc_proto_read_plan_make(lc_proto_store *store, const lc_proto_options *options,
                                  const lc_proto_message *message, const lc_schema *schema,
                                  const lc_proto_read_plan **ret_plan) LC_RESULT;

/* Strings and bytes of the value point into `bytes`. LC_E_DATA says at which byte and in which field. */
lc_error *lc_proto_read(lc_types *types, lc_arena *arena, const lc_proto_read_plan *plan, lc_text bytes,
                        lc_value *ret_value) LC_RESULT;

enum { LC_PROTO_PATH = 200 };

/* Puts the name of a field and a dot in front of the path of an error; what has no room is cut off. */
void lc_proto_path_add(char path[LC_PROTO_PATH], lc_text name);

#endif
