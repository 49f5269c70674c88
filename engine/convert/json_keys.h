/* The member names of a shape as JSON text, made once per shape: the reader compares them with its input,
 * the writer copies them.
 *
 *   shape {id, name}  ─▶  ,"id":  ,"name":
 *
 * One table belongs to one converter, so to one thread. */
#ifndef LC_CONVERT_JSON_KEYS_H
#define LC_CONVERT_JSON_KEYS_H

#include "convert/json_scan.h"
#include "data/schema.h"

typedef struct lc_json_key {
    const char *text; /* ,"name": with at least 16 readable bytes behind it */
    uint32_t len;
    uint32_t mask; /* bit i: byte 1 + i of the text counts, for the first 16; bit 16: must not be compared */
} lc_json_key;

typedef struct lc_json_keys {
    const lc_shape *shape;
    uint32_t len;       /* of all texts together */
    lc_json_key keys[]; /* shape->count */
} lc_json_keys;

typedef struct lc_json_key_table {
    lc_json_keys **items; /* by shape id; NULL: not made yet */
    size_t cap;
} lc_json_key_table;

const lc_json_keys *lc_json_keys_make(lc_json_key_table *table, const lc_shape *shape);
void lc_json_key_table_done(lc_json_key_table *table);

/* The keys of an interned shape; they live as long as the table. */
static inline const lc_json_keys *lc_json_keys_of(lc_json_key_table *table, const lc_shape *shape)
{
    if (LC_LIKELY(shape->id < table->cap && table->items[shape->id])) return table->items[shape->id];
    return lc_json_keys_make(table, shape);
}

/* Is the key (from its quote to its colon) written at `p` in just this way? Then the place behind it. */
static inline const char *lc_json_key_match(const lc_source *source, const char *p, const lc_json_key *key)
{
    size_t len = key->len - 1, left = (size_t)(source->end - p);
#ifdef __SSE2__
    if (LC_LIKELY(left >= 16)) {
        __m128i have = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i want = _mm_loadu_si128((const __m128i *)(const void *)(key->text + 1));
        uint32_t same = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(have, want));
        if ((same & key->mask) != key->mask) return NULL;
        if (LC_LIKELY(len <= 16)) return p + len;
        return left >= len && memcmp(p + 16, key->text + 17, len - 16) == 0 ? p + len : NULL;
    }
#endif
    if (key->mask >> 16 || left < len || memcmp(p, key->text + 1, len) != 0) return NULL;
    return p + len;
}

#endif
