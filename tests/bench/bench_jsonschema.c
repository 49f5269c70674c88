/* Nanoseconds per record of JSON with schemas, on a record of twelve fields, as JsonSchemaConverter has them
 * once it knows the schema.
 *
 *   bench_jsonschema [milliseconds a case]
 *
 * Each case runs over batches of 500 records that differ, the arena being reset after each, as a task does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "convert/json_read.h"
#include "convert/jsonschema_data.h"
#include "convert/jsonschema_validate.h"

enum { BATCH = 500, FIELDS = 12 };

typedef struct bench {
    lc_types *types;
    lc_arena arena, values;
    lc_js_store store;
    lc_js_options options;
    lc_js_validator *validator;
    const lc_json *json;
    lc_json_key_table keys;
    lc_json_reader reader;
    lc_js_writer writer;
    const lc_schema *schema;
    lc_value records[BATCH];
    lc_text encoded[BATCH];
    uint64_t sum; /* keeps results alive */
} bench;

#include "cases.h"

static const lc_text names[FIELDS] = {
    {"order_id", 8}, {"customer", 8}, {"region", 6},  {"amount", 6}, {"currency", 8}, {"quantity", 8},
    {"express", 7},  {"note", 4},     {"created", 7}, {"status", 6}, {"discount", 8}, {"sku", 3},
};

static const lc_type types[FIELDS] = {
    LC_TYPE_INT64,   LC_TYPE_INT32,  LC_TYPE_STRING, LC_TYPE_FLOAT64, LC_TYPE_STRING,  LC_TYPE_INT32,
    LC_TYPE_BOOLEAN, LC_TYPE_STRING, LC_TYPE_INT64,  LC_TYPE_STRING,  LC_TYPE_FLOAT64, LC_TYPE_STRING,
};

static void must(lc_error *error)
{
    if (!error) return;
    fprintf(stderr, "%s\n", lc_error_message(error));
    abort();
}

static lc_value field_of(int record, int field)
{
    static const char *const texts[] = {"europe", "EUR", "leave at the back door", "shipped",
                                        "sku-1234-blue"};
    int64_t number = record * 977 + field * 31;
    if (field % 4 == 2 && record % 8 == 0) return lc_value_null();
    switch (types[field]) {
    case LC_TYPE_STRING: return lc_value_text(lc_text_of(texts[(record + field) % 5]));
    case LC_TYPE_FLOAT64: return lc_value_double((double)number / 4);
    case LC_TYPE_BOOLEAN: return lc_value_bool(record & 1);
    case LC_TYPE_INT64: return lc_value_int(LC_INT64, number * 1000003);
    default: return lc_value_int(LC_INT32, number);
    }
}

static lc_text encode(bench *b, const lc_value *value, lc_arena *arena)
{
    bool nothing;
    lc_json_writer_start(&b->writer.json, arena);
    must(lc_js_write(&b->writer, b->schema, value, &nothing));
    return lc_json_writer_finish(&b->writer.json);
}

/* The schema's text, read again as a registry would give it. */
static void make_schema(bench *b, const lc_schema *given)
{
    lc_auto(lc_buf) text = {0};
    const lc_js *parsed;
    must(lc_js_from_connect(&b->options, b->types, given, &text));
    must(lc_js_store_add(&b->store, LC_TEXT(""), (lc_text){text.data, text.len}, &b->json));
    must(lc_js_parse(&b->store, b->json, &parsed));
    must(lc_js_to_connect(&b->store, &b->options, b->types, parsed, -1, &b->schema));
    b->validator = lc_js_validator_new(&b->store);
}

static void setup(bench *b)
{
    const lc_schema *fields[FIELDS], *given;
    b->types = lc_types_new();
    b->options = (lc_js_options){.additional = true, .flatten = true};
    for (int i = 0; i < FIELDS; i++) fields[i] = lc_schema_primitive(b->types, types[i], i % 4 == 2);
    lc_schema_spec spec = {.type = LC_TYPE_STRUCT,
                           .name = LC_TEXT("shop.Order"),
                           .field_names = names,
                           .field_schemas = fields,
                           .field_count = FIELDS};
    must(lc_schema_intern(b->types, &spec, &given));
    make_schema(b, given);
    lc_json_reader_init(&b->reader, b->types, &b->keys, true);
    b->writer = (lc_js_writer){.json = {.keys = &b->keys}, .options = &b->options};
    for (int i = 0; i < BATCH; i++) {
        b->records[i] = lc_struct_new(&b->values, b->schema);
        for (int k = 0; k < FIELDS; k++) b->records[i].u.object->slots[k] = field_of(i, k);
        b->encoded[i] = encode(b, &b->records[i], &b->values);
    }
}

static void run_write(bench *b, int i)
{
    b->sum += encode(b, &b->records[i], &b->arena).len;
}

static void run_read(bench *b, int i)
{
    lc_value value;
    lc_source_open(&b->reader.source, &b->arena, b->encoded[i]);
    if (!lc_json_reader_value(&b->reader, b->reader.source.start, 1, b->schema, &value)) abort();
    b->sum += value.kind;
}

static void read_tree(bench *b, int i, bool check)
{
    lc_source source;
    lc_node node;
    lc_value value;
    lc_js_reader reader = {.context = {b->types, &b->arena, true}};
    lc_source_open(&source, &b->arena, b->encoded[i]);
    must(lc_tree_read(&source, &node));
    if (check) must(lc_js_validate(b->validator, b->json, &node));
    must(lc_js_read(&reader, b->schema, &node, &value));
    b->sum += value.kind;
}

static void run_read_tree(bench *b, int i)
{
    read_tree(b, i, false);
}

static void run_read_checked(bench *b, int i)
{
    read_tree(b, i, true);
}

static const bench_case CASES[] = {
    {"write, 12 fields", run_write},
    {"read, 12 fields", run_read},
    {"read by way of a tree", run_read_tree},
    {"read, json.fail.invalid.schema", run_read_checked},
};

int main(int argc, char **argv)
{
    bench b = {0};
    setup(&b);
    printf("%-38s %8zu bytes\n", "a record", b.encoded[1].len);
    run_cases(&b, CASES, sizeof CASES / sizeof *CASES, argc, argv);
    lc_js_validator_free(b.validator);
    lc_js_store_done(&b.store);
    lc_json_reader_done(&b.reader);
    lc_json_key_table_done(&b.keys);
    lc_types_free(b.types);
    lc_arena_done(&b.arena);
    lc_arena_done(&b.values);
    return b.sum == 0;
}
