/* Which type the keywords of a JSON Schema speak of. */
#include <stdlib.h>

#include "base/memory.h"
#include "convert/jsonschema_model.h"

enum {
    NODES_MAX = 100000, /* schemas inside of one */
    KINDS = 10          /* that one object can be at once */
};

static const char *const array_words[] = {"items",       "additionalItems", "minItems", "maxItems",
                                          "uniqueItems", "contains",        NULL};
static const char *const object_words[] = {"properties",           "required",      "minProperties",
                                           "maxProperties",        "dependencies",  "patternProperties",
                                           "additionalProperties", "propertyNames", NULL};
static const char *const number_words[] = {"minimum",          "maximum",    "exclusiveMinimum",
                                           "exclusiveMaximum", "multipleOf", NULL};
static const char *const string_words[] = {"minLength", "maxLength", "pattern", "format", NULL};

/* In the order in which Java's library looks for them. */
static const struct {
    const char *const *words;
    lc_js_kind kind;
} sniffed[] = {{array_words, LC_JS_ARRAY},
               {object_words, LC_JS_OBJECT},
               {number_words, LC_JS_NUMBER},
               {string_words, LC_JS_STRING}};

typedef struct builder {
    lc_js_store *store;
    const lc_json *root;
} builder;

/* What one object says: kinds in order. */
typedef struct findings {
    const lc_js *parts[KINDS];
    uint32_t count;
} findings;

static lc_error *build(builder *b, const lc_json *json, const lc_js **ret);

static lc_error *new_node(builder *b, const lc_json *json, lc_js_kind kind, lc_js **ret)
{
    if (++b->store->node_count > NODES_MAX)
        return lc_fail(LC_E_DATA, "The JSON Schema is made of more than %d schemas", (int)NODES_MAX);
    *ret = lc_arena_alloc(&b->store->arena, sizeof **ret);
    **ret = (lc_js){.kind = kind, .json = json, .root = b->root, .has_format = lc_json_get(json, "format")};
    return NULL;
}

static lc_error *build_list(builder *b, const lc_json *list, lc_js *into)
{
    size_t count = lc_json_count(list);
    into->parts = lc_arena_alloc(&b->store->arena, count * sizeof *into->parts);
    for (size_t i = 0; i < count; i++) LC_TRY(build(b, lc_json_at(list, i), &into->parts[i]));
    into->count = (uint32_t)count;
    return NULL;
}

static lc_error *build_object(builder *b, const lc_json *json, lc_js *into)
{
    const lc_json *properties = lc_json_get(json, "properties");
    const lc_json *additional = lc_json_get(json, "additionalProperties");
    if (properties && !lc_json_is(properties, LC_JSON_OBJECT))
        return lc_fail(LC_E_DATA, "\"properties\" of the JSON Schema is no object");
    size_t count = lc_json_count(properties);
    lc_text *names = lc_arena_alloc(&b->store->arena, count * sizeof *names);
    for (size_t i = 0; i < count; i++) names[i] = lc_json_key_text_at(properties, i);
    into->names = names;
    LC_TRY(build_list(b, properties, into));
    return lc_json_is(additional, LC_JSON_OBJECT) ? build(b, additional, &into->inner) : NULL;
}

/* One kind of value, with what is inside of it. */
static lc_error *add_kind(builder *b, const lc_json *json, lc_js_kind kind, findings *found)
{
    lc_js *node;
    if (found->count == KINDS) return NULL;
    LC_TRY(new_node(b, json, kind, &node));
    found->parts[found->count++] = node;
    const lc_json *items = lc_json_get(json, "items");
    if (kind == LC_JS_OBJECT) return build_object(b, json, node);
    if (kind != LC_JS_ARRAY || !items || lc_json_is(items, LC_JSON_ARRAY)) return NULL;
    return build(b, items, &node->inner);
}

static const struct {
    const char *name;
    lc_js_kind kind;
} types[] = {{"string", LC_JS_STRING},   {"integer", LC_JS_INTEGER}, {"number", LC_JS_NUMBER},
             {"boolean", LC_JS_BOOLEAN}, {"null", LC_JS_NULL},       {"array", LC_JS_ARRAY},
             {"object", LC_JS_OBJECT}};

static lc_error *add_type(builder *b, const lc_json *json, const lc_json *type, findings *found)
{
    lc_text name = lc_json_text(type);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (lc_json_is(type, LC_JSON_STRING) && lc_text_is(name, types[i].name))
            return add_kind(b, json, types[i].kind, found);
    return lc_fail(LC_E_DATA, "The JSON Schema has an unknown type: [%.*s]", (int)name.len,
                   name.data ? name.data : "");
}

static bool has_any(const lc_json *json, const char *const *words)
{
    for (; *words; words++)
        if (lc_json_get(json, *words)) return true;
    return false;
}

static bool is_kind(const lc_js *schema, lc_js_kind kind)
{
    return schema->kind == kind || (schema->kind == LC_JS_INTEGER && kind == LC_JS_NUMBER);
}

/* Keywords of the types that "type" says are spoken for. */
static bool is_typed(const findings *found, lc_js_kind kind)
{
    for (uint32_t i = 0; i < found->count; i++) {
        const lc_js *part = found->parts[i];
        if (is_kind(part, kind)) return true;
        for (uint32_t k = 0; k < part->count && part->kind == LC_JS_ONE; k++)
            if (part->parts[k]->json == part->json && is_kind(part->parts[k], kind)) return true;
    }
    return false;
}

