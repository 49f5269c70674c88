/* Two maps keyed by text: lc_props (configurations) and lc_table (text to pointer).
 *
 * Both keep insertion order and look up in constant time. Keys and values are copied in; what getters
 * return is borrowed and lives until the map changes. Configurations are small, so removing an entry
 * is linear. Not thread-safe; reading from several threads is fine while nobody writes. */
#ifndef LC_BASE_MAP_H
#define LC_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include "base/cleanup.h"
#include "base/text.h"

/* A configuration: keys, each with a text or null (Java's Map<String, String>). */
typedef struct lc_props lc_props;

lc_props *lc_props_new(void);
lc_props *lc_props_copy(const lc_props *props); /* NULL gives an empty one */
void lc_props_free(lc_props *props);            /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_props, lc_props_free)

size_t lc_props_count(const lc_props *props);
/* Setting a key that is there keeps its place. A NULL value is null, which differs from absent. */
void lc_props_set(lc_props *props, const char *key, const char *value);
void lc_props_set_text(lc_props *props, lc_text key, lc_text value); /* either may hold NUL bytes */
bool lc_props_remove(lc_props *props, const char *key);              /* whether it was there */
bool lc_props_has(const lc_props *props, const char *key);           /* also when its value is null */
const char *lc_props_get(const lc_props *props, const char *key);    /* NULL: absent or null */
const char *lc_props_get_or(const lc_props *props, const char *key, const char *fallback);
lc_text lc_props_text(const lc_props *props, const char *key);       /* data NULL: absent or null */

/* By position, 0 to count - 1, in insertion order. */
const char *lc_props_key_at(const lc_props *props, size_t at);
const char *lc_props_value_at(const lc_props *props, size_t at); /* NULL: null */
lc_text lc_props_key_text_at(const lc_props *props, size_t at);
lc_text lc_props_text_at(const lc_props *props, size_t at);

/* Every entry of `from` set in `into` (later wins). */
void lc_props_merge(lc_props *into, const lc_props *from);
/* The entries whose key starts with `prefix` and is longer, with the prefix cut off or kept. */
lc_props *lc_props_with_prefix(const lc_props *props, const char *prefix, bool strip);
/* Same keys with the same values; order doesn't matter. NULL equals an empty one. */
bool lc_props_equal(const lc_props *a, const lc_props *b);
void lc_props_sort(lc_props *props); /* by key bytes */

/* Text to pointer. The map owns the values if it got a function to free them. */
typedef struct lc_table lc_table;

lc_table *lc_table_new(void (*free_value)(void *value)); /* NULL: values are borrowed */
void lc_table_free(lc_table *table);                       /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_table, lc_table_free)

size_t lc_table_count(const lc_table *table);
void lc_table_put(lc_table *table, const char *key, void *value); /* a value it replaces is released */
void lc_table_put_text(lc_table *table, lc_text key, void *value);
void *lc_table_get(const lc_table *table, const char *key); /* NULL: absent */
void *lc_table_get_text(const lc_table *table, lc_text key);
void *lc_table_take(lc_table *table, const char *key);      /* removes without releasing; NULL: absent */
bool lc_table_remove(lc_table *table, const char *key);
void lc_table_clear(lc_table *table);
const char *lc_table_key_at(const lc_table *table, size_t at); /* insertion order */
lc_text lc_table_key_text_at(const lc_table *table, size_t at);
void *lc_table_value_at(const lc_table *table, size_t at);

#endif
