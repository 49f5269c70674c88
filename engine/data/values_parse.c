#include "data/values.h"

#include "data/values_literal.h"
#include "java/digits.h"

enum { TEMPORAL_TOKENS = 4 /* that follow the first one of hh:mm:ss */ };

/* A place in the text. `next` is the token there when it was looked at already (Java's Parser has the same
 * two parts): it ends at `at`. */
typedef struct cursor {
    size_t at;
    lc_text next; /* data NULL: not read yet */
} cursor;

typedef struct parser {
    lc_types *types;
    lc_arena *arena;
    lc_text text;
    cursor here;
    int depth;
    bool too_deep;
} parser;

/* A value with its schema; both null for "null" and where the text ended. */
typedef struct parsed {
    const lc_schema *schema;
    lc_value value;
} parsed;

/* The common schema of the elements of a container, as far as they have been seen. */
typedef struct merger {
    const lc_schema *common;
    bool incompatible;
} merger;

static bool is_delimiter(char c)
{
    return c == ':' || c == ',' || c == '{' || c == '}' || c == '[' || c == ']' || c == '"';
}

/* A token is one delimiter, or all up to the next delimiter that no odd run of backslashes precedes. */
static lc_text read_token(parser *p)
{
    const char *text = p->text.data;
    size_t start = p->here.at, at = start;
    bool escaped = false;
    for (; at < p->text.len; at++) {
        if (text[at] == '\\') {
            escaped = !escaped;
            continue;
        }
        if (!escaped && is_delimiter(text[at])) break;
        escaped = false;
    }
    if (at == start && at < p->text.len) at++;
    p->here.at = at;
    return (lc_text){text + start, at - start};
}

static bool more_text(const parser *p)
{
    return p->here.at < p->text.len;
}

static bool has_next(const parser *p)
{
    return p->here.next.data || more_text(p);
}

static lc_text take(parser *p)
{
    lc_text token = p->here.next.data ? p->here.next : read_token(p);
    p->here.next = (lc_text){0};
    return token;
}

static bool is_blank(lc_text text)
{
    return lc_text_trim(text).len == 0;
}

/* Takes the next token that isn't blank when it is `literal`. Blank tokens before it are lost even when it
 * isn't. */
static bool skip(parser *p, const char *literal)
{
    if (!has_next(p)) return false;
    if (!p->here.next.data) p->here.next = read_token(p);
    while (is_blank(p->here.next) && more_text(p)) p->here.next = read_token(p);
    if (!lc_text_is(lc_text_trim(p->here.next), literal)) return false;
    p->here.next = (lc_text){0};
    return true;
}

/* Embedded, the token is enough; at the top it must be the whole text. */
static bool skip_literal(parser *p, bool embedded, const char *literal)
{
    cursor start = p->here;
    if (skip(p, literal) && (embedded || !has_next(p))) return true;
    p->here = start;
    return false;
}

static bool parse_temporal(parser *p, lc_text head, lc_text tail, parsed *ret)
{
    return lc_literal_temporal(p->types, head, tail, &ret->schema, &ret->value);
}

static bool parse_number(parser *p, lc_text text, parsed *ret)
{
    return lc_literal_number(p->types, p->arena, text, &ret->schema, &ret->value);
}

/* The colons of a time divide it: a token and the four that follow are tried together before it alone. */
static bool parse_temporal_tokens(parser *p, lc_text token, parsed *ret)
{
    cursor start = p->here;
    lc_text tail = {p->text.data + start.at, 0};
    int taken = 0;
    for (; taken < TEMPORAL_TOKENS && has_next(p); taken++) take(p);
    tail.len = (size_t)(p->text.data + p->here.at - tail.data);
    if (taken == TEMPORAL_TOKENS && parse_temporal(p, token, tail, ret)) return true;
    p->here = start;
    return parse_temporal(p, token, LC_TEXT(""), ret);
}

static parsed string_of(parser *p, lc_text text)
{
    return (parsed){lc_schema_primitive(p->types, LC_TYPE_STRING, false), lc_value_text(text)};
}

/* A token without meaning of its own: false when embedded, else the whole text as a string. */
static bool parse_token(parser *p, bool embedded, lc_text token, parsed *ret)
{
    size_t len;
    bool digit = lc_digit_at(token.data, token.data + token.len, &len) >= 0;
    if (digit && parse_temporal_tokens(p, token, ret)) return true;
    if ((digit || token.data[0] == '+' || token.data[0] == '-') && parse_number(p, token, ret)) return true;
    if (embedded) return false;
    *ret = string_of(p, p->text);
    return true;
}

/* The tokens up to the next quote or the end, behind each other: copied to `into` unless that is NULL. False
 * when the text holds more between them. */
