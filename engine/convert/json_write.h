/* The writer: values into JSON text as JsonConverter and Jackson write it, one pass into a buffer of the
 * arena.
 *
 * The buffer starts as large as the latest text was; a text that outgrows it moves to one twice as large.
 * What is left over goes back to the arena. */
#ifndef LC_CONVERT_JSON_WRITE_H
#define LC_CONVERT_JSON_WRITE_H

#include "convert/json_keys.h"
#include "data/value.h"

enum { LC_JSON_WRITE_DEPTH_MAX = 1000 }; /* Jackson's StreamWriteConstraints */

typedef struct lc_json_writer {
    lc_arena *arena;
    lc_json_key_table *keys; /* borrowed */
    bool numeric_decimals;   /* decimal.format=NUMERIC */
    bool replace_null;       /* null is written as the schema's default */
    unsigned depth;
    unsigned deepest; /* arrays and objects inside each other; 0: LC_JSON_WRITE_DEPTH_MAX */
    size_t guess; /* length of the latest text */
    char *start, *at, *end;
} lc_json_writer;

/* A text begins and ends; the result lives in the arena. */
void lc_json_writer_start(lc_json_writer *writer, lc_arena *arena);
lc_text lc_json_writer_finish(lc_json_writer *writer);

void lc_json_writer_grow(lc_json_writer *writer, size_t need);
/* Makes sure that `need` bytes can be written at writer->at. */
static inline void lc_json_writer_room(lc_json_writer *writer, size_t need)
{
    if (LC_UNLIKELY((size_t)(writer->end - writer->at) < need)) lc_json_writer_grow(writer, need);
}

/* Writes `value` by `schema` (NULL: schemaless). Errors: LC_E_DATA with JsonConverter's texts. */
lc_error *lc_json_writer_value(lc_json_writer *writer, const lc_schema *schema,
                               const lc_value *value) LC_RESULT;
void lc_json_writer_bytes(lc_json_writer *writer, lc_text bytes); /* as they are */
void lc_json_writer_string(lc_json_writer *writer, lc_text text); /* quoted */

/* The quoted text at `to`, where lc_json_quote_room(len) bytes must be writable; returns its end. */
char *lc_json_quote_into(char *to, lc_text text);
static inline size_t lc_json_quote_room(size_t len)
{
    return len * 6 + 2 + 16;
}

#endif
