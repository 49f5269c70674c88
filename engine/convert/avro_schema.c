#include "convert/avro_schema.h"

#include <stdlib.h>

#include "base/memory.h"
#include "java/charset.h"
#include "java/number.h"

static const char *const type_names[] = {
    [LC_AVRO_NULL] = "null",   [LC_AVRO_BOOLEAN] = "boolean", [LC_AVRO_INT] = "int",
    [LC_AVRO_LONG] = "long",   [LC_AVRO_FLOAT] = "float",     [LC_AVRO_DOUBLE] = "double",
    [LC_AVRO_BYTES] = "bytes", [LC_AVRO_STRING] = "string",   [LC_AVRO_RECORD] = "record",
    [LC_AVRO_ENUM] = "enum",   [LC_AVRO_FIXED] = "fixed",     [LC_AVRO_ARRAY] = "array",
    [LC_AVRO_MAP] = "map",     [LC_AVRO_UNION] = "union",
};

const char *lc_avro_type_name(lc_avro_type type)
{
    return type_names[type];
}

int lc_avro_type_of(lc_text name)
{
    for (int i = 0; i <= LC_AVRO_UNION; i++)
        if (lc_text_is(name, type_names[i])) return i;
    return -1;
}

void lc_avro_store_init(lc_avro_store *store)
{
    *store = (lc_avro_store){0};
}

void lc_avro_store_done(lc_avro_store *store)
{
    for (size_t i = 0; i < store->tree_count; i++) lc_json_free(store->trees[i]);
    free(store->trees);
    lc_arena_done(&store->arena);
    *store = (lc_avro_store){0};
}

lc_json *lc_avro_keep(lc_avro_store *store, lc_json *tree)
{
    store->trees = lc_grow(store->trees, &store->tree_cap, store->tree_count + 1, sizeof tree);
    return store->trees[store->tree_count++] = tree;
}

lc_avro *lc_avro_new(lc_avro_store *store, lc_avro_type type)
{
    lc_avro *schema = lc_arena_alloc(&store->arena, sizeof *schema);
    *schema = (lc_avro){.type = type, .full = lc_text_of(type_names[type]), .id = store->node_count++};
    return schema;
}

/* Character.isLetter and isLetterOrDigit, roughly: ASCII by the book, all of Latin-1 and above counts as a
 * letter but for its signs and blanks. */
static bool is_letter(uint32_t c)
{
    if (c < 0x80) return (c | 32) >= 'a' && (c | 32) <= 'z';
    if (c < 0xc0) return c == 0xaa || c == 0xb5 || c == 0xba;
    if (c == 0xd7 || c == 0xf7) return false;
    return c < 0x2000 || (c >= 0x2c00 && c < 0x2e00) || (c > 0x3004 && c < 0xd800) ||
           (c >= 0xf900 && c < 0xfe00) || (c >= 0xff21 && c < 0xfff0);
}

lc_error *lc_avro_check_name(lc_text name)
{
    if (!name.data) return lc_fail(LC_E_DATA, "Null name");
    if (!name.len) return lc_fail(LC_E_DATA, "Empty name");
    for (size_t at = 0, len; at < name.len; at += len) {
        uint32_t c = (unsigned char)name.data[at];
        len = 1;
        if (c >= 0x80) c = lc_utf8_get(name.data + at, &len);
        if (is_letter(c) || c == '_' || (at && c >= '0' && c <= '9')) continue;
        return lc_fail(LC_E_DATA, "Illegal %s: %.*s", at ? "character in" : "initial character",
                       (int)name.len, name.data);
    }
    return NULL;
}

lc_error *lc_avro_set_name(lc_avro_store *store, lc_avro *schema, lc_text name, lc_text space)
{
    const char *dot = memrchr(name.data, '.', name.len);
    if (dot) {
        space = (lc_text){name.data, (size_t)(dot - name.data)};
        name = (lc_text){dot + 1, name.len - space.len - 1};
    }
    LC_TRY(lc_avro_check_name(name));
    if (!space.len) space = (lc_text){0};
    schema->name = schema->full = name;
    schema->space = space;
    if (space.data) {
        schema->full.data =
            lc_arena_printf(&store->arena, "%.*s.%.*s", (int)space.len, space.data, (int)name.len, name.data);
        schema->full.len = space.len + 1 + name.len;
    }
    int type = lc_avro_type_of(schema->full);
    if (type >= 0 && type < LC_AVRO_RECORD)
        return lc_fail(LC_E_DATA, "Schemas may not be named after primitives: %s", type_names[type]);
    return NULL;
}

