/* What Kafka's Java clients can be configured with, for the definitions of overrides in validation answers
 * ("producer.override.acks"). Which of it our clients act on is for kafka/client_keys.h. Immutable; any
 * thread. */
#ifndef LC_RUNTIME_CLIENT_DEFS_H
#define LC_RUNTIME_CLIENT_DEFS_H

#include "base/config_def.h"

typedef enum lc_override_client {
    LC_OVERRIDE_PRODUCER,
    LC_OVERRIDE_CONSUMER,
    LC_OVERRIDE_ADMIN
} lc_override_client;

/* The definition of a client's key, without documentation; false when the client has no such key. */
bool lc_client_key(lc_override_client client, const char *name, lc_config_key *ret_key);

#endif
