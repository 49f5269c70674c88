#include "data/value.h"

#include "data/types.h"

enum { FIRST_SLOTS = 8, MAP_INDEXED = 16 };

struct lc_map_index {
    uint32_t mask;
    uint32_t indexed; /* entries in it so far */
    uint32_t slots[]; /* entry + 1 by hash of its key, 0: free */
};

lc_value lc_object_new(lc_arena *arena, const lc_shape *shape, uint32_t spare)
{
    uint32_t cap = shape->count + spare;
    lc_object *object = lc_arena_alloc(arena, sizeof *object + cap * sizeof(lc_value));
    *object = (lc_object){.shape = shape, .slots = (lc_value *)(object + 1), .cap = cap};
    memset(object->slots, 0, shape->count * sizeof(lc_value));
    return (lc_value){.kind = LC_MAP, .flags = LC_V_OBJECT, .u.object = object};
}

lc_value lc_struct_new(lc_arena *arena, const lc_schema *schema)
{
    lc_value value = lc_object_new(arena, schema->shape, 0);
    value.kind = LC_STRUCT;
    value.flags = 0;
    value.u.object->schema = schema;
    return value;
}

lc_value lc_list_new(lc_arena *arena, uint32_t cap)
{
    lc_list *list = lc_arena_alloc(arena, sizeof *list + cap * sizeof(lc_value));
    *list = (lc_list){.items = (lc_value *)(list + 1), .cap = cap};
    return (lc_value){.kind = LC_ARRAY, .u.list = list};
}

lc_value lc_map_new(lc_arena *arena, uint32_t cap)
{
    lc_map *map = lc_arena_alloc(arena, sizeof *map + 2 * (size_t)cap * sizeof(lc_value));
    *map = (lc_map){.items = (lc_value *)(map + 1), .cap = cap};
    return (lc_value){.kind = LC_MAP, .u.map = map};
}

/* Room for twice as many values; what was there is copied. */
static lc_value *grown(lc_arena *arena, const lc_value *items, uint32_t count, uint32_t cap)
{
    lc_value *copy = lc_arena_alloc(arena, cap * sizeof *copy);
    if (count) memcpy(copy, items, count * sizeof *copy);
    return copy;
}

static uint32_t next_cap(uint32_t cap)
{
    return cap ? cap * 2 : FIRST_SLOTS;
}

lc_value *lc_list_add(lc_arena *arena, lc_list *list)
{
    if (list->count == list->cap) {
        list->cap = next_cap(list->cap);
        list->items = grown(arena, list->items, list->count, list->cap);
    }
    lc_value *item = &list->items[list->count++];
    *item = lc_value_null();
    return item;
}

static uint32_t hash_key(const lc_value *key)
{
    uint64_t bits;
    switch (key->kind) {
    case LC_STRING:
    case LC_BYTES: return lc_hash(key->u.s, key->len);
    case LC_DECIMAL:
    case LC_BIGINT: return lc_hash(key->u.decimal->unscaled, key->u.decimal->len);
    case LC_ARRAY: return key->u.list->count;
    case LC_MAP: return lc_map_size(key);
    case LC_STRUCT: return key->u.object->schema->hash;
    case LC_FLOAT32:
    case LC_FLOAT64:
        if (key->u.d != key->u.d) return 1;
        memcpy(&bits, &key->u.d, sizeof bits);
        return lc_hash(&bits, sizeof bits);
    default: return lc_hash(&key->u.i, sizeof key->u.i);
    }
}

static void index_entry(lc_map *map, uint32_t entry)
{
    lc_map_index *index = map->index;
    uint32_t at = hash_key(&map->items[2 * entry]) & index->mask;
    while (index->slots[at]) at = (at + 1) & index->mask;
    index->slots[at] = entry + 1;
    index->indexed = entry + 1;
}

