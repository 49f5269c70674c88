/* JSON Schemas and JSON from strangers: they never crash anything and never take much more memory than they
 * have bytes; the one-pass reader agrees with the one that reads a tree; what was read is written and read
 * back as the same value; a schema that is mapped to Connect and back is mapped to the same again.
 *
 * Input: a byte of options, a JSON Schema, a NUL, a schema it may refer to as "other.json", a NUL, JSON. */
#include <math.h>
#include <stdlib.h>

#include "convert/json_read.h"
#include "convert/jsonschema_data.h"
#include "convert/jsonschema_validate.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { MEMORY_BASE = 64 << 20, MEMORY_PER_BYTE = 4096 };

typedef struct run {
    lc_types *types;
    lc_arena arena;
    lc_js_store store;
    lc_js_options options;
    lc_json_key_table keys;
} run;

static lc_text until_nul(lc_text *rest)
{
    const char *end = rest->len ? memchr(rest->data, 0, rest->len) : NULL;
    lc_text part = {rest->data, end ? (size_t)(end - rest->data) : rest->len};
    size_t used = part.len + (end != NULL);
    *rest = (lc_text){rest->data + used, rest->len - used};
    return part;
}

/* A negative zero is written as one and read as none; NaN equals nothing; text of numbers may be any. */
static bool comes_back(const lc_value *value)
{
    if (value->kind == LC_FLOAT32 || value->kind == LC_FLOAT64)
        return isfinite(value->u.d) && !(value->u.d == 0 && signbit(value->u.d));
    for (uint32_t i = 0; value->kind == LC_ARRAY && i < value->u.list->count; i++)
        if (!comes_back(&value->u.list->items[i])) return false;
    for (uint32_t i = 0; lc_value_is_object(value) && i < value->u.object->shape->count; i++)
        if (!comes_back(&value->u.object->slots[i])) return false;
    return true;
}

static lc_error *map_text(run *r, lc_text text, const lc_json **ret_json, const lc_schema **ret_schema)
{
    const lc_js *parsed;
    LC_TRY(lc_js_store_add(&r->store, LC_TEXT(""), text, ret_json));
    LC_TRY(lc_js_parse(&r->store, *ret_json, &parsed));
    return lc_js_to_connect(&r->store, &r->options, r->types, parsed, -1, ret_schema);
}

/* The text of a Connect schema; empty when it has none. */
static void print(run *r, const lc_schema *schema, lc_buf *out)
{
    lc_error *error = lc_js_from_connect(&r->options, r->types, schema, out);
    if (error) lc_buf_reset(out);
    lc_error_free(error);
}

/* Maps the text to Connect and back; false when that can't be done. */
static bool again(run *r, const lc_buf *text, lc_buf *out)
{
    const lc_schema *schema = NULL;
    const lc_json *json;
    lc_error *error = text->len ? map_text(r, (lc_text){text->data, text->len}, &json, &schema) : NULL;
    bool failed = error || !schema;
    lc_error_free(error);
    if (failed) return false;
    print(r, schema, out);
    return out->len;
}

/* What two mappings back and forth made of it (a negative zero as default goes in the first), a third one
 * leaves alone. */
static void check_schema(run *r, const lc_schema *schema)
{
    lc_auto(lc_buf) first = {0};
    lc_auto(lc_buf) second = {0};
    lc_auto(lc_buf) third = {0};
    print(r, schema, &first);
    if (r->options.generalized || !lc_js_is_plain(schema)) return;
    if (!again(r, &first, &second) || !again(r, &second, &third)) return;
    if (second.len != third.len || memcmp(second.data, third.data, third.len) != 0) abort();
}

static lc_error *read_tree(run *r, const lc_schema *schema, lc_text text, lc_node *ret_node, lc_value *ret)
{
    lc_source source;
    lc_js_reader reader = {.context = {r->types, &r->arena, true}};
    if (!lc_source_open(&source, &r->arena, text)) return lc_source_error(&source);
    LC_TRY(lc_tree_read(&source, ret_node));
    if (ret_node->kind == LC_NODE_MISSING) return lc_fail(LC_E_DATA, "nothing");
    return lc_js_read(&reader, schema, ret_node, ret);
}

