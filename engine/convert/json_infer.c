#include "convert/json_infer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/memory.h"

enum { MOST_TOPICS = 1000 };

typedef enum look { NOTHING, BOOLEAN, INT64, FLOAT64, STRING, ARRAY, STRUCT } look;

static const char *const look_names[] = {"nothing", "BOOLEAN", "INT64", "FLOAT64",
                                         "STRING",  "ARRAY",   "STRUCT"};
static const lc_type plain_types[] = {[BOOLEAN] = LC_TYPE_BOOLEAN,
                                      [INT64] = LC_TYPE_INT64,
                                      [FLOAT64] = LC_TYPE_FLOAT64,
                                      [STRING] = LC_TYPE_STRING};

/* What stood at one place of the documents of a topic. */
typedef struct node node;
struct node {
    look look;
    bool any;                /* as deep as it gets: a string of whatever there is */
    bool settled;            /* `schema` and `slots` are those of `look` and all below it */
    const lc_schema *schema; /* optional; NULL: nothing is known yet */
    node *parent;            /* NULL: the whole value */
    lc_text name;            /* of a field; data NULL for items */
    node *items;             /* ARRAY */
    const lc_shape *names;   /* STRUCT: of all children, with a schema or not */
    node **children;
    int32_t *slots; /* of each child in the struct; -1: none */
    size_t cap;
};

typedef struct topic {
    node *root;
    uint32_t fields;
    const lc_schema *optional_schema, *schema; /* the root's, and the same but required */
} topic;

struct lc_json_infer {
    lc_types *types;
    lc_json_infer_limits limits;
    lc_json_writer writer;
    lc_table *topics;
    uint32_t topic_count;
    lc_arena arena; /* nodes and names */
};

static void free_node(node *n)
{
    if (!n) return;
    for (uint32_t i = 0; n->names && i < n->names->count; i++) free_node(n->children[i]);
    free(n->children);
    free(n->slots);
    free_node(n->items);
    free(n);
}

static void free_topic(void *item)
{
    topic *t = item;
    free_node(t->root);
    free(t);
}

lc_json_infer *lc_json_infer_new(lc_types *types, lc_json_key_table *keys, const lc_json_infer_limits *limits)
{
    lc_json_infer *infer = lc_alloc(sizeof *infer);
    infer->types = types;
    infer->limits = *limits;
    infer->writer.keys = keys;
    infer->topics = lc_table_new(free_topic);
    return infer;
}

void lc_json_infer_free(lc_json_infer *infer)
{
    if (!infer) return;
    lc_table_free(infer->topics);
    lc_arena_done(&infer->arena);
    free(infer);
}

static look look_of(const lc_value *value)
{
    switch (value->kind) {
    case LC_NULL: return NOTHING;
    case LC_BOOLEAN: return BOOLEAN;
    case LC_INT64: return INT64;
    case LC_FLOAT64: return FLOAT64;
    case LC_ARRAY: return ARRAY;
    case LC_MAP: return STRUCT;
    default: return STRING;
    }
}

static look widen(look a, look b)
{
    if (a == b || b == NOTHING) return a;
    if (a == NOTHING) return b;
    bool numbers = (a == INT64 || a == FLOAT64) && (b == INT64 || b == FLOAT64);
    return numbers ? FLOAT64 : STRING;
}

/* One value of one topic being noted. */
typedef struct pass {
    lc_json_infer *infer;
    topic *topic;
    lc_text name; /* of the topic */
} pass;

/* "a.b[].c" */
static void add_path(lc_buf *out, const node *n)
{
    if (!n->parent) return;
    add_path(out, n->parent);
    if (!n->name.data) {
        lc_buf_text(out, "[]");
        return;
    }
    if (n->parent->parent) lc_buf_put(out, '.');
    lc_buf_add(out, n->name.data, n->name.len);
}

static lc_error *fail_at(const pass *p, const node *n, const char *what)
{
    lc_auto(lc_buf) path = {0};
    add_path(&path, n);
    return lc_fail(LC_E_DATA, "No schema can be inferred for field %s of topic %.*s: %s",
                   path.len ? path.data : "(the whole value)", (int)p->name.len, p->name.data, what);
}

static node *new_node(const lc_json_infer *infer, node *parent, lc_text name, uint32_t depth)
{
    node *n = lc_alloc(sizeof *n);
    n->parent = parent;
    n->name = name;
    n->any = depth > infer->limits.deepest;
    return n;
}

