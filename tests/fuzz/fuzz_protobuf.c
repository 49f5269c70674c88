/* Protobuf from strangers: schemas and data never crash anything, never take much more memory than they have
 * bytes, what was printed is read as the same schema, and what was read is written and read back as the same
 * value.
 *
 * Input: two bytes of options, the schema, a NUL, data of its first message. */
#include <math.h>
#include <stdlib.h>

#include "convert/protobuf_read.h"
#include "convert/protobuf_write.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { MEMORY_BASE = 256 << 20, MEMORY_PER_BYTE = 8192 };

typedef struct run {
    lc_types *types;
    lc_arena arena;
    lc_proto_options options;
} run;

static lc_error *parse(lc_proto_store *store, lc_text text, const lc_proto_file **ret)
{
    lc_error *error = lc_proto_parse(store, LC_TEXT("default"), text, ret);
    return error ? error : lc_proto_link(store);
}

/* What was parsed is printed as a text that is parsed and printed to the same. */
static void check_print(const lc_proto_file *file)
{
    lc_auto(lc_buf) once = {0};
    lc_auto(lc_buf) twice = {0};
    const lc_proto_file *again;
    lc_proto_store store;
    lc_proto_print(file, &once);
    lc_proto_store_init(&store);
    lc_error *error = parse(&store, (lc_text){once.data, once.len}, &again);
    if (!error) {
        lc_proto_print(again, &twice);
        if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0) abort();
    }
    lc_error_free(error);
    lc_proto_store_done(&store);
}

/* NaN, which equals nothing, or a null that is written as a default. */
static bool is_odd(const lc_value *value)
{
    if (value->kind == LC_NULL) return true;
    return (value->kind == LC_FLOAT32 || value->kind == LC_FLOAT64) && isnan(value->u.d);
}

static bool holds_odd(const lc_value *value)
{
    for (uint32_t i = 0; value->kind == LC_ARRAY && i < value->u.list->count; i++)
        if (holds_odd(&value->u.list->items[i])) return true;
    for (uint32_t i = 0; lc_value_is_object(value) && i < value->u.object->shape->count; i++)
        if (holds_odd(&value->u.object->slots[i])) return true;
    for (uint32_t i = 0; value->kind == LC_MAP && !lc_value_is_object(value) && i < 2 * value->u.map->count;
         i++)
        if (holds_odd(&value->u.map->items[i])) return true;
    return is_odd(value);
}

/* Writes a value by the schema that is made of its Connect schema, and reads it as that. */
static lc_error *write_and_read(run *r, lc_proto_store *store, const lc_schema *schema, const lc_value *value,
                                lc_value *ret_again, bool *ret_same_schema)
{
    const lc_proto_file *file;
    const lc_proto_message *message;
    const lc_schema *back;
    const lc_proto_write_plan *writes;
    const lc_proto_read_plan *reads;
    lc_proto_output out = {0};
    LC_TRY(lc_proto_from_connect(store, &r->options, schema, &file, &message));
    LC_TRY(lc_proto_write_plan_make(store, &r->options, schema, message, NULL, &writes));
    lc_proto_output_start(&out, &r->arena, NULL, 0);
    LC_TRY(lc_proto_write(&out, writes, value));
    lc_text bytes = lc_proto_output_finish(&out);
    LC_TRY(lc_proto_to_connect(&r->options, r->types, message, schema->has_version ? schema->version : -1,
                               &back));
    *ret_same_schema = back == schema;
    LC_TRY(lc_proto_read_plan_make(store, &r->options, message, back, &reads));
    return lc_proto_read(r->types, &r->arena, reads, bytes, ret_again);
}

static void check_back(run *r, const lc_schema *schema, const lc_value *value)
{
    lc_proto_store store;
    lc_value again;
    bool same_schema = false;
    lc_proto_store_init(&store);
    lc_error *error = write_and_read(r, &store, schema, value, &again, &same_schema);
    /* Where the schema came back as another, such as for proto2, so may values. */
    if (!error && same_schema && !holds_odd(value) && !lc_value_equal(value, &again)) abort();
    lc_error_free(error);
    lc_proto_store_done(&store);
}

static void read_all(run *r, lc_proto_store *store, const lc_proto_message *message, lc_text bytes)
{
    const lc_schema *schema;
    const lc_proto_read_plan *plan;
    lc_value value;
    lc_error *error = lc_proto_to_connect(&r->options, r->types, message, 3, &schema);
    if (!error) error = lc_proto_read_plan_make(store, &r->options, message, schema, &plan);
    if (!error) error = lc_proto_read(r->types, &r->arena, plan, bytes, &value);
    if (r->arena.held > MEMORY_BASE + MEMORY_PER_BYTE * bytes.len) abort();
    if (!error) check_back(r, schema, &value);
    lc_error_free(error);
}

static void run_one(run *r, lc_text schema, lc_text bytes)
{
    const lc_proto_file *file;
    lc_proto_store store;
    lc_proto_store_init(&store);
    lc_error *error = parse(&store, schema, &file);
    if (!error) {
        check_print(file);
        if (file->message_count) read_all(r, &store, file->messages[0], bytes);
    }
    lc_error_free(error);
    lc_proto_store_done(&store);
}

static lc_proto_options options_of(unsigned flags)
{
    return (lc_proto_options){.enhanced = flags & 1,
                              .generalized = flags & 2,
                              .scrub = flags & 4,
                              .int_enums = flags & 8,
                              .optional_nullables = flags & 16,
                              .optional_proto2 = !(flags & 32),
                              .wrapper_nullables = flags & 64,
                              .wrapper_raw = !(flags & 128),
                              .struct_nulls = flags & 256,
                              .union_index = !(flags & 512),
                              .flatten = flags & 1024,
                              .ignore_default = true,
                              .recursion_depth = flags >> 11 & 3};
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size < 2) return 0;
    run r = {.types = lc_types_new(), .options = options_of(data[0] | (unsigned)data[1] << 8)};
    lc_text rest = {(const char *)data + 2, size - 2};
    const char *end = rest.len ? memchr(rest.data, 0, rest.len) : NULL;
    size_t len = end ? (size_t)(end - rest.data) : rest.len, skip = len + (end != NULL);
    /* A copy of its own, so that a byte read behind it is found. */
    char *message = malloc(rest.len - skip + 1);
    memcpy(message, rest.data + skip, rest.len - skip);
    message = realloc(message, rest.len - skip ? rest.len - skip : 1);
    run_one(&r, (lc_text){rest.data, len}, (lc_text){message, rest.len - skip});
    lc_types_free(r.types);
    lc_arena_done(&r.arena);
    free(message);
    return 0;
}