void lc_avro_props_add(lc_avro_store *store, lc_avro_props *props, lc_text key, const lc_json *value)
{
    lc_avro_prop *prop = lc_arena_alloc(&store->arena, sizeof *prop);
    *prop = (lc_avro_prop){key, value, NULL};
    if (props->last) props->last->next = prop;
    else props->first = prop;
    props->last = prop;
}

static const lc_json *find_prop(const lc_avro_props *props, lc_text key)
{
    for (const lc_avro_prop *prop = props->first; prop; prop = prop->next)
        if (lc_text_eq(prop->key, key)) return prop->value;
    return NULL;
}

lc_error *lc_avro_add_prop(lc_avro_store *store, lc_avro *schema, lc_text key, lc_json *value)
{
    const lc_json *there = find_prop(&schema->props, key);
    lc_avro_keep(store, value);
    if (!there) lc_avro_props_add(store, &schema->props, key, value);
    else if (!lc_json_equal(there, value))
        return lc_fail(LC_E_DATA, "Can't overwrite property: %.*s", (int)key.len, key.data);
    return NULL;
}

const lc_json *lc_avro_prop_get(const lc_avro *schema, const char *key)
{
    return find_prop(&schema->props, lc_text_of(key));
}

lc_text lc_avro_prop_text(const lc_avro *schema, const char *key)
{
    const lc_json *value = lc_avro_prop_get(schema, key);
    return lc_json_is(value, LC_JSON_STRING) ? lc_json_text(value) : (lc_text){0};
}

const lc_avro_field *lc_avro_find_field(const lc_avro *record, lc_text name, uint32_t *ret_index)
{
    for (uint32_t i = 0; i < record->count; i++) {
        if (!lc_text_eq(record->fields[i].name, name)) continue;
        if (ret_index) *ret_index = i;
        return &record->fields[i];
    }
    return NULL;
}

lc_error *lc_avro_check_union(const lc_avro *schema)
{
    lc_autoptr(lc_table) seen = lc_table_new(NULL);
    for (uint32_t i = 0; i < schema->count; i++) {
        const lc_avro *branch = schema->branches[i];
        if (branch->type == LC_AVRO_UNION) return lc_fail(LC_E_DATA, "Nested union");
        if (lc_table_get_text(seen, branch->full))
            return lc_fail(LC_E_DATA, "Duplicate in union:%.*s", (int)branch->full.len, branch->full.data);
        lc_table_put_text(seen, branch->full, seen);
    }
    return NULL;
}

lc_error *lc_avro_check_enum(const lc_avro *schema)
{
    lc_autoptr(lc_table) seen = lc_table_new(NULL);
    for (uint32_t i = 0; i < schema->count; i++) {
        lc_text symbol = schema->symbols[i];
        LC_TRY(lc_avro_check_name(symbol));
        if (lc_table_get_text(seen, symbol))
            return lc_fail(LC_E_DATA, "Duplicate enum symbol: %.*s", (int)symbol.len, symbol.data);
        lc_table_put_text(seen, symbol, seen);
    }
    lc_text fallback = schema->enum_default;
    if (fallback.data && !lc_table_get_text(seen, fallback))
        return lc_fail(LC_E_DATA, "The Enum Default: %.*s is not in the enum symbol set", (int)fallback.len,
                       fallback.data);
    return NULL;
}

lc_error *lc_avro_check_fields(const lc_avro *schema)
{
    lc_autoptr(lc_table) seen = lc_table_new(NULL);
    for (uint32_t i = 0; i < schema->count; i++) {
        lc_text name = schema->fields[i].name;
        if (lc_table_get_text(seen, name))
            return lc_fail(LC_E_DATA, "Duplicate field %.*s in record %.*s", (int)name.len, name.data,
                           (int)schema->full.len, schema->full.data);
        lc_table_put_text(seen, name, seen);
    }
    return NULL;
}

/* Pairs of records whose comparison is under way: they count as equal meanwhile. */
typedef struct pair {
    const lc_avro *a, *b;
    const struct pair *up;
} pair;

static bool props_equal(const lc_avro_props *a, const lc_avro_props *b)
{
    size_t count = 0;
    for (const lc_avro_prop *prop = a->first; prop; prop = prop->next, count++) {
        const lc_json *other = find_prop(b, prop->key);
        if (!other || !lc_json_equal(prop->value, other)) return false;
    }
    for (const lc_avro_prop *prop = b->first; prop; prop = prop->next) count--;
    return count == 0;
}

