#include "convert/json_tree.h"

#include "java/decimal.h"

enum { HASHED_FROM = 16 }; /* members from which names are looked up by hash */

typedef struct lc_builder {
    lc_source *source;
    unsigned depth;
} lc_builder;

static const char *build(lc_builder *builder, const char *p, lc_node *ret);

/* Names of an object under construction: place + 1 by hash. */
typedef struct name_index {
    uint32_t *slots;
    uint32_t mask;
    uint32_t filled;
} name_index;

static void index_fill(lc_arena *arena, name_index *index, const lc_node *object)
{
    if (!index->slots || object->count * 2 > index->mask) {
        uint32_t size = 64;
        while (size < object->count * 4) size *= 2;
        index->slots =
            memset(lc_arena_alloc(arena, size * sizeof *index->slots), 0, size * sizeof *index->slots);
        index->mask = size - 1;
        index->filled = 0;
    }
    for (; index->filled < object->count; index->filled++) {
        uint32_t at =
            lc_hash(object->names[index->filled].data, object->names[index->filled].len) & index->mask;
        while (index->slots[at]) at = (at + 1) & index->mask;
        index->slots[at] = index->filled + 1;
    }
}

static lc_node *find_hashed(lc_arena *arena, name_index *index, const lc_node *object, lc_text name)
{
    index_fill(arena, index, object);
    uint32_t at = lc_hash(name.data, name.len) & index->mask;
    for (; index->slots[at]; at = (at + 1) & index->mask)
        if (lc_text_eq(object->names[index->slots[at] - 1], name))
            return &object->items[index->slots[at] - 1];
    return NULL;
}

static lc_node *find(lc_arena *arena, name_index *index, const lc_node *object, lc_text name)
{
    if (object->count >= HASHED_FROM) return find_hashed(arena, index, object, name);
    for (uint32_t i = 0; i < object->count; i++)
        if (lc_text_eq(object->names[i], name)) return &object->items[i];
    return NULL;
}

static lc_node *append(lc_arena *arena, lc_node *node)
{
    if (!node->items || node->count == node->cap) {
        uint32_t cap = node->cap ? node->cap * 2 : 4;
        lc_node *items = lc_arena_alloc(arena, cap * sizeof *items);
        if (node->items) memcpy(items, node->items, node->count * sizeof *items);
        node->items = items;
        if (node->kind == LC_NODE_OBJECT) {
            lc_text *names = lc_arena_alloc(arena, cap * sizeof *names);
            if (node->names) memcpy(names, node->names, node->count * sizeof *names);
            node->names = names;
        }
        node->cap = cap;
    }
    node->items[node->count] = (lc_node){0};
    return &node->items[node->count++];
}

/* Behind an item: the place behind a comma, or at the closing bracket. */
static const char *next_item(lc_source *source, const char *p, char close)
{
    p = lc_scan_blanks(source, p);
    if (p < source->end && *p == close) return p;
    if (p == source->end || *p != ',')
        return lc_source_fail(source, p, "was expecting a comma or the end of the list");
    p = lc_scan_blanks(source, p + 1);
    return p < source->end && *p == close ? lc_source_fail(source, p, "expected a value behind the comma")
                                          : p;
}

static const char *build_array(lc_builder *builder, const char *p, lc_node *ret)
{
    lc_source *source = builder->source;
    ret->kind = LC_NODE_ARRAY;
    p = lc_scan_blanks(source, p + 1);
    while (p && (p == source->end || *p != ']')) {
        lc_node item = {0};
        p = build(builder, p, &item);
        if (!p) return NULL;
        *append(source->arena, ret) = item;
        p = next_item(source, p, ']');
    }
    return p ? p + 1 : NULL;
}

static const char *read_name(lc_source *source, const char *p, lc_text *ret)
{
    if (p == source->end || *p != '"')
        return lc_source_fail(source, p, "was expecting double-quote to start field name");
    p = lc_scan_any_string(source, p, true, ret);
    if (!p) return NULL;
    p = lc_scan_blanks(source, p);
    if (p == source->end || *p != ':')
        return lc_source_fail(source, p, "was expecting a colon to separate field name and value");
    return lc_scan_blanks(source, p + 1);
}

static const char *build_object(lc_builder *builder, const char *p, lc_node *ret)
{
    lc_source *source = builder->source;
    name_index index = {0};
    ret->kind = LC_NODE_OBJECT;
    p = lc_scan_blanks(source, p + 1);
    while (p && (p == source->end || *p != '}')) {
        lc_text name;
        lc_node value = {0};
        p = read_name(source, p, &name);
        if (!p) return NULL;
        p = build(builder, p, &value);
        if (!p) return NULL;
        lc_node *old = find(source->arena, &index, ret, name);
        if (!old) {
            old = append(source->arena, ret);
            ret->names[ret->count - 1] = name;
        }
        *old = value;
        p = next_item(source, p, '}');
    }
    return p ? p + 1 : NULL;
}