/* With an arena the index may grow; without one, what isn't in it is searched one by one. */
static void index_entries(lc_arena *arena, lc_map *map)
{
    if (!map->index || map->count * 2 > map->index->mask + 1) {
        uint32_t size = 4 * MAP_INDEXED;
        while (size < map->count * 4) size *= 2;
        map->index = lc_arena_alloc(arena, sizeof *map->index + size * sizeof map->index->slots[0]);
        memset(map->index, 0, sizeof *map->index + size * sizeof map->index->slots[0]);
        map->index->mask = size - 1;
    }
    while (map->index->indexed < map->count) index_entry(map, map->index->indexed);
}

lc_value *lc_map_get(lc_map *map, const lc_value *key)
{
    uint32_t from = 0;
    const lc_map_index *index = map->index;
    if (index) {
        for (uint32_t at = hash_key(key) & index->mask; index->slots[at]; at = (at + 1) & index->mask) {
            lc_value *item = &map->items[2 * (index->slots[at] - 1)];
            if (lc_value_equal(item, key)) return item + 1;
        }
        from = index->indexed;
    }
    for (uint32_t i = from; i < map->count; i++) {
        if (lc_value_equal(&map->items[2 * i], key)) return &map->items[2 * i + 1];
    }
    return NULL;
}

static lc_value *map_append(lc_arena *arena, lc_map *map, lc_value key)
{
    if (map->count == map->cap) {
        map->cap = next_cap(map->cap);
        map->items = grown(arena, map->items, 2 * map->count, 2 * map->cap);
    }
    lc_value *item = &map->items[2 * (size_t)map->count++];
    item[0] = key;
    item[1] = lc_value_null();
    return item + 1;
}

static lc_value *map_slot(lc_arena *arena, lc_map *map, const lc_value *key)
{
    if (map->count > MAP_INDEXED) index_entries(arena, map);
    return lc_map_get(map, key);
}

void lc_map_put(lc_arena *arena, lc_map *map, lc_value key, lc_value value)
{
    lc_value *slot = map_slot(arena, map, &key);
    if (!slot) slot = map_append(arena, map, key);
    *slot = value;
}

lc_value *lc_value_field(const lc_value *container, lc_text name)
{
    if (!lc_value_is_object(container)) {
        if (container->kind != LC_MAP) return NULL;
        lc_value key = lc_value_text(name);
        return lc_map_get(container->u.map, &key);
    }
    lc_object *object = container->u.object;
    int32_t at = lc_shape_find(object->shape, name.data, name.len);
    return at < 0 ? NULL : &object->slots[at];
}

const lc_value *lc_struct_get(const lc_object *object, uint32_t index)
{
    if (index >= object->shape->count) return NULL;
    const lc_value *value = &object->slots[index];
    if (value->kind != LC_NULL || !object->schema) return value;
    const lc_schema *schema = object->schema->fields[index];
    return schema->has_default ? &schema->default_value : value;
}

static lc_value *object_slot(lc_types *types, lc_arena *arena, lc_object *object, lc_text name)
{
    const lc_shape *shape = lc_shape_predict(object->shape, name.data, name.len);
    if (!shape) {
        int32_t place = lc_shape_find(object->shape, name.data, name.len);
        if (place >= 0) return &object->slots[place];
        shape = lc_shape_extend(types, arena, object->shape, name.data, name.len);
    }
    uint32_t at = shape->count - 1;
    object->shape = shape;
    if (at == object->cap) {
        object->cap = next_cap(object->cap);
        object->slots = grown(arena, object->slots, at, object->cap);
    }
    object->slots[at] = lc_value_null();
    return &object->slots[at];
}

lc_value *lc_map_set(lc_types *types, lc_arena *arena, lc_value *map, lc_text name)
{
    if (map->flags & LC_V_OBJECT) return object_slot(types, arena, map->u.object, name);
    lc_value key = lc_value_text(name);
    lc_value *slot = map_slot(arena, map->u.map, &key);
    if (slot) return slot;
    key.u.s = lc_arena_copy(arena, name.data, name.len);
    return map_append(arena, map->u.map, key);
}

