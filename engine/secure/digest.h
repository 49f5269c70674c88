/* Digests of bytes, plain and keyed, for transforms that hide or compare data. Pure, thread-safe.
 *
 * SHA-2 with a key is HMAC, BLAKE2b takes the key itself, SipHash always needs one. */
#ifndef LC_SECURE_DIGEST_H
#define LC_SECURE_DIGEST_H

#include "base/error.h"
#include "base/text.h"

enum { LC_DIGEST_MAX = 64 };

typedef enum lc_digest_kind {
    LC_DIGEST_SHA256,
    LC_DIGEST_SHA512,
    LC_DIGEST_BLAKE2B,     /* 64 bytes; a key of 16 to 64 bytes */
    LC_DIGEST_BLAKE2B_256, /* 32 bytes; a key of 16 to 64 bytes */
    LC_DIGEST_SIPHASH      /* SipHash-2-4, 8 bytes; a key of 16 bytes */
} lc_digest_kind;

/* By name: sha256, sha512, blake2b, blake2b-256, siphash. False when there is none. */
bool lc_digest_find(lc_text name, lc_digest_kind *ret_kind);
/* NULL, or LC_E_CONFIG when a key of that length (0: none) won't do. The message hasn't the key. */
lc_error *lc_digest_check_key(lc_digest_kind kind, size_t key_len) LC_RESULT;
/* Writes the digest and returns its length; the key must have been checked. */
size_t lc_digest(lc_digest_kind kind, lc_text key, lc_text message, unsigned char ret_digest[LC_DIGEST_MAX]);

#endif
