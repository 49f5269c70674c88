/* Versions of plug-ins and the ranges that configurations ask for (KIP-891), in Maven's notation.
 *
 *   "latest", ""      any           "1.2"  only 1.2           "[1.0,2.0)"  from 1.0 to before 2.0
 *
 * Pure functions; any thread. */
#ifndef LC_RUNTIME_PLUGIN_VERSION_H
#define LC_RUNTIME_PLUGIN_VERSION_H

#include <stdbool.h>

#include "base/error.h"

/* Order of two versions: numbers by value, "1.0" as "1.0.0", "1.0-rc1" before "1.0". */
int lc_version_compare(const char *a, const char *b);
/* Whether a version is in a range; `version` NULL only checks the range. LC_E_CONFIG with Maven's text
 * ("Unbounded range: [1"). */
lc_error *lc_version_matches(const char *range, const char *version, bool *ret_matches) LC_RESULT;

#endif
