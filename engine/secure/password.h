/* Passwords and tokens, and what is stored in their place. Thread-safe.
 *
 * A password is stored as Argon2id makes it ("$argon2id$…", the text of libsodium): slow on purpose,
 * some 50 ms and 64 MiB. A token is 32 random bytes as text, which nobody guesses: its SHA-256 will do. */
#ifndef LC_SECURE_PASSWORD_H
#define LC_SECURE_PASSWORD_H

#include <stdbool.h>

#include "base/text.h"

enum {
    LC_PROOF_SIZE = 128, /* of any stored form, with its NUL */
    LC_TOKEN_SIZE = 47,  /* "lct" and 43 characters of base64url, with its NUL */
    LC_LONGEST_PASSWORD = 1024
};

/* False when there isn't enough memory. */
bool lc_password_store(lc_text password, char ret_proof[LC_PROOF_SIZE]);
bool lc_password_fits(const char *proof, lc_text password);

void lc_token_make(char ret_token[LC_TOKEN_SIZE]);
void lc_token_store(lc_text token, char ret_proof[LC_PROOF_SIZE]); /* "token$<hex>" */

#endif
