/* Schemas and values made at random, of which every converter must give back what it was given. */
#ifndef LC_TESTS_RANDOM_KIT_H
#define LC_TESTS_RANDOM_KIT_H

#include <stdio.h>

#include "data/schema.h"
#include "data/value.h"
#include "java/decimal.h"

typedef struct random_kit {
    lc_types *types;
    lc_arena *arena;
    uint64_t state;
    unsigned names;    /* of structs, so that no two have the same */
    bool no_nulls;     /* the format can't tell null from a default */
    bool no_odd_keys;  /* keys of maps are required text */
    bool only_structs; /* items of arrays and values of maps are neither arrays nor maps */
} random_kit;

/* xorshift64* */
static inline uint64_t random_bits(random_kit *r)
{
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * 2685821657736338717u;
}

static inline unsigned random_below(random_kit *r, unsigned limit)
{
    return (unsigned)(random_bits(r) >> 33) % limit;
}

/* Of any magnitude, with those at the edges now and then. */
static inline int64_t random_int(random_kit *r, unsigned bits)
{
    int64_t value = (int64_t)random_bits(r) >> (64 - bits);
    if (random_below(r, 8) == 0)
        return random_below(r, 2) ? INT64_MAX >> (64 - bits) : INT64_MIN >> (64 - bits);
    return random_below(r, 2) ? value : value >> random_below(r, bits);
}

static inline lc_text random_text(random_kit *r)
{
    static const char *const parts[] = {"a", "Zz", "0", " ", "\"", "\\", "\n", "é", "日本", "😀", "{", "/"};
    char text[64] = "";
    for (unsigned i = random_below(r, 8); i; i--)
        strcat(text, parts[random_below(r, sizeof parts / sizeof *parts)]);
    return (lc_text){lc_arena_copy(r->arena, text, strlen(text)), strlen(text)};
}

static const lc_schema *random_schema(random_kit *r, unsigned depth, bool is_item);

static inline const lc_schema *random_struct(random_kit *r, unsigned depth, bool optional)
{
    static const lc_text names[] = {LC_TEXT("id"), LC_TEXT("name"), LC_TEXT("x1"), LC_TEXT("tags"),
                                    LC_TEXT("b_2")};
    const lc_schema *fields[5], *schema;
    char name[32];
    snprintf(name, sizeof name, "com.acme.S%u", r->names++);
    lc_schema_spec spec = {.type = LC_TYPE_STRUCT,
                           .optional = optional,
                           .name = lc_text_of(name),
                           .field_names = names,
                           .field_schemas = fields};
    spec.field_count = 1 + random_below(r, 5);
    for (uint32_t i = 0; i < spec.field_count; i++) fields[i] = random_schema(r, depth, false);
    if (lc_schema_intern(r->types, &spec, &schema)) abort();
    return schema;
}

static inline const lc_schema *random_decimal(random_kit *r, bool optional)
{
    const lc_schema *schema;
    const lc_parameter scale = {LC_TEXT("scale"), random_below(r, 2) ? LC_TEXT("2") : LC_TEXT("0")};
    lc_schema_spec spec = {.type = LC_TYPE_BYTES,
                           .optional = optional,
                           .has_version = true,
                           .version = 1,
                           .name = LC_TEXT("org.apache.kafka.connect.data.Decimal"),
                           .parameters = &scale,
                           .parameter_count = 1};
    if (lc_schema_intern(r->types, &spec, &schema)) abort();
    return schema;
}

static inline const lc_schema *random_collection(random_kit *r, unsigned depth, bool optional)
{
    const lc_schema *schema;
    lc_schema_spec spec = {.type = random_below(r, 2) ? LC_TYPE_ARRAY : LC_TYPE_MAP, .optional = optional};
    spec.values = random_schema(r, depth, true);
    bool odd = !r->no_odd_keys && random_below(r, 4) == 0;
    if (spec.type == LC_TYPE_MAP)
        spec.keys = lc_schema_primitive(r->types, odd ? LC_TYPE_INT32 : LC_TYPE_STRING, false);
    if (lc_schema_intern(r->types, &spec, &schema)) abort();
    return schema;
}

