#include "base/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Both maps are one thing inside: entries in insertion order, and an open-addressed index of their positions
 * plus one (0: free slot). The index is at most half full and rebuilt when entries move. */
typedef struct entry {
    char *key;
    size_t key_len;
    void *value;
    size_t value_len; /* lc_props only */
    uint32_t hash;
} entry;

typedef struct items {
    entry *entries;
    size_t count;
    size_t cap;
    uint32_t *slots;
    size_t slot_count; /* 0 or a power of two */
} items;

struct lc_props {
    items all;
};

struct lc_table {
    items all;
    void (*free_value)(void *value);
};

static uint32_t *slot_of(const items *all, const char *key, size_t len, uint32_t hash)
{
    size_t mask = all->slot_count - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        uint32_t *slot = &all->slots[at];
        if (!*slot) return slot;
        const entry *e = &all->entries[*slot - 1];
        if (e->hash == hash && e->key_len == len && !memcmp(e->key, key, len)) return slot;
    }
}

static void reindex(items *all, size_t slot_count)
{
    if (slot_count != all->slot_count) {
        all->slots = lc_realloc(all->slots, slot_count * sizeof *all->slots);
        all->slot_count = slot_count;
    }
    if (slot_count) memset(all->slots, 0, slot_count * sizeof *all->slots);
    for (size_t i = 0; i < all->count; i++) {
        const entry *e = &all->entries[i];
        *slot_of(all, e->key, e->key_len, e->hash) = (uint32_t)(i + 1);
    }
}

static entry *find(const items *all, lc_text key)
{
    if (!all->count) return NULL;
    uint32_t slot = *slot_of(all, key.data, key.len, lc_hash(key.data, key.len));
    return slot ? &all->entries[slot - 1] : NULL;
}

/* The entry of the key, made with a null value when there is none. */
static entry *enter(items *all, lc_text key)
{
    if ((all->count + 1) * 2 > all->slot_count) reindex(all, all->slot_count ? all->slot_count * 2 : 16);
    uint32_t hash = lc_hash(key.data, key.len);
    uint32_t *slot = slot_of(all, key.data, key.len, hash);
    if (*slot) return &all->entries[*slot - 1];
    all->entries = lc_grow(all->entries, &all->cap, all->count + 1, sizeof *all->entries);
    entry *e = &all->entries[all->count++];
    *e = (entry){.key = lc_strndup(key.data, key.len), .key_len = key.len, .hash = hash};
    *slot = (uint32_t)all->count;
    return e;
}

static void leave(items *all, entry *e)
{
    size_t at = (size_t)(e - all->entries);
    free(e->key);
    memmove(e, e + 1, (all->count - at - 1) * sizeof *e);
    all->count--;
    reindex(all, all->slot_count);
}

static void release(items *all)
{
    for (size_t i = 0; i < all->count; i++) free(all->entries[i].key);
    free(all->entries);
    free(all->slots);
    *all = (items){0};
}

