/* Sealing secrets: anyone who has the public key may seal a text, only a worker with the key file can open it
 * (libsodium's sealed boxes: X25519, XSalsa20, Poly1305). Sealed texts may stand in configurations and in the
 * config topic, as ${sealed:…}. Thread-safe.
 *
 * A key file has one secret key a line ("lcsk1:…"), the newest first; '#' begins a comment line. Older ones
 * open what was sealed before they were replaced. */
#ifndef LC_SECURE_SEAL_H
#define LC_SECURE_SEAL_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

enum { LC_PUBLIC_KEY_SIZE = 50 }; /* "lcpk1:" and 43 characters of base64url, with its NUL */

typedef struct lc_seal_keys lc_seal_keys;

/* LC_E_CONFIG naming the file and the line, LC_E_IO when it can't be read. */
lc_error *lc_seal_keys_read(const char *path, lc_seal_keys **ret_keys) LC_RESULT;
void lc_seal_keys_free(lc_seal_keys *keys); /* wipes them; accepts NULL */
LC_DEFINE_AUTOPTR(lc_seal_keys, lc_seal_keys_free)
/* The public key of the newest. */
void lc_seal_keys_public(const lc_seal_keys *keys, char ret_public[LC_PUBLIC_KEY_SIZE]);
/* A new line for a key file. */
void lc_seal_key_make(lc_buf *line);

/* Appends base64url. LC_E_CONFIG when `public_key` is none. */
lc_error *lc_seal(const char *public_key, lc_text secret, lc_buf *out) LC_RESULT;
/* Appends the secret; LC_E_CONFIG when it was sealed for another key, or was changed. */
lc_error *lc_unseal(const lc_seal_keys *keys, lc_text sealed, lc_buf *out) LC_RESULT;

#endif
