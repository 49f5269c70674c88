/* What the JSON Schema tests share: texts of schemas and of JSON in, texts out. Connect schemas have
 * JsonConverter's form. */
#ifndef LC_TESTS_JSONSCHEMA_KIT_H
#define LC_TESTS_JSONSCHEMA_KIT_H

#include <stdlib.h>

#include "check.h"
#include "kit.h"
#include "convert/jsonschema_data.h"
#include "convert/jsonschema_validate.h"

typedef struct js_kit {
    lc_types *types;
    lc_arena arena;
    lc_js_store store;
    lc_js_options options;
    const lc_schema *schema; /* of the latest read */
    lc_value value;
    char *text; /* the latest answer */
} js_kit;

static inline js_kit js_open(const char *settings)
{
    js_kit k = {.types = lc_types_new()};
    lc_autoptr(lc_props) props = kit_props(settings);
    lc_error *error = lc_js_options_parse(props, &k.options);
    if (error) abort();
    return k;
}

static inline void js_close(js_kit *k)
{
    lc_js_store_done(&k->store);
    lc_types_free(k->types);
    lc_arena_done(&k->arena);
    free(k->text);
}

static inline const char *js_keep(js_kit *k, lc_buf *text)
{
    return kit_put(&k->text, text);
}

static inline const char *js_error(js_kit *k, lc_error *error)
{
    return kit_fail(&k->text, error);
}

/* Documents that schemas may refer to. */
static inline void js_add(js_kit *k, const char *name, const char *text)
{
    const lc_json *json;
    lc_error *error = lc_js_store_add(&k->store, lc_text_of(name), lc_text_of(text), &json);
    if (error) abort();
}

static inline lc_error *js_parse(js_kit *k, const char *text, const lc_json **ret_json,
                                 const lc_schema **ret_schema)
{
    const lc_js *parsed;
    LC_TRY(lc_js_store_add(&k->store, LC_TEXT("a schema"), lc_text_of(text), ret_json));
    LC_TRY(lc_js_parse(&k->store, *ret_json, &parsed));
    return lc_js_to_connect(&k->store, &k->options, k->types, parsed, -1, ret_schema);
}

static inline const char *js_show_schema(js_kit *k, const lc_schema *schema)
{
    lc_json_key_table keys = {0};
    lc_json_writer writer = {.keys = &keys};
    lc_buf out = {0};
    lc_text text;
    lc_json_writer_start(&writer, &k->arena);
    lc_error *error = lc_json_envelope_of(&writer, k->types, schema, &text);
    lc_json_key_table_done(&keys);
    if (error) return js_error(k, error);
    size_t head = strlen("{\"schema\":"), tail = strlen(",\"payload\":");
    lc_buf_add(&out, text.data + head, text.len - head - tail);
    return js_keep(k, &out);
}

/* The Connect schema of a JSON Schema. */
static inline const char *js_to(js_kit *k, const char *text)
{
    const lc_json *json;
    lc_error *error = js_parse(k, text, &json, &k->schema);
    return error ? js_error(k, error) : js_show_schema(k, k->schema);
}

static inline lc_error *js_tree(js_kit *k, const char *json, lc_node *ret)
{
    lc_source source;
    lc_text copy = {lc_arena_copy(&k->arena, json, strlen(json)), strlen(json)};
    if (!lc_source_open(&source, &k->arena, copy)) return lc_source_error(&source);
    return lc_tree_read(&source, ret);
}

/* JSON read by a JSON Schema, shown as "TYPE|value". */
static inline const char *js_read(js_kit *k, const char *schema, const char *text)
{
    const lc_json *json;
    lc_node node;
    lc_buf out = {0};
    lc_js_reader reader = {.context = {k->types, &k->arena, true}};
    lc_error *error = js_parse(k, schema, &json, &k->schema);
    if (!error) error = js_tree(k, text, &node);
    if (!error) error = lc_js_read(&reader, k->schema, &node, &k->value);
    if (error && *reader.path) {
        lc_buf_printf(&out, "%s: %s", reader.path, lc_error_message(error));
        lc_error_free(error);
        return js_keep(k, &out);
    }
    if (error) return js_error(k, error);
    lc_buf_printf(&out, "%s%s|", lc_type_java_name((lc_type)k->schema->type), k->schema->optional ? "?" : "");
    lc_value_to_text(&out, &k->value);
    return js_keep(k, &out);
}

/* A Connect schema and a value of it, both in JsonConverter's form. */
static inline lc_error *js_given(js_kit *k, const char *schema, const char *value)
{
    lc_json_context context = {k->types, &k->arena, false};
    lc_node node;
    LC_TRY(js_tree(k, schema, &node));
    LC_TRY(lc_json_schema_read(&context, &node, &k->schema));
    LC_TRY(js_tree(k, value, &node));
    return lc_json_node_to_value(&context, k->schema, &node, &k->value);
}

/* The JSON Schema of a Connect schema. */
static inline const char *js_from(js_kit *k, const char *schema)
{
    lc_buf out = {0};
    lc_json_context context = {k->types, &k->arena, false};
    lc_node node;
    lc_error *error = js_tree(k, schema, &node);
    if (!error) error = lc_json_schema_read(&context, &node, &k->schema);
    if (!error) error = lc_js_from_connect(&k->options, k->types, k->schema, &out);
    return error ? js_error(k, error) : js_keep(k, &out);
}

/* The JSON that k->value is written as. */
static inline const char *js_write_value(js_kit *k)
{
    lc_json_key_table keys = {0};
    lc_js_writer writer = {.json = {.keys = &keys, .numeric_decimals = k->options.numeric_decimals},
                           .options = &k->options};
    bool nothing;
    lc_buf out = {0};
    lc_json_writer_start(&writer.json, &k->arena);
    lc_error *error = lc_js_write(&writer, k->schema, &k->value, &nothing);
    lc_text text = lc_json_writer_finish(&writer.json);
    lc_json_key_table_done(&keys);
    if (error && *writer.path) {
        lc_buf_printf(&out, "%s: %s", writer.path, lc_error_message(error));
        lc_error_free(error);
        return js_keep(k, &out);
    }
    if (error) return js_error(k, error);
    if (nothing) lc_buf_text(&out, "(nothing)");
    else lc_buf_add(&out, text.data, text.len);
    return js_keep(k, &out);
}

static inline const char *js_write(js_kit *k, const char *schema, const char *value)
{
    lc_error *error = js_given(k, schema, value);
    return error ? js_error(k, error) : js_write_value(k);
}

/* "ok" or what is broken. */
static inline const char *js_check(js_kit *k, const char *schema, const char *text)
{
    const lc_json *json;
    lc_node node;
    lc_buf out = {0};
    lc_error *error = lc_js_store_add(&k->store, LC_TEXT("a schema"), lc_text_of(schema), &json);
    if (!error) error = js_tree(k, text, &node);
    lc_js_validator *validator = lc_js_validator_new(&k->store);
    if (!error) error = lc_js_validate(validator, json, &node);
    lc_js_validator_free(validator);
    lc_buf_text(&out, error ? lc_error_message(error) : "ok");
    lc_error_free(error);
    return js_keep(k, &out);
}

#endif
