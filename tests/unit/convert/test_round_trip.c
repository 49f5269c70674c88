/* Whatever is written is read back as the same value of the same schema, for random schemas and values. The
 * seed is printed; LC_TEST_SEED sets it, LC_TEST_ROUNDS how many of each. */
#include <stdlib.h>
#include <time.h>

#include "check.h"
#include "convert/avro_read.h"
#include "convert/avro_write.h"
#include "convert/converter.h"
#include "convert/json_read.h"
#include "convert/jsonschema_data.h"
#include "convert/protobuf_read.h"
#include "convert/protobuf_write.h"
#include "random_kit.h"

enum { DEEPEST = 4, SOME_TYPES = 300 };

typedef struct trip {
    random_kit random;
    lc_types *types;
    lc_arena arena;
} trip;

/* Gives back what became of it. */
typedef lc_error *travel_fn(trip *t, const lc_schema *schema, const lc_value *value,
                            const lc_schema **ret_schema, lc_value *ret_value);

static uint64_t seed;
static long rounds = 400;

static lc_error *by_json(trip *t, const lc_schema *schema, const lc_value *value,
                         const lc_schema **ret_schema, lc_value *ret_value)
{
    lc_converter *converter = NULL;
    lc_text bytes;
    lc_autoptr(lc_props) settings = lc_props_new();
    lc_props_set(settings, "decimal.format", "BASE64");
    LC_TRY(lc_converter_open(LC_TEXT("JsonConverter"), settings, LC_ROLE_VALUE, t->types, &converter));
    lc_error *error = lc_converter_write(converter, &t->arena, LC_TEXT("t"), schema, value, &bytes);
    /* Twice: the first reading makes a tree, the second is in one pass. */
    for (int i = 0; i < 2 && !error; i++)
        error = lc_converter_read(converter, &t->arena, LC_TEXT("t"), bytes, ret_schema, ret_value);
    lc_converter_close(converter);
    return error;
}

static lc_error *avro_in(trip *t, lc_avro_store *store, const lc_schema *schema, const lc_value *value,
                         const lc_schema **ret_schema, lc_value *ret_value)
{
    lc_avro_options options;
    const lc_avro *made, *avro;
    const lc_avro_write_plan *writes;
    const lc_avro_read_plan *reads;
    lc_avro_output out = {0};
    lc_auto(lc_buf) text = {0};
    lc_autoptr(lc_props) settings = lc_props_new();
    LC_TRY(lc_avro_options_parse(settings, &options));
    LC_TRY(lc_avro_from_connect(store, &options, t->types, schema, &made));
    lc_avro_print(made, &text);
    LC_TRY(lc_avro_parse(store, NULL, (lc_text){text.data, text.len}, &avro));
    LC_TRY(lc_avro_write_plan_make(store, &options, schema, avro, &writes));
    lc_avro_output_start(&out, &t->arena, NULL, 0);
    LC_TRY(lc_avro_write(&out, writes, value));
    lc_text bytes = lc_avro_output_finish(&out);
    LC_TRY(lc_avro_to_connect(&options, t->types, avro, store->node_count, -1, ret_schema));
    LC_TRY(lc_avro_read_plan_make(store, &options, avro, avro, *ret_schema, &reads));
    return lc_avro_read(t->types, &t->arena, reads, bytes, ret_value);
}

static lc_error *by_avro(trip *t, const lc_schema *schema, const lc_value *value,
                         const lc_schema **ret_schema, lc_value *ret_value)
{
    lc_avro_store store;
    lc_avro_store_init(&store);
    lc_error *error = avro_in(t, &store, schema, value, ret_schema, ret_value);
    lc_avro_store_done(&store);
    return error;
}

static lc_error *proto_in(trip *t, lc_proto_store *store, const lc_schema *schema, const lc_value *value,
                          const lc_schema **ret_schema, lc_value *ret_value)
{
    lc_proto_options options;
    const lc_proto_file *file;
    const lc_proto_message *message;
    const lc_proto_write_plan *writes;
    const lc_proto_read_plan *reads;
    lc_proto_output out = {0};
    lc_autoptr(lc_props) settings = lc_props_new();
    LC_TRY(lc_proto_options_parse(settings, &options));
    LC_TRY(lc_proto_from_connect(store, &options, schema, &file, &message));
    LC_TRY(lc_proto_write_plan_make(store, &options, schema, message, NULL, &writes));
    lc_proto_output_start(&out, &t->arena, NULL, 0);
    LC_TRY(lc_proto_write(&out, writes, value));
    lc_text bytes = lc_proto_output_finish(&out);
    LC_TRY(lc_proto_to_connect(&options, t->types, message, -1, ret_schema));
    LC_TRY(lc_proto_read_plan_make(store, &options, message, *ret_schema, &reads));
    return lc_proto_read(t->types, &t->arena, reads, bytes, ret_value);
}

static lc_error *by_proto(trip *t, const lc_schema *schema, const lc_value *value,
                          const lc_schema **ret_schema, lc_value *ret_value)
{
    lc_proto_store store;
    lc_proto_store_init(&store);
    lc_error *error = proto_in(t, &store, schema, value, ret_schema, ret_value);
    lc_proto_store_done(&store);
    return error;
}

