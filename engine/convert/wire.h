/* What the formats of a schema registry share: the head of a message, subjects, and which id a schema is
 * written with.
 *
 *   0 | id, 4 bytes, big-endian | payload in the format of that schema
 *
 * Everything is found out once per schema and topic and kept in a lc_wire_cache; a record costs one look-up.
 * One per converter, so one thread. */
#ifndef LC_CONVERT_WIRE_H
#define LC_CONVERT_WIRE_H

#include "convert/converter.h"
#include "registry/client.h"

enum { LC_WIRE_HEAD = 5 };

typedef enum lc_wire_strategy {
    LC_SUBJECT_TOPIC,
    LC_SUBJECT_RECORD,
    LC_SUBJECT_TOPIC_RECORD
} lc_wire_strategy;

typedef struct lc_wire {
    lc_registry *registry;
    const char *format; /* "AVRO", "JSON", "PROTOBUF" */
    lc_converter_role role;
    lc_wire_strategy strategy;
    bool auto_register;    /* auto.register.schemas */
    bool use_latest;       /* use.latest.version */
    bool normalize;        /* normalize.schemas */
    int32_t use_id;        /* use.schema.id; -1: none */
    int64_t latest_ttl_ms; /* latest.cache.ttl.sec; -1: for ever */
    size_t cache_max;      /* schemas.cache.config */
} lc_wire;

/* Adds the settings of all this to the definition of a converter. */
void lc_wire_define(lc_config_def *def);
/* Makes no request. LC_E_CONFIG. */
lc_error *lc_wire_open(lc_wire *wire, const char *format, const lc_props *settings,
                       lc_converter_role role) LC_RESULT;
void lc_wire_close(lc_wire *wire);

/* Splits a message. LC_E_SERIALIZATION "Unknown magic byte!" or when it is too short. */
lc_error *lc_wire_split(lc_text bytes, int32_t *ret_id, lc_text *ret_payload) LC_RESULT;
void lc_wire_put_head(uint8_t head[LC_WIRE_HEAD], int32_t id);

/* The subject of a schema in a topic. `record` is its full name, data NULL when it has none: then the
 * strategies that need one fail with LC_E_SERIALIZATION. */
lc_error *lc_wire_subject(const lc_wire *wire, lc_text topic, lc_text record, lc_buf *subject) LC_RESULT;

/* What to write with. */
typedef struct lc_wire_target {
    int32_t id;
    bool is_other;            /* the registry asks for another schema than the given one: */
    lc_registry_schema other; /* to be released by lc_wire_target_done */
} lc_wire_target;
/* Registers or looks up `text` under its subject, or finds what stands for it (use.latest.version,
 * use.schema.id). Errors are the registry's, with what to do. */
lc_error *lc_wire_find_target(lc_wire *wire, lc_text topic, lc_text record, lc_text text,
                              lc_wire_target *ret_target) LC_RESULT;
/* The same for a schema that refers to others. */
lc_error *lc_wire_find_target_with(lc_wire *wire, lc_text topic, lc_text record, lc_text text,
                                   const lc_registry_reference *references, size_t reference_count,
                                   lc_wire_target *ret_target) LC_RESULT;
void lc_wire_target_done(lc_wire_target *target);

/* The error of a whole record, made of what went wrong with it (taken over): LC_E_DATA, or LC_E_RETRIABLE
 * where another attempt may do better. `what` is "deserialize data for topic %s to Avro" without the topic.
 */
lc_error *lc_wire_fail(const lc_wire *wire, bool reading, lc_text topic, lc_error *cause) LC_RESULT;

/* The error of a schema, with its id and registry (takes the cause over). */
lc_error *lc_wire_name_schema(const lc_wire *wire, int32_t id, lc_error *cause) LC_RESULT;

/* LC_E_DATA when a schema of the registry is of another format. */
lc_error *lc_wire_check_format(const lc_wire *wire, const lc_registry_schema *schema) LC_RESULT;
/* The error of a schema that another one refers to, with its subject and version (takes the cause over). */
lc_error *lc_wire_name_reference(const lc_registry_reference *reference, lc_error *cause) LC_RESULT;

/* The schema that data under `schema` is read as, besides the schema itself: with use.latest.version the
 * latest of its subject (ret_latest->json not NULL, and the time to look again in *ret_expires_ms), otherwise
 * none. The version is that of the schema in its subject; -1 where it has none. */
lc_error *lc_wire_find_reader(lc_wire *wire, lc_text topic, lc_text record, const lc_registry_schema *schema,
                              lc_registry_schema *ret_latest, int32_t *ret_version,
                              int64_t *ret_expires_ms) LC_RESULT;
/* When an answer of now about the latest version is too old; INT64_MAX: never. */
int64_t lc_wire_latest_expires(const lc_wire *wire);

/* Entries by a number (the id of a schema, here or in the registry) and a topic. A format's own entry begins
 * with this. */
typedef struct lc_wire_entry {
    uint64_t number;
    char *topic;
    uint32_t topic_len;
    uint32_t hash;
    lc_error *error;    /* why it can't be used; NULL: it can */
    int64_t expires_ms; /* then it is made anew; INT64_MAX: never */
} lc_wire_entry;

/* Fills a zeroed entry for `number` in a topic. */
typedef lc_error *(*lc_wire_load)(void *owner, lc_text topic, uint64_t number, lc_wire_entry *entry);
/* Releases what load made. */
typedef void (*lc_wire_done)(lc_wire_entry *entry);

typedef struct lc_wire_cache {
    lc_wire_entry *latest; /* NULL: none */
    lc_wire_entry **slots;
    size_t mask, count; /* slots - 1, when there are any */
    size_t max;
    size_t entry_size;
    void *owner;
    lc_wire_load load;
    lc_wire_done done;
} lc_wire_cache;

/* An empty one, for as many entries as schemas.cache.config says. `owner` is what load is called with. */
void lc_wire_cache_init(lc_wire_cache *cache, const lc_wire *wire, void *owner, size_t entry_size,
                        lc_wire_load load, lc_wire_done done);
void lc_wire_cache_done(lc_wire_cache *cache);
lc_error *lc_wire_cache_search(lc_wire_cache *cache, uint64_t number, lc_text topic,
                               lc_wire_entry **ret_entry) LC_RESULT;

/* The entry, made when there is none; a full cache is emptied first. An error that another attempt may cure
 * is returned. Any other is kept in the entry for some seconds, so that not every record asks the registry
 * again: look at entry->error. */
static inline lc_error *lc_wire_cache_get(lc_wire_cache *cache, uint64_t number, lc_text topic,
                                          lc_wire_entry **ret_entry)
{
    lc_wire_entry *latest = cache->latest;
    *ret_entry = latest;
    if (latest && latest->number == number && latest->topic_len == topic.len &&
        memcmp(latest->topic, topic.data, topic.len) == 0 && latest->expires_ms == INT64_MAX)
        return NULL;
    return lc_wire_cache_search(cache, number, topic, ret_entry);
}

#endif