static bool take_quoted(parser *p, char *into, lc_text *ret)
{
    bool gapless = true;
    *ret = (lc_text){p->text.data + p->here.at, 0};
    while (has_next(p) && !skip(p, "\"")) {
        lc_text token = take(p);
        gapless = gapless && token.data == ret->data + ret->len;
        if (into) memcpy(into + ret->len, token.data, token.len);
        ret->len += token.len;
    }
    return gapless;
}

/* Escapes are kept; blanks between two delimiters are lost, as in Java, where the search for the closing
 * quote skips them. */
static bool parse_quoted(parser *p, parsed *ret)
{
    cursor start = p->here;
    lc_text content;
    if (!take_quoted(p, NULL, &content)) {
        char *copy = lc_arena_alloc(p->arena, content.len + 1);
        p->here = start;
        take_quoted(p, copy, &content);
        content.data = copy;
    }
    if (!parse_temporal(p, content, LC_TEXT(""), ret)) *ret = string_of(p, content);
    return true;
}

static bool is_number_type(uint8_t type)
{
    return type >= LC_TYPE_INT8 && type <= LC_TYPE_FLOAT64;
}

/* Of different numbers the wider one, of equal types the later one; nulls don't count. */
static void merge(merger *all, const lc_schema *schema)
{
    if (!schema || all->incompatible) return;
    const lc_schema *common = all->common;
    if (!common || common->type == schema->type) {
        all->common = schema;
    } else if (is_number_type(common->type) && is_number_type(schema->type)) {
        all->common = common->type > schema->type ? common : schema;
    } else {
        all->common = NULL;
        all->incompatible = true;
    }
}

static lc_values_target target_of(const lc_schema *schema)
{
    static const uint8_t by_logical[] = {
        [LC_LOGICAL_DECIMAL] = LC_TO_DECIMAL,
        [LC_LOGICAL_DATE] = LC_TO_DATE,
        [LC_LOGICAL_TIME] = LC_TO_TIME,
        [LC_LOGICAL_TIMESTAMP] = LC_TO_TIMESTAMP,
    };
    static const uint8_t by_type[] = {
        [LC_TYPE_BOOLEAN] = LC_TO_BOOLEAN, [LC_TYPE_INT8] = LC_TO_BYTE,     [LC_TYPE_INT16] = LC_TO_SHORT,
        [LC_TYPE_INT32] = LC_TO_INTEGER,   [LC_TYPE_INT64] = LC_TO_LONG,    [LC_TYPE_FLOAT32] = LC_TO_FLOAT,
        [LC_TYPE_FLOAT64] = LC_TO_DOUBLE,  [LC_TYPE_STRING] = LC_TO_STRING, [LC_TYPE_BYTES] = LC_TO_DECIMAL,
        [LC_TYPE_ARRAY] = LC_TO_LIST,      [LC_TYPE_MAP] = LC_TO_MAP,       [LC_TYPE_STRUCT] = LC_TO_STRUCT,
    };
    return (lc_values_target)(schema->logical ? by_logical[schema->logical] : by_type[schema->type]);
}

/* Brings an element to the common schema, which is never optional. */
static bool align(parser *p, const lc_schema *common, lc_value *value)
{
    if (value->kind == LC_NULL) return false;
    lc_autoptr(lc_error) failure =
        lc_values_convert(p->types, p->arena, target_of(common), 0, NULL, value, value);
    return !failure;
}

static bool parse_value(parser *p, bool embedded, parsed *ret);

static bool finish_array(parser *p, lc_value list, const merger *items, parsed *ret)
{
    for (uint32_t i = 0; items->common && i < list.u.list->count; i++) {
        if (!align(p, items->common, &list.u.list->items[i])) return false;
    }
    lc_schema_spec spec = {.type = LC_TYPE_ARRAY, .values = items->common};
    ret->value = list;
    lc_autoptr(lc_error) failure = lc_schema_intern(p->types, &spec, &ret->schema);
    return !failure;
}

static bool parse_array(parser *p, parsed *ret)
{
    lc_value list = lc_list_new(p->arena, 4);
    merger items = {0};
    while (has_next(p)) {
        if (skip(p, "]")) return finish_array(p, list, &items, ret);
        if (skip(p, ",")) return false;
        parsed item;
        if (!parse_value(p, true, &item)) return false;
        merge(&items, item.schema);
        *lc_list_add(p->arena, list.u.list) = item.value;
        cursor behind = p->here;
        if (skip(p, "]")) p->here = behind;
        else if (!skip(p, ",")) return false;
    }
    return false;
}

/* The map of pairs in a list (key, value, key, …); of equal keys the first gives the place, the last the
 * value. */
