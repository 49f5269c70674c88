/* Values into JSON: JsonSchemaData.fromConnectData. */
#include "convert/jsonschema_data.h"

static lc_error *put(lc_js_writer *w, const lc_schema *schema, const lc_value *value, bool *ret_nothing);

static void put_text(lc_js_writer *w, lc_text text)
{
    lc_json_writer_bytes(&w->json, text);
}

static lc_error *fail_class(const lc_schema *schema, const lc_value *value)
{
    return lc_fail(LC_E_DATA, "Invalid type for %s: class %s", lc_type_java_name((lc_type)schema->type),
                   lc_value_java_class(value));
}

/* A value in an array or a map, where nothing is null. */
static lc_error *put_item(lc_js_writer *w, const lc_schema *schema, const lc_value *value)
{
    bool nothing;
    LC_TRY(put(w, schema, value, &nothing));
    if (nothing) put_text(w, LC_TEXT("null"));
    return NULL;
}

static lc_error *put_list(lc_js_writer *w, const lc_schema *schema, const lc_value *value)
{
    put_text(w, LC_TEXT("["));
    for (uint32_t i = 0; i < value->u.list->count; i++) {
        if (i) put_text(w, LC_TEXT(","));
        LC_TRY(put_item(w, schema->values, &value->u.list->items[i]));
    }
    put_text(w, LC_TEXT("]"));
    return NULL;
}

static lc_error *put_named(lc_js_writer *w, const lc_schema *schema, const lc_value *value)
{
    put_text(w, LC_TEXT("{"));
    for (uint32_t i = 0; i < lc_map_size(value); i++) {
        lc_value key, *item;
        lc_map_entry(value, i, &key, &item);
        if (key.kind != LC_STRING) return fail_class(schema->keys, &key);
        if (i) put_text(w, LC_TEXT(","));
        lc_json_writer_string(&w->json, lc_value_as_text(&key));
        put_text(w, LC_TEXT(":"));
        lc_error *error = put_item(w, schema->values, item);
        if (error) lc_js_path_add(w->path, lc_value_as_text(&key));
        if (error) return error;
    }
    put_text(w, LC_TEXT("}"));
    return NULL;
}

static lc_error *put_entries(lc_js_writer *w, const lc_schema *schema, const lc_value *value)
{
    put_text(w, LC_TEXT("["));
    for (uint32_t i = 0; i < lc_map_size(value); i++) {
        lc_value key, *item;
        lc_map_entry(value, i, &key, &item);
        put_text(w, i ? LC_TEXT(",{\"key\":") : LC_TEXT("{\"key\":"));
        LC_TRY(put_item(w, schema->keys, &key));
        put_text(w, LC_TEXT(",\"value\":"));
        LC_TRY(put_item(w, schema->values, item));
        put_text(w, LC_TEXT("}"));
    }
    put_text(w, LC_TEXT("]"));
    return NULL;
}

static const lc_value *field_of(const lc_js_writer *w, const lc_object *object, const lc_schema *schema,
                                uint32_t i)
{
    const lc_value *value = &object->slots[i];
    if (value->kind != LC_NULL || w->options->ignore_default) return value;
    return schema->fields[i]->has_default ? &schema->fields[i]->default_value : value;
}

/* A field for which there is nothing to write is left out. */
static lc_error *put_struct(lc_js_writer *w, const lc_schema *schema, const lc_value *value)
{
    const lc_object *object = value->u.object;
    const lc_json_keys *keys = lc_json_keys_of(w->json.keys, schema->shape);
    bool first = true, nothing;
    put_text(w, LC_TEXT("{"));
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_json_key *key = &keys->keys[i];
        size_t before = (size_t)(w->json.at - w->json.start);
        put_text(w, (lc_text){key->text + first, key->len - first});
        lc_error *error = put(w, schema->fields[i], field_of(w, object, schema, i), &nothing);
        if (LC_UNLIKELY(error)) {
            lc_js_path_add(w->path, (lc_text){schema->shape->names[i].text, schema->shape->names[i].len});
            return error;
        }
        if (nothing) w->json.at = w->json.start + before;
        else first = false;
    }
    put_text(w, LC_TEXT("}"));
    return NULL;
}

