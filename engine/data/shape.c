#include "data/types.h"

#include "base/memory.h"

enum {
    SHAPES_FREE = 8192, /* shapes made before maps have to stay anonymous */
    WIDEST = 512,       /* names of a map's interned shape */
    MOST_WAYS = 1024,   /* different names added to one shape */
    SCAN = 32           /* up to here marks are searched, which takes no hash */
};

static inline uint64_t word_at(const void *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline uint32_t half_at(const void *bytes)
{
    uint32_t half;
    memcpy(&half, bytes, sizeof half);
    return half;
}

/* memcmp without the call for lengths that names have: two loads that may overlap. */
static inline bool same_bytes(const char *a, const char *b, size_t len)
{
    if (len > 16) return memcmp(a, b, len) == 0;
    if (len >= 8) return word_at(a) == word_at(b) && word_at(a + len - 8) == word_at(b + len - 8);
    if (len >= 4) return half_at(a) == half_at(b) && half_at(a + len - 4) == half_at(b + len - 4);
    for (size_t i = 0; i < len; i++) {
        if (a[i] != b[i]) return false;
    }
    return true;
}

static inline bool same_name(const lc_name *name, const char *text, size_t len)
{
    return name->len == len && same_bytes(name->text, text, len);
}

/* Tells most names of a record apart: length, first and last byte. */
static inline uint8_t mark_of(const char *text, size_t len)
{
    if (len == 0) return 0;
    return (uint8_t)(len * 37 + (uint8_t)text[0] * 5u + (uint8_t)text[len - 1] * 3u);
}

static lc_shape_node *node_of(const lc_shape *shape)
{
    return (lc_shape_node *)shape;
}

static lc_name_list *list_of(const lc_shape *shape)
{
    return ((const lc_shape_head *)shape)->list;
}

static void index_one(lc_name_list *list, uint32_t place)
{
    uint32_t at = list->names[place].hash & list->mask;
    while (list->index[at]) at = (at + 1) & list->mask;
    list->index[at] = place + 1;
}

/* Twice as many places as names can come before the next growth, so probing stays short. */
static void index_grow(lc_name_list *list)
{
    uint32_t size = 16;
    while (size < list->cap * 2 || size < list->count * 2) size *= 2;
    if (!list->index || size > list->mask + 1)
        list->index = lc_arena_alloc(list->arena, size * sizeof *list->index);
    else size = list->mask + 1;
    memset(list->index, 0, size * sizeof *list->index);
    list->mask = size - 1;
    list->indexed = 0;
}

static void index_all(lc_name_list *list)
{
    if (!list->index || list->count * 2 > list->mask + 1) index_grow(list);
    for (; list->indexed < list->count; list->indexed++) index_one(list, list->indexed);
}

static int32_t find_hashed(const lc_shape *shape, const char *name, size_t len)
{
    lc_name_list *list = list_of(shape);
    if (list->indexed < shape->count) index_all(list);
    uint32_t hash = lc_hash(name, len);
    for (uint32_t at = hash & list->mask; list->index[at]; at = (at + 1) & list->mask) {
        uint32_t place = list->index[at] - 1;
        const lc_name *found = &list->names[place];
        if (found->hash == hash && same_name(found, name, len))
            return place < shape->count ? (int32_t)place : -1;
    }
    return -1;
}

/* The high bit of every byte that is 0; exact, unlike the shorter formula. */
static inline uint64_t zero_bytes(uint64_t word)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7fu;
    return ~(((word & low) + low) | word | low);
}

/* The number of the lowest marked byte, in memory order. */
static inline uint32_t byte_of(uint64_t hits)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (uint32_t)__builtin_ctzll(hits) / 8;
#else
    return 7 - (uint32_t)__builtin_ctzll(hits) / 8;
#endif
}

/* Eight marks at a time. */
int32_t lc_shape_find(const lc_shape *shape, const char *name, size_t len)
{
    if (shape->count > SCAN) return find_hashed(shape, name, len);
    const uint8_t *marks = list_of(shape)->marks;
    uint64_t wanted = mark_of(name, len) * 0x0101010101010101u;
    for (uint32_t at = 0; at < shape->count; at += 8) {
        for (uint64_t hits = zero_bytes(word_at(marks + at) ^ wanted); hits; hits &= hits - 1) {
            uint32_t place = at + byte_of(hits);
            if (place < shape->count && same_name(&shape->names[place], name, len)) return (int32_t)place;
        }
    }
    return -1;
}

static size_t marks_size(uint32_t cap)
{
    return ((size_t)cap + 7) & ~(size_t)7;
}

static lc_name_list *list_new(lc_arena *arena, uint32_t cap)
{
    size_t names = cap * sizeof(lc_name);
    lc_name_list *list = lc_arena_alloc(arena, sizeof *list + names + marks_size(cap));
    *list = (lc_name_list){.arena = arena, .names = (lc_name *)(list + 1), .cap = cap};
    list->marks = memset((char *)(list + 1) + names, 0, marks_size(cap));
    return list;
}

