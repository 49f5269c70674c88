#include "secure/password.h"

#include <sodium.h>
#include <string.h>

#include "secure/random.h"

enum { TOKEN_BYTES = 32 };
static const char token_prefix[] = "lct", token_proof[] = "token$";

bool lc_password_store(lc_text password, char ret_proof[LC_PROOF_SIZE])
{
    char salt;
    lc_random_bytes(&salt, sizeof salt); /* libsodium is ready from here on */
    return !crypto_pwhash_str(ret_proof, password.data, password.len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE);
}

bool lc_password_fits(const char *proof, lc_text password)
{
    if (password.len > LC_LONGEST_PASSWORD) return false;
    return !crypto_pwhash_str_verify(proof, password.data, password.len);
}

void lc_token_make(char ret_token[LC_TOKEN_SIZE])
{
    unsigned char bytes[TOKEN_BYTES];
    lc_random_bytes(bytes, sizeof bytes);
    memcpy(ret_token, token_prefix, sizeof token_prefix);
    sodium_bin2base64(ret_token + sizeof token_prefix - 1, LC_TOKEN_SIZE - sizeof token_prefix + 1, bytes,
                      sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
}

void lc_token_store(lc_text token, char ret_proof[LC_PROOF_SIZE])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const unsigned char *)token.data, token.len);
    memcpy(ret_proof, token_proof, sizeof token_proof);
    sodium_bin2hex(ret_proof + sizeof token_proof - 1, LC_PROOF_SIZE - sizeof token_proof + 1, digest,
                   sizeof digest);
}
