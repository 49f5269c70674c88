/* Values of a Connect schema into Protobuf's binary form, by a plan that is made once per schema.
 *
 *   Connect schema   ─┐
 *                     ├─▶ plan ─▶ per record: value ─▶ bytes in the batch's arena, no heap
 *   Protobuf message ─┘
 *
 * The message is the one made of the Connect schema (protobuf_data.h), or another that a registry asks for:
 * then fields are matched by name, and one that the other message lacks keeps its own number. Writes as Java
 * does: by number, without what equals its default where presence doesn't count. Follows
 * ProtobufData.fromConnectData and DynamicMessage. One thread at a time. */
#ifndef LC_CONVERT_PROTOBUF_WRITE_H
#define LC_CONVERT_PROTOBUF_WRITE_H

#include "convert/protobuf_data.h"
#include "convert/protobuf_read.h"
#include "data/value.h"

typedef struct lc_proto_write_plan lc_proto_write_plan;

/* Bytes under way, in an arena. */
typedef struct lc_proto_output {
    uint8_t *at, *end, *start;
    lc_arena *arena;
    size_t guess; /* bytes of the message before */
    char path[LC_PROTO_PATH];
} lc_proto_output;

/* `own` is the message made of the schema; `other` the one to write as, NULL: `own`. The plan lives in
 * `store`. LC_E_DATA where a value can't be written as the other message has it. */
lc_error *lc_proto_write_plan_make(lc_proto_store *store, const lc_proto_options *options,
                                   const lc_schema *schema, const lc_proto_message *own,
                                   const lc_proto_message *other,
                                   const lc_proto_write_plan **ret_plan) LC_RESULT;

/* Begins with `head`. */
void lc_proto_output_start(lc_proto_output *out, lc_arena *arena, const void *head, size_t len);
lc_text lc_proto_output_finish(lc_proto_output *out);
/* LC_E_DATA; out->path is the field. */
lc_error *lc_proto_write(lc_proto_output *out, const lc_proto_write_plan *plan,
                         const lc_value *value) LC_RESULT;

#endif