static void check_fast(run *r, const lc_schema *schema, lc_text text, const lc_error *error,
                       const lc_value *value)
{
    lc_json_reader reader;
    lc_value fast;
    lc_json_reader_init(&reader, r->types, &r->keys, true);
    reader.keep_missing = 2;
    const char *p = NULL;
    if (lc_source_open(&reader.source, &r->arena, text)) {
        p = lc_scan_blanks(&reader.source, reader.source.start);
        bool container = p < reader.source.end && (*p == '{' || *p == '[');
        p = container ? lc_json_reader_value(&reader, p, 1, schema, &fast) : NULL;
    }
    if (p && (error || (comes_back(value) && !lc_value_equal(value, &fast)))) abort();
    lc_json_reader_done(&reader);
}

static void check_back(run *r, const lc_schema *schema, const lc_value *value)
{
    lc_js_writer writer = {.json = {.keys = &r->keys, .numeric_decimals = r->options.numeric_decimals},
                           .options = &r->options};
    bool nothing;
    lc_node node;
    lc_value again;
    lc_json_writer_start(&writer.json, &r->arena);
    lc_error *error = lc_js_write(&writer, schema, value, &nothing);
    lc_text text = lc_json_writer_finish(&writer.json);
    if (!error && !nothing) {
        error = read_tree(r, schema, text, &node, &again);
        /* Text of what is none is null, even where there must be text: then null isn't read again. */
        lc_error *unfit = lc_schema_validate(schema, NULL, value);
        bool must = !unfit && lc_js_is_plain(schema) && comes_back(value);
        lc_error_free(unfit);
        if (must && (error || !lc_value_equal(value, &again))) abort();
    }
    lc_error_free(error);
}

static void check_rules(run *r, const lc_json *json, const lc_node *node)
{
    lc_js_validator *validator = lc_js_validator_new(&r->store);
    lc_error_free(lc_js_validate(validator, json, node));
    lc_js_validator_free(validator);
}

static void run_one(run *r, lc_text schema_text, lc_text other, lc_text bytes)
{
    const lc_schema *schema;
    const lc_json *json = NULL, *unused;
    lc_node node = {0};
    lc_value value = {0};
    lc_error_free(lc_js_store_add(&r->store, LC_TEXT("other.json"), other, &unused));
    lc_error *error = map_text(r, schema_text, &json, &schema);
    if (error) {
        lc_error_free(error);
        return;
    }
    check_schema(r, schema);
    error = read_tree(r, schema, bytes, &node, &value);
    if (node.kind != LC_NODE_MISSING) check_rules(r, json, &node);
    if (lc_js_is_plain(schema)) check_fast(r, schema, bytes, error, &value);
    if (!error) check_back(r, schema, &value);
    if (r->arena.held > MEMORY_BASE + MEMORY_PER_BYTE * bytes.len) abort();
    lc_error_free(error);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0) return 0;
    run r = {.types = lc_types_new()};
    unsigned flags = data[0];
    r.options = (lc_js_options){.additional = !(flags & 1),
                                .optional_unrequired = flags & 2,
                                .flatten = !(flags & 4),
                                .generalized = flags & 8,
                                .numeric_decimals = flags & 16,
                                .recursion = flags >> 6};
    /* Copies of their own, so that a byte read behind one is found. */
    lc_text rest = {(const char *)data + 1, size - 1};
    lc_text schema = until_nul(&rest), other = until_nul(&rest);
    char *message = malloc(rest.len ? rest.len : 1);
    memcpy(message, rest.data, rest.len);
    run_one(&r, schema, other, (lc_text){message, rest.len});
    lc_js_store_done(&r.store);
    lc_json_key_table_done(&r.keys);
    lc_types_free(r.types);
    lc_arena_done(&r.arena);
    free(message);
    return 0;
}