static lc_error *add_child(const pass *p, node *n, lc_text name, uint32_t depth)
{
    if (name.len == 0) return fail_at(p, n, "a name in it is empty");
    if (p->topic->fields == p->infer->limits.most_fields)
        return fail_at(p, n, "the topic has more fields than schemas.infer.max.fields");
    p->topic->fields++;
    lc_text kept = {lc_arena_copy(&p->infer->arena, name.data, name.len), name.len};
    uint32_t index = n->names->count;
    n->names = lc_shape_add(p->infer->types, n->names, kept.data, kept.len);
    if (index == n->cap) {
        n->children = lc_grow(n->children, &n->cap, index + 1, sizeof *n->children);
        n->slots = lc_realloc(n->slots, n->cap * sizeof *n->slots);
    }
    n->children[index] = new_node(p->infer, n, kept, depth);
    n->slots[index] = -1;
    return NULL;
}

static lc_error *note(const pass *p, node *n, const lc_value *value, uint32_t depth);

static lc_error *note_items(const pass *p, node *n, const lc_list *list, uint32_t depth)
{
    if (!n->items) n->items = new_node(p->infer, n, (lc_text){0}, depth + 1);
    for (uint32_t i = 0; i < list->count; i++) LC_TRY(note(p, n->items, &list->items[i], depth + 1));
    return NULL;
}

static lc_error *note_fields(const pass *p, node *n, const lc_value *map, uint32_t depth)
{
    if (!n->names) n->names = lc_shape_empty(p->infer->types);
    for (uint32_t i = 0; i < lc_map_size(map); i++) {
        lc_value key, *value;
        lc_map_entry(map, i, &key, &value);
        int32_t known = lc_shape_find(n->names, key.u.s, key.len);
        if (known < 0) {
            if (value->kind == LC_NULL) continue;
            known = (int32_t)n->names->count;
            LC_TRY(add_child(p, n, lc_value_as_text(&key), depth + 1));
        }
        LC_TRY(note(p, n->children[known], value, depth + 1));
    }
    return NULL;
}

/* What is above stays unsettled even if the rest of the value fails. */
static void become(node *n, look now)
{
    n->look = now;
    for (; n; n = n->parent) n->settled = false;
}

/* A whole value that is an object stays one, or becomes one: what else comes fails by itself. */
static lc_error *keep_objects(const pass *p, const node *n, look seen, look *now)
{
    if (n->parent || *now != STRING || (n->look != STRUCT && seen != STRUCT)) return NULL;
    if (seen != STRUCT) return fail_at(p, n, "values of the topic are objects, and this one isn't");
    *now = STRUCT;
    return NULL;
}

/* Makes of the node what it is with this value too. */
static lc_error *note(const pass *p, node *n, const lc_value *value, uint32_t depth)
{
    look seen = look_of(value);
    if (seen == NOTHING) return NULL;
    bool is_odd = n->any && (seen == ARRAY || seen == STRUCT);
    look now = is_odd ? STRING : widen(n->look, seen);
    bool conflicts = now == STRING && (n->look != STRING || seen != STRING) && n->look != NOTHING && !n->any;
    if (conflicts && p->infer->limits.fail_on_conflict) {
        char what[80];
        snprintf(what, sizeof what, "it was %s and is %s", look_names[n->look], look_names[seen]);
        return fail_at(p, n, what);
    }
    LC_TRY(keep_objects(p, n, seen, &now));
    if (now != n->look) become(n, now);
    if (now == ARRAY) return note_items(p, n, value->u.list, depth);
    return now == STRUCT ? note_fields(p, n, value, depth) : NULL;
}

static lc_error *settle(lc_json_infer *infer, node *n);

static lc_error *settle_array(lc_json_infer *infer, node *n)
{
    LC_TRY(settle(infer, n->items));
    const lc_schema *items = n->items->schema;
    if (!items && n->parent) return NULL;
    if (!items) items = lc_schema_primitive(infer->types, LC_TYPE_STRING, true);
    lc_schema_spec spec = {.type = LC_TYPE_ARRAY, .optional = true, .values = items};
    return lc_schema_intern(infer->types, &spec, &n->schema);
}

static lc_error *settle_struct(lc_json_infer *infer, node *n)
{
    lc_auto(lc_arena) scratch = {0};
    uint32_t count = n->names->count, used = 0;
    lc_text *names = lc_arena_alloc(&scratch, (count + 1) * sizeof *names);
    const lc_schema **fields = lc_arena_alloc(&scratch, (count + 1) * sizeof *fields);
    for (uint32_t i = 0; i < count; i++) {
        LC_TRY(settle(infer, n->children[i]));
        n->slots[i] = n->children[i]->schema ? (int32_t)used : -1;
        if (n->slots[i] < 0) continue;
        names[used] = n->children[i]->name;
        fields[used++] = n->children[i]->schema;
    }
    if (!used && n->parent) return NULL;
    lc_schema_spec spec = {.type = LC_TYPE_STRUCT,
                           .optional = true,
                           .field_names = names,
                           .field_schemas = fields,
                           .field_count = used};
    return lc_schema_intern(infer->types, &spec, &n->schema);
}