static lc_value map_of(parser *p, const lc_list *pairs)
{
    bool texts = true;
    for (uint32_t i = 0; i < pairs->count; i += 2) texts = texts && pairs->items[i].kind == LC_STRING;
    lc_value map = texts ? lc_object_new(p->arena, lc_shape_empty(p->types), pairs->count / 2)
                         : lc_map_new(p->arena, pairs->count / 2);
    for (uint32_t i = 0; i < pairs->count; i += 2) {
        lc_value key = pairs->items[i], value = pairs->items[i + 1];
        if (texts) *lc_map_set(p->types, p->arena, &map, lc_value_as_text(&key)) = value;
        else lc_map_put(p->arena, map.u.map, key, value);
    }
    return map;
}

/* Keys and values are aligned when both have a common schema, keys alone when only they have. Aligned keys
 * may have become equal, so the map is made again. */
static bool align_map(parser *p, const lc_schema *keys, const lc_schema *values, lc_value *map)
{
    uint32_t size = lc_map_size(map);
    lc_value pairs = lc_list_new(p->arena, size * 2);
    for (uint32_t i = 0; i < size; i++) {
        lc_value key, *value;
        lc_map_entry(map, i, &key, &value);
        lc_value aligned = *value;
        if (!align(p, keys, &key)) return false;
        if (values && !align(p, values, &aligned)) return false;
        *lc_list_add(p->arena, pairs.u.list) = key;
        *lc_list_add(p->arena, pairs.u.list) = aligned;
    }
    *map = map_of(p, pairs.u.list);
    return true;
}

static bool finish_map(parser *p, const lc_list *pairs, const merger *keys, const merger *values, parsed *ret)
{
    lc_schema_spec spec = {
        .type = LC_TYPE_MAP, .keys = keys->common, .values = keys->common ? values->common : NULL};
    ret->value = map_of(p, pairs);
    if (spec.keys && !align_map(p, spec.keys, spec.values, &ret->value)) return false;
    lc_autoptr(lc_error) failure = lc_schema_intern(p->types, &spec, &ret->schema);
    return !failure;
}

static bool parse_map(parser *p, parsed *ret)
{
    lc_value pairs = lc_list_new(p->arena, 8);
    merger keys = {0}, values = {0};
    while (has_next(p)) {
        if (skip(p, "}")) return finish_map(p, pairs.u.list, &keys, &values, ret);
        if (skip(p, ",")) return false;
        parsed key, value;
        if (!parse_value(p, true, &key) || key.value.kind == LC_NULL) return false;
        if (!skip(p, ":")) return false;
        if (!parse_value(p, true, &value)) return false;
        *lc_list_add(p->arena, pairs.u.list) = key.value;
        *lc_list_add(p->arena, pairs.u.list) = value.value;
        skip(p, ",");
        merge(&keys, key.schema);
        merge(&values, value.schema);
    }
    return false;
}

/* An array or map at this place. Otherwise false, and what looking for one skipped is back unless there was
 * neither bracket (as in Java, where only a failure rewinds). */
static bool parse_container(parser *p, parsed *ret)
{
    cursor start = p->here;
    bool array = skip(p, "[");
    if (!array && !skip(p, "{")) return false;
    bool done = false;
    if (p->depth == LC_VALUES_MAX_DEPTH) {
        p->too_deep = true;
    } else {
        p->depth++;
        done = array ? parse_array(p, ret) : parse_map(p, ret);
        p->depth--;
    }
    if (!done) p->here = start;
    return done;
}

/* False when an embedded value can't be read: the container around it is then no container. */
static bool parse_value(parser *p, bool embedded, parsed *ret)
{
    *ret = (parsed){0};
    if (!has_next(p)) return true;
    if (embedded && skip(p, "\"")) return parse_quoted(p, ret);
    if (skip_literal(p, embedded, "null")) return true;
    for (int truth = 1; truth >= 0; truth--) {
        if (!skip_literal(p, embedded, truth ? "true" : "false")) continue;
        *ret = (parsed){lc_schema_primitive(p->types, LC_TYPE_BOOLEAN, false), lc_value_bool(truth)};
        return true;
    }
    if (parse_container(p, ret)) return true;
    if (p->too_deep) return false;
    lc_text token = take(p);
    if (is_blank(token)) {
        *ret = string_of(p, token);
        return true;
    }
    return parse_token(p, embedded, lc_text_trim(token), ret);
}

lc_error *lc_values_parse(lc_types *types, lc_arena *arena, lc_text text, const lc_schema **ret_schema,
                          lc_value *ret_value)
{
    parser p = {.types = types, .arena = arena, .text = text};
    parsed result = {0};
    if (text.data && text.len == 0) result = string_of(&p, text);
    else if (text.data) parse_value(&p, false, &result);
    *ret_schema = result.schema;
    *ret_value = result.value;
    if (!p.too_deep) return NULL;
    return lc_fail(LC_E_LIMIT, "More than %d arrays and maps within each other", (int)LC_VALUES_MAX_DEPTH);
}
