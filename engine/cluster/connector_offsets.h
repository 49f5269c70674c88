/* Offsets of connectors over REST (KIP-875): what is stored, changing it, forgetting it. Any thread. */
#ifndef LC_CLUSTER_CONNECTOR_OFFSETS_H
#define LC_CLUSTER_CONNECTOR_OFFSETS_H

#include "base/json.h"
#include "runtime/worker.h"

/* {"offsets":[{"partition":{…},"offset":{…}},…]}: a source's from the offset store, a sink's from its group.
 */
lc_error *lc_connector_offsets_get(lc_worker_core *worker, const lc_props *config, bool is_sink,
                                   int64_t deadline, lc_buf *out) LC_RESULT;
/* The shape of a request's {"offsets":[{"partition":{…},"offset":{…}},…]}; LC_E_BAD_REQUEST. */
lc_error *lc_connector_offsets_check(const lc_json *body) LC_RESULT;
/* Changes the listed partitions ({"offsets":[…]}; an offset of null forgets one); with body NULL forgets all.
 * The connector must be stopped and without tasks. Answers {"message":…}; errors as Connect's. */
lc_error *lc_connector_offsets_alter(lc_worker_core *worker, const lc_props *config, bool is_sink,
                                     bool is_stopped, const lc_json *body, int64_t deadline,
                                     lc_buf *out) LC_RESULT;

#endif
