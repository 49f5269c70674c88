#include <stdlib.h>

#include "base/memory.h"
#include "convert/avro_schema.h"
#include "java/number.h"

enum { MESSAGE_MAX = 200 }; /* bytes of a schema quoted in a message */

struct lc_avro_names {
    lc_table *by_name; /* full name ─▶ lc_avro */
};

/* A place that names a type which is defined further on. */
typedef struct forward {
    const lc_avro **place;
    lc_text full, name;
    struct forward *next;
} forward;

typedef struct parser {
    lc_avro_store *store;
    lc_avro_names *names;
    forward *forwards;
} parser;

lc_avro_names *lc_avro_names_new(void)
{
    lc_avro_names *names = lc_alloc(sizeof *names);
    names->by_name = lc_table_new(NULL);
    return names;
}

void lc_avro_names_free(lc_avro_names *names)
{
    if (!names) return;
    lc_table_free(names->by_name);
    free(names);
}

static lc_error *broken(const char *what, const lc_json *json)
{
    lc_auto(lc_buf) text = {0};
    lc_json_dump(json, &text);
    return lc_fail(LC_E_DATA, "%s: %.*s", what, text.len > MESSAGE_MAX ? MESSAGE_MAX : (int)text.len,
                   text.data);
}

static lc_text member_text(const lc_json *json, const char *key)
{
    const lc_json *member = lc_json_get(json, key);
    return lc_json_is(member, LC_JSON_STRING) ? lc_json_text(member) : (lc_text){0};
}

static const char *const reserved[] = {"doc",     "fields", "items", "name",    "namespace", "size",
                                       "symbols", "values", "type",  "aliases", "default",   NULL};
static const char *const reserved_fields[] = {"default", "doc", "name", "order", "type", "aliases", NULL};

static bool is_one_of(lc_text word, const char *const *words)
{
    for (; *words; words++)
        if (lc_text_is(word, *words)) return true;
    return false;
}

static void read_props(parser *p, const lc_json *json, const char *const *skip, bool keep_default,
                       lc_avro_props *props)
{
    for (size_t i = 0; i < lc_json_count(json); i++) {
        lc_text key = lc_json_key_text_at(json, i);
        if (is_one_of(key, skip) && !(keep_default && lc_text_is(key, "default"))) continue;
        lc_avro_props_add(p->store, props, key, lc_json_at(json, i));
    }
}

static lc_error *read_aliases(parser *p, const lc_json *json, const lc_text **ret_texts, uint32_t *ret_count)
{
    const lc_json *list = lc_json_get(json, "aliases");
    if (!list) return NULL;
    if (!lc_json_is(list, LC_JSON_ARRAY)) return broken("aliases not an array", json);
    size_t count = lc_json_count(list);
    lc_text *texts = lc_arena_alloc(&p->store->arena, count * sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        if (!lc_json_is(lc_json_at(list, i), LC_JSON_STRING)) return broken("alias not a string", list);
        texts[i] = lc_json_text(lc_json_at(list, i));
    }
    *ret_texts = texts;
    *ret_count = (uint32_t)count;
    return NULL;
}

/* Aliases of types are relative to the type's namespace. */
static lc_error *read_type_aliases(parser *p, const lc_json *json, lc_avro *schema)
{
    const lc_text *aliases = NULL;
    uint32_t count = 0;
    LC_TRY(read_aliases(p, json, &aliases, &count));
    lc_text *full = lc_arena_alloc(&p->store->arena, count * sizeof *full);
    for (uint32_t i = 0; i < count; i++) {
        lc_avro named = {0};
        LC_TRY(lc_avro_set_name(p->store, &named, aliases[i], schema->space));
        full[i] = named.full;
    }
    schema->aliases = full;
    schema->alias_count = count;
    return NULL;
}

static lc_error *read_type(parser *p, const lc_json *json, lc_text space, const lc_avro **ret);

