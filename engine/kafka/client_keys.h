/* The table of settings: what each of Java's client keys means to librdkafka. Private to kafka/. */
#ifndef LC_KAFKA_CLIENT_KEYS_H
#define LC_KAFKA_CLIENT_KEYS_H

#include "kafka/client_config.h"
#include "kafka/rd.h"

enum { LC_FOR_PRODUCER = 1, LC_FOR_CONSUMER = 2, LC_FOR_ADMIN = 4, LC_FOR_ALL = 7 };

typedef enum lc_key_how {
    LC_KEY_SAME,    /* the value as it is, under `native` */
    LC_KEY_NUMBER,  /* a whole number, brought into [min, max] */
    LC_KEY_KBYTES,  /* bytes, given to librdkafka as kilobytes within [min, max] */
    LC_KEY_SPECIAL, /* translate() decides */
    LC_KEY_OURS,    /* read with lc_client_config_get by those whom it concerns */
    LC_KEY_IGNORED, /* accepted, noted; `text` is the reason */
    LC_KEY_SILENT,  /* accepted, not even noted: Connect itself sets it to what happens anyway */
    LC_KEY_REFUSED  /* never, not even for the worker; `text` is the reason */
} lc_key_how;

typedef struct lc_build lc_build;

typedef struct lc_key {
    const char *name;
    unsigned kinds; /* LC_FOR_… */
    lc_key_how how;
    bool overridable; /* a connector may set it */
    bool secret;      /* its value is never shown */
    const char *native;
    int64_t min, max;
    const char *text;
    lc_error *(*translate)(lc_build *build, const struct lc_key *key, const char *value);
} lc_key;

/* One translation in progress. */
struct lc_build {
    lc_client_config *config;
    rd_kafka_conf_t *conf;
};

/* NULL when no client of Java's or ours knows it. A key of another kind of client is found too. */
const lc_key *lc_key_find(lc_client_kind kind, const char *name);
/* The nearest name that clients of that kind know, or NULL. */
const char *lc_key_nearest(lc_client_kind kind, const char *name);
bool lc_key_is_for(const lc_key *key, lc_client_kind kind);

/* Applies one known key. */
lc_error *lc_key_apply(lc_build *build, const lc_key *key, const char *value) LC_RESULT;
/* Sets a native property; a failure speaks of `name` as the user gave it. */
lc_error *lc_build_set(lc_build *build, const char *name, const char *native, const char *value,
                       bool secret) LC_RESULT;
void lc_build_note(lc_build *build, lc_note_kind kind, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* client_security.c */
lc_error *lc_key_jaas(lc_build *build, const lc_key *key, const char *value) LC_RESULT;
lc_error *lc_key_jaas_check_override(const char *value) LC_RESULT;
lc_error *lc_key_ciphers(lc_build *build, const lc_key *key, const char *value) LC_RESULT;
lc_error *lc_key_endpoint_check(lc_build *build, const lc_key *key, const char *value) LC_RESULT;
/* Truststore and keystore files, whose keys only make sense together. */
lc_error *lc_build_stores(lc_build *build) LC_RESULT;

#endif
