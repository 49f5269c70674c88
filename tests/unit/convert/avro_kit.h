/* What the Avro tests share: texts of schemas in, texts of values out. */
#ifndef LC_TESTS_AVRO_KIT_H
#define LC_TESTS_AVRO_KIT_H

#include <stdlib.h>

#include "check.h"
#include "kit.h"
#include "convert/avro_read.h"
#include "convert/avro_write.h"

typedef struct avro_kit {
    lc_types *types;
    lc_arena arena;
    lc_avro_store store;
    lc_avro_options options;
    const lc_schema *schema; /* of the latest read */
    lc_value value;
    char *text; /* the latest answer */
} avro_kit;

static inline avro_kit avro_open(const char *settings)
{
    avro_kit k = {.types = lc_types_new()};
    lc_autoptr(lc_props) props = kit_props(settings);
    lc_avro_store_init(&k.store);
    lc_error *error = lc_avro_options_parse(props, &k.options);
    if (error) abort();
    return k;
}

static inline void avro_close(avro_kit *k)
{
    lc_avro_store_done(&k->store);
    lc_types_free(k->types);
    lc_arena_done(&k->arena);
    free(k->text);
}

static inline const char *avro_keep(avro_kit *k, lc_buf *text)
{
    return kit_put(&k->text, text);
}

static inline const char *avro_error(avro_kit *k, lc_error *error)
{
    return kit_fail(&k->text, error);
}

/* What a schema is printed as. */
static inline const char *avro_print(avro_kit *k, const char *text)
{
    const lc_avro *avro;
    lc_buf out = {0};
    lc_error *error = lc_avro_parse(&k->store, NULL, lc_text_of(text), &avro);
    if (error) return avro_error(k, error);
    lc_avro_print(avro, &out);
    return avro_keep(k, &out);
}

/* Data of one schema read as another (NULL: the same), shown as "TYPE|value". */
static inline const char *avro_read_bytes(avro_kit *k, const char *writer, const char *reader, lc_text bytes)
{
    const lc_avro *w, *r;
    const lc_avro_read_plan *plan;
    lc_buf out = {0};
    lc_error *error = lc_avro_parse(&k->store, NULL, lc_text_of(writer), &w);
    if (!error && reader) error = lc_avro_parse(&k->store, NULL, lc_text_of(reader), &r);
    else r = w;
    if (!error) error = lc_avro_to_connect(&k->options, k->types, r, k->store.node_count, -1, &k->schema);
    if (!error) error = lc_avro_read_plan_make(&k->store, &k->options, w, r, k->schema, &plan);
    if (!error) error = lc_avro_read(k->types, &k->arena, plan, bytes, &k->value);
    if (error) return avro_error(k, error);
    lc_buf_printf(&out, "%s%s|", k->schema ? lc_type_java_name((lc_type)k->schema->type) : "-",
                  k->schema && k->schema->optional ? "?" : "");
    lc_value_to_text(&out, &k->value);
    return avro_keep(k, &out);
}

static inline const char *avro_read(avro_kit *k, const char *writer, const char *reader, const char *hex)
{
    return avro_read_bytes(k, writer, reader, kit_hex(&k->arena, hex));
}

/* The Avro schema of a Connect schema. */
static inline const char *avro_of(avro_kit *k, const lc_schema *schema)
{
    const lc_avro *avro;
    lc_buf out = {0};
    lc_error *error = lc_avro_from_connect(&k->store, &k->options, k->types, schema, &avro);
    if (error) return avro_error(k, error);
    lc_avro_print(avro, &out);
    return avro_keep(k, &out);
}

/* A value as hex digits, by the schema's own Avro schema or by another. */
static inline const char *avro_write(avro_kit *k, const lc_schema *schema, const lc_value *value,
                                     const char *as)
{
    const lc_avro *avro;
    const lc_avro_write_plan *plan;
    lc_avro_output bytes = {0};
    lc_buf out = {0};
    lc_error *error = as ? lc_avro_parse(&k->store, NULL, lc_text_of(as), &avro)
                         : lc_avro_from_connect(&k->store, &k->options, k->types, schema, &avro);
    if (!error) error = lc_avro_write_plan_make(&k->store, &k->options, schema, avro, &plan);
    lc_avro_output_start(&bytes, &k->arena, NULL, 0);
    if (!error) error = lc_avro_write(&bytes, plan, value);
    lc_text data = lc_avro_output_finish(&bytes);
    if (error) return avro_error(k, error);
    lc_buf_text(&out, "");
    for (size_t i = 0; i < data.len; i++) lc_buf_printf(&out, "%02x", (unsigned char)data.data[i]);
    return avro_keep(k, &out);
}

#endif