static lc_error *define(parser *p, const lc_avro *schema)
{
    const lc_avro *there = lc_table_get_text(p->names->by_name, schema->full);
    if (there && (schema->type == LC_AVRO_RECORD || !lc_avro_equal(there, schema)))
        return lc_fail(LC_E_DATA, "Can't redefine: %.*s", (int)schema->full.len, schema->full.data);
    if (!there) lc_table_put_text(p->names->by_name, schema->full, (void *)(uintptr_t)schema);
    return NULL;
}

/* A name: a primitive, a type in the current namespace, or one by its full name. */
static lc_error *find_type(parser *p, lc_text name, lc_text space, const lc_avro **ret)
{
    int type = lc_avro_type_of(name);
    if (type >= 0 && type < LC_AVRO_RECORD) {
        *ret = lc_avro_new(p->store, (lc_avro_type)type);
        return NULL;
    }
    lc_text full = name;
    if (space.data && !memchr(name.data, '.', name.len)) {
        full.data = lc_arena_printf(&p->store->arena, "%.*s.%.*s", (int)space.len, space.data, (int)name.len,
                                    name.data);
        full.len = space.len + 1 + name.len;
    }
    *ret = lc_table_get_text(p->names->by_name, full);
    if (!*ret) *ret = lc_table_get_text(p->names->by_name, name);
    if (*ret) return NULL;
    forward *f = lc_arena_alloc(&p->store->arena, sizeof *f);
    *f = (forward){ret, full, name, p->forwards};
    p->forwards = f;
    return NULL;
}

static lc_error *read_order(const lc_json *json, lc_avro_field *field)
{
    const lc_json *order = lc_json_get(json, "order");
    if (!order) return NULL;
    lc_text text = lc_json_is(order, LC_JSON_STRING) ? lc_json_text(order) : (lc_text){0};
    static const char *const orders[] = {"ascending", "descending", "ignore"};
    for (size_t i = 0; i < 3; i++) {
        if (!lc_text_eq_nocase(text, lc_text_of(orders[i]))) continue;
        if (i) field->order = lc_text_of(orders[i]);
        return NULL;
    }
    return broken("No such order", json);
}

static lc_error *read_default(parser *p, const lc_json *json, lc_avro_field *field)
{
    const lc_json *value = lc_json_get(json, "default");
    if (!value) return NULL;
    bool is_real =
        field->schema && (field->schema->type == LC_AVRO_FLOAT || field->schema->type == LC_AVRO_DOUBLE);
    double number;
    if (is_real && !lc_avro_real(value, &number) && lc_json_is(value, LC_JSON_STRING) &&
        lc_parse_double(lc_json_text(value), &number)) {
        char text[LC_DOUBLE_TEXT];
        size_t len = lc_double_to_text(number, text);
        value = lc_avro_keep(p->store, lc_json_new_number((lc_text){text, len}));
    }
    if (field->schema && !lc_avro_is_default(field->schema, value)) {
        lc_auto(lc_buf) shown = {0};
        lc_json_dump(value, &shown);
        return lc_fail(LC_E_DATA, "Invalid default for field %.*s: %.*s not a %s", (int)field->name.len,
                       field->name.data, shown.len > MESSAGE_MAX ? MESSAGE_MAX : (int)shown.len, shown.data,
                       lc_avro_type_name(field->schema->type));
    }
    field->fallback = value;
    return NULL;
}

static lc_error *read_field(parser *p, const lc_json *json, lc_text space, lc_avro_field *field)
{
    *field = (lc_avro_field){.name = member_text(json, "name"), .doc = member_text(json, "doc")};
    if (!field->name.data) return broken("No field name", json);
    const lc_json *type = lc_json_get(json, "type");
    if (!type) return broken("No field type", json);
    LC_TRY(read_type(p, type, space, &field->schema));
    LC_TRY(read_order(json, field));
    LC_TRY(lc_avro_check_name(field->name));
    LC_TRY(read_default(p, json, field));
    read_props(p, json, reserved_fields, false, &field->props);
    return read_aliases(p, json, &field->aliases, &field->alias_count);
}