static void object_drop(lc_types *types, lc_object *object, uint32_t at)
{
    uint32_t after = object->shape->count - at - 1;
    if (object->shape->id) object->shape = lc_shape_remove(types, object->shape, at);
    else lc_shape_drop((lc_shape *)object->shape, at);
    memmove(&object->slots[at], &object->slots[at + 1], after * sizeof(lc_value));
}

static void map_drop(lc_map *map, const lc_value *slot)
{
    uint32_t entry = (uint32_t)(slot - map->items) / 2;
    memmove(&map->items[2 * entry], &map->items[2 * entry + 2],
            2 * (map->count - entry - 1) * sizeof(lc_value));
    map->count--;
    if (!map->index) return;
    memset(map->index->slots, 0, (map->index->mask + 1) * sizeof map->index->slots[0]);
    map->index->indexed = 0;
}

bool lc_map_remove(lc_types *types, lc_value *map, lc_text name)
{
    lc_value *slot = lc_value_field(map, name);
    if (!slot) return false;
    if (map->flags & LC_V_OBJECT) object_drop(types, map->u.object, (uint32_t)(slot - map->u.object->slots));
    else map_drop(map->u.map, slot);
    return true;
}

uint32_t lc_map_size(const lc_value *map)
{
    return map->flags & LC_V_OBJECT ? map->u.object->shape->count : map->u.map->count;
}

void lc_map_entry(const lc_value *map, uint32_t i, lc_value *ret_key, lc_value **ret_value)
{
    if (map->flags & LC_V_OBJECT) {
        const lc_name *name = &map->u.object->shape->names[i];
        *ret_key = lc_value_text((lc_text){name->text, name->len});
        *ret_value = &map->u.object->slots[i];
        return;
    }
    *ret_key = map->u.map->items[2 * i];
    *ret_value = &map->u.map->items[2 * i + 1];
}

typedef struct copier {
    lc_arena *arena;
    bool deep; /* texts too: nothing is shared with the source */
} copier;

static lc_value copy_value(const copier *c, const lc_value *value);

static void copy_values(const copier *c, lc_value *to, const lc_value *from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bool shared = from[i].kind < LC_STRING || from[i].kind == LC_DATE ||
                      (!c->deep && (from[i].kind < LC_ARRAY || from[i].kind > LC_STRUCT));
        to[i] = shared ? from[i] : copy_value(c, &from[i]);
    }
}

static const lc_shape *copy_shape(const copier *c, const lc_shape *shape)
{
    if (shape->id) return shape;
    lc_shape *copy = lc_shape_anonymous(c->arena, shape->count);
    for (uint32_t i = 0; i < shape->count; i++) {
        lc_shape_append(c->arena, copy, shape->names[i].text, shape->names[i].len);
    }
    return copy;
}

static lc_object *copy_object(const copier *c, const lc_object *from)
{
    uint32_t count = from->shape->count;
    lc_object *object = lc_arena_alloc(c->arena, sizeof *object + count * sizeof(lc_value));
    *object = (lc_object){.shape = copy_shape(c, from->shape), .schema = from->schema, .cap = count};
    object->slots = (lc_value *)(object + 1);
    copy_values(c, object->slots, from->slots, count);
    return object;
}

static const lc_decimal *copy_decimal(const copier *c, const lc_decimal *from)
{
    lc_decimal *decimal = lc_arena_alloc(c->arena, sizeof *decimal);
    *decimal = lc_decimal_copy(c->arena, *from);
    return decimal;
}

static lc_value copy_value(const copier *c, const lc_value *value)
{
    lc_value copy = *value;
    switch (value->kind) {
    case LC_STRING:
    case LC_BYTES:
        if (c->deep) copy.u.s = lc_arena_copy(c->arena, value->u.s, value->len);
        break;
    case LC_DECIMAL:
    case LC_BIGINT:
        if (c->deep) copy.u.decimal = copy_decimal(c, value->u.decimal);
        break;
    case LC_STRUCT: copy.u.object = copy_object(c, value->u.object); break;
    case LC_ARRAY:
        copy.u.list = lc_list_new(c->arena, value->u.list->count).u.list;
        copy.u.list->count = value->u.list->count;
        copy_values(c, copy.u.list->items, value->u.list->items, value->u.list->count);
        break;
    case LC_MAP:
        if (value->flags & LC_V_OBJECT) {
            copy.u.object = copy_object(c, value->u.object);
            break;
        }
        copy.u.map = lc_map_new(c->arena, value->u.map->count).u.map;
        copy.u.map->count = value->u.map->count;
        copy_values(c, copy.u.map->items, value->u.map->items, 2 * value->u.map->count);
        break;
    default: break;
    }
    return copy;
}

