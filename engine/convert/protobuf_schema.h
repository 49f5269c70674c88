/* Protobuf schemas: what a .proto file says, its text read and printed.
 *
 *   text ──lc_proto_parse──▶ lc_proto_file ──lc_proto_link──▶ fields know their types
 *   lc_proto_file ──lc_proto_print──▶ text, the way Confluent's ProtobufSchema prints
 *
 * A store holds a file and all that it imports, and one table of type names. Services, extensions, groups and
 * options that say nothing about data are read over. Knows nothing of Connect and registries. One thread at a
 * time. */
#ifndef LC_CONVERT_PROTOBUF_SCHEMA_H
#define LC_CONVERT_PROTOBUF_SCHEMA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/text.h"

/* Numbered as FieldDescriptorProto.Type. */
typedef enum lc_proto_type {
    LC_PROTO_NONE = 0, /* a name that isn't resolved yet */
    LC_PROTO_DOUBLE = 1,
    LC_PROTO_FLOAT = 2,
    LC_PROTO_INT64 = 3,
    LC_PROTO_UINT64 = 4,
    LC_PROTO_INT32 = 5,
    LC_PROTO_FIXED64 = 6,
    LC_PROTO_FIXED32 = 7,
    LC_PROTO_BOOL = 8,
    LC_PROTO_STRING = 9,
    LC_PROTO_GROUP = 10,
    LC_PROTO_MESSAGE = 11,
    LC_PROTO_BYTES = 12,
    LC_PROTO_UINT32 = 13,
    LC_PROTO_ENUM = 14,
    LC_PROTO_SFIXED32 = 15,
    LC_PROTO_SFIXED64 = 16,
    LC_PROTO_SINT32 = 17,
    LC_PROTO_SINT64 = 18
} lc_proto_type;

typedef enum lc_proto_label {
    LC_PROTO_PLAIN, /* none is written */
    LC_PROTO_OPTIONAL,
    LC_PROTO_REQUIRED,
    LC_PROTO_REPEATED
} lc_proto_label;

typedef enum lc_proto_wire {
    LC_PROTO_VARINT = 0,
    LC_PROTO_FIXED_64 = 1,
    LC_PROTO_LENGTH = 2,
    LC_PROTO_GROUP_START = 3,
    LC_PROTO_GROUP_END = 4,
    LC_PROTO_FIXED_32 = 5
} lc_proto_wire;

enum {
    LC_PROTO_DEPTH_MAX = 100, /* messages in each other, in schemas and in data, as in Java */
    LC_PROTO_TEXT_MAX = 4 * 1024 * 1024,
    LC_PROTO_NUMBER_MAX = 536870911
};

typedef struct lc_proto_message lc_proto_message;
typedef struct lc_proto_file lc_proto_file;

/* An entry of (confluent.field_meta).params. */
typedef struct lc_proto_param {
    lc_text key, value;
} lc_proto_param;

typedef struct lc_proto_constant {
    lc_text name;
    int32_t number;
} lc_proto_constant;

typedef struct lc_proto_enum {
    lc_text name, full;
    lc_proto_constant *constants;
    size_t count;
} lc_proto_enum;

typedef struct lc_proto_field {
    lc_text name;
    uint32_t number;
    uint8_t type;      /* lc_proto_type */
    uint8_t label;     /* lc_proto_label */
    int8_t packed;     /* -1: not said */
    bool is_map;       /* written as map<k, v>: `message` is its entry */
    int32_t oneof;     /* index; -1: none */
    lc_text type_name; /* as written; data NULL for scalars */
    const lc_proto_message *message;
    const lc_proto_enum *constants; /* ENUM */
    lc_text fallback;               /* [default = …]; data NULL: none */
    lc_text json_name;
    lc_text doc; /* of the field's meta */
    lc_proto_param *params;
    size_t param_count;
} lc_proto_field;

struct lc_proto_message {
    lc_text name, full;
    const lc_proto_file *file;
    const lc_proto_message *outer;
    lc_proto_field *fields;
    size_t field_count;
    lc_proto_message **messages; /* in it, in order; entries of map<k, v> aren't counted */
    size_t message_count;
    lc_proto_enum **enums;
    size_t enum_count;
    lc_text *oneofs;
    size_t oneof_count;
    bool is_entry; /* option map_entry, or made for a map<k, v> */
};

typedef enum lc_proto_syntax { LC_PROTO_2, LC_PROTO_3, LC_PROTO_EDITION } lc_proto_syntax;

struct lc_proto_file {
    lc_text path; /* as others import it */
    lc_text package;
    lc_proto_syntax syntax;
    lc_text edition;
    lc_text *imports;
    size_t import_count;
    lc_proto_message **messages;
    size_t message_count;
    lc_proto_enum **enums;
    size_t enum_count;
};