static lc_error *read_name(parser *p, const lc_json *json, lc_text space, lc_avro *schema)
{
    lc_text name = member_text(json, "name"), given = member_text(json, "namespace");
    if (!name.data) return broken("No name in schema", json);
    schema->doc = member_text(json, "doc");
    return lc_avro_set_name(p->store, schema, name, given.data ? given : space);
}

static lc_error *read_record(parser *p, const lc_json *json, lc_avro *schema)
{
    const lc_json *fields = lc_json_get(json, "fields");
    LC_TRY(define(p, schema));
    if (!lc_json_is(fields, LC_JSON_ARRAY)) return broken("Record has no fields", json);
    schema->count = (uint32_t)lc_json_count(fields);
    schema->fields = lc_arena_alloc(&p->store->arena, schema->count * sizeof *schema->fields);
    for (uint32_t i = 0; i < schema->count; i++)
        LC_TRY(read_field(p, lc_json_at(fields, i), schema->space, &schema->fields[i]));
    schema->has_fields = true;
    return lc_avro_check_fields(schema);
}

static lc_error *read_enum(parser *p, const lc_json *json, lc_avro *schema)
{
    const lc_json *symbols = lc_json_get(json, "symbols");
    if (!lc_json_is(symbols, LC_JSON_ARRAY)) return broken("Enum has no symbols", json);
    schema->count = (uint32_t)lc_json_count(symbols);
    lc_text *texts = lc_arena_alloc(&p->store->arena, schema->count * sizeof *texts);
    for (uint32_t i = 0; i < schema->count; i++) {
        const lc_json *symbol = lc_json_at(symbols, i);
        texts[i] = lc_json_is(symbol, LC_JSON_STRING) ? lc_json_text(symbol) : (lc_text){0};
    }
    schema->symbols = texts;
    schema->enum_default = member_text(json, "default");
    LC_TRY(lc_avro_check_enum(schema));
    return define(p, schema);
}

static lc_error *read_fixed(parser *p, const lc_json *json, lc_avro *schema)
{
    int64_t size;
    if (!lc_json_int(lc_json_get(json, "size"), &size) || size < 0 || size > LC_AVRO_FIXED_MAX)
        return broken("Invalid or no size", json);
    schema->size = (int32_t)size;
    return define(p, schema);
}

static lc_error *read_named(parser *p, const lc_json *json, lc_text space, lc_avro *schema)
{
    LC_TRY(read_name(p, json, space, schema));
    if (schema->type == LC_AVRO_RECORD) LC_TRY(read_record(p, json, schema));
    if (schema->type == LC_AVRO_ENUM) LC_TRY(read_enum(p, json, schema));
    if (schema->type == LC_AVRO_FIXED) LC_TRY(read_fixed(p, json, schema));
    return read_type_aliases(p, json, schema);
}

static lc_error *read_items(parser *p, const lc_json *json, lc_text space, lc_avro *schema)
{
    bool is_array = schema->type == LC_AVRO_ARRAY;
    const lc_json *items = lc_json_get(json, is_array ? "items" : "values");
    if (!items) return broken(is_array ? "Array has no items type" : "Map has no values type", json);
    return read_type(p, items, space, &schema->items);
}

static lc_error *read_union(parser *p, const lc_json *json, lc_text space, const lc_avro **ret)
{
    lc_avro *schema = lc_avro_new(p->store, LC_AVRO_UNION);
    schema->count = (uint32_t)lc_json_count(json);
    schema->branches = lc_arena_alloc(&p->store->arena, schema->count * sizeof *schema->branches);
    for (uint32_t i = 0; i < schema->count; i++)
        LC_TRY(read_type(p, lc_json_at(json, i), space, &schema->branches[i]));
    *ret = schema;
    for (uint32_t i = 0; i < schema->count; i++)
        if (!schema->branches[i]) return NULL; /* checked once its names are known */
    return lc_avro_check_union(schema);
}

