/* Partitions of sources as they stand in keys of offsets: which texts mean the same one. Pure. */
#ifndef LC_CLUSTER_OFFSET_KEY_H
#define LC_CLUSTER_OFFSET_KEY_H

#include "base/buf.h"
#include "base/text.h"

/* Appends the JSON of `key` with the members of all objects in order of their names: equal for two keys
 * exactly when they are the same partition. A key that is no JSON is appended as it is. */
void lc_offset_key_normalise(lc_text key, lc_buf *out);

#endif