/* Brings the schema of the node and of all below up to what they are. */
static lc_error *settle(lc_json_infer *infer, node *n)
{
    if (n->settled) return NULL;
    n->schema = NULL;
    if (n->look == ARRAY) LC_TRY(settle_array(infer, n));
    else if (n->look == STRUCT) LC_TRY(settle_struct(infer, n));
    else if (n->look != NOTHING) n->schema = lc_schema_primitive(infer->types, plain_types[n->look], true);
    n->settled = true;
    return NULL;
}

static lc_error *convert(lc_json_infer *infer, lc_arena *arena, const node *n, const lc_schema *schema,
                         const lc_value *value, lc_value *ret);

static lc_error *to_text(lc_json_infer *infer, lc_arena *arena, const lc_value *value, lc_value *ret)
{
    if (value->kind == LC_STRING) {
        *ret = *value;
        return NULL;
    }
    lc_json_writer_start(&infer->writer, arena);
    LC_TRY(lc_json_writer_value(&infer->writer, NULL, value));
    *ret = lc_value_text(lc_json_writer_finish(&infer->writer));
    return NULL;
}

static lc_error *to_list(lc_json_infer *infer, lc_arena *arena, const node *n, const lc_list *from,
                         lc_value *ret)
{
    *ret = lc_list_new(arena, from->count);
    for (uint32_t i = 0; i < from->count; i++) {
        lc_value *item = lc_list_add(arena, ret->u.list);
        LC_TRY(convert(infer, arena, n->items, n->items->schema, &from->items[i], item));
    }
    return NULL;
}

static lc_error *to_struct(lc_json_infer *infer, lc_arena *arena, const node *n, const lc_schema *schema,
                           const lc_value *map, lc_value *ret)
{
    *ret = lc_struct_new(arena, schema);
    for (uint32_t i = 0; i < lc_map_size(map); i++) {
        lc_value key, *value;
        lc_map_entry(map, i, &key, &value);
        int32_t child = lc_shape_find(n->names, key.u.s, key.len);
        if (child < 0 || n->slots[child] < 0) continue;
        const node *field = n->children[child];
        LC_TRY(convert(infer, arena, field, field->schema, value, &ret->u.object->slots[n->slots[child]]));
    }
    return NULL;
}

static lc_error *convert(lc_json_infer *infer, lc_arena *arena, const node *n, const lc_schema *schema,
                         const lc_value *value, lc_value *ret)
{
    *ret = *value;
    if (!schema) *ret = lc_value_null();
    if (!schema || value->kind == LC_NULL) return NULL;
    switch (n->look) {
    case FLOAT64:
        if (value->kind == LC_INT64) *ret = lc_value_double((double)value->u.i);
        return NULL;
    case STRING: return to_text(infer, arena, value, ret);
    case ARRAY: return to_list(infer, arena, n, value->u.list, ret);
    case STRUCT: return to_struct(infer, arena, n, schema, value, ret);
    default: return NULL;
    }
}

static lc_error *find_topic(lc_json_infer *infer, lc_text name, topic **ret)
{
    *ret = lc_table_get_text(infer->topics, name);
    if (*ret) return NULL;
    if (infer->topic_count == MOST_TOPICS)
        return lc_fail(LC_E_DATA, "Schemas are inferred for %d topics at most, %.*s is one more", MOST_TOPICS,
                       (int)name.len, name.data);
    infer->topic_count++;
    *ret = lc_alloc(sizeof **ret);
    (*ret)->root = new_node(infer, NULL, (lc_text){0}, 0);
    lc_table_put_text(infer->topics, name, *ret);
    return NULL;
}

lc_error *lc_json_infer_apply(lc_json_infer *infer, lc_arena *arena, lc_text name, lc_value *value,
                              const lc_schema **ret_schema)
{
    topic *t;
    *ret_schema = NULL;
    if (value->kind == LC_NULL) return NULL;
    LC_TRY(find_topic(infer, name, &t));
    LC_TRY(note(&(pass){infer, t, name}, t->root, value, 0));
    LC_TRY(settle(infer, t->root));
    if (t->optional_schema != t->root->schema) {
        t->optional_schema = t->root->schema;
        t->schema = lc_schema_with_optional(infer->types, t->optional_schema, false);
    }
    *ret_schema = t->schema;
    lc_value plain = *value;
    return convert(infer, arena, t->root, t->schema, &plain, value);
}