static bool equal(const lc_avro *a, const lc_avro *b, const pair *under_way);

static bool field_equal(const lc_avro_field *a, const lc_avro_field *b, const pair *under_way)
{
    return lc_text_eq(a->name, b->name) && !a->fallback == !b->fallback &&
           (!a->fallback || lc_json_equal(a->fallback, b->fallback)) && lc_text_eq(a->order, b->order) &&
           props_equal(&a->props, &b->props) && equal(a->schema, b->schema, under_way);
}

static bool parts_equal(const lc_avro *a, const lc_avro *b, const pair *under_way)
{
    if (a->count != b->count || a->size != b->size) return false;
    for (uint32_t i = 0; i < a->count; i++) {
        bool same = a->type == LC_AVRO_RECORD ? field_equal(&a->fields[i], &b->fields[i], under_way)
                    : a->type == LC_AVRO_ENUM ? lc_text_eq(a->symbols[i], b->symbols[i])
                                              : equal(a->branches[i], b->branches[i], under_way);
        if (!same) return false;
    }
    return !a->items || equal(a->items, b->items, under_way);
}

static bool equal(const lc_avro *a, const lc_avro *b, const pair *under_way)
{
    if (a == b || !a || !b) return a == b;
    if (a->type != b->type || !lc_text_eq(a->full, b->full) || !props_equal(&a->props, &b->props))
        return false;
    for (const pair *p = under_way; p && a->type == LC_AVRO_RECORD; p = p->up)
        if (p->a == a && p->b == b) return true;
    pair here = {a, b, under_way};
    return parts_equal(a, b, a->type == LC_AVRO_RECORD ? &here : under_way);
}

bool lc_avro_equal(const lc_avro *a, const lc_avro *b)
{
    return equal(a, b, NULL);
}

static bool fits_int(const lc_json *value, lc_avro_type type)
{
    int64_t number;
    if (!lc_json_int(value, &number)) return false;
    return type == LC_AVRO_LONG || (number >= INT32_MIN && number <= INT32_MAX);
}

bool lc_avro_real(const lc_json *value, double *ret_real)
{
    if (lc_json_double(value, ret_real)) return true;
    lc_text text = lc_json_is(value, LC_JSON_STRING) ? lc_json_text(value) : (lc_text){0};
    bool special = lc_text_is(text, "NaN") || lc_text_is(text, "Infinity") || lc_text_is(text, "-Infinity");
    return text.data && special && lc_parse_double(text, ret_real);
}

static bool items_fit(const lc_avro *schema, const lc_json *value)
{
    for (size_t i = 0; i < lc_json_count(value); i++)
        if (!lc_avro_is_default(schema->items, lc_json_at(value, i))) return false;
    return true;
}

static bool fields_fit(const lc_avro *schema, const lc_json *value)
{
    for (uint32_t i = 0; i < schema->count; i++) {
        const lc_avro_field *field = &schema->fields[i];
        const lc_json *given = lc_json_get(value, field->name.data);
        if (given ? !lc_avro_is_default(field->schema, given) : !field->fallback) return false;
    }
    return true;
}

static bool branch_fits(const lc_avro *schema, const lc_json *value)
{
    for (uint32_t i = 0; i < schema->count; i++)
        if (lc_avro_is_default(schema->branches[i], value)) return true;
    return false;
}

bool lc_avro_is_default(const lc_avro *schema, const lc_json *value)
{
    lc_json_kind kind = lc_json_kind_of(value);
    double real;
    if (!schema) return true;
    switch (schema->type) {
    case LC_AVRO_NULL: return kind == LC_JSON_NULL;
    case LC_AVRO_BOOLEAN: return kind == LC_JSON_BOOL;
    case LC_AVRO_INT:
    case LC_AVRO_LONG: return fits_int(value, schema->type);
    case LC_AVRO_FLOAT:
    case LC_AVRO_DOUBLE: return lc_avro_real(value, &real);
    case LC_AVRO_BYTES:
    case LC_AVRO_STRING:
    case LC_AVRO_ENUM:
    case LC_AVRO_FIXED: return kind == LC_JSON_STRING;
    case LC_AVRO_ARRAY: return kind == LC_JSON_ARRAY && items_fit(schema, value);
    case LC_AVRO_MAP: return kind == LC_JSON_OBJECT && items_fit(schema, value);
    case LC_AVRO_RECORD: return kind == LC_JSON_OBJECT && schema->has_fields && fields_fit(schema, value);
    case LC_AVRO_UNION: return branch_fits(schema, value);
    }
    return false;
}
