/* The standalone offset file: a java.util.HashMap<byte[], byte[]> in Java's serialisation format, as
 * FileOffsetBackingStore writes and reads it.
 *
 *   AC ED 00 05                                stream header
 *   73 72 "java.util.HashMap" …                one object, its class and two fields
 *   loadFactor threshold
 *   77 08 capacity size                        block data
 *   key value key value …                      75 (array of [B) | 70 (null) | 71 (an earlier array)
 *   78                                         end of the object
 *
 * Pure; knows nothing of files or of what keys and values mean. */
#ifndef LC_JAVA_MAP_FILE_H
#define LC_JAVA_MAP_FILE_H

#include <stddef.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

typedef struct lc_map_entry {
    lc_text key; /* bytes; data NULL: Java null */
    lc_text value;
} lc_map_entry;

/* The entries of `bytes`, in stream order; the array lives in `arena`, keys and values point into `bytes`.
 * No bytes at all is an empty map (a file that was made but never written). Anything that is not exactly
 * one HashMap of byte arrays is refused with LC_E_CONNECT, saying what was found at which offset. */
lc_error *lc_map_file_decode(lc_arena *arena, lc_text bytes, lc_map_entry **ret, size_t *ret_count) LC_RESULT;

/* Appends the stream for `entries` to `out`. Keys are taken as distinct. */
void lc_map_file_encode(const lc_map_entry *entries, size_t count, lc_buf *out);

#endif
