/* The settings of one Kafka client, given under the names that Java's clients use.
 *
 *   worker's unprefixed / producer. / consumer. / admin. settings ──put()──────────┐
 *   connector's producer.override. / … settings ─────────put_override()──▶ one map ──▶ librdkafka's names
 *
 * The caller merges the layers by putting them in order: a later value wins. Prefixes are stripped by the
 * caller. Native librdkafka names are accepted too. Keys that no C client can honour (classes to load,
 * interceptors, metrics reporters) become notes to be logged once, never failures. Values of passwords
 * are never part of a note or an error. One thread at a time; a client that was opened from a
 * configuration doesn't need it any longer. */
#ifndef LC_KAFKA_CLIENT_CONFIG_H
#define LC_KAFKA_CLIENT_CONFIG_H

#include "kafka/types.h"

typedef enum lc_client_kind { LC_CLIENT_PRODUCER, LC_CLIENT_CONSUMER, LC_CLIENT_ADMIN } lc_client_kind;

typedef struct lc_client_config lc_client_config;

lc_client_config *lc_client_config_new(lc_client_kind kind);
void lc_client_config_free(lc_client_config *config);
LC_DEFINE_AUTOPTR(lc_client_config, lc_client_config_free)

/* The settings of `config` that mean something to another kind of client: for asking the same cluster. */
lc_client_config *lc_client_config_as(const lc_client_config *config, lc_client_kind kind);

lc_client_kind lc_client_config_kind(const lc_client_config *config);
/* A setting of the worker's own. A NULL value removes the key. Copies both. */
void lc_client_config_put(lc_client_config *config, const char *name, const char *value);
/* A setting of the worker that has no prefix and may be meant for something else (`offset.storage.topic`):
 * put when it is one that Java's clients of this kind know, otherwise passed over without a note. */
void lc_client_config_put_inherited(lc_client_config *config, const char *name, const char *value);
/* A setting that came from a connector: keys that run code, open files or reach other hosts are refused
 * with LC_E_CONFIG (see lc_client_override_check) and nothing is put. */
lc_error *lc_client_config_put_override(lc_client_config *config, const char *name,
                                        const char *value) LC_RESULT;
/* What was put last under that Java name, or NULL. Borrowed until the next put. */
const char *lc_client_config_get(const lc_client_config *config, const char *name);

/* Whether a connector may override this key of such a client: LC_E_CONFIG with the reason when not. Only
 * keys on a list are allowed, so a key that a later librdkafka learns is refused until it is looked at.
 * `value` decides for sasl.jaas.config (only login modules that take a name and a password). */
lc_error *lc_client_override_check(lc_client_kind kind, const char *name, const char *value) LC_RESULT;

/* Translates everything once without opening a client: LC_E_CONFIG names the key, the value that is not
 * understood and what is. Fills the notes. */
lc_error *lc_client_config_check(lc_client_config *config) LC_RESULT;

typedef enum lc_note_kind {
    LC_NOTE_FOREIGN, /* a setting of another kind of client, left out */
    LC_NOTE_IGNORED, /* known to Java's clients, has no meaning here */
    LC_NOTE_DIFFERS, /* honoured in another way than asked: the text says how */
    LC_NOTE_UNKNOWN  /* known to nobody; the text may suggest the nearest key */
} lc_note_kind;

typedef struct lc_client_note {
    lc_note_kind kind;
    const char *name; /* the key as given */
    const char *text; /* one sentence */
} lc_client_note;

/* What the last check or open found. Borrowed until the next put, check or open. */
size_t lc_client_config_notes(const lc_client_config *config, const lc_client_note **ret_notes);

#endif