static lc_error *js_read(trip *t, const lc_js_options *options, lc_text schema_text, lc_text text,
                         const lc_schema **ret_schema, lc_value *ret_value)
{
    lc_js_store store = {0};
    const lc_json *json;
    const lc_js *parsed;
    lc_source source;
    lc_node node;
    lc_js_reader reader = {.context = {t->types, &t->arena, true}};
    lc_error *error = lc_js_store_add(&store, LC_TEXT(""), schema_text, &json);
    if (!error) error = lc_js_parse(&store, json, &parsed);
    if (!error) error = lc_js_to_connect(&store, options, t->types, parsed, -1, ret_schema);
    if (!error && !lc_source_open(&source, &t->arena, text)) error = lc_source_error(&source);
    if (!error) error = lc_tree_read(&source, &node);
    if (!error) error = lc_js_read(&reader, *ret_schema, &node, ret_value);
    lc_js_store_done(&store);
    return error;
}

static lc_error *by_json_schema(trip *t, const lc_schema *schema, const lc_value *value,
                                const lc_schema **ret_schema, lc_value *ret_value)
{
    lc_js_options options;
    lc_json_key_table keys = {0};
    lc_auto(lc_buf) schema_text = {0};
    bool nothing = false;
    lc_autoptr(lc_props) settings = lc_props_new();
    LC_TRY(lc_js_options_parse(settings, &options));
    LC_TRY(lc_js_from_connect(&options, t->types, schema, &schema_text));
    lc_js_writer writer = {.json = {.keys = &keys}, .options = &options};
    lc_json_writer_start(&writer.json, &t->arena);
    lc_error *error = lc_js_write(&writer, schema, value, &nothing);
    lc_text text = lc_json_writer_finish(&writer.json);
    lc_text as_text = {schema_text.data, schema_text.len};
    if (!error) error = js_read(t, &options, as_text, text, ret_schema, ret_value);
    lc_json_key_table_done(&keys);
    return error;
}

static void show_trip(const lc_value *value, const lc_schema *schema, const lc_value *back,
                      const lc_schema *back_schema, const lc_error *error, long round)
{
    lc_auto(lc_buf) text = {0};
    lc_value_to_text(&text, value);
    lc_buf_text(&text, "\n  came back as ");
    if (error) lc_buf_text(&text, lc_error_message(error));
    else lc_value_to_text(&text, back);
    fprintf(stderr, "LC_TEST_SEED=%llu round %ld%s: %s\n", (unsigned long long)seed, round,
            error || schema == back_schema ? "" : " (another schema)", text.data);
}

/* Whatever the schemas of structs are. */
static bool same_data(const lc_value *a, const lc_value *b)
{
    if (a->kind != b->kind) return false;
    if (a->kind == LC_ARRAY) {
        bool same = a->u.list->count == b->u.list->count;
        for (uint32_t i = 0; same && i < a->u.list->count; i++)
            same = same_data(&a->u.list->items[i], &b->u.list->items[i]);
        return same;
    }
    if (!lc_value_is_object(a)) return lc_value_equal(a, b);
    const lc_shape *shape = a->u.object->shape;
    bool same = lc_value_is_object(b) && shape->count == b->u.object->shape->count;
    for (uint32_t i = 0; same && i < shape->count; i++) {
        int32_t there = lc_shape_find(b->u.object->shape, shape->names[i].text, shape->names[i].len);
        same = there >= 0 && same_data(&a->u.object->slots[i], &b->u.object->slots[there]);
    }
    return same;
}

/* Schemas are compared by pointer where the format keeps all of them. */
static void travel(travel_fn *by, random_kit limits, bool keeps_schemas)
{
    trip t = {.random = limits};
    t.random.state = seed;
    for (long i = 0; i < rounds; i++) {
        if (i % SOME_TYPES == 0) {
            lc_types_free(t.types);
            t.types = lc_types_new();
        }
        t.random.types = t.types;
        t.random.arena = &t.arena;
        const lc_schema *schema = random_struct(&t.random, random_below(&t.random, DEEPEST), false),
                        *back_schema = NULL;
        lc_value value = random_value(&t.random, schema), back = lc_value_null();
        lc_autoptr(lc_error) error = by(&t, schema, &value, &back_schema, &back);
        bool same = !error && (keeps_schemas ? schema == back_schema && lc_value_equal(&value, &back)
                                             : same_data(&value, &back));
        CHECK(same);
        if (!same) show_trip(&value, schema, &back, back_schema, error, i);
        lc_arena_reset(&t.arena, 1 << 20);
        if (!same) break;
    }
    lc_types_free(t.types);
    lc_arena_done(&t.arena);
}

TEST(json)
{
    travel(by_json, (random_kit){0}, true);
}

/* Maps with other keys are arrays of records that all have one name, so one schema can't have two kinds of
 * them. */
TEST(avro)
{
    travel(by_avro, (random_kit){.no_odd_keys = true}, true);
}

TEST(json_schema)
{
    travel(by_json_schema, (random_kit){0}, true);
}

TEST(protobuf)
{
    travel(by_proto, (random_kit){.no_nulls = true, .only_structs = true, .no_odd_keys = true}, false);
}

int main(void)
{
    const char *given = getenv("LC_TEST_SEED"), *many = getenv("LC_TEST_ROUNDS");
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 2654435761u | 1;
    if (many) rounds = strtol(many, NULL, 10);
    printf("LC_TEST_SEED=%llu\n", (unsigned long long)seed);
    RUN(json);
    RUN(avro);
    RUN(json_schema);
    RUN(protobuf);
    return check_report();
}
