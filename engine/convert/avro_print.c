#include "convert/avro_schema.h"

/* The namespace that names are relative to at a place, and what has been written in full before. */
typedef struct printer {
    lc_buf *out;
    lc_table *known;
} printer;

static void put_key(lc_buf *out, const char *key)
{
    lc_buf_printf(out, "%s\"%s\":", out->len && out->data[out->len - 1] == '{' ? "" : ",", key);
}

static void put_text(lc_buf *out, const char *key, lc_text text)
{
    if (!text.data) return;
    put_key(out, key);
    lc_json_quote(out, text.data, text.len);
}

static void put_texts(lc_buf *out, const char *key, const lc_text *texts, uint32_t count)
{
    put_key(out, key);
    for (uint32_t i = 0; i < count; i++) {
        lc_buf_put(out, i ? ',' : '[');
        lc_json_quote(out, texts[i].data, texts[i].len);
    }
    lc_buf_text(out, count ? "]" : "[]");
}

static void put_props(lc_buf *out, const lc_avro_props *props)
{
    for (const lc_avro_prop *prop = props->first; prop; prop = prop->next) {
        lc_buf_put(out, ',');
        lc_json_quote(out, prop->key.data, prop->key.len);
        lc_buf_put(out, ':');
        lc_json_dump(prop->value, out);
    }
}

static void print(printer *p, const lc_avro *schema, lc_text space);

/* Name.getQualified: without its namespace where that is the current one, unless it then read as a type. */
static lc_text reference(const lc_avro *schema, lc_text space)
{
    bool here = schema->space.data && lc_text_eq(schema->space, space);
    return here && lc_avro_type_of(schema->name) < 0 ? schema->name : schema->full;
}

static void put_name(lc_buf *out, const lc_avro *schema, lc_text space)
{
    put_text(out, "name", schema->name);
    if (schema->space.data && !lc_text_eq(schema->space, space)) put_text(out, "namespace", schema->space);
    else if (!schema->space.data && space.data) put_text(out, "namespace", LC_TEXT(""));
}

static void put_field(printer *p, const lc_avro_field *field, lc_text space)
{
    lc_buf *out = p->out;
    lc_buf_put(out, '{');
    put_text(out, "name", field->name);
    put_key(out, "type");
    print(p, field->schema, space);
    put_text(out, "doc", field->doc);
    if (field->fallback) {
        put_key(out, "default");
        lc_json_dump(field->fallback, out);
    }
    put_text(out, "order", field->order);
    if (field->alias_count) put_texts(out, "aliases", field->aliases, field->alias_count);
    put_props(out, &field->props);
    lc_buf_put(out, '}');
}

static void put_fields(printer *p, const lc_avro *schema)
{
    put_key(p->out, "fields");
    lc_buf_put(p->out, '[');
    for (uint32_t i = 0; i < schema->count; i++) {
        if (i) lc_buf_put(p->out, ',');
        put_field(p, &schema->fields[i], schema->space);
    }
    lc_buf_put(p->out, ']');
}

static void put_aliases(lc_buf *out, const lc_avro *schema)
{
    if (!schema->alias_count) return;
    put_key(out, "aliases");
    for (uint32_t i = 0; i < schema->alias_count; i++) {
        lc_text alias = schema->aliases[i], space = schema->space;
        bool here = space.data && alias.len > space.len && !memcmp(alias.data, space.data, space.len) &&
                    alias.data[space.len] == '.' &&
                    !memchr(alias.data + space.len + 1, '.', alias.len - space.len - 1);
        size_t cut = here ? space.len + 1 : 0;
        lc_buf_put(out, i ? ',' : '[');
        lc_json_quote(out, alias.data + cut, alias.len - cut);
    }
    lc_buf_put(out, ']');
}

static void print_named(printer *p, const lc_avro *schema, lc_text space)
{
    lc_buf *out = p->out;
    if (lc_table_get_text(p->known, schema->full)) {
        lc_text name = reference(schema, space);
        lc_json_quote(out, name.data, name.len);
        return;
    }
    lc_table_put_text(p->known, schema->full, p);
    lc_buf_printf(out, "{\"type\":\"%s\"", schema->is_error ? "error" : lc_avro_type_name(schema->type));
    put_name(out, schema, space);
    put_text(out, "doc", schema->doc);
    if (schema->type == LC_AVRO_RECORD) put_fields(p, schema);
    if (schema->type == LC_AVRO_ENUM) put_texts(out, "symbols", schema->symbols, schema->count);
    if (schema->type == LC_AVRO_ENUM) put_text(out, "default", schema->enum_default);
    if (schema->type == LC_AVRO_FIXED) lc_buf_printf(out, ",\"size\":%d", schema->size);
    put_props(out, &schema->props);
    put_aliases(out, schema);
    lc_buf_put(out, '}');
}

static void print_union(printer *p, const lc_avro *schema, lc_text space)
{
    lc_buf_put(p->out, '[');
    for (uint32_t i = 0; i < schema->count; i++) {
        if (i) lc_buf_put(p->out, ',');
        print(p, schema->branches[i], space);
    }
    lc_buf_put(p->out, ']');
}

static void print(printer *p, const lc_avro *schema, lc_text space)
{
    const char *type = lc_avro_type_name(schema->type);
    if (lc_avro_is_named(schema)) {
        print_named(p, schema, space);
    } else if (schema->type == LC_AVRO_UNION) {
        print_union(p, schema, space);
    } else if (!schema->items && !schema->props.first) {
        lc_buf_printf(p->out, "\"%s\"", type);
    } else {
        lc_buf_printf(p->out, "{\"type\":\"%s\"", type);
        if (schema->items) {
            put_key(p->out, schema->type == LC_AVRO_ARRAY ? "items" : "values");
            print(p, schema->items, space);
        }
        put_props(p->out, &schema->props);
        lc_buf_put(p->out, '}');
    }
}

void lc_avro_print(const lc_avro *schema, lc_buf *out)
{
    printer p = {out, lc_table_new(NULL)};
    print(&p, schema, (lc_text){0});
    lc_table_free(p.known);
}
