/* The one-pass reader: bytes of JSON straight into values of a batch's arena, no tree in between.
 *
 * For every nesting place it remembers the shapes that objects there had last, and only verifies that the
 * input spells the same names in the same order:
 *
 *   root ─▶ place {order: id, region, customer, …}
 *             └ [2] ─▶ place {customer: name, city}
 *
 * With a schema it reads what fits the schema exactly; anything else (another type, a duplicate member, a map
 * with keys that aren't text) makes it give up, and the caller reads a tree instead, which knows all of
 * JsonConverter's leniency. Without a schema it reads everything and tells errors itself. One thread. */
#ifndef LC_CONVERT_JSON_READ_H
#define LC_CONVERT_JSON_READ_H

#include "convert/json_place.h"
#include "data/value.h"

typedef struct lc_json_reader {
    lc_source source;
    lc_types *types;
    lc_json_key_table *keys; /* borrowed */
    bool replace_null;       /* null reads as the schema's default */
    bool large_as_real;      /* without a schema: whole numbers beyond int64 are float64, not their low 64 bits */
    unsigned keep_missing;   /* in structs at this depth what is missing is null, whatever the schema says */
    unsigned depth;
    lc_value *stack; /* items of arrays that are not complete yet */
    size_t top;
    size_t cap;
    lc_places places;
    uint32_t newest_shape; /* id of the latest shape made for an object */
} lc_json_reader;

void lc_json_reader_init(lc_json_reader *reader, lc_types *types, lc_json_key_table *keys, bool replace_null);
void lc_json_reader_done(lc_json_reader *reader);

/* Reads the value at `p` in reader->source, at nesting `depth`, by `schema` (NULL: schemaless). Returns the
 * place behind it. NULL: the text is no JSON (source.fault is set), or, with a schema, it doesn't fit
 * exactly. */
const char *lc_json_reader_value(lc_json_reader *reader, const char *p, unsigned depth,
                                 const lc_schema *schema, lc_value *ret_value);

#endif
