/* Configuration providers (KIP-297): references like ${file:/etc/secrets:db} in configuration values.
 *
 *   config.providers=file,env
 *   config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
 *   config.providers.file.param.allowed.paths=/etc/secrets
 *
 * Known classes, by full or simple name: FileConfigProvider, DirectoryConfigProvider, EnvVarConfigProvider,
 * and ours: SealedConfigProvider (secure/seal.h), whose keys are in the file of param.key.file. A reference
 * is
 * ${provider:key} or ${provider:path:key}; values are replaced in one pass and results aren't looked at
 * again. An unknown provider or a missing key leaves the reference as it is. Thread-safe after
 * lc_providers_new.
 */
#ifndef LC_SECURE_PROVIDER_H
#define LC_SECURE_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>
#include "base/cleanup.h"
#include "base/config_def.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/map.h"

typedef struct lc_providers lc_providers;

/* Reads `config.providers…` from the worker's properties (taken literally). LC_E_CONFIG for an unknown class,
 * a path of allowed.paths that is not absolute or doesn't exist, or a bad allowlist.pattern. */
lc_error *lc_providers_new(const lc_props *worker, lc_providers **ret_providers) LC_RESULT;
void lc_providers_free(lc_providers *providers); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_providers, lc_providers_free)

/* A copy of `raw` with references replaced. `notes` (may be NULL) receives warnings for the log, such as a
 * path outside of allowed.paths. `providers` may be NULL: a plain copy. LC_E_CONFIG when a provider fails
 * ("Could not read properties from file /p"). Reads files: call it where blocking is fine. */
lc_error *lc_providers_resolve(lc_providers *providers, const lc_props *raw, lc_strings *notes,
                               lc_props **ret_props) LC_RESULT;
/* The same for the worker's own properties: plugin.path and config.providers… stay literal. */
lc_error *lc_providers_resolve_worker(lc_providers *providers, const lc_props *worker, lc_strings *notes,
                                      lc_props **ret_props) LC_RESULT;

/* From now on hidden like what is given out: the values of settings that are secret by their name or by `def` (which may
 * be NULL) and stand in a configuration themselves. */
void lc_providers_note_secrets(lc_providers *providers, const lc_props *config, const lc_config_def *def);

/* A text for people with [hidden] in place of every value that was given out before, for traces and messages.
 * Values of the environment count when their setting is named like a secret; those of fewer than 6 bytes
 * never. Takes `text` and returns what the caller frees; both may be NULL. */
char *lc_providers_hide(lc_providers *providers, char *text);

/* Whether a value holds something that looks like a reference, known provider or not. */
bool lc_has_reference(const char *value);
/* Before a task's configuration is stored: each of its keys that the connector's raw configuration has with a
 * reference gets the raw text back, so that secrets stay out of the config topic (AbstractHerder,
 * reverseTransform). */
void lc_restore_references(lc_props *task, const lc_props *raw_connector);

#endif
