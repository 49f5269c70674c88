/* Avro from strangers: schemas and data never crash anything, never take much more memory than they have
 * bytes, and what was read is written and read back as the same value.
 *
 * Input: a byte of options, the writer's schema, a NUL, a reader's schema (may be empty), a NUL, data. */
#include <math.h>
#include <stdlib.h>

#include "convert/avro_read.h"
#include "convert/avro_write.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { MEMORY_BASE = 64 << 20, MEMORY_PER_BYTE = 4096 };

typedef struct run {
    lc_types *types;
    lc_arena arena;
    lc_avro_store store;
    lc_avro_options options;
} run;

static lc_text until_nul(lc_text *rest)
{
    const char *end = rest->len ? memchr(rest->data, 0, rest->len) : NULL;
    lc_text part = {rest->data, end ? (size_t)(end - rest->data) : rest->len};
    size_t used = part.len + (end != NULL);
    *rest = (lc_text){rest->data + used, rest->len - used};
    return part;
}

/* Schema.toString of what was parsed parses to the same; so does nothing else with an error. */
static void check_print(run *r, const lc_avro *avro)
{
    lc_auto(lc_buf) once = {0};
    lc_auto(lc_buf) twice = {0};
    const lc_avro *again;
    lc_avro_print(avro, &once);
    lc_error *error = lc_avro_parse(&r->store, NULL, (lc_text){once.data, once.len}, &again);
    if (error) {
        lc_error_free(error); /* an invalid default may have been hidden by a type that came later */
        return;
    }
    lc_avro_print(again, &twice);
    if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0) abort();
}

static bool holds_nan(const lc_value *value)
{
    if (value->kind == LC_FLOAT32 || value->kind == LC_FLOAT64) return isnan(value->u.d);
    for (uint32_t i = 0; value->kind == LC_ARRAY && i < value->u.list->count; i++)
        if (holds_nan(&value->u.list->items[i])) return true;
    for (uint32_t i = 0; lc_value_is_object(value) && i < value->u.object->shape->count; i++)
        if (holds_nan(&value->u.object->slots[i])) return true;
    return false;
}

/* A value that was read, written by the schema that AvroData makes of its Connect schema. */
static void check_back(run *r, const lc_schema *schema, const lc_value *value)
{
    const lc_avro *avro;
    const lc_avro_write_plan *writes;
    const lc_avro_read_plan *reads;
    lc_avro_output out = {0};
    lc_value again;
    lc_error *error = lc_avro_from_connect(&r->store, &r->options, r->types, schema, &avro);
    if (!error) error = lc_avro_write_plan_make(&r->store, &r->options, schema, avro, &writes);
    lc_avro_output_start(&out, &r->arena, NULL, 0);
    if (!error) error = lc_avro_write(&out, writes, value);
    lc_text bytes = lc_avro_output_finish(&out);
    if (!error) error = lc_avro_read_plan_make(&r->store, &r->options, avro, avro, schema, &reads);
    if (!error) error = lc_avro_read(r->types, &r->arena, reads, bytes, &again);
    if (error) lc_error_free(error);
    else if (!holds_nan(value) && !lc_value_equal(value, &again)) abort();
}

static void read_all(run *r, const lc_avro *writer, const lc_avro *reader, lc_text bytes)
{
    const lc_schema *schema;
    const lc_avro_read_plan *plan;
    lc_value value;
    lc_avro_is_null(writer, bytes);
    lc_error *error = lc_avro_to_connect(&r->options, r->types, reader, r->store.node_count, 3, &schema);
    if (!error) error = lc_avro_read_plan_make(&r->store, &r->options, writer, reader, schema, &plan);
    if (!error) error = lc_avro_read(r->types, &r->arena, plan, bytes, &value);
    if (r->arena.held > MEMORY_BASE + MEMORY_PER_BYTE * bytes.len) abort();
    if (error) lc_error_free(error);
    else if (writer == reader) check_back(r, schema, &value);
}

static void run_one(run *r, lc_text writer_text, lc_text reader_text, lc_text bytes)
{
    const lc_avro *writer, *reader = NULL;
    lc_error *error = lc_avro_parse(&r->store, NULL, writer_text, &writer);
    if (error) {
        lc_error_free(error);
        return;
    }
    check_print(r, writer);
    read_all(r, writer, writer, bytes);
    if (!reader_text.len) return;
    error = lc_avro_parse(&r->store, NULL, reader_text, &reader);
    if (!error) read_all(r, writer, reader, bytes);
    lc_error_free(error);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0) return 0;
    run r = {.types = lc_types_new()};
    lc_avro_store_init(&r.store);
    unsigned flags = data[0];
    r.options = (lc_avro_options){.meta = !(flags & 1),
                                  .enhanced = flags & 2,
                                  .generalized = flags & 4,
                                  .scrub = flags & 8,
                                  .discard_doc = flags & 16,
                                  .optional_keys = flags & 32,
                                  .flatten = !(flags & 64),
                                  .modern = !(flags & 128),
                                  .ignore_default = true};
    /* Copies of their own, so that a byte read behind one is found. */
    lc_text rest = {(const char *)data + 1, size - 1};
    lc_text writer = until_nul(&rest), reader = until_nul(&rest);
    char *message = malloc(rest.len ? rest.len : 1);
    memcpy(message, rest.data, rest.len);
    run_one(&r, writer, reader, (lc_text){message, rest.len});
    lc_avro_store_done(&r.store);
    lc_types_free(r.types);
    lc_arena_done(&r.arena);
    free(message);
    return 0;
}
