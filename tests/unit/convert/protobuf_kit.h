/* What the Protobuf tests share: texts of schemas in, texts of values out. */
#ifndef LC_TESTS_PROTOBUF_KIT_H
#define LC_TESTS_PROTOBUF_KIT_H

#include <stdlib.h>

#include "check.h"
#include "kit.h"
#include "convert/protobuf_read.h"
#include "convert/protobuf_write.h"

typedef struct proto_kit {
    lc_types *types;
    lc_arena arena;
    lc_proto_store stores[16]; /* one a schema */
    size_t store_count;
    lc_proto_options options;
    const lc_schema *schema; /* of the latest read */
    lc_value value;
    char *text; /* the latest answer */
} proto_kit;

static inline proto_kit proto_open(const char *settings)
{
    proto_kit k = {.types = lc_types_new()};
    lc_autoptr(lc_props) props = kit_props(settings);
    lc_error *error = lc_proto_options_parse(props, &k.options);
    if (error) abort();
    return k;
}

static inline void proto_close(proto_kit *k)
{
    for (size_t i = 0; i < k->store_count; i++) lc_proto_store_done(&k->stores[i]);
    lc_types_free(k->types);
    lc_arena_done(&k->arena);
    free(k->text);
}

/* An empty store; the oldest makes room. */
static inline lc_proto_store *proto_store(proto_kit *k)
{
    size_t most = sizeof k->stores / sizeof *k->stores;
    if (k->store_count == most) {
        lc_proto_store_done(&k->stores[0]);
        memmove(k->stores, k->stores + 1, (most - 1) * sizeof *k->stores);
        k->store_count--;
    }
    lc_proto_store_init(&k->stores[k->store_count]);
    return &k->stores[k->store_count++];
}

static inline const char *proto_keep(proto_kit *k, lc_buf *text)
{
    return kit_put(&k->text, text);
}

static inline const char *proto_error(proto_kit *k, lc_error *error)
{
    return kit_fail(&k->text, error);
}

static inline lc_error *proto_parse(lc_proto_store *store, const char *text, const lc_proto_file **ret)
{
    lc_error *error = lc_proto_parse(store, LC_TEXT("default"), lc_text_of(text), ret);
    return error ? error : lc_proto_link(store);
}

/* What a schema is printed as. */
static inline const char *proto_print(proto_kit *k, const char *text)
{
    const lc_proto_file *file;
    lc_buf out = {0};
    lc_error *error = proto_parse(proto_store(k), text, &file);
    if (error) return proto_error(k, error);
    lc_proto_print(file, &out);
    return proto_keep(k, &out);
}

/* Data of the first message, shown as "TYPE|value". */
static inline const char *proto_read_bytes(proto_kit *k, const char *schema, lc_text bytes)
{
    const lc_proto_file *file;
    const lc_proto_read_plan *plan;
    lc_proto_store *store = proto_store(k);
    lc_buf out = {0};
    lc_error *error = proto_parse(store, schema, &file);
    if (!error) error = lc_proto_to_connect(&k->options, k->types, file->messages[0], -1, &k->schema);
    if (!error) error = lc_proto_read_plan_make(store, &k->options, file->messages[0], k->schema, &plan);
    if (!error) error = lc_proto_read(k->types, &k->arena, plan, bytes, &k->value);
    if (error) return proto_error(k, error);
    lc_buf_printf(&out, "%s%s|", lc_type_java_name((lc_type)k->schema->type), k->schema->optional ? "?" : "");
    lc_value_to_text(&out, &k->value);
    return proto_keep(k, &out);
}

static inline const char *proto_read(proto_kit *k, const char *schema, const char *hex)
{
    return proto_read_bytes(k, schema, kit_hex(&k->arena, hex));
}

/* The Protobuf schema of a Connect schema. */
static inline const char *proto_of(proto_kit *k, const lc_schema *schema)
{
    const lc_proto_file *file;
    const lc_proto_message *message;
    lc_buf out = {0};
    lc_error *error = lc_proto_from_connect(proto_store(k), &k->options, schema, &file, &message);
    if (error) return proto_error(k, error);
    lc_proto_print(file, &out);
    return proto_keep(k, &out);
}

/* A value as hex digits, by the schema's own message or by the first message of another schema. */
static inline const char *proto_write(proto_kit *k, const lc_schema *schema, const lc_value *value,
                                      const char *as)
{
    const lc_proto_file *file;
    const lc_proto_message *own, *other = NULL;
    const lc_proto_write_plan *plan;
    lc_proto_output bytes = {0};
    lc_buf out = {0};
    lc_proto_store *store = proto_store(k);
    lc_error *error = lc_proto_from_connect(store, &k->options, schema, &file, &own);
    if (!error && as) error = proto_parse(proto_store(k), as, &file);
    if (!error && as) other = file->messages[0];
    if (!error) error = lc_proto_write_plan_make(store, &k->options, schema, own, other, &plan);
    lc_proto_output_start(&bytes, &k->arena, NULL, 0);
    if (!error) error = lc_proto_write(&bytes, plan, value);
    lc_text data = lc_proto_output_finish(&bytes);
    if (error) return proto_error(k, error);
    lc_buf_text(&out, "");
    for (size_t i = 0; i < data.len; i++) lc_buf_printf(&out, "%02x", (unsigned char)data.data[i]);
    return proto_keep(k, &out);
}

/* Reads data and writes it again by the schema that its Connect schema becomes. */
static inline const char *proto_round(proto_kit *k, const char *schema, const char *hex)
{
    proto_read(k, schema, hex);
    return proto_write(k, k->schema, &k->value, NULL);
}

#endif