lc_value lc_value_copy(lc_arena *arena, const lc_value *value)
{
    return copy_value(&(copier){arena, true}, value);
}

lc_value lc_value_fork(lc_arena *arena, const lc_value *value)
{
    return copy_value(&(copier){arena, false}, value);
}

static bool equal_values(const lc_value *a, const lc_value *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!lc_value_equal(&a[i], &b[i])) return false;
    }
    return true;
}

static bool equal_maps(const lc_value *a, const lc_value *b)
{
    uint32_t count = lc_map_size(a);
    if (count != lc_map_size(b)) return false;
    for (uint32_t i = 0; i < count; i++) {
        lc_value key, *mine, *other;
        lc_map_entry(a, i, &key, &mine);
        if (!(b->flags & LC_V_OBJECT)) other = lc_map_get(b->u.map, &key);
        else other = key.kind == LC_STRING ? lc_value_field(b, lc_value_as_text(&key)) : NULL;
        if (!other || !lc_value_equal(mine, other)) return false;
    }
    return true;
}

static bool equal_doubles(double a, double b)
{
    if (a != a || b != b) return a != a && b != b;
    return memcmp(&a, &b, sizeof a) == 0;
}

bool lc_value_equal(const lc_value *a, const lc_value *b)
{
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case LC_NULL: return true;
    case LC_FLOAT32:
    case LC_FLOAT64: return equal_doubles(a->u.d, b->u.d);
    case LC_STRING:
    case LC_BYTES: return a->len == b->len && (a->len == 0 || memcmp(a->u.s, b->u.s, a->len) == 0);
    case LC_DECIMAL:
    case LC_BIGINT: return lc_decimal_equals(*a->u.decimal, *b->u.decimal);
    case LC_ARRAY:
        return a->u.list->count == b->u.list->count &&
               equal_values(a->u.list->items, b->u.list->items, a->u.list->count);
    case LC_MAP: return equal_maps(a, b);
    case LC_STRUCT:
        return a->u.object->schema == b->u.object->schema &&
               equal_values(a->u.object->slots, b->u.object->slots, a->u.object->shape->count);
    default: return a->u.i == b->u.i;
    }
}

static const struct {
    const char *name, *java;
} KINDS[LC_KIND_COUNT] = {
    [LC_NULL] = {"null", "null"},
    [LC_BOOLEAN] = {"boolean", "java.lang.Boolean"},
    [LC_INT8] = {"int8", "java.lang.Byte"},
    [LC_INT16] = {"int16", "java.lang.Short"},
    [LC_INT32] = {"int32", "java.lang.Integer"},
    [LC_INT64] = {"int64", "java.lang.Long"},
    [LC_FLOAT32] = {"float32", "java.lang.Float"},
    [LC_FLOAT64] = {"float64", "java.lang.Double"},
    [LC_STRING] = {"string", "java.lang.String"},
    [LC_BYTES] = {"bytes", "[B"},
    [LC_ARRAY] = {"array", "java.util.ArrayList"},
    [LC_MAP] = {"map", "java.util.HashMap"},
    [LC_STRUCT] = {"struct", "org.apache.kafka.connect.data.Struct"},
    [LC_DATE] = {"date", "java.util.Date"},
    [LC_DECIMAL] = {"decimal", "java.math.BigDecimal"},
    [LC_BIGINT] = {"bigint", "java.math.BigInteger"},
};

const char *lc_value_java_class(const lc_value *value)
{
    return KINDS[value->kind].java;
}

const char *lc_kind_name(uint8_t kind)
{
    return KINDS[kind].name;
}
