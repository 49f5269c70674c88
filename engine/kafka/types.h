/* The small vocabulary of this folder: partitions, offsets, headers, the log callback of clients.
 *
 * No header of kafka/ shows librdkafka to the layers above. */
#ifndef LC_KAFKA_TYPES_H
#define LC_KAFKA_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/log.h"
#include "base/strings.h"
#include "base/text.h"

#define LC_PARTITION_ANY (-1) /* the partitioner decides */

/* Offsets that are not positions. The numbers are librdkafka's and Kafka's own (ListOffsets). */
#define LC_OFFSET_BEGINNING (-2LL)
#define LC_OFFSET_END (-1LL)
#define LC_OFFSET_NONE (-1001LL) /* nothing committed, not known */

#define LC_NO_TIMESTAMP (-1LL)

/* A partition with an offset, as lists of them go in and out. */
typedef struct lc_topic_offset {
    const char *topic;
    int32_t partition;
    int64_t offset;       /* a position, or LC_OFFSET_… */
    const char *metadata; /* of a commit; NULL: none */
    lc_error *error;      /* out: what went wrong with this one; owned by the list */
} lc_topic_offset;

/* A growing list that owns its texts and errors. `lc_offsets list = {0};` is a valid empty one. */
typedef struct lc_offsets {
    lc_topic_offset *items;
    size_t count;
    size_t cap;
} lc_offsets;

/* Appends a copy of `topic`; the new item stays valid until the next add. */
lc_topic_offset *lc_offsets_add(lc_offsets *list, const char *topic, int32_t partition, int64_t offset);
/* The item of that partition, or NULL. Linear: for lists of control, not for records. */
lc_topic_offset *lc_offsets_find(const lc_offsets *list, const char *topic, int32_t partition);
void lc_offsets_reset(lc_offsets *list); /* empties it, memory kept */
void lc_offsets_done(lc_offsets *list);
LC_DEFINE_AUTO(lc_offsets, lc_offsets_done)

/* A record header. A value of NULL is Kafka's null, which differs from an empty one. */
typedef struct lc_kafka_header {
    const char *key; /* NUL-terminated */
    size_t key_len;
    const void *value;
    size_t value_len;
} lc_kafka_header;

/* Takes the lines that a client wants logged. Called from any thread, must be quick and thread-safe.
 * `client` is the client.id, `text` one line without a newline. A NULL lc_client_log logs nothing. */
typedef struct lc_client_log {
    void (*line)(void *context, lc_log_level level, const char *client, const char *text);
    void *context;
} lc_client_log;

#endif
