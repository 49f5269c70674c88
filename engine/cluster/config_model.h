/* The config topic as it is read, record by record: what Connect keeps in KafkaConfigBackingStore's maps.
 *
 *   records ──lc_config_model_apply()──▶ model ──lc_config_model_state()──▶ snapshots
 *
 * Tasks wait for their commit; a commit that lacks some makes its connector inconsistent. It knows neither
 * Kafka nor threads: whoever owns it sees to it that one thread at a time uses it. Snapshots share what did
 * not change, by counting references. */
#ifndef LC_CLUSTER_CONFIG_MODEL_H
#define LC_CLUSTER_CONFIG_MODEL_H

#include "cluster/config_state.h"
#include "cluster/config_store.h"

typedef struct lc_config_model lc_config_model;

lc_config_model *lc_config_model_new(void);
void lc_config_model_free(lc_config_model *model); /* accepts NULL; states live on */

/* Takes the next record (value data NULL: a tombstone). True: *ret_change says what to tell, borrowed until
 * the next call. False: nothing to tell; a record that can't be used says why in `problem`. */
bool lc_config_model_apply(lc_config_model *model, lc_text key, lc_text value, int64_t offset,
                           lc_config_change *ret_change, lc_buf *problem);
/* The state now; the same object while nothing changes. */
lc_config_state *lc_config_model_state(lc_config_model *model);
/* One more than the last offset, without making a state. */
int64_t lc_config_model_offset(const lc_config_model *model);
/* The highest epoch of `lc-leader`, and the offset of the record that said it first. */
int64_t lc_config_model_epoch(const lc_config_model *model, int64_t *ret_offset);

#endif