/* `count` names at once, into a list that is empty and large enough. */
static void list_fill(lc_name_list *list, const lc_name *names, uint32_t count)
{
    memcpy(list->names, names, count * sizeof *names);
    for (uint32_t i = 0; i < count; i++) list->marks[i] = mark_of(names[i].text, names[i].len);
    list->count = count;
}

static void list_grow(lc_name_list *list)
{
    uint32_t cap = list->cap ? list->cap * 2 : 4;
    lc_name_list more = *list_new(list->arena, cap);
    list_fill(&more, list->names, list->count);
    list->names = more.names; /* shapes that see the old array keep it */
    list->marks = more.marks;
    list->cap = cap;
}

static void list_append(lc_name_list *list, lc_name name)
{
    if (list->count == list->cap) list_grow(list);
    list->marks[list->count] = mark_of(name.text, name.len);
    list->names[list->count++] = name;
}

static const lc_name *name_intern(lc_types *types, const char *text, size_t len)
{
    uint32_t hash = lc_hash(text, len), at = hash;
    for (const lc_name *name; (name = lc_hash_set_next(&types->names, hash, &at));) {
        if (same_name(name, text, len)) return name;
    }
    lc_name *name = lc_arena_alloc(&types->arena, sizeof *name);
    *name = (lc_name){lc_arena_copy(&types->arena, text, len), (uint32_t)len, hash};
    lc_hash_set_put(&types->names, hash, name);
    return name;
}

static lc_shape_node *node_new(lc_types *types, lc_name_list *list, uint32_t hash)
{
    lc_shape_node *node = lc_arena_alloc(&types->arena, sizeof *node);
    types->shape_by_id =
        lc_grow(types->shape_by_id, &types->shape_cap, (size_t)types->shape_count + 1, sizeof node);
    types->shape_by_id[types->shape_count] = node;
    *node = (lc_shape_node){
        .head = {.shape = {.id = ++types->shape_count, .count = list->count, .names = list->names},
                 .list = list},
        .hash = hash,
    };
    lc_hash_set_put(&types->shapes, hash, node);
    return node;
}

/* Interned names are equal when their bits are. */
static lc_shape_node *node_find(const lc_types *types, uint32_t hash, const lc_name *names, uint32_t count)
{
    uint32_t at = hash;
    for (lc_shape_node *node; (node = lc_hash_set_next(&types->shapes, hash, &at));) {
        const lc_shape *shape = &node->head.shape;
        if (shape->count == count && memcmp(shape->names, names, count * sizeof *names) == 0) return node;
    }
    return NULL;
}

static uint32_t hash_names(const lc_name *names, uint32_t count)
{
    uint32_t hash = 1;
    for (uint32_t i = 0; i < count; i++) hash = lc_hash_mix(hash, names[i].hash);
    return hash;
}

/* The shape of `list`, which is the arena's newest allocation and goes back to it when the shape is there. */
static const lc_shape *shape_of_list(lc_types *types, lc_name_list *list)
{
    uint32_t hash = hash_names(list->names, list->count);
    lc_shape_node *node = node_find(types, hash, list->names, list->count);
    if (node) lc_arena_trim(&types->arena, (char *)list);
    else node = node_new(types, list, hash);
    return &node->head.shape;
}

const lc_shape *lc_shape_empty(lc_types *types)
{
    if (!types->empty) types->empty = shape_of_list(types, list_new(&types->arena, 0));
    return types->empty;
}

const lc_shape *lc_shape_of(lc_types *types, const lc_text *names, uint32_t count)
{
    if (count == 0) return lc_shape_empty(types);
    for (uint32_t i = 0; i < count; i++) name_intern(types, names[i].data, names[i].len);
    lc_name_list *list = list_new(&types->arena, count);
    for (uint32_t i = 0; i < count; i++) list_append(list, *name_intern(types, names[i].data, names[i].len));
    return shape_of_list(types, list);
}

const lc_shape *lc_shape_by_id(lc_types *types, uint32_t id)
{
    return id - 1 < types->shape_count ? &types->shape_by_id[id - 1]->head.shape : NULL;
}

static const lc_shape *interned(lc_types *types, const lc_shape *shape)
{
    if (shape->id) return shape;
    for (uint32_t i = 0; i < shape->count; i++) name_intern(types, shape->names[i].text, shape->names[i].len);
    lc_name_list *list = list_new(&types->arena, shape->count);
    for (uint32_t i = 0; i < shape->count; i++) {
        list_append(list, *name_intern(types, shape->names[i].text, shape->names[i].len));
    }
    return shape_of_list(types, list);
}