static const lc_schema *random_schema(random_kit *r, unsigned depth, bool is_item)
{
    unsigned kind = random_below(r, depth ? 17 : 13);
    bool optional = !r->no_nulls && random_below(r, 2);
    if (kind < 9) return lc_schema_primitive(r->types, (lc_type)(LC_TYPE_BOOLEAN + kind), optional);
    if (kind < 12) return lc_schema_logical(r->types, (lc_logical)(LC_LOGICAL_DATE + kind - 9), optional);
    if (kind == 12) return random_decimal(r, optional);
    bool is_struct = kind < 15 || (is_item && r->only_structs);
    return is_struct ? random_struct(r, depth - 1, optional && !(is_item && r->only_structs))
                     : random_collection(r, depth - 1, optional && !r->only_structs);
}

static lc_value random_value(random_kit *r, const lc_schema *schema);

static inline lc_value random_logical(random_kit *r, const lc_schema *schema)
{
    enum { DAY_MS = 86400000 };
    if (schema->logical == LC_LOGICAL_DATE) return lc_value_date(random_int(r, 16) * DAY_MS);
    if (schema->logical == LC_LOGICAL_TIME) return lc_value_date(random_below(r, DAY_MS));
    if (schema->logical == LC_LOGICAL_TIMESTAMP) return lc_value_date(random_int(r, 45));
    lc_decimal *decimal = lc_arena_alloc(r->arena, sizeof *decimal);
    bool whole = lc_text_is(lc_schema_parameter(schema, "scale"), "0");
    char text[80];
    snprintf(text, sizeof text, "%lld%s", (long long)random_int(r, 64),
             whole                ? ""
             : random_below(r, 2) ? ".25"
                                  : ".00");
    if (!lc_decimal_parse(r->arena, lc_text_of(text), decimal)) abort();
    return (lc_value){.kind = LC_DECIMAL, .u.decimal = decimal};
}

static inline lc_value random_collection_of(random_kit *r, const lc_schema *schema)
{
    uint32_t count = random_below(r, 4);
    bool is_list = schema->type == LC_TYPE_ARRAY, texts = !is_list && schema->keys->type == LC_TYPE_STRING;
    lc_value made = is_list ? lc_list_new(r->arena, count)
                    : texts ? lc_object_new(r->arena, lc_shape_empty(r->types), count)
                            : lc_map_new(r->arena, count);
    for (uint32_t i = 0; i < count; i++) {
        lc_value item = random_value(r, schema->values);
        if (is_list) *lc_list_add(r->arena, made.u.list) = item;
        else if (texts) *lc_map_set(r->types, r->arena, &made, random_text(r)) = item;
        else lc_map_put(r->arena, made.u.map, random_value(r, schema->keys), item);
    }
    return made;
}

static lc_value random_value(random_kit *r, const lc_schema *schema)
{
    static const double reals[] = {0, 1, -1.5, 0.1, 1e10, 123456789.125, -3.4e38, 1e-30};
    if (schema->optional && random_below(r, 3) == 0) return lc_value_null();
    if (schema->logical) return random_logical(r, schema);
    double real = reals[random_below(r, sizeof reals / sizeof *reals)];
    switch (schema->type) {
    case LC_TYPE_BOOLEAN: return lc_value_bool(random_below(r, 2));
    case LC_TYPE_INT8: return lc_value_int(LC_INT8, random_int(r, 8));
    case LC_TYPE_INT16: return lc_value_int(LC_INT16, random_int(r, 16));
    case LC_TYPE_INT32: return lc_value_int(LC_INT32, random_int(r, 32));
    case LC_TYPE_INT64: return lc_value_int(LC_INT64, random_int(r, 64));
    case LC_TYPE_FLOAT32: return lc_value_float((float)real);
    case LC_TYPE_FLOAT64: return lc_value_double(real + (double)random_int(r, 40) / 1024);
    case LC_TYPE_STRING: return lc_value_text(random_text(r));
    case LC_TYPE_BYTES: return lc_value_bytes(random_text(r));
    case LC_TYPE_STRUCT: break;
    default: return random_collection_of(r, schema);
    }
    lc_value made = lc_struct_new(r->arena, schema);
    for (uint32_t i = 0; i < schema->shape->count; i++)
        made.u.object->slots[i] = random_value(r, schema->fields[i]);
    return made;
}

#endif
