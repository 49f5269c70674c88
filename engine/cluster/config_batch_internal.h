/* The inside of a batch, for the store that writes it. */
#ifndef LC_CLUSTER_CONFIG_BATCH_INTERNAL_H
#define LC_CLUSTER_CONFIG_BATCH_INTERNAL_H

#include "cluster/config_batch.h"
#include "cluster/config_record.h"

typedef struct lc_config_item {
    lc_record_kind kind;
    lc_text key;
    lc_text value; /* data NULL: a tombstone */
} lc_config_item;

struct lc_config_batch {
    lc_config_item *items;
    size_t count, cap;
};

/* Removes any one record. */
void lc_config_batch_tombstone(lc_config_batch *batch, lc_record_kind kind, const char *name, int task);

#endif
