/* Signatures of scripts: Ed25519, made with a secret key and checked with its public one (libsodium).
 * Thread-safe.
 *
 *   secret key file   "lcss1:" and base64url of its seed, or what `openssl genpkey -algorithm ed25519` writes
 *   public keys       "lcsp1:" and base64url of the key, or files with one a line, or `openssl pkey -pubout`
 *   NAME.lua.sig      base64 of the 64 bytes of the signature over the script's bytes */
#ifndef LC_SECURE_SIGNATURE_H
#define LC_SECURE_SIGNATURE_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

enum { LC_SIGN_PUBLIC_SIZE = 50, LC_SIGN_TEXT_SIZE = 89 }; /* texts with their NUL */

typedef struct lc_sign_key lc_sign_key;
/* A new secret key, as the line of a file. */
void lc_sign_key_make(lc_buf *line);
lc_error *lc_sign_key_read(const char *path, lc_sign_key **ret_key) LC_RESULT; /* LC_E_CONFIG, LC_E_IO */
void lc_sign_key_free(lc_sign_key *key);                                       /* wipes it; accepts NULL */
LC_DEFINE_AUTOPTR(lc_sign_key, lc_sign_key_free)
void lc_sign_key_public(const lc_sign_key *key, char ret_public[LC_SIGN_PUBLIC_SIZE]);
void lc_sign_text(const lc_sign_key *key, lc_text text, char ret_signature[LC_SIGN_TEXT_SIZE]);

typedef struct lc_trusted_keys lc_trusted_keys;
/* Public keys and files of them, separated by commas. LC_E_CONFIG naming what can't be used, or when it is
 * none. */
lc_error *lc_trusted_keys_read(const char *list, lc_trusted_keys **ret_keys) LC_RESULT;
void lc_trusted_keys_free(lc_trusted_keys *keys); /* accepts NULL */
LC_DEFINE_AUTOPTR(lc_trusted_keys, lc_trusted_keys_free)
/* Whether the signature (base64 with or without white space, or its bytes) is of this text and by one of the
 * keys. */
bool lc_trusted_keys_signed(const lc_trusted_keys *keys, lc_text text, lc_text signature);

#endif