typedef struct lc_proto_store {
    lc_arena arena;
    lc_table *names;             /* full name ─▶ lc_proto_symbol */
    lc_table *files;             /* path ─▶ lc_proto_file */
    lc_proto_message **messages; /* all of them, with the entries of maps */
    size_t message_count;
    size_t linked; /* messages whose fields know their types */
} lc_proto_store;

typedef struct lc_proto_symbol {
    const lc_proto_message *message; /* one of them */
    const lc_proto_enum *constants;
} lc_proto_symbol;

void lc_proto_store_init(lc_proto_store *store);
void lc_proto_store_done(lc_proto_store *store); /* accepts a zeroed one */

/* Reads a file's text, which may also be a FileDescriptorProto in base64. Files that everyone knows are added
 * when it imports them. Errors: LC_E_DATA with line and what was expected. */
lc_error *lc_proto_parse(lc_proto_store *store, lc_text path, lc_text text,
                         const lc_proto_file **ret_file) LC_RESULT;
/* Resolves the types of all fields. LC_E_DATA: a type that is nowhere, a number or a name given twice. */
lc_error *lc_proto_link(lc_proto_store *store) LC_RESULT;
/* The text of a file, as Confluent lays it out. */
void lc_proto_print(const lc_proto_file *file, lc_buf *out);

/* By full name; NULL: none. */
const lc_proto_message *lc_proto_find(const lc_proto_store *store, lc_text full);
const lc_proto_field *lc_proto_find_field(const lc_proto_message *message, lc_text name);
/* The message at a path of indexes from the top of a file, and the other way round. NULL, false: none. */
const lc_proto_message *lc_proto_at(const lc_proto_file *file, const uint32_t *path, size_t count);
bool lc_proto_path_of(const lc_proto_message *message, uint32_t path[LC_PROTO_DEPTH_MAX], size_t *ret_count);

/* The text of a file that needs no reference (google/protobuf, google/type, confluent); NULL: not known. */
const char *lc_proto_known(lc_text path);

/* "int32", "sfixed64"…; LC_PROTO_NONE for any other name. */
lc_proto_type lc_proto_type_of(lc_text name);
const char *lc_proto_type_name(lc_proto_type type);
lc_proto_wire lc_proto_wire_of(lc_proto_type type);
/* Number types, which can be packed. */
static inline bool lc_proto_is_packable(lc_proto_type type)
{
    return type != LC_PROTO_STRING && type != LC_PROTO_BYTES && type != LC_PROTO_MESSAGE &&
           type != LC_PROTO_GROUP;
}
/* A map, also when it was written as a repeated message with the looks of an entry. */
bool lc_proto_is_map(const lc_proto_field *field);
/* "MyMapEntry" for "my_map", as Confluent makes it, and back. In `arena`. */
lc_text lc_proto_entry_name(lc_arena *arena, lc_text field);
lc_text lc_proto_map_name(lc_arena *arena, lc_text entry);

/* Making schemas. Texts are borrowed: they must live as long as the store. */
lc_proto_file *lc_proto_new_file(lc_proto_store *store, lc_text path);
/* In a file or in another message (`outer`, may be NULL). LC_E_DATA: the name is taken. */
lc_error *lc_proto_new_message(lc_proto_store *store, lc_proto_file *file, lc_proto_message *outer,
                               lc_text name, lc_proto_message **ret_message) LC_RESULT;
lc_error *lc_proto_new_enum(lc_proto_store *store, lc_proto_file *file, lc_proto_message *outer, lc_text name,
                            lc_proto_enum **ret_enum) LC_RESULT;
/* The pointer is good until the next one. */
lc_proto_field *lc_proto_add_field(lc_proto_store *store, lc_proto_message *message);
void lc_proto_add_constant(lc_proto_store *store, lc_proto_enum *into, lc_text name, int32_t number);
void lc_proto_add_param(lc_proto_store *store, lc_proto_field *field, lc_text key, lc_text value);
void lc_proto_add_import(lc_proto_store *store, lc_proto_file *file, lc_text path); /* once */
int32_t lc_proto_add_oneof(lc_proto_store *store, lc_proto_message *message, lc_text name);
/* The entry of a map<key, value> field. LC_E_DATA. */
lc_error *lc_proto_new_entry(lc_proto_store *store, lc_proto_message *outer, lc_proto_field *field,
                             lc_text key, lc_text value) LC_RESULT;
/* Sets type and, for names, type_name. */
void lc_proto_set_type(lc_proto_field *field, lc_text type);

#endif