static lc_shape_node *extension_find(const lc_types *types, lc_shape_node *from, const lc_name *name,
                                     uint32_t hash)
{
    const lc_shape *shape = &from->head.shape;
    uint32_t at = hash;
    for (lc_shape_node *node; (node = lc_hash_set_next(&types->shapes, hash, &at));) {
        const lc_shape *found = &node->head.shape;
        if (found->count != shape->count + 1 || found->names[shape->count].text != name->text) continue;
        if (node->parent != from && memcmp(found->names, shape->names, shape->count * sizeof *name) != 0)
            continue;
        return node;
    }
    return NULL;
}

static lc_shape_node *extension_new(lc_types *types, lc_shape_node *from, const lc_name *name, uint32_t hash)
{
    const lc_shape *shape = &from->head.shape;
    lc_name_list *list = from->head.list;
    if (list->count != shape->count) {
        list = list_new(&types->arena, shape->count + 4);
        list_fill(list, shape->names, shape->count);
    }
    list_append(list, *name);
    lc_shape_node *node = node_new(types, list, hash);
    node->parent = from;
    from->ways++;
    return node;
}

const lc_shape *lc_shape_predict(const lc_shape *shape, const char *name, size_t len)
{
    if (!shape->id) return NULL;
    const lc_shape_node *to = node_of(shape)->last_add;
    return to && same_name(&to->head.shape.names[shape->count], name, len) ? &to->head.shape : NULL;
}

static const lc_shape *extension(lc_types *types, lc_shape_node *from, const char *text, size_t len,
                                 bool may_make)
{
    const lc_name *name = name_intern(types, text, len);
    uint32_t hash = lc_hash_mix(from->hash, name->hash);
    lc_shape_node *to = extension_find(types, from, name, hash);
    if (!to && may_make) to = extension_new(types, from, name, hash);
    if (!to) return NULL;
    from->last_add = to;
    return &to->head.shape;
}

const lc_shape *lc_shape_add(lc_types *types, const lc_shape *shape, const char *name, size_t len)
{
    const lc_shape *to = lc_shape_predict(shape, name, len);
    return to ? to : extension(types, node_of(interned(types, shape)), name, len, true);
}

bool lc_types_may_shape(const lc_types *types)
{
    return types->shape_count < SHAPES_FREE;
}

const lc_shape *lc_shape_extend(lc_types *types, lc_arena *arena, const lc_shape *shape, const char *name,
                                size_t len)
{
    if (shape->id) {
        const lc_shape *to = lc_shape_predict(shape, name, len);
        if (to) return to;
        bool may_make =
            lc_types_may_shape(types) && shape->count < WIDEST && node_of(shape)->ways < MOST_WAYS;
        to = extension(types, node_of(shape), name, len, may_make);
        if (to) return to;
        lc_shape *copy = lc_shape_anonymous(arena, shape->count + shape->count / 2 + 8);
        list_fill(list_of(copy), shape->names, shape->count);
        copy->count = shape->count;
        shape = copy;
    }
    lc_shape_append(arena, (lc_shape *)shape, name, len);
    return shape;
}

const lc_shape *lc_shape_remove(lc_types *types, const lc_shape *shape, uint32_t index)
{
    shape = interned(types, shape);
    lc_shape_node *from = node_of(shape);
    if (!from->removed) from->removed = lc_types_alloc(types, shape->count * sizeof *from->removed);
    if (!from->removed[index]) {
        lc_name_list *list = list_new(&types->arena, shape->count - 1);
        for (uint32_t i = 0; i < shape->count; i++) {
            if (i != index) list_append(list, shape->names[i]);
        }
        from->removed[index] = shape_of_list(types, list);
    }
    return from->removed[index];
}

lc_shape *lc_shape_anonymous(lc_arena *arena, uint32_t cap)
{
    lc_shape_head *head = lc_arena_alloc(arena, sizeof *head);
    head->list = list_new(arena, cap);
    head->shape = (lc_shape){.names = head->list->names, .cap = cap};
    return &head->shape;
}

uint32_t lc_shape_append(lc_arena *arena, lc_shape *shape, const char *name, size_t len)
{
    lc_name_list *list = list_of(shape);
    list_append(list, (lc_name){lc_arena_copy(arena, name, len), (uint32_t)len, lc_hash(name, len)});
    shape->names = list->names;
    shape->cap = list->cap;
    return shape->count++;
}

void lc_shape_drop(lc_shape *shape, uint32_t index)
{
    lc_name_list *list = list_of(shape);
    uint32_t after = shape->count - index - 1;
    memmove(&list->names[index], &list->names[index + 1], after * sizeof *list->names);
    memmove(&list->marks[index], &list->marks[index + 1], after);
    shape->count = --list->count;
    list->indexed = 0;
    if (list->index) memset(list->index, 0, (list->mask + 1) * sizeof *list->index);
}
