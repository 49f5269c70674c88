/* Secrets: memory that isn't swapped or dumped, and configurations that are safe to log.
 *
 * Thread-safe; one secret may be read by several threads. */
#ifndef LC_SECURE_SECRET_H
#define LC_SECURE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include "base/cleanup.h"
#include "base/config_def.h"
#include "base/map.h"

#define LC_HIDDEN "[hidden]"

/* Bytes in locked, guarded memory, wiped when freed. Where memory can't be locked it is still wiped. */
typedef struct lc_secret lc_secret;

lc_secret *lc_secret_new(const void *bytes, size_t len);
lc_secret *lc_secret_new_random(size_t len);
void lc_secret_free(lc_secret *secret); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_secret, lc_secret_free)
const void *lc_secret_bytes(const lc_secret *secret); /* a NUL follows them */
size_t lc_secret_len(const lc_secret *secret);
void lc_secret_wipe(void *bytes, size_t len); /* zeroes memory for good */
bool lc_secret_same(const void *a, const void *b, size_t len); /* in constant time */

/* Whether a configuration key names a secret: its last word is password, passwd, passphrase, secret, token,
 * key, credentials … (`ssl.key.password`, `aws.secret.access.key`) or it is a JAAS config; a key whose last
 * word is `key` counts only beside words such as access, private, api, encryption (`message.key` doesn't). */
bool lc_secret_key_name(const char *key);
/* A copy to log: values of secret keys, and of keys of type PASSWORD in `def` (may be NULL), are "[hidden]".
 * A value that is nothing but a reference like ${file:/p:k} stays. */
lc_props *lc_secret_mask(const lc_props *props, const lc_config_def *def);

#endif