static lc_error *put_union(lc_js_writer *w, const lc_schema *schema, const lc_value *value, bool *ret_nothing)
{
    static const lc_value none;
    for (uint32_t i = 0; i < schema->shape->count; i++) {
        const lc_value *member = field_of(w, value->u.object, schema, i);
        if (member->kind != LC_NULL) return put(w, schema->fields[i], member, ret_nothing);
    }
    return put(w, schema, &none, ret_nothing);
}

static lc_error *put_inside(lc_js_writer *w, const lc_schema *schema, const lc_value *value,
                            bool *ret_nothing)
{
    if (value->kind != schema->type) return fail_class(schema, value);
    if (schema->type == LC_TYPE_ARRAY) return put_list(w, schema, value);
    if (schema->type == LC_TYPE_MAP)
        return lc_js_is_object_map(schema) ? put_named(w, schema, value) : put_entries(w, schema, value);
    /* The schema of a struct that is a default can't have that default itself. */
    if (value->u.object->schema != schema && value != &schema->default_value)
        return lc_fail(LC_E_DATA, "Mismatching schema.");
    return lc_js_is_union(schema) ? put_union(w, schema, value, ret_nothing) : put_struct(w, schema, value);
}

static lc_error *put_container(lc_js_writer *w, const lc_schema *schema, const lc_value *value,
                               bool *ret_nothing)
{
    unsigned most = w->json.deepest ? w->json.deepest : LC_JSON_WRITE_DEPTH_MAX;
    if (++w->json.depth > most) return lc_fail(LC_E_DATA, "Data is nested more than %u deep", most);
    lc_error *error = put_inside(w, schema, value, ret_nothing);
    w->json.depth--;
    return error;
}

/* Text that holds JSON goes out as it is, if it is JSON. */
static lc_error *put_anything(lc_js_writer *w, const lc_schema *schema, const lc_value *value)
{
    lc_source source;
    lc_node node;
    if (value->kind != LC_STRING) return fail_class(schema, value);
    lc_text text = lc_value_as_text(value);
    lc_error *error = NULL;
    if (!lc_source_open(&source, w->json.arena, text)) error = lc_source_error(&source);
    if (!error) error = lc_tree_read(&source, &node);
    if (error)
        return lc_wrap(error, LC_E_DATA, "The text should be JSON, and isn't: %s", lc_error_message(error));
    if (node.kind == LC_NODE_MISSING || lc_scan_blanks(&source, node.end) != source.end)
        return lc_fail(LC_E_DATA, "The text should be JSON, and isn't one value");
    put_text(w, (lc_text){node.start, (size_t)(node.end - node.start)});
    return NULL;
}

static lc_error *put_null(lc_js_writer *w, const lc_schema *schema, bool *ret_nothing)
{
    if (schema->has_default && !w->options->ignore_default)
        return put(w, schema, &schema->default_value, ret_nothing);
    *ret_nothing = !schema->optional;
    if (schema->optional) put_text(w, LC_TEXT("null"));
    return NULL;
}

static lc_error *put(lc_js_writer *w, const lc_schema *schema, const lc_value *value, bool *ret_nothing)
{
    *ret_nothing = false;
    if (value->kind == LC_NULL) return put_null(w, schema, ret_nothing);
    if (!schema->logical && schema->type >= LC_TYPE_ARRAY)
        return put_container(w, schema, value, ret_nothing);
    if (LC_UNLIKELY(schema->parameter_count) && lc_js_is_any(schema)) return put_anything(w, schema, value);
    return lc_json_writer_value(&w->json, schema, value);
}

lc_error *lc_js_write(lc_js_writer *writer, const lc_schema *schema, const lc_value *value, bool *ret_nothing)
{
    return put(writer, schema, value, ret_nothing);
}
