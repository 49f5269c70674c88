/* Nanoseconds per record of the Protobuf codec, on a record of twelve fields, by plans as ProtobufConverter
 * uses them.
 *
 *   bench_protobuf [milliseconds a case]
 *
 * Each case runs over batches of 500 records that differ, the arena being reset after each, as a task does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "convert/protobuf_read.h"
#include "convert/protobuf_write.h"

enum { BATCH = 500, FIELDS = 12 };

typedef struct bench {
    lc_types *types;
    lc_arena arena, values;
    lc_proto_store stores[2];
    lc_proto_output out;
    const lc_schema *flat, *nested;
    const lc_proto_write_plan *writes, *writes_nested;
    const lc_proto_read_plan *reads, *reads_nested;
    lc_value records[BATCH], outer[BATCH];
    lc_text encoded[BATCH], encoded_nested[BATCH];
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
    switch (types[field]) {
    case LC_TYPE_STRING: return lc_value_text(lc_text_of(texts[(record + field) % 5]));
    case LC_TYPE_FLOAT64: return lc_value_double((double)number / 7);
    case LC_TYPE_BOOLEAN: return lc_value_bool(record & 1);
    case LC_TYPE_INT64: return lc_value_int(LC_INT64, number * 1000003);
    default: return lc_value_int(LC_INT32, number);
    }
}

static lc_text encode(bench *b, const lc_proto_write_plan *plan, const lc_value *value, lc_arena *arena)
{
    lc_proto_output_start(&b->out, arena, NULL, 0);
    must(lc_proto_write(&b->out, plan, value));
    return lc_proto_output_finish(&b->out);
}

static void make_plans(bench *b, lc_proto_store *store, const lc_schema *schema,
                       const lc_proto_write_plan **ret_writes, const lc_proto_read_plan **ret_reads)
{
    const lc_proto_options options = {.wrapper_raw = true, .union_index = true};
    const lc_proto_file *file;
    const lc_proto_message *message;
    const lc_schema *back;
    must(lc_proto_from_connect(store, &options, schema, &file, &message));
    must(lc_proto_write_plan_make(store, &options, schema, message, NULL, ret_writes));
    must(lc_proto_to_connect(&options, b->types, message, -1, &back));
    must(lc_proto_read_plan_make(store, &options, message, back, ret_reads));
}

/* An order with its lines: a list of the flat record. */
static void make_schemas(bench *b)
{
    static const lc_text outer[2] = {{"number", 6}, {"lines", 5}};
    const lc_schema *fields[FIELDS], *members[2];
    for (int i = 0; i < FIELDS; i++) fields[i] = lc_schema_primitive(b->types, types[i], i % 4 == 2);
    const lc_schema_spec flat = {.type = LC_TYPE_STRUCT,
                                 .name = LC_TEXT("shop.Order"),
                                 .field_names = names,
                                 .field_schemas = fields,
                                 .field_count = FIELDS};
    must(lc_schema_intern(b->types, &flat, &b->flat));
    const lc_schema_spec list = {.type = LC_TYPE_ARRAY, .values = b->flat};
    members[0] = lc_schema_primitive(b->types, LC_TYPE_INT64, false);
    must(lc_schema_intern(b->types, &list, &members[1]));
    const lc_schema_spec nested = {.type = LC_TYPE_STRUCT,
                                   .name = LC_TEXT("shop.Basket"),
                                   .field_names = outer,
                                   .field_schemas = members,
                                   .field_count = 2};
    must(lc_schema_intern(b->types, &nested, &b->nested));
}

static void fill(bench *b, int record)
{
    lc_value row = lc_struct_new(&b->values, b->flat), basket = lc_struct_new(&b->values, b->nested);
    for (int i = 0; i < FIELDS; i++)
        row.u.object->slots[i] = i % 4 == 2 && record % 8 == 0 ? lc_value_null() : field_of(record, i);
    lc_value lines = lc_list_new(&b->values, 4);
    for (int i = 0; i < 4; i++) *lc_list_add(&b->values, lines.u.list) = row;
    basket.u.object->slots[0] = lc_value_int(LC_INT64, record);
    basket.u.object->slots[1] = lines;
    b->records[record] = row;
    b->outer[record] = basket;
    b->encoded[record] = encode(b, b->writes, &b->records[record], &b->values);
    b->encoded_nested[record] = encode(b, b->writes_nested, &b->outer[record], &b->values);
}

static void run_write(bench *b, int i)
{
    b->sum += encode(b, b->writes, &b->records[i], &b->arena).len;
}

static void run_write_nested(bench *b, int i)
{
    b->sum += encode(b, b->writes_nested, &b->outer[i], &b->arena).len;
}

static void run_read(bench *b, int i)
{
    lc_value value;
    must(lc_proto_read(b->types, &b->arena, b->reads, b->encoded[i], &value));
    b->sum += value.kind;
}

static void run_read_nested(bench *b, int i)
{
    lc_value value;
    must(lc_proto_read(b->types, &b->arena, b->reads_nested, b->encoded_nested[i], &value));
    b->sum += value.kind;
}

static const bench_case CASES[] = {
    {"write, 12 fields", run_write},
    {"read, 12 fields", run_read},
    {"write, a list of 4 of them", run_write_nested},
    {"read, a list of 4 of them", run_read_nested},
};

int main(int argc, char **argv)
{
    bench b = {.types = lc_types_new()};
    make_schemas(&b);
    for (int i = 0; i < 2; i++) lc_proto_store_init(&b.stores[i]);
    make_plans(&b, &b.stores[0], b.flat, &b.writes, &b.reads);
    make_plans(&b, &b.stores[1], b.nested, &b.writes_nested, &b.reads_nested);
    for (int i = 0; i < BATCH; i++) fill(&b, i);
    printf("%-38s %8zu bytes\n", "a record", b.encoded[1].len);
    run_cases(&b, CASES, sizeof CASES / sizeof *CASES, argc, argv);
    for (int i = 0; i < 2; i++) lc_proto_store_done(&b.stores[i]);
    lc_types_free(b.types);
    lc_arena_done(&b.arena);
    lc_arena_done(&b.values);
    return b.sum == 0;
}
