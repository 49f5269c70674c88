/* Nanoseconds per record of the converters, on orders of about 190 bytes that differ from record to record.
 *
 *   lc_bench_convert [milliseconds a case]
 *
 * Each case runs over batches of 500 records, the arena being reset after each, as a task does. Take ratios,
 * not absolutes. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "convert/converter.h"
#include "data/record.h"

enum { BATCH = 500, ROOM = 2048 };

typedef struct bench {
    lc_types *types;
    lc_converter *plain, *enveloped, *string, *header;
    lc_arena arena, values;
    lc_text orders[BATCH], patchy[BATCH], nested[BATCH], envelopes[BATCH], headers[BATCH];
    lc_value maps[BATCH], structs[BATCH];
    const lc_schema *schema;
    uint64_t sum; /* keeps results alive */
    double bytes;
} bench;

#include "cases.h"

static const char *const HEADERS[] = {"true",      "1234",   "3.25", "2024-01-31T10:00:00.000Z",
                                      "some text", "[1,2,3]"};

static const char ORDER_SCHEMA[] =
    "{\"type\":\"struct\",\"fields\":[{\"type\":\"int64\",\"optional\":false,\"field\":\"order_id\"},"
    "{\"type\":\"int32\",\"optional\":false,\"field\":\"customer_id\"},"
    "{\"type\":\"string\",\"optional\":true,\"field\":\"region\"},{\"type\":\"double\",\"optional\":false,"
    "\"field\":\"amount\"},"
    "{\"type\":\"string\",\"optional\":false,\"field\":\"currency\"},{\"type\":\"int32\",\"optional\":false,"
    "\"field\":\"quantity\"},"
    "{\"type\":\"boolean\",\"optional\":false,\"field\":\"express\"},{\"type\":\"string\",\"optional\":true,"
    "\"field\":\"note\"},"
    "{\"type\":\"int64\",\"optional\":false,\"field\":\"created_at\"},{\"type\":\"string\",\"optional\":"
    "false,\"field\":\"status\"}],"
    "\"optional\":false,\"name\":\"shop.Order\",\"version\":1}";

static const char *order_of(lc_arena *arena, int i)
{
    return lc_arena_printf(
        arena,
        "{\"order_id\":%d,\"customer_id\":%d,\"region\":\"%s\",\"amount\":%d.%02d,\"currency\":\"EUR\","
        "\"quantity\":%d,\"express\":%s,\"note\":\"leave at the %s door\",\"created_at\":17000000%05d,"
        "\"status\":\"%s\"}",
        100000 + i * 7, 4000 + i * 13 % 977, i % 3 ? "europe" : "asia", 10 + i % 90, i % 100, 1 + i % 9,
        i % 2 ? "true" : "false", i % 4 ? "back" : "front", i, i % 5 ? "shipped" : "open");
}

/* Four members of which any may be missing: sixteen shapes. */
static const char *patchy_of(lc_arena *arena, unsigned i)
{
    unsigned there = i * 2654435761u >> 28;
    return lc_arena_printf(
        arena, "{\"order_id\":%u%s%s,\"currency\":\"EUR\",\"quantity\":3%s,\"status\":\"open\"%s}", i,
        there & 1 ? ",\"region\":\"europe\"" : "", there & 2 ? ",\"amount\":12.5" : "",
        there & 4 ? ",\"note\":\"leave at the back door\"" : "", there & 8 ? ",\"express\":true" : "");
}

static const char *nested_of(lc_arena *arena, int i)
{
    return lc_arena_printf(
        arena,
        "{\"id\":%d,\"customer\":{\"name\":\"Ann \\\"A\\\" Lee\",\"city\":\"K\xc3\xb6ln\"},"
        "\"lines\":[{\"sku\":\"a-%d\",\"price\":9.99},{\"sku\":\"b-%d\",\"price\":19.95}],\"tags\":[1,2,3],"
        "\"ratio\":0.123456789012345678}",
        i, i, i * 3);
}

static lc_converter *open_converter(bench *b, const char *name, const char *schemas, lc_converter_role role)
{
    lc_autoptr(lc_props) settings = lc_props_new();
    if (schemas) lc_props_set(settings, "schemas.enable", schemas);
    lc_converter *converter = NULL;
    lc_error *error = lc_converter_open(lc_text_of(name), settings, role, b->types, &converter);
    if (error) abort();
    return converter;
}

static void read_one(lc_converter *converter, lc_arena *arena, lc_text text, const lc_schema **ret_schema,
                     lc_value *ret)
{
    lc_error *error = lc_converter_read(converter, arena, LC_TEXT("orders"), text, ret_schema, ret);
    if (error) abort();
}

