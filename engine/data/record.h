/* Records and batches: what one poll or one put moves. Layout: layout.h.
 *
 * A batch owns an arena in which all its values, texts and headers live; lc_batch_reset ends their lives.
 * It borrows the task's lc_types. One thread at a time. */
#ifndef LC_DATA_RECORD_H
#define LC_DATA_RECORD_H

#include "data/value.h"

typedef struct lc_batch {
    lc_arena arena;
    lc_types *types;
    lc_record *records; /* `count` used; may move when it grows (only between calls into Lua) */
    uint32_t count;
    uint32_t cap;
    uint32_t origins;   /* records at the start, before any transform made more */
} lc_batch;

void lc_batch_init(lc_batch *batch, lc_types *types);
void lc_batch_reset(lc_batch *batch); /* frees errors; keeps up to 4 MB of arena */
void lc_batch_done(lc_batch *batch);
/* A zeroed record at the end; its index is batch->count - 1 and its origin is itself. */
lc_record *lc_batch_add(lc_batch *batch);
/* A record that is a copy of `index` with containers of its own, placed at the end, same origin. */
lc_record *lc_batch_clone(lc_batch *batch, uint32_t index);
/* The same of a record of another batch with the same types, whose texts must outlive this batch's records. */
lc_record *lc_batch_copy(lc_batch *batch, const lc_record *from);
void lc_record_fail(lc_record *record, lc_stage stage, lc_error *error); /* takes the error */

/* Appends a header; name and value are borrowed for the life of the batch. */
void lc_record_add_header(lc_batch *batch, lc_record *record, lc_text name, const lc_schema *schema,
                          lc_value value);
void lc_record_remove_headers(lc_record *record, lc_text name);

/* Java's toString of the record, for messages: "SinkRecord{…}". Values may be long: cut at 1 KB each. */
void lc_record_to_text(lc_buf *out, const lc_record *record);

#endif