static lc_error *add_several(builder *b, const lc_json *json, const lc_json *list, findings *found)
{
    lc_js *node;
    findings each = {0};
    LC_TRY(new_node(b, json, LC_JS_ONE, &node));
    for (size_t i = 0; i < lc_json_count(list); i++) LC_TRY(add_type(b, json, lc_json_at(list, i), &each));
    for (uint32_t i = 0; i < each.count; i++) ((lc_js *)(uintptr_t)each.parts[i])->is_part = true;
    node->parts = lc_arena_alloc(&b->store->arena, (each.count + 1) * sizeof *node->parts);
    memcpy(node->parts, each.parts, each.count * sizeof *node->parts);
    node->count = each.count;
    found->parts[found->count++] = node;
    return NULL;
}

static lc_error *add_types(builder *b, const lc_json *json, findings *found)
{
    const lc_json *type = lc_json_get(json, "type");
    if (lc_json_is(type, LC_JSON_ARRAY)) return add_several(b, json, type, found);
    if (type) LC_TRY(add_type(b, json, type, found));
    for (size_t i = 0; i < sizeof sniffed / sizeof *sniffed; i++)
        if (has_any(json, sniffed[i].words) && !is_typed(found, sniffed[i].kind))
            LC_TRY(add_kind(b, json, sniffed[i].kind, found));
    return NULL;
}

static lc_error *add_combined(builder *b, const lc_json *json, findings *found)
{
    static const struct {
        const char *word;
        lc_js_kind kind;
    } words[] = {{"oneOf", LC_JS_ONE}, {"anyOf", LC_JS_ONE}, {"allOf", LC_JS_ALL}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const lc_json *list = lc_json_get(json, words[i].word);
        lc_js *node;
        if (!list) continue;
        if (!lc_json_is(list, LC_JSON_ARRAY))
            return lc_fail(LC_E_DATA, "\"%s\" of the JSON Schema is no array", words[i].word);
        LC_TRY(new_node(b, json, words[i].kind, &node));
        LC_TRY(build_list(b, list, node));
        found->parts[found->count++] = node;
    }
    return NULL;
}

static lc_error *find_all(builder *b, const lc_json *json, findings *found)
{
    if (lc_json_get(json, "enum")) LC_TRY(add_kind(b, json, LC_JS_SYMBOLS, found));
    LC_TRY(add_combined(b, json, found));
    if (lc_json_get(json, "const")) LC_TRY(add_kind(b, json, LC_JS_CONST, found));
    return add_types(b, json, found);
}

static lc_error *build(builder *b, const lc_json *json, const lc_js **ret)
{
    findings found = {0};
    lc_js *node;
    bool is_ref = lc_json_is(lc_json_get(json, "$ref"), LC_JSON_STRING);
    if (!lc_json_is(json, LC_JSON_OBJECT) && !lc_json_is(json, LC_JSON_BOOL))
        return lc_fail(LC_E_DATA, "Invalid JSON schema: expected an object or boolean, found a %s",
                       lc_json_kind_name(json));
    if (!is_ref) LC_TRY(find_all(b, json, &found));
    if (found.count == 1) {
        *ret = found.parts[0];
        return NULL;
    }
    LC_TRY(new_node(b, json, is_ref ? LC_JS_REF : found.count ? LC_JS_ALL : LC_JS_ANYTHING, &node));
    for (uint32_t i = 0; i < found.count; i++) ((lc_js *)(uintptr_t)found.parts[i])->is_part = true;
    node->parts = lc_arena_alloc(&b->store->arena, (found.count + 1) * sizeof *node->parts);
    memcpy(node->parts, found.parts, found.count * sizeof *node->parts);
    node->count = found.count;
    *ret = node;
    return NULL;
}

static lc_js_typed *place_of(const lc_js_store *store, const lc_json *json)
{
    size_t at = lc_hash(&json, sizeof json);
    while (store->typed[at & store->typed_mask].json && store->typed[at & store->typed_mask].json != json)
        at++;
    return &store->typed[at & store->typed_mask];
}

static void grow_typed(lc_js_store *store)
{
    lc_js_typed *old = store->typed;
    size_t size = old ? store->typed_mask + 1 : 0;
    store->typed_mask = (size ? size * 2 : 16) - 1;
    store->typed = lc_alloc((store->typed_mask + 1) * sizeof *store->typed);
    for (size_t i = 0; i < size; i++)
        if (old[i].json) *place_of(store, old[i].json) = old[i];
    free(old);
}

/* The schema of `json`, the same one each time. */
static lc_error *build_once(lc_js_store *store, const lc_json *json, const lc_json *root, const lc_js **ret)
{
    builder b = {store, root};
    if (store->typed_count * 2 >= store->typed_mask) grow_typed(store);
    lc_js_typed *typed = place_of(store, json);
    if (!typed->json) {
        LC_TRY(build(&b, json, ret));
        *typed = (lc_js_typed){json, *ret};
        store->typed_count++;
    }
    *ret = typed->schema;
    return NULL;
}

lc_error *lc_js_parse(lc_js_store *store, const lc_json *document, const lc_js **ret_schema)
{
    return build_once(store, document, document, ret_schema);
}

lc_error *lc_js_follow(lc_js_store *store, const lc_js *reference, const lc_js **ret_schema)
{
    const lc_json *json, *root;
    lc_text text = lc_json_text(lc_json_get(reference->json, "$ref"));
    LC_TRY(lc_js_look_up(store, reference->root, text, &json, &root));
    return build_once(store, json, root, ret_schema);
}

const lc_json *lc_js_attribute(const lc_js *schema, const char *name)
{
    return schema->is_part ? NULL : lc_json_get(schema->json, name);
}
