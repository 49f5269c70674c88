/* Where the offsets of source connectors are kept: a file (standalone) or a topic (distributed).
 *
 * Keys are what Connect writes: the JSON text ["connector",{partition}] and a JSON object as value, both
 * schemaless (JsonConverter), so that stores are interchangeable with Java's. Thread-safe: tasks of many
 * threads read and write. */
#ifndef LC_RUNTIME_OFFSET_STORE_H
#define LC_RUNTIME_OFFSET_STORE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

typedef struct lc_offset_store lc_offset_store;

typedef struct lc_offset_entry {
    lc_text key;   /* JSON bytes */
    lc_text value; /* JSON bytes; data NULL: remove */
} lc_offset_entry;

typedef struct lc_offset_store_class {
    /* The value stored under `key`, appended to `out`; *ret_found false when there is none. */
    lc_error *(*get)(lc_offset_store *store, lc_text key, lc_buf *out, bool *ret_found);
    /* Makes the entries durable, all or none, within timeout_ms (LC_E_TIMEOUT otherwise). */
    lc_error *(*put)(lc_offset_store *store, const lc_offset_entry *entries, size_t count,
                     int64_t timeout_ms);
    /* Calls `each` for every stored entry (REST offsets). */
    lc_error *(*each)(lc_offset_store *store, void (*each)(void *context, lc_text key, lc_text value),
                      void *context);
    void (*close)(lc_offset_store *store);
    /* Only of a topic; a file leaves both NULL. For tasks that write offsets in transactions of their own: the
     * topic's name, and the records that `put` would write. */
    const char *(*topic)(const lc_offset_store *store);
    void (*expand)(lc_offset_store *store, const lc_offset_entry *entries, size_t count,
                   void (*each)(void *context, lc_text key, lc_text value), void *context);
} lc_offset_store_class;

struct lc_offset_store {
    const lc_offset_store_class *klass;
};

/* The file of standalone mode (java/map_file.h): read at once, written to a temporary file, fsynced and
 * renamed. A file that isn't a Java offset file is LC_E_CONNECT and is never overwritten. A missing one is
 * empty, but LC_E_CONFIG where it couldn't be made. */
lc_error *lc_offset_file_open(const char *path, lc_offset_store **ret_store) LC_RESULT;

#endif
