#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "convert/wire.h"

enum {
    FIRST_SLOTS = 16,
    FAILURE_KEPT_MS = 10000 /* how long a schema that can't be used isn't asked for again */
};

static uint32_t hash_of(uint64_t number, lc_text topic)
{
    return lc_hash(topic.data, topic.len) ^ (uint32_t)(number * 0x9e3779b97f4a7c15u >> 32);
}

static bool is_for(const lc_wire_entry *entry, uint64_t number, lc_text topic)
{
    return entry->number == number && entry->topic_len == topic.len &&
           memcmp(entry->topic, topic.data, topic.len) == 0;
}

static lc_wire_entry *find(const lc_wire_cache *cache, uint64_t number, lc_text topic)
{
    if (!cache->count) return NULL;
    for (size_t at = hash_of(number, topic);; at++) {
        lc_wire_entry *entry = cache->slots[at & cache->mask];
        if (!entry || is_for(entry, number, topic)) return entry;
    }
}

static void release(lc_wire_cache *cache, lc_wire_entry *entry)
{
    cache->done(entry);
    lc_error_free(entry->error);
    free(entry->topic);
    free(entry);
}

static void empty(lc_wire_cache *cache)
{
    for (size_t i = 0; cache->slots && i <= cache->mask; i++) {
        if (cache->slots[i]) release(cache, cache->slots[i]);
        cache->slots[i] = NULL;
    }
    cache->count = 0;
    cache->latest = NULL;
}

void lc_wire_cache_init(lc_wire_cache *cache, const lc_wire *wire, void *owner, size_t entry_size,
                        lc_wire_load load, lc_wire_done done)
{
    *cache = (lc_wire_cache){
        .max = wire->cache_max, .entry_size = entry_size, .owner = owner, .load = load, .done = done};
}

void lc_wire_cache_done(lc_wire_cache *cache)
{
    empty(cache);
    free(cache->slots);
    cache->slots = NULL;
}

static void place(lc_wire_cache *cache, lc_wire_entry *entry)
{
    size_t at = entry->hash;
    while (cache->slots[at & cache->mask]) at++;
    cache->slots[at & cache->mask] = entry;
}

static void resize(lc_wire_cache *cache, size_t size)
{
    lc_wire_entry **old = cache->slots;
    size_t old_size = old ? cache->mask + 1 : 0;
    cache->slots = lc_alloc(size * sizeof *cache->slots);
    cache->mask = size - 1;
    for (size_t i = 0; i < old_size; i++)
        if (old[i]) place(cache, old[i]);
    free(old);
}

static void add(lc_wire_cache *cache, lc_wire_entry *entry)
{
    if (cache->count >= cache->max) empty(cache);
    if (!cache->slots) resize(cache, FIRST_SLOTS);
    if (cache->count * 2 > cache->mask) resize(cache, (cache->mask + 1) * 2);
    place(cache, entry);
    cache->count++;
}

static void take_out(lc_wire_cache *cache, lc_wire_entry *entry)
{
    for (size_t i = 0; i <= cache->mask; i++)
        if (cache->slots[i] == entry) cache->slots[i] = NULL;
    cache->count--;
    cache->latest = NULL;
    release(cache, entry);
    resize(cache, cache->mask + 1);
}

static lc_error *load(lc_wire_cache *cache, uint64_t number, lc_text topic, lc_wire_entry **ret_entry)
{
    lc_wire_entry *entry = lc_alloc(cache->entry_size);
    entry->number = number;
    entry->topic = lc_strndup(topic.data ? topic.data : "", topic.len);
    entry->topic_len = (uint32_t)topic.len;
    entry->hash = hash_of(number, topic);
    entry->expires_ms = INT64_MAX;
    lc_error *error = cache->load(cache->owner, topic, number, entry);
    if (error && lc_error_is_retriable(error)) {
        release(cache, entry);
        return error;
    }
    if (error) entry->expires_ms = lc_monotonic_ms() + FAILURE_KEPT_MS;
    entry->error = error;
    add(cache, entry);
    *ret_entry = cache->latest = entry;
    return NULL;
}

lc_error *lc_wire_cache_search(lc_wire_cache *cache, uint64_t number, lc_text topic,
                               lc_wire_entry **ret_entry)
{
    lc_wire_entry *entry = find(cache, number, topic);
    *ret_entry = NULL;
    if (entry && entry->expires_ms != INT64_MAX && entry->expires_ms <= lc_monotonic_ms()) {
        take_out(cache, entry);
        entry = NULL;
    }
    if (!entry) return load(cache, number, topic, ret_entry);
    *ret_entry = cache->latest = entry;
    return NULL;
}