static size_t write_one(bench *b, lc_converter *converter, const lc_schema *schema, const lc_value *value)
{
    lc_text out;
    lc_error *error = lc_converter_write(converter, &b->arena, LC_TEXT("orders"), schema, value, &out);
    if (error) abort();
    return out.len;
}

static void setup(bench *b)
{
    b->types = lc_types_new();
    b->plain = open_converter(b, "JsonConverter", "false", LC_ROLE_VALUE);
    b->enveloped = open_converter(b, "JsonConverter", "true", LC_ROLE_VALUE);
    b->string = open_converter(b, "StringConverter", NULL, LC_ROLE_VALUE);
    b->header = open_converter(b, "SimpleHeaderConverter", NULL, LC_ROLE_HEADER);
    for (int i = 0; i < BATCH; i++) {
        const lc_schema *none;
        const char *order = order_of(&b->values, i);
        b->orders[i] = lc_text_of(order);
        b->envelopes[i] =
            lc_text_of(lc_arena_printf(&b->values, "{\"schema\":%s,\"payload\":%s}", ORDER_SCHEMA, order));
        b->patchy[i] = lc_text_of(patchy_of(&b->values, (unsigned)i));
        b->nested[i] = lc_text_of(nested_of(&b->values, i));
        b->headers[i] = lc_text_of(HEADERS[(size_t)i % (sizeof HEADERS / sizeof *HEADERS)]);
        read_one(b->plain, &b->values, b->orders[i], &none, &b->maps[i]);
        read_one(b->enveloped, &b->values, b->envelopes[i], &b->schema, &b->structs[i]);
    }
}

static void json_read(bench *b, int i)
{
    const lc_schema *schema;
    lc_value value;
    read_one(b->plain, &b->arena, b->orders[i], &schema, &value);
    b->sum += value.u.object->shape->id;
}

static void json_read_patchy(bench *b, int i)
{
    const lc_schema *schema;
    lc_value value;
    read_one(b->plain, &b->arena, b->patchy[i], &schema, &value);
    b->sum += value.u.object->shape->id;
}

static void json_read_nested(bench *b, int i)
{
    const lc_schema *schema;
    lc_value value;
    read_one(b->plain, &b->arena, b->nested[i], &schema, &value);
    b->sum += value.u.object->shape->id;
}

static void json_write(bench *b, int i)
{
    b->sum += write_one(b, b->plain, NULL, &b->maps[i]);
}

static void json_read_struct(bench *b, int i)
{
    const lc_schema *schema;
    lc_value value;
    read_one(b->enveloped, &b->arena, b->envelopes[i], &schema, &value);
    b->sum += value.u.object->shape->id;
}

static void json_write_struct(bench *b, int i)
{
    b->sum += write_one(b, b->enveloped, b->schema, &b->structs[i]);
}

static void json_write_bare_struct(bench *b, int i)
{
    b->sum += write_one(b, b->plain, b->schema, &b->structs[i]);
}

static void string_read(bench *b, int i)
{
    const lc_schema *schema;
    lc_value value;
    read_one(b->string, &b->arena, b->orders[i], &schema, &value);
    b->sum += value.len;
}

static void string_write(bench *b, int i)
{
    lc_value text = lc_value_text(b->orders[i]);
    b->sum += write_one(b, b->string, NULL, &text);
}

static void string_write_map(bench *b, int i)
{
    b->sum += write_one(b, b->string, NULL, &b->maps[i]);
}

static void header_read(bench *b, int i)
{
    const lc_schema *schema;
    lc_value value;
    read_one(b->header, &b->arena, b->headers[i], &schema, &value);
    b->sum += value.kind;
}

static const bench_case CASES[] = {
    {"json read, schemaless", json_read},
    {"json read, members come and go", json_read_patchy},
    {"json read, nested, escapes", json_read_nested},
    {"json write, schemaless", json_write},
    {"json read, envelope", json_read_struct},
    {"json write, envelope", json_write_struct},
    {"json write, struct without envelope", json_write_bare_struct},
    {"string read", string_read},
    {"string write", string_write},
    {"string write of a map", string_write_map},
    {"header read", header_read},
};

int main(int argc, char **argv)
{
    bench b = {0};
    setup(&b);
    printf("%-38s %8zu bytes\n", "an order", b.orders[0].len);
    run_cases(&b, CASES, sizeof CASES / sizeof *CASES, argc, argv);
    return b.sum == 0;
}