static lc_error *read_object(parser *p, const lc_json *json, lc_text space, const lc_avro **ret)
{
    lc_text name = member_text(json, "type");
    if (!name.data) return broken("No type", json);
    bool is_error = lc_text_is(name, "error");
    int type = is_error ? LC_AVRO_RECORD : lc_avro_type_of(name);
    if (type < 0 || type == LC_AVRO_UNION) return find_type(p, name, space, ret);
    lc_avro *schema = lc_avro_new(p->store, (lc_avro_type)type);
    schema->is_error = is_error;
    if (lc_avro_is_named(schema)) LC_TRY(read_named(p, json, space, schema));
    else if (type >= LC_AVRO_ARRAY) LC_TRY(read_items(p, json, space, schema));
    read_props(p, json, reserved, type != LC_AVRO_ENUM, &schema->props);
    *ret = schema;
    return NULL;
}

static lc_error *read_type(parser *p, const lc_json *json, lc_text space, const lc_avro **ret)
{
    switch (lc_json_kind_of(json)) {
    case LC_JSON_STRING: return find_type(p, lc_json_text(json), space, ret);
    case LC_JSON_OBJECT: return read_object(p, json, space, ret);
    case LC_JSON_ARRAY: return read_union(p, json, space, ret);
    default: return broken("Schema not yet supported", json);
    }
}

static lc_error *resolve(parser *p)
{
    for (const forward *f = p->forwards; f; f = f->next) {
        *f->place = lc_table_get_text(p->names->by_name, f->full);
        if (!*f->place) *f->place = lc_table_get_text(p->names->by_name, f->name);
        if (!*f->place) return lc_fail(LC_E_DATA, "Undefined schema: %.*s", (int)f->full.len, f->full.data);
    }
    return NULL;
}

/* Whoever walks the graph and visits each node once stays within this depth too. */
static lc_error *check_depth(const lc_avro *schema, uint8_t *seen, unsigned depth)
{
    if (seen[schema->id]) return NULL;
    if (depth > LC_AVRO_DEPTH_MAX)
        return lc_fail(LC_E_DATA, "The Avro schema is nested more than %d deep", (int)LC_AVRO_DEPTH_MAX);
    seen[schema->id] = 1;
    if (schema->items) return check_depth(schema->items, seen, depth + 1);
    for (uint32_t i = 0; i < schema->count && schema->type != LC_AVRO_ENUM; i++) {
        const lc_avro *part = schema->type == LC_AVRO_RECORD ? schema->fields[i].schema : schema->branches[i];
        LC_TRY(check_depth(part, seen, depth + 1));
    }
    return NULL;
}

lc_error *lc_avro_parse(lc_avro_store *store, lc_avro_names *names, lc_text text, const lc_avro **ret_schema)
{
    lc_json *json = NULL;
    const lc_avro *root = NULL;
    if (text.len > LC_AVRO_TEXT_MAX)
        return lc_fail(LC_E_DATA, "The Avro schema has %zu bytes, more than the limit of %d", text.len,
                       (int)LC_AVRO_TEXT_MAX);
    lc_error *error = lc_json_parse(text.data, text.len, 0, &json);
    if (error) return lc_wrap(error, LC_E_DATA, "The Avro schema is no JSON");
    lc_avro_keep(store, json);
    lc_autoptr(lc_avro_names) own = names ? NULL : lc_avro_names_new();
    parser p = {store, names ? names : own, NULL};
    LC_TRY(read_type(&p, json, (lc_text){0}, &root));
    LC_TRY(resolve(&p));
    uint8_t *seen = lc_alloc(store->node_count);
    error = check_depth(root, seen, 0);
    free(seen);
    *ret_schema = root;
    return error;
}
