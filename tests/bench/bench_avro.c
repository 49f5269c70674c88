/* Nanoseconds per record of the Avro codec, on a record of twelve fields, by plans as AvroConverter uses
 * them.
 *
 *   bench_avro [milliseconds a case]
 *
 * Each case runs over batches of 500 records that differ, the arena being reset after each, as a task does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "convert/avro_read.h"
#include "convert/avro_write.h"
#include "convert/wire.h"

enum { BATCH = 500, FIELDS = 12 };

typedef struct bench {
    lc_types *types;
    lc_arena arena, values;
    lc_avro_store store;
    lc_avro_output out;
    const lc_schema *schema;
    const lc_avro *avro;
    const lc_avro_write_plan *writes, *writes_any;
    const lc_avro_read_plan *reads, *reads_any, *reads_evolved;
    lc_value records[BATCH], maps[BATCH];
    lc_text encoded[BATCH], any[BATCH];
    lc_wire_cache cache;
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

static lc_value field_of(bench *b, int record, int field)
{
    static const char *const texts[] = {"europe", "EUR", "leave at the back door", "shipped",
                                        "sku-1234-blue"};
    int64_t number = record * 977 + field * 31;
    (void)b;
    switch (types[field]) {
    case LC_TYPE_STRING: return lc_value_text(lc_text_of(texts[(record + field) % 5]));
    case LC_TYPE_FLOAT64: return lc_value_double((double)number / 7);
    case LC_TYPE_BOOLEAN: return lc_value_bool(record & 1);
    case LC_TYPE_INT64: return lc_value_int(LC_INT64, number * 1000003);
    default: return lc_value_int(LC_INT32, number);
    }
}

static void fill(bench *b, int record)
{
    lc_value row = lc_struct_new(&b->values, b->schema);
    lc_value map = lc_object_new(&b->values, lc_shape_empty(b->types), FIELDS);
    for (int i = 0; i < FIELDS; i++) {
        lc_value value = field_of(b, record, i);
        if (i % 4 == 2 && record % 8 == 0) value = lc_value_null();
        row.u.object->slots[i] = value;
        *lc_map_set(b->types, &b->values, &map, names[i]) = value;
    }
    b->records[record] = row;
    b->maps[record] = map;
}

static lc_text encode(bench *b, const lc_avro_write_plan *plan, const lc_value *value, lc_arena *arena)
{
    static const uint8_t head[LC_WIRE_HEAD] = {0, 0, 0, 0, 7};
    lc_avro_output_start(&b->out, arena, head, sizeof head);
    must(lc_avro_write(&b->out, plan, value));
    return lc_avro_output_finish(&b->out);
}

static lc_text payload(lc_text message)
{
    int32_t id;
    must(lc_wire_split(message, &id, &message));
    return message;
}

static const lc_avro *evolved(bench *b)
{
    static const char text[] =
        "{\"type\":\"record\",\"name\":\"Order\",\"namespace\":\"shop\",\"fields\":["
        "{\"name\":\"sku\",\"type\":\"string\"},{\"name\":\"order_id\",\"type\":\"long\"},"
        "{\"name\":\"customer\",\"type\":\"long\"},{\"name\":\"added\",\"type\":\"string\",\"default\":\"x\"}"
        ","
        "{\"name\":\"amount\",\"type\":\"double\"}]}";
    const lc_avro *avro;
    must(lc_avro_parse(&b->store, NULL, lc_text_of(text), &avro));
    return avro;
}

static void make_plans(bench *b)
{
    lc_avro_options options = {.meta = true, .flatten = true};
    const lc_schema *schema, *reader_schema;
    const lc_avro *any = lc_avro_anything(&b->store), *reader = evolved(b);
    must(lc_avro_from_connect(&b->store, &options, b->types, b->schema, &b->avro));
    must(lc_avro_write_plan_make(&b->store, &options, b->schema, b->avro, &b->writes));
    must(lc_avro_write_plan_make(&b->store, &options, NULL, any, &b->writes_any));
    must(lc_avro_to_connect(&options, b->types, b->avro, b->store.node_count, -1, &schema));
    must(lc_avro_read_plan_make(&b->store, &options, b->avro, b->avro, schema, &b->reads));
    must(lc_avro_read_plan_make(&b->store, &options, any, any, NULL, &b->reads_any));
    must(lc_avro_to_connect(&options, b->types, reader, b->store.node_count, -1, &reader_schema));
    must(lc_avro_read_plan_make(&b->store, &options, b->avro, reader, reader_schema, &b->reads_evolved));
}

static lc_error *load_entry(void *owner, lc_text topic, uint64_t number, lc_wire_entry *entry)
{
    (void)owner, (void)topic, (void)number, (void)entry;
    return NULL;
}

static void done_entry(lc_wire_entry *entry)
{
    (void)entry;
}

static void setup(bench *b)
{
    const lc_schema *fields[FIELDS];
    b->types = lc_types_new();
    lc_avro_store_init(&b->store);
    for (int i = 0; i < FIELDS; i++) fields[i] = lc_schema_primitive(b->types, types[i], i % 4 == 2);
    lc_schema_spec spec = {.type = LC_TYPE_STRUCT,
                           .name = LC_TEXT("shop.Order"),
                           .field_names = names,
                           .field_schemas = fields,
                           .field_count = FIELDS};
    must(lc_schema_intern(b->types, &spec, &b->schema));
    make_plans(b);
    for (int i = 0; i < BATCH; i++) {
        fill(b, i);
        b->encoded[i] = encode(b, b->writes, &b->records[i], &b->values);
        b->any[i] = encode(b, b->writes_any, &b->maps[i], &b->values);
    }
    b->cache = (lc_wire_cache){
        .max = 1000, .entry_size = sizeof(lc_wire_entry), .load = load_entry, .done = done_entry};
}

static void find_entry(bench *b, uint64_t id)
{
    lc_wire_entry *entry;
    must(lc_wire_cache_get(&b->cache, id, LC_TEXT("orders"), &entry));
    b->sum += entry->number;
}

static void run_write(bench *b, int i)
{
    b->sum += encode(b, b->writes, &b->records[i], &b->arena).len;
}

static void run_write_any(bench *b, int i)
{
    b->sum += encode(b, b->writes_any, &b->maps[i], &b->arena).len;
}

static void read_with(bench *b, const lc_avro_read_plan *plan, lc_text message)
{
    lc_value value;
    must(lc_avro_read(b->types, &b->arena, plan, payload(message), &value));
    b->sum += value.kind;
}

static void run_read(bench *b, int i)
{
    read_with(b, b->reads, b->encoded[i]);
}

static void run_read_evolved(bench *b, int i)
{
    read_with(b, b->reads_evolved, b->encoded[i]);
}

static void run_read_any(bench *b, int i)
{
    read_with(b, b->reads_any, b->any[i]);
}

static void run_find_same(bench *b, int i)
{
    (void)i;
    find_entry(b, 3);
}

static void run_find_other(bench *b, int i)
{
    find_entry(b, (uint64_t)i % 20);
}

static const bench_case CASES[] = {
    {"write, 12 fields", run_write},
    {"read, 12 fields", run_read},
    {"read as another schema", run_read_evolved},
    {"write without a schema", run_write_any},
    {"read without a schema", run_read_any},
    {"find the schema, same as before", run_find_same},
    {"find the schema, 20 in turn", run_find_other},
};

int main(int argc, char **argv)
{
    bench b = {0};
    setup(&b);
    printf("%-38s %8zu bytes\n", "a record", b.encoded[1].len);
    run_cases(&b, CASES, sizeof CASES / sizeof *CASES, argc, argv);
    lc_wire_cache_done(&b.cache);
    lc_avro_store_done(&b.store);
    lc_types_free(b.types);
    lc_arena_done(&b.arena);
    lc_arena_done(&b.values);
    return b.sum == 0;
}
