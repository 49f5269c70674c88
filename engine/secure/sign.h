/* Signing what workers of a cluster send each other: HMAC with SHA-256 (KIP-507). Thread-safe. */
#ifndef LC_SECURE_SIGN_H
#define LC_SECURE_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { LC_SIGNATURE_SIZE = 32, LC_SHA256_TEXT = 65 };

void lc_sign(lc_text key, lc_text message, unsigned char ret_signature[LC_SIGNATURE_SIZE]);
/* The SHA-256 of a text in lower-case hexadecimal digits, with a NUL. */
void lc_sha256(lc_text text, char ret_digits[LC_SHA256_TEXT]);
/* Takes the same time for right and wrong ones. */
bool lc_signature_fits(lc_text key, lc_text message, lc_text signature);

#endif
