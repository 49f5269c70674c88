/* What states are made of: objects that are counted, so that states share what didn't change between them.
 *
 * Counting is atomic: states go to any thread. Changing an object is for whoever holds its only reference. */
#ifndef LC_CLUSTER_CONFIG_ENTRY_H
#define LC_CLUSTER_CONFIG_ENTRY_H

#include <stdatomic.h>

#include "cluster/config_state.h"

typedef struct lc_counted {
    atomic_int refs;
    void (*free)(struct lc_counted *);
} lc_counted;

/* Zeroed, with one reference. `free` releases all of it. */
void *lc_counted_new(size_t size, void (*free)(lc_counted *));
void *lc_counted_ref(void *object);  /* NULL stays NULL */
void lc_counted_unref(void *object); /* accepts NULL */

typedef struct lc_shared_props {
    lc_counted counted;
    lc_props *props;
} lc_shared_props;

lc_shared_props *lc_shared_props_new(lc_props *props); /* takes them */

/* A connector as a state shows it; `view` points into what it holds. */
typedef struct lc_connector_entry {
    lc_counted counted;
    lc_config_connector view;
    char *name;
    lc_shared_props *config, *applied;
    lc_shared_props **tasks; /* as many as view.task_count, or NULL */
    int task_slots;
} lc_connector_entry;

lc_connector_entry *lc_connector_entry_new(const char *name); /* nothing but a name is known, STARTED */
/* The entry itself when nobody else holds it, otherwise a copy in its place. */
lc_connector_entry *lc_connector_entry_own(lc_connector_entry *entry);
/* All take the references they are given; NULL: none. */
void lc_connector_entry_set_config(lc_connector_entry *entry, lc_shared_props *config);
void lc_connector_entry_set_applied(lc_connector_entry *entry, lc_shared_props *applied);
void lc_connector_entry_set_tasks(lc_connector_entry *entry, lc_shared_props **tasks, int count);

typedef struct lc_own_record {
    lc_counted counted;
    char *key;
    char *value;
    size_t len;
} lc_own_record;

lc_own_record *lc_own_record_new(const char *key, lc_text value);

typedef struct lc_counted_session_key {
    lc_counted counted;
    lc_session_key view;
    char *algorithm;
    uint8_t key[];
} lc_counted_session_key;

/* From Base64; NULL when it is none. */
lc_counted_session_key *lc_session_key_new(lc_text base64, const char *algorithm, int64_t created_ms);

struct lc_config_state {
    lc_counted counted;
    int64_t offset, epoch;
    char *leader; /* NULL: none */
    lc_connector_entry **entries;
    size_t count, task_total;
    lc_own_record **own;
    size_t own_count;
    lc_counted_session_key *session;
};

#endif
