/* Definitions of the worker's own settings (WorkerConfig, StandaloneConfig, DistributedConfig of 4.1, and
 * ours). */
#ifndef LC_RUNTIME_WORKER_DEFS_H
#define LC_RUNTIME_WORKER_DEFS_H

#include "base/config_def.h"

/* The definition of standalone or distributed settings; the caller frees it. */
lc_config_def *lc_worker_def(bool distributed);
/* Whether a key belongs to a client, provider, plug-in or group of keys that isn't defined one by one. */
bool lc_worker_key_is_open(const char *key);

#endif