static int by_key(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    int order = memcmp(a->key, b->key, a->key_len < b->key_len ? a->key_len : b->key_len);
    if (order) return order;
    return (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

lc_props *lc_props_new(void)
{
    return lc_alloc(sizeof(lc_props));
}

lc_props *lc_props_copy(const lc_props *props)
{
    lc_props *copy = lc_props_new();
    lc_props_merge(copy, props);
    return copy;
}

void lc_props_free(lc_props *props)
{
    if (!props) return;
    for (size_t i = 0; i < props->all.count; i++) free(props->all.entries[i].value);
    release(&props->all);
    free(props);
}

size_t lc_props_count(const lc_props *props)
{
    return props ? props->all.count : 0;
}

void lc_props_set_text(lc_props *props, lc_text key, lc_text value)
{
    entry *e = enter(&props->all, key);
    char *old = e->value;
    e->value = value.data ? lc_strndup(value.data, value.len) : NULL;
    e->value_len = value.len;
    free(old);
}

void lc_props_set(lc_props *props, const char *key, const char *value)
{
    lc_props_set_text(props, lc_text_of(key), lc_text_of(value));
}

bool lc_props_remove(lc_props *props, const char *key)
{
    entry *e = find(&props->all, lc_text_of(key));
    if (!e) return false;
    free(e->value);
    leave(&props->all, e);
    return true;
}

bool lc_props_has(const lc_props *props, const char *key)
{
    return props && find(&props->all, lc_text_of(key));
}

lc_text lc_props_text(const lc_props *props, const char *key)
{
    const entry *e = props ? find(&props->all, lc_text_of(key)) : NULL;
    return e ? (lc_text){e->value, e->value_len} : (lc_text){0};
}

const char *lc_props_get(const lc_props *props, const char *key)
{
    return lc_props_text(props, key).data;
}

const char *lc_props_get_or(const lc_props *props, const char *key, const char *fallback)
{
    const char *value = lc_props_get(props, key);
    return value ? value : fallback;
}

lc_text lc_props_key_text_at(const lc_props *props, size_t at)
{
    const entry *e = &props->all.entries[at];
    return (lc_text){e->key, e->key_len};
}

lc_text lc_props_text_at(const lc_props *props, size_t at)
{
    const entry *e = &props->all.entries[at];
    return (lc_text){e->value, e->value_len};
}

const char *lc_props_key_at(const lc_props *props, size_t at)
{
    return props->all.entries[at].key;
}

const char *lc_props_value_at(const lc_props *props, size_t at)
{
    return props->all.entries[at].value;
}

void lc_props_merge(lc_props *into, const lc_props *from)
{
    if (into == from) return;
    for (size_t i = 0; i < lc_props_count(from); i++)
        lc_props_set_text(into, lc_props_key_text_at(from, i), lc_props_text_at(from, i));
}

lc_props *lc_props_with_prefix(const lc_props *props, const char *prefix, bool strip)
{
    lc_props *part = lc_props_new();
    size_t cut = strlen(prefix);
    for (size_t i = 0; i < lc_props_count(props); i++) {
        lc_text key = lc_props_key_text_at(props, i);
        if (key.len <= cut || !lc_text_starts(key, prefix)) continue;
        if (strip) key = (lc_text){key.data + cut, key.len - cut};
        lc_props_set_text(part, key, lc_props_text_at(props, i));
    }
    return part;
}

static bool same_value(lc_text a, lc_text b)
{
    return !a.data == !b.data && lc_text_eq(a, b);
}

bool lc_props_equal(const lc_props *a, const lc_props *b)
{
    if (lc_props_count(a) != lc_props_count(b)) return false;
    for (size_t i = 0; i < lc_props_count(a); i++) {
        const entry *other = find(&b->all, lc_props_key_text_at(a, i));
        if (!other || !same_value(lc_props_text_at(a, i), (lc_text){other->value, other->value_len}))
            return false;
    }
    return true;
}

void lc_props_sort(lc_props *props)
{
    if (!props->all.count) return;
    qsort(props->all.entries, props->all.count, sizeof *props->all.entries, by_key);
    reindex(&props->all, props->all.slot_count);
}

lc_table *lc_table_new(void (*free_value)(void *value))
{
    lc_table *table = lc_alloc(sizeof *table);
    table->free_value = free_value;
    return table;
}

void lc_table_clear(lc_table *table)
{
    if (table->free_value)
        for (size_t i = 0; i < table->all.count; i++) table->free_value(table->all.entries[i].value);
    release(&table->all);
}

void lc_table_free(lc_table *table)
{
    if (!table) return;
    lc_table_clear(table);
    free(table);
}

size_t lc_table_count(const lc_table *table)
{
    return table ? table->all.count : 0;
}

void lc_table_put_text(lc_table *table, lc_text key, void *value)
{
    entry *e = enter(&table->all, key);
    void *old = e->value;
    e->value = value;
    if (old && old != value && table->free_value) table->free_value(old);
}

void lc_table_put(lc_table *table, const char *key, void *value)
{
    lc_table_put_text(table, lc_text_of(key), value);
}

void *lc_table_get_text(const lc_table *table, lc_text key)
{
    const entry *e = table ? find(&table->all, key) : NULL;
    return e ? e->value : NULL;
}

void *lc_table_get(const lc_table *table, const char *key)
{
    return lc_table_get_text(table, lc_text_of(key));
}

void *lc_table_take(lc_table *table, const char *key)
{
    entry *e = find(&table->all, lc_text_of(key));
    if (!e) return NULL;
    void *value = e->value;
    leave(&table->all, e);
    return value;
}

bool lc_table_remove(lc_table *table, const char *key)
{
    entry *e = find(&table->all, lc_text_of(key));
    if (!e) return false;
    void *value = e->value;
    leave(&table->all, e);
    if (value && table->free_value) table->free_value(value);
    return true;
}

const char *lc_table_key_at(const lc_table *table, size_t at)
{
    return table->all.entries[at].key;
}

lc_text lc_table_key_text_at(const lc_table *table, size_t at)
{
    const entry *e = &table->all.entries[at];
    return (lc_text){e->key, e->key_len};
}

void *lc_table_value_at(const lc_table *table, size_t at)
{
    return table->all.entries[at].value;
}