static const char *build_container(lc_builder *builder, const char *p, lc_node *ret)
{
    if (!lc_source_takes_depth(builder->source, ++builder->depth))
        return lc_source_fail(builder->source, p, "document nesting is too deep");
    p = *p == '{' ? build_object(builder, p, ret) : build_array(builder, p, ret);
    builder->depth--;
    return p;
}

static const char *build_number(lc_builder *builder, const char *p, lc_node *ret)
{
    const char *end = lc_scan_numeral(builder->source, p, &ret->number);
    if (!end) return NULL;
    ret->kind = LC_NODE_NUMBER;
    ret->text = (lc_text){p, (size_t)(end - p)};
    return builder->depth ? end : lc_scan_root_end(builder->source, end);
}

static const char *build_word(lc_builder *builder, const char *p, lc_node *ret)
{
    lc_text word = *p == 't' ? LC_TEXT("true") : *p == 'f' ? LC_TEXT("false") : LC_TEXT("null");
    ret->kind = *p == 't' || *p == 'f' ? LC_NODE_BOOLEAN : LC_NODE_NULL;
    ret->truth = *p == 't';
    return lc_scan_word(builder->source, p, word, builder->depth == 0);
}

static const char *build(lc_builder *builder, const char *p, lc_node *ret)
{
    if (p == builder->source->end) return lc_source_fail(builder->source, p, "expected a value");
    const char *start = p;
    if (*p == '"') {
        ret->kind = LC_NODE_STRING;
        p = lc_scan_string(builder->source, p, &ret->text);
    } else if (*p == '{' || *p == '[') {
        p = build_container(builder, p, ret);
    } else if (*p == '-' || (*p >= '0' && *p <= '9')) {
        p = build_number(builder, p, ret);
    } else {
        p = build_word(builder, p, ret);
    }
    ret->start = start;
    ret->end = p;
    return p;
}

lc_error *lc_tree_read(lc_source *source, lc_node *ret)
{
    lc_builder builder = {.source = source};
    *ret = (lc_node){0};
    const char *p = lc_scan_blanks(source, source->start);
    if (p == source->end) return NULL;
    return build(&builder, p, ret) ? NULL : lc_source_error(source);
}

const lc_node *lc_node_get_text(const lc_node *node, lc_text name)
{
    if (node->kind != LC_NODE_OBJECT) return NULL;
    for (uint32_t i = 0; i < node->count; i++)
        if (lc_text_eq(node->names[i], name)) return &node->items[i];
    return NULL;
}

const lc_node *lc_node_get(const lc_node *node, const char *name)
{
    return lc_node_get_text(node, lc_text_of(name));
}

const char *lc_node_kind_name(const lc_node *node)
{
    static const char *const names[] = {"MISSING", "NULL", "BOOLEAN", "NUMBER", "STRING", "ARRAY", "OBJECT"};
    return names[node->kind];
}

bool lc_node_is_integral(const lc_node *node)
{
    return node->kind == LC_NODE_NUMBER && node->number.integral;
}

bool lc_node_is_int32(const lc_node *node)
{
    return lc_node_is_integral(node) && !node->number.overflow &&
           node->number.i64 == (int32_t)node->number.i64;
}

int64_t lc_node_long(const lc_node *node, lc_arena *scratch)
{
    if (node->kind != LC_NODE_NUMBER) return 0;
    if (node->number.integral) return node->number.i64;
    lc_decimal decimal;
    return lc_decimal_parse(scratch, node->text, &decimal) ? lc_decimal_to_int64(scratch, decimal) : 0;
}

double lc_node_double(const lc_node *node)
{
    if (node->kind != LC_NODE_NUMBER) return 0;
    bool exact = node->number.integral && !node->number.overflow;
    return exact ? (double)node->number.i64 : node->number.f64;
}

float lc_node_float(const lc_node *node)
{
    if (node->kind != LC_NODE_NUMBER) return 0;
    if (node->number.integral && !node->number.overflow) return (float)node->number.i64;
    float value = 0;
    lc_parse_float(node->text, &value);
    /* A zero has no sign in BigDecimal; a number that only rounds to zero keeps it. */
    return value == 0 && node->number.f64 == 0 ? (float)node->number.f64 : value;
}
