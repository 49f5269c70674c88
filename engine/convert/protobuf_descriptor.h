/* Schemas in binary form: a FileDescriptorProto in base64, which a registry answers for format=serialized.
 * Private to protobuf_*.c. */
#ifndef LC_CONVERT_PROTOBUF_DESCRIPTOR_H
#define LC_CONVERT_PROTOBUF_DESCRIPTOR_H

#include "convert/protobuf_schema.h"

/* Whether the text can't be a .proto file, but base64. */
bool lc_proto_is_descriptor(lc_text text);
/* Fills the file. LC_E_DATA. */
lc_error *lc_proto_read_descriptor(lc_proto_store *store, lc_proto_file *file, lc_text text) LC_RESULT;

#endif
